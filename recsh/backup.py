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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from recsh.errors import UsageError
from recsh.feedback import FORGET, RESET, Log, Mark
from recsh.imports import Report
from recsh.render import dump
from recsh.types import Event, Impression, Origin, Shown, Thing, Verdict
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


def read(path: Path) -> History:
    """What an export has. Raises `UsageError`, with the line, for what recsh did not write or a newer one did."""
    events: list[Event] = []
    impressions: list[Impression] = []
    marks: list[Mark] = []
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    value = json.loads(line)
                    if not isinstance(value, dict):
                        raise ValueError("not an object")
                    if MARK in value:
                        _check(value[MARK], path)
                    elif "event" in value:
                        events.append(_event(value["event"]))
                    elif "impression" in value:
                        impressions.append(_impression(value["impression"]))
                    elif "mark" in value:
                        marks.append(_mark(value["mark"]))
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    raise UsageError(f"{path}, line {number}: not a line of a recsh history: {error}", "recsh history export FILE   writes one") from error
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}", "the name of a file to import") from error
    return History(events, impressions, marks)


def _check(version: Any, path: Path) -> None:
    if not isinstance(version, int) or version > VERSION:
        raise UsageError(f"{path}: written by a newer recsh (history {version}, this one reads {VERSION})", "pip install --upgrade recsh")


def _event(v: Mapping[str, Any]) -> Event:
    thing = v["thing"]
    facets = {str(k): tuple(map(str, values)) for k, values in thing.get("facets", {}).items()}
    what = Thing(str(thing["id"]), str(thing["title"]), str(thing.get("creator", "")), facets, {str(k): float(n) for k, n in thing.get("numbers", {}).items()})
    value = v.get("value")
    return Event(
        str(v["catalog"]), what, Verdict(v["verdict"]), _number(v["at"]), None if value is None else _number(value), Origin(v.get("origin", Origin.IMPORT)),
        v.get("impression"), v.get("rank"), str(v.get("note", "")), str(v.get("session", "")), int(v.get("id", 0)),
    )  # fmt: skip


def _impression(v: Mapping[str, Any]) -> Impression:
    shown = tuple(
        Shown(str(s["item_id"]), str(s["title"]), int(s["rank"]), _number(s["score"]), _number(s.get("propensity", 1.0)), {str(k): _number(x) for k, x in s.get("features", {}).items()})
        for s in v.get("shown", ())
    )
    return Impression(
        str(v["id"]), str(v["catalog"]), _number(v["at"]), str(v["query"]), shown, v.get("context"), v.get("where"), v.get("engine"), _number(v.get("explore", 0.0)), str(v.get("session", "")),
        str(v.get("vector", "")),
    )  # fmt: skip


def _mark(v: Mapping[str, Any]) -> Mark:
    if v["kind"] not in (RESET, FORGET):
        raise ValueError(f"{v['kind']!r} is no kind of mark")
    return Mark(v["kind"], None if v["catalog"] is None else str(v["catalog"]), str(v["key"]), _number(v["at"]), int(v["after"]))


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is not a finite number")
    return number


# --- into a log ------------------------------------------------------------------------------------------------------


def restore(log: Log, history: History, name: str, *, mine: bool, now: float, dry: bool = False) -> Report:
    """Add what the log has not yet, and say what that is; nothing is written if `dry`.

    All of it is of the import `name`: it weighs as one beside what was said here, and goes as one; its marks are about what came with it, so that nobody's
    reset is the reset of what was said here. If it is `mine` it is as if it had been said here. `now`: seconds since 1970, the latest date anything gets.
    """
    source = "" if mine else name
    blank = not log.events(limit=1)
    new = missing(history.events, log.events())
    known = {i.id for i in log.impressions()}
    answers = [replace(i, source=source, at=min(now, i.at)) for i in history.impressions if i.id not in known]
    told = [replace(e, id=0, source=source, at=min(now, e.at)) for e in new]
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
