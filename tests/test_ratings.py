"""Ratings files -> arrays: every format, columns found by name and by content, defects with their lines, worths checked by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from math import log, sqrt
from pathlib import Path

import numpy
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsh.catalog import Catalog
from recsh.errors import CatalogError, RecshError, UsageError
from recsh.paths import bundled
from recsh.ratings import CHOSEN, SMOOTH, Kind, Ratings, read_ratings, worths_of
from recsh.types import Column, Role

ROWS = [("a1", "Up"), ("a2", "Heat"), ("a3", "Alien"), ("a4", "Heat"), ("7", "Seven")]
T = 1_500_000_000


@pytest.fixture
def films(shelf: Callable[..., Catalog]) -> Catalog:
    """Five films, two of one title."""
    return shelf(["id", "title"], ROWS, [Column("id", Role.ID), Column("title", Role.TITLE)])


@pytest.fixture
def read(films: Catalog, tmp_path: Path) -> Callable[..., Ratings]:
    """(text of a file, its name, columns) -> its ratings."""

    def run(text: str, name: str = "r.csv", **columns: str) -> Ratings:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return read_ratings(tmp_path / name, films.index, columns)

    return run


def pairs(r: Ratings) -> list[tuple[int, int]]:
    return [*zip(r.users.tolist(), r.items.tolist(), strict=True)]


# --- columns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("user,item,rating,timestamp", "user item rating timestamp"), ("userId,movieId,rating,timestamp", "userId movieId rating timestamp"),
        ("user_id;book_id;score;date", "user_id book_id score date"), ("reviewerID\tasin\toverall\tunixReviewTime", "reviewerID asin overall unixReviewTime"),
        ("Reviewer Name,Track,Stars,Time", "Reviewer Name,Track,Stars,Time"), ("用户,电影,评分,时间", "用户 电影 评分 时间"),
    ],
)  # fmt: skip
def test_columns_are_found_by_their_names(read: Callable[..., Ratings], header: str, columns: str) -> None:
    """As the well-known files call them, in any spelling."""
    mark = next(m for m in ",;\t" if m in header)
    rows = [["ann", "a1", "5", T], ["ann", "a2", "1", T + 1], ["bob", "a3", "4", T + 2], ["bob", "a2", "2", T + 3]]
    r = read("\n".join([header, *(mark.join(map(str, row)) for row in rows)]) + "\n")
    assert [r.columns[role] for role in ("user", "item", "rating", "time")] == (columns.split(",") if "," in columns else columns.split())
    assert pairs(r) == [(0, 0), (0, 1), (1, 2), (1, 1)] and r.people == 2 and r.kind is Kind.RATINGS and not r.account.counts
    assert r.times.tolist() == [T, T + 1, T + 2, T + 3] and (r.worths > 0).tolist() == [True, False, True, False]


def test_columns_are_found_by_what_is_in_them(read: Callable[..., Ratings]) -> None:
    """A file without a header: the column with the catalog's ids is the item's, moments are times, few grades a rating."""
    rows = [(f"{100 + u}", ROWS[(u * 3 + k) % 5][0], f"{1 + (u + k) % 5}", f"{T + 10 * u + k}") for u in range(12) for k in range(3)]
    r = read("".join("\t".join(row) + "\n" for row in rows), "u.data")
    assert r.columns == {"user": "column1", "item": "column2", "rating": "column3", "time": "column4"}
    assert len(r) == 36 and r.people == 12 and r.kind is Kind.RATINGS


def test_the_items_column_is_the_one_that_the_catalog_knows(read: Callable[..., Ratings]) -> None:
    """Of two that are called so, and if none is."""
    assert read("user,movie_id,sku,rating\nx,99,a1,5\nx,98,a2,3\n").columns["item"] == "sku"
    assert read("user,what,rating\nx,a1,5\nx,a2,3\n").columns["item"] == "what"
    assert read("user,item,other,rating\n7,a1,7,5\n7,a2,7,3\n").columns["item"] == "item"


def test_titles_serve_where_ids_do_not(read: Callable[..., Ratings]) -> None:
    """Exactly, in any spelling; one that several items have is none."""
    r = read("user,movieId,title,rating\nx,1,UP!,5\nx,2,alien,3\nx,3,Heat,4\n")
    assert r.by_title and r.columns["item"] == "title" and r.items.tolist() == [0, 2]
    assert [(line, kind) for line, kind, _ in r.account.notes] == [(4, "unknown item")] and "several items" in r.account.notes[0][2]


def test_columns_can_be_said(read: Callable[..., Ratings]) -> None:
    """In any case; one that is not there is an error that names those that are."""
    text = "a,b,c,rating\nu1,a1,2,5\nu2,a2,3,1\n"
    assert read(text, user="A", rating="c").columns == {"user": "a", "item": "b", "rating": "c"}
    with pytest.raises(UsageError, match="--ratings-user.*'nobody'") as caught:
        read(text, user="nobody")
    assert "a, b, c, rating" in caught.value.hint
    with pytest.raises(UsageError, match="whose rating") as caught:
        read(text)
    assert "--ratings-user" in caught.value.hint


# --- formats and values ------------------------------------------------------------------------------------------------


def test_every_format_says_the_same(films: Catalog, tmp_path: Path) -> None:
    """CSV, TSV, JSON Lines and Parquet; times as numbers, ISO text and milliseconds."""
    rows = [("ann", "a1", 4.5, T), ("ann", "7", 1.0, T + 60), ("bob", "a3", 3.0, T + 120), ("bob", "a1", 5.0, T + 180)]
    frame = pandas.DataFrame(rows, columns=["user", "item", "rating", "timestamp"])
    frame.to_csv(tmp_path / "r.csv", index=False)
    frame.to_csv(tmp_path / "r.tsv", index=False, sep="\t")
    frame.assign(timestamp=frame.timestamp * 1000).to_json(tmp_path / "r.jsonl", orient="records", lines=True)
    frame.assign(timestamp=pandas.to_datetime(frame.timestamp, unit="s", utc=True)).to_parquet(tmp_path / "r.parquet")
    (tmp_path / "iso.csv").write_text("user,item,rating,date\n" + "".join(f"{u},{i},{v},{datetime.fromtimestamp(t, timezone.utc).isoformat()}\n" for u, i, v, t in rows))
    first, *others = [read_ratings(tmp_path / name, films.index) for name in ("r.csv", "r.tsv", "r.jsonl", "r.parquet", "iso.csv")]
    assert pairs(first) == [(0, 0), (0, 4), (1, 2), (1, 0)]
    for other in others:
        assert all((getattr(first, k) == getattr(other, k)).all() for k in ("users", "items", "worths", "times")) and not other.account.counts


def test_ratings_are_centred_on_the_person(read: Callable[..., Ratings]) -> None:
    """Worked by hand: both smoothed by five ratings of everybody."""
    r = read("user,item,rating\na,a1,5\na,a2,4\nb,a1,1\nb,a2,2\nb,a3,3\n")
    values = [5, 4, 1, 2, 3]
    mean = sum(values) / 5
    mean_a, mean_b = (9 + SMOOTH * mean) / (2 + SMOOTH), (6 + SMOOTH * mean) / (3 + SMOOTH)
    spread = sum((v - mean) ** 2 for v in values) / 5
    deviation_a = sqrt(((5 - mean_a) ** 2 + (4 - mean_a) ** 2 + SMOOTH * spread) / (2 + SMOOTH))
    deviation_b = sqrt(sum((v - mean_b) ** 2 for v in (1, 2, 3)) / (3 + SMOOTH) + SMOOTH * spread / (3 + SMOOTH))
    expected = [(5 - mean_a) / 2 / deviation_a, (4 - mean_a) / 2 / deviation_a, *((v - mean_b) / 2 / deviation_b for v in (1, 2, 3))]
    assert r.worths.tolist() == pytest.approx(expected, abs=1e-6)


def test_plays_count_by_their_logarithm(read: Callable[..., Ratings]) -> None:
    """Relative to the person's own mean; a count of nothing is no play; the same line again adds up."""
    r = read("user,track,plays\na,a1,1\na,a2,99\nb,a1,5\nb,a3,0\nb,a1,4\n")
    mean = (log(2) + log(100)) / 2
    assert r.kind is Kind.PLAYS and pairs(r) == [(0, 0), (0, 1), (1, 0)]
    assert r.worths.tolist() == pytest.approx([CHOSEN * log(2) / mean, CHOSEN * log(100) / mean, CHOSEN], abs=1e-6)
    assert dict(r.account.counts) == {"no rating": 1} and r.account.notes[0][0] == 5


def test_what_is_only_chosen_is_liked_a_little(read: Callable[..., Ratings]) -> None:
    """No value, or always the same; chosen again is a play."""
    for text in ("user,item\na,a1\nb,a2\n", "user,item,rating\na,a1,5\nb,a2,5\n", "user,item,rating\na,a1,1\na,a1,1\nb,a2,1\n"):
        r = read(text)
        assert r.kind is Kind.CHOICES and r.worths.tolist() == [CHOSEN, CHOSEN]
    again = read("user,item\na,a1\na,a1\na,a1\na,a2\n")
    assert again.kind is Kind.PLAYS and len(again) == 2 and again.worths[again.items == 0] > again.worths[again.items == 1]


@pytest.mark.parametrize("words", [("like", "dislike"), ("TRUE", "FALSE"), ("5/5", "1/5"), ("喜欢", "不喜欢"), ("1", "-1")])
def test_verdicts_in_words_are_ratings(read: Callable[..., Ratings], words: tuple[str, str]) -> None:
    r = read(f"user,item,liked\na,a1,{words[0]}\na,a2,{words[1]}\nb,a3,{words[0]}\n")
    assert r.kind is Kind.RATINGS and (r.worths > 0).tolist() == [True, False, True]


def test_oldest_first_and_the_newest_of_two_counts(read: Callable[..., Ratings]) -> None:
    """By time; in the order of the file where it says no times."""
    r = read(f"user,item,rating,timestamp\na,a1,5,{T + 9}\na,a2,3,{T}\na,a1,1,{T + 5}\n")
    assert pairs(r) == [(0, 1), (0, 0)] and r.worths[1] > 0 and r.account.notes == [(4, "repeated rating", r.account.notes[0][2])]
    r = read("user,item,rating\na,a1,1\na,a2,3\na,a1,5\n")
    assert pairs(r) == [(0, 1), (0, 0)] and r.worths[1] > 0 and r.account.notes[0][:2] == (2, "repeated rating")


# --- defects -----------------------------------------------------------------------------------------------------------


def test_every_row_is_kept_or_accounted_for(read: Callable[..., Ratings]) -> None:
    """With its line and what is wrong with it."""
    r = read(f"user,item,rating,timestamp\na,a1,5,{T}\n,a1,5,{T}\na,,5,{T}\na,zz,5,{T}\nb,a2,good,{T}\nb,a3,4,soon\nb,a1\nb,a2,nan,{T}\n")
    assert [(line, kind) for line, kind, _ in r.account.notes] == [
        (3, "missing user"), (4, "missing item"), (5, "unknown item"), (6, "no rating"), (7, "no time"), (8, "short row"), (8, "no rating"), (9, "no rating"),
    ]  # fmt: skip
    assert r.account.lost == 6 and r.account.rows == len(r) == 2 and r.times.tolist() == [0.0, T]


@pytest.mark.parametrize(
    ("text", "what"),
    [("user,item,rating\na,zz,5\n", "no column with ids or titles"), ("", "empty"), ("user,item,rating\n", "no ratings"), ("user,item,rating\n,a1,5\n", "no usable ratings"), ("item\na1\n", "whose rating|no table")],
)  # fmt: skip
def test_a_file_that_rates_nothing_here_is_one_clear_error(read: Callable[..., Ratings], text: str, what: str) -> None:
    """It names the file and says what to do."""
    with pytest.raises(RecshError, match=what) as caught:
        read(text)
    assert "r.csv" in caught.value.message and caught.value.hint


def test_a_missing_file_is_named(films: Catalog, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no such file"):
        read_ratings(tmp_path / "none.csv", films.index)


CELL = st.one_of(st.sampled_from([*(i for i, _ in ROWS), "5", "1", "-1", "x", "", "1e400", "nan", "2020-01-01", str(T), '"', "\t"]), st.text(max_size=6))


@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_it(read: Callable[..., Ratings], rows: list[tuple[str, ...]]) -> None:
    """Finite numbers in their ranges, or one clear error."""
    lines = [json.dumps(dict(zip(("user", "item", "rating", "time"), row, strict=True))) for row in rows]
    try:
        r = read("\n".join(lines) + "\n", "r.jsonl")
    except RecshError:
        return
    assert numpy.isfinite(r.times).all() and (numpy.abs(r.worths) <= 1).all() and r.items.max() < 5 and r.users.max() < r.people
    assert len({*pairs(r)}) == len(r) and (numpy.diff(r.times) >= 0).all() and len(r) + r.account.lost <= len(rows)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 10)), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_worths_keep_the_order_of_a_persons_values(ratings: list[tuple[int, int]]) -> None:
    """And stay in their range, whatever the scale."""
    users, values = numpy.array([u for u, _ in ratings]), numpy.array([v for _, v in ratings], dtype=float)
    for kind in (Kind.RATINGS, Kind.PLAYS):
        if kind is Kind.RATINGS and values.min() == values.max():
            continue
        worths = worths_of(users, values, 4, kind)
        assert (numpy.abs(worths) <= 1).all()
        for user in {*users.tolist()}:
            mine = users == user
            order = numpy.argsort(values[mine], kind="stable")
            assert (numpy.diff(worths[mine][order]) >= -1e-6).all()
        scaled = worths_of(users, values * 10, 4, kind)
        assert kind is Kind.PLAYS or numpy.allclose(worths, scaled, atol=1e-5)


@pytest.mark.parametrize("name", ["music", "movies"])
def test_the_sample_ratings_are_of_the_sample_catalogs(sample: Callable[[str], Catalog], name: str) -> None:
    """Every line, by id, with a time."""
    r = read_ratings(bundled("sample_data", f"{name}.ratings.csv"), sample(name).index)
    assert r.people == 300 and len(r) > 14_000 and not r.account.counts and not r.by_title and r.times.min() > 1.7e9 and 0.3 < (r.worths > 0).mean() < 0.7
