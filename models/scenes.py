"""Scenes: twelve rows of one imagined catalog, and twelve requests to it, each graded over all of its rows.

    python models/scenes.py                 check every file in models/scenes/ and print what there is

A file models/scenes/*.txt begins with its licence; then, for each scene, what its catalog is and what its rows hold, the rows, the requests:

    = chicken dinners, titles alone
    A Whole roast chicken with lemon and thyme under crackling skin
    B Chicken thighs simmered in coconut milk with lemongrass and chilli
    ...
    ? no dairy in this house, and coconut doesn't agree with me either | G3 H3 J3 A2 D2 K2 L2 E1

Grades as in `judged`: 3 just what was asked for, 2 fits well, 1 fits in part; what is not named does not fit. Rows of a scene are close to one another, so that several
tempt; catalogs are of every kind, as what a model has read of is what it can judge. What is kept out of training is kept out by whole scenes, by a hash of what
they are (84, 8 and 8 of 100).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "scenes"
SIZE = 12  # rows of a scene, and requests
_MAKER = re.compile(r"^(the )?(artist|author|band|brand|composer|creator|director|firm|maker|painter|performer|publisher|writer|作者|导演|歌手|品牌|作曲)s?$")


class Scene(NamedTuple):
    """What a catalog is, the names of its fields, its rows' cells, (rows, fields), and requests, each with the grades of the rows, (rows,)."""

    kind: str
    fields: list[str]
    cells: list[list[str]]
    requests: list[tuple[str, list[int]]]

    @property
    def rows(self) -> list[str]:
        """The rows as `recsh.layout.describe` says those of a catalog."""
        maker = next((n for n, name in enumerate(self.fields) if _MAKER.match(name.casefold())), None)
        return [". ".join(f"by {cell}" if n == maker else cell for n, cell in enumerate(row)) for row in self.cells]

    @property
    def split(self) -> str:
        share = int(hashlib.sha256(f"{self.kind}: {self.rows[0]}".encode()).hexdigest(), 16) % 100
        return "train" if share < 84 else "dev" if share < 92 else "test"

    @property
    def lang(self) -> str:
        return "zh" if any("\u4e00" <= text[0] <= "\u9fff" for text, _ in self.requests) else "en"


def read(folder: Path = FOLDER) -> Iterator[Scene]:
    """The scenes of every file. Raises ValueError, naming file and line, for a line that is none of the four."""
    for path in sorted(folder.glob("*.txt")):
        scene, letters = Scene("", [], [], []), ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("= "):
                if scene.kind:
                    yield _named(scene)
                scene, letters = Scene(line[2:], [], [], []), ""
            elif row := re.fullmatch(r"([A-L]) (.+)", line):
                letters += row[1]
                scene.cells.append(row[2].split(" | "))
            elif asked := re.fullmatch(r"\? ([^|]+) \|((?: [A-L][123])*)", line):
                grades = {grade[0]: int(grade[1]) for grade in asked[2].split()}
                if not grades.keys() <= {*letters}:
                    raise ValueError(f"{path.name}:{number}: a grade of a row that is not there")
                scene.requests.append((asked[1], [grades.get(letter, 0) for letter in letters]))
            elif line and not line.startswith("#"):
                raise ValueError(f"{path.name}:{number}: neither scene, row nor request: {line[:60]}")
        yield _named(scene)


def _named(scene: Scene) -> Scene:
    """With the names of its fields, where the line that says what it is tells as many as rows have: behind the first comma, parted by bars, or else by commas."""
    said, count = re.sub(r"\s*\([^()]*\)", "", scene.kind), len(scene.cells[0])
    names = [name.strip() for name in said.partition(",")[2].split(" | ")]
    if len(names) != count:
        names = [name.strip() for name in said.split(",")[-count:]] if "|" not in said and said.count(",") >= count > 1 else ["title"]
    return scene._replace(fields=names + [f"about {n}" for n in range(len(names), count)])


def graded(folder: Path = FOLDER) -> list[dict]:
    """Each request as {"split", "lang", "query", "rows": [[text, grade], ...]}."""
    return [
        {"split": split, "lang": lang, "query": query, "rows": [[text, g] for text, g in zip(rows, grades, strict=True)]}
        for s in read(folder) for rows, split, lang in ((s.rows, s.split, s.lang),) for query, grades in s.requests
    ]  # fmt: skip


def main() -> None:
    every, rows = [*read()], Counter[str]()
    for scene in every:
        rows.update(scene.rows)
        if len(scene.rows) != SIZE or len(set(scene.rows)) != SIZE or len(scene.requests) != SIZE:
            raise SystemExit(f"{scene.kind}: {len(set(scene.rows))} rows and {len(scene.requests)} requests, not {SIZE}")
    print(f"{len(every)} scenes, {len(rows)} different rows of {rows.total()}")
    for split in ("train", "dev", "test"):
        some = [scene for scene in every if scene.split == split]
        print(f"{split}: {len(some)} scenes, {sum(len(s.requests) for s in some)} requests, of them {sum(len(s.requests) for s in some if s.lang == 'zh')} in Chinese")


if __name__ == "__main__":
    main()
