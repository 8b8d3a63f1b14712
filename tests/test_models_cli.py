"""`recsh models` as a person uses it: the list, the short list, pulling from a hub on loopback, using, checking, deleting."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest

import recsh
from recsh import checkup, config, paths, weights
from recsh.checkup import CASES, Judged, Report
from recsh.cli import app
from recsh.curated import CHOICES
from recsh.footprint import free_memory
from tests.command import Ran, Run, invoke
from tests.small_hub import Hub

EMBEDDED = weights.bundled("recsh-mini.gguf")
DATA = EMBEDDED.read_bytes()
REPO = "owner/tiny-GGUF"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*args: str) -> Ran:
        return invoke(app, *args)

    return command


def rows(text: str) -> list[str]:
    return text.splitlines()


@pytest.fixture
def user(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new user: an empty home, no other programs, no login. Compiled samples are the same for all."""
    for name in ("OLLAMA_MODELS", "LLAMA_CACHE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HF_TOKEN", "RECSH_MODEL"):
        monkeypatch.delenv(name, raising=False)
    from recsh import shelf

    monkeypatch.setattr(shelf, "SYSTEM", ())
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "recsh"))
    (home / "cache").mkdir(exist_ok=True)
    (tmp_path / "recsh").mkdir()
    (tmp_path / "recsh" / "cache").symlink_to(home / "cache")
    return tmp_path


@pytest.fixture
def small(user: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.add(REPO, {"tiny-q8_0.gguf": DATA}, license="cc0-1.0")
        yield server


def test_a_new_user_finds_the_embedded_weights_and_a_list_to_choose_from(run: Run, user: Path) -> None:
    head, embedded = rows(run("models", "list").out)
    assert head.split() == ["NAME", "MODEL", "SIZE", "QUANTIZED", "CONTEXT", "TEMPLATE", "MEMORY"] and embedded.startswith("*  embedded  llama 8.5 M  ")
    listed = run("models", "pull")
    assert [line.split()[0] for line in rows(listed.out)[1:]] == [c.name for c in CHOICES] and "accepting its licence" in listed.out
    assert [c["name"] for c in json.loads(run("models", "pull", "--json").out)] == [c.name for c in CHOICES]


def test_pulled_weights_are_listed_used_asked_and_deleted(run: Run, small: Hub) -> None:
    code, out, err = run("models", "pull", f"hf:{REPO}", "-y", "--name", "tiny")
    assert code == 0 and Path(out.strip()).read_bytes() == DATA
    assert "tiny: hf:owner/tiny-GGUF:tiny-q8_0.gguf, 9.4 MB, licence cc0-1.0" in err and "recsh models use tiny" in err
    assert "is here already" in run("models", "pull", f"hf:{REPO}", "--name", "tiny").err
    assert run("models", "use", "tiny").err == "recsh: the default weights are tiny now\n"
    listed = {r["name"]: r for r in json.loads(run("models", "list", "--json").out)}
    assert listed["tiny"]["default"] and not listed["embedded"]["default"] and listed["tiny"]["memory"]["total"] > len(DATA) and listed["tiny"]["fits"] is True
    told = json.loads(run("models", "info", "tiny", "--json").out)
    assert told["pulled"]["source"] == f"hf:{REPO}:tiny-q8_0.gguf" and told["files"] == [out.strip()]
    assert f"sha256      {told['pulled']['files'][0]['sha256']}" in run("models", "info", "tiny").out
    answer = json.loads(run("ask", "slow jazz", "--json", "-n", "1").out)
    assert answer["engine"]["path"] == out.strip()
    gone = run("models", "rm", "tiny", "-y")
    assert "9.4 MB are free again" in gone.err and "embedded ones again" in gone.err and not Path(out.strip()).exists()
    assert config.settings()["model"] == "embedded"


def test_nothing_is_fetched_or_deleted_unasked(run: Run, small: Hub) -> None:
    assert run("models", "pull", f"hf:{REPO}").code == 2 and not small.transfers()
    run("models", "pull", f"hf:{REPO}", "-y", "-q")
    refused = run("models", "rm", "tiny-q8_0")
    assert refused.code == 2 and "-y does it without asking" in refused.err and run("models", "path", "tiny-q8_0").code == 0


@pytest.mark.parametrize(("args", "code", "said"), [
    (("pull", "nothing-like-it"), 2, "not on the short list"), (("pull", "hf:x"), 4, "names no repository"), (("pull", f"hf:{REPO}", "--sha256", "12"), 2, "64 hexadecimal digits"),
    (("pull", f"hf:{REPO}", "--name", "none", "-y"), 2, "cannot be a name"), (("rm",), 2, "nothing says what to delete"), (("rm", "embedded", "-y"), 4, "was not pulled by recsh"),
    (("use", "nothing"), 4, "no weights are called"), (("info", "nothing"), 4, "no weights are called"), (("check", "nothing"), 4, "no weights are called"),
    (("use", str(weights.bundled("recsh-sentence-q8_0.gguf"))), 4, "makes sentence vectors"), (("info", "cut.gguf"), 4, "truncated"), (("check", "cut.gguf"), 4, "truncated"),
], ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")  # fmt: skip
def test_errors_say_what_and_what_to_do(run: Run, small: Hub, args: tuple[str, ...], code: int, said: str) -> None:
    Path("cut.gguf").write_bytes(DATA[:5000])
    ran = run("models", *args)
    first, *rest = rows(ran.err)
    assert (ran.code, ran.out) == (code, "") and first.startswith("recsh: error: ") and said in ran.err.replace("damaged or ", "") and rest[-1].startswith("  try: ")


def test_damaged_weights_are_listed_as_such_and_others_beside_them(run: Run, user: Path) -> None:
    folder = paths.data_dir() / "models"
    folder.mkdir(parents=True)
    (folder / "cut.gguf").write_bytes(DATA[: len(DATA) // 2])
    (folder / "page.gguf").write_bytes(b"<html>\x1b[31m")
    (folder / "empty.gguf").touch()
    (folder / "vectors.gguf").write_bytes(weights.bundled("recsh-sentence-q8_0.gguf").read_bytes())
    ran = run("models", "list")
    table = {line[3:].split()[0]: line for line in rows(ran.out)[1:]}
    assert ran.code == 0 and list(table) == ["embedded", "cut", "empty", "page"] and "damaged" in table["cut"] and "a web page" in table["page"] and "\x1b" not in ran.out
    assert "1 more do not chat; --all shows them" in ran.err and "makes sentence vectors" in run("models", "list", "--all").out
    listed = {r["name"]: r for r in json.loads(run("models", "list", "--json").out)}
    assert "truncated" in listed["cut"]["error"] and listed["cut"]["parameters"] is None and listed["embedded"]["error"] is None


def test_other_programs_weights_are_used_where_they_are(run: Run, user: Path) -> None:
    folder = user / "user" / ".lmstudio" / "models" / "p" / "Tiny-GGUF"
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(DATA)
    assert "   lmstudio:tiny  llama 8.5 M" in run("models", "list").out
    run("models", "use", "tiny")
    assert config.settings()["model"] == "lmstudio:tiny" and "*  lmstudio:tiny" in run("models", "list").out
    assert json.loads(run("ask", "piano", "--json").out)["engine"]["path"] == str(folder / "tiny.gguf")
    assert run("models", "rm", "lmstudio:tiny", "-y").code == 4 and (folder / "tiny.gguf").exists()


def test_weights_that_do_not_fit_are_marked(run: Run, user: Path) -> None:
    """A header that tells of a cache of 4 TB, and little else."""
    folder = paths.data_dir() / "models"
    folder.mkdir(parents=True)
    writer = gguf.GGUFWriter(folder / "vast.gguf", "llama")
    writer.add_block_count(1000)
    writer.add_embedding_length(1_000_000)
    writer.add_head_count(1000)
    writer.add_tensor("a", np.ones((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    if free_memory() is None:
        pytest.skip("the system does not say how much memory is free")
    vast = {r["name"]: r for r in json.loads(run("models", "list", "--json").out)}["vast"]
    assert vast["fits"] is False and vast["memory"]["cache"] == 4096 * 1000 * 2 * 1_000_000 * 2
    assert "more than is free" in run("models", "list").out and "not enough" in run("models", "info", "vast").out
    assert "warning: it takes 16,3" in run("models", "use", "vast").err


def test_unfinished_transfers_are_told_and_deleted(run: Run, small: Hub) -> None:
    small.faults["tiny-q8_0.gguf"] = ["cut", "404"]
    assert run("models", "pull", f"hf:{REPO}", "-y").code == 4
    assert "4.7 MB of unfinished transfers" in run("models", "list").err
    assert "4.7 MB are free again" in run("models", "rm", "--unfinished", "-y").err and "unfinished" not in run("models", "list").err


# --- check ---------------------------------------------------------------------------------------------------------------


def test_the_cases_are_rows_of_the_samples_and_words_alone_do_not_find_them(every_sample) -> None:  # noqa: ANN001
    """Every id is there, no row is on both sides, and the request is understood as one wish without conditions that a filter would decide."""
    assert len(CASES) == 10 and len({c.request for c in CASES}) == 10
    for case in CASES:
        index = every_sample[case.catalog].index
        assert all(index.by_id(i) is not None for i in (*case.fits, *case.fails)), case
        assert not set(case.fits) & set(case.fails) and case.fits and case.fails
        query = recsh.Recommender(every_sample[case.catalog]).understand(case.request)
        assert not query.conditions, case


def test_what_was_measured_becomes_a_verdict() -> None:
    def report(right: int, retrieval: int, seconds: float) -> Report:
        return Report(1.0, seconds, 100.0, tuple(Judged(str(n), n < right, n < retrieval) for n in range(10)))

    assert report(9, 2, 1.0).verdict == "fast enough for chat; judges 9 of 10 hard requests right (retrieval alone 2); recommended" and report(9, 2, 1.0).recommended
    assert "slow for chat" in report(9, 2, 8.0).verdict and report(9, 2, 8.0).recommended
    assert "too slow but for batches" in report(9, 2, 60.0).verdict and not report(9, 2, 60.0).recommended
    assert report(5, 5, 1.0).verdict.endswith("not recommended: retrieval does as well") and report(4, 2, 1.0).verdict.endswith("of some help")
    assert report(3, 0, 1.0).verdict.endswith("not recommended: no better than chance")
    guessing = np.poly1d([1.0])
    for case in CASES:  # the order of all rows is as likely as any other: of n choose k ways to say which are on top, one is right
        chance = 1 / math.comb(len(case.fits) + len(case.fails), len(case.fits))
        guessing = guessing * np.poly1d([chance, 1 - chance])
    more = sum(guessing.coeffs[: len(CASES) - checkup.CHANCE])  # the highest powers are the most requests right
    assert 1 / 14 < more < 1 / 12


def test_check_tries_weights_and_says_what_they_are_worth(run: Run, home: Path) -> None:
    value = json.loads(run("models", "check", "--json").out)
    assert value["name"] == "embedded" and value["of"] == len(value["cases"]) == 10 and value["right"] == sum(c["right"] for c in value["cases"])
    assert value["retrieval_right"] == sum(c["retrieval"] for c in value["cases"]) < 10 and value["verdict"].startswith(("fast", "slow", "too slow"))
    assert min(value["load_s"], value["answer_s"], value["tokens_per_s"]) > 0 and value["memory"]["total"] > value["memory"]["weights"]
    out = rows(run("models", "check", str(EMBEDDED)).out)
    assert len(out) == 13 and [line.split()[0] for line in out[2:12]] == ["right" if c["right"] else "WRONG" for c in value["cases"]] and "hard requests right" in out[-1]


# --- at a terminal -------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
@pytest.mark.parametrize(("reply", "code"), [("y", 0), ("n", 0)])
def test_at_a_terminal_it_asks_and_draws_a_bar(small: Hub, user: Path, reply: str, code: int) -> None:
    import pty

    main, side = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(Path(recsh.__file__).parents[1]), "TERM": "xterm", "COLUMNS": "120", "NO_COLOR": "1"}
    child = subprocess.Popen([sys.executable, "-m", "recsh", "models", "pull", f"hf:{REPO}"], stdin=side, stderr=side, stdout=subprocess.PIPE, env=env)
    os.close(side)
    seen = b""
    while b"fetch it?" not in seen:
        seen += os.read(main, 4096)
    assert b"9.4 MB, licence cc0-1.0" in seen and not small.transfers()
    os.write(main, reply.encode() + b"\n")
    while True:
        try:
            seen += os.read(main, 4096)
        except OSError:  # the other side is closed
            break
    assert child.wait(60) == code
    assert child.stdout is not None
    out = child.stdout.read().decode()
    child.stdout.close()
    os.close(main)
    if reply == "y":
        assert Path(out.strip()).read_bytes() == DATA and b"fetching" in seen and b"is here" in seen
    else:
        assert out == "" and b"nothing was fetched" in seen and not small.transfers()
