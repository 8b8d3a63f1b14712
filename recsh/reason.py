"""Reasons that are true: the model's, if every word of it is supported; otherwise one made from the row's own facts.

    "Shares thrash metal and guitar solo with Metallica; from 1990. A vow of vengeance at breakneck tempo."

A reason names only what is in the item's row, in the request, or in what the person said and liked. `untrue` is the check, `compose` the
fallback; a model too small for sentences still chooses which facts come first (`named_facts`).
Leaves out: the facts (see `facts`), what connects a row with the log (see `personal`), the sentences (see `tone`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from recsh import facts
from recsh.index import facet_key
from recsh.lexicon import FILLERS_ZH, STOP, synonyms
from recsh.personal import Connection, Link, is_work, of_work
from recsh.regex import regex
from recsh.request import Query
from recsh.cells import split
from recsh.text import clean, fold, has_cjk, tokens
from recsh.tone import Tone, Voice, gloss, listed, looks_bare, nouns, titled
from recsh.types import Column, Item, Role, Thing

# Words that say nothing of the item itself. What it might not be ("short", "new", "classic") is not among them.
_GLUE = (STOP - {"no", "not", "nor", "never"}) | frozenset(
    "also fit match same similar both because since share while full made perfect suit work offer bring feature mix blend come stand your close near both era decade sound"
    " mood theme genre tag artist author director brand maker year price minute request wish here under over after before between per".split()
)
_GLUE_ZH = sorted({*FILLERS_ZH, *"同样 同为 属于 来自 作品 一起 因为 所以 正好 符合 匹配 贴近 请求 要求 风格 氛围 主题 类型 带着 充满 具有 具备 以及 而且 并且 它 这部 这首 这本 首 部 本 片 在 以 为 且 又 还 从 到 与".split()}, key=len, reverse=True)
_DECADE = regex(r"\b(\d{3}0|\d0)['’]?s\b")

# Claims about the person, beside the name of what is meant: "you liked X", "X, which you disliked", "your favourite X", 你喜欢X.
_BAD = r"dislik\w*|hat(?:e|ed|es|ing)|loath\w*|detest\w*"
_GOOD = r"lik(?:e|ed|es|ing)|lov(?:e|ed|es|ing)|enjoy\w*|ador\w*|prefer\w*|fans? of|fond(?:ness)? (?:of|for)|favou?rites?|admir\w*"
_NEGATION = r"(?:(?:do|did|does|have|had|has|could|would|are|were|is|was)(?:n['’]?t| not)|never)\s+"
_CLAIM = regex(
    rf"\b(?:you(?:['’](?:ve|re|d|ll))?|yours?)\s+(?:[\w'’]+\s+){{0,3}}?(?P<en>(?:{_NEGATION})?(?:\w+ly\s+)?(?:{_BAD}|{_GOOD}))\b(?:\s+for\b|\s+of\b)?"
    r"|[你您](?:曾经|曾|也|都|最|很|一直|所|同样|不太|并|会)*(?P<zh>不喜欢|不爱|讨厌|厌恶|反感|喜欢|喜爱|钟爱|爱|偏爱)[过的了]*",
    re.I,
)
_REFUSAL = regex(rf"{_NEGATION}|{_BAD}|^(?:不|讨厌|厌恶|反感)", re.I)
_BEHIND = regex(r"[\s,;:，、]*(?:(?:which|that|whom|who|what|as)\s*)?$", re.I)  # between a name and a claim that follows it
_OPEN = regex(r"[\s\"“'‘《「『]*")
_BETWEEN = regex(r"[\s\"“'‘《「『]*(?:(?:the|a|an|your|songs?|tracks?|films?|movies?|books?|novels?|albums?|artists?|authors?|bands?|works?|by|like|with)\s+)*[\"“'‘《「『]?", re.I)

HEAD = 160  # characters of a reason before the description
SENTENCES = 2  # sentences before the description, where they are sentences; a third only if all three are short
SHORT = 110  # characters of three short sentences


def untrue(reason: str, item: Item, query: Query, references: Sequence[Item] = (), liked: Iterable[Thing] = (), disliked: Iterable[Thing] = ()) -> list[str]:
    """Words of a reason that nothing supports: not in the row, not the name of a reference, not plain glue. Empty means true.

    What is said of an item must stand in its row, or be another word for one of its tags; that it was asked for supports nothing. A decade
    must be the item's own ("80s", "1980s"). "You liked X" is true of what is in `liked` (or was named so in the request), "you disliked X"
    of what is in `disliked`; what was liked may also be named as such. A reason of nothing but glue supports itself by nothing.
    """
    said_liked = {n for t in liked for n in (t.title, t.creator)}
    rest, wrong = _claims(
        reason,
        [*said_liked, *(v for r in references for v in (r.title, r.creator)), *(r.name for r in query.references if r.liked)],
        [*(n for t in disliked for n in (t.title, t.creator)), *(r.name for r in query.references if not r.liked)],
    )
    about = rest != reason
    for name in sorted(said_liked, key=len, reverse=True):  # one word alone might be meant as a word, not as a title
        if len(tokens(name)) > 1:
            rest, n = re.subn(rf"(?<!\w){re.escape(clean(name))}(?!\w)" if not has_cjk(name) else re.escape(clean(name)), " ", rest, flags=re.I)
            about = about or n > 0
    row = _support(item)
    for reference in references:
        row |= {*tokens(f"{reference.title} {reference.creator}")}
    for named in query.references:
        row |= {*tokens(named.name)}
    decades = {int(v) // 10 * 10 for v in item.numbers.values() if v == int(v)}
    wrong += [m[0] for m in _DECADE.finditer(rest) if not any(int(m[1]) in (d, d % 100) for d in decades) and m[0] not in " ".join(item.cells.values())]
    bare = _DECADE.sub(" ", rest)
    if has_cjk(bare):
        for word in (*sorted(_names(item, references, query), key=len, reverse=True), *_GLUE_ZH):
            bare = bare.replace(word, " ")
    said = tokens(bare)
    wrong += [w for w in said if w not in row and w not in _GLUE and not (len(w) == 1 and w.isascii() and w.isalpha())]
    if not wrong and not about and not has_cjk(rest) and all(w in _GLUE and w not in row for w in said) and not _DECADE.search(rest):
        return said or [reason]  # "it fits" says nothing of this item
    return wrong


def _claims(reason: str, liked: Iterable[str], disliked: Iterable[str]) -> tuple[str, list[str]]:
    """The reason without the true claims about the person and the names they are about, and the claims that are not true."""
    good, bad = ([clean(n) for n in sorted({*names}, key=len, reverse=True) if clean(n)] for names in (liked, disliked))
    wrong: list[str] = []
    at = 0
    while m := _CLAIM.search(reason, at):
        names = bad if _REFUSAL.search(m["en"] or m["zh"]) else good
        span = _named_beside(reason, m, names)
        if span:
            reason, at = f"{reason[: span[0]]} {reason[span[1] :]}", span[0]
        else:
            wrong.append(clean(m[0]))
            at = m.end()
    return reason, wrong


def _named_beside(reason: str, claim: re.Match[str], names: Sequence[str]) -> tuple[int, int] | None:
    """Where a claim and the name it is about stand, the name behind it ("you liked X") or before it ("X, which you liked")."""
    after = reason[claim.end() :]
    starts = {claim.end() + _OPEN.match(after).end(), claim.end() + _BETWEEN.match(after).end()}  # type: ignore[union-attr]
    for name in names:
        for begin in starts:
            end = begin + len(name)
            if reason[begin:end].casefold() == name.casefold() and (has_cjk(name) or not _word(reason[end : end + 1])):
                return claim.start(), end
    before = reason[: claim.start()].rstrip()
    before = before[: _BEHIND.search(before).start()].rstrip("\"”'’》」』")  # type: ignore[union-attr]
    for name in names:
        begin = len(before) - len(name)
        if begin >= 0 and before.casefold().endswith(name.casefold()) and (has_cjk(name) or not (begin and _word(before[begin - 1]))):
            return begin, claim.end()
    return None


def _word(char: str) -> bool:
    """Whether a letter beside a name would make another word of it; Chinese stands beside names without a space."""
    return char.isalnum() and not has_cjk(char)


def _support(item: Item) -> set[str]:
    """Tokens of the row, and other words for its tags. Narrower words are none: rock need not be thrash."""
    out = {t for cell in item.cells.values() for t in tokens(cell[:2000])}
    out |= {f"{int(v)}" for v in item.numbers.values() if v == int(v)}
    return out | {w for tag in item.tags for key in synonyms().get(facet_key(tag), ()) for w in tokens(key)}


def _names(item: Item, references: Sequence[Item], query: Query) -> set[str]:
    """Chinese names and tags that may stand whole in a Chinese reason."""
    of_tags = {k for tag in item.tags for k in (tag, *synonyms().get(facet_key(tag), ()))}
    of_others = {v for r in references for v in (r.title, r.creator)} | {r.name for r in query.references}
    return {v for v in {item.title, item.creator} | of_tags | of_others if v and has_cjk(v)}


def tidy(reason: str) -> str:
    """The model's reason as one clean line: no list marks, no trailing stop, first letter as written."""
    return clean(re.sub(r"^[\s—–:,-]+", "", reason)).rstrip(" .;,，。")


def named_facts(text: str, item: Item) -> list[str]:
    """The item's own tags that a model's reason names in full, in its order: what it found worth saying."""
    said = f" {' '.join(tokens(text))} "
    found = [(said.find(f" {' '.join(tokens(t))} "), t) for t in item.tags if tokens(t)]
    return [t for at, t in sorted(found) if at >= 0]


def compose(
    item: Item, query: Query, columns: Sequence[Column], references: Sequence[Item] = (), first: Sequence[str] = (), *,
    connection: Connection | None = None, voice: Voice | None = None,
) -> str:  # fmt: skip
    """A reason from facts alone: the wished tags the row has, what it shares with the reference, what connects it with the log, the
    conditions it meets, and its own description. Never empty.

    `references` are the rows of the liked references of the query, in their order; `first` are tags to prefer where there is a choice;
    `voice` (one for all rows of an answer) is the tone and language, plain and the request's without. What stands before the description
    has at most `HEAD` characters, but for one part that is longer by itself.
    """
    voice = voice or Voice()
    teller = _Teller(item, query, columns, voice)
    parts = teller.parts(references, first, connection)
    said: list[str] = []
    for i, part in enumerate(parts):
        room = HEAD if voice.tone is Tone.PLAIN or i < SENTENCES else SHORT
        if not said or sum(map(len, said)) + 2 * len(said) + len(part) <= room:
            said.append(part)
    return _closed(voice.join(said, teller.zh), teller.description(), teller.zh)


def _closed(text: str, description: str, zh: bool) -> str:
    if not description:
        return text
    stop = "。" if has_cjk(description) or (zh and re.search(r"[）》”…]$", text)) or (zh and has_cjk(text[-1:])) else ". "
    return f"{text.rstrip('.。')}{stop}{description.rstrip('.。')}"


class _Teller:
    """What is said of one row in one voice."""

    def __init__(self, item: Item, query: Query, columns: Sequence[Column], voice: Voice) -> None:
        self.item, self.query, self.columns, self.voice = item, query, columns, voice
        self.zh = voice.chinese(query.chinese)
        creator = next((c for c in columns if c.role is Role.CREATOR), None)
        self.work = is_work(creator.name if creator else "")
        self.who = listed(split(item.cells.get(creator.name, ""), creator.joiner) if creator else (), self.zh) or clean(item.creator)

    def say(self, kind: str, **slots: str) -> str:
        return self.voice.say(kind, self.zh, self.item.id, **slots)

    def parts(self, references: Sequence[Item], first: Sequence[str], connection: Connection | None) -> list[str]:
        """What there is to say, the weightiest first; each part names what none before it has."""
        item, query, said = self.item, self.query, list[str]()
        same = bool(connection and connection.link is Link.MAKER)
        if connection and connection.link in (Link.LIKED, Link.SEVERAL):
            said += connection.shared
        wished = [t for t in facts.distinct(facts.wished(item, query)) if not any(facts.within(t, s) for s in said)][: facts.MOST]
        own = facts.wished_creator(item, query) or any(r.creator and r.liked and r.rows and fold(r.name) == fold(item.creator) for r in query.references)
        heads = [self.say("by", who=self.who)] if own and not same else []
        if wished:
            heads.append(self.say("wish", **self.what(wished, wish=True)))
        parts = [*heads[:1], self.personal(connection), *heads[1:]]
        if not own:
            parts.append(self.like(references, first, [*wished, *said], same_creator=same) or self.known([*wished, *said]))
        parts = [*filter(None, parts), *self.numbers()]
        if not parts and first:
            parts = [self.say("what", **self.what(facts.distinct(first)[: facts.MOST]))]
        return parts or [self.mentioned() or self.what_it_is()]

    def what(self, tags: Sequence[str], *, wish: bool = False) -> dict[str, str]:
        """Tags as one phrase in the language of the sentence, for frames that take any or nouns alone; whom a thing is good for, as that."""
        people = {fold(t) for c in self.columns if re.search(r"good.?for", c.name, re.I) for t in split(self.item.cells.get(c.name, ""), c.joiner)} if wish else ()
        words = [(f"适合{gloss(t, True)}" if self.zh else f"good for {gloss(t, False)}") if fold(t) in people else gloss(t, self.zh) for t in map(clean, tags)]
        phrase = listed(list(dict.fromkeys(words)), self.zh)
        return {"what": phrase, "nouns": phrase if nouns([*tags, *words]) and not any(fold(t) in people for t in tags) else ""}

    def personal(self, connection: Connection | None) -> str:
        """What connects the row with the log, as a sentence."""
        if not connection:
            return ""
        things = [(t.title, of_work(t)) for t in connection.things]
        quoted = not all(looks_bare(title, work=work) for title, work in things)
        names = [titled(title, self.zh, work=work, quoted=quoted) for title, work in things]
        kept = names if sum(map(len, names)) < HEAD // 2 else names[:2]
        year = next((v for c in self.columns if facts.is_its_year(c) and (v := connection.things[0].numbers.get(c.name, 0)) > 0), 0)
        slots = {"thing": names[0], "year": f"{int(year)}" if year else "", **self.what(connection.shared)}
        if connection.link is Link.SEVERAL:
            slots |= {"things": "".join(kept) if self.zh and all(n[0] == "《" for n in kept) else listed(kept, self.zh), "count": _count(connection.count, self.zh)}
        return self.say(connection.link, who=slots["what"], tag=slots["what"], **slots)

    def like(self, references: Sequence[Item], first: Sequence[str], said: Sequence[str], *, same_creator: bool) -> str:
        """What the item has in common with the reference it has most in common with."""
        named = [r for r in self.query.references if r.rows and r.liked]
        tags = facts.telling(dict.fromkeys([*first, *self.item.tags]), self.item, self.columns)
        found = [(r, row, *facts.common(self.item, row, tags, said)) for r, row in zip(named, references, strict=False) if row != self.item]
        named_best, row, shared, most = max(found, key=lambda f: f[3], default=(None, None, [], 0))
        if not most or named_best is None or row is None:
            return ""
        if shared:
            return self.say("like", **self.what(shared), name=self.name(named_best.name, creator=named_best.creator))
        if same_creator:
            return ""
        return self.say("also", who=self.who, name=self.name(named_best.name, creator=named_best.creator))

    def known(self, said: Sequence[str]) -> str:
        """That the item is of what is known to be nearest to what was named; of a name that the catalog lacks also what it has of the tags known of
        that, or these alone."""
        found = [(r, r.entry, facts.reputed(self.item, r.entry, self.columns, said)) for r in self.query.references if r.entry and r.liked]
        named, entry, shared = max(found, key=lambda f: (self.item.n in f[0].near, len(f[2])), default=(None, None, []))
        if named is None or entry is None or not (shared or self.item.n in named.near):
            beside = next((r for r in self.query.references if r.rows and r.liked and self.item.n in r.near), None)
            return self.say("known", name=self.name(beside.name, creator=beside.creator)) if beside else ""
        what = self.what(shared) if shared else {}
        name = self.name(next((n for n in entry.names if fold(n) == fold(named.name)), (has_cjk(named.name) and entry.chinese) or entry.name), creator=entry.kind not in ("films", "books"))
        return self.say("known" if self.item.n in named.near else "like", **what, name=name)

    def name(self, name: str, *, creator: bool) -> str:
        """A name of the request as it stands in a sentence: Chinese titles in 《》, all else as it was found."""
        name = clean(name)
        return f"《{name}》" if has_cjk(name) and "《" not in name and self.work and not creator else name

    def numbers(self) -> list[str]:
        """The numbers that the request has conditions on, or leans to."""
        item, query = self.item, self.query
        wanted = [c.column for c in query.conditions] + [x.column for x in query.leanings]
        found = [facts.figure(item, c, self.zh, self.columns) for c in self.columns if c.name in wanted and c.name in item.numbers]
        if not found:
            return []
        if self.voice.seed is None:
            return found
        return [self.say("met" if facts.meets(item, query) and not query.leanings else "number", facts=("，" if self.zh else ", ").join(dict.fromkeys(found)))]

    def mentioned(self) -> str:
        if facts.typed(self.query) & {*tokens(self.item.creator)}:
            return self.say("by", who=self.who)
        words = facts.mentioned(self.item, self.query, self.columns)
        return self.say("mention", what=listed(words, self.zh)) if words else ""

    def what_it_is(self) -> str:
        item = self.item
        if item.tags:
            tags = facts.telling(item.tags, item, self.columns) or item.tags
            return self.say("what", **self.what(facts.distinct(tags)[: facts.MOST]))
        return self.say("by", who=self.who) if item.creator else self.say("near")

    def description(self) -> str:
        """The row's own, unless a language was set that it is not in."""
        text = facts.description(self.item, self.columns)
        if not text or (self.voice.lang != "auto" and has_cjk(text) is not self.zh):
            return ""
        return self.voice.describe(self.zh, self.item.id, text)


_COUNTS = "zero one two three four five six seven eight nine ten".split()


def _count(n: int, zh: bool) -> str:
    return ("零一两三四五六七八九十"[n] if zh else _COUNTS[n]) if n <= 10 else str(n)
