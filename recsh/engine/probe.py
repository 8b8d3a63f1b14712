"""The crash guard: the first use of weights happens in a child process, because a crash in native code kills its process.

Compiled by gcc before 12.4, 13.3 or 14, ggml's AMX path dies on the first batch with quantised weights (llama.cpp #20824, #26954):
every user of a recent Xeon would meet it. `use_extra_bufts = False` avoids that path, at no cost elsewhere but repacking. Damaged
files may abort the process as well, when they are loaded or at the first word their vocabulary cannot spell, and a chat template is a program
that need not come to an end. So the child does all that will be done later: it loads, spells, renders the template, reads 64 tokens and
writes 3, judges and writes a list; first with the fast setting, and if that dies with the safe one. What worked is kept as JSON for the
same file, llama.cpp and CPU, and with it the rendered format: the template of a file is never run but in the child. An adapter (LoRA)
is tried in the same way, on top of weights that were tried without it.

    python -m recsh.engine.probe FILE --extra-bufts 1 --gpu-layers 0     exit code 0: it runs, its formats as JSON; 3: the cause as JSON

The child may take `PATIENCE` and a time for reading the file, and `MEMORY` and twice the file. One child after the other: a healthy
machine needs one only (0.5 s with the embedded weights, most of it Python's imports), and two at once would hold large weights twice. Where the
CPU has no AMX and the weights are of a kind that nothing repacks, the two settings are the same, so the safe one alone is tried.
Leaves out: whether the answers are any good.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from msgspec import Struct, field
from msgspec.structs import asdict

from recsh import paths, weights
from recsh.errors import EngineError, StoreError, WeightsError
from recsh.header import opened

PROMPT_TOKENS, WRITTEN_TOKENS = 64, 3
PATIENCE = 60.0  # seconds a child may take, plus the time to read its file
SLOWEST_DISK = 50e6  # bytes a second
MEMORY = 4 << 30  # bytes a child may take beside twice its files; Python, numpy and the stacks of 64 threads take one
TEMPLATE_SECONDS = 3  # of processor time that a chat template may take, however busy the machine is; ordinary ones take milliseconds
CELLS = 512  # tokens of the child's context
EDGE = 1 << 20  # bytes hashed at either end of the file
LONGEST_CAUSE = 400  # characters
REFUSED = 3  # exit code: llama.cpp said no in an orderly way
UNPACKED = ("Q8_0", "F16", "BF16", "F32")  # quantisations that nothing but AMX repacks on x86


class Verdict(Struct, frozen=True):
    """How weights are to be loaded here. `extra_bufts` lets llama.cpp repack them for the CPU, AMX included; `layouts` are their chat
    formats, as `template.layouts` renders them, `markers` the tokens of them that data must not spell (see `Model.find_markers`)."""

    extra_bufts: bool
    layouts: Mapping[str, Any] = field(default_factory=dict)
    markers: tuple[str, ...] = ()


def probe(path: str | Path, cache_dir: Path | None, gpu_layers: int = 0, lora: str | Path | None = None) -> Verdict:
    """What these weights (with this adapter) need to run on this machine, from the cache or by trying. Raises WeightsError when they cannot be run."""
    described = weights.describe(path)
    if described.kind != "chat":
        raise WeightsError(f"{path} cannot be run: {_WRONG_KIND[described.kind]}", "give a chat or reranker model as GGUF")
    if lora:
        weights.check_adapter(lora)
    name = "-".join([fingerprint(path), *([fingerprint(lora)] if lora else []), str(gpu_layers)])
    file = cache_dir / "probes" / f"{name}.json" if cache_dir else None
    if (known := _read(file)) is not None:
        return known
    alike = "amx_int8" not in cpu_flags() and described.quantization in UNPACKED and platform.machine() in ("x86_64", "AMD64")
    if lora:  # so that what is wrong with the weights is not laid at the adapter's door
        alike = alike or not probe(path, cache_dir, gpu_layers).extra_bufts
    cause = ""
    for fast in (False,) if alike else (True, False):
        found = try_out(path, fast, gpu_layers, patience(path, lora), lora)
        if isinstance(found, Verdict):
            _write(file, found)
            return found
        cause = found
        if not cause.startswith(_CRASHED):  # refused in an orderly way, or endless: so it would be with the other setting
            break
    if lora:
        raise WeightsError(f"{lora} cannot be used with {path}: {cause}", "leave --lora out, or fetch the adapter again")
    raise WeightsError(f"{path} cannot be run: {cause}", "fetch it again, or try other weights")


def patience(path: str | Path, lora: str | Path | None = None) -> float:
    """Seconds that a child may take for these files."""
    return PATIENCE + sum(os.stat(p).st_size for p in (path, lora) if p) / SLOWEST_DISK


_DIED = "the process that tried it "
_CRASHED = f"{_DIED}was killed by"
_WRONG_KIND = {
    "embedding": "it makes sentence vectors, it does not chat",
    "adapter": "it is a LoRA adapter; give it with --lora and its weights with --model",
    "vocabulary": "it holds a vocabulary but no weights",
    "projector": "it is the picture part of another model",
    "part": "it is a later part of weights that are split into several files; give the first",
}


def fingerprint(path: str | Path) -> str:
    """Names a file's content, the build of llama.cpp and the CPU: 32 hexadecimal digits. Of the file its size, time and two ends count."""
    with opened(Path(path)) as file:
        info = os.fstat(file.fileno())
        digest = hashlib.sha256(f"{info.st_size} {info.st_mtime_ns} {build()} {cpu_flags()}".encode())
        digest.update(file.read(EDGE))
        file.seek(max(EDGE, info.st_size - EDGE))
        digest.update(file.read(EDGE))
    return digest.hexdigest()[:32]


def build() -> str:
    """Sizes and times of llama-cpp-python's libraries and of the file with its version: the same version compiled anew may behave otherwise.

    Raises EngineError when it is not installed.
    """
    if (found := find_spec("llama_cpp")) is None or found.origin is None:
        raise EngineError("llama-cpp-python is not installed", "pip install llama-cpp-python")
    version = Path(found.origin)
    return str([(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in (version, *sorted((version.parent / "lib").glob("*ggml*")))])


def cpu_flags() -> str:
    """What the CPU can do, as Linux lists it; elsewhere its name."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            return next((line for line in lines if line.startswith(("flags", "Features"))), platform.machine())
    except OSError:
        return f"{platform.machine()} {platform.processor()}"


def try_out(path: str | Path, extra_bufts: bool, gpu_layers: int, patience: float, lora: str | Path | None = None) -> Verdict | str:
    """Run the weights in a child process for at most `patience` seconds; how, if that worked, else the cause in words."""
    # -P keeps the current folder, where anyone's numpy.py may lie, off the child's path.
    package_root = str(Path(__file__).resolve().parents[2])
    path_list = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-P", "-m", "recsh.engine.probe", str(Path(path).absolute())]
    command += ["--extra-bufts", str(int(extra_bufts)), "--gpu-layers", str(gpu_layers), "--seconds", str(max(1, round(patience)))]
    command += ["--lora", str(Path(lora).absolute())] if lora else []
    try:
        child = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=patience,
            env={**os.environ, "PYTHONPATH": path_list, "GGML_NO_BACKTRACE": "1"},  # else ggml starts a debugger on itself
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        return f"{_DIED}did not finish within {patience:.0f} s"
    except OSError as error:
        return f"no process could be started to try it: {error.strerror}"
    if child.returncode < 0:
        number = -child.returncode
        return f"{_CRASHED} {next((s.name for s in signal.Signals if s.value == number), f'signal {number}')}"
    try:
        said = json.loads(child.stdout)
        if child.returncode == 0:
            return _verdict({"extra_bufts": extra_bufts, **said})
        return str(said["cause"])
    except (ValueError, KeyError, TypeError):
        return f"{_DIED}ended with code {child.returncode}"


def _verdict(kept: Any) -> Verdict:
    """A verdict from JSON. Raises ValueError, KeyError or TypeError if it is not whole."""
    from recsh.engine.template import checked

    return Verdict(bool(kept["extra_bufts"]), checked(kept["layouts"]), tuple(map(str, kept["markers"])))


def _read(file: Path | None) -> Verdict | None:
    try:
        return _verdict(json.loads(file.read_text(encoding="utf-8"))) if file else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _write(file: Path | None, verdict: Verdict) -> None:
    if file is None:
        return
    with suppress(StoreError):  # a cache that cannot be written: the next run probes again
        paths.write_private(file, json.dumps(asdict(verdict)))


# --- the child -----------------------------------------------------------------------------------------------------------

# Every byte that UTF-8 text can hold, so that a vocabulary without one of them is found out here: all characters of one and two bytes, and
# one for each first byte of longer ones.
_SPELLING = "".join(map(chr, [*range(1, 0x800), *(0x1000 * n + 0x800 for n in range(16) if n != 13), *(0x40000 * n + 0x10000 for n in range(4))]))


def _run(path: str, extra_bufts: bool, gpu_layers: int, lora: str | None) -> dict[str, Any]:
    """The child's work: all that will be done with these weights, in small. What `Verdict` keeps of them."""
    try:
        from recsh.engine import JudgePrompt, WritePrompt, template
        from recsh.engine.context import Span
        from recsh.engine.cores import physical_cores
        from recsh.engine.judge import Judge
        from recsh.engine.llama import Model
        from recsh.engine.room import Room
        from recsh.engine.write import Writer
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineError(f"llama-cpp-python cannot be loaded: {error}") from error
    model = Model(path, extra_bufts=extra_bufts, gpu_layers=gpu_layers)
    for special in (False, True):
        model.tokens(_SPELLING, special=special)
    for token in range(model.vocab_size):
        model.piece(token)
        model.token_text(token)
    found = {"layouts": _in_time(template.layouts, model), "markers": model.find_markers()}
    model.layouts = found["layouts"]
    room = Room(model, CELLS, physical_cores(), exact=gpu_layers == 0, adapter=model.adapter(lora) if lora else None)
    tokens = [(7 * i + 11) % model.vocab_size for i in range(PROMPT_TOKENS)]
    logits = room.decode([Span(0, 0, tokens, True)])
    for place in range(PROMPT_TOKENS, PROMPT_TOKENS + WRITTEN_TOKENS):
        logits = room.decode([Span(0, place, [int(logits[0].argmax())], True)])
    rows = JudgePrompt("Request: a\n", ("Item: b", "Item: c"), "\nFits:", system="d")
    listed = WritePrompt("d", "Request: a", ("b", "b c"), 2)
    with suppress(EngineError):  # an orderly refusal will be one later on; only what kills is to be found here
        judge = Judge(model, room)
        judge.judge(rows)
        list(judge.reasons(rows, [0, 1], WRITTEN_TOKENS))
    with suppress(EngineError):
        list(Writer(model, room).write(listed, 2 * WRITTEN_TOKENS, 0.0, 0))
    room.close()
    model.close()
    return found


def _in_time(render: Any, model: Any) -> Any:
    """What `render(model)` gives, within `TEMPLATE_SECONDS` where a process can wake itself. Raises WeightsError."""

    def late(number: int, frame: FrameType | None) -> NoReturn:
        raise WeightsError("its chat template does not come to an end")

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, late)
        signal.setitimer(signal.ITIMER_PROF, TEMPLATE_SECONDS)
    try:
        return render(model)
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)


def _confine(seconds: int, files: list[str]) -> None:
    """No core file, no more memory and no more time than was granted, whatever becomes of the parent."""
    if sys.platform == "win32":
        return
    import resource

    room = MEMORY + 2 * sum(os.stat(f).st_size for f in files)
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, room), (resource.RLIMIT_CPU, seconds * (os.cpu_count() or 1))):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def main() -> int:
    """The child. Nothing it does may reach the terminal or leave a core file."""
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--extra-bufts", type=int, choices=(0, 1), required=True)
    parser.add_argument("--gpu-layers", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=int(PATIENCE))
    parser.add_argument("--lora")
    given = parser.parse_args()
    # What native code prints goes nowhere: the pipe carries our answer alone.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out, open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            _confine(given.seconds, [given.path, *filter(None, [given.lora])])
            json.dump(_run(given.path, bool(given.extra_bufts), given.gpu_layers, given.lora), out)
        except (WeightsError, MemoryError) as error:
            cause = error.message.removeprefix(f"{given.path} ") if isinstance(error, WeightsError) else "it takes more memory than its size lets expect"
            json.dump({"cause": cause[:LONGEST_CAUSE]}, out)
            return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
