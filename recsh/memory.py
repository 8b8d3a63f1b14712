"""What is known of the person, for one catalog: the log read as taste, neighbours, learned weights and what not to show again; and new
answers and verdicts written down.

Everything is derived from the log, when it is needed and after every change of it: there is no other state that could differ from it.
Leaves out: the log (see `feedback`), how a taste is made of events (see `taste`), how weights are learned (see `learn`), how ratings of
others become scores (see `collab`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from recsh import affinity, explore, floods, learn, personal, taste
from recsh.catalog import Catalog
from recsh.errors import RecshError
from recsh.feedback import Log
from recsh.fusion import EXPLORE, POPULAR, Personal
from recsh.request import Query
from recsh.types import Answer, Candidate, Event, Impression, Item, Origin, Shown, Source, Thing, Verdict
from recsh.verdicts import event_of
from recsh.work import Options, Work

if TYPE_CHECKING:
    import numpy

    from recsh.adapter import Adapter
    from recsh.collab import Collab

EVENTS = 5000  # the newest events that make the taste
IMPRESSIONS = 500  # the newest answers that weights are learned from
NAMED = 3  # verdicts that something named in the question counts as
BAD = -0.4  # a verdict below this keeps an item away
SURE = 3  # verdicts at which what others like has half its say
RECENT = 30  # answers in which an item that was passed over counts as less new


class _Known(Struct, frozen=True):
    """The log as of one moment: `taste`, `ranker`, `adapter`; the worth of judged rows, how much of it counts beside others' (0..1, see `floods`),
    how often they were judged, the rows consumed, and how often a row was shown of late and passed over."""

    taste: taste.Taste
    ranker: learn.Ranker
    adapter: Adapter | None
    worth: Mapping[int, float]
    says: Mapping[int, float]
    judged: Mapping[int, int]
    consumed: frozenset[int]
    passed: Mapping[int, int]


class Memory:
    """The person's memory for one open catalog. `collab` gives what others' ratings say, or is None; `clock` seconds since 1970."""

    def __init__(self, catalog: Catalog, log: Log, collab: Collab | Callable[[], Collab | None] | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.catalog = catalog
        self.index = catalog.index
        self.log = log
        self.clock = clock
        self._collab = collab
        self.problem = ""
        self._stamp: object = None
        self._known: _Known | None = None

    @property
    def key(self) -> str:
        """What the log calls this catalog."""
        return self.catalog.entry.key

    @property
    def collab(self) -> Collab | None:
        """Others' ratings, opened when first needed; None if the catalog has none, or they cannot be read: `problem` says why then."""
        if callable(self._collab):
            try:
                self._collab = self._collab()
            except RecshError as error:
                self._collab, self.problem = None, f"answered without the ratings of others: {error.message}"
        return self._collab

    def known(self) -> _Known:
        """What the log adds up to now. Raises `StoreError` if it cannot be read."""
        stamp = self.log.stamp()
        if self._known is None or stamp != self._stamp:
            self._known, self._stamp = self._read(), stamp
        return self._known

    def _read(self) -> _Known:
        events = self.log.events(limit=EVENTS, each=EVENTS // 2)
        own = [e for e in floods.heard(events) if e.catalog == self.key]
        impressions = self.log.impressions(self.key, limit=IMPRESSIONS, each=IMPRESSIONS // 2)
        at = {e.thing.id: self.index.by_id(e.thing.id) for e in own}
        judged: dict[str, float] = {}
        for e in own:  # the newest verdict of an item is the one that counts, and its place among the others
            if e.worth:
                judged.pop(e.thing.id, None)
                judged[e.thing.id] = e.worth
        consumed = frozenset(n for e in own if e.verdict is Verdict.CONSUMED and (n := at[e.thing.id]) is not None)
        passed: dict[int, int] = {}
        for impression in [i for i in impressions if not i.source][-RECENT:]:
            for shown in impression.shown:
                if shown.item_id not in judged and (n := self.index.by_id(shown.item_id)) is not None:
                    passed[n] = passed.get(n, 0) + 1
        times = Counter(e.thing.id for e in own if e.worth)
        says = {item: share for (_, item), share in floods.says(own).items()}
        seen = learn.examples(impressions, own)
        adapter = affinity.trained(self.index, impressions, seen, f"{self.log.stamp(self.key)[:3]} {self.index.folder.name}")
        return _Known(
            taste.placed(taste.taste_of(events, self.log.marks(self.key), catalog=self.key, now=self.clock()), self.index),
            learn.learn(seen, prior={Source.ADAPTER: adapter.weight} if adapter else {}), adapter,
            {n: worth for i, worth in judged.items() if (n := at[i]) is not None}, {n: says[i] for i in judged if (n := at[i]) is not None},
            {n: count for i, count in times.items() if (n := at[i]) is not None}, consumed, passed,
        )  # fmt: skip

    def personal(self, query: Query, options: Options, vector: numpy.ndarray | None = None) -> Personal:
        """What is known of the person, as signals for retrieval. Raises `StoreError` if the log cannot be read."""
        import numpy

        known = self.known()
        signals: dict[str, numpy.ndarray] = {}
        confidence: dict[str, float] = {}
        if not known.taste.empty:
            signals[Source.TASTE] = taste.signal(known.taste, self.index)
            confidence[Source.TASTE] = known.taste.confidence
        invented = self.catalog.entry.sample  # how well known a sample's row is, nobody knows
        if self.collab is not None and (options.for_me or not invented) and not any(c.unit == "count" for c in self.index.number_columns):
            signals[POPULAR] = self.collab.popularity()
        named = {} if invented else {r.rows[0]: 1.0 if r.liked else -1.0 for r in query.references if len(r.rows) == 1}
        if (known.worth or named) and self.collab is not None:
            # What the question names weighs like the newest verdicts: "like X" is answered by what others like who like X.
            person = {**dict.fromkeys(known.consumed - known.worth.keys(), 0.0), **{n: w * known.says[n] for n, w in known.worth.items() if n not in named}, **named}
            scores = self.collab.scores(person)
            if (top := float(scores.max(initial=0.0))) > 0:
                evidence = len(known.worth) + NAMED * len(named)
                signals[Source.COLLAB] = numpy.clip(scores / top, -1.0, 1.0)
                confidence[Source.COLLAB] = evidence / (evidence + SURE)
        if known.passed:
            signals[Source.NOVELTY] = self._novelty(known)
        if known.adapter is not None and known.adapter.trusted and vector is not None and self.index.vectors is not None:
            signals[Source.ADAPTER] = known.adapter.scores(vector, self.index.vectors).astype(numpy.float32)
        hidden = set() if options.again else known.consumed | {n for n, worth in known.worth.items() if worth < BAD}
        if options.for_me and not options.again:
            hidden |= known.worth.keys()  # what one likes, one knows
        multipliers = known.ranker.multipliers()
        if options.explore > 0:
            lot = explore.draw(known.ranker, options.explore, self._rng(options), self._judged(known))
            multipliers, signals[EXPLORE] = lot.multipliers, lot.effects.astype(numpy.float32)
        return Personal(signals, confidence, multipliers, tuple(sorted(hidden)))

    def _judged(self, known: _Known) -> numpy.ndarray:
        """How often each row was judged, (rows,)."""
        import numpy

        out = numpy.zeros(self.index.rows)
        out[list(known.judged)] = [*known.judged.values()]
        return out

    def _rng(self, options: Options) -> numpy.random.Generator:
        """Chance: the same for the same seed and log, another after every answer that was written down."""
        import numpy

        return numpy.random.default_rng([options.seed, *self.log.stamp()])

    def _propensities(self, work: Work, chosen: Sequence[Candidate]) -> Mapping[int, float]:
        """Position -> how probable it was that chance would show that row; 1 without chance."""
        if work.options.explore <= 0:
            return {}
        known = self.known()
        place = {c.item.n: i for i, c in enumerate(work.candidates)}
        chances = explore.propensities(
            [_logged(c) for c in work.candidates], known.ranker, work.options.explore, len(chosen), rng=self._rng(work.options),
            judged=self._judged(known)[list(place)], shown=[place[c.item.n] for c in chosen],
        )  # fmt: skip
        return {c.item.n: float(chances[place[c.item.n]]) for c in chosen}

    def connections(self, items: Sequence[Item]) -> list[personal.Connection | None]:
        """What in the log connects each of these rows with the person, None where nothing does."""
        known = self.known()
        if known.taste.empty:
            return [None] * len(items)
        because: dict[int, Thing] = {}
        if self.collab is not None and not self.catalog.entry.sample:  # a sample's ratings are nobody's: "people who liked" would be untrue
            liked = {n: worth for n, worth in known.worth.items() if worth > 0}
            of = {thing.id: thing for thing, _ in known.taste.liked}
            for item in items:
                if (n := self.collab.because(liked, item.n)) is not None and (thing := of.get(self.index.items([n])[0].id)):
                    because[item.n] = thing
        return personal.connections(items, known.taste.liked, known.taste.disliked, self.index.columns, personal.information(self.index, items), because)

    @property
    def judged(self) -> tuple[tuple[Thing, ...], tuple[Thing, ...]]:
        """(what the person likes, what they do not), newest first."""
        known = self.known().taste
        return tuple(thing for thing, _ in known.liked), tuple(thing for thing, _ in known.disliked)

    def _novelty(self, known: _Known) -> numpy.ndarray:
        """1 for what was never shown of late, 1 / (1 + n) for what was passed over n times, (rows,)."""
        import numpy

        out = numpy.ones(self.index.rows, dtype=numpy.float32)
        rows = numpy.fromiter(known.passed, dtype=numpy.int64)
        out[rows] = 1.0 / (1.0 + numpy.fromiter(known.passed.values(), dtype=numpy.float32))
        return out

    def lines(self) -> tuple[str, ...]:
        """The taste as lines of a prompt ("Liked: ..."), none if nothing is known."""
        return taste.lines(self.known().taste)

    def show(self, work: Work, chosen: Sequence[Candidate], answer: Answer) -> None:
        """Write an answer down as it was shown. Raises `StoreError`."""
        chances = self._propensities(work, chosen)
        shown = tuple(Shown(c.item.id, c.item.title, rank, c.score, chances.get(c.item.n, 1.0), _logged(c)) for rank, c in enumerate(chosen, 1))
        options = work.options
        engine = answer.engine["name"] if answer.engine else None
        self.log.show(Impression(answer.id, self.key, self.clock(), answer.query, shown, options.context, options.where, engine, options.explore, options.session, affinity.packed(work.vector)))

    def judge(
        self, item: Item, verdict: Verdict, *, value: float | None = None, note: str = "", origin: Origin = Origin.API, session: str = "", impression: Impression | None = None
    ) -> Event:
        """Write a verdict down; it is on disk when this returns. `impression` is the answer it is about, by default the last one if the item
        was in it. Raises `StoreError`, and `UsageError` for a rating that is none."""
        event = event_of(
            verdict, item, self.index.columns, self.key, self.clock(), last=impression or self.log.last(self.key), value=value, note=note, origin=origin, session=session
        )
        return replace(event, id=self.log.add([event])[0])


def _logged(c: Candidate) -> dict[str, float]:
    """The features that weights are learned from: what chance added is none."""
    return {name: round(value, 5) for name, value in c.features.items() if name != EXPLORE}
