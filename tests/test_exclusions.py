"""What is refused is left out, and only that: titles that sound like a refusal stay titles, languages are not countries."""

from __future__ import annotations

import pytest

from recsh.index import facet_key
from recsh.exclusions import UNFIT
from recsh.retrieve import retrieve


@pytest.fixture
def said(read):
    """(catalog, request) -> the words that are excluded."""
    return lambda catalog, text: [e.words for e in read(catalog, text).excluded if e.words != UNFIT]


@pytest.mark.parametrize("form", ["no {}", "not {}", "without {}", "nothing too {}", "anything but {}", "except {}", "rock, {} excluded is wrong but no {}", "I hate {}", "I don't like {}", "avoid {}", "instead of {}", "please no {} at all"])
def test_every_way_to_refuse(said, form: str) -> None:
    assert said("music", form.format("jazz", "jazz")) == ["jazz"]


@pytest.mark.parametrize("form", ["不要{}", "不想听{}", "除了{}", "除了{}都可以", "不是{}", "讨厌{}", "{}除外", "不喜欢{}", "别给我{}"])
def test_every_way_to_refuse_in_chinese(said, form: str) -> None:
    assert said("music_zh", form.format("民谣")) == ["民谣"]


@pytest.mark.parametrize(
    ("catalog", "text", "words"),
    [("travel", "我不想爬山", ["爬山"]), ("travel", "不爱爬山，爱美食", ["爬山"]), ("travel", "不想去太热的地方", ["热"]), ("travel", "不敢坐飞机", ["飞机"]), ("travel", "懒得走路", ["走路"]), ("books", "不想学编程", ["编程"]),
     ("movies_zh", "不敢看恐怖片", ["恐怖片"]), ("movies_zh", "不想看太沉重的，也不想太幼稚", ["沉重", "幼稚"]), ("travel", "除了欧洲哪里都行", ["欧洲"]), ("travel", "别推荐海岛", ["海岛"]), ("books", "别给我推荐鸡汤", ["鸡汤"]),
     ("travel", "不要转机太多", ["转机"]), ("music_zh", "除了情歌什么都行", ["情歌"]), ("movies_zh", "别给我推爱情片，看腻了", ["爱情片"]), ("movies_zh", "不要恐怖镜头", ["恐怖镜头"]), ("movies_zh", "没有爱情线的科幻", ["爱情"]), ("movies_zh", "少一点打打杀杀", ["打打杀杀"]), ("movies_zh", "打斗少一点的武侠", ["打斗"]),
     ("music_zh", "除了周杰伦还有谁唱中国风", ["周杰伦"]), ("music_zh", "周杰伦风格但不是周杰伦唱的", ["周杰伦"]), ("travel", "带爸妈，走路少一点", ["走路"]), ("movies_zh", "别那么沉重", ["沉重"]), ("movies_zh", "不是喜剧但很轻松", ["喜剧"]),
     ("travel", "冬天不冷的海岛", ["冷"]), ("travel", "不冷也不热的地方", ["冷"]), ("travel", "没那么商业化的古镇", ["商业"]), ("books", "有点丧但不绝望", ["绝望"]), ("books", "女主强大，不恋爱脑", ["恋爱"]), ("music_zh", "不伤感的民谣", ["伤感"]),
     ("movies_zh", "不怎么血腥的悬疑片", ["血腥"])],
)  # fmt: skip
def test_what_chinese_verbs_and_qualities_turn_down(said, read, catalog: str, text: str, words: list[str]) -> None:
    """Of what stands around the thing nothing is refused, and nothing refused is wished for."""
    assert said(catalog, text) == words
    assert not {w.words for w in read(catalog, text).wishes} & {*words}


@pytest.mark.parametrize(
    ("catalog", "text"),
    [("movies_zh", "想不想看喜剧"), ("movies_zh", "一个不想长大的男孩"), ("movies_zh", "不开心的时候看"), ("movies_zh", "有没有不烧脑的"), ("movies_zh", "不错的喜剧"), ("movies_zh", "不一样的爱情"), ("music_zh", "睡不着的时候听"),
     ("music_zh", "你不爱我的歌"), ("music_zh", "不插电"), ("travel", "想去不丹"), ("travel", "不知道去哪"), ("travel", "不会游泳去哪"), ("music_zh", "没有歌词的"), ("travel", "人少一点的海边"), ("movies_zh", "反转多一点的")],
)  # fmt: skip
def test_what_only_has_a_chinese_no_in_it_refuses_nothing(said, catalog: str, text: str) -> None:
    assert said(catalog, text) == []


def test_a_list_is_refused_item_by_item(said) -> None:
    assert said("music", "no metal, punk") == ["metal"]  # a comma ends it: what follows may be a wish
    assert said("music", "no metal, punk or disco") == ["metal", "punk", "disco"]  # but for a list that "or" closes
    assert said("music", "no metal or punk and no disco") == ["metal", "punk", "disco"]
    assert said("books", "nothing by Agatha Christie or Stephen King") == ["Agatha Christie", "Stephen King"]
    assert said("books", "anything except Pride and Prejudice") == ["Pride and Prejudice"]


def test_what_comes_behind_for_is_a_wish_again(said, read) -> None:
    assert said("music", "no metal for a wedding") == ["metal"]
    assert [w.words for w in read("music", "no metal for a wedding").wishes] == ["wedding"]
    assert said("movies", "not for kids") == ["for kids"]


@pytest.mark.parametrize(
    ("catalog", "text"),
    [("movies", "like No Country for Old Men"), ("music", "Nothing Compares 2 U"), ("music", "songs like nothing else matters"), ("books", "the hate u give"), ("books", "like Never Let Me Go"),
     ("movies_zh", "像霸王别姬"), ("music", "Don't Stop Me Now"), ("music", "no idea"), ("music", "no one knows"), ("movies", "I have no kids"), ("movies", "never seen it"), ("movies_zh", "没有想法"), ("movies_zh", "特别的电影"), ("movies_zh", "非常好")],
)  # fmt: skip
def test_what_only_sounds_like_a_refusal_refuses_nothing(said, catalog: str, text: str) -> None:
    assert said(catalog, text) == []


def test_a_title_or_creator_is_left_out_by_its_rows(read, movies) -> None:
    q = read("movies", "anything but Star Wars")
    assert [i.title for i in movies.index.items(q.excluded[0].rows)] == ["Star Wars"]
    q = read("music", "rock but not the beatles")
    assert len(q.excluded[0].rows) == 6 and not q.excluded[0].tokens


def test_a_title_that_is_to_be_avoided_is_a_disliked_reference(read) -> None:
    """Its neighbours are pushed down, and it is not shown."""
    (reference,) = read("movies", "nothing like Frozen").references
    assert reference.name == "Frozen" and not reference.liked


def test_a_phrase_is_no_list_of_words(read, movies, products) -> None:
    """'Star Trek' bars no film about stars, 'in-ear' no other ear."""
    labels = {f.f: f.label for f in products.index.facets_with("ear")}
    assert "over-ear" in labels.values()
    (e,) = read("products", "headphones, not in-ear").excluded
    assert "over-ear" not in {labels.get(f) for f in e.facets} and e.tokens == ("in", "ear")
    assert not read("movies", "no civil disobedience war stories").excluded[0].facets


def test_a_language_is_no_country(read, movies) -> None:
    """'Not in English' leaves the United Kingdom in."""
    (e,) = read("movies", "not in English").excluded
    left = {c for i in movies.index.items(sorted({*range(movies.index.rows)} - {*movies.index.facet_rows(e.facets)})) for c in i.cells["country"].split("|")}
    assert "France" in left and all("English" not in i.cells["language"].split("|") for i in movies.index.items(range(movies.index.rows)) if i.n not in {*movies.index.facet_rows(e.facets)})


@pytest.mark.parametrize(("catalog", "text", "column", "value"), [("music", "metal, nothing live", "tags", "live"), ("movies", "comedy without romance", "genres", "romance"), ("movies_zh", "喜剧，不要爱情片", "类型", "爱情"), ("travel", "beaches outside Europe", "continent", "Europe")])
def test_nothing_that_was_refused_is_found(read, sample, catalog: str, text: str, column: str, value: str) -> None:
    found = retrieve(read(catalog, text), sample(catalog).index, limit=50).candidates
    assert found and all(value not in c.item.cells[column].split("|") for c in found)


@pytest.mark.parametrize(
    "form",
    ["not a fan of {}", "I'm not a big fan of {}", "i’m not really a fan of {}", "not into {}", "we're not really into {}", "not in the mood for {}", "I'm not in the mood for any {} right now", "I've had enough of {}", "enough with the {}", "I'm bored of {}", "bored to death of {}",
     "fed up with {}", "I'm so over {}", "go easy on the {}", "{} isn't my thing", "{} is not my cup of tea", "{} is not really for me", "{} bores me", "{} leaves me cold", "{} gets on my nerves", "{} does nothing for me", "everything but {}", "not much of a {} person",
     "I'm not a {} fan", "I don't listen to {}", "my husband doesn't listen to {}", "my dad never listens to {}", "none of that {} crap", "not another {}", "no more {} these days", "without the {}", "no {} at the moment"],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "something calm, {}", "{}, something calm"])
def test_everyday_ways_to_refuse(said, read, form: str, around: str) -> None:
    q = read("music", around.format(form.format("jazz")))
    assert [e.words for e in q.excluded] == ["jazz"] and [w.words for w in q.wishes] == ["calm"] * ("calm" in around)


@pytest.mark.parametrize(
    ("catalog", "text", "words"),
    [("travel", "we don't ski", ["ski"]), ("travel", "a beach, I don't hike", ["hike"]), ("movies", "I don't do horror", ["horror"]), ("books", "for a five-year-old scared of the dark", ["dark"]), ("movies", "my son is afraid of spiders", ["spiders"]),
     ("movies", "my husband hates subtitles", ["subtitles"]), ("movies", "for a man who hates musicals", ["musicals"]), ("books", "they're for my kids, who hate war", ["war"]), ("movies", "not in the mood for anything sad", ["sad"]), ("books", "less gloomy than Dostoevsky", ["gloomy"]),
     ("books", "less science more fiction", ["science"]), ("books", "I don't want anything sad right now", ["sad"]), ("travel", "neither too hot nor too cold in august", ["hot", "cold"]), ("movies", "no violent scenes", ["violent"]), ("music", "nothing with sad endings", ["sad"]),
     ("movies", "for kids without violence", ["violence"]), ("movies", "for a boy without horror", ["horror"]), ("movies", "no horror, a man without a past", ["horror"])],
)  # fmt: skip
def test_only_what_is_refused_is_excluded(said, catalog: str, text: str, words: list[str]) -> None:
    assert said(catalog, text) == words


@pytest.mark.parametrize(
    ("catalog", "text", "words"),
    [("travel", "nowhere cold", ["cold"]), ("travel", "a beach, nowhere too hot", ["hot"]), ("travel", "anywhere but spain", ["spain"]), ("travel", "anywhere but Paris", ["Paris"]), ("travel", "I can't swim", ["swim"]),
     ("travel", "a holiday, we can't ski, love food", ["ski"]), ("travel", "my husband cannot ski", ["ski"]),
     ("travel", "I need to get away from the city", ["city"]), ("travel", "too hot here, need to cool off", ["hot"]), ("travel", "it's so cold here in january", ["cold"]), ("travel", "no party places", ["party places"]),
     ("products", "less popular headphones", ["popular"])],
)  # fmt: skip
def test_what_is_got_away_from_or_cannot_be_done_is_excluded(said, read, catalog: str, text: str, words: list[str]) -> None:
    assert said(catalog, text) == words
    assert not {w.lower() for w in words} & {w.words for w in read(catalog, text).wishes}


@pytest.mark.parametrize(
    ("catalog", "text"),
    [("travel", "a cabin in the middle of nowhere"), ("music", "road to nowhere"), ("music", "Nowhere Man"), ("travel", "I can't wait"), ("music", "I can't sleep"), ("music", "I can't dance"), ("products", "I can't cook"), ("travel", "escape the winter"),
     ("travel", "escape the scottish winter"), ("movies", "they escape the city"), ("movies", "an escape from prison"), ("movies", "trying to escape the war"), ("travel", "too good to stay at home"), ("travel", "anywhere but here"), ("products", "jacket for minus 20")],
)  # fmt: skip
def test_what_is_no_place_to_avoid_is_not_excluded(said, catalog: str, text: str) -> None:
    assert said(catalog, text) == []


@pytest.mark.parametrize(
    ("catalog", "text", "column", "value"),
    [("products", "speaker that is not too loud", "tags", "quiet"), ("products", "lamp, not too bright", "tags", "dimmable"), ("products", "backpack, less bulky", "tags", "compact"), ("travel", "like santorini but less crowded", "tags", "off the beaten path"),
     ("travel", "greece, less touristy", "tags", "off the beaten path"), ("travel", "somewhere to escape the heat", "climate", "alpine"), ("travel", "escape the scottish winter", "climate", "tropical")],
)  # fmt: skip
def test_less_of_something_is_a_wish_for_its_opposite(read, sample, catalog: str, text: str, column: str, value: str) -> None:
    index = sample(catalog).index
    assert {f.f for f in index.facets([value])[value]} & {f for w in read(catalog, text).wishes for f in w.exact}


@pytest.mark.parametrize(
    ("catalog", "text"),
    [("movies", "they hate each other at first then fall in love"), ("movies", "a man who hates his job"), ("movies", "about a woman who hates christmas"), ("movies", "vanished without a trace"), ("movies", "wakes up with no memory"), ("movies", "nothing is what it seems"),
     ("movies", "no place like home"), ("products", "a pan where nothing sticks to it"), ("movies", "a girl without a family"), ("movies", "love hate relationship"), ("books", "love to hate the main character"), ("movies", "a film about a boy who is afraid of the dark"),
     ("movies", "a housewife bored with her life"), ("music", "I'm over 40"), ("music", "easy on the ears"), ("music", "I'm over the moon"), ("music", "songs by Everything But the Girl"), ("books", "I'm fed up with my job"), ("movies", "Who's Afraid of Virginia Woolf"), ("travel", "we don't know where to go"),
     ("movies", "not just another thriller"), ("movies", "not your typical western"), ("music", "nothing but piano"), ("books", "doesn't play by the rules"), ("movies", "no older than 20 years"), ("music", "a song about being afraid of losing you")],
)  # fmt: skip
def test_what_is_told_or_said_so_is_no_refusal(said, catalog: str, text: str) -> None:
    assert said(catalog, text) == []


@pytest.mark.parametrize(("catalog", "text", "wish"), [("movies", "not just another thriller", "thriller"), ("movies", "not your typical western", "western"), ("music", "nothing but piano", "piano")])
def test_what_only_begins_like_a_refusal_is_a_wish(read, catalog: str, text: str, wish: str) -> None:
    assert [w.words for w in read(catalog, text).wishes] == [wish]


@pytest.mark.parametrize(
    ("catalog", "text", "column", "value"),
    [("travel", "island without cars", "tags", "car-free"), ("products", "face cream without any fragrance", "features", "fragrance free"), ("products", "baby bottle with no bpa", "features", "bpa free"), ("products", "headphones, no noise", "features", "noise cancelling"), ("products", "no noise headphones", "features", "noise cancelling")],
)  # fmt: skip
def test_what_is_without_the_refused_thing_is_wished_for(read, sample, catalog: str, text: str, column: str, value: str) -> None:
    q = read(catalog, text)
    labels = {f.f: f.label for w in value.replace("-", " ").split() for f in sample(catalog).index.facets_with(w, 60)}
    assert value in {labels.get(f) for w in q.wishes for f in w.exact} and not any(value == labels.get(f) for e in q.excluded for f in e.facets) and not any(e.tokens for e in q.excluded)


def test_the_article_of_what_is_refused_does_not_matter(read) -> None:
    assert read("travel", "without the crowds").wishes == read("travel", "without crowds").wishes != ()


@pytest.mark.parametrize(("catalog", "text", "wish"), [("movies", "scary but not too scary", "scary"), ("books", "short but not too short", "short"), ("music", "sad, no sad endings", "sad")])
def test_what_is_wished_for_is_not_refused_but_wished_for_less(read, catalog: str, text: str, wish: str) -> None:
    q, plain = read(catalog, text), read(catalog, wish)
    assert not q.excluded and [w.words for w in q.wishes] == [wish] and q.wishes[0].weight < plain.wishes[0].weight


def test_of_a_maker_whose_things_are_refused_the_kind_of_thing_is_wished_for(read, products) -> None:
    q = read("products", "anything but Wayferrin backpacks")
    assert [w.words for w in q.wishes] == ["backpack"] and {i.creator for i in products.index.items(q.excluded[0].rows)} == {"Wayferrin"}


def test_a_known_word_behind_an_unknown_one_is_not_refused(read) -> None:
    """Who wants no bulky headphones wants headphones."""
    assert not any(e.facets or e.rows for e in read("products", "no bulky headphones").excluded)


@pytest.mark.parametrize("text", ["没有歌词的", "不带歌词的", "别有人声", "不要人声", "钢琴曲，没有人唱"])
def test_what_is_without_a_voice_is_wished_for_in_chinese(read, sample, text: str) -> None:
    q = read("music_zh", text)
    labels = {f.f: f.label for f in sample("music_zh").index.facets(["纯音乐"])["纯音乐"]}
    assert not q.excluded and any("纯音乐" in map(labels.get, (*w.exact, *w.alike)) for w in q.wishes)


@pytest.mark.parametrize(("text", "words"), [("不要太吵", "不吵"), ("有没有欢快但不吵的", "不吵"), ("安静点，别太闹", "不闹")])
def test_who_wants_nothing_loud_wants_it_quiet(read, text: str, words: str) -> None:
    q = read("music_zh", text)
    assert words in [w.words for w in q.wishes] and not q.excluded


@pytest.mark.parametrize(("catalog", "text", "words"), [
    ("movies", "too tired to read subtitles", ["subtitles"]), ("movies", "a mystery without much blood", ["blood"]), ("books", "nobody dies of cancer", ["dies of cancer"]),
    ("movies", "my husband hates musicals", ["musicals"]), ("movies", "I don't mind subtitles", []), ("movies", "doesn't have to be funny, just a western", []),
    ("movies", "I don't care if it's old, a western", []), ("movies", "don't want to think too hard", []), ("movies", "too good to miss", []), ("movies", "nobody knows him", []),
])  # fmt: skip
def test_what_tired_people_turn_down_and_what_may_be_so_or_not(said, catalog: str, text: str, words: list[str]) -> None:
    assert said(catalog, text) == words


@pytest.mark.parametrize(("text", "unwanted"), [("I don't mind subtitles", "subtitle"), ("doesn't have to be funny, just a western", "funny"), ("I don't care if it's sad", "sad")])
def test_what_may_be_so_is_no_wish_either(read, text: str, unwanted: str) -> None:
    q = read("movies", text)
    assert unwanted not in {*q.words, *(w.words for w in q.wishes)}


def test_a_phrase_that_begins_with_dont_may_be_a_wish(read) -> None:
    assert {w.words for w in read("movies", "don't want to think tonight").wishes} == {"dont want to think"}


@pytest.mark.parametrize(("catalog", "text", "wanted"), [("movies", "something for halloween with 10 year olds", True), ("movies", "a comedy for my 8 year old", True), ("movies", "a horror film for my 14 year old", True),
    ("movies", "a horror film", False), ("movies", "a film about children", False), ("movies", "a christmas film that is NOT for kids", False), ("movies", "for my husband", False)])
def test_what_is_unfit_for_the_young_is_left_out_for_them(read, sample, catalog: str, text: str, wanted: bool) -> None:
    rows = {row for e in read(catalog, text).excluded if e.words == UNFIT for row in e.rows}
    gory = {*map(int, sample(catalog).index.facet_rows([f.f for f in sample(catalog).index.facets(["gory"])["gory"]]))}
    assert gory and rows >= gory if wanted else not rows


def test_what_is_wished_for_is_not_unfit(read, sample) -> None:
    index = sample("movies").index
    horror = {*map(int, index.facet_rows([f.f for f in index.facets(["horror"])["horror"]]))}
    rows = lambda text: {row for e in read("movies", text).excluded for row in e.rows}  # noqa: E731
    assert rows("a film for my 8 year old") & horror > rows("a horror film for my 8 year old") & horror


@pytest.mark.parametrize(("catalog", "text", "words"), [
    ("movies_zh", "纪录片不要", ["纪录片"]), ("movies_zh", "恐怖片不要，其他都行", ["恐怖片"]), ("movies_zh", "太血腥的不行", ["血腥"]), ("movies_zh", "爱情片看腻了", ["爱情片"]), ("movies_zh", "周星驰就算了", ["周星驰"]), ("music_zh", "情歌听腻了", ["情歌"]),
    ("music_zh", "音不要太高，男生KTV能唱的", ["高音"]), ("music_zh", "歌别太慢", ["慢歌"]), ("movies_zh", "节奏别太慢", ["慢节奏"]),
    ("travel", "泰国去腻了", ["泰国"]), ("movies_zh", "我不看", []), ("movies_zh", "孩子不看", []), ("movies_zh", "要不要看爱情片", []), ("movies_zh", "都不要", []), ("movies_zh", "三小时以上的不要", []),
])  # fmt: skip
def test_refused_in_chinese_behind_what_it_is(said, catalog: str, text: str, words: list[str]) -> None:
    assert said(catalog, text) == words


def rows_saying(index, *words: str) -> set[int]:
    return {*map(int, index.facet_rows([f.f for found in index.facets(words).values() for f in found]))}


@pytest.mark.parametrize(("text", "both"), [("不要韩国恐怖片", ("韩国", "恐怖")), ("美国爱情片就算了", ("美国", "爱情"))])
def test_a_compound_turns_down_what_is_both(read, sample, text: str, both: tuple[str, str]) -> None:
    index = sample("movies_zh").index
    (e,) = read("movies_zh", text).excluded
    assert rows_saying(index, both[0]) >= {*e.rows} >= rows_saying(index, both[0]) & rows_saying(index, both[1]) and not e.facets


@pytest.mark.parametrize("text", ["不想看外国片", "不看洋片，国产的就行", "外国片就算了"])
def test_nothing_foreign_in_chinese_is_nothing_of_other_countries_alone(read, sample, text: str) -> None:
    index = sample("movies_zh").index
    home = rows_saying(index, "中国大陆", "中国香港", "中国台湾")
    (e,) = read("movies_zh", text).excluded
    assert {*e.rows} == {*range(index.rows)} - home and rows_saying(index, "美国") & home


def test_something_foreign_is_wished_for(read, sample) -> None:
    (wish,) = read("movies_zh", "外国片").wishes
    assert {*sample("movies_zh").index.facet_rows(wish.exact).tolist()} >= rows_saying(sample("movies_zh").index, "美国", "法国", "伊朗")


@pytest.mark.parametrize(("text", "label"), [("nothing screamy", "screamed vocals"), ("no men singing", "male vocals"), ("no vocals", "female vocals")])
def test_a_voice_that_is_turned_down(read, sample, text: str, label: str) -> None:
    """In other words, too; of a refusal that most tags of that name answer it is no wish for what has none."""
    (facet,) = sample("music").index.facets([facet_key(label)])[facet_key(label)]
    q = read("music", text)
    assert facet.f in {f for e in q.excluded for f in e.facets}


@pytest.mark.parametrize(
    ("catalog", "text", "refused"),
    [("movies", "a horror film where the monster is more or less grief", []), ("movies", "anything but those without a happy ending", []), ("movies", "everything except films with no plot", []),
     ("music", "nothing wrong with a bit of jazz", []), ("movies", "horror is no option, something funny", ["horror"]), ("movies", "I'm not asking for comedies", ["comedies"])],
)  # fmt: skip
def test_a_no_that_is_turned_again_or_belongs_to_a_saying_refuses_nothing(said, catalog: str, text: str, refused: list[str]) -> None:
    assert said(catalog, text) == refused
