"""Every way to turn something down, before it, behind it and around it, several at once, in English and Chinese; what only sounds like one; follow-ups
that take something away or add it; and what is said around a request, which changes nothing.

Each form is read with several things in several catalogs: what is refused is excluded, what is wished for stays wished for, and nothing else appears.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf

import pytest

from recsh.catalog import Catalog
from recsh.match import Names
from recsh.request import Query
from recsh.talk import Talk
from recsh.turns import read as read_turn

CASES = [("music", "jazz songs", "piano"), ("movies", "thrillers", "gore"), ("books", "fantasy books", "vampires"), ("travel", "beaches", "nightlife")]
CASES_ZH = [("movies_zh", "喜剧电影", "爱情"), ("music_zh", "流行歌", "伤感"), ("movies", "科幻电影", "恐怖"), ("books", "历史书", "战争")]
ORDERS = """skip {t}|skip the {t}|skip anything {t}|skip anything with {t}|skip all the {t}|please skip the {t}|you can skip the {t}|let's skip the {t}|leave out {t}|leave out the {t}|leave the {t} out|leave {t} out of it|leaving out the {t}|omit {t}|exclude {t}|excl. {t}|zero {t}
with zero {t}|absolutely zero {t}|0 {t}|drop the {t}|drop {t}|ditch the {t}|lose the {t}|scrap the {t}|forget {t}|forget about {t}|cut the {t}|cut out the {t}|filter out {t}|rule out {t}|remove {t}|take out the {t}|get rid of the {t}|do away with the {t}|hold the {t}|pass on the {t}|i'll pass on {t}
spare me the {t}|stay away from {t}|steer clear of {t}|keep the {t} out|keep {t} to a minimum|keep it free of {t}|nix the {t}|nope to {t}|tone down the {t}|light on the {t}|easy on the {t}|low on {t}|hardly any {t}|as little {t} as possible|don't give me {t}|dont show me any {t}|don't recommend {t}|don't bother with {t}"""
RULES = """nothing involving {t}|nothing that involves {t}|nothing featuring {t}|nothing containing {t}|nothing resembling {t}|nothing {t}-related|no {t} whatsoever|no {t} of any kind|no trace of {t}|not a hint of {t}|without a shred of {t}|never {t}|never any {t}|definitely no {t}|preferably no {t}|ideally without {t}|hopefully no {t}
as long as there's no {t}|make sure there's no {t}|there should be no {t}|must not have {t}|shouldn't have any {t}|cannot have {t}|it can't have any {t}|{t} not allowed|{t} is not allowed|{t} not welcome|{t} unwanted|{t} is a no|{t} is a no-go|{t} is a dealbreaker|{t} is a turn off|{t} is out|{t} is off the table|{t}? no thanks|{t}? no way|{t} excluded
everything except {t}|all but {t}|aside from {t}|barring {t}|save for {t}|devoid of {t}|free from {t}|lacking {t}|sans {t}|w/o {t}|minus the {t}|not involving {t}|not featuring {t}|that doesn't feature {t}|that have no {t}|with no {t} in them|{t}-free|not much {t}|not a lot of {t}"""
TASTES = """i have enough of {t}|i've had enough {t}|i've had enough of {t}|had it with {t}|that's enough {t}|i'm done with {t}|sick and tired of {t}|i can't bear {t}|i cannot stand {t}|i can't take {t}|cant handle {t}|can't deal with {t}|i can't do {t}|i detest {t}|i despise {t}|i absolutely hate {t}|i don't really like {t}|i don't feel like {t}|i'd rather not have {t}
i'd rather skip {t}|i'd rather avoid {t}|would rather not {t}|i wouldn't want {t}|wouldn't want any {t}|not feeling {t}|not feeling {t} today|not looking for {t}|not big on {t}|no fan of {t}|no interest in {t}|i have no patience for {t}|no time for {t}|{t} makes me sick|i really hate {t}|i dont care for {t}|not keen on {t}"""
BEFORE_ZH = """不能有{t}|不能是{t}|不可以有{t}|不许有{t}|不该有{t}|尽量别{t}|尽量避免{t}|千万别来{t}的|绝对不要{t}|就是不要{t}|只要不是{t}就行|反感{t}|厌恶{t}|不怎么喜欢{t}|无{t}|没{t}的|没啥{t}的|没什么{t}的|不包含{t}|不涉及{t}|不沾{t}|不碰{t}|避开{t}|避开{t}的|请避开{t}|避免{t}|绕开{t}|远离{t}|去掉{t}|去掉{t}的|剔除{t}|排除{t}的|排除掉{t}
过滤掉{t}|屏蔽{t}|删掉{t}|跳过{t}|略过{t}|撇开{t}|除开{t}|受够了{t}|看够了{t}|腻了{t}|烦透了{t}|怕{t}|谢绝{t}|杜绝{t}|禁止{t}|勿推{t}|用不着{t}|不要带{t}|不要出现{t}|不要那种{t}的|不要{t}这种|别带{t}|别来{t}|别放{t}的|不想看到{t}|不要{t}哦|不要{t}啊|不要{t}了|不要{t}嘛"""
BEHIND_ZH = "{t}的就不用了|{t}就不用了|{t}不用|{t}的就不必了|{t}的就免了吧|{t}的不要|{t}的就算了|{t}不行|{t}的跳过|{t}的别来|{t}的不喜欢|{t}我不喜欢|{t}腻了|{t}吃不消|{t}受不了|{t}接受不了|{t}的请绕道|{t}勿扰|{t}太多的不要|把{t}去掉|把{t}的去掉|把{t}的都排除|把{t}的删了|对{t}没兴趣|对{t}不感兴趣|对{t}无感|对{t}过敏|除{t}外|除{t}之外"


@pytest.fixture(scope="module")
def names(sample: Callable[[str], Catalog]) -> Callable[[str], Names]:
    return cache(lambda name: Names(sample(name).index))


def _held(q: Query) -> tuple[object, ...]:
    """All that is asked for, but for what is refused."""
    return {w.words for w in q.wishes}, [r.name for r in q.references], q.conditions, q.leanings, q.limit, {*q.words}


def _refused(q: Query) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    return {(tuple(sorted(e.facets)), tuple(sorted(e.rows))) for e in q.excluded}


def _misread(read: Callable[[str, str], Query], forms: str, cases: list[tuple[str, str, str]], plain: str, whole: list[str]) -> list[str]:
    """The requests that are not read as the plain one is."""
    out = []
    for catalog, base, thing in cases:
        wished, refused = _held(read(catalog, base)), _refused(read(catalog, plain.format(b=base, t=thing)))
        assert refused
        for form in forms.replace("\n", "|").split("|"):
            for shape in whole:
                said = shape.format(b=base, f=form.format(t=thing))
                q = read(catalog, said)
                held = _held(q)
                if _refused(q) != refused or held[:5] != wished[:5] or held[5] - wished[5] - {"today"}:  # type: ignore[index]
                    out.append(f"{catalog}: {said}")
    return out


@pytest.mark.parametrize("forms", [ORDERS, RULES, TASTES], ids=["orders", "rules", "tastes"])
def test_every_way_to_turn_something_down(read, forms: str) -> None:
    assert _misread(read, forms, CASES, "{b}, no {t}", ["{b}, {f}"]) == []


def test_a_refusal_may_come_first(read) -> None:
    forms = "skip the {t}|leave out the {t}|drop the {t}|i can't stand {t}|zero {t}|{t} is a no-go|no {t} please|don't give me any {t}|i'm done with {t}"
    assert _misread(read, forms, CASES, "{b}, no {t}", ["{f}, {b}", "{f}, maybe {b}"]) == []


@pytest.mark.parametrize("forms", [BEFORE_ZH, BEHIND_ZH], ids=["before", "behind"])
def test_every_way_to_turn_something_down_in_chinese(read, forms: str) -> None:
    assert _misread(read, forms, CASES_ZH, "{b}，不要{t}", ["{b}，{f}"]) == []


@pytest.mark.parametrize(
    ("catalog", "base", "wishes", "things", "forms"),
    [
        ("music", "rock songs", {"rock"}, {"piano", "live"}, "no piano or live|neither piano nor live|no piano, no live|without piano and live|skip the piano and live|no piano & no live|no piano/live|not piano and not live|i hate piano and live|piano and live not allowed|none of the piano or live stuff"),
        ("music", "rock songs", {"rock"}, {"piano", "live", "sad"}, "not piano, live or sad|leave out piano, live and sad|no piano, live, or sad|no piano or live or sad"),
        ("music", "energetic songs", {"energetic"}, {"jazz", "metal"}, "jazz and metal are out|no jazz and definitely no metal|exclude jazz and metal|zero jazz, zero metal|-jazz -metal|no jazz & metal"),
        ("movies_zh", "悬疑", {"悬疑"}, {"爱情", "恐怖"}, "不要爱情和恐怖|既不要爱情也不要恐怖|爱情和恐怖都不要|爱情恐怖都不要|爱情和恐怖都不行|爱情、恐怖都不要|不要爱情、恐怖|不要爱情或者恐怖|不要爱情也不要恐怖|别太爱情也别太恐怖|避开爱情和恐怖|没有爱情没有恐怖的|爱情的和恐怖的都不要|把爱情和恐怖的去掉|不要爱情跟恐怖|不要爱情以及恐怖"),
        ("music", "rock", {"rock"}, {"metallica"}, "skip Metallica|leave out Metallica|i have enough of Metallica|i've heard enough Metallica|Metallica excluded|metallica is out|drop metallica|don't give me metallica|metallica? no thanks|sick of Metallica"),
        ("books", "fantasy", {"fantasy"}, {"the hobbit"}, "skip The Hobbit|leave out The Hobbit|not The Hobbit|no The Hobbit please"),
        ("movies", "science fiction", {"science fiction"}, {"steven spielberg"}, "not directed by Steven Spielberg|nothing by Steven Spielberg"),
        ("travel", "beaches", {"beach"}, {"spain"}, "skip Spain|leave out Spain|Spain is out|anywhere but Spain"),
        ("music_zh", "流行歌", {"流行"}, {"周杰伦"}, "周杰伦的就不用了|去掉周杰伦|避开周杰伦|不要周杰伦唱的|别放周杰伦的|周杰伦的跳过|听腻了周杰伦"),
        ("movies_zh", "爱情片", {"爱情"}, {"霸王别姬"}, "霸王别姬就不用了|跳过霸王别姬|不要霸王别姬"),
    ],
)  # fmt: skip
def test_several_things_names_and_titles(read, catalog: str, base: str, wishes: set[str], things: set[str], forms: str) -> None:
    wrong = []
    for form in forms.split("|"):
        q = read(catalog, f"{base}{'，' if catalog.endswith('zh') else ', '}{form}")
        if ({w.words for w in q.wishes}, {("the " if "hobbit" in e.words.lower() else "") + e.words.lower().removeprefix("the ") for e in q.excluded}) != (wishes, things) or any(r.liked for r in q.references):
            wrong.append((form, q.wishes, q.excluded))
    assert wrong == []


@pytest.mark.parametrize(
    ("catalog", "base", "column", "low", "high", "forms"),
    [
        ("music", "rock songs, ", "year", 1980, 1989, "skip the 80s|leave out the 80s|drop the 80s|anything but the 80s"),
        ("music", "rock songs, ", "year", -inf, 1989, "skip anything before 1990|leave out anything before 1990|nothing from before 1990"),
        ("movies", "comedies, ", "minutes", 120, inf, "skip anything over 2 hours|leave out anything longer than 2 hours|exclude anything over 2 hours"),
        ("movies_zh", "喜剧，", "年份", -inf, 1999, "2000年以前的就不用了|2000年以前的不看|去掉2000年以前的|排除2000年以前的"),
        ("movies_zh", "喜剧，", "年份", 1980, 1989, "避开80年代的|不要80年代的"),
        ("movies_zh", "喜剧，", "片长", 120, inf, "超过两小时的不要|超过两小时的就算了|去掉超过两小时的|不能超过两小时"),
    ],
)  # fmt: skip
def test_numbers_that_are_turned_down(read, catalog: str, base: str, column: str, low: float, high: float, forms: str) -> None:
    wished = _held(read(catalog, base))[0]
    for form in forms.split("|"):
        q = read(catalog, base + form)
        assert [c.column for c in q.conditions] == [column], form
        kept = lambda at, c=q.conditions[0]: (c.low <= at <= c.high) is not c.negated
        assert not any(kept(min(max(at, low), high)) for at in (low + 1, 1985, high - 1) if -inf < at < inf), form
        assert all(kept(at) for at in (low - 10, high + 10) if -inf < at < inf), form
        assert _held(q)[0] == wished and not q.excluded, form


@pytest.mark.parametrize(
    ("catalog", "wishes", "said"),
    [
        ("music", {"jazz"}, "nothing but jazz|I wouldn't say no to jazz|wouldn't mind some jazz|can't get enough of jazz|never say no to jazz|nothing beats jazz|you can't beat jazz|can't live without jazz|i can't resist jazz|who doesn't love jazz|i never get tired of jazz|never enough jazz|not averse to jazz|no jazz no life|jazz, no question|why not jazz"),
        ("movies", {"comedy"}, "not a bad comedy|must not miss comedies|why not a comedy|more or less a comedy|whether or not it's a comedy"),
        ("movies", set(), "I don't mind gore|i dont mind some gore|no problem with gore|not scared of gore|i have nothing against romance|gore doesn't put me off|violence doesn't bother me|drop dead gorgeous|not bad|like No Country for Old Men|skip to the good part"),
        ("music", None, "zero gravity|drop the bass|can't skip a beat|Don't Stop Me Now|never gonna give you up|songs to forget my ex|songs to relax and forget the world|none other than Metallica"),
        ("products", None, "zero gravity chair|headphones with enough bass|save for a rainy day|light on the wallet"),
        ("movies_zh", {"喜剧"}, "不错的喜剧|喜剧不错|不得不看的喜剧|不看会后悔的喜剧|喜剧也不是不行|非喜剧不看|没有喜剧不行|不容错过的喜剧"),
        ("movies_zh", {"喜剧", "爱情"}, "除了喜剧还想看爱情|除了喜剧我还喜欢爱情"),
        ("movies_zh", set(), "不错|不怕恐怖|不介意血腥|不讨厌爱情片|不是不喜欢爱情片|跳过片头"),
        ("movies_zh", None, "害怕孤独的人|无间道|无聊的时候看的喜剧|我不是药神|忘不掉的爱情|更悲伤的"),
        ("music_zh", None, "没有什么比民谣更好听|听不腻的民谣|不能说的秘密|不但好听"),
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_refusal(read, catalog: str, wishes: set[str] | None, said: str) -> None:
    for one in said.split("|"):
        q = read(catalog, one)
        assert not q.excluded, one
        assert wishes is None or {w.words for w in q.wishes} == wishes, one


# --- in a conversation ---------------------------------------------------------------------------------------------------

SHOWN = {"movies": ("f262", "f287", "f325", "f513", "f808"), "music": ("m0713", "m0807", "m0728", "m0775", "m0900")}


@pytest.fixture
def follow(names: Callable[[str], Names]) -> Callable[..., Query]:
    def one(catalog: str, asked: str, said: str) -> Query:
        own = names(catalog)
        shown = SHOWN.get(catalog) or tuple(i.id for i in own.index.items(range(5)))
        return read_turn(said, read_turn(asked, Talk(), own.index, own).talk.showing(shown), own.index, own).talk.query(own.index, own)

    return one


@pytest.mark.parametrize(
    ("catalog", "asked", "things", "away", "added"),
    [
        ("movies", "comedies from the 90s", ("romance", "sad"), "nothing {t}|no {t} this time|less {t}|not so {t}|without the {t}|but not {t}|drop the {t}|skip the {t}|no more {t}|leave the {t} out|the same without {t}|same but no {t}|too {t}|too much {t}|a bit less {t}|not that {t}|can we skip the {t}?|can you leave out {t}?",
         "more {t}|but {t}|make it {t}|a bit more {t}|a little more {t}|also {t}|the same but {t}|could they be more {t}?|can you make it {t}?|something {t} this time|only the {t} ones"),
        ("music", "rock songs", ("jazz", "sad"), "nothing {t}|less {t}|drop the {t}|no more {t}|can we skip the {t}?|too much {t}|not that {t}", "more {t}|but more {t}|a bit more {t}|the same but {t}|something {t} this time"),
        ("movies_zh", "爱情片", ("喜剧", "悲伤"), "不要{t}的|别那么{t}|不要太{t}|去掉{t}的|把{t}的去掉|{t}的不要|{t}的就算了|少点{t}|太{t}了|别再{t}了", "再{t}一点|更{t}一点|只要{t}的|同样的，但要{t}|能不能{t}一点|也要{t}的"),
    ],
)  # fmt: skip
def test_a_follow_up_changes_what_it_says_and_keeps_the_rest(follow, catalog: str, asked: str, things: tuple[str, ...], away: str, added: str) -> None:
    first = follow(catalog, asked, "thanks")
    held = {w.words for w in first.wishes}
    for thing in things:
        for said in away.split("|"):
            q = follow(catalog, asked, said.format(t=thing))
            assert q.excluded and {w.words for w in q.wishes} == held and q.conditions == first.conditions, (said, thing)
        for said in added.split("|"):
            q = follow(catalog, asked, said.format(t=thing))
            assert not q.excluded and {w.words for w in q.wishes} == held | {thing} and q.conditions == first.conditions, (said, thing)


@pytest.mark.parametrize(
    ("catalog", "asked", "place", "said"),
    [
        ("movies", "science fiction", 1, "more like the second|like that second one but funny|more in the vein of the second|more of the same as the second|something like the second"),
        ("movies_zh", "爱情片", 1, "第二个那样的|第二个那种的|再来点第二个这种|更像第二个的|类似第二个的"),
    ],
)  # fmt: skip
def test_what_is_near_to_an_item(follow, names, catalog: str, asked: str, place: int, said: str) -> None:
    index = names(catalog).index
    shown = SHOWN.get(catalog) or tuple(i.id for i in index.items(range(5)))
    for one in said.split("|"):
        assert [r.rows for r in follow(catalog, asked, one).references if r.liked] == [(index.by_id(shown[place]),)], one


def test_only_the_new_or_the_old_ones_are_bounds(follow) -> None:
    for said, newer in (("only the new ones", True), ("just the old ones", False)):
        (c,) = follow("movies", "science fiction", said).conditions
        assert c.column == "year" and (c.high == inf) is newer


# --- what is said around a request ---------------------------------------------------------------------------------------

REQUESTS = [("music", "jazz songs"), ("music", "nothing sad"), ("music", "rock but not Metallica"), ("movies", "films like Alien"), ("movies", "90s comedies"), ("books", "crime novels"), ("travel", "beaches not in Spain"), ("products", "headphones under $100")]
OPEN = "hi, |hey there, |ok so |um |right, |quick one: |question: |help! |not sure but |honestly |long day, |rainy here, |friends are coming over: |weekend plans: |for once, |first time here, |hiya |good morning, |lol |haha ok |dumb question but |i'm bored, |what a day, |sorry to bother you, |by the way, |this might be weird but |no idea if this exists but "
CLOSE = " please| pls| thanks|, thank you|, cheers| if you have it| if that exists| asap| lol|...| haha| :)|, right?| or whatever| i guess| if that makes sense|, no rush|, no hurry|, mate|, any ideas?|, what do you think?| 😊|!!|, thx| tyvm| xd| <3"
REQUESTS_ZH = [("movies_zh", "喜剧电影"), ("movies_zh", "不要太悲伤的爱情片"), ("movies_zh", "战争片，不要血腥"), ("music_zh", "像七里香的歌"), ("music_zh", "流行歌，不要周杰伦"), ("movies", "90年代的动作片"), ("travel", "不要太热的海边"), ("products", "500以内的键盘")]
OPEN_ZH = "你好，|请问|那个，|麻烦问下，|哈喽，|今天有点累，|周末了，|在吗？|嗯，|其实，|不好意思，|求推荐，|好无聊，|哈哈，|随便问问，|帮我看看，|大家好，"
CLOSE_ZH = "，谢谢|，拜托了|哦|吧|呀|，多谢|～|！|，感谢|，辛苦了|哈哈|，好吗|，有推荐吗|，怎么样|，你懂的|，就这样|，在线等|😊|嘛|呢？"


@pytest.mark.parametrize(("requests", "around"), [(REQUESTS, [f"{o}{{}}" for o in OPEN.split("|")]), (REQUESTS, [f"{{}}{c}" for c in CLOSE.split("|")]), (REQUESTS, ["hey there, {}, thanks lol", "ugh, long day. {} please 🙏"]),
                                                     (REQUESTS_ZH, [f"{o}{{}}" for o in OPEN_ZH.split("|")]), (REQUESTS_ZH, [f"{{}}{c}" for c in CLOSE_ZH.split("|")]), (REQUESTS_ZH, ["你好，{}，谢谢啦"])])  # fmt: skip
def test_what_is_said_around_a_request_changes_nothing(read, requests: list[tuple[str, str]], around: list[str]) -> None:
    for catalog, request in requests:
        plain = read(catalog, request)
        for form in around:
            q = read(catalog, form.format(request))
            assert (_held(q), _refused(q)) == (_held(plain), _refused(plain)), form.format(request)


@pytest.mark.parametrize(("catalog", "said"), [("music", "Help!"), ("music", "like Hey Jude"), ("travel", "cool, quiet islands"), ("movies_zh", "酒吧")])
def test_a_name_is_no_greeting(read, catalog: str, said: str) -> None:
    q = read(catalog, said)
    assert q.references or q.wishes or q.words
