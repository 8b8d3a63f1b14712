"""Any CSV, TSV, JSON Lines or Parquet file is read; what is odd is kept, mended or reported with its line; nothing is silently lost."""

from __future__ import annotations

import csv
import doctest
import io
import json
import os
import re
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh import account as account_module
from recsh import delimited, jsonrows
from recsh.account import CELL_LIMIT
from recsh.errors import CatalogError
from recsh.table import Account, Table, open_table
from recsh.text import clean

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes bytes (or text as UTF-8) to a file and gives its path."""

    def make(content: bytes | str, name: str = "a.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def load(path: Path, **how: object) -> tuple[Table, list[list[str]], Account]:
    """The table, its rows without line numbers, and the account."""
    table, account = open_table(path, **how), Account()  # type: ignore[arg-type]
    return table, [cells for _, cells in table.rows(account)], account


def lines_of(account: Account, kind: str) -> list[int]:
    return [line for line, k, _ in account.notes if k == kind]


SONGS = [["id", "title", "artist", "year"], ["1", "Café del Mar", "Energy 52", "1993"], ["2", "夜曲", "周杰伦", "2005"], ["3", 'Say "Hi", again', "A; B", "1999"]]
LATIN = [["id", "title", "artist", "year"], ["1", "Café del Mär", "Björk & Müller", "1993"], ["2", "Élan vital à gogo", "Œuvre", "2005"]]
CHINESE = [["编号", "片名", "导演", "年份"], ["1", "英雄", "张艺谋", "2002"], ["2", "卧虎藏龙", "李安", "2000"], ["3", "花样年华：导演剪辑版", "王家卫", "2000"]]
TRADITIONAL = [["編號", "片名", "導演"], ["1", "臥虎藏龍與東邪西毒終極版", "李安導演作品"], ["2", "重慶森林與墮落天使", "王家衛與張國榮"]]


def as_text(rows: list[list[str]], delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


# --- encodings, delimiters, headers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "encoding", "found"),
    [
        (SONGS, "utf-8", "utf-8"), (SONGS, "utf-8-sig", "utf-8-sig"), (SONGS, "utf-16", "utf-16"), (LATIN, "latin-1", "cp1252"), (LATIN, "cp1252", "cp1252"),
        (LATIN, "utf-16-le", "utf-16-le"), (LATIN, "utf-16-be", "utf-16-be"), (SONGS, "utf-32", "utf-32"), (LATIN, "utf-32-le", "utf-32-le"), (LATIN, "utf-32-be", "utf-32-be"), (CHINESE, "gb18030", "gb18030"), (CHINESE, "gbk", "gb18030"), (TRADITIONAL, "gb18030", "gb18030"),
    ],
)  # fmt: skip
def test_the_encoding_is_found(write: Write, rows: list[list[str]], encoding: str, found: str) -> None:
    """UTF-8 with and without BOM, UTF-16, Latin-1 and GB18030, simplified or traditional."""
    rows = [[c.replace("Œ", "O") for c in row] for row in rows]
    table, cells, account = load(write(as_text(rows).encode(encoding)))
    assert table.encoding == found
    assert [list(table.header), *cells] == rows
    assert not account.counts


def test_a_bad_byte_in_utf8_is_damage_and_not_another_encoding(write: Write) -> None:
    """The row is kept with a mark where the byte was, and reported; the rest of the file stays UTF-8."""
    content = as_text(SONGS).encode().replace(b"Energy", b"En\xffrgy") + "4,日本語,東京,2001\n".encode()
    table, cells, account = load(write(content))
    assert table.encoding == "utf-8" and cells[0][2] == "En\ufffdrgy 52" and cells[3][1] == "日本語"
    assert lines_of(account, "undecodable byte") == [2]


def test_a_bad_byte_far_behind_the_beginning_is_found(write: Write) -> None:
    """The whole file is looked at, not its beginning."""
    content = "id,title\n" + "".join(f"{i},plain words number {i}\n" for i in range(60_000)) + "60000,caf"
    table, cells, _ = load(write(content.encode() + b"\xe9\n"))
    assert table.encoding == "cp1252" and cells[-1] == ["60000", "café"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(write: Write, delimiter: str, end: str) -> None:
    """Comma, tab, semicolon, pipe; LF, CRLF, CR."""
    table, cells, account = load(write(as_text(SONGS, delimiter, end)))
    assert table.delimiter == delimiter and [list(table.header), *cells] == SONGS and not account.counts


def test_four_dirty_files_load_alike(write: Write) -> None:
    """One table, four ways in which programs spoil it: Excel's sep= line and BOM, a licence line and CRLF, Latin-1 tabs, headless GB18030."""
    rows = [["1", "Up", "2009"], ["2", "Köln 75", "2025"], ["3", "Two\nlines", "1999"]]
    head = ["id", "title", "year"]
    excel = b"\xef\xbb\xbfsep=;\r\n" + as_text([head, *rows], ";", "\r\n").encode()
    licence = ("# Licence: CC0, collected by hand\r\n#\r\n\r\n" + as_text([head, *rows], ",", "\r\n")).encode()
    latin = as_text([head, *rows], "\t").encode("latin-1")
    headless = as_text(rows, "|").encode("utf-16")
    for i, content in enumerate((excel, licence, latin, headless)):
        table, cells, account = load(write(content, f"{i}.csv"))
        assert cells == rows, i
        assert table.has_header == (i < 3) and not account.counts


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("1,Up,2009\n2,Heat,1995\n", False), ("id,title,year\n1,Up,2009\n", True), ("Up,movie,2009\nHeat,movie,1995\n", False), ("x,y\n1,2\n", True),
        ("Abbey Road\nKid A\nBlue\n", False), ("title\nAbbey Road\nKid A\n", True), ("Song Title,Performed By\nHelp!,The Beatles\n", True),
        ("片名,年份\n英雄,2002\n", True), ("#,Title,Year\n1,Up,2009\n", True), ("#1 Crush,Garbage,1996\nHurt,Johnny Cash,2002\n", False), ("title,2019,2020\nUp,1,2\n", True),
        (",title\n0,Up\n1,Heat\n", True), ("Titles\nUp\nHeat\n", True), ("Rock,AC/DC,TNT\nRock,Queen,Jazz\nPop,ABBA,Arrival\n", False),
    ],
)  # fmt: skip
def test_whether_there_is_a_header_is_found(write: Write, text: str, header: bool) -> None:
    """Names above values are a header; values like those below are a row, and no row is lost to a header that is none."""
    table, cells, account = load(write(text))
    assert table.has_header is header
    assert len(cells) + header == len(text.splitlines()) and not account.lost


def test_everything_found_can_be_overridden(write: Write) -> None:
    """Delimiter (also 'tab'), encoding and header as given."""
    table, cells, _ = load(write("a;b,c\nd;e,f\n"), delimiter=";", header=False)
    assert cells == [["a", "b,c"], ["d", "e,f"]] and table.header == ("column1", "column2")
    assert load(write("title\tx\nUp\t1\n"), delimiter="tab")[1] == [["Up", "1"]]
    assert load(write("标题,a\n英雄,b\n".encode("gb18030")), encoding="gb18030")[0].header == ("标题", "a")
    assert load(write(b"\xef\xbb\xbfUp,1\nHeat,2\n"), encoding="utf-8", header=False)[1][0] == ["Up", "1"]


@pytest.mark.parametrize("how", [{"delimiter": ";;"}, {"delimiter": '"'}, {"delimiter": ""}, {"delimiter": "\n"}, {"encoding": "utf-99"}, {"encoding": "base64"}, {"encoding": "a\0b"}, {"encoding": "rot13"}])
def test_what_cannot_be_a_delimiter_or_an_encoding_is_one_clear_error(write: Write, how: dict[str, str]) -> None:
    """A CatalogError with a hint, whatever was typed."""
    with pytest.raises(CatalogError) as caught:
        load(write("id,title\n1,Up\n"), **how)
    assert caught.value.hint


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "idna", "punycode", "utf-7", "cp037", "ascii"])
def test_a_wrong_encoding_is_no_crash(write: Write, encoding: str) -> None:
    """Rows in another script, or a CatalogError."""
    try:
        load(write("id,title\n1,Up\n"), encoding=encoding)
    except CatalogError:
        pass


def test_column_names_are_clean_and_distinct(write: Write) -> None:
    """Blank, repeated, very long names and such with control characters become names that can be typed."""
    table, _, _ = load(write("title,tag,tag,,tag_2,a\x1b[31mb," + "x" * 500 + "\nUp,1,2,3,4,5,6\n"))
    assert table.header[:6] == ("title", "tag", "tag_2", "column4", "tag_2_2", "a[31mb") and len(table.header[6]) == 100


def test_one_column_and_one_row(write: Write) -> None:
    """The smallest tables."""
    assert load(write("title\nUp"))[1] == [["Up"]]
    assert load(write("title,year\nUp,2009"))[1] == [["Up", "2009"]]


def test_line_separators_of_unicode_are_no_line_ends(write: Write) -> None:
    """Form feeds, NEL and U+2028 in a header or a comment do not shift the line numbers, nor lose a row."""
    table, cells, _ = load(write("# a\x0cb\u2028c\x85d\nid,ti\x85tle\n1,Up\n2,Heat\n"))
    assert table.start == 2 and [c[1] for c in cells] == ["Up", "Heat"]


# --- dirty rows ------------------------------------------------------------------------------------------------------


def test_quoted_line_ends_and_doubled_quotes_are_text(write: Write) -> None:
    """As RFC 4180 says; lines are those where the rows start."""
    table = open_table(write('id,title\n1,"two\nlines"\n2,"say ""hi"""\n'))
    assert [*table.rows(Account())] == [(2, ["1", "two\nlines"]), (4, ["2", 'say "hi"'])]


def test_an_unclosed_quote_costs_its_own_row_and_not_the_rest(write: Write) -> None:
    """It is reported with its line and cut without quoting; every other row is there."""
    body = "".join(f"{i},title {i},rock\n" for i in range(2, 3000))
    _, cells, account = load(write('id,title,tags\n1,"open,rock\n' + body))
    assert len(cells) == 2999 and cells[0] == ["1", "open", "rock"] and cells[-1] == ["2999", "title 2999", "rock"]
    assert lines_of(account, "unclosed quote") == [2] and not account.lost


def test_an_unclosed_quote_does_not_swallow_the_next_quoted_row(write: Write) -> None:
    """The next row's opening quote does not close it."""
    _, cells, account = load(write('id,title,tags\n1,"open,rock\n2,"Hello, World",pop\n3,c,d\n'))
    assert cells == [["1", "open", "rock"], ["2", "Hello, World", "pop"], ["3", "c", "d"]] and lines_of(account, "unclosed quote") == [2]


def test_inch_marks_and_stray_quotes_are_text(write: Write) -> None:
    """A quote inside an unquoted cell joins no rows, however far away the next one is."""
    _, cells, account = load(write('id,title,size\n1,Drive 3.5" SATA,a\n2,plain,b\n3,Screen 27" wide,c\n4,"He said "no" twice",d\n5,"back\\"slash",e\n'))
    assert [c[1] for c in cells] == ['Drive 3.5" SATA', "plain", 'Screen 27" wide', 'He said "no" twice', 'back"slash']
    assert lines_of(account, "stray quote") == [5, 6]


def test_ragged_rows_are_mended_and_reported(write: Write) -> None:
    """Short ones are filled, long ones keep their surplus in the last cell, surplus empties go."""
    _, cells, account = load(write("id,title,tags\n1,a\n2,b,c,d,e\n3,x,y,,\n"))
    assert cells == [["1", "a", ""], ["2", "b", "c,d,e"], ["3", "x", "y"]]
    assert lines_of(account, "short row") == [2] and lines_of(account, "long row") == [3] and account.lost == 0


def test_blank_rows_and_repeated_headers_are_counted_as_lost(write: Write) -> None:
    """Blank lines are none of the file's rows, rows of empty cells are."""
    _, cells, account = load(write("id,title\n\n1,a\n,\nid,title\n   \n2,b\n\x1a"))
    assert cells == [["1", "a"], ["2", "b"]] and lines_of(account, "blank row") == [4, 8] and lines_of(account, "repeated header") == [5] and account.lost == 3


def test_control_characters_nul_and_bidi_are_taken_out_and_reported(write: Write) -> None:
    """No cell can move the cursor, hide or reorder text; what is left is the text."""
    _, cells, account = load(write("id,title\n1,a\0b\n2,red\x1b[31m\n3,abc\u202edef\n4,zero\u200bwidth\n5,Thé\u0301\n"))
    assert [c[1] for c in cells] == ["ab", "red[31m", "abcdef", "zerowidth", "Thé\u0301"]
    assert lines_of(account, "NUL") == [2] and lines_of(account, "control character") == [3, 4, 5]


def test_a_megabyte_in_a_cell_is_cut_and_reported(write: Write) -> None:
    """Also in the first row, and when it spans lines."""
    for text in ("x" * 1_000_000, "line of words\n" * 800):
        _, cells, account = load(write(f'id,title,text\n1,Up,"{text}"\n2,Heat,short\n'))
        assert len(cells[0][2]) == CELL_LIMIT and cells[1] == ["2", "Heat", "short"] and lines_of(account, "long cell") == [2]
    assert len(load(write("title,text\nUp," + "y" * 3_000_000))[1][0][1]) == CELL_LIMIT


def test_values_that_programs_like_to_change_stay_as_they_are(write: Write) -> None:
    """'None', 'NA', 'null', '007', '1e5' and ' ' are cells, not missing values or numbers."""
    assert load(write("id,title\n007,None\n1e5,NA\n0x1,null\n9,nan\nTRUE,#N/A\n"))[1] == [["007", "None"], ["1e5", "NA"], ["0x1", "null"], ["9", "nan"], ["TRUE", "#N/A"]]


def test_the_account_is_bounded_and_counts_on(write: Write) -> None:
    """A file that is broken in every row costs bounded memory."""
    account = Account(keep=3)
    for line in range(10):
        account.add(line, "short row", "", lost=line % 2 == 0)
    assert len(account.notes) == 3 and account.counts["short row"] == 10 and account.lost == 5
    assert account.summary() == "10 short row (lines 0, 1, 2, ...)"


# --- JSON and Parquet ------------------------------------------------------------------------------------------------


def test_json_lines_with_nested_values_and_broken_lines(write: Write) -> None:
    """Lists are joined, objects stay JSON, null is empty; a broken line is reported and lost, the others are not."""
    text = '{"id": 1, "title": "Up", "tags": ["a", "b", null], "x": {"k": 1}, "ok": true, "n": 2.0}\n{"id": 2, "title": \n\n[1]\n{"id": 3, "title": null, "n": 1e999}\n"x"\n{"id":4,"title":"a","title":"b"}\n'
    table, cells, account = load(write(text))
    assert table.format == "json" and table.header == ("id", "title", "tags", "x", "ok", "n")
    assert cells == [["1", "Up", "a|b", '{"k": 1}', "true", "2"], ["3", "", "", "", "", "inf"], ["4", "b", "", "", "", ""]]
    assert lines_of(account, "invalid JSON") == [2] and lines_of(account, "not an object") == [4, 6] and account.lost == 3 and lines_of(account, "repeated key") == [7]


def test_a_key_that_comes_late_is_reported(write: Write) -> None:
    """Columns are those of the first objects."""
    lines = [json.dumps({"title": f"t{i}"}) for i in range(2100)] + ['{"title": "z", "late": 1}']
    _, cells, account = load(write("\n".join(lines)))
    assert len(cells) == 2101 and lines_of(account, "unknown key") == [2101]


def test_a_json_array_streams_and_knows_its_lines(write: Write) -> None:
    """One array of objects, longer than what is read at a time, printed nicely or not."""
    value = [{"id": i, "title": f"song {i}", "about": "words " * 50} for i in range(3000)]
    for text in (json.dumps(value), json.dumps(value, indent=1)):
        table, cells, account = load(write(text))
        assert table.format == "json" and len(cells) == 3000 and cells[2999][1] == "song 2999" and not account.counts
    assert next(open_table(write(json.dumps(value, indent=1))).rows(Account()))[0] == 2


@pytest.mark.parametrize("text", ['[{"title": "a"}, {"title": ', '[{"title": "a"}] [{"title": "b"}]', '[{"title": "a"} x]', "[]", '{\n "title": "a"\n}\n', '[{"a":' + "[" * 100_000])
def test_damaged_json_is_one_clear_error(write: Write, text: str) -> None:
    """Behind damage in an array nothing can be trusted; an object over several lines is no line."""
    with pytest.raises(CatalogError):
        load(write(text))


def test_json_of_any_depth_and_lone_surrogates_cause_no_crash(write: Write) -> None:
    """What no file should hold: nesting without end, half characters, keys that are not printable."""
    deep = '{"title": ' + "[" * 900 + "]" * 900 + "}"
    table, cells, account = load(write('{"title": "a\\ud800b", "k\\u001b\\udc00": 1}\n' + deep + "\n" + '{"title": ' + "[" * 200_000 + "\n"))
    assert cells[0] == ["ab", "1"] and table.header == ("title", "k") and account.counts["control character"] == 1
    assert len(cells) + account.lost == 3
    "".join(table.header + tuple(cells[0])).encode()


def test_parquet_with_lists_nulls_dates_and_large_numbers(tmp_path: Path) -> None:
    """Values as a person writes them; whole numbers stay whole whatever stands beside them; nothing is rounded."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    big = 9_007_199_254_740_993
    data = pa.table({
        "id": pa.array([big, None, 7], pa.int64()), "title": ["Up", None, "Heat"], "tags": [["a", "b"], [], None], "day": [date(2020, 5, 1), None, date(1999, 12, 31)],
        "at": pa.array([datetime(2020, 5, 1, 10, 30), datetime(2020, 5, 1), None], pa.timestamp("ns")), "r": pa.array([4.3, float("nan"), 5.0], pa.float32()),
        "price": [Decimal("9.50"), None, Decimal("10.00")], "raw": [b"x", b"\xff", None], "o": [{"when": datetime(2020, 1, 1)}, None, {"when": None}], "ok": [True, None, False],
    })  # fmt: skip
    pq.write_table(data, tmp_path / "a.csv")
    table, cells, _ = load(tmp_path / "a.csv")
    assert table.format == "parquet" and table.header == tuple(data.column_names)
    assert cells[0][:4] == [str(big), "Up", "a|b", "2020-05-01"] and cells[0][4].startswith("2020-05-01 10:30") and cells[0][5:8] == ["4.3", "9.50", "x"] and cells[0][9] == "true"
    assert cells[1][:4] == ["", "", "", ""] and cells[1][4] == "2020-05-01" and cells[1][5:7] == ["", ""]
    assert cells[2][0] == "7" and cells[2][5:7] == ["5", "10.00"] and len(cells) == 3


def test_damaged_parquet_is_one_clear_error(tmp_path: Path) -> None:
    """Cut off, or garbage behind the mark."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"title": ["Up", "Heat"] * 500}), path)
    content = path.read_bytes()
    for damaged in (content[:-20], content[:40], b"PAR1" + b"\xff" * 100 + b"PAR1", b"PAR1"):
        path.write_bytes(damaged)
        with pytest.raises(CatalogError, match="Parquet"):
            load(path)


# --- what is no table ------------------------------------------------------------------------------------------------


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "id,title\n")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "PNG"), (_zip(), "ZIP"), (b"GGUF\x03\0\0\0" + bytes(200), "GGUF"), (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "PDF"),
        (b"\x1f\x8b\x08\0" + bytes(50), "gzip"), (b"SQLite format 3\0" + bytes(100), "SQLite"), (os.urandom(5000) + bytes(100), "binary"), (b"", "empty"), (b" \n\n \r\n", "empty"),
        (b"\0" * 1000, "empty"), (b"\xef\xbb\xbf", "empty"), (b"# only\n# comments\n", "no table"), (",".join(f"c{i}" for i in range(10_000)).encode() + b"\n" + b"1," * 10_000, "10,000 columns"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_named(write: Write, content: bytes, what: str) -> None:
    """A picture renamed .csv, an empty file, ten thousand columns: one line that says what it is, and a hint."""
    try:
        load(write(content))
    except CatalogError as error:
        assert re.search(what, error.message) and error.hint and "\n" not in error.message
    else:
        pytest.fail("it was read as a table")


def test_folders_pipes_devices_and_missing_files_are_named(tmp_path: Path) -> None:
    """None of them blocks or crashes."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    for path, what in (
        (tmp_path, "folder"), (tmp_path / "pipe.csv", "not a regular file"), (Path("/dev/null"), "not a regular file"), (tmp_path / "no.csv", "no such file"),
        (tmp_path / "loop.csv", "cannot be read"), (tmp_path / ("n" * 5000), "cannot be read"), (Path("a\0b"), "cannot be read"), (tmp_path / "no" / "x.csv", "no such file"),
    ):  # fmt: skip
        with pytest.raises(CatalogError, match=what) as caught:
            open_table(path)
        assert caught.value.hint and caught.value.exit_code == 3


# --- any file at all -------------------------------------------------------------------------------------------------

PIECES = st.sampled_from([b"id,title\n", b"1,Up\n", b'"', b'""', b",", b";", b"\t", b"|", b"\r\n", b"\r", b"\n", b"\0", b"\xff", b"\xef\xbb\xbf", "夜曲".encode(), "夜曲".encode("gb18030"), b"{", b"}", b"[", b'{"title":"a"}\n', b"# x\n", b"sep=;\n", b"a b", b"PAR1", b"\xe9", b"1990", b"\x1b", b"\x85"])


@settings(database=None, deadline=None, max_examples=400)
@given(content=st.one_of(st.lists(PIECES, max_size=30).map(b"".join), st.binary(max_size=200)))
def test_any_bytes_are_a_table_or_a_catalog_error(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Never another exception; every row has a cell for each column; no cell holds a control character."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        table, rows, account = load(path)
    except CatalogError as error:
        assert error.message
        return
    assert all(len(cells) == len(table.header) for cells in rows) and len({*table.header}) == len(table.header)
    "".join(c for cells in rows for c in cells).encode()
    assert account.lost <= account.counts.total()


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(["a\x1b[1mb", "a\0b", "\x85", "\x0c", "None", "007", 'a"b', "a,b", "a\nb", "", " ", "x" * 30])


@settings(database=None, deadline=None, max_examples=200)
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12), delimiter=st.sampled_from(",\t;|"))
def test_what_csv_writes_is_read_back(rows: list[list[str]], delimiter: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same cells after cleaning; rows in are rows kept plus rows in the account."""
    path = tmp_path_factory.getbasetemp() / "written.csv"
    rows = [[c.replace("\r", "") for c in row] for row in rows]
    path.write_text(as_text([["id", "title", "notes"], *rows], delimiter), encoding="utf-8", newline="")
    table, cells, account = load(path, header=True, delimiter=delimiter)
    assert table.header == ("id", "title", "notes")
    assert len(cells) + account.lost == len(rows)
    kept = [[clean(c) for c in row] for row in rows if any(c.strip("\0 \t\x1a\ufeff\n") for c in row) and [clean(c) for c in row] != ["id", "title", "notes"]]
    assert [[clean(c) for c in row] for row in cells if any(map(clean, row))] == [row for row in kept if any(row)]


@settings(database=None, deadline=None, max_examples=150)
@given(lines=st.lists(st.sampled_from(['1,"a', '2,b"', "3,c", '4,"d"', '"', "", '5,"e""', '6,x"y"z', ',"', '"7",8', "9"]), min_size=1, max_size=40))
def test_broken_quoting_never_loses_a_line(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the quotes, every line's text is in some cell."""
    path = tmp_path_factory.getbasetemp() / "quotes.csv"
    path.write_text("id,title\n" + "\n".join(lines) + "\n")
    _, cells, _ = load(path, header=True, delimiter=",")
    text = "\n".join("\n".join(row) for row in cells)
    for word in ("a", "b", "c", "d", "e", "x", "8"):
        assert text.count(word) == sum(line.count(word) for line in lines), word


@pytest.mark.parametrize("text", ['"' * 200_000, '"a,' * 60_000, '1,"a\n' * 20_000, "a" * 3_000_000, ",".join("x" * 900), "\n" * 500_000 + "a,b"])
def test_reading_takes_linear_time(write: Write, text: str) -> None:
    """No file makes the reader go back again and again."""
    start = time.perf_counter()
    try:
        load(write("id,title\n" + text), header=True, delimiter=",")
    except CatalogError:
        pass
    assert time.perf_counter() - start < 5


def test_a_file_that_vanishes_while_it_is_read_is_a_catalog_error(write: Write) -> None:
    """Between looking and reading anything can happen."""
    path = write("id,title\n1,Up\n")
    table = open_table(path)
    path.unlink()
    with pytest.raises(CatalogError, match="cannot be read"):
        list(table.rows(Account()))


@pytest.mark.parametrize("module", [account_module, delimited, jsonrows])
def test_examples_in_docstrings_are_true(module: object) -> None:
    """What the documentation shows is what happens."""
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]
