"""A conversation as a value: what was asked for, part by part, what was thought of items, what was shown; and the one `Query` it amounts to.

    thrash metal · older · not Metallica again   ->   wishes thrash metal, year ..1985, excluded Metallica

Parts keep the words, not what was found in the catalog for them: a conversation taken up again, or one whose catalog has changed, is read
anew. Relative bounds ("older" than what was shown) are kept as what they came to. Every change gives a new value, and the one before stays at
hand for `undo`. Leaves out: reading a turn (see `turns`), what a taste does to an answer, and the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import inf, isinf
from typing import TYPE_CHECKING, Any

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from recsh.conditions import Condition, Leaning
from recsh.index import Index
from recsh.query import understand
from recsh.references import distinct
from recsh.regex import regex
from recsh.request import Exclusion, Query, Wish, search_words
from recsh.takeback import columns_called
from recsh.text import fold, has_cjk, tokens
from recsh.topic import kind_columns
from recsh.types import Reference, Role, Verdict

if TYPE_CHECKING:
    from recsh.match import Names

DECAY_OF_CREATOR = 0.4  # what a creator counts for every part that was said after it: the one named last is the one that is meant
DECAY, DECAY_OF_KIND = 0.7, 0.9  # what a wish counts for every part that was said after it; one that says what a thing is (genre, category) stays longer
PARTS = 12  # parts that are kept apart; older ones are folded into one
NEAR = 1  # newest parts whose meaning is asked for; what older ones wished for in the catalog's words stays
FOLDED = 600  # characters that are kept of those
STEPS = 20  # changes that can be taken back
PASSED = 400  # items that were paged past and are not shown again
_ADDS = regex(r"^(?:and|or|plus)\b|\b(?:also|too|as well)\b|[也还]", re.I)
_BUT = regex(r"\bbut\b|但|不过", re.I)
_NO_MORE = (Verdict.DISLIKE, Verdict.SKIP, Verdict.CONSUMED)


class Part(Struct, frozen=True):
    """One thing that was asked for. `said` as typed; `ask` what of it is a request, as `understand` reads it; `conditions` and `leanings` that
    came from what was shown then; `like` and `unlike` the ids of items it should be near to or not; `replaces` if it takes the place of what was
    wished for in the same columns; `forget` what of the parts before is taken back."""

    said: str
    ask: str = ""
    conditions: tuple[Condition, ...] = ()
    leanings: tuple[Leaning, ...] = ()
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    replaces: bool = False
    forget: str = ""


class Opinion(Struct, frozen=True):
    """What was said of an item in this conversation; `value` is a rating's 1 to 5."""

    id: str
    title: str
    verdict: Verdict
    value: float | None = None

    @property
    def liked(self) -> bool | None:
        """True for a like or a rating above 3, False for a dislike or one below, None for what judges nothing."""
        if self.verdict is Verdict.RATING:
            return None if self.value in (None, 3) else self.value > 3  # type: ignore[operator]
        return {Verdict.LIKE: True, Verdict.DISLIKE: False}.get(self.verdict)


class Talk(Struct, frozen=True):
    """Where a conversation stands. `shown` are the ids of the last answer in order of rank, `seen` all shown since the topic began, `passed`
    those paged past, `focus` the item spoken of
    last, `asked` the choices of a question that waits for its answer, `limit` how many to show; `before` what undo goes back to."""

    parts: tuple[Part, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    shown: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    focus: str | None = None
    asked: tuple[str, ...] = ()
    limit: int | None = None
    chinese: bool = False
    before: tuple[Talk, ...] = ()

    # --- changes: each gives the talk that comes of it -----------------------------------------------------------------

    def noted(self, old: Talk) -> Talk:
        """This talk, with `old` as the step that undo goes back to."""
        return replace(self, before=(*old.before, replace(old, before=()))[-STEPS:])

    def add(self, part: Part) -> Talk:
        """One more thing is asked for."""
        parts = (*self.parts, part)
        return replace(self, parts=(_folded(parts[:-PARTS + 1]), *parts[-PARTS + 1 :]) if len(parts) > PARTS else parts)

    def start(self, part: Part) -> Talk:
        """A new topic: what was asked for so far no longer counts; opinions, language and how many to show stay."""
        return replace(self, parts=(part,), seen=(), passed=(), focus=None)

    def judge(self, opinion: Opinion) -> Talk:
        """An opinion; a second verdict of its kind on the same item takes the place of the first (seen and liked may both be)."""
        judges = opinion.verdict not in (Verdict.CONSUMED, Verdict.NOTE)
        kept = tuple(o for o in self.opinions if o.id != opinion.id or (o.verdict not in (Verdict.CONSUMED, Verdict.NOTE)) is not judges)
        return replace(self, opinions=(*kept, opinion), focus=opinion.id)

    def showing(self, ids: Iterable[str]) -> Talk:
        """These were shown, the best first."""
        shown = tuple(ids)
        return replace(self, shown=shown, seen=tuple(dict.fromkeys((*self.seen, *shown)))[-PASSED:], focus=None, asked=())

    def asking(self, choices: Iterable[str]) -> Talk:
        """A question with these choices was asked; the next turn may answer it."""
        return replace(self, asked=tuple(choices))

    def page(self) -> Talk:
        """What was shown on this topic is not to come again."""
        return replace(self, passed=tuple(dict.fromkeys((*self.passed, *self.seen, *self.shown)))[-PASSED:])

    def undo(self) -> Talk:
        """The talk before its last change; itself if there was none. What was shown stays shown."""
        if not self.before:
            return self
        return replace(self.before[-1], before=self.before[:-1], shown=self.shown, seen=self.seen)

    def drop(self, part: int) -> Talk:
        """Without its `part`-th part (1 for the first). Raises `IndexError` for one that is not there."""
        if not 1 <= part <= len(self.parts):
            raise IndexError(part)
        return replace(self, parts=self.parts[: part - 1] + self.parts[part:]).noted(self)

    def clear(self) -> Talk:
        """Nothing asked for, no opinions; undo brings them back."""
        return Talk(chinese=self.chinese, shown=self.shown, limit=self.limit).noted(self)

    # --- what it amounts to --------------------------------------------------------------------------------------------

    @property
    def hidden(self) -> tuple[str, ...]:
        """Ids that must not be shown: disliked, skipped, known already, paged past."""
        return tuple(dict.fromkeys((*(o.id for o in self.opinions if o.verdict in _NO_MORE or o.liked is False), *self.passed)))

    def lines(self) -> list[str]:
        """The state in plain words, a line a part, for people to read; parts are numbered as `drop` counts them."""
        out = [f"{n}. {p.said}" for n, p in enumerate(self.parts, 1)]
        out += [f"{o.verdict.value}{'' if o.value is None else f' {o.value:g}'}: {o.title}" for o in self.opinions]
        return out + ([f"limit: {self.limit}"] if self.limit else [])

    def query(self, index: Index, names: Names) -> Query:
        """Everything asked for as one request: the newest wishes weigh most, a later condition takes the place of an earlier one on its column, what
        is not wanted adds up, and so does what is named. Items that were liked are named if nothing else is."""
        read = lambda said, part=True: understand(said, index, names.find, names.spell, part=part) if said else Query("", "", "", ())  # noqa: E731
        merged = _Merged(index)
        for age, part in zip(reversed(range(len(self.parts))), self.parts, strict=True):
            merged.take(part, read(part.ask), age)
            if part.forget:
                merged.forget(part.forget, read(part.forget))
        out = merged.query([p.ask for p in self.parts if p.ask])
        if not (out.words or out.wishes or out.references):
            # A creator that was liked is not hidden by it, one liked item is: more of the same is asked for, not itself.
            out = replace(out, references=tuple(merged.named([o.id for o in self.opinions if o.liked], liked=True)))
            if out.excluded and not out.references:  # nothing but a mood is refused
                alone = read(out.last, part=False)
                out = replace(out, wishes=alone.wishes, wish=alone.wish, words=alone.words)
        return replace(out, limit=self.limit, chinese=self.chinese or any(has_cjk(p.ask) for p in self.parts))

    # --- as JSON -------------------------------------------------------------------------------------------------------

    def as_json(self) -> dict[str, Any]:
        """The talk as JSON has it (no infinities)."""
        value = to_builtins(replace(self, before=()))
        for part in value["parts"]:
            for c in part["conditions"]:
                c["low"], c["high"] = (None if isinf(c[k]) else c[k] for k in ("low", "high"))
        return {**value, "before": [t.as_json() for t in self.before]}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Talk:
        """The opposite of `as_json`. Raises `ValueError`, `KeyError` or `TypeError` for what that never wrote."""
        return Talk(
            parts=tuple(_part(p) for p in value["parts"]), opinions=tuple(Opinion(o["id"], o["title"], Verdict(o["verdict"]), o["value"]) for o in value["opinions"]),
            shown=tuple(value["shown"]), seen=tuple(value["seen"]), passed=tuple(value["passed"]), focus=value["focus"], asked=tuple(value["asked"]), limit=value["limit"],
            chinese=value["chinese"], before=tuple(Talk.from_json(t) for t in value["before"]),
        )  # fmt: skip


def _part(value: Mapping[str, Any]) -> Part:
    conditions = tuple(Condition(**{**c, "low": -inf if c["low"] is None else c["low"], "high": inf if c["high"] is None else c["high"]}) for c in value["conditions"])
    return Part(value["said"], value["ask"], conditions, tuple(Leaning(**x) for x in value["leanings"]), tuple(value["like"]), tuple(value["unlike"]), value["replaces"], value.get("forget", ""))


def _folded(parts: Sequence[Part]) -> Part:
    """The oldest parts as one, so that a long conversation stays small: what was said twice once, and of very much the newest. Of relative bounds on
    one column the last stands."""
    bounds = {c.column: c for p in parts for c in p.conditions}
    join = lambda name: tuple(dict.fromkeys(x for p in parts for x in getattr(p, name)))  # noqa: E731
    said = _newest((x for p in parts for x in p.said.split(" · ")), " · ")
    forgotten = _newest((p.forget for p in parts if p.forget), ", ")
    return Part(said, _newest((x for p in parts for x in p.ask.split(", ") if x), ", "), tuple(bounds.values()), join("leanings"), join("like"), join("unlike"), forget=forgotten)


def _newest(pieces: Iterable[str], joint: str) -> str:
    """The last of these pieces, each once, joined, `FOLDED` characters at most."""
    kept: list[str] = []
    room = FOLDED
    for piece in reversed([*pieces]):
        room -= len(piece) + len(joint)
        if room < 0:
            break
        if piece not in kept:
            kept.insert(0, piece)
    return joint.join(kept)


class _Merged:
    """Parts of a talk being made into one query, the oldest first."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.single = {c.name for c in index.columns if c.role is Role.TAGS and not c.joiner}
        self.kinds = kind_columns(index)
        self.earlier: set[str] = set()  # the wishes of the parts before
        self.conditions: dict[tuple[str, bool], list[Condition]] = {}
        self.leanings: dict[str, Leaning] = {}
        self.wishes: dict[str, Wish] = {}
        self.references: list[Reference] = []
        self.excluded: dict[str, Exclusion] = {}
        self.texts: list[tuple[str, tuple[str, ...], str]] = []  # (wish, words, meant) of each part
        self.changed = False  # whether something was wished for after something was named
        self.gone: list[str] = []  # the words of wishes that were taken back
        self.turned: dict[str, dict[str, Wish]] = {}  # the wishes that a refusal took back, by its words

    def take(self, part: Part, query: Query, age: int) -> None:
        """One more part, after which `age` others were said."""
        bounds = [*part.conditions, *query.conditions]
        for column in {c.column for c in bounds if not c.negated}:
            self.conditions.pop((column, False), None)
            self.leanings.pop(column, None)
        for c in bounds:
            # "older, from the nineties": of two bounds said at once the one in figures counts, and that one stands last.
            self.conditions[c.column, c.negated] = [*self.conditions.get((c.column, True), ()), c] if c.negated else [c]
        for leaning in (*part.leanings, *query.leanings):
            self.leanings[leaning.column] = leaning
        for exclusion in query.excluded:
            self._exclude(exclusion)
        self.earlier = {*self.wishes}
        self.changed |= bool(query.wishes and (self.references or (query.references and _BUT.search(part.ask))))
        for wish in query.wishes:
            self._wish(wish, age, replaces=part.replaces, adds=_ADDS.search(part.said) is not None)
        if part.ask and (any(w.creator for w in query.wishes) or any(r.creator and r.liked for r in query.references)):
            self.references = [r for r in self.references if not r.creator or not r.liked]  # "some Drake, too" is about Drake now
        self.references += [*query.references, *self.named(part.like, liked=True), *self.named(part.unlike, liked=False)]
        self.texts.append((query.wish, query.words, query.meant))

    def forget(self, words: str, query: Query) -> None:
        """What these words speak of, read as `query`, was neither asked for nor refused."""
        columns = columns_called(words, self.index) | {c.column for c in (*query.conditions, *query.leanings)}
        facets = {f for x in (*query.wishes, *query.excluded) for f in (*getattr(x, "exact", ()), *getattr(x, "alike", ()), *getattr(x, "facets", ()))}
        said = {*tokens(words)}
        same = lambda own, other: bool(own & facets or said >= {*tokens(other)} or columns & self.index.columns_of(own))  # noqa: E731
        self.conditions = {k: v for k, v in self.conditions.items() if k[0] not in columns}
        self.leanings = {k: v for k, v in self.leanings.items() if k not in columns}
        self.gone += [words, *(w.words for w in self.wishes.values() if same({*(w.exact or w.alike)}, w.words))]
        self.wishes = {k: w for k, w in self.wishes.items() if not same({*(w.exact or w.alike)}, w.words)}
        for key in [k for k, x in self.excluded.items() if same({*x.facets}, x.words)]:
            del self.excluded[key]
            back = self.turned.pop(key, {})  # what had been asked for before the refusal is asked for again
            self.wishes |= back
            self.gone = [w for w in self.gone if w not in back and w != words]
        self.references = [r for r in self.references if not said >= {*tokens(r.name)}]

    def _exclude(self, exclusion: Exclusion) -> None:
        """What is turned down is no longer wished for."""
        rows, facets = set(exclusion.rows), set(exclusion.facets)
        for key, wish in [*self.wishes.items()]:
            own = {*wish.exact, *wish.alike}
            if own and (own <= facets or (wish.creator and rows and rows >= set(self.index.facet_rows(wish.exact).tolist()))):
                self.turned.setdefault(exclusion.words, {})[key] = self.wishes.pop(key)
                self.gone.append(wish.words)
        self.references = [replace(r, known=True) if rows and set(r.rows) <= rows else r for r in self.references]
        self.excluded[exclusion.words] = exclusion

    def _wish(self, wish: Wish, age: int, *, replaces: bool, adds: bool) -> None:
        """A wish takes back the refusal of the same thing, and an earlier one that a row cannot meet at the same time, if it is not said to be added."""
        own = {*wish.exact, *wish.alike}
        self.excluded = {k: x for k, x in self.excluded.items() if not (own and own & {*x.facets})}
        columns = self.index.columns_of(own)
        for key, old in [*self.wishes.items()]:
            theirs = {*old.exact, *old.alike}
            shared = columns & self.index.columns_of(theirs)
            if key in self.earlier and shared and not own & theirs and (replaces or (columns <= self.single and not adds)):
                self.gone.append(self.wishes.pop(key).words)
        decay = DECAY_OF_CREATOR if wish.creator else DECAY_OF_KIND if columns & self.kinds else DECAY
        scaled = replace(wish, weight=wish.weight * decay**age)
        if wish.words not in self.wishes or self.wishes[wish.words].weight < scaled.weight:
            self.wishes[wish.words] = scaled

    def named(self, ids: Iterable[str], *, liked: bool) -> list[Reference]:
        """The items with these ids as references; ids the catalog no longer has are passed over."""
        rows = [n for i in ids if (n := self.index.by_id(i)) is not None]
        return [Reference(item.title, (item.n,), liked=liked) for item in self.index.items(rows)]

    def query(self, asks: Sequence[str]) -> Query:
        gone = {t for words in self.gone for t in tokens(words)} - {t for w in self.wishes for t in tokens(w)}
        words = [w for _, words, _ in reversed(self.texts) for w in words if w not in gone]
        if self.changed:
            # subtle: beside "like X", wishes that leave no other words hardly count (see `retrieve.weights_for`); as a change to what was shown they are
            # what matters now, and the words of X's name make room for them.
            words += [t for r in self.references for t in search_words(r.name)]
        return Query(
            text=", ".join(asks), last=asks[-1] if asks else "", wish=", ".join(w for t, _, _ in self.texts[-NEAR:] if (w := _without(t, gone, self.gone))), words=tuple(dict.fromkeys(words)),
            last_words=self.texts[-1][1] if len(self.texts) > 1 else (),
            conditions=tuple(c for group in self.conditions.values() for c in group), leanings=tuple(self.leanings.values()), wishes=tuple(self.wishes.values()),
            references=distinct(self.references), excluded=tuple(self.excluded.values()), meant=" ".join(dict.fromkeys(m for _, _, m in self.texts if m)),
        )  # fmt: skip


def _without(text: str, gone: set[str], phrases: Sequence[str]) -> str:
    """A wish's text without the words of what was taken back."""
    if has_cjk(text):
        bare = fold(text)
        for phrase in phrases:
            bare = bare.replace(phrase, "")
        return bare.strip()
    return " ".join(w for w in text.split() if not tokens(w) or not gone.issuperset(tokens(w))).strip(" ,")
