"""What verdicts add up to: against arithmetic by hand, on shelves of a few rows, and with simulated people over every sample catalog."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import atanh, tanh

import numpy
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from recsh.bands import bands_of
from recsh.cli import taste as command
from recsh.cli.boundary import Boundary
from recsh.feedback import Log
from recsh.index import Index, facet_key
from recsh.influence import influences
from recsh.metrics import ndcg
from recsh.cells import split
from recsh.removal import Criteria
from recsh.taste import (
    ABROAD,
    FADING,
    LINE,
    SAID,
    USUAL,
    Taste,
    lines,
    placed,
    signal,
    taste_of,
)
from recsh.text import UNSAFE
from recsh.turning import still
from recsh.types import Column, Event, Role, Thing, Verdict
from recsh.worths import BASE, FEW, SHARE
from tests.command import invoke
from tests.people import PARTS, Person, Request, person, requests, thing_of

COLUMNS = (
    Column("id", Role.ID), Column("title", Role.TITLE), Column("artist", Role.CREATOR, joiner="|"), Column("tags", Role.TAGS, joiner="|"), Column("language", Role.TAGS),
    Column("year", Role.NUMBER, "year", year=True), Column("price", Role.NUMBER, "$"),
)  # fmt: skip
HEADER = [c.name for c in COLUMNS]
ROWS = [
    ["a", "River", "Ann", "rock|loud", "English", 1985, 5], ["b", "Train", "Bob", "rock|fast", "English", 1988, 3], ["c", "Morning", "Cy", "jazz|calm", "English", 2015, 30],
    ["d", "Storm", "Di", "jazz|slow", "English", 2018, 40], ["e", "Sea", "Ed", "rock|sad", "English", 1983, ""], ["f", "Wood", "Flo", "jazz|sad", "English", 2019, 35],
    ["g", "Moor", "Gus", "folk", "Welsh", 1961, 20], ["h", "Hill", "Ann", "folk", "Welsh", "", 20],
]  # fmt: skip


@pytest.fixture
def index(shelf: Callable) -> Index:
    return shelf(HEADER, ROWS, COLUMNS).index


def said(index: Index, ids: str, verdict: Verdict = Verdict.LIKE, *, catalog: str = "shelf", at: float = 0.0) -> list[Event]:
    found = index.items([n for i in ids if (n := index.by_id(i)) is not None])
    return [Event(catalog, thing_of(item, index), verdict, at) for item in found]


def tagged(*tags: str, verdict: Verdict = Verdict.LIKE, id: str = "", catalog: str = "shelf", at: float = 0.0, number: int = 0) -> Event:
    return Event(catalog, Thing(id or "+".join(tags), "/".join(tags), facets={"tags": tags}), verdict, at, id=number)


@dataclass(frozen=True)
class Mark:
    kind: str
    catalog: str | None = None
    key: str = ""
    at: float = 0.0
    after: int = 0
    source: str = ""


def weights(taste: Taste) -> dict[str, float]:
    return {f.key: f.weight for f in taste.facets}


# --- verdicts -> taste -----------------------------------------------------------------------------------------------


def test_a_facet_weighs_what_the_verdicts_say_together_the_older_ones_less() -> None:
    """Two likes, one of them older, and a dislike: the regression of `worths`, solved over the facets."""
    taste = taste_of([tagged("x"), tagged("x", "y"), tagged("z", verdict=Verdict.DISLIKE)], now=0.0)
    has = numpy.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]]) - USUAL
    counts = numpy.array([0.5 ** (n / FADING) for n in (2, 1, 0)]) / (1 - SHARE)
    prior = numpy.append(numpy.full(3, SHARE / FEW), BASE)
    x = numpy.column_stack([has, numpy.ones(3)])
    found = numpy.linalg.solve((x.T * counts) @ x + numpy.diag(1 / prior), x.T @ (counts * [1, 1, -1]))
    assert weights(taste) == pytest.approx({name: tanh(SAID * value) for name, value in zip("xyz", found[:3], strict=True)})
    assert weights(taste)["x"] > weights(taste)["y"] > 0 > weights(taste)["z"]
    assert {f.label: (f.likes, f.dislikes) for f in taste.facets} == {"x": (2, 0), "z": (0, 1), "y": (1, 0)} and taste.facets[0].label == "x"
    assert [e.thing.id for e in taste.facets[0].events] == ["x+y", "x"]


def test_what_is_in_liked_and_disliked_things_says_little() -> None:
    taste = taste_of([tagged("good", "both", id=f"g{i}") for i in range(6)] + [tagged("bad", "both", id=f"b{i}", verdict=Verdict.DISLIKE) for i in range(6)], now=0.0)
    found = weights(taste)
    assert abs(found["both"]) < 0.02 and min(found["good"], -found["bad"]) > 0.3


def test_one_like_does_not_shout_and_many_add_up() -> None:
    few, many = (weights(taste_of([tagged("x", id=str(i)) for i in range(n)], now=0.0))["x"] for n in (1, 10))
    assert 0 < few < 0.5 < many < 1
    sure = [taste_of([tagged("x", id=str(i)) for i in range(n)], now=0.0).confidence for n in (0, 1, 2, 5, 20)]
    assert sure == sorted(sure) and sure[0] == 0 and sure[-1] < 1


def test_only_the_newest_verdict_of_an_item_counts() -> None:
    taste = taste_of([tagged("x"), tagged("y"), tagged("x", verdict=Verdict.DISLIKE)], now=0.0)
    assert [t.id for t, _ in taste.disliked] == ["x"] and [t.id for t, _ in taste.liked] == ["y"]
    neutral = Event("shelf", tagged("x").thing, Verdict.RATING, 0.0, value=3.0)
    assert taste_of([tagged("x"), neutral], now=0.0).empty


@pytest.mark.parametrize("verdict", [Verdict.NOTE, Verdict.CONSUMED, Verdict.SKIP])
def test_what_judges_nothing_takes_no_verdict_back(verdict: Verdict) -> None:
    """Nor does "not now"."""
    assert [t.id for t, _ in taste_of([tagged("x"), tagged("x", verdict=verdict)], now=0.0).liked] == ["x"]


def test_verdicts_fade_with_later_ones_and_slowly_with_time() -> None:
    events = [tagged(str(i), at=float(i)) for i in range(19)]
    taste = taste_of(events, now=18.0)
    assert taste.liked[0][1] == pytest.approx(1, abs=1e-6) and taste.liked[18][1] == pytest.approx(0.5 ** (18 / FADING), abs=1e-6)
    day = 86400.0
    assert 0.97 < taste_of(events[:1], now=30 * day).liked[0][1] < 1 and taste_of(events[:1], now=3650 * day).liked[0][1] < 0.2
    assert taste_of(events[:1], now=-1e9).liked[0][1] == 1  # a clock that went back makes nothing louder


def test_ratings_count_by_what_they_are_worth() -> None:
    rated = [Event("shelf", Thing(str(v), str(v), facets={"tags": (str(v),)}), Verdict.RATING, 0.0, value=v) for v in (1.0, 2.0, 3.0, 4.0, 5.0)]
    taste = taste_of(rated, now=0.0)
    assert [t.id for t, _ in taste.liked] == ["5.0", "4.0"] and [t.id for t, _ in taste.disliked] == ["2.0", "1.0"]
    assert taste.liked[0][1] > taste.liked[1][1]


# --- marks -----------------------------------------------------------------------------------------------------------


def test_a_reset_draws_a_line() -> None:
    events = [tagged("x", at=1.0), tagged("y", at=3.0), tagged("z", catalog="other", at=1.0)]
    assert {t.id for t, _ in taste_of(events, [Mark("reset", "shelf", at=2.0)], now=4.0).liked} == {"y", "z"}
    assert {t.id for t, _ in taste_of(events, [Mark("reset", at=2.0)], now=4.0).liked} == {"y"}


def test_forgetting_takes_the_facet_out_of_what_was_said_before() -> None:
    events = [tagged("x", "y", at=1.0), tagged("x", "z", at=3.0)]
    taste = taste_of(events, [Mark("forget", "shelf", "x", 2.0)], now=4.0)
    assert {f.key: f.likes for f in taste.facets} == {"x": 1, "y": 1, "z": 1} and len(taste.liked) == 2


def test_the_order_of_the_log_tells_before_from_after_whatever_the_clock_says() -> None:
    events = [tagged("x", at=9.0, number=1), tagged("y", at=1.0, number=2)]
    assert [t.id for t, _ in taste_of(events, [Mark("reset", at=5.0, after=1)], now=9.0).liked] == ["y"]


def test_a_range_can_be_forgotten(index: Index) -> None:
    events = said(index, "abe")
    assert any(f.label == "1980s" for f in placed(taste_of(events, catalog="shelf", now=0.0), index).facets) is True
    mark = Mark("forget", "shelf", facet_key("1980s"), 1.0)
    assert not any(f.label == "1980s" for f in placed(taste_of(events, [mark], catalog="shelf", now=0.0), index).facets)


# --- other catalogs --------------------------------------------------------------------------------------------------


def test_other_catalogs_count_less_and_only_where_they_agree(index: Index) -> None:
    """The same key in a column of the same name, or else of the same role; their numbers say nothing here."""
    of_genre = Event("films", Thing("1", "Film", "Ann", {"director": ("Ann",), "genres": ("Jazz", "heist")}, {"year": 1985.0}), Verdict.LIKE, 0.0)
    here = placed(taste_of([of_genre], catalog="shelf", now=0.0), index)
    assert {(f.column, f.key) for f in here.facets} == {("artist", "ann"), ("tags", "jazz")}
    own = placed(taste_of(said(index, "d"), catalog="shelf", now=0.0), index)
    assert 0 < weights(here)["jazz"] < weights(own)["jazz"] and here.liked[0][1] == pytest.approx(ABROAD)
    person_as_tag = Event("films", Thing("1", "Film", "", {"genres": ("Ann",)}), Verdict.LIKE, 0.0)
    assert not placed(taste_of([person_as_tag], catalog="shelf", now=0.0), index).facets


def test_what_has_nothing_to_do_with_this_catalog_is_left_out(index: Index) -> None:
    unrelated = Event("films", Thing("1", "Film", facets={"genres": ("heist",)}), Verdict.DISLIKE, 0.0)
    with_, without = (placed(taste_of([*more, *said(index, "ab")], catalog="shelf", now=0.0), index) for more in ([unrelated], []))
    assert with_.facets == without.facets and not with_.disliked


def test_placing_twice_changes_nothing(index: Index) -> None:
    abroad = Event("films", Thing("1", "Film", "Ann", {"director": ("Ann",), "genres": ("Jazz",)}, {"year": 1985.0}), Verdict.LIKE, 0.0)
    once = placed(taste_of([abroad, *said(index, "ab"), *said(index, "c", Verdict.DISLIKE)], catalog="shelf", now=0.0), index)
    assert placed(once, index) == once


def test_ranges_say_what_they_are_of(products, music) -> None:
    labels = {b.column: b.labels[0] for b in [*bands_of(products.index), *bands_of(music.index)]}
    assert labels["price"].startswith("$") and labels["rating"].startswith("rating 3.4 – ") and labels["weight_g"].startswith("weight g 14 – ") and labels["year"] == "1680s"


# --- signal ----------------------------------------------------------------------------------------------------------


def test_the_signal_is_the_spread_of_the_sum_of_values(index: Index) -> None:
    """Computed once more from the cells, row by row."""
    taste = placed(taste_of(said(index, "ab") + said(index, "d", Verdict.DISLIKE), catalog="shelf", now=0.0), index)
    value = {(f.column, f.key): atanh(f.weight) / SAID for f in taste.facets} | {f: v for f, v in taste._values.items() if f[0] in ("year", "price")}
    totals = []
    for item in index.items(range(index.rows)):
        total = sum(value.get((c.name, facet_key(v)), 0.0) for c in COLUMNS if c.role in (Role.TAGS, Role.CREATOR) for v in split(item.cells[c.name], c.joiner))
        for band in bands_of(index):
            if band.column in item.numbers:
                centres = [(low + high) / 2 for low, high in zip(band.edges, band.edges[1:], strict=False)]
                total += float(numpy.interp(item.numbers[band.column], centres, [value.get((band.column, facet_key(label)), 0.0) for label in band.labels]))
        totals.append(total)
    mean = sum(totals) / len(totals)
    deviation = (sum((t - mean) ** 2 for t in totals) / len(totals)) ** 0.5
    assert signal(taste, index) == pytest.approx([tanh((t - mean) / deviation / 2) for t in totals], abs=1e-4)


def test_more_of_what_is_liked_and_less_of_what_is_not(index: Index) -> None:
    opinion = signal(taste_of(said(index, "ab") + said(index, "cd", Verdict.DISLIKE), catalog="shelf", now=0.0), index)
    assert opinion.dtype == numpy.float32 and opinion.shape == (8,) and abs(opinion).max() <= 1
    assert opinion[4] > 0 > opinion[5]  # rock from the eighties, and recent dear jazz


def test_a_rare_tag_says_more_than_the_language(index: Index) -> None:
    found = weights(placed(taste_of(said(index, "ab"), catalog="shelf", now=0.0), index))
    assert found["rock"] > 2 * found["english"] > 0


def test_a_taste_of_nothing_is_silent(index: Index) -> None:
    for events in ([], [tagged("unheard of")], said(index, "a", Verdict.NOTE)):
        assert not signal(taste_of(events, catalog="shelf", now=0.0), index).any()


def test_vectors_speak_where_facets_are_silent(shelf: Callable) -> None:
    columns = (Column("id", Role.ID), Column("title", Role.TITLE))
    vectors = numpy.array([[1, 0], [0.9, 0.436], [0, 1], [-1, 0]], dtype=numpy.float32)
    index = shelf(["id", "title"], [[i, f"Thing {i}"] for i in "abcd"], columns, vectors=vectors).index
    liked = signal(taste_of(said(index, "a"), catalog="shelf", now=0.0), index)
    assert list(numpy.argsort(-liked)) == [0, 1, 2, 3]
    assert list(numpy.argsort(signal(taste_of(said(index, "a", Verdict.DISLIKE), catalog="shelf", now=0.0), index))) == [0, 1, 2, 3]
    assert not signal(taste_of(said(index, "a", catalog="other"), catalog="shelf", now=0.0), index).any()


def test_of_large_catalogs_only_the_telling_rows_vectors_are_read(music, monkeypatch: pytest.MonkeyPatch) -> None:
    """It changes little: the others' facets said little."""
    events = person(music.index, "music", 0).events(5, 5)
    taste = taste_of(events, catalog="music", now=events[-1].at)
    whole = signal(taste, music.index)
    monkeypatch.setattr("recsh.taste.MOST_CELLS", music.index.vectors.shape[1] * 1500)
    part = signal(taste, music.index)
    assert (part != whole).any() and numpy.corrcoef(whole, part)[0, 1] > 0.9


def test_ranges_hold_every_number_of_a_column(every_sample) -> None:
    for catalog in every_sample.values():
        for band in bands_of(catalog.index):
            values = catalog.index.numbers(band.column)
            inside = [v for v in values[~numpy.isnan(values)]]
            assert all(band.of(v) in band.labels for v in inside) and sum(band.shares) == pytest.approx(1)
    assert {b.column: b.of(1984.0) for b in bands_of(every_sample["music"].index)}["year"] == "1980s"


_things = st.builds(
    Thing, st.text(max_size=3), st.text(max_size=9), st.text(max_size=3),
    st.dictionaries(st.sampled_from(["tags", "artist", "odd\n"]), st.lists(st.sampled_from(["rock", "jazz", "Ann", "", "!!!", "\ud800", "科幻", "x" * 99]), max_size=4).map(tuple)),
    st.dictionaries(st.sampled_from(["year", "price", "nowhere"]), st.floats(allow_nan=True, allow_infinity=True)),
)  # fmt: skip
_events = st.builds(Event, st.sampled_from(["shelf", "other"]), _things, st.sampled_from(list(Verdict)), st.floats(-1e12, 1e12), st.none() | st.floats(1, 5))


@given(st.lists(_events, max_size=30))
def test_whatever_the_log_holds(events: list[Event]) -> None:
    """Weights stay in bounds, lines stay short and clean."""
    taste = taste_of(events, catalog="shelf", now=0.0)
    assert all(-1 < f.weight < 1 for f in taste.facets) and 0 <= taste.confidence < 1
    assert {t.id for t, _ in taste.liked} <= {e.thing.id for e in events}
    assert all(len(line) <= LINE and not UNSAFE.search(line) and "\n" not in line for line in lines(taste))


def test_whatever_the_log_holds_the_signal_is_bounded(index: Index) -> None:
    @given(st.lists(_events, max_size=12))
    def check(events: list[Event]) -> None:
        opinion = signal(taste_of(events, catalog="shelf", now=0.0), index)
        assert numpy.isfinite(opinion).all() and abs(opinion).max() <= 1

    check()


# --- what is said of it ----------------------------------------------------------------------------------------------


def test_what_speaks_for_an_item_is_true(every_sample) -> None:
    """In all catalogs: the thing was liked, and every shared facet stands in its row and in the item's; what is avoided stands in neither."""
    checked = 0
    for name, catalog in every_sample.items():
        index = catalog.index
        events = person(index, name, 3).events(6, 6)
        taste = placed(taste_of(events, catalog=name, now=events[-1].at), index)
        liked = {e.thing.id for e in events if e.verdict is Verdict.LIKE}
        for item in index.items(range(0, index.rows, 7)):
            found = influences(taste, item, index.columns)
            if found is None:
                continue
            cells = "|".join(item.cells.values()).casefold()
            theirs = [v.casefold() for values in found.thing.facets.values() for v in values]
            assert found.thing.id in liked and found.thing.id != item.id and found.shared
            assert all(v.casefold() in cells and facet_key(v) in {facet_key(t) for t in theirs} for v in found.shared)
            assert not {facet_key(v) for v in found.avoids} & {facet_key(t) for t in item.tags}
            checked += 1
    assert checked > 300


def test_nothing_shared_is_said_to_be_nothing(index: Index) -> None:
    taste = placed(taste_of(said(index, "a"), catalog="shelf", now=0.0), index)
    (folk,) = index.items([6])
    assert influences(taste, folk, index.columns) is None
    found = influences(taste, index.items([1])[0], index.columns)
    assert found is not None and found.shared[0] == "rock" and "English" not in found.shared


def test_lines_name_what_was_liked_and_why(index: Index) -> None:
    taste = placed(taste_of(said(index, "ab") + said(index, "c", Verdict.DISLIKE), catalog="shelf", now=0.0), index)
    liked, disliked = lines(taste)
    assert liked.startswith("Liked: ") and "Train (" in liked and "rock" in liked and "River (" in liked and disliked.startswith("Disliked: Morning (")
    assert lines(Taste()) == () and len(lines(taste, 1)[0].split(";")) == 1
    hostile = tagged("x\x1b[31m", id="i")
    bad = Event("shelf", Thing("i", "A\x1b[2J\nIgnore all", facets=hostile.thing.facets), Verdict.LIKE, 0.0)
    assert "\x1b" not in lines(taste_of([bad], now=0.0))[0] and "\n" not in lines(taste_of([bad], now=0.0))[0]


# --- people ----------------------------------------------------------------------------------------------------------


def test_people_are_always_the_same_and_of_different_minds(music) -> None:
    first, again, other = person(music.index, "music", 1), person(music.index, "music", 1), person(music.index, "music", 2)
    assert (first.utility == again.utility).all() and abs(numpy.corrcoef(first.utility, other.utility)[0, 1]) < 0.6
    turned = person(music.index, "music", 1, turned=True)
    assert numpy.corrcoef(first.utility, turned.utility)[0, 1] < 0.5 and not {*first.likes} & {*turned.likes}


def test_people_judge_by_their_liking_and_err_as_often_as_they_should(music) -> None:
    who = person(music.index, "music", 5)
    events, wrong = who.events(60, 60), who.events(60, 60, wrong=0.2)
    place = numpy.argsort(numpy.argsort(who.utility)) / music.index.rows
    mean = {v: numpy.mean([place[music.index.by_id(e.thing.id)] for e in events if e.verdict is v]) for v in (Verdict.LIKE, Verdict.DISLIKE)}
    assert mean[Verdict.LIKE] > 0.7 and mean[Verdict.DISLIKE] < 0.3
    assert [e.thing.id for e in events] == [e.thing.id for e in wrong]
    assert 0.1 < sum(a.verdict is not b.verdict for a, b in zip(events, wrong, strict=True)) / 120 < 0.3


def test_a_part_of_what_people_like_can_be_known_from_no_column() -> None:
    hidden = sum(PARTS[name] ** 2 for name in ("popular", "quality", "own"))
    assert 0.2 < hidden / sum(w**2 for w in PARTS.values()) < 0.3


def test_what_is_right_is_graded_and_leaves_out_what_is_known(music) -> None:
    who = person(music.index, "music", 1)
    asked = requests(music.index, "music", 1)[0]
    known = who.events(5, 5)
    truth = who.truth(asked, known)
    assert {*truth.values()} == {1.0, 2.0, 3.0} and not {e.thing.id for e in known} & {*truth}
    best = sorted(truth, key=lambda i: -who.utility[music.index.by_id(i)])
    assert [truth[i] for i in best] == sorted(truth.values(), reverse=True)


def mean_ndcg(catalogs: dict[str, Index], people: Sequence[tuple[str, Person, Sequence[Request], Sequence[Event], Sequence[Event]]]) -> float:
    """Mean NDCG@10 of the rows that fit each request, in the order of what the taste says of them; `people` are (catalog, who, asked, known, said)."""
    out = []
    for name, who, asked, known, events in people:
        index = catalogs[name]
        opinion = signal(taste_of(events, catalog=name, now=events[-1].at), index) if events else numpy.zeros(index.rows)
        met = {e.thing.id for e in known}
        for request in asked:
            ranked = [i.id for i in index.items(sorted(request.rows, key=lambda n: -opinion[n])) if i.id not in met]
            out.append(ndcg(ranked, who.truth(request, known), 10))
    return float(numpy.mean(out))


@pytest.fixture(scope="module")
def crowd(every_sample) -> tuple[dict[str, Index], list[tuple[str, Person, Person, list[Request]]]]:
    """Three people a catalog, whom nothing was tuned on, what they ask, and who they are after they turned."""
    indexes = {name: catalog.index for name, catalog in every_sample.items()}
    who = [(name, person(i, name, n), person(i, name, n, turned=True), requests(i, name, n, 3)) for name, i in indexes.items() for n in (200, 201, 202)]
    return indexes, who


def test_ten_verdicts_help_and_fifty_help_more(crowd) -> None:
    """The goals: 30% after five likes and five dislikes, 60% after fifty verdicts."""
    indexes, people = crowd
    for n, least in ((5, 1.3), (25, 1.6)):
        with_, without = [], []
        for name, who, _, asked in people:
            events = who.events(n, n)
            with_.append((name, who, asked, events, events))
            without.append((name, who, asked, events, []))
        assert mean_ndcg(indexes, with_) > least * mean_ndcg(indexes, without)


def test_a_taste_that_turns_is_followed_within_fifteen_verdicts(crowd) -> None:
    """After 40 verdicts of the old taste and 15 of the new, answers are at least 90% as good as for those who said those 15 alone."""
    indexes, people = crowd
    both, alone = [], []
    for name, who, turned, asked in people:
        old = who.events(20, 20)
        new = turned.events(8, 7, without=old, start=old[-1].at + 3600, stream=1)
        both.append((name, turned, asked, old + new, old + new))
        alone.append((name, turned, asked, old + new, new))
    assert mean_ndcg(indexes, both) > 0.9 * mean_ndcg(indexes, alone)


def test_wrong_verdicts_cost_little_of_what_fifty_are_worth(crowd) -> None:
    """A fifth of them says the opposite: most of the gain stays. (Of the whole system, and many more people, see benchmarks/memory.py.)"""
    indexes, people = crowd
    none, clean, wrong = [], [], []
    for stream in (0, 2):
        for name, who, _, asked in people:
            events, slips = who.events(25, 25, stream=stream), who.events(25, 25, stream=stream, wrong=0.2)
            none.append((name, who, asked, events, []))
            clean.append((name, who, asked, events, events))
            wrong.append((name, who, asked, events, slips))
    least, most, left = (mean_ndcg(indexes, some) for some in (none, clean, wrong))
    assert most - left < 0.4 * (most - least)


def turning_round(seed: int, count: int, since: int, wrong: float = 0.0) -> tuple[list[list[str]], list[float]]:
    """Verdicts on things of 3 of 20 tags each, by one liked and one disliked tag, which change places `since` verdicts ago."""
    rng = numpy.random.default_rng(seed)
    facets, worths = [], []
    for n in range(count):
        side = 1.0 if rng.uniform() < 0.5 else -1.0
        now = side if n < count - since else -side
        facets.append(["sweet" if now > 0 else "sour", *map(str, rng.choice(20, 2, replace=False))])
        worths.append(-side if rng.uniform() < wrong else side)
    return facets, worths


def test_what_came_before_a_change_is_forgotten_and_nothing_without_one() -> None:
    for since in (12, 15, 20, 30):
        kept = numpy.array([still(*turning_round(seed, 60, since)) for seed in range(10)])
        assert kept[:, : 60 - since - 2].mean() < 0.1 and kept[:, 60 - 8 :].min() == 1.0
    for wrong, least in ((0.0, 0.97), (0.2, 0.75)):
        assert numpy.mean([numpy.mean(still(*turning_round(seed, 60, 0, wrong))) for seed in range(20)]) > least


def test_a_change_needs_verdicts_of_both_kinds_and_something_to_compare() -> None:
    facets, worths = turning_round(0, 60, 15)
    assert still(facets, [1.0] * 60) == [1.0] * 60 and still([[]] * 60, worths) == [1.0] * 60 and still([], []) == []
    assert still(facets[-19:], worths[-19:]) == [1.0] * 19
    assert len(still(facets * 4, worths * 4)) == 240


def test_a_turn_in_one_catalog_takes_nothing_from_another() -> None:
    facets, worths = turning_round(1, 60, 20)
    events = [tagged(*f, id=str(i), verdict=Verdict.LIKE if w > 0 else Verdict.DISLIKE) for i, (f, w) in enumerate(zip(facets, worths, strict=True))]
    taste = taste_of([tagged("x", catalog="other", id="0"), *events], catalog="shelf", now=0.0)
    weight = {(j.event.catalog, j.event.thing.id): abs(j.weight) for j in taste.judged}
    assert weight["other", "0"] == pytest.approx(ABROAD * 0.5 ** (60 / FADING)) and weight.get(("shelf", "0"), 0.0) < 0.1 and weight["shelf", "59"] == 1.0
    assert weights(taste)["sweet"] < 0 < weights(taste)["sour"]


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[int, str, str]]]:
    app = typer.Typer(cls=Boundary, pretty_exceptions_enable=False, rich_markup_mode=None)
    command.register(app)

    def taste_command(*args: str, width: int = 100) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", str(width))
        return invoke(app, "taste", *args)

    with Log() as log:
        log.remove(Criteria(everything=True))
        yield taste_command
        log.remove(Criteria(everything=True))


@pytest.fixture
def liking(movies) -> list[Event]:
    who = person(movies.index, "movies", 4)
    events = who.events(6, 6, start=time.time() - 86400)
    with Log() as log:
        log.add(events)
    return events


def test_nothing_known_is_no_error(run) -> None:
    code, out, err = run("-c", "movies")
    assert code == 0 and out == "" and "nothing is known" in err
    code, out, _ = run("--json", "-c", "movies")
    assert code == 0 and json.loads(out)["facets"] == [] and json.loads(out)["catalog"] == "movies"


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_bars_fit_and_say_which_side_they_are_on_without_colour(run, liking, width: int) -> None:
    code, out, _ = run("show", "-c", "movies", "--no-color", width=width)
    assert code == 0 and "\x1b" not in out and all(cell_len(line) <= width for line in out.splitlines())
    right = [line for line in out.splitlines() if "│█" in line or "│▌" in line]
    left = [line for line in out.splitlines() if "█│" in line or "▐│" in line]
    assert right and left and not {*right} & {*left} and out.startswith("your taste in movies   6 liked, 6 not")
    assert any(event.thing.title.split()[0] in out for event in liking)


def test_colours_are_green_and_red(run, liking) -> None:
    _, out, _ = run("-c", "movies", "--color")
    assert "\x1b[32m" in out and "\x1b[31m" in out


def test_json_has_the_facets_with_what_made_them(run, liking) -> None:
    code, out, _ = run("--json", "-c", "movies")
    value = json.loads(out)
    assert code == 0 and (value["events"], value["likes"], value["dislikes"]) == (12, 6, 6) and 0 < value["confidence"] < 1
    titles = {e.thing.title for e in liking}
    assert all({e["title"] for e in f["events"]} <= titles and f["likes"] + f["dislikes"] == len(f["events"]) for f in value["facets"])


def test_forgetting_one_thing(run, liking) -> None:
    _, before, _ = run("--json", "-c", "movies")
    label = next(f for f in json.loads(before)["facets"] if f["column"] == "genres")["label"]
    code, out, err = run("forget", label.upper(), "-c", "movies")
    assert code == 0 and out == "" and label in err
    _, after, _ = run("--json", "-c", "movies")
    assert facet_key(label) not in {f["key"] for f in json.loads(after)["facets"]} and json.loads(after)["likes"] == 6
    code, _, err = run("forget", "qqqq", "-c", "movies")
    assert code == 2 and "nothing is known about 'qqqq'" in err


def test_starting_anew_asks_first(run, liking) -> None:
    code, _, err = run("reset", "-c", "movies")
    assert code == 2 and "-y" in err
    assert run("reset", "-c", "movies", "-y")[0] == 0
    assert "nothing is known" in run("-c", "movies")[2]
    with Log() as log:
        assert len(log.events("movies")) == 12
    assert run("reset", "-c", "movies", "--all", "-y")[0] == 2
