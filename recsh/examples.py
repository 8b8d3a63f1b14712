"""Lessons as chat examples for any trainer: JSON Lines of {"messages": [...]}, each a question about one row and the answer "yes, REASON" or "no".

The question is asked as recsh asks chat weights, so that what learns from it can be used with `--mode judge`. Examples have no weights, so what counts
little is left out: skips, threes and other half-hearted verdicts, and all but the newest of what one flood brought. Pure.

Leaves out: the lessons (see `lessons`), files.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from recsh.engine import JudgePrompt
from recsh.floods import GROUP_CAP, ITEM_CAP
from recsh.lessons import Lesson
from recsh.reason import compose
from recsh.types import Column

CLEAR = 0.5  # worth from which a verdict is an example: a like, a dislike, a rating of 1, 2, 4 or 5


def strong(lessons: Sequence[Lesson]) -> list[Lesson]:
    """Those that are examples, in order: clear ones, the newest `ITEM_CAP` on an item and `GROUP_CAP` of what was told in one go. One go alone, an import
    into an empty log, loses nothing."""
    clear = [x for x in lessons if abs(x.worth) >= CLEAR]
    most = GROUP_CAP if len({x.group for x in clear}) > 1 else len(clear)
    items: Counter[tuple[str, str]] = Counter()
    groups: Counter[str] = Counter()
    out = []
    for lesson in reversed(clear):
        item = lesson.catalog, lesson.item.id
        if items[item] < ITEM_CAP and groups[lesson.group] < most:
            items[item] += 1
            groups[lesson.group] += 1
            out.append(lesson)
    return out[::-1]


def line(lesson: Lesson, columns: Sequence[Column], system: str | None = None) -> str:
    """One example as a line of JSON, for a lesson made in the form "chat". `system` goes before it: None recsh's own words, empty none."""
    asked: JudgePrompt = lesson.prompt
    answer = f"yes, {compose(lesson.item, lesson.query, columns, lesson.references)}" if lesson.yes else "no"
    messages = [{"role": "user", "content": asked.prefix + asked.rows[0] + asked.suffix}, {"role": "assistant", "content": answer}]
    if text := asked.system if system is None else system:
        messages.insert(0, {"role": "system", "content": text})
    return json.dumps({"messages": messages}, ensure_ascii=False) + "\n"


def lines(told: Sequence[tuple[Sequence[Lesson], Sequence[Column]]], system: str | None = None) -> Iterator[str]:
    """The examples of several catalogs, each with its columns, one catalog after the other."""
    for lessons, columns in told:
        for lesson in strong(lessons):
            yield line(lesson, columns, system)
