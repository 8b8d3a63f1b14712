"""The newest rows of a table of the log, such that no flood of some crowds out the rest.

Leaves out: what the rows say (see `logrows`), what floods count besides (see `floods`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recsh.floods import DAY

if TYPE_CHECKING:
    import sqlite3

MOST = 2**53  # rows: SQLite takes no number beyond 64 bits
AGAIN = 10  # verdicts on one item that are read where there are more than can be


def newest(
    db: sqlite3.Connection, columns: str, table: str, where: str, values: tuple[object, ...], limit: int | None, each: int | None = None, by_time: bool = False
) -> list[tuple[Any, ...]]:
    """The newest `limit` rows, or all, in order; where there are more, `AGAIN` at most on one item, and `each` of what was told in
    one go (see `floods`)."""
    number = columns.split(", ")[0]
    order = f"at {{0}}, {number} {{0}}" if by_time else f"{number} {{0}}"
    if limit is None:
        return db.execute(f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {order.format('')}", values).fetchall()
    limit = min(max(0, limit), MOST)
    some = table
    if each is not None and len(db.execute(f"SELECT 1 FROM {table} WHERE {where} LIMIT ?", (*values, limit + 1)).fetchall()) > limit:
        groups = [("again", "catalog, item, source = ''", AGAIN)] if table == "events" else []
        groups.append(("nth", f"CASE WHEN source != '' THEN source WHEN session != '' THEN session ELSE CAST(at / {DAY} AS INTEGER) END", each))
        for name, group, most in groups:
            some = f"(SELECT *, row_number() OVER (PARTITION BY {group} ORDER BY {order.format('DESC')}) AS {name} FROM {some} WHERE {where})"
            where = f"{name} <= {int(most)}"
    return db.execute(f"SELECT {columns} FROM {some} WHERE {where} ORDER BY {order.format('DESC')} LIMIT ?", (*values, limit)).fetchall()[::-1]
