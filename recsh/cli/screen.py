"""A conversation as it is printed: for a person on a terminal, as plain lines in a pipe, or as a JSON line a turn.

On a terminal an answer's titles stand there as soon as their order is known, and give way to the whole answer with its reasons.
Leaves out: what is said (see `repl`), reading lines (see `prompter`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsh.blocks import Address, Answered, Block, Facts, Failure, Note, Raw, Reply, Saved, Why, plain
from recsh.cli import streams as s
from recsh.cli.boundary import fail
from recsh.errors import RecshError, UsageError
from recsh.replies import reply
from recsh.text import clean

if TYPE_CHECKING:
    from rich.console import Console

    from recsh.acts import Act
    from recsh.repl import Repl
    from recsh.types import Column, Item

_NAMES = 24  # columns that the names of facts get before they are folded


class Screen:
    """Prints blocks. `columns()` are those of the catalog in use, `chinese()` says whether the person is spoken to in Chinese; `json` for a line a turn; `verbose` says where the time went."""

    def __init__(self, columns: Callable[[], Sequence[Column]], chinese: Callable[[], bool] = lambda: False, *, json: bool, quiet: bool, verbose: bool, color: bool | None, debug: bool = False) -> None:
        self.columns = columns
        self.chinese = chinese
        self.json = json
        self.quiet = quiet
        self.verbose = verbose
        self.color = color
        self.debug = debug
        self.terminal = sys.stdout.isatty() and not json
        self._lines: list[str] = []
        self._error: RecshError | None = None
        self._live: Any = None
        self._own: Any = None

    # --- while an answer is made -------------------------------------------------------------------------------------

    def stage(self, name: str) -> None:
        """What is going on, as long as there is nothing to show."""
        if not self.terminal or self.quiet or os.environ.get("TERM") == "dumb":
            return
        from rich.spinner import Spinner
        from rich.text import Text

        self._draw(Spinner("dots", Text(s.STAGES.get(name, name), style="dim")))

    def ordered(self, items: Sequence[Item]) -> None:
        """The titles of an answer, which has no reasons yet."""
        if self._live is None:
            return
        from rich.text import Text

        lines = Text(no_wrap=True, overflow="ellipsis")
        for rank, item in enumerate(items, 1):
            lines.append(f"{rank}  ", style="dim").append(clean(item.title), style="bold").append(f"  {clean(item.creator)}\n")
        self._draw(lines)

    def _draw(self, what: Any) -> None:
        if self._live is None:
            from rich.live import Live

            from recsh.render import console

            # The engine may point fds 1 and 2 elsewhere while it loads; what moves needs one of its own.
            self._own = open(os.dup(1), "w", encoding="utf-8")
            self._live = Live(what, console=console(self._own, color=self.color), transient=True, refresh_per_second=10)
            self._live.start()
        else:
            self._live.update(what, refresh=True)

    def settle(self) -> None:
        """Nothing moves any more."""
        if self._live is not None:
            self._live.stop()
            self._own.close()
            self._live = self._own = None

    # --- blocks ------------------------------------------------------------------------------------------------------

    def show(self, block: Block) -> None:
        """Print a block. Raises `RecshError` if stdout takes no more."""
        self.settle()
        if isinstance(block, Failure):
            self._error = block.error
            fail(block.error, debug=self.debug, chinese=self.chinese())
        elif isinstance(block, Note):
            s.note(f"warning: {block.text}", quiet=self.quiet)
        elif isinstance(block, Saved):
            self.show(self._saved(block))
        elif self.json:
            self._lines += plain(block)
        else:
            s.emit(self._drawn(block) if self.terminal else "".join(f"{line}\n" for line in self._plain(block)))
            if isinstance(block, Address) and self.terminal and sys.stdin.isatty():
                import webbrowser

                webbrowser.open(block.url)
        if isinstance(block, Answered) and self.verbose:
            s.note(timing(block), quiet=self.quiet)

    def _plain(self, block: Block) -> list[str]:
        from recsh.render import machine

        return [machine(block.answer, "json").rstrip("\n")] if isinstance(block, Raw) else plain(block)

    def _drawn(self, block: Block) -> str:
        from rich.table import Table
        from rich.text import Text

        from recsh import render
        from recsh.types import Answer

        out = render.console(sys.stdout, color=self.color)
        if isinstance(block, Answered):
            return render.table(block.answer, self.columns(), out)
        if isinstance(block, Raw):
            return render.machine(block.answer, "json", indent=True)
        if isinstance(block, Why):
            card = render.table(Answer("", "", "", (block.recommendation,)), self.columns(), out, explain=True)
            return card + _printed(out, [Text(clean(line), style="italic") for line in block.taste])
        if isinstance(block, Facts):
            grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
            grid.add_column(style="dim", overflow="fold", min_width=min(_NAMES, max((len(name) for name, _ in block.pairs), default=0)))
            grid.add_column(overflow="fold")
            for name, value in block.pairs:
                grid.add_row(Text(clean(name)), Text(clean(value)))
            return _printed(out, [Text(clean(block.heading), style="bold"), grid])
        return _printed(out, [Text(line, style="bold" if isinstance(block, Reply) and block.asks else "") for line in plain(block)])

    def _saved(self, block: Saved) -> Block:
        from recsh.render import machine

        path, zh = Path(block.path).expanduser(), self.chinese()
        if path.exists():
            return Failure(UsageError(reply("file_there", zh, path=block.path), reply("other_name", zh)))
        try:
            with s.output(path) as out:
                out.write(machine(block.answer, block.form, indent=True))
        except RecshError as error:
            return Failure(error)
        return Reply((reply("saved", zh, path=block.path),))

    # --- a turn ------------------------------------------------------------------------------------------------------

    def done(self, repl: Repl, said: str) -> None:
        """The turn is over: its JSON line."""
        self.settle()
        lines, error = self._lines, self._error
        self._lines, self._error = [], None
        if not self.json:
            return
        from recsh.render import as_dict, dump

        value = {
            "turn": repl.turns, "say": said, "acts": [act_dict(a) for a in repl.acts], "answer": as_dict(repl.answer) if repl.answer else None,
            "text": "\n".join(lines), "error": {"code": error.code, "message": error.message} if error else None,
        }  # fmt: skip
        s.emit(dump(value, indent=False) + "\n")


def act_dict(act: Act) -> dict[str, Any]:
    """One act as JSON: every key always there."""
    return {
        "kind": act.kind.value, "words": act.words, "item_id": act.id, "title": act.title or None, "rank": act.rank, "verdict": act.verdict.value if act.verdict else None,
        "value": act.value, "sure": act.sure, "count": act.count,
    }  # fmt: skip


def timing(block: Answered) -> str:
    """Where the time went, and how long it took until the first suggestion."""
    parts = ", ".join(f"{k} {v:.0f} ms" for k, v in block.answer.timing_ms.items() if v)
    usage = block.answer.usage
    parts += f"; {block.answer.engine['name']}" if block.answer.engine else ""
    tokens = f"{usage.prompt_tokens} read, {usage.cached_tokens} of them kept from before, {usage.completion_tokens} written"
    return f"first suggestion after {block.first_ms:.0f} ms; {parts}; tokens: {tokens}"


def _printed(out: Console, parts: Sequence[Any]) -> str:
    with out.capture() as captured:
        for part in parts:
            out.print(part)
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())
