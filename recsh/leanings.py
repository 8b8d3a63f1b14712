"""Words that ask for more or less of a number without a limit: cheap, the shortest, newest, 最便宜, 评分高.

    ("g", "kg"), -1, "lightest"  ->  the lower the weight, the better

Leaves out: reading them in a request (see `conditions`).
"""

from recsh.cells import LEVEL

MONEY_UNITS = ("$", "元", "€", "£")
"""Units of a column of prices."""
TIME_UNITS = ("min", "s", "ms")
"""Units of a column of lengths in time."""

NOT_DEAR = (
    r"\b(?:not|nothing|isn['’]t)\s+(?:too |very |that |so )?(?:expensive|pricey|dear)\b|\breasonably priced\b|(?:不(?:太|是很|要太|想太)?|别太)贵"
    r"|\b(?:(?:that |which )?(?:will not|won['’]?t|doesn['’]?t|not(?: going to)?)|without)\s+(?:break(?:ing)? the bank|bankrupt(?:ing)? (?:me|us)|cost(?:ing)? (?:a fortune|the earth|a bomb|an arm and a leg))\b"
    r"|\b(?:but )?without (?:the|such an?|that) (?:(?:high|hefty|steep|crazy|silly) )?(?:prices?(?: ?tags?)?|cost|expense)\b|\b(?:for|at) (?:half|a fraction of) the (?:price|cost)\b"
)
NOT_LONG = r"\b(?:not|nothing|isn['’]t)\s+(?:too |very |that |so |overly )?long\b|别太长|不要太长|不太长"
NOT_HEAVY = r"\b(?:not|nothing|isn['’]t)\s+(?:too |very |that |so |overly )?heavy\b|不(?:太|要太)?重(?=$|[，,的])"
NOT_OLD = r"(?:(?:不要|别|不|不看|不听|不想[看听要])太(?:老|旧|久远)|(?:不要|别要|不看|不听|不想[看听要])[老旧])(?=$|[，,的])"
READS = r"\b(?:short|quick|long)(?:er)?[\s-]?(?=reads?\b)"
"""Of a "long read" the length is all that is said."""
# Who gets older, or is, says nothing of when a thing was made.
_OLDER = "".join(rf"(?<!\b{w} )" for w in "get gets got getting grow grows growing".split()) + r"older(?!\s+(?:people|m[ae]n|wom[ae]n|adults?|folks|readers|characters?|relatives?|kids|children))"
LEANINGS = (
    ((*MONEY_UNITS, LEVEL), -1, r"\b(?:cheap(?:er|est)?|inexpensive|affordable|budget(?!(?:['’]?s| is)? (?:no|not)\b)|low[- ]cost|bargain|on a shoestring|(?:not|nothing)(?: too)? (?:posh|fancy|swanky|flashy)|money(?:['’]?s| is) (?:a bit |very )?tight|strapped for cash)\b|最?便宜|实惠|平价|性价比|" + NOT_DEAR),
    ((*MONEY_UNITS, LEVEL), 1, r"\b(?:most expensive|priciest|luxurious|high[- ]end|premium|(?:money|price|budget|cost)(?:['’]?s| is)? no (?:object|issue|problem)|no expense spared|spare no expense)\b|最贵|高端"),
    ((*TIME_UNITS, "pages"), -1, r"\b(?:short(?:er|est)?|quickest|quick(?=[\s-]?reads?\b))\b|最薄|短片|最短|短一点|" + NOT_LONG),
    (("min",), -1, r"\bquick(?=\s|$)(?!\s+(?:question|thing|one\b|draw|start|wit))"),
    ((*TIME_UNITS, "pages"), 1, r"\b(?:long(?:er|est)|long(?=[\s-]?reads?\b))\b|最长"),
    (("year",), 1, r"\b(?:newest|latest|most recent|new releases?|newly released|just released|brand new|recent|newer|modern)\b|最新|较新|近期|新一?点(?!年)|" + NOT_OLD),
    (("year",), -1, r"\b(?:oldest|earliest|" + _OLDER + r"|oldies)\b|\bold(?=\s+(?:songs?|tunes?|music|movies?|films?|books?|novels?|stuff|ones)\b)|最老|最早|老(?=歌|片|电影|书|港片)|老一?点(?!的?(?:人|孩))"),
    (("g", "kg"), -1, r"\b(?:light(?:er|est)|ultralight)\b|最轻|" + NOT_HEAVY),
    (("rating",), 1, r"\b(?:best[- ]rated|highest[- ]rated|top[- ]rated|highly rated|best reviewed|well reviewed|(?:good|great|rave|excellent) (?:reviews|ratings))\b|评分最高|评分高|高分|口碑"),
    (("g", "kg"), 1, r"\bheaviest\b|最重"),
    (("rating",), -1, r"\b(?:worst|lowest)[- ]rated\b|\bworst(?=\s+(?:movies?|films?|books?|songs?|albums?|games?|hotels?|restaurants?|ones?)\b)|评分最低"),
    (("count",), 1, r"\b(?:most popular|most reviewed|best[- ]selling|bestsellers?|(?<!less )(?<!not )(?<!not so )(?<!not too )(?<!that )(?<!too )(?:famous|well[- ]known|popular))\b|热门|最火|知名"),
    (("count",), -1, r"\b(?:less (?:popular|famous|well[- ]known|known|mainstream|touristy)|lesser[- ]known|(?:not|nothing) (?:so |too |that |very )?(?:popular|famous|well[- ]known|mainstream|touristy)|under the radar)\b"),
)  # fmt: skip
