"""Who it is for: children by age and kinship, and who is none."""

import pytest

from recsh.audience import for_whom, unfit


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
        ("我儿子四岁，睡前念的", "适合孩子，睡前念的"),
        ("女儿五岁，不要吓到她", "适合孩子，不要吓人"),
        ("给女儿挑本书", "给孩子挑本书"),
        ("送给退休的爸爸", "礼物"),
        ("给老妈买个按摩的", "礼物 按摩的"),
        ("给我朋友推荐喜剧", "喜剧"),
        ("爸妈看的喜剧", "全家的喜剧"),
        ("带爸妈，别太累", "全家，别太累"),
        ("15岁女儿看的电影", "青少年看的电影"),
        ("十四岁孩子能看的", "青少年看的"),
        ("十二岁女儿能看的", "适合孩子的"),
        ("八岁以下小朋友不害怕的", "适合孩子的"),
        ("3-6岁孩子能听的歌", "适合孩子的歌"),
        ("带娃看的动画，孩子五岁", "适合孩子的动画"),
        ("国庆节带孩子去看", "国庆节适合孩子"),
        ("老爸喜欢打仗的", "喜欢打仗的"),
        ("男朋友不爱看文艺片，想一起看的", "不爱看文艺片，想一起看的"),
        ("suitable for a 4 yr old", "for kids"),
        ("a bunch of ten year olds' birthday party", "a bunch of kids' birthday party"),
        ("8yo boy", "kids"),
        ("my 6yo loves space", "kids loves space"),
        ("a 7 y/o who reads", "kids who reads"),
        ("my 8 year old hates reading", "kids hates reading"),
        ("for a fifteen year old girl", "for teenagers"),
        ("I'm 14 and love horror", "teenagers and love horror"),
        ("my nephew is 12", "teenagers"),
        ("our kids are 4 and 7, somewhere warm", "kids, somewhere warm"),
        ("readers aged 9 to 12", "readers kids"),
        ("gift for a 70 year old gardener", "gift for seniors gardener"),
        ("most of us are over 65", "most of seniors"),
        ("present for someone over 70", "present for seniors"),
        ("half term with a toddler", "half term with kids"),
        ("for our kids who are 4 and 7", "for kids"),
        ("my teenage nephew", "teenagers"),
        ("for my teenage daughter", "for teenagers"),
        ("we're in our 70s and like walks", "seniors and like walks"),
        ("for parents in their late sixties", "for parents seniors"),
        ("skiing for people in their 20s", "skiing for people"),
        ("a novel about a woman in her 70s", "a novel about a woman"),
        ("songs about getting older", "songs about growing old"),
        ("something my dad and my teenager both like", "something for the whole family"),
        ("a film for my dad who likes trains", "a film for him who likes trains"),
        ("my husband hates musicals", "he hates musicals"),
    ],
)
def test_a_child_is_said_as_catalogs_say_it(said: str, read: str) -> None:
    """By age, by kinship, in both languages."""
    assert for_whom(said).strip() == read


@pytest.mark.parametrize(
    "said",
    [
        "a novel about a 12-year-old boy", "a 10 year old whisky", "a whisky aged 12 years", "he is 40 and likes jazz",
        "songs from when I was 16", "my daughter's favourite", "my son is 25 years old, what should he read", "70岁的爸爸", "关于孩子的电影", "孩子看书的故事", "带孩子去海边", "爸爸的故事", "送爸爸的", "给妈妈听的歌", "送别妈妈的故事", "关于父母的", "不吓人的", "a film where she is 8 feet tall", "",
    ],
)  # fmt: skip
def test_what_is_no_child_to_choose_for_stays(said: str) -> None:
    """Grown-ups, old things, and children that the thing is about."""
    assert for_whom(said) == said


@pytest.mark.parametrize("said", ["my son is away at college", "my son just joined the army", "the kids are finally asleep", "songs from when I was a kid in the 90s", "creepy kids"])
def test_who_is_only_spoken_of_is_nobody_to_choose_for(said: str) -> None:
    """Neither children who are away or asleep, nor the child that one was, nor those of horror."""
    assert not {"kids", "kid", "son"} & {*for_whom(said).split()}


@pytest.mark.parametrize("said", ["a movie for my 40 year old husband", "turning 40 and freaking out", "songs for my mum", "for my dad's birthday", "a film about my father and my mother", "both my favourite and yours", "I'm 30 pages in", "20 yo-yo tricks", "a story about a boy who is 9", "I'm 5 minutes away", "kids in the hall"])
def test_other_numbers_are_no_ages_of_children(said: str) -> None:
    """Grown-ups are not young, and what is counted is not an age."""
    assert for_whom(said) == said


def test_a_title_is_no_audience() -> None:
    for text in ("something like 《The gym for people over eighty》", 'like "My 8 year old son"', "像《我的七岁儿子》那样的"):
        assert for_whom(text) == text
    assert "kids" in for_whom('for my 8 year old, like "Up"') and '"Up"' in for_whom('for my 8 year old, like "Up"')


@pytest.mark.parametrize(("said", "young"), [("halloween with kids", True), ("a scary film for teenagers", True), ("适合孩子看的电影", True), ("a film about kids", False), ("kids in the hall", False), ("for him", False), ("", False)])
def test_whom_something_is_unfit_for(said: str, young: bool) -> None:
    assert bool(unfit(said)) is young
