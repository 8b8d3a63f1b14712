"""The taste that may be shown: its noise is what it says, exactly, and no output tells neighbouring logs apart by more than e^epsilon."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import cycle
from pathlib import Path

import pytest
from scipy import stats

from recsh import config, paths
from recsh.catalog import Catalog
from recsh.cli import app
from recsh.errors import UsageError
from recsh.feedback import FORGET, Log
from recsh.private import MOST, clipped, discrete_laplace, shared
from recsh.removal import Criteria
from recsh.types import Event, Thing, Verdict
from tests.command import Ran, invoke

SURE = 1e-9  # probability with which a test of true chance fails by bad luck
DRAWS = 8_000


def item(n: int, *tags: str, verdict: Verdict = Verdict.LIKE) -> Event:
    return Event("music", Thing(str(n), f"Title {n}", "", {"genre": tags}), verdict, float(n))


def facets_of(event: Event) -> list[tuple[str, str]]:
    return [(column, value) for column, values in event.thing.facets.items() for value in values]


def order(*tags: str) -> list[tuple[str, str]]:
    return [("genre", tag) for tag in tags]


@pytest.mark.parametrize("scale", [Fraction(1, 3), Fraction(3), Fraction(15, 2)])
def test_the_noise_has_the_distribution_it_says(scale: Fraction) -> None:
    """Drawn from the system's randomness, beside P(n) = (1 - p) / (1 + p) p^|n|."""
    drawn = Counter(discrete_laplace(scale) for _ in range(DRAWS))
    p = math.exp(-1 / float(scale))
    edge = next(n for n in range(1, 1000) if DRAWS * (1 - p) / (1 + p) * p**n < 20)
    expected = [DRAWS * (1 - p) / (1 + p) * p ** abs(n) for n in range(-edge + 1, edge)]
    seen = [drawn[n] for n in range(-edge + 1, edge)]
    tail = DRAWS - sum(seen), DRAWS - sum(expected)
    assert stats.chisquare([*seen, tail[0]], [*expected, tail[1]]).pvalue > SURE


def test_the_noise_is_exact_where_every_choice_is_counted() -> None:
    """Every sequence of choices weighed by its probability as a fraction, down to 1e-6: no rounding anywhere, and no randomness but `below`."""
    scale, found, left = Fraction(1), Counter[int](), Fraction(0)

    class Open(Exception):
        """More choices than were made so far."""

    def explore(choices: list[tuple[int, int]], weight: Fraction) -> None:
        nonlocal left
        if weight < Fraction(1, 10**5):
            left += weight
            return
        at = iter(choices)

        def below(n: int) -> int:
            choice = next(at, None)
            if choice is None:
                raise Open(n)
            return choice[0]

        try:
            found[discrete_laplace(scale, below)] += weight  # type: ignore[assignment]
        except Open as more:
            n = more.args[0]
            for value in range(n):
                explore([*choices, (value, n)], weight / n)

    explore([], Fraction(1))
    p = math.exp(-1)
    assert float(left) < 0.05
    for n in range(-3, 4):
        assert float(found[n]) <= (1 - p) / (1 + p) * p ** abs(n) + 1e-12 and float(found[n] + left) >= (1 - p) / (1 + p) * p ** abs(n)


def bounds(count: int) -> tuple[float, float]:
    """Between which a probability surely is that was met so often in `DRAWS` draws (Clopper & Pearson 1934)."""
    low = 0.0 if not count else float(stats.beta.ppf(SURE / 2, count, DRAWS - count + 1))
    return low, float(stats.beta.ppf(1 - SURE / 2, count + 1, DRAWS - count))


def told_apart(one: Sequence[Event], other: Sequence[Event], tags: Sequence[str], epsilon: Fraction) -> float:
    """The greatest ratio of probabilities of one outcome that is sure, over real draws of the whole mechanism."""

    def outcomes(events: Sequence[Event]) -> Counter:
        return Counter(tuple((c.key, c.liked, c.disliked) for c in shared(events, order(*tags), facets_of, epsilon).counts) for _ in range(DRAWS))

    a, b = outcomes(one), outcomes(other)
    ratios = [max(bounds(a[x])[0] / bounds(b[x])[1], bounds(b[x])[0] / bounds(a[x])[1]) for x in a | b]
    return max(ratios)


def test_neighbouring_logs_are_not_told_apart_by_more_than_e_to_the_epsilon() -> None:
    """One item more or less, with its facets liked before or never. Beside it, the mechanism without clipping, which the test does tell apart."""
    base = [item(n, "rock") for n in range(4)]
    epsilon = Fraction(1)
    assert told_apart(base, [*base, item(9, "rock")], ["rock"], epsilon) <= math.e
    assert told_apart(base, [*base, item(9, "jazz")], ["rock", "jazz"], epsilon) <= math.e
    assert told_apart(base, [*base, *(item(9 + n, "rock") for n in range(3 * MOST))], ["rock"], epsilon) > math.e, "the test can tell"


def test_an_item_changes_so_many_counts_by_one_and_no_more() -> None:
    """Whatever is said of it, however often, whatever it has."""
    tags = [f"t{n}" for n in range(20)]
    base = [item(n, *tags[n : n + 5]) for n in range(10)]
    loud = [item(99, *tags, verdict=v) for v in (Verdict.LIKE, Verdict.DISLIKE, Verdict.LIKE) for _ in range(50)]
    before, after = (clipped(events, order(*tags), facets_of) for events in (base, [*loud[:70], *base, *loud[70:]]))
    assert sum(abs(after.get(k, 0) - before.get(k, 0)) for k in {*before, *after}) == MOST
    changed = clipped([*base, item(3, *tags[3:8], verdict=Verdict.DISLIKE)], order(*tags), facets_of)
    assert sum(abs(changed.get(k, 0) - before.get(k, 0)) for k in {*before, *changed}) == 2 * MOST, "a changed mind is two changes"


def test_what_is_shown_depends_on_noisy_counts_alone() -> None:
    """A facet that was never liked can be shown, and one that was liked can be missing: the threshold is on what is shown."""
    tags = [f"t{n}" for n in range(30)]
    events = [item(n, "t0") for n in range(40)]
    silence = cycle((0, 0, 0, 1, 1))  # choices of `discrete_laplace` that end at 0: u, "yes", "once more", "no", the sign
    quiet = shared(events, order(*tags), facets_of, Fraction(10), below=lambda n: next(silence))
    assert [(c.key, c.liked, c.disliked) for c in quiet.counts] == [("t0", 40, 0)] and quiet.facets == 30
    runs = [shared(events, order(*tags), facets_of, Fraction(1)) for _ in range(100)]
    assert any(c.key != "t0" for run in runs for c in run.counts), "a false facet a run on average; a hundred runs without one are one in 10^30"
    assert all(max(c.liked, c.disliked) >= run.threshold for run in runs for c in run.counts)


# --- the command and its budget ------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, music: Catalog) -> Iterator[Callable[..., Ran]]:
    monkeypatch.chdir(tmp_path)

    def command(*args: object) -> Ran:
        return invoke(app, "history", "export", *args)

    yield command
    for file in (*paths.data_dir().glob("log.sqlite*"), config.config_file()):
        file.unlink(missing_ok=True)


def test_the_budget_is_spent_before_anything_is_written_and_runs_out(run: Callable[..., Ran], tmp_path: Path) -> None:
    """Also by a share that fails, and for good: removing the history does not give back what was told."""
    with Log() as log:
        log.add([Event("music", Thing(f"m{n}", f"Secret {n}", "Nobody", {"genre": ("rock",)}), Verdict.LIKE, float(n), note="my note") for n in range(200)])
    first = run("taste.json", "--private", "--epsilon", "2.5")
    assert first.code == 0 and "epsilon 2.5 spent, 2.5 of 10 in all" in first.err and (tmp_path / "taste.json").stat().st_mode & 0o777 == 0o600
    told = json.loads((tmp_path / "taste.json").read_text(encoding="utf-8"))
    rock = {f["label"]: f["liked"] for f in told["facets"]}["rock"]
    assert abs(rock - 200) < 60, "one in 10^20"
    assert told["privacy"]["epsilon"] == 2.5 and told["privacy"]["scale"] == MOST / 2.5 and told["privacy"]["unit"]
    assert not [word for word in ("Secret", "Nobody", "my note") if word in json.dumps(told)]
    assert run("--private", "--epsilon", "7.5").code == 0
    over = run("taste.json", "--private", "--epsilon", "1/100")
    assert over.code == 2 and "privacy budget: 0 of 10" in over.err and "privacy_budget" in over.err
    assert json.loads((tmp_path / "taste.json").read_text(encoding="utf-8")) == told, "what was there stays"
    with Log() as log:
        log.remove(Criteria(everything=True))
        assert log.spent() == 10
    config.save("privacy_budget", "11")
    assert run("--private").code == 0 and run("--private").code == 2


@pytest.mark.parametrize("args", [("--private", "--epsilon", "0"), ("--private", "--epsilon", "x"), ("--private", "--epsilon", "21"), ("--epsilon", "1"), ("-c", "music")])
def test_what_makes_no_sense_is_refused_and_costs_nothing(run: Callable[..., Ran], args: tuple[str, ...]) -> None:
    assert run(*args).code == 2
    with Log() as log:
        assert log.spent() == 0


def test_what_was_forgotten_is_not_counted(run: Callable[..., Ran]) -> None:
    with Log() as log:
        log.add([Event("music", Thing(f"m{n}", "T", "", {"genre": ("rock", "pop")}), Verdict.LIKE, float(n)) for n in range(300)])
        log.mark(FORGET, "music", "rock")
    told = {f["label"]: f["liked"] for f in json.loads(run("--private", "--epsilon", "10").out)["facets"]}
    assert told["pop"] > 250 and told.get("rock", 0) < 50


def test_two_who_share_at_once_spend_no_more_than_there_is(tmp_path: Path) -> None:
    with Log(tmp_path / "log.sqlite") as one, Log(tmp_path / "log.sqlite") as other:
        assert one.spend(Fraction(3, 10), Fraction(1)) == Fraction(3, 10) and other.spend(Fraction(7, 10), Fraction(1)) == 1
        with pytest.raises(UsageError):
            one.spend(Fraction(1, 10**6), Fraction(1))
        assert one.spent() == other.spent() == 1, "exactly: tenths are no binary fractions"
