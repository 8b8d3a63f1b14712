"""What is made in another thread meanwhile: its value, its error, its order; and an answer that is the same with it."""

from __future__ import annotations

import threading

import pytest

from recsh import session
from recsh.ahead import Ahead
from recsh.catalog import Catalog
from recsh.errors import WeightsError
from recsh.types import Answer
from recsh.work import Options


def test_it_is_made_elsewhere_and_once() -> None:
    makers: list[str] = []
    gate = threading.Event()

    def make() -> int:
        gate.wait(60)
        makers.append(threading.current_thread().name)
        return 7

    ahead = Ahead(make)
    assert not makers, "this thread went on"
    gate.set()
    assert (ahead.result(), ahead.result(), makers) == (7, 7, ["recsh-ahead"])


def test_what_went_wrong_is_raised_where_it_is_asked_for() -> None:
    def broken() -> int:
        raise WeightsError("no such file", "fetch it")

    first = Ahead(broken)
    second = Ahead(lambda: 8, after=first)
    assert second.result() == 8, "after it has ended, however it ended"
    for _ in range(2):
        with pytest.raises(WeightsError, match="no such file"):
            first.result()


def told(answer: Answer) -> list[tuple[str, float, str]]:
    return [(r.item.id, r.score, r.reason) for r in answer]


@pytest.mark.parametrize("model", [session.EMBEDDED, session.NONE])
def test_a_prepared_answer_is_the_same(music: Catalog, model: str) -> None:
    plain, prepared = (session.recommender(music, {"model": model}, memory=False) for _ in range(2))
    prepared.prepare()
    prepared.prepare()
    options = Options(log=False)
    assert told(prepared.ask("sad piano", options)) == told(plain.ask("sad piano", options)) == told(prepared.ask("sad piano", options))
    for one in (plain, prepared):
        if one.engine:
            one.engine.close()


def test_weights_that_cannot_be_opened_leave_the_answer_of_retrieval(music: Catalog) -> None:
    def broken() -> None:
        raise WeightsError("these weights are damaged", "fetch them again")

    recommender = session.recommender(music, {"model": session.EMBEDDED}, memory=False, engine=broken)  # type: ignore[arg-type]
    recommender.prepare()
    answer = recommender.ask("sad piano", Options(log=False))
    assert len(answer.results) == 5 and [w.message for w in answer.warnings] == ["answered without the model: these weights are damaged"]
