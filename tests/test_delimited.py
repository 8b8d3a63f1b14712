"""Lines without quotation marks, which are cut at the delimiter, give the cells that the csv module gives, among lines that need it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh.account import Account
from recsh.delimited import Layout, look, records, rows

CELL = st.text(alphabet="ab ,;\t|é电'\\\0", max_size=6)


@settings(database=None, deadline=None, max_examples=150)
@given(st.lists(st.lists(CELL, min_size=1, max_size=4).map(",".join), max_size=6), st.sampled_from(",;\t|"))
def test_plain_lines_are_cut_as_csv_cuts_them(lines: list[str], delimiter: str) -> None:
    account = Account()
    found = [*records(iter([(i, f"{line}\n") for i, line in enumerate(lines, 1)]), delimiter, account)]
    assert found == [(i, cells) for i, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1)] and not account.counts


@settings(database=None, deadline=None, max_examples=100)
@given(st.lists(st.lists(st.text(alphabet='ab,\n"', max_size=5), min_size=2, max_size=3), max_size=8))
def test_quoted_and_plain_rows_in_any_order(cells: list[list[str]]) -> None:
    """What csv writes is read back, each row with the line it begins at."""
    text = []
    starts = []
    for row in cells:
        starts.append(sum(t.count("\n") for t in text) + 1)
        text.append(_written(row))
    lines = "".join(text).splitlines(keepends=True)
    assert [*records(iter([*enumerate(lines, 1)]), ",", Account())] == list(zip(starts, cells, strict=True))


def _written(row: list[str]) -> str:
    return ",".join('"' + c.replace('"', '""') + '"' if any(x in c for x in '",\n') else c for c in row) + "\n"


@pytest.mark.parametrize(("bad", "kind"), [('2,"open,x', "unclosed quote"), ('2,"say "hi" now",x', "stray quote")])
def test_a_broken_row_among_plain_ones_costs_itself_alone(tmp_path: Path, bad: str, kind: str) -> None:
    """The lines that were read in search of its end are rows again, plain ones too."""
    path = tmp_path / "a.csv"
    path.write_text("id,title,note\n1,one,x\n" + bad + "\n" + "".join(f"{i},t{i},n\n" for i in range(3, 40)) + '40,"t, 40",n\n41,t41,n\n', encoding="utf-8")
    account = Account()
    found = [*rows(path, "utf-8", Layout(",", ("id", "title", "note"), True, 1), account)]
    assert [line for line, _ in found] == list(range(2, 43)) and [c[0] for _, c in found] == [str(i) for i in range(1, 42)]
    assert found[39][1] == ["40", "t, 40", "n"] and dict(account.counts)[kind] == 1


def _table(tmp_path: Path, text: str) -> tuple[Layout, list[list[str]], dict[str, int]]:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    layout, account = look(path, text, None, None), Account()
    return layout, [cells for _, cells in rows(path, "utf-8", layout, account)], dict(account.counts)


def test_what_a_spreadsheet_has_around_a_table_is_no_row_of_it(tmp_path: Path) -> None:
    """A heading above the header, the header again after a page, a line that adds up."""
    text = "My Library,,,\nExported 3 April,,,\n,,,\nNo.,Title,Author,,Pages\n1,Emma,Jane Austen,,474\n2,Dracula,Bram Stoker,,418\nNo.,Title,Author,,Pages\n3,Lolita,Vladimir Nabokov,,336\n,,,,\nTotal:,3,,,1228\n"
    layout, found, defects = _table(tmp_path, text)
    assert layout.has_header and layout.header[:3] == ("No.", "Title", "Author") and layout.start == 4
    assert [cells[1] for cells in found] == ["Emma", "Dracula", "Lolita"]
    assert defects == {"heading": 2, "repeated header": 1, "blank row": 1, "total row": 1}


@pytest.mark.parametrize(
    "line", ["Total,Lenovo,14,599", "Total,,,a great laptop", "Summe der Teile,,,12", "Sum,,,"]
)
def test_a_thing_that_is_called_total_stays(tmp_path: Path, line: str) -> None:
    """A row with other words in it, or filled like the others, or without any figure, is a row."""
    _, found, defects = _table(tmp_path, f"Title,Brand,Screen,Price\nAir,Apple,13,999\n{line}\nSlim,Lenovo,15,449\n")
    assert len(found) == 3 and "total row" not in defects


def test_a_sparse_first_row_is_no_heading(tmp_path: Path) -> None:
    """Nothing is skipped where what follows names no columns."""
    layout, found, _ = _table(tmp_path, "Emma,,,\nDracula,Stoker,1897,horror\nLolita,Nabokov,1955,novel\nUlysses,Joyce,1922,novel\n")
    assert layout.start == 1 and len(found) + layout.has_header == 4
