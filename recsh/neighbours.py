"""What other people's ratings say of one person's: user neighbours, item neighbours and EASE, each with the person folded in. Numpy on arrays.

The person is a row x of weights that joins the matrix X of the others (people x items) the moment it is asked for, without anything being trained
again, and the scores are those of a full rebuild with one more row:

    users   sim(u) = X_u x / (|X_u| |x| + USER_SHRINK); the USER_NEAREST most alike people, score(j) = sum of sim(u) X_uj
    items   G = X'X + xx'; score(j) = sum over i of w_i G_ij / sqrt((G_ii + ITEM_SHRINK) (G_jj + ITEM_SHRINK)), i not j
    ease    Steck 2019: P = (X'X + lambda I)^-1, B_ij = -P_ij / P_jj, B_jj = 0, score = w B. A new row changes P by rank one
            (Sherman & Morrison 1950): P' = P - (Px)(Px)' / (1 + x'Px), of which only the rows of the person's own items are read

w is x, faded with age: what somebody does next has more to do with the latest things than with the first. Leaves out: how X and P are made (see
`ratingmodel`), where they are kept and how the three are mixed (see `collab`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import numpy

NEUTRAL, SLOPE = 0.7, 1.4  # weight of a worth: a like 2.1, no opinion 0.7, a dislike -0.7. Found on MovieLens (tests/benchmarks/ratings.py)
USER_SHRINK = 20.0  # in squared weights: who shares few things is not alike
USER_NEAREST = 40
ITEM_SHRINK = 10.0
FADE, FLOOR = 10.0, 0.1  # half-life of a verdict in later verdicts, and the share that never fades
_BLOCK = 256  # rows of the inverse in memory at a time

Arrays = Mapping[str, "numpy.ndarray"]


def weight(worth: "numpy.ndarray") -> "numpy.ndarray":
    """Worths of -1..1 as the weights of the matrix."""
    return NEUTRAL + SLOPE * worth


class Person(Struct, frozen=True):
    """`rows` int64 (n,) sorted positions, `x` float64 (n,) their weights, `w` those faded."""

    rows: "numpy.ndarray"
    x: "numpy.ndarray"
    w: "numpy.ndarray"


def person_of(worths: Mapping[int, float]) -> Person:
    """Positions -> worths, oldest first, as a row of the matrix."""
    import numpy

    rows = numpy.fromiter(worths, dtype=numpy.int64, count=len(worths))
    x = weight(numpy.fromiter(worths.values(), dtype=numpy.float64, count=len(worths)))
    age = numpy.arange(len(rows) - 1, -1, -1)
    w = x * (FLOOR + (1.0 - FLOOR) * 0.5 ** (age / FADE))
    order = numpy.argsort(rows)
    return Person(rows[order], x[order], w[order])


def by_users(arrays: Arrays, person: Person, rows: int) -> "numpy.ndarray":
    """What people alike weigh, (rows,) float64.

    `user_start` int64 (people + 1,), `user_items` int32 and `user_weights` float32 hold the matrix by people; `item_start` (rows + 1,),
    `item_users`, `item_weights` by items; `user_norm` float64 (people,).
    """
    import numpy

    alike = numpy.zeros(len(arrays["user_norm"]))
    for n, w in zip(person.rows.tolist(), person.w.tolist(), strict=True):
        span = slice(arrays["item_start"][n], arrays["item_start"][n + 1])
        alike[arrays["item_users"][span]] += w * arrays["item_weights"][span]  # a person rates an item once, so no place comes twice
    alike /= float(numpy.sqrt(person.w @ person.w)) * arrays["user_norm"] + USER_SHRINK
    nearest = numpy.argsort(-alike, kind="stable")[:USER_NEAREST]
    out = numpy.zeros(rows)
    for u in nearest[alike[nearest] > 0].tolist():
        span = slice(arrays["user_start"][u], arrays["user_start"][u + 1])
        out[arrays["user_items"][span]] += alike[u] * arrays["user_weights"][span]
    return out


def by_items(arrays: Arrays, person: Person, rows: int) -> "numpy.ndarray":
    """What is rated by the same people, (rows,) float64. `item_square` float64 (rows,) is the diagonal of X'X."""
    import numpy

    square = arrays["item_square"].astype(numpy.float64)
    square[person.rows] += person.x**2
    norm = numpy.sqrt(square + ITEM_SHRINK)
    scaled = person.w / norm[person.rows]
    through = numpy.zeros(len(arrays["user_norm"]))
    for n, s in zip(person.rows.tolist(), scaled.tolist(), strict=True):
        span = slice(arrays["item_start"][n], arrays["item_start"][n + 1])
        through[arrays["item_users"][span]] += s * arrays["item_weights"][span]
    each = numpy.repeat(through, numpy.diff(arrays["user_start"]))
    out = numpy.bincount(arrays["user_items"], each * arrays["user_weights"], rows)
    out[person.rows] += person.x * float(scaled @ person.x) - scaled * square[person.rows]
    return out / norm


def by_ease(arrays: Arrays, person: Person, rows: int) -> "numpy.ndarray":
    """EASE's scores, (rows,) float64, 0 for items it does not know.

    `ease_items` int32 (m,) sorted positions, `ease_inverse` float32 (m, m) P, `ease_diagonal` float64 (m,) its diagonal.
    """
    import numpy

    out = numpy.zeros(rows)
    at, x, w = _known(arrays, person)
    if not len(at):
        return out
    px, pw = numpy.zeros(len(arrays["ease_items"])), numpy.zeros(len(arrays["ease_items"]))
    for k in range(0, len(at), _BLOCK):
        block = arrays["ease_inverse"][at[k : k + _BLOCK]].astype(numpy.float64)
        px += x[k : k + _BLOCK] @ block
        pw += w[k : k + _BLOCK] @ block
    more = 1.0 + float(x @ px[at])
    pw -= px * (float(w @ px[at]) / more)
    scores = -pw / (arrays["ease_diagonal"] - px * px / more)
    scores[at] += w
    out[arrays["ease_items"]] = scores
    return out


def _known(arrays: Arrays, person: Person) -> "tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]":
    """(places among EASE's items, x, w) of the person's items that it knows."""
    import numpy

    items = arrays["ease_items"]
    if not len(items):
        return numpy.empty(0, dtype=numpy.int64), person.x[:0], person.w[:0]
    at = numpy.minimum(numpy.searchsorted(items, person.rows), len(items) - 1)
    known = items[at] == person.rows
    return at[known], person.x[known], person.w[known]


def ease_shares(arrays: Arrays, person: Person, n: int) -> "tuple[numpy.ndarray, numpy.ndarray]":
    """What each of the person's items adds to EASE's score of item n: (positions, shares); both empty if it does not know n."""
    import numpy

    items = arrays["ease_items"]
    at, x, w = _known(arrays, person)
    j = int(numpy.searchsorted(items, n))
    if not len(at) or j == len(items) or items[j] != n:
        return numpy.empty(0, dtype=numpy.int64), numpy.empty(0)
    row = arrays["ease_inverse"][j].astype(numpy.float64)
    among = arrays["ease_inverse"][at][:, at].astype(numpy.float64)
    px, px_n = x @ among, float(x @ row[at])
    more = 1.0 + float(x @ px)
    shares = -w * (row[at] - px * px_n / more) / (arrays["ease_diagonal"][j] - px_n * px_n / more)
    return items[at].astype(numpy.int64), numpy.where(at == j, 0.0, shares)
