"""Verdicts as a person gives them: what an argument names, which score was meant, and the event that this makes.

    "3"  "id:m0934"  "enter sandmann"  "One by Metallica"  "Heat (1995)"        ->  one item, some that it may be, or the nearest
    "4.5"  "4/5"  "8/10"  "90%"  "★★★★"                                         ->  4.5, 4, 4, 4.5, 4

An item is taken only when it is sure: a rank that was shown, an id, or a title that `match` takes. Everything else is for the person to
choose from. Leaves out: asking (see `cli`), sentences of a conversation, and keeping events (see `feedback`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from recsh.errors import UsageError
from recsh.likeness import same_creator
from recsh.regex import regex
from recsh.cells import split
from recsh.text import clean, fold, tokens
from recsh.titles import variants
from recsh.types import Cause, Column, Event, Impression, Item, Origin, Role, Shown, Suggestion, Thing, Verdict

if TYPE_CHECKING:
    from recsh.index import Index
    from recsh.match import Names

MOST = 9  # choices offered: one digit each
RANKS = 100  # numbers below it are ranks rather than titles
YEAR_SLACK = 1  # years apart that are the same year: a film's festival and its release
LOWEST, HIGHEST = 1.0, 5.0  # a rating's range

_RANK = regex(r"#?(\d{1,4})[.)]?")
_BY = regex(r"\s+by\s+", re.I)
_SCORE = regex(r"(\d+(?:[.,]\d+)?)\s*(?:(?:/|of|out of)\s*(\d+)|(%)|(?:stars?|points?))?", re.I)
_STARS = regex(r"([★⭐*]{1,5})([½☆]*)\ufe0f?")
_DONE = {Verdict.LIKE: "liked", Verdict.DISLIKE: "disliked", Verdict.SKIP: "skipped", Verdict.CONSUMED: "noted that you know", Verdict.NOTE: "noted on"}


class Named(Struct, frozen=True):
    """What one argument names: `items`, the likeliest first. `sure`: the first of them and no other. `near`: nothing is called so, these
    are the nearest; otherwise they are what it may be."""

    argument: str
    items: tuple[Item, ...] = ()
    sure: bool = False
    near: bool = False


def rank_of(argument: str, last: Impression | None) -> Shown | None:
    """The line of the last answer that a number means; None if it is none or there is no such line."""
    found = _RANK.fullmatch(argument.strip())
    return next((s for s in last.shown if s.rank == int(found[1])), None) if found and last else None


def looks_like_rank(argument: str) -> int | None:
    """The number of an argument that has the form of a rank."""
    found = _RANK.fullmatch(argument.strip())
    return int(found[1]) if found else None


def resolve(argument: str, names: "Names", index: "Index", last: Impression | None) -> Named:
    """What an argument names in one catalog: a rank of `last` (an answer from this catalog, or None), an id, or a title with slips of the pen.

    A number that was shown is a rank before it is an id or a title ("id:3" is always an id); one of two digits that was not is likely meant as
    one, so that no title but that very number stands for it. An id that is another row's title as well is not sure.
    """
    text = clean(argument)
    if shown := rank_of(text, last):
        return _only(argument, index, index.by_id(shown.item_id))
    if text.lower().startswith("id:"):
        return _only(argument, index, index.by_id(text[3:].strip()))
    if not text:
        return Named(argument)
    own, called = index.by_id(text), index.by_key([fold(text)]).get(fold(text), [])
    if own is not None:
        others = [n for n in called if n != own]
        return Named(argument, tuple(index.items([own, *others][:MOST])), sure=not others)
    if (looks_like_rank(text) or 0) in range(1, RANKS):
        return Named(argument, tuple(index.items(called[:MOST])), sure=len(called) == 1)
    return _titled(argument, text, names, index)


def _only(argument: str, index: "Index", n: int | None) -> Named:
    return Named(argument) if n is None else Named(argument, tuple(index.items([n])), sure=True)


def _titled(argument: str, text: str, names: "Names", index: "Index") -> Named:
    doubtful: list[int] = []
    open_ = False  # whether something is called so, and it remains open which
    for said in readings(text):
        row, _, _, cause = names.match(said)
        if row is None:
            continue
        (item,) = index.items([row])
        if cause is None and agrees(said, item, index.columns):
            return Named(argument, (item,), sure=True)
        doubtful.append(row)
        open_ = open_ or cause is Cause.AMBIGUOUS
    called = [n for rows in index.by_key(variants(text)).values() for n in rows] if open_ else []
    found = names.find(text, fuzzy=True)
    if found and len(found.rows) == 1 and not found.creator and not open_ and is_slip(text, found.name, index):
        return Named(argument, tuple(index.items(found.rows)), sure=True)
    whole = set(tokens(text))
    worded = [n for n, score in index.search([*whole], MOST, (1.0, 0.0, 0.0, 0.0)) if score > 0]
    items = index.items(dict.fromkeys([*called, *(found.rows if found else ()), *doubtful, *worded]))
    maybe = [i for i in items if i.n in called or (found and i.n in found.rows) or (whole and whole <= set(tokens(i.title)))]
    return Named(argument, tuple((maybe or items)[:MOST]), near=not maybe)


def is_slip(said: str, title: str, index: "Index") -> bool:
    """Whether what was said is a title with a slip of the pen: as many words, and of those that differ, what was said stands in no row of the catalog
    and is no other number of the same word. "Aliens" is not "Alien"."""
    a, b = fold(said).split(), fold(title).split()
    odd = [(tokens(x), tokens(y)) for x, y in zip(a, b, strict=False) if x != y]
    return len(a) == len(b) and all(x != y for x, y in odd) and not index.frequencies(token for x, _ in odd for token in x)


def readings(text: str) -> Iterable[Suggestion]:
    """The whole as a title; then as the line a model or a person writes: 'Title by Creator', 'Title (1991)', "title by creator"."""
    from recsh.entry import entry

    yield Suggestion(text)
    if line := entry(text, whole=True):
        yield line
    for by in reversed([*_BY.finditer(text)]):
        yield Suggestion(text[: by.start()], creator=text[by.end() :])


def agrees(said: Suggestion, item: Item, columns: Sequence[Column]) -> bool:
    """Whether creator and year, where both sides have them, do not speak against this item. A creator that agrees outweighs a year: editions
    and re-issues have their own."""
    by = same_creator(said.creator, item.creator)
    if by is not None:
        return by
    own = next((item.numbers[c.name] for c in columns if c.year and c.name in item.numbers), None)
    return said.year is None or own is None or abs(int(own) - said.year) <= YEAR_SLACK


# --- events ----------------------------------------------------------------------------------------------------------


def thing_of(item: Item, columns: Sequence[Column]) -> Thing:
    """What is kept of an item: its tag and creator columns split, its numbers and dates."""
    cells = {c.name: split(item.cells.get(c.name, ""), c.joiner) for c in columns if c.role in (Role.TAGS, Role.CREATOR)}
    return Thing(item.id, item.title, item.creator, {name: values for name, values in cells.items() if values}, dict(item.numbers))


def event_of(
    verdict: Verdict, item: Item, columns: Sequence[Column], catalog: str, at: float, *, last: Impression | None = None, value: float | None = None,
    note: str = "", origin: Origin = Origin.COMMAND, session: str = "", source: str = "",
) -> Event:  # fmt: skip
    """The event of one verdict. `at`: seconds since 1970 (UTC), `source` the import it came with. It carries the impression and the rank if `last` is of this catalog and showed the item."""
    shown = next((s for s in last.shown if s.item_id == item.id), None) if last and last.catalog == catalog else None
    place = {"impression": last.id, "rank": shown.rank} if last and shown else {}
    return Event(catalog, thing_of(item, columns), verdict, at, value, origin, note=note, session=session, source=source, **place)  # type: ignore[arg-type]


def score(text: str) -> tuple[float, float | None] | None:
    """(points, of how many) of a score as people write it; of None if it does not say. None if it is no score.

    >>> score("8/10"), score("4.5"), score("★★★½"), score("90%"), score("good")
    ((8.0, 10.0), (4.5, None), (3.5, 5.0), (90.0, 100.0), None)
    """
    text = text.strip()
    if stars := _STARS.fullmatch(text):
        return len(stars[1]) + 0.5 * stars[2].count("½"), HIGHEST
    found = _SCORE.fullmatch(text)
    if not found:
        return None
    of = 100.0 if found[3] else float(found[2]) if found[2] else None
    return float(found[1].replace(",", ".")), of


def scaled(points: float, of: float) -> float:
    """A score on recsh's scale of 1 to 5: its share of five points, one at least. Three of five and six of ten are the middle."""
    return min(HIGHEST, max(LOWEST, HIGHEST * points / of))


def rating(text: str) -> float:
    """A rating of 1 to 5. Raises `UsageError` for anything that is none."""
    hint = "1 to 5, as in 4 or 4.5; or on a scale of its own: 8/10, 90%, ★★★★"
    found = score(text)
    if found is None:
        raise UsageError(f"{text!r} is not a score", hint)
    points, of = found
    if of is None and not LOWEST <= points <= HIGHEST or of is not None and not (0 < of and points <= of):
        raise UsageError(f"a score of {text} is out of range", hint)
    return round(points if of is None else scaled(points, of), 4)


# --- events for showing ----------------------------------------------------------------------------------------------


def called(thing: Thing) -> str:
    """An item as a sentence names it: "One" by Metallica."""
    by = f" by {clean(thing.creator)}" if thing.creator else ""
    return f'"{clean(thing.title)}"{by}'


def phrase(event: Event) -> str:
    """What was done, in words: liked "One" by Metallica; rated it 4.5 of 5."""
    if event.verdict is Verdict.RATING:
        return f"rated {called(event.thing)} {event.value:g} of 5"
    return f"{_DONE[event.verdict]} {called(event.thing)}"


def stamp(at: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC; empty for a moment no calendar has."""
    try:
        return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return ""


def as_dict(event: Event) -> dict[str, Any]:
    """One event as commands print it in JSON: every key always there, null rather than absent."""
    return {
        "id": event.id, "verdict": event.verdict.value, "item_id": event.thing.id, "title": event.thing.title, "creator": event.thing.creator or None,
        "value": event.value, "note": event.note or None, "catalog": event.catalog, "impression": event.impression, "rank": event.rank,
        "at": stamp(event.at), "origin": event.origin.value, "session": event.session or None, "import": event.source or None,
    }  # fmt: skip
