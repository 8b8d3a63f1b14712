"""What columns are for is found from names and cells; numbers, dates and lists are read as people write them."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh import cells, schema
from recsh.cells import date, ends, level, number, reader, split
from recsh.errors import CatalogError
from recsh.schema import find_roles, role_named
from recsh.types import Column, Role


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("007", 7), ("1,299", 1299), ("$1,299.00", 1299), ("1.299,00 €", 1299), ("1 299,50", 1299.5), ("1.299.000", 1_299_000), ("1,29,900", 129_900), ("12,34", 12.34), ("0,5", 0.5), (".5", 0.5),
        ("-5", -5), ("-$5", -5), ("$-5", -5), ("−5", -5), ("£3.20", 3.2), ("HK$99", 99), ("Rs. 500", 500), ("500 kr", 500), ("100元", 100), ("￥100", 100), ("1e5", 100_000), ("1e-07", 1e-7),
        ("12K", 12_000), ("3万", 30_000), ("1.2 million", 1_200_000), ("45%", 45), ("10+", 10), ("about 50", 50), ("8/10", 8), ("4.5 out of 5", 4.5), ("4.5 stars", 4.5), ("12 oz", 12), ("$50 (sale)", 50),
        ("117分钟", 117), ("90 min.", 90), ("1h 47m", 107), ("2 hours", 120), ("1小时47分", 107), ("3:45", 3.75), ("1:47:00", 107), ("3m 45s", 3.75), ("PT1H47M", 107), ("free", 0), ("免费", 0), ("２００", 200),
        ("Gratuit", 0), ("1.5 h", 90), ("4:30 h", 270), ("1 Std. 35 Min.", 95), ("2 h 45", 165), ("49 €/mois", 49), ("$20 per night", 20), ("1 TB", 1000), ("512 GB", 512), ("650 hm", 650), ("★★★★☆", 4), ("★★★½", 3.5), ("*****", 5), ("ab 12 €", 12), ("4,5/5", 4.5),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(cell: str, value: float) -> None:
    """Currency, units, thousands and decimal marks of several countries, durations in minutes."""
    assert number(cell) == pytest.approx(value)


@pytest.mark.parametrize("cell", ["", "None", "n/a", "nan", "inf", "1e999", "7 samurai", "2nd", "3D", "80s", "5-10", "12 34", "1,299,00", "5'11", "1_000", "1999-01-01", "$", "--", "9" * 41, "3 in 1", "Apollo 13", "٫"])
def test_what_is_no_number_is_none(cell: str) -> None:
    """Names, ranges, dates and sizes are not numbers."""
    assert number(cell) is None


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("2024-07-01", 2024.497), ("2024/7/1", 2024.497), ("2024年7月1日", 2024.497), ("July 1, 2024", 2024.497), ("1 July 2024", 2024.497), ("1st Jul 2024", 2024.497), ("31.12.2024", 2024.9986), ("12/31/2024", 2024.9986),
        ("2024", 2024), ("2024年", 2024), ("2024-07", 2024.497), ("May 1984", 1984.331), ("2024-12-31T23:59:59Z", 2024.9986), ("2024-13-01", None), ("samples 1999", None), ("3 mars 2021", 2021.17), ("1. Juni 2020", 2020.417), ("05/03/21", 2021.178), ("20240701", None), ("1 moment 2020", None), ("soon", None), ("", None),
    ],
)  # fmt: skip
def test_a_date_is_a_year_with_a_fraction(cell: str, year: float | None) -> None:
    """A fraction below 1, so that a date never leaves its year."""
    found = date(cell)
    assert found is None if year is None else found == pytest.approx(year, abs=0.004) and int(found) == int(year)


@pytest.mark.parametrize(
    ("cell", "joiner", "values"),
    [("rock|hard rock| rock |", "|", ("rock", "hard rock")), ("a; b", ";", ("a", "b")), ("a, b", ", ", ("a", "b")), ("Hello, World", "", ("Hello, World",)), ("", "|", ()), ("['a', 'b c']", ", ", ("a", "b c")), ('["a","b"]', ",", ("a", "b"))],
)
def test_lists_are_split_cleaned_and_without_repeats(cell: str, joiner: str, values: tuple[str, ...]) -> None:
    """Also lists as Python and JSON print them."""
    assert split(cell, joiner) == values


def roles(header: list[str], rows: list[list[str]], **given_: Role) -> dict[str, Role]:
    return {c.name: c.role for c in find_roles(header, rows, given_)}


def column(name: str, cells: list[str]) -> Column:
    return find_roles(["title", name], [[f"t{i}", c] for i, c in enumerate(cells)])[1]


def test_roles_are_found_by_name_in_english_and_chinese() -> None:
    """The usual names."""
    header = ["id", "title", "artist", "genres", "year", "released_on", "description", "url"]
    row = ["1", "Up", "X", "a|b", "1999", "2020-01-01", "long text about it", "https://x.org/1"]
    assert [*roles(header, [row]).values()] == [Role.ID, Role.TITLE, Role.CREATOR, Role.TAGS, Role.NUMBER, Role.DATE, Role.TEXT, Role.IGNORE]
    zh = roles(["编号", "片名", "导演", "类型", "年份", "上映日期", "简介", "图片"], [["1", "英雄", "张艺谋", "动作|历史", "2002", "2002-12-14", "战国末期的故事", "x.png"]])
    assert [*zh.values()] == [Role.ID, Role.TITLE, Role.CREATOR, Role.TAGS, Role.NUMBER, Role.DATE, Role.TEXT, Role.IGNORE]
    assert role_named("Track Name(s)") is Role.TITLE and role_named("Song-Title") is Role.TITLE and role_named("片名（中文）") is Role.TITLE and role_named("whatever") is None


def test_roles_are_found_by_cells_where_names_say_nothing() -> None:
    """Numbers, dates, lists, links and prose look like what they are; the most name-like column is the title."""
    header = ["x1", "x2", "x3", "x4", "x5", "x6"]
    rows = [[f"Name {i}", f"${i}.50", f"20{i:02}-01-05", ["rock|pop", "jazz|pop"][i % 2], f"https://x.org/{i}", f"A long text that goes on and on about number {i} with many words in it and none of them a list."] for i in range(20)]
    assert [*roles(header, rows).values()] == [Role.TITLE, Role.NUMBER, Role.DATE, Role.TAGS, Role.IGNORE, Role.TEXT]


def test_roles_can_be_given_and_win() -> None:
    """Whatever the names and cells say; names are found without regard to case."""
    rows = [["1", "Up", "2009"], ["2", "Heat", "1995"]]
    found = {c.name: c.role for c in find_roles(["id", "title", "code"], rows, {"CODE": Role.TITLE, "title": Role.TAGS})}
    assert found == {"id": Role.ID, "title": Role.TAGS, "code": Role.TITLE}
    with pytest.raises(CatalogError, match="no column is called 'nope'") as caught:
        find_roles(["id", "title"], [["1", "Up"]], {"nope": Role.TITLE})
    assert "id, title" in caught.value.hint


def test_no_title_is_one_clear_error_and_a_plain_list_is_titles() -> None:
    """A table of numbers has none; one column of anything is titles, also '1917' and '300'."""
    with pytest.raises(CatalogError, match="title") as caught:
        find_roles(["a", "b"], [["1", "2"], ["3", "4"]])
    assert "--title" in caught.value.hint
    assert roles(["x"], [["1917"], ["300"]]) == {"x": Role.TITLE}


def test_there_is_one_title_one_id_and_one_creator() -> None:
    """Of several candidates the best known name counts; other people become tags."""
    found = roles(["movie_id", "id", "name", "title", "director", "writer", "brand"], [["1", "2", "n", "t", "d", "w", "b"]])
    assert [k for k, r in found.items() if r is Role.TITLE] == ["title"] and [k for k, r in found.items() if r is Role.ID] == ["id"] and [k for k, r in found.items() if r is Role.CREATOR] == ["director"]
    assert found["brand"] is Role.TAGS and found["writer"] is Role.TAGS


@pytest.mark.parametrize(
    ("name", "cells", "unit", "year"),
    [
        ("year", ["1999", "2001"], "year", True), ("price", ["1999", "2001"], "$", False), ("cost", ["5", "6"], "$", False), ("duration_ms", ["200000", "210000"], "ms", False), ("length", ["3:45", "4:10"], "min", False),
        ("价格", ["100元", "50元"], "元", False), ("x", ["€5", "€6"], "€", False), ("x", ["1980", "1990"], "year", True), ("x", ["1", "2"], "", False), ("runtime (min)", ["90", "100"], "min", False), ("reviews", ["5", "900"], "count", False), ("rating", ["8/10", "n/a"], "rating", False),
    ],
)  # fmt: skip
def test_units_are_found(name: str, cells: list[str], unit: str, year: bool) -> None:
    """From the name first, then from the cells."""
    found = column(name, cells)
    assert (found.role, found.unit, found.year) == (Role.NUMBER, unit, year)


@pytest.mark.parametrize(("cells", "joiner"), [(["rock|pop", "jazz"], "|"), (["rock; pop", "jazz"], ";"), (["rock, pop", "jazz, funk"], ", "), (["摇滚、流行", "爵士"], "、"), (["rock", "pop"], "")])
def test_what_joins_a_list_is_found(cells: list[str], joiner: str) -> None:
    """| ; , and the Chinese comma; nothing where nothing joins."""
    assert column("genres", cells).joiner == joiner


def test_cells_that_say_there_is_none_do_not_decide() -> None:
    """A price column that is mostly 'n/a' is one of numbers."""
    assert column("amount", ["n/a", "None", "5.50", "", "7.20"]).role is Role.NUMBER


@settings(database=None, deadline=None, max_examples=300)
@given(st.text(max_size=45) | st.text("0123456789.,$€ -+:hm/%k万'eE()年", max_size=14))
def test_any_cell_can_be_read(cell: str) -> None:
    """A finite number or None, a date within its year or None, a tuple of clean values."""
    value, day = number(cell), date(cell)
    assert value is None or math.isfinite(value)
    assert day is None or 0 <= day < 10_000
    assert all(v == v.strip() and v for v in split(cell, "|"))


@settings(database=None, deadline=None, max_examples=100)
@given(st.lists(st.lists(st.text(max_size=8) | st.sampled_from(["1999", "a|b", "https://x.y", "$5", "2020-01-01"]), min_size=3, max_size=3), min_size=1, max_size=8))
def test_any_table_has_roles_or_no_title(rows: list[list[str]]) -> None:
    """Exactly one title, at most one id and creator, or a CatalogError."""
    try:
        found = [c.role for c in find_roles(["a", "b", "c"], rows)]
    except CatalogError:
        return
    assert found.count(Role.TITLE) == 1 and found.count(Role.ID) <= 1 and found.count(Role.CREATOR) <= 1


def test_examples_in_docstrings_are_true() -> None:
    """What the documentation shows is what happens."""
    assert doctest.testmod(schema).failed == 0 and doctest.testmod(cells).failed == 0


def test_european_headers_and_currencies_are_understood() -> None:
    """A German price list: title, number, year and price are found, and the currency is the cells' own."""
    header = ("Artikelnummer", "Bezeichnung", "Jahrgang", "Preis", "Notiz")
    rows = [("007", "Riesling Kabinett", "2021", "12,50 €", "frisch, Apfel"), ("008", "Spätburgunder", "2018", "29,90 €", "kräftig, Kirsche"), ("009", "Sekt brut", "2019", "15 €", "trocken")]
    roles = {c.name: (c.role, c.unit) for c in find_roles(header, rows)}
    assert roles["Artikelnummer"][0] is Role.ID and roles["Bezeichnung"][0] is Role.TITLE
    assert roles["Jahrgang"] == (Role.NUMBER, "year") and roles["Preis"] == (Role.NUMBER, "€") and roles["Notiz"][0] is Role.TEXT


@pytest.mark.parametrize(("cell", "first", "last"), [("2-4", 2, 4), ("60-120 min", 60, 120), ("2–5 players", 2, 5), ("3 to 5", 3, 5), ("10-20 €", 10, 20), ("2008–2013", 2008, 2013)])
def test_a_range_has_two_ends(cell: str, first: float, last: float) -> None:
    """Hyphens, dashes and words between them."""
    assert ends(cell) == (first, last)


@pytest.mark.parametrize("cell", ["4", "", "5-2", "555-1234-99", "a-b", "-5", "Catch-22", "2024-07-01"])
def test_what_is_no_range_has_none(cell: str) -> None:
    """Single numbers, scores, telephone numbers, names, dates."""
    assert ends(cell) is None


@pytest.mark.parametrize(
    ("name", "cells", "unit", "value"),
    [
        ("Players", ["2-4", "3-5", "2", "1-6", "2-8"], "people", 4), ("Playing time", ["30-60 min", "45 min", "60-90 min", "15 min"], "min", 60), ("Running", ["2008-2013", "1999-2007", "2016-2019"], "year", 2008),
        ("price", ["€€", "€", "€€€", "€€€€"], "level", 2), ("Sterne", ["*****", "***", "****"], "stars", 5), ("hotel stars", ["★★★", "★★★★"], "stars", 3), ("stars", ["4", "5", "3"], "stars", 4),
        ("Storage", ["512 GB", "1 TB", "256 GB"], "gb", 512), ("Screen", ['13.6"', '14"', '15.6"'], "in", 13.6), ("Way", ["12,5 km", "6,8 km"], "km", 12.5), ("x", ["98/100", "91/100"], "rating", 98), ("x", ["4,5/5", "3,0/5"], "rating", 4.5),
        ("Gästebewertung", ["9,1", "8,6"], "rating", 9.1), ("豆瓣评分", ["8.9", "9.4"], "rating", 8.9), ("Anzahl Bewertungen", ["12980", "640"], "count", 12980), ("Number of players", ["4", "2"], "people", 4),
        ("售价", ["￥23.00", "￥64.00"], "元", 23), ("Weight", ["2.3", "1.9", "3.9"], "", 2.3), ("weight", ["12", "60"], "kg", 12), ("Weight", ["1.24 kg", "1.61 kg"], "kg", 1.24),
    ],
)  # fmt: skip
def test_numbers_are_found_in_the_columns_that_people_have(name: str, cells: list[str], unit: str, value: float) -> None:
    """Ranges, stars, signs of money, units behind the figures; the first cell is read as what the column is."""
    found = column(name, cells)
    assert (found.role, found.unit) == (Role.NUMBER, unit) and reader(found)(cells[0]) == value


@pytest.mark.parametrize("cells", [["$", "$", "$"], ["€5", "€€", "€7"], ["rock", "€€", "€€€"]])
def test_one_sign_all_down_a_column_is_no_price(cells: list[str]) -> None:
    """It tells nothing apart, and beside amounts it is one of them that is missing."""
    assert column("x", cells).unit != "level" and level("x") is None


def test_a_point_stands_between_thousands_where_a_comma_stands_before_decimals() -> None:
    """2.345 reviews in a file that writes 9,1; in one that writes 9.1 it is a little over two."""
    german = find_roles(["Titel", "Note", "Stimmen"], [["a", "9,1", "2.345"], ["b", "8,6", "640"], ["c", "7,9", "12.980"]])
    assert [reader(german[2])(c) for c in ("2.345", "640")] == [2345, 640]
    english = find_roles(["title", "score", "km"], [["a", "9.1", "2.345"], ["b", "8.6", "1.250"]])
    assert reader(english[2])("2.345") == 2.345


@pytest.mark.parametrize(("name", "cells", "tag"), [("vegan_options", ["yes", "no", "no", "yes", "no"], "vegan options"), ("Haustiere erlaubt", ["ja", "nein", "ja", "nein", "ja"], "Haustiere erlaubt"), ("has_pool", ["TRUE", "FALSE", "TRUE", "TRUE", "FALSE"], "pool"), ("含早餐", ["是", "否", "是", "是", "否"], "含早餐")])
def test_a_yes_means_what_the_column_is_called(name: str, cells: list[str], tag: str) -> None:
    """And a no nothing."""
    found = column(name, cells)
    assert found.role is Role.TAGS and split(cells[0], found.joiner) == (tag,) and split(cells[1], found.joiner) == ()


@pytest.mark.parametrize(("name", "cells"), [("plays", ["1", "0", "3", "1", "0"]), ("flag", ["1", "0", "1", "0", "1"]), ("mood", ["yes", "maybe", "no", "no", "yes"])])
def test_what_only_looks_like_yes_and_no_is_read_as_before(name: str, cells: list[str]) -> None:
    """Ones and noughts may count, and a third answer is one of several."""
    assert column(name, cells).joiner == ""


def test_of_several_years_and_ratings_the_things_own_come_first() -> None:
    """When a film was watched says nothing of when it was made, and one's own rating stands behind the average."""
    names = ["Date", "Date Read", "Year Published", "Original Publication Year", "My Rating", "Average Rating"]
    rows = [["2023-01-02", "2020-01-01", "1990", "1965", "5", "4.27"], ["2023-02-02", "2021-01-01", "1961", "1949", "4", "4.2"]]
    found = [c.name for c in schema.told_first([c for c in find_roles(["Title", *names], [[f"t{i}", *r] for i, r in enumerate(rows)]) if c.role in (Role.NUMBER, Role.DATE)])]
    assert found == ["Original Publication Year", "Average Rating", "Year Published", "Date", "My Rating", "Date Read"]


def test_a_name_turned_round_is_one_creator() -> None:
    """Authors as libraries write them are not two tags each."""
    found = find_roles(["Title", "Author"], [["Emma", "Austen, Jane"], ["Dracula", "Stoker, Bram"], ["Lolita", "Nabokov, Vladimir"]])
    assert found[1].role is Role.CREATOR and found[1].joiner == ""
