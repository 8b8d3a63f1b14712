"""Titles and creators of real shape, as many as wanted, and how people and models write them: seeded, so that every run has the same.

Words are those of the sample catalogs' titles and others made of the same letter triples, as frequent as Zipf's law has it, more of them
in more rows (Heaps); lengths, articles, subtitles, brackets and editions as often as in the samples; a tenth is Chinese; a twelfth are names that another
row has too, by someone else.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from recsh.text import fold, has_cjk
from recsh.types import Suggestion

SAMPLES = Path(__file__).parents[2] / "sample_data"
TITLES = ("title", "片名", "歌名", "headline", "name", "place")  # what the samples call it
BEHIND = (" - Live", " - Remastered 2011", " (Live)", " (1999 film)", " (feat. {})", ": The Movie", " (Deluxe Edition)", ", The", " - Radio Edit", " (band)")
WAYS = ("leave out", "double", "swap", "replace", "twice", "article", "moved", "words", "spelling", "by", "dash", "year", "bracket", "chinese", "part", "absent")


def _sample_words() -> tuple[list[str], list[str]]:
    """(Latin words, Chinese characters) of the sample catalogs' titles, the commonest first."""
    words: dict[str, int] = {}
    signs: dict[str, int] = {}
    for path in SAMPLES.glob("*.csv"):
        if "ratings" in path.name:
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(line for line in file if line[0] != "#"):
                for word in fold(next(row[c] for c in TITLES if c in row)).split():
                    for part in word if has_cjk(word) else (word,):
                        table = signs if has_cjk(part) else words
                        table[part] = table.get(part, 0) + 1
    return sorted(words, key=lambda w: (-words[w], w)), sorted(signs, key=lambda w: (-signs[w], w))


class Maker:
    """Makes titles from a seed. `rows` decides how many words there are."""

    def __init__(self, rows: int, seed: int = 7) -> None:
        self.random = random.Random(seed)
        known, self.signs = _sample_words()
        triples: dict[str, list[str]] = {}
        for word in known:
            for i in range(len(f"  {word} ") - 2):
                padded = f"  {word} "
                triples.setdefault(padded[i : i + 2], []).append(padded[i + 2])
        made = dict.fromkeys(known)
        while len(made) < 60 * rows**0.55 + len(known):
            word = "  "
            while word[-1] != " " or len(word) == 2:
                word += self.random.choice(triples[word[-2:]])
            if 3 <= len(word.strip()) <= 12:
                made[word.strip()] = None
        self.words = [*made]
        self._chances = [*accumulate(1 / (rank + 20) ** 0.9 for rank in range(len(self.words)))]
        self._sign_chances = [*accumulate(1 / (rank + 30) for rank in range(len(self.signs)))]

    def _some(self, n: int) -> str:
        return " ".join(self.random.choices(self.words, cum_weights=self._chances, k=n)).title()

    def creator(self) -> str:
        return self._some(2) if self.random.random() < 0.8 else f"The {self._some(1)}s"

    def title(self) -> str:
        r = self.random
        if r.random() < 0.1:
            chinese = "".join(r.choices(self.signs, cum_weights=self._sign_chances, k=r.choice((2, 3, 4, 4, 5, 6, 8))))
            return chinese + r.choice(("", "", "", "", "2", " (Live)", "：" + "".join(r.choices(self.signs, cum_weights=self._sign_chances, k=4))))
        title = self._some(r.choices((1, 2, 3, 4, 5, 6, 8), (10, 28, 25, 18, 9, 6, 4))[0])
        chance = r.random()
        if chance < 0.18:
            title = f"The {title}"
        elif chance < 0.22:
            title = f"{title} of the {self._some(1)}"
        elif chance < 0.25:
            title = f"{title} {r.choice(('II', 'III', '2', '3', 'Part 2', 'Vol. 3'))}"
        chance = r.random()
        if chance < 0.06:
            return f"{title}: {self._some(r.choice((2, 3)))}"
        return title + (r.choice(BEHIND).format(self._some(2)) if chance < 0.22 else "")

    def rows(self, count: int) -> Iterator[tuple[str, str, int]]:
        """(title, creator, year) of each row."""
        kept: list[str] = []
        creators = [self.creator() for _ in range(max(10, count // 8))]
        for n in range(count):
            title = self.random.choice(kept) if kept and self.random.random() < 0.08 else self.title()
            if len(kept) < 5000:
                kept.append(title)
            elif not n % 7:
                kept[self.random.randrange(5000)] = title
            yield title, creators[int(len(creators) * self.random.random() ** 2)], 1950 + self.random.randrange(75)

    def written(self, title: str, creator: str, year: int, how: str) -> Suggestion:
        """The row's name as somebody might write it; where a way does not fit a title, as it is."""
        r = self.random
        words = title.split(" ")
        long = [i for i, w in enumerate(words) if len(w) > 4 and w.isalpha()]
        if how in ("leave out", "double", "swap", "replace", "twice") and long:
            for _ in range(2 if how == "twice" else 1):
                i = r.choice(long)
                words[i] = self._slip(words[i], r.choice(("leave out", "double", "swap", "replace")) if how == "twice" else how)
            return Suggestion(" ".join(words))
        if how == "article":
            return Suggestion(title.removeprefix("The ") if title.startswith("The ") else f"The {title}")
        if how == "moved":
            return Suggestion(f"{title.removeprefix('The ')}, The")
        if how == "words" and len(words) > 2:
            i = r.randrange(len(words) - 1)
            words[i : i + 2] = words[i + 1], words[i]
            return Suggestion(" ".join(words))
        if how == "spelling":
            return Suggestion(title.replace("ck", "k").replace("ph", "f").replace("o", "ö", 1).replace(" and ", " & ").replace("II", "2"))
        if how == "chinese" and has_cjk(title):
            i = r.randrange(len(title))
            return Suggestion(title[:i] + r.choice(self.signs) + title[i + 1 :])
        ways = {
            "by": Suggestion(title, creator=creator), "dash": Suggestion(f"{title} - {creator}"), "year": Suggestion(f"{title} ({year})"),
            "bracket": Suggestion(f"{title} (a great one)"), "part": Suggestion(title.split(":")[0]), "absent": Suggestion(self.title()),
        }  # fmt: skip
        return ways.get(how, Suggestion(title))

    def _slip(self, word: str, how: str) -> str:
        i = self.random.randrange(1, max(2, len(word) - 1))
        if how == "leave out":
            return word[:i] + word[i + 1 :]
        if how == "double":
            return word[:i] + word[i] + word[i:]
        if how == "swap":
            return word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :]
        return word[:i] + self.random.choice("abcdefghijklmnopqrstuvwxyz") + word[i + 1 :]
