"""Bayesian logistic regression with a Gaussian prior: the most probable coefficients by Newton's method and their covariance by Laplace's
approximation. Numbers in, numbers out.

Leaves out: what the columns mean (see `learn`, `adapter`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy

_STEPS = 60  # Newton's steps; five to eight are usual
_HALVINGS = 30
_CLOSE = 1e-9  # a step that promises less than so much of the objective is the last


def probability(logits: numpy.ndarray) -> numpy.ndarray:
    """1 / (1 + exp(-logits)), without overflow."""
    import numpy

    return 0.5 * (1.0 + numpy.tanh(0.5 * logits))


def posterior(
    x: numpy.ndarray, y: numpy.ndarray, weight: numpy.ndarray, mean: numpy.ndarray, precision: numpy.ndarray, offset: numpy.ndarray | float = 0.0
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """(most probable coefficients (p,), their covariance (p, p)) of P(y = 1) = sigmoid(offset + x @ theta), theta_k ~ N(mean_k, 1 / precision_k).

    `x` (n, p), `y` (n,) 0 or 1, `weight` (n,) how often each example counts, `precision` (p,) above 0. The objective is strictly convex, so
    there is one answer whatever the order of the examples. The covariance is the inverse of the Hessian there (MacKay 2003, ch. 27 and 41).
    """
    import numpy

    theta = numpy.array(mean, dtype=numpy.float64)

    def objective(at: numpy.ndarray) -> float:
        z = offset + x @ at
        return float(weight @ (numpy.logaddexp(0.0, z) - y * z) + 0.5 * precision @ (at - mean) ** 2)

    value = objective(theta)
    for _ in range(_STEPS):
        p = probability(offset + x @ theta)
        gradient = x.T @ (weight * (p - y)) + precision * (theta - mean)
        step = numpy.linalg.solve(_hessian(x, weight * p * (1 - p), precision), gradient)
        promise = float(gradient @ step)
        length = 1.0
        while (new := objective(theta - length * step)) > value - 1e-4 * length * promise and promise > _CLOSE and length > 0.5**_HALVINGS:
            length /= 2
        theta, value = theta - length * step, new
        if promise <= _CLOSE:
            break
    p = probability(offset + x @ theta)
    return theta, numpy.linalg.inv(_hessian(x, weight * p * (1 - p), precision))


def _hessian(x: numpy.ndarray, curvature: numpy.ndarray, precision: numpy.ndarray) -> numpy.ndarray:
    out = (x * curvature[:, None]).T @ x
    out[range(len(precision)), range(len(precision))] += precision
    return out
