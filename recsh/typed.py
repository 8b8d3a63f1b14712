"""Lines typed in earlier conversations: a file that only its owner reads, one JSON value a line, [conversation, line], the newest kept.

Leaves out: typing them (see `cli.prompter`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection
from pathlib import Path

from recsh import paths
from recsh.errors import StoreError

LINES = 1000  # lines kept
LEFT = 900  # and after there were too many
LONGEST = 2000  # characters of a line that is kept


class Lines:
    """Such a file; one that cannot be used is as none. What is added is of the conversation `session`, and kept as `mask` leaves it."""

    def __init__(self, path: Path, session: str = "", mask: Callable[[str], str] = str) -> None:
        self.path, self.session, self.mask = path, session, mask

    def read(self) -> list[str]:
        """Oldest first."""
        return [line for _, line in self._read()]

    def add(self, line: str) -> None:
        """Keep one more; far too long ones are not."""
        if len(line) > LONGEST:
            return
        try:
            paths.private(self.path.parent)
            with open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
                file.write(_written(self.session, self.mask(line)))
            if len(self.path.read_text(encoding="utf-8", errors="replace").splitlines()) > LINES:
                self._write(self._read()[-LEFT:])
        except (OSError, StoreError):  # the talk matters, its history does not
            return

    def drop(self, sessions: Collection[str], lines: Collection[str]) -> None:
        """Remove what was typed in these conversations, and these very lines. Raises `StoreError`."""
        there = self._read()
        left = [(session, line) for session, line in there if session not in sessions and line not in lines]
        if len(left) < len(there):
            self._write(left)

    def _read(self) -> list[tuple[str, str]]:
        try:
            found = self.path.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]
        except OSError:
            return []
        return [pair for pair in map(_decoded, found) if pair]

    def _write(self, kept: list[tuple[str, str]]) -> None:
        paths.write_private(self.path, "".join(_written(*pair) for pair in kept))


def _written(session: str, line: str) -> str:
    return json.dumps([session, line] if session else line) + "\n"


def _decoded(line: str) -> tuple[str, str] | None:
    """(conversation, line); the conversation of a bare string is not known."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    pair = ["", value] if isinstance(value, str) else value
    return (pair[0], pair[1]) if isinstance(pair, list) and [type(v) for v in pair] == [str, str] and pair[1] else None
