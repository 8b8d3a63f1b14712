"""recsh from Python: what is exported, catalogs of DataFrames, and how notebooks show things."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pandas
import pytest

import recsh
from recsh.catalog import Catalog
from recsh.types import Answer, Item, Recommendation, Warning_

HOSTILE = '<script>alert(1)</script>"\x1b[31m & \u202egnp.exe'


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Tags:
    parser = Tags()
    parser.feed(html)
    return parser


def test_every_exported_name_is_there_and_documented() -> None:
    assert all(getattr(recsh, name).__doc__ for name in recsh.__all__ if name != "__version__") and recsh.__all__ == sorted([*recsh._HOME, "__version__"])
    assert all(name in (recsh.__doc__ or "") for name in recsh.__all__ if name != "__version__")
    with pytest.raises(AttributeError):
        recsh.nothing  # noqa: B018
    assert (Path(recsh.__file__).parent / "py.typed").exists()


def test_a_dataframe_is_a_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked, liked, and the answer back as a DataFrame."""
    monkeypatch.setenv("RECSH_HOME", str(tmp_path))  # what is liked here is nobody else's
    frame = pandas.DataFrame({"sku": ["s1", "s2", "s3"], "product": ["Chef knife", "Pan", "Tent"], "price": [38.0, 25.0, None], "kind": ["kitchen", "kitchen", "camping"]})
    catalog = recsh.load_catalog(frame, id="sku", title="product")
    try:
        recommender = recsh.recommender(catalog, {"model": "none"})
        answer = recommender.ask("something for the kitchen under $30", limit=2)
        assert [r.item.id for r in answer][0] == "s2"
        table = recsh.frame(answer)
        assert list(table["item_id"])[0] == "s2" and {"rank", "score", "price", "kind"} <= set(table.columns)
        for say, verdict in ((recommender.like, "like"), (recommender.dislike, "dislike"), (recommender.skip, "skip"), (recommender.consumed, "consumed")):
            assert say("s1").verdict == verdict
        assert "s1" not in [r.item.id for r in recommender.ask("kitchen", limit=3)], "seen already"
        shown = read(catalog._repr_html_())
        assert "Chef knife" in shown.text and "3 items" in shown.text and shown.seen.count("tr") == 4
    finally:
        catalog.index.close()


@pytest.mark.parametrize("change", [{"limit": -3}, {"limit": 0}, {"seed": -1}, {"diversity": 7}, {"explore": float("nan")}, {"tone": "rude"}, {"lang": "fr"}, {"mode": "shout"}], ids=str)
def test_what_no_setting_can_be_is_refused(music: Catalog, change: dict[str, object]) -> None:
    recommender = recsh.Recommender(music)
    with pytest.raises(recsh.UsageError, match=next(iter(change))):
        recommender.ask("sad piano", **change)
    assert len(recommender.ask("sad piano", limit=3, mode=None, diversity=0)) == 3


def test_a_notebook_shows_nothing_but_text_of_what_others_wrote() -> None:
    """Whatever a title, a reason, a question or a warning holds: no tag of its own, no control character."""
    item = Item(0, "1", HOSTILE, HOSTILE)
    answer = Answer("x", "", HOSTILE, (Recommendation(1, item, 0.5, HOSTILE, {}),), warnings=(Warning_("w", HOSTILE),), catalog={"name": HOSTILE})
    shown = read(answer._repr_html_())
    assert set(shown.seen) == {"div", "i", "table", "thead", "tbody", "tr", "th", "td", "b", "span"}
    assert shown.text.count("<script>alert(1)</script>") == 6 and "\x1b" not in shown.text and "\u202e" not in shown.text
    assert "nothing was found" in Answer("x", "", "q", ())._repr_html_()
