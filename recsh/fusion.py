"""Signals -> one score: their weighted mean, with weights by the kind of request, and what is known of the person beside it.

    features   what each signal would add if nothing had been learned: weight x signal / sum of the weights of the request's own signals
    shares     what it does add: multiplier x feature, all divided so that the score stays within 1

The person's signals (taste, what others like who liked the same, ...) stand beside the request's own: they do not change what those add to each
other, only who is first among rows that fit. Leaves out: where signals come from (see `signals`, `memory`), learning multipliers (see `learn`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from recsh.learn import PRIOR
from recsh.request import Query
from recsh.text import tokens
from recsh.types import Source

if TYPE_CHECKING:
    import numpy

POPULAR = "popular"
OWN = (Source.TEXT, Source.VECTOR, Source.FACET, Source.NEIGHBOUR, Source.KNOWLEDGE, POPULAR, "lean")  # signals of the request itself
EXPLORE = "explore"  # what chance adds: on top of the score, no part of it
FOR_ME = {"taste": 1.2, "collab": 10.0}  # what the person's signals weigh when nothing else is asked for; of held-out ratings collab foretells most


class Personal(Struct, frozen=True):
    """What is known of the person, for one catalog. `signals` are arrays (rows,), `confidence` how far each of them is to be trusted (0..1, 1 if
    absent), `multipliers` what was learned about every signal (1 as designed, 0 useless), `hidden` rows not to be shown."""

    signals: Mapping[str, numpy.ndarray] = field(default_factory=dict)
    confidence: Mapping[str, float] = field(default_factory=dict)
    multipliers: Mapping[str, float] = field(default_factory=dict)
    hidden: tuple[int, ...] = ()

    def multiplier(self, name: str) -> float:
        """What a feature is multiplied by."""
        return self.multipliers.get(name, PRIOR.get(name, 1.0))


NOBODY = Personal()


class Weights(Struct, frozen=True):
    """How much each source counts for one kind of request. The request's own are relative to each other, the person's (taste and below) to
    all of these together."""

    text: float
    vector: float
    facet: float = 0.0
    neighbour: float = 0.0
    knowledge: float = 0.0
    popular: float = 0.0
    lean: float = 0.0
    taste: float = 0.6
    collab: float = 0.3
    novelty: float = 1.0
    adapter: float = 1.0


def weights_for(query: Query, *, has_vectors: bool, for_me: bool = False) -> Weights:
    """The fusion weights of this kind of request; `for_me` where the person's taste is to lead.

    What names a tag, a creator or a condition is answered by tags; a sentence in other words by its meaning; "like X" by what is near X;
    a dialogue mostly by the words and names that fell in it. Found by random search for the best NDCG@10 over nine development sets and the
    requests of the sample catalogs, each set counting as the root of its size; rounded.
    """
    words = query.words and not {t for w in query.wishes for t in tokens(w.words)} >= {*query.words}
    lean = 0.3 if query.leanings else 0.0
    if query.superlative:
        w = Weights(text=0.01, vector=0.01, facet=0.3, lean=1.0)
    elif query.dialogue:
        told = any(wish.creator for wish in query.wishes)  # who names a maker wants that one, not what else is known to be near
        w = Weights(text=1.0, vector=0.1, facet=0.5, neighbour=1.0, knowledge=0.05 if told else 0.5, popular=0.1, lean=lean)
    elif any((r.rows or r.entry) and r.liked for r in query.references):
        both = any(r.rows and r.near for r in query.references)  # two that say what is like it count as one beside what else is said
        if query.wishes and (words or query.contrast or not any(r.rows or r.near for r in query.references)):
            w = Weights(text=0.15, vector=0.05, facet=0.8 if query.words else 0.4, neighbour=0.6 if both else 1.0, knowledge=0.4 if both else 1.0, popular=0.03, lean=lean)  # without a word of its own it only leans
        elif query.contrast and words and not (query.wishes or query.conditions or query.leanings):  # "but about the future": no tag says it, so what the words mean must
            w = Weights(text=0.1, vector=0.7, neighbour=0.5 if both else 0.8, knowledge=0.3 if both else 0.8, popular=0.03, lean=lean)
        else:
            w = Weights(text=0.05, vector=0.1, facet=0.15 if query.wishes else 0.0, neighbour=1.0, knowledge=1.0, popular=0.05, lean=lean)
    elif query.last_words and query.wishes and all(wish.creator for wish in query.wishes):
        w = Weights(text=1.0, vector=0.3, facet=1.0, popular=0.05, lean=lean)
    elif query.wishes and words:
        w = Weights(text=0.14, vector=0.25, facet=1.0, popular=0.05, lean=lean)
    elif query.wishes and lean:  # of what has the tags the newest or the shortest comes first, not what has their words once more
        w = Weights(text=0.08, vector=0.25, facet=1.0, popular=0.05, lean=lean)
    elif query.wishes:
        w = Weights(text=0.25, vector=0.6, facet=1.0, popular=0.2, lean=lean)
    elif _is_sentence(query):
        w = Weights(text=0.7 if query.chinese else 0.35, vector=1.0, popular=0.2, lean=lean)
    else:
        w = Weights(text=1.0, vector=0.5, popular=0.001 if query.words else 1.0, lean=lean)
    if any(wish.creator for wish in query.wishes):  # who asks for a name wants that, whatever they liked before
        w = replace(w, taste=w.taste / 3, collab=w.collab / 3)
    if for_me:
        w = replace(w, **FOR_ME)
    return w if has_vectors else replace(w, vector=0.0)


def _is_sentence(query: Query) -> bool:
    """Whether someone wrote a sentence rather than keywords: a third or more of its words are glue. Chinese has little glue, and is one from five characters on."""
    if query.chinese:
        return len(query.wish) >= 5
    return len(query.wish.split()) >= 4 and len(query.words) <= 0.67 * len(query.wish.split())


def fuse(
    table: Mapping[str, numpy.ndarray], weights: Weights, kind: numpy.ndarray, personal: Personal = NOBODY
) -> tuple[dict[str, numpy.ndarray], dict[str, numpy.ndarray], numpy.ndarray]:
    """(features, shares, score) of some rows: arrays (n,) by signal, and their sum (n,).

    `table` holds the signals of these rows, `kind` what the request's own signals are multiplied by (see `signals.of_kind`). The weight of an
    absent signal falls to the others.
    """
    import numpy

    given = {name: getattr(weights, name) for name in OWN if name in table}
    total = sum(given.values()) or 1.0
    features = {name: table[name] * kind * numpy.float32(weight / total) for name, weight in given.items()}
    beside = {name: getattr(weights, name, 1.0) * personal.confidence.get(name, 1.0) for name in table if name not in given}
    features |= {name: table[name] * numpy.float32(weight) for name, weight in beside.items()}
    scale = sum(personal.multiplier(name) * weight / total for name, weight in given.items())
    scale += sum(abs(personal.multiplier(name)) * weight for name, weight in beside.items() if name != EXPLORE)
    factors = {name: personal.multiplier(name) / (scale or 1.0) for name in features}
    shares = {name: feature * numpy.float32(factors[name]) for name, feature in features.items()}
    score = sum(shares.values(), numpy.zeros(len(kind)))
    return features, shares, score if EXPLORE in shares else numpy.minimum(score, 1.0)  # a float32 sum may pass 1 by a hair
