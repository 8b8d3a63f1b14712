"""Measuring a recommender over labelled requests: files are read or refused, grades counted, each request asked once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recsh.errors import UsageError
from recsh.evaluate import DEPTH, Scores, add, grades, measure, measure_bm25, read_requests
from recsh.metrics import MEASURES
from recsh.recommend import Options, Recommender


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines), encoding="utf-8")
    return path


def test_requests_are_read_without_the_licence_line(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", {"license": "CC0-1.0"}, "", {"query": "jazz", "relevant": ["a"]})
    assert read_requests(path) == [{"query": "jazz", "relevant": ["a"]}]


@pytest.mark.parametrize(("line", "said"), [("{", "not valid JSON"), ({"query": "x"}, "needs 'relevant'"), ({"query": "x", "relevant": "a"}, "needs 'relevant'")])
def test_a_wrong_line_is_named(tmp_path: Path, line: object, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read_requests(write(tmp_path / "q.jsonl", {"license": "x"}, line))
    assert ":2:" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none.jsonl"):
        read_requests(tmp_path / "none.jsonl")


def test_the_best_are_worth_twice() -> None:
    assert grades({"relevant": ["a", 2], "best": ["a"]}) == {"a": 2.0, "2": 1.0}
    assert grades({"relevant": ["a"], "grades": {"a": 3}}) == {"a": 3.0}


def test_a_request_worked_by_hand() -> None:
    """Ranked x, a; relevant a (best) and b: DCG 2/log2(3), ideal 2 + 1/log2(3)."""
    scores = Scores("s")
    add(scores, ["x", "a"], {"relevant": ["a", "b"], "best": ["a"]})
    assert {m: len(v) for m, v in scores.values.items()} == dict.fromkeys(MEASURES, 1)
    assert scores.mean("MRR") == 0.5 and scores.mean("R@5") == 0.5 and scores.mean("P@5") == 0.2
    assert scores.mean("NDCG@10") == pytest.approx(2 * 0.63093 / (2 + 0.63093), abs=1e-4)


def test_means_intervals_and_latencies() -> None:
    scores = Scores("s", ms=[float(i) for i in range(1, 101)])
    assert scores.mean("MRR") == 0 and Scores("s").latency(0.5) == 0
    for i in range(10):
        add(scores, ["a"] if i % 2 else ["x"], {"relevant": ["a"]})
    low, high = scores.interval("MRR")
    assert low < scores.mean("MRR") == 0.5 < high
    assert (scores.latency(0.5), scores.latency(0.95), scores.latency(1.0)) == (51, 96, 100)


@pytest.fixture(scope="module")
def requests() -> list[dict]:
    return read_requests(Path(__file__).parents[1] / "sample_data" / "music.queries.jsonl")[:15]


def test_a_recommender_is_measured_beside_bm25(music, semantic, requests: list[dict]) -> None:
    """The understanding of requests earns its keep: better than the words alone."""
    recommender = Recommender(music, semantic=semantic)
    ours, plain = measure(recommender, requests, "ours"), measure_bm25(recommender, requests)
    assert len(ours.ms) == len(plain.ms) == len(requests) and ours.mean("NDCG@10") > plain.mean("NDCG@10") > 0
    assert all(0 <= v <= 1 for s in (ours, plain) for values in s.values.values() for v in values)


def test_what_was_seen_is_not_shown_and_reasons_are_not_made(music, semantic, requests: list[dict]) -> None:
    asked: list[tuple[str, Options]] = []

    class Watched(Recommender):
        def ask(self, text, options=Options(), **more):
            asked.append((text, options))
            return super().ask(text, options, **more)

    recommender = Watched(music, semantic=semantic)
    request = {**requests[0], "seen": requests[0]["relevant"]}
    assert measure(recommender, [request], "none left").mean("R@50") == 0
    assert measure_bm25(recommender, [request]).mean("R@50") == 0
    ((text, options),) = asked
    assert text == request["query"] and options.limit == DEPTH and not options.reasons and options.exclude == tuple(request["seen"])
