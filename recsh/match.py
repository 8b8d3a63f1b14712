"""From names to items: what a person or a model wrote, found in the catalog or reported.

    "Matrix, The" · "The Matrix (1999)" · "Enter Sandman by Metallica" · "Rocky 2" · "Guardian of the Galaxy"

Equal names first: folded, then with what stands apart set aside (years, kinds, editions, moved articles, numerals). Then a name inside a
name (subtitles). Then misspellings: a cutoff, a length guard, equal numbers, each odd word a misspelling of its counterpart rather than
another word of this catalog, and a gap to the runner-up. Year and creator confirm, decide ties, or contradict.
A wrong item is worse than none, so a name alone never stands for a longer one ("It" is not "The Italian Job").

Candidates come from the index by key, by key range and by full text; nothing is held in memory, so a million rows cost no start.
The only importer of rapidfuzz. Leaves out: reading the model's text (see `parse`), translations, and other names of one work.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from recsh.index import Index, facet_key
from recsh.text import fold, has_cjk, tokens
from recsh.types import Cause, Match, Reference, Role, Suggestion, Unmatched

CUTOFF = 84.0  # similarity in 0..100 below which two names are different
GAP = 4.0  # how much better than the next different name the best one must be
EXACT, APART, RESPELT, NESTED, PARTIAL = 100.0, 98.0, 96.0, 88.0, 80.0
"""Scores of equal names: as written, something set apart, spelt otherwise; of a subtitle that names its work; of another piece of a
name, which is below `CUTOFF` and needs confirming."""
CONFIRMED, LISTED, OTHER_TAKE, REMARKED, DOUBTED, DENIED = 8.0, 5.0, 8.0, 4.0, 10.0, 30.0
"""What is added for a creator or year that agrees and for a place on the shortlist; what is taken off for another recording,
for a bracket that only one of them has, for a forgivable contradiction and for an unforgivable one. `LISTED` is enough for a piece
of a name and too little for anything less."""
YEAR_SLACK, YEAR_MISREMEMBERED = 1, 4  # years apart that are the same year; that a distinctive title outweighs (remakes are further apart)
ALONE = 88.0  # similarity that a misspelt title of a single word needs
MOST = 200  # rows looked at for one name and one way of finding

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
KINDS = re.compile(
    r"(?:(?P<year>(?:1[5-9]|20)\d\d)\s*)?(?P<which>[\w\s.-]{0,30}\s)?(?P<kind>film|movie|tv film|tv movie|series|miniseries|show|album|single|ep|song|soundtrack|novel|novella|book|play|musical|video game|game|manga|anime|comics?|documentary|short|franchise|opera|poem|band)(?: series)?"
    r"|(?P<only>(?:1[5-9]|20)\d\d)(?:\s*[-–]\s*(?:\d{2,4})?)?|电影|电视剧|小说|专辑|单曲",
    re.I,
)
"""What a bracket may say about the kind of thing; it stands apart from the name."""
FAMILIES = {"film": "film movie tv documentary short", "series": "series miniseries show", "print": "novel novella book manga comic comics play poem",
            "sound": "album single ep song soundtrack opera band", "game": "game video"}  # fmt: skip
_FAMILY = {word: family for family, words in FAMILIES.items() for word in words.split()}
COLLECTIONS = re.compile(r"^\W*\d+\W*$|\b(?:part|pt|vol|volume|chapter|book|season|episode|no)\b|\b\d+(?:st|nd|rd|th)\b|\b(?:trilogy|saga|collection|series|franchise|box ?set|anthology)\b|[上下前后一二三四五六七八九十]", re.I)
"""A bracket that says this makes another thing of a name."""
PEOPLE = re.compile(r"(?:[\w\s]*\s)?(?:actor|actress|producer|director|cinematographer|editor|filmmaker|screenwriter|writer|composer|musician|singer|rapper|comedian|author|playwright|company|journalist|artist|magazine|genre|music|theme|channel|network)", re.I)
EDITIONS = re.compile(
    r"(?:\d{4}\s+)?(?:digital(?:ly)?\s+)?(?:re-?master(?:ed)?|re-?issue|re-?recorded|deluxe|expanded|extended|special|limited|anniversary|collector'?s|complete|ultimate|legacy|platinum|original|explicit|clean|mono|stereo|bonus|radio|single|album|director'?s|theatrical|final|unrated|uncut|revised|illustrated|paperback|hardcover|kindle|audiobook|unabridged|movie tie-in|imax|3d|taylor'?s)\b.*"
    r"|.*\b(?:edition|version|remaster(?:ed)?|mix|cut|reissue|re-release|bonus tracks?|b-side|o\.?s\.?t\.?|soundtrack)(?:\s+\d{4})?"
    r"|(?:.+,\s*)?#\d+.*|豪华版|重制版|修复版|导演剪辑版|国语|粤语|国语版|粤语版|特别版|典藏版",
    re.I,
)
TAKES = re.compile(r"(?:.*\s)?(?:live|acoustic|unplugged|demo|remix|instrumental|karaoke|cover|session|现场版?|演唱会版?|伴奏)\b.*", re.I)
"""Another recording of the same piece: stands apart too, but another take is only second best."""
GUESTS = re.compile(r"\s*[(\[]?\s*\b(?:feat\.?|ft\.?|featuring)\s+[^()\[\]]+[)\]]?\s*$", re.I)
PLAIN_SUBTITLES = re.compile(r"\s*:\s*(?:a|an|the)?\s*(?:novel|memoir|novella|thriller|love story|graphic novel|movie|film|motion picture|musical|original soundtrack|true story|soundtrack)\s*$", re.I)

_MOVED = re.compile(r"(.+?),\s*(the|a|an|les?|la|el|die|der|das)$", re.I)
_BRACKET = re.compile(r"\s*[(\[（【]([^()\[\]（）【】]*)[)\]）】]\s*$")
_BEHIND = re.compile(r"\s+[-–—]\s+([^-–—]+)$|\s*[-–—]\s*([^-–—]*版)$")
_JOINT = re.compile(r"\s+[-–—~]+\s+|\s*[:：]\s+|：|\s*——\s*|\s*/\s+| or (?=[(A-Z])")
_ALIAS = re.compile(r"^(?:a\.?k\.?a\.?|also known as|又名)\s*[:：]?\s*", re.I)
_CREATORS = re.compile(r"\s*(?:[,，;；/、|]|\bfeat\.?|\bft\.?|\s&\s|\band\b)\s*")
_INITIALS = re.compile(r"\b[a-z](?: [a-z]\b)+")
_OPENED = re.compile(r"\s+[(（]")
_KIND_KEY = re.compile(r"(?: \d{4})?(?: tv)? (?:film|movie|series|album|song|novel|book|game|band|miniseries)$")
_HAN_NUMBER = re.compile("[一二三四五六七八九十上下前后]")
_YEAR = re.compile(r"\s*[(\[（]((?:1[5-9]|20)\d\d)[)\]）]\s*$")
_ARTICLE = re.compile(r"^(?:the|a|an) ")


@dataclass(frozen=True, slots=True)
class Name:
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


def canonical(core: str) -> tuple[str, ...]:
    """The words of a folded title in one spelling: no articles, no 'and', numerals as digits, 'part 2' as '2', 'part 1' at the end gone.

    >>> canonical("the godfather part ii"), canonical("tom and jerry")
    (('godfather', '2'), ('tom', 'jerry'))
    """
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


def take_apart(title: str) -> Name:
    """A title as a `Name`. Nothing is set apart that would leave no name."""
    year, take, person, family, remark, bare = None, False, False, "", "", title.strip()
    while True:
        found = _BRACKET.search(bare) or _BEHIND.search(bare)
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
        elif not (found := GUESTS.search(bare) or PLAIN_SUBTITLES.search(bare)) or not fold(bare[: found.start()]):
            break
        bare = bare[: found.start()].strip()
    if moved := _MOVED.match(bare):
        bare = f"{moved[2]} {moved[1]}"
    core = fold(bare)
    joints = [*islice(_JOINT.finditer(bare), 4)]
    heads = [fold(bare[: m.start()]) for m in (*joints, *islice(_OPENED.finditer(bare), 1)) if bare[: m.start()].strip()]
    tails = [fold(bare[m.end() :]) for m in joints if bare[m.end() :].strip()]
    return Name(fold(title), core, canonical(core), year, take, person, family, remark, tuple(heads), tuple(tails))


def variants(name: str) -> list[str]:
    """Folded forms under which a title may stand in a catalog: as is, what stands apart gone, article moved or dropped, 'and' for '&',
    numerals of another kind."""
    key, core = fold(name), take_apart(name).core
    out = [key, core]
    for form in (key, core):
        bare = _ARTICLE.sub("", form)
        out += [bare] if bare else []
        if not has_cjk(form):
            out += [f"the {bare}", f"a {bare}", f"{bare} the"]
    if core.isascii() and core.isalpha() and len(core) <= 5:
        out.append(" ".join(core))  # ET, E.T.
    words = core.split()
    if "and" in words:
        out.append(" ".join(w for w in words if w != "and"))
    if "&" in name:
        out.append(fold(_BRACKET.sub("", name).replace("&", " and ")))
    if numbered := [i for i, w in enumerate(words) if w.isdigit() or (w in NUMERALS and (w not in LONE_ROMAN or i))]:
        digits = [NUMERALS.get(w, w) if i in numbered else w for i, w in enumerate(words)]
        for table in (_ROMAN, _WORDS, {}):
            out.append(" ".join(table.get(w, w) if i in numbered else w for i, w in enumerate(digits)))
    return [*dict.fromkeys(k for k in out if k)]


_ROMAN = {d: r for r, d in NUMERALS.items() if set(r) <= set("ivx")}
_WORDS = {d: w for w, d in NUMERALS.items() if not set(w) <= set("ivx")}


def same_creator(a: str, b: str) -> bool | None:
    """Whether two creator cells mean someone in common; None if one of them is empty. Surnames and a missing 'The' count as the same."""
    if not a.strip() or not b.strip():
        return None
    from rapidfuzz import fuzz

    lists = [[canonical(fold(p)) for p in (*_CREATORS.split(whole), whole) if fold(p)] for whole in (a, b)]
    for x in lists[0]:
        for y in lists[1]:
            joined = "".join(x), "".join(y)
            near = min(map(len, joined)) > 4 and fuzz.ratio(*joined) >= CUTOFF + GAP
            if joined[0] == joined[1] or near or (max(map(len, min(x, y, key=len))) > 3 and (set(x) < set(y) or set(y) < set(x))):
                return True
    return False


def distinctive(name: Name) -> bool:
    """A name that hardly two works share by chance: at least two long words and ten letters."""
    return len(name.joined) >= (5 if has_cjk(name.core) else 10) and (sum(len(w) > 2 for w in name.words) >= 2 or has_cjk(name.core))


def likeness(wanted: Name, key: str, found: Name, known: Collection[str] = ()) -> float:
    """How surely two names are the same, 0..100, year and creator aside. `key`: the found title folded whole; `known`: those of the wanted
    words that the catalog knows, which therefore are no misspellings."""
    if key == wanted.whole:
        return EXACT
    off = OTHER_TAKE * (wanted.take != found.take) + REMARKED * (wanted.remark != found.remark)
    if (wanted.kind and found.kind and wanted.kind != found.kind) or (wanted.remark and found.remark and wanted.remark != found.remark):
        off = DENIED
    if wanted.joined == found.joined and min(len(wanted.joined), len(found.joined)) > 1:
        return _respelt(wanted, found) - off
    ends = min(map(len, (wanted.heads, wanted.tails, found.heads, found.tails)))
    if ends and (wanted.heads[0], wanted.tails[-1]) == (found.heads[0], found.tails[-1]) and " " in wanted.tails[-1]:
        return RESPELT - off - 1  # "Star Wars: Episode VIII - The Last Jedi" without its middle
    return max(_nested(wanted, found, (found.remark,)), _nested(found, wanted), _misspelt(wanted, found, known)) - off


def _respelt(wanted: Name, found: Name) -> float:
    """How sure it is that two names of the same letters are one. An article alone can make another title of a single word ("The Heat")."""
    a, b = wanted.core.split(), found.core.split()
    if a == b:
        return APART
    if [w for w in a if w != "and"] == [w for w in b if w != "and"]:
        return RESPELT + 1
    inner = [[w for w in words[1:] if w in ARTICLES] for words in (a, b)]
    if inner[0] != inner[1] and len(found.words) < 3:
        return PARTIAL
    led, leads = a[0] in ARTICLES and len(a) > 1, b[0] in ARTICLES and len(b) > 1
    if led and leads and a[0] != b[0] or (led and not leads and (a[0] != "the" or len(found.words) < 2)):
        return PARTIAL
    if leads and not led and len(wanted.words) < 2 and len(wanted.joined) < 6:
        return PARTIAL
    return RESPELT


def _nested(whole: Name, longer: Name, aliases: tuple[str, ...] = ()) -> float:
    """One name that is a piece of another. A subtitle that begins with 'The' names its work ("The Rise of Skywalker"); without, half of
    those seen were other works ("A Cinderella Story"), and what stands before it may be a whole series."""
    chinese = has_cjk(whole.core)
    behind = [t for t in longer.tails if canonical(t) == whole.words]
    if len(whole.joined) >= (5 if chinese else 8) and any(chinese or (len(t.split()) >= 3 and "the" in (t.split()[0], whole.core.split()[0])) for t in behind):
        return NESTED
    pieces = (*longer.heads, *longer.tails, *aliases)
    return PARTIAL if len(whole.joined) >= (2 if chinese else 4) and any(canonical(p) == whole.words for p in pieces) else 0.0


def _misspelt(wanted: Name, found: Name, known: Collection[str]) -> float:
    """Similarity of two spellings if it can be a slip of the pen, else 0."""
    from rapidfuzz import fuzz
    from rapidfuzz.distance import OSA

    a, b = wanted.words, found.words
    score = fuzz.ratio(" ".join(a), " ".join(b), score_cutoff=CUTOFF - GAP)
    if not score or [w for w in a if w.isdigit()] != [w for w in b if w.isdigit()]:
        return 0.0
    if has_cjk(wanted.core):
        apart = OSA.distance(wanted.joined, found.joined)
        same_numbers = _HAN_NUMBER.findall(wanted.core) == _HAN_NUMBER.findall(found.core)
        return score if len(wanted.joined) >= 5 and apart == 1 and same_numbers and len(wanted.joined) == len(found.joined) else 0.0
    plain_a, plain_b = [w for w in a if w not in SMALL], [w for w in b if w not in SMALL]
    if len(plain_a) != len(plain_b) or abs(len(a) - len(b)) > 1 or (a != b and plain_a == plain_b and (len(plain_a) < 3 or len(a) == len(b))):
        return 0.0
    odd = [(x, y) for x, y in zip(plain_a, plain_b, strict=True) if x != y]
    if len(odd) > 2 or (len(odd) == 2 and len(plain_a) < 4):
        return 0.0
    if odd and len(plain_a) == 1 and (score < ALONE or len(plain_a[0]) < 8):
        return 0.0
    for x, y in odd:
        plural = x in (f"{y}s", f"{y}es") or y in (f"{x}s", f"{x}es")
        ending = plural or x.startswith(y) or y.startswith(x) or x[:-1] == y[:-1]  # makes another word sooner than a slip does: Alien, Aliens
        slips = OSA.distance(x, y)
        if ending and len(plain_a) - len(odd) < 1 + (len("".join(plain_a)) < 14):
            return 0.0
        if not plural and (x in known or x[0] != y[0] or min(len(x), len(y)) < 5 or slips > (1 if len(x) < 8 else 2)):
            return 0.0
    return min(max(score, CUTOFF), RESPELT - 1)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that may be meant: its position, title taken apart, creator, and the scores it has got."""

    n: int
    name: Name
    creator: str
    score: float
    likeness: float
    equal: bool  # nothing differs but what stands apart and ways of spelling
    certain: bool = False  # year or creator speaks for it


class Names:
    """Titles and creators of one catalog, to be found by how people and models write them."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._creator_columns = {c.name for c in index.columns if c.role is Role.CREATOR}
        self._years = next((c.name for c in index.columns if c.year), None)

    def find(self, name: str, fuzzy: bool = False) -> Reference | None:
        """The title or creator that `name` means, or None. `fuzzy` admits misspellings and beginnings of titles."""
        year = int(found[1]) if (found := _YEAR.search(name)) else None
        bare = _YEAR.sub("", name)
        keys = variants(bare)
        rows = next((r for r in map(self.index.by_key(keys).get, keys) if r), []) or self._decorated(bare)
        rows = self._of_year(rows, year)
        creators = [f for f in self.index.facets([facet_key(bare)]).get(facet_key(bare), ()) if f.column in self._creator_columns]
        # A name that is both (an album called after its band) means the creator, unless a year says otherwise.
        if creators and (not rows or (len(creators) and creators[0].count > 1 and year is None)):
            return Reference(creators[0].label, tuple(map(int, self.index.facet_rows(f.f for f in creators))), creator=True)
        if rows:
            return Reference(self.index.items(rows[:1])[0].title, tuple(rows[:3]))
        return self._fuzzy(bare, year) if fuzzy else None

    def spell(self, word: str) -> str | None:
        """The catalog's own token that a misspelt one means: one letter left out, put in twice or swapped, the first letter right, the
        commonest of several. None for a token the catalog has, one of fewer than six letters, or one near to nothing.

        A letter replaced by another is left alone: it makes as many other words ("guess", "guest") as misspellings.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if len(word) < 6 or not word.isascii() or not word.isalpha() or self.index.frequencies([word]):
            return None
        known = dict(self.index.terms(word[0], chr(ord(word[0]) + 1), len(word) - 1, len(word) + 1))
        near = process.extract(word, list(known), scorer=OSA.distance, score_cutoff=1, limit=8)
        fits = [term for term, _, _ in near if len(term) != len(word) or sorted(term) == sorted(word)]
        return max(fits, key=known.__getitem__, default=None)

    def match(self, s: Suggestion, shortlist: Collection[int] = ()) -> tuple[int | None, float, str, Cause | None]:
        """(row, score, method, cause) of one suggestion; `cause` is None if it is matched. The row of an unmatched one is the nearest."""
        best: list[_Row] = []
        for wanted, creator, unsure in self._readings(s):
            year = s.year or wanted.year
            found = self._scored(self._candidates(wanted), wanted, creator, year, shortlist, frozenset(wanted.words))
            best += [r for r in found if r.certain or not unsure]
            if any(r.equal and r.score >= RESPELT for r in best):
                break
            if not any(r.score >= CUTOFF for r in best) and (rows := self._alike(wanted)):
                stems = {w: tokens(w) for w in wanted.words}
                there = self.index.frequencies(t for stem in stems.values() for t in stem)
                found = self._scored(rows, wanted, creator, year, shortlist, {w for w, stem in stems.items() if stem and stem[0] in there})
                best += [r for r in found if r.certain or not unsure]
        best.sort(key=lambda r: (-r.score, not r.certain, r.n))
        if not best:
            return None, 0.0, "", Cause.NO_MATCH
        top = best[0]
        method = "exact" if top.equal else "fuzzy"
        score = max(0.0, min(100.0, top.score))
        if top.score < CUTOFF:
            return top.n, score, method, Cause.NO_MATCH
        rivals = [r for r in best[1:] if r.n != top.n and r.score > top.score - GAP and r.score >= CUTOFF and (r.n in shortlist) >= (top.n in shortlist)]
        if any(_rival(top, r) for r in rivals):
            return top.n, score, method, Cause.AMBIGUOUS
        return top.n, score, method, None

    def _readings(self, s: Suggestion) -> Iterable[tuple[Name, str, bool]]:
        """What the suggestion may say: (title, creator, whether the row must confirm it), the fullest reading first."""
        if s.creator:  # "Stand by Me" is no song called "Stand"
            yield take_apart(f"{s.title} by {s.creator}"), "", False
        yield take_apart(s.title), s.creator, False
        if (remark := _BRACKET.search(s.title)) and remark.start() and not COLLECTIONS.search(remark[1]) and not KINDS.fullmatch(remark[1].strip()):
            yield take_apart(s.title[: remark.start()]), s.creator, False  # "Heat (crime drama)", as models add it
        if s.creator:
            return
        if self._creator_columns and (cuts := [*re.finditer(r"\s+[-–—|]+\s+|\s*——\s*", s.title)]):
            for cut in dict.fromkeys((cuts[0], cuts[-1])):
                left, right = s.title[: cut.start()].strip(), s.title[cut.end() :].strip()
                for title, creator in ((right, left), (left, right)):
                    if title and self._is_creator(creator):
                        yield take_apart(title), creator, True

    def _is_creator(self, name: str) -> bool:
        keys = [facet_key(form) for one in (name, *_CREATORS.split(name)) for form in (one, _ARTICLE.sub("", fold(one)), f"the {one}")]
        return any(f.column in self._creator_columns for found in self.index.facets(keys).values() for f in found)

    def _candidates(self, wanted: Name) -> set[int]:
        """Rows with an equal name, one that begins so, one with all its words, or one that is a piece of it."""
        keys = [wanted.whole, *(k for form in (wanted.core, *wanted.heads, *wanted.tails) for k in variants(form))]
        rows = {n for found in self.index.by_key(keys).values() for n in found[:MOST]}
        for start in {wanted.core, _ARTICLE.sub("", wanted.core), f"the {wanted.core}"}:
            rows |= {n for n, _ in self._range(f"{start} ", f"{start} \U0010ffff", 0, 10_000, MOST)}
        plain = [w for w in dict.fromkeys(tokens(wanted.core)) if w not in SMALL and w not in ARTICLES and w not in PARTS and w not in NUMERALS and not w.isdigit() and SPELLINGS.get(w, w)]
        if plain:
            match = "title : (" + " AND ".join(f'"{w}"' for w in plain) + ")"
            rows |= {n for (n,) in self.index.db.execute("SELECT rowid FROM fts WHERE fts MATCH ? LIMIT ?", (match, MOST))}
        return rows

    def _range(self, low: str, high: str, least: int, most: int, limit: int) -> list[tuple[int, str]]:
        """(position, key) of rows whose key lies in a range and whose key's length does."""
        sql = "SELECT n, key FROM items WHERE key >= ? AND key < ? AND length(key) BETWEEN ? AND ? LIMIT ?"
        return self.index.db.execute(sql, (low, high, least, most, limit)).fetchall()

    def _alike(self, wanted: Name) -> set[int]:
        """Rows whose titles are spelt almost like it. Their first letter is the same: slips of the pen come later in a word."""
        from rapidfuzz import fuzz, process

        core = _ARTICLE.sub("", wanted.core)
        if len(core) < (4 if has_cjk(core) else 5):
            return set()
        slack = max(2, len(core) // 4)
        first, after = core[0], chr(ord(core[0]) + 1)
        rows: list[tuple[int, str]] = []
        # Titles behind an article are a range of their own, left out of the letter's range where they would flood it.
        own = {"t": (("t", "the "), ("the!", "u")), "a": (("a", "a "), ("a!", "an "), ("an!", "b"))}.get(first, ((first, after),))
        for low, high in (*own, *((f"{a} {first}", f"{a} {after}") for a in ("the", "a", "an"))):
            rows += self._range(low, high, len(core) - slack, len(core) + slack + len("the 2000 tv series"), -1)
        texts = [_KIND_KEY.sub("", _ARTICLE.sub("", key)) for _, key in rows]
        return {rows[i][0] for _, _, i in process.extract(core, texts, scorer=fuzz.ratio, processor=None, score_cutoff=CUTOFF - GAP, limit=8)}

    def _scored(
        self, rows: Collection[int], wanted: Name, creator: str, year: int | None, shortlist: Collection[int], known: Collection[str]
    ) -> list[_Row]:
        """Those rows that are like the wanted name at all, with what year and creator say about them. `known` as in `likeness`."""
        ns = sorted(rows)
        out: list[_Row] = []
        for at in range(0, len(ns), 500):
            part = ns[at : at + 500]
            for n, key, title, by in self.index.db.execute(f"SELECT n, key, title, creator FROM items WHERE n IN ({','.join('?' * len(part))})", part):
                name = take_apart(title)
                like = likeness(wanted, key, name, known)
                if like:
                    row = _Row(n, name, by, like, like, like == EXACT or name.joined == wanted.joined)
                    out.append(self._weighed(row, wanted, creator, year, n in shortlist))
        return out

    def _weighed(self, row: _Row, wanted: Name, creator: str, year: int | None, listed: bool) -> _Row:
        by = same_creator(creator, row.creator)
        own = self._year_of(row)
        apart = abs(own - year) if own is not None and year is not None else None
        forgiven = row.equal and distinctive(wanted)
        score = row.likeness + CONFIRMED * (by is True) + CONFIRMED * (apart is not None and apart <= YEAR_SLACK) + LISTED * listed
        if by is False:
            score -= DOUBTED if forgiven else DENIED
        if apart is not None and apart > YEAR_SLACK:
            # A re-issue of the same creator's work has a later year; a remake is someone else's.
            score -= DOUBTED if forgiven and apart <= YEAR_MISREMEMBERED or (by and row.equal) else DENIED
        if row.name.person and not creator:
            score -= DENIED
        return replace(row, score=score, certain=by is True or (apart is not None and apart <= YEAR_SLACK))

    def _year_of(self, row: _Row) -> float | None:
        if self._years is not None:
            value = float(self.index.numbers(self._years)[row.n])
            return float(int(value)) if value == value else row.name.year
        return row.name.year

    def _decorated(self, name: str) -> list[int]:
        """Rows that have this name with something set apart behind it: 'Hoffa' -> 'Hoffa (film)'."""
        core = take_apart(name).core
        near = [n for start in dict.fromkeys((core, f"the {core}")) for n, _ in self._range(f"{start} ", f"{start} \U0010ffff", 0, 10_000, MOST)]
        items = self.index.items(near) if near else []
        return sorted(i.n for i in items if (other := take_apart(i.title)) and not other.person and _ARTICLE.sub("", other.core) == _ARTICLE.sub("", core))

    def _of_year(self, rows: list[int], year: int | None) -> list[int]:
        if not rows or year is None or self._years is None:
            return rows
        column = self.index.numbers(self._years)
        return [n for n in rows if not abs(column[n] - year) > YEAR_SLACK]  # an empty year is no contradiction

    def _fuzzy(self, name: str, year: int | None) -> Reference | None:
        from rapidfuzz import fuzz, process

        key = fold(name)
        if len(key) < (2 if has_cjk(key) else 4):
            return None
        if rows := self._beginning(key):
            return Reference(self.index.items(rows[:1])[0].title, tuple(rows[:4]), sure=False)
        digits = re.findall(r"\d+", key)
        best: list[tuple[float, bool, int]] = []
        for creator, names in ((False, self._titles), (True, self._creators[0])):
            hits = process.extract(key, names, scorer=fuzz.ratio, processor=None, score_cutoff=CUTOFF, limit=3)
            best += [(score, creator, i) for text, score, i in hits if abs(len(text) - len(key)) <= max(2, len(key) // 4) and re.findall(r"\d+", text) == digits]
        best.sort(key=lambda b: (-b[0], not b[1]))
        if not best:
            return None
        score, creator, i = best[0]
        if creator:
            facet = self._creators[1][i]
            return Reference(facet[1], tuple(map(int, self.index.facet_rows([facet[0]]))), creator=True, sure=False)
        rows = self._of_year([n for n in self.index.by_key([self._titles[i]])[self._titles[i]]], year)
        return Reference(self.index.items(rows[:1])[0].title, tuple(rows[:3]), sure=False) if rows else None

    def _beginning(self, key: str) -> list[int]:
        """Rows whose title begins with these words: 'lord of the rings' -> its three parts. Two words at least."""
        if len(tokens(key)) < 2:
            return []
        rows: list[int] = []
        for start in dict.fromkeys((key, f"the {key}")):
            sql = "SELECT n FROM items WHERE key >= ? AND key < ? ORDER BY n LIMIT 8"
            rows += [n for (n,) in self.index.db.execute(sql, (f"{start} ", f"{start} \U0010ffff"))]
        return rows

    @cached_property
    def _titles(self) -> list[str]:
        return self.index.titles()

    @cached_property
    def _creators(self) -> tuple[list[str], list[tuple[int, str]]]:
        """Folded names of all creators, and (facet, label) for each."""
        facets = [f for column in self._creator_columns for f in self.index.facet_values(column, 10_000_000)]
        return [fold(f.label) for f in facets], [(f.f, f.label) for f in facets]


def _rival(top: _Row, other: _Row) -> bool:
    """Whether it remains open which of two rows is meant: other names, or one name of several creators. Re-issues are no rivals."""
    if top.certain != other.certain:
        return not top.certain
    if top.name.joined != other.name.joined:
        return top.likeness < RESPELT
    return same_creator(top.creator, other.creator) is False


def match_all(
    suggestions: Sequence[Suggestion], names: Names, *, excluded: Collection[int] = (), shortlist: Sequence[int] = ()
) -> tuple[list[tuple[Suggestion, int, Match]], list[Unmatched]]:
    """Each suggestion with its row (a position in the index) and how it was found, in their order; and those that became nothing, with why.

    A row comes once. `excluded` rows are never matched; `shortlist` rows win where two are equally good. Suggestions that carry their
    item already (held to the catalog) are taken at their word.
    """
    listed, barred, taken = frozenset(shortlist), frozenset(excluded), set[int]()
    matched: list[tuple[Suggestion, int, Match]] = []
    failed: list[tuple[str, Cause, int | None, float]] = []
    for s in suggestions:
        row, score, method, cause = (s.item, EXACT, "exact", None) if s.item is not None else names.match(s, listed)
        written = f"{s.title} by {s.creator}" if s.creator else s.title
        if cause is None and row in barred:
            cause = Cause.EXCLUDED
        elif cause is None and row in taken:
            cause = Cause.DUPLICATE
        if cause is None and row is not None:
            taken.add(row)
            matched.append((s, row, Match(written, round(score, 1), method)))
        else:
            failed.append((written, cause or Cause.NO_MATCH, row, score))
    ids = {i.n: i.id for i in names.index.items({n for _, _, n, _ in failed if n is not None})}
    unmatched = [Unmatched(text, cause, ids.get(n) if n is not None else None, round(score, 1) if n is not None else None) for text, cause, n, score in failed]
    return matched, unmatched
