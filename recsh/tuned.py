"""The adapters that `recsh tune` made: where they are kept, for which weights and catalogs, and whether they are in use.

    data/adapters/NAME.json            a card: what it was made of and how it did
    data/adapters/NAME-1a2b3c4d.gguf   the adapter that the card names

An adapter is used for the very weights and in the catalogs that it learned from; where other weights stand now in the same file, it is not, and is
said to be outdated. A card is renamed into place when its adapter is there, so that one or the other is in use, and never half of one.
Leaves out: making them (see `tune`), opening them (see `session`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from recsh import paths
from recsh.errors import StoreError
from recsh.header import opened
from recsh.regex import regex

EDGE = 1 << 20  # bytes at either end of the weights that they are known by
_NAME = regex(r"[^\w.-]+")


class Card(Struct, frozen=True):
    """`weights` their name, `mark` what their file is known by, `catalogs` the keys of those it learned from, `weight` 0..1 how much the model's verdict
    counts with it, `made` when (ISO 8601, UTC), `figures` what was measured; `adapter` its file's name, `on` whether it is used; `file` where the weights
    were, empty if that is not known."""

    weights: str
    mark: str
    catalogs: tuple[str, ...]
    weight: float
    made: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    adapter: str = ""
    on: bool = True
    file: str = ""

    @property
    def path(self) -> Path:
        """The adapter's file."""
        return folder() / self.adapter


def folder() -> Path:
    """Where they are kept."""
    return paths.data_dir() / "adapters"


def mark_of(path: Path) -> str:
    """What weights are known by, wherever they are and whenever they were written: their size and both ends, as 16 hexadecimal digits."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(f"{size} ".encode() + file.read(EDGE))
        file.seek(max(0, size - EDGE))
        digest.update(file.read(EDGE))
    return digest.hexdigest()[:16]


def cards() -> list[Card]:
    """All that are whole, by name."""
    found = (_read(path) for path in sorted(folder().glob("*.json")))
    return [card for card in found if card is not None]


def card_of(weights: Path) -> Card | None:
    """The adapter for these weights, in use or not. Raises `WeightsError` if they cannot be read."""
    known = cards()
    mark = mark_of(weights) if known else ""
    return next((card for card in known if card.mark == mark), None)


def outdated(weights: Path) -> Card | None:
    """What was learned for the weights that stood in this file before, and is not used with those that stand there now; None if that is nothing, or
    was switched off, or these have learned too."""
    known = cards()
    if any(card.file == str(weights) and card.on for card in known) and card_of(weights) is None:
        return next(card for card in known if card.file == str(weights) and card.on)
    return None


def in_use(weights: Path, catalog: str) -> Card | None:
    """The adapter with which questions about this catalog are answered, if there is one."""
    card = card_of(weights)
    return card if card is not None and card.on and catalog in card.catalogs else None


def keep(made: Path, card: Card) -> Card:
    """Move an adapter in and use it from now on, instead of the one before. Raises `StoreError`."""
    name = _NAME.sub("-", card.weights)[:60].strip("-.") or "weights"
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    card = replace(card, adapter=f"{name}-{card.mark[:4]}-{digest[:8]}.gguf")
    before = [c for c in cards() if c.mark == card.mark or card.file and c.file == card.file]
    try:
        made.chmod(0o600)
        made.replace(card.path)
    except OSError as error:
        raise StoreError(f"{card.path}: {error.strerror}", "free some space, or set RECSH_HOME to another folder") from error
    _write(card)
    for old in before:
        if old.adapter != card.adapter:
            _unlink(old.path)
        if _card_file(old) != _card_file(card):
            _unlink(_card_file(old))
    return card


def switch(card: Card, on: bool) -> Card:
    """The same adapter, in use or not. Raises `StoreError`."""
    card = replace(card, on=on)
    _write(card)
    return card


def remove_all() -> None:
    """Delete all adapters and cards, and what a training left that died. Raises `StoreError`."""
    for path in folder().glob("*"):
        _unlink(path)


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be removed: {error.strerror}", "look at its permissions, or remove it by hand") from error


def _card_file(card: Card) -> Path:
    return folder() / f"{card.adapter.rsplit('-', 1)[0]}.json"


def _write(card: Card) -> None:
    paths.write_private(_card_file(card), json.dumps(asdict(card), ensure_ascii=False, indent=2) + "\n")


def _read(path: Path) -> Card | None:
    """A card; None for what is none, or whose adapter is gone."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        value = json.loads(path.read_text(encoding="utf-8"))
        card = Card(
            str(value["weights"]), str(value["mark"]), tuple(map(str, value["catalogs"])), min(1.0, max(0.0, float(value["weight"]))), str(value["made"]),
            dict(value["figures"]), Path(str(value["adapter"])).name, bool(value["on"]), str(value.get("file", "")),
        )  # fmt: skip
        return card if card.adapter and card.path.is_file() else None
    return None
