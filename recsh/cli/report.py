"""What `recsh eval` found -> text: tables for a person, CSV, TSV and JSON Lines for a machine.

Leaves out: measuring (see `evaluate`), JSON (the report itself is that).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recsh.render import bar, csv_text, dump, tsv
from recsh.text import clean

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.table import Table

FIELDS = ("system", "measure", "value", "low", "high", "n", "against", "difference", "difference_low", "difference_high", "p")
_BAR = 24  # characters of a bar, where there is room
_INTERVAL = 19  # characters of a column with its intervals
_NAMES = 14  # characters of the names of measures
_MARK = {1: "▲", -1: "▼", 0: " "}
_FACTS = {  # key of `lists` -> (what a person reads, digits)
    "coverage": ("coverage@{k}", 3), "diversity": ("diversity@{k}", 3), "novelty": ("novelty@{k}, bits", 1), "popularity": ("popularity@{k}", 3),
    "gini": ("gini@{k}", 3), "repeats": ("repeats@{k}", 3), "short": ("short lists", 3), "off_catalog": ("off-catalog", 3), "duplicates": ("duplicates", 3),
}  # fmt: skip
_ESTIMATES = {"logged": "as it was logged", "ips": "IPS", "snips": "self-normalised IPS", "dr": "doubly robust"}


def flat(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The report a number a line, with the keys `FIELDS`; a difference is to the way of asking before it."""
    systems = report["systems"]
    gaps = {(d["system"], d["against"], d["measure"]): d for d in report["differences"]}
    for at, system in enumerate(systems):
        before = systems[at - 1]["name"] if at else None
        lists, rest = system["lists"], {"latency p50 ms": system["latency_ms"]["p50"], "latency p95 ms": system["latency_ms"]["p95"]}
        values = {**system["measures"], **{_FACTS[key][0].format(k=lists["k"]): lists[key] for key in _FACTS}, **rest}
        for measure, value in values.items():
            d = gaps.get((system["name"], before, measure), {})
            yield _line(system["name"], measure, value, against=before if d else None, d=d)
    for g in report["groups"]:
        for name, value in g["systems"].items():
            yield _line(name, f"{g['measure']} {g['by']} {g['name']}", value, against=None, d={})
    for d in report["ablation"] or ():
        yield _line("all signals", d["measure"], None, against=f"without {d['signal']}", d=d)
    for name, value in (report["replay"] or {}).items():
        if name in _ESTIMATES and value:
            yield _line(name, "reward", {"mean": value["value"], **value}, against="logged", d={"difference": value["gain"], "low": value["gain_low"], "high": value["gain_high"]})


def _line(system: str, measure: str, value: Any, *, against: str | None, d: Mapping[str, Any]) -> dict[str, Any]:
    spread = value if isinstance(value, Mapping) else {"mean": value}
    return dict(zip(FIELDS, (
        system, measure, spread.get("mean"), spread.get("low"), spread.get("high"), spread.get("n"), against, d.get("difference"), d.get("low"), d.get("high"), d.get("p_holm"),
    ), strict=True))  # fmt: skip


def machine(report: Mapping[str, Any], form: str, headers: bool | None) -> str:
    """The report as csv (with a header unless told otherwise), tsv (without) or jsonl."""
    rows = list(flat(report))
    if form == "jsonl":
        return "".join(dump(row, indent=False) + "\n" for row in rows)
    rows = [{name: f"{v:.6g}" if isinstance(v, float) else v if v is None else str(v) for name, v in row.items()} for row in rows]
    return tsv(rows, FIELDS, bool(headers)) if form == "tsv" else csv_text(rows, FIELDS, headers is not False)


# --- for people ------------------------------------------------------------------------------------------------------


def table(report: Mapping[str, Any], out: "Console", *, charts: bool = False) -> str:
    """The report as tables that fit the console: bars of the main measure, then every measure, then what lists are like, then languages and kinds of
    requests, then what is asked besides. With `charts` every measure is drawn with its interval instead of the bars."""
    with out.capture() as captured:
        out.print(_headline(report))
        if report["systems"]:
            out.print(_charts(report, out.width) if charts else _bars(report, out.width))
            out.print(_measures(report, out.width))
            if report["groups"]:
                out.print(_groups(report, out.width))
        if report["ablation"] is not None:
            out.print(_ablation(report))
        if report["replay"]:
            out.print(_replay(report["replay"]))
        out.print(_legend(report), style="dim")
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def _headline(report: Mapping[str, Any]) -> str:
    catalog = report["catalog"]
    n = f"{report['n']:,}" + (f" of {report['of']:,}" if report["of"] != report["n"] else "")
    what = {"requests": "requests", "ratings": "people", "replay": "answers judged"}[report["kind"]]
    source = f" of {clean(report['source'])}" if report["source"] else ""
    return f"{n} {what}{source}, catalog {clean(catalog['name'])}, {catalog['items']:,} items\n"


def _grid(*headers: str) -> "Table":
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=any(headers))
    for number, header in enumerate(headers):
        grid.add_column(header, no_wrap=True, justify="left" if not number else "right", overflow="ellipsis")
    return grid


def _bars(report: Mapping[str, Any], width: int) -> "Table":
    """The main measure of every way of asking."""
    from rich.text import Text

    main = report["main"]
    room = max(4, min(_BAR, width - 44))
    grid = _grid(main, "", "", "")
    for system in report["systems"]:
        s = system["measures"][main]
        grid.add_row(Text(clean(system["name"])), Text(bar(s["mean"], room), style="green"), f"{s['mean']:.3f}", Text(_range(s), style="dim"))
    return grid


def drawn(report: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, Mapping[str, Any]]]]]:
    """What a chart shows: (title, [(label, {mean, low, high})]): the measures, each with all ways of asking; then kinds and languages with the last way."""
    systems = report["systems"]
    out = [(name, [(s["name"], s["measures"][name]) for s in systems if name in s["measures"]]) for name in dict.fromkeys(m for s in systems for m in s["measures"])]
    out.sort(key=lambda drawing: drawing[0] != report["main"])
    last = systems[-1]["name"]
    for by in dict.fromkeys(g["by"] for g in report["groups"]):
        out.append((f"{report['main']} of {last}, by {by}", [(f"{g['name']} ({g['n']})", g["systems"][last]) for g in report["groups"] if g["by"] == by]))
    return out


def _charts(report: Mapping[str, Any], width: int) -> "Group":
    """Means with their intervals, a line a way of asking; the ends of the scale below each measure."""
    from rich.console import Group
    from rich.text import Text

    from recsh.cli.plot import fitted, labels, nice_top, scale, whisker

    drawings = drawn(report)
    cells = labels([clean(label) for _, rows in drawings for label, _ in rows], max(8, width // 4))
    room = max(8, min(60, width - cells - 12))
    lines: list[Text] = []
    for title, rows in drawings:
        top = nice_top([spread["high"] for _, spread in rows])
        lines += [Text(clean(title), style="bold")]
        for label, spread in rows:
            lines.append(Text(f"  {fitted(clean(label), cells)} ").append_text(whisker((spread["mean"], spread["low"], spread["high"]), top, room)).append(f"  {spread['mean']:.3f}"))
        lines += [Text(f"  {' ' * cells} {scale(top, room)}", style="dim"), Text()]
    return Group(*lines)


def _groups(report: Mapping[str, Any], width: int) -> "Table":
    """Languages and kinds of requests, a line each, a column a way of asking."""
    from rich.text import Text

    systems = [s["name"] for s in report["systems"]]
    grid = _grid(f"\n{report['main']} by", "\nn", *(f"\n{clean(name)}" for name in systems))
    wide = _NAMES + 12 + len(systems) * (_INTERVAL + 2) <= width
    for g in report["groups"]:
        cells = (Text(f"{g['systems'][name]['mean']:.3f}").append(f" {_range(g['systems'][name])}" if wide else "", style="dim") for name in systems)
        grid.add_row(Text(f"{g['by']} ", style="dim").append(clean(g["name"]), style="not dim"), str(g["n"]), *cells)
    return grid


def _measures(report: Mapping[str, Any], width: int) -> "Table":
    from rich.text import Text

    systems = report["systems"]
    marks = {(d["system"], d["measure"]): d["sign"] for at in range(1, len(systems)) for d in report["differences"] if (d["system"], d["against"]) == (systems[at]["name"], systems[at - 1]["name"])}
    wide = _NAMES + 6 + len(systems) * (_INTERVAL + 2) <= width
    grid = _grid("\n", *(f"\n{clean(s['name'])}" for s in systems))

    def cell(spread: Any, digits: int, mark: str = " ") -> Text:
        if spread is None:
            return Text("–" + " " * (12 if wide else 1), style="dim")
        if not isinstance(spread, Mapping):
            return Text(f"{spread:.{digits}f}{mark}" + (" " * 11 if wide else ""))
        out = Text(f"{spread['mean']:.{digits}f}{mark}")
        return out.append(f"{_range(spread, digits):>11}", style="dim") if wide else out

    for name in dict.fromkeys(m for s in systems for m in s["measures"]):
        grid.add_row(name, *(cell(s["measures"].get(name), 3, _MARK[marks.get((s["name"], name), 0)]) for s in systems))
    grid.add_row()
    for key, (name, digits) in _FACTS.items():
        if any(s["lists"][key] is not None for s in systems):
            grid.add_row(name.format(k=systems[0]["lists"]["k"]), *(cell(s["lists"][key], digits) for s in systems))
    for key, name in (("p50", "median ms"), ("p95", "95% ms")):
        grid.add_row(name, *(cell(s["latency_ms"][key], 0) for s in systems))
    return grid


def _range(spread: Mapping[str, Any], digits: int = 3) -> str:
    """An interval without the zeros before the points."""
    return "–".join(f"{spread[end]:.{digits}f}".replace("0.", ".", 1) if 0 <= spread[end] < 1 else f"{spread[end]:.{digits}f}" for end in ("low", "high"))


def _ablation(report: Mapping[str, Any]) -> "Table":
    """What each signal is worth, the most first."""
    from rich.text import Text

    grid = _grid("\nwithout", f"{report['main']}\nlost", "\n95%", "requests\nchanged")
    for d in sorted(report["ablation"], key=lambda d: -d["difference"]):
        if d["changed"]:
            grid.add_row(d["signal"], f"{d['difference']:+.3f}{_MARK[d['sign']]}", Text(f"{d['low']:+.3f} {d['high']:+.3f}", style="dim"), str(d["changed"]))
    return grid


def _replay(replay: Mapping[str, Any]) -> "Table":
    from rich.text import Text

    grid = _grid("mean reward", "", "95%", "gain", "95%")
    for key, name in _ESTIMATES.items():
        if e := replay[key]:
            gain = ("", "") if key == "logged" else (f"{e['gain']:+.3f}", Text(f"{e['gain_low']:+.3f} {e['gain_high']:+.3f}", style="dim"))
            grid.add_row(name, f"{e['value']:.3f}", Text(_range(e), style="dim"), *gain)
    grid.add_row()
    grid.add_row("examples", str(replay["examples"]))
    grid.add_row("in effect", f"{replay['effective']:.0f}")
    grid.add_row("shown by both", f"{replay['overlap']:.0%}")
    return grid


def _legend(report: Mapping[str, Any]) -> str:
    lines: Iterable[str] = []
    if len(report["systems"]) > 1:
        lines = [f"▲ ▼ better or worse than the column to its left: randomisation test, p < .05 after Holm's correction over the measures, seed {report['seed']}"]
    if report["systems"]:
        lists = [s["lists"] for s in report["systems"]]
        lines = [*lines, f"intervals: 95%, bootstrap over {'people' if report['kind'] == 'ratings' else 'requests'}; novelty by {_sources(lists)}"]
        if any(x["popularity"] for x in lists):
            lines = [*lines, "popularity: mean percentile of what is shown; the catalog's own mean is 0.5"]
    if idle := [d["signal"] for d in report["ablation"] or () if not d["changed"]]:
        lines = [*lines, f"signals without a part in these: {', '.join(idle)}; retrieval alone was measured, Holm's correction over the signals"]
    return "\n" + "\n".join(lines)


def _sources(lists: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(clean(x["novelty_by"]) for x in lists))
