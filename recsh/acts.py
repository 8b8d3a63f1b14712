"""What a person does with a turn of a conversation, as values: ask, change, judge, page on, ask why, take back.

Leaves out: how a turn is read (see `clauses`, `turns`), and what is done about it.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from recsh.talk import Part
from recsh.types import Verdict


class Kind(StrEnum):
    """What a turn, or a part of it, does. The first five ask for an answer."""

    TOPIC = "topic"
    REFINE = "refine"
    MORE = "more"
    COUNT = "count"
    UNDO = "undo"
    VERDICT = "verdict"
    WHY = "why"
    WHYNOT = "whynot"
    SHOW = "show"
    RECALL = "recall"
    CLEAR = "clear"
    GREETING = "greeting"
    THANKS = "thanks"
    HELP = "help"
    EMPTY = "empty"
    YES = "yes"
    NO = "no"


ANSWERED = frozenset((Kind.TOPIC, Kind.REFINE, Kind.MORE, Kind.COUNT, Kind.UNDO))
"""What is answered with recommendations."""


class Act(Struct, frozen=True):
    """One thing done. `words` as typed; `id`, `title` and `rank` (1-based, None if it was not shown) of the item concerned, all None or empty if it
    is not clear which; `verdict`, `value` and `sure` of a verdict (not sure: ask back before it counts); `part` what was asked for; `count` how
    many; `recall` the verdict asked about, None for all."""

    kind: Kind
    words: str = ""
    id: str | None = None
    title: str = ""
    rank: int | None = None
    verdict: Verdict | None = None
    value: float | None = None
    sure: bool = True
    part: Part | None = None
    count: int | None = None
    recall: Verdict | None = None
