"""Weights by llama.cpp's low-level bindings: loading a GGUF, and its vocabulary, text to token ids and back.

The high-level `Llama` class hides what recsh lives on: `use_extra_bufts` (see probe.py), several sequences in one context, logits
of chosen positions, an abort callback (see context.py). Only this module imports llama_cpp; a pointer made here is freed here.
Leaves out: evaluating tokens (see `context`), chat formats (see `template`).
"""

from __future__ import annotations

import ctypes
import math
import os
from pathlib import Path

from recsh.errors import EngineError, WeightsError

# GNU OpenMP's threads spin some 10 ms at each of the hundred barriers of a step when another process has their core: one
# token then takes 20 to 300 times its time. At 1,000 turns 1.5 to 5 times, and about 10 % more on an idle machine with
# weights of 10 MB (nothing with larger ones). Read once, when the library is loaded, hence before the import below.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import llama_cpp as lib  # noqa: E402

LOG_ERROR = 4  # GGML_LOG_LEVEL_ERROR
SENTENCEPIECE = 1  # LLAMA_VOCAB_TYPE_SPM

_complaints: list[str] = []  # what llama.cpp logged as errors since the last load began


def _log(level: int, text: bytes, _data: object) -> None:
    if level == LOG_ERROR and len(_complaints) < 20:
        _complaints.append(text.decode("utf-8", "replace").strip())


# The reference must outlive every call into the library, hence the module keeps it.
_log_callback = lib.llama_log_callback(_log)
lib.llama_log_set(_log_callback, ctypes.c_void_p(0))
lib.llama_backend_init()


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
