"""Amounts in Chinese and the words that bound them, said as figures with a plain 不超过, 至少, 左右 or 到.

    "一百五封顶"          ->  "不超过150元"
    "两个半小时以里"       ->  "不超过150分钟"
    "一两百块的", "百来块"  ->  "100元到200元的", "100元左右"

A sum needs no unit where nothing but money can be meant. An amount that nothing bounds stays as it is written. Leaves out: English (see `limits`),
years (see `years`), what becomes a condition (see `conditions`).
"""

from __future__ import annotations

import re
from functools import cache

from recsh.numerals import han_number
from recsh.regex import regex

_REACH = 16  # characters before an amount in which what bounds it stands
_HAN = "零一二两三四五六七八九十百千万壹"
_NUM = rf"(?:(?<![\d.])\d{{1,3}}(?:,\d{{3}})+|(?<![\d.])\d{{1,7}}(?:\.\d{{1,2}})?(?:[百千万wWkK](?![a-zA-Z])(?:[1-9](?!\d)千?|[一二三四五六七八九](?:千|百)?)?)?|(?<![{_HAN}])[{_HAN}]{{1,9}}(?:点[一二三四五六七八九])?)"
_CURRENCY = r"(?:块钱?|元|圆|人民币|美元|美金|刀|欧元|英镑|rmb|yuan|[¥￥])"
_MONEY = rf"(?:(?:[¥￥]|人民币)\s*{_NUM}(?:{_CURRENCY})?|{_NUM}\s*{_CURRENCY}(?:人民币)?)"
_ABOUT_MONEY = rf"(?:百|千|万|[一二三四五六七八九]百|[一二三四五六七八九]千)来{_CURRENCY}"
_TWO_HAN = rf"(?:[一二两三四五六七八][二两三四五六七八九][十百千万](?:{_CURRENCY})?)"
_ROUND = r"[百千万]元"
_HOURS = r"(?:个?小时|个?钟头|h(?![a-z]))"
_MINUTES = r"(?:分钟?|min(?:ute)?s?(?![a-z]))"
_TIME = rf"(?:(?:{_NUM}|半|俩)(?:个半(?:小时|钟头?)|个?(?:多)?(?:小时|钟头)半|个小时半)|(?:{_NUM}|俩|半)\s*(?:{_HOURS}|个钟(?!头))(?!多)(?:{_NUM}{_MINUTES})?|(?:{_NUM}|俩)(?:个?多(?:小时|钟头)|{_HOURS}多)|{_NUM}\s*{_MINUTES}|[一三]刻钟)"
_TWO_HOURS = r"[一二两三四五][两二三四五六]个?(?:小时|钟头)"
_OTHER = rf"{_NUM}\s*(?:页|公斤|千克|克|斤|公里|千米|星|瓶|英寸|(?:gb|tb|kg|km|g)(?![a-z])|%)"

_LESS = "不超过 不要超过 不能超过 不会超过 别超过 不多于 不大于 不高于 不贵于 不长于 最多花 最多 至多 顶多 最高 最贵 最长 最大 上限是 上限 小于等于 少于 低于 小于 不到 不足 未满 不满 短于 便宜于 控制在".split()
_MORE = "至少要 至少 起码 最少 最低 最短 下限 不低于 不少于 不能少于 不要少于 不能低于 不小于 不短于 不便宜于 大于等于 超过 多于 大于 高于 长于 贵于 起价".split()
_ABOUT = "大约 大概 差不多 约".split()
_UP_TO = r"(?:以内|之内|内)?就?(?:能(?:看完|买到|读完)|看得完)|及以[下内]|或以下|以[内下里]|之内|内(?!存|容|心|饰|衣|置|部)|封顶|为上限|就够"
_FROM_ON = r"及以上|或以上|以上|往上|朝上|起步价?|起价|起(?!来|码|点)|开外"
_ROUGHLY = "左右|上下|前后"
_LED = r"(?:(?:必须|最好|尽量|一定)?(?:要)?(?:在)?)"
_OF_MONEY = r"(?:价格|价位|价钱|单价|售价|花费|预算|消费)"
_OF = rf"(?:(?:我的|总)?(?:{_OF_MONEY}|片长|时长|时间|长度)(?:大概|大约)?(?:是|在|为|只有)?)"
_HAVE = r"(?:我?(?:手头|手上|身上)?(?:只有|只想花|只能花|有)|只有|只想花)"
_BEFORE = regex(rf"但?(?:(?P<of>{_OF})|(?P<have>{_HAVE}))?{_LED}(?:(?:大概|大约)?(?:(?P<less>{'|'.join(_LESS)})|(?P<more>{'|'.join(_MORE)})|(?P<than>比))|(?P<about>{'|'.join(_ABOUT)}))?(?:是|在|花)?\s*$")
_BEFORE_TWO = regex(rf"(?P<of>{_OF})?{_LED}(?:大概|大约|差不多|从|介于|在)?\s*$")
_BEHIND = regex(rf"\s*(?:长(?=以))?(?:(?P<less>{_UP_TO})|(?P<more>{_FROM_ON})|(?P<about>{_ROUGHLY})|(?P<cheaper>(?:更|还|要)?(?:便宜|低|少|短)(?:一?点)?)|(?P<dearer>(?:更|还|要)?(?:贵|高|多|长)(?:一?点)?))(?:的?(?:价位|价格))?了?|长(?=的|$|[，。,])")
_JOINT = regex(r"\s*(?:[-–—~～到至]|(?P<and>[和与]))\s*")
_BETWEEN = regex(r"(?:之间|左右)")
_CURRENCY_END = regex(rf"{_CURRENCY}$", re.I)
_CUE = regex(rf"[\d{_HAN}半俩]")
_OF_ELSE = regex(r"[年第重量度长高数龄分岁时寸航]$")
_UNITLESS_END = regex(r"(?=\s*(?:$|[^\w\s%.-]|[的吧呢啊了左之就买送能可给去玩有以起往封上内及或开但不小低少最至]|[-~～—到至和与为]))")
_FIGURE_END = regex(r"\d\s*(?:[分星元块天岁页人]|分钟|小时)?(?:及?以[上下内]|左右)?$")
_SCALES = {"百": 100.0, "千": 1000.0, "万": 10_000.0, "w": 10_000.0, "k": 1000.0}


@cache
def _figures(money: bool, times: bool) -> re.Pattern[str]:
    kinds = [rf"(?P<two>{_TWO_HOURS})"] * times + [rf"(?P<time>{_TIME})"] * times + [rf"(?P<pair>{_TWO_HAN})|(?P<some>{_ABOUT_MONEY})|(?P<money>{_MONEY})|(?P<round>(?<![{_HAN}\d]){_ROUND})"] * money
    return regex(rf"(?<![第\d.a-zA-Z$€£])(?:{'|'.join([*kinds, f'(?P<other>{_OTHER})', f'(?P<bare>{_NUM})'])})", re.I)


def plain_limits_zh(text: str, *, times: bool, money: bool, sums: bool) -> str:
    """The request with its bounded amounts in plain words; `sums`: whether a number without a unit can be money.

    >>> plain_limits_zh("一百五十块封顶", times=False, money=True, sums=True)
    '不超过150元'
    """
    if not _CUE.search(text):
        return text
    found = [*_figures(money, times).finditer(text)]
    out, at, n = "", 0, 0
    while n < len(found):
        m, second = found[n], found[n + 1] if n + 1 < len(found) else None
        begin = max(at, m.start() - _REACH)
        led, said, end = text[begin : m.start()], "", m.end()
        kind, unit, value = _amount(m)
        before = None
        if kind in ("two", "pair") and (before := _BEFORE_TWO.search(led)) and (kind == "two" or _CURRENCY_END.search(m[0]) or sums and _UNITLESS_END.match(text, end)):
            scale = 60.0 if kind == "two" else _SCALES.get(re.sub(r"[^十百千万]", "", m[0]), 10.0)
            said = f"{_digit(m[0][0]) * scale:.0f}{unit}到{_digit(m[0][1]) * scale:.0f}{unit}"
        elif second and (joint := _JOINT.fullmatch(text, end, second.start())) and (before := _BEFORE_TWO.search(led)):
            _, other_unit, other = _amount(second)
            behind = _BETWEEN.match(text, second.end())
            bare = not unit and not other_unit
            of = before["of"] or ""
            shared = unit or other_unit or ("元" if money and (re.search(_OF_MONEY, of) or sums and min(value, other) >= 10 and max(value, other) >= 100 and not _years(m, second) and _UNITLESS_END.match(text, second.end())) else "")
            if shared and (unit or shared) == (other_unit or shared) and (not joint["and"] or behind) and (not bare or shared == "元") and value != other:
                if not unit and shared == "分钟" and re.search(r"小时|钟头", second[0]):
                    value *= 60
                said, end = f"{_figure(min(value, other))}{shared}到{_figure(max(value, other))}{shared}", second.end()
                n += 1
        if said and (behind := _BETWEEN.match(text, end)):
            end = behind.end()
        if not said and (before := _BEFORE.search(led)):
            behind = _BEHIND.match(text, end)
            bound = _bound(before, behind, kind, m[0])
            money_said = re.search(_OF_MONEY, before["of"] or "") is not None
            if not unit and money and bound and value >= 10 and (behind and behind[0] or _UNITLESS_END.match(text, end)) and (money_said or sums and not _years(m) and (value >= 100 or bound != "about") and not _OF_ELSE.search(led[: before.start()])):
                unit = "元"
            if unit and bound:
                figure = f"{_figure(value)}{unit}"
                said = f"不超过{figure}" if bound == "less" else f"至少{figure}" if bound == "more" else f"{figure}左右"
                end = behind.end() if behind and (behind["less"] or behind["more"] or behind["about"] or before["than"] or behind[0].endswith(("长", "了"))) else end
        if said and before:
            ahead = f"{text[at:begin]}{led[: before.start()]}"
            apart = "，" if _FIGURE_END.search(out + ahead) else ""  # 4.5分以上，100元到200元
            out += f"{ahead}{apart}{said}"
            at = end
        n += 1
    return out + text[at:]


def _bound(before: re.Match[str], behind: re.Match[str] | None, kind: str, said: str) -> str:
    """less, more or about by the words around an amount; empty if none bounds it."""
    if before["than"]:
        return "" if not behind else "less" if behind["cheaper"] else "more" if behind["dearer"] else ""
    for way in ("less", "more"):
        if before[way]:
            return way
    for way in ("less", "more", "about"):
        if behind and behind[way]:
            return way
    if before["about"] or kind == "some":
        return "less" if "预算" in (before["of"] or "") else "about"
    if said.endswith(("多小时", "多钟头", "小时多", "钟头多")):
        return "more"
    return "less" if before["have"] or before["of"] and "预算" in before["of"] else ""


def _years(*found: re.Match[str]) -> bool:
    """Whether bare figures may be years."""
    return all(re.fullmatch(r"(?:19|20)\d\d", m[0]) for m in found)


def _amount(m: re.Match[str]) -> tuple[str, str, float]:
    """(kind, unit, value)."""
    kind = next(k for k, v in m.groupdict().items() if v is not None)
    if kind in ("two", "pair"):
        return kind, "分钟" if kind == "two" else "元", 0.0
    if kind == "time":
        value = _minutes(m[0])
        return (kind, "分钟", value) if value > 10 or not re.fullmatch(r"[\d.]+\s*分", m[0]) else ("other", "分", value)  # of ten, a rating
    if kind == "round" or kind == "some":
        return kind, "元", _value(re.sub(rf"来|{_CURRENCY}", "", m[0]))
    if kind == "money":
        return kind, "元", _value(re.sub(rf"\s|{_CURRENCY}", "", m[0], flags=re.I))
    if kind == "other":
        number = re.match(_NUM, m[0])
        assert number is not None, m[0]
        return kind, m[0][number.end() :].strip(), _value(number[0])
    return kind, "", _value(m[0])


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _digit(said: str) -> float:
    return han_number(said) or 0.0


def _value(said: str) -> float:
    """'一百五', '1.5万', '1万5', '百' or '3k' as a number."""
    said = said.lower().replace(",", "").replace("壹", "一")
    if said in _SCALES:
        return _SCALES[said]
    if m := re.fullmatch(r"(.*)点(.)", said):
        return (han_number(m[1]) or 0.0) + (han_number(m[2]) or 0.0) / 10
    if m := re.fullmatch(r"(\d+(?:\.\d+)?)([百千万wk])([1-9一二三四五六七八九]?)([千百]?)", said):
        tail = (han_number(m[3]) or 0.0) if m[3] else 0.0
        return float(m[1]) * _SCALES[m[2]] + tail * (_SCALES[m[4]] if m[4] else _SCALES[m[2]] / 10)
    return han_number(said) or 0.0


def _minutes(said: str) -> float:
    said = re.sub(r"\s", "", said.lower()).replace("俩", "两").replace("多", "")
    if said.endswith("刻钟"):
        return _value(said[0]) * 15
    m = re.fullmatch(r"(.+?)(个半(?:小时|钟头?)|(?:个?小时|个?钟头|个钟|h)(半)?(?:(.+?)(?:分钟?|min\w*))?)", said)
    if not m:
        return _value(re.sub(r"分钟?|min\w*", "", said))
    hours = 0.5 if m[1] == "半" else _value(m[1])
    more = 30.0 if m[2].startswith("个半") or m[3] else _value(m[4]) if m[4] else 0.0
    return hours * 60 + more

