"""What is said to the program in so many words: more, why, undo, start over, what can you do, what did I like, 换一批, 为什么推荐第一个.

One clause in, one command out, or None. Marks of `mentions` stand for items. Leaves out: opinions, requests, and what a command does.
"""

from __future__ import annotations

import re
from collections.abc import Container

from msgspec import Struct

from recsh.numerals import value_of
from recsh.regex import regex
from recsh.types import Verdict


class Command(Struct, frozen=True):
    """`kind` as in `turns.Kind`; `count` how many were asked for; `recall` the verdict asked about; `words` a title asked about."""

    kind: str
    count: int | None = None
    recall: Verdict | None = None
    words: str = ""


_LEAD = regex(r"^(?:(?:ok(?:ay)?|well|hm+|uh+|um+|erm?|oh|ah|(?:ha){2,}|so|and|but|please|right|sure|yeah|yes|no|nah|sorry|hey|alright|all right|oops|wow|cool|great|nice|perfect|then|now|can you|could you|would you|just|pls|嗯+|哦|啊|好的?|那|请|麻烦|可以|能不能|能)(?=[\s,，]|[\u4e00-\u9fff])[\s,，]*)+", re.I)
_TAIL = regex(r"(?:[\s,]+(?:please|pls|then|now|thanks|thank you|for me|again|though|maybe))+$|[吧啊呀哦嘛]+$", re.I)
_N = r"(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|a (?:few|couple(?: of)?)|some|several|[一二两三四五六七八九十几])"
_THINGS = r"(?:results?|options?|ideas?|ones?|suggestions?|recommendations?|picks?|songs?|movies?|films?|books?|tracks?|places?|things?|titles?|articles?|products?|stories|items?)"
_CLASS = "[个首部本家款条篇张]"
_IT = r"⟦\d+⟧"

_RULES: tuple[tuple[str, str], ...] = (
    ("greeting", r"(?:hi+|hello|hey+|hiya|yo|howdy|greetings|good (?:morning|afternoon|evening))(?: (?:there|again|recsh|you|everyone))?|how are you|what['’]?s up|你好[呀啊]?|您好|嗨|哈喽|哈啰|早上好|下午好|晚上好|在吗"),
    ("thanks", r"(?:many )?thanks?(?: you| u)?(?: (?:so|very) much| a lot| again| a bunch)?|thx|ty|cheers|much appreciated|(?:thanks?(?: you)?[, ]+(?:and )?)?(?:good)?bye(?: bye)?|see you(?: later)?|good ?night|that['’]?s (?:all|it)(?: for (?:now|today))?|i['’]?m (?:good|done)|(?:good|great|nice|lovely|cool|solid|excellent|perfect) (?:job|work|list|lists|picks?|stuff|choices?|selection|one|ideas?|suggestions?|recommendations?)"
               r"|(?:great|perfect|awesome|excellent|lovely|cool|nice|sweet|wonderful|fantastic|amazing|brilliant|good)|ok(?:ay)?|(?:ha)+(?: ok(?:ay)?)?|lol|got it|i see|fair enough|多谢|谢谢(?:你|啦|了)?|好的?(?:谢谢)?|感谢|再见|拜拜|晚安|辛苦了|知道了|明白了?|太好了|就这样|没事了"),
    ("help", r"help(?: me)?(?: out)?|what (?:can|do|could) (?:you|i) (?:do|say|ask|type)(?: here| for me)?|how (?:do|can|does|should) (?:i|you|this|it) (?:use )?(?:this|it|you|work)?(?: work)?|what (?:are|is) (?:you|this)|who are you|commands|你(?:都)?(?:能|会|可以)(?:做|干|帮我做)?(?:些)?(?:什么|啥)|(?:这个)?怎么用|帮助|使用说明|你是谁"),
    ("undo", r"undo(?: (?:that|it|this|the last (?:one|thing|step)|that last (?:one|thing|step)|last))?|take (?:that|it|this)(?: last (?:one|thing))? back|go back(?: one(?: step)?)?|scratch that|never ?mind(?: that)?|cancel(?: that| it)?|revert(?: that)?|ignore (?:that|what i (?:just )?said)|i didn['’]?t mean that|撤销|撤回|取消|返回|回到?上(?:一)?[步个]|回退|刚才的?不算|当我没说"),
    ("clear", r"start(?:ing)? (?:over|again|afresh|from scratch)|reset|clear(?: (?:everything|all|it(?: all)?))?|forget (?:everything|all(?: of)?(?: (?:that|it|this))?|it all)|from scratch|(?:let['’]?s )?begin again|new (?:search|conversation|chat)|重新开始|重新来|从头(?:开始|再来)|清空|重置|重来|忘掉(?:一切|所有|全部)"),
    ("more", rf"(?:(?:i (?:want|need)|show|give|get|tell|find|see|got|have)(?: (?:me|us))?(?: to see)? )?(?:(?:some |any )?(?:more|others?|another(?: (?:one|few|round|batch|{_N}))?|different ones)|{_N} (?:more|others?))(?: (?:of (?:those|these|them|the same|that|this|⟦\d+⟧)|⟦\d+⟧|{_THINGS}))*(?: like (?:these|those))?"
             rf"|next(?: (?:page|ones?|batch|{_N}))?|keep going|go on|continue|what else(?: (?:is there|do you have|have you got|you got|can you (?:show|recommend|suggest))(?: me)?)?|(?:is there |do you have )?any(?:thing|one)? (?:else|other {_THINGS}|others|more)|other {_THINGS}|(?:show )?the next {_N}"
             rf"|换(?:一?批|一换|几[个首部本家款条]|一组|一些|一页)(?:看看)?|还有(?:吗|呢|别的吗?|其他的?吗?|更多吗?|没有|什么|哪些)?[吗呢]?|再(?:来|给我|推荐|看)(?:我)?(?:{_N}|一些|点|些|更多)?{_CLASS}?|更多|下一?[页批组]|继续|别的(?:呢|吗)?|其他的?(?:呢|吗)?|多来(?:点|几{_CLASS})|(?:我)?(?:都|全)?不(?:想要|满意|喜欢)?[，,]?换一批|(?:来|想[看听读]|看|听)点别的|换个(?:口味|风格|类型)"),
    ("count", rf"(?:(?:show|list|give|recommend|suggest|get|make it|make that|i (?:only )?(?:want|need))(?: (?:me|us))? )?(?:only |just |(?:the |your )?top |exactly )?{_N}(?: (?:of (?:them|these)|{_THINGS}))?(?: (?:is|are) (?:enough|plenty|fine)| at a time| (?:only|max)|(?: will)? do)?|(?:limit|cut)(?: it)? (?:to|down to) {_N}|(?:给我|来|只要|要|显示|只?推荐|就|列)(?:我)?{_N}{_CLASS}(?:就?(?:好|行|够)了?|吧)?|{_N}{_CLASS}就?(?:好|行|够)了?"),
    ("whynot", r"why (?:not|isn['’]?t|didn['’]?t you (?:show|recommend|suggest|pick|list|include)|don['’]?t you (?:show|recommend|suggest|have)|no|is there no|wasn['’]?t)(?: (?:show|recommend|suggest|pick|include))?(?: me)? (?P<t>.+?)(?: (?:there|here|in (?:there|the list)|on the list|listed|shown))?|where(?:['’]s| is) (?P<t2>.+)|为(?:什么|啥|何)(?:没有?|不)(?:推荐|给我|看到|显示|放)?(?P<t3>.+?)(?:呢)?"),
    ("why", rf"(?:but )?(?:why|how come)(?: (?:on earth|the (?:hell|heck)|exactly))?(?:['’]s|['’]d| did| is| was| are| were| do| would| have)?(?: you| i)?(?: (?:recommend|pick|choose|chose|suggest|show|list|include|rank|put|get|see))?(?:ed)?(?: me)?(?: {_IT}.*)?|(?:explain|justify|what['’]?s the (?:reason|idea) (?:for|behind)|reason(?:s)? for) {_IT}.*|what makes {_IT}.*|为(?:什么|啥|何)(?:会|要|是|有|选|推荐|给我|推|给我推荐|会有|把)*(?:{_IT})?.{{0,4}}|{_IT}(?:是)?为(?:什么|啥|何).*|{_IT}的?理由(?:是什么)?|怎么会?(?:推荐|有){_IT}"),
    ("show", rf"(?:(?:can i |let me )?(?:show|open|see|view|describe|expand)|(?:tell|say)(?: me)?(?: some)?(?: more)? about|more (?:about|on|info(?:rmation)? on)|details?(?: (?:of|on|about|for))?|info(?:rmation)?(?: (?:on|about))?|what(?:['’]s| is| about| are)(?: the [\w ]+? of| about)?|who (?:made|wrote|directed|sang|sings|plays) |how (?:long|old|much|expensive) is|when (?:was|is)|look at|read me)(?: me)? ?{_IT}(?: (?:about|like|called|released|made|from))?|(?:i(?:['’]d| would) like to see|i want to (?:see|hear|know)(?: more about)?) {_IT}|is {_IT}(?: any)? (?:good|worth .*)|(?:and )?{_IT}"
             rf"|(?:介绍|讲|说|看|展开|详细(?:说|看|介绍))(?:一下|下|看|讲|说)?(?:看)?{_IT}(?:的?(?:详情|内容|介绍|信息))?|(?:讲|说)的?(?:是)?(?:什么|啥)的?(?:故事)?|{_IT}(?:的)?(?:是|讲|说)?(?:的)?(?:什么|讲什么|是什么|啥|怎么样|如何|详情|介绍)(?:的|内容|故事)?"),
    ("yes", r"yes|yep|yeah|yup|sure|right|exactly|correct|of course|indeed|absolutely|definitely|是的?|对[的呀]?|没错|嗯+|可以|行"),
    ("no", r"no|nope|nah|not really|no way|不|不是|没有|不对|不用了?"),
    ("empty", r"hm+|um+|uh+|er+|well|\W+|(?:i )?(?:don['’]?t know|dunno|no idea|not sure)(?: yet| really| what i want)?|(?:you )?(?:choose|decide|pick)(?: for me)?|surprise me|whatever|any(?:thing|one)?(?: (?:good|is fine|will do|goes|nice))?|something(?: (?:good|nice|cool))?|recommend(?: me)?(?: (?:something|anything|stuff))?(?: (?:good|nice))?|what (?:do|would|should) (?:you|i) (?:recommend|suggest|watch|read|listen to|play|buy|get|see)|where should i go|随便|不知道|都行|都可以|你定|推荐(?:一下|点什么|些什么|几个)?|有什么(?:推荐|好的?)的?[吗]?|什么都行|看着办|无所谓"),
)
_RECALL = regex(r"what (?:did|do|have|had|were|are)(?: all)? (?:i|my|you know|you think)\b.*?\b(?P<a>like[ds]?|love[ds]?|enjoy(?:ed)?|hate[ds]?|dislike[ds]?|didn['’]?t like|don['’]?t like|seen|watched|read|heard|likes|dislikes|favou?rites?|taste|about me|rated)\b.*|(?:show |list )?(?:me )?my (?P<b>likes|dislikes|taste|favou?rites|ratings|verdicts|history)|which (?:ones? )?(?:did|have|do) i (?P<c>like[ds]?|love[ds]?|hate[ds]?|dislike[ds]?|seen|watched|read)\b.*"
                     r"|我(?:之前|刚才|都|到底)*(?:说|讲)?(?:过|了)?(?:我)?(?:都)?(?P<d>不喜欢|喜欢|讨厌|爱|看过|听过|读过|去过|评价)(?:过|了)?(?:的)?(?:什么|哪些|啥|哪[个首部本])(?:.{0,4})|(?:我的)(?P<e>喜好|口味|品味|偏好)", re.I)
_NEGATIVE = regex(r"hate|dislike|n['’]?t like|讨厌|不喜欢", re.I)
_CONSUMED = regex(r"seen|watch|read|heard|[看听读去]过", re.I)
_TASTE = regex(r"taste|about me|rated|ratings|verdicts|history|评价|喜好|口味|品味|偏好", re.I)
_COMPILED = tuple((kind, regex(rf"(?:{said})", re.I)) for kind, said in _RULES)


def read(clause: str, kinds: Container[str] | None = None) -> Command | None:
    """The command that a clause is, as a whole; polite words around it do not matter. Only one of `kinds`, if they are given."""
    whole = clause.strip().rstrip("?!.？！。～~").strip()
    bare = _TAIL.sub("", _LEAD.sub("", whole)).strip(" ,，")
    for form in dict.fromkeys((whole, bare)):
        if form and (found := _read(form, kinds)):
            return found
    return Command("empty") if not bare else None


def sources(kinds: Container[str]) -> tuple[str, ...]:
    """The patterns of these kinds of command, and of the polite words around one."""
    return (*(said for kind, said in _RULES if kind in kinds), _LEAD.pattern, _TAIL.pattern)


def _read(form: str, kinds: Container[str] | None) -> Command | None:
    if (kinds is None or "recall" in kinds) and (m := _RECALL.fullmatch(form)):
        word = next(g for g in m.groups() if g)
        return Command("recall", recall=_recalled(m[0] if word in ("like", "喜欢") else word))
    for kind, pattern in _COMPILED:
        if (kinds is None or kind in kinds) and (m := pattern.fullmatch(form)):
            groups = m.groupdict()
            count = _counted(next((g for g in m.groups() if g and g not in groups.values()), None))
            if kind == "count" and count is None:
                continue
            title = next((groups[g] for g in ("t", "t2", "t3") if groups.get(g)), "")
            if kind == "whynot" and re.fullmatch(r"⟦\d+⟧", title):
                continue
            return Command(kind, count, words=title)
    return None


def _recalled(word: str) -> Verdict | None:
    if _TASTE.search(word):
        return None
    return Verdict.DISLIKE if _NEGATIVE.search(word) else Verdict.CONSUMED if _CONSUMED.search(word) else Verdict.LIKE


def _counted(word: str | None) -> int | None:
    """'ten' and 十 as a number; None for 'a few', 几 and what is no number."""
    value = int(value_of(word)) if word and word != "几" else 0
    return value if 1 <= value <= 50 else None
