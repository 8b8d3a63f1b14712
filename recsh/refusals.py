"""Everyday ways to turn something down, said plainly: "not a big fan of gore", "rap isn't my thing", "we don't ski" -> "without ...".

And negations that turn nothing down, since they are told of a story or of nobody: "they hate each other", "vanished without a trace".
Leaves out: what the refused words are in the catalog (see `exclusions`); Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from recsh.regex import regex

_DEGREE = r"(?:(?:really|just|usually|normally|exactly|particularly|generally|always|so|all|that|very|too|totally|completely|kind of|kinda|getting|a bit|at all)\s+)*"
_SPEAKER = r"(?:\b(?:(?:i|we|you|he|she)(?:'?m|'?re|'?s| am| are| is| was)|(?:i|we|he|she)(?:'?ve| have| has|'?s)?)\s+)?"
_THEIRS = r"(?!(?:his|her|their|its|life|it|them|him|each|one|the world|my|our|being|having|everything|nothing|no)\b)"  # "bored with his job" is told of somebody
_NO = r"(?:\bnot|n't)\s+"
# The refused words come behind these ...
_BEFORE = (
    regex(rf"{_SPEAKER}{_NO}{_DEGREE}(?:(?:an?|the)\s+)?(?:much\s+of\s+an?\s+)?(?:(?:big|biggest|huge|great|massive|real|keen)\s+)?(?:fans?|lovers?)\s+of\s+(?:any(?:thing)?\s+)?{_THEIRS}", re.I, cues=("fan", "lover")),
    regex(rf"{_SPEAKER}{_NO}{_DEGREE}(?:into|keen\s+on|interested\s+in|in\s+the\s+mood\s+for|up\s+for|feeling\s+like)\s+(?:any(?:thing)?\s+|something\s+)?{_DEGREE}{_THEIRS}", re.I, cues=("into", "keen", "interested", "mood", "up", "feeling")),
    regex(rf"(?:^|(?<=[,.;!?])|\bbut\b|\band\b|{_SPEAKER}\bhad)\s*{_DEGREE}(?:more\s+than\s+)?\benough\s+(?:already\s+)?(?:of|with)\s+(?:all\s+)?{_THEIRS}", re.I, cues=("enough",)),
    regex(rf"{_SPEAKER}{_DEGREE}\b(?:bored\s+(?:to\s+\w+\s+|stiff\s+)?(?:of|with|by)|fed\s+up\s+(?:of|with))\s+(?:all\s+)?{_THEIRS}", re.I, cues=("bored", "fed")),
    regex(rf"\b(?:i'?m|i am|we're|we are)\s+{_DEGREE}over\s+(?!\d|(?:the\s+(?:moon|hill|age)|here|there|eighteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b){_THEIRS}", re.I, cues=("over",)),
    regex(r"\b(?:go(?:ing)?|be|it|but)\s+(?:easy|light)\s+on\s+(?!(?:me|my|your|you|it|us|the\s+(?:ears?|eyes?|wallet|budget|pocket|stomach|knees?|back|skin|joints|feet))\b)|(?:(?<=[,.;!?])|\bbut\b)\s*\bhold\s+the\s+", re.I, cues=("easy", "light", "hold")),
    regex(
        rf"\b(?:i|we|he|she|they|who|(?:my|our|his|her)\s+\w+)\s+(?:(?:don't|dont|do\s+not|doesn't|does\s+not)\s+{_DEGREE}(?:do|eat|drink|wear|play|watch|read|listen\s+to)|never\s+(?:does|eats|drinks|wears|plays|watches|reads|listens\s+to))\s+"
        r"(?!(?:much|many|a lot|often|any\s?more|enough|that|this|it|them|these|those|well|so|anything|very|too|all|by|with|to|in|on|for|at)\b)",
        re.I, cues=("do", "never")),
    regex(rf"{_SPEAKER}\btoo\s+(?:tired|lazy|sleepy|exhausted|old|busy|impatient|drunk)\s+(?:to\s+(?:read|watch|listen\s+to|deal\s+with|handle|follow|sit\s+through|bother\s+with)|for)\s+{_THEIRS}(?!(?:this|that|these|those|any)\b)", re.I, cues=("too",)),
    regex(r"(?:\b(?:and|but|where|in\s+which|so)\s+)*\b(?:nobody|no\s+one|no-one|none\s+of\s+them)\s+(?=(?:dies?|gets?\s+(?:hurt|killed|murdered)|suffers|swears)\b)", re.I, cues=("nobody", "one")),
    regex(r"\bnone\s+of\s+(?:that|this|the|those|your)\s+(?=\w)", re.I, cues=("none",)),
    regex(r"(?<!by )(?<!like )\beverything\s+(?-i:but)\s+", re.I, cues=("everything",)),
)  # fmt: skip
# ... or stand before or between them.
_THING = r"((?:(?!(?:that|which|who|never|not|no|nothing|something|anything|it|this|these|those|they|he|she|i|we|you|what|if)\b)[\w&'-]+\s+){1,4}?)"
_BEHIND = (
    regex(
        rf"(?:^|(?<=[,.;!?])|\b(?:but|and|since|because|as|so|though|although)\b)\s*{_THING}{_DEGREE}(?:(?:is|are)(?:n'?t|\s+not)\s+{_DEGREE}(?:(?:my|our|his|her)\s+(?:thing|cup\s+of\s+tea|style|taste|jam|bag)|for\s+(?:me|us))\b"
        r"|(?:bores?|annoys?|irritates?|disgusts?)\s+(?:me|us|him|her)\b(?:\s+to\s+(?:death|tears))?|leaves?\s+(?:me|us|him|her)\s+cold\b|gets?\s+on\s+(?:my|our|his|her)\s+nerves\b|do(?:es)?\s+nothing\s+for\s+(?:me|us)\b|drives?\s+(?:me|us)\s+(?:up\s+the\s+wall|mad|nuts|crazy)\b|puts?\s+(?:me|us)\s+off\b)",
        re.I, cues=("is", "are", "bore", "anno", "irrit", "disgust", "leave", "get", "nothing", "drive", "put")),
    regex(rf"{_SPEAKER}{_NO}{_DEGREE}(?:much\s+of\s+)?an?\s+(?!(?:good|bad|nice|great|big)\b)((?:[\w'-]+\s+){{1,3}}?)(?:person|fan|type|lover|buff|enthusiast)\b", re.I, cues=("person", "fan", "type", "lover", "buff", "enthusiast")),
)  # fmt: skip
# What may be so or not is neither wished for nor refused: "I don't mind subtitles", "doesn't have to be funny".
_EITHER = regex(
    r"(?:\b(?:and|but)\s+)?(?:\b(?:i|we)\s+)?(?:\b(?:don't|dont|do\s+not)\s+(?:really\s+)?(?:mind|care\s+(?:if|whether|about|how))|(?:\b(?:it|they)\s+)?\b(?:doesn't|doesnt|does\s+not|don't|do\s+not)\s+(?:have|need)\s+to\s+(?:be|have)"
    r"|(?:\bit\s+)?\b(?:doesn't|doesnt|does\s+not)\s+matter\s+(?:if|whether|how))\s+(?:(?!\b(?:but|as\s+long)\b)[^,.;!?])+",
    re.I, cues=("mind", "care", "have", "need", "matter"))  # fmt: skip
_AFRAID = regex(r"\b(?:scared|afraid|terrified|frightened)\s+of\s+(?!(?:nothing|no|\w+ing\s+(?:you|me|my|him|his|her|them|it|the|an?))\b)", re.I, cues=("scared", "afraid", "terrified", "frightened"))
_ONLY = regex(r"\bnothing\s+but\s+(?:the\s+)?|\bnot\s+(?:just\s+another|(?:your|the|a)\s+(?:typical|usual|average|standard|ordinary|run[- ]of[- ]the[- ]mill))\s+", re.I, cues=("nothing", "not"))
_HABIT = regex(r"\b(?:i|we|he|she|they)\s+(?:don't|dont|do\s+not|doesn't|does\s+not|never)\s+(?:really\s+|even\s+|usually\s+)?(\w+)(?=\s*(?:$|[,.;!?]|\b(?:but|and|so)\b))", re.I, cues=("don", "do", "doesn", "never"))
_NO_HABIT = frozenset("care know mind remember think understand sleep work matter worry agree see want need like".split())
_CANNOT = regex(r"\b(?:i|we|he|she|they|(?:my|our|his|her)\s+\w+)\s+(?:(?:can['’]?t|cannot|can\s+not)\s+(?:really\s+|even\s+)?|(?:am|is|are|['’]?(?:m|re|s))\s+not\s+able\s+to\s+)(\w+)(?=\s*(?:$|[,.;!?]|\b(?:but|and|so)\b))", re.I, cues=("can", "able"))
_NO_LIMIT = _NO_HABIT | frozenset("wait stop decide choose focus concentrate hear walk breathe afford help relax complain lose miss resist cry cook read draw sing dance".split())  # of a skill it may be learned
# What somebody wants to get away from, or has too much of where he is.
_AWAY = regex(
    r"(?:^|(?<=[,.;!?])|\b(?:want|need|love|like|time|somewhere|places?|somebody|way)\s+to\b|\b(?:for|am|are|is|and)\b)\s*(?P<verb>escap(?:e|ing)|flee(?:ing)?|(?:get|getting)\s+(?:far\s+)?away\s+from|an?\s+(?:break|escape)\s+from)"
    r"\s+(?:all\s+)?(?:the|this|that|these|my|our)\s+(?:(?P<kind>[\w-]+)\s+)??(?P<thing>[\w-]+)(?=\s*(?:$|[,.;!?]|\b(?:and|but|in|for|with|at|over|somewhere|this)\b))",
    re.I, cues=("escap", "flee", "away", "break"))  # fmt: skip
_HERE = regex(r"(?:\b(?:it|it['’]?s|its|it\s+is|is|way|much|always|and)\s+)*\b(?:too|so)\s+(?:damn\s+|very\s+)?(\w+)\s+(?:in\s+)?(?:here|at\s+home|where\s+(?:i|we)\s+live)\b", re.I, cues=("here", "home"))

_PERSON = r"(?:man|men|woman|women|boys?|girls?|guys?|hero(?:ine)?|kids?|child(?:ren)?|person|people|someone|somebody|stranger|orphans?|detective|soldier|king|queen)"
_PHRASE = regex(
    r"\b(?:without\s+(?:a\s+trace|(?:a\s+)?warning|mercy|(?:a\s+)?reason|limits|end|fail|(?:a\s+)?doubt|\w+ing\s+(?:my|your|the|a|an|his|her|their|to|it|too|up|out))"
    rf"|(?:with\s+)?no\s+(?:memory|memories|escape|way\s+out|return|mercy|turning\s+back|strings|holds\s+barred|stranger\s+to|(?:place|one|thing)\s+like)|(?<!for )(?:an?|the|two|some)\s+(?:\w+\s+)?{_PERSON}\s+with(?:out|\s+no)\b"
    r"|love(?:\s+to|\s+and)?\s+hate|nothing\s+(?:is|was|can|could|will|would|ever|seems|\w+[^\Wsui]s\s+(?:to|on|in|at|off|up|down|out|the|me|him|her|my|like|as)))\b",
    re.I, cues=("with", "no", "love"))  # fmt: skip
_LEAD = regex(r"[\s,，]*(?:(?:and|but|or)\b\s*)*", re.I)
_HATE = regex(r"(?:hate|dislike|loathe|despise)[sd]?\s+(?P<of>(?:his|her|their|its|each\s+other|one\s+another|him|them|everyone|people)\b)?", re.I)
_TELLING = regex(r"(?:\bthey|\b(?:an?|two|the|some)\s+(?:\w+\s+){1,3}?(?:who|that))\s+(?:\w+ly\s+|both\s+|first\s+)?$", re.I)
_ABOUT = regex(r"\b(?:about|where|in which|when)\b", re.I)
_WISHER = regex(r"\b(?:i|we|my|our|for)\b", re.I)
_BEGINS = regex(r"(?:^|[,.;!?])\s*(?:(?:kids|teenagers)\s+(?:who\s+)?(?:is|are)\s+)?(?:(?:really|so|very)\s+)*$", re.I)  # "my son is" reads "kids is" (see `audience`)
# What is not without something has it.
_TWICE = regex(r"\b(?:except(?:\s+for)?|(?:any|every)(?:thing|one|where)\s+(?:but|except)|other\s+than|apart\s+from|excluding|nothing|not)\s+(?:(?:the\s+)?[a-z]+\s+)?(?:with\s+no|without(?:\s+any)?|that\s+(?:has|have)\s+no|lacking)\s+", re.I, cues=("no", "without", "lacking"))


def plainly(text: str, known: Callable[[str], bool], titled: Callable[[re.Match[str]], bool] = lambda m: False) -> str:
    """The text with everyday refusals as "without ...", and what only sounds like one ("not your typical Western") as the wish it is. `known`: whether
    the catalog has a tag for a word (what people do not do is refused if it has), `titled`: whether a title begins where the match does.

    >>> plainly("comedy, I'm not a big fan of musicals", lambda word: True)
    'comedy,  , without musicals'
    >>> plainly("rap isn't my thing", lambda word: True)
    ' , without rap , '
    """

    def said(replaced: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
        return lambda m: m[0] if titled(m) else replaced(m)

    text = _EITHER.sub(said(lambda m: " , "), _ONLY.sub(said(lambda m: " "), text.replace("\u2019", "'")))
    for pattern in _BEHIND:
        text = pattern.sub(said(lambda m: f" , without {m[1].strip()} , "), text)
    for pattern in _BEFORE:
        text = pattern.sub(said(lambda m: " , without "), text)
    text = _AWAY.sub(said(lambda m: _left(m, known)), text)
    text = _HERE.sub(said(lambda m: f" , without {m[1]} , " if known(m[1]) else m[0]), text)
    text = _CANNOT.sub(said(lambda m: f" , without {m[1]}" if m[1].lower() not in _NO_LIMIT and known(m[1]) else m[0]), text)
    text = _AFRAID.sub(said(lambda m: " , without " if _is_wisher(text[: m.start()]) else m[0]), text)
    text = _HABIT.sub(said(lambda m: f" , without {m[1]}" if m[1].lower() not in _NO_HABIT and known(m[1]) else m[0]), text)
    return _TWICE.sub(said(lambda m: " with "), text)


def _left(m: re.Match[str], known: Callable[[str], bool]) -> str:
    """What is got away from, as a refusal; where the catalog knows what somebody wants who does ("escape the winter"), as that."""
    if known(whole := f"escape the {m['thing']}"):
        return f" , {whole} "
    thing = next((x for x in (f"{m['kind']} {m['thing']}" if m["kind"] else "", m["thing"]) if x and known(x)), "")
    return f" , without {thing} , " if thing else m[0]


def is_told(text: str, start: int, end: int) -> bool:
    """Whether the refusal at `start` to `end` of a text is told of somebody in a story, or part of a fixed phrase, so that nobody refuses anything."""
    cue = start + len(_LEAD.match(text[start:end])[0])  # type: ignore[index]
    if any(m.start() <= cue < m.end() for m in _PHRASE.finditer(text)):
        return True
    hate = _HATE.search(text[start:end])
    if hate is None:
        return False
    before = text[: start + hate.start()]
    mine = _WISHER.search(before) and not _ABOUT.search(before)
    return not mine and bool(hate["of"] or _TELLING.search(before))


def _is_wisher(before: str) -> bool:
    """Whether it is said of the person who asks, or of whom they ask for, by the words before it."""
    return bool(_BEGINS.search(before) or _WISHER.search(before)) and not _ABOUT.search(before)
