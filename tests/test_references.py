"""What is named is found: titles and creators, misspelt, quoted, dated, several at once, in a dialogue."""

from __future__ import annotations

import pytest


@pytest.fixture
def named(read):
    """(catalog, request) -> names found in the catalog, liked."""
    return lambda catalog, text: [r.name for r in read(catalog, text).references if r.rows and r.liked]


@pytest.mark.parametrize("cue", ["like {}", "songs similar to {}", "in the style of {}", "something like {}", "reminds me of {}", "along the lines of {}", "I love {}", "fans of {}", "more of {}", "if you like {}", "I enjoyed {}", "akin to {}"])
@pytest.mark.parametrize("name", ["Metallica", "Bohemian Rhapsody"])
def test_every_cue_names(named, cue: str, name: str) -> None:
    assert named("music", cue.format(name)) == [name]


@pytest.mark.parametrize("cue", ["像{}一样的", "类似{}的", "和{}类似的", "跟{}差不多的", "像{}那样的歌"])
def test_every_chinese_cue_names(named, cue: str) -> None:
    assert named("music_zh", cue.format("周杰伦")) == ["周杰伦"]
    assert named("music_zh", cue.format("《青花瓷》")) == ["青花瓷"]


@pytest.mark.parametrize(("wrong", "right"), [("Metalica", "Metallica"), ("Bohemain Rapsody", "Bohemian Rhapsody"), ("Radiohed", "Radiohead"), ("Pink Flyod", "Pink Floyd"), ("beatles", "The Beatles")])
def test_a_misspelt_name_is_found(named, wrong: str, right: str) -> None:
    assert named("music", f"songs like {wrong}") == [right]


def test_an_unsure_name_says_so(read) -> None:
    assert [r.sure for r in read("music", "songs like Metallica").references] == [True]
    assert [r.sure for r in read("music", "songs like Metalica").references] == [False]


def test_several_are_told_apart(named) -> None:
    assert named("music", "similar to ABBA and Queen") == ["ABBA", "Queen"]
    assert named("movies", "like the Godfather and Goodfellas") == ["The Godfather", "GoodFellas"]


@pytest.mark.parametrize("text", ["like Harry Potter but for adults", "something like harry potter", "I love Harry Potter, what else could I read", "books similar to Harry Potter"])
def test_a_series_means_all_of_its_parts(read, sample, text: str) -> None:
    """None of them is wanted again, though one alone is known elsewhere by this name."""
    index = sample("books").index
    (r,) = read("books", text).references
    assert r.name == "Harry Potter" and len(r.rows) > 1 and {i.cells["series"] for i in index.items(r.rows)} == {"Harry Potter"}


def test_a_title_is_meant_sooner_than_its_series(read, sample) -> None:
    index = sample("books").index
    series = {i.cells["series"] for i in index.items(range(index.rows))}
    both = next(i for i in index.items(range(index.rows)) if i.title in series and i.cells["series"] == i.title)
    (r,) = read("books", f"like {both.title}").references
    assert {i.title for i in index.items(r.rows)} == {both.title}
    (r,) = read("books", "something like the Lord of the Rings").references
    assert len(r.rows) == 3 and not read("books", "something like the Lord of the Rings").wishes


def test_a_year_tells_which(named, movies, read) -> None:
    (r,) = read("movies", "like Alien (1979)").references
    assert [i.numbers["year"] for i in movies.index.items(r.rows)] == [1979]
    assert not read("movies", "like Alien (1979)").conditions


def test_a_creator_means_all_of_their_items(read, music) -> None:
    (r,) = read("music", "songs like Metallica").references
    assert r.creator and {i.creator for i in music.index.items(r.rows)} == {"Metallica"}
    assert len(r.rows) == sum(i.creator == "Metallica" for i in music.index.items(range(music.index.rows)))


def test_what_like_names_is_known_and_what_by_names_is_wanted(read) -> None:
    """"Like X" does not want X itself; "by X" wants nothing else."""
    assert read("music", "like Nirvana").references[0].known
    (r,) = read("music", "songs by Nirvana").references
    assert not r.known and [w.words for w in read("music", "songs by Nirvana").wishes if w.creator] == ["nirvana"]


@pytest.mark.parametrize("text", ["I would like a song", "I'd like something new", "sounds like fun", "what would you like?", "songs like that", "I like it", "like this", "looks like rain", "I like to dance"])
def test_like_is_mostly_a_verb(read, text: str) -> None:
    assert read("music", text).references == ()


def test_an_unknown_name_is_kept_for_search(read) -> None:
    """It is not in the catalog: its words still find what mentions it."""
    q = read("books", "like Murakammo")
    assert [(r.name, r.rows) for r in q.references] == [("Murakammo", ())] and "murakammo" in q.words


def test_names_in_a_dialogue_are_known_or_turned_down(read) -> None:
    q = read("movies", "User: I loved The Matrix (1999) and Heat\nSystem: Did you like Titanic (1997)?\nUser: No, I hated it. Something darker")
    verdicts = {r.name: (r.liked, r.known) for r in q.references}
    assert verdicts["The Matrix"] == (True, True) and verdicts["Titanic"][0] is False
