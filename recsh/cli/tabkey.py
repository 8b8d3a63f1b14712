"""The Tab key on a command line: the words up to the cursor -> what may stand there.

    prepare(argv, environment)    where a shell asks: print the answer and leave
    offers(command, words)        words, the last one begun -> offers, in the order in which they should be shown

Options that do not take the next word are passed over, their values are kept for those whose offers depend on them (`--catalog` for conditions).
Leaves out: where names come from (see `wares`), the shells' scripts (see `shells`).
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from recsh.cli import front
from recsh.cli.shells import FILES, VARIABLE
from recsh.regex import regex
from recsh.text import clean

MOST = 100  # offers, that a screen can hold them
ABOUT = 60  # characters of an explanation
_SPECIAL = regex(r"([^\w@%+=:,./~^-])")  # what a backslash has to stand before outside quotes
_SPECIAL_DOUBLE = regex(r'(["$`\\])')  # ... and within double ones; '!' too, but there a backslash would stay


class Offer(NamedTuple):
    text: str
    about: str = ""


class Typed:
    """What was typed so far: the command reached, the values of its options (name -> text), its arguments, and the option whose value comes next."""

    def __init__(self, command: Any) -> None:
        self.command = command
        self.params: dict[str, Any] = {}
        self.arguments: list[str] = []
        self.waiting: Any = None
        self.ended = False  # after '--' nothing is an option any more


def prepare(argv: Sequence[str], environment: Mapping[str, str]) -> None:
    """When a shell asks what may stand on its command line: print the answer, and leave."""
    if VARIABLE in environment:
        sys.stdout.write(answer(argv, environment))
        sys.stdout.flush()
        os._exit(0)  # what was opened was opened for reading; to take it all down properly takes longer than the answer


def answer(argv: Sequence[str], environment: Mapping[str, str]) -> str:
    """What the shell that asks gets, a line an offer. `argv` are the words as the shell's script passes them."""
    shell, quote, cut = environment[VARIABLE], "", 0
    if shell == "bash":
        words, quote = split(environment.get("COMP_LINE", ""))
        words = words[1:] or [""]
        cut = 0 if quote else _break(words[-1], environment.get("COMP_WORDBREAKS", ""))
    else:
        words = [*argv] or [""]
        words[-1] = words[-1].lstrip() if shell == "powershell" else words[-1]
    found = _commands(words[0]) if len(words) == 1 and not words[0].startswith("-") else offers(_command(words), words)
    if found is None:
        return FILES + "\n"
    if shell == "bash":
        # what stands before the last ':' or '=' is no part of the word that bash puts the text in the place of
        found = [Offer(escaped(o.text[cut:], quote)) for o in found if o.text.startswith(words[-1][:cut])]
    return "".join(f"{o.text}\t{o.about}\n" if o.about else f"{o.text}\n" for o in found)


def _commands(begun: str) -> list[Offer]:
    """The commands, as `front` knows them: nothing is built for these."""
    try:
        with open(front.FILE, encoding="utf-8") as stream:
            lines = stream.read().split(front.BREAK)[-1].splitlines()
    except OSError:
        return [Offer(name) for name in front.HOMES if name.startswith(begun)]
    return [Offer(name, summary) for name, summary, *_ in (line.split("\t") for line in lines) if name.startswith(begun)]


def _command(words: Sequence[str]) -> Any:
    """The command line, with the commands of the one module that the first word needs, if it is known."""
    from typer.main import get_command

    from recsh.cli.root import build

    module = front.HOMES.get(words[0])
    return get_command(build([module]) if module else build())


def offers(command: Any, words: Sequence[str]) -> list[Offer] | None:
    """What may stand in the place of the last word; None where the name of a file may, and nothing else does."""
    typed, last = _walk(command, words[:-1]), words[-1]
    before = ""
    if typed.waiting is None and not typed.ended and (joined := re.fullmatch(r"(--[\w-]+=)(.*)", last, re.S)):
        typed.waiting = _option(typed.command, joined[1][:-1])
        before, last = joined[1], joined[2]
    if typed.waiting is None and last.startswith("-") and not typed.ended:
        return _options(typed, last)
    if typed.waiting is None and (commands := getattr(typed.command, "commands", None)):
        return [Offer(name, _brief(c.get_short_help_str(ABOUT))) for name, c in commands.items() if name.startswith(last) and not c.hidden]
    param = typed.waiting or _argument(typed)
    if param is None:
        return []
    found = _values(param, typed, last)
    if not found:
        return None if _takes_file(param) else []
    return [Offer(before + text, about) for text, about in found][:MOST]


def _walk(command: Any, words: Sequence[str]) -> Typed:
    typed = Typed(command)
    for word in words:
        if typed.waiting is not None:
            typed.params[typed.waiting.name], typed.waiting = word, None
        elif typed.ended or not word.startswith("-") or word == "-":
            if (inner := getattr(typed.command, "commands", {}).get(word)) is not None:
                typed = Typed(inner)
            else:
                typed.arguments.append(word)
        elif word == "--":
            typed.ended = True
        else:
            name, equals, value = word.partition("=")
            option = _option(typed.command, name)
            if option is not None and equals:
                typed.params[option.name] = value
            elif option is not None and not getattr(option, "is_flag", False) and not option.count:
                typed.waiting = option
            elif option is not None:
                typed.params[option.name] = True
    return typed


def _option(command: Any, name: str) -> Any:
    return next((p for p in command.params if name in (*p.opts, *p.secondary_opts) and p.param_type_name == "option"), None)


def _options(typed: Typed, begun: str) -> list[Offer]:
    """Long names that begin so; short ones only where nothing but a dash was typed. One given already is not offered again, but where it may repeat."""
    out = []
    for param in [p for p in typed.command.params if p.param_type_name == "option"]:
        if getattr(param, "hidden", False) or (param.name in typed.params and not param.multiple):
            continue
        names = [n for n in (*param.opts, *param.secondary_opts) if n.startswith("--") and n.startswith(begun)]
        out += [Offer(name, _brief(param.help or "")) for name in names]
    return out + [Offer("--help", "Show this message and exit.")] * ("--help".startswith(begun) and Offer("--help") not in out)


def _argument(typed: Typed) -> Any:
    """The argument that the next word is a value of."""
    arguments = [p for p in typed.command.params if p.param_type_name == "argument"]
    at = len(typed.arguments)
    if at < len(arguments):
        return arguments[at]
    return arguments[-1] if arguments and arguments[-1].nargs == -1 else None


def _values(param: Any, typed: Typed, begun: str) -> list[Offer]:
    arguments = [p for p in typed.command.params if p.param_type_name == "argument"]
    typed.params |= {p.name: value for p, value in zip(arguments, typed.arguments, strict=False)}
    try:
        found = param.shell_complete(typed, begun)
    except Exception:  # noqa: BLE001  # a Tab key is no place for an error message, of whatever kind
        return []
    return [Offer(_one_line(i.value), _brief(i.help or "")) for i in found if i.type == "plain"]


def _takes_file(param: Any) -> bool:
    return any(word in (param.metavar or "") for word in ("FILE", "QUERIES"))


def _one_line(text: str) -> str:
    return clean(str(text))


def _brief(text: str) -> str:
    text = _one_line(text)
    return text if len(text) <= ABOUT else text[: ABOUT - 1].rsplit(" ", 1)[0] + "…"


# --- bash's line -----------------------------------------------------------------------------------------------------


def split(line: str) -> tuple[list[str], str]:
    """The words of an unfinished command line, the last one as far as it is typed (empty after a blank), and the quotation mark that is open.

    >>> split("recsh ask 'sad pi"), split('recsh -w "genre:\\'n'), split("recsh ask ")
    ((['recsh', 'ask', 'sad pi'], "'"), (['recsh', '-w', "genre:'n"], '"'), (['recsh', 'ask', ''], ''))
    """
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # a quotation mark that is open, or a backslash at the end
        words.append(lexer.token or "")
        return words, lexer.state if lexer.state in ("'", '"') else lexer.escapedstate if lexer.escapedstate in ("'", '"') else ""
    if not line or line[-1].isspace():
        words.append("")
    return words, ""


def _break(word: str, breaks: str) -> int:
    """Up to where bash takes a word for another one: behind its last ':' or '=', where these break words."""
    return max((word.rfind(c) + 1 for c in ":=" if c in breaks), default=0)


def escaped(text: str, quote: str) -> str:
    """A text as it has to stand on bash's command line, within a quotation mark that is open, or outside."""
    if quote == "'":
        return text.replace("'", "'\\''")
    return (_SPECIAL_DOUBLE if quote else _SPECIAL).sub(r"\\\1", text)
