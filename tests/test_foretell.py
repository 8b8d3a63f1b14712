"""The methods side by side: they learn from what is known only, and the hybrid is what recsh itself would rank."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

from recsh.collab import of_ratings
from recsh.feedback import Log
from recsh.foretell import methods, only
from recsh.memory import Memory
from recsh.ratings import read_ratings
from recsh.recommend import Options, Recommender
from recsh.splits import last
from recsh.types import Event, Verdict
from recsh.verdicts import thing_of


@pytest.fixture(scope="module")
def known(music):
    ratings = read_ratings(Path(__file__).parents[1] / "sample_data" / "music.ratings.csv", music.index)
    split = last(ratings.users, ratings.items, ratings.times)
    return ratings, split, methods(music, ratings, split)


PERSON = {20: 1.0, 35: 0.5, 700: -1.0, 12: 0.8}


def test_every_method_scores_every_row(music, known) -> None:
    _, _, found = known
    for name, method in found.items():
        scores = method(PERSON)
        assert scores.shape == (music.index.rows,) and numpy.isfinite(scores).all() and numpy.ptp(scores) > 0, name


def test_what_is_held_out_is_not_known(music, known) -> None:
    """Other values of what is foretold change nothing: the methods never saw them."""
    ratings, split, found = known
    kept = only(ratings, split.train)
    assert len(kept) == split.train.sum() == len(ratings) - split.test.sum() and kept.people == ratings.people
    assert numpy.array_equal(found["ease"](PERSON), of_ratings(kept, music.index).method("ease")(PERSON))
    assert not numpy.array_equal(found["ease"](PERSON), of_ratings(ratings, music.index).method("ease")(PERSON))


def test_the_hybrid_ranks_as_recsh_does_for_the_person(music, known, tmp_path: Path) -> None:
    """The same verdicts in a real log, nothing asked for: what is shown stands in the order of the hybrid's scores."""
    ratings, split, found = known
    log, columns = Log(tmp_path / "log.sqlite"), music.index.columns
    for at, (n, worth) in enumerate(PERSON.items()):
        log.add([Event(music.entry.key, thing_of(music.index.items([n])[0], columns), Verdict.RATING, float(at), 3 + 2 * worth)])
    memory = Memory(music, log, of_ratings(only(ratings, split.train), music.index), clock=lambda: float(len(PERSON)))
    answer = Recommender(music, memory=memory).ask("", Options(limit=20, for_me=True, log=False, reasons=False))
    log.close()
    scores = found["hybrid"](PERSON)
    shown = [scores[r.item.n] for r in answer]
    assert len(shown) == 20 and all(a >= b - 1e-4 for a, b in zip(shown, shown[1:], strict=False)) and not {r.item.n for r in answer} & PERSON.keys()
    fresh = numpy.delete(scores, [*PERSON])
    assert min(shown) >= numpy.sort(fresh)[-60], "but for the same song on two records, the first twenty are the best twenty"
