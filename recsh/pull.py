"""Weights from elsewhere into the models folder: found, fetched, checked, tried, and only then given their name.

    NAME                    one of the short list (see `curated`)
    hf:OWNER/REPO[:FILE]    the hub's (see `hub`)
    https://...             any other file

Files arrive in `models/.unfinished/KEY`, KEY being made of their checksums or addresses, so that the same command goes on where it stopped. When they
are whole, have their checksum and run here, the folder becomes `models/NAME` in one step, with `pulled.json` that says where they are from.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace

from recsh import fetch, hub, paths, weights
from recsh.curated import BY_NAME
from recsh.engine.probe import probe
from recsh.errors import StoreError, UsageError, WeightsError
from recsh.folder import FolderLock, sync
from recsh.hub import Offer
from recsh.regex import regex
from recsh.text import clean

RECORD = "pulled.json"
UNFINISHED = ".unfinished"
RESERVED = ("embedded", "none", "recsh-mini")
Stage = Callable[[str, int, int], None]
"""Told (what is going on: "fetch", "check" or "try", bytes done, bytes in all)."""

_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def find(reference: str) -> tuple[str, Offer]:
    """(a name for it, what would be fetched), asked of the network. Raises `WeightsError`, `UsageError` for what is no reference."""
    choice = BY_NAME.get(reference.lower())
    meant = hub.Reference(choice.repo, choice.file) if choice else hub.parse(reference)
    if meant is not None:
        address = hub.plain_address(meant)
        offer = hub.offer(meant) if hub.installed() or not address else _without_library(meant, address)
        return choice.name if choice else name_of(offer), offer if offer.licence or not choice else replace(offer, licence=choice.licence)
    if "://" in reference:
        offer = _plain(reference)
        return name_of(offer), offer
    import difflib

    close = [n for n in BY_NAME if reference and n.startswith(reference.lower())] or difflib.get_close_matches(reference.lower(), BY_NAME, n=1)
    raise UsageError(f"{clean(reference)!r} is not on the short list", f"did you mean {' or '.join(close)}?" if close else "recsh models pull, to see the list; or hf:OWNER/REPO, or https://...")


def _plain(address: str) -> Offer:
    remote = fetch.look(address)
    file = unquote(urlsplit(address).path).rpartition("/")[2]
    return Offer(address, ((_safe(file if file.endswith(".gguf") else f"{file or 'weights'}.gguf"), remote),))


def _without_library(meant: hub.Reference, address: str) -> Offer:
    """A file of the hub that is open to all, by its address alone."""
    try:
        return replace(_plain(address), source=f"hf:{meant.repo}:{meant.wanted}")
    except WeightsError as error:
        raise WeightsError(error.message, f"{hub.INSTALL}, which knows your login") from error


def _safe(file: str) -> str:
    """A file name that is one everywhere, the number of a part kept."""
    return re.sub(r"[^A-Za-z0-9._+-]", "_", file).lstrip(".")[-150:]


def name_of(offer: Offer) -> str:
    """What weights are called if nobody says: after their file."""
    stem = re.sub(r"[^A-Za-z0-9._-]", "-", weights.whole_name(Path(offer.files[0][0])) or Path(offer.files[0][0]).stem).strip("-._")[:100]
    return stem if stem and stem.lower() not in RESERVED else f"pulled-{stem}".rstrip("-")


def check_name(name: str, offer: Offer) -> bool:
    """Whether these very weights are here under this name already. Raises `UsageError` for a name that is none, or is other weights'."""
    if not _NAME.fullmatch(name) or name.lower() in RESERVED:
        raise UsageError(f"--name: {clean(name)!r} cannot be a name", "letters, digits, points, hyphens and underscores")
    if not (models_folder() / name).exists() and name not in weights.listing(paths.data_dir()):
        return False
    record = pulled(name)
    sums = {remote.sha256 for _, remote in offer.files} - {""}
    if record and (sums == {f["sha256"] for f in record["files"]} if sums else record["source"] == offer.source):
        return True
    raise UsageError(f"other weights are called {name!r}", f"--name {name}-2, or: recsh models rm {name}")


def pull(name: str, offer: Offer, stage: Stage = lambda what, done, total: None, *, sha256: str = "", gpu_layers: int = 0, timeout: float = fetch.TIMEOUT, pause: float = fetch.FIRST_PAUSE) -> Path:
    """Fetch an offer, check and try it, and give it its name; the GGUF's path. `sha256` is what the person says it must be.

    Raises `WeightsError` (what was fetched is kept unless it is wrong), `StoreError` when there is no room or another recsh is at it.
    """
    if sha256 and len(offer.files) > 1:
        raise UsageError("--sha256 is for weights of one file", "leave it out; the hub says what each part must be")
    files = [(_safe(file), replace(remote, sha256=sha256.lower()) if sha256 else remote) for file, remote in offer.files]
    folder = paths.private(_unfinished() / _key(offer))
    lock = FolderLock(folder)
    try:
        with lock.held(alone=True, patience=0.1):
            _fetch_all(folder, files, dict(offer.headers), stage, timeout, pause)
            sums = _check_all(folder, files, offer, stage)
            first = folder / files[0][0]
            stage("try", 0, 0)
            _tried(first, offer, gpu_layers)
            record = {"source": offer.source, "revision": offer.revision, "licence": offer.licence, "pulled_at": datetime.now(timezone.utc).isoformat(timespec="seconds")}
            record["files"] = [{"name": file, "size": (folder / file).stat().st_size, "sha256": sums[file]} for file, _ in files]  # type: ignore[assignment]
            paths.write_private(folder / RECORD, json.dumps(record, indent=2) + "\n")
            target = models_folder() / name
            folder.rename(target)
            sync(target.parent)
            return target / files[0][0]
    except TimeoutError:
        raise StoreError(f"{folder}: another recsh is fetching it", "wait for it") from None
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}", "free some space, or set RECSH_HOME to another folder") from error
    finally:
        lock.close()


def _fetch_all(folder: Path, files: list[tuple[str, fetch.Remote]], headers: dict[str, str], stage: Stage, timeout: float, pause: float) -> None:
    sizes = [remote.size for _, remote in files]
    total = 0 if None in sizes else sum(s for s in sizes if s is not None)
    before = 0
    for file, remote in files:
        fetch.fetch(remote, folder / file, headers, lambda done, whole, before=before: stage("fetch", before + done, total or whole), timeout=timeout, pause=pause)
        before += (folder / file).stat().st_size


def _check_all(folder: Path, files: list[tuple[str, fetch.Remote]], offer: Offer, stage: Stage) -> dict[str, str]:
    """File -> SHA-256. A file that is not what it should be is deleted: nothing can be mended in it."""
    sums = {}
    for file, remote in files:
        found = sums[file] = fetch.sha256(folder / file, lambda done, total: stage("check", done, total))
        if remote.sha256 and found != remote.sha256:
            (folder / file).unlink()
            raise WeightsError(f"{file} of {_named(offer)} is not what it should be: its SHA-256 is {found}, not {remote.sha256}", "pull again; if it stays so, do not trust this source")
        try:
            kind = weights.describe(folder / file).kind
            if kind not in ("chat", "part"):
                raise WeightsError(f"{folder / file} cannot answer: it is of the kind {kind}")
        except WeightsError as error:
            (folder / file).unlink()
            raise WeightsError(error.message.replace(str(folder / file), f"what was fetched of {_named(offer)}"), "another file or address") from error
    return sums


def _tried(path: Path, offer: Offer, gpu_layers: int) -> None:
    try:
        probe(path, paths.cache_dir(), gpu_layers)
    except WeightsError as error:
        told = error.message.replace(str(path), f"{_named(offer)} is whole, but")
        raise WeightsError(told, "pip install -U llama-cpp-python and pull again (nothing is fetched twice), or recsh models rm --unfinished") from error


def _named(offer: Offer) -> str:
    return clean(offer.source.partition("?")[0])


def _key(offer: Offer) -> str:
    """Names a content: the files' checksums, or where they are from and what the server says of them."""
    parts = [remote.sha256 or f"{remote.url.partition('?')[0]} {remote.size} {remote.validator}" for _, remote in offer.files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


# --- what was pulled -----------------------------------------------------------------------------------------------------


def models_folder() -> Path:
    return paths.data_dir() / "models"


def _unfinished() -> Path:
    return models_folder() / UNFINISHED


def pulled(name: str) -> dict | None:
    """What is on record of weights that recsh pulled; None for others."""
    if not _NAME.fullmatch(name):
        return None
    try:
        record = json.loads((models_folder() / name / RECORD).read_text(encoding="utf-8"))
        return {**record, "source": str(record["source"]), "files": [{"name": f["name"], "size": f["size"], "sha256": f["sha256"]} for f in record["files"]]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def path_of(name: str) -> Path:
    """The file that llama.cpp is given of weights that were pulled."""
    return weights.listing(paths.data_dir())[name]


def check_pulled(name: str) -> None:
    """Raises `WeightsError` for weights that recsh did not pull."""
    if pulled(name) is None:
        raise WeightsError(f"{name!r} was not pulled by recsh", "recsh models list; other programs' weights are theirs, a file of your own is deleted as any file")


def remove(name: str) -> int:
    """Delete weights that recsh pulled; bytes gained. Raises `WeightsError` for others, `StoreError` if it cannot be done."""
    check_pulled(name)
    folder = models_folder() / name
    return _delete(folder, _unfinished() / f"removed-{name}")


def unfinished() -> int:
    """Bytes of transfers that were begun and not ended."""
    return sum(p.stat().st_size for p in _unfinished().glob("*/*") if p.is_file())


def remove_unfinished() -> int:
    """Delete what was begun and not ended, but for what another recsh is at; bytes gained."""
    gained = 0
    for folder in [p for p in _unfinished().glob("*") if p.is_dir()]:
        lock = FolderLock(folder)
        try:
            with lock.held(alone=True, patience=0):
                gained += _delete(folder, folder)
        except TimeoutError:
            continue
        finally:
            lock.close()
    return gained


def _delete(folder: Path, aside: Path) -> int:
    """A folder and what is in it, put aside first so that no half of it keeps its name."""
    try:
        size = sum(p.stat().st_size for p in folder.iterdir())
        if aside != folder:
            paths.private(aside.parent)
            shutil.rmtree(aside, ignore_errors=True)
            folder.rename(aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}", "look who holds the files open, and delete the folder") from error
    return size
