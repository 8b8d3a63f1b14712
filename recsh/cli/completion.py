"""`recsh completion`: the Tab key in bash, zsh, fish and PowerShell.

Typer writes the scripts and answers them; what options complete to stands with the options (see `common`).
"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.errors import UsageError

SHELLS = ("bash", "zsh", "fish", "powershell")
VARIABLE = "_RECSH_COMPLETE"


def register(app: typer.Typer) -> None:
    app.command("completion")(completion)


def prepare() -> None:
    """When a shell asks for completions: make Typer know the shells. It does so itself only where it adds options of its own."""
    if VARIABLE in os.environ:
        from typer.completion import completion_init

        completion_init()


def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", autocompletion=c.among(*SHELLS), help="bash, zsh, fish or powershell.")], debug: c.DebugOption = False
) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      recsh completion bash > ~/.local/share/bash-completion/completions/recsh
      recsh completion zsh > ~/.zfunc/_recsh
      recsh completion fish > ~/.config/fish/completions/recsh.fish
      recsh completion powershell >> $PROFILE
    """
    from typer.completion import get_completion_script

    if shell not in SHELLS:
        raise UsageError(f"no completion for {shell!r}", f"recsh completion {SHELLS[0]}; there are {', '.join(SHELLS)}")
    s.emit(get_completion_script(prog_name="recsh", complete_var=VARIABLE, shell=shell) + "\n")
