"""Who it is for: a child spoken of by age or kinship becomes the word that catalogs have for children.

    "my daughter, she's seven, loves dragons"  ->  "kids, loves dragons"
    "给四岁儿子的睡前故事"                        ->  "给孩子的睡前故事"
    "八岁女儿能看的动画"                          ->  "适合孩子的动画"
    "a film to watch with my parents"         ->  "a film to watch with family"
    "gift for a 70 year old gardener"         ->  "gift for seniors gardener"
    "what my dad and my teenager both like"   ->  "what for the whole family"

What is unfit for the young is left out where something is for them (see `unfit`).

Other grown-ups, children that the thing is about, and those who are only spoken of ("my son is away at college") are nobody to choose for.
Whose liking is told (老爸喜欢打仗的) is not what it is about. "With friends" says nothing that rows would say: things about friendship are not meant. Leaves out: what the hour and the day suggest (see
`occasion`).
"""

from __future__ import annotations

import re

from recsh.numerals import decade, in_words, value_of
from recsh.regex import regex
from recsh.text import has_cjk

TEEN, GROWN, OLD = 12, 18, 65
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_NUMBER = rf"(?:\d{{1,2}}(?!\d)|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[\s-](?:{_ONES}))?|(?:{_ONES}|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)\b)"
_FIGURE = regex(rf"\b{_NUMBER}", re.I)
_CHILD = r"(?:kids?|child(?:ren)?|boys?|girls?|sons?|daughters?|toddlers?|nieces?|nephews?|grand(?:sons?|daughters?|child(?:ren)?|kids?)|students?)"
_NOT_YEARS = r"(?!\s*(?:years?|minutes?|mins?|hours?|days?|weeks?|months?|dollars?|pages|quid|miles|km|of\b|out\b|feet|foot|[$€£%]))"
_TO = r"\s*(?:-|–|to|or|and|&|,|,\s*and)\s*"
_THEN = r"(?=\s*(?:$|[^\w\s-]|(?:who|and|that|to|with|for|is|loves?|likes?|wants?|can|will|in|on|at|so|but)\b))"
_SOMEONE = r"(?=\s+(?:man|woman|lady|gentleman|guy|dad|mum|mom|mother|father|uncle|aunt|neighbou?r|friend|gran\w*|\w{3,}(?:er|or|ist|ian))\b)"
_AGE = regex(
    rf"\b(?:(?:an?|the|my|our|her|his|their)\s+)?(?:{_NUMBER}{_TO})?{_NUMBER}[\s-]*(?:(?:years?|yrs?|y)[\s/-]*(?:olds\b|old(?:\s+{_CHILD}\b|{_THEN}|{_SOMEONE}))|y/?o\b(?!-)(?:\s+{_CHILD}\b)?)"
    rf"|\b(?:my|our|her|his|their)\s+{_NUMBER}[\s-]*(?:years?|yrs?|y)[\s/-]*olds?\b(?:\s+{_CHILD}\b)?"
    rf"|\b(?:aged?|ages|turning|turns)\s+(?:{_NUMBER}{_TO})?{_NUMBER}\b{_NOT_YEARS}"
    rf"|\b(?:s?he|they|who)(?:['’](?:s|re)|\s+is|\s+are)\s+(?:only\s+|just\s+|about\s+)?{_NUMBER}(?:{_TO}{_NUMBER})*\b{_NOT_YEARS}"
    rf"|\b(?:(?:my|our|the|an?)\s+)?{_CHILD}\s+(?:is|are|just\s+turned|turned|turns|is\s+turning)\s+(?:only\s+|just\s+|about\s+)?{_NUMBER}(?:{_TO}{_NUMBER})*\b{_NOT_YEARS}"
    rf"|\b(?:i['’]?m|i\s+am)\s+(?:only\s+|just\s+)?{_NUMBER}(?=\s*(?:$|[,.;!?]|(?:and|but|so|now)\b|(?:years?|yrs?)\s+old\b))(?:\s*(?:years?|yrs?)\s+old\b)?"
    rf"|\b(?:someone|anyone|people|folks|adults|readers|those)\s+(?:over|past|older\s+than)\s+{_NUMBER}\b{_NOT_YEARS}"
    rf"|\b(?:we|us|people|readers|adults|folks|who)(?:['’]re|\s+are)\s+(?:all\s+|mostly\s+)?(?:over|past|older\s+than)\s+{_NUMBER}\b{_NOT_YEARS}",
    re.I,
    cues=("old", "age", "turn", "he", "who", "yo", "y/o", "i", "we", "us", "people", "readers", "adults", "folks", "one", "those", "son", "kid", "girl", "boy", "daughter", "toddler", "student", "niece", "nephew"),
)
_KIN = regex(r"\b(?:my|our)\s+(?:little\s+|young(?:er|est)?\s+|old(?:er|est)\s+|teen(?:age|aged)?\s+)?(?:son|daughter|kid|child|toddler|baby|niece|nephew|grand(?:son|daughter|child|kid)|little\s+(?:one|boy|girl))(?:s|ren)?\b(?!['’]s)|(?<=\bwith )(?:an?|the|two|three|small|young|little)\s+(?:small\s+|young\s+|little\s+)?(?:toddlers?|bab(?:y|ies)|kids|children)\b", re.I, cues=("my", "our", "kid", "child", "toddl", "bab"))
_IN_TENS = regex(r"(?:\b(?:i['’]?m|i\s+am|(?:we|they)(?:['’]?re|\s+are)|s?he(?:['’]?s|\s+is)|who(?:['’]s|\s+is|\s+are))\s+)?(?:\b(?:both|all|now|well)\s+)*\bin\s+(?:my|our|his|her|their)\s+(?:(?:early|mid|late)[\s-]+)?([2-9]0['’]?s|(?:twen|thir|for|fif|six|seven|eigh|nine)ties)\b", re.I, cues=("0s", "0'", "0’", "ties"))
_OLD_TENS = (1960, 1970, 1980, 1990)  # as `decade` takes them
_STORY = regex(r"\b(?:about|where|follows|starring|story|novel|protagonist)\b", re.I)
_ABOUT = regex(r"\b(?:about|(?<!\bbunch )(?<!\bgroup )(?<!\bclass )(?<!\bparty )(?<!\bcouple )(?<!\bmost )(?<!\ball )(?<!\bsome )(?<!\bboth )of|starring|follows?|where|whose|when|since)\s+(?:an?\s+|the\s+)?$", re.I)
# Someone who is away, asleep or only spoken of is nobody to choose for, unless it is said to be for him.
_AWAY = regex(
    r"\s+(?:(?:is|are|was|were|has|have|had|just|recently|finally|both|all|now|already|still)\s+)*(?:away|gone|off\s+(?:to|at)|asleep|sleeping|in\s+bed|at\s+(?:college|university|uni|camp|school)|in\s+(?:college|prison|the\s+(?:army|navy|military))|abroad"
    r"|join(?:ed|ing)|left|leaving|moved|moving|went|died|passed\s+away|graduat\w+|got|getting\s+married|grown|married|grew)\b", re.I)
_MINE = regex(r"\b(?:for|with|to)\s*$", re.I)
_ASLEEP = regex(r"\b(?:the|my|our)\s+(?:kids|children|little\s+ones|bab(?:y|ies)|toddlers?)(?:\s+(?:is|are|have|has|were|finally|both|all|now|already)|['’]re)+\s+(?:asleep|sleeping|in\s+bed|gone|away|out|grown\s+up|at\s+(?:school|camp))\b", re.I, cues=("the", "my", "our"))
_ONCE = regex(r"\b(?:from\s+)?(?:when|since|as)\s+(?:i|we)\s+(?:was|were)\s+(?:an?\s+)?(?:little\s+|small\s+|young\s+)?(?:kids?|child(?:ren)?|boys?|girls?|teen(?:ager)?s?)\b", re.I, cues=("when", "since", "as"))
_CREEPY = regex(r"\b(creepy|evil|scary|spooky|murderous|murdered|possessed|haunted|demonic|sinister|killer|missing|lost|dead|abducted|kidnapped)\s+(?:kid|child)(?:s|ren)?\b", re.I, cues=("kid", "child"))
_SUITS = regex(r"\b(?:suitable|appropriate|okay|ok|fine|safe)\s+for\s+(?=(?:kids|teenagers)\b)", re.I, cues=("for",))
_AGEING = regex(r"\b(?:get|gets|getting|grow|grows|growing)\s+older\b", re.I, cues=("older",))
_CHILD_ZH = r"(?:小?宝宝|小?孩子?|儿子|女儿|闺女|小?男孩|小?女孩|小朋友|娃)"
_AGE_ZH = regex(rf"(?:(?:我?家?的?{_CHILD_ZH})(?:今年|现在|才|刚|快|已经)*)?(?:\d{{1,2}}\s*[-~到至]\s*)?(\d{{1,2}}|[一二两三四五六七八九十]{{1,3}})(?:周?岁半?|个月大)(?:多|以下|以上|左右)?(?:的)?{_CHILD_ZH}?")
# What a child is to see, hear or be read is to suit a child; it need not be about one.
_SUITS_ZH = regex(
    rf"(?:(?:适合)?(?:带|陪|给|让|和|跟)着?(?:我?家?的?{_CHILD_ZH})们?(?:也|都|一起|一块儿?|能|可以|去|来)*(?:看|听|读)|(?:适合)?{_CHILD_ZH}们?(?:也|都|一起|一块儿?)*(?:能|可以|适合)(?:一起)?(?:看|听|读)|{_CHILD_ZH}们?(?:看了?)?(?:不会?|别)(?:觉得|感到)?(?:害怕|怕|吓到))(?!书|课|故事)")
_TEEN_ZH = regex(r"青少年(?:也|都|一起)*(?:能|可以)(?:一起)?看")
_LONE_ZH = regex(rf"[，,]\s*{_CHILD_ZH}(?=\s*(?:$|[，,。]))")
_KIN_ZH = regex(r"我(?:家|的)?(?:儿子|女儿|闺女|孩子|宝宝|娃|侄子|侄女|外甥女?|孙子|孙女)|(?<=给)(?:儿子|女儿|闺女|娃|侄子|侄女|外甥女?|孙子|孙女)(?=买|挑|选|带|准备)")
_ALONE_ZH = regex(r"(?:^|(?<=[，,。]))\s*孩子(?=\s*(?:$|[，,。]))")
_FAMILY = regex(r"\bwith\s+(?:my|our|the)\s+(?:whole\s+|entire\s+)?(?:parents|folks|family|mum|mom|mother|dad|father|in-laws|grandparents|grandma|grandpa)(?:\s+and\s+(?:dad|father|mum|mom|mother|family|kids))?\b(?!['’]s)", re.I, cues=("with",))
_ADULT = r"(?:dad|daddy|mum|mom|mommy|mother|father|parents|husband|wife|boyfriend|girlfriend|partner|fianc[ée]e?|brother|sister|uncle|aunt|cousin|friends?|mate|colleague|coworker|boss|roommate|flatmate)"
# Who it is for is no word of the thing, unless that is made for somebody: a song for my mum.
_GROWN = regex(
    rf"(?<!song )(?<!songs )(?<!poem )(?<!poems )(?<!music )\bfor\s+(?:my|our)\s+{_ADULT}\b(?!['’]s)"
    rf"|(?:^|(?<=[,.;!?]))\s*(?:my|our)\s+{_ADULT}(?=\s+(?:who|(?:(?:really|also|absolutely|just)\s+)*(?:loves?|likes?|enjoys?|hates?|dislikes?|wants?|prefers?|picks?|chose|(?:ca|do|does)n['’]?t))\b)", re.I, cues=("my", "our"))  # fmt: skip
_BOTH = regex(
    r"\b(?:(?:that|which)\s+)?(?:both\s+)?(?:my|our|the)\s+(?:[\w-]+\s+){1,4}?and\s+(?:(?:my|our|the|i|me)\b\s*)?(?:[\w-]+\s+){0,4}?(?:(?:can|could|will|would|might)\s+)?(?:both|all|each)\s+(?:like|love|enjoy|watch|read|listen\s+to|agree\s+on)\b",
    re.I, cues=("both", "all", "each"))  # fmt: skip
_YOUNG = regex(r"(?<!not )(?<!n't )(?<!n’t )\b(?:for|with|to)\s+(?:(?:the|my|our|small|young|little|older|all|some|two|three)\s+)*(kid|child|toddler|preschooler|teen)|(?:[给和陪带]|适合)(?:\S{0,4})(孩子|小朋友|宝宝|青少年)", re.I)
_UNFIT = {"teen": ("gory", "disturbing", "raunchy", "erotic"), "kid": ("gory", "disturbing", "raunchy", "erotic", "violent", "horror", "scary")}
_FAMILY_ZH = regex(r"(?:和|跟|同|陪|带)(?:着)?(?:我的?)?(?:爸妈|父母|爸爸妈妈|家人|家里人|长辈|全家人?|老人家?|爷爷奶奶)(?:们)?(?:一起|一块)?(?=[看听玩去吃旅出过]|的|\s*(?:$|[，,。！!]))|(?:给)?(?:爸妈|父母|爸爸妈妈|老爸老妈|长辈|老人家?|爷爷奶奶)(?:们)?(?:也|都|能|可以|爱|喜欢)*[看听](?=的|得懂)")
_WHOSE_ZH = regex(
    r"(?:我|我家|我们家|家里)?的?(?:老?爸|爸爸|老?妈|妈妈|爸妈|父母|爷爷|奶奶|外公|外婆|姥姥|姥爷|老公|老婆|男朋友|女朋友|男友|女友|对象|闺蜜|室友|同事|老板|领导|朋友|哥哥|姐姐|弟弟|妹妹|孩子|儿子|女儿|娃|宝宝)们?"
    r"(?=(?:也|都|很|特别|最|超级?|平时|一直|比较|就|真的?)*(?:不(?:太|怎么)?)?(?:喜欢|讨厌|爱[看听读吃玩跳喝用]|想[看听读去学]))")
# To whom something is given is not what it is about.
_GROWN_ZH = r"(?:老?爸爸?|老?妈妈?|爸妈|爸爸妈妈|父母|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|岳母|公公|婆婆|老公|老婆|哥哥?|姐姐?|弟弟?|妹妹?|男朋友|女朋友|闺蜜|同事|老师|领导|朋友)"
_GIVEN_ZH = regex(
    rf"(?:(?:(?:买给|送给)(?:我|我们)?(?:家|的)?(?:[^，,。；;\s给送的看听读]{{1,4}}的)?|送[^，,。；;\s给送的看听读]{{1,4}}的){_GROWN_ZH}(?![妈爸看听读讲唱])|给(?:我|我们)?(?:家|的)?{_GROWN_ZH}(?:买|挑|选|带|准备))(?:一?[个件份点本]|些|的)?",
    cues=("送", "给"))  # fmt: skip
_TOLD_FOR_ZH = regex(rf"给(?:我|我们)?(?:家|的)?{_GROWN_ZH}(?:推荐|找|[看读](?=的|，|,|$))", cues=("给",))
_FRIGHT_ZH = regex(r"(?:不要|别|不能|不会|怕)吓(?:到|着|坏|哭)(?:了?(?:她|他|孩子|小孩|娃|宝宝|小朋友|人))?", cues=("吓",))
_FRIENDS = regex(r"\bwith\s+(?:my\s+|some\s+|a\s+(?:few|couple\s+of)\s+)?(?:friends|mates|buddies|the\s+(?:boys|girls|guys))\b", re.I, cues=("with",))

_TITLE = regex(r"《[^》]+》|“[^”]+”|\"[^\"]+\"")


def for_whom(text: str) -> str:
    """The request with a child's age and kinship said as "kids" or "teenagers" (孩子, 青少年), an old person's as "seniors", parents who are there as "family" (全家);
    unchanged if it speaks of none.

    >>> for_whom("family movie night with a 6 year old, nothing too scary")
    'family movie night with kids, nothing too scary'
    >>> for_whom("a novel about a 12-year-old boy")
    'a novel about a 12-year-old boy'
    """
    if titles := _TITLE.findall(text):  # "The gym for people over eighty" is a title
        text = for_whom(_TITLE.sub("\ue000", text))
        return re.sub("\ue000", lambda m: titles.pop(0), text)
    text = _GROWN.sub(lambda m: "for him" if m[0][:3].lower() == "for" else f"{m[0][: len(m[0]) - len(m[0].lstrip())]}he", _BOTH.sub("for the whole family", text))
    text = _FRIENDS.sub("", _FAMILY.sub("with family", _AGEING.sub("growing old", text)))
    text = _IN_TENS.sub(lambda m: "seniors" if decade(m[1]) in _OLD_TENS and not _STORY.search(text[: m.start()]) else "", text).strip()
    text = _CREEPY.sub(r"\1 youngsters", _ASLEEP.sub("", _ONCE.sub("", text)))
    if chinese := has_cjk(text):
        text = _WHOSE_ZH.sub("", _FAMILY_ZH.sub("全家", _FRIGHT_ZH.sub("不要吓人", _GIVEN_ZH.sub("礼物 ", _TOLD_FOR_ZH.sub(" ", text)))))
    found = _aged(text)
    ages = [_age(m[0]) for m in found]
    if ages and min(ages) >= OLD:
        return _said(text, [], found, "seniors")
    if any(age >= GROWN for age in ages):
        return text
    kin = [m for m in _KIN.finditer(text) if not _ABOUT.search(text[: m.start()])]
    young = "teenagers" if ages and min(ages) >= TEEN or not ages and any("teen" in k[0].lower() for k in kin) else "kids"
    gone = [m for m in kin if _AWAY.match(text, m.end()) and not _MINE.search(text[: m.start()])]
    text = _said(text, gone, [], "") if gone else _SUITS.sub("for ", _said(text, kin, found, young))
    if not chinese:
        return text
    found = list(_AGE_ZH.finditer(text))
    ages = [value_of(m[1]) for m in found]
    if any(age >= GROWN for age in ages):
        return text
    text = _said(text, list(_KIN_ZH.finditer(text)), found, "青少年" if ages and min(ages) > TEEN else "孩子")
    text = _TEEN_ZH.sub("青少年看", text)
    if (suited := _SUITS_ZH.sub("适合孩子", text)) != text:
        return _LONE_ZH.sub("", suited)
    return _ALONE_ZH.sub("适合孩子", text) if found else text


def unfit(text: str) -> tuple[str, ...]:
    """What is left out of things for the young, by the request as `for_whom` reads it; nothing if it is for nobody young.

    >>> unfit("a scary film for teenagers")
    ('gory', 'disturbing', 'raunchy', 'erotic')
    """
    if not (m := _YOUNG.search(text)):
        return ()
    return _UNFIT["teen" if (m[1] or m[2]).lower() in ("teen", "青少年") else "kid"]


def youngest(text: str) -> tuple[float, str] | None:
    """The age of the youngest that the request is for, and the words that say it; None if it gives no age of a child.

    >>> youngest("a game for my 8 year old"), youngest("a novel about a 12-year-old boy")
    ((8.0, 'my 8 year old'), None)
    """
    ages = [(_age(m[0]), m[0].strip()) for m in _aged(text)] + [(value_of(m[1]), m[0]) for m in _AGE_ZH.finditer(text) if "个月" not in m[0]]
    young = [(age, words) for age, words in ages if age < GROWN]
    return min(young) if young and len(young) == len(ages) else None


def _aged(text: str) -> list[re.Match[str]]:
    """Where the age of somebody that it is for is said, and not of somebody that it is about."""
    return [m for m in _AGE.finditer(text) if not _ABOUT.search(re.sub(r"\w+\s+$", "", text[: m.start()]) if m[0][:3] == "who" else text[: m.start()])]


def _said(text: str, kin: list[re.Match[str]], ages: list[re.Match[str]], word: str) -> str:
    """The text with the first of these said as `word` and the others gone."""
    kin = [k for k in kin if not any(a.start() <= k.start() < a.end() for a in ages)]
    places = sorted((m.span() for m in (*kin, *ages)))
    for n, (start, end) in reversed([*enumerate(places)]):
        if n == 0 or start >= places[n - 1][1]:
            text = text[:start] + (word if n == 0 else "") + text[end:]
    return re.sub(r"(?:\s*,)+(\s*,)", r"\1", re.sub(r"\s+,", ",", re.sub(r"  +", " ", text))).strip(" ,") if places else text


def _age(said: str) -> float:
    """The youngest of the ages that are said."""
    return min(in_words(m[0]) for m in _FIGURE.finditer(said))
