"""Catalogs by name or path: which file, read how, compiled where. Opening one compiles it if it is new or has changed.

A catalog's index is keyed by the bytes of the file and how it is read; so an edit is noticed, a file that was only touched is not compiled
twice, and two names for one file share one index. The index of a file's older contents is removed when the new one is there.

Leaves out: reading (see `table`, `schema`), the index itself (see `index`), the embedders (handed in).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, field
from msgspec.structs import asdict

from recsh import paths
from recsh.errors import CatalogError, StoreError
from recsh.folder import changing
from recsh.index import Index
from recsh.layout import FORMAT
from recsh.schema import KNOWN, find_roles
from recsh.smallfile import read_small, settled
from recsh.text import clean
from recsh.types import Column, Role

if TYPE_CHECKING:
    import numpy

    from recsh.table import Table

SAMPLE_ROWS = 2000  # rows looked at to find out what columns are for
SAMPLE_SIZE = 20_000_000  # ... or fewer, of so many characters together
ATTEMPTS = 3  # times a file is read anew because it changed while it was read
SAMPLES = ("music", "movies", "books", "products", "travel", "news", "movies_zh", "music_zh")
DEFAULT = "music"
SHOWN_ROWS = 5  # in a notebook
NAME_LIMIT = 60  # characters of a catalog's name


class RowEmbedder(Protocol):
    """What turns rows into vectors. `name` goes into the index's key."""

    name: str

    def encode(self, texts: Iterable[str], progress: Callable[[int], None] | None = None) -> numpy.ndarray: ...


class Reading(Struct, frozen=True):
    """How a file is to be read where finding out is not enough: column -> role, delimiter, encoding, header yes or no."""

    roles: Mapping[str, Role] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """Only what was said, for the registry and the index's key."""
        return {k: v for k, v in {**asdict(self), "roles": dict(self.roles)}.items() if v not in (None, {})}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Reading:
        """The opposite of `as_json`. Raises `ValueError` or `AttributeError` for what that never wrote."""
        roles = {k: Role(v) for k, v in value.get("roles", {}).items()}
        said = [value.get(name) for name in ("delimiter", "encoding", "header")]
        if not all(one is None or isinstance(one, kind) for one, kind in zip(said, (str, str, bool), strict=True)):
            raise ValueError("delimiter and encoding are text, header is true or false")
        return Reading(roles, *said)


class Entry(Struct, frozen=True):
    """A catalog's name, its file, and how that is read. `sample` if it came with recsh; `ratings` a file of other people's ratings of its
    items, `rating_columns` which columns of that say user, item, rating and time, where finding out is not enough."""

    name: str
    path: Path
    reading: Reading = Reading()
    sample: bool = False
    ratings: Path | None = None
    rating_columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the log calls this catalog: a sample's name, else the file's path, whatever name it goes by."""
        return self.name if self.sample else str(self.path)


class Catalog(Struct, frozen=True):
    """An open catalog: its entry and its compiled index."""

    entry: Entry
    index: Index

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def path(self) -> Path:
        return self.entry.path

    def _repr_html_(self) -> str:
        """How a notebook shows it: its columns, and its first rows."""
        from recsh.notebook import catalog_html

        first = self.index.items(range(min(SHOWN_ROWS, self.index.rows)))
        return catalog_html(self.name, self.index.rows, self.index.columns, ([*item.cells.values()] for item in first))


def _registry() -> Path:
    return paths.data_dir() / "catalogs.json"


def entries() -> dict[str, Entry]:
    """All catalogs known by name: the samples, then those added by the user, who may hide a sample behind his own."""
    known = {name: _sample(name) for name in SAMPLES}
    try:
        saved = json.loads(read_small(_registry()))
        for name, v in saved.items():
            name = clean(name)[:NAME_LIMIT]
            ratings = v.get("ratings", {})
            file = Path(ratings["path"]) if ratings else None
            known[name] = Entry(name, Path(v["path"]), Reading.from_json(v), ratings=file, rating_columns=dict(ratings.get("columns", {})))
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
        what = getattr(error, "strerror", None) or str(error)[:200]
        raise CatalogError(f"{_registry()}: cannot be read: {what}", "mend or delete that file; catalogs themselves are not in it") from error
    return known


def _sample(name: str) -> Entry:
    """A catalog that came with recsh, and the ratings that came with it, if any."""
    ratings = paths.bundled("sample_data", f"{name}.ratings.csv")
    return Entry(name, paths.bundled("sample_data", f"{name}.csv"), sample=True, ratings=ratings if ratings.exists() else None)


def save(entry: Entry) -> None:
    """Remember a catalog by name."""
    with changing(paths.private(paths.data_dir())):
        _save({**_added(), entry.name: entry})


def forget(name: str) -> None:
    """Forget a name; the file itself is not touched. Raises `CatalogError` if the user never added it."""
    with changing(paths.private(paths.data_dir())):
        added = _added()
        if name not in added:
            raise CatalogError(f"no catalog called {name!r} was added", "recsh catalog list")
        del added[name]
        _save(added)


def _added() -> dict[str, Entry]:
    return {name: e for name, e in entries().items() if not e.sample}


def _save(added: Mapping[str, Entry]) -> None:
    value = {
        name: {"path": str(e.path), **e.reading.as_json()} | ({"ratings": {"path": str(e.ratings), "columns": dict(e.rating_columns)}} if e.ratings else {})
        for name, e in added.items()
    }
    paths.write_private(_registry(), json.dumps(value, indent=1))  # in ASCII: the name of a file may be no text at all


def lookup(name: str) -> Entry:
    """A catalog by name, or a file by its path. Raises `CatalogError` if it is neither."""
    known = entries()
    if name in known:
        return known[name]
    try:
        path = Path(name).expanduser()
        if path.exists() or "/" in name or "\\" in name or path.suffix:
            return Entry(path.stem, path.absolute())
    except (OSError, RuntimeError) as error:  # a name too long for a path, a home folder that is not known
        raise CatalogError(f"{name[:200]}: {getattr(error, 'strerror', None) or error}", "give a catalog's name or the path of a file") from None
    import difflib

    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]!r}?" if close else "recsh catalog list   shows them; a file is given by its path"
    raise CatalogError(f"no catalog is called {name!r}", hint)


def columns_of(table: Table, reading: Reading) -> tuple[Table, tuple[Column, ...]]:
    """(the table, what its columns are for), from the first rows; with columns of what is known of them, where that adds to it (see `enrich`).
    Raises `CatalogError` if there are no rows."""
    from recsh.account import Account
    from recsh.enrich import COLUMNS, enriched

    sample: list[list[str]] = []
    size = 0
    for _, cells in islice(table.rows(Account()), SAMPLE_ROWS):
        sample.append(cells)
        size += sum(map(len, cells))
        if size > SAMPLE_SIZE:
            break
    if not sample:
        raise CatalogError(f"{table.path}: no rows below the header", "a catalog needs a header line and at least one row")
    plain = {name for name in KNOWN if reading.roles.get(name) is Role.IGNORE}
    try:
        columns = find_roles(table.header, sample, {name: role for name, role in reading.roles.items() if name not in plain or name in table.header})
    except CatalogError as error:
        raise CatalogError(f"{table.path}: {error.message}", error.hint) from None
    if plain:
        return table, columns
    richer = enriched(table, columns, sample)
    return richer, columns if richer is table else (*columns, *COLUMNS)


def open_catalog(entry: Entry, embedder_for: Callable[[int], RowEmbedder | None], progress: Callable[[str, int, int], None] = lambda *_: None) -> Catalog:
    """Open a catalog, compiling it when its index is not there, is of another version, or is damaged.

    `embedder_for(rows)` gives the embedder for a catalog of that size; `progress(stage, done, total)` is called while compiling.
    Raises `CatalogError` (file) and `StoreError` (cache folder).
    """
    for _ in range(ATTEMPTS):
        content, mark = content_of(entry.path)
        folder = _indexes() / _key(content, entry.reading)
        if (folder / "meta.json").exists():
            try:
                return Catalog(entry, Index(folder))
            except CatalogError:  # damaged is the same as not there, as everything in it is in the file
                pass
        _compile(entry, folder, embedder_for, progress)
        if _mark(entry.path) == mark:
            index = Index(folder)
            _forget_older(index)
            return Catalog(entry, index)
        shutil.rmtree(folder, ignore_errors=True)  # it may not be of the bytes its key says
    raise CatalogError(f"{entry.path}: the file changes while it is read", "try again when it is complete")


def compiled(entry: Entry) -> Path | None:
    """The folder of the catalog's index; None if it was not compiled yet, or by another version. Raises `CatalogError` for a file that is not there."""
    folder = _indexes() / _key(content_of(entry.path)[0], entry.reading)
    return folder if (folder / "meta.json").exists() else None


def _compile(entry: Entry, folder: Path, embedder_for: Callable[[int], RowEmbedder | None], progress: Callable[[str, int, int], None]) -> None:
    from recsh.compiler import compile_index  # where one is made: it needs what answering does not
    from recsh.table import open_table

    reading = entry.reading
    table = open_table(entry.path, delimiter=reading.delimiter, encoding=reading.encoding, header=reading.header)
    table, columns = columns_of(table, reading)
    paths.private(folder.parent)
    extra: dict[str, Any] = {"reading": reading.as_json(), "embedder": None}
    rows = 0

    def read(stage: str, done: int) -> None:
        nonlocal rows
        rows = done
        progress(stage, done, 0)

    def embed(texts: Iterable[str]) -> numpy.ndarray | None:
        embedder = embedder_for(rows)
        if embedder is None:
            return None
        extra["embedder"] = embedder.name
        return embedder.encode(texts, lambda done: progress("embed", done, rows))

    def static_for(done: int) -> Any:
        embedder = embedder_for(done)
        static = getattr(embedder, "static", None)
        if static is None:
            return None
        extra["embedder"] = embedder.name
        return static()

    compile_index(folder, table, columns, embed=embed, static_for=static_for, progress=read, extra=extra)


def _forget_older(index: Index) -> None:
    """Remove the indexes of the same file, read the same way, with other contents: every edit would else leave one behind."""
    for other in index.folder.parent.glob("*/meta.json"):
        if other.parent == index.folder or other.parent.suffix == ".tmp":
            continue
        try:
            meta = json.loads(other.read_text(encoding="utf-8"))
            same = all(meta.get(k) == index.meta.get(k) for k in ("path", "reading"))
        except (OSError, ValueError, AttributeError):
            continue
        if same:
            shutil.rmtree(other.parent, ignore_errors=True)


# --- keys ------------------------------------------------------------------------------------------------------------


def _indexes() -> Path:
    return paths.cache_dir() / "catalogs"


def _key(content: str, reading: Reading) -> str:
    """What the index depends on, hashed."""
    how = json.dumps([content, reading.as_json(), FORMAT], sort_keys=True)
    return hashlib.sha256(how.encode()).hexdigest()[:24]


def _mark(path: Path) -> list[int]:
    """What changes when a file is written to. Raises `CatalogError` if it is not there or no file."""
    try:
        found = path.stat()
        if path.is_file():
            return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
    except (OSError, ValueError):
        pass
    from recsh.table import open_table

    open_table(path)  # says what is wrong with it
    raise CatalogError(f"{path}: appeared this moment", "try again")


def content_of(path: Path) -> tuple[str, list[int]]:
    """(hash of a file's bytes, its mark). Hashes are remembered beside marks, so that a large file is read once; what cannot be
    remembered (a full disk, a read-only cache) is hashed again."""
    mark = _mark(path)
    memory = _indexes() / "hashes.json"
    try:
        known = json.loads(read_small(memory))
        saved = known.get(str(path))
        if saved and saved[0] == mark and isinstance(saved[1], str):
            return saved[1], mark
    except (OSError, ValueError, AttributeError, TypeError, LookupError, RecursionError):
        known = {}
    try:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror}", "look at its permissions") from error
    if settled(mark[1], mark[2]):
        try:
            paths.write_private(memory, json.dumps({**{p: v for p, v in known.items() if Path(p).exists()}, str(path): [mark, content]}))
        except StoreError:
            pass
    return content, mark
