"""Plain requests by tags of a catalog: what weights that judge could do before they learned from a person, and should be able to do afterwards.

Leaves out: what the weights say of them (see `tune`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from recsh.engine import JudgePrompt
from recsh.prompt import judge_prompt
from recsh.types import Role

if TYPE_CHECKING:
    from recsh.recommend import Recommender

ROWS = 3  # that have the tag, and as many that do not
RARE, COMMON = 0.01, 0.4  # shares of the rows that have a tag that is asked for
KNOWN = 200  # the most frequent tags of a column, of which some are asked for
_FORMS = ("{}", "something {}", "I would like {}")


class Reminder(Struct, frozen=True):
    """A request for a tag about some rows, and which of them have it."""

    prompt: JudgePrompt
    has: tuple[bool, ...]


def reminders(recommender: Recommender, form: str, requests: int, *, seed: int = 0) -> list[Reminder]:
    """So many requests, drawn by `seed`; fewer in a catalog with hardly any tags."""
    import numpy

    index = recommender.index
    rng = numpy.random.default_rng([seed, requests])
    tags = [
        facet for column in index.columns if column.role is Role.TAGS for facet in index.facet_values(column.name, KNOWN)
        if max(ROWS, RARE * index.rows) <= facet.count <= COMMON * index.rows
    ]  # fmt: skip
    out = []
    for place in rng.permutation(len(tags) * len(_FORMS))[:requests] if tags else ():
        facet, form_of = tags[place % len(tags)], "{}" if index.chinese else _FORMS[place // len(tags)]
        with_it = index.facet_rows([facet.f])
        without = numpy.setdiff1d(rng.integers(0, index.rows, 4 * ROWS), with_it)[:ROWS]
        rows = [*rng.permutation(with_it)[:ROWS].tolist(), *without.tolist()]
        has = [True] * (len(rows) - len(without)) + [False] * len(without)
        order = rng.permutation(len(rows)).tolist()
        query, _ = recommender.asked(form_of.format(facet.label))
        items = {item.n: item for item in index.items(rows)}
        out.append(Reminder(judge_prompt(query, [items[rows[i]] for i in order], index.columns, form=form), tuple(has[i] for i in order)))
    return out
