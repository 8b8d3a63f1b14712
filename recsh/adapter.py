"""A small softmax layer on vectors that stay as they are: which rows this person likes for which requests, beyond what tags can say.

    P(r|d) = softmax(W [e(r); e(d); e(r) * e(d)] + b)      two classes, liked and not; e(r) the row's vector, e(d) the request's

The formula's [e(r); e(d)] alone is linear: the request then moves all rows alike, and what is learned is one taste for all requests. The product
of the two, number by number, lets the request turn the taste (calm music at night, loud music to run). Learned is what the score does not say
already: the score's log-odds of a like are given, W and b add to them. Before it is trusted it must predict verdicts that it was not
trained on better than the score alone does, by more than chance would (see `train`); until then its weight is 0.

Leaves out: making vectors (see `semantic`), reading the log (see `learn.examples`, `feedback`).
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from recsh import paths
from recsh.learn import SLOPE
from recsh.logistic import posterior, probability

if TYPE_CHECKING:
    import numpy

# Chosen by the simulations of tests/test_adapter.py.
SPREAD = 0.5  # of the log-odds that each part of the vectors adds at its usual length (standard deviation of the prior)
RANK = 128  # directions in which examples differ most; the others are left alone
NEWEST = 1000  # examples learned from
FOLDS = 5
LEAST = 30  # examples below which nothing is learned, and pairs below which nothing is trusted
MARGIN = 2.8  # standard errors by which it must beat the score: of 160 people without a taste one was believed to have one, by 2.0 seven
MOST = 2.0  # what its weight can be
LARGEST = 4_000_000  # bytes of a saved adapter that are read
_FORMAT = 1


class Adapter(Struct, frozen=True, eq=False):
    """`w` (2, 3 dims), `b` (2,): not liked, liked. `weight` is what a score of it counts in the ranking (a multiplier as in `learn`), 0 unless
    `trusted`; `gain` how much of the log-loss per held-back verdict it takes away, `error` that number's standard error; `auc` and
    `auc_before` how often a liked row stands above one not liked of the same request, with and without it; `examples` what it was trained on."""

    w: numpy.ndarray
    b: numpy.ndarray
    weight: float = 0.0
    gain: float = 0.0
    error: float = 0.0
    auc: float = 0.5
    auc_before: float = 0.5
    examples: int = 0

    @property
    def trusted(self) -> bool:
        return self.weight > 0

    @property
    def dims(self) -> int:
        return self.w.shape[1] // 3

    def scores(self, request: numpy.ndarray, items: numpy.ndarray) -> numpy.ndarray:
        """P(liked), (n,) in 0..1, of rows (n, dims) for a request (dims,). A half is no opinion. Raises `ValueError` for other shapes."""
        import numpy

        if request.shape != (self.dims,) or items.ndim != 2 or items.shape[1] != self.dims:
            raise ValueError(f"an adapter of {self.dims} dimensions got {request.shape} and {items.shape}")
        # W [r; d; r * d] in one product with the rows as they are: a million of them are not to be copied three times.
        w, dims = self.w[1] - self.w[0], self.dims
        turned = w[:dims] + w[2 * dims :] * request * numpy.float32(dims**0.5)
        logits = items @ turned.astype(items.dtype) + (w[dims : 2 * dims] @ request + self.b[1] - self.b[0])
        return probability(logits)  # the softmax of two

    def summary(self) -> dict[str, Any]:
        """For JSON: whether it is trusted, and why."""
        figures = {name: round(getattr(self, name), 4) for name in ("weight", "gain", "error", "auc", "auc_before")}
        return {"trusted": self.trusted, "examples": self.examples, **figures}


def joined(requests: numpy.ndarray, items: numpy.ndarray) -> numpy.ndarray:
    """[e(r); e(d); e(r) * e(d)] of pairs, (n, 3 dims). The product of two unit vectors is times the root of dims, to be as long as they are."""
    import numpy

    r, d = items.astype(numpy.float64), requests.astype(numpy.float64)
    return numpy.concatenate([r, d, r * d * numpy.sqrt(r.shape[1])], axis=1)


def train(
    requests: numpy.ndarray, items: numpy.ndarray, labels: numpy.ndarray, scores: numpy.ndarray, weights: numpy.ndarray | None = None, *, product: bool = True
) -> Adapter:
    """Learn from judged rows, oldest first, and find out whether to trust it.

    `requests` and `items` (n, dims), `labels` (n,) 1 for liked and 0 for not, `scores` (n,) what each row's score was without the adapter,
    `weights` (n,) how often each counts. `product` False leaves the product out, which is the bare formula.

    Trusted if, over `FOLDS` parts of the requests, each predicted from the others (without any row of that part), the log-loss falls by more
    than `MARGIN` standard errors, requests taken as the units, and liked rows come before others of the
    same request more often than by the score. A log without at least `LEAST` such pairs cannot show that.
    """
    import numpy

    requests, items = requests[-NEWEST:], items[-NEWEST:]
    y, scores = labels[-NEWEST:].astype(numpy.float64), scores[-NEWEST:].astype(numpy.float64)
    n, dims = items.shape
    weight = numpy.ones(n) if weights is None else weights[-NEWEST:].astype(numpy.float64)
    untrained = Adapter(numpy.zeros((2, 3 * dims), dtype=numpy.float32), numpy.zeros(2, dtype=numpy.float32), examples=n)
    if n < LEAST or not 0 < y.sum() < n:
        return untrained
    x = joined(requests, items)
    if not product:
        x[:, 2 * dims :] = 0.0
    middle, scale = x.mean(axis=0), _scale(x, dims)
    directions = _directions((x - middle) * scale)
    z = (x - middle) * scale @ directions.T
    _, request_of = numpy.unique(requests, axis=0, return_inverse=True)
    _, item_of = numpy.unique(items, axis=0, return_inverse=True)
    request_of, item_of = request_of.ravel(), item_of.ravel()

    theta = _fit(z, y, weight, _before(scores, y, weight, scores))
    step = (theta[:-1] @ directions) * scale  # logit of liked = step . x + shift, split evenly between the two classes
    shift = theta[-1] - step @ middle
    out = {"w": numpy.stack([-step, step]).astype(numpy.float32) / 2, "b": numpy.array([-shift, shift], dtype=numpy.float32) / 2, "examples": n}

    part = _parts(request_of)
    before, opinion = numpy.zeros(n), numpy.zeros(n)
    for fold in range(FOLDS):
        held = part == fold
        others = ~held & ~numpy.isin(item_of, item_of[held])
        if not held.any() or not 0 < y[others].sum() < others.sum():
            return Adapter(**out)
        prior = _before(scores[others], y[others], weight[others], scores)
        theta = _fit(z[others], y[others], weight[others], prior[others])
        before[held], opinion[held] = prior[held], (z @ theta[:-1] + theta[-1])[held]
    gain, error, auc_before, auc, pairs = _compared(before, before + opinion, y, request_of)
    strength = 0.0
    if gain > MARGIN * error and auc > auc_before and pairs >= LEAST:
        # How much of its opinion held-back verdicts bear out; 4 is the slope of the logit at a half, SLOPE the log-odds of a whole score.
        share, _ = posterior(opinion[:, None], y, weight, numpy.ones(1), numpy.ones(1), before)
        strength = min(MOST, 4.0 / SLOPE * max(0.0, float(share[0])))
    return Adapter(**out, weight=strength, gain=gain, error=error, auc=auc, auc_before=auc_before)


def _scale(x: numpy.ndarray, dims: int) -> numpy.ndarray:
    """(3 dims,) factors that give each of the three parts a mean squared length of 1 about its mean."""
    import numpy

    spread = x.var(axis=0).reshape(3, dims).sum(axis=1)
    return numpy.repeat(1.0 / numpy.sqrt(numpy.where(spread > 1e-12, spread, numpy.inf)), dims)


def _directions(x: numpy.ndarray) -> numpy.ndarray:
    """The principal directions of centred rows, at most (RANK, p), by the smaller of the two Gram matrices."""
    import numpy

    n, p = x.shape
    values, vectors = numpy.linalg.eigh(x @ x.T if n < p else x.T @ x)
    keep = numpy.argsort(-values)[:RANK]
    keep = keep[values[keep] > 1e-9 * max(values.max(), 1e-300)]
    return (x.T @ vectors[:, keep] / numpy.sqrt(values[keep])).T if n < p else vectors[:, keep].T


def _parts(request_of: numpy.ndarray) -> numpy.ndarray:
    """Which fold each example is held back in: requests dealt out in the order in which they first came."""
    import numpy

    _, first = numpy.unique(request_of, return_index=True)
    dealt = numpy.empty(len(first), dtype=numpy.int64)
    dealt[numpy.argsort(first)] = numpy.arange(len(first)) % FOLDS
    return dealt[request_of]


def _before(scores: numpy.ndarray, y: numpy.ndarray, weight: numpy.ndarray, at: numpy.ndarray) -> numpy.ndarray:
    """Log-odds of a like by the score alone: fitted to these examples, given for the scores `at`."""
    import numpy

    middle = scores.mean()
    x = numpy.column_stack([scores - middle, numpy.ones(len(scores))])
    theta, _ = posterior(x, y, weight, numpy.array([SLOPE, 0.0]), numpy.array([1.0 / SLOPE**2, 0.25]))
    return (at - middle) * theta[0] + theta[1]


def _fit(z: numpy.ndarray, y: numpy.ndarray, weight: numpy.ndarray, offset: numpy.ndarray) -> numpy.ndarray:
    """Coefficients (directions + 1,), the last one the constant."""
    import numpy

    x = numpy.column_stack([z, numpy.ones(len(z))])
    return posterior(x, y, weight, numpy.zeros(x.shape[1]), numpy.full(x.shape[1], 1.0 / SPREAD**2), offset)[0]


def _compared(before: numpy.ndarray, after: numpy.ndarray, y: numpy.ndarray, request_of: numpy.ndarray) -> tuple[float, float, float, float, int]:
    """Log-odds before and after, on pairs of a liked and another row of the same request: (by how much the log-loss of naming the liked one
    falls, that number's standard error with requests as units, share of pairs named rightly before, after, how many pairs). Within a request, as
    only there rows are ordered. The pairs of a request count together as their root, since they share rows."""
    import numpy

    gains, shares, aucs, pairs = [], [], [], 0
    for request in range(int(request_of.max()) + 1):
        liked, other = ((request_of == request) & (y > 0.5)), ((request_of == request) & (y < 0.5))
        if liked.any() and other.any():
            was, now = ((z[liked][:, None] - z[other][None, :]).ravel() for z in (before, after))
            gains.append(float((numpy.logaddexp(0.0, -was) - numpy.logaddexp(0.0, -now)).mean()))
            aucs.append([float(((z > 0) + 0.5 * (z == 0)).mean()) for z in (was, now)])
            shares.append(len(was) ** 0.5)
            pairs += len(was)
    if len(gains) < 2:
        return 0.0, 0.0, 0.5, 0.5, pairs
    share = numpy.array(shares) / sum(shares)
    gain = float(share @ gains)
    error = float(numpy.sqrt((share**2 @ (numpy.array(gains) - gain) ** 2) * len(gains) / (len(gains) - 1)))
    auc_before, auc = (share @ aucs).tolist()
    return gain, error, auc_before, auc, pairs


# --- on disk ---------------------------------------------------------------------------------------------------------

_FIGURES = ("weight", "gain", "error", "auc", "auc_before", "examples")


def save(path: Path, adapter: Adapter, key: str) -> None:
    """Keep an adapter. `key` names what it was made from (log, catalog, vectors). Raises `StoreError`."""
    import numpy

    whole = io.BytesIO()
    figures = numpy.array([getattr(adapter, name) for name in _FIGURES], dtype=numpy.float64)
    numpy.savez(whole, format=numpy.array(_FORMAT), w=adapter.w, b=adapter.b, figures=figures, key=numpy.frombuffer(key.encode(), dtype=numpy.uint8))
    paths.write_private(path, whole.getvalue())


def load(path: Path, key: str, dims: int) -> Adapter | None:
    """The adapter kept there, if it was made from `key` for vectors of `dims`; None otherwise, or if the file is damaged: it is trained anew."""
    import zipfile

    import numpy

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                return None
        with numpy.load(path, allow_pickle=False) as kept:
            if int(kept["format"]) != _FORMAT or kept["key"].tobytes() != key.encode():
                return None
            w, b, figures = kept["w"], kept["b"], kept["figures"]
    except (OSError, ValueError, KeyError, EOFError, TypeError, NotImplementedError, RuntimeError, MemoryError, OverflowError, zipfile.BadZipFile, zlib.error):
        return None
    if [(a.shape, a.dtype) for a in (w, b, figures)] != [((2, 3 * dims), numpy.float32), ((2,), numpy.float32), ((len(_FIGURES),), numpy.float64)]:
        return None
    if not (numpy.isfinite(w).all() and numpy.isfinite(b).all() and numpy.isfinite(figures).all()):
        return None
    weight, gain, error, auc, auc_before, examples = map(float, figures)
    return Adapter(w, b, min(MOST, max(0.0, weight)), gain, error, auc, auc_before, int(examples))
