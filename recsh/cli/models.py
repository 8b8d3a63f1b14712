"""`recsh models`: which weights there are, what they are, whether they run here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsh.cli import common as c
from recsh.cli import streams as s

if TYPE_CHECKING:
    from recsh.catalog import Catalog
    from recsh.engine import Engine

group = typer.Typer(help="Weights (GGUF files): list, use, check, path.", rich_markup_mode=None)
NameArgument = Annotated[str, typer.Argument(metavar="NAME|FILE", autocompletion=c.weight_names, help="Weights: embedded, a name, or the path of a GGUF file.")]
GOOD, WEAK = 0.8, 0.6  # shares of pairs judged rightly; half is what chance gives


def register(app: typer.Typer) -> None:
    group.callback(invoke_without_command=True)(c.help_if_alone)
    app.add_typer(group, name="models")


def _row(name: str, path: Path, default: str) -> dict[str, object]:
    from recsh.weights import describe

    w = describe(path)
    return {
        "name": name, "path": str(path), "default": default in (name, str(path)), "architecture": w.architecture, "parameters": w.parameters,
        "quantization": w.quantization, "context": w.context, "mode": w.mode.value, "size_bytes": w.size_bytes, "licence": w.licence,
    }  # fmt: skip


@group.command("list")
def list_(json: c.JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """List the weights that are here; * marks the default.

    These are the embedded ones, those in the models folder (recsh doctor says where the data folder is), and those in use.

    \b
    Examples:
      recsh models list
      recsh models list --json
    """
    from recsh import config, paths, session, weights
    from recsh.errors import WeightsError
    from recsh.text import clean

    default = config.settings()["model"]
    found = {session.EMBEDDED: paths.bundled("models", "recsh-mini.gguf")} | weights.listing(paths.data_dir())
    if default not in (*found, session.NONE):
        found[Path(default).stem] = Path(default)
    rows = []
    for name, path in found.items():
        try:
            rows.append(_row(name, path, default))
        except WeightsError as error:
            s.note(f"warning: {error.message}", quiet=quiet)
    if json:
        s.emit_json(rows)
        return
    width = max((len(str(row["name"])) for row in rows), default=0)
    for row in rows:
        about = f"{row['architecture']}, {_millions(row['parameters'])} parameters, {row['quantization']}, {_millions(row['size_bytes'])}B, mode {row['mode']}"
        s.emit(f"{'*' if row['default'] else ' '} {clean(str(row['name'])):<{width}}  {clean(about)}\n")


def _millions(value: object) -> str:
    """A count in millions: 8.5 M, 1,500 M."""
    millions = float(str(value)) / 1e6
    return f"{millions:,.1f} M" if millions < 100 else f"{millions:,.0f} M"


@group.command("use")
def use(name: NameArgument, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Make weights the default ones; 'none' answers without a model.

    \b
    Examples:
      recsh models use qwen2.5-1.5b-instruct-q4_k_m.gguf
      recsh models use embedded
      recsh models use none
    """
    from recsh import config, session
    from recsh.weights import describe

    if name != session.NONE:
        describe(session.find_weights(name))
    s.note(f"the default weights are {config.save('model', name)} now", quiet=quiet)


@group.command("path")
def path(name: NameArgument = "embedded", debug: c.DebugOption = False) -> None:
    """Print where weights are.

    \b
    Example:
      recsh models path embedded
    """
    from recsh import session

    s.emit(f"{session.find_weights(name)}\n")


@group.command("check")
def check(name: NameArgument = "embedded", json: c.JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Try weights out on rows with known answers, and say if they will do.

    \b
    Examples:
      recsh models check
      recsh models check qwen2.5-1.5b-instruct-q4_k_m.gguf
    """
    import time

    from recsh import session
    from recsh.semantic import Semantic
    from recsh.weights import describe

    found = session.find_weights(name)
    described = describe(found)
    begun = time.perf_counter()
    with s.spinner(quiet) as stage:
        stage("load")
        engine = session.load_engine(name)
        load = time.perf_counter() - begun
        opened = session.load_catalog("music", semantic=Semantic())
        stage("judge")
        begun = time.perf_counter()
        right = _known_answers(engine, opened, session.form_of(described))
        seconds = time.perf_counter() - begun
        engine.close()
        opened.index.close()
    total = len(_KNOWN)
    value = {
        "name": described.name, "path": str(found), "architecture": described.architecture, "parameters": described.parameters, "quantization": described.quantization,
        "load_s": round(load, 3), "rows_per_s": round(total * 2 / max(seconds, 1e-9), 1), "right": right, "of": total, "verdict": _verdict(right, total),
    }  # fmt: skip
    if json:
        s.emit_json(value)
        return
    from recsh.text import clean

    s.emit(clean(f"{described.name}: {described.architecture}, {_millions(described.parameters)} parameters, {described.quantization} ({found})") + "\n")
    s.emit(f"loaded in {load:.1f} s, judged {value['rows_per_s']:g} rows a second\n")
    s.emit(f"{right} of {total} pairs judged rightly: {value['verdict']}\n")


def _verdict(right: int, total: int) -> str:
    if right >= GOOD * total:
        return "good"
    return "weak, retrieval will carry the answers" if right >= WEAK * total else "no better than chance, retrieval has to carry the answers"


_KNOWN = (  # request, a tag or genre of a row that fits, one of a row that does not
    ("thrash metal", "thrash metal", "bossa nova"), ("slow jazz", "jazz", "punk"), ("reggae songs", "reggae", "metal"), ("hip hop", "hip hop", "classical"),
    ("classical piano", "classical", "hip hop"), ("country songs", "country", "techno"), ("soul music", "soul", "black metal"), ("disco", "disco", "folk"),
    ("punk rock", "punk", "ambient"), ("folk songs", "folk", "house"),
)  # fmt: skip


def _known_answers(engine: "Engine", opened: "Catalog", form: str) -> int:
    """Pairs in which the fitting row got the higher log-odds, of rows of the sample music catalog."""
    from recsh.match import Names
    from recsh.prompt import judge_prompt
    from recsh.query import understand

    index, names = opened.index, Names(opened.index)
    right = 0
    for request, *tags in _KNOWN:
        rows = []
        for tag in tags:
            facets = [f for found in index.facets([tag]).values() for f in found] or index.facets_with(tag.split()[-1], 5)
            rows.append(int(index.facet_rows([f.f for f in facets])[0]))
        query = understand(request, index, names.find, names.spell)
        yes, no = engine.judge(judge_prompt(query, index.items(rows), index.columns, form=form))
        right += yes > no
    return right
