"""Tasks: a request with what goes with it, and rows that fit it or do not, with reasons; made from worlds without end.

    Task(kind, prefix, rows): the shared text and one line a row exactly as recsh asks (`recsh.prompt.judge_prompt`), each with yes or no

A row is a yes if it meets all parts of the request, a no if it clearly misses one, and left out where nobody can tell. The noes are first those that
miss just one part: the tag that was turned down, the wrong decade, the price above. What counts is what the row's line shows, as the model sees
no more. Deterministic for a seed.

Leaves out: parts and their words (see `asks`, `phrasing`), requests graded by hand (see `graded`), tokens (see `packing`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from asks import Ask, has, listed, shown
from msgspec.structs import replace
from phrasing import frames, moods, spoken
from talk import talk
from worlds import Worlds

from recsh.prompt import FORMAT, judge_prompt
from recsh.request import Query, Wish
from recsh.types import Item

KINDS = {  # share of tasks
    "tags": 24, "number": 14, "not": 14, "like": 14, "mood": 9, "taste": 6, "follow": 7, "by": 4, "named": 3, "context": 3, "nothing": 2,
}  # fmt: skip
PLAIN = "plain"  # a kind for the beginning of training
TALK = 0.02  # share of short talk
POOL = 48  # rows looked at for a request
ROWS = 6  # rows of a task at most


@dataclass(frozen=True, slots=True)
class Row:
    """A row's line, whether it fits (None: not to be learnt from), why, a grade where there is one, and where its world has it."""

    text: str
    yes: bool | None
    reason: str = ""
    grade: int | None = None
    n: int = -1


@dataclass(frozen=True, slots=True)
class Task:
    """`prefix` is shared by the rows; `suffix` ends each. A talk has no rows but an answer."""

    kind: str
    prefix: str
    rows: tuple[Row, ...]
    suffix: str = "\nFits:"
    lang: str = "en"
    answer: str = ""


class Maker:
    """Makes tasks about worlds; with `held` about those kept out of training, of `rows` rows at most."""

    def __init__(self, worlds: Worlds, held: bool = False, rows: int = ROWS) -> None:
        self.worlds, self.lexicon, self.held, self.rows = worlds, worlds.lexicon, held, rows

    def task(self, dice: random.Random, kind: str = "") -> Task:
        """One task, of a kind or any; of the kind "plain" one that needs no more than matching words."""
        while True:
            if not kind and dice.random() < TALK:
                lang, prefix, suffix, answer = talk(dice)
                return Task("talk", prefix, (), suffix, lang, answer)
            chosen = kind or dice.choices([*KINDS], [*KINDS.values()])[0]
            world = self.worlds.pick(dice, self.held)
            ask = Ask(world, world.lang if world.lang == "zh" or kind == PLAIN or dice.random() < 0.85 else "zh", self.lexicon, dice)
            if getattr(self, f"_{chosen}")(ask, dice.choice(world.rows)) and (task := self._judged(ask, chosen, dice)):
                return task

    # --- kinds: each says whether it could make a request whose answer might be this row -------------------------------------

    def _tags(self, ask: Ask, target: Item) -> bool:
        return ask.tags(target)

    def _plain(self, ask: Ask, target: Item) -> bool:
        ask.plain = True
        tags = ask.dice.sample(target.tags[:10], min(len(target.tags[:10]), ask.dice.choice((1, 1, 2))))
        ask.text = ", ".join(map(ask.wish, tags))
        return bool(tags)

    def _number(self, ask: Ask, target: Item) -> bool:
        return ask.number(target)

    def _not(self, ask: Ask, target: Item) -> bool:
        if not (ask.number(target) if ask.dice.random() < 0.3 else ask.tags(target, (1, 1, 1, 2))):
            return False
        words = ask.refuse()
        ask.text = ask.text.rstrip("?.") + words
        return bool(words)

    def _like(self, ask: Ask, target: Item) -> bool:
        ask.alike(target)
        ask.references = [target]
        name = ask.world.zh_names[target.n] if ask.lang == "zh" and ask.world.zh_names[target.n] else target.title
        if target.creator and len(ask.world.by_creator[target.creator]) > 1 and ask.dice.random() < 0.3:
            name = target.creator
            ask.known.update(ask.world.by_creator[name])
        ask.text = ask.fill("like", x=name, nouns=ask.nouns, noun=ask.world.noun_zh if ask.lang == "zh" else ask.world.noun)
        if ask.dice.random() < 0.3 and (words := ask.bound(target) if ask.dice.random() < 0.5 else ask.refuse()):
            ask.text = ask.text.rstrip("?") + (words if words[:1] in ",，( " else ask.comma(words) if ask.lang == "zh" else f" {words}")
        return len(target.tags) > 2

    def _named(self, ask: Ask, target: Item) -> bool:
        """Like something that is not in the catalog: what it is the model has to know."""
        if not ask.world.near[target.n] or not self._like(ask, target):
            return False
        ask.references = []
        return True

    def _by(self, ask: Ask, target: Item) -> bool:
        if not target.creator:
            return False
        ask.parts.append(lambda row: row.creator == target.creator)
        ask.why.append(lambda row: ask.fill("reason by", who=row.creator))
        ask.near.update(ask.world.by_creator[target.creator])
        ask.near.update(n for t in target.tags[:3] for n in ask.world.by_tag[t.lower()][:20])
        ask.text = ask.fill("by", x=target.creator, nouns=ask.nouns, noun=ask.nouns)
        return True

    def _mood(self, ask: Ask, target: Item) -> bool:
        """A situation that some tags answer; sometimes with what else is wanted."""
        text, tags = ask.dice.choice(moods(ask.lang))
        meanings = [ask.meaning(t) for t in tags]
        good = tags.union(*(g for g, _ in meanings))
        unsure = frozenset().union(*(u for _, u in meanings)) - good
        rows = sorted({n for t in good for n in ask.world.by_tag.get(t, ())})
        if not rows:
            return False
        ask.parts.append(lambda row: has(row, good) or (None if has(row, unsure) else False))
        ask.why.append(lambda row: listed([t for t in row.tags if t.lower() in good][:2], ask.lang))
        ask.near.update(rows)
        roll, one = ask.dice.random(), ask.world.rows[ask.dice.choice(rows)]
        more = ask.bound(one) if roll < 0.2 else ask.phrase([ask.dice.choice(one.tags)]) if roll < 0.4 else ask.nouns if roll < 0.5 else ""
        ask.text = text + (ask.comma(more) if more else "")
        return True

    def _context(self, ask: Ask, target: Item) -> bool:
        """What is wanted stands in the context: "some music", Context: "we're having a party"."""
        if not self._mood(ask, target):
            return False
        ask.context, ask.text = ask.text, ask.fill("ask", np=ask.nouns) if ask.dice.random() < 0.4 else ask.fill("forme")
        return True

    def _taste(self, ask: Ask, target: Item) -> bool:
        """Nothing is asked for; what was liked and disliked decides. Or something is, and what was disliked rules rows out."""
        world, dice = ask.world, ask.dice
        tags = list(dict.fromkeys(t.lower() for t in target.tags if len(world.by_tag[t.lower()]) > 1))[:4]
        if len(tags) < 2:
            return False
        wanted = tags[: dice.choice((1, 2, 2))]
        fans = [world.rows[n] for n in dice.sample(world.by_tag[wanted[0]], min(3, len(world.by_tag[wanted[0]])))]
        loved = {t.lower() for r in fans for t in r.tags}
        others = [t.lower() for r in dice.sample(world.rows, min(12, len(world.rows))) for t in r.tags if t.lower() not in loved]
        bad = dice.choice(others) if others and dice.random() < 0.6 else ""
        foes = [world.rows[n] for n in dice.sample(world.by_tag[bad], min(2, len(world.by_tag[bad])))] if bad else []
        ask.taste = [f"{name}: {'; '.join(_told(r, keys, dice) for r in rows)}" for name, rows, keys in (("Liked", fans, wanted), ("Disliked", foes, [bad])) if rows]
        ask.known.update(r.n for r in (*fans, *foes))
        if bad:
            ask.parts.append(lambda row: not has(row, frozenset((bad,))))
        if dice.random() < 0.35:
            return ask.tags(target, (1, 1, 2)) and len(ask.parts) > 1
        good = frozenset(o for t in wanted for o in ask.meaning(t)[0])
        ask.parts.append(lambda row: has(row, good) or (None if has(row, frozenset(loved)) else False))
        ask.why.append(lambda row: ask.fill("reason taste", what=listed([t for t in row.tags if t.lower() in good][:2], ask.lang), x=dice.choice(fans).title))
        ask.near.update(n for t in (*good, *([bad] if bad else ())) for n in world.by_tag.get(t, ()))
        ask.text = ask.fill("forme")
        return True

    def _follow(self, ask: Ask, target: Item) -> bool:
        """A talk as recsh joins it: the first wish, then what was said of the answers; "more like the second" comes with that row."""
        if not ask.tags(target, (1, 1, 2)):
            return False
        dice, roll, first = ask.dice, ask.dice.random(), ask.text.rstrip("?. ")
        if roll < 0.3:
            ask.alike(target)
            ask.references = [target]
            second = dice.choice([f for f in frames()[f"more {ask.lang}"] if "{t}" not in f]).replace("{k}", str(dice.randint(1, 5)))
        elif roll < 0.6:
            second = ask.refuse("less")
        elif roll < 0.8:
            second = ask.bound(target)
        else:
            more = [t for t in target.tags[:8] if t not in ask.literal]
            word = ask.wish(dice.choice(more)) if more else ""
            frame = dice.choice([f for f in frames()[f"more {ask.lang}"] if "{t}" in f and "{u}" not in f and "like that" not in f])
            second = word and frame.replace("{t}", word)
        ask.text = f"{first}, {second}"
        return bool(second)

    def _nothing(self, ask: Ask, target: Item) -> bool:
        """A wish of another catalog, which no row here meets."""
        other = self.worlds.pick(ask.dice, self.held)
        tags = [t for t in ask.dice.choice(other.rows).tags[:6] if t.lower() not in ask.world.by_tag]
        if other.lang != ask.world.lang or len(tags) < 2 or other.name == ask.world.name:
            return False
        borrowed = Ask(other, ask.lang, ask.lexicon, ask.dice)
        ask.text = ask.fill("ask", np=borrowed.phrase(tags[:2]))
        ask.parts = borrowed.parts
        return len(borrowed.parts) == 2

    # --- rows -----------------------------------------------------------------------------------------------------------------

    def _judged(self, ask: Ask, kind: str, dice: random.Random) -> Task | None:
        """Rows for a request: some that meet it, those that miss one part, and some from anywhere. None if none fits."""
        rows = ask.world.rows
        near = sorted(ask.near - ask.known)
        pool = dice.sample(near, min(len(near), POOL))
        pool += [n for n in dice.sample(range(len(rows)), min(len(rows), POOL // 3)) if n not in ask.known]
        yes, hard, easy = [], [], []
        for n in dict.fromkeys(pool):
            seen = replace(rows[n], tags=tuple(shown(rows[n], ask.literal)))
            said = [part(seen) for part in ask.parts]
            wrong = sum(s is False for s in said)
            if all(said):
                yes.append(seen)
            elif wrong:
                (hard if wrong == 1 and len(said) > 1 else easy).append(seen)
        if bool(yes) is (kind == "nothing"):
            return None
        chosen = [(r, True) for r in dice.sample(yes, min(len(yes), dice.choice((1, 2, 2, 3))))]
        chosen += [(r, False) for r in dice.sample(hard, min(len(hard), self.rows // 3))]
        chosen += [(r, False) for r in dice.sample(easy, min(len(easy), max(1, min(self.rows - len(chosen), dice.choice((1, 2, 3)) * self.rows // ROWS))))]
        if all(y for _, y in chosen):
            return None
        dice.shuffle(chosen)
        text = ask.text if ask.plain else spoken(ask.text, ask.lang, dice)
        query = Query(text, text, text, (), wishes=tuple(Wish(w, ()) for w in ask.literal))
        asked = judge_prompt(query, [r for r, _ in chosen], ask.world.columns, references=ask.references, taste=ask.taste, context=ask.context or None, form=FORMAT)
        judged = tuple(Row(t, y, _reason(ask, r) if y else "", n=r.n) for t, (r, y) in zip(asked.rows, chosen, strict=True))
        return Task(kind, asked.prefix, judged, asked.suffix, ask.lang)


def _reason(ask: Ask, row: Item) -> str:
    """Why a row fits, in a sentence: only what stands in the row, the request or the taste."""
    said = list(dict.fromkeys(w for why in ask.why if (w := why(row))))
    tags, rest = [w for w in said if w in row.tags], [w for w in said if w not in row.tags]
    first = [ask.fill("reason wish", what=listed(tags[:3], ask.lang))] if tags and (not rest or ask.dice.random() < 0.8) else tags[:1]
    return ("，" if ask.lang == "zh" else "; " if rest and ask.dice.random() < 0.3 else ", ").join([*first, *rest][:3])


def _told(row: Item, keys: Sequence[str], dice: random.Random) -> str:
    """A row in a line of taste, as `recsh.taste.lines` writes it."""
    facets = [t for t in row.tags if t.lower() in keys][:2] or list(row.tags[: dice.choice((0, 1, 2))])
    return f"{row.title[:60]} ({', '.join(facets)})" if facets else row.title[:60]
