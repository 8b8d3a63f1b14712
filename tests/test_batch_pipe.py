"""`ask` and `batch` as processes: an answer before the next question is there, a time limit, a trace of where the time went."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import recsh

RECSH = [sys.executable, "-m", "recsh"]


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(recsh.__file__).parents[1]), "RECSH_HOME": str(home), "PYTHONUNBUFFERED": ""}


@pytest.mark.skipif(sys.platform == "win32", reason="pipes cannot be polled there")
def test_whoever_waits_for_an_answer_before_the_next_question_gets_it(music, environment: dict[str, str]) -> None:
    child = subprocess.Popen([*RECSH, "batch", "-c", "music", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, bufsize=1)
    assert child.stdin and child.stdout
    for number, text in enumerate(("jazz", '{"query": "sad piano", "id": "x", "limit": 2}', "party"), 1):
        child.stdin.write(text + "\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline())
        assert answer["id"] == ("x" if number == 2 else number) and answer["results"] and answer["engine"]
    child.stdin.write("last one without a line break")
    child.stdin.close()
    assert json.loads(child.stdout.readline())["query"] == "last one without a line break" and not child.stdout.read()
    child.stdout.close()
    assert child.wait() == 0


def test_a_file_and_a_pipe_are_answered_alike(music, environment: dict[str, str], tmp_path: Path) -> None:
    lines = "jazz\n\nsad piano\r\n{broken\nparty\nrock\n"
    (tmp_path / "q.txt").write_text(lines, encoding="utf-8")
    by_file = subprocess.run([*RECSH, "batch", str(tmp_path / "q.txt"), "-c", "music"], env=environment, capture_output=True, text=True)
    by_pipe = subprocess.run([*RECSH, "batch", "-c", "music"], env=environment, capture_output=True, text=True, input=lines)
    assert by_file.returncode == by_pipe.returncode == 1
    told = [[{k: v for k, v in json.loads(line).items() if k not in ("answer_id", "created_at", "timing_ms", "usage")} for line in ran.stdout.splitlines()] for ran in (by_file, by_pipe)]
    assert told[0] == told[1] and [t["id"] for t in told[0]] == [1, 3, 4, 5, 6] and "error" in told[0][2]


def test_what_is_not_ready_in_time_is_left_out_with_a_warning(music, environment: dict[str, str]) -> None:
    ran = subprocess.run([*RECSH, "ask", "jazz", "-c", "music", "--json", "--timeout", "0.0001", "--no-log"], env=environment, capture_output=True, text=True)
    answer = json.loads(ran.stdout)
    assert ran.returncode == 0 and len(answer["results"]) == 5 and answer["engine"] is None
    assert [w["code"] for w in answer["warnings"]] == ["timeout"] and "0.0001 s were over" in ran.stderr


@pytest.mark.parametrize("value", ["0", "-1", "nan", "soon"])
def test_a_time_limit_that_is_none_is_refused(environment: dict[str, str], value: str) -> None:
    ran = subprocess.run([*RECSH, "ask", "jazz", "--engine", "none", f"--timeout={value}"], env=environment, capture_output=True, text=True)
    assert ran.returncode == 2 and ran.stderr.startswith("recsh: error: --timeout")


def test_the_trace_is_a_file_that_viewers_read(music, environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    ran = subprocess.run([*RECSH, "ask", "jazz", "-c", "music", "--no-log", "--profile", str(file)], env=environment, capture_output=True, text=True)
    names = [e["name"] for e in json.loads(file.read_text())["traceEvents"]]
    assert ran.returncode == 0 and {"start", "open", "understand", "retrieve", "reread", "load", "prompt", "reason", "explain", "render"} <= {*names}
    ran = subprocess.run([*RECSH, "batch", "-", "-c", "music", "--profile", str(file)], env=environment, capture_output=True, text=True, input="jazz\nrock\n")
    assert ran.returncode == 0 and [e["name"] for e in json.loads(file.read_text())["traceEvents"]].count("reread") == 2
    ran = subprocess.run([*RECSH, "ask", "jazz", "--profile", str(tmp_path / "no" / "trace.json")], env=environment, capture_output=True, text=True)
    assert ran.returncode == 1 and "recsh: error" in ran.stderr


def test_several_processes_give_the_answers_of_one(music, environment: dict[str, str], tmp_path: Path) -> None:
    """In order, with the ids of their lines, and what fails fails alone."""
    asked = ["jazz", '{"query": "sad piano", "id": "mine"}', "{broken", '{"query": "party", "limit": 2}', "", "rock like Nirvana", '{"id": 7}', "悲伤的歌", "calm"]
    (tmp_path / "q.txt").write_text("\n".join(asked) + "\n", encoding="utf-8")
    told = []
    for jobs in ("1", "3"):
        ran = subprocess.run([*RECSH, "batch", str(tmp_path / "q.txt"), "-c", "music", "-n", "3", "--no-taste", "--where", "year:1960..2020", "--jobs", jobs], env=environment, capture_output=True, text=True)
        assert ran.returncode == 1 and "2 of 8 questions failed" in ran.stderr
        told.append([{k: v for k, v in json.loads(line).items() if k not in ("answer_id", "created_at", "timing_ms", "usage")} for line in ran.stdout.splitlines()])
    assert told[0] == told[1] and [t["id"] for t in told[1]] == [1, "mine", 3, 4, 6, 7, 8, 9] and len(told[1][3]["results"]) == 2


def test_a_long_file_is_answered_by_as_many_processes_as_there_are_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from recsh.cli import batch, workers
    from recsh.engine import cores
    from recsh.recommend import Options

    long, short = tmp_path / "long.txt", tmp_path / "short.txt"
    long.write_text("jazz\n" * workers.LINES)
    short.write_text("jazz\n" * (workers.LINES - 1))
    monkeypatch.setattr(cores, "physical_cores", lambda: 5)
    plain, settings = Options(log=False), {"model": "embedded", "lora": None, "threads": 0}
    assert batch._jobs(None, long, plain, settings, None) == 5
    for given, file, options, more, expected in (
        (None, short, plain, {}, 1), (None, None, plain, {}, 1), (None, Path("-"), plain, {}, 1), (None, long, Options(log=True), {}, 1), (3, None, plain, {}, 3), (1, long, plain, {}, 1),
        (None, long, plain, {"model": "none"}, 5), (None, long, plain, {"model": "server"}, 1), (None, long, plain, {"lora": "x"}, 1),
    ):  # fmt: skip
        assert batch._jobs(given, file, options, settings | more, None) == expected
    for wrong, options in ((0, plain), (1000, plain), (2, Options(log=True))):
        with pytest.raises(recsh.UsageError, match="--jobs"):
            batch._jobs(wrong, long, options, settings, None)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal to a child")
def test_a_process_that_dies_is_replaced_and_one_that_cannot_live_is_an_error(music, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from recsh.cli.workers import Workers

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    workers = Workers(["--catalog=music", "--engine=none"], 2, 1)
    assert workers.answer(5, "jazz")[0]["id"] == 5 and workers.answer(6, '{"query": 3}')[1] is False
    (child,) = workers._all
    child.kill()
    child.wait()
    assert workers.answer(7, "jazz")[0]["id"] == 7, "by another one"
    (child,) = workers._all
    child.kill()
    workers._command = [sys.executable, "-c", "raise SystemExit(9)"]
    with pytest.raises(recsh.EngineError, match="ended with code 9"):
        workers.answer(8, "jazz")
    assert not workers._all
    workers.close()
    workers.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a signal to a child")
def test_a_killed_process_costs_no_line_of_a_batch(music, environment: dict[str, str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """On the real command line, whose SIGPIPE ends other programs: all lines are answered, in order."""
    file = tmp_path / "lines.txt"
    file.write_text("".join(f"jazz {n}\n" for n in range(40)), encoding="utf-8")
    command = [sys.executable, "-m", "recsh", "batch", str(file), "-c", "music", "--engine", "none", "--jobs", "2"]
    batch = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert batch.stdout and batch.stderr
    lines = [batch.stdout.readline()]
    for children in Path("/proc").glob(f"{batch.pid}/task/*/children"):
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)
    lines += batch.stdout.readlines()
    told = batch.stderr.read()
    assert batch.wait() == 0, told
    assert [json.loads(line)["query"] for line in lines] == [f"jazz {n}" for n in range(40)]
    batch.stdout.close()
    batch.stderr.close()
