"""Where weights lie on this machine: recsh's own, and those that other programs keep, used in place.

    embedded, NAME    what ships with recsh, and its models folder
    ollama:NAME:TAG   Ollama's blobs, named by its manifests          lmstudio:NAME   LM Studio
    llama.cpp:NAME    llama.cpp's download cache                      gpt4all:NAME    GPT4All
    hub:NAME          the cache of Hugging Face's libraries           jan:NAME        Jan

Folders are walked to a bounded depth and number of entries, links to folders not followed; nothing is opened but Ollama's manifests. Leaves
out: other machines (see `pull`), what is in a file (see `weights.describe`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from recsh import paths, weights
from recsh.errors import WeightsError
from recsh.regex import regex
from recsh.weights import Weights

EMBEDDED = "embedded"
OWN = "recsh"
DEPTH, ENTRIES = 7, 50_000  # how deep a folder is walked, and how many of its entries are looked at
MANIFEST_BYTES = 1 << 20  # Ollama's have some hundred bytes
SYSTEM = (Path("/usr/share/ollama/.ollama/models"), Path("/var/lib/ollama/models"))  # where Ollama's service keeps them on Linux
_DIGEST = regex(r"sha256:([0-9a-f]{64})")
_REGISTRY = "registry.ollama.ai"
_MODEL_LAYER = "application/vnd.ollama.image.model"


class Found(Struct, frozen=True):
    """Weights on this machine. `name` is what `--model` takes; `place` is OWN or the program that keeps them; `files` are all their parts."""

    name: str
    place: str
    files: tuple[Path, ...]

    @property
    def path(self) -> Path:
        """The file that llama.cpp is given; it finds the other parts by itself."""
        return self.files[0]


def find(name: str) -> Path:
    """The GGUF of a name, with or without its place in front, or at a path. Raises `WeightsError`."""
    return get(name).path


def get(name: str) -> Found:
    """As `find`, with all parts and the whole name. Raises `WeightsError`."""
    try:
        path = weights.find(name, paths.data_dir())
        return Found(name, OWN, _parts(path)) if name in weights.listing(paths.data_dir()) or name in (EMBEDDED, "recsh-mini") else at(path)
    except WeightsError as error:
        others = elsewhere()
        if match := _matching(name, others):
            return match
        if "/" in name or os.sep in name or name.endswith(".gguf"):
            raise
        import difflib

        names = [EMBEDDED, *weights.listing(paths.data_dir()), *(f.name for f in others)]
        close = difflib.get_close_matches(name, names, n=1)
        raise WeightsError(error.message, f"did you mean {close[0]!r}? see: recsh models list" if close else error.hint) from None


def at(path: Path) -> Found:
    """A file by its path, which is its name."""
    return Found(str(path), "file", _parts(path))


def same_content(sums: set[str]) -> Found | None:
    """Weights of another program that have one of these SHA-256 sums: the hub's cache and Ollama name their files by it."""
    wanted = {prefix + digest for digest in sums if digest for prefix in ("", "sha256-")}
    return next((f for f in elsewhere() if f.path.resolve().name in wanted), None)


def _matching(name: str, others: list[Found]) -> Found | None:
    """The weights of exactly this name, or of this name in one place only. Raises `WeightsError` if they are in several."""
    exact = [f for f in others if name in (f.name, f.name.removesuffix(":latest"))]
    bare = exact or [f for f in others if name in (tail := f.name.partition(":")[2], tail.removesuffix(":latest"))]
    if len({f.path for f in bare}) > 1:
        raise WeightsError(f"{name!r} is in several places: {', '.join(f.name for f in bare)}", f"-m {bare[0].name}")
    return bare[0] if bare else None


def here() -> list[Found]:
    """The embedded weights, and those of recsh's models folder."""
    found = [Found(EMBEDDED, OWN, (paths.bundled("models", "recsh-mini.gguf"),))]
    return found + [Found(name, OWN, _parts(path)) for name, path in weights.listing(paths.data_dir()).items()]


def elsewhere(unreadable: list[Path] | None = None) -> list[Found]:
    """What other programs keep, by place and name. Folders that may not be read are added to `unreadable`."""
    found: dict[str, Found] = {}
    hidden = unreadable if unreadable is not None else []
    for place, folder in places():
        files = _ollama(folder, hidden) if place == "ollama" else _named(place, folder, hidden)
        for name, path in files:
            found.setdefault(f"{place}:{name}", Found(f"{place}:{name}", place, _parts(path)))
    return sorted(found.values(), key=lambda f: f.name.lower())


def describe(found: Found, one: Callable[[Path], Weights] = weights.describe) -> Weights:
    """What the weights say about themselves, all parts together; `one` describes one file. Raises `WeightsError` for damaged ones, or if a
    part is missing."""
    first = one(found.path)
    if first.parts == 1:
        return first
    if len(found.files) != first.parts:
        raise WeightsError(f"{found.path} is part 1 of {first.parts}, of which {len(found.files)} are here", "fetch the others into the same folder")
    every = [first, *map(one, found.files[1:])]
    return replace(first, parameters=sum(w.parameters for w in every), size_bytes=sum(w.size_bytes for w in every))


def _parts(path: Path) -> tuple[Path, ...]:
    stem, split, count = path.name.removesuffix(".gguf").partition("-00001-of-")
    if not split or not count.isdigit():
        return (path,)
    every = [path.with_name(f"{stem}-{n:05}-of-{count}.gguf") for n in range(1, min(int(count), 999) + 1)]
    return (path, *(p for p in every[1:] if p.is_file()))


# --- where other programs keep theirs ------------------------------------------------------------------------------------


def places() -> list[tuple[str, Path]]:
    """(place, folder) of every program whose folders are known, whether they are there or not; the environment is asked first, as they do.

    Sources: the documentation of LM Studio (app/basics/import-model), Ollama (faq), llama.cpp (common/common.cpp, fs_get_cache_directory),
    GPT4All (download location), Jan (data folder) and huggingface_hub (environment variables).
    """
    home = Path.home()
    if sys.platform == "win32":
        roaming, local = Path(os.environ.get("APPDATA") or home / "AppData/Roaming"), Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local")
        data, config, cache, system = local, roaming, local, []
    elif sys.platform == "darwin":
        data = config = home / "Library/Application Support"
        cache, system = home / "Library/Caches", []
    else:
        data = _folder("XDG_DATA_HOME") or home / ".local/share"
        config = _folder("XDG_CONFIG_HOME") or home / ".config"
        cache = _folder("XDG_CACHE_HOME") or home / ".cache"
        system = [*SYSTEM]
    hub = _folder("HF_HUB_CACHE") or _folder("HUGGINGFACE_HUB_CACHE")
    if hub is None:
        hub = (_folder("HF_HOME") or (_folder("XDG_CACHE_HOME") or home / ".cache") / "huggingface") / "hub"
    ollama = [_folder("OLLAMA_MODELS") or home / ".ollama/models", *system]
    return [
        ("gpt4all", data / "nomic.ai" / "GPT4All"),
        ("hub", hub),
        *(("jan", folder) for folder in (data / "Jan/data", config / "Jan/data", home / "jan")),
        ("llama.cpp", _folder("LLAMA_CACHE") or cache / "llama.cpp"),
        *(("lmstudio", folder) for folder in (*_lmstudio_chosen(home), home / ".lmstudio/models", home / ".cache/lm-studio/models")),
        *(("ollama", folder) for folder in ollama),
    ]


def _folder(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser() if value else None


def _lmstudio_chosen(home: Path) -> list[Path]:
    """The folder that was chosen in LM Studio's settings, if one was."""
    try:
        with open(home / ".lmstudio" / "settings.json", "rb") as file:
            chosen = json.loads(file.read(MANIFEST_BYTES)).get("downloadsFolder")
        return [Path(chosen)] if isinstance(chosen, str) and chosen else []
    except (OSError, ValueError, AttributeError, RecursionError):
        return []


def _named(place: str, folder: Path, unreadable: list[Path]) -> list[tuple[str, Path]]:
    """(name, first file) of the GGUFs below a folder. Names are those of the files; where two are alike, with the folder in front."""
    files = [p for p in _walk(folder, unreadable) if weights.whole_name(p)]
    if place == "hub":
        files = [p for p in files if _current(p)]
    plain = [p.parent.name if p.name == "model.gguf" else weights.whole_name(p) for p in files]
    return [(name if plain.count(name) == 1 else f"{_repository(p)}/{name}", p) for name, p in zip(plain, files, strict=True)]


def _repository(path: Path) -> str:
    """The folder that tells two files of one name apart: in the hub's cache that of the repository."""
    cached = next((part for part in path.parts if part.startswith("models--")), "")
    return cached.rpartition("--")[2] or path.parent.name


def _current(path: Path) -> bool:
    """Whether a file of the hub's cache is of the newest revision that it has (`refs/main`), not of one kept from before."""
    at = next((n for n, part in enumerate(path.parts) if part == "snapshots"), 0)
    try:
        return path.parts[at + 1] == Path(*path.parts[:at], "refs", "main").read_text(encoding="ascii").strip() or not at
    except (OSError, ValueError, IndexError):
        return True


def _walk(folder: Path, unreadable: list[Path]) -> Iterator[Path]:
    left = ENTRIES
    todo = [(folder, 0)]
    while todo:
        here, depth = todo.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    left -= 1
                    if left < 0:
                        return
                    if entry.is_dir(follow_symlinks=False):
                        if depth < DEPTH and entry.name not in ("blobs", ".locks"):
                            todo.append((Path(entry.path), depth + 1))
                    elif entry.name.endswith(".gguf") and entry.is_file():
                        yield Path(entry.path)
        except PermissionError:
            unreadable.append(here)
        except OSError:  # not there, or gone meanwhile
            continue


def _ollama(folder: Path, unreadable: list[Path]) -> list[tuple[str, Path]]:
    """(model:tag, blob) of Ollama's manifests: manifests/HOST/NAMESPACE/MODEL/TAG names blobs/sha256-DIGEST."""
    out = []
    try:
        manifests = sorted(p for n, p in enumerate((folder / "manifests").glob("*/*/*/*")) if n < ENTRIES and p.is_file())
        if not manifests:
            os.listdir(folder / "manifests")
    except PermissionError:
        unreadable.append(folder)
        return []
    except OSError:
        return []
    for path in manifests:
        host, namespace, model, tag = path.parts[-4:]
        if (digest := _model_digest(path)) is not None:
            owner = "" if namespace == "library" else f"{namespace}/"
            out.append((f"{'' if host == _REGISTRY else host + '/'}{owner}{model}:{tag}", folder / "blobs" / f"sha256-{digest}"))
    return out


def _model_digest(manifest: Path) -> str | None:
    """The blob that holds the weights; None where a manifest is damaged or names none."""
    try:
        with open(manifest, "rb") as file:
            layers = json.loads(file.read(MANIFEST_BYTES))["layers"]
        digests = [_DIGEST.fullmatch(layer["digest"]) for layer in layers if layer["mediaType"] == _MODEL_LAYER]
        return next((d[1] for d in digests if d), None)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
