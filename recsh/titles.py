"""A title taken apart: its name, and what stands apart from it (years, kinds, editions, takes, guests), in one spelling.

    "Matrix, The" · "The Matrix (1999)" · "Song - Remastered 2011" · "Rocky II"

String intuition as data: the tables are the rules. Leaves out: how alike two names are (see `likeness`), and which row is meant (see `match`).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple

from recsh.regex import regex
from recsh.text import fold, has_cjk

ARTICLES = frozenset("the a an le la les el los las der die das il lo l".split())
SMALL = frozenset("of in on to for by with from at into or as is my your".split())
NUMERALS = {
    **{r: str(i) for i, r in enumerate("ii iii iv v vi vii viii ix x xi xii xiii".split(), 2)},
    **{w: str(i) for i, w in enumerate("one two three four five six seven eight nine ten eleven twelve thirteen".split(), 1)},
    "i": "1", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100",
}  # fmt: skip
LONE_ROMAN = frozenset("i v x".split())  # letters and pronouns as well: numerals only behind other words
PARTS = frozenset("part pt chapter volume vol episode ep no number book season".split())
SPELLINGS = {"&": "", "and": "", "n": "", "und": "", "et": "", "vvitch": "witch", "doctor": "dr", "mister": "mr", "saint": "st", "vs": "versus", "ok": "okay"}
KINDS = regex(
    r"(?:(?P<year>(?:1[5-9]|20)\d\d)\s*)?(?P<which>[\w\s.-]{0,30}\s)?(?P<kind>film|movie|tv film|tv movie|series|miniseries|show|album|single|ep|song|soundtrack|novel|novella|book|play|musical|video game|game|manga|anime|comics?|documentary|short|franchise|opera|poem|band)(?: series)?"
    r"|(?P<only>(?:1[5-9]|20)\d\d)(?:\s*[-–]\s*(?:\d{2,4})?)?|电影|电视剧|小说|专辑|单曲",
    re.I,
)
"""What a bracket may say about the kind of thing; it stands apart from the name."""
FAMILIES = {"film": "film movie tv documentary short", "series": "series miniseries show", "print": "novel novella book manga comic comics play poem",
            "sound": "album single ep song soundtrack opera band", "game": "game video"}  # fmt: skip
_FAMILY = {word: family for family, words in FAMILIES.items() for word in words.split()}
COLLECTIONS = regex(r"^\W*\d+\W*$|\b(?:part|pt|vol|volume|chapter|book|season|episode|no)\b|\b\d+(?:st|nd|rd|th)\b|\b(?:trilogy|saga|collection|series|franchise|box ?set|anthology)\b|[上下前后一二三四五六七八九十]", re.I)
"""A bracket that says this makes another thing of a name."""
PEOPLE = regex(r"(?:[\w\s]*\s)?(?:actor|actress|producer|director|cinematographer|editor|filmmaker|screenwriter|writer|composer|musician|singer|rapper|comedian|author|playwright|company|journalist|artist|magazine|genre|music|theme|channel|network)", re.I)
EDITIONS = regex(
    r"(?:\d{4}\s+)?(?:digital(?:ly)?\s+)?(?:re-?master(?:ed)?|re-?issue|re-?recorded|deluxe|expanded|extended|special|limited|anniversary|collector'?s|complete|ultimate|legacy|platinum|original|explicit|clean|mono|stereo|bonus|radio|single|album|director'?s|theatrical|final|unrated|uncut|revised|illustrated|paperback|hardcover|kindle|audiobook|unabridged|movie tie-in|imax|3d|taylor'?s)\b.*"
    r"|.*\b(?:edition|version|remaster(?:ed)?|mix|cut|reissue|re-release|bonus tracks?|b-side|o\.?s\.?t\.?|soundtrack)(?:\s+\d{4})?"
    r"|(?:.+,\s*)?#\d+.*|豪华版|重制版|修复版|导演剪辑版|国语|粤语|国语版|粤语版|特别版|典藏版",
    re.I,
)
TAKES = regex(r"(?:.*\s)?(?:live|acoustic|unplugged|demo|remix|instrumental|karaoke|cover|session|现场版?|演唱会版?|伴奏)\b.*", re.I)
"""Another recording of the same piece: stands apart too, but another take is only second best."""
GUESTS = regex(r"\s*[(\[]?\s*\b(?:feat\.?|ft\.?|featuring)\s+[^()\[\]]+[)\]]?\s*$", re.I)
PLAIN_SUBTITLES = regex(r"\s*:\s*(?:a|an|the)?\s*(?:novel|memoir|novella|thriller|love story|graphic novel|movie|film|motion picture|musical|original soundtrack|true story|soundtrack)\s*$", re.I)

LONGEST = 600  # characters of a title that are looked at

_MOVED = regex(r"(.+?),\s*(the|a|an|les?|la|el|die|der|das)$", re.I)
BRACKET = regex(r"\s*[(\[（【]([^()\[\]（）【】]*)[)\]）】]\s*$")
_BEHIND = regex(r"\s+[-–—]\s+([^-–—]+)$|\s*[-–—]\s*([^-–—]*版)$")
_JOINT = regex(r"\s+[-–—~]+\s+|\s*[:：]\s+|：|\s*——\s*|\s*/\s+| or (?=[(A-Z])")
_ALIAS = regex(r"^(?:a\.?k\.?a\.?|also known as|又名)\s*[:：]?\s*", re.I)
_INITIALS = regex(r"\b[a-z](?: [a-z]\b)+")
_OPENED = regex(r"\s+[(（]")
_GUESTS = regex(r"\b(?:feat|ft|featuring)\b", re.I)
_SETS_APART = regex(rf"[(\[（【\-–—~:：/,]|{_GUESTS.pattern}| or ", re.I)  # a title without any of these is its name and no more
_RESPELT = ARTICLES | PARTS | {*SPELLINGS, *NUMERALS, *"abcdefghijklmnopqrstuvwxyz"}  # words that `canonical` writes otherwise, or may
ARTICLE = regex(r"^(?:the|a|an) ")


class Name(NamedTuple):  # a tuple, as one is made of every title of a catalog
    """A title taken apart. `whole`: folded as it is; `core`: folded, without what stands apart; `words`: the core's words in one spelling (`canonical`);
    `take`: it is a live, acoustic, ... one; `person`: its bracket says it is somebody; `kind`: a key of `FAMILIES`; `remark`: folded, another
    bracket ("Blue Album", "Cidade de Deus"); `heads`, `tails`: folded, what stands before and behind its dashes and colons."""

    whole: str
    core: str
    words: tuple[str, ...]
    year: int | None = None
    take: bool = False
    person: bool = False
    kind: str = ""
    remark: str = ""
    heads: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()

    @property
    def joined(self) -> str:
        return "".join(self.words)

    def spellings(self) -> tuple[list[str], list[str]]:
        """See the function of this name."""
        own, whole = " ".join(self.words), " ".join(canonical(self.whole[:LONGEST]))
        pieces = [" ".join(canonical(part)) for part in (*self.heads, *self.tails, self.remark) if part]
        return [own] if own == whole else [own, whole], pieces


def bounded(name: str) -> str:
    """A name as it is looked at: no longer than titles are, nor with runs of blanks, which cost time by their square."""
    return " ".join(name[: 20 * LONGEST].split())[:LONGEST]


def canonical(core: str) -> tuple[str, ...]:
    """The words of a folded title in one spelling: no articles, no 'and', numerals as digits, 'part 2' as '2', 'part 1' at the end gone.

    >>> canonical("the godfather part ii"), canonical("tom and jerry")
    (('godfather', '2'), ('tom', 'jerry'))
    """
    raw = core.split()
    if _RESPELT.isdisjoint(raw):
        return tuple(raw)
    raw = _INITIALS.sub(lambda m: m[0].replace(" ", ""), core).split()
    out: list[str] = []
    for i, word in enumerate(raw):
        if word in ARTICLES and len(raw) > 1 or word in PARTS and i and i + 1 < len(raw) and (raw[i + 1] in NUMERALS or raw[i + 1].isdigit()):
            continue
        word = SPELLINGS.get(word, word)
        if word in LONE_ROMAN and not (i and i + 1 == len(raw) or i and raw[i - 1] in PARTS):
            out.append(word)
        elif number := NUMERALS.get(word, word):
            out.append(number)
    if len(out) > 1 and out[-1] == "1" and raw[-2] in ("part", "pt"):
        out.pop()
    return tuple(out) or tuple(raw)


def take_apart(title: str, key: str = "") -> Name:
    """A title as a `Name`; `key`: it folded, if that is known. Nothing is set apart that would leave no name."""
    key, title = key or fold(title), title[:LONGEST]
    if not _SETS_APART.search(title):
        return Name(key, key[:LONGEST], canonical(key[:LONGEST]))
    year, take, person, family, remark, bare = None, False, False, "", "", title.strip()
    guests = _GUESTS.search(title)
    while True:
        # What cannot be found is not searched for: a million titles come by here.
        found = (BRACKET.search(bare) if bare[-1:] in ")]）】" else None) or (_BEHIND.search(bare) if "-" in bare or "–" in bare or "—" in bare else None)
        said = next((g for g in found.groups() if g), "").strip() if found else ""
        bracket = bool(found) and bare[found.start() :].lstrip()[:1] in "([（【"
        if found and not any(c.isalnum() for c in bare[: found.start()]):
            break
        if bracket and (kind := KINDS.fullmatch(said)):
            year = int(kind["year"] or kind["only"] or 0) or year
            family = _FAMILY.get((kind["kind"] or "").lower().split(" ")[-1], "") or family
            remark = fold(kind["which"] or "") or remark
        elif said and TAKES.fullmatch(said):
            take = True
        elif bracket and PEOPLE.fullmatch(said):
            person = True
        elif said and EDITIONS.fullmatch(said):
            pass
        # In lower case a bracket says what sort of thing it is, and that may be any; in capitals it is one more name of the same thing.
        elif bracket and (said[:1].isupper() or _ALIAS.match(said)) and said[:2] != "TV" and not COLLECTIONS.search(said) and not remark:
            remark = fold(_ALIAS.sub("", said))
        elif not (found := (guests and GUESTS.search(bare)) or (":" in bare and PLAIN_SUBTITLES.search(bare))) or not fold(bare[: found.start()]):
            break
        bare = bare[: found.start()].strip()
    if "," in bare and (moved := _MOVED.match(bare)):
        bare = f"{moved[2]} {moved[1]}"
    core = fold(bare)
    joints = [*islice(_JOINT.finditer(bare), 4)]
    opened = _OPENED.search(bare)
    heads = [fold(bare[: m.start()]) for m in (*joints, opened) if m and bare[: m.start()].strip()]
    tails = [fold(bare[m.end() :]) for m in joints if bare[m.end() :].strip()]
    return Name(key, core, canonical(core), year, take, person, family, remark, tuple(heads), tuple(tails))


def spellings(title: str, key: str) -> tuple[list[str], list[str]]:
    """The names by which a title may be found, in one spelling: (whole, pieces). Whole: its own, and the title with all that stands apart; pieces:
    what stands before and behind its dashes and colons, and a bracket's. `key`: it folded.

    Two titles of which one is a piece of the other, as `likeness` has it, share one of these, blanks aside.
    """
    if not _SETS_APART.search(title[:LONGEST]):
        return [" ".join(canonical(key[:LONGEST]))], []
    return take_apart(title, key).spellings()


def variants(name: str) -> list[str]:
    """Folded forms under which a title may stand in a catalog: as is, what stands apart gone, article moved or dropped, 'and' for '&',
    numerals of another kind."""
    key, core = fold(name), take_apart(name).core
    out = [key, core]
    for form in (key, core):
        bare = ARTICLE.sub("", form)
        out += [bare] if bare else []
        if not has_cjk(form):
            out += [f"the {bare}", f"a {bare}", f"{bare} the"]
    if core.isascii() and core.isalpha() and len(core) <= 5:
        out.append(" ".join(core))  # ET, E.T.
    words = core.split()
    if "and" in words:
        out.append(" ".join(w for w in words if w != "and"))
    if "&" in name:
        out.append(fold(BRACKET.sub("", name).replace("&", " and ")))
    if numbered := [i for i, w in enumerate(words) if w.isdigit() or (w in NUMERALS and (w not in LONE_ROMAN or i))]:
        digits = [NUMERALS.get(w, w) if i in numbered else w for i, w in enumerate(words)]
        for table in (_ROMAN, _WORDS, {}):
            out.append(" ".join(table.get(w, w) if i in numbered else w for i, w in enumerate(digits)))
    return [*dict.fromkeys(k for k in out if k)]


_ROMAN = {d: r for r, d in NUMERALS.items() if set(r) <= set("ivx")}
_WORDS = {d: w for w, d in NUMERALS.items() if not set(w) <= set("ivx")}
