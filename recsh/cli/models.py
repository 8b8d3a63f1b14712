"""`recsh models`: which weights there are, what they are, whether they run here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from recsh.cli import common as c

group = typer.Typer(help="Weights (GGUF files): list, use, check, path.", no_args_is_help=True, rich_markup_mode=None)
NameArgument = Annotated[str, typer.Argument(metavar="NAME|FILE", help="Weights: embedded, a name, or the path of a GGUF file.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="models")


def _row(name: str, path: Path, default: str) -> dict[str, object]:
    from recsh.weights import describe

    w = describe(path)
    return {
        "name": name, "path": str(path), "default": default in (name, str(path)), "architecture": w.architecture, "parameters": w.parameters,
        "quantization": w.quantization, "context": w.context, "mode": w.mode.value, "size_bytes": w.size_bytes, "licence": w.licence,
    }  # fmt: skip


@group.command("list")
def list_(json: c.JsonOption = False, debug: c.DebugOption = False) -> None:
    """List the weights that are here: the embedded ones, those in the models folder, and those in use."""
    c.set_debug(debug)
    from recsh import config, paths, session, weights
    from recsh.errors import WeightsError
    from recsh.render import dump

    default = config.settings()["model"]
    found = {session.EMBEDDED: session.find_weights(session.EMBEDDED)} | weights.listing(paths.data_dir())
    if default not in (*found, session.NONE):
        found[Path(default).stem] = Path(default)
    rows = []
    for name, path in found.items():
        try:
            rows.append(_row(name, path, default))
        except WeightsError as error:
            c.note(f"warning: {error.message}")
    if json:
        sys.stdout.write(dump(rows, indent=sys.stdout.isatty()) + "\n")
        return
    for row in rows:
        size = f"{row['size_bytes'] / 1e6:,.0f} MB"
        parameters = f"{(row['parameters'] or 0) / 1e6:,.1f}M"
        sys.stdout.write(f"{'*' if row['default'] else ' '} {row['name']:<24} {row['architecture']:<8} {parameters:>10} {row['quantization']:<8} {size:>10}  {row['mode']}\n")


@group.command("use")
def use(name: NameArgument, debug: c.DebugOption = False) -> None:
    """Make weights the default ones; 'none' answers without a model."""
    c.set_debug(debug)
    from recsh import config, session
    from recsh.weights import describe

    if name != session.NONE:
        describe(session.find_weights(name))
    path = Path(name).expanduser()
    kept = config.save("model", str(path.absolute()) if path.exists() else name)
    c.note(f"the default weights are {kept!r} now")


@group.command("path")
def path(name: NameArgument = "embedded", debug: c.DebugOption = False) -> None:
    """Print where weights are."""
    c.set_debug(debug)
    from recsh import session

    sys.stdout.write(f"{session.find_weights(name)}\n")


@group.command("check")
def check(name: NameArgument = "embedded", json: c.JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Load weights, judge a few rows with known answers, and say in plain words whether they will do."""
    c.set_debug(debug)
    import time

    from recsh import session
    from recsh.render import dump
    from recsh.semantic import Semantic
    from recsh.weights import describe

    found = session.find_weights(name)
    described = describe(found)
    begun = time.perf_counter()
    with c.spinner(quiet) as stage:
        stage("load")
        engine = session.load_engine(name)
        load = time.perf_counter() - begun
        opened = session.load_catalog("music", semantic=Semantic())
        form = session.form_of(described)
        right, total, seconds = _known_answers(engine, opened, form)
    verdict = "good" if right >= 0.8 * total else "weak: retrieval will carry the answers" if right >= 0.5 * total else "these weights do not judge rows; retrieval will carry the answers"
    value = {
        "name": described.name, "path": str(found), "architecture": described.architecture, "parameters": described.parameters, "quantization": described.quantization,
        "load_s": round(load, 3), "rows_per_s": round(total * 2 / max(seconds, 1e-9), 1), "right": right, "of": total, "verdict": verdict,
    }  # fmt: skip
    if json:
        sys.stdout.write(dump(value, indent=sys.stdout.isatty()) + "\n")
        return
    for key, item in value.items():
        sys.stdout.write(f"{key:<14} {item}\n")


_KNOWN = (  # request, a tag or genre of a row that fits, one of a row that does not
    ("thrash metal", "thrash metal", "bossa nova"), ("slow jazz", "jazz", "punk"), ("reggae songs", "reggae", "metal"), ("hip hop", "hip hop", "classical"),
    ("classical piano", "classical", "hip hop"), ("country songs", "country", "techno"), ("soul music", "soul", "black metal"), ("disco", "disco", "folk"),
    ("punk rock", "punk", "ambient"), ("folk songs", "folk", "house"),
)  # fmt: skip


def _known_answers(engine, opened, form: str) -> tuple[int, int, float]:
    """(pairs in which the fitting row got the higher log-odds, pairs, seconds) on rows of the sample music catalog."""
    import time

    from recsh.match import Names
    from recsh.prompt import judge_prompt
    from recsh.query import understand

    index, names = opened.index, Names(opened.index)
    right = total = 0
    begun = time.perf_counter()
    for request, fits, not_ in _KNOWN:
        rows = []
        for tag in (fits, not_):
            facets = index.facets_with(tag.split()[-1], 5) if not (exact := [f for g in index.facets([tag]).values() for f in g]) else exact
            rows.append(int(index.facet_rows([f.f for f in facets])[0]))
        query = understand(request, index, names.find)
        yes, no = engine.judge(judge_prompt(query, index.items(rows), index.columns, form=form))
        right += yes > no
        total += 1
    return right, total, time.perf_counter() - begun
