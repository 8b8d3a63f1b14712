"""A flood of verdicts, or an imported log with an agenda, moves answers by so much and no more, is named, and goes without a trace."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace
import numpy
import pytest

from recsh import backup, taste
from recsh.catalog import Catalog
from recsh.feedback import FORGET, RESET, Log, Mark
from recsh.floods import IMPORT_CAP, capped, later, loud, says
from recsh.forgetting import forget
from recsh.memory import Memory
from recsh.recommend import Recommender
from recsh.removal import Criteria
from recsh.semantic import Semantic
from recsh.types import Event, Impression, Origin, Shown, Thing, Verdict
from recsh.verdicts import event_of

NOW = 1_700_000_000.0
QUESTIONS = ("war films", "comedies for the evening", "films like Alien", "")


def event(n: int, verdict: Verdict = Verdict.LIKE, **more: object) -> Event:
    return replace(Event("music", Thing(f"m{n}", f"Title {n}", "", {"genre": ("rock",)}), verdict, NOW + n), **more)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log(tmp_path / "log.sqlite") as log:
        yield log


@pytest.fixture
def person(movies: Catalog, semantic: Semantic, log: Log) -> Recommender:
    """Somebody who told recsh forty things in ten days, on a catalog with ratings of others."""
    from recsh.collab import load_collab

    own = Recommender(movies, None, semantic=semantic, memory=Memory(movies, log, load_collab(movies), clock=lambda: NOW))
    log.add([told(movies, n * 11, Verdict.DISLIKE if n % 4 == 3 else Verdict.LIKE, at=NOW - 86_400.0 * (40 - n) / 4) for n in range(40)])
    return own


def told(catalog: Catalog, n: int, verdict: Verdict, at: float = NOW, **more: object) -> Event:
    (item,) = catalog.index.items([n])
    return replace(event_of(verdict, item, catalog.index.columns, catalog.entry.key, at), **more)


def having(catalog: Catalog, tag: str) -> list[int]:
    found = catalog.index.facets([tag])[tag]
    return catalog.index.facet_rows([f.f for f in found]).tolist()


def answers(person: Recommender) -> list[list[tuple[str, float, dict[str, float]]]]:
    """What is answered to a few questions: id, score and what made it, of each line."""
    return [[(r.item.id, r.score, dict(r.sources)) for r in person.ask(q, limit=20, for_me=not q, log=False)] for q in QUESTIONS]


def signal(person: Recommender) -> numpy.ndarray:
    return taste.signal(person.memory.known().taste, person.index)


# --- how far it moves an answer --------------------------------------------------------------------------------------


def test_ten_thousand_likes_of_one_item_are_one_like(person: Recommender, log: Log) -> None:
    n = having(person.catalog, "western")[0]
    log.add([told(person.catalog, n, Verdict.LIKE)])
    once = answers(person)
    for _ in range(10):
        log.add([told(person.catalog, n, Verdict.LIKE) for _ in range(1000)])
    assert len(log.events()) == 10_041 and answers(person) == once


def test_an_import_of_any_size_weighs_as_thirty_verdicts(person: Recommender, log: Log) -> None:
    """Ten thousand likes of one kind of film, many of the same items again, move the taste no more than two hundred of them do."""
    brand = having(person.catalog, "western")
    brand = brand[: len(brand) // 2]
    before, moved = signal(person), []
    for count in (len(brand), 10_000):
        log.add([told(person.catalog, brand[k % len(brand)], Verdict.LIKE, source="import-x", session="import-x") for k in range(count)])
        moved.append(signal(person) - before)
        forget(log, Criteria(source="import-x"))
    assert numpy.abs(moved[1] - moved[0]).max() < 0.02 and numpy.abs(moved[0]).max() > 0.05
    assert numpy.array_equal(signal(person), before)


def test_conversations_that_were_imported_weigh_as_one(person: Recommender, log: Log, tmp_path: Path) -> None:
    """Five hundred of them, each with its own name, in one file."""
    brand = having(person.catalog, "western")
    events = [told(person.catalog, brand[k % len(brand)], Verdict.LIKE, NOW - 9 + k / 5000, session=f"talk {k // 20}") for k in range(10_000)]
    own = sum(abs(j.weight) for j in person.memory.known().taste.judged)
    backup.restore(log, backup.History(events), "import-talks", mine=False, now=NOW)
    known = person.memory.known().taste
    theirs = sum(abs(j.weight) for j in known.judged if j.event.source)
    left = sum(abs(j.weight) for j in known.judged if not j.event.source)
    assert theirs <= IMPORT_CAP + 1e-9 and left > own * 0.5 ** (IMPORT_CAP / taste.FADING) - 1e-6, "and makes the rest no older than that"


def test_an_agenda_moves_no_row_by_more_than_taste_weighs(person: Recommender, log: Log) -> None:
    """That is 0.6 / (1 + 0.6) of a score. What was asked for in words still leads: hardly a row of the brand comes among the first ten for it."""
    before = answers(person)
    brand = {i.id for i in person.index.items(having(person.catalog, "western"))}
    log.add([told(person.catalog, n, Verdict.LIKE, source="import-x") for n in having(person.catalog, "western")])
    after = answers(person)
    for old, new in zip(before, after, strict=True):
        was = {i: score for i, score, _ in old}
        assert all(abs(sources.get("taste", 0.0)) <= 0.375 for _, _, sources in new)
        assert all(abs(score - was[i]) <= 0.375 for i, score, _ in new if i in was)
    for old, new in zip(before[:2], after[:2], strict=True):
        assert sum(i in brand for i, _, _ in new[:10]) <= sum(i in brand for i, _, _ in old[:10]) + 2


def test_nobodys_reset_or_turn_is_mine(person: Recommender, log: Log) -> None:
    """Marks of an import are about that import; that a taste turned, an import does not tell; and dates to come are of today."""
    before = signal(person)
    mine = [j.event.thing.id for j in person.memory.known().taste.judged]
    theirs = [told(person.catalog, 700 + n, Verdict.LIKE, NOW + 1e9, id=n + 1) for n in range(3)]
    history = backup.History(theirs, [Impression("x", "movies", NOW + 1e9, "q", (Shown("x", "X", 1, 0.5),))], [Mark(RESET, None, "", NOW + 1e9, 3), Mark(FORGET, None, "drama", NOW + 1e9, 3)])
    backup.restore(log, history, "import-x", mine=False, now=NOW)
    known = person.memory.known()
    assert [j.event.thing.id for j in known.taste.judged] == mine and all(e.at <= NOW for e in log.events()) and log.last() is None
    assert [m.source for m in log.marks()] == ["import-x"] * 2 and numpy.array_equal(signal(person), before)
    liked = [e.thing for e in log.events() if e.worth > 0 and not e.source]
    log.add([replace(event(0), catalog="movies", thing=thing, verdict=Verdict.DISLIKE, source="import-y") for thing in [replace(t, id=f"{t.id}x") for t in liked] * 2])
    assert all(j.weight > 0.1 for j in person.memory.known().taste.judged if not j.event.source and j.event.worth == 1)


def test_a_flood_does_not_push_the_rest_out_of_what_is_read(log: Log) -> None:
    log.add([event(n) for n in range(50)])
    for k in range(4):
        log.add([event(100 + n, source="import-x") for n in range(2000)])
    read = log.events(limit=5000, each=2500)
    assert sum(not e.source for e in read) == 50 and sum(e.source == "import-x" for e in read) == 2500 and len(log.events(limit=5000)) == 5000
    assert [e.id for e in read] == sorted(e.id for e in read)


def test_one_import_alone_loses_nothing() -> None:
    """Only beside others is it scaled, and then all of it alike."""
    events = [event(n, source="import-x") for n in range(500)]
    assert set(says(events).values()) == {1.0} and later(events)[0] == 499 and later([event(1), *events])[0] == IMPORT_CAP
    mixed = says([event(1000), event(1001), *events])
    assert mixed["music", "m1000"] == 1.0 and mixed["music", "m3"] == pytest.approx(IMPORT_CAP / 500)
    assert capped([0.0, 30.0, 90.0], ["a", "b", "b"], 60.0) == [1.0, 0.5, 0.5]


def test_an_import_does_not_speak_for_me(person: Recommender, log: Log) -> None:
    """What it says of an item that I judged does not count, though it is told later."""
    before, hidden = signal(person), person.memory.known().worth
    log.add([replace(e, id=0, verdict=Verdict.LIKE if e.worth < 0 else Verdict.DISLIKE, source="import-x") for e in log.events()])
    assert numpy.array_equal(signal(person), before) and person.memory.known().worth == hidden


# --- who speaks too loud ---------------------------------------------------------------------------------------------


def test_who_speaks_too_loud_is_named() -> None:
    calm = [event(n, at=NOW + n * 86_400.0 / 4, thing=Thing(f"m{n}", f"T{n}", "", {"genre": (("rock", "jazz", "pop")[n % 3],)})) for n in range(60)]
    assert loud(calm) == [] and loud([]) == []
    brand = [event(1000 + n, source="import-x", thing=Thing(f"b{n}", f"B{n}", "", {"brand": ("Acme",)})) for n in range(400)]
    (flood,) = loud([*calm, *brand])
    assert (flood.kind, flood.name, flood.remove, flood.verdicts) == ("import", "import-x", "--import import-x", 400) and "count as 30" in flood.why and "'Acme'" in flood.why
    small = [replace(e, source="", session="01TALK") for e in brand[:30]]
    (agenda,) = loud([*calm, *small])
    assert agenda.kind == "conversation" and agenda.remove == "--session 01TALK" and "100% of its likes have brand 'Acme', elsewhere 0% do" in agenda.why
    (again,) = loud([*calm, *(event(7, at=NOW + k) for k in range(12))])
    assert (again.kind, again.name, again.verdicts) == ("item", "m7", 13)
    assert loud(brand) == [], "somebody's whole history is no flood: there is nothing beside it"


# --- and goes without a trace ----------------------------------------------------------------------------------------


def flooded(person: Recommender, log: Log) -> str:
    brand = having(person.catalog, "western")
    events = [told(person.catalog, n, Verdict.LIKE if k % 3 else Verdict.DISLIKE, session="their talk", origin=Origin.SENTENCE, impression="their answer", rank=1) for k, n in enumerate(brand)]
    lines = tuple(Shown(e.thing.id, e.thing.title, k, 0.5, 1.0, {"text": 0.5, "taste": 0.1}) for k, e in enumerate(events, 1))
    history = backup.History([replace(e, id=k) for k, e in enumerate(events, 1)], [Impression("their answer", "movies", NOW, "westerns", lines, session="their talk")], [Mark(FORGET, None, "drama", NOW, 5)])
    backup.restore(log, history, "import-x", mine=False, now=NOW)
    return "import-x"


WAYS: dict[str, Callable[[Log, str], object]] = {
    "undo": lambda log, name: log.undo(),
    "rm --import": lambda log, name: forget(log, Criteria(source=name)),
    "rm --session": lambda log, name: forget(log, Criteria(session="their talk")),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_taken_back_score_for_score(person: Recommender, log: Log, way: str) -> None:
    before, signals = answers(person), signal(person)
    name = flooded(person, log)
    assert answers(person) != before
    WAYS[way](log, name)
    assert answers(person) == before and numpy.array_equal(signal(person), signals)
    assert [i for i in log.impressions() if i.source] == [] and (log.marks() == [] or way == "rm --session")


def test_a_conversation_is_taken_back_score_for_score(person: Recommender, log: Log) -> None:
    before = answers(person)
    rows: Sequence[int] = having(person.catalog, "western")[:40]
    for n in rows:
        log.add([told(person.catalog, n, Verdict.LIKE, session="01TALK")])
    assert answers(person) != before
    forget(log, Criteria(session="01TALK"))
    assert answers(person) == before


def encoded(dims: int, number: float) -> str:
    return base64.b64encode(numpy.full(dims, number, dtype="<f2").tobytes()).decode()


@pytest.mark.parametrize("vector", [
    *(encoded(384, number) for number in (float("nan"), float("inf"), 65504.0, 0.0, 1.0)), "A", encoded(384, 384**-0.5)[:-1], encoded(383, 383**-0.5), encoded(384, 384**-0.5)[:-1] + "=",
])  # fmt: skip
def test_an_import_of_nonsense_costs_nothing(person: Recommender, log: Log, vector: str) -> None:
    """Vectors that are none or too short, features and scores beyond any, chances next to none: answers come, and without what such vectors would have taught."""
    assert person.index.vectors.shape[1] == 384
    events, impressions = [], []
    for k, item in enumerate(person.index.items(range(600, 680))):
        lines = (Shown(item.id, item.title, 1, 1e308, 1e-300, {"text": 1e308, "taste": -1e308, "nonsense": 1.0}),)
        impressions.append(Impression(f"a{k}", "movies", NOW - 80 + k, "q", lines, vector=vector))
        events.append(told(person.catalog, item.n, Verdict.LIKE if k % 2 else Verdict.DISLIKE, NOW - 80 + k, impression=f"a{k}", rank=1, id=k + 1))
    backup.restore(log, backup.History(events, impressions), "import-x", mine=False, now=NOW)
    assert all(0 <= score <= 1 for answer in answers(person) for _, score, _ in answer)
    assert person.memory.known().adapter is None and all(0 <= m <= 3 for m in person.memory.known().ranker.multipliers().values())
