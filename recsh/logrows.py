"""What is remembered, as rows of the log, and back: checked, cleaned and bounded on the way in, never trusted on the way out.

    Event, Impression ─► kept_event, kept_impression (may refuse) ─► event_row, impression_row, shown_rows ─► tables ─► events_of, impression_of

What names something (catalog, item, impression, session) comes back exactly as it was, even if it is no valid Unicode, as a file's name
may be; what is read by people is cleaned as for showing. Leaves out: the tables (see `migrations`), the file (see `logfile`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from math import isfinite
from typing import Any

from recsh.errors import UsageError
from recsh.regex import regex
from recsh.text import clean
from recsh.types import Event, Impression, Origin, Shown, Thing, Verdict

NAME_SIZE = 4_000  # characters of an id, a session or a catalog's key (Linux's longest path is 4,096 bytes)
TITLE_SIZE = 1_000  # of a title, a creator, a mark's key
NOTE_SIZE = 2_000
QUERY_SIZE = 4_000  # of a query, a context, a condition
VALUE_SIZE = 300  # of one facet's value or a column's name
THING_SIZE = 16_000  # of all facets together
MOST = 64  # facet columns, number columns, features
LARGEST = 2**53  # of a rank
_VECTOR = regex(r"[A-Za-z0-9+/]{0,16000}={0,2}")  # base64 of at most 6,000 dimensions

EVENT = "id, catalog, item, title, creator, thing, verdict, value, origin, impression, rank, note, session, at, source"
IMPRESSION = 'n, id, catalog, at, query, context, "where", engine, explore, session, vector, source'
SHOWN = "impression, place, item, title, rank, score, propensity, features"

_VERDICTS = {str(v): v for v in Verdict}
_ORIGINS = {str(o): o for o in Origin}


class BadRow(ValueError):
    """A row that recsh cannot have written: the file is damaged."""


# --- in --------------------------------------------------------------------------------------------------------------


def kept_text(value: str, size: int) -> str:
    """Free text as the log keeps it: clean, and cut at `size` characters. All that a person wrote (queries, contexts, conditions, notes) and all
    that is copied from a catalog passes here."""
    return clean(clean(value[: 4 * size])[:size])  # subtle: a cut may leave half of what was clean together


Mask = Callable[[str, Sequence[str]], str]
"""What must not be remembered taken out of what a person wrote, but for what stands in one of these titles."""


def unmasked(text: str, titles: Sequence[str] = ()) -> str:
    """Nothing taken out."""
    return text


def _said(value: str, size: int, mask: Mask, titles: Sequence[str]) -> str:
    """What a person wrote of themself, masked before it is cut: half a number would not be known for one."""
    return kept_text(mask(clean(value[: 4 * size]), titles), size)


def _maybe(value: str | None) -> str | None:
    return None if value is None else kept_text(value, QUERY_SIZE)


def _numbers(values: Mapping[str, float]) -> dict[str, float]:
    return {name[:VALUE_SIZE]: float(v) for name, v in islice(values.items(), MOST) if isfinite(v)}


def _facets(facets: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Columns and values in order until they are too many: empty ones left out."""
    room, out = THING_SIZE, {}
    for column, values in islice(facets.items(), MOST):
        kept = []
        for value in values:
            text = kept_text(value, VALUE_SIZE)
            room -= len(text) + 1
            if room < 0:
                break
            if text:
                kept.append(text)
        if kept:
            out[column[:VALUE_SIZE]] = tuple(kept)
    return out


def _name(value: str, what: str, *, empty: bool = False) -> str:
    if not value and not empty:
        raise UsageError(f"an event without {what} cannot be remembered", "name the item by its id in the catalog")
    if len(value) > NAME_SIZE:
        raise UsageError(f"{what} of {len(value):,} characters cannot be remembered", f"the most are {NAME_SIZE:,}")
    return value


def kept_event(event: Event, mask: Mask = unmasked) -> Event:
    """The event as it will be read back (but for its id). Raises `UsageError` for what cannot be meant: no item, a rating that is not 1 to 5."""
    verdict, origin = _VERDICTS.get(event.verdict), _ORIGINS.get(event.origin)
    if verdict is None or origin is None:
        raise UsageError(f"there is no verdict {event.verdict!r} from {event.origin!r}", f"verdicts: {', '.join(_VERDICTS)}; from: {', '.join(_ORIGINS)}")
    if verdict is Verdict.RATING and not (event.value is not None and 1 <= event.value <= 5):
        raise UsageError(f"a rating has to be from 1 to 5, not {event.value}", "scale it, or like and dislike instead")
    if not isfinite(event.at):
        raise UsageError(f"{event.at} is no time", "give seconds since 1970")
    if event.rank is not None and not 1 <= event.rank <= LARGEST:
        raise UsageError(f"{event.rank} is no rank", "ranks count from 1")
    thing = Thing(
        _name(event.thing.id, "an item's id"), kept_text(event.thing.title, TITLE_SIZE), kept_text(event.thing.creator, TITLE_SIZE),
        _facets(event.thing.facets), _numbers(event.thing.numbers),
    )  # fmt: skip
    return Event(
        _name(event.catalog, "a catalog's key"), thing, verdict, float(event.at), float(event.value) if verdict is Verdict.RATING else None, origin,  # type: ignore[arg-type]
        None if event.impression is None else _name(event.impression, "an answer's id"), event.rank, _said(event.note, NOTE_SIZE, mask, (thing.title, thing.creator)),
        _name(event.session, "a session's name", empty=True), source=_name(event.source, "an import's name", empty=True),
    )  # fmt: skip


def kept_impression(impression: Impression, mask: Mask = unmasked) -> Impression:
    """The impression as it will be read back: without lines that nothing could be said of (no score, no id, one too long). Raises `UsageError` for
    one that cannot be meant: no id, no time."""
    if not isfinite(impression.at) or not isfinite(impression.explore):
        raise UsageError(f"an answer's time and exploration have to be numbers, not {impression.at} and {impression.explore}")
    shown = tuple(
        Shown(s.item_id, kept_text(s.title, TITLE_SIZE), _rank(s.rank), float(s.score), _propensity(s), _numbers(s.features))
        for s in impression.shown
        if isfinite(s.score) and 0 < len(s.item_id) <= NAME_SIZE
    )
    titles = [s.title for s in shown]
    query, context = _said(impression.query, QUERY_SIZE, mask, titles), None if impression.context is None else _said(impression.context, QUERY_SIZE, mask, titles)
    bare = (query, context) == (kept_text(impression.query, QUERY_SIZE), _maybe(impression.context))  # else its vector tells what was masked
    return Impression(
        _name(impression.id, "an answer's id"), _name(impression.catalog, "a catalog's key"), float(impression.at), query, shown, context,
        _maybe(impression.where), _maybe(impression.engine), float(impression.explore), _name(impression.session, "a session's name", empty=True),
        impression.vector if bare and _VECTOR.fullmatch(impression.vector) else "",
        _name(impression.source, "an import's name", empty=True),
    )  # fmt: skip


def _rank(rank: int) -> int:
    if not 1 <= rank <= LARGEST:
        raise UsageError(f"{rank} is no rank", "ranks count from 1")
    return int(rank)


def _propensity(shown: Shown) -> float:
    if not 0 < shown.propensity <= 1:
        raise UsageError(f"{shown.propensity} is no probability of {shown.item_id!r} being shown", "above 0 and at most 1")
    return float(shown.propensity)


def name_cell(name: str) -> str | bytes:
    """A name as a cell: as it is, or its bytes if no text can hold it (a lone surrogate stands for a byte of a file's name)."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")
    return name


def name_of(cell: str | bytes) -> str:
    """The opposite of `name_cell`."""
    return cell if type(cell) is str else cell.decode("utf-8", "surrogatepass")  # type: ignore[union-attr]


def _json(value: object) -> str:
    """JSON in UTF-8, so that what is searched for, or must be gone, is there as it is written; escaped only if it has to be."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if isinstance(name_cell(text), str) else json.dumps(value, separators=(",", ":"))


def event_row(event: Event) -> tuple[Any, ...]:
    """The cells of a kept event in the order of `EVENT`."""
    thing = event.thing
    return (
        event.id, name_cell(event.catalog), name_cell(thing.id), thing.title, thing.creator, _json([thing.facets, thing.numbers]), str(event.verdict), event.value,
        str(event.origin), None if event.impression is None else name_cell(event.impression), event.rank, event.note, name_cell(event.session), event.at, name_cell(event.source),
    )  # fmt: skip


def impression_row(impression: Impression, n: int | None = None) -> tuple[Any, ...]:
    """The cells of a kept impression in the order of `IMPRESSION`; without `n` the database gives the next."""
    return (
        n, name_cell(impression.id), name_cell(impression.catalog), impression.at, impression.query, impression.context, impression.where, impression.engine,
        impression.explore, name_cell(impression.session), impression.vector, name_cell(impression.source),
    )  # fmt: skip


def shown_rows(impression: Impression, n: int) -> list[tuple[Any, ...]]:
    """A row for each line of a kept impression, in the order of `SHOWN`."""
    return [
        (n, place, name_cell(s.item_id), s.title, s.rank, s.score, s.propensity, _json(s.features)) for place, s in enumerate(impression.shown)
    ]


def places(count: int) -> str:
    """Place-holders for so many cells of a statement."""
    return ",".join("?" * count)


# --- out -------------------------------------------------------------------------------------------------------------


def events_of(rows: Sequence[tuple[Any, ...]]) -> list[Event]:
    """Events of rows that have the columns of `EVENT`. Raises `BadRow`."""
    known: dict[str, tuple[dict[str, tuple[str, ...]], dict[str, float]]] = {}  # facets repeat, and reading them is what takes the time
    out = []
    try:
        for id_, catalog, item, title, creator, thing, verdict, value, origin, impression, rank, note, session, at, source in rows:
            if thing not in known:
                facets, numbers = json.loads(thing)
                known[thing] = {column: tuple(values) for column, values in facets.items()}, dict(numbers)
            out.append(Event(
                name_of(catalog), Thing(name_of(item), title, creator, *known[thing]), _VERDICTS[verdict], at, value, _ORIGINS[origin],
                None if impression is None else name_of(impression), rank, note, name_of(session), id_, name_of(source),
            ))  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadRow(f"{type(error).__name__}: {error}") from error
    return out


def impression_of(row: tuple[Any, ...], shown: Sequence[tuple[Any, ...]]) -> Impression:
    """An impression of its row (`IMPRESSION`) and its lines' (`SHOWN`). Raises `BadRow`."""
    try:
        _, id_, catalog, at, query, context, where, engine, explore, session, vector, source = row
        lines = tuple(
            Shown(name_of(item), title, rank, score, propensity, dict(json.loads(features)))
            for _, _, item, title, rank, score, propensity, features in shown
        )
        return Impression(name_of(id_), name_of(catalog), at, query, lines, context, where, engine, explore, name_of(session), vector, name_of(source))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadRow(f"{type(error).__name__}: {error}") from error
