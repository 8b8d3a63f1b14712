"""llama.cpp by its low-level bindings: where handles are made, used and freed. Nothing else touches a pointer.

    Model    a loaded GGUF and its vocabulary: text to token ids and back
    Context  sequences of tokens behind a model: decode, logits, pooled vectors, copy, trim, save, load

The high-level `Llama` class hides what recsh lives on: several sequences in one context, logits of chosen positions only, a
sequence's state in a file, `use_extra_bufts` (see probe.py), an abort callback. A context belongs to one thread; only
`Context.stop()` may be called from another one or from a signal handler. Leaves out: prompts, sampling, any idea of a row or a title.
"""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsh.errors import EngineError, WeightsError

# GNU OpenMP's threads spin some 10 ms at each of the hundred barriers of a step when another process has their core: one
# token then takes 20 to 300 times its time. At 1,000 turns 1.5 to 5 times, and about 10 % more on an idle machine with
# weights of 10 MB (nothing with larger ones). Read once, when the library is loaded, hence before the import below.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import llama_cpp as lib  # noqa: E402

BATCH = 2048  # tokens handed to llama.cpp in one call
MICROBATCH = 512  # tokens it computes at once; 128 to 1024 measured within 2 % of each other
SEQUENCES = 64  # sequences in a context; llama.cpp reserves one row of logits for each
LOG_ERROR = 4  # GGML_LOG_LEVEL_ERROR
SENTENCEPIECE = 1  # LLAMA_VOCAB_TYPE_SPM
BFLOAT16 = 30  # GGML_TYPE_BF16

_complaints: list[str] = []  # what llama.cpp logged as errors since the last load began


def _log(level: int, text: bytes, _data: object) -> None:
    if level == LOG_ERROR and len(_complaints) < 20:
        _complaints.append(text.decode("utf-8", "replace").strip())


# The reference must outlive every call into the library, hence the module keeps it.
_log_callback = lib.llama_log_callback(_log)
lib.llama_log_set(_log_callback, ctypes.c_void_p(0))


class Stopped(Exception):
    """`Context.stop()` was called while tokens were being decoded; the context has been cleared."""


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens that go to sequence `sequence` from position `start` on; `want` asks for the logits behind the last of them."""

    sequence: int
    start: int
    tokens: Sequence[int]
    want: bool = False


def physical_cores() -> int:
    """Cores this process may use, hyper-threads counted once and a container's CPU quota respected; at least 1.

    llama.cpp's threads spin while they wait, so one more than there are cores costs far more than one less.
    """
    try:
        allowed = sorted(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return max(1, os.cpu_count() or 1)
    cores = set()
    for cpu in allowed:
        topology = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology")
        try:
            cores.add(((topology / "physical_package_id").read_text(), (topology / "core_id").read_text()))
        except OSError:
            cores.add(("", str(cpu)))
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        limit = len(cores) if quota == "max" else math.ceil(int(quota) / int(period))
    except (OSError, ValueError):
        limit = len(cores)
    return max(1, min(len(cores), limit))


def why(fallback: str) -> str:
    """The first thing llama.cpp complained about since the last load began, without its function's name."""
    if not _complaints:
        return fallback
    head, _, rest = _complaints[0].partition(": ")
    return rest if rest and " " not in head else _complaints[0]


class Model:
    """A GGUF in memory with its vocabulary. Free with `close()`, after every context made from it.

    Raises WeightsError when llama.cpp cannot load the file. `extra_bufts` lets it repack weights for the CPU (see probe.py).
    """

    def __init__(self, path: str | Path, *, extra_bufts: bool = False, gpu_layers: int = 0) -> None:
        params = lib.llama_model_default_params()
        params.use_extra_bufts = extra_bufts
        params.n_gpu_layers = gpu_layers
        _complaints.clear()
        self.path = str(path)
        self._handle = lib.llama_model_load_from_file(os.fsencode(path), params)
        if not self._handle:
            raise WeightsError(f"{path} cannot be loaded: {why('llama.cpp does not say why')}")
        self._vocab = lib.llama_model_get_vocab(self._handle)
        self.vocab_size = int(lib.llama_vocab_n_tokens(self._vocab))
        self.trained_context = int(lib.llama_model_n_ctx_train(self._handle))
        self.embedding_length = int(lib.llama_model_n_embd(self._handle))
        self.bos = int(lib.llama_vocab_bos(self._vocab))
        self.eos = int(lib.llama_vocab_eos(self._vocab))
        self.add_bos = bool(lib.llama_vocab_get_add_bos(self._vocab))
        template = lib.llama_model_chat_template(self._handle, None)
        self.template = template.decode("utf-8", "replace") if template else ""
        self._pieces: dict[int, bytes] = {}
        # subtle: SentencePiece vocabularies put a space before every text; "\n" in front takes it, and is cut off again.
        spaced = lib.llama_vocab_type(self._vocab) == SENTENCEPIECE
        self._shield = self._raw_tokens("\n", False, False) if spaced else []

    @property
    def handle(self) -> int:
        """The pointer, for the one who makes a context."""
        if not self._handle:
            raise EngineError("the weights are closed")
        return self._handle

    def _raw_tokens(self, text: str, special: bool, ends: bool) -> list[int]:
        if not self._handle:
            raise EngineError("the weights are closed")
        data = text.encode("utf-8", "replace")
        room = len(data) + 8  # a token is a byte at least, and the ends add two
        ids = (ctypes.c_int32 * room)()
        count = lib.llama_tokenize(self._vocab, data, len(data), ids, room, ends, special)
        if count < 0:
            raise EngineError(f"a text of {len(data)} bytes cannot be tokenised")
        return ids[:count]

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """Token ids of `text` as it stands in the middle of a prompt. `special=False` reads `<|im_end|>` as plain letters."""
        if not text:
            return []
        if self._shield:
            ids = self._raw_tokens("\n" + text, special, False)
            if ids[: len(self._shield)] == self._shield:
                return ids[len(self._shield) :]
        return self._raw_tokens(text, special, False)

    def framed(self, text: str) -> list[int]:
        """Token ids with the ends the vocabulary asks for (`[CLS]` ... `[SEP]`), specials not parsed; for sentence vectors."""
        return self._raw_tokens(text, False, True)

    def tokens_after(self, before: str, text: str, *, special: bool = False) -> list[int]:
        """Ids of `text` where it follows `before`; of `text` alone where the two would melt into one token."""
        head = self.tokens(before, special=special)
        both = self.tokens(before + text, special=special)
        return both[len(head) :] if both[: len(head)] == head else self.tokens(text, special=special)

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; nothing for a control token. May be part of a character."""
        if token not in self._pieces:
            room = 256
            buffer = ctypes.create_string_buffer(room)
            count = lib.llama_token_to_piece(self._vocab, token, buffer, room, 0, False)
            if count < 0:
                buffer = ctypes.create_string_buffer(-count)
                count = lib.llama_token_to_piece(self._vocab, token, buffer, -count, 0, False)
            self._pieces[token] = buffer.raw[: max(0, count)]
        return self._pieces[token]

    def token_text(self, token: int) -> str:
        """A token as the vocabulary spells it (`<|im_end|>`), empty when there is no such token."""
        text = lib.llama_vocab_get_text(self._vocab, token) if 0 <= token < self.vocab_size else None
        return text.decode("utf-8", "replace") if text else ""

    def is_end(self, token: int) -> bool:
        """Whether the token ends a turn or a text."""
        return bool(lib.llama_vocab_is_eog(self._vocab, token))

    def adapter(self, path: str | Path) -> int:
        """Load a LoRA adapter; it is freed with the model. Raises WeightsError."""
        _complaints.clear()
        adapter = lib.llama_adapter_lora_init(self.handle, os.fsencode(path))
        if not adapter:
            raise WeightsError(f"adapter {path} cannot be loaded: {why('it does not belong to these weights')}")
        return adapter

    def close(self) -> None:
        """Free the weights; safe to call twice."""
        if self._handle:
            lib.llama_model_free(self._handle)
            self._handle = None


class Context:
    """Sequences behind a model, in one buffer of `cells` tokens that all share (a copied prefix costs nothing).

    `pooled` makes an encoder's context instead: one vector a sequence, no cache. `exact` keeps the cache in bfloat16, for which ggml has
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
        self.cells = int(lib.llama_n_ctx(self._handle))
        self._memory = lib.llama_get_memory(self._handle)
        self._encoder = pooled
        self._batch = _Batch(batch)
        if adapter is not None:
            adapters, scales = (ctypes.c_void_p * 1)(adapter), (ctypes.c_float * 1)(1.0)
            if lib.llama_set_adapters_lora(self._handle, adapters, 1, scales) != 0:
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

        Raises Stopped after `stop()`, KeyboardInterrupt for a Ctrl-C that arrived meanwhile, EngineError when the tokens do not fit.
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
        return found

    def pooled(self, texts: Sequence[Sequence[int]]) -> np.ndarray:
        """One vector a text, float32 (texts, embedding length), of token ids that fit one batch together."""
        spans = [Span(i, 0, ids, True) for i, ids in enumerate(texts)]
        for _ in self._batch.fill(spans, every=True):
            self._run()
        length = self.model.embedding_length
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
        if self._handle:
            lib.llama_free(self._handle)
            self._handle = self._memory = None


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
