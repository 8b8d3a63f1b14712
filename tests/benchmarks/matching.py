"""Matching names to rows: how right on lists that chat models wrote, and how fast and complete in large catalogs.

    python tests/benchmarks/matching.py PATH/llm_outputs_inspired
    python tests/benchmarks/matching.py --rows 10000 100000 1000000

With a folder: our parse and match against the rule "nearest title by edit distance, if it is at most 2".

The folder has `raw_outputs.jsonl` (replies, and what their collectors parsed and matched) and `catalog.csv`. What a suggestion means is
settled by rule where its title equals catalog titles after folding and without brackets, years not contradicting, or where no
catalog title is anywhere near; for the rest by `tests/data/matching_gold.jsonl`, judged by reading. Counts are of suggestions, repeats and all.

right: the row meant · wrong: another row, or any where the catalog has none · missed: nothing, though the catalog has it.

With `--rows`: made catalogs of that many rows (`made_titles`), names written in all its ways, twenty at a time, beside rapidfuzz's
`process.extract` of the same twenty over all titles. agreement: the same answer as the same rules give when every title is scored.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from made_titles import WAYS, Maker
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from recsh import grams
from recsh.grams import Grams
from recsh.compiler import compile_index
from recsh.index import Index
from recsh.likeness import CUTOFF, GAP
from recsh.match import PEOPLE, Names
from recsh.parse import parse
from recsh.table import open_table
from recsh.text import fold
from recsh.titles import spellings
from recsh.types import Column, Role, Suggestion

GOLD = Path(__file__).parents[1] / "data" / "matching_gold.jsonl"
EDITS = 2
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")


def bare(title: str) -> str:
    """Folded, without brackets."""
    return fold(_BRACKETS.sub("", title))


class Gold:
    """What a suggestion means: the catalog titles that are right, none if the catalog lacks it."""

    def __init__(self, titles: Iterable[str], judged: Iterable[Mapping]) -> None:
        self.rows: dict[str, list[str]] = {}
        for title in titles:
            bracket = re.search(r"\(([^()]*)\)$", title)
            if not (bracket and PEOPLE.fullmatch(bracket[1])):
                self.rows.setdefault(bare(title), []).append(title)
        self.judged = {(fold(j["title"]), fold(j.get("creator", "")), j.get("year")): set(j["expected"]) for j in judged}

    def __call__(self, s: Suggestion) -> set[str]:
        title, creator = fold(s.title), fold(s.creator)
        for key in ((title, creator, s.year), (title, creator, None), (title, "", s.year), (title, "", None)):
            if key in self.judged and not (key[2] is None and s.year and self._of_year(self.rows.get(bare(s.title), []), s.year)):
                return self.judged[key]
        return self._of_year(self.rows.get(bare(s.title), []), s.year)

    @staticmethod
    def _of_year(rows: list[str], year: int | None) -> set[str]:
        """Rows whose bracket does not name another year; if one names this year, only those."""
        years = {row: found for row in rows for found in [_YEAR.search(" ".join(re.findall(r"\(([^()]*)\)", row)))]}
        same = {row for row, found in years.items() if year and found and abs(int(found[0]) - year) <= 1}
        return same or {row for row, found in years.items() if not (year and found)}


def edits(titles: Iterable[str]) -> Callable[[str], str | None]:
    """The rule to beat: title -> the nearest catalog title without brackets, None if it is further than `EDITS`."""
    choices = [_BRACKETS.sub("", t) for t in titles]
    memory: dict[str, str | None] = {}

    def nearest(title: str) -> str | None:
        if title not in memory:
            hit = process.extractOne(title, choices, scorer=Levenshtein.distance, processor=None, score_cutoff=EDITS)
            memory[title] = hit[0] if hit else None
        return memory[title]

    return nearest


def verdict(found: str | None, expected: set[str], *, whole: bool) -> str:
    """`whole`: `found` is a catalog title; else one without brackets, which is right if any right row is called so."""
    if found is None:
        return "missed" if expected else "absent"
    return "right" if (found in expected if whole else fold(found) in {bare(e) for e in expected}) else "wrong"


def measure(folder: Path, work: Path) -> tuple[dict[tuple[str, str], Counter[str]], list[str], float]:
    """(method, model) -> counts; our wrong ones as text; seconds that parsing and matching took."""
    with (folder / "catalog.csv").open(encoding="utf-8", newline="") as file:
        titles = [row["title"] for row in csv.DictReader(file)]
    compile_index(work / "index", open_table(folder / "catalog.csv"), (Column("id", Role.ID), Column("title", Role.TITLE)))
    index = Index(work / "index")
    names, nearest = Names(index), edits(titles)
    gold = Gold(titles, [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()[1:]])
    counts: dict[tuple[str, str], Counter[str]] = {}
    wrong: list[str] = []
    seconds = 0.0
    stored = dict(index.db.execute("SELECT n, title FROM items"))
    for line in (folder / "raw_outputs.jsonl").read_text(encoding="utf-8").splitlines():
        reply = json.loads(line)
        start = time.perf_counter()
        suggestions = parse(reply["resp"])
        found = [names.match(s) for s in suggestions]
        seconds += time.perf_counter() - start
        years = {fold(s.title): s.year for s in suggestions}

        def count(method: str, what: str) -> None:
            counts.setdefault((method, reply["model"]), Counter())[what] += 1

        for s, (row, _, _, cause) in zip(suggestions, found, strict=True):
            title = stored[row] if row is not None and cause is None else None
            ours = verdict(title, gold(s), whole=True)
            count("recsh", ours)
            count("edits, our parse", verdict(nearest(s.title), gold(s), whole=False))
            if ours == "wrong":
                wrong.append(f"{s.title} ({s.year or '-'}) -> {title}")
        for listed in reply["rec_list"]:
            s = Suggestion(listed["movie_name"], year=years.get(fold(listed["movie_name"])))
            hit = listed["nearest_movie"] if listed["min_edit_distance"] <= EDITS else None
            count("edits, their parse", verdict(hit, gold(s), whole=False))
            row, _, _, cause = names.match(s)
            count("recsh, their parse", verdict(stored[row] if row is not None and cause is None else None, gold(s), whole=True))
    index.close()
    return counts, wrong, seconds


class EveryTitle:
    """Stands in for `Grams`: spellings that are almost the same are looked for among all."""

    def __init__(self, grams: Grams, texts: Sequence[str]) -> None:
        self.exact, self.texts = grams.exact, texts

    def alike(self, text: str, shortest: int, longest: int) -> list[str]:
        hits = process.extract(text, self.texts, scorer=fuzz.ratio, processor=None, score_cutoff=CUTOFF - 2 * GAP, limit=None)
        return [hit for hit, _, _ in hits if shortest <= len(hit) <= longest]


def scale(rows: int, work: Path, names: int) -> None:
    """Make a catalog of so many rows, and print one line of what so many names in it cost, and whether they are found."""
    maker = Maker(rows)
    made = [*maker.rows(rows)]
    file = work / f"{rows}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["title", "artist", "year"])
        writer.writerows(made)
    compile_index(work / f"{rows}", open_table(file), (Column("title", Role.TITLE), Column("artist", Role.CREATOR), Column("year", Role.NUMBER, year=True)))
    index = Index(work / f"{rows}")
    start = time.perf_counter()
    titles = [(n, title, key) for n, title, key in index.db.execute("SELECT n, title, key FROM items ORDER BY n")]
    grams.build(work / "again.names", ((n, *spellings(title, key)) for n, title, key in titles))
    built = time.perf_counter() - start
    wanted = [maker.written(*maker.random.choice(made), WAYS[i % len(WAYS)]) for i in range(names)]
    lists = [wanted[i : i + 20] for i in range(0, names, 20)]
    ours, seconds = Names(index), {"match": [], "find": [], "extract": []}

    def timed(what: str, work: Callable[[], list]) -> list:
        start = time.perf_counter()
        found = work()
        seconds[what].append(time.perf_counter() - start)
        return found

    timed("match", lambda: [ours.match(s) for s in lists[0]])
    seconds["match"].clear()
    matched = [found for part in lists for found in timed("match", lambda part=part: [ours.match(s) for s in part])]
    read = [found for part in lists for found in timed("find", lambda part=part: [ours.find(s.title, True) for s in part])]
    keys = [key for _, _, key in titles]
    for part in lists[:3]:
        timed("extract", lambda part=part: [process.extract(fold(s.title), keys, scorer=fuzz.ratio, processor=None, score_cutoff=CUTOFF, limit=5) for s in part])
    texts = {"titles": [*dict.fromkeys(text for _, title, key in titles for text in spellings(title, key)[0])],
             "creators": [*dict.fromkeys(fold(label) for (label,) in index.db.execute("SELECT label FROM facets ORDER BY count DESC, f"))]}  # fmt: skip
    index.names = {kind: EveryTitle(index.names[kind], texts[kind]) for kind in texts}
    same = sum(found == ours.match(s) for found, s in zip(matched, wanted, strict=True))
    same_read = sum(found == ours.find(s.title, True) for found, s in zip(read, wanted, strict=True))
    index.close()
    ms = {what: sorted(1000 * s for s in each) for what, each in seconds.items()}
    match, find, extract = (ms[what][len(ms[what]) // 2] for what in ("match", "find", "extract"))
    print(f"{rows:>9,}{built:>8.1f}{match:>9.0f}{ms['match'][-1]:>9.0f}{find:>9.0f}{extract:>10.0f}{extract / match:>8.1f}{100 * same / names:>9.1f} %{100 * same_read / names:>7.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="llm_outputs_inspired")
    parser.add_argument("--wrong", action="store_true", help="list our wrong ones")
    parser.add_argument("--rows", type=int, nargs="+", default=[], help="sizes of made catalogs")
    parser.add_argument("--names", type=int, default=400, help="names looked for in each of them")
    given = parser.parse_args()
    if given.rows:
        print(f"{'rows':>9}{'build s':>8}{'match ms':>9}{'slowest':>9}{'find ms':>9}{'extract':>10}{'ratio':>8}{'agree':>11}{'find':>9}")
        with tempfile.TemporaryDirectory() as work:
            for rows in given.rows:
                scale(rows, Path(work), given.names)
    if given.folder:
        judge(given)


def judge(given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as work:
        counts, wrong, seconds = measure(given.folder, Path(work))
    print(f"{'method':<20}{'model':<15}{'suggested':>10}{'right':>8}{'wrong':>8}{'wrong %':>9}{'missed':>8}{'absent':>8}")
    for method in dict.fromkeys(m for m, _ in counts):
        of_method = {model: c for (m, model), c in counts.items() if m == method}
        of_method["all"] = sum(of_method.values(), Counter())
        for model, c in of_method.items():
            total = c.total()
            print(f"{method:<20}{model:<15}{total:>10}{c['right']:>8}{c['wrong']:>8}{100 * c['wrong'] / total:>9.2f}{c['missed']:>8}{c['absent']:>8}")
    print(f"parse and match: {seconds:.1f} s")
    if given.wrong:
        print(*(f"{n:>4}  {text}" for text, n in Counter(wrong).most_common()), sep="\n")


if __name__ == "__main__":
    main()
