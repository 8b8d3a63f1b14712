"""How reasons sound: three tones, two languages, varied over an answer, and still true: a reader of its own takes every sentence back to its facts."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from random import Random

from msgspec.structs import replace
import pytest

from recsh import personal
from recsh.errors import UsageError
from recsh.reason import HEAD, compose
from recsh.request import Query, Wish
from recsh.tone import Lang, Tone, Voice, capital, gloss, listed, nouns, titled
from recsh.types import Column, Item, Reference, Role, Thing
from recsh.verdicts import thing_of
from tests.spoken import Reader, chinese, frames

DATA = Path(__file__).parents[1] / "sample_data"
SAMPLES = ("music", "movies", "books", "products", "travel", "news", "movies_zh", "music_zh")
MAIN = ("wish", "like", "number", "liked", "maker", "what")  # kinds that five rows of an answer may all have
ASKED = 6  # requests a catalog
ROWS = 5
VOICES = [(tone, lang) for tone in Tone for lang in (Lang.EN, Lang.ZH)]


@pytest.mark.parametrize(("tone", "lang"), VOICES)
def test_there_are_frames_enough_to_vary(tone: Tone, lang: Lang) -> None:
    """Twelve for what every row may be told by, six for the rest; no two the same, none with a stop or an exclamation mark."""
    mine = frames()[tone, lang]
    counts = Counter(kind for kind, _, _ in mine)
    described = 1 if tone is Tone.PLAIN else 12  # plain quotes the description as it is
    assert min(counts[kind] for kind in MAIN) >= 12 and counts["text"] >= described and counts["met"] >= 5
    assert all(counts[kind] >= 6 for kind in ("by", "also", "several", "crowd", "avoided", "mention", "near"))
    assert len({(kind, frame) for kind, frame, _ in mine}) == len(mine)
    assert not [f for _, f, _ in mine if re.search(r"[.。!！]$|[!！]|^\s|\s$", f) or (lang is Lang.EN and chinese(f))]
    assert lang is Lang.EN or not [f for _, f, _ in mine if re.search("[a-z]", re.sub(r"{\w+}", "", f), re.I)]
    assert not [f for _, f, _ in mine if any(ord(c) > 0x1F000 for c in f)], "no emoji"


def test_every_claim_about_the_person_says_whose_it_is() -> None:
    """A frame that cites a thing of the log says that it was liked, or disliked; the others do not speak of likes."""
    for (_, lang), found in frames().items():
        liked, disliked = ("喜欢|同好|喜好", "不喜欢") if lang == "zh" else (r"\blik(?:e|ed|es|ing|ers)\b|admirers", r"\bdisliked\b")
        for kind, frame, _ in found:
            if "{thing" in frame:
                assert re.search(disliked if kind == "avoided" else liked, frame), frame
                assert kind == "avoided" or not re.search(disliked, frame), frame
            elif lang == "en":
                assert not re.search(r"\bliked\b|\bdisliked\b", frame), frame


def test_an_unknown_tone_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="shouting"):
        Voice("shouting")
    with pytest.raises(UsageError, match="klingon"):
        Voice("plain", "klingon")


def test_a_voice_is_the_same_for_the_same_seed_and_varies_over_an_answer() -> None:
    said = [[Voice("warm", "en", seed=3).say("wish", False, key, what="jazz") for key in "abcde"] for _ in range(2)]
    assert said[0] == said[1]
    voice = Voice("warm", "en", seed=3)
    five = [voice.say("wish", False, key, what="jazz") for key in "abcde"]
    assert len({*five}) == 5 and len({" ".join(s.split()[:2]) for s in five}) == 5
    assert five != [v.say("wish", False, key, what="jazz") for v in [Voice("warm", "en", seed=4)] for key in "abcde"]


def test_without_a_seed_the_first_frame_is_used() -> None:
    voice = Voice()
    assert [voice.say("wish", False, key, what="jazz") for key in "abc"] == ["jazz"] * 3


def test_a_frame_is_used_only_if_its_facts_are_known() -> None:
    """No "(1984)" without a year, no "share calm with" of an adjective."""
    for seed in range(60):
        said = Voice("plain", "en", seed=seed).say("liked", False, "a", thing="One", what="calm", nouns="", year="")
        assert "()" not in said and "None" not in said and "share" not in said and "in common with" not in said, said


@pytest.mark.parametrize(
    ("title", "zh", "work", "expected"),
    [("Ride the Lightning", False, True, "Ride the Lightning"), ("One", False, True, "“One”"), ("Why your phone may break", False, True, "“Why your phone may break”"),
     ("Paris", False, False, "Paris"), ("Feather 13", True, False, "Feather 13"), ("One", True, True, "《One》"), ("青花瓷", False, True, "《青花瓷》"), ("西湖", True, False, "“西湖”"),
     ("a title that goes on and on for much longer than anybody reads", False, True, "“a title that goes on and on for much longer…”"), ("\x1b[31mRed\u202e", False, False, "“[31mRed”")],
)  # fmt: skip
def test_titles_stand_in_sentences_as_people_write_them(title: str, zh: bool, work: bool, expected: str) -> None:
    assert titled(title, zh, work=work) == expected


def test_words_of_a_phrase() -> None:
    assert listed(["a", "b", "c"], False) == "a, b and c" and listed(["甲", "乙"], True) == "甲、乙" and listed([], False) == ""
    assert gloss("thrash metal", True) == "激流金属" and gloss("no such tag", True) == "no such tag" and gloss("美国", False) == "USA" and gloss("日本", False) == "Japan"
    assert gloss("科幻", False) == "science fiction" and gloss("科幻", True) == "科幻"
    assert capital("r&b and soul") == "R&B and soul" and capital("") == ""
    assert nouns(["thrash metal", "piano", "mystery"]) and not nouns(["calm"]) and not nouns(["piano", "uplifting"])


COLUMNS = (Column("title", Role.TITLE), Column("artist", Role.CREATOR), Column("genre", Role.TAGS, joiner="|"), Column("year", Role.NUMBER, "year", year=True), Column("text", Role.TEXT))


def row(title: str, creator: str, tags: str, text: str = "", n: int = 0, **numbers: float) -> Item:
    cells = {"title": title, "artist": creator, "genre": tags, "text": text, **{k: f"{v:g}" for k, v in numbers.items()}}
    return Item(n, title, title, creator, tuple(tags.split("|")), numbers, cells)


def thing(title: str, creator: str, tags: str, **numbers: float) -> Thing:
    return Thing(title, title, creator, {"artist": (creator,), "genre": tuple(tags.split("|"))}, numbers)


def query(text: str = "x", **parts: object) -> Query:
    return Query(text, text, text, (), **parts)  # type: ignore[arg-type]


LIGHTNING = thing("Ride the Lightning", "Metallica", "thrash metal|epic", year=1984.0)
CONNECTED = personal.Connection(personal.Link.LIKED, (LIGHTNING,), ("thrash metal",), 4.0)


def test_what_the_person_liked_stands_in_the_reason() -> None:
    angel = row("Angel", "Slayer", "thrash metal|fast", "A charge.")
    assert compose(angel, query(), COLUMNS, connection=CONNECTED) == "Because you liked Ride the Lightning (thrash metal). A charge"
    assert compose(angel, query(chinese=True), COLUMNS, connection=CONNECTED) == "因为你喜欢《Ride the Lightning》（激流金属）。A charge"
    wished = query(wishes=(Wish("fast", (1,)), Wish("thrash metal", (1,))))
    assert compose(angel, wished, COLUMNS, connection=CONNECTED) == "Fast; because you liked Ride the Lightning (thrash metal). A charge", "no tag is said twice"


def test_what_the_log_holds_is_cleaned_before_it_is_shown() -> None:
    """An imported log may hold anything: no escape sequence or bidi override comes out, and a creator without a column is still named."""
    evil = personal.Connection(personal.Link.AVOIDED, (thing("A \x1b[31mRed\u202e", "B", "x"),), ("no such\x1b kind\u202e",), 3.0)
    for tone, lang in VOICES:
        said = compose(row("T", "C", "rock"), query(), COLUMNS, connection=evil, voice=Voice(tone, lang, 1))
        assert not re.search("[\x00-\x1f\u202e]", said) and "no such kind" in said
    assert compose(Item(0, "1", "T", "C", (), {}, {}), query(), COLUMNS[:1]) == "By C"


def test_the_same_creator_is_not_said_twice() -> None:
    fade = row("Fade", "Metallica", "ballad")
    maker = personal.Connection(personal.Link.MAKER, (LIGHTNING,), ("Metallica",), 6.0)
    like = query(references=(Reference("Metallica", (3,), creator=True),))
    assert compose(fade, like, COLUMNS, (row("One", "Metallica", "metal"),), connection=maker) == "Also by Metallica, whose Ride the Lightning you liked"


def test_a_set_language_is_kept_to() -> None:
    """Sentences and known tags are in it, titles and names stay; a description in the other language is left out."""
    angel = row("Angel", "Slayer", "thrash metal", "A charge.")
    assert compose(angel, query(wishes=(Wish("thrash metal", (1,)),)), COLUMNS, voice=Voice(lang="zh")) == "激流金属"
    song = row("青花瓷", "周杰伦", "古风", "古筝淡淡铺底。")
    assert chinese(gloss("古风", True)) and not chinese(compose(song, query(chinese=True), COLUMNS, voice=Voice(lang="en")))


def test_many_long_facts_stay_short() -> None:
    """What stands before the description is cut at whole parts."""
    tags = "|".join(f"{word} of the longest imaginable kind" for word in ("music", "noise", "sound"))
    wished = query(wishes=tuple(Wish(t, (1,)) for t in tags.split("|")))
    long = row("T", "C", tags, "The text.", year=1990.0)
    like = replace(wished, references=(Reference("Z" * 90, (1,)),))
    said = compose(long, like, COLUMNS, (row("R", "C", "x"),), connection=CONNECTED, voice=Voice("warm", "en", seed=0))
    assert said.endswith("The text") and len(said.removesuffix("The text")) <= HEAD + 30


# --- whole answers over every sample catalog ---------------------------------------------------------------------------


def answers(name: str, read, sample):
    """(request, its named rows, five rows, likes, dislikes, because) for requests of a catalog; people like and dislike at random, some of
    it akin to what is shown."""
    index, random = sample(name).index, Random(name)
    lines = [json.loads(line) for line in (DATA / f"{name}.queries.jsonl").read_text(encoding="utf-8").splitlines()[1:]]
    for line in random.sample(lines, ASKED):
        asked = read(name, line["query"])
        named = index.items([r.rows[0] for r in asked.references if r.rows and r.liked][:3])
        good = [n for n in map(index.by_id, line["relevant"]) if n is not None]
        shown = index.items((good + random.sample(range(index.rows), ROWS))[:ROWS])
        log = [*random.sample(good, min(4, len(good))), *random.sample(range(index.rows), 8)]
        random.shuffle(log)
        things = [thing_of(i, index.columns) for i in index.items(dict.fromkeys(log))]
        yield index, asked, named, shown, things[: len(things) * 2 // 3], things[len(things) * 2 // 3 :], {random.choice(shown).n: things[0]}


@pytest.mark.parametrize("name", SAMPLES)
def test_no_sentence_is_untrue_in_any_tone_or_language(name: str, read, sample) -> None:
    """Each of hundreds of reasons a catalog is read back; the frames of five rows differ."""
    total, kinds = 0, Counter[str]()
    for index, asked, named, shown, liked, disliked, because in answers(name, read, sample):
        found = personal.connections(shown, [(t, 1.0) for t in liked], [(t, -1.0) for t in disliked], index.columns, personal.information(index, shown), because)
        for seed, (tone, lang) in enumerate(VOICES):
            voice, used = Voice(tone, lang, seed), Counter[tuple[str, str]]()
            for item, connection in zip(shown, found, strict=True):
                said = compose(item, asked, index.columns, named, item.tags[: seed % 3], connection=connection, voice=voice)
                zh = lang is Lang.ZH
                parts = Reader(item, index.columns, asked, named, tone, zh, liked, disliked, because.get(item.n)).read(said)
                assert parts, (item.title, asked.text, said, connection)
                assert said.strip() == said and "\n" not in said and not re.search(r"\.\.|  |[;；，,:：]$|\(\)|\{|（）", said), said
                used.update(parts)
                kinds.update(kind for kind, _ in parts)
                total += 1
            assert max(used.values()) <= 0.4 * ROWS, used
    assert total == ASKED * len(VOICES) * ROWS
    assert kinds["liked"] >= 20 and kinds["crowd"] and sum(kinds.values()) > total, kinds


def test_the_reader_catches_what_is_untrue(sample) -> None:
    """It would be no test if it took everything: facts put in by hand are found out."""
    index = sample("music").index
    items = index.items(range(index.rows))
    master = next(i for i in items if i.title == "Master of Puppets")
    one = next(i for i in items if i.creator == "Metallica" and i.title == "One")
    waltz = next(i for i in items if "baroque" in i.tags and len(i.title.split()) > 2)
    log = [thing_of(one, index.columns)]
    asked = query(wishes=(Wish("metal", (1,)),))

    def true(said: str, **more: object) -> bool:
        return Reader(master, index.columns, asked, (), "plain", False, log, [thing_of(waltz, index.columns)], **more).read(said) is not None

    description = master.cells["description"].rstrip(".")
    assert true("Metal") and true(f"Metal. {description}") and true("Because you liked “One” (metal)") and true("Also by Metallica, whose “One” you liked")
    for said in ("Jazz", "Metal. Another description", "Because you liked “Two” (metal)", "Because you liked “One” (jazz)", f"Because you liked {waltz.title} (metal)",
                 "Also by Megadeth, whose “One” you liked", "From 1999", "Metal; from 1986", "People who liked “One” also liked this", "Shares metal with Battery",
                 "No “metal” tag, unlike “One”, which you disliked", "Because you liked “One” (metal, 1971)", "By Slayer"):  # fmt: skip
        assert not true(said), said
    assert true("People who liked “One” also liked this", because=log[0])


@pytest.mark.parametrize(("tag", "word"), [
    ("sad", "伤感"), ("funny", "搞笑"), ("romantic", "浪漫"), ("hiking", "徒步"), ("danceable", "跳舞"), ("scary", "吓人"), ("families", "家庭"), ("coast", "海岸"), ("waterproof", "防水"), ("time travel", "时间旅行"), ("female vocals", "女声"),
])  # fmt: skip
def test_a_tag_is_told_by_the_plainest_of_its_words(tag: str, word: str) -> None:
    """A line of words that mean the same begins with it in each language; slang stands behind."""
    assert gloss(tag, True) == word
