"""Wishes are the catalog's own tags, found longest phrase first, by other words for them too."""

from __future__ import annotations

import pytest

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
    [("music", "sad songs", "sad"), ("music", "music for studying", "study"), ("music", "hip-hop", "hip hop"), ("music", "R&B", "r&b"), ("music", "悲伤的歌", "sad"), ("movies", "scifi", "science fiction"),
     ("movies", "films from France", "France"), ("movies_zh", "科幻片", "科幻"), ("movies_zh", "scary", "恐怖"), ("travel", "in January", "Jan"), ("books", "stories for children", "children's"),
     ("books", "like Dune but for adults", "adult"), ("books", "adult fantasy", "adult"), ("books", "novels for grown-ups", "adult"), ("books", "novels in English", "English")],
)  # fmt: skip
def test_a_tag_is_found_by_its_own_and_other_words(tags, catalog: str, text: str, label: str) -> None:
    assert label in tags(catalog, text)


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
