"""Who it is for: a child spoken of by age or kinship becomes the word that catalogs have for children.

    "my daughter, she's seven, loves dragons"  ->  "kids, loves dragons"
    "给四岁儿子的睡前故事"                        ->  "给孩子的睡前故事"
    "a film to watch with my parents"         ->  "a film to watch with family"

Somebody of eighteen or more, or a child that the thing is about, is left as it was said. "With friends" says nothing that rows would say: things
about friendship are not meant. Leaves out: what the hour and the day suggest (see `occasion`).
"""

from __future__ import annotations

import re

from recsh.numerals import value_of
from recsh.regex import regex
from recsh.text import has_cjk

TEEN, GROWN = 13, 18
_NUMBER = r"(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)"
_CHILD = r"(?:kids?|child(?:ren)?|boys?|girls?|sons?|daughters?|toddlers?|nieces?|nephews?|grand(?:sons?|daughters?|child(?:ren)?|kids?)|students?)"
_NOT_YEARS = r"(?!\s*(?:years?|minutes?|mins?|hours?|dollars?|pages|of\b|feet|foot|[$€£%]))"
_AGE = regex(
    rf"\b(?:(?:an?|the)\s+)?(?:\d{{1,2}}\s*(?:-|–|to|or|and)\s*)?{_NUMBER}[\s-]*(?:years?|yrs?|y)[\s-]*(?:olds\b|old(?:\s+{_CHILD}\b|(?=\s*(?:$|[^\w\s-]|(?:who|and|that|to|with|for|is|loves?|likes?|wants?|can|will|in|on|at|so|but)\b))))"
    rf"|\b(?:aged?|ages|turning|turns)\s+(?:\d{{1,2}}\s*(?:-|–|to)\s*)?{_NUMBER}\b{_NOT_YEARS}"
    rf"|\b(?:s?he|they|who)(?:['’](?:s|re)|\s+is|\s+are)\s+(?:only\s+|just\s+|about\s+)?{_NUMBER}\b{_NOT_YEARS}",
    re.I,
    cues=("old", "age", "turn", "he", "who"),
)
_KIN = regex(r"\b(?:my|our)\s+(?:little\s+|young(?:er|est)?\s+|old(?:er|est)\s+)?(?:son|daughter|kid|child|toddler|baby|niece|nephew|grand(?:son|daughter|child|kid)|little\s+(?:one|boy|girl))s?\b(?!['’]s)", re.I, cues=("my", "our"))
_ABOUT = regex(r"\b(?:about|of|starring|follows?|where|whose|when|since)\s+(?:an?\s+|the\s+)?$", re.I)
_AGE_ZH = regex(r"(\d{1,2}|[一二两三四五六七八九十]{1,3})(?:周?岁半?|个月大)(?:多)?(?:的)?(?:小?宝宝|小?孩子?|儿子|女儿|男孩|女孩|小朋友|娃)?")
_KIN_ZH = regex(r"我(?:家|的)?(?:儿子|女儿|闺女|孩子|宝宝|娃|侄子|侄女|外甥女?|孙子|孙女)")
_FAMILY = regex(r"\bwith\s+(?:my|our|the)\s+(?:whole\s+|entire\s+)?(?:parents|folks|family|mum|mom|mother|dad|father|in-laws|grandparents|grandma|grandpa)(?:\s+and\s+(?:dad|father|mum|mom|mother|family|kids))?\b(?!['’]s)", re.I, cues=("with",))
_FAMILY_ZH = regex(r"(?:和|跟|同|陪|带)(?:着)?(?:我的?)?(?:爸妈|父母|爸爸妈妈|家人|家里人|长辈|全家人?|老人家?|爷爷奶奶)(?:们)?(?:一起|一块)?(?=[看听玩去吃]|的|$)")
_FRIENDS = regex(r"\bwith\s+(?:my\s+|some\s+|a\s+(?:few|couple\s+of)\s+)?(?:friends|mates|buddies|the\s+(?:boys|girls|guys))\b", re.I, cues=("with",))
_WORDS = {w: i for i, w in enumerate("eleven twelve thirteen fourteen fifteen sixteen seventeen".split(), 11)}


def for_whom(text: str) -> str:
    """The request with a child's age and kinship said as "kids" or "teenagers" (孩子, 青少年), parents who are there as "family" (全家);
    unchanged if it speaks of none.

    >>> for_whom("family movie night with a 6 year old, nothing too scary")
    'family movie night with kids, nothing too scary'
    >>> for_whom("a novel about a 12-year-old boy")
    'a novel about a 12-year-old boy'
    """
    text = _FRIENDS.sub("", _FAMILY.sub("with family", text))
    if chinese := has_cjk(text):
        text = _FAMILY_ZH.sub("全家", text)
    found = [m for m in _AGE.finditer(text) if not _ABOUT.search(text[: m.start()])]
    ages = [_value(next(g for g in m.groups() if g)) for m in found]
    if any(age >= GROWN for age in ages):
        return text
    young = "teenagers" if ages and min(ages) >= TEEN else "kids"
    kin = [m for m in _KIN.finditer(text) if not _ABOUT.search(text[: m.start()])]
    text = _said(text, kin, found, young)
    if not chinese:
        return text
    found = list(_AGE_ZH.finditer(text))
    ages = [value_of(m[1]) for m in found]
    if any(age >= GROWN for age in ages):
        return text
    return _said(text, list(_KIN_ZH.finditer(text)), found, "青少年" if ages and min(ages) >= TEEN else "孩子")


def _said(text: str, kin: list[re.Match[str]], ages: list[re.Match[str]], word: str) -> str:
    """The text with the first of these said as `word` and the others gone."""
    places = sorted((m.span() for m in (*kin, *ages)))
    for n, (start, end) in reversed([*enumerate(places)]):
        if n == 0 or start >= places[n - 1][1]:
            text = text[:start] + (word if n == 0 else "") + text[end:]
    return re.sub(r"(?:\s*,)+(\s*,)", r"\1", re.sub(r"\s+,", ",", re.sub(r"  +", " ", text))).strip(" ,") if places else text


def _value(word: str) -> float:
    return _WORDS.get(word.lower()) or value_of(word)
