"""Answers as text: what a person sees fits and says what it should, what a machine reads is exact and harmless."""

from __future__ import annotations

import csv
import io
import json

from msgspec.structs import replace
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from recsh.errors import UsageError
from recsh.render import FORMATS, bar, dump, field_names, machine, table
from recsh.text import UNSAFE
from recsh.types import Answer, Cause, Column, Item, Match, Recommendation, Role, Unmatched, Warning_

COLUMNS = (Column("id", Role.ID), Column("name", Role.TITLE), Column("maker", Role.CREATOR), Column("year", Role.NUMBER, "year", year=True), Column("price", Role.NUMBER, "$"))


def result(rank: int = 1, title: str = "Pan", reason: str = "Kitchen; $25", **more: object) -> Recommendation:
    cells = {"id": f"s{rank}", "name": title, "maker": "Lodge", "year": "1999", "price": "25"}
    item = Item(rank, f"s{rank}", title, "Lodge", ("kitchen",), {"year": 1999.0, "price": 25.0}, cells)
    return Recommendation(rank, item, 0.8, reason, {"text": 0.5, "vector": 0.3}, **more)  # type: ignore[arg-type]


def answer(*results: Recommendation) -> Answer:
    return Answer("01K", "2026-11-20T18:15:00Z", "a pan", results)


def shown(a: Answer, width: int = 80, **more: object) -> str:
    return table(a, COLUMNS, Console(file=io.StringIO(), width=width, height=24, markup=False, emoji=False, highlight=False), **more)  # type: ignore[arg-type]


def test_a_table_says_rank_title_creator_number_reason_and_score() -> None:
    """A price goes before a year; the reason stands below on a narrow terminal and beside on a wide one."""
    assert shown(answer(result()), 60) == f"1  Pan  Lodge  $25{' ' * 36}████▊·\n   Kitchen; $25\n"
    assert shown(answer(result()), 100) == f"1  Pan  Lodge  $25  Kitchen; $25{' ' * 62}████▊·\n"
    assert shown(answer()) == ""


def test_explain_shows_the_score_its_shares_and_the_words() -> None:
    text = shown(answer(result(words=("pan", "iron"), match=Match("the pan", 97.5, "fuzzy"))), 60, explain=True)
    lines = [line.strip() for line in text.splitlines()[2:]]
    assert lines == ["score ████████·· 0.80", "text █████····· 0.50", "vector ███······· 0.30", "words pan, iron", "matched the pan (fuzzy, 97.5)"]


def test_fields_make_a_plain_grid() -> None:
    assert shown(answer(result(), result(2, "Tent")), fields=["name", "price"]) == "name  price\nPan   25\nTent  25\n"


TEXTS = st.text(st.sampled_from("ab [/]:;,\"'=+-@\t\n\r\x00\x1b\x9b\u202e\u200b\ud800漢字é🎸"), max_size=40)


@settings(max_examples=60, deadline=None)
@given(title=TEXTS, reason=TEXTS, width=st.integers(30, 130))
def test_any_text_is_harmless_and_fits(title: str, reason: str, width: int) -> None:
    """No control character and no markup reaches a terminal, no line is wider than it, every format still parses."""
    a = answer(result(title=title, reason=reason), result(2, title=title[::-1], reason=""))
    for fields in (None, ["name", "reason"]):
        text = shown(a, width, explain=True, fields=fields)
        assert not UNSAFE.search(text) and max(map(cell_len, text.split("\n"))) <= width
    for form in FORMATS[1:]:
        assert not UNSAFE.search(machine(a, form)), form
    assert json.loads(machine(a, "json"))["results"][0]["title"] == title
    assert [json.loads(line)["reason"] for line in machine(a, "jsonl").splitlines()] == [reason or None, None]
    listed = list(csv.reader(io.StringIO(machine(a, "csv"))))
    assert len(listed) == 3 and not any(cell.startswith(("=", "@", "\t", "\r")) for row in listed for cell in row)
    assert {line.count("\t") for line in machine(a, "tsv").splitlines()} == {4} and machine(a, "tsv").count("\n") == 2


@pytest.mark.parametrize(("cell", "written"), [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-1.5", "-1.5"), ("+44", "+44"), ("-", "-"), ("-M-", "'-M-"), ("a=b", "a=b")])
def test_formulas_are_neutralised_in_csv(cell: str, written: str) -> None:
    """A spreadsheet runs what begins like a formula (OWASP, CSV injection); numbers stay numbers."""
    assert list(csv.reader(io.StringIO(machine(answer(result(title=cell)), "csv", fields=["title"]))))[1] == [written]


def test_json_keeps_letters_and_escapes_what_acts_on_a_terminal() -> None:
    assert dump({"q": "想看 é 🎸"}, indent=False) == '{"q": "想看 é 🎸"}'
    assert dump("\x1b\x9b\u202e\U000e0001", indent=False) == '"\\u001b\\u009b\\u202e\\udb40\\udc01"'
    assert json.loads(dump("\x1b\x9b\u202e\U000e0001", indent=False)) == "\x1b\x9b\u202e\U000e0001"


def test_json_says_all_there_is() -> None:
    a = replace(answer(result()), unmatched=(Unmatched("Wok", Cause.NO_MATCH, "s1", 61.0),), warnings=(Warning_("engine", "slow"),))
    value = json.loads(machine(a, "json"))
    assert value["unmatched"] == [{"suggested": "Wok", "cause": "no_match", "best": "s1", "score": 61.0}]
    assert value["warnings"] == [{"code": "engine", "message": "slow"}] and value["engine"] is None
    assert machine(a, "json", indent=True).startswith('{\n  "schema_version": 1,')


def test_field_names() -> None:
    """Fields of a result and columns; anything else is a usage error that lists them, whatever was found."""
    assert field_names(None, COLUMNS) is None and field_names(" title , maker", COLUMNS) == ["title", "maker"]
    for wrong in ("titel", "title,", "", "title,nope"):
        if wrong == "title,":
            assert field_names(wrong, COLUMNS) == ["title"]
            continue
        with pytest.raises(UsageError) as caught:
            field_names(wrong, COLUMNS)
        assert "maker" in caught.value.hint


def test_headers() -> None:
    """CSV has them, TSV has not, unless one says otherwise."""
    a = answer(result())
    assert [machine(a, form, headers=h).count("\n") for form in ("csv", "tsv") for h in (None, True, False)] == [2, 2, 1, 1, 2, 1]
    assert machine(a, "tsv", headers=True).startswith("item_id\ttitle\tcreator")


@pytest.mark.parametrize(("value", "drawn"), [(0, "····"), (1, "████"), (0.5, "██··"), (0.28, "█▏··"), (-1, "····"), (7, "████"), (0.001, "····")])
def test_bars(value: float, drawn: str) -> None:
    """Eighths of a block, clamped to 0..1."""
    assert bar(value, 4) == drawn
