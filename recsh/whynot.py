"""Why an item is not among what was shown: which condition, refusal, verdict or signal kept it out, and what would bring it in.

Each thing that can keep a row out is tried by itself on this row, and the answer is asked for again without what stood in the way: what is said
is what would happen. Leaves out: which item is meant, and the words (see `cards`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from recsh.query import understand
from recsh.rank import identity
from recsh.request import Exclusion, Query
from recsh.retrieve import meets
from recsh.talk import Talk
from recsh.types import Answer, Candidate, Item, Recommendation, Verdict
from recsh.work import Options

if TYPE_CHECKING:
    from recsh.recommend import Recommender

DEPTH = 200  # places of an answer in which an item is looked for


class Barrier(StrEnum):
    """What can keep a row out."""

    WHERE = "where"
    CONDITION = "condition"
    EXCLUSION = "exclusion"
    NAMED = "named"
    VERDICT = "verdict"
    PASSED = "passed"
    LOG = "log"
    TWIN = "twin"


class Obstacle(Struct, frozen=True):
    """One thing that keeps a row out: `words` as said, `part` of the talk it came with (1-based, None if with none), `detail` what the row has
    instead (a number's value, the title of its twin)."""

    cause: Barrier
    words: str = ""
    part: int | None = None
    detail: str = ""


class WhyNot(Struct, frozen=True):
    """`rank` where the item stands among what is asked for, None if not in the first `DEPTH` or kept out; `own` its line there. `obstacles` keep it
    out; `lacking` wishes (words, part) that it does not have; `drop` the parts without which it is at `then`, None if not in the first `DEPTH`
    either; `last` the last row that was shown."""

    item: Item
    rank: int | None = None
    own: Recommendation | None = None
    obstacles: tuple[Obstacle, ...] = ()
    lacking: tuple[tuple[str, int | None], ...] = ()
    drop: tuple[int, ...] = ()
    then: int | None = None
    last: Recommendation | None = None


Ask = Callable[[Talk, Options], Answer]


def why_not(item: Item, talk: Talk, query: Query, recommender: Recommender, options: Options, shown: Sequence[Recommendation], ask: Ask, relaxed: str = "") -> WhyNot:
    """Find out about one item. `query` is what the talk amounts to, `ask` answers a talk, `relaxed` the warnings of the last answer: conditions
    set aside there keep nothing out."""
    parts = _parts(talk, recommender)
    obstacles = (*_of_request(item, query, recommender, options, parts, relaxed), *_of_person(item, talk, recommender, options), *_twins(item, shown))
    unmet = [w.words for w in query.wishes if not _has(item, (*w.exact, *w.alike, *w.partial), recommender)]
    lacking = tuple((words, _part_of(words, [[x.words for x in q.wishes] for q in parts])) for words in unmet)
    quiet = replace(options, limit=DEPTH, reasons=False, log=False, diversity=0.0, explore=0.0)
    rank, own = (None, None) if obstacles else _place(item, ask(talk, quiet))
    drop = tuple(sorted({o.part for o in obstacles if o.part} or {part for _, part in lacking if part and not obstacles}))
    then = None
    if (drop or obstacles) and len(drop) < max(1, len(talk.parts)) and not any(o.cause in (Barrier.NAMED, Barrier.TWIN) for o in obstacles):
        then, _ = _place(item, ask(_without(talk, item, drop), replace(quiet, **_eased(obstacles))))
    return WhyNot(item, rank, own, obstacles, lacking, drop, then, shown[-1] if shown else None)


def _place(item: Item, answer: Answer) -> tuple[int | None, Recommendation | None]:
    return next(((r.rank, r) for r in answer if r.item.id == item.id), (None, None))


def _without(talk: Talk, item: Item, drop: Sequence[int]) -> Talk:
    """The talk without these parts, and as if nothing had been said of this item."""
    parts = tuple(p for n, p in enumerate(talk.parts, 1) if n not in drop)
    return replace(talk, parts=parts, opinions=tuple(o for o in talk.opinions if o.id != item.id), passed=tuple(i for i in talk.passed if i != item.id))


def _eased(obstacles: Sequence[Obstacle]) -> dict[str, object]:
    causes = {o.cause for o in obstacles}
    return ({"where": None} if Barrier.WHERE in causes else {}) | ({"again": True} if Barrier.LOG in causes else {})


def _parts(talk: Talk, recommender: Recommender) -> list[Query]:
    """Each part by itself, as it is understood; with the conditions that were kept of it."""
    nothing = Query("", "", "", ())
    own = [understand(p.ask, recommender.index, recommender.names.find, recommender.names.spell) if p.ask else nothing for p in talk.parts]
    return [replace(q, conditions=(*q.conditions, *p.conditions)) for p, q in zip(talk.parts, own, strict=True)]


def _part_of(thing: object, of_parts: Sequence[Sequence[object]]) -> int | None:
    """The last part that has it."""
    return max((n for n, things in enumerate(of_parts, 1) if thing in things), default=None)


def _of_request(item: Item, query: Query, recommender: Recommender, options: Options, parts: Sequence[Query], relaxed: str) -> list[Obstacle]:
    from recsh.where import mask

    index, out = recommender.index, []
    if options.where and not mask(options.where, index)[item.n]:
        out.append(Obstacle(Barrier.WHERE, options.where))
    for c in query.conditions:
        if not meets(c, index)[item.n] and repr(c.words) not in relaxed:
            value = item.numbers.get(c.column)
            out.append(Obstacle(Barrier.CONDITION, c.words, _part_of(c, [q.conditions for q in parts]), f"{c.column} {'?' if value is None else f'{value:g}'}"))
    for x in query.excluded:
        if _is_excluded(item, x, recommender) and repr(f"not {x.words}") not in relaxed:
            out.append(Obstacle(Barrier.EXCLUSION, x.words, _part_of(x.words, [[y.words for y in q.excluded] for q in parts])))
    for r in query.references:
        if r.known and item.n in r.rows:
            out.append(Obstacle(Barrier.NAMED, r.name, _part_of(r.name, [[y.name for y in q.references] for q in parts])))
    return out


def _is_excluded(item: Item, exclusion: Exclusion, recommender: Recommender) -> bool:
    return item.n in exclusion.rows or _has(item, exclusion.facets, recommender) or (bool(exclusion.tokens) and item.n in recommender.index.having(exclusion.tokens))


def _has(item: Item, facets: Sequence[int], recommender: Recommender) -> bool:
    return bool(facets) and item.n in recommender.index.facet_rows(facets)


def _of_person(item: Item, talk: Talk, recommender: Recommender, options: Options) -> list[Obstacle]:
    """What was said of the item: in this talk, else in the log."""
    if item.id in talk.hidden:
        said = next((o for o in reversed(talk.opinions) if o.id == item.id and (o.liked is False or o.verdict in (Verdict.SKIP, Verdict.CONSUMED))), None)
        return [Obstacle(Barrier.VERDICT, said.verdict.value) if said else Obstacle(Barrier.PASSED)]
    if recommender.memory and options.taste and not options.again:
        from recsh.memory import BAD

        known = recommender.memory.known()
        if item.n in known.consumed:
            return [Obstacle(Barrier.LOG, Verdict.CONSUMED.value)]
        if known.worth.get(item.n, 0.0) < BAD:
            return [Obstacle(Barrier.LOG, Verdict.DISLIKE.value)]
    return []


def _twins(item: Item, shown: Sequence[Recommendation]) -> list[Obstacle]:
    """Another edition of the same thing that was shown in its place."""
    own = identity(Candidate(item, 0.0, {}))
    return [Obstacle(Barrier.TWIN, detail=f"{r.rank}. {r.item.title}") for r in shown if own[1] and r.item.id != item.id and identity(Candidate(r.item, 0.0, {})) == own]
