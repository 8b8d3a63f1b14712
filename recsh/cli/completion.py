"""`recsh completion`: the Tab key in bash, zsh, fish and PowerShell; printed, or put where the shell looks for it.

    bash         DATA/completion/recsh.bash    and a line in ~/.bashrc          DATA is recsh's data folder
    zsh          DATA/completion/recsh.zsh     and a line in ~/.zshrc
    fish         ~/.config/fish/completions/recsh.fish, which fish finds by itself
    powershell   DATA/completion/recsh.ps1     and a line in the profile
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.cli.shells import SCRIPTS
from recsh.errors import StoreError, UsageError

MARK = "# recsh completion"  # what the line in a shell's start file ends in, by which it is found again


def register(app: typer.Typer) -> None:
    app.command("completion")(completion)


def completion(
    words: Annotated[Optional[list[str]], typer.Argument(metavar="[install|remove] [SHELL]", show_default=False, autocompletion=c.among("install", "remove", *SCRIPTS), help="bash, zsh, fish or powershell; the shell that you use if left out.")] = None,
    quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Complete commands and names with the Tab key in your shell.

    With install, the script is put where the shell looks for it (bash, zsh and PowerShell get a line in their start file); remove takes
    both away again. With a shell alone the script is printed.

    \b
    Examples:
      recsh completion install
      recsh completion install zsh
      recsh completion bash > ~/.local/share/bash-completion/completions/recsh
      recsh completion fish > ~/.config/fish/completions/recsh.fish
      recsh completion remove
    """
    action, named = _said(words or [])
    if action not in ("install", "remove"):
        s.emit(SCRIPTS[named])
        return
    script, start = places(named)
    try:
        if action == "install":
            _install(named, script, start, quiet)
        else:
            _remove(script, start, quiet)
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}", f"recsh completion {named} prints the script, to put where you like") from error


def _said(words: list[str]) -> tuple[str, str]:
    """(install, remove or show, the shell). Raises `UsageError`."""
    action = words[0] if words and words[0] in ("install", "remove", "show") else "show"
    rest = words[1:] if words and words[0] == action else words
    named = rest[0] if rest else _shell()
    named = "powershell" if named == "pwsh" else named
    if named not in SCRIPTS or len(rest) > 1:
        what = f"no completion for {' '.join(rest)!r}" if rest else "which shell you use is not known"
        raise UsageError(what, f"recsh completion {action + ' ' if action != 'show' else ''}bash; there are {', '.join(SCRIPTS)}")
    return action, named


def _shell() -> str:
    """The shell that the user logs in with."""
    if shell := os.environ.get("SHELL"):
        return Path(shell).stem
    return "powershell" if sys.platform == "win32" else ""


def places(shell: str) -> tuple[Path, Path | None]:
    """(where the script goes, the start file that gets a line; None where the shell finds the script by itself)."""
    from recsh import paths

    home = Path.home()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    own = paths.data_dir().absolute() / "completion"
    if shell == "fish":
        return config / "fish" / "completions" / "recsh.fish", None
    if shell == "bash":
        return own / "recsh.bash", home / ".bashrc"
    if shell == "zsh":
        return own / "recsh.zsh", Path(os.environ.get("ZDOTDIR") or home) / ".zshrc"
    profile = home / "Documents" / "PowerShell" if sys.platform == "win32" else config / "powershell"
    return own / "recsh.ps1", profile / "Microsoft.PowerShell_profile.ps1"


def line_for(shell: str, script: Path) -> str:
    """The line of the start file: it does nothing once the script is gone."""
    quoted = "'" + str(script).replace("'", "''" if shell == "powershell" else "'\\''") + "'"
    if shell == "powershell":
        return f"if (Test-Path {quoted}) {{ . {quoted} }}  {MARK}"
    ready = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }; " if shell == "zsh" else ""
    return f"[ -r {quoted} ] && {{ {ready}. {quoted}; }}  {MARK}"


def _install(shell: str, script: Path, start: Path | None, quiet: bool) -> None:
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(SCRIPTS[shell], encoding="utf-8")
    s.note(f"wrote {script}", quiet=quiet)
    if start is not None:
        start.parent.mkdir(parents=True, exist_ok=True)
        kept = _without(start)
        _write(start, [*kept, line_for(shell, script)])
        s.note(f"a line of {start} reads it", quiet=quiet)
    s.note(f"it works in every {shell} that is started from now on", quiet=quiet)


def _remove(script: Path, start: Path | None, quiet: bool) -> None:
    gone = []
    if script.exists():
        script.unlink()
        gone.append(str(script))
    if start is not None and start.exists() and (kept := _without(start)) != _lines(start):
        _write(start, kept)
        gone.append(f"the line in {start}")
    s.note(f"removed {' and '.join(gone)}" if gone else "there was no completion to remove", quiet=quiet)


def _lines(start: Path) -> list[str]:
    return start.read_bytes().decode("utf-8", "surrogateescape").splitlines() if start.exists() else []


def _without(start: Path) -> list[str]:
    """The start file's other lines."""
    return [line for line in _lines(start) if not line.endswith(MARK)]


def _write(start: Path, lines: list[str]) -> None:
    """Write a start file anew, all or nothing; a link to one elsewhere stays a link."""
    target = start.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    if target.exists():
        part.chmod(target.stat().st_mode & 0o777)
    part.replace(target)
