"""What is said of one item, as blocks: why it was recommended, why it was not, what stands in its row, what was said of it.

Leaves out: finding out (see `whynot`, `influence`), and short sentences (see `replies`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recsh.blocks import Facts, Reply, Why, called, pairs_of
from recsh.index import Index
from recsh.influence import influences
from recsh.memory import Memory
from recsh.regex import regex
from recsh.replies import done, listed, reply
from recsh.talk import Opinion, Talk
from recsh.text import clean
from recsh.types import Event, Item, Recommendation, Verdict
from recsh.verdicts import stamp
from recsh.whynot import DEPTH, Barrier, Obstacle, WhyNot

RECALLED = 12  # verdicts told at once
GAPS = 2  # signals named in which an item is behind
GAP = 0.02  # a share of the score below which nothing is worth naming
_URL = regex(r"https?://[^\s\"'<>\\^`{|}]{3,2000}", re.IGNORECASE)


def why(r: Recommendation, index: Index, memory: Memory | None, chinese: bool) -> Why:
    """The reason and signals of a row that was shown, and the liked thing that it shares most with."""
    found = None
    if memory is not None and not (known := memory.known()).taste.empty:
        found = influences(known.taste, r.item, index.columns)
    lines = []
    if found:
        lines.append(reply("shares", chinese, thing=called(found.thing.title, found.thing.creator), shared=listed([*found.shared[:4]], chinese)))
        if found.avoids:
            lines.append(reply("avoids", chinese, avoids=listed([*found.avoids[:3]], chinese)))
    return Why(r, tuple(lines))


def facts(item: Item) -> Facts:
    """The whole row."""
    return Facts(called(item.title, item.creator), pairs_of({"id": item.id, **item.cells}))


def address(item: Item) -> str | None:
    """The first cell of a row that is an http(s) address."""
    return next((cell.strip() for cell in item.cells.values() if _URL.fullmatch(cell.strip())), None)


def recalled(events: Sequence[Event], opinions: Sequence[Opinion], wanted: Verdict | None, catalog: str, chinese: bool) -> Reply:
    """The verdicts of a kind (None: all), the newest of each item, newest first: of the log, and behind them `opinions` that are not in it."""
    newest: dict[tuple[str, bool], tuple[Verdict, float | None, str]] = {}
    said = [(e.thing.id, e.verdict, e.value, f"{done(e.verdict, e.thing.title, e.thing.creator, e.value, chinese)}  {_day(e.at)}") for e in events]
    said += [(o.id, o.verdict, o.value, done(o.verdict, o.title, "", o.value, chinese)) for o in opinions]
    for identity, verdict, value, text in said:
        key = identity, verdict in (Verdict.CONSUMED, Verdict.NOTE)
        newest.pop(key, None)
        newest[key] = verdict, value, text
    lines = [text for verdict, value, text in reversed(newest.values()) if _is_kind(verdict, value, wanted)]
    if not lines:
        return Reply((reply("recall_none", chinese, catalog=catalog),))
    more = [reply("recall_more", chinese, n=len(lines) - RECALLED)] if len(lines) > RECALLED else []
    return Reply((reply("recall", chinese, catalog=catalog), *(f"  {line}" for line in [*lines[:RECALLED], *more])))


def _day(at: float) -> str:
    return stamp(at)[:10]


def _is_kind(verdict: Verdict, value: float | None, wanted: Verdict | None) -> bool:
    if wanted is None or verdict is wanted:
        return True
    rated = value or 3.0
    return verdict is Verdict.RATING and ((wanted is Verdict.LIKE and rated > 3) or (wanted is Verdict.DISLIKE and rated < 3))


# --- why not ---------------------------------------------------------------------------------------------------------

_OBSTACLES: dict[Barrier, tuple[str, str]] = {
    Barrier.WHERE: ("it does not meet /where {words}", "不符合 /where {words}"),
    Barrier.CONDITION: ('you said "{words}": here {detail}', "你说过“{words}”：它的 {detail}"),
    Barrier.EXCLUSION: ('you did not want "{words}"', "你说过不要“{words}”"),
    Barrier.NAMED: ('you named it ("{words}"): what is named is known, and not recommended', "你提到过它（“{words}”）：提到的就不再推荐"),
    Barrier.PASSED: ("it was shown already, and you asked for others", "已经推荐过，你要换一批"),
    Barrier.TWIN: ("the same thing is shown as {detail}", "同一个已经列出：{detail}"),
}
_SAID = {
    Verdict.DISLIKE: ("you did not like it", "你不喜欢它"), Verdict.SKIP: ("you skipped it", "你说先不要它"),
    Verdict.CONSUMED: ("you know it already", "你已经知道它了"), Verdict.RATING: ("you rated it low", "你给它打过低分"),
}  # fmt: skip


def absent(w: WhyNot, talk: Talk, chinese: bool) -> Reply:
    """Why an item was not shown, and what would bring it in."""
    zh = chinese
    name = f"《{clean(w.item.title)}》" if zh else called(w.item.title, w.item.creator)
    lines = [f"{name}：" if zh else f"{name}:", *(f"  {_told(o, zh)}" for o in w.obstacles)]
    if w.rank is not None and w.own is not None:
        lines.append(f"  现在排第 {w.rank}，得分 {w.own.score:.2f}" if zh else f"  it stands at number {w.rank}, with a score of {w.own.score:.2f}")
        if w.last:
            lines[-1] += f"；列出的最后一个 {w.last.score:.2f}" if zh else f"; the last one shown has {w.last.score:.2f}"
            lines += [f"  {line}" for line in _gaps(w.own, w.last, zh)]
    elif not w.obstacles:
        lines.append(f"  前 {DEPTH} 个里没有它" if zh else f"  it is not among the first {DEPTH} for what you asked")
    if w.lacking and not w.obstacles:
        words = listed([f'"{clean(words)}"' for words, _ in w.lacking], zh)
        lines.append(f"  它没有：{words}" if zh else f"  it has not what you asked for: {words}")
    return Reply((*lines, *(f"  {line}" for line in _remedy(w, talk, zh))))


def _told(o: Obstacle, zh: bool) -> str:
    if o.cause in (Barrier.VERDICT, Barrier.LOG):
        return _SAID.get(Verdict(o.words), _SAID[Verdict.DISLIKE])[zh]
    return _OBSTACLES[o.cause][zh].format(words=clean(o.words), detail=clean(o.detail))


def _gaps(own: Recommendation, last: Recommendation, zh: bool) -> list[str]:
    """The signals in which it is furthest behind the last row shown."""
    behind = sorted(((last.sources.get(s, 0.0) - own.sources.get(s, 0.0), s) for s in {**last.sources, **own.sources}), reverse=True)
    line = "{}：它 {:.2f}，那个 {:.2f}" if zh else "{}: {:.2f}, the last one {:.2f}"
    return [line.format(s, own.sources.get(s, 0.0), last.sources.get(s, 0.0)) for gap, s in behind[:GAPS] if gap > GAP]


def _remedy(w: WhyNot, talk: Talk, zh: bool) -> list[str]:
    """What to type to bring it in, and where it would stand then."""
    causes = {o.cause for o in w.obstacles}
    steps = [f'/drop {n} ("{clean(talk.parts[n - 1].said)}")' for n in reversed(w.drop)]
    steps += ["/where off"] if Barrier.WHERE in causes else []
    steps += ["/set again on"] if Barrier.LOG in causes else []
    if Barrier.VERDICT in causes:
        steps.append(f"/like id:{clean(w.item.id)}")
    if Barrier.PASSED in causes:
        steps.append("/clear")
    if not steps:
        return []
    if w.then is not None:
        then = f"：那样它排第 {w.then}" if zh else f": it is number {w.then} then"
    elif len(w.drop) >= len(talk.parts):
        then = ""
    else:
        then = f"：那样它也不在前 {DEPTH} 个里" if zh else f": even then it is not among the first {DEPTH}"
    return [("要它出现：" if zh else "to bring it in: ") + listed(steps, zh) + then]
