"""Measuring ways of asking: every request once, grades counted, differences and signals weighed, nothing of the person in it."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import fields
import pytest

from recsh.engine import Scripted
from recsh.evaluate import Scores, ablate, by_recommender, by_words, depth, differences, measure, model_worth, ndcg_without, report
from recsh.fusion import Weights
from recsh.labelled import Labelled, read_requests
from recsh.metrics import DEEP, measures
from recsh.recommend import Options, Recommender
from recsh.types import Mode


def wanted(*relevant: str, best: str = "", **more) -> Labelled:
    return Labelled("x", frozenset(relevant), dict.fromkeys(relevant, 1.0) | ({best: 2.0} if best else {}), **more)


@pytest.fixture(scope="module")
def requests() -> list[Labelled]:
    return read_requests(Path(__file__).parents[1] / "sample_data" / "music.queries.jsonl")[:15]


def test_a_request_worked_by_hand() -> None:
    """Ranked x, a; relevant a (best) and b: DCG 2/log2(3), ideal 2 + 1/log2(3)."""
    scores = Scores("s")
    scores.add(["x", "a"], wanted("a", "b", best="a"))
    assert {m: len(v) for m, v in scores.values.items()} == dict.fromkeys(measures(), 1)
    assert scores.mean("MRR") == 0.5 and scores.mean("R@5") == 0.5 and scores.mean("P@5") == 0.2
    assert scores.mean("NDCG@10") == pytest.approx(2 * 0.63093 / (2 + 0.63093), abs=1e-4)


def test_only_ndcg_looks_at_grades() -> None:
    """What is worth something without being right (graded shop search) is not found by precision."""
    scores = Scores("s")
    scores.add(["b"], Labelled("x", frozenset("a"), {"a": 3.0, "b": 1.5}))
    assert scores.mean("H@10") == 0 and scores.mean("NDCG@10") == pytest.approx(1.5 / (3 + 1.5 * 0.63093), abs=1e-4)


def test_means_intervals_and_latencies() -> None:
    scores = Scores("s", ms=[9999.0, *(float(i) for i in range(1, 101))])
    assert scores.mean("MRR") == 0 and Scores("s").latency(0.5) == 0 and Scores("s", ms=[7.0]).latency(0.5) == 7
    for i in range(10):
        scores.add(["a"] if i % 2 else ["x"], wanted("a"))
    low, high = scores.interval("MRR")
    assert low < scores.mean("MRR") == 0.5 < high
    assert (scores.latency(0.5), scores.latency(0.95), scores.latency(1.0)) == (51, 96, 100), "without the first, which loads"


def test_a_recommender_is_measured_beside_bm25(music, semantic, requests: list[Labelled]) -> None:
    """The understanding of requests earns its keep: better than the words alone."""
    recommender = Recommender(music, semantic=semantic)
    seen: list[tuple[str, int, int]] = []
    plain = measure("bm25", by_words(music.index), requests)
    ours = measure("ours", by_recommender(recommender), requests, progress=lambda *done: seen.append(done))
    assert len(ours.ms) == len(plain.ms) == len(requests) and ours.mean("NDCG@10") > plain.mean("NDCG@10") > 0
    assert all(0 <= v <= 1 for s in (ours, plain) for values in s.values.values() for v in values)
    assert seen == [("ours", n, len(requests)) for n in range(len(requests))]
    rows = [d for d in differences([plain, ours]) if d["measure"] == "NDCG@10"]
    assert [(d["system"], d["against"]) for d in rows] == [("ours", "bm25")]
    assert rows[0]["difference"] == pytest.approx(ours.mean("NDCG@10") - plain.mean("NDCG@10")) and rows[0]["p"] <= rows[0]["p_holm"]


class Watched(Recommender):
    """A recommender that remembers what it was asked."""

    def ask(self, text="", options=Options(), **more):
        self.watched = [*getattr(self, "watched", []), (text, options)]
        return super().ask(text, options, **more)


def test_what_was_seen_is_not_shown_and_nothing_is_remembered(music, semantic, requests: list[Labelled]) -> None:
    """Of the person who measures, nothing: no taste, no line in the log, and no reasons are made."""
    recommender = Watched(music, semantic=semantic)
    request = Labelled(requests[0].query, requests[0].relevant, requests[0].grades, (*requests[0].relevant, "no such id"), requests[0].query)
    assert measure("none left", by_recommender(recommender, Options(taste=True, log=True)), [request]).mean("R@50") == 0
    assert measure("bm25", by_words(music.index), [request]).mean("R@50") == 0
    ((text, options),) = recommender.watched
    assert text == request.query and options.limit == DEEP and options.exclude == request.seen
    assert not options.reasons and not options.taste and not options.log


def test_the_last_turn_alone(music) -> None:
    request = Labelled("User: sad piano\nUser: thrash metal", frozenset({"x"}), {"x": 1.0}, (), "thrash metal")
    words, last = (by_words(music.index, 5, last=only)(request).items for only in (False, True))
    assert all("metal" in " ".join(i.tags) for i in last) and [i.id for i in words] != [i.id for i in last]


def test_how_deep_is_asked(music) -> None:
    """A model that writes pays for every line; what is judged or merely retrieved costs the same at any length."""
    bare, judge = Recommender(music), Recommender(music, Scripted())
    assert depth(bare, Options(), None, (5, 10)) == depth(judge, Options(), None, (5, 10)) == DEEP
    assert depth(judge, Options(mode=Mode.WRITE), None, (5, 10)) == depth(judge, Options(free=True), None, (5, 10)) == 10
    assert depth(bare, Options(), 5, (5, 10)) == 10 and depth(bare, Options(), 20, (5,)) == 20


def test_a_model_that_fails_is_counted(music, requests: list[Labelled]) -> None:
    """Nobody shall take retrieval for the model: answers it had no part in are counted."""
    from recsh.errors import EngineError

    class Broken(Scripted):
        def judge(self, prompt):
            raise EngineError("broken")

    scores = measure("broken", by_recommender(Recommender(music, Broken())), requests[:2])
    assert scores.alone == 2 and scores.engine is None


def test_signals_are_switched_off_in_turn(music, semantic, requests: list[Labelled]) -> None:
    """Every weight there is has a line; tags carry these requests; what nobody knows of the person moves nothing."""
    recommender = Recommender(music, semantic=semantic)
    found = {row["signal"]: row for row in ablate(recommender, requests)}
    assert [*found] == [f.name for f in fields(Weights)]
    assert found["facet"]["difference"] > 0.05 and found["facet"]["changed"] > 5 and found["facet"]["low"] <= found["facet"]["difference"] <= found["facet"]["high"]
    assert found["taste"]["changed"] == found["collab"]["changed"] == 0 and found["taste"]["p"] == 1 and found["taste"]["sign"] == 0


def test_with_every_signal_the_ablation_measures_what_is_answered(music, semantic, requests: list[Labelled]) -> None:
    """The road of the ablation leads to the same lists as a question."""
    recommender = Recommender(music, semantic=semantic)
    scores = measure("all", by_recommender(recommender), requests)
    assert [ndcg_without(recommender, r, 10)(None) for r in requests] == pytest.approx(scores.values["NDCG@10"])


def test_the_worth_of_the_model_is_the_difference_of_answers() -> None:
    """Better in one request of two, by 1 - 1/log2(3)."""
    asked, bare = Scores("m"), Scores("none")
    for scores, ranked in ((asked, ["a"]), (bare, ["x", "a"])):
        scores.add(ranked, wanted("a"))
        scores.add(["a"], wanted("a"))
    (row,) = model_worth(asked, bare)
    assert row["signal"] == "model" and row["difference"] == pytest.approx((1 - 0.63093) / 2, abs=1e-4) and row["changed"] == 1 and row["sign"] == 0


def test_the_report_has_every_key(music, semantic, requests: list[Labelled]) -> None:
    scores = [measure("bm25", by_words(music.index, 10), requests[:3], measures((2,), None))]
    found = report("requests", music, scores, created_at="2026-01-01T00:00:00Z", n=3, of=77, source="q.jsonl", cuts=(2,))
    assert found["main"] == "NDCG@2" and found["catalog"]["items"] == music.index.rows and found["differences"] == [] and found["ablation"] is None
    (system,) = found["systems"]
    assert {*system["measures"]} == {*measures((2,), None)} and system["measures"]["MRR"]["n"] == 3 and system["lists"]["k"] == 2
