"""`recsh doctor`: looks at everything recsh stands on."""

from __future__ import annotations

import os
from collections.abc import Callable

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.errors import RecshError
from recsh.text import counted

LOUDEST = 3  # of what speaks too loud


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(json: c.JsonOption = False, debug: c.DebugOption = False) -> None:
    """Say what is wrong with the installation, if anything.

    Versions, folders, settings, catalogs, the log, who speaks too loud in it, sentence vectors and weights are tried out. The exit code is 1 if anything is wrong.

    \b
    Examples:
      recsh doctor
      recsh doctor --json
    """
    rows = [_look(name, check) for name, check in _CHECKS]
    if json:
        s.emit_json(rows)
    else:
        for row in rows:
            s.emit(f"{'ok   ' if row['ok'] else 'WRONG'} {row['name']:<9} {row['detail']}\n")
            if row["hint"]:
                s.emit(f"      {'':<9} try: {row['hint']}\n")
    if not all(row["ok"] for row in rows):
        raise typer.Exit(RecshError.exit_code)


def _look(name: str, check: Callable[[], str]) -> dict[str, object]:
    from recsh.text import clean

    try:
        return {"name": name, "ok": True, "detail": clean(check()), "hint": ""}
    except RecshError as error:
        return {"name": name, "ok": False, "detail": clean(error.message), "hint": clean(error.hint)}
    except Exception as error:  # noqa: BLE001  whatever is wrong is the answer
        return {"name": name, "ok": False, "detail": clean(f"{type(error).__name__}: {error}"), "hint": ""}


def _versions() -> str:
    import platform
    from importlib.metadata import version

    from recsh import __version__

    names = ("llama-cpp-python", "rapidfuzz", "numpy")
    return f"recsh {__version__}, Python {platform.python_version()}, " + ", ".join(f"{n} {version(n)}" for n in names)


def _folders() -> str:
    from recsh import paths
    from recsh.errors import StoreError

    for folder in (paths.config_dir(), paths.data_dir(), paths.cache_dir()):
        probe = folder / ".probe"
        paths.write_private(probe, "")
        probe.unlink()
        if os.name != "nt" and folder.stat().st_mode & 0o077:
            raise StoreError(f"{folder}: others may look into it", f"chmod 700 {folder}")
    return f"{paths.config_dir()}, {paths.data_dir()}, {paths.cache_dir()} can be written, by you alone"


def _settings() -> str:
    from recsh.config import settings

    values = settings()
    return f"catalog {values['catalog']}, model {values['model']}"


def _catalogs() -> str:
    from recsh.catalog import entries
    from recsh.errors import CatalogError

    known = entries()
    if missing := [e for e in known.values() if not e.path.exists()]:
        hint = "reinstall recsh" if missing[0].sample else f"recsh catalog remove {missing[0].name}"
        raise CatalogError(f"{missing[0].name!r}: no file at {missing[0].path}", hint)
    return f"{len(known)} known"


def _log() -> str:
    from recsh.errors import StoreError
    from recsh.feedback import Log

    with Log() as log:
        verdicts, answers = len(log.events()), len(log.impressions())
        if log.notes:
            raise StoreError(log.notes[0], "recsh history list shows what is left")
        return f"{counted(verdicts, 'verdict')}, {counted(answers, 'answer')}" + (f" in {log.path}" if verdicts or answers else "")


def _feedback() -> str:
    from recsh.feedback import Log
    from recsh.floods import loud

    with Log() as log:
        found = loud(log.events())
    if not found:
        return "no import, conversation or item speaks louder than the rest"
    said = "; ".join(f"{x.kind} {x.name}: {x.why}" + (f" (recsh history rm {x.remove})" if x.remove else "") for x in found[:LOUDEST])
    return f"{len(found):,} speak{'s' if len(found) == 1 else ''} loud, and count no more than they may: {said}"


def _vectors() -> str:
    from recsh.semantic import Semantic

    semantic = Semantic()
    vector = semantic.sentence.encode(["a test"])
    semantic.reranker.score("a test", ["a row"])
    return f"the sentence model ({vector.shape[1]} dimensions) and the reranker run"


def _model() -> str:
    from recsh import config, session

    settings = config.settings()
    name = session.model_of(settings)
    if name == session.NONE:
        return "none: retrieval answers"
    engine = session.load_engine(name, settings)
    try:
        if session.is_remote(name):
            return f"{engine.path} answers, {'yes or no for each row' if engine.mode == 'judge' else 'with a list'} ({engine.name})"
        return f"{engine.name} runs ({engine.path})"
    finally:
        engine.close()


def _tuned() -> str:
    from recsh import config, session, tuned
    from recsh.cli.timeline import catalog_name
    from recsh.errors import WeightsError

    settings = config.settings()
    name = session.model_of(settings)
    weights = None if name == session.NONE or session.is_remote(name) else session.find_weights(name)
    card = tuned.card_of(weights) if weights else None
    if weights and tuned.outdated(weights):
        raise WeightsError(f"{weights} was changed since recsh tune learned for it: what was learned is not used", "recsh tune learns anew, recsh tune --off ends this")
    if card is None or not card.on:
        return "the weights answer as they came" + ("; recsh tune --on uses what they learned" if card else "")
    session.load_engine(name, {**settings, "lora": str(card.path)}).close()  # a damaged adapter is an error here
    return f"what they learned of {', '.join(map(catalog_name, card.catalogs))} is used ({card.path})"


_CHECKS = (("versions", _versions), ("folders", _folders), ("settings", _settings), ("catalogs", _catalogs), ("log", _log), ("feedback", _feedback), ("vectors", _vectors), ("model", _model), ("tuned", _tuned))
