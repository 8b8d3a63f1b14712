"""A catalog of any size and of real shape, made of the sample catalogs' words: the same seed and number of rows give the same file.

    python tests/benchmarks/rows.py 1000000 songs.csv

Ten columns. Words follow their rank's law (Zipf) within a vocabulary that grows with the file (Heaps), because one word in twenty is made up of
syllables and the rarer the longer; one row in eight is Chinese; creators, tags, years and counts are skewed as real ones are; some cells are empty.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TextIO

import numpy

SAMPLES = Path(__file__).parents[2] / "sample_data"
HEADER = ["id", "title", "artist", "genre", "tags", "language", "year", "price", "plays", "description"]
SYLLABLES = "ka lo mi ren sta vel dor an tis qua be ru zhi fon gar lim os pra ud ner sol wy ech tor".split()
BLOCK = 10_000
CHINESE = 0.125


def sample(name: str) -> list[dict[str, str]]:
    with (SAMPLES / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def by_count(texts: list[str], *, chars: bool = False) -> list[str]:
    """Their words (or characters), the most frequent first."""
    counts: dict[str, int] = {}
    for text in texts:
        for word in text if chars else text.split():
            counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda w: (-counts[w], w))


class Zipf:
    """Draws from a list, the i-th with a weight of 1 / (i + 1) ** slope."""

    def __init__(self, values: list[str], rng: numpy.random.Generator, slope: float = 1.0) -> None:
        self._values = numpy.array(values, dtype=object)
        self._reach = numpy.cumsum(1.0 / numpy.arange(1, len(values) + 1) ** slope)
        self._rng = rng

    def draw(self, n: int) -> numpy.ndarray:
        return self._values[numpy.searchsorted(self._reach, self._rng.random(n) * self._reach[-1])]


def invented(rng: numpy.random.Generator, n: int) -> list[str]:
    """Made-up words without an end to their number: rank r = u ** -1.1, written in syllables."""
    out = []
    for rank in numpy.minimum(rng.random(n) ** -1.1 * 40, 2**40).astype(numpy.int64).tolist():
        word = ""
        while rank:
            rank, digit = divmod(rank, len(SYLLABLES))
            word += SYLLABLES[digit]
        out.append(word or "ka")
    return out


class Maker:
    """Blocks of rows."""

    def __init__(self, seed: int = 7) -> None:
        self.rng = rng = numpy.random.default_rng(seed)
        english = [row for name in ("music", "movies", "books") for row in sample(name)]
        chinese = [row for name in ("music_zh", "movies_zh") for row in sample(name)]
        first = lambda row, *names: next((row[n] for n in names if n in row), "")  # noqa: E731
        self.words = Zipf(by_count([first(r, "description") for r in english]), rng)
        self.title_words = Zipf(by_count([r["title"] for r in english]), rng, 0.9)
        self.characters = Zipf(by_count([first(r, "简介", "描述") + first(r, "片名", "歌名") for r in chinese], chars=True), rng, 0.8)
        self.creators = Zipf([first(r, "artist", "director", "author") for r in english], rng, 0.6)
        self.chinese_creators = Zipf([first(r, "歌手", "导演") for r in chinese], rng, 0.6)
        self.genres = Zipf(by_count([first(r, "genre", "genres").replace(" ", "_").replace("|", " ") for r in english]), rng)
        self.tags = Zipf(by_count([first(r, "tags").replace(" ", "_").replace("|", " ") for r in english]), rng, 0.8)
        self.chinese_tags = Zipf(by_count([first(r, "标签").replace("|", " ") for r in chinese]), rng, 0.8)
        self.languages = Zipf(["English", "Mandarin", "Spanish", "French", "Japanese", "Hindi", "German", "Korean"], rng, 1.5)

    def _mixed(self, source: Zipf, n: int) -> numpy.ndarray:
        """Words of a source, one in twenty made up."""
        words = source.draw(n)
        new = numpy.flatnonzero(self.rng.random(n) < 0.05)
        words[new] = invented(self.rng, len(new))
        return words

    def _joined(self, words: numpy.ndarray, lengths: numpy.ndarray, mark: str) -> list[str]:
        ends = numpy.cumsum(lengths)
        return [mark.join(words[end - n : end]) for n, end in zip(lengths.tolist(), ends.tolist(), strict=True)]

    def block(self, at: int, n: int) -> list[list[str]]:
        rng = self.rng
        lengths = lambda low, high: rng.integers(low, high, n)  # noqa: E731
        sizes = [lengths(1, 6), lengths(12, 45), lengths(1, 4), lengths(2, 8)]
        title = self._joined(self._mixed(self.title_words, sizes[0].sum()), sizes[0], " ")
        text = self._joined(self._mixed(self.words, sizes[1].sum()), sizes[1], " ")
        genre = [g.replace("_", " ") for g in self._joined(self.genres.draw(sizes[2].sum()), sizes[2], "|")]
        tags = [t.replace("_", " ") for t in self._joined(self.tags.draw(sizes[3].sum()), sizes[3], "|")]
        more = invented(rng, n)
        own = rng.random(n) < 0.5
        creator = [f"{c} {m.title()}" if o else c for c, m, o in zip(self.creators.draw(n), more, own.tolist(), strict=True)]
        language = self.languages.draw(n)
        year = (2024 - numpy.minimum(rng.exponential(18, n), 100)).astype(int).tolist()
        price = numpy.round(rng.lognormal(2.5, 0.8, n), 2).tolist()
        plays = (rng.random(n) ** -1.3 * 10).astype(numpy.int64).tolist()
        empty = (rng.random((3, n)) < 0.04).tolist()
        for i in numpy.flatnonzero(rng.random(n) < CHINESE).tolist():
            title[i] = "".join(self.characters.draw(int(rng.integers(2, 7))))
            text[i] = "，".join("".join(self.characters.draw(int(k))) for k in rng.integers(4, 12, int(rng.integers(2, 5))))
            creator[i], tags[i], language[i] = str(self.chinese_creators.draw(1)[0]), "|".join(self.chinese_tags.draw(4)), "Mandarin"
        return [
            [f"r{at + i}", title[i], creator[i], genre[i], tags[i], language[i], "" if empty[0][i] else str(year[i]), "" if empty[1][i] else f"{price[i]:.2f}", str(plays[i]), "" if empty[2][i] else text[i]]
            for i in range(n)
        ]  # fmt: skip


def write(file: TextIO, rows: int, seed: int = 7) -> None:
    maker = Maker(seed)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    for at in range(0, rows, BLOCK):
        writer.writerows(maker.block(at, min(BLOCK, rows - at)))


if __name__ == "__main__":
    with open(sys.argv[2], "w", encoding="utf-8", newline="") as out:
        write(out, int(sys.argv[1]))
