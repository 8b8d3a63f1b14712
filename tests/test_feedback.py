"""The feedback log: what it was told comes back, survives what can happen to a file, is private, and is gone when removed.

Real files, real processes. Nothing here looks at the clock.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh import feedback, logfile, logrows, migrations, paths
from recsh.errors import StoreError, UsageError
from recsh.feedback import FORGET, RESET, Log, Mark
from recsh.folder import FolderLock
from recsh.removal import Criteria
from recsh.text import UNSAFE, clean
from recsh.types import Event, Impression, Origin, Shown, Thing, Verdict

POSIX = pytest.mark.skipif(os.name == "nt", reason="permissions and signals of POSIX")
ROOT = Path(feedback.__file__).parents[1]


def thing(n: int = 1, **more: object) -> Thing:
    return replace(Thing(f"m{n}", f"Title {n}", f"Artist {n % 7}", {"genre": ("rock", f"metal {n % 5}"), "artist": (f"Artist {n % 7}",)}, {"year": 1980.0 + n % 40}), **more)


def event(n: int = 1, verdict: Verdict = Verdict.LIKE, **more: object) -> Event:
    return replace(Event("music", thing(n), verdict, 1_700_000_000.0 + n), **more)


def answer(n: int = 1, **more: object) -> Impression:
    shown = tuple(Shown(f"m{k}", f"Title {k}", k, 1 / k, 0.5, {"text": 0.25, "taste": -0.125}) for k in range(1, 6))
    return replace(Impression(f"01K{n:05d}", "music", 1_700_000_000.0 + n, f"question {n}", shown, "at work", "year:1980..1989", "recsh-mini", 0.25, "s1"), **more)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "log.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[Log]:
    with Log(path) as opened:
        yield opened


def bare(events: list[Event]) -> list[Event]:
    """Without the log's ids."""
    return [replace(e, id=0) for e in events]


def child(code: str, *arguments: object, **more: object) -> subprocess.Popen:
    """Another process that runs this, with `sys`, `log` (of the first argument), `event` and `answer` at hand."""
    head = (
        "import os, sys\nfrom msgspec.structs import replace\nfrom pathlib import Path\nfrom recsh.feedback import Log\nfrom recsh.types import *\n"
        "def event(n, **more): return replace(Event('music', Thing(f'm{n}', f'Title {n}'), Verdict.LIKE, 1.0), **more)\n"
        "def answer(n): return Impression(f'a{n}', 'music', 1.0, 'q')\n"
        "log = Log(Path(sys.argv[1]))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + code, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, **more
    )


def ended(process: subprocess.Popen) -> str:
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    return out


# --- what was told comes back ----------------------------------------------------------------------------------------


def test_nothing_is_made_before_there_is_something_to_remember(log: Log, path: Path) -> None:
    assert (log.events(), log.impressions(), log.impression("x"), log.last(), log.search("x"), log.marks(), log.undo()) == ([], [], None, None, [], [], ())
    assert log.remove(Criteria(everything=True)).count == 0 and log.stamp() == (0, 0, 0, 0) and log.add([]) == ()
    assert not path.parent.exists() and not log.notes


def test_the_log_is_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    assert Log().path == paths.data_dir() / "log.sqlite"


def test_every_kind_of_verdict_comes_back(log: Log, path: Path) -> None:
    told = [event(n, verdict) for n, verdict in enumerate(Verdict, 1) if verdict is not Verdict.RATING]
    told += [event(8, Verdict.RATING, value=4.5, origin=Origin.IMPORT, impression="01K", rank=3, note="because", session="s1")]
    ids = log.add(told)
    assert bare(log.events()) == told and [e.id for e in log.events()] == list(ids) == sorted(set(ids))
    with Log(path) as other:
        assert bare(other.events()) == told


def test_answers_come_back(log: Log) -> None:
    told = [answer(1), answer(2, catalog="movies", session="s2", shown=()), answer(3, context=None, where=None, engine=None)]
    for one in told:
        log.show(one)
    assert log.impressions() == told and log.impressions("movies") == [told[1]] and log.impressions(session="s1") == [told[0], told[2]]
    assert log.impressions("music", limit=1) == [told[2]] and log.impressions(limit=2) == told[1:] and log.impressions(limit=0) == []
    assert log.last() == told[2] and log.last("movies") == told[1] and log.last("books") is None
    assert log.impression(told[1].id) == told[1] and log.impression("01K") is None
    log.show(replace(told[0], query="shown again"))
    assert log.impressions() == told, "an answer stays as it was first shown"


def test_events_by_catalog_and_the_newest(log: Log) -> None:
    log.add([event(n, catalog="music" if n % 2 else "books") for n in range(1, 11)])
    assert [e.thing.id for e in log.events("books")] == ["m2", "m4", "m6", "m8", "m10"]
    assert [e.thing.id for e in log.events("music", limit=2)] == ["m7", "m9"] and [e.thing.id for e in log.events(limit=3)] == ["m8", "m9", "m10"]


def test_order_is_that_of_telling(log: Log) -> None:
    """A clock that is put back, or wrong, disturbs nothing."""
    for n in (5, 3, 9, 1):
        log.add([event(n)])
        log.show(answer(n))
    log.mark(RESET, None)
    log.add([event(0, at=-1e9)])
    assert [e.thing.id for e in log.events()] == ["m5", "m3", "m9", "m1", "m0"] and log.last() == answer(1) and [i.at % 10 for i in log.impressions()] == [5, 3, 9, 1]
    (mark,) = log.marks()
    assert [e.id <= mark.after for e in log.events()] == [True, True, True, True, False], "a mark knows what came before it"


def test_search_folds(log: Log) -> None:
    log.show(answer(1, query="Stücke für Klavier"))
    log.add([
        event(1, thing=thing(1, title="Déjà Vu")), event(2, thing=thing(2, creator="Björk")), event(3, note="für Regentage"), event(4, impression=answer(1).id), event(5),
        event(6, thing=thing(6, title="電影")),
    ])  # fmt: skip

    def found(text: str) -> list[str]:
        return [e.thing.id for e in log.search(text)]

    assert (found("deja"), found("BJORK"), found("regen"), found("klavier"), found("电影"), found("nothing"), found("")) == (["m1"], ["m2"], ["m3"], ["m4"], ["m6"], [], [])
    log.undo()
    assert found("deja") == []


def test_marks(log: Log) -> None:
    log.mark(RESET, "music")
    log.mark(FORGET, None, "sci fi")
    log.mark(RESET, "books")
    assert [(m.kind, m.catalog, m.key) for m in log.marks()] == [("reset", "music", ""), ("forget", None, "sci fi"), ("reset", "books", "")]
    assert [(m.kind, m.catalog) for m in log.marks("books")] == [("forget", None), ("reset", "books")]
    assert all(isinstance(m, Mark) and m.at > 1e9 for m in log.marks())
    for wrong in (("forgive", "music"), (FORGET, "music"), (FORGET, "music", "\x00"), (RESET, "music", "rock")):
        with pytest.raises(UsageError):
            log.mark(*wrong)
    assert len(log.marks()) == 3


# --- undo ------------------------------------------------------------------------------------------------------------


def test_undo_takes_back_a_whole_action_and_then_the_one_before(log: Log) -> None:
    log.add([event(1)])
    imported = [event(n, origin=Origin.IMPORT, session="import") for n in range(2, 302)]
    log.add(imported)
    log.add([event(400), event(401)])
    assert [e.thing.id for e in log.undo()] == ["m400", "m401"]
    assert bare(list(log.undo())) == imported and bare(log.events()) == [event(1)]
    log.add([event(500)])
    assert [e.thing.id for e in log.undo()] == ["m500"] and [e.thing.id for e in log.undo()] == ["m1"] and log.undo() == () and log.events() == []


def test_undo_by_session(log: Log) -> None:
    for n, session in enumerate(("a", "b", "a", "b"), 1):
        log.add([event(n, session=session)])
    assert [e.thing.id for e in log.undo("a")] == ["m3"] and [e.thing.id for e in log.undo("a")] == ["m1"] and log.undo("a") == ()
    assert [e.thing.id for e in log.undo()] == ["m4"] and [e.thing.id for e in log.events()] == ["m2"]


# --- what is refused, cleaned and bounded ----------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [
    event(thing=thing(id="")), event(catalog=""), event(verdict=Verdict.RATING), event(verdict=Verdict.RATING, value=0.5), event(verdict=Verdict.RATING, value=5.1),
    event(verdict=Verdict.RATING, value=float("nan")), event(verdict="love"), event(origin="rumour"), event(at=float("nan")), event(at=float("inf")), event(rank=0),
    event(rank=2**64), event(thing=thing(id="x" * 5000)), event(session="s" * 5000), event(impression=""),
], ids=lambda e: repr(e)[:0] or None)  # fmt: skip
def test_what_cannot_be_meant_is_refused_and_nothing_of_the_action_kept(log: Log, wrong: Event) -> None:
    with pytest.raises(UsageError) as caught:
        log.add([event(1), wrong])
    assert log.events() == [] and len(caught.value.message) < 300


@pytest.mark.parametrize("wrong", [
    answer(id=""), answer(catalog=""), answer(at=float("nan")), answer(shown=(Shown("m1", "T", 0, 1.0),)), answer(shown=(Shown("m1", "T", 1, 1.0, 0.0),)),
    answer(shown=(Shown("m1", "T", 1, 1.0, 1.5),)), answer(explore=float("nan")),
], ids=lambda i: repr(i)[:0] or None)  # fmt: skip
def test_an_answer_that_cannot_be_meant_is_refused(log: Log, wrong: Impression) -> None:
    with pytest.raises(UsageError):
        log.show(wrong)
    assert log.impressions() == []


def test_sizes_are_bounded(log: Log) -> None:
    """A flood costs a bounded row; ids are never cut, as a cut id is another's."""
    log.show(answer(1, query="q" * 9000, shown=(Shown("m1", "t" * 9000, 1, 1.0, 1.0, {f"f{n}": 0.0 for n in range(900)}), Shown("x" * 9000, "", 2, 0.5), Shown("y", "", 3, float("nan")))))
    facets = {f"column {n}" + "c" * 900: tuple(f"{n} {k} " + "v" * 900 for k in range(90)) for n in range(90)}
    log.add([event(1, note="n" * 9000, thing=thing(1, id="i" * 4000, title="t" * 9000, facets=facets, numbers={str(n): float(n) for n in range(900)}))])
    (kept,), shown = log.events(), log.last()
    assert (len(kept.note), len(kept.thing.title), len(kept.thing.id), len(kept.thing.numbers)) == (2000, 1000, 4000, 64)
    assert 10_000 < sum(len(v) for values in kept.thing.facets.values() for v in values) <= 16_000 and next(iter(kept.thing.facets)).startswith("column 0c")
    assert shown is not None and len(shown.query) == 4000 and len(shown.shown) == 1 and len(shown.shown[0].features) == 64


ODD = st.text(st.one_of(st.characters(), st.sampled_from("\x00\x1b\ud800\udcff\u202e\u200d\u200b😀é́電 \n\t'\"[]{},")), max_size=12)
NAMES = ODD.filter(bool)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
THINGS = st.builds(Thing, NAMES, ODD, ODD, st.dictionaries(ODD, st.lists(ODD, max_size=3).map(tuple), max_size=3), st.dictionaries(ODD, FLOATS, max_size=3))
EVENTS = st.builds(
    Event, NAMES, THINGS, st.sampled_from([*Verdict]), FLOATS, st.floats(1, 5), st.sampled_from([*Origin]), st.none() | NAMES, st.none() | st.integers(1, 2**53), ODD, ODD
)
SHOWN = st.builds(Shown, NAMES, ODD, st.integers(1, 100), FLOATS, st.floats(0, 1, exclude_min=True), st.dictionaries(ODD, FLOATS, max_size=3))
IMPRESSIONS = st.builds(Impression, NAMES, NAMES, FLOATS, ODD, st.lists(SHOWN, max_size=3).map(tuple), st.none() | ODD, st.none() | ODD, st.none() | ODD, FLOATS, ODD)


@given(told=st.lists(EVENTS, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_event_comes_back(told: list[Event]) -> None:
    """Names and numbers exactly, what is for people to read clean: no control, bidi or surrogate characters."""
    with tempfile.TemporaryDirectory() as folder, Log(Path(folder) / "log.sqlite") as log:
        log.add(told)
        came = log.events()
        for told_one, kept in zip(told, came, strict=True):
            assert (kept.catalog, kept.thing.id, kept.impression, kept.session) == (told_one.catalog, told_one.thing.id, told_one.impression, told_one.session)
            assert (kept.verdict, kept.origin, kept.at, kept.rank, kept.worth) == (told_one.verdict, told_one.origin, told_one.at, told_one.rank, told_one.worth)
            assert kept.thing.numbers == told_one.thing.numbers
            assert kept.thing.facets == {c: kept_values for c, values in told_one.thing.facets.items() if (kept_values := tuple(v for v in map(clean, values) if v))}
            assert (kept.thing.title, kept.thing.creator, kept.note) == tuple(map(clean, (told_one.thing.title, told_one.thing.creator, told_one.note)))
            assert not UNSAFE.search("".join((kept.thing.title, kept.thing.creator, kept.note, *(v for vs in kept.thing.facets.values() for v in vs))))
            assert replace(kept, id=0) in bare(log.events(told_one.catalog))
        assert log.remove(Criteria(item=told[0].thing.id)).count >= 1 and all(e.thing.id != told[0].thing.id for e in log.events())
        log.add(came)  # what came back is kept as it is
        assert bare(log.events())[-len(came) :] == bare(came)


@given(told=IMPRESSIONS)
@settings(max_examples=60, deadline=None)
def test_any_answer_comes_back(told: Impression) -> None:
    with tempfile.TemporaryDirectory() as folder, Log(Path(folder) / "log.sqlite") as log:
        log.show(told)
        kept = log.impression(told.id)
        assert kept is not None and log.last(told.catalog) == kept and log.impressions(session=told.session) == [kept]
        texts = {name: clean(value) for name in ("query", "context", "where", "engine") if (value := getattr(told, name)) is not None}
        assert kept == replace(told, **texts, shown=tuple(replace(s, title=clean(s.title)) for s in told.shown))


# --- many at once ----------------------------------------------------------------------------------------------------


def test_eight_processes_write_at_once(path: Path) -> None:
    """From a blank folder on. None fails, nothing is lost, actions stay whole."""
    code = "for n in range(50):\n    log.add([event(n, session=sys.argv[2]), event(n, session=sys.argv[2])])\n    log.show(answer(f'{sys.argv[2]}-{n}'))\n    log.events(limit=3)\nlog.close()"
    for process in [child(code, path, k) for k in range(8)]:
        ended(process)
    with Log(path) as log:
        events = log.events()
        assert len(events) == 800 and len(log.impressions()) == 400 and not log.notes
        for k in range(8):
            assert [e.thing.id for e in events if e.session == str(k)] == [f"m{n}" for n in range(50) for _ in "ab"]
        assert all(a.session == b.session and a.thing == b.thing and b.id == a.id + 1 for a, b in zip(events[::2], events[1::2], strict=True))


def test_threads_share_a_log(log: Log) -> None:
    failures: list[StoreError] = []

    def work(k: int) -> None:
        try:
            for n in range(20):
                log.add([event(n, session=str(k))])
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(log.events()) == 80


@POSIX
def test_a_forked_process_opens_the_log_for_itself(path: Path) -> None:
    code = (
        "log.add([event(1)])\nparents = log._file._db\npid = os.fork()\nlog.add([event(2 if pid else 3)])\n"
        "if not pid: log.close(), log.events(), os._exit(log._file._db is parents)\nprint(os.waitpid(pid, 0)[1], log._file._db is parents)"
    )
    assert ended(child(code, path)) == "0 True\n"
    with Log(path) as log:
        assert sorted(e.thing.id for e in log.events()) == ["m1", "m2", "m3"]


@POSIX
def test_the_lock_of_a_folder_is_held_alone_or_shared_and_dies_with_its_holder(tmp_path: Path) -> None:
    def held(alone: bool) -> bool:
        lock = FolderLock(tmp_path)
        try:
            with lock.held(alone=alone, patience=0):
                return True
        except TimeoutError:
            return False
        finally:
            lock.close()

    for alone in (True, False):
        holder = child(
            "from recsh.folder import FolderLock\nwith FolderLock(Path(sys.argv[1])).held(alone=sys.argv[2] == 'True', patience=5):\n    print('held', flush=True)\n    sys.stdin.read()",
            tmp_path, alone, stdin=subprocess.PIPE,
        )  # fmt: skip
        assert holder.stdout.readline() == "held\n"
        assert not held(True) and held(False) is not alone
        holder.kill()
        holder.communicate()
        assert held(True) and held(False)
    with FolderLock(tmp_path / "none").held(alone=True, patience=0):
        pass  # a folder that is not there yet is nobody's


def test_another_process_that_keeps_the_log_locked_is_waited_for_and_then_named(log: Log, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with SQLite's own words."""
    log.add([event(1)])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(logfile, "PATIENCE", 0.3)
        with pytest.raises(StoreError, match="in use by other processes"):
            log.add([event(2)])
        assert len(log.events()) == 1, "reading goes on"
        monkeypatch.setattr(logfile, "PATIENCE", 60.0)
        waiting = threading.Thread(target=log.add, args=([event(3)],))
        waiting.start()
        waiting.join(0.1)
        other.execute("COMMIT")
        waiting.join()
    assert [e.thing.id for e in log.events()] == ["m1", "m3"]


def test_the_stamp_changes_with_every_change_and_with_nothing_else(log: Log, path: Path) -> None:
    log.add([event(1), event(2, catalog="books")])
    with Log(path) as other:
        seen = {log.stamp("music")}
        changes: list[Callable[[], object]] = [
            lambda: other.add([event(3)]), lambda: other.show(answer(1)), lambda: log.show(answer(2)), lambda: other.mark(RESET, None), lambda: other.mark(FORGET, "music", "rock"),
            lambda: other.undo(), lambda: other.remove(Criteria((1,))), lambda: other.remove(Criteria((answer(1).id,))), lambda: other.remove(Criteria(everything=True)),
            lambda: other.add([event(4)]),
        ]  # fmt: skip
        for n, change in enumerate(changes, 2):
            change()
            log.events(), log.impressions(), log.marks()
            assert log.stamp("music") == other.stamp("music") == log.stamp("music")
            seen.add(log.stamp("music"))
            assert len(seen) == n
    log.add([event(5, catalog="books")])
    books, music, both = log.stamp("books"), log.stamp("music"), log.stamp()
    log.add([event(6)])
    assert log.stamp("books") == books and log.stamp("music") != music and log.stamp() != both
    events_only = log.stamp()[:3]
    log.show(answer(3))
    assert log.stamp()[:3] == events_only and log.stamp()[3] != both[3]


# --- what survives ---------------------------------------------------------------------------------------------------


@POSIX
def test_a_verdict_that_was_acknowledged_survives_kill_9(path: Path) -> None:
    """Twenty processes, each killed in the middle of its work; the next one finds the log as the last left it."""
    chance = random.Random(9)
    acknowledged: set[str] = set()
    code = "n = 0\nwhile True:\n    n += 1\n    log.add([event(f'{sys.argv[2]}-{n}'), event(f'{sys.argv[2]}-{n}b')])\n    print(n, flush=True)\n    log.show(answer(f'{sys.argv[2]}-{n}'))"
    for run in range(20):
        process = child(code, path, run)
        for _ in range(chance.randrange(1, 15)):
            acknowledged |= {f"m{run}-{(n := process.stdout.readline().strip())}", f"m{run}-{n}b"}
        time.sleep(chance.random() * 0.004)
        process.send_signal(signal.SIGKILL)
        for line in process.stdout.read().split():  # what it had said by then counts too; `communicate` would pass over what was read ahead
            acknowledged |= {f"m{run}-{line}", f"m{run}-{line}b"}
        process.communicate()
    with Log(path) as log:
        there = [e.thing.id for e in log.events()]
        assert acknowledged <= set(there) and len(there) == len(set(there)) and len(there) % 2 == 0 and not log.notes
        assert len(there) - len(acknowledged) <= 2 * 20, "at most the action that was being acknowledged"
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@POSIX
def test_a_log_that_was_being_made_when_its_process_died_is_made_by_the_next(tmp_path: Path) -> None:
    chance = random.Random(3)
    for run in range(8):
        path = tmp_path / str(run) / "log.sqlite"
        process = child("log._file\nprint('now', flush=True)\nlog.add([event(1)])\nsys.stdin.read()", path, stdin=subprocess.PIPE)
        assert process.stdout.readline() == "now\n"
        time.sleep(chance.random() * 0.01)
        process.kill()
        process.communicate()
        with Log(path) as log:
            there = len(log.events())
            assert log.add([event(2)]) == (there + 1,) and there <= 1 and not log.notes


@POSIX
def test_a_process_that_dies_while_it_mends_costs_nothing(path: Path) -> None:
    """What can be read is in the log afterwards, whenever it died."""
    stocked(path, 3000, 0)
    bad = zeroed(path.read_bytes())
    path.write_bytes(bad)
    with Log(path) as log:
        saved = log.events()
    chance = random.Random(4)
    for _ in range(8):
        path.write_bytes(bad)
        process = child("log._file\nprint('now', flush=True)\nlog.events()", path)
        assert process.stdout.readline() == "now\n"
        time.sleep(chance.random() * 0.15)
        process.kill()
        process.communicate()
        with Log(path) as log:
            assert log.events() == saved
    with Log(path) as log:
        log.remove(Criteria(everything=True))
    assert [p.name for p in path.parent.iterdir()] == ["log.sqlite"], "and nothing lies about for good"


def test_a_verdict_is_synced_before_it_is_acknowledged_and_an_answer_need_not_be(log: Log) -> None:
    """`PRAGMA synchronous`: 1 is NORMAL, 2 FULL, 3 EXTRA, as SQLite numbers them."""
    log.add([event(1)])
    db = log._file._db
    assert db is not None and db.execute("PRAGMA synchronous").fetchone()[0] >= 2 and db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    log.show(answer(1))
    assert db.execute("PRAGMA synchronous").fetchone() == (1,)
    log.undo()
    assert db.execute("PRAGMA synchronous").fetchone()[0] >= 2


def stocked(path: Path, events: int = 3000, answers: int = 300) -> list[Event]:
    """A log with much in it, closed."""
    with Log(path) as log:
        log.add([event(n) for n in range(1, events + 1)])
        for n in range(1, answers + 1):
            log.show(answer(n))
        log.mark(RESET, "music")
        return log.events()


def damaged_file(path: Path) -> Path:
    (aside,) = (p for p in path.parent.iterdir() if ".damaged-" in p.name and not p.name.endswith(("-wal", "-shm")))
    return aside


def truncated(data: bytes) -> bytes:
    return data[: len(data) * 6 // 10 + 100]


def zeroed(data: bytes) -> bytes:
    middle = len(data) // 2 // 4096 * 4096
    return data[:middle] + bytes(8 * 4096) + data[middle + 8 * 4096 :]


def scribbled(data: bytes) -> bytes:
    chance = random.Random(5)
    out = bytearray(data)
    for _ in range(40):
        at = chance.randrange(4096, len(out) - 64)
        out[at : at + 64] = chance.randbytes(64)
    return bytes(out)


@pytest.mark.parametrize(("damage", "least"), [(truncated, 100), (zeroed, 1500), (scribbled, 300)])
def test_a_damaged_log_is_kept_aside_and_what_can_be_read_is_saved(path: Path, damage: Callable[[bytes], bytes], least: int) -> None:
    """Nothing that comes back was made up; what was told next is kept; a cache of the old log is not taken for one of the new."""
    told = {e.id: e for e in stocked(path)}
    with Log(path) as log:
        stamp = log.stamp()
    path.write_bytes(damage(path.read_bytes()))
    bad = path.read_bytes()
    with Log(path) as log:
        for ask in (log.events, log.impressions, log.marks):
            ask()
        (note,) = log.notes
        aside = damaged_file(path)
        assert aside.name in note and str(path) in note and aside.read_bytes() == bad
        saved = log.events()
        changed = [e for e in saved if e != told[e.id]]
        assert len(saved) >= least and f"{len(saved):,} verdicts" in note and f"{len(log.impressions()):,} answers" in note
        assert len(changed) <= (40 if damage is scribbled else 0), "scribbles may hit a text, which no one can tell"
        assert [e.id for e in saved] == sorted(e.id for e in saved) and log.stamp()[0] != stamp[0]
        if damage is zeroed:
            assert saved[0].id == 1 and saved[-1].id == 3000, "on both sides of the gap"
        (new,) = log.add([event(5000)])
        assert new > max(e.id for e in saved) and log.events()[-1].thing.id == "m5000"
    with Log(path) as log:
        assert len(log.events()) == len(saved) + 1 and not log.notes


@pytest.mark.parametrize("data", [b"not a database at all, but a text\n" * 200, b"\x00" * 8192, b"SQLite format 3\x00" + b"\xff" * 4080, b"x"])
def test_a_file_that_is_no_log_any_more_is_kept_aside(path: Path, data: bytes) -> None:
    stocked(path, 10, 1)
    path.write_bytes(data)
    with Log(path) as log:
        assert log.add([event(1)]) == (1,) and len(log.events()) == 1 and len(log.notes) == 1
    assert damaged_file(path).read_bytes() == data


def test_an_empty_file_is_a_new_log(path: Path) -> None:
    """Said if it lay there before; a file that another process is about to fill is empty too."""
    path.parent.mkdir()
    path.touch()
    with Log(path) as log:
        assert log.events() == [] and not log.notes
        log.add([event(1)])
        assert len(log.events()) == 1
    path.write_bytes(b"")
    os.utime(path, (1e9, 1e9))
    with Log(path) as log:
        assert log.events() == [] and "was empty" in log.notes[0]


@pytest.mark.parametrize("sql", [
    "UPDATE events SET thing = '[{' WHERE id = 5", "UPDATE events SET verdict = 'love' WHERE id = 5", "UPDATE events SET title = CAST(x'ff41' AS TEXT), verdict = 'x' WHERE id = 5",
    "UPDATE events SET thing = '5' WHERE id = 5", "UPDATE events SET thing = '[5,5]' WHERE id = 5",
])  # fmt: skip
def test_a_row_that_makes_no_sense_costs_only_itself(path: Path, sql: str) -> None:
    told = stocked(path, 20, 3)
    with closing(sqlite3.connect(path)) as db:
        db.execute(sql)
        db.commit()
    with Log(path) as log:
        assert log.events() == [e for e in told if e.id != 5] and len(log.impressions()) == 3 and len(log.marks()) == 1 and len(log.notes) == 1


@pytest.mark.parametrize("table", ["events", "impressions", "shown", "marks", "changes"])
def test_a_lost_table_costs_only_itself(path: Path, table: str) -> None:
    told = stocked(path, 20, 3)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"DROP TABLE {table}")
        db.commit()
    with Log(path) as log:
        log.add([event(21)]), log.show(answer(9)), log.marks()
        assert log.events()[:-1] == ([] if table == "events" else told)
        assert [len(i.shown) for i in log.impressions()] == ([5] if table == "impressions" else [0, 0, 0, 5] if table == "shown" else [5, 5, 5, 5])
        assert len(log.marks()) == (table != "marks") and len(log.notes) == 1


def test_damage_is_mended_once_for_all_who_have_the_log_open(path: Path) -> None:
    """One finds it and mends; the others go on with the new file, and write nothing to the one that was put aside."""
    stocked(path, 2000, 0)
    with Log(path) as first, Log(path) as second:
        first.events(limit=1), second.events(limit=1)
        with path.open("r+b") as file:
            file.seek(40 * 4096)
            file.write(bytes(20 * 4096))
        idle = child("log.stamp()\nprint('open', flush=True)\nsys.stdin.read()\nlog.add([event(7777)])\nlog.close()", path, stdin=subprocess.PIPE)
        assert idle.stdout.readline() == "open\n"
        saved = first.events()
        assert 500 < len(saved) < 2000 and len(first.notes) == 1
        second.add([event(6666)])
        ended(idle)
        assert [e.thing.id for e in first.events()[len(saved) :]] == ["m6666", "m7777"] and second.events() == first.events() and not second.notes
    damaged_file(path)


def test_undone_stays_undone_when_a_log_is_mended(path: Path) -> None:
    stocked(path, 20, 0)
    with Log(path) as log:
        log.add([event(21), event(22)])
        log.undo()
        log.add([event(23)])
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE changes")
    with Log(path) as log:
        log.stamp()
        assert log.notes and [e.thing.id for e in log.events()][-2:] == ["m20", "m23"]
        assert [e.thing.id for e in log.undo()] == ["m23"] and len(log.undo()) == 20


# --- versions --------------------------------------------------------------------------------------------------------

V1 = """
CREATE TABLE impressions(n INTEGER PRIMARY KEY AUTOINCREMENT, id NOT NULL UNIQUE, catalog NOT NULL, at REAL NOT NULL, query TEXT NOT NULL, context TEXT,
  "where" TEXT, engine TEXT, explore REAL NOT NULL, session NOT NULL);
CREATE INDEX impressions_catalog ON impressions(catalog);
CREATE TABLE shown(impression INTEGER NOT NULL, place INTEGER NOT NULL, item NOT NULL, title TEXT NOT NULL, rank INTEGER NOT NULL, score REAL NOT NULL,
  propensity REAL NOT NULL, features TEXT NOT NULL, PRIMARY KEY(impression, place)) WITHOUT ROWID;
CREATE TABLE events(id INTEGER PRIMARY KEY AUTOINCREMENT, action INTEGER NOT NULL, undone INTEGER NOT NULL, catalog NOT NULL, item NOT NULL, title TEXT NOT NULL,
  creator TEXT NOT NULL, thing TEXT NOT NULL, verdict TEXT NOT NULL, value REAL, origin TEXT NOT NULL, impression, rank INTEGER, note TEXT NOT NULL,
  session NOT NULL, at REAL NOT NULL);
CREATE TABLE marks(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, catalog, key TEXT NOT NULL, after INTEGER NOT NULL, at REAL NOT NULL);
CREATE TABLE changes(kind TEXT NOT NULL, catalog NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(kind, catalog)) WITHOUT ROWID;
INSERT INTO changes VALUES('birth', '', 77), ('last', '', 3), ('events', '', 1), ('events', 'music', 1), ('impressions', '', 2), ('impressions', 'music', 2), ('marks', '', 3);
INSERT INTO impressions VALUES(1, '01K', 'music', 9.0, 'rock', NULL, NULL, 'recsh-mini', 0.0, 's');
INSERT INTO shown VALUES(1, 0, 'm1', 'One', 1, 0.5, 1.0, '{"text":0.5}');
INSERT INTO events VALUES(1, 1, 0, 'music', 'm1', 'One', 'Metallica', '[{"genre":["metal"]},{"year":1988.0}]', 'rating', 4.5, 'command', '01K', 1, 'loud', 's', 10.0);
INSERT INTO marks VALUES(1, 'forget', NULL, 'metal', 1, 11.0);
PRAGMA application_id = 1919120232; PRAGMA user_version = 1;
"""


def test_a_log_of_version_1_is_read_and_written(path: Path) -> None:
    """As the first version wrote it; a file of every later version belongs beside it."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(V1)
    with Log(path) as log:
        assert log.events() == [
            Event("music", Thing("m1", "One", "Metallica", {"genre": ("metal",)}, {"year": 1988.0}), Verdict.RATING, 10.0, 4.5, Origin.COMMAND, "01K", 1, "loud", "s", 1)
        ]
        assert log.last() == Impression("01K", "music", 9.0, "rock", (Shown("m1", "One", 1, 0.5, 1.0, {"text": 0.5}),), None, None, "recsh-mini", 0.0, "s")
        assert log.marks() == [Mark("forget", None, "metal", 11.0, 1)] and log.stamp("music") == (77, 1, 3, 2)
        assert log.add([event(2)]) == (2,) and not log.notes
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (migrations.VERSION,)


def test_migrations_run_in_order_all_or_none(tmp_path: Path) -> None:
    """From blank and from every version on; one that fails leaves the log as it was."""
    steps = (*migrations.STEPS, ["CREATE TABLE more(x)", "INSERT INTO more VALUES(1)"], ["ALTER TABLE more ADD COLUMN y"])
    for start in range(len(steps)):
        with closing(sqlite3.connect(tmp_path / f"{start}.sqlite", isolation_level=None)) as db:
            if start:
                migrations.migrate(db, steps[:start])
            with pytest.raises(sqlite3.Error):
                migrations.migrate(db, (*steps, ["CREATE TABLE last(x)", "CREATE TABLE events(x)"]))
            assert db.execute("PRAGMA user_version").fetchone() == (start,) and not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'last'").fetchone()
            assert migrations.migrate(db, steps) == start and migrations.migrate(db, steps) == len(steps)
            assert db.execute("SELECT x, y FROM more").fetchall() == [(1, None)] and db.execute("PRAGMA application_id").fetchone() == (migrations.APPLICATION_ID,)


@pytest.mark.parametrize(("sql", "says"), [
    (f"PRAGMA application_id = {migrations.APPLICATION_ID}; PRAGMA user_version = 99", "newer recsh"), ("CREATE TABLE bookmarks(x)", "not a feedback log"),
    ("PRAGMA user_version = 1", "not a feedback log"), ("PRAGMA application_id = 5", "not a feedback log"),
])  # fmt: skip
def test_what_a_newer_recsh_or_another_program_wrote_is_left_alone(path: Path, sql: str, says: str) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"CREATE TABLE x(y); DROP TABLE x; {sql}")
    before = path.read_bytes()
    with Log(path) as log:
        for ask in (log.events, log.stamp, lambda: log.add([event(1)]), lambda: log.remove(Criteria(everything=True))):
            with pytest.raises(StoreError, match=says) as caught:
                ask()
            assert caught.value.hint and str(path) in caught.value.message
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == [path.name]


# --- where it cannot be written --------------------------------------------------------------------------------------


@pytest.fixture
def plain_user() -> Iterator[Path]:
    """A folder of one's own, and no rights beyond: who runs the tests may be root."""
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name), os.name != "nt" and os.geteuid() == 0
        if root:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            for one in (folder, *folder.rglob("*")):
                one.chmod(0o700)


@POSIX
@pytest.mark.parametrize("waiting", [False, True], ids=["checkpointed", "in the write-ahead log"])
def test_a_read_only_folder_can_be_read(plain_user: Path, waiting: bool) -> None:
    """Writing is an error that says what to do. Entries that lie in a write-ahead log nobody may open are missed, and that is said."""
    folder = plain_user / "data"
    path = folder / "log.sqlite"
    with Log(path) as log:
        log.add([event(1)])
    if waiting:
        with Log(path) as log:
            log.add([event(2)])
            left = {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}
        for name, data in left.items():
            (folder / name).write_bytes(data)
    for one in folder.iterdir():
        one.chmod(0o400)
    folder.chmod(0o500)
    with Log(path) as log:
        assert [e.thing.id for e in log.events()] == ["m1"] and len(log.stamp()) == 4 and log.last() is None
        assert [note for note in log.notes if "newest entries" in note] == log.notes and bool(log.notes) is waiting
        for change in (lambda: log.add([event(3)]), lambda: log.show(answer(1)), log.undo, lambda: log.mark(RESET, None), lambda: log.remove(Criteria(everything=True))):
            with pytest.raises(StoreError) as caught:
                change()
            assert caught.value.hint and str(path) in caught.value.message
        folder.chmod(0o700)
        path.chmod(0o600)
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).exists() and path.with_name(path.name + end).chmod(0o600)
        log.add([event(3)])
        assert [e.thing.id for e in log.events()][-1] == "m3", "as soon as it can be written, it is"


@POSIX
def test_a_read_only_file_can_be_read(plain_user: Path) -> None:
    path = plain_user / "data" / "log.sqlite"
    with Log(path) as log:
        log.add([event(1)])
    path.chmod(0o400)
    with Log(path) as log:
        assert len(log.events()) == 1
        with pytest.raises(StoreError, match="cannot be written"):
            log.add([event(2)])
        assert len(log.events()) == 1


@POSIX
def test_a_damaged_log_in_a_read_only_folder_is_an_error(plain_user: Path) -> None:
    path = plain_user / "data" / "log.sqlite"
    stocked(path, 5, 0)
    path.write_bytes(b"no database" * 1000)
    path.parent.chmod(0o500)
    with Log(path) as log, pytest.raises(StoreError, match="damaged") as caught:
        log.events()
    assert caught.value.hint and path.read_bytes() == b"no database" * 1000


@POSIX
def test_a_folder_that_cannot_be_made_or_entered(plain_user: Path) -> None:
    (plain_user / "file").write_text("")
    (plain_user / "shut").mkdir()
    (plain_user / "shut").chmod(0)
    for path in (plain_user / "file" / "log.sqlite", plain_user / "shut" / "log.sqlite", plain_user / "shut" / "below" / "log.sqlite", plain_user):
        with Log(path) as log, pytest.raises(StoreError) as caught:
            log.add([event(1)])
        assert caught.value.hint


def test_a_full_disk_is_said_and_half_of_nothing_written(log: Log) -> None:
    """SQLite's own limit stands for the disk's: the error is the same."""
    log.add([event(1)])
    db = log._file._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="no room left") as caught:
        log.add([event(n, note="long " * 300) for n in range(2, 200)])
    assert caught.value.hint and len(log.events()) == 1
    db.execute("PRAGMA max_page_count = 1000000")
    log.add([event(2)])
    assert [e.thing.id for e in log.events()] == ["m1", "m2"]


@POSIX
def test_a_disk_that_refuses_to_write_more_is_said(path: Path) -> None:
    stocked(path, 100, 0)
    code = (
        "import resource\nfrom recsh.errors import StoreError\nlog.stamp()\nresource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: log.add([event(n, note='long ' * 300) for n in range(500)])\nexcept StoreError as error: print(bool(error.hint))\nprint(len(log.events()))"
    )
    assert ended(child(code, path)) == "True\n100\n"
    with Log(path) as log:
        assert len(log.events()) == 100 and log.add([event(101)]) and not log.notes


# --- private ---------------------------------------------------------------------------------------------------------


@POSIX
def test_only_the_owner_may_read_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = tmp_path / "made" / "data" / "log.sqlite"
        with Log(path) as log:
            log.add([event(1)])
            log.show(answer(1))
            modes = {p.name: p.stat().st_mode & 0o777 for p in path.parent.iterdir()}
            assert modes == {"log.sqlite": 0o600, "log.sqlite-wal": 0o600, "log.sqlite-shm": 0o600}
            assert path.parent.stat().st_mode & 0o777 == path.parent.parent.stat().st_mode & 0o777 == 0o700
        path.write_bytes(b"damaged" * 999)
        with Log(path) as log:
            log.add([event(2)])
            assert {p.stat().st_mode & 0o777 for p in path.parent.iterdir()} == {0o600}
    finally:
        os.umask(before)


@POSIX
def test_a_log_that_others_may_read_is_made_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its folder if it is recsh's own, but not one that someone named."""
    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    named = tmp_path / "named" / "log.sqlite"
    for path in (paths.data_dir() / "log.sqlite", named):
        stocked(path, 1, 0)
        path.chmod(0o666)
        path.parent.chmod(0o777)
    for log in (Log(), Log(named)):
        with log:
            log.events()
            assert log.path.stat().st_mode & 0o777 == 0o600
    assert paths.data_dir().stat().st_mode & 0o777 == 0o700 and named.parent.stat().st_mode & 0o777 == 0o777


SECRET = "Xylophonquartett"


def traces(path: Path, word: str = SECRET) -> list[str]:
    """The files beside the log that have the word in their bytes."""
    return sorted(p.name for p in path.parent.iterdir() if word.encode() in p.read_bytes())


@pytest.mark.parametrize("criterion", ["ids", "catalog", "session", "before", "item", "everything"])
def test_what_is_removed_is_gone_from_the_disk(path: Path, criterion: str) -> None:
    """Its words are in no byte of any file, while others have the log open; all else stays."""
    secret = event(
        999, catalog="/secret.csv", session="secret", at=5.0, note=f"{SECRET} note",
        thing=thing(999, id="secret", title=f"{SECRET} No. 1", creator=f"{SECRET} band", facets={f"{SECRET} column": (f"{SECRET} genre",)}),
    )  # fmt: skip
    with Log(path) as log, Log(path) as other:
        (number,) = log.add([secret])
        log.add([event(n) for n in range(1, 400)])
        hidden = answer(1, id="hidden", catalog="/secret.csv", session="secret", at=5.0, query=SECRET, context=SECRET, where=SECRET, engine=SECRET, shown=(Shown("secret", SECRET, 1, 0.5, 1.0, {SECRET: 1.0}),))
        log.show(replace(hidden, query="", context=None, where=None, engine=None) if criterion == "item" else hidden)
        for n in range(2, 100):
            log.show(answer(n))
        log.add([secret])
        log.undo()
        other.events()
        idle = child("log.events()\nprint('open', flush=True)\nsys.stdin.read()", path, stdin=subprocess.PIPE)
        assert idle.stdout.readline() == "open\n" and traces(path)
        given = {"ids": (number, number + 400, "hidden"), "catalog": "/secret.csv", "session": "secret", "before": 6.0, "item": "secret", "everything": True}[criterion]
        events, answers = log.events()[1:], log.impressions()[1:]
        gone = log.remove(Criteria(**{criterion: given})).count
        assert traces(path) == [] and not log.notes
        left = ([], []) if criterion == "everything" else (events, [replace(hidden, query="", context=None, where=None, engine=None, shown=()), *answers] if criterion == "item" else answers)
        assert (log.events(), log.impressions()) == left == (other.events(), other.impressions())
        assert gone == (3 if criterion != "everything" else 3 + len(events) + len(answers)) and log.remove(Criteria(**{criterion: given})).count == 0
        ended(idle)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_what_another_program_deleted_goes_with_the_next_removal(log: Log, path: Path) -> None:
    """It need not zero what it deletes."""
    log.add([event(1, note=SECRET), event(2), event(3)])
    log.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("DELETE FROM events WHERE id = 1")
        db.commit()
    assert traces(path) == ["log.sqlite"]
    log.remove(Criteria((2,)))
    assert traces(path) == [] and [e.id for e in log.events()] == [3]


def test_criteria_narrow_each_other(log: Log) -> None:
    log.add([event(n, catalog="music" if n % 2 else "books", session="old" if n < 5 else "new") for n in range(1, 9)])
    log.show(answer(1, session="old"))
    assert log.remove(Criteria()).count == 0 and len(log.events()) == 8, "nothing asked for, nothing gone"
    assert log.remove(Criteria(catalog="music", session="old")).count == 3 and [e.thing.id for e in log.events()] == ["m2", "m4", "m5", "m6", "m7", "m8"] and log.impressions() == []
    assert log.remove(Criteria(tuple(range(1, 9)), catalog="books", before=1_700_000_005.0)).count == 2 and [e.thing.id for e in log.events()] == ["m5", "m6", "m7", "m8"]
    assert log.remove(Criteria(everything=True, catalog="books")).count == 2 and [e.thing.id for e in log.events()] == ["m5", "m7"]
    assert log.remove(Criteria(tuple(range(-5000, 5000)))).count == 2 and log.events() == []


def test_a_removed_number_is_never_given_again(log: Log) -> None:
    (first,) = log.add([event(1)])
    log.remove(Criteria(everything=True))
    assert log.add([event(2)]) > (first,)


def test_marks_go_with_their_catalog(log: Log) -> None:
    log.mark(FORGET, "music", SECRET)
    log.mark(RESET, None)
    log.add([event(1)])
    assert log.remove(Criteria(item="m1")).count == 1 and len(log.marks()) == 2
    assert log.remove(Criteria(catalog="music")).count == 1 and [m.kind for m in log.marks()] == [RESET] and traces(log.path) == []


def test_damaged_files_are_removed_with_everything_and_else_pointed_at(path: Path) -> None:
    with Log(path) as log:
        log.add([event(1, note=SECRET), event(2)])
    data = path.read_bytes()
    path.write_bytes(data[:100] + bytes(3996) + data[4096:])
    with Log(path) as log:
        log.add([event(3), event(4)])
        assert traces(path)
        aside = damaged_file(path).name
        assert log.remove(Criteria(item="m3")).count == 1 and aside in log.notes[-1]
        log.remove(Criteria(everything=True))
        assert traces(path) == [] and not [p for p in path.parent.iterdir() if "damaged" in p.name]


def test_free_text_passes_one_place(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it can be masked: nothing that a person wrote reaches the file past it."""
    monkeypatch.setattr(logrows, "kept_text", lambda value, size: value.replace(SECRET, "*"))
    log.add([event(1, note=SECRET, thing=thing(1, title=SECRET, creator=SECRET, facets={"x": (SECRET,)}))])
    log.show(answer(1, query=SECRET, context=SECRET, where=SECRET, engine=SECRET, shown=(Shown("m1", SECRET, 1, 1.0),)))
    log.mark(FORGET, None, SECRET)
    assert traces(log.path) == [] and traces(log.path, "question") == [] and log.last().query == "*"
