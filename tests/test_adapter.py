"""The softmax layer on vectors: its numbers against other implementations, and when it is trusted, on the samples' real vectors."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path

import numpy
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from recsh import adapter, paths
from recsh.adapter import LEAST, SPREAD, Adapter, joined, load, save, train
from recsh.errors import StoreError
from recsh.learn import SLOPE
from recsh.metrics import ndcg


def pairs(seed: int, n: int = 50, dims: int = 6):
    """(requests, items, labels, scores) of chance, five rows a request."""
    rng = numpy.random.default_rng(seed)
    requests = numpy.repeat(rng.normal(size=(n // 5, dims)), 5, axis=0)
    return requests, rng.normal(size=(n, dims)), rng.permutation([0.0, 1.0] * (n // 2)), numpy.full(n, 0.5)


def standardised(requests: numpy.ndarray, items: numpy.ndarray) -> numpy.ndarray:
    """The three parts about their means, each with a mean squared length of 1."""
    root = items.shape[1] ** 0.5
    parts = [p - p.mean(axis=0) for p in (items, requests, items * requests * root)]
    return numpy.hstack([p / numpy.sqrt((p**2).sum(axis=1).mean()) for p in parts])


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_scores_are_the_softmax_of_the_formula() -> None:
    """P(r|d) = softmax(W [e(r); e(d); e(r) * e(d)] + b), worked row by row."""
    rng = numpy.random.default_rng(0)
    layer = Adapter(rng.normal(size=(2, 12)), rng.normal(size=2))
    request, items = rng.normal(size=4), rng.normal(size=(3, 4))
    for item, got in zip(items, layer.scores(request, items), strict=True):
        e = numpy.exp(layer.w @ [*item, *request, *(item * request * 2)] + layer.b)
        assert got == pytest.approx(e[1] / e.sum())
    for wrong in ((request[:3], items), (request, items[:, :3]), (request, items[0])):
        with pytest.raises(ValueError, match="4 dimensions"):
            layer.scores(*wrong)


def test_it_agrees_with_scikit_learn() -> None:
    """With one score for all rows and as many liked as not, the score says nothing, and what is left is a penalised logistic regression."""
    requests, items, labels, scores = pairs(0)
    x = numpy.column_stack([standardised(requests, items), numpy.ones(len(labels))])
    other = LogisticRegression(C=SPREAD**2, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(x, labels).predict_proba(x)[:, 1]
    layer = train(requests, items, labels, scores)
    assert [layer.scores(r, i[None])[0] for r, i in zip(requests, items, strict=True)] == pytest.approx(other, abs=1e-4)


def test_no_direction_makes_the_penalised_softmax_loss_smaller() -> None:
    """Finite differences of cross-entropy over two classes, W and b both free, on top of what the scores say, with weights."""
    rng = numpy.random.default_rng(1)
    requests, items, labels, _ = pairs(1)
    scores, weights = rng.random(50), rng.uniform(0.2, 1.5, 50)
    layer = train(requests, items, labels, scores, weights)
    x, offset = joined(requests, items), before(scores, labels, weights)
    scale = numpy.repeat(1 / numpy.sqrt(x.var(axis=0).reshape(3, 6).sum(axis=1)), 6)

    def loss(w: numpy.ndarray, b: numpy.ndarray) -> float:
        logits = x @ w.T + b + numpy.stack([-offset, offset], axis=1) / 2
        log_p = logits - numpy.log(numpy.exp(logits).sum(axis=1, keepdims=True))
        shift = b + x.mean(axis=0) @ w.T  # the constant stands for the mean row
        return -float(weights @ log_p[numpy.arange(50), labels.astype(int)]) + (((w / scale) ** 2).sum() + (shift**2).sum()) / SPREAD**2

    w, b = layer.w.astype(float), layer.b.astype(float)
    h, here = 1e-4, loss(w, b)
    for _ in range(30):
        dw, db = rng.normal(size=w.shape) * scale, rng.normal(size=2)
        assert abs(loss(w + h * dw, b + h * db) - loss(w - h * dw, b - h * db)) / (2 * h) < 1e-3
        assert loss(w + 0.1 * dw, b + 0.1 * db) > here


def before(scores: numpy.ndarray, labels: numpy.ndarray, weights: numpy.ndarray) -> numpy.ndarray:
    """Log-odds by the score alone, by another optimiser."""
    x = scores - scores.mean()

    def minus_log(t: numpy.ndarray) -> float:
        z = t[0] * x + t[1]
        return float(weights @ (numpy.logaddexp(0, z) - labels * z) + 0.5 * ((t[0] - SLOPE) / SLOPE) ** 2 + 0.5 * (t[1] / 2) ** 2)

    slope, base = minimize(minus_log, [SLOPE, 0.0], options={"gtol": 1e-8}).x
    return slope * x + base


def test_too_little_is_no_opinion() -> None:
    """A handful of verdicts, or of one kind only: a half for every row, and no weight."""
    requests, items, labels, scores = pairs(2)
    for few in (train(requests[: LEAST - 1], items[: LEAST - 1], labels[: LEAST - 1], scores[: LEAST - 1]), train(requests, items, labels * 0, scores)):
        assert few.scores(requests[0], items).tolist() == [0.5] * 50 and not few.trusted and few.weight == 0


def test_one_request_shows_nothing() -> None:
    """Requests are held back whole, so one alone cannot be tested; nor can answers that were liked as a whole or not at all."""
    requests, items, labels, scores = pairs(3)
    assert not train(requests[:1].repeat(50, axis=0), items, labels, scores).trusted
    whole = numpy.repeat(numpy.arange(10) % 2, 5).astype(float)
    assert not train(requests, items + 3 * whole[:, None], whole, scores).trusted


# --- trust, on real vectors ------------------------------------------------------------------------------------------


@cache
def vectors() -> numpy.ndarray:
    """2,500 rows of the sample catalogs as the sentence model reads them, (2500, 384)."""
    every = numpy.load(paths.bundled("models", "samples", "vectors.npy"), mmap_mode="r")
    return every[numpy.sort(numpy.random.default_rng(0).permutation(len(every))[:2500])].astype(numpy.float32)


def person(seed: int, kind: str, n: int, strength: float = 4.0):
    """((requests, items, labels, scores), tests): four judged rows a request out of eight shown of the 400 nearest; `kind` is what moves this
    person beside the score: "none" nothing, "one" one direction in the space of the vectors, "turned" one that turns with the request,
    "request" the request alone."""
    rng, v = numpy.random.default_rng(seed), vectors()
    a, b = rng.choice(len(v), 2, replace=False)
    direction = v[numpy.argsort(-(v @ v[a]))[:150]].mean(axis=0) - v[numpy.argsort(-(v @ v[b]))[:150]].mean(axis=0)
    turn = numpy.sign(rng.standard_normal(v.shape[1]))

    def ask():
        request = v[rng.integers(len(v))] + 0.3 * v[rng.integers(len(v))]
        request = request / numpy.linalg.norm(request)
        near = numpy.argsort(-(v @ request))[1:400]
        score = 0.4 + 0.3 * rng.random(len(near))
        moved = {"one": v @ direction, "turned": v @ (request * turn)}.get(kind, numpy.zeros(len(v)))
        odds = strength * (moved[near] - moved[near].mean()) / max(1e-9, moved.std()) + 5 * (score - 0.55) + rng.normal(0, 0.5)
        return request, near, score, odds + (3 * numpy.sign(request @ direction) if kind == "request" else 0.0)

    requests, items, labels, scores = [], [], [], []
    while len(labels) < n:
        request, near, score, odds = ask()
        for j in rng.choice(numpy.argsort(-score)[:8], 4, replace=False):
            requests.append(request), items.append(v[near[j]]), labels.append(float(rng.random() < 1 / (1 + numpy.exp(-odds[j])))), scores.append(score[j])
    return tuple(numpy.array(x) for x in (requests, items, labels, scores)), [ask() for _ in range(20)]


def quality(layer: Adapter, tests: list, weight: float | None = None) -> float:
    """NDCG@10 of new requests, where the eight rows this person would like best are relevant."""
    out = []
    for request, near, score, odds in tests:
        order = numpy.argsort(-(score + (layer.weight if weight is None else weight) * layer.scores(request, vectors()[near])))
        out.append(ndcg([str(n) for n in order[:10]], {str(n) for n in numpy.argsort(-odds)[:8]}, 10))
    return float(numpy.mean(out))


@pytest.mark.parametrize(("kind", "n"), [("none", 60), ("none", 150), ("request", 100)])
def test_noise_is_not_trusted(kind: str, n: int) -> None:
    """Forty people who like by the score and by chance, or whole answers by their request: at most two are believed to have a taste, and
    what that costs is small."""
    trained = [(train(*log), tests) for log, tests in (person(seed, kind, n) for seed in range(40))]
    assert sum(layer.trusted for layer, _ in trained) <= 2
    assert all(layer.weight == 0 for layer, _ in trained if not layer.trusted)
    assert numpy.mean([quality(layer, tests) - quality(layer, tests, 0.0) for layer, tests in trained]) > -0.03


def test_a_taste_in_the_vectors_is_found_and_helps() -> None:
    """Twenty people with a marked taste: most are understood after sixty verdicts, nearly all after a hundred and twenty, and their answers are
    much better."""
    for n, found, gained in ((60, 12, 0.08), (120, 16, 0.15)):
        trained = [(train(*log), tests) for log, tests in (person(seed, "one", n) for seed in range(20))]
        assert sum(layer.trusted for layer, _ in trained) >= found
        assert numpy.mean([quality(layer, tests) - quality(layer, tests, 0.0) for layer, tests in trained]) > gained
        assert all(layer.auc > layer.auc_before and layer.gain > 0 for layer, _ in trained if layer.trusted)


def test_the_product_lets_the_request_turn_the_taste() -> None:
    """Where the same rows are liked for one request and not for another, the bare formula cannot say so; where they are not, it costs little."""
    def gain(kind: str, product: bool) -> float:
        logs = [person(seed, kind, 300) for seed in range(6)]
        return float(numpy.mean([quality(layer, tests, 1.0) - quality(layer, tests, 0.0) for layer, tests in ((train(*log, product=product), t) for log, t in logs)]))

    assert gain("turned", True) > gain("turned", False) + 0.01
    assert gain("one", True) > gain("one", False) - 0.05


# --- on disk ---------------------------------------------------------------------------------------------------------


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    layer = train(*pairs(4))
    save(tmp_path / "deep" / "a.npz", layer, "music|all-MiniLM-L6-v2|17")
    again = load(tmp_path / "deep" / "a.npz", "music|all-MiniLM-L6-v2|17", 6)
    assert again is not None and (again.w == layer.w).all() and (again.b == layer.b).all() and again.summary() == layer.summary()
    assert (tmp_path / "deep" / "a.npz").stat().st_mode & 0o777 == 0o600 and len([*(tmp_path / "deep").iterdir()]) == 1
    assert load(tmp_path / "deep" / "a.npz", "music|all-MiniLM-L6-v2|18", 6) is None
    assert load(tmp_path / "deep" / "a.npz", "music|all-MiniLM-L6-v2|17", 7) is None
    assert load(tmp_path / "none.npz", "", 6) is None
    with pytest.raises(StoreError):
        save(tmp_path / "deep" / "a.npz" / "b.npz", layer, "")


def test_a_damaged_file_is_no_adapter(tmp_path: Path) -> None:
    """Cut anywhere, any byte turned, no zip at all, or a pickle, a bomb or wrong shapes inside: never an error, and never numbers that are not
    finite. A turned byte is found by the archive's checksum."""
    path = tmp_path / "a.npz"
    save(path, train(*pairs(4)), "k")
    good = path.read_bytes()
    rng = numpy.random.default_rng(0)
    for cut in [0, 1, 30, *rng.integers(0, len(good), 40).tolist()]:
        path.write_bytes(good[:cut])
        assert load(path, "k", 6) is None
    for at in rng.integers(0, len(good), 300).tolist():
        path.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        layer = load(path, "k", 6)
        assert layer is None or (numpy.isfinite(layer.w).all() and 0 <= layer.weight <= adapter.MOST)
    path.write_bytes(good)
    parts = dict(numpy.load(path))
    for name, value in [
        ("w", numpy.array([object()])), ("w", numpy.zeros((2, 5), dtype=numpy.float32)), ("b", numpy.zeros(3, dtype=numpy.float32)),
        ("figures", numpy.zeros(2)), ("w", numpy.full((2, 18), numpy.nan, dtype=numpy.float32)), ("w", numpy.full((2, 18), 1e300)),
        ("format", numpy.array(99)), ("format", numpy.array([1, 2])), ("w", numpy.array([["x"] * 18] * 2)),
        ("w", numpy.zeros(adapter.LARGEST, dtype=numpy.uint8)),
    ]:  # fmt: skip
        numpy.savez_compressed(path, **{**parts, name: value})
        assert load(path, "k", 6) is None
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    assert load(path, "k", 6) is None
