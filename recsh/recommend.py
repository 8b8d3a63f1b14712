"""The one place where the parts meet: a catalog, an engine or none, and a question -> an `Answer`.

    catalog = recsh.load_catalog("songs.csv")
    answer = recsh.Recommender(catalog).ask("rock songs like Metallica", limit=5)

Leaves out: files and flags (see `cli`), how an answer looks (see `render`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from recsh import prompt, rank, reason
from recsh.catalog import Catalog
from recsh.errors import EngineError, UsageError, WeightsError
from recsh.query import understand
from recsh.request import Query
from recsh.retrieve import retrieve
from recsh.semantic import Semantic
from recsh.text import clean
from recsh.types import Answer, Candidate, Item, Match, Mode, Recommendation, Suggestion, Unmatched, Usage, Warning_

if TYPE_CHECKING:
    import numpy

    from recsh.engine import Engine, JudgePrompt, WritePrompt

SHORTLIST = 24  # rows the model sees; each costs time
QUERY_LIMIT = 4000  # characters of a request that are read
TOKENS_PER_LINE = 48


@dataclass(frozen=True, slots=True)
class Options:
    """How to answer. `limit` is how many; None for as many as the question says ("five songs"), or else `usual`. `diversity` and
    `model_weight` in 0..1; None for the default of the weights. `max_tokens` bounds a written list; None for what the list needs."""

    limit: int | None = None
    usual: int = 5
    where: str | None = None
    context: str | None = None
    exclude: tuple[str, ...] = ()
    mode: Mode | None = None
    free: bool = False
    reasons: bool = True
    diversity: float = 0.0
    model_weight: float | None = None
    shortlist: int = SHORTLIST
    temperature: float = 0.0
    seed: int = 42
    max_tokens: int | None = None


@dataclass(slots=True)
class _Work:
    """One question on its way."""

    query: Query
    options: Options
    candidates: list[Candidate]
    allowed: "numpy.ndarray"
    references: list[Item]
    warnings: list[Warning_]
    unmatched: list[Unmatched]
    reasons: dict[int, str]
    matches: dict[int, Match]
    timing: dict[str, float]
    usage: Usage = Usage()
    mode: Mode | None = None


class Recommender:
    """Answers questions about one catalog. `engine` is an `Engine`, or a function that opens one when first needed, or None for
    retrieval alone; `model_weight` how much its verdict counts in 0..1. Not thread-safe: one question at a time."""

    def __init__(
        self, catalog: Catalog, engine: "Engine | Callable[[], Engine] | None" = None, *, semantic: Semantic | None = None, form: str = "chat", model_weight: float = 0.5
    ) -> None:
        from recsh.match import Names

        self.catalog = catalog
        self.index = catalog.index
        self.names = Names(catalog.index)
        self.semantic = semantic or Semantic()
        self._engine = engine
        self.form = form
        self.model_weight = model_weight

    @cached_property
    def engine(self) -> "Engine | None":
        """The engine, opened. Raises `WeightsError` or `EngineError`."""
        return self._engine() if callable(self._engine) else self._engine

    def ask(self, text: str, options: Options = Options(), *, stage: Callable[[str], None] = lambda name: None, **changes: Any) -> Answer:
        """Answer one question. `changes` are fields of `Options` to set: `ask("sad piano", limit=3)`. `stage(name)` is told what is going on
        ("retrieve", "judge", ...), for a spinner.

        A model that is missing or fails leaves the answer of retrieval, with a warning. Raises `UsageError` for an empty question or a
        wrong `where`, `CatalogError` for a damaged index.
        """
        options = replace(options, **changes) if changes else options
        started = time.perf_counter()
        work, shortlist = self._retrieve(text, options, stage)
        if work.candidates or options.free:
            self._ask_model(work, stage)
        chosen = self._choose(work)
        self._explain(work, chosen)
        work.timing["total"] = (time.perf_counter() - started) * 1000
        return self._answer(work, chosen, shortlist)

    def _choose(self, work: _Work) -> list[Candidate]:
        """What is shown: no thing twice, not too much alike, the best first. Diversity decides who is in, the score who stands where."""
        chosen = rank.diversify(rank.distinct(work.candidates), self._limit(work), work.options.diversity)
        return sorted(chosen, key=lambda c: -c.score)

    def _limit(self, work: _Work) -> int:
        return _how_many(work.query, work.options)

    def understand(self, text: str, context: str | None = None) -> Query:
        """What a question means against this catalog. A context ("late at night, alone") is read as a part of the wish."""
        text = text[:QUERY_LIMIT]
        if not clean(text):
            raise UsageError("the question is empty", 'for example: recsh ask "rock songs like Metallica"')
        query = understand(f"{text} . {context}" if context else text, self.index, self.names.find, self.names.spell)
        return replace(query, text=clean(text)) if context else query

    def _retrieve(self, text: str, options: Options, stage: Callable[[str], None]) -> tuple[_Work, int]:
        begun = time.perf_counter()
        stage("retrieve")
        query = self.understand(text, options.context)
        warnings: list[Warning_] = []
        only = None
        if options.where:
            from recsh.where import mask

            only = mask(options.where, self.index)
        wish = request_text(query)
        vector = head = None
        try:
            vector = self.semantic.request(wish, self.index)
            head = self.semantic.head(wish, self.index)
        except WeightsError as error:
            warnings.append(Warning_("vectors", f"no sentence vectors: {error.message}"))
        without = [n for i in options.exclude if (n := self.index.by_id(i)) is not None]
        limit = max(options.shortlist, 2 * _how_many(query, options))
        found = retrieve(query, self.index, vector=vector, head=head, only=only, without=without, limit=limit)
        warnings += found.warnings
        work = _Work(query, options, list(found.candidates), found.allowed, self._references(query), warnings, [], {}, {}, {})
        work.timing["retrieve"] = (time.perf_counter() - begun) * 1000
        return work, len(found.candidates)

    def _references(self, query: Query) -> list[Item]:
        """The rows that "like X" named, one for each reference; for a creator the one whose tags are most typical of the others."""
        rows = []
        for reference in query.references:
            if not reference.rows or not reference.liked:
                continue
            if reference.creator and len(reference.rows) > 2:
                items = self.index.items(reference.rows[:40])
                counts: dict[str, int] = {}
                for item in items:
                    for tag in item.tags:
                        counts[tag] = counts.get(tag, 0) + 1
                rows.append(max(items, key=lambda i: sum(counts[t] for t in i.tags) / (len(i.tags) + 2)).n)
            else:
                rows.append(reference.rows[0])
        return self.index.items(rows[:3])

    def preview(self, text: str, options: Options = Options()) -> tuple[str, int | None]:
        """What the model would be shown for this question, and how many tokens that is (None without a model)."""
        work, _ = self._retrieve(text, options, lambda name: None)
        items = [c.item for c in work.candidates[: options.shortlist]]
        if self._mode(options, self.engine) is Mode.JUDGE:
            asked = self._judge_prompt(work, items)
            shown = "\n".join(f"{part}" for part in (asked.system, asked.prefix.rstrip("\n"), *(r + asked.suffix for r in asked.rows)) if part)
        else:
            asked = self._write_prompt(work, items)
            shown = f"{asked.system}\n{asked.user}"
        return shown, self.engine.count(shown) if self._engine else None

    # --- the model ---------------------------------------------------------------------------------------------------

    def _ask_model(self, work: _Work, stage: Callable[[str], None]) -> None:
        if self._engine is None:
            return
        begun = time.perf_counter()
        try:
            stage("load")
            engine = self.engine
            work.timing["load"] = (time.perf_counter() - begun) * 1000
            work.mode = self._mode(work.options, engine)
            begun = time.perf_counter()
            stage(work.mode.value)
            self._judge(work, engine) if work.mode is Mode.JUDGE else self._write(work, engine)
            work.usage = engine.usage
            work.timing["generate"] = (time.perf_counter() - begun) * 1000
            work.warnings += [Warning_("engine", note) for note in engine.notes]
        except (EngineError, WeightsError) as error:
            work.mode = None
            work.warnings.append(Warning_(error.code, f"answered without the model: {error.message}"))

    def _mode(self, options: Options, engine: "Engine | None") -> Mode:
        """How the model is asked: free lists are written; else as set, or as its weights would have it."""
        return Mode.WRITE if options.free else options.mode or (engine.mode if engine else Mode.JUDGE)

    def _judge_prompt(self, work: _Work, items: Sequence[Item]) -> "JudgePrompt":
        return prompt.judge_prompt(work.query, items, self.index.columns, references=work.references, context=work.options.context, form=self.form)

    def _write_prompt(self, work: _Work, items: Sequence[Item]) -> "WritePrompt":
        options = work.options
        return prompt.write_prompt(work.query, items, self.index.columns, self._limit(work), references=work.references, context=options.context, free=options.free)

    def _judge(self, work: _Work, engine: "Engine") -> None:
        begun = time.perf_counter()
        seen = work.candidates[: work.options.shortlist]
        asked = self._judge_prompt(work, [c.item for c in seen])
        work.timing["prompt"] = (time.perf_counter() - begun) * 1000
        verdicts = engine.judge(asked)
        work.timing["first"] = (time.perf_counter() - begun) * 1000
        weight = self._weight(work)
        before = [c.item.n for c in seen]
        work.candidates = rank.with_model(work.candidates, dict(zip(before, verdicts, strict=True)), weight)
        if not work.options.reasons:
            return
        shown = self._choose(work)
        at = {n: i for i, n in enumerate(before)}
        pieces: dict[int, str] = {}
        try:
            for row, piece in engine.reasons(asked, [at[c.item.n] for c in shown if c.item.n in at]):
                pieces[row] = pieces.get(row, "") + piece
        except EngineError as error:  # the verdicts stand; what was said of the rows so far may be cut anywhere
            work.warnings.append(Warning_(error.code, f"reasons were made without the model: {error.message}"))
            return
        work.reasons = {before[row]: reason.tidy(text) for row, text in pieces.items()}

    def _weight(self, work: _Work) -> float:
        """How much the model's verdict counts. recsh's own small weights have less to say where tags decide already, and about dialogues and
        Chinese, which they have never read."""
        if work.options.model_weight is not None:
            return work.options.model_weight
        if self.form != prompt.FORMAT:
            return self.model_weight
        decided = work.query.dialogue or (work.query.wishes and not work.query.references)
        return self.model_weight * (0.4 if decided else 1.0) * (0.5 if work.query.chinese else 1.0)

    def _write(self, work: _Work, engine: "Engine") -> None:
        import numpy

        from recsh.match import match_all
        from recsh.parse import parse

        limit = self._limit(work)
        items = [c.item for c in work.candidates[: work.options.shortlist]]
        while True:
            asked = self._write_prompt(work, items)
            if not items or engine.fits(asked):
                break
            items = items[: len(items) * 3 // 4]
        if len(items) < min(len(work.candidates), work.options.shortlist):
            work.warnings.append(Warning_("context", f"the model's context holds {len(items)} of the {work.options.shortlist} best rows"))
        tokens = work.options.max_tokens or TOKENS_PER_LINE * limit
        text = "".join(engine.write(asked, max_tokens=tokens, temperature=work.options.temperature, seed=work.options.seed))
        excluded = numpy.flatnonzero(~work.allowed).tolist()  # what the conditions rule out for retrieval, the model may not bring back
        matched, unmatched = match_all(parse(text, limit * 2), self.names, excluded=excluded, shortlist=[i.n for i in items])
        work.unmatched += unmatched
        self._merge_written(work, matched)

    def _merge_written(self, work: _Work, matched: Sequence[tuple[Suggestion, int, Match]]) -> None:
        """What the model wrote joins the shortlist: its order is a signal, 1 for the first and falling evenly."""
        known = {c.item.n: c for c in work.candidates}
        new = [n for _, n, _ in matched if n not in known]
        for item in self.index.items(new):
            known[item.n] = Candidate(item, 0.0, {})
        work.matches = {n: match for _, n, match in matched}
        work.reasons = {n: reason.tidy(s.reason) for s, n, _ in matched if s.reason}
        verdicts = {n: 1.0 - i / (len(matched) + 1) for i, (_, n, _) in enumerate(matched)}
        weight = self._weight(work)
        unnamed = {n: 0.0 for n in known if n not in verdicts}
        work.candidates = rank.with_model(list(known.values()), verdicts | unnamed, weight)

    # --- the answer --------------------------------------------------------------------------------------------------

    def _explain(self, work: _Work, chosen: Sequence[Candidate]) -> None:
        """Reasons that are true: the model's where every word is supported, one from facts otherwise. recsh's own small weights only
        choose the facts; their sentences are made here."""
        if not work.options.reasons:
            return
        for c in chosen:
            said = work.reasons.get(c.item.n, "")
            if self.form == prompt.FORMAT or not said or reason.untrue(said, c.item, work.query, work.references):
                first = reason.named_facts(said, c.item)
                said = reason.compose(c.item, work.query, self.index.columns, work.references, first)
            work.reasons[c.item.n] = said

    def _answer(self, work: _Work, chosen: Sequence[Candidate], shortlist: int) -> Answer:
        options, query = work.options, work.query
        results = tuple(
            Recommendation(i, c.item, round(c.score, 4), work.reasons.get(c.item.n, ""), _shares(c), work.matches.get(c.item.n), c.words)
            for i, c in enumerate(chosen, 1)
        )
        engine = {"name": self.engine.name, "path": self.engine.path, "mode": work.mode.value} if work.mode and self.engine else None
        timing = {k: round(work.timing.get(k, 0.0), 1) for k in ("load", "retrieve", "prompt", "first", "generate", "total")}
        return Answer(
            id=new_id(), created_at=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), query=query.text, results=results,
            unmatched=tuple(work.unmatched), warnings=tuple(work.warnings), where=options.where, context=options.context, engine=engine,
            catalog={"name": self.catalog.name, "path": str(self.catalog.path), "items": self.index.rows, "shortlist": shortlist},
            params={"limit": self._limit(work), "seed": options.seed, "temperature": options.temperature}, usage=work.usage, timing_ms=timing,
        )  # fmt: skip


def _how_many(query: Query, options: Options) -> int:
    """How many recommendations: what was set, else what the question says, else the usual number."""
    return options.limit or query.limit or options.usual


def request_text(query: Query) -> str:
    """What the sentence model reads as the request: the wish without exclusions, names and numbers; of a dialogue the last turn."""
    return query.meant or (query.last if query.dialogue else query.wish)


def _shares(c: Candidate) -> Mapping[str, float]:
    """What each signal contributed to the score, the most first."""
    return {name: round(share, 4) for name, share in sorted(c.shares.items(), key=lambda kv: -kv[1])}


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> str:
    """A ULID: 48 bits of milliseconds and 80 random ones, 26 characters, sortable by time (github.com/ulid/spec)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))
