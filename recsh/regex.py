"""Regular expressions that are compiled when they are first used.

Python compiles a pattern anew in every process, and all of recsh's take a tenth of a short answer; one question uses a third of them.

    _YEAR = regex(r"\\b(?:19|20)\\d\\d\\b")      then as any `re.Pattern`: _YEAR.search(text)

A wrong pattern raises `re.error` only when it is used, so a test compiles every one. Leaves out: what is matched.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Lazy:
    """Stands for `re.compile(source, flags)`, of which it becomes a copy attribute by attribute."""

    def __init__(self, source: str, flags: int) -> None:
        self._given = source, flags
        self.pattern = source

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.__dict__[name] = re.compile(*self._given) if name == "_compiled" else getattr(self._compiled, name)
        return found


def regex(source: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile(source, flags)`, when it is needed.

    >>> years = regex("[0-9]{4}")
    >>> years.sub("year", "from 1984"), years.pattern
    ('from year', '[0-9]{4}')
    """
    return cast("re.Pattern[str]", _Lazy(source, flags))
