"""Long runs: memory and files stay as they are, and an answer that is torn off anywhere leaves nothing broken behind.

A short part of each runs always; the long ones have the mark `soak` (`pytest -m soak`), some of them take an hour.
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
from pathlib import Path
from types import FrameType
from typing import Any, Self

import pytest

import recsh
from recsh import session
from recsh.catalog import Catalog
from recsh.engine import Engine, JudgePrompt, Options, WritePrompt, open_engine
from recsh.errors import WeightsError
from recsh.feedback import Log
from recsh.memory import Memory
from recsh.parse import MAX_ITEMS, parse
from recsh.recommend import Recommender
from recsh.semantic import Semantic
from recsh.types import Answer, Mode, Verdict
from recsh.weights import bundled
from recsh.work import Options as How
from tests import endurance

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and /proc")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
MINI = bundled("recsh-mini.gguf")

# --- many questions ------------------------------------------------------------------------------------------------------


def endured(questions: int, model: str, catalogs: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(Path(recsh.__file__).parents[1])}
    done = subprocess.run([sys.executable, endurance.__file__, str(questions), "--model", model, "--catalogs", catalogs], capture_output=True, text=True, env=environment, check=True)
    return json.loads(done.stdout)


@linux
@pytest.mark.parametrize(("questions", "model"), [(30, "embedded"), pytest.param(10_000, "embedded", marks=pytest.mark.soak), pytest.param(10_000, "none", marks=pytest.mark.soak)])
def test_memory_and_open_files_stay_as_they_are(questions: int, model: str) -> None:
    """Within five in a hundred between a quarter of the way and its end; no file more."""
    told = endured(questions, model, "music" if questions < 1000 else endurance.CATALOGS)
    early, late = told["megabytes"]
    assert late <= 1.05 * early + (0 if questions > 1000 else 5), told
    assert len(told["handles"]) == 1, told
    assert set(told["warnings"]) <= {"relaxed", "unknown"}, told


# --- interrupted engines -------------------------------------------------------------------------------------------------

ROWS = ("Item: Enter Sandman | Metallica | heavy metal, dark | 1991", "Item: Waterloo | ABBA | pop, happy | 1974", "Item: Blue in Green | Miles Davis | jazz | 1959")


def judged(request: str) -> Callable[[Engine], object]:
    prompt = JudgePrompt(f"Request: {request}\n", ROWS, "\nFits:")
    return lambda engine: ([round(odds, 5) for odds in engine.judge(prompt)], list(engine.reasons(prompt, [1, 2], 5)))


def listed(request: str, *titles: str) -> Callable[[Engine], object]:
    prompt = WritePrompt("Write.", f"Request: {request}", titles or None, 2)
    return lambda engine: "".join(engine.write(prompt, max_tokens=16))


TASKS = (judged("sad jazz"), judged("happy pop"), listed("x", "One", "Two", "Two of us"), listed("y"))


class Striker:
    """Raises KeyboardInterrupt at the n-th line that is run in the engine's modules (or those named), as Ctrl-C would between any two of them."""

    def __init__(self, *modules: str) -> None:
        self.modules = modules
        self.lines = 0
        self.at: int | None = None
        self.where = ""

    def __enter__(self) -> Self:
        self.lines = 0
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _call(self, frame: FrameType, event: str, arg: object) -> Any:
        # `_watch` runs inside llama.cpp, where Ctrl-C is caught (see engine.context), but a trace's error is not.
        file, name = frame.f_code.co_filename, frame.f_code.co_name
        inside = file.endswith(self.modules) if self.modules else f"recsh{os.sep}engine{os.sep}" in file
        return self._line if inside and name != "_watch" else None

    def _line(self, frame: FrameType, event: str, arg: object) -> Any:
        if event == "line":
            self.lines += 1
            if self.lines == self.at:
                self.where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                raise KeyboardInterrupt
        return self._line


@pytest.mark.parametrize("times", [40, pytest.param(1000, marks=pytest.mark.soak)])
def test_an_engine_torn_off_at_any_line_answers_the_next_question_as_a_fresh_one(times: int, tmp_path: Path) -> None:
    dice = random.Random(times)
    expected, lengths = [], []
    for task in TASKS:
        fresh = open_engine(MINI, Options(ctx_size=512), tmp_path)
        task(fresh)  # now the files it keeps are there
        fresh.close()
        fresh = open_engine(MINI, Options(ctx_size=512), tmp_path)
        with Striker() as striker:
            expected.append(task(fresh))
        lengths.append(striker.lines)
        fresh.close()
    engine = open_engine(MINI, Options(ctx_size=512), tmp_path)
    struck = set()
    for _ in range(times):
        torn, after = dice.randrange(len(TASKS)), dice.randrange(len(TASKS))
        striker = Striker()
        striker.at = dice.randint(1, lengths[torn])
        try:
            with striker:
                TASKS[torn](engine)
        except KeyboardInterrupt:
            struck.add(striker.where)
        assert TASKS[after](engine) == expected[after], f"after an interrupt at {striker.where}"
    engine.close()
    assert len(struck) > times // 6


def test_an_engine_torn_off_while_it_is_loaded_is_loaded_the_next_time(tmp_path: Path) -> None:
    """Nothing is printed, nothing is dropped: llama.cpp logs while it loads, and Ctrl-C may strike at any of these calls."""
    whole = Striker()
    open_engine(MINI, cache_dir=tmp_path).close()
    with whole:
        open_engine(MINI, cache_dir=tmp_path).close()
    for at in random.Random(3).sample(range(1, whole.lines + 1), min(20, whole.lines)):
        striker = Striker()
        striker.at = at
        with pytest.raises(KeyboardInterrupt), striker:
            open_engine(MINI, cache_dir=tmp_path).close()
    engine = open_engine(MINI, cache_dir=tmp_path)
    assert TASKS[0](engine)
    engine.close()


# --- interrupted answers -------------------------------------------------------------------------------------------------

QUESTIONS = ("sad piano", "thrash metal", "songs like Metallica", "happy disco from the 70s", "想听安静的钢琴")


def shown(answer: Answer) -> object:
    return [(r.item.id, r.score, r.reason) for r in answer.results], [w.message for w in answer.warnings], answer.engine and answer.engine["mode"]


@pytest.fixture
def asked(music: Catalog, semantic: Semantic) -> Iterator[Recommender]:
    recommender = session.recommender(music, {"model": "embedded"}, semantic)
    yield recommender
    recommender.engine.close()  # type: ignore[union-attr]
    recommender.memory.log.close()  # type: ignore[union-attr]


@posix
@pytest.mark.parametrize("times", [8, pytest.param(1000, marks=pytest.mark.soak)])
def test_an_answer_torn_off_at_any_moment_leaves_the_next_one_as_it_would_be(times: int, asked: Recommender) -> None:
    """Ctrl-C by a timer: in SQLite, in numpy, in a batch that llama.cpp is at. Judged and written; the log stays whole."""
    hows = [How(limit=2, shortlist=6, taste=False), How(limit=2, shortlist=6, taste=False, mode=Mode.WRITE, max_tokens=12)]
    expected = {(q, i): shown(asked.ask(q, how)) for q in QUESTIONS for i, how in enumerate(hows)}
    begun = time.perf_counter()
    assert shown(asked.ask(QUESTIONS[0], hows[0])) == expected[QUESTIONS[0], 0], "the same again, when nobody interrupts"
    span = 2 * (time.perf_counter() - begun)
    dice, struck = random.Random(5), 0

    def strike(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, strike)
    try:
        for _ in range(times):
            question, how = dice.choice(QUESTIONS), dice.randrange(2)
            try:
                signal.setitimer(signal.ITIMER_REAL, max(1e-4, dice.random() * span))
                asked.ask(question, hows[how])
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                struck += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            question, how = dice.choice(QUESTIONS), dice.randrange(2)
            assert shown(asked.ask(question, hows[how])) == expected[question, how]
    finally:
        signal.signal(signal.SIGALRM, before)
    assert struck > 0
    assert asked.memory is not None
    with sqlite3.connect(f"file:{asked.memory.log.path}?mode=ro", uri=True) as log:
        assert log.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    log.close()


@pytest.mark.parametrize("times", [30, pytest.param(1000, marks=pytest.mark.soak)])
def test_a_log_torn_off_at_any_line_takes_the_next_verdict(times: int, music: Catalog, tmp_path: Path) -> None:
    """Between any two lines of the modules that write it, inside a transaction or not. What was acknowledged is there, once."""
    log = Log(tmp_path / "log.sqlite")
    memory = Memory(music, log, lambda: None)
    items = music.index.items(range(200))
    dice, written = random.Random(times), 0
    with Striker("logfile.py", "logrows.py", "feedback.py", "folder.py") as whole:
        memory.judge(items[0], Verdict.LIKE)
    written += 1
    for n in range(times):
        striker = Striker("logfile.py", "logrows.py", "feedback.py", "folder.py")
        striker.at = dice.randint(1, whole.lines)
        try:
            with striker:
                memory.judge(items[n % 200], Verdict.LIKE)
            written += 1
        except KeyboardInterrupt:
            pass
        kept = len(log.events())
        assert written <= kept <= written + 1, f"after an interrupt at {striker.where}"
        written = kept  # one that was torn off may have been written
        memory.judge(items[n % 200], Verdict.DISLIKE)
        written += 1
        assert len(log.events()) == written
    log.close()


# --- replies -------------------------------------------------------------------------------------------------------------

HARD = ("(", "[", "{", "{[", '"', '{"a":', "*", "**", " - ", " by A", "《", "<think>", "</think>", "a, ", "1. ", "1. a\n", "- ", "\n", " ", "_a", ": ", "(1999", "一、", "User:\n", "<|im_end|>", "'", "#", "\\", '"\\', "A (", "A: b ", "｜", "\n–", "》\n", " and a", "、和", '{"title": "', "“a")


@pytest.mark.soak
@pytest.mark.parametrize("piece", HARD)
def test_reading_a_reply_takes_time_in_proportion_to_its_length(piece: str) -> None:
    """Four times as long, at most eight times the time: a quadratic expression would take sixteen."""

    def seconds(size: int) -> float:
        text = "1. A " + piece * (size // len(piece)) + "b"
        best = float("inf")
        for _ in range(3):
            begun = time.process_time()
            parse(text)
            best = min(best, time.process_time() - begun)
        return best

    assert seconds(160_000) <= 8 * seconds(40_000) + 0.02


@pytest.mark.soak
def test_replies_of_real_models_are_read() -> None:
    """`RECSH_REPLIES` names a JSON Lines file with a field `output` or `text`, or a folder of such; every reply, and every reply cut anywhere."""
    if "RECSH_REPLIES" not in os.environ:
        pytest.skip("RECSH_REPLIES names no replies")
    place, dice, read = Path(os.environ["RECSH_REPLIES"]), random.Random(1), 0
    for file in sorted(place.glob("*.jsonl")) if place.is_dir() else [place]:
        for line in filter(None, file.read_text(encoding="utf-8").split("\n")):
            reply = next((v for v in texts_of(json.loads(line)) if len(v) > 20), "")
            for text in (reply, reply[: dice.randrange(len(reply) + 1)], reply[dice.randrange(len(reply) + 1) :], "".join(dice.sample(reply, len(reply))), reply * 20):
                found = parse(text)
                read += 1
                assert len(found) <= MAX_ITEMS and all(0 < len(s.title) <= 160 and len(s.reason) <= 2000 for s in found)
    assert read > 1000


def texts_of(value: object) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_of(inner)


# --- weights -------------------------------------------------------------------------------------------------------------


@pytest.mark.soak
def test_a_thousand_openings_of_damaged_and_whole_weights_leave_no_file_open(tmp_path: Path) -> None:
    (tmp_path / "cut.gguf").write_bytes(MINI.read_bytes()[:500_000])
    for n in range(1000):
        if n % 10:
            with pytest.raises(WeightsError):
                open_engine(tmp_path / "cut.gguf", cache_dir=tmp_path)
        else:
            open_engine(MINI, cache_dir=tmp_path).close()
        if n == 20:
            before = endurance.handles()
    assert endurance.handles() == before
