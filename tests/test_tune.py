"""The log as lessons and examples, the network that is trained beside llama.cpp's own, the trial, what is kept, and `recsh tune` as a whole.

What trains needs torch (`pip install .[train]`) and is left out where there is none; the rest is tested everywhere.
"""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import gguf
from msgspec.structs import replace
import numpy
import pytest
from typer.testing import CliRunner

from recsh import floods, lora, session, tuned, weights
from recsh.agent import Desk
from recsh.catalog import Catalog
from recsh.cli import app
from recsh.engine import JudgePrompt, Options, open_engine
from recsh.engine.local import LocalEngine
from recsh.errors import UsageError, WeightsError
from recsh.examples import line, strong
from recsh.feedback import Log
from recsh.lessons import lessons
from recsh.opinion import UNSAID
from recsh.prompt import FORMAT, judge_prompt
from recsh.recommend import Recommender
from recsh.reminders import reminders
from recsh.trial import area, tried
from recsh.tune import Result, check_enough, grouped, judged, split
from recsh.types import Event, Origin, Verdict
from recsh.verdicts import thing_of
from recsh.work import Options as WorkOptions
from tests.command import invoke
from tests.tiny import write_weights
from tests.tuning import films, named, opened, tell

MINI = weights.bundled("recsh-mini.gguf")
torch_needed = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch: pip install .[train]")
DAY = 86_400.0


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    catalog = opened(films(tmp_path_factory.mktemp("films") / "films.csv"))
    yield catalog
    catalog.index.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log(tmp_path / "log.sqlite") as log:
        yield log


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a log."""
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "home"))
    return tmp_path


def events(catalog: Catalog, count: int, verdict: Verdict = Verdict.LIKE, *, first: int = 0, at: float = 1.7e9, **more: object) -> list[Event]:
    """Verdicts on rows from `first` on, a second apart."""
    index = catalog.index
    return [Event(catalog.entry.key, thing_of(i, index.columns), verdict, at + n, **more) for n, i in enumerate(index.items(range(first, first + count)))]  # type: ignore[arg-type]


# --- lessons ---------------------------------------------------------------------------------------------------------


def test_a_lesson_is_the_question_as_it_was_asked(catalog: Catalog, log: Log) -> None:
    """The prompt of the row's own answer, with the taste as it was before that answer and not after."""
    tell(log, catalog, 3, named, slip=0.0)
    recommender = Recommender(catalog, None)
    told = lessons(recommender, log, FORMAT)
    answers = log.impressions()
    assert len(told) == 15 and [x.yes for x in told] == [named(x.item.title) for x in told]
    assert "Liked" not in told[0].prompt.prefix  # nothing was known yet
    assert {x.prompt.prefix for x in told[5:10]} == {told[5].prompt.prefix}  # as one answer was given
    for lesson in told[5:]:
        assert lesson.item.title not in lesson.prompt.prefix
    query = recommender.understand(answers[1].query)
    asked = judge_prompt(query, [told[5].item], catalog.index.columns, form=FORMAT)
    assert told[5].prompt.rows == asked.rows and told[5].prompt.prefix.startswith(asked.prefix) and "\nLiked: " in told[5].prompt.prefix
    shown = {s.item_id: s.score for s in answers[1].shown}
    assert [x.score for x in told[5:10]] == [shown[x.item.id] for x in told[5:10]]


def test_what_judges_nothing_teaches_nothing(catalog: Catalog, log: Log) -> None:
    log.add([*events(catalog, 2, Verdict.CONSUMED), *events(catalog, 2, Verdict.NOTE, first=2, note="x"), *events(catalog, 1, Verdict.RATING, first=4, value=3.0), *events(catalog, 1, Verdict.RATING, first=5, value=2.0), *events(catalog, 1, Verdict.SKIP, first=6)])
    told = lessons(Recommender(catalog, None), log, FORMAT)
    assert [(x.item.n, x.yes, x.worth) for x in told] == [(5, False, -0.5), (6, False, -0.3)]
    assert told[0].weight / told[1].weight == pytest.approx(0.5 / 0.3)
    assert told[0].prompt.prefix.startswith(f"Request: {UNSAID}\n")
    assert 0.0 <= told[0].score <= 1.0 and not told[0].answered


def test_the_newest_verdict_counts_and_a_reset_begins_anew(catalog: Catalog, log: Log) -> None:
    log.add(events(catalog, 3))
    log.add(events(catalog, 1, Verdict.DISLIKE, at=1.7e9 + 100))
    told = lessons(Recommender(catalog, None), log, FORMAT)
    assert [(x.item.n, x.yes) for x in told] == [(1, True), (2, True), (0, False)]
    log.mark("reset", catalog.entry.key)
    assert lessons(Recommender(catalog, None), log, FORMAT) == []


def test_a_flood_counts_no_more_than_elsewhere(catalog: Catalog, log: Log) -> None:
    """An import of 300 counts as `IMPORT_CAP` verdicts beside 20 of one's own."""
    log.add(events(catalog, 300, source="flood", origin=Origin.IMPORT))
    log.add(events(catalog, 20, Verdict.DISLIKE, first=300, at=1.7e9 + DAY))
    told = lessons(Recommender(catalog, None), log, FORMAT)
    flood = sum(x.weight for x in told if x.yes)
    assert flood / sum(x.weight for x in told) == pytest.approx(floods.IMPORT_CAP / (floods.IMPORT_CAP + 20))


def test_parts_follow_each_other_and_share_no_row(catalog: Catalog, log: Log) -> None:
    tell(log, catalog, 12, named)
    told = lessons(Recommender(catalog, None), log, FORMAT)
    again = [replace(x, at=x.at + 10 * DAY) for x in told[:5]]
    learn, choose, held = split([*again, *told])
    assert (len(learn), len(choose)) == (39, 10) and len(held) == 65 - 39 - 10 - 5
    assert max(x.at for x in learn) < min(x.at for x in choose) < min(x.at for x in held)


def test_too_few_lessons_are_an_error_that_says_how_many(catalog: Catalog, log: Log) -> None:
    log.add(events(catalog, 60))
    log.add(events(catalog, 9, Verdict.DISLIKE, first=60))
    told = lessons(Recommender(catalog, None), log, FORMAT)
    with pytest.raises(UsageError, match="60 likes and 9 dislikes are too few"):
        check_enough(told)
    check_enough([*told, replace(told[0], yes=False)])


def test_reminders_ask_for_tags_that_rows_have(catalog: Catalog) -> None:
    found = reminders(Recommender(catalog, None), FORMAT, 10, seed=3)
    assert len(found) == 10 and found == reminders(Recommender(catalog, None), FORMAT, 10, seed=3)
    for reminder in found:
        tag = reminder.prompt.prefix.split("\n")[0].rsplit(" ", 1)[1]
        assert [tag in row for row in reminder.prompt.rows] == list(reminder.has) and True in reminder.has and False in reminder.has


# --- examples --------------------------------------------------------------------------------------------------------


def test_examples_are_chat_lines_of_clear_verdicts(catalog: Catalog, log: Log) -> None:
    tell(log, catalog, 2, named, slip=0.0)
    log.add(events(catalog, 2, Verdict.SKIP, at=1.8e9))
    told = lessons(Recommender(catalog, None), log, "chat")
    kept = strong(told)
    assert len(told) == 12 and len(kept) == 10
    for lesson in kept:
        user, answer = json.loads(line(lesson, catalog.index.columns, ""))["messages"]
        assert (user["role"], answer["role"]) == ("user", "assistant") and lesson.item.title in user["content"]
        assert answer["content"].startswith("yes, ") if named(lesson.item.title) else answer["content"] == "no"
    assert json.loads(line(kept[0], catalog.index.columns))["messages"][0]["role"] == "system"
    assert json.loads(line(kept[0], catalog.index.columns, "Be brief."))["messages"][0] == {"role": "system", "content": "Be brief."}


def test_examples_of_a_flood_are_few_unless_there_is_nothing_else(catalog: Catalog, log: Log) -> None:
    log.add(events(catalog, 200, source="flood", origin=Origin.IMPORT))
    assert len(strong(lessons(Recommender(catalog, None), log, "chat"))) == 200
    log.add(events(catalog, 5, Verdict.DISLIKE, first=200, at=1.7e9 + DAY))
    kept = strong(lessons(Recommender(catalog, None), log, "chat"))
    assert sum(x.yes for x in kept) == floods.GROUP_CAP and sum(not x.yes for x in kept) == 5


# --- the trial -------------------------------------------------------------------------------------------------------


def test_the_area_is_that_of_scikit_learn() -> None:
    """Weighted, with ties."""
    metrics = pytest.importorskip("sklearn.metrics")
    rng = numpy.random.default_rng(5)
    scores, yes, weight = rng.integers(0, 6, 80).tolist(), (rng.random(80) < 0.4).tolist(), rng.random(80).tolist()
    assert area(scores, yes, weight, [0] * 80) == pytest.approx(metrics.roc_auc_score(yes, scores, sample_weight=weight))


def test_pairs_are_of_one_stratum() -> None:
    assert area([1, 0, 10, 9], [True, False, True, False], [1.0] * 4, [0, 0, 1, 1]) == 1.0
    assert area([0, 1, 10, 9], [True, False, True, False], [1.0] * 4, [0, 0, 1, 1]) == 0.5
    assert area([0, 1], [True, False], [1.0] * 2, [0, 1]) == 0.5  # no pairs


def test_a_gain_is_believed_if_it_is_one() -> None:
    rng = numpy.random.default_rng(1)
    yes = [n % 2 == 0 for n in range(60)]
    noise = rng.normal(size=60)
    better = tried(noise, noise + 2.0 * numpy.array(yes), yes, [1.0] * 60, [0] * 60)
    assert better.better > 0.99 and better.beyond_chance > 0.99 and better.after > better.before + 0.2
    assert tried(noise, noise, yes, [1.0] * 60, [0] * 60).better == 0.5
    nothing = [tried(rng.normal(size=60), rng.normal(size=60), yes, [1.0] * 60, [0] * 60, draws=200).better for _ in range(60)]
    assert sum(p >= 0.9 for p in nothing) <= 14  # 6 are expected, and more than 14 with probability .001


# --- what is kept ----------------------------------------------------------------------------------------------------


def card(catalog: str, **more: object) -> tuned.Card:
    return tuned.Card("mine", tuned.mark_of(MINI), (catalog,), 0.3, "2026-01-01T00:00:00Z", {"learned": 1}, **more)  # type: ignore[arg-type]


def made(folder: Path, content: bytes = b"adapter") -> Path:
    path = folder / "made.part"
    path.write_bytes(content)
    return path


def test_an_adapter_is_used_where_it_learned_until_it_is_switched_off(empty: Path, catalog: Catalog) -> None:
    assert tuned.card_of(MINI) is None
    tuned.folder().mkdir(parents=True)
    kept = tuned.keep(made(empty), card(catalog.entry.key))
    assert kept.path.read_bytes() == b"adapter" and kept.path.stat().st_mode & 0o777 == 0o600
    assert tuned.in_use(MINI, catalog.entry.key) == kept and tuned.in_use(MINI, "other") is None
    recommender = session.recommender(catalog, {})
    assert recommender.adviser.weight == 0.3
    assert session.recommender(catalog, {"lora": "none"}).adviser.weight == session.weight_of(FORMAT)
    tuned.switch(kept, False)
    assert tuned.in_use(MINI, catalog.entry.key) is None and tuned.card_of(MINI) == replace(kept, on=False)
    assert session.recommender(catalog, {}).adviser.weight == session.weight_of(FORMAT)


def test_a_new_adapter_takes_the_place_of_the_old(empty: Path) -> None:
    tuned.folder().mkdir(parents=True)
    old = tuned.keep(made(empty), card("a"))
    new = tuned.keep(made(empty, b"another"), card("b"))
    assert tuned.cards() == [new] and not old.path.exists() and new.path.exists()
    new.path.unlink()
    assert tuned.cards() == []  # a card alone is none
    (tuned.folder() / "bad.json").write_text("[1")
    assert tuned.cards() == []


def test_an_adapter_is_not_used_with_other_weights_in_the_same_file(empty: Path, catalog: Catalog) -> None:
    """And the answer says so, until it is switched off or others have learned."""
    copy = empty / "mini.gguf"
    shutil.copy(MINI, copy)
    tuned.folder().mkdir(parents=True)
    old = tuned.keep(made(empty), card(catalog.entry.key, file=str(copy)))
    assert tuned.outdated(copy) is None and tuned.in_use(copy, catalog.entry.key) == old
    with copy.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    assert tuned.outdated(copy) == old and tuned.card_of(copy) is None
    recommender = session.recommender(catalog, {"model": str(copy), "threads": 1})
    answer = recommender.ask("a drama film", log=False)
    assert answer.engine and "tuned" not in answer.engine["name"] and ["other weights than these" in w.message for w in answer.warnings] == [True]
    recommender.engine.close()  # type: ignore[union-attr]
    said = CliRunner().invoke(app, ["tune", "-m", str(copy), "--status"])
    assert said.exit_code == 0 and "was changed" in said.stderr and not said.stdout
    CliRunner().invoke(app, ["tune", "-m", str(copy), "--off"])
    assert tuned.outdated(copy) is None and not session.recommender(catalog, {"model": str(copy)}).adviser.remarks
    tuned.switch(old, True)
    again = tuned.keep(made(empty, b"another"), replace(card(catalog.entry.key, file=str(copy)), mark=tuned.mark_of(copy)))
    assert tuned.cards() == [again] and not old.path.exists()


def real(folder: Path) -> Path:
    """An adapter for the embedded weights that changes their verdicts, written without torch."""
    rng = numpy.random.default_rng(4)
    path = folder / "real.part"
    lora.write_adapter(path, "real", {f"blk.{n}.attn_output": (rng.normal(0, 0.1, (lora.RANK, 256)).astype("f4"), rng.normal(0, 0.1, (256, lora.RANK)).astype("f4")) for n in range(8)})
    return path


def test_what_was_learned_answers_everywhere_and_damaged_the_weights_do(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ask, batch, chat, eval and an agent use it; a damaged one costs a warning, and answers are those of the weights as they came."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    here = opened(films(empty / "films.csv"))
    tuned.folder().mkdir(parents=True)
    kept = tuned.keep(real(empty), card(here.entry.key))
    run = CliRunner()
    rows = lambda text: [(r["item_id"], r["score"]) for r in json.loads(text)["results"]]
    ask = ["ask", "a drama film", "-c", str(empty / "films.csv"), "--no-log", "--json"]
    with_it, without = run.invoke(app, [*ask, "-v"]), run.invoke(app, [*ask, "--lora", "none"])
    assert json.loads(with_it.stdout)["engine"]["name"].endswith(" (tuned)") and "(tuned)" in with_it.stderr
    assert not json.loads(without.stdout)["engine"]["name"].endswith(" (tuned)") and rows(with_it.stdout) != rows(without.stdout)
    batch = run.invoke(app, ["batch", "-c", str(empty / "films.csv"), "--no-log"], input="a drama film\n")
    assert rows(batch.stdout) == rows(with_it.stdout)
    chat = run.invoke(app, ["chat", "-c", str(empty / "films.csv"), "--no-log", "--json"], input="a drama film\n/quit\n")
    assert " (tuned)" in chat.stdout
    requests = empty / "films.queries.jsonl"
    requests.write_text(json.dumps({"query": "a drama film", "relevant": [i.id for i in here.index.items(range(60)) if "drama" in i.tags]}) + "\n", encoding="utf-8")
    evaluated = ["eval", str(requests), "-c", str(empty / "films.csv"), "--json"]
    assert run.invoke(app, evaluated).stdout != run.invoke(app, [*evaluated, "--lora", "none"]).stdout
    desk = Desk({"catalog": str(empty / "films.csv"), "model": "embedded", "threads": 1}, WorkOptions(log=False))
    told = desk.recommend("a drama film")
    plain = Desk({"catalog": str(empty / "films.csv"), "model": "embedded", "threads": 1, "lora": "none"}, WorkOptions(log=False))
    assert told.model and told.model.endswith(" (tuned)") and told.results != plain.recommend("a drama film").results
    plain.close()
    assert not (desk.recommend("thriller", catalog="movies").model or "(tuned)").endswith(" (tuned)")  # it learned nothing of that one
    desk.close()
    assert "in use" in run.invoke(app, ["models", "info"]).stdout

    kept.path.write_bytes(kept.path.read_bytes()[:5000])
    damaged = run.invoke(app, ask)
    answer = json.loads(damaged.stdout)
    assert damaged.exit_code == 0 and rows(damaged.stdout) == rows(without.stdout) and answer["engine"] == json.loads(without.stdout)["engine"]
    assert "the weights answer as they came" in answer["warnings"][0]["message"]
    kept.path.write_bytes(b"no adapter")
    assert rows(run.invoke(app, ask).stdout) == rows(without.stdout)
    here.index.close()


def test_an_end_in_the_middle_leaves_nothing_behind(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before stays in use, and no part of another is left."""
    here = opened(films(empty / "films.csv"))
    with Log() as log:
        tell(log, here, 12, named)
    tuned.folder().mkdir(parents=True)
    kept = tuned.keep(real(empty), card(here.entry.key))
    here.index.close()

    def stopped(weights: Path, adapter: Path, *_: object, **__: object) -> None:
        adapter.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("recsh.lora.needed", lambda: None)
    monkeypatch.setattr("recsh.tune.tune", stopped)
    assert CliRunner().invoke(app, ["tune", "-q"]).exit_code == 130
    assert tuned.cards() == [kept] and sorted(p.suffix for p in tuned.folder().iterdir()) == [".gguf", ".json"]


def test_without_torch_it_says_what_to_install(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = opened(films(empty / "films.csv"))
    with Log() as log:
        tell(log, here, 12, named)
    here.index.close()
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "torch" else found(name, *more))
    result = CliRunner().invoke(app, ["tune", "-q"])
    assert result.exit_code == 2 and "training needs torch" in result.stderr and "pip install 'recsh[train]'" in result.stderr and "--export" in result.stderr


def test_removing_all_that_is_remembered_removes_what_was_learned(empty: Path, catalog: Catalog) -> None:
    with Log() as log:
        log.add(events(catalog, 3))
    tuned.folder().mkdir(parents=True)
    tuned.keep(made(empty), card(catalog.entry.key))
    assert CliRunner().invoke(app, ["history", "rm", "1", "-y"]).exit_code == 0
    assert tuned.cards()
    assert CliRunner().invoke(app, ["history", "rm", "--all", "-y"]).exit_code == 0
    assert list(tuned.folder().glob("*")) == []


# --- the network -----------------------------------------------------------------------------------------------------


def test_an_adapter_is_one_that_llama_cpp_takes(tmp_path: Path) -> None:
    """Written without torch: zeros change nothing, other numbers do, by ALPHA / RANK times their product."""
    shapes = {f"blk.0.{name}": (256, 256) for name in ("attn_q", "attn_output")} | {"blk.7.ffn_down": (256, 704)}
    rng = numpy.random.default_rng(2)
    parts = {name: (rng.normal(0, 0.1, (lora.RANK, inner)).astype("f4"), numpy.zeros((rows, lora.RANK), dtype="f4")) for name, (rows, inner) in shapes.items()}
    nothing, something = tmp_path / "nothing.gguf", tmp_path / "something.gguf"
    lora.write_adapter(nothing, "nothing", parts)
    lora.write_adapter(something, "something", {n: (a, rng.normal(0, 0.1, b.shape).astype("f4")) for n, (a, b) in parts.items()})
    weights.check_adapter(nothing)
    prompt = JudgePrompt("Request: thrash\n", ("Item: Angel of Death | Slayer | thrash metal", "Item: Waterloo | ABBA | pop"), "\nFits:")
    odds = []
    for path in (None, nothing, something):
        engine = open_engine(MINI, Options(threads=1, lora=str(path) if path else None))
        odds.append(engine.judge(prompt))
        engine.close()
    assert odds[1] == pytest.approx(odds[0], abs=0.05) and max(abs(a - b) for a, b in zip(odds[2], odds[0], strict=True)) > 0.2


def test_other_weights_are_refused_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "other.gguf"
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with pytest.raises(WeightsError, match="only llama") as error:
        lora.read(path)
    assert "--export" in error.value.hint
    with pytest.raises(WeightsError, match="expert_count"):
        lora.read(write_weights(tmp_path / "experts.gguf", llama__expert_count=4))


@torch_needed
def test_the_network_is_the_one_that_llama_cpp_runs(tmp_path: Path) -> None:
    """On prompts of all sorts, with a head of several branches, and of one; with an addition that changes much, too."""
    import torch

    torch.set_num_threads(1)
    network = lora.Network(MINI, seed=1)
    dice = torch.Generator().manual_seed(3)
    for adapter in (None, tmp_path / "a.gguf"):
        if adapter:
            for _, up in network.parts.values():
                up.data = torch.randn(up.shape, generator=dice) * 0.03
            network.write(adapter, "a")
        engine = LocalEngine(MINI, Options(threads=1, lora=str(adapter) if adapter else None))
        for prefix in ("Request: 90s thrash, nothing live\nLiked: Master of Puppets (thrash metal)\n", "Request: 想找80年代的摇滚\n"):
            prompt = JudgePrompt(prefix, ("Item: Angel of Death | Slayer | thrash metal | 1986", "Item: 青花瓷 | 周杰伦 | 流行, 古风 | 2007", "Item: Waterloo"), "\nFits:")
            asked = engine.compiled(prompt)
            trees = [lora.Tree(asked.head, asked.rows), lora.Tree(asked.head, asked.rows[2:])]
            with torch.no_grad():
                ours = network.odds(trees, asked.yes, asked.no).tolist()
            assert ours[3] == pytest.approx(ours[2], abs=1e-3)
            assert ours[:3] == pytest.approx(engine.judge(prompt), abs=0.15)  # llama.cpp rounds what it multiplies with eight-bit weights
        engine.close()


@torch_needed
def test_groups_of_queries_share_keys_and_an_output_may_be_its_own(tmp_path: Path) -> None:
    """Weights in full precision, so that nothing is rounded."""
    import torch

    path = write_weights(tmp_path / "tiny.gguf", llama__attention__head_count_kv=1)
    network = lora.Network(path)
    engine = LocalEngine(path, Options(threads=1, ctx_size=512))
    prompt = JudgePrompt("Request: abc\n", ("x", "yz and more"), "?", yes=("y",), no=("n",))
    asked = engine.compiled(prompt)
    with torch.no_grad():
        ours = network.odds([lora.Tree(asked.head, asked.rows)], asked.yes, asked.no).tolist()
    assert ours == pytest.approx(engine.judge(prompt), abs=0.02)
    engine.close()


# --- the whole -------------------------------------------------------------------------------------------------------


def test_prompts_that_differ_in_their_rows_are_asked_together(catalog: Catalog, log: Log) -> None:
    tell(log, catalog, 2, named)
    prompts = [x.prompt for x in lessons(Recommender(catalog, None), log, FORMAT)]
    groups = grouped(prompts, 4)
    assert [len(places) for _, places in groups] == [4, 1, 4, 1] and [n for _, places in groups for n in places] == list(range(10))
    engine = LocalEngine(MINI, Options(threads=1))
    assert judged(engine, prompts) == pytest.approx([engine.judge(p)[0] for p in prompts], abs=0.1)
    engine.close()


def test_figures_decide_and_are_said() -> None:
    from recsh.trial import Trial

    good, bad = Trial(0.5, 0.8, 0.99, 0.99, 100), Trial(0.5, 0.55, 0.7, 0.8, 100)
    result = Result(good, good, (0.9, 0.9), 0.3, 3, 60, 15, 25)
    assert not result.why_not
    assert "not clearly better" in replace(result, alone=bad).why_not and "not clearly better" in replace(result, together=bad).why_not
    assert "tags" in replace(result, tags=(0.9, 0.8)).why_not and "did not help" in replace(result, epochs=0).why_not


Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(empty: Path) -> Command:
    def run(*args: object) -> tuple[int, str, str]:
        return invoke(app, *args)

    return run


def test_the_command_says_what_it_needs(command: Command, tmp_path: Path) -> None:
    code, out, err = command("tune")
    assert code == 2 and "0 likes and 0 dislikes are too few" in err and not out
    assert command("tune", "--on", "--off")[0] == 2 and command("tune", "--system", "x")[0] == 2
    code, out, err = command("tune", "--status")
    assert code == 0 and not out and "nothing was learned" in err
    assert command("tune", "-m", "none")[0] == 2


def test_export_writes_a_private_file(command: Command, tmp_path: Path, catalog: Catalog) -> None:
    path = films(tmp_path / "films.csv")
    here = opened(path)
    with Log() as log:
        tell(log, here, 4, named)
    here.index.close()
    file = tmp_path / "examples.jsonl"
    code, out, err = command("tune", "--export", file)
    assert code == 0 and not out and "20 examples" in err and file.stat().st_mode & 0o777 == 0o600
    read = [json.loads(text)["messages"] for text in file.read_text(encoding="utf-8").splitlines()]
    assert len(read) == 20 and {m[0]["role"] for m in read} == {"system"}
    code, out, err = command("tune", "--export", "-", "--system", "none", "-c", path)
    assert code == 0 and [json.loads(text)["messages"][0]["role"] for text in out.splitlines()] == ["user"] * 20


@torch_needed
def test_a_taste_that_no_column_names_is_learned_and_used(command: Command, tmp_path: Path) -> None:
    """A person who likes some words in titles: learned, measured, kept, used, switched off; and nothing of it with verdicts by chance."""
    path = films(tmp_path / "films.csv")
    here = opened(path)
    with Log() as log:
        tell(log, here, 60, named)
    code, out, err = command("tune", "--json")
    assert code == 0 and "kept: " in err
    figures = json.loads(out)["figures"]
    assert json.loads(out)["kept"] and figures["alone"]["after"] > figures["alone"]["before"] + 0.1 and figures["together"]["after"] > figures["together"]["before"]
    card = tuned.card_of(MINI)
    assert card is not None and card.on and card.catalogs == (here.entry.key,) and session.weight_of(FORMAT) < card.weight
    recommender = session.recommender(here, {"threads": 1})
    assert recommender.adviser.weight == card.weight
    recommender.engine.close()  # type: ignore[union-attr]  # it opens, with the adapter
    status = command("tune", "--status")[1]
    assert "in use" in status and str(card.path) in status and "held back" in status
    ask = ("ask", "a drama film", "-c", path, "--no-log", "--json")
    assert json.loads(command(*ask)[1])["results"] != json.loads(command(*ask, "--lora", "none")[1])["results"]
    assert command("tune", "--off")[0] == 0 and tuned.card_of(MINI) == replace(card, on=False)
    assert command("tune", "--on")[0] == 0 and tuned.card_of(MINI) == card
    here.index.close()


@torch_needed
def test_verdicts_by_chance_teach_nothing(command: Command, tmp_path: Path) -> None:
    here = opened(films(tmp_path / "films.csv"))
    dice = random.Random(11)
    with Log() as log:
        tell(log, here, 12, lambda title: dice.random() < 0.5)
    code, out, err = command("tune", "--json")
    assert code == 0 and not json.loads(out)["kept"] and "not kept" in err and tuned.card_of(MINI) is None
    assert list(tuned.folder().glob("*")) == [] and not [*tuned.folder().glob(".*")]
    here.index.close()
