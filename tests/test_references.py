"""What is named is found: titles and creators, misspelt, quoted, dated, several at once, in a dialogue."""

from __future__ import annotations

import pytest

from recsh.index import facet_key


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


@pytest.mark.parametrize(("catalog", "text", "name", "wishes"), [
    ("movies", "something sadder than Titanic", "Titanic", ["sad"]),
    ("movies", "funnier than Fargo", "Fargo", ["funny"]),
    ("movies", "something better than Avatar", "Avatar", []),
    ("music", "heavier than Metallica", "Metallica", ["heavy"]),
    ("music", "heavier than Metalica", "Metallica", ["heavy"]),
    ("music", "a bit happier than Radiohead", "Radiohead", ["happy"]),
    ("books", "more literary than Dan Brown", "Dan Brown", ["literary"]),
    ("books", "something shorter than Middlemarch", "Middlemarch", ["short"]),
    ("travel", "somewhere quieter than paris", "Paris", ["quiet"]),
    ("books", "Agatha Christie but funny", "Agatha Christie", ["funny"]),
    ("music", "Radiohead but happier", "Radiohead", ["happy"]),
    ("movies", "Jaws but funny", "Jaws", ["funny"]),
    ("movies", "sadder than Spielberg", "Steven Spielberg", ["sad"]),
    ("movies", "Tarantino but funny", "Quentin Tarantino", ["funny"]),
    ("books", "my son loves Harry Potter", "Harry Potter", ["kid"]),
])  # fmt: skip
def test_a_comparison_begins_with_what_it_names(read, catalog: str, text: str, name: str, wishes: list[str]) -> None:
    """It is neither shown nor wished for by itself; what it should be more of is wished for."""
    q = read(catalog, text)
    assert [(r.name, r.liked, r.known) for r in q.references] == [(name, True, True)] and [w.words for w in q.wishes] == wishes


@pytest.mark.parametrize(("catalog", "text", "name", "unwanted"), [
    ("books", "less gloomy than Dostoevsky", "Fyodor Dostoevsky", "gloomy"),
    ("movies", "something less violent than Pulp Fiction", "Pulp Fiction", "violent"),
    ("movies", "no sadder than Titanic", "Titanic", "sad"),
    ("movies", "something less violent than Tarantino", "Quentin Tarantino", "violent"),
    ("music", "not as sad as Adele", "Adele", "sad"),
    ("books", "not so long as War and Peace", "War and Peace", "long"),
    ("music", "less mainstream than Coldplay", "Coldplay", "mainstream"),
])  # fmt: skip
def test_less_than_a_name_excludes(read, catalog: str, text: str, name: str, unwanted: str) -> None:
    q = read(catalog, text)
    assert [r.name for r in q.references] == [name] and [e.words for e in q.excluded] == [unwanted] and unwanted not in {w.words for w in q.wishes}


@pytest.mark.parametrize(("catalog", "text", "column", "below"), [
    ("movies", "shorter than Titanic", "minutes", True),
    ("movies", "not as long as Titanic", "minutes", True),
    ("movies", "no longer than Titanic", "minutes", True),
    ("movies", "newer than Titanic", "year", False),
    ("music", "more recent than Oasis but similar", "year", False),
    ("travel", "cheaper than paris", "daily_budget", True),
    ("travel", "cheaper than switzerland, same mountains", "daily_budget", True),
])  # fmt: skip
def test_a_comparison_is_a_bound_where_there_is_a_number(read, sample, catalog: str, text: str, column: str, below: bool) -> None:
    from statistics import median

    q = read(catalog, text)
    (r,), (c,) = q.references, q.conditions
    at = median(i.numbers[column] for i in sample(catalog).index.items(r.rows))
    assert c.column == column and (c.high < at if below else c.low > at)


@pytest.mark.parametrize(("catalog", "text"), [
    ("movies", "older than 1984"), ("movies", "shorter than two hours"), ("movies", "better than ever"), ("movies", "I like movies more than books"), ("books", "older than 20 years"), ("movies", "larger than life"),
    ("music", "better late than never"), ("music", "anything rather than metal"), ("products", "headphones cheaper than 100"), ("products", "more comfortable than my old chair"),
    ("music", "lost a loved one"), ("music", "losing a loved one"), ("music", "make me feel like I'm in a movie"), ("music", "walking down the street like I own it"), ("books", "explain economics to me like I'm five"),
    ("books", "i want to feel like I'm in Italy"), ("movies", "boy meets girl"), ("music", "a mix of old and new"), ("travel", "a mix of beach and city"), ("music", "music for jazz fans"), ("movies", "for comedy lovers"),
    ("movies", "my brother loves action movies"), ("movies", "my kids love dinosaurs"), ("movies", "I haven't seen Alien"), ("movies", "I want to see Jaws again"), ("movies", "I've seen it all"), ("books", "I read a lot of fantasy"),
    ("travel", "we did a lot of hiking"), ("movies", "movies I watched as a kid"), ("movies", "Happy but sad"), ("music", "jazz but modern"), ("movies", "a film about the sound of silence"),
])  # fmt: skip
def test_words_of_measure_are_mostly_no_names(read, catalog: str, text: str) -> None:
    assert read(catalog, text).references == ()


@pytest.mark.parametrize(("catalog", "text", "names"), [
    ("movies", "a cross between Alien and Die Hard", ["Alien", "Die Hard"]),
    ("movies", "something in between Alien and Jurassic Park", ["Alien", "Jurassic Park"]),
    ("books", "a mix of Dracula and Pride and Prejudice", ["Dracula", "Pride and Prejudice"]),
    ("music", "a mix of Björk and Radiohead", ["Björk", "Radiohead"]),
    ("movies", "kinda like Jaws meets Titanic", ["Jaws", "Titanic"]),
    ("music", "Radiohead meets Daft Punk", ["Radiohead", "Daft Punk"]),
    ("movies", "the vibe of Blade Runner, the heart of Up", ["Blade Runner", "Up"]),
    ("movies", "something like the sound of music", ["The Sound of Music"]),
    ("music", "my dad loves Pink Floyd, what else would he like", ["Pink Floyd"]),
    ("music", "for Adele fans", ["Adele"]),
    ("music", "similar vibe to Sade", ["Sade"]),
])  # fmt: skip
def test_what_is_near_to_a_name_is_not_the_name(read, catalog: str, text: str, names: list[str]) -> None:
    q = read(catalog, text)
    assert sorted(r.name for r in q.references if r.known) == sorted(names) and not q.wishes and not q.excluded


def test_more_like_one_than_the_other(read) -> None:
    q = read("movies", "more like Before Sunrise than The Notebook")
    assert [(r.name, r.liked) for r in q.references] == [("Before Sunrise", True), ("The Notebook", False)] and [e.words for e in q.excluded] == ["The Notebook"]


@pytest.mark.parametrize(("catalog", "text", "names", "liked"), [
    ("movies", "I've already seen Alien, something similar", ["Alien"], True),
    ("movies", "seen Jaws, want more of that", ["Jaws"], True),
    ("movies", "We watched Up last week and loved it", ["Up"], True),
    ("movies", "seen The Godfather a hundred times, what else", ["The Godfather"], True),
    ("movies", "a Hitchcock I haven't seen, I've seen Psycho and Vertigo", ["Psycho", "Vertigo"], True),
    ("movies", "I've seen Alien and hated it", ["Alien"], False),
    ("movies", "saw Alien last night and hated it, something funny", ["Alien"], False),
    ("movies", "watched Alien yesterday and couldn't stand it", ["Alien"], False),
    ("movies", "I saw Heat last week and it left me cold", ["Heat"], False),
    ("books", "I finished Circe but hated it", ["Circe"], False),
    ("books", "I've read all of Jane Austen, now what", ["Jane Austen"], True),
    ("books", "already read Dune", ["Dune"], True),
    ("travel", "second trip to japan, already did tokyo and kyoto", ["Tokyo", "Kyoto"], True),
    ("travel", "been to Rome last year, somewhere similar", ["Rome"], True),
    ("travel", "I've done paris to death", ["Paris"], True),
    ("travel", "already did japan", ["Japan"], True),
])  # fmt: skip
def test_what_was_seen_is_not_shown_again(read, catalog: str, text: str, names: list[str], liked: bool) -> None:
    q = read(catalog, text)
    assert [(r.name, r.liked) for r in q.references if r.known and r.rows] == [(name, liked) for name in names]


@pytest.mark.parametrize(("catalog", "text", "column", "place"), [
    ("travel", "quiet town by the sea for my parents, cheaper than Switzerland", "daily_budget", "Switzerland"),
    ("travel", "a beach cheaper than the Maldives", "daily_budget", "Maldives"),
    ("travel", "not as expensive as norway, fjords", "daily_budget", "Norway"),
    ("travel", "as cheap as vietnam but in europe", "daily_budget", "Vietnam"),
    ("products", "a tablet cheaper than the Halo X", "price", ""),
])  # fmt: skip
def test_what_only_says_how_dear_a_thing_may_be_is_not_resembled(read, catalog: str, text: str, column: str, place: str) -> None:
    q = read(catalog, text)
    assert not q.references and [c.column for c in q.conditions] == [column] and [e.words for e in q.excluded] == [place] * bool(place)
    assert q.wishes and place.lower() not in [w.words for w in q.wishes]


@pytest.mark.parametrize(("catalog", "text", "name"), [
    ("travel", "cheaper than switzerland, same mountains", "Switzerland"), ("travel", "cheaper than paris but just as romantic", "Paris"),
    ("products", "cheaper than the Halo X but with a good camera", "Halo X"), ("products", "like the Halo X but half the price", "Halo X"),
    ("products", "headphones like Quietbuds Pro but cheaper", "Quietbuds Pro"), ("travel", "paris but cheaper", "Paris"), ("travel", "similar to japan but cheaper", "Japan"),
])  # fmt: skip
def test_a_price_below_that_of_what_is_resembled(read, sample, catalog: str, text: str, name: str) -> None:
    from statistics import median

    q = read(catalog, text)
    (r,), (c,) = q.references, q.conditions
    assert r.name == name and c.high < median(i.numbers[c.column] for i in sample(catalog).index.items(r.rows))


@pytest.mark.parametrize(("text", "names"), [
    ("like new zealand but closer to europe", ["New Zealand"]), ("something like iceland but warmer", ["Iceland"]), ("somewhere like Greece", ["Greece"]), ("beaches like Thailand", ["Thailand"]),
    ("similar to Japan", ["Japan"]), ("i've been to bali and thailand, what next", ["Thailand"]), ("been to Tokyo and Thailand last year", ["Tokyo", "Thailand"]), ("been to Japan and Thailand", ["Japan", "Thailand"]),
])  # fmt: skip
def test_a_country_is_named_as_a_title_is(read, text: str, names: list[str]) -> None:
    """What is like it is wanted, from elsewhere."""
    q = read("travel", text)
    assert [r.name for r in q.references] == names and [e.words for e in q.excluded] == [n for n in names if n != "Tokyo"]
    assert not {n.lower() for n in names} & {w.words for w in q.wishes}


@pytest.mark.parametrize(("catalog", "text", "title", "maker"), [
    ("movies", "more from the director of Inception", "Inception", "Christopher Nolan"), ("books", "by whoever wrote Dune", "Dune", "Frank Herbert"), ("books", "something by the same author as Circe", "Circe", "Madeline Miller"),
    ("books", "other books by the writer of The Hobbit", "The Hobbit", "J.R.R. Tolkien"), ("music", "by the same band as Enter Sandman", "Enter Sandman", "Metallica"), ("movies_zh", "盗梦空间的导演还拍过的", "盗梦空间", "克里斯托弗·诺兰"),
    ("movies_zh", "《活着》的导演拍的电影", "活着", "张艺谋"),
])  # fmt: skip
def test_whoever_made_a_title_is_asked_for(read, sample, catalog: str, text: str, title: str, maker: str) -> None:
    q, index = read(catalog, text), sample(catalog).index
    assert [e.words for e in q.excluded] == [title] and {i.title for i in index.items(q.excluded[0].rows)} == {title}
    assert facet_key(maker) in [w.words for w in q.wishes if w.creator]


@pytest.mark.parametrize(("catalog", "text"), [("movies", "the story of the man who made Jaws"), ("books", "a novel by a writer of colour"), ("books", "from the author's childhood"), ("movies", "by the director of Xyzzy")])
def test_where_nobody_is_meant_by_what_they_made(read, catalog: str, text: str) -> None:
    q = read(catalog, text)
    assert not q.excluded and not any(w.creator for w in q.wishes)


@pytest.mark.parametrize(("catalog", "text", "word"), [("travel", "by the ocean", "by the ocean"), ("travel", "a quiet town by the sea", "by the sea")])
def test_where_a_place_is_names_nobody(read, catalog: str, text: str, word: str) -> None:
    q = read(catalog, text)
    assert word in [w.words for w in q.wishes] and not q.references


@pytest.mark.parametrize("text", ["i'd like italy in may", "we would like Italy in may", "my parents like Italy", "I like Italy", "italy, like last time"])
def test_a_country_that_is_liked_is_wished_for(read, text: str) -> None:
    q = read("travel", text)
    assert "italy" in [w.words for w in q.wishes] and not q.references and not q.excluded


def test_of_a_country_some_rows_are_enough(read, sample, monkeypatch) -> None:
    """All the same nothing of it is shown."""
    monkeypatch.setattr("recsh.named.MOST", 5)
    q = read("travel", "somewhere like Italy")
    (r,), (e,) = q.references, q.excluded
    index = sample("travel").index
    italy = {*map(int, index.facet_rows([f.f for f in index.facets(["italy"])["italy"]]))}
    assert len(r.rows) <= 5 < len(italy) and {*r.rows} < italy and {*map(int, index.facet_rows(e.facets))} == italy


@pytest.mark.parametrize(("text", "names"), [("rome but without the crowds", ["Rome"]), ("paris but with less traffic", ["Paris"]), ("jazz but without vocals", []), ("metal but without vocals", [])])
def test_a_title_without_what_it_has_is_only_where_to_begin(read, text: str, names: list[str]) -> None:
    assert [r.name for r in read("travel" if names else "music", text).references] == names


@pytest.mark.parametrize(("text", "name"), [("Bjork", "bjork"), ("Motorhead", "motorhead"), ("Metallica", "metallica")])
def test_a_name_alone_is_wished_for(read, text: str, name: str) -> None:
    assert [(w.words, w.creator) for w in read("music", text).wishes] == [(name, True)]


def test_a_title_that_is_not_wanted_may_be_spelt_otherwise(read, sample) -> None:
    (e,) = read("books", "books by Orwell that aren't 1984").excluded
    assert [i.title for i in sample("books").index.items(e.rows)] == ["Nineteen Eighty-Four"]


def test_what_is_named_shows_what_a_wish_means(read, sample) -> None:
    """A rock song like Metallica may be metal, as Metallica's are; one like Queen is rock."""
    index = sample("music").index
    metal, rock = (index.facets([k])[k][0].f for k in ("metal", "rock"))
    wish = lambda text: next(w for w in read("music", text).wishes if w.words == "rock")
    assert metal in wish("rock songs like Metallica").exact and metal not in wish("rock songs like Metallica").alike
    assert metal not in wish("rock songs like Queen").exact and metal in wish("rock songs").alike and rock in wish("rock songs").exact


@pytest.mark.parametrize(("text", "contrast"), [("jazz songs like Metallica", True), ("rock songs like Metallica", False), ("fast songs like Metallica", False), ("songs like Metallica", False)])
def test_a_wish_that_nothing_named_meets_leads(read, text: str, contrast: bool) -> None:
    assert read("music", text).contrast is contrast


@pytest.mark.parametrize(("catalog", "text", "name"), [
    ("books", "if Tolkien wrote for kids", "J.R.R. Tolkien"), ("movies", "if Tolkien wrote for kids", "Tolkien"), ("books", "what if Jane Austen wrote today", "Jane Austen"),
    ("movies", "if Wes Anderson made a horror film", "Wes Anderson"), ("movies", "as if Tarantino did a western", "Quentin Tarantino"),
    ("books", "what should I read after Sapiens", "Sapiens"), ("movies", "what to watch after Inception", "Inception"), ("books", "something to read after Dune", "Dune"),
    ("books", "my 10 year old finished Harry Potter", "Harry Potter"), ("books", "she devoured Dune", "Dune"),
])  # fmt: skip
def test_a_name_that_is_only_where_to_begin(read, catalog: str, text: str, name: str) -> None:
    """Neither it nor what is by it is asked for, and its words are no wish."""
    q = read(catalog, text)
    assert [(r.name, r.liked, r.known) for r in q.references] == [(name, True, True)] and not {w.words for w in q.wishes if w.creator}


@pytest.mark.parametrize(("catalog", "text"), [
    ("movies", "what if the nazis had won"), ("movies", "if it was made in the 90s"), ("books", "what if the world ended"), ("movies", "life after the war"), ("movies", "if possible a comedy"),
])  # fmt: skip
def test_an_if_without_a_name_names_nothing(read, catalog: str, text: str) -> None:
    assert not read(catalog, text).references


@pytest.mark.parametrize(("catalog", "text", "name", "creator"), [
    ("books", "Stephen King but not horror", "Stephen King", True), ("books", "Stephen King, but nothing scary", "Stephen King", True), ("movies", "Tarantino but not violent", "Quentin Tarantino", True),
    ("movies", "Stephen King but not horror", "Stephen King", False), ("movies", "Up but not sad", "Up", False),
])  # fmt: skip
def test_a_name_without_something(read, catalog: str, text: str, name: str, creator: bool) -> None:
    """By a creator, what is left is asked for, then what is near; a title is only where to begin."""
    q = read(catalog, text)
    assert [r.name for r in q.references] == [name] and len(q.excluded) == 1 and any(w.creator for w in q.wishes) is creator
    assert not {"king", "stephen"} & {w.words for w in q.wishes}


def test_a_wish_without_something_is_no_name(read) -> None:
    assert not read("music", "jazz but not live").references


@pytest.mark.parametrize(("text", "names"), [("for fans of Adele", ["Adele"]), ("if you like Johnny Cash", ["Johnny Cash"]), ("make me feel like a villain", [])])
def test_what_others_like_is_near_and_a_noun_is_no_misspelt_name(read, text: str, names: list[str]) -> None:
    q = read("music", text)
    assert [r.name for r in q.references] == names and not any(w.creator for w in q.wishes)


@pytest.mark.parametrize("text", ["less rain than scotland", "less rain than Scotland"])
def test_a_part_of_a_country_is_compared_with_as_the_country(read, text: str) -> None:
    q = read("travel", text)
    assert [r.name for r in q.references] == ["United Kingdom"] and "rain" in {e.words for e in q.excluded} and not q.wishes
