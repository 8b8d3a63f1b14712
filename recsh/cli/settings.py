"""`recsh config`: the settings, their values, and where these come from."""

from __future__ import annotations

from typing import Annotated

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.cli.wares import setting_values

group = typer.Typer(help="Settings: show, get, set, path.", rich_markup_mode=None)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", autocompletion=c.setting_names, help="The setting; recsh config show lists them.")]


def register(app: typer.Typer) -> None:
    group.callback(invoke_without_command=True)(c.help_if_alone)
    app.add_typer(group, name="config")


@group.command("show")
def show(json: c.JsonOption = False, debug: c.DebugOption = False) -> None:
    """Show every setting, its value, and its source.

    A flag goes before a variable (RECSH_LIMIT=3), a variable before config.toml, and that before the default.

    \b
    Examples:
      recsh config show
      recsh config show --json
    """
    from recsh.config import SETTINGS, sources
    from recsh.text import clean

    values = sources()
    if json:
        s.emit_json({n: {"value": v, "from": where} for n, (v, where) in values.items()})
        return
    rows = [(n, clean(str(v)), clean(where)) for n, (v, where) in values.items()]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        s.emit("  ".join(cell.ljust(w) for cell, w in zip(row, widths)) + f"  {SETTINGS[row[0]].about}\n")


@group.command("get")
def get(name: NameArgument, debug: c.DebugOption = False) -> None:
    """Print one setting.

    \b
    Example:
      recsh config get limit
    """
    from recsh.config import SETTINGS, settings, unknown
    from recsh.text import clean

    if name not in SETTINGS:
        raise unknown(name)
    s.emit(f"{clean(str(settings()[name]))}\n")


@group.command("set")
def set_(
    name: NameArgument, value: Annotated[str, typer.Argument(metavar="VALUE", autocompletion=setting_values, help="Its new value; 'default' takes it out.")],
    quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Change one setting in config.toml.

    \b
    Examples:
      recsh config set limit 3
      recsh config set model none
      recsh config set limit default
    """
    from recsh.config import save

    kept = save(name, None if value == "default" else value)
    s.note(f"{name} is {'back to its default' if kept is None else kept} now", quiet=quiet)


@group.command("path")
def path(debug: c.DebugOption = False) -> None:
    """Print where config.toml is, or would be.

    \b
    Example:
      recsh config path
    """
    from recsh.config import config_file

    s.emit(f"{config_file()}\n")
