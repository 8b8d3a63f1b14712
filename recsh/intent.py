"""What a turn means that no rule reads: a chat model chooses among the few things it can mean.

Every reading is put to the model as a yes-or-no question, all behind the same beginning, so that it can answer nothing but one of them; a reading that is not
clearly the likeliest is none. For chat weights only: recsh's own small weights know rows, not talk, and the rules serve without.
Leaves out: rules (see `turns`), what is done then (see `repl`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recsh.acts import Act, Kind
from recsh.engine import JudgePrompt
from recsh.text import clean
from recsh.types import Item, Verdict

MARGIN = 1.0  # log-odds by which the likeliest reading must lead, and be likelier than not
MOST = 5  # shown items that a reading may be about
_SYSTEM = "You read what a person says to a program that recommends items. Answer yes or no."
_YES, _NO = ("yes", "Yes", " yes", " Yes"), ("no", "No", " no", " No")


def readings(text: str, shown: Sequence[Item]) -> list[tuple[str, Act]]:
    """What these words may mean after these items were shown: (a sentence that says so, the act)."""
    out = [("The person asks for something new.", Act(Kind.REFINE, text)), ("The person only chats and wants nothing.", Act(Kind.EMPTY, text))]
    if shown:
        out += [("The person wants to see other items.", Act(Kind.MORE, text)), ("The person asks why the first item was recommended.", _of(Kind.WHY, text, shown, 0))]
    for n, item in enumerate(shown[:MOST]):
        name = clean(item.title)
        out.append((f'The person likes item {n + 1}, "{name}".', _of(Kind.VERDICT, text, shown, n, Verdict.LIKE)))
        out.append((f'The person does not like item {n + 1}, "{name}".', _of(Kind.VERDICT, text, shown, n, Verdict.DISLIKE)))
    return out


def _of(kind: Kind, text: str, shown: Sequence[Item], n: int, verdict: Verdict | None = None) -> Act:
    """An act about a shown item. What a model reads as a verdict is never sure: it is asked back."""
    return Act(kind, text, shown[n].id, shown[n].title, n + 1, verdict, sure=verdict is None)


def guess(text: str, shown: Sequence[Item], judge: Callable[[JudgePrompt], Sequence[float]]) -> Act | None:
    """What the model takes these words for, None if no reading is clearly the likeliest. `judge` gives the log-odds of yes of each row of a prompt."""
    choices = readings(text, shown)
    listed = "".join(f"{n}. {clean(item.title)}\n" for n, item in enumerate(shown[:MOST], 1))
    prefix = (f"Shown to the person:\n{listed}" if listed else "") + f"The person says: {clean(text)[:300]}\nReading: "
    odds = judge(JudgePrompt(prefix=prefix, rows=tuple(sentence for sentence, _ in choices), suffix="\nIs this what the person means?", system=_SYSTEM, yes=_YES, no=_NO))
    order = sorted(range(len(choices)), key=lambda i: -odds[i])
    if odds[order[0]] < MARGIN or odds[order[0]] - odds[order[1]] < MARGIN:
        return None
    return choices[order[0]][1]
