"""What a chat model wrote, as suggestions: lists, tables of JSON, or plain sentences, with whatever stands around them.

    >>> [(s.title, s.year, s.reason) for s in parse("Sure!\\n1. **Alien** (1979) - slow dread\\n2. Heat: two men, one city")]
    [('Alien', 1979, 'slow dread'), ('Heat', None, 'two men, one city')]

Total: any text gives a list, in time linear in its length. Leaves out: one line of a list (see `entry`), whether a title exists, and which
row it is (see `match`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from recsh.entry import COLON, DASH, MAX_LINE, PAIRS, YEAR, entry, is_reason
from recsh.regex import regex
from recsh.text import clean, fold
from recsh.types import Suggestion

MAX_TEXT = 200_000  # characters of a reply that are read; far above any context window worth having
MAX_TURNS = 20  # turns looked at for the first that lists anything
MAX_ITEMS = 500  # suggestions of one reply
REPEATS = 2  # times one title is passed on: once as a suggestion, once so that the repetition can be reported
TITLE_WORDS = 14  # words a line without any mark may have and still be a title

_KEYS = {
    "title": "title name song movie film item book album track product song_title movie_title 标题 名称 片名 歌名 书名 电影 歌曲 作品",
    "reason": "reason why explanation description because rationale 理由 推荐理由 原因 说明",
    "creator": "artist author director creator by band singer brand 歌手 导演 作者 艺术家",
    "year": "year released release_year 年份 年代",
    "other": "genre genres rating runtime cast starring stars duration plot mood country language 类型 主演 评分 片长 地区 语言",
}  # fmt: skip
KEYS: dict[str, str] = {name: role for role, names in _KEYS.items() for name in names.split()}
"""Names a model gives to the parts of an item, and the part each one is."""

# Where someone else starts to speak, or the model has stopped: what follows is not the reply.
_TURN = regex(
    r"<\|(?:im_end|eot_id|endoftext|end|eom_id|end_of_text|user|assistant)\|>|<\|im_start\|>(?:\s*(?:user|system|assistant))?|</s>|<end_of_turn>|<eos>|\[/?INST\]|\[\|?(?:Human|AI)\|?\]?"
    r"|<｜end▁of▁sentence｜>|^(?:Human|User|System|### ?(?:Instruction|Human|User)|用户)\s*[:：]",
    re.M,
)
_OTHERS = regex(r"user|human|instruction|\[inst|\|>\s*system|用户", re.I)  # marks behind which it is not the model that speaks
_TOKEN = regex(r"<\|[^|<>\n]{1,40}\|>|</?s>|<(?:bos|pad|unk|start_of_turn|end_of_turn)>|<</?SYS>>|<｜[^<>\n]{1,40}｜>|^(?:assistant|model|AI|Assistant|助手)\s*[:：]?\s*$", re.M)
_THINK = regex(r"<(/?)think(?:ing)?>", re.I)

_HAN = "一二三四五六七八九十"
_NUMBERED = regex(rf"(?:#{{1,6}}\s+)?(\*\*|__)?(?:#?\d{{1,3}}(?:\\?[.．](?!\d)|\\?[)）、])|#\d{{1,3}}[:.)]?(?=\s)|[（(](?:\d{{1,3}}|[{_HAN}]{{1,3}})[)）]|[{_HAN}]{{1,3}}[、.．]|[①-⑳])\s*")
_BULLET = regex(r"(?:[-*•·‣◦●▪–—+]\s+|[•·●▪‣◦](?=\S))(?:\[[ xX]?\]\s+)?")
_HEADING = regex(r"#{1,6}\s+")
_LABEL = regex(r"[*_]*([A-Za-z_ ]{2,24}|[\u4e00-\u9fff]{2,6})[*_]*\s*[:：][*_]*\s*(.*)$", re.S)
_CHATTER = regex(
    r"\s*(?:sure\b[!,.:]|of course\b|certainly\b|absolutely\b[!,.:]|okay\b[!,.:]|ok[!,.:]|great\b(?:[!,.:]| to\b)|yes\b[!,.]|no\b[!,.]|hello\b|hi\b[!,.]|no problem\b|based on\b|here(?:'s| is| are)\b|these (?:are|\w+ (?:are|should|will))\b|let me know\b|i hope\b|hope (?:you|this)\b"
    r"|enjoy\b[!.]|feel free\b|if you\b|would you\b|do you\b|i (?:would|recommend|suggest|think|have|can|'?d)\b|i'(?:d|m|ve)\b|you (?:might|may|could|should|can|will)\b|thank|note\b[:,]|please\b|as an ai\b|each of\b|all of these\b|happy \w+ing\b"
    r"|好的|当然|以下|希望|根据|如果你|推荐你|这些|这里)",
    re.I,
)

_SPAN = regex(r"\*\*([^*\n]{1,160})\*\*|《([^》\n]{1,160})》|「([^」\n]{1,160})」|“([^”\n]{1,160})”|\"([^\"\n]{1,160})\"")
_PLAIN_YEAR = regex(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_STRINGS = regex(r'"((?:[^"\\\n]|\\.)*)"')
_FIELD = regex(r'"([^"\\\n]{1,30})"\s*:\s*(?:"((?:[^"\\]|\\.)*)("|$)|(\d{1,4}))')
_OBJECT = regex(r"\{[^{}]*(?:\}|$)")
_JSON = regex(r"\[\s*[\"{\]]|\{\s*[\"}]")


def parse(text: str, limit: int | None = None) -> list[Suggestion]:
    """The suggestions in a reply, in its order, at most `limit` of them. Never raises; nothing recognisable gives an empty list.

    A title that is repeated comes at most `REPEATS` times, so a model that runs in circles stays harmless.
    """
    seen: Counter[str] = Counter()

    def fresh(s: Suggestion | None) -> bool:
        if s is None or not fold(s.title) or not any(c.isalnum() for c in s.title) and (len(s.title) < 3 or set(s.title) <= set(". -–—…")):
            return False
        seen[key := fold(f"{s.title} {s.creator} {s.year or ''}")] += 1
        return seen[key] <= REPEATS

    most = min(MAX_ITEMS, MAX_ITEMS if limit is None else max(0, limit))
    # What comes after someone else's turn is made up, and counts only if the model had said nothing yet ("Hello! What do you like?").
    for turn in islice(_turns(text), MAX_TURNS):
        found = _from_json(turn) if _JSON.search(turn) else []
        if suggestions := [*islice(filter(fresh, found or _from_lines(turn)), most)]:
            return suggestions
    return []


def _turns(text: str) -> Iterator[str]:
    """The turns in a reply, without thoughts and template tokens."""
    text = text[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\ufeff", "").replace("\u200b", "")
    kept, at, depth = [], 0, 0
    for mark in _THINK.finditer(text):
        if mark[1]:  # subtle: a closing mark without an opening one ends a thought that the prompt had begun
            kept, depth = (kept, max(0, depth - 1)) if depth else ([], 0)
        else:
            kept += [text[at : mark.start()]] if not depth else []
            depth += 1
        at = mark.end()
    text = "".join(kept) + ("" if depth else text[at:])
    start, own = 0, True
    for mark in _TURN.finditer(text):
        if own and text[start : mark.start()].strip():
            yield _TOKEN.sub("", text[start : mark.start()])
        start, own = mark.end(), not _OTHERS.search(mark[0])
    if own:
        yield _TOKEN.sub("", text[start:])


# JSON ----------------------------------------------------------------------------------------------------------------


def _from_json(text: str) -> list[Suggestion]:
    """Suggestions of the JSON in a text: whole if it can be read, else object by object, else its strings."""
    start = _JSON.search(text).start()
    body = text[start : max(text.rfind("]"), text.rfind("}")) + 1 or len(text)]
    for candidate in (body, re.sub(r",\s*(?=[\]}])", "", body)):
        try:
            return [*_walk(json.loads(candidate, strict=False))]
        except (ValueError, RecursionError):
            continue
    objects = [o for m in _OBJECT.finditer(text, start) if (o := _object(m[0]))]
    if objects:
        return objects
    closed = [entry(_unescape(m[1])) for m in islice(_STRINGS.finditer(text, start), MAX_ITEMS) if not re.match(r"\s*:", text[m.end() : m.end() + 9])]
    return [s for s in closed if s] if text[start] == "[" else []


def _unescape(value: str) -> str:
    try:
        return json.loads(f'"{value}"', strict=False)
    except ValueError:
        return value


def _object(text: str) -> Suggestion | None:
    """One flat object, whole or cut off. A title that was cut in the middle is none."""
    parts: dict[str, str] = {}
    for key, string, end, digits in _FIELD.findall(text):
        if end == '"' or digits or KEYS.get(key.strip().lower()) != "title":
            parts[key] = digits or _unescape(string)
    return _made(parts)


def _made(parts: Mapping[str, object]) -> Suggestion | None:
    """A suggestion from named parts; None if none of them is a title."""
    known: dict[str, str] = {}
    for key, value in parts.items():
        role = KEYS.get(key.strip().lower())
        if isinstance(value, list):
            value = ", ".join(v for v in value if isinstance(v, str))
        if role and isinstance(value, (str, int, float)):
            known.setdefault(role, clean(str(value)))
    whole = entry(known.get("title", ""), whole=True)
    if whole is None:
        return None
    year = _PLAIN_YEAR.search(known.get("year", ""))
    reason, creator = known.get("reason", "")[:MAX_LINE] or whole.reason, known.get("creator", "")[:MAX_LINE] or whole.creator
    return Suggestion(whole.title, reason, creator, int(year[0]) if year else whole.year)


def _walk(value: object) -> Iterator[Suggestion]:
    """Every item of a JSON value, depth first: objects with a title, strings of lists, and maps of title to reason."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, list):
            waiting += reversed(at)
        elif isinstance(at, str):
            if s := entry(at):
                yield s
        elif isinstance(at, dict):
            inner = [v for v in at.values() if isinstance(v, (list, dict))]
            if s := _made(at):
                yield s
            elif inner:
                waiting += reversed(inner)
            else:
                for key, v in at.items():
                    if isinstance(v, str) and KEYS.get(key.lower()) is None and (s := entry(v if key.isdecimal() else key, whole=True)):
                        yield s if key.isdecimal() or s.reason else Suggestion(s.title, clean(v), s.creator, s.year)


# Lines ---------------------------------------------------------------------------------------------------------------


def _from_lines(text: str) -> Iterable[Suggestion | None]:
    lines = [line[:MAX_LINE].rstrip() for line in text.split("\n")]
    lines = [line for line in lines if not line.lstrip().startswith("```")]
    kinds = [_kind(line) for line in lines]
    count = Counter(kinds)
    if count["numbered"]:
        return _items(lines, kinds, "numbered")
    labels = sum(_part(line) is not None for line, kind in zip(lines, kinds, strict=True) if kind == "bullet")
    if count["heading"] > 1 and labels * 2 >= count["bullet"]:
        return _items(lines, kinds, "heading")
    if count["bullet"]:
        return _items(lines, kinds, "bullet")
    return _prose([line.strip() for line in lines if line.strip()])


def _kind(line: str) -> str:
    bare = line.lstrip()
    if not bare:
        return "blank"
    for kind, mark in (("numbered", _NUMBERED), ("heading", _HEADING), ("bullet", _BULLET)):
        if (found := mark.match(bare)) and found.end() < len(bare):
            return kind
    return "plain"


def _part(line: str) -> tuple[str, str] | None:
    """(part, its text) of a line such as '- **Director:** Michael Mann', None if it is no such line."""
    found = _LABEL.match(_BULLET.sub("", line.strip(), count=1))
    role = KEYS.get(found[1].strip().lower()) if found else None
    return (role, clean(found[2])) if found and role and role != "title" else None


def _items(lines: list[str], kinds: list[str], kind: str) -> Iterator[Suggestion | None]:
    """Lines of one kind at the outermost indent are items; labelled, indented and following lines say more about the last one."""
    of_kind = [len(line) - len(line.lstrip()) for line, k in zip(lines, kinds, strict=True) if k == kind]
    outer = min(of_kind) + 1
    last: Suggestion | None = None
    attached = False
    filled = [i for i, k in enumerate(kinds) if k != "blank"]
    for i, (line, k) in enumerate(zip(lines, kinds, strict=True)):
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        part = _part(bare) if last else None
        if k == kind and indent <= outer and not (part and kind == "bullet"):
            yield last
            last = entry(_unmarked(bare), cut=i == filled[-1])
            attached = True
        elif last and part:
            last = _with(last, *part)
        elif last and k in ("plain", "bullet") and (attached or indent > outer) and not last.reason and not _CHATTER.match(bare):
            last = _with(last, "reason", clean(_BULLET.sub("", bare, count=1)).strip("*_"))
        else:
            attached = False
    yield last


def _with(s: Suggestion, part: str, value: str) -> Suggestion:
    year = _PLAIN_YEAR.search(value) if part == "year" and not s.year else None
    return Suggestion(
        s.title, value if part == "reason" else s.reason, value if part == "creator" and not s.creator else s.creator, int(year[0]) if year else s.year
    )


def _unmarked(line: str) -> str:
    if found := _NUMBERED.match(line):
        return (found[1] or "") + line[found.end() :]
    mark = _HEADING.match(line) or _BULLET.match(line)
    return line[mark.end() :] if mark else line


def _prose(lines: list[str]) -> Iterable[Suggestion | None]:
    """No list marks: titles in bold or quotation marks, else a line each, else one line with commas."""
    titles = [i for i, line in enumerate(lines) if any(line.startswith(a) for a, _ in PAIRS[:7])]
    if len(titles) > 1 and len(titles) * 2 >= len(lines):
        return [entry(lines[i], cut=i == len(lines) - 1) for i in titles]
    spans = [next(g for g in m.groups() if g) for line in lines for m in _SPAN.finditer(line)]
    if spans and (len(lines) < 3 or len(spans) > 1):
        return [entry(s) for s in spans] if len(lines) > 1 or _CHATTER.match(lines[0]) or len(spans) > 1 else [entry(lines[0])]
    if len(lines) > 1:
        told = [line for line in lines if not _CHATTER.match(line) and not line.endswith((":", "：", "?", "!"))]
        if len(told) > 1 or (told and len(told[0].split()) <= TITLE_WORDS and "," not in told[0]):
            return [entry(line, cut=line is lines[-1]) for line in told if len(line.split()) <= TITLE_WORDS or DASH.search(line)]
        lines = told or [line for line in lines if re.search("[,，、]", line)][:1]
    return _inline(lines[0]) if lines else []


def _inline(line: str) -> list[Suggestion | None]:
    """'Sure: Alien, Aliens, Heat and Ronin.' -> four. A sentence that lists nothing gives nothing."""
    opened = re.match(r"[^:：]{3,200}[:：]\s*(?=\S)", line)
    chatter = _CHATTER.match(line)
    if opened and (chatter or "," in line[opened.end() :] or "、" in line[opened.end() :]) and not re.search("[,、]", line[opened.end() - 40 : opened.end()] if not chatter else ""):
        line, chatter = line[opened.end() :], None
    if chatter:
        return []
    parts = [p for p in re.split(r"\s*[,，;；、]\s*", line.strip(" .。!")) if p]
    if len(parts) < 2:
        sentence = len(line.split()) > 5 and is_reason(line) and not (DASH.search(line) or COLON.search(line) or YEAR.search(line))
        return [] if sentence or len(line.split()) > 3 * TITLE_WORDS else [entry(line)]
    if any(len(p.split()) > TITLE_WORDS for p in parts) or (YEAR.search(line) is None and is_reason(parts[-1]) and not re.search(r"\b(?:and|or)\b|[和与]", parts[-1])):
        return [] if is_reason(parts[0]) and len(parts[0].split()) > 5 else [entry(line)]
    if ends := re.match(r"(?:and|or|&)\s+(.+)$", parts[-1], re.I):
        parts[-1] = ends[1]
    elif two := re.match(r"(.+?)\s+(?:and|or)\s+(.+)$", parts[-1]) or re.match(r"(.+?)[和与](.+)$", parts[-1]):
        parts[-1:] = [two[1], two[2]]
    return [entry(p) for p in parts]
