"""recsh: a recommender for the command line. Plain-language requests, your own CSV, a local GGUF model.

    import recsh
    catalog = recsh.load_catalog("sample_data/music.csv")
    for r in recsh.recommender(catalog).ask("rock songs like Metallica"):
        print(r.rank, r.item.title, r.reason)

Importing this module imports nothing heavy; names are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsh.errors import CatalogError, EngineError, RecshError, StoreError, UsageError, WeightsError
    from recsh.recommend import Options, Recommender
    from recsh.render import frame
    from recsh.session import load_catalog, load_engine, recommender
    from recsh.types import Answer, Item, Recommendation

__version__ = "0.1.0"

_HOME = {
    "load_catalog": "session", "load_engine": "session", "recommender": "session", "frame": "render", "Recommender": "recommend", "Options": "recommend",
    "Answer": "types", "Item": "types", "Recommendation": "types",
    "RecshError": "errors", "UsageError": "errors", "CatalogError": "errors", "WeightsError": "errors", "EngineError": "errors", "StoreError": "errors",
}  # fmt: skip
__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'recsh' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"recsh.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
