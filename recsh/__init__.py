"""recsh: a recommender for the command line. Plain-language requests, your own CSV, a local GGUF model.

    import recsh
    catalog = recsh.load_catalog("sample_data/music.csv")      # a name, a path, or a pandas DataFrame
    recommender = recsh.recommender(catalog)                   # with the person's memory, and the weights that settings name
    answer = recommender.ask("rock songs like Metallica", limit=3)
    for r in answer:                                           # a Recommendation: rank, item, score, reason, sources, because
        print(r.rank, r.item.title, r.reason)
    recommender.like(answer.results[0].item.id)                # also dislike, rate, skip, consumed, judge
    table = recsh.frame(answer)                                # a pandas DataFrame

    load_catalog, load_engine, recommender, frame              functions that open things, and show them
    Catalog, Recommender, Options, Answer, Recommendation, Item, Event, Verdict    what they give and take
    RecshError and, below it, UsageError, CatalogError, WeightsError, EngineError, StoreError    what they raise: message, hint, exit_code

Answers and catalogs show themselves as tables in notebooks. Importing this module imports nothing heavy; names are loaded when first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, which takes as long to import as Python to start

if TYPE_CHECKING:
    from typing import Any

    from recsh.catalog import Catalog
    from recsh.errors import CatalogError, EngineError, RecshError, StoreError, UsageError, WeightsError
    from recsh.recommend import Options, Recommender
    from recsh.render import frame
    from recsh.session import load_catalog, load_engine, recommender
    from recsh.types import Answer, Event, Item, Recommendation, Verdict

__version__ = "0.1.0"

_HOME = {
    "load_catalog": "session", "load_engine": "session", "recommender": "session", "frame": "render", "Recommender": "recommend", "Options": "recommend",
    "Catalog": "catalog", "Answer": "types", "Event": "types", "Item": "types", "Recommendation": "types", "Verdict": "types",
    "RecshError": "errors", "UsageError": "errors", "CatalogError": "errors", "WeightsError": "errors", "EngineError": "errors", "StoreError": "errors",
}  # fmt: skip
# written out, so that type checkers see what is exported
__all__ = [
    "Answer", "Catalog", "CatalogError", "EngineError", "Event", "Item", "Options", "Recommendation", "Recommender", "RecshError", "StoreError", "UsageError",
    "Verdict", "WeightsError", "__version__", "frame", "load_catalog", "load_engine", "recommender",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'recsh' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"recsh.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
