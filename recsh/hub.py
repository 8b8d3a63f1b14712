"""Hugging Face's hub, by its own library (`pip install 'recsh[hub]'`): which GGUF a reference means, its size, checksum and licence, and who may
have it.

    OWNER/REPO            the GGUF of the repository; of several the one at Q4_K_M
    OWNER/REPO:FILE       that file, or the first of the parts that it is split into
    OWNER/REPO:Q8_0       the file at that quantization

The library answers questions and knows the login (HF_TOKEN, or `hf auth login`) and the address (HF_ENDPOINT). The bytes are fetched by `fetch`: the
library keeps nothing of a transfer that was stopped, knows no limit, and does not compare the checksum. Leaves out: other sites.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from recsh.errors import WeightsError
from recsh.fetch import Remote
from recsh.regex import regex
from recsh.text import clean
from recsh.weights import whole_name

DEFAULT = "https://huggingface.co"
USUAL = ("Q4_K_M", "Q4_0", "Q8_0")  # which of several files, if nothing is said
PATIENCE = 20.0  # seconds for an answer
INSTALL = "pip install 'recsh[hub]'"
_REPO = regex(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)
_PAGE = regex(r"https?://([^/]+)/([^/]+/[^/]+)(?:/(?:resolve|blob)/([^/]+)/(.+?\.gguf))?(?:/tree/([^/]+))?/?(?:\?.*)?(?:#.*)?")


class Reference(Struct, frozen=True):
    """What a person meant: `wanted` is a file, a quantization, or empty; `revision` a branch, tag or commit, empty for the main one."""

    repo: str
    wanted: str = ""
    revision: str = ""


class Offer(Struct, frozen=True):
    """What would be fetched: files by name, all parts of one GGUF. `headers` carry the login to the hub and are never shown."""

    source: str
    files: tuple[tuple[str, Remote], ...]
    licence: str = ""
    revision: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int | None:
        """Bytes of all files together; None if a server does not say."""
        sizes = [remote.size for _, remote in self.files]
        return None if None in sizes else sum(s for s in sizes if s is not None)


def parse(text: str) -> Reference | None:
    """`hf:OWNER/REPO[:FILE]`, or the address of a hub page as a browser shows it; None for anything else. Raises `WeightsError` for half of one."""
    if text.lower().startswith("hf:"):
        repo, _, wanted = text[3:].strip("/").partition(":")
        if not _REPO.fullmatch(repo):
            raise WeightsError(f"{text!r} names no repository of the hub", "recsh models pull hf:Qwen/Qwen3-0.6B-GGUF")
        return Reference(repo, wanted)
    page = _PAGE.fullmatch(text)
    hosts = ("huggingface.co", "hf.co", _endpoint().split("//")[-1])
    if page is None or page[1] not in hosts or not _REPO.fullmatch(page[2]) or page[2].startswith(("api/", "datasets/", "spaces/")):
        return None
    from urllib.parse import unquote

    return Reference(page[2], unquote(page[4] or ""), unquote(page[3] or page[5] or ""))


def plain_address(reference: Reference) -> str:
    """Where a named file lies for those who have no library; empty if no file was named."""
    named = reference.wanted.endswith(".gguf")
    return f"{_endpoint()}/{reference.repo}/resolve/{reference.revision or 'main'}/{reference.wanted}" if named else ""


def installed() -> bool:
    """Whether the hub's library is here."""
    from importlib.util import find_spec

    return find_spec("huggingface_hub") is not None


def offer(reference: Reference) -> Offer:
    """Ask the hub. Raises `WeightsError`: no library, no such repository or file, a licence not accepted, no answer."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # else it finds out which program calls it, and tells the hub
    try:
        import huggingface_hub as hub
    except ImportError:
        address = plain_address(reference)
        raise WeightsError("weights of the hub need the package huggingface_hub", f"{INSTALL}, or without it: recsh models pull {address or 'https://...'}") from None
    endpoint = _endpoint()
    try:
        info = hub.HfApi(endpoint=endpoint, library_name="recsh").model_info(reference.repo, revision=reference.revision or None, files_metadata=True, timeout=PATIENCE)
        names = choose([s.rfilename for s in info.siblings or ()], reference)
        urls = {name: hub.hf_hub_url(reference.repo, name, revision=info.sha, endpoint=endpoint) for name in names}
        first = hub.get_hf_file_metadata(urls[names[0]], timeout=PATIENCE, endpoint=endpoint)  # who is not let in learns it here
    except WeightsError:
        raise
    except Exception as error:  # its HTTP library changed twice, and so did what escapes from it
        raise _told(error, reference, endpoint) from error
    card = info.card_data or {}
    licence = card.get("license_name") if card.get("license") == "other" else card.get("license")
    sizes = {s.rfilename: (s.size, s.lfs.sha256 if s.lfs else "") for s in info.siblings or ()}
    files = tuple((name.rpartition("/")[2], Remote(urls[name], *_checked(sizes[name], first if name == names[0] else None))) for name in names)
    login = {k: v for k, v in hub.utils.build_hf_headers(library_name="recsh").items() if k.lower() in ("authorization", "user-agent")}
    return Offer(f"hf:{reference.repo}:{names[0]}", files, clean(str(licence or ""))[:80], str(info.sha or ""), tuple(login.items()))


def _checked(listed: tuple[int | None, str], head: Any) -> tuple[int | None, str, str]:
    """(size, validator, SHA-256) of a file, from the listing, else from the answer to the question about it."""
    size, sha = listed
    if head is not None:
        size = head.size if size is None else size
        sha = sha or (head.etag if head.etag and re.fullmatch(r"[0-9a-f]{64}", head.etag) else "")
    return size, "", sha if re.fullmatch(r"[0-9a-f]{64}", sha or "") else ""


def choose(names: Sequence[str], reference: Reference) -> list[str]:
    """The files of a repository that a reference means: all parts of one GGUF. Raises `WeightsError` that lists what there is.

    >>> choose(["a-Q4_K_M.gguf", "a-Q8_0.gguf", "mmproj-a.gguf"], Reference("o/r", "q8_0"))
    ['a-Q8_0.gguf']
    """
    every = sorted(n for n in names if n.lower().endswith(".gguf") and "mmproj" not in n.lower() and ".." not in PurePosixPath(n).parts)
    whole = [n for n in every if whole_name(PurePosixPath(n))]
    wanted = reference.wanted
    if wanted.lower().endswith(".gguf"):
        found = [n for n in whole if n == wanted] or [n for n in whole if PurePosixPath(n).name.lower() == PurePosixPath(wanted).name.lower()]
    elif wanted:
        found = [n for n in whole if _is_quantized(n, wanted)]
    else:
        found = whole if len(whole) == 1 else next((f for q in USUAL if (f := [n for n in whole if _is_quantized(n, q)])), [])
    if not found:
        shown = ", ".join(clean(n) for n in whole[:12]) + (f" and {len(whole) - 12} more" if len(whole) > 12 else "")
        if not whole:
            raise WeightsError(f"hf:{reference.repo} holds no GGUF", "look for a repository that ends in -GGUF")
        raise WeightsError(f"hf:{reference.repo} has no {wanted or 'file at Q4_K_M'!s}; it has {shown}", f"recsh models pull hf:{reference.repo}:{clean(whole[0])}")
    chosen = min(found, key=lambda n: (n.count("/"), len(n), n))
    head, split, tail = chosen.rpartition("-00001-of-")
    return [chosen] if not split else [n for n in every if n.startswith(f"{head}-") and n.endswith(f"-of-{tail}")]


def _is_quantized(name: str, quantization: str) -> bool:
    return re.search(rf"(?<![a-z0-9]){re.escape(quantization.lower())}(?![a-z0-9_])", whole_name(PurePosixPath(name)).lower()) is not None


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or DEFAULT).rstrip("/")


def _told(error: Exception, reference: Reference, endpoint: str) -> WeightsError:
    """An error of the hub's library in recsh's words."""
    from huggingface_hub import errors

    page = f"{endpoint}/{reference.repo}"
    if isinstance(error, errors.GatedRepoError):
        return WeightsError(f"hf:{reference.repo} is only for those who accepted its licence", f"accept it at {page}, then: hf auth login (or set HF_TOKEN), and pull again")
    if isinstance(error, errors.RepositoryNotFoundError):
        return WeightsError(f"hf:{reference.repo}: the hub has no such repository, or it is not open to you", f"look at {page}; if it is yours: hf auth login")
    if isinstance(error, errors.RevisionNotFoundError):
        return WeightsError(f"hf:{reference.repo} has no revision {reference.revision}", f"look at {page}")
    if isinstance(error, errors.EntryNotFoundError):
        return WeightsError(f"hf:{reference.repo} has no file {reference.wanted}", f"look at {page}")
    if isinstance(error, errors.OfflineModeIsEnabled):
        return WeightsError("the hub is not asked while HF_HUB_OFFLINE is set", "unset HF_HUB_OFFLINE")
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return WeightsError(f"hf:{reference.repo}: the hub does not accept your login ({status})", "hf auth login, or unset HF_TOKEN")
    if status is not None:
        return WeightsError(f"hf:{reference.repo}: the hub answers {status}", "try again later")
    return WeightsError(f"{endpoint} cannot be reached: {clean(str(error))[:200] or type(error).__name__}", "check the network; HF_ENDPOINT names another hub")
