"""Conversations without a terminal: turns in, blocks out, and `recsh chat` in a pipe."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from recsh import keys, paths, session, slash, talks
from recsh.blocks import Answered, Block, Facts, Failure, Note, Raw, Reply, Saved, Why, plain
from recsh.catalog import SAMPLES, Catalog
from recsh.engine import Engine, Scripted
from recsh.errors import StoreError, UsageError
from recsh.feedback import Log
from recsh.memory import Memory
from recsh.occasion import occasion
from recsh.prompt import FORMAT
from recsh.recommend import Recommender
from recsh.repl import Repl
from recsh.semantic import Semantic
from recsh.talk import Talk
from recsh.turns import Turn
from recsh.typed import LINES, Lines
from recsh.types import Column, Origin, Role, Verdict
from recsh.work import Options
from tests.chat_driver import app
from tests.talk_runner import _missed, conversations

Talker = Callable[..., Repl]


def closed(catalog: str | None, model: str | None) -> tuple[Recommender, str, str]:
    raise UsageError("this test opens nothing", "")


@pytest.fixture
def talker(sample: Callable[[str], Catalog], semantic: Semantic, tmp_path: Path) -> Iterator[Talker]:
    """(catalog or its name, more of `Repl`) -> a conversation without a model, with a log of its own."""
    logs: list[Log] = []

    def make(catalog: Catalog | str = "music", *, engine: Engine | None = None, form: str = "chat", log: Log | None = None, **more: object) -> Repl:
        opened = sample(catalog) if isinstance(catalog, str) else catalog
        logs.append(log or Log(tmp_path / f"log{len(logs)}.sqlite"))
        recommender = Recommender(opened, engine, semantic=semantic, form=form, model_weight=session.weight_of(form), memory=Memory(opened, logs[-1]))
        return Repl(recommender, more.pop("options", Options()), open_=closed, names=(opened.name, "none"), **more)  # type: ignore[arg-type]

    yield make
    for log in logs:
        log.close()


def say(repl: Repl, *turns: str) -> list[Block]:
    """The blocks of the last of these turns."""
    blocks: list[Block] = []
    for turn in turns:
        blocks = list(repl.turn(turn))
    return blocks


def text(blocks: list[Block]) -> str:
    return "\n".join(line for b in blocks for line in plain(b))


def titles(repl: Repl) -> list[str]:
    return [r.item.title for r in repl.shown or ()]


def log_of(repl: Repl) -> Log:
    assert repl.recommender.memory
    return repl.recommender.memory.log


# --- whole conversations -----------------------------------------------------------------------------------------------


def share_done(language: str, talker: Talker, capsys: pytest.CaptureFixture[str], every: int = 1, **more: object) -> float:
    """The share of the scripted turns that do what they should, through the whole of the conversation."""
    total = done = 0
    for conversation in conversations(language)[::every]:
        repl, shown, seen = talker(conversation["catalog"], **more), [], set()
        for scripted in conversation["turns"]:
            before, blocks = shown, say(repl, scripted["say"])
            assert not [b for b in blocks if isinstance(b, Failure)]
            shown = list(repl.answer) if repl.answer else shown
            turn = Turn(scripted["say"], repl.acts, repl.talk, repl.talk.chinese)
            done += not _missed(scripted["expect"], turn, repl.talk, before, shown, seen, repl.recommender)
            seen |= {r.item.id for r in shown}
            total += 1
    with capsys.disabled():
        print(f"\n{language}: {done} of {total} scripted turns")
    return done / total


@pytest.mark.parametrize("language", ["en", "zh"])
def test_scripted_conversations_without_a_model(language: str, talker: Talker, capsys: pytest.CaptureFixture[str]) -> None:
    """80 turns of 100 must do what they say; what is reached now may not be lost."""
    assert share_done(language, talker, capsys) >= 0.95


def test_scripted_conversations_on_the_embedded_weights(talker: Talker, capsys: pytest.CaptureFixture[str]) -> None:
    """90 of 100, here for one conversation of seven."""
    engine = session.load_engine()
    try:
        shares = [share_done(language, talker, capsys, 7, engine=engine, form=FORMAT) for language in ("en", "zh")]
    finally:
        engine.close()
    assert min(shares) >= 0.9


def test_a_long_talk_stays_small(talker: Talker) -> None:
    """What is kept of a conversation does not hold every turn apart, and what is written down of a turn is bounded."""
    repl = talker(keep=False)
    say(repl, "quiet piano", *("and sad", "newer", "with strings") * 12, "x" * 100_000)
    assert len(repl.talk.parts) <= 12 and len(repl.said) == 38 and len(json.dumps(repl.as_json())) < 200_000
    assert isinstance(say(repl, "y" * 3000)[0], Note)


# --- verdicts ------------------------------------------------------------------------------------------------------------


def test_what_is_said_of_items_is_written_down(talker: Talker) -> None:
    """As sentence or command, with the answer it was about, its line there, and the conversation's id; acknowledged in one line."""
    repl = talker()
    say(repl, "thrash metal")
    shown = [r.item.id for r in repl.shown or ()]
    assert text(say(repl, "I hated 2")).startswith("noted: disliked ") and "/undo" in text(say(repl, "I hated 3")) + "/undo"
    assert "liked" in text(say(repl, "/like 1 4")) and "rated" in text(say(repl, "/rate 5 9/10"))
    events = log_of(repl).events()
    assert [(e.thing.id, e.verdict, e.origin, e.rank, e.value) for e in events] == [
        (shown[1], Verdict.DISLIKE, Origin.SENTENCE, 2, None), (shown[2], Verdict.DISLIKE, Origin.SENTENCE, 3, None), (shown[0], Verdict.LIKE, Origin.CHAT, 1, None),
        (shown[3], Verdict.LIKE, Origin.CHAT, 4, None), (shown[4], Verdict.RATING, Origin.CHAT, 5, 4.5),
    ]  # fmt: skip
    assert repl.shown and {(e.session, e.impression) for e in events} == {(repl.ident, repl.shown.id)}
    assert text(say(repl, "I hated 2")).startswith("noted before") and len(log_of(repl).events()) == 5


def test_undo_takes_back_one_thing_after_the_other(talker: Talker) -> None:
    """Two verdicts of one turn are one thing; a change of the request is one; clearing takes no verdict back."""
    repl = talker()
    say(repl, "thrash metal")
    first = titles(repl)
    say(repl, "older", "loved the first, the second was boring")
    assert len(log_of(repl).events()) == 2
    assert "took back: liked" in text(say(repl, "/undo")) and not log_of(repl).events() and not repl.talk.opinions
    say(repl, "/undo")
    assert titles(repl) == first
    say(repl, "I hated 2", "/clear")
    assert not repl.talk.parts
    say(repl, "undo")
    assert repl.talk.parts and len(log_of(repl).events()) == 1
    say(repl, "/undo", "/undo")
    assert not log_of(repl).events() and "nothing to take back" in text(say(repl, "/undo"))


def test_another_conversation_is_not_undone(talker: Talker, tmp_path: Path) -> None:
    log = Log(tmp_path / "both.sqlite")
    one, other = talker(log=log), talker(log=log)
    say(one, "thrash metal", "/like 1")
    say(other, "thrash metal", "/dislike 2")
    say(one, "/undo")
    assert [e.verdict for e in log.events()] == [Verdict.DISLIKE]


def test_what_is_uncertain_is_asked_back_once(talker: Talker) -> None:
    repl = talker()
    asked = say(repl, "thrash metal", "the fourth is okay I guess")
    assert isinstance(asked[0], Reply) and asked[0].asks and titles(repl)[3] in asked[0].lines[0] and not log_of(repl).events()
    assert text(say(repl, "no")) == "Nothing was noted." and not log_of(repl).events()
    assert "noted: liked" in text(say(repl, "the fourth is okay I guess", "yes")) and log_of(repl).events()[0].rank == 4
    say(repl, "/undo", "the first is okay I guess", "older", "yes")
    assert not log_of(repl).events(), "a turn that goes on lets the question go"


def test_a_verdict_on_nothing_in_particular_asks_which(talker: Talker) -> None:
    repl = talker()
    assert say(repl, "thrash metal", "meh")[0] == Reply(("Which one? Its number or its title, please; anything else goes on.",), True)
    say(repl, "2 and 3")
    assert [(e.rank, e.verdict) for e in log_of(repl).events()] == [(2, Verdict.DISLIKE), (3, Verdict.DISLIKE)]


def test_without_a_log_verdicts_count_in_the_talk_alone(talker: Talker, monkeypatch: pytest.MonkeyPatch) -> None:
    repl = talker(keep=False)
    assert "for this conversation only" in text(say(repl, "thrash metal", "I hated 2"))
    hated = titles(repl)[1]
    assert not log_of(repl).events() and not log_of(repl).impressions() and hated in text(say(repl, "what did I say I hated?"))
    say(repl, "older")
    assert hated not in titles(repl)


def test_a_log_that_cannot_be_written_leaves_the_talk_as_it_was(talker: Talker, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    repl = talker(log=Log(tmp_path / "folder"))
    blocks = say(repl, "thrash metal", "I hated 2")
    assert isinstance(blocks[-1], Failure) and isinstance(blocks[-1].error, StoreError) and not repl.talk.opinions
    assert any(isinstance(b, Answered) for b in say(repl, "older"))


def test_what_was_said_is_told_from_the_log(talker: Talker, tmp_path: Path) -> None:
    """Of earlier conversations too; the newest verdict of an item counts."""
    log = Log(tmp_path / "told.sqlite")
    one = talker(log=log)
    say(one, "thrash metal", "/dislike 1", "/like 2", "/rate 3 1", "/dislike 4", "/like 4")
    later = talker(log=log)
    said = text(say(later, "what did I say I hated?"))
    assert [t in said for t in titles(one)] == [True, False, True, False, False]
    assert all(t in text(say(later, "what do I like so far?")) for t in (titles(one)[1], titles(one)[3]))


# --- why, and why not ----------------------------------------------------------------------------------------------------


def test_why_shows_the_signals_and_what_in_the_taste_spoke_for_it(talker: Talker) -> None:
    repl = talker()
    say(repl, "thrash metal", "/like 1", "/more")
    r = next(iter(repl.shown or ()))
    why = say(repl, "why the first one?")[0]
    assert isinstance(why, Why) and why.recommendation == r and {"score", *r.sources} <= {line.split()[0] for line in plain(why) if line.startswith("  ")}
    assert abs(sum(r.sources.values()) - r.score) < 0.01
    assert any(line.startswith("You liked ") for line in why.taste)


def then_of(said: str) -> int:
    return int(said.split("it is number ")[1].split()[0])


@pytest.mark.parametrize(
    ("turns", "title", "kept_out", "fix"),
    [
        (("thrash metal", "from the nineties"), "Orion", "from the nineties", "/drop 2"), (("thrash metal", "not Metallica again"), "Orion", "you did not want", "/drop 2"),
        (("thrash metal", "/where year:1990.."), "Orion", "/where year:1990..", "/where off"), (("thrash metal", "with female vocals"), "Orion", 'it has not what you asked for: "female vocal"', "/drop 2"),
    ],
)  # fmt: skip
def test_why_not_says_what_kept_it_out_and_what_would_bring_it_in(talker: Talker, turns: tuple[str, ...], title: str, kept_out: str, fix: str) -> None:
    """And it does: with as many shown as its place is said to be, it stands there."""
    repl = talker()
    said = text(say(repl, *turns, f"why not {title}?"))
    assert title in said and kept_out in said and fix in said
    say(repl, f"/set limit {then_of(said)}", fix)
    assert titles(repl)[-1] == title


def test_why_not_knows_verdicts_of_this_talk_and_of_the_log(talker: Talker, tmp_path: Path) -> None:
    log = Log(tmp_path / "why.sqlite")
    repl = talker(log=log)
    say(repl, "thrash metal", "I hated 2")
    hated = titles(repl)[1]
    said = text(say(repl, "older", f"/why {hated}"))
    assert "you did not like it" in said and "/like id:" in said
    later = talker(log=log)
    said = text(say(later, "thrash metal", f"/why {hated}"))
    assert "you did not like it" in said and "/set again on" in said
    say(later, f"/set limit {then_of(said)}", "/set again on", "/where off")
    assert hated in titles(later)


def test_why_not_of_what_was_paged_past_named_or_further_down(talker: Talker) -> None:
    repl = talker()
    say(repl, "thrash metal")
    first = titles(repl)[0]
    say(repl, "more")
    assert "you asked for others" in text(say(repl, f"/why {first}"))
    say(repl, "/clear", "thrash metal")
    twelfth = [*repl.ask(repl.talk, Options(limit=12, reasons=False, log=False))][-1]
    assert f"at number 12, with a score of {twelfth.score:.2f}" in text(say(repl, f"/why id:{twelfth.item.id}"))
    assert "you named it" in text(say(repl, "/clear", "songs like Orion", "/why Orion"))
    assert "is not in music" in text(say(repl, "why not Xyzzyplugh Qwrtz?"))


def test_why_of_a_creator_is_told_by_what_comes_nearest(talker: Talker) -> None:
    repl = talker()
    say(repl, "slow jazz", "from the 60s")
    assert "Metallica" in text(say(repl, "why not Metallica?"))


# --- asking back ---------------------------------------------------------------------------------------------------------


def test_a_request_that_says_nothing_is_asked_back(talker: Talker) -> None:
    """One question with choices; a number or the word is an answer, and who does not care gets the best known."""
    for answer in ("2", "the second", None):
        repl = talker("movies")
        asked = say(repl, "surprise me")[0]
        assert isinstance(asked, Reply) and asked.asks
        assert any(isinstance(b, Answered) for b in say(repl, answer or repl.talk.asked[1])) and repl.talk.parts
    repl = talker("movies")
    assert isinstance(say(repl, "surprise me", "whatever")[-1], Answered) and not repl.talk.parts
    shown = titles(repl)
    assert isinstance(say(repl, "more")[-1], Answered) and not {*titles(repl)} & {*shown}
    assert "不" not in text(say(talker("movies_zh"), "推荐一下")) and text(say(talker("movies_zh"), "推荐一下")).startswith("哪一种")


def test_politeness_is_answered_in_the_language_of_the_person(talker: Talker) -> None:
    repl = talker("movies_zh")
    assert text(say(repl, "你好")).startswith("你好") and text(say(repl, "谢谢")) == "不客气。" and text(say(repl, "thank you")) == "You are welcome."
    assert text(say(repl, "想看科幻电影", "第二个不好看")).startswith("记下了：不喜欢《")


# --- commands ------------------------------------------------------------------------------------------------------------


def failed(blocks: list[Block]) -> UsageError:
    assert len(blocks) == 1 and isinstance(blocks[0], Failure), blocks
    return blocks[0].error  # type: ignore[return-value]


@pytest.mark.parametrize(("typed", "nearest"), [("/lik 2", "/like"), ("/qiut", "/quit"), ("/hepl", "/help"), ("/", "/help"), ("/home/x.csv", "/help"), ("/LIKES 1", "/like")])
def test_an_unknown_command_is_an_error_and_reaches_no_model(typed: str, nearest: str, talker: Talker) -> None:
    engine = Scripted([])
    repl = talker(engine=engine)
    error = failed(say(repl, typed))
    assert "there is no such command" in error.message and nearest in error.hint and not engine.history and repl.talk == Talk()


def test_two_slashes_and_pasted_lines_are_text(talker: Talker) -> None:
    repl = talker()
    say(repl, "//quit")
    assert not repl.over
    say(repl, "/quit\nthrash metal")
    assert not repl.over and any("thrash" in p.ask for p in repl.talk.parts)
    say(repl, "/quit")
    assert repl.over


@pytest.mark.parametrize(
    "typed",
    ["/like", "/like 9", "/rate 1", "/rate 1 good", "/rate 1 11", "/drop 7", "/drop nothing of the kind", "/where colour:red", "/where year:3000..", "/set", "/set limit 0", "/set limit many",
     "/set again maybe", "/set catalog movies", "/set nonsense 1", "/open 1", "/save notes.doc", "/save", "/why Xyzzy Plugh Qwrtz", "/show", "/more 0", "/catalog nowhere", "/json"],
)  # fmt: skip
def test_a_command_that_cannot_be_done_says_why_and_changes_nothing(typed: str, talker: Talker) -> None:
    repl = talker()
    if typed != "/json":
        say(repl, "thrash metal")
    before = repl.talk, repl.options
    blocks = say(repl, typed)
    if typed == "/set":
        assert isinstance(blocks[0], Facts) and dict(blocks[0].pairs)["again"] == "off"
    else:
        assert failed(blocks).message
    assert (repl.talk, repl.options) == before and not log_of(repl).events()


def test_commands_about_the_request(talker: Talker) -> None:
    repl = talker()
    say(repl, "thrash metal", "from the eighties")
    say(repl, "/where ^artist:Metallica")
    assert titles(repl) and all(r.item.creator != "Metallica" and 1980 <= r.item.numbers["year"] < 1990 for r in repl.shown or ())
    assert "2. from the eighties" in text(say(repl, "/state")) and "where: ^artist:Metallica" in text(say(repl, "/state"))
    say(repl, "/where off", "/drop eighties")
    assert [p.said for p in repl.talk.parts] == ["thrash metal"] and repl.options.where is None
    say(repl, "/set limit 2", "/more")
    assert len(titles(repl)) == 2
    say(repl, "/more 7")
    assert len(titles(repl)) == 7
    say(repl, "/set limit 3", "older")
    assert len(titles(repl)) == 3
    assert "1  thrash metal" in text(say(repl, "/history")).replace("1 thrash", "1  thrash")
    help_ = say(repl, "/help")[0]
    assert isinstance(help_, Facts) and [name.split()[0][1:] for name, _ in help_.pairs] == list(slash.COMMANDS)


def test_the_last_answer_can_be_had_as_it_is(talker: Talker) -> None:
    repl = talker()
    say(repl, "thrash metal", "/like 1")
    raw, saved = say(repl, "/json")[0], say(repl, "/save /tmp/x.csv")[0]
    assert isinstance(raw, Raw) and isinstance(saved, Saved) and raw.answer is saved.answer is repl.shown and saved.form == "csv"


def test_only_web_addresses_are_opened(talker: Talker, shelf: Callable[..., Catalog]) -> None:
    columns = [Column("id", Role.ID), Column("title", Role.TITLE), Column("link", Role.TEXT)]
    links = ["https://example.org/a?b=c", "javascript:alert(1)", "file:///etc/passwd", "see https://example.org", "HTTP://EXAMPLE.ORG/x", "https://example.org/a b"]
    repl = talker(shelf(["id", "title", "link"], [[f"i{n}", f"thing {n}", link] for n, link in enumerate(links)], columns))
    opened = [plain(b)[0] if not isinstance(b, Failure) else None for n in range(6) for b in say(repl, f"/open id:i{n}")]
    assert opened == [links[0], None, None, None, links[4], None]


def test_the_context_is_the_hour_where_it_is_switched_on(talker: Talker) -> None:
    evening = datetime(2026, 11, 21, 20, 30)
    assert occasion(evening) == "saturday evening, autumn" and occasion(datetime(2026, 7, 6, 4), True) == "周一深夜，夏天"
    repl = talker("travel", now=lambda: evening)
    assert repl.context_text(False) is None and "saturday evening" in text(say(repl, "/context auto"))
    say(repl, "somewhere quiet")
    assert repl.answer and repl.answer.context == "saturday evening, autumn" and repl.answer.query == "somewhere quiet"
    assert "autumn" in repl.query(repl.talk).wish
    say(repl, "/context off", "somewhere quiet")
    assert repl.answer and repl.answer.context is None and "autumn" not in repl.query(repl.talk).wish


# --- untrusted text ------------------------------------------------------------------------------------------------------

HOSTILE = ["/quit", "recsh> /clear", "\x1b[2J\x1b]0;owned\x07 clear screen", "one\nrecsh: error: two", "/like 1\n/quit", "[bold]red[/bold] :fire:", "\u202egnp.exe", "yes"]


def test_titles_command_nothing(talker: Talker, shelf: Callable[..., Catalog]) -> None:
    """Whatever rows are called, and whatever a reason says: every line of an answer begins with its rank, and nothing happens."""
    columns = [Column("id", Role.ID), Column("title", Role.TITLE), Column("tags", Role.TAGS, joiner="|"), Column("about", Role.TEXT)]
    rows = [[f"i{n}", title, "odd|thing", "\x1b[31mrecsh> /quit\r\n/undo"] for n, title in enumerate(HOSTILE)]
    repl = talker(shelf(["id", "title", "tags", "about"], rows, columns), options=Options(usual=8))
    blocks = say(repl, "odd things")
    lines = text(blocks).split("\n")
    assert len(lines) == 8 and all(line.split("\t")[0] == str(n) for n, line in enumerate(lines, 1))
    every = "\n".join(text(say(repl, turn)) for turn in ("/show 1", "/show 2", "/why 3", "why the first one?", "I hated 2", "/state", "/like 4", "what did I say I hated?", "show me the second"))
    assert not any(ord(c) < 32 and c not in "\n\t" or c == "\u202e" or c == "\x7f" for c in every + text(blocks))
    assert not any(line.startswith(("recsh>", "recsh:", "/")) for line in (every + text(blocks)).splitlines())
    assert not repl.over and repl.talk.parts and len(log_of(repl).events()) == 2
    for offer in (*keys.offers("/like ", repl), *keys.offers("/show one", repl), *keys.offers("/quit", repl)):
        assert offer.text.isprintable() and "\n" not in offer.text


# --- the Tab key ---------------------------------------------------------------------------------------------------------


def test_tab_offers_commands_tags_and_titles(talker: Talker) -> None:
    repl = talker()

    def offered(line: str) -> list[str]:
        for offer in (found := keys.offers(line, repl)):
            assert 0 <= offer.replaces <= len(line)
        return [o.text for o in found]

    assert offered("/li") == ["/like"] and offered("/c") == ["/consumed", "/context", "/catalog", "/clear"] and "/quit" in offered("/")
    assert {*SAMPLES} <= {*offered("/catalog ")} and offered("/catalog movies_") == ["movies_zh"] and offered("/model em") == ["embedded"]
    assert offered("/set div") == ["diversity"] and "genre:" in offered("/where ") and "genre:jazz" in offered("/where year:1990.. genre:ja")
    assert 'genre:"thrash metal"' in offered("/where genre:thrash")
    assert "Enter Sandman" in offered("/like enter sa") and "Enter Sandman" in offered("songs like enter sa") and "melancholic" in offered("something melan")
    assert offered("") == offered("a ") == offered("x y/") == []
    say(repl, "thrash metal")
    assert offered("/why ") == titles(repl) and offered("/drop ") == ["thrash metal"]
    assert "科幻" in [o.text for o in keys.offers("想看科幻", talker("movies_zh"))]


# --- taking it up again --------------------------------------------------------------------------------------------------


def test_a_conversation_is_the_same_after_its_json(talker: Talker) -> None:
    repl = talker()
    say(repl, "thrash metal", "older", "I hated 2", "/where year:..1988")
    saved = json.loads(json.dumps(repl.as_json()))
    again = talker(log=log_of(repl), ident=repl.ident)
    again.restore(saved)
    assert (again.talk, again.options, again.said, titles(again)) == (repl.talk, repl.options, repl.said, titles(repl))
    assert text(say(again, "/why 1")) == text(say(repl, "/why 1"))
    say(again, "/undo", "/undo")
    assert not log_of(repl).events()


def test_talks_are_private_few_and_found_by_their_beginning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="no conversation"):
        talks.load()
    names = [f"01TALK{n:020d}" for n in range(talks.MOST + 5)]
    for n, name in enumerate(names):
        talks.save(name, {"said": [n]})
        os.utime(talks.folder() / f"{name}.json", ns=(n, n))
    talks.save(names[50], {"said": ["again"]})
    left = talks.saved()
    assert len(left) == talks.MOST and left[0] == names[50] and names[4] not in left and names[5] in left
    assert (talks.folder() / f"{names[50]}.json").stat().st_mode & 0o777 == 0o600 and talks.folder().stat().st_mode & 0o777 == 0o700
    assert talks.load()[1]["said"] == ["again"] and talks.load(names[9].lower())[0] == names[9]
    for wrong in ("01TALK", "ZZ", "", "../x"):
        with pytest.raises(UsageError):
            talks.load(wrong)
    (talks.folder() / f"{names[9]}.json").write_text('{"version": 1', encoding="utf-8")
    with pytest.raises(StoreError, match="damaged"):
        talks.load(names[9])


def test_the_line_history_is_private_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "data" / "chat_history"
    lines = Lines(path)
    lines.add("two\nlines \\ and 中文")
    for n in range(LINES + 50):
        lines.add(f"line {n}")
    lines.add("x" * 5000)
    kept = lines.read()
    assert len(path.read_text().splitlines()) == len(kept) <= LINES and kept[-1] == f"line {LINES + 49}" and path.stat().st_mode & 0o777 == 0o600
    path.write_text('garbage\n"good"\n[1]\n', encoding="utf-8")
    assert lines.read() == ["good"] and Lines(tmp_path).read() == []
    other = Lines(tmp_path / "other")
    other.add("two\nlines \\ and 中文")
    assert other.read() == ["two\nlines \\ and 中文"]
    Lines(tmp_path).add("nowhere")


# --- the command in a pipe -----------------------------------------------------------------------------------------------


class Ran(NamedTuple):
    code: int
    out: list[str]
    err: str


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Callable[..., Ran]:
    """Run `recsh chat --engine none` with these lines on standard input, at a home of its own with the compiled samples."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").symlink_to(home / "cache")
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RECSH_NO_HISTORY", raising=False)

    def run(*args: str, lines: str = "", engine: bool = True) -> Ran:
        result = CliRunner().invoke(app, ["chat", *(("--engine", "none") if engine else ()), *args], input=lines)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout.splitlines(), result.stderr)

    return run


def test_a_pipe_gets_plain_lines(chat: Callable[..., Ran], music: Catalog) -> None:
    """No prompt and no colours; a turn that fails is told on stderr, and the rest goes on; the exit code is 0."""
    code, out, err = chat("-q", "-n", "2", lines="thrash metal\n\n/lik 1\nI hated 2\nwhy 1\n/quit\nolder\n")
    assert code == 0 and [line.split("\t")[0] for line in out[:2]] == ["1", "2"] and out[2].startswith("noted: disliked ")
    assert out[3].startswith("1. ") and out[-1].startswith("  words") and not any("recsh>" in line or "\x1b" in line for line in out)
    assert err == "recsh: error: /lik: there is no such command\n  try: /like, or /help; a line that begins with // is text\n"


def test_the_banner_is_on_stderr_and_a_query_is_the_first_turn(chat: Callable[..., Ran], music: Catalog) -> None:
    code, out, err = chat("thrash", "metal", "-n", "1", "-v", lines="older")
    assert code == 0 and len(out) == 2 and err.startswith("recsh: music, 1,599 items, no model; ") and err.count("first suggestion after") == 2


def test_json_is_a_line_a_turn(chat: Callable[..., Ran], music: Catalog) -> None:
    code, out, _ = chat("--json", "-n", "2", lines="thrash metal\nI hated 2\n/nonsense\n/state\nwhy 1\n")
    turns = [json.loads(line) for line in out]
    assert code == 0 and [t["turn"] for t in turns] == [1, 2, 3, 4, 5] and all([*t] == ["turn", "say", "acts", "answer", "text", "error"] for t in turns)
    first, hated, wrong, state, why = turns
    assert first["answer"]["schema_version"] == 1 and len(first["answer"]["results"]) == 2 and first["acts"][0]["kind"] == "topic"
    assert hated["acts"][0] | {"words": ""} == {"kind": "verdict", "words": "", "item_id": first["answer"]["results"][1]["item_id"], "title": first["answer"]["results"][1]["title"],
                                                "rank": 2, "verdict": "dislike", "value": None, "sure": True, "count": None}  # fmt: skip
    assert hated["answer"] is None and hated["text"].startswith("noted") and wrong["error"]["code"] == "usage" and "thrash metal" in state["text"] and "score" in why["text"]


def test_a_conversation_is_taken_up_again(chat: Callable[..., Ran], movies: Catalog) -> None:
    chat("-q", "-c", "movies", lines="film noir\nI hated 2\n/where year:..1950\n")
    name = talks.saved()[0]
    assert [p.name for p in (paths.data_dir() / "talks").iterdir()] == [f"{name}.json"]
    _, out, err = chat("--continue", "--json", lines="/state\nfrom the forties\n", engine=False)
    state, answer = (json.loads(line) for line in out)
    assert "1. film noir" in state["text"] and "dislike:" in state["text"] and "where: year:..1950" in state["text"] and "goes on with: film noir" in err
    assert answer["answer"]["engine"] is None and answer["answer"]["catalog"]["name"] == "movies" and all(1940 <= float(r["item"]["year"]) < 1950 for r in answer["answer"]["results"])
    assert talks.saved() == [name] and chat("-q", "--session", name[:24], lines="/state\n").out[0] == "  1. film noir"
    assert chat("--continue", "-c", "music").code == 2 and chat("--session", "NOSUCH").code == 2
    file = talks.folder() / f"{name}.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "talk": {"parts": 3}}), encoding="utf-8")
    assert chat("--continue").code == 5


@pytest.mark.parametrize("how", ["--no-log", "RECSH_NO_HISTORY"])
def test_nothing_is_kept_where_nothing_may_be(how: str, chat: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, music: Catalog) -> None:
    if how.startswith("RECSH"):
        monkeypatch.setenv(how, "1")
    ran = chat("-q", *((how,) if how.startswith("--") else ()), lines="thrash metal\nI hated 2\n/like 1\n/undo\n")
    assert ran.code == 0 and "for this conversation only" in ran.out[5]
    assert not talks.saved() and not Log().events() and not Log().impressions()


def test_another_catalog_and_model_in_the_same_conversation(chat: Callable[..., Ran], music: Catalog, movies: Catalog) -> None:
    _, out, err = chat("-q", "-n", "1", lines="thrash metal\n/catalog movies\n/state\nfilm noir\n/catalog nowhere\nolder\n/model none\n/state\n")
    assert out[1] == f"catalog: movies, {movies.index.rows:,} items"
    assert out[2] == "  nothing was asked for yet" and "recsh: error: " in err and "nowhere" in err
    assert out[-4:-2] == ["  1. film noir", "  2. older"] and out[-2] == "  catalog: movies"


def test_weights_are_changed_in_the_midst_of_it(chat: Callable[..., Ran], music: Catalog) -> None:
    _, out, _ = chat("--json", "-n", "1", lines="thrash metal\n/model none\nolder\n/model nosuch\n/model embedded\nfrom the nineties\n", engine=False)
    first, none, second, wrong, _, third = (json.loads(line) for line in out)
    assert first["answer"]["engine"] and not second["answer"]["engine"] and third["answer"]["engine"] == first["answer"]["engine"]
    assert none["text"] == "model: none" and wrong["error"]["code"] == "weights" and third["answer"]["query"].startswith("thrash metal")


def test_an_answer_is_saved_to_a_file_that_is_not_there(chat: Callable[..., Ran], tmp_path: Path, music: Catalog) -> None:
    code, out, err = chat("-q", "-n", "2", lines="thrash metal\n/save a.json\n/save a.json\n/save no/such/b.csv\n/save c.ids\n/json\n")
    assert code == 0 and out[2:4] == ["saved: a.json", "saved: c.ids"] and err.count("recsh: error: ") == 2
    assert json.loads((tmp_path / "a.json").read_text())["results"] == json.loads(out[4])["results"] and len((tmp_path / "c.ids").read_text().split()) == 2


def test_wrong_options_end_it_at_once(chat: Callable[..., Ran], music: Catalog) -> None:
    assert chat("-c", "nowhere.csv").code == 3 and chat("-w", "colour:red").code == 2 and chat("--limit", "0").code == 2 and chat("-m", "no.gguf", engine=False).code == 4
