"""Words cut once give the tokens and pieces of the whole text; runs merge into what sorting everything gives."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh import runs, surfaces
from recsh.runs import Runs, merged
from recsh.surfaces import MARKS, Surfaces
from recsh.layout import facet_key
from recsh.tagwork import TagWork
from recsh.text import clean, tokens
from recsh.wordwork import row_text

TEXTS = ["Sad songs, for a rainy-day. The wolves' R&B in the U.S.A.!", "科幻电影，爱情。ABBA的歌", "Beyoncé — ＡＢＢＡ 電影 don't", "", "!!! ...", "हिन्दी गाने ไทย", "a" * 300, "1.5 2,000 x_y"]


def cut_tokens(some: Surfaces, text: str) -> list[str]:
    cut = some.cut(text, None)
    names = list(some.terms)
    return [names[i] for i in some.tokens.of(cut)[0].tolist()] if len(cut) else []


@pytest.mark.parametrize("text", TEXTS)
def test_words_cut_have_the_tokens_of_the_text(text: str) -> None:
    assert cut_tokens(Surfaces(), text) == tokens(text)


@settings(database=None, deadline=None, max_examples=150)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Co")), max_size=30), max_size=4))
def test_any_text_has_the_tokens_of_its_words(texts: list[str]) -> None:
    """All of them in one `Surfaces`, so that a word met before is the word it was. Upper case that lower case does not undo is left out."""
    some = Surfaces()
    for text in texts:
        text = clean(text).lower()
        assert Counter(cut_tokens(some, f" {text} ")) == Counter(tokens(f" {text} "))


def test_forgetting_words_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surfaces, "LIMIT", 6)
    some = Surfaces()
    for text in [*TEXTS, *TEXTS]:
        assert cut_tokens(some, text) == tokens(text)


def test_marks_are_no_words() -> None:
    cut = Surfaces().cut(row_text("One", "Two", ["Three", "Four"], "Five six"), None)
    assert (cut < len(MARKS)).sum() == 4 and len(cut) == 10


TRIPLES = st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=40), min_size=1, max_size=5)


@settings(database=None, deadline=None, max_examples=60)
@given(TRIPLES, st.permutations(range(10)), st.integers(1, 50))
def test_runs_merge_into_what_sorting_gives(tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, int]]], rank: list[int], at_once: int) -> None:
    """Also those of several files, whose keys have other numbers."""
    folder = tmp_path_factory.mktemp("runs")
    made = [Runs(folder / name, "<u2") for name in "ab"]
    wanted: list[tuple[int, int, int]] = []
    before = runs.MERGED
    runs.MERGED = at_once
    try:
        for i, batch in enumerate(batches):
            pairs = sorted({*batch})
            made[i % 2].add(*(numpy.array([p[j] for p in pairs], dtype=numpy.int64) + (31 * i if j else 5 * (i % 2)) for j in (0, 1)), numpy.array([p[0] + p[1] for p in pairs], dtype=numpy.int64))
            wanted += [(rank[key], row + 31 * i, key + row) for key, row in pairs]
        found: list[tuple[int, int, int]] = []
        for first, counts, rows, values in merged([one.written() for one in made], [numpy.array(rank), numpy.array([*range(5), *rank])], 10):
            found += zip(numpy.repeat(numpy.arange(first, first + len(counts)), counts).tolist(), rows.tolist(), values.tolist(), strict=True)
    finally:
        runs.MERGED = before
        for one in made:
            one.close()
    assert found == sorted(wanted)


def test_facets_of_one_key_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they are written, and also when the first was put on disk long ago; a row has a facet once."""
    monkeypatch.setattr("recsh.tagwork.HELD", 1)
    db = sqlite3.connect(":memory:")
    db.executescript("CREATE TABLE facets(f, col, key, label, count, start); CREATE TABLE facet_words(word, f)")
    work = TagWork(tmp_path)
    for row in ([(0, "Rock"), (0, "rock"), (1, "rock")], [(0, "ROCK"), (0, "pop")], [], [(0, "Pop!")]):
        work.add(row)
        work.flush()
    work.finish(db)
    work.close()
    rows = numpy.fromfile(tmp_path / "facets.u4", dtype="<u4").tolist()
    found = {(col, key): (label, rows[start : start + n]) for _, col, key, label, n, start in db.execute("SELECT * FROM facets")}
    assert found == {(0, "rock"): ("Rock", [0, 1]), (0, facet_key("pop")): ("pop", [1, 3]), (1, "rock"): ("rock", [0])}
    assert {p.name for p in tmp_path.iterdir()} == {"facets.u4"}
    db.close()
