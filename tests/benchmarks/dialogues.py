"""What a conversation is worth: transcripts answered by their last turn alone, as a whole, and turn by turn as `recsh chat` reads them.

    python tests/benchmarks/dialogues.py --data DIR            folders with catalog.csv and queries.jsonl ("query" a transcript, "last", "seen")
    ... --ratings FILE    others' ratings of the catalog, with a DIR of one folder      --most 200

Turn by turn: each of the person's turns changes the talk; what they accepted before ("seen") is liked. Items seen are left out everywhere.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from recsh import session
from recsh.collab import open_collab
from recsh.evaluate import by_words
from recsh.feedback import Log
from recsh.labelled import Labelled, read_requests, sample
from recsh.memory import Memory
from recsh.metrics import hit, ndcg, recall
from recsh.query import turns
from recsh.recommend import Recommender
from recsh.replay import Past
from recsh.semantic import Semantic
from recsh.significance import compare
from recsh.talk import Opinion, Talk
from recsh.turns import read
from recsh.types import Event, Verdict
from recsh.verdicts import thing_of
from recsh.work import Options

DEPTH = 50


def talked(recommender: Recommender, request: Labelled) -> list[str]:
    """Ids, best first, after every turn of the person's was read as a turn of a conversation."""
    index, names = recommender.index, recommender.names
    talk = Talk()
    for mine, text in turns(request.query):
        if mine and text.strip():
            talk = read(text, talk, index, names).talk
    liked = index.items([n for i in request.seen if (n := index.by_id(i)) is not None])
    for item in liked:
        talk = talk.judge(Opinion(item.id, item.title, Verdict.LIKE))
    query = talk.query(index, names)
    catalog = recommender.catalog
    events = [Event(catalog.entry.key, thing_of(item, index.columns), Verdict.LIKE, float(n)) for n, item in enumerate(liked)]
    past = Past(events, (), (), float(len(events) + 1))
    knowing = Recommender(catalog, None, semantic=recommender.semantic, memory=Memory(catalog, past, recommender.memory.collab, clock=lambda: float(len(events) + 1)))  # type: ignore[arg-type]
    return ids(knowing, query.text or request.last or request.query, request, query=query)


def ids(recommender: Recommender, text: str, request: Labelled, **more: object) -> list[str]:
    options = Options(limit=DEPTH, reasons=False, log=False, exclude=tuple(request.seen))
    return [r.item.id for r in recommender.ask(text, options, **more)]  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--ratings", type=Path)
    parser.add_argument("--most", type=int, default=200)
    options = parser.parse_args()
    semantic = Semantic()
    print("| set | n | way | H@10 | R@10 | NDCG@10 | against the last turn | p95 ms |\n|---|---|---|---|---|---|---|---|")
    for file in sorted(options.data.glob("*/queries.jsonl")):
        requests = sample(read_requests(file), options.most)
        if not any(r.last for r in requests):
            continue
        catalog = session.load_catalog(file.parent / "catalog.csv", semantic=semantic)
        with tempfile.TemporaryDirectory() as folder, Log(Path(folder) / "log.sqlite") as log:
            collab = open_collab(options.ratings, catalog.index) if options.ratings else None
            recommender = Recommender(catalog, None, semantic=semantic, memory=Memory(catalog, log, collab))
            bm25, bm25_last = by_words(catalog.index, DEPTH), by_words(catalog.index, DEPTH, last=True)
            ways: Mapping[str, Callable[[Labelled], list[str]]] = {
                "BM25, all words": lambda r: [i.id for i in bm25(r).items],
                "BM25, last turn": lambda r: [i.id for i in bm25_last(r).items],
                "last turn": lambda r: ids(recommender, r.last or r.query, r),
                "whole transcript": lambda r: ids(recommender, r.query, r),
                "turn by turn": lambda r: talked(recommender, r),
            }
            rows = {}
            for name, way in ways.items():
                ranked, took = [], []
                for request in requests:
                    begun = time.perf_counter()
                    ranked.append(way(request))
                    took.append((time.perf_counter() - begun) * 1000)
                rows[name] = [hit(x, r.relevant, 10) for x, r in zip(ranked, requests, strict=True)]
                figures = [sum(m(x, r) for x, r in zip(ranked, requests, strict=True)) / len(requests) for m in (
                    lambda x, r: hit(x, r.relevant, 10), lambda x, r: recall(x, r.relevant, 10), lambda x, r: ndcg(x, r.relevant, 10))]  # fmt: skip
                against = compare(rows[name], rows["last turn"]) if "last turn" in rows and name != "last turn" else None
                told = f"{against.mean:+.3f} (p {against.p:.3f})" if against else ""
                print(f"| {file.parent.name} | {len(requests)} | {name} | {' | '.join(f'{f:.3f}' for f in figures)} | {told} | {sorted(took)[int(0.95 * len(took))]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
