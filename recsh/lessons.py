"""The log as lessons for weights that judge: one a verdict, each the very question that the model would have been asked at that moment, and the
right answer.

    told = lessons(recommender, log, form)          of one catalog, oldest first
    told[0].prompt, told[0].yes, told[0].weight

The question is the one that the row answered ("something I would like" if there was none), with the rows that its "like X" named and the taste as
it was before. A flood counts no more than elsewhere (see `floods`). What was said before a taste was reset teaches nothing.

Leaves out: learning from them (see `tune`), writing them down for other trainers (see `examples`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from recsh import floods, taste
from recsh.engine import JudgePrompt
from recsh.opinion import UNSAID, sway
from recsh.prompt import judge_prompt
from recsh.request import Query
from recsh.types import Event, Item

if TYPE_CHECKING:
    from recsh.feedback import Log
    from recsh.recommend import Recommender

NEWEST = 600  # lessons, of one catalog
EVENTS = 5000  # events that the taste is made of, as in an answer
ANEW = 8  # verdicts without an answer after which the taste is looked at anew


class Lesson(Struct, frozen=True):
    """One verdict: `prompt` asks about one row, `yes` is what should be said, `weight` above 0 how much it counts. `score` is what recsh gave the row,
    0..1: in its answer, or where there was none (`answered` False), by the taste of before. `sway` as in `opinion`: what part of the model's weight
    counts for this question. `query`, `references` and `item` are what the prompt was made from, `group` what it was told in."""

    catalog: str
    at: float
    yes: bool
    weight: float
    worth: float
    prompt: JudgePrompt
    score: float
    answered: bool
    sway: float
    query: Query
    references: tuple[Item, ...]
    item: Item
    group: str


def lessons(recommender: Recommender, log: Log, form: str, *, limit: int = NEWEST, told: bool = True) -> list[Lesson]:
    """The newest lessons of the recommender's catalog, oldest first, for weights that are asked in this `form`, `told` of the taste in words or not;
    weights average 1. Raises `StoreError`."""
    key, index = recommender.catalog.entry.key, recommender.index
    events = log.events(limit=EVENTS)
    marks = log.marks(key)
    answers = {i.id: i for i in log.impressions(key)}
    verdicts = _counting(events, key, [m for m in marks if m.kind == "reset"])[-limit:]
    weights = _weights([e for _, e in verdicts])
    past = _Past(recommender, events, marks)
    asked: dict[tuple[str, str], tuple[Query, tuple[Item, ...]]] = {}
    out = []
    for (n, event), weight in zip(verdicts, weights, strict=True):
        row = index.by_id(event.thing.id)
        if row is None:  # it is not in the catalog any more
            continue
        (item,) = index.items([row])
        answer = answers.get(event.impression or "")
        text, context = (answer.query, answer.context or "") if answer else ("", "")
        if (text, context) not in asked:
            query, references = recommender.asked(text, context or None)
            asked[text, context] = (query if query.text else replace(query, text=UNSAID)), tuple(references)
        query, references = asked[text, context]
        past.go_to(n, event)
        shown = next((s.score for s in answer.shown if s.item_id == event.thing.id), None) if answer else None
        prompt = judge_prompt(query, [item], index.columns, references=references, taste=past.lines if told else (), context=context or None, form=form)
        score = past.score(row) if shown is None else min(1.0, max(0.0, shown))
        out.append(Lesson(
            key, event.at, event.worth > 0, weight, event.worth, prompt, score, shown is not None, sway(query, form), query, references, item, str(floods.group_of(event)),
        ))  # fmt: skip
    return sorted(out, key=lambda lesson: lesson.at)


def _counting(events: Sequence[Event], catalog: str, resets: Sequence[taste.Marked]) -> list[tuple[int, Event]]:
    """(place in `events`, event) of the verdicts that count: the newest on a row of an answer, or on a row without one."""
    heard = {id(e) for e in floods.heard([e for e in events if e.catalog == catalog])}
    newest: dict[tuple[str, str], tuple[int, Event]] = {}
    for n, event in enumerate(events):
        if event.worth and id(event) in heard and not any(taste.before(event, mark) for mark in resets):
            name = event.impression or "", event.thing.id
            newest.pop(name, None)
            newest[name] = n, event
    return list(newest.values())


def _weights(events: Sequence[Event]) -> list[float]:
    base = [abs(e.worth) for e in events]
    for factors in (floods.capped(base, [e.thing.id for e in events], floods.ITEM_CAP), floods.shares(base, events)):
        base = [weight * factor for weight, factor in zip(base, factors, strict=True)]
    mean = sum(base) / max(1, len(base))
    return [weight / mean for weight in base]


class _Past:
    """What was known of the person before an event: looked at anew for every answer, and for every `ANEW` verdicts without one."""

    def __init__(self, recommender: Recommender, events: Sequence[Event], marks: Sequence[taste.Marked]) -> None:
        self._index, self._key = recommender.index, recommender.catalog.entry.key
        self._events, self._marks = events, marks
        self._at: tuple[str, int] | None = None
        self._taste = taste.Taste()
        self._signal: Sequence[float] | None = None
        self.lines: tuple[str, ...] = ()

    def go_to(self, n: int, event: Event) -> None:
        """Before the event at place `n`, or somewhat earlier."""
        at = (event.impression, 0) if event.impression else ("", n // ANEW)
        if at == self._at:
            return
        before = self._events[: n if event.impression else n // ANEW * ANEW]
        marks = [m for m in self._marks if m.at <= event.at]
        self._taste = taste.placed(taste.taste_of(before, marks, catalog=self._key, now=event.at), self._index)
        self._at, self._signal, self.lines = at, None, taste.lines(self._taste)

    def score(self, row: int) -> float:
        """What that taste says of a row, 0..1."""
        if self._signal is None:
            self._signal = taste.signal(self._taste, self._index)
        return (1.0 + float(self._signal[row])) / 2.0
