"""Everyday ways to turn something down in Chinese, said plainly: 避开恐怖片, 爱情的就不用了, 对古装没兴趣, 把老歌去掉 -> 不要……

Each clause is looked at by itself, and turned round only where the catalog knows what it speaks of: 跳过片头 stays as it is.
Leaves out: what the refused words are in the catalog (see `exclusions`), other languages (see `refusals`, `orders`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from recsh.regex import regex

_CLAUSE = regex(r"([，,。；;！!？?\s（）()]+)")
# What stands around a refusal and says nothing of it.
_LEAD = r"(?:但是?|不过|可是|只是|而且|另外|还有|就是|尽量|最好|千万|绝对|坚决|务必|一定|麻烦|拜托|请|记得|我们?家?|本人|真的|实在|有点|特别|最|很|可|也|都|再|就|帮我|给我|只要)*"
_END = r"(?:哦|噢|喔|哟|啊|呀|哈|啦|嘛|呗|吧|呢|了|的|谢谢|哈哈|～|~)*$"
_SAID = r"(?:就|都|也|我|我们|可|真的|实在|还是|请|一律|统统|全部?|已经|早就|有点|太)*"
# In front of what is refused. The first never mean anything else; the others do of what nobody knows.
_NOT = (
    r"(?:不能|不可以?|不许|不得|不准|不该|不应该?|不可)(?:再?(?:有|是|带|出现|包含|含|涉及|太|看到|听到))|(?:尽量|最好|千万)(?:别|少|避免|不|没有?)(?:有|是|带|来|出现)?|(?:不|别|不要|别再|不用)(?:包含|包括|涉及|沾|搞|碰|整|带|含|出现|放|来|给我来|跟我提|提|推荐?|看到|听到)(?:任何)?|没(?:啥|什么|任何|有什么|有任何)"
    r"|(?:不想|不愿意?|不要)再?(?:看到|听到|碰到|遇到|看见|听见|有|出现)|勿推荐?|勿|不怎么(?:喜欢|爱看?|想看|想听|感冒)|没有任何|不(?:能|可以?|许|得|准|该)(?=超过|低于|高于|少于|多于|长于|短于|早于|晚于)")
_LEAVE = (
    r"避开|避免|绕开|绕过|远离|躲开|去掉|去除|剔除|排除掉?|过滤掉?|屏蔽掉?|删掉|删除|删去|跳过|略过|忽略掉?|扣除|撇开|抛开|除开|除去|除掉|减去|刨去|拿掉|扔掉|省略|谢绝|杜绝|禁止|严禁|拒绝|抵制|反感|厌恶|嫌弃|受够了?|(?:[看听读吃玩去])?(?:够|腻|烦|吐|怕)了|烦透了?|厌倦了?|用不着|害怕|怕|告别|再见|无|没(?!有)|非(?!常|洲|凡|诚)")
_BEFORE = regex(rf"^(?P<before>.*?)(?P<lead>{_LEAD})(?P<cue>{_NOT}|{_LEAVE})(?P<what>.+)$")
_PLAIN = regex(rf"^(?P<before>.*?)(?P<lead>{_LEAD})(?P<cue>(?:不要|别|不)(?:太|那么|这么|再)|不需?要|别|不想要?|没有|不是|不带|不含|讨厌|不喜欢|除了)(?:过于|过|到)?(?P<what>.+)$", cues=("不", "别", "没有", "讨厌", "除了"))
_HEAD = regex(r"^(?:有|带|是|来|放|整|搞|出现|看到|听到|给我|推荐|任何|那种|那些|这种|这些|那类|这类|跟|和|与|关于|涉及|属于|太|掉|了|所有|全部|一切|的)(?=..)")
_TAIL = regex(r"(?<=..)(?:这种|那种|这类|那类|之类|类型?|什么|(?:有|相)?关|元素|成分|题材|内容|执导|导演|主演|演唱|唱|写|拍|演|出演|情节|场景|场面|镜头|戏份?|太多|太重|就行|就好|就可以|都行|都可以|的|哦|噢|喔|哟|啊|呀|哈|啦|嘛|呗|吧|了)$")
# Behind it, or around it.
_BEHIND = regex(
    rf"^{_LEAD}(?P<what>(?!不|没|别|无|除|还是|要是|如果|我|你|他|她|谁).+?)(?:什么的|之类的?|类的|太多的?|这种|那种|的)?{_SAID}"
    r"(?:不用了?|不必了?|算了|不看|不听|不(?:推荐?|考虑)|pass|不需要了?|免了?|免谈|跳过|略过|别(?:来|推|推荐|放|给我)了?|不要|不(?:太|怎么|是很)?喜欢[看听]?|不爱[看听]?|不想[看听要]|[看听吃玩读去](?:腻|吐|烦|够|伤)了?|腻了?|[烦够]了|吃不消|受不了|接受不了|接受不能|忍不了|不行|不可以|绕道|勿扰|勿推|勿入|勿进|不感兴趣|不感冒|没兴趣|没感觉|无感|过敏|除外|排除|不考虑|达咩|退散|打咩|止步|拉黑|劝退|不是我的菜|[看听]不(?:下去|进去|惯)|退退退)"
    rf"{_END}", re.I, cues=("不", "算了", "pass", "免", "跳过", "略过", "别", "腻", "吐", "烦", "够", "伤", "绕道", "勿", "没", "无感", "过敏", "除", "达咩", "退", "打咩", "止步", "拉黑"))
_FEWER = regex(rf"^{_LEAD}(?P<what>[^的]+?)(?:可以|尽量|最好)?(?:少一?[点些]|(?:别|不要|不能)太多){_END}", cues=("少", "太多"))
_AROUND = (
    regex(rf"^{_LEAD}(?:把|将)(?P<what>.+?)(?:的|那些|这些)?{_SAID}(?:给我)?(?:去掉|去除|剔除|排除|过滤|屏蔽|删|删掉|删除|拿掉|扔|扔掉|略过|跳过|拉黑|pass|PASS)(?:掉|了|出去)?{_END}", cues=("把", "将")),
    regex(rf"^{_LEAD}对(?P<what>.+?)(?:的)?{_SAID}(?:没兴趣|没有兴趣|没什么兴趣|不感兴趣|不感冒|无感|没感觉|没有感觉|过敏|不来电|提不起兴趣|无爱){_END}", cues=("对",)),
    regex(rf"^{_LEAD}除了?(?P<what>.+?)(?:的)?(?:以外|之外|外)(?P<rest>.*)$", cues=("除",)),
    regex(r"^(?P<what>.+?)[以之]外的(?P<rest>.+)$", cues=("外的",)),
)  # fmt: skip
_TOLD = regex(r"人|男|女|孩|小孩|少年|姑娘|故事|时候|日子|我|你|他|她|它")
# Two refusals that are none: 没有爱情不行, 非喜剧不看, 少不了音乐, 不得不看; and what nobody minds: 不讨厌爱情片.
_MUST = (
    regex(r"(?<![^，,。；;！!？?\s])(?:没有?|少了|缺了|离了)([^，,。；;！!？?\s]{2,8}?)(?:可?不行|不可|不成)(?=$|[，,。；;！!？?\s])", cues=("不",)),
    regex(r"(?<![^，,。；;！!？?\s])非([^，,。；;！!？?\s]{2,8}?)不(?:可|行|看|听|读|去|玩|吃|买|要)(?=$|[，,。；;！!？?\s])", cues=("非",)),
    regex(r"(?<![^，,。；;！!？?\s])(?:不能没有|不能少|少不了|离不开|缺不了)([^，,。；;！!？?\s]{2,8}?)的?(?=$|[，,。；;！!？?\s])", cues=("不",)),
    regex(r"(?<![^，,。；;！!？?\s])([^，,。；;！!？?\s]{2,8}?)(?:必?不可少|不能少|少不了)(?=$|[，,。；;！!？?\s])", cues=("少",)),
)
_PRAISED = regex(r"不(?:得不|可不)(?=[看听读去玩])|(?:不[看听读去玩])(?:就|会|准|一定)*后悔的?|不会后悔的?|不(?:可|能|容|要|该)错过的?|也?不是(?:不行|不可以?)|也?未尝不可", cues=("不",))
_MINDED = regex(r"(?:我|也|并|倒)*(?:不(?:讨厌|反感|排斥|抗拒|介意|怕|害怕|嫌弃?|拒绝|在乎|在意)|不是不(?:喜欢|爱|想)(?:看|听)?)[^，,。；;！!？?\s]+", cues=("不",))
_BESIDES = regex(r"除了(?P<one>[^，,。；;！!？?\s]{1,8}?)[，,]?(?:我|我们)?(?:还|也)(?:想|喜欢|爱|要)(?:看|听|去|要|吃|玩)?(?P<other>[^，,。；;！!？?\s]+)", cues=("除了",))
_LISTED = regex(r"和|或者?|以及|还有|跟|与|、|/")

_BOUND = regex(r"(?:超过|[低高多少大小早晚长短]于|不到)\s*[\d一二两三四五六七八九十百千半几]")


def plainly(text: str, known: Callable[[str], object]) -> str:
    """The text with such refusals as 不要……; `known`: whether the catalog has these words.

    >>> plainly("喜剧，避开爱情，恐怖的就不用了", {"爱情", "恐怖"}.__contains__)
    '喜剧，不要爱情，不要恐怖'
    >>> plainly("跳过片头", {"爱情"}.__contains__)
    '跳过片头'
    """
    text = _BESIDES.sub(lambda m: f"{m['one']}，{m['other']}" if known(m["one"]) else m[0], text)
    for pattern in _MUST:
        text = pattern.sub(lambda m: m[1] if known(m[1]) else m[0], text)
    text = _PRAISED.sub(lambda m: m[0] if known(m[0]) else "", text)
    text = _MINDED.sub(lambda m: m[0] if known(m[0]) else "，", text)
    parts = _CLAUSE.split(text)
    parts[::2] = [part if known(part) else _turned(part, known) for part in parts[::2]]
    return "".join(parts)


def _turned(clause: str, known: Callable[[str], object]) -> str:
    """One clause, if it is a refusal, as a plain one."""
    for pattern in _AROUND:
        if (m := pattern.search(clause)) and (thing := _thing(m["what"], known)):
            rest = (m.groupdict().get("rest") or "").removeprefix("的")
            return _no(thing) + (f"，{rest}" if _TAIL.sub("", f"  {rest}").strip() else "")
    if (m := _BEFORE.search(clause)) and (made := _fronted(m, known)):
        return made
    if (m := _BEHIND.search(clause)) and (thing := _thing(re.sub(r"^(?:太|那些|那种|这种)", "", m["what"]), known)):
        return "，".join(map(_no, two)) if "都" in clause and (two := _two(thing, known)) else _no(thing)
    if (m := _FEWER.search(clause)) and (thing := _thing(m["what"], known)):
        return f"少来点{thing}"
    if (m := _PLAIN.search(clause)) and (m["lead"] or not m["before"]) and not known(clause[m.start("cue") :]):
        what = m["what"]
        thing = what if known(what) or "的" in what.rstrip("的") else _thing(what, known) or what
        return "，".join(x for x in (m["before"], f"{m['cue']}{thing}") if x)
    return clause


def _no(thing: str) -> str:
    """The refusal of a thing, or of all in a list of them."""
    return f"不要{re.sub('的(?=和|或|跟|以及|、)', '', thing)}"


def _two(thing: str, known: Callable[[str], object]) -> tuple[str, str] | None:
    """Two known words that stand side by side: 爱情恐怖."""
    return next(((thing[:n], thing[n:]) for n in range(2, len(thing) - 1) if known(thing[:n]) and known(thing[n:])), None)


def _fronted(m: re.Match[str], known: Callable[[str], object]) -> str:
    """What a refusal in front of a thing comes to; behind other words it must be one that means nothing else, or be set off by them."""
    clause, at = m.string, m.start("cue")
    if any(known(clause[at : at + n]) for n in range(2, min(len(clause) - at, 8) + 1)):
        return ""  # 无声, 没事
    if m["before"] and not (re.fullmatch(_NOT, m["cue"]) or re.search(r"但|不过|可是", m["lead"])):
        return ""
    what, end = m["what"], len(m["what"])
    if _BOUND.match(what) and re.match("不[能可得许准]", m["cue"]):
        return ""  # 不能低于两小时, see `limits_zh`
    for cut in [i for i, c in enumerate(what) if c == "的" and i] + [end]:
        if thing := _thing(what[:cut], known):
            rest = what[cut:].removeprefix("的")
            if _TOLD.match(rest):
                return ""
            rest = "" if _TAIL.sub("", f"  {rest}").strip() == "" or re.fullmatch(r"(?:电影|歌曲?|片子?|书|音乐|地方|东西)?" + _END, rest) else rest
            return "，".join(x for x in (m["before"], _no(thing), rest) if x)
    return ""


def _thing(words: str, known: Callable[[str], object]) -> str:
    """What is refused, without what stands around it; nothing if the catalog does not know it."""
    return next((bare for bare in _barer(words) if known(bare) or any(known(part) for part in _LISTED.split(bare) if len(part) > 1 and part != bare)), "")


def _barer(words: str) -> Iterator[str]:
    """The words, and what is left of them when one word after the other is taken off their front and their back."""
    seen, todo = set[str](), [words]
    while todo:
        now = todo.pop(0)
        if now and now not in seen:
            seen.add(now)
            yield now
            todo += [_HEAD.sub("", now), _TAIL.sub("", now)]
