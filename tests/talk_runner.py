"""Play the scripted conversations of `data/conversations` on retrieval alone, and check what each turn must bring about.

    python tests/talk_runner.py [en|zh|en-05] [-v]

prints the share of turns that do, and every one that does not. The format is described beside the data.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from recsh.index import facet_key
from recsh.lexicon import same
from recsh.recommend import Options, Recommender
from recsh.cells import split
from recsh.talk import Talk
from recsh.text import fold
from recsh.turns import Kind, Turn, read
from recsh.types import Item, Recommendation, Role

DATA = Path(__file__).parent / "data" / "conversations"
MOST = 0.6  # share of the rows that "most" means


def conversations(language: str) -> list[dict[str, Any]]:
    """The conversations of one file, without the line of its licence."""
    lines = (DATA / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [c for c in map(json.loads, lines) if "turns" in c]


@dataclass(frozen=True, slots=True)
class Played:
    """One turn played: what was said, how it was read, what was shown, and what it should have done and did not."""

    say: str
    turn: Turn
    shown: Sequence[Recommendation]
    missed: Sequence[str]


def play(conversation: Mapping[str, Any], recommender: Recommender) -> list[Played]:
    """Every turn of a conversation, in order. `recommender` is of its catalog."""
    index, names = recommender.index, recommender.names
    talk, shown, seen, out = Talk(), [], set(), []
    for scripted in conversation["turns"]:
        turn = read(scripted["say"], talk, index, names)
        talk = turn.talk
        before = shown
        if turn.answered and (talk.parts or talk.opinions):
            count = next((a.count for a in turn.acts if a.kind is Kind.MORE and a.count), None)
            shown = list(recommender.ask(query=talk.query(index, names), options=Options(limit=count, exclude=talk.hidden)))
            talk = talk.showing(r.item.id for r in shown)
        missed = _missed(scripted["expect"], turn, talk, before, shown, seen, recommender)
        seen |= {r.item.id for r in shown}
        out.append(Played(scripted["say"], turn, shown, missed))
    return out


def _missed(expect: Mapping[str, Any], turn: Turn, talk: Talk, before: Sequence[Recommendation], shown: Sequence[Recommendation], seen: set[str], recommender: Recommender) -> list[str]:
    out = []
    kinds = [a.kind.value for a in turn.acts]
    wanted = expect.get("kind")
    if wanted and not {*([wanted] if isinstance(wanted, str) else wanted)} & {*kinds}:
        out.append(f"kind {kinds}, not {wanted}")
    if found := {*expect.get("not_kind", ())} & {*kinds}:
        out.append(f"kind {found}")
    for verdict in expect.get("verdicts", ()):
        if not any(all(_of_act(a, k) == v for k, v in verdict.items()) for a in turn.acts if a.kind is Kind.VERDICT):
            out.append(f"no verdict {verdict}: {[(a.rank, a.title, str(a.verdict), a.value, a.sure) for a in turn.acts if a.kind is Kind.VERDICT]}")
    for kind in ("why", "show"):
        if kind in expect and not any(a.kind.value == kind and a.rank == expect[kind] for a in turn.acts):
            out.append(f"no {kind} of {expect[kind]}")
    if "why" in expect and expect["why"] <= len(before) and not _mentions(before[expect["why"] - 1]):
        out.append(f"a reason without a fact: {before[expect['why'] - 1].reason!r}")
    if "whynot" in expect and not any(a.kind is Kind.WHYNOT and a.title == expect["whynot"] for a in turn.acts):
        out.append(f"no whynot of {expect['whynot']}")
    if "recall" in expect and not any(a.kind is Kind.RECALL and a.recall == expect["recall"] for a in turn.acts):
        out.append(f"no recall of {expect['recall']}")
    if "count" in expect and len(shown) != expect["count"]:
        out.append(f"{len(shown)} shown")
    if "language" in expect and turn.chinese is not (expect["language"] == "zh"):
        out.append("language")
    out += _state_missed(expect.get("state", {}), talk)
    return out + _results_missed(expect.get("results", {}), before, shown, seen, recommender)


def _of_act(act: Any, key: str) -> Any:
    value = getattr(act, key)
    return value.value if hasattr(value, "value") else value


def _mentions(r: Recommendation) -> bool:
    """Whether a reason names a fact of its item, maybe in other words (it is given in the language of the request)."""
    said = f" {fold(r.reason)} "
    facts = {fold(f) for f in (*r.item.tags, r.item.creator, *(f"{v:g}" for v in r.item.numbers.values())) if f}
    facts |= {other for f in facts for other in same().get(facet_key(f), ())}
    return any(f in said for f in facts)


def _state_missed(state: Mapping[str, Any], talk: Talk) -> list[str]:
    held = fold(" ".join(f"{p.said} {p.ask}" for p in talk.parts))
    out = [f"state has no {w!r}" for w in state.get("has", ()) if fold(w) not in held]
    out += [f"state still has {w!r}" for w in state.get("lacks", ()) if fold(w) in held]
    return out + (["state is not empty"] if state.get("empty") and talk.parts else [])


def _results_missed(results: Mapping[str, Any], before: Sequence[Recommendation], shown: Sequence[Recommendation], seen: set[str], recommender: Recommender) -> list[str]:
    out = []
    if results and not shown:
        return ["nothing shown"]
    if "count" in results and len(shown) != results["count"]:
        out.append(f"{len(shown)} shown, not {results['count']}")
    if results.get("new") and (again := [r.item.title for r in shown if r.item.id in seen]):
        out.append(f"shown before: {again}")
    for quantity in ("all", "most", "any", "none"):
        for key, wanted in results.get(quantity, {}).items():
            held = [_holds(r.item, key, wanted, before, recommender) for r in shown]
            share = sum(held) / len(held)
            if not {"all": share == 1, "most": share >= MOST, "any": share > 0, "none": share == 0}[quantity]:
                out.append(f"{quantity} {key} {wanted}: {[f'{r.item.title} {_cell(r.item, key)}' for r, h in zip(shown, held, strict=True) if h is (quantity == 'none')]}")
    return out


def _cell(item: Item, key: str) -> str:
    return item.cells.get(key.rstrip("<>="), "")[:60]


def _holds(item: Item, key: str, wanted: Any, before: Sequence[Recommendation], recommender: Recommender) -> bool:
    for sign in ("<=", ">=", "<", ">"):
        if key.endswith(sign):
            column = key.removesuffix(sign)
            value, bound = item.numbers.get(column), _number(wanted, column, before)
            return value is not None and {"<=": value <= bound, ">=": value >= bound, "<": value < bound, ">": value > bound}[sign]
    if key == "id":
        return item.id == (before[int(wanted.removeprefix("shown.")) - 1].item.id if wanted.startswith("shown.") else wanted)
    if key == "title":
        return fold(item.title) == fold(wanted)
    if key == "creator":
        column = next(c for c in recommender.index.columns if c.role is Role.CREATOR)
    else:
        column = next(c for c in recommender.index.columns if c.name == key)
    values = {fold(v) for v in split(item.cells[column.name], column.joiner)}
    return bool(values & {fold(w) for w in ([wanted] if isinstance(wanted, str) else wanted)})


def _number(wanted: Any, column: str, before: Sequence[Recommendation]) -> float:
    """A number, or one of what was shown before: shown.median, shown.min, shown.max, shown.2."""
    if not isinstance(wanted, str):
        return wanted
    what = wanted.removeprefix("shown.")
    if what.isdigit():
        return before[int(what) - 1].item.numbers[column]
    return {"median": median, "min": min, "max": max}[what]([r.item.numbers[column] for r in before if column in r.item.numbers])


def main(arguments: Sequence[str]) -> None:
    from recsh.catalog import lookup, open_catalog
    from recsh.semantic import Semantic

    semantic, open_ = Semantic(threads=1), {}
    chosen = [a for a in arguments if not a.startswith("-")] or ["en", "zh"]
    passed = total = 0
    for language in ("en", "zh"):
        of_language = [0, 0]
        for conversation in conversations(language):
            if not any(c in (language, conversation["id"]) for c in chosen):
                continue
            name = conversation["catalog"]
            if name not in open_:
                open_[name] = Recommender(open_catalog(lookup(name), semantic.for_rows), None, semantic=semantic)
            for played in play(conversation, open_[name]):
                of_language[0] += not played.missed
                of_language[1] += 1
                if played.missed or "-v" in arguments:
                    acts = [f"{a.kind}{'' if not a.part else ' ' + repr(a.part.ask) + (' cond ' + ' '.join(f'{c.column} {c.low:g}..{c.high:g}' for c in a.part.conditions) if a.part.conditions else '')}" for a in played.turn.acts]
                    print(f"{conversation['id']} {name}: {played.say!r} {acts}")
                    for m in played.missed:
                        print("      -", m)
        if of_language[1]:
            print(f"{language}: {of_language[0]} of {of_language[1]} turns, {of_language[0] / of_language[1]:.1%}")
        passed, total = passed + of_language[0], total + of_language[1]
    print(f"all: {passed} of {total} turns, {passed / max(1, total):.1%}")


if __name__ == "__main__":
    main(sys.argv[1:])
