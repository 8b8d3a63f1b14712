"""`--where` means what a naive filter over the rows means."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh.compiler import compile_index
from recsh.layout import facet_key
from recsh.errors import UsageError
from recsh.index import Index
from recsh.cells import date, number, split
from recsh.schema import find_roles
from recsh.table import Account, open_table
from recsh.text import fold, tokens
from recsh.where import mask

HEADER = ["id", "title", "artist", "genre", "year", "price", "release date", "notes"]


def _rows() -> list[dict[str, str]]:
    r = random.Random(3)
    made = []
    for i in range(200):
        day = f"{r.randint(1968, 1972)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
        made.append({
            "id": f"k{i}", "title": r.choice(["Open Your Eyes", "2001: A Space Odyssey", "!!!", "Blue Nights", "夜曲", f"Song {i}"]), "artist": r.choice(["Guns N' Roses", "ABBA", "Björk|ABBA", ""]),
            "genre": "|".join(r.sample(["rock", "art rock", "Movies", "movie", "jazz", "科幻"], r.randint(0, 3))), "year": r.choice(["", "unknown", *map(str, range(1960, 2000))]),
            "price": f"${r.randint(0, 90)}.{r.choice(['00', '50'])}", "release date": r.choice(["", day, day, "1970-12-31", "1970-01-01"]), "notes": r.choice(["open your big eyes", "nothing", "a colon: here", "夜曲之夜"]),
        })  # fmt: skip
    return made


ROWS = _rows()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    base = tmp_path_factory.mktemp("where")
    with (base / "a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(ROWS)
    table = open_table(base / "a.csv")
    compile_index(base / "i", table, find_roles(table.header, [c for _, c in table.rows(Account())]))
    return Index(base / "i")


Row = dict[str, str]


def has(name: str, text: str) -> Callable[[Row], bool]:
    return lambda r: any(facet_key(text) in facet_key(v) for v in split(r[name], "|"))


def value(r: Row, name: str) -> float:
    found = date(r[name]) if name == "release date" else number(r[name])
    return math.nan if found is None else found


def words(text: str) -> Callable[[Row], bool]:
    """All tokens in what is searched: title, people, tags, text."""
    return lambda r: {*tokens(text)} <= {t for n in ("title", "artist", "genre", "notes") for part in r[n].split("|") for t in tokens(part)}


@pytest.mark.parametrize(
    ("expression", "naive"),
    [
        ("genre:rock", has("genre", "rock")), ("genre:=rock", lambda r: any(facet_key(v) == "rock" for v in split(r["genre"], "|"))), ("genre:=movies", lambda r: any(facet_key(v) == "movie" for v in split(r["genre"], "|"))),
        ("genre:科幻", has("genre", "科幻")), ("^genre:rock", lambda r: not has("genre", "rock")(r)), ("^^genre:rock", has("genre", "rock")), ("GENRE:Rock", has("genre", "rock")), ("tag:rock", has("genre", "rock")),
        ("year:1980..1989", lambda r: 1980 <= value(r, "year") <= 1989), ("year:..1969", lambda r: value(r, "year") <= 1969), ("year:1990..", lambda r: value(r, "year") >= 1990), ("year:..", lambda r: value(r, "year") > 0),
        ("year:1970", lambda r: value(r, "year") == 1970), ("^year:1980..1989", lambda r: not 1980 <= value(r, "year") <= 1989),
        ("price:<50", lambda r: value(r, "price") < 50), ("price:<=50", lambda r: value(r, "price") <= 50), ("price:>49.5", lambda r: value(r, "price") > 49.5), ("price:>=$50", lambda r: value(r, "price") >= 50), ("price:=50.5", lambda r: value(r, "price") == 50.5), ("price:$20..$30", lambda r: 20 <= value(r, "price") <= 30),
        ('"release date":1970', lambda r: r["release date"].startswith("1970")), ('"release date":1970-12', lambda r: r["release date"].startswith("1970-12")), ('"release date":1970-12-31', lambda r: r["release date"] == "1970-12-31"),
        ('"release date":<1970', lambda r: "" < r["release date"] < "1970"), ('"release date":<=1970', lambda r: "" < r["release date"] < "1971"), ('"release date":>1970', lambda r: r["release date"] > "1971"), ('"release date":>=1970-06', lambda r: r["release date"] >= "1970-06"),
        ('"release date":1970-03..1971-02', lambda r: "1970-03" <= r["release date"] < "1971-03"), ("date:1970", lambda r: r["release date"].startswith("1970")),
        ("open", words("open")), ('"open your eyes"', words("open your eyes")), ('^"open your eyes"', lambda r: not words("open your eyes")(r)), ('"2001: a space odyssey"', words("2001 a space odyssey")), ("夜曲", words("夜曲")), ("!!!", lambda r: r["title"] == "!!!"),
        ('artist:"Guns N\' Roses"', has("artist", "Guns N' Roses")), ("artist:guns", has("artist", "guns")), ("creator:=abba", lambda r: any(facet_key(v) == "abba" for v in split(r["artist"], "|"))), ("title:blue", lambda r: "blue" in fold(r["title"])), ('title:="blue nights"', lambda r: fold(r["title"]) == "blue nights"),
        ('notes:"colon: here"', lambda r: "colon here" in fold(r["notes"])), ("id:=k7", lambda r: r["id"] == "k7"),
        ("genre:jazz year:..1969 , genre:科幻", lambda r: has("genre", "jazz")(r) and value(r, "year") <= 1969 or has("genre", "科幻")(r)), (", genre:jazz ,", has("genre", "jazz")), ("genre:rock ^genre:art price:<30", lambda r: has("genre", "rock")(r) and not has("genre", "art")(r) and value(r, "price") < 30),
    ],
)  # fmt: skip
def test_an_expression_is_its_naive_filter(index: Index, expression: str, naive: Callable[[Row], bool]) -> None:
    """Row by row, in plain Python, over the file's own cells; and it is not empty by accident."""
    found = mask(expression, index)
    assert found.dtype == bool and found.tolist() == [naive(row) for row in ROWS]
    assert found.any()


@pytest.mark.parametrize("expression", ["", "   ", ",", " , ,", "nope:1", "year:abc", "year:1990..x", "year:<", "genre:", "genre:=", '"open', 'genre:"rock', "year:90s", '"release date":soon', 'a"b'])
def test_what_cannot_be_meant_is_a_usage_error_with_a_hint(index: Index, expression: str) -> None:
    """One line, what to type instead."""
    with pytest.raises(UsageError) as caught:
        mask(expression, index)
    assert caught.value.hint and "\n" not in caught.value.message


def test_an_unknown_column_names_those_there_are(index: Index) -> None:
    """So that the next try works."""
    with pytest.raises(UsageError, match="'mood'") as caught:
        mask("mood:sad", index)
    assert "genre" in caught.value.hint and "quotation marks" in caught.value.hint


@settings(database=None, deadline=None, max_examples=300)
@given(st.text(max_size=30) | st.lists(st.sampled_from(["genre", "year", ":", "=", "..", "1970", '"', "^", ",", " ", "<", "rock", "release date", "\ud800", "\0", "$", "-"]), max_size=10).map("".join))
def test_any_expression_is_a_mask_or_a_usage_error(index: Index, expression: str) -> None:
    """Never another exception."""
    try:
        assert mask(expression, index).shape == (200,)
    except UsageError:
        pass
