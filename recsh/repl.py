"""A conversation without a terminal: a turn in, blocks out. It keeps the talk, asks the recommender, writes verdicts down.

    repl = Repl(recommender, Options(), open_=opener)
    for block in repl.turn("thrash metal"): ...        # an Answered
    for block in repl.turn("I hated 2"): ...           # a Reply: noted: disliked ...

Blocks come as they are ready; a turn that fails gives a Failure and leaves the talk as it was. Leaves out: how a sentence is read (see
`turns`), slash commands (see `slash`), what is asked about
items (see `conversation`), printing (see `cli.screen`), files (see `talks`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from recsh import intent, prompt, slash
from recsh.asking import ask_back
from recsh.blocks import Answered, Block, Failure, Note, Reply
from recsh.conversation import Conversation
from recsh.errors import RecshError, WeightsError
from recsh.mentions import MARK, mark
from recsh.replies import done, listed, reply
from recsh.suggestions import rows_over
from recsh.talk import Opinion, Part, Talk
from recsh.tone import gloss
from recsh.turns import TURN_LIMIT, Act, Kind, Turn, read
from recsh.types import Answer, Item, Origin, Verdict
from recsh.verdicts import event_of
from recsh.work import Options

if TYPE_CHECKING:
    from recsh.recommend import Recommender

CHAT = "chat"  # the form of weights that read talk
FOLLOWING = 6  # rows that recsh's own weights see from the second answer on: they change little, and each row costs time
SAID, SAID_LONG = 200, 500  # turns that /history has, and characters of one

Open = Callable[[str | None, str | None], "tuple[Recommender, str, str]"]
"""open(catalog or None, model or None) -> (recommender, the catalog's name, the model's); None for the one in use. Raises `RecshError`."""


class Repl(Conversation):
    """A conversation that goes on. `open_` opens another catalog or model, `stage(name)` is told what is going on, and `ordered(items)` what will
    be shown, before there are reasons.

    `acts` and `answer` are of the last turn: what was done, and the recommendations, if it gave any; `over` once the person left.
    """

    def __init__(
        self, recommender: Recommender, options: Options, *, open_: Open, names: tuple[str, str] = ("", ""), ident: str | None = None, keep: bool = True,
        context: str | None = None, now: Callable[[], datetime] = datetime.now, stage: Callable[[str], None] = lambda name: None,
        ordered: Callable[[Sequence[Item]], None] = lambda items: None,
    ) -> None:  # fmt: skip
        super().__init__(recommender, options, names=names, ident=ident, keep=keep, context=context, now=now)
        self.stage = stage
        self.ordered = ordered
        self.over = False
        self.turns = 0
        self.acts: tuple[Act, ...] = ()
        self.answer: Answer | None = None
        self._open = open_
        self._waiting: tuple[Act, ...] = ()  # verdicts that were asked back
        self._asked_back = False
        self._for_me = False
        self._told_undo = False
        self._sound = self.talk  # what a turn that fails leaves
        self._begun = self._first = 0.0

    # --- turns -------------------------------------------------------------------------------------------------------

    def turn(self, text: str) -> Iterator[Block]:
        """What a turn brings about. A line that begins with / is a command, one with // is text that begins with /; several lines are text."""
        line = text.strip()
        self._begun, self._first = time.perf_counter(), 0.0
        self.acts, self.answer = (), None
        self.turns += 1
        self.said = [*self.said, line[:SAID_LONG]][-SAID:]
        self._sound = self.talk
        try:
            if line.startswith("/") and not line.startswith("//") and "\n" not in line:
                yield from slash.run(self, line)
            else:
                yield from self._sentence(line[1:] if line.startswith("//") else line)
        except RecshError as error:
            self.talk = self._sound
            yield Failure(error)

    def _sentence(self, text: str) -> Iterator[Block]:
        waiting, self._waiting = self._waiting, ()
        if waiting and (acts := self._resolved(text, waiting)):
            self.acts = acts
            yield self._judged(acts, Origin.SENTENCE)
            return
        if len(text) > TURN_LIMIT:
            yield Note(reply("cut", self.chinese, n=f"{TURN_LIMIT:,}"))
        old, turn = self.talk, read(text, self.talk, self.index, self.recommender.names)
        self.acts, zh = turn.acts, self.in_chinese(turn.chinese)
        kinds = {a.kind for a in turn.acts}
        if waiting and kinds <= {Kind.YES, Kind.NO}:
            self.talk = turn.talk
            yield self._judged(waiting, Origin.SENTENCE) if Kind.YES in kinds else Reply((reply("not_noted", zh),))
            return
        if Kind.UNDO in kinds:
            yield from self.undo(chinese=zh)
            return
        if self._unread(turn) and (act := self._guessed(text)):
            self.acts = (act,)
            yield from self._meant(act, zh)
            return
        sure = [a for a in turn.acts if a.kind is Kind.VERDICT and a.sure and a.id]
        acknowledged = self._written(sure, old, Origin.SENTENCE, zh) if sure else None
        self.talk = self._sound = turn.talk
        if any(a.part for a in turn.acts):
            self._asked_back = self._for_me = False
        if acknowledged:
            yield acknowledged
        for act in turn.acts:
            yield from self._done(act, zh)
        if turn.answered:
            yield from self.answers(_count(turn))
        if unsure := tuple(a for a in turn.acts if a.kind is Kind.VERDICT and not (a.sure and a.id) and (a.id or not turn.answered)):
            yield self._ask_verdict(unsure, zh)

    def _unread(self, turn: Turn) -> bool:
        """Whether the rules found nothing in a turn: nothing at all, or, after items were shown, words that the catalog has no tag, name or number for."""
        if {a.kind for a in turn.acts} == {Kind.EMPTY}:
            return True
        if not self.talk.shown or any(a.kind is not Kind.REFINE or a.part is None for a in turn.acts):
            return False
        queries = [self.recommender.understand(a.part.ask) for a in turn.acts if a.part and a.part.ask]
        return bool(queries) and not any(q.wishes or q.conditions or q.leanings or q.references or q.excluded for q in queries)

    def _guessed(self, text: str) -> Act | None:
        """What a chat model takes a turn for that no rule reads; None without such a model, or if it is not clear."""
        adviser = self.recommender.adviser
        if adviser.form != CHAT or not adviser.there:
            return None
        try:
            self.stage("load")
            engine = adviser.engine
            self.stage("read")
            return intent.guess(text, self.items(self.talk.shown), engine.judge) if engine else None
        except WeightsError:  # the rules serve without, and an answer will say what is wrong with the model
            return None

    def _meant(self, act: Act, zh: bool) -> Iterator[Block]:
        """What is done about a turn as the model reads it."""
        if act.kind is Kind.VERDICT:
            yield self._ask_verdict((act,), zh)
        elif act.kind is Kind.MORE:
            self.talk = self._sound = self.talk.page()
            yield from self.answers()
        elif act.kind is Kind.REFINE:
            self.talk = self._sound = self.talk.add(Part(act.words, act.words))
            yield from self.answers()
        else:
            yield from self._done(act, zh)

    def _done(self, act: Act, zh: bool) -> Iterator[Block]:
        """What is done about an act that is neither a verdict nor a request."""
        if act.kind in (Kind.GREETING, Kind.HELP):
            yield Reply((reply("hello" if act.kind is Kind.GREETING else "help", zh, example=self.example(zh)),))
        elif act.kind is Kind.THANKS:
            yield Reply((reply("thanks", zh),))
        elif act.kind is Kind.CLEAR:
            self._asked_back = self._for_me = False
            yield Reply((reply("cleared", zh),))
        elif act.kind in (Kind.EMPTY, Kind.YES, Kind.NO):
            yield from [Reply((reply("unclear", zh),))] if self.talk.parts else self._nothing_said(zh)
        elif act.kind in (Kind.WHY, Kind.SHOW):
            yield self.about(act, zh)
        elif act.kind is Kind.WHYNOT:
            yield self.why_not_named(act.id, act.words, zh)
        elif act.kind is Kind.RECALL:
            yield self.recall(act.recall, zh)

    # --- answers -----------------------------------------------------------------------------------------------------

    def answers(self, count: int | None = None) -> Iterator[Block]:
        """Recommendations for what is asked for now; a question back where nothing is."""
        zh = self.chinese
        if not self.talk.parts and not self._for_me and not any(o.liked for o in self.talk.opinions):
            yield from self._nothing_said(zh)
            return
        options = replace(self.options, limit=count, for_me=self._for_me and not self.talk.parts)
        if self.shown is not None and self.recommender.adviser.form == prompt.FORMAT:
            options = replace(options, shortlist=min(options.shortlist, FOLLOWING))
        self.answer = answer = self.ask(self.talk, options, self.stage, self._heard)
        for warning in answer.warnings:
            yield Note(warning.message)
        if not answer.results:
            yield Reply((reply("all" if self.talk.passed else "nothing", zh, catalog=self.recommender.catalog.name),))
            return
        self.shown = answer
        self.talk = self.talk.showing(r.item.id for r in answer)
        yield Answered(answer, self._first or (time.perf_counter() - self._begun) * 1000)

    def _heard(self, items: Sequence[Item]) -> None:
        self._first = (time.perf_counter() - self._begun) * 1000
        self.ordered(items)

    def _nothing_said(self, zh: bool) -> Iterator[Block]:
        """One question back; whoever does not care is shown what the taste, or the catalog's best known, says."""
        if not self._asked_back:
            self._asked_back = True
            if question := ask_back(rows_over(self.index), self.index.columns, chinese=zh or self.index.chinese, word=lambda tag: gloss(tag, zh or self.index.chinese)):
                self.talk = self.talk.asking(question.choices)
                yield Reply((question.text,), asks=True)
            else:
                yield Reply((reply("say", zh, example=self.example(zh)),))
            return
        self._for_me = True
        yield from self.answers()

    # --- verdicts ----------------------------------------------------------------------------------------------------

    def judge(self, items: Sequence[Item], verdict: Verdict, value: float | None = None) -> Reply:
        """A verdict that was given by a command. Raises `StoreError` if it cannot be written down."""
        ranks = {r.item.id: r.rank for r in self.shown or ()}
        acts = tuple(Act(Kind.VERDICT, "", i.id, i.title, ranks.get(i.id), verdict, value) for i in items)
        self.acts = (*self.acts, *acts)
        return self._judged(acts, Origin.CHAT)

    def _judged(self, acts: Sequence[Act], origin: Origin) -> Reply:
        """Verdicts join the talk as one step, and are written down."""
        said = self._written(acts, self.talk, origin, self.chinese)
        talk = self.talk
        for act in acts:
            talk = talk.judge(_opinion(act))
        self.talk = self._sound = replace(talk, asked=()).noted(self.talk) if talk.opinions != self.talk.opinions else talk
        return said

    def _written(self, acts: Sequence[Act], talk: Talk, origin: Origin, zh: bool) -> Reply:
        """Verdicts that are new go to the log, as one action; one line that says so."""
        new = [a for a in acts if _opinion(a) not in talk.opinions]
        items = {i.id: i for i in self.items([a.id or "" for a in acts])}
        told = listed([done(a.verdict, a.title, items[a.id].creator, a.value, zh) for a in new or acts], zh)  # type: ignore[arg-type, index]
        memory = self.recommender.memory
        if not new:
            return Reply((reply("already", zh, what=told),))
        if memory is None or not self.keep:
            return Reply((reply("noted_here", zh, what=told),))
        last = memory.log.impression(self.shown.id) if self.shown else None
        memory.log.add([
            event_of(
                a.verdict, items[a.id], self.index.columns, memory.key, memory.clock(), last=last, value=a.value, origin=origin, session=self.ident,  # type: ignore[arg-type, index]
            ) for a in new
        ])  # fmt: skip
        first, self._told_undo = not self._told_undo, True
        return Reply((reply("noted_undo" if first else "noted", zh, what=told),))

    def _ask_verdict(self, acts: Sequence[Act], zh: bool) -> Reply:
        """One question about verdicts that are not sure."""
        self._waiting = tuple(acts)
        if any(a.id is None for a in acts):
            self._waiting = tuple(acts[:1])
            return Reply((reply("which" if self.talk.shown else "none_such", zh),), asks=bool(self.talk.shown))
        what = listed([done(a.verdict, a.title, "", a.value, zh) for a in acts if a.verdict], zh)
        self.talk = self.talk.asking(("是", "不是") if zh else ("yes", "no"))
        return Reply((reply("is_it", zh, what=what),), asks=True)

    def _resolved(self, text: str, waiting: Sequence[Act]) -> tuple[Act, ...]:
        """The verdict that waits for its item, on what a turn of nothing but numbers or titles names."""
        if waiting[0].id is not None:
            return ()
        items = self.items(self.talk.shown)
        marked = mark(text, items, None)
        if not MARK.fullmatch(marked.text.strip(" .!。！")):
            return ()
        return tuple(replace(waiting[0], id=items[p].id, title=items[p].title, rank=p + 1, sure=True) for p in marked.places(marked.text))

    def undo(self, *, chinese: bool) -> Iterator[Block]:
        """Take the last step back: a verdict, in the log too, or a change of what is asked for, which is answered anew."""
        old, new = self.talk, self.talk.undo()
        if new is old:
            yield Reply((reply("no_undo", chinese),))
            return
        taken = [o for o in old.opinions if o not in new.opinions]
        if taken and self.keep and self.recommender.memory:
            self.recommender.memory.log.undo(self.ident)
        self.talk = self._sound = new
        if taken:
            yield Reply((reply("took_back", chinese, what=listed([done(o.verdict, o.title, "", o.value, chinese) for o in taken], chinese)),))
        if (old.parts, old.passed, old.limit) != (new.parts, new.passed, new.limit):
            held = " · ".join(p.said for p in new.parts)
            yield Reply((reply("back_to", chinese, what=held) if held else reply("back_to_start", chinese),))
            if new.parts:
                yield from self.answers()

    def switch(self, catalog: str | None = None, model: str | None = None) -> None:
        """Go on with another catalog, in which nothing was asked for yet, or other weights. Raises `RecshError`, and nothing is changed then."""
        recommender, *names = self._open(catalog, model)
        self.names = (names[0], names[1])
        self.recommender = recommender
        if catalog is not None:
            self.options = replace(self.options, where=None)
            self.talk, self.shown, self._waiting, self._for_me, self._asked_back = Talk(chinese=self.talk.chinese, limit=self.talk.limit), None, (), False, False

def _opinion(act: Act) -> Opinion:
    """The opinion that a verdict is."""
    assert act.id is not None and act.verdict is not None
    return Opinion(act.id, act.title, act.verdict, act.value)


def _count(turn: Turn) -> int | None:
    """How many more were asked for, this once."""
    return next((a.count for a in turn.acts if a.kind is Kind.MORE and a.count), None)
