"""A request being made: what it asks of a row, part by part, and the words for it.

Each part says of a row yes, no, or None where nobody can tell: its tags are only near in meaning. Parts go by the tags that a row's line shows.
Leaves out: which parts make what kind of request, and choosing rows (see `tasks`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from phrasing import bound, fill, noun_phrase, said
from worlds import Lexicon, World

from recsh.prompt import TAG_LIMIT, number_text
from recsh.types import Column, Item

ALIKE, UNLIKE = 0.34, 0.14  # share of tags in common for "like X": a yes from, a no below
BE = ("be", "be", "be", "be", "with", "about")  # how tags are said of which a catalog does not tell


@dataclass(slots=True)
class Ask:
    """A request about a world in a language. `why` gives a row's words for a reason, `literal` the words that may stand in the rows, `near` rows worth
    looking at, `known` rows not to be asked about; `references`, `taste` and `context` go with the request."""

    world: World
    lang: str
    lexicon: Lexicon
    dice: random.Random
    text: str = ""
    parts: list[Callable[[Item], bool | None]] = field(default_factory=list)
    why: list[Callable[[Item], str]] = field(default_factory=list)
    literal: list[str] = field(default_factory=list)
    near: set[int] = field(default_factory=set)
    known: set[int] = field(default_factory=set)
    references: list[Item] = field(default_factory=list)
    taste: list[str] = field(default_factory=list)
    context: str = ""
    plain: bool = False  # tags as they stand in the rows, no other words

    @property
    def nouns(self) -> str:
        """What the catalog holds, in the request's language."""
        return self.world.noun_zh if self.lang == "zh" else self.world.nouns

    def fill(self, section: str, **slots: object) -> str:
        """A frame of a section in the request's language."""
        return fill(section, self.lang, self.dice, **slots)

    def comma(self, words: str) -> str:
        """Words that follow after a comma, or already begin with one."""
        return words if words[:1] in ",，( " else f"，{words}" if self.lang == "zh" else f", {words}"

    def meaning(self, tag: str) -> tuple[frozenset[str], frozenset[str]]:
        """(tags that answer a wish for a tag, tags of which nobody can tell)."""
        key = tag.lower()
        return self.lexicon.answers.get(key, frozenset((key,))), self.lexicon.unsure.get(key, frozenset())

    def wish(self, tag: str) -> str:
        """The row must have a tag; how it is said, "" (and nothing asked) if it cannot be."""
        word = tag if self.plain else said(tag, self.lang, self.lexicon, self.dice, self.world.lang)
        if not word:
            return ""
        good, unsure = self.meaning(tag)
        self.parts.append(lambda row: has(row, good) or (None if has(row, unsure) else False))
        self.why.append(lambda row: next((t for t in row.tags if t.lower() in good), ""))
        self.literal.append(word)
        for t in good:
            self.near.update(self.world.by_tag.get(t, ()))
        return word

    def phrase(self, tags: Sequence[str]) -> str:
        """Several tags as a noun phrase, "" if one cannot be said."""
        words = [(self.wish(t), t) for t in tags]
        if not all(w for w, _ in words):
            return ""
        return noun_phrase([(w, self.world.how.get(t.lower()) or self.dice.choice(BE)) for w, t in words], self.world, self.lang, self.dice)

    def tags(self, target: Item, counts: Sequence[int] = (1, 1, 2, 2, 3)) -> bool:
        """A request for some of a row's tags; False if they cannot be said."""
        tags = self.dice.sample(target.tags[:10], min(len(target.tags[:10]), self.dice.choice(counts)))
        if not tags:
            return False
        if len(tags) == 1 and self.dice.random() < 0.3 and self.world.how.get(tags[0].lower(), "be") == "be":
            self.text = self.fill("thing", t=self.wish(tags[0]))
        else:
            self.text = self.fill("ask", np=self.phrase(tags))
        return len(self.parts) == len(tags)

    def bound(self, target: Item) -> str:
        """A range of a number that a row is in, in words; "" if it has none."""
        columns = [c for c in self.world.columns if c.name in target.numbers]
        if not columns:
            return ""
        column = self.dice.choice(columns)
        words, low, high = bound(column.unit, target.numbers[column.name], self.lang, self.dice)
        self.parts.append(lambda row: low <= row.numbers[column.name] <= high if column.name in row.numbers else None)
        section = "reason year" if column.year else "reason amount"
        self.why.append(lambda row: self.fill(section, n=_amount(row.numbers[column.name], column, self.lang)))
        return words

    def number(self, target: Item) -> bool:
        """A request with a range: "jazz songs from the 60s"; False if it cannot be made."""
        words = self.bound(target)
        if not words:
            return False
        tags = self.dice.sample(target.tags[:8], min(len(target.tags[:8]), self.dice.choice((0, 1, 1, 2))))
        np = self.phrase(tags) if tags else self.nouns
        if self.lang == "zh":
            np = np and (words + np if words[-1:] == "的" else f"{np}，{words}")
        elif words[0].isdigit() and words.endswith("s"):
            np = np and f"{words} {np}"
        else:
            np = np and f"{np} {words}"
        self.text = self.fill("ask", np=np)
        return bool(np) and len(self.parts) == len(tags) + 1

    def refuse(self, section: str = "not") -> str:
        """Something turned down that rows meeting the rest have, in words; "" if there is nothing."""
        close = [self.world.rows[n] for n in sorted(self.near)] or self.world.rows
        close = [r for r in self.dice.sample(close, min(len(close), 30)) if all(p(r) for p in self.parts)]
        makers = [r.creator for r in close if r.creator]
        if makers and section == "not" and self.dice.random() < 0.15:
            name = self.dice.choice(makers)
            self.parts.append(lambda row: row.creator != name)
            return self.fill("notby", x=name)
        wished = {w.lower() for w in self.literal}
        tags = [t.lower() for r in close for t in shown(r, self.literal) if t.lower() not in wished]
        word = said(tag := self.dice.choice(tags), self.lang, self.lexicon, self.dice, self.world.lang) if tags else ""
        if not word:
            return ""
        bad, unsure = self.meaning(tag)
        self.parts.append(lambda row: False if has(row, bad) else None if has(row, unsure) else True)
        return self.fill(section, t=word)

    def alike(self, target: Item) -> None:
        """The row must be like another: near it by the gazetteer, by the same maker with something in common, or by its tags."""
        world, mine = self.world, {t.lower() for t in target.tags}
        near = world.near[target.n]

        def like(row: Item) -> bool | None:
            if row.title in near or (row.creator and row.creator in near) or target.title in world.near[row.n]:
                return True
            theirs = {t.lower() for t in row.tags}
            share = len(mine & theirs) / max(1, len(mine | theirs))
            if target.creator and row.creator == target.creator:
                return True if share > UNLIKE else None
            return True if share >= ALIKE else False if share < UNLIKE else None

        def why(row: Item) -> str:
            common = [t for t in row.tags if t.lower() in mine][:3]
            if common:
                return self.fill("reason like", what=listed(common, self.lang), x=target.title)
            return self.fill("reason maker", who=row.creator, x=target.title) if target.creator and row.creator == target.creator else ""

        self.parts.append(like)
        self.why.append(why)
        self.known.add(target.n)
        self.near.update(n for t in mine for n in world.by_tag.get(t, ())[:40])
        if near:
            self.near.update(n for n, row in enumerate(world.rows) if row.title in near)


def has(row: Item, tags: frozenset[str]) -> bool:
    """Whether a row has one of these tags."""
    return any(t.lower() in tags for t in row.tags)


def shown(row: Item, first: Sequence[str] = ()) -> list[str]:
    """The tags that the row's line shows, as `recsh.prompt.row_text` chooses them."""
    wanted = {f.lower() for f in first}
    return sorted(row.tags, key=lambda t: t.lower() not in wanted)[:TAG_LIMIT]


def _amount(value: float, column: Column, lang: str) -> str:
    """A number as a reason names it: its words must be supported by the row, or say nothing."""
    if column.unit == "min":
        return f"{value:g}" if lang == "zh" else f"{value:g} minutes"
    return f"{value:g}" if column.unit == "元" else number_text(value, column)


def listed(words: Sequence[str], lang: str) -> str:
    """Words as a list in a sentence."""
    if lang == "zh":
        return "、".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
