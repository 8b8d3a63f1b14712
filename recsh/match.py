"""From names to items: what a person or a model wrote, found in the catalog or reported.

    "Matrix, The" · "The Matrix (1999)" · "Enter Sandman by Metallica" · "Rocky 2" · "Guardian of the Galaxy"

Equal names first: folded, then with what stands apart set aside (years, kinds, editions, moved articles, numerals). Then a name inside a
name (subtitles). Then misspellings: a cutoff, a length guard, equal numbers, each odd word a misspelling of its counterpart rather than
another word of this catalog, and a gap to the runner-up. Year and creator confirm, decide ties, or contradict.
A wrong item is worse than none, so a name alone never stands for a longer one ("It" is not "The Italian Job").

Candidates come from the index by their letters (see `grams`); nothing is held in memory, so a million rows cost no start.
Leaves out: reading the model's text (see `parse`), how alike two names are (see `likeness`), translations, and other names of one work.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from recsh.index import Facet, Index, facet_key
from recsh.likeness import CREATORS, CUTOFF, DENIED, EXACT, GAP, RESPELT, distinctive, likeness, same_creator
from recsh.regex import regex
from recsh.text import fold, has_cjk, tokens
from recsh.titles import ARTICLE, BRACKET, COLLECTIONS, KINDS, PEOPLE, Name, bounded, canonical, take_apart, variants
from recsh.types import Cause, Match, Reference, Role, Suggestion, Unmatched

__all__ = ["PEOPLE", "Names", "canonical", "likeness", "match_all", "same_creator", "take_apart", "variants"]

CONFIRMED, LISTED, DOUBTED = 8.0, 5.0, 10.0
"""What is added for a creator or year that agrees and for a place on the shortlist; what is taken off for a forgivable contradiction.
`LISTED` is enough for a piece of a name and too little for anything less."""
YEAR_SLACK, YEAR_MISREMEMBERED = 1, 4  # years apart that are the same year; that a distinctive title outweighs (remakes are further apart)
MOST = 200  # rows looked at that are called the same
PARTS = 8  # titles that begin alike and are meant together
NEAR = 24  # spellings looked at that are almost the same
_YEAR = regex(r"\s*[(\[（]((?:1[5-9]|20)\d\d)[)\]）]\s*$")


class _Meant(Struct, frozen=True):
    """What a reading of a suggestion says: a name, maybe a creator and a year, and the rows that were shown."""

    name: Name
    creator: str = ""
    year: int | None = None
    shortlist: Collection[int] = ()


class _Row(Struct, frozen=True):
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
        name = bounded(name)
        year = int(found[1]) if (found := _YEAR.search(name)) else None
        bare = _YEAR.sub("", name)
        keys = variants(bare)
        rows = next((r for r in map(self.index.by_key(keys).get, keys) if r), []) or self._decorated(bare, year)
        rows = self._of_year(rows, year)
        key = facet_key(bare)
        forms = [key, *([] if has_cjk(key) else [f"the {key}", ARTICLE.sub("", key)])]  # "beatles"
        facets = self.index.facets(forms)
        creators = next((own for form in forms if (own := [f for f in facets.get(form, ()) if f.column in self._creator_columns])), [])
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
            meant = _Meant(wanted, creator, s.year or wanted.year, shortlist)
            found = self._scored(self._called(meant, (text for texts in wanted.spellings() for text in texts)), meant, frozenset(wanted.words))
            best += [r for r in found if r.certain or not unsure]
            if any(r.equal and r.score >= RESPELT for r in best):
                break
            if not any(r.score >= CUTOFF for r in best) and (rows := self._alike(meant)):
                stems = {w: tokens(w) for w in wanted.words}
                there = self.index.frequencies(t for stem in stems.values() for t in stem)
                found = self._scored(rows, meant, {w for w, stem in stems.items() if stem and stem[0] in there})
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
        s = replace(s, title=bounded(s.title), creator=bounded(s.creator))
        if s.creator:  # "Stand by Me" is no song called "Stand"
            yield take_apart(f"{s.title} by {s.creator}"), "", False
        yield take_apart(s.title), s.creator, False
        if (remark := BRACKET.search(s.title)) and remark.start() and not COLLECTIONS.search(remark[1]) and not KINDS.fullmatch(remark[1].strip()):
            yield take_apart(s.title[: remark.start()]), s.creator, False  # "Heat (crime drama)", as models add it
        if s.creator:
            return
        if self._creator_columns and (cuts := [*re.finditer(r"\s+[-–—|]+\s+|\s*——\s*", s.title)]):
            for cut in dict.fromkeys((cuts[0], cuts[-1])):
                left, right = s.title[: cut.start()].strip(), s.title[cut.end() :].strip()
                for title, creator in ((right, left), (left, right)):
                    if title and self._facets_of(creator):
                        yield take_apart(title), creator, True

    def _facets_of(self, creator: str) -> list[Facet]:
        """The creators that this names, or each of several."""
        keys = [facet_key(form) for one in (creator, *CREATORS.split(creator)) for form in (one, ARTICLE.sub("", fold(one)), f"the {one}")]
        return [f for found in self.index.facets(keys).values() for f in found if f.column in self._creator_columns]

    def _called(self, meant: _Meant, texts: Iterable[str]) -> set[int]:
        """Rows that have one of these names, whole or as a piece. Of more than `MOST` of one name those that creator, year or shortlist speak for come first."""
        import numpy

        rows: set[int] = set()
        for ns in self.index.names["titles"].exact(text for text in texts if text).values():
            if len(ns) > MOST:
                likely = numpy.isin(ns, [*meant.shortlist])
                if meant.creator:
                    likely |= numpy.isin(ns, self.index.facet_rows(f.f for f in self._facets_of(meant.creator)))
                if meant.year and self._years is not None:
                    likely |= abs(self.index.numbers(self._years)[ns] - meant.year) <= YEAR_SLACK
                ns = numpy.concatenate([ns[likely], ns[~likely]])[:MOST]
            rows.update(ns.tolist())
        return rows

    def _alike(self, meant: _Meant) -> set[int]:
        """Rows whose names are spelt almost like it."""
        from rapidfuzz import fuzz, process

        own = " ".join(meant.name.words)
        if len(own) < (4 if has_cjk(own) else 5):
            return set()
        slack = max(2, len(own) // 4)
        texts = self.index.names["titles"].alike(own, len(own) - slack, len(own) + slack)
        near = process.extract(own, texts, scorer=fuzz.ratio, processor=None, score_cutoff=CUTOFF - GAP, limit=NEAR)
        return self._called(meant, (text for text, _, _ in near))

    def _scored(self, rows: Collection[int], meant: _Meant, known: Collection[str]) -> list[_Row]:
        """Those rows that are like the wanted name at all, with what year and creator say about them. `known` as in `likeness`."""
        out: list[_Row] = []
        for n, key, title, by in self.index.called(rows):
            name = take_apart(title, key)
            like = likeness(meant.name, key, name, known)
            if like:
                row = _Row(n, name, by, like, like, like == EXACT or name.joined == meant.name.joined)
                out.append(self._weighed(row, meant))
        return out

    def _weighed(self, row: _Row, meant: _Meant) -> _Row:
        by = same_creator(meant.creator, row.creator)
        own = self._year_of(row)
        apart = abs(own - meant.year) if own is not None and meant.year is not None else None
        forgiven = row.equal and distinctive(meant.name)
        score = row.likeness + CONFIRMED * (by is True) + CONFIRMED * (apart is not None and apart <= YEAR_SLACK) + LISTED * (row.n in meant.shortlist)
        if by is False:
            score -= DOUBTED if forgiven else DENIED
        if apart is not None and apart > YEAR_SLACK:
            # A re-issue of the same creator's work has a later year; a remake is someone else's.
            score -= DOUBTED if forgiven and apart <= YEAR_MISREMEMBERED or (by and row.equal) else DENIED
        if row.name.person and not meant.creator:
            score -= DENIED
        return replace(row, score=score, certain=by is True or (apart is not None and apart <= YEAR_SLACK))

    def _year_of(self, row: _Row) -> float | None:
        if self._years is not None:
            value = float(self.index.numbers(self._years)[row.n])
            return float(int(value)) if value == value else row.name.year
        return row.name.year

    def _decorated(self, name: str, year: int | None) -> list[int]:
        """Rows that have this name with something set apart behind it: 'Hoffa' -> 'Hoffa (film)'."""
        wanted = take_apart(name)
        near = self.index.called(self._called(_Meant(wanted, year=year), [" ".join(wanted.words)]))
        return [n for n, key, title, _ in near if not (other := take_apart(title, key)).person and other.core in (wanted.core, f"the {wanted.core}")]

    def _of_year(self, rows: list[int], year: int | None) -> list[int]:
        if not rows or year is None or self._years is None:
            return rows
        column = self.index.numbers(self._years)
        return [n for n in rows if not abs(column[n] - year) > YEAR_SLACK]  # an empty year is no contradiction

    def _fuzzy(self, name: str, year: int | None) -> Reference | None:
        from rapidfuzz import fuzz

        key = fold(name)
        if len(key) < (2 if has_cjk(key) else 4):
            return None
        # The beginning of titles: 'lord of the rings' -> its three parts. Two words at least.
        starts = dict.fromkeys((key, f"the {key}")) if len(tokens(key)) > 1 else ()
        if rows := [n for start in starts for n in self.index.beginning(f"{start} ", PARTS)]:
            return Reference(self.index.items(rows[:1])[0].title, tuple(rows[:PARTS]), sure=False)
        digits, slack = re.findall(r"\d+", key), max(2, len(key) // 4)

        def score(text: str) -> float:
            near = abs(len(text) - len(key)) <= slack and fuzz.ratio(key, text, score_cutoff=CUTOFF)
            return near if near and re.findall(r"\d+", text) == digits else 0.0

        creator = max(self.index.names["creators"].alike(key, len(key) - slack, len(key) + slack), key=score, default="")
        titles = self._spelt_like(take_apart(name, key), slack, year)
        title = max(titles, key=score, default="")
        if score(creator) and score(creator) >= score(title):
            facets = self.index.facets_at(self.index.names["creators"].exact([creator])[creator].tolist())
            facet = next(f for f in facets if fold(f.label).startswith(creator))
            return Reference(facet.label, tuple(map(int, self.index.facet_rows([facet.f]))), creator=True, sure=False)
        rows = self._of_year(titles[title], year) if score(title) else []
        return Reference(self.index.items(rows[:1])[0].title, tuple(rows[:3]), sure=False) if rows else None

    def _spelt_like(self, name: Name, slack: int, year: int | None) -> dict[str, list[int]]:
        """Folded titles that may be spelt almost like this one -> their rows."""
        from rapidfuzz import fuzz, process

        texts: list[str] = []
        for own in name.spellings()[0]:
            found = self.index.names["titles"].alike(own, len(own) - slack, len(own) + slack)
            texts += [text for text, _, _ in process.extract(own, found, scorer=fuzz.ratio, processor=None, score_cutoff=CUTOFF - 2 * GAP, limit=NEAR)]
        rows: dict[str, list[int]] = {}
        for n, other, _, _ in self.index.called(self._called(_Meant(name, year=year), texts)):
            rows.setdefault(other, []).append(n)
        return rows


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
