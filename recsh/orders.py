"""What is to be left out, said as an order or a rule, said plainly: "skip the piano", "zero gore", "romance is a dealbreaker" -> "without ...".

What such words mean depends on what they are said of, so most count only of something the catalog knows: "drop the romance" is a refusal,
"drop by the beach" is none. Leaves out: what the refused words are in the catalog (see `exclusions`), who says that he dislikes something
(see `refusals`), Chinese (see `refusals_zh`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from recsh.regex import regex

_START = r"(?:^|(?<=[,.;:!?(])|(?<= - )|\b(?=but\b))\s*"
_POLITE = (
    r"(?:(?:and|but|so|or|please|pls|plz|just|maybe|also|let'?s|always|then|ok|rather|preferably|ideally|definitely|absolutely|really|totally|strictly|simply|feel\s+free\s+to|try(?:ing)?\s+to|make\s+sure\s+(?:you|to)|want(?:ing)?\s+to|like\s+to"
    r"|prefer\s+to|(?:i|you|we)\s+(?:can|could|should|may|might|will|would|want\s+to|need\s+to|must)|(?:i|you|we)'?(?:d|ll))\s+)*"
)
_WHAT = (  # what stands between the order and the thing
    r"(?:(?:(?-i:the)|any|all(?:\s+of)?(?:\s+the)?|too\s+much|so\s+much|every|those|these|that|(?:any|every)thing|things?|stuff|whatever|ones?|songs?|films?|movies?|books?|places?)\s+)*"
    r"(?:(?:with|about|from|by|like|involving|featuring|containing|including|related\s+to|that(?:'s|\s+is|\s+has|\s+have)?|which\s+(?:is|has|have)|(?:a\s+(?:lot|bit|ton)|lots|tons|loads)\s+of|any|too|(?-i:the))\s+)*"
)
_SPOKEN = r"(?!(?:to|me|my|myself|it|its|this|that|him|her|them|us|you|your|what|how|why|when|where|if|by|off|in|on|out|up|down|into|for|at|a|an|and|or|is|was|it's|i|we|not|no|rest|lot|anything|everything|something|time|same)\b)"
# Orders that mean nothing else, whatever they are said of.
_CLEAR = (
    regex(
        rf"{_START}{_POLITE}(?:leav(?:e|ing)\s+out|omit(?:ting)?|exclud(?:e|ing)|excl\b\.?|filter(?:ing)?\s+out|rul(?:e|ing)\s+out|(?:stay|keep|steer)(?:ing)?\s+(?:well\s+|far\s+)?(?:away\s+from|clear\s+of|off)|keep\s+(?:it|them|things)\s+(?:free|clear)\s+of)\s+{_WHAT}{_SPOKEN}",
        re.I, cues=("leav", "omit", "exclud", "excl", "filter", "rul", "away", "clear", "off", "keep")),
    regex(rf"(?:{_START}{_POLITE}|\b)(?:nothing|not)\s+(?:(?:that|which)\s+)?(?:involv(?:es|ing)|featur(?:es|ing)|contain(?:s|ing)|includ(?:es|ing)|resembl(?:es|ing)|(?:has|deals?|dealing)\s+(?:anything\s+)?(?:to\s+do\s+)?with|(?:even\s+)?(?:remotely|vaguely|close\s+to))\s+{_WHAT}{_SPOKEN}", re.I, cues=("nothing", "not")),
    regex(rf"(?:\bwith\s+)?\b(?:no|not\s+(?:even\s+)?(?:an?|one|any|the\s+(?:slightest|least|tiniest))|without\s+(?:an?|any|the\s+slightest)|(?:not|isn't)\s+even\s+a)\s+(?:\w+\s+)?(?:traces?|hints?|shreds?|whiff|ounce|signs?|speck|bits?|scrap|elements?|suggestion|amount|kinds?|sorts?|types?)\s+of\s+{_WHAT}{_SPOKEN}", re.I, cues=("no", "without", "isn't")),
    regex(rf"\bw/(?:o|out)\s+{_WHAT}(?=\w)", re.I, cues=("w/",)),
    regex(rf"(?:{_START}|\b)(?:(?:all|every(?:thing|where|one)?|any(?:thing|where|one)?)\s+(?:bar|but\s+for|save(?:\s+for)?|aside\s+from|barring|minus|sans)|aside\s+from|all\s+but|devoid\s+of|free\s+from)\s+{_WHAT}{_SPOKEN}", re.I, cues=("bar", "but", "save", "aside", "minus", "sans", "devoid", "free")),
    regex(
        rf"{_START}(?:as\s+long\s+as|so\s+long\s+as|provided(?:\s+that)?|only\s+if|(?:please\s+)?(?:make\s+sure|ensure)(?:\s+that)?|but|and)?\s*(?:there|it|they)\s*(?:'s|\s+is|\s+are|\s+has|\s+have|'re|\s+(?:should|must|can|has\s+to|have\s+to)\s+(?:be|have))\s+(?:absolutely\s+)?no\s+(?:more\s+)?{_SPOKEN}"
        rf"(?!(?:one|way|need|problem|point|reason|escape|hope|place|such|doubt|room|tomorrow|business|rush|hurry|wrong|right|limit|idea|good|more\s+than|less\s+than)\b)",
        re.I, cues=("no",)),
)  # fmt: skip
# The same, of what the catalog knows.
_KNOWN = (
    regex(
        rf"{_START}{_POLITE}(?:(?:skip(?:ping)?(?:\s+(?:over|past))?|drop(?:ping)?|ditch(?:ing)?|los(?:e|ing)|scrap|cut(?:ting)?(?:\s+(?:out|down\s+on|back\s+on))?|remov(?:e|ing)|tak(?:e|ing)\s+out|get(?:ting)?\s+rid\s+of|do(?:ing)?\s+away\s+with|nix|eliminate|hid(?:e|ing)|ignor(?:e|ing)"
        rf"|forget(?:\s+about)?|pass(?:ing)?\s+on|spare\s+(?:me|us)|lay\s+off|(?:tone|dial|turn|tun)(?:ing)?\s+down|(?:go\s+|be\s+)?(?:light|low|easy|short)\s+on|nope\s+to|no\s+to|say\s+no\s+to|never|(?:with\s+)?(?:little\s+(?:or|to)\s+no|very\s+little|hardly\s+any|barely\s+any|scarcely\s+any|as\s+little)|had\s+it\s+with"
        rf"|(?:so\s+|all\s+)?done\s+with|(?:that'?s|i\s+(?:have|got)|we\s+(?:have|got)|(?:i|we)'?ve(?:\s+(?:had|got|read|seen|heard|watched))?|had|(?:i|we)\s+have\s+(?:had|read|seen|heard|watched))\s+(?:more\s+than\s+)?enough(?:\s+of)?|reject(?:ing)?|decline|veto|ban(?:ning)?|bann?(?:ed)?|block(?:ing)?|mute|minus|sans|lacking|save\s+for|bar|barring|nil)\s+)"
        rf"{_WHAT}{_SPOKEN}",
        re.I,
        cues=("skip", "drop", "ditch", "los", "scrap", "cut", "remov", "tak", "rid", "away", "nix", "eliminate", "hid", "ignor", "forget", "pass", "spare", "lay", "down", "light", "low", "easy", "short", "no", "never", "little", "any", "had", "done", "enough", "reject", "decline", "veto", "ban",
              "block", "mute", "minus", "sans", "lacking", "save", "bar", "nil")),
    regex(rf"(?:(?:{_START}{_POLITE}|\b)with\s+(?:absolutely\s+)?|{_START}{_POLITE})(?:zero|0|little\s+to\s+no|(?:very|as)\s+little|hardly\s+any|barely\s+any)\s+{_WHAT}{_SPOKEN}(?!(?:gravity|tolerance|waste|hour|point|emissions?|carbon|degrees?|stars?|calorie|dark|day|g)\b)", re.I, cues=("zero", "0", "little", "any")),
    regex(
        rf"(?:\b(?:i|we)\s*(?:(?:just|really|simply)\s+)?(?:can\s*'?t|cannot|can\s+not|could(?:n't| not)|won't|will\s+not|would(?:n't|\s+not))|{_START}(?:(?:just|really)\s+)?(?:can\s*'?t|cannot|would(?:n't|\s+not)))\s+(?:(?:really|even|just|ever)\s+)?"
        rf"(?:stand|bear|take|handle|deal\s+with|cope\s+with|do|tolerate|stomach|abide|be\s+doing\s+with|be\s+bothered\s+with|watch|sit\s+through|listen\s+to|read|see|want|like|enjoy|face|have|eat|drink)\s+{_WHAT}{_SPOKEN}",
        re.I, cues=("can", "could", "won", "will", "would")),
    regex(
        rf"(?:\b(?:it|they|that|which|there|he|she|but|and)\s+|{_START})(?:(?:must|should|may|shall|could|do|does)\s*(?:n'?t|not)|can(?:'?t|\s*not))\s+(?:have|contain|include|involve|be|feature|mention|get|show)\s+{_WHAT}{_SPOKEN}",
        re.I, cues=("must", "should", "may", "shall", "can", "could", "do")),
    regex(rf"(?:{_START}{_POLITE}|\b(?:i|we)\s+)(?:do\s*n'?t|do\s+not|stop|quit)\s+(?:ever\s+)?(?:giv|show|recommend|suggest|includ|offer|send|bring|play|put|pick|choos|list|bother|add)(?:e|ing|on|in)?(?:\s+(?:me|us))?(?:\s+with)?\s+(?![^,.;]*\b(?:\w+er|more|less)\s+than\b){_WHAT}{_SPOKEN}", re.I, cues=("do", "stop", "quit")),
    regex(rf"(?:\b(?:i|we)\s+(?:(?:really|just|absolutely|also|totally)\s+)*|{_START}(?:(?:really|absolutely)\s+)?)(?:detest|despise|abhor|can'?t\s+abide|loathe|hate|dislike|(?:do\s*n'?t|do\s+not|never)\s+(?:really\s+|much\s+|usually\s+)?(?:like|enjoy|feel\s+like|care\s+for|care\s+about|fancy|get|dig|go\s+for))\s+{_WHAT}{_SPOKEN}", re.I, cues=("detest", "despise", "abhor", "abide", "loathe", "hate", "like", "enjoy", "feel", "care", "fancy", "get", "dig", "go")),
    regex(
        rf"(?:\b(?:i'?m|i\s+am|we'?re|we\s+are)\s+|{_START}(?:and\s+|but\s+)?)(?:(?:really|just|so|definitely)\s+)*(?:not\s+(?:(?:really|that|so|too|very|all\s+that|exactly)\s+)*(?:feeling(?:\s+like)?|(?:looking|asking|searching)\s+for|after|big\s+on|here\s+for|crazy\s+about|wild\s+about|mad\s+about|interested\s+in|wanting|fond\s+of|one\s+for)|no\s+(?:big\s+)?(?:fan|lover|friend)\s+of|sick\s+and\s+tired\s+of|(?:so\s+)?done\s+with)\s+{_WHAT}{_SPOKEN}",
        re.I, cues=("not", "no", "sick", "done")),
    regex(rf"(?:\b(?:i|we)\s*(?:have|'?ve(?:\s+got)?|'?ve|got)\s+(?:really\s+|absolutely\s+)?|{_START}(?:and\s+|but\s+)?)(?:no|zero|little)\s+(?:interest\s+in|patience\s+(?:for|with)|time\s+for|use\s+for|stomach\s+for|desire\s+for|tolerance\s+for|appetite\s+for|love\s+for)\s+{_WHAT}{_SPOKEN}", re.I, cues=("no", "zero", "little")),
    regex(rf"\b(?:(?:i|we)'?d|(?:i|we)\s+would|{_START}would|rather)\s+(?:rather|prefer|sooner)?\s*(?:it\s+)?not\s+(?:to\s+)?(?:(?:have|see|hear|watch|read|listen\s+to|get|go|do|be)\s+)?(?:to\s+)?{_WHAT}{_SPOKEN}", re.I, cues=("not",)),
    regex(rf"\b(?:that|which|who|and|with)\s+(?:have|has|had|got|contains?|includes?|features?)\s+(?:absolutely\s+|almost\s+)?no\s+{_SPOKEN}", re.I, cues=("no",)),
    regex(rf"\b(?:that|which)\s+(?:do|does)\s*(?:n'?t|\s+not)\s+(?:really\s+)?(?:feature|mention|focus\s+on|rely\s+on|deal\s+with|have\s+to\s+do\s+with|go\s+into)\s+{_WHAT}{_SPOKEN}", re.I, cues=("do",)),
    regex(rf"\s(?:lacking|sans|barring|save\s+for|minus)\s+{_WHAT}{_SPOKEN}(?=[a-z])", re.I, cues=("lacking", "sans", "barring", "save", "minus")),
    regex(r"(?<=\s)[-–](?=[a-z])", re.I, cues=("-", "–")),
)  # fmt: skip
_IDIOM = regex(r"\b(?:drop(?:ping)?\s+the\s+(?:bass|beat|mic|ball)|cut\s+the\s+(?:cord|cake)|los(?:e|ing)\s+the\s+(?:plot|beat)|never\s+(?:ending|mind)|forget\s+the\s+world|skip\s+the\s+(?:intro|credits|line|queue)s?|(?:turn|tun)ing\s+down)\b", re.I)
# A list that an "or" closes is one of refusals to its end; so is any other, of what is left out as such.
_LISTS = (
    regex(r"\b(?P<no>no|not|nothing|without|except|nor|exclud(?:e|ing)|neither|avoid(?:ing)?|leav(?:e|ing)\s+out)\s+(?P<list>[\w'-]+(?:\s[\w'-]+)?(?:,\s*[\w'-]+(?:\s[\w'-]+)?)+),?\s+(?:or|nor)\s+(?P<last>[\w'-]+)", re.I, cues=("or",)),
    regex(r"\b(?P<no>(?:every|any)(?:thing|one)\s+(?:but|except)|exclud(?:e|ing)|leav(?:e|ing)\s+out|hate|omit)\s+(?P<list>[\w'-]+(?:\s[\w'-]+)?(?:,\s*[\w'-]+(?:\s[\w'-]+)?)+),?\s+and\s+(?P<last>[\w'-]+)", re.I, cues=("and",)),
)
_MADE = regex(r"\b(not|nothing|no(?:\s+\w+)?|nobody|isn't|aren't|wasn't|weren't)\s+(?:(?:written|directed|sung|performed|played|made|produced|recorded|composed)\s+(?=by\b)|(?:starring|featuring|with)\s+(?=(?-i:[A-Z])))", re.I, cues=("written", "directed", "sung", "performed", "played", "made", "produced", "recorded", "composed", "starring", "featuring", "with"))
_BUT = regex(r"\bbut\s+not\s+(?:(?:too|so|very)\s+)?([\w-]+)\s+(?=(?:songs?|tracks?|music|movies?|films?|books?|novels?|albums?|places?)\s+(?!like\b))", re.I, cues=("but",))
_THING = r"((?:(?!(?:that|which|who|never|not|no|nothing|something|anything|it|this|these|those|they|he|she|i|we|you|what|if|a|an)\b)[\w&'-]+\s+){1,4}?)"
# Rules whose thing stands before or between their words.
_BEHIND = (
    regex(
        rf"(?:^|(?<=[,.;!?(])|\b(?:but|and|so|since|because|as)\b)\s*(?:the\s+|any\s+|all\s+)?{_THING}(?:(?:is|are|'s|being)\s+)?(?:(?:definitely|absolutely|totally|just|really|strictly|always)\s+)?"
        r"(?:(?:not|never)\s+(?:allowed|wanted|welcome|permitted|included|an\s+option|acceptable|ok(?:ay)?)|unwanted|unwelcome|excluded|excepted|no\s+option(?=\s*(?:$|[,.;!?)]))|forbidden|banned|prohibited|left\s+out|(?:(?:is|are)\s+)?(?:out|off)\s+(?:of\s+the\s+question|the\s+table|limits|the\s+menu)|out(?=\s*(?:$|[,.;!)]))"
        r"|(?:an?\s+)?(?:(?:big|total|complete|hard|absolute|huge|real|firm|definite)\s+)*(?:no[- ]?gos?|no[- ]no|deal[- ]?breakers?|turn[- ]?offs?|nope|no|pet\s+peeve)(?=\s*(?:$|[,.;!?)])|\s+for\s+(?:me|us)\b)(?:\s+for\s+(?:me|us))?|makes?\s+me\s+(?:sick|cringe|ill|yawn|nauseous|angry|uncomfortable)|put\s+me\s+off)(?=\s*(?:$|[,.;!?)]|\b(?:but|and|so|please|for)\b))",
        re.I, cues=("not", "never", "un", "ex", "forbidden", "banned", "prohibited", "out", "off", "no", "deal", "turn", "peeve", "make")),
    regex(r"(?:^|(?<=[,.;!]))\s*([\w&' -]{2,30})\?+\s*(?:no,?\s+(?:thanks?(?:\s+you)?|way|chance)|nope|nah|no|never|hard\s+pass|pass|not\s+for\s+me|not\s+my\s+thing)(?=\s*(?:$|[,.;!]))", re.I, cues=("?",)),
    regex(rf"(?:{_START}|\b(?:but|and)\s+){_POLITE}(?:leave|keep|cut|take)\s+(?:out\s+)?(?:the\s+|any\s+|all\s+(?:the\s+)?)?{_THING}(?:out(?:\s+of\s+(?:it|this|the\s+(?:list|results)))?|to\s+(?:a|the)\s+(?:bare\s+)?minimum|away)(?=\s*(?:$|[,.;!?)]))", re.I, cues=("leave", "keep", "cut", "take")),
    regex(rf"{_START}(?:with\s+)?as\s+(?:little|few)\s+{_THING}as\s+possible", re.I, cues=("as",)),
    regex(rf"{_START}(?:ok(?:ay)?,?\s+)?(?:that'?s\s+)?enough\s+{_THING}(?:already|now|please|for\s+(?:now|today|me|a\s+(?:lifetime|while)|one\s+day))(?=\s*(?:$|[,.;!?)]))", re.I, cues=("enough",)),
)  # fmt: skip
_FREE = regex(r"\b([a-z]+(?:[ -][a-z]+)?)-free\b(?!\s+(?:time|zone|day))", re.I, cues=("free",))
_RELATED = regex(r"((?:\bno|\bnothing|\bnot|\bwithout|\banything)\s+(?:\w+\s+)?\w+)-(?:related|based|themed|heavy|centric|focused)\b", re.I, cues=("-",))
# Said without need: of "as long as it's not ..." the refusal counts.
_TRIMMED = regex(
    r"(?:\b(?:definitely|absolutely|strictly|preferably|ideally|hopefully|certainly|positively|literally|seriously|obviously|honestly|rather)\s+)+(?=(?:no|not|without|nothing|zero|avoid(?:ing)?|hate|never|skip)\b)|\b(?:i|we)(?:\s+would|'?d)\s+rather\s+(?=avoid|skip)|\bsick\s+and\s+(?=tired\s+of)"
    r"|(?<=[,.;]\s)(?:as|so)\s+long\s+as\s+(?:it|they|that)(?:'s|\s+is|'re|\s+are)?\s*(?=(?:no|not|without|isn't|aren't|doesn't)\b)|\b(?:what|which|who)ever\s+(?:but\s+)?(?=no\b|not\b)",
    re.I, cues=("ly", "rather", "sick", "long", "ever"))  # fmt: skip
_TAIL = regex(r"((?:\bno|\bnot|\bnothing|\bwithout|\bany)\s[^,.;!?]{2,40}?)\s+(?:whatsoever|of\s+any\s+(?:kind|sort|type)s?|in\s+(?:it|them|there)|this\s+time(?:\s+around)?|for\s+a\s+change|at\s+any\s+(?:cost|price)|under\s+any\s+circumstances|allowed|if\s+(?:possible|you\s+can)|(?:and|or)\s+(?:all\s+that|the\s+like|stuff(?:\s+like\s+that)?|such|so\s+on))(?=\s*(?:$|[,.;!?]|\bbut\b))", re.I, cues=("whatsoever", "any", "in", "time", "change", "allowed", "if", "that", "like", "stuff", "such", "on"))
# What nobody asks for is neither wished for nor refused.
_OPTIONAL = regex(rf"(?:^|(?<=[,.;!?])|\b(?:but|and)\b)\s*(?:{_THING}(?:(?:is|are)\s+)?(?:not|n't)\s+(?:really\s+|strictly\s+)?(?:needed|required|necessary|essential|important|a\s+must|mandatory)|(?:there'?s\s+)?no\s+need\s+for\s+(?:the\s+|any\s+)?{_THING.replace('{1,4}?', '{0,3}?')}[\w'-]+)(?=\s*(?:$|[,.;!?]))", re.I, cues=("needed", "required", "necessary", "essential", "important", "must", "mandatory", "need"))
_FIGURE = r"(?:[$£€¥\d]|usd|eur|gbp|an?\s+(?:hour|hr|hundred|thousand|grand|dozen|couple|day|week|minute|half)|(?:one|two|three|four|five|ten|twenty|thirty|forty|fifty|sixty|ninety)\b)"
# Two refusals that are none, and praise that sounds like one.
_WANTED = regex(
    rf"\b(?:(?:would|will|could|do)\s*(?:n'?t|not)|can(?:'?t|\s*not)|won'?t|never)\s+(?:(?:ever|really)\s+)?(?:say\s+no\s+to|turn\s+down|refuse|object\s+to|live\s+without|do\s+without|be\s+without|get\s+enough(?:\s+of)?|resist|go\s+wrong\s+with|beat|get\s+tired\s+of|tire\s+of|have\s+enough(?:\s+of)?|have\s+too\s+much)\s+(?:some\s+|a\s+(?:bit|little)\s+(?:of\s+)?|the\s+)?(?=\w)"
    rf"|\b(?:would|could)\s*(?:n'?t|not)\s+mind\s+|\b(?:nothing\s+beats|you\s+can'?t\s+beat|never\s+enough|not\s+enough|no\s+such\s+thing\s+as\s+too\s+much|not\s+(?:averse|opposed|allergic)\s+to|not\s+without|not\s+a\s+party\s+without|who\s+does\s*n'?t\s+(?:love|like)|why\s+not|(?:whether\s+)?or\s+not|none\s+other\s+than|(?:nothing\s+less\s+than|(?:^|(?<=[,.;!?]\s))more\s+or\s+less)(?!\s*{_FIGURE}))\b\s*"
    r"|\b(?:no|not)\s+shortage\s+of\s+|\bnot\s+(?:only|just|merely|solely)\s+(?=[\w ]+\bbut\b)|\bnot\s+(?:(?:an?|too|half|so|that)\s+)*bad\b|\bnot\s+too\s+(?:old|young|tired|cool|proud)\s+(?:to\s+\w+|for)\b|\b(?:must|can|should|do|to)\s*(?:n'?t|'?t|not)\s+(?:be\s+)?miss(?:ed)?\b|\bnot\s+to\s+be\s+missed\b"
    r"|(?<=\w),?\s+no\s+(?:question|doubt|contest|less|kidding|joke|lie|cap)(?=\s*(?:$|[,.;!?]))|\bno\s+(?P<without>[\w' -]+?),?\s+no\s+(?:life|fun|party|gain|peace|glory)\b",
    re.I, cues=("nt", "n't", "'t", "not", "never", "no", "miss", "less"))  # fmt: skip
# What somebody does not mind is neither wished for nor refused, nor is what need not be all.
_EITHER = regex(
    rf"(?:\b(?:i\s+have|i've(?:\s+got)?|we\s+have|got)\s+|{_START}(?:and\s+|but\s+)?)(?:nothing\s+(?:really\s+)?against|no\s+(?:problems?|issues?|trouble|objections?)\s+(?:with|to))\s+[^,.;!?]+?(?=\s*(?:$|[,.;!?]|\bbut\b))"
    rf"|(?:\b(?:i'?m|i\s+am|we'?re|we\s+are)\s+|{_START})not\s+(?:(?:at\s+all|really|easily)\s+)*(?:afraid|scared|frightened|put\s+off|bothered|squeamish)\s+(?:of|by|about)\s+[^,.;!?]+?(?=\s*(?:$|[,.;!?]|\bbut\b))"
    rf"|{_START}(?:and\s+|but\s+)?(?:an?\s+|some\s+|the\s+)?{_THING}do(?:es)?\s*(?:n'?t|\s+not)\s+(?:put\s+(?:me|us)\s+off|bother\s+(?:me|us)|scare\s+(?:me|us)|matter)(?=\s*(?:$|[,.;!?]|\bbut\b))"
    r"|\b(?:that\s+|which\s+)?(?:is|are)(?:n'?t|\s+not)\s+(?:just|only|merely|solely|all|always)\s+[^,.;!?]+?(?=\s*(?:$|[,.;!?]|\bbut\b))",
    re.I, cues=("against", "no", "not", "put", "bother", "scare", "matter", "nt", "n't"))  # fmt: skip
_UNNEEDED = regex(r"\bno\s+((?:[\w'-]+\s+){1,3}?)(?:is\s+|are\s+)?(?:needed|required|necessary)\b", re.I, cues=("needed", "required", "necessary"))
_FEW = regex(rf"(?:(?:{_START}{_POLITE}|\bwith\s+)(?:not\s+(?:a\s+lot\s+of|much|many|that\s+much|lots\s+of)|(?:only\s+)?(?P<little>minimal|limited|reduced|(?:only\s+)?a\s+little|little)))\s+{_SPOKEN}", re.I, cues=("not", "minimal", "limited", "reduced", "little"))


def plainly(text: str, known: Callable[[str], object], titled: Callable[[re.Match[str]], bool] = lambda m: False) -> str:
    """The text with orders to leave something out as "without ...". `known`: whether the catalog has these words, `titled`: whether a title begins
    where the match does.

    >>> plainly("jazz songs, skip the piano", lambda words: words == "piano")
    'jazz songs, , without piano'
    >>> plainly("zero gravity, skip to the good part", lambda words: False)
    'zero gravity, skip to the good part'
    """

    def before(m: re.Match[str], sure: bool) -> str:
        if titled(m) or _IDIOM.search(m[0] + re.match(r"[\w-]*", m.string[m.end() :])[0]):  # type: ignore[index]
            return m[0]
        return " , without " if sure or any(known(x) for x in _things(m.string[m.end() :])) else m[0]

    def behind(m: re.Match[str]) -> str:
        thing = next(g for g in m.groups() if g).strip()
        return f" , without {thing} , " if not titled(m) and any(known(x) for x in _things(thing)) else m[0]

    def free(m: re.Match[str]) -> str:
        return f" , without {m[1]} , " if not known(m[0]) and not known(m[0].replace("-", " ")) and known(m[1]) and not titled(m) else m[0]

    def listed(m: re.Match[str]) -> str:
        parts = [*re.split(r",\s*", m["list"]), m["last"]]
        return f"{m['no']} {' or '.join(parts)}" if all(known(x) for x in parts) and not titled(m) else m[0]

    def few(m: re.Match[str]) -> str:
        return " , not too much " if any(known(x) for x in _things(m.string[m.end() :])) and not (m["little"] and known(m["little"])) and not titled(m) else m[0]

    text = text.replace("\u2019", "'")
    text = _EITHER.sub(lambda m: m[0] if titled(m) else " , ", text)
    text = _WANTED.sub(lambda m: m[0] if titled(m) else f" {m['without'] or ''} ", text)
    text = _BUT.sub(lambda m: f" , not too {m[1]} , " if known(m[1]) and not titled(m) else m[0], _MADE.sub(lambda m: m[0] if titled(m) else f"{m[1]} ", text))
    for pattern in _LISTS:
        text = pattern.sub(listed, text)
    text = _UNNEEDED.sub(r"without \1", text)
    text = _OPTIONAL.sub(lambda m: " , " if any(known(g.strip()) for g in m.groups() if g) or "need for" in m[0] else m[0], text)
    text = _FREE.sub(free, _TAIL.sub(r"\1", _RELATED.sub(r"\1", _TRIMMED.sub("", text))))
    text = _FEW.sub(few, text)
    for pattern in _BEHIND:
        text = pattern.sub(behind, text)
    for pattern in _CLEAR:
        text = pattern.sub(lambda m: before(m, True), text)
    for pattern in _KNOWN:
        text = pattern.sub(lambda m: before(m, False), text)
    return text


def _things(after: str) -> list[str]:
    """The words that stand right behind an order: all up to the end of the clause, each part of a list, the first two and the first."""
    clause = re.split(r"[,.;:!?()]|\b(?:but|please|pls|so|for|this\s+time|tonight|today|though|thanks|now)\b", after, maxsplit=1, flags=re.I)[0].strip()
    words = clause.split()
    parts = re.split(r"\s+(?:and|or|nor)\s+(?:the\s+)?", clause, flags=re.I)
    return [x for x in dict.fromkeys((clause, *parts, " ".join(words[:2]), " ".join(words[:1]))) if x]
