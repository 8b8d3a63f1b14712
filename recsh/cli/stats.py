"""`recsh stats`: what came of it; answers, verdicts, how often something was liked, and what was learned."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.text import counted

if TYPE_CHECKING:
    from rich.text import Text

    from recsh.feedback import Log
    from recsh.stats import Counts, Stats

NAME = 20  # cells of a catalog's name
BAR = 12  # cells of a bar
LEARNED = 0.05  # how far from what it was a multiplier has to be to be shown
WIDE = 76  # columns from which a catalog's line has everything
_SAID = {"like": "liked", "dislike": "disliked", "skip": "skipped", "rating": "rated", "consumed": "known already", "note": "notes"}
_SIGNALS = {"text": "words", "vector": "meaning", "facet": "tags", "neighbour": "likeness to what was named", "knowledge": "what is known of it", "popular": "how well known", "lean": "leanings", "taste": "your taste", "collab": "others' ratings", "reranker": "read with the question", "model": "the model", "novelty": "newness", "adapter": "what no tag names"}  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command("stats")(stats)


def stats(catalog: c.CatalogOption = None, json: c.JsonOption = False, color: c.ColorOption = None, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Show what came of it: verdicts, hits, what was learned.

    The hit rate is the share of the answers you said something about in which you liked something. What was learned is by how much
    each signal of the ranking counts more or less than at the beginning.

    \b
    Examples:
      recsh stats
      recsh stats -c movies
      recsh stats --json | jq '.catalogs[].hit_rate'
    """
    from recsh.cli.naming import key_of, opened_log
    from recsh.stats import stats_of

    key = key_of(catalog) if catalog else None
    now = time.time()
    with opened_log(quiet) as log:
        found = stats_of(log.impressions(key), log.events(key), now=now)
        learned = {} if found.empty else _learned(log, found)
    if json:
        s.emit_json(as_dict(found, learned))
    elif found.empty:
        where = f" of {catalog}" if catalog else ""
        s.note(f'nothing was asked{where} yet; recsh ask "rock songs like Metallica", then recsh like 1', quiet=quiet)
    else:
        s.emit(chart(found, learned, color))


def _learned(log: Log, found: Stats) -> dict[str, dict[str, Any]]:
    """Catalog's key -> what its verdicts taught, of those that taught something."""
    from recsh import learn
    from recsh.memory import IMPRESSIONS

    out = {}
    for key, counts in found.catalogs.items():
        if counts.judged:
            ranker = learn.fit(log.impressions(key, limit=IMPRESSIONS, each=IMPRESSIONS // 2), log.events(key))
            if ranker.evidence:
                out[key] = ranker.summary()
    return out


def as_dict(found: Stats, learned: Mapping[str, Any]) -> dict[str, Any]:
    """The figures as JSON: every key always there, moments in UTC, `learned` null where nothing was."""
    from recsh.verdicts import stamp

    def figures(counts: Counts) -> dict[str, Any]:
        return {**counts.as_dict(), "first_at": None if counts.first_at is None else stamp(counts.first_at), "last_at": None if counts.last_at is None else stamp(counts.last_at)}

    return {
        "schema_version": 1, **figures(found.whole),
        "catalogs": [{"catalog": key, **figures(counts), "learned": learned.get(key)} for key, counts in found.catalogs.items()],
        "period_days": found.days, "periods": [{"start": stamp(start), **figures(counts)} for start, counts in found.periods],
    }  # fmt: skip


# --- as text ---------------------------------------------------------------------------------------------------------


def chart(found: Stats, learned: Mapping[str, Any], color: bool | None) -> str:
    """Counts, a time line, a line a catalog, and what was learned; as wide as the terminal at most."""
    from recsh.render import console

    out = console(sys.stdout, color=color)
    with out.capture() as captured:
        for line in (*_headline(found), *_timeline(found, out.width), *_catalogs(found, out.width), *_taught(learned, out.width)):
            out.print(line, overflow="ellipsis", no_wrap=True)
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def _headline(found: Stats) -> Iterator[Text]:
    from rich.text import Text

    whole = found.whole
    yield Text(f"{counted(whole.answers, 'answer')}, {counted(whole.said, 'verdict')}", style="bold")
    kinds = [f"{n:,} {_SAID.get(name, name)}" for name, n in whole.verdicts.most_common()]
    if whole.imported:
        kinds.append(f"{whole.imported:,} imported")
    since = [] if whole.first_at is None else [f"since {_day(whole.first_at)}"]
    yield Text(", ".join([*since, *kinds]), style="dim")
    if whole.answers and not whole.said:
        yield Text("nothing was said about these yet: recsh like 1, recsh dislike 2", style="yellow")


def _day(at: float) -> str:
    try:
        return datetime.fromtimestamp(at).strftime("%Y-%m-%d")
    except (OverflowError, ValueError, OSError):
        return "?"


def _timeline(found: Stats, width: int) -> Iterator[Text]:
    """Sparklines of equal periods; nothing where there is only one."""
    from rich.text import Text

    from recsh.cli.plot import spark

    if len(found.periods) < 2:
        return
    periods = found.periods[-max(8, width - 32) :]
    yield Text()
    yield Text("a day" if found.days == 1 else f"{found.days} days", style="dim").append(f" a mark, from {_day(periods[0][0])} to today")
    counts = [counts for _, counts in periods]
    answers, said, rates = [x.answers for x in counts], [x.said for x in counts], [x.hit_rate for x in counts]
    for name, values, top, note in (
        ("answers", answers, None, f"{max(answers):,} at most"), ("verdicts", said, None, f"{max(said):,} at most"), ("hit rate", rates, 1.0, _trend(counts)),
    ):  # fmt: skip
        if any(values):
            yield Text(f"  {name:<9}").append(spark(values, top), style="green").append(f"  {note}", style="dim")


def _trend(counts: Sequence[Counts]) -> str:
    """The hit rate of the first half of the judged answers beside that of the second."""
    total, seen = sum(x.judged for x in counts), 0
    halves: list[list[Counts]] = [[], []]
    for x in counts:
        halves[seen * 2 >= total].append(x)
        seen += x.judged
    rates = [f"{sum(x.hits for x in half) / n:.0%}" for half in halves if (n := sum(x.judged for x in half))]
    return " before, ".join(rates) + " of late" if len(rates) == 2 else ""


def _catalogs(found: Stats, width: int) -> Iterator[Text]:
    from rich.text import Text

    from recsh.cli.plot import fitted, labels
    from recsh.cli.timeline import catalog_name
    from recsh.render import bar
    from recsh.stats import wilson

    names = {key: catalog_name(key) for key in found.catalogs}
    cells = max(7, labels([*names.values()], NAME if width >= WIDE else 12))
    yield Text()
    head = f"{fitted('catalog', cells)}  {'answers':>7}  {'judged':>6}  "
    yield Text(head + ("hit rate" if width < WIDE else f"{'hit rate':<{BAR + 16}}liked  not"), style="dim")
    for key, counts in found.catalogs.items():
        line = Text(f"{fitted(names[key], cells)}  {counts.answers:>7,}  {counts.judged:>6,}  ")
        rate = counts.hit_rate
        if rate is None:
            line.append(f"{'–':<{BAR + 16 if width >= WIDE else 4}}", style="dim")
        else:
            low, high = wilson(counts.hits, counts.judged)
            line.append(bar(rate, BAR) + " ", style="green") if width >= WIDE else None
            line.append(f"{rate:>4.0%} ").append(f"{f'{low:.0%}–{high:.0%}':<10}" if width >= 56 else "", style="dim")
        if width >= WIDE:
            line.append(f"{counts.liked:>5,}  {counts.disliked:>3,}")
        if counts.imported and width >= WIDE:
            line.append(f"  {counts.imported:,} imported", style="dim")
        yield line


def _taught(learned: Mapping[str, Any], width: int) -> Iterator[Text]:
    """Signals that count more or less than at the beginning, the most changed first."""
    from rich.text import Text

    from recsh.cli.plot import fitted
    from recsh.cli.timeline import catalog_name

    for key, summary in learned.items():
        moved = {name: m for name, m in summary["signals"].items() if abs(m["multiplier"] - m["before"]) >= LEARNED}
        yield Text()
        yield Text(f"learned in {catalog_name(key)}", style="bold").append(f"   from {counted(summary['verdicts'], 'verdict')}", style="not bold dim")
        if not moved:
            yield Text("  nothing yet that would change the order; a few more verdicts", style="dim")
        for name, m in sorted(moved.items(), key=lambda kv: -abs(kv[1]["multiplier"] - kv[1]["before"])):
            change = m["multiplier"] - m["before"]
            line = Text(f"  {fitted(_SIGNALS.get(name, name), 27 if width >= 60 else 16)} ").append(f"{m['before']:.1f} ", style="dim")
            line.append(f"→ {m['multiplier']:.2f} ", style="green" if change > 0 else "red").append(f"± {m['sd']:.2f}", style="dim")
            yield line.append("  counts more" if change > 0 else "  counts less", style="dim") if width >= 60 else line
