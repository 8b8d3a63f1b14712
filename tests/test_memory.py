"""What is remembered changes what comes next, on a real catalog and a real log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

from msgspec.structs import replace
import numpy
import pytest

from recsh import paths
from recsh.catalog import Catalog
from recsh.errors import CatalogError, StoreError, UsageError
from recsh.feedback import Log
from recsh.fusion import NOBODY, Personal, Weights, fuse, weights_for
from recsh.index import Index
from recsh.memory import Memory
from recsh.recommend import FOR_ME, Recommender
from recsh.retrieve import retrieve
from recsh.semantic import Semantic
from recsh.types import Column, Role, Source, Verdict
from recsh.work import Options


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log(tmp_path / "log.sqlite") as log:
        yield log


@pytest.fixture
def person(music: Catalog, semantic: Semantic, log: Log) -> Recommender:
    """A recommender for one person with an empty log; its clock goes a minute a look."""
    ticks = iter(range(1_700_000_000, 2_000_000_000, 60))
    return Recommender(music, None, semantic=semantic, memory=Memory(music, log, clock=lambda: float(next(ticks))))


def ids(answer: object) -> list[str]:
    return [r.item.id for r in answer]  # type: ignore[attr-defined]


def having(index: Index, tag: str, count: int, without: str = "") -> list[str]:
    """The first ids that have a tag, and not another."""
    (facet,) = {f.f for f in index.facets([tag])[tag] if f.column == "genre"}
    items = index.items(index.facet_rows([facet])[: 5 * count].tolist())
    return [i.id for i in items if without not in i.tags][:count]


# --- the answer knows ------------------------------------------------------------------------------------------------


def test_an_answer_without_anything_known_is_the_answer_of_retrieval(person: Recommender, music: Catalog, semantic: Semantic) -> None:
    plain = Recommender(music, None, semantic=semantic).ask("rock songs", limit=10)
    first = person.ask("rock songs", limit=10)
    assert [(r.item.id, r.score, r.reason, r.sources) for r in first] == [(r.item.id, r.score, r.reason, r.sources) for r in plain]


def test_likes_lift_what_is_like_them_and_the_sources_say_so(person: Recommender) -> None:
    before = person.ask("rock songs", limit=50)
    for i in having(person.index, "grunge", 5):
        person.like(i)
    for i in having(person.index, "psychedelic rock", 5, without="grunge"):
        person.dislike(i)
    after = person.ask("rock songs", limit=50)

    def grunge(answer: object, n: int) -> int:
        return sum("grunge" in r.item.tags for r in list(answer)[:n])  # type: ignore[call-overload]

    assert grunge(after, 10) >= grunge(before, 10) + 3
    top = after.results[0]
    assert top.sources[Source.TASTE] > 0 and sum(top.sources.values()) == pytest.approx(top.score, abs=1e-3)
    assert any("because you liked" in r.reason for r in after.results[:10])
    assert all("rock" in " ".join(r.item.tags) or r.sources.get(Source.FACET) for r in after.results[:10])  # the request still leads


def test_what_was_disliked_or_consumed_stays_away_unless_asked_for(person: Recommender) -> None:
    first = ids(person.ask("rock songs", limit=5))
    person.dislike(first[0])
    person.judge(first[1], Verdict.CONSUMED)
    person.rate(first[2], 2)
    person.judge(first[3], Verdict.SKIP)
    later = ids(person.ask("rock songs", limit=300))
    assert not {*first[:3]} & {*later} and first[3] in later
    assert {*first[:3]} <= {*ids(person.ask("rock songs", limit=400, again=True))}
    assert {*first[:3]} <= {*ids(person.ask("rock songs", limit=400, taste=False))}


def test_the_newest_verdict_of_an_item_counts(person: Recommender) -> None:
    first = ids(person.ask("rock songs", limit=5))[0]
    person.dislike(first)
    person.like(first)
    assert first in ids(person.ask("rock songs", limit=20))


def test_undo_brings_the_answer_back(person: Recommender, log: Log) -> None:
    before = [(r.item.id, r.score) for r in person.ask("rock songs", limit=10)]
    person.like(before[4][0])
    person.dislike(before[0][0])
    assert [(r.item.id, r.score) for r in person.ask("rock songs", limit=10)] != before
    log.undo()
    log.undo()
    assert [(r.item.id, r.score) for r in person.ask("rock songs", limit=10)] == before


def test_another_process_sees_it_at_once(person: Recommender, music: Catalog, semantic: Semantic, log: Log) -> None:
    first = ids(person.ask("rock songs"))
    other = Recommender(music, None, semantic=semantic, memory=Memory(music, Log(log.path)))
    other.dislike(first[0])
    other.memory.log.close()
    assert first[0] not in ids(person.ask("rock songs"))


def test_nothing_is_kept_if_nobody_wants_it(person: Recommender, log: Log) -> None:
    person.ask("rock songs", log=False)
    assert log.impressions() == [] and not log.path.exists()


# --- for me ----------------------------------------------------------------------------------------------------------


def test_for_me_needs_no_question_and_leaves_out_what_is_known(person: Recommender) -> None:
    liked = having(person.index, "bossa nova", 4)
    for i in liked:
        person.like(i)
    mine = person.ask(for_me=True, limit=10)
    assert mine.query == "" and not {*liked} & {*ids(mine)}
    assert sum("bossa nova" in r.item.tags for r in mine) >= 3
    with pytest.raises(UsageError, match="empty"):
        person.ask("")


def test_for_me_of_a_stranger_is_still_an_answer(person: Recommender) -> None:
    assert len(person.ask(for_me=True, limit=7)) == 7
    assert len(person.ask(for_me=True, context="late at night, alone", limit=7)) == 7


# --- what is written down --------------------------------------------------------------------------------------------


def test_an_answer_is_written_down_as_it_was_shown(person: Recommender, log: Log) -> None:
    answer = person.ask("sad piano", limit=3, where="year:1900..2020", context="late at night", session="s1")
    (kept,) = log.impressions()
    assert (kept.id, kept.query, kept.where, kept.context, kept.session, kept.catalog) == (answer.id, "sad piano", "year:1900..2020", "late at night", "s1", "music")
    assert [(s.item_id, s.rank) for s in kept.shown] == [(r.item.id, r.rank) for r in answer]
    assert all(s.propensity == 1.0 for s in kept.shown)
    for shown, r in zip(kept.shown, answer, strict=True):  # with nothing known, what is learned from is what was added
        assert shown.features == pytest.approx({k: v for k, v in r.sources.items()}, abs=1e-3)


def test_a_verdict_knows_the_answer_it_is_about(person: Recommender, log: Log) -> None:
    answer = person.ask("sad piano", limit=3)
    inside, outside = person.like(answer.results[1].item.id), person.like(having(person.index, "grunge", 1)[0])
    assert (inside.impression, inside.rank) == (answer.id, 2) and (outside.impression, outside.rank) == (None, None)
    assert [e.id for e in log.events()] == [inside.id, outside.id]
    assert inside.thing.facets["artist"] == (answer.results[1].item.creator,) and inside.thing.numbers["year"] == answer.results[1].item.numbers["year"]


def test_verdicts_on_what_is_not_there_are_refused(person: Recommender, music: Catalog, semantic: Semantic) -> None:
    with pytest.raises(UsageError, match="nosuch"):
        person.like("nosuch")
    with pytest.raises(UsageError, match="memory"):
        Recommender(music, None, semantic=semantic).like("m0001")
    with pytest.raises(UsageError):
        person.rate("m0001", 7)


def test_a_log_that_cannot_be_used_costs_the_memory_and_not_the_answer(music: Catalog, semantic: Semantic, tmp_path: Path) -> None:
    folder = tmp_path / "log.sqlite"
    folder.mkdir()
    person = Recommender(music, None, semantic=semantic, memory=Memory(music, Log(folder)))
    answer = person.ask("rock songs")
    assert len(answer) == 5 and {w.code for w in answer.warnings} == {"store"}
    with pytest.raises(StoreError):
        person.like("m0001")


# --- chance ----------------------------------------------------------------------------------------------------------


def test_chance_shows_other_rows_and_says_how_probable_they_were(person: Recommender, log: Log) -> None:
    plain = ids(person.ask("rock songs", limit=5))
    seen = [tuple(ids(person.ask("rock songs", limit=5, explore=0.5))) for _ in range(12)]
    assert len({*seen}) > 6 and {i for some in seen for i in some} - {*plain}
    chances = [s.propensity for i in log.impressions()[1:] for s in i.shown]
    assert all(0 < p <= 1 for p in chances) and min(chances) < 0.5
    assert all("explore" not in s.features for i in log.impressions() for s in i.shown)
    assert [i.explore for i in log.impressions()] == [0.0] + [0.5] * 12


# --- fusion with a person ----------------------------------------------------------------------------------------------


def test_personal_signals_stand_beside_the_requests_own() -> None:
    ones = numpy.ones(2, dtype=numpy.float32)
    table = {Source.TEXT: numpy.array([1.0, 0.5]), Source.FACET: numpy.array([0.0, 1.0]), Source.TASTE: numpy.array([1.0, -1.0])}
    weights = Weights(text=1.0, vector=5.0, facet=3.0, taste=0.8)
    features, shares, score = fuse(table, weights, ones, Personal({}, {Source.TASTE: 0.5}))
    assert features[Source.TEXT] == pytest.approx([0.25, 0.125]) and features[Source.FACET] == pytest.approx([0, 0.75])
    assert features[Source.TASTE] == pytest.approx([0.4, -0.4])  # .8 x .5
    assert score == pytest.approx([0.65 / 1.4, 0.475 / 1.4]) and sum(shares.values()) == pytest.approx(score)


def test_a_multiplier_of_nothing_switches_a_signal_off() -> None:
    ones = numpy.ones(2, dtype=numpy.float32)
    table = {Source.TEXT: numpy.array([1.0, 0.5]), Source.VECTOR: numpy.array([0.0, 1.0])}
    _, _, score = fuse(table, Weights(text=1.0, vector=1.0), ones, Personal(multipliers={Source.VECTOR: 0.0}))
    assert score == pytest.approx([1.0, 0.5])
    assert [NOBODY.multiplier(name) for name in (Source.TEXT, Source.TASTE, Source.NOVELTY, Source.ADAPTER)] == [1.0, 1.0, 0.0, 0.0]


def test_a_taste_chooses_among_rows_that_fit_alike(music: Catalog, read: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows have the wished tag than the pool takes: the liked one is found among them, wherever it stands in the file."""
    query = read("music", "american songs")
    taste = numpy.full(music.index.rows, -0.5, dtype=numpy.float32)
    fitting = music.index.facet_rows([w for wish in query.wishes for w in wish.exact])
    monkeypatch.setattr("recsh.retrieve.POOL", 300)
    assert len(fitting) > 300
    last = fitting[-1]
    taste[last] = 1.0
    found = retrieve(query, music.index, personal=Personal({Source.TASTE: taste}, {Source.TASTE: 1.0}), limit=5)
    assert found.candidates[0].item.n == last


def test_hidden_rows_are_hidden(music: Catalog, read: Callable) -> None:
    query = read("music", "thrash metal")
    first = retrieve(query, music.index, limit=3).candidates
    rest = retrieve(query, music.index, limit=3, personal=Personal(hidden=(first[0].item.n,))).candidates
    assert rest[0].item.n == first[1].item.n


def test_for_me_lets_the_taste_lead() -> None:
    usual, mine = weights_for(FOR_ME, has_vectors=False), weights_for(FOR_ME, has_vectors=False, for_me=True)
    assert mine.taste > 1 >= usual.taste and mine.text == usual.text


# --- what vectors tell -----------------------------------------------------------------------------------------------


def test_what_vectors_tell_is_learned_kept_and_used_once_it_is_trusted(shelf: Callable[..., Catalog], log: Log, tmp_path: Path) -> None:
    """Verdicts with their requests' vectors go through the log into an adapter; it has no say before it has shown that it foretells verdicts."""
    rng = numpy.random.default_rng(3)
    rows, dims = 300, 32
    vectors = rng.normal(size=(rows, dims)).astype(numpy.float32)
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    hidden = vectors @ rng.normal(size=dims)
    catalog = shelf(["id", "title"], [[f"i{n}", f"Thing {n}"] for n in range(rows)], [Column("id", Role.ID), Column("title", Role.TITLE)], vectors)

    class Space(Semantic):
        """Requests in the space of those vectors, each in a direction of its own."""

        def request(self, text: str, index: Index) -> numpy.ndarray:
            found = numpy.random.default_rng(crc32(text.encode())).normal(size=dims)
            return (found / numpy.linalg.norm(found)).astype(numpy.float32)

        def head(self, text: str, index: Index) -> None:
            return None

    memory = Memory(catalog, log)
    person = Recommender(catalog, None, semantic=Space(), memory=memory)
    assert memory.known().adapter is None
    for n in range(30):
        for r in person.ask(f"thing number {n}", limit=8):
            person.judge(r.item.id, Verdict.LIKE if hidden[r.item.n] > 0 else Verdict.SKIP)
    adapter = memory.known().adapter
    assert adapter is not None and adapter.examples > 150
    again = Memory(catalog, log)  # another process finds it as it was kept
    assert numpy.array_equal(again.known().adapter.w, adapter.w) and [*(paths.cache_dir() / "adapters").glob("*.npz")]
    vector = Space().request("thing number 7", catalog.index)
    signals = again.personal(FOR_ME, Options(), vector).signals
    assert (Source.ADAPTER in signals) == adapter.trusted
    again._known = replace(again.known(), adapter=replace(adapter, weight=1.0))
    signal = again.personal(FOR_ME, Options(), vector).signals[Source.ADAPTER]
    assert signal.shape == (rows,) and signal.min() >= 0 and signal.max() <= 1
    assert signal[3] == pytest.approx(adapter.scores(vector, catalog.index.vectors[3:4])[0], abs=1e-3)


def test_ratings_that_cannot_be_read_are_a_warning(music: Catalog, semantic: Semantic, log: Log) -> None:
    def broken() -> None:
        raise CatalogError("ratings.csv: gone", "")

    person = Recommender(music, None, semantic=semantic, memory=Memory(music, log, broken))
    person.like("m0001")
    answer = person.ask("piano")
    assert len(answer) == 5 and [w.code for w in answer.warnings] == ["ratings"] and "ratings.csv" in answer.warnings[0].message
