"""Static vectors: a text's vector is the mean of its tokens' vectors, of unit length."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from tokenizers import Tokenizer

from recsh import paths
from recsh.errors import WeightsError
from recsh.static import StaticEmbedder

FOLDER = paths.bundled("models", "static")
TEXTS = ["sad songs for a rainy day", "Metallica", "悲伤的歌", "", "   ", "x" * 300, "heavy metal " * 200, "R&B, soul & funk (1990s)"]


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder(FOLDER)


def naive(text: str) -> numpy.ndarray:
    """One token at a time, in double precision."""
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    vectors, scales = numpy.load(FOLDER / "vectors.npy", mmap_mode="r"), numpy.load(FOLDER / "scales.npy")
    total = numpy.zeros(vectors.shape[1])
    for token in tokenizer.encode(text, add_special_tokens=False).ids[:128]:
        total += vectors[token].astype(float) * float(scales[token])
    norm = float(numpy.sqrt((total**2).sum()))
    return total / norm if norm else total


def test_it_is_the_mean_of_the_tokens(embedder: StaticEmbedder) -> None:
    made = embedder.encode(TEXTS)
    assert made.shape == (len(TEXTS), embedder.dims) and made.dtype == numpy.float32
    for text, vector in zip(TEXTS, made, strict=True):
        assert numpy.allclose(vector, naive(text), atol=1e-5), text


def test_a_text_without_tokens_gets_zeros(embedder: StaticEmbedder) -> None:
    assert not embedder.encode(["", "jazz", ""])[[0, 2]].any() and embedder.encode(["", ""]).shape == (2, embedder.dims)


def test_no_text_no_vector(embedder: StaticEmbedder) -> None:
    assert embedder.encode([]).shape == (0, embedder.dims)


def test_batches_change_nothing_and_progress_counts(embedder: StaticEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = embedder.encode(TEXTS)
    monkeypatch.setattr("recsh.static._BATCH", 3)
    done: list[int] = []
    assert numpy.array_equal(embedder.encode(iter(TEXTS), done.append), whole) and done == [3, 6, 8]


def test_meaning_is_in_it(embedder: StaticEmbedder) -> None:
    sad, unhappy, tax = embedder.encode(["sad song", "melancholy music", "tax return"])
    assert sad @ unhappy > sad @ tax + 0.1


@pytest.mark.parametrize("damage", ["missing", "cut", "mixed", "tokenizer"])
def test_a_damaged_folder_says_so(tmp_path: Path, damage: str) -> None:
    numpy.save(tmp_path / "vectors.npy", numpy.zeros((40_000, 4), numpy.int8))
    numpy.save(tmp_path / "scales.npy", numpy.ones(10 if damage == "mixed" else 40_000))
    (tmp_path / "tokenizer.json").write_bytes((FOLDER / "tokenizer.json").read_bytes() if damage != "tokenizer" else b"{")
    if damage == "missing":
        (tmp_path / "vectors.npy").unlink()
    if damage == "cut":
        (tmp_path / "vectors.npy").write_bytes((tmp_path / "vectors.npy").read_bytes()[:500])
    with pytest.raises(WeightsError, match="damaged static vectors") as caught:
        StaticEmbedder(tmp_path)
    assert "reinstall" in caught.value.hint
