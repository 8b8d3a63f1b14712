"""Names in Chinese requests that only say where to begin: what they are compared with, what was seen, whose kind is meant."""

from __future__ import annotations

import pytest

from recsh.retrieve import retrieve


@pytest.fixture
def named(read):
    """(catalog, request) -> the names it gives."""
    return lambda catalog, text: [r.name for r in read(catalog, text).references]


@pytest.mark.parametrize(
    ("catalog", "text", "name", "wish"),
    [("movies_zh", "比盗梦空间更烧脑", "盗梦空间", "烧脑"), ("movies_zh", "比《盗梦空间》还烧脑的", "盗梦空间", "烧脑"), ("movies_zh", "比无间道轻松一点的", "无间道", "轻松"), ("music_zh", "比五月天安静一点的", "五月天", "安静"),
     ("books", "比追风筝的人轻松一点", "The Kite Runner", "轻松"), ("movies_zh", "比肖申克的救赎更压抑的监狱片", "肖申克的救赎", "监狱")],
)  # fmt: skip
def test_more_than(read, sample, catalog: str, text: str, name: str, wish: str) -> None:
    """It is like what is named, which is no answer itself, and more so."""
    q = read(catalog, text)
    (reference,) = q.references
    assert reference.name == name and q.contrast and wish in [w.words for w in q.wishes]
    assert not {*reference.rows} & {c.item.n for c in retrieve(q, sample(catalog).index, limit=20).candidates}


@pytest.mark.parametrize(
    ("catalog", "text", "name", "less"),
    [("movies_zh", "没有霸王别姬那么沉重", "霸王别姬", "沉重"), ("movies_zh", "没有《霸王别姬》那么沉重的", "霸王别姬", "沉重"), ("movies_zh", "不像盗梦空间那么紧张", "盗梦空间", "紧张"), ("music_zh", "没有小幸运那么甜", "小幸运", "甜")],
)  # fmt: skip
def test_less_than(read, catalog: str, text: str, name: str, less: str) -> None:
    q = read(catalog, text)
    assert [r.name for r in q.references if r.liked] == [name] and [e.words for e in q.excluded] == [less]


@pytest.mark.parametrize(("text", "name"), [("比巴黎便宜的浪漫城市", "Paris"), ("比马尔代夫便宜的海岛", "Maldives"), ("没有巴黎那么贵的", "Paris")])
def test_what_there_is_a_number_for_becomes_a_bound(read, sample, text: str, name: str) -> None:
    q = read("travel", text)
    (reference,), (bound,) = q.references, q.conditions
    there = sample("travel").index.items(reference.rows[:1])[0]
    assert reference.name == name and bound.column == "daily_budget" and bound.high < there.numbers["daily_budget"]


@pytest.mark.parametrize(
    ("catalog", "text", "names"),
    [("books", "看完百年孤独想看类似的", ["One Hundred Years of Solitude"]), ("movies_zh", "看完星际穿越好震撼，还有吗", ["星际穿越"]), ("movies_zh", "周星驰的，大话西游看过了", ["大话西游之月光宝盒"]), ("books", "村上春树看完了，还能看谁", ["Haruki Murakami"]), ("movies_zh", "李安的看过了，还有类似的吗", ["李安"]),
     ("travel", "去过巴黎了,想去类似的", ["Paris"]), ("travel", "像京都那样的地方", ["Kyoto"]), ("movies_zh", "超爱花样年华，求推荐", ["花样年华"])],
)  # fmt: skip
def test_what_was_seen_and_where_one_was(named, catalog: str, text: str, names: list[str]) -> None:
    assert named(catalog, text) == names


@pytest.mark.parametrize(
    ("catalog", "text", "names"),
    [("books", "村上春树那种淡淡的忧伤", ["Haruki Murakami"]), ("movies_zh", "想看王家卫那种调调的", ["王家卫"]), ("music_zh", "周杰伦和林俊杰那种情歌", ["周杰伦", "林俊杰"]), ("music_zh", "周杰伦风格但不是周杰伦唱的", ["周杰伦"]), ("movies_zh", "有没有类似寄生虫那种讽刺社会的", ["寄生虫"])],
)  # fmt: skip
def test_whose_kind_is_meant(named, catalog: str, text: str, names: list[str]) -> None:
    assert named(catalog, text) == names


@pytest.mark.parametrize(("text", "maker"), [("东野圭吾写的,别的也行", "keigo higashino"), ("加缪写的", "albert camus"), ("想看东野圭吾的推理", "keigo higashino")])
def test_a_maker_whom_the_catalog_has_in_another_script(read, text: str, maker: str) -> None:
    assert maker in [w.words for w in read("books", text).wishes if w.creator]


@pytest.mark.parametrize(
    ("catalog", "text"),
    [("movies_zh", "比较轻松的"), ("movies_zh", "世界杯足球比赛"), ("movies_zh", "没有爱情那么简单"), ("movies_zh", "没看过的喜剧"), ("music_zh", "比告白气球慢一点"), ("movies_zh", "悬疑这种"), ("movies_zh", "轻松那种"), ("movies_zh", "看完心情会变好的"), ("travel", "去过很多地方了")],
)  # fmt: skip
def test_where_nothing_is_named(named, catalog: str, text: str) -> None:
    assert named(catalog, text) == []


@pytest.mark.parametrize(
    ("text", "sign"), [("不看老片", 1), ("老片", -1), ("不要太老的黑白片", 1), ("不要最新的", -1), ("外国片，不要老的", 1), ("老片不看", 1), ("老一点的港片", -1), ("新一点的港片", 1)],
)  # fmt: skip
def test_who_wants_nothing_old_wants_it_newer(read, text: str, sign: int) -> None:
    assert [x.sign for x in read("movies_zh", text).leanings] == [sign]


@pytest.mark.parametrize("text", ["近几年的悬疑", "这几年的悬疑", "最近几年的悬疑", "近年来的悬疑"])
def test_recent_years(read, sample, text: str) -> None:
    (bound,) = read("movies_zh", text).conditions
    newest = next(c.high for c in sample("movies_zh").index.number_columns if c.year)
    assert bound.low == newest - 5 and [w.words for w in read("movies_zh", text).wishes] == ["悬疑"]


@pytest.mark.parametrize(
    ("text", "country"), [("去过日本了，想去别的亚洲国家", "japan"), ("去过日本了", "japan"), ("日本去过了，还有什么好玩的", "japan"), ("日本和韩国都去过了，亚洲的", "south korea"), ("去过欧洲了", "europe")],
)  # fmt: skip
def test_where_one_was_may_be_a_whole_country(read, sample, text: str, country: str) -> None:
    """All of it is known; what is like it lies elsewhere."""
    q, index = read("travel", text), sample("travel").index
    there = {*map(int, index.facet_rows([f.f for f in index.facets([country])[country]]))}
    shown = {c.item.n for c in retrieve(q, index, limit=20).candidates}
    assert there <= {row for r in q.references for row in r.rows} and shown and not there & shown


@pytest.mark.parametrize(("catalog", "text"), [("travel", "没去过日本"), ("travel", "去过日本，还想再去"), ("travel", "去过很多地方了"), ("movies_zh", "看过日本的了吗"), ("travel", "想去日本")])
def test_where_one_was_not_or_goes_again_is_no_name(named, catalog: str, text: str) -> None:
    assert named(catalog, text) == []


@pytest.mark.parametrize(("text", "names"), [("比戴森便宜的吸尘器", []), ("比戴森便宜", ["戴森"])])
def test_a_brand_that_is_not_there_says_less_than_what_is_asked_for(read, text: str, names: list[str]) -> None:
    q = read("products", text)
    assert [r.name for r in q.references] == names and [x.sign for x in q.leanings] == [-1]
