"""What connects a row with what this person liked and disliked, only where something real does.

    you liked Ride the Lightning, and the row shares "thrash metal" with it; it is by someone whose film you liked; three things you liked
    have "melancholic" and "piano" as it has; people who liked that liked this; it has not the tag of what you disliked

Works on a whole answer, so that five rows do not cite one thing five times. Pure.
Leaves out: what was liked (see `taste`), sentences (see `tone`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING

from msgspec import Struct

from recsh.facts import MOST, distinct
from recsh.index import facet_key
from recsh.lexicon import synonyms
from recsh.regex import regex
from recsh.schema import LESSER
from recsh.cells import split
from recsh.text import fold, tokens
from recsh.types import Column, Item, Role, Thing

if TYPE_CHECKING:
    from recsh.index import Index

TELLS = math.log(4)  # nats that one shared tag must carry to be worth naming: at most a row in four has it
ENOUGH = math.log(10)  # nats that all of them must carry together: as telling as a tag of one row in ten
SEVERAL = 3  # liked things that make a habit
BLAMED = 2  # disliked things that must have a tag before it is said that a row has it not
CROWDED = 4.0  # nats that "people who liked X also liked this" is worth beside shared tags
BY_THE_SAME = 6.0  # and the same creator, where the catalog does not say how rare it is
OFTEN = 0.55  # how much less another row gains from a thing, a kind of connection or a tag that was said already
OLDER = 0.98  # how much less each older like counts than the next newer
SHARE = 0.4  # the largest part of an answer's rows that may cite one thing
_WORK = regex(r"brand|maker|manufact|vendor|seller|store|shop|compan|品牌|厂|商", re.I)


class Link(StrEnum):
    """How a row is connected; also the kind of sentence that says it."""

    LIKED = "liked"
    MAKER = "maker"
    SEVERAL = "several"
    CROWD = "crowd"
    AVOIDED = "avoided"


class Connection(Struct, frozen=True):
    """What connects a row with the log: `things` are cited (one, or for SEVERAL the newest first), `count` how many there are; `shared` are
    the tags, as this row writes them, that stand in all of them (for MAKER the creator, for AVOIDED a tag of the disliked thing that the
    row has not); `information` in nats."""

    link: Link
    things: tuple[Thing, ...]
    shared: tuple[str, ...] = ()
    information: float = 0.0
    count: int = 1


def information(index: Index, items: Iterable[Item]) -> dict[str, float]:
    """Facet key -> ln(rows / rows that have it), in nats, for every tag and creator of these items."""
    keys = {facet_key(v) for item in items for v in (*item.tags, item.creator) if v}
    return {key: math.log(index.rows / max(1, max(f.count for f in found))) for key, found in index.facets(keys).items() if found}


def connections(
    items: Sequence[Item], liked: Sequence[tuple[Thing, float]], disliked: Sequence[tuple[Thing, float]], columns: Sequence[Column],
    idf: Mapping[str, float], because: Mapping[int, Thing] | None = None,
) -> list[Connection | None]:  # fmt: skip
    """For each row of an answer what connects it, None where nothing real does.

    `liked` and `disliked` are things with their weight (its size counts), newest first; what stands in both supports nothing. `idf` maps
    facet keys to nats (`information`); a tag that it has not tells nothing. `because` maps a row's position to the liked thing whose
    admirers liked the row.
    """
    both = {_name(t) for t, _ in liked} & {_name(t) for t, _ in disliked}
    good = [_Known(t, abs(w) * OLDER**i) for i, (t, w) in enumerate(liked) if w and _name(t) not in both]
    bad = [_Known(t, abs(w) * OLDER**i) for i, (t, w) in enumerate(disliked) if w and _name(t) not in both]
    cited: Counter[str] = Counter()
    most = max(1, math.ceil(SHARE * len(items)))
    out: list[Connection | None] = []
    for item in items:
        row = _Row(item, columns)
        strangers = [k for k in good if _name(k.thing) != _name(item) and k.thing.id != item.id]
        found = [*_by_one(row, strangers, idf), *_by_several(row, strangers, idf, cited), *_by_crowd(item, strangers, because or {})]
        found = [(c, worth) for c, worth in found if all(cited[_cite(t)] < most for t in c.things)]
        if not found:
            found = [(c, worth) for c, worth in _by_absence(row, good, bad, idf) if cited[Link.AVOIDED] < most and cited[_cite(c.things[0])] < most]
        best = max(found, key=lambda f: f[1] * _freshness(f[0], cited), default=None)
        out.append(best[0] if best else None)
        if best:
            cited.update([best[0].link, *map(_cite, best[0].things), *map(fold, best[0].shared)])
    return out


class _Known:
    """A judged thing with the facet keys it has, lesser columns and its creator's name left out."""

    def __init__(self, thing: Thing, weight: float) -> None:
        self.thing, self.weight = thing, weight
        creators = {fold(c) for c in _creators(thing)}
        self.labels = {facet_key(v): v for column, values in thing.facets.items() if not LESSER.search(column) for v in values if fold(v) not in creators}


class _Row:
    """A row with its telling tags by facet key, in the order of its columns."""

    def __init__(self, item: Item, columns: Sequence[Column]) -> None:
        self.item = item
        self.creator = next((c for c in columns if c.role is Role.CREATOR), None)
        tags = [t for c in columns if c.role is Role.TAGS and not LESSER.search(c.name) for t in split(item.cells.get(c.name, ""), c.joiner)]
        self.labels = {facet_key(t): t for t in reversed(tags)}

    def creators(self) -> dict[str, str]:
        """Folded name -> name, of all that made it."""
        every = split(self.item.cells.get(self.creator.name, ""), self.creator.joiner) if self.creator else ()
        return {fold(v): v for v in (*every, self.item.creator) if v}


def _by_one(row: _Row, good: Sequence[_Known], idf: Mapping[str, float]) -> Iterable[tuple[Connection, float]]:
    """The creator of a liked thing, or tags shared with it: the rarest first."""
    creators = row.creators()
    for known in good:
        if name := next((creators[fold(c)] for c in _creators(known.thing) if fold(c) in creators), ""):
            nats = idf.get(facet_key(name), BY_THE_SAME)
            yield Connection(Link.MAKER, (known.thing,), (name,), nats), nats * known.weight
        keys = [k for k in row.labels.keys() & known.labels.keys() if idf.get(k, 0.0) >= TELLS]
        shared = _rarest(row, keys, idf)
        nats = sum(idf[facet_key(t)] for t in shared)
        if nats >= ENOUGH:
            yield Connection(Link.LIKED, (known.thing,), tuple(shared), nats), nats * known.weight


def _rarest(row: _Row, keys: Iterable[str], idf: Mapping[str, float]) -> list[str]:
    """The row's tags of these keys that tell most, without any that another contains."""
    return distinct([row.labels[k] for k in sorted(keys, key=lambda k: (-idf[k], k))])[:MOST]


def _by_several(row: _Row, good: Sequence[_Known], idf: Mapping[str, float], cited: Counter[str]) -> Iterable[tuple[Connection, float]]:
    """One or two tags that three or more liked things have. Those that were cited least speak for them, the newest first."""
    keys = {k for k in row.labels if idf.get(k, 0.0) >= TELLS and sum(k in known.labels for known in good) >= SEVERAL}
    keys = {facet_key(t) for t in _rarest(row, keys, idf)}
    for wanted in (*combinations(sorted(keys), 2), *((k,) for k in sorted(keys))):
        having = [known for known in good if all(k in known.labels for k in wanted)]
        nats = sum(idf[k] for k in wanted)
        if len(having) < SEVERAL or nats < ENOUGH:
            continue
        things = tuple(k.thing for k in sorted(having, key=lambda k: cited[_cite(k.thing)])[:SEVERAL])
        mean = sum(k.weight for k in having) / len(having)
        yield Connection(Link.SEVERAL, things, tuple(_rarest(row, wanted, idf)), nats, len(having)), nats * mean + math.log(len(having))


def _by_crowd(item: Item, good: Sequence[_Known], because: Mapping[int, Thing]) -> Iterable[tuple[Connection, float]]:
    """What those who liked a thing liked, if the person did like that thing."""
    thing = because.get(item.n)
    known = next((k for k in good if thing and k.thing.id == thing.id and _name(k.thing) == _name(thing)), None)
    if known:
        yield Connection(Link.CROWD, (known.thing,), (), CROWDED), CROWDED * known.weight


def _by_absence(row: _Row, good: Sequence[_Known], bad: Sequence[_Known], idf: Mapping[str, float]) -> Iterable[tuple[Connection, float]]:
    """A tag of a disliked thing that is otherwise akin to this row: one that no liked thing has, and that the row has in no words."""
    said = {t for cell in (row.item.title, *row.item.cells.values()) for t in tokens(cell)}
    blamed = Counter(k for known in bad for k in known.labels)
    praised = {k for known in good for k in known.labels}
    for known in bad:
        akin = [idf[k] for k in row.labels.keys() & known.labels.keys() if idf.get(k, 0.0) >= TELLS]
        nats = sum(akin)
        for key, label in known.labels.items():
            others = {key, *synonyms().get(key, ())}
            if blamed[key] >= BLAMED and nats >= ENOUGH and not others & praised and not others & row.labels.keys() and not any({*tokens(o)} <= said for o in others if tokens(o)):
                yield Connection(Link.AVOIDED, (known.thing,), (label,), nats), known.weight * (blamed[key] + nats / 100)


def _freshness(connection: Connection, cited: Counter[str]) -> float:
    """1 for what this answer has not said yet, less for every time it has."""
    again = sum(cited[_cite(t)] for t in connection.things) + 0.5 * cited[connection.link] + 0.5 * max((cited[fold(s)] for s in connection.shared), default=0)
    return OFTEN**again


def _creators(thing: Thing) -> tuple[str, ...]:
    """The names of all that made a thing."""
    return tuple(dict.fromkeys((*thing.facets.get(_creator_column(thing), ()), thing.creator))) if thing.creator else ()


def _creator_column(thing: Thing) -> str:
    """The column whose values make up its creator, "" if there is none."""
    for column, values in thing.facets.items():
        rest = thing.creator
        for value in sorted(values, key=len, reverse=True):
            rest = rest.replace(value, "") if value in rest else thing.creator
        if thing.creator and not re.search(r"\w", rest):
            return column
    return ""


def _name(thing: Thing | Item) -> tuple[str, str]:
    return fold(thing.title), fold(thing.creator)


def _cite(thing: Thing) -> str:
    return f"\0{thing.id}\0{fold(thing.title)}"


def is_work(creator_column: str) -> bool:
    """Whether what has such a column for its creator is a work with a title (a film, a book), rather than a product or a place."""
    return bool(creator_column) and not _WORK.search(creator_column)


def of_work(thing: Thing) -> bool:
    """`is_work` of a thing in the log."""
    return is_work(_creator_column(thing))
