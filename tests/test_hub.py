"""Weights from a hub and from plain addresses: whatever the network does, what is kept under a name is whole, right, and runs here."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import gguf
from msgspec.structs import replace
import numpy as np
import pytest

import recsh
from recsh import fetch, hub, paths, pull, weights
from recsh.curated import CHOICES
from recsh.errors import RecshError, StoreError, UsageError, WeightsError
from recsh.fetch import Remote
from recsh.hub import Offer, Reference
from tests.small_hub import COMMIT, Hub

DATA = weights.bundled("recsh-mini.gguf").read_bytes()
SUM = hashlib.sha256(DATA).hexdigest()
REPO, FILE = "owner/tiny-GGUF", "tiny-q8_0.gguf"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, for recsh and for the hub's library."""
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("HF_TOKEN", "HF_HUB_CACHE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def small(own: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.add(REPO, {FILE: DATA, "README.md": b"words"}, license="cc0-1.0")
        yield server


def fetched(server: Hub, **more: object) -> tuple[str, Path]:
    name, offer = pull.find(f"hf:{REPO}")
    return name, pull.pull(name, offer, pause=0.01, timeout=1.0, **more)  # type: ignore[arg-type]


def part(own: Path) -> Path:
    (found,) = (own / "data" / "models" / ".unfinished").glob("*/*.gguf")
    return found


# --- what is found -------------------------------------------------------------------------------------------------------


def test_the_hub_says_size_checksum_and_licence_before_a_byte_is_fetched(small: Hub) -> None:
    name, offer = pull.find(f"hf:{REPO}")
    ((file, remote),) = offer.files
    assert (name, file, offer.licence, offer.revision, offer.size) == ("tiny-q8_0", FILE, "cc0-1.0", COMMIT, len(DATA))
    assert remote.sha256 == SUM and COMMIT in remote.url and not small.transfers()
    assert not [a for a in small.asked if "agent" in a.path]  # what runs it is nobody's business


def test_a_name_of_the_short_list_is_a_file_of_a_repository(small: Hub) -> None:
    choice = next(c for c in CHOICES if c.name == "qwen3-0.6b")
    small.add(choice.repo, {choice.file: DATA})
    name, offer = pull.find("Qwen3-0.6B")
    assert (name, offer.source, offer.licence) == ("qwen3-0.6b", f"hf:{choice.repo}:{choice.file}", choice.licence)


def test_the_short_list_is_well_formed() -> None:
    assert len({c.name for c in CHOICES}) == len(CHOICES) and all(c.name == c.name.lower() for c in CHOICES)
    assert all(hub.parse(f"hf:{c.repo}:{c.file}") == Reference(c.repo, c.file) and c.file.endswith(".gguf") for c in CHOICES)
    assert all(0 < c.size < c.memory / 2 and c.memory in (4, 8, 16) for c in CHOICES)


@pytest.mark.parametrize(("text", "meant"), [
    ("hf:o/r", Reference("o/r")), ("HF:o/r:Q8_0", Reference("o/r", "Q8_0")), ("hf:o/r:a/b.gguf", Reference("o/r", "a/b.gguf")),
    ("https://huggingface.co/o/r", Reference("o/r")), ("https://huggingface.co/o/r/tree/main", Reference("o/r", "", "main")),
    ("https://huggingface.co/o/r/blob/main/w.gguf", Reference("o/r", "w.gguf", "main")), ("https://hf.co/o/r/resolve/v1%2F2/a%20b.gguf?download=true", Reference("o/r", "a b.gguf", "v1/2")),
    ("https://example.org/o/r/resolve/main/w.gguf", None), ("https://huggingface.co/datasets/o", None), ("qwen3-0.6b", None),
])  # fmt: skip
def test_references_are_read_as_people_write_and_browsers_copy_them(text: str, meant: Reference | None) -> None:
    assert hub.parse(text) == meant


@pytest.mark.parametrize("text", ["hf:", "hf:owner", "hf:a/b/c", "hf:../x", "hf:o/r x"])
def test_half_a_reference_is_an_error(text: str) -> None:
    with pytest.raises(WeightsError, match="names no repository"):
        hub.parse(text)


@pytest.mark.parametrize(("names", "wanted", "chosen"), [
    (["a-Q8_0.gguf", "a-Q4_K_M.gguf", "mmproj-a-Q4_K_M.gguf"], "", ["a-Q4_K_M.gguf"]), (["a.gguf"], "", ["a.gguf"]), (["a-q5_0.gguf", "a-q8_0.gguf"], "", ["a-q8_0.gguf"]),
    (["a-Q4_K_M.gguf", "a-Q4_K_S.gguf"], "q4_k_s", ["a-Q4_K_S.gguf"]), (["Q4/a-Q4_0.gguf", "a-Q4_0.gguf"], "Q4_0", ["a-Q4_0.gguf"]), (["x/A.gguf"], "a.gguf", ["x/A.gguf"]),
    (["a-00001-of-00002.gguf", "a-00002-of-00002.gguf"], "", ["a-00001-of-00002.gguf", "a-00002-of-00002.gguf"]),
    (["a-Q4_K_M-00001-of-00002.gguf", "a-Q4_K_M-00002-of-00002.gguf", "a-Q8_0-00001-of-00001.gguf"], "Q4_K_M", ["a-Q4_K_M-00001-of-00002.gguf", "a-Q4_K_M-00002-of-00002.gguf"]),
])  # fmt: skip
def test_of_several_files_the_one_that_is_meant_is_chosen(names: list[str], wanted: str, chosen: list[str]) -> None:
    assert hub.choose([*names, "README.md"], Reference("o/r", wanted)) == chosen


def test_a_quantization_is_not_a_part_of_another_one() -> None:
    with pytest.raises(WeightsError, match="it has a-IQ4_XS.gguf, a-Q4_K_M.gguf"):
        hub.choose(["a-Q4_K_M.gguf", "a-IQ4_XS.gguf"], Reference("o/r", "Q4_K"))


@pytest.mark.parametrize(("reference", "said", "hint"), [
    ("hf:no/such", "no such repository", "hf auth login"), ("hf:owner/tiny-GGUF:Q2_K", "has no Q2_K; it has tiny-q8_0.gguf", "hf:owner/tiny-GGUF:tiny-q8_0.gguf"),
    ("hf:owner/words", "holds no GGUF", "-GGUF"), ("hf:owner/gated", "accepted its licence", "HF_TOKEN"), ("HUB/owner/tiny-GGUF/resolve/v9/tiny-q8_0.gguf", "no revision v9", ""),
    ("qwen3", "not on the short list", "did you mean qwen3-0.6b or"), ("smolm2-360m", "not on the short list", "smollm2-360m"), ("ftp://example.org/w.gguf", "not an http", "https"),
    ("file:///etc/passwd", "not an http", ""), ("http://", "not an http", ""), ("https://exa mple.org/", "not an http", ""),
])  # fmt: skip
def test_what_cannot_be_had_is_told_with_what_to_do(small: Hub, reference: str, said: str, hint: str) -> None:
    small.add("owner/words", {"README.md": b""})
    small.add("owner/gated", {"g.gguf": DATA}, token="hf_secret")
    with pytest.raises(RecshError, match=said) as caught:
        pull.find(reference.replace("HUB", small.url))
    assert hint in caught.value.hint and "hf_secret" not in caught.value.message


def test_a_hub_that_is_not_there_is_an_error(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(WeightsError, match="http://127.0.0.1:9 cannot be reached"):
        pull.find(f"hf:{REPO}")


def test_the_login_opens_a_gated_repository_and_is_not_told_to_the_host_of_the_bytes(small: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    small.add("owner/gated", {"g.gguf": DATA}, token="hf_secret")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    name, offer = pull.find("hf:owner/gated")
    path = pull.pull(name, offer)
    assert path.read_bytes() == DATA
    assert any(a.authorization == "Bearer hf_secret" for a in small.asked) and {a.authorization for a in small.transfers()} == {""}
    assert "hf_secret" not in (path.parent / pull.RECORD).read_text()


# --- without the hub's library -------------------------------------------------------------------------------------------


def test_named_files_that_are_open_to_all_need_no_library(small: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    name, offer = pull.find(f"hf:{REPO}:{FILE}")
    assert (name, offer.size, offer.files[0][1].sha256) == ("tiny-q8_0", len(DATA), SUM)  # the hub's first answer says the checksum
    assert pull.pull(name, offer).read_bytes() == DATA


@pytest.mark.parametrize("reference", [f"hf:{REPO}", f"hf:{REPO}:Q8_0", "hf:owner/gated:g.gguf"])
def test_what_needs_the_library_says_what_to_install(small: Hub, monkeypatch: pytest.MonkeyPatch, reference: str) -> None:
    small.add("owner/gated", {"g.gguf": DATA}, token="hf_secret")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(WeightsError) as caught:
        pull.find(reference)
    assert "pip install 'recsh[hub]'" in caught.value.hint


# --- the transfer --------------------------------------------------------------------------------------------------------


def test_what_was_pulled_has_a_name_a_record_and_can_be_asked(small: Hub, own: Path) -> None:
    name, path = fetched(small)
    assert path == own / "data" / "models" / name / FILE and path.read_bytes() == DATA
    assert weights.find(name, paths.data_dir()) == path
    record = json.loads((path.parent / pull.RECORD).read_text())
    assert record["source"] == f"hf:{REPO}:{FILE}" and record["revision"] == COMMIT and record["files"] == [{"name": FILE, "size": len(DATA), "sha256": SUM}]
    assert not list((own / "data" / "models" / ".unfinished").iterdir())
    assert list((own / "cache" / "probes").iterdir())


@pytest.mark.parametrize("faults", [["cut"], ["cut", "cut", "503", "cut"], ["503", "503", "503"], ["stall"], ["cut", "whole"], ["cut", "stall", "cut"]])
def test_a_transfer_that_breaks_goes_on_where_it_broke(small: Hub, faults: list[str]) -> None:
    small.faults[FILE] = list(faults)
    _, path = fetched(small)
    assert path.read_bytes() == DATA and not small.faults[FILE]
    if faults[0] == "cut":
        assert [a.range for a in small.transfers()][1] == f"bytes={len(DATA) // 2}-"


def test_a_server_that_stays_away_is_given_up_and_the_next_run_goes_on(small: Hub, own: Path) -> None:
    small.faults[FILE] = ["cut", *["503"] * fetch.ATTEMPTS]
    with pytest.raises(WeightsError, match="answers 503") as caught:
        fetched(small)
    assert "kept" in caught.value.hint and part(own).stat().st_size == len(DATA) // 2 == pull.unfinished()
    before = len(small.transfers())
    _, path = fetched(small)
    assert path.read_bytes() == DATA and small.transfers()[before].range == f"bytes={len(DATA) // 2}-"


def test_a_wrong_checksum_leaves_nothing(small: Hub, own: Path) -> None:
    small.faults[FILE] = ["flip"]
    with pytest.raises(WeightsError, match=f"is not what it should be: its SHA-256 is [0-9a-f]{{64}}, not {SUM}"):
        fetched(small)
    assert pull.unfinished() == 0 and weights.listing(own / "data") == {}
    assert fetched(small)[1].read_bytes() == DATA


def test_a_checksum_that_the_person_gives_counts(small: Hub, own: Path) -> None:
    with pytest.raises(WeightsError, match=f"not {'a' * 64}"):
        fetched(small, sha256="A" * 64)
    assert fetched(small, sha256=SUM.upper())[1].read_bytes() == DATA


def test_a_hub_that_lists_a_wrong_checksum_is_not_believed(small: Hub) -> None:
    small.listed_sums[FILE] = "b" * 64
    with pytest.raises(WeightsError, match=f"not {'b' * 64}"):
        fetched(small)


def test_bytes_from_another_place_than_was_asked_for_are_refused(small: Hub) -> None:
    small.faults[FILE] = ["cut", *["shifted"] * fetch.ATTEMPTS]
    with pytest.raises(WeightsError, match="bytes from"):
        fetched(small)


def test_a_file_that_changes_on_the_way_is_refused(small: Hub) -> None:
    small.faults[FILE] = ["cut", *["other"] * fetch.ATTEMPTS]
    with pytest.raises(WeightsError):
        fetched(small)


def test_more_than_was_announced_is_not_taken(small: Hub, own: Path, tmp_path: Path) -> None:
    small.faults[FILE] = ["endless"] * fetch.ATTEMPTS
    target = tmp_path / "part"
    with pytest.raises(WeightsError, match="more than 1,000 bytes"):
        fetch.fetch(Remote(f"{small.url}/cdn/{REPO}/{FILE}", 1000), target, pause=0.01)
    assert target.stat().st_size <= 1000


def test_more_than_the_limit_is_not_begun(small: Hub, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="more than recsh fetches"):
        fetch.fetch(Remote(f"{small.url}/cdn/{REPO}/{FILE}", len(DATA)), tmp_path / "part", limit=1000)
    assert not small.transfers()


def test_no_room_on_the_disk_is_told_before_a_byte_is_fetched(small: Hub, tmp_path: Path) -> None:
    vast = 10**18
    with pytest.raises(StoreError, match=f"{vast:,} bytes are to come") as caught:
        fetch.fetch(Remote(f"{small.url}/cdn/{REPO}/{FILE}", vast), tmp_path / "part", limit=2 * vast)
    assert "RECSH_HOME" in caught.value.hint and not small.transfers()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_disk_that_fills_on_the_way_is_told_and_what_is_here_is_kept(small: Hub, own: Path) -> None:
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000)); from recsh.cli import main; sys.argv = ['recsh', *sys.argv[1:]]; main()"
    ran = recsh_in_child(["models", "pull", f"hf:{REPO}", "-y"], code)
    assert ran.returncode == 5 and "File too large" in ran.stderr and "free some space" in ran.stderr
    assert part(own).stat().st_size == 3_000_000


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/w.gguf", "gopher://x/"])
def test_a_redirect_leads_nowhere_but_to_http(small: Hub, tmp_path: Path, target: str) -> None:
    small.redirect = target
    with pytest.raises(WeightsError):
        fetch.look(f"{small.url}/{REPO}/resolve/main/{FILE}")
    with pytest.raises(WeightsError):
        fetch.fetch(Remote(f"{small.url}/{REPO}/resolve/main/{FILE}", None), tmp_path / "part", pause=0.001)


def test_redirects_in_a_circle_end(small: Hub) -> None:
    small.redirect = f"{small.url}/{REPO}/resolve/main/{FILE}"
    with pytest.raises(WeightsError):
        fetch.look(small.redirect)


def test_from_https_nobody_is_led_to_http() -> None:
    from urllib.request import Request

    with pytest.raises(WeightsError, match="https://a.example/w redirects to http://b.example/w, which is not encrypted"):
        fetch._Redirects().redirect_request(Request("https://a.example/w?token=1"), None, 302, "", {}, "http://b.example/w?token=2")


def test_addresses_are_shown_without_what_is_secret_in_them() -> None:
    assert fetch._shown("https://user:password@example.org/w.gguf?signature=secret") == "https://example.org/w.gguf"


def test_a_plain_address_needs_no_hub(small: Hub) -> None:
    address = f"{small.elsewhere}/cdn/{REPO}/{FILE}"
    name, offer = pull.find(address)
    assert (name, offer.source, offer.size) == ("tiny-q8_0", address, len(DATA))
    small.faults[FILE] = ["cut", "404"]
    with pytest.raises(WeightsError, match="no such file"):
        pull.pull(name, offer)
    small.add(REPO, {FILE: DATA[:-1] + b"?"})  # as long as before, and another one: no half of it may be joined to what is here
    with pytest.raises(WeightsError, match="another one than before"):
        pull.pull(name, offer)
    small.add(REPO, {FILE: DATA})
    path = pull.pull(name, offer)
    assert path.read_bytes() == DATA and json.loads((path.parent / pull.RECORD).read_text())["files"][0]["sha256"] == SUM


# --- what was fetched and will not do ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "cause"), [(b"<!DOCTYPE html><p>Please log in", "a web page"), (DATA[: len(DATA) // 3], "truncated"), (b"", "is empty")])
def test_what_is_no_gguf_gets_no_name(small: Hub, own: Path, content: bytes, cause: str) -> None:
    small.add(REPO, {FILE: content})
    with pytest.raises(WeightsError, match=cause) as caught:
        fetched(small)
    assert ".unfinished" not in caught.value.message and weights.listing(own / "data") == {} and pull.unfinished() == 0


def test_weights_that_do_not_run_here_get_no_name_but_are_kept(small: Hub, own: Path, tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "odd.gguf", "neverheardof")
    writer.add_tensor("a", np.ones((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    small.add(REPO, {FILE: (tmp_path / "odd.gguf").read_bytes()})
    for _ in range(2):
        with pytest.raises(WeightsError, match=r"is whole, but cannot be run: .*unknown model architecture") as caught:
            fetched(small)
    assert "llama-cpp-python" in caught.value.hint and part(own).exists() and weights.listing(own / "data") == {}
    assert len(small.transfers()) == 1  # the second time nothing is fetched


def test_sentence_models_are_not_weights_that_answer(small: Hub) -> None:
    small.add(REPO, {FILE: weights.bundled("recsh-sentence-q8_0.gguf").read_bytes()})
    with pytest.raises(WeightsError, match="of the kind embedding"):
        fetched(small)


# --- several parts -------------------------------------------------------------------------------------------------------


def split(folder: Path, tensors: int = 40) -> dict[str, bytes]:
    """The embedded weights in several files, as gguf's own writer splits them."""
    reader = gguf.GGUFReader(weights.bundled("recsh-mini.gguf"))
    writer = gguf.GGUFWriter(folder / "tiny.gguf", "llama", split_max_tensors=tensors)
    for field in reader.fields.values():
        if not field.name.startswith(("GGUF.", "general.architecture")):
            writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=field.types[-1] if len(field.types) > 1 else None)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return {p.name: p.read_bytes() for p in sorted(folder.glob("tiny-*.gguf"))}


def test_weights_in_several_parts_are_fetched_and_named_as_one(small: Hub, own: Path, tmp_path: Path) -> None:
    from recsh import shelf

    files = split(tmp_path)
    assert len(files) > 1
    small.add(REPO, files)
    small.faults[list(files)[1]] = ["cut"]
    seen: list[tuple[int, int]] = []
    name, offer = pull.find(f"hf:{REPO}")
    path = pull.pull(name, offer, lambda what, done, total: seen.append((done, total)) if what == "fetch" else None, pause=0.01)
    whole = sum(map(len, files.values()))
    assert name == "tiny" and seen[-1] == (whole, whole) == (offer.size, whole) and [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert path.name == list(files)[0] and list(weights.listing(own / "data")) == ["tiny"]
    described = shelf.describe(shelf.get("tiny"))
    assert described.size_bytes == whole and described.parameters == weights.describe(weights.bundled("recsh-mini.gguf")).parameters
    path.with_name(list(files)[1]).unlink()
    with pytest.raises(WeightsError, match=f"part 1 of {len(files)}"):
        shelf.describe(shelf.get("tiny"))


# --- names, and what is deleted ------------------------------------------------------------------------------------------


def test_the_same_weights_are_not_fetched_twice_and_others_do_not_take_their_name(small: Hub, tmp_path: Path) -> None:
    name, _ = fetched(small)
    _, offer = pull.find(f"hf:{REPO}")
    assert pull.check_name(name, offer) and not pull.check_name("another", offer)
    other = replace(offer, files=((FILE, replace(offer.files[0][1], sha256="c" * 64)),))
    with pytest.raises(UsageError, match="other weights are called 'tiny-q8_0'"):
        pull.check_name(name, other)


@pytest.mark.parametrize("name", ["embedded", "none", "", "../x", "a/b", ".x", "a b", "x" * 101])
def test_names_that_would_mean_something_else_are_refused(own: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a name"):
        pull.check_name(name, Offer("x", ()))


@pytest.mark.parametrize(("file", "name"), [("None.gguf", "pulled-None"), ("..gguf", "pulled"), ("a b.gguf", "a-b"), ("w.gguf", "w")])
def test_every_file_gives_a_name_that_can_be_used(own: Path, file: str, name: str) -> None:
    found = pull.name_of(Offer("x", ((file, Remote("https://x", 1)),)))
    assert found == name and not pull.check_name(found, Offer("x", ()))


def test_what_was_pulled_is_deleted_whole_and_nothing_else(small: Hub, own: Path) -> None:
    name, path = fetched(small)
    mine = own / "data" / "models" / "mine.gguf"
    mine.write_bytes(b"GGUF")
    for other in ("mine", "embedded", "../models", "nothing"):
        with pytest.raises(WeightsError, match="was not pulled"):
            pull.remove(other)
    assert pull.remove(name) > len(DATA) and not path.parent.exists() and mine.exists()


def test_what_was_not_ended_can_be_deleted(small: Hub, own: Path) -> None:
    small.faults[FILE] = ["cut", *["404"]]
    with pytest.raises(WeightsError, match="no such file"):
        fetched(small)
    assert pull.unfinished() == len(DATA) // 2 == pull.remove_unfinished() and pull.unfinished() == 0


# --- interrupted, and two at once ----------------------------------------------------------------------------------------


def recsh_in_child(args: list[str], code: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(child(args, code), capture_output=True, text=True, env=environment(), stdin=subprocess.DEVNULL, timeout=120)


def child(args: list[str], code: str = "") -> list[str]:
    return [sys.executable, *(["-c", code] if code else ["-m", "recsh"]), *args]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(recsh.__file__).parents[1])}


def waited(condition: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_ctrl_c_keeps_what_is_here_and_another_recsh_stays_away(small: Hub, own: Path) -> None:
    small.faults[FILE] = ["stall"]
    running = subprocess.Popen(child(["models", "pull", f"hf:{REPO}", "-y"]), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    waited(lambda: pull.unfinished() == len(DATA) // 2)
    with pytest.raises(StoreError, match="another recsh is fetching it"):
        fetched(small)
    assert pull.remove_unfinished() == 0
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130 and out == "" and "the same command goes on there" in err
    ran = recsh_in_child(["models", "pull", f"hf:{REPO}", "-y"])
    assert ran.returncode == 0 and Path(ran.stdout.strip()).read_bytes() == DATA
    assert small.transfers()[-1].range == f"bytes={len(DATA) // 2}-"
