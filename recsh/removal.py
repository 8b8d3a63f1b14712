"""Rows that go for good: which of the log meet what is given, and what was said in them, so that it can be removed elsewhere too.

Inside the log's own transaction. Leaves out: the bytes they leave in the file (see `logfile`), other files with the same words (see `forgetting`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from recsh.logrows import name_cell, name_of, places

if TYPE_CHECKING:
    import sqlite3

CHUNK = 500  # values bound in one statement; SQLite's own limit was 999 for long


class Criteria(Struct, frozen=True):
    """What is to go: all that is given has to hold. `ids` are events' numbers and impressions' ids; `before` seconds since 1970; `source` an import's
    name; `item` takes verdicts on it and its lines in answers; `catalog`, `source`, `before` and `everything` take marks too."""

    ids: tuple[int | str, ...] = ()
    catalog: str | None = None
    session: str | None = None
    source: str | None = None
    before: float | None = None
    item: str | None = None
    everything: bool = False

    @property
    def given(self) -> list[tuple[str, str, Any]]:
        """(column, operator, cell) of each condition."""
        names = {"catalog": self.catalog, "session": self.session, "source": self.source, "item": self.item}
        out: list[tuple[str, str, Any]] = [(column, "=", name_cell(value)) for column, value in names.items() if value is not None]
        return out + ([("at", "<", self.before)] if self.before is not None else [])

    @property
    def empty(self) -> bool:
        return not (self.given or self.ids or self.everything)


class Removed(Struct, frozen=True):
    """What went: how many entries, the sessions that they were of, and what was typed in them (questions, contexts, notes)."""

    count: int = 0
    sessions: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


def remove(db: sqlite3.Connection, what: Criteria, tables: Sequence[str] = ("events", "impressions", "marks")) -> Removed:
    """Delete the rows of these tables that meet all of it, those undone before among them."""
    given, numbers = what.given, [i for i in what.ids if isinstance(i, int)]
    answers = [name_cell(i) for i in what.ids if isinstance(i, str)]
    sessions: set[str] = set()
    texts: set[str] = set()

    def delete(table: str, number: str, said: str, ids: Sequence[Any] | None) -> int:
        rows = _deleted(db, table, f"session, {said}", number, given, ids)
        sessions.update(name_of(row[0]) for row in rows)
        texts.update(text for row in rows for text in row[1:] if text)
        return len(rows)

    gone = delete("events", "id", "note", numbers if what.ids else None) if "events" in tables else 0
    if what.item is None:
        gone += delete("impressions", "id", "query, context", answers if what.ids else None)
        db.execute("DELETE FROM shown WHERE impression NOT IN (SELECT n FROM impressions)")
    elif not what.ids:
        gone += _lines(db, given)
    if what.session is None and what.item is None and not what.ids:
        gone += len(_deleted(db, "marks", "id", "id", given, None))
    return Removed(gone, frozenset(sessions - {""}), frozenset(texts))


def chunks(values: Sequence[Any]) -> list[Sequence[Any]]:
    """The values in pieces that one statement can bind."""
    return [values[i : i + CHUNK] for i in range(0, len(values), CHUNK)]


def _deleted(db: sqlite3.Connection, table: str, columns: str, number: str, given: Sequence[tuple[str, str, Any]], ids: Sequence[Any] | None) -> list[tuple[Any, ...]]:
    """Delete the rows that meet all conditions, and have one of the ids unless that is None; these columns of theirs. (Not by RETURNING, which SQLite
    has from 3.35 on.)"""
    where = " AND ".join(["1", *(f"{column} {operator} ?" for column, operator, _ in given)])
    values = [value for _, _, value in given]
    rows: list[tuple[Any, ...]] = []
    parts: Iterable[tuple[str, list[Any]]] = [(where, values)] if ids is None else [(f"{where} AND {number} IN ({places(len(some))})", [*values, *some]) for some in chunks(ids)]
    for condition, bound in parts:
        rows += db.execute(f"SELECT {columns} FROM {table} WHERE {condition}", bound).fetchall()
        db.execute(f"DELETE FROM {table} WHERE {condition}", bound)
    return rows


def _lines(db: sqlite3.Connection, given: Sequence[tuple[str, str, Any]]) -> int:
    """Delete an item's lines in the answers that meet the other conditions."""
    where = " AND ".join(f"s.item {operator} ?" if column == "item" else f"i.{column} {operator} ?" for column, operator, _ in given)
    found = f"SELECT s.impression, s.place FROM shown s JOIN impressions i ON i.n = s.impression WHERE {where}"
    return db.execute(f"DELETE FROM shown WHERE (impression, place) IN ({found})", [value for _, _, value in given]).rowcount
