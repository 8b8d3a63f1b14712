"""What is no request: hello, thanks, what can you do; and what asks for nothing in particular: "recommend me something", 随便.

    read("hi there", ...)          "greeting"
    read("recommend me a film")    "vague"
    read("hi, a sad film please")  None: a request

A title of the catalog is a request, however it sounds ("Something", "Hello"). Leaves out: the words themselves (see `commands`), conversations,
in which a turn may be much more (see `turns`), and what could be asked instead (see `suggestions`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache

from recsh import commands
from recsh.asking import ask_back
from recsh.index import Index
from recsh.regex import regex
from recsh.replies import reply
from recsh.request import Find, facets_saying
from recsh.suggestions import examples, rows_over
from recsh.tone import gloss
from recsh.text import clean, has_cjk


class Said(StrEnum):
    """What is said that is no request; `VAGUE` wants something all the same."""

    GREETING = "greeting"
    THANKS = "thanks"
    HELP = "help"
    VAGUE = "vague"


_KINDS = ("greeting", "thanks", "help", "empty")  # of commands: the others are said in conversations only
LONGEST = 80  # characters of what can be small talk
_THANKS = regex(r"\b(?:thanks?|thx|ty|cheers|appreciated|(?:good)?bye|see you|good ?night)\b|谢|再见|拜拜|晚安|辛苦", re.I)
_WORD = regex("[a-z]+")
_MISSING = regex("[a-z][?*]")  # not the apostrophe that may be missing: "['’]?"
_PIECES = regex(r"[\s]*[,.;!?，。；！？~～]+[\s]*")
_NOTHING = regex(r"(?:can you |could you |please )*(?:recommend|suggest|show|give|find|pick)(?: (?:me|us))?(?: (?:a|an|some|any|something|anything|one|the))?(?: (?:good|nice|great|cool|random|best))*(?: (?:songs?|music|tracks?|movies?|films?|books?|novels?|places?|products?|articles?|news|stuff|things?|one))?(?: (?:please|to me))?"
                 r"|(?:a |some |any )?(?:recommendations?|suggestions?|ideas?)(?: please)?|i(?:['’]m| am) bored|(?:给我|帮我|请)?(?:随便)?(?:推荐|来|找|选)(?:一下|几?[个首部本款篇家]|点|些|一[个首部本款篇家])?(?:好看的|好听的|好玩的|什么)?(?:东西|歌|电影|书|音乐|地方)?吧?|随便(?:来|推荐)?(?:点|个|一个)?(?:什么)?|好无聊|无聊", re.I)


def read(text: str, index: Index, find: Find) -> Said | None:
    """What a question is if it is no request; None for one that is. Of several ("hi! thanks") that which wants most."""
    if any(len(word) > 1 and not word.startswith(_beginnings()) for word in _WORD.findall(text.lower())):
        return None  # nine requests of ten, without a pattern being tried
    whole = clean(text).strip()
    found = {_piece(piece) for piece in _PIECES.split(whole) if piece}
    if None in found or not found or _is_title(whole, index, find) or (Said.VAGUE in found and facets_saying(index, whole)):
        return None
    return next(kind for kind in (Said.VAGUE, Said.HELP, Said.THANKS, Said.GREETING) if kind in found)


@cache
def _beginnings() -> tuple[str, ...]:
    """What a Latin word of small talk of more than one letter begins with: the words of its patterns, with and without apostrophes, and without a last
    letter that may be missing."""
    sources = [_MISSING.sub("", source) for source in (*commands.sources(_KINDS), _NOTHING.pattern)]
    return tuple({word for source in sources for form in (source, source.replace("['’]?", "")) for word in _WORD.findall(form) if len(word) > 1})


def _is_title(text: str, index: Index, find: Find) -> bool:
    """Whether a capitalised text is a title, letter by letter."""
    hit = find(text, False) if text != text.lower() else None
    return hit is not None and text in (hit.name, *(item.title for item in index.items(hit.rows[:3])))


def _piece(text: str) -> Said | None:
    command = commands.read(text, _KINDS)
    if command and command.kind in ("greeting", "help"):
        return Said(command.kind)
    if command and command.kind == "thanks":
        return Said.THANKS if _THANKS.search(text) else Said.VAGUE  # "good", alone, praises nothing yet
    return Said.VAGUE if (command and command.kind == "empty") or _NOTHING.fullmatch(text) else None


def answer(said: Said, index: Index, catalog: str, chinese: bool) -> str:
    """The sentence that it is answered with."""
    if said is Said.THANKS:
        return reply("thanks", chinese)
    for_example = quoted(examples(index, chinese), chinese) or reply("anything", chinese)
    if said is Said.VAGUE:
        question = ask_back(rows_over(index), index.columns, chinese=chinese, word=lambda tag: gloss(tag, chinese))
        return reply("vague", chinese, question=f"{question.text}{'' if chinese else ' '}" if question else "", examples=for_example)
    return reply("hello_once" if said is Said.GREETING else "help_once", chinese, examples=for_example, catalog=catalog, n=f"{index.rows:,}")


def quoted(said: Sequence[str], chinese: bool) -> str:
    """Examples as a sentence lists them."""
    marks = "“”" if chinese else '""'
    return ("、" if chinese else ", ").join(f"{marks[0]}{one}{marks[1]}" for one in said)


def is_chinese(text: str, lang: str) -> bool:
    """Whether the answer is to be Chinese: as `lang` says, else as the question is."""
    return lang == "zh" if lang in ("zh", "en") else has_cjk(text)
