"""What tags mean: how else each is said, which tags answer a wish for it, and which are too near in meaning to count as wrong.

By recsh's own list of words of the same meaning (recsh/words/same.txt) first, and by vectors of the tags beside it.
Leaves out: the catalogs that the tags come from (see `worlds`), the vectors (see `teacher`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SAME = Path(__file__).parent.parent / "recsh" / "words" / "same.txt"
MEANS_THE_SAME, TOO_NEAR = 0.78, 0.55  # cosines between tags: another way to say it; neither right nor wrong
NEIGHBOURS = 16


def groups() -> tuple[list[list[str]], dict[str, list[str]]]:
    """(groups of words of the same meaning, name of a broad group -> its narrow ones), as written in the list."""
    same, narrow = [], {}
    for line in SAME.read_text(encoding="utf-8").splitlines():
        if line and line[0] != "#":
            broad, _, rest = line.partition(" > ")
            if rest:
                narrow[broad] = rest.split(", ")
            else:
                same.append(line.split(", "))
    return same, narrow


def cjk(word: str) -> bool:
    """Whether a word has Chinese characters."""
    return any("\u4e00" <= c <= "\u9fff" for c in word)


def lexicon(tags: list[str], vectors: str, facets: Sequence[Sequence[str]]) -> dict[str, Any]:
    """For every tag its other names, what answers it and what is unsure. Tags of one facet (`facets`) never mean the same."""
    same, narrow = groups()
    of: dict[str, list[int]] = defaultdict(list)
    for g, members in enumerate(same):
        for m in members:
            of[m].append(g)
    key = {t: t if t in of else t[:-1] if t.endswith("s") and t[:-1] in of else f"{t}s" if f"{t}s" in of else t.replace("-", " ") for t in tags}
    with_group: dict[int, list[str]] = defaultdict(list)
    for t in tags:
        for g in of.get(key[t], ()):
            with_group[g].append(t)
    says, answers, unsure = {}, {}, {}
    named = {members[0]: g for g, members in reversed([*enumerate(same)])}
    for t in tags:
        mine = of.get(key[t], [])
        words = [w for g in mine for w in same[g] if w != t]
        says[t] = {"en": [w for w in words if not cjk(w)][:6], "zh": [w for w in words if cjk(w)][:4]}
        below = [named[w] for g in mine for w in narrow.get(same[g][0], ()) if w in named]
        answers[t] = sorted({t, *(o for g in [*mine, *below] for o in with_group[g])})
    apart = {frozenset((a.lower(), b.lower())) for words in facets for a in words for b in words}
    for t, found in _neighbours([t for t in tags if not cjk(t)], vectors).items():
        known = set(answers[t])
        unsure[t] = [o for o, _ in found if o not in known and frozenset((t, o)) not in apart]
        says[t]["near"] = [o for o, cosine in found if cosine >= MEANS_THE_SAME and o in unsure[t] and o not in t and t not in o][:3]
    return {"says": says, "answers": answers, "unsure": unsure}


def _neighbours(tags: list[str], vectors: str) -> dict[str, list[tuple[str, float]]]:
    if vectors == "none" or not tags:
        return {}
    import numpy
    from teacher import encode

    v = encode(tags, vectors)
    out = {}
    for at in range(0, len(tags), 1024):
        cosines = v[at : at + 1024] @ v.T
        best = numpy.argpartition(-cosines, min(NEIGHBOURS, len(tags) - 1), axis=1)[:, :NEIGHBOURS]
        for i, row in enumerate(best):
            out[tags[at + i]] = sorted(((tags[j], float(cosines[i, j])) for j in row if j != at + i and cosines[i, j] >= TOO_NEAR), key=lambda f: -f[1])
    return out
