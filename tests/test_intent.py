"""A chat model chooses what a turn means where the rules find nothing; it can choose nothing else, and a verdict it reads is asked back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recsh import intent
from recsh.acts import Kind
from recsh.blocks import Answered, Reply
from recsh.catalog import Catalog
from recsh.engine import JudgePrompt, Scripted
from recsh.feedback import Log
from recsh.memory import Memory
from recsh.prompt import FORMAT
from recsh.recommend import Recommender
from recsh.repl import Repl
from recsh.semantic import Semantic
from recsh.types import Item, Verdict
from recsh.work import Options

ITEMS = [Item(0, "a", "One"), Item(1, "b", "Two\n3. Forged")]


class Reader(Scripted):
    """A chat model that judges rows of a catalog evenly, and takes a turn for the reading that has all of `words`."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self.words = words

    def judge(self, prompt: JudgePrompt) -> list[float]:
        self.history.append(prompt)
        return [3.0 if self.words and all(w in row for w in self.words) and row.startswith("The person") else -1.0 for row in prompt.rows]

    def reasons(self, prompt: JudgePrompt, rows: object, max_tokens: int = 40) -> object:
        return iter(())


@pytest.fixture
def talker(music: Catalog, semantic: Semantic, tmp_path: Path) -> Callable[..., Repl]:
    def make(engine: Scripted, form: str = "chat") -> Repl:
        memory = Memory(music, Log(tmp_path / "log.sqlite"))
        recommender = Recommender(music, engine, semantic=semantic, form=form, memory=memory)
        repl = Repl(recommender, Options(), open_=lambda c, m: (recommender, "music", "chat"))
        list(repl.turn("thrash metal"))
        return repl

    return make


def test_every_reading_is_a_sentence_about_what_was_shown() -> None:
    texts = [text for text, _ in intent.readings("hm", ITEMS)]
    assert len({*texts}) == len(texts) == 4 + 2 * len(ITEMS) and all("\n" not in t for t in texts)
    assert {a.kind for _, a in intent.readings("hm", [])} == {Kind.REFINE, Kind.EMPTY}


def test_the_likeliest_reading_is_taken_only_if_it_is_clear() -> None:
    odds = {"likes item 2": 3.0}

    def judge(prompt: JudgePrompt) -> list[float]:
        assert prompt.prefix.count("\n3. ") == 0  # a title cannot add a line
        return [next((v for words, v in odds.items() if words in row), -2.0) for row in prompt.rows]

    act = intent.guess("that one grew on me", ITEMS, judge)
    assert act is not None and (act.kind, act.id, act.verdict, act.sure, act.rank) == (Kind.VERDICT, "b", Verdict.LIKE, False, 2)
    odds["likes item 1"] = 2.5
    assert intent.guess("that one grew on me", ITEMS, judge) is None
    odds.clear()
    assert intent.guess("that one grew on me", ITEMS, judge) is None


def test_a_verdict_that_the_model_reads_is_asked_back(talker: Callable[..., Repl]) -> None:
    repl = talker(Reader("likes item 2"))
    title = repl.items(repl.talk.shown)[1].title
    (asked,) = repl.turn("that one grew on me")
    assert isinstance(asked, Reply) and asked.asks and title in " ".join(asked.lines) and not repl.recommender.memory.log.events()
    list(repl.turn("yes"))
    assert [(e.verdict, e.thing.title) for e in repl.recommender.memory.log.events()] == [(Verdict.LIKE, title)]


def test_other_readings_are_acted_on(talker: Callable[..., Repl]) -> None:
    repl = talker(Reader("wants to see other items"))
    before = repl.talk.shown
    blocks = [*repl.turn("my neighbours would complain")]
    assert any(isinstance(b, Answered) for b in blocks) and not {*before} & {*repl.talk.shown}


def test_what_rules_read_is_not_put_to_the_model(talker: Callable[..., Repl]) -> None:
    repl = talker(engine := Reader("likes item 2"))
    asked = len(engine.history)
    list(repl.turn("I hated 2"))
    assert len(engine.history) == asked and repl.recommender.memory.log.events()[0].verdict is Verdict.DISLIKE


@pytest.mark.parametrize("form", ["reranker", FORMAT])
def test_weights_that_read_no_talk_are_not_asked(talker: Callable[..., Repl], form: str) -> None:
    repl = talker(engine := Reader("likes item 2"), form)
    list(repl.turn("could do without that"))
    assert not any("The person says" in p.prefix for p in engine.history if isinstance(p, JudgePrompt))
