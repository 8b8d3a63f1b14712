"""Questions of a batch by several processes on this machine: each is `recsh batch` with the same options and its share of the cores.

Small weights gain little from a second core within one question, and everything that is not the weights gains nothing; two processes answer twice as
many. The answers are the same ones. Leaves out: keeping them in order (see `recsh.jobs`).
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recsh.errors import EngineError

NOT_PASSED_ON = ("file", "output", "jobs", "threads", "profile", "verbose", "quiet", "log", "debug")
MOST = 8  # processes without being asked; each takes some 150 MB
LINES = 24  # questions from which on they pay: a process needs as long to start as some of these to be answered
SMALL = 64 << 20  # bytes of weights that every process may load for itself


def options_of(context: Any) -> list[str]:
    """The options of this command line that a worker gets too, as they would be typed."""
    out: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name)
        if parameter.name in NOT_PASSED_ON or value is None or value == parameter.default:
            continue
        if isinstance(value, bool):
            out.append((parameter.opts if value else parameter.secondary_opts)[0])
        else:
            out.append(f"{parameter.opts[0]}={value}" if parameter.opts[0].startswith("--") else f"{parameter.opts[0]}{value}")
    return out


class Workers:
    """`count` processes at most, begun when there is work for them; `threads` each. Several threads may ask; made in the main one."""

    def __init__(self, options: Sequence[str], count: int, threads: int) -> None:
        if hasattr(signal, "SIGPIPE"):  # subtle: a process that has ended costs one answer, not this process
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        self._command = [sys.executable, "-P", "-m", "recsh", "batch", "-", *options, "--jobs", "1", "--threads", str(threads), "--no-log", "-q"]
        root = str(Path(__file__).resolve().parents[2])
        self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
        self._idle: queue.LifoQueue[subprocess.Popen[bytes]] = queue.LifoQueue()
        self._all: list[subprocess.Popen[bytes]] = []
        self._count = count
        self._lock = threading.Lock()
        self._closed = False

    def answer(self, number: int, line: str) -> tuple[dict[str, Any], bool]:
        """(the answer to a line, True), or (its error, False); `number` is its id if it has none of its own. A process that ends over it costs time: another
        one is asked once more. Raises EngineError if that ends, too."""
        for last in (False, True):
            worker = self._worker()
            told = _told(worker, line.encode("utf-8", "replace") + b"\n")
            if told.endswith(b"\n"):
                break
            with self._lock:
                self._all.remove(worker)
            code = _ended(worker)
            if last or self._closed:
                raise EngineError(f"a process that answered questions ended with code {code}", "recsh batch --jobs 1")
        self._idle.put(worker)
        value = json.loads(told)
        if not _named(line):
            value["id"] = number
        return value, "error" not in value

    def _worker(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._idle.empty() and len(self._all) < self._count and not self._closed:
                self._all.append(subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment))
                return self._all[-1]
        return self._idle.get()

    def close(self) -> None:
        """End them; what they have under way is lost. Safe to call twice."""
        with self._lock:
            self._closed = True
            every = list(self._all)
        for worker in every:
            worker.kill()
        for worker in every:
            _ended(worker)


def _told(worker: subprocess.Popen[bytes], line: bytes) -> bytes:
    """The line that a process answers with; none, or a part of one, if it has ended."""
    assert worker.stdin and worker.stdout
    try:
        worker.stdin.write(line)
        worker.stdin.flush()
        return worker.stdout.readline()
    except OSError:
        return b""


def _ended(worker: subprocess.Popen[bytes]) -> int:
    """Its exit code, once it has ended, as it does at once when it has stopped answering."""
    try:
        code = worker.wait(10)
    except subprocess.TimeoutExpired:
        worker.kill()
        code = worker.wait()
    for stream in (worker.stdin, worker.stdout):
        try:
            stream.close()  # type: ignore[union-attr]
        except OSError:  # what was not written yet has nobody to go to
            pass
    return code


def _named(line: str) -> bool:
    """Whether a line has an id of its own."""
    try:
        value = json.loads(line) if line.startswith("{") else None
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "id" in value
