"""An index answers as a naive program over the rows would, and is written and replaced so that a reader sees all or nothing."""

from __future__ import annotations

import csv
import doctest
import json
import math
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh import compiler, fulltext, tagwork
from recsh.compiler import compile_index
from recsh.errors import CatalogError, StoreError
from recsh.index import TEXT_WEIGHTS, Index, facet_key
from recsh.cells import number, split
from recsh.schema import find_roles
from recsh.table import Account, open_table
from recsh.text import clean, fold, tokens

HEADER = ["id", "title", "artist", "tags", "year", "description"]
WORDS = "night love blue dark river city dream fire the of movies stars rock Beyoncé 电影 科幻片 don't R&B हिन्दी 90s".split()
TAGS = ["rock", "Rock", "art rock", "pop", "sci-fi", "Movies", "movie", "科幻", "中国香港", "!!!", "R&B"]


def some_rows(n: int, seed: int = 7) -> list[list[str]]:
    r = random.Random(seed)
    words = lambda k: " ".join(r.choices(WORDS, k=k))  # noqa: E731
    return [
        [f"x{i}", words(r.randint(1, 4)), r.choice(["ABBA", "Abba", "Björk", "周杰伦", "A|B", ""]), "|".join(r.choices(TAGS, k=r.randint(0, 4))), r.choice(["", "n/a", str(r.randint(1950, 2020))]), words(r.randint(0, 30))]
        for i in range(n)
    ]


def write(path: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def build(folder: Path, path: Path, **how: object) -> tuple[Index, Account]:
    table = open_table(path, header=True, delimiter=",")
    columns = find_roles(table.header, [c for _, c in table.rows(Account())][:500])
    account = compile_index(folder, table, columns, **how)  # type: ignore[arg-type]
    return Index(folder), account


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, list[list[str]]]:
    """An index of 300 rows, and the rows."""
    base = tmp_path_factory.mktemp("index")
    rows = some_rows(300)
    index, account = build(base / "i", write(base / "a.csv", rows))
    assert account.rows == 300 and not account.lost
    return index, rows


def fields(index: Index, row: list[str]) -> list[list[str]]:
    """The tokens of title, creator, tags and text, computed from the row."""
    joiner = {c.name: c.joiner for c in index.columns}
    tags = [t for v in split(row[3], joiner["tags"]) for t in tokens(v)]
    return [tokens(row[1]), tokens(", ".join(split(row[2], joiner["artist"]))), tags, tokens(row[5])]


# --- look-ups --------------------------------------------------------------------------------------------------------


def test_every_row_is_there_with_every_cell(made: tuple[Index, list[list[str]]]) -> None:
    """Positions are those of the file; cells are kept as text; numbers are parsed; empty ones are missing."""
    index, rows = made
    items = index.items(range(300))
    for item, row in zip(items, rows, strict=True):
        assert [*item.cells.values()] == [clean(c) for c in row] and item.id == row[0] and item.title == clean(row[1])
        value = number(row[4])
        assert item.numbers == ({} if value is None else {"year": value})
        assert item.tags == split(row[3], "|")
    assert index.items([5, 3, 5])[0] == index.items([5])[0] and index.items([]) == []
    with pytest.raises(KeyError):
        index.items([300])


def test_by_id_and_by_key_find_what_a_scan_finds(made: tuple[Index, list[list[str]]]) -> None:
    """Ids are unique; a folded title may have several rows."""
    index, rows = made
    assert [index.by_id(row[0]) for row in rows] == [*range(300)] and index.by_id("none") is None and index.by_id("\ud800") is None
    keys = {fold(row[1]) for row in rows}
    assert index.by_key([*keys, "absent", "\ud800"]) == {k: [i for i, row in enumerate(rows) if fold(row[1]) == k] for k in keys}
    assert index.called(range(299, -1, -1)) == [(i, fold(row[1]), row[1], index.items([i])[0].creator) for i, row in enumerate(rows)]
    assert index.beginning(min(keys)[:3], 400) == [i for i, row in enumerate(rows) if fold(row[1]).startswith(min(keys)[:3])]


def test_numbers_are_those_of_the_cells(made: tuple[Index, list[list[str]]]) -> None:
    """NaN where there is none; the column knows its range."""
    index, rows = made
    wanted = numpy.array([math.nan if number(r[4]) is None else number(r[4]) for r in rows], dtype=float)
    numpy.testing.assert_array_equal(index.numbers("year"), wanted)
    column = next(c for c in index.columns if c.name == "year")
    assert (column.low, column.high, column.year) == (numpy.nanmin(wanted), numpy.nanmax(wanted), True)
    with pytest.raises(KeyError):
        index.numbers("title")


def bm25(documents: list[list[list[str]]], words: list[str]) -> dict[int, float]:
    """BM25 in plain Python: k1 1.2, b .75, weighted hits, idf at least 1e-6."""
    n = len(documents)
    lengths = [sum(map(len, d)) for d in documents]
    average = sum(lengths) / n
    scores: Counter[int] = Counter()
    for word in dict.fromkeys(words):
        having = [i for i, d in enumerate(documents) if any(word in f for f in d)]
        idf = max(math.log((n - len(having) + 0.5) / (len(having) + 0.5)), 1e-6)
        for i in having:
            hits = sum(w * f.count(word) for w, f in zip(TEXT_WEIGHTS, documents[i], strict=True))
            scores[i] += idf * hits * 2.2 / (hits + 1.2 * (1 - 0.75 + 0.75 * lengths[i] / average))
    return scores


@pytest.mark.parametrize("query", ["night love", "电影", "beyoncé rock", "हिन्दी river", "R&B don't dream", "the", "absent", "movies movie 90s", 'quote " OR "x', "科幻片"])
def test_search_is_bm25(made: tuple[Index, list[list[str]]], query: str) -> None:
    """Same rows, same scores, same order as the formula in plain Python."""
    index, rows = made
    wanted = bm25([fields(index, row) for row in rows], tokens(query))
    found = index.search(tokens(query), 1000)
    assert {n for n, _ in found} == {*wanted}
    for n, score in found:
        assert score == pytest.approx(wanted[n], rel=1e-6, abs=1e-9)
    assert [n for n, _ in found] == sorted((n for n, _ in found), key=lambda n: (-dict(found)[n], n))
    assert index.search(tokens(query), 5) == found[:5]


def test_words_that_say_nothing_are_left_out_where_reading_them_costs(made: tuple[Index, list[list[str]]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A word in half of the rows counts a millionth: in a large catalog it is read only if there is no other."""
    index, _ = made
    by_count = sorted(index.terms("a", "z", 1, 20), key=lambda term: term[1])
    rare, everywhere = by_count[0][0], by_count[-1][0]
    assert index.frequencies([everywhere])[everywhere] * 2 > index.rows
    whole, alone = index.text.scores([rare, everywhere]), index.text.scores([everywhere])
    monkeypatch.setattr(fulltext, "SPARING", 10)
    assert numpy.array_equal(index.text.scores([everywhere]), alone) and alone.any()
    spared = index.text.scores([rare, everywhere])
    assert numpy.array_equal(spared, index.text.scores([rare])) and not numpy.array_equal(spared, whole) and numpy.allclose(spared, whole, atol=1e-5)


def test_other_weights_count_a_field_once(made: tuple[Index, list[list[str]]]) -> None:
    """Titles alone: the rows whose title has the word, and no others."""
    index, rows = made
    found = index.search(["night"], 1000, (1.0, 0.0, 0.0, 0.0))
    assert sorted(n for n, _ in found) == [i for i, row in enumerate(rows) if "night" in tokens(row[1])] == index.titled(["night"])


def test_places_are_ranks_with_the_middle_for_equals(made: tuple[Index, list[list[str]]]) -> None:
    """As scipy ranks them, from 0; nothing for an empty cell."""
    from scipy.stats import rankdata

    index, _ = made
    years = index.numbers("year")
    filled = ~numpy.isnan(years)
    assert numpy.array_equal(index.places("year")[filled], rankdata(years[filled]) - 1) and numpy.isnan(index.places("year")[~filled]).all()
    with pytest.raises(KeyError):
        index.places("title")


def test_words_are_words_and_never_operators(made: tuple[Index, list[list[str]]]) -> None:
    """Whatever is handed in as a token, and however many of them."""
    index, _ = made
    for words in (["AND"], ["NOT", "OR"], ['"'], ["*"], [""], ["a\0b"], ["\ud800"], ["title:x"], ["(", ")"], [f"w{i}" for i in range(5000)] + ["love"]):
        assert isinstance(index.search(words, 5), list)
        assert isinstance(index.containing(words), list) and isinstance(index.having(words), list) and isinstance(index.frequencies(words), dict)
    assert index.search([f"w{i}" for i in range(5000)] + ["love"], 1000) and index.search([], 5) == [] and index.containing([]) == [] and index.having([]) == []


def test_containing_having_and_frequencies_are_what_a_scan_finds(made: tuple[Index, list[list[str]]]) -> None:
    """All of the words anywhere; all of them in title, creator or tags; in how many rows each stands."""
    index, rows = made
    documents = [fields(index, row) for row in rows]
    for words in (["night"], ["love", "blue"], ["rock", "abba"], ["हिन्दी"], ["科幻"], ["rb"], ["fire", "none"]):
        assert index.containing(words) == [i for i, d in enumerate(documents) if all(any(w in f for f in d) for w in words)]
        assert index.having(words) == [i for i, d in enumerate(documents) if all(any(w in f for f in d[:3]) for w in words)]
        counts = {w: sum(any(w in f for f in d) for d in documents) for w in words}
        assert index.frequencies(words) == {w: n for w, n in counts.items() if n}


def test_facets_are_counted_as_a_scan_counts(made: tuple[Index, list[list[str]]]) -> None:
    """One facet a folded value, each row once, rows sorted, most frequent first."""
    index, rows = made
    where: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        for name, cell in (("artist", row[2]), ("tags", row[3])):
            for key in {facet_key(v) for v in split(cell, "|")}:
                where.setdefault((name, key), []).append(i)
    for column in ("artist", "tags"):
        found = index.facet_values(column, 1000)
        assert {(f.column, f.key): f.count for f in found} == {k: len(v) for k, v in where.items() if k[0] == column}
        assert [f.count for f in found] == sorted((f.count for f in found), reverse=True)
        for f in found:
            assert index.facet_rows([f.f]).tolist() == where[column, f.key]
            assert f in index.facets([f.key])[f.key] and facet_key(f.label) == f.key
    assert {f.key for f in index.facets_with("rock")} == {"rock", "art rock"} and {f.key for f in index.facets_with("香港")} == {"中国香港"}
    both = [f.f for f in index.facet_values("tags", 2)]
    assert index.facet_rows(both).tolist() == sorted({n for f in both for n in index.facet_rows([f]).tolist()}) and index.facet_rows([]).size == 0 and index.facet_rows([10**6]).size == 0


def test_cells_of_one_column(made: tuple[Index, list[list[str]]]) -> None:
    """In order of position."""
    index, rows = made
    assert [*index.cells("description")] == [(i, clean(row[5])) for i, row in enumerate(rows)]
    with pytest.raises(ValueError):
        [*index.cells("nope")]


ODD = st.text(max_size=15) | st.sampled_from(["Up", "Up", "1", "None", "a|b", "", "$5", "x" * 600, "!!!"])


@settings(database=None, deadline=None, max_examples=30)
@given(st.lists(st.lists(ODD, min_size=4, max_size=4), min_size=1, max_size=10))
def test_any_rows_compile_or_are_accounted_for(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """Rows in are items plus rows in the account; ids are unique; every item is found again by its id and its title."""
    base = tmp_path_factory.mktemp("any")
    path = write(base / "a.csv", [[c.replace("\r", "") for c in row] for row in rows], ["id", "title", "tags", "price"])
    try:
        index, account = build(base / "i", path)
    except CatalogError:
        return
    items = index.items(range(index.rows))
    assert account.rows == index.rows and index.rows + account.lost == len(rows)
    assert len({i.id for i in items}) == len(items)
    for item in items:
        assert index.by_id(item.id) == item.n and item.n in index.by_key([fold(item.title)])[fold(item.title)] and item.title
    index.close()
    shutil.rmtree(base)


def test_duplicate_and_missing_ids_are_mended(tmp_path: Path) -> None:
    """The first keeps its id, later ones are numbered, also where that number is taken; all are reported with their lines."""
    rows = [["5", "a"], ["5", "b"], ["5~2", "c"], ["5", "d"], ["", "e"], ["007", "None"], ["7", "f"], ["", ""]]
    index, account = build(tmp_path / "i", write(tmp_path / "a.csv", rows, ["id", "title"]))
    assert [i.id for i in index.items(range(index.rows))] == ["5", "5~2", "5~2~2", "5~3", "5~4", "007", "7"]
    assert account.lost == 1 and account.counts["blank row"] == 1 and index.by_id("007") == 5 and index.items([5])[0].title == "None"
    assert [line for line, kind, _ in account.notes if kind == "duplicate id"] and account.counts["missing id"] == 1


def test_a_million_equal_ids_take_no_quadratic_time(tmp_path: Path) -> None:
    """A column that is no id at all costs a name for each row, not a search through all of them."""
    start = time.perf_counter()
    index, account = build(tmp_path / "i", write(tmp_path / "a.csv", [["same", f"t{i}"] for i in range(20_000)], ["id", "title"]))
    assert index.by_id("same~20000") == 19_999 and account.counts["duplicate id"] == 19_999 and time.perf_counter() - start < 8


def test_a_row_without_a_title_is_lost_and_said_so(tmp_path: Path) -> None:
    """With its line; a file of nothing else is an error that says why."""
    index, account = build(tmp_path / "i", write(tmp_path / "a.csv", [["1", ""], ["2", "Up"]], ["id", "title"]))
    assert index.rows == 1 and account.notes == [(2, "missing title", account.notes[0][2])] and index.meta["account"]["lost"] == 1
    with pytest.raises(CatalogError, match="no usable rows") as caught:
        build(tmp_path / "j", write(tmp_path / "b.csv", [["1", "\u200b"], ["2", " \x1b"]], ["id", "title"]))
    assert "2 missing title" in caught.value.hint and not [*tmp_path.glob("j*")]


def test_a_long_title_is_cut_for_showing_and_kept_in_its_cell(tmp_path: Path) -> None:
    """It stands in every table and prompt."""
    index, account = build(tmp_path / "i", write(tmp_path / "a.csv", [["1", "long " * 1000]], ["id", "title"]))
    item = index.items([0])[0]
    assert len(item.title) <= 500 < len(item.cells["title"]) and account.counts["long title"] == 1


def test_more_tags_than_are_held_give_the_same_facets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Facets that went to disk are merged: nothing differs but the memory."""
    path = write(tmp_path / "a.csv", some_rows(200))
    one, _ = build(tmp_path / "one", path)
    monkeypatch.setattr(tagwork, "HELD", 3)
    monkeypatch.setattr(compiler, "_BATCH_ROWS", 7)
    other, _ = build(tmp_path / "other", path)
    for column in ("artist", "tags"):
        facets = [(f, one.facet_rows([f.f]).tolist()) for f in one.facet_values(column, 1000)]
        assert facets == [(f, other.facet_rows([f.f]).tolist()) for f in other.facet_values(column, 1000)]
    assert one.search(["night"], 99) == other.search(["night"], 99)


def test_vectors_are_kept_if_there_are_any(tmp_path: Path) -> None:
    """(rows, dims) float16 of what the embedder made of one text a row; None when it made none."""
    path = write(tmp_path / "a.csv", some_rows(30))
    seen: list[str] = []

    def embed(texts: Iterator[str]) -> numpy.ndarray:
        seen.extend(texts)
        return numpy.arange(60, dtype=numpy.float32).reshape(30, 2) / 60

    index, _ = build(tmp_path / "i", path, embed=embed, extra={"embedder": "counting"})
    assert index.vectors is not None and index.vectors.dtype == numpy.float16 and index.vectors.shape == (30, 2) and index.embedder == "counting"
    assert seen == [index.describe(i) for i in index.items(range(30))]
    assert build(tmp_path / "j", path, embed=lambda texts: None)[0].vectors is None
    assert build(tmp_path / "k", path)[0].vectors is None


# --- writing, replacing, breaking --------------------------------------------------------------------------------------


def test_an_index_that_is_replaced_or_deleted_stays_readable(tmp_path: Path) -> None:
    """A reader that has it open sees the old one to the end; the next one sees the new one."""
    path = write(tmp_path / "a.csv", some_rows(50))
    old, _ = build(tmp_path / "i", path, embed=lambda texts: numpy.ones((50, 4)))
    new, _ = build(tmp_path / "i", write(tmp_path / "b.csv", some_rows(60, seed=8)))
    shutil.rmtree(tmp_path / "i")
    assert old.rows == 50 and len(old.items(range(50))) == 50 and old.numbers("year").shape == (50,) and old.vectors is not None and old.search(["night"], 5)
    assert new.rows == 60 and len(new.items(range(60))) == 60
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.csv"]


def test_readers_and_writers_at_once_see_whole_indexes(tmp_path: Path) -> None:
    """Two processes replace the same index again and again, a reader opens it all the time: each sees one of them, whole."""
    small, large = write(tmp_path / "a.csv", some_rows(20)), write(tmp_path / "b.csv", some_rows(40))
    build(tmp_path / "i", small)
    code = "import sys; from pathlib import Path; sys.path[:0] = [sys.argv[1]]; from recsh.table import *; from recsh.schema import find_roles; from recsh.compiler import compile_index\nt = open_table(Path(sys.argv[2])); c = find_roles(t.header, [r for _, r in t.rows(Account())])\nfor _ in range(12): compile_index(Path(sys.argv[3]), t, c)"
    root = str(Path(compiler.__file__).parent.parent)
    writers = [subprocess.Popen([sys.executable, "-c", code, root, str(p), str(tmp_path / "i")]) for p in (small, large)]
    opened = 0
    while any(w.poll() is None for w in writers):
        index = Index(tmp_path / "i")
        assert len(index.items(range(index.rows))) == index.rows == len(index.numbers("year")) and index.rows in (20, 40)
        index.close()
        opened += 1
    assert [w.returncode for w in writers] == [0, 0] and opened > 5
    assert not [*tmp_path.glob("*.tmp")]


def test_threads_of_one_process_may_compile_the_same_index(tmp_path: Path) -> None:
    """No two builds share a folder."""
    path = write(tmp_path / "a.csv", some_rows(20))
    failed: list[BaseException] = []

    def work() -> None:
        try:
            build(tmp_path / "i", path)
        except BaseException as error:  # noqa: BLE001  # a thread's failure is the test's
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and Index(tmp_path / "i").rows == 20


def test_what_a_killed_build_left_is_swept_up_later(tmp_path: Path) -> None:
    """Old leftovers go, a build that may still be running stays."""
    stale, running = tmp_path / "x.abc.tmp", tmp_path / "y.abc.tmp"
    for folder in (stale, running):
        folder.mkdir()
        (folder / "items.sqlite").write_bytes(b"x")
    long_ago = time.time() - compiler.STALE_SECONDS - 60
    os.utime(stale / "items.sqlite", (long_ago, long_ago))
    os.utime(stale, (long_ago, long_ago))
    build(tmp_path / "i", write(tmp_path / "a.csv", some_rows(5)))
    assert not stale.exists() and running.exists()


def test_an_error_while_compiling_leaves_nothing(tmp_path: Path) -> None:
    """Also when it is Ctrl-C; the index that was there before stays."""
    path = write(tmp_path / "a.csv", some_rows(5))
    build(tmp_path / "i", path)

    def interrupted(texts: object) -> numpy.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "i", path, embed=interrupted)
    assert Index(tmp_path / "i").rows == 5 and not [*tmp_path.glob("*.tmp")]


@pytest.mark.parametrize("limit", [20_000, 200_000, 400_000])
def test_a_full_disk_is_one_clear_line(tmp_path: Path, limit: int) -> None:
    """Whichever file meets the end of the disk first: a StoreError with a hint, and nothing stays behind."""
    path = write(tmp_path / "a.csv", some_rows(1500))
    code = (
        "import resource, sys; from pathlib import Path; sys.path[:0] = [sys.argv[1]]; import numpy; from recsh.errors import StoreError; from recsh.table import *; from recsh.schema import find_roles; from recsh.compiler import compile_index\n"
        "t = open_table(Path(sys.argv[2])); c = find_roles(t.header, [r for _, r in t.rows(Account())])\nresource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]),) * 2)\n"
        "try: compile_index(Path(sys.argv[3]), t, c, embed=lambda texts: numpy.ones((1500, 200)))\nexcept StoreError as e: print(e.message, '|', e.hint)"
    )
    out = subprocess.run([sys.executable, "-c", code, str(Path(compiler.__file__).parent.parent), str(path), str(tmp_path / "i"), str(limit)], capture_output=True, text=True, check=True).stdout
    assert "cannot be written" in out and "RECSH_HOME" in out and out.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """A file in its place, or none at all."""
    path = write(tmp_path / "a.csv", some_rows(5))
    for folder in (path / "i", tmp_path / "no" / "i", Path("/proc/recsh/i")):
        with pytest.raises(StoreError, match="cannot be written"):
            build(folder, path)


def _cut(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-100])


@pytest.mark.parametrize(
    "harm",
    [
        _cut("items.sqlite"), _cut("numbers.npy"), _cut("meta.json"), lambda f: (f / "meta.json").unlink(), lambda f: (f / "items.sqlite").unlink(), lambda f: (f / "numbers.npy").unlink(),
        lambda f: (f / "meta.json").write_text("[]"), lambda f: (f / "meta.json").write_text("{}"), lambda f: (f / "meta.json").write_text(json.dumps({**json.loads((f / "meta.json").read_text()), "format": 0})), shutil.rmtree,
        lambda f: (f / "items.sqlite").write_bytes(b"x" * (f / "items.sqlite").stat().st_size),
    ],
)  # fmt: skip
def test_a_damaged_index_is_named(tmp_path: Path, harm: Callable[[Path], object]) -> None:
    """Cut off, missing, of another version: a CatalogError that says what to do."""
    build(tmp_path / "i", write(tmp_path / "a.csv", some_rows(40)))[0].close()
    harm(tmp_path / "i")
    with pytest.raises(CatalogError, match="damaged index") as caught:
        Index(tmp_path / "i")
    assert "delete that folder" in caught.value.hint


def test_damage_found_later_is_a_catalog_error_too(tmp_path: Path) -> None:
    """Bytes overwritten in the middle are only met when they are read."""
    build(tmp_path / "i", write(tmp_path / "a.csv", some_rows(300)))[0].close()
    path = tmp_path / "i" / "items.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:-4096] = os.urandom(len(content) - 8192 - 4096)
    path.write_bytes(content)
    try:
        index = Index(tmp_path / "i")
    except CatalogError:
        return
    for ask in (lambda: index.items(range(300)), lambda: index.search(["night"], 9), lambda: index.by_id("x9"), index.titles, lambda: [*index.cells("title")], lambda: index.facet_values("tags"), lambda: index.frequencies(["night"])):
        try:
            ask()
        except (CatalogError, KeyError, ValueError):
            pass


def test_a_path_with_special_characters_is_a_path(tmp_path: Path) -> None:
    """'?', '#', '%' and spaces mean nothing to the database."""
    folder = tmp_path / "a?b #c%20 d" / "i"
    folder.parent.mkdir()
    index, _ = build(folder, write(tmp_path / "a.csv", some_rows(5)))
    assert index.rows == 5 and len(index.items(range(5))) == 5
    with pytest.raises(sqlite3.OperationalError):
        index.db.execute("DELETE FROM items")


def test_examples_in_docstrings_are_true() -> None:
    """What the documentation shows is what happens."""
    assert doctest.testmod(compiler).failed == 0
