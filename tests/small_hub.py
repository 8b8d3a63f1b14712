"""A hub on loopback, small and whole: the routes that huggingface_hub and recsh call, a second host that the bytes come from, and faults to order.

    with Hub() as hub:
        hub.add("owner/repo", {"weights.gguf": data})
        hub.faults["weights.gguf"] = ["cut", "503"]        # the next transfers of this file, one each
        ... HF_ENDPOINT=hub.url ...
        hub.asked                                          # [Asked(method, path, range, authorization), ...]

Faults: cut (half of what was asked for, then the connection ends), stall (nothing more comes), 503 (with Retry-After: 0), flip (a wrong byte),
whole (the range is not heeded), shifted (a range that was not asked for), other (a file that changed), endless, 404.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Asked(NamedTuple):
    method: str
    path: str
    range: str
    authorization: str


@dataclass
class Repo:
    files: dict[str, bytes]
    card: dict[str, Any] = field(default_factory=dict)
    token: str = ""  # gated: who has it is let in


class Hub:
    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.faults: dict[str, list[str]] = {}
        self.asked: list[Asked] = []
        self.redirect = ""  # where bytes are said to be, instead of the second host
        self.listed_sums: dict[str, str] = {}  # file -> a checksum that the listing claims
        self._stop = threading.Event()

    def __enter__(self) -> "Hub":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"hub": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.elsewhere = f"http://localhost:{self.port}"  # another host, as far as credentials go
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add(self, repo: str, files: dict[str, bytes], *, token: str = "", **card: Any) -> None:
        self.repos[repo] = Repo(files, card, token)

    def transfers(self) -> list[Asked]:
        return [a for a in self.asked if a.method == "GET" and a.path.startswith("/cdn/")]


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(Asked(self.command, path, self.headers.get("Range", ""), self.headers.get("Authorization", "")))
        try:
            if path.startswith("/api/models/"):
                self._listing(path.removeprefix("/api/models/"))
            elif path.startswith("/cdn/"):
                self._bytes(path.removeprefix("/cdn/"))
            elif "/resolve/" in path:
                self._resolve(*path.strip("/").split("/resolve/"))
            else:
                self._say(404)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _say(self, status: int, headers: dict[str, str] = {}, body: bytes = b"", length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _listing(self, rest: str) -> None:
        name, _, revision = rest.partition("/revision/")
        repo = self.hub.repos.get(name)
        if repo is None:
            self._say(401, {"X-Error-Code": "RepoNotFound"}, b'{"error":"Repository not found"}')
        elif revision not in ("", "main", COMMIT):
            self._say(404, {"X-Error-Code": "RevisionNotFound"}, b'{"error":"Invalid rev id"}')
        else:
            assert parse_qs(urlsplit(self.path).query).get("blobs"), "sizes and checksums come only when asked for"
            siblings = []
            for file, data in repo.files.items():
                digest = self.hub.listed_sums.get(file, hashlib.sha256(data).hexdigest())
                siblings.append({"rfilename": file, "size": len(data), "blobId": digest[:40], "lfs": {"sha256": digest, "size": len(data), "pointerSize": 134}})
            value = {"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings, "cardData": repo.card, "tags": [], "private": False, "gated": "manual" if repo.token else False, "downloads": 0, "likes": 0}
            self._say(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def _resolve(self, name: str, rest: str) -> None:
        repo, file = self.hub.repos.get(name), rest.partition("/")[2]
        if repo is None:
            self._say(401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        elif repo.token and self.headers.get("Authorization") != f"Bearer {repo.token}":
            self._say(403 if self.headers.get("Authorization") else 401, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to this model is restricted"})
        elif file not in repo.files:
            self._say(404, {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
        else:
            data = repo.files[file]
            digest = hashlib.sha256(data).hexdigest()
            told = {"X-Repo-Commit": COMMIT, "X-Linked-ETag": f'"{digest}"', "X-Linked-Size": str(len(data)), "ETag": f'"{digest}"', "Accept-Ranges": "bytes"}
            self._say(302, {**told, "Location": self.hub.redirect or f"{self.hub.elsewhere}/cdn/{name}/{file}?signature=secret"})

    def _bytes(self, path: str) -> None:
        owner, repo, file = path.split("/", 2)
        data = self.hub.repos[f"{owner}/{repo}"].files[file]
        asked = self.headers.get("Range", "")
        looking = asked == "bytes=0-0"
        queue = self.hub.faults.get(file, [])
        fault = queue.pop(0) if queue and not looking else ""
        if fault == "other":
            data = b"another file" * 1000
        if fault in ("503", "404"):
            return self._say(int(fault), {"Retry-After": "0"})
        start, end = 0, len(data)
        if asked and fault != "whole":
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, end = int(first), min(int(last) + 1, len(data)) if last else len(data)
            if start >= len(data):
                return self._say(416, {"Content-Range": f"bytes */{len(data)}"})
        if fault == "shifted":
            start = max(0, start - 7)
        body = data[start:end]
        if fault == "flip":
            body = body[: len(body) // 2] + bytes([body[len(body) // 2] ^ 1]) + body[len(body) // 2 + 1 :]
        headers = {"ETag": f'"{hashlib.md5(data).hexdigest()}"'}
        if asked and fault != "whole":
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
        if fault == "endless":
            self.send_response(200)
            self.end_headers()
            while not self.hub._stop.is_set():
                self.wfile.write(bytes(1 << 16))
        if fault in ("cut", "stall"):
            self._say(206 if "Content-Range" in headers else 200, headers, body[: len(body) // 2], len(body))
            self.wfile.flush()
            deadline = time.monotonic() + 20
            while fault == "stall" and not self.hub._stop.is_set() and time.monotonic() < deadline:
                time.sleep(0.02)
            self.close_connection = True
        else:
            self._say(206 if "Content-Range" in headers else 200, headers, body)
