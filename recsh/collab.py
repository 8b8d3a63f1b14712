"""Other people's ratings of a catalog, made into scores for one person: built once, kept in the cache folder, mapped when opened.

    collab = open_collab(Path("ratings.csv"), catalog.index)
    collab.scores({12: 1.0, 40: -1.0})        (rows,) float32: what people who like item 12 and not item 40 like

The score is a mean of EASE, item neighbours and user neighbours (see `neighbours`), each scaled by its largest value among what the person has not
judged. What nobody rated gets 0.

    <cache>/ratings/<key>/meta.json      format, counts, the account of defects, the size of each file
    <cache>/ratings/<key>/*.npy          the arrays of `neighbours`

The key is a hash of the ratings file and of the catalog's index, so that an edit of either is noticed. Everything in it is in those two: a damaged
folder is built again, and it is safe to delete. Leaves out: reading ratings (see `ratings`), the mathematics (see `neighbours`, `ratingmodel`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from recsh import neighbours, paths
from recsh.catalog import ATTEMPTS, Catalog, content_of
from recsh.errors import CatalogError, StoreError
from recsh.folder import make_private
from recsh.index import Index
from recsh.neighbours import Arrays, Person, person_of

if TYPE_CHECKING:
    import numpy

    from recsh.ratings import Ratings

FORMAT = 1
BLEND = {"ease": 0.9, "item": 0.05, "user": 0.05}  # best on half of MovieLens' people, if by little
TAIL = {"ease": 0.0, "item": 0.25, "user": 0.25}  # ... for items that EASE does not know, where they are many
STALE_SECONDS = 3600  # age at which a folder that is still being built was left behind
NOTES = 1_000  # defects that are kept with their lines
METHODS = {"ease": neighbours.by_ease, "item": neighbours.by_items, "user": neighbours.by_users}

Progress = Callable[[str, int, int], None]


class Collab:
    """What a file of ratings says. `rows` items in the catalog; `meta` has people, ratings (how many were kept), items (how many of them somebody
    rated), kind, columns, by_title, and the account of defects (counts, lost, notes). `person` everywhere maps positions to worths in -1..1,
    oldest first; somebody who is among the raters already is counted twice, which changes next to nothing."""

    def __init__(self, arrays: Arrays, meta: Mapping[str, Any]) -> None:
        self._arrays = arrays
        self.meta = meta
        self.rows: int = len(arrays["item_square"])

    def scores(self, person: Mapping[int, float]) -> "numpy.ndarray":
        """(rows,) float32 in -1..1, higher for what suits the person; all 0 without one."""
        import numpy

        total = numpy.zeros(self.rows)
        if not person:
            return total.astype(numpy.float32)
        row = person_of(person)
        fresh = numpy.ones(self.rows, dtype=bool)
        fresh[row.rows] = False
        by_ease = numpy.zeros(self.rows, dtype=bool)
        by_ease[self._arrays["ease_items"]] = True
        for name, method in METHODS.items():
            part = method(self._arrays, row, self.rows)
            if (top := float(numpy.abs(part[fresh]).max(initial=0.0))) > 0:
                total += part / top * numpy.where(by_ease, BLEND[name], TAIL[name])
        return numpy.clip(total, -1.0, 1.0).astype(numpy.float32)

    def method(self, name: str) -> "Callable[[Mapping[int, float]], numpy.ndarray]":
        """One method alone, person -> (rows,): "ease", "item", "user", "popularity", or "blend" for `scores`."""
        import numpy

        if name == "blend":
            return self.scores
        if name == "popularity":
            return lambda person: self.popularity()
        return lambda person: METHODS[name](self._arrays, person_of(person), self.rows) if person else numpy.zeros(self.rows)

    @property
    def _counts(self) -> "numpy.ndarray":
        import numpy

        return numpy.diff(self._arrays["item_start"])

    def popularity(self) -> "numpy.ndarray":
        """(rows,) float32 in 0..1: log(1 + raters), the most rated item 1."""
        import numpy

        return (numpy.log1p(self._counts) / numpy.log1p(self._counts.max())).astype(numpy.float32)

    def _near(self, n: int) -> "numpy.ndarray":
        """Shrunk cosines of every item's raters with those of item n, (rows,), 0 with itself."""
        import numpy

        near = neighbours.by_items(self._arrays, Person(numpy.array([n]), numpy.zeros(1), numpy.ones(1)), self.rows)
        near[n] = 0.0
        return near

    def because(self, person: Mapping[int, float], n: int) -> int | None:
        """The position of what the person liked that added most to item n's score; None if nothing did."""
        import numpy

        row = person_of(person)
        rows, shares = neighbours.ease_shares(self._arrays, row, n)
        if not len(rows):
            rows, shares = row.rows, row.w * self._near(n)[row.rows]
        likes = numpy.array([person[int(i)] > 0 for i in rows], dtype=bool)
        if not (usable := likes & (shares > 0)).any():
            return None
        return int(rows[numpy.argmax(numpy.where(usable, shares, -numpy.inf))])


def of_ratings(ratings: Ratings, index: Index, progress: Progress = lambda *_: None) -> Collab:
    """A `Collab` of these ratings, in memory alone."""
    import numpy

    from recsh.ratingmodel import arrays_of

    account = ratings.account
    meta = {
        "people": ratings.people, "ratings": len(ratings), "items": len(numpy.unique(ratings.items)), "kind": ratings.kind.value,
        "columns": dict(ratings.columns), "by_title": ratings.by_title,
        "account": {"counts": dict(account.counts), "lost": account.lost, "notes": account.notes[:NOTES]},
    }  # fmt: skip
    return Collab(arrays_of(ratings, index, progress), meta)


def load_collab(catalog: Catalog, progress: Progress = lambda *_: None) -> Collab | None:
    """What the ratings that the catalog was added with say; None if there are none. Raises as `open_collab`."""
    entry = catalog.entry
    return open_collab(entry.ratings, catalog.index, entry.rating_columns, progress) if entry.ratings else None


def open_collab(path: Path, index: Index, columns: Mapping[str, str] = MappingProxyType({}), progress: Progress = lambda *_: None) -> Collab:
    """Open what a file of ratings says of a catalog, building it when it is not there, is older than one of them, or is damaged.

    `columns` as in `read_ratings`. Raises `CatalogError`, `UsageError` (the file) and `StoreError` (the cache folder).
    """
    for _ in range(ATTEMPTS):
        content, _mark = content_of(path)
        key = hashlib.sha256(json.dumps([FORMAT, content, index.folder.name, dict(columns)], sort_keys=True).encode()).hexdigest()[:24]
        folder = paths.cache_dir() / "ratings" / key
        if (found := _opened(folder)) is not None:
            return found
        from recsh.ratings import read_ratings  # where some are built: opening needs no reader of tables

        built = of_ratings(read_ratings(path, index, columns, progress), index, progress)
        if content_of(path)[0] == content:
            source = {"format": FORMAT, "ratings_path": str(path), "catalog_path": index.meta.get("path")}
            _write(folder, built, source)
            _forget_older(folder, source)
            return _opened(folder) or built
    raise CatalogError(f"{path}: the file changes while it is read", "try again when it is complete")


def _opened(folder: Path) -> Collab | None:
    """What is in a folder, mapped; None if it is not there or not whole."""
    import numpy

    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if meta["format"] != FORMAT or any((folder / name).stat().st_size != size for name, size in meta["files"].items()):
            return None
        return Collab({name.removesuffix(".npy"): numpy.load(folder / name, mmap_mode="r") for name in meta["files"]}, meta)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(folder: Path, built: Collab, source: Mapping[str, Any]) -> None:
    """All or nothing: written beside the place and renamed into it. Raises `StoreError`."""
    import numpy

    paths.private(folder.parent)
    building = None
    try:
        _sweep(folder.parent)
        building = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".tmp", dir=folder.parent))
        for name, values in built._arrays.items():
            with (building / f"{name}.npy").open("wb") as file:
                numpy.save(file, values)
                file.flush()
                os.fsync(file.fileno())  # a rename must not reach the disk before what it shows
            make_private(building / f"{name}.npy", 0o600)
        sizes = {path.name: path.stat().st_size for path in sorted(building.iterdir())}
        paths.write_private(building / "meta.json", json.dumps({**built.meta, **source, "files": sizes}))
        if _opened(folder) is None:  # else another process was faster
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(FileExistsError):
                building.rename(folder)
    except OSError as error:
        if _opened(folder) is None:
            what = error.strerror or str(error)
            raise StoreError(f"{folder.parent}: what the ratings say cannot be written: {what}", "free some space, or set RECSH_HOME to another folder") from error
    finally:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove what builds that died left behind."""
    for left in parent.glob("*.tmp"):
        with suppress(OSError):
            if time.time() - max(p.stat().st_mtime for p in (left, *left.iterdir())) > STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _forget_older(folder: Path, source: Mapping[str, Any]) -> None:
    """Remove what was built of the same two files with other contents: every edit would else leave one behind."""
    for other in folder.parent.glob("*/meta.json"):
        if other.parent != folder and other.parent.suffix != ".tmp":
            with suppress(OSError, ValueError, AttributeError):
                meta = json.loads(other.read_text(encoding="utf-8"))
                if all(meta.get(k) == source[k] for k in ("ratings_path", "catalog_path")):
                    shutil.rmtree(other.parent, ignore_errors=True)
