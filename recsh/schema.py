"""What each column is for, found from its name and its cells.

    >>> [c.role.value for c in find_roles(["Title", "Year"], [["Heat", "1995"], ["Alien", "1979"]])]
    ['title', 'number']

Leaves out: reading files (see `table`), what one cell says (see `cells`). Everything here is a pure function of names and sample cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from recsh.cells import (
    EMPTY,
    LEVEL,
    RANGE,
    THOUSANDS,
    YES,
    answer,
    date,
    duration,
    ends,
    level,
    number,
    open_range,
    reader,
    split,
)
from recsh.errors import CatalogError
from recsh.regex import regex
from recsh.text import clean
from recsh.types import Column, Role

_NAMES: dict[Role, str] = {
    Role.ID: "id item_id itemid sku asin isbn isbn13 key uid uuid code product_id movie_id movieid song_id track_id book_id"
    " product_uid appid app_id game_id item_no item_no. # no no. index idx unnamed:_0 编号 序号 商品编号",
    Role.TITLE: "title name song song_name song_title track track_name track_title headline film film_title movie movie_title movie_name book book_title"
    " product product_name product_title place destination game recipe podcast course wine hotel restaurant model board_game item item_name 片名 歌名 歌曲 书名 名称 标题 名字 电影名 景点 商品名称 电影",
    Role.CREATOR: "artist artists author authors director directors brand creator creators band singer composer studio publisher developer"
    " manufacturer maker performer artist_name by designer designers host hosts winery producer instructor instructors teacher chef 歌手 导演 作者 品牌 艺术家 出版社",
    Role.TAGS: "genre genres tag tags mood moods category categories topic topics style styles theme themes keywords keyword cast stars actors writer"
    " writers language languages country countries region continent type kind section subjects series good_for features colour color"
    " secondary_genres descriptors bookshelves cuisine 类型 标签 情绪 流派 主演 演员 编剧 国家 地区 国家地区 语言 分类 类别 风格",
    Role.TEXT: "description desc summary overview plot synopsis abstract review reviews_text text body content lyrics blurb about notes 简介 描述 剧情 摘要 介绍 内容",
    Role.DATE: "date published released_on release_date published_at publication_date date_published 日期 发布日期 上映日期",
    Role.NUMBER: "year release_year price cost rating ratings score runtime minutes duration duration_ms length_min pages budget daily_budget stock 年份 价格 片长 评分 时长 票价 页数",
    Role.IGNORE: "url link imdb_id imdb_url image image_url poster thumbnail cover phone email isbn10 canonical_id cluster currency uri href lat lon lng latitude longitude author_l_f author_sort title_sort 电话 链接 图片",
}  # fmt: skip
_EUROPEAN: dict[Role, str] = {  # German, French, Spanish, Italian, Portuguese, Dutch
    Role.ID: "artikelnummer artikelnr bestellnummer référence codigo código codice numéro",
    Role.TITLE: "titel bezeichnung produktname artikelname wein hotelname spiel titre nom intitulé título titulo nombre titolo nome naam",
    Role.CREATOR: "künstler interpret autor autorin regisseur regie marke hersteller verlag weingut artiste auteur réalisateur marque éditeur domaine_viticole formateur artista marca editorial autore regista editore fabricante",
    Role.TAGS: "kategorie schlagwörter stichwörter stil rebsorte land sprache catégorie étiquettes mots_clés pays langue categoría etiquetas país idioma categoria etichette paese lingua ",
    Role.TEXT: "beschreibung inhalt notiz résumé descripción sinopsis resumen descrizione trama descrição beschrijving",
    Role.DATE: "datum erscheinungsdatum fecha data",
    Role.NUMBER: "preis jahr jahrgang erscheinungsjahr bewertung dauer seiten prix année annee note_moyenne durée precio año valoración duración páginas prezzo anno durata preço ano prijs jaar",
}  # fmt: skip
NAMES: dict[str, Role] = {name: role for names in (_EUROPEAN, _NAMES) for role, words in names.items() for name in words.split()}
"""Column names that say what they are for, in lower case."""

_FIRST = {  # Of several columns that could be it, these names win, in this order.
    Role.TITLE: ["title", "name", "titel", "titre", "título", "titulo", "titolo", "bezeichnung", "nom", "nombre", "nome", "片名", "歌名", "书名", "名称", "标题", "headline"],
    Role.ID: ["id", "编号", "item_id", "sku"],
    Role.CREATOR: ["artist", "author", "authors", "director", "brand", "creator", "歌手", "导演", "作者", "品牌"],
}

KNOWN = ("known_for", "known_country")
"""Names of the columns that `enrich` adds: tags; and those of them that are countries, as nobody likes a thing for what most things share."""
GENRES = frozenset("genre genres genere género 类型 流派".split())
"""Names of columns that say what a thing is in several words, in lower case."""
# Columns whose values hardly two rows differ in, or that say whom a thing is for: said when they were wished for, no ground for "shares".
LESSER = regex(r"lang|countr|region|continent|audience|length|currenc|series|season|month|source|good.?for|语言|国家|地区|适合", re.I)
PEOPLE = regex(r"cast|stars?|actors?|writers?|主演|演员|编剧", re.I)
"""Names of columns, or their beginnings, that say who had a part in a thing."""
_MAKES = {"developer": "game", "developers": "game", "winery": "wine", "weingut": "wine", "instructor": "course", "chef": "recipe"}

_UNITS = {
    "$": "price cost budget usd fee value preis prix precio prezzo preço", "元": "价格 票价 人均 人均消费 费用", "min": "minutes runtime duration length_min mins dauer durée duración durata 片长 时长",
    "s": "seconds duration_s duration_sec duration_seconds length_s", "ms": "duration_ms length_ms milliseconds",
    "year": "year released release_year jahr jahrgang erscheinungsjahr année año anno ano jaar 年份 年代 pubyear", "rating": "rating bewertung score stars_avg avg_rating average_rating gästebewertung note_moyenne valoración 评分", "stars": "stars sterne étoiles estrellas stelle 星级",
    "people": "players servings serves persons people guests capacity portions seats spieler personen portionen joueurs 人数", "pages": "pages page_count num_pages 页数", "g": "weight_g",
    "kg": "weight_kg weight", "count": "ratings_count rating_count reviews votes listeners plays popularity review_count vote_count anzahl_bewertungen 评价数 热度",
    "stock": "stock in_stock bestand lagerbestand quantity qty on_hand inventory bottles copies menge stück stückzahl cantidad existencias quantité 库存", "age": "min_age minimum_age mindestalter age_from ages recommended_age 适合年龄 最低年龄",
}  # fmt: skip
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names.split()}
_COUNTS = regex(r"(?:number|anzahl|nombre|número|numero) (?:of|de|di|der)?", re.I)  # 'number of players' counts players
_MARKS = (  # what stands behind (or before) the numbers of most cells -> the unit they count
    ("$", r"\$|\busd\b"), ("€", r"€|\beur\b|\beuro\b"), ("£", r"£|\bgbp\b"), ("元", r"元|¥|￥|\bcny\b|\brmb\b"), ("min", r"\bmin|分钟"), ("rating", r"\d\s*(?:/|out of)\s*(?:5|10|100)\b"), ("stars", r"^[★⭐*☆½\ufe0f]+$"),
    ("%", r"\d\s*%$"), ("gb", r"\d\s*[mgt]b\b"), ("kg", r"\d\s*kg\b"), ("g", r"\d\s*g\b"), ("km", r"\d\s*km\b"), ("mi", r"\d\s*mi\b"), ("in", r"\d\s*(?:\"|″|in\b|inch)"), ("pages", r"\d\s*(?:pages?\b|pp\b|页)"),
)  # fmt: skip
_ASIDE = regex(r"\b(?:added|read|watched|played|bought|purchased|created|updated|modified|logged|checked|my|own|mine)\b|添加|已读|我的", re.I)  # of the keeper of the list, not of the thing
_FROM_AGE = regex(r"\d\s*\+|^(?:ab|from|dès|a partir de|da)\b|以上")
_JOINERS = ("|", ";", "；", "、", ", ", "，", ",", " / ")


def find_roles(header: Sequence[str], sample: Sequence[Sequence[str]], given: Mapping[str, Role] = MappingProxyType({})) -> tuple[Column, ...]:
    """A column for each name of the header. `sample` has some hundred rows of cells; `given` maps names to roles the user set.

    Raises `CatalogError` if `given` names a column that is not there, or if nothing can serve as a title.
    """
    by_fold = {h.strip().lower(): h for h in header}
    settled: dict[str, Role] = {}
    for name, role in given.items():
        real = name if name in header else by_fold.get(name.strip().lower())
        if real is None:
            raise CatalogError(f"no column is called {name!r}", f"the columns are: {', '.join(header[:30])}")
        settled[real] = role
    columns = [[row[i] for row in sample if row[i].strip()] for i in range(len(header))]
    roles = [settled.get(h) or _role(h, cells) for h, cells in zip(header, columns, strict=True)]
    for role in (Role.ID, Role.TITLE):
        _keep_one(role, header, columns, roles, settled)
    if Role.TITLE not in roles:
        _elect_title(header, columns, roles, settled)
    commas = any(re.fullmatch(r"\D*\d+,(?:\d|\d\d)\D*(?:/.*)?", c) for role, cells in zip(roles, columns, strict=True) if role is Role.NUMBER for c in cells)
    found = [_column(h, role, cells, commas) for h, role, cells in zip(header, roles, columns, strict=True)]
    first = _first_of(Role.CREATOR, header, roles, settled)
    # Only one column is the creator; other people stay findable as tags.
    return tuple(
        Column(c.name, Role.TAGS, joiner=c.joiner) if c.role is Role.CREATOR and i != first and c.name not in settled else c
        for i, c in enumerate(found)
    )


def role_named(name: str) -> Role | None:
    """The role that a column's name alone stands for: 'Track Name(s)', 'song-title', '片名（中文）'. None if it says nothing."""
    key = name.strip().lower()
    plain = re.sub(r"[\s\-]+", "_", re.split(r"[(（\[]", key)[0].strip())
    return NAMES.get(key) or NAMES.get(plain) or (NAMES.get(plain.removesuffix("s")) if len(plain) > 3 else None)


def _role(name: str, cells: Sequence[str]) -> Role:
    key = name.strip().lower()
    named = role_named(name)
    if named in (Role.TITLE, Role.CREATOR, Role.IGNORE, Role.ID):
        return named
    if sum(map(str.isdigit, cells)) == len({*cells}) > 4 and re.search(r"(?:^|[a-z_ ])id$", key):
        return Role.ID
    if not cells:
        return named if named in (Role.TAGS, Role.TEXT) else Role.IGNORE
    # What stands for an empty cell says nothing about the column, unless nothing else stands there.
    told = [c for c in cells if c.strip().lower() not in EMPTY] or cells
    numeric = max(_share(number, told), _share(open_range, told) if _ranged(told) else 0.0, _share(level, told) if _levelled(told) else 0.0)
    if sum(date(c) is not None for c in told) >= 0.9 * len(told) and numeric < 0.9:
        return Role.DATE
    if _answers(told) and named is not Role.NUMBER:
        return Role.TAGS
    if (named is not Role.TAGS or (_UNIT_OF.get(key) == "stars" and numeric >= 0.9)) and (numeric >= 0.9 or (named is Role.NUMBER and numeric >= 0.5)):
        return Role.NUMBER  # 'reviews' may hold text, or how many there are
    if named is Role.TEXT:
        return named
    if key.startswith(("nearby", "周边", "附近")):
        return Role.IGNORE  # lists of other rows' titles: a request for one of those does not mean this row
    if all(re.fullmatch(r"https?://\S+", c.strip()) for c in cells[:20]):
        return Role.IGNORE
    if named is Role.TAGS:
        return named
    if "title" in key:
        return Role.TEXT  # a longer form of the title, whose commas join nothing
    length = sum(map(len, cells)) / len(cells)
    joiner = _joiner(cells)
    values = [v for c in cells for v in split(c, joiner)]
    short = sum(map(len, values)) / max(1, len(values)) <= 30
    repeats = 1 - len({v.lower() for v in values}) / max(1, len(values))
    few = max(map(len, values), default=0) <= 30 and len(cells) >= 15 and repeats >= 0.3  # the cities of two dozen hotels
    if short and len(cells) >= 5 and (repeats > 0.5 or few or (joiner and repeats > 0.2)):
        return Role.TAGS
    return Role.TEXT if length > 3 else Role.IGNORE


def _rank(role: Role, name: str) -> int:
    order = _FIRST[role]
    key = name.strip().lower()
    return order.index(key) if key in order else len(order)


def _first_of(role: Role, header: Sequence[str], roles: Sequence[Role], settled: Mapping[str, Role]) -> int | None:
    """The one column of that role that counts: the user's, then the best known name, then the leftmost."""
    of_role = [i for i, r in enumerate(roles) if r is role]
    return min(of_role, key=lambda i: (header[i] not in settled, _rank(role, header[i]), i), default=None)


def _keep_one(role: Role, header: Sequence[str], columns: Sequence[Sequence[str]], roles: list[Role], settled: Mapping[str, Role]) -> None:
    first = _first_of(role, header, roles, settled)
    for i, r in enumerate(roles):
        if r is role and i != first:
            again = len({*columns[i]}) <= 0.5 * len(columns[i])  # no title: the course of a recipe
            roles[i] = Role.IGNORE if role is Role.ID else Role.TAGS if again and columns[i] else Role.TEXT


def _elect_title(header: Sequence[str], columns: Sequence[Sequence[str]], roles: list[Role], settled: Mapping[str, Role]) -> None:
    """No column is called a title: take the one whose cells look most like names, distinct, short, filled. A table of one column is titles."""
    best, best_score = None, 0.0
    for i, cells in enumerate(columns):
        wordy = roles[i] in (Role.TEXT, Role.TAGS, Role.CREATOR) or len(header) == 1
        if header[i] in settled or not cells or not wordy:
            continue
        distinct = len({*cells}) / len(cells)
        length = sum(map(len, cells)) / len(cells)
        # People write the name of a thing on the left.
        score = distinct * len(cells) * (1 if 2 <= length <= 80 else 0.2) / (1 + 0.1 * i)
        if score > best_score:
            best, best_score = i, score
    if best is None:
        raise CatalogError("no column can serve as the title", f"name it: recsh catalog add FILE --title COLUMN; the columns are: {', '.join(header[:30])}")
    roles[best] = Role.TITLE


def _joiner(cells: Sequence[str]) -> str:
    """The separator of list cells, empty if they are single values. A comma counts only when it stands in many cells."""
    cells = cells[:500]
    for joiner in _JOINERS:
        with_it = sum(joiner in c for c in cells)
        if with_it >= max(1, 0.02 * len(cells)) if joiner in "|;；、" else with_it >= 0.25 * len(cells):
            parts = [p for c in cells for p in c.split(joiner)]
            if sum(map(len, parts)) / max(1, len(parts)) <= 30:
                return joiner
    return ""


def _share(read: Callable[[str], object], cells: Sequence[str]) -> float:
    """The share of the cells that can be read so."""
    return sum(read(c) is not None for c in cells) / len(cells)


def _ranged(cells: Sequence[str]) -> bool:
    """Whether so many cells are ranges that the others are ranges of one."""
    return sum(ends(c) is not None for c in cells) >= max(2, 0.2 * len(cells)) and _share(open_range, cells) >= 0.9


def _levelled(cells: Sequence[str]) -> bool:
    """Whether cells are made of signs of money, more or fewer of them."""
    return _share(level, cells) >= 0.9 and len({c.strip() for c in cells}) > 1


def _answers(cells: Sequence[str]) -> bool:
    """Whether cells say yes and no, in words: 1 and 0 may count something."""
    said = {c.strip().lower() for c in cells}
    return len(cells) >= 5 and not any(c.isdigit() for c in said) and all(answer(c) is not None for c in said) and any(map(answer, said))


def _question(name: str) -> str:
    """The tag that a yes in a column of this name means: 'has_pool' -> 'pool'."""
    return re.sub(r"^(?:is|has|can)\s+", "", clean(name.replace("_", " ")), flags=re.I)


def aside(column: Column) -> bool:
    """Whether a column says what the keeper of the list noted (when it was read, the own rating), and not what the thing is like."""
    return bool(_ASIDE.search(column.name.replace("_", " ")))


def noted(column: Column, columns: Sequence[Column]) -> bool:
    """As `aside`; and a plain "Date" in a table that has the year of the thing beside it is when it was noted."""
    return aside(column) or column.role is Role.DATE and column.name.strip().lower() in ("date", "datum", "fecha", "data", "日期") and any(c.year and c.role is Role.NUMBER for c in columns)


def things(columns: Sequence[Column]) -> str:
    """What the rows are, by the names of the title's column ("Game") and of who makes such (a developer: games); "" if they do not say."""
    makers = (_MAKES.get(c.name.strip().lower(), "") for c in columns)
    return " ".join(filter(None, (*(c.name for c in columns if c.role is Role.TITLE), *makers)))


def told_first(columns: Sequence[Column]) -> list[Column]:
    """Number and date columns, those that say what a thing is like before those that its keeper noted (when it was read, the own rating), years
    before dates and the first of several years ahead."""
    return sorted(columns, key=lambda c: (aside(c), c.year and c.role is Role.DATE, c.year and "original" not in c.name.lower()))


def _column(name: str, role: Role, cells: Sequence[str], commas: bool) -> Column:
    """`commas`: whether the file writes decimals with them, so that a point may stand between thousands."""
    told = [c for c in cells if c.strip().lower() not in EMPTY] or cells
    if role is Role.TAGS and _answers(told):
        return Column(name, role, joiner=YES + _question(name))
    if role is Role.CREATOR and sum(c.count(",") == 1 for c in cells) >= 0.8 * len(cells) > 0 and "," in _joiner(cells):
        return Column(name, role)  # "Austen, Jane" is one
    if role in (Role.TAGS, Role.CREATOR):
        return Column(name, role, joiner=_joiner(cells))
    if role is Role.DATE:
        return Column(name, role, unit="year", year=True)
    if role is not Role.NUMBER:
        return Column(name, role)
    if told and _levelled(told):
        return Column(name, role, unit=LEVEL)
    joiner = RANGE if told and _ranged(told) else THOUSANDS if commas and _pointed(told) else ""
    read = reader(Column(name, role, joiner=joiner))
    values = [v for v in map(read, told) if v is not None]
    key = name.strip().lower()
    year = bool(values) and sum(1000 <= v <= 2100 and v == int(v) for v in values) >= 0.95 * len(values)
    unit = _marked(told) if _marked(told) == "stars" else _UNIT_OF.get(key.replace(" ", "_")) or _unit(_COUNTS.sub("", key), cells) or ("year" if year else "")
    if unit == "$":  # a price, in whatever currency the cells say
        unit = _marked(cells) or unit
    if key in ("age", "alter", "âge", "edad", "età", "年龄") and sum(bool(_FROM_AGE.search(c)) for c in told) > len(told) / 2:
        unit = "age"  # from which on: "10+"
    if unit == "kg" and not _marked(cells) and "kg" not in key and values and max(values) <= 5 and min(values) >= 1:
        unit = ""  # how heavy a game is to learn, of five
    return Column(name, role, unit=unit, year=year and unit == "year", joiner=joiner)


def _pointed(cells: Sequence[str]) -> bool:
    """Whether every point of these cells has three digits behind it, as between thousands: '2.345' beside '640'."""
    return any("." in c for c in cells) and all(re.fullmatch(r"\D*[1-9]\d{0,2}(?:\.\d{3})*(?:,\d+)?\D*|0", c) for c in cells)


def _marked(cells: Sequence[str]) -> str:
    """The unit whose mark stands in most cells; empty if none does."""
    looked = cells[:100]
    return next((unit for unit, mark in _MARKS if sum(bool(re.search(mark, c, re.I)) for c in looked) > len(looked) / 2), "")


def _unit(key: str, cells: Sequence[str]) -> str:
    """The unit that a part of the name or most cells say; empty if neither does."""
    parts = re.split(r"[_\s()（）\[\]-]+", key)
    marked = _marked(cells) or ("%" if "%" in parts or "percent" in parts else "")
    for part in ("ms" if "ms" in parts else "", *parts):  # 'track duration (ms)' counts milliseconds
        if part in _UNIT_OF or part in ("ms", "min", "kg"):
            return _UNIT_OF.get(part, part) if not marked or _UNIT_OF.get(part) not in ("stars", "kg") else marked
    if marked:
        return marked
    if key.endswith(("评分", "bewertung", "rating")):
        return "rating"
    timed = sum(duration(c.strip()) is not None for c in cells[:100])
    return "min" if timed > len(cells[:100]) / 2 else ""
