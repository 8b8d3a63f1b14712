"""Who it is for: children by age and kinship, and who is none."""

import pytest

from recsh.audience import for_whom


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("my daughter, she's seven, loves dragons", "kids, loves dragons"),
        ("family movie night with a 6 year old, nothing too scary", "family movie night with kids, nothing too scary"),
        ("live action adventure for 10-12 year olds", "live action adventure for kids"),
        ("something for a 15-year-old girl who reads", "something for teenagers who reads"),
        ("gift for my little niece", "gift for kids"),
        ("a game for two boys aged 8", "a game for two boys kids"),
        ("给四岁儿子的睡前故事", "给孩子的睡前故事"),
        ("我儿子四岁，睡前念的", "孩子，睡前念的"),
        ("15岁女儿看的电影", "青少年看的电影"),
    ],
)
def test_a_child_is_said_as_catalogs_say_it(said: str, read: str) -> None:
    """By age, by kinship, in both languages."""
    assert for_whom(said) == read


@pytest.mark.parametrize(
    "said",
    [
        "a novel about a 12-year-old boy", "a 10 year old whisky", "a whisky aged 12 years", "with my 83 year old grandpa", "he is 40 and likes jazz",
        "songs from when I was 16", "my daughter's favourite", "my son is 25 years old, what should he read", "70岁的爸爸", "a film where she is 8 feet tall", "",
    ],
)  # fmt: skip
def test_what_is_no_child_to_choose_for_stays(said: str) -> None:
    """Grown-ups, old things, and children that the thing is about."""
    assert for_whom(said) == said
