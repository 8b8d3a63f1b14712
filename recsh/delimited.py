"""CSV, TSV and other delimited text -> rows. Delimiter and header are found by themselves.

A line without quotation marks is cut at the delimiter, all else goes through the standard library's `csv` a record at a time: a defect has to be
named with its line, and one unclosed quote must cost one row and not the rest of the file.

    id;title;price            the layout: delimiter ';', a header, at line 1
    1;"Two
    lines";9,50               one record of two lines
    2;"unclosed;7             mended: the cells are cut at ';', and line 4 is a row of its own

Leaves out: encodings and line ends (see `textfile`), what a column means (see `schema`).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from recsh.account import CELL_LIMIT, MAX_COLUMNS, Account, column_names, tidy
from recsh.errors import CatalogError
from recsh.cells import number
from recsh.schema import role_named
from recsh.text import clean
from recsh.textfile import lines

RECORD_LINES = 1_000  # a quoted cell that runs over more lines than this is an unclosed quote
RECORD_SIZE = 4_000_000  # ... or over more characters than this
DELIMITERS = ",\t;|"
_SAMPLE_LINES = 400
_TOTALS = frozenset("total totals sum subtotal average summe gesamt gesamtsumme somme totale suma totaal 合计 总计 小计 共计 平均".split()) | {"grand total"}
_BLANK = "\0 \t\x1a\ufeff"  # what a row without content may consist of; \x1a ends old DOS files


class Layout(Struct, frozen=True):
    """How a delimited file is cut. `header` has the cleaned names (invented ones if not `has_header`); `start` is the line of the
    header, or of the first row."""

    delimiter: str
    header: tuple[str, ...]
    has_header: bool
    start: int


def look(path: Path, text: str, delimiter: str | None, has_header: bool | None) -> Layout:
    """The layout of a file that begins with `text`. Raises `CatalogError` if there is no table in it."""
    sample = [*enumerate(io.StringIO(text, newline=None), 1)][:_SAMPLE_LINES]
    said, body = _preamble(sample)
    delimiter = _checked(path, delimiter) or said or _find_delimiter([t for _, t in body if not t.startswith("#")])
    body = _behind_comments(body, delimiter)
    if not body:
        raise CatalogError(f"{path}: there is no table in it", "a catalog needs a header line and at least one row")
    found = _behind_heading(list(records(iter(body), delimiter, Account())))
    start, first = found[0]
    below = [cells for _, cells in found[1:60] if cells]
    if len(first) > MAX_COLUMNS:
        raise CatalogError(f"{path}: {len(first):,} columns; at most {MAX_COLUMNS:,} are read", "keep the columns that describe an item")
    if has_header is None:
        has_header = _is_header(first, below)
    width = min(MAX_COLUMNS, max(map(len, [first, *below])))
    return Layout(delimiter, column_names(first if has_header else [""] * width), has_header, start)


def rows(path: Path, encoding: str, layout: Layout, account: Account) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) for each row, exactly as many cells as columns; defects go into the account."""
    width = len(layout.header)
    behind = _from_header(lines(path, encoding, account), layout, account)
    for line, cells in records(behind, layout.delimiter, account):
        if line == layout.start and layout.has_header:
            continue
        if not any(cells) or not any(c.strip(_BLANK) for c in cells):
            if len(cells) > 1 or (cells and cells[0].strip()):  # a blank line is no row
                account.add(line, "blank row", "all cells are empty", lost=True)
            continue
        if len(cells) != width:
            cells = _mend_width(line, cells, width, layout.delimiter, account)
        if layout.has_header and cells[0].strip() == layout.header[0] and all(clean(c) in (h, "") for c, h in zip(cells, layout.header, strict=True)) and width > 1:
            account.add(line, "repeated header", "the header stands here again", lost=True)
            continue
        if (cells[0] or (width > 1 and cells[1]))[:20].strip(" :").lower() in _TOTALS and _sums(cells):
            account.add(line, "total row", "it adds up the others", lost=True)
            continue
        whole = "".join(cells)
        if len(whole) <= CELL_LIMIT and whole.isascii() and whole.isprintable():  # nothing that `tidy` would mend: one look instead of one a cell
            yield line, cells
        else:
            yield line, tidy(line, cells, layout.header, account)


def _from_header(source: Iterator[tuple[int, str]], layout: Layout, account: Account) -> Iterator[tuple[int, str]]:
    """The lines from the header on; of those above it, what is no remark is reported."""
    for line, text in source:
        if line >= layout.start:
            yield line, text
        elif (said := text.strip(_BLANK + "\n" + layout.delimiter)) and not text.startswith("#") and not text.lower().startswith("sep="):
            account.add(line, "heading", f"{said[:60]!r} stands above the header; it is no row", lost=True)


def _sums(cells: Sequence[str]) -> bool:
    """Whether a row that is called a total is one: behind that there are numbers alone, and two cells or more are empty."""
    said = [c for c in cells if c.strip()]
    return len(cells) - len(said) >= 2 and len(said) > 1 and all(number(c) is not None for c in said[1:])


def _mend_width(line: int, cells: list[str], width: int, delimiter: str, account: Account) -> list[str]:
    if len(cells) < width:
        account.add(line, "short row", f"{len(cells)} cells of {width}; the missing ones are empty")
        return cells + [""] * (width - len(cells))
    if any(c.strip() for c in cells[width:]):
        account.add(line, "long row", f"{len(cells)} cells of {width}; the surplus was joined to the last column")
        return [*cells[: width - 1], delimiter.join(cells[width - 1 :])]
    return cells[:width]


# --- records ---------------------------------------------------------------------------------------------------------


class _Unclosed(Exception):
    """A quoted cell goes on for too long, or to the end of the file."""


class _Feed:
    """Hands lines to `csv.reader` and remembers those of the record at work, so that they can be taken back."""

    def __init__(self, source: Iterator[tuple[int, str]]) -> None:
        self._source = source
        self._back: list[tuple[int, str]] = []  # last first
        self.pending: list[tuple[int, str]] = []
        self._size = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if len(self.pending) >= RECORD_LINES or self._size >= RECORD_SIZE:
            raise _Unclosed
        line = self._back.pop() if self._back else next(self._source, None)
        if line is None:
            raise _Unclosed if self.pending else StopIteration
        self.pending.append(line)
        self._size += len(line[1])
        return line[1]

    def take(self) -> tuple[int, str] | None:
        """The next line, for one who needs no `csv.reader`; None at the end."""
        return self._back.pop() if self._back else next(self._source, None)

    def put_back(self, line: tuple[int, str]) -> None:
        """Undo `take`."""
        self._back.append(line)

    def done(self) -> None:
        """The record is complete."""
        self.pending.clear()
        self._size = 0

    def give_back(self) -> str:
        """Only the first line belongs to the record; the others are read anew. Returns that line."""
        self._back.extend(reversed(self.pending[1:]))
        return self.pending[0][1]


def records(source: Iterator[tuple[int, str]], delimiter: str, account: Account) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines -> (first line, cells). Quoted cells may hold line ends; a quote that never closes, or closes in the middle of what
    must be another row's cell, costs nothing but its own line's quoting."""
    csv.field_size_limit(1 << 27)  # the library's own limit, 128 KB, is an error; ours cut and report
    feed = _Feed(source)
    # subtle: strict, or a quote closed by the next row's opening quote would silently glue the two rows together.
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while (taken := feed.take()) is not None:
        if '"' not in taken[1]:
            bare = taken[1].rstrip("\n")
            yield taken[0], bare.split(delimiter) if bare else []
            continue
        feed.put_back(taken)
        try:
            cells = next(reader)
        except (_Unclosed, csv.Error):
            text = feed.give_back()
            cells, unclosed = _mended(text.rstrip("\n"), delimiter)
            if unclosed:
                account.add(feed.pending[0][0], "unclosed quote", "a quotation mark is opened and never closed; the row was cut at every delimiter behind it")
            else:
                account.add(feed.pending[0][0], "stray quote", "a quotation mark inside a quoted cell is not doubled; it was taken as text")
            reader = csv.reader(feed, delimiter=delimiter, strict=True)  # the old one is still inside the cell
        line = feed.pending[0][0]
        feed.done()
        yield line, cells


def _mended(text: str, delimiter: str) -> tuple[list[str], bool]:
    """The cells of one line whose quoting is wrong, and whether a quote is left open. A quote closes only where a cell may end.

    >>> _mended('1,"say "hi" now",2', ",")
    (['1', 'say "hi" now', '2'], False)
    >>> _mended('1,"open,2', ",")
    (['1', 'open', '2'], True)
    """
    mark = re.escape(delimiter)
    closing = re.compile(rf'(?<!\\)"(?: *(?={mark}|$))' if delimiter != " " else rf'(?<!\\)"(?={mark}|$)')
    cells: list[str] = []
    at, unclosed = 0, False
    while at <= len(text):
        # Once no closing quote is ahead there is none for later cells either: the search is not repeated, the time stays linear.
        if text.startswith('"', at) and not unclosed:
            if close := closing.search(text, at + 1):
                cells.append(text[at + 1 : close.start()].replace('""', '"').replace('\\"', '"'))
                at = close.end() + 1
                continue
            unclosed = True
        end = text.find(delimiter, at)
        cells.append(text[at : end if end >= 0 else len(text)].removeprefix('"' if unclosed else ""))
        at = end + 1 if end >= 0 else len(text) + 1
    return cells, unclosed


# --- layout ----------------------------------------------------------------------------------------------------------


def _checked(path: Path, delimiter: str | None) -> str | None:
    """A delimiter as given, 'tab' and '\\t' understood. Raises `CatalogError` if it cannot be one."""
    if delimiter is None:
        return None
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter.lower(), delimiter)
    if len(delimiter) != 1 or delimiter in '"\r\n\0' or not delimiter.isprintable() and delimiter not in "\t\x1f\x1e\x01":
        raise CatalogError(f"{path}: {delimiter!r} cannot separate cells", "give one character, for example --delimiter ';' or --delimiter tab")
    return delimiter


def _preamble(sample: Sequence[tuple[int, str]]) -> tuple[str | None, list[tuple[int, str]]]:
    """(the delimiter named by a 'sep=' line, the lines from the first that is neither blank nor that). '#' lines are still in it."""
    said = None
    for i, (_, text) in enumerate(sample):
        if text.lower().startswith("sep=") and len(text.strip("\n")) == 5 and text[4] not in '"':
            said = text[4]
        elif text.strip(_BLANK + "\n"):
            return said, list(sample[i:])
    return said, []


def _belongs(body: Sequence[tuple[int, str]], delimiter: str) -> bool:
    """Whether a first line that begins with '#' is a row ("#,title" or "#1 Crush,Garbage") and not a remark: it is cut like the next line."""
    own = next(csv.reader([body[0][1]], delimiter=delimiter))
    later = next((t for _, t in body[1:] if t.strip() and not t.startswith("#")), "")
    width = len(next(csv.reader([later], delimiter=delimiter), []))
    return len(own) == width > 1 and (body[0][1][1:2] != " " or any(role_named(c.lstrip("#")) for c in own))


def _behind_comments(body: list[tuple[int, str]], delimiter: str) -> list[tuple[int, str]]:
    return next((body[i:] for i, (_, text) in enumerate(body) if text.strip() and (not text.startswith("#") or _belongs(body[i:], delimiter))), [])


def _behind_heading(found: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The records from the header on: what spreadsheets have above it ("My library", "Exported 3 April") fills few cells, and a header names
    columns that are known."""
    filled = [sum(bool(c.strip(_BLANK)) for c in cells) for _, cells in found[:60]]
    usual = sorted(filled)[len(filled) // 2]
    if usual < 3 or filled[0] > usual / 3:
        return found
    at = next((i for i, n in enumerate(filled[:12]) if n >= 0.6 * usual), 0)
    return found[at:] if sum(role_named(clean(c)) is not None for c in found[at][1]) >= 2 else found


def _find_delimiter(texts: Sequence[str]) -> str:
    """The separator that cuts the most lines into the same number of cells, more than one; comma if there is none."""
    best, best_score = ",", 0.0
    for candidate in DELIMITERS:
        cut = [cells for _, cells in records(iter([*enumerate(texts[:100], 1)]), candidate, Account()) if cells]
        widths = Counter(map(len, cut))
        if not widths:
            continue
        width, n = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        if width < 2:
            continue
        # Consistency first; the header must be cut too; then the wider table.
        score = n / widths.total() + (len(cut[0]) == width) + min(width, 30) / 100
        if score > best_score:
            best, best_score = candidate, score
    return best


def _is_header(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """A header names columns: known names, or words above numbers, or identifiers that come back in no row. A table of unknown words is
    taken to have one, a plain list of titles not."""
    cells = [clean(c) for c in first]
    columns = [[clean(r[i]) for r in below if i < len(r) and r[i].strip()] for i in range(len(cells))]
    if any(_numeric(column) and _among(number(c), column) for c, column in zip(cells, columns, strict=True)):
        return False  # a number on top of numbers is one of them, unless it is none of their kind ('2019' above sales)
    if any(c and c in column for c, column in zip(cells, columns, strict=True) if not _numeric(column)):
        return [*map(str.lower, cells)] in ([*map(str.lower, map(clean, r))] for r in below)  # a value like those below, unless the whole header is repeated
    if any(role_named(c) for c in cells):
        return True
    if any(number(c) is not None or len(c) > 60 for c in cells) or len({*cells}) < len(cells):
        return False
    if any(_numeric(column) for column in columns):
        return True
    return len(cells) > 1 and all(c and len(c) <= 30 for c in cells)


def _among(value: float | None, column: Iterable[str]) -> bool:
    values = [v for v in map(number, column) if v is not None]
    return value is not None and min(values) <= value <= max(values)


def _numeric(column: Iterable[str]) -> bool:
    """Whether there are cells, nine of ten of them numbers."""
    column = [*column]
    return bool(column) and sum(number(c) is not None for c in column) >= 0.9 * len(column)
