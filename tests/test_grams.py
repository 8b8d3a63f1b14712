"""Names are found by their letters: all that are spelt so, and those spelt almost so that a look at every one finds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from recsh import grams
from recsh.errors import CatalogError
from recsh.grams import Grams
from recsh.compiler import compile_index
from recsh.index import Index
from recsh.table import open_table
from recsh.text import fold
from recsh.titles import spellings
from recsh.types import Column, Role
from tests.benchmarks.made_titles import Maker

Entry = tuple[int, Sequence[str], Sequence[str]]
LEAST = 84.0


def written(folder: Path, names: Iterable[Entry]) -> Grams:
    grams.build(folder / "names", names)
    return Grams((folder / "names").read_bytes())


def made(rows: int, seed: int = 7) -> list[str]:
    """Distinct titles of real shape, folded."""
    return [*dict.fromkeys(spellings(title, fold(title))[0][0] for title, _, _ in Maker(rows, seed).rows(rows))]


def slip(text: str, at: int, how: str, letter: str = "x") -> str:
    """A slip of the pen at a place: a letter left out, put in, replaced, or swapped with the next."""
    at %= len(text)
    return {"out": text[:at] + text[at + 1 :], "in": text[:at] + letter + text[at:], "other": text[:at] + letter + text[at + 1 :],
            "swap": text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]}[how]  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Grams]:
    texts = made(1500)
    return texts, written(tmp_path_factory.mktemp("shelf"), ((n, [text], []) for n, text in enumerate(texts)))


WORDS = st.text("abcdeé电影院 ", min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.lists(WORDS, max_size=2), st.lists(WORDS, max_size=2)), max_size=30), WORDS)
def test_exact_finds_what_a_look_at_all_finds(tmp_path: Path, names: list[Entry], wanted: str) -> None:
    def bare(text: str) -> str:
        return text.replace(" ", "")

    found = written(tmp_path, names).exact([wanted, "never there"])
    expected = sorted({n for n, whole, pieces in names for text in (*whole, *pieces) if bare(text) == bare(wanted)})
    assert [*found.get(wanted, ())] == expected and "never there" not in found


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pick=st.integers(0), slips=st.lists(st.tuples(st.integers(0, 99), st.sampled_from(["out", "in", "other", "swap"])), min_size=1, max_size=3))
def test_alike_gives_every_text_that_is_likely_enough(shelf: tuple[list[str], Grams], pick: int, slips: list[tuple[int, str]]) -> None:
    """In a catalog whose places are all read nothing that `fuzz.ratio` calls alike is left out."""
    texts, names = shelf
    wanted = texts[pick % len(texts)]
    for at, how in slips:
        wanted = slip(wanted, at, how) or wanted
    assume(len(wanted) > 3)
    slack = max(2, len(wanted) // 4)
    near = {t for t, _, _ in process.extract(wanted, texts, scorer=fuzz.ratio, processor=None, score_cutoff=LEAST, limit=None) if abs(len(t) - len(wanted)) <= slack}
    given_ = names.alike(wanted, len(wanted) - slack, len(wanted) + slack)
    assert near <= {*given_} and len(given_) == len({*given_}) <= grams.MOST
    assert all(abs(len(t) - len(wanted)) <= slack for t in given_)


def test_where_only_some_places_are_read_hardly_any_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a catalog of a million rows: a tenth of the places of a name, and the best match is still among what is given."""
    texts = made(20_000)
    names = written(tmp_path, ((n, [text], []) for n, text in enumerate(texts)))
    monkeypatch.setattr(grams, "ENOUGH", 1200)
    monkeypatch.setattr(grams, "SHARE", 10**9)
    rng = random.Random(3)
    missed = asked = 0
    for text in rng.sample([t for t in texts if len(t) > 7], 600):
        wanted = slip(text, rng.randrange(1, len(text) - 1), rng.choice(["out", "in", "other", "swap"]), rng.choice("abcdeilnorst"))
        best = process.extractOne(wanted, texts, scorer=fuzz.ratio, processor=None, score_cutoff=LEAST)
        asked += best is not None
        missed += best is not None and best[0] not in names.alike(wanted, len(wanted) - 2, len(wanted) + 2)
    assert asked > 500 and missed <= 0.005 * asked


def test_how_the_work_is_cut_up_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts taken and places merged a few at a time give the same bytes as all at once."""
    names = [(n, [text], [text.split()[-1]] if n % 3 else []) for n, text in enumerate([*made(700), *made(700)[:50]])]
    grams.build(tmp_path / "whole", names)
    monkeypatch.setattr(grams, "_CHUNK", 37)
    monkeypatch.setattr(grams, "_RANGE", 11)
    grams.build(tmp_path / "parts", names)
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "parts").read_bytes()
    assert [p.name for p in tmp_path.iterdir() if p.name not in ("whole", "parts")] == []


def test_no_names_and_odd_ones(tmp_path: Path) -> None:
    """Nothing at all, no letters, one letter, a very long name, half a surrogate pair: found by themselves, and never an error."""
    empty = written(tmp_path, [])
    assert empty.alike("a name", 0, 99) == [] and empty.exact(["a name"]) == {}
    odd = ["", "x", "電", "long " * 3000, "half \ud800 pair", "two\u2028lines"]
    names = written(tmp_path, ((n, [text], []) for n, text in enumerate(odd)))
    for n, text in enumerate(odd):
        assert names.exact([text])[text].tolist() == [n]
        assert not text or text[: grams.LONGEST] in names.alike(text, 0, 10**6)
    assert names.alike("", 0, 99) == []


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    """Cut off, or another file altogether; and an index that has such a one is damaged as a whole."""
    (tmp_path / "rows.csv").write_text("title,artist\nAlien,Scott\nHeat,Mann\n", encoding="utf-8")
    compile_index(tmp_path / "index", open_table(tmp_path / "rows.csv"), (Column("title", Role.TITLE), Column("artist", Role.CREATOR)))
    file = tmp_path / "index" / "titles.names"
    whole = file.read_bytes()
    for broken in (whole[:-1], whole[:50], b"", b"x" * len(whole)):
        with pytest.raises(ValueError):
            Grams(broken)
        file.write_bytes(broken)
        with pytest.raises(CatalogError, match="damaged index"):
            Index(tmp_path / "index")
