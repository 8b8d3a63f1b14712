"""`recsh history export --private`: a taste that may be shown to others."""

from __future__ import annotations

import time
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from recsh.cli import streams as s
from recsh.errors import UsageError

if TYPE_CHECKING:
    from recsh.index import Index
    from recsh.private import Facet
    from recsh.types import Event

DEFAULT = "1"
FACETS = 300  # facets counted at most: the more, the higher has a count to be to stand out from noise
SPREAD = 0.01  # share of the catalog's rows that must have a facet
ROWS = 5  # ... and how many at least


def share(file: Path | None, epsilon: str | None, catalog: str | None, quiet: bool) -> None:
    """Spend `epsilon` of the privacy budget and write what it buys. The budget is spent before a byte is written."""
    from recsh import config, private
    from recsh.cli.naming import catalog_opened, opened_log
    from recsh.feedback import FORGET, RESET
    from recsh.index import facet_key
    from recsh.render import dump
    from recsh.taste import before

    amount = _epsilon(epsilon or DEFAULT)
    budget = Fraction(str(config.settings()["privacy_budget"]))
    with catalog_opened(catalog, quiet) as opened, opened_log(quiet) as log:
        labels = _counted(opened.index)
        if not labels:
            raise UsageError(f"{opened.name!r} has no tags that enough rows share to be counted", "another catalog: -c CATALOG")

        key, marks = opened.entry.key, log.marks(opened.entry.key)

        def facets_of(event: Event) -> Iterable[Facet]:
            own = {(column, facet_key(value)) for column, values in event.thing.facets.items() for value in values}
            forgotten = {m.key for m in marks if m.kind == FORGET and before(event, m)}
            return (facet for facet in own if facet[1] not in forgotten)

        with s.output(file, private=True) as out:
            spent = log.spend(amount, budget)
            events = [e for e in log.events(key) if not any(m.kind == RESET and before(e, m) for m in marks)]
            found = private.shared(events, [*labels], facets_of, amount)
            name = opened.name if opened.entry.sample else "own"  # a path, or a name given to it, may tell more than the counts
            out.write(dump(private.as_dict(found, name, labels, time.strftime("%Y-%m-%d", time.gmtime())), indent=True) + "\n")
    s.note(
        f"{len(found.counts)} of {found.facets} tags stand out from the noise; epsilon {float(amount):g} spent, {float(spent):g} of {float(budget):g} in all; "
        f"any one item is hidden, what you like in general is what it tells", quiet=quiet,
    )  # fmt: skip


def _epsilon(text: str) -> Fraction:
    try:
        value = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"--epsilon: {text!r} is not a number", "--epsilon 1") from None
    if not Fraction(1, 100) <= value <= 20 or value.denominator > 10**6:
        raise UsageError(f"--epsilon: has to be from 0.01 (all noise) to 20 (hardly any), not {text}", "--epsilon 1")
    return value


def _counted(index: Index) -> dict[Facet, str]:
    """The facets to count, with their labels, the most common first: by the catalog alone."""
    from recsh.types import Role

    least = max(ROWS, SPREAD * index.rows)
    found = [f for column in index.columns if column.role in (Role.TAGS, Role.CREATOR) for f in index.facet_values(column.name, FACETS) if f.count >= least]
    found.sort(key=lambda f: (-f.count, f.column, f.key))
    return {(f.column, f.key): f.label for f in found[:FACETS]}
