"""Ask labelled requests in several ways and measure the answers, always beside plain BM25 on the same index.

A way of asking is a function from a request to a `Reply`; `measure` runs it over all requests; `differences` says which ways really differ,
`ablate` what each signal of retrieval is worth. Nothing of the person who runs this has a part in it: no taste, and no line in the log.

Leaves out: files of requests (see `labelled`), held-out ratings (see `heldout`), printing (see `cli`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import fields, replace

from recsh import exposure, metrics, rank
from recsh.catalog import Catalog
from recsh.exposure import Popularity, Written, spread, written
from recsh.fusion import Weights, weights_for
from recsh.labelled import Labelled
from recsh.metrics import CUTS, DEEP
from recsh.recommend import Options, Recommender, request_text
from recsh.request import search_words
from recsh.retrieve import retrieve
from recsh.significance import compare, holm, interval
from recsh.types import Item, Mode

if TYPE_CHECKING:
    from recsh.index import Index

SCHEMA_VERSION = 1
Progress = Callable[[str, int, int], None]


class Reply(Struct, frozen=True):
    """What was answered: items, best first; what became of what a model wrote; the engine that had a part in it, None if none had."""

    items: Sequence[Item]
    written: Written = Written()
    engine: Mapping[str, str] | None = None


Ask = Callable[[Labelled], Reply]


class Scores(Struct):
    """One way of answering: every measure for every request, how long each took (ms), and the lists. `engine` is the weights that were asked,
    `alone` how many answers they had no part in."""

    name: str
    measures: Mapping[str, metrics.Measure] = field(default_factory=metrics.measures)
    values: dict[str, list[float]] = field(default_factory=dict)
    ms: list[float] = field(default_factory=list)
    lists: list[Sequence[Item]] = field(default_factory=list)
    texts: list[Written] = field(default_factory=list)
    engine: Mapping[str, str] | None = None
    alone: int = 0

    def add(self, ranked: Sequence[str], request: Labelled) -> None:
        """Measure one ranked list. NDCG counts grades, the others what is relevant."""
        for name, of in self.measures.items():
            self.values.setdefault(name, []).append(of(ranked, request.grades if name.startswith("NDCG") else request.relevant))

    def mean(self, measure: str) -> float:
        """The mean over the requests; 0 if there were none."""
        values = self.values.get(measure, ())
        return sum(values) / len(values) if values else 0.0

    def interval(self, measure: str) -> tuple[float, float]:
        """Its 95% bootstrap interval."""
        return interval(self.values.get(measure, ()))

    def latency(self, share: float) -> float:
        """A percentile of the times, in ms: 0.5 the median, 0.95 the slowest but one in twenty. The first request, which waits for weights to be
        loaded, is left out if there are others."""
        ms = sorted(self.ms[1:] or self.ms)
        return ms[min(len(ms) - 1, int(share * len(ms)))] if ms else 0.0

    def as_dict(self, rows: int, k: int, popularity: Popularity | None, seed: int = 0) -> dict[str, Any]:
        """Everything about it, JSON-able: see `cli.eval` for the keys."""
        return {
            "name": self.name, "weights": dict(self.engine) if self.engine else None, "without_model": self.alone,
            "measures": {name: spread(values, seed) for name, values in self.values.items()},
            "lists": exposure.describe(self.lists, self.texts, rows, k, popularity, seed),
            "latency_ms": {"p50": self.latency(0.5), "p95": self.latency(0.95)},
        }  # fmt: skip


def measure(name: str, ask: Ask, requests: Sequence[Labelled], measures: Mapping[str, metrics.Measure] | None = None, progress: Progress = lambda *_: None) -> Scores:
    """Ask every request once and measure what comes. `progress(name, done, total)` is called before each."""
    scores = Scores(name, measures or metrics.measures())
    for number, request in enumerate(requests):
        progress(name, number, len(requests))
        begun = time.perf_counter()
        reply = ask(request)
        scores.ms.append((time.perf_counter() - begun) * 1000)
        scores.add([i.id for i in reply.items], request)
        scores.lists.append(reply.items)
        scores.texts.append(reply.written)
        scores.engine = scores.engine or reply.engine
        scores.alone += reply.engine is None
    return scores


# --- ways of asking --------------------------------------------------------------------------------------------------


def by_recommender(recommender: Recommender, options: Options = Options(), limit: int = DEEP) -> Ask:
    """As `recsh ask` answers, `limit` items, without reasons and without what is remembered of anybody."""
    options = replace(options, limit=limit, reasons=False, taste=False, log=False)

    def ask(request: Labelled) -> Reply:
        answer = recommender.ask(request.query, replace(options, exclude=request.seen))
        return Reply([r.item for r in answer], written(sum(r.match is not None for r in answer), answer.unmatched), answer.engine)

    return ask


def by_words(index: "Index", limit: int = DEEP, *, last: bool = False) -> Ask:
    """Plain BM25 over the same full text: the words of the request (or of the last thing said), nothing understood."""

    def ask(request: Labelled) -> Reply:
        seen = {n for i in request.seen if (n := index.by_id(i)) is not None}
        found = index.search(search_words(request.last if last else request.query), limit + len(seen))
        return Reply(index.items([n for n, _ in found if n not in seen][:limit]))

    return ask


def depth(recommender: Recommender, options: Options, limit: int | None, cuts: Sequence[int]) -> int:
    """How many items to ask for: what was said; else as many as recall looks at, but of a model that writes its list, which pays for every line,
    only as many as are looked at otherwise. Opens the engine; raises `WeightsError` or `EngineError` if that fails."""
    engine = recommender.engine
    writes = options.free or (engine is not None and (options.mode or engine.mode) is Mode.WRITE)
    return max(limit or (0 if writes else DEEP), max(cuts))


def report(
    kind: str, catalog: Catalog, scores: Sequence[Scores] = (), *, created_at: str, n: int, of: int, source: str, cuts: Sequence[int] = CUTS, seed: int = 0,
    popularity: Popularity | None = None, ablation: Sequence[Mapping[str, Any]] | None = None, replay: Mapping[str, Any] | None = None,
    split: str | None = None, warnings: Sequence[str] = (), requests: Sequence[Labelled] = (),
) -> dict[str, Any]:  # fmt: skip
    """Everything that was found, JSON-able; `cli.eval` says what the keys mean. `n` of `of` requests (people, answers) of `source` were measured;
    `requests` are these in order, to tell their languages and kinds apart."""
    from recsh import __version__

    k = max(cuts)
    return {
        "schema_version": SCHEMA_VERSION, "kind": kind, "created_at": created_at, "recsh": __version__, "seed": seed,
        "catalog": {"name": catalog.name, "path": str(catalog.path), "items": catalog.index.rows}, "source": source, "n": n, "of": of, "split": split,
        "cuts": sorted({*cuts}), "main": f"NDCG@{k}", "systems": [s.as_dict(catalog.index.rows, k, popularity, seed) for s in scores],
        "groups": groups(scores, requests, f"NDCG@{k}", seed), "differences": differences(scores, seed), "ablation": None if ablation is None else [*ablation], "replay": replay, "warnings": [*warnings],
    }  # fmt: skip


# --- what the numbers say --------------------------------------------------------------------------------------------


def groups(scores: Sequence[Scores], requests: Sequence[Labelled], measure: str, seed: int = 0) -> list[dict[str, Any]]:
    """One measure of every language and every kind of request by itself, where there is more than one: `by` "language" or "kind", `name`, `n`, and for
    each way of asking {mean, low, high, n}. The most frequent first."""
    out = []
    for by, of in (("language", [r.lang for r in requests]), ("kind", [r.kind for r in requests])):
        names = Counter(name for name in of if name)
        for name, n in names.most_common() if len(names) > 1 else ():
            at = [i for i, other in enumerate(of) if other == name]
            out.append({"by": by, "name": name, "n": n, "measure": measure, "systems": {s.name: spread([s.values[measure][i] for i in at], seed) for s in scores}})
    return out


def differences(scores: Sequence[Scores], seed: int = 0) -> list[dict[str, Any]]:
    """Every later way of asking against every earlier one, in each measure both have: `compare` of the same requests, with Holm's correction over
    the measures of a pair."""
    out = []
    for earlier, later in combinations(scores, 2):
        names = [m for m in later.values if m in earlier.values]
        found = [compare(later.values[m], earlier.values[m], seed=seed) for m in names]
        for name, d, held in zip(names, found, holm([d.p for d in found]), strict=True):
            sign = replace(d, held=held).sign
            out.append({"system": later.name, "against": earlier.name, "measure": name, "difference": d.mean, "low": d.low, "high": d.high, "p": d.p, "p_holm": held, "sign": sign})
    return out


def ablate(recommender: Recommender, requests: Sequence[Labelled], *, k: int = max(CUTS), seed: int = 0, progress: Progress = lambda *_: None) -> list[dict[str, Any]]:
    """What each signal of retrieval is worth: NDCG@k with all of them less NDCG@k without it (above 0: it helps), over the same requests.

    The weight of what is switched off falls to the others, as where a catalog does not have it. `changed` counts the requests whose NDCG moved.
    """
    names = [f.name for f in fields(Weights)]
    whole: list[float] = []
    without: dict[str, list[float]] = {name: [] for name in names}
    for number, request in enumerate(requests):
        progress("ablate", number, len(requests))
        ndcg = ndcg_without(recommender, request, k)
        whole.append(ndcg(None))
        for name in names:
            without[name].append(ndcg(name))
    return _worth(whole, without, f"NDCG@{k}", seed)


def model_worth(with_model: Scores, without: Scores, k: int = max(CUTS), seed: int = 0) -> list[dict[str, Any]]:
    """The same for the model, from answers with it and without."""
    name = f"NDCG@{k}"
    return _worth(with_model.values[name], {"model": without.values[name]}, name, seed)


def _worth(whole: Sequence[float], without: Mapping[str, Sequence[float]], measure: str, seed: int) -> list[dict[str, Any]]:
    found = {name: compare(whole, values, seed=seed) for name, values in without.items()}
    held = dict(zip(found, holm([d.p for d in found.values()]), strict=True))
    return [
        {
            "signal": name, "measure": measure, "difference": d.mean, "low": d.low, "high": d.high, "p": d.p, "p_holm": held[name],
            "sign": replace(d, held=held[name]).sign, "changed": sum(abs(a - b) > 1e-12 for a, b in zip(whole, without[name], strict=True)),
        }
        for name, d in found.items()
    ]  # fmt: skip


def ndcg_without(recommender: Recommender, request: Labelled, k: int) -> Callable[[str | None], float]:
    """A request understood once: name of the signal to leave out (None for none) -> NDCG@k."""
    index, semantic = recommender.index, recommender.semantic
    query = recommender.understand(request.query)
    vector, head = semantic.request(request_text(query, index.embedder), index), semantic.head(request_text(query), index)
    seen = [n for i in request.seen if (n := index.by_id(i)) is not None]
    full = weights_for(query, has_vectors=vector is not None and index.vectors is not None)

    def ndcg(weights: Weights) -> float:
        found = retrieve(query, index, vector=vector, head=head, without=seen, limit=2 * DEEP, weigh=lambda *_, **__: weights)
        return metrics.ndcg([c.item.id for c in rank.distinct(found.candidates)], request.grades, k)

    usual = ndcg(full)
    return lambda name: usual if name is None or not getattr(full, name) else ndcg(replace(full, **{name: 0.0}))
