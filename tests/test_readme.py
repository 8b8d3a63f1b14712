"""The README is run: every `recsh` line of a console block, the Python block, and the command of .ci/run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import recsh

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.M | re.S)
LINES = [line.removeprefix("$ ") for kind, block in BLOCKS if kind == "console" for line in block.splitlines() if line.startswith("$ ")]
SHOP = "sku,product,maker,price,category,description\n" + "".join(
    f"s{i},{name},Maker {i % 3},${9 + 4 * i},{kind},{text}\n"
    for i, (name, kind, text) in enumerate([
        ("Chef knife", "kitchen", "A sharp knife for someone who cooks"), ("Cast iron pan", "kitchen", "For cooking over any fire"), ("Spice set", "kitchen", "Twelve spices for cooks"),
        ("Tent", "camping", "Sleeps two"), ("Lamp", "home", "Warm light"), ("Notebook", "office", "Dotted paper"),
    ])
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader stands: with a shop.csv and a questions.txt."""
    path = tmp_path_factory.mktemp("reader")
    (path / "shop.csv").write_text(SHOP, encoding="utf-8")
    (path / "questions.txt").write_text("sad piano\nthrash metal\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def env(home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """`recsh` on the path is this recsh; the lines share a home, as they do for a reader."""
    script = tmp_path_factory.mktemp("bin") / "recsh"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m recsh "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    own = tmp_path_factory.mktemp("readers-home")
    (home / "cache").mkdir(exist_ok=True)
    (own / "cache").symlink_to(home / "cache")  # compiled samples are the same for all tests
    return os.environ | {"RECSH_HOME": str(own), "PYTHONPATH": str(Path(recsh.__file__).parents[1]), "PATH": f"{script.parent}:{os.environ['PATH']}"}


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize("line", LINES)
def test_every_console_line_runs(line: str, folder: Path, env: dict[str, str]) -> None:
    """In the order of the README, with exit code 0 and something to show."""
    if missing := [w for w in re.findall(r"\| (\w+)", line) if not shutil.which(w, path=env["PATH"])]:
        pytest.skip(f"{missing[0]} is not installed")
    before = {p.name for p in folder.iterdir()}
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=folder, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout or {p.name for p in folder.iterdir()} - before or ran.stderr.startswith("recsh: ")  # an acknowledgement
    assert "error" not in ran.stderr


def test_there_are_examples() -> None:
    assert sum(line.startswith("recsh") for line in LINES) >= 10


@pytest.mark.parametrize("code", [block for kind, block in BLOCKS if kind == "python"])
def test_the_python_block_runs(code: str, env: dict[str, str]) -> None:
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0 and len(ran.stdout.splitlines()) >= 3, ran.stderr


def test_the_json_block_is_what_json_prints(env: dict[str, str]) -> None:
    """The same keys, at every level that a plain answer has."""
    (block,) = [json.loads(block) for kind, block in BLOCKS if kind == "json"]
    ran = subprocess.run(["recsh", "ask", "piano", "--json"], env=env, capture_output=True, text=True, timeout=300)
    value = json.loads(ran.stdout)
    assert list(value) == list(block) and list(value["results"][0]) == list(block["results"][0])
    assert all(list(value[k]) == list(block[k]) for k in ("engine", "catalog", "params", "usage", "timing_ms"))


def test_the_test_command_is_the_one_that_ci_runs() -> None:
    """.ci/run takes it from here: one line, and a whole one."""
    runner = ROOT / ".ci" / "run"
    if not runner.exists():
        pytest.skip("not in this copy")
    pattern = re.search(r'grep -m1 -E "(.*)" README.md', runner.read_text(encoding="utf-8"))
    assert pattern is not None
    (command,) = [line for line in README.splitlines() if re.search(pattern[1], line)]
    assert command.endswith("pytest") and "'.[test]'" in command


def test_every_file_that_is_linked_is_there() -> None:
    links = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]
    assert links and [target for target in links if not (ROOT / target).exists()] == []
