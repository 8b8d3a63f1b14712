"""Are weights any good here: how long an answer takes, and whether they judge right where words and vectors do not.

Ten requests on the sample catalogs, each with rows that fit and rows that do not, chosen so that what is alike in words is mostly what does not
fit: "to watch with small children" finds Children of Men. A request counts as judged right if every row that fits is put above every row that does
not; by chance that is one in six, or one in four with a single row that fits. Leaves out: whether the weights run at all (see `engine.probe`), and quality
measured on many requests (see `evaluate`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from recsh import paths, session
from recsh.catalog import Catalog
from recsh.engine import Engine
from recsh.engine.probe import probe
from recsh.prompt import judge_prompt
from recsh.recommend import Recommender
from recsh.semantic import Semantic
from recsh.types import Usage
from recsh.weights import describe

CHAT, SINGLE = 3.0, 15.0  # seconds an answer may take in a conversation, and one that is waited for
GOOD, CHANCE = 7, 3  # of ten requests; weights that guess get more than three right once in twelve times
QUESTIONS = ("slow jazz for a late evening", "something loud and fast", "songs to sing along to in a car")  # for the speed; the first one warms up
SHOWN = 200  # rows of retrieval's answer that its own order is read from


class Case(Struct, frozen=True):
    """A request of a sample catalog, with ids of rows that fit it and of rows that do not."""

    catalog: str
    request: str
    fits: tuple[str, ...]
    fails: tuple[str, ...]


CASES = (
    Case("music", "songs for falling asleep", ("m1382", "m0982"), ("m1249", "m0899")),  # Weightless, Rhubarb; Dopesmoker (by Sleep), Enter Sandman
    Case("music", "something to lift my mood on a rainy morning", ("m0812", "m0549"), ("m0405", "m1155")),  # Don't Worry, Three Little Birds; Rainy Days and Mondays, Why Does It Always Rain
    Case("movies", "something to watch with small children", ("f764", "f525"), ("f722", "f624")),  # Paddington, Chicken Run; The Hunt, Children of Men
    Case("movies", "a film about loneliness that is not depressing", ("f537", "f589"), ("f247", "f748")),  # Amélie, The Station Agent; Taxi Driver, Under the Skin
    Case("movies", "a clever heist, nothing violent", ("f111", "f671"), ("f686", "f480")),  # Big Deal on Madonna Street, Fantastic Mr. Fox; Inception, Jackie Brown
    Case("books", "a cheerful novel after a hard day", ("b396", "b036"), ("b648", "b589")),  # The House in the Cerulean Sea, Anxious People; One Day in the Life, Mrs Dalloway
    Case("books", "to read to a four-year-old at bedtime", ("b577", "b932"), ("b611", "b436")),  # Miffy, The Very Hungry Caterpillar; The Neverending Story, Inkheart
    Case("products", "something to keep drinks cold on a hike", ("p188",), ("p103", "p107", "p192")),  # a flask; a coffee machine, a kettle, socks
    Case("travel", "a city for eating well on little money", ("t259", "t285"), ("t053", "t563")),  # Lahore, Penang; Zurich, Wellington
    Case("movies_zh", "看完会哭的爱情片", ("z208", "z307"), ("z306", "z070")),  # 魂断蓝桥, 假如爱有天意; 我的野蛮女友, 爱情神话
)  # fmt: skip


class Judged(Struct, frozen=True):
    """How one request was judged: by the weights, and by retrieval alone."""

    request: str
    right: bool
    retrieval: bool


class Report(Struct, frozen=True):
    """What was measured. `answer_s` is the time of one answer on the sample music catalog, `tokens_per_s` what was read in judging."""

    load_s: float
    answer_s: float
    tokens_per_s: float
    judged: tuple[Judged, ...]

    @property
    def right(self) -> int:
        return sum(j.right for j in self.judged)

    @property
    def retrieval(self) -> int:
        return sum(j.retrieval for j in self.judged)

    @property
    def recommended(self) -> bool:
        return self.right >= GOOD and self.right > self.retrieval and self.answer_s <= SINGLE

    @property
    def verdict(self) -> str:
        """Speed, judgement and advice in a line."""
        pace = "fast enough for chat" if self.answer_s <= CHAT else "slow for chat, fine for single questions" if self.answer_s <= SINGLE else "too slow but for batches"
        judges = f"judges {self.right} of {len(self.judged)} hard requests right (retrieval alone {self.retrieval})"
        guessed, useless = self.right <= CHANCE, self.right <= self.retrieval
        advice = "recommended" if self.recommended else "not recommended: no better than chance" if guessed else "not recommended: retrieval does as well" if useless else "of some help"
        return f"{pace}; {judges}; {advice}"


def check(path: Path, settings: Mapping[str, Any] = {}, stage: Callable[[str], None] = lambda what: None) -> Report:
    """Load weights and try them, with `settings` as in `config.SETTINGS`. Raises `WeightsError`, `EngineError`, `CatalogError`."""
    form = session.form_of(describe(path))
    stage("try")
    probe(path, paths.cache_dir(), settings.get("gpu_layers", 0))
    stage("load")
    begun = time.perf_counter()
    engine = session.load_engine(str(path), settings)
    load = time.perf_counter() - begun
    semantic = Semantic()
    opened: dict[str, Catalog] = {}
    try:
        for case in CASES:
            if case.catalog not in opened:
                opened[case.catalog] = session.load_catalog(case.catalog, semantic=semantic)
        alone = {name: Recommender(catalog, None, semantic=semantic) for name, catalog in opened.items()}
        stage("judge")
        judged, seconds, tokens = [], 0.0, 0
        for case in CASES:
            verdict, taken, used = _judged(engine, opened[case.catalog], alone[case.catalog], case, form)
            judged.append(verdict)
            seconds, tokens = seconds + taken, tokens + used.prompt_tokens - used.cached_tokens
        stage("answer")
        whole = Recommender(opened["music"], engine, semantic=semantic, form=form, model_weight=session.weight_of(form))
        times = [_seconds(lambda q=question: whole.ask(q)) for question in QUESTIONS]
        return Report(load, min(times[1:]), tokens / max(seconds, 1e-9), tuple(judged))
    finally:
        engine.close()
        for catalog in opened.values():
            catalog.index.close()


def _judged(engine: Engine, catalog: Catalog, alone: Recommender, case: Case, form: str) -> tuple[Judged, float, Usage]:
    places = [n for n in map(catalog.index.by_id, (*case.fits, *case.fails)) if n is not None]
    items = catalog.index.items(places)
    query = alone.understand(case.request)
    begun = time.perf_counter()
    odds = engine.judge(judge_prompt(query, items, catalog.index.columns, form=form))
    taken = time.perf_counter() - begun
    found = {r.item.id: r.score for r in alone.ask(case.request, limit=SHOWN, shortlist=SHOWN, diversity=0.0).results}
    scores = [found.get(i.id, 0.0) for i in items]
    return Judged(case.request, parted(odds, len(case.fits)), parted(scores, len(case.fits))), taken, engine.usage


def parted(scores: Sequence[float], fitting: int) -> bool:
    """Whether the first `fitting` scores are all above all others.

    >>> parted([2.0, 1.0, 0.5], 2), parted([2.0, 0.5, 0.5], 2)
    (True, False)
    """
    return min(scores[:fitting]) > max(scores[fitting:])


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun
