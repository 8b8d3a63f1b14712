"""What a person types of themself and need not be remembered: mail addresses, telephone, card and identity numbers, and names in a sentence that gives one.

    >>> masked("my name is John Smith, mail me at j.smith@example.org: songs like James Taylor")
    'my name is [name], mail me at [mail]: songs like James Taylor'
    >>> masked("我叫李雷，手机13800138000，想看科幻片")
    '我叫[name]，手机[phone]，想看科幻片'

Wrong masks cost more than they save, as titles and artists are what a log is for: so a number has to pass its own check (Luhn and an issuer's prefix
for cards, ISO/IEC 7812; ISO 7064 MOD 11-2 and a date for Chinese identity numbers, GB 11643), a name has to stand in a frame such as "my name is",
and what stands in a title that is known stays. Leaves out: names anywhere else, postal addresses, and what is said of other people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from recsh.regex import regex
from recsh.text import fold

_EDGE, _END = r"(?<![\w.+-])", r"(?![\w-])"
_MAIL = regex(rf"{_EDGE}[\w.+%'-]+@(?:[\w-]+\.)+[^\W\d_]{{2,24}}{_END}", re.ASCII | re.I)
_AT, _DOT = r"\s?(?:\(at\)|\[at\]|\{at\})\s?", r"\s?(?:\(dot\)|\[dot\]|\{dot\}|\sdot\s|\.)\s?"
_ENDS = r"(?:com|org|net|edu|info|io|de|fr|uk|cn|eu|us)"
_MAIL_SPELT = regex(
    rf"{_EDGE}[\w.+-]+(?:{_AT}[\w-]+(?:{_DOT}[\w-]+)*?{_DOT}|\sat\s(?!the\b|an?\b)[\w-]+(?:\sdot\s[\w-]+)*?\sdot\s){_ENDS}{_END}", re.ASCII | re.I
)
_SPACES = r"[ \u00a0-]?"
_DIGITS = regex(rf"(?<![\d.,])\d(?:{_SPACES}\d){{12,18}}(?!\d|[.,]\d)")
_CARD = regex(r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}")  # fmt: skip
_IDENTITY = regex(r"(?<![\dA-Za-z])[1-9]\d{5}(?:18|19|20)\d{9}[\dXx](?![\dA-Za-z])")
_WEIGHTS, _CHECK = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
_GAP = r"[ \u00a0.-]?"
_PHONES = regex(
    "|".join((
        rf"(?<![\w+])(?:\+?86{_GAP}|0086{_GAP})?1[3-9]\d(?:{_GAP}\d{{4}}){{2}}",  # China, mobile
        r"(?<![\w-])0\d{2,3}-\d{7,8}",  # China, landline
        rf"(?<![\w+])\+[1-9]\d{{0,2}}{_GAP}(?:\(0?\d{{1,4}}\){_GAP})?\d(?:{_GAP}\d){{5,12}}",  # international (ITU-T E.164: 15 digits at most)
        r"(?<![\w-])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}",  # North America
        r"(?<![\w-])0\d{2,4} \d{3,4} \d{3,4}",  # Britain and others, written in groups
    )) + r"(?!\d|[-.]\d)"
)  # fmt: skip
_NUMBER = r"(\+?\(?\d(?:[ .()-]{0,2}\d){5,14})"
_CALLED = regex(
    rf"(?:(?:call|text|ring|phone|whatsapp|reach) me (?:at|on)|my (?:\w+ )?(?:phone|mobile|cell|telephone)(?: number)? is|(?:phone|mobile|tel|telephone)(?: number)?:|"
    rf"(?:手机|电话)(?:号码?)?(?:是|为|：|:)?|(?:给我)?打)\s*{_NUMBER}(?!\d)", re.I,
)  # fmt: skip
_HANDLE = regex(r"(?:微信号?|wechat(?: id)?|QQ号?)\s*(?:是|为|：|:|\bis\b)?\s*([A-Za-z][\w-]{5,19}|[1-9]\d{4,10})(?![\w-])", re.I | re.ASCII)

_BEGIN = r"(?:^|(?<=[.,;:!?。，；：！？~\n])\s*|\b(?:hi|hello|hey|and|because|btw)[,!.]?\s+|[你您]好[，,!！。]?\s*)"
_NAME = regex(rf"{_BEGIN}(?:my (?:full |first |last |real )?name(?:'s|’s| is)|i am called)\s+((?:[^\W\d_][\w'’.-]*)(?:\s+[^\W\d_][\w'’.-]*){{0,3}})", re.I)
_NAME_ZH = regex(
    rf"{_BEGIN}(?:我的(?:名字|姓名)(?:是|叫)|我(?:的)?(?:本名|全名|真名)(?:是|叫)?|我叫(?:做)?|本人(?:姓名)?)\s*([\u4e00-\u9fff·]{{2,4}}?)(?=$|[\s，。,.!！；;、]|想|要|喜欢|爱|今年|是|住|来自)"
)
_NO_NAME = frozenset("not no on in the a an of for to at all only also just never always nothing nobody legion unknown what that this it there irrelevant unimportant".split())
_AFTER_NAME = frozenset("and but so i i'm i’m im who from looking want wants would need please can could my you".split())


def masked(text: str, titles: Iterable[str] = ()) -> str:
    """The text with what it says of who typed it put in brackets: [mail], [phone], [card], [id], [name]. What stands inside one of `titles` stays."""
    if not _MAYBE.search(text):
        return text
    whole, text = text, text.translate(_NARROW)
    before, known = text, [fold(t) for t in titles]

    def kept(said: str) -> bool:
        key = fold(said)
        return bool(key) and any(key in title for title in known)

    for pattern, put in _RULES:
        text = pattern.sub(lambda found, put=put: found[0] if kept(found[0]) else put(found), text)  # type: ignore[misc]
    return whole if text == before else text


_NARROW = {wide: chr(wide - 0xFEE0) for wide in (*range(0xFF10, 0xFF1A), 0xFF20, 0xFF0B, 0xFF0D)}  # digits, @, + and - of Chinese type
_MAYBE = regex(r"[@＠]|\d(?:\D{0,2}\d){4}|name|called|微信|wechat|我|本人|\bat\b|\(at\)|\[at\]|\{at\}", re.I)


def _card(found: re.Match[str]) -> str:
    digits = "".join(str(int(c)) for c in found[0] if c.isdigit())
    return "[card]" if _CARD.fullmatch(digits) and luhn(digits) else found[0]


def luhn(digits: str) -> bool:
    """Whether a number's last digit is the check digit of the others (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def identity(number: str) -> bool:
    """Whether 18 characters are a Chinese identity number: a date of birth, and the check character of ISO 7064 MOD 11-2.

    >>> identity("11010519491231002X"), identity("110105194912310021")
    (True, False)
    """
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return _CHECK[sum(w * int(d) for w, d in zip(_WEIGHTS, number[:17], strict=True)) % 11] == number[17].upper()


def _group(word: str) -> Callable[[re.Match[str]], str]:
    """Only what the pattern's group holds is replaced: the frame stays readable."""
    return lambda found: found[0][: found.start(1) - found.start()] + word + found[0][found.end(1) - found.start() :]


def _named(found: re.Match[str]) -> str:
    """An English name: up to where the sentence goes on; none in a title's spelling ("My Name Is Khan"), or if the whole is nothing else."""
    frame, words = found[0][: found.start(1) - found.start()], found[1].split()
    if re.search(r"\bName (?:Is|'s|’s)|\bName's\b", frame) and any(c.islower() for c in frame):
        return found[0]
    capital = words[0][:1].isupper() and not found[0].isupper()
    name: list[str] = []
    for word in words:
        bare = word.strip(".'’-").lower()
        if bare in (_AFTER_NAME if name else _NO_NAME) or (name and capital and not word[:1].isupper()) or (name and not capital and len(name) == 2):
            break
        name.append(word)
        if word.endswith(".") and len(bare) > 1:
            break
    whole = not found.string[: found.start()].strip() and not found.string[found.end() :].strip() and len(name) == len(words) and frame[:2].lower() in ("my", "i ")
    if not name or (whole and not capital):
        return found[0]
    rest = found[1][found[1].index(name[-1]) + len(name[-1].rstrip(".")) :]
    return f"{frame}[name]{rest}"


def _named_zh(found: re.Match[str]) -> str:
    """A Chinese name; none if the whole is nothing else, which is how a title is asked for."""
    whole = found[0].startswith(("我", "本")) and found[0] == found.string.strip()
    return found[0] if whole else _group("[name]")(found)


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_MAIL, lambda found: "[mail]"),
    (_MAIL_SPELT, lambda found: "[mail]"),
    (_IDENTITY, lambda found: "[id]" if identity(found[0]) else found[0]),
    (_DIGITS, _card),
    (_PHONES, lambda found: "[phone]"),
    (_CALLED, _group("[phone]")),
    (_HANDLE, _group("[id]")),
    (_NAME, _named),
    (_NAME_ZH, _named_zh),
)
