"""Contexts by llama.cpp's low-level bindings: sequences of tokens behind a model, their logits, vectors and states.

A context belongs to one thread; only `Context.stop()` may be called from another one or from a signal handler. A pointer made
here is freed here. Leaves out: prompts, sampling, any idea of a row or a title.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Generator, Sequence
from pathlib import Path

from msgspec import Struct
import numpy as np

from recsh.engine.llama import Model, lib, why
from recsh.errors import EngineError, WeightsError

BATCH = 2048  # tokens handed to llama.cpp in one call
MICROBATCH = 512  # tokens it computes at once; 128 to 1024 measured within 2 % of each other
SEQUENCES = 64  # sequences in a context; llama.cpp reserves one row of logits for each
BFLOAT16 = 30  # GGML_TYPE_BF16
RANK = 4  # LLAMA_POOLING_TYPE_RANK


class Stopped(Exception):
    """`Context.stop()` was called while tokens were being decoded; the context has been cleared."""


class Span(Struct, frozen=True):
    """Tokens that go to sequence `sequence` from position `start` on; `want` asks for the logits behind the last of them."""

    sequence: int
    start: int
    tokens: Sequence[int]
    want: bool = False


class Context:
    """Sequences behind a model, in one buffer of `cells` tokens that all share (a copied prefix costs nothing).

    `pooled` makes an encoder's context instead: one vector a sequence, or with `scores` one number, no cache. `exact` keeps the cache in bfloat16, for which ggml has
    one attention kernel on the CPU: logits are then the same to the last bit in whatever batch a token comes. With the default's
    two kernels they moved by up to 0.1, so that asking twice could swap near ties. It costs nothing on short rows. Free with
    `close()`, before the model.
    """

    def __init__(
        self,
        model: Model,
        *,
        cells: int,
        threads: int,
        sequences: int = SEQUENCES,
        batch: int = BATCH,
        microbatch: int = MICROBATCH,
        pooled: bool = False,
        scores: bool = False,
        adapter: int | None = None,
        exact: bool = False,
    ) -> None:
        params = lib.llama_context_default_params()
        params.n_ctx = cells
        params.n_batch = batch
        params.n_ubatch = microbatch
        params.n_seq_max = sequences
        # Without it the buffers are made for logits of every token of a batch: 300 MB at a vocabulary of 150,000.
        params.n_outputs_max = batch if pooled else sequences
        params.n_threads = params.n_threads_batch = threads
        params.embeddings = pooled
        params.kv_unified = True
        params.no_perf = True
        if exact:
            params.type_k = params.type_v = BFLOAT16
        self._stopping = False
        self._interrupted = False
        watch = self._watch()
        next(watch)
        self._abort_callback = lib.ggml_abort_callback(watch.send)  # kept: llama.cpp holds only the address
        params.abort_callback = self._abort_callback
        self.model = model
        self._handle = lib.llama_init_from_model(model.handle, params)
        if not self._handle:
            raise EngineError(
                f"{model.path} loads but cannot be run with a context of {cells} tokens",
                "try a smaller --ctx-size, or other weights",
            )
        if pooled and (scores == (lib.llama_pooling_type(self._handle) != RANK) or lib.llama_pooling_type(self._handle) <= 0):  # none, or none known
            self.close()
            raise WeightsError(f"{model.path} does not {'say how well texts fit' if scores else 'make sentence vectors'}")
        self.cells = int(lib.llama_n_ctx(self._handle))
        self._memory = lib.llama_get_memory(self._handle)
        self._encoder, self.width = pooled, 1 if scores else model.embedding_length  # numbers that a pooled text becomes
        self._batch = _Batch(batch)
        if adapter is not None:
            adapters, scales = (lib.llama_adapter_lora_p_ctypes * 1)(adapter), (ctypes.c_float * 1)(1.0)
            if lib.llama_set_adapters_lora(self._handle, adapters, 1, scales) != 0:
                self.close()
                raise EngineError("the adapter cannot be used with these weights")

    def _watch(self) -> Generator[bool, object, None]:
        """Asked by llama.cpp, between two operations, whether to stop.

        subtle: Python runs signal handlers when this generator resumes, inside the `try`. A plain function would let
        Ctrl-C's KeyboardInterrupt out before its first line, into ctypes, which drops it.
        """
        while True:
            try:
                while True:
                    yield self._stopping
            except KeyboardInterrupt:
                self._stopping = self._interrupted = True

    def stop(self) -> None:
        """Make the decode that runs, or the next one, raise `Stopped`. From any thread or signal handler."""
        self._stopping = True

    def resume(self) -> None:
        """Forget an earlier `stop()`."""
        self._stopping = self._interrupted = False

    def decode(self, spans: Sequence[Span], ids: Sequence[int] | None = None) -> np.ndarray:
        """Evaluate the spans, in batches; float32 logits (wanted spans, len(ids) or vocabulary), in span order.

        Raises Stopped after `stop()`, KeyboardInterrupt for a Ctrl-C that arrived meanwhile, EngineError when the tokens do not fit, or the
        logits are not numbers.
        """
        wanted = [span for span in spans if span.want]
        columns = np.asarray(ids, dtype=np.intp) if ids is not None else slice(None)
        width = len(ids) if ids is not None else self.model.vocab_size
        found = np.empty((len(wanted), width), dtype=np.float32)
        row = 0
        for places in self._batch.fill(spans):
            self._run()
            for place in places:
                pointer = lib.llama_get_logits_ith(self._handle, place)
                found[row] = np.ctypeslib.as_array(pointer, shape=(self.model.vocab_size,))[columns]
                row += 1
        if found.size and (top := found.max()) != top:  # NaN
            raise EngineError(f"{self.model.path} gives logits that are not numbers: the file is damaged", "fetch it again, or try other weights")
        return found

    def pooled(self, texts: Sequence[Sequence[int]]) -> np.ndarray:
        """One vector a text, float32 (texts, embedding length, or 1 with `scores`), of token ids that fit one batch together."""
        spans = [Span(i, 0, ids, True) for i, ids in enumerate(texts)]
        for _ in self._batch.fill(spans, every=True):
            self._run()
        length = self.width
        found = np.empty((len(texts), length), dtype=np.float32)
        for i in range(len(texts)):
            pointer = lib.llama_get_embeddings_seq(self._handle, i)
            found[i] = np.ctypeslib.as_array(pointer, shape=(length,))
        return found

    def _run(self) -> None:
        if not self._handle:
            raise EngineError("the engine is closed")
        call = lib.llama_encode if self._encoder else lib.llama_decode
        code = 2 if self._stopping else call(self._handle, self._batch.struct)
        if code == 0 and not self._stopping:
            return
        if self._stopping:
            interrupted = self._interrupted
            self.clear()
            self.resume()
            raise KeyboardInterrupt if interrupted else Stopped
        self.clear()
        if code == 1:
            raise EngineError(f"the text does not fit the context of {self.cells} tokens", "raise --ctx-size")
        raise EngineError(f"llama.cpp could not evaluate a batch (code {code}): {why('no reason given')}")

    def clear(self) -> None:
        """Forget every sequence."""
        if self._memory:
            lib.llama_memory_clear(self._memory, False)

    def copy(self, source: int, target: int) -> None:
        """Let `target` share all of `source`'s tokens."""
        lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def trim(self, sequence: int, length: int) -> bool:
        """Keep the first `length` tokens of a sequence. False (and nothing changed) where the model cannot forget a part."""
        return bool(lib.llama_memory_seq_rm(self._memory, sequence, length if length else -1, -1))

    def save(self, path: Path, sequence: int, tokens: Sequence[int]) -> bool:
        """Write a sequence's state with the tokens it stands for; whether that worked."""
        ids = (ctypes.c_int32 * len(tokens))(*tokens)
        return lib.llama_state_seq_save_file(self._handle, os.fsencode(path), sequence, ids, len(tokens)) > 0

    def load(self, path: Path, sequence: int) -> list[int]:
        """Read a state back into a sequence; the tokens it stands for, none when the file is not usable."""
        ids, count = (ctypes.c_int32 * self.cells)(), ctypes.c_size_t(0)
        done = lib.llama_state_seq_load_file(
            self._handle, os.fsencode(path), sequence, ids, self.cells, ctypes.byref(count)
        )
        return ids[: count.value] if done else []

    def close(self) -> None:
        """Free the context; safe to call twice."""
        handle, self._handle, self._memory = self._handle, None, None  # first: a Ctrl-C between the two must not free it twice
        if handle:
            lib.llama_free(handle)


class _Batch:
    """llama.cpp's batch over numpy arrays, so that filling it is a few slices and freeing it is Python's affair."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._token = np.zeros(room, np.int32)
        self._place = np.zeros(room, np.int32)
        self._one = np.ones(room, np.int32)
        self._sequence = np.zeros(room, np.int32)
        self._want = np.zeros(room, np.int8)
        step = self._sequence.itemsize
        self._pointers = (self._sequence.ctypes.data + step * np.arange(room)).astype(np.uintp)

        def pointer(array: np.ndarray, kind: type) -> ctypes._Pointer:
            return array.ctypes.data_as(ctypes.POINTER(kind))

        int32 = ctypes.c_int32
        self.struct = lib.llama_batch(
            0,
            pointer(self._token, int32),
            None,
            pointer(self._place, int32),
            pointer(self._one, int32),
            pointer(self._pointers, ctypes.POINTER(int32)),
            pointer(self._want, ctypes.c_int8),
        )

    def fill(self, spans: Sequence[Span], *, every: bool = False) -> Generator[list[int], None, None]:
        """Load the spans batch by batch; yields, for each, the places whose logits are wanted (`every` marks all tokens)."""
        lengths = [len(span.tokens) for span in spans]
        total = sum(lengths)
        token = np.fromiter((t for span in spans for t in span.tokens), np.int32, total)
        place = np.concatenate([np.arange(s.start, s.start + n) for s, n in zip(spans, lengths, strict=True)])
        sequence = np.repeat([span.sequence for span in spans], lengths)
        want = np.full(total, every)
        ends = np.cumsum(lengths) - 1
        want[[end for end, span in zip(ends, spans, strict=True) if span.want]] = True
        for at in range(0, total, self._room):
            part = slice(at, min(at + self._room, total))
            n = part.stop - at
            self.struct.n_tokens = n
            self._token[:n], self._place[:n] = token[part], place[part]
            self._sequence[:n], self._want[:n] = sequence[part], want[part]
            yield np.flatnonzero(want[part]).tolist()
