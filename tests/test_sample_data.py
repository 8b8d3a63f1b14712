"""The sample catalogs: their sizes, licence lines, keys, tags and years, how recsh reads them, their requests and simulated ratings."""

import csv
import importlib.util
import json
from functools import cache
from pathlib import Path

import pytest

from recsh.schema import find_roles
from recsh.table import Account, open_table
from recsh.types import Role

DATA = Path(__file__).parents[1] / "sample_data"
LICENCE = "# SPDX-License-Identifier: CC0-1.0 ("
KINDS = {"plain", "like", "creator", "condition", "negation", "mood", "context", "several", "other-words"}
# catalog: rows at least, id, title, creator, tags, year, first and last year, other columns of numbers
CATALOGS = {
    "music": (800, "id", "title", "artist", "tags", "year", 1600, 2025, {"energy"}),
    "movies": (500, "id", "title", "director", "tags", "year", 1900, 2025, {"minutes"}),
    "books": (500, "id", "title", "author", "tags", "year", -2500, 2025, set()),
    "products": (300, "id", "name", "brand", "tags", "year", 2015, 2026, {"price", "rating", "reviews", "weight_g"}),
    "travel": (300, "id", "place", "", "tags", "", 0, 0, {"daily_budget", "known_since"}),
    "news": (200, "id", "headline", "", "topics", "", 0, 0, {"minutes"}),
    "movies_zh": (200, "编号", "片名", "导演", "标签", "年份", 1900, 2025, {"片长"}),
    "music_zh": (200, "编号", "歌名", "歌手", "标签", "年份", 1900, 2025, set()),
}
every_catalog = pytest.mark.parametrize("name", CATALOGS)


@cache
def rows(name):
    with open(DATA / f"{name}.csv", encoding="utf-8", newline="") as file:
        file.readline()
        return list(csv.DictReader(file))


@cache
def requests(name):
    lines = (DATA / f"{name}.queries.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_all_catalogs_are_known():
    assert {p.name.removesuffix(".csv") for p in DATA.glob("*.csv") if ".ratings" not in p.name} == set(CATALOGS)
    assert {p.name.removesuffix(".queries.jsonl") for p in DATA.glob("*.jsonl")} == set(CATALOGS)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csv")), ids=lambda p: p.name)
def test_licence_line_and_line_ends(path):
    content = path.read_bytes()
    assert content.decode("utf-8").startswith(LICENCE)
    assert b"\r" not in content and content.endswith(b"\n")


@every_catalog
def test_size_and_keys(name):
    least, key, title, creator, *_ = CATALOGS[name]
    table = rows(name)
    assert len(table) >= least
    assert None not in table[0] and len({r[key] for r in table}) == len(table)
    assert all(r[key].strip() and r[title].strip() and (not creator or r[creator].strip()) for r in table)
    assert len({(r[title].casefold(), r.get(creator or "country", "").casefold()) for r in table}) == len(table)


def test_there_is_metal():
    assert sum(bool({"metal", "heavy metal", "hard rock"} & set(r["genre"].split("|"))) for r in rows("music")) >= 60


@every_catalog
def test_years_and_tags(name):
    _, key, _, _, tags, year, first, last, _ = CATALOGS[name]
    for row in rows(name):
        values = row[tags].split("|")
        assert 3 <= len(values) <= 8, row[key]
        assert all(v == v.strip() != "" for v in values) and len(set(values)) == len(values), row[key]
        assert not year or first <= int(row[year]) <= last, row[key]


@every_catalog
def test_recsh_reads_it_right(name):
    _, key, title, creator, tags, year, first, last, numbers = CATALOGS[name]
    table, account = open_table(DATA / f"{name}.csv"), Account()
    read = list(table.rows(account))
    assert account.lost == 0 and len(read) == len(rows(name))
    assert [dict(zip(table.header, cells, strict=True)) for _, cells in read] == rows(name)
    roles = {c.name: c for c in find_roles(table.header, [cells for _, cells in read[:500]])}
    assert [n for n, c in roles.items() if c.role is Role.ID] == [key]
    assert [n for n, c in roles.items() if c.role is Role.TITLE] == [title]
    assert [n for n, c in roles.items() if c.role is Role.CREATOR] == ([creator] if creator else [])
    assert roles[tags].role is Role.TAGS and roles[tags].joiner == "|"
    assert {n for n, c in roles.items() if c.role is Role.NUMBER} == numbers | ({year} if year else set())
    assert not year or roles[year].year
    assert name != "news" or roles["date"].role is Role.DATE


@every_catalog
def test_requests(name):
    head, *asked = requests(name)
    known = {r[CATALOGS[name][1]] for r in rows(name)}
    assert head["license"] == "CC0-1.0"
    assert len(asked) >= 40 and {q["kind"] for q in asked} == KINDS
    assert {q["lang"] for q in asked} == {"en", "zh"}
    assert len({q["qid"] for q in asked}) == len({q["query"] for q in asked}) == len(asked)
    for q in asked:
        relevant, best = set(q["relevant"]), set(q["best"])
        assert 1 <= len(best) <= 10 and best <= relevant <= known, q["qid"]
        assert len(relevant) == len(q["relevant"]) and len(best) == len(q["best"]) and 3 <= len(relevant) <= 60, q["qid"]


@pytest.mark.parametrize("name", ["music", "movies"])
def test_ratings_are_what_the_script_makes(name):
    spec = importlib.util.spec_from_file_location("simulate_ratings", DATA / "simulate_ratings.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (DATA / f"{name}.ratings.csv").read_bytes() == script.simulate(name).encode()


@pytest.mark.parametrize("name", ["music", "movies"])
def test_ratings(name):
    table = rows(f"{name}.ratings")
    assert list(table[0]) == ["user", "item", "rating", "timestamp"]
    people = {}
    for row in table:
        people.setdefault(row["user"], []).append(row["item"])
    assert len(people) == 300
    assert all(20 <= len(items) <= 120 and len(set(items)) == len(items) for items in people.values())
    assert {r["item"] for r in table} <= {r["id"] for r in rows(name)}
    assert {r["rating"] for r in table} == {"1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0"}
    assert all(1704067200 <= int(r["timestamp"]) < 1767225600 for r in table)
