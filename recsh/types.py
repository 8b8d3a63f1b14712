"""The words of recsh as values: frozen, slotted, without behaviour beyond what they are.

catalog · item (one row) · query (what was typed) · candidate (retrieved, scored) · suggestion (what the model wrote) ·
match (suggestion to item) · recommendation (what the user sees). A score is higher-is-better everywhere.
Leaves out: how any of these is made. No module below this one knows about files, models or terminals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a column is for."""

    ID = "id"
    TITLE = "title"
    CREATOR = "creator"
    TAGS = "tags"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    IGNORE = "ignore"


class Source(StrEnum):
    """Where a candidate came from; also the keys of a recommendation's `sources`."""

    TEXT = "text"
    VECTOR = "vector"
    NEIGHBOUR = "neighbour"
    FACET = "facet"
    COLLAB = "collab"
    TASTE = "taste"
    MODEL = "model"


class Mode(StrEnum):
    """How the chat model is asked: yes or no for each row, or a list written in one go."""

    JUDGE = "judge"
    WRITE = "write"


class Cause(StrEnum):
    """Why a suggestion did not become a recommendation."""

    NO_MATCH = "no_match"
    AMBIGUOUS = "ambiguous"
    DUPLICATE = "duplicate"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a catalog. `name` as in the file; `role` as found or given; `unit` such as `min`, `$` or empty;
    `low`/`high` the range of a number column (None elsewhere); `year` true when the numbers are calendar years."""

    name: str
    role: Role
    unit: str = ""
    low: float | None = None
    high: float | None = None
    year: bool = False
    joiner: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One row. `n` is its position in the compiled index (0-based); `cells` has every column of the file as text;
    `tags` are the split cells of all tag columns, in column order; `numbers` holds the number and date columns parsed (a year for a date)."""

    n: int
    id: str
    title: str
    creator: str = ""
    tags: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reference:
    """Something named: `rows` are its positions in the catalog (of all a creator's items, if `creator`), empty if it is not there.
    `liked` is False for what the speaker did not like; `known` is True for what must not be recommended because it was what "like X"
    named; `sure` False if it was only found by its misspelling or beginning."""

    name: str
    rows: tuple[int, ...] = ()
    creator: bool = False
    liked: bool = True
    known: bool = True
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item on the shortlist. `signals` maps a `Source` value to that source's own score in 0..1, `score` is their weighted mean in 0..1, and
    `shares` what each of them contributed to it (they sum to the score); `words` are the request's words found in the row."""

    item: Item
    score: float
    signals: Mapping[str, float]
    words: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the model proposed: free text, or an item it was held to. `item` is the position in the index when it is known
    already (judge and held write), None when the text still has to be matched. `score` is the log-odds of yes in judge mode."""

    title: str
    reason: str = ""
    creator: str = ""
    year: int | None = None
    item: int | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A suggestion met an item: `score` in 0..100, `method` "exact" or "fuzzy"."""

    suggested: str
    score: float
    method: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A suggestion that became nothing: why, and the nearest item's id with its score, if there was one."""

    suggested: str
    cause: Cause
    best: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the user sees. `sources` maps each signal to its share of the score (shares sum to the score)."""

    rank: int
    item: Item
    score: float
    reason: str
    sources: Mapping[str, float]
    match: Match | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Warning_:
    """Something the user should know about an answer that was given all the same."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read, taken from kept state, and written."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """All there is to say about one question; iterates over its recommendations.

    `timing_ms` has the keys load, retrieve, prompt, first, generate, total. `engine` is None when no model took part.
    """

    id: str
    created_at: str
    query: str
    results: Sequence[Recommendation]
    unmatched: Sequence[Unmatched] = ()
    warnings: Sequence[Warning_] = ()
    where: str | None = None
    context: str | None = None
    engine: Mapping[str, str] | None = None
    catalog: Mapping[str, object] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    usage: Usage = Usage()
    timing_ms: Mapping[str, float] = field(default_factory=dict)

    def __iter__(self):
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)
