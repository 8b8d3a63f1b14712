"""The gazetteer is well made, and "like X" is answered where X is not in the catalog."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pytest

import recsh
from recsh import knowledge, render
from recsh.catalog import Catalog
from recsh.recommend import Recommender
from recsh.reputed import reputed
from recsh.request import Query
from recsh.text import fold, has_cjk
from recsh.types import Answer, Reference

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


# --- in a catalog ------------------------------------------------------------------------------------------------------


def asked(sample: Callable, catalog: str, text: str) -> Answer:
    return Recommender(sample(catalog)).ask(text, limit=4)


@pytest.mark.parametrize(
    ("catalog", "text", "name", "near"),
    [
        ("books", "books like Throne of Glass", "Throne of Glass", {"A Court of Thorns and Roses", "Six of Crows"}), ("books", "something like throne of glass", "Throne of Glass", {"A Court of Thorns and Roses", "Six of Crows"}),
        ("music", "bands like Love", "Love", {"The Doors", "The Zombies"}), ("music", "songs by Molly Hatchet", "Molly Hatchet", {"Lynyrd Skynyrd", "ZZ Top"}), ("music", "Beach Boys songs", "The Beach Boys", {"The Beatles"}),
        ("music", "something like Grateful Ded", "Grateful Dead", {"The Band", "Jefferson Airplane"}), ("books", "books like Alestair Reynolds", "Alastair Reynolds", {"Liu Cixin"}), ("music", "像林俊杰那样的歌", "JJ Lin", {"Jay Chou"}),
        ("movies_zh", "像好家伙一样的电影", "Goodfellas", {"教父", "无间行者"}), ("movies_zh", "movies like Reservoir Dogs", "Reservoir Dogs", {"低俗小说"}), ("travel", "像普罗旺斯的地方", "Provence", {"Avignon", "Loire Valley"}),
    ],
)  # fmt: skip
def test_what_the_catalog_lacks_is_known_by_its_nearest(sample: Callable[[str], Catalog], catalog: str, text: str, name: str, near: set[str]) -> None:
    """Misspelt, in another language, by an alias; rows of what is near come first, and say truly that they are. Who is near is looked up in the file itself."""
    answer = asked(sample, catalog, text)
    (reference,) = answer.known
    assert reference.entry is not None and reference.entry.name == name and not reference.rows
    (line,) = {tuple(e) for p in FILES if p.stem == reference.entry.kind for e in entries(p) if e[0] == name}
    beside = {fold(n) for n in line[5].split("|")}
    beside |= {fold(a) for p in FILES for e in entries(p) if fold(e[0]) in beside for a in (e[1], *e[6].split("|")) if a}
    rows = sample(catalog).index.items(reference.near)
    assert near <= {who for i in rows for who in (i.title, i.creator)} and all({fold(i.title), fold(i.creator)} & beside or fold(i.creator).split(",")[0] in beside for i in rows)
    first = answer.results[0]
    assert first.item.n in reference.near and "knowledge" in first.sources and ("near " in first.reason.lower() or "相近" in first.reason)
    assert [r.item.n in reference.near for r in answer] == sorted((r.item.n in reference.near for r in answer), reverse=True)


@pytest.mark.parametrize(("catalog", "text", "title"), [("movies", "movies like Dark but funnier", "Dark"), ("products", "headphones like Beyerdynamic", "Beyerdynamic"), ("books", "like Stranger Things", "Stranger Things"), ("movies", "movies like The Witcher 3", "The Witcher 3: Wild Hunt")])
def test_where_nothing_near_is_there_its_tags_speak(sample: Callable[[str], Catalog], catalog: str, text: str, title: str) -> None:
    answer = asked(sample, catalog, text)
    (reference,) = answer.known
    assert reference.entry is not None and reference.entry.name == title and not reference.near
    tags = {fold(t).rstrip("s") for t in reference.entry.tags}
    shared = [r for r in answer if r.sources.get("knowledge")]
    assert shared and all({fold(t).rstrip("s") for t in r.item.tags} & tags or "shares" not in r.reason.lower() for r in shared)


@pytest.mark.parametrize(
    ("catalog", "text", "name"),
    [("books", "像村上春树的书", "Haruki Murakami"), ("books", "村上春树的书", "Haruki Murakami"), ("music", "like 周杰伦 but happier", "Jay Chou"), ("music_zh", "songs like Eason Chan", "陈奕迅"), ("music_zh", "像周杰轮的歌", "周杰伦"),
     ("movies", "像《釜山行》的电影", "Train to Busan"), ("movies_zh", "宫崎峻的电影", "宫崎骏")],
)  # fmt: skip
def test_what_the_catalog_has_under_another_name_is_found(read: Callable[[str, str], Query], catalog: str, text: str, name: str) -> None:
    (reference,) = read(catalog, text).references
    assert reference.name == name and reference.rows and not reference.entry


def test_what_is_not_wanted_may_have_another_name_too(read: Callable[[str, str], Query], sample: Callable[[str], Catalog]) -> None:
    (exclusion,) = read("books", "nothing by 村上春树, but Japanese").excluded
    rows = exclusion.rows or tuple(map(int, sample("books").index.facet_rows(exclusion.facets)))
    assert {i.creator for i in sample("books").index.items(rows)} == {"Haruki Murakami"}


COMMON = {
    "music": ("something like rain", "like a rainy day", "I would like some jazz", "music like home", "songs like honey", "like a storm", "like a summer night", "Happy songs please", "Songs for London", "Relaxing piano",
              "像春天一样", "像海一样辽阔的歌", "像你这样的人", "夏天的歌"),
    "movies": ("something like heat", "I want Drama", "Action films", "movies about Apple", "a film by night", "像家一样温暖的电影", "movies set in Paris", "Something funny for Friday night"),
    "movies_zh": ("像小时候一样温暖的电影", "像夏天一样的电影", "像梦一样的电影", "适合情人节看的电影"),
    "books": ("a book about War", "books by the sea", "books by Women", "Science", "books like magic", "历史"),
    "products": ("apple juice maker", "Nothing fancy, just a kettle", "a Tablet", "Something for my Mother"), "travel": ("somewhere like home", "Nature", "Somewhere warm"), "news": ("Economy", "Weather"),
}  # fmt: skip


@pytest.mark.parametrize(("catalog", "text"), [(catalog, text) for catalog, texts in COMMON.items() for text in texts])
def test_common_words_are_no_names(read: Callable[[str, str], Query], catalog: str, text: str) -> None:
    assert not read(catalog, text).references


def test_a_slip_of_the_pen_is_one_name_and_no_other_word() -> None:
    def found(name: str) -> list[str]:
        return [k.name for k in knowledge.misspelt(name)]

    assert found("Metalica") == ["Metallica"] and found("Kraftwrk") == ["Kraftwerk"] and found("周杰轮") == ["Jay Chou"] and found("村上春竖") == ["Haruki Murakami"]
    for other in ("Metal", "Horse", "Beatle", "Rocky 9", "小时候", "Blade Runner 2094", "xq", ""):
        assert found(other) == [], other


def test_what_is_unknown_is_said(sample: Callable[[str], Catalog]) -> None:
    """And the best known rows stand there rather than the first of the file."""
    answer = asked(sample, "products", "like Zzyzzxq")
    assert [w.code for w in answer.warnings] == ["unknown"] and "Zzyzzxq" in answer.warnings[0].message and not answer.known
    assert all(r.sources == {"popular": r.score} for r in answer)


def test_json_and_the_table_say_what_is_known(sample: Callable[[str], Catalog]) -> None:
    answer = asked(sample, "music", "something like grateful dead")
    (known,) = render.as_dict(answer)["known"]
    assert known["said"] == "grateful dead" and known["name"] == "Grateful Dead" and known["kind"] == "artists" and "psychedelic rock" in known["tags"] and len(known["near"]) == 5 and known["rows"] >= 3
    out = render.console(io.StringIO(), width=200)
    columns = sample("music").index.columns
    assert "grateful dead is not in this catalog; known: " in (text := render.table(answer, columns, out, explain=True)) and "near: " in text and "knowledge" in text
    assert "not in this catalog" not in render.table(answer, columns, out)
    assert render.as_dict(asked(sample, "music", "sad piano"))["known"] == []


def test_the_nearest_come_first_and_a_few_tags_are_no_whole_likeness(sample: Callable[[str], Catalog]) -> None:
    index = sample("music").index
    here = [i.n for i in index.items(range(index.rows)) if i.creator in ("The Doors", "The Zombies")]
    (love,) = (k for k in knowledge.find("Love") if k.kind == "artists")
    allowed = numpy.ones(index.rows, dtype=bool)
    found = reputed([Reference("Love", near=tuple(here), entry=love)], index, allowed, lambda those: None)
    assert found is not None and {*numpy.argsort(-found[0])[: len(here)].tolist()} == {*here} and found[0].max() == 1.0 and found[1] is None
    (phone,) = (k for k in knowledge.find("Apple") if k.kind == "brands")
    weak = reputed([Reference("Apple", entry=phone)], index, allowed, lambda those: None)
    assert weak is None or weak[0].max() < 0.6
    assert reputed([Reference("x")], index, allowed, lambda those: None) is None
