"""Files from elsewhere: found out, read, matched without a wrong item, added once, and taken back whole."""

from __future__ import annotations

import csv
import json
import random
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from recsh import backup, foreign, paths
from recsh.catalog import Catalog
from recsh.claims import Claim, moment, rated, scale
from recsh.cli import history
from recsh.cli.boundary import Boundary
from recsh.errors import UsageError
from recsh.feedback import Log, Mark
from recsh.imports import Report, _isbn13, hits_in, settle
from recsh.match import Names
from recsh.services import MEMBER_LIMIT
from recsh.types import Column, Event, Impression, Origin, Role, Shown, Thing, Verdict
from tests.command import Ran, Run, invoke

DATA = Path(__file__).parent / "data" / "imports"
NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def letterboxd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip of a whole export, in a folder of its own inside, as it is downloaded."""
    path = tmp_path_factory.mktemp("zip") / "letterboxd-nobody-2022-03-03.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((DATA / "letterboxd").rglob("*.csv")):
            archive.write(file, Path("letterboxd-nobody-2022-03-03") / file.relative_to(DATA / "letterboxd"))
    return path


def settled(path: Path, catalog: Catalog, existing: Sequence[Event] = (), **how: object) -> Report:
    claims = foreign.read(path, hits=hits_in(catalog.index), **how)  # type: ignore[arg-type]
    return settle(claims, Names(catalog.index), "key", existing, now=NOW, session="s")


def made(report: Report) -> dict[str, object]:
    """'title / creator' -> the rating, or the verdict."""
    return {f"{e.thing.title} / {e.thing.creator}": e.value or e.verdict.value for e in report.events}


def day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


# --- kinds ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "kind"), [
    ("scrobbles.csv", "lastfm"), ("recenttracks.csv", "lastfm"), ("lovedtracks.csv", "lastfm"), ("letterboxd/ratings.csv", "letterboxd"), ("letterboxd/watched.csv", "letterboxd"),
    ("letterboxd/diary.csv", "letterboxd"), ("letterboxd/likes/films.csv", "letterboxd"), ("goodreads_library_export.csv", "goodreads"), ("likes.csv", "csv"), ("ratings_imdb.csv", "csv"),
    ("wishes_de.csv", "csv"), ("titles.txt", "csv"), ("hostile.csv", "csv"),
])  # fmt: skip
def test_the_kind_is_found_out(file: str, kind: str) -> None:
    assert foreign.read(DATA / file).kind == kind


def test_a_wrong_kind_is_refused() -> None:
    for kind in ("letterboxd", "goodreads", "lastfm", "nonsense"):
        with pytest.raises(UsageError):
            foreign.read(DATA / "ratings_imdb.csv", kind)


@pytest.mark.parametrize("shape", ["scrobbles.csv", "recenttracks.csv"])
def test_plays_are_counted(shape: str, music: Catalog) -> None:
    """Three plays are a like, dated by the last of them; counted here by hand from the file."""
    report = settled(DATA / shape, music)
    assert made(report) == dict.fromkeys(("Enter Sandman / Metallica", "One / Metallica", "Roads / Portishead", "Hurt / Johnny Cash", "Bohemian Rhapsody / Queen", "Creep / Radiohead"), "like")
    assert {x.title: x.nearest for x in report.lost} == {"Nobody Plays This": None, "Nothing Else Matters": "Nothing Else Matters by Metallica"}, "another's recording is not the item"
    assert report.rows == 40 and report.ignored == {"track played fewer than 3 times": 2}
    rows = [r for r in csv.reader((DATA / "scrobbles.csv").read_text(encoding="utf-8").splitlines()) if r[2] == "One"]
    last = max(datetime.strptime(r[3], "%d %b %Y %H:%M").replace(tzinfo=UTC).timestamp() for r in rows)
    assert len(rows) == 3 and next(e.at for e in report.events if e.thing.title == "One") == last
    assert len(settled(DATA / shape, music, plays=6).events) == 1 and len(settled(DATA / shape, music, plays=1).events) == 8


def test_loved_tracks_are_likes(music: Catalog) -> None:
    assert made(settled(DATA / "lovedtracks.csv", music)) == {"Fast Car / Tracy Chapman": "like", "Glory Box / Portishead": "like"}


def test_a_film_of_the_same_name_is_another_film(movies: Catalog) -> None:
    report = settled(DATA / "letterboxd" / "ratings.csv", movies)
    assert made(report) == {"Casablanca / Michael Curtiz": 4.5, "Heat / Michael Mann": 5.0, "The Thing / John Carpenter": 4.0, "Amélie / Jean-Pierre Jeunet": 3.0, "Whiplash / Damien Chazelle": 1.0}
    assert [(x.title, x.year) for x in report.lost] == [("Heat", 1986), ("The Thing", 2011), ("Nosferatu", 1979), ("Nothing, Nowhere, Never", 2018)]


def test_a_whole_letterboxd_export(letterboxd: Path, movies: Catalog) -> None:
    """A rating says more than a like, that more than having seen it; the newest counts; deleted entries, lists and the watchlist say nothing."""
    report = settled(letterboxd, movies)
    assert made(report) == {
        "Heat / Michael Mann": 5.0, "The Thing / John Carpenter": 4.0, "Amélie / Jean-Pierre Jeunet": 3.0, "Whiplash / Damien Chazelle": 1.0, "Oldboy / Park Chan-wook": "consumed",
        "Moonlight / Barry Jenkins": "like", "Little Women / Greta Gerwig": "consumed", "The Matrix / Lana Wachowski, Lilly Wachowski": "like", "Spirited Away / Hayao Miyazaki": "consumed",
        "Parasite / Bong Joon-ho": 4.5, "Casablanca / Michael Curtiz": 5.0,
    }  # fmt: skip
    assert [e.at for e in report.events] == sorted(e.at for e in report.events) and day(report.events[-1].at) == "2022-12-25"
    assert report.rows == 22 == len(report.events) + report.already + report.repeated + len(report.lost) + sum(report.ignored.values())
    assert {x.source for x in report.lost} == {"ratings.csv", "watched.csv"}


def test_what_a_letterboxd_file_says_is_in_its_name(movies: Catalog) -> None:
    assert settled(DATA / "letterboxd" / "watchlist.csv", movies).ignored == {"on the watchlist": 2}
    assert {e.verdict for e in settled(DATA / "letterboxd" / "watched.csv", movies).events} == {Verdict.CONSUMED}
    assert {e.verdict for e in settled(DATA / "letterboxd" / "likes" / "films.csv", movies).events} == {Verdict.LIKE}


def test_goodreads(books: Catalog) -> None:
    report = settled(DATA / "goodreads_library_export.csv", books)
    assert made(report) == {"Sapiens / Yuval Noah Harari": 2.0, "The Hobbit / J.R.R. Tolkien": 4.0, "Dune / Frank Herbert": 5.0, "Crime and Punishment / Fyodor Dostoevsky": "consumed", "Piranesi / Susanna Clarke": 3.0}
    assert report.ignored == {"on the shelf to-read": 1, "on the shelf currently-reading": 1}
    assert [x.title for x in report.lost] == ["The Plague", "A Book That Nobody Wrote, Vol. 3"], "a book of that name by somebody else"
    assert {e.thing.title: day(e.at) for e in report.events}["Dune"] == "2019-07-02"


def test_an_isbn_is_enough(shelf: Callable[..., Catalog]) -> None:
    """Ten digits or thirteen, with hyphens or as a spreadsheet keeps them; the title may be another language's."""
    columns = (Column("id", Role.ID), Column("title", Role.TITLE), Column("isbn", Role.IGNORE))
    catalog = shelf(["id", "title", "isbn"], [["1", "Der Wüstenplanet", "978-0-441-17271-9"], ["2", "Leer", ""]], columns)
    assert list(made(settled(DATA / "goodreads_library_export.csv", catalog))) == ["Der Wüstenplanet / "]
    assert [_isbn13(c) for c in ("0-441-17271-7", "9780441172719", "163557563X", "42", "")] == ["9780441172719", "9780441172719", "9781635575637", "", ""]


def test_a_table_of_likes(music: Catalog) -> None:
    report = settled(DATA / "likes.csv", music)
    assert made(report) == {
        "Enter Sandman / Metallica": "like", "Fast Car / Luke Combs": "dislike", "Hallelujah / Jeff Buckley": "like", "Creep / TLC": "dislike", "Wonderwall / Oasis": "like",
        "Smells Like Teen Spirit / Nirvana": "like",
    }  # fmt: skip
    assert [x.title for x in report.lost] == ["Hurt"], "two songs are called so"
    assert report.ignored == {"no rating or verdict": 1} and day(report.events[0].at) == "2024-02-01" and report.events[-1].at == NOW


def test_scales_come_down_to_five(movies: Catalog, music: Catalog) -> None:
    report = settled(DATA / "ratings_imdb.csv", movies)
    assert made(report) == {"Alien / Ridley Scott": 4.5, "Scarface / Brian De Palma": 2.0, "Solaris / Andrei Tarkovsky": 5.0}
    assert report.notes == ("ratings are taken as of 10 and kept as of 5",) and [x.year for x in report.lost] == [2002]
    assert made(settled(DATA / "wishes_de.csv", music)) == {"Hurt / Johnny Cash": 4.5, "Roads / Portishead": 5.0, "Jolene / Dolly Parton": 2.0}
    assert [rated(c, scale(["7", "10"])) for c in ("10", "5", "1", "0", "", "x", "4/5", "★★★")] == [5, 2.5, 1, None, None, None, 4, 3]
    assert [scale(c) for c in (["3", "5"], ["6"], ["55"], ["7/10", "4"], [])] == [5, 10, 100, 5, 5]


def test_columns_without_names_are_known_by_their_cells(music: Catalog) -> None:
    report = settled(DATA / "no_header.csv", music)
    assert set(made(report)) == {"Enter Sandman / Metallica", "Roads / Portishead", "Jolene / Dolly Parton"} and report.rows == 4
    assert set(made(settled(DATA / "titles.txt", music))) == {"Bohemian Rhapsody / Queen", "Enter Sandman / Metallica", "Creep / Radiohead", "Smells Like Teen Spirit / Nirvana"}


def test_ids_count_if_the_title_is_the_same(music: Catalog, tmp_path: Path) -> None:
    """The id of another file's row is not the catalog's."""
    file = tmp_path / "ids.csv"
    file.write_text("id,title,artist\nm0899,Enter Sandman,Metallica\nm0467,Roads,Portishead\nm0825,No Such Song,Nobody\n", encoding="utf-8")
    report = settled(file, music)
    assert set(made(report)) == {"Enter Sandman / Metallica", "Roads / Portishead"} and [x.title for x in report.lost] == ["No Such Song"]


def test_other_peoples_ratings_are_not_ones_own(music: Catalog) -> None:
    with pytest.raises(UsageError, match="2 people") as error:
        settled(DATA / "family.csv", music)
    assert "--user ann" in error.value.hint
    assert made(settled(DATA / "family.csv", music, user="ann")) == {"Enter Sandman / Metallica": 5.0, "One / Metallica": 2.0}
    with pytest.raises(UsageError, match="nobody"):
        settled(DATA / "family.csv", music, user="eve")


def test_a_hostile_file_costs_its_own_rows_only(music: Catalog) -> None:
    report = settled(DATA / "hostile.csv", music)
    assert made(report) == {"Enter Sandman / Metallica": 5.0, "Roads / Portishead": 4.0}
    assert {x.title for x in report.lost} == {'=HYPERLINK("http://example.org";"Hurt")', "[bold]Jolene[/bold]", "[31mTeardrop[0m", "Nothing Else Matters", "The Unforgiven II", "Road"}
    assert report.ignored == {"no title": 1, "no rating or verdict": 3} and "unclosed quote" in report.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found_out(encoding: str, movies: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "ratings.csv"
    file.write_bytes("Date,Name,Year,Letterboxd URI,Rating\r\n2021-05-01,Amélie,2001,https://boxd.it/a,3\r\n".encode(encoding))
    assert made(settled(file, movies)) == {"Amélie / Jean-Pierre Jeunet": 3.0}


@pytest.mark.parametrize("content", [b"", b"\0" * 500, b"\x89PNG\r\n\x1a\n" + b"x" * 100, b"PK\x03\x04 no archive", b"a,b,c\n1,2,3\n", b"x\n"])
def test_what_is_no_table_of_titles_is_refused(content: bytes, music: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    try:
        report = settled(file, music)
    except UsageError as error:
        assert error.hint
    else:
        assert content == b"x\n" and not report.events


def test_damaged_and_foreign_archives_are_refused(letterboxd: Path, tmp_path: Path) -> None:
    whole = letterboxd.read_bytes()
    name = whole.index(b"ratings.csv")
    damaged, other = tmp_path / "damaged.zip", tmp_path / "other.zip"
    damaged.write_bytes(whole[: name + 20] + bytes(60) + whole[name + 80 :])
    with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "nothing")
    large = tmp_path / "large.zip"
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("ratings.csv", "w") as member:
        for _ in range((MEMBER_LIMIT >> 20) + 1):
            member.write(bytes(1 << 20))
    for file, why in ((damaged, "cannot be read"), (other, "not a Letterboxd export"), (large, "larger than"), (tmp_path / "absent.zip", "no such file")):
        with pytest.raises(UsageError, match=why):
            foreign.read(file)


@pytest.mark.parametrize(("cell", "iso"), [
    ("2023-05-01", "2023-05-01T00:00"), ("2023-05-01T10:30:00Z", "2023-05-01T10:30"), ("2023-05-01T10:30:00+02:00", "2023-05-01T08:30"), ("2023/05/01", "2023-05-01T00:00"),
    ("01 May 2023 20:15", "2023-05-01T20:15"), ("01 May 2023, 20:15", "2023-05-01T20:15"), ("1682971200", "2023-05-01T20:00"), ("1682971200000", "2023-05-01T20:00"), ("24.12.2023", "2023-12-24T00:00"),
])  # fmt: skip
def test_moments_as_exporters_write_them(cell: str, iso: str) -> None:
    at = moment(cell)
    assert at is not None and datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M") == iso


@given(st.text(max_size=30))
def test_no_cell_stops_a_file(cell: str) -> None:
    at, value = moment(cell), rated(cell, 5.0)
    assert (at is None or at >= 0) and (value is None or 1 <= value <= 5)


# --- settling ------------------------------------------------------------------------------------------------------------


def test_nothing_is_added_twice(letterboxd: Path, movies: Catalog) -> None:
    first = settled(letterboxd, movies)
    again = settled(letterboxd, movies, first.events)
    assert again.events == () and again.already == len(first.events)
    changed = settled(letterboxd, movies, first.events[1:])
    assert changed.events == first.events[:1]


def test_no_date_is_later_than_now(music: Catalog) -> None:
    claims = foreign.Claims("csv", (Claim(1, "Jolene", "Dolly Parton", at=NOW + 1e6), Claim(2, "Roads", "Portishead", at=5.0)), 2)
    report = settle(claims, Names(music.index), "music", (), now=NOW, session="s")
    assert [(e.thing.title, e.at, e.session, e.origin, e.catalog) for e in report.events] == [("Roads", 5.0, "s", Origin.IMPORT, "music"), ("Jolene", NOW, "s", Origin.IMPORT, "music")]


def test_ten_thousand_rows_are_matched_right(music: Catalog, tmp_path: Path) -> None:
    """Every second title is spoilt by words that make it another: none of those may be found, all of the others must."""
    text = (paths.bundled("sample_data") / "music.csv").read_text(encoding="utf-8").partition("\n")[2].splitlines()
    songs = list(csv.DictReader(text))
    chance = random.Random(3)
    rows = [(chance.choice(songs), i) for i in range(10_000)]
    file = tmp_path / "many.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("title", "artist"), *((s["title"] + (f" Xyzzy Plugh {i}" if i % 2 else ""), s["artist"]) for s, i in rows)])
    seen: list[tuple[str, int, int]] = []
    claims = foreign.read(file)
    report = settle(claims, Names(music.index), "music", (), now=NOW, session="s", progress=lambda *a: seen.append(a))
    assert {(e.thing.title, e.thing.creator) for e in report.events} == {(s["title"], ", ".join(s["artist"].split("|"))) for s, i in rows if not i % 2}
    assert len(report.lost) == 5000 and seen[0][1:] == (0, 10_000) and seen[-1][1:] == (10_000, 10_000)


# --- the export ----------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
THINGS = st.builds(Thing, TEXT, TEXT, TEXT, st.dictionaries(TEXT, st.lists(TEXT, max_size=3).map(tuple), max_size=2), st.dictionaries(TEXT, NUMBER, max_size=2))
EVENTS = st.builds(
    Event, TEXT, THINGS, st.sampled_from(Verdict), NUMBER, st.none() | st.floats(1, 5), st.sampled_from(Origin), st.none() | TEXT, st.none() | st.integers(1, 99), TEXT, TEXT,
)  # fmt: skip
SHOWN = st.builds(Shown, TEXT, TEXT, st.integers(1, 99), NUMBER, NUMBER, st.dictionaries(TEXT, NUMBER, max_size=2))
IMPRESSIONS = st.builds(Impression, TEXT, TEXT, NUMBER, TEXT, st.lists(SHOWN, max_size=3).map(tuple), st.none() | TEXT, st.none() | TEXT, st.none() | TEXT, NUMBER, TEXT)


@given(st.lists(EVENTS, max_size=3), st.lists(IMPRESSIONS, max_size=2))
def test_an_export_loses_nothing(tmp_path_factory: pytest.TempPathFactory, events: list[Event], impressions: list[Impression]) -> None:
    file = tmp_path_factory.getbasetemp() / "history.jsonl"
    marks = [Mark("reset", None, "", 5.0, 3), Mark("forget", "music", "country", 6.0, 1)]
    text = "".join(backup.lines(backup.History(events, impressions, marks), 0.0))
    file.write_text(text, encoding="utf-8", newline="")
    assert backup.read(file) == backup.History(events, impressions, marks) and backup.is_export(file)
    assert len(text.split("\n")) == 4 + len(events) + len(impressions) and json.loads(text.split("\n")[0])["recsh_history"] == 1


@pytest.mark.parametrize(("text", "why"), [
    ('{"recsh_history": 2}', "newer recsh"), ('{"recsh_history": 1}\n{"event": {}}', "line 2"), ('{"recsh_history": 1}\n{"event": {"catalog": "m", "thing": {"id": "1", "title": "x"}, "verdict": "adore", "at": 1}}', "line 2"),
    ('{"recsh_history": 1}\nnonsense', "line 2"), ('{"recsh_history": 1}\n[]', "line 2"), ('{"recsh_history": 1}\n{"impression": {"id": "a", "catalog": "m", "at": NaN, "query": "q"}}', "line 2"),
    ('{"recsh_history": 1}\n{"impression": {"id": "a", "catalog": "m", "at": -1e999, "query": "q"}}', "line 2"), ('{"recsh_history": 1}\n' + "[" * 100_000, "line 2"),
    ('{"recsh_history": 1}\n{"mark": {"kind": "adore", "catalog": null, "key": "", "at": 1, "after": 1}}', "line 2"),
    *(('{"recsh_history": 1}\n{"event": {"catalog": "m", "thing": {"id": "1", "title": "x"}, "verdict": "like", "at": 1, "' + cell + "}}", "line 2") for cell in ('impression": 5', 'rank": "x"', 'value": "5"')),
    *(('{"recsh_history": 1}\n{"impression": {"id": "a", "catalog": "m", "at": 1, "query": "q", "' + cell + "}}", "line 2") for cell in ('context": 7', 'where": {}', 'engine": 3', 'shown": [{}]')),
])  # fmt: skip
def test_a_damaged_export_is_refused_with_its_line(text: str, why: str, tmp_path: Path) -> None:
    (file := tmp_path / "h.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=why):
        backup.read(file)


def test_what_the_log_cannot_keep_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """A verdict that cannot be meant does not leave the answers before it behind."""
    bad = Event("music", Thing("1", "x"), Verdict.RATING, 5.0, 9.0)
    with Log(tmp_path / "log.sqlite") as log, pytest.raises(UsageError, match="1 to 5"):
        backup.restore(log, backup.History([bad], [Impression("a", "music", 5.0, "q")]), "import-x", mine=False, now=9.0)
    with Log(tmp_path / "log.sqlite") as log:
        assert log.impressions() == log.events() == []


# --- the commands --------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, music: Catalog, movies: Catalog) -> Iterator[Run]:
    monkeypatch.chdir(tmp_path)
    app = typer.Typer(cls=Boundary, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    history.register(app)

    def command(*args: object) -> Ran:
        return invoke(app, "history", *args)

    yield command
    for file in paths.data_dir().glob("log.sqlite*"):
        file.unlink()


def logged() -> list[Event]:
    with Log() as log:
        return log.events()


def test_an_import_is_one_action(run: Run, letterboxd: Path) -> None:
    """Shown first, then done, then there already, then taken back whole, or removed by its session."""
    dry = run("import", letterboxd, "-c", "movies", "--dry-run")
    assert dry.code == 0 and "11 to add to 'movies' (6 rated, 3 known, 2 liked)" in dry.out and logged() == []
    done = run("import", letterboxd, "-c", "movies")
    assert "11 added to 'movies'" in done.out and "line 3: Heat (1986); the nearest is Heat by Michael Mann" in done.out and len(logged()) == 11
    assert {e.origin for e in logged()} == {Origin.IMPORT} and {e.catalog for e in logged()} == {"movies"}
    again = run("import", letterboxd, "-c", "movies")
    assert "0 added" in again.out and "11 there already" in again.out and "recsh undo" not in again.err and len(logged()) == 11
    with Log() as log:
        assert len(log.undo()) == 11 and log.events() == []
    assert run("import", letterboxd, "-c", "movies", "-q").err == ""
    assert run("rm", "--session", logged()[0].session, "-y").code == 0 and logged() == []


def test_a_report_for_machines(run: Run) -> None:
    report = json.loads(run("import", DATA / "likes.csv", "--json", "-q").out)
    assert {k: report[k] for k in ("kind", "catalog", "rows", "added", "already", "repeated", "dry_run")} == {"kind": "csv", "catalog": "music", "rows": 8, "added": 6, "already": 0, "repeated": 0, "dry_run": False}
    assert [(x["line"], x["title"]) for x in report["not_found"]] == [(8, "Hurt")] and [e["id"] for e in report["events"]] == [e.id for e in logged()]


def test_the_wrong_catalog_is_suspected(run: Run, letterboxd: Path) -> None:
    code, out, err = run("import", letterboxd)
    assert code == 0 and "0 added to 'music'" in out and "-c CATALOG" in err


def test_long_lists_of_what_was_not_found_are_cut(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("\n".join(f"Xyzzy Plugh {i}" for i in range(50)), encoding="utf-8")
    out = run("import", tmp_path / "t.txt").out
    assert "... and 30 more; --json lists them all" in out and out.count("line ") == 20


def test_a_history_goes_to_another_machine_and_back(run: Run, tmp_path: Path) -> None:
    """Verdicts and answers as they were; twice adds nothing; what was taken back stays so."""
    answer = Impression("01A", "music", 5.0, "sad piano", (Shown("m0467", "Jolene", 1, 0.9, 0.5, {"text": 0.5}),), context="late", explore=0.25)
    with Log() as log:
        log.show(answer)
        log.add([Event("music", Thing("m0467", "Jolene", "Dolly Parton", {"mood": ("sad",)}, {"year": 1973.0}), Verdict.RATING, 6.25, 4.5, Origin.CHAT, "01A", 1, session="s")])
        log.add([Event("/gone.csv", Thing("1", "Ünï 🎵"), Verdict.NOTE, 7.0, note="a note")])
        log.add([Event("music", Thing("2", "Taken back"), Verdict.LIKE, 8.0)])
        log.undo()
        events, answers = log.events(), log.impressions()
    file = tmp_path / "history.jsonl"
    assert run("export", file).err == "recsh: 2 verdicts and 1 answer\n" and run("export").out.splitlines()[1:] == file.read_text(encoding="utf-8").splitlines()[1:]
    assert run("rm", "--all", "-y").code == 0 and logged() == []
    assert "2 added to the log (1 rated, 1 note)" in run("import", file).out
    with Log() as log:
        assert [(e.catalog, e.thing, e.verdict, e.at, e.value, e.origin, e.impression, e.rank, e.note, e.session) for e in log.events()] == [
            (e.catalog, e.thing, e.verdict, e.at, e.value, e.origin, e.impression, e.rank, e.note, e.session) for e in events
        ]
        assert [replace(i, source="") for i in log.impressions()] == answers
    assert "2 there already" in run("import", file).out and len(logged()) == 2
    assert "2 added" in run("import", file, "-c", "movies").out and [e.catalog for e in logged()[2:]] == ["movies", "movies"]


def test_what_cannot_be_imported_is_said(run: Run, tmp_path: Path) -> None:
    assert run("import", tmp_path / "absent.csv").code == run("import", tmp_path).code == 2
    assert run("import", DATA / "likes.csv", "--kind", "xml").code == 2 and run("import", DATA / "likes.csv", "--kind", "recsh").code == 2
    assert run("import", DATA / "likes.csv", "-c", "nowhere").code == 3 and logged() == []


def test_help_names_every_kind(run: Run) -> None:
    text = " ".join(run("import", "--help").out.split())
    assert all(kind in text for kind in foreign.KINDS)
