"""What the files of an index agree on, whoever writes or reads them: their version, how a row's cells are kept, the form of a tag, a row as a text.

Leaves out: writing (see `compiler`), reading (see `index`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from recsh.cells import split
from recsh.text import fold, tokens
from recsh.types import Column, Role

FORMAT = 12  # part of every index's key: raise it when the layout, how cells are read, or what is known of works changes
CELL_END = "\x1f"  # between the cells of a row as it is stored: `text.clean` lets none through


def describe(title: str, creator: str, values: Sequence[str], columns: Sequence[Column], names: Sequence[str], limit: int = 400) -> str:
    """A row as a sentence for the sentence model: title, creator, tags, text; at most `limit` characters."""
    tags = [v for c, cell in zip(columns, values, strict=True) if c.role is Role.TAGS for v in split(cell, c.joiner)[:8]]
    text = [cell for c, cell in zip(columns, values, strict=True) if c.role is Role.TEXT and fold(cell) != fold(title)]
    parts = [title, f"by {creator}" if creator else "", ", ".join(dict.fromkeys(tags)), " ".join(text)]
    return ". ".join(p for p in parts if p)[:limit]


@lru_cache(maxsize=1 << 16)  # tags repeat
def facet_key(value: str) -> str:
    """The form in which a request's words and a tag meet: search tokens joined by spaces; CJK kept whole ('科幻片' stays), and so is a
    name of punctuation alone.

    >>> facet_key("Sci-Fi Movies"), facet_key("科幻"), facet_key("!!!")
    ('sci fi movie', '科幻', '!!!')
    """
    folded = fold(value)
    return folded if any("\u3040" <= c <= "\u9fff" for c in folded) else " ".join(tokens(value)) or folded
