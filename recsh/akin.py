"""Everyday ways to ask for what is near a name, said plainly: "an alternative to Dune", "Dune and things like it" -> "like Dune"; "Dune was great, what else?",
"I'm hooked on Dune" -> "I love Dune".

Plainly said, all else reads them as any "like X" (see `references`, and `measures` for what is to be cheaper or elsewhere). Who loves a maker may get more by him;
who asks for what is similar wants others. Nothing is touched where no name stands: "the next train", "based on a true story", "summer vibes".
Leaves out: comparisons ("sadder than Dune", see `measures`), Chinese (see `names_zh`).
"""

from __future__ import annotations

import re
from itertools import islice

from recsh import elsewhere, knowledge
from recsh.index import facet_key
from recsh.lexicon import STOP, is_word
from recsh.measures import OFTEN, each
from recsh.named import has_makers, named, place, place_facets
from recsh.references import is_common, longest_prefix, named_first, whole
from recsh.regex import regex
from recsh.request import Reading, is_tag
from recsh.text import fold, tokens
from recsh.types import Reference

_NAME = 9  # words of a name
_YOU = r"(?:(?:you|we|i)(?:['’]ve)?\s+(?:have|got|know(?:\s+of)?|can\s+(?:get|find|offer))\s+|(?:there\s+is|you\s+sell|out\s+there|available|around)\s+)?"
_BE = r"(?:\b(?:what|which|who|that)(?:['’]?s|\s+(?:is|are|would\s+be|comes?|sounds?|feels?|looks?))?\s+)?(?:\b(?:the|my)\s+)?"
_MANNER = r"(?:vein|style|spirit|league|ballpark|mou?ld|category|genre|kind|vibes?|mood|feel|way|universe|wavelength|territory)"
_ALIKE = regex(
    r"(?:\b(?:an?|any|some|the|other)\s+)?(?:\b(?P<how>cheaper|(?!other|rather)[a-z]+er|less\s+expensive|more\s+[a-z]+)\s+)?\b(?:alternatives?|substitutes?|replacements?|stand-?ins?|equivalents?|counterparts?|answers?|successors?|heirs?)\s+(?:to|for|of)"
    rf"|{_BE}\b(?:nearest|closest|(?:most|more|very|really|pretty|quite|so)\s+(?:similar|close)|most\s+like|similar|close)(?:\s+(?:things?|ones?|match(?:es)?|relatives?|\w+s|\w+))?\s+{_YOU}(?:to(?!\s+(?:my|your|the)\s+hearts?\b)|as)"
    rf"|{_BE}\bmost\s+like"
    rf"|\b(?:more\s+)?(?:in|along|of)\s+(?:the|a)\s+(?:(?:same|similar)\s+)?(?:{_MANNER}|lines?)\s+(?:of|as|to)|(?:\bthe\s+)?\b(?:same|similar)\s+{_MANNER}\s+(?:as|to|of)|\breminiscent\s+of"
    r"|\b(?:comparable|on\s+a\s+par|on\s+par)\s+(?:to|with)|\b(?:akin|equivalent|analogous)\s+to|(?<!\w)[àa]\s+la|\bsimilar\s*:"
    r"|\b(?:for\s+)?(?:an?\s+|the\s+|other\s+|big\s+|huge\s+|true\s+|real\s+)*(?:fans|lovers?|admirers?|devotees?|followers?|listeners|readers|aficionados?)\s+of|\bwhat\s+(?:would|does|do|will|might|should)\s+(?:an?|the)\s+(?:(?:big|real|true|huge)\s+)?fan\s+of"
    r"|\b(?:if|since|because|as|when|in\s+case|given(?:\s+that)?|seeing\s+(?:that|as)|considering(?:\s+that)?)\s+(?:i|you|we|one|someone|somebody)\s+(?:(?:really|also|already|absolutely|just|so)\s+)*(?:lik|lov|enjoy|ador|dig|dug)(?:e?[ds]?)"
    r"|\bwhat(?:['’]?s|\s+is|\s+are|\s+sounds|\s+feels)\s+(?:else\s+)?like|\bwhat\s+else\s+(?:is|are|sounds|feels)\s+like"
    r"|\b(?:people|those|everyone|everybody|others|folks|customers|users|readers|viewers|listeners|anyone|someone|somebody|guests)\s+(?:who|that)(?:['’]ve|\s+have)?\s+(?:(?:really|also|already)\s+)*(?:lik|lov|enjoy|ador|bought|buy|watch|read|listened\s+to|play|visit|own|order|rat)(?:e?[ds]?)",
    re.I,
    cues=("alternative", "substitute", "replacement", "stand", "equivalent", "counterpart", "answer", "successor", "heir", "nearest", "closest", "similar", "close", "most", "vein", "style", "spirit", "league", "ballpark", "mold", "mould", "category", "genre",
          "kind", "vibe", "mood", "feel", "way", "universe", "wavelength", "territory", "line", "reminiscent", "comparable", "par", "akin", "analogous", "la", "fan", "lover", "admirer", "devotee", "follower", "listener", "reader", "aficionado", "if", "since", "because", "as", "when", "case", "given", "seeing", "considering", "who", "that", "what"),
)  # fmt: skip
# These may also stand before what is no name at all, so only a sure name counts.
_NEAR = regex(
    r"(?:\b(?:what|which|something|anything|\w+s)(?:\s+(?:else|would|might|could|that|will))*\s+)?\b(?:go|goes|pair|pairs|fit|fits|work|works)\s+(?:(?:well|nicely|best|great|together)\s+)*(?:with|alongside)"
    r"|\b(?:that|which)?\s*\bremind(?:s|ed)?\s+(?:you|me|us|one|people|him|her|them)\s+(?:a\s+(?:lot|bit|little)\s+)?of|\b(?:based|modell?ed|patterned)\s+(?:up)?on|\b(?:going|judging|starting|working)\s+(?:by|from|with)|\b(?:clearly\s+|heavily\s+)?(?:inspired|influenced)\s+by|\bthat\s+inspired"
    r"|\bresembl(?:e|es|ing)|\brelated\s+to|\bneighbou?rs?\s+of|\b(?:give\s+me\s+)?more\s+of\s+(?:what|the\s+kind\s+of\s+\w+(?:\s+that)?)|\bin\s+the\s+(?:footsteps|tradition|shadow|wake)\s+of|\bsound(?:s|ing)?\s+like"
    r"|\b(?:just\s+)?as\s+(?:good|great|nice|brilliant|amazing|beautiful|fun|epic|catchy|wonderful)\s+as|\bwhere\s+(?:(?:do|should|can|could)\s+(?:i|we)\s+|to\s+)?(?:go\s+)?(?:next\s+)?(?:from|after)",
    re.I,
    cues=("go", "pair", "fit", "work", "remind", "based", "model", "pattern", "judging", "starting", "inspired", "influenced", "resembl", "related", "neighbo", "more", "footsteps", "tradition", "shadow", "wake", "like", "as", "where"),
)  # fmt: skip
_ANOTHER = regex(r"\b(?:(?:the|a)\s+next|another|yet\s+another|a\s+second)", re.I, cues=("next", "another", "second"))
_MORE = regex(r"\b(?:some\s+)?more", re.I, cues=("more",))
_FEEL = r"(?:(?:all|completely|totally|absolutely|really|very|just|quite|so|pretty|currently|recently|lately|now|still|always|deeply)\s+)*"
_I = r"(?:\b(?:i['’]?m|i\s+am|im|i['’]?ve\s+been|ive\s+been|i\s+have\s+been|we['’]re|we\s+are|been|i\s+was|i\s+got|i)\s+)"
_FOND = regex(
    rf"{_I}?\b{_FEEL}(?:(?:can['’]?t|cannot|can\s+not|could(?:n['’]t|\s+not|nt)|never)\s+(?:seem\s+to\s+)?get\s+enough\s+(?:of|from)|(?:can['’]?t|cannot|can\s+not|couldn['’]t)\s+stop\s+(?:listening\s+to|watching|reading|playing|thinking\s+about|using|eating|wearing|visiting|replaying)"
    r"|ke(?:ep|eps|pt)\s+(?:(?:going|coming|getting)\s+back\s+to|returning\s+to|(?:re-?)?(?:watching|reading|playing|listening\s+to|visiting))"
    r"|(?:hooked|hung\s+up|big|keen|sold)\s+on|(?:obsessed|in\s+love|smitten|infatuated|besotted|taken)\s+(?:with|by)|addicted\s+to|(?:crazy|mad|nuts|passionate)\s+(?:about|for)|partial\s+to)"
    rf"|{_I}{_FEEL}(?:into|fond\s+of|listening\s+to|binge?ing|reading|watching|playing|loving|enjoying|digging|devouring)"
    r"|\b(?:nothing|no\s+one|nobody)\s+(?:compares|comes\s+close|beats)(?:\s+(?:to|with))?"
    rf"|(?:{_I}\s*(?:also\s+)?)?(?:\b(?:an?|such\s+an?|one)\s+)?(?:\b(?:big|biggest|huge|massive|real|true|great|long[- ]?time|life-?long|die-?hard|total|major|lifelong|avid|new)\s+)*\bfan\s+of",
    re.I,
    cues=("enough", "stop", "ke", "hooked", "hung", "big", "keen", "sold", "obsessed", "love", "smitten", "infatuated", "besotted", "taken", "addicted", "crazy", "mad", "nuts", "passionate", "partial",
          "into", "fond", "ing", "compares", "close", "beats", "fan", "like", "enjoy", "ador"),
)  # fmt: skip
_LOVED = regex(r"(?<!\bwho )(?<!\bthat )\b(?:i\s+(?:(?:really|also|just|absolutely|so|do|have|always|truly)\s+)*(?:(?:like|love|adore)d?|enjoy(?:ed)?)|(?:(?:really|just|absolutely)\s+)?(?:loved|enjoyed|adored))", re.I, cues=("like", "love", "enjoy", "ador"))
_WAS = regex(
    r"(?:\s+(?P<was>was|were|is|are|has\s+been|remains)|['’]s)\s+(?:(?:just|so|really|absolutely|pretty|simply|totally|such|quite|too|very|truly|always|still|by\s+far|easily|definitely|probably|honestly)\s+)*"
    r"(?:(?:a|an)\s+)?(?:great|good|amazing|brilliant|awesome|fantastic|wonderful|excellent|perfect|superb|incredible|outstanding|fabulous|stunning|phenomenal|magnificent|a\s?maz+ing|lovely|fun|fire|the\s+best(?:\s+\w+)?(?:\s+ever)?|unbeatable|masterpiece|peak"
    r"|(?:one\s+of\s+)?(?:my|our)\s+(?:(?:all[- ]time|absolute|personal|very|current|number\s+one|total|new)\s+)*(?:fav(?:ou?rites?|es?|s)|jam|thing|go-to|comfort\s+\w+)(?!\s+(?:is|are|was)\b)(?:\s+(?:of\s+all\s+time|ever|artist|band|singer|author|writer|director|movie|film|book|song|album|game|place|city))*)(?=\s*(?:$|[,.;!?–—-]|\b(?:and|but|so|what|any|more|give|recommend|suggest|show|find|got)\b))",
    re.I, cues=("was", "were", "is", "are", "been", "remains", "'s", "’s"),
)  # fmt: skip
_THINGS = r"(?:things?|stuff|ones?|others?|anything|something|everything|anyone|someone|somewhere|\w+s|music|fiction)"
_IT = r"(?:it|that|this|those|them|these|him|her|such)"
_AND_SUCH = regex(
    rf"\s*,?\s+(?:and|or|&)\s+(?:the\s+like|so\s+on|suchlike|such\b|co\b|similar(?:\s+(?!(?:under|below|over|above|but|with|without|for|from|in|at|to|max|around|only|that|please)\b)\w+)?(?:\s+to\s+{_IT})?|(?:(?:other|some|more|any|all)\s+)*(?:\w+\s+)?{_THINGS}\s+(?:(?:just|a\s+bit|kind\s+of|sort\s+of|more)\s+)?(?:like\s+{_IT}|similar(?:\s+to\s+{_IT})?|alike|of\s+(?:that|the\s+same|this)\s+(?:kind|sort|type|ilk|vein|style)|along\s+those\s+lines|in\s+(?:that|the\s+same)\s+vein)|others\b|similars?)"
    rf"|\s*(?:[,;:.!?–—-]|\s-)\s*(?:(?:give\s+me|i\s+want|want|need|and|some|something|anything|show\s+me|find\s+me|recommend|please|got|any)\s+)*(?:more\s+(?:like|of)\s+{_IT}|more\s+of\s+the\s+same|similar(?:\s+(?:please|ones?|{_THINGS}))?(?=\s*(?:$|[,.;!?]))|alike)"
    rf"|\s+but\s+(?:(?:something|one|ones|anything|some|stuff|things?)\s+(?:that\s+)?(?:i|we)\s+(?:don['’]?t|do\s+not|haven['’]?t|have\s+not|never|didn['’]?t)\s+(?:yet\s+)?(?:know|known|seen|read|heard(?:\s+of)?|played|tried|watched|visited)(?:\s+(?:yet|already|before))?|(?:something|anything|someone|somewhere)\s+(?:new|different|else)(?:\s+(?:to|for)\s+me)?)",
    re.I, cues=("and", "or", "&", "more", "similar", "alike", "but"),
)  # fmt: skip
_VIBE = regex(r"(?:[- ](?:like|esque|ish|adjacent|inspired|influenced|flavou?red|sounding|core)(?=\s|$|[,.;!?])|(?<=-)esque|esque\b|[- ](?:type|style|styled|level|vibes?|feels?|feeling|energy|aesthetics?)\b(?:\s+(?:of|kind\s+of)(?=\s+\w))?)", re.I, cues=("like", "esque", "ish", "adjacent", "inspired", "influenced", "flavo", "sounding", "core", "type", "style", "level", "vibe", "feel", "energy", "aesthetic"))
_LOVERS = regex(r"\s+(?:fans?|lovers?|listeners|readers|fanatics?)(?=\s+(?:(?:would|will|might|also|usually|tend\s+to|should|could|generally)\s+)*(?:like|love|enjoy|pick|choose|buy|read|watch|listen|go\s+for|recommend|appreciate|try))", re.I, cues=("fan", "lover", "listeners", "readers"))
_DOES = regex(r"^\s+(?:does|do|did|makes?|made|offers?|has|have|is|are|was)(?=\s*(?:$|[,.;!?]|\b(?:but|with|under|for)\b))", re.I)
_ALSO = regex(r"^\s*,?\s*(?:(?:would|will|might|also|usually|tend\s+to|should|could|generally|probably|else|then)\s+)*(?:like|love|enjoy|pick|choose|buy|bought|read|watch|listen\s+to|go\s+for|recommend|appreciate|try)(?:e?d)?(?:\s+(?:too|next|as\s+well))?(?=\s*(?:$|[,.;!?]))|^\s*,?\s*(?:you|we|i)(?:['’]?ll|\s+will|\s+might|\s+may|\s+would)?\s+(?:(?:also|probably|really)\s+)*(?:like|love|enjoy)(?=\s*(?:$|[,.;!?]))", re.I)
_NOT = regex(r"(?:\b(?:not|no|nothing|never|without|isn['’]?t|aren['’]?t|wasn['’]?t|avoid|except|than|less|don['’]?t|didn['’]?t|doesn['’]?t|hardly|neither)|n['’]t)\s+(?:(?:anything|too|so|very|really|any|be|a|an|the|want|like|been|much|of)\s+)*$", re.I)
_OTHERS = regex(rf"\b(?:similar|alike|like\s+{_IT}\b|in\s+(?:that|the\s+same)\s+vein|along\s+(?:those|the\s+same|similar)\s+lines|of\s+(?:that|this|the\s+same)\s+(?:kind|sort|type)|comparable|instead|the\s+same\s+(?:vein|vibe|style|feel))", re.I)
_ELSE = regex(r"\b(?:what|where|who|anything|somewhere|something|any|which)\b.*\b(?:else|next|other|now|more)\b|\bmore\b|\bnext\b|\bclose\b|\brecommend|\bsuggest", re.I)
_NEXT = regex(r"(?:^|(?<=[,.;!?:–—-]))\s*(?:(?:so|and|now|ok|then)\s+)*what(?:['’]?s|\s+is|\s+comes|\s+to\s+\w+|\s+should\s+(?:i|we)\s+\w+)?\s+next\b(?!\s+\w)", re.I, cues=("next",))
_QUOTED = regex(r"[\"“‘《']([^\"”’》']{2,80})[\"”’》']")
_JOINED = regex(r"\s*(?:,|\band\b|\bor\b|&)\s*$", re.I)
_LEAD = regex(r"(?:(?:and|but|so|oh|ok|wow|well|because|since|i|we|thought|think|found|that|the|my|looking|for|with|an?|some|something|anything|give|me|want|need|got|more)\s+)*", re.I)
_ASKED = regex(r"\b(?:what|which)\s+(?:\w+\s+)?(?:would|will|do|might|should|can)\s*$|\bwith\s+an?\s*$", re.I)
_THAT = regex(r"^(?:that|which)(?:\s+(?:is|are)|['’]s)\s+(?=(?:a\s+bit\s+|much\s+)?(?:[a-z]+er|less\s+\w+|more\s+\w+)\b)", re.I)
_SMALL = regex(r"\b([a-z]+s)\s+(?:like|similar\s+to)\s+((?:the\s+)?[a-z][\w'’-]*(?:\s+[\w'’-]+){0,3})(?=\s*(?:$|[,.;!?]|\bbut\b))", cues=("like", "similar"))
_KINDS = {"movie": "films", "book": "books", "game": "games"}
_PLAIN = regex(r"\b(?:like|similar\s+to|(?:i\s+)?loved?|enjoyed)\s+", re.I, cues=("like", "similar", "love", "enjoy"))
_TELLING = regex(r"\b(?:no|not|never|nothing|nobody|without|except|less|minus|than|but|before|after|under|over|between|until|since)\b|\d", re.I)
_BUT_HOW = regex(r"\s*,?\s*(?:than\b|but\s+(?:a\s+(?:bit|lot)\s+|much\s+)?(?:less|more|half|\w+er)\b)", re.I)
_SAID = regex(r"\b(?:(?:i|we)\s+(?:(?:really|just|absolutely|also|do|so)\s+)*(?:(?:like|love|adore)d?|enjoy(?:ed)?)|loved|liked|enjoyed|adored|(?P<like>like|similar\s+to))\s+$", re.I)
_END = regex(r"\s*(?:$|[,.;!?]|\b(?:but|with|without|under|for|please|from|that|in|and|or|only|like)\b)", re.I)


def plainly(r: Reading) -> None:
    """Say it so in `r.rest`."""
    before = r.rest
    r.rest = _SMALL.sub(lambda m: _written(r, m), r.rest)
    for pattern, plain in ((_ALIKE, _alike), (_NEAR, _near), (_ANOTHER, _another), (_MORE, _another), (_FOND, _fond)):
        each(r, pattern, lambda m, tail, plain=plain: None if m.string[m.end() : m.end() + 1].isalnum() else plain(r, m, tail.lstrip()))  # type: ignore[misc]
    for pattern, said in ((_WAS, _admired), (_AND_SUCH, _such), (_VIBE, _such), (_LOVERS, _such)):
        _behind(r, pattern, said)
    each(r, _LOVED, lambda m, tail: _loved(r, m, tail.lstrip()))
    each(r, _PLAIN, lambda m, tail: _kept(r, m, tail))
    if r.rest != before:
        r.rest = _NEXT.sub(" ", r.rest)


def _written(r: Reading, m: re.Match[str]) -> str:
    """"Films like alien": of what all rows are one that is well known by this name is meant, though it is a tag, too."""
    kinds = {kind for row, kind in _KINDS.items() if row in r.index.kind}
    known = tokens(m[1])[0] in r.index.kind and any(k.kind in kinds for k in knowledge.find(m[2]))
    hit = r.find(m[2], False) if known else None
    return f"{m[0][: m.start(2) - m.start()]}{hit.name}" if hit and not hit.creator and fold(hit.name).removeprefix("the ") == fold(m[2]).removeprefix("the ") else m[0]


def _kept(r: Reading, m: re.Match[str], tail: str) -> str | None:
    """A title whose words would be read as a refusal or a number is taken whole: "like Evil Does Not Exist"."""
    found = longest_prefix(r, tail)
    if found is None or not found[0].rows or found[0].creator or not _TELLING.search(tail[: found[1]]) or fold(found[0].name) != fold(tail[: found[1]]) or _NOT.search(m.string[: m.start()]):
        return None
    hits, rest = named_first(r, tail)
    if _BUT_HOW.match(rest):  # see `measures`
        return None
    r.references += hits
    return f", {rest}"


def _alike(r: Reading, m: re.Match[str], tail: str) -> str | None:
    hits, name, rest = _first(r, tail)
    if not hits or _titled(r, m) or _NOT.search(m.string[: m.start()]):
        return None
    return _say("like", name, f"but {m['how']} , {rest}" if m["how"] else _ALSO.sub(" ", rest))


def _near(r: Reading, m: re.Match[str], tail: str) -> str | None:
    hits, name, rest = _first(r, tail, sure=True)
    if not hits or _titled(r, m) or _NOT.search(m.string[: m.start()]) or m[0].endswith("from") and not has_makers(r.index):
        return None
    return _say("like", name, _DOES.sub(' ', rest))


def _another(r: Reading, m: re.Match[str], tail: str) -> str | None:
    """"The next Agatha Christie" is another maker, "another Agatha Christie" may be a book by her; more of a title is what is like it, more of a maker is more by him."""
    hits, name, rest = _first(r, tail, sure=True)
    if len(hits) != 1 or not _END.match(rest) or _titled(r, m) or not (name[:1].isupper() or _is_name(name, hits[0])) or _NOT.search(m.string[: m.start()]):
        return None
    (hit,) = hits
    if "more" in m[0].lower():
        return None if hit.creator or len(hit.rows) != 1 or fold(hit.name) != fold(name) else _say("like", name, rest)
    return _say("like" if "next" in m[0].lower() or not hit.creator else "I love", name, rest)


def _fond(r: Reading, m: re.Match[str], tail: str) -> str | None:
    hits, name, rest = _first(r, tail)
    return None if not hits or _titled(r, m) or _NOT.search(m.string[: m.start()]) else _say("I love", name, rest)


def _loved(r: Reading, m: re.Match[str], tail: str) -> str | None:
    """Who loved a country and asks what else there is has been there."""
    if _NOT.search(m.string[: m.start()]) or not ((others := _OTHERS.search(tail)) or _ELSE.search(tail)):
        return None
    hits, name, rest = _first(r, tail)
    regions = bool(hits) and all(not hit.creator and place_facets(r, hit.name) for hit in hits)
    return _say("like", name, rest) if hits and (others or regions) else None


def _admired(r: Reading, m: re.Match[str], name: str, hit: Reference | None) -> str | None:
    return "I love" if (m["was"] or "").lower() in ("was", "were") or not _doubtful(r, name, hit) or "fav" in m[0].lower() and _well_known(name) else None


def _such(r: Reading, m: re.Match[str], name: str, hit: Reference | None) -> str | None:
    if _doubtful(r, name, hit) and (m.re is _VIBE or not _well_known(name)):
        return None
    return "I love" if "more of" in m[0].lower() else "like"


def _behind(r: Reading, pattern: re.Pattern[str], plain: object) -> None:
    """Cues behind a name: "Dune and things like it", of all that stands before them the longest name at the end."""
    for m in reversed([*islice(pattern.finditer(r.rest), OFTEN)]):
        found = _last(r, r.rest[: m.start()])
        if found is None or _NOT.search(r.rest[: found[0]]):
            continue
        start, hit = found
        name = r.rest[start : m.start()].strip()
        said = plain(r, m, name, hit)  # type: ignore[operator]
        if said:
            lead = _SAID.search(r.rest[:start])
            said = "like" if lead and lead["like"] else said
            rest = r.rest[m.end() :]
            r.rest = f"{_ASKED.sub('', r.rest[: lead.start() if lead else start])} {_say(said, name, _ALSO.sub(' ', rest) if pattern is _LOVERS else rest)}"


def _say(said: str, name: str, rest: str) -> str:
    """The name with its plain cue; "X that is cheaper" is X but cheaper."""
    rest = _THAT.sub("but ", rest.lstrip(" ,"))
    return f", {said} {name}{'' if rest[:1] in tuple('.;!?') else ' ,'} {rest}"


def _first(r: Reading, tail: str, *, sure: bool = False) -> tuple[list[Reference], str, str]:
    """(what is named at the beginning of these words, those words, the words behind them); a misspelt name, or one that nobody knows, unless it must be `sure`."""
    if quoted := _QUOTED.match(tail):
        hit = r.find(quoted[1], True)
        return ([hit], quoted[0], tail[quoted.end() :]) if hit else ([], "", tail)
    hits, rest = named(r, tail)
    if not hits and not sure:
        hits, rest = named_first(r, tail)
    if not hits or _elsewhere(r, hits) or sure and not all(hit.sure for hit in hits):
        return [], "", tail
    rest = rest if tail.endswith(rest) else rest.removeprefix(", ")
    return hits, tail[: len(tail) - len(rest)].rstrip(" ,"), rest


def _elsewhere(r: Reading, hits: list[Reference]) -> bool:
    """Whether places are named where things have makers: films set in Japan are not like Japan."""
    return has_makers(r.index) and any(not hit.rows and {k.kind for k in knowledge.find(hit.name)} == {"places"} for hit in hits)


def _last(r: Reading, text: str) -> tuple[int, Reference | None] | None:
    """(where the longest name at the end of a text begins, with those joined to it, and what it is; None for what is misspelt or known to nobody)."""
    bare = text.rstrip(" ,'\"”")
    for start in [w.start() for w in re.finditer(r"\S+", bare)][-_NAME:]:
        name = bare[start:]
        hit = whole(r, name)
        if hit is None and (found := place(r, name)) and found[1] == len(name):
            hit = found[0]
        if hit and not _elsewhere(r, [hit]) and (name[:1].isupper() or _is_name(name, hit)):
            joint = _JOINED.search(bare[:start])
            more = _last(r, bare[: joint.start()]) if joint else None
            return (more[0], hit) if more else (start, hit)
    start = max(bare.rfind(c) for c in ",.;!?:") + 1
    start += len(bare) - start - len(bare[start:].lstrip())
    start += len(lead[0]) if (lead := _LEAD.match(bare[start:])) else 0
    name = bare[start:]
    words = name.split()
    strange = [w for w in words if len(w) > 4 and not is_word(w.strip("'’"))]
    if not 0 < len(words) < 5 or not strange or any(t in STOP for t in tokens(words[-1])) or any(is_common(r, w, [w]) for w in tokens(name)):
        return None
    hit = r.find(name, True)
    return (start, hit) if hit or elsewhere.known_as(r, name) or all(w[:1].isupper() for w in words) else None


def _is_name(name: str, hit: Reference) -> bool:
    """Whether small letters are a name sooner than words: "radiohead", "spirited away", not "sunset"."""
    return hit.creator or any(not is_word(w) for w in name.split()) or _well_known(name)


def _well_known(name: str) -> bool:
    return any(k.kind in elsewhere.WORKS or k.kind == "places" for k in knowledge.find(name))


def _doubtful(r: Reading, name: str, hit: Reference | None) -> bool:
    """Whether a title is a tag as well, which at the beginning of a sentence has a capital, too: Summer, Horror."""
    return (hit is None or not hit.creator) and any(is_tag(r.index, f) for f in r.index.facets([facet_key(name)]).get(facet_key(name), ())) and not place_facets(r, name)


def _titled(r: Reading, m: re.Match[str]) -> bool:
    """Whether the cue begins a title: "Another Brick in the Wall", "The Next Karate Kid"."""
    title = longest_prefix(r, m.string[m.start() :].lstrip())
    return title is not None and title[1] > len(m[0].strip())
