"""What is known of well-known names that a catalog need not have: artists, films, books, authors, games, brands and places, with their tags and
the five nearest others. So that "like X" is answered where X is not in the catalog.

    knowledge.find("Sabaton")[0].near        ("Powerwolf", "HammerFall", ...)

The gazetteer (words/gazetteer/*.tsv) is facts from general knowledge, CC0: name, Chinese name, year, creator, tags, near, aliases; a file a kind.
Leaves out: whether the catalog has any of it (see `references`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from recsh.text import fold

_FOLDER = Path(__file__).parent / "words" / "gazetteer"


@dataclass(frozen=True, slots=True)
class Known:
    """One entry: `kind` is its file (artists, films, ...), `tags` the most telling first, `near` names of the same kind; `year` empty if not sure."""

    name: str
    kind: str
    chinese: str
    year: str
    creator: str
    tags: tuple[str, ...]
    near: tuple[str, ...]


@cache
def _places() -> dict[str, list[tuple[str, str]]]:
    """Folded name, Chinese name or alias -> (kind, line) of each entry that is called so; its own name before aliases."""
    named: dict[str, list[tuple[str, str]]] = {}
    other: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(_FOLDER.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and line[0] != "#":
                name, chinese, _, _, _, _, aliases = line.split("\t")
                named.setdefault(fold(name), []).append((path.stem, line))
                for alias in {chinese, *aliases.split("|")} - {""}:
                    other.setdefault(fold(alias), []).append((path.stem, line))
    for key, entries in other.items():
        named.setdefault(key, []).extend(e for e in entries if e not in named.get(key, ()))
    return named


def find(name: str) -> list[Known]:
    """The entries that this names in full, by name, Chinese name or alias; case and accents do not count. "The" may be left out."""
    key = fold(name)
    found = _places().get(key) or _places().get(f"the {key}") or (_places().get(key.removeprefix("the ")) if key.startswith("the ") else None) or []
    return [_read(kind, line) for kind, line in found]


def _read(kind: str, line: str) -> Known:
    name, chinese, year, creator, tags, near, _ = line.split("\t")
    return Known(name, kind, chinese, year, creator, tuple(tags.split("|")), tuple(near.split("|")))
