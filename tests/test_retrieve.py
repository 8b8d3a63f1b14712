"""The shortlist: every signal against a naive computation of it, conditions and what is relaxed, catalogs that lack things."""

from __future__ import annotations

from math import inf, log, log1p

from msgspec.structs import replace
import numpy
import pytest

from recsh.conditions import Condition, Leaning
from recsh.fusion import Weights, weights_for
from recsh.index import Index
from recsh.recommend import Options, Recommender
from recsh.request import Exclusion, Query, Wish
from recsh.retrieve import retrieve
from recsh.session import load_catalog
from recsh.signals import OTHER_KIND, PARTIAL
from recsh.types import Column, Reference, Role
from tests.benchmarks.rows import write

COLUMNS = (
    Column("id", Role.ID), Column("title", Role.TITLE), Column("artist", Role.CREATOR), Column("tags", Role.TAGS, joiner="|"), Column("kind", Role.TAGS),
    Column("year", Role.NUMBER, "year", year=True), Column("price", Role.NUMBER, "$"), Column("plays", Role.NUMBER, "count"), Column("text", Role.TEXT),
)  # fmt: skip
HEADER = [c.name for c in COLUMNS]
ROWS = [
    ["a", "River Song", "Ann", "rock|sad", "song", 1990, 5, 1000, "a river at night"],
    ["b", "Night Train", "Bob", "jazz|calm", "song", 1995, 3, 10, "rails in the dark"],
    ["c", "Morning", "Ann", "hard rock|loud", "album", 2001, "", 0, "sun over a river river"],
    ["d", "Storm", "Cy", "rock|loud", "song", 2005, 9, 100, "rain and thunder"],
    ["e", "Calm Sea", "Di", "calm|sad", "album", "", 7, "", "no wind at all"],
]
VECTORS = numpy.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0], [0.6, 0.8]], dtype=numpy.float32)


@pytest.fixture
def index(shelf) -> Index:
    return shelf(HEADER, ROWS, COLUMNS).index


@pytest.fixture
def seeing(shelf) -> Index:
    return shelf(HEADER, ROWS, COLUMNS, vectors=VECTORS).index


def query(*words: str, **parts: object) -> Query:
    return Query(" ".join(words), " ".join(words), " ".join(words), words, **parts)  # type: ignore[arg-type]


def ids(found) -> list[str]:
    return [c.item.id for c in found.candidates]


def only(name: str):
    """Weights that make one source all there is."""
    return lambda q, has_vectors: Weights(**{"text": 0.0, "vector": 0.0, name: 1.0})


def facet(index: Index, *keys: str) -> tuple[int, ...]:
    return tuple(f.f for found in index.facets(keys).values() for f in found)


# --- signals ---------------------------------------------------------------------------------------------------------


def test_text_is_bm25_over_the_best(index: Index) -> None:
    found = retrieve(query("river", "night"), index, weigh=only("text"))
    scores = dict(index.search(["river", "night"], 9))
    top = max(scores.values())
    assert {c.item.n: pytest.approx(c.score, abs=1e-6) for c in found.candidates} == {n: s / top for n, s in scores.items()}
    assert ids(found)[0] == "a" and found.candidates[0].words == ("river", "night")


def test_the_vector_signal_is_the_cosine_between_the_mean_and_the_best(seeing: Index) -> None:
    asked = numpy.array([0.8, 0.6], dtype=numpy.float32)
    found = retrieve(query("zzz"), seeing, vector=asked, weigh=only("vector"))
    cosines = [sum(float(a) * float(b) for a, b in zip(v, asked, strict=True)) for v in VECTORS]
    mean, best = sum(cosines) / 5, max(cosines)
    expected = {"abcde"[i]: (c - mean) / (best - mean) for i, c in enumerate(cosines) if c > mean}
    assert {c.item.id: pytest.approx(c.score, abs=5e-3) for c in found.candidates} == expected


def test_the_facet_signal_is_the_share_of_the_wishes_by_weight(index: Index) -> None:
    rock = Wish("rock", facet(index, "rock"), facet(index, "hard rock"), weight=1.0)
    sad = Wish("sad", facet(index, "sad"), weight=3.0)
    found = retrieve(query(wishes=(rock, sad)), index, weigh=only("facet"))
    assert {c.item.id: pytest.approx(c.score, abs=1e-6) for c in found.candidates} == {"a": 1.0, "e": 0.75, "d": 0.25, "c": PARTIAL * 0.25}


def test_what_a_thing_is_cannot_be_made_up_for(index: Index) -> None:
    """A column with one value a row says the kind: another kind is worth less."""
    found = retrieve(query(wishes=(Wish("album", facet(index, "album")), Wish("rock", facet(index, "rock")))), index, weigh=only("facet"))
    scores = {c.item.id: c.score for c in found.candidates}
    assert scores["c"] == pytest.approx(0.5) and scores["a"] == pytest.approx(0.5 * OTHER_KIND)


def test_neighbours_share_tags_and_creators_by_their_information(index: Index) -> None:
    """Of what "River Song" has, Ann, rock and sad occur twice (log(1 + 5/2) each), song three times, the top row scaled to 1."""
    found = retrieve(query(references=(Reference("River Song", (0,)),)), index, weigh=only("neighbour"))
    two, three = log(1 + 5 / 2), log(1 + 5 / 3)
    raw = {"b": three, "c": two, "d": two + three, "e": two}
    assert {c.item.id: pytest.approx(c.score, abs=1e-5) for c in found.candidates} == {k: v / max(raw.values()) for k, v in raw.items()}


def test_a_disliked_reference_pushes_its_neighbours_down(index: Index) -> None:
    liked, disliked = Reference("River Song", (0,)), Reference("Storm", (3,), liked=False)
    before = retrieve(query(references=(liked,)), index, weigh=only("neighbour"))
    after = retrieve(query(references=(liked, disliked)), index, weigh=only("neighbour"))
    assert ids(before)[0] == "d" and "d" not in ids(after)
    assert {c.item.id: c.score for c in after.candidates}.get("b", 0) < {c.item.id: c.score for c in before.candidates}["b"]


def test_popularity_is_the_logarithm_of_the_count(index: Index) -> None:
    found = retrieve(query(), index, weigh=only("popular"))
    assert {c.item.id: pytest.approx(c.score, abs=1e-6) for c in found.candidates if c.score} == {i: log1p(n) / log1p(1000) for i, n in (("a", 1000), ("b", 10), ("d", 100))}


def test_a_leaning_is_the_rank_in_its_column(index: Index) -> None:
    """The cheapest first; a row without a price last."""
    found = retrieve(query(leanings=(Leaning("price", -1, "cheapest"),)), index, weigh=only("lean"))
    assert [(c.item.id, c.score) for c in found.candidates] == [("b", 1.0), ("a", 0.75), ("e", 0.5), ("d", 0.25), ("c", 0.0)]


def test_fusion_is_the_weighted_mean_of_the_sources_that_are_there(index: Index) -> None:
    """The weight of an absent source falls to the others."""
    asked = query("river", wishes=(Wish("sad", facet(index, "sad")),))
    (best, *_) = retrieve(asked, index, weigh=lambda q, has_vectors: Weights(text=1.0, vector=5.0, facet=3.0)).candidates
    assert best.item.id == "a" and best.score == pytest.approx((best.signals["text"] + 3 * best.signals["facet"]) / 4)


def test_better_cosines_reorder_the_head(seeing: Index) -> None:
    """Where the index holds static vectors, the sentence model has the last word on the best rows."""
    asked = []

    def head(rows):
        asked.append([*rows])
        return numpy.array([float(n == 4) for n in rows], dtype=numpy.float32)

    found = retrieve(query("zzz"), seeing, vector=numpy.array([1, 0], dtype=numpy.float32), head=head, weigh=only("vector"))
    assert ids(found)[0] == "e" and len(asked) == 1 and 4 in asked[0]


def test_scores_are_in_bounds_and_fall(read, sample) -> None:
    for text in ("sad rock songs like Metallica from the 80s", "jazz", "surprise me", "nothing by U2", "the latest"):
        found = retrieve(read("music", text), sample("music").index, limit=50)
        scores = [c.score for c in found.candidates]
        assert scores and all(0 <= s <= 1 for s in scores) and scores == sorted(scores, reverse=True), text
        assert all(0 < v <= 1 for c in found.candidates for v in c.signals.values())


@pytest.mark.parametrize("text", ["rock", "songs like Creep", "a quiet evening with someone you have not seen for years", "Metallica", "sad songs about rivers"])
def test_weights_are_none_without_vectors_and_never_all_none(read, text: str) -> None:
    q = read("music", text)
    assert weights_for(q, has_vectors=False).vector == 0
    w = weights_for(q, has_vectors=True)
    assert w.text + w.vector + w.facet + w.neighbour > 0 and min(w.text, w.vector, w.facet, w.neighbour, w.popular) >= 0


# --- what may be shown -----------------------------------------------------------------------------------------------


def test_conditions_filter_and_empty_cells_do_not_meet_them(index: Index) -> None:
    found = retrieve(query(conditions=(Condition("year", 1990, 1999, "90s"),)), index)
    assert sorted(ids(found)) == ["a", "b"] and found.allowed.sum() == 2 and not found.warnings
    found = retrieve(query(conditions=(Condition("year", 1990, 1999, "90s", negated=True),)), index)
    assert sorted(ids(found)) == ["c", "d"]


def test_the_costliest_condition_is_relaxed_first_and_said(index: Index) -> None:
    """No row is from 2001 and under $4: without the price one row is left, without the year one; cheap and loud and old sets aside the year."""
    year, price = Condition("year", 2010, inf, "after 2010"), Condition("price", -inf, 4, "under $4")
    found = retrieve(query(conditions=(year, price)), index)
    assert ids(found) == ["b"] and [w.code for w in found.warnings] == ["relaxed"] and "after 2010" in found.warnings[0].message
    found = retrieve(query(conditions=(year, replace(price, high=-1, words="free"))), index)
    assert len(found.candidates) == 5 and len(found.warnings) == 2


def test_an_exclusion_that_leaves_nothing_is_relaxed_too(index: Index) -> None:
    every = Exclusion("everything", facet(index, "song", "album"))
    found = retrieve(query(excluded=(every,)), index)
    assert len(found.candidates) == 5 and "not everything" in found.warnings[0].message


def test_exclusions_hold_by_facet_by_word_and_by_row(index: Index) -> None:
    assert sorted(ids(retrieve(query(excluded=(Exclusion("sad", facet(index, "sad")),)), index))) == ["b", "c", "d"]
    assert sorted(ids(retrieve(query(excluded=(Exclusion("night", tokens=("night",)),)), index))) == ["a", "c", "d", "e"]  # a title, not a text
    assert sorted(ids(retrieve(query(excluded=(Exclusion("Storm", rows=(3,)),)), index))) == ["a", "b", "c", "e"]


def test_where_is_never_relaxed(index: Index) -> None:
    mask = numpy.array([False, True, False, False, False])
    found = retrieve(query("river", conditions=(Condition("year", 2001, 2001, "2001"),)), index, only=mask)
    assert ids(found) == ["b"] and found.warnings and mask.tolist() == [False, True, False, False, False]
    assert ids(retrieve(query("river"), index, only=numpy.zeros(5, dtype=bool))) == []


def test_rows_to_leave_out_are_left_out(index: Index) -> None:
    assert sorted(ids(retrieve(query(), index, without=[0, 2]))) == ["b", "d", "e"]


def test_what_like_names_is_never_shown(index: Index) -> None:
    named = Reference("River Song", (0,))
    assert "a" not in ids(retrieve(query("river", "song", references=(named,)), index))
    assert "a" in ids(retrieve(query("river", "song", references=(replace(named, known=False),)), index))


@pytest.mark.parametrize("catalog", ["music", "movies_zh"])
def test_no_reference_of_any_request_is_shown(read, sample, catalog: str) -> None:
    name = {"music": "Metallica", "movies_zh": "霸王别姬"}[catalog]
    q = read(catalog, f"like {name}")
    shown = {c.item.n for c in retrieve(q, sample(catalog).index, limit=300).candidates}
    assert shown and not shown & {*q.references[0].rows}


# --- catalogs that lack things ---------------------------------------------------------------------------------------


def test_no_words_at_all_gives_the_most_popular(index: Index) -> None:
    assert ids(retrieve(query(), index))[:3] == ["a", "d", "b"]


def test_titles_alone_are_a_catalog(shelf) -> None:
    index = shelf(["title"], [["River Song"], ["Storm"], ["Night"]], (Column("title", Role.TITLE),)).index
    assert [c.item.title for c in retrieve(query("storm"), index).candidates] == ["Storm"]
    assert len(retrieve(query("nothing", "known"), index).candidates) == 3
    assert len(retrieve(query(), index, limit=2).candidates) == 2
    assert [c.item.title for c in retrieve(query(references=(Reference("Storm", (1,)),)), index).candidates] == ["River Song", "Night"]


def test_one_row_is_a_catalog(shelf) -> None:
    index = shelf(["title"], [["Storm"]], (Column("title", Role.TITLE),), vectors=VECTORS).index
    vector = numpy.array([1, 0], dtype=numpy.float32)
    assert len(retrieve(query("storm"), index, vector=vector).candidates) == 1
    assert len(retrieve(query("zzz"), index, vector=-vector).candidates) == 1
    assert retrieve(query(references=(Reference("Storm", (0,)),)), index).candidates == ()


def test_a_limit_larger_than_the_catalog_gives_all(index: Index) -> None:
    assert len(retrieve(query(), index, limit=1000).candidates) == 5


def test_the_same_again(read, sample) -> None:
    q = read("music", "calm songs like Creep")
    one, two = (retrieve(q, sample("music").index) for _ in range(2))
    assert one.candidates == two.candidates and (one.allowed == two.allowed).all() and one.warnings == two.warnings


def test_shares_are_what_each_signal_really_added(read, sample) -> None:
    """Shares sum to the score, and a signal with a small weight has a small share however strong it is."""
    from recsh.rank import with_verdicts

    found = retrieve(read("music", "sad piano songs"), sample("music").index, limit=10)
    for c in found.candidates:
        assert sum(c.shares.values()) == pytest.approx(c.score, abs=1e-5)
    judged = with_verdicts(found.candidates, {c.item.n: 1.0 if i else 9.0 for i, c in enumerate(found.candidates)}, 0.05)
    first = next(c for c in judged if c.signals.get("model") == 1.0)
    assert first.shares["model"] == pytest.approx(0.05) and sum(first.shares.values()) == pytest.approx(first.score, abs=1e-5)


# --- large catalogs ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, semantic) -> Index:
    """15,000 made rows with static vectors."""
    from recsh.catalog import Reading, columns_of
    from recsh.compiler import compile_index
    from recsh.table import open_table

    folder = tmp_path_factory.mktemp("many")
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        write(file, 15_000)
    table = open_table(folder / "rows.csv")
    compile_index(folder / "index", *columns_of(table, Reading()), static_for=lambda rows: semantic.static)
    return Index(folder / "index")


REQUESTS = [
    "rock songs", "sad piano music for a rainy night", "the and a of", "songs like Metallica", "heavy metal from the 80s, not live", "电影 爱情", "悲伤的歌",
    "cheap pop under $10", "jazz from the 90s in French", "popular fantasy with magic", "like Radiohead but calmer", "something quiet", "comedy drama after 2010 under $20",
    "a lonely boy who finds a friend", "war and exile", "刘德华的歌",
]  # fmt: skip


def test_estimates_choose_what_an_exact_reading_chooses(many: Index, semantic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the 24 rows that reading every vector, tag and word gives, 99 in 100 are found by the ways that large catalogs take, with the same scores."""
    from recsh import fulltext, signals, vectors
    from recsh.match import Names
    from recsh.query import understand
    from recsh.recommend import request_text

    names = Names(many)
    same, found = [], {}
    for text in REQUESTS:
        query = understand(text, many, names.find, names.spell)
        wish = request_text(query, many.embedder)
        vector = semantic.static.encode([wish])[0] if wish else None
        for large in (False, True):
            monkeypatch.setattr(vectors, "EXACT", 1000 if large else 10**9)
            monkeypatch.setattr(fulltext, "SPARING", 1000 if large else 10**9)
            monkeypatch.setattr(signals, "SPREAD", 2000 if large else 10**9)
            monkeypatch.setattr("recsh.retrieve.POOL", 1500 if large else 15_000)
            found[large] = retrieve(query, many, vector=vector).candidates
        scores = {c.item.n: c.score for c in found[True]}
        same.append(sum(c.item.n in scores for c in found[False]) / len(found[False]))
        for c in found[False]:
            assert scores.get(c.item.n, c.score) == pytest.approx(c.score, abs=0.02), text
    assert numpy.mean(same) >= 0.99, dict(zip(REQUESTS, same, strict=True))


def test_a_tag_that_is_everywhere_counts_for_the_candidates(many: Index) -> None:
    """What is too common to be spread over all rows is looked up for those that are read exactly."""
    (tag,) = [f for f in many.facet_values("genre", 1)]
    rows = numpy.arange(0, many.rows, 7)
    assert numpy.array_equal(many.has_facet([tag.f], rows), numpy.isin(rows, many.facet_rows([tag.f])))
    assert not many.has_facet([10**9], rows).any()


def test_what_follows_but_counts_by_its_meaning_where_no_tag_has_it(sample, semantic) -> None:
    """And not where it is turned down, or is a condition already."""
    ask = Recommender(sample("books"), semantic=semantic).ask
    titles = [r.item.title for r in ask("like Sapiens, but about the future", Options(limit=6, reasons=False, log=False))]
    assert {"The Ministry for the Future", "The Time Machine"} <= {*titles} and "Guns, Germs, and Steel" in titles
    films = Recommender(sample("movies"), semantic=semantic)
    assert not films.understand("something like Titanic but nobody dies").contrast
    plain, turned = ([r.item.id for r in films.ask(t, Options(limit=6, reasons=False, log=False))] for t in ("something like Titanic", "something like Titanic but nobody dies"))
    assert plain == turned


@pytest.mark.parametrize(("text", "tag"), [("not depressing, not about war", "war"), ("no superheroes, no sequels", "superhero")])
def test_where_nothing_speaks_for_a_row_they_come_from_all_over_the_file(sample, semantic, text: str, tag: str) -> None:
    """Not the first ones, which in a file sorted by year are all silent films; the same ones each time."""
    films = Recommender(sample("movies"), semantic=semantic)
    first, again = ([r.item.n for r in films.ask(text, Options(limit=5, reasons=False, log=False))] for _ in range(2))
    assert first == again and max(first) > films.index.rows / 2 and min(first) > 4
    assert tag not in {t for n in first for t in films.index.items([n])[0].tags}


def test_a_genre_that_was_asked_for_is_not_made_up_for_by_other_tags() -> None:
    recommender = Recommender(load_catalog("movies"))
    genres = lambda text: [set(r.item.cells["genres"].split("|")) for r in recommender.ask(text, limit=3)]
    assert all("thriller" in g for g in genres("a thriller for a long train journey"))
    assert all(g & {"horror", "western"} for g in genres("horror or western films set in the desert at night"))
    recommender.index.close()
