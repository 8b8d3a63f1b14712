"""Worlds: the catalogs that training tasks are about, and what their words mean.

    python models/worlds.py OUT/worlds.json [--vectors none|static|minilm]

Three kinds of catalogs: the sample catalogs as recsh reads them, the gazetteer (films, books, artists ... with tags and nearest five), and
invented ones, made anew each time from the vocabularies in themes.txt. The file holds the first two, and for every tag in all three how else
it is said (recsh's own words of the same meaning), which tags answer a wish for it, and which are too near in meaning to count as wrong
(all-MiniLM-L6-v2, or the static vectors that ship with recsh). With the file, `read` needs nothing but Python and recsh's sources.

Held out of training: themes marked * and one gazetteer row in twenty, by a hash of its name.
Leaves out: requests (see `tasks`), sample_data/*.queries.jsonl, which are tests.
"""

from __future__ import annotations

import argparse
import json
import random
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from meaning import cjk, groups, lexicon

from recsh.types import Column, Item, Role

HERE = Path(__file__).parent
GAZETTEER = HERE.parent / "recsh" / "words" / "gazetteer"
HELD = 20  # one gazetteer row in so many measures and never trains
NOUNS = {  # catalog: singular, plural, in Chinese, how its columns' tags are said
    "music": ("song", "songs", "歌"), "movies": ("film", "films", "电影"), "books": ("book", "books", "书"), "products": ("product", "products", "产品"),
    "travel": ("place", "places", "地方"), "news": ("article", "articles", "新闻"), "movies_zh": ("film", "films", "电影"), "music_zh": ("song", "songs", "歌"),
    "films": ("movie", "movies", "电影"), "artists": ("artist", "artists", "歌手"), "authors": ("author", "authors", "作家"), "brands": ("brand", "brands", "品牌"),
    "games": ("game", "games", "游戏"), "places": ("place", "places", "地方"), "songs": ("song", "songs", "歌"), "series": ("series", "series", "剧"),
}  # fmt: skip
HOW = {
    "cast": "with", "主演": "with", "good_for": "for", "audience": "for", "country": "from", "continent": "in", "国家地区": "from", "language": "in", "best_season": "in", "best_months": "in", "source": "from",
}  # fmt: skip


@dataclass(slots=True)
class Theme:
    """The vocabulary of invented catalogs: `numbers` are (unit, low, high), `facets` (how, tags)."""

    name: str
    lang: str
    nouns: tuple[str, str]
    numbers: list[tuple[str, int, int]]
    maker: str
    held: bool
    facets: list[tuple[str, list[str]]] = field(default_factory=list)


@dataclass
class World:
    """A catalog to ask about. `how` says how a tag is said of a thing, `near` holds the names nearest to a row's, by its position."""

    name: str
    lang: str
    noun: str
    nouns: str
    noun_zh: str
    columns: tuple[Column, ...]
    rows: list[Item]
    how: dict[str, str]
    near: list[frozenset[str]]
    zh_names: list[str]
    held: bool = False  # of what is read from the file: kept out of training

    @cached_property
    def by_tag(self) -> dict[str, list[int]]:
        """Tag in lower case -> positions of the rows that have it."""
        out = defaultdict(list)
        for n, row in enumerate(self.rows):
            for tag in dict.fromkeys(t.lower() for t in row.tags):
                out[tag].append(n)
        return dict(out)

    @cached_property
    def by_creator(self) -> dict[str, list[int]]:
        """Creator -> positions of the rows."""
        out = defaultdict(list)
        for n, row in enumerate(self.rows):
            if row.creator:
                out[row.creator].append(n)
        return dict(out)


@dataclass
class Lexicon:
    """What tags mean: `says` other ways to say one, `answers` tags that answer a wish for it, `unsure` tags too near to be wrong."""

    says: dict[str, dict[str, list[str]]]
    answers: dict[str, frozenset[str]]
    unsure: dict[str, frozenset[str]]


class Worlds:
    """All there is to ask about: `real` catalogs, `themes`, the `lexicon`, and `words` for invented names by language."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self.real = [_world(w) for w in stored["worlds"]]
        self.themes = themes()
        self.words = stored["words"]
        lex = stored["lexicon"]
        self.lexicon = Lexicon(lex["says"], *({k: frozenset(v) for k, v in lex[name].items()} for name in ("answers", "unsure")))

    def pick(self, dice: random.Random, held: bool) -> World:
        """A catalog to ask about: of those in training, or with `held` of those kept out of it."""
        if dice.random() < 0.45:
            return invent(dice.choice([t for t in self.themes if t.held is held]), dice, self.words)
        real = [w for w in self.real if w.held is held]
        return dice.choices(real, [len(w.rows) ** 0.5 for w in real])[0]


def read(path: Path) -> Worlds:
    """The worlds in a file that `main` wrote."""
    return Worlds(json.loads(path.read_text(encoding="utf-8")))


def themes() -> list[Theme]:
    """The vocabularies of themes.txt."""
    out: list[Theme] = []
    for line in (HERE / "themes.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            name, nouns, numbers, maker = (p.strip() for p in line[1:].split("|"))
            name, lang = name.rsplit(" ", 1)
            kinds = [(u, int(low), int(high)) for u, low, high in (n.split() for n in numbers.split(" · "))]
            first, second = nouns.split(", ")
            out.append(Theme(name.lstrip("*"), lang, (first, second), kinds, maker, name.startswith("*")))
        elif line and not line.startswith("#"):
            how, tags = line.split(": ")
            out[-1].facets.append((how, tags.split(", ")))
    return out


def invent(theme: Theme, dice: random.Random, words: dict[str, list[str]]) -> World:
    """A catalog of a theme, with columns of its own: some of the facets and numbers, in an order of its own, some rows without a maker."""
    facets = dice.sample(theme.facets, dice.randint(min(2, len(theme.facets)), len(theme.facets)))
    numbers = dice.sample(theme.numbers, dice.randint(0 if dice.random() < 0.2 else 1, len(theme.numbers)))
    columns = tuple(Column({"$": "price", "元": "价格", "min": "minutes"}.get(u, u), Role.NUMBER, u, low, high, u == "year") for u, low, high in numbers)
    size = dice.randint(24, 72)
    makers = [_name(theme.lang, dice, words, 2) for _ in range(max(3, size // dice.randint(3, 6)))] if dice.random() < 0.75 else []
    rows = []
    for n in range(size):
        tags = list(chain.from_iterable(dice.sample(tags, min(len(tags), dice.choice((1, 1, 2, 2, 3)))) for _, tags in facets))
        if dice.random() < 0.3:
            dice.shuffle(tags)
        values = {c.name: float(_number(c.unit, lo, hi, dice)) for c, (_, lo, hi) in zip(columns, numbers, strict=True)}
        title = _name(theme.lang, dice, words, dice.randint(1, 3))
        if dice.random() < 0.15:
            title += f" {theme.nouns[0]}" if theme.lang == "zh" else f" {theme.nouns[0].title()}"
        rows.append(Item(n, str(n), title, dice.choice(makers) if makers else "", tuple(tags), values))
    how = {t.lower(): h for h, tags in facets for t in tags}
    return World(theme.name, theme.lang, *theme.nouns, theme.nouns[0], columns, rows, how, [frozenset()] * size, [""] * size)


def _name(lang: str, dice: random.Random, words: dict[str, list[str]], parts: int) -> str:
    return ("" if lang == "zh" else " ").join(dice.choice(words[lang]) for _ in range(parts))


def _number(unit: str, low: int, high: int, dice: random.Random) -> int:
    """Years evenly, all else evenly by its logarithm; prices end as prices do."""
    if unit == "year":
        return dice.randint(low, high)
    value = low * (high / low) ** dice.random()
    if value > 100 and unit != "min":
        return int(value // 10 * 10 - dice.choice((0, 0, 1)))
    return max(1, round(value / 5) * 5 if unit == "min" and value > 20 else round(value))


# --- writing the file ----------------------------------------------------------------------------------------------------


def _samples() -> list[dict[str, Any]]:
    from recsh.catalog import SAMPLES
    from recsh.schema import split
    from recsh.session import load_catalog

    out = []
    for name in SAMPLES:
        index = load_catalog(name).index
        items = index.items(range(index.rows))
        how = {t.lower(): HOW[c.name] for c in index.columns if c.role is Role.TAGS and c.name in HOW for i in items for t in split(i.cells.get(c.name, ""), c.joiner)}
        columns = [(c.name, c.unit, c.year) for c in index.columns if c.role in (Role.NUMBER, Role.DATE) and c.unit in ("year", "$", "元", "min")]
        rows = [(i.title, i.creator, i.tags, {c: i.numbers[c] for c, *_ in columns if c in i.numbers}, [], "") for i in items]
        out.append({"name": name, "lang": "zh" if name.endswith("_zh") else "en", "columns": columns, "rows": rows, "how": how, "held": False})
    return out


def _gazetteer(zh_of: dict[str, str]) -> list[dict[str, Any]]:
    """The gazetteer's files as catalogs, in English, and in Chinese as far as names and tags have Chinese ones."""
    out = []
    for path in sorted(GAZETTEER.glob("*.tsv")):
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
        rows = [(c[0], c[3], c[4].split("|"), {"year": float(c[2])} if c[2].strip("-").isdigit() else {}, [*filter(None, c[5].split("|"))], c[1]) for c in lines if len(c) > 5]
        zh = [(r[5], r[1], [zh_of[t] for t in r[2] if t in zh_of], r[3], [], r[5]) for r in rows if r[5]]
        zh = [r for r in zh if len(r[2]) > 2]
        for held in (False, True):
            for lang, some in (("en", rows), ("zh", zh)):
                kept = [r for r in some if (zlib.crc32(r[0].encode()) % HELD == 0) is held]
                if len(kept) >= 12:
                    out.append({"name": path.stem, "lang": lang, "columns": [("year", "year", True)], "rows": kept, "how": {}, "held": held})
    return out


def _world(stored: dict[str, Any]) -> World:
    columns = tuple(Column(name, Role.NUMBER, unit, year=year) for name, unit, year in stored["columns"])
    rows = [Item(n, str(n), t, c, tuple(tags), numbers) for n, (t, c, tags, numbers, _, _) in enumerate(stored["rows"])]
    nouns = NOUNS.get(stored["name"], (stored["name"].removesuffix("s"), stored["name"], "东西"))
    near = [frozenset(r[4]) for r in stored["rows"]]
    return World(stored["name"], stored["lang"], *nouns, columns, rows, stored["how"], near, [r[5] for r in stored["rows"]], stored["held"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--vectors", choices=("none", "static", "minilm"), default="static")
    options = parser.parse_args()
    same, _ = groups()
    zh_of: dict[str, str] = {}
    for members in same:
        if chinese := next(filter(cjk, members), ""):
            for m in members:
                zh_of.setdefault(m, chinese)
    samples, gazetteer = _samples(), _gazetteer(zh_of)
    # What the gazetteer knows to be near holds for the rows of the sample catalogs too: by title, or in music by artist.
    near = {r[0].lower(): r[4] for w in gazetteer if w["lang"] == "en" and not w["held"] for r in w["rows"]}
    for w in samples:
        for r in w["rows"]:
            r[4].extend(near.get((r[1] if w["name"] == "music" else r[0]).lower(), ()))
    worlds = [*samples, *gazetteer]
    tags = sorted({t.lower() for w in worlds for r in w["rows"] for t in r[2]} | {t.lower() for theme in themes() for _, ts in theme.facets for t in ts})
    titles = [r[0] for w in worlds if w["lang"] == "en" for r in w["rows"]]
    words = {"en": sorted({p for t in titles for p in t.split() if p.isalpha() and p[0].isupper() and 3 < len(p) < 11})}
    words["zh"] = sorted({r[0][:2] for w in worlds if w["lang"] == "zh" for r in w["rows"] if cjk(r[0][:1]) and len(r[0]) > 1})
    stored = {"worlds": worlds, "words": words, "lexicon": lexicon(tags, options.vectors, [ts for theme in themes() for _, ts in theme.facets])}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
    print(f"{options.output}: {len(worlds)} catalogs, {sum(len(w['rows']) for w in worlds)} rows, {len(tags)} tags, {len(themes())} themes")


if __name__ == "__main__":
    main()
