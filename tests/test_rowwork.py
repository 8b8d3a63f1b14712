"""An index made by several processes is, byte for byte, the one a single process makes; and none of them stays, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from recsh import compiler, paths, rowwork
from recsh.account import Account
from recsh.compiler import compile_index
from recsh.errors import StoreError
from recsh.index import Index
from recsh.rowwork import RowWork
from recsh.schema import find_roles
from recsh.static import StaticEmbedder
from recsh.table import Table, open_table
from recsh.types import Column
from recsh.wordwork import row_text
from tests.benchmarks import rows as made

ROWS = 3_000
BATCH = 200
ROOT = str(Path(compiler.__file__).parent.parent)


@pytest.fixture(scope="module")
def static() -> StaticEmbedder:
    return StaticEmbedder(paths.bundled("models", "static"))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """Made rows, English and Chinese, with the words of real ones."""
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        made.write(file, ROWS)
    return open_table(path)


def columns(table: Table) -> tuple[Column, ...]:
    return find_roles(table.header, [cells for _, cells in table.rows(Account())])


def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches, and nothing is done here as long as others can: as if this process were far faster."""
    monkeypatch.setattr(compiler, "_BATCH_ROWS", BATCH)
    monkeypatch.setattr(rowwork, "WAITING", 10**9)
    begin = rowwork.Beside.__init__

    def begun(self: rowwork.Beside, *values: object) -> None:
        begin(self, *values)  # type: ignore[arg-type]
        self._made.result(60)

    monkeypatch.setattr(rowwork.Beside, "__init__", begun)


@pytest.mark.parametrize("others", [1, 2])
def test_how_many_take_part_changes_nothing(others: int, table: Table, static: StaticEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file has the same bytes: words, vectors (those of the first rows too, which came before it was known that there would be some), names, facets."""
    monkeypatch.setattr(compiler, "_BATCH_ROWS", BATCH)
    compile_index(tmp_path / "alone", table, columns(table), static_for=lambda rows: static if rows > 3 * BATCH else None, others=0)
    patient(monkeypatch)
    took: list[int] = []
    ask = rowwork.Beside.ask
    monkeypatch.setattr(rowwork.Beside, "ask", lambda self, method, *values: (took.append(id(self)) if method == "take" else None) or ask(self, method, *values))
    compile_index(tmp_path / "shared", table, columns(table), static_for=lambda rows: static if rows > 3 * BATCH else None, others=others)
    assert len({*took}) == others and len(took) == ROWS // BATCH
    alone, shared = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("alone", "shared"))
    assert alone.keys() == shared.keys() and {"codes.npy", "titles.names", "rows.u4"} <= alone.keys()
    assert [name for name in alone if alone[name] != shared[name]] == []
    assert Index(tmp_path / "shared").rows == ROWS and sorted(p.name for p in tmp_path.iterdir()) == ["alone", "shared"]


def test_this_process_helps_those_that_are_busy(table: Table, static: StaticEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches nobody has begun on at the end are taken back; still the same bytes."""
    monkeypatch.setattr(compiler, "_BATCH_ROWS", BATCH)
    for name, others in (("alone", 0), ("shared", 1)):
        compile_index(tmp_path / name, table, columns(table), static_for=lambda rows: static, others=others)
    for path in (tmp_path / "alone").iterdir():
        assert (tmp_path / "shared" / path.name).read_bytes() == path.read_bytes(), path.name


def test_small_files_start_no_process(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowwork, "Beside", None)
    compile_index(tmp_path / "i", table, columns(table))
    assert table.path.stat().st_size < compiler.LARGE


@pytest.mark.parametrize(("cores", "wanted"), [(1, 0), (2, 1), (64, compiler.MOST)])
def test_large_files_start_as_many_as_there_are_cores(cores: int, wanted: int, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "physical_cores", lambda: cores)
    assert compiler._others(table.path) == 0
    monkeypatch.setattr(compiler, "LARGE", 1000)
    assert compiler._others(table.path) == wanted


def test_without_a_python_to_start_all_is_done_here(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program, none at all, or one that ends: the index is made all the same."""
    for number, program in enumerate(("/bin/echo", "/no/such/python", "/bin/false")):
        monkeypatch.setattr(sys, "executable", program)
        compile_index(tmp_path / f"{number}", table, columns(table), others=1)
        assert Index(tmp_path / f"{number}").rows == ROWS


def test_a_process_that_ends_is_one_clear_error(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed for memory, say: nothing stays behind, and the old index does."""
    compile_index(tmp_path / "i", table, columns(table))
    patient(monkeypatch)

    def killed(stage: str, done: int) -> None:
        for child in children(os.getpid()):
            os.kill(child, signal.SIGKILL)

    with pytest.raises(StoreError, match="ended with code -9") as raised:
        compile_index(tmp_path / "i", table, columns(table), progress=killed, others=1)
    assert raised.value.hint and Index(tmp_path / "i").rows == ROWS
    assert [p.name for p in tmp_path.iterdir()] == ["i"] and not children(os.getpid())


def test_what_goes_wrong_there_is_raised_here(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is gone: the error is the one that this process would have met."""
    patient(monkeypatch)

    def gone(stage: str, done: int) -> None:
        for path in tmp_path.glob("*.tmp/words1.tmp"):
            path.unlink()

    with pytest.raises(StoreError, match="cannot be written: No such file"):
        compile_index(tmp_path / "i", table, columns(table), progress=gone, others=1)
    assert not [*tmp_path.iterdir()]


SCRIPT = """
import signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as the command line has it
sys.path[:0] = [sys.argv[1]]
from pathlib import Path
from recsh import compiler
from recsh.account import Account
from recsh.schema import find_roles
from recsh.table import open_table
compiler._BATCH_ROWS = 100
t = open_table(Path(sys.argv[2])); c = find_roles(t.header, [r for _, r in t.rows(Account())])
try:
    while True:
        compiler.compile_index(Path(sys.argv[3]), t, c, progress=lambda stage, done: print(stage, done, flush=True), others=2)
except KeyboardInterrupt:
    sys.exit(130)
"""


def children(pid: int) -> list[int]:
    return [int(word) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for word in tasks.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_one_that_began_it(how: signal.Signals, table: Table, tmp_path: Path) -> None:
    """Ctrl-C, which reaches the whole group, or a kill that asks nobody: all are gone, nobody complains, and what is there is whole."""
    script = subprocess.Popen([sys.executable, "-c", SCRIPT, ROOT, str(table.path), str(tmp_path / "i")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True)
    assert script.stdout and script.stderr
    for line in script.stdout:  # the second time, some rows in: an index is there already
        if line.startswith("index"):
            break
    next(line for line in script.stdout if line == "read 1000\n")
    begun = children(script.pid)
    reader = threading.Thread(target=script.stdout.read)
    reader.start()
    os.killpg(script.pid, how) if how == signal.SIGINT else script.kill()
    assert script.wait(30) == (130 if how == signal.SIGINT else -9)
    reader.join()
    deadline = time.monotonic() + 30
    while any(map(alive, begun)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(begun) == 2 and not any(map(alive, begun)) and script.stderr.read() == ""
    script.stdout.close()
    script.stderr.close()
    index = Index(tmp_path / "i")
    assert index.rows == len(index.items(range(ROWS))) == ROWS
    if how == signal.SIGINT:
        assert [p.name for p in tmp_path.iterdir()] == ["i"]


# --- one process ------------------------------------------------------------------------------------------------------


@pytest.fixture
def works(tmp_path: Path) -> Iterator[list[RowWork]]:
    made: list[RowWork] = []
    yield made
    for work in made:
        work.close()


def test_rows_get_the_vector_of_their_words(static: StaticEmbedder, tmp_path: Path, works: list[RowWork]) -> None:
    """That of all words together; also the rows that came before it was known that there would be vectors."""
    work = RowWork(tmp_path, lambda rows: static if rows > 4 else None)
    works.append(work)
    rows = [("Sad song", "ABBA", ["pop", "slow"], "A rainy day."), ("电影", "", [], "爱情，悲伤"), ("!!!", "", [], ""), ("x", "", ["r&b"], "word " * 300)]
    for _ in range(2):
        work.add([row_text(*row) for row in rows], [row[0] for row in rows], [row[0].lower() for row in rows])
    assert work.has_vectors
    work.merge()
    work.finish()
    made = numpy.load(tmp_path / "codes.npy") * numpy.load(tmp_path / "scales.npy")[0][:, None]
    assert len(made) == 8 and numpy.array_equal(made[:4], made[4:])
    for row, vector in zip(rows, made, strict=False):
        whole = static.encode([" ".join((row[0], row[1], *row[2], row[3]))])[0]
        assert float(vector @ whole) == pytest.approx(1.0, abs=5e-3)
    work.close()
    assert not [*tmp_path.glob("*.tmp")]


def test_few_rows_get_none(static: StaticEmbedder, tmp_path: Path, works: list[RowWork]) -> None:
    work = RowWork(tmp_path, lambda rows: static if rows > 100 else None)
    works.append(work)
    work.add([row_text("One", "", [], "")], ["One"], ["one"])
    work.merge()
    work.finish()
    assert not work.has_vectors and not (tmp_path / "codes.npy").exists() and (tmp_path / "titles.names").exists()


def test_what_ends_between_two_looks_is_not_lost(tmp_path: Path, works: list[RowWork]) -> None:
    """A future that is done whenever it is asked a second time."""

    class Sudden:
        asked = 0

        def done(self) -> bool:
            self.asked += 1
            return self.asked > 1

        def result(self) -> str:
            return "taken"

    work = RowWork(tmp_path)
    works.append(work)
    work._under_way = [(Sudden(), None), (Sudden(), None)]  # type: ignore[list-item]
    for _ in range(2):
        work._collect()
    assert work._taken == ["taken", "taken"] and work._under_way == []
