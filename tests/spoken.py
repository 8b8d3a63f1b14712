"""A reader of reasons that shares no code with those who write them: every frame is taken back off its facts, and every fact is looked up in
the row, the request, the reference, the log or the gazetteer. It knows these files and the sample catalogs, nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import recsh
from recsh.request import Query
from recsh.types import Column, Item, Role, Thing

WORDS = Path(recsh.__file__).parent / "words"
JOIN = {("plain", False): "; ", ("plain", True): "；", ("warm", False): ". ", ("playful", False): ". ", ("warm", True): "。", ("playful", True): "。"}


def chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


@cache
def bare(word: str) -> str:
    """One spelling of a word: lower case, without accents and marks, singular as a child would make it."""
    plain = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))
    plain = re.sub(r"['’.&]", "", plain)
    return " ".join(re.sub(r"(?<=[^s\Wiu])s$", "", re.sub(r"(?<=ch|sh|ss)es$", "", re.sub(r"(?<=\w)ies?$", "y", w))) for w in re.sub(r"[\W_]+", " ", plain).split())


@cache
def groups() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Word -> the groups of same.txt that it stands in."""
    out: dict[str, list[tuple[str, ...]]] = {}
    for line in (WORDS / "same.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#") and " > " not in line:
            members = tuple(w.strip() for w in line.split(","))
            for word in members:
                out.setdefault(bare(word), []).append(members)
    return {word: tuple(found) for word, found in out.items()}


def ways(tag: str, zh: bool) -> set[str]:
    """How a tag may be said in this language: as it is written, or as a word of its groups in the other language."""
    other = {w for group in groups().get(bare(tag), ()) for w in group if chinese(w) is zh} if chinese(tag) is not zh else set()
    return {w.casefold() for w in {tag, *other}}


@cache
def gazetteer() -> list[tuple[str, ...]]:
    """Name, Chinese name, year, creator, tags, near, aliases of every entry."""
    return [tuple(line.split("\t")) for file in (WORDS / "gazetteer").glob("*.tsv") for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]


@cache
def entries() -> dict[str, list[tuple[str, ...]]]:
    """Any name of an entry -> the entries of that name."""
    out: dict[str, list[tuple[str, ...]]] = {}
    for line in gazetteer():
        for name in {bare(n) for n in (line[0], line[1], *line[6].split("|")) if n}:
            out.setdefault(name, []).append(line)
    return out


@cache
def frames() -> dict[tuple[str, str], list[tuple[str, str, tuple[re.Pattern[str], ...]]]]:
    """(tone, language) -> (kind, frame, what it matches, its first slot as short or as long as can be: a title may hold any mark)."""
    out: dict[tuple[str, str], list[tuple[str, str, tuple[re.Pattern[str], ...]]]] = {}
    tone = lang = kind = ""
    for line in (WORDS / "tones.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            tone, lang, kind = line[1:-1].split()
        elif line and not line.startswith("#"):
            pattern, seen = "", set[str]()
            for piece in re.split(r"({\w+})", line):
                name = piece[1:-1]
                pattern += re.escape(piece) if not piece.startswith("{") else f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
                seen.add(name)
            out.setdefault((tone, lang), []).append((kind, line, tuple(re.compile(p, re.I) for p in (pattern, pattern.replace(".+?", ".+")))))
    return out


@dataclass
class Reader:
    """One row's reason, read back. `likes`, `dislikes` and `because` are the log, `tags` the row's own."""

    item: Item
    columns: Sequence[Column]
    query: Query
    references: Sequence[Item]
    tone: str
    zh: bool
    likes: Sequence[Thing] = ()
    dislikes: Sequence[Thing] = ()
    because: Thing | None = None
    join: str = ""  # what stands between parts, where it is not as in JOIN: a plain answer in Chinese that varies nothing has commas
    tags: list[str] = field(init=False)

    def __post_init__(self) -> None:
        named = [c.name for c in self.columns if c.role is Role.TAGS]
        self.tags = [t.strip() for name in named for t in self.item.cells[name].split("|") if t.strip()]

    def read(self, reason: str) -> list[tuple[str, str]] | None:
        """The (kind, frame) of every part, None if no way to read it makes all of it true."""
        self.join = self.join or JOIN[self.tone, self.zh]
        for head in self.heads(reason):
            parts = head.split(self.join)
            if (found := self.parts(parts)) is not None:
                return found
        return None

    def heads(self, reason: str) -> list[str]:
        """What stands before the description, in every way that it may end."""
        out = [reason]
        for cell in (self.item.cells[c.name].strip() for c in self.columns if c.role is Role.TEXT):
            tail = cell.rstrip(".。")
            for kind, frame, _ in frames()[self.tone, "zh" if self.zh else "en"]:
                said = frame.replace("{text}", tail)
                for said_so in (said, said[:1].upper() + said[1:]):
                    if kind == "text" and cell and reason.endswith(said_so):
                        out.append(reason[: -len(said_so)].rstrip(". 。"))
        return sorted({h for h in out if h}, key=len)

    def parts(self, parts: list[str]) -> list[tuple[str, str]] | None:
        if not parts:
            return []
        for n in range(len(parts), 0, -1):
            said = self.join.join(parts[:n])
            for kind, frame, patterns in frames()[self.tone, "zh" if self.zh else "en"]:
                ways_to_read = [m.groupdict() for p in patterns if kind != "text" and (m := p.fullmatch(said))]
                if any(getattr(self, kind)(**slots) for slots in ways_to_read):
                    if (rest := self.parts(parts[n:])) is not None:
                        return [(kind, frame), *rest]
        return None

    # --- what each kind of sentence claims ---------------------------------------------------------------------------

    def only(self, said: str, tags: Iterable[str], extra: Mapping[str, str] | None = None) -> bool:
        """Whether a list of tags names nothing but these."""
        known = {w for t in tags if t for w in ways(t, self.zh)} | set(extra or ())
        any_ = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        joint = "、" if self.zh else "(?:, | and )"
        return bool(any_) and re.fullmatch(f"(?:{any_})(?:{joint}(?:{any_}))*", said.casefold()) is not None

    def wish(self, what: str = "", nouns: str = "") -> bool:
        """Tags of the row, each of which says a word of the request's wishes, in its words or others, or something narrower."""
        people = [t for c in self.columns if c.name == "good_for" for t in self.item.cells[c.name].split("|")]
        for_people = {f"适合{w}" if self.zh else f"good for {w}": t for t in people for w in ways(t, self.zh)}
        answering = {t for t in self.tags for wish in self.query.wishes if answers(t, wish.words)}
        return self.only(what or nouns, answering, {k: t for k, t in for_people.items() if t in answering})

    def what(self, what: str) -> bool:
        return self.only(what, self.tags)

    def by(self, who: str) -> bool:
        column = next((c.name for c in self.columns if c.role is Role.CREATOR), "")
        return self.only(who, self.item.cells.get(column, "").split("|"))

    def like(self, name: str, what: str = "", nouns: str = "") -> bool:
        if any(self.only(what or nouns, [t for t in self.tags if t.casefold() in {o.casefold() for o in row.tags}]) for row in self.named(name)):
            return True
        return any(self.only(what or nouns, self.reputed(line)) for line in self.lines(name))

    def known(self, name: str, what: str = "") -> bool:
        """The gazetteer has what was named, and this row, or who made it, among the five beside it, by whatever name; or it beside the row."""
        for line in self.lines(name):
            beside = {bare(n) for n in line[5].split("|")}
            beside |= {bare(n) for own in list(beside) for other in entries().get(own, ()) if bare(other[0]) == own for n in (other[1], *other[6].split("|")) if n}
            mine = {bare(n) for n in (self.item.title, *re.split(r", | & |\|", self.item.creator), self.item.creator)}
            mine |= {bare(re.sub(r"\s*[(（].*", "", self.item.title))}
            beside |= {m for m in mine if any(bare(line[0]) in map(bare, other[5].split("|")) for other in entries().get(m, ()))}
            if mine & beside and (not what or self.only(what, self.reputed(line))):
                return True
        return False

    def lines(self, name: str) -> list[tuple[str, ...]]:
        """What the gazetteer says of a name that the request names, spelt so or almost so."""
        said = [r.name for r in self.query.references if r.liked and (r.near or not r.rows)]
        found = entries().get(bare(name.strip("《》")), ()) if said else ()
        return [line for line in found if any(SequenceMatcher(None, bare(n), bare(s)).ratio() > 0.6 for n in (line[0], line[1], *line[6].split("|")) if n for s in said)]

    def reputed(self, line: tuple[str, ...]) -> list[str]:
        """The row's tags that the gazetteer has for a name, in these words or others of their groups."""
        theirs = {bare(w) for t in line[4].split("|") for w in (t, *(m for group in groups().get(bare(t), ()) for m in group))}
        return [t for t in self.tags if bare(t) in theirs]

    def also(self, who: str, name: str = "") -> bool:
        rows = self.named(name) if name else self.references
        return self.by(who) and any(bare(row.creator) == bare(self.item.creator) for row in rows)

    def named(self, name: str) -> list[Item]:
        found = [r for r in self.query.references if r.rows and r.liked]
        return [row for r, row in zip(found, self.references, strict=False) if r.name in (name, name.strip("《》"))]

    def number(self, facts: str) -> bool:
        """Numbers that the row has in a column the request speaks of, each with its unit or its column's name and nothing else."""
        asked = {c.column for c in self.query.conditions} | {x.column for x in self.query.leanings}
        values = {abs(v) for name, v in self.item.numbers.items() if name in asked}
        names = "|".join(re.escape(name.replace("_", " ").lower()) for name in asked)
        said = [re.fullmatch(rf"(?:from |rated |评分|公元前|(?:{names}) )?[$€£]?(\d+(?:\.\d+)?)(?: ?(?:BC|min|g|kg|pages|yuan|年|分钟|克|公斤|页|元|{names}))?", f, re.I) for f in re.split(", |，", facts)]
        return all(m and any(abs(float(m[1]) - v) < 1e-3 * max(1.0, v) for v in values) for m in said)

    def met(self, facts: str) -> bool:
        held = [(c.low <= self.item.numbers[c.column] <= c.high) != c.negated for c in self.query.conditions if c.column in self.item.numbers]
        return self.number(facts) and bool(held) and all(held) and not self.query.leanings

    def things(self, said: str, log: Sequence[Thing]) -> list[Thing]:
        """The things of the log that a cited title may be: not this row, and not in the other half of the log."""
        other = self.dislikes if log is self.likes else self.likes
        title = said.strip("“”《》").casefold()
        return [
            t for t in log
            if (t.title.casefold() == title or (title.endswith("…") and t.title.casefold().startswith(title[:-1])) or said == t.title)
            and t not in other and (t.title, t.creator) != (self.item.title, self.item.creator)
        ]  # fmt: skip

    def shared(self, thing: Thing) -> list[str]:
        theirs = {bare(v) for values in thing.facets.values() for v in values}
        return [t for t in self.tags if bare(t) in theirs]

    def liked(self, thing: str, what: str = "", nouns: str = "", year: str = "") -> bool:
        return any(self.only(what or nouns, self.shared(t)) and (not year or year.isdigit() and int(year) in map(int, t.numbers.values())) for t in self.things(thing, self.likes))

    def maker(self, who: str, thing: str) -> bool:
        """One name among those that made this row, and among those in the same column of the thing."""
        column = next((c.name for c in self.columns if c.role is Role.CREATOR), "")
        mine = [c.casefold() for c in self.item.cells.get(column, "").split("|")]
        return any(who.casefold() in mine and who.casefold() in [v.casefold() for v in t.facets.get(column, ())] for t in self.things(thing, self.likes))

    def several(self, what: str = "", nouns: str = "", things: str = "", thing: str = "", count: str = "") -> bool:
        """Tags that all cited things have, and so many of all that were liked as it says, three at the least."""
        left, cited = things or thing, []
        for t in sorted(self.likes, key=lambda t: -len(t.title)):
            forms = (t.title, *(t.title[:n] + "…" for n in range(48, 20, -1)))  # long titles are cut
            if form := next((f for f in forms if f in left), None):
                left, cited = left.replace(form, ""), [*cited, t]
        tags = [t for t in self.tags if any(w in (what or nouns).casefold() for w in ways(t, self.zh)) and all(t in self.shared(c) for c in cited)]
        having = sum({*tags} <= {*self.shared(t)} and t.title != self.item.title for t in self.likes)
        counts = dict(zip(("three four five six seven eight nine ten".split() + [*"三四五六七八九十"]), [*range(3, 11)] * 2, strict=True)) | {str(n): n for n in range(11, 99)}
        return bool(cited) and self.only(what or nouns, tags) and not re.sub(r"[《》“”、, ]|\band\b", "", left) and having >= 3 and (not count or having == counts.get(count.casefold()))

    def crowd(self, thing: str) -> bool:
        return self.because is not None and self.because in self.things(thing, self.likes)

    def avoided(self, tag: str, thing: str) -> bool:
        """A tag of a disliked thing that neither the row's tags nor its words have, and that no liked thing has."""
        cells = f" {bare(' '.join(self.item.cells.values()))} "
        for t in self.things(thing, self.dislikes):
            for label in (v for values in t.facets.values() for v in values if tag.casefold() in ways(v, self.zh)):
                loved = any(bare(label) in {bare(v) for values in x.facets.values() for v in values} for x in self.likes)
                said = label in cells if chinese(label) else f" {bare(label)} " in cells
                if not said and not loved and bare(label) not in map(bare, self.tags):
                    return True
        return False

    def mention(self, what: str) -> bool:
        cells = " ".join(self.item.cells.values()).casefold()
        return all(bare(w) in bare(cells) or w in cells for w in re.split("、" if self.zh else ", | and ", what.casefold()))

    def near(self) -> bool:
        return True


def answers(tag: str, wish: str) -> bool:
    """Whether a tag says the words of a wish: the same words, within it, another word of their groups, or one narrower."""
    own, asked = bare(tag), bare(wish)
    if own.replace(" ", "") == asked.replace(" ", "") or f" {asked} " in f" {own} " or (chinese(asked) and asked in own):
        return True
    of_wish = {bare(w) for group in groups().get(asked, ()) for w in group}
    if own in of_wish or own.replace(" ", "") in of_wish:
        return True
    first = {bare(group[0]) for group in groups().get(own, ())} | {own}
    return any(first & narrow for broad, narrow in broads() if broad in of_wish | {asked})


@cache
def broads() -> list[tuple[str, set[str]]]:
    lines = [line.split(" > ") for line in (WORDS / "same.txt").read_text("utf-8").splitlines() if " > " in line and not line.startswith("#")]
    return [(bare(broad), {bare(w) for w in narrow.split(",")}) for broad, narrow in lines]
