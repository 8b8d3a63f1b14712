"""A mood that is turned down, and nothing else said, is a wish for another; beside a wish it is only left out."""

from __future__ import annotations

import pytest

from recsh.index import facet_key
from recsh.lexicon import same
from recsh.opposites import opposites
from recsh.recommend import Options, Recommender


@pytest.mark.parametrize(("catalog", "text", "mood"), [
    ("movies", "nothing sad", "funny"),
    ("movies", "something less gloomy", "funny"),
    ("movies", "nothing too heavy", "funny"),
    ("movies", "90s, nothing scary", "gentle"),
    ("movies", "no happy ending", "bleak"),
    ("movies", "for my mum, she hates violence", "gentle"),
    ("books", "not depressing", "heartwarming"),
    ("books", "less gloomy", "hopeful"),
    ("books", "less gloomy than Dostoevsky", "hopeful"),
    ("books", "like The Road but less bleak", "hopeful"),
    ("music", "not slow", "energetic"),
    ("music", "nothing sad", "happy"),
    ("movies_zh", "不要太悲伤的", "happy"),
])  # fmt: skip
def test_a_mood_that_is_turned_down_is_a_wish_for_another(read, catalog: str, text: str, mood: str) -> None:
    assert mood in {w.words for w in read(catalog, text).wishes}


@pytest.mark.parametrize(("catalog", "text", "wishes"), [
    ("movies", "a thriller, nothing too violent", {"thriller"}),
    ("movies", "comedy but not sad", {"comedy"}),
    ("movies", "like Up but not sad", set()),
    ("movies", "nothing with zombies", set()),
    ("music", "love songs that are not sad", {"love song"}),
    ("movies", "not in English", set()),
    ("books", "a novel about a lighthouse keeper, nothing sad", set()),
    ("books", "by Stephen King, nothing scary", {"stephen king"}),
    ("movies", "anything but Disney", set()),
])  # fmt: skip
def test_where_something_else_is_said_it_is_only_left_out(read, catalog: str, text: str, wishes: set[str]) -> None:
    assert {w.words for w in read(catalog, text).wishes} == wishes


def test_what_is_turned_down_is_not_shown_and_the_opposite_comes_first(movies) -> None:
    shown = Recommender(movies, None).ask("nothing sad", Options(log=False, limit=5, reasons=False))
    assert len(shown) == 5
    for item in (r.item for r in shown):
        assert "sad" not in item.tags and {"funny", "feel-good", "heartwarming", "uplifting"} & {*item.tags}


def test_every_mood_is_a_word_and_none_its_own_opposite() -> None:
    """A mood that no tag says is read by its meaning, so that its opposite must be a word of the list too."""
    assert opposites()["gloomy"] == opposites()["dark"]
    for key, others in opposites().items():
        assert all(facet_key(other) in same() and facet_key(other) != key for other in others)


@pytest.mark.parametrize("text", ["not too slow, not too fast", "not too slow not too fast"])
def test_of_two_moods_that_oppose_each_other_none_is_wished_for(read, text: str) -> None:
    q = read("music", text)
    assert not q.wishes and {e.words for e in q.excluded} == {"slow", "fast"}
