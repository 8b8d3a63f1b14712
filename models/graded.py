"""Requests graded by people or models as tasks: models/judged, and data of one's own.

    python models/graded.py OUT/graded.jsonl [--data DIR ...]

A request is read by recsh as it would be in use (what it names becomes a "Like:" line, its tags lead in the rows), and kept with its split: what is
not train only measures. Grades 3 and 2 are yes, 0 is no, 1 is neither. DIR holds a catalog.csv and a queries.jsonl of lines
{"query", "relevant": [ids], "grades": {id: grade}, "last", ...}, which its user may train on; rows that are not relevant are taken for noes: some that
share words with the request, some from anywhere. Split by the request's hash, as in `judged`.

Leaves out: sample_data/*.queries.jsonl, which are tests of the whole program.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from tasks import Row, Task

FOUND, OTHER, RIGHT = 5, 4, 4  # rows of a request from --data: that full text finds, from anywhere, relevant


def read(path: Path) -> list[tuple[str, Task]]:
    """(split, task) for each line of a file that `main` wrote."""
    out = []
    for line in path.read_text(encoding="utf-8").splitlines():
        v = json.loads(line)
        rows = tuple(Row(text, None if grade == 1 else grade > 1, reason, grade) for text, grade, reason in v["rows"])
        out.append((v["split"], Task(v["kind"], v["prefix"], rows, v["suffix"], v["lang"])))
    return out


def _lines(catalog: str, requests: Sequence[dict]) -> Iterator[dict]:
    """Requests of one catalog with their grades by id -> lines of the file."""
    from recsh.prompt import FORMAT, judge_prompt
    from recsh.recommend import Recommender
    from recsh.session import load_catalog

    recommender = Recommender(load_catalog(catalog))
    index = recommender.index
    for v in requests:
        query = recommender.understand(v["query"])
        found = [(n, i, g) for i, g in v["grades"].items() if (n := index.by_id(i)) is not None]
        items = index.items([n for n, _, _ in found])
        references = recommender._references(query)  # what "like X" names, as in `ask`
        asked = judge_prompt(query, items, index.columns, references=references, form=FORMAT)
        rows = [(text, g, v["reason"] if i == v["best"] else "") for text, (_, i, g) in zip(asked.rows, found, strict=True)]
        yield {"kind": v["kind"], "split": v["split"], "lang": v["lang"], "prefix": asked.prefix, "suffix": asked.suffix, "rows": rows}


def _judged() -> dict[str, list[dict]]:
    from judged import by_catalog

    return {catalog: [{**v, "kind": "judged"} for v in some] for catalog, some in by_catalog().items()}


def _given(folder: Path) -> list[dict]:
    """The requests of a folder of one's own, with rows chosen to grade."""
    from judged import split_of

    from recsh.request import search_words
    from recsh.session import load_catalog

    index = load_catalog(str(folder / "catalog.csv")).index
    ids = {n: i for n, i in index.db.execute("SELECT n, id FROM items")}
    out = []
    for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        v = json.loads(line)
        dice = random.Random(v["query"])
        right, seen = [str(i) for i in v["relevant"]], {str(i) for i in v.get("seen", ())}
        grades = {str(i): 3 if g >= 2.6 else 0 if g < 1.7 else 1 for i, g in v.get("grades", {}).items()}
        words = search_words(v.get("last") or v["query"])[:24]
        text = [ids[n] for n, _ in index.search(words, 40)] if words else []
        wrong = [i for i in [*dice.sample(text, min(FOUND, len(text))), *dice.sample([*ids.values()], min(OTHER, len(ids)))] if i not in right and i not in seen]
        grades = {**dict.fromkeys(wrong, 0), **grades, **dict.fromkeys(dice.sample(right, min(RIGHT, len(right))), 3)}
        lang = "zh" if any("\u4e00" <= c <= "\u9fff" for c in v["query"]) else "en"
        out.append({"kind": folder.name, "query": v["query"], "grades": grades, "best": None, "reason": "", "lang": lang, "split": split_of(v["query"])})
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--data", type=Path, action="append", default=[])
    options = parser.parse_args()
    groups = [*_judged().items(), *((str(d / "catalog.csv"), _given(d)) for d in options.data)]
    options.output.parent.mkdir(parents=True, exist_ok=True)
    count = {}
    with options.output.open("w", encoding="utf-8") as file:
        for catalog, requests in groups:
            for line in _lines(catalog, requests):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                count[line["kind"], line["split"]] = count.get((line["kind"], line["split"]), 0) + 1
    print(f"{options.output}:", ", ".join(f"{kind} {split} {n}" for (kind, split), n in sorted(count.items())))


if __name__ == "__main__":
    main()
