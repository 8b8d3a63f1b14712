"""From names to items: what a person or a model wrote, found in the catalog or reported.

    "Matrix, The" · "The Matrix (1999)" · "Enter Sandman by Metallica" · "Rocky 2" · "Guardian of the Galaxy"

Equal names first: folded, then with what stands apart set aside (years, kinds, editions, moved articles, numerals). Then a name inside a
name (subtitles). Then misspellings: a cutoff, a length guard, equal numbers, each odd word a misspelling of its counterpart rather than
another word of this catalog, and a gap to the runner-up. Year and creator confirm, decide ties, or contradict.
A wrong item is worse than none, so a name alone never stands for a longer one ("It" is not "The Italian Job").

Candidates come from the index by key, by key range and by full text; nothing is held in memory, so a million rows cost no start.
Leaves out: reading the model's text (see `parse`), how alike two names are (see `likeness`), translations, and other names of one work.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from recsh.index import Index, facet_key
from recsh.likeness import CREATORS, CUTOFF, DENIED, EXACT, GAP, RESPELT, distinctive, likeness, same_creator
from recsh.text import fold, has_cjk, tokens
from recsh.titles import ARTICLE, ARTICLES, BRACKET, COLLECTIONS, KINDS, NUMERALS, PARTS, PEOPLE, SMALL, SPELLINGS, Name, canonical, take_apart, variants
from recsh.types import Cause, Match, Reference, Role, Suggestion, Unmatched

__all__ = ["PEOPLE", "Names", "canonical", "likeness", "match_all", "same_creator", "take_apart", "variants"]

CONFIRMED, LISTED, DOUBTED = 8.0, 5.0, 10.0
"""What is added for a creator or year that agrees and for a place on the shortlist; what is taken off for a forgivable contradiction.
`LISTED` is enough for a piece of a name and too little for anything less."""
YEAR_SLACK, YEAR_MISREMEMBERED = 1, 4  # years apart that are the same year; that a distinctive title outweighs (remakes are further apart)
MOST = 200  # rows looked at for one name and one way of finding

_KIND_KEY = re.compile(r"(?: \d{4})?(?: tv)? (?:film|movie|series|album|song|novel|book|game|band|miniseries)$")
_YEAR = re.compile(r"\s*[(\[（]((?:1[5-9]|20)\d\d)[)\]）]\s*$")


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
        if (remark := BRACKET.search(s.title)) and remark.start() and not COLLECTIONS.search(remark[1]) and not KINDS.fullmatch(remark[1].strip()):
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
        keys = [facet_key(form) for one in (name, *CREATORS.split(name)) for form in (one, ARTICLE.sub("", fold(one)), f"the {one}")]
        return any(f.column in self._creator_columns for found in self.index.facets(keys).values() for f in found)

    def _candidates(self, wanted: Name) -> set[int]:
        """Rows with an equal name, one that begins so, one with all its words, or one that is a piece of it."""
        keys = [wanted.whole, *(k for form in (wanted.core, *wanted.heads, *wanted.tails) for k in variants(form))]
        rows = {n for found in self.index.by_key(keys).values() for n in found[:MOST]}
        for start in {wanted.core, ARTICLE.sub("", wanted.core), f"the {wanted.core}"}:
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

        core = ARTICLE.sub("", wanted.core)
        if len(core) < (4 if has_cjk(core) else 5):
            return set()
        slack = max(2, len(core) // 4)
        first, after = core[0], chr(ord(core[0]) + 1)
        rows: list[tuple[int, str]] = []
        # Titles behind an article are a range of their own, left out of the letter's range where they would flood it.
        own = {"t": (("t", "the "), ("the!", "u")), "a": (("a", "a "), ("a!", "an "), ("an!", "b"))}.get(first, ((first, after),))
        for low, high in (*own, *((f"{a} {first}", f"{a} {after}") for a in ("the", "a", "an"))):
            rows += self._range(low, high, len(core) - slack, len(core) + slack + len("the 2000 tv series"), -1)
        texts = [_KIND_KEY.sub("", ARTICLE.sub("", key)) for _, key in rows]
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
        return sorted(i.n for i in items if (other := take_apart(i.title)) and not other.person and ARTICLE.sub("", other.core) == ARTICLE.sub("", core))

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
        _, creator, i = best[0]
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
