"""What tests share: a home of their own, and the sample catalogs, compiled once a session. No network, no weights but the bundled ones."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from recsh.catalog import SAMPLES, Catalog, Entry, lookup, open_catalog
from recsh.compiler import compile_index
from recsh.index import Index
from recsh.match import Names
from recsh.query import understand
from recsh.request import Query
from recsh.semantic import Semantic
from recsh.table import open_table
from recsh.types import Column


settings.register_profile("patient", deadline=None)  # how busy the machine is decides over no test
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """RECSH_HOME for the session: nothing of the user's is read or written."""
    before = os.environ.get("RECSH_HOME")
    folder = tmp_path_factory.mktemp("home")
    os.environ["RECSH_HOME"] = str(folder)
    yield folder
    os.environ.pop("RECSH_HOME")
    if before is not None:
        os.environ["RECSH_HOME"] = before


@pytest.fixture(scope="session")
def home(shared_home: Path) -> Path:
    """The same; a file whose tests need a home each has a fixture of this name of its own."""
    return shared_home


@pytest.fixture(scope="module", autouse=True)
def forgetful(shared_home: Path) -> Iterator[None]:
    """What one file's tests said of items in the shared home is nothing to the next file's."""
    yield
    for file in shared_home.rglob("log.sqlite*"):
        file.unlink()


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """A test run in the background inherits an ignored SIGINT, and so would every child: Ctrl-C has to mean something in both."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def semantic() -> Semantic:
    """The sentence model, loaded when a test first asks it something."""
    return Semantic(threads=1)


@pytest.fixture(scope="session")
def sample(home: Path, semantic: Semantic) -> Iterator[Callable[[str], Catalog]]:
    """name -> the sample catalog of that name, opened once."""
    opened: list[Catalog] = []

    @cache
    def open_once(name: str) -> Catalog:
        opened.append(open_catalog(lookup(name), semantic.for_rows))
        return opened[-1]

    yield open_once
    for catalog in opened:
        catalog.index.close()


@pytest.fixture(scope="session")
def music(sample: Callable[[str], Catalog]) -> Catalog:
    return sample("music")


@pytest.fixture(scope="session")
def movies(sample: Callable[[str], Catalog]) -> Catalog:
    return sample("movies")


@pytest.fixture(scope="session")
def books(sample: Callable[[str], Catalog]) -> Catalog:
    return sample("books")


@pytest.fixture(scope="session")
def products(sample: Callable[[str], Catalog]) -> Catalog:
    return sample("products")


@pytest.fixture(scope="session")
def movies_zh(sample: Callable[[str], Catalog]) -> Catalog:
    return sample("movies_zh")


@pytest.fixture(scope="session")
def every_sample(sample: Callable[[str], Catalog]) -> dict[str, Catalog]:
    return {name: sample(name) for name in SAMPLES}


@pytest.fixture(scope="session")
def read(sample: Callable[[str], Catalog]) -> Callable[[str, str], Query]:
    """(catalog's name, request) -> the request as it is understood."""

    @cache
    def names(name: str) -> Names:
        return Names(sample(name).index)

    def understood(name: str, text: str) -> Query:
        return understand(text, names(name).index, names(name).find, names(name).spell)

    return understood


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Callable[..., Catalog]]:
    """(header, rows, columns) -> a catalog of these rows without vectors, or with those of `vectors`."""
    opened: list[Index] = []

    def make(header: Sequence[str], rows: Sequence[Sequence[object]], columns: Sequence[Column], vectors: object = None) -> Catalog:
        import csv

        folder = tmp_path / f"shelf{len(opened)}"
        folder.mkdir()
        with (folder / "shelf.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        embed = None if vectors is None else lambda texts: vectors[: len(list(texts))]  # type: ignore[index]
        compile_index(folder / "index", open_table(folder / "shelf.csv"), columns, **({"embed": embed, "extra": {"embedder": "test"}} if embed else {}))
        opened.append(Index(folder / "index"))
        return Catalog(Entry("shelf", folder / "shelf.csv"), opened[-1])

    yield make
    for index in opened:
        index.close()


@pytest.fixture(scope="session")
def scenes() -> ModuleType:
    """The recipe's models/scenes.py, which needs no recsh."""
    spec = importlib.util.spec_from_file_location("scenes", Path(__file__).parent.parent / "models" / "scenes.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
