"""JSON Lines, or one JSON array of objects -> rows. Both stream: one object is in memory at a time.

Leaves out: encodings (see `textfile`). A value that is itself a list becomes a cell joined by |, an object one of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from recsh.account import CELL_LIMIT, MAX_COLUMNS, Account, tidy
from recsh.errors import CatalogError
from recsh.textfile import LINE_LIMIT, lines

SAMPLE = 2_000  # objects whose keys become columns
_CHUNK = 1 << 18
_SPACE = " \t\r\n\ufeff"


def looks_like_json(text: str) -> bool:
    """Whether a file that begins with `text` is JSON: an array of objects, or lines one of which is an object."""
    text = "\n".join(t for t in text.split("\n", 40)[:40] if not t.startswith("#")).lstrip(_SPACE)
    if text.startswith("["):
        return text[1:].lstrip()[:1] in ("{", "]")
    return text.startswith("{") and text[1:].lstrip()[:1] in ('"', "}")


def look(path: Path, encoding: str) -> tuple[str, ...]:
    """The keys of the first objects, in order of appearance. Raises `CatalogError` if there are none, or too many."""
    keys: dict[str, None] = {}
    for _, value in islice(_objects(path, encoding, Account()), SAMPLE):
        keys.update(dict.fromkeys(value))
        if len(keys) > MAX_COLUMNS:
            raise CatalogError(f"{path}: more than {MAX_COLUMNS:,} different keys", "keep the keys that describe an item")
    if not keys:
        raise CatalogError(f"{path}: no JSON objects in it", "a catalog in JSON has one object a line, or one array of objects")
    return tuple(keys)


def rows(path: Path, encoding: str, keys: Sequence[str], header: Sequence[str], account: Account) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) for each object, a cell for each of `keys`; `header` has their cleaned names."""
    known = {*keys}
    for line, value in _objects(path, encoding, account):
        if extra := [k for k in value if k not in known]:
            account.add(line, "unknown key", f"{', '.join(extra[:5])[:200]!r}: in none of the first {SAMPLE:,} objects, not read")
        try:
            cells = [as_cell(value.get(key)) for key in keys]
        except RecursionError:
            account.add(line, "invalid JSON", "nested too deeply", lost=True)
            continue
        yield line, tidy(line, cells, header, account)


def as_cell(value: object) -> str:
    """A JSON or Parquet value as text: lists joined by |, null and NaN empty, whole floats without '.0'.

    >>> as_cell(["a", None, 2.0]), as_cell({"k": 1})
    ('a|2', '{"k": 1}')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if value != value else f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (list, tuple)):
        return "|".join(filter(None, map(as_cell, islice(value, CELL_LIMIT))))  # a cell of more is cut anyway
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


class _Repeated(dict):
    """An object that had one key twice."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else _Repeated(made)


_DECODER = json.JSONDecoder(object_pairs_hook=_object)
_WORDY = json.JSONDecoder(object_pairs_hook=_object, parse_int=str)


def _decoded(text: str, at: int = 0) -> tuple[object, int]:
    """(the value that begins at `at`, where it ends). Whole numbers of more digits than Python reads stay text. Raises `ValueError`, `RecursionError`."""
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _WORDY.raw_decode(text, at)


def _objects(path: Path, encoding: str, account: Account) -> Iterator[tuple[int, dict[str, object]]]:
    with path.open(encoding=encoding, errors="replace") as file:
        array = file.read(_CHUNK).lstrip(_SPACE).startswith("[")
    for line, value in _array(path, encoding) if array else _json_lines(path, encoding, account):
        if isinstance(value, _Repeated):
            account.add(line, "repeated key", "a key stands twice in this object; the last one counts")
        if isinstance(value, dict):
            yield line, value
        else:
            account.add(line, "not an object", "a row has to be a JSON object", lost=True)


def _json_lines(path: Path, encoding: str, account: Account) -> Iterator[tuple[int, object]]:
    for line, text in lines(path, encoding, account):
        text = text.strip(_SPACE)
        if not text or text.startswith("#"):
            continue
        try:
            value, end = _decoded(text)
            if end < len(text):
                raise json.JSONDecodeError("Extra data", text, end)
        except (ValueError, RecursionError) as error:
            account.add(line, "invalid JSON", str(error)[:200], lost=True)
            continue
        yield line, value


def _array(path: Path, encoding: str) -> Iterator[tuple[int, object]]:
    """(line, element) of one array, read in pieces. Raises `CatalogError` where it is damaged: behind that nothing can be trusted."""
    with path.open(encoding=encoding, errors="replace") as file:
        text, line, at = file.read(_CHUNK), 1, 0
        at = text.find("[") + 1
        line += text.count("\n", 0, at)
        need = _CHUNK
        while True:
            while at < len(text) and text[at] in " \t\r\n,":
                line += text[at] == "\n"
                at += 1
            if at < len(text) and text[at] == "]":
                if text[at + 1 :].strip(_SPACE) or file.read(_CHUNK).strip(_SPACE):
                    raise CatalogError(f"{path}: line {line}: there is more behind the end of the JSON array", "one object a line, or one array")
                return
            try:
                value, end = _decoded(text, at)
                whole = end < len(text)  # subtle: a number at the end of the piece may go on in the next
                error: Exception | None = None
            except (ValueError, RecursionError) as wrong:
                whole, error = False, wrong
            if whole:
                yield line, value
                line += text.count("\n", at, end)
                at, need = end, _CHUNK
                continue
            more = file.read(need) if len(text) - at < LINE_LIMIT and not isinstance(error, RecursionError) else ""
            if not more:
                raise CatalogError(f"{path}: line {line}: not valid JSON: {error or 'the array does not end'}", "mend the file, or save it as JSON Lines, one object a line")
            text, at, need = text[at:] + more, 0, need * 2
