"""What is known of well-known names that a catalog need not have: artists, films, books, authors, games, brands and places, with their tags and
the five nearest others. So that "like X" is answered where X is not in the catalog.

    knowledge.find("Sabaton")[0].near        ("Powerwolf", "HammerFall", ...)

The gazetteer (words/gazetteer/*.tsv) is facts from general knowledge, CC0: name, Chinese name, year, creator, tags, near, aliases; a file a kind.
To fold all names takes a tenth of a second, so where each stands is written to the cache folder once, as `gazetteer-*.names`. Leaves out: whether the catalog
has any of it (see `elsewhere`), and how alike two spellings are (see `likeness`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from msgspec import Struct

from recsh import grams, kept, likeness, paths
from recsh.errors import StoreError
from recsh.text import fold, has_cjk
from recsh.titles import spellings

_FOLDER = Path(__file__).parent / "words" / "gazetteer"
_FORM = 4  # of the file in the cache folder
_BESIDE = "→"  # before a name by which not its own entry is found but those that have it among their nearest
_BITS = 24  # of a number that are the place in a file; the others say which file


class Known(Struct, frozen=True):
    """One entry: `kind` is its file (artists, films, ...), `tags` the most telling first, `near` names of the same kind; `year` empty if not sure;
    `aliases` what else it is called, its Chinese name aside."""

    name: str
    kind: str
    chinese: str
    year: str
    creator: str
    tags: tuple[str, ...]
    near: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called, its own name first."""
        return tuple(filter(None, dict.fromkeys((self.name, self.chinese, *self.aliases))))

    def is_by(self, creator: str) -> bool | None:
        """Whether who made something made this; None where one of them is not told, or they are in different scripts."""
        return likeness.same_creator(creator, self.creator) if has_cjk(creator) is has_cjk(self.creator) else None

    def is_of(self, year: float | None) -> bool | None:
        """Whether it came out about then: a year later elsewhere is the same; None where one of the years is not told."""
        return abs(int(year) - int(self.year)) <= 1 if year and self.year else None


def find(name: str) -> list[Known]:
    """The entries that this names in full, by name, Chinese name or alias; case and accents do not count. "The" may be left out."""
    key = fold(name)
    return next(filter(None, map(_called, dict.fromkeys((key, f"the {key}", key.removeprefix("the "))))), [])


def naming(known: Known) -> list[Known]:
    """The entries of its kind that have this one among their nearest."""
    keys = {fold(known.name), *([fold(f"{known.name} ({known.year})")] if known.year else ())}
    found = [_read(*_line(int(number))) for numbers in _names().exact([_BESIDE + key for key in keys]).values() for number in numbers]
    return [k for k in found if k.kind == known.kind and not keys.isdisjoint(map(fold, k.near))]


def misspelt(name: str) -> list[Known]:
    """The entries of the one name that this is a slip of the pen away from; none if it is none, or of several."""
    key = fold(name)
    slack = max(1, len(key) // 6)
    found = {text: score for text in _names().alike(key, len(key) - slack, len(key) + slack) if (score := likeness.slip(key, text))}
    best = [text for text, score in found.items() if score == max(found.values())]
    return _called(best[0]) if len(best) == 1 else []


def finder() -> Callable[[str], list[Known]]:
    """What finds the entries of a title or a name, whatever stands apart in it ("Matrix, The (1999)"), for many of them: all names are held."""
    names: dict[str, list[int]] = kept.table("gazetteer", [Path(__file__), *_files()], _spelt)
    entry = cache(lambda number: _read(*_line(number)))
    return lambda name: [entry(n) for text in spellings(name, fold(name))[0] for n in names.get(text, ())]


def _spelt() -> dict[str, list[int]]:
    """Where the entries of each name stand, by how `titles.spellings` spells it."""
    out: dict[str, list[int]] = {}
    for number, names, _ in _numbered():
        for text in {text for name in names for text in spellings(name, name)[0]}:
            out.setdefault(text, []).append(number)
    return out


def _called(key: str) -> list[Known]:
    """Entries of this folded name; those whose own name it is before those of which it is another."""
    own, other = [], []
    for number in _names().exact([key]).get(key, ()):
        kind, line = _line(int(number))
        name, chinese, *_, aliases = line.split("\t")
        if fold(name) == key:
            own.append(_read(kind, line))
        elif key in map(fold, (chinese, *aliases.split("|"))):
            other.append(_read(kind, line))
    return own + other


@cache
def _files() -> list[Path]:
    return sorted(_FOLDER.glob("*.tsv"))


def _numbered() -> Iterator[tuple[int, list[str], list[str]]]:
    """(file and byte at which the line stands, folded names, those of the nearest behind their mark) of each entry."""
    for i, path in enumerate(_files()):
        at = 0
        for line in path.read_bytes().splitlines(keepends=True):
            if line[:1] != b"#":
                name, chinese, _, _, _, near, aliases = line.decode().rstrip("\n").split("\t")
                yield i << _BITS | at, [fold(each) for each in {name, chinese, *aliases.split("|")} if each], [_BESIDE + fold(each) for each in near.split("|")]
            at += len(line)


def _line(number: int) -> tuple[str, str]:
    """(kind, line) of an entry."""
    path = _files()[number >> _BITS]
    with path.open("rb") as file:
        file.seek(number & ((1 << _BITS) - 1))
        return path.stem, file.readline().decode().rstrip("\n")


@cache
def _names() -> grams.Grams:
    """Where each name stands: from the cache folder, and written there if the gazetteer is another by now."""
    stats = [(path.name, found.st_size, found.st_mtime_ns) for path in _files() for found in [path.stat()]]
    kept = paths.cache_dir() / f"gazetteer-{crc32(repr((_FORM, stats)).encode()):08x}.names"
    try:
        return grams.Grams(kept.read_bytes())
    except (OSError, ValueError):
        pass
    try:
        with TemporaryDirectory(dir=paths.private(kept.parent)) as work:
            made = _made(Path(work))
            with (Path(work) / "names").open("rb+") as file:  # a rename must not reach the disk before what it shows
                os.fsync(file.fileno())
            for older in kept.parent.glob("gazetteer-*.names"):
                older.unlink(missing_ok=True)
            (Path(work) / "names").replace(kept)
            return made
    except (OSError, StoreError):  # where nothing can be kept it is made each time
        with TemporaryDirectory() as work:
            return _made(Path(work))


def _made(folder: Path) -> grams.Grams:
    grams.build(folder / "names", _numbered())
    return grams.Grams((folder / "names").read_bytes())


def _read(kind: str, line: str) -> Known:
    name, chinese, year, creator, tags, near, aliases = line.split("\t")
    return Known(name, kind, chinese, year, creator, tuple(tags.split("|")), tuple(near.split("|")), tuple(filter(None, aliases.split("|"))))
