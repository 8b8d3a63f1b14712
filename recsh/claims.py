"""What somebody said of named things, and the tables that it is read from: the values that the readers of foreign files share.

Leaves out: which file says what in which columns (see `services`, `foreign`), and which items are meant (see `imports`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from msgspec import Struct, field

from recsh.errors import CatalogError, UsageError
from recsh.regex import regex
from recsh.table import Account, open_table
from recsh.text import clean
from recsh.types import Verdict
from recsh.verdicts import HIGHEST, scaled, score

SCROBBLED = regex(r"\d{1,2} [A-Z][a-z]{2} \d{4},? \d{1,2}:\d\d(?::\d\d)?")
"""A moment as Last.fm's exporters write it."""
_MOMENTS = ("%Y/%m/%d", "%d %b %Y %H:%M", "%d %b %Y, %H:%M", "%d %b %Y, %H:%M:%S", "%d %b %Y %H:%M:%S", "%d %b %Y", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y", "%d/%m/%Y", "%B %d, %Y")
_MILLISECONDS = 1e11  # more than so many seconds since 1970 are milliseconds: as seconds it is the year 5138


class Claim(Struct, frozen=True):
    """What one line of a file says: `ids` are what may be the item's id, `value` a rating of 1 to 5, `at` seconds since 1970 or None,
    `source` the file in an archive."""

    line: int
    title: str
    creator: str = ""
    year: int | None = None
    ids: tuple[str, ...] = ()
    verdict: Verdict = Verdict.LIKE
    value: float | None = None
    at: float | None = None
    source: str = ""


class Claims(Struct, frozen=True):
    """What a file says. `kind` as in `foreign.KINDS`, `rows` how many it has, `ignored` maps why rows say nothing to how many, `notes` are defects
    of the file and how it was understood."""

    kind: str
    claims: tuple[Claim, ...]
    rows: int
    ignored: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Sheet(Struct, frozen=True):
    """A table read: `name` the file's folder and name in lower case, `keys` the header's names in lower case with underscores ('column1', ... if
    there is none), `header` as it stands, `rows` (line, cells), `notes` what was odd, `start` the first line, `source` the file's name in an archive."""

    name: str
    keys: tuple[str, ...]
    header: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    notes: tuple[str, ...] = ()
    start: int = 1
    source: str = ""

    def at(self, *names: str) -> int | None:
        """The column with the first of these names that there is."""
        return next((self.keys.index(n) for n in names if n in self.keys), None)


def open_sheet(path: Path, name: str = "") -> Sheet:
    """Read a table. A first line that is a scrobble, or holds a date or a moment, is no header. Raises `UsageError` if it cannot be read."""
    try:
        table = open_table(path)
        if table.has_header and any(SCROBBLED.fullmatch(h) or re.fullmatch(r"\d{4}-\d\d-\d\d|\d{9,13}", h) for h in table.header):
            table = open_table(path, header=False)
        account = Account()
        rows = list(table.rows(account))
    except CatalogError as error:
        raise UsageError(error.message, "recsh history import --help   lists the files that can be read") from error
    keys = tuple(_key(h) for h in table.header) if table.has_header else tuple(f"column{i}" for i in range(1, len(table.header) + 1))
    header = table.header if table.has_header else ()
    return Sheet(name or f"{path.parent.name}/{path.name}".lower(), keys, header, rows, (account.summary(),) if account.counts else (), table.start)


def _key(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", re.split(r"[(（\[]", clean(name).lower())[0].strip())


# --- cells -----------------------------------------------------------------------------------------------------------


def scale(cells: Sequence[str]) -> float:
    """What the highest score of a file says the scale is: 5, 10 or 100 points."""
    plain = [found[0] for c in cells if (found := score(c)) and found[1] is None]
    top = max(plain, default=HIGHEST)
    return next((of for of in (HIGHEST, 10.0, 100.0) if top <= of), top)


def rated(cell: str, of: float) -> float | None:
    """A rating of 1 to 5; None for an empty cell, no number, and 0, which is how exports write that there is none."""
    found = score(cell)
    return round(scaled(found[0], found[1] or of), 4) if found and found[0] > 0 else None


def calendar_year(cell: str) -> int | None:
    found = re.match(r"\s*(\d{4})\b", cell)
    return int(found[1]) if found else None


def moment(cell: str) -> float | None:
    """A date or time as seconds since 1970, UTC where it says nothing else: ISO 8601, seconds or milliseconds since 1970, and as Last.fm,
    Letterboxd and Goodreads write them. None if it is none of these, or before 1970.

    >>> moment("1970-01-02"), moment("02 Jan 1970, 00:00"), moment("1970/01/02"), moment("1500000000"), moment("1500000000000"), moment("soon")
    (86400.0, 86400.0, 86400.0, 1500000000.0, 1500000000.0, None)
    """
    cell = clean(cell)
    if re.fullmatch(r"\d{9,13}(\.\d+)?", cell):
        return float(cell) / (1000 if float(cell) > _MILLISECONDS else 1)
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        found = next((d for form in _MOMENTS if (d := _parsed(cell, form))), None)
    if found is None or found.year < 1970:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()


def _parsed(cell: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(cell, form)
    except ValueError:
        return None
