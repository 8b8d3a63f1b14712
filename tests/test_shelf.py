"""Weights that other programs keep are found where these programs put them, and used in place."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path

import pytest

from recsh import paths, session, shelf, weights
from recsh.errors import WeightsError

EMBEDDED = weights.bundled("recsh-mini.gguf")
COMMIT, OLD = "a" * 40, "b" * 40


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's home, with nothing in it and no variable that leads elsewhere."""
    for name in ("OLLAMA_MODELS", "LLAMA_CACHE", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "user"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "recsh"))
    monkeypatch.setattr(shelf, "SYSTEM", ())  # what the machine under test has is not the user's
    return home


def put(path: Path, source: Path = EMBEDDED) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.link(source, path) if source.stat().st_dev == path.parent.stat().st_dev else path.write_bytes(source.read_bytes())
    return path


def ollama(folder: Path, reference: str, *, digest: str = "", layers: object = None) -> Path:
    """A model as `ollama pull` leaves it: a manifest that names blobs by their checksum."""
    digest = digest or hashlib.sha256(EMBEDDED.read_bytes()).hexdigest()
    blob = folder / "blobs" / f"sha256-{digest}"
    if not blob.exists():
        put(blob)
    manifest = folder / "manifests" / reference
    manifest.parent.mkdir(parents=True, exist_ok=True)
    value = {
        "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {"digest": "sha256:" + "c" * 64, "size": 500},
        "layers": layers if layers is not None else [
            {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "d" * 64, "size": 1000},
            {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": EMBEDDED.stat().st_size},
        ],
    }  # fmt: skip
    manifest.write_text(json.dumps(value))
    return blob


def cached(hub: Path, repo: str, file: str, commit: str = COMMIT, *, newest: bool = True) -> Path:
    """A file as the hub's libraries cache it: a link in a snapshot to a blob."""
    folder = hub / ("models--" + repo.replace("/", "--"))
    blob = folder / "blobs" / hashlib.sha256(EMBEDDED.read_bytes()).hexdigest()
    if not blob.exists():
        put(blob)
    link = folder / "snapshots" / commit / file
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    if newest:
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs" / "main").write_text(commit)
    return link


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="where Linux keeps them")


def test_with_no_other_program_there_are_only_the_embedded_ones(user: Path) -> None:
    assert [f.name for f in shelf.here()] == ["embedded"] and shelf.elsewhere() == []


@linux
def test_every_program_is_found_where_it_keeps_its_weights(user: Path) -> None:
    ollama(user / ".ollama/models", "registry.ollama.ai/library/qwen2.5/0.5b")
    put(user / ".lmstudio/models/publisher/Some-GGUF/some-Q4_K_M.gguf")
    put(user / ".cache/lm-studio/models/old/Older-GGUF/older.gguf")
    put(user / ".cache/llama.cpp/ggml-org_tiny.gguf")
    put(user / ".local/share/nomic.ai/GPT4All/orca-mini.gguf")
    put(user / ".local/share/Jan/data/llamacpp/models/Jan-v1/model.gguf")
    put(user / ".config/Jan/data/models/huggingface.co/bartowski/tiny/tiny-jan.gguf")
    cached(user / ".cache/huggingface/hub", "owner/repo", "hubbed.gguf")
    assert [f.name for f in shelf.elsewhere()] == [
        "gpt4all:orca-mini", "hub:hubbed", "jan:Jan-v1", "jan:tiny-jan", "llama.cpp:ggml-org_tiny", "lmstudio:older", "lmstudio:some-Q4_K_M", "ollama:qwen2.5:0.5b",
    ]  # fmt: skip
    assert all(shelf.describe(f).architecture == "llama" and f.place == f.name.split(":")[0] for f in shelf.elsewhere())


def test_variables_lead_elsewhere_as_they_do_for_the_programs(user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "o"))
    monkeypatch.setenv("LLAMA_CACHE", str(tmp_path / "l"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "h"))
    ollama(tmp_path / "o", "registry.ollama.ai/library/a/latest")
    put(tmp_path / "l/b.gguf")
    cached(tmp_path / "h/hub", "o/r", "c.gguf")
    assert [f.name for f in shelf.elsewhere()] == ["hub:c", "llama.cpp:b", "ollama:a:latest"]
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "elsewhere"))
    cached(tmp_path / "elsewhere", "o/r", "d.gguf")
    assert "hub:d" in [f.name for f in shelf.elsewhere()] and "hub:c" not in [f.name for f in shelf.elsewhere()]


def test_the_folder_chosen_in_lm_studio_is_looked_into(user: Path, tmp_path: Path) -> None:
    put(tmp_path / "big disk/p/r/chosen.gguf")
    (user / ".lmstudio").mkdir()
    (user / ".lmstudio/settings.json").write_text(json.dumps({"downloadsFolder": str(tmp_path / "big disk")}))
    assert [f.name for f in shelf.elsewhere()] == ["lmstudio:chosen"]
    for odd in ("[]", "{", "null", '{"downloadsFolder": 7}', "[" * 100_000):
        (user / ".lmstudio/settings.json").write_text(odd)
        assert shelf.elsewhere() == []


@pytest.mark.parametrize(("reference", "name"), [
    ("registry.ollama.ai/library/llama3.2/latest", "ollama:llama3.2:latest"), ("registry.ollama.ai/somebody/model/7b-q4", "ollama:somebody/model:7b-q4"),
    ("hf.co/bartowski/Tiny-GGUF/Q8_0", "ollama:hf.co/bartowski/Tiny-GGUF:Q8_0"),
])  # fmt: skip
def test_ollama_models_are_called_as_ollama_calls_them(user: Path, reference: str, name: str) -> None:
    blob = ollama(user / ".ollama/models", reference)
    (found,) = shelf.elsewhere()
    assert (found.name, found.path) == (name, blob)
    assert session.find_weights(name) == session.find_weights(name.removeprefix("ollama:")) == session.find_weights(name.removesuffix(":latest")) == blob


@pytest.mark.parametrize("layers", [[], None, 7, [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:../../../etc/passwd"}], [{}], [7], {"a": 1}])
def test_manifests_that_are_odd_name_nothing(user: Path, layers: object) -> None:
    folder = user / ".ollama/models"
    ollama(folder, "registry.ollama.ai/library/good/1b")
    ollama(folder, "registry.ollama.ai/library/odd/1b", layers=layers if layers is not None else "")
    (folder / "manifests/registry.ollama.ai/library/odd/2b").write_bytes(b"\xff\x00")
    assert [f.name for f in shelf.elsewhere()] == ["ollama:good:1b"]


def test_a_blob_that_is_gone_is_listed_as_damaged_not_hidden(user: Path) -> None:
    ollama(user / ".ollama/models", "registry.ollama.ai/library/gone/1b").unlink()
    (found,) = shelf.elsewhere()
    with pytest.raises(WeightsError, match="no such file"):
        shelf.describe(found)


def test_of_the_hubs_cache_only_the_newest_revision_counts(user: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    cached(tmp_path / "hub", "o/r", "w.gguf", OLD)
    newest = cached(tmp_path / "hub", "o/r", "w.gguf")
    cached(tmp_path / "hub", "other/r2", "w.gguf", newest=False)  # fetched by its commit: there is no main
    assert {f.name: f.path for f in shelf.elsewhere()}["hub:r/w"] == newest and len(shelf.elsewhere()) == 2


def test_files_of_one_name_are_told_apart_and_one_has_to_be_chosen(user: Path) -> None:
    a, b = put(user / ".lmstudio/models/p/First-GGUF/same.gguf"), put(user / ".lmstudio/models/p/Second-GGUF/same.gguf")
    assert {f.name: f.path for f in shelf.elsewhere()} == {"lmstudio:First-GGUF/same": a, "lmstudio:Second-GGUF/same": b}
    assert session.find_weights("Second-GGUF/same") == b
    ollama(user / ".ollama/models", "registry.ollama.ai/library/twin/latest")
    put(user / ".lmstudio/models/p/r/twin.gguf")
    with pytest.raises(WeightsError, match="'twin' is in several places: lmstudio:twin, ollama:twin:latest"):
        session.find_weights("twin")


def test_parts_are_one_and_pictures_are_no_weights_of_their_own(user: Path) -> None:
    for n in (1, 2, 3):
        put(user / f".lmstudio/models/p/r/big-0000{n}-of-00003.gguf")
    (found,) = shelf.elsewhere()
    assert found.name == "lmstudio:big" and [p.name[-17:-5] for p in found.files] == ["00001-of-00003"[-12:], "00002-of-00003"[-12:], "00003-of-00003"[-12:]]


def test_own_weights_go_before_those_of_others(user: Path) -> None:
    mine = put(paths.data_dir() / "models" / "twin.gguf")
    ollama(user / ".ollama/models", "registry.ollama.ai/library/twin/latest")
    assert session.find_weights("twin") == mine and session.find_weights("ollama:twin") != mine


def test_a_name_that_is_nearly_one_is_met_with_it(user: Path) -> None:
    ollama(user / ".ollama/models", "registry.ollama.ai/library/llama3.2/1b")
    with pytest.raises(WeightsError, match="no weights are called") as caught:
        session.find_weights("ollama:lama3.2:1b")
    assert "ollama:llama3.2:1b" in caught.value.hint


def test_the_same_content_is_known_by_its_checksum(user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(EMBEDDED.read_bytes()).hexdigest()
    assert shelf.same_content({digest, ""}) is None
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    cached(tmp_path / "hub", "o/r", "w.gguf")
    found = shelf.same_content({digest})
    assert found is not None and found.name == "hub:w" and shelf.same_content({"e" * 64}) is None


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said(user: Path) -> None:
    ollama(user / ".ollama/models", "registry.ollama.ai/library/secret/1b")
    (user / ".ollama/models/manifests").chmod(0)
    hidden: list[Path] = []
    assert shelf.elsewhere(hidden) == [] and hidden == [user / ".ollama/models"]
    (user / ".ollama/models/manifests").chmod(0o700)


def test_links_in_a_circle_deep_folders_and_broken_links_end(user: Path) -> None:
    folder = user / ".lmstudio/models"
    put(folder / "p/r/w.gguf")
    (folder / "p/r/round").symlink_to(folder)
    (folder / "p/r/gone.gguf").symlink_to(folder / "nowhere")
    deep = folder.joinpath(*["d"] * 30)
    deep.mkdir(parents=True)
    put(deep / "deep.gguf")
    assert [f.name for f in shelf.elsewhere()] == ["lmstudio:w"]


def test_a_very_large_folder_is_left_in_time(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "ENTRIES", 50)
    folder = user / ".lmstudio/models/p/r"
    folder.mkdir(parents=True)
    for n in range(200):
        (folder / f"{n}.gguf").touch()
    begun = time.monotonic()
    assert 0 < len(shelf.elsewhere()) <= 50 and time.monotonic() - begun < 60


# --- what is remembered of headers ---------------------------------------------------------------------------------------


def test_headers_are_read_once_and_again_when_a_file_changes(user: Path) -> None:
    from recsh.described import Described

    path = put(user / "a/w.gguf")
    cut = user / "a" / "cut.gguf"
    cut.write_bytes(EMBEDDED.read_bytes()[:5000])
    read: list[Path] = []

    def describe(path: Path) -> weights.Weights:
        read.append(path)
        return weights.describe(path)

    first = Described(describe)
    assert first(path) == first(path) == weights.describe(path) and read == [path]
    with pytest.raises(WeightsError):
        first(cut)
    first.save()
    again = Described(describe)
    assert again(path) == weights.describe(path) and read == [path, cut]
    with pytest.raises(WeightsError):
        again(cut)
    path.unlink()
    path.write_bytes(EMBEDDED.read_bytes())
    os.utime(path, ns=(1, 1))
    assert again(path) == weights.describe(path) and read == [path, cut, cut, path]
    with pytest.raises(WeightsError, match="no such file"):
        again(user / "nothing.gguf")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": 1}', '{"format": 1, "files": {"KEY": {}}}', '{"format": 1, "files": {"KEY": 7}}', '{"format": 1, "files": []}'])
def test_a_damaged_memory_is_forgotten(user: Path, content: str) -> None:
    from recsh.described import Described

    path = put(user / "a/w.gguf")
    info = path.stat()
    paths.write_private(paths.cache_dir() / "weights.json", content.replace("KEY", f"{path} {info.st_size} {info.st_mtime_ns}"))
    described = Described()
    assert described(path) == weights.describe(path)
    described.save()
    assert Described(lambda path: pytest.fail("it is known"))(path) == weights.describe(path)
