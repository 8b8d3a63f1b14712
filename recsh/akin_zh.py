"""What is near a name, asked for in Chinese: 喜欢X的人还会喜欢什么, 除了X还有什么类似的, 找几个X同款, 和X同一类的, X太好了，再来几个.

The name is a reference: who asks for what is similar wants others, whose favourite a maker is may get more by him. Nothing is touched where no name stands:
和朋友一样的, 爱情这类的. Leaves out: 像X一样, 类似X (see `references`), 比X更烧脑, 看完X (see `names_zh`), English (see `akin`).
"""

from __future__ import annotations

import re
from itertools import islice

from msgspec.structs import replace

from recsh import elsewhere
from recsh.measures import OFTEN
from recsh.named import has_makers
from recsh.names_zh import LONGEST, may_name, named, region
from recsh.references import longest_prefix, whole
from recsh.regex import regex
from recsh.request import Exclusion, Reading, facets_saying
from recsh.text import has_cjk
from recsh.types import Reference

_END = r"(?=\s*(?:$|[，。！？,.!?；;、\s的]|但|不过|只是|可是|而且|还))"
_ALIKE = (
    r"(?:(?:最|更|比较|有点儿?|有些|有一点|很|挺|蛮|非常|十分|是|都|也|属于|差不多|几乎|风格|味道|感觉|类型|题材|气质|调性|口味)*(?:类似|相似|相近|相仿|接近|差不多|一样|相同|相像|像|同(?:样|属)?(?:一?[个种款]?)?(?:类型|风格|类|款|种|感觉|味道|题材|级别|档次|系列|路子|气质)|是?(?:同?一)?[个种](?:类型|风格|类|路子|味道|感觉|调调|题材|级别)|是?一[类路挂])"
    r"|有?(?:着|相同|同样|类似|一样|差不多|相近)+(?:的)?(?:感觉|风格|味道|类型|氛围|气质|调调|题材|主题|意境)|(?:很|最|比较)?(?:搭|配|合拍))(?:的?(?:感觉|风格|类型|味道|气质|题材|调调))?" + _END
)
_ALSO = r"(?:还|也|都|一般|通常|往往|可能|最|应该)*(?:会|可能|能|可以)?(?:再|还|也|都)?(?:喜欢|爱|想|试试|考虑|选|推荐)?(?:看|听|读|玩|买|去|吃|用)?(?:什么|啥|哪些|哪个|哪首|哪部|哪本|谁|哪里)?"
_FRAMES = (  # what stands before a name and behind it
    (regex(r"(?:和|跟|与|同)(?!时)", cues=("和", "跟", "与", "同")), regex(_ALIKE)),
    (regex(r"(?:喜欢|爱)(?:看|听|读|玩|吃|去)?(?:了|过)?", cues=("喜欢", "爱")), regex(rf"的?(?:人|朋友|同学|粉丝|观众|读者|听众|话|网友|用户)(?:们)?[，,]?{_ALSO}")),
    (regex(r"(?:买|看|听|读|玩|去)(?:了|过|完)", cues=("买", "看", "听", "读", "玩", "去")), regex(rf"的(?:人|朋友|同学|网友|用户|读者|观众)(?:们)?{_ALSO}")),
    (regex(r"除了|除开", cues=("除",)), regex(r"(?:这[个首部本]|那[个首部本])?(?:以外|之外|外)?[，,\s]*(?:我|你|大家)?(?:还|也)?(?:有|能|可以|会)?(?:没有|什么|哪些|哪个|啥|别的|其他|其它|看|听|推荐|喜欢|几[个首部本]|一些)*(?=(?:类似|差不多|相似|相近|同类|同款|接近|像|一样))(?:类似|差不多|相似|相近|同类型?|同款|接近|像(?:它|他|她)?|一样)(?:它|他|她)?(?:这样|那样)?(?:的)?")),
    (regex(r"基于|根据|按照?|照着?|参考|参照|比照|结合|依据|以|从|拿", cues=("基于", "根据", "按", "照", "参", "结合", "依据", "以", "从", "拿")), regex(r"(?:的(?:风格|口味|类型|感觉))?(?:为(?:参考|例|基础|准|标准|灵感|蓝本|起点)|出发|(?:来)?(?:做|当)参考)?[，,]?(?=(?:来|给我?|帮我?|再|为我)*(?:推荐|选|找|挑))|(?:为(?:参考|例|基础|准|标准|灵感|蓝本|起点)|出发)")),
    (regex(r"(?:可以|能够?)?(?:代替|替代|取代|替换|媲美|比肩|比得上|不输给?|不逊于|不亚于|近似于?|酷似|神似|如同|好像|最像|有点像|很像|挺像|最接近|接近|联想到|想起|致敬)(?=[^的])", cues=("替", "取代", "媲美", "比肩", "比得上", "不输", "不逊", "不亚", "近", "似", "如同", "像", "联想", "想起", "致敬")), regex(r"(?:一样|那样|这样|差不多|这种|那种)?")),
    (regex(r"(?:听起来|看起来|感觉)?(?:像|类似于?)", cues=("像", "类似")), regex(rf"(?:一样|那样|这样|差不多|这种|那种){_END}|{_END}")),
    (regex(r"(?:下|又|另|再来|再找|再出)一[个部本首位款]|第二[个部本首位款]|下[个部首]", cues=("一", "第二", "下")), regex(rf"(?:吗|呢|吧)?{_END}")),
)  # fmt: skip
_FOND = (
    (regex(r"(?:如果|要是|既然|因为|我|一直|很|特别|超级?|最|挺|蛮|好|真的?|非常|也|都)*(?<!不)喜欢(?:看|听|读|玩|去)?(?:了|过)?", cues=("喜欢",)), regex(r"(?=\s*(?:$|[，。！？,.!?；;]))")),
    (regex(r"(?:迷上|爱上|沉迷于?|沉迷上?|入坑|入迷|粉上|追完|刷完|循环|中毒于?|上头|痴迷于?|狂听|狂看|疯狂(?:喜欢|爱)|[最超]喜欢|最爱|离不开|听不够|看不够|看不腻|听不腻)了?(?:看|听|读|玩|的是?)?", cues=("上", "迷", "坑", "完", "循环", "中毒", "狂", "喜欢", "爱", "离不开", "不够", "不腻")), regex(rf"了?{_END}")),
    (regex(r"被|看完?|听完?|读完?|玩完?|追完?", cues=("被", "看", "听", "读", "玩", "追")), regex(r"(?:给|深深|彻底|狠狠|一下子)*(?:圈粉|吸引|种草|打动|惊艳|迷住|洗脑|上头|上瘾|入迷|中毒|震撼|停不下来|意犹未尽|还?没[看听]够|不够|不腻|爱上)(?:到|住)?了?")),
)  # fmt: skip
_SUCH = regex(
    r"(?:的|那种|这种)?(?:同款|同类型?(?!的人)|平替|代替品?|替代品?|代餐|翻版|进阶版|之类|这一?类|那一?类|这一?挂|那一?挂|这一?派|(?:这样|那样|这种|那种|这般)(?:感觉|风格|类型|味道|水平)?|一类|风格|风(?=的)|既视感|调调|画风|那味儿?|式(?=的))"
    rf"|(?:的)?(?:粉丝|歌迷|影迷|书迷|迷妹|迷弟|死忠粉?|粉)(?:们)?{_ALSO}|(?:和|或者?|以及|还有|跟|、)(?:其他|其它|别的)?(?:类似|差不多|相似|相近|这类|同类|同类型)|什么的(?=[，,]?\s*(?:类似|差不多))",
    cues=("同", "替", "代餐", "翻版", "进阶", "类", "挂", "派", "样", "种", "般", "风", "既视", "调", "味", "式", "粉", "迷", "死忠", "似", "近", "差不多", "什么的"),
)  # fmt: skip
_GREAT = regex(
    r"(?:这[首部本个张]|真的?|太|很|好|超级?|特别|非常|挺|蛮|简直|实在|确实|相当|好看到|好听到|看完)*(?:好[看听玩吃用]?|棒|赞|牛|神作?|绝|爱|喜欢|上头|不错|经典|精彩|震撼|惊艳|完美|过瘾|带劲|可以|香|顶|爽|戳我|美|意犹未尽|没看够|没听够|百听不厌|百看不厌)(?:到爆|爆|极|死|哭|炸|翻)?(?:我)?(?:了|啊|哦|呀|吧|啦|耶|的|呢)*"
    r"(?=[，,。！!~～\s]+(?:再|还|多|求|继续|来|推荐|想|有没有|有类似|有别的|有什么|给我|找|接着|下一|类似))|一?直?是我的?(?:最爱|心头好|白月光|本命|偶像|挚爱|(?:最|特别|很)(?:喜欢|爱|推崇)的?(?:歌手|导演|作家|作者|乐队|演员|书|电影|歌|城市|地方|片子|小说|一[首部本个])?)(?:之一)?",
    cues=("好", "棒", "赞", "牛", "神", "绝", "爱", "喜欢", "上头", "不错", "经典", "精彩", "震撼", "惊艳", "完美", "过瘾", "带劲", "可以", "香", "顶", "爽", "戳我", "美", "意犹未尽", "够", "不厌", "是我"),
)  # fmt: skip
_COPY = regex(r"同款|平替|代|翻版")
_OTHERS = regex(r"类似|差不多|相似|同款|一样|相近|同类|像(?:它|他|她|这|那)")
_MORE = regex(r"还|推荐|求|有没有|别的|再|其他")
_ASKED = regex(r"(?<![^，,。！!？?；;\s])(?:我|还|再|多|继续|接着|能不能|可不可以|可以|有没有|有|来|推荐|给|求|想|找|看|听|读|试试|喜欢|如果|特别|能|该|类似|差不多|别的|其他|其它|什么|哪些|几[个首部本家款]|一[些点个首部本]|点儿?|些|吗|吧|呢|嘛|呗|没有|么|的|都行|都可以|会|要|更|下|帮|安利)+(?=\s*(?:$|[，,。！!？?；;]))")
_JOINT = regex(r"\s*(?:和|与|跟|及|、|或者|或|还有|以及|[,，](?=\s*《))\s*")
_BEFORE = regex(r"(?:和|与|跟|及|、|或者|或|还有|以及)\s*$")
_QUOTED = regex(r"\s*[《“\"「]([^》”\"」]{1,60})[》”\"」]")
_QUOTED_BEHIND = regex(r"[《“\"「]([^《“\"「》”」]{1,60})[》”\"」]\s*$")
_LETTERS = r"[^\W_\u3040-\u9fff](?:[^\W\u3040-\u9fff]|['’.&!?/:-])*"  # of a word that is not Chinese
_LATIN = regex(rf"\s*({_LETTERS}(?:\s+(?:&|{_LETTERS}))*)")
_LATIN_BEHIND = regex(rf"(?<![^\W\u3040-\u9fff]){_LETTERS}(?:\s+(?:&|{_LETTERS}))*\s*$")
_LEAD = regex(r"(?:^|[，。！？,.!?；;、\s有求来点要想看听读找荐是个多些首本部款合给下类爱欢于像似被]|[这那]种)$")
_NOT = regex(r"(?:不要|不想要?|(?<![特区个性])别|(?<!有)没有?|不是|不像|不|非)(?:再|给我|推荐|那么|任何|听|看|来|什么|像|和|跟|与|类似|推荐)*$")


def read_akin(r: Reading) -> None:
    """Take such names out of the request."""
    if not has_cjk(r.rest):
        return
    count = len(r.references)
    for frames, fond in ((_FRAMES, False), (_FOND, True)):
        for before, behind in frames:
            for m in reversed([*islice(before.finditer(r.rest), OFTEN)]):
                hits, tail = _first(r, r.rest[m.end() :])
                after = behind.match(tail) if hits else None
                if after:
                    others, start = _last(r, r.rest[: m.start()]) if m[0] in "和跟与同" else ([], 0)
                    _take(r, [*others, *hits], start if others else m.start(), tail[after.end() :], fond=fond)
    for pattern, fond in ((_SUCH, False), (_GREAT, True)):
        for m in reversed([*islice(pattern.finditer(r.rest), OFTEN)]):
            hits, start = _last(r, r.rest[: m.start()], word=bool(_COPY.search(m[0])))
            if hits:
                _take(r, hits, start, r.rest[m.end() :], fond=fond)
    if len(r.references) > count:
        r.rest = _ASKED.sub(" ", r.rest)


def _take(r: Reading, hits: list[Reference], start: int, rest: str, *, fond: bool) -> None:
    if refused := _NOT.search(r.rest[:start]):
        if not fond:
            r.excluded += [Exclusion(hit.name, rows=hit.rows) for hit in hits if hit.rows]
            r.rest = f"{r.rest[: refused.start()]} , {rest.removeprefix('的')}"
        return
    others = not fond or bool(_OTHERS.search(r.rest))
    if not others and not _MORE.search(rest) and any(len(hit.rows) > 1 and not hit.creator and region(r, hit.name) for hit in hits):
        return  # who likes a country wishes for it
    r.references += [hit if others else replace(hit, known=not hit.creator) for hit in hits]
    r.rest = f"{r.rest[:start]} , {rest.removeprefix('的')}"


def _first(r: Reading, text: str) -> tuple[list[Reference], str]:
    """(what is named at the beginning of a text, with what is joined to it; the words behind it)."""
    hit, end = _at(r, text)
    if hit is None:
        return [], text
    joint = _JOINT.match(text, end)
    more, rest = _first(r, text[joint.end() :]) if joint else ([], "")
    return [hit, *more], rest if more else text[end:].lstrip()


def _at(r: Reading, text: str) -> tuple[Reference | None, int]:
    if quoted := _QUOTED.match(text):
        return _titled(r, quoted[1]), quoted.end()
    if latin := _LATIN.match(text):
        name = latin[1]
        found = longest_prefix(r, name)
        if found and found[1] == len(name):
            return found[0], latin.end()
        if (hit := _misspelt(r, name)) or not found:
            return hit, latin.end()
        return found[0], latin.start(1) + found[1]
    text, size = text.lstrip(), len(text) - len(text.lstrip())
    for n in range(min(LONGEST, len(text)), 1, -1):
        if (hit := _is(r, text[:n])):
            return hit, size + n
    return None, 0


def _is(r: Reading, name: str, *, word: bool = False) -> Reference | None:
    """What these characters name, be it a region where rows are places; a title that is a `word`, too, only where nothing else can be meant."""
    if not (name[0].isalnum() and name[-1].isalnum()):
        return None
    hit = named(r, name) if may_name(r, name) or word and not facets_saying(r.index, name) else None
    if hit and not hit.rows and has_makers(r.index) and any(k.kind == "places" for k in elsewhere.entries(name)):
        hit = None
    return hit if hit and hit.rows else (None if has_makers(r.index) else region(r, name)) or hit


def _titled(r: Reading, name: str) -> Reference:
    """What stands in quotation marks is a name, whoever knows it."""
    return r.find(name, True) or named(r, name) or Reference(name)


def _misspelt(r: Reading, name: str) -> Reference | None:
    hit = r.find(name, True) if len(name) > 4 else None
    return hit or (Reference(name) if elsewhere.known_as(r, name) or name[:1].isupper() and not elsewhere.is_word(name) else None)


def _last(r: Reading, text: str, *, word: bool = False) -> tuple[list[Reference], int]:
    """(the longest name at the end of a text, with what is joined to it; where they begin)."""
    hit, start = None, len(text)
    if quoted := _QUOTED_BEHIND.search(text):
        hit, start = _titled(r, quoted[1]), quoted.start()
    elif latin := _LATIN_BEHIND.search(text):
        words = latin[0].rstrip()
        starts = [m.start() for m in re.finditer(r"\S+", words)]
        at = next((at for at in starts if whole(r, words[at:])), None)
        hit = whole(r, words[at:]) if at is not None else _misspelt(r, words)
        start = latin.start() + (at or 0)
    else:
        bare = text.rstrip()
        for n in range(min(LONGEST, len(bare)), 1, -1):
            if (_LEAD.search(bare[:-n]) or _BEFORE.search(bare[:-n])) and (hit := _is(r, bare[-n:], word=word)):
                start = len(bare) - n
                break
    if hit is None:
        return [], len(text)
    joint = _BEFORE.search(text[:start])
    others, begin = _last(r, text[: joint.start()]) if joint else ([], start)
    return ([*others, hit], begin) if others else ([hit], start)
