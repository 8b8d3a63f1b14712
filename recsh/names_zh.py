"""Names in Chinese requests that only say where to begin: 比X更烧脑, 没有X那么沉重, 看完X想看类似的, X那种感觉, and makers whom a catalog has in another script.

    "比无间道轻松一点的"     ->  like 无间道, 轻松
    "没有霸王别姬那么沉重"   ->  like 霸王别姬, not 沉重
    "去过日本了"             ->  like Japan, but elsewhere
    "比戴森便宜的吸尘器"     ->  便宜的吸尘器, where nothing is by 戴森

As of `measures`, such a name is a reference, and nothing is touched where no name stands. Chinese has no spaces, so a name is the longest run of
characters that is one. Leaves out: 像X一样, 类似X (see `references`), what is older or cheaper than the things shown (see `relative`).
"""

from __future__ import annotations

import re

from recsh import elsewhere, references
from recsh.conditions import Condition
from recsh.index import facet_key
from recsh.lexicon import glosses, same
from recsh.measures import each
from recsh.named import MOST
from recsh.regex import regex
from recsh.relative import read_relative
from recsh.request import Reading, facets_saying, is_tag, search_words
from recsh.text import fold, has_cjk
from recsh.types import Reference

LONGEST = 16  # characters of a name
_DEGREE = r"(?:更加?|还要?|再|要|稍微|略微?|没那么)?"
_BIT = r"(?:得多|多了|一?点儿?|一些|些)?"
_END = r"(?=\s*(?:$|[的，。！？,.!?；;、但]|就[行好]))"
_MORE = regex(r"比(?!较|如|赛)", cues=("比",))
_LESS = regex(r"(?<!有)没有?|不像|不如|别像|不要像", cues=("没", "不", "别"))
_HOW = regex(rf"\s*{_DEGREE}\s*([^，。！？,.!?；;、的\s]{{1,8}}?){_BIT}{_END}")
_HOW_LESS = regex(rf"\s*(?:那么|这么|那样|那般)\s*([^，。！？,.!?；;、的\s]{{1,8}}?){_END}")
_SEEN = regex(r"(?<![没未不])(?:(?:看|读|听|追|刷|补|去|玩|逛)(?:过|完|了)了?|(?:超|最|很|特别|好|真|太)爱(?:看|听|读)?)", cues=("过", "完", "了", "爱"))
_AFTER_SEEN = regex(r"了?(?:之后|以后|后)?\s*(?=$|[，,。！？!?；;\s]|想|还|求|有|该|接|再|类似|推荐|[好太真很]|特别|觉得)")
_SEEN_BEHIND = regex(r"的?(?:已经|都|早就|全)?(?:看|读|听|追|刷|去|玩)(?:过|完)了?(?=\s*(?:$|[，,。！？!?；;]))", cues=("过", "完"))
_KIND = regex(r"(?:那种|这种|那类|这类|那样|这样|那味|(?:的|式的?|那种)?(?:风格|风味|既视感)|同款|式的)", cues=("那", "这", "风", "既", "同", "式"))
_BEEN = regex(r"(?:去|玩|逛)(?:过|完|了)了?$")
_AGAIN = regex(r"[，,\s]*(?:我|还|又|下次|真的?|好|很|特别|也|打算|准备|想|要)*再(?:去|玩)")
_REGION = regex(r"countr|region|continent|国家|地区|大洲", re.I)
_JOINT = regex(r"[和与跟、]$")
_OF = regex(r"(?:写|著|唱|演|主演|拍|导演?|执导)的|的(?:书|作品|小说|歌|电影)")
_LEAD = regex(r"(?:^|[，。！？,.!?；;、\s有求来点要想看听读找荐是]|那种|类似于?)$")


def read_names(r: Reading) -> list[Condition]:
    """Take such names out of the request; the bounds that comparisons with them set."""
    bounds: list[Condition] = []
    if not has_cjk(r.rest):
        return bounds

    def more(m: re.Match[str], tail: str) -> str | None:
        return compared(tail, _HOW, "更")

    def less(m: re.Match[str], tail: str) -> str | None:
        return compared(tail, _HOW_LESS, "太")

    def compared(tail: str, behind: re.Pattern[str], degree: str) -> str | None:
        named = _first(r, tail)
        how = behind.match(tail[named[1] :]) if named else None
        if named is None or how is None or len(how[1]) > 2 and facet_key(how[1]) not in same() and not facets_saying(r.index, how[1]):
            return None
        said = read_relative(f"{degree}{how[1]}", r.index.items(named[0].rows[:MOST]), r.index, (), lambda _: ())
        bounds.extend(said.conditions)
        if not _says_less(r, named[0], tail[named[1] + how.end() :]):
            r.references.append(named[0])
        wish = "" if said.conditions else how[1] if degree == "更" else f"不要太{how[1]}"
        return f" , {wish} , {tail[named[1] + how.end() :].removeprefix('的')}"

    def seen(m: re.Match[str], tail: str) -> str | None:
        named = _first(r, tail) or (_region(r, tail) if _BEEN.search(m[0]) else None)
        after = _AFTER_SEEN.match(tail[named[1] :]) if named else None
        if named is None or after is None or _AGAIN.match(tail[named[1] + after.end() :]):
            return None
        r.references.append(named[0])
        return f" , {tail[named[1] + after.end() :]}"

    each(r, _MORE, more)
    each(r, _LESS, less)
    each(r, _SEEN, seen)
    for pattern in (_SEEN_BEHIND, _KIND):
        for m in reversed([*pattern.finditer(r.rest)]):
            hits, start = _last(r, r.rest[: m.start()], regions=bool(_BEEN.search(m[0])))
            r.references += hits
            r.rest = f"{r.rest[:start]} , {r.rest[m.end() :].removeprefix('的')}" if hits else r.rest
    return bounds


def read_makers(r: Reading) -> None:
    """Makers whom a catalog in another language has: 东野圭吾写的 is by Keigo Higashino. What a catalog in Chinese has is found as its other words are (see `wishes`)."""
    if r.index.chinese or not has_cjk(r.rest):
        return
    at = 0
    while at < len(r.rest) - 2:
        for size in range(min(LONGEST, len(r.rest) - at), 1, -1):
            name = r.rest[at : at + size]
            if (size > 2 or _OF.match(r.rest[at + size :])) and may_name(r, name) and (hit := r.find(name, False)) and hit.creator and hit.rows:
                references.note(r, hit)
                r.rest = f"{r.rest[:at]} , {r.rest[at + size :]}"
                break
        at += 1


def _first(r: Reading, tail: str) -> tuple[Reference, int] | None:
    """The longest name at the beginning of a text, and how many characters it takes."""
    if quoted := re.match(r"\s*《([^》]+)》", tail):
        hit = named(r, quoted[1])
        return (hit, quoted.end()) if hit else None
    sizes = range(min(LONGEST, len(tail)), 1, -1)
    return next(((hit, n) for n in sizes if not tail[n - 1 : n + 1].isascii() and may_name(r, tail[:n]) and (hit := named(r, tail[:n]))), None)


def _region(r: Reading, tail: str) -> tuple[Reference, int] | None:
    """The country or continent at the beginning of a text, and how many characters it takes."""
    return next(((hit, n) for n in range(min(LONGEST, len(tail)), 1, -1) if (hit := region(r, tail[:n]))), None)


def region(r: Reading, name: str) -> Reference | None:
    """A country or continent as a name for all of its rows."""
    key = facet_key(name)
    facets = [f.f for found in r.index.facets((key, *same().get(key, ()))).values() for f in found if _REGION.search(f.column)]
    return Reference(name, tuple(map(int, r.index.facet_rows(facets)))) if facets else None


def _says_less(r: Reading, hit: Reference, rest: str) -> bool:
    """Whether a name says less than what else is asked for: a brand that the catalog lacks is known for many things, of which one was said."""
    return not hit.rows and any(k.kind == "brands" for k in elsewhere.entries(hit.name)) and bool(search_words(rest))


def _last(r: Reading, before: str, *, regions: bool = False) -> tuple[list[Reference], int]:
    """The longest name at the end of a text that begins where a name may, with those joined to it (周杰伦和林俊杰), and where they begin."""
    for n in range(min(LONGEST, len(before)), 1, -1):
        lead = before[:-n]
        led, joined = _LEAD.search(lead), _JOINT.search(lead)
        if (led or joined) and (hit := (may_name(r, before[-n:]) and named(r, before[-n:])) or (regions and region(r, before[-n:]))):
            others, start = _last(r, lead[:-1], regions=regions) if joined else ([], 0)
            if others or led:
                return [*others, hit], start if others else len(lead)
    return [], len(before)


def may_name(r: Reading, name: str) -> bool:
    """Whether characters can be a name at all: they begin and end with a word, and are neither a tag nor a common word, unless a place is called so."""
    tag = fold(name) in glosses() or any(is_tag(r.index, f) for found in r.index.facets([facet_key(name)]).values() for f in found)
    return name[0].isalnum() and name[-1].isalnum() and (not tag or any(k.kind == "places" for k in elsewhere.entries(name)))


def named(r: Reading, name: str) -> Reference | None:
    known = elsewhere.entries(name)
    found = r.find(name, False) or next((hit for k in known if k.kind == "places" and (hit := r.find(k.name, False))), None)
    return found or (Reference(name) if known and elsewhere.known_as(r, name) else None)
