"""A file of rows -> records with their line numbers, and an account of everything that was odd about them.

CSV, TSV and other delimited text, JSON Lines (or one JSON array) and Parquet. Encoding, delimiter and header are found by themselves.
Nothing is dropped without a line in the `Account`. Rows stream: a file is never held in memory whole.

    table = open_table(Path("songs.csv"))       # looks at the beginning, and at all bytes for the encoding
    for line, cells in table.rows(account): ...

Leaves out: the formats (see `delimited`, `jsonrows`, `parquetrows`), what a column means (see `schema`) and where rows go (see `index`).
"""

from __future__ import annotations

import codecs
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from recsh import delimited, jsonrows, parquetrows
from recsh.account import Account, column_names
from recsh.errors import CatalogError
from recsh.textfile import LINE_LIMIT, check_encoding, find_encoding

__all__ = ["Account", "Table", "open_table"]

_SAMPLE_BYTES = 1 << 18
_TABLES = "give a CSV, TSV, JSON Lines or Parquet file"
_TEXTUAL = "\t\r\n\0\x07\x08\x1b"  # control characters that say nothing against text: captured terminals are full of bells and escapes
_MAGIC = {
    b"\x89PNG": "a PNG image", b"\xff\xd8\xff": "a JPEG image", b"GIF8": "a GIF image", b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet (.xlsx); save the sheet as CSV", b"\x1f\x8b": "a gzip archive; unpack it first",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls); save the sheet as CSV", b"SQLite format 3\0": "an SQLite database; export the table as CSV",
    b"GGUF": "a GGUF weights file; give it with --model", b"\x7fELF": "a program", b"BZh9": "a bzip2 archive; unpack it first",
    b"\xfd7zXZ\0": "an xz archive; unpack it first", b"(\xb5/\xfd": "a zstd archive; unpack it first", b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"PARE": "an encrypted Parquet file; decrypt it first",
}  # fmt: skip


class Table(Struct, frozen=True):
    """A file whose shape is known. `header` has one name a column, cleaned and made unique; `has_header` is False if the names were
    invented; `start` is the line of the header (or of the first row); `keys` are the names as a JSON file writes them."""

    path: Path
    format: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    has_header: bool
    start: int = 1
    keys: tuple[str, ...] = ()

    def rows(self, account: Account) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) for each row, exactly `len(header)` cells, defects entered into `account`.

        Every row of the file is either yielded or counted in `account.lost`. Raises `CatalogError` if the file cannot be read to its end.
        """
        try:
            if self.format == "parquet":
                yield from parquetrows.rows(self.path, self.header, account)
            elif self.format == "json":
                yield from jsonrows.rows(self.path, self.encoding, self.keys, self.header, account)
            else:
                layout = delimited.Layout(self.delimiter, self.header, self.has_header, self.start)
                yield from delimited.rows(self.path, self.encoding, layout, account)
        except (OSError, UnicodeError) as error:
            raise _unreadable(self.path, error) from error


def open_table(path: Path, *, delimiter: str | None = None, encoding: str | None = None, header: bool | None = None) -> Table:
    """Look at the beginning of a file (and at all of its bytes for the encoding) and say how it is to be read.

    Raises `CatalogError` if there is no such file, or it is empty, a directory, or not a table.
    """
    _check_is_file(path)
    try:
        head, whole = _head(path)
        if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
            raise CatalogError(f"{path}: the file is empty", "a catalog needs a header line and at least one row")
        if head.startswith(b"PAR1"):
            names = parquetrows.look(path)
            return Table(path, "parquet", "utf-8", "", column_names(names), True)
        for magic, what in _MAGIC.items():
            if head.startswith(magic):
                raise CatalogError(f"{path}: this is {what}, not a table" if ";" not in what else f"{path}: this is {what}", _TABLES)
        encoding = check_encoding(path, encoding) if encoding else find_encoding(path, head)
        if head.startswith(codecs.BOM_UTF8) and codecs.lookup(encoding).name == "utf-8":
            encoding = "utf-8-sig"  # else the mark would stand in the first cell
        return _text_table(path, head, whole, encoding, delimiter, header)
    except (OSError, UnicodeError) as error:
        raise _unreadable(path, error) from error


def _text_table(path: Path, head: bytes, whole: bool, encoding: str, delimiter: str | None, header: bool | None) -> Table:
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).lstrip("\ufeff")
    if sum(c < " " and c not in _TEXTUAL for c in text[:_SAMPLE_BYTES]) > max(16, min(len(text), _SAMPLE_BYTES) / 20) or text.count("\0") > len(text) / 3:
        raise CatalogError(f"{path}: this is a binary file, not a table", _TABLES)
    if delimiter is None and jsonrows.looks_like_json(text):
        keys = jsonrows.look(path, encoding)
        return Table(path, "json", encoding, "", column_names(keys), True, keys=keys)
    if not whole:  # the last line is cut in the middle
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    layout = delimited.look(path, text, delimiter, header)
    return Table(path, "tsv" if layout.delimiter == "\t" else "csv", encoding, layout.delimiter, layout.header, layout.has_header, layout.start)


def _head(path: Path) -> tuple[bytes, bool]:
    """(the beginning of the file with at least one line end, whether that is all of it)."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
        while b"\n" not in head and b"\r" not in head and len(head) < LINE_LIMIT and (more := file.read(_SAMPLE_BYTES)):
            head += more
        return head, not file.read(1)


def _check_is_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise CatalogError(f"{path}: no such file", "recsh catalog list   shows the catalogs that are known by name") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(mode):
        raise CatalogError(f"{path}: a folder, not a file", "name the file in it")
    if not stat.S_ISREG(mode):
        raise CatalogError(f"{path}: not a regular file", "a pipe or a device is read only once, a catalog more often: save it to a file first")


def _unreadable(path: Path, error: Exception) -> CatalogError:
    what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return CatalogError(f"{str(path)[:300]!s}: cannot be read: {what}", "look at its permissions, its name and --encoding")
