"""The README's recipes are run: every block in a real shell, with the tools that it names, where they are installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import recsh
from recsh.catalog import Catalog

ROOT = Path(__file__).parents[1]
RECIPES = re.search(r"^## Recipes\n(.*?)^## ", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", RECIPES[1] if RECIPES else "", re.M | re.S)
TOOLS = ("jq", "fzf", "xargs", "sed", "cut", "diff")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipes")
    (path / "shop.csv").write_text("sku,product,price\ns1,Chef knife,38\ns2,Pan,25\ns3,Tent,60\n", encoding="utf-8")
    shutil.copy(ROOT / "sample_data" / "music.queries.jsonl", path)
    return path


@pytest.fixture(scope="module")
def env(home: Path, music: Catalog, movies: Catalog, tmp_path_factory: pytest.TempPathFactory, folder: Path) -> dict[str, str]:
    """`recsh` on the path is this recsh, with a home of its own; fzf filters instead of asking."""
    script = tmp_path_factory.mktemp("bin") / "recsh"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m recsh "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    own = tmp_path_factory.mktemp("recipes-home")
    (own / "cache").symlink_to(home / "cache")
    return os.environ | {
        "RECSH_HOME": str(own), "PYTHONPATH": str(Path(recsh.__file__).parents[1]), "PATH": f"{script.parent}:{os.environ['PATH']}", "HOME": str(folder), "FZF_DEFAULT_OPTS": "--filter=''",
    }  # fmt: skip


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize(("kind", "block"), BLOCKS, ids=[block.split("\n")[0][:50] for _, block in BLOCKS])
def test_a_recipe(kind: str, block: str, folder: Path, env: dict[str, str]) -> None:
    """In their order, as a reader would: each exits 0 and shows something, or leaves a file."""
    if missing := [tool for tool in TOOLS if re.search(rf"(^|[|(] *|\| *\n *){tool} ", block) and not shutil.which(tool)]:
        pytest.skip(f"{missing[0]} is not installed")
    before = {p.name for p in folder.iterdir()}
    if kind == "crontab":
        *when, command = block.strip().split(None, 5)
        assert len(when) == 5 and all(re.fullmatch(r"[\d*,/-]+", field) for field in when) and "%" not in command
        shell = ["/bin/sh", "-c", command]
    else:
        shell = ["bash", "-o", "pipefail", "-c", block]
    ran = subprocess.run(shell, cwd=folder, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
    assert ran.returncode in ((0, 1) if block.startswith("diff") else (0,)), ran.stderr
    assert "error" not in ran.stderr and (ran.stdout or ran.stderr.startswith("recsh: ") or {p.name for p in folder.iterdir()} - before)


def test_what_was_said_with_a_recipe_is_remembered(folder: Path, env: dict[str, str]) -> None:
    """The two likes were taken back; those that were chosen with fzf stand, where it is installed."""
    ran = subprocess.run(["recsh", "history", "list", "-f", "tsv", "-n", "0"], cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0 and len(ran.stdout.splitlines()) == (20 if shutil.which("fzf") else 0)


def test_the_crontab_line_wrote_what_it_says(folder: Path) -> None:
    assert len((folder / "tonight.txt").read_text(encoding="utf-8").splitlines()) >= 3


def test_there_are_recipes() -> None:
    assert {"sh", "crontab"} == {kind for kind, _ in BLOCKS} and len(BLOCKS) >= 10
