"""One request to a server over HTTP: sent, tried again where that may help, and what comes read within bounds.

A refusal that may pass (408, 429, 5xx, a connection refused or lost) is tried again, each time after about twice the wait (half of it by
chance, so that many do not come back at once), or after what Retry-After says. A redirect to another place is an error: neither the key
nor the rows go where nobody named. What a server says is data: bounded, and never repeated with the key in it.
Leaves out: several requests at a time (see `wire`), what is asked and what answers mean (see `remote`).
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from recsh.engine import failure
from recsh.engine.address import OPENAI_KEY, OWN_KEY, Address, same_place
from recsh.errors import EngineError
from recsh.regex import regex
from recsh.text import clean

if TYPE_CHECKING:
    import httpx2

ATTEMPTS, FIRST_WAIT, LONGEST_WAIT = 5, 0.5, 30.0  # tries; seconds before the second one; seconds that Retry-After may ask for
KNOCKS = 3  # tries where nobody listens: a server that is not running does not start by itself
CONNECT, READ = 5.0, 120.0  # seconds to connect, and without a byte: a long prompt on a slow machine takes a minute before its first token
DOWN = 10.0  # seconds in which a server that was found down is not asked again
REPLY_LIMIT, LINE_LIMIT, STREAM_LIMIT, ERROR_LIMIT = 16 << 20, 256 << 10, 32 << 20, 64 << 10  # bytes
TOLD = 240  # characters of a server's own words in an error
REDIRECTS = 5
_PASSING = frozenset({408, 429, 500, 502, 503, 504, 529})
_LASTING = regex(r"support|invalid|unrecogni[sz]ed|validation error", re.IGNORECASE)
_BASE = "the address as its documentation gives it, mostly ending in /v1"

Body = Mapping[str, Any]


class Refused(EngineError):
    """The server answered, but with a refusal: its HTTP status, and its own words (longer than in the message)."""

    def __init__(self, message: str, hint: str, status: int, words: str) -> None:
        super().__init__(message, hint)
        self.status, self.words = status, words


class _Passing(Exception):
    """Worth another try: the error if that was the last one, what the server wants us to wait (seconds), and how many tries in all."""

    def __init__(self, error: EngineError, wait: float = 0.0, tries: int = ATTEMPTS, *, down: bool = False) -> None:
        super().__init__(error.message)
        self.error, self.wait, self.tries, self.down = error, wait, tries, down


class Exchange:
    """One server, asked over HTTP. `connect` and `read` in seconds. For one event loop; methods raise `EngineError`."""

    def __init__(self, address: Address, key: str | None, *, connect: float = CONNECT, read: float = READ) -> None:
        import httpx2

        self.address = address
        self._key = key
        self._down: tuple[float, EngineError] | None = None
        headers = {"Accept-Encoding": "identity", "User-Agent": "recsh"} | ({"Authorization": f"Bearer {key}"} if key else {})
        # A proxy of the environment is for the world outside; what runs on this machine is asked directly.
        self._client = httpx2.AsyncClient(
            headers=headers, timeout=httpx2.Timeout(read, connect=connect, pool=None), follow_redirects=False, trust_env=not address.loopback,
            limits=httpx2.Limits(max_connections=None),
        )  # fmt: skip

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def json(self, method: str, path: str, body: Body | None = None) -> dict[str, Any]:
        """The JSON object that answers a request; `path` stands behind the address."""
        return await self._send(method, path, body, self._json)

    async def events(self, path: str, body: Body, put: Callable[[dict[str, Any]], None]) -> None:
        """Hand the events of a streamed reply to `put`, or the one reply of a server that does not stream. An error before the first event may be
        tried again; one after it has the code "cut"."""
        import httpx2

        begun = False

        async def read(response: httpx2.Response) -> None:
            nonlocal begun
            if "text/event-stream" not in response.headers.get("content-type", ""):
                put(await self._json(response))
                return
            async for data in self._events(response):
                event = self._object(data)
                if "error" in event:
                    raise self._error(_cut(self._words(data.encode())) or "failed")
                begun = True
                put(event)

        async def once(response: httpx2.Response) -> None:
            try:
                await read(response)
            except (httpx2.TransportError, EngineError) as error:
                if not begun:
                    raise
                why = error.message.removeprefix(f"{self.address.base}: ") if isinstance(error, EngineError) else _reason(error)
                raise failure(f"{self.address.base}: broke off in the middle: {why}", "cut") from None  # what was said cannot be unsaid by asking again

        await self._send("POST", path, body, once)

    async def _send(self, method: str, path: str, body: Body | None, read: Callable[[httpx2.Response], Awaitable[Any]]) -> Any:
        """A request, and what `read` makes of its response; tried again where that may help."""
        if self._down and time.monotonic() < self._down[0]:
            raise EngineError(self._down[1].message, self._down[1].hint)
        attempt = 1
        while True:
            try:
                found = await self._once(method, path, body, read)
                self._down = None
                return found
            except _Passing as passing:
                wait = max(passing.wait, random.uniform(0.5, 1.0) * FIRST_WAIT * 2 ** (attempt - 1))
                if attempt >= passing.tries or passing.wait > LONGEST_WAIT:
                    if passing.down:
                        self._down = (time.monotonic() + DOWN, passing.error)
                    raise passing.error from None
            attempt += 1
            await asyncio.sleep(wait)

    async def _once(self, method: str, path: str, body: Body | None, read: Callable[[httpx2.Response], Awaitable[Any]]) -> Any:
        import httpx2

        url = f"{self.address.base}/{path}"
        try:
            for _ in range(REDIRECTS):
                async with self._client.stream(method, url, json=body) as response:
                    if not response.has_redirect_location:
                        if not response.is_success:
                            raise await self._refused(response, body or {})
                        return await read(response)
                    url = self._moved(method, url, response)
            raise self._error("redirects in a circle")
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _Passing(self._error(_reason(error), "is it running? recsh ask --engine embedded asks the weights here"), tries=KNOCKS, down=True) from None
        except httpx2.TimeoutException:
            raise self._error(f"said nothing for {self._client.timeout.read:.0f} seconds", "a faster server, or fewer rows: recsh config set shortlist 8") from None
        except httpx2.TransportError as error:
            raise _Passing(self._error(f"broke off the connection: {_reason(error)}"), tries=KNOCKS) from None
        except (httpx2.InvalidURL, httpx2.DecodingError, UnicodeError) as error:
            raise self._error(f"cannot be asked: {_reason(error)}") from None

    def _moved(self, method: str, url: str, response: httpx2.Response) -> str:
        """Where a redirect leads, if that is the same server. What would change the request or take it elsewhere is an error."""
        target = urljoin(url, response.headers["location"])
        if not same_place(url, target):
            raise self._error(f"redirects to {clean(target)[:TOLD]}, and nothing was sent there", "name that address as the server, if you trust it")
        if method == "POST" and response.status_code not in (307, 308):
            raise self._error(f"redirects ({response.status_code}) in a way that loses the request", f"--server {clean(target)[:TOLD]}")
        return target

    async def _refused(self, response: httpx2.Response, body: Body) -> Exception:
        """The error that a response other than 200 stands for."""
        words = self._words(await self._read(response, ERROR_LIMIT, cut=True))
        status = response.status_code
        told = f"{status} {clean(response.reason_phrase)[:40]}".strip() + (f": {_cut(words)}" if words else "")
        hint = ""
        if status in (401, 403):
            told = f"does not accept the key ({told})" if self._key else f"wants a key ({told})"
            hint = f"export {OWN_KEY}=...   ({OPENAI_KEY} goes to openai.com and this machine only)"
        elif status == 404:
            hint = f"{_BASE}; --model names a model that it has"
        refused = Refused(f"{self.address.base}: {told}", hint, status, words)
        # What names a part of the request, or says that it cannot be, will be refused as often as it is sent.
        if status not in _PASSING or _LASTING.search(words) or any(part in words for part in body if part not in ("model", "messages", "stream")):
            return refused
        return _Passing(refused, _retry_after(response.headers.get("retry-after", "")), down=status in (502, 503, 504))

    async def _events(self, response: httpx2.Response) -> AsyncIterator[str]:
        """The data of server-sent events (WHATWG HTML, 9.2.6) up to [DONE]; a stream that ends without it ends."""
        rest, data, size = b"", [], 0
        async for chunk in self._raw(response):
            size += len(chunk)
            *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
            if size > STREAM_LIMIT or len(rest) > LINE_LIMIT or any(len(line) > LINE_LIMIT for line in lines):
                raise self._error("sends more than an answer can be")
            for line in lines:
                if line.startswith(b"data:"):
                    data.append(line[5:].removeprefix(b" "))
                elif not line and data:
                    text, data = b"\n".join(data).decode("utf-8", "replace"), []
                    if text.strip() == "[DONE]":
                        return
                    yield text
        if data:  # some servers leave out the empty line behind the last event
            text = b"\n".join(data).decode("utf-8", "replace")
            if text.strip() != "[DONE]":
                yield text

    async def _raw(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        """The bytes as they come. What is compressed unasked is not opened: a little of it can be very much."""
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise self._error("answers compressed, which it was not asked to")
        async for chunk in response.aiter_raw():
            yield chunk

    async def _read(self, response: httpx2.Response, limit: int, *, cut: bool = False) -> bytes:
        out = bytearray()
        async for chunk in self._raw(response):
            out += chunk
            if len(out) > limit:
                if cut:
                    return bytes(out[:limit])
                raise self._error("sends more than an answer can be")
        return bytes(out)

    async def _json(self, response: httpx2.Response) -> dict[str, Any]:
        return self._object(await self._read(response, REPLY_LIMIT))

    def _object(self, text: bytes | str) -> dict[str, Any]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise self._error("answers with something that is not JSON", _BASE)
        return value

    def _error(self, what: str, hint: str = "") -> EngineError:
        return EngineError(f"{self.address.base}: {what}", hint)

    def _words(self, body: bytes) -> str:
        """What the body of an error says, as one line without the key, which some servers repeat."""
        text = body.decode("utf-8", "replace")
        try:
            value = json.loads(text)
            for name in ("error", "detail", "message"):
                while isinstance(value, dict) and name in value:
                    value = value[name]
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
        if self._key:
            text = text.replace(self._key, "…")
        return clean(text[:ERROR_LIMIT])


def _cut(text: str) -> str:
    return text if len(text) <= TOLD else text[:TOLD] + "…"


def _reason(error: Exception) -> str:
    """Why a connection failed, in the system's words where they are known."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, OSError) and cause.strerror:
            return clean(cause.strerror)[:TOLD]
        cause = cause.__cause__ or cause.__context__
    return clean(str(error))[:TOLD] or type(error).__name__


def _retry_after(value: str) -> float:
    """Seconds that a Retry-After header asks for: a number, or a date (RFC 9110, 10.2.3); 0 for anything else."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0
