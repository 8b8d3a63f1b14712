"""An object in another process does what is asked of it, in order; what goes wrong there is told here; and the process never stays."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsh.beside import Beside
from recsh.errors import StoreError


@pytest.fixture
def begun() -> Iterator[list[Beside]]:
    made: list[Beside] = []
    yield made
    for one in made:
        one.close()
        one.close()


def test_calls_are_done_there_in_order(begun: list[Beside]) -> None:
    begun.append(Beside("builtins", "list", [3]))
    asked = [begun[0].ask("append", n) for n in range(500)]
    assert begun[0].ask("copy").result(60) == [3, *range(500)]
    assert {one.result() for one in asked} == {None} and begun[0].ready() and begun[0].waiting == 0
    begun.append(Beside("os", "getpid"))
    assert begun[1].ask("__int__").result(60) != os.getpid()


def test_an_error_there_is_raised_here_and_says_where_it_was(begun: list[Beside]) -> None:
    begun.append(Beside("builtins", "list"))
    with pytest.raises(ValueError, match="not in list") as raised:
        begun[0].ask("index", 5).result(60)
    assert "beside.py" in raised.value.__notes__[0]
    assert begun[0].ask("copy").result(60) == []


def test_what_cannot_be_sent_is_an_error_and_not_the_end(begun: list[Beside]) -> None:
    begun.append(Beside("queue", "Queue"))
    with pytest.raises(RuntimeError, match="lock"):
        begun[0].ask("__getattribute__", "mutex").result(60)
    assert begun[0].ask("qsize").result(60) == 0


def test_what_is_printed_there_disturbs_nothing(begun: list[Beside], capfd: pytest.CaptureFixture[str]) -> None:
    begun.append(Beside("code", "InteractiveInterpreter"))
    assert begun[0].ask("runsource", "import os; print('x' * 100_000); os.write(1, b'y'); os.write(2, b'z')").result(60) is False
    assert begun[0].ask("runsource", "1").result(60) is False
    assert capfd.readouterr() == ("", "")


def test_a_process_that_ends_is_an_error_for_all_that_was_asked(begun: list[Beside]) -> None:
    """Also where writing to a closed pipe ends a process, as it does the command line's."""
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    begun.append(Beside("code", "InteractiveInterpreter"))
    try:
        asked = [begun[0].ask("runsource", text) for text in ("import os; os._exit(7)", "1", "#" * 10_000_000)]
        for one in asked:
            with pytest.raises(StoreError, match="ended with code 7"):
                one.result(60)
        begun[0].close()
    finally:
        signal.signal(signal.SIGPIPE, before)


def test_what_nobody_has_begun_on_can_be_taken_back(begun: list[Beside]) -> None:
    begun.append(Beside("code", "InteractiveInterpreter"))
    begun[0].ask("runsource", "1").result(60)
    begun[0].ask("runsource", "import time; time.sleep(60)")
    asked = [begun[0].ask("runsource", "x" * 1_000_000) for _ in range(3)]
    assert asked[2].cancel() and begun[0].waiting == 3


@pytest.mark.parametrize("program", ["/no/such/program", "", sys.executable])
def test_where_none_can_be_started_it_is_never_ready(begun: list[Beside], program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No program, or an object that cannot be made."""
    monkeypatch.setattr(sys, "executable", program)
    begun.append(Beside("builtins", "int", "no number"))
    with pytest.raises((StoreError, ValueError)):
        begun[0].ask("__int__").result(60)
    assert not begun[0].ready()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
def test_closing_ends_it_whatever_it_does(begun: list[Beside]) -> None:
    begun.append(Beside("code", "InteractiveInterpreter"))
    begun[0].ask("runsource", "1").result(60)
    process = begun[0]._process
    assert process is not None
    begun[0].ask("runsource", "import time; time.sleep(600)")
    begun[0].close()
    assert process.returncode == -9 and not Path(f"/proc/{process.pid}").exists()
