"""Weights as an attacker, a full disk or a bad cable would leave them: an error with its cause, or an answer; never a crash, a hang, or all memory.

Each attack runs whole, on real files and through the real llama.cpp. The long ones have the mark `soak`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest

import recsh
from recsh.catalog import Catalog
from recsh.engine import JudgePrompt, Options, WritePrompt, open_engine
from recsh.engine import llama
from recsh.engine import probe as guard
from recsh.engine.llama import Model
from recsh.engine.probe import Verdict, patience, probe, try_out
from recsh.errors import EngineError, WeightsError
from recsh.header import Header, opened
from recsh.weights import bundled, describe
from tests import mutants, tiny

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals, pipes and limits")
MEGABYTES = 400  # that a process may have had at once which read all of the damaged files; with whole ones it takes 150
ROWS = JudgePrompt("Request: sad\n", ("Item: One", "Item: Two"), "\nFits:")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A copy of the embedded weights that may be spoilt."""
    return Path(shutil.copy(bundled("recsh-mini.gguf"), tmp_path / "w.gguf"))


# --- what is no file -----------------------------------------------------------------------------------------------------


@pytest.fixture
def oddities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Path]]:
    """Things with a name that are no weights."""
    found = {"empty": tmp_path / "empty", "folder": tmp_path / "folder", "loop": tmp_path / "loop", "dangling": tmp_path / "dangling", "zeros": Path("/dev/zero"), "null": Path("/dev/null")}
    found["empty"].touch()
    found["folder"].mkdir()
    found["loop"].symlink_to(found["loop"])
    found["dangling"].symlink_to(tmp_path / "nowhere")
    if sys.platform != "win32":
        os.mkfifo(found.setdefault("pipe", tmp_path / "pipe"))
    server = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(tmp_path)  # a socket's path may have a hundred characters
    server.bind("socket")
    found["socket"] = tmp_path / "socket"
    yield found
    server.close()


@posix
@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("empty", "is empty"), ("folder", "is a folder"), ("loop", "cannot be read: Too many levels"), ("dangling", "no such file"), ("zeros", "not a regular file"),
        ("null", "not a regular file"), ("pipe", "not a regular file"), ("socket", "not a regular file"),
    ],
)  # fmt: skip
def test_what_is_no_file_is_an_error_and_not_a_wait(oddities: dict[str, Path], name: str, cause: str) -> None:
    """As weights, as an adapter, and in the fingerprint, which opens the file by itself."""
    for attempt in (lambda path: open_engine(path), lambda path: open_engine(bundled("recsh-mini.gguf"), Options(lora=str(path))), lambda path: guard.fingerprint(path)):
        with pytest.raises(WeightsError, match=cause) as caught:
            attempt(oddities[name])
        assert str(oddities[name]) in caught.value.message


@posix
def test_a_file_that_may_not_be_read_is_an_error(weights: Path) -> None:
    weights.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        with pytest.raises(WeightsError, match="cannot be read|Permission"):
            describe(weights)
    finally:
        if root:
            os.seteuid(0)


def test_a_name_with_a_nul_is_an_error() -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        describe("a\0b.gguf")


# --- files that change under the reader ----------------------------------------------------------------------------------


def test_a_file_that_shrinks_while_its_header_is_read_is_damaged_and_kills_nobody(weights: Path) -> None:
    """Mapped, it would end the process with SIGBUS."""
    size = weights.stat().st_size
    with opened(weights) as file:
        os.truncate(weights, 100)
        with pytest.raises(WeightsError, match="ends early"):
            Header(weights, file, size)


def test_weights_that_are_cut_while_they_run_go_on_running(weights: Path, tmp_path: Path) -> None:
    """`cp new.gguf old.gguf` empties the file first; whoever chats on it must not die."""
    engine = open_engine(weights, cache_dir=tmp_path)
    before = engine.judge(ROWS)
    os.truncate(weights, 0)
    again = engine.judge(JudgePrompt("Request: something else\n", ROWS.rows, ROWS.suffix))
    assert len(again) == 2 and engine.judge(ROWS) == before
    engine.close()


def test_mapped_weights_that_are_cut_are_refused_before_the_next_token(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large files are mapped; the question after the cut gets an error, and the process lives."""
    monkeypatch.setattr(llama, "READ", 0)
    engine = open_engine(weights, cache_dir=tmp_path)
    assert len(engine.judge(ROWS)) == 2
    os.truncate(weights, 4096)
    for attempt in (lambda: engine.judge(ROWS), lambda: list(engine.reasons(ROWS, [0])), lambda: list(engine.write(WritePrompt("", "x", None, 1), max_tokens=3))):
        with pytest.raises(EngineError, match="has become shorter"):
            attempt()
    engine.close()


# --- files that lie ------------------------------------------------------------------------------------------------------


def used(folder: Path) -> dict[str, str]:
    """What came of each file of a folder, used in processes that must survive them all; how one died is what came of the file at hand."""
    said: dict[str, str] = {}
    while left := sorted(p for p in folder.glob("*.gguf") if p.name not in said):
        environment = {**os.environ, "PYTHONPATH": str(Path(recsh.__file__).parents[1])}
        done = subprocess.run([sys.executable, mutants.__file__, str(folder)], capture_output=True, env=environment, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        ends = [line for line in lines if "ends" in line]
        said |= {line["ends"]: line["said"] for line in ends}
        assert max((line["megabytes"] for line in ends), default=0) < MEGABYTES
        if done.returncode:
            at = next((line["begins"] for line in reversed(lines) if "begins" in line), left[0].name)
            said[at] = f"DIED with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}"
        for name in said:
            (folder / name).unlink(missing_ok=True)
    return said


def survives(folder: Path, whole: bytes, count: int, seed: int) -> dict[str, str]:
    """{what was done: what came of it} of mutated weights, none of which took the process along."""
    folder.mkdir()
    names = {}
    for n, (what, data) in enumerate(mutants.mutants(whole, count, seed)):
        (folder / f"{n:04}.gguf").write_bytes(data)
        names[f"{n:04}.gguf"] = what
    said = {names[name]: text for name, text in used(folder).items()}
    assert {what: text for what, text in said.items() if text.startswith("DIED")} == {}
    assert len(said) == count
    return said


@posix
def test_damaged_weights_are_refused_or_run_and_the_process_lives_on(tmp_path: Path) -> None:
    """One of each kind of damage, in small weights; two hundred in the embedded ones run with the mark `soak`."""
    whole = tiny.write_weights(tmp_path / "whole.gguf").read_bytes()
    assert used_once(tmp_path / "whole", whole) == "ran"
    said = survives(tmp_path / "damaged", whole, 13, seed=3)
    assert sum(text != "ran" for text in said.values()) >= 6


def used_once(folder: Path, whole: bytes) -> str:
    folder.mkdir()
    (folder / "0.gguf").write_bytes(whole)
    return used(folder)["0.gguf"]


@posix
@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_two_hundred_damaged_weights(tmp_path: Path, seed: int) -> None:
    said = survives(tmp_path / "damaged", bundled("recsh-mini.gguf").read_bytes(), 200, seed)
    assert sum(text != "ran" for text in said.values()) > 100


@posix
def test_a_header_that_announces_terabytes_is_read_in_bounds(tmp_path: Path) -> None:
    """A sparse file of a terabyte whose keys, texts, arrays and tensors are all as large as they may claim: refused, in little memory."""
    import struct

    def text(size: int) -> bytes:
        return struct.pack("<Q", size)

    def file(name: str, tensors: int, keys: int, body: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, tensors, keys) + body)
        os.truncate(path, 1 << 40)
        return path

    key = text(1) + b"k"
    files = [
        file("texts", 0, 9999, (key + struct.pack("<I", 8) + text(15 << 20))), file("arrays", 0, 9999, key + struct.pack("<IIQ", 9, 8, 2_000_000)),
        file("tensors", 99_999, 0, text(1) + b"t" + struct.pack("<IQIQ", 1, 32, 0, 0)), file("giant", 0, 1, key + struct.pack("<I", 8) + text(4 << 30)),
    ]  # fmt: skip
    code = "import sys\nsys.path.append(sys.argv.pop(1))\nfrom mutants import peak\nfrom recsh.weights import describe\nfrom recsh.errors import WeightsError\nfor p in sys.argv[1:]:\n try: print(describe(p))\n except WeightsError as e: print(e.message)\nprint(peak())"
    done = subprocess.run([sys.executable, "-c", code, str(Path(mutants.__file__).parent), *map(str, files)], capture_output=True, text=True, timeout=120, check=True, env={**os.environ, "PYTHONPATH": str(Path(recsh.__file__).parents[1])})
    *causes, megabytes = done.stdout.splitlines()
    assert len(causes) == 4 and all("damaged or truncated" in c or "does not say its architecture" in c for c in causes)
    assert int(megabytes) < 300


def test_the_names_in_a_file_are_short_and_clean(tmp_path: Path) -> None:
    path = tiny.write_weights(tmp_path / "n.gguf", general__name="A\x1b[2J\u202e" + "b" * 9999, general__license="x\n" * 9999)
    described = describe(path)
    assert len(described.name) <= 200 and "\x1b" not in described.name and "\u202e" not in described.name and "\n" not in described.licence


# --- the child -----------------------------------------------------------------------------------------------------------


@posix
def test_a_vocabulary_that_cannot_spell_kills_the_child_and_not_the_person(tmp_path: Path, music: Catalog) -> None:
    """SentencePiece weights without byte tokens load and run; the first accented letter throws in C++, which nothing catches."""
    path = tiny.write_weights(tmp_path / "spell.gguf", spelt=False)
    with pytest.raises(WeightsError, match="killed by SIGABRT"):
        probe(path, tmp_path)
    answer = recsh.recommender(music, {"model": str(path)}, memory=False).ask("悲しい piano", limit=2)
    assert len(answer) == 2 and answer.engine is None and "without the model" in answer.warnings[0].message


@posix
@pytest.mark.parametrize(
    ("template", "cause"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{{ messages[0]['content'] }}", "does not come to an end"),
        ("{{ 'a' * 99999999999 }}{{ messages[0]['content'] }}", "more memory"),
    ],
)
def test_a_chat_template_without_end_is_a_cause(tmp_path: Path, template: str, cause: str) -> None:
    path = tiny.write_weights(tmp_path / "t.gguf", template=template)
    with pytest.raises(WeightsError, match=cause):
        probe(path, None)


@posix
@pytest.mark.parametrize("template", ["{{ 'a' * 999999 }}{{ messages[0]['content'] }}", "{{ messages[0]", "{{ ''.__class__.__mro__ }}{{ messages[0]['content'] }}", "\0\xff", "{{ messages[0]['content'] }}" * 2])
def test_a_chat_template_that_makes_no_sense_is_left_aside(tmp_path: Path, template: str) -> None:
    """Too long, broken, reaching for Python's insides, saying all twice: plain text serves."""
    found = try_out(tiny.write_weights(tmp_path / "t.gguf", template=template), False, 0, 60)
    assert isinstance(found, Verdict) and found.layouts["plain"] == [[["", True], ["", False]], "\n"]


@posix
def test_the_template_of_a_file_is_rendered_in_the_child_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it renders is the same as here, and the engine never runs it."""
    from recsh.engine import template

    path = tiny.write_weights(tmp_path / "t.gguf", template="{% for m in messages %}[INST]{{ m['role'] }}: {{ m['content'] }}[/INST]{% endfor %}", extra=[("[INST]", tiny.CONTROL), ("[/INST]", tiny.CONTROL)])
    here = Model(path)
    expected = template.layouts(here)
    here.close()
    engine = open_engine(path, Options(ctx_size=256), tmp_path)
    assert engine._model.layouts == expected == dict(probe(path, tmp_path).layouts)

    def never(*_: object) -> None:
        raise AssertionError("rendered in the person's process")

    monkeypatch.setattr(template, "_render", never)
    asked = JudgePrompt("a", ("b",), "", system="Be brief \0.")
    told = template.layout(engine._model, asked.system)
    assert told.opening == (("[INST]system: ", True), ("Be brief \0.", False), ("[/INST][INST]user: ", True)) and told.closing == "[/INST]"
    engine.close()


@posix
def test_a_damaged_record_of_a_trial_is_made_again(tmp_path: Path) -> None:
    path = tiny.write_weights(tmp_path / "w.gguf")
    first = probe(path, tmp_path)
    (kept,) = (tmp_path / "probes").iterdir()
    whole = json.loads(kept.read_text())
    for spoilt in ("", "[]", "{}", "\0", "[" * 100_000, json.dumps({**whole, "layouts": {"plain": [[["x", 1]], 7]}}), json.dumps({**whole, "markers": 3}), json.dumps({**whole, "layouts": []})):
        kept.write_text(spoilt)
        assert guard._read(kept) is None
    assert probe(path, tmp_path) == first and json.loads(kept.read_text()) == whole
    assert kept.stat().st_mode & 0o077 == 0


@posix
def test_a_child_gets_no_more_memory_than_was_granted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its limit is inherited by everything native in it."""
    code = "import numpy; from recsh.engine import probe; probe.MEMORY = 300 << 20; probe._confine(60, [])\ntry: numpy.ones(200_000_000)\nexcept MemoryError: print('refused')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(Path(recsh.__file__).parents[1]), "OPENBLAS_NUM_THREADS": "1"}, check=False)
    assert done.stdout == "refused\n", done.stderr


def test_a_larger_file_may_take_longer(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.truncate(tmp_path / "a", 5_000_000_000)
    assert patience(tmp_path / "a") == 160 and patience(tmp_path / "a", tmp_path / "a") == 260


def test_weights_whose_numbers_are_none_are_refused_when_they_show(tmp_path: Path, music: Catalog) -> None:
    """Damage in the row of one letter shows only when that letter is read: later than the trial."""
    path = tiny.write_weights(tmp_path / "w.gguf", "gpt2")
    data, table = bytearray(path.read_bytes()), next(t for t in gguf.GGUFReader(path).tensors if t.name == "token_embd.weight")
    words = int(table.shape[1])
    letter = 1 + "é".encode()[0]  # the token of the first byte
    assert letter not in {(7 * i + 11) % words for i in range(guard.PROMPT_TOKENS)}
    at = int(table.data_offset) + 4 * tiny.WIDTH * letter
    data[at : at + 4 * tiny.WIDTH] = np.full(tiny.WIDTH, np.nan, np.float32).tobytes()
    path.write_bytes(data)
    engine = open_engine(path, Options(ctx_size=256), tmp_path)
    assert len(engine.judge(ROWS)) == 2
    with pytest.raises(EngineError, match="not numbers"):
        engine.judge(JudgePrompt("Request: café\n", ROWS.rows, ROWS.suffix))
    for temperature in (0.0, 1.0):
        with pytest.raises(EngineError, match="not numbers"):
            list(engine.write(WritePrompt("", "café", None, 1), max_tokens=5, temperature=temperature))
    assert len(engine.judge(ROWS)) == 2, "and it goes on"
    engine.close()


def test_a_kept_state_that_was_damaged_is_not_read(tmp_path: Path) -> None:
    """llama.cpp ends the process for one: an abort that nothing catches."""
    path = tiny.write_weights(tmp_path / "w.gguf", template="{% for m in messages %}{{ m['content'] }}{% endfor %}")
    asked = JudgePrompt("Request: sad\n", ("Item: One",), "", system="A long text that never changes. " * 4, yes=("yes", " yes"), no=("no", " no"))

    def answered() -> tuple[list[float], int]:
        engine = open_engine(path, Options(ctx_size=512), tmp_path)
        odds, kept = engine.judge(asked), engine.usage.cached_tokens
        engine.close()
        return odds, kept

    first, _ = answered()
    assert answered()[0] == first and answered()[1] > 30
    for spoil in (lambda data: data[: len(data) // 2], lambda data: data[:16] + b"\xff" * 8 + data[24:], lambda data: b"", lambda data: data[:-1] + bytes([data[-1] ^ 1])):
        (state,) = (tmp_path / "states").glob("*.state")
        state.write_bytes(spoil(state.read_bytes()))
        assert answered() == (first, 0), "made again"
        assert answered()[1] > 30 and len(list((tmp_path / "states").iterdir())) == 1


# --- adapters ------------------------------------------------------------------------------------------------------------


def adapter(path: Path, *, value: float = 0.01, width: int = 256, name: str = "blk.0.attn_q.weight") -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 4.0)
    writer.add_tensor(f"{name}.lora_a", np.full((4, width), value, np.float32))
    writer.add_tensor(f"{name}.lora_b", np.full((256, 4), value, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the embedded weights have been tried."""
    cache = tmp_path_factory.mktemp("tried")
    probe(bundled("recsh-mini.gguf"), cache)
    return cache


@posix
def test_an_adapter_is_tried_in_the_child_too(tmp_path: Path, tried: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded, good = bundled("recsh-mini.gguf"), adapter(tmp_path / "good.gguf")
    before = len(list((tried / "probes").iterdir()))
    assert probe(embedded, tried, lora=good).layouts
    assert len(list((tried / "probes").iterdir())) == before + 1
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    assert probe(embedded, tried, lora=good).layouts, "kept"
    with pytest.raises(WeightsError, match="could be started"):
        probe(embedded, tried, lora=adapter(tmp_path / "other.gguf", value=0.02))


@posix
@pytest.mark.parametrize(
    ("more", "cause"), [({"value": float("nan")}, "not numbers"), ({"value": float("inf")}, "not numbers"), ({"width": 64}, "cannot be used with"), ({"name": "blk.99.attn_q.weight"}, "cannot be used with")]
)
def test_an_adapter_that_does_not_fit_is_named_as_what_is_wrong(tmp_path: Path, tried: Path, more: dict[str, float], cause: str) -> None:
    """Its numbers, its widths, its layers."""
    bad = adapter(tmp_path / "bad.gguf", **more)
    with pytest.raises(WeightsError, match=cause) as caught:
        probe(bundled("recsh-mini.gguf"), tried, lora=bad)
    assert str(bad) in caught.value.message


@posix
def test_an_adapter_that_cannot_be_used_costs_a_warning_and_not_the_answer(tmp_path: Path, music: Catalog) -> None:
    bad = adapter(tmp_path / "bad.gguf", width=64)
    answer = recsh.recommender(music, {"lora": str(bad)}, memory=False).ask("sad piano", limit=1)
    assert len(answer) == 1 and answer.engine is None and str(bad) in answer.warnings[0].message


@posix
def test_an_adapter_that_kills_costs_the_child_only(tmp_path: Path, tried: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that dies on the adapter and not without it: the weights are not blamed."""
    kept = probe(bundled("recsh-mini.gguf"), tried)
    script = tmp_path / "python"
    layouts = json.dumps({"layouts": dict(kept.layouts), "markers": []})
    script.write_text(f"#!/bin/sh\ncase \"$*\" in *--lora*) kill -SEGV $$;; esac\ncat <<'.'\n{layouts}\n.\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    bad = adapter(tmp_path / "bad.gguf")
    with pytest.raises(WeightsError, match=r"bad.gguf cannot be used with .* was killed by SIGSEGV"):
        probe(bundled("recsh-mini.gguf"), tmp_path, lora=bad)
    assert probe(bundled("recsh-mini.gguf"), tmp_path)


@posix
@pytest.mark.soak
def test_sixty_damaged_adapters(tmp_path: Path) -> None:
    whole = adapter(tmp_path / "whole.gguf").read_bytes()
    died = []
    for what, data in mutants.mutants(whole, 60, 5, skip=("array",)):
        (tmp_path / "a.gguf").write_bytes(data)
        try:
            open_engine(bundled("recsh-mini.gguf"), Options(lora=str(tmp_path / "a.gguf")), tmp_path).close()
        except WeightsError as error:
            if "was killed" in error.message:
                died.append(what)
    assert len(died) < 60  # in the child, where it costs nothing; this process lived to count them


# --- what a person sees --------------------------------------------------------------------------------------------------


@posix
def test_damaged_weights_cost_a_warning_and_not_the_answer(weights: Path, music: Catalog) -> None:
    """Whatever is wrong with a file that is there. One that is not there is a slip of the pen, and an error (see test_session)."""
    whole = weights.read_bytes()
    for spoilt in (whole[:5000], whole[:-1], b"", b"hello", whole[:8] + b"\xff" * 16 + whole[24:]):
        weights.write_bytes(spoilt)
        answer = recsh.recommender(music, {"model": str(weights)}, memory=False).ask("sad piano", limit=2)
        assert len(answer) == 2 and answer.engine is None
        assert len(answer.warnings) == 1 and "answered without the model" in answer.warnings[0].message and str(weights) in answer.warnings[0].message


@posix
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # on a busy machine subprocess does not wait for what it killed
def test_a_trial_can_be_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the child runs ends the child as well."""
    import signal

    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\nsleep 1\necho $$ > {tmp_path}/pid\nexec sleep 60\n")  # a second, so that this process is waiting by then
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))

    def strike() -> None:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            pass
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=strike)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        try_out(bundled("recsh-mini.gguf"), False, 0, 60)
    thread.join()
    try:
        _, status = os.waitpid(int((tmp_path / "pid").read_text()), 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
    except ChildProcessError:  # it has been, and was waited for
        pass
