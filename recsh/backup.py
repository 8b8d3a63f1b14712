"""The whole log as JSON Lines, and back: for another machine, for a look, for keeps.

    {"recsh_history": 1, "exported_at": "2026-11-20T18:15:00Z", "events": 2, "impressions": 1, "marks": 1}
    {"impression": {"id": "01K...", "catalog": "music", "at": 1795198500.0, "query": "...", "shown": [...], ...}}
    {"event": {"id": 1, "catalog": "music", "thing": {...}, "verdict": "like", "at": 1795198510.0, ...}}
    {"mark": {"kind": "forget", "catalog": "music", "key": "country", "at": 1795198520.0, "after": 1}}

Every field of `types.Event`, `types.Impression` and `feedback.Mark` by its name; times in seconds since 1970. Leaves out: what was taken back or removed,
and what is derived from the log.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct, convert, to_builtins
from msgspec.structs import replace

from recsh import logrows
from recsh.errors import UsageError
from recsh.feedback import FORGET, RESET, Log, Mark
from recsh.imports import Report
from recsh.render import dump
from recsh.types import Event, Impression
from recsh.verdicts import stamp

VERSION = 1
MARK = "recsh_history"


class History(Struct, frozen=True):
    """What a log has, or an export of one."""

    events: Sequence[Event] = ()
    impressions: Sequence[Impression] = ()
    marks: Sequence[Mark] = ()

    @staticmethod
    def of(log: Log) -> History:
        """All that a log shows."""
        return History(log.events(), log.impressions(), log.marks())


def lines(history: History, now: float) -> Iterator[str]:
    """The export, a line at a time, each with its line end."""
    counts = {"events": len(history.events), "impressions": len(history.impressions), "marks": len(history.marks)}
    yield dump({MARK: VERSION, "exported_at": stamp(now), **counts}, indent=False) + "\n"
    for name, values in (("impression", history.impressions), ("event", history.events), ("mark", history.marks)):
        yield from (dump({name: to_builtins(value)}, indent=False) + "\n" for value in values)


def is_export(path: Path) -> bool:
    """Whether a file begins like one."""
    try:
        with path.open("rb") as file:
            return json.dumps(MARK).encode() in file.read(200)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "the name of a file to import") from error


class _Line(Struct, frozen=True):
    """A line of an export: one of these, named as it is there."""

    recsh_history: int | None = None
    event: Event | None = None
    impression: Impression | None = None
    mark: Mark | None = None


def read(path: Path) -> History:
    """What an export has. Raises `UsageError`, with the line, for what recsh did not write or a newer one did."""
    events: list[Event] = []
    impressions: list[Impression] = []
    marks: list[Mark] = []
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, text in enumerate(file, 1):
                if not text.strip():
                    continue
                try:
                    line = convert(json.loads(text, parse_float=_finite, parse_constant=_finite), _Line)
                    if line.mark and line.mark.kind not in (RESET, FORGET):
                        raise ValueError(f"{line.mark.kind!r} is no kind of mark")
                except (ValueError, RecursionError) as error:
                    raise UsageError(f"{path}, line {number}: not a line of a recsh history: {error}", "recsh history export FILE   writes one") from error
                if line.recsh_history and line.recsh_history > VERSION:
                    raise UsageError(f"{path}: written by a newer recsh (history {line.recsh_history}, this one reads {VERSION})", "pip install --upgrade recsh")
                if line.event:
                    events.append(line.event)
                if line.impression:
                    impressions.append(line.impression)
                if line.mark:
                    marks.append(line.mark)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}", "the name of a file to import") from error
    return History(events, impressions, marks)


def _finite(text: str) -> float:
    """A number of JSON, without what Python takes for one beside (NaN, Infinity, 1e999)."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


# --- into a log ------------------------------------------------------------------------------------------------------


def restore(log: Log, history: History, name: str, *, mine: bool, now: float, dry: bool = False) -> Report:
    """Add what the log has not yet, and say what that is; nothing is written if `dry`.

    All of it is of the import `name`: it weighs as one beside what was said here, and goes as one; its marks are about what came with it, so that nobody's
    reset is the reset of what was said here. If it is `mine` it is as if it had been said here. `now`: seconds since 1970, the latest date anything gets.
    Raises `UsageError` for what the log cannot keep.
    """
    source = "" if mine else name
    blank = not log.events(limit=1)
    new = missing(history.events, log.events())
    known = {i.id for i in log.impressions()}
    # what cannot be kept is an error before anything is written
    answers = [logrows.kept_impression(replace(i, source=source, at=min(now, i.at))) for i in history.impressions if i.id not in known]
    told = [logrows.kept_event(replace(e, source=source, at=min(now, e.at))) for e in new]
    ids: Sequence[int] = ()
    if not dry:
        for answer in answers:
            log.show(answer)
        ids = log.add(told)
        log.restore(_replaced(history.marks, [e.id for e in new], ids, log.marks(), source, now, by_time=mine and not blank))
    return Report(
        "recsh", "", len(history.events) + len(history.impressions), tuple(replace(e, id=n) for e, n in zip(told, ids, strict=True)) if ids else tuple(told),
        len(history.events) - len(new), impressions=len(answers),
    )  # fmt: skip


def _replaced(marks: Sequence[Mark], old: Sequence[int], new: Sequence[int], known: Sequence[Mark], source: str, now: float, *, by_time: bool) -> list[Mark]:
    """The marks behind the same events as before, under their new ids; those that no event was before, or that are there, left out. With events of
    before among others' told since, only the time tells (`by_time`)."""
    there = {(m.kind, m.catalog, m.key, m.at) for m in known}
    out = []
    for mark in marks:
        before = [n for was, n in zip(old, new, strict=True) if was <= mark.after]
        if before and (mark.kind, mark.catalog, mark.key, mark.at) not in there:
            out.append(replace(mark, after=0 if by_time else max(before), at=min(now, mark.at), source=source))
    return out


def missing(events: Iterable[Event], existing: Iterable[Event]) -> list[Event]:
    """Those of the events that are not among the existing ones, once each; the log's numbers aside."""
    seen = {_same(e) for e in existing}
    out = []
    for event in events:
        if (key := _same(event)) not in seen:
            seen.add(key)
            out.append(event)
    return out


def _same(e: Event) -> tuple[object, ...]:
    return e.catalog, e.thing.id, e.verdict, e.at, e.value, e.note, e.impression, e.rank
