"""Charts of characters that fit a terminal: sparklines, bars with labels, histograms, and means with their intervals on one scale.

Widths are in cells, so that Chinese counts double. What comes in is put on the screen as it is: clean it before. Leaves out: what is drawn
(see `stats`, `report`, `information`), pictures in files (see `picture`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_EIGHTHS = "▁▂▃▄▅▆▇█"
Spread = tuple[float, float, float]  # mean, low, high


def spark(values: Sequence[float | None], top: float | None = None) -> str:
    """A character a value, from 0 to `top` (the largest of them); a blank where there is none, a dot for 0.

    >>> spark([0, 1, None, 4, 8])
    '·▁ ▄█'
    """
    top = top or max((v for v in values if v is not None), default=0.0) or 1.0
    return "".join(" " if v is None else "·" if v <= 0 else _EIGHTHS[min(7, max(0, round(v / top * 8) - 1))] for v in values)


def fitted(text: str, cells: int) -> str:
    """A text of exactly so many cells: cut with an ellipsis, or filled up."""
    from rich.cells import cell_len, set_cell_size

    if cells < 2 or cell_len(text) <= cells:
        return set_cell_size(text, max(0, cells))
    return set_cell_size(set_cell_size(text, cells - 1).rstrip() + "…", cells)


def labels(texts: Sequence[str], most: int) -> int:
    """Cells of the longest, `most` at most."""
    from rich.cells import cell_len

    return min(most, max(map(cell_len, texts), default=0))


def squeezed(counts: Sequence[int], most: int) -> list[int]:
    """Counts of neighbouring bins put together until there are `most` at most."""
    step = -(-len(counts) // max(1, most))
    return [sum(counts[at : at + step]) for at in range(0, len(counts), step)]


def whisker(spread: Spread, top: float, width: int) -> "Text":
    """A mean with its interval on a scale from 0 to `top`, so many cells wide.

    The dot is the mean: ``    ├──●───┤     ``.
    """
    from rich.text import Text

    def place(value: float) -> int:
        return max(0, min(width - 1, round(value / top * (width - 1)))) if top > 0 else 0

    mean, low, high = map(place, spread)
    cells = [" "] * width
    for at in range(low, high + 1):
        cells[at] = "─"
    cells[low], cells[high] = "├", "┤"
    cells[mean] = "●"
    out = Text("".join(cells[:mean]), style="dim")
    return out.append("●", style="bold green").append("".join(cells[mean + 1 :]), style="dim")


def scale(top: float, width: int) -> str:
    """The ends of such a scale, as a line of so many cells."""
    right = f"{top:.2g}"
    return "0" + right.rjust(max(1, width - 1))


def nice_top(values: Sequence[float]) -> float:
    """The next round number above all of these: .1, .2, .25, .5, 1 times a power of ten.

    >>> nice_top([0.31, 0.42]), nice_top([0.03]), nice_top([])
    (0.5, 0.05, 1.0)
    """
    from math import floor, log10

    most = max(values, default=0.0)
    if most <= 0:
        return 1.0
    power = 10.0 ** floor(log10(most))
    return next(round(step * power, 10) for step in (1, 2, 2.5, 5, 10) if most <= step * power * (1 + 1e-9))
