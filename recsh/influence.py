"""What in a taste speaks for an item: the liked thing it shares most with, and what is disliked and not in it.

Everything is taken from the verdicts as they stand in the log. Leaves out: how a taste is made (see `taste`), sentences for people (see `personal`).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from recsh.index import facet_key
from recsh.cells import split
from recsh.taste import Judged, Taste
from recsh.text import clean, fold
from recsh.types import Column, Item, Role, Thing


class Influence(Struct, frozen=True):
    """What in a taste speaks for an item: the liked thing that shares most with it and the facets they share (labels as the item's row has
    them, the most telling first); `avoids` what is disliked, stands in disliked things that are else of its kind, and not in the item."""

    thing: Thing
    shared: tuple[str, ...]
    avoids: tuple[str, ...] = ()


def influences(taste: Taste, item: Item, columns: Sequence[Column]) -> Influence | None:
    """What speaks for this item, None if no liked thing shares anything telling with it. A `placed` taste knows what is telling in its catalog.

    Only what is liked on the whole counts (`Taste.telling`): a shared language tells nothing. The item itself is no influence on itself.
    """
    weights, least = {(fold(f.column), f.key): f.weight for f in taste.facets}, taste.telling
    labels: dict[tuple[str, str], str] = {}
    for column in columns:
        if column.role in (Role.TAGS, Role.CREATOR):
            labels |= {(fold(column.name), facet_key(v)): v for v in split(item.cells.get(column.name, ""), column.joiner)}
    best: tuple[float, Judged | None, list[tuple[str, str]]] = (0.0, None, [])
    for j in taste.judged:
        if j.weight <= 0 or (j.event.thing.id == item.id and j.home):
            continue
        shared = sorted((f for f in _keys(j) if f in labels and weights.get(f, 0.0) >= least), key=lambda f: (-weights[f], f))
        score = sum(weights[f] for f in shared) * j.weight**0.5
        if score > best[0]:
            best = (score, j, shared)
    if best[1] is None:
        return None
    avoided: dict[str, float] = {}
    for j in taste.judged:
        if j.weight < 0 and any(f in labels for f in _keys(j)):
            avoided |= {label: weights[c, k] for c, k, label in _labelled(j) if weights.get((c, k), 0.0) <= -least and k not in {key for _, key in labels}}
    return Influence(best[1].event.thing, tuple(dict.fromkeys(clean(labels[f]) for f in best[2])), tuple(clean(v) for v in sorted(avoided, key=lambda v: (avoided[v], v))))


def _labelled(j: Judged) -> list[tuple[str, str, str]]:
    return [(fold(column), key, label) for (column, key, _), label in j.facets.items()]


def _keys(j: Judged) -> set[tuple[str, str]]:
    return {(column, key) for column, key, _ in _labelled(j)}
