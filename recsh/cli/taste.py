"""`recsh taste`: what your verdicts add up to, as bars; starting anew, and forgetting one thing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.cli import wares
from recsh.errors import CatalogError, UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from recsh.catalog import Entry
    from recsh.feedback import Log
    from recsh.taste import FacetTaste, Taste
    from recsh.types import Event

BARS = 12  # facets shown, of either side half as many at least where there are so many
LABEL, BAR = 22, 8  # cells of a label and of a bar
WIDE = 90  # columns from which the titles stand beside the bars
FAINT = 0.02  # weight from which a facet is shown
FULL = 0.4  # weight of a full bar at least: few verdicts make short ones

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
BarsOption = Annotated[int, typer.Option("--limit", "-n", metavar="N", parser=c.whole("--limit"), help=f"How many bars; {BARS} if left out.", show_default=False)]

group = typer.Typer(rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="taste")


@group.callback(invoke_without_command=True)
def _alone(
    ctx: typer.Context, catalog: c.CatalogOption = None, limit: BarsOption = BARS, json: c.JsonOption = False, color: c.ColorOption = None, quiet: c.QuietOption = False,
    debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """What your verdicts add up to: show, reset, forget.

    Alone it is `recsh taste show`.

    \b
    Examples:
      recsh taste
      recsh taste -c movies --json
      recsh taste forget "true crime"
    """
    if ctx.invoked_subcommand is None:
        show(catalog=catalog, limit=limit, json=json, color=color, quiet=quiet)


@group.command("show")
def show(
    catalog: c.CatalogOption = None, limit: BarsOption = BARS, json: c.JsonOption = False, color: c.ColorOption = None, quiet: c.QuietOption = False,
    debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Show what you like and dislike as bars, with what made them.

    Verdicts on other catalogs' items count a little where the same tag or maker
    occurs. A bar to the right is liked, one to the left is not.

    \b
    Examples:
      recsh taste show
      recsh taste show -c movies -n 30
      recsh taste show --json
    """
    if limit < 1:
        raise UsageError(f"--limit: has to be at least 1, not {limit}", f"--limit {BARS}")
    with _known(catalog, quiet) as (_, entry, taste):
        if json:
            s.emit_json(as_dict(entry.key, taste))
        elif taste.empty:
            s.note(f"nothing is known of your taste in {entry.name}; recsh like 1 after an answer, or recsh history import FILE", quiet=quiet)
        else:
            s.emit(chart(entry.name, taste, limit, color))


@group.command("reset")
def reset(
    catalog: c.CatalogOption = None, everything: Annotated[bool, typer.Option("--all", help="In every catalog.")] = False,
    yes: YesOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Let the taste start anew; the history stays.

    What was said before does not count any more.

    It stays in the history; recsh history rm removes it.

    \b
    Examples:
      recsh taste reset
      recsh taste reset -c movies -y
      recsh taste reset --all -y
    """
    from recsh.cli.naming import catalog_named, confirmed, key_of, opened_log
    from recsh.feedback import RESET

    if catalog and everything:
        raise UsageError("--catalog and --all contradict each other", "one of them")
    name = catalog or catalog_named(None).name
    where = "every catalog" if everything else name
    if not confirmed(f"start anew with your taste in {where}?", yes, "recsh taste reset"):
        s.note("nothing was changed", quiet=quiet)
        return
    with opened_log(quiet) as log:
        log.mark(RESET, None if everything else key_of(name))
    s.note(f"the taste in {where} starts anew; what was said before is still in recsh history", quiet=quiet)


@group.command("forget")
def forget(
    facet: Annotated[list[str], typer.Argument(metavar="FACET", autocompletion=wares.liked_facets, help="A tag, a maker or a range as recsh taste shows it.")],
    catalog: c.CatalogOption = None, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Forget one thing of the taste.

    What was said about it does not count any more; what is said from now on does.

    \b
    Examples:
      recsh taste forget country
      recsh taste forget true crime -c books
    """
    from recsh.feedback import FORGET
    from recsh.layout import facet_key
    from recsh.text import clean

    words = " ".join(facet)
    with _known(catalog, quiet) as (log, entry, taste):
        keys = {f.key: clean(f.label) for f in taste.facets}
        key = facet_key(words)
        if key not in keys:
            raise _unknown(words, key, keys, entry.name)
        log.mark(FORGET, entry.key if catalog else None, key)
        s.note(f"forgot what was said about {keys[key]!r}{f' in {entry.name}' if catalog else ''}", quiet=quiet)


def _unknown(words: str, key: str, keys: dict[str, str], name: str) -> UsageError:
    import difflib

    close = difflib.get_close_matches(key, keys, 3)
    return UsageError(f"nothing is known about {words!r} in {name}", f"did you mean {', '.join(repr(keys[k]) for k in close)}?" if close else "recsh taste   shows what is")


@contextmanager
def _known(name: str | None, quiet: bool) -> Iterator[tuple[Log, Entry, Taste]]:
    """The log, the catalog, and the taste in its terms; in those of the log alone if the catalog cannot be opened."""
    from recsh.cli.naming import catalog_named, catalog_opened, opened_log
    from recsh.taste import placed, taste_of

    entry = catalog_named(name)
    with opened_log(quiet) as log:
        taste = taste_of(log.events(), log.marks(), catalog=entry.key, now=time.time())
        if not taste.empty:
            try:
                with catalog_opened(name, quiet) as opened:
                    taste = placed(taste, opened.index)
            except CatalogError as error:
                s.note(f"warning: {error.message}; shown without it", quiet=quiet)
        yield log, entry, taste


# --- as text ---------------------------------------------------------------------------------------------------------


def as_dict(catalog: str, taste: Taste) -> dict[str, Any]:
    """The taste as JSON: every key always there; `weight` -1..1, `confidence` 0..1, `elsewhere` how many of the events are other catalogs'."""

    def thing(event: Event) -> dict[str, Any]:
        return {"item_id": event.thing.id, "title": event.thing.title, "catalog": event.catalog, "verdict": event.verdict.value, "value": event.value}

    return {
        "catalog": catalog, "confidence": taste.confidence, "events": len(taste.judged), "likes": len(taste.liked), "dislikes": len(taste.disliked),
        "elsewhere": sum(not j.home for j in taste.judged),
        "facets": [
            {"column": f.column, "key": f.key, "label": f.label, "weight": f.weight, "likes": f.likes, "dislikes": f.dislikes, "events": [thing(e) for e in f.events]}
            for f in taste.facets
        ],
        "judged": [{**thing(j.event), "weight": j.weight} for j in taste.judged],
    }  # fmt: skip


def chosen(facets: Sequence[FacetTaste], limit: int) -> list[FacetTaste]:
    """The most telling ones, liked before disliked; neither side crowds the other out."""
    liked = [f for f in facets if f.weight >= FAINT]
    disliked = [f for f in facets if f.weight <= -FAINT]
    bad = disliked[: max(limit // 2, limit - len(liked))]
    good = liked[: limit - len(bad)]
    return sorted(good, key=lambda f: -f.weight) + sorted(bad, key=lambda f: f.weight)


def chart(name: str, taste: Taste, limit: int, color: bool | None) -> str:
    """Bars to the right and to the left of a line, as wide as the terminal at most."""
    from rich.text import Text

    from recsh.render import console
    from recsh.text import clean

    out = console(sys.stdout, color=color)
    with out.capture() as captured:
        own = [j.weight for j in taste.judged if j.home]
        counts = f"{sum(w > 0 for w in own):,} liked, {sum(w < 0 for w in own):,} not" + (f", {abroad:,} of other catalogs" if (abroad := len(taste.judged) - len(own)) else "")
        out.print(Text(f"your taste in {clean(name)}", style="bold").append(f"   {counts}", style="not bold dim"), overflow="ellipsis", no_wrap=True)
        shown = chosen(taste.facets, limit)
        full = max((abs(f.weight) for f in shown), default=FULL)
        for facet in shown:
            for line in _lines(facet, max(FULL, full), out.width):
                out.print(line, overflow="ellipsis", no_wrap=True)
        out.print(Text("recsh taste forget FACET, or recsh taste reset", style="dim"), overflow="ellipsis", no_wrap=True)
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def _lines(facet: FacetTaste, full_weight: float, width: int) -> Iterator[Text]:
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    from recsh.text import clean

    label = clean(facet.label)
    if cell_len(label) > LABEL:
        label = set_cell_size(label, LABEL - 1) + "…"
    halves = max(1, round(abs(facet.weight) / full_weight * BAR * 2))
    full, half = divmod(halves, 2)
    good = facet.weight > 0
    line = Text(set_cell_size(label, LABEL) + "  ")
    line.append(" " * BAR if good else ("▐" * half + "█" * full).rjust(BAR), style="red").append("│", style="dim")
    line.append(("█" * full + "▌" * half).ljust(BAR) if good else " " * BAR, style="green")
    line.append(f"  +{facet.likes} -{facet.dislikes}".ljust(9))
    titles = ", ".join(dict.fromkeys(clean(e.thing.title) for e in _behind(facet)))
    if width >= WIDE:
        yield line.append(titles, style="dim")
        return
    yield line
    yield Text(f"  {titles}", style="dim")


def _behind(facet: FacetTaste) -> list[Event]:
    """Its events, those that made it what it is first."""
    return sorted(facet.events, key=lambda e: e.worth * facet.weight < 0)
