"""Regular expressions that are compiled when they are first used.

Python compiles a pattern anew in every process, and all of recsh's take a tenth of a short answer; one question uses a third of them.

    _YEAR = regex(r"\\b(?:19|20)\\d\\d\\b")      then as any `re.Pattern`: _YEAR.search(text)
    _BY = regex(r"\\bby (\\w+)", cues=("by ",))     never compiled for a text without "by "

A wrong pattern raises `re.error` only when it is used, so a test compiles every one. Leaves out: what is matched, keeping what was compiled (see `patterns`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, cast

_compile: Callable[[str, int], re.Pattern[str]] = re.compile


def use(compile: Callable[[str, int], re.Pattern[str]]) -> None:
    """Have patterns compiled by this instead of `re.compile`."""
    global _compile
    _compile = compile


class _Lazy:
    """Stands for `re.compile(source, flags)`, of which it becomes a copy attribute by attribute."""

    def __init__(self, source: str, flags: int) -> None:
        self._given = source, flags
        self.pattern = source

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.__dict__[name] = _compile(*self._given) if name == "_compiled" else getattr(self._compiled, name)
        return found


class _Cued(_Lazy):
    """A pattern that matches nothing in a text without any of its `cues`, and is not even asked there."""

    def __init__(self, source: str, flags: int, cues: Sequence[str]) -> None:
        super().__init__(source, flags)
        self.cues = cues

    def _may(self, text: str) -> bool:
        low = text.casefold()  # as \u017f, which re.I takes for an s
        return any(cue in low for cue in self.cues)

    def search(self, text: str) -> re.Match[str] | None:
        return self._compiled.search(text) if self._may(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text) if self._may(text) else iter(())

    def sub(self, said: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self._compiled.sub(said, text) if self._may(text) else text


@cache
def made(source: str, flags: int = 0) -> re.Pattern[str]:
    """`regex(source, flags)` of a pattern that is put together when it is used: the same for the same."""
    return regex(source, flags)


def regex(source: str, flags: int = 0, cues: Sequence[str] = ()) -> re.Pattern[str]:
    """`re.compile(source, flags)`, when it is needed: with `cues`, lower case, one of which stands in every text that it matches, only for such a text
    (then it has `search`, `finditer` and `sub` alone, without positions).

    >>> years = regex("[0-9]{4}")
    >>> years.sub("year", "from 1984"), years.pattern
    ('from year', '[0-9]{4}')
    """
    return cast("re.Pattern[str]", _Cued(source, flags, cues) if cues else _Lazy(source, flags))
