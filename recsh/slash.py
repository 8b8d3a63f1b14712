"""The commands of a conversation: a line that begins with a slash. What is no command is an error, and never reaches the model.

    /like 1 3    /rate 2 4.5    /where year:..1990    /drop 2    /why "take five"

Leaves out: sentences (see `turns`), what the commands act on (see `repl`).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

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


class Command(Struct, frozen=True):
    """`usage` what stands behind the name, `about` what it does, in English and Chinese."""

    usage: str
    about: tuple[str, str]
    run: Run


def run(repl: Repl, line: str) -> Iterator[Block]:
    """Run a line that begins with a slash. Raises `UsageError` for an unknown command, with the nearest, or a wrong argument."""
    name, _, argument = line[1:].partition(" ")
    command = COMMANDS.get(name.lower())
    if command is None:
        near = difflib.get_close_matches(name.lower(), COMMANDS, 1, 0.4) or [c for c in COMMANDS if name and c.startswith(name.lower())]
        zh = repl.chinese
        raise UsageError(reply("no_command", zh, name=name), reply("no_command_try", zh, near=reply("or", zh, what=f"/{near[0]}") if near else ""))
    yield from command.run(repl, argument.strip())


# --- showing ---------------------------------------------------------------------------------------------------------


def _help(repl: Repl, argument: str) -> Iterator[Block]:
    yield Facts(reply("help_heading", repl.chinese), tuple((f"/{name} {c.usage}".strip(), c.about[repl.chinese]) for name, c in COMMANDS.items()))


def _more(repl: Repl, argument: str) -> Iterator[Block]:
    count = checked("limit", argument, "/more") if argument else None
    repl.talk = repl.talk.page().noted(repl.talk)
    repl.acts = (Act(Kind.MORE, f"/more {argument}".strip(), count=count),)
    yield from repl.answers(count)


def _item(repl: Repl, argument: str, usage: str) -> Item:
    if not argument:
        raise UsageError(reply("of_which", repl.chinese, usage=usage), f"{usage.split()[0]} 1")
    return repl.find(argument.strip("\"'") if argument[:1] in "\"'" else argument)


def _why(repl: Repl, argument: str) -> Iterator[Block]:
    yield repl.why(_item(repl, argument, "/why N"), repl.chinese)


def _show(repl: Repl, argument: str) -> Iterator[Block]:
    yield cards.facts(_item(repl, argument, "/show N"))


def _open(repl: Repl, argument: str) -> Iterator[Block]:
    item = _item(repl, argument, "/open N")
    url = cards.address(item)
    if url is None:
        raise UsageError(reply("no_address", repl.chinese, title=item.title), reply("no_address_try", repl.chinese))
    yield Address(url)


def _state(repl: Repl, argument: str) -> Iterator[Block]:
    lines = [f"  {line}" for line in repl.talk.lines()]
    zh = repl.chinese
    beside = [("where", repl.options.where), ("context", repl.context_text(zh)), ("catalog", repl.names[0]), ("model", repl.names[1])]
    told = [f"  {reply(f'state_{name}', zh)}{'：' if zh else ': '}{value}" for name, value in beside if value]
    yield Reply((*(lines or [f"  {reply('nothing_yet', zh)}"]), *told))


def _history(repl: Repl, argument: str) -> Iterator[Block]:
    yield Reply(tuple(f"  {n}  {' '.join(said.split())}" for n, said in enumerate(repl.said[:-1], 1)) or (f"  {reply('nothing_said', repl.chinese)}",))


def _last(repl: Repl) -> Answer:
    if repl.shown is None:
        raise UsageError(reply("none_such", repl.chinese), reply("ask_first", repl.chinese))
    return repl.shown


def _json(repl: Repl, argument: str) -> Iterator[Block]:
    yield Raw(_last(repl))


def _save(repl: Repl, argument: str) -> Iterator[Block]:
    form = argument.rpartition(".")[2].lower()
    if form not in FILES:
        raise UsageError(reply("no_form", repl.chinese, file=argument), reply("no_form_try", repl.chinese, forms=f".{', .'.join(FILES)}"))
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
        raise UsageError(reply("rate_how", repl.chinese), "/rate 1 4.5")
    value = rating(points)
    yield repl.judge([_item(repl, what.strip(), "/rate N X")], Verdict.RATING, value)


# --- what is asked for -----------------------------------------------------------------------------------------------


def _where(repl: Repl, argument: str) -> Iterator[Block]:
    from recsh.where import mask

    zh = repl.chinese
    if not argument:
        yield Reply((reply("where_is", zh, what=repl.options.where or reply("none", zh)),))
        return
    wanted = None if argument.lower() in OFF else argument
    if wanted and not (fitting := int(mask(wanted, repl.index).sum())):
        raise UsageError(reply("where_none", zh, what=argument, catalog=repl.recommender.catalog.name), reply("where_none_try", zh))
    repl.options = replace(repl.options, where=wanted)
    yield Reply((reply("where_fits", zh, what=wanted, n=f"{fitting:,}", of=f"{repl.index.rows:,}") if wanted else reply("where_is", zh, what=reply("none", zh)),))
    if repl.talk.parts:
        yield from repl.answers()


def _context(repl: Repl, argument: str) -> Iterator[Block]:
    if argument:
        repl.context = None if argument.lower() in OFF else argument
    zh = repl.chinese
    yield Reply((reply("context_is", zh, what=repl.context_text(zh) or reply("none", zh)),))


def _catalog(repl: Repl, argument: str) -> Iterator[Block]:
    if argument and argument != repl.names[0]:
        repl.switch(catalog=argument)
    yield Reply((reply("catalog_is", repl.chinese, name=repl.recommender.catalog.name, n=f"{repl.index.rows:,}"),))


def _model(repl: Repl, argument: str) -> Iterator[Block]:
    if argument and argument != repl.names[1]:
        repl.switch(model=argument)
    yield Reply((reply("model_is", repl.chinese, name=repl.names[1]),))


def _set(repl: Repl, argument: str) -> Iterator[Block]:
    name, _, value = argument.replace("=", " ", 1).partition(" ")
    value = value.strip()
    if not name:
        yield Facts(reply("settings", repl.chinese), tuple((n, str(_value(repl, n))) for n in (*NUMBERS, *SWITCHES)))
        return
    if name in SWITCHES:
        if value.lower() not in ("on", "off"):
            raise UsageError(reply("on_or_off", repl.chinese, name=name, value=value), f"/set {name} on")
        change: dict[str, Any] = {name: value.lower() == "on"}
    elif name in NUMBERS:
        kept = checked(name, value, f"/set {name}")
        change = {"usual": kept} if name == "limit" else {"mode": None if kept == "auto" else Mode(kept)} if name == "mode" else {name: kept}
        if name == "limit":
            repl.talk = replace(repl.talk, limit=None)
    else:
        zh = repl.chinese
        elsewhere = reply("sets_it", zh, name=name) if name in ("catalog", "model", "context", "where") else "recsh config set" if name in SETTINGS else ""
        raise UsageError(reply("no_setting", zh, name=name), elsewhere or reply("one_of", zh, names=", ".join((*NUMBERS, *SWITCHES))))
    repl.options = replace(repl.options, **change)
    yield Reply((f"{name}: {_value(repl, name)}",))


def _value(repl: Repl, name: str) -> object:
    value = getattr(repl.options, "usual" if name == "limit" else name)
    return ("on" if value else "off") if name in SWITCHES else "auto" if value is None else value


def _undo(repl: Repl, argument: str) -> Iterator[Block]:
    repl.acts = (Act(Kind.UNDO, "/undo"),)
    yield from repl.undo(chinese=repl.chinese)


def _drop(repl: Repl, argument: str) -> Iterator[Block]:
    parts = repl.talk.parts
    if argument.isdecimal():
        n = int(argument)
    else:
        wanted = fold(argument.strip("\"'"))
        n = next((i for i, p in enumerate(parts, 1) if wanted and wanted in fold(p.said)), 0)
    if not 1 <= n <= len(parts):
        zh = repl.chinese
        raise UsageError(reply("no_part", zh, what=argument), reply("no_part_try", zh, n=len(parts)) if parts else reply("nothing_yet", zh))
    repl.talk = repl.talk.drop(n)
    yield Reply((reply("dropped", repl.chinese, what=parts[n - 1].said),))
    if repl.talk.parts:
        yield from repl.answers()


def _clear(repl: Repl, argument: str) -> Iterator[Block]:
    repl.talk = repl.talk.clear()
    repl.acts = (Act(Kind.CLEAR, "/clear"),)
    yield Reply((reply("cleared", repl.chinese),))


COMMANDS: dict[str, Command] = {
    "help": Command("", ("these lines", "这几行"), _help),
    "more": Command("[N]", ("others that fit, none shown before", "再来几个合适的，没推荐过的"), _more),
    "like": Command("N|TITLE", ("you like it: later answers follow", "喜欢：之后会照着来"), _verdict(Verdict.LIKE)),
    "dislike": Command("N|TITLE", ("you do not: it is not shown again", "不喜欢：不再推荐"), _verdict(Verdict.DISLIKE)),
    "rate": Command("N X", ("1 to 5, or 8/10", "1 到 5 分，或 8/10"), _rate),
    "skip": Command("N|TITLE", ("not this time", "这次不要"), _verdict(Verdict.SKIP)),
    "consumed": Command("N|TITLE", ("you have read, seen, bought it", "已经读过、看过、买过"), _verdict(Verdict.CONSUMED)),
    "why": Command("N|TITLE", ("why it is there, or why it is not", "为什么有它，或为什么没有"), _why),
    "show": Command("N|TITLE", ("its whole row", "它的整行"), _show),
    "open": Command("N|TITLE", ("its address, in the browser", "它的网址，用浏览器打开"), _open),
    "where": Command("EXPR|off", ("what must hold: genre:rock year:1980..1989", "必须满足的：genre:rock year:1980..1989"), _where),
    "context": Command("TEXT|auto|off", ("time, place, mood; auto: time of day, weekday, season", "时间、地点、心情；auto：时段、星期、季节"), _context),
    "catalog": Command("[NAME]", ("go on with another catalog", "换一个目录接着聊"), _catalog),
    "model": Command("[NAME]", ("go on with other weights", "换一个模型接着聊"), _model),
    "set": Command("[NAME VALUE]", ("limit, diversity, tone, again, ...", "limit、diversity、tone、again 等"), _set),
    "state": Command("", ("what was asked for, numbered", "现在要的是什么，带编号"), _state),
    "drop": Command("PART", ("take a part of it out: its number or its words", "去掉其中一条：编号或原话"), _drop),
    "undo": Command("", ("take the last thing back", "撤回上一步"), _undo),
    "clear": Command("", ("start over", "从头来"), _clear),
    "history": Command("", ("what you said", "说过的话"), _history),
    "json": Command("", ("the last answer as JSON", "上次的结果，JSON"), _json),
    "save": Command("FILE", ("the last answer to a .json, .jsonl, .csv, .tsv or .ids file", "把上次的结果存成 .json、.jsonl、.csv、.tsv 或 .ids"), _save),
    "quit": Command("", ("leave; so does Ctrl-D", "退出，Ctrl-D 也行"), _quit),
}
