"""Run a recommender over labelled requests and measure it, beside plain BM25 on the same index.

A request is a JSON object with `query` and `relevant` (ids), optionally `best` or `grades` (id -> grade), `seen` (ids not to show), `last`
(the last utterance of a dialogue). Leaves out: printing (see `cli`), ratings and feedback.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from recsh.errors import UsageError
from recsh.metrics import MEASURES, interval, ndcg
from recsh.request import search_words
from recsh.recommend import Options, Recommender

DEPTH = 50  # recommendations asked for, so that recall at 50 can be measured


@dataclass(slots=True)
class Scores:
    """One way of answering: every measure for every request, and how long each took (ms)."""

    name: str
    values: dict[str, list[float]] = field(default_factory=lambda: {m: [] for m in MEASURES})
    ms: list[float] = field(default_factory=list)

    def mean(self, measure: str) -> float:
        """The mean over the requests; 0 if there were none."""
        values = self.values[measure]
        return sum(values) / len(values) if values else 0.0

    def interval(self, measure: str) -> tuple[float, float]:
        """Its 95% bootstrap interval."""
        return interval(self.values[measure])

    def latency(self, share: float) -> float:
        """A percentile of the times, in ms: 0.5 the median, 0.95 the slowest but one in twenty."""
        return sorted(self.ms)[min(len(self.ms) - 1, int(share * len(self.ms)))] if self.ms else 0.0


def read_requests(path: Path) -> list[dict[str, Any]]:
    """Labelled requests of a JSON Lines file; objects without a query (a licence line) are left out. Raises `UsageError`."""
    out = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{path}:{number}: not valid JSON: {error}") from None
        if isinstance(value, dict) and "query" in value:
            if not isinstance(value.get("relevant"), list):
                raise UsageError(f"{path}:{number}: a labelled request needs 'relevant', a list of ids")
            out.append(value)
    return out


def grades(request: Mapping[str, Any]) -> dict[str, float]:
    """What each relevant item is worth: `grades` if given, else 1, and 2 for those in `best`."""
    if request.get("grades"):
        return {str(k): float(v) for k, v in request["grades"].items()}
    return {str(i): 1.0 for i in request["relevant"]} | {str(i): 2.0 for i in request.get("best", ())}


def add(scores: Scores, ranked: Sequence[str], request: Mapping[str, Any]) -> None:
    """Measure one ranked list."""
    relevant = {str(i) for i in request["relevant"]}
    for name, measure in MEASURES.items():
        scores.values[name].append(ndcg(ranked, grades(request), 10) if name == "NDCG@10" else measure(ranked, relevant))


def measure(recommender: Recommender, requests: Iterable[Mapping[str, Any]], name: str, options: Options = Options()) -> Scores:
    """Answer every request and measure. Reasons are not made; `seen` items are left out."""
    scores = Scores(name)
    for request in requests:
        begun = time.perf_counter()
        seen = tuple(map(str, request.get("seen", ())))
        answer = recommender.ask(request["query"], replace(options, limit=DEPTH, reasons=False, exclude=seen))
        scores.ms.append((time.perf_counter() - begun) * 1000)
        add(scores, [r.item.id for r in answer], request)
    return scores


def measure_bm25(recommender: Recommender, requests: Iterable[Mapping[str, Any]], key: str = "query") -> Scores:
    """Plain BM25 over the same full text: the words of the request (or of `last`), nothing understood."""
    index = recommender.index
    scores = Scores(f"BM25, {'last turn' if key == 'last' else 'all words'}")
    for request in requests:
        begun = time.perf_counter()
        seen = {n for i in request.get("seen", ()) if (n := index.by_id(str(i))) is not None}
        found = [n for n, _ in index.search(search_words(request.get(key) or request["query"]), DEPTH + len(seen)) if n not in seen]
        scores.ms.append((time.perf_counter() - begun) * 1000)
        add(scores, [i.id for i in index.items(found[:DEPTH])], request)
    return scores
