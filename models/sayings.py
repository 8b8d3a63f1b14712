"""Read what people say of themselves with the sentence model once: vectors of sayings of which it is known what suits, for `recsh.sayings`.

    python models/sayings.py            writes models/sayings/vectors.npy (int8) and models/sayings/moods.txt

The sayings are the phrases of recsh/words/situations.txt, each in up to three ways of the many that it stands for, and the moods of frames.txt. Run it again when one of these or
the sentence model changes; tests/test_sayings.py says when it is due.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy
from phrasing import pairs

from recsh.semantic import Semantic
from recsh.situations import foreseen
from recsh.text import has_cjk

WAYS = 3  # in which a phrase with alternatives is said
SLOTS = {
    "ex": ["him", "her", "my ex", "my boyfriend", "my girlfriend", "my husband", "my wife"], "love": ["he", "she", "my boyfriend", "my girlfriend", "my ex"], "him": ["you", "him", "her"],
    "kin": ["my mum", "my dad", "my grandma", "my best friend", "my brother"], "pet": ["my dog", "my cat", "our dog"], "i": ["I'm", "I feel", "I am", "feeling"], "deg": ["", "so", "really"],
    "他": ["他", "她", "前任", "男朋友"], "对象": ["男朋友", "女朋友", "老公", "老婆"], "亲人": ["奶奶", "爸爸", "爷爷", "妈妈"], "宠物": ["猫", "狗"], "娃": ["孩子", "宝宝", "娃"], "亲朋": ["朋友", "闺蜜", "同事"],
}  # fmt: skip
_AHEAD = re.compile(r"\(\?[!=<](?:[^()]|\([^()]*\))*\)")
_GROUP = re.compile(r"\(([^()]*)\)(\?)?")


def phrases(line: str) -> list[str]:
    """The phrases of a line, parted by bars that stand in no brackets."""
    out, depth = [""], 0
    for c in line:
        depth += (c in "({") - (c in ")}")
        out = [*out, ""] if c == "|" and not depth else [*out[:-1], out[-1] + c]
    return [p.strip() for p in out if p.strip()]


def say(phrase: str, dice: random.Random) -> str:
    """One of the ways in which a phrase of situations.txt is said."""
    said = _AHEAD.sub("", phrase)
    while group := _GROUP.search(said):
        chosen = "" if group[2] and dice.random() < 0.5 else dice.choice(re.split(r"[/|]", group[1]))
        said = said[: group.start()] + chosen + said[group.end() :]
    said = re.sub(r"\{(\w+)\}", lambda slot: dice.choice(SLOTS[slot[1]]), said)
    said = re.sub(r"[~*$?]", "", said.replace("...", "it"))
    return " ".join((said if has_cjk(said) else re.sub(r"\bi\b", "I", said)).split()).strip(" ,")


def sayings() -> dict[str, tuple[str, ...]]:
    """What is said -> what suits, best first."""
    dice = random.Random(1)
    out: dict[str, tuple[str, ...]] = {}
    for moods, line in foreseen():
        for phrase in phrases(line):
            for _ in range(WAYS if "(" in phrase or "{" in phrase else 1):
                said = say(phrase, dice)
                if len(said) >= (2 if has_cjk(said) else 4):
                    out.setdefault(said, moods)
    for lang in ("en", "zh"):
        for said, moods in pairs(f"mood {lang}"):
            out[said] = tuple(moods.split(", "))
    return out


def main() -> None:
    groups: dict[tuple[str, ...], list[str]] = {}
    for said, moods in sayings().items():
        groups.setdefault(moods, []).append(said)
    vectors = Semantic().sentence.encode([said for some in groups.values() for said in some])
    folder = Path(__file__).parent / "sayings"
    folder.mkdir(exist_ok=True)
    numpy.save(folder / "vectors.npy", numpy.rint(vectors / numpy.abs(vectors).max(axis=1, keepdims=True) * 127).astype(numpy.int8))
    lines = ["# SPDX-License-Identifier: CC0-1.0 (recsh: of how many vectors, one behind the other, what suits; made by models/sayings.py)"]
    lines += [f"{len(some)} = {', '.join(moods)}" for moods, some in groups.items()]
    (folder / "moods.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(vectors)} sayings of {len(groups)} kinds")


if __name__ == "__main__":
    main()
