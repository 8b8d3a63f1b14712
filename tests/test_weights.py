"""GGUF files from the outside: what they say is read, what cannot be believed is refused with its cause."""

from __future__ import annotations

import os
import random
import struct
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest

from recsh import weights
from recsh.errors import WeightsError
from recsh.header import CHUNK, Header, opened
from recsh.types import Mode


def write_gguf(path: Path, architecture: str = "llama", *, tensors: int = 1, **values: str | int | bool) -> Path:
    """A GGUF of a few hundred bytes; keywords are its keys, `__` for a dot."""
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in values.items():
        add = {str: writer.add_string, bool: writer.add_bool, int: writer.add_uint32}[type(value)]
        add(key.replace("__", "."), value)
    writer.add_array("tokenizer.ggml.tokens", ["a", "bc", ""])
    writer.add_array("tokenizer.ggml.scores", [0.5, 1.5])
    for i in range(tensors):
        writer.add_tensor(f"t{i}", np.ones((2, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_gguf(tmp_path / "small.gguf", general__name="Small", llama__context_length=512, general__file_type=7)


def test_the_embedded_weights_are_described(tmp_path: Path):
    w = weights.describe(weights.bundled("recsh-mini.gguf"))
    assert (w.architecture, w.mode, w.format, w.licence) == ("llama", Mode.JUDGE, "request-item-fits-1", "CC0-1.0")
    assert (w.quantization, w.kind, w.template) == ("Q8_0", "chat", True)
    assert w.size_bytes == w.path.stat().st_size


@pytest.mark.parametrize("name", ["recsh-mini.gguf", "recsh-sentence-q8_0.gguf", "recsh-reranker-q8_0.gguf"])
def test_numbers_agree_with_the_reference_reader(name: str):
    w, reference = weights.describe(weights.bundled(name)), gguf.GGUFReader(weights.bundled(name))
    assert w.parameters == sum(int(np.prod(t.shape)) for t in reference.tensors)
    assert w.context == reference.fields[f"{w.architecture}.context_length"].contents()
    assert w.name == reference.fields["general.name"].contents()


def test_the_embedder_is_known_as_one_and_carries_its_licence():
    w = weights.describe(weights.bundled("recsh-sentence-q8_0.gguf"))
    assert (w.kind, w.licence) == ("embedding", "Apache-2.0")


def test_little_more_than_the_header_is_read():
    path = weights.bundled("recsh-sentence-q8_0.gguf")
    with opened(path) as file:
        found = Header(path, file, path.stat().st_size)
        assert found.at <= file.tell() <= found.at + CHUNK < path.stat().st_size


def test_what_a_file_does_not_say_has_a_default(tmp_path: Path):
    w = weights.describe(write_gguf(tmp_path / "bare.gguf"))
    assert (w.name, w.context, w.mode, w.format, w.template, w.licence) == ("bare", 0, Mode.JUDGE, "", False, "")
    assert w.parameters == 64


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        ({"recsh__mode": "judge"}, Mode.JUDGE),
        ({"recsh__mode": "write", "general__name": "Qwen3 Reranker"}, Mode.WRITE),
        ({"recsh__mode": "dance"}, Mode.JUDGE),
        ({"general__name": "Qwen3-Reranker-0.6B"}, Mode.JUDGE),
        ({"general__name": "Qwen3-0.6B"}, Mode.JUDGE),
    ],
)
def test_the_mode_is_what_the_file_says_else_rerankers_judge(tmp_path: Path, values: dict[str, str], mode: Mode):
    assert weights.describe(write_gguf(tmp_path / "m.gguf", "qwen3", **values)).mode is mode


def test_files_that_are_no_chat_models_are_told_apart(tmp_path: Path):
    assert weights.describe(write_gguf(tmp_path / "a", general__type="adapter")).kind == "adapter"
    assert weights.describe(write_gguf(tmp_path / "v", tensors=0)).kind == "vocabulary"
    assert weights.describe(write_gguf(tmp_path / "c", "clip")).kind == "projector"
    assert weights.describe(write_gguf(tmp_path / "e", llama__attention__causal=False)).kind == "embedding"


# --- files that lie ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "is empty"),
        (b"GGUF", "ends early"),
        (b"hello, world", "not a GGUF file but something else"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"PK\x03\x04" + b"\0" * 40, "zip or PyTorch"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60), "keys"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62) + b"x" * 20, "a text of"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q1sIIQ", 1, b"k", 9, 4, 1 << 61), "values of k"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q1sIIQ", 1, b"k", 9, 9, 1), "type 9"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q1sII", 1, b"k", 77, 0), "unknown type 77"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "architecture"),
    ],
)
def test_what_is_not_a_whole_gguf_is_refused_with_its_cause(tmp_path: Path, content: bytes, cause: str):
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=cause):
        weights.describe(path)


def test_seven_million_empty_texts_are_passed_over(tmp_path: Path):
    path = tmp_path / "zeros.gguf"
    body = struct.pack("<Q1sIIQ", 1, b"k", 9, 8, 7_000_000)
    with open(path, "wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + body)
        file.truncate(60_000_000)
    with pytest.raises(WeightsError, match="does not say its architecture"):
        weights.describe(path)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path):
    with pytest.raises(WeightsError, match="no such file"):
        weights.describe(tmp_path / "nowhere.gguf")
    with pytest.raises(WeightsError, match="is a folder"):
        weights.describe(tmp_path)
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(WeightsError, match="not a regular file"):
            weights.describe(tmp_path / "pipe")


def test_a_file_cut_anywhere_is_refused(small: Path, tmp_path: Path):
    whole = small.read_bytes()
    cut = tmp_path / "cut.gguf"
    for size in range(1, len(whole) - 1, 7):
        cut.write_bytes(whole[:size])
        with pytest.raises(WeightsError):
            weights.describe(cut)


def test_a_truncated_file_says_how_much_is_missing(tmp_path: Path):
    whole = weights.bundled("recsh-mini.gguf").read_bytes()
    path = tmp_path / "half.gguf"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match=f"truncated: it has {len(whole) // 2} of {len(whole)} bytes"):
        weights.describe(path)


def test_flipped_bytes_give_an_answer_or_a_refusal_never_anything_else(small: Path, tmp_path: Path):
    whole, dice = small.read_bytes(), random.Random(7)
    path = tmp_path / "flipped.gguf"
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            data[dice.randrange(len(data))] = dice.choice([0, 1, 8, 9, 127, 255])
        path.write_bytes(data)
        try:
            weights.describe(path)
        except WeightsError as error:
            assert error.message


# --- names ---------------------------------------------------------------------------------------------------------------


def test_weights_are_found_by_name_or_path(small: Path, tmp_path: Path):
    (tmp_path / "models").mkdir()
    kept = tmp_path / "models" / "tiny.gguf"
    kept.write_bytes(small.read_bytes())
    assert weights.listing(tmp_path) == {"tiny": kept}
    assert weights.find("tiny", tmp_path) == kept
    assert weights.find(str(small), tmp_path) == small
    assert weights.find("embedded", tmp_path) == weights.bundled("recsh-mini.gguf")
    assert weights.listing(tmp_path / "nowhere") == {}


def test_a_name_nobody_knows_is_met_with_a_near_one(tmp_path: Path):
    with pytest.raises(WeightsError) as caught:
        weights.find("embeded", tmp_path)
    assert "embedded" in caught.value.hint
    with pytest.raises(WeightsError, match="no such file"):
        weights.find("some/where.gguf", tmp_path)
    with pytest.raises(WeightsError, match="missing from this installation"):
        weights.bundled("nothing.gguf")
