"""Short talk as tasks: a greeting and its reply, and verdicts in words with what they mean.

    Said: loved the second, the first was boring        Said: hello
    Means: like 2, dislike 1                            Reply: Hello! What are you looking for?

Leaves out: understanding whole turns, which is done by rules (`recsh.turns`).
"""

from __future__ import annotations

import random

from phrasing import fill, pairs

NAMED = {1: ("the first", "the first one"), 2: ("the second", "the second one"), 3: ("the third", "the third one"), 4: ("the fourth",), 5: ("the fifth",), 6: ("the sixth",)}
CHINESE, GREETING = 0.25, 0.4  # shares


def talk(dice: random.Random) -> tuple[str, str, str, str]:
    """(language, prefix, suffix, answer) of one exchange."""
    lang = "zh" if dice.random() < CHINESE else "en"
    if dice.random() < GREETING:
        said, reply = dice.choice(pairs(f"say {lang}"))
        if lang == "en" and dice.random() < 0.5:
            said = said[:1].upper() + said[1:] + dice.choice(("", ".", "!"))
        return lang, f"Said: {said}\n", "Reply:", reply
    ranks = dice.sample(range(1, 7), dice.choice((1, 1, 2, 2, 3)))
    verdicts = [(dice.choice(("like", "like", "dislike", "dislike", "seen")), k) for k in ranks]
    ways = [dice.choice((str(k), f"第{k}个") if lang == "zh" else (str(k), f"number {k}", f"#{k}", *NAMED[k] * 2)) for _, k in verdicts]
    parts = [fill(f"{v} it", lang, dice, r=w) for (v, _), w in zip(verdicts, ways, strict=True)]
    joined = ("，" if lang == "zh" else dice.choice((", ", " and ", ", but ", ". "))).join(parts)
    return lang, f"Said: {joined if dice.random() < 0.5 else joined[:1].upper() + joined[1:]}\n", "Means:", ", ".join(f"{v} {k}" for v, k in verdicts)
