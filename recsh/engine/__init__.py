"""The seam to the language model: what is asked (prompts), who answers (`Engine`), and a fake that ships (`Scripted`).

    judge    one question a row behind a shared text -> log-odds of yes, then reasons of chosen rows
    write    a list in one go, held to given titles or free

    remote.py  the engine that is a server elsewhere (address.py, exchange.py, wire.py the way there, abilities.py what it can do, completion.py what it says)
    local.py  the engine that runs a GGUF     llama.py, context.py, room.py  weights, sequences, what is kept of them
    judge.py, write.py, growth.py  the two ways       template.py  chat formats     probe.py  the crash guard     embed.py  sentence vectors

Importing this loads neither llama.cpp nor numpy. Leaves out: the words of a prompt (see `recsh.prompt`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from recsh.errors import EngineError
from recsh.types import Mode, Usage

LINE_TOKENS = 48  # room kept for each line of a written list


class JudgePrompt(Struct, frozen=True):
    """One yes-or-no question for each row. The user's turn is `prefix + row + suffix`; all three are data: nothing in them
    becomes a special token. `answer` opens the assistant's turn (trusted; say, an empty think block). The verdict compares the
    first tokens of the `yes` and `no` spellings; `lead` stands between yes and the reason. The rows are in order of promise: once `enough` of
    the first half are rather yes than no, an engine need not read the second (its log-odds are NaN); None for all of them."""

    prefix: str
    rows: tuple[str, ...]
    suffix: str = ""
    system: str = ""
    answer: str = ""
    yes: tuple[str, ...] = (" yes",)
    no: tuple[str, ...] = (" no",)
    lead: str = " —"
    enough: int | None = None


class WritePrompt(Struct, frozen=True):
    """A list to write, `limit` lines of `title + separator + reason`. With `titles`, nothing else can be written in a title's
    place; None lets the model write what it likes. `user` and `system` are data."""

    system: str
    user: str
    titles: tuple[str, ...] | None
    limit: int
    separator: str = " — "


class Engine(Protocol):
    """Weights that can be asked. One call at a time; only `interrupt` may come from elsewhere.

    `usage` counts the last question: judge (or write) and the reasons after it. `notes` are warnings about it, for the user.
    """

    name: str
    path: str
    mode: Mode
    notes: list[str]

    @property
    def usage(self) -> Usage:
        """Tokens read (kept ones included), of these taken from kept state, and written."""
        ...

    def judge(self, prompt: JudgePrompt) -> list[float]:
        """Log-odds of yes, natural logarithm, one a row, in row order; NaN for rows that an `interrupt` left no time for. Raises EngineError."""
        ...

    def reasons(self, prompt: JudgePrompt, rows: Sequence[int], max_tokens: int = 40) -> Iterator[tuple[int, str]]:
        """(row, new text) as the reasons of these rows grow side by side, whole characters only, one line each. Raises EngineError."""
        ...

    def write(self, prompt: WritePrompt, *, max_tokens: int, temperature: float = 0.0, seed: int = 42) -> Iterator[str]:
        """Pieces of the list as they are written. Raises EngineError, with code "context" if the prompt is too long (see `fits`)."""
        ...

    def fits(self, prompt: WritePrompt) -> bool:
        """Whether the prompt leaves room in the context for `limit` lines."""
        ...

    def count(self, text: str) -> int:
        """Tokens in a text."""
        ...

    def interrupt(self) -> None:
        """Stop the running call, from another thread or a signal handler: iterators end, `judge` gives what it has, or raises EngineError with
        code "interrupted" if that is nothing."""
        ...

    def close(self) -> None:
        """Free the weights; safe to call twice."""
        ...


class Options(Struct, frozen=True):
    """How to run weights. `ctx_size` in tokens, all rows together; `threads` None for all physical cores; `gpu_layers` -1 for all;
    `lora` the path of an adapter."""

    ctx_size: int = 4096
    threads: int | None = None
    gpu_layers: int = 0
    lora: str | None = None


def open_engine(path: str | Path, options: Options = Options(), cache_dir: Path | None = None) -> Engine:
    """Check, probe (see probe.py) and load weights. `cache_dir` keeps verdicts and prompt states; None keeps nothing.

    Raises WeightsError for a file that cannot be run, EngineError for options that cannot.
    """
    from recsh.engine.local import LocalEngine

    return LocalEngine(path, options, cache_dir)


def failure(message: str, code: str, hint: str = "") -> EngineError:
    """An EngineError with a code of its own ("context", "interrupted"), for callers that act on it."""
    error = EngineError(message, hint)
    error.code = code
    return error


class Scripted:
    """The fake: answers from a queue of replies and remembers what it was asked in `history`.

    A reply is a list of log-odds (judge), a mapping or list of reasons (reasons), or a text (write). With nothing left it raises EngineError.

    >>> fake = Scripted([[2.0, -1.0], {0: "thrash, 1986"}])
    >>> prompt = JudgePrompt("Request: thrash", ("Angel of Death", "Waterloo"))
    >>> fake.judge(prompt), list(fake.reasons(prompt, [0]))
    ([2.0, -1.0], [(0, 'thrash, 1986')])
    """

    def __init__(self, replies: Iterable[object] = (), *, mode: Mode = Mode.JUDGE, name: str = "scripted", room: int | None = None) -> None:
        self.name, self.path, self.mode = name, name, mode
        self.notes: list[str] = []
        self.history: list[JudgePrompt | WritePrompt] = []
        self.usage = Usage()
        self.closed = self.interrupted = False
        self._room = room
        self._replies = deque(replies)

    def _next(self, prompt: JudgePrompt | WritePrompt, kinds: tuple[type, ...]) -> object:
        if not self._replies:
            raise EngineError("the scripted engine has no reply left")
        if not isinstance(self._replies[0], kinds):
            raise EngineError(f"the scripted engine's next reply is {type(self._replies[0]).__name__}, not what was asked for")
        self.history.append(prompt)
        return self._replies.popleft()

    def judge(self, prompt: JudgePrompt) -> list[float]:
        reply = list(self._next(prompt, (list, tuple)))
        if len(reply) != len(prompt.rows):
            raise EngineError(f"the scripted engine has {len(reply)} verdicts for {len(prompt.rows)} rows")
        return reply

    def reasons(self, prompt: JudgePrompt, rows: Sequence[int], max_tokens: int = 40) -> Iterator[tuple[int, str]]:
        reply = self._next(prompt, (dict, list, tuple))
        texts = reply if isinstance(reply, dict) else dict(zip(rows, reply, strict=False))
        return iter([(row, texts[row]) for row in rows if row in texts])

    def write(self, prompt: WritePrompt, *, max_tokens: int, temperature: float = 0.0, seed: int = 42) -> Iterator[str]:
        return iter(str(self._next(prompt, (str,))).splitlines(keepends=True))

    def fits(self, prompt: WritePrompt) -> bool:
        return self._room is None or self.count(prompt.user) <= self._room

    def count(self, text: str) -> int:
        return len(text.split())

    def interrupt(self) -> None:
        self.interrupted = True

    def close(self) -> None:
        self.closed = True
