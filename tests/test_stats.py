"""What came of it: counts worked by hand, the time line, and the chart in every width."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from rich.cells import cell_len
from scipy.stats import binomtest

from recsh.cli import app, plot
from recsh.feedback import Log
from recsh.stats import DAY, PERIODS, stats_of, wilson
from recsh.types import Event, Impression, Shown, Thing, Verdict
from tests.command import Run, invoke

NOW = 1_790_000_000.0


def answer(id: str, days: float, catalog: str = "music", items: str = "abc", **more: object) -> Impression:
    return Impression(id, catalog, NOW - days * DAY, "q", tuple(Shown(i, i.upper(), rank, 0.5, 1.0, {"text": 0.5 / rank}) for rank, i in enumerate(items, 1)), **more)  # type: ignore[arg-type]


def said(of: str | None, item: str, verdict: Verdict, days: float, catalog: str = "music", **more: object) -> Event:
    return Event(catalog, Thing(item, item.upper()), verdict, NOW - days * DAY, impression=of, **more)  # type: ignore[arg-type]


LOG = (
    [answer("1", 9, engine="w"), answer("2", 8), answer("3", 1), answer("4", 0.5, "电影"), answer("5", 3, source="import-1")],
    [
        said("1", "b", Verdict.LIKE, 9, id=1), said("1", "a", Verdict.DISLIKE, 9, id=2), said("2", "a", Verdict.LIKE, 8, id=3), said("2", "a", Verdict.DISLIKE, 7, id=4),
        said("3", "c", Verdict.NOTE, 1, id=5), said("4", "a", Verdict.RATING, 0.4, "电影", id=6, value=5.0), said(None, "z", Verdict.LIKE, 40, id=7, source="import-1"),
        said("4", "q", Verdict.LIKE, 0.3, "电影", id=8),
    ],
)  # fmt: skip


def test_a_log_counted_by_hand() -> None:
    """The newest verdict on a thing counts, a note judges nothing, what was not in the answer is no hit of it, imports stand apart."""
    found = stats_of(*LOG, now=NOW)
    music, films = found.catalogs["music"], found.catalogs["电影"]
    assert (music.answers, music.by_model, music.judged, music.hits, music.first) == (3, 1, 2, 1, 0.25), "b was second in answer 1; answer 2 was taken back; 3 has a note"
    assert (music.liked, music.disliked, music.imported, dict(music.verdicts)) == (2, 2, 1, {"like": 2, "dislike": 2, "note": 1})
    assert (films.judged, films.hits, films.first, films.hit_rate) == (1, 1, 1.0, 1.0)
    assert (found.whole.answers, found.whole.judged, found.whole.hits, found.whole.said, found.whole.imported) == (4, 3, 2, 7, 1)
    assert [*found.catalogs] == ["music", "电影"] and not found.empty


def test_the_time_line_adds_up_and_ends_now() -> None:
    for days, every in ((0.1, 1), (9, 1), (100, 4), (4000, 143)):
        found = stats_of([answer(str(n), days * n / 10) for n in range(11)], [], now=NOW)
        assert found.days == every and len(found.periods) <= PERIODS
        assert sum(c.answers for _, c in found.periods) == 11
        assert found.periods[-1][0] + found.days * DAY == pytest.approx(NOW) and found.periods[0][0] <= NOW - days * DAY
    assert stats_of([answer("1", -5)], [], now=NOW).periods[-1][1].answers == 1, "a clock that was wrong"
    assert stats_of([], [], now=NOW).empty


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (7, 10), (3, 200), (200, 200)])
def test_the_interval_is_wilsons(hits: int, n: int) -> None:
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-4)
    assert wilson(0, 0) == (None, None)


# --- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("RECSH_HOME", str(tmp_path))

    def command(*args: str, columns: int = 100) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        return invoke(app, *args)

    return command


@pytest.fixture
def filled(tmp_path: Path, run: Run) -> Run:
    import time

    shift = time.time() - NOW
    from msgspec.structs import replace

    with Log(tmp_path / "data" / "log.sqlite") as log:
        for i in LOG[0]:
            log.show(replace(i, at=i.at + shift))
        log.add([replace(e, at=e.at + shift, id=0) for e in LOG[1]])
    return run


def test_an_empty_log_says_what_to_do(run: Run) -> None:
    code, out, err = run("stats")
    assert (code, out) == (0, "") and "recsh ask" in err
    assert "music" in run("stats", "-c", "music")[2]
    value = json.loads(run("stats", "--json")[1])
    assert (value["answers"], value["hit_rate"], value["catalogs"]) == (0, None, [])


def test_json_has_every_key_and_the_same_numbers(filled: Run) -> None:
    value = json.loads(filled("stats", "--json")[1])
    assert (value["answers"], value["judged"], value["hits"], value["imported"]) == (4, 3, 2, 1)
    music = next(c for c in value["catalogs"] if c["catalog"] == "music")
    assert music["hit_rate"] == 0.5 and music["learned"]["signals"]["text"]["before"] == 1.0
    assert set(value) - set(music) == {"schema_version", "catalogs", "period_days", "periods"} and sum(p["answers"] for p in value["periods"]) == 4
    only = json.loads(filled("stats", "-c", "music", "--json")[1])
    assert [c["catalog"] for c in only["catalogs"]] == ["music"] and only["answers"] == 3


@pytest.mark.parametrize("columns", [40, 56, 80, 120, 200])
def test_the_chart_fits(filled: Run, columns: int) -> None:
    """No line is wider than the terminal, Chinese counted double; nothing but text in a pipe."""
    code, out, _ = filled("stats", columns=columns)
    assert code == 0 and max(map(cell_len, out.splitlines())) <= columns and "\x1b" not in out
    assert "4 answers, 7 verdicts" in out and "电影" in out and "50%" in out and "hit rate" in out and "learned in music" in out


def test_colours_are_for_those_who_want_them(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" in filled("stats", "--color")[1] and "\x1b" not in filled("stats", "--no-color")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in filled("stats")[1] and os.environ["NO_COLOR"]


# --- charts --------------------------------------------------------------------------------------------------------------


def test_a_whisker_has_its_mean_between_its_ends() -> None:
    """Positions are in proportion to the scale, for any numbers, and the line is as wide as it should be."""
    for mean, low, high, top in ((0.5, 0.25, 0.75, 1.0), (0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0), (0.1, 0.0, 0.9, 1.0), (0.2, 0.2, 0.2, 0.5), (0, 0, 0, 0)):
        text = plot.whisker((mean, low, high), top, 41).plain
        assert len(text) == 41 and text.count("●") == 1
        at = text.index("●")
        assert at == (round(mean / top * 40) if top else 0)
        assert all(c in " ├─┤●" for c in text) and len(text.strip()) == (round(high / top * 40) - round(low / top * 40) + 1 if top else 1)


def test_texts_are_cut_by_cells() -> None:
    for text in ("abc", "科幻电影片单", "a科b幻c电", ""):
        for cells in range(12):
            assert cell_len(plot.fitted(text, cells)) == cells
    assert plot.squeezed([1, 2, 3, 4, 5], 2) == [6, 9] and plot.squeezed([1, 2], 9) == [1, 2]
