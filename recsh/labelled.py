"""Labelled requests: a file of questions with the items that answer them.

JSON Lines, an object a line: `query` and `relevant` (ids) or `grades` (id -> grade, 0 for wrong); optionally `best` (ids worth twice), `seen` (ids
not to be shown), `last` (the last utterance of a dialogue), `qid`, `kind` and `lang` (what sort of request it is, and in which language, to be told apart
in reports). Or a table with the columns query, item and maybe grade: a line a pair.

Leaves out: asking them (see `evaluate`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct, field

from recsh.account import Account
from recsh.errors import UsageError
from recsh.table import open_table
from recsh.text import clean, has_cjk

_NAMES = {  # what the columns of a table may be called, the first found counts
    "query": ("query", "request", "question", "text", "q"),
    "item": ("item", "item_id", "id", "relevant", "product_id", "doc_id"),
    "grade": ("grade", "relevance", "rel", "score", "rating", "label"),
}
BEST = 2.0  # the grade of what is in `best`, beside 1 for the other relevant ones
_HINT = '{"query": "sad piano", "relevant": ["m0035", "m0112"]} a line, or a table with the columns query and item'
T = TypeVar("T")


class Labelled(Struct, frozen=True):
    """One request: `relevant` ids that answer it, `grades` what each id is worth (above 0), `seen` ids not to be shown, `last` the last thing said
    (the query itself, if it is no dialogue), `name` its own id or its line, `kind` what sort of request it is said to be (empty: not said), `lang` its language:
    as said, else "zh" or "en" by its characters."""

    query: str
    relevant: frozenset[str]
    grades: Mapping[str, float] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    last: str = ""
    name: str = ""
    kind: str = ""
    lang: str = ""


def read_requests(path: Path) -> list[Labelled]:
    """The requests of a file; objects without a query (a licence line) are left out. Raises `UsageError` with the line that is wrong, or if there
    is no request at all, and `CatalogError` for a table that cannot be read."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UsageError(f"{path}: not a regular file", "it is read twice: save it to a file first")
    try:
        with path.open("rb") as file:
            first = next((text for line in file if (text := line.lstrip(b"\xef\xbb\xbf \t\r\n"))), b"")
        found = _of_json(path, path.read_bytes().decode("utf-8-sig")) if first[:1] == b"{" else _of_table(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "recsh eval QUERIES.jsonl") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8: {error.reason} at byte {error.start}", "save it as UTF-8") from None
    if not found:
        raise UsageError(f"{path}: no labelled requests in it", _HINT)
    return found


def _of_json(path: Path, text: str) -> list[Labelled]:
    out = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}:{number}: not valid JSON: {error or 'nested too deeply'}") from None
        if isinstance(value, dict) and "query" in value:
            try:
                out.append(request_of(value, str(number)))
            except UsageError as error:
                raise UsageError(f"{path}:{number}: {error.message}", error.hint) from None
    return out


def request_of(value: Mapping[str, Any], name: str = "") -> Labelled:
    """A request from its object. Raises `UsageError` for what is missing or of the wrong kind."""
    query, relevant, grades = value["query"], value.get("relevant"), value.get("grades")
    if not isinstance(query, str) or not query.strip():
        raise UsageError("'query' has to be text", _HINT)
    if relevant is None and grades is None:
        raise UsageError("a labelled request needs 'relevant', a list of ids, or 'grades', an object of them", _HINT)
    for key in ("relevant", "best", "seen"):
        if not isinstance(value.get(key) or [], list):
            raise UsageError(f"{key!r} has to be a list of ids", _HINT)
    if not isinstance(grades or {}, dict):
        raise UsageError("'grades' has to be an object of ids and grades", _HINT)
    worth = {str(i): _grade(g, str(i)) for i, g in (grades or {}).items()}
    wanted = [str(i) for i in relevant] if relevant is not None else [i for i, g in worth.items() if g > 0]
    worth = worth or dict.fromkeys(wanted, 1.0) | {str(i): BEST for i in value.get("best") or []}
    if not any(g > 0 for g in worth.values()):
        raise UsageError(f"no item answers {query[:60]!r}: such a request measures nothing", "leave it out")
    seen = tuple(str(i) for i in value.get("seen") or [])
    return Labelled(query, frozenset(wanted), {i: g for i, g in worth.items() if g > 0}, seen, str(value.get("last") or query), str(value.get("qid") or name), _word(value.get("kind")), _word(value.get("lang")) or _language(query))


def _word(value: Any) -> str:
    """A short word that somebody wrote, as it may be shown."""
    return clean(str(value))[:40] if isinstance(value, (str, int)) else ""


def _language(query: str) -> str:
    return "zh" if has_cjk(query) else "en"


def _grade(value: Any, item: str) -> float:
    try:
        grade = float(value)
    except (TypeError, ValueError):
        grade = float("nan")
    if not isfinite(grade) or grade < 0:
        raise UsageError(f"the grade of {item!r} has to be a number not below 0, not {value!r}")
    return grade


def _of_table(path: Path) -> list[Labelled]:
    """The requests of a table, in order of their first line."""
    table = open_table(path)
    header = [h.strip().lower() for h in table.header]
    at = {what: next((header.index(n) for n in names if n in header), None) for what, names in _NAMES.items()}
    if at["query"] is None or at["item"] is None or not table.has_header:
        missing = "query" if at["query"] is None else "item"
        raise UsageError(f"{path}: no column {missing!r}; there are {', '.join(table.header)[:200]}", _HINT)
    grades: dict[str, dict[str, float]] = {}
    for line, cells in table.rows(Account()):
        query, item = cells[at["query"]].strip(), cells[at["item"]].strip()
        if query and item:
            try:
                grades.setdefault(query, {})[item] = _grade(cells[at["grade"]], item) if at["grade"] is not None else 1.0
            except UsageError as error:
                raise UsageError(f"{path}:{line}: {error.message}") from None
    out = []
    for number, (query, worth) in enumerate(grades.items(), 1):
        worth = {i: g for i, g in worth.items() if g > 0}
        if worth:  # a query whose lines are all 0 has no answer here
            out.append(Labelled(query, frozenset(worth), worth, (), query, str(number), "", _language(query)))
    return out


def sample(values: Sequence[T], most: int | None) -> list[T]:
    """At most `most` of them, evenly spread over the whole; all if it is None."""
    n = len(values)
    return [*values] if most is None or most >= n else [values[i * n // most] for i in range(most)]


def unknown(requests: Collection[Labelled], known: Collection[str]) -> tuple[int, int]:
    """(relevant ids that are not among the known ones, all relevant ids)."""
    every = [i for r in requests for i in r.relevant]
    return sum(i not in known for i in every), len(every)
