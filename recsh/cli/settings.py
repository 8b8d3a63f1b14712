"""`recsh config`, `recsh doctor`, `recsh completion`."""

from __future__ import annotations

import sys
from typing import Annotated, Callable

import typer

from recsh.cli import common as c
from recsh.errors import RecshError, UsageError

group = typer.Typer(help="Settings: show, get, set, path.", no_args_is_help=True, rich_markup_mode=None)
SHELLS = ("bash", "zsh", "fish", "powershell")


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="config")
    app.command("doctor", help=doctor.__doc__)(doctor)
    app.command("completion", help=completion.__doc__)(completion)


@group.command("show")
def show(json: c.JsonOption = False, debug: c.DebugOption = False) -> None:
    """Show every setting, its value, and where it comes from."""
    c.set_debug(debug)
    from recsh.config import SETTINGS, sources
    from recsh.render import dump

    values = sources()
    if json:
        sys.stdout.write(dump({n: {"value": v, "from": where} for n, (v, where) in values.items()}, indent=sys.stdout.isatty()) + "\n")
        return
    for name, (value, where) in values.items():
        sys.stdout.write(f"{name:<12} {value!s:<12} {where:<10} {SETTINGS[name].about}\n")


@group.command("get")
def get(name: Annotated[str, typer.Argument(help="The setting.")], debug: c.DebugOption = False) -> None:
    """Print one setting."""
    c.set_debug(debug)
    from recsh.config import SETTINGS, settings

    if name not in SETTINGS:
        raise UsageError(f"there is no setting {name!r}", f"settings: {', '.join(SETTINGS)}")
    sys.stdout.write(f"{settings()[name]}\n")


@group.command("set")
def set_(
    name: Annotated[str, typer.Argument(help="The setting.")], value: Annotated[str, typer.Argument(help="Its new value; 'default' takes it out.")], debug: c.DebugOption = False
) -> None:
    """Change one setting in config.toml."""
    c.set_debug(debug)
    from recsh.config import save

    kept = save(name, None if value == "default" else value)
    c.note(f"{name} is {'back to its default' if kept is None else repr(kept)} now")


@group.command("path")
def path() -> None:
    """Print where config.toml is, or would be."""
    from recsh.config import config_file

    sys.stdout.write(f"{config_file()}\n")


def completion(shell: Annotated[str, typer.Argument(help="bash, zsh, fish or powershell.")]) -> None:
    """Print the completion script of a shell: recsh completion bash > ~/.local/share/bash-completion/completions/recsh"""
    from typer.completion import get_completion_script

    if shell not in SHELLS:
        raise UsageError(f"no completion for {shell!r}", f"shells: {', '.join(SHELLS)}")
    sys.stdout.write(get_completion_script(prog_name="recsh", complete_var="_RECSH_COMPLETE", shell="pwsh" if shell == "powershell" else shell) + "\n")


def doctor(json: c.JsonOption = False, debug: c.DebugOption = False) -> None:
    """Look at everything recsh stands on, and say what is wrong and what to do. Exit code 1 if anything is."""
    c.set_debug(debug)
    from recsh.render import dump

    rows = [_look(name, check) for name, check in _CHECKS]
    if json:
        sys.stdout.write(dump(rows, indent=sys.stdout.isatty()) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{'ok   ' if row['ok'] else 'WRONG'} {row['name']:<10} {row['detail']}\n")
            if row["hint"]:
                sys.stdout.write(f"      {'':<10} try: {row['hint']}\n")
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


def _look(name: str, check: Callable[[], str]) -> dict[str, object]:
    try:
        return {"name": name, "ok": True, "detail": check(), "hint": ""}
    except RecshError as error:
        return {"name": name, "ok": False, "detail": error.message, "hint": error.hint}
    except (OSError, ImportError) as error:
        return {"name": name, "ok": False, "detail": str(error), "hint": ""}


def _versions() -> str:
    import platform
    from importlib.metadata import version

    names = ("llama-cpp-python", "rapidfuzz", "numpy")
    return f"Python {platform.python_version()}, " + ", ".join(f"{n} {version(n)}" for n in names)


def _folders() -> str:
    from recsh import paths

    for folder in (paths.config_dir(), paths.data_dir(), paths.cache_dir()):
        paths.private(folder)
        probe = folder / ".probe"
        paths.write_private(probe, "")
        probe.unlink()
    return f"{paths.config_dir()}, {paths.data_dir()}, {paths.cache_dir()} can be written"


def _settings() -> str:
    from recsh.config import settings

    values = settings()
    return f"catalog {values['catalog']}, model {values['model']}"


def _catalogs() -> str:
    from recsh.catalog import entries
    from recsh.errors import CatalogError

    known = entries()
    if missing := [e for e in known.values() if not e.path.exists()]:
        raise CatalogError(f"{missing[0].name!r}: no file at {missing[0].path}", f"recsh catalog remove {missing[0].name}")
    return f"{len(known)} known"


def _embedder() -> str:
    from recsh.semantic import Semantic

    vector = Semantic().sentence.encode(["a test"])
    return f"sentence vectors of {vector.shape[1]} dimensions"


def _model() -> str:
    from recsh import config, session

    name = config.settings()["model"]
    if name == session.NONE:
        return "none: retrieval answers"
    engine = session.load_engine(name)
    try:
        return f"{engine.name} loads and runs ({engine.path})"
    finally:
        engine.close()


_CHECKS = (("versions", _versions), ("folders", _folders), ("settings", _settings), ("catalogs", _catalogs), ("vectors", _embedder), ("model", _model))
