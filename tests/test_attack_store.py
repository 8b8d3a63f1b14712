"""What can happen to a home: processes that are killed, many at once, disks that are full, folders that are not there, clocks that go back, an older recsh
beside this one. Whole commands, real processes. The long runs are marked `soak`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from recsh import feedback, migrations
from recsh.feedback import Log
from recsh.types import Event, Thing, Verdict

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals, permissions and limits of POSIX")
ROOT = Path(feedback.__file__).parents[1]
CATALOG = "id,title,genre\n" + "".join(f"i{n},Title {n},{'rock' if n % 2 else 'jazz'}\n" for n in range(60))


def code(text: str, *arguments: object, **more: object) -> subprocess.Popen:
    """Another process that runs this, with `log` (of the first argument) and `event(name)` at hand."""
    head = "import os, sys\nfrom pathlib import Path\nfrom recsh.feedback import Log\nfrom recsh.removal import Criteria\nfrom recsh.types import *\nlog = Log(Path(sys.argv[1]))\ndef event(name): return Event('music', Thing(name, f'Title {name}'), Verdict.LIKE, 1.0)\n"
    return subprocess.Popen([sys.executable, "-c", head + text, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, **more)


class Home:
    """A home of its own with a small catalog, and recsh run in it as a command of the system's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self.env = {**os.environ, "RECSH_HOME": str(self.folder), "PYTHONPATH": str(ROOT), "RECSH_MODEL": "none"}
        self.shop = folder / "shop.csv"
        self.shop.write_text(CATALOG, encoding="utf-8")

    def __call__(self, *args: object, before: Callable[[], None] | None = None, input: str | None = None, **env: str) -> subprocess.CompletedProcess:
        done = subprocess.run([sys.executable, "-W", "error", "-m", "recsh", *map(str, args)], capture_output=True, text=True, input=input, env={**self.env, **env}, preexec_fn=before, timeout=120, cwd=self.shop.parent, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    @property
    def log(self) -> Path:
        return self.folder / "data" / "log.sqlite"


@pytest.fixture
def place(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def stocked(place: Home) -> Home:
    """With a catalog in use, an answer and two verdicts."""
    assert place("catalog", "add", place.shop).returncode == place("catalog", "use", "shop").returncode == place("ask", "rock", "-n", "3").returncode == place("like", "1", "2").returncode == 0
    return place


def titles(home: Home) -> list[str]:
    return [row["title"] for row in json.loads(home("history", "list", "--json", "-n", "0").stdout)]


# --- killed, and many at once ----------------------------------------------------------------------------------------


def killed_at_random(path: Path, runs: int) -> None:
    """Processes that write, each killed in the middle of its work; some kinds of work touch the whole file."""
    chance = random.Random(runs)
    acknowledged: set[str] = set()
    text = (
        "n = 0\nwhile True:\n    n += 1\n    log.add([event(f'{sys.argv[2]}-{n}'), event(f'{sys.argv[2]}-{n}b')])\n    print(n, flush=True)\n"
        "    log.show(Impression(f'{sys.argv[2]}-{n}', 'music', 1.0, 'q', (Shown('1', 'T', 1, 0.5),)))\n"
        "    if n % 5 == 0: log.add([event('passing')]); log.remove(Criteria(item='passing'))\n    if n % 7 == 0: log.mark('reset', None); log.undo('none')"
    )
    for run in range(runs):
        process = code(text, path, run)
        for _ in range(chance.randrange(1, 20)):
            said = process.stdout.readline().strip()
            acknowledged |= {f"{run}-{said}", f"{run}-{said}b"}
        time.sleep(chance.random() * 0.01)
        process.send_signal(signal.SIGKILL)
        for said in process.communicate()[0].split():
            acknowledged |= {f"{run}-{said}", f"{run}-{said}b"}
        if run % 20 == 0:
            with closing(sqlite3.connect(path)) as db:
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with Log(path) as log:
        there = [e.thing.id for e in log.events() if e.thing.id != "passing"]
        assert acknowledged <= {*there} and len(there) == len({*there}) and len(there) % 2 == 0 and not log.notes
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert {p.name for p in path.parent.iterdir()} <= {"log.sqlite", "log.sqlite-wal", "log.sqlite-shm"}, "and nothing was kept aside as damaged"


def test_no_acknowledged_verdict_is_lost_in_twenty_kills(tmp_path: Path) -> None:
    killed_at_random(tmp_path / "log.sqlite", 20)


@pytest.mark.soak
def test_no_acknowledged_verdict_is_lost_in_three_hundred_kills(tmp_path: Path) -> None:
    killed_at_random(tmp_path / "log.sqlite", 300)


def eight_at_once(path: Path, each: int) -> None:
    text = f"for n in range({each}):\n    log.add([event(f'{{sys.argv[2]}}-{{n}}')])\nlog.close()"
    processes = [code(text, path, k) for k in range(8)]
    for process in processes:
        _, err = process.communicate(timeout=500)
        assert process.returncode == 0 and not err, err
    with Log(path) as log:
        there = [e.thing.id for e in log.events()]
        assert len(there) == 8 * each and {*there} == {f"{k}-{n}" for k in range(8) for n in range(each)} and not log.notes
        assert all([i for i in there if i.startswith(f"{k}-")] == [f"{k}-{n}" for n in range(each)] for k in range(8)), "each in its own order"


def test_eight_processes_lose_nothing(tmp_path: Path) -> None:
    eight_at_once(tmp_path / "log.sqlite", 100)


@pytest.mark.soak
def test_eight_processes_of_a_thousand_lose_nothing(tmp_path: Path) -> None:
    eight_at_once(tmp_path / "log.sqlite", 1000)


def test_catalogs_and_settings_that_are_added_at_once_are_all_there(place: Home) -> None:
    """Each is a file that is read, changed and put back."""
    for n in range(6):
        (place.shop.parent / f"s{n}.csv").write_text(CATALOG.replace("Title", f"Title {n}"), encoding="utf-8")
    with ThreadPoolExecutor(6) as pool:
        assert {done.returncode for done in pool.map(lambda n: place("catalog", "add", f"s{n}.csv"), range(6))} == {0}
    assert {*json.loads((place.folder / "data" / "catalogs.json").read_text(encoding="utf-8"))} == {f"s{n}" for n in range(6)}
    setting = (("limit", "3"), ("explore", "0.1"), ("tone", "warm"), ("seed", "7"), ("threads", "1"), ("shortlist", "9"))
    with ThreadPoolExecutor(6) as pool:
        assert {done.returncode for done in pool.map(lambda pair: place("config", "set", *pair), setting)} == {0}
    assert len((place.folder / "config" / "config.toml").read_text(encoding="utf-8").split("\n")) == 7


# --- disks and folders -----------------------------------------------------------------------------------------------


def limited(size: int) -> Callable[[], None]:
    def limit() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_file_that_may_not_grow_costs_the_verdict_and_nothing_else(stocked: Home) -> None:
    for _ in range(3):
        refused = stocked("note", "1", "word " * 390, before=limited(4096))
        assert refused.returncode == 5 and "try:" in refused.stderr
    asked = stocked("ask", "jazz", before=limited(4096))
    assert asked.returncode == 0 and asked.stdout.count("\n") == 5 and "not written down" in asked.stderr
    assert len(titles(stocked)) == 2 and stocked("like", "3").returncode == 0 and len(titles(stocked)) == 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_costs_nothing_that_was_acknowledged(small_disk: Path, tmp_path: Path) -> None:
    """Filled up while verdicts are written; what was acknowledged is there, reading and removing go on, and so does writing once there is room."""
    home = Home(tmp_path)
    home.env["RECSH_HOME"] = str(small_disk / "home")
    home.folder = small_disk / "home"
    assert home("ask", "rock", "-c", home.shop).returncode == home("like", "1", "-c", home.shop).returncode == 0
    with (small_disk / "ballast").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    text = "from recsh.errors import StoreError\nn = 0\ntry:\n    while n < 5000:\n        log.add([event(f'{n}' + 'x' * 900)]); n += 1\nexcept StoreError as error:\n    print(n, bool(error.hint), error)"
    out, err = code(text, home.log).communicate(timeout=120)
    assert not err and out.split()[1] == "True" and "no room left" in out
    with Log(home.log) as log:
        assert len(log.events()) == 1 + int(out.split()[0])
    done = home("ask", "jazz", "-c", home.shop)
    assert done.returncode == 0 and done.stdout
    assert home("config", "set", "limit", "4").returncode == 5 and home("history", "export", small_disk / "export.jsonl").returncode == 1
    assert not (small_disk / "export.jsonl").exists()
    removed = home("history", "rm", "--all", "-y")
    (small_disk / "ballast").unlink()
    assert removed.returncode in (0, 5) and home("history", "rm", "--all", "-y").returncode == 0
    assert home("like", "1", "-c", home.shop).returncode in (0, 2) and home("doctor").returncode in (0, 1)


def test_a_home_that_cannot_be_written_answers_and_says_so(small_disk: Path, tmp_path: Path) -> None:
    """On a disk that is mounted for reading; root may write to any other."""
    home = Home(tmp_path)
    home.env["RECSH_HOME"] = str(small_disk / "home")
    home.folder = small_disk / "home"

    def turned(how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", small_disk], check=True)

    turned("ro")
    asked = home("ask", "rock", "-c", home.shop)
    assert asked.returncode == 5 and "RECSH_HOME" in asked.stderr, "a catalog has to be compiled to somewhere"
    turned("rw")
    assert home("ask", "rock", "-c", home.shop).returncode == home("like", "1", "-c", home.shop).returncode == 0
    turned("ro")
    asked = home("ask", "rock", "-c", home.shop)
    assert asked.returncode == 0 and asked.stdout.count("\n") == 5 and "not written down" in asked.stderr
    assert home("history", "list").stdout.count("\n") == 1 and home("taste", "show", "-c", home.shop).returncode == 0
    for command in (("like", "2", "-c", home.shop), ("config", "set", "limit", "3"), ("catalog", "add", home.shop), ("undo",), ("history", "rm", "--all", "-y")):
        refused = home(*command)
        assert refused.returncode == 5 and refused.stderr.startswith("recsh: error:") and "try:" in refused.stderr, (command, refused.stderr)


@pytest.mark.parametrize("what", ["a file", "below a file", "unset", "nowhere", "a loop"])
def test_a_home_that_is_none(place: Home, what: str, tmp_path: Path) -> None:
    """One line that says what to do, or another place; and no traceback."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    env = {**place.env}
    env["RECSH_HOME"] = {"a file": str(tmp_path / "file"), "below a file": str(tmp_path / "file" / "x"), "a loop": str(tmp_path / "loop")}.get(what, "")
    if what in ("unset", "nowhere"):
        env = {k: v for k, v in env.items() if k not in ("RECSH_HOME", "HOME") and not k.startswith("XDG_")}
        if what == "nowhere":
            env["HOME"] = str(tmp_path / "file")
        else:
            env |= {"XDG_DATA_HOME": str(tmp_path / "d"), "XDG_CACHE_HOME": str(tmp_path / "c"), "XDG_CONFIG_HOME": str(tmp_path / "e")}
    place.env = env
    for command in (("ask", "rock", "-c", place.shop), ("history", "list"), ("config", "set", "limit", "3"), ("catalog", "list")):
        done = place(*command)
        if what == "unset":
            assert done.returncode == 0, done.stderr
        else:
            assert done.returncode in (0, 5) and (not done.returncode or "try:" in done.stderr), (command, done.stderr)
    assert place("--version").returncode == place("--help").returncode == 0


# --- clocks and versions ---------------------------------------------------------------------------------------------


def test_a_clock_that_goes_back_changes_no_order(tmp_path: Path) -> None:
    """What was told last counts, is taken back first, and stands by its date where dates are listed."""
    with Log(tmp_path / "log.sqlite") as log:
        for name, at in (("a", 2e9), ("b", 1e9), ("c", 1.5e9)):
            log.add([Event("music", Thing(name, name), Verdict.LIKE, at)])
        assert [e.thing.id for e in log.events()] == ["a", "b", "c"] and [e.thing.id for e in log.events(by_time=True)] == ["b", "c", "a"]
        assert [e.thing.id for e in log.events(limit=2, by_time=True)] == ["c", "a"]
        log.mark("reset", None)
        assert [e.thing.id for e in log.undo()] == ["c"]


def older(path: Path, version: int) -> sqlite3.Connection:
    """The log as a recsh of that version has it open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    migrations.migrate(db, migrations.STEPS[:version])
    return db


EVENT = (
    "INSERT INTO events(id, catalog, item, title, creator, thing, verdict, value, origin, impression, rank, note, session, at, action, undone)"
    """ VALUES(?, 'music', ?, 'T', '', '[{"genre":["rock"]},{}]', 'like', NULL, ?, NULL, NULL, '', ?, 1.0, ?, 0)"""
)


@pytest.mark.parametrize("version", range(1, migrations.VERSION))
def test_an_older_recsh_that_has_the_log_open_loses_nothing(tmp_path: Path, version: int) -> None:
    """It goes on writing what it knows while this one brings the log up to date and writes too."""
    path = tmp_path / "log.sqlite"
    with closing(older(path, version)) as old, Log(path) as log:
        old.execute(EVENT, (1, "before", "command", "", 1))
        old.execute(EVENT, (2, "brought", "import", "import-20260101-000000-abcd", 2))
        assert [(e.thing.id, e.source) for e in log.events()] == [("before", ""), ("brought", "import-20260101-000000-abcd")]
        log.add([Event("music", Thing("mine", "T"), Verdict.LIKE, 1.0)])
        assert old.execute("SELECT item FROM events ORDER BY id").fetchall() == [("before",), ("brought",), ("mine",)]
        old.execute(EVENT, (4, "after", "command", "", 4))
        assert [e.thing.id for e in log.events()] == ["before", "brought", "mine", "after"] and not log.notes


@pytest.mark.parametrize("version", range(1, migrations.VERSION))
def test_a_damaged_log_of_an_older_version_is_read_as_well(tmp_path: Path, version: int) -> None:
    path = tmp_path / "log.sqlite"
    with closing(older(path, version)) as old:
        for n in range(1, 300):
            old.execute(EVENT, (n, f"m{n}", "command", "", n))
        old.execute("INSERT INTO impressions(id, catalog, at, query, explore, session) VALUES('a', 'music', 1.0, 'q', 0.0, '')")
        old.execute("INSERT INTO marks(kind, catalog, key, after, at) VALUES('forget', NULL, 'rock', 3, 1.0)")
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = path.read_bytes()
    path.write_bytes(data[:-4096] + bytes(4096))  # the newest verdicts
    with Log(path) as log:
        assert 200 < len(log.events()) < 299 and [i.id for i in log.impressions()] == ["a"] and [m.key for m in log.marks()] == ["rock"] and "kept as" in log.notes[0]


def test_a_log_from_the_future_is_left_alone_and_answers_go_on(stocked: Home) -> None:
    with closing(sqlite3.connect(stocked.log)) as db:
        db.execute("PRAGMA user_version = 99")
    before = stocked.log.read_bytes()
    asked = stocked("ask", "jazz")
    assert asked.returncode == 0 and asked.stdout.count("\n") == 5 and "newer recsh" in asked.stderr
    assert stocked("like", "1").returncode == 5 and stocked("history", "list").returncode == 5 and stocked("doctor").returncode == 1
    assert stocked.log.read_bytes() == before


def test_a_damaged_log_is_kept_aside_said_and_read_again_by_hand(stocked: Home) -> None:
    """Also one that nothing could be read of at first, and one put back from a backup; nothing comes twice."""
    backup = stocked.folder.parent / "old.sqlite"
    with closing(sqlite3.connect(stocked.log)) as db, closing(sqlite3.connect(backup)) as copy:
        db.backup(copy)
    for end in ("-wal", "-shm"):
        stocked.log.with_name(stocked.log.name + end).unlink(missing_ok=True)
    stocked.log.write_bytes(b"\x00" * 50_000)
    listed = stocked("history", "list")
    assert listed.returncode == 0 and "damaged" in listed.stderr and "kept as log.sqlite.damaged-" in listed.stderr and titles(stocked) == []
    assert stocked("like", "id:i5", "-c", stocked.shop).returncode == 0
    done = stocked("history", "salvage", backup)
    assert done.returncode == 0 and "2 added to the log" in done.stdout and len(titles(stocked)) == 3
    assert "2 there already" in stocked("history", "salvage", backup).stdout and len(titles(stocked)) == 3
    (aside,) = stocked.log.parent.glob("*.damaged-*")
    assert stocked("history", "salvage", aside).returncode == 0
    assert stocked("history", "salvage", "nothing.sqlite").returncode == 2 and stocked("history", "salvage", stocked.shop).returncode in (0, 5)
    assert sorted(p.suffix for p in stocked.log.parent.iterdir() if "part" in p.name) == [], "and nothing lies about"
