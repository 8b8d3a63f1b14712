"""The order a person sees: the model's word by its weight, each thing once, as alike as asked for."""

from __future__ import annotations

from math import inf, nan

from msgspec.structs import replace
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh.rank import contenders, distinct, diversify, identity, likeness, share, with_verdicts
from recsh.types import Candidate, Item, Source


def candidate(n: int, score: float, title: str = "", creator: str = "", tags: tuple[str, ...] = ()) -> Candidate:
    return Candidate(Item(n, f"i{n}", title or f"Title {n}", creator, tags), score, {"text": score})


SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=12)
ODDS = st.one_of(st.floats(-20, 20), st.sampled_from([inf, -inf, nan, 1e300]))


@settings(max_examples=200, deadline=None)
@given(SCORES, st.data(), st.floats(0, 1))
def test_scores_stay_in_bounds_and_fall(scores: list[float], data: st.DataObject, weight: float) -> None:
    """Whatever log-odds come, for whichever rows: nothing is lost, scores are in 0..1, best first."""
    candidates = [candidate(i, s) for i, s in enumerate(scores)]
    verdicts = data.draw(st.dictionaries(st.integers(0, len(scores) - 1), ODDS))
    out = with_verdicts(candidates, verdicts, weight)
    assert {c.item.n for c in out} == {c.item.n for c in candidates}
    assert all(0 <= c.score <= 1 for c in out)
    if verdicts and weight > 0:
        assert [c.score for c in out] == sorted((c.score for c in out), reverse=True)


@given(SCORES, st.floats(-5, 5))
def test_without_weight_or_with_one_opinion_of_all_the_order_stays(scores: list[float], odds: float) -> None:
    candidates = [candidate(i, s) for i, s in enumerate(sorted(scores, reverse=True))]
    assert with_verdicts(candidates, {c.item.n: odds for c in candidates}, 0.0) == candidates
    assert [c.item.n for c in with_verdicts(candidates, {c.item.n: odds for c in candidates}, 0.5)] == [c.item.n for c in candidates]
    assert with_verdicts(candidates, {}, 1.0) == candidates


@given(SCORES.filter(lambda s: len(s) > 1), st.data())
def test_with_the_whole_weight_the_model_alone_decides(scores: list[float], data: st.DataObject) -> None:
    odds = data.draw(st.lists(st.integers(-9, 9), min_size=len(scores), max_size=len(scores), unique=True))
    out = with_verdicts([candidate(i, s) for i, s in enumerate(scores)], dict(enumerate(map(float, odds))), 1.0)
    assert [c.item.n for c in out] == sorted(range(len(scores)), key=lambda i: -odds[i])


def test_a_worked_example() -> None:
    """Log-odds -1, 1, 3 are 0, 0.5 and 1; half of each and half of the score."""
    out = with_verdicts([candidate(0, 0.8), candidate(1, 0.6), candidate(2, 0.2), candidate(3, 0.1)], {0: -1.0, 1: 1.0, 2: 3.0}, 0.5)
    assert [(c.item.n, round(c.score, 3)) for c in out] == [(2, 0.6), (1, 0.55), (0, 0.4), (3, 0.05)]
    assert out[0].signals == {"text": 0.2, Source.MODEL: 1.0} and Source.MODEL not in out[3].signals


@pytest.mark.parametrize("title", ["Heart of Glass (Remastered)", "Heart of Glass (2011 Remaster)", "Heart of Glass - 2011 Remastered", "Heart of Glass [Deluxe Edition]", "HEART OF GLASS (Mono)", "Heart of Glass - Radio Edit", "Heart of Glass (Anniversary Edition)", "Heart Of Glass (Single Version)"])
def test_editions_are_one_thing(title: str) -> None:
    """The better-scored one stays."""
    assert [c.item.n for c in distinct([candidate(0, 0.9, title, "Blondie"), candidate(1, 0.8, "Heart of Glass", "Blondie")])] == [0]


@pytest.mark.parametrize(
    ("a", "b"),
    [(("Hurt", "Nine Inch Nails"), ("Hurt", "Johnny Cash")), (("Alien", "Scott"), ("Aliens", "Scott")), (("Rocky", "S"), ("Rocky II", "S")), (("Layla", "Clapton"), ("Layla (Live)", "Clapton")), (("Springfield", ""), ("Springfield", "")),
     (("(Mono)", "X"), ("(Stereo)", "X")), (("Single Ladies (Put a Ring on It)", "B"), ("Single Ladies", "B"))],
)  # fmt: skip
def test_other_things_are_not_folded(a: tuple[str, str], b: tuple[str, str]) -> None:
    """Covers, sequels, live takes, two towns of one name."""
    assert len(distinct([candidate(0, 0.9, *a), candidate(1, 0.8, *b)])) == 2


def test_identity_is_never_empty() -> None:
    assert all(identity(candidate(0, 0.0, t))[0] for t in ("(Remastered)", "[Mono]", "!!!"))


def naive_mmr(candidates: list[Candidate], limit: int, diversity: float) -> list[int]:
    """Maximal marginal relevance from its definition, every likeness computed anew."""
    chosen: list[Candidate] = []
    rest = list(candidates)
    while rest and len(chosen) < limit:
        worth = [(1 - diversity) * c.score - diversity * max((naive_likeness(c, d) for d in chosen), default=0.0) for c in rest]
        chosen.append(rest.pop(worth.index(max(worth))))
    return [c.item.n for c in chosen]


def naive_likeness(a: Candidate, b: Candidate) -> float:
    union = len({*a.item.tags} | {*b.item.tags})
    both = sum(t in b.item.tags for t in a.item.tags)
    return (both / union if union else 0.0) / 2 + (0.5 if a.item.creator and a.item.creator == b.item.creator else 0.0)


ROWS = st.lists(st.tuples(st.integers(0, 100), st.sampled_from(["", "ann", "bob"]), st.sets(st.sampled_from(["rock", "pop", "jazz", "sad"]))), max_size=10)


@settings(max_examples=200, deadline=None)
@given(ROWS, st.integers(1, 8), st.sampled_from([0.1, 0.3, 0.5, 0.9, 1.0]))
def test_diversity_is_maximal_marginal_relevance(rows: list[tuple[int, str, set[str]]], limit: int, diversity: float) -> None:
    candidates = sorted((candidate(i, s / 100, "", creator, tuple(sorted(tags))) for i, (s, creator, tags) in enumerate(rows)), key=lambda c: -c.score)
    assert [c.item.n for c in diversify(candidates, limit, diversity)] == naive_mmr(candidates, limit, diversity)


def test_no_diversity_keeps_the_order_and_all_of_it_takes_the_least_alike() -> None:
    alike = [candidate(0, 0.9, "", "ann", ("rock",)), candidate(1, 0.8, "", "ann", ("rock",)), candidate(2, 0.1, "", "bob", ("jazz",))]
    assert [c.item.n for c in diversify(alike, 2, 0.0)] == [0, 1]
    assert [c.item.n for c in diversify(alike, 2, 1.0)] == [0, 2]
    assert len(diversify(alike, 9, 0.5)) == 3 and diversify([], 5, 0.5) == []


@given(ROWS.filter(lambda r: len(r) > 1))
def test_likeness_is_symmetric_and_bounded(rows: list[tuple[int, str, set[str]]]) -> None:
    a, b = (candidate(i, 0.0, "", creator, tuple(tags)) for i, (_, creator, tags) in enumerate(rows[:2]))
    assert likeness(a, b) == likeness(b, a) and 0 <= likeness(a, b) <= 1


MANY = st.lists(st.tuples(st.integers(0, 100), st.sampled_from(["", "ann", "bob"]), st.sets(st.sampled_from(["rock", "pop", "jazz", "sad"])), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=14)


@settings(max_examples=500, deadline=None)
@given(MANY, st.integers(1, 5), st.sampled_from([0.0, 0.02, 0.05, 0.3, 0.5, 0.9, 1.0]), st.sampled_from([0.0, 0.05, 0.3, 1.0]))
def test_no_opinion_of_a_model_brings_others_among_the_shown(rows: list[tuple[int, str, set[str], float]], limit: int, part: float, diversity: float) -> None:
    """Whatever it says of every row, read or not: who is shown is among the contenders, which are the best of the list."""
    candidates = sorted((candidate(i, s / 100, str(i % 9), creator, tuple(sorted(tags))) for i, (s, creator, tags, _) in enumerate(rows)), key=lambda c: -c.score)
    read = contenders(candidates, limit, part, diversity)
    assert read == candidates[: len(read)]
    fused = sorted((replace(c, score=(1 - part) * c.score + part * rows[c.item.n][3]) for c in candidates), key=lambda c: -c.score)
    shown = {c.item.n for c in diversify(distinct(fused), limit, diversity)}
    if part > 0:
        assert shown <= {c.item.n for c in read}


def test_a_model_that_weighs_little_has_few_contenders() -> None:
    candidates = [candidate(i, 1 - i / 20, str(i)) for i in range(20)]
    assert [len(contenders(candidates, 5, part)) for part in (0.0, 0.01, 0.1, 0.3, 1.0)] == [20, 5, 7, 13, 20]
    assert len(contenders(candidates, 5, 0.01, 0.5)) == 5  # nothing is alike
    same = [candidate(i, 1 - i / 20, str(i), "ann") for i in range(20)]
    assert len(contenders(same, 5, 0.01, 0.2)) == 7  # .01/.99 + .25 * .5/.99 = .14 behind the fifth
    assert len(contenders(same, 30, 0.01)) == 20 and contenders([], 5, 0.1) == []


def test_what_was_learned_of_a_model_changes_its_part() -> None:
    assert share(0.3) == 0.3 and share(0.5, 3.0) == pytest.approx(0.75) and share(0.3, 0.0) == 0.0 and share(1.0, 2.0) > 0.99
