"""`recsh chat`: a conversation."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.cli import wares
from recsh.errors import StoreError, UsageError

if TYPE_CHECKING:
    from recsh.cli.prompter import Prompter
    from recsh.cli.screen import Screen
    from recsh.recommend import Recommender
    from recsh.repl import Repl

LINE_LIMIT = 1 << 20  # bytes of a line on standard input; far beyond any that is read


def register(app: typer.Typer) -> None:
    app.command("chat")(chat)


def chat(
    query: Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="What to begin with.")] = None,
    catalog: c.CatalogOption = None, model: c.ModelOption = None, engine: c.EngineOption = None, server: c.ServerOption = None, limit: c.LimitOption = None,
    where: c.WhereOption = None,
    context: Annotated[str | None, typer.Option("--context", metavar="TEXT|auto", help="Time, place, mood; 'auto' for the time of day, the weekday and the season.")] = None,
    again: c.AgainOption = False, taste: c.TasteOption = True, log: c.LogOption = True, raw: c.RawOption = False, explore: c.ExploreOption = None, diversity: c.DiversityOption = None,
    tone: c.ToneOption = None, lang: c.LangOption = None, timeout: c.TimeoutOption = None,
    go_on: Annotated[bool, typer.Option("--continue", help="Take up the last conversation.")] = False,
    session: Annotated[str | None, typer.Option("--session", metavar="ID", autocompletion=wares.conversations, help="Take up the conversation with this id; its beginning is enough.")] = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON line a turn on standard output.")] = False,
    ctx_size: c.CtxOption = None, threads: c.ThreadsOption = None, gpu_layers: c.GpuOption = None,
    quiet: c.QuietOption = False, verbose: c.VerboseOption = False, color: c.ColorOption = None, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Talk: ask, then go on with what comes to mind.

    \b
    Examples:
      recsh chat
      recsh chat "thrash metal" -c music
      recsh chat --continue
      printf 'thrash metal\\nolder\\nI hated 2\\n' | recsh chat -q
      recsh chat --json < turns.txt

    /help lists the commands of a conversation.
    """
    from recsh import talks

    taken = talks.load(session) if go_on or session is not None else None
    if taken:
        catalog, model = _taken(catalog, model or engine, taken[1])
        engine = None
    flags = {"keep_raw": "yes" if raw else None, "server": server, "limit": limit, "diversity": diversity, "explore": explore, "tone": tone, "lang": lang, "ctx_size": ctx_size, "threads": threads, "gpu_layers": gpu_layers}
    keep = log and not os.environ.get("RECSH_NO_HISTORY")
    with Opener(flags, quiet) as opener:
        recommender, *names = opener(catalog, engine or model)
        options = c.recommend_options(opener.settings, where=where, timeout=timeout, again=again, taste=taste, log=keep)
        if where:
            from recsh.where import mask

            mask(where, recommender.index)
        repl, screen = made(
            recommender, options, opener, (names[0], names[1]), taken[0] if taken else None, keep=keep, context=context, json=json, quiet=quiet, verbose=verbose,
            color=color, debug=debug,
        )  # fmt: skip
        if taken:
            try:
                repl.restore(taken[1])
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise talks.damaged(taken[0], error) from error
        _welcome(repl, screen, quiet)
        converse(repl, screen, " ".join(query or []), reader(repl, color, keep=keep), keep=keep, quiet=quiet)


def made(
    recommender: Recommender, options: Any, opener: Callable[[str | None, str | None], tuple[Recommender, str, str]], names: tuple[str, str], ident: str | None = None, *,
    keep: bool, context: str | None = None, json: bool = False, quiet: bool = False, verbose: bool = False, color: bool | None = None, debug: bool = False,
) -> tuple[Repl, Screen]:  # fmt: skip
    """A conversation and its screen, which hear of each other."""
    from recsh.cli.screen import Screen
    from recsh.repl import Repl

    screen = Screen(lambda: repl.index.columns, lambda: repl.chinese, json=json, quiet=quiet, verbose=verbose, color=color, debug=debug)
    repl = Repl(recommender, options, open_=opener, names=names, ident=ident, keep=keep, context=context, stage=screen.stage, ordered=screen.ordered)
    return repl, screen


def converse(repl: Repl, screen: Screen, first: str, read: Callable[[], str], *, keep: bool, quiet: bool) -> None:
    """Turns until the person leaves or the lines end. A Ctrl-C on a terminal stops an answer, and the talk goes on."""
    from recsh.replies import reply

    person = hasattr(read, "__self__")  # a prompter's
    while not repl.over:
        text, first = first, ""
        try:
            text = text or read()
        except EOFError:
            break
        except KeyboardInterrupt:
            if not person:
                raise
            if not read.__self__.typed:  # type: ignore[attr-defined]
                s.note(reply("leaves", repl.chinese))
            continue
        if text.strip():
            _turn(repl, screen, text, person)
            keep = keep and _kept(repl, quiet)
    if person and keep and repl.talk.parts:
        s.note(reply("continue", repl.chinese), quiet=quiet)


def _turn(repl: Repl, screen: Screen, text: str, person: bool) -> None:
    from recsh.replies import reply

    try:
        for block in repl.turn(text):
            screen.show(block)
    except KeyboardInterrupt:
        screen.settle()
        if not person:
            raise
        s.note(reply("stopped", repl.chinese))
    finally:
        screen.settle()
    screen.done(repl, text.strip())


def _kept(repl: Repl, quiet: bool) -> bool:
    """Write the conversation down once there is something in it; whether to go on doing so."""
    from recsh import talks
    from recsh.replies import reply

    if repl.talk.parts or repl.talk.opinions or repl.talk.before:
        try:
            talks.save(repl.ident, talks.masked(repl.as_json(), _mask(repl)))
        except StoreError as error:
            s.note(f"warning: {reply('not_kept', repl.chinese, why=error.message)}", quiet=quiet)
            return False
    return True


def _taken(catalog: str | None, model: str | None, saved: Any) -> tuple[str, str]:
    """(catalog, model) of a conversation that is taken up. Raises `UsageError` if another catalog was named."""
    held = str(saved.get("catalog"))
    if catalog is not None and _name(catalog) != held:
        raise UsageError(f"that conversation is about {held!r}, not {catalog!r}", "leave --catalog out, or begin a new one: recsh chat -c " + catalog)
    return held, model or str(saved.get("model"))


def _name(given: str) -> str:
    """What a catalog is to be opened by, from whatever folder: its name if it is known by one, else its path."""
    from recsh.catalog import entries, lookup

    entry = lookup(given)
    return entry.name if entries().get(entry.name) == entry else str(entry.path)


class Opener:
    """Opens what a conversation stands on, and closes what it stood on before. `settings` are those in force."""

    def __init__(self, flags: dict[str, Any], quiet: bool) -> None:
        self._flags = flags
        self._quiet = quiet
        self._stack = ExitStack()
        self._names: tuple[str | None, str | None] = (None, None)
        self.settings: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __call__(self, catalog: str | None, model: str | None) -> tuple[Recommender, str, str]:
        """(recommender, the catalog's name, the model's), by these names or those in use. Raises `RecshError`; what was open is still open then."""
        wanted = catalog or self._names[0], model or self._names[1]
        with ExitStack() as opening:
            _, recommender, self.settings = opening.enter_context(c.session(wanted[0], wanted[1], None, self._flags, quiet=self._quiet))
            opening.callback(_freed, recommender)
            names = _name(self.settings["catalog"]), str(self.settings["model"])
            before, self._stack = self._stack, opening.pop_all()
        before.close()
        self._names = names
        return recommender, *names


def _freed(recommender: Recommender) -> None:
    """Free weights that were loaded: two of them side by side may be more than there is memory for."""
    if engine := vars(recommender.adviser).get("engine"):
        engine.close()


def _welcome(repl: Repl, screen: Screen, quiet: bool) -> None:
    """Two lines on stderr; of a conversation that is taken up, the answer it had come to."""
    from recsh.replies import reply

    zh = repl.chinese
    engine = reply("no_model", zh) if repl.names[1] == "none" else reply("with_model", zh, name=repl.names[1])
    s.note(reply("welcome", zh, catalog=repl.recommender.catalog.name, n=f"{repl.index.rows:,}", engine=engine), quiet=quiet)
    if repl.talk.parts:
        s.note(reply("goes_on", zh, what=" · ".join(p.said for p in repl.talk.parts)), quiet=quiet)
        if repl.shown and screen.terminal:
            from recsh.blocks import Answered

            screen.show(Answered(repl.shown))


def reader(repl: Repl, color: bool | None, *, keep: bool) -> Callable[[], str]:
    """What gives the next turn: a prompt if a person sits there, else a line of standard input."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        return prompter(repl, color, keep=keep).read
    return _line


def prompter(repl: Repl, color: bool | None, *, keep: bool) -> Prompter:
    from recsh import keys, paths
    from recsh.cli.prompter import Prompter
    from recsh.typed import Lines

    history = Lines(paths.data_dir() / "chat_history", repl.ident, _mask(repl)) if keep else None
    return Prompter(lambda line: keys.offers(line, repl), history, color=color)


def _mask(repl: Repl) -> Callable[[str], str]:
    """How what was typed is kept: as in the log."""
    memory = repl.recommender.memory
    return memory.log.mask if memory else str


def _line() -> str:
    if sys.stdin is None:
        raise EOFError
    if sys.stdin.isatty() and sys.stderr.isatty():
        sys.stderr.write("recsh> ")
        sys.stderr.flush()
    line = sys.stdin.buffer.readline(LINE_LIMIT)
    if not line:
        raise EOFError
    return line.decode("utf-8-sig", "replace")
