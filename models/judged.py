"""Judged requests: natural requests over the sample catalogs, each with some rows graded by hand.

    python models/judged.py rows CATALOG FILE.txt     for each line (a request) print 12 rows to grade, as JSON Lines
    python models/judged.py check                     check every file in models/judged/ and print what there is

A file models/judged/*.jsonl begins with a licence object; then one object a request:

    {"id": "music-001", "catalog": "music", "lang": "en", "split": "train", "query": "...",
     "grades": {"m0001": 3, "m0002": 0, ...}, "best": "m0001", "reason": "..."}

Grades: 3 just what was asked for, 2 fits well, 1 fits in part, 0 does not fit. `best` is the id of the best row, null (with an empty
`reason`) if none deserves a 2. `reason` is one sentence that says why, from the row and the request alone. `split` is train, dev or test, by a hash of the
request (80, 10 and 10 in 100), so that a request never changes sides.

Rows to grade come from what recsh finds (8), from plain full text (2) and from the rest of the catalog (2): good answers, near misses and misses.
Leaves out: labels of whole catalogs (sample_data/*.queries.jsonl).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import Counter
from pathlib import Path

from recsh.recommend import Options, Recommender
from recsh.request import search_words
from recsh.session import load_catalog

FOLDER = Path(__file__).parent / "judged"
FOUND, TEXT, OTHER = 8, 2, 2


def by_catalog() -> dict[str, list[dict]]:
    """The requests of every file, by the catalog that they ask."""
    out: dict[str, list[dict]] = {}
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            v = json.loads(line)
            out.setdefault(v["catalog"], []).append(v)
    return out


def split_of(query: str) -> str:
    """train, dev or test, by the request's own hash."""
    share = int(hashlib.sha256(query.encode()).hexdigest(), 16) % 100
    return "train" if share < 80 else "dev" if share < 90 else "test"


def rows(catalog: str, file: Path) -> None:
    """Print rows to grade for each request of a file."""
    recommender = Recommender(load_catalog(catalog))
    index = recommender.index
    for number, query in enumerate(filter(None, map(str.strip, file.read_text(encoding="utf-8").splitlines())), 1):
        chosen = [r.item.n for r in recommender.ask(query, Options(limit=FOUND, reasons=False))]
        chosen += [n for n, _ in index.search(search_words(query), 20) if n not in chosen][:TEXT]
        dice = random.Random(query)
        while len(chosen) < FOUND + TEXT + OTHER:
            if (n := dice.randrange(index.rows)) not in chosen:
                chosen.append(n)
        dice.shuffle(chosen)  # the order must not tell the judge what was found first
        items = [{"id": i.id, **{k: v for k, v in i.cells.items() if v and v != i.id}} for i in index.items(chosen)]
        print(json.dumps({"number": number, "query": query, "split": split_of(query), "rows": items}, ensure_ascii=False))


def check() -> None:
    """Check every file; raise `SystemExit` with what is wrong, else print the counts."""
    wrong: list[str] = []
    counts: Counter[tuple[str, str, str]] = Counter()
    seen: set[str] = set()
    ids: dict[str, set[str]] = {}
    for path in sorted(FOLDER.glob("*.jsonl")):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if "license" not in lines[0]:
            wrong.append(f"{path.name}: no licence line")
        for v in lines[1:]:
            name = f"{path.name}: {v.get('id')}"
            known = ids.setdefault(v["catalog"], {i for (i,) in load_catalog(v["catalog"]).index.db.execute("SELECT id FROM items")})
            if v["query"] in seen or v["split"] != split_of(v["query"]):
                wrong.append(f"{name}: repeated, or in the wrong split")
            if not 8 <= len(v["grades"]) <= 14 or set(v["grades"]) - known or set(v["grades"].values()) - {0, 1, 2, 3}:
                wrong.append(f"{name}: grades")
            top = max(v["grades"].values())
            if (v["best"] is None) != (top < 2) or (v["best"] and v["grades"].get(v["best"]) != top) or bool(v["reason"]) != bool(v["best"]):
                wrong.append(f"{name}: best and reason")
            seen.add(v["query"])
            counts[v["catalog"], v["lang"], v["split"]] += 1
    if wrong:
        raise SystemExit("\n".join(wrong))
    for key, n in sorted(counts.items()):
        print(*key, n)
    print("requests", sum(counts.values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("rows", "check"))
    parser.add_argument("catalog", nargs="?")
    parser.add_argument("file", nargs="?", type=Path)
    options = parser.parse_args()
    check() if options.what == "check" else rows(options.catalog, options.file)


if __name__ == "__main__":
    main()
