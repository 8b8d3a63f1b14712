"""The methods that foretell what a person will rate, from the ratings of others and from what the items are: what `recsh eval --ratings` puts side
by side.

    popularity, item, user, ease      each alone (see `collab`)          collab    those together, as they are blended
    content                           the person's taste alone           hybrid    all that is known, as `recsh` ranks when nothing is asked for

Leaves out: measuring them (see `heldout`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from recsh import taste
from recsh.catalog import Catalog
from recsh.collab import Collab, of_ratings
from recsh.fusion import fuse, weights_for
from recsh.heldout import Method
from recsh.memory import Memory
from recsh.ratings import Ratings
from recsh.recommend import FOR_ME
from recsh.replay import Past
from recsh.splits import Split
from recsh.types import Event, Origin, Thing, Verdict
from recsh.verdicts import thing_of
from recsh.work import Options

if TYPE_CHECKING:
    import numpy

ALONE = {"popularity": "popularity", "item": "item", "user": "user", "ease": "ease", "collab": "blend"}  # our names of methods of `Collab`


def only(ratings: Ratings, mask: numpy.ndarray) -> Ratings:
    """Some of the ratings: what methods may learn from. The others' values still have a part in each person's mean, which worths are measured from."""
    return replace(ratings, users=ratings.users[mask], items=ratings.items[mask], worths=ratings.worths[mask], times=ratings.times[mask])


def methods(catalog: Catalog, ratings: Ratings, split: Split, progress: Callable[[str, int, int], None] = lambda *_: None) -> dict[str, Method]:
    """Every method by its name, having learned from `split.train` alone."""
    collab = of_ratings(only(ratings, split.train), catalog.index, progress)
    found: dict[str, Method] = {name: collab.method(own) for name, own in ALONE.items()}
    events = _Events(catalog)

    def content(person: Mapping[int, float]) -> numpy.ndarray:
        return taste.signal(taste.taste_of(events(person), catalog=catalog.entry.key, now=float(len(person))), catalog.index)

    return found | {"content": content, "hybrid": lambda person: _hybrid(catalog, collab, events(person))}


def _hybrid(catalog: Catalog, collab: Collab, events: Sequence[Event]) -> numpy.ndarray:
    """The score of every row for somebody whose log holds these events, when nothing is asked for."""
    import numpy

    now = float(len(events))
    memory = Memory(catalog, Past(events, (), (), now), collab, clock=lambda: now)  # type: ignore[arg-type]  # a log to read
    personal = memory.personal(FOR_ME, Options(for_me=True))
    weights = weights_for(FOR_ME, has_vectors=catalog.index.vectors is not None, for_me=True)
    return fuse(personal.signals, weights, numpy.ones(catalog.index.rows, dtype=numpy.float32), personal)[2]


class _Events:
    """A person's ratings as the log would hold them: a second apart, oldest first, the worth as stars."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._things: dict[int, Thing] = {}

    def __call__(self, person: Mapping[int, float]) -> list[Event]:
        index = self._catalog.index
        self._things |= {item.n: thing_of(item, index.columns) for item in index.items([n for n in person if n not in self._things])}
        key = self._catalog.entry.key
        return [Event(key, self._things[n], Verdict.RATING, float(at), 3 + 2 * worth, Origin.IMPORT, id=at + 1) for at, (n, worth) in enumerate(person.items())]
