"""The recipes of the sentence model's Chinese and of the reranker: at toy size, from a network of nothing, they run to GGUFs that the engine reads as PyTorch does."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from recsh.engine.embed import Embedder
from recsh.engine.rerank import Reranker

MODELS = Path(__file__).parent.parent / "models"
NEEDED = ("torch", "transformers", "safetensors", "gguf")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
TEXTS = ("下雨天听的歌", "songs for a rainy day", "活着. by 余华. 小说, 苦难", "Creep. by Radiohead. rock, sad, 1990s", "K歌必点 classics")

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}"),
    pytest.mark.skipif(not (MODELS / "chinese.py").exists(), reason="only in the source tree"),
]

START = """
import string, sys
from pathlib import Path
from transformers import BertConfig, BertModel
folder = Path(sys.argv[1])
words = ["[PAD]", *(f"[unused{n}]" for n in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.printable[:94].replace(string.ascii_uppercase, ""), "，", "。", "天", "人"]
words += [f"##{c}" for c in string.ascii_lowercase + string.digits] + ["the", "song", "##s", "rain", "rock", "sad"]
words = list(dict.fromkeys(words))
BertModel(BertConfig(vocab_size=len(words), hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)).save_pretrained(folder)
(folder / "vocab.txt").write_text("\\n".join(words) + "\\n", encoding="utf-8")
"""
SAYS = """
import json, sys
import torch
from transformers import BertForSequenceClassification, BertModel, BertTokenizerFast
folder, kind, texts = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
tokenizer = BertTokenizerFast(f"{folder}/vocab.txt")
model = (BertModel if kind == "sentence" else BertForSequenceClassification).from_pretrained(folder).eval()
with torch.no_grad():
    if kind == "sentence":
        print(json.dumps([model(**tokenizer(t, return_tensors="pt")).last_hidden_state[0].mean(0).tolist() for t in texts]))
    else:
        rows = [tokenizer(texts[0], add_special_tokens=False)["input_ids"] + [102] + tokenizer(t, add_special_tokens=False)["input_ids"] for t in texts[1:]]
        print(json.dumps([float(model(input_ids=torch.tensor([[101, *r, 102]])).logits) for r in rows]))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Run Python where the recipe is; its output."""
    path = os.pathsep.join(filter(None, (str(MODELS), str(MODELS.parent), os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, "PYTHONPATH": path, "RECSH_HOME": str(tmp_path_factory.mktemp("home"))}

    def run(*arguments: object) -> str:
        done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, env=environment, check=False, timeout=600)
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
        return done.stdout

    return run


@pytest.fixture(scope="module")
def taught(python, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the network that learned Chinese in two steps, the second after an interruption."""
    folder = tmp_path_factory.mktemp("chinese")
    python("-c", START, folder)
    python(MODELS / "chinese.py", "pairs", folder)
    for steps in ("1", "2"):
        out = python(MODELS / "chinese.py", "train", folder, "--start", folder, "--steps", steps)
    assert " 2 end dev: found" in out and "step 1 dev" in out
    return folder


def test_chinese_characters_become_words_of_the_sentence_model(python, taught: Path, tmp_path: Path) -> None:
    words = (taught / "model" / "vocab.txt").read_text(encoding="utf-8").splitlines()
    assert len({*words}) == len(words) > 3_000 and {*"天人雨歌余華华"} <= {*words}
    python(MODELS / "embedder.py", taught / "model", tmp_path / "toy.gguf", "--tuned")
    said = numpy.array(json.loads(python("-c", SAYS, taught / "model", "sentence", json.dumps(TEXTS))))
    said /= numpy.linalg.norm(said, axis=1, keepdims=True)
    embedder = Embedder(tmp_path / "toy.gguf", threads=1)
    assert (embedder.encode(TEXTS) * said).sum(axis=1) == pytest.approx(1.0, abs=2e-3)
    embedder.close()


def test_what_ships_can_be_trained_further(python, taught: Path, tmp_path: Path) -> None:
    """A GGUF becomes a folder again, and one step on scenes begins where that stands."""
    python(MODELS / "embedder.py", taught / "model", tmp_path / "toy.gguf", "--tuned")
    python(MODELS / "embedder.py", tmp_path / "back", tmp_path / "toy.gguf", "--back")
    assert (tmp_path / "back" / "vocab.txt").read_bytes() == (taught / "model" / "vocab.txt").read_bytes()
    before, after = (numpy.array(json.loads(python("-c", SAYS, folder, "sentence", json.dumps(TEXTS)))) for folder in (taught / "model", tmp_path / "back"))
    assert after == pytest.approx(before, abs=0.05)
    for name in ("lines", "graded"):
        (tmp_path / f"{name}.jsonl").write_bytes((taught / f"{name}.jsonl").read_bytes())
    (tmp_path / "pairs.jsonl").write_text("", encoding="utf-8")
    out = python(MODELS / "sentence.py", "scenes", tmp_path, "--start", tmp_path / "back", "--steps", "1")
    assert "scenes, " in out and "end scenes 0." in out and (tmp_path / "wider" / "model.safetensors").exists()


def test_a_reranker_grows_from_it(python, taught: Path, tmp_path: Path) -> None:
    python(MODELS / "worlds.py", tmp_path / "worlds.json", "--vectors", "none")
    python(MODELS / "reranker.py", "pairs", tmp_path, "--worlds", tmp_path / "worlds.json", "--made", "40")
    graded = [json.loads(line) for line in (tmp_path / "graded.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {v["lang"] for v in graded} == {"en", "zh"} and {v["split"] for v in graded} == {"train", "dev", "test"}
    out = python(MODELS / "reranker.py", "train", tmp_path, "--start", taught / "model", "--steps", "2")
    assert " 2 end " in out
    assert reads(python, tmp_path / "model", tmp_path, 0.02) and reads(python, tmp_path / "model", tmp_path, 0.005, "--f16")


def reads(python, folder: Path, tmp_path: Path, within: float, *how: str) -> bool:  # type: ignore[no-untyped-def]
    """Whether the engine says of the texts what PyTorch says, by a GGUF made in this way."""
    python(MODELS / "embedder.py", folder, tmp_path / "toy.gguf", "--reranker", *how)
    said = json.loads(python("-c", SAYS, folder, "reranker", json.dumps(TEXTS)))
    reranker = Reranker(tmp_path / "toy.gguf", threads=1)
    found = reranker.score(TEXTS[0], TEXTS[1:]).tolist()
    reranker.close()
    return bool(found == pytest.approx(said, abs=within))
