"""What the keeper of a list noted of each row, asked for: when it was read, how it was rated, how long it was played.

    "books I read in 2018"             ->  date read 2018
    "films I rated 4 or more"          ->  my rating 4..
    "games I played over 100 hours"    ->  hours played 100..
    "my highest rated", "unplayed"     ->  a leaning: my rating; hours played 0

Such columns are told by their names (see `schema.aside`). Leaves out: years and ratings of the thing itself (see `conditions`, whose reader does the work).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import inf
from typing import Any

from recsh.counted import Reader
from recsh.numerals import MONTHS, value_of
from recsh.regex import made, regex
from recsh.schema import aside, noted
from recsh.types import Column, Role

_I = r"(?:\b(?:i|we)(?:['’]ve|\s+have|['’]d|\s+had)?\s+(?:(?:already|only|just|once|last|actually|myself|personally)\s+)*)"
_ACTS = (  # how a person says it, and how a column is called that says when
    (r"(?:read|finish(?:ed)?)", r"\bread\b|finished|completed|读"), (r"(?:watch(?:ed)?|saw|see|seen|viewed|log(?:ged)?)", r"watched|seen|viewed|logged|看"), (r"(?:bought|buy|purchased?|acquired?|got)", r"bought|purchased?|acquired|购买|购入"),
    (r"(?:add(?:ed)?|saved?|collect(?:ed)?)", r"added|saved|添加|收藏"), (r"(?:last\s+)?(?:play(?:ed)?)", r"played|玩"), (r"(?:visit(?:ed)?|went\s+to|been\s+to|ate\s+at|stayed\s+(?:at|in))", r"visited|visit\b|stayed"),
    (r"(?:tasted?|drank|drunk|drink|tried|try|cook(?:ed)?|made|make)", r"tasted|drunk|tried|cooked|made"), (r"(?:hiked?|walk(?:ed)?|climb(?:ed)?|completed?|did|done|do)", r"hiked|walked|climbed|completed|done"), (r"(?:rated?|review(?:ed)?)", r"rated|reviewed"),
)  # fmt: skip
_UNDONE = (("read", "to read", "unread"), ("watched|seen", "to watch", "unwatched|unseen"), ("played", "to play", "unplayed"), ("listened to|heard", "to listen", "unheard"), ("tried|cooked|made", "to try", "untried"))
_NUMBER = r"(?<![\d.])(\d{1,5}(?:\.\d{1,2})?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|zero)\b)"
_YEAR = r"((?:19|20)\d\d)\b"
_MONTH = rf"({'|'.join(f'{m[:3]}(?:{m[3:]})?' if m[3:] else m for m in MONTHS)}|sept)\b\.?"
_MORE, _LESS = r"(?:more\s+than|over|above|at\s+least|better\s+than|higher\s+than|>=?)", r"(?:less\s+than|under|below|at\s+most|worse\s+than|lower\s+than|fewer\s+than|up\s+to|<=?)"
_STRICT = regex(r"more|over|above|better|higher|less|under|below|worse|lower|fewer", re.I)
_UP, _DOWN = r"(?:\+|or\s+(?:more|higher|above|better|over)|and\s+(?:up|above|higher|over))", r"(?:or\s+(?:less|lower|below|fewer|worse|under))"
_OF_OTHERS = regex(r"average|avg|mean\b|customer|critic|user|guest|bgg|imdb|apple|google|community|review|meta|平均|豆瓣", re.I)
_WHOLE, _HALF, _LEAST = 0.999, 0.49, 0.001  # of a year; of a star, within which a rating is the one that is said; more than nothing
_CUES = regex(r"\b(?:i|i['’]ve|we|we['’]ve|my)\b|(?:un|never[\s-]|most[\s-]|least[\s-])(?:played|rated)|\b(?:read|watched|added|bought|purchased|visited|played)\s+(?:in|before|after|since|between|during)\b|我|[读看买]过?的", re.I)


def read_asides(r: Reader) -> None:
    """Take what is asked of the keeper's own columns out of the request."""
    if not _CUES.search(r.rest):
        return
    _when(r)
    if c := _rating(r):
        _rated(r, c)
    _played(r)


def undone(text: str, has: Callable[[str], object]) -> str:
    """The request with what is not read, seen or played yet said as the shelf for it, where the catalog `has` that tag.

    >>> undone("fantasy I haven't read yet", lambda tag: tag == "to read")
    'fantasy to-read'
    """
    for done, shelf, word in _UNDONE:
        said = made(rf"\b(?:{word})\b|(?:\b(?:that|which)\s+)?\b(?:i|we)(?:\s+have|['’]ve)?\s*(?:\s+haven['’]?t|\s+not|\s+never|\s+yet\s+to)\s+(?:yet\s+)?(?:{done})(?:\s+yet)?\b", re.I)
        if said.search(text) and has(shelf):
            text = said.sub(shelf.replace(" ", "-"), text)
    return text


def _when(r: Reader) -> None:
    """Own dates: 'I read in 2018', 'we watched in June 2023', 'bought after 2020'. Without an 'I' only where a column is called so."""
    years = [c for c in r.columns if c.year]
    plain = next((c for c in years if c.role is Role.DATE and not aside(c) and noted(c, r.columns)), None)
    for said, called in _ACTS:
        named = next((c for c in years if c.role is Role.DATE and re.search(called, c.name.replace("_", " "), re.I)), None)
        c = named or plain
        if c is None:
            continue
        lead = rf"(?:\b(?:that|which)\s+)?{_I}{'?' if named else ''}\b{said}\s+(?:(?:it|them|these|those|back|first|sometime)\s+)*"
        for words, ends in _TIMES:
            r.take(lead + words, lambda m, c=c, ends=ends: _bound(r, c, ends(c, m), m[0]))
        r.take(rf"我?(?:在|于)?(\d{{4}})年我?(?:{'读|看' if named else '看'}|买|玩)(?:过|完|了)?的", lambda m, c=c: r.bound(c, int(m[1]), int(m[1]) + _WHOLE, m[0]) if re.search(r"[读看买玩]", m[0][-3:]) and (not named or re.search(called, m[0])) else None)


def _bound(r: Reader, c: Column, ends: tuple[float, float] | None, words: str) -> Any:
    return r.bound(c, *ends, words) if ends else None


def _month(c: Column, m: re.Match[str]) -> tuple[float, float] | None:
    """A month of a year; without one the last such month that the column has seen."""
    n = next(i for i, name in enumerate(MONTHS) if name.startswith(m[1][:3].lower()))
    begins = lambda year: year + n * 30.5 / 366  # noqa: E731  # as `cells.date` counts
    if not m[2] and c.high is None:
        return None
    year = int(m[2]) if m[2] else int(c.high or 0) - (begins(int(c.high or 0)) > (c.high or 0))
    return begins(year) - _LEAST, begins(year) + 30.5 / 366 - _LEAST


_TIMES: tuple[tuple[str, Callable[[Column, re.Match[str]], tuple[float, float] | None]], ...] = (
    (rf"(?:between|from)\s+{_YEAR}\s*(?:and|to|-|–|until)\s*{_YEAR}", lambda c, m: (int(m[1]), int(m[2]) + _WHOLE)),
    (rf"(?:in|during)\s+{_MONTH}(?:,?\s+(?:of\s+)?{_YEAR})?", _month),
    (rf"(?:in|during|over)\s+{_YEAR}", lambda c, m: (int(m[1]), int(m[1]) + _WHOLE)),
    (rf"before\s+{_YEAR}", lambda c, m: (-inf, int(m[1]) - 1 + _WHOLE)),
    (rf"after\s+{_YEAR}", lambda c, m: (int(m[1]) + 1, inf)),
    (rf"(?:since|from)\s+{_YEAR}(?:\s+on(?:wards?)?)?", lambda c, m: (int(m[1]), inf)),
)


def _rating(r: Reader) -> Column | None:
    """The column of the keeper's own ratings; the only one that there is may be it, unless its name says whose it is."""
    of_unit = [c for c in r.columns if c.unit in ("rating", "stars")]
    return next((c for c in of_unit if aside(c)), next((c for c in of_unit if not _OF_OTHERS.search(c.name)), None) if len(of_unit) == 1 else None)


def _rated(r: Reader, c: Column) -> None:
    """'I gave 5 stars', 'we rated 4 or more', 'my five star books', 'my highest rated', 我打5分的. Who gave no stars yet has not rated."""
    least = _LEAST if c.low == 0 else -inf
    behind = r"(?:\s*-?(stars?\b)|\s+points?\b|\s*/\s*(?:5|10|100)\b|\s+out\s+of\s+(?:5|10|100)\b)?"

    def ends(m: re.Match[str], compared: str, number: str, stars: str | None, tail: str) -> Any:
        value = value_of(number)
        value *= 2.0 if stars and value <= 5 < (c.high or 0) <= 10 else 1.0
        beyond = _LEAST if _STRICT.search(compared) else 0.0
        if re.fullmatch(_MORE, compared.strip(), re.I) or re.fullmatch(_UP, tail.strip(), re.I):
            return r.bound(c, value + beyond, inf, m[0])
        if re.fullmatch(_LESS, compared.strip(), re.I) or re.fullmatch(_DOWN, tail.strip(), re.I):
            return r.bound(c, least, value - beyond, m[0])
        return r.bound(c, value, value + _HALF, m[0])

    given = rf"{_I}(?:gave|give|rated|rate|scored)\s+(?:(?:it|them|a|an|exactly|as|with)\s+)*"
    r.take(rf"{given}(?:between\s+)?{_NUMBER}\s*(?:-|–|to|and)\s*{_NUMBER}{behind}", lambda m: r.bound(c, value_of(m[1]), value_of(m[2]), m[0]))
    r.take(rf"{given}({_MORE}|{_LESS})?\s*(?:a\s+)?{_NUMBER}{behind}\s*({_UP}|{_DOWN})?", lambda m: ends(m, m[1] or "", m[2], m[3], m[4] or ""))
    r.take(rf"\bmy\s+{_NUMBER}[\s-]*(stars?)\b", lambda m: ends(m, "", m[1], m[2], ""))
    r.take(rf"我(?:打|给|评)(?:了|过)?{_NUMBER}\s*[分星](以上)?的?", lambda m: ends(m, "", m[1], None, "+" if m[2] else ""))
    high = c.high or 5.0
    r.take(rf"^(?:(?:the|all|some|any|only)\s+)*(?:\w+\s+){{0,3}}?(?:(?:that|which)\s+)?{_I}(?:(loved|adored)|(hated|disliked|didn['’]t\s+like))(?=\s*[.!?]?$)", lambda m: r.bound(c, 0.8 * high, inf, m[0]) if m[1] else r.bound(c, least, 0.45 * high, m[0]))
    if c.low == 0:
        r.take(rf"\bunrated\b|{_I}(?:never|not(?:\s+yet)?)\s+rated(?:\s+yet)?", lambda m: r.bound(c, -inf, 0, m[0]))
    for said, sign in ((r"\bmy\s+(?:highest|best|top)[\s-]rated\b|" + _I + r"(?:rated|scored)\s+(?:the\s+)?(?:highest|best)\b", 1), (r"\bmy\s+(?:lowest|worst)[\s-]rated\b|" + _I + r"(?:rated|scored)\s+(?:the\s+)?(?:lowest|worst)\b", -1)):
        if m := re.search(said, r.rest, re.I):
            r.lean(c, sign, m[0])
            r.rest = r.rest[: m.start()] + " " + r.rest[m.end() :]
            if c.low == 0:
                r.found.append(r.bound(c, least, inf, m[0]))


def _played(r: Reader) -> None:
    """How long, or how often, it was played."""
    of_play = [c for c in r.columns if c.role is Role.NUMBER and not c.year and re.search(r"\bplayed\b|\bplaytime[\s_]forever\b|\bplay[\s_]count\b", c.name.replace("_", " "), re.I)]
    for c in of_play:
        name = c.name.replace("_", " ").lower()
        if re.search(r"times|count", name):
            behind, scales = r"times\b", {"": 1.0}
        else:
            minutes = c.unit == "min" or re.search(r"\bmin|forever", name)
            behind, scales = r"(?:(h(?:ou)?rs?|h)\b|min(?:ute)?s?\b)", {"h": 60.0 if minutes else 1.0, "": 1.0 if minutes else 1 / 60}

        def ends(m: re.Match[str], c: Column = c, scales: dict[str, float] = scales) -> Any:
            compared = (m[1] or "").lower()
            value = value_of(m[2]) * scales["h" if (m.lastindex or 0) >= 3 and m[3] and m[3][0].lower() == "h" else ""]
            return r.bound(c, -inf, value, m[0]) if re.fullmatch(_LESS, compared) or re.search(rf"{_DOWN}$", m[0], re.I) else r.bound(c, value, inf, m[0])

        tail = rf"(?:\s*(?:{_UP}|{_DOWN}))?"
        r.take(rf"(?:\b(?:that|which)\s+)?{_I}(?:played|spent|put|sunk|poured)\s+(?:(?:it|them|in|for)\s+)*({_MORE}|{_LESS})?\s*{_NUMBER}\s*{behind}{tail}(?:\s+(?:on|in|into)(?=\s*$))?", ends)
        r.take(rf"(?:\bwith\s+)?({_MORE}|{_LESS})\s*{_NUMBER}\s*{behind}(?:\s+of)?\s+(?:played|play(?:ing)?[\s-]?time)\b", ends)
        if c.low == 0:
            r.take(r"\bunplayed\b|\bnever[\s-]played\b|\b(?:i|we)(?:['’]ve)?\s+(?:have\s+)?(?:never|not|haven['’]?t)\s+(?:yet\s+)?(?:even\s+)?played(?:\s+(?:yet|before|at\s+all))?|\b(?:i|we)\s+didn['’]?t\s+play\b", lambda m, c=c: r.bound(c, -inf, 0, m[0]))
        for said, sign in ((r"\bmost[\s-]played\b|" + _I + r"played\s+(?:the\s+)?(?:most|longest)\b", 1), (r"\bleast[\s-]played\b|" + _I + r"played\s+(?:the\s+)?least\b", -1)):
            if m := re.search(said, r.rest, re.I):
                r.lean(c, sign, m[0])
                r.rest = r.rest[: m.start()] + " " + r.rest[m.end() :]
