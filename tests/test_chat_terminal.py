"""`recsh chat` on a terminal: typing, pasting, Tab, Ctrl-C, Ctrl-R, Ctrl-D, narrow and without colours."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from recsh import talks
from recsh.catalog import Catalog
from recsh.feedback import Log

if os.name == "nt":
    pytest.skip("pseudo-terminals", allow_module_level=True)
import pty
import termios
from fcntl import ioctl

DRIVER = Path(__file__).parent / "chat_driver.py"
ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[=>])")
COLOUR = re.compile(r"\x1b\[([0-9;]*)m")
PATIENCE = 40  # seconds for what takes a tenth of one on a machine at rest
CTRL_C, CTRL_D, CTRL_R = "\x03", "\x04", "\x12"


class Terminal:
    """A command on a pseudo-terminal. `shown` is all it wrote, `read_to` where the last `until` stopped reading."""

    def __init__(self, args: tuple[str, ...], columns: int, env: dict[str, str]) -> None:
        self._end, inner = pty.openpty()
        ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self._child = subprocess.Popen([sys.executable, "-c", _CONTROLLING, str(DRIVER), *args], env=env, stdin=inner, stdout=inner, stderr=inner, start_new_session=True)
        os.close(inner)
        self.shown = ""
        self.read_to = 0

    def until(self, *wanted: str) -> str:
        """Wait until all of this was written since the last time, and give what was, without control sequences."""
        return self._wait(lambda new: all(w in ANSI.sub("", new) for w in wanted), wanted)

    def prompt(self, *wanted: str) -> str:
        """The same, and until the next turn may be typed: prompt_toolkit switches pasting on and off around its line."""
        return self._wait(lambda new: all(w in ANSI.sub("", new) for w in wanted) and new.rfind("\x1b[?2004h") > new.rfind("\x1b[?2004l"), wanted)

    def _wait(self, there: Callable[[str], bool], wanted: tuple[str, ...]) -> str:
        end = time.monotonic() + PATIENCE
        while not there(self.shown[self.read_to :]):
            if time.monotonic() > end or not self._read(1.0):
                pytest.fail(f"no {wanted} in {self.shown[self.read_to :]!r}")
        self._read(0.2)
        new, self.read_to = self.shown[self.read_to :], len(self.shown)
        return ANSI.sub("", new).replace("\r\n", "\n")

    def _read(self, patience: float) -> bool:
        """Read what comes within so many seconds; False once nothing more will."""
        while select.select([self._end], [], [], patience)[0]:
            try:
                piece = os.read(self._end, 65536)
            except OSError:  # Linux says EIO where others say end of file
                return False
            if not piece:
                return False
            self.shown += piece.decode(errors="replace")
            patience = 0.05
        return True

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def leave(self) -> int:
        """Ctrl-D, and the exit code."""
        self.type(CTRL_D)
        while self._read(0.2) and self._child.poll() is None:
            pass
        return self._child.wait(PATIENCE)

    def close(self) -> None:
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()
        os.close(self._end)


# Ctrl-C reaches who has the terminal for its own; a new session has to take it first.
_CONTROLLING = "import os, sys, termios, fcntl; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"


@pytest.fixture
def terminal(tmp_path: Path, home: Path, music: Catalog, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Terminal]]:
    """(arguments, columns) -> the driver on a terminal, at a home of its own with the compiled samples."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").symlink_to(home / "cache")
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "home"))
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "RECSH_NO_HISTORY")}
    env = plain | {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}  # nobody here says where the cursor is
    opened: list[Terminal] = []

    def start(*args: str, columns: int = 100, **more: str) -> Terminal:
        opened.append(Terminal(args, columns, env | more))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_a_conversation_is_typed(terminal: Callable[..., Terminal]) -> None:
    """Typing, several pasted lines as one turn, Tab, and Ctrl-D; what was typed is the history of the next conversation."""
    t = terminal("chat", "--engine", "none", "-n", "2")
    t.prompt("1,599 items", "recsh>")
    t.type("thrash metal\r")
    t.prompt("Thrash metal.")
    t.type("/li\t")
    t.until("/like")
    t.type(" 2\r")
    t.prompt("noted: liked ")
    t.type("\x1b[200~less screaming\nand older, please\n/quit\x1b[201~")
    t.until("older, please")
    t.type("\r")
    t.prompt()
    t.type("/history\r")
    assert re.search(r"3 +less screaming and older, please /quit\n", t.prompt("older, please"))
    t.type("/why enter sandm\t\r")
    t.prompt("Enter Sandman", "Metallica")
    assert t.leave() == 0 and len(Log().events()) == 1 and len(talks.saved()) == 1
    assert (Path(os.environ["RECSH_HOME"]) / "data" / "chat_history").stat().st_mode & 0o777 == 0o600
    again = terminal("chat", "--continue")
    again.prompt("goes on with: thrash metal", "Thrash metal")
    again.type(CTRL_R)
    again.type("thra")
    again.until("thrash metal")
    again.type("\r\r")
    again.prompt("Thrash metal")
    assert again.leave() == 0


def test_ctrl_c_stops_an_answer_and_keeps_the_conversation(terminal: Callable[..., Terminal]) -> None:
    """Titles stand there before their reasons do; then Ctrl-C; then the talk goes on. In an empty line it says how to leave."""
    t = terminal("stuck", "music")
    t.prompt()
    t.type("thrash metal\r")
    assert "Thrash metal." not in t.until("\n5  ")
    t.type(CTRL_C)
    t.prompt("stopped")
    t.type("/state\r")
    t.prompt("1. thrash metal")
    t.type("half a line")
    t.until("half a line")
    t.type(CTRL_C)
    assert "leaves" not in t.prompt()
    t.type(CTRL_C)
    t.prompt("Ctrl-D or /quit leaves")
    assert t.leave() == 0 and not Log().impressions(), "an answer that was stopped was not shown"


def test_sixty_columns_without_colours(terminal: Callable[..., Terminal]) -> None:
    t = terminal("chat", "--engine", "none", "--no-color", columns=60)
    t.prompt()
    for typed, answer in (("thrash metal", "Thrash metal"), ("why 1", "score"), ("/help", "/quit"), ("/show 1", "description"), ("why not Take Five", "Dave Brubeck")):
        t.type(f"{typed}\r")
        shown = t.prompt(answer)
        assert all(cell_len(line.split("\r")[-1].rstrip()) <= 60 for line in shown.splitlines())
    assert t.leave() == 0
    codes = {int(n or 0) for found in COLOUR.findall(t.shown) for n in found.split(";")}
    assert codes <= {0, 1, 2, 3, 7, 22, 23}, "bold, dim and italic are no colours"


def test_no_history_where_none_is_wanted(terminal: Callable[..., Terminal]) -> None:
    t = terminal("chat", "--engine", "none", RECSH_NO_HISTORY="1")
    t.prompt()
    t.type("thrash metal\r")
    t.prompt("Thrash metal")
    assert t.leave() == 0
    assert not [p for p in (Path(os.environ["RECSH_HOME"]) / "data").rglob("*") if p.is_file() and p.suffix != ".sqlite"] and not Log().impressions()
