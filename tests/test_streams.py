"""What only a process of its own shows: streams, pipes, signals, terminals, full disks, what is imported, the Tab key."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

import recsh
from recsh.text import UNSAFE

if os.name == "nt":
    pytest.skip("pseudo-terminals, signals and bash", allow_module_level=True)
import pty
import termios
from fcntl import ioctl

HEAVY = ("numpy", "pandas", "pyarrow", "rich", "llama_cpp", "rapidfuzz", "opencc", "tokenizers", "sqlite3")
ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
ASK = ("ask", "sad piano", "--engine", "none", "-n", "2")
BASH = shutil.which("bash") or "bash"


@pytest.fixture
def env(home: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which `recsh` is this recsh, at a home of the tests."""
    script = tmp_path / "bin" / "recsh"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m recsh "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM") and not k.startswith("RECSH_")}
    return plain | {"RECSH_HOME": str(home), "PYTHONPATH": str(Path(recsh.__file__).parents[1]), "PATH": f"{script.parent}:{os.environ['PATH']}", "TERM": "xterm-256color"}


Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(env: dict[str, str], tmp_path: Path) -> Shell:
    """Run a line of bash in an empty folder."""

    def run(line: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([BASH, "-c", line], cwd=tmp_path, env=env | more, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)

    return run


def in_terminal(args: tuple[str, ...], columns: int, env: dict[str, str]) -> str:
    """What a terminal of so many columns shows of a command's stdout and stderr together."""
    terminal, end = pty.openpty()
    ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    child = subprocess.Popen(["recsh", *args], env=env, stdin=end, stdout=end, stderr=end, start_new_session=True)
    os.close(end)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says EIO where others say end of file
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    assert child.wait(60) == 0, shown
    return shown.decode().replace("\r\n", "\n")


def plain(shown: str) -> str:
    return ANSI.sub("", shown)


# --- imports -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [["--help"], ["ask", "--help"], ["catalog", "add", "--help"], ["completion", "zsh"], ["--version"], ["ask", "--bogus"], ["config", "get", "limit"]])
def test_light_commands_import_nothing_heavy(env: dict[str, str], args: list[str]) -> None:
    """Help is instant: no numpy, no pandas, no llama.cpp, no Rich."""
    code = f"import sys\nimport recsh.cli\nrecsh.cli._drop = sys.exit\nfrom recsh.cli import main\nsys.argv = ['recsh', *{args!r}]\ntry:\n    main()\nexcept SystemExit:\n    pass\nprint([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert ran.stderr.splitlines()[-1] == "[]" and (ran.stdout or "--bogus" in args)


def test_importing_recsh_imports_nothing(env: dict[str, str]) -> None:
    """`import recsh` loads no other module of it, and each public name can be had."""
    code = "import sys, recsh\nprint([m for m in sys.modules if m.startswith('recsh.')])\nfor name in recsh.__all__: getattr(recsh, name)"
    assert subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60).stdout == "[]\n"


# --- pipes ---------------------------------------------------------------------------------------------------------------


def test_a_loop_keeps_its_lines(shell: Shell) -> None:
    """A question in the arguments leaves standard input alone, so `while read` comes to its last line."""
    ran = shell("""printf 'piano\\njazz\\npolka\\n' | while read -r q; do recsh ask "$q" --engine none -n 1 -f jsonl --fields rank; done""")
    assert ran.stdout == '{"rank": 1}\n' * 3


def test_answers_go_on_in_pipes(shell: Shell) -> None:
    """`--json` into jq (or Python, where there is none), `-f ids` into xargs."""
    titles = "jq -r '.results[].title'" if shutil.which("jq") else f"{sys.executable} -c 'import json,sys; [print(r[\"title\"]) for r in json.load(sys.stdin)[\"results\"]]'"
    found = shell(f"recsh ask 'sad piano' --engine none -n 2 --json | {titles}").stdout.splitlines()
    assert found == [line.split("\t")[1] for line in shell("recsh ask 'sad piano' --engine none -n 2").stdout.splitlines()]
    assert len(shell("recsh ask 'sad piano' --engine none -n 3 -f ids | xargs -n1 echo id").stdout.splitlines()) == 3


def test_a_closed_pipe_is_141_and_silent(shell: Shell) -> None:
    ran = shell("(sleep 0.1; recsh ask 'sad piano' --engine none; echo $? > code) | true; cat code")
    assert (ran.stdout.strip(), ran.stderr) == ("141", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("args", ["ask 'sad piano' --engine none", "ask 'sad piano' --engine none -f table", "catalog list", "--version", "ask --help", "batch -q - <<< piano"])
def test_a_full_stdout_is_an_error(shell: Shell, args: str) -> None:
    ran = shell(f"RECSH_MODEL=none recsh {args.replace(' <<<', ' > /dev/full <<<') if '<<<' in args else args + ' > /dev/full'}")
    assert ran.returncode == 1 and ran.stderr.splitlines()[0].endswith(": No space left on device") and "Traceback" not in ran.stderr


def test_a_full_disk_leaves_no_half_file(shell: Shell, tmp_path: Path) -> None:
    """As `ulimit -f` makes one: the file is not there, what stood there before is, and one line says why."""
    (tmp_path / "old.json").write_text("old", encoding="utf-8")
    ran = shell("ulimit -f 8; RECSH_NO_HISTORY=1 recsh ask 'sad piano' --engine none -n 50 --json -o old.json")
    assert ran.returncode == 1 and ran.stderr == "recsh: error: --output old.json: File too large\n  try: another FILE, or leave --output out\n"
    assert [p.name for p in tmp_path.iterdir() if p.name != "bin"] == ["old.json"] and (tmp_path / "old.json").read_text() == "old"


def test_output_into_a_device_or_pipe_leaves_it_one(shell: Shell, tmp_path: Path) -> None:
    """`-o /dev/null` and a named pipe are written to, never replaced by a file; a link keeps pointing where it did."""
    os.mkfifo(tmp_path / "pipe")
    ran = shell("cat pipe & recsh ask 'sad piano' --engine none -n 1 -f ids -o pipe; wait")
    assert ran.returncode == 0 and ran.stdout.count("\n") == 1 and (tmp_path / "pipe").is_fifo()
    (tmp_path / "link").symlink_to("target")
    assert shell("recsh ask 'sad piano' --engine none -n 1 -f ids -o link").returncode == 0
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_text() == ran.stdout


@pytest.mark.parametrize("bad", ["/dev/null/home", "/proc/home"])
def test_a_home_that_cannot_be_written_is_exit_5(shell: Shell, bad: str) -> None:
    ran = shell("recsh ask piano --engine none", RECSH_HOME=bad)
    assert (ran.returncode, ran.stdout) == (5, "") and ran.stderr.startswith(f"recsh: error: {bad}/") and "try: set RECSH_HOME" in ran.stderr


def test_a_home_on_a_full_disk_is_exit_5(shell: Shell, tmp_path: Path) -> None:
    ran = shell("ulimit -f 8; RECSH_NO_HISTORY=1 recsh ask piano --engine none", RECSH_HOME=str(tmp_path / "full"))
    assert (ran.returncode, ran.stdout) == (5, "") and len(ran.stderr.splitlines()) == 2 and "RECSH_HOME" in ran.stderr


def test_closed_streams(shell: Shell) -> None:
    """`>&-`, `<&-` and `2>&-` end in an error or an answer, never in a traceback."""
    assert shell("recsh ask piano --engine none >&-").stderr.startswith("recsh: error: standard output is closed")
    assert shell("recsh ask <&-").returncode == 2
    assert shell("recsh ask piano --engine none -n 1 2>&-").stdout.count("\n") == 1


@pytest.mark.parametrize("command", ["ask", "batch"])
def test_ctrl_c_is_130(env: dict[str, str], command: str) -> None:
    """While it waits for standard input; no traceback."""
    child = subprocess.Popen(["recsh", command, "-", "--debug"], env=env | {"RECSH_MODEL": "none"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wchan = Path(f"/proc/{child.pid}/wchan")
    for _ in range(120):  # until it waits in a read
        time.sleep(0.05)
        if not wchan.exists() or "pipe_read" in wchan.read_text():
            break
    else:
        time.sleep(2)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, b"") and b"Traceback" not in err


# --- terminals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("args", [("ask", "rock songs like Metallica", "-n", "3"), ("ask", "想看科幻电影", "-c", "movies_zh"), ("catalog", "info", "movies_zh")])
def test_the_terminal_is_wide_enough(env: dict[str, str], columns: int, args: tuple[str, ...]) -> None:
    """Nothing shown is wider than the terminal, CJK counted as two columns, bars and all."""
    more = ("--engine", "none", "--explain", "-q") if args[0] == "ask" else ()
    shown = plain(in_terminal((*args, *more), columns, env))
    assert shown.count("\n") > 5 and max(map(cell_len, shown.splitlines())) <= columns
    if args[0] == "ask":
        assert "score █" in shown and "vector" in shown and shown.startswith("1  ")


@pytest.mark.parametrize(("variables", "flag", "terminal", "colour"), [
    ({}, (), True, True), ({"NO_COLOR": "1"}, (), True, False), ({"TERM": "dumb"}, (), True, False), ({}, ("--no-color",), True, False), ({"NO_COLOR": "1"}, ("--color",), True, True),
    ({}, (), False, False), ({"FORCE_COLOR": "1"}, (), False, True), ({}, ("--color",), False, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False, False),
])  # fmt: skip
def test_colours(env: dict[str, str], variables: dict[str, str], flag: tuple[str, ...], terminal: bool, colour: bool) -> None:
    """On a terminal, unless NO_COLOR, TERM=dumb or --no-color; FORCE_COLOR and --color bring them into a pipe, and no animation with them."""
    args = (*ASK, "-f", "table", *flag)
    if terminal:
        shown = in_terminal((*args, "-q"), 80, env | variables)
    else:
        ran = subprocess.run(["recsh", *args], env=env | variables, capture_output=True, text=True, timeout=60)
        shown = ran.stdout
        assert ran.stderr == ""
    assert ("\x1b[" in shown) == colour


def test_progress_is_for_terminals(env: dict[str, str], shell: Shell) -> None:
    """A spinner on a terminal, none with -q, none with TERM=dumb, none in a pipe."""
    assert "searching" in in_terminal(ASK, 80, env)
    assert "searching" not in in_terminal((*ASK, "-q"), 80, env) + in_terminal(ASK, 80, env | {"TERM": "dumb"}) + shell("recsh ask piano --engine none", FORCE_COLOR="1").stderr


def test_text_of_a_catalog_never_acts_on_a_terminal(env: dict[str, str], tmp_path: Path) -> None:
    """Escape sequences, overrides of direction and Rich markup in cells and questions come out as harmless text, in every format."""
    cell = "[bold]evil[/b] [/x] :fire: \x1b]0;owned\x07 \x1b[31mred \u202egpj.exe \x9b2J"
    (tmp_path / "evil.csv").write_text(f'id,title,tag\n=1+1,"{cell}",x\n2,=cmd(),x\n', encoding="utf-8")
    for form in ("table", "json", "jsonl", "csv", "tsv", "ids"):
        shown = in_terminal(("ask", "evil \x9b2J \u202e", "-c", str(tmp_path / "evil.csv"), "--engine", "none", "-q", "--no-color", "-f", form), 200, env)
        assert not UNSAFE.search(shown), form
        assert form == "ids" or "[bold]evil[/b] [/x] :fire:" in shown, form
        assert form != "csv" or ",'=1+1," in shown


# --- completion ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["zsh", "fish", "powershell"])
def test_the_other_shells_get_a_script(shell: Shell, name: str) -> None:
    assert "_RECSH_COMPLETE" in shell(f"recsh completion {name}").stdout


def test_an_invalid_byte_in_a_question(shell: Shell) -> None:
    """Half a character in an argument neither stops the answer nor makes the JSON invalid."""
    value: Any = json.loads(shell("recsh ask $'sad piano \\xff' --engine none --json").stdout)
    assert value["results"]
