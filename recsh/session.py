"""From names and settings to open things: a catalog, an engine, a recommender. What the command line and Python callers share.

Leaves out: flags and printing (see `cli`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsh import paths
from recsh.catalog import Catalog, Entry, lookup, open_catalog
from recsh.collab import load_collab
from recsh.errors import UsageError
from recsh.feedback import Log
from recsh.memory import Memory
from recsh.recommend import Recommender
from recsh.semantic import Semantic
from recsh.types import Role

if TYPE_CHECKING:
    import pandas

    from recsh.engine import Engine
    from recsh.weights import Weights

EMBEDDED = "embedded"
NONE = "none"
MODEL_WEIGHT = {"recsh": 0.05, "reranker": 0.6, "chat": 0.5}
"""How much the model's verdict counts beside retrieval, by kind of weights. Tuned on the development sets; the embedded weights are small."""


def load_catalog(source: str | Path | pandas.DataFrame, *, semantic: Semantic | None = None, progress: Callable[[str, int, int], None] = lambda *_: None, **roles: str) -> Catalog:
    """Open a catalog by name or path, or a pandas DataFrame, compiling it if needed. Keywords name columns:
    `load_catalog("x.csv", title="label", id="sku")`.

    Raises `CatalogError`, and `UsageError` for a role that there is not.
    """
    entry = lookup(str(source)) if isinstance(source, (str, Path)) else _framed(source)
    if roles:
        if unknown := [role for role in roles if role not in tuple(Role)]:
            raise UsageError(f"there is no role {unknown[0]!r} for a column", f"one of {', '.join(Role)}")
        given = {column: Role(role) for role, column in roles.items()}
        entry = replace(entry, reading=replace(entry.reading, roles={**entry.reading.roles, **given}))
    return open_catalog(entry, (semantic or Semantic()).for_rows, progress)


def _framed(frame: pandas.DataFrame) -> Entry:
    """A DataFrame as a catalog: its rows as JSON Lines in the cache folder, named by their content."""
    text = frame.to_json(orient="records", lines=True, force_ascii=False, date_format="iso")
    path = paths.cache_dir() / "frames" / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.jsonl"
    if not path.exists():
        paths.write_private(path, text)
    return Entry("frame", path)


def find_weights(name: str) -> Path:
    """The GGUF file of a name ("embedded", a registered name) or path. Raises `WeightsError`."""
    from recsh import weights

    return weights.find(name, paths.data_dir())


def form_of(described: Weights) -> str:
    """How these weights are asked to judge: recsh's own format, a reranker's, or in a chat sentence."""
    from recsh import prompt

    if described.format == prompt.FORMAT:
        return prompt.FORMAT
    return prompt.RERANKER if "rerank" in f"{described.name} {described.path}".lower() else "chat"


def weight_of(form: str) -> float:
    """The share of the model's verdict for this form."""
    from recsh import prompt

    return MODEL_WEIGHT["recsh" if form == prompt.FORMAT else form]


def load_engine(name: str = EMBEDDED, settings: Mapping[str, Any] = {}) -> Engine:
    """Open weights by name or path with `settings` (ctx_size, threads, gpu_layers, lora, seed). Raises `WeightsError`, `EngineError`."""
    from recsh.engine import Options, open_engine

    options = Options(
        ctx_size=settings.get("ctx_size", 4096), threads=settings.get("threads") or None, gpu_layers=settings.get("gpu_layers", 0),
        lora=settings.get("lora"),
    )  # fmt: skip
    return open_engine(find_weights(name), options, cache_dir=paths.cache_dir())


def recommender(catalog: Catalog, settings: Mapping[str, Any] = {}, semantic: Semantic | None = None, *, memory: bool = True) -> Recommender:
    """A recommender with the weights that `settings["model"]` names; they are loaded when the first question needs them. With `memory` it
    knows what the log says of the person, and writes to it.

    `settings` as in `config.SETTINGS`, and `lora`, the path of an adapter. Raises `WeightsError` if a file is not there or of the wrong kind.
    """
    from recsh import weights

    remembered = load_memory(catalog) if memory else None
    name = settings.get("model", EMBEDDED)
    if name == NONE:
        return Recommender(catalog, None, semantic=semantic, memory=remembered)
    if lora := settings.get("lora"):
        weights.check_adapter(lora)
    form = form_of(weights.describe(find_weights(name)))
    return Recommender(catalog, lambda: load_engine(name, settings), semantic=semantic, form=form, model_weight=weight_of(form), memory=remembered)


def load_memory(catalog: Catalog) -> Memory:
    """What is known of the person for this catalog: the log, and the ratings that the catalog came with."""
    return Memory(catalog, Log(), partial(load_collab, catalog))
