"""Where a server is: its address taken apart, whether it is this machine, and the key that may go there.

Leaves out: asking it (see `wire`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from recsh.errors import UsageError

OWN_KEY, OPENAI_KEY = "RECSH_API_KEY", "OPENAI_API_KEY"
OPENAI = "openai.com"
EXAMPLE = "http://localhost:8080, or https://HOST/v1"
_PORTS = {"http": 80, "https": 443}


class Address(Struct, frozen=True):
    """`base` is what paths such as /chat/completions stand behind; `secure` whether it is https, `loopback` whether it is this machine."""

    base: str
    host: str
    secure: bool
    loopback: bool


def address(url: str, called: str = "--server") -> Address:
    """The address of a server as its documentation gives it; /v1 is added where there is no path. Raises `UsageError`, which never repeats a
    password that stands in it.

    >>> address("http://localhost:8080").base, address("https://example.org/api/v1/chat/completions/").base
    ('http://localhost:8080/v1', 'https://example.org/api/v1')
    """
    try:
        parts = urlsplit(url.strip())
        host, port, place = parts.hostname or "", parts.port, parts.netloc
    except ValueError as error:
        raise UsageError(f"{called}: not an address: {error}", EXAMPLE) from None
    if "@" in place:
        raise UsageError(f"{called}: the address holds a name or a password, which would be seen", f"export {OWN_KEY}=... for a key")
    if parts.scheme not in _PORTS or not host or any(c.isspace() or not c.isprintable() for c in url.strip()):
        raise UsageError(f"{called}: {url!r} is not the address of a server", EXAMPLE)
    if parts.query or parts.fragment:
        raise UsageError(f"{called}: {url!r} has more than an address", EXAMPLE)
    del port  # read so that a wrong one is an error
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    return Address(f"{parts.scheme}://{place}{path or '/v1'}", host, parts.scheme == "https", _is_here(host))


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def key_for(there: Address, environ: Mapping[str, str] | None = None) -> str | None:
    """The key that may go to this address, from the environment alone: RECSH_API_KEY to any, OPENAI_API_KEY to OpenAI and to this machine, as
    anybody else has no business with it. Raises `UsageError` for what cannot be a key, without repeating it."""
    environ = os.environ if environ is None else environ
    names = (OWN_KEY, OPENAI_KEY) if there.loopback or f".{there.host}".endswith(f".{OPENAI}") else (OWN_KEY,)
    name = next((n for n in names if environ.get(n, "").strip()), None)
    if name is None:
        return None
    key = environ[name].strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(f"{name}: there are characters in it that no key has", f"export {name}=...")
    return key


def same_place(url: str, target: str) -> bool:
    """Whether a redirect stays with the same server: scheme, host and port, or from http to https there."""
    try:
        a, b = urlsplit(url), urlsplit(target)
        if a.hostname != b.hostname or b.scheme not in _PORTS or "@" in b.netloc:
            return False
        return (a.scheme, _port(a)) == (b.scheme, _port(b)) or (a.scheme, b.scheme, _port(a), _port(b)) == ("http", "https", 80, 443)
    except ValueError:
        return False


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def remarks(there: Address, environ: Mapping[str, str] | None = None) -> list[str]:
    """What a person should know before anything goes to this address; nothing for this machine."""
    if there.loopback:
        return []
    said = [f"the request, rows that may fit it, and what you liked go to {there.base}"]
    if key_for(there, environ) and not there.secure:
        said.append("warning: the key goes there unencrypted, for anybody on the way to read; https would hide it")
    return said
