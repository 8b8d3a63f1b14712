"""Retrieval and model quality on labelled requests, as a Markdown table.

    python tests/benchmarks/quality.py                      the sample catalogs' own requests
    python tests/benchmarks/quality.py --data DIR           folders with catalog.csv and queries.jsonl
    ... --engine none|embedded|FILE.gguf   --most 200 (requests a set)   --only NAME

Each row: plain BM25 on the same index (for dialogues the better of whole transcript and last turn), recsh without a model, recsh with it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from recsh import session
from recsh.catalog import SAMPLES
from recsh.evaluate import Scores, measure, measure_bm25, read_requests
from recsh.paths import bundled
from recsh.recommend import Options, Recommender
from recsh.semantic import Semantic
from recsh.weights import describe

MEASURES = ("NDCG@10", "P@10", "R@10", "H@10")


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
    engine = None if options.engine == session.NONE else session.load_engine(options.engine)
    form = session.form_of(describe(session.find_weights(options.engine))) if engine else "chat"
    print("| set | n | measure | BM25 | recsh, no model | 95% | recsh, model | p50 / p95 ms |")
    print("|---|---|---|---|---|---|---|---|")
    for name, path, file in sets(options.data):
        if options.only and options.only != name:
            continue
        requests = read_requests(file)
        requests = requests[:: max(1, len(requests) // options.most)][: options.most]
        catalog = session.load_catalog(path, semantic=semantic)
        without = Recommender(catalog, None, semantic=semantic)
        plain = [measure_bm25(without, requests)]
        if any("last" in r for r in requests):
            plain.append(measure_bm25(without, requests, "last"))
        none = measure(without, requests, "none")
        judged = measure(Recommender(catalog, engine, semantic=semantic, form=form, model_weight=session.weight_of(form)), requests, "model", Options()) if engine else None
        for m in MEASURES:
            row(name, len(requests), m, plain, none, judged)


def row(name: str, n: int, m: str, plain: list[Scores], none: Scores, judged: Scores | None) -> None:
    low, high = none.interval(m)
    model = f"{judged.mean(m):.3f}" if judged else ""
    slow = judged or none
    print(f"| {name} | {n} | {m} | {max(p.mean(m) for p in plain):.3f} | {none.mean(m):.3f} | {low:.3f}–{high:.3f} | {model} | {slow.latency(0.5):.0f} / {slow.latency(0.95):.0f} |", flush=True)


if __name__ == "__main__":
    main()
