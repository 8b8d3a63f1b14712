"""Ratings -> the arrays that neighbours and EASE are read from: the matrix by people and by items, and EASE's inverse. The only importer of scipy.

EASE's matrix (Steck 2019) is dense, so it is made for the `EASE_ITEMS` most rated items: 144 MB as float32, mapped from disk. Where the catalog has
vectors, they stand below the ratings as so many more rows (as in Jeunen, Van Balen & Goethals 2020): items that mean the same are taken for rated
alike, as far as the ratings leave that open.
Leaves out: scoring (see `neighbours`), files (see `collab`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from recsh.index import Index
from recsh.neighbours import weight
from recsh.ratings import Ratings

if TYPE_CHECKING:
    import numpy

EASE_ITEMS = 6_000
LAMBDA = 200.0  # of 100 to 800 the best on MovieLens small; the literature has 200 to 1,000
MEANING = 50.0  # what the vectors count; 20 to 100 do the same
_BLOCK = 500  # rows of X'X made at a time


def arrays_of(ratings: Ratings, index: Index, progress: Callable[[str, int, int], None] = lambda *_: None) -> "dict[str, numpy.ndarray]":
    """The arrays that `neighbours` describes. `progress("neighbours", steps done, steps)` is called now and then."""
    import numpy
    import scipy.sparse

    shape = (ratings.people, index.rows)
    by_users = scipy.sparse.csr_matrix((weight(ratings.worths), (ratings.users, ratings.items)), shape=shape, dtype=numpy.float32)
    by_items = by_users.T.tocsr()
    squares = by_items.astype(numpy.float64).power(2)
    out = {
        "user_start": by_users.indptr.astype(numpy.int64), "user_items": by_users.indices.astype(numpy.int32), "user_weights": by_users.data,
        "item_start": by_items.indptr.astype(numpy.int64), "item_users": by_items.indices.astype(numpy.int32), "item_weights": by_items.data,
        "user_norm": numpy.sqrt(numpy.asarray(squares.sum(axis=0)).ravel()), "item_square": numpy.asarray(squares.sum(axis=1)).ravel(),
    }  # fmt: skip
    counts = numpy.diff(out["item_start"])
    most = numpy.argsort(-counts, kind="stable")[:EASE_ITEMS]
    items = numpy.sort(most[counts[most] > 0])
    inverse = _inverse(by_items[items].astype(numpy.float64), None if index.vectors is None else index.vectors[items], progress)
    out |= {"ease_items": items.astype(numpy.int32), "ease_diagonal": inverse.diagonal().copy(), "ease_inverse": inverse.astype(numpy.float32)}
    return out


def _inverse(by_items: object, vectors: "numpy.ndarray | None", progress: Callable[[str, int, int], None]) -> "numpy.ndarray":
    """(X'X + MEANING VV' + LAMBDA I)^-1, float64 (m, m), by Cholesky's factors. `by_items` is X' (m, people)."""
    import numpy
    from scipy.linalg import lapack

    size = by_items.shape[0]  # type: ignore[attr-defined]
    gram = numpy.empty((size, size), order="F")
    others = by_items.T.tocsr()  # type: ignore[attr-defined]
    for at in range(0, size, _BLOCK):
        progress("neighbours", at, 2 * size)
        gram[at : at + _BLOCK] = (by_items[at : at + _BLOCK] @ others).toarray()  # type: ignore[index]
        if vectors is not None:
            gram[at : at + _BLOCK] += MEANING * (vectors[at : at + _BLOCK].astype(numpy.float32) @ vectors.astype(numpy.float32).T)
    gram[numpy.diag_indices(size)] += LAMBDA
    progress("neighbours", size, 2 * size)
    factor, wrong = lapack.dpotrf(gram, lower=0, overwrite_a=1)
    inverse, wrong_too = lapack.dpotri(factor, lower=0, overwrite_c=1)
    if wrong or wrong_too:  # it is positive definite by construction
        raise ArithmeticError(f"the matrix of {size} items has no inverse")
    for at in range(0, size, _BLOCK):  # only the upper half is filled
        end = min(size, at + _BLOCK)
        square = numpy.triu(inverse[at:end, at:end])
        inverse[at:end, at:end] = square + numpy.triu(square, 1).T
        inverse[end:, at:end] = inverse[at:end, end:].T
    progress("neighbours", 2 * size, 2 * size)
    return inverse
