"""Whatever a chat model writes when asked for a list becomes suggestions; nothing it writes can break or stall the reader."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh.entry import MAX_LINE
from recsh.parse import MAX_ITEMS, REPEATS, parse
from recsh.text import clean
from recsh.types import Suggestion


def titles(text: str) -> list[str]:
    return [s.title for s in parse(text)]


@pytest.mark.parametrize("mark", ["{n}. ", "{n}) ", "{n}) ", "#{n} ", "({n}) ", "{n}、", "（{n}）", "{n}\\. ", "- ", "* ", "• ", "· ", "•", "– ", "  - ", "### {n}. ", "- [ ] "])
def test_list_marks_are_not_part_of_a_title(mark: str) -> None:
    assert titles("\n".join(mark.format(n=n) + t for n, t in enumerate(("Alien", "Heat", "12 Angry Men"), 1))) == ["Alien", "Heat", "12 Angry Men"]


def test_chinese_numbering() -> None:
    assert titles("一、活着\n二、霸王别姬\n十一、无间道") == ["活着", "霸王别姬", "无间道"]
    assert titles("（一）活着\n（二）霸王别姬") == ["活着", "霸王别姬"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("**Heat** - two men, one city", Suggestion("Heat", "two men, one city")),
        ("_Heat_ — two men", Suggestion("Heat", "two men")),
        ("*Heat*: two men", Suggestion("Heat", "two men")),
        ('"Heat" - two men', Suggestion("Heat", "two men")),
        ("“Heat”：two men", Suggestion("Heat", "two men")),
        ("《活着》：一个人的一生", Suggestion("活着", "一个人的一生")),
        ("《活着》（1994）- 感人", Suggestion("活着", "感人", year=1994)),
        ("周杰伦《晴天》", Suggestion("晴天", creator="周杰伦")),
        ("Heat — a crime story", Suggestion("Heat", "a crime story")),
        ("Heat: a crime story", Suggestion("Heat", "a crime story")),
        ("Heat (1995)", Suggestion("Heat", year=1995)),
        ("Heat (1995): a crime story", Suggestion("Heat", "a crime story", year=1995)),
        ("**Heat (1995)** - a crime story", Suggestion("Heat", "a crime story", year=1995)),
        ("**Heat (1995):** A crime story", Suggestion("Heat", "A crime story", year=1995)),
        ("**Heat** (Michael Mann, 1995) - crime", Suggestion("Heat", "crime", "Michael Mann", 1995)),
        ("Enter Sandman by Metallica", Suggestion("Enter Sandman", creator="Metallica")),
        ('"Enter Sandman" by Metallica - heavy', Suggestion("Enter Sandman", "heavy", "Metallica")),
        ('Metallica - "Enter Sandman"', Suggestion("Enter Sandman", creator="Metallica")),
        ("**Enter Sandman** by **Metallica** (1991): heavy", Suggestion("Enter Sandman", "heavy", "Metallica", 1991)),
        ("Metallica - Enter Sandman", Suggestion("Metallica - Enter Sandman")),
        ("Metallica - Enter Sandman - fast and loud", Suggestion("Metallica - Enter Sandman", "fast and loud")),
        ("Star Wars: The Last Jedi", Suggestion("Star Wars: The Last Jedi")),
        ("Mission: Impossible - Fallout - best stunts of all", Suggestion("Mission: Impossible - Fallout", "best stunts of all")),
        ("Star Wars: Ewoks (animated series)", Suggestion("Star Wars: Ewoks (animated series)")),
        ("2001: A Space Odyssey", Suggestion("2001: A Space Odyssey")),
        ("1984", Suggestion("1984")),
        ("300", Suggestion("300")),
        ("Won't You Be My Neighbor?", Suggestion("Won't You Be My Neighbor?")),
        ("E.T.", Suggestion("E.T.")),
        ("🎬 **Heat** – cold", Suggestion("Heat", "cold")),
        ("Song 2 (Remastered 2012)", Suggestion("Song 2 (Remastered 2012)")),
    ],
)  # fmt: skip
def test_one_item(line: str, expected: Suggestion) -> None:
    """Title, reason, creator and year of one numbered line."""
    assert parse(f"1. {line}\n") == [expected]


def test_chatter_before_and_after_is_left_out() -> None:
    text = "Sure! Here are two films:\n\n1. Alien\n2. Heat\n\nLet me know if you want more, or less!"
    assert parse(text) == [Suggestion("Alien"), Suggestion("Heat")]
    assert titles("Certainly! I recommend these:\nAlien\nHeat\nEnjoy!") == ["Alien", "Heat"]


@pytest.mark.parametrize("text", ["", "   \n", "I think you might love it.", "Hello! How can I assist you today?", "The plot is about a crew that meets something in space and dies.", "```\n```", "[]", "{}", "..."])
def test_a_reply_without_titles_gives_none(text: str) -> None:
    assert parse(text) == []


def test_one_line_with_commas() -> None:
    assert titles("Alien, Aliens, Heat and Ronin") == ["Alien", "Aliens", "Heat", "Ronin"]
    assert titles("Sure, here are some films you might enjoy: Alien, Aliens, and Heat.") == ["Alien", "Aliens", "Heat"]
    assert titles("Alien、Heat、Ronin") == ["Alien", "Heat", "Ronin"]


def test_titles_quoted_in_prose() -> None:
    assert titles('I recommend "Alien" and **Heat** because they are tense.') == ["Alien", "Heat"]
    assert titles("推荐《活着》、《霸王别姬》和《无间道》。") == ["活着", "霸王别姬", "无间道"]


def test_lines_below_an_item_belong_to_it() -> None:
    text = "1. **Alien**\n   - **Director:** Ridley Scott\n   - **Year:** 1979\n   - **Why:** dread\n2. Heat\n   Cold and long."
    assert parse(text) == [Suggestion("Alien", "dread", "Ridley Scott", 1979), Suggestion("Heat", "Cold and long.")]
    assert parse("### Alien (1979)\nDread.\n\n### Heat\nCold.\n") == [Suggestion("Alien", "Dread.", year=1979), Suggestion("Heat", "Cold.")]


ITEM = {"title": "Alien", "reason": "dread", "artist": "Scott", "year": 1979}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([ITEM]),
        json.dumps({"recommendations": [ITEM]}, indent=2),
        f"Sure:\n```json\n{json.dumps([ITEM])}\n```\nEnjoy!",
        json.dumps([ITEM])[:-2] + ",}]",
        json.dumps([ITEM])[:-2],
        json.dumps([ITEM, ITEM])[: len(json.dumps([ITEM])) + 12],
        '{"name": "Alien", "why": "dread", "director": "Scott", "year": "1979"}',
        '[{"标题": "Alien", "理由": "dread", "导演": "Scott", "年份": "1979年"}]',
        '{"song": "Alien", "explanation": "dread", "author": "Scott", "year": 1979}\n{"movie": "Alien", "explanation": "dread", "author": "Scott", "year": 1979}',
    ],
)
def test_json_in_any_state(text: str) -> None:
    """Whole, wrapped, fenced, with trailing commas, cut off, with other keys, a line each."""
    assert parse(text)[0] == Suggestion("Alien", "dread", "Scott", 1979)


def test_lone_surrogates_go() -> None:
    assert titles('["Al\\ud800ien"]') == ["Alien"]


def test_json_lists_and_maps_of_strings() -> None:
    assert parse('["Alien (1979)", "Heat"]') == [Suggestion("Alien", year=1979), Suggestion("Heat")]
    assert titles('["Alien", "Heat", "Ron') == ["Alien", "Heat"]
    assert parse('{"Alien": "dread", "Heat": "cold"}') == [Suggestion("Alien", "dread"), Suggestion("Heat", "cold")]
    assert titles('[{"title": "Alien"}, {"title": "Ron') == ["Alien"]


def test_thoughts_are_not_suggestions() -> None:
    assert titles("<think>\n1. Alien\nno\n</think>\n1. Heat") == ["Heat"]
    assert titles("1. Alien? no\n</think>\n1. Heat") == ["Heat"]
    assert titles("<think>1. Alien") == []


def test_template_tokens_and_made_up_turns_are_left_out() -> None:
    assert titles("<|im_start|>assistant\n1. Heat<|im_end|>\n<|im_start|>user\n1. Up") == ["Heat"]
    assert titles("1. Heat</s>1. Up") == ["Heat"]
    assert titles("1. Heat\n[|Human|] Hello!\n[|AI|] 1. Up") == ["Heat"]
    assert titles("1. Heat\nUser: more\n1. Up") == ["Heat"]


def test_a_made_up_turn_counts_if_there_was_nothing_before() -> None:
    assert titles("Hello! What do you like?\nUser: action and adventure\nSystem: Great! Here you are:\n1. Heat\n2. Ronin") == ["Heat", "Ronin"]


def test_an_unfinished_last_line_gives_no_half_title() -> None:
    assert titles('1. Heat\n2. "The Re') == ["Heat"]
    assert titles("1. Heat\n2. **The Re") == ["Heat"]
    assert titles("1. Heat\n2. The Incredibles (20") == ["Heat", "The Incredibles"]


def test_runaway_loops_are_bounded() -> None:
    assert titles("1. Heat\n" * 5000) == ["Heat"] * REPEATS
    assert len(parse("\n".join(f"{n}. Film {n}" for n in range(100_000)))) <= MAX_ITEMS


def test_limit() -> None:
    text = "1. Alien\n2. Heat\n3. Ronin"
    assert [s.title for s in parse(text, 2)] == ["Alien", "Heat"] and parse(text, 0) == [] and len(parse(text, 99)) == 3


MARKS = st.sampled_from([*"\n\n\n*_\"“”《》()（）[]{}:,-—–|#.、•<>/\\'`", "1. ", "- ", "**", "```json\n", "<think>", "</think>", '{"title": "', '", ', "<|im_end|>", " by ", " (1999)", "User: ", "Alien", "活着", "and ", "\x00", "\u202e", "\ud800"])


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=400), st.lists(MARKS, max_size=80).map("".join)))
def test_any_text_gives_a_list_of_real_titles(text: str) -> None:
    """Total; every title is short, on one line, without control characters or list marks around it."""
    for s in parse(text):
        assert s.title == clean(s.title) and 0 < len(s.title) <= 160
        s.title.encode(), s.reason.encode(), s.creator.encode()
        assert s.year is None or 1500 <= s.year <= 2099


@pytest.mark.parametrize("piece", ["(", "[", "{", "{[", '"', '{"a":', "*", "**", " - ", " by A", "《", "<think>", "</think>", "a, ", "1. ", "1. a\n", "- ", "\n", " ", "_a", ": ", "(1999", "a", "一、", "User:\n", "<|im_end|>", "'", "#", "\\", '"\\', "A (", "A: b ", "｜"])
def test_a_reply_that_says_one_thing_without_end_gives_little(piece: str) -> None:
    """How long that takes is measured in the long runs (tests/test_soak.py)."""
    found = parse(piece * (200_000 // len(piece)))
    assert len(found) <= REPEATS and sum(len(s.title) + len(s.reason) + len(s.creator) for s in found) <= 3 * MAX_LINE


@settings(max_examples=60, deadline=None)
@given(st.lists(MARKS, min_size=1, max_size=8).map("".join), st.integers(1, 3000))
def test_what_comes_out_is_bounded_by_what_went_in(piece: str, times: int) -> None:
    text = piece * times
    found = parse(text)
    assert len(found) <= MAX_ITEMS and all(len(s.reason) <= MAX_LINE and len(s.creator) <= MAX_LINE for s in found)


def test_a_reason_has_an_end() -> None:
    """Also in JSON, where no line ends it."""
    (only,) = parse(json.dumps([{"title": "Alien", "reason": "dread " * 30_000, "artist": "x" * 100_000}]))
    assert only.title == "Alien" and len(only.reason) <= MAX_LINE and len(only.creator) <= MAX_LINE
    assert len(parse("1. Alien\n   - **Why:** " + "dread " * 30_000)[0].reason) <= MAX_LINE
