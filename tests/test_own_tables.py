"""Tables as people have them: what their columns count is understood, the most comes first, and reasons say what stands there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf
from pathlib import Path

import pytest

from recsh import session
from recsh.conditions import Condition, Leaning, read
from recsh.recommend import Options, Recommender
from recsh.render import _shown_number
from recsh.types import Column, Role

COLUMNS = (
    Column("Price", Role.NUMBER, "$", 300, 3000), Column("Screen Size", Role.NUMBER, "in", 10, 18), Column("RAM", Role.NUMBER, "gb", 4, 32), Column("Storage", Role.NUMBER, "gb", 64, 2000),
    Column("Distance", Role.NUMBER, "km", 0.1, 30), Column("Stars", Role.NUMBER, "stars", 1, 5), Column("Servings", Role.NUMBER, "people", 2, 24), Column("Battery Life", Role.NUMBER, "min", 60, 1200),
    Column("Average Rating", Role.NUMBER, "rating", 1, 5), Column("Elevation", Role.NUMBER, "", 10, 2400),
)  # fmt: skip
TABLES = {
    "games": """Game,Year Published,Players,Playing Time,BGG Rating,Categories
Catan,1995,3-4,60-120 min,7.1,"Trading, Family"
Carcassonne,2000,2-5,30-45 min,7.4,"Tiles, Family"
Pandemic,2008,2-4,45 min,7.5,"Cooperative, Medical"
Patchwork,2014,2,15-30 min,7.6,"Tiles, Abstract"
Codenames,2015,2-8,15 min,7.5,"Party, Word Game"
Twilight Imperium,2017,3-6,240-480 min,8.6,"Space, Negotiation"
Dixit,2008,3-8,30 min,7.2,"Party, Storytelling"
""",
    "restaurants": """name,city,price,vegan_options,hours
Septime,Paris,€€€,no,Mon-Fri 12:15-23:00
Breizh,Paris,€€,yes,daily 11:00-23:00
Chartier,Paris,€,no,daily 11:30-00:00
Figl,Vienna,€€,no,daily 11:00-22:00
Tian,Vienna,€€€€,yes,Tue-Sat 17:45-23:00
Steirereck,Vienna,€€€€,no,Mon-Fri 11:30-23:00
""",
    "laptops": """Model,Brand,Price,Storage,Weight
MacBook Air 13,Apple,"$1,099.00",256 GB,1.24 kg
MacBook Pro 14,Apple,"$1,999.00",1 TB,1.61 kg
Vivobook 15,ASUS,$379.50,256 GB,1.70 kg
Surface Go 3,Microsoft,$399.99,64 GB,0.54 kg
Predator Helios,Acer,"$2,199.00",2 TB,3.30 kg
""",
    "films": """Date,Name,Year,Rating
2023-03-20,Blade Runner,1982,4
2023-04-01,Alien,1979,4.5
2023-04-02,Aliens,1986,4
2023-02-01,Cats,2019,0.5
2023-07-22,Oppenheimer,2023,4.5
""",
    "books": """Title,Author,My Rating,Average Rating,Number of Pages,Year Published,Date Read,Date Added,Shelf
Dune,Frank Herbert,5,4.27,658,1965,2020/01/12,2019/12/25,read
1984,George Orwell,4,4.20,328,1949,2018/07/09,2018/01/01,read
Animal Farm,George Orwell,3,4.00,141,1945,2018/08/09,2018/08/01,read
Circe,Madeline Miller,0,4.23,393,2018,,2022/10/10,to-read
Educated,Tara Westover,0,4.47,334,2018,,2023/01/12,to-read
""",
    "steam": """Name,Developer,Tags,Price,Positive %,Hours Played
Portal,Valve,Puzzle;Short,$9.99,98,5.1
Slay the Spire,Mega Crit,Card Game;Strategy,$24.99,97,88.8
Factorio,Wube,Automation;Building,$35.00,97,301.2
Dota 2,Valve,MOBA;Strategy,Free,81,0
Hades,Supergiant,Action;Story Rich,$24.99,98,64
""",
    "cellar": """Wine,Price,Alcohol,Stock
Margaux,"$1,299.00",13.0 %,3
Sancerre,$22.90,12.5 %,12
Port,$98.00,20.0 %,2
Cava,$11.90,12.0 %,18
""",
    "toys": """Game,Age,Weight,Playing Time,Categories
Catan,10+,2.3,1h 15m,"Trading, Family"
Carcassonne,7+,1.9,40 min,"Tiles, Family"
Exploding Kittens,7+,1.1,15 min,"Card Game, Party"
Twilight Imperium,14+,4.3,8 h,"Space, Negotiation"
Spirit Island,13+,4.1,2 h,"Cooperative, Fantasy"
""",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[tuple[str, str]]]:
    """(title, reason) of each answer to a request to one of the tables, without a model."""
    folder = tmp_path_factory.mktemp("tables")

    @cache
    def recommender(name: str) -> Recommender:
        path: Path = folder / f"{name}.csv"
        path.write_text(TABLES[name], encoding="utf-8")
        return session.recommender(session.load_catalog(path), {"model": "none"}, memory=False)

    return lambda name, text, limit=3: [(r.item.title, r.reason) for r in recommender(name).ask(text, Options(log=False, limit=limit))]


@pytest.mark.parametrize(
    ("said", "column", "low", "high"),
    [
        ("with 16 GB of RAM", "RAM", 16, inf), ("16gb ram", "RAM", 16, inf), ("1 TB", "Storage", 1000, inf), ("at least 512 GB storage", "Storage", 512, inf), ("under 14 inches", "Screen Size", -inf, 14),
        ("within 5 km", "Distance", -inf, 5), ("less than 10 miles", "Distance", -inf, 16.09), ("10公里以内", "Distance", -inf, 10), ("a three star hotel", "Stars", 3, 3.5), ("at least 4 stars", "Stars", 4, inf), ("4星以上", "Stars", 4, inf),
        ("for 6 people", "Servings", 6, inf), ("serves 8", "Servings", 8, inf), ("dinner for four", "Servings", 4, inf), ("a family of 5", "Servings", 5, inf), ("8人的晚餐", "Servings", 8, inf), ("rated 4 or more", "Average Rating", 4, inf),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_the_unit_of_a_column(said: str, column: str, low: float, high: float) -> None:
    """The column that is named, else the one in whose range it lies."""
    (found,) = [f for f in read(said, COLUMNS)[0] if isinstance(f, Condition)]
    assert (found.column, found.low, found.high) == (column, pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(("said", "high"), [("under 1500", 1500), ("under 300", None)])
def test_an_amount_that_no_time_reaches_is_money(said: str, high: float | None) -> None:
    """Where a column counts minutes, a bare figure among them may be minutes."""
    found = [f.high for f in read(f"a laptop {said}", COLUMNS)[0] if isinstance(f, Condition)]
    assert found == ([high] if high else [])


def test_two_amounts_of_one_unit_go_to_two_columns() -> None:
    """16 GB of memory, and a terabyte to keep things on."""
    found = {f.column: f.low for f in read("laptop with 16 GB of RAM and 1 TB of storage", COLUMNS)[0] if isinstance(f, Condition)}
    assert found == {"RAM": 16, "Storage": 1000}


@pytest.mark.parametrize("said", ["for two reasons", "one of the people", "a five star experience of a film", "something for everyone", "star wars", "free spirits", "a gluten free game"])
def test_what_counts_nothing_is_no_condition(said: str) -> None:
    """Where no column counts it, or it is no amount."""
    columns = [c for c in COLUMNS if c.unit in ("people", "$")]
    assert not [f for f in read(said, columns)[0] if isinstance(f, Condition)]


@pytest.mark.parametrize(
    ("said", "column", "sign"),
    [("the highest average rating", "Average Rating", 1), ("best battery life", "Battery Life", 1), ("the biggest screen", "Screen Size", 1), ("lowest elevation", "Elevation", -1), ("quickest", "Battery Life", -1), ("worst rated", "Average Rating", -1)],
)
def test_the_most_of_a_column_is_a_leaning(said: str, column: str, sign: int) -> None:
    """By its name or a word of it."""
    assert [(f.column, f.sign) for f in read(said, COLUMNS)[0] if isinstance(f, Leaning)] == [(column, sign)]


@pytest.mark.parametrize("said", ["the best thing about summer", "most people like it", "my largest worry"])
def test_a_superlative_of_something_else_is_none(said: str) -> None:
    """What no column is called."""
    assert not read(said, COLUMNS)[0]


@pytest.mark.parametrize(
    ("table", "said", "titles"),
    [
        ("laptops", "the lightest laptop", ["Surface Go 3", "MacBook Air 13", "MacBook Pro 14"]), ("laptops", "cheapest MacBook", ["MacBook Air 13", "MacBook Pro 14", "Vivobook 15"]), ("laptops", "most expensive", ["Predator Helios", "MacBook Pro 14", "MacBook Air 13"]),
        ("games", "longest game", ["Twilight Imperium", "Catan"]), ("games", "best rated", ["Twilight Imperium", "Patchwork"]), ("games", "the shortest party game", ["Codenames", "Dixit"]),
        ("restaurants", "the cheapest place in Paris", ["Chartier", "Breizh", "Septime"]), ("restaurants", "vegan options in Vienna", ["Tian"]), ("films", "newest", ["Oppenheimer", "Cats", "Aliens"]), ("films", "worst rated", ["Cats"]),
    ],
)  # fmt: skip
def test_the_most_of_something_comes_first(asked: Callable[..., list[tuple[str, str]]], table: str, said: str, titles: list[str]) -> None:
    """In its order, among those that are what it is asked of."""
    assert [title for title, _ in asked(table, said, len(titles))] == titles


@pytest.mark.parametrize(("table", "said", "count"), [("games", "two family games", 2), ("laptops", "three laptops by Apple", 3)])
def test_so_many_of_what_all_rows_are_is_how_many_are_shown(asked: Callable[..., list[tuple[str, str]]], table: str, said: str, count: int) -> None:
    """By the name of the file or of the title's column."""
    assert len(asked(table, said, None)) == count


@pytest.mark.parametrize(
    ("table", "said", "titles"),
    [
        ("games", "a game for 2 players", {"Carcassonne", "Pandemic", "Patchwork", "Codenames"}), ("games", "for 6 people", {"Codenames", "Twilight Imperium", "Dixit"}), ("games", "games older than 2005", {"Catan", "Carcassonne"}),
        ("games", "takes under 30 minutes", {"Patchwork", "Codenames", "Dixit"}), ("laptops", "at least 1 TB", {"MacBook Pro 14", "Predator Helios"}), ("laptops", "a nice machine under $500", {"Vivobook 15", "Surface Go 3"}),
        ("films", "films from the 80s", {"Blade Runner", "Aliens"}), ("films", "before 1980", {"Alien"}), ("restaurants", "a €€ restaurant", {"Breizh", "Figl"}),
    ],
)  # fmt: skip
def test_every_row_that_meets_the_condition_is_found(asked: Callable[..., list[tuple[str, str]]], table: str, said: str, titles: set[str]) -> None:
    """And no other: of a range either end may do, of a time the longest."""
    assert {title for title, _ in asked(table, said, 9)} == titles


@pytest.mark.parametrize(
    ("table", "said", "reason"),
    [("games", "party game for 7 people", "Party game; players 2-8"), ("restaurants", "cheap place in Paris", "Paris; price €"), ("restaurants", "vegan options in Vienna", "Vegan options and Vienna"), ("laptops", "cheapest", "$379.50"), ("laptops", "the most storage", "Storage 2 TB")],
)
def test_a_reason_says_what_stands_in_the_row(asked: Callable[..., list[tuple[str, str]]], table: str, said: str, reason: str) -> None:
    """Ranges, signs of money and units as they are written, answers of yes by their column, and no opening hours for a description."""
    assert asked(table, said, 1)[0][1] == reason


@pytest.mark.parametrize(
    ("table", "said", "titles"),
    [
        ("books", "books I read in 2018", {"1984", "Animal Farm"}), ("books", "which books did I read before 2019", {"1984", "Animal Farm"}), ("books", "books added after 2021", {"Circe", "Educated"}), ("books", "read in July 2018", {"1984"}),
        ("books", "books I gave 5 stars", {"Dune"}), ("books", "books I rated 4 or more", {"Dune", "1984"}), ("books", "books I rated less than 4 stars", {"Animal Farm"}), ("books", "my five star books", {"Dune"}), ("books", "unrated", {"Circe", "Educated"}),
        ("books", "books published in 2018", {"Circe", "Educated"}), ("books", "a better average rating than 4.25", {"Dune", "Educated"}), ("books", "我2018年读的书", {"1984", "Animal Farm"}), ("books", "我打5分的书", {"Dune"}), ("books", "books over 300 pages I rated 4", {"1984"}),
        ("films", "films I rated 4.5 or more", {"Alien", "Oppenheimer"}), ("films", "movies I watched in April", {"Alien", "Aliens"}), ("films", "what did I watch in March 2023", {"Blade Runner"}), ("films", "films I hated", {"Cats"}), ("films", "films from 2019", {"Cats"}),
        ("steam", "games I played over 50 hours", {"Slay the Spire", "Factorio", "Hades"}), ("steam", "games I've played for less than 10 hours", {"Portal", "Dota 2"}), ("steam", "unplayed games", {"Dota 2"}), ("steam", "games I never played under $20", {"Dota 2"}), ("steam", "more than 97% positive", {"Portal", "Slay the Spire", "Factorio", "Hades"}),
        ("cellar", "at least 12 bottles in stock", {"Sancerre", "Cava"}), ("cellar", "fewer than 3 bottles left", {"Port"}), ("cellar", "wine under 12.5% alcohol", {"Sancerre", "Cava"}),
        ("toys", "for my 8 year old", {"Carcassonne", "Exploding Kittens"}), ("toys", "a game for kids aged 10", {"Catan", "Carcassonne", "Exploding Kittens"}), ("toys", "a 15 minute game", {"Exploding Kittens"}), ("toys", "quick game, 45 minutes", {"Carcassonne"}), ("toys", "a 2 hour game", {"Spirit Island"}),
    ],
)  # fmt: skip
def test_what_the_keeper_noted_is_a_condition(asked: Callable[..., list[tuple[str, str]]], table: str, said: str, titles: set[str]) -> None:
    """Own dates, ratings, hours and stock beside what the thing itself has; from which age on; a time by itself."""
    assert {title for title, _ in asked(table, said, 9)} == titles


@pytest.mark.parametrize(
    ("table", "said", "titles"),
    [
        ("books", "my highest rated", ["Dune", "1984", "Animal Farm"]), ("books", "my lowest rated", ["Animal Farm", "1984", "Dune"]), ("books", "short books", ["Animal Farm", "1984", "Educated"]), ("steam", "my most played games", ["Factorio", "Slay the Spire", "Hades"]), ("cellar", "the strongest wine", ["Port", "Margaux"]),
        ("toys", "heaviest game", ["Twilight Imperium", "Spirit Island"]), ("toys", "a light family game", ["Carcassonne", "Catan"]), ("toys", "quick game", ["Exploding Kittens", "Carcassonne"]), ("laptops", "large storage", ["Predator Helios", "MacBook Pro 14"]),
    ],
)  # fmt: skip
def test_more_or_less_of_it_comes_first(asked: Callable[..., list[tuple[str, str]]], table: str, said: str, titles: list[str]) -> None:
    """By the keeper's own columns, by what a column without a unit is called, and where nothing else is asked; who rated nothing rated nothing low."""
    assert [title for title, _ in asked(table, said, len(titles))] == titles


@pytest.mark.parametrize(
    ("table", "said", "reason"),
    [
        ("books", "books I read in 2018", "Date read 2018/07/09"), ("books", "books I gave 5 stars", "My rating 5"), ("films", "what did I watch in March 2023", "Date 2023-03-20"), ("toys", "longest game", "8 h"), ("toys", "for my 8 year old", "Age 7+"),
        ("cellar", "the strongest wine", "Alcohol 20%"), ("cellar", "fewer than 3 bottles left", "Stock 2"), ("books", "unread fantasy", "To-read"),
    ],
)  # fmt: skip
def test_a_reason_says_what_the_keeper_noted(asked: Callable[..., list[tuple[str, str]]], table: str, said: str, reason: str) -> None:
    """The day as it stands there, and long times in hours where the row has them so."""
    assert reason in [why for _, why in asked(table, said, 3)]


@pytest.mark.parametrize(
    "said",
    ["a book I read as a child", "I read a lot of history", "something I gave my mother", "the five star hotel mystery", "a podcast for a 2 hour drive", "a 24 hour diner", "a story set 15 minutes from here", "I rated nothing yet", "a film about being played", "games we played as kids", "I played in 2 bands"],
)
def test_what_the_keeper_says_of_themself_is_no_condition(said: str) -> None:
    """Without a time, a figure or a column for it."""
    columns = (
        Column("My Rating", Role.NUMBER, "rating", 0, 5), Column("Average Rating", Role.NUMBER, "rating", 1, 5), Column("Year", Role.NUMBER, "year", 1900, 2023, year=True), Column("Date Read", Role.DATE, "year", 2010, 2023, year=True),
        Column("Hours Played", Role.NUMBER, "", 0, 400), Column("Episode Length", Role.NUMBER, "min", 10, 300),
    )  # fmt: skip
    assert not [f for f in read(said, columns)[0] if isinstance(f, Condition)]


def test_a_game_in_a_list_of_games_is_no_card_game(asked: Callable[..., list[tuple[str, str]]]) -> None:
    """Where a column says who develops them."""
    assert not any("Card Game" in reason for _, reason in asked("steam", "games under $30", 9))


def test_the_year_beside_a_title_is_the_things_own() -> None:
    """And not when it was watched or which edition it is."""
    dated = (Column("Date", Role.DATE, "year", year=True), Column("Year", Role.NUMBER, "year", year=True))
    editions = (Column("Year Published", Role.NUMBER, "year", year=True), Column("Original Publication Year", Role.NUMBER, "year", year=True))
    assert [shown.name for shown in map(_shown_number, (dated, editions)) if shown] == ["Year", "Original Publication Year"]
