"""From names and settings to open things, as Python callers use them."""

from __future__ import annotations

from pathlib import Path

import pytest

import recsh
from recsh.catalog import Catalog
from recsh.session import form_of, weight_of
from recsh.weights import bundled, describe


def test_the_embedded_weights_are_asked_in_their_own_format(music: Catalog) -> None:
    """`recsh.recommender(catalog)` is what the command line uses: the form and weight that fit the file."""
    recommender = recsh.recommender(music)
    form = form_of(describe(bundled("recsh-mini.gguf")))
    assert (recommender.adviser.form, recommender.adviser.weight) == (form, weight_of(form))
    answer = recommender.ask("thrash metal", recsh.Options(limit=2))
    assert len(answer) == 2 and answer.engine and answer.engine["mode"] == "judge" and not answer.warnings


def test_no_model(music: Catalog) -> None:
    answer = recsh.recommender(music, {"model": "none"}).ask("thrash metal")
    assert answer.engine is None and len(answer) == 5


def test_weights_that_are_not_there_are_an_error_at_once(music: Catalog, tmp_path: Path) -> None:
    """Not a warning beside an answer: they were asked for."""
    for settings in ({"model": str(tmp_path / "no.gguf")}, {"lora": str(tmp_path / "no.gguf")}):
        with pytest.raises(recsh.WeightsError):
            recsh.recommender(music, settings)


def test_columns_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,Pan\n2,Tent\n", encoding="utf-8")
    catalog = recsh.load_catalog(tmp_path / "x.csv", title="b", id="a")
    assert [i.title for i in catalog.index.items([0, 1])] == ["Pan", "Tent"]
    catalog.index.close()
    with pytest.raises(recsh.UsageError, match="no role 'titel'"):
        recsh.load_catalog(tmp_path / "x.csv", titel="b")


def test_the_public_names() -> None:
    """What `recsh` exports; adding one is deliberate."""
    assert recsh.__all__ == [
        "Answer", "Catalog", "CatalogError", "EngineError", "Event", "Item", "Options", "Recommendation", "Recommender", "RecshError", "StoreError", "UsageError",
        "Verdict", "WeightsError", "__version__", "frame", "load_catalog", "load_engine", "recommender",
    ]  # fmt: skip
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        recsh.nope


def test_a_dataframe_is_a_catalog_and_answers_become_one() -> None:
    """pandas in, pandas out: a frame is compiled like a file, and results come back with the catalog's columns."""
    import pandas

    shop = pandas.DataFrame({"sku": ["a", "b", "c"], "name": ["Red Lamp", "Blue Kettle", "Steel Kettle"], "price": [20, 35, 60], "tags": [["light"], ["kitchen", "tea"], ["kitchen"]]})
    catalog = recsh.load_catalog(shop, title="name", id="sku")
    answer = recsh.Recommender(catalog).ask("a kettle under $40", limit=2)
    table = recsh.frame(answer)
    assert list(table["item_id"])[0] == "b"
    assert {"rank", "title", "score", "reason", "price"} <= set(table.columns)
    assert all(float(p) <= 40 for p in table["price"])
