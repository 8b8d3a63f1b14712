"""The crash guard: weights are tried in a child first, and whatever becomes of the child, the user gets an answer or a cause."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest

from recsh.engine import probe as guard
from recsh.engine.probe import Verdict, fingerprint, probe, try_out
from recsh.errors import WeightsError
from recsh.weights import bundled

CASE = [[["<|im_start|>", True], ["", False]], ""]
SAID = {"layouts": {case: CASE for case in ("plain", "plain thinking", "system", "system thinking")}, "markers": ["[INST]"]}  # what a child prints that did well
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and shell scripts")


def write_gguf(path: Path, architecture: str, tensors: dict[str, tuple[int, ...]], **values: str) -> Path:
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in values.items():
        writer.add_string(key.replace("__", "."), value)
    for name, shape in tensors.items():
        writer.add_tensor(name, np.ones(shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def interpreter(path: Path, body: str) -> str:
    """A stand-in for Python that does what `body` says; its arguments end in --extra-bufts N --gpu-layers M."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_the_embedded_weights_run_here_and_the_verdict_is_kept(tmp_path: Path):
    verdict = probe(bundled("recsh-mini.gguf"), tmp_path)
    (kept,) = (tmp_path / "probes").iterdir()
    assert json.loads(kept.read_text()) == {"extra_bufts": verdict.extra_bufts, "layouts": dict(verdict.layouts), "markers": []}


def test_a_kept_verdict_is_believed_without_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    path = bundled("recsh-mini.gguf")
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / f"{fingerprint(path)}-0.json").write_text(json.dumps({"extra_bufts": True, **SAID}))
    assert probe(path, tmp_path) == Verdict(True, SAID["layouts"], ("[INST]",))


@pytest.mark.parametrize("content", ["", "[]", "{}", "\0"])
def test_a_damaged_verdict_is_made_again(tmp_path: Path, content: str):
    path = bundled("recsh-mini.gguf")
    (tmp_path / "probes").mkdir()
    kept = tmp_path / "probes" / f"{fingerprint(path)}-0.json"
    kept.write_text(content)
    assert guard._read(kept) is None


def test_a_changed_file_has_another_fingerprint(tmp_path: Path):
    path = tmp_path / "w.gguf"
    path.write_bytes(b"GGUF" + b"x" * 100)
    before = fingerprint(path)
    os.utime(path, ns=(1, 1))
    assert fingerprint(path) != before


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path):
    (tmp_path / "file").write_text("")
    assert isinstance(probe(bundled("recsh-mini.gguf"), tmp_path / "file"), Verdict)


# --- children that die ---------------------------------------------------------------------------------------------------


@posix
def test_when_the_fast_setting_crashes_the_safe_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    body = f"case \"$*\" in *\"--extra-bufts 1\"*) kill -SEGV $$;; esac\ncat <<'.'\n{json.dumps(SAID)}\n."
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path / "python", body))
    monkeypatch.setattr(guard, "cpu_flags", lambda: "flags: amx_int8")
    assert probe(bundled("recsh-mini.gguf"), tmp_path) == Verdict(False, SAID["layouts"], ("[INST]",))


@posix
def test_when_both_settings_crash_the_cause_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path / "python", "kill -SEGV $$"))
    with pytest.raises(WeightsError, match="cannot be run: the process that tried it was killed by SIGSEGV"):
        probe(bundled("recsh-mini.gguf"), tmp_path)
    assert not list(tmp_path.glob("probes/*"))


@posix
def test_a_child_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path / "python", "exec sleep 60"))
    assert "did not finish" in str(try_out(bundled("recsh-mini.gguf"), False, 0, 0.2))


@posix
def test_a_setting_that_does_not_end_is_not_followed_by_another_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path / "python", f"echo . >> {tmp_path}/tries; exec sleep 60"))
    monkeypatch.setattr(guard, "PATIENCE", 0.5)
    monkeypatch.setattr(guard, "cpu_flags", lambda: "flags: amx_int8")
    with pytest.raises(WeightsError, match="did not finish"):
        probe(bundled("recsh-mini.gguf"), tmp_path)
    assert (tmp_path / "tries").read_text() == ".\n"


@posix
def test_a_child_that_ends_oddly_or_cannot_start_is_a_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path / "python", "exit 9"))
    assert "ended with code 9" in str(try_out("x", False, 0, 5))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    assert "could be started" in str(try_out("x", False, 0, 5))
    for said in ("", "[]", '{"layouts": 3}', "x" * 100_000):  # ends well and says nothing, or nonsense
        (tmp_path / "said").write_text(said)
        monkeypatch.setattr(sys, "executable", interpreter(tmp_path / "python", f"cat {tmp_path}/said"))
        assert "ended with code 0" in str(try_out("x", False, 0, 5))


# --- files that do not run -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("architecture", "tensors", "values", "cause"),
    [
        ("llama", {}, {}, "a vocabulary but no weights"),
        ("llama", {"a": (4, 4)}, {"general__type": "adapter"}, "LoRA adapter"),
        ("bert", {"a": (4, 4)}, {}, "sentence vectors"),
        ("clip", {"a": (4, 4)}, {}, "picture part"),
    ],
)
def test_files_of_another_kind_are_refused_without_a_child(tmp_path: Path, monkeypatch, architecture, tensors, values, cause):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(WeightsError, match=cause):
        probe(write_gguf(tmp_path / "w.gguf", architecture, tensors, **values), tmp_path)


@pytest.mark.parametrize(("architecture", "cause"), [("neverheardof", "unknown model architecture"), ("llama", "key not found")])
def test_what_llama_cpp_refuses_is_refused_in_its_words(tmp_path: Path, architecture: str, cause: str):
    path = write_gguf(tmp_path / "w.gguf", architecture, {"a": (4, 4)})
    with pytest.raises(WeightsError, match=f"cannot be run: .*{cause}"):
        probe(path, tmp_path)


@posix
def test_the_child_prints_nothing_else_and_leaves_no_core_file(tmp_path: Path):
    path = write_gguf(tmp_path / "w.gguf", "neverheardof", {"a": (4, 4)})
    root = str(Path(guard.__file__).parents[2])
    command = [sys.executable, "-m", "recsh.engine.probe", str(path), "--extra-bufts", "0"]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": root})
    assert done.returncode == 3 and done.stderr == b"" and set(json.loads(done.stdout)) == {"cause"}
    assert [p.name for p in tmp_path.iterdir()] == ["w.gguf"]
