"""Reasons as the shipped weights give them, over all sample catalogs and many kinds of requests, each claim looked up by the reader of tests/spoken.py.

    python tests/reasons.py            1,000 reasons: what was claimed, how often, and every one that the reader could not read as true
    python tests/reasons.py 200        fewer

The person has a taste of their own in each catalog (likes and dislikes of rows, some akin to each other); requests are those of the sample files, made ones
("something like X", titles, creators and names of the gazetteer; a tag and a bound; a tag without another; nothing at all), in two languages, three tones.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from recsh import session
from recsh.catalog import SAMPLES, Catalog
from recsh.collab import load_collab
from recsh.engine import Engine
from recsh.feedback import Log
from recsh.memory import Memory
from recsh.prompt import FORMAT
from recsh.recommend import Recommender
from recsh.types import Recommendation, Role, Thing, Verdict
from tests.spoken import Reader, gazetteer

DATA = Path(__file__).parents[1] / "sample_data"
KINDS = {"music": ("artists",), "music_zh": ("artists",), "movies": ("films",), "movies_zh": ("films",), "books": ("books", "authors"), "products": ("brands",), "travel": ("places",), "news": ("places",)}
EACH = 5  # reasons a request
LIKED, DISLIKED = 14, 5  # verdicts a catalog
VOICES = (("plain", "auto"), ("plain", "auto"), ("warm", "en"), ("playful", "en"), ("warm", "zh"), ("plain", "zh"), ("playful", "zh"))
FAR = 4.0  # stars from which somebody liked an item


@dataclass
class Count:
    """What was checked: parts of reasons by what they claim, and reasons that could not be read as true, with their request."""

    reasons: int = 0
    claims: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """A request of a kind; how it is to be answered."""

    kind: str
    text: str
    tone: str
    lang: str


def requests(catalog: Catalog, random: Random) -> Iterator[Asked]:
    """Requests without end, one of every kind in turn."""
    index, name = catalog.index, catalog.name
    lines = [json.loads(line) for line in (DATA / f"{name}.queries.jsonl").read_text("utf-8").splitlines()[1:]]
    rows = index.items(range(index.rows))
    tags = [c for c in index.columns if c.role is Role.TAGS]
    numbers = [c for c in index.number_columns if c.role is Role.NUMBER and (c.year or c.unit in ("$", "元", "min"))]
    known = [line for kind in KINDS[name] for line in _lines(kind)]
    zh, turn = index.chinese, len(name)
    while True:
        row, column = random.choice(rows), random.choice(tags)
        tag = random.choice(row.tags or ("x",))
        other = random.choice(random.choice(rows).tags or ("y",))
        entry = random.choice(known)
        labelled = random.choice(lines)["query"]
        made = [("labelled", labelled), ("title", f"像《{row.title}》一样的" if zh else f"something like {row.title}"), ("elsewhere", f"像{entry[1]}那样的" if zh and entry[1] else f"something like {entry[0]}"),
                ("other language", f"something like {entry[0]}" if zh else f"像{entry[1] or entry[0]}那样的"), ("without", f"{tag}，不要{other}" if zh else f"{tag}, not {other}"), ("nothing", "")]  # fmt: skip
        if row.creator:
            made.append(("creator", f"像{row.creator}那样的" if zh else f"like {row.creator}, but {tag}"))
        if numbers:
            column = random.choice(numbers)
            value = row.numbers.get(column.name)
            if value:
                unit = f"{int(value)}年以前的{tag}" if zh and column.year else f"{tag} before {int(value)}" if column.year else f"{tag} under ${value:.0f}" if column.unit == "$" else f"{tag} under {value:.0f} minutes"
                made.append(("number", unit))
        turn = (turn + 3) % len(made)
        for kind, text in (*made[turn:], *made[:turn]):
            yield Asked(kind, text, *random.choice(VOICES))


@cache
def _lines(kind: str) -> tuple[tuple[str, ...], ...]:
    import recsh

    file = Path(recsh.__file__).parent / "words" / "gazetteer" / f"{kind}.tsv"
    names = {line.split("\t")[0] for line in file.read_text("utf-8").splitlines() if not line.startswith("#")}
    return tuple(line for line in gazetteer() if line[0] in names)


def remember(memory: Memory, random: Random) -> None:
    """A person who likes some rows, half of them akin, and dislikes others."""
    index = memory.index
    rows = index.items(range(index.rows))
    favourite = random.choice(random.choice(rows).tags)
    akin = [r for r in rows if favourite in r.tags]
    liked = {r.id: r for r in (*random.sample(akin, min(len(akin), LIKED // 2)), *random.sample(rows, LIKED // 2))}
    for row in liked.values():
        _say(memory, row, Verdict.LIKE)
    for row in random.sample([r for r in rows if r.id not in liked], DISLIKED):
        _say(memory, row, Verdict.DISLIKE)


def _say(memory: Memory, row, verdict: Verdict) -> None:
    memory.judge(row, verdict)


def check(catalog: Catalog, engine: Engine, count: Count, most: int, seed: int, folder: Path) -> None:
    """Add `most` reasons of a catalog to the count."""
    random = Random(f"{catalog.name} {seed}")
    log = Log(folder / f"{catalog.name}-{seed}.sqlite")
    try:
        memory = Memory(catalog, log, lambda: load_collab(catalog))
        remember(memory, random)
        recommender = Recommender(catalog, engine, form=FORMAT, model_weight=session.weight_of(FORMAT), memory=memory)
        liked, disliked = memory.judged
        end = count.reasons + most
        for asked in requests(catalog, random):
            answer = recommender.ask(asked.text, limit=EACH, tone=asked.tone, lang=asked.lang, for_me=not asked.text, log=False)
            query, rows = recommender.asked(asked.text)
            assert answer.engine is not None
            for r in answer:
                reader = Reader(r.item, catalog.index.columns, query, rows, asked.tone, _zh(asked, query.chinese), liked, disliked, _because(r, catalog, (*liked, *disliked)))
                reader.join = "，" if (asked.tone, reader.zh) == ("plain", True) else ""
                parts = reader.read(r.reason)
                count.reasons += 1
                count.asked[asked.kind] += 1
                count.claims.update(kind for kind, _ in parts or ())
                count.claims["text"] += any((cell := r.item.cells[c.name].strip().rstrip(".。")) and cell in r.reason for c in catalog.index.columns if c.role is Role.TEXT)
                if parts is None:
                    count.wrong.append(f"{catalog.name} · {asked.kind} · {asked.tone} {asked.lang} · {asked.text} · {r.item.title} by {r.item.creator} {r.item.tags}: {r.reason}")
                if count.reasons == end:
                    return
    finally:
        log.close()


def _zh(asked: Asked, spoken: bool) -> bool:
    return asked.lang == "zh" if asked.lang != "auto" else spoken


def _because(r: Recommendation, catalog: Catalog, things: tuple[Thing, ...]) -> Thing | None:
    """Whom the crowd speaks of, if the ratings bear it out: at least two who liked that liked this one as well."""
    if r.because is None or r.because.link != "crowd":
        return None
    (other, _), *_ = r.because.items
    fans = _fans(catalog.name)
    return next((t for t in things if t.id == other), None) if len(fans[other] & fans[r.item.id]) >= 2 else None


@cache
def _fans(name: str) -> dict[str, set[str]]:
    """Item -> who gave it at least `FAR` stars, read from the file of ratings."""
    fans: dict[str, set[str]] = defaultdict(set)
    with (DATA / f"{name}.ratings.csv").open(encoding="utf-8") as file:
        for user, item, stars, _ in csv.reader(line for line in file if not line.startswith(("#", "user,"))):
            if float(stars) >= FAR:
                fans[item].add(user)
    return fans


def run(most: int, seed: int = 1) -> Count:
    """Check `most` reasons, as many of each catalog."""
    count = Count()
    engine = session.load_engine(settings={"threads": 1})
    try:
        with tempfile.TemporaryDirectory() as folder:
            for n, name in enumerate(SAMPLES):
                catalog = session.load_catalog(name)
                check(catalog, engine, count, most * (n + 1) // len(SAMPLES) - count.reasons, seed, Path(folder))
                catalog.index.close()
    finally:
        engine.close()
    return count


if __name__ == "__main__":
    found = run(int(sys.argv[1]) if sys.argv[1:] else 1000, int(sys.argv[2]) if sys.argv[2:] else 1)
    print(f"{found.reasons} reasons, {sum(found.claims.values())} claims: {', '.join(f'{kind} {n}' for kind, n in found.claims.most_common())}")
    print(f"requests: {', '.join(f'{kind} {n}' for kind, n in found.asked.most_common())}")
    print(f"not read as true: {len(found.wrong)}", *found.wrong, sep="\n  ")
