"""Where time goes: spans with a name, kept once `begin` was called, as a trace that chrome://tracing, Perfetto and Speedscope show.

    with trace.span("retrieve"): ...        costs nothing worth mentioning as long as nobody asked for it

Leaves out: where the spans are (grep for `trace.span`), and the format's other kinds of events ("Trace Event Format", Google 2016).
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_spans: list[tuple[str, float, float, int]] | None = None  # name, begin and length in seconds, thread


def begin() -> None:
    """Keep spans from now on. The first, "start", is the processor time since the process began: the interpreter and its imports."""
    global _spans
    used = time.process_time()
    _spans = [("start", time.perf_counter() - used, used, threading.get_ident())]


@contextmanager
def span(name: str) -> Iterator[None]:
    """What happens inside, under this name."""
    if _spans is None:
        yield
        return
    begun = time.perf_counter()
    try:
        yield
    finally:
        _spans.append((name, begun, time.perf_counter() - begun, threading.get_ident()))


def end() -> str:
    """The trace as JSON; spans are not kept any more. Times in microseconds from the first span's begin."""
    global _spans
    spans, _spans = sorted(_spans or [], key=lambda s: (s[1], -s[2])), None
    origin = spans[0][1] if spans else 0.0
    events = [
        {"name": name, "ph": "X", "ts": round((at - origin) * 1e6), "dur": round(length * 1e6), "pid": os.getpid(), "tid": thread} for name, at, length, thread in spans
    ]
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}, indent=1) + "\n"
