"""A server on this machine that answers chat completions as it is told to: well, or with what a bad or hostile one would do.

    with Loopback(good) as server: ...      server.url · server.asked (what came: path, headers, body)

A behaviour is a function from `Asked` to a `Said`; `good` is one that judges, gives reasons and writes lists, by the words in front of it.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

LOVED = "thrash"  # what `good` says yes to


@dataclass(frozen=True)
class Asked:
    """A request: `number` counts from 0, `body` is {} for a GET."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        return "\n".join(m["content"] for m in self.body.get("messages", ()))


@dataclass(frozen=True)
class Said:
    """A response: `chunks` are sent one by one, and `cut` hangs up behind them without an end."""

    chunks: Iterable[bytes] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    cut: bool = False


Behaviour = Callable[[Asked], Said]


def told(value: Any, status: int = 200, **headers: str) -> Said:
    """A JSON response."""
    return Said([json.dumps(value).encode()], status, {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()})


def refused(status: int, message: str, **headers: str) -> Said:
    return told({"error": {"message": message, "type": "test", "code": None}}, status, **headers)


def streamed(*texts: str, finish: str | None = "stop", done: bool = True, cut: bool = False, key: str = "content") -> Said:
    """Server-sent events: a piece of text each, the last of them with the finish reason and the usage."""
    events = [{"choices": [{"index": 0, "delta": {key: text}, "finish_reason": None}]} for text in texts]
    if finish:
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}], "usage": {"prompt_tokens": 50, "completion_tokens": len(texts)}})
    chunks = [f"data: {json.dumps(e)}\n\n".encode() for e in events] + [b"data: [DONE]\n\n"] * done
    return Said([b": a comment\n\n", *chunks], headers={"Content-Type": "text/event-stream"}, cut=cut)


def message(text: str, **more: Any) -> Said:
    """A reply in one piece."""
    return told({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop", **more}], "usage": {"prompt_tokens": 10, "completion_tokens": 2}})


def verdict(yes: float, no: float, extra: Mapping[str, float] | None = None) -> Said:
    """A reply of one token, with the probabilities of its rivals; a probability of 0 is left out."""
    top = [{"token": t, "logprob": math.log(p), "bytes": None} for t, p in ({"Yes": yes, " no": no} | dict(extra or {})).items() if p > 0]
    top.sort(key=lambda t: -t["logprob"])
    return message(top[0]["token"], logprobs={"content": [{**top[0], "top_logprobs": top}]})


def good(asked: Asked) -> Said:
    """A server that does everything: yes with nine tenths to what it loves and one tenth to the rest, lists by the schema from the last title."""
    if asked.path.endswith("/models"):
        return told({"object": "list", "data": [{"id": "text-embedding-1"}, {"id": "tiny-chat"}, {"id": "other"}]})
    if asked.body.get("logprobs"):
        return verdict(0.9, 0.1) if LOVED in asked.text.split("Item:")[-1] else verdict(0.1, 0.9)
    if form := asked.body.get("response_format"):
        titles = form["json_schema"]["schema"]["properties"]["picks"]["items"]["properties"]["title"]["enum"]
        return streamed(*re.findall(".{1,7}", json.dumps({"picks": [{"title": t, "reason": ""} for t in titles[::-1][:3]]})))
    if asked.body.get("stream"):
        listed = re.findall(r"^[A-Z]\. ([^|\n]+?) \|", asked.text, re.MULTILINE)
        return streamed(*(f"{n}. {title}\n" for n, title in enumerate(listed[::-1][:3], 1)))
    return message("Yes, because it is thrash metal.\nAnd more.")


class Loopback:
    """The server; `asked` is what came so far, in order."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        self.most = self._now = 0  # requests at one time
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.answer(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: object) -> None:  # a client that hung up is what some tests want
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        with self._lock:
            asked = Asked(len(self.asked), handler.path, {k.lower(): v for k, v in handler.headers.items()}, json.loads(content) if content else {})
            self.asked.append(asked)
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            said = self.behaviour(asked)
        finally:
            with self._lock:
                self._now -= 1
        handler.send_response(said.status)
        for name, value in {**said.headers, "Transfer-Encoding": "chunked"}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for chunk in said.chunks:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            handler.wfile.flush()
        if said.cut:
            handler.close_connection = True
        else:
            handler.wfile.write(b"0\r\n\r\n")

    @property
    def posts(self) -> list[Asked]:
        return [a for a in self.asked if a.body]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def hanging(asked: Asked) -> Said:
    """Says nothing for longer than anybody waits."""
    time.sleep(3)
    return message("too late")
