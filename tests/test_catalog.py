"""Catalogs are found by name or path, remembered, compiled once, and compiled again by themselves when their file changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from recsh import catalog as catalogs
from recsh import paths, smallfile
from recsh.catalog import Catalog, Entry, Reading, columns_of, entries, forget, lookup, open_catalog, save
from recsh.errors import CatalogError, RecshError, StoreError
from recsh.index import Index
from recsh.table import open_table
from recsh.types import Role
from tests.command import invoke

SONGS = "id,title,year\n1,Up,1999\n2,Heat,2001\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test."""
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """A file written long enough ago for its mark to be trusted."""
    path = tmp_path / "songs.csv"
    path.write_text(SONGS)
    return path


def opened(path: Path, reading: Reading = Reading()) -> Catalog:
    return open_catalog(Entry(path.stem, path, reading), lambda rows: None)


def builds(home: Path) -> list[Path]:
    return sorted(p.parent for p in home.glob("cache/catalogs/*/meta.json"))


class Counting:
    """An embedder that says how often it was asked."""

    name = "counting"
    calls = 0

    def encode(self, texts, progress=None) -> numpy.ndarray:  # type: ignore[no-untyped-def]
        Counting.calls += 1
        return numpy.ones((len([*texts]), 2), dtype=numpy.float32)


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_catalog_is_remembered_with_how_it_is_read(songs: Path) -> None:
    """Roles, delimiter, encoding and header come back as they were given."""
    reading = Reading({"title": Role.TAGS, "id": Role.TITLE}, ";", "gb18030", False)
    save(Entry("shop", songs, reading))
    assert entries()["shop"] == Entry("shop", songs, reading) == lookup("shop")
    save(Entry("plain", songs))
    assert entries()["plain"].reading == Reading() and "shop" in entries()
    forget("shop")
    assert "shop" not in entries() and songs.exists()


def test_samples_are_known_and_may_be_hidden(songs: Path) -> None:
    """The user's own 'music' wins; forgotten, the sample is back."""
    assert entries()["music"].sample and lookup("music").path.name == "music.csv"
    save(Entry("music", songs))
    assert lookup("music") == Entry("music", songs)
    forget("music")
    assert lookup("music").sample
    with pytest.raises(CatalogError, match="no catalog called 'music' was added"):
        forget("music")


def test_a_file_is_a_catalog_by_its_path(songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute, relative, with ~; a path that is not there is an error when it is opened."""
    monkeypatch.chdir(songs.parent)
    assert lookup(str(songs)).path == lookup("songs.csv").path == songs and lookup("./songs.csv").name == "songs"
    monkeypatch.setenv("HOME", str(songs.parent))
    assert lookup("~/songs.csv").path == songs
    with pytest.raises(CatalogError, match="no such file"):
        opened(lookup("missing.csv").path)


@pytest.mark.parametrize("name", ["musik", "", "x" * 5000, "~nobody-has-this-name/x.csv", "a\0b", "..", "a/b\0c", "\ud800"])
def test_a_name_that_is_none_is_one_clear_error(name: str) -> None:
    """Whatever is typed: a CatalogError with a hint, at the look-up or when it is opened."""
    with pytest.raises(CatalogError) as caught:
        opened(lookup(name).path)
    assert caught.value.hint and len(caught.value.message) < 1000
    if name == "musik":
        assert "'music'" in caught.value.hint


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"a": {"path": "x", "roles": {"t": "nope"}}}', '{"a": {}}', "\xff"])
def test_a_damaged_registry_is_one_clear_error(content: str) -> None:
    """It names the file."""
    path = paths.private(paths.data_dir()) / "catalogs.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(CatalogError, match="catalogs.json"):
        entries()


# --- compiling -------------------------------------------------------------------------------------------------------


def test_a_catalog_is_compiled_once(songs: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second opening reads what the first one wrote."""
    first = opened(songs)
    monkeypatch.setattr(catalogs, "_compile", lambda *_: pytest.fail("compiled again"))
    again = opened(songs)
    assert again.index.folder == first.index.folder and [i.title for i in again.index.items([0, 1])] == ["Up", "Heat"] and len(builds(home)) == 1


def test_an_edit_is_noticed_and_the_old_index_goes(songs: Path, home: Path) -> None:
    """Also one of equal length within the same tick of the clock, and one that keeps the file's time."""
    for i, year in enumerate((1971, 1972, 1973)):
        stat = songs.stat()
        songs.write_text(SONGS.replace("1999", str(year)))
        if i:
            os.utime(songs, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert opened(songs).index.numbers("year").tolist() == [year, 2001]
    assert len(builds(home)) == 1


def test_a_touch_and_a_second_name_share_the_index(songs: Path, home: Path) -> None:
    """It is keyed by content."""
    first = opened(songs).index.folder
    os.utime(songs)
    copy = songs.with_name("copy.csv")
    shutil.copy(songs, copy)
    assert opened(songs).index.folder == first == opened(copy).index.folder and len(builds(home)) == 1


def test_another_reading_is_another_index(songs: Path, home: Path) -> None:
    """Both stay; the roles are those given."""
    opened(songs)
    other = opened(songs, Reading({"year": Role.TITLE, "title": Role.TAGS}))
    assert [i.title for i in other.index.items([0, 1])] == ["1999", "2001"] and len(builds(home)) == 2


def test_large_files_are_hashed_once(songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size, times and inode stand for the content of a file that was not written to just now."""
    monkeypatch.setattr(smallfile, "FRESH_NS", -(10**18))
    opened(songs)
    monkeypatch.setattr(catalogs.hashlib, "file_digest", lambda *_: pytest.fail("read again"))
    opened(songs)


@pytest.mark.parametrize("content", ["", "[]", "{", '"x"', '{"%s": 5}', '{"%s": [1]}', '{"%s": [[1,2,3,4], 7]}'])
def test_a_damaged_hash_memory_is_forgotten(songs: Path, content: str) -> None:
    """It is only a cache."""
    paths.private(paths.cache_dir() / "catalogs")
    (paths.cache_dir() / "catalogs" / "hashes.json").write_text(content.replace("%s", str(songs)))
    assert opened(songs).index.rows == 2


def test_a_damaged_index_is_built_again(songs: Path) -> None:
    """Everything in it is in the file."""
    first = opened(songs).index
    first.close()
    database = first.folder / "items.sqlite"
    database.write_bytes(database.read_bytes()[:-4096])
    assert opened(songs).index.rows == 2
    (first.folder / "meta.json").write_text("{}")
    assert opened(songs).index.rows == 2
    shutil.rmtree(first.folder)
    assert opened(songs).index.rows == 2


def test_two_processes_may_compile_at_once(songs: Path, home: Path) -> None:
    """Both open the catalog; one index is left, and no leftovers."""
    songs.write_text("id,title,year\n" + "".join(f"{i},song {i},1999\n" for i in range(2000)))
    code = "import sys; sys.path[:0] = [sys.argv[1]]; from pathlib import Path; from recsh.catalog import *; c = open_catalog(Entry('x', Path(sys.argv[2])), lambda n: None); print(c.index.rows, c.index.items([1999])[0].title)"
    running = [subprocess.Popen([sys.executable, "-c", code, str(Path(paths.__file__).parent.parent), str(songs)], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [p.communicate()[0] for p in running] == ["2000 song 1999\n"] * 3
    assert len(builds(home)) == 1 and not [*home.glob("cache/catalogs/*.tmp")] and not [*home.rglob("*.part")]


def test_a_file_that_changes_while_it_is_read_is_read_again(songs: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is of the bytes its key says; a file that never stops changing is an error."""
    real, calls = catalogs._compile, []

    def slow(entry: Entry, *rest: object) -> None:
        real(entry, *rest)  # type: ignore[arg-type]
        if len(calls) < times:
            calls.append(1)
            songs.write_text(SONGS.replace("1999", str(base + len(calls))))

    monkeypatch.setattr(catalogs, "_compile", slow)
    times, base = 1, 1900
    assert opened(songs).index.numbers("year").tolist() == [1901, 2001] and len(builds(home)) == 1
    calls.clear()
    times, base = 99, 1700
    songs.write_text(SONGS + "3,More,1950\n")
    with pytest.raises(CatalogError, match="changes while it is read"):
        opened(songs)


def test_vectors_come_from_the_embedder_for_that_size(songs: Path) -> None:
    """It is asked with the number of rows; no embedder, no vectors; progress is reported."""
    sizes: list[int] = []
    stages: list[str] = []
    made = open_catalog(Entry("x", songs), lambda rows: sizes.append(rows) or Counting(), lambda stage, done, total: stages.append(stage))  # type: ignore[func-returns-value]
    assert made.index.embedder == "counting" and made.index.vectors is not None and made.index.vectors.shape == (2, 2) and {*sizes} == {2} and {"read", "index"} <= {*stages}
    open_catalog(Entry("x", songs), lambda rows: Counting())
    assert Counting.calls == 1
    songs.write_text(SONGS + "3,Third,2003\n")
    plain = opened(songs)
    assert plain.index.vectors is None and plain.index.embedder is None


# --- where nothing can be written --------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["file", "/proc/recsh-nowhere", "/dev/null"])
def test_a_cache_that_cannot_be_written_is_one_clear_error(songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A StoreError that says to set RECSH_HOME."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / place))
    with pytest.raises(StoreError) as caught:
        opened(songs)
    assert "RECSH_HOME" in caught.value.hint and caught.value.exit_code == 5


def test_a_read_only_cache_with_the_index_in_it_is_enough(songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only writing needs writing."""
    first = opened(songs)

    def refused(*_: object) -> None:
        raise StoreError("read-only", "")

    monkeypatch.setattr(paths, "write_private", refused)
    monkeypatch.setattr(paths, "private", refused)
    monkeypatch.setattr(smallfile, "FRESH_NS", -(10**18))
    assert opened(songs).index.folder == first.index.folder


def test_a_full_disk_is_one_clear_line(songs: Path, home: Path) -> None:
    """Whatever meets it first, exit code 5, and no leftovers."""
    songs.write_text("id,title\n" + "".join(f"{i},song {i}\n" for i in range(5000)))
    code = (
        "import resource, sys; sys.path[:0] = [sys.argv[1]]; from pathlib import Path; import numpy, recsh.index; from recsh.catalog import *; from recsh.errors import RecshError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: open_catalog(Entry('x', Path(sys.argv[2])), lambda n: None)\nexcept RecshError as e: print(e.exit_code, e.message, '|', e.hint)"
    )
    out = subprocess.run([sys.executable, "-c", code, str(Path(paths.__file__).parent.parent), str(songs)], capture_output=True, text=True, check=True)
    assert out.stdout.startswith("5 ") and "cannot be written" in out.stdout and out.stdout.count("\n") == 1 and not out.stderr
    assert not [*home.glob("cache/catalogs/*/")]


def test_without_recsh_home_the_platforms_folders_are_used(songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a relative RECSH_HOME is one too."""
    monkeypatch.delenv("RECSH_HOME")
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert tmp_path in opened(songs).index.folder.parents
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECSH_HOME", "odd % ? # home")
    assert opened(songs).index.items([1])[0].title == "Heat" and (tmp_path / "odd % ? # home").is_dir()


# --- files that are no catalogs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "what"), [(b"", "empty"), (b"id,title\n", "no rows"), (b"a,b\n1,2\n3,4\n", "title"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"id,title\n1,\n2,\n", "no usable rows|title")])
def test_what_is_no_catalog_is_one_clear_error_and_leaves_no_index(tmp_path: Path, home: Path, content: bytes, what: str) -> None:
    """Exit code 3, a hint, the file's name."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=what) as caught:
        opened(path)
    assert str(path) in caught.value.message and caught.value.hint and caught.value.exit_code == 3
    assert not [*home.glob("cache/catalogs/*/")]


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """Before anything is compiled."""
    for path, what in ((tmp_path / "no.csv", "no such file"), (tmp_path, "folder"), (Path("/dev/null"), "regular")):
        with pytest.raises(CatalogError, match=what):
            opened(path)


def test_roles_are_found_from_a_bounded_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of megabytes do not fill the memory while columns are looked at."""
    path = tmp_path / "wide.csv"
    path.write_text("title,text\n" + "".join(f"t{i}," + "word " * 1500 + "\n" for i in range(50)))
    monkeypatch.setattr(catalogs, "SAMPLE_SIZE", 10_000)
    assert [c.role for c in columns_of(open_table(path), Reading())[1]] == [Role.TITLE, Role.TEXT]


def test_the_account_is_in_the_index(tmp_path: Path) -> None:
    """What was odd can be told without reading the file again."""
    path = tmp_path / "x.csv"
    path.write_text("id,title,year\n1,Up,soon\n1,,1999\n1,Heat\n")
    account = opened(path).index.meta["account"]
    assert account["lost"] == 1 and account["counts"] == {"not a number": 1, "missing title": 1, "short row": 1, "duplicate id": 1}
    assert [2, "not a number"] in [note[:2] for note in account["notes"]]


def test_every_real_error_is_a_recsh_error(songs: Path) -> None:
    """So that the one error boundary can print it."""
    with pytest.raises(RecshError):
        opened(songs, Reading({"nope": Role.TITLE}))
    with pytest.raises(RecshError):
        opened(songs, Reading(delimiter=";;"))
    with pytest.raises(RecshError):
        opened(songs, Reading(encoding="nope"))
    assert json.dumps(Reading({"a": Role.ID}, ";").as_json()) == '{"roles": {"a": "id"}, "delimiter": ";"}' and Reading.from_json(Reading({"a": Role.ID}, ";").as_json()) == Reading({"a": Role.ID}, ";")
    assert Index(opened(songs).index.folder).rows == 2


# --- ratings of others ---------------------------------------------------------------------------------------------------


def test_a_catalog_is_remembered_with_its_ratings(songs: Path) -> None:
    """The file and its columns come back; one added before there were any has none; a sample has those that came with it."""
    save(Entry("rated", songs, ratings=songs.with_name("r.csv"), rating_columns={"user": "who"}))
    save(Entry("plain", songs))
    assert entries()["rated"] == Entry("rated", songs, ratings=songs.with_name("r.csv"), rating_columns={"user": "who"})
    assert entries()["plain"].ratings is None and entries()["rated"].reading == Reading()
    assert {name for name, e in entries().items() if e.sample and e.ratings} == {"music", "movies"}
    assert entries()["music"].ratings.name == "music.ratings.csv"  # type: ignore[union-attr]


def test_the_log_knows_a_catalog_by_what_does_not_change(songs: Path) -> None:
    """A sample by its name, another by its path, whatever name it has."""
    assert lookup("music").key == "music" and Entry("a", songs).key == Entry("b", songs).key == lookup(str(songs)).key == str(songs)


@pytest.mark.parametrize("content", ['{"a": {"path": "x", "ratings": 5}}', '{"a": {"path": "x", "ratings": {"columns": {}}}}', '{"a": {"path": "x", "ratings": {"path": "r", "columns": 3}}}'])
def test_damaged_ratings_in_the_registry_are_one_clear_error(content: str) -> None:
    """It names the file."""
    paths.write_private(paths.data_dir() / "catalogs.json", content)
    with pytest.raises(CatalogError, match="catalogs.json"):
        entries()


def ran(*args: object) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command."""

    from recsh.cli import app

    return invoke(app, *args)


def test_adding_ratings_says_what_they_are_and_what_is_wrong_with_them(songs: Path) -> None:
    """`catalog add --ratings`, then `catalog info` shows them again, for a person and as JSON."""
    path = songs.with_name("r.csv")
    path.write_text("person,track_id,stars\nann,1,5\nann,2,1\nbob,2,4\nbob,9,4\n")
    code, out, err = ran("catalog", "add", songs, "--name", "rated", "--ratings", path)
    assert (code, out) == (0, "rated\n") and "3 ratings of 2 items by 2 people, items found by id" in err and "1 unknown item (line 5)" in err
    code, out, _ = ran("catalog", "info", "rated", "--no-color")
    assert code == 0 and "3 ratings of 2 items by 2 people" in out and "1 unknown item (line 5)" in out
    told = json.loads(ran("catalog", "info", "rated", "--json")[1])["ratings"]
    assert told == {
        "path": str(path), "ratings": 3, "people": 2, "items": 2, "kind": "ratings", "columns": {"user": "person", "item": "track_id", "rating": "stars"},
        "by_title": False, "lost": 1, "defects": {"unknown item": 1},
    }  # fmt: skip
    assert ran("catalog", "add", songs, "--name", "plain")[0] == 0 and json.loads(ran("catalog", "info", "plain", "--json")[1])["ratings"] is None


def test_the_columns_of_ratings_can_be_said(songs: Path) -> None:
    """They are remembered; without a file of ratings, or wrongly said, they are an error and nothing is added."""
    path = songs.with_name("r.csv")
    path.write_text("a,b,c\nann,1,5\nann,2,1\nbob,2,4\n")
    code, _, err = ran("catalog", "add", songs, "--ratings", path)
    assert code == 2 and "--ratings-user" in err and "songs" not in entries()
    assert ran("catalog", "add", songs, "--ratings", path, "--ratings-user", "a", "--ratings-rating", "c")[0] == 0
    assert entries()["songs"].rating_columns == {"user": "a", "rating": "c"}
    assert ran("catalog", "add", songs, "--name", "x", "--ratings-user", "a")[0] == 2 and ran("catalog", "add", songs, "--name", "x", "--ratings", songs.with_name("no.csv"))[0] == 3
    assert "x" not in entries()
