"""What came of it: the log of answers and verdicts as counts and rates, per catalog and over time.

    found = stats_of(log.impressions(), log.events(), now=time.time())
    found.catalogs["music"].hit_rate         # of the answers about which something was said, how many had something that was liked

An answer is judged if something was said of what it showed that likes or dislikes (a note and "seen already" do neither); it hit if something
was liked, and `first` is the mean of 1/rank of the first liked thing (0 where nothing was), the reciprocal rank as in `metrics`. What was imported is
counted apart: nobody asked for it here.

Leaves out: what was learned (see `learn`), how good the order is for labelled requests (see `evaluate`), drawing (see `cli.stats`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, sqrt
from typing import Any

from msgspec import Struct, field

from recsh.types import Event, Impression

DAY = 86_400.0
PERIODS = 28  # of the time line at most
_Z = 1.959964  # 97.5% of a normal distribution lies below


class Counts(Struct):
    """What happened: `answers` shown and `by_model` how many of them with weights' part, `judged` of them and `hits` among those, `reciprocal` the
    sum of 1/rank of the first liked thing, `verdicts` by their kind, `liked` and `disliked` of them (a rating is either, or neither), `imported`."""

    answers: int = 0
    by_model: int = 0
    judged: int = 0
    hits: int = 0
    reciprocal: float = 0.0
    liked: int = 0
    disliked: int = 0
    imported: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    first_at: float | None = None
    last_at: float | None = None

    @property
    def said(self) -> int:
        """Verdicts that were given here, of every kind."""
        return self.verdicts.total()

    @property
    def hit_rate(self) -> float | None:
        return self.hits / self.judged if self.judged else None

    @property
    def first(self) -> float | None:
        return self.reciprocal / self.judged if self.judged else None

    def at(self, moment: float) -> None:
        self.first_at = moment if self.first_at is None else min(self.first_at, moment)
        self.last_at = moment if self.last_at is None else max(self.last_at, moment)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, every key always there; rates are null where nothing was judged."""
        low, high = wilson(self.hits, self.judged)
        return {
            "answers": self.answers, "with_model": self.by_model, "judged": self.judged, "hits": self.hits,
            "hit_rate": None if self.hit_rate is None else round(self.hit_rate, 4), "hit_rate_low": low, "hit_rate_high": high,
            "first_liked_mrr": None if self.first is None else round(self.first, 4), "verdicts": dict(sorted(self.verdicts.items())), "liked": self.liked,
            "disliked": self.disliked, "imported": self.imported,
        }  # fmt: skip


class Stats(Struct, frozen=True):
    """`catalogs` by their keys, the most used first; `whole` is all of them; `periods` (start, counts) of `days` each, oldest first, the last ending now."""

    whole: Counts
    catalogs: Mapping[str, Counts]
    periods: Sequence[tuple[float, Counts]]
    days: int

    @property
    def empty(self) -> bool:
        return not (self.whole.answers or self.whole.said or self.whole.imported)


def stats_of(impressions: Iterable[Impression], events: Iterable[Event], *, now: float, periods: int = PERIODS) -> Stats:
    """Count a log. A moment in the future, by a clock that was wrong, counts as now."""
    shown, said = [*impressions], [*events]
    moments = [min(x.at, now) for x in (*(i for i in shown if not i.source), *(e for e in said if not e.source))]
    span = now - min(moments, default=now)
    days = max(1, ceil(span / DAY / periods))
    number = min(periods, max(1, ceil(span / DAY / days)))
    start = now - number * days * DAY
    whole, every, line = Counts(), defaultdict[str, Counts](Counts), [Counts() for _ in range(number)]

    def told(catalog: str, at: float) -> tuple[Counts, Counts, Counts]:
        place = int((min(at, now) - start) / (days * DAY))
        return whole, every[catalog], line[max(0, min(number - 1, place))]

    of = _judged(shown, said)
    for i in shown:
        for counts in told(i.catalog, i.at) if not i.source else ():
            counts.answers += 1
            counts.by_model += i.engine is not None
            counts.at(i.at)
            if (rank := of.get(i.id)) is not None:
                counts.judged += 1
                counts.hits += rank > 0
                counts.reciprocal += 1 / rank if rank else 0.0
    for e in said:
        if e.source:
            whole.imported += 1
            every[e.catalog].imported += 1
            continue
        for counts in told(e.catalog, e.at):
            counts.verdicts[e.verdict.value] += 1
            counts.liked += e.worth > 0
            counts.disliked += e.worth < 0
            counts.at(e.at)
    used = sorted(every, key=lambda key: (-every[key].answers, -every[key].said, -every[key].imported, key))
    return Stats(whole, {key: every[key] for key in used}, [(start + n * days * DAY, c) for n, c in enumerate(line)], days)


def _judged(shown: Sequence[Impression], said: Iterable[Event]) -> dict[str, int]:
    """Answer -> the rank of the first thing in it that was liked, 0 if something was said and nothing liked. The newest verdict on a thing counts."""
    places = {i.id: {s.item_id: s.rank for s in i.shown} for i in shown if not i.source}
    newest: dict[tuple[str, str], float] = {}
    for e in sorted(said, key=lambda e: (e.at, e.id)):
        if e.worth and e.impression in places and e.thing.id in places[e.impression]:
            newest[e.impression, e.thing.id] = e.worth
    out: dict[str, int] = {}
    for (answer, item), worth in newest.items():
        rank = max(1, places[answer][item]) if worth > 0 else 0
        out[answer] = min(filter(None, (out.get(answer, 0), rank)), default=0)
    return out


def wilson(hits: int, n: int) -> tuple[float | None, float | None]:
    """The 95% score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22): it stays within 0..1 however few there are. (None, None) for none.

    >>> wilson(7, 10), wilson(0, 5)
    ((0.3968, 0.8922), (0.0, 0.4345))
    """
    if not n:
        return None, None
    p, z2 = hits / n, _Z * _Z
    middle, spread = p + z2 / (2 * n), _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return round(max(0.0, (middle - spread) / (1 + z2 / n)), 4), round(min(1.0, (middle + spread) / (1 + z2 / n)), 4)
