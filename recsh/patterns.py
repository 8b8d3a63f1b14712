"""Regular expressions as Python compiled them once, kept on disk: it compiles them anew in every process, which takes a tenth of a short answer.

    keep()      from now on `regex` takes what it compiles from the cache folder, and what was new is written there when the process ends

What `re` makes of a pattern is a list of numbers, and the machine that runs it takes such a list (`_sre.compile`, which checks it). Both are CPython's own
affair and hold for one version of it: the file is named after that, each entry after the pattern's source, and where anything is not as
expected, patterns are compiled as ever. Leaves out: which patterns there are, and when one is needed (see `regex`).
"""

from __future__ import annotations

import atexit
import re
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recsh import paths, regex
from recsh.kept import load, save

MOST = 4_000  # patterns in a file; then it begins anew, as most must be of versions that are gone


def keep() -> Callable[[], None]:
    """Nothing is read before a pattern is needed, and nothing goes wrong where nothing can be kept. Returned is what writes the new ones, for who leaves
    without an end of the process."""
    kept = Kept(paths.cache_dir() / f"patterns-{sys.hexversion:x}.bin")
    if sys.implementation.name == "cpython" and array("I").itemsize == 4:
        regex.use(kept.compiled)
        atexit.register(kept.save)
    return kept.save


class Kept:
    """The patterns in a file: flags and source -> the flags found, the numbers as bytes, how many groups, and their names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._new: dict[str, tuple[Any, ...]] = {}
        self._known: dict[str, tuple[Any, ...]] | None = None

    def compiled(self, source: str, flags: int) -> re.Pattern[str]:
        """As `re.compile`."""
        if self._known is None:
            self._known = load(self.path) or {}
        key = f"{int(flags)} {source}"
        try:
            if key in self._known:
                return _made(source, self._known[key])
            self._new[key] = _parts(source, int(flags))
            return _made(source, self._new[key])
        except Exception:  # a file from elsewhere, another CPython's ways, or a wrong pattern, of which `re` says what is wrong
            self._new.pop(key, None)
            return re.compile(source, flags)

    def save(self) -> None:
        """Write what is new beside what others wrote meanwhile."""
        if not self._new:
            return
        kept = {**(load(self.path) or {}), **self._new}
        save(self.path, kept if len(kept) <= MOST else self._new)
        self._new = {}


def _parts(source: str, flags: int) -> tuple[Any, ...]:
    """What `re._compiler.compile` hands to the machine."""
    from re import _compiler, _parser  # type: ignore[attr-defined]

    parsed = _parser.parse(source, flags)
    names: dict[str, int] = parsed.state.groupdict
    by_number: list[str | None] = [None] * parsed.state.groups
    for name, number in names.items():
        by_number[number] = name
    return int(flags | parsed.state.flags), array("I", _compiler._code(parsed, flags)).tobytes(), parsed.state.groups - 1, names, tuple(by_number)


def _made(source: str, parts: tuple[Any, ...]) -> re.Pattern[str]:
    import _sre

    flags, numbers, groups, names, by_number = parts
    code = array("I")
    code.frombytes(numbers)
    made: re.Pattern[str] = _sre.compile(source, flags, code.tolist(), groups, names, by_number)  # type: ignore[attr-defined]
    return made
