"""Reasons that are true: the model's, if every word of it is supported; otherwise one made from the row's own facts.

    "Shares thrash metal and guitar solo with Metallica; from 1990. A vow of vengeance at breakneck tempo."

A reason names only what is in the item's row, in the request, or in what the person said. `untrue` is the check, `compose` the fallback;
a model too small for sentences still chooses which facts come first (`named_facts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from os.path import commonprefix

from recsh.index import facet_key
from recsh.lexicon import FILLERS_ZH, STOP, same, synonyms
from recsh.prompt import number_text
from recsh.request import Query
from recsh.schema import split
from recsh.text import clean, fold, has_cjk, tokens
from recsh.types import Column, Item, Role

# Words that say nothing of the item itself. What it might not be ("short", "new", "classic") is not among them.
_GLUE = (STOP - {"no", "not", "nor", "never"}) | frozenset(
    "also fit match same similar both because since share while full made perfect suit work offer bring feature mix blend come stand your close near both era decade sound"
    " mood theme genre tag artist author director brand maker year price minute request wish here under over after before between per".split()
)
_GLUE_ZH = sorted({*FILLERS_ZH, *"同样 同为 属于 来自 作品 一起 因为 所以 正好 符合 匹配 贴近 请求 要求 风格 氛围 主题 类型 带着 充满 具有 具备 以及 而且 并且 它 这部 这首 这本 首 部 本 片 在 以 为 且 又 还 从 到 与".split()}, key=len, reverse=True)
_DECADE = re.compile(r"\b(\d{3}0|\d0)['’]?s\b")
# Columns whose values hardly two rows differ in: said when they were wished for, no ground for "shares".
_LESSER = re.compile(r"lang|countr|region|continent|audience|length|currenc|series|season|month|source|语言|国家|地区", re.I)

DESCRIPTION_LIMIT = 160  # characters
FACTS = 3  # tags that one part of a reason names


def untrue(reason: str, item: Item, query: Query, references: Sequence[Item] = ()) -> list[str]:
    """Words of a reason that nothing supports: not in the row, not the name of a reference, not plain glue. Empty means true.

    What is said of an item must stand in its row, or be another word for one of its tags; that it was asked for supports nothing. A decade
    must be the item's own ("80s", "1980s"). A reason of nothing but glue supports itself by nothing.
    """
    row = _support(item)
    for reference in references:
        row |= {*tokens(f"{reference.title} {reference.creator}")}
    for named in query.references:
        row |= {*tokens(named.name)}
    decades = {int(v) // 10 * 10 for v in item.numbers.values() if v == int(v)}
    wrong = [m[0] for m in _DECADE.finditer(reason) if not any(int(m[1]) in (d, d % 100) for d in decades) and m[0] not in " ".join(item.cells.values())]
    rest = _DECADE.sub(" ", reason)
    if has_cjk(rest):
        for word in (*sorted(_names(item, references, query), key=len, reverse=True), *_GLUE_ZH):
            rest = rest.replace(word, " ")
    said = tokens(rest)
    wrong += [w for w in said if w not in row and w not in _GLUE and not (len(w) == 1 and w.isascii() and w.isalpha())]
    if not wrong and not has_cjk(reason) and all(w in _GLUE and w not in row for w in said) and not _DECADE.search(reason):
        return said or [reason]  # "it fits" says nothing of this item
    return wrong


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


def compose(item: Item, query: Query, columns: Sequence[Column], references: Sequence[Item] = (), first: Sequence[str] = ()) -> str:
    """A reason from facts alone: the wished tags the row has, what it shares with the reference, the conditions it meets, and its own
    description. `references` are the rows of the liked references of the query, in their order; `first` are tags to prefer where there
    is a choice. Never empty."""
    zh = query.chinese
    parts: list[str] = []
    wished = _distinct(_wished_tags(item, query))[:FACTS]
    own = bool(item.creator) and any(w.creator and fold(w.words) in fold(item.creator) for w in query.wishes)
    if own:
        parts.append(_by(item, zh))
    if wished:
        parts.append(_join(wished, zh))
    if not own:
        parts.append(_like(item, query, columns, references, first, wished))
    numbers = [c.column for c in query.conditions] + [x.column for x in query.leanings]
    parts += [_fact(item.numbers[c.name], c, zh) for c in columns if c.name in numbers and c.name in item.numbers]
    parts = [p for p in parts if p]
    if not parts and first:
        parts = [_join(_distinct(first)[:FACTS], zh)]
    if not parts:
        parts = [_mentioned(item, query, columns, zh) or _what_it_is(item, columns, zh)]
    text = ("，" if zh else "; ").join(dict.fromkeys(parts))
    return _sentences(text, _description(item, columns), zh)


def _like(item: Item, query: Query, columns: Sequence[Column], references: Sequence[Item], first: Sequence[str], said: Sequence[str]) -> str:
    """What the item has in common with the reference it has most in common with."""
    named = [r.name for r in query.references if r.rows and r.liked]
    tags = _telling(dict.fromkeys([*first, *item.tags]), item, columns)
    best, most = "", 0
    for name, reference in zip(named, references, strict=False):
        text, count = _shared(item, reference, name, tags, said, query.chinese)
        if count > most:
            best, most = text, count
    return best


def _telling(tags: Iterable[str], item: Item, columns: Sequence[Column]) -> list[str]:
    """The tags without those that half the catalog has, its language and the like."""
    lesser = {fold(t) for c in columns if c.role is Role.TAGS and _LESSER.search(c.name) for t in split(item.cells.get(c.name, ""), c.joiner)}
    return [t for t in tags if fold(t) not in lesser]


def _shared(item: Item, reference: Item, named: str, tags: Sequence[str], said: Sequence[str], zh: bool) -> tuple[str, int]:
    """What the item and one reference have in common, and how many things that is: the creator above all, then tags in the order given."""
    if item.creator and fold(item.creator) == fold(reference.creator):
        if fold(named) == fold(reference.creator):
            return _by(item, zh), 100
        return (f"同样来自{item.creator}" if zh else f"also by {item.creator}"), 100
    theirs = {fold(t) for t in reference.tags}
    common = [t for t in tags if fold(t) in theirs]
    shared = [t for t in _distinct(common) if not any(_within(t, s) for s in said)][:FACTS]
    if not shared:
        return "", 0
    return (f"和{_quoted(named)}一样：{_join(shared, zh)}" if zh else f"shares {_join(shared, zh)} with {named}"), len(common)


def _quoted(name: str) -> str:
    return f"《{name}》" if has_cjk(name) and "《" not in name else name


def _distinct(tags: Sequence[str]) -> list[str]:
    """Tags without those that another one says more exactly ("metal" beside "thrash metal"), or that say the same ("Japan", "Japanese")."""
    out: list[str] = []
    for tag in tags:
        if not any(_alike(tag, other) for other in out) and not any(_within(tag, other) and fold(tag) != fold(other) for other in tags):
            out.append(tag)
    return out


def _alike(a: str, b: str) -> bool:
    a, b = facet_key(a), facet_key(b)
    return a == b or a in synonyms().get(b, ()) or (min(len(a), len(b)) > 4 and len(commonprefix((a, b))) >= min(len(a), len(b)) - 1 and " " not in a + b)


def _within(part: str, whole: str) -> bool:
    a, b = fold(part), fold(whole)
    return a in b if has_cjk(a) else f" {a} " in f" {b} "


def _mentioned(item: Item, query: Query, columns: Sequence[Column], zh: bool) -> str:
    """The request's words that stand in the row: its creator by name, else words of its title, tags and text as they are written there."""
    typed = {*tokens(query.text)}  # not what they were translated or corrected to
    said = {w for w in query.words if w in typed and (len(w) > 3 or has_cjk(w))}
    if said & {*tokens(item.creator)}:
        return _by(item, zh)
    values = [item.title, *item.tags, *(clean(item.cells.get(c.name, ""))[:2000] for c in columns if c.role is Role.TEXT)]
    words: dict[str, str] = {}
    for value in values:
        if has_cjk(value):  # half a word is none: only names and tags that are short enough to be quoted whole
            words |= {value: value} if len(value) <= 8 and said & {*tokens(value)} else {}
        else:
            words |= {m[0].lower(): words.get(m[0].lower(), m[0]) for m in re.finditer(r"[\w&'’-]+", value) if said & {*tokens(m[0])}}
    found = list(words.values())[:FACTS]
    return (f"提到{_join(found, zh)}" if zh else f"mentions {_join(found, zh)}") if found else ""


def _by(item: Item, zh: bool) -> str:
    return f"{item.creator}的作品" if zh else f"by {item.creator}"


def _description(item: Item, columns: Sequence[Column]) -> str:
    """The row's own one-line description, if it has one that is short enough to quote whole."""
    for column in columns:
        text = clean(item.cells.get(column.name, "")) if column.role is Role.TEXT else ""
        if text and len(text) <= DESCRIPTION_LIMIT and fold(text) != fold(item.title):
            return text
    return ""


def _sentences(text: str, description: str, zh: bool) -> str:
    head, _, tail = text.partition(" ")
    if re.fullmatch(r"(?:[a-z]&[a-z]|ai|tv|uk|us|usa|edm|rpg|lgbtq?)[,;]?", head):
        head = head.upper()
    text = text if zh and has_cjk(text) else (head[:1].upper() + head[1:] + (f" {tail}" if tail else ""))
    if not description:
        return text
    stop = "。" if has_cjk(description) or (zh and has_cjk(text[-1:])) else ". "
    return f"{text.rstrip('.。')}{stop}{description.rstrip('.。')}"


def _wished_tags(item: Item, query: Query) -> list[str]:
    """The item's own tags that answer a wish, in the words of the row: those that say it first, then those that contain it."""
    exact, near = [], []
    for wish in query.wishes:
        keys = {wish.words, *same().get(wish.words, ())}
        for tag in item.tags:
            key = facet_key(tag)
            if key in keys or key.replace(" ", "") in keys:
                exact.append(tag)
            elif wish.words and _within(wish.words, key):
                near.append(tag)
    return list(dict.fromkeys(exact + near))


def _fact(value: float, column: Column, zh: bool) -> str:
    """A number said of the item: from 1990, known since 1991, rated 4.6, 940 g, 2841 reviews."""
    text, name = number_text(value, column), clean(column.name.replace("_", " ")).lower()
    if column.year:
        if value < 0:
            text = f"公元前{-int(value)}" if zh else f"{-int(value)} BC"
        if fold(name) in ("year", "date", "released", "published") or has_cjk(name):
            return f"{text}年" if zh else f"from {text}"
        return f"{name} {text}"
    if column.unit == "rating":
        return f"评分{text}" if zh else f"rated {text}"
    if column.unit in ("g", "kg", "pages"):
        return f"{text} {column.unit}"
    if column.unit == "count":
        return f"{text} {name}"
    return text if column.unit else f"{name} {text}"


def _what_it_is(item: Item, columns: Sequence[Column], zh: bool) -> str:
    if item.tags:
        return _join(_distinct(_telling(item.tags, item, columns) or item.tags)[:FACTS], zh)
    return _by(item, zh) if item.creator else ("与请求相近" if zh else "close to the request in meaning")


def _join(values: Sequence[str], zh: bool) -> str:
    if zh or any(map(has_cjk, values)):
        return "、".join(values)
    if len(values) < 2:
        return "".join(values)
    return ", ".join(values[:-1]) + " and " + values[-1]
