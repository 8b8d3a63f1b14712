"""Which vectors a catalog gets; vectors once made are kept; those of the sample catalogs come with recsh."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy
import pytest

from recsh import paths, semantic
from recsh.semantic import SENTENCE, SENTENCE_ROWS, Semantic, key_of


class Counting:
    """A stand-in for the sentence model that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> numpy.ndarray:
        self.asked += texts
        made = numpy.array([[len(t), ord(t[0]), 1.0] for t in texts], dtype=numpy.float32)
        return made / numpy.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture
def counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counting:
    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    paths.private(paths.cache_dir())
    return Counting()


def reader(counting: Counting) -> Semantic:
    one = Semantic()
    one.__dict__["sentence"] = counting  # the cached property, filled
    return one


def test_ready_made_vectors_cover_every_sample_row(every_sample) -> None:
    """A sample catalog, `describe` or the model has changed if this fails."""
    known = {*numpy.load(paths.bundled("models", "samples") / "keys.npy").tolist()}
    for name, catalog in every_sample.items():
        index = catalog.index
        missing = [i.id for i in index.items(range(index.rows)) if key_of(index.describe(i)) not in known]
        assert not missing, f"{name}: {len(missing)} rows have no vector ({missing[:3]}): run  python models/samples.py"


def test_ready_made_vectors_are_sorted_and_of_unit_length() -> None:
    folder = paths.bundled("models", "samples")
    keys, vectors = numpy.load(folder / "keys.npy"), numpy.load(folder / "vectors.npy")
    assert len(keys) == len(vectors) and (numpy.diff(keys) > 0).all() and vectors.dtype == numpy.float16
    assert numpy.allclose(numpy.linalg.norm(vectors.astype(float), axis=1), 1, atol=2e-3)


def test_a_text_is_read_once(counting: Counting) -> None:
    """Across calls, across processes (another `Semantic`), and only what is new."""
    first = reader(counting).read(["aa", "bbb"])
    assert counting.asked == ["aa", "bbb"]
    again = reader(counting).read(["bbb", "cccc", "aa"])
    assert counting.asked == ["aa", "bbb", "cccc"]
    assert numpy.array_equal(again[[2, 0]], first) and again.dtype == numpy.float32


def test_sample_rows_are_never_read(counting: Counting, every_sample) -> None:
    index = every_sample["music"].index
    texts = [index.describe(i) for i in index.items(range(20))]
    made = reader(counting).read(texts)
    assert counting.asked == [] and numpy.allclose(made, index.vectors[:20], atol=1e-3)


def test_without_the_cache_all_is_read_again(counting: Counting) -> None:
    """Losing it costs time, not the answer."""
    first = reader(counting).read(["aa"])
    (paths.cache_dir() / "sentence.sqlite").write_bytes(b"no database")
    assert numpy.array_equal(reader(counting).read(["aa"]), first) and counting.asked == ["aa", "aa"]


def test_a_long_reading_is_kept_piece_by_piece(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted build goes on where it was."""
    monkeypatch.setattr(semantic, "_BLOCK", 2)
    done: list[int] = []
    texts = [f"{c} text" for c in "abcde"]
    broken = reader(counting)
    encode = counting.encode
    monkeypatch.setattr(counting, "encode", lambda part: encode(part) if "e text" not in part else (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        broken.read(texts, done.append)
    assert done == [2, 4]
    monkeypatch.setattr(counting, "encode", encode)
    counting.asked.clear()
    reader(counting).read(texts)
    assert counting.asked == ["e text"]


def test_small_catalogs_get_sentence_vectors_large_ones_static() -> None:
    assert Semantic().for_rows(SENTENCE_ROWS).name == SENTENCE
    assert Semantic().for_rows(SENTENCE_ROWS + 1).name == "static-256"


def test_a_large_catalog_gets_its_vectors_while_it_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Beyond `SENTENCE_ROWS` rows: static vectors of each row's words, in 8 bits; up to there the sentence model is asked."""
    from recsh.catalog import Entry, open_catalog
    from recsh.vectors import Vectors

    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    monkeypatch.setattr(semantic, "SENTENCE_ROWS", 20)
    one = Semantic()
    one.__dict__["sentence"] = Counting()
    kinds = {}
    for rows in (20, 21):
        path = tmp_path / f"{rows}.csv"
        path.write_text("title,description\n" + "".join(f"Piece {i},calm piano at night number {i}\n" for i in range(rows)), encoding="utf-8")
        index = open_catalog(Entry(str(rows), path), one.for_rows).index
        kinds[rows] = index.embedder
        if isinstance(index.vectors, Vectors):
            wanted = one.static.encode([f"Piece {i} calm piano at night number {i}" for i in range(rows)])
            assert numpy.allclose((index.vectors[range(rows)] * wanted).sum(axis=1), 1, atol=5e-3)
            vector = one.request("piano", index)
            assert vector.shape == (256,) and one.head("piano", index) is not None
        index.close()
    assert kinds == {20: SENTENCE, 21: "static-256"} and len(one.sentence.asked) == 20


@pytest.mark.parametrize("model, reads", [("none", False), ("embedded", True)])
@pytest.mark.parametrize("request_", ["calm piano", "something for when it is late and the street is quiet", "like Piece 3, but for somebody who cannot sleep"])
def test_the_head_of_a_large_catalog_is_read_wherever_a_model_takes_part(model: str, reads: bool, request_: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its static vectors find, the sentence model ranks: NDCG@10 .013 to .03 higher on the samples and in a shop, whether the reranker reads too or not."""
    from recsh import session
    from recsh.work import Options

    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    monkeypatch.setattr(semantic, "SENTENCE_ROWS", 20)
    path = tmp_path / "large.csv"
    path.write_text("title,tags,description\n" + "".join(f"Piece {i},piano|calm,for an evening number {i}\n" for i in range(40)), encoding="utf-8")
    one = Semantic()
    one.__dict__["sentence"] = counting = Counting()
    recommender = session.recommender(session.load_catalog(path, semantic=one), {"model": model}, one, memory=False)
    recommender.ask(request_, Options(limit=2, reasons=False, log=False))
    assert any(text.startswith("Piece") for text in counting.asked) is reads
    recommender.index.close()
    if recommender.engine:
        recommender.engine.close()


def test_the_request_lives_in_the_space_of_the_rows(semantic, music, counting: Counting, shelf) -> None:
    """A sentence vector for sentence rows; none where there is nothing to compare with."""
    from recsh.types import Column, Role

    assert semantic.head("sad", music.index) is None and semantic.request("", music.index) is None
    bare = shelf(["title"], [["One"]], (Column("title", Role.TITLE),)).index
    assert semantic.request("sad", bare) is None and semantic.head("sad", bare) is None
    vector = semantic.request("calm piano at night", music.index)
    assert vector.shape == (music.index.vectors.shape[1],)
    best = music.index.items(numpy.argsort(-(music.index.vectors @ vector.astype(numpy.float16)))[:10])
    assert sum("piano" in " ".join(i.cells.values()) for i in best) >= 5


def test_keys_are_positive_and_differ() -> None:
    keys = {key_of(f"text {i}") for i in range(2000)}
    assert len(keys) == 2000 and all(0 <= k < 2**63 for k in keys)
