"""From names and settings to open things: a catalog, an engine, a recommender. What the command line and Python callers share.

Leaves out: flags and printing (see `cli`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from recsh import paths
from recsh.catalog import Catalog, Entry, lookup, open_catalog
from recsh.config import EMBEDDED, NONE, SERVER, checked, is_remote, model_of, server_of
from recsh.engine.address import address
from recsh.errors import UsageError, WeightsError
from recsh.feedback import Log
from recsh.memory import Memory
from recsh.recommend import Recommender
from recsh.semantic import Semantic
from recsh.types import Role

if TYPE_CHECKING:
    import pandas

    from recsh.collab import Collab
    from recsh.engine import Engine
    from recsh.tuned import Card
    from recsh.weights import Weights

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
    """The GGUF file of a name ("embedded", a pulled one, another program's as "ollama:llama3.2") or path. Raises `WeightsError`."""
    from recsh import shelf

    return shelf.find(name)


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


def load_engine(name: str = EMBEDDED, settings: Mapping[str, Any] = {}, *, server: str | None = None) -> Engine:
    """Open weights by name or path with `settings` (ctx_size, threads, gpu_layers, lora, seed); with `server` (or `settings["server"]`), the
    address of an OpenAI-compatible server, its model of that name, or its first. Nothing is sent there before it is asked something.

    Raises `WeightsError`, `EngineError`, and `UsageError` for an address that is none.
    """
    from recsh.engine import Options, open_engine

    server = server or server_of(settings)
    if is_remote(name) or server:
        from recsh.engine.remote import RemoteEngine

        if not server:
            raise UsageError(f"{name!r} is a model of a server, and none is named", "--server http://localhost:8080, or recsh config set server ...")
        return RemoteEngine(server, "" if name in (EMBEDDED, SERVER) else name.removeprefix(f"{SERVER}:"), paths.cache_dir())
    options = Options(
        ctx_size=settings.get("ctx_size", 4096), threads=settings.get("threads") or None, gpu_layers=settings.get("gpu_layers", 0),
        lora=None if settings.get("lora") == NONE else settings.get("lora"),
    )  # fmt: skip
    path = find_weights(name)
    engine = open_engine(path, options, cache_dir=paths.cache_dir())
    if options.lora:
        from recsh import tuned

        engine.name += f" ({'tuned' if Path(options.lora).parent == tuned.folder() else Path(options.lora).stem})"
    return engine


def recommender(
    catalog: Catalog, settings: Mapping[str, Any] = {}, semantic: Semantic | None = None, *, memory: bool = True, engine: Callable[[], Engine] | None = None,
    load: Callable[[str | None], Engine] | None = None,
) -> Recommender:  # fmt: skip
    """A recommender with the weights that `settings["model"]` names, or a model of `settings["server"]`; they are loaded when the first question
    needs them, by `engine` if it is given, or by `load` (the adapter to put on them -> engine), which may share engines among catalogs. With `memory`
    it knows what the log says of the person, and writes to it.

    `settings` as in `config.SETTINGS`, and `lora`, the path of an adapter or NONE; without it, what `recsh tune` made for these weights and this
    catalog is used, unless `engine` is given; an adapter of that kind that cannot be used costs a warning, and the weights answer as they came.
    Raises `UsageError` for a setting that there is not or a value it cannot have, `WeightsError` if a file is not there. One that is there and cannot be used costs a warning beside each answer, as any model that fails.
    """
    from recsh import tuned, weights

    for setting in settings.keys() - {"lora"}:
        checked(setting, settings[setting], setting)
    remembered = load_memory(catalog, raw=settings.get("keep_raw") == "yes") if memory else None
    name = model_of(settings)
    if name == NONE:
        return Recommender(catalog, None, semantic=semantic, memory=remembered)
    load = load or (lambda lora: load_engine(name, {**settings, "lora": lora}))
    opener = engine or partial(load, settings.get("lora"))
    if is_remote(name):
        if there := server_of(settings):
            address(there)  # one that is none is an error at once
        return Recommender(catalog, opener, semantic=semantic, model_weight=weight_of("chat"), memory=remembered)
    if (lora := settings.get("lora")) and lora != NONE and not os.path.exists(lora):
        raise WeightsError(f"{lora}: there is no such file", "check the path")
    found, card, old = find_weights(name), None, None
    try:
        form = form_of(weights.describe(found))
        card = tuned.in_use(found, catalog.entry.key) if not lora and engine is None else None
        old = tuned.outdated(found) if not lora and engine is None else None
    except WeightsError:  # it is there, and damaged: what is wrong is said beside the answer, when it is to be opened
        form = "chat"
    made = Recommender(catalog, opener, semantic=semantic, form=form, model_weight=weight_of(form), memory=remembered)
    made.adviser.told = card is None and not (lora and Path(lora).parent == tuned.folder())
    if card is not None:
        made.adviser.put(partial(_with_card, made, load, card), card.weight)
    elif old is not None and catalog.entry.key in old.catalogs:
        made.adviser.remarks.append("what recsh tune learned was for other weights than these, and is not used: recsh tune learns anew, recsh tune --off forgets it")
    return made


def _with_card(made: Recommender, load: Callable[[str | None], Engine], card: Card) -> Engine:
    """The weights with what they learned; as they came if that cannot be used. Raises as `load_engine` does."""
    try:
        return load(str(card.path))
    except WeightsError as error:
        opened = load(None)  # what is wrong with the weights themselves, this says
        made.adviser.weight, made.adviser.told = weight_of(made.adviser.form), True
        made.adviser.remarks.append(f"what recsh tune learned cannot be used, so the weights answer as they came: {error.message}; recsh tune learns anew")
        return opened


def load_memory(catalog: Catalog, *, raw: bool = False) -> Memory:
    """What is known of the person for this catalog: the log, which keeps what is typed `raw` or masked, and the ratings that the catalog came with."""
    return Memory(catalog, Log(raw=raw), partial(_collab, catalog) if catalog.entry.ratings else None)


def _collab(catalog: Catalog) -> Collab | None:
    from recsh.collab import load_collab  # with it comes all that reads files of ratings

    return load_collab(catalog)
