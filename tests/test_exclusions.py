"""What is refused is left out, and only that: titles that sound like a refusal stay titles, languages are not countries."""

from __future__ import annotations

import pytest

from recsh.retrieve import retrieve


@pytest.fixture
def said(read):
    """(catalog, request) -> the words that are excluded."""
    return lambda catalog, text: [e.words for e in read(catalog, text).excluded]


@pytest.mark.parametrize("form", ["no {}", "not {}", "without {}", "nothing too {}", "anything but {}", "except {}", "rock, {} excluded is wrong but no {}", "I hate {}", "I don't like {}", "avoid {}", "instead of {}", "please no {} at all"])
def test_every_way_to_refuse(said, form: str) -> None:
    assert said("music", form.format("jazz", "jazz")) == ["jazz"]


@pytest.mark.parametrize("form", ["不要{}", "不想听{}", "除了{}", "除了{}都可以", "不是{}", "讨厌{}", "{}除外", "不喜欢{}", "别给我{}"])
def test_every_way_to_refuse_in_chinese(said, form: str) -> None:
    assert said("music_zh", form.format("民谣")) == ["民谣"]


def test_a_list_is_refused_item_by_item(said) -> None:
    assert said("music", "no metal, punk or disco") == ["metal"]  # a comma ends it: what follows may be a wish
    assert said("music", "no metal or punk and no disco") == ["metal", "punk", "disco"]
    assert said("books", "nothing by Agatha Christie or Stephen King") == ["Agatha Christie", "Stephen King"]
    assert said("books", "anything except Pride and Prejudice") == ["Pride and Prejudice"]


def test_what_comes_behind_for_is_a_wish_again(said, read) -> None:
    assert said("music", "no metal for a wedding") == ["metal"]
    assert [w.words for w in read("music", "no metal for a wedding").wishes] == ["wedding"]
    assert said("movies", "not for kids") == ["for kids"]


@pytest.mark.parametrize(
    ("catalog", "text"),
    [("movies", "like No Country for Old Men"), ("music", "Nothing Compares 2 U"), ("music", "songs like nothing else matters"), ("books", "the hate u give"), ("books", "like Never Let Me Go"),
     ("movies_zh", "像霸王别姬"), ("music", "Don't Stop Me Now"), ("music", "no idea"), ("music", "no one knows"), ("movies", "I have no kids"), ("movies", "never seen it"), ("movies_zh", "没有想法"), ("movies_zh", "特别的电影"), ("movies_zh", "非常好")],
)  # fmt: skip
def test_what_only_sounds_like_a_refusal_refuses_nothing(said, catalog: str, text: str) -> None:
    assert said(catalog, text) == []


def test_a_title_or_creator_is_left_out_by_its_rows(read, movies) -> None:
    q = read("movies", "anything but Star Wars")
    assert [i.title for i in movies.index.items(q.excluded[0].rows)] == ["Star Wars"]
    q = read("music", "rock but not the beatles")
    assert len(q.excluded[0].rows) == 6 and not q.excluded[0].tokens


def test_a_title_that_is_to_be_avoided_is_a_disliked_reference(read) -> None:
    """Its neighbours are pushed down, and it is not shown."""
    (reference,) = read("movies", "nothing like Frozen").references
    assert reference.name == "Frozen" and not reference.liked


def test_a_phrase_is_no_list_of_words(read, movies, products) -> None:
    """'Star Trek' bars no film about stars, 'in-ear' no other ear."""
    labels = {f.f: f.label for f in products.index.facets_with("ear")}
    assert "over-ear" in labels.values()
    (e,) = read("products", "headphones, not in-ear").excluded
    assert "over-ear" not in {labels.get(f) for f in e.facets} and e.tokens == ("in", "ear")
    assert not read("movies", "no civil disobedience war stories").excluded[0].facets


def test_a_language_is_no_country(read, movies) -> None:
    """'Not in English' leaves the United Kingdom in."""
    (e,) = read("movies", "not in English").excluded
    left = {c for i in movies.index.items(sorted({*range(movies.index.rows)} - {*movies.index.facet_rows(e.facets)})) for c in i.cells["country"].split("|")}
    assert "France" in left and all("English" not in i.cells["language"].split("|") for i in movies.index.items(range(movies.index.rows)) if i.n not in {*movies.index.facet_rows(e.facets)})


@pytest.mark.parametrize(("catalog", "text", "column", "value"), [("music", "metal, nothing live", "tags", "live"), ("movies", "comedy without romance", "genres", "romance"), ("movies_zh", "喜剧，不要爱情片", "类型", "爱情"), ("travel", "beaches outside Europe", "continent", "Europe")])
def test_nothing_that_was_refused_is_found(read, sample, catalog: str, text: str, column: str, value: str) -> None:
    found = retrieve(read(catalog, text), sample(catalog).index, limit=50).candidates
    assert found and all(value not in c.item.cells[column].split("|") for c in found)
