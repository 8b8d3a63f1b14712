"""`recsh eval`, run in this process: what it prints, in which formats, what it refuses, and what it makes of the person's own log."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from recsh.cli import app
from recsh.cli.report import FIELDS
from recsh.feedback import Log
from recsh.types import Event, Impression, Shown, Thing, Verdict
from tests.command import Run, invoke

QUICK = ("eval", "-c", "music", "--engine", "none", "--most", "6")


@pytest.fixture
def run(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in an empty folder with a home of its own; compiled samples are shared."""
    own = tmp_path / "home"
    own.mkdir()
    (home / "cache").mkdir(exist_ok=True)
    (own / "cache").symlink_to(home / "cache")
    monkeypatch.setenv("RECSH_HOME", str(own))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def command(*args: object) -> tuple[int, str, str]:
        return invoke(app, *args)

    return command


def requests(path: Path, *lines: dict) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_sample_catalog_has_its_own_requests(run: Run) -> None:
    """Plain BM25 stands first, retrieval after it; the report says what it is of."""
    code, out, _ = run(*QUICK, "--json")
    report = json.loads(out)
    assert code == 0 and [s["name"] for s in report["systems"]] == ["bm25", "none"] and (report["n"], report["kind"], report["main"]) == (6, "requests", "NDCG@10")
    assert report["of"] > 6 and report["catalog"]["name"] == "music" and report["seed"] == 42 and report["ablation"] is None and report["replay"] is None
    bm25, none = report["systems"]
    assert none["measures"]["NDCG@10"]["mean"] > bm25["measures"]["NDCG@10"]["mean"] > 0 and none["weights"] is None
    for system in report["systems"]:
        for value in system["measures"].values():
            assert 0 <= value["low"] <= value["mean"] <= value["high"] <= 1 and value["n"] == 6
    assert {d["against"] for d in report["differences"]} == {"bm25"} and len(report["differences"]) == len(none["measures"])


def test_the_same_again(run: Run) -> None:
    """But for the date and the time it took, a report can be made again."""
    first, again = (json.loads(run(*QUICK, "--json", "--seed", 7)[1]) for _ in range(2))
    for report in (first, again):
        del report["created_at"]
        for system in report["systems"]:
            del system["latency_ms"]
    assert first == again and first["seed"] == 7


def test_a_table_that_fits(run: Run) -> None:
    code, out, err = run(*QUICK, "-f", "table", "--ablate")
    assert code == 0 and not err and max(map(len, out.splitlines())) <= 80 and "…" not in out
    assert "6 of 77 requests" in out and "█" in out and "NDCG@10" in out and "coverage@10" in out and "facet" in out and "Holm" in out


def test_flat_formats_agree(run: Run) -> None:
    """CSV has a header, TSV has none, JSON Lines keeps the numbers; a pipe gets TSV."""
    tables = [run(*QUICK, *more)[1] for more in ((), ("-f", "csv"), ("-f", "jsonl"), ("--headers",))]
    tsv, comma, lines = ([*csv.reader(io.StringIO(tables[0]), delimiter="\t")], [*csv.reader(io.StringIO(tables[1]))], [json.loads(x) for x in tables[2].splitlines()])
    assert comma[0] == [*FIELDS] and len(tsv) == len(comma) - 1 == len(lines) and tables[3].splitlines()[0].split("\t") == [*FIELDS]
    for row, other, line in zip(tsv, comma[1:], lines, strict=True):
        assert row[:2] == other[:2] == [line["system"], line["measure"]]
        if not line["measure"].startswith("latency"):
            assert row == other and (not row[2] or float(row[2]) == pytest.approx(line["value"], rel=1e-4, abs=1e-9))


def test_a_line_a_request(run: Run, tmp_path: Path) -> None:
    code, out, _ = run(*QUICK, "--per-query", "each.jsonl", "-o", "report.json", "--json", "-k", "1,3")
    lines = [json.loads(x) for x in (tmp_path / "each.jsonl").read_text(encoding="utf-8").splitlines()]
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert code == 0 and out == "" and len(lines) == 12 and all(len(x["shown"]) <= 3 for x in lines) and report["cuts"] == [1, 3]
    for system in report["systems"]:
        own = [x["NDCG@3"] for x in lines if x["system"] == system["name"]]
        assert sum(own) / len(own) == pytest.approx(system["measures"]["NDCG@3"]["mean"])


def test_the_model_stands_beside_retrieval(run: Run) -> None:
    report = json.loads(run("eval", "-c", "music", "--compare", "none,embedded,bm25,none", "--most", "2", "--ablate", "--json")[1])
    assert [s["name"] for s in report["systems"]] == ["bm25", "none", "embedded"]
    embedded = report["systems"][2]
    assert embedded["weights"]["mode"] == "judge" and embedded["without_model"] == 0 and embedded["lists"]["off_catalog"] is None
    assert report["ablation"][-1]["signal"] == "model" and {(d["system"], d["against"]) for d in report["differences"]} == {("none", "bm25"), ("embedded", "bm25"), ("embedded", "none")}


def test_dialogues_are_searched_with_all_and_with_the_last_words(run: Run, tmp_path: Path) -> None:
    path = requests(tmp_path / "q.jsonl", {"query": "User: hello\nUser: sad piano", "last": "sad piano", "relevant": ["m0035", "not there"]})
    code, out, err = run("eval", path, "-c", "music", "--engine", "none", "--json")
    report = json.loads(out)
    assert code == 0 and [s["name"] for s in report["systems"]] == ["bm25", "bm25-last", "none"] and report["of"] == 1
    assert "1 of 2 relevant ids are not in the catalog" in err and "1 of 2 relevant ids" in report["warnings"][0]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("q.jsonl", "--replay"), "QUERIES and --replay"), (("--ratings", "r.csv", "--replay"), "--ratings and --replay"), (("--replay", "--ablate"), "--ablate needs labelled"),
        (("--ratings", "r.csv", "--per-query", "x"), "--per-query needs labelled"), (("--liked",), "--liked"), (("--ratings", "none.csv"), "none.csv"),
        (("--compare", "none", "--model", "embedded"), "--compare and --model"), (("--compare", ","), "names no weights"), (("--compare", "none,nothing.gguf"), "nothing.gguf"),
        (("-k", "5,x"), "'5,x'"), (("-k", "0"), "'0'"), (("--most", "0"), "--most"), (("--split", "random"), "--split"), (("-f", "ids"), "ids"), (("-f", "xml"), "xml"),
        (("none.jsonl",), "none.jsonl"), (("--diversity", "2"), "--diversity"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(run: Run, args: tuple[str, ...], said: str) -> None:
    code, out, err = run("eval", "-c", "music", *args)
    assert code in (2, 3, 4) and out == "" and said in err and err.startswith("recsh: error: ")


def test_a_catalog_without_requests_says_what_to_give(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text("id,title\na,One\nb,Two\n", encoding="utf-8")
    code, _, err = run("eval", "-c", "shop.csv", "--engine", "none")
    assert code == 2 and "has no requests of its own" in err and "recsh eval QUERIES" in err
    code, _, err = run("eval", requests(tmp_path / "q.jsonl", {"query": "x", "relevant": ["m1"]}), "-c", "shop.csv", "--engine", "none")
    assert code == 2 and "none of the items" in err


# --- ratings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", ["last", "time"])
def test_ratings_are_foretold(run: Run, split: str) -> None:
    """Over every method the same people, what they know left out, popularity by what is known."""
    ratings = Path(__file__).parents[1] / "sample_data" / "music.ratings.csv"
    code, out, _ = run("eval", "-c", "music", "--ratings", ratings, "--split", split, "--most", "20", "--json")
    report = json.loads(out)
    systems = {s["name"]: s for s in report["systems"]}
    assert code == 0 and [*systems] == ["popularity", "item", "user", "ease", "collab", "content", "hybrid"] and report["kind"] == "ratings" and report["split"] == split
    assert report["n"] == 20 <= report["of"] and all(v["n"] == 20 for s in systems.values() for v in s["measures"].values())
    lists = {name: s["lists"] for name, s in systems.items()}
    assert all(x["novelty_by"] == "ratings" and x["short"] == 0 for x in lists.values())
    assert lists["popularity"]["popularity"]["mean"] > 0.95 > lists["content"]["popularity"]["mean"] and lists["popularity"]["coverage"] < lists["content"]["coverage"]


def test_only_what_was_liked_is_foretold(run: Run, tmp_path: Path) -> None:
    """Two people, the second likes nothing after the first: one is left."""
    lines = ["user,item,rating,timestamp", *(f"{u},m00{n:02},{v},{1500000000 + n}" for u, values in (("a", (5, 4, 1, 5)), ("b", (5, 2, 2, 1))) for n, v in enumerate(values, 10))]
    (tmp_path / "r.csv").write_text("\n".join(lines), encoding="utf-8")
    every, liked = (json.loads(run("eval", "-c", "music", "--ratings", "r.csv", "--json", *more)[1]) for more in ((), ("--liked",)))
    assert (every["n"], liked["n"]) == (2, 1)
    code, out, err = run("eval", "-c", "music", "--ratings", "r.csv", "-f", "table")
    assert code == 0 and "2 people of r.csv" in out and "bootstrap over people" in out and max(map(len, out.splitlines())) <= 80


# --- the person's own log --------------------------------------------------------------------------------------------


def test_a_log_without_verdicts_says_so(run: Run) -> None:
    code, out, err = run("eval", "-c", "music", "--engine", "none", "--replay", "--json")
    assert code == 0 and json.loads(out)["replay"]["examples"] == 0 and "no answer in the log has a verdict" in err


def test_the_log_is_replayed_with_what_was_known_then(run: Run, music) -> None:
    """An answer of two rows that today's list has too, liked, and two that it has not, disliked, each shown with chance one half. What the person
    said of the first two much later would hide them now; it does not hide them from the replay of then."""
    shown_now = [line.split("\t")[0] for line in run("ask", "thrash metal", "-c", "music", "--engine", "none", "-n", "4")[1].splitlines()]
    lines = [*shown_now[:2], *[i.id for i in music.index.items([3, 4]) if i.id not in shown_now]]
    log = Log()
    log.show(Impression("then", "music", 1000.0, "thrash metal", tuple(Shown(i, i, rank, 0.5, 0.5) for rank, i in enumerate(lines, 1)), explore=0.3))
    log.add([Event("music", Thing(i, i), Verdict.LIKE if i in shown_now else Verdict.DISLIKE, 1001.0, impression="then") for i in lines])
    log.add([Event("music", Thing(i, i), Verdict.DISLIKE, 2000.0) for i in shown_now[:2]])
    before = len(log.impressions("music"))
    log.close()
    code, out, err = run("eval", "-c", "music", "--engine", "none", "--replay", "--json")
    found = json.loads(out)["replay"]
    assert code == 0 and (found["answers"], found["examples"], found["logged"]["value"]) == (1, 4, 0.5) and found["explored"]
    assert found["snips"]["value"] == 1.0 and found["ips"]["value"] == pytest.approx(1.0) and found["overlap"] == 0.5 and "too few to tell" in err
    flat = run("eval", "-c", "music", "--engine", "none", "--replay", "-f", "tsv")[1]
    assert [line.split("\t")[0] for line in flat.splitlines()] == ["logged", "ips", "snips", "dr"]
    assert "doubly robust" in run("eval", "-c", "music", "--engine", "none", "--replay", "-f", "table")[1]
    assert len(Log().impressions("music")) == before, "asking again leaves no trace"


def test_an_answer_whose_conditions_cannot_hold_any_more_is_left_out_of_the_replay(run: Run) -> None:
    """They are about a column that the file had then."""
    with Log() as log:
        for name, where in (("then", "colour:red"), ("now", "genre:rock")):
            log.show(Impression(name, "music", 1000.0, "thrash metal", (Shown("m0934", "x", 1, 0.5),), where=where))
            log.add([Event("music", Thing("m0934", "x"), Verdict.LIKE, 1001.0, impression=name)])
    code, out, err = run("eval", "-c", "music", "--engine", "none", "--replay", "--json")
    report = json.loads(out)
    assert (code, report["n"], report["of"]) == (0, 1, 2) and "1 of 2 answers were left out" in err
