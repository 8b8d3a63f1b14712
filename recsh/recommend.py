"""The one place where the parts meet: a catalog, an engine or none, a memory or none, and a question -> an `Answer`.

    catalog = recsh.load_catalog("songs.csv")
    answer = recsh.Recommender(catalog).ask("rock songs like Metallica", limit=5)

Leaves out: files and flags (see `cli`), the model's part (see `opinion`), what is remembered (see `memory`), how an answer looks (see `render`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from recsh import prompt, rank, reason, sayings, smalltalk, trace
from recsh.catalog import Catalog
from recsh.config import SETTINGS, checked
from recsh.errors import StoreError, UsageError, WeightsError
from recsh.fusion import weights_for
from recsh.memory import Memory
from recsh.opinion import Adviser
from recsh.personal import Connection
from recsh.query import understand
from recsh.request import Query
from recsh.reread import reread, weight_for
from recsh.retrieve import retrieve
from recsh.semantic import SENTENCE, Semantic
from recsh.smalltalk import Said
from recsh.suggestions import examples
from recsh.text import clean, has_cjk
from recsh.tone import Tone, Voice
from recsh.types import Answer, Because, Candidate, Event, Item, Origin, Recommendation, Thing, Verdict, Warning_
from recsh.work import Options, Work

if TYPE_CHECKING:
    from recsh.engine import Engine

QUERY_LIMIT = 4000  # characters of a request that are read
FOR_ME = Query(text="", last="", wish="", words=())


class Recommender:
    """Answers questions about one catalog. `engine` is an `Engine`, or a function that opens one when first needed, or None for
    retrieval alone; `model_weight` how much its verdict counts in 0..1; `memory` what is known of the person, and where answers and verdicts
    are written down (None: nothing is known, nothing is kept). Not thread-safe: one question at a time."""

    def __init__(
        self, catalog: Catalog, engine: Engine | Callable[[], Engine] | None = None, *, semantic: Semantic | None = None, form: str = "chat", model_weight: float = 0.5,
        memory: Memory | None = None,
    ) -> None:  # fmt: skip
        from recsh.match import Names

        self.catalog = catalog
        self.index = catalog.index
        self.names = Names(catalog.index)
        self.semantic = semantic or Semantic()
        self.memory = memory
        self.adviser = Adviser(engine, catalog.index, self.names, form, model_weight, self._choose)

    @property
    def engine(self) -> Engine | None:
        """The engine, opened. Raises `WeightsError` or `EngineError`."""
        return self.adviser.engine

    def prepare(self) -> None:
        """Begin to load what a first question needs, in another thread, while it is read and the index is searched. A question asked without it loads
        the same, later."""
        self.adviser.prepare(after=self.semantic.prepare() if self.index.embedder == SENTENCE else None)

    def ask(
        self, text: str = "", options: Options = Options(), *, query: Query | None = None, stage: Callable[[str], None] = lambda name: None,
        ordered: Callable[[Sequence[Item]], None] | None = None, **changes: Any,
    ) -> Answer:  # fmt: skip
        """Answer one question. `changes` are fields of `Options` to set: `ask("sad piano", limit=3)`. `query` is the question understood
        already (by a conversation); `stage(name)` is told what is going on ("retrieve", "judge", ...), for a spinner, and `ordered(items)`
        what will be shown, before there are reasons.

        Small talk ("hello", 你能做什么) is answered by `Answer.reply` and no recommendations; what asks for nothing in particular ("recommend something") by
        what the taste, or the best known, says, and a question back. A model that is missing or fails leaves the answer of retrieval, with a warning, and so does a log that cannot be written. Raises
        `UsageError` for an empty question, a wrong `where` or a change to what no setting can be, `CatalogError` for a damaged index.
        """
        for name in changes.keys() & SETTINGS.keys():
            if changes[name] is not None:
                checked(name, changes[name], name)
        options = replace(options, **changes) if changes else options
        started = time.perf_counter()
        said = None if query else self._no_request(text, options)
        reply = smalltalk.answer(said, self.index, self.catalog.name, smalltalk.is_chinese(text, options.lang)) if said else ""
        if said is Said.VAGUE:
            query, options = replace(FOR_ME, text=clean(text), limit=self.understand(text).limit, chinese=has_cjk(text)), replace(options, for_me=True)
        elif said:
            return replace(self._answer(Work(replace(FOR_ME, text=clean(text)), options, [], None, [], []), [], 0), reply=reply)  # type: ignore[arg-type]  # no rows
        work = self.begun(text, options, query, stage)
        work.ordered = ordered
        shortlist = len(work.candidates)
        if self.adviser.rereads:
            stage("reread")
            with trace.span("reread"):
                reread(work, self.index, lambda: self.semantic.reranker)
        if work.candidates or options.free:
            self.adviser.advise(work, stage)
        with trace.span("explain"):
            chosen = self._choose(work)
            self._explain(work, chosen)
        work.timing["total"] = (time.perf_counter() - started) * 1000
        with trace.span("log"):
            return self._logged(work, chosen, replace(self._answer(work, chosen, shortlist), reply=reply))

    def begun(self, text: str, options: Options, query: Query | None = None, stage: Callable[[str], None] = lambda name: None) -> Work:
        """A question on its way, as retrieval answers it. Raises as `ask` does."""
        started = time.perf_counter()
        with trace.span("understand"):
            query = query or self._question(text, options)
        if self.adviser.rereads and weight_for(query, self.index):
            self.semantic.prepare_reranker()  # while the index is searched
        with trace.span("retrieve"):
            work = self._retrieve(query, options, stage)
        work.deadline = started + options.timeout if options.timeout is not None else None
        return work

    def _choose(self, work: Work) -> list[Candidate]:
        """What is shown: no thing twice, not too much alike, the best first. Diversity decides who is in, the score who stands where."""
        chosen = sorted(rank.diversify(rank.distinct(work.candidates), work.limit, work.options.diversity), key=lambda c: -c.score)
        if work.ordered:
            work.ordered([c.item for c in chosen])
            work.ordered = None
        return chosen

    def understand(self, text: str, context: str | None = None) -> Query:
        """What a question means against this catalog. A context ("late at night, alone") is read as a part of the wish."""
        text = text[:QUERY_LIMIT]
        if not clean(text):
            raise UsageError("the question is empty", f'recsh ask "{next(iter(examples(self.index, self.index.chinese)), "a word of a title")}"')
        query = understand(f"{text} . {context}" if context else text, self.index, self.names.find, self.names.spell)
        return replace(query, text=clean(text)) if context else query

    def _question(self, text: str, options: Options) -> Query:
        if options.for_me and not clean(text):
            return replace(self.understand(options.context), text="") if options.context else FOR_ME
        return self.understand(text, options.context)

    def _no_request(self, text: str, options: Options) -> Said | None:
        """What a question is that asks for nothing in particular; with a context, or where the taste is to lead, everything is a request."""
        return None if options.for_me or options.context or len(text) > smalltalk.LONGEST else smalltalk.read(text, self.index, self.names.find)

    def _retrieve(self, query: Query, options: Options, stage: Callable[[str], None]) -> Work:
        begun = time.perf_counter()
        stage("retrieve")
        warnings: list[Warning_] = []
        only = None
        if options.where:
            from recsh.where import mask

            only = mask(options.where, self.index)
        vector = head = None
        try:
            vector = self.semantic.request(request_text(query, self.index.embedder), self.index)
            if vector is not None and self.index.embedder == SENTENCE:
                query = sayings.heeded(query, self.index, vector)
            head = self.semantic.head(request_text(query), self.index) if self.adviser.there else None  # without a model nothing is read but the index
        except WeightsError as error:
            warnings.append(Warning_("vectors", f"no sentence vectors: {error.message}"))
        without = [n for i in options.exclude if (n := self.index.by_id(i)) is not None]
        work = Work(query, options, [], None, self._references(query), warnings, vector)  # type: ignore[arg-type]  # rows follow
        if self.memory and options.taste:
            self._remember(work)
        warnings += [Warning_("unknown", f"{clean(r.name)!r} is not in this catalog, and nothing is known of it") for r in query.references if not r.rows and not r.entry]
        limit = max(options.shortlist, 2 * work.limit)
        found = retrieve(
            query, self.index, vector=vector, head=head, only=only, without=without, limit=limit, personal=work.personal,
            weigh=partial(weights_for, for_me=options.for_me),
        )  # fmt: skip
        warnings += found.warnings
        work.candidates, work.allowed = list(found.candidates), found.allowed
        work.timing["retrieve"] = (time.perf_counter() - begun) * 1000
        return work

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

    def asked(self, text: str, context: str | None = None) -> tuple[Query, list[Item]]:
        """How a question of the log is understood, one without words too, and the rows that its "like X" named. Raises nothing that `ask` would not."""
        query = self._question(text, Options(for_me=True, context=context))
        return query, self._references(query)

    def preview(self, text: str, options: Options = Options()) -> tuple[str, int | None]:
        """What the model would be shown for this question, and how many tokens that is (None without a model)."""
        return self.adviser.preview(self._retrieve(self._question(text, options), options, lambda name: None))

    # --- what is remembered ------------------------------------------------------------------------------------------

    def _remember(self, work: Work) -> None:
        """What is known of the person joins the work; a log that cannot be read is a warning, not an end."""
        try:
            work.personal = self.memory.personal(work.query, work.options, work.vector)
            work.taste = self.memory.lines()
            if self.memory.problem:
                work.warnings.append(Warning_("ratings", self.memory.problem))
        except StoreError as error:
            work.warnings.append(Warning_(error.code, f"answered without what you liked before: {error.message}"))

    def _logged(self, work: Work, chosen: Sequence[Candidate], answer: Answer) -> Answer:
        """The answer, written down if there is a memory and nobody said not to."""
        if self.memory is None or not work.options.log:
            return answer
        try:
            self.memory.show(work, chosen, answer)
        except StoreError as error:
            return replace(answer, warnings=(*answer.warnings, Warning_(error.code, f"this answer was not written down: {error.message}")))
        return answer

    def judge(self, item_id: str, verdict: Verdict, *, value: float | None = None, note: str = "", origin: Origin = Origin.API, session: str = "") -> Event:
        """Write down what the person says of an item; the next answer knows it. Raises `UsageError` for an id that is not in the catalog or a
        value that is no rating, `StoreError` if it cannot be kept."""
        if self.memory is None:
            raise UsageError("this recommender has no memory", "recsh.recommender(catalog) has one")
        n = self.index.by_id(item_id)
        if n is None:
            raise UsageError(f"no item has the id {item_id!r}", "recsh catalog search finds ids")
        return self.memory.judge(self.index.items([n])[0], verdict, value=value, note=note, origin=origin, session=session)

    def like(self, item_id: str) -> Event:
        """The person likes this item."""
        return self.judge(item_id, Verdict.LIKE)

    def dislike(self, item_id: str) -> Event:
        """The person does not like this item; it will not be shown again unless asked for."""
        return self.judge(item_id, Verdict.DISLIKE)

    def rate(self, item_id: str, value: float) -> Event:
        """The person gives this item 1 to 5."""
        return self.judge(item_id, Verdict.RATING, value=value)

    def skip(self, item_id: str) -> Event:
        """This item was not right this time: a little against it."""
        return self.judge(item_id, Verdict.SKIP)

    def consumed(self, item_id: str) -> Event:
        """The person has read, seen or bought this item; it will not be shown again unless asked for."""
        return self.judge(item_id, Verdict.CONSUMED)

    # --- the answer --------------------------------------------------------------------------------------------------

    def _explain(self, work: Work, chosen: Sequence[Candidate]) -> None:
        """Reasons that are true: the model's where every word is supported, one from facts otherwise. recsh's own small weights only
        choose the facts; their sentences are made here."""
        if not work.options.reasons:
            return
        options = work.options
        voice = Voice(options.tone, options.lang, None if options.tone == Tone.PLAIN else options.seed)
        connections, liked, disliked = self._connections(work, chosen)
        for c, connection in zip(chosen, connections, strict=True):
            said = work.reasons.get(c.item.n, "")
            if self.adviser.form == prompt.FORMAT or not said or reason.untrue(said, c.item, work.query, work.references, liked, disliked):
                first = reason.named_facts(said, c.item)
                said = reason.compose(c.item, work.query, self.index.columns, work.references, first, connection=connection, voice=voice)
            work.reasons[c.item.n] = said
            if connection:
                work.because[c.item.n] = Because(connection.link, tuple((t.id, t.title) for t in connection.things), connection.shared)

    def _connections(self, work: Work, chosen: Sequence[Candidate]) -> tuple[Sequence[Connection | None], Sequence[Thing], Sequence[Thing]]:
        """(what connects each row with the person, what they liked, what they disliked); nothing without a memory, or if it cannot be read."""
        try:
            if self.memory and work.options.taste:
                return self.memory.connections([c.item for c in chosen]), *self.memory.judged
        except StoreError:  # said already, when the taste was read
            pass
        return [None] * len(chosen), (), ()

    def _answer(self, work: Work, chosen: Sequence[Candidate], shortlist: int) -> Answer:
        options, query = work.options, work.query
        results = tuple(
            Recommendation(i, c.item, round(max(0.0, min(1.0, c.score)), 4), work.reasons.get(c.item.n, ""), _shares(c), work.matches.get(c.item.n), c.words, work.because.get(c.item.n))
            for i, c in enumerate(chosen, 1)
        )
        engine = {"name": self.engine.name, "path": self.engine.path, "mode": work.mode.value} if work.mode and self.engine else None
        timing = {k: round(work.timing.get(k, 0.0), 1) for k in ("load", "retrieve", "reread", "prompt", "first", "generate", "total")}
        return Answer(
            id=new_id(), created_at=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), query=query.text, results=results,
            unmatched=tuple(work.unmatched), warnings=tuple(work.warnings), where=options.where, context=options.context, engine=engine,
            catalog={"name": self.catalog.name, "path": str(self.catalog.path), "items": self.index.rows, "shortlist": shortlist},
            params={"limit": work.limit, "seed": options.seed, "temperature": options.temperature}, usage=work.usage, timing_ms=timing,
            known=tuple(r for r in query.references if r.entry),
        )  # fmt: skip


def request_text(query: Query, embedder: str | None = SENTENCE) -> str:
    """What an embedder reads as the request: the wish without exclusions, names and numbers; of a dialogue the last turn. A Chinese wish for English rows
    the static vectors read in English words; the sentence model knows better what it means."""
    return (query.meant if embedder != SENTENCE else "") or (query.last if query.dialogue else query.wish)


def _shares(c: Candidate) -> Mapping[str, float]:
    """What each signal contributed to the score, the most first."""
    shares = {str(name): round(share, 4) for name, share in sorted(c.shares.items(), key=lambda kv: -kv[1])}
    return {name: share for name, share in shares.items() if share}


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> str:
    """A ULID: 48 bits of milliseconds and 80 random ones, 26 characters, sortable by time (github.com/ulid/spec)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))
