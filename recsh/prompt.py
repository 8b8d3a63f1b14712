"""Requests and rows -> what the model reads. Pure string building, no model.

Judge: one text shared by all rows (request, references, taste, context), one short text a row. `recsh` weights have a format of their own,
shown whole in models/README.md; chat weights are asked in a sentence; rerankers in theirs.
Write: the rows lettered, the request before and after them, the answer a title and a reason a line.
Of a row the model sees what speaks of the item; what speaks to the model is left out (see `planted`).

Leaves out: chat templates and tokens (see `engine`).
"""

from __future__ import annotations

from collections.abc import Sequence

from recsh.engine import JudgePrompt, WritePrompt
from recsh.planted import spoken, unmarked
from recsh.request import Query
from recsh.text import clean
from recsh.types import Column, Item, Role

FIELD_LIMIT = 80  # characters of one field of a row; longer ones hide the rest
LOOKED_AT = 8 * FIELD_LIMIT  # characters of a cell that are looked at for what may be shown
TAG_LIMIT = 4  # six judge no better (NDCG@10 of 131 sample requests .734 and .735) and cost a seventh more tokens
TAGS_THAT_TELL = 3  # so many tags describe a row
REQUEST_LIMIT = 600
CONTEXT_LIMIT = 120
FORMAT = "request-item-fits-1"  # the judge format of recsh's own weights
RERANKER = "reranker"
_RERANK_SYSTEM = (
    'Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".'
)
_JUDGE_SYSTEM = "You judge whether an item of a catalog fits a request. Answer yes or no. After yes, give one short reason that names only facts of the item."
_WRITE_SYSTEM = "You recommend items from a catalog. Use only titles that are listed. Give one short, true reason for each."
_FREE_SYSTEM = "You recommend what fits the request. Answer with a list, one title a line, each followed by a dash and one short reason."


def row_text(item: Item, columns: Sequence[Column], first: Sequence[str] = (), *, text: bool = False) -> str:
    """An item as one line: title | creator | tags | number, tags named in `first` first; with `text` a piece of its description too.

    >>> row_text(Item(0, "1", "One", "Metallica", ("ballad", "thrash"), {"year": 1988.0}), [Column("year", Role.NUMBER, "year", year=True)], ["thrash"])
    'One | Metallica | thrash, ballad | 1988'
    """
    wanted = {f.lower() for f in first}
    tags = sorted(item.tags, key=lambda t: t.lower() not in wanted)[:TAG_LIMIT]
    parts = [item.title, item.creator, ", ".join(tags)]
    for column in columns:
        if column.name in item.numbers and column.unit in ("year", "$", "元", "€", "£", "min"):
            parts.append(number_text(item.numbers[column.name], column))
    if text:
        parts += [item.cells.get(c.name, "") for c in columns if c.role is Role.TEXT][:1]
    return " | ".join(filter(None, (cut(spoken(clean(p[:LOOKED_AT]))) for p in parts)))


def number_text(value: float, column: Column) -> str:
    """A number as a row shows it: 1988, $49.99, 117 min, 4.5."""
    plain = f"{int(value)}" if column.year or value == int(value) else f"{value:g}"
    if column.unit in ("$", "€", "£"):
        return f"{column.unit}{value:.2f}" if "." in plain and "e" not in plain else column.unit + plain
    return f"{plain} min" if column.unit == "min" else f"{plain}元" if column.unit == "元" else plain


HOURS_FROM = 240  # minutes; films are counted in them
DAY = 1440  # minutes


def lasting(value: float, column: Column) -> str:
    """A number as a person reads it: as a row shows it, but what takes long in hours or days, "12 h", "3 h 15 min", "3 days", and no fractions of a minute from ten on."""
    if column.unit != "min" or value < 10:
        return number_text(round(value, 1) if column.unit == "min" else value, column)
    hours, minutes = divmod(round(value), 60)
    if round(value) < HOURS_FROM:
        return number_text(round(value), column)
    if round(value) % DAY == 0 and value > DAY:
        return f"{round(value) // DAY} days"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def cut(value: str, limit: int = FIELD_LIMIT) -> str:
    """Cleaned and cut at a word; a line break in a cell must not end the line the model reads, nor a mark of a format its turn."""
    value = unmarked(clean(value)).replace("|", "/")
    if len(value) <= limit:
        return value
    return value[:limit].rsplit(" ", 1)[0] + "…"


def _head(query: Query, references: Sequence[str], taste: Sequence[str], context: str | None) -> str:
    lines = [f"Request: {cut(query.last if query.dialogue else query.text, REQUEST_LIMIT)}"]
    lines += [f"Like: {r}" for r in references[:3]]
    lines += [f"{label}{sign}{spoken(clean(rest))}" for label, sign, rest in (line.partition(": ") for line in taste)]
    if context := cut(context or "", CONTEXT_LIMIT):
        lines.append(f"Context: {context}")
    return "\n".join(lines) + "\n"


def judge_prompt(
    query: Query, items: Sequence[Item], columns: Sequence[Column], *, references: Sequence[Item] = (), taste: Sequence[str] = (), context: str | None = None, form: str = "chat"
) -> JudgePrompt:
    """The yes-or-no question for each item. `form` is FORMAT (recsh weights), RERANKER or "chat"; `taste` ready lines ("Liked: ...")."""
    wished = [w.words for w in query.wishes]
    head = _head(query, [row_text(r, columns) for r in references], taste, context)
    if form == FORMAT:
        return JudgePrompt(prefix=head, rows=tuple("Item: " + row_text(i, columns, wished) for i in items), suffix="\nFits:")
    # Where tags say what is wished for, a description would only be read: a third of a row's tokens.
    rows = tuple(row_text(i, columns, wished, text=not wished or len(i.tags) < TAGS_THAT_TELL) for i in items)
    if form == RERANKER:
        prefix = f"<Instruct>: Given a request, judge whether the item of a catalog fits it\n<Query>: {head.removeprefix('Request: ').strip()}\n<Document>: "
        return JudgePrompt(prefix=prefix, rows=rows, system=_RERANK_SYSTEM, answer="<think>\n\n</think>\n\n", yes=("yes", "Yes", " yes"), no=("no", "No", " no"))
    return JudgePrompt(
        prefix=head + "Item: ", rows=rows, suffix="\nDoes it fit?",  # short, as it is read for every row; the system text says the rest
        system=_JUDGE_SYSTEM, yes=("yes", "Yes", " yes", " Yes"), no=("no", "No", " no", " No"), lead=",",
    )  # fmt: skip


def write_prompt(
    query: Query, items: Sequence[Item], columns: Sequence[Column], limit: int, *, references: Sequence[Item] = (), taste: Sequence[str] = (), context: str | None = None, free: bool = False
) -> WritePrompt:
    """The list to write: held to the items' titles, or with `free` any title."""
    head = _head(query, [row_text(r, columns) for r in references], taste, context)
    if free:
        return WritePrompt(system=_FREE_SYSTEM, user=f"{head}\nRecommend {limit}.", titles=None, limit=limit)
    wished = [w.words for w in query.wishes]
    rows = "\n".join(f"{chr(65 + i) if i < 26 else i + 1}. {row_text(item, columns, wished, text=True)}" for i, item in enumerate(items))
    user = f"{head}\nCatalog:\n{rows}\n\n{head}\nPick the {limit} that fit best, the best first: the title, a dash, one short reason. One a line."
    return WritePrompt(system=_WRITE_SYSTEM, user=user, titles=tuple(dict.fromkeys(clean(i.title) for i in items)), limit=limit)
