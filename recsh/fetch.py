"""One large file over http(s): asked about first, fetched in one piece or many, taken up where it stopped.

A server's word is checked: the address it redirects to, the size it announced, the place a range begins at. Credentials go to the host they were
given for and to no other. A transfer that breaks is taken up again as long as it makes progress; what was fetched stays in the file, so that
the next run takes it up as well. Standard library alone. Leaves out: what is fetched, and where it is put in the end (see `pull`).
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import random
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from recsh.errors import StoreError, WeightsError
from recsh.regex import regex

Progress = Callable[[int, int], None]
"""Told (bytes that are here, bytes in all; 0 if nobody knows)."""

LIMIT = 200 << 30  # bytes; the largest GGUF that a large machine runs
MARGIN = 64 << 20  # bytes left free on the disk
CHUNK = 1 << 18
TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 6  # in a row without progress
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between attempts; each is twice the one before
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_HASH = regex(r"[0-9a-f]{64}")


class Remote(Struct, frozen=True):
    """What a server says of a file: bytes (None if it does not say), a validator of its content (an ETag) and its SHA-256 (empty if not said)."""

    url: str
    size: int | None
    validator: str = ""
    sha256: str = ""


def look(url: str, headers: Mapping[str, str] = {}, *, timeout: float = TIMEOUT) -> Remote:
    """Ask about a file by its first byte: signed addresses often allow nothing but GET. Raises `WeightsError`."""
    try:
        with _open(url, {**headers, "Range": "bytes=0-0"}, timeout) as (response, said):
            _, total = _range(response)
            size = total if response.status == 206 else _length(response)
            validator = response.headers.get("ETag", "")
            linked = said.get("X-Linked-Etag", response.headers.get("X-Linked-Etag", "")).strip('"')  # the hub's, told before it redirects
            return Remote(url, size, "" if validator.startswith("W/") else validator, linked if _HASH.fullmatch(linked) else "")
    except (OSError, http.client.HTTPException) as error:
        raise failed(url, error) from error


def fetch(
    remote: Remote, part: Path, headers: Mapping[str, str] = {}, progress: Progress = lambda done, total: None, *, limit: int = LIMIT, timeout: float = TIMEOUT,
    pause: float = FIRST_PAUSE,
) -> None:  # fmt: skip
    """Make `part` the whole file, going on behind what it holds already.

    Raises `WeightsError` if the server refuses, sends something else than it announced, or stays away; `StoreError` if there is no room. What
    was fetched is kept in `part` then.
    """
    left, seconds = ATTEMPTS, pause
    while True:
        before = _size(part)
        try:
            if remote.size is not None and before > remote.size:
                part.unlink()
            _enough_room(part, remote.size, limit)
            if _once(remote, part, headers, progress, limit, timeout):
                return
            problem: Exception = WeightsError(f"{_shown(remote.url)}: the transfer broke off after {_size(part):,} bytes")
        except urllib.error.HTTPError as error:
            error.close()
            if error.code not in _AGAIN:
                raise failed(remote.url, error) from error
            problem, seconds = error, max(seconds, _retry_after(error))
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS):
                raise StoreError(f"{part.parent}: {error.strerror}", "free some space, or set RECSH_HOME to another folder") from error
            problem = error
        if _size(part) > before:
            left, seconds = ATTEMPTS, pause
        left -= 1
        if not left:
            raise failed(remote.url, problem) from problem
        time.sleep(seconds * (0.75 + 0.5 * random.random()))
        seconds = min(2 * seconds, LONGEST_PAUSE)


def sha256(path: Path, progress: Progress = lambda done, total: None) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    digest, done, total = hashlib.sha256(), 0, _size(path)
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            progress(done := done + len(chunk), total)
    return digest.hexdigest()


def free_space(folder: Path) -> int:
    """Bytes free on the disk of a folder that need not be there yet."""
    return shutil.disk_usage(next(p for p in (folder, *folder.absolute().parents) if p.exists())).free


def failed(url: str, error: Exception) -> WeightsError:
    """What went wrong, as an error that says what to do."""
    if isinstance(error, WeightsError):
        return WeightsError(error.message, error.hint or "the same command goes on where it stopped")
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        if error.code in (401, 403):
            return WeightsError(f"{_shown(url)}: the server does not let you in ({error.code})", "an address that is open to all, or a hub that you are logged in to: hf:OWNER/REPO")
        if error.code in (404, 410):
            return WeightsError(f"{_shown(url)}: there is no such file ({error.code})", "check the address")
        return WeightsError(f"{_shown(url)}: the server answers {error.code}", "try again later; what was fetched is kept")
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    told = "no answer in time" if isinstance(cause, TimeoutError) else getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return WeightsError(f"{_shown(url)}: {told}", "check the network; the same command goes on where it stopped")


# --- one request ---------------------------------------------------------------------------------------------------------


def _once(remote: Remote, part: Path, headers: Mapping[str, str], progress: Progress, limit: int, timeout: float) -> bool:
    """One request and its bytes; whether the file is whole then."""
    have = _size(part)
    if have and have == remote.size:
        return True
    asked = dict(headers)
    if have:
        asked["Range"] = f"bytes={have}-"
        if remote.validator:
            asked["If-Range"] = remote.validator
    try:
        response, _ = (opened := _open(remote.url, asked, timeout)).__enter__()
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        error.close()  # nothing behind what is here: it was of another file
        part.unlink(missing_ok=True)
        return False
    with opened:
        start, total = _range(response)
        if response.status != 206:
            start, total = 0, _length(response)
        elif start != have:
            raise WeightsError(f"{_shown(remote.url)}: the server sent bytes from {start:,} where {have:,} was asked for", "try again, or another address")
        if remote.size is not None and total is not None and total != remote.size:
            raise WeightsError(f"{_shown(remote.url)}: the file has {total:,} bytes, and {remote.size:,} were announced", "it may be changing; try again")
        if remote.validator and response.headers.get("ETag", remote.validator) != remote.validator:
            part.unlink(missing_ok=True)
            raise WeightsError(f"{_shown(remote.url)}: the file is another one than before", "pull again")
        total = remote.size if total is None else total
        with open(part, "r+b" if start else "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.truncate(start)
            file.seek(start)
            done = _copy(response, file, start, total, min(limit, total or limit), progress, remote.url)
            file.flush()
            os.fsync(file.fileno())
        return done == total or total is None and done >= 0


def _copy(response: Any, file: Any, done: int, total: int | None, most: int, progress: Progress, url: str) -> int:
    """Bytes of a response into a file; how many are there then, -1 if the connection broke off in the midst of a piece. Ends early where the connection does."""
    progress(done, total or 0)
    while True:
        try:
            chunk = response.read1(CHUNK)
        except http.client.IncompleteRead:
            return -1
        if not chunk:
            return done
        if done + len(chunk) > most:
            raise WeightsError(f"{_shown(url)}: the server sends more than {most:,} bytes", "another address")
        file.write(chunk)
        progress(done := done + len(chunk), total or 0)


class _open:
    """A GET with redirects followed: (response, headers of the redirects on the way). Raises `WeightsError` for an address that is none."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float) -> None:
        check_address(url)
        self._redirects = _Redirects()
        opener = urllib.request.build_opener(self._redirects)
        opener.addheaders = [("User-Agent", "recsh"), ("Accept-Encoding", "identity")]
        self._response = opener.open(urllib.request.Request(url, headers=dict(headers)), timeout=timeout)

    def __enter__(self) -> tuple[Any, dict[str, str]]:
        return self._response, self._redirects.said

    def __exit__(self, *_: object) -> None:
        self._response.close()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Redirects to http(s) alone, never from https to http; another host gets no credentials. `said` is what redirecting servers told."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        check_address(newurl)
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise WeightsError(f"{_shown(req.full_url)} redirects to {_shown(newurl)}, which is not encrypted", "another address")
        self.said = {k.title(): v for k, v in headers.items()} | self.said
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and urllib.parse.urlsplit(newurl).netloc != urllib.parse.urlsplit(req.full_url).netloc:
            new.headers = {k: v for k, v in new.headers.items() if k.lower() not in ("authorization", "cookie")}
        return new


def check_address(url: str) -> None:
    """Raises `WeightsError` unless it is http(s) with a host."""
    try:
        parts = urllib.parse.urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        fine = False
    if not fine:
        raise WeightsError(f"{_shown(url)} is not an http(s) address", "recsh models pull https://...")


def _shown(url: str) -> str:
    """An address as it may be shown: signatures stand in the query, passwords before the host."""
    return re.sub(r"//[^/@]*@", "//", url.partition("?")[0])[:300]


def _range(response: Any) -> tuple[int, int | None]:
    """(first byte, bytes in all) of a Content-Range; (0, None) where there is none."""
    found = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", response.headers.get("Content-Range", "").strip())
    return (int(found[1]), None if found[2] == "*" else int(found[2])) if found else (0, None)


def _length(response: Any) -> int | None:
    value = response.headers.get("Content-Length", "")
    return int(value) if value.isdigit() and len(value) < 19 else None


def _retry_after(error: urllib.error.HTTPError) -> float:
    value = error.headers.get("Retry-After", "")
    return min(float(value), LONGEST_PAUSE) if value.isdigit() else 0.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _enough_room(part: Path, size: int | None, limit: int) -> None:
    if size is not None and size > limit:
        raise WeightsError(f"{size:,} bytes are more than recsh fetches ({limit:,})", "smaller weights")
    free, missing = free_space(part.parent), (size or 0) - _size(part)
    if missing + MARGIN > free:
        raise StoreError(f"{part.parent}: {missing:,} bytes are to come, and {free:,} are free", "free some space, or set RECSH_HOME to another folder")
