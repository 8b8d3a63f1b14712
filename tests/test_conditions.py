"""Numbers in a request become conditions, in English and Chinese; numbers that are names stay names."""

from __future__ import annotations

import doctest
import json
import time
from collections.abc import Callable
from functools import cache
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh import amounts, numerals, session
from recsh.conditions import Condition, Leaning, read
from recsh.exclusions import UNFIT
from recsh.index import facet_key
from recsh.numerals import han_number, value_of
from recsh.recommend import Recommender
from recsh.request import Query
from recsh.types import Column, Role

COLUMNS = (
    Column("year", Role.NUMBER, "year", 1500, 2025, year=True), Column("price", Role.NUMBER, "$", 1, 3000), Column("minutes", Role.NUMBER, "min", 1, 240),
    Column("rating", Role.NUMBER, "rating", 1, 10), Column("weight_g", Role.NUMBER, "g", 1, 9000), Column("energy", Role.NUMBER, "", 1, 10),
    Column("pages", Role.NUMBER, "pages", 10, 2000),
)  # fmt: skip
_, *GOLDEN = [json.loads(line) for line in (Path(__file__).parent / "data" / "conditions.jsonl").read_text(encoding="utf-8").splitlines()]


def _closed(value: float) -> float | None:
    return None if abs(value) == inf else value


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["phrase"])
def test_a_phrase_means_what_the_golden_table_says(case: dict) -> None:
    """Column, low, high and negation are exactly those written down by hand; a name with a number in it means none."""
    found, _ = read(case["phrase"], COLUMNS)
    conditions = [[f.column, _closed(f.low), _closed(f.high), f.negated] for f in found if isinstance(f, Condition)]
    assert conditions == [[c, low, high, no] for c, low, high, no in case["conditions"]]
    assert [[f.column, f.sign] for f in found if isinstance(f, Leaning)] == case["leanings"]


def test_the_golden_table_is_large_and_in_two_languages() -> None:
    """At least 120 phrases, a quarter of them Chinese, at least 30 that must not be read as numbers."""
    chinese = [c for c in GOLDEN if not c["phrase"].isascii()]
    assert len(GOLDEN) >= 120 and len(chinese) >= 40 and sum(not c["conditions"] + c["leanings"] for c in GOLDEN) >= 30


def test_the_rest_of_the_request_goes_on_without_the_words_that_were_read() -> None:
    """What is left still says what was wished; a negation goes with what it negates and does not turn down the next word."""
    assert read("sad hits of the 90s under 4 minutes", COLUMNS)[1] == "sad hits"
    assert read("black metal not from the 90s", COLUMNS)[1] == "black metal"
    assert read("not from the 90s black metal", COLUMNS)[1] == "black metal"
    assert read("the cheapest tent", COLUMNS)[1] == "the cheapest tent"


@pytest.mark.parametrize("case", [c for c in GOLDEN if not c["conditions"]], ids=lambda case: case["phrase"])
def test_a_phrase_without_conditions_is_left_word_for_word(case: dict) -> None:
    """Names keep their numbers."""
    assert read(case["phrase"], COLUMNS)[1] == case["phrase"]


def test_each_condition_remembers_the_words_it_was_read_from() -> None:
    """A warning can name them."""
    (found,), _ = read("albums not from the 90s", COLUMNS)
    assert isinstance(found, Condition) and found.words == "not from the 90s"


@pytest.mark.parametrize("phrase", ["hits of the 90s", "under $50", "shorter than 100 minutes", "九十年代的歌", "100元以下", "the cheapest", "under 300 pages"])
def test_a_wish_for_a_column_that_is_not_there_stays_in_the_text(phrase: str) -> None:
    """Nothing is dropped silently."""
    assert read(phrase, ()) == ([], phrase)


def test_a_date_column_takes_whole_years() -> None:
    """Dates are years with a fraction: the last day of the decade belongs to it, the next day does not."""
    (found,), _ = read("news of the 90s", (Column("date", Role.DATE, "year", 1980, 2025, year=True),))
    assert isinstance(found, Condition) and found.low == 1990 and 1999 + 365.5 / 366 < found.high < 2000


@pytest.mark.parametrize(("unit", "limit"), [("min", 4), ("s", 240), ("ms", 240_000)])
def test_durations_count_in_the_columns_own_unit(unit: str, limit: float) -> None:
    """'under 4 minutes' on a column of milliseconds is 240,000."""
    (found,), _ = read("songs under 4 minutes", (Column("duration", Role.NUMBER, unit),))
    assert isinstance(found, Condition) and found.high == limit


def test_conditions_on_one_column_both_hold_or_are_joined() -> None:
    """'after 1980 ... before 1990' is a range; '60s and 70s' from the first to the last; '60s and 80s' without what lies between; of two open
    ones that clash the later counts."""
    (both,), _ = read("after 1980 and before 1990", COLUMNS)
    assert isinstance(both, Condition) and (both.low, both.high) == (1981, 1989)
    (joined,), _ = read("60s rock, 70s pop", COLUMNS)
    assert isinstance(joined, Condition) and (joined.low, joined.high) == (1960, 1979)
    (hull, gap), _ = read("rock of the 60s and 80s", COLUMNS)
    assert isinstance(hull, Condition) and (hull.low, hull.high, hull.negated) == (1960, 1989, False)
    assert isinstance(gap, Condition) and gap.negated and 1969 < gap.low < 1970 and 1979 < gap.high < 1980
    (whole,), _ = read("between the 60s and the 80s", COLUMNS)
    assert isinstance(whole, Condition) and (whole.low, whole.high) == (1960, 1989)
    (later,), _ = read("under $50, no, over $100", COLUMNS)
    assert isinstance(later, Condition) and (later.low, later.high) == (100, inf)


@pytest.mark.parametrize(("text", "value"), [("一百五", 150), ("一百零五", 105), ("二十", 20), ("十", 10), ("两千", 2000), ("三千五", 3500), ("一万", 10_000), ("120", 120), ("一万五", 15_000), ("两万八", 28_000), ("一万二千五", 12_500), ("一万零五", 10_005), ("一万零三百五", 10_350)])
def test_chinese_numerals(text: str, value: float) -> None:
    """As spoken: a last digit behind hundreds counts tens."""
    assert han_number(text) == value


def test_number_words() -> None:
    """English words and thousands."""
    assert (value_of("Two"), value_of("1,500"), value_of("1.5k"), value_of("no number")) == (2, 1500, 1500, 0)


WORDS = st.lists(st.sampled_from("not no under over $ 50 1990 90s the from between and to 100 minutes 年 元 以下 九十 年代 百 early kg rated 1,000 % ' - — . ( ) k ٣ ② ∞".split()), max_size=12)


@settings(database=None, deadline=None, max_examples=600)
@given(st.one_of(WORDS.map(" ".join), WORDS.map("".join), st.text(max_size=60)))
def test_no_text_makes_reading_fail(text: str) -> None:
    """Any text gives conditions whose low is not above their high, on columns that exist."""
    found, rest = read(text, COLUMNS)
    assert isinstance(rest, str)
    for f in found:
        assert f.column in {c.name for c in COLUMNS}
        if isinstance(f, Condition):
            assert f.low <= f.high


@pytest.mark.parametrize("text", ["1" * 20_000, "under " * 5_000, "between 1990 and " * 2_000, "一" * 20_000, "not the " * 4_000, " " * 50_000, "90s " * 3_000])
def test_a_long_request_takes_no_long_time(text: str) -> None:
    """No pattern backtracks without bound."""
    start = time.perf_counter()
    read(text, COLUMNS)
    assert time.perf_counter() - start < 5


def test_examples_in_docstrings_are_true() -> None:
    """What the documentation shows is what happens."""
    assert doctest.testmod(numerals).failed == doctest.testmod(amounts).failed == 0


# --- as people speak of amounts, over the catalogs that come along ------------------------------------------------------


@pytest.fixture(scope="module")
def understood() -> Callable[[str, str], Query]:
    """understood(catalog, request): what is made of it."""

    @cache
    def of(name: str) -> Recommender:
        return session.recommender(session.load_catalog(name), {"model": "none"}, memory=False)

    return lambda name, said: of(name).understand(said)


@pytest.mark.parametrize(
    ("catalog", "said", "column", "low", "high"),
    [
        ("products", "headphones, can't spend more than 80 dollars", "price", None, 80),
        ("products", "headphones, i don't want to pay more than 80 dollars", "price", None, 80),
        ("products", "headphones that won't cost more than $80", "price", None, 80),
        ("products", "I'm not spending more than 15 on headphones", "price", None, 15),
        ("products", "tired, not spending more than twenty-five", "price", None, 25),
        ("products", "I'm allergic to ironing and to spending more than twenty quid", "price", None, 20),
        ("products", "I'm not paying eighty bucks for a kettle", "price", None, 80),
        ("products", "hundred euros and not a cent over", "price", None, 100),
        ("products", "50 dollars and not a penny more, a backpack", "price", None, 50),
        ("movies", "won't have anything older than 2000", "year", 2000, None),
        ("movies", "don't own anything before 1990", "year", 1990, None),
        ("products", "laptop, i don't need anything over 500", "price", None, 500),
        ("products", "something under fifty", "price", None, 50),
        ("products", "headphones under a hundred dollars", "price", None, 100),
        ("products", "headphones, max 80 quid", "price", None, 80),
        ("products", "max 80", "price", None, 80),
        ("products", "backpack 15 quid tops", "price", None, 15),
        ("products", "a laptop for less than a grand", "price", None, 1000),
        ("products", "a laptop under 2k", "price", None, 2000),
        ("products", "gift for a tenner", "price", None, 10),
        ("products", "headphones, i have 200 to spend", "price", None, 200),
        ("products", "a family of 4 with 2000 to spend", "price", None, 2000),
        ("products", "headphones, i've got £50", "price", None, 50),
        ("products", "headphones between 50 and 150", "price", 50, 150),
        ("products", "between fifty and a hundred", "price", 50, 100),
        ("products", "headphones from 50 to 100", "price", 50, 100),
        ("products", "phone around 300", "price", 225, 375),
        ("products", "headphones under 50 for the gym", "price", None, 50),
        ("products", "tent that weighs under a kilo", "weight_g", None, 1000),
        ("travel", "£100 a day max", "daily_budget", None, 100),
        ("travel", "70 a night", "daily_budget", None, 70),
        ("travel", "ski trip 200-300", "daily_budget", 200, 300),
        ("products", "wedding gift, 200 to 300", "price", 200, 300),
        ("products", "laptop 500 – 800 please", "price", 500, 800),
        ("movies", "an hour and forty tops", "minutes", None, 100),
        ("movies", "don't recommend movies longer than 2 hours", "minutes", None, 120),
        ("movies", "not older than 20 years", "year", 2004, None),
        ("movies", "don't give me anything older than 20 years", "year", 2004, None),
        ("movies", "films older than 50 years", "year", None, 1973),
        ("movies", "post 2015", "year", 2016, None),
        ("movies", "in the last decade", "year", 2014, None),
        ("movies", "comedy from the turn of the century", "year", 1997, 2003),
        ("music", "before I was born, 1988", "year", None, 1987),
        ("news", "five minute read", "minutes", None, 5),
        ("news", "I have 3 minutes", "minutes", None, 3),
        ("books", "written in the 1960s", "year", 1960, 1969),
        ("products", "500以内的键盘", "price", None, 500),
        ("products", "两千以内的手机", "price", None, 2000),
        ("products", "2万以内的相机", "price", None, 20000),
        ("products", "不超过一千的跑鞋", "price", None, 1000),
        ("products", "不到一千的手机", "price", None, 1000),
        ("products", "1000左右的相机", "price", 750, 1250),
        ("products", "三百到五百的键盘", "price", 300, 500),
        ("products", "一千五到两千的手机", "price", 1500, 2000),
        ("products", "预算五百，送婆婆", "price", None, 500),
        ("products", "一万五以内的相机", "price", None, 15000),
        ("products", "一万五千元以内的相机", "price", None, 15000),
        ("products", "1万5以内的相机", "price", None, 15000),
        ("products", "1.5万元以内", "price", None, 15000),
        ("products", "三千二左右的手机", "price", 2400, 4000),
        ("travel", "蜜月，预算每天两千", "daily_budget", None, 2000),
        ("products", "比500便宜的键盘", "price", None, 500),
        ("travel", "预算两万以内", "daily_budget", None, 20000),
        ("travel", "日均预算一千以内的海岛", "daily_budget", None, 1000),
        ("travel", "人均五百一天的", "daily_budget", None, 500),
    ],
)
def test_an_amount_as_people_say_it(understood: Callable[[str, str], Query], catalog: str, said: str, column: str, low: float | None, high: float | None) -> None:
    """Refused verbs turn the limit round; words, slang and bare numbers are amounts where the catalog has a column that fits."""
    (found,) = understood(catalog, said).conditions
    assert (found.column, _closed(found.low), _closed(found.high), found.negated) == (column, low, high, False)


@pytest.mark.parametrize(
    ("catalog", "said"),
    [
        ("products", "toys for kids under 12"), ("products", "headphones for people over 60"), ("products", "office chair from 9 to 5"), ("products", "a grand piano"),
        ("products", "fitness tracker, more than 7 days battery"), ("movies", "set in the 17th century"), ("movies", "movies of the 1890s"), ("movies", "Fifty Shades of Grey"),
        ("products", "shoes size 40 to 42"), ("products", "toys for ages 20 to 30"), ("products", "puzzle, 500-1000 pieces"), ("travel", "we're in our 70s"), ("movies", "she is in her 60s"),
        ("books", "set in the 1960s"), ("books", "the roaring twenties"), ("books", "swinging sixties london"), ("books", "life in the 1950s"), ("music", "something under 3 minutes"),
        ("products", "适合10到12岁的玩具"), ("products", "8到10寸的平板"), ("products", "续航不超过三十小时"), ("products", "第一百本书"), ("products", "重量100以内的"), ("travel", "三到五天"), ("travel", "六十到七十的老人"),
        ("movies", "五百以内的电影"), ("travel", "预算五百人的团"),
    ],
)  # fmt: skip
def test_other_numbers_are_no_conditions(understood: Callable[[str, str], Query], catalog: str, said: str) -> None:
    """Ages, names, and times that a thing is set in or that nothing in the catalog is of."""
    assert not understood(catalog, said).conditions


@pytest.mark.parametrize(
    ("catalog", "said", "leanings"),
    [
        ("travel", "romantic getaway that won't bankrupt us", [("daily_budget", -1)]), ("products", "headphones that won't break the bank", [("price", -1)]), ("travel", "as beautiful as the maldives without the price", [("daily_budget", -1)]),
        ("travel", "gap year on a shoestring", [("daily_budget", -1)]), ("travel", "skiing, not too posh", [("daily_budget", -1)]), ("travel", "bucket list trip, money no object", [("daily_budget", 1)]), ("travel", "honeymoon, budget is no problem", [("daily_budget", 1)]),
        ("products", "good reviews, cheap vacuum", [("price", -1), ("rating", 1)]), ("products", "less popular headphones", [("reviews", -1)]), ("products", "popular headphones", [("reviews", 1)]), ("products", "headphones, not too mainstream", [("reviews", -1)]),
        ("products", "a power bank", []), ("travel", "without the crowds", []),
    ],
)  # fmt: skip
def test_more_or_less_of_a_number_as_people_say_it(understood: Callable[[str, str], Query], catalog: str, said: str, leanings: list[tuple[str, int]]) -> None:
    query = understood(catalog, said)
    assert sorted({(x.column, x.sign) for x in query.leanings}) == leanings
    assert not {"bank", "bankrupt", "price"} & {word for e in query.excluded for word in e.words.split()}


@pytest.mark.parametrize(
    ("catalog", "said", "tag"),
    [
        ("books", "set in the 1960s", "1960s"), ("books", "the roaring twenties", "1920s"), ("books", "set in the 19th century", "nineteenth century"),
        ("books", "under 200 pages and funny", "short"), ("books", "more than 500 pages", "long"), ("books", "under two hundred pages", "short"),
        ("movies", "set in the 17th century", "period drama"), ("movies", "for a fifteen year old girl", "teenagers"),
        ("music", "less than three minutes", "short song"), ("music", "nothing with more than 5 minutes", "short song"), ("music", "songs about getting older", "ageing"),
    ],
)  # fmt: skip
def test_a_time_or_length_that_tags_say_is_a_wish_for_them(understood: Callable[[str, str], Query], catalog: str, said: str, tag: str) -> None:
    """When a thing is set, and how long it is where no column counts it; nothing of it is refused or leaned on."""
    query = understood(catalog, said)
    index = session.load_catalog(catalog).index
    sought = {f for w in query.wishes for f in (*w.exact, *w.alike)}
    assert sought & {f.f for f in index.facets([facet_key(tag)])[facet_key(tag)]}
    assert not [e for e in query.excluded if e.words != UNFIT] and not query.leanings


@pytest.mark.parametrize("said", ["一个人旅行", "想一个人走走", "一个人出去玩几天"])
def test_who_is_alone_wishes_for_what_suits_one(understood: Callable[[str, str], Query], said: str) -> None:
    assert any(w.words.startswith("一个人") for w in understood("travel", said).wishes)


@pytest.mark.parametrize("said", ["找一个人少的海岛", "推荐一个人多热闹的地方"])
def test_a_counted_thing_is_nobody_alone(understood: Callable[[str, str], Query], said: str) -> None:
    assert "一个人" not in [w.words for w in understood("travel", said).wishes]
