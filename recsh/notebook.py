"""Answers and catalogs as HTML, for notebooks: what `_repr_html_` gives.

Titles, reasons and names come from files and models: everything is cleaned and escaped, and nothing in it is a link, a script or a picture.
Leaves out: the terminal and files (see `render`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from recsh.text import clean

if TYPE_CHECKING:
    from recsh.types import Answer

_LEFT = ' style="text-align:left;vertical-align:top"'
_BAR = "display:inline-block;height:.7em;background:#4a9d5b;width:{:.0f}px"
_BAR_WIDTH = 60  # pixels of a score of 1
_CELL = 120  # characters of a cell that are shown


def answer_html(answer: "Answer") -> str:
    """A table: rank, title, maker, score as a bar, reason; what the person should know below it."""
    rows = [
        (str(r.rank), f"<b>{_text(r.item.title)}</b>", _text(r.item.creator), f'<span style="{_BAR.format(_BAR_WIDTH * r.score)}"></span> {r.score:.2f}', _text(r.reason, 0))
        for r in answer.results
    ]
    head = f"{_text(answer.query) or 'for you'} · {_text(answer.catalog.get('name', ''))}"
    notes = "".join(f"<div>{_text(w.message, 0)}</div>" for w in answer.warnings)
    body = table(("", "title", "by", "score", "why"), rows) if rows else f"<div>{_text(answer.reply, 0) or 'nothing was found'}</div>"
    return f"<div><i>{head}</i>{body}{notes}</div>"


def catalog_html(name: str, rows: int, columns: Sequence[Any], cells: Iterable[Sequence[str]]) -> str:
    """A catalog's name and size, its columns with their roles, and its first rows."""
    head = f"<b>{_text(name)}</b> · {rows:,} items"
    names = [f"{_text(c.name)}<br><small>{_text(c.role.value)}</small>" for c in columns]
    return f"<div>{head}{table(names, ([_text(cell) for cell in row] for row in cells))}</div>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    top = "".join(f"<th{_LEFT}>{cell}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td{_LEFT}>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _text(value: object, most: int = _CELL) -> str:
    """Text that is nothing but text; of `most` characters, 0 for all."""
    text = clean(str(value))
    return escape(text[: most - 1] + "…" if most and len(text) > most else text)
