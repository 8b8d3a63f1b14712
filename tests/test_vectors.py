"""Row vectors of large catalogs: what is kept in 8 bits is near to what was given, and what the sketch finds is what a scan finds."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recsh import vectors
from recsh.vectors import FILES, CodesFile, Vectors, VectorWriter, best, finish, space_of


def unit(values: numpy.ndarray) -> numpy.ndarray:
    return (values / numpy.linalg.norm(values, axis=-1, keepdims=True)).astype(numpy.float32)


def written(folder: Path, values: numpy.ndarray, block: int = 700) -> Vectors:
    """By two writers that take turns, the last block first."""
    space = space_of(values[:block])
    writers = [VectorWriter(folder, space) for _ in range(2)]
    totals = {at: writers[at // block % 2].add(at, values[at : at + block]) for at in reversed(range(0, len(values), block))}
    for writer in writers:
        writer.close()
    finish(folder, space, len(values), sum(total for _, total in sorted(totals.items())))
    return Vectors(*(numpy.load(folder / name) for name in FILES), CodesFile(folder / "codes.npy"))


@pytest.fixture(scope="module")
def given_vectors() -> numpy.ndarray:
    """20,000 vectors whose numbers vary as differently as those of words do, in some three hundred groups, off the middle."""
    rng = numpy.random.default_rng(3)
    spread = numpy.linspace(0.15, 0.02, 256)
    groups = rng.standard_normal((300, 256)) * spread
    return unit(groups[rng.integers(0, 300, 20_000)] + 0.7 * rng.standard_normal((20_000, 256)) * spread + 0.03)


@pytest.fixture(scope="module")
def kept(given_vectors: numpy.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    return written(tmp_path_factory.mktemp("vectors"), given_vectors)


def test_eight_bits_are_enough(kept: Vectors, given_vectors: numpy.ndarray) -> None:
    """Every number to a 127th of its row's largest half, products to a thousandth; the mean of all rows is that of the rows as given."""
    assert kept.shape == given_vectors.shape and len(kept) == 20_000 and kept.ndim == 2
    some = [5, 19_999, 5]
    assert kept[some].shape == (3, 256) and kept[7].shape == (256,) and kept[some].dtype == numpy.float32
    assert (numpy.abs(kept[some] - given_vectors[some]) <= numpy.abs(given_vectors[some]).max(axis=1, keepdims=True) / 253).all()
    assert numpy.allclose(kept.dots(given_vectors[9]), given_vectors @ given_vectors[9], atol=4e-3)
    assert numpy.allclose(kept.dots(given_vectors[9], numpy.array([3, 1])), given_vectors[[3, 1]] @ given_vectors[9], atol=4e-3)
    assert numpy.allclose(kept.mean, given_vectors.mean(axis=0), atol=1e-6)
    assert numpy.array_equal(kept.astype(numpy.float32)[some], kept[some])


def test_few_rows_are_read_exactly(kept: Vectors, given_vectors: numpy.ndarray) -> None:
    found, exact = kept.cosines(given_vectors[0])
    assert exact and numpy.array_equal(found, kept.dots(given_vectors[0])) and numpy.array_equal(kept @ given_vectors[0], found)


def test_the_sketch_finds_what_a_scan_finds(kept: Vectors, given_vectors: numpy.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the 24 nearest rows 99 in 100 are among the 4,000 that seem nearest, and estimates are on the scale of cosines."""
    monkeypatch.setattr(vectors, "EXACT", 100)
    rng = numpy.random.default_rng(5)
    asked = unit(given_vectors[rng.integers(0, 20_000, 40)] + 0.04 * rng.standard_normal((40, 256)))
    hits = []
    for vector in asked:
        found, exact = kept.cosines(vector)
        truth = kept.dots(vector)
        assert not exact and numpy.corrcoef(found, truth)[0, 1] > 0.8 and abs(float((found - truth).mean())) < 0.03
        hits.append(len({*best(truth, 24).tolist()} & {*best(found, 4000).tolist()}) / 24)
    assert numpy.mean(hits) >= 0.99
    some = numpy.array([17, 3, 19_999])
    assert numpy.allclose(kept.dots(asked[0], some), kept.dots(asked[0])[some], atol=1e-6)  # read from the file as they are read from the map


def test_empty_and_equal_rows_are_vectors_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "EXACT", 2)
    kept = written(tmp_path, numpy.zeros((50, 64), dtype=numpy.float32))
    found, _ = kept.cosines(unit(numpy.ones(64)))
    assert found.shape == (50,) and numpy.allclose(found, 0)


@settings(database=None, deadline=None, max_examples=60)
@given(arrays(numpy.float32, st.integers(1, 400), elements=st.sampled_from([0.0, 0.5, 1.0, -3.0, 7.5])), st.integers(1, 500))
def test_best_is_the_head_of_a_stable_sort(score: numpy.ndarray, k: int) -> None:
    wanted = numpy.argsort(-score, kind="stable")[:k]
    assert sorted(best(score, k).tolist()) == sorted(wanted.tolist())


def test_best_of_many_looks_at_few_and_finds_the_same() -> None:
    """Smooth scores, scores most of which are equal, and all the high ones in one place."""
    rng = numpy.random.default_rng(1)
    smooth = rng.standard_normal(200_000).astype(numpy.float32)
    flat = numpy.zeros(200_000, dtype=numpy.float32)
    flat[rng.integers(0, 200_000, 500)] = 1.0
    rising = numpy.arange(200_000, dtype=numpy.float32)
    for score in (smooth, flat, rising, -rising):
        for k in (1, 300, 4000):
            assert sorted(best(score, k).tolist()) == sorted(numpy.argsort(-score, kind="stable")[:k].tolist())
