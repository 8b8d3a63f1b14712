"""Days, weeks, months and seasons become conditions where a catalog has dates, counted back from its newest item (27 September 2026 in the sample of news)."""

from __future__ import annotations

from math import inf

import pytest

from recsh.retrieve import meets


@pytest.mark.parametrize(("text", "first", "last"), [
    ("what happened in March", "2026-03-01", "2026-03-31"), ("what happened in may", "2026-05-01", "2026-05-31"), ("what happened in March 2025", "2025-03-01", "2025-03-31"),
    ("politics in December", "2025-12-01", "2025-12-31"), ("december 2025", "2025-12-01", "2025-12-31"), ("last summer's elections", "2026-06-01", "2026-08-31"),
    ("what happened last spring", "2026-03-01", "2026-05-31"), ("last winter", "2025-12-01", "2026-02-31"), ("autumn 2025", "2025-09-01", "2025-11-31"), ("this summer", "2026-06-01", "2026-08-31"),
    ("news since January", "2026-01-01", "9"), ("since the summer", "2026-06-01", "9"), ("before the summer", "0", "2026-05-31"), ("before March 2025", "0", "2025-02-31"),
    ("last month", "2026-08-01", "2026-08-31"), ("the last six months in politics", "2026-03-28", "9"), ("older than six months", "0", "2026-03-27"), ("last year in sport", "2025-01-01", "2025-12-31"),
    ("this year's elections", "2026-01-01", "9"), ("from 5 May to 10 June 2026", "2026-05-05", "2026-06-10"), ("June and July 2026", "2026-06-01", "2026-07-31"), ("on 7 July 2026", "2026-07-07", "2026-07-07"),
    ("from early 2026", "2026-01-01", "2026-04-31"), ("in the second half of 2025", "2025-07-01", "2025-12-31"), ("the first week of June", "2026-06-01", "2026-06-07"),
])  # fmt: skip
def test_a_time_of_the_year_is_a_condition(read, sample, text: str, first: str, last: str) -> None:
    """Exactly what was published from the first to the last day meets it."""
    index = sample("news").index
    (condition,) = read("news", text).conditions
    met = meets(condition, index)
    assert [bool(m) for m in met] == [first <= item.cells["date"] <= last for item in index.items(range(index.rows))]


@pytest.mark.parametrize("text", ["nothing older than six months", "not from last year"])
def test_a_time_that_is_turned_down(read, text: str) -> None:
    (condition,) = read("news", text).conditions
    assert condition.negated if "last year" in text else condition.low > 2020 and condition.high == inf


@pytest.mark.parametrize("text", ["this week in science", "today's headlines", "yesterday's news", "in the last couple of weeks", "what's going on with housing", "breaking news", "what's up with inflation"])
def test_of_a_time_that_hardly_anything_is_of_the_newest_come_first(read, text: str) -> None:
    q = read("news", text)
    assert not q.conditions and [(x.column, x.sign) for x in q.leanings] == [("date", 1)]


@pytest.mark.parametrize(("catalog", "text"), [
    ("news", "March for climate"), ("news", "what to plant in April"), ("news", "may I have some news"), ("news", "how to sleep better in summer"), ("news", "during the winter"),
    ("news", "I haven't read anything since January"), ("news", "winter sports"), ("music", "songs about December"), ("music", "last summer"), ("movies", "I Know What You Did Last Summer"), ("travel", "where to go in March"),
])  # fmt: skip
def test_no_time_of_the_catalog(read, catalog: str, text: str) -> None:
    """What somebody does, or what a thing is about, and whatever is asked of a catalog without dates."""
    q = read(catalog, text)
    assert not q.conditions and not q.leanings


@pytest.mark.parametrize(("text", "column", "sign"), [("long read", "minutes", 1), ("short reads on health", "minutes", -1), ("a quick read", "minutes", -1)])
def test_the_length_of_a_read(read, text: str, column: str, sign: int) -> None:
    """It leaves no word that titles would be found by."""
    q = read("news", text)
    assert [(x.column, x.sign) for x in q.leanings] == [(column, sign)] and not {"long", "short", "quick"} & {*q.words}


@pytest.mark.parametrize(("catalog", "text", "low", "high"), [
    ("news", "something I can read on the loo in 3 minutes", None, 3), ("music", "from when my mum was young, she was born in 1955", 1965, 1980), ("music", "songs from when he was a teenager, born in 1970", 1980, 1995),
])  # fmt: skip
def test_a_time_to_read_in_and_somebodys_youth(read, catalog: str, text: str, low: int | None, high: int) -> None:
    (condition,) = read(catalog, text).conditions
    assert condition.high == high and low in (None, condition.low)
