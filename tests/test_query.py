"""Requests are understood as the golden table says, in two languages; what says nothing is read as nothing."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsh.query import turns
from recsh.request import Query, facets_saying, search_words

_, *GOLDEN = [json.loads(line) for line in (Path(__file__).parent / "data" / "understand.jsonl").read_text(encoding="utf-8").splitlines()]


def _open(value: float) -> float | None:
    return None if abs(value) == inf else value


def understood(q: Query) -> dict[str, object]:
    """A query in the terms of the golden table."""
    return {
        "references": [r.name for r in q.references if r.rows and r.liked],
        "disliked": [r.name for r in q.references if r.rows and not r.liked],
        "unknown": [r.name for r in q.references if not r.rows],
        "excluded": [e.words for e in q.excluded],
        "conditions": [[c.column, _open(c.low), _open(c.high), c.negated] for c in q.conditions],
        "leanings": [[x.column, x.sign] for x in q.leanings],
        "limit": q.limit,
    }


@pytest.mark.parametrize("case", GOLDEN, ids=lambda c: f"{c['catalog']}-{c['request']}")
def test_a_request_means_what_the_golden_table_says(case: dict, read, sample) -> None:
    """Names, exclusions, conditions, leanings and the limit exactly; the tags of the wishes named are found, none where none is."""
    q = read(case["catalog"], case["request"])
    expected = {key: case.get(key, None if key == "limit" else []) for key in understood(q)}
    assert understood(q) == expected
    if "wishes" in case:
        found = {w.words: {*w.exact, *w.partial} for w in q.wishes}
        tags = {f for facets in found.values() for f in facets}
        missing = [w for w in case["wishes"] if w not in found and not tags & {*facets_saying(sample(case["catalog"]).index, w)}]
        assert not missing and (case["wishes"] or not found), (missing, [*found])


def test_the_golden_table_is_large_and_in_two_languages() -> None:
    chinese = [c for c in GOLDEN if not c["request"].isascii()]
    nothing = [c for c in GOLDEN if not {*c} - {"catalog", "request", "wishes"} and not c.get("wishes")]
    assert len(GOLDEN) >= 150 and len(chinese) >= 40 and len(nothing) >= 30 and len({(c["catalog"], c["request"]) for c in GOLDEN}) == len(GOLDEN)


@pytest.mark.parametrize("case", GOLDEN[::7], ids=lambda c: c["request"])
def test_reading_twice_gives_the_same(case: dict, read) -> None:
    assert read(case["catalog"], case["request"]) == read(case["catalog"], case["request"])


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(["like", "not", "no", "by", "Metallica", '"', "(1999)", "under", "5", "不要", "像", "的", "《", "》", "User:", "\n", ",", "AND", "NEAR(", "*"]), max_size=12).map(" ".join)))  # fmt: skip
def test_any_text_is_read(read, text: str) -> None:
    """Total: no text raises, and none is read as full-text syntax; positions that come out are rows."""
    q = read("music", text)
    assert all(0 <= n < 1599 for r in q.references for n in r.rows) and all(q.words)


def test_a_plain_request_is_one_turn_of_the_persons() -> None:
    assert turns("rock songs") == [(True, "rock songs")]
    assert turns("User: hi\nSystem: hello\nthere\nUser: jazz") == [(True, "hi"), (False, "hello there"), (True, "jazz")]
    assert turns("用户：你好\n系统：想听什么") == [(True, "你好"), (False, "想听什么")]
    assert turns("") == [(True, "")]


def test_what_a_dialogue_wants_is_what_was_said_last(read) -> None:
    q = read("movies", "User: I want a comedy\nSystem: How about Airplane!?\nUser: no, something scary from the 80s")
    assert q.dialogue and q.last == "no, something scary from the 80s"
    weights = {w.words: w.weight for w in q.wishes}
    assert weights["scary"] > weights.get("comedy", 0)
    assert [(c.low, c.high) for c in q.conditions] == [(1980, 1989)]


def test_a_title_loved_in_a_dialogue_is_known_and_one_turned_down_is_disliked(read) -> None:
    q = read("movies", "User: I loved The Matrix (1999)\nSystem: Have you seen Inception (2010)?\nUser: I didn't like it, too long")
    assert {r.name: r.liked for r in q.references} == {"The Matrix": True, "Inception": False}


def test_search_words_leave_out_fillers_in_both_languages() -> None:
    assert search_words("please recommend some songs about rain") == ["rain"]
    assert search_words("请推荐几首关于雨天的歌") == ["雨天"]
    assert search_words("the the the") == []
