"""The words of recsh as values: frozen, slotted, without behaviour beyond what they are.

catalog · item (one row) · query (what was typed) · candidate (retrieved, scored) · suggestion (what the model wrote) ·
match (suggestion to item) · recommendation (what the user sees) · event (one verdict) · impression (one answer as it was shown). A score is higher-is-better
everywhere.
Leaves out: how any of these is made. No module below this one knows about files, models or terminals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from recsh.knowledge import Known


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
    KNOWLEDGE = "knowledge"
    FACET = "facet"
    COLLAB = "collab"
    TASTE = "taste"
    NOVELTY = "novelty"
    ADAPTER = "adapter"
    RERANKER = "reranker"
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


class Verdict(StrEnum):
    """What a person says about an item. A rating has a value of 1 to 5; consumed (read, seen, bought) and a note judge nothing."""

    LIKE = "like"
    DISLIKE = "dislike"
    SKIP = "skip"
    RATING = "rating"
    CONSUMED = "consumed"
    NOTE = "note"


class Origin(StrEnum):
    """How a verdict was given: a command, a command of the conversation, a sentence, an imported file, Python, an agent (`recsh mcp`)."""

    COMMAND = "command"
    CHAT = "chat"
    SENTENCE = "sentence"
    IMPORT = "import"
    API = "api"
    AGENT = "agent"


class Column(Struct, frozen=True):
    """One column of a catalog. `name` as in the file; `role` as found or given; `unit` such as `min`, `$` or empty;
    `low`/`high` the range of a number column (None elsewhere); `year` true when the numbers are calendar years; `joiner` what cells are cut at, or
    how they are read (see `cells`)."""

    name: str
    role: Role
    unit: str = ""
    low: float | None = None
    high: float | None = None
    year: bool = False
    joiner: str = ""


class Item(Struct, frozen=True):
    """One row. `n` is its position in the compiled index (0-based); `cells` has every column of the file as text;
    `tags` are the split cells of all tag columns, in column order; `numbers` holds the number and date columns parsed (a year for a date)."""

    n: int
    id: str
    title: str
    creator: str = ""
    tags: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)


class Reference(Struct, frozen=True):
    """Something named: `rows` are its positions in the catalog (of all a creator's items, if `creator`), empty if it is not there.
    `liked` is False for what the speaker did not like; `known` is True for what must not be recommended because it was what "like X"
    named; `sure` False if it was only found by its misspelling or beginning. `near` are the rows of what is known to be nearest to it, the nearest
    first; of what the catalog has not got `entry` is what is known, None for nothing."""

    name: str
    rows: tuple[int, ...] = ()
    creator: bool = False
    liked: bool = True
    known: bool = True
    sure: bool = True
    near: tuple[int, ...] = ()
    entry: Known | None = None


class Candidate(Struct, frozen=True):
    """An item on the shortlist. `signals` maps a `Source` value to that source's own score (0..1; taste -1..1), `score` is their weighted
    mean, and `shares` what each of them contributed to it (they sum to the score); `features` are the shares as they would be without
    anything learned, which is what is learned from. `words` are the request's words found in the row."""

    item: Item
    score: float
    signals: Mapping[str, float]
    words: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    features: Mapping[str, float] = field(default_factory=dict)


class Suggestion(Struct, frozen=True):
    """What the model proposed: free text, or an item it was held to. `item` is the position in the index when it is known
    already (judge and held write), None when the text still has to be matched. `score` is the log-odds of yes in judge mode."""

    title: str
    reason: str = ""
    creator: str = ""
    year: int | None = None
    item: int | None = None
    score: float | None = None


class Match(Struct, frozen=True):
    """A suggestion met an item: `score` in 0..100, `method` "exact" or "fuzzy"."""

    suggested: str
    score: float
    method: str


class Unmatched(Struct, frozen=True):
    """A suggestion that became nothing: why, and the nearest item's id with its score, if there was one."""

    suggested: str
    cause: Cause
    best: str | None = None
    score: float | None = None


class Because(Struct, frozen=True):
    """What the log has to do with a recommendation: how (`link`: liked, maker, several, crowd, avoided), the ids and titles of what was judged, and
    what they share with it (or, avoided, do not)."""

    link: str
    items: tuple[tuple[str, str], ...]
    shared: tuple[str, ...] = ()


class Recommendation(Struct, frozen=True):
    """What the user sees. `sources` maps each signal to its share of the score (shares sum to the score); `because` is what the person liked or
    disliked that speaks for it, None where nothing does."""

    rank: int
    item: Item
    score: float
    reason: str
    sources: Mapping[str, float]
    match: Match | None = None
    words: tuple[str, ...] = ()
    because: Because | None = None


class Warning_(Struct, frozen=True):
    """Something the user should know about an answer that was given all the same."""

    code: str
    message: str


class Usage(Struct, frozen=True):
    """Tokens read, taken from kept state, and written."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


class Answer(Struct, frozen=True):
    """All there is to say about one question; iterates over its recommendations.

    `timing_ms` has the keys load, retrieve, reread, prompt, first, generate, total. `engine` is None when no model took part. `known` is what was named that
    the catalog has not got, and of which something is known all the same; `reply` what was said to a question that asks for nothing ("hello"), or asked
    back.
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
    known: Sequence[Reference] = ()
    reply: str = ""

    def __iter__(self) -> Iterator[Recommendation]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        from recsh.notebook import answer_html

        return answer_html(self)


# --- what is remembered ----------------------------------------------------------------------------------------------

_WORTH = {Verdict.LIKE: 1.0, Verdict.DISLIKE: -1.0, Verdict.SKIP: -0.3}


class Thing(Struct, frozen=True):
    """What the log keeps of an item, so that a taste outlives its catalog: `facets` maps a tag or creator column to its values as written,
    `numbers` a number or date column to its value."""

    id: str
    title: str
    creator: str = ""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


class Event(Struct, frozen=True):
    """One verdict on one item. `catalog` is the catalog's key, `at` seconds since 1970 (UTC), `value` a rating's 1 to 5, `impression` and
    `rank` the answer it was shown in, `session` what was done in one go (a conversation, an import); `id` is the log's, 0 before; `source` the import
    that brought it, empty for what was said here."""

    catalog: str
    thing: Thing
    verdict: Verdict
    at: float
    value: float | None = None
    origin: Origin = Origin.COMMAND
    impression: str | None = None
    rank: int | None = None
    note: str = ""
    session: str = ""
    id: int = 0
    source: str = ""

    @property
    def worth(self) -> float:
        """How much was liked, -1..1; 0 for what judges nothing."""
        if self.verdict is Verdict.RATING:
            return (min(5.0, max(1.0, self.value or 3.0)) - 3.0) / 2.0
        return _WORTH.get(self.verdict, 0.0)


class Shown(Struct, frozen=True):
    """One line of an answer as it was shown. `propensity` is the probability with which it was among those shown (1 without exploration),
    `features` as in `Candidate`."""

    item_id: str
    title: str
    rank: int
    score: float
    propensity: float = 1.0
    features: Mapping[str, float] = field(default_factory=dict)


class Impression(Struct, frozen=True):
    """One answer as it was shown: `id` is the answer's, `catalog` the catalog's key, `at` seconds since 1970 (UTC), `explore` how much chance had
    a part in it, `engine` the name of the weights that took part,
    `vector` the request's in the space of the catalog's (float16 in base64; empty if it had none), `source` the import that brought it, if one did."""

    id: str
    catalog: str
    at: float
    query: str
    shown: tuple[Shown, ...] = ()
    context: str | None = None
    where: str | None = None
    engine: str | None = None
    explore: float = 0.0
    session: str = ""
    vector: str = ""
    source: str = ""
