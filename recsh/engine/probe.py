"""The crash guard: the first use of weights happens in a child process, because a crash in native code kills its process.

Compiled by gcc before 12.4, 13.3 or 14, ggml's AMX path dies on the first batch with quantised weights (llama.cpp #20824, #26954):
every user of a recent Xeon would meet it. `use_extra_bufts = False` avoids that path, at no cost elsewhere but repacking. Damaged
files may abort the process as well. The child loads, reads 64 tokens and writes 3; first with the fast setting, and if that
dies with the safe one. What worked is kept as JSON for the same file, llama.cpp and CPU.

    python -m recsh.engine.probe FILE --extra-bufts 1 --gpu-layers 0     exit code 0: it runs; 3: the cause as JSON

One child after the other: a healthy machine needs one only (0.4 s with the embedded weights, most of it Python's imports), and two
at once would hold large weights twice. Where the CPU has no AMX and the weights are of a kind that nothing repacks, the
two settings are the same, so the safe one alone is tried. Leaves out: whether the answers are any good.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from recsh import weights
from recsh.errors import EngineError, WeightsError

PROMPT_TOKENS, WRITTEN_TOKENS = 64, 3
PATIENCE = 60.0  # seconds a child may take, plus the time to read its file
SLOWEST_DISK = 50e6  # bytes a second
EDGE = 1 << 20  # bytes hashed at either end of the file
REFUSED = 3  # exit code: llama.cpp said no in an orderly way
UNPACKED = ("Q8_0", "F16", "BF16", "F32")  # quantisations that nothing but AMX repacks on x86


@dataclass(frozen=True, slots=True)
class Verdict:
    """How weights are to be loaded here. `extra_bufts` lets llama.cpp repack them for the CPU, AMX included."""

    extra_bufts: bool


def probe(path: str | Path, cache_dir: Path | None, gpu_layers: int = 0) -> Verdict:
    """What these weights need to run on this machine, from the cache or by trying. Raises WeightsError when they cannot be run."""
    described = weights.describe(path)
    if described.kind != "chat":
        raise WeightsError(f"{path} cannot be run: {_WRONG_KIND[described.kind]}", "give a chat or reranker model as GGUF")
    file = cache_dir / "probes" / f"{fingerprint(path)}-{gpu_layers}.json" if cache_dir else None
    if (known := _read(file)) is not None:
        return known
    same = "amx_int8" not in cpu_flags() and described.quantization in UNPACKED and platform.machine() in ("x86_64", "AMD64")
    causes = []
    for fast in (False,) if same else (True, False):
        cause = try_out(path, fast, gpu_layers, PATIENCE + described.size_bytes / SLOWEST_DISK)
        if cause is None:
            verdict = Verdict(extra_bufts=fast)
            _write(file, verdict)
            return verdict
        causes.append(cause)
        if not cause.startswith(_DIED):  # refused in an orderly way: the other setting would be refused as well
            break
    raise WeightsError(f"{path} cannot be run: {causes[-1]}", "fetch it again, or try other weights")


_DIED = "the process that tried it "
_WRONG_KIND = {
    "embedding": "it makes sentence vectors, it does not chat",
    "adapter": "it is a LoRA adapter; give it with --lora and its weights with --model",
    "vocabulary": "it holds a vocabulary but no weights",
    "projector": "it is the picture part of another model",
}


def fingerprint(path: str | Path) -> str:
    """Names a file's content, the build of llama.cpp and the CPU: 32 hexadecimal digits. Of the file its size, time and two ends count."""
    info = os.stat(path)
    digest = hashlib.sha256(f"{info.st_size} {info.st_mtime_ns} {build()} {cpu_flags()}".encode())
    with open(path, "rb") as file:
        digest.update(file.read(EDGE))
        file.seek(max(EDGE, info.st_size - EDGE))
        digest.update(file.read(EDGE))
    return digest.hexdigest()[:32]


def build() -> str:
    """llama-cpp-python's version and its libraries' sizes and times: the same version compiled anew may behave otherwise.

    Raises EngineError when it is not installed.
    """
    try:
        package = metadata.distribution("llama_cpp_python")
    except metadata.PackageNotFoundError:
        raise EngineError("llama-cpp-python is not installed", "pip install llama-cpp-python") from None
    libraries = sorted(Path(str(package.locate_file("llama_cpp/lib"))).glob("*ggml*"))
    return f"{package.version} {[(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in libraries]}"


def cpu_flags() -> str:
    """What the CPU can do, as Linux lists it; elsewhere its name."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            return next((line for line in lines if line.startswith(("flags", "Features"))), platform.machine())
    except OSError:
        return f"{platform.machine()} {platform.processor()}"


def try_out(path: str | Path, extra_bufts: bool, gpu_layers: int, patience: float) -> str | None:
    """Run the weights in a child process for at most `patience` seconds; None if that worked, else the cause in words."""
    # -P keeps the current folder, where anyone's numpy.py may lie, off the child's path.
    package_root = str(Path(__file__).resolve().parents[2])
    path_list = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-P", "-m", "recsh.engine.probe", str(Path(path).absolute())]
    command += ["--extra-bufts", str(int(extra_bufts)), "--gpu-layers", str(gpu_layers)]
    try:
        child = subprocess.run(
            command,
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
    if child.returncode == 0:
        return None
    if child.returncode < 0:
        number = -child.returncode
        name = next((s.name for s in signal.Signals if s.value == number), f"signal {number}")
        return f"{_DIED}was killed by {name}"
    try:
        return json.loads(child.stdout)["cause"]
    except (ValueError, KeyError, TypeError):
        return f"{_DIED}ended with code {child.returncode}"


def _read(file: Path | None) -> Verdict | None:
    try:
        kept = json.loads(file.read_text(encoding="utf-8")) if file else {}
        return Verdict(bool(kept["extra_bufts"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(file: Path | None, verdict: Verdict) -> None:
    if file is None:
        return
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.write_text(json.dumps(asdict(verdict)), encoding="utf-8")
        part.replace(file)
    except OSError:  # a cache that cannot be written: the next run probes again
        return


def _run(path: str, extra_bufts: bool, gpu_layers: int) -> None:
    """The child's work: load, read, write."""
    try:
        from recsh.engine.context import Context, Span
        from recsh.engine.llama import Model, physical_cores
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineError(f"llama-cpp-python cannot be loaded: {error}") from error
    model = Model(path, extra_bufts=extra_bufts, gpu_layers=gpu_layers)
    context = Context(model, cells=256, threads=physical_cores(), sequences=2, batch=128, microbatch=128)
    tokens = [(7 * i + 11) % model.vocab_size for i in range(PROMPT_TOKENS)]
    logits = context.decode([Span(0, 0, tokens, True)])
    for place in range(PROMPT_TOKENS, PROMPT_TOKENS + WRITTEN_TOKENS):
        logits = context.decode([Span(0, place, [int(logits[0].argmax())], True)])
    if logits[0].max() != logits[0].max():  # NaN
        raise WeightsError("its logits are not numbers; the file is damaged")
    context.close()
    model.close()


def main() -> int:
    """The child. Nothing it does may reach the terminal or leave a core file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--extra-bufts", type=int, choices=(0, 1), required=True)
    parser.add_argument("--gpu-layers", type=int, default=0)
    given = parser.parse_args()
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _run(given.path, bool(given.extra_bufts), given.gpu_layers)
    except WeightsError as error:
        print(json.dumps({"cause": error.message.removeprefix(f"{given.path} ")}))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
