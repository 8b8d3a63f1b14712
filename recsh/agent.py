"""What an agent may do with recsh: ask for recommendations, search, give feedback. Values in, values out, each of bounded size.

    desk = Desk(settings, options)
    desk.recommend("rock songs like Metallica", limit=3).results

An agent speaks for the person, but what it reads may not be the person's: it reaches the catalogs that are known by name and no other file,
and its feedback carries an origin and a session of its own. One question at a time.
Leaves out: the protocol (see `cli.mcp`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from recsh import session
from recsh.catalog import DEFAULT, Catalog, Entry, entries, lookup, open_catalog
from recsh.errors import RecshError, UsageError
from recsh.recommend import Recommender, new_id
from recsh.semantic import Semantic
from recsh.text import clean
from recsh.types import Answer, Item, Origin, Recommendation, Role, Verdict
from recsh.verdicts import HIGHEST, LOWEST, phrase, resolve
from recsh.work import Options

if TYPE_CHECKING:
    from recsh.engine import Engine

MOST = 50  # items of one answer
TAGS, TEXT, CELL, NOTE = 12, 300, 160, 1000  # tags of an item, and characters of its description, of a name, of a note
CATALOGS, COLUMNS, EXAMPLES = 200, 40, 5
EXCLUDED = 1000  # ids

# subtle: none of these has slots, whose descriptors the protocol's library would take for default values.


@dataclass(frozen=True)
class Told:
    """One item. `score` in 0..1, `reason` and `because` only of recommendations."""

    rank: int
    item_id: str
    title: str
    creator: str
    tags: list[str]
    numbers: dict[str, float]
    text: str
    score: float
    reason: str
    because: list[str]


@dataclass(frozen=True)
class Answered:
    """An answer: `model` is None when none took part; `session` what `recsh history rm --session` removes it by, None if nothing was written down."""

    answer_id: str
    catalog: str
    model: str | None
    results: list[Told]
    warnings: list[str]
    session: str | None


@dataclass(frozen=True)
class Noted:
    """Feedback as it was written down."""

    event_id: int
    item_id: str
    title: str
    verdict: str
    said: str
    session: str


class Desk:
    """Where an agent is served. `settings` as in `config.SETTINGS`, `options` how questions are answered, `catalog` the name or file asked when
    none is named (None for the configured one)."""

    def __init__(self, settings: Mapping[str, Any], options: Options = Options(), catalog: str | None = None) -> None:
        self.session = f"mcp-{new_id()}"
        self._settings = dict(settings)
        self._options = replace(options, session=self.session)
        self._default = lookup(catalog or settings.get("catalog", DEFAULT))
        self._semantic = Semantic(settings.get("threads") or None)
        self._engines: dict[str | None, Engine] = {}  # by adapter
        self._open: dict[str, Recommender] = {}
        self._searches: dict[str, Recommender] = {}  # the same without a model and a memory
        self._stack = ExitStack()
        self._turn = threading.Lock()

    @property
    def writes(self) -> bool:
        """Whether answers are written down."""
        return self._options.log

    # --- what may be asked -------------------------------------------------------------------------------------------

    def recommend(
        self, query: str, *, catalog: str | None = None, limit: int = 5, where: str | None = None, context: str | None = None, exclude: list[str] | None = None, again: bool = False
    ) -> Answered:
        """Recommendations, the best first, each with a reason. Raises `RecshError`."""
        with self._turn:
            recommender = self._recommender(catalog)
            options = replace(
                self._options, limit=_bounded(limit), where=where or None, context=context or None, exclude=tuple(exclude or ())[:EXCLUDED], again=again
            )  # fmt: skip
            return self._told(recommender.ask(query, options), recommender, written=self._options.log)

    def search(self, words: str, *, catalog: str | None = None, limit: int = 10, where: str | None = None) -> Answered:
        """Rows by words, meaning and conditions: no model, nothing of the person's taste, and nothing is written down. Raises `RecshError`."""
        with self._turn:
            recommender = self._recommender(catalog)
            answer = self._searches[recommender.catalog.name].ask(words, Options(limit=_bounded(limit), where=where or None, reasons=False))
            return self._told(answer, recommender, written=False)

    def feedback(self, item: str, verdict: str, *, value: float | None = None, note: str | None = None, catalog: str | None = None) -> Noted:
        """Write down what the person says of an item, named by its id or its title. Raises `RecshError`; then nothing was written."""
        said = Verdict(verdict)
        if (said is Verdict.RATING) != (value is not None):
            raise UsageError("a rating needs a value" if value is None else f"a {said} has no value", f"verdict 'rating' with value {LOWEST:g} to {HIGHEST:g}")
        if (said is Verdict.NOTE) != bool(note and note.strip()):
            raise UsageError("a note needs text" if said is Verdict.NOTE else f"a {said} has no note", "verdict 'note' with note 'TEXT'")
        with self._turn:
            recommender = self._recommender(catalog)
            found = self._item(recommender, item)
            event = recommender.judge(found.id, said, value=value, note=(note or "")[:NOTE], origin=Origin.AGENT, session=self.session)
        return Noted(event_id=event.id, item_id=found.id, title=_name(found.title), verdict=said.value, said=phrase(event), session=self.session)

    def catalogs(self) -> list[dict[str, Any]]:
        """The catalogs that may be asked; `default` is asked when none is named."""
        return [{"name": e.name, "sample": e.sample, "default": e == self._default} for e in self._known().values()][:CATALOGS]

    def describe(self, name: str) -> dict[str, Any]:
        """What is in a catalog: its size, columns with their roles and ranges, and a few rows. Raises `RecshError`."""
        with self._turn:
            recommender = self._recommender(name)
            index = recommender.index
            columns = [{"name": clean(c.name)[:CELL], "role": c.role.value, "unit": c.unit or None, "low": c.low, "high": c.high} for c in index.columns if c.role is not Role.IGNORE]
            rows = index.items(range(min(EXAMPLES, index.rows)))
            return {"name": name, "items": index.rows, "columns": columns[:COLUMNS], "examples": [{"item_id": i.id, "title": _name(i.title), "creator": _name(i.creator)} for i in rows]}

    def interrupt(self) -> None:
        """Stop the question under way; from another thread."""
        for engine in [*self._engines.values()]:
            engine.interrupt()

    def close(self) -> None:
        """Close catalogs, log and engine."""
        self._stack.close()
        for engine in self._engines.values():
            engine.close()

    # --- what stands behind it ---------------------------------------------------------------------------------------

    def _loaded(self, lora: str | None) -> Engine:
        """One for all catalogs, and one more for those with an adapter of `recsh tune`."""
        if lora not in self._engines:
            self._engines[lora] = session.load_engine(session.model_of(self._settings), {**self._settings, "lora": lora})
        return self._engines[lora]

    def _known(self) -> dict[str, Entry]:
        return {self._default.name: self._default, **{name: e for name, e in entries().items() if name != self._default.name}}

    def _recommender(self, name: str | None) -> Recommender:
        """That of a catalog known by name; a path is none, whatever stands there."""
        known = self._known()
        entry = self._default if name is None else known.get(name)
        if entry is None:
            raise UsageError(f"there is no catalog {clean(name or '')[:CELL]!r}", f"one of {', '.join([*known][:CATALOGS])}")
        if entry.name not in self._open:
            opened: Catalog = open_catalog(entry, self._semantic.for_rows)
            self._stack.enter_context(closing(opened.index))
            made = session.recommender(opened, self._settings, self._semantic, load=self._loaded)
            if made.memory:
                self._stack.enter_context(closing(made.memory.log))
            self._open[entry.name], self._searches[entry.name] = made, Recommender(opened, None, semantic=self._semantic)
        return self._open[entry.name]

    def _item(self, recommender: Recommender, argument: str) -> Item:
        named = resolve(argument, recommender.names, recommender.index, None)
        if named.sure:
            return named.items[0]
        choices = "; ".join(f"{_name(i.title)} by {_name(i.creator)} (id {i.id})" if i.creator else f"{_name(i.title)} (id {i.id})" for i in named.items)
        said = clean(argument)[:CELL]
        if not choices:
            raise UsageError(f"nothing in {recommender.catalog.name!r} is called {said!r}", "search_catalog finds items and their ids")
        raise UsageError(f"{said!r} is not sure: {'the nearest are' if named.near else 'it may be'} {choices}", "give the id")

    def _told(self, answer: Answer, recommender: Recommender, *, written: bool) -> Answered:
        prose = next((c.name for c in recommender.index.columns if c.role is Role.TEXT), "")
        return Answered(
            answer_id=answer.id, catalog=recommender.catalog.name, model=str(answer.engine["name"]) if answer.engine else None, results=[_item_of(r, prose) for r in answer],
            warnings=[*([answer.reply] if answer.reply else []), *(clean(w.message) for w in answer.warnings)], session=self.session if written else None,
        )  # fmt: skip


def _item_of(r: Recommendation, prose: str) -> Told:
    because = [f"{r.because.link}: {title}" for _, title in r.because.items] if r.because else []
    return Told(
        rank=r.rank, item_id=r.item.id, title=_name(r.item.title), creator=_name(r.item.creator), tags=[_name(t) for t in r.item.tags[:TAGS]],
        numbers={_name(k): v for k, v in [*r.item.numbers.items()][:COLUMNS]}, text=clean(r.item.cells.get(prose, ""))[:TEXT], score=r.score, reason=clean(r.reason)[: 2 * TEXT],
        because=[_name(b) for b in because],
    )  # fmt: skip


def _name(text: str) -> str:
    return clean(text)[:CELL]


def _bounded(limit: int) -> int:
    if not 1 <= limit <= MOST:
        raise UsageError(f"limit has to be between 1 and {MOST}, not {limit}", "limit 5")
    return limit


def told_of(error: RecshError) -> str:
    """An error as an agent reads it."""
    return clean(error.message) + (f"; try: {clean(error.hint)}" if error.hint else "")
