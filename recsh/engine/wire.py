"""Several requests to a server at a time, from plain threads: answered as they come, streamed, and stopped when the person says so.

    wire = Wire(address("http://localhost:8080"))
    for number, reply in wire.each([body, body]): ...      # as they are answered, a few at a time
    for event in wire.stream(body): ...                    # what a written answer adds

Leaves out: one request and its retries (see `exchange`), what is asked and what answers mean (see `remote`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from recsh.engine import failure
from recsh.engine.address import Address
from recsh.engine.exchange import Body, Exchange

IN_FLIGHT = 8  # requests at one time: enough to fill a server's batch, few enough for a small one's queue


class Wire:
    """Connections to one server, served by a thread of their own; `waits` as in `Exchange`. Every method raises `EngineError`; what
    `interrupt` stopped, one with the code "interrupted".

    Several threads may ask at once. `turn` is a lock that whoever asks holds, and that is let go of while the server is waited for.
    """

    def __init__(self, address: Address, key: str | None = None, **waits: float) -> None:
        self.address = address
        self.turn: threading.Lock | None = None
        self._exchange = Exchange(address, key, **waits)
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._running: dict[Future[Any], int] = {}  # and the thread that asked
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="recsh-wire", daemon=True)
        self._thread.start()

    def share(self, jobs: int) -> threading.Lock:
        """Have a `turn`, for `jobs` threads, and room for a request of each."""
        self.turn = threading.Lock()
        self._room = asyncio.Semaphore(max(IN_FLIGHT, jobs))
        return self.turn

    # --- what is asked -----------------------------------------------------------------------------------------------

    def get(self, path: str) -> Any:
        """The JSON at a path below the address."""
        (future,) = self._start(lambda: self._exchange.json("GET", path))
        return self._elsewhere(lambda: _result(future))

    def each(self, bodies: Sequence[Body], path: str = "chat/completions") -> Iterator[tuple[int, dict[str, Any]]]:
        """(number of the body, reply) as replies come. The first error ends it, and the requests that are still under way."""
        replies: SimpleQueue[tuple[int, Future[Any]]] = SimpleQueue()
        futures = self._start(*(lambda body=body: self._with_room(lambda: self._exchange.json("POST", path, body)) for body in bodies))
        try:
            for n, future in enumerate(futures):
                future.add_done_callback(lambda done, n=n: replies.put((n, done)))
            for _ in futures:
                n, done = self._elsewhere(replies.get)
                yield n, _result(done)
        finally:
            for future in futures:
                future.cancel()

    def together(self, bodies: Sequence[Body], path: str = "chat/completions") -> list[dict[str, Any]]:
        """All replies, in the order of the bodies."""
        found = dict(self.each(bodies, path))
        return [found[n] for n in range(len(bodies))]

    def stream(self, body: Body, path: str = "chat/completions") -> Iterator[dict[str, Any]]:
        """The events of a streamed reply, or the one reply of a server that does not stream. An error before the first event is tried again,
        one later ends it with code "cut"."""
        events: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        (future,) = self._start(lambda: self._with_room(lambda: self._exchange.events(path, {**body, "stream": True}, events.put)))
        future.add_done_callback(lambda _: events.put(None))
        try:
            while (event := self._elsewhere(events.get)) is not None:
                yield event
            _result(future)
        finally:
            future.cancel()

    def interrupt(self, asker: int | None = None) -> None:
        """Stop what is under way, all of it or what one thread asked; from any thread, or a signal handler."""
        for future, thread in [*self._running.items()]:
            if asker in (None, thread):
                future.cancel()

    def close(self) -> None:
        """Stop, and let go of the connections; safe to call twice."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _shut(self) -> None:
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:  # one that ends may have begun another
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._exchange.close()

    # --- waiting -----------------------------------------------------------------------------------------------------

    def _start(self, *works: Callable[[], Coroutine[Any, Any, Any]]) -> list[Future[Any]]:
        """None of them begins before all are known to `interrupt`: once a server has been reached, nothing escapes it."""
        gate: Future[None] = Future()
        futures = [asyncio.run_coroutine_threadsafe(_behind(gate, work), self._loop) for work in works]
        for future in futures:
            self._running[future] = threading.get_ident()
            future.add_done_callback(lambda done: self._running.pop(done, None))
        gate.set_result(None)
        return futures

    def _elsewhere(self, wait: Callable[[], Any]) -> Any:
        """Wait without holding up others whose turn it could be."""
        with _let_go(self.turn):
            return wait()

    async def _with_room(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        async with self._room:
            return await work()


async def _behind(gate: Future[None], work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    await asyncio.shield(asyncio.wrap_future(gate))  # the gate is not one's own to cancel
    return await work()


@contextmanager
def _let_go(lock: threading.Lock | None) -> Iterator[None]:
    if lock is None:
        yield
        return
    lock.release()
    try:
        yield
    finally:
        lock.acquire()


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except CancelledError:
        raise failure("interrupted", "interrupted") from None
    except BaseException:  # a Ctrl-C while it is waited for: nobody will want it any more
        future.cancel()
        raise
