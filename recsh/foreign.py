"""Files that other programs export -> claims: what somebody said of which title.

    csv         likes or ratings, one a row: title or id, and maybe creator, year, rating, liked, date; found by the names of the columns
    lastfm      scrobbles, a play a row; plays of a track are counted
    letterboxd  ratings, watched, diary, reviews, likes/films; or the zip with all of them
    goodreads   goodreads_library_export.csv

Encoding, delimiter and header as for a catalog (see `table`). Nothing is dropped without being counted in `ignored`.
Leaves out: which items are meant (see `imports`), recsh's own export (see `backup`).
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from recsh import services
from recsh.claims import Claim, Claims, Sheet, calendar_year, moment, open_sheet, rated, scale
from recsh.errors import UsageError
from recsh.schema import role_named
from recsh.services import PLAYS
from recsh.text import clean
from recsh.types import Role, Verdict
from recsh.verdicts import HIGHEST

Hits = Callable[[Sequence[str]], tuple[int, int]]
"""How many of these cells are titles of the catalog, and how many creators."""
KINDS = ("auto", "recsh", "csv", "lastfm", "letterboxd", "goodreads")
_SAMPLE = 100  # rows looked at to find out what columns without known names hold

_RATING = "your_rating my_rating own_rating user_rating rating rate score stars grade bewertung wertung note_sur_5 valoración voto 我的评分 评分 打分 分数".split()
_VERDICT = "verdict liked like feedback reaction thumb thumbs 喜欢".split()
_LOVED = "loved love favourite favorite favourited favorited starred heart 收藏".split()  # not marked is no dislike
_YEAR = "original_publication_year year release_year released year_published jahr année annee año ano anno jaar 年份 年".split()
_DATE = "watched_date date_read date_rated rated_at liked_at timestamp date at time created_at added_at date_added utc_time datum fecha 日期 时间".split()
_USER = "user user_id userid username reader_id 用户".split()
_IDS = "item_id itemid item isbn13 isbn".split()  # sooner than a plain id, which may be the file's own
_COUNTERS = "# no no. index idx row line 序号".split()  # rows numbered: no ids of anything
_SAYS = {
    **dict.fromkeys("like liked yes y true 1 x + up love loved ♥ ❤ 👍 ja oui si sí 喜欢 是".split(), Verdict.LIKE),
    **dict.fromkeys("dislike disliked no n false 0 - -1 down hate hated 👎 nein non 不喜欢 否".split(), Verdict.DISLIKE),
    **dict.fromkeys("consumed seen read watched bought heard 看过".split(), Verdict.CONSUMED), "skip": Verdict.SKIP, "skipped": Verdict.SKIP,
}  # fmt: skip


def read(path: Path, kind: str = "auto", *, user: str | None = None, plays: int = PLAYS, hits: Hits = lambda cells: (0, 0)) -> Claims:
    """The claims of a file. `user`: whose rows to take where it holds several people's; `plays`: as `PLAYS`; `hits(cells)`: how many of these
    are (titles, creators) of the catalog, to find columns without a known name.

    Raises `UsageError` if the file cannot be read, is of another kind than said, or has neither titles nor ids.
    """
    if kind not in KINDS or kind == "recsh":
        raise UsageError(f"--kind: {kind!r} is not a kind of file", f"one of {', '.join(KINDS)}")
    if _is_zip(path):
        return services.letterboxd_zip(path)
    sheet = open_sheet(path)
    found = _kind(sheet) if kind == "auto" else kind
    if found == "letterboxd":
        return services.letterboxd([sheet])
    if found == "goodreads":
        return services.goodreads(sheet)
    return services.scrobbles(sheet, plays) if found == "lastfm" else _listed(sheet, user, hits)


def _is_zip(path: Path) -> bool:
    try:
        return path.is_file() and zipfile.is_zipfile(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "look at its permissions") from error


def _kind(sheet: Sheet) -> str:
    keys = set(sheet.keys)
    if "letterboxd_uri" in keys and "name" in keys:
        return "letterboxd"
    if {"title", "my_rating", "exclusive_shelf"} <= keys:
        return "goodreads"
    plays = {"artist", "track"} <= keys and (keys & {"uts", "utc_time", "playcount", "scrobbles"} or keys == {"artist", "album", "track", "date"})
    return "lastfm" if plays or services.headless_scrobbles(sheet) else "csv"


# --- any table -------------------------------------------------------------------------------------------------------


class _Plan(Struct, frozen=True):
    """Which column says what; None where none does."""

    title: int | None
    creator: int | None
    ids: tuple[int, ...]
    year: int | None
    date: int | None
    rating: int | None
    verdict: int | None
    loved: int | None


def _plan(sheet: Sheet) -> _Plan:
    """The columns by their names."""
    roles = [None if k in _COUNTERS else role_named(k.replace("_", " ")) or role_named(k) for k in sheet.keys]

    def first(role: Role, *names: str) -> int | None:
        known = sheet.at(*names)
        return known if known is not None else next((i for i, r in enumerate(roles) if r is role and sheet.keys[i] not in _IDS), None)

    ids = dict.fromkeys([i for n in _IDS if (i := sheet.at(n)) is not None] + [i for i, r in enumerate(roles) if r is Role.ID])
    verdict = sheet.at(*_VERDICT)
    rating = sheet.at("value") if verdict is not None and "value" in sheet.keys else sheet.at(*_RATING)
    creator = first(Role.CREATOR, *"artist artist_name author director directors".split())
    return _Plan(first(Role.TITLE, "title", "name"), creator, tuple(ids), sheet.at(*_YEAR), sheet.at(*_DATE), rating, verdict, sheet.at(*_LOVED))


def _listed(sheet: Sheet, user: str | None, hits: Hits) -> Claims:
    """A table of likes or ratings, by the names of its columns; where no name is known, by what the catalog knows of the cells."""
    plan = _plan(sheet)
    rows, notes = _of_user(sheet, user), [*sheet.notes]
    if plan.title is None and not plan.ids:
        plan = _by_content(sheet, plan, hits)
        if sheet.header and plan.title is not None and hits([sheet.header[plan.title]])[0]:  # no header after all
            rows = [(sheet.start, [*sheet.header]), *rows]
    of = scale([cells[plan.rating] for _, cells in rows]) if plan.rating is not None else HIGHEST
    if of != HIGHEST:
        notes.append(f"ratings are taken as of {of:g} and kept as of 5")
    claims: list[Claim] = []
    ignored: Counter[str] = Counter()
    for line, cells in rows:
        codes = tuple(c for i in plan.ids if (c := clean(cells[i]).strip('="')))
        title = clean(cells[plan.title]) if plan.title is not None else codes[0] if codes else ""
        value = rated(cells[plan.rating], of) if plan.rating is not None else None
        verdict = Verdict.RATING if value else _said(cells, plan)
        if not title:
            ignored["no title"] += 1
        elif verdict is None:
            ignored["no rating or verdict"] += 1
        else:
            creator = clean(cells[plan.creator]) if plan.creator is not None else ""
            year = calendar_year(cells[plan.year]) if plan.year is not None else None
            claims.append(Claim(line, title, creator, year, codes, verdict, value, moment(cells[plan.date]) if plan.date is not None else None))
    return Claims("csv", tuple(claims), len(rows), dict(ignored), tuple(notes))


def _said(cells: Sequence[str], plan: _Plan) -> Verdict | None:
    """The verdict of a row without a rating: what its columns say, a like if it has none that could, or None."""
    if plan.verdict is not None and (found := _SAYS.get(cells[plan.verdict].strip().lower())):
        return found
    if plan.loved is not None and _SAYS.get(cells[plan.loved].strip().lower()) is Verdict.LIKE:
        return Verdict.LIKE
    return Verdict.LIKE if plan.verdict is plan.loved is plan.rating is None else None


def _by_content(sheet: Sheet, plan: _Plan, hits: Hits) -> _Plan:
    """Title and creator where no name says them: the columns with the most cells that the catalog has. A table of one column is titles."""
    if len(sheet.keys) == 1:
        return replace(plan, title=0)
    found = [hits([*sheet.header[i : i + 1], *(clean(cells[i]) for _, cells in sheet.rows[:_SAMPLE])]) for i in range(len(sheet.keys))]
    title = max(range(len(found)), key=lambda i: found[i][0])
    if not found[title][0]:
        told = ", ".join(sheet.header[:12]) or "without names"
        raise UsageError(f"{sheet.name}: no column of titles or ids that is known here; its columns are {told}", "name one of them 'title'; or is it another catalog? -c CATALOG")
    creator = max((i for i in range(len(found)) if i != title), key=lambda i: found[i][1])
    return replace(plan, title=title, creator=creator if found[creator][1] else None)


def _of_user(sheet: Sheet, user: str | None) -> list[tuple[int, list[str]]]:
    """The rows of one person. Raises `UsageError` if there are several and none was named: other people's likes are not one's own."""
    at = sheet.at(*_USER)
    if at is None:
        return sheet.rows
    people = Counter(clean(cells[at]) for _, cells in sheet.rows)
    if user is None and len(people) > 1:
        raise UsageError(f"{sheet.name}: these are the verdicts of {len(people):,} people", f"--user {people.most_common(1)[0][0]}   takes those of one")
    if user is not None and user not in people:
        raise UsageError(f"--user: nobody is called {user!r} in {sheet.name}", f"of {', '.join([*people][:8])}")
    return [(line, cells) for line, cells in sheet.rows if user is None or clean(cells[at]) == user]
