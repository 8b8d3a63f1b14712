"""What can go wrong, as one tree. Every error says what, where, and what to type next.

    RecshError        1  anything below that has no code of its own
    ├── UsageError    2  a flag, a query or a setting that cannot be meant
    ├── CatalogError  3  a catalog that cannot be found, read or understood
    ├── WeightsError  4  a GGUF file that is missing, damaged or of the wrong kind
    │   └── EngineError  4  the weights are fine, running them is not
    └── StoreError    5  the feedback log or the configuration cannot be written or read

The number is the exit code. 130 is Ctrl-C and 141 a closed pipe. Anything that is not a `RecshError` is a bug.
"""

from __future__ import annotations


class RecshError(Exception):
    """An error a person can do something about.

    `message` says what and where in one line; `hint` is what to type or do next (empty if there is nothing to say).
    """

    exit_code = 1
    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RecshError):
    """A flag, a query or a setting that cannot be meant."""

    exit_code = 2
    code = "usage"


class CatalogError(RecshError):
    """A catalog that cannot be found, read or understood."""

    exit_code = 3
    code = "catalog"


class WeightsError(RecshError):
    """A GGUF file that is missing, damaged or of the wrong kind."""

    exit_code = 4
    code = "weights"


class EngineError(WeightsError):
    """The weights are fine, running them is not."""

    code = "engine"


class StoreError(RecshError):
    """The feedback log or the configuration cannot be written or read."""

    exit_code = 5
    code = "store"
