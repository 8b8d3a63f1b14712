"""`recsh chat` by itself, for tests that need a process of their own.

    python tests/chat_driver.py chat ...        the command
    python tests/chat_driver.py stuck ...       the same with a model that judges at once and never comes to its reasons
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import typer

from recsh.cli import chat
from recsh.cli.boundary import Boundary
from recsh.engine import JudgePrompt, Scripted

app = typer.Typer(cls=Boundary, name="recsh", add_completion=False)
app.callback()(lambda: None)
chat.register(app)


class Stuck(Scripted):
    """Says yes to every row, less and less, and then thinks for ever."""

    def judge(self, prompt: JudgePrompt) -> list[float]:
        return [float(-n) for n in range(len(prompt.rows))]

    def reasons(self, prompt: JudgePrompt, rows: Sequence[int], max_tokens: int = 40) -> Iterator[tuple[int, str]]:
        while True:
            time.sleep(0.05)
            yield rows[0], ""


def stuck(name: str) -> None:
    """A conversation about a sample catalog with that model."""
    from recsh.catalog import lookup, open_catalog
    from recsh.recommend import Recommender
    from recsh.session import load_memory
    from recsh.work import Options

    catalog = open_catalog(lookup(name), None)
    recommender = Recommender(catalog, Stuck(), memory=load_memory(catalog))
    repl, screen = chat.made(recommender, Options(), lambda c, m: (recommender, name, "stuck"), (name, "stuck"), keep=True)
    chat.converse(repl, screen, "", chat.reader(repl, None, keep=True), keep=True, quiet=False)


if __name__ == "__main__":
    stuck(sys.argv[2]) if sys.argv[1] == "stuck" else app()
