"""What the shipped weights say of rows is true: every claim of many reasons is read back to the row, the request, the taste and the gazetteer.

`python tests/reasons.py` prints the counts, and says how they are come by.
"""

from __future__ import annotations


from msgspec.structs import replace
import pytest

from recsh.catalog import Catalog
from recsh.recommend import Recommender
from tests import reasons
from tests.spoken import Reader


def test_a_hundred_reasons_are_true() -> None:
    found = reasons.run(104)
    assert found.wrong == [] and found.reasons == 104 and sum(found.claims.values()) > 150
    assert found.claims["wish"] and found.claims["liked"] and found.claims["like"] and found.claims["text"]


@pytest.mark.soak
def test_a_thousand_reasons_are_true() -> None:
    """Nearly everything that a reason can claim is claimed."""
    found = reasons.run(1000, seed=2)
    assert found.wrong == [] and found.reasons == 1000
    assert {"wish", "by", "like", "also", "known", "number", "met", "liked", "maker", "several", "avoided", "text"} <= found.claims.keys()
    assert {"labelled", "title", "elsewhere", "other language", "without", "creator", "number", "nothing"} == found.asked.keys()


def test_a_false_neighbour_is_found_out(music: Catalog) -> None:
    """The reader takes no row for near that the gazetteer does not name, and no tag for shared that it does not have."""
    recommender = Recommender(music)
    answer = recommender.ask("something like Grateful Dead", limit=12)
    query, rows = recommender.asked("something like Grateful Dead")
    near = next(r for r in answer if r.reason.startswith("Near "))
    far = next(r for r in answer if r.reason.startswith("Shares "))

    def true(item, said: str) -> bool:
        return Reader(item, music.index.columns, query, rows, "plain", False).read(said) is not None

    assert true(near.item, near.reason) and true(far.item, far.reason) and true(near.item, "Near Grateful Dead")
    for item, said in ((far.item, "Near Grateful Dead"), (near.item, "Near Metallica"), (near.item, "Near Grateful Dead: jazz"), (near.item, "Shares bagpipes with Grateful Dead"), (replace(near.item, creator="Nobody"), "Near Grateful Dead")):
        assert not true(item, said), said
