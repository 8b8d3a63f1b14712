"""The commands of a conversation: a line that begins with a slash. What is no command is an error, and never reaches the model.

    /like 1 3    /rate 2 4.5    /where year:..1990    /drop 2    /why "take five"

Leaves out: sentences (see `turns`), what the commands act on (see `repl`).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from recsh import cards
from recsh.acts import Act, Kind
from recsh.blocks import Address, Block, Facts, Leave, Raw, Reply, Saved
from recsh.config import SETTINGS, checked
from recsh.errors import UsageError
from recsh.replies import reply
from recsh.text import fold
from recsh.types import Answer, Item, Mode, Verdict
from recsh.verdicts import looks_like_rank, rating

if TYPE_CHECKING:
    from recsh.repl import Repl

OFF = ("off", "none", "-")
FILES = ("json", "jsonl", "csv", "tsv", "ids")
SWITCHES = ("again", "reasons", "taste")
NUMBERS = ("limit", "shortlist", "mode", "diversity", "explore", "tone", "lang", "temperature", "seed")
Run = Callable[["Repl", str], Iterator[Block]]


@dataclass(frozen=True, slots=True)
class Command:
    """`usage` what stands behind the name, `about` what it does."""

    usage: str
    about: str
    run: Run


def run(repl: Repl, line: str) -> Iterator[Block]:
    """Run a line that begins with a slash. Raises `UsageError` for an unknown command, with the nearest, or a wrong argument."""
    name, _, argument = line[1:].partition(" ")
    command = COMMANDS.get(name.lower())
    if command is None:
        near = difflib.get_close_matches(name.lower(), COMMANDS, 1, 0.4) or [c for c in COMMANDS if name and c.startswith(name.lower())]
        raise UsageError(f"/{name}: there is no such command", f"{f'/{near[0]}, or ' if near else ''}/help; a line that begins with // is text")
    yield from command.run(repl, argument.strip())


# --- showing ---------------------------------------------------------------------------------------------------------


def _help(repl: Repl, argument: str) -> Iterator[Block]:
    heading = "Say what you want, then go on: older · less screaming · more like the second · I hated 2 · why the first?"
    yield Facts(heading, tuple((f"/{name} {c.usage}".strip(), c.about) for name, c in COMMANDS.items()))


def _more(repl: Repl, argument: str) -> Iterator[Block]:
    count = checked("limit", argument, "/more") if argument else None
    repl.talk = repl.talk.page().noted(repl.talk)
    repl.acts = (Act(Kind.MORE, f"/more {argument}".strip(), count=count),)
    yield from repl.answers(count)


def _item(repl: Repl, argument: str, usage: str) -> Item:
    if not argument:
        raise UsageError(f"{usage}: of which?", f"{usage.split()[0]} 1")
    return repl.find(argument.strip("\"'") if argument[:1] in "\"'" else argument)


def _why(repl: Repl, argument: str) -> Iterator[Block]:
    yield repl.why(_item(repl, argument, "/why N"), repl.talk.chinese)


def _show(repl: Repl, argument: str) -> Iterator[Block]:
    yield cards.facts(_item(repl, argument, "/show N"))


def _open(repl: Repl, argument: str) -> Iterator[Block]:
    item = _item(repl, argument, "/open N")
    url = cards.address(item)
    if url is None:
        raise UsageError(f"the row of {item.title!r} has no http(s) address", "/show shows what it has")
    yield Address(url)


def _state(repl: Repl, argument: str) -> Iterator[Block]:
    lines = [f"  {line}" for line in repl.talk.lines()]
    beside = [("where", repl.options.where), ("context", repl.context_text(repl.talk.chinese)), ("catalog", repl.names[0]), ("model", repl.names[1])]
    yield Reply((*(lines or ["  nothing was asked for yet"]), *(f"  {name}: {value}" for name, value in beside if value)))


def _history(repl: Repl, argument: str) -> Iterator[Block]:
    yield Reply(tuple(f"  {n}  {' '.join(said.split())}" for n, said in enumerate(repl.said[:-1], 1)) or ("  nothing was said yet",))


def _last(repl: Repl) -> Answer:
    if repl.shown is None:
        raise UsageError(reply("none_such"), "ask for something first")
    return repl.shown


def _json(repl: Repl, argument: str) -> Iterator[Block]:
    yield Raw(_last(repl))


def _save(repl: Repl, argument: str) -> Iterator[Block]:
    form = argument.rpartition(".")[2].lower()
    if form not in FILES:
        raise UsageError(f"/save {argument}: in which form?", f"a file that ends in .{', .'.join(FILES)}")
    yield Saved(argument, form, _last(repl))


def _quit(repl: Repl, argument: str) -> Iterator[Block]:
    repl.over = True
    yield Leave()


# --- verdicts --------------------------------------------------------------------------------------------------------


def _verdict(verdict: Verdict) -> Run:
    def judge(repl: Repl, argument: str) -> Iterator[Block]:
        words = argument.replace(",", " ").split()
        several = len(words) > 1 and all(looks_like_rank(w) is not None for w in words)
        items = [repl.find(w) for w in words] if several else [_item(repl, argument, f"/{verdict.value} N")]
        yield repl.judge(list({i.id: i for i in items}.values()), verdict)

    return judge


def _rate(repl: Repl, argument: str) -> Iterator[Block]:
    what, _, points = argument.rpartition(" ")
    if not what:
        raise UsageError("/rate N X: an item, and 1 to 5", "/rate 1 4.5")
    value = rating(points)
    yield repl.judge([_item(repl, what.strip(), "/rate N X")], Verdict.RATING, value)


# --- what is asked for -----------------------------------------------------------------------------------------------


def _where(repl: Repl, argument: str) -> Iterator[Block]:
    from recsh.where import mask

    if not argument:
        yield Reply((f"where: {repl.options.where or 'nothing'}",))
        return
    wanted = None if argument.lower() in OFF else argument
    if wanted and not (fitting := int(mask(wanted, repl.index).sum())):
        raise UsageError(f"/where {argument}: no row of {repl.recommender.catalog.name!r} is so", "recsh catalog info shows columns and values")
    repl.options = replace(repl.options, where=wanted)
    yield Reply((f"where: {wanted} ({fitting:,} of {repl.index.rows:,} rows)" if wanted else "where: nothing",))
    if repl.talk.parts:
        yield from repl.answers()


def _context(repl: Repl, argument: str) -> Iterator[Block]:
    if argument:
        repl.context = None if argument.lower() in OFF else argument
    yield Reply((f"context: {repl.context_text(repl.talk.chinese) or 'none'}",))


def _catalog(repl: Repl, argument: str) -> Iterator[Block]:
    if argument and argument != repl.names[0]:
        repl.switch(catalog=argument)
    yield Reply((f"catalog: {repl.recommender.catalog.name}, {repl.index.rows:,} items",))


def _model(repl: Repl, argument: str) -> Iterator[Block]:
    if argument and argument != repl.names[1]:
        repl.switch(model=argument)
    yield Reply((f"model: {repl.names[1]}",))


def _set(repl: Repl, argument: str) -> Iterator[Block]:
    name, _, value = argument.replace("=", " ", 1).partition(" ")
    value = value.strip()
    if not name:
        yield Facts("settings of this conversation", tuple((n, str(_value(repl, n))) for n in (*NUMBERS, *SWITCHES)))
        return
    if name in SWITCHES:
        if value.lower() not in ("on", "off"):
            raise UsageError(f"/set {name} is on or off, not {value!r}", f"/set {name} on")
        change: dict[str, Any] = {name: value.lower() == "on"}
    elif name in NUMBERS:
        kept = checked(name, value, f"/set {name}")
        change = {"usual": kept} if name == "limit" else {"mode": None if kept == "auto" else Mode(kept)} if name == "mode" else {name: kept}
        if name == "limit":
            repl.talk = replace(repl.talk, limit=None)
    else:
        elsewhere = f"/{name} sets it" if name in ("catalog", "model", "context", "where") else "recsh config set" if name in SETTINGS else ""
        raise UsageError(f"/set {name}: there is no such setting here", elsewhere or f"one of {', '.join((*NUMBERS, *SWITCHES))}")
    repl.options = replace(repl.options, **change)
    yield Reply((f"{name}: {_value(repl, name)}",))


def _value(repl: Repl, name: str) -> object:
    value = getattr(repl.options, "usual" if name == "limit" else name)
    return ("on" if value else "off") if name in SWITCHES else "auto" if value is None else value


def _undo(repl: Repl, argument: str) -> Iterator[Block]:
    repl.acts = (Act(Kind.UNDO, "/undo"),)
    yield from repl.undo(chinese=repl.talk.chinese)


def _drop(repl: Repl, argument: str) -> Iterator[Block]:
    parts = repl.talk.parts
    if argument.isdecimal():
        n = int(argument)
    else:
        wanted = fold(argument.strip("\"'"))
        n = next((i for i, p in enumerate(parts, 1) if wanted and wanted in fold(p.said)), 0)
    if not 1 <= n <= len(parts):
        raise UsageError(f"/drop {argument}: there is no such part", f"/state numbers them: 1 to {len(parts)}" if parts else "nothing was asked for yet")
    repl.talk = repl.talk.drop(n)
    yield Reply((f"dropped: {parts[n - 1].said}",))
    if repl.talk.parts:
        yield from repl.answers()


def _clear(repl: Repl, argument: str) -> Iterator[Block]:
    repl.talk = repl.talk.clear()
    repl.acts = (Act(Kind.CLEAR, "/clear"),)
    yield Reply((reply("cleared", repl.talk.chinese),))


COMMANDS: dict[str, Command] = {
    "help": Command("", "these lines", _help),
    "more": Command("[N]", "others that fit, none shown before", _more),
    "like": Command("N|TITLE", "you like it: later answers follow", _verdict(Verdict.LIKE)),
    "dislike": Command("N|TITLE", "you do not: it is not shown again", _verdict(Verdict.DISLIKE)),
    "rate": Command("N X", "1 to 5, or 8/10", _rate),
    "skip": Command("N|TITLE", "not this time", _verdict(Verdict.SKIP)),
    "consumed": Command("N|TITLE", "you have read, seen, bought it", _verdict(Verdict.CONSUMED)),
    "why": Command("N|TITLE", "why it is there, or why it is not", _why),
    "show": Command("N|TITLE", "its whole row", _show),
    "open": Command("N|TITLE", "its address, in the browser", _open),
    "where": Command("EXPR|off", "what must hold: genre:rock year:1980..1989", _where),
    "context": Command("TEXT|auto|off", "time, place, mood; auto: time of day, weekday, season", _context),
    "catalog": Command("[NAME]", "go on with another catalog", _catalog),
    "model": Command("[NAME]", "go on with other weights", _model),
    "set": Command("[NAME VALUE]", "limit, diversity, tone, again, ...", _set),
    "state": Command("", "what was asked for, numbered", _state),
    "drop": Command("PART", "take a part of it out: its number or its words", _drop),
    "undo": Command("", "take the last thing back", _undo),
    "clear": Command("", "start over", _clear),
    "history": Command("", "what you said", _history),
    "json": Command("", "the last answer as JSON", _json),
    "save": Command("FILE", "the last answer to a .json, .jsonl, .csv, .tsv or .ids file", _save),
    "quit": Command("", "leave; so does Ctrl-D", _quit),
}
