"""`recsh man`: the manual page, made from the help of all commands; nothing in it is written twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from recsh.cli import common as c
from recsh.cli import streams as s

_SHARED = ("help",)
_ESCAPES = {"\\": "\\(rs", "-": "\\-"}
_VARIABLES = {
    "RECSH_HOME": "One folder for settings, data and cache, in place of the system's own.",
    "RECSH_SETTING": "A setting, in capitals: RECSH_LIMIT=3. A flag goes before it, the configuration file behind it.",
    "RECSH_NO_HISTORY": "If set, nothing is written down.",
    "NO_COLOR, FORCE_COLOR": "No colours; colours also where the output is no terminal.",
}
_CODES = {
    "0": "done, also where nothing was found", "1": "runtime error, or a failed line in batch", "2": "usage or configuration", "3": "catalog", "4": "weights, engine or server",
    "5": "a folder or file of recsh's own", "130, 141": "Ctrl-C, closed pipe",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command("man")(man)


def man(debug: c.DebugOption = False) -> None:
    """Print the manual page, made from the help of all commands.

    \b
    Examples:
      recsh man | man -l -
      recsh man > ~/.local/share/man/man1/recsh.1
    """
    from recsh.cli.root import build

    s.emit(page(typer.main.get_command(build())))


def page(root: Any) -> str:
    """The manual page of a command line in roff, with the man macros (man 7 groff_man)."""
    from recsh import __version__

    root_help, root_examples = _parts(root.help)
    lines = [
        f'.TH RECSH 1 "" "recsh {__version__}" "User Commands"', ".SH NAME", f"recsh \\- {_text(_first(root_help))}", ".SH SYNOPSIS", ".B recsh", ".I COMMAND", "[options]",
        ".SH DESCRIPTION", _text(root_help), *_examples(root_examples), ".SH COMMANDS",
    ]  # fmt: skip
    for name, command in _commands(root):
        lines += _command(name, command)
    lines += [".SH ENVIRONMENT", *_list(_VARIABLES), ".SH SETTINGS", "In config.toml, by", ".BR \"recsh config set\" ,", "or as variables.", *_list(_settings())]
    lines += [".SH FILES", *_list(_files()), ".SH EXIT STATUS", *_list(_CODES)]
    return "\n".join(lines) + "\n"


def _commands(root: Any) -> Iterator[tuple[str, Any]]:
    """Every command by its whole name; of a group its commands."""
    for name, command in root.commands.items():
        if inner := getattr(command, "commands", None):
            yield from ((f"{name} {sub}", found) for sub, found in inner.items())
        else:
            yield name, command


def _command(name: str, command: Any) -> Iterator[str]:
    about, examples = _parts(command.help)
    arguments = " ".join(f"\\fI{_text(p.metavar or p.name.upper())}\\fR" for p in command.params if p.param_type_name == "argument")
    yield f".SS \"recsh {name}\""
    yield f"\\fBrecsh {name}\\fR {arguments} [options]".replace("  ", " ")
    yield ".PP"
    yield _text(about)
    for param in command.params:
        if param.name in _SHARED or not (param.help or "").strip():
            continue
        yield ".TP"
        if param.param_type_name == "argument":
            yield f"\\fI{_text(param.metavar or param.name.upper())}\\fR"
        else:
            names = ", ".join(f"\\fB{_text(n)}\\fR" for n in (*param.opts, *param.secondary_opts))
            yield names + (f" \\fI{_text(param.metavar)}\\fR" if param.metavar and not param.is_flag else "")
        yield _text(param.help)
    yield from _examples(examples)


def _examples(lines: list[str]) -> Iterator[str]:
    if lines:
        yield from (".PP", "Examples:", ".PP", ".nf", ".RS", *(_text(line).replace("\n", " ") for line in lines), ".RE", ".fi")


def _list(entries: dict[str, str]) -> Iterator[str]:
    for name, about in entries.items():
        yield from (".TP", f"\\fB{_text(name)}\\fR", _text(about))


def _settings() -> dict[str, str]:
    from recsh.config import SETTINGS

    return {name: f"{setting.about} (default: {setting.default})" for name, setting in SETTINGS.items()}


def _files() -> dict[str, str]:
    return {
        "config.toml": "Settings; recsh config path says where.", "log.sqlite": "Questions, answers and verdicts; recsh history path says where.",
        "catalogs, models, cache": "Names of catalogs, weights that were pulled, compiled catalogs; recsh doctor shows the folders.",
    }  # fmt: skip


def _parts(help: str | None) -> tuple[str, list[str]]:
    """(what it does, the lines of its examples)."""
    text = (help or "").replace("\b", "").strip("\n")
    about, _, examples = re.sub(r"\n\s*Examples?:\n", "\n\x00", text).partition("\x00")
    lines, rest = [], []
    for line in examples.split("\n"):
        (lines if line.startswith("  ") and not rest else rest).append(line.strip())
    return " ".join([about.strip(), *filter(None, rest)]), [line for line in lines if line]


def _first(text: str) -> str:
    return text.split(". ")[0].rstrip(".")


def _text(text: str) -> str:
    r"""Text that roff takes for text, in short lines: backslashes and hyphens as themselves, other writing than ASCII by its code points, no line
    that begins like a request.

    >>> _text("--json\n'a\\b 片")
    "\\-\\-json 'a\\(rsb \\[u7247]"
    """
    from textwrap import wrap

    lines = wrap(" ".join(text.split()), 60, break_long_words=False, break_on_hyphens=False)
    escaped = ("".join(_ESCAPES.get(c, c) if c.isascii() else f"\\[u{ord(c):04X}]" for c in line) for line in lines)
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in escaped)
