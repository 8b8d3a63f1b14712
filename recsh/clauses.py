"""The clauses of a turn, one by one: a command in words, nearness to an item, an opinion of one, or a piece of the request.

    "loved the second, the first was boring, show me older ones"  ->  a like, a dislike, and "show me older ones" left over

Leaves out: what becomes of the pieces that are left (see `turns`), the words of commands and of feeling (see `commands`, `feelings`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from recsh import commands
from recsh.acts import Act, Kind
from recsh.feelings import Judgement, judge, only_opinion, unknown
from recsh.index import Index
from recsh.mentions import MARK, Marked
from recsh.query import understand
from recsh.questions import asks_about, asks_which, by_maker, most_of
from recsh.regex import regex
from recsh.request import Query, facets_saying
from recsh.takeback import columns_called, is_measure, taken_back
from recsh.talk import Part, Talk
from recsh.text import fold, has_cjk, tokens
from recsh.types import Item, Verdict

if TYPE_CHECKING:
    from recsh.match import Names


class Reading(Struct):
    """A turn while it is read. `shown` the items of the last answer, `acts` and `rest` (pieces of the request) what came of its clauses."""

    talk: Talk
    index: Index
    names: Names
    shown: list[Item]
    marked: Marked
    acts: list[Act] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    focus: int | None = None  # the place of the item a clause of this turn spoke of last

    def understand(self, text: str) -> Query:
        return understand(text, self.index, self.names.find, self.names.spell, part=bool(self.talk.parts))


_CLAUSE = regex(r"(?:[.!?](?=\s|$)|[;。！？；])\s*|\s*[,，]\s*(?!\d)|\s+-+\s+|\s+(?=but\b)|(?<=\S)(?=但是|不过|可是)|\s+(?=and (?:the\s+)?(?:⟦\d+⟧|i (?:loved?|hated?|liked?)|show|give|why|also show))", re.I)
_ALONE = regex(r"(?:(?:oh|ugh|and|but|that|the|as for|about)\s+)*⟦\d+⟧(?:\s+again)?[?!]*", re.I)
_LIKE = regex(r"like\s+⟦\d+⟧", re.I)
_CHOICE = regex(r"(?:and |so |but )?which\b|哪", re.I)
_BUT = regex(r"^(?:and|but|但是|不过|可是|然后)\s*(?=\S)", re.I)


def clauses(text: str) -> list[str]:
    """The clauses of a turn; punctuation within a request is put back when its pieces are joined."""
    out: list[str] = []
    for clause in (c.strip() for c in _CLAUSE.split(text) if c and c.strip(" .,!?，。！？")):
        # "the first one, no way" and "not bad, the fourth" are one clause each.
        # So is "Alien was scary but good".
        if out and clause.lower().startswith("but ") and not _NEAR.search(out[-1]) and MARK.search(out[-1]) and not MARK.search(clause) and judge(out[-1]) is None and _feels(clause):
            out[-1] = f"{out[-1]} {clause}"
        elif out and _LIKE.fullmatch(out[-1]) and _BUT.match(clause) and not MARK.search(clause):
            out[-1:] = [f"more {out[-1]}", clause]  # "like these but quieter" is a wish
        elif out and _ALONE.fullmatch(out[-1]) and _BUT.match(clause) and not MARK.search(clause) and not _feels(clause):
            out[-1:] = [f"像{out[-1]}" if has_cjk(clause) else f"more like {out[-1]}", clause]  # "the first but darker"
        elif out and (_ALONE.fullmatch(clause) and not MARK.search(out[-1]) and _CHOICE.match(out[-1])):
            out[-1] = f"{out[-1]} {clause}"  # "which is longer, 1 or 2"
        elif out and (_ALONE.fullmatch(out[-1]) and not MARK.search(clause) and _feels(clause) or _ALONE.fullmatch(clause) and not MARK.search(out[-1]) and _feels(out[-1])):
            out[-1] = f"{out[-1]} {clause}"
        else:
            out.append(clause)
    return out


def _feels(clause: str) -> bool:
    return judge(clause) is not None and only_opinion(clause)


def read_clause(r: Reading, clause: str) -> None:
    plain = r.marked.plain(clause)
    if _NONE.fullmatch(plain) and MARK.search(clause):
        r.acts += [Act(Kind.VERDICT, plain, i.id, i.title, p + 1, Verdict.SKIP) for p, i in enumerate(r.shown)]
        r.acts.append(Act(Kind.MORE, plain))
        return
    if asks_which(clause) and _asked(r, clause, plain):
        return
    act = commands.read(clause) or (commands.read(plain) if plain != clause and not asks_about(clause) else None)  # "take that back" speaks of no item
    if act:
        kind = Kind(act.kind)
        if kind in (Kind.WHY, Kind.SHOW):
            _about(r, kind, clause, plain)
        elif kind is Kind.WHYNOT:
            found = r.names.find(act.words, True)
            item = next(iter(r.index.items(found.rows[:1])), None) if found and found.rows and not found.creator else None
            r.acts.append(Act(kind, act.words, item.id if item else None, item.title if item else ""))
        elif kind is Kind.EMPTY and (r.rest or r.acts):
            return
        else:
            r.acts.append(Act(kind, plain, count=act.count, recall=act.recall))
        return
    if _near(r, clause, plain) or _asked(r, clause, plain):
        return
    made = by_maker(clause, r.marked, r.index, r.shown, _focused(r))
    if made != clause and (places := r.marked.places(clause)) and r.focus is None:
        r.focus = places[0]
    clause = made
    if not (_opinion(r, clause, plain) or _taken_back(r, clause, plain)):
        r.rest.append(clause)


_NONE = regex(r"(?:(?:no|nah|hm+|well|ok(?:ay)?|sorry|but|ugh)[, ]+)*(?:(?:none|neither) of (?:these|them|those|your \w+)|not (?:these|those|any of (?:these|those|them)))(?: please)?", re.I)


def _about(r: Reading, kind: Kind, clause: str, plain: str) -> None:
    """Why or show: each item named, the one spoken of last, or the first."""
    places = r.marked.places(clause) or ((r.focus,) if r.focus is not None else _focus(r) if kind is Kind.WHY else ())
    unclear = MARK.search(clause) and not places and not re.fullmatch(r"(?:it|that|this|that one|this one)", r.marked.words[-1], re.I)
    for place in places[:3] or ((0,) if r.shown and not unclear else ()):
        r.acts.append(Act(kind, plain, r.shown[place].id, r.shown[place].title, place + 1))
        r.focus = place
    if not r.shown or unclear:
        r.acts.append(Act(kind, plain))


def _focus(r: Reading) -> tuple[int, ...]:
    return tuple(p for p, i in enumerate(r.shown) if i.id == r.talk.focus)


def _focused(r: Reading) -> int | None:
    """The place of the item spoken of last, in this turn or before it."""
    return r.focus if r.focus is not None else next(iter(_focus(r)), None)


def _asked(r: Reading, clause: str, plain: str) -> bool:
    """A question about what was shown: its row is the answer."""
    places = most_of(clause, r.marked, r.understand(plain), r.index, r.shown) if asks_which(clause) else ()
    if not places and asks_about(clause):
        places = r.marked.places(clause)
    for place in places[:3]:
        r.acts.append(Act(Kind.SHOW, plain, r.shown[place].id, r.shown[place].title, place + 1))
        r.focus = place
    return bool(places)


def _taken_back(r: Reading, clause: str, plain: str) -> bool:
    """Something that was asked for, or refused, no longer is; what is to be forgotten and never was asked for is refused."""
    back = None if MARK.search(clause) else taken_back(clause)
    if back is None:
        return False
    column = is_measure(back.words) or bool(columns_called(back.words, r.index))
    if back.measure and not column:
        return False
    part = Part(plain, forget=back.words)
    old, new = r.talk.query(r.index, r.names), r.talk.add(part).query(r.index, r.names)
    held = lambda q: (q.excluded,) if back.allowed else (q.conditions, q.leanings, [w.words for w in q.wishes], q.references, q.excluded, q.words)  # noqa: E731
    if held(old) != held(new) or (column and not back.allowed):
        r.acts.append(Act(Kind.REFINE, plain, part=part))
        return True
    if back.refused:
        r.rest.append(f"不要{back.words}" if has_cjk(clause) else f"no {back.words}")
    return back.refused


_NEAR = regex(r"(?:\b(?:i(?:['’]?d)? (?:want|need|like|would like) )?(?:(?:what|who|anything|something|anyone)(?:\s+else)?(?:\s+(?:is|are|sounds?|feels?|comes?)|['’]s)(?:\s+there)?|(?:any|some)(?:thing|one)\s+else|more|something|anything|another one|others?|songs?|movies?|films?|books?|ones?|places?|things?|similar(?: \w+)?)\s+(?:(?:things?|stuff|ones|songs?|movies?|films?|books?|places?)\s+)?(?:like|similar to|close to|near to|along the lines of|in the (?:style|vein) of|of the same kind as|to)|\b(?:similar to|closer to|nearer to|along the lines of)|^(?:like|as in)(?=.*\bbut\b)|(?:[再多]?来(?:点|几个|些)?)?(?:像|类似于?|跟|和|与|更像))\s*(⟦\d+⟧)\s*(?:一样|类似|差不多|那样|那种|这样|这种)?(?:的)?|^(?:(?:[再多]?来|想?要)(?:点|几个|些)?)?(⟦\d+⟧)[那这][样种](?:风格|类型|感觉|味道)?的?$|^(?:and\s+)?more\s+(?:of\s+the\s+same\s+as|in\s+the\s+(?:vein|style)\s+of)\s+(⟦\d+⟧)", re.I)
_UNLIKE = regex(r"\b(?:(?:nothing|not|less|no more)\s+(?:like|similar to)|unlike)\s+(⟦\d+⟧)|不要?(?:像|类似)\s*(⟦\d+⟧)(?:这样|那样|这种|那种)?的?", re.I)


def _near(r: Reading, clause: str, plain: str) -> bool:
    """"more like the second", "similar to 1 but funnier": a wish to be near to an item; what stands around it goes on as a request."""
    m = _NEAR.search(clause) or _UNLIKE.search(clause)
    if not m:
        return False
    places = r.marked.places(m[0])
    if not places:
        if not (r.shown and re.search(r"\bmore like\b|再来", m[0])):
            return False
        places = tuple(range(min(3, len(r.shown))))  # "more like that", of an answer as a whole: like the best of it
    ids = tuple(r.shown[p].id for p in places)
    part = Part(plain, like=ids) if _NEAR.search(clause) else Part(plain, unlike=ids)
    around = re.sub(r"^(?:but|and)\b", "", f"{clause[: m.start()]} {clause[m.end() :]}".strip()).strip(" ,")
    around = re.sub(r"^(?:i(?:['’]?d)? (?:want|like|need)|(?:show|give) me|please|ok(?:ay)?|yes|yeah|maybe|just)\b", "", around, flags=re.I).strip()
    r.focus = places[0]
    r.acts.append(Act(Kind.REFINE, plain, part=part))
    if around and not only_opinion(around):
        r.rest.append(by_maker(around, r.marked, r.index, r.shown, places[0]))
    return True


# --- opinions --------------------------------------------------------------------------------------------------------


_EXCEPT = regex(r"(⟦\d+⟧)\s*,?\s*(?:except|but|apart from|besides|other than|minus)(?: for)?\s+⟦\d+⟧|除了⟦\d+⟧")
_IT = regex(r"\b(?:it|that|this)\b", re.I)
_BETTER = regex(r"(⟦\d+⟧)\s+(?:is|was|looks|sounds|seems)\s+(?:much |far |way |a lot |a bit )?(?:better|nicer)\s+than\s+⟦\d+⟧", re.I)


def _opinion(r: Reading, clause: str, plain: str) -> bool:
    """A verdict on something: on items shown, on a title of the catalog, or on what is not clear."""
    bare = _BUT.sub("", clause)
    marks = [*MARK.finditer(bare)]
    judgement = judge(bare)
    if marks:
        places = r.marked.places(bare)
        if unknown(bare):  # "never heard of the third": tell me about it
            if len(places) == 1:
                _about(r, Kind.SHOW, clause, plain)
            return bool(places)
        if places and (other := _OTHERS.match(bare)) and (judgement or other["has"]):
            return _of_others(r, places, judgement.verdict if judgement else Verdict.CONSUMED, plain)
        if judgement is None:
            return False
        if m := _EXCEPT.search(bare):
            left_out = r.marked.places(m[0][m[0].rindex("⟦") :] if m[1] else m[0])
            places = tuple(p for p in (places if m[1] else range(len(r.shown))) if p not in left_out)
        elif m := _BETTER.search(bare):
            places = r.marked.places(m[1])
        if re.search(r"\b(?:none|neither) of\b", plain, re.I) and judgement.verdict is Verdict.LIKE:
            judgement = replace(judgement, verdict=Verdict.DISLIKE)
        if judgement.verdict is Verdict.SKIP and re.match(r"not\b", bare, re.I) and r.acts and r.acts[-1].verdict is Verdict.LIKE:
            judgement = replace(judgement, verdict=Verdict.DISLIKE)  # "I like 1 but not 3"
        if not only_opinion(bare) and (not _subject(bare) or (not places and _IT.search(plain))):
            return False  # "I like it loud" is a wish
        if not places and r.focus is not None:
            places = (r.focus,)
        _verdicts(r, places, judgement, plain, bare)
        return True
    if titled := _titled(r, r.marked.plain(bare)):
        item, said = titled
        found = judge(said)
        if found:
            place = next((p for p, i in enumerate(r.shown) if i.id == item.id), None)
            r.acts.append(Act(Kind.VERDICT, plain, item.id, item.title, None if place is None else place + 1, found.verdict, found.value, found.sure))
            r.focus = place
            if place is None and found.verdict is Verdict.LIKE and not r.talk.parts:
                r.acts.append(Act(Kind.REFINE, plain, part=Part(plain, like=(item.id,))))
            return True
    if judgement is None or not only_opinion(bare) or _wished(r, clause, bare):
        return False
    last = r.acts[-1] if r.acts and r.acts[-1].kind is Kind.VERDICT else None
    if last and last.id:  # "read the first one, loved it"
        same = [a for a in r.acts if a.kind is Kind.VERDICT and a.words == last.words]
        r.acts += [Act(Kind.VERDICT, plain, a.id, a.title, a.rank, judgement.verdict, judgement.value, judgement.sure) for a in same]
        return True
    places = (r.focus,) if r.focus is not None else _focus(r) or ((0,) if len(r.shown) == 1 else ())
    if places or r.shown:
        _verdicts(r, places, judgement, plain, bare)
        return True
    return False


_OTHERS = regex(
    r"(?:(?:but|and|though|also|well|oh|ugh)\s+)*(?:my (?!fav|least|god|first|second|last|top)\w+(?:[- ](?!is\b|was\b)\w+)?(?: and (?:my )?\w+)?|our \w+|the (?:kids?|children|wife|husband|family|girls|boys)|she|he|everyone|everybody|nobody)(?:['’](?:s|d|ve))?\s+(?:(?:really|already|also|just|absolutely|totally|has|have|had|does|do|did|would)(?:n['’]?t| not)?\s+)*"
    r"(?:hates?d?|loves?d?|likes?d?|dislikes?d?|enjoy(?:s|ed)?|can['’]?t stand|adores?d?|finds?|found|thinks?|thought|(?P<has>seen|read|watched|heard|has|have|had|owns?|knows?|saw|got))\b"
    r"|(?:但|可|不过)?(?:我(?:的)?(?:老婆|老公|妻子|丈夫|妈妈?|爸爸?|爸妈|孩子|儿子|女儿|男朋友|女朋友|男友|女友|朋友|家人|室友|同事|奶奶|爷爷)|孩子们?|[他她]们?|家人)(?:都|也|已经|不|很|超|最|没|看|听|读|买|有)*", re.I)  # fmt: skip


def _of_others(r: Reading, places: Sequence[int], verdict: Verdict, plain: str) -> bool:
    """What somebody else thinks of an item is no taste of who speaks: what they like is asked for, what they do not like, or know, is not shown this time."""
    r.focus = places[-1]
    if verdict is Verdict.LIKE:
        r.acts.append(Act(Kind.REFINE, plain, part=Part(plain, like=tuple(r.shown[p].id for p in places))))
    else:
        r.acts += [Act(Kind.VERDICT, plain, r.shown[p].id, r.shown[p].title, p + 1, Verdict.SKIP) for p in places]
    return True


def _wished(r: Reading, clause: str, bare: str) -> bool:
    """Whether words of feeling without an item are a wish: "too gory", "but funny", or tags of this catalog ("cheesy")."""
    if re.search(r"\btoo\b|太", bare) or (clause != bare and r.acts and r.acts[-1].part):
        return True
    return judge(bare) != Judgement(Verdict.CONSUMED) and bool(facets_saying(r.index, bare))


def _subject(bare: str) -> bool:
    """Whether an item is what a clause with other words in it speaks of: at its beginning ("the first is a masterpiece of noise"), or behind a verb."""
    return re.match(r"(?:(?:that|the|oh|ugh|and|but|also|wow|hm+|i think|yeah|no|well|ok|so|not bad)[, ]+)*⟦\d+⟧\s*(?:['’]s|is|are|was|were|looks?|sounds?|seems?|isn|wasn|aren|,|[\u4e00-\u9fff]|$)|.*\b(?:loved?|hated?|liked?|disliked?|enjoyed|adored?|rate|seen|read|watched|heard|skip|remove|drop|been to|visited|own|stand|give|for|prefer(?:red)?|finish|during|with)\s+(?:all (?:of )?)?⟦\d+⟧|.*[\u4e00-\u9fff]", bare, re.I) is not None


def _verdicts(r: Reading, places: Sequence[int], judgement: Judgement, plain: str, bare: str) -> None:
    if not places:
        # What is praised as a whole wants no asking back; what is not, does.
        r.acts.append(Act(Kind.VERDICT, plain, verdict=judgement.verdict, value=judgement.value, sure=False))
        return
    for place in places:
        item = r.shown[place]
        r.acts.append(Act(Kind.VERDICT, plain, item.id, item.title, place + 1, judgement.verdict, judgement.value, judgement.sure))
    r.focus = places[-1]
    known = judgement.verdict is Verdict.CONSUMED
    if known and (more := judge(re.sub(r"\b(?:i['’]?ve|i have|have|already|seen|read|watched|heard|been to|own)\b|(?:看|听|读|去|买)过了?", " ", bare, flags=re.I))) and more.verdict in (Verdict.LIKE, Verdict.DISLIKE):
        r.acts += [Act(Kind.VERDICT, plain, r.shown[p].id, r.shown[p].title, p + 1, more.verdict, None, more.sure) for p in places]


def _titled(r: Reading, said: str) -> tuple[Item, str] | None:
    """(the item, what is said of it) where a clause names a title of the catalog that was not shown."""
    tries: list[tuple[str, str]] = []
    if m := re.match(r"(.{2,80}?)\s+((?:is|was|are|were|isn['’]?t|wasn['’]?t|['’]s)\b.*)$", said, re.I):
        tries.append((m[1], m[2]))
    if m := re.match(r"(?:i|we)\s+((?:(?:really|absolutely|just|already|also|do|don['’]?t|didn['’]?t|never|quite)\s+)*(?:love[ds]?|like[ds]?|hate[ds]?|enjoy(?:ed)?|adore[ds]?|dislike[ds]?|can['’]?t stand))\s+(.{2,80}?)(\s+(?:a lot|so much|very much|too))?$", said, re.I):
        tries.append((m[2], f"i {m[1]}"))
    if m := re.match(r"((?:i['’]?ve |i have |we['’]?ve |i )?(?:already )?(?:seen|read|watched|heard|been to|visited|own|know))\s+(.{2,80}?)(\s+(?:already|before|twice))?$", said, re.I):
        tries.append((m[2], f"i have {m[1]}"))
    if has_cjk(said):
        if m := re.match(r"《([^》]+)》(.*)$", said):
            tries.append((m[1], m[2]))
        tries += [(said[:n], said[n:]) for n in range(min(len(said) - 1, 14), 1, -1) if r.index.by_key([fold(said[:n])])]
    for name, rest in tries:
        hit = r.names.find(name, False)
        if not hit or hit.creator or not hit.rows or facets_saying(r.index, name) or not judge(rest):
            continue
        if name.islower() and len(tokens(name)) < 2:
            continue  # "i love home" names no song
        return r.index.items(hit.rows[:1])[0], rest
    return None
