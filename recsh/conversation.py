"""A conversation as it stands: the talk, what was shown last, how to answer; and what can be asked of it without changing it.

    why an item was recommended, why not, what was said of items, which item "2" or "take five" names, what the talk amounts to

Leaves out: turns, and everything that changes the talk (see `repl`); the words of a query (see `talk`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from recsh import cards
from recsh.acts import Act, Kind
from recsh.blocks import Block, Reply, called
from recsh.errors import UsageError
from recsh.index import Index
from recsh.occasion import occasion
from recsh.recommend import new_id
from recsh.replies import reply
from recsh.request import Query
from recsh.smalltalk import quoted
from recsh.suggestions import examples
from recsh.talk import Part, Talk
from recsh.types import Answer, Impression, Item, Recommendation, Shown, Verdict
from recsh.verdicts import looks_like_rank, resolve
from recsh.whynot import DEPTH, why_not
from recsh.work import Options

if TYPE_CHECKING:
    from recsh.recommend import Recommender

AUTO = "auto"  # the context that is the time of day, the weekday and the season


class Conversation:
    """Where a conversation stands. `names` are what catalog and model were opened by; `shown` is the last answer, `said` the turns of late;
    `context` a text, `AUTO` or None; `keep` whether anything is written down; `now` the local time."""

    def __init__(
        self, recommender: Recommender, options: Options, *, names: tuple[str, str], ident: str | None, keep: bool, context: str | None, now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self.recommender = recommender
        self.ident = ident or new_id()
        self.options = replace(options, session=self.ident, log=options.log and keep)
        self.names = names
        self.keep = keep
        self.context = context
        self.now = now
        self.talk = Talk()
        self.shown: Answer | None = None
        self.said: list[str] = []

    @property
    def index(self) -> Index:
        """The catalog's index."""
        return self.recommender.index

    @property
    def chinese(self) -> bool:
        """Whether the person is spoken to in Chinese: as was set, else as they spoke last."""
        return self.in_chinese(self.talk.chinese)

    def in_chinese(self, spoken: bool) -> bool:
        """The same, where `spoken` says whether they just spoke Chinese."""
        return self.options.lang == "zh" if self.options.lang in ("zh", "en") else spoken

    def example(self, zh: bool) -> str:
        """Something that this catalog can be asked for, in quotes."""
        return quoted(examples(self.index, zh or self.index.chinese)[:1], zh) or reply("anything", zh)

    def items(self, ids: Sequence[str]) -> list[Item]:
        """The rows with these ids, those that are gone left out."""
        return self.index.items([n for i in ids if (n := self.index.by_id(i)) is not None])

    # --- what is asked for -------------------------------------------------------------------------------------------

    def ask(
        self, talk: Talk, options: Options, stage: Callable[[str], None] = lambda name: None, ordered: Callable[[Sequence[Item]], None] | None = None
    ) -> Answer:
        """What a talk is answered with; nothing here remembers it."""
        context = self.context_text(talk.chinese)
        return self.recommender.ask(query=self.query(talk), options=replace(options, exclude=talk.hidden, context=context), stage=stage, ordered=ordered)

    def query(self, talk: Talk) -> Query:
        """What a talk amounts to. The context is read as what was said first, so that anything said since weighs more."""
        context, names = self.context_text(talk.chinese), self.recommender.names
        if not context:
            return talk.query(self.index, names)
        whole = replace(talk, parts=(Part(context, context), *talk.parts)).query(self.index, names)
        # Of what was said before, the newest is what is meant; the context is of now.
        wish = whole.wish if context in whole.wish else ", ".join(filter(None, (whole.wish, context)))
        return replace(whole, text=", ".join(p.ask for p in talk.parts if p.ask), wish=wish)

    def context_text(self, chinese: bool) -> str | None:
        """The context in words."""
        return occasion(self.now(), chinese or self.index.chinese) if self.context == AUTO else self.context

    # --- one item ----------------------------------------------------------------------------------------------------

    def about(self, act: Act, zh: bool) -> Block:
        """Why an item was recommended, or what stands in its row."""
        if act.id is None:
            most = len(self.talk.shown)
            return Reply((reply("which_item", zh, most=most) if most else reply("none_such", zh),))
        item = self.items([act.id])[0]
        return cards.facts(item) if act.kind is Kind.SHOW else self.why(item, zh)

    def why(self, item: Item, zh: bool) -> Block:
        """Why an item was recommended; if it was not, why not."""
        r = next((r for r in self.shown or () if r.item.id == item.id), None)
        return cards.why(r, self.index, self.recommender.memory, zh) if r else self.why_not(item, zh)

    def why_not(self, item: Item, zh: bool) -> Block:
        """What keeps an item out; why it is in, if it is."""
        shown = [r for r in self.shown or () if r.item.id in self.talk.shown]
        if any(r.item.id == item.id for r in shown):
            return self.why(item, zh)
        if not self.talk.parts:
            return Reply((f"{called(item.title, item.creator)}: {reply('say', zh, example=self.example(zh))}",))
        relaxed = " ".join(w.message for w in (self.shown.warnings if self.shown else ()))
        return cards.absent(why_not(item, self.talk, self.query(self.talk), self.recommender, self.options, shown, self.ask, relaxed), self.talk, zh)

    def why_not_named(self, identity: str | None, words: str, zh: bool) -> Block:
        """The same for what was named; of a creator's items, for the one that comes nearest."""
        if identity:
            return self.why_not(self.items([identity])[0], zh)
        found = self.recommender.names.find(words, True)
        rows = [*found.rows] if found else []
        if not rows:
            return Reply((reply("unknown_title", zh, words=f'"{words}"', catalog=self.recommender.catalog.name),))
        ids = {i.id for i in self.index.items(rows)}
        wide = replace(self.options, limit=DEPTH, reasons=False, log=False, diversity=0.0, explore=0.0)
        nearest = next((r.item for r in self.ask(self.talk, wide) if r.item.id in ids), None) if self.talk.parts else None
        return self.why_not(nearest or self.index.items(rows[:1])[0], zh)

    def recall(self, wanted: Verdict | None, zh: bool) -> Block:
        """What was said of items, in the log or in this talk."""
        memory = self.recommender.memory
        events = memory.log.events(memory.key) if memory else ()
        return cards.recalled(events, () if self.keep and memory else self.talk.opinions, wanted, self.recommender.catalog.name, zh)

    def find(self, argument: str) -> Item:
        """The item that a command's argument names: a number of the last answer, an id, a title. Raises `UsageError`."""
        shown = tuple(Shown(i.id, i.title, rank, 0.0) for rank, i in enumerate(self.items(self.talk.shown), 1))
        zh = self.chinese
        named = resolve(argument, self.recommender.names, self.index, Impression("", "", 0.0, "", shown))
        if named.sure:
            return named.items[0]
        if looks_like_rank(argument) is not None and not named.items:
            raise UsageError(reply("no_line", zh, what=argument, n=len(shown)), reply("no_line_try", zh, n=len(shown)) if shown else reply("ask_first", zh))
        lines = "; ".join(f"{i.title}{f' by {i.creator}' if i.creator else ''} (id:{i.id})" for i in named.items[:3])
        if named.items and not named.near:
            raise UsageError(reply("several", zh, what=argument), lines)
        near = reply("not_called_try", zh, what=lines) if lines else reply("other_spelling", zh)
        raise UsageError(reply("not_called", zh, catalog=self.recommender.catalog.name, what=argument), near)

    # --- as JSON -----------------------------------------------------------------------------------------------------

    def as_json(self) -> dict[str, Any]:
        """Everything needed to take the conversation up again."""
        shown = self.shown and {
            "id": self.shown.id, "created_at": self.shown.created_at, "query": self.shown.query,
            "results": [{"id": r.item.id, "score": r.score, "reason": r.reason, "sources": dict(r.sources), "words": [*r.words]} for r in self.shown],
        }  # fmt: skip
        held = {"catalog": self.names[0], "model": self.names[1], "where": self.options.where, "context": self.context}
        return {**held, "talk": self.talk.as_json(), "shown": shown, "said": self.said}

    def restore(self, value: Mapping[str, Any]) -> None:
        """Take up what `as_json` gave; rows that are gone from the catalog are left out. Raises `ValueError`, `KeyError` or `TypeError` for
        what that never wrote."""
        talk, said = Talk.from_json(value["talk"]), [str(x) for x in value["said"]]
        shown = None
        if value["shown"]:
            kept = {r["id"]: r for r in value["shown"]["results"]}
            results = [
                Recommendation(n, i, float(kept[i.id]["score"]), kept[i.id]["reason"], kept[i.id]["sources"], None, tuple(kept[i.id]["words"]))
                for n, i in enumerate(self.items([*kept]), 1)
            ]
            shown = Answer(value["shown"]["id"], value["shown"]["created_at"], value["shown"]["query"], tuple(results))
            talk = replace(talk, shown=tuple(r.item.id for r in results))
        self.options = replace(self.options, where=self.options.where or value["where"])
        self.context = self.context or value["context"]
        self.talk, self.said, self.shown = talk, said, shown
