"""Learning what each signal is worth: the examples in a log, the regression against other implementations, and people made up for the purpose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random

import numpy
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from recsh.floods import GROUP_CAP, ITEM_CAP
from recsh.learn import (
    CLIP,
    HALF_LIFE,
    PRIOR,
    SIGNALS,
    SLOPE,
    SPREAD,
    SPREAD_BASE,
    SPREAD_NEW,
    SPREAD_RANK,
    WEAK,
    Examples,
    examples,
    fit,
    learn,
    matrix,
)  # fmt: skip
from recsh.logistic import posterior, probability
from recsh.metrics import ndcg
from recsh.types import Event, Impression, Shown, Source, Thing, Verdict

DAY = 86_400.0
KINDS = (
    {"text": 0.14, "vector": 0.25, "facet": 1.0, "model": 0.6}, {"text": 0.35, "vector": 1.0, "popular": 0.2, "model": 1.2},
    {"text": 0.05, "vector": 0.1, "neighbour": 1.0, "model": 1.0}, {"text": 1.0, "vector": 0.5, "model": 1.0},
)  # fmt: skip


def shown(features: Sequence[Mapping[str, float]], name: str, propensity: float = 1.0) -> tuple[Shown, ...]:
    return tuple(Shown(f"{name}/{n}", "T", n + 1, sum(f.values()), propensity, f) for n, f in enumerate(features))


def event(item: str, verdict: Verdict, answer: str, at: float, value: float | None = None, session: str = "s") -> Event:
    return Event("music", Thing(item, "T"), verdict, at, value, impression=answer, session=session)


def candidates(rng: numpy.random.Generator, kind: int | None = None, n: int = 40) -> list[dict[str, float]]:
    """Rows for a request of some kind: the shares of their signals, as in retrieval."""
    weights = KINDS[rng.integers(len(KINDS)) if kind is None else kind]
    total = sum(weights.values())
    return [{name: float(rng.beta(1.2, 2.0)) * w / total for name, w in weights.items()} for _ in range(n)]


def simulate(seed: int, true: Mapping[str, float], verdicts: int, *, base: Sequence[float] = (0.0,) * 4, position: float = -0.3):
    """(impressions, events) of someone whose likes follow `true` multipliers, while answers are in the order without learning."""
    rng = numpy.random.default_rng(seed)
    worth = numpy.array([true.get(name, PRIOR[name]) for name in SIGNALS])
    impressions: list[Impression] = []
    events: list[Event] = []
    while len(events) < verdicts:
        kind, q = int(rng.integers(len(KINDS))), len(impressions)
        rows = sorted(candidates(rng, kind), key=lambda f: -sum(f.values()))[:8]
        odds = SLOPE * matrix(rows) @ worth
        odds += base[kind] - odds.mean() + rng.normal(0, 1, len(rows)) + position * numpy.log2(numpy.arange(len(rows)) + 2.0)
        impressions.append(Impression(f"a{q}", "music", q * 600.0, "q", shown(rows, f"a{q}"), session=f"s{q // 6}"))
        for n, p in enumerate(probability(odds)):
            if rng.random() < 0.45 * 0.85**n:
                verdict = Verdict.LIKE if rng.random() < p else Verdict.DISLIKE
                events.append(event(f"a{q}/{n}", verdict, f"a{q}", q * 600.0 + n, session=f"s{q // 6}"))
    return impressions, events[:verdicts]


def quality(multipliers: Mapping[str, float], true: Mapping[str, float], seed: int = 77) -> float:
    """NDCG@10 of new requests, where the six best by `true` are relevant."""
    rng, out = numpy.random.default_rng(seed), []
    for _ in range(60):
        rows = matrix(candidates(rng))
        best = rows @ [true.get(name, PRIOR[name]) for name in SIGNALS]
        order = numpy.argsort(-rows @ [multipliers[name] for name in SIGNALS], kind="stable")
        out.append(ndcg([str(n) for n in order[:10]], {str(n) for n in numpy.argsort(-best)[:6]}, 10))
    return float(numpy.mean(out))


# --- examples --------------------------------------------------------------------------------------------------------


def weights_of(events: Sequence[Event], rows: int = 5, propensity: float = 1.0) -> dict[str, tuple[float, float]]:
    """item -> (liked, weight) for one answer of `rows` rows."""
    answer = Impression("a", "music", 0.0, "q", shown([{"text": 0.1 * n} for n in range(rows)], "a", propensity))
    seen = examples([answer], events)
    return {item: (liked, pytest.approx(weight)) for item, liked, weight in zip(seen.item, seen.liked.tolist(), seen.weight.tolist(), strict=True)}


def test_verdicts_and_what_was_passed_over_are_examples() -> None:
    """A like at rank 4 after a dislike at 2: 3 was passed over; 1 was bought, which judges nothing; 5 was perhaps not seen."""
    log = [event("a/1", Verdict.DISLIKE, "a", 1), event("a/0", Verdict.CONSUMED, "a", 2), event("a/3", Verdict.LIKE, "a", 3)]
    assert weights_of(log) == {"a/1": (0.0, 0.5 ** (1 / HALF_LIFE)), "a/3": (1.0, 1.0), "a/2": (0.0, WEAK)}


def test_rows_above_a_dislike_are_not_passed_over() -> None:
    """That someone speaks ill of the third row says nothing about the first two."""
    assert weights_of([event("a/2", Verdict.DISLIKE, "a", 1)]) == {"a/2": (0.0, 1.0)}


@pytest.mark.parametrize(
    ("verdict", "value", "expected"),
    [(Verdict.RATING, 5, (1.0, 1.0)), (Verdict.RATING, 4, (1.0, 0.5)), (Verdict.RATING, 1, (0.0, 1.0)), (Verdict.SKIP, None, (0.0, 0.3)), (Verdict.RATING, 3, None)],
)
def test_the_newest_verdict_counts_by_its_degree(verdict: Verdict, value: float | None, expected: tuple[float, float] | None) -> None:
    """An earlier like is taken back by it; a note after it takes nothing back."""
    log = [event("a/0", Verdict.LIKE, "a", 1), event("a/0", verdict, "a", 2, value), event("a/0", Verdict.NOTE, "a", 3)]
    assert weights_of(log) == ({} if expected is None else {"a/0": expected})


def test_what_belongs_to_no_known_answer_is_no_example() -> None:
    log = [event("a/0", Verdict.LIKE, "gone", 1), event("elsewhere", Verdict.LIKE, "a", 1), Event("music", Thing("a/0", "T"), Verdict.LIKE, 1.0)]
    assert weights_of(log) == {} and fit([Impression("e", "music", 0.0, "q")], [event("x", Verdict.LIKE, "e", 1)]).evidence == 0


def test_what_was_shown_by_chance_counts_more() -> None:
    """Two answers with a like each, one sure and one at one in two: 1 and 2, times (1 + 2) / (1 + 4)."""
    answers = [Impression(n, "music", 0.0, "q", shown([{"text": 0.5}], n, p)) for n, p in (("a", 1.0), ("b", 0.5), ("c", CLIP / 100))]
    both = [event("a/0", Verdict.LIKE, "a", 1), event("b/0", Verdict.LIKE, "b", 1)]
    seen = examples(answers, both)
    assert seen.weight[1] / seen.weight[0] == pytest.approx(2.0, rel=0.01) and seen.weight.sum() == pytest.approx(1.8, rel=0.01)
    rare = examples(answers, [*both[:1], event("c/0", Verdict.LIKE, "c", 1)])
    assert rare.weight[1] / rare.weight[0] == pytest.approx(1 / CLIP, rel=0.01)


def test_features_that_are_no_numbers_are_nothing() -> None:
    assert matrix([{"text": float("nan"), "vector": 7.0, "unheard of": 1.0, Source.FACET: -2.0}]).tolist() == [[0, 1, -1, *[0] * (len(SIGNALS) - 3)]]


# --- the regression --------------------------------------------------------------------------------------------------


def made_up(seed: int = 0, n: int = 120, p: int = 6):
    rng = numpy.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    y = (rng.random(n) < probability(x @ rng.normal(size=p))).astype(float)
    return rng, x, y, rng.uniform(0.1, 2.0, n)


def test_the_regression_agrees_with_scikit_learn() -> None:
    """A prior of its own for every coefficient is a common one on scaled columns."""
    rng, x, y, weight = made_up()
    spread = rng.uniform(0.2, 2.0, 6)
    other = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, max_iter=1000).fit(x * spread, y, sample_weight=weight)
    theta, _ = posterior(x, y, weight, numpy.zeros(6), 1 / spread**2)
    assert theta == pytest.approx(other.coef_[0] * spread, abs=1e-5)


def test_mean_offset_and_covariance_agree_with_plain_calculus() -> None:
    """The maximum by another optimiser, the covariance from second differences of the log posterior."""
    rng, x, y, weight = made_up(1)
    mean, precision, offset = rng.normal(size=6), rng.uniform(0.5, 4.0, 6), rng.normal(size=120)

    def minus_log(theta: numpy.ndarray) -> float:
        p = 1 / (1 + numpy.exp(-(offset + x @ theta)))
        return float(-weight @ (y * numpy.log(p) + (1 - y) * numpy.log(1 - p)) + 0.5 * precision @ (theta - mean) ** 2)

    theta, covariance = posterior(x, y, weight, mean, precision, offset)
    assert theta == pytest.approx(minimize(minus_log, mean, method="BFGS", options={"gtol": 1e-6}).x, abs=1e-4)
    h, axes = 1e-3, numpy.eye(6) * 1e-3
    hessian = [[(minus_log(theta + a + b) - minus_log(theta + a - b) - minus_log(theta - a + b) + minus_log(theta - a - b)) / (4 * h * h) for b in axes] for a in axes]
    assert covariance == pytest.approx(numpy.linalg.inv(hessian), rel=1e-3, abs=1e-6)


def test_the_regression_ends_where_classes_fall_apart_or_prior_and_data_quarrel() -> None:
    x = numpy.array([[50.0], [-50.0], [50.0]])
    theta, covariance = posterior(x, numpy.array([0.0, 1.0, 0.0]), numpy.full(3, 1e3), numpy.array([40.0]), numpy.array([1e-4]))
    assert theta[0] < 0 and numpy.isfinite(covariance).all()


def test_intervals_hold_what_they_promise() -> None:
    """Multipliers drawn from the prior, verdicts from the model: 90% intervals hold nine in ten, 50% ones half."""
    rng, inside = numpy.random.default_rng(3), []
    prior, spread = numpy.array([*PRIOR.values()]), numpy.array([SPREAD if m else SPREAD_NEW for m in PRIOR.values()])
    for _ in range(150):
        n, true = 200, rng.normal(prior, spread)
        x, rank = rng.uniform(0, 0.6, (n, len(SIGNALS))), rng.integers(1, 9, n).astype(float)
        odds = SLOPE * (x - 0.3) @ true + rng.normal(0, SPREAD_BASE) + rng.normal(0, SPREAD_RANK) * (numpy.log2(rank + 1) - 1)
        liked = (rng.random(n) < probability(odds)).astype(float)
        ranker = learn(Examples((0,) * n, ("i",) * n, x, numpy.full_like(x, 0.3), rank, liked, numpy.ones(n), n))
        inside.append(numpy.abs(ranker.mean - true) / numpy.sqrt(ranker.covariance.diagonal()))
    assert 0.87 < (numpy.array(inside) < 1.645).mean() < 0.93 and 0.46 < (numpy.array(inside) < 0.674).mean() < 0.54


# --- what is learned -------------------------------------------------------------------------------------------------


def test_an_empty_log_changes_nothing() -> None:
    ranker = fit([], [])
    assert ranker.multipliers() == dict(PRIOR) and ranker.evidence == 0
    assert fit([], [], prior={"adapter": 0.7}).multipliers()["adapter"] == 0.7


def test_the_order_of_the_log_does_not_matter() -> None:
    impressions, events = simulate(0, {}, 60)
    whole = fit(impressions, events)
    Random(1).shuffle(impressions)
    Random(2).shuffle(events)
    again = fit(impressions, events)
    assert again.mean == pytest.approx(whole.mean, abs=1e-9) and again.covariance == pytest.approx(whole.covariance, abs=1e-9)


def test_a_few_verdicts_change_little() -> None:
    """Ten verdicts of someone whom the order without learning suits perfectly cost next to nothing."""
    learned = [fit(*simulate(seed, {}, 10)).multipliers() for seed in range(10)]
    assert max(abs(m[name] - PRIOR[name]) for m in learned for name in SIGNALS) < 0.5
    assert numpy.mean([quality(m, {}) for m in learned]) > 0.97


@pytest.mark.parametrize(
    ("name", "true", "left", "gained"), [("model", -0.5, 0.5, 0.2), ("model", 0.0, 0.65, 0.1), ("vector", -0.5, 0.65, 0.04), ("text", 0.0, 0.7, 0.02), ("vector", 0.0, 0.8, 0.015)]
)
def test_a_bad_signal_fades(name: str, true: float, left: float, gained: float) -> None:
    """One that misleads or means nothing loses weight the more is known, and the order gets better by it."""
    few, many = [], []
    for seed in range(12):
        impressions, events = simulate(seed, {name: true}, 400)
        few.append(fit(impressions, events[:60]).multipliers())
        many.append(fit(impressions, events).multipliers())
    assert numpy.mean([m[name] for m in many]) < numpy.mean([m[name] for m in few]) < 1.0
    assert numpy.mean([m[name] for m in many]) < left
    assert numpy.mean([quality(m, {name: true}) for m in many]) > quality(PRIOR, {name: true}) + gained


def test_a_good_signal_rises() -> None:
    learned = [fit(*simulate(seed, {"vector": 2.5}, 300)).multipliers() for seed in range(6)]
    assert numpy.mean([m["vector"] for m in learned]) > 1.2
    assert numpy.mean([quality(m, {"vector": 2.5}) for m in learned]) > quality(PRIOR, {"vector": 2.5}) + 0.01


def test_novelty_goes_either_way_and_nothing_else_below_nothing() -> None:
    rng = numpy.random.default_rng(5)
    rows = [[{"novelty": float(rng.random()), "text": float(rng.random())} for _ in range(2)] for _ in range(200)]
    answers = [Impression(f"a{n}", "music", 0.0, "q", shown(r, f"a{n}")) for n, r in enumerate(rows)]
    old_and_off = [max((0, 1), key=lambda n: -r[n]["novelty"] - r[n]["text"]) for r in rows]
    log = [event(f"a{q}/{n}", Verdict.LIKE if n == best else Verdict.DISLIKE, f"a{q}", q, session=f"s{q // 9}") for q, best in enumerate(old_and_off) for n in (0, 1)]
    multipliers = fit(answers, log).multipliers()
    assert multipliers["novelty"] < -0.1 and multipliers["text"] == 0.0


def test_an_easy_kind_of_question_is_no_merit_of_its_signals() -> None:
    """Requests by tag are always liked, sentences hardly ever, and within each the order was right."""
    learned = [fit(*simulate(seed, {}, 200, base=(2.5, -2.5, 1.0, -1.0))).multipliers() for seed in range(6)]
    assert numpy.mean([quality(m, {}) for m in learned]) > 0.95


def test_being_shown_first_is_not_taken_for_merit() -> None:
    """Verdicts by place alone: the place takes part of the blame, in the regression only."""
    impressions, events = simulate(0, dict.fromkeys(SIGNALS, 0.0), 300, base=(2.0,) * 4, position=-1.5)
    ranker = fit(impressions, events)
    assert ranker.rank < -0.3 and "rank" not in ranker.multipliers()


def flood(times: int, *, items: int = 1, sessions: int = 10_000) -> dict[str, float]:
    impressions, events = simulate(0, {}, 60)
    rows = [{"text": 0.0, "vector": 0.5}, {"text": 0.5, "vector": 0.0}]
    for t in range(times):
        answer = tuple(Shown(f"flood{t % items}" if n == 1 else f"above{t % items}", "T", n + 1, 0.5, 1.0, f) for n, f in enumerate(rows))
        impressions.append(Impression(f"f{t}", "music", 1e6 + t, "q", answer))
        events.append(event(f"flood{t % items}", Verdict.LIKE, f"f{t}", 1e6 + t, session=f"f{t % sessions}"))
    return fit(impressions, events[-HALF_LIFE:]).multipliers()


def test_a_flood_of_verdicts_moves_so_much_and_no_more() -> None:
    """A hundred likes of one item are worth what its cap says, and from many items at once what a conversation may."""
    calm, one, hundred = flood(0), flood(2), flood(100)
    assert abs(hundred["text"] - calm["text"]) < 2 * abs(one["text"] - calm["text"]) + 0.05 and ITEM_CAP == 2
    assert hundred["text"] == pytest.approx(flood(140)["text"], abs=0.05)
    answers = [Impression(f"a{n}", "music", 0.0, "q", shown([{"text": 0.5}], f"a{n}")) for n in range(150)]
    at_once = [event(f"a{n}/0", Verdict.LIKE, f"a{n}", DAY + n, session="") for n in range(150)]
    assert examples(answers, at_once).weight.sum() == pytest.approx(GROUP_CAP)


def test_probabilities_are_those_of_the_verdicts() -> None:
    """Within what was seen the predicted share of likes is the true one."""
    impressions, events = simulate(4, {}, 400, position=0.0)
    ranker = fit(impressions, events)
    at = {i.id: i for i in impressions}
    predicted = [ranker.probability(at[e.impression].shown[int(e.thing.id.split("/")[1])].features, [s.features for s in at[e.impression].shown]) for e in events]
    liked = numpy.array([e.verdict is Verdict.LIKE for e in events])
    assert numpy.mean(predicted) == pytest.approx(liked.mean(), abs=0.1) and 0 < min(predicted) < max(predicted) < 1
    assert numpy.mean(numpy.array(predicted)[liked]) > numpy.mean(numpy.array(predicted)[~liked])
    assert 0 < ranker.probability({"text": 0.2}) < 1


def test_the_summary_is_json() -> None:
    summary = json.loads(json.dumps(fit(*simulate(0, {}, 30)).summary()))
    assert summary["verdicts"] == 30 and [*summary["signals"]] == [str(name) for name in SIGNALS]
    assert 0 < summary["signals"]["text"]["sd"] <= SPREAD and summary["signals"]["collab"]["sd"] == SPREAD
