"""What was odd about a file's rows, and the mending of single cells that is the same for every format.

Leaves out: finding rows (see `delimited`, `jsonrows`, `parquetrows`) and what their cells mean (see `schema`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct, field

from recsh.text import UNSAFE, clean

CELL_LIMIT = 10_000  # characters of one cell that are kept; longer ones are cut and reported
NAME_LIMIT = 100  # characters of a column's name that are kept: it stands in every prompt and table
MAX_COLUMNS = 1_000  # wider tables are refused: they are matrices, not catalogs
EXAMPLES = 5  # lines named for each kind of defect in a short account


class Account(Struct):
    """What was odd: for each kind how often, and the lines (1-based, as an editor shows them) with a note each.

    `rows` counts the items that were kept, `lost` the rows that are not in the catalog; everything else was mended.
    At most `keep` notes are held, so that a broken file of any size costs bounded memory; `counts` go on.
    """

    counts: Counter[str] = field(default_factory=Counter)
    notes: list[tuple[int, str, str]] = field(default_factory=list)
    rows: int = 0
    lost: int = 0
    keep: int = 100_000

    def add(self, line: int, kind: str, note: str, *, lost: bool = False) -> None:
        """One defect of the row that starts at `line`."""
        self.counts[kind] += 1
        self.lost += lost
        if len(self.notes) < self.keep:
            self.notes.append((line, kind, note))

    def summary(self) -> str:
        """One sentence, empty if nothing was odd: '2 duplicate id (lines 5, 9), 1 missing title (line 7)'."""
        parts = []
        for kind, n in self.counts.most_common():
            lines = [str(a) for a, k, _ in self.notes if k == kind][:EXAMPLES]
            more = ", ..." if n > len(lines) else ""
            parts.append(f"{n} {kind}" + (f" (line{'s' if n > 1 else ''} {', '.join(lines)}{more})" if lines else ""))
        return ", ".join(parts)


def tidy(line: int, cells: list[str], header: Sequence[str], account: Account) -> list[str]:
    """The same list, its cells without control characters and of bounded length; what was done goes into the account."""
    for i, cell in enumerate(cells):
        if len(cell) > CELL_LIMIT:
            account.add(line, "long cell", f"{header[i]}: {len(cell):,} characters, cut to {CELL_LIMIT:,}")
            cell = cells[i] = cell[:CELL_LIMIT]
        if cell.isascii() and cell.isprintable():
            continue
        if "\r" in cell:
            cell = cells[i] = cell.replace("\r\n", "\n").replace("\r", "\n")
        if UNSAFE.search(cell):
            name = "NUL" if "\0" in cell else "control character"
            account.add(line, name, f"{header[i]}: characters that are not text were removed")
            cell = cells[i] = UNSAFE.sub("", cell)
        if "\ufffd" in cell:
            account.add(line, "undecodable byte", f"{header[i]}: bytes that are not text in the file's encoding show as \ufffd")
    return cells


def column_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names as columns are called: cleaned, cut, never empty, no two alike.

    >>> column_names(["tag", "", "tag", "tag_2"])
    ('tag', 'column2', 'tag_2', 'tag_2_2')
    """
    out: dict[str, None] = {}
    for i, raw in enumerate(names, 1):
        name = base = clean(raw)[:NAME_LIMIT].strip() or f"column{i}"
        k = 1
        while name in out:
            k += 1
            name = f"{base}_{k}"
        out[name] = None
    return tuple(out)
