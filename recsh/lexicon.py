"""Words that requests are made of: fillers that say nothing about the thing wanted, and ways to say the same, in two languages.

The words of the same meaning stand in `words/same.txt`, which explains its form; they are read when first asked for.
Leaves out: grammar (see `query`). Keys are compared in `index.facet_key` form.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from recsh.kept import table
from recsh.paths import bundled
from recsh.regex import regex
from recsh.text import fold, has_cjk, stem

STOP = frozenset(
    "a an the and or but of to in on at by for from with without as is are was were be been am i me my mine we us our you your he she it its they them"
    " this that these those there here what which who whom whose when where why how do does did done have has had can could would should will shall"
    " may might must not no nor so too very really just some any anything something everything someone one ones more most much many few lot bit kind sort"
    " please thank thanks hello hi hey ok okay yes yeah sure maybe also else other another than then if about into out up down over own same such only"
    " want need like looking look find give show tell recommend recommendation suggest suggestion prefer feel feeling mood get got let know think see seen come coming watch"
    " watched watching read reading listen listening hear heard play buy buying go going visit try good great nice best cool awesome interesting love loved enjoy enjoyed"
    " favorite favourite song track music movie film book novel product item place thing stuff im ive id dont didnt cant wont thats whats theres lets"
    " him his her hers himself herself all both every each either wrote write written author authored director directed actor actress star starring genre work series"
    " smth sth gimme wanna gonna kinda sorta pls plz tbh rn name called released release published part available familiar information known seem sound pretty actually currently lately recently yet still already again ever never"
    " havent hasnt hadnt wouldnt couldnt isnt arent recommended similar style vibe set list playlist title year".split()
)
"""Tokens (already stemmed) that never search on their own."""

ABROAD, HOME = "outside china", ("china", "hong kong", "taiwan", "macau")
"""A group of countries in `broader`, and those that are none of it."""

FILLERS_ZH = (
    "有没有什么 有没有 可以推荐 能不能推荐 能推荐 推荐一下 推荐几首 推荐几部 推荐几本 推荐一些 推荐一部 推荐一首 推荐一本 推荐一家 推荐一个 推荐个 推荐给我 推荐 我想要看 我想要听 我想看 我想听 我想找 我想要 我想去 我想读 我要看 我要听 我要找"
    " 想看 想听 想找 想要 想去 想读 想买 帮我找 帮我 给我来 给我找 给我 来几首 来一首 来点 来一部 找一部 找一首 找一家 找一个 找个 找家 几首 几部 几本 一首 一部 一本 一家 一个 一些 一下 一点 的那种 那种 这种 这样的 什么样的 什么 哪些 哪个 哪家 请问"
    " 请 你好 您好 谢谢 好的 吗 呢 吧 呀 啊 了 的 是 我 你 您 有 也 都 很 要 和 与 或者 或 还有 以及 最好 比较 左右 好听 好看 好玩 不错 喜欢 各种 最近 希望 用餐 吃饭 这道菜 这个菜 菜品 道菜 家人均 顺便 需要 可以 能够 提供 带有 帮忙 谢谢 麻烦 适合 周边 附近 一下子 而且 关于 主题 有关 之类 类似 一样 那样 题材 主演 导演 出演 演唱 执导 演的 唱的 拍的 像 电影 影片 片子 歌曲 音乐 歌 书 地方"
).split()
"""Chinese fillers, removed longest first before bigrams are made."""

_FILLERS = frozenset(FILLERS_ZH)
_PLURAL = regex(r"\b\w++(?<=s)", re.ASCII)
_ODD = regex(r"[!-/:-@\[-`{-~]")

# What joins Chinese words without being one: between these and the words known, a word of one character stands alone.
JOINTS_ZH = frozenset("的了吗呢吧啊呀是在有和与或跟同及就都也还又再很太更最不没这那个只条头匹部首本家间篇款种些几一两二三里上中下到去来给把被让从对为用能会可要想看听读玩吃喝找买做讲说写演拍唱带我你您他她它们")


_SOURCES = (Path(__file__).parent / "words" / "same.txt", Path(__file__))


def _text() -> str:
    return _SOURCES[0].read_text("utf-8")


def _lines(text: str) -> list[list[str]]:
    """The file of words without comments: a group as its members, `broad > narrow, ...` as [broad, "", narrow, ...]."""
    return [line.split(", ") for line in text.replace(" > ", ", , ").split("\n") if line and line[0] != "#"]


@cache
def _read() -> tuple[list[list[str]], dict[str, list[str]]]:
    """All groups as facet keys, and the name of each broad group -> the names of its narrow ones."""
    from recsh.index import facet_key

    groups, narrow = [], {}
    # subtle: this makes facet keys of ten thousand words in a tenth of the time of as many calls; a test holds the two together.
    for keys in _lines(_PLURAL.sub(lambda m: stem(m[0]), _text().lower())):
        if _ODD.search("".join(keys)):
            keys = [facet_key(k) if _ODD.search(k) else k for k in keys]
        if not keys[1]:
            narrow[keys[0]] = keys[2:]
        else:
            groups.append(keys)
    return groups, narrow


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """Facet key of any member of a group -> the keys of all members of its groups, those of the first group first."""
    return table("synonyms", _SOURCES, _synonyms)


@cache
def same() -> dict[str, tuple[str, ...]]:
    """Facet key of a word -> the keys that answer a wish for it: its `synonyms`, then what is narrower than one of its groups."""
    return table("same", _SOURCES, _same)


def _synonyms() -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for group in _read()[0]:
        keys = tuple(group)
        for key in keys:
            out[key] = tuple(dict.fromkeys(out[key] + keys)) if key in out else keys
    return out


def _same() -> dict[str, tuple[str, ...]]:
    groups, narrow = _read()
    named = {group[0]: group for group in groups}
    out = _synonyms()
    for broad, names in narrow.items():
        # A word that names another group ("french", the language) would bring that one's rows: only who says it himself means both.
        below = [key for name in names for key in named.get(name, (name,)) if key == name or key not in named]
        for key in named[broad]:
            out[key] = tuple(dict.fromkeys((*out[key], *below)))
    return out


@cache
def spoken() -> frozenset[str]:
    """Every word that stands in a key of `same`, alone or among others: such a word is no slip of the pen either ("stoner" of "stoner comedy")."""
    return frozenset(word for key in same() if key.isascii() for word in key.split())


@cache
def broader() -> dict[str, tuple[str, ...]]:
    """Facet key of a word of a narrow group -> the keys of the groups that are broader: what a catalog may have where it lacks the word."""
    groups, narrow = _read()
    named = {group[0]: group for group in groups}
    out: dict[str, tuple[str, ...]] = {}
    for broad, names in narrow.items():
        for key in (k for name in names for k in named.get(name, (name,))):
            out[key] = tuple(dict.fromkeys((*out.get(key, ()), *named[broad])))
    return out


@cache
def idioms() -> dict[str, tuple[int, ...]]:
    """Facet key of a phrase in which a word is not what it says -> where in it such words stand, from 0 (`words/idioms.txt`)."""
    text = (Path(__file__).parent / "words" / "idioms.txt").read_text("utf-8")
    phrases = [phrase.split() for line in _lines(_PLURAL.sub(lambda m: stem(m[0]), text)) for phrase in line]
    return {" ".join(w.lstrip("*") for w in words): tuple(n for n, w in enumerate(words) if w[0] == "*") for words in phrases}


@cache
def glosses() -> dict[str, str]:
    """Chinese word (folded) -> its plainest English phrase: the first word of the first group it stands in."""
    out: dict[str, str] = {}
    for line in _lines(_text()):
        for word in reversed(line):
            if word.isascii():
                break
            out.setdefault(word, line[0])
    return out


@cache
def _vocabulary() -> str:
    return bundled("models", "static", "tokenizer.json").read_text("utf-8")


def is_word(word: str) -> bool:
    """Whether a word stands whole in the embedders' vocabulary of some twenty thousand English words and names: such a word is no slip of the pen.

    >>> is_word("Finish"), is_word("finnnish")
    (True, False)
    """
    return f'"{fold(word)}": ' in _vocabulary()  # subtle: the file's text is searched as it is; parsing it takes fifty times as long


@cache
def _longest() -> int:
    return max(map(len, (*glosses(), *_FILLERS)))


def to_english(text: str) -> str:
    """The English words for all known Chinese words of a text, longest match first, in order, each once; "" if there is none.

    Fillers are known too and say nothing. A word of one character counts only where it stands alone: 狗 in "关于狗的书", not in "热狗".

        >>> to_english("想看催泪的日本电影")
        'tearjerker japan'
    """
    if not has_cjk(text):
        return ""
    known, bare = glosses(), fold(text)
    free, found = bytearray(b"\1") * len(bare), {}
    for size in range(min(_longest(), len(bare)), 1, -1):
        whole = bytes([1]) * size
        for at in range(len(bare) - size + 1):
            word = bare[at : at + size]
            if (word in known or word in _FILLERS) and free[at : at + size] == whole:
                free[at : at + size] = bytes(size)
                found[at] = "" if word in _FILLERS else known[word]
    left = "".join(c if open_ and c not in JOINTS_ZH else " " for c, open_ in zip(bare, free, strict=True))
    found |= {m.start(): known[m[0]] for m in re.finditer(r"(?<!\S)\S(?!\S)", left) if m[0] in known}
    return " ".join(dict.fromkeys(found[at] for at in sorted(found) if found[at]))
