"""One item from its line: title, year, maker and reason, in whatever order and marks a model writes them.

    "**Heat** (Michael Mann, 1995) - crime"  ->  Suggestion("Heat", "crime", "Michael Mann", 1995)

"Artist - Title" cannot be told from "Title - Subtitle" here and stays whole; whoever has the catalog tries both (see `match`).
Leaves out: which lines are items (see `parse`).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

from recsh.regex import regex
from recsh.text import clean, has_cjk
from recsh.types import Suggestion

MAX_LINE = 2_000  # characters of one line that are read
MAX_TITLE = 160  # a longer "title" is prose
CREATOR_WORDS = 7  # words a name after "by" may have

PAIRS = (("**", "**"), ("__", "__"), ("《", "》"), ("「", "」"), ("『", "』"), ("“", "”"), ('"', '"'), ("*", "*"), ("_", "_"), ("`", "`"), ("‘", "’"), ("'", "'"))
YEAR = regex(r"\s*[(（\[]\s*(?:([^()（）\[\]\d]{2,60}?)[,，]\s*)?((?:1[5-9]|20)\d\d)(?:\s*[-–—]\s*(?:\d{4}|\d\d|present)?)?(?:[,，]\s*([^()（）\[\]]{2,60}))?\s*[)）\]]", re.I)
_NO_NAME = regex(r"\b(?:tv|series|film|movie|album|song|novel|book|remaster\w*|edition|version|present|live|starring)\b", re.I)
_BY = regex(r"[\s,，]*\b(?:by|from the band|directed by|dir\.|written by)\s+(?=[\"'“*_]*[A-Z0-9\u3040-\u9fff])", re.I)
DASH = regex(r"\s+[-–—―|~]+\s+|\s*——+\s*|\s*—\s*|\s*\|\s*|\s+->\s+|\s*→\s*|\s+--+\s+|(?<=[\u3040-\u9fff》])\s*[-–]\s*(?=[\u3040-\u9fff])")
COLON = regex(r"\s*[:：]\s+|：|(?<=[\u3040-\u9fff》]):")
_LEAD = regex(r"[\s*_]*(?:[-–—―:：,，|]+|->|→)?[\s*_]*")
_ASIDE = regex(r"\([^()]*\)")
_UNCLOSED = regex(r"\s*[(（\[][^()（）\[\]]*$")
_SMALL = frozenset("a an and as at but by de del der di for from in into la le nor of on or per the to und van von vs via with y".split())


def is_reason(text: str) -> bool:
    """Whether words behind a dash or colon talk about an item, rather than being more of its name: names are in capitals."""
    words = re.findall(r"[^\W\d_][\w'’]*", _ASIDE.sub(" ", text))
    if has_cjk(text):
        return len(text) > 12 or text.endswith("。")
    if len(words) > 9 or not words:
        return bool(words)
    content = [w for w in words if w.lower() not in _SMALL]
    lower = sum(w[0].islower() for w in content)
    return text[:1].islower() and lower > 0 or lower * 2 >= max(1, len(content)) or (text.endswith((".", "!")) and lower > 0)


def entry(line: str, *, whole: bool = False, cut: bool = False) -> Suggestion | None:
    """One item from its line without the list mark. `whole`: it is a title field, not a line, so it holds no reason. `cut`: the reply
    may have ended in the middle of it."""
    text = clean(line[:MAX_LINE]).strip()
    while text and unicodedata.category(text[0]) == "So":
        text = text[1:].lstrip("\ufe0f\u200d ")
    title, rest, held = delimited(text)
    if cut and not held and text[:1] in '"“《*_':
        return None
    creator, year, reason = "", None, ""
    if not held:
        title, rest = text, ""
        if before := re.match(r"([^\"“《]{1,60}?)\s*(?:[-–—:：]\s*)?(?=[\"“《])", text):
            inner, after, found = delimited(text[before.end() :])
            dashed = before[0].rstrip().endswith(("-", "–", "—", ":", "："))
            if found and (dashed or text[before.end()] == "《" and len(before[1]) <= 12):
                title, rest, creator, held = inner, after, before[1].strip(" *_"), True
    elif artist := re.match(r"\s*[-–—]\s*(?=[\"“])", rest):
        inner, after, found = delimited(rest[artist.end() :])
        if found:
            title, rest, creator = inner, after, title
    for _ in range(3):  # year, maker and reason may come in any order, each once
        if year is None and (not rest or held) and (found := YEAR.search(title)) and found.start():
            title, rest = title[: found.start()], title[found.start() :] + rest
        if year is None and (found := YEAR.match(rest)):
            by_it = re.sub(r"^(?:dir\.|directed by|by)\s+", "", found[1] or found[3] or "", flags=re.I)
            year, creator, rest = int(found[2]), creator or ("" if _NO_NAME.search(by_it) else by_it), rest[found.end() :]
        if not creator and (by := _BY.match(rest)):
            ends = _first(rest, by.end(), DASH, COLON, YEAR, re.compile(r"[,.;]\s|[,.;]$"))
            if len(rest[by.end() : ends].split()) <= CREATOR_WORDS:
                creator, rest = rest[by.end() : ends].strip(' "“”*_'), rest[ends:]
    if rest:
        reason = rest[_LEAD.match(rest).end() :]
    if not held and not whole:
        title, said = _split(title)
        reason = reason or said
    if not creator and (by := [*_BY.finditer(title)]) and len(title[by[-1].end() :].split()) <= CREATOR_WORDS and by[-1].start():
        title, creator = title[: by[-1].start()], title[by[-1].end() :].strip(' "“”*_')
        title = delimited(title)[0] if delimited(title)[2] else title
    if title.count("(") > title.count(")") or title.count("（") > title.count("）"):
        title = _UNCLOSED.sub("", title)
    title = clean(title).strip(" *_`\"“”,;:：，。、|").removesuffix(" -")
    title = title[:-1].rstrip() if title.endswith(".") and not re.search(r"(?:\b\w|\b[JS]r|\bVol|\.)\.$", title) else title
    if not title or len(title) > MAX_TITLE:
        return None
    return Suggestion(title, clean(reason).strip(" *_"), clean(creator), year)


def _first(text: str, at: int, *marks: re.Pattern[str]) -> int:
    return min((m.start() for mark in marks if (m := mark.search(text, at))), default=len(text))


def delimited(text: str) -> tuple[str, str, bool]:
    """(title, rest, True) of text that opens with a title in bold, italics or quotation marks; one mark inside another is opened too."""
    for start, end in PAIRS:
        at = text.find(end, len(start)) if text.startswith(start) else -1
        if at <= len(start) or (start in ("'", "‘", '"', "_", "*") and text[at + 1 : at + 2].isalnum()):
            continue
        title, rest = text[len(start) : at].strip(), text[at + len(end) :]
        inner, more, held = delimited(title)
        return (inner, more + rest, True) if held else (title, rest, True)
    return "", text, False


def _split(text: str) -> tuple[str, str]:
    """Title and reason, at the first dash, else the first colon, behind which words talk rather than name."""
    for mark in (DASH, COLON):
        for m in islice(mark.finditer(text), 8):
            ahead = DASH.search(text, m.end())
            if m.start() and is_reason(text[m.end() : ahead.start() if ahead else len(text)]):
                title, said = _split(text[: m.start()]) if mark is DASH else (text[: m.start()], "")
                return title, f"{said} - {text[m.end() :]}" if said else text[m.end() :]
    return text, ""
