"""Chance in the order: it keeps the law that is written in the log, and finds out sooner what a wrong order hides."""

from __future__ import annotations

import numpy
import pytest
from scipy import stats

from recsh.explore import ITEM_SPREAD, draw, propensities
from recsh.learn import PRIOR, SIGNALS, Ranker, fit, matrix
from recsh.logistic import probability
from recsh.metrics import ndcg
from recsh.types import Event, Impression, Shown, Thing, Verdict


def rows(seed: int, n: int = 25) -> list[dict[str, float]]:
    rng = numpy.random.default_rng(seed)
    return [{"text": 0.4 * float(rng.random()), "vector": 0.5 * float(rng.random()), "facet": 0.1 * float(rng.random())} for _ in range(n)]


def order_of(features: list[dict[str, float]], ranker: Ranker, explore: float, rng: numpy.random.Generator, judged: object = None) -> numpy.ndarray:
    lot = draw(ranker, explore, rng, numpy.zeros(len(features)) if judged is None else judged)
    return numpy.argsort(-lot.scores(features), kind="stable")


def test_without_exploration_there_is_no_chance() -> None:
    """The learned order, whatever the seed, and those shown were shown for certain."""
    features, ranker = rows(0), fit([], [])
    learned = sorted(range(25), key=lambda n: -sum(features[n].values()))
    for seed in range(5):
        rng = numpy.random.default_rng(seed)
        assert draw(ranker, 0.0, rng, [0] * 25).multipliers == dict(PRIOR)
        assert order_of(features, ranker, 0.0, rng).tolist() == learned
        assert propensities(features, ranker, 0.0, 5, rng=rng).tolist() == [float(n in learned[:5]) for n in range(25)]


def test_a_seed_gives_one_order() -> None:
    features, ranker = rows(0), fit([], [])
    orders = {seed: tuple(order_of(features, ranker, 0.5, numpy.random.default_rng(seed)).tolist()) for seed in range(8)}
    assert len({*orders.values()}) > 4
    assert orders == {seed: tuple(order_of(features, ranker, 0.5, numpy.random.default_rng(seed)).tolist()) for seed in range(8)}


def test_no_signal_is_turned_round_by_chance() -> None:
    ranker = fit([], [])
    drawn = ranker.draws(numpy.random.default_rng(0), 2000, 1.0)
    assert (drawn[:, SIGNALS.index("novelty")] < 0).any() and (numpy.delete(drawn, SIGNALS.index("novelty"), axis=1) >= 0).all()
    assert [ranker.sample(numpy.random.default_rng(3), 1.0)[name] for name in SIGNALS] == ranker.draws(numpy.random.default_rng(3), 1)[0].tolist()


@pytest.mark.parametrize("explore", [0.1, 0.5, 1.0])
def test_what_is_shown_is_as_probable_as_logged(explore: float) -> None:
    """Chi-square of how often each row is among five shown in two thousand answers, against the probabilities that would be logged."""
    features, ranker = rows(1), fit([], [])
    judged = numpy.arange(25) % 4
    logged = propensities(features, ranker, explore, 5, rng=numpy.random.default_rng(0), judged=judged, samples=50_000)
    rng, times = numpy.random.default_rng(1), 2000
    seen = numpy.bincount(numpy.concatenate([order_of(features, ranker, explore, rng, judged)[:5] for _ in range(times)]), minlength=25)
    assert logged.sum() == pytest.approx(5) and seen.sum() == 5 * times
    common = logged * times > 5
    chi = float((((seen - times * logged) ** 2) / (times * logged * (1 - logged) + 1e-9))[common & (logged < 0.999)].sum())
    assert stats.chi2.sf(chi, int((common & (logged < 0.999)).sum())) > 0.001
    # The test can fail: the probabilities of another setting are not those of this one.
    other = propensities(features, ranker, explore / 2, 5, rng=numpy.random.default_rng(0), judged=judged, samples=50_000)
    wrong = float((((seen - times * other) ** 2) / (times * other * (1 - other) + 1.0))[common].sum())
    assert stats.chi2.sf(wrong, int(common.sum())) < 0.001


def test_the_usual_number_of_draws_is_near_enough() -> None:
    features, ranker = rows(1), fit([], [])
    fine = propensities(features, ranker, 0.5, 5, rng=numpy.random.default_rng(0), samples=50_000)
    coarse = propensities(features, ranker, 0.5, 5, rng=numpy.random.default_rng(1))
    assert coarse == pytest.approx(fine, abs=4 * 0.5 / 200**0.5)


def test_what_was_shown_is_never_impossible() -> None:
    features = [{"text": 0.9}, {"text": 0.5}, {"text": 0.0}]
    got = propensities(features, fit([], []), 0.01, 1, rng=numpy.random.default_rng(0), shown=[2], samples=100)
    assert got.tolist() == [1.0, 0.0, 0.01]
    assert propensities([], fit([], []), 0.5, 5, rng=numpy.random.default_rng(0)).tolist() == []


def test_what_was_judged_often_is_left_less_to_chance() -> None:
    rng = numpy.random.default_rng(0)
    effects = numpy.array([draw(fit([], []), 0.5, rng, [0, 3, 99]).effects for _ in range(4000)])
    assert effects.std(axis=0) == pytest.approx([0.5 * ITEM_SPREAD / (1 + n) ** 0.5 for n in (0, 3, 99)], rel=0.05)
    assert effects.mean(axis=0) == pytest.approx([0, 0, 0], abs=0.01)


TRUE = {"text": 0.0, "vector": 1.0, "facet": 2.5}


def hidden(rng: numpy.random.Generator, n: int = 60) -> list[dict[str, float]]:
    """Text leads the order and is worth nothing; tags are worth much, but only rows that text puts last have them."""
    text = 0.6 * rng.random(n) ** 0.5
    facet = 0.25 * (rng.random(n) < 0.3) * (text < 0.25)
    return [{"text": t, "vector": v, "facet": f} for t, v, f in zip(text.tolist(), (0.4 * rng.random(n)).tolist(), facet.tolist(), strict=True)]


def conversation(seed: int, explore: float, rounds: int) -> float:
    """NDCG@10 of new answers after so many answers of five, of which three rows each are judged, everything being learned after each."""
    worth = numpy.array([TRUE.get(name, 0.0) for name in SIGNALS])
    rng = numpy.random.default_rng(seed)
    impressions: list[Impression] = []
    events: list[Event] = []
    ranker = fit([], [])
    for q in range(rounds):
        features = hidden(rng)
        first = order_of(features, ranker, explore, rng)[:5]
        chance = propensities(features, ranker, explore, 5, rng=rng, shown=first)
        liked = rng.random(60) < probability(6 * matrix(features) @ worth - 2)
        impressions.append(Impression(f"a{q}", "m", q, "q", tuple(Shown(f"{q}/{n}", "T", r, 0.5, chance[n], features[n]) for r, n in enumerate(first, 1))))
        verdicts = [Verdict.LIKE if liked[n] else Verdict.DISLIKE for n in first[:3]]
        events += [Event("m", Thing(f"{q}/{n}", "T"), v, q, impression=f"a{q}", session=f"s{q // 5}") for n, v in zip(first, verdicts, strict=False)]
        ranker = fit(impressions, events)
    out, rng = [], numpy.random.default_rng(10_000 + seed)
    for _ in range(20):
        table = matrix(hidden(rng))
        order = numpy.argsort(-table @ [ranker.multipliers()[name] for name in SIGNALS], kind="stable")
        out.append(ndcg([str(n) for n in order[:10]], {str(n) for n in numpy.argsort(-table @ worth)[:6]}, 10))
    return float(numpy.mean(out))


def test_exploration_corrects_a_wrong_order_sooner() -> None:
    """Twelve people whose good rows the order hides: after fifteen answers those who explored are served better."""
    none, much = (numpy.array([conversation(seed, explore, 15) for seed in range(12)]) for explore in (0.0, 1.0))
    assert much.mean() > none.mean() + 0.05 and (much > none).sum() >= 8
