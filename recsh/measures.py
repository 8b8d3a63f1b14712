"""Names that only say where to begin: "sadder than Titanic", "seen Jaws, more of that", "Alien meets Jaws", "for Adele fans", "Agatha Christie but modern".

    "if Tolkien wrote for kids"            ->  like Tolkien, for kids
    "Stephen King but not horror"          ->  by Stephen King or near him, without horror
    "something shorter than Middlemarch"   ->  like Middlemarch, fewer pages
    "more like Emma than Dracula"          ->  like Emma, nothing like Dracula

Such a name is a reference: what is near is wanted, not the thing itself, nor its maker's other works. What is said of it stays as words that the
request is read by, or becomes a bound where the catalog has a number for it. A place, or a thing beside another wish, that only says what is dear
("a village, cheaper than Switzerland") is a bound alone. Nothing is touched where no name stands.
Leaves out: "like X", where it is no place, "by X" (see `references`), what is older or cheaper than the things shown (see `relative`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice

from msgspec.structs import replace

from recsh.conditions import Condition
from recsh.leanings import MONEY_UNITS
from recsh.named import MOST, named, place, place_facets, surname, within
from recsh.references import OF, is_common, longest_prefix
from recsh.regex import regex
from recsh.relative import Relative, positive, read_relative
from recsh.request import Exclusion, Reading, facets_saying, search_words
from recsh.text import tokens
from recsh.types import Reference

AS_CHEAP = 1.25  # what is as cheap as a place may cost, of what that does
OFTEN = 20  # times one way to speak of a name is looked for in a request

_SOME = r"(?:\b(?:something|anything|stuff|songs?|music|movies?|films?|books?|novels?|albums?|places?|one|ones)\s+)?(?:(?:that|which)(?:['’]s| is| are)\s+)?"
_DEGREE = r"(?:(?:much|far|way|even|slightly|somewhat|a (?:bit|little|lot)|a whole lot)\s+)*"
_THAN = regex(
    rf"(?P<no>\b(?:no|not|nothing)\s+(?:any\s+)?)?{_SOME}\b{_DEGREE}(?P<how>(?:more|less)\s+(?!than\b|of\b|like\b)[a-z-]+(?:\s+and\s+[a-z-]+)?|(?!rather\b|other\b|ever\b|never\b|whether\b|further\b)[a-z]+er|worse)\s+than(?!\s+(?:the\s+)?['’$€£]?\d){OF}",
    re.I, cues=("than",),
)  # fmt: skip
_NOT_AS = regex(rf"{_SOME}\b(?P<no>not|n['’]t)\s+(?:quite\s+|nearly\s+|half\s+)?(?:as|so)\s+(?P<how>[a-z-]+)\s+as{OF}", re.I, cues=("not", "n't", "n’t"))
_MORE_LIKE = regex(r"\bmore\s+(?:like\s+)?(?P<wanted>[^,.;!?]{2,60}?)\s+than\s+(?:like\s+)?", re.I, cues=("more",))
_PAST = r"(?:seen|watched|read|heard|played|finished|listened\s+to|visited|been\s+to|gone\s+to)"
_ALL = r"(?:\s+(?:(?:nearly\s+|almost\s+|pretty\s+much\s+)?(?:all|everything|every\s+\w+|most|lots|a\s+lot|plenty|so\s+much|the\s+whole)(?:\s+(?:of|by|from|(?:the\s+)?\w+s\s+by))?(?:\s+the)?))?"
_SEEN = regex(
    rf"(?:(?:\b(?:i|we)(?:['’]?ve|\s+have)|\b(?:have|having))\s+(?:(?:already|just|recently|now|only|also)\s+)*(?:{_PAST}|done|did)"
    rf"|(?:\b(?:i|we)\s+)?(?:\balready|\bjust|\brecently)\s+(?:{_PAST}|did|done|went\s+to)|\b(?:i|we)\s+(?:watched|saw|read|finished|visited|went\s+to|did|listened\s+to)"
    rf"|(?:^|(?<=[,.;!?])\s*)(?:seen|saw|watched|finished|been\s+to|done)){_ALL}{OF}",
    re.I,
    cues=("seen", "saw", "watched", "read", "heard", "played", "finished", "listened", "visited", "been", "gone", "did", "done", "went"),
)  # fmt: skip
_WHEN = r"(?:\s+(?:last\s+\w+|this\s+\w+|yesterday|recently|already|twice|before|lately|together|to death|(?:in\s+)?\d{4}|(?:an?|one|\d+|so many|too many|many|several)\s*(?:hundred|thousand|million|dozen|few|couple(?: of)?)?\s*times|(?:\w+\s+){1,2}ago|with\s+\w+\s+\w+))?"
_FELT = r"(?:[\s,]+(?:(?:and|but)\s+)?(?:(?:i|we|it)\s+)?(?:(?:really|absolutely|just|kind\s+of|was|were|all)\s+)*(?P<felt>(?:loved|liked|enjoyed|adored|hated|disliked|(?:didn['’]?t|did not)(?:\s+really)?\s+(?:like|enjoy|love))(?:\s+(?:it|them|that|those|both|every\s+\w+))?(?:\s+all)?|(?:could\s*n['’]?t|could\s+not)\s+(?:stand|bear|finish|get\s+(?:into|through|on\s+with))\s+(?:it|them|that|those|either)|left\s+(?:me|us)\s+cold|bored\s+(?:me|us)|walked\s+out|gave\s+up|great|boring|awful|bad|brilliant|amazing))?"
_AFTER_SEEN = regex(rf"{_WHEN}{_FELT}(?=\s*(?:$|[,.;:!?]|(?:and|but|so|now|or)\b))", re.I)
_NOW_WHAT = regex(r"\b(?:(?:so|and)\s+)?(?:now\s+what|what\s+now|what(?:['’]s|\s+is|\s+comes)?\s+next|what\s+else)\b", re.I)
_BAD = regex(r"hated|disliked|did|could|left|bored|walked|gave|boring|awful|bad", re.I)
_MIX = regex(rf"\b(?:(?:an?|the|some|kind of)\s+)*(?:(?:cross|mix|mixture|blend|hybrid|something|anything|somewhere|half-?way|in)\s+(?:in\s*)?between|(?:mix|mixture|blend|combination|combo|mash-?up|hybrid)\s+(?:of|between)){OF}", re.I, cues=("between", "mix", "blend", "comb", "mash", "hybrid"))
_MEETS = regex(rf"\s+(?:meets|crossed\s+with|mixed\s+with|mashed\s+up\s+with){OF}", re.I, cues=("meets", "with"))
_ESSENCE = regex(rf"\bthe\s+(?:vibes?|feel(?:ing)?|mood|heart|soul|spirit|humou?r|charm|energy|atmosphere|style|sound|look|tone|wit|warmth)\s+(?:and\s+\w+\s+)?of{OF}", re.I, cues=("vibe", "feel", "mood", "heart", "soul", "spirit", "humo", "charm", "energy", "atmosphere", "style", "sound", "look", "tone", "wit", "warmth"))
_FANS = regex(r"\b(?:for|to)\s+(?:an?\s+|the\s+|all\s+)?(?:(?:big|huge|real|die-?hard|true)\s+)?([^,.;!?]{2,50}?)\s+(?:fan(?:atic)?s?|lovers?|listeners?|readers?)\b", re.I, cues=("fan", "lover", "listener", "reader"))
_THEIRS = regex(
    rf"\b(?:(?:my|our|his|her)\s+(?:[\w-]+\s+){{0,2}}[\w-]+|(?:someone|somebody|anyone|people|he|she|they|(?P<young>kids?|teenagers?))(?:\s+who)?|who),?\s+(?:(?:really|absolutely|just|also)\s+)*"
    rf"(?:loves?|likes?|adores?|enjoys?|worships?|(?:has\s+|have\s+|already\s+)*(?:finished|devoured|loved|adored|enjoyed|binged)|(?:is|are)\s+(?:(?:really|very|so)\s+)?(?:into|an?\s+(?:\w+\s+)?fan\s+of|obsessed\s+with|crazy\s+about|mad\s+about)){OF}",
    re.I, cues=("love", "like", "ador", "enjoy", "worship", "into", "fan", "obsess", "about", "finished", "devour", "binge"),
)  # fmt: skip
_IF = regex(rf"\b(?:(?:what|as|like)\s+)?if{OF}", re.I, cues=("if",))
_DID = regex(r"\s+(?:(?:had|have|were\s+to|would|could)\s+)?(?:wrote|written|write|made|make|directed|direct|filmed|shot|did|done|do|sang|sung|sing|composed|covered|produced|designed|were|was|lived)\b(?P<now>\s+(?:today|now|nowadays|these\s+days)\b)?", re.I)
_NEXT = regex(rf"\b(?:what\s+(?:to|(?:should|do|can|shall|could)\s+(?:i|we))\s+(?:read|watch|see|play|listen\s+to|try|visit)(?:\s+next)?|something(?:\s+(?:good|new|else))?(?:\s+to\s+\w+)?|next)\s+after(?:\s+(?:finishing|hearing|playing|seeing))?{OF}", re.I, cues=("after",))
_BUT = regex(r"\s*,?\s+but\s+(?!(?:not?|nothing|nobody|none|never|without|the|only|their|his|her|its|also|i|we|you|it|by|from|please|any|all|one|what|where|which|live|played|covered|sung)\b|\w+['’])", re.I, cues=("but",))
_LIKE = regex(rf"(?:(?:^|(?<=[,.;!?])|\b(?:some|any)(?:thing|where)\b|\b(?:places?|countr(?:y|ies)|ones?)\b)\s*(?:(?:a\s+(?:bit|lot|little)|just|kind\s+of|more)\s+)?|(?<!['’])\b(?!(?:i|we|you|they|he|she|who|would|to|really|also|just|do|don['’]?t|people|kids|parents)\b)(?P<what>[a-z-]+)\s+)(?:like|similar\s+to){OF}", re.I, cues=("like", "similar"))
_BUT_HOW = regex(r"\s*,?\s*\b(?:but|only|just|except|though|and)\s+(?P<how>[^,.;!?]+)", re.I)
_LESS_DEAR = regex(r"\b(?:(?:for|at)\s+)?(?:half|a\s+(?:fraction|third|quarter)\s+of)\s+the\s+(?:price|cost|money)\b|\b(?:for|at)\s+(?:less(?:\s+money)?|a\s+lower\s+price)(?=\s*(?:$|[,.;!?]))|\bnot\s+(?:so|as|that)\s+(?:expensive|dear|pricey)\b", re.I, cues=("price", "cost", "money", "less", "not"))
_AS = regex(rf"\b(?:(?:just|nearly|almost)\s+)?as\s+(?P<how>cheap|affordable|inexpensive|reasonable)\s+as{OF}", re.I, cues=("cheap", "affordable", "inexpensive", "reasonable"))
_CLAUSE = regex(r"([^,.;!?]*)(.*)", re.S)
_SAME = regex(r"\b(?:same|similar(?:ly)?|like|alike|equally|(?:just|every\s+bit)\s+as|as\s+\w+\s+as|comparable)\b", re.I)  # likeness is asked for
_BUT_LESS = regex(r"\s*,?\s+but\s+(?=(?:less|fewer|with\s+(?:less|fewer|no))\b)", re.I, cues=("but",))
_BUT_NOT = regex(r"\s*,?\s+but\s+(?=(?:not?|nothing|none|never|without)\b)", re.I, cues=("but",))
_LED = regex(r"^\s*(?:(?:some|something|more|basically|kind\s+of)\s+)*", re.I)
_SAYS_NOTHING = regex("better|worse|nicer|greater", re.I)
_AND = regex(r"[\w'’-]{1,40}\s*(?:,\s*(?:and\s+)?|\b(?:and|or)\s+|&\s*)", re.I)


def read_measures(r: Reading) -> list[Condition]:
    """Take such names out of the request; the bounds that comparisons with them set."""
    bounds: list[Condition] = []
    prices = {c.name for c in r.index.number_columns if c.unit in MONEY_UNITS}

    def compared(m: re.Match[str], tail: str) -> str | None:
        hits, rest = named(r, tail)
        hits, rest = (hits, rest) if hits else within(r, tail)
        if not hits:
            return None
        how = f"less {positive(m['how'].removeprefix('more '), r.index)}" if m["no"] else m["how"]
        said = _beyond(r, how, hits)
        bounds.extend(said.conditions)
        if _SAME.search(f"{m.string[: m.start()]} {rest}") or not any(c.column in prices for c in said.conditions):
            near(hits)
        else:
            near([hit for hit in hits if not place_facets(r, hit.name) and not any(facets_saying(r.index, word) for word in search_words(m.string[: m.start()]))])
            _leave(r, hits)
        return f", {'' if _SAYS_NOTHING.fullmatch(m['how']) else said.rest.removeprefix('more ')} , {rest}"

    def priced(m: re.Match[str], tail: str) -> str | None:
        hits, rest = named(r, tail)
        if not hits or not all(place_facets(r, hit.name) for hit in hits):
            return None
        bounds.extend(replace(c, high=c.high * AS_CHEAP) for c in _beyond(r, "cheaper", hits).conditions)
        _leave(r, hits)
        return f", {rest}"

    def like(m: re.Match[str], tail: str) -> str | None:
        hits, rest = named(r, tail)
        but = _BUT_HOW.match(rest)
        said = _beyond(r, _LESS_DEAR.sub("cheaper", but["how"]), hits) if hits and but else None
        if not hits or not (said and said.conditions) and not all(place_facets(r, hit.name) for hit in hits):
            return None
        bounds.extend(said.conditions if said else ())
        near(hits)
        return f" {m['what'] or ''} , {f'but {said.rest} {rest[but.end() :]}' if said and but else rest}"

    def near(hits: list[Reference]) -> None:
        r.references += hits
        _leave(r, hits)

    def likened(m: re.Match[str], tail: str) -> str | None:
        (wanted, left), (unwanted, rest) = named(r, m["wanted"]), named(r, tail)
        if not wanted or left.strip() or not unwanted:
            return None
        r.references += [*wanted, *(replace(hit, liked=False) for hit in unwanted if not hit.creator)]
        r.excluded += [Exclusion(hit.name, rows=hit.rows) for hit in unwanted if hit.rows]
        return f", {rest}"

    def seen(m: re.Match[str], tail: str) -> str | None:
        hits, rest = named(r, tail)
        if not hits and (unknown := _AND.match(tail)):  # of "Bali and Thailand" one may be no name here
            hits, rest = named(r, tail[unknown.end() :])
            hits = hits if all(place_facets(r, hit.name) for hit in hits) else []
        if not hits or not (after := _AFTER_SEEN.match(rest)):
            return None
        near([replace(hit, liked=not _BAD.match(after["felt"] or "")) for hit in hits])
        return f", {_NOW_WHAT.sub(' ', rest[after.end() :])}"

    def fond(m: re.Match[str], tail: str) -> str | None:
        hits, rest = named(r, tail)
        near(hits)
        young = m.groupdict().get("young")  # whom it is for still counts
        return f"{young or ''} , {rest}" if hits else None

    def theirs(m: re.Match[str], tail: str) -> str | None:
        return None if place(r, tail) else fond(m, tail)  # whose parents like Italy wishes for Italy

    def made(m: re.Match[str], tail: str) -> str | None:
        did = _DID.search(tail)
        hits, rest = named(r, tail[: did.start()]) if did else ([], "")
        if did is None or not hits or rest.strip():
            return None
        r.references += hits
        return f", {'modern' if did['now'] else ''} , {tail[did.end() :]}"

    def mixed(m: re.Match[str], tail: str) -> str | None:
        return fond(m, tail) if len(named(r, tail)[0]) > 1 else None

    def essence(m: re.Match[str], tail: str) -> str | None:
        title = longest_prefix(r, m[0] + tail)
        return None if title and title[1] > len(m[0]) else fond(m, tail)  # "the sound of music" is a title

    def fans(m: re.Match[str], tail: str) -> str | None:
        return f", {tail}" if not named(r, m[1])[1].strip() and fond(m, m[1]) else None

    each(r, _MORE_LIKE, likened)
    each(r, _NOT_AS, compared)
    each(r, _THAN, compared)
    each(r, _AS, priced)
    each(r, _LIKE, like)
    each(r, _SEEN, seen)
    each(r, _IF, made)
    each(r, _NEXT, fond)
    each(r, _MIX, mixed)
    each(r, _ESSENCE, essence)
    each(r, _FANS, fans)
    each(r, _THEIRS, theirs)
    _read_meeting(r)
    return bounds + _read_but(r)


def each(r: Reading, pattern: re.Pattern[str], take: Callable[[re.Match[str], str], str | None]) -> None:
    """Every occurrence, the last first: what stands from it on becomes `take(match, the words behind it)`, or stays if that is None."""
    for m in reversed([*islice(pattern.finditer(r.rest), OFTEN)]):
        if (said := take(m, r.rest[m.end() :])) is not None:
            r.rest = f"{r.rest[: m.start()]} {said}"


def _leave(r: Reading, hits: list[Reference]) -> None:
    """Of a place that was named nothing is shown, as nothing is of a title that was."""
    for hit in hits:
        if facets := place_facets(r, hit.name):
            r.excluded.append(Exclusion(hit.name, tuple(f.f for f in facets)))


def _beyond(r: Reading, how: str, hits: list[Reference]) -> Relative:
    return read_relative(how, r.index.items([n for hit in hits for n in hit.rows[:MOST]]), r.index, (), lambda _: ())


def _read_meeting(r: Reading) -> None:
    """"Alien meets Jaws": the longest name that ends before "meets", and what is named behind it."""
    for m in reversed([*islice(_MEETS.finditer(r.rest), OFTEN)]):
        then, rest = named(r, r.rest[m.end() :])
        if not then:
            continue
        for start in [w.start() for w in re.finditer(r"\S+", r.rest[: m.start()])][-9:]:
            name = r.rest[start : m.start()]
            if (found := longest_prefix(r, name)) and found[1] == len(name):
                r.references += [found[0], *then]
                r.rest = f"{r.rest[:start]} , {rest}"
                break


def _read_but(r: Reading) -> list[Condition]:
    """"Agatha Christie but modern": who begins with a name and asks for what it is not wants others like it. "Stephen King but not horror" wants what is by him, too."""
    for pattern in (_BUT, _BUT_NOT, _BUT_LESS):
        if not (m := pattern.search(r.rest)):
            continue
        name = _LED.sub("", r.rest[: m.start()])
        found = longest_prefix(r, name) or surname(r, name)
        if not found or found[1] != len(name):
            continue
        if pattern is _BUT_NOT and (found[0].creator or not found[0].rows):
            r.rest = f"by {found[0].name} , {r.rest[m.end() :]}"
            return []
        if found[0].creator and pattern is _BUT or not found[0].creator and not facets_saying(r.index, name) and not is_common(r, name, tokens(name)):
            r.references.append(found[0])
            how, rest = _CLAUSE.match(r.rest, m.end()).groups()  # type: ignore[union-attr]
            said = _beyond(r, _LESS_DEAR.sub("cheaper", how), [found[0]])
            r.rest = f" , {said.rest if said.conditions else how}{rest}"
            return [*said.conditions]
    return []
