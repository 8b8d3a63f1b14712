"""Off-policy estimates against logs whose truth is known: unbiased, sure to the degree they say, and silent where a log cannot tell."""

from __future__ import annotations

from itertools import combinations

from msgspec.structs import replace
import numpy
import pytest

from recsh.replay import ENOUGH, Past, replay, rewards
from recsh.types import Event, Impression, Shown, Thing, Verdict

ITEMS = [f"i{n}" for n in range(6)]
LIKED = numpy.array([0.9, 0.7, 0.5, 0.3, 0.2, 0.1])  # how often each is liked, in truth
K = 2


def inclusion(odds: numpy.ndarray) -> tuple[list[tuple[int, ...]], numpy.ndarray, numpy.ndarray]:
    """A policy that shows two of six, the pair with a probability as its odds: (pairs, their probabilities, each item's)."""
    pairs = list(combinations(range(len(ITEMS)), K))
    chances = numpy.array([odds[a] * odds[b] for a, b in pairs])
    chances /= chances.sum()
    each = numpy.zeros(len(ITEMS))
    for pair, chance in zip(pairs, chances, strict=True):
        each[list(pair)] += chance
    return pairs, chances, each


LOGGING, NEW = inclusion(numpy.array([1.0, 1, 1, 2, 2, 2])), inclusion(numpy.array([4.0, 3, 2, 1, 1, 0.5]))
TRUTH, BEFORE = float(NEW[2] @ LIKED) / K, float(LOGGING[2] @ LIKED) / K


def log(answers: int, seed: int, judged: float = 0.7) -> tuple[list[Impression], list[Event]]:
    """Answers of the logging policy, each shown line judged with this probability."""
    rng = numpy.random.default_rng(seed)
    impressions, events = [], []
    for n in range(answers):
        pair = LOGGING[0][rng.choice(len(LOGGING[0]), p=LOGGING[1])]
        shown = tuple(Shown(ITEMS[i], ITEMS[i], rank, 0.5, float(LOGGING[2][i])) for rank, i in enumerate(pair, 1))
        impressions.append(Impression(f"a{n}", "music", float(n), "jazz", shown, explore=0.5))
        for i in pair:
            if rng.random() < judged:
                verdict = Verdict.LIKE if rng.random() < LIKED[i] else Verdict.DISLIKE
                events.append(Event("music", Thing(ITEMS[i], ITEMS[i]), verdict, n + 0.5, impression=f"a{n}", id=len(events) + 1))
    return impressions, events


def new(impression: Impression) -> dict[str, float]:
    return dict(zip(ITEMS, map(float, NEW[2]), strict=True))


@pytest.fixture(scope="module")
def many():
    return [replay(*log(150, seed), new, seed=seed) for seed in range(120)]


@pytest.mark.parametrize("name", ["ips", "snips", "dr"])
def test_estimates_are_unbiased(many, name: str) -> None:
    """Their mean over 120 logs is the truth, within three standard errors (and a hundredth, for the self-normalised)."""
    values = numpy.array([getattr(r, name).value for r in many])
    assert abs(values.mean() - TRUTH) < 3 * values.std() / len(values) ** 0.5 + 0.01 * (name == "snips")
    assert TRUTH - BEFORE > 0.1, "or there would be nothing to find"


def test_what_was_logged_is_its_own_mean(many) -> None:
    assert numpy.mean([r.logged.value for r in many]) == pytest.approx(BEFORE, abs=0.01) and all(r.logged.gain == 0 for r in many)


def test_the_doubly_robust_varies_less(many) -> None:
    spread = {name: numpy.std([getattr(r, name).value for r in many]) for name in ("ips", "snips", "dr")}
    assert spread["dr"] < 0.75 * spread["ips"] and spread["snips"] < spread["ips"]


@pytest.mark.parametrize("name", ["ips", "snips", "dr"])
def test_intervals_hold_the_truth_as_often_as_they_say(many, name: str) -> None:
    """95% of 120, within what chance allows: 88% at least. The gain's interval too."""
    found = [getattr(r, name) for r in many]
    assert numpy.mean([e.low <= TRUTH <= e.high for e in found]) >= 0.88
    assert numpy.mean([e.gain_low <= TRUTH - BEFORE <= e.gain_high for e in found]) >= 0.88
    assert all(e.gain_low <= e.gain <= e.gain_high for e in found)


def test_the_logging_policy_replayed_is_what_was_logged() -> None:
    impressions, events = log(60, 1)
    found = replay(impressions, events, lambda i: dict(zip(ITEMS, map(float, LOGGING[2]), strict=True)))
    assert found.ips.value == pytest.approx(found.logged.value) == pytest.approx(found.snips.value) and found.effective == pytest.approx(found.examples)
    assert found.ips.gain == pytest.approx(0) and found.snips.gain_low == pytest.approx(0) and found.explored


def test_by_hand() -> None:
    """Two answers, p .5: a liked, b disliked; the new ranking shows a for sure. w = 2 and 0: IPS (2 + 0) / 2, SNIPS 2 / 2, n in effect 1."""
    lines = {i: (Shown(i, i, 1, 0.5, 0.5),) for i in "ab"}
    impressions = [Impression(f"x{i}", "m", 0.0, "q", lines[i]) for i in "ab"]
    events = [Event("m", Thing("a", "a"), Verdict.LIKE, 1.0, impression="xa"), Event("m", Thing("b", "b"), Verdict.DISLIKE, 1.0, impression="xb")]
    found = replay(impressions, events, lambda i: {"a": 1.0})
    assert (found.logged.value, found.ips.value, found.snips.value, found.effective, found.overlap) == (0.5, 1.0, 1.0, 1.0, 0.5)
    # g of a in xa: the other answer's mean, 0, alone; in xb: (1 + 5 * 1) / 6 = 1. DR: (0 + 2 * (1 - 0) + 1 + 0) / 2
    assert found.dr.value == pytest.approx(1.5)


def test_without_exploration_only_what_agrees_is_judged() -> None:
    impressions, events = log(200, 2)
    certain = [replace(i, shown=tuple(replace(s, propensity=1.0) for s in i.shown), explore=0.0) for i in impressions]
    found = replay(certain, events, lambda i: {"i0": 1.0, "i1": 1.0})
    both = [e.worth > 0 for e in events if e.thing.id in ("i0", "i1")]
    assert found.ips is None and found.dr is None and not found.explored and "without exploration" in found.warnings[0]
    assert found.snips.value == pytest.approx(numpy.mean(both)) and found.overlap == pytest.approx(len(both) / len(events)) and found.effective == pytest.approx(len(both))


def test_little_is_said_of_little() -> None:
    impressions, events = log(10, 3)
    found = replay(impressions, events, new)
    assert found.effective < ENOUGH and "too few" in found.warnings[-1]
    assert replay(*log(200, 3), new).warnings == ()
    nothing = replay(impressions, [], new)
    assert nothing.examples == 0 and nothing.logged is None and "no answer" in nothing.warnings[0] and nothing.as_dict()["ips"] is None
    apart = replay(impressions, events, lambda i: {"never shown": 1.0})
    assert apart.snips is None and apart.overlap == 0 and apart.ips.value == 0


def test_what_counts_as_a_reward() -> None:
    """The newest verdict on a line that was shown; what judges nothing is no reward, nor a verdict on something else."""
    shown = (Shown("a", "a", 1, 0.5), Shown("b", "b", 2, 0.5), Shown("c", "c", 3, 0.5))
    answers = [Impression("x", "m", 0.0, "q", shown)]

    def event(item: str, verdict: Verdict, at: float, **more) -> Event:
        return Event("m", Thing(item, item), verdict, at, **{"impression": "x", **more})

    events = [
        event("a", Verdict.LIKE, 2.0, id=2), event("a", Verdict.DISLIKE, 1.0, id=3), event("b", Verdict.RATING, 1.0, value=4.0), event("b", Verdict.NOTE, 9.0),
        event("c", Verdict.SKIP, 1.0), event("z", Verdict.LIKE, 1.0), event("c", Verdict.LIKE, 9.0, impression="other"), event("c", Verdict.LIKE, 9.0, impression=None),
    ]  # fmt: skip
    assert rewards(answers, events) == {"x": {"a": 1.0, "b": 0.75, "c": pytest.approx(0.35)}}


def test_the_past_knows_nothing_of_what_came_after() -> None:
    """So that an answer is not asked for again with the verdict it earned."""
    impressions, events = log(20, 4)
    past = Past(events, impressions, (), 10.0)
    assert [i.id for i in past.impressions("music")] == [f"a{n}" for n in range(10)] and past.impressions("books") == []
    assert {e.impression for e in past.events()} <= {f"a{n}" for n in range(10)} and past.events(limit=2) == past.events()[-2:] and past.events(limit=0) == []
    assert past.stamp() != Past(events, impressions, (), 11.0).stamp() and past.marks("music") == []
