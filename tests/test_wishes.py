"""Wishes are the catalog's own tags, found longest phrase first, by other words for them too."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsh import lexicon
from recsh.index import facet_key
from recsh.request import Wish
from recsh.wishes import merged, recent_first, tidy, untagged


@pytest.fixture
def tags(read, sample):
    """(catalog, request) -> labels of the tags that are wished for in full."""

    def labels(catalog: str, text: str) -> set[str]:
        index = sample(catalog).index
        wanted = {f for w in read(catalog, text).wishes for f in w.exact}
        return {f.label for c in index.columns for f in (index.facet_values(c.name, 10_000) if c.role in ("tags", "creator") else ()) if f.f in wanted}

    return labels


@pytest.mark.parametrize(
    ("catalog", "text", "label"),
    [("movies_zh", "想看雷德利·斯科特的电影", "雷德利·斯科特"), ("music", "sad songs", "sad"), ("music", "music for studying", "study"), ("music", "hip-hop", "hip hop"), ("music", "R&B", "r&b"), ("music", "悲伤的歌", "sad"), ("movies", "scifi", "science fiction"),
     ("movies", "films from France", "France"), ("movies_zh", "科幻片", "科幻"), ("movies_zh", "scary", "恐怖"), ("travel", "in January", "Jan"), ("books", "stories for children", "children's"),
     ("music", "songs for a long drive", "driving"), ("movies", "on the lam", "on the run"), ("travel", "a quaint town with cobbled streets", "historic town"),
     ("books", "like Dune but for adults", "adult"), ("books", "adult fantasy", "adult"), ("books", "novels for grown-ups", "adult"), ("books", "novels in English", "English")],
)  # fmt: skip
def test_a_tag_is_found_by_its_own_and_other_words(tags, catalog: str, text: str, label: str) -> None:
    assert label in tags(catalog, text)


def wished(read, catalog: str, text: str) -> set[str]:
    return {w.words for w in read(catalog, text).wishes}


@pytest.mark.parametrize(("text", "word"), [("bad day at the office", "day"), ("something clean for church", "clean"), ("kick back", "kick"), ("songs everyone knows the words to", "word")])
def test_a_word_that_says_little_of_a_tag_is_no_wish_for_it(read, text: str, word: str) -> None:
    """No rainy day, no "clean and growled", no double kick drums, no spoken word."""
    assert word not in wished(read, "music", text)


@pytest.mark.parametrize(("text", "name"), [("songs about a king", "Queen"), ("something insane", "Madness"), ("a voyage across the sea", "Journey"), ("futuristic", "Future")])
def test_other_words_for_a_word_are_no_names(read, sample, text: str, name: str) -> None:
    index = sample("music").index
    assert not {f.f for f in index.facets([name.lower()])[name.lower()]} & {f for w in read("music", text).wishes for f in (*w.exact, *w.alike)}


@pytest.mark.parametrize(("catalog", "text", "words"), [
    ("travel", "white sand beach", {"beach"}), ("travel", "walkable city", {"city"}), ("travel", "quiet fishing village", {"quiet", "village"}), ("books", "military history", {"history"}),
    ("movies", "guilty pleasure", set()), ("music", "date night", set()),
])  # fmt: skip
def test_of_a_phrase_that_no_tag_says_its_noun_stays(read, catalog: str, text: str, words: set[str]) -> None:
    assert wished(read, catalog, text) & {"beach", "city", "village", "quiet", "history", "pleasure", "guilty", "night", "date"} == words


@pytest.mark.parametrize(
    ("catalog", "text", "words", "not_meant"),
    [("movies", "a gentle family film, live action", {"gentle"}, {"action", "action film"}), ("music", "songs about rock climbing", set(), {"rock"}), ("music", "something from an opera house", {"opera"}, {"house"}),
     ("music", "rock songs for climbing", {"rock"}, set()), ("music", "house music from Chicago", {"house music"}, set()), ("travel", "somewhere with parking space", set(), {"space"}), ("movies", "action films that live up to it", {"action film"}, set())],
)  # fmt: skip
def test_of_an_idiom_only_what_is_meant_is_wished_for(read, catalog: str, text: str, words: set[str], not_meant: set[str]) -> None:
    assert words <= wished(read, catalog, text) and not not_meant & wished(read, catalog, text)


def test_every_idiom_has_a_word_that_is_not_meant() -> None:
    listed = [p for line in (Path(lexicon.__file__).parent / "words" / "idioms.txt").read_text("utf-8").splitlines() if line[0] != "#" for p in line.split(", ")]
    assert len(listed) == len(set(listed)) == len(lexicon.idioms()) > 300
    for phrase in listed:
        key = facet_key(phrase.replace("*", ""))
        assert len(key.split()) > 1 and lexicon.idioms()[key] and all(n < len(key.split()) for n in lexicon.idioms()[key]), phrase


def test_what_only_a_broader_tag_answers_is_wished_for_less(read, sample) -> None:
    """Football is sport; where a catalog has football, sport is not looked for."""
    (wish,) = (w for w in read("books", "a book about football").wishes if w.words == "football")
    index = sample("books").index
    assert {f.f for f in index.facets(["sport"])["sport"]} <= {*wish.partial} and not wish.exact
    assert wish.weight < next(w for w in read("books", "a book about sport").wishes).weight


@pytest.mark.parametrize(("catalog", "text", "label"), [
    ("travel", "somewhere i can read all day and nobody talks to me", "quiet"), ("travel", "train only, we don't fly", "train journey"), ("travel", "somewhere warm over christmas", "Dec"), ("travel", "i have bad knees", "seniors"),
    ("travel", "party town", "nightlife"), ("travel", "our kids are 4 and 7", "families"), ("travel", "no museums please, kids get bored", "families"), ("travel", "my wife uses a wheelchair", "seniors"), ("travel", "for some sun in october", "tropical"),
    ("products", "cheap vacuum for pet hair", "pet hair"), ("products", "a flask that keeps drinks cold", "insulated"), ("products", "a watch for swimming", "waterproof"), ("products", "for my teenage nephew who games all night", "gaming"),
    ("products", "a man who loves gardening", "garden tools"), ("products", "best rated coffee maker", "coffee"), ("products", "a stroller that fits in a small car", "baby"), ("travel", "a beach for swimming", "swimming"), ("movies", "a christmas film at christmas", "christmas"),
])  # fmt: skip
def test_what_people_say_of_themselves_is_a_wish(read, sample, catalog: str, text: str, label: str) -> None:
    index = sample(catalog).index
    wanted = {f for w in read(catalog, text).wishes for f in (*w.exact, *w.alike, *w.partial)}
    assert label in {f.label for c in index.columns for f in (index.facet_values(c.name, 10_000) if c.role == "tags" else ()) if f.f in wanted}


@pytest.mark.parametrize(("text", "word"), [("party island", "island"), ("a stroller", "stroller"), ("my stroller, under 300", "stroller"), ("a lighter stroller", "stroller"), ("a hair dryer", "dryer")])
def test_a_noun_is_not_read_as_a_comparison(read, text: str, word: str) -> None:
    q = read("travel" if word == "island" else "products", text)
    assert word in {*q.words, *(w.words for w in q.wishes)}


def test_the_longest_phrase_wins(read) -> None:
    """Black metal is neither black nor any metal."""
    assert [w.words for w in read("music", "black metal").wishes] == ["black metal"]


def test_a_phrase_does_not_cross_punctuation(read) -> None:
    assert "black metal" not in [w.words for w in read("music", "something black, metal").wishes]


def test_a_rare_tag_weighs_more_than_a_common_one(read) -> None:
    weights = {w.words: w.weight for w in read("music", "sad shoegaze").wishes}
    assert weights["shoegaze"] > weights["sad"] > 0


@pytest.mark.parametrize("text", ["I would like a song", "what's up", "please", "recommend me something good", "有什么好听的歌"])
def test_small_talk_wishes_nothing(read, text: str) -> None:
    assert read("music", text).wishes == ()


def test_words_that_tags_answer_do_not_search_titles() -> None:
    assert untagged(["rock", "rain"], [Wish("rock", (1,))]) == ["rain"]
    assert untagged(["rock"], [Wish("rock", (1,))]) == ["rock"]


def test_each_wish_comes_once_with_its_greatest_weight() -> None:
    assert merged([Wish("a", (1,), weight=1.0), Wish("b", (2,)), Wish("a", (1,), weight=2.0)]) == (Wish("a", (1,), weight=2.0), Wish("b", (2,)))


def test_earlier_wishes_count_less() -> None:
    assert [w.weight for w in recent_first([Wish("jazz", (1,)), Wish("sad", (2,))], "something sad")] == [0.5, 1.0]


def test_tidy_leaves_no_loose_punctuation() -> None:
    assert tidy(" rock  , , sad ,. ") == "rock, sad"


@pytest.mark.parametrize(
    ("catalog", "text", "part"),
    [("movies_zh", "男朋友喜欢的动作片", "朋友"), ("movies_zh", "和女朋友一起", "朋友"), ("movies_zh", "女孩子失恋了", "孩子"), ("music_zh", "适合发朋友圈的", "朋友"), ("movies_zh", "白俄罗斯", "俄罗斯"), ("movies_zh", "北漂的故事", "故事")],
)  # fmt: skip
def test_of_a_longer_chinese_word_the_part_is_not_wished_for(read, catalog: str, text: str, part: str) -> None:
    assert part not in [w.words for w in read(catalog, text).wishes]


@pytest.mark.parametrize(("catalog", "text", "part"), [("music_zh", "硬摇滚", "摇滚"), ("movies_zh", "爱情喜剧", "爱情"), ("movies_zh", "和朋友看的", "朋友"), ("movies_zh", "历史小说改编", "历史"), ("books", "女孩和朋友", "朋友")])
def test_of_a_longer_chinese_word_that_means_its_parts_these_are_wished_for(read, catalog: str, text: str, part: str) -> None:
    assert any(part in w.words for w in read(catalog, text).wishes)


@pytest.mark.parametrize(("text", "words"), [("薄一点的，两百页以内", "short"), ("不到200页", "short"), ("四百页以上", "long")])
def test_lengths_in_chinese(read, text: str, words: str) -> None:
    assert words in [w.words for w in read("books", text).wishes]


@pytest.mark.parametrize("text", ["第200页", "一千零一夜"])
def test_what_is_no_length(read, text: str) -> None:
    assert not {"short", "long"} & {w.words for w in read("books", text).wishes}


@pytest.mark.parametrize(("catalog", "text", "words"), [
    ("books", "indian writers", {"indian"}), ("books", "women writers", {"women"}), ("books", "books about indian writers", {"indian", "writer"}), ("books", "books about writers", {"writer"}), ("books", "struggling writers", {"writer"}),
    ("books", "moving to Japan", {"japan"}), ("books", "a moving story from Japan", {"moving", "japan"}), ("movies", "romcom", {"romantic", "comedy"}), ("movies", "old musical my grandma would love", {"musical"}), ("movies", "stoner comedy", {"stoner comedy"}),
    ("movies", "the bloodier the better", {"bloodier"}),
])  # fmt: skip
def test_whole_phrases_are_read_for_what_they_mean(read, catalog: str, text: str, words: set[str]) -> None:
    q = read(catalog, text)
    assert {w.words for w in q.wishes} == words and not {"stone", "bette", "better"} & {*q.words}


@pytest.mark.parametrize(("catalog", "text", "tag"), [
    ("books", "职场小说", "work"), ("books", "丧尸", "monsters"), ("books", "正能量的", "heart-warming"), ("music_zh", "关于酒的歌", "酒"), ("books", "有猫的书", "cats"), ("books", "关于狗的", "dogs"), ("books", "短一点的", "short"),
    ("movies_zh", "除夕夜看啥", "贺岁"), ("movies_zh", "主角是女的", "女性"), ("movies_zh", "不用动脑的", "爽片"), ("movies", "周末和对象窝沙发看", "date night"), ("travel", "国庆去哪", "Oct"), ("travel", "穷游", "backpackers"),
])  # fmt: skip
def test_a_chinese_word_leads_to_a_tag(read, sample, catalog: str, text: str, tag: str) -> None:
    index = sample(catalog).index
    asked = {f for w in read(catalog, text).wishes for f in (*w.exact, *w.alike, *w.partial)}
    assert asked & {f.f for found in index.facets([facet_key(tag)]).values() for f in found}


@pytest.mark.parametrize(("catalog", "text"), [("music_zh", "好听的老歌"), ("movies_zh", "大一点的"), ("books", "热狗"), ("movies", "马上看的")])
def test_a_character_that_is_no_word_here_is_no_wish(read, catalog: str, text: str) -> None:
    assert not [w.words for w in read(catalog, text).wishes if len(w.words) == 1]


@pytest.mark.parametrize(("catalog", "text", "label"), [
    ("music", "no words please", "instrumental"), ("music", "nothing with words", "instrumental"), ("music", "without words", "instrumental"), ("music", "sounds like Amy Winehouse but a man", "male vocals"),
    ("music", "songs for kids in the car", "kids"), ("music", "I just got dumped", "heartbreak"), ("music", "a 10 minute song", "long song"), ("music", "songs under two and a half minutes", "short song"),
    ("movies", "don't want to think too hard", "popcorn"), ("news", "good news", "celebration"), ("news", "economy", "inflation"), ("news", "hackers", "cybersecurity"),
])  # fmt: skip
def test_what_is_meant_is_a_wish(read, sample, catalog: str, text: str, label: str) -> None:
    wanted = {f.f for found in sample(catalog).index.facets([facet_key(label)]).values() for f in found}
    assert wanted & {f for w in read(catalog, text).wishes for f in (*w.exact, *w.alike)}


@pytest.mark.parametrize(("catalog", "text", "wish"), [
    ("news", "how do heat pumps work", "work"), ("news", "I run a small bakery", "run"), ("music", "as long as it's not rap", "long"), ("news", "older articles about housing", "older"), ("music", "if you like Johnny Cash", "johnny cash"),
])  # fmt: skip
def test_how_a_thing_is_asked_is_no_wish(read, catalog: str, text: str, wish: str) -> None:
    assert wish not in {w.words for w in read(catalog, text).wishes}


@pytest.mark.parametrize(("catalog", "text"), [("movies", "for kids"), ("movies", "something for my kids"), ("music", "for kids")])
def test_whom_it_is_for_is_no_word_of_a_title(read, catalog: str, text: str) -> None:
    q = read(catalog, text)
    assert q.wishes and not q.words
