"""What is written down, who may read it, that it goes when it is told to, and that nothing leaves the machine. Whole commands in homes of their own."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from msgspec.structs import fields
import pytest

from recsh import feedback, talks
from recsh.feedback import Log, Mark
from recsh.forgetting import forget
from recsh.removal import Criteria
from recsh.typed import LONGEST, Lines
from recsh.types import Event, Impression, Shown, Thing, Verdict

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
ROOT = Path(feedback.__file__).parents[1]
CATALOG = "id,title,artist,genre\n" + "".join(f"i{n},Song {n},Band {n % 7},{'rock' if n % 2 else 'jazz'}\n" for n in range(60))
WORD = "xylophonquartett"
NO_NETWORK = """
import os, socket, sys
_seen = open(os.environ["SEEN"], "a", buffering=1)
def _hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind") and not (event in ("socket.connect", "socket.bind") and args[0].family == socket.AF_UNIX):
        _seen.write(f"{event} {args[1:]}\\n")
sys.addaudithook(_hook)
"""


class Home:
    """A home of its own with a small catalog, in which commands run whose connections are written to `seen`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.shop, self.seen = folder / "home", folder / "shop.csv", folder / "seen"
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
        self.shop.write_text(CATALOG, encoding="utf-8")
        self.seen.write_text("", encoding="utf-8")
        self.env = {**os.environ, "RECSH_HOME": str(self.folder), "PYTHONPATH": f"{folder / 'site'}:{ROOT}", "RECSH_CATALOG": str(self.shop), "RECSH_MODEL": "none", "SEEN": str(self.seen)}

    def __call__(self, *args: object, input: str | None = None, code: int = 0, wrap: Sequence[str] = (), umask: int = -1, **env: str) -> str:
        command = [*wrap, sys.executable, "-m", "recsh", *map(str, args)]
        done = subprocess.run(command, capture_output=True, text=True, input=input, env={**self.env, **env}, umask=umask, timeout=180, cwd=self.shop.parent, check=False)
        assert done.returncode == code, (args, done.returncode, done.stderr)
        return done.stdout + done.stderr

    def traces(self, word: str = WORD) -> list[str]:
        """Files of the home with the word in any byte, however it is written."""
        forms = {form for w in (word, word.upper(), word.title(), word.lower()) for form in (w.encode(), w.encode("utf-16-le"), w.encode().hex().encode())}
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p.is_file() and any(form in p.read_bytes() for form in forms))


@pytest.fixture
def place(tmp_path: Path) -> Home:
    return Home(tmp_path)


# --- who may read it -------------------------------------------------------------------------------------------------


def test_everything_is_the_owners_alone_under_the_loosest_umask(place: Home, tmp_path: Path) -> None:
    """Folders 0700 and files 0600, all of them; an export too, also over a file that others could read. What is put elsewhere by -o is as the user has it."""
    (tmp_path / "old.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "old.jsonl").chmod(0o666)
    commands: list[tuple[object, ...]] = [
        ("catalog", "add", place.shop), ("ask", "rock", "--model", "embedded", "-n", "3"), ("like", "1"), ("config", "set", "limit", "3"), ("ask", "sad piano", "-c", "music"),
        ("history", "export", tmp_path / "new.jsonl"), ("history", "export", tmp_path / "old.jsonl"), ("history", "export", tmp_path / "taste.json", "--private"), ("doctor",), ("ask", "rock", "-o", tmp_path / "out.txt"),
    ]
    for command in commands:
        place(*command, umask=0)
    place("chat", "-q", input="rock\nolder\nI hated 2\n", umask=0)
    found = {str(p.relative_to(place.folder)): p.stat().st_mode & 0o777 for p in (place.folder, *place.folder.rglob("*"))}
    kinds = {"data/log.sqlite", "data/catalogs.json", "config/config.toml", "cache/catalogs", "data/talks"}
    assert kinds <= {*found} and len(found) > 20
    assert {name: oct(mode) for name, mode in found.items() if mode != (0o700 if (place.folder / name).is_dir() else 0o600)} == {}
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("new.jsonl", "old.jsonl", "taste.json", "out.txt")] == [0o600, 0o600, 0o600, 0o666]


def test_a_folder_that_was_opened_to_others_is_closed_again(place: Home) -> None:
    place("ask", "rock")
    for folder in ("data", "config", "cache"):
        (place.folder / folder).mkdir(exist_ok=True)
        (place.folder / folder).chmod(0o777)
    place("doctor")
    assert [(place.folder / folder).stat().st_mode & 0o777 for folder in ("data", "config", "cache")] == [0o700] * 3


# --- that it goes ----------------------------------------------------------------------------------------------------


def remembered(place: Home) -> str:
    """A home with the word in it wherever words are kept, and other things besides; the session of the conversation."""
    place("chat", "-q", input=f"rock for the {WORD}\nolder\nI liked 1\n", umask=0o022)
    (talk,) = (place.folder / "data" / "talks").glob("*.json")
    for session, line in ((talk.stem, f"rock for the {WORD}"), ("", f"rock for the {WORD}"), ("01OTHER", "jazz")):
        Lines(place.folder / "data" / "chat_history", session).add(line)
    place("ask", f"jazz, {WORD}", "--context", f"with the {WORD}")
    place("note", "1", f"as the {WORD} played it")
    place("chat", "-q", input="jazz\n")
    assert place.traces() != []
    return talk.stem


@pytest.mark.parametrize("way", ["--all", "--catalog", "--before", "--session"])
def test_what_is_removed_is_in_no_byte_of_any_file(place: Home, way: str) -> None:
    session = remembered(place)
    if way == "--session":
        assert f"data/talks/{session}.json" in place.traces()
        place("history", "rm", "-y", "--session", session)
        rows = json.loads(place("history", "list", "--impressions", "--json", "-q"))
        place("history", "rm", "-y", *(row["id"] for row in rows if WORD in row["query"]))
        place("history", "rm", "-y", *(str(row["id"]) for row in json.loads(place("history", "list", "--json", "-q")) if WORD in (row["note"] or "")))
        assert len(talks_left := [*(place.folder / "data" / "talks").glob("*.json")]) == 1 and talks_left[0].stem != session
        assert Lines(place.folder / "data" / "chat_history").read() == ["jazz"], "what was said elsewhere stays"
    else:
        value = {"--catalog": place.shop, "--before": time.strftime("%Y-%m-%d", time.localtime(time.time() + 172_800))}.get(way)
        place("history", "rm", "-y", way, *([value] if value else []))
        assert [*(place.folder / "data" / "talks").glob("*.json")] == []
    assert place.traces() == []
    assert place("history", "search", WORD, "-q") == "" and "there was nothing to remove" in place("history", "rm", "-y", "--session", "nobody")


def test_conversations_go_with_what_was_said_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By each criterion; those it does not meet stay."""
    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    ids = [f"01TALK{n:020d}" for n in range(4)]

    def fresh() -> None:
        for n, name in enumerate(ids):
            talks.save(name, {"catalog": "music" if n % 2 else "movies", "said": [f"said in {n}"], "talk": {"opinions": [{"id": f"m{n}"}]}})
            Lines(tmp_path / "data" / "chat_history", name).add(f"typed in {n}")

    def left() -> list[int]:
        return [n for n, name in enumerate(ids) if name in talks.saved()]

    with Log() as log:
        for what, stay in (
            (Criteria(session=ids[1]), [0, 2, 3]), (Criteria(catalog="music"), [0, 2]), (Criteria(item="m2"), [0, 1, 3]), (Criteria(catalog="music", item="m2"), [0, 1, 2, 3]),
            (Criteria(before=1.0), [0, 1, 2, 3]), (Criteria(before=time.time() + 1000), []), (Criteria(), [0, 1, 2, 3]), (Criteria(everything=True), []), (Criteria(source="import-x"), [0, 1, 2, 3]),
        ):  # fmt: skip
            fresh()
            forget(log, what)
            assert left() == stay, what
            assert {line for line in Lines(tmp_path / "data" / "chat_history").read()} >= {f"typed in {n}" for n in stay}
            assert not {f"typed in {n}" for n in range(4) if n not in stay} & {*Lines(tmp_path / "data" / "chat_history").read()}
        fresh()
        log.show(Impression("a", "music", 1.0, "q", (), session=ids[3]))
        (tmp_path / "data" / "talks" / "x.1.part").write_text("half", encoding="utf-8")
        os.utime(tmp_path / "data" / "talks" / "x.1.part", (1, 1))
        assert forget(log, Criteria(ids=("a",))) == (1, 1) and left() == [0, 1, 2] and not (tmp_path / "data" / "talks" / "x.1.part").exists()


def test_lines_keep_to_their_conversation(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "lines", "01A", mask=lambda line: line.replace("secret", "[x]"))
    lines.add("my secret")
    lines.add("x" * (LONGEST + 1))
    with (tmp_path / "lines").open("a", encoding="utf-8") as file:
        file.write('"of before"\n[1, 2]\n["01B", "other"]\n["", ""]\nnonsense\n')
    assert lines.read() == ["my [x]", "of before", "other"]
    lines.drop({"01B"}, {"of before"})
    assert lines.read() == ["my [x]"] and (tmp_path / "lines").stat().st_mode & 0o777 == 0o600


# --- that it is not written in the first place -----------------------------------------------------------------------


@pytest.mark.parametrize(("flags", "env"), [(("--no-log",), {}), ((), {"RECSH_NO_HISTORY": "1"})])
def test_what_is_not_to_be_written_down_is_not(place: Home, flags: tuple[str, ...], env: dict[str, str]) -> None:
    place("ask", f"rock, {WORD}", *flags, **env)
    place("chat", "-q", *flags, input=f"jazz for the {WORD}\nolder\nI hated 2\n/undo\n", **env)
    place("batch", "-q", *flags, input=f"rock {WORD}\n", **env)
    assert place.traces() == [] and not (place.folder / "data" / "log.sqlite").exists() and not (place.folder / "data" / "talks").exists()
    if env:
        place("ask", "rock")
        for command in (("like", "1"), ("note", "1", WORD), ("rate", "1", "5"), ("history", "import", place.shop)):
            assert "RECSH_NO_HISTORY" in place(*command, code=2, **env)
        assert place.traces() == [] and place("history", "list", "-q") == ""


def test_what_is_typed_of_oneself_reaches_no_file_unless_it_is_to(place: Home) -> None:
    """Questions, contexts, notes, conversations and what was typed there; the answer is to what was said. With --keep-raw, or the setting, all is kept."""
    said = "my name is Zebulon Quux, mail zq@quux.example, 4111 1111 1111 1111: rock"
    asked = json.loads(place("ask", said, "--context", "call me at +49 170 1234567", "--json", "-q"))
    assert asked["query"] == said and asked["results"]
    place("note", "1", "for zq@quux.example")
    place("chat", "-q", input=f"{said}\nolder\n")
    assert {w: place.traces(w) for w in ("Zebulon", "Quux", "quux.example", "4111 1111", "170 1234567")} == dict.fromkeys(("Zebulon", "Quux", "quux.example", "4111 1111", "170 1234567"), [])
    assert "[name]" in place("history", "list", "--impressions")
    (talk,) = (place.folder / "data" / "talks").glob("*.json")
    assert "[mail]" in talk.read_text(encoding="utf-8")
    place("chat", "-q", "--session", talk.stem[:20], input="more\n")
    place("note", "1", "for zq@quux.example", "--keep-raw")
    assert place.traces("quux.example") == ["data/log.sqlite"]
    place("config", "set", "keep_raw", "yes")
    place("chat", "-q", input=f"{said}\nolder\n")
    assert len(place.traces("Zebulon")) >= 2


# --- what there is, and README ---------------------------------------------------------------------------------------

KEPT = {
    "events": {"id", "action", "undone", "catalog", "item", "title", "creator", "thing", "verdict", "value", "origin", "impression", "rank", "note", "session", "at", "source"},
    "impressions": {"n", "id", "catalog", "at", "query", "context", "where", "engine", "explore", "session", "vector", "source"},
    "shown": {"impression", "place", "item", "title", "rank", "score", "propensity", "features"},
    "marks": {"id", "kind", "catalog", "key", "after", "at", "source"},
    "changes": {"kind", "catalog", "n"},
    "spent": {"id", "epsilon", "at"},
}


def test_the_log_has_nothing_that_readme_does_not_list(tmp_path: Path) -> None:
    """The tables as they are, and README's list of them: `table`: `column`, `column`, ..."""
    with Log(tmp_path / "log.sqlite") as log:
        log.add([Event("music", Thing("1", "T"), Verdict.LIKE, 1.0)])
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        there = {table: {row[1] for row in db.execute(f"PRAGMA table_info({table})")} for table in tables}
    assert there == KEPT
    listed = {name: {*re.findall(r"`(\w+)`", columns)} for name, columns in re.findall(r"^- `(\w+)`: (.*(?:\n  .*)*)", (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8"), re.M)}
    assert {name: listed.get(name) for name in KEPT} == KEPT
    exported = {f.name for kind in (Event, Impression, Shown, Thing, Mark) for f in fields(kind)}
    assert exported <= set().union(*KEPT.values()) | {"shown", "thing", "facets", "numbers", "item_id"}


# --- and stays here --------------------------------------------------------------------------------------------------


def alone() -> Sequence[str]:
    """What runs a command where there is no network, not even loopback; nothing if that is not permitted."""
    wrap = ("unshare", "-rn")
    try:
        return wrap if subprocess.run([*wrap, "true"], capture_output=True, check=False).returncode == 0 else ()
    except OSError:
        return ()


def test_no_command_connects_to_anything(place: Home, tmp_path: Path) -> None:
    """Run where there is no network, with every look-up and connection counted: there are none, and nothing is missing."""
    wrap = alone()
    commands: list[tuple[object, ...]] = [
        ("catalog", "add", place.shop), ("catalog", "info", "shop"), ("catalog", "check", place.shop), ("catalog", "search", "Song", "-c", "shop"), ("ask", "rock", "--model", "embedded"), ("like", "1", "2"),
        ("note", "1", "loud"), ("ask", "rock", "--explain"), ("ask", "--for-me"), ("taste", "show"), ("history", "list"), ("history", "export", tmp_path / "h.jsonl"), ("history", "import", tmp_path / "h.jsonl"),
        ("history", "export", "--private"), ("undo",), ("config", "show"), ("doctor",), ("models", "list"), ("history", "rm", "--all", "-y"), ("--version",), ("ask", "sad piano", "-c", "music", "-n", "2"),
    ]
    for command in commands:
        place(*command, wrap=wrap)
    place("chat", "-q", input="rock\nolder\n/quit\n", wrap=wrap)
    place("batch", "-q", input="rock\njazz\n", wrap=wrap)
    assert place.seen.read_text(encoding="utf-8") == ""
    subprocess.run([sys.executable, "-c", "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError: pass"], env=place.env, check=True)
    assert "socket.connect" in place.seen.read_text(encoding="utf-8"), "the counter counts"
