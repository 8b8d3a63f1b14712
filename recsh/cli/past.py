"""What `recsh eval` measures apart from labelled requests: ratings held out, and the person's own log asked again.

Leaves out: labelled requests and flags (see `eval`), the arithmetic (see `heldout`, `replay`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

if TYPE_CHECKING:
    from recsh.catalog import Catalog
    from recsh.evaluate import Scores
    from recsh.labelled import Labelled
    from recsh.recommend import Options, Recommender
    from recsh.types import Impression

Found = tuple[dict[str, Any], list["Scores"], list["Labelled"]]


def now() -> str:
    """The moment of a report, in UTC."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ratings_report(opened: "Catalog", path: Path, split: str, liked: bool, cuts: list[int], most: int | None, seed: int, progress: Callable[[str, int, int], None]) -> Found:
    """Several methods foretell what people rated later from what they rated before."""
    import numpy

    from recsh import evaluate as ev
    from recsh import metrics, splits
    from recsh.exposure import popularity_of
    from recsh.foretell import methods
    from recsh.heldout import measure_ratings, people
    from recsh.ratings import read_ratings

    ratings = read_ratings(path, opened.index, progress=progress)
    usable = ratings.worths > 0 if liked else None
    cut = {"last": splits.last, "time": splits.by_time}[split](ratings.users, ratings.items, ratings.times, usable)
    scores = measure_ratings(
        methods(opened, ratings, cut, progress), ratings.users, ratings.items, ratings.worths, cut, opened.index, measures=metrics.measures(cuts), k=max(cuts), most=most, progress=progress
    )
    popularity = popularity_of(numpy.bincount(ratings.items[cut.train], minlength=opened.index.rows), "ratings")
    report = ev.report(
        "ratings", opened, scores, created_at=now(), n=len(scores[0].ms), of=len(people(ratings.users, ratings.items, ratings.worths, cut)), source=str(path), cuts=cuts,
        seed=seed, popularity=popularity, split=split,
    )  # fmt: skip
    return report, scores, []


# --- the person's own log --------------------------------------------------------------------------------------------


def replay_report(opened: "Catalog", recommender: "Recommender", options: "Options", most: int | None, seed: int, progress: Callable[[str, int, int], None]) -> Found:
    """Every judged answer asked again, each with what was known just before it was given."""
    from recsh import evaluate as ev
    from recsh.labelled import sample
    from recsh.memory import Memory
    from recsh.replay import Past, replay, rewards

    memory = recommender.memory
    assert memory is not None, "a session of the command line has a memory"
    events, marks = memory.log.events(), memory.log.marks()
    impressions = memory.log.impressions(memory.key)
    judged = rewards(impressions, events)
    every = [i for i in impressions if i.id in judged]
    asked = [i for i in every if _can_be_asked(i, opened)]
    used = sample(asked, most)
    done = 0

    def policy(impression: Any) -> dict[str, float]:
        nonlocal done
        progress("answers", done, len(used))
        done += 1
        recommender.memory = Memory(opened, Past(events, impressions, marks, impression.at), memory.collab, clock=lambda: impression.at)  # type: ignore[arg-type]  # reads only
        more = dict(limit=len(impression.shown), where=impression.where, context=impression.context, reasons=False, log=False, explore=0.0, for_me=not impression.query)
        return dict.fromkeys((r.item.id for r in recommender.ask(impression.query, replace(options, **more))), 1.0)

    try:
        found = replay(used, events, policy, seed=seed)
    finally:
        recommender.memory = memory
    lost = len(every) - len(asked)
    warnings = [*found.warnings, *([f"{lost:,} of {len(every):,} answers were left out: their conditions are about columns that the catalog does not have any more"] if lost else [])]
    report = ev.report("replay", opened, created_at=now(), n=found.answers, of=len(every), source="", seed=seed, replay=found.as_dict(), warnings=warnings)
    return report, [], []


def _can_be_asked(impression: "Impression", opened: "Catalog") -> bool:
    """Whether the catalog still has what an answer's conditions are about."""
    from recsh.errors import UsageError
    from recsh.where import mask

    try:
        if impression.where:
            mask(impression.where, opened.index)
    except UsageError:
        return False
    return True
