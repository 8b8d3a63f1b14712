"""An object that lives in another process beside this one: `python -m recsh.beside`, told over its standard input what to do, in order.

    part = Beside("recsh.rowpart", "RowPart", folder, 1)
    part.ready()                        True once it is there; False for good where no process can be started: do the work here
    taken = part.ask("take", batch)     a Future; what the method raised is raised by `taken.result()`
    part.close()                        it is gone, whatever it was doing

It ends by itself when this process does, however that ends, and leaves Ctrl-C to it. Started from anew and not forked, as every system can, and without
the program's main module: neither threads nor a script without a guard are in the way. Leaves out: what the object does (see `rowpart`).
"""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from recsh.errors import StoreError

_HELLO = b"recsh beside 1\n"  # what the process says first: another program would not
_ROOT = str(Path(__file__).resolve().parents[1])


class Beside:
    """The object that calling `name` of `module` with these values gives, there. Values and results are pickled."""

    def __init__(self, module: str, name: str, *values: Any) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        # One thread tells and another listens: the next message is in the pipe before the answer to the last one is read.
        self._teller, self._listener = (ThreadPoolExecutor(1, thread_name_prefix="recsh-beside", initializer=_spared) for _ in range(2))
        self._asked: list[Future[Any]] = []
        self._closed = False
        self._begun = self._teller.submit(self._begin)
        self._made = self.ask(module, name, values)

    def _begin(self) -> None:
        # No threads of BLAS's own: each process has a core for itself.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")])), "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
        command = [sys.executable, "-P", "-m", "recsh.beside"]
        # Without buffers: what is left in one when the process ends would be written when it is closed.
        self._process = subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        if self._closed:  # while it was started
            self._process.kill()
        self._back = io.BufferedReader(self._process.stdout)  # type: ignore[arg-type]
        if self._back.read(len(_HELLO)) != _HELLO:
            self._process.kill()
            raise OSError("another program")

    def ready(self) -> bool:
        """Whether it was made; True once is True for good."""
        return self._made.done() and self._made.exception() is None

    @property
    def waiting(self) -> int:
        """How many calls are under way or wait for their turn."""
        self._asked = [asked for asked in self._asked if not asked.done()]
        return len(self._asked)

    def ask(self, method: str, *values: Any) -> Future[Any]:
        """Call a method there, behind what was asked before; it can be cancelled until it is told. If the process ends the result is a `StoreError`."""
        asked: Future[Any] = Future()
        self._asked.append(asked)
        self._teller.submit(self._tell, (method, *values), asked)
        return asked

    def _tell(self, message: Any, asked: Future[Any]) -> None:
        if not asked.set_running_or_notify_cancel():
            return
        try:
            self._begun.result()
            data = memoryview(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
            while data:
                data = data[os.write(self._process.stdin.fileno(), data) :]  # type: ignore[union-attr]
            self._listener.submit(self._listen, asked)
        except Exception as error:  # noqa: BLE001  # whatever it is, nobody would else hear of it
            asked.set_exception(self._ended(error))

    def _listen(self, asked: Future[Any]) -> None:
        try:
            good, value = pickle.load(self._back)
        except Exception as error:  # noqa: BLE001
            good, value = False, self._ended(error)
        (asked.set_result if good else asked.set_exception)(value)

    def _ended(self, why: Exception) -> StoreError:
        code = None
        if self._process is not None:
            self._process.kill()
            code = self._process.wait()
        error = StoreError(f"a process that helped with the index ended with code {code}", "if memory was short, close other programs and try again")
        error.__cause__ = why
        return error

    def close(self) -> None:
        """End it at once; what it has under way is lost. Safe to call twice."""
        self._closed = True
        if self._process is not None:
            self._process.kill()
        for thread in (self._teller, self._listener):
            thread.shutdown(cancel_futures=True)  # a thread that waits for the process is told by its end
        if self._process is not None:
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                stream.close()  # type: ignore[union-attr]


def _spared() -> None:
    """A thread that writes to a process that has ended gets an error: the signal would end this one, where the command line lets it (see `cli`)."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})


def _serve() -> None:
    """The other process. Everything it prints goes nowhere: its standard output is the way back."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the one that was started by the person decides
    back = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    back.write(_HELLO)
    back.flush()
    call: Any = _made
    while True:
        try:
            message = pickle.load(sys.stdin.buffer)
        except EOFError:  # nobody is there any more
            return
        good, value = _tried(call, message)
        if call is _made:
            call, value = (partial(_called, value), None) if good else (partial(_refused, value), value)
        try:
            back.write(_pickled((good, value)))
            back.flush()
        except OSError:
            return


def _made(module: str, name: str, values: tuple[Any, ...]) -> Any:
    return getattr(import_module(module), name)(*values)


def _refused(why: Exception, *message: Any) -> None:
    raise why


def _called(made: Any, method: str, *values: Any) -> Any:
    return getattr(made, method)(*values)


def _tried(call: Callable[..., Any], values: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, call(*values)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is raised where it was asked for
        import traceback

        error.add_note("".join(traceback.format_tb(error.__traceback__)))
        return False, error


def _pickled(answer: tuple[bool, Any]) -> bytes:
    try:
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001  # an error that holds what cannot be sent
        return pickle.dumps((False, RuntimeError(repr(answer[1]))), pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    _serve()
