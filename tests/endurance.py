"""One process that is asked thousands of questions, as a line of JSON: what it holds in the beginning and in the end.

    python tests/endurance.py 10000 [--model embedded]      memory in megabytes and open files, at a quarter of the way and at its end

Questions are those of the sample catalogs and their halves, in an order by chance, judged and written, with what the person likes counted and the
answers logged; now and then a verdict is given and a catalog is left for another. Leaves out: how good the answers are.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import tempfile
from contextlib import closing
from statistics import median

CATALOGS = "music,movies_zh,products"
SAMPLES = 25  # measurements in a row whose median is compared


def handles() -> int:
    return len(os.listdir("/proc/self/fd"))


def megabytes() -> float:
    """Resident memory now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=int)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--catalogs", default=CATALOGS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["RECSH_HOME"] = home
        print(json.dumps(run(given.questions, given.model, given.catalogs.split(","))))


def run(questions: int, model: str, names: list[str]) -> dict[str, object]:
    from recsh import session
    from recsh.labelled import read_requests
    from recsh.paths import bundled
    from recsh.semantic import Semantic
    from recsh.types import Mode
    from recsh.work import Options

    semantic, dice = Semantic(), random.Random(7)
    opened = [session.load_catalog(name, semantic=semantic) for name in names]
    engine = session.load_engine(model) if model != session.NONE else None
    recommenders = [session.recommender(c, {"model": model}, semantic, engine=(lambda: engine) if engine else None) for c in opened]
    texts = [[r.query for r in read_requests(bundled("sample_data", f"{name}.queries.jsonl"))] for name in names]
    begin, every = max(SAMPLES, questions // 4), max(1, questions // (40 * SAMPLES))  # of ten thousand: by then the log has more answers than memory keeps (500 a catalog)
    early: list[float] = []
    late: list[float] = []
    files: set[int] = set()
    warnings: dict[str, int] = {}
    for n in range(questions):
        i = dice.randrange(len(names))
        text = dice.choice(texts[i])
        text = text if dice.random() < 0.6 else text[: len(text) // 2] or text
        mode = Mode.WRITE if engine and dice.random() < 0.1 else None
        options = Options(limit=dice.choice((1, 3, 5)), shortlist=6, mode=mode, reasons=dice.random() < 0.3, explore=dice.choice((0.0, 0.2)), max_tokens=24)
        answer = recommenders[i].ask(text, options)
        for warning in answer.warnings:
            warnings[warning.code] = warnings.get(warning.code, 0) + 1
        if answer.results and n % 50 == 49:
            dice.choice((recommenders[i].like, recommenders[i].dislike))(dice.choice(answer.results).item.id)
        if n >= begin and len(early) < SAMPLES or n >= questions - SAMPLES * every and n % every == 0:
            gc.collect()
            (early if len(early) < SAMPLES else late).append(megabytes())
            files.add(handles())
    for recommender, catalog in zip(recommenders, opened, strict=True):
        recommender.memory.log.close()
        catalog.index.close()
    if engine:
        with closing(engine):
            pass
    return {"questions": questions, "megabytes": [round(median(early), 1), round(median(late or early), 1)], "handles": sorted(files), "warnings": warnings}


if __name__ == "__main__":
    main()
