"""What arguments name, which scores are meant, and the commands that note verdicts down, look at them and remove them."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from recsh import paths
from recsh.catalog import Catalog
from recsh.cli import history
from recsh.cli import verdicts as commands
from recsh.cli.boundary import Boundary
from recsh.errors import UsageError
from recsh.feedback import Log
from recsh.match import Names
from recsh.types import Column, Event, Impression, Item, Origin, Role, Shown, Suggestion, Thing, Verdict
from recsh.verdicts import Named, agrees, as_dict, event_of, phrase, rank_of, rating, resolve, score, stamp, thing_of
from tests.command import Ran, Run, invoke

ANSWER = Impression("01ANSWER", "music", 1e9, "sad piano", (Shown("m0467", "Jolene", 1, 0.9, features={"text": 0.5, "taste": 0.25}), Shown("m1221", "Hurt", 2, 0.8)))


def named(catalog: Catalog, argument: str, last: Impression | None = None) -> Named:
    return resolve(argument, Names(catalog.index), catalog.index, last)


def title(found: Named) -> str | None:
    return f"{found.items[0].title} / {found.items[0].creator}" if found.sure else None


# --- what an argument names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("argument", "wanted"), [
    ("1", "Jolene / Dolly Parton"), ("#2", "Hurt / Johnny Cash"), ("2.", "Hurt / Johnny Cash"),
    ("id:m0825", "One / Metallica"), ("ID: m0825", "One / Metallica"), ("m0825", "One / Metallica"),
    ("Enter Sandman", "Enter Sandman / Metallica"), ("enter sandmann", "Enter Sandman / Metallica"), ("  ENTER\tSANDMAN ", "Enter Sandman / Metallica"),
    ("One by Metallica", "One / Metallica"), ("one by u2", "One / U2"), ("Hurt by Johnny Cash", "Hurt / Johnny Cash"), ("Johnny Cash - Hurt", "Hurt / Johnny Cash"),
    ("bohemian rapsody", "Bohemian Rhapsody / Queen"), ("Bohemian Rhapsody (1975)", "Bohemian Rhapsody / Queen"), ("Stand by Me", "Stand by Me / Ben E. King"),
])  # fmt: skip
def test_one_item_is_meant(argument: str, wanted: str, music: Catalog) -> None:
    assert title(named(music, argument, ANSWER)) == wanted


@pytest.mark.parametrize(("argument", "catalog", "among"), [
    ("Hurt", "music", {"Nine Inch Nails", "Johnny Cash"}),  # two songs
    ("Hallelujah", "music", {"Leonard Cohen", "Jeff Buckley"}),
    ("sandman", "music", {"Metallica"}),  # a piece of a title may be meant, but not surely
    ("Metallica", "music", {"Metallica"}),  # a maker is no item
    ("Little Women", "movies", {"Gillian Armstrong", "Greta Gerwig"}),
])  # fmt: skip
def test_what_may_be_several_is_not_taken(argument: str, catalog: str, among: set[str], sample: Callable[[str], Catalog]) -> None:
    found = named(sample(catalog), argument)
    assert not found.sure and not found.near and among <= {i.creator for i in found.items}


@pytest.mark.parametrize(("argument", "catalog"), [
    ("Aliens", "movies"), ("Alien", "movies"),
])  # fmt: skip
def test_a_title_that_is_there_is_itself(argument: str, catalog: str, sample: Callable[[str], Catalog]) -> None:
    assert (title(named(sample(catalog), argument)) or "").split(" / ")[0] == argument


@pytest.mark.parametrize(("argument", "catalog"), [
    ("The Thing (2011)", "movies"), ("Heat (1986)", "movies"), ("Enter Sandman by Motörhead", "music"), ("Solaris by Steven Soderbergh", "movies"),
    ("3", "music"), ("7", "music"), ("99", "music"), ("m9999", "music"), ("id:nothing", "music"), ("It", "movies"), ("", "music"), ("zxqv wvut", "music"), ("\x1b[31m\ud800", "music"), ("Rood", "music"),
])  # fmt: skip
def test_what_is_not_there_is_never_another_item(argument: str, catalog: str, sample: Callable[[str], Catalog]) -> None:
    """A remake, another's recording, a rank that was not shown ("7" is not the song "Seven"), a word that is short."""
    assert not named(sample(catalog), argument, ANSWER if catalog == "music" else None).sure


def test_another_word_is_no_slip_of_the_pen(shelf: Callable[..., Catalog]) -> None:
    """A plural, and a word that other rows have."""
    catalog = shelf(["id", "title"], [["1", "Alien"], ["2", "Roads of Gold"], ["3", "The Cold Heart"]], (Column("id", Role.ID), Column("title", Role.TITLE)))
    assert [title(named(catalog, a)) for a in ("Aliens", "The Gold Heart", "The Colld Heart", "Rodas of Gold")] == [None, None, "The Cold Heart / ", "Roads of Gold / "]


def test_a_rank_is_sooner_meant_than_an_id_and_an_id_than_a_title(shelf: Callable[..., Catalog]) -> None:
    columns = (Column("id", Role.ID), Column("title", Role.TITLE))
    catalog = shelf(["id", "title"], [["1", "one"], ["2", "1984"], ["1984", "two"], ["22", "three"], ["5", "22"]], columns)
    last = Impression("x", "shelf", 0.0, "q", (Shown("5", "22", 1, 1.0),))
    assert [named(catalog, a, last).items[0].id for a in ("1", "id:1", "2")] == ["5", "1", "2"]
    assert (named(catalog, "1").items[0].id, named(catalog, "1").sure) == ("1", True), "without an answer, the id"
    both = named(catalog, "1984")
    assert not both.sure and {i.id for i in both.items} == {"1984", "2"}, "an id of one row and the title of another"
    assert {i.id for i in named(catalog, "22").items} == {"22", "5"}


def test_a_rank_is_one_that_was_shown() -> None:
    assert rank_of("2", ANSWER) is ANSWER.shown[1]
    assert [rank_of(a, ANSWER) for a in ("0", "3", "-1", "two", "1 2", "")] == [None] * 6 and rank_of("1", None) is None


def test_a_shown_item_that_is_gone_is_nothing(music: Catalog) -> None:
    assert named(music, "1", Impression("x", "music", 0.0, "q", (Shown("gone", "Gone", 1, 1.0),))) == Named("1")


def test_creators_outweigh_years() -> None:
    columns = (Column("year", Role.NUMBER, unit="year", year=True),)
    item = Item(0, "1", "Heat", "Michael Mann", numbers={"year": 1995.0})
    said = [Suggestion("Heat", year=1995), Suggestion("Heat", year=1996), Suggestion("Heat", year=1986), Suggestion("Heat", creator="Michael Mann", year=1986), Suggestion("Heat", creator="Dick Richards", year=1995)]
    assert [agrees(s, item, columns) for s in said] == [True, True, False, True, False]
    assert agrees(Suggestion("Heat", year=1986), Item(0, "1", "Heat"), columns)


# --- scores --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "value"), [
    ("4", 4), ("4.5", 4.5), ("4,5", 4.5), ("4/5", 4), ("8/10", 4), ("0/10", 1), ("1/10", 1), ("6/10", 3), ("90%", 4.5), ("100 %", 5), ("★★★★", 4), ("★★★½", 3.5), ("⭐⭐", 2), ("*****", 5),
    ("3 stars", 3), ("3 of 5", 3), ("7 out of 10", 3.5), ("1", 1), ("5", 5), (" 2 ", 2),
])  # fmt: skip
def test_scores_as_people_write_them(text: str, value: float) -> None:
    assert rating(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["0", "6", "-1", "11/10", "3/0", "good", "", "nan", "inf", "1e9", "★★★★★★", "½", "120%"])
def test_what_is_no_score_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as error:
        rating(text)
    assert "8/10" in error.value.hint


def test_a_score_says_of_how_many() -> None:
    assert (score("8/10"), score("4.5"), score("★★★½"), score("90%"), score("good")) == ((8.0, 10.0), (4.5, None), (3.5, 5.0), (90.0, 100.0), None)


# --- events --------------------------------------------------------------------------------------------------------------


def test_a_thing_keeps_what_a_taste_is_made_of(music: Catalog) -> None:
    """Against the file itself: cells of tag and creator columns split at '|', numbers as numbers."""
    text = (paths.bundled("sample_data") / "music.csv").read_text(encoding="utf-8").partition("\n")[2]
    row = next(r for r in csv.DictReader(io.StringIO(text)) if r["id"] == "m0825")
    (item,) = music.index.items([music.index.by_id("m0825")])
    thing = thing_of(item, music.index.columns)
    assert (thing.id, thing.title, thing.creator) == (row["id"], row["title"], row["artist"])
    assert thing.facets == {c: tuple(row[c].split("|")) for c in ("artist", "genre", "tags", "mood", "language", "country")}
    assert thing.numbers == {"year": float(row["year"]), "energy": float(row["energy"])}


def test_several_makers_are_several_values(movies: Catalog) -> None:
    (item,) = movies.index.items([movies.index.by_id("f513")])
    assert thing_of(item, movies.index.columns).facets["director"] == ("Lana Wachowski", "Lilly Wachowski")


def test_an_event_knows_the_answer_it_was_in(music: Catalog) -> None:
    hurt, other = (music.index.items([music.index.by_id(i)])[0] for i in ("m1221", "m0825"))
    columns = music.index.columns
    assert (e := event_of(Verdict.LIKE, hurt, columns, "music", 5.0, last=ANSWER)).impression == "01ANSWER" and e.rank == 2
    assert event_of(Verdict.LIKE, other, columns, "music", 5.0, last=ANSWER).impression is None
    assert event_of(Verdict.LIKE, hurt, columns, "/another.csv", 5.0, last=ANSWER).impression is None, "an answer from another catalog"


def test_an_event_in_words_and_in_json() -> None:
    thing = Thing("1", "One\x1b[31m", "Metallica")
    event = Event("music", thing, Verdict.RATING, 0.0, 4.5, Origin.CHAT, "01A", 3, session="s", id=7)
    assert phrase(event) == 'rated "One[31m" by Metallica 4.5 of 5'
    assert [phrase(Event("music", Thing("1", "One"), v, 0.0)) for v in (Verdict.LIKE, Verdict.SKIP)] == ['liked "One"', 'skipped "One"']
    assert as_dict(event) == {
        "id": 7, "verdict": "rating", "item_id": "1", "title": "One\x1b[31m", "creator": "Metallica", "value": 4.5, "note": None, "catalog": "music",
        "impression": "01A", "rank": 3, "at": "1970-01-01T00:00:00Z", "origin": "chat", "session": "s", "import": None,
    }  # fmt: skip
    assert stamp(1e300) == ""


# --- commands ------------------------------------------------------------------------------------------------------------


def build() -> typer.Typer:
    app = typer.Typer(cls=Boundary, name="recsh", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    commands.register(app)
    history.register(app)
    return app


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, music: Catalog, movies: Catalog) -> Iterator[Run]:
    """Run a command line in an empty folder, with a log of its own."""
    monkeypatch.chdir(tmp_path)
    app = build()

    def command(*args: str, input: str | None = None) -> Ran:
        return invoke(app, *args, input=input)

    yield command
    for file in paths.data_dir().glob("log.sqlite*"):
        file.unlink()


def answered(impression: Impression = ANSWER) -> None:
    with Log() as log:
        log.show(impression)


def said(run: Run) -> list[tuple[str, str]]:
    """(verdict, id of the item) of what is remembered, oldest first."""
    return [(e["verdict"], e["item_id"]) for e in json.loads(run("history", "list", "--json").out)][::-1]


def test_verdicts_by_rank_id_and_title_are_one_action(run: Run) -> None:
    answered()
    code, out, err = run("like", "1", "2", "enter sandmann")
    assert (code, out) == (0, "")
    assert err == 'recsh: liked "Jolene" by Dolly Parton, "Hurt" by Johnny Cash, "Enter Sandman" by Metallica; recsh undo takes them back\n'
    events = json.loads(run("history", "list", "--json").out)[::-1]
    assert [(e["item_id"], e["impression"], e["rank"]) for e in events] == [("m0467", "01ANSWER", 1), ("m1221", "01ANSWER", 2), ("m0899", None, None)]
    assert run("undo").err.startswith("recsh: took back: 3 verdicts: ") and said(run) == []
    assert run("undo") == (0, "", "recsh: there is nothing to take back\n")


def test_every_verdict_has_its_command(run: Run) -> None:
    before = time.time()
    for args in (("dislike", "One by U2"), ("skip", "m0825"), ("consumed", "Jolene"), ("rate", "Teardrop", "8/10"), ("note", "Roads", "for", "late", "nights"), ("like", "Heat (1995)", "-c", "movies")):
        assert run(*args, "-q") == (0, "", "")
    events = json.loads(run("history", "list", "--json").out)[::-1]
    assert [(e["verdict"], e["title"], e["value"], e["note"], e["catalog"]) for e in events] == [
        ("dislike", "One", None, None, "music"), ("skip", "One", None, None, "music"), ("consumed", "Jolene", None, None, "music"), ("rating", "Teardrop", 4.0, None, "music"),
        ("note", "Roads", None, "for late nights", "music"), ("like", "Heat", None, None, "movies"),
    ]  # fmt: skip
    with Log() as log:
        assert all(before <= e.at <= time.time() and e.origin is Origin.COMMAND for e in log.events())


def test_json_is_what_was_noted_down(run: Run) -> None:
    answered()
    (event,) = json.loads(run("rate", "2", "★★★★", "--json", "-q").out)
    assert event == json.loads(run("history", "list", "--json").out)[0]
    assert {k: event[k] for k in ("verdict", "item_id", "title", "value", "catalog", "impression", "rank")} == {
        "verdict": "rating", "item_id": "m1221", "title": "Hurt", "value": 4.0, "catalog": "music", "impression": "01ANSWER", "rank": 2,
    }  # fmt: skip
    assert [e["item_id"] for e in json.loads(run("undo", "--json", "-q").out)] == ["m1221"]


def test_a_rank_means_the_catalog_of_the_last_answer(run: Run) -> None:
    """A title is looked for in the default catalog, then there; -c decides for both."""
    answered()
    answered(Impression("01FILM", "movies", 2e9, "heist", (Shown("f449", "Heat", 1, 0.9),)))
    for args in (("1",), ("Casablanca",), ("Jolene",), ("1", "-c", "music")):
        assert run("like", *args).code == 0
    assert said(run) == [("like", "f449"), ("like", "f045"), ("like", "m0467"), ("like", "m0467")]


@pytest.mark.parametrize(("args", "message", "hint"), [
    (["like", "1"], "there is no answer yet", "recsh ask"), (["like", "Hurt"], "may be Hurt by ", "id:m"), (["like", "wxyz qwrt"], "nothing in 'music' is called", "recsh catalog search"),
    (["like", "Seek and Destruct"], "nothing in 'music' is called", "Seek & Destroy by Metallica"), (["like", "enter", "sandman"], "", "in quotation marks: 'enter sandman'"),
    (["rate", "Jolene", "7"], "out of range", "8/10"), (["note", "Jolene", " "], "empty", "recsh note"), (["like"], "missing argument", "--help"), (["like", "x", "-c", "nowhere"], "no catalog", "recsh catalog list"),
])  # fmt: skip
def test_what_is_not_clear_is_said_and_nothing_noted_down(args: list[str], message: str, hint: str, run: Run) -> None:
    code, out, err = run(*args)
    assert code in (2, 3) and out == "" and message in err and hint in err and said(run) == []


def test_one_unclear_argument_leaves_all_unsaid(run: Run) -> None:
    answered()
    assert run("like", "1", "3").code == 2 and "the last answer has 2 lines" in run("like", "3").err and said(run) == []


def test_an_item_named_twice_is_said_once(run: Run) -> None:
    answered()
    run("like", "1", "Jolene", "id:m0467")
    assert said(run) == [("like", "m0467")]


# --- history -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def lived(run: Run) -> Run:
    """A home with two answers and three verdicts."""
    answered()
    run("like", "1")
    run("rate", "Casablanca", "4.5", "-c", "movies")
    run("note", "Hurt by Johnny Cash", "=1+1 for the drive")
    return run


def test_a_list_has_the_newest_first(lived: Run) -> None:
    lines = lived("history", "list").out.splitlines()
    assert [line.split("\t")[2:6] for line in lines] == [["note", "", "m1221", "Hurt"], ["rating", "4.5", "f045", "Casablanca"], ["like", "", "m0467", "Jolene"]]
    assert len(lived("history", "list", "-n", "1").out.splitlines()) == 1 and all(len(lived("history", "list", "-n", n).out.splitlines()) == 3 for n in ("0", "9" * 30))
    assert [json.loads(line)["item_id"] for line in lived("history", "list", "-c", "movies", "-f", "jsonl").out.splitlines()] == ["f045"]
    assert lived("history", "list", "-n", "-1").code == 2 and lived("history", "list", "-f", "xml").code == 2


def test_a_spreadsheet_runs_nothing(lived: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(lived("history", "list", "-f", "csv").out)))
    assert rows[0]["note"] == "'=1+1 for the drive" and rows[0]["id"] == "3"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_tables_fit(width: int, lived: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for args in (("history", "list", "-f", "table"), ("history", "list", "--impressions", "-f", "table"), ("history", "show", "1"), ("history", "show", "last")):
        code, out, _ = lived(*args)
        assert code == 0 and out.strip() and max(map(len, out.splitlines())) <= width, args


def test_a_verdict_and_an_answer_in_full(lived: Run) -> None:
    out = lived("history", "show", "1").out
    assert 'liked "Jolene" by Dolly Parton' in out and "line 1 of 01ANSWER: sad piano" in out and "country" in out
    answer = lived("history", "show", "01ANSWER").out
    assert answer == lived("history", "show", "last").out
    assert "sad piano" in answer and "text █████·····" in answer and "Jolene  0.90  liked" in answer and "Hurt  0.80  note" in answer
    full = json.loads(lived("history", "show", "01ANSWER", "--json").out)
    assert full["at"] == "2001-09-09T01:46:40Z" and full["shown"][0]["features"] == {"text": 0.5, "taste": 0.25} and [e["id"] for e in full["verdicts"]] == [1, 3]
    assert json.loads(lived("history", "show", "2", "--json").out)["facets"]["director"] == ["Michael Curtiz"]
    assert lived("history", "show", "99").code == lived("history", "show", "nothing").code == 2


def test_search_finds_titles_notes_and_questions(lived: Run) -> None:
    found = {words: [e["item_id"] for e in json.loads(lived("history", "search", *words.split(), "--json").out)] for words in ("CASABLANCA", "the drive", "sad piano", "nothing here")}
    assert found == {"CASABLANCA": ["f045"], "the drive": ["m1221"], "sad piano": ["m1221", "m0467"], "nothing here": []}


def test_removing_asks_first(lived: Run) -> None:
    """Without a terminal there is nobody to ask, and nothing is removed without -y."""
    code, out, err = lived("history", "rm", "1", input="y\n")
    assert (code, out) == (2, "") and "-y" in err and len(said(lived)) == 3
    assert lived("history", "rm", "-y").code == lived("history", "rm", "--all", "--catalog", "music", "-y").code == lived("history", "rm", "--before", "soon", "-y").code == 2


@pytest.mark.parametrize(("args", "left"), [
    (["1", "3"], ["f045"]), (["--catalog", "movies"], ["m0467", "m1221"]), (["--item", "m0467"], ["f045", "m1221"]), (["--before", "1999-01-01"], ["m0467", "f045", "m1221"]),
    (["--before", "2999-01-01"], []), (["--catalog", "music", "--item", "m1221"], ["m0467", "f045"]), (["--all"], []), (["77"], ["m0467", "f045", "m1221"]),
])  # fmt: skip
def test_what_is_removed_is_gone(args: list[str], left: list[str], lived: Run) -> None:
    code, out, err = lived("history", "rm", *args, "-y")
    assert (code, out) == (0, "") and [i for _, i in said(lived)] == left
    assert ("that is final" in err) == (len(left) < 3) or "--before" in args


def test_an_answer_is_removed_by_its_id(lived: Run) -> None:
    assert "removed 1 entry; that is final" in lived("history", "rm", "01ANSWER", "-y").err
    assert lived("history", "list", "--impressions").out == ""


def test_the_path_is_where_the_log_is(run: Run) -> None:
    assert run("history", "path").out == f"{paths.data_dir() / 'log.sqlite'}\n"


def test_an_empty_history_says_how_it_begins(run: Run) -> None:
    assert run("history", "list") == (0, "", "recsh: nothing is remembered here yet; recsh like 1 begins it\n")
    assert run("history", "list", "--json").out == "[]\n"


# --- on a terminal -------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("args", "typed", "shown", "left"), [
    (["like", "Hurt"], "2", "which? 1 to", 1), (["like", "Hurt"], "", "none was chosen", 0), (["like", "Hurt"], "99", "none was chosen", 0),
    (["history", "rm", "--all"], "n", "nothing was removed", 0), (["history", "rm", "--all"], "y", "nothing to remove", 0),
])  # fmt: skip
def test_a_terminal_is_asked(args: list[str], typed: str, shown: str, left: int, run: Run) -> None:
    """Choices and the question stand on stderr; standard output stays empty."""
    import pty

    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); import test_verdicts; test_verdicts.build()(prog_name='recsh')"
    main, other = pty.openpty()
    here = Path(__file__).parent
    env: dict[str, Any] = {**os.environ, "PYTHONPATH": os.pathsep.join((str(here.parent), os.environ.get("PYTHONPATH", ""))), "TERM": "dumb"}
    with subprocess.Popen([sys.executable, "-c", code, str(here), *args], stdin=other, stderr=other, stdout=subprocess.PIPE, env=env) as process:
        os.write(main, f"{typed}\n".encode())
        out = process.stdout.read() if process.stdout else b"?"
    os.close(other)
    told = os.read(main, 10_000).decode()
    os.close(main)
    assert out == b"" and shown in told and len(said(run)) == left
    if left:
        assert "  1  Hurt by Nine Inch Nails (m1004)" in told and said(run) == [("like", "m1221")]
