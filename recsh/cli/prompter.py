"""The line a person types in a conversation: editing, history, Tab, Ctrl-R, pasted lines. By prompt_toolkit, on a terminal only.

Leaves out: what Tab offers (see `keys`), what is done with the line (see `chat`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsh.keys import Offer

PROMPT = "recsh> "
LINES = 1000  # lines of history kept
LEFT = 900  # and after it has grown too long
LONGEST = 2000  # characters of a line that is kept


class Prompter:
    """Reads turns from a terminal. `offers(line)` is what Tab offers, `history` the file of earlier lines, or None; `color` as in `render.console`."""

    def __init__(self, offers: Callable[[str], Sequence[Offer]], history: Path | None, *, color: bool | None = None) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import Completer, Completion
        from prompt_toolkit.history import History, InMemoryHistory
        from prompt_toolkit.output import ColorDepth

        class Keys(Completer):
            def get_completions(self, document: Any, complete_event: Any) -> Iterable[Completion]:
                for offer in offers(document.text_before_cursor):
                    yield Completion(offer.text, start_position=-offer.replaces, display_meta=offer.about)

        class Kept(History):
            def __init__(self, path: Path) -> None:
                super().__init__()
                self.file = Lines(path)

            def load_history_strings(self) -> Iterable[str]:
                yield from reversed(self.file.read())

            def store_string(self, string: str) -> None:
                self.file.add(string)

        plain = color is False or (color is None and bool(os.environ.get("NO_COLOR")))
        self._session: PromptSession[str] = PromptSession(
            PROMPT, history=Kept(history) if history else InMemoryHistory(), completer=Keys(), complete_while_typing=False,
            color_depth=ColorDepth.DEPTH_1_BIT if plain else None,
        )  # fmt: skip

    def read(self) -> str:
        """One turn; pasted lines are one. Raises `EOFError` for Ctrl-D, `KeyboardInterrupt` for Ctrl-C."""
        return self._session.prompt()

    @property
    def typed(self) -> str:
        """What stood in the line when it was left by Ctrl-C."""
        return self._session.default_buffer.text


class Lines:
    """Lines of earlier conversations in a file that only its owner reads, one JSON string each, the newest `LINES` of them. A file that cannot be
    used is as none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[str]:
        """Oldest first."""
        try:
            found = self.path.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]
        except OSError:
            return []
        return [line for line in map(_decoded, found) if line]

    def add(self, line: str) -> None:
        """Keep one more; far too long ones are not."""
        from recsh import paths
        from recsh.errors import StoreError

        if len(line) > LONGEST:
            return
        try:
            paths.private(self.path.parent)
            with open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            if len(self.path.read_text(encoding="utf-8", errors="replace").splitlines()) > LINES:
                paths.write_private(self.path, "".join(json.dumps(kept) + "\n" for kept in self.read()[-LEFT:]))
        except (OSError, StoreError):  # the talk matters, its history does not
            return


def _decoded(line: str) -> str:
    try:
        value = json.loads(line)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""
