"""The manual page: well-formed, whole, and made of the help alone."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from typer.main import get_command

from recsh.cli.man import _text, page
from recsh.cli.root import build


@pytest.fixture(scope="module")
def roff() -> str:
    return page(get_command(build()))


def test_every_command_and_option_is_in_it(roff: str) -> None:
    root = get_command(build())
    for name, command in root.commands.items():
        for sub, found in getattr(command, "commands", {"": command}).items():
            assert f'.SS "recsh {name} {sub}'.rstrip() + '"' in roff
            assert all(_text(option) in roff for p in found.params for option in p.opts if option.startswith("--"))


@pytest.mark.parametrize("command", [["groff", "-man", "-ww", "-z", "-Tutf8"], ["mandoc", "-T", "lint", "-W", "error"]], ids=lambda c: c[0])
def test_typesetters_find_nothing_wrong(command: list[str], roff: str) -> None:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    ran = subprocess.run(command, input=roff, capture_output=True, text=True)
    assert (ran.stdout + ran.stderr).strip() == ""


def test_what_is_printed_is_what_was_meant(roff: str) -> None:
    """Hyphens, quotation marks, backslashes, Chinese: as in the help."""
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    odd = ".TH X 1\n.SH NAME\nx \\- y\n.SH A\n" + _text("'quoted' --json a\\b 科幻 $HOME .x") + "\n"
    ran = subprocess.run(["mandoc", "-T", "utf8"], input=odd, capture_output=True, text=True)
    assert "'quoted' --json a\\b 科幻 $HOME .x" in ran.stdout
    shown = re.sub(".\b", "", subprocess.run(["mandoc", "-T", "ascii"], input=roff, capture_output=True, text=True).stdout)  # bold is struck twice
    assert 'recsh ask "rock songs like Metallica"' in shown and "EXIT STATUS" in shown
