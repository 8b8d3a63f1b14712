"""The many ways to ask for what is near a name: each gives the name as a reference, and neither a refusal of it nor a wish for its words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from recsh.catalog import Catalog
from recsh.match import Names
from recsh.query import understand
from recsh.request import Query
from recsh.types import Column, Role

LIKE = """{n} like {x}|more {n} like {x}|got anything like {x}?|looking for something similar to {x}|something in the same vein as {x}|same vibes as {x}|{x} vibes|{x} type {n}|{x}-like {n}|{x} style {n}|{x}-esque {n}
{n} a la {x}|{x} is amazing, anything similar?|{x} is my all-time favorite, recommend something similar|{x} and things like it|{x} and the like|{x} and similar {n}|{x} or something like it|{x} or something similar|{x} and {n} like it
what goes well with {x}?|what comes nearest to {x}|what's closest to {x}|the closest thing you have to {x}|what is most like {x}|what's most similar to {x}?|anything that reminds you of {x}|{n} that remind me of {x}|the next {x}
i keep going back to {x}, give me something like it|{x} but something i don't know|alternatives to {x}|any alternatives to {x}?|a substitute for {x}|give me more of what {x} does|what would a lover of {x} pick?|what would {x} fans like?
recommend {n} based on {x}|based on {x}|going by {x}, what would i like?|since i like {x}|because i loved {x}|i love {x}, anything similar?|i'm obsessed with {x}, something similar|if you like {x} you'll like|{n} for fans of {x}|people who liked {x} also liked
what do fans of {x} like|what should i try after {x}|where to go after {x}?|anything comparable with {x}|something as good as {x}|anything resembling {x}|similar {n} to {x}|something with a {x} feel|{x}, more like that|what's like {x}?|find me the nearest thing to {x}"""
FOND = """i can't get enough of {x}|cant get enough of {x}, what else is there|{x} was great, what else?|{x} is awesome, got more?|{x} was brilliant. what next?|{x} is my favourite, more please|i keep coming back to {x}|i'm really into {x} lately|hooked on {x}
big fan of {x}, what else should i try|i love {x}|i loved {x}, what next?|nothing compares to {x}"""
LIKE_ZH = """像{x}的{n}|像{x}这种{n}|同{x}类似的|与{x}相近的{n}|跟{x}一个类型的|和{x}同一类的|跟{x}是一类的{n}|和{x}风格相近的{n}|类似于{x}的{n}|我很喜欢{x}，有没有类似的|喜欢{x}的人还会喜欢什么|喜欢{x}的话还可以试试什么|{x}的粉丝还会喜欢什么|适合{x}粉丝的{n}
{x}那种感觉的{n}|{x}风的{n}|{x}那类{n}|有没有{x}那样的{n}|想要更多{x}这样的|再来点{x}这种的|{x}太好了，还有类似的吗|除了{x}还有什么类似的|除了{x}以外还有什么类似的|找几个{x}同款|{x}的同类|{x}平替|找个{x}的替代|可以替代{x}的{n}|下一个{x}|基于{x}推荐|以{x}为参考推荐
跟{x}最接近的|和{x}最像的{n}|跟{x}搭的|和{x}有相同感觉的{n}|{x}之类的{n}|{x}或者类似的|沉迷{x}，求类似|被{x}圈粉了，还有类似的吗"""
FOND_ZH = "{x}太好了，再来几个|{x}真好，再来几个|{x}是我的最爱，再推荐几个|最喜欢{x}，求推荐|迷上了{x}，还有什么|入坑{x}，求推荐|看{x}上头了，还有吗|喜欢{x}，还有什么推荐"
NOUNS = {"music": "songs", "movies": "films", "books": "books", "travel": "places", "movies_zh": "电影", "music_zh": "歌"}


def said(q: Query) -> tuple[list[str], list[str], list[str], list[str]]:
    """Who or what is liked, and all else that was understood."""
    assert not q.leanings
    return [r.name for r in q.references if r.liked], [w.words for w in q.wishes], [e.words for e in q.excluded], [c.words for c in q.conditions]


def frames(text: str, catalog: str, name: str) -> list[str]:
    return [f.replace("{x}", name).replace("{n}", NOUNS[catalog]) for f in text.replace("\n", "|").split("|")]


@pytest.mark.parametrize(("catalog", "written", "name", "left"), [
    ("music", "Metallica", "Metallica", []), ("music", "radiohead", "Radiohead", []), ("music", "Pink Floyd", "Pink Floyd", []), ("movies", "The Godfather", "The Godfather", []),
    ("movies", "spirited away", "Spirited Away", []), ("books", "Agatha Christie", "Agatha Christie", []), ("travel", "Kyoto", "Kyoto", []), ("travel", "New Zealand", "New Zealand", ["New Zealand"]),
])  # fmt: skip
def test_every_way_to_ask_for_what_is_like_it(read, catalog: str, written: str, name: str, left: list[str]) -> None:
    """It is not shown itself; of a country nothing is, since who asks for places like it wants others."""
    for text in frames(LIKE, catalog, written):
        q = read(catalog, text)
        assert said(q) == ([name], [], left, []) and all(r.known and r.rows for r in q.references), text


@pytest.mark.parametrize(("catalog", "written", "name", "known"), [("music", "Metallica", "Metallica", False), ("books", "agatha christie", "Agatha Christie", False), ("movies", "The Godfather", "The Godfather", True), ("travel", "Lisbon", "Lisbon", True)])
def test_who_loves_a_maker_may_get_more_by_him(read, catalog: str, written: str, name: str, known: bool) -> None:
    """A title that is loved is known; neither is a wish for its words."""
    for text in frames(FOND, catalog, written):
        q = read(catalog, text)
        assert said(q) == ([name], [], [], []) and [r.known for r in q.references] == [known], text


@pytest.mark.parametrize(("catalog", "written", "name"), [("music_zh", "周杰伦", "周杰伦"), ("movies_zh", "霸王别姬", "霸王别姬"), ("movies", "教父", "The Godfather"), ("music", "披头士", "The Beatles"), ("music", "Metallica", "Metallica"), ("music", "Pink Floyd", "Pink Floyd"), ("books", "村上春树", "Haruki Murakami"), ("travel", "新西兰", "新西兰")])
def test_every_way_to_ask_for_it_in_chinese(read, catalog: str, written: str, name: str) -> None:
    for text in frames(LIKE_ZH, catalog, written):
        q = read(catalog, text)
        assert said(q) == ([name], [], [], []) and all(r.known and r.rows for r in q.references), text
    for text in frames(FOND_ZH, catalog, written):
        q = read(catalog, text)
        assert said(q) == ([name], [], [], []) and all(r.known is not r.creator for r in q.references), text


WRITTEN = [
    ("music", "a mix of Metallica and Adele", ["Metallica", "Adele"]), ("music", "Radiohead and Portishead were great, what else", ["Radiohead", "Portishead"]), ("movies", "godfather or goodfellas type films", ["The Godfather", "GoodFellas"]),
    ("movies", "films like Before Sunrise and Alien", ["Before Sunrise", "Alien"]), ("movies", "an alternative to Kubrick or Scorsese", ["Stanley Kubrick", "Martin Scorsese"]), ("movies", "movies like Tarantino", ["Quentin Tarantino"]),
    ("movies", "I like Tarantino and Nolan", ["Quentin Tarantino", "Christopher Nolan"]), ("music", "披头士和Queen差不多的", ["The Beatles", "Queen"]), ("music_zh", "类似周杰伦或者林俊杰的", ["周杰伦", "林俊杰"]), ("music", "除了Metallica和Slayer还有什么类似的", ["Metallica", "Slayer"]),
    ("music", "an alternative to metalica", ["Metallica"]), ("music", "Metalica was great, what else?", ["Metallica"]), ("music", "喜欢Metalica的人还会喜欢什么", ["Metallica"]), ("movies", "an alternative to spirted away", ["Spirited Away"]), ("movies", "Spirted Away and things like it", ["Spirited Away"]),
    ("movies", "movies like alien", ["Alien"]), ("movies", "the next Alien", ["Alien"]), ("movies", "Alien and things like it", ["Alien"]), ("movies", "Alien is my favourite, more please", ["Alien"]), ("movies", "films like No Country for Old Men", ["No Country for Old Men"]), ("movies", "like 2001: A Space Odyssey", ["2001: A Space Odyssey"]),
    ("movies", "loved the godfather, more of that", ["The Godfather"]), ("books", "the next Harry Potter", ["Harry Potter"]), ("music", "an alternative to 'Bohemian Rhapsody'", ["Bohemian Rhapsody"]), ("music", "songs like another brick in the wall", ["Another Brick in the Wall, Part 2"]),
    ("music_zh", "和《青花瓷》同一类的", ["青花瓷"]), ("music", "an alternative to Xyzzyx", ["Xyzzyx"]), ("music", "Xyzzyx and things like it", ["Xyzzyx"]), ("music_zh", "《某某某某》同款", ["某某某某"]),
]  # fmt: skip


@pytest.mark.parametrize("catalog", dict.fromkeys(catalog for catalog, _, _ in WRITTEN))
def test_names_as_people_write_them(read, catalog: str) -> None:
    for text, names in [(text, names) for where, text, names in WRITTEN if where == catalog]:
        assert said(read(catalog, text)) == (names, [], [], []), text


@pytest.mark.parametrize(("catalog", "text", "name", "rest"), [
    ("music", "metallica-esque but slower", "Metallica", (["slow"], [], [])), ("music", "like Metallica but no soul music", "Metallica", ([], ["soul"], [])), ("music", "an alternative to Metallica from the 90s", "Metallica", ([], [], ["from the 90s"])),
    ("products", "an alternative to Quietbuds Pro max $400", "Quietbuds Pro", ([], [], ["at most $400"])), ("products", "Halo X or similar under 600 dollars", "Halo X", ([], [], ["under $600"])), ("books", "agatha christie type mysteries", "Agatha Christie", (["mystery"], [], [])),
    ("travel", "a city with lisbon vibes", "Lisbon", (["city"], [], [])), ("travel", "alternatives to Venice in Asia", "Venice", (["asia"], [], [])), ("music_zh", "类似周杰伦但不要伤感的", "周杰伦", ([], ["伤感"], [])), ("music", "i love abba, what else from sweden", "ABBA", (["sweden"], [], [])),
])  # fmt: skip
def test_what_else_is_asked_stays(read, catalog: str, text: str, name: str, rest: tuple[list[str], list[str], list[str]]) -> None:
    assert said(read(catalog, text)) == ([name], *rest)


@pytest.mark.parametrize(("catalog", "text", "column"), [("products", "a cheaper alternative to the Halo X", "price"), ("travel", "an alternative to Paris that is cheaper", "daily_budget"), ("movies", "based on Inception but shorter", "minutes")])
def test_a_measure_beside_it_is_a_bound(read, sample, catalog: str, text: str, column: str) -> None:
    q = read(catalog, text)
    (r,), (c,) = q.references, q.conditions
    assert (c.column, q.wishes) == (column, ()) and c.high < max(i.numbers[column] for i in sample(catalog).index.items(r.rows))


@pytest.mark.parametrize(("catalog", "text", "unwanted"), [("music", "nothing like Metallica", "Metallica"), ("music_zh", "不要和周杰伦类似的", "周杰伦"), ("movies", "不要像教父那样的", "The Godfather"), ("music_zh", "除了周杰伦还有谁", "周杰伦")])
def test_what_is_refused_is_not_liked(read, catalog: str, text: str, unwanted: str) -> None:
    assert said(read(catalog, text)) == ([], [], [unwanted], [])


@pytest.mark.parametrize(("catalog", "text", "name"), [("music", "anything by Metallica", "metallica"), ("music", "the best of Metallica", "metallica"), ("music", "more Metallica please", "metallica"), ("books", "all books of Agatha Christie", "agatha christie"), ("books", "more of Agatha Christie", "agatha christie"), ("music_zh", "周杰伦的歌", "周杰伦"), ("music_zh", "周杰伦唱的", "周杰伦")])
def test_what_is_by_somebody_is_wished_for(read, catalog: str, text: str, name: str) -> None:
    q = read(catalog, text)
    assert [w.words for w in q.wishes if w.creator] == [name] and not q.excluded and not any(r.known for r in q.references)


NAMELESS = {
    "music": "the next train|another day in paradise|another rainy day|based on a true story|summer vibes|songs like rain|I keep reading the news|i am big on piano|music that goes well with wine|jazz style guitar|western style|rock and similar|jazz and things like it|what would a fan of jazz like"
    "|alternative rock|alternative to rock|for lovers of piano music|skip to the good part|the weather is great, what to listen to|my day was amazing|addicted to love|good vibes|close to midnight|songs close to my heart|when you love someone|songs that remind me of home|people who like to dance",
    "movies": "based on a book|inspired by true events|the next big thing|alien vibes|halloween vibes|western type movie|the food was great, what else|comedies and things like that|what comes after death|films related to war|I love my dog|I'm into space|people who love each other|if i like action|the wedding was great",
    "books": "the next chapter|another world|the answer to everything|dragons and things like that|for fans of fantasy|what goes well with coffee|dark academia vibes|books related to japan|the heir to the throne|substitute teacher|a story like a dream",
    "travel": "close to the beach|somewhere like home|the next weekend|city vibes|I love Italy|near Kyoto|mediterranean feel|the mountains were amazing, what else",
    "products": "an alternative to plastic|a replacement battery|goes well with jeans|works with alexa|another pair of headphones|gaming type keyboard|more battery",
    "music_zh": "和朋友一起听的歌|和爸爸一样喜欢的|根据心情推荐|喜欢安静的人听的歌|像雨一样的歌|爱情太好了，再来几个|中国风的歌|下一首|好听，再来几首", "movies_zh": "根据小说改编的|以战争为背景的|从头到尾都紧张的|给喜欢恐怖片的人|和女朋友一起看|被遗忘的故事|爱上一个人|喜欢上了邻居",
}  # fmt: skip


@pytest.mark.parametrize("catalog", NAMELESS)
def test_where_no_name_stands(read, catalog: str) -> None:
    for text in NAMELESS[catalog].split("|"):
        assert read(catalog, text).references == (), text


COLUMNS = [Column("id", Role.ID), Column("title", Role.TITLE), Column("tags", Role.TAGS, joiner="|"), Column("price", Role.NUMBER, "$", 10, 18)]
TITLES = ("Spiegelman Raphael", "Raphael", "Spiegelman", "Relaxation", "Concordia", "Autobahn", "Pietro", "Zafón Spektor Perfume", "Tenebrae and Sons")


@pytest.fixture
def perfumes(shelf: Callable[..., Catalog]) -> Callable[[str], Query]:
    """A request of a list whose titles are odd, or ordinary words."""
    catalog = shelf(["id", "title", "tags", "price"], [[str(n), title, "rose|evenings" if n % 2 else "iris|weddings", str(10 + n)] for n, title in enumerate(TITLES)], COLUMNS)
    return cache(lambda text: understand(text, catalog.index, Names(catalog.index).find))


def test_a_title_that_stands_whole_wins(perfumes) -> None:
    for title in TITLES:
        for text in (f"like {title}", f"an alternative to {title}", f"{title} and things like it", f"what comes nearest to {title}", f"for fans of {title}", f"找几个{title}同款", f"喜欢{title}的人还会喜欢什么"):
            assert said(perfumes(text)) == ([title], [], [], []), text
    assert said(perfumes("an alternative to Spiegelman Raphael under $15, no iris")) == (["Spiegelman Raphael"], [], ["iris"], ["under $15"])
