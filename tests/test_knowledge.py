"""The gazetteer is well made, and "like X" is answered where X is not in the catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import recsh
from recsh import knowledge
from recsh.request import Query
from recsh.text import fold, has_cjk

FILES = sorted((Path(recsh.__file__).parent / "words" / "gazetteer").glob("*.tsv"))
LATEST = 2026


def entries(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def test_there_are_thousands_in_two_languages() -> None:
    assert {p.stem for p in FILES} == {"artists", "authors", "books", "brands", "films", "games", "places"}
    every = [e for p in FILES for e in entries(p)]
    assert len(every) > 10_000 and sum(has_cjk(e[1]) for e in every) > 5_000


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_entry_is_whole(path: Path) -> None:
    """Seven fields, a year that can be, four to eight tags, five others that are near, nothing twice; most of what is near is an entry itself."""
    assert path.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: CC0-1.0")
    rows = entries(path)
    assert all(len(row) == 7 for row in rows)
    names = {fold(name) for name, *_, aliases in rows for name in (name, *aliases.split("|")) if name}
    missed = 0
    for name, _, year, _, tags, near, _ in rows:
        assert name == name.strip() and (not year or -1000 < int(year) < LATEST), name
        assert 4 <= len(tags.split("|")) <= 8 and tags == tags.lower() and len({*near.split("|")} - {name}) == 5, name
        missed += sum(fold(n) not in names for n in near.split("|"))
    assert missed < 0.2 * 5 * len(rows)
    assert Counter((fold(r[0]), r[2]) for r in rows).most_common(1)[0][1] == 1


def test_names_are_found_by_alias_in_chinese_and_without_the_article() -> None:
    (beatles,) = [k for k in knowledge.find("beatles") if k.kind == "artists"]
    assert beatles.name == "The Beatles" and "rock" in beatles.tags
    assert knowledge.find("周杰伦")[0].name == "Jay Chou" and knowledge.find("sabaton")[0].near[0] == "Powerwolf"
    assert knowledge.find("no such thing at all") == []


def test_every_name_finds_its_own_entry() -> None:
    """By its name before all of whom it is another name; by its Chinese name and its aliases too, whatever the case."""
    for path in FILES:
        for name, chinese, year, _, _, near, aliases in entries(path)[::29]:
            for each in {name, name.upper(), chinese, *aliases.split("|")} - {""}:
                found = knowledge.find(each)
                assert (path.stem, name, year, tuple(near.split("|"))) in [(k.kind, k.name, k.year, k.near) for k in found], each
                own = [fold(k.name) == fold(each) for k in found]
                assert own == sorted(own, reverse=True), each


@pytest.fixture
def forgetful() -> Iterator[None]:
    """What is known of where names stand is forgotten before and after."""
    knowledge._names.cache_clear()
    yield
    knowledge._names.cache_clear()


@pytest.mark.usefixtures("forgetful")
def test_where_names_stand_is_written_once_and_made_anew_when_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "gazetteer-0.names").write_bytes(b"of an older gazetteer")
    near = knowledge.find("Sabaton")[0].near
    (kept,) = (tmp_path / "cache").iterdir()
    whole = kept.read_bytes()
    with pytest.MonkeyPatch.context() as patch:  # it is read, and nothing is folded again
        patch.setattr(knowledge, "_numbered", None)
        knowledge._names.cache_clear()
        assert knowledge.find("Sabaton")[0].near == near
    for damaged in (whole[:1000], b"", b"x" * len(whole)):
        kept.write_bytes(damaged)
        knowledge._names.cache_clear()
        assert knowledge.find("Sabaton")[0].near == near and kept.read_bytes() == whole


@pytest.mark.usefixtures("forgetful")
def test_names_are_found_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands where the cache folder would be."""
    (tmp_path / "cache").write_text("no folder")
    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    assert knowledge.find("Sabaton")[0].near[0] == "Powerwolf"


@pytest.mark.parametrize(("catalog", "text", "near"), [
    ("books", "books like Throne of Glass", {"A Court of Thorns and Roses", "Six of Crows"}), ("books", "something like throne of glass", {"A Court of Thorns and Roses", "Six of Crows"}),
])  # fmt: skip
def test_what_the_catalog_lacks_is_known_by_its_nearest(read: Callable[[str, str], Query], sample: Callable, catalog: str, text: str, near: set[str]) -> None:
    (reference,) = read(catalog, text).references
    assert not reference.rows and {i.title for i in sample(catalog).index.items(reference.near)} == near


def test_where_nothing_near_is_there_its_tags_are_wished_for(read: Callable[[str, str], Query]) -> None:
    query = read("movies", "movies like Dark but funnier")
    assert "time travel" in [w.words for w in query.wishes]
    assert "headphone" in [w.words for w in read("products", "headphones like Beyerdynamic").wishes]


@pytest.mark.parametrize("text", ["something like rain", "like a rainy day", "I would like some jazz", "music like home"])
def test_common_words_are_no_names(read: Callable[[str, str], Query], text: str) -> None:
    assert not any(r.near for r in read("music", text).references)
