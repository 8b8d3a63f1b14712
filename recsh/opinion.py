"""The model's part in an answer: it is shown the shortlist and judges every row, or writes a list, and what it says joins the candidates.

A model that is missing or fails leaves the work as retrieval made it, with a warning. Leaves out: prompts (see `prompt`), how the model runs
(see `engine`), finding what it wrote (see `match`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from recsh import prompt, rank, reason, trace
from recsh.ahead import Ahead
from recsh.deadline import Deadline
from recsh.engine import failure
from recsh.errors import EngineError, WeightsError
from recsh.index import Index
from recsh.match import Names
from recsh.request import Query
from recsh.types import Candidate, Item, Match, Mode, Source, Suggestion, Warning_
from recsh.work import Options, Work

if TYPE_CHECKING:
    from recsh.engine import Engine, JudgePrompt, WritePrompt

TOKENS_PER_LINE = 48
REASON = 40  # tokens of a reason
UNSAID = "something I would like"


class Adviser:
    """A model and how it is asked. `engine` is an `Engine`, or a function that opens one when first needed, or None; `form` the format of its
    prompts, `weight` how much its verdict counts in 0..1; `choose` picks from candidates what will be shown."""

    def __init__(
        self, engine: Engine | Callable[[], Engine] | None, index: Index, names: Names, form: str, weight: float, choose: Callable[[Work], list[Candidate]]
    ) -> None:
        self._engine = engine
        self.index = index
        self.names = names
        self.form = form
        self.weight = weight
        self._choose = choose
        self.remarks: list[str] = []  # said beside each answer
        self.told = True  # whether a model that judges reads the taste in words: one that was tuned on it has it, and learned without these words
        self._ahead: Ahead[Engine] | None = None

    @property
    def there(self) -> bool:
        """Whether there is a model at all; it need not be loaded yet."""
        return self._engine is not None

    def put(self, engine: Callable[[], Engine], weight: float) -> None:
        """Another model than the one given, before it is opened."""
        self._engine, self.weight = engine, weight

    @cached_property
    def engine(self) -> Engine | None:
        """The engine, opened. Raises `WeightsError` or `EngineError`."""
        if self._ahead:
            return self._ahead.result()
        return self._engine() if callable(self._engine) else self._engine

    def prepare(self, after: Ahead[Any] | None = None) -> None:
        """Begin to open the engine in another thread, once `after` is done. What goes wrong is raised where it is used."""
        if callable(self._engine) and not self._ahead and "engine" not in vars(self):
            self._ahead = Ahead(self._engine, after)

    def advise(self, work: Work, stage: Callable[[str], None]) -> None:
        """Ask the model about this work's candidates."""
        if not self.there:
            return
        begun = time.perf_counter()
        try:
            stage("load")
            with trace.span("load"):
                engine = self.engine
            work.timing["load"] = (time.perf_counter() - begun) * 1000
            work.mode = self.mode(work.options)
            begun = time.perf_counter()
            stage(work.mode.value)
            with Deadline(work.deadline, engine.interrupt) as deadline:
                if deadline.passed:
                    raise failure("interrupted", "interrupted")
                self._judge(work, engine, deadline) if work.mode is Mode.JUDGE else self._write(work, engine, deadline)
            work.usage = engine.usage
            work.timing["generate"] = (time.perf_counter() - begun) * 1000
            work.warnings += [Warning_("engine", note) for note in (*engine.notes, *self.remarks)]
        except (EngineError, WeightsError) as error:
            work.mode = None
            late = error.code == "interrupted" and work.deadline is not None
            work.warnings.append(_late(work, "answered without the model") if late else Warning_(error.code, f"answered without the model: {error.message}"))

    def mode(self, options: Options) -> Mode:
        """How the model is asked: free lists are written; else as set, or as its weights would have it."""
        return Mode.WRITE if options.free else options.mode or (self.engine.mode if self.engine else Mode.JUDGE)

    def preview(self, work: Work) -> tuple[str, int | None]:
        """What the model would be shown, and how many tokens that is (None without a model)."""
        items = [c.item for c in work.candidates[: work.options.shortlist]]
        if self.mode(work.options) is Mode.JUDGE:
            asked = self._judge_prompt(work, [c.item for c in (self._contenders(work) if self._judges(work) else self._choose(work))])
            shown = "\n".join(f"{part}" for part in (asked.system, asked.prefix.rstrip("\n"), *(r + asked.suffix for r in asked.rows)) if part)
        else:
            asked = self._write_prompt(work, items)
            shown = f"{asked.system}\n{asked.user}"
        return shown, self.engine.count(shown) if self.there else None

    def _judge_prompt(self, work: Work, items: Sequence[Item]) -> JudgePrompt:
        asked = prompt.judge_prompt(
            _spoken(work), items, self.index.columns, references=work.references, taste=work.taste if self.told else (), context=work.options.context, form=self.form
        )
        return asked if self.form == prompt.FORMAT else replace(asked, enough=work.limit)  # recsh's own weights know which of two fits better, not what fits

    def _write_prompt(self, work: Work, items: Sequence[Item]) -> WritePrompt:
        options = work.options
        return prompt.write_prompt(
            _spoken(work), items, self.index.columns, work.limit, references=work.references, taste=work.taste, context=options.context, free=options.free
        )

    def _weight(self, work: Work) -> float:
        """How much the model's verdict counts."""
        if work.options.model_weight is not None:
            return work.options.model_weight
        return self.weight * sway(work.query, self.form)

    @property
    def rereads(self) -> bool:
        """Whether the reranker stands beside the model: it judges better than recsh's own small weights. A larger model judges by itself."""
        return self.there and self.form == prompt.FORMAT

    def _judges(self, work: Work) -> bool:
        """Whether the model has a say in the order: one that the reranker stands beside has none until it learned of the person (see `tune`), or is told to."""
        return not self.rereads or not self.told or work.options.model_weight is not None

    def _contenders(self, work: Work) -> list[Candidate]:
        """The rows that the model reads: those of the shortlist that its word can bring among the ones shown. Weights with little to say have little to read."""
        part = rank.share(self._weight(work), work.personal.multiplier(Source.MODEL))
        return rank.contenders(work.candidates[: work.options.shortlist], work.limit, part, work.options.diversity)

    def _judge(self, work: Work, engine: Engine, deadline: Deadline) -> None:
        begun = time.perf_counter()
        weight = self._weight(work) if self._judges(work) else 0.0
        seen = self._contenders(work) if weight else self._choose(work)  # who has no say in the order only gives reasons
        with trace.span("prompt"):
            asked = self._judge_prompt(work, [c.item for c in seen])
        work.timing["prompt"] = (time.perf_counter() - begun) * 1000
        before = [c.item.n for c in seen]
        if weight:
            with trace.span("judge"):
                verdicts = engine.judge(asked)
            read = {n: odds for n, odds in zip(before, verdicts, strict=True) if odds == odds}  # NaN: no time for it, or no need
            with trace.span("rank"):
                work.candidates = rank.with_verdicts(work.candidates, read, weight, work.personal.multiplier(Source.MODEL))
            if deadline.passed:
                work.warnings.append(_late(work, f"the model read {len(read)} of {len(before)} rows"))
                return
        work.timing["first"] = (time.perf_counter() - begun) * 1000
        if not work.options.reasons:
            return
        at = {n: i for i, n in enumerate(before)}
        rows = [at[c.item.n] for c in self._choose(work) if c.item.n in at]
        tokens = work.options.max_tokens or REASON
        pieces: dict[int, str] = {}
        try:
            with trace.span("reason"):
                for row, piece in engine.reasons(asked, rows, tokens):
                    pieces[row] = pieces.get(row, "") + piece
        except EngineError as error:  # the verdicts stand; what was said of the rows so far may be cut anywhere
            work.warnings.append(Warning_(error.code, f"reasons were made without the model: {error.message}"))
            return
        if deadline.passed:
            work.warnings.append(_late(work, "reasons were made without the model"))
        else:
            work.reasons = {before[row]: reason.tidy(text) for row, text in pieces.items()}

    def _write(self, work: Work, engine: Engine, deadline: Deadline) -> None:
        import numpy

        from recsh.match import match_all
        from recsh.parse import parse

        limit, options = work.limit, work.options
        items = [c.item for c in work.candidates[: options.shortlist]]
        tokens = options.max_tokens or TOKENS_PER_LINE * limit
        while True:
            asked = self._write_prompt(work, items)
            if not items or engine.fits(asked):
                try:
                    with trace.span("write"):
                        text = "".join(engine.write(asked, max_tokens=tokens, temperature=options.temperature, seed=options.seed))
                    break
                except EngineError as error:  # a server knows only when it is asked
                    if error.code != "context" or not items:
                        raise
            items = items[: len(items) * 3 // 4]
        if len(items) < min(len(work.candidates), options.shortlist):
            work.warnings.append(Warning_("context", f"the model's context holds {len(items)} of the {options.shortlist} best rows"))
        if deadline.passed:  # the last line may be cut anywhere
            text = text[: text.rfind("\n") + 1]
            work.warnings.append(_late(work, f"the model wrote {len(text.splitlines())} of {limit} lines"))
        excluded = numpy.flatnonzero(~work.allowed).tolist()  # what the conditions rule out for retrieval, the model may not bring back
        with trace.span("match"):
            matched, unmatched = match_all(parse(text, limit * 2), self.names, excluded=excluded, shortlist=[i.n for i in items])
        work.unmatched += unmatched
        self._merge_written(work, matched)

    def _merge_written(self, work: Work, matched: Sequence[tuple[Suggestion, int, Match]]) -> None:
        """What the model wrote joins the shortlist: its order is a signal, 1 for the first and falling evenly."""
        known = {c.item.n: c for c in work.candidates}
        new = [n for _, n, _ in matched if n not in known]
        for item in self.index.items(new):
            known[item.n] = Candidate(item, 0.0, {})
        work.matches = {n: match for _, n, match in matched}
        work.reasons = {n: reason.tidy(s.reason) for s, n, _ in matched if s.reason}
        verdicts = {n: 1.0 - i / (len(matched) + 1) for i, (_, n, _) in enumerate(matched)}
        unnamed = {n: 0.0 for n in known if n not in verdicts}
        work.candidates = rank.with_verdicts(list(known.values()), verdicts | unnamed, self._weight(work), work.personal.multiplier(Source.MODEL))


def sway(query: Query, form: str) -> float:
    """What part of the model's weight counts for this question: recsh's own small weights have less to say where tags decide already, and about
    dialogues and Chinese, which they have never read."""
    if form != prompt.FORMAT:
        return 1.0
    decided = query.dialogue or (query.wishes and not query.references)
    return (0.4 if decided else 1.0) * (0.5 if query.chinese else 1.0)


def _spoken(work: Work) -> Query:
    """The question as the model reads it; one that has no words asks for what suits the person."""
    return work.query if work.query.text else replace(work.query, text=UNSAID)


def _late(work: Work, what: str) -> Warning_:
    return Warning_("timeout", f"{what}: {work.options.timeout:g} s were over")
