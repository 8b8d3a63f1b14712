"""Weights by llama.cpp's low-level bindings: loading a GGUF, and its vocabulary, text to token ids and back.

The high-level `Llama` class hides what recsh lives on: `use_extra_bufts` (see probe.py), several sequences in one context, logits
of chosen positions, an abort callback (see context.py). Only this module imports llama_cpp; a pointer made here is freed here.
Leaves out: evaluating tokens (see `context`), chat formats (see `template`).
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from recsh.errors import EngineError, WeightsError
from recsh.regex import regex

# GNU OpenMP's threads spin some 10 ms at each of the hundred barriers of a step when another process has their core: one
# token then takes 20 to 300 times its time. At 1,000 turns 1.5 to 5 times, and about 10 % more on an idle machine with
# weights of 10 MB (nothing with larger ones). Read once, when the library is loaded, hence before the import below.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# The package's own __init__ imports the high-level class with Jinja, chat formats and more, for as much time as numpy takes; recsh needs the
# bindings alone. A bare package stands in while they are imported; whoever imports llama_cpp later gets the whole.
if "llama_cpp" not in sys.modules and (_found := importlib.util.find_spec("llama_cpp")) and _found.submodule_search_locations:
    sys.modules["llama_cpp"] = _bare = types.ModuleType("llama_cpp")
    _bare.__path__ = list(_found.submodule_search_locations)
    try:
        import llama_cpp.llama_cpp as lib  # noqa: E402
    finally:
        del sys.modules["llama_cpp"]
else:
    import llama_cpp.llama_cpp as lib  # noqa: E402

LOG_ERROR = 4  # GGML_LOG_LEVEL_ERROR
SENTENCEPIECE = 1  # LLAMA_VOCAB_TYPE_SPM
READ = 64 << 20  # bytes: smaller files are read, larger ones mapped, which saves .5 s a start at 500 MB and 10 ms at 10 MB
_FORMAL = regex(r"[<>\[\]{}|｜]")  # stands in every marker of a format; the white space and words that are USER_DEFINED too are none

_complaints: dict[int, bytes] = {}  # the first text that llama.cpp logged at each level since the last load began

# subtle: `setdefault` runs no Python code. In a callback that does, Ctrl-C could strike, and ctypes prints and drops the KeyboardInterrupt. It takes
# two arguments of the three that are passed, which leaves the last one lying in its register. The module keeps the reference: it must
# outlive every call into the library.
_log_callback = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p)(_complaints.setdefault)
lib.llama_log_set(ctypes.cast(_log_callback, lib.llama_log_callback), ctypes.c_void_p(0))
lib.llama_backend_init()


def why(fallback: str) -> str:
    """The first thing llama.cpp complained about since the last load began, without its function's name."""
    said = _complaints.get(LOG_ERROR, b"").decode("utf-8", "replace").strip()
    head, _, rest = said.partition(": ")
    return (rest if rest and " " not in head else said) or fallback


def _held(path: str | Path) -> tuple[int, int]:
    """(a handle on the file, or -1, and its size): llama.cpp says what is wrong with a file that cannot be opened."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return -1, 0
    return handle, os.fstat(handle).st_size


def _read_whole(params: lib.llama_model_params) -> None:
    """Have llama.cpp read the file instead of mapping it; how to say so has changed."""
    if hasattr(lib, "LLAMA_LOAD_MODE_NONE"):
        params.load_mode = lib.LLAMA_LOAD_MODE_NONE
    else:
        params.use_mmap = False


def apart(text: str, markers: Sequence[str]) -> Iterator[str]:
    """The text in parts, cut behind the first letter of each marker, so that no part has a whole one.

    >>> list(apart("a [INST] b", ["[INST]"]))
    ['a [', 'INST] b']
    """
    at = 0
    while cuts := [found + 1 for marker in markers if (found := text.find(marker, at)) >= 0]:
        yield text[at : min(cuts)]
        at = min(cuts)
    yield text[at:]


class Model:
    """A GGUF in memory with its vocabulary. Free with `close()`, after every context made from it.

    Raises WeightsError when llama.cpp cannot load the file. `extra_bufts` lets it repack weights for the CPU (see probe.py).
    """

    def __init__(self, path: str | Path, *, extra_bufts: bool = False, gpu_layers: int = 0) -> None:
        params = lib.llama_model_default_params()
        params.use_extra_bufts = extra_bufts
        params.n_gpu_layers = gpu_layers
        self._file, self._size = _held(path)
        if self._size <= READ:
            _read_whole(params)
        _complaints.clear()
        self.path = str(path)
        self._handle = lib.llama_model_load_from_file(os.fsencode(path), params)
        if not self._handle:
            self.close()
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
        self.layouts: dict[str, Any] = {}  # the template, rendered; see template.py
        self.markers: tuple[str, ...] | None = None  # see `find_markers`; None: not looked for yet
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

    def check(self) -> None:
        """Raises EngineError if somebody has cut the file meanwhile: where it is mapped, the next token would end the process (SIGBUS)."""
        if self._size > READ and os.fstat(self._file).st_size < self._size:
            raise EngineError(f"{self.path} has become shorter since it was loaded", "fetch it again, and start anew")

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

    def find_markers(self) -> tuple[str, ...]:
        """Tokens of the format that llama.cpp parses even where no special tokens are asked for: it leaves out those of the type CONTROL, but many
        files have [INST] or <start_of_turn> as USER_DEFINED. Takes a call a token of the vocabulary."""
        texts = (self.token_text(t) for t in range(self.vocab_size) if lib.llama_vocab_get_attr(self._vocab, t) & lib.LLAMA_TOKEN_ATTR_USER_DEFINED)
        self.markers = tuple(t for t in texts if len(t) > 2 and _FORMAL.search(t))
        return self.markers

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """Token ids of `text` as it stands in the middle of a prompt. `special=False` reads `<|im_end|>` as plain letters."""
        if special or not _FORMAL.search(text):
            return self._tokens(text, special)
        return [token for part in apart(text, self.find_markers() if self.markers is None else self.markers) for token in self._tokens(part, False)]

    def _tokens(self, text: str, special: bool) -> list[int]:
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
        handle, self._handle = self._handle, None  # first: a Ctrl-C between the two must not free it twice
        if handle:
            lib.llama_model_free(handle)
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)
