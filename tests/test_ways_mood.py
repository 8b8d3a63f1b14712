"""Situations, occasions and moods told in everyday words are wishes for what suits them, and only where somebody tells of himself."""

from __future__ import annotations

import re
from re import _parser  # type: ignore[attr-defined]

import pytest

from recsh import facts, situations
from recsh.index import facet_key
from recsh.lexicon import same

TOLD = {  # catalog, what suits best there: ways to tell
    ("music", "breakup"): "my ex is getting married and I'm pretending to be fine|he ghosted me after three months|my girlfriend and I split up on sunday|my heart is in pieces|just broke up with my boyfriend|she left me last night|cant stop thinking about my ex|失恋了|他把我删了|跟男朋友吵架了",
    ("books", "grief"): "our dog died last week|I lost my grandmother and the house feels empty|爷爷走了|家里的猫去世了",
    ("music", "angry"): "I'm angry at everyone|I want to break things|so fed up with everyone|气死我了，想砸东西",
    ("movies", "feel good"): "I had a bad day, cheer me up|everything went wrong today|put a smile on my face|what a horrible week|刚被领导骂了一顿",
    ("music", "calm"): "my head is spinning, too much going on|help me wind down|my nerves are shot|压力好大，想放松|加班到凌晨，好累",
    ("music", "sleep"): "lying awake at 3am|can't sleep|夜里翻来覆去睡不着",
    ("music", "study"): "I have a deadline and can't concentrate|finals week is killing me|考研党复习用|明天要赶论文",
    ("music", "workout"): "get me through my last set|lifting heavy tonight|heading to the gym|想运动|去健身房撸铁",
    ("music", "party"): "finally friday|getting ready for a night on the town",
    ("movies", "scary"): "make me afraid of the dark|I want to sleep with the lights on|想被吓一跳|胆子大，越吓人越好",
    ("movies", "funny"): "crack me up|we laughed until our bellies ached|笑到停不下来的",
    ("books", "inspiring"): "I feel like a failure|nobody believes in me|需要一点动力|感觉自己一事无成",
    ("books", "family"): "陪爸妈|movie night with grandma",
    ("travel", "quiet"): "somewhere my phone has no signal|想去没人的地方",
    ("travel", "architecture"): "I love old buildings",
    ("travel", "museums"): "I get bored on beaches, give me culture",
}


@pytest.mark.parametrize(("catalog", "mood"), TOLD)
def test_what_is_told_is_a_wish_for_what_suits(read, catalog: str, mood: str) -> None:
    missed = []
    for text in TOLD[catalog, mood].split("|"):
        query = read(catalog, text)
        suited = {key for w in query.wishes for word in (w.words, *w.moods) for key in (facet_key(word), *same().get(facet_key(word), ()))}
        if facet_key(mood) not in suited or not any(w.exact for w in query.wishes) or any(e.facets and {*e.facets} & {f for w in query.wishes for f in w.exact} for e in query.excluded):
            missed.append((text, [w.words for w in query.wishes], [e.words for e in query.excluded]))
    assert not missed


@pytest.mark.parametrize(
    ("catalog", "text"),
    [
        ("movies", "a film about a man who can't sleep"), ("books", "a novel where her husband left me for dead"), ("music", "Starting Over"), ("music", "something like Crying in the Rain"), ("music", "nothing for the gym"),
        ("music", "iron maiden"), ("products", "robot vacuum"), ("movies", "I watched Before Sunrise"), ("movies", "person falling in love with a machine"), ("music", "I'm tired of pop"), ("music", "reminds me of Metallica"),
        ("music_zh", "中国风的歌"), ("music_zh", "邓丽君的老歌"), ("music", "不要失恋的"), ("movies_zh", "讲失恋的电影"), ("music", "dance pop"), ("travel", "somewhere warm in January"),
    ],
)  # fmt: skip
def test_what_is_told_of_others_turned_down_or_a_name_is_none(read, catalog: str, text: str) -> None:
    assert not [w.words for w in read(catalog, text).wishes if w.moods]


@pytest.mark.parametrize(
    ("catalog", "text", "words"),
    [("music", "rock songs, my girlfriend left me", "rock"), ("music", "jazz songs for my wedding day", "jazz"), ("books", "crime novels, I'm stuck in bed for a month", "crime"), ("movies", "horror films with the lads", "horror"), ("music", "失恋了，来点摇滚", "摇滚")],
)  # fmt: skip
def test_what_else_is_asked_for_comes_first(read, catalog: str, text: str, words: str) -> None:
    wishes = {w.words: w for w in read(catalog, text).wishes}
    own = [w for w in wishes.values() if not w.moods]
    assert words in wishes and sum(w.weight for w in wishes.values() if w.moods) <= situations.BESIDE * sum(w.weight for w in own) + 1e-6


@pytest.mark.parametrize(("catalog", "text"), [("music", "I'm so lonely, but nothing sad please"), ("movies", "what a horrible week, nothing sad"), ("music", "she left me, no sad songs"), ("music_zh", "失恋了，不要伤感的歌")])
def test_a_mood_that_is_turned_down_does_not_suit(read, catalog: str, text: str) -> None:
    query = read(catalog, text)
    refused = {f for e in query.excluded for f in e.facets}
    assert refused and not refused & {f for w in query.wishes for f in (*w.exact, *w.alike)}


def test_what_suits_is_said_in_the_reason(read, sample) -> None:
    """A row that has not the first of what suits is told by what it has."""
    query = read("books", "she left me last night")
    index = sample("books").index
    item = index.items([int(index.facet_rows(query.wishes[0].alike)[0])])[0]
    assert query.wishes[0].alike and facts.wished(item, query)


def an_example(node) -> str:
    """A text that a parsed pattern matches: of alternatives the first, what may be left out is."""
    out = ""
    for op, value in node:
        name = str(op)
        if name == "LITERAL":
            out += chr(value)
        elif name == "IN":
            kind, first = value[0]
            out += {"LITERAL": lambda: chr(first), "CATEGORY": lambda: " " if "SPACE" in str(first) else "a", "RANGE": lambda: chr(first[0]), "NEGATE": lambda: ""}[str(kind)]()
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            out += an_example(value[2]) * value[0]
        elif name == "SUBPATTERN":
            out += an_example(value[3])
        elif name == "BRANCH":
            out += an_example(value[1][0])
    return out


def test_every_phrase_is_found_in_a_text_that_says_it() -> None:
    """Though not all are tried on every text."""
    phrases = [(moods, phrase) for moods, line in situations.foreseen() for phrase in line.split(" | ")]
    assert len(phrases) > 1000
    for moods, phrase in phrases:
        pattern = situations.pattern(phrase)
        text = an_example(_parser.parse(pattern.pattern, re.I)).lower()
        assert pattern.search(text), (phrase, text)
        assert (moods, phrase) in situations._near(text), (phrase, text)

