"""What is answered before the command line is built is what it would have answered, and nothing heavy is loaded for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import recsh
from recsh.cli import front
from recsh.cli.root import build, help_text

ROOT = str(Path(recsh.__file__).parents[1])
CASES = [
    ([], {}), (["--help"], {}), (["-h"], {}), (["--help"], {"COLUMNS": "100"}), (["--help"], {"COLUMNS": "190"}), (["--help"], {"COLUMNS": "57"}), (["--version"], {}), (["-V"], {}),
    (["--help"], {"COLUMNS": "0"}), (["--help"], {"COLUMNS": "x"}),
]  # fmt: skip
SLOW = "from recsh.cli import front, main; front.instant = lambda *_: None; main()"


def printed(code: str, args: list[str], environment: dict[str, str]) -> str:
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    ran = subprocess.run([sys.executable, "-c", code, *args], env={**kept, "PYTHONPATH": ROOT, **environment}, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert ran.returncode == 0 and not ran.stderr, ran.stderr
    return ran.stdout


def test_what_is_kept_is_what_typer_says() -> None:
    """python -c "from recsh.cli import root; root.keep()" brings it up to date."""
    assert Path(front.FILE).read_text(encoding="utf-8") == help_text()


def test_every_command_has_its_module() -> None:
    from typer.main import get_command

    assert set(get_command(build()).commands) == set(front.HOMES)
    for name, module in front.HOMES.items():
        assert name in get_command(build([module])).commands


@pytest.mark.parametrize(("args", "environment"), CASES, ids=lambda v: " ".join(v if isinstance(v, list) else v.values()) or "none")
def test_the_short_way_and_the_long_one_say_the_same(args: list[str], environment: dict[str, str]) -> None:
    assert printed("from recsh.cli import main; main()", args, environment) == printed(SLOW, args, environment)


@pytest.mark.parametrize(("args", "environment"), [CASES[0], CASES[1], CASES[6]], ids=str)
def test_it_loads_nothing(args: list[str], environment: dict[str, str]) -> None:
    code = "import sys, atexit\nfrom recsh.cli import main\nbefore = set(sys.modules)\natexit.register(lambda: print(sorted(m for m in sys.modules if m.split('.')[0] in HEAVY)))\nmain()"
    code = f"HEAVY = {('typer', 'numpy', 'pandas', 'rich', 'llama_cpp', 'pydantic', 'sqlite3', 'typing')!r}\n" + code
    assert printed(code, args, environment).splitlines()[-1] == "[]"


def test_an_unknown_command_is_answered_with_all_of_them_in_view() -> None:
    ran = subprocess.run([sys.executable, "-m", "recsh", "aks"], env={**os.environ, "PYTHONPATH": ROOT}, capture_output=True, text=True)
    assert ran.returncode == 2 and "ask" in ran.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_help_into_a_full_disk_is_an_error() -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([sys.executable, "-m", "recsh", "--help"], env={**os.environ, "PYTHONPATH": ROOT}, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ran.returncode == 1 and ran.stderr.startswith("recsh: error: ") and "Traceback" not in ran.stderr
