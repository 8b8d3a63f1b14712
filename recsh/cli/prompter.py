"""The line a person types in a conversation: editing, history, Tab, Ctrl-R, pasted lines. By prompt_toolkit, on a terminal only.

Leaves out: what Tab offers (see `keys`), what is done with the line (see `chat`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsh.keys import Offer
    from recsh.typed import Lines

PROMPT = "recsh> "


class Prompter:
    """Reads turns from a terminal. `offers(line)` is what Tab offers, `history` the lines typed earlier, or None; `color` as in `render.console`."""

    def __init__(self, offers: Callable[[str], Sequence[Offer]], history: Lines | None, *, color: bool | None = None) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import Completer, Completion
        from prompt_toolkit.history import History, InMemoryHistory
        from prompt_toolkit.output import ColorDepth

        class Keys(Completer):
            def get_completions(self, document: Any, complete_event: Any) -> Iterable[Completion]:
                for offer in offers(document.text_before_cursor):
                    yield Completion(offer.text, start_position=-offer.replaces, display_meta=offer.about)

        class Kept(History):
            def __init__(self, file: Lines) -> None:
                super().__init__()
                self.file = file

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
