"""Understand a request: what must hold, what is named, what is not wanted, and what remains as a wish.

    "90s rock songs like Metalica, nothing live, under 5 minutes"
      conditions  year 1990..1999, minutes ..5        excluded   live
      references  Metallica (found by its misspelling)  wishes     rock        wish text  "rock songs"

Rules, a lexicon and the catalog's own words; no model. A dialogue ("User: ...", "System: ...") is read turn by turn.
Leaves out: ranking (see `retrieve`), fuzzy matching (handed in as `find`), numbers (see `conditions`).
"""

from __future__ import annotations

import re
from math import inf

from recsh import akin, akin_zh, elsewhere, measures, names_zh, pleasantries, references, situations, times, wishes
from recsh.asides import undone
from recsh.audience import for_whom, unfit, youngest
from recsh.conditions import Condition, Leaning, read
from recsh.exclusions import DANGLING, fronted, read_exclusions, spare_wished, spare_young
from recsh.index import Index, facet_key
from recsh.lexicon import to_english
from recsh.opposites import wished_instead
from recsh.regex import regex
from recsh.relative import positive
from recsh.request import Find, Query, Reading, Spell, search_words
from recsh.text import clean, has_cjk, tokens

_COUNT = {w: i for i, w in enumerate("zero one two three four five six seven eight nine ten".split())} | dict(zip("一二两三四五六七八九十", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))
_LIMIT = regex(
    r"\b(?:(?:top|give me|show me|recommend|suggest|find me|list|name|pick)\s+(?:me\s+)?(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\b(?!\s*(?:minutes?|hours?|stars?|years?|dollars?|%))"
    r"|^(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\s+(?=(?:\w+\s+){0,3}(?:songs?|movies?|films?|books?|novels?|albums?|tracks?|places?|headlines?|things?|ideas?)\b))"
    r"|(?:推荐|来|给我|找)(\d{1,2}|[一二两三四五六七八九十])(?:[首部本家篇款]|个(?!半|多?小时|多?钟))",
    re.I,
)
_COUNTED = regex(r"^(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\s+(?=(?:\w+\s+){0,2}?([a-z]+s)\b)", re.I)  # of what all rows are
_CONTRAST = regex(r"\b(?:more\s+\w+|(?!rather|other)\w+er)\s+than\b|\bbut\b(?!\s+(?:not|no|nothing|nobody|none|never|without)\b)|\b(?:only|just|except|though|yet)\s+(?:more\s+)?\w+er\b|但是?(?!不)|不过(?!不)|只是|比(?!较|如|赛)[^，。,]{1,16}?(?:更|还|一?点|一?些|[的，。,]|$)", re.I)
_HATERS = regex(r"\b(?:(?:people|someone|somebody|anyone|anybody|those|folks)\s+(?:who|that)|(?:my|our|his|her)\s+\w+)\s+(?:usually |normally |really )?(?:hates?|dislikes?|do(?:es)?n['’]?t (?:usually )?like|can['’]?t stand)\b", re.I)
"""Poetry for people who hate poetry is poetry, a gift for someone who hates coffee is not coffee: it depends on what else is asked for."""
_TURN = regex(r"^\s*(User|System|Assistant|Bot|Recommender|Seeker|用户|系统)\s*[:：]\s*(.*)$", re.I)


def understand(text: str, index: Index, find: Find, spell: Spell = lambda word: None, *, part: bool = False) -> Query:
    """Read a request against a catalog; a `part` of a longer one may refuse a mood and ask for nothing. Never fails: what is not understood stays in `wish`."""
    said = turns(text)
    dialogue = len(said) > 1
    own = [t for mine, t in said if mine] or [said[-1][1]]
    last = clean(own[-1])
    said_plainly = " . ".join(map(clean, own))
    if not dialogue:
        said_plainly = pleasantries.without(said_plainly, lambda words: find(words, False) or index.facets([facet_key(words)]))
    asked = for_whom(undone(said_plainly, lambda tag: index.facets([tag])))
    reading = Reading(index, elsewhere.finder(index, find), asked)
    if dialogue:
        references.read_mentions(reading, said)
    limit = _limit(reading)
    if not dialogue:
        akin.plainly(reading)
        akin_zh.read_akin(reading)
    references.read_makers(reading)
    references.read_dated(reading)
    references.read_quoted(reading)
    told = [] if dialogue else situations.read_situations(reading)
    fronted(reading)
    times.read_settings(reading)
    bounds = [] if dialogue else [*measures.read_measures(reading), *names_zh.read_names(reading)]
    found, reading.rest = read(reading.rest, index.number_columns)
    found = times.not_thin([*bounds, *_of_age(" . ".join(map(clean, own)), index), *found], index)
    reading.rest = times.lengths(reading.rest, index)
    if dialogue:
        found = _current(found, last, index)
    reading.rest = DANGLING.sub(" ", reading.rest)
    read_exclusions(reading)
    if not dialogue:
        references.read_titles(reading)
    references.read_likes(reading)
    if not dialogue and not found:
        references.read_bare(reading)
    if not dialogue:
        names_zh.read_makers(reading)
    elsewhere.resolve(reading)
    wish = wishes.spelt(wishes.tidy(reading.rest if dialogue else wishes.of_makers(positive(reading.rest, index), index)), spell)
    wishes.read_wishes(reading, wish)
    suited = situations.suit(reading, told)
    if instead := "" if dialogue or part else wished_instead(reading, wish):
        wishes.read_wishes(reading, instead)
    if _HATERS.search(text):
        sought = {f for w in reading.wishes for f in (*w.exact, *w.alike, *w.partial)}
        reading.excluded = [e for e in reading.excluded if not e.facets or not sought.issuperset(e.facets)]
    if not dialogue:
        reading.wishes = wishes.by_example(reading.wishes, reading.references, index)
        spare_wished(reading)
        spare_young(reading, unfit(asked))
    else:
        reading.wishes = wishes.recent_first(reading.wishes, last)
    named = dict.fromkeys(w for r in reading.references if not r.rows and not r.near for w in search_words(r.name) or tokens(r.name))
    # In a dialogue the other side's words carry facts too (who plays in what); the person's own wish leads.
    words = search_words(f"{wish} {' '.join(t for _, t in said)}" if dialogue else wish if reading.wishes else instead or wish)
    wish = instead or (wish if dialogue or words or reading.references else "")  # what is only glue means nothing
    words = words or search_words(suited)
    if not dialogue:
        bare = [w for w in words if w not in index.kind]
        words = wishes.untagged(bare if bare or found else words, reading.wishes)
        wish = wish if words or reading.wishes or not found else ""  # "today's headlines", where all are headlines
    meant = ""
    if has_cjk(wish) and not index.chinese:
        # Rows in another language have none of these words; what they mean may stand there.
        meant = to_english(last if dialogue else wish)
        words += [w for w in search_words(meant) if w not in words] if meant else []
    if suited:
        wish, meant = f"{wish}, {suited}".strip(", "), f"{meant}, {suited}" if meant else ""
    return Query(
        contrast=bool(reading.references and (instead or _CONTRAST.search(last))) or not dialogue and wishes.unlike(reading.wishes, reading.references, index), meant=meant, text=clean(text), last=last, wish=wish, words=tuple(words + [w for w in named if w not in words]),
        conditions=tuple(f for f in found if isinstance(f, Condition)), leanings=tuple(f for f in found if isinstance(f, Leaning)),
        wishes=wishes.merged(reading.wishes), references=references.distinct(reading.references), excluded=tuple(reading.excluded),
        limit=limit, chinese=has_cjk(text), dialogue=dialogue, last_words=tuple(search_words(last)) if dialogue else (),
    )  # fmt: skip


def _of_age(text: str, index: Index) -> list[Condition]:
    """Where rows say from which age on they are, whoever it is for must be as old."""
    column = next((c for c in index.number_columns if c.unit == "age"), None)
    said = youngest(text) if column else None
    return [Condition(column.name, -inf, said[0], said[1])] if column and said else []


def turns(text: str) -> list[tuple[bool, str]]:
    """(is the person's own, what was said) for each turn; a plain request is one turn of the person's."""
    out: list[tuple[bool, str]] = []
    for line in text.splitlines():
        if found := _TURN.match(line):
            out.append((found[1].lower() in ("user", "seeker", "用户"), found[2].strip()))
        elif out:
            out[-1] = (out[-1][0], f"{out[-1][1]} {line.strip()}".strip())
        else:
            out.append((True, line.strip()))
    return [t for t in out if t[1]] or [(True, text.strip())]


def _current(found: list[Condition | Leaning], last: str, index: Index) -> list[Condition | Leaning]:
    """Conditions of earlier turns stand only while the last turn sets none: a dialogue that moves on to another thing leaves them behind."""
    now, rest = read(last, index.number_columns)
    return now if now or len(search_words(rest)) > 2 else found


def _limit(r: Reading) -> int | None:
    found = _LIMIT.search(r.rest) or (m if (m := _COUNTED.search(r.rest)) and r.index.kind.intersection(tokens(m[2])) else None)
    if not found:
        return None
    word = next(g for g in found.groups() if g)  # of "three podcasts" the first
    n = int(word) if word.isdigit() else _COUNT[word.lower()]
    if not 1 <= n <= 50:
        return None
    r.rest = r.rest[: found.start()] + " " + r.rest[found.end() :]
    return n
