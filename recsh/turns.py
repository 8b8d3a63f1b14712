"""Read one turn of a conversation against where the conversation stands: what was done with it, in order, and where it stands after.

    "loved the second, the first was boring"   ->  a like of the second, a dislike of the first
    "not bad, but older please"                ->  a like to ask back about, a bound before the median year of what was shown
    "actually, let's do jazz instead"          ->  a new topic

A turn is taken apart into clauses; each is a command in words, an opinion of something shown, or a piece of the request; the pieces together
go on with the topic or start a new one. English and Chinese. Leaves out: answering, asking back, and the log; whoever calls does these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from recsh.acts import ANSWERED, Act, Kind
from recsh.clauses import Reading, clauses, read_clause
from recsh.index import Index
from recsh.mentions import CLOSE, OPEN, mark
from recsh.regex import regex
from recsh.relative import read_relative
from recsh.request import Query
from recsh.talk import Opinion, Part, Talk
from recsh.text import clean, fold, has_cjk
from recsh.topic import cut, is_new
from recsh.types import Item, Verdict

if TYPE_CHECKING:
    from recsh.match import Names

__all__ = ["ANSWERED", "Act", "Kind", "Turn", "read"]

TURN_LIMIT = 2000  # characters of a turn that are read


class Turn(Struct, frozen=True):
    """A turn read: its acts in order, and the talk after it. Verdicts that are sure count in it already; the others do once the caller calls
    `Talk.judge`."""

    text: str
    acts: tuple[Act, ...]
    talk: Talk
    chinese: bool = False

    @property
    def answered(self) -> bool:
        """Whether recommendations are due."""
        return any(a.kind in ANSWERED for a in self.acts)


def read(turn: str, talk: Talk, index: Index, names: Names) -> Turn:
    """Read a turn. Never fails: what is not understood is a request, or says nothing (`Kind.EMPTY`)."""
    text = re.sub(f"[{OPEN}{CLOSE}]", " ", clean(turn[:TURN_LIMIT])).strip()
    chinese = has_cjk(text) or (talk.chinese and not re.search(r"[A-Za-z]{2}", text))
    shown = _items(index, talk.shown)
    focus = next((p for p, i in enumerate(shown) if i.id == talk.focus), None)
    if talk.asked and (chosen := _chosen(text, talk.asked)):
        text = chosen
        shown_now: list[Item] = []
    else:
        shown_now = shown
    r = Reading(talk, index, names, shown, mark(_plainly(text, shown), shown_now, focus))
    for clause in clauses(r.marked.text):
        read_clause(r, clause)
    _read_rest(r, text, chosen=talk.asked != () and shown_now is not shown)
    acts = _tidy(r.acts, talk)
    return Turn(text, acts, _after(acts, replace(talk, chinese=chinese, asked=()), talk), chinese)


def _items(index: Index, ids: Sequence[str]) -> list[Item]:
    return index.items([n for i in ids if (n := index.by_id(i)) is not None])


def _chosen(text: str, asked: Sequence[str]) -> str | None:
    """The choice that answers a question: by its number or its place, or as it is written."""
    bare = fold(text)
    if m := re.fullmatch(r"(?:the )?(?:number )?(\d|first|second|third|fourth|last)(?: one)?(?: please)?|第?([一二三四1234])个?", bare):
        places = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": len(asked) - 1, **{c: n for n, c in enumerate("一二三四")}}
        word = m[1] or m[2]
        place = int(word) - 1 if word.isdigit() else places[word]
        return asked[place] if 0 <= place < len(asked) else None
    return next((c for c in asked if fold(c) == bare), None)


# --- other words for the same ------------------------------------------------------------------------------------------

_THEM = regex(r"\b(?:not|no more|without|except|but not|nothing by|anyone but)\s+(?:by\s+)?(?:them|him|her|the same (?:band|artist|author|director|brand)|that (?:band|artist|author|director|brand))\b|不要(?:他|她|它|他们|这个(?:歌手|导演|作者|乐队))的?了?$", re.I)
_SAID = (  # what people say to a program, in words that a request is read by
    (regex(r"^(?:(?:oh|no|hm+|well|ah|ok(?:ay)?|uh|sorry|actually|but)[,\s]+)*(?:wait(?: a (?:minute|second|sec|moment))?|hang on|hold on)\b(?=[\s,.!]+\S)[\s,.!]*(?:no,\s*)?", re.I), ""),
    (regex(r"^((?:(?:ok(?:ay)?|and|but|so|ugh|please)[,\s]+)*)(?:that['’]?s )?enough(?: of| with)?(?: the| these| those)?\s+(?!for\b|to\b|already\b|is\b|now\b|thanks?\b|time\b|room\b|space\b|money\b|that\b|about\b|please\b)(?=\w)", re.I), r"\1no "),
    (regex(r"\b(?:please )?(?:don['’]?t|do not|stop) (?:show(?:ing)?|giv(?:e|ing)|recommend(?:ing)?|suggest(?:ing)?|play(?:ing)?)(?: me| us)?(?: any)?(?: more)?\b", re.I), "no"),
    (regex(r"\b(?:i|we) (?:do not|don['’]?t) (?:want|wish|like) to (?:go|fly|travel|drive|watch|see|read|listen|hear|buy)(?: to)?\b", re.I), "not"),
    (regex(r"^((?:(?:ok(?:ay)?|and|but|so|hm+|please)[,\s]+)*)(?:can|could|shall|should|may) (?:we|you) (?:please |just |maybe )?(?=(?:skip|drop|lose|ditch|leave|cut|avoid|exclude|omit|remove|filter)\b)", re.I), r"\1"),
    (regex(r"^((?:(?:ok(?:ay)?|and|but|so|hm+|no|nah)[,\s]+)*)(?:(?:there['’]?s|it['’]?s|they['’]?re|these are|those are|that['’]?s|this is)\s+)?(?:a bit |way |far |just )?too (?:much|many) (?:of the |the )?(?=\w+$)", re.I), r"\1less "),
    (regex(r"^((?:但|可是|不过|嗯|还是)*)(?:这些|都|有点儿?|感觉|还是)*太(?!太|多|少|[长短老旧新贵重轻久远]|便宜)([\u4e00-\u9fff]{1,5}?[^了\W])了?[。！!]?$"), r"\1不要那么\2"),
    (regex(r"^(?:能不能|可不可以)(?!再|更)(?=[^，。]{1,6}一?[点些][的吗]*[？?]?$)"), "更"),
    (regex(r"^((?:(?:ok(?:ay)?|and|but|so|hm+|no|nah)[,\s]+)*)not (?:that|all that) (?=[\w-]+$)", re.I), r"\1less "),
    (regex(r"^((?:(?:ok(?:ay)?|and|but|so|please)[,\s]+)*)(?:only|just) (?:the )?(new|old)(?:er|est)? ones\b", re.I), r"\1\2er"),
    (regex(r"^只?要([新老])的$"), r"更\1的"),
    (regex(r"(不要|不想看|不想听)([^，。]{1,8}?)了(?=$|[，。])"), r"\1\2"),
    (regex(r"\bthis century\b|本世纪", re.I), "21st century"),
)


def _plainly(text: str, shown: Sequence[Item]) -> str:
    """The turn with "don't show me" as "no", and "them" behind a refusal as whoever made most of what was shown."""
    for pattern, other in _SAID:
        text = pattern.sub(other, text)
    creators = [i.creator for i in shown if i.creator]
    if creators and _THEM.search(text):
        most = max(dict.fromkeys(creators), key=creators.count)
        text = _THEM.sub(f"不要{most}" if has_cjk(text) else f"nothing by {most}", text)
    return text


# --- what is left is a request ---------------------------------------------------------------------------------------

_SIMILAR = regex(r"\bsimilar\b(?!\s+to)|类似的", re.I)


def _read_rest(r: Reading, said: str, *, chosen: bool) -> None:
    """The pieces of the request together: relative bounds, words of turning, and what `understand` makes of the rest."""
    if not r.rest:
        return
    alone = not r.acts and r.rest == clauses(r.marked.text)
    whole = r.marked.text if alone else ", ".join(r.rest)
    said = said if alone else r.marked.plain(whole)
    held = r.talk.query(r.index, r.names)
    near = {i for a in r.acts if a.part for i in a.part.like}
    beside = [i for i in r.shown if i.id in near] or r.shown  # "like the second but shorter": shorter than that one
    relative = read_relative(whole, beside, r.index, held.conditions, lambda text: tuple(beside.index(r.shown[p]) for p in r.marked.places(text) if r.shown[p] in beside))
    rest, like = _similar(r, r.marked.plain(relative.rest))
    turned = cut(rest)
    ask = re.sub(r"^[\s,，]*(?:but|and|但是?|不过|可是)?\s*(?:not|别|不要)?[\s,，]*$", "", turned.ask, flags=re.I)
    query = r.understand(ask) if ask else Query("", "", "", ())
    figures = {c.column for c in query.conditions}
    bounds = tuple(replace(c, words=r.marked.plain(c.words)) for c in relative.conditions if c.column not in figures)
    part = Part(clean(said), ask if _says(query) else "", bounds, (), like, (), turned.cue > 0)
    if not (part.ask or part.conditions or part.like):
        if turned.cue == 2 and not r.acts:
            r.acts.append(Act(Kind.CLEAR, said))
        elif not r.acts:
            r.acts.append(Act(Kind.EMPTY, said))
        return
    # The answer to a question, and what stands beside "more like the second", goes on; nothing to go on with is a new topic.
    goes_on = chosen or any(a.part for a in r.acts) or (relative.changed and not query.references and len(query.words) < 2)
    new = not r.talk.parts or (not goes_on and is_new(ask, turned.cue, query, held, r.index))
    r.acts.append(Act(Kind.TOPIC if new and not any(a.part for a in r.acts) else Kind.REFINE, said, part=part, count=query.limit))


def _similar(r: Reading, said: str) -> tuple[str, tuple[str, ...]]:
    """"similar bands" without a name: (the request without the word, the ids of what this turn spoke of, else of what was shown first, to be near to)."""
    if not r.shown or not _SIMILAR.search(said):
        return said, ()
    return _SIMILAR.sub(" ", said), tuple(i.id for i in ([r.shown[r.focus]] if r.focus is not None else r.shown[:3]))


def _says(query: Query) -> bool:
    return bool(query.words or query.wishes or query.conditions or query.leanings or query.references or query.excluded)


# --- afterwards ------------------------------------------------------------------------------------------------------


def _tidy(acts: list[Act], talk: Talk) -> tuple[Act, ...]:
    """Praise that asks nothing back is thanks; politeness beside something else is left out; yes and no answer a question or say nothing."""
    out = []
    for act in acts:
        if act.kind is Kind.VERDICT and act.verdict is Verdict.LIKE and act.id is None and len(acts) > 1:
            continue
        if act.kind in (Kind.YES, Kind.NO) and not talk.asked:
            act = replace(act, kind=Kind.THANKS if act.kind is Kind.YES else Kind.EMPTY)
        if act.kind is not Kind.SHOW or act.id not in {a.id for a in out if a.kind is Kind.SHOW}:  # asked for two of its facts, a row is shown once
            out.append(act)
    polite = (Kind.GREETING, Kind.THANKS, Kind.EMPTY, Kind.YES, Kind.NO)
    rest = [a for a in out if a.kind not in polite]
    if any(a.kind is Kind.UNDO for a in rest):
        rest = [a for a in rest if a.kind not in (Kind.REFINE, Kind.TOPIC) or a.part]
    return tuple(rest or out[:1]) or (Act(Kind.EMPTY),)


def _after(acts: Sequence[Act], talk: Talk, old: Talk) -> Talk:
    """The talk when the acts are done, as one step that undo takes back."""
    changed = False
    for act in acts:
        if act.kind is Kind.TOPIC and act.part:
            talk, changed = talk.start(act.part), True
        elif act.kind is Kind.REFINE and act.part:
            talk, changed = talk.add(act.part), True
        elif act.kind is Kind.VERDICT and act.sure and act.id and act.verdict:
            talk, changed = talk.judge(Opinion(act.id, act.title, act.verdict, act.value)), True
        elif act.kind is Kind.MORE:
            talk, changed = talk.page(), True
        elif act.kind is Kind.UNDO:
            talk = talk.undo()
        elif act.kind is Kind.CLEAR:
            return talk.clear()
        elif act.kind in (Kind.WHY, Kind.SHOW) and act.id:
            talk = replace(talk, focus=act.id)
        if act.count and act.kind is not Kind.MORE:
            talk, changed = replace(talk, limit=act.count), True
    return talk.noted(old) if changed else talk
