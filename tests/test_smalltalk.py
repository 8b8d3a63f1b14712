"""What is no request is answered as a person would: hello, thanks, what can you do, "recommend something"; in two languages, with examples that work."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hypothesis import given, settings
from hypothesis.strategies import from_regex

from recsh import commands, slash, smalltalk
from recsh.blocks import Answered, Failure, plain
from recsh.catalog import SAMPLES, Catalog
from recsh.cli.chat import _welcome as welcome
from recsh.cli.chat import converse
from recsh.cli.screen import Screen
from recsh.errors import UsageError
from recsh.recommend import Recommender
from recsh.repl import Repl
from recsh.replies import _REPLIES
from recsh.smalltalk import Said, read
from recsh.suggestions import examples
from recsh.text import has_cjk
from recsh.types import Column, Role
from recsh.work import Options

GREETINGS = ("hi", "Hello!", "hello there", "good morning", "你好", "您好！", "在吗")
THANKS = ("thanks", "Thank you very much", "thx", "bye", "谢谢", "再见")
HELP = ("help", "what can you do", "What can you do?", "how does this work", "你能做什么", "怎么用")
VAGUE = ("something", "anything", "recommend", "recommend me something", "recommend me a good movie", "surprise me", "whatever", "any ideas?", "I'm bored", "suggest some music please", "hi, recommend me something", "随便", "推荐",
         "推荐一下", "推荐点什么", "给我推荐一部电影", "来点好听的歌", "无聊")  # fmt: skip
REQUESTS = ("sad piano", "something sad", "hello kitty", "hi, a sad film please", "recommend me a comedy", "thank you songs", "help me sleep", "good jazz", "anything by Radiohead", "推荐一部喜剧", "来点摇滚", "你好，想听民谣", "rock")


@pytest.fixture
def music_names(music: Catalog) -> Recommender:
    return Recommender(music)


@pytest.mark.parametrize(("texts", "kind"), [(GREETINGS, Said.GREETING), (THANKS, Said.THANKS), (HELP, Said.HELP), (VAGUE, Said.VAGUE), (REQUESTS, None)])
def test_what_asks_for_nothing_is_told_from_requests(music_names: Recommender, texts: tuple[str, ...], kind: Said | None) -> None:
    index, find = music_names.index, music_names.names.find
    assert {text: read(text, index, find) for text in texts} == dict.fromkeys(texts, kind)


def test_a_title_is_a_request_however_it_sounds(shelf: Callable[..., Catalog]) -> None:
    catalog = shelf(("id", "title", "genre"), [("1", "Something", "rock"), ("2", "Hello", "pop"), ("3", "Help!", "rock"), ("4", "Thanks", "good")], (Column("id", Role.ID), Column("title", Role.TITLE), Column("genre", Role.TAGS)))
    recommender = Recommender(catalog)
    for text in ("Something", "Hello", "Help!", "good"):
        assert read(text, recommender.index, recommender.names.find) is None, text
    assert read("hello", recommender.index, recommender.names.find) is Said.GREETING


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("chinese", [False, True])
def test_every_example_is_understood_and_answered(sample: Callable[[str], Catalog], name: str, chinese: bool) -> None:
    """Three a catalog, none of which says only words: each names tags, a title or a bound that the catalog has, and is answered without a warning."""
    recommender = Recommender(sample(name))
    said = examples(recommender.index, chinese)
    assert len(said) == len({*said}) == 3
    for text in said:
        query = recommender.understand(text)
        assert query.wishes or query.conditions or any(r.rows for r in query.references), text
        answer = recommender.ask(text)
        assert len(answer) == 5 and not answer.warnings and not answer.reply


def test_a_catalog_without_tags_or_titles_that_can_be_said_has_no_examples(shelf: Callable[..., Catalog]) -> None:
    catalog = shelf(("id", "title"), [("1", "a, b"), ("2", "c; d")], (Column("id", Role.ID), Column("title", Role.TITLE)))
    assert examples(catalog.index, False) == ()
    answer = Recommender(catalog).ask("hello")
    assert "a title or a word of it" in answer.reply and not answer.results


@pytest.mark.parametrize(("text", "lang", "begins"), [("hi", "auto", "Hello. "), ("hi", "zh", "你好。"), ("你好", "auto", "你好。"), ("你好", "en", "Hello. "), ("thanks", "auto", "You are welcome."), ("谢谢", "auto", "不客气。"), ("help", "auto", "I recommend from the 1,"), ("你能做什么", "auto", "我从 music 的 ")])
def test_small_talk_is_answered_in_the_language_of_the_person(music: Catalog, text: str, lang: str, begins: str) -> None:
    answer = Recommender(music).ask(text, lang=lang)
    assert answer.reply.startswith(begins) and not answer.results and not answer.warnings
    assert "hank" in text or text == "谢谢" or any(example in answer.reply for example in examples(music.index, has_cjk(begins)))


@pytest.mark.parametrize(("text", "asks"), [("recommend me something", "Which "), ("随便", "哪一种")])
def test_who_wants_anything_gets_the_best_known_and_a_question(movies: Catalog, text: str, asks: str) -> None:
    answer = Recommender(movies).ask(text, limit=3)
    assert len(answer) == 3 and answer.reply.startswith(asks) and not answer.warnings
    assert [r.item.id for r in answer] == [r.item.id for r in Recommender(movies).ask("", for_me=True, limit=3)]
    assert len(Recommender(movies).ask("recommend 2 movies")) == 2
    assert {r.item.numbers["year"] >= 2000 for r in Recommender(movies).ask(text, where="year:2000..")} == {True}
    with_context = Recommender(movies).ask(text, context="a christmas evening with the family")
    assert not with_context.reply and "christmas" in " ".join(with_context.results[0].item.tags)


def ask(*args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "recsh", "ask", *args, "--engine", "none", "--no-log"], input=stdin, capture_output=True, text=True, encoding="utf-8", check=False, cwd=Path(__file__).parents[1])  # fmt: skip


def test_streams_and_exit_codes_stay_as_they_are(movies_zh: Catalog) -> None:
    """The greeting is said on stderr, stdout has recommendations only; JSON has every key, and an empty question is still an error."""
    hello = ask("hi", "-c", "movies_zh")
    assert (hello.returncode, hello.stdout) == (0, "") and hello.stderr.startswith("recsh: Hello. Say what you would like, for example ")
    quiet = ask("hi", "-q", "-c", "movies_zh")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    value = json.loads(ask("谢谢", "-c", "movies_zh", "--json").stdout)
    assert value["results"] == [] and value["reply"] == "不客气。" and {"known", "warnings", "usage", "timing_ms", "engine"} <= value.keys()
    anything = ask("随便", "-c", "movies_zh", "-n", "2", "-f", "ids")
    assert anything.returncode == 0 and len(anything.stdout.splitlines()) == 2 and "哪一种" in anything.stderr
    for empty in (ask("", "-c", "movies_zh"), ask("-c", "movies_zh", stdin=" \n")):
        assert empty.returncode == 2 and empty.stdout == "" and "the question is empty" in empty.stderr
        assert next(iter(examples(movies_zh.index, True))) in empty.stderr


def test_every_sentence_is_there_in_two_languages_with_the_same_facts() -> None:
    for key, (en, zh) in _REPLIES.items():
        slots = [{*re.findall(r"{(\w+)", text)} for text in (en, zh)]
        assert slots[0] == slots[1], key
        assert not has_cjk(en) and (has_cjk(zh) or not re.sub(r"{[^}]*}", "", zh).strip(" ，、")), key
    for name, command in slash.COMMANDS.items():
        assert not has_cjk(command.about[0]) and (has_cjk(command.about[1]) or name == "set"), name


# --- conversations -------------------------------------------------------------------------------------------------------

SAID = ("/like 1", "/undo", "/set limit 3", "/set", "/state", "/where year:1990..", "/where", "/where off", "/context 晚上", "/context off", "/catalog", "/model", "/drop 1", "/help", "/clear", "/history", "/state")
WRONG = ("/foo", "/lik 1", "/like", "/like 99", "/like zzzqq", "/drop 9", "/set foo 1", "/set again maybe", "/where year:3000..", "/save x", "/rate 1", "/open 1")


def chat(catalog: Catalog, lang: str = "auto") -> Repl:
    def closed(catalog: str | None, model: str | None) -> tuple[Recommender, str, str]:
        raise UsageError("nothing else here")

    return Repl(Recommender(catalog), Options(lang=lang, usual=3), open_=closed, names=(catalog.name, "none"), keep=False)


def lines(repl: Repl, turn: str) -> list[str]:
    """What a turn says beside recommendations, an error as its two lines."""
    out: list[str] = []
    for block in repl.turn(turn):
        out += [block.error.message, block.error.hint] if isinstance(block, Failure) else [] if isinstance(block, Answered) else plain(block)
    return out


@pytest.mark.parametrize(("lang", "first", "chinese"), [("auto", "想看科幻电影", True), ("zh", "science fiction", True), ("auto", "science fiction", False), ("en", "想看科幻电影", False)])
def test_commands_and_confirmations_speak_the_language_of_the_person(movies: Catalog, lang: str, first: str, chinese: bool) -> None:
    """Each sentence of ours; names of commands and settings, titles and what was typed stay as they are."""
    repl = chat(movies, lang)
    for turn in (first, *SAID):
        said = lines(repl, turn)
        assert bool(said) is (turn != first), turn
        ours = [line for line in said if not re.fullmatch(r"\s*\w+: [\w.]+|\s+\d+ +.*|.*(?:科幻|science).*|.*晚上.*", line)]
        assert all(has_cjk(line) is chinese for line in ours), (turn, said)
    for turn in ("科幻" if chinese and lang == "auto" else "science fiction", *WRONG):
        said = lines(repl, turn)
        assert len(said) == (0 if turn not in WRONG else 2), turn
        assert not said or has_cjk(said[0]) is chinese, (turn, said)
        assert not said or has_cjk(said[1]) is chinese or re.fullmatch(r"/\w+ [\w.]+(?: [\w.]+)?|recsh .*", said[1]), (turn, said)


def test_in_a_conversation_examples_are_of_this_catalog(sample: Callable[[str], Catalog]) -> None:
    for name in ("travel", "products"):
        repl = chat(sample(name))
        for turn in ("hello", "what can you do"):
            (said,) = lines(repl, turn)
            assert examples(repl.index, False)[0] in said
        question = lines(repl, "recommend something")
        assert question[0].startswith("Which ") and repl.talk.asked and not repl.shown
        assert any(isinstance(block, Answered) for block in repl.turn("anything")), "who insists is shown the best known"


def test_a_question_back_is_in_the_words_of_the_person(movies: Catalog) -> None:
    repl = chat(movies)
    (question,) = lines(repl, "随便")
    assert question.startswith("哪一种类型：") and not re.search("[A-Za-z]", question) and not has_cjk("".join(repl.talk.asked))
    assert any(isinstance(block, Answered) for block in repl.turn("第二个")) and repl.talk.parts


def test_no_setting_of_the_screen_is_left_in_english(capsys: pytest.CaptureFixture[str], tmp_path: Path, movies: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said around a conversation: the banner, errors, what was saved."""
    repl = chat(movies, "zh")
    screen = Screen(lambda: repl.index.columns, lambda: repl.chinese, json=False, quiet=False, verbose=False, color=False)
    monkeypatch.chdir(tmp_path)
    turns = iter(("science fiction", "/nope", "/save found.csv", "/save found.csv", "/like 1", "/quit"))
    welcome(repl, screen, False)
    converse(repl, screen, "", lambda: next(turns), keep=False, quiet=False)
    out, err = capsys.readouterr()
    assert "说说想要什么" in err and "recsh: 错误：/nope：没有这个命令" in err and "试试：" in err and "已经有这个文件" in err and "error:" not in err and "try:" not in err
    assert "存好了：found.csv" in out and "记下了" in out and (tmp_path / "found.csv").exists()


@pytest.mark.parametrize("source", [*commands.sources(smalltalk._KINDS), smalltalk._NOTHING.pattern])
def test_the_glance_that_spares_the_patterns_lets_all_small_talk_through(source: str) -> None:
    """`read` turns away what has a word that no small talk begins with; texts made from the patterns have none."""
    plain = re.sub(r"\(\?[<!=][^()]*(?:\([^()]*\)[^()]*)*\)", "", source)  # looks around

    @settings(max_examples=300, deadline=None)
    @given(from_regex(re.compile(plain), fullmatch=True))
    def check(text: str) -> None:
        assert all(len(word) < 2 or word.startswith(smalltalk._beginnings()) for word in re.findall("[a-z]+", text.lower())), text

    check()
    assert not "rock songs like metallica".startswith(smalltalk._beginnings())
