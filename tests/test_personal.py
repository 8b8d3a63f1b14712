"""What connects a row with the log: only what is there on both sides, what tells most, and not the same thing for every row."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

import pytest

from recsh.personal import ENOUGH, TELLS, Connection, Link, connections, information, of_work
from recsh.types import Column, Item, Role, Thing
from recsh.verdicts import thing_of

COLUMNS = (
    Column("title", Role.TITLE), Column("artist", Role.CREATOR, joiner="|"), Column("genre", Role.TAGS, joiner="|"), Column("mood", Role.TAGS, joiner="|"),
    Column("language", Role.TAGS, joiner="|"), Column("text", Role.TEXT),
)  # fmt: skip
IDF = {"thrash metal": 4.0, "metal": 2.0, "piano": 1.8, "melancholic": 1.7, "scream": 3.0, "rock": 0.9, "waltz": 5.0, "English": 3.0, "english": 3.0}


def item(n: int, title: str, creator: str = "", genre: str = "", mood: str = "", language: str = "English", text: str = "") -> Item:
    cells = {"title": title, "artist": creator, "genre": genre, "mood": mood, "language": language, "text": text}
    tags = tuple(t for cell in (genre, mood, language) for t in cell.split("|") if t)
    return Item(n, f"i{n}", title, creator, tags, {}, cells)


def known(title: str, creator: str = "", genre: str = "", mood: str = "", language: str = "English") -> tuple[Thing, float]:
    return thing_of(item(hash(title) % 1000 + 100, title, creator, genre, mood, language), COLUMNS), 1.0


def one(row: Item, liked=(), disliked=(), because=None) -> Connection | None:
    return connections([row], liked, disliked, COLUMNS, IDF, because)[0]


def test_shared_tags_are_named_the_rarest_first_and_none_within_another() -> None:
    found = one(item(1, "New", "A", "rock|metal|thrash metal", "melancholic"), [known("Old", "B", "metal|thrash metal|rock", "melancholic")])
    assert found and found.link is Link.LIKED and found.shared == ("thrash metal", "melancholic") and found.things[0].title == "Old"
    assert found.information == pytest.approx(5.7)


@pytest.mark.parametrize(
    ("row", "liked"),
    [
        (item(1, "New", "A", "rock"), known("Old", "B", "rock")),  # what half the catalog has
        (item(1, "New", "A", "", "melancholic"), known("Old", "B", "", "melancholic")),  # one tag that tells too little alone
        (item(1, "New", "A", "waltz"), known("Old", "B", "thrash metal")),  # only the language
        (item(1, "New", "A", "no such tag"), known("Old", "B", "no such tag")),  # nobody knows how rare that is
        (item(1, "New", "A", "waltz"), known("New", "A", "waltz")),  # itself
        (item(1, "New"), known("Old")),
    ],
)
def test_nothing_is_said_where_nothing_real_is_shared(row: Item, liked: tuple[Thing, float]) -> None:
    assert TELLS < 1.7 < ENOUGH and one(row, [liked]) is None and one(row) is None


def test_what_was_liked_and_disliked_supports_nothing() -> None:
    both = known("Old", "B", "waltz")
    row = item(1, "New", "A", "waltz")
    assert one(row, [both]) and one(row, [both], [both]) is None and one(row, [(both[0], 0.0)]) is None


def test_the_same_creator_is_one_of_several() -> None:
    found = one(item(1, "Raising", "Joel Coen|Ethan Coen"), [known("Fargo", "Ethan Coen|Joel Coen")])
    assert found and found.link is Link.MAKER and found.shared[0] in ("Joel Coen", "Ethan Coen") and of_work(found.things[0])


def test_a_tag_that_is_a_name_is_no_creator() -> None:
    """A person in the cast of one and the maker of the other is not "by the same"."""
    found = one(item(1, "New", "Clint"), [known("Old", "Sergio", "Clint")])
    assert found is None


def test_three_liked_things_make_a_habit() -> None:
    liked = [known(t, t, "piano", "melancholic") for t in ("A", "B", "C")]
    found = one(item(1, "New", "Z", "piano", "melancholic"), liked)
    assert found and found.link is Link.SEVERAL and {*found.shared} == {"piano", "melancholic"} and found.count == 3 and len(found.things) == 3
    two = one(item(1, "New", "Z", "piano", "melancholic"), liked[:2])
    assert two and two.link is Link.LIKED


def test_what_others_liked_counts_if_the_person_liked_it_too() -> None:
    row, liked = item(7, "New", "Z"), known("Old", "A")
    assert one(row, [liked], because={7: liked[0]}).link is Link.CROWD  # type: ignore[union-attr]
    assert one(row, [known("Other", "A")], because={7: liked[0]}) is None
    assert one(row, [liked], because={8: liked[0]}) is None


def test_a_tag_is_avoided_if_two_disliked_things_have_it_and_the_row_in_no_words() -> None:
    bad = [known("Noise", "B", "thrash metal|scream"), known("More", "C", "scream")]
    found = one(item(1, "New", "A", "thrash metal"), (), bad)
    assert found and found.link is Link.AVOIDED and found.shared == ("scream",) and found.things[0].title == "Noise"
    assert one(item(1, "New", "A", "thrash metal"), (), bad[:1]) is None, "one thing is no pattern"
    assert one(item(1, "New", "A", "thrash metal", text="Screams all along."), (), bad) is None
    assert one(item(1, "New", "A", "waltz"), (), bad) is None, "not akin to it at all"
    assert one(item(1, "New", "A", "thrash metal"), [known("Good", "D", "scream")], bad) is None, "liked things have it too"


def test_five_rows_do_not_cite_one_thing_five_times() -> None:
    rows = [item(n, f"New {n}", "A", "thrash metal|waltz") for n in range(5)]
    alone = connections(rows, [known("Old", "B", "thrash metal")], (), COLUMNS, IDF)
    assert sum(c is not None for c in alone) == 2
    many = [known(t, t, "thrash metal|waltz") for t in ("Old", "Older", "Oldest")]
    found = connections(rows, many, (), COLUMNS, IDF)
    cited = Counter(t.title for c in found if c for t in c.things)
    assert sum(c is not None for c in found) >= 4 and max(cited.values()) <= 2 and len(cited) == 3


def test_the_newest_and_the_dearest_is_cited_first() -> None:
    row = item(1, "New", "A", "thrash metal")
    assert one(row, [known("Newer", "B", "thrash metal"), known("Older", "C", "thrash metal")]).things[0].title == "Newer"  # type: ignore[union-attr]
    dear = (known("Older", "C", "thrash metal")[0], 2.0)
    assert one(row, [known("Newer", "B", "thrash metal"), dear]).things[0].title == "Older"  # type: ignore[union-attr]


def test_information_is_the_rarity_of_a_tag(music) -> None:
    """ln(rows / rows that have it), counted by hand over the whole catalog."""
    index = music.index
    every = index.items(range(index.rows))
    idf = information(index, every[:40])
    for tag in ("baroque", "piano", "melancholic"):
        assert idf[tag] == pytest.approx(math.log(index.rows / sum(tag in i.tags for i in every)))


def test_connections_are_real_over_a_whole_catalog(music) -> None:
    """Whatever is said to be shared stands in both rows, as their cells have it."""
    index, random = music.index, Random(5)
    for _ in range(60):
        rows = index.items(random.sample(range(index.rows), 5))
        liked = [(thing_of(i, index.columns), 1.0) for i in index.items(random.sample(range(index.rows), 12))]
        for row, c in zip(rows, connections(rows, liked[:8], liked[8:], index.columns, information(index, rows)), strict=True):
            if c is None or c.link is Link.AVOIDED:
                continue
            assert c.things[0] in [t for t, _ in liked[:8]]
            for t in c.things:
                theirs = {v.casefold() for values in t.facets.values() for v in values}
                assert {s.casefold() for s in c.shared} <= theirs & {v.strip().casefold() for cell in row.cells.values() for v in cell.split("|")}
