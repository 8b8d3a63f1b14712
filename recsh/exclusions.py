"""What a request does not want: "not live", "nothing by U2", "except horror", "nothing like Frozen", 不要恐怖片.

A title that sounds like a refusal ("No Country for Old Men", 霸王别姬) is left alone. Leaves out: numbers that are not wanted ("not from the
90s", see `conditions`), everyday ways to say so (see `refusals`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from recsh.index import facet_key
from recsh.lexicon import ABROAD, HOME, same, synonyms
from recsh import orders, refusals_zh
from recsh.refusals import is_told, plainly
from recsh.regex import regex
from recsh.request import Exclusion, Reading, facets_saying, search_words, tags_with
from recsh.text import has_cjk, tokens
from recsh.types import Reference

PHRASE = 8  # characters of a Chinese phrase that says what is wished for with a "not" in it
TITLE_WORDS = 8  # words looked at for a title that begins with a refusal
UNFIT = "unfit for the young"  # not said by anybody
LESS = 0.5  # what a wish counts that is refused as well
_OFF = ("free", "cancelling", "canceling", "proof", "resistant", "repellent", "blocking", "reducing")

_KIND = r"(?:things?|stuff|songs?|tracks?|music|movies?|films?|books?|novels?|albums?|articles?|places?|items?)"
_SEASON = "spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|december"
_EXCEPT = regex(
    r"(?:,|，|\band\b|\bbut\b|\bor\b)?\s*\b(?:but\s+)?(?:not(?: too| so| very| overly)?(?! only| just| sure| really| seen| much| bad| to mention| a fan| that| necessarily| necessary| mind)"
    r"|(?<!i have )(?<!we have )(?<!i've got )(?<!there is )(?<!there's )(?<!have )no(?! (?:more than|less than|longer than|shorter than|one|idea|clue|problem|matter|way|rush|worries|preferences?|particular|doubt|big deal|need|object|thanks?)\b|t\b)"
    r"|without(?: any)?|(?<!of )(?<!to )(?<!from )(?<!going )nowhere(?! (?:near|else|to|man|fast|special|in particular)\b)|nothing(?! (?:(?:ever |really |much )?(?:happens|matters|works|helps|fits|else matters)|wrong with|against)\b)(?: too| by| from| with| about)?|the (?:very )?opposite of|except(?: for)?|excluding|any(?:thing|where|one) but(?! (?:here|home)\b)|other than|apart from|besides|avoid(?:ing)?|(?<!more or )less(?: and less)?|minus(?!\s*\d)|free of|neither"
    r"|instead of|rather than|outside of|outside(?= (?-i:[A-Z]))"
    r"|(?:i )?(?:don'?t|do not|doesn'?t|does not|didn'?t|did not) (?:want|like|need|have|contain|include|involve|care for|enjoy)(?: any| anything)?(?: to (?:see|hear|read|watch|listen to|use|be))?"
    r"|(?<!love/)(?<!love-)(?:i (?:really )?)?(?:hate[ds]?|dislike[ds]?|loathe[ds]?)|(?:i'?m )?(?:tired|sick) of|(?:i'?m )?allergic to|(?:isn'?t|aren'?t|is not|are not|that isn'?t)(?: too)?|(?:i )?can'?t (?:stand|eat|have))"
    r"\s+(?:any\s+|a\s+|an\s+|another\s+|(?:too\s+|so\s+)?(?:much|many)\s+|too\s+|of\s+|by\s+|from\s+|with\s+|more\s+|that\s+|it\s+|be\s+|being\s+|(?:suitable|meant|good|made|intended|appropriate)\s+(?=for\b))*"
    rf"((?!\s*(?:more\s+|\w+er\s+)?than\b)[^,.;!?:，。；！？()]+?)(?=\s*(?:[,.;!?:，。；！？()]|\b(?:but|just|more|than|please|since|because|which|and with)\b|\bso\s+(?:(?:i|we|give|show|find|something|maybe|please|let)\b|(?=[\w ]+?\b(?:please|then|instead)\b))|\snot\s(?:too|so|very|overly)\b|\s(?:for|while|when|during|instead)\b|\sin (?:{_SEASON})\b|$))",
    re.I,
    cues=(
        "not", "no", "without", "opposite", "except", "exclud", "but", "other", "apart", "besides", "avoid", "less", "minus", "free", "neither", "instead", "rather", "outside",
        "hate", "dislike", "loathe", "tired", "sick", "allergic", "n't", "nt",
    ),
)
_NON = regex(r"\bnon[- ]?(?=[a-z])([a-z]{3,}(?:[- ][a-z]+)??)(?=[\s,.;!?]|$)", re.I, cues=("non",))
_EXCEPT_ZH = regex(
    r"(?:(?<!要)不需?要|别给我|别(?=[太看听要是给推荐来放有再带])|(?<![\u4e00-\u9fff])别(?=[^的人墅致样处家])|(?<!想)不想[看听要]|不爱看|不爱听|不喜欢|不看|不听|讨厌|除了|除去|(?<!有)没有(?!想法|主意|问题|时间|关系|看过|听过|读过|去过|要求|偏好|限制|特别|什么|那么)"
    r"|不含|不带|(?<!除)(?<![\u4e00-\u9fff])非(?!常|洲|凡|诚)|不吃|拒绝|(?<!是)不是(?!很|太|那么|特别|只|吗|因为)|不太(?!一样|确定|想|知道|清楚|会|懂|了解|喜欢|好)|不那么|(?<!想)不太?(?:喜欢|想看|想听)"
    r"|(?<!时)(?:(?<![想爱愿敢])也?不(?:想|爱|愿意?|敢|打算)|懒得|受不了|[听看]腻了|(?:(?<![\u4e00-\u9fff多])|尽量)少一?[点些](?![的儿])|少来[点些]?|尽量少)(?![我你他她它花想相了上睡动说]|自己|失去|错过|[^，。！？,.!?；;]{0,8}(?:时候|的(?:男|女|人|孩|少年|姑娘|故事))))"
    r"(?:(?:再|也|给我|推荐?)(?=..))*(?:有|是|太(?!空|阳|极)|那么|这么|看|听|任何|在|去|来自)?\s*([^，。！？,.!?；;\s](?:[^，。！？,.!?；;]{0,11}?))(?:的(?:电影|歌|片子|片|书|音乐)?|以外|之外|都(?:可以|行|好|要|能)|(?=但|而是|(?:还|都)(?:有|能)|别的|其他|其它|[只就]想|[，。！？,.!?；;]|\s[\u4e00-\u9fff]|也?(?:不(?:需?要|想|是)|没有|别[太是有再])|$))"
    r"|(?<![^，,。；;\s])([^，。！？,.!?；;]{1,8}?)的?除外"
    r"|(?<![^，,。；;\s])(?P<few>[^，。！？,.!?；;\s]{2,8}?)(?:可以|尽量|最好)?(?:少一?[点些]|(?:别|不要|不能)太多)(?=[，。！？,.!?；;\s的]|$)")
_NUMBERED_ZH = regex(r"[\d一二两三四五六七八九十百]+[^，,。]{0,4}(?:以上|以下|以内|开外)$|^(?:超过|不到|低于|高于|少于|多于|上世纪)?[\d一二两三四五六七八九十百]+[^，,。]{0,4}(?:[以之]?[前后]|年代?|[分钟小时块元页])的?$|^[老旧新](?:片子?|歌|电影|书|剧)$")  # see `conditions`
_NUMBERED = regex(r"^(?:\d{2,4}'?s|(?:twen|thir|for|fif|six|seven|eigh|nine)ties)\b|\b(?:before|after|over|under|from|longer than|more than|above|below)\s+\S*\d", re.I)
# A quality beside what has it is one word of the catalog's: 音不要太高 is 高音, 节奏别太慢 is 慢节奏.
_TURNED_ZH = regex(r"([\u4e00-\u9fff]{1,2})(?:不要|不能|别|不)(?:太|那么|这么|过于?)([\u4e00-\u9fff])(?=的?\s*(?:$|[，,。；;！!]))", cues=("不", "别"))
# A quality that is said not to be there: 不冷的, 不绝望, 没那么商业化的. Not behind a verb that it makes "cannot" of (睡不着), nor in a question (冷不冷).
_LACKING_ZH = regex(r"(?<![看听睡吃走停忍想爱舍用买玩读学做说找好对了是要差离受少无绝从永并两一])(没有?那么|不怎么|不算|不(?!够))(?:太|很)?((?:(?![不没])[\u4e00-\u9fff]){1,6})", cues=("不", "没"))
_TOLD_ZH = regex(r"的?(?:时候|时$|时[，,]|[男女]|人|孩|少年|姑娘|他|她|你|我|日子|故事)")
_SOMEBODY_ZH = regex(r"(?:(?:我|你|您|他|她|它|我家|咱|大家|谁|别人|自己)们?的?)?(?:老?爸爸?|老?妈妈?|爸妈|父母|老人家?|小?孩子?|娃|宝宝|儿子|女儿|爷爷|奶奶|朋友|闺蜜|同事|对象|室友|老公|老婆)?们?|什么|啥|哪.?|一点")
_VERBS_ZH = "爱想要会能是看听来去做说好行用有该得对在死"  # of one character: 不爱, 不想 are no qualities
_HEAD_ZH = regex(r"^(?:推荐|给我|再来?|也|去|玩|吃|买|学|坐|爬|走|用|戴|逛|看|听|读|太多)(?=..)")
_TAIL_ZH = regex(r"(?<=..)(?:去?哪里|去?哪儿|什么|太多|就行|就好|都行|都可以|的地方|镜头|画面|场面|场景|情节|剧情|成分|元素|桥段|内容|部分|戏份|[线戏类多])$|(?<=..)[唱写演拍导]$")
DANGLING = regex(r"\b(?:but\s+)?(?:not|no|nothing|except)\s*(?=[,.;]|$)|(?:不是|不要)\s*(?=[，。,.;]|的?$)", re.I)
_AROUND = regex(
    rf"^(?:(?:nothing|not|no|without|any|an?|too|of|by|from|with|in|on|about|set in|really|very|overly)\s+|{_KIND}\s+(?:by|from|with|about|in|of)\s+|{_KIND}\s+(?=\w))+"
    rf"|\s+(?:again|ones?|at all|though|either|right now|now|these days|at the moment|any ?more|today|tonight|(?:kind|sort|type) of|crap|nonsense|rubbish|{_KIND})$", re.I)
_LANGUAGE = regex("lang|语言", re.I)


def read_exclusions(r: Reading) -> None:
    """Take refusals out of the request; what they name is excluded, a title of which more is not wanted becomes a disliked reference."""

    def take(m: re.Match) -> str:
        if _begins_title(r, m) or is_told(m.string, *m.span()) or _wishes_not(m[0]):
            return m[0]
        said = next(g for g in m.groups() if g)
        if has_cjk(m[0]) and (_is_phrase(r, m) or m.groupdict().get("few") and not _says(r, _thing_zh(r, said))):
            return m[0]
        kept = ""
        if re.match(r"[\s,]*(?:(?:and|but|or)\s+)*(?:not|less)\b", m[0], re.I) and (bare := re.fullmatch(r"(?!(?:like|about|by|from|in|of|for|with|set|on|at|as|the|similar|related|based|necessarily|more|another)\b)(\w+)\s+(\w.*)", said, re.I)) and not _known(r, said) and _known(r, bare[2]):
            said, kept = bare.groups()  # "not childish animation with cats" turns down what is childish, not the cats
        mild = bool(re.search(r"\b(?:too|so|very|overly|less)\b|[太少]|[那这]么", m[0][: m[0].rfind(said)], re.I))
        parts = [said] if _excluded_name(r, said) else re.split(r"\s*(?:,|，|、|\s&\s|\band\b|\bor\b|\bnor\b|\bno\b|和|跟|以及|或者?|/)\s*", said)
        wished = [words for part in parts if (words := _exclude(r, part.strip(), mild=mild))]
        return " , ".join(("", *wished, kept))

    def take_non(m: re.Match) -> str:
        if facets_saying(r.index, f"non {m[1]}") or facets_saying(r.index, f"non{m[1]}") or not (found := _facets(r, m[1])):
            return m[0]
        r.excluded.append(Exclusion(m[1], tuple(found), tuple(tokens(m[1]))))
        return " "

    r.rest = plainly(r.rest, lambda word: bool(facets_saying(r.index, word)), lambda m: _begins_title(r, m))
    r.rest = _EXCEPT.sub(take, _NON.sub(take_non, r.rest))
    if has_cjk(r.rest) and not r.find(r.rest.strip(), False):  # 其实不想走 is a song
        r.rest = _LACKING_ZH.sub(lambda m: _lacking(r, m), _EXCEPT_ZH.sub(take, _TURNED_ZH.sub(lambda m: _turned(r, m), r.rest)))
    r.excluded = [*dict.fromkeys(r.excluded)]


def fronted(r: Reading) -> None:
    """Refusals said as orders, or behind what they refuse, are put in front of it, so that all else reads them as any: skip the jazz, 恐怖片不要 -> without jazz, 不要恐怖片."""

    def known(words: str) -> bool:
        return bool(_says(r, words) or facets_saying(r.index, words) or _known_parts_zh(r, words) or _NUMBERED_ZH.search(words) or r.find(words, False)) and not _SOMEBODY_ZH.fullmatch(words)

    r.rest = orders.plainly(r.rest, lambda words: facets_saying(r.index, words) or _NUMBERED.search(words) or _named(r, words), lambda m: _begins_title(r, m))
    if has_cjk(r.rest) and not r.find(r.rest.strip(), False):
        r.rest = refusals_zh.plainly(r.rest, known)


def _named(r: Reading, words: str) -> bool:
    """Whether these are the name of a creator, or a title written as one."""
    hit = r.find(words, False) or r.find(f"the {words}", False)
    return bool(hit and (hit.creator or words[:1].isupper()) or words[:1].isupper() and not hit and (near := r.find(words, True)) and near.creator)


def _turned(r: Reading, m: re.Match[str]) -> str:
    """音不要太高 -> 不要高音, if the catalog has that; the longest word that has the quality."""
    size = next((n for n in (2, 1) if len(m[1]) >= n and facets_saying(r.index, f"{m[2]}{m[1][-n:]}")), 0)
    return f"{m[1][:-size]} 不要{m[2]}{m[1][-size:]}" if size else m[0]


def _lacking(r: Reading, m: re.Match[str]) -> str:
    """What is left of "不冷的海岛" when its quality is excluded: the words behind it. A word that has the 不 in it (不丹) is that word, and so is a title;
    whose mood it is (不开心的时候) is nothing to leave out, but no wish either."""
    said, cue = m[2], m[1]
    behind = m.string[m.end() :]
    whole = m.string[m.start() : m.end() + 4]
    if any(_says(r, whole[:n]) or r.find(whole[:n], False) for n in range(2, len(whole) + 1)):
        return m[0]
    size = next((n for n in range(len(said), 1, -1) if _says(r, said[:n])), 0)
    if not size and said[0] not in _VERBS_ZH and (said[1:] or behind or " ")[0] in "的，,。 、但也不！!；;" and _says(r, said[0]):
        size = 1
    if not size:
        return m[0]
    if not _TOLD_ZH.match(said[size:] + behind[:3]):
        _exclude(r, said[:size], mild=cue != "不")
    return f" {said[size:]}"


def _is_phrase(r: Reading, m: re.Match[str]) -> bool:
    """Whether a phrase that begins with the refusal is a wish by itself: 没有歌词, 不烧脑; what is 非 something is anything else."""
    at = m.start() + len(m[0]) - len(m[0].lstrip(" ，,"))
    return any((key := facet_key(m.string[at : at + n])) in same() and facets_saying(r.index, key) for n in range(min(PHRASE, m.end() - at), 2, -1) if m.string[at] != "非")


def _says(r: Reading, word: str) -> bool:
    """Whether a word is one of the list of words, or a tag."""
    return (key := facet_key(word)) in same() or key in r.index.facets([key])


def _thing_zh(r: Reading, words: str) -> str:
    """What is refused without the verb in front of it and what trails behind: 去海岛, 欧洲哪里, 恐怖镜头. A word that is known stays whole: 爬山."""
    for trimmed in (_TAIL_ZH, _HEAD_ZH, _HEAD_ZH):
        words = words if facets_saying(r.index, words) or _says(r, words) else trimmed.sub("", words)
    return words


def _known(r: Reading, words: str) -> bool:
    """Whether the catalog has a name or a tag for these words, or for the first of them."""
    return bool(_facets(r, words) or r.find(_bare(words), False) or any(_facets(r, " ".join(words.split()[:n])) for n in (1, 2)))


def _wished(r: Reading, key: str) -> str:
    """What is wished for by who refuses this: "no cars" is car-free, "without tourists" off the beaten path, though no row is tagged with tourists."""
    if has_cjk(key):
        return next((phrase for no in ("没有", "无", "不") if (phrase := f"{no}{key}") in same() and facets_saying(r.index, phrase)), "")
    tags = [f for word in dict.fromkeys(key.split()[:1] + key.split()[-1:]) for f in tags_with(r.index, word)]
    if against := [f for f in tags if _fights(f.key, key)]:
        return max(against, key=lambda f: f.count).key
    wished = next((phrase for phrase in (f"{no} {key}" for no in ("without", "no", "not", "less")) if facet_key(phrase) in same() and facets_saying(r.index, phrase)), "")
    own = [f.f for f in tags if f" {f.key}".endswith(f" {key}")]
    # "no vocals": there are female vocals to leave out; but of "no words" more than that there is no spoken word.
    return "" if own and len(r.index.facet_rows(own)) >= len(r.index.facet_rows(facets_saying(r.index, wished) if wished else ())) else wished


def _fights(tag: str, key: str) -> bool:
    """Whether a tag says that something is absent or kept off: "fragrance free", "noise cancelling", "non smoking"."""
    return any(f" {key} {word} " in f" {tag} " for word in _OFF) or any(f" {word} {key} " in f" {tag} " for word in ("non", "no", "without"))


def _begins_title(r: Reading, m: re.Match) -> bool:
    """Whether the refusal is the beginning of a title: 'No Country for Old Men', 'songs like nothing else matters'."""
    if has_cjk(m[0]):
        return False
    start = m.start() + len(m[0]) - len(m[0].lstrip(" ,，"))
    if led := re.search(r"\bthe\s+$", m.string[:start], re.I):
        start = led.start()
    words = re.sub(r"^(?:and|but|or)\s+", "", m.string[start : start + 80], flags=re.I).split()[:TITLE_WORDS]
    named = re.search(r"(?:\blike|\bto|\bof|\bby|\bas|\blove[ds]?|\benjoy(?:ed)?|[\"“'])\s*$", m.string[:start], re.I)
    for n in range(len(words), 1, -1):
        name = " ".join(words[:n]).strip(" ,.;!?\"”")
        written = all(w[:1].isupper() or len(w) < 4 for w in name.split())
        if (written or named or n > 3) and (hit := r.find(name, False)) and not hit.creator and len(tokens(name)) >= n - 1:
            return True
    return False


def _wishes_not(said: str) -> bool:
    """Whether what begins as "don't ..." is a phrase that is wished for as it stands: "don't want to think"."""
    words = re.sub(r"^(?:[\s,]|\b(?:and|but|or|i|we)\b)+", "", said, flags=re.I).split()[:5]
    return bool(words) and bool(re.match(r"(?:do|does|did|ca)n['’]?t$", words[0], re.I)) and any(facet_key(" ".join(words[:n])) in same() for n in range(len(words), 2, -1))


def _excluded_name(r: Reading, words: str) -> bool:
    """Whether the words are one title or creator with an 'and' in it: 'Simon and Garfunkel', 'Pride and Prejudice'."""
    return bool(re.search(r"\band\b|\bor\b|\s&\s|/|[和跟与或]", words)) and r.find(_bare(words), False) is not None


def _bare(words: str) -> str:
    """The words without what stands around them: prepositions in front, 'movies' and 'at all' behind."""
    if has_cjk(words):
        words = re.sub(r"^(?:也?不(?:需?要|想)(?=..)|太(?![空阳极太平原])(?=.))|的$", "", words)
        return re.sub(r"(?:类型|之类|方面|题材|相关|有关|电影|歌曲|音乐)的?$", "", words)
    while (bare := _AROUND.sub("", words).strip(" '\"")) != words and bare:
        words = bare
    return words.strip(" '\"")


def _exclude(r: Reading, words: str, *, mild: bool) -> str:
    """Note one thing that is not wanted; the words of what is wished for instead, or all the same."""
    like = re.match(r"(?:like|similar to|in the style of|(?:by|from|of)(?= the))\s+", words, re.I)
    spoken = bool(re.search(r"\bin\s+\w+$", words, re.I)) and len(words.split()) < 4
    words = words[like.end() :].strip() if like else words.strip()
    key = facet_key(re.sub(r"^the\s+", "", words, flags=re.I))
    bare = _bare(words)
    if not r.index.facets([key]).get(key) and (facets_saying(r.index, bare) or not facets_saying(r.index, key)):
        words = bare  # "no love songs", where that is a tag, is about love songs, and a party place is no party
    words = _thing_zh(r, words) if has_cjk(words) and not r.find(words, False) else words
    plain = re.sub(r"^the\s+", "", words, flags=re.I)
    if not plain or not (search_words(plain) or r.index.facets([facet_key(plain)])):
        return ""
    if (wished := _wished(r, facet_key(plain))):
        if own := r.index.facets([facet_key(plain)]).get(facet_key(plain)):
            r.excluded.append(Exclusion(plain, tuple(f.f for f in own)))
        return f"{wished} , "
    if any(ABROAD in synonyms().get(k, ()) for k in (facet_key(plain), facet_key(plain).removesuffix("片"))):
        r.excluded.append(Exclusion(plain, rows=_abroad(r)))
        return ""
    hit = r.find(words, False) or (r.find(f"the {plain}", False) if not has_cjk(plain) else None)
    facets = _facets(r, plain, spoken=spoken)
    named = hit and (hit.creator or len(words.split()) > 1 or has_cjk(words) or ((words[:1].isupper() or words.isdigit()) and not facets))
    if hit and named and like and not hit.creator:
        r.references.append(Reference(hit.name, hit.rows, liked=False))
    if hit and named:
        r.excluded.append(Exclusion(words, rows=hit.rows))
        return ""
    if not facets and not has_cjk(words) and (found := r.find(words, True)) and found.creator:
        r.excluded.append(Exclusion(words, rows=found.rows))
        return ""
    said = plain.split()
    for n in range(1, len(said) if not facets and not has_cjk(plain) else 1):  # "no noise headphones" are headphones without noise
        if (wished := _wished(r, facet_key(" ".join(said[:n])))) and facets_saying(r.index, " ".join(said[n:])):
            return f"{wished} , {' '.join(said[n:])} , "
    if not facets and (parts := _known_parts_zh(r, plain) if has_cjk(plain) else _known_parts(r, plain)):
        return _exclude_parts(r, plain, parts)
    # A hyphen makes one word of several: "in-ear" is not any ear.
    every = tokens(plain) if "-" in plain or has_cjk(plain) else search_words(plain) or tokens(plain)
    r.excluded.append(Exclusion(plain, tuple(facets), tuple(every), mild=mild))
    return ""


def _abroad(r: Reading) -> tuple[int, ...]:
    """Rows of other countries alone, as the word is said in Chinese: what was made together with one's own is not foreign."""
    home = [f for country in HOME for f in facets_saying(r.index, country)]
    return tuple(sorted({*r.index.facet_rows(facets_saying(r.index, ABROAD)).tolist()} - {*r.index.facet_rows(home).tolist()}))


def _known_parts(r: Reading, words: str) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """(words, facets, rows of a creator) of the longest parts of a phrase that the catalog knows, if they are at least half of what it says.
    A known word behind an unknown one is none: who wants no bulky headphones wants headphones."""
    said, out, taken = words.split(), [], set[int]()
    for n in range(len(said) - 1 if "as" not in said else 0, 0, -1):  # "not as sad as Adele" compares
        for at in range(len(said) - n + 1):
            part = " ".join(said[at : at + n])
            if taken & {*range(at, at + n)} or not search_words(part) or "-" in part:
                continue
            hit = r.find(part, False) if part[:1].isupper() else None
            facets = () if part[:1].isupper() else tuple(facets_saying(r.index, part))
            if facets or hit and hit.creator:
                out.append((part, facets, hit.rows if hit else ()))
                taken |= {*range(at, at + n)}
    known, every = {w for part, _, _ in out for w in search_words(part)}, search_words(words)
    return out if len(known) == len(every) or 2 * len(known) >= len(every) and every[-1] not in known else []


def _known_parts_zh(r: Reading, words: str) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """As `_known_parts`, of a compound that two known words make without anything between them: 韩国恐怖片, 周杰伦的情歌."""
    for at in range(2, len(words) - 1) if not _says(r, words) else ():
        first, second = words[:at], words[at:].removeprefix("的")
        hit = r.find(first, False)
        facets, others = () if hit and hit.creator else tuple(facets_saying(r.index, first)), tuple(facets_saying(r.index, second))
        if others and (facets or hit and hit.creator):
            return [(first, facets, hit.rows if hit and hit.creator else ()), (second, others, ())]
    return []


def _exclude_parts(r: Reading, words: str, parts: Sequence[tuple[str, tuple[int, ...], tuple[int, ...]]]) -> str:
    """Exclude what has all of these parts. Of somebody's things others are still wished for: "anything but Wayferrin luggage" is luggage."""
    if len(parts) == 1:
        whole = set(search_words(words)) <= {*search_words(parts[0][0])}
        r.excluded.append(Exclusion(parts[0][0], parts[0][1], tuple(search_words(words)) if whole else (), parts[0][2], mild=True))
        return ""
    both = set.intersection(*({*rows, *map(int, r.index.facet_rows(facets))} for _, facets, rows in parts))
    r.excluded.append(Exclusion(words, (), tuple(search_words(words)), tuple(sorted(both))))
    return " , ".join([part for part, facets, _ in parts if facets and any(rows for _, _, rows in parts)] + [""])


def spare_wished(r: Reading) -> None:
    """What is wished for is not refused too, but wished for less: "scary but not too scary"."""
    said = {w.words for w in r.wishes}
    own = {f.f for found in r.index.facets(said).values() for f in found}  # not those that say the same: of "war films" some are of the world wars
    left: list[Exclusion] = []
    spared: set[int] = set()
    for e in r.excluded:
        again = facet_key(e.words) in said
        if not own & {*e.facets} or again and not e.mild:  # "jazz is fine, but no jazz today"
            left.append(e)
            continue
        spared |= own & {*e.facets}
        if facets := () if again else tuple(f for f in e.facets if f not in own):
            left.append(Exclusion(e.words, facets, mild=e.mild))
    r.excluded = left
    r.wishes = [replace(w, weight=w.weight * LESS) if spared & {*w.exact} else w for w in r.wishes]


def spare_young(r: Reading, unfit: Sequence[str]) -> None:
    """Leave out what these words say, unless it is wished for, or is for children all the same."""
    wanted = {f for w in r.wishes for f in (*w.exact, *w.alike, *w.partial)}
    facets = [f for word in unfit for f in facets_saying(r.index, word) if f not in wanted]
    if facets and (rows := {*r.index.facet_rows(facets).tolist()} - {*r.index.facet_rows(facets_saying(r.index, "for kids")).tolist()}):
        r.excluded.append(Exclusion(UNFIT, rows=tuple(sorted(rows))))


def _facets(r: Reading, words: str, *, spoken: bool = False) -> list[int]:
    """Tags that say these words, or have all of them in a row. A language is not a country: 'not in English' is no verdict on the UK."""
    facets = facets_saying(r.index, words)
    own = r.index.facets([facet_key(words)]).get(facet_key(words), [])
    if any(_LANGUAGE.search(f.column) for f in own):
        return [f.f for f in own if _LANGUAGE.search(f.column) or not spoken]
    every = tokens(words)
    if facets or not every:
        return facets
    key = facet_key(words)
    return [f.f for f in tags_with(r.index, every[0]) if (key in f.key if has_cjk(key) else f" {key} " in f" {f.key} " and not _fights(f.key, key))]
