"""What `catalog info` and `eval` draw: histograms and tags as they are in the file, languages and kinds apart, charts and pictures."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy
import pytest
from rich.cells import cell_len

from recsh.catalog import Catalog
from recsh.cli import app, picture
from recsh.cli.information import _histogram, profiles
from recsh.errors import UsageError
from recsh.evaluate import Scores, groups
from recsh.labelled import Labelled, request_of
from tests.command import Run, invoke



@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)

    def command(*args: str, columns: int = 100, input: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        return invoke(app, *args, input=input)

    return command


# --- catalog info --------------------------------------------------------------------------------------------------------


def test_profiles_are_what_stands_in_the_file(movies: Catalog) -> None:
    """Beside a plain count of the file itself."""
    import csv

    text = movies.path.read_text(encoding="utf-8-sig").split("\n", 1)[1]  # behind the line of the licence
    rows = [*csv.DictReader(io.StringIO(text, newline=""))]
    for profile, column in zip(profiles(movies.index), movies.index.columns, strict=True):
        assert profile["empty"] == pytest.approx(sum(not r[column.name].strip() for r in rows) / len(rows), abs=1e-4)
        if profile["histogram"]:
            assert sum(profile["histogram"]["counts"]) == sum(bool(r[column.name].strip()) for r in rows)
            assert profile["histogram"]["edges"][0] == column.low
        if profile["top"]:
            counts = [v["count"] for v in profile["top"]]
            assert counts == sorted(counts, reverse=True) and profile["values"] >= len(counts)
    creator = next(c for c in movies.index.columns if c.role == "creator")
    top = next(p for p, c in zip(profiles(movies.index), movies.index.columns, strict=True) if c is creator)["top"][0]
    assert top["count"] == sum(top["label"] in r[creator.name] for r in rows)


def test_a_histogram_of_whole_numbers_has_a_step_each_and_a_skewed_one_steps_that_grow() -> None:
    found = _histogram(numpy.array([1.0, 2, 2, 5, numpy.nan]))
    assert found == {"edges": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "counts": [1, 2, 0, 0, 1]}
    skewed = _histogram(numpy.geomspace(1, 1e6, 400))
    assert max(skewed["counts"]) - min(skewed["counts"]) <= 1, "a wealth of small ones is not one bar"
    assert _histogram(numpy.array([3.0, 3.0])) is None and _histogram(numpy.array([numpy.nan])) is None


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("name", ["movies_zh", "products"])
def test_info_fits_the_terminal(run: Run, name: str, columns: int) -> None:
    code, out, _ = run("catalog", "info", name, columns=columns)
    assert code == 0 and max(map(cell_len, out.splitlines())) <= columns and "\x1b" not in out and "█" in out


def test_info_says_what_is_missing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("title,year,price\n" + "".join(f"t{n},{1990 + n % 9},{'' if n % 4 else n}\n" for n in range(40)), encoding="utf-8")
    assert "75% empty" in run("catalog", "info", "x.csv")[1]
    columns = {c["name"]: c for c in json.loads(run("catalog", "info", "x.csv", "--json")[1])["columns"]}
    assert columns["price"]["empty"] == 0.75 and sum(columns["price"]["histogram"]["counts"]) == 10


# --- eval ----------------------------------------------------------------------------------------------------------------


def test_kinds_and_languages_are_measured_apart() -> None:
    """Means worked by hand; one kind alone is no group; a kind that nobody said is none."""
    requests = [Labelled(str(n), frozenset("a"), kind=kind, lang=lang) for n, (kind, lang) in enumerate([("mood", "en"), ("mood", "zh"), ("like", "en"), ("", "en")])]
    scores = Scores("x", values={"NDCG@10": [1.0, 0.0, 0.5, 0.2]})
    found = groups([scores], requests, "NDCG@10")
    assert [(g["by"], g["name"], g["n"], g["systems"]["x"]["mean"]) for g in found] == [
        ("language", "en", 3, pytest.approx(1.7 / 3)), ("language", "zh", 1, 0.0), ("kind", "mood", 2, 0.5), ("kind", "like", 1, 0.5),
    ]  # fmt: skip
    assert groups([scores], [Labelled("q", frozenset("a"), kind="k", lang="en")] * 4, "NDCG@10") == []
    assert request_of({"query": "想看科幻", "relevant": ["a"]}).lang == "zh" and request_of({"query": "x", "relevant": ["a"], "kind": "\x1b[31mred", "lang": "de"}).kind == "[31mred"


def test_requests_on_standard_input(run: Run) -> None:
    """JSON Lines and tables; what is wrong is named by its line of standard input."""
    line = json.dumps({"query": "sad piano", "relevant": ["m0035"]})
    base = ("-c", "music", "--engine", "none", "--json")
    value = json.loads(run("eval", "-", *base, input=f"{line}\n{line}\n")[1])
    assert value["n"] == 2 and value["source"] == "-" and value["groups"] == []
    assert json.loads(run("eval", "-", *base, input="query,item\nsad piano,m0035\n")[1])["n"] == 1
    code, _, err = run("eval", "-", *base, input=f"{line}\n{{broken\n")
    assert code == 2 and "standard input:2: not valid JSON" in err
    assert run("eval", "-", *base, input="")[0] in (2, 3)


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_charts_fit_and_show_every_measure(run: Run, columns: int) -> None:
    code, out, _ = run("eval", "-c", "music", "--engine", "none", "--most", "12", "--plot", columns=columns)
    lines = out.splitlines()
    assert code == 0 and "\x1b" not in out and all(cell_len(line) <= columns for line in lines if "●" in line)
    assert sum("●" in line for line in lines) >= 2 * 10 and any(line.endswith("by kind") for line in lines) and "kind mood" in out


def test_pictures(run: Run, tmp_path: Path) -> None:
    """A PNG where matplotlib is installed; what to install where it is not, before anything is measured."""
    pytest.importorskip("matplotlib")
    code, _, err = run("eval", "-c", "music", "--engine", "none", "--most", "3", "--plot-file", "out.png")
    assert code == 0 and (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG"), err
    code, _, err = run("eval", "-c", "music", "--engine", "none", "--most", "3", "--plot-file", "no/such/out.svg")
    assert code == 1 and "--plot-file" in err
    assert io.BytesIO((tmp_path / "out.png").read_bytes()).getbuffer().nbytes > 10_000


def test_a_picture_that_cannot_be_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    assert run("eval", "-c", "music", "--plot-file", "x.gif")[0] == 2 and run("eval", "--replay", "--plot")[0] == 2
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="not installed") as error:
        picture.check(Path("x.png"))
    assert "pip install matplotlib" in error.value.hint
