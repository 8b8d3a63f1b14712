"""What is known of rows that say little themselves stands beside them, is true of them, and is nothing where they say enough."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from recsh import knowledge
from recsh.account import Account
from recsh.catalog import SAMPLES, Catalog, Entry, Reading, columns_of, lookup, open_catalog
from recsh.enrich import COLUMNS, Enriched
from recsh.evaluate import by_recommender, measure
from recsh.labelled import read_requests
from recsh.paths import bundled
from recsh.query import understand
from recsh.recommend import Recommender
from recsh.schema import KNOWN
from recsh.semantic import Semantic
from recsh.table import open_table
from recsh.types import Role

GAZETTEER = Path(knowledge.__file__).parent / "words" / "gazetteer"
NOTHING = Reading({COLUMNS[0].name: Role.IGNORE})

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """(header, rows) -> a CSV file."""

    def written(header: Sequence[str], *rows: Sequence[object]) -> Path:
        path = tmp_path / "list.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return written


def cells_of(path: Path, reading: Reading = Reading()) -> tuple[bool, list[list[str]]]:
    """(whether the columns were added, all rows)."""
    table, columns = columns_of(open_table(path), reading)
    assert isinstance(table, Enriched) is (columns[-2:] == COLUMNS)
    return isinstance(table, Enriched), [cells for _, cells in table.rows(Account())]


def known(path: Path, reading: Reading = Reading()) -> list[str]:
    """What stands in the first of the two columns, row by row; empty if there are none."""
    added, rows = cells_of(path, reading)
    return [cells[-2] for cells in rows] if added else []


def stripped(name: str, keep: Sequence[str], folder: Path) -> Path:
    """A sample with these columns alone."""
    path = folder / f"{name}_bare.csv"
    with lookup(name).path.open(encoding="utf-8") as file, path.open("w", newline="", encoding="utf-8") as out:
        rows = csv.DictReader(line for line in file if not line.startswith("# "))
        writer = csv.DictWriter(out, keep, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def tags_of(kind: str, name: str, year: str = "") -> str:
    """The tags of an entry as its file has them, looked up here without recsh."""
    lines = [line.split("\t") for line in (GAZETTEER / f"{kind}.tsv").read_text("utf-8").splitlines() if not line.startswith("#")]
    return next(line[4] for line in lines if line[0] == name and year in ("", line[2]))


def test_a_list_of_titles_and_names_has_the_tags_of_works_and_makers(write: Write) -> None:
    films = known(write(("title", "year"), ("The Godfather", 1972), ("Matrix, The (1999)", 1999), ("Our holiday", 2019), ("教父", 1972)))
    assert films[2] == "" and films[0] == films[3] and {*films[0].split("|")} == {*tags_of("films", "The Godfather").split("|")}
    assert {*films[1].split("|")} <= {*tags_of("films", "The Matrix").split("|")}
    songs = known(write(("song", "artist"), ("Sometimes", "My Bloody Valentine"), ("Demo", "A friend of mine"), ("晴天", "周杰伦")))
    assert songs[1] == "" and "shoegaze" in songs[0] and songs[0].split("|")[0] == tags_of("artists", "My Bloody Valentine").split("|")[0] and songs[2]
    books = known(write(("title", "author"), ("Dune", "Frank Herbert"), ("A book of hers", "Agatha Christie"), ("Unheard of", "Nobody")))
    assert "science fiction" in books[0] and "detective" in books[1] and books[2] == ""


def test_countries_stand_by_themselves(write: Write) -> None:
    path = write(("title", "artist"), ("Autobahn", "Kraftwerk"), ("One", "Metallica"))
    assert [cells[-1] for cells in cells_of(path)[1]] == ["Germany", "USA"]
    assert "germany" in tags_of("artists", "Kraftwerk") and "germany" not in "".join(known(path)).lower()


def test_another_work_of_that_name_is_not_taken_for_it(write: Write) -> None:
    """By its maker, or else by its year."""
    header = ("title", "director", "year")
    first, other, remake, later = known(write(header, ("Heat", "Michael Mann", 1995), ("Heat", "Paul Morrissey", 1972), ("Scarface", "", 1983), ("Inception", "", 1950)))
    assert "heist" in first and other == "" and later == "" and {*remake.split("|")} <= {*tags_of("films", "Scarface", "1983").split("|")}


def test_things_that_are_only_called_like_a_work_are_left_alone(write: Write) -> None:
    wares = [(f"{thing} {n}", "Nike", 10 + n) for n, thing in enumerate(("lamp", "chair", "kettle", "mug", "towel") * 4)]
    assert known(write(("product", "brand", "price"), ("Heat", "Nike", 5), ("Alien", "Acme", 7), *wares)) == []
    recipes = [(f"Soup of {n} onions",) for n in range(30)]
    assert known(write(("recipe",), *recipes, ("Chocolat",))) == []


def test_titles_alone_are_believed_where_many_are_works(write: Write) -> None:
    found = known(write(("title",), ("Heat",), ("Alien",), ("Frozen",), ("Up",), ("Wedding video",)))
    assert [bool(cell) for cell in found] == [True, True, True, True, False] and "space" in found[1]


def test_rows_that_say_enough_are_left_as_they_are(write: Write) -> None:
    for name in SAMPLES:
        assert known(lookup(name).path) == [], name
    header = ("title", "artist", "tags", "language")
    assert known(write(header, ("One", "Metallica", "loud|war|slow start|solo", "English"))) == []
    assert known(write(header, ("One", "Metallica", "metal", "English")))  # a genre alone is little, and a language is none
    assert known(write(("title", "director", "year", "cast"), ("Heat", "Michael Mann", 1995, "Al Pacino|Robert De Niro|Val Kilmer|Jon Voight|Amy Brenneman")))


def test_who_wants_none_of_it_says_so(write: Write) -> None:
    path = write(("title", "artist"), ("One", "Metallica"))
    assert known(path) and known(path, NOTHING) == []
    assert known(write(("title", "artist", "known_for"), ("One", "Metallica", "my own word"))) == []


@pytest.mark.parametrize(
    ("name", "keep", "gain"),
    [("movies", ("id", "title", "director", "year"), 0.2), ("music", ("id", "title", "artist", "year"), 0.2), ("movies_zh", ("编号", "片名", "导演", "年份"), 0.2), ("books", ("id", "title", "author", "genres"), 0.1)],
)
def test_bare_lists_are_answered_better(tmp_path: Path, semantic: Semantic, name: str, keep: Sequence[str], gain: float) -> None:
    """The sample's own requests, of which only what is known beside title and maker can tell: NDCG at 10 without a model."""
    path = stripped(name, keep, tmp_path)
    requests = read_requests(bundled("sample_data", f"{name}.queries.jsonl"))[::2]
    with_it, without = (
        measure("", by_recommender(Recommender(open_catalog(Entry("bare", path, reading), semantic.for_rows), semantic=semantic)), requests).mean("NDCG@10")
        for reading in (Reading(), NOTHING)
    )
    assert with_it > without + gain


def bare(path: Path, semantic: Semantic) -> Catalog:
    return open_catalog(Entry("bare", path), semantic.for_rows)


def test_reasons_filters_and_json_know_the_column(tmp_path: Path, semantic: Semantic) -> None:
    from recsh.recommend import Options
    from recsh.render import as_dict

    recommender = Recommender(bare(stripped("music", ("id", "title", "artist"), tmp_path), semantic), semantic=semantic)
    answer = recommender.ask("shoegaze and dream pop", limit=3)
    assert all("shoegaze" in r.reason.lower() and "shoegaze" in r.item.cells["known_for"] for r in answer)
    items = [r["item"] for r in as_dict(answer)["results"]]
    assert all({*item} == {"id", "title", "artist", *KNOWN} for item in items)
    german = recommender.ask("electronic", Options(where="known_country:germany", limit=3))
    assert len(german.results) == 3 and all(r.item.cells["known_country"] == "Germany" for r in german)


# --- what is near to a work that the catalog has ------------------------------------------------------------------------


def test_what_is_near_to_a_named_work_is_known(movies: Catalog) -> None:
    """Whom the gazetteer puts beside it, then who has it beside himself; of the catalog's rows, and never the work itself."""
    index = movies.index
    query = understand("films like The Godfather", index, Recommender(movies).names.find, lambda token: None)
    (reference,) = query.references
    near = [item.title.lower() for item in index.items(reference.near)]
    lines = [line.split("\t") for line in (GAZETTEER / "films.tsv").read_text("utf-8").splitlines() if not line.startswith("#")]
    (own,) = [line[5].lower().split("|") for line in lines if line[0] == "The Godfather"]
    listing = {line[0].lower() for line in lines if "The Godfather" in line[5].split("|")}
    assert reference.entry is None and near and "the godfather" not in near and {*near} <= {*own} | listing
    first = [title for title in own if title in {i.title.lower() for i in index.items(range(index.rows))}]
    assert near[: len(first)] == first and {*near[len(first) :]} <= listing
    assert Recommender(movies).ask("films like The Godfather", limit=3).results[0].item.title.lower() in near


def test_a_namesake_of_another_year_has_not_its_neighbours(write: Write, semantic: Semantic) -> None:
    tags = "a|b|c|d"
    path = write(("title", "director", "year", "tags"), ("Heat", "Paul Morrissey", 1972, tags), ("Heat 2", "Michael Mann", 2030, tags), ("The Insider", "Michael Mann", 1999, tags), ("Collateral", "Michael Mann", 2004, tags))
    catalog = bare(path, semantic)
    (reference,) = Recommender(catalog, semantic=semantic).understand("films like Heat (1972)").references
    assert reference.rows == (0,) and reference.near == ()


def test_songs_of_a_bare_list_are_near_to_those_of_the_nearest_bands(tmp_path: Path, semantic: Semantic) -> None:
    """All of one band would be alike: what is like a song of theirs is not five more of them."""
    recommender = Recommender(bare(stripped("music", ("id", "title", "artist"), tmp_path), semantic), semantic=semantic)
    answer = recommender.ask("songs like Enter Sandman", limit=5)
    (metallica,) = [k for k in knowledge.find("Metallica") if k.kind == "artists"]
    beside = {*metallica.near} | {k.name for k in knowledge.naming(metallica)}
    assert sum(r.item.creator in beside for r in answer) >= 3


def test_who_has_whom_beside_him_is_found_both_ways() -> None:
    (slayer,) = [k for k in knowledge.find("Slayer") if k.kind == "artists"]
    naming = knowledge.naming(slayer)
    lines = [line.split("\t") for line in (GAZETTEER / "artists.tsv").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert naming and {k.name for k in naming} == {line[0] for line in lines if "Slayer" in line[5].split("|")}
