"""The whole log as JSON Lines, and back: for another machine, for a look, for keeps.

    {"recsh_history": 1, "exported_at": "2026-11-20T18:15:00Z", "events": 2, "impressions": 1}
    {"impression": {"id": "01K...", "catalog": "music", "at": 1795198500.0, "query": "...", "shown": [...], ...}}
    {"event": {"id": 1, "catalog": "music", "thing": {...}, "verdict": "like", "at": 1795198510.0, ...}}

Every field of `types.Event` and `types.Impression` by its name; times in seconds since 1970. Leaves out: what was taken back or removed,
and what is derived from the log.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from recsh.errors import UsageError
from recsh.render import dump
from recsh.types import Event, Impression, Origin, Shown, Thing, Verdict
from recsh.verdicts import stamp

VERSION = 1
MARK = "recsh_history"


def lines(events: Sequence[Event], impressions: Sequence[Impression], now: float) -> Iterator[str]:
    """The export, a line at a time, each with its line end."""
    yield dump({MARK: VERSION, "exported_at": stamp(now), "events": len(events), "impressions": len(impressions)}, indent=False) + "\n"
    yield from (dump({"impression": asdict(i)}, indent=False) + "\n" for i in impressions)
    yield from (dump({"event": asdict(e)}, indent=False) + "\n" for e in events)


def is_export(path: Path) -> bool:
    """Whether a file begins like one."""
    try:
        with path.open("rb") as file:
            return json.dumps(MARK).encode() in file.read(200)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "the name of a file to import") from error


def read(path: Path) -> tuple[list[Event], list[Impression]]:
    """(events, impressions) of an export. Raises `UsageError`, with the line, for what recsh did not write or a newer one did."""
    events: list[Event] = []
    impressions: list[Impression] = []
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
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    raise UsageError(f"{path}, line {number}: not a line of a recsh history: {error}", "recsh history export FILE   writes one") from error
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}", "the name of a file to import") from error
    return events, impressions


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
        v.get("impression"), v.get("rank"), str(v.get("note", "")), str(v.get("session", "")),
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


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is not a finite number")
    return number


def missing(events: Iterable[Event], existing: Iterable[Event]) -> list[Event]:
    """Those of the events that are not among the existing ones, once each; the log's numbers aside."""
    seen = {_same(e) for e in existing}
    out = []
    for event in events:
        if (key := _same(event)) not in seen:
            seen.add(key)
            out.append(replace(event, id=0))
    return out


def _same(e: Event) -> tuple[object, ...]:
    return e.catalog, e.thing.id, e.verdict, e.at, e.value, e.note, e.impression, e.rank
