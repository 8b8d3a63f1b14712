"""What is said around a request and asks for nothing: greetings, thanks, sighs, laughter, faces. A request means the same without them.

    "hey there, long day, jazz songs please, thanks lol"   ->  jazz songs

Only at its beginning and its end, and never all of it: "Hello" is a song. Leaves out: what is answered to them (see `smalltalk`), the request itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from recsh.regex import regex
from recsh.text import has_cjk

_WHO = r"(?:\s+(?:there|all|everyone|everybody|again|you|buddy|mate|folks|guys|team|recsh|siri|google|alexa|chatgpt|it['’]?s\s+me(?:\s+again)?))*"
_KIND = r"(?:(?:just|a|an|one|my|i\s+have(?:\s+got)?|i['’]ve\s+got|got|another|quick|random|dumb|silly|stupid|weird|odd|strange|simple|small|little|last|final|more|maybe|next)\s+)*"
# What is set off by a mark of its own ...
_OPEN = regex(
    r"^[\s,.;:!?…~-]*(?:"
    rf"(?:hi|hey|hello|heya|hiya|yo|sup|howdy|greetings|good\s+(?:morning|evening|afternoon|day)|morning|evening|afternoon|dear|ok(?:ay)?){_WHO}|right|well|look|listen|sorry|excuse\s+me|sorry\s+to\s+(?:bother|disturb)\s+you|(?:ok\s+|alright\s+)?here\s+goes|my\s+turn|oh|ah|aha|ooh|oof|phew|sigh"
    rf"|(?:oh,?\s+and)|{_KIND}(?:question|thing|one|request)(?:\s+maybe)?|quick|real\s+quick|next|(?:i\s+|can\s+(?:you|someone|anyone)\s+)?(?:(?:please|pls|plz)\s+)?(?:need\s+(?:some\s+)?)?help(?:\s+me)?(?:\s+out)?(?:\s+(?:please|pls))?|got\s+a\s+(?:minute|moment|second|sec)|you\s+there"
    r"|(?:it['’]?s\s+been\s+a\s+|such\s+a\s+|what\s+a\s+|had\s+a\s+|i(?:['’]ve)?\s+had\s+a\s+)?(?:really\s+|very\s+|so\s+)?(?:long|hard|rough|tough|bad)\s+(?:day|week|night)|what\s+a\s+(?:day|week)|it['’]?s\s+(?:so\s+|getting\s+|a\s+bit\s+)?late|rainy\s+here|raining\s+here|(?:my\s+)?friends\s+are\s+coming\s+over|weekend\s+plans|for\s+once|(?:it['’]?s\s+my\s+)?first\s+time\s+here|new\s+here"
    r"|(?:i['’]?m\s+|i\s+am\s+|im\s+|feeling\s+)?(?:(?:so|really|a\s+bit|very|pretty)\s+)*(?:bored|tired|knackered|exhausted)(?:\s+(?:today|tonight|now|atm))?|thanks?\s+in\s+advance|thanks|thank\s+you|cheers|i\s+was\s+(?:just\s+)?wondering|just\s+(?:curious|wondering|asking)|by\s+the\s+way|to\s+be\s+(?:fair|frank|honest)|be\s+honest|let['’]?s\s+see|let\s+me\s+think|i\s+don['’]?t\s+know|dunno"
    r"|(?:not\s+sure|no\s+idea|dunno|i\s+don['’]?t\s+know|idk)(?:\s+(?:if|whether)\s+(?:this|that|it|you)\s+(?:exists?|have\s+(?:it|this|that|any)|is\s+possible|makes\s+sense|can\s+help))?|cool|nice|great|perfect|awesome|wow|mate|dude|man|bro|buddy|alright|sure"
    r")(?:\s*[,.;:!?…]+\s*|\s+[-–]\s+|\s+but\s+)",
    re.I)
# ... and what needs none.
_OPEN_BARE = regex(
    r"^[\s,.;:!?…~-]*(?:u+m+|u+h+m*|e+r+m+|h+m+|hiya|heya|lol|lmao|rofl|(?:ha){2,}h?|he(?:he)+|omg|fyi|btw|idk|tbh|ugh|meh|wow|bro|pls|plz|honestly|basically|literally|anyways?|i\s+mean|ooh|would\s+you\s+(?:kindly|please)|could\s+you\s+(?:kindly|please)|i\s+was\s+(?:just\s+)?wondering\s+(?:if|whether)\s+(?:there\s+(?:is|are)|you\s+have)|(?:ok|okay|alright|well|so|right)\s+so|so\s+basically|(?:hi|hey|hello)\s+(?:there|again|all|everyone)|oh,?\s+and"
    r"|this\s+(?:might|may|could)\s+(?:be|sound)\s+(?:weird|odd|strange|silly|stupid)\s+but)\b[\s,.;:!…]*(?:(?:ok|okay|so|maybe|but)\s+(?=\w))?",
    re.I)
_CLOSE = regex(
    r"(?:[\s,.;:!?…~-]+)(?:(?:pretty\s+)?please(?:\s+and\s+thank\s+you)?|pls|plz|(?:many\s+|big\s+)?thanks?(?:\s+(?:you|a\s+(?:lot|bunch|million)|so\s+much|very\s+much|in\s+advance|again|mate|heaps))*|thank\s+you(?:\s+(?:so|very)\s+much)?|thx|tks|ty|tyvm|tysm|cheers(?:\s+mate)?|ta|(?:much|really)\s+appreciated|(?:i['’]?d\s+)?(?:really\s+)?appreciate\s+it|lol|lmao|rofl|(?:ha){2,}h?|he(?:he)+|x+d|<3|[:;=]-?[)dp(]|\^_?\^"
    r"|(?:if|when(?:ever)?)\s+(?:possible|you\s+(?:have\s+(?:it|any|one|them|time|a\s+(?:moment|minute))|can|could|do\s*n['’]?t\s+mind|get\s+(?:a|the)\s+chance)|(?:that|it|this|such\s+a\s+thing)\s+(?:exists?|makes\s+sense|(?:is|['’]s)\s+(?:ok(?:ay)?|alright|fine|possible|not\s+too\s+much)))|if\s+that['’]?s\s+ok(?:ay)?|does\s+that\s+make\s+sense|asap|tonight|right\s+now|then|or\s+(?:whatever|something(?:\s+like\s+that)?|anything)|i\s+(?:guess|think|suppose)|perhaps|maybe|idk|tbh|imo|imho|you\s+know(?:\s+what\s+i\s+mean)?|(?:you\s+)?know\s+what\s+i\s+mean"
    r"|(?<=[,.;!?]\s)(?:right|ok(?:ay)?|man|mate|bro|dude|buddy|go(?:\s+on(?:\s+then)?)?|bye|no\s+(?:rush|hurry|pressure|worries)|any\s+(?:ideas?|suggestions?|tips|thoughts|recommendations?|recs)|what\s+(?:do\s+you\s+(?:think|have|suggest|recommend)|have\s+you\s+got|would\s+you\s+(?:suggest|recommend))|(?:have\s+you\s+)?got\s+any|can\s+you\s+help(?:\s+me)?|help(?:\s+me)?|hit\s+me|surprise\s+me|that['’]?s\s+(?:it|all)|there\s+you\s+go|nothing\s+else|end\s+of(?:\s+story)?|over\s+to\s+you|k)|\bok(?:ay)?|for\s+now)[\s.,!?…~]*$",
    re.I)
_END = regex(r"(?<=\w)[\s]*(?:[~～…]+|\.{2,}|\^\^)[\s.!?~～…]*$")
_FACES = regex("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f\u200d]+")
_OPEN_ZH = regex(
    r"^[\s，,。！!？?、～~…]*(?:你好[呀啊哦]?|您好[呀啊]?|嗨+|嘿+|哈[喽罗啰]|hello|hi|在吗|在不在|有人吗|早|(?:早上|上午|中午|下午|晚上)好[呀啊]?|晚安|大家好|亲(?:爱的)?|老铁|兄弟们?|姐妹们?|朋友们?|小助手|喂|嗯+|额+|呃+|啊+|哎+|唉+|哎呀|诶+|哦+|噢|那个|那么|那|这个|就是(?:说)?|话说|对了|是这样的?|说(?:真的|实话)|老实说|其实|讲真|随便(?:问问|吧|看看)?"
    r"|(?:想|我想)?(?:请)?(?:问|教)(?:一?下)|请问|打扰(?:了|一下)?|不好意思|麻烦(?:了|你了?|您了?|(?:问|请问)(?:一?下))?|拜托了?|求(?:助|推荐|问)?|跪求|急+|救命啊?|帮帮(?:我|忙)|帮我(?:看看|想想|找找|推荐一下)|帮个忙|(?:今天|最近)?(?:有点|好|太|真|超)?累(?:了|啊|死了|坏了)?|加班到现在|周末了|终于周末了|放假了|(?:好|太|有点)?无聊(?:了|啊|死了)?|闲着没事|好的?吧?|行吧?|可以|ok|哈+|嘿嘿|嘻嘻|(?:先)?谢(?:谢|了|啦)+(?:先谢了)?"
    r"|(?:让)?我想想|怎么说呢?|不知道(?:有没有)?|不确定|(?:再|还)(?:问|来)一个|最后一个|还有|另外|换个话题)[，,。！!？?、：:～~…\s]+", re.I)
_CLOSE_ZH = regex(
    r"[\s，,。！!？?、～~…]*(?:(?<![\u4e00-\u9fff])(?:(?:先|万分|非常|十分)?(?:多谢|感谢|感激|谢谢|谢)+(?:了|啦|你|您|大家)*|辛苦了?|麻烦(?:了|你了|您了)?|拜托(?:了|拜托)?|求求(?:了|你了)?|跪求|在线等|(?:挺|很|比较)?急+的?|[好行可以对]+(?:吗|么|不好|不行)|行不行|好不好|可不可以|怎么样|有吗|有没有|(?:帮我|帮忙)(?:找找|看看|推荐(?:一下)?|想想)|(?:随便)?来几个|你懂的|懂的都懂|你(?:觉得|说)呢|就(?:这样|这些)吧?|没别的了?|没了|先这样|拜拜|爱你|么么哒|(?:哈|嘿|嘻|呵)+|thx|thanks|thank you|ok|x+d+)"
    r"|(?:哈|嘿|嘻){2,}|谢谢(?:你|您|啦|了)*|多谢|的说|(?P<particle>[哦噢喔哟喽咯啦呗哈诶呢吗嘛呀啊吧]))[\s。！!？?～~…]*$", re.I)


def without(text: str, known: Callable[[str], object]) -> str:
    """The text without what is said around the request; `known`: whether words are a name or a tag of the catalog.

    >>> without("hi there, long day, jazz songs please, thanks lol", lambda words: False)
    'jazz songs'
    >>> without("你好，来点民谣吧，谢谢啦", lambda words: False)
    '来点民谣'
    """
    if known(text.strip(" .!?")):
        return text
    bare = _END.sub("", _FACES.sub(" ", text))
    chinese = has_cjk(bare)
    patterns = (_OPEN_ZH, _CLOSE_ZH, _OPEN, _OPEN_BARE, _CLOSE) if chinese else (_OPEN, _OPEN_BARE, _CLOSE)
    changed = True
    while changed:
        changed = False
        for pattern in patterns:
            if (m := pattern.search(bare)) and (left := bare[m.end() :] if pattern in (_OPEN, _OPEN_BARE, _OPEN_ZH) else bare[: m.start()]) and re.search(r"\w{2}|[\u4e00-\u9fff]", left) and not _is_said(m, known):
                bare, changed = left, True
    return bare if re.search(r"\w", bare) else text


def _is_said(m: re.Match[str], known: Callable[[str], object]) -> bool:
    """Whether the words are part of a name or a tag all the same: 酒吧, "Hey Jude", "easy tonight"."""
    if m.start():
        back = m.string[: m.end()].rstrip(" .!?。！？～~")
        if m.groupdict().get("particle"):
            return any(known(back[-n:]) for n in (2, 3, 4))
        words = back.split()
        size = len(m[0].split())
        return any(known(" ".join(words[-n:])) for n in range(size, min(size + 4, len(words)) + 1)) if m[0].lstrip(" ,.;:!?…~-")[:1].isalpha() else False
    if (word := m[0].strip(" ,.;:!?-").lower()) in ("cool", "quick") and known(word):
        return True  # "cool, quiet islands"
    words = m.string.split()[:6]
    return any(known(" ".join(words[:n]).strip(" ,.!?")) for n in range(len(m[0].split()) + 1, len(words) + 1))
