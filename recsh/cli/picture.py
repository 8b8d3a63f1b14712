"""Charts of `recsh eval` as a picture file, by matplotlib where that is installed: PNG, SVG or PDF.

Leaves out: what is drawn (see `report.drawn`), charts in the terminal (see `plot`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recsh.errors import RecshError, UsageError

KINDS = (".png", ".svg", ".pdf")
_ROW, _HEAD = 0.28, 0.75  # inches of a line, and of a measure's title and scale
_LONGEST = 40  # characters of a label


def check(path: Path) -> None:
    """Raises `UsageError` for a file of another kind, or without matplotlib: before anything is measured."""
    from importlib.util import find_spec

    if path.suffix.lower() not in KINDS:
        raise UsageError(f"--plot-file {path}: has to end in {', '.join(KINDS)}", f"--plot-file {path.stem or 'plot'}.png")
    if find_spec("matplotlib") is None:
        raise UsageError("--plot-file draws with matplotlib, which is not installed", "pip install matplotlib, or --plot for charts in the terminal")


def draw(report: Mapping[str, Any], path: Path) -> None:
    """Every measure with its intervals, one below the other. Raises `RecshError` if the file cannot be written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from recsh.cli.plot import nice_top
    from recsh.cli.report import drawn
    from recsh.text import clean

    drawings = drawn(report)
    heights = [_HEAD + _ROW * len(rows) for _, rows in drawings]
    figure = Figure(figsize=(8, sum(heights) + 0.5), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(f"{clean(report['catalog']['name'])}: {report['n']:,} {'people' if report['kind'] == 'ratings' else 'requests'}, 95% intervals", parse_math=False)
    for axes, (title, rows) in zip(figure.subplots(len(drawings), 1, squeeze=False, height_ratios=heights)[:, 0], drawings, strict=True):
        places = [*range(len(rows))][::-1]
        means = [s["mean"] for _, s in rows]
        errors = [[max(0.0, s["mean"] - s["low"]) for _, s in rows], [max(0.0, s["high"] - s["mean"]) for _, s in rows]]
        axes.errorbar(means, places, xerr=errors, fmt="o", capsize=3)
        axes.set_yticks(places, [clean(label)[:_LONGEST] for label, _ in rows], parse_math=False)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.set_xlim(0, nice_top([s["high"] for _, s in rows]))
        axes.set_title(clean(title), loc="left", fontsize=10, parse_math=False)
        axes.grid(axis="x", alpha=0.3)
    try:
        figure.savefig(path.expanduser(), format=path.suffix[1:].lower(), dpi=120)
    except OSError as error:
        raise RecshError(f"--plot-file {path}: {error.strerror or error}", "another FILE") from error
