"""The head of a shortlist read once more, each row together with the request, by the bundled reranker, where recsh's own weights take part.

    >>> said("like Alien but slower", [], [("Alien", ("space", "horror", "survival"))])
    'like Alien but slower (Alien: space, horror, survival)'

What is near in meaning a vector says; what two texts mean side by side ("slow, but not sad"; "for somebody who hates musicals") only reading them
together. Leaves out: the reranker itself (see `engine.rerank`), how its word joins a score (see `rank`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from recsh import rank
from recsh.errors import WeightsError
from recsh.planted import spoken
from recsh.text import clean, tokens
from recsh.types import Item, Source, Warning_

if TYPE_CHECKING:
    from recsh.engine.rerank import Reranker
    from recsh.index import Index
    from recsh.request import Query
    from recsh.work import Work

NAMED = 2  # things named that are told of
TAGS = 5  # of each
LIMIT = 400  # characters of a request
ROWS = 12  # rows that are read at most, 15 ms each on two cores; 24 are a little better, 8 worse
BEHIND = 5  # ... of them behind as many as are asked for: from further down hardly a row comes among those (for a list of five, ten rows lose nothing, eight do)
SENTENCE = 6  # words of a request that says more than its tags
_OF_A_NAME = frozenset(  # search tokens of what is said around a name
    "actor actress anything appeared author called detail directed director fact fun info information interesting involved involving know named perform performed singer starred work writer".split()
)


def said(text: str, liked: Sequence[Item], others: Iterable[tuple[str, Sequence[str]]] = ()) -> str:
    """The request with what is known of the things it likes: rows of the catalog, and (name, tags) of what the catalog lacks."""
    about = [*((i.title, i.tags) for i in liked), *others][:NAMED]
    known = "; ".join(f"{name}: {', '.join(tags[:TAGS])}" for name, tags in about if tags)
    return clean(f"{text} ({known})" if known else text)[:LIMIT]


def request_of(query: Query, liked: Sequence[Item], context: str | None = None) -> str:
    """Of a request understood, English or put into English (`Query.meant`, which has the context in it); of a dialogue the last turn. `liked` are the rows
    that it names."""
    text = query.meant or ", ".join(filter(None, (query.last if query.dialogue else query.text, context)))
    return said(text, liked, [(r.name, r.entry.tags) for r in query.references if r.entry is not None and r.liked and not r.rows])


def weight_for(query: Query, index: Index) -> float:
    """How much of the score the reranker decides for this request, 0..1: what is said in words that no tag has, it understands best; where tags say it
    all, a dialogue goes on, or the request is Chinese, it changes little or harms (NDCG@10 over seventeen sets, by kind of request and weight)."""
    if index.chinese or query.dialogue or query.chinese and not query.meant:
        return 0.0
    if query.superlative:
        return 0.0  # numbers say it
    if any(r.liked for r in query.references):
        return 0.2
    if not query.wishes:
        return 0.3 if query.words else 0.0
    text = query.meant or query.text
    return 0.2 if len(text.split()) >= SENTENCE and not _told(query, text) else 0.0


def _told(query: Query, text: str) -> bool:
    """Whether tags and conditions say all of a request but one word ("space, complex albums from the 2010s"), or a name does with hardly a word that searches anything
    ("some films that Peter Jackson has directed", "do you know anything about John McTiernan?")."""
    known = {t for part in (*query.wishes, *query.conditions) for t in tokens(part.words)}
    if sum(t not in known for t in tokens(text)) < 2:
        return True
    return any(_is_name(wish.words, query.text) for wish in query.wishes) and len({*query.words} - known - _OF_A_NAME) < 2


def _is_name(words: str, text: str) -> bool:
    """Whether words stand in a text as a name is written: the first and the last begin with a capital ("Jan de Bont")."""
    ends = {words.split()[0], words.split()[-1]} if words.strip() else set()
    lower = text.lower()
    return bool(ends) and all((at := lower.find(w)) >= 0 and text[at].isupper() for w in ends)


def reread(work: Work, index: Index, reranker: Callable[[], Reranker]) -> None:
    """Let the reranker's word join the scores of this work's best candidates; a damaged one is a warning."""
    weight = weight_for(work.query, index)
    part = rank.share(weight, work.personal.multiplier(Source.RERANKER))
    if part <= 0 or not work.candidates or work.deadline is not None and time.perf_counter() > work.deadline:
        return
    begun = time.perf_counter()
    seen = rank.contenders(work.candidates[: min(ROWS, work.limit + BEHIND, work.options.shortlist)], work.limit, part, work.options.diversity)
    try:
        odds = reranker().score(request_of(work.query, work.references, work.options.context), [spoken(index.describe(c.item)) for c in seen])  # as in a prompt, what speaks to a model is left out
    except WeightsError as error:
        work.warnings.append(Warning_("reranker", f"rows were not read together with the request: {error.message}"))
        return
    chances = {c.item.n: 1 / (1 + math.exp(-rank.bounded(o))) for c, o in zip(seen, odds.tolist(), strict=True)}
    work.candidates = rank.with_opinions(work.candidates, chances, weight, work.personal.multiplier(Source.RERANKER), Source.RERANKER)
    work.timing["reread"] = (time.perf_counter() - begun) * 1000
