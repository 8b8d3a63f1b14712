"""No flood of verdicts outweighs a person: what is told in one go counts as so much at most, and who speaks louder than that is named.

    group     what was told in one go: an import, a conversation, a day of commands
    item      counts as `ITEM_CAP` verdicts at most, however often it is judged, where every verdict counts (see `learn`); as one elsewhere
    group     counts as `GROUP_CAP` verdicts at most, an import as `IMPORT_CAP`, be it ten thousand; each of them counts that much less

So a log with n verdicts of one's own beside a flood of any size is ranked by as if the flood had so few. Alone, a large import loses nothing:
only what verdicts count beside those of other groups is scaled. Pure. Leaves out: taste and weights themselves (see `taste`, `learn`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from msgspec import Struct

from recsh.types import Event, Origin

ITEM_CAP = 2.0  # verdicts that one item may count as
GROUP_CAP = 60.0  # ... and that one conversation, or one day of commands, may
IMPORT_CAP = 30.0  # ... and one import, which somebody else may have written
DAY = 86_400.0  # seconds
LOUD = 0.5  # share of all verdicts from which a group that is over its cap is named
REPEATED = 10  # verdicts on one item from which it is named
AGENDA = 0.8  # share of a group's likes, or dislikes, that one creator or tag has, from which it is named ...
UNUSUAL = 3.0  # ... if that is so many times its share elsewhere
FEW = 20  # verdicts below which no group has an agenda


def group_of(event: Event) -> Hashable:
    """What an event was told in: its import, else its conversation, else its day."""
    return event.source or event.session or int(event.at // DAY)


def cap_of(event: Event) -> float:
    """How many verdicts the group of an event may count as."""
    return IMPORT_CAP if event.source else GROUP_CAP


def shares(weights: Sequence[float], events: Sequence[Event]) -> list[float]:
    """What the weight (0 or more) of each event is multiplied by so that no group counts more than it may."""
    totals: dict[Hashable, float] = {}
    for event, weight in zip(events, weights, strict=True):
        totals[group_of(event)] = totals.get(group_of(event), 0.0) + weight
    return [min(1.0, cap_of(e) / totals[group_of(e)]) if totals[group_of(e)] else 1.0 for e in events]


def heard(events: Sequence[Event]) -> list[Event]:
    """The events without what an import says of items that were judged here: of those it says nothing new."""
    here = {(e.catalog, e.thing.id) for e in events if e.worth and not e.source}
    return [e for e in events if not (e.source and e.worth and (e.catalog, e.thing.id) in here)]


def capped(weights: Sequence[float], groups: Sequence[Hashable], cap: float) -> list[float]:
    """What each weight (0 or more) is multiplied by so that those of a group sum to `cap` at most."""
    totals: dict[Hashable, float] = {}
    for group, weight in zip(groups, weights, strict=True):
        totals[group] = totals.get(group, 0.0) + weight
    return [min(1.0, cap / totals[group]) if totals[group] else 1.0 for group in groups]


def later(events: Sequence[Event]) -> list[float]:
    """How many verdicts came after each of these (oldest first): of other groups as many as they count, so that a flood does not make the rest old."""
    counts: Counter[Hashable] = Counter()
    total = 0.0  # over groups, each up to the cap
    out = []
    for event in reversed(events):
        group, cap = group_of(event), cap_of(event)
        own = counts[group]
        out.append(total - min(own, cap) + own)
        counts[group] += 1
        total += own < cap
    return out[::-1]


def says(events: Sequence[Event]) -> dict[tuple[str, str], float]:
    """(catalog, item) -> what its newest verdict (of these, oldest first) counts, 0..1: 1 in the groups that are cut least."""
    newest = {(e.catalog, e.thing.id): e for e in events if e.worth}
    factors = shares([abs(e.worth) for e in newest.values()], [*newest.values()])
    most = max(factors, default=1.0)
    return {name: factor / most for name, factor in zip(newest, factors, strict=True)}


# --- who speaks too loud ---------------------------------------------------------------------------------------------


class Loud(Struct, frozen=True):
    """Something that speaks louder than it counts: `kind` "import", "conversation", "day" or "item", `name` its session, import or id, `verdicts`
    how many there are, of `total`; `why` in words, `remove` the options of `recsh history rm` that take it back, empty if there is no single one."""

    kind: str
    name: str
    verdicts: int
    total: int
    why: str
    remove: str = ""


def loud(events: Sequence[Event]) -> list[Loud]:
    """The groups and items that speak too loud, the loudest first."""
    judged = [e for e in events if e.worth]
    groups: dict[Hashable, list[Event]] = {}
    for e in judged:
        groups.setdefault(group_of(e), []).append(e)
    found = []
    for told in groups.values():
        why = []
        if len(told) > cap_of(told[0]) and len(told) > LOUD * len(judged) and len(groups) > 1:
            why.append(f"{len(told):,} of {len(judged):,} verdicts, which count as {cap_of(told[0]):.0f}")
        if agenda := _agenda(told, judged):
            why.append(agenda)
        if why:
            kind, remove = _named(told[0])
            name = told[0].source or told[0].session or str(int(told[0].at // DAY))
            found.append(Loud(kind, name, len(told), len(judged), "; ".join(why), remove))
    for (catalog, item), count in Counter((e.catalog, e.thing.id) for e in judged).items():
        if count >= REPEATED:
            title = next(e.thing.title for e in reversed(judged) if (e.catalog, e.thing.id) == (catalog, item))
            found.append(Loud("item", item, count, len(judged), f"{title!r} was judged {count:,} times, which count as {ITEM_CAP:.0f} at most", f"--item {item}"))
    return sorted(found, key=lambda x: -x.verdicts)


def _named(event: Event) -> tuple[str, str]:
    """(kind, how it is removed)."""
    if event.source:
        return "import", f"--import {event.source}"
    if event.session:
        return ("import" if event.origin is Origin.IMPORT else "conversation"), f"--session {event.session}"
    return "day", ""


def _agenda(told: Sequence[Event], everything: Sequence[Event]) -> str:
    """What nearly all of a group's likes, or dislikes, have in common that elsewhere is rare; empty if there is nothing or nothing to compare with."""
    others = [e for e in everything if group_of(e) != group_of(told[0])]
    if len(told) < FEW or len(others) < FEW:
        return ""
    for sign, word in ((1, "likes"), (-1, "dislikes")):
        side = [e for e in told if e.worth * sign > 0]
        if len(side) < FEW:
            continue
        counts = Counter(f for e in side for f in _facets(e))
        usual = Counter(f for e in others for f in _facets(e))
        for (column, value), count in counts.most_common(5):
            share, elsewhere = count / len(side), (usual[column, value] + 1) / (len(others) + 1)
            if share >= AGENDA and share > UNUSUAL * elsewhere:
                return f"{share:.0%} of its {word} have {column} {value!r}, elsewhere {usual[column, value] / len(others):.0%} do"
    return ""


def _facets(event: Event) -> set[tuple[str, str]]:
    return {(column, value) for column, values in event.thing.facets.items() for value in values}
