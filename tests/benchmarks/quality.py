"""Retrieval and model quality on labelled requests, as a Markdown table.

    python tests/benchmarks/quality.py                      the sample catalogs' own requests
    python tests/benchmarks/quality.py --data DIR           folders with catalog.csv and queries.jsonl
    ... --engine none|embedded|FILE.gguf   --most 200 (requests a set)   --only NAME

Each row: plain BM25 on the same index (for dialogues the better of whole transcript and last turn), recsh without a model, recsh with it. A ▲ or ▼
stands where what is left of it is significantly exceeded or not reached (see `recsh.significance`). `recsh eval` says more about one set.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from recsh import session
from recsh.catalog import SAMPLES
from recsh.evaluate import Scores, by_recommender, by_words, depth, measure
from recsh.labelled import read_requests, sample
from recsh.metrics import CUTS
from recsh.paths import bundled
from recsh.recommend import Options
from recsh.semantic import Semantic
from recsh.significance import compare

MEASURES = ("NDCG@10", "P@10", "R@10", "H@10")
MARK = {1: " ▲", -1: " ▼", 0: ""}


def sets(data: Path | None) -> list[tuple[str, str, Path]]:
    """(name, catalog, requests) of every set."""
    if data is None:
        return [(name, name, bundled("sample_data", f"{name}.queries.jsonl")) for name in SAMPLES]
    return [(d.parent.name, str(d.parent / "catalog.csv"), d) for d in sorted(data.glob("*/queries.jsonl"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--engine", default="embedded")
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--only")
    options = parser.parse_args()

    semantic = Semantic()
    print("| set | n | measure | BM25 | recsh, no model | 95% | recsh, model | p50 / p95 ms |")
    print("|---|---|---|---|---|---|---|---|")
    for name, path, file in sets(options.data):
        if options.only and options.only != name:
            continue
        requests = sample(read_requests(file), options.most)
        catalog = session.load_catalog(path, semantic=semantic)
        with closing(catalog.index):
            plain = [measure("bm25", by_words(catalog.index), requests)]
            if any(r.last != r.query for r in requests):
                plain.append(measure("bm25-last", by_words(catalog.index, last=True), requests))
            scores = []
            for weights in dict.fromkeys((session.NONE, options.engine)):
                recommender = session.recommender(catalog, {"model": weights}, semantic, memory=False)
                scores.append(measure(weights, by_recommender(recommender, Options(), depth(recommender, Options(), None, CUTS)), requests))
                if recommender.engine is not None:
                    recommender.engine.close()
        for m in MEASURES:
            row(name, len(requests), m, max(plain, key=lambda p: p.mean(m)), *scores)


def row(name: str, n: int, m: str, plain: Scores, none: Scores, judged: Scores | None = None) -> None:
    low, high = none.interval(m)
    model = f"{judged.mean(m):.3f}{MARK[compare(judged.values[m], none.values[m]).sign]}" if judged else ""
    mark = MARK[compare(none.values[m], plain.values[m]).sign]
    slow = judged or none
    print(f"| {name} | {n} | {m} | {plain.mean(m):.3f} | {none.mean(m):.3f}{mark} | {low:.3f}–{high:.3f} | {model} | {slow.latency(0.5):.0f} / {slow.latency(0.95):.0f} |", flush=True)


if __name__ == "__main__":
    main()
