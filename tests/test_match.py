"""Names are found in the catalog as people and models write them, or reported; a wrong item is worse than none."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from recsh import grams, titles
from recsh.grams import Grams
from recsh.compiler import compile_index
from recsh.index import Index
from recsh.match import MOST, Names, canonical, likeness, match_all, same_creator, take_apart, variants
from recsh.table import open_table
from recsh.text import fold
from recsh.titles import LONGEST, spellings
from recsh.types import Cause, Column, Role, Suggestion
from tests.benchmarks.made_titles import WAYS, Maker

CASES = [json.loads(line) for line in (Path(__file__).parent / "data" / "match_cases.jsonl").read_text(encoding="utf-8").splitlines()[1:]]
COLUMNS = (Column("id", Role.ID), Column("title", Role.TITLE), Column("artist", Role.CREATOR, joiner=", "), Column("year", Role.NUMBER, year=True))
Row = tuple[str, str, int | None]
SHELF: list[Row] = [
    ("Alien", "Scott", 1979),
    ("Aliens", "Cameron", 1986),
    ("Heat", "Mann", 1995),
    ("Ronin", "Frankenheimer", 1998),
    ("The Grand Budapest Hotel", "Anderson", 2014),
    ("Mission: Impossible - Fallout", "McQuarrie", 2018),
]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Callable[[Sequence[Row]], Names]]:
    """rows -> Names over a compiled catalog of them; ids are "a0", "a1", ..."""
    opened: list[Index] = []

    def make(rows: Sequence[Row]) -> Names:
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "title", "artist", "year"])
            writer.writerows([f"a{i}", t, c, y or ""] for i, (t, c, y) in enumerate(rows))
        compile_index(folder / "index", open_table(folder / "rows.csv"), COLUMNS)
        opened.append(Index(folder / "index"))
        return Names(opened[-1])

    yield make
    for index in opened:
        index.close()


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{c['why']}" for i, c in enumerate(CASES)])
def test_golden_cases(case: dict, catalog: Callable[[Sequence[Row]], Names]) -> None:
    """Each suggestion of the golden table becomes the row it means, or fails for the reason it says."""
    matched, unmatched = match_all([Suggestion(**case["suggested"])], catalog([tuple(r) for r in case["catalog"]]), shortlist=case.get("shortlist", ()))
    assert (matched[0][1] if matched else unmatched[0].cause.value) == case["expected"]
    if matched:
        assert 84 <= matched[0][2].score <= 100
        assert matched[0][2].method == case.get("method", matched[0][2].method)


def test_every_title_finds_its_own_row_by_name_creator_and_year(catalog: Callable[[Sequence[Row]], Names]) -> None:
    suggestions = [Suggestion(t, creator=c, year=y) for t, c, y in SHELF]
    matched, unmatched = match_all(suggestions, catalog(SHELF))
    assert [row for _, row, _ in matched] == [*range(len(SHELF))] and not unmatched
    assert all(m.score == 100 and m.method == "exact" for _, _, m in matched)


def test_nothing_is_dropped_silently(catalog: Callable[[Sequence[Row]], Names]) -> None:
    """Every suggestion comes back once: as a match, or with a cause and the nearest item's id."""
    texts = ["Alien", "Alien", "Heat", "Ronin", "Solaris", "The Grand Budapst Hotel"]
    matched, unmatched = match_all([Suggestion(t) for t in texts], catalog(SHELF), excluded=[3])
    assert [s.title for s, _, _ in matched] == ["Alien", "Heat", "The Grand Budapst Hotel"]
    assert [(u.suggested, u.cause, u.best) for u in unmatched] == [
        ("Alien", Cause.DUPLICATE, "a0"),
        ("Ronin", Cause.EXCLUDED, "a3"),
        ("Solaris", Cause.NO_MATCH, None),
    ]


def test_an_unmatched_title_names_the_nearest_item(catalog: Callable[[Sequence[Row]], Names]) -> None:
    _, (lost,) = match_all([Suggestion("Heat", year=2013)], catalog(SHELF))
    assert (lost.cause, lost.best) == (Cause.NO_MATCH, "a2") and lost.score is not None and 0 < lost.score < 84


def test_a_held_suggestion_is_taken_at_its_word(catalog: Callable[[Sequence[Row]], Names]) -> None:
    """What was held to the catalog needs no look-up, but is still checked for repeats and exclusions."""
    held = [Suggestion("whatever", item=4), Suggestion("again", item=4), Suggestion("Ronin", item=3)]
    matched, unmatched = match_all(held, catalog(SHELF), excluded={3})
    assert [(row, m.method, m.score) for _, row, m in matched] == [(4, "exact", 100.0)]
    assert [u.cause for u in unmatched] == [Cause.DUPLICATE, Cause.EXCLUDED]


def test_the_shortlist_gives_no_free_pass(catalog: Callable[[Sequence[Row]], Names]) -> None:
    """An item on the shortlist is not matched by a name that is not its own."""
    for title in ("Alienation", "Ronan", "The Beat", "The Grand Hotel", "Aliens in the Attic"):
        matched, _ = match_all([Suggestion(title)], catalog(SHELF), shortlist=range(len(SHELF)))
        assert not matched, title


def test_find_reads_names_of_titles_and_creators(catalog: Callable[[Sequence[Row]], Names]) -> None:
    """`find` keeps its meaning for requests: exact always, misspellings and beginnings when asked."""
    names = catalog([*SHELF, ("Hoffa (film)", "DeVito", 1992), ("Aliens Live", "Scott", 1999)])
    assert names.find("hoffa").rows == (6,)
    assert names.find("Heat (1995)").rows == (2,) and names.find("Heat (1950)") is None
    assert names.find("Scott").creator and names.find("Scott").rows == (0, 7)
    assert names.find("Grand Budapest") is None and names.find("Grand Budapest", True).rows == (4,)
    assert names.find("Frankenheimr", True).creator
    assert names.find("zzzz", True) is None


def test_a_misspelling_must_not_change_numbers_in_find(catalog: Callable[[Sequence[Row]], Names]) -> None:
    assert catalog([("Apollo 13", "Howard", 1995)]).find("Apollo 18", True) is None


@pytest.mark.parametrize(
    ("title", "core", "year"),
    [("The Matrix (1999)", "the matrix", 1999), ("Matrix, The (1999)", "the matrix", 1999), ("Jaws (2014 film)", "jaws", 2014), ("Song - Remastered 2011", "song", None),
     ("1999 (Deluxe)", "1999", None), ("(500) Days of Summer", "500 days of summer", None), ("2012", "2012", None), ("Song (feat. X) [Live]", "song", None), ("(1999)", "1999", None)],
)  # fmt: skip
def test_what_stands_apart_is_set_aside(title: str, core: str, year: int | None) -> None:
    name = take_apart(title)
    assert (name.core, name.year) == (core, year)


@pytest.mark.parametrize(("a", "b", "same"), [("The Beatles", "Beatles", True), ("J.R.R. Tolkien", "Tolkien", True), ("Simon & Garfunkel", "Paul Simon", True), ("Metallica", "Megadeth", False), ("", "Abba", None), ("王菲", "王菲, 那英", True), ("Li", "Ang Lee", False)])
def test_creators_are_the_same_if_they_share_someone(a: str, b: str, same: bool | None) -> None:
    assert same_creator(a, b) is same and same_creator(b, a) is same


def test_variants_agree_with_the_canonical_form() -> None:
    """Every key that is looked up is the same name in the one spelling, found by an independent road."""
    for title in ("Matrix, The", "Rocky II", "Tom & Jerry", "Ocean's Eleven", "The Godfather: Part 3"):
        wanted = canonical(take_apart(title).core)
        assert all(w == wanted for w in map(canonical, variants(title)) if "and" not in w and not title.startswith("Matrix"))


@pytest.fixture
def shelf(catalog: Callable[[Sequence[Row]], Names]) -> Names:
    return catalog(SHELF)


def naive(wanted: str, titles: Sequence[str]) -> int | None:
    """The plainest matcher there is: one equal folded title, else nothing."""
    equal = [i for i, t in enumerate(titles) if fold(t) == fold(wanted)]
    return equal[0] if equal else None


def test_agrees_with_a_naive_look_up_wherever_that_finds_something(catalog: Callable[[Sequence[Row]], Names]) -> None:
    titles = list(dict.fromkeys(row[0] for case in CASES for row in case["catalog"]))
    names = catalog([(t, "", None) for t in titles])
    for title in titles:
        found = match_all([Suggestion(title)], names)[0]
        if "actor" not in title:
            assert found and fold(titles[found[0][1]]) == fold(title) and found[0][1] == naive(title, titles), title


WORDS = st.lists(st.sampled_from("night star river king lost blue house garden winter machine 2 ii the of".split()), min_size=1, max_size=5).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(WORDS, WORDS)
def test_likeness_of_unlike_names_stays_below_the_cutoff(a: str, b: str) -> None:
    """Against another library's measure: names that share less than two thirds of their letters are never alike."""
    one, other = take_apart(a), take_apart(b)
    if SequenceMatcher(None, one.joined, other.joined).ratio() < 0.66:
        assert likeness(one, other.whole, other) < 84


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_taken_apart(text: str) -> None:
    """Total, and a name never loses itself: what is left of a title with letters has letters."""
    name = take_apart(text)
    assert not name.whole or name.core
    assert variants(text) or not name.whole


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.one_of(st.text(max_size=40), st.lists(st.sampled_from(["Alien", " - ", "(", ")", '"', "*", " by ", "Scott", "AND", "NEAR", ":", "the", "'", "2", "活着"]), max_size=6).map("".join)), creator=st.text(max_size=8))
def test_any_suggestion_is_answered(shelf: Names, title: str, creator: str) -> None:
    """No text is read as full-text syntax or breaks the look-up; the answer accounts for the suggestion."""
    matched, unmatched = match_all([Suggestion(title, creator=creator)], shelf)
    assert len(matched) + len(unmatched) == 1


class EveryTitle:
    """Stands in for the grams of an index: spellings that are almost the same are looked for among all."""

    def __init__(self, own: Grams, texts: Sequence[str]) -> None:
        self.exact, self.texts = own.exact, texts

    def alike(self, text: str, shortest: int, longest: int) -> list[str]:
        return [t for t in self.texts if shortest <= len(t) <= longest and fuzz.ratio(t, text) >= 70]


def test_large_catalogs_give_the_answers_of_a_look_at_every_title(catalog: Callable[[Sequence[Row]], Names], monkeypatch: pytest.MonkeyPatch) -> None:
    """Names written in all the ways that people and models write them, where only a part of the places is read: the same row, score and cause,
    and the same in `find`, as when every title of the catalog is scored."""
    monkeypatch.setattr(grams, "ENOUGH", 400)
    monkeypatch.setattr(grams, "SHARE", 10**9)
    maker = Maker(4000, seed=11)
    rows = [*maker.rows(4000)]
    names = catalog(rows)
    asked = [maker.written(*maker.random.choice(rows), WAYS[i % len(WAYS)]) for i in range(len(WAYS) * 25)]
    ours = [(names.match(s), names.find(s.title, True)) for s in asked]
    texts = {"titles": [*dict.fromkeys(t for title, _, _ in rows for t in spellings(title, fold(title))[0])], "creators": [*dict.fromkeys(fold(c) for _, c, _ in rows)]}
    names.index.names = {kind: EveryTitle(names.index.names[kind], texts[kind]) for kind in texts}
    every = [(names.match(s), names.find(s.title, True)) for s in asked]
    assert sum(a == b for a, b in zip(ours, every, strict=True)) >= 0.995 * len(asked)
    fuzzy = sum(found[0][2] == "fuzzy" and found[0][3] is None for found in ours)
    assert fuzzy > 60 and sum(found[0][3] is None for found in ours) > 0.6 * len(asked)  # most are found, many by their letters


def test_of_many_rows_of_one_name_creator_or_year_finds_the_one(catalog: Callable[[Sequence[Row]], Names]) -> None:
    rows = [("Greatest Hits", f"Band {n}", 1950 + n % 60) for n in range(3 * MOST)] + [("Greatest Hits", "Queen", 2024)]
    names = catalog(rows)
    for said in (Suggestion("Greatest Hits", creator="Queen"), Suggestion("Greatest Hits - Queen"), Suggestion("Greatest Hits", year=2024), Suggestion("Greatst Hits", creator="Queen")):
        assert [row for _, row, _ in match_all([said], names)[0]] == [3 * MOST], said
    assert match_all([Suggestion("Greatest Hits")], names)[1][0].cause is Cause.AMBIGUOUS
    assert match_all([Suggestion("Greatest Hits")], names, shortlist=[3 * MOST])[0][0][1] == 3 * MOST


def test_a_very_long_creator_is_found_misspelt(catalog: Callable[[Sequence[Row]], Names]) -> None:
    """Longer than what is listed of its letters."""
    crowd = "The Incredible Orchestra of Everyone Who Ever Lived in the Valley " * 5
    found = catalog([("Alien", crowd.strip(), 1979), ("Heat", "Mann", 1995)]).find(crowd.strip().replace("Valley", "Vally")[:260], True)
    assert found is not None and found.creator and found.rows == (0,)


def test_a_kind_behind_a_title_makes_no_subtitle_of_it(catalog: Callable[[Sequence[Row]], Names]) -> None:
    """A title that needs a kind to be told from others is not what stands behind a colon."""
    assert not match_all([Suggestion("Captain America: The Winter Soldier")], catalog([("Winter Soldier (film)", "", None)]))[0]
    assert match_all([Suggestion("Star Wars: The Rise of Skywalker")], catalog([("The Rise of Skywalker", "", None)]))[0]


HOSTILE = {
    "one letter": "a" * 10_000, "words": "the night " * 1000, "punctuation": "!?-–—:/" * 1500, "dashes": "a - " * 2500, "brackets": "(" * 5000 + ")" * 5000,
    "pairs": "(a) " * 2500, "emoji": "😀🎉" * 5000, "right to left": "\u202eشلام" * 2000, "chinese": "电影天堂" * 2500, "colons": "x: " * 3000,
    "guests": "feat. " * 2000, "blanks": " " * 10_000, "nul": "\0" * 10_000, "blanks and dashes": (" " * 50 + "-") * 200, "initials": "a b c " * 1600,
}  # fmt: skip


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_looked_at_of_a_hostile_title_is_bounded(shelf: Names, title: str) -> None:
    """Answered, by no row; what is compared of it is no longer than titles are."""
    matched, (lost,) = match_all([Suggestion(title, creator=title)], shelf)
    assert not matched and lost.suggested and shelf.find(title, True) is None
    name = take_apart(title)
    assert len(name.core) <= LONGEST and all(len(text) <= 2 * LONGEST for texts in spellings(title, fold(title)) for text in texts)


def test_a_hostile_row_is_found_by_its_own_title(catalog: Callable[[Sequence[Row]], Names]) -> None:
    titles = [t for t in HOSTILE.values() if t.strip(" \0")]
    names = catalog([(t, "", None) for t in titles] + [("Alien", "Scott", 1979)])
    assert match_all([Suggestion("Alien")], names)[0][0][1] == names.index.rows - 1


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(["Alien", " - ", "(", ")", " by ", "feat. ", ":", "The", ", ", "/", " or ", "Live", "2", "活着", "—", " II", "e t"]), max_size=7).map("".join)))
def test_titles_without_marks_are_taken_apart_as_all_others(title: str) -> None:
    """The short way gives what the long way gives."""
    quick = take_apart(title)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(titles, "_SETS_APART", re.compile(""))
        patch.setattr(titles, "_RESPELT", frozenset(title.lower().split()) | frozenset(fold(title).split()) | {""})
        assert take_apart(title) == quick
