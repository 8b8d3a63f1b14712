"""The recipe that trains the embedded weights: at toy size it runs from nothing to a GGUF, and the engine reads that as the trainer wrote it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from recsh.engine import JudgePrompt, open_engine
from recsh.engine.llama import Model
from recsh.prompt import FORMAT
from recsh.types import Mode
from recsh.weights import describe

MODELS = Path(__file__).parent.parent / "models"
NEEDED = ("torch", "tokenizers", "gguf")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
ROWS = ("Angel of Death | Slayer | thrash metal, aggressive | 1986", "青花瓷 | 周杰伦 | 流行, 古风 | 2007", "Waterloo | ABBA | pop, happy | $1974.50")
TEXTS = ("Request: 90s thrash, nothing live\n", "Item: Café del Mar — Vol. 12 | d'Or | it's 3,000 | 117 min\nFits:", "想找80年代的摇滚，不要太吵\n", "  two  spaces\n\n…‘x’ 50% £9.99 ünïcode 元")

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: pip install .[train]"),
    pytest.mark.skipif(not (MODELS / "make.py").exists(), reason="only in the source tree"),
]

SCORES = """
import json, sys
import torch
from evaluate import load, scores
from packing import Packer
from pathlib import Path
from tasks import Row, Task
from tokenizers import Tokenizer
folder, given = Path(sys.argv[1]), json.loads(sys.argv[2])
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
task = Task("test", given["prefix"], tuple(Row(r, True) for r in given["rows"]), given["suffix"])
found = scores(load(folder / "last.pt", torch.device("cpu")), Packer(tokenizer, 2, 256), [task], torch.device("cpu"))[0]
print(json.dumps({"scores": [s for _, s in found], "ids": [tokenizer.encode(t, add_special_tokens=False).ids for t in given["texts"]]}))
"""


def python(*arguments: str, home: Path) -> str:
    """Run Python on the recipe's folder; its output."""
    path = os.pathsep.join(filter(None, (str(MODELS), str(MODELS.parent), os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, "PYTHONPATH": path, "RECSH_HOME": str(home)}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False, timeout=600)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the whole recipe has run at toy size."""
    folder = tmp_path_factory.mktemp("recipe")
    python(str(MODELS / "make.py"), "--size", "toy", "--tokens", "2e4", "--vectors", "static", "--out", str(folder), home=folder / "home")
    return folder


def test_the_weights_say_what_they_are(made: Path) -> None:
    """The header has the mode and format that recsh asks for, and a licence."""
    described = describe(made / "recsh-toy.gguf")
    assert (described.mode, described.format, described.licence, described.quantization) == (Mode.JUDGE, FORMAT, "Apache-2.0", "Q8_0")


def test_the_engine_judges_as_the_trainer_does(made: Path) -> None:
    """llama.cpp's log-odds of a row behind a shared request are those of the network in training, and texts become the same tokens."""
    prompt = JudgePrompt("Request: aggressive thrash from the 80s\nLike: Enter Sandman | Metallica | heavy metal | 1991\n", tuple(f"Item: {r}" for r in ROWS), "\nFits:")
    given = json.dumps({"prefix": prompt.prefix, "rows": prompt.rows, "suffix": prompt.suffix, "texts": TEXTS})
    told = json.loads(python("-c", SCORES, str(made), given, home=made / "home"))
    engine = open_engine(made / "recsh-toy-f16.gguf")
    assert engine.judge(prompt) == pytest.approx(told["scores"], abs=0.02)
    assert len(list(engine.reasons(prompt, [0], max_tokens=4))) >= 0
    engine.close()
    model = Model(made / "recsh-toy.gguf")
    assert [model.tokens(t) for t in TEXTS] == told["ids"]
    model.close()


def test_a_second_run_makes_nothing_anew(made: Path) -> None:
    """Each step is skipped if its output is there."""
    before = {p.name: p.stat().st_mtime_ns for p in made.iterdir()}
    out = python(str(MODELS / "make.py"), "--size", "toy", "--tokens", "2e4", "--vectors", "static", "--out", str(made), home=made / "home")
    assert "+" not in out
    assert {p.name: p.stat().st_mtime_ns for p in made.iterdir()} == before


def test_training_goes_on_where_it_stood(made: Path) -> None:
    """A resumed run counts what was done before, and can be ended early by letting the rate fall."""
    (made / "trained").unlink()
    python(str(MODELS / "make.py"), "--size", "toy", "--tokens", "4e3", "--vectors", "static", "--out", str(made), "--decay-now", home=made / "home")
    steps = [int(line.split("\t")[1]) for line in (made / "train.tsv").read_text().splitlines()]
    assert len(steps) >= 1
    told = python("-c", "import sys, torch; print(torch.load(sys.argv[1], weights_only=True)['at']['tokens'])", str(made / "last.pt"), home=made / "home")
    assert int(told) >= 24_000
    assert (made / "recsh-toy.gguf").exists()


def test_tasks_are_the_same_for_a_seed_and_their_reasons_are_true(made: Path) -> None:
    """Tasks depend on the seed alone; a yes has a reason of words that its row or request has."""
    script = (
        "import random, sys, worlds; from pathlib import Path; from tasks import KINDS, Maker\n"
        "m = Maker(worlds.read(Path(sys.argv[1])))\n"
        "a, b = ([m.task(random.Random(f'{s}{k}'), k) for s in range(6) for k in KINDS] for _ in range(2))\n"
        "assert a == b and all(t.prefix.startswith('Request: ') and t.suffix == '\\nFits:' for t in a)\n"
        "assert all(any(r.yes is False for r in t.rows) for t in a) and sum(r.yes is True for t in a for r in t.rows) > 60\n"
        "assert any('\\u4e00' <= c <= '\\u9fff' for t in a for c in t.prefix)"
    )
    python("-c", script, str(made / "worlds.json"), home=made / "home")
