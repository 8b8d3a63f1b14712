"""Which column of a file of ratings says who, what, how good and when: by their names, and where these say nothing by their cells.

    userId,movieId,rating,timestamp      by name
    196  242  3  881250949               by content: the catalog has the ids of the second, the last holds moments

The item's is the column whose cells are ids of the catalog, or titles, if those are more.
Leaves out: reading the ratings themselves (see `ratings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from recsh.claims import moment
from recsh.errors import CatalogError, UsageError
from recsh.index import Index
from recsh.cells import number
from recsh.text import clean, fold

SAMPLE = 2_000  # rows looked at to find the columns
_PROBES = 200  # different cells of a column that are looked up in the catalog
_GRADES = 101  # a column of opinions has at most so many different values
_MOST = 0.9  # share of the cells that have to look alike

_NAMES = {
    "user": "user userid username reviewer reviewerid reviewername person personid account accountid customer customerid member memberid uid profile listener reader 用户 用户id",
    "item": "item itemid movie movieid film filmid book bookid isbn isbn13 asin parentasin product productid track trackid song songid artist artistid sku title name"
    " movietitle booktitle trackname songtitle place placeid recipe recipeid game gameid anime animeid 物品 物品id 商品 歌曲 电影 书名 片名",
    "rating": "rating ratings score stars star overall value grade rate like liked verdict opinion preference bookrating userrating 评分 打分",
    "plays": "plays playcount playscount listens listencount count views clicks purchases quantity times weight hours 播放次数 次数",
    "time": "timestamp time date datetime ts unixreviewtime reviewdate reviewtime ratedat ratingdate createdat created when playedat uts 时间 日期",
}  # fmt: skip
_ROLE = {name: role for role, names in _NAMES.items() for name in names.split()}
_SAYS = {**dict.fromkeys("like liked love loved true yes y up 喜欢 赞".split(), 1.0), **dict.fromkeys("dislike disliked hate hated false no n down 不喜欢 踩".split(), -1.0)}

Known = Callable[[Sequence[str]], tuple[float, float]]
"""Cells -> the share of them that are ids of the catalog, and the share that are titles in it."""


class Columns(Struct, frozen=True):
    """Places of the columns; `plays` if the values count something, `by_title` if items stand there by their titles."""

    user: int
    item: int
    rating: int | None = None
    time: int | None = None
    plays: bool = False
    by_title: bool = False


def value_of(cell: str) -> float | None:
    """What a rating says as a number: 4.5, "4/5", like and dislike, true and false. None if it is none."""
    try:
        value = float(cell)
        return value if abs(value) < 1e9 else None  # and so nothing that is not finite
    except ValueError:
        cell = cell.strip().lower()
        return _SAYS[cell] if cell in _SAYS else number(cell)


def known_by(index: Index) -> Known:
    """What a catalog knows of some cells."""

    def known(cells: Sequence[str]) -> tuple[float, float]:
        ids = sum(index.by_id(c) is not None for c in cells)
        titles = len(index.by_key(folded := [fold(c) for c in cells]).keys() & {*folded})
        return ids / max(1, len(cells)), titles / max(1, len({*folded}))

    return known


def find_columns(
    path: Path, header: Sequence[str], named: bool, sample: Sequence[Sequence[str]], known: Known, given: Mapping[str, str]
) -> Columns:
    """The columns of a file of ratings. `named` False if the header's names were invented; `given` maps user, item, rating, time to names.

    Raises `UsageError` if a given column is not there or nobody's column is found, `CatalogError` if no column has items of the catalog.
    """
    roles: dict[str, int] = {role: _at(path, header, role, name) for role, name in given.items()}
    says = [_ROLE.get(re.sub(r"[\W_]+", "", h.lower())) if named else None for h in header]
    for role in ("user", "rating", "plays", "time"):
        free = (i for i, s in enumerate(says) if s == role and i not in roles.values())
        if ("rating" if role == "plays" else role) not in roles and (at := next(free, None)) is not None:
            roles["rating" if role == "plays" else role] = at
    item, by_title = _item(path, header, says, sample, known, roles)
    roles["item"] = item
    rest = [i for i in range(len(header)) if i not in roles.values()]
    if "time" not in roles and not named and (at := next((i for i in rest if _moments(sample, i)), None)) is not None:
        roles["time"] = at
        rest.remove(at)
    if "user" not in roles:
        if not rest or (named and len(rest) > 1):
            raise UsageError(f"{path}: which column says whose rating it is? There are {', '.join(header[:30])}", "--ratings-user COLUMN")
        roles["user"] = max(rest, key=lambda i: len(_cells(sample, i)))
        rest.remove(roles["user"])
    if "rating" not in roles and not named and (at := next((i for i in rest if _grades(sample, i)), None)) is not None:
        roles["rating"] = at
    rating = roles.get("rating")
    return Columns(roles["user"], item, rating, roles.get("time"), rating is not None and says[rating] == "plays", by_title)


def _at(path: Path, header: Sequence[str], role: str, name: str) -> int:
    """The place of a column that was named. Raises `UsageError`."""
    if name in header:
        return header.index(name)
    lower = [h.lower() for h in header]
    if name.strip().lower() in lower:
        return lower.index(name.strip().lower())
    raise UsageError(f"--ratings-{role}: {path} has no column {name!r}", f"its columns are: {', '.join(header[:30])}")


def _item(
    path: Path, header: Sequence[str], says: Sequence[str | None], sample: Sequence[Sequence[str]], known: Known, roles: Mapping[str, int]
) -> tuple[int, bool]:
    """(the item's column, whether by titles): the one of which the catalog knows most; one that is called so goes before others."""
    taken = {at for role, at in roles.items() if role != "item"}
    candidates = [roles["item"]] if "item" in roles else [i for i in range(len(header)) if i not in taken]
    best, at, by_title = 0.0, -1, False
    for i in candidates:
        ids, titles = known(_cells(sample, i)[:_PROBES])
        share = max(ids, titles)
        if share and share + (says[i] == "item") > best:
            best, at, by_title = share + (says[i] == "item"), i, titles > ids
    if at < 0:
        looked = ", ".join(header[i] for i in candidates[:10]) or "none"
        raise CatalogError(f"{path}: no column with ids or titles of this catalog (looked at: {looked})", "--ratings-item COLUMN, or is it another catalog's file?")
    return at, by_title


def _cells(sample: Sequence[Sequence[str]], column: int) -> list[str]:
    """The different cells of a column that are not empty, in order."""
    return [*dict.fromkeys(c for row in sample if (c := clean(row[column])))]


def _moments(sample: Sequence[Sequence[str]], column: int) -> bool:
    cells = _cells(sample, column)
    return bool(cells) and sum(moment(c) is not None for c in cells) >= _MOST * len(cells)


def _grades(sample: Sequence[Sequence[str]], column: int) -> bool:
    cells = _cells(sample, column)
    return 0 < len(cells) <= _GRADES and sum(value_of(c) is not None for c in cells) >= _MOST * len(cells)
