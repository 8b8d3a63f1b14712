"""One question on its way from words to an answer: how it is to be answered, and what is known of it so far.

Leaves out: every step of the way (see `recommend`, `opinion`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from recsh.fusion import NOBODY, Personal
from recsh.request import Query
from recsh.types import Because, Candidate, Item, Match, Mode, Unmatched, Usage, Warning_

if TYPE_CHECKING:
    import numpy

SHORTLIST = 24  # rows the model sees; each costs time


class Options(Struct, frozen=True):
    """How to answer. `limit` is how many; None for as many as the question says ("five songs"), or else `usual`. `diversity`, `explore` and
    `model_weight` in 0..1; None for the default of the weights. `max_tokens` bounds a written list, or each reason; None for what they need. The model
    has no part any more in what is not ready `timeout` seconds after the question.

    What is remembered: `taste` whether it counts, `again` whether what was disliked or consumed may come back, `log` whether this answer
    is written down, `for_me` whether the taste leads and the question may be empty.
    """

    limit: int | None = None
    usual: int = 5
    where: str | None = None
    context: str | None = None
    exclude: tuple[str, ...] = ()
    mode: Mode | None = None
    free: bool = False
    reasons: bool = True
    tone: str = "plain"
    lang: str = "auto"
    diversity: float = 0.0
    model_weight: float | None = None
    shortlist: int = SHORTLIST
    temperature: float = 0.0
    seed: int = 42
    max_tokens: int | None = None
    timeout: float | None = None
    taste: bool = True
    again: bool = False
    explore: float = 0.0
    for_me: bool = False
    log: bool = True
    session: str = ""


class Work(Struct):
    """One question on its way. `references` are the rows that "like X" named, `personal` what is known of the person, `vector` the request's
    (dims,) in the space of the catalog's; `reasons`, `matches` and `because` by position in the index."""

    query: Query
    options: Options
    candidates: list[Candidate]
    allowed: numpy.ndarray
    references: list[Item]
    warnings: list[Warning_]
    vector: numpy.ndarray | None = None
    personal: Personal = NOBODY
    taste: Sequence[str] = ()
    unmatched: list[Unmatched] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    matches: dict[int, Match] = field(default_factory=dict)
    because: dict[int, Because] = field(default_factory=dict)
    timing: dict[str, float] = field(default_factory=dict)
    usage: Usage = Usage()
    mode: Mode | None = None
    deadline: float | None = None  # in seconds of time.perf_counter
    ordered: Callable[[Sequence[Item]], None] | None = None  # told once, when it is known what is shown, before there are reasons

    @property
    def limit(self) -> int:
        """How many recommendations: what was set, else what the question says, else the usual number."""
        return self.options.limit or self.query.limit or self.options.usual
