"""What Last.fm, Letterboxd and Goodreads export -> claims.

    lastfm      a play a row, with a header (uts,utc_time,artist,...,album,...,track,...) or without (artist,album,track,date); plays are counted
    letterboxd  Date,Name,Year,Letterboxd URI[,Rating,...]: ratings, watched, diary, reviews, likes/films; or the zip with all of them
    goodreads   Title,Author,...,My Rating,...,Exclusive Shelf,...

Leaves out: finding out which it is, and tables of anybody else (see `foreign`).
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from recsh.claims import SCROBBLED, Claim, Claims, Sheet, calendar_year, moment, open_sheet, rated
from recsh.errors import UsageError
from recsh.regex import regex
from recsh.text import clean, fold
from recsh.types import Verdict
from recsh.verdicts import HIGHEST

PLAYS = 3  # plays from which a track counts as liked: once is chance, twice the same album heard again
MEMBER_LIMIT = 64 << 20  # bytes of one file in a zip that are read; twenty thousand films are 2 MB

_MEMBERS = ("ratings.csv", "watched.csv", "diary.csv", "reviews.csv")
_UNREAD = regex(r"to-?read|want|wish|currently|on-?hold|pause", re.I)


def headless_scrobbles(sheet: Sheet) -> tuple[int, int, int] | None:
    """(artist, track, date) columns of scrobbles without a header: 'artist,album,track,date' or 'date,time,artist,track'."""
    if not sheet.keys[0] == "column1" or not sheet.rows:
        return None
    first = sheet.rows[0][1]
    if len(first) == 4 and (SCROBBLED.fullmatch(clean(first[3])) or not first[3]) and any(SCROBBLED.fullmatch(clean(r[3])) for _, r in sheet.rows[:9]):
        return 0, 2, 3
    if len(first) == 4 and re.fullmatch(r"\d{4}-\d\d-\d\d", first[0]) and re.fullmatch(r"\d\d:\d\d(:\d\d)?", first[1]):
        return 2, 3, 0
    return None


def scrobbles(sheet: Sheet, least: int) -> Claims:
    """Plays counted by track: from `least` on they are a like, dated by the last play. Loved tracks are likes as they are."""
    artist, track, date = headless_scrobbles(sheet) or (sheet.at("artist"), sheet.at("track"), sheet.at("uts", "date", "utc_time"))
    if artist is None or track is None:
        raise UsageError(f"{sheet.name}: no columns of artists and tracks", "artist,album,track,date")
    loved, counted = "loved" in sheet.name, sheet.at("playcount", "scrobbles")
    played: dict[tuple[str, str], tuple[Claim, int]] = {}
    ignored: Counter[str] = Counter()
    for line, cells in sheet.rows:
        if not cells[track].strip():
            ignored["no title"] += 1
            continue
        key = fold(cells[artist]), fold(cells[track])
        n = int(cells[counted]) if counted is not None and cells[counted].strip().isdecimal() else 1
        when = moment(cells[date]) if date is not None else None
        claim, before = played.get(key, (Claim(line, clean(cells[track]), clean(cells[artist]), at=when), 0))
        if when is not None and (claim.at is None or when > claim.at):
            claim = replace(claim, at=when)
        played[key] = claim, before + n
    liked = tuple(claim for claim, n in played.values() if loved or n >= least)
    few = len(played) - len(liked)
    if few:
        ignored[f"track played fewer than {least} times"] = few
    notes = () if loved else (f"{len(played):,} tracks; {least} or more plays count as a like",)
    return Claims("lastfm", liked, len(sheet.rows), dict(ignored), (*notes, *sheet.notes))


# --- Letterboxd ------------------------------------------------------------------------------------------------------


def letterboxd_zip(path: Path) -> Claims:
    """The zip of a whole Letterboxd export; its lists, watchlist and deleted entries say nothing about what was liked."""
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            sheets = []
            for member in archive.infolist():
                parts = tuple(p.lower() for p in PurePosixPath(member.filename).parts)
                if not parts or {"deleted", "orphaned", "lists"} & {*parts} or not (parts[-1] in _MEMBERS or parts[-2:] == ("likes", "films.csv")):
                    continue
                with archive.open(member) as file:
                    content = file.read(MEMBER_LIMIT + 1)  # what the archive says of its size may be untrue
                if len(content) > MEMBER_LIMIT:
                    raise UsageError(f"{path}: {member.filename} is larger than {MEMBER_LIMIT >> 20} MB", "unpack it and import the file itself")
                part = Path(folder) / f"{len(sheets)}.csv"
                part.write_bytes(content)
                if content.strip():
                    sheets.append(replace(open_sheet(part, "/".join(parts[-2:])), source="/".join(parts[-2:] if parts[-1] == "films.csv" else parts[-1:])))
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError) as error:  # RuntimeError: it is encrypted
        raise UsageError(f"{path}: the archive cannot be read: {error}", "unpack it and import ratings.csv") from error
    if not sheets:
        raise UsageError(f"{path}: not a Letterboxd export: there is no ratings.csv, watched.csv or diary.csv in it", "unpack it and import a file of it")
    return letterboxd(sheets)


def letterboxd(sheets: Sequence[Sheet]) -> Claims:
    """Half a star to five; without a rating it was seen, or liked if that is what the file is for. Told from its name: watched, watchlist
    and likes have the same columns."""
    claims: list[Claim] = []
    ignored: Counter[str] = Counter()
    for sheet in sheets:
        name, year, stars, date = sheet.at("name"), sheet.at("year"), sheet.at("rating"), sheet.at("watched_date", "date")
        if name is None:
            raise UsageError(f"{sheet.name}: no column 'Name'", "Date,Name,Year,Letterboxd URI,Rating")
        plain = Verdict.LIKE if re.search(r"likes/|likes?\b", sheet.name) and stars is None else Verdict.CONSUMED
        for line, cells in sheet.rows:
            if "watchlist" in sheet.name or not cells[name].strip():
                ignored["on the watchlist" if cells[name].strip() else "no title"] += 1
                continue
            value = rated(cells[stars], HIGHEST) if stars is not None else None
            when = moment(cells[date]) if date is not None else None
            claims.append(Claim(line, clean(cells[name]), year=calendar_year(cells[year]) if year is not None else None, verdict=Verdict.RATING if value else plain, value=value, at=when, source=sheet.source))
    return Claims("letterboxd", tuple(claims), sum(len(s.rows) for s in sheets), dict(ignored), tuple(n for s in sheets for n in s.notes))


# --- Goodreads -------------------------------------------------------------------------------------------------------


def goodreads(sheet: Sheet) -> Claims:
    """My Rating 0 is none; the exclusive shelf 'read' without one is consumed; shelves of what is still to be read say nothing."""
    title, author, mine, shelf = sheet.at("title"), sheet.at("author"), sheet.at("my_rating"), sheet.at("exclusive_shelf")
    if title is None or mine is None or shelf is None:
        raise UsageError(f"{sheet.name}: not a Goodreads export: Title, My Rating and Exclusive Shelf are its columns", "recsh history import FILE --kind csv")
    year, read_on, added = sheet.at("original_publication_year", "year_published"), sheet.at("date_read"), sheet.at("date_added")
    numbers = [i for i in (sheet.at("isbn13"), sheet.at("isbn")) if i is not None]
    claims: list[Claim] = []
    ignored: Counter[str] = Counter()
    for line, cells in sheet.rows:
        value = rated(cells[mine], HIGHEST)
        if not cells[title].strip():
            ignored["no title"] += 1
        elif value is None and (_UNREAD.search(cells[shelf]) or cells[shelf].strip().lower() != "read"):
            ignored[f"on the shelf {clean(cells[shelf]) or 'without a name'}"] += 1
        else:
            when = next((m for i in (read_on, added) if i is not None and (m := moment(cells[i]))), None)
            isbns = tuple(code for i in numbers if (code := re.sub(r"[^0-9Xx]", "", cells[i])))  # ="0441172717", so that a spreadsheet keeps the zero
            claims.append(Claim(
                line, clean(cells[title]), clean(cells[author]) if author is not None else "", calendar_year(cells[year]) if year is not None else None, isbns,
                Verdict.RATING if value else Verdict.CONSUMED, value, when,
            ))  # fmt: skip
    return Claims("goodreads", tuple(claims), len(sheet.rows), dict(ignored), sheet.notes)
