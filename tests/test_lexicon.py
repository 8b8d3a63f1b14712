"""The words of the same meaning: the file is well formed, knows every tag of the sample catalogs, and leads from word to word and to English."""

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from recsh import lexicon
from recsh.index import facet_key
from recsh.lexicon import FILLERS_ZH, STOP, glosses, same, synonyms, to_english
from recsh.cells import split
from recsh.schema import find_roles
from recsh.text import fold, has_cjk
from recsh.types import Role

DATA = Path(__file__).parents[1] / "sample_data"
FILE = Path(lexicon.__file__).parent / "words" / "same.txt"
NAMES = {"cast", "主演", "series", "source"}
CATALOGS = sorted(p for p in DATA.glob("*.csv") if ".ratings" not in p.name)


@cache
def lines():
    return [line for line in FILE.read_text("utf-8").splitlines() if line and not line.startswith("#")]


@cache
def groups():
    return [line.split(", ") for line in lines() if " > " not in line]


@cache
def relations():
    return [(broad, narrow.split(", ")) for broad, narrow in (line.split(" > ") for line in lines() if " > " in line)]


@cache
def sample_tags():
    """Facet key of every tag of the eight sample catalogs -> the rows that have it."""
    rows: Counter[str] = Counter()
    for path in CATALOGS:
        with open(path, encoding="utf-8", newline="") as file:
            file.readline()
            table = list(csv.reader(file))
        columns = find_roles(table[0], table[1:])
        for cells in table[1:]:
            pairs = [(c, cell) for c, cell in zip(columns, cells, strict=True) if c.role is Role.TAGS and c.name not in NAMES]
            rows.update({facet_key(v) for c, cell in pairs for v in split(cell, c.joiner)})
    return rows


def answers(wish, tag):
    return facet_key(tag) in same()[facet_key(wish)]


def test_licence_and_explanation_come_first():
    first, second, *_ = FILE.read_text("utf-8").splitlines()
    assert first.startswith("# SPDX-License-Identifier: CC0-1.0") and second.startswith("# ")


def test_many_groups():
    assert len(groups()) >= 1500


def test_lines_are_tidy():
    for line in lines():
        words = line.replace(" > ", ", ").split(", ")
        assert len(words) > 1 and line.count(" > ") <= 1 and "," not in "".join(words) and ">" not in "".join(words), line
        assert all(w and w == " ".join(w.split()) for w in words), line


def test_no_word_stands_twice_in_a_line():
    for group in groups():
        assert len({facet_key(w) for w in group}) == len(group), group
    for broad, narrow in relations():
        assert len({facet_key(w) for w in (broad, *narrow)}) == len(narrow) + 1, broad


def test_groups_begin_in_english_and_end_in_simplified_chinese():
    for group in groups():
        chinese = [has_cjk(w) for w in group]
        assert not chinese[0] and chinese == sorted(chinese), group
        assert all(w.isascii() or (has_cjk(w) and fold(w) == w) for w in group), group


def test_the_first_word_names_one_group_only():
    names = Counter(facet_key(group[0]) for group in groups())
    assert [n for n, times in names.items() if times > 1] == []


def test_relations_name_groups_and_each_broad_one_once():
    names = {facet_key(group[0]) for group in groups()}
    assert {facet_key(broad) for broad, _ in relations()} <= names
    assert {facet_key(w) for _, narrow in relations() for w in narrow} - names <= sample_tags().keys()
    assert len({broad for broad, _ in relations()}) == len(relations())


def test_no_stop_word_alone_is_a_wish_unless_it_is_a_tag_or_a_month():
    single = {facet_key(w) for group in groups() for w in group} & STOP
    assert single <= sample_tags().keys()
    for group in groups():
        assert not all(set(facet_key(w).split()) <= STOP for w in group), group


def test_keys_are_facet_keys():
    """The quick way in which the file is read makes the same keys as the function that made the catalog's."""
    assert lexicon._read()[0] == [[facet_key(w) for w in group] for group in groups()]
    assert lexicon._read()[1] == {facet_key(broad): [facet_key(w) for w in narrow] for broad, narrow in relations()}


def test_every_tag_of_three_sample_rows_is_known():
    known = set(same()) | {key for keys in same().values() for key in keys}
    assert len(sample_tags()) > 1000
    assert [t for t, rows in sample_tags().items() if rows >= 3 and t not in known and not t.isdigit()] == []


def test_every_known_sample_tag_leads_to_the_other_language():
    for tag in sample_tags().keys() & synonyms().keys():
        assert any(has_cjk(w) != has_cjk(tag) for w in synonyms()[tag]), tag


def test_it_is_read_once():
    assert same() is same() and synonyms() is synonyms() and glosses() is glosses()


def test_synonyms_are_mutual():
    for key, keys in synonyms().items():
        assert key in keys and len(set(keys)) == len(keys)
        assert all(key in synonyms()[k] for k in keys)


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("sci-fi", "science fiction"), ("科幻", "Science Fiction"), ("sad", "伤感"), ("rap", "hip hop"), ("说唱", "hip hop"),
        ("wake-up call", "叫醒服务"), ("swimming pool", "游泳池"), ("游泳池", "pool"), ("march", "三月"), ("3月", "Mar"), ("father and daughter", "父女"),
        ("French", "France"), ("French", "法语"), ("法国", "french"), ("gay", "LGBTQ"), ("ww2", "World War II"), ("kids", "儿童"), ("good cry", "催泪"),
        ("anc", "noise cancelling"), ("极光", "northern lights"), ("R&B", "节奏布鲁斯"), ("children's", "孩子"),
    ],
)  # fmt: skip
def test_interchangeable(wish, tag):
    assert answers(wish, tag) and answers(tag, wish)


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [
        ("metal", "thrash metal"), ("金属", "death metal"), ("metal", "激流金属"), ("jazz", "bebop"), ("electronic", "techno"), ("rock", "grunge"),
        ("watches", "smartwatch"), ("asian", "Japan"), ("Asia", "日本"), ("european", "Italy"), ("欧洲", "France"), ("kids", "family friendly"),
        ("crime", "mafia"), ("vegetarian", "vegan"), ("good cry", "grief"), ("piano", "solo piano"), ("parking", "free parking"),
    ],
)  # fmt: skip
def test_a_narrow_word_answers_the_broad_one_and_not_the_other_way_round(broad, narrow):
    assert answers(broad, narrow) and not answers(narrow, broad)
    assert facet_key(narrow) not in synonyms().get(facet_key(broad), ())


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("headphones", "earbuds"), ("earbuds", "headphones"), ("sad", "slow"), ("dark", "scary"), ("funny", "feel-good"), ("metal", "hard rock"),
        ("quiet", "silent"), ("France", "England"), ("europe", "French language"), ("uk", "English"), ("dogs", "cats"), ("waterproof", "water resistant"),
        ("thrash metal", "metal"), ("violin", "strings"), ("games", "gaming"), ("New York", "latest"),
    ],
)  # fmt: skip
def test_neighbours_that_differ_stay_apart(wish, tag):
    assert not answers(wish, tag)


def test_a_word_of_two_groups_answers_with_both():
    assert {"france", "法国", "法语"} <= set(same()["french"])
    assert "法语" not in same()["法国"] and "法国" not in same()["法语"]


@pytest.mark.parametrize(
    ("chinese", "english"),
    [("科幻", "science fiction"), ("催泪", "tearjerker"), ("日本", "japan"), ("法语", "french"), ("法国", "france"), ("游泳池", "swimming pool"), ("狗", "dogs"), ("爵士", "jazz")],
)
def test_plainest_english(chinese, english):
    assert glosses()[chinese] == english


def test_glosses_are_from_folded_chinese_to_english():
    assert len(glosses()) > 3000
    assert all(has_cjk(c) and fold(c) == c and e.isascii() for c, e in glosses().items())


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("想看催泪的日本电影", "tearjerker japan"),
        ("有没有好看的科幻片", "science fiction"),
        ("有机器人的片子", "robots"),  # longest first: not 有机 and a rest
        ("關於機器人的電影", "robots"),  # traditional
        ("关于狗的书", "dogs books"),
        ("一只狗和一只猫的故事", "dogs cats story"),
        ("热狗", ""),  # one character inside another word says nothing
        ("爵士，爵士！", "jazz"),
        ("something like 爵士 please", "jazz"),
        ("ＫＴＶ必点", "karaoke"),
        ("推荐", ""), ("rock", ""), ("", ""), ("的的的", ""),
    ],
)  # fmt: skip
def test_to_english(text, english):
    assert to_english(text) == english


def test_fillers_never_reach_the_english():
    assert [f for f in FILLERS_ZH if len(f) > 1 and to_english(f)] == []
