"""What each column is for, found from its name and its cells, and how a cell becomes a number, a date or a list.

    >>> number("$1,299.00"), number("117分钟"), number("1h 47m"), number("n/a")
    (1299.0, 117.0, 107.0, None)
    >>> split("rock|hard rock", "|")
    ('rock', 'hard rock')

Leaves out: reading files (see `table`). Everything here is a pure function of names and sample cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from recsh.errors import CatalogError
from recsh.regex import regex
from recsh.text import clean
from recsh.types import Column, Role

_NAMES: dict[Role, str] = {
    Role.ID: "id item_id itemid sku asin isbn isbn13 key uid uuid code product_id movie_id movieid song_id track_id book_id"
    " product_uid # no no. index idx unnamed:_0 编号 序号 商品编号",
    Role.TITLE: "title name song song_name song_title track track_name track_title headline film film_title movie movie_title movie_name book book_title"
    " product product_name product_title place destination game recipe item item_name 片名 歌名 歌曲 书名 名称 标题 名字 电影名 景点 商品名称 电影",
    Role.CREATOR: "artist artists author authors director directors brand creator creators band singer composer studio publisher developer"
    " manufacturer maker performer artist_name by 歌手 导演 作者 品牌 艺术家 出版社",
    Role.TAGS: "genre genres tag tags mood moods category categories topic topics style styles theme themes keywords keyword cast stars actors writer"
    " writers language languages country countries region continent type kind section subjects series good_for features colour color"
    " secondary_genres descriptors 类型 标签 情绪 流派 主演 演员 编剧 国家 地区 国家地区 语言 分类 类别 风格",
    Role.TEXT: "description desc summary overview plot synopsis abstract review reviews_text text body content lyrics blurb about notes 简介 描述 剧情 摘要 介绍 内容",
    Role.DATE: "date published released_on release_date published_at publication_date date_published 日期 发布日期 上映日期",
    Role.NUMBER: "year release_year price cost rating ratings score runtime minutes duration duration_ms length_min pages budget daily_budget stock 年份 价格 片长 评分 时长 票价 页数",
    Role.IGNORE: "url link imdb_id imdb_url image image_url poster thumbnail cover phone email isbn10 canonical_id cluster currency uri href 电话 链接 图片",
}  # fmt: skip
_EUROPEAN: dict[Role, str] = {  # German, French, Spanish, Italian, Portuguese, Dutch
    Role.ID: "artikelnummer artikelnr bestellnummer référence codigo código codice numéro",
    Role.TITLE: "titel bezeichnung produktname artikelname titre nom intitulé título titulo nombre titolo nome naam",
    Role.CREATOR: "künstler interpret autor autorin regisseur regie marke hersteller verlag artiste auteur réalisateur marque éditeur artista marca editorial autore regista editore fabricante",
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

_UNITS = {
    "$": "price cost budget usd fee preis prix precio prezzo preço", "元": "价格 票价 人均 人均消费 费用", "min": "minutes runtime duration length_min mins dauer durée duración durata 片长 时长",
    "s": "seconds duration_s duration_sec duration_seconds length_s", "ms": "duration_ms length_ms milliseconds",
    "year": "year released release_year jahr jahrgang erscheinungsjahr année año anno ano jaar 年份 年代 pubyear", "rating": "rating bewertung score stars_avg avg_rating average_rating 评分", "pages": "pages page_count num_pages 页数", "g": "weight_g",
    "kg": "weight_kg weight", "count": "ratings_count rating_count reviews votes listeners plays popularity review_count vote_count 评价数 热度",
}  # fmt: skip
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names.split()}

EMPTY = frozenset(("", "none", "nan", "null", "n/a", "na", "-", "--", "—", "?", "unknown", "tbd", "暂无", "无", "未知"))
"""Cells of a number column that say there is no number, in lower case."""

_GAP = "[\u00a0\u202f\u2009' ]"  # what stands between thousands where the comma does not
_DIGITS = regex(
    rf"(?P<sign>[-+\u2212]?)(?P<mark>(?:us|hk|nt|[acr])?[$€£¥￥₹₩₽₺₫₪฿]|(?:usd|eur|gbp|cny|rmb|inr|jpy|chf|cad|aud|rs|kr)\b\.?)?\s*(?P<minus>[-\u2212]?)"
    rf"(?:(?P<comma>\d{{1,3}}(?:,\d{{2,3}})*,\d{{3}}(?:\.\d+)?)|(?P<dot>\d{{1,3}}(?:\.\d{{3}}){{2,}}(?:,\d+)?|\d{{1,3}}(?:\.\d{{3}})+,\d+)"
    rf"|(?P<gap>\d{{1,3}}(?:{_GAP}\d{{3}})+(?:[.,]\d+)?)|(?P<decimal>\d+,\d+)|(?P<plain>\d*\.?\d+(?:e[-+]?\d+)?|\d+\.))",
    re.I,
)
_BEFORE = regex(r"[\s~<>≈≥≤]*(?:(?:约|about|from|only)\s*)?", re.I)
_BEHIND = regex(
    r"\s*(?P<scale>k(?![a-z])|million\b|thousand\b|万|亿)?\s*-?(?:[$€£¥￥₹₩₽₺₫₪฿%+°″\"]|usd|eur|gbp|cny|rmb|inr|jpy|chf|cad|aud|pln|kr|元|块|円|원|分钟|分|min(?:ute)?s?|seconds?|secs?"
    r"|页|pages?|pp?|kg|mg|g|oz|lbs?|ml|cl|l|litres?|liters?|gb|mb|tb|mah|kwh?|w|v|hz|inch(?:es)?|in|ft|cm|mm|km|mi|m|年|岁|人|起|集|首|stars?|votes?|ratings?|reviews?|tracks?|songs?|episodes?|players?|plays"
    r"|/\s*(?:5|10|100)|out of (?:5|10|100)|小时|hours?|hrs?|h)?\.?\s*(?:[(（].*)?",
    re.I,
)
_PLAIN = regex(r"-?[0-9]+(?:\.[0-9]+)?")
_SCALES = {"k": 1e3, "thousand": 1e3, "million": 1e6, "万": 1e4, "亿": 1e8}
_HOURS = regex(r"(?:pt)?(\d+)\s*(?:h|hrs?|hours?|小时)\.?,?\s*(?:and\s+)?(?:(\d+)\s*(?:m|mins?|minutes?|分钟|分)?\.?)?(?:\s*\d+\s*s)?", re.I)
_MINUTES = regex(r"(?:pt)?(\d+)\s*(?:m|mins?|minutes?|分钟|分|['′])\.?\s*(\d+)\s*(?:s|secs?|seconds?|秒|[\"″])\.?", re.I)
_CLOCK = regex(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)")
_ISO_DATE = regex(r"(\d{4})(?:[-/.年](\d{1,2})月?(?:[-/.]?(\d{1,2})日?)?|年)?(?:[T ].*)?$")
_DAY_FIRST = regex(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ].*)?$")
_NAMED_MONTH = regex(r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+)?([a-z]{3,9})\.?[\s-]+(?:(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+)?(\d{4})$", re.I)
_MONTHS = {m: i for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_JOINERS = ("|", ";", "；", "、", ", ", "，", ",", " / ")


def number(cell: str) -> float | None:
    """A cell as a number: currency signs, units, thousands and decimal marks. Hours, minutes and seconds become minutes. None if it is
    anything else, or not finite.

    >>> number("$1,299.00"), number("1.299,00 €"), number("1h 47m"), number("3:45"), number("12K"), number("8/10"), number("7 samurai")
    (1299.0, 1299.0, 107.0, 3.75, 12000.0, 8.0, None)
    """
    cell = cell.strip()
    if not cell or len(cell) > 40:
        return None
    if _PLAIN.fullmatch(cell):
        return float(cell)
    if cell.lower() in ("free", "免费"):
        return 0.0
    if (minutes := _duration(cell)) is not None:
        return minutes
    found = _DIGITS.match(cell, _BEFORE.match(cell).end())  # type: ignore[union-attr]  # it matches the empty text
    behind = found and _BEHIND.fullmatch(cell, found.end())
    if not found or not behind:
        return None
    if found["comma"] or found["decimal"]:
        digits = found["comma"].replace(",", "") if found["comma"] else found["decimal"].replace(",", ".")
    elif found["dot"]:
        digits = found["dot"].replace(".", "").replace(",", ".")
    else:
        digits = re.sub(_GAP, "", found["gap"]).replace(",", ".") if found["gap"] else found["plain"]
    value = float(digits) * _SCALES.get((behind["scale"] or "").lower(), 1.0)
    if value in (float("inf"), float("-inf")):
        return None
    return -value if found["sign"] in ("-", "\u2212") or found["minus"] else value


def _duration(cell: str) -> float | None:
    """Minutes, of '1h 47m', '3m 45s', '3:45' (minutes and seconds) or '1:47:00'. Hours alone are left to be hours unless written 'h'."""
    if found := _HOURS.fullmatch(cell):
        return float(int(found[1]) * 60 + int(found[2] or 0))
    if found := _MINUTES.fullmatch(cell):
        return int(found[1]) + int(found[2]) / 60
    if found := _CLOCK.fullmatch(cell):
        return int(found[1] or 0) * 60 + int(found[2]) + int(found[3]) / 60
    return None


def date(cell: str) -> float | None:
    """A date as a year with a fraction below 1: '2024-07-01' -> 2024.5, 'July 1, 2024', '1.7.2024', '2024'. None if it is none.

    Days and months in doubt ('07/01/2024') are read day first; the year is certain.
    """
    cell = cell.strip()
    if not cell or len(cell) > 60:
        return None
    year, month, day = 0, 0, 0
    if found := _ISO_DATE.match(cell):
        year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    elif found := _DAY_FIRST.match(cell):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
        if month > 12:
            day, month = month, day
    elif (found := _NAMED_MONTH.match(cell)) and found[2][:3].lower() in _MONTHS:
        year, month, day = int(found[4]), _MONTHS[found[2][:3].lower()], int(found[1] or found[3] or 1)
    if not (found and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return year + ((month - 1) * 30.5 + day - 1) / 366


def split(cell: str, joiner: str) -> tuple[str, ...]:
    """The values of a list cell, cleaned, without empties or repeats, order kept. An empty joiner means one value."""
    if cell.startswith("[") and cell.endswith("]") and "," in joiner:  # a list as Python or JSON prints it
        cell = cell[1:-1]
        return tuple(dict.fromkeys(p for p in (clean(p).strip("'\"") for p in cell.split(",")) if p))
    parts = cell.split(joiner) if joiner else [cell]
    return tuple(dict.fromkeys(p for p in map(clean, parts) if p))


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
        _keep_one(role, header, roles, settled)
    if Role.TITLE not in roles:
        _elect_title(header, columns, roles, settled)
    found = [_column(h, role, cells) for h, role, cells in zip(header, roles, columns, strict=True)]
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
    if not cells:
        return named if named in (Role.TAGS, Role.TEXT) else Role.IGNORE
    # What stands for an empty cell says nothing about the column, unless nothing else stands there.
    told = [c for c in cells if c.strip().lower() not in EMPTY] or cells
    numeric = sum(number(c) is not None for c in told) / len(told)
    if sum(date(c) is not None for c in told) >= 0.9 * len(told) and numeric < 0.9:
        return Role.DATE
    if named is not Role.TAGS and (numeric >= 0.9 or (named is Role.NUMBER and numeric >= 0.5)):
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
    if short and len(cells) >= 5 and (repeats > 0.5 or (joiner and repeats > 0.2)):
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


def _keep_one(role: Role, header: Sequence[str], roles: list[Role], settled: Mapping[str, Role]) -> None:
    first = _first_of(role, header, roles, settled)
    for i, r in enumerate(roles):
        if r is role and i != first:
            roles[i] = Role.IGNORE if role is Role.ID else Role.TEXT


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


def _column(name: str, role: Role, cells: Sequence[str]) -> Column:
    if role in (Role.TAGS, Role.CREATOR):
        return Column(name, role, joiner=_joiner(cells))
    if role is Role.DATE:
        return Column(name, role, unit="year", year=True)
    if role is not Role.NUMBER:
        return Column(name, role)
    values = [v for v in map(number, cells) if v is not None]
    key = name.strip().lower()
    year = bool(values) and sum(1000 <= v <= 2100 and v == int(v) for v in values) >= 0.95 * len(values)
    unit = _UNIT_OF.get(key) or _unit(key, cells) or ("year" if year else "")
    if unit == "$":  # a price, in whatever currency the cells say
        unit = _marked(cells) or unit
    return Column(name, role, unit=unit, year=year and unit == "year")


def _marked(cells: Sequence[str]) -> str:
    """The unit whose mark stands in most cells; empty if none does."""
    for mark, unit in (("$", "$"), ("€", "€"), ("£", "£"), ("元", "元"), ("¥", "元"), ("￥", "元"), ("分钟", "min"), ("min", "min")):
        if sum(mark in c for c in cells[:100]) > len(cells[:100]) / 2:
            return unit
    return ""


def _unit(key: str, cells: Sequence[str]) -> str:
    """The unit that a part of the name or most cells say; empty if neither does."""
    parts = re.split(r"[_\s()（）\[\]-]+", key)
    for part in ("ms" if "ms" in parts else "", *parts):  # 'track duration (ms)' counts milliseconds
        if part in _UNIT_OF or part in ("ms", "min", "kg"):
            return _UNIT_OF.get(part, part)
    if marked := _marked(cells):
        return marked
    timed = sum(_duration(c.strip()) is not None for c in cells[:100])
    return "min" if timed > len(cells[:100]) / 2 else ""
