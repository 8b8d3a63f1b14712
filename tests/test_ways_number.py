"""Every way to bound a number, English and Chinese: the column, its two ends, nothing else, and the wish beside it as it is without the bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from math import inf, isclose

import pytest

from recsh import session
from recsh.recommend import Recommender
from recsh.request import Query

# Each line: low..high, a colon, then the ways to say it, parted by " ; ". {} stands where the amounts of the block come in.
YEARS = """
..1989: before 1990 ; from before 1990 ; pre-1990 ; pre 1990 ; prior to 1990 ; older than 1990 ; earlier than 1990 ; made before 1990 ; that came out before 1990 ; released before 1990 ; <1990 ; < 1990 ; from earlier than 1990 ; anything before 1990 ; only before 1990 ; nothing from 1990 on ; nothing from 1990 onwards
..1990: no later than 1990 ; no newer than 1990 ; not newer than 1990 ; not later than 1990 ; up to 1990 ; until 1990 ; till 1990 ; up until 1990 ; up to and including 1990 ; 1990 or earlier ; 1990 or before ; 1990 and before ; 1990 and earlier ; 1990 or older ; 1990 and older ; 1990 at the latest ; not after 1990 ; nothing after 1990 ; nothing newer than 1990 ; nothing later than 1990 ; nothing past 1990 ; nothing made after 1990 ; nothing released after 1990 ; nothing more recent than 1990 ; no more recent than 1990 ; <=1990 ; <= 1990 ; ≤ 1990 ; that isn't newer than 1990 ; not made after 1990
1991..: after 1990 ; post-1990 ; post 1990 ; newer than 1990 ; later than 1990 ; more recent than 1990 ; from after 1990 ; released after 1990 ; made after 1990 ; that came out after 1990 ; > 1990 ; >1990 ; past 1990 ; beyond 1990 ; younger than 1990 ; nothing from 1990 or earlier ; nothing from 1990 or before
1990..: since 1990 ; from 1990 on ; from 1990 onward ; from 1990 onwards ; 1990 onwards ; 1990 and later ; 1990 or later ; 1990+ ; 1990 and up ; from 1990 up ; 1990 and after ; from 1990 and after ; 1990 or newer ; 1990 and newer ; 1990 and onwards ; from 1990 and up ; from 1990 forward ; no older than 1990 ; not older than 1990 ; no earlier than 1990 ; not earlier than 1990 ; not before 1990 ; nothing before 1990 ; nothing older than 1990 ; nothing earlier than 1990 ; nothing from before 1990 ; from 1990 to now ; from 1990 to today ; 1990 to present ; from 1990 until now ; 1990-present ; 1990 till today ; from 1990 to the present ; from 1990 to the present day ; since about 1990 ; starting in 1990 ; starting from 1990 ; beginning in 1990 ; 1990 at the earliest ; >=1990 ; >= 1990 ; ≥1990 ; ever since 1990 ; at least from 1990 ; that isn't older than 1990 ; released since 1990
1989..2000: between 1989 and 2000 ; from 1989 to 2000 ; 1989-2000 ; 1989 - 2000 ; 1989–2000 ; 1989 to 2000 ; from 1989 through 2000 ; 1989 through 2000 ; from 1989 thru 2000 ; 1989 thru 2000 ; from 1989 till 2000 ; from 1989 until 2000 ; 1989 until 2000 ; between 1989 & 2000 ; anywhere from 1989 to 2000 ; anywhere between 1989 and 2000 ; somewhere between 1989 and 2000 ; from 1989 up to 2000 ; from 1989 up until 2000 ; made between 1989 and 2000 ; released from 1989 to 2000 ; released between 1989-2000 ; between the years 1989 and 2000 ; in the years 1989 to 2000 ; between 2000 and 1989 ; since 1989 but no later than 2000 ; after 1988 and before 2001 ; after 1988 but before 2001 ; newer than 1988 but older than 2001 ; not before 1989 and not after 2000 ; from sometime between 1989 and 2000 ; from 1989 to about 2000 ; from between 1989 and 2000
1995..1999: 1995-99 ; from 1995-99 ; 1995-1999 ; from 1995 to 99 ; from '95 to '99 ; between '95 and '99 ; second half of the 90s ; the second half of the nineties ; from the latter half of the 90s
1990..1994: first half of the 90s ; from the first half of the 1990s
1994..1994: from 1994 ; of 1994 ; released in 1994 ; in 1994 ; made in 1994 ; from the year 1994 ; in the year 1994 ; published in 1994 ; from '94 ; that came out in 1994 ; dated 1994 ; only from 1994 ; exclusively from 1994 ; just from 1994 ; strictly 1994 ; year 1994 ; year: 1994
1991..1997: around 1994 ; circa 1994 ; about 1994 ; from around 1994 ; ca. 1994 ; from about 1994 ; from circa 1994 ; roughly 1994 ; from 1994 or so ; 1994-ish ; 1994ish ; from 1994 or thereabouts ; approximately 1994
1990..1999: 90s ; 1990s ; 90's ; 1990's ; '90s ; ’90s ; the 90s ; the nineties ; nineties ; from the 90s ; from the 90's ; from the '90s ; from the nineties ; of the 90s ; in the 90s ; made in the 90s ; released in the 1990s ; straight out of the 90s ; with that 90s feel ; out of the 90s ; from the 1990s ; during the nineties ; 90ies ; the nineteen nineties ; from the nineteen-nineties ; from the decade of the 90s ; the 1990s decade ; anything from the 90s ; something from the 90s ; only from the 90s ; dating from the 90s ; that came out in the nineties ; from back in the 90s ; nothing but the 90s ; from in the 90s
1990..1993: early 90s ; early nineties ; early-90s ; the early 90s ; from the early 90s ; early 1990s ; early '90s ; from the early nineties ; from the beginning of the 90s ; from the start of the nineties ; the early 90's
1993..1996: mid 90s ; mid-90s ; the mid-nineties ; from the mid 90s ; mid-1990s ; from the middle of the 90s ; middle 90s
1986..1989: late 80s ; late eighties ; the late '80s ; late 1980s ; from the late 80s ; late-eighties ; from the end of the 80s ; the late 80's ; later 80s
1990..1996: early to mid 90s ; early-to-mid 90s ; early and mid 90s ; from the early to mid nineties
1993..1999: mid to late 90s ; mid-to-late 90s ; from the mid to late nineties ; mid and late 90s
1966..1973: late 60s to early 70s ; late 60s and early 70s ; from the late 60s to the early 70s ; late 60s-early 70s ; late sixties/early seventies ; late 60s or early 70s ; between the late 60s and early 70s ; from the late 60s through the early 70s
2000..2009: 2000s ; the 2000s ; from the 2000s ; the noughties ; noughties ; from the noughties ; the aughts ; from the aughts ; the 00s ; 00s ; from the 00s ; '00s ; 00's ; the two-thousands ; of the two-thousands ; from the two thousands ; the two thousands ; the naughties ; of the noughties
2010..2019: 2010s ; the 2010s ; from the teens ; of the teens ; from the 2010s ; the twenty-tens ; the twenty tens ; from the twenty-teens ; the 10s ; from the tens ; '10s ; 2010's
1960..1979: 60s and 70s ; 60s or 70s ; 60s to 70s ; from the 60s to the 70s ; between the 60s and 70s ; 60s through 70s ; 60s/70s ; 60s & 70s ; the sixties and seventies ; from the sixties or the seventies ; 1960s and 1970s ; from the 60's and 70's ; from the 60s and from the 70s ; either the 60s or the 70s ; 60s, 70s ; 60s-70s ; 1960s-1970s ; '60s and '70s ; sixties through the seventies
1960..1989: 60s, 70s and 80s ; from the 60s, 70s or 80s ; 60s to 80s ; from the sixties to the eighties ; between the 60s and the 80s ; 60s, 70s, 80s ; 60s/70s/80s ; from the 60s through the 80s ; 60s till 80s ; 60s–80s
..1979: before the 80s ; pre-80s ; pre-eighties ; prior to the 80s ; older than the 80s ; earlier than the eighties ; from before the 80s ; nothing from the 80s on ; before the eighties ; 70s or earlier ; 70s and before ; up to the 70s ; no later than the 70s ; nothing after the 70s ; no newer than the 70s ; nothing newer than the 70s ; not after the 70s ; nothing later than the seventies ; until the 70s ; up to and including the 70s ; up through the 70s ; from the seventies or before ; 70s and older ; 70s or older
1980..: since the 80s ; 80s onwards ; 80s and later ; from the 80s on ; from the 80s onwards ; from the eighties onward ; nothing before the 80s ; no older than the 80s ; not older than the 80s ; not before the 80s ; 80s and newer ; 80s or newer ; 80s or later ; from the 80s to now ; from the 80s to today ; after the 70s ; newer than the 70s ; post-70s ; later than the 70s ; nothing from before the 80s ; nothing older than the 80s ; 80s to present ; from the 80s until now ; 80s and up ; from the 80s and after ; no earlier than the 80s ; more recent than the 70s ; 80s and beyond
1900..1999: 20th century ; from the 20th century ; twentieth century ; of the twentieth century ; 20th-century ; from the last century ; last century ; the 20th century ; from the previous century ; the 1900s
2000..: this century ; from this century ; since the turn of the century ; since 2000 ; of this century ; of the current century ; this millennium ; from this millennium ; from the new millennium ; since the turn of the millennium
2000..2099: 21st century ; from the 21st century ; twenty-first century
..1999: before this century ; before the turn of the century ; from before the millennium ; before 2000 ; pre-2000 ; from before the turn of the millennium
1997..2003: turn of the century ; from the turn of the century ; from around the turn of the century ; from the turn of the millennium ; around the millennium
1950..1999: second half of the 20th century ; from the second half of the twentieth century ; the latter half of the 20th century
"""
YEARS_ZH = """
..1989: 1990年以前 ; 1990年之前 ; 1990年前 ; 早于1990年 ; 1990以前 ; 比1990年早 ; 比1990年更早 ; 比1990年老 ; 1990年以前上映 ; 在1990年之前 ; 一九九零年以前 ; 一九九〇年之前 ; 1990年之前出 ; 老于1990年
..1990: 不晚于1990年 ; 1990年及以前 ; 1990年及之前 ; 到1990年为止 ; 截至1990年 ; 不超过1990年 ; 最晚1990年 ; 不要晚于1990年 ; 1990年或更早 ; 1990年或之前 ; 截止到1990年
1991..: 晚于1990年 ; 比1990年晚 ; 比1990年新 ; 比1990年更新 ; 新于1990年
1990..: 1990年以后 ; 1990年之后 ; 1990年后 ; 1990以后 ; 1990年至今 ; 1990年到现在 ; 从1990年到现在 ; 1990年以来 ; 自1990年以来 ; 自1990年起 ; 从1990年起 ; 从1990年开始 ; 1990年起 ; 1990年及以后 ; 1990年及之后 ; 不早于1990年 ; 1990至今 ; 从1990年至今 ; 1990年到今天 ; 1990年到如今 ; 最早1990年 ; 1990年往后 ; 1990年之后上映 ; 1990年或更晚 ; 一九九零年以后 ; 1990年之后出 ; 不要早于1990年 ; 1990年到目前
1989..2000: 1989年到2000年 ; 1989到2000年之间 ; 1989-2000年 ; 1989—2000年 ; 1989至2000年 ; 从1989年到2000年 ; 介于1989年和2000年之间 ; 1989年和2000年之间 ; 1989年与2000年之间 ; 在1989年到2000年之间 ; 1989年到2000年间 ; 1989年至2000年 ; 1989~2000年 ; 1989到2000 ; 1989–2000年 ; 1989～2000年 ; 从1989到2000年 ; 1989年至2000年期间 ; 1989年到2000年这段时间
1994..1994: 1994年 ; 1994年出 ; 1994年上映 ; 一九九四年 ; 94年 ; 九四年 ; 1994年发行 ; 1994年那年 ; 在1994年
2008..2008: 08年 ; 零八年 ; 二零零八年 ; 2008年 ; 〇八年 ; 二〇〇八年
1991..1997: 1994年左右 ; 大约1994年 ; 1994年前后 ; 大概1994年 ; 1994年上下 ; 1994年左右上映 ; 差不多1994年
1990..1999: 九十年代 ; 90年代 ; 上世纪90年代 ; 上个世纪九十年代 ; 20世纪90年代 ; 二十世纪九十年代 ; 1990年代 ; 九零年代 ; 九〇年代 ; 上世纪九十年代 ; 上世纪九零年代 ; 来自90年代 ; 属于九十年代 ; 上个世纪90年代 ; 九十年代那会儿 ; 90年代那会儿 ; 九几年 ; 90 年代 ; 1990 年代 ; 一九九零年代 ; 一九九〇年代 ; 1990s ; 90s
1980..1999: 八九十年代 ; 上世纪八九十年代 ; 80、90年代 ; 80到90年代 ; 80-90年代 ; 八十到九十年代 ; 八十、九十年代 ; 八十年代和九十年代 ; 八十年代到九十年代 ; 80年代和90年代 ; 80年代到90年代 ; 上个世纪八九十年代 ; 80年代至90年代 ; 八零九零年代 ; 80/90年代 ; 80年代或90年代 ; 二十世纪八九十年代 ; 八十或九十年代 ; 80和90年代 ; 上世纪80、90年代 ; 上世纪80到90年代 ; 上世纪80年代到90年代 ; 8090年代
1970..1989: 七八十年代 ; 上世纪七八十年代 ; 七、八十年代 ; 70、80年代
1960..1989: 六七八十年代 ; 六十到八十年代 ; 60到80年代 ; 60年代到80年代 ; 60、70、80年代 ; 六十年代至八十年代
1986..1989: 八十年代末 ; 八十年代后期 ; 80年代末 ; 80年代后期 ; 八十年代末期 ; 上世纪八十年代末 ; 80年代晚期 ; 八十年代后半段
1990..1993: 九十年代初 ; 九十年代早期 ; 90年代初 ; 90年代前期 ; 九十年代初期 ; 上世纪90年代初 ; 90年代早期
1993..1996: 九十年代中期 ; 90年代中期 ; 九十年代中 ; 上世纪九十年代中期
2000..2009: 零零年代 ; 00年代 ; 2000年代 ; 〇〇年代 ; 零几年 ; 本世纪头十年 ; 二十一世纪头十年 ; 本世纪零零年代 ; 2000 年代
2010..2019: 一零年代 ; 10年代 ; 2010年代 ; 二零一零年代 ; 一几年
..1979: 八十年代以前 ; 80年代以前 ; 八十年代之前 ; 80年代之前 ; 早于八十年代 ; 上世纪八十年代以前 ; 70年代及以前 ; 七十年代及更早 ; 80年代前
1980..: 八十年代以后 ; 80年代以后 ; 八十年代以来 ; 80年代至今 ; 从80年代到现在 ; 八十年代起 ; 80年代以来 ; 80年代之后 ; 八十年代至今 ; 80年代开始 ; 80年代后 ; 八十年代及以后 ; 80年代到现在
1900..1999: 20世纪 ; 二十世纪 ; 上世纪 ; 上个世纪 ; 上一个世纪
2000..: 本世纪 ; 这个世纪 ; 新世纪 ; 新世纪以来 ; 本世纪以来 ; 2000年以后 ; 两千年以后 ; 二零零零年以后 ; 千禧年以后 ; 新千年
..1999: 本世纪以前 ; 两千年以前 ; 2000年以前 ; 千禧年之前 ; 新世纪之前
1997..2003: 世纪之交 ; 千禧年前后
"""
# Comparators and amounts cross: each way of the one is tried with some ways of the other.
MOST = "under {} ; below {} ; less than {} ; up to {} ; upto {} ; at most {} ; max {} ; max. {} ; maximum {} ; maximum of {} ; a maximum of {} ; no more than {} ; not more than {} ; within {} ; not over {} ; not above {} ; not exceeding {} ; {} max ; {} maximum ; {} tops ; {} at most ; {} at the most ; {} at the very most ; at the most {} ; at the very most {} ; {} or less ; {} or under ; {} or below ; {} and under ; {} and below ; nothing over {} ; nothing above {} ; nothing more than {} ; that doesn't exceed {} ; not to exceed {} ; <{} ; < {} ; <= {} ; ≤ {} ; less than or equal to {} ; anything under {} ; anything up to {} ; something under {} ; definitely under {} ; preferably under {} ; ideally under {} ; must be under {} ; has to be under {} ; in under {} ; no greater than {} ; capped at {} ; well under {} ; a bit under {} ; just under {} ; strictly under {} ; at maximum {} ; with a maximum of {} ; with a limit of {} ; {} limit ; my limit is {} ; my max is {} ; {} is my limit ; {} as a maximum ; {} is the max ; {} at max"
LEAST = "over {} ; above {} ; more than {} ; at least {} ; {} or more ; {} or above ; {} or over ; {} and up ; {} and above ; {} and over ; {} plus ; {}+ ; upwards of {} ; upward of {} ; north of {} ; minimum {} ; min {} ; min. {} ; a minimum of {} ; minimum of {} ; no less than {} ; not less than {} ; not under {} ; not below {} ; nothing under {} ; nothing below {} ; nothing less than {} ; >{} ; > {} ; >= {} ; ≥ {} ; {} minimum ; {} at least ; {} at the least ; at the very least {} ; {} upwards ; {} and upwards ; from {} up ; from {} upwards ; from {} and up ; starting at {} ; starting from {} ; in excess of {} ; exceeding {} ; well over {} ; greater than {} ; greater than or equal to {} ; at minimum {} ; with a minimum of {} ; just over {} ; definitely over {} ; {} or higher"
ABOUT = "around {} ; about {} ; roughly {} ; approximately {} ; approx {} ; approx. {} ; circa {} ; ~{} ; {} or so ; {} or thereabouts ; {} give or take ; give or take {} ; somewhere around {} ; in the region of {} ; in the neighborhood of {} ; close to {} ; {} approximately ; {} roughly ; {}-ish ; {} more or less ; more or less {} ; just about {}"
SPAN = "between {} and {} ; from {} to {} ; {}-{} ; {} - {} ; {}–{} ; {} to {} ; anywhere from {} to {} ; anywhere between {} and {} ; somewhere between {} and {} ; in the {}-{} range ; in the {} to {} range ; {}-{} range ; in the range of {} to {} ; in the range {}-{} ; ranging from {} to {} ; more than {} but less than {} ; over {} but under {} ; at least {} and at most {} ; above {} and below {} ; at least {} but no more than {} ; between {} & {} ; from {} up to {} ; around {} to {} ; about {} to {} ; roughly {} to {} ; from {} through {} ; somewhere from {} to {} ; min {} max {} ; within {} to {} ; over {}, under {} ; from about {} to {} ; between about {} and {} ; between {} to {} ; something between {} and {} ; anything from {} to {} ; minimum {}, maximum {}"
MOST_ZH = "{}以内 ; {}以下 ; {}之内 ; {}内 ; 不超过{} ; 低于{} ; 少于{} ; 不到{} ; 小于{} ; 最多{} ; 至多{} ; 顶多{} ; 不多于{} ; 别超过{} ; 不要超过{} ; 不能超过{} ; 控制在{}以内 ; 在{}以内 ; 在{}以下 ; 最好{}以内 ; 最好不超过{} ; 别超过{}了 ; {}封顶 ; {}及以下 ; {}为上限 ; 上限{} ; 不大于{} ; 小于等于{} ; {}以里 ; 不足{} ; {}或以下 ; 未满{} ; 不满{} ; 必须{}以内 ; 大概{}以内 ; 尽量{}以内 ; 尽量不超过{} ; 要{}以内 ; 一定要{}以内 ; 不会超过{} ; 最大{}"
LEAST_ZH = "{}以上 ; 超过{} ; 至少{} ; 多于{} ; 大于{} ; 不少于{} ; 不低于{} ; {}起 ; {}往上 ; {}及以上 ; {}或以上 ; 起码{} ; 最少{} ; 在{}以上 ; 要{}以上 ; 最好{}以上 ; 大于等于{} ; 不小于{} ; 至少要{} ; 不能少于{} ; 不要少于{} ; 下限{} ; 必须{}以上 ; 不能低于{} ; {}开外"
ABOUT_ZH = "{}左右 ; {}上下 ; 大约{} ; 大概{} ; 差不多{} ; 约{} ; 大概{}左右 ; 大约{}左右 ; 在{}左右 ; {}前后"
SPAN_ZH = "{}到{} ; {}-{} ; {}-{}之间 ; {}到{}之间 ; {}至{} ; {}~{} ; {}～{} ; {}—{} ; 在{}到{}之间 ; 介于{}和{}之间 ; {}和{}之间 ; {}与{}之间 ; 从{}到{} ; {}以上{}以下 ; 大于{}小于{} ; 高于{}低于{} ; 超过{}但不到{} ; {}至{}之间 ; 介于{}到{}之间 ; 不低于{}不高于{} ; {}到{}左右 ; 至少{}最多{} ; 大概{}到{}"

MONEY = """
100: $100 ; 100$ ; 100 dollars ; 100 bucks ; 100 usd ; USD 100 ; US$100 ; $100.00 ; a hundred dollars ; one hundred dollars ; a hundred bucks ; 100 quid ; £100 ; €100 ; 100 euros ; 100€ ; 100 eur ; $ 100 ; 100dollars ; one hundred bucks ; 100 euro ; a hundred quid ; 100 dollar
150: a hundred and fifty dollars ; $150 ; 150 bucks ; one hundred and fifty dollars ; one hundred fifty dollars ; a hundred fifty bucks ; a hundred and fifty quid
1000: $1,000 ; $1000 ; $1k ; 1k dollars ; a grand ; 1000 dollars ; one thousand dollars ; a thousand bucks ; 1,000 dollars ; one grand ; $1,000.00
1500: $1.5k ; $1,500 ; fifteen hundred dollars ; one and a half grand ; 1500 bucks ; one thousand five hundred dollars ; 1.5 grand ; a grand and a half
75: seventy-five dollars ; seventy five bucks ; $75 ; 75 usd
49.99: $49.99 ; 49.99 dollars ; 49.99 usd
250: two hundred and fifty dollars ; two hundred fifty bucks ; 250 quid
"""
MONEY_SPANS = """
40..60: $40-60 ; $40-$60 ; 40-60$ ; 40-60 dollars ; 40 to 60 dollars ; $40 to 60 ; $40 to $60 ; 40 dollars to 60 dollars ; forty to sixty dollars ; 40-60 bucks ; 40-60 quid ; €40-60 ; £40–£60 ; 40€-60€ ; 40–60 usd ; USD 40-60 ; 40$-60$ ; 40 bucks-$60 ; 40 usd-$60 ; forty-sixty bucks ; $40 – $60 ; $40~$60 ; US$40-60 ; 40 or 60 dollars ; forty bucks to sixty bucks ; 40-60 euro ; $40—$60
100..200: one to two hundred dollars ; between one and two hundred dollars ; a hundred to two hundred bucks ; 100-200 dollars ; from one hundred to two hundred dollars
1000..2000: $1-2k ; $1k-$2k ; $1k-2k ; one to two grand ; $1,000-$2,000 ; between one and two thousand dollars ; 1k to 2k dollars ; between $1,000 and $2,000
"""
MONEY_ALSO = """
..100: for less than $100 ; for under 100 bucks ; cheaper than $100 ; for $100 or less ; on a budget of $100 ; my budget is $100 ; budget $100 ; budget: $100 ; $100 budget ; with a $100 budget ; i have $100 to spend ; i've got 100 dollars to spend ; i can spend up to $100 ; i can spend $100 ; can't spend more than $100 ; that doesn't cost more than $100 ; that costs less than $100 ; costing less than $100 ; costing under $100 ; that cost at most $100 ; priced under $100 ; priced below 100 dollars ; price under $100 ; price below 100 ; with a price of up to $100 ; with a price under $100 ; sub $100 ; sub-$100 ; south of $100 ; $100 or cheaper ; nothing pricier than $100 ; no pricier than $100 ; not pricier than $100 ; nothing more expensive than $100 ; no more expensive than 100 dollars ; less expensive than $100 ; not more expensive than a hundred bucks ; under a hundred ; for a hundred bucks ; that won't cost me more than $100 ; lower than $100 ; i don't want to spend more than $100 ; i don't want to pay over 100 dollars ; i only have 100 bucks ; my budget's $100 ; budget of a hundred dollars ; budget is about $100 ; budget around $100 ; budget up to $100 ; budget under $100 ; budget max $100 ; price cap $100 ; without spending more than $100 ; without paying over $100 ; willing to spend up to $100 ; willing to pay $100 ; i'm willing to pay 100 bucks ; max price $100 ; maximum price of $100 ; price max 100 ; not costing more than $100 ; that i can get for $100 ; for $100 tops ; for at most $100 ; for max 100 dollars ; for no more than $100 ; to spend $100 ; that goes for under $100 ; spending limit $100 ; got a hundred bucks to spend ; that is under 100 dollars ; costs <$100 ; price < 100 ; price <= $100 ; price less than 100 ; priced at $100 or less ; at or below $100 ; at or under $100 ; under 100 ; in the under $100 range
100..: from $100 up ; pricier than $100 ; costing more than $100 ; that cost over $100 ; costs at least $100 ; priced over $100 ; priced above 100 dollars ; no cheaper than $100 ; not cheaper than $100 ; nothing cheaper than $100 ; price over $100 ; price above 100 ; more expensive than $100 ; price > 100 ; price >= $100 ; price from $100 ; prices from $100 ; min price $100 ; minimum price of $100 ; higher than $100 ; for over $100 ; for at least $100 ; at or above $100
60..110: between 60 bucks and $110 ; between sixty dollars and $110 ; priced between $60 and $110 ; costing between $60 and $110 ; price between 60 and 110 ; that cost between 60 and 110 dollars ; price from 60 to 110 ; price 60-110 ; price range $60-$110 ; priced $60 to $110 ; between 60 and 110 ; budget 60-110 ; budget between 60 and 110 dollars ; budget of 60 to 110 ; budget $60-110 ; price: 60-110 ; 60 to 110 ; from 60 usd to $110 ; around 60 bucks to $110 ; my budget is 60 to 110 dollars
150..250: between a hundred and fifty dollars and 250 dollars ; from a hundred and fifty to two hundred and fifty dollars ; between 150 and two hundred fifty bucks ; a hundred and fifty to two hundred and fifty dollars
75..125: priced around $100 ; costing about $100 ; price around $100 ; that costs about 100 dollars ; for around $100 ; around the $100 mark ; for about a hundred bucks ; 100ish dollars ; priced at about $100 ; in the $100 range ; around 100
"""
TIME = """
90: 90 minutes ; 90 min ; 90 mins ; 90min ; an hour and a half ; one hour and a half ; 1.5 hours ; 1.5h ; 1h30 ; 1h 30m ; 1h30m ; 1 h 30 min ; 1 hour 30 ; 1 hour 30 minutes ; one hour thirty ; an hour and 30 minutes ; one and a half hours ; 1 1/2 hours ; 1½ hours ; ninety minutes ; 1 hour and a half ; 1 and a half hours ; 1hr 30 ; 1 hr 30 min ; an hour and thirty minutes ; an hour thirty ; 1:30h ; hour and a half ; 1h 30 ; 90-minutes ; 1h 30min ; 1h30min
120: two hours ; 2 hours ; 2h ; 2 hrs ; 120 minutes ; a couple of hours ; 2hrs ; 2 hr ; 2 h ; one hundred and twenty minutes ; a hundred and twenty minutes ; a hundred twenty minutes ; 120min ; couple of hours ; 2hours
150: two and a half hours ; 2 hours and a half ; 2.5 hours ; 2h30 ; 2h 30m ; 2 1/2 hours ; 2½ hours ; two hours and 30 minutes ; a hundred and fifty minutes ; one hundred and fifty minutes ; two hours and a half ; 2 and a half hours ; 2hrs 30 ; 2 hours 30 ; two hours thirty ; 2.5hrs ; 150 minutes ; two and half hours ; 2 hours 30 mins
100: an hour and forty minutes ; an hour forty ; 1h40 ; 1 hour 40 mins ; one hundred minutes ; a hundred minutes ; 1h 40m ; 1 hour and 40 minutes
60: an hour ; one hour ; 60 minutes ; 1h ; 1 hr ; 1 hour ; sixty minutes ; an hr ; 1hr
105: an hour and three quarters ; 1 hour 45 ; 1h45 ; one hour forty-five minutes ; 105 minutes ; 1 3/4 hours ; an hour forty five
"""
TIME_ALSO = """
..90: shorter than 90 minutes ; no longer than 90 minutes ; not longer than an hour and a half ; that take less than 90 minutes ; i only have 90 minutes ; i've got 90 minutes ; i have an hour and a half ; 90 minutes or shorter ; that doesn't run longer than 90 minutes ; that lasts less than 90 minutes ; lasting under 90 minutes ; with a runtime under 90 minutes ; runtime below 90 minutes ; running time under 90 minutes ; running less than 90 minutes ; nothing longer than 90 minutes ; in less than 90 minutes ; clocking in under 90 minutes ; that run under 90 minutes ; not lasting more than 90 minutes ; which last no more than 90 minutes ; that aren't longer than 90 minutes ; that isn't longer than 90 minutes ; i don't have more than 90 minutes ; that won't take more than 90 minutes ; under 90 minutes long ; less than 90 minutes long ; at most 90 minutes long ; no more than 90 minutes in length ; not more than 90 minutes long ; with a runtime of 90 minutes or less ; runtime < 90 minutes ; runtime <= 90 min ; of up to 90 minutes ; of less than 90 minutes ; we only have an hour and a half ; quicker than 90 minutes ; sub 90 minutes ; sub-90-minute ; under-90-minute ; under 90 minute ; 90 minutes or less long ; i've only got an hour and a half ; to watch in 90 minutes ; with under 90 minutes of runtime
120..: longer than 120 minutes ; 2 hours or longer ; no shorter than 2 hours ; not shorter than 120 minutes ; nothing shorter than two hours ; lasting more than two hours ; with a runtime over 120 minutes ; that run over two hours ; that last at least 2 hours ; 2+ hours ; more than 2 hours long ; over two hours long ; at least two hours long ; of at least 2 hours ; of over 120 minutes ; running longer than two hours ; that take more than 2 hours ; 120+ minutes ; runtime over 120 ; 2 hour plus ; with a runtime of at least 2 hours ; two hours or longer
90..120: between 90 and 120 minutes ; 90 to 120 minutes ; 90-120 min ; from 90 minutes to 2 hours ; between an hour and a half and two hours ; 1.5 to 2 hours ; 1.5-2h ; between 90 minutes and two hours ; one and a half to two hours ; between 1h30 and 2h ; longer than 90 minutes but shorter than two hours ; 90–120 minutes ; ninety to a hundred and twenty minutes ; between one and a half and two hours ; 90 minutes to 2 hours ; running between 90 and 120 minutes ; lasting 90 to 120 minutes ; with a runtime between 90 and 120 minutes ; from 90 to 120 minutes long ; between 90 and 120 minutes long
60..120: between an hour and two hours ; 1-2 hours ; one to two hours ; between one and two hours ; from one hour to two hours ; an hour to two hours ; one or two hours ; 1 to 2 hrs ; an hour or two ; 1–2 h
"""
ZH_MONEY = """
100: 100元 ; 100块 ; 100块钱 ; 一百块 ; 一百元 ; 一百块钱 ; 100人民币 ; 100 元 ; ￥100 ; ¥100 ; 100rmb ; 一百块人民币 ; 壹百元 ; 100圆 ; 100RMB ; 人民币100元
150: 一百五 ; 一百五十块 ; 150块 ; 一百五十元 ; 一百五十块钱 ; 150元
200: 两百块 ; 二百块 ; 两百 ; 200元 ; 二百元 ; 两百块钱
1200: 一千二 ; 一千二百块 ; 1200元 ; 1200块 ; 1千2 ; 1.2千元 ; 1,200元
1500: 一千五 ; 一千五百块 ; 1500元 ; 1.5k ; 1500块钱
15000: 一万五 ; 1万5 ; 1.5万 ; 一万五千块 ; 15000元 ; 1.5万元 ; 1.5w ; 15,000元 ; 1万5千元
350: 三百五 ; 三百五十块 ; 350元
3000: 三千 ; 3k ; 3千 ; 三千块 ; 3000块 ; 3000元 ; 3千块
"""
ZH_MONEY_ALSO = """
..100: 预算100元 ; 预算一百 ; 预算一百块 ; 预算100块以内 ; 预算不超过100元 ; 预算在100元以内 ; 预算是100元 ; 我只有100块 ; 手头只有一百块 ; 比100元便宜 ; 价格在100元以下 ; 价格低于100元 ; 价格不超过100 ; 单价100元以内 ; 售价100元以内 ; 价钱不超过一百块 ; 百元以内 ; 百元以下 ; 不高于100元 ; 最高100元 ; 最贵100元 ; 预算最多100块 ; 预算100 ; 便宜于100元 ; 一百块钱以内 ; 价格100元以内 ; 100元以内价位 ; 价位在100元以内 ; 我的预算是一百块 ; 预算大概一百块 ; 只想花100块 ; 最多花100元 ; 花费不超过100元 ; 不贵于100元 ; 一百块能买到 ; 预算上限100元 ; 我有一百块钱 ; 预算只有一百块钱 ; 价格不高于一百元 ; 不到一百块
..1000: 千元以内 ; 千元以下 ; 一千以内 ; 一千块以下 ; 不到一千
100..: 高于100元 ; 比100元贵 ; 100元起步 ; 最低100元 ; 100元朝上 ; 价格在100元以上 ; 价格高于100元 ; 单价100元以上 ; 百元以上 ; 贵于100元 ; 不便宜于100元 ; 预算100元以上 ; 100元起价 ; 起价100元 ; 价格不低于100元 ; 一百块往上
100..200: 一两百块 ; 一二百块 ; 一百到两百块 ; 一百到两百 ; 100到200元 ; 100-200元 ; 预算100到200元 ; 预算100-200 ; 价格在100到200元之间 ; 100元到200元之间 ; 一百块到两百块 ; 一两百元 ; 一百至二百元 ; 价位100-200元 ; 价格100-200 ; 一百来块到两百块 ; 一两百块钱 ; 一两百
200..300: 两三百块 ; 二三百元 ; 两三百 ; 两三百块钱
70..80: 七八十块 ; 七八十块钱
75..125: 一百块左右 ; 100元上下 ; 百元左右 ; 百来块 ; 一百来块 ; 预算一百左右 ; 预算100元左右 ; 一百左右 ; 价格100元左右 ; 大概一百块 ; 约一百块 ; 百元上下 ; 一百块钱左右 ; 一百块上下
"""
ZH_TIME = """
90: 90分钟 ; 九十分钟 ; 一个半小时 ; 1个半小时 ; 1.5小时 ; 一小时半 ; 1小时30分钟 ; 一小时三十分钟 ; 一个小时三十分钟 ; 1小时半 ; 一个半钟头 ; 1.5个小时 ; 90 分钟 ; 90min ; 1小时30分 ; 一个小时半 ; 一点五小时 ; 90分
120: 两小时 ; 两个小时 ; 2小时 ; 2个钟头 ; 两个钟头 ; 俩小时 ; 一百二十分钟 ; 2个小时 ; 二小时 ; 120分钟 ; 2h ; 两钟头
100: 一百分钟 ; 100分钟 ; 一小时四十分钟 ; 1小时40分钟 ; 一个小时四十分
150: 两个半小时 ; 2.5小时 ; 两小时半 ; 2个半小时 ; 150分钟 ; 一百五十分钟 ; 两小时三十分钟 ; 2小时30分 ; 两个半钟头
60: 一小时 ; 一个小时 ; 60分钟 ; 1小时 ; 六十分钟 ; 一个钟头 ; 1个小时 ; 一个钟
"""
ZH_TIME_ALSO = """
..90: 短于90分钟 ; 比90分钟短 ; 时长90分钟以内 ; 片长不超过90分钟 ; 时长不超过一个半小时 ; 我只有90分钟 ; 片长在90分钟以内 ; 90分钟能看完 ; 90分钟就能看完 ; 90分钟内能看完 ; 一个半小时以内能看完 ; 不长于90分钟 ; 时间不超过90分钟 ; 长度不超过90分钟 ; 片长小于90分钟 ; 只有一个半小时 ; 我有一个半小时 ; 最长90分钟 ; 不超过90分钟长 ; 别超过一个半小时 ; 一个半小时看得完 ; 片长90分钟以下
120..: 长于120分钟 ; 比两小时长 ; 时长两小时以上 ; 片长超过120分钟 ; 两个多小时 ; 不短于两小时 ; 时长至少两小时 ; 最短两小时 ; 片长在两小时以上 ; 两小时多
90..120: 90到120分钟 ; 90-120分钟 ; 一个半小时到两个小时 ; 1.5到2小时 ; 90分钟到两小时 ; 片长90到120分钟 ; 时长在90到120分钟之间
60..120: 一到两个小时 ; 一两个小时 ; 1-2小时 ; 一个小时到两个小时 ; 1到2个小时 ; 一小时到两小时 ; 一两小时 ; 一二个小时
"""

# People's own tables: a header, three rows or more, then what is asked of them (column, range: requests).
OWN = {
    "games": (
        "name,price_eur,players,min_age,playtime (min),rating,weight_kg\n"
        "Azul,35,2-4,8,40,7.8/10,1.2\nCatan,40,3-4,10,75,7.1/10,1.5\nGloomhaven,120,1-4,14,120,8.7/10,9.5\nCodenames,18,4-8,10,15,7.6/10,0.6\nBrass,70,2-4,14,150,8.6/10,1.9\nUno,9,2-10,7,20,5.4/10,0.2\n",
        {
            "price_eur ..50": "under €50 ; up to 50 euros ; fifty euros max ; no more than 50 euro ; 50€ or less ; at most €50 ; below fifty euros",
            "price_eur 20..50": "between 20 and 50 euros ; €20-50 ; 20-50€ ; from twenty to fifty euros ; 20 to 50 eur",
            "players 5..5": "for 5 players ; for five players ; 5 players",
            "playtime (min) ..60": "under an hour ; at most 60 minutes ; an hour tops ; one hour max ; no longer than an hour",
            "playtime (min) 60..120": "1-2 hours ; between one and two hours ; 60 to 120 minutes",
            "weight_kg ..2": "under 2 kg ; lighter than 2 kilos ; at most two kilos ; up to 2kg ; 2 kg or less",
            "weight_kg 1..": "at least 1 kg ; over one kilo ; 1 kg or more ; heavier than a kilo",
        },
    ),
    "laptops": (
        "model,Price ($),RAM,screen,battery %,weight\n"
        "Aero 14,1299,16 GB,14 inch,80%,1.2 kg\nBolt 15,799,8 GB,15.6 inch,60%,1.9 kg\nCore 17,2199,64 GB,17 inch,75%,2.8 kg\nDash 13,999,16 GB,13 inch,90%,1.1 kg\nEdge 16,1599,32 GB,16 inch,85%,2.0 kg\n",
        {
            "RAM 16..": "at least 16 GB ; 16 gb or more ; 16GB+ ; minimum 16 gigs ; with 16 gb and up ; no less than 16 GB ; not less than 16 gigabytes ; upwards of 16 GB",
            "RAM ..32": "at most 32 GB ; up to 32gb ; 32 gb or less ; max 32 GB",
            "Price ($) ..1500": "under $1500 ; under 1.5k dollars ; up to $1,500 ; fifteen hundred dollars max ; for less than a grand and a half",
            "Price ($) 1000..2000": "between one and two grand ; $1-2k ; from $1,000 to $2,000 ; 1000-2000 dollars",
            "battery % 80..": "at least 80% ; 80 percent or more ; over 80% ; 80% and up ; 80%+",
            "screen ..15": "under 15 inches ; at most 15 inches ; 15 inches or less ; up to 15 inches",
            "weight ..1.5": "under 1.5 kg ; lighter than 1.5 kilos ; at most 1.5kg ; no heavier than 1.5 kg",
        },
    ),
    "trails": (
        "trail,distance_km,ascent,temperature,area_m2,kcal,rating\n"
        "Ridge,12.5 km,600,18,3000,900,4.6\nLake loop,3 km,40,22,1200,250,4.1\nSummit,21 km,1500,9,9000,2100,4.9\nForest,7 km,200,20,4000,480,3.8\nCoast,16 km,300,25,7000,1100,4.4\n",
        {
            "distance_km ..3": "at most 3 km ; up to 3 km ; 3 km or less ; no more than three km ; at most 3 kilometres ; max 3km",
            "distance_km 10..20": "between 10 and 20 km ; 10-20 km ; 10 to 20 kilometers ; from ten to twenty km ; anywhere from 10 to 20 km",
            "kcal ..500": "under 500 kcal ; at most 500 kcal ; 500 kcal or less ; kcal under 500 ; no more than 500 kcal ; up to 500 kcal",
            "rating 4.5..": "4.5 stars and up ; rated 4.5 or higher ; at least 4.5 stars ; rating above 4.5 ; with a rating of at least 4.5 ; 4.5 stars or better ; 4.5+ stars ; rated at least 4.5 ; rating of 4.5 or more ; minimum 4.5 stars ; rating over 4.5 ; rated above 4.5",
            "temperature 20..25": "temperature between 20 and 25 ; temperature from 20 to 25 ; temperature 20-25 ; between 20 and 25 degrees",
            "ascent ..400": "ascent under 400 ; ascent of at most 400 ; ascent below 400 ; ascent at most 400 ; at most 400 ascent ; ascent up to 400 ; ascent max 400 ; ascent no more than 400",
        },
    ),
    "shelf": (
        "title,author,pages,abv\nAsh,A,120,4.5\nBirch,B,300,5\nCedar,C,520,8\nElm,D,700,11\nFir,E,250,6.5\n",
        {
            "pages 300..": "more than 300 pages ; at least three hundred pages ; 300 pages or more ; 300+ pages ; over 300 pages ; longer than 300 pages ; no shorter than 300 pages ; three hundred pages or longer ; upwards of 300 pages ; pages over 300 ; at least 300 pages long",
            "pages ..200": "under 200 pages ; no more than two hundred pages ; 200 pages max ; shorter than 200 pages ; fewer than 200 pages ; 200 pages or less ; less than two hundred pages ; not longer than 200 pages ; at most 200 pages ; 200 pages tops ; pages under 200 ; sub-200-page ; under 200 pages long",
            "pages 200..400": "between 200 and 400 pages ; 200-400 pages ; 200 to 400 pages ; from two hundred to four hundred pages ; between two and four hundred pages ; two to four hundred pages",
            "abv ..6": "abv under 6 ; abv below 6 ; under 6 abv ; under 6% abv ; at most 6% abv ; abv at most 6%",
        },
    ),
    "饭店": (
        "名称,人均,评分,距离\n老王,80元,4.5,1.2 km\n小李,45元,4.1,3 km\n大酒楼,320元,4.8,5.5 km\n面馆,25元,3.9,0.8 km\n",
        {
            "人均 ..100": "人均100以内 ; 人均不超过一百 ; 人均一百块以内 ; 一百元以下 ; 100块封顶 ; 人均最多100元 ; 人均100元以下 ; 人均一百以下 ; 人均不到一百",
            "人均 50..100": "人均50到100元 ; 人均50-100 ; 50到100块 ; 人均五十到一百 ; 人均在50到100元之间",
            "评分 4.5..": "评分4.5以上 ; 4.5分以上 ; 评分不低于4.5 ; 评分至少4.5 ; 评分高于4.5 ; 评分超过4.5 ; 评分在4.5以上 ; 4.5星以上 ; 评分4.5分以上 ; 评分大于4.5",
            "距离 ..3": "3公里以内 ; 三公里之内 ; 不超过3公里 ; 距离3公里以内 ; 最多3公里 ; 距离不超过3公里",
        },
    ),
}
# Numbers that bound nothing, over the sample catalogs.
NAMES = {
    "movies": "2001: A Space Odyssey ; like 2001: a space odyssey ; Apollo 13 ; 24 hours in Rome ; top 10 comedies ; five of them ; one hundred years of solitude ; area 51 ; 3d animation ; blade runner 2049 ; ocean's eleven ; 12 angry men ; the 40 year old virgin ; 127 hours ; 28 days later ; mad max 2 ; toy story 3 ; under the skin ; over the top ; fifty first dates ; 7 samurai ; four weddings ; a film about women in their 30s ; someone in his late forties ; 21 jump street ; district 9 ; se7en ; the sixth sense ; two hours of my life wasted ; 10 things i hate about you ; like 12 monkeys ; a movie in two parts ; part 2 ; 300 ; 8 mile ; summer of '69",
    "music": "blink 182 ; summer of 69 ; 99 luftballons ; 24k magic ; 7 rings ; one hit wonders ; twenty one pilots ; u2 ; maroon 5 ; 9 to 5 ; 500 miles ; blink-182 like songs ; songs for my 12 year old ; mambo no 5 ; the 1975 ; level 42 ; party like it's 1999 ; 50 ways to leave your lover ; 1979 ; songs like 1979",
    "products": "3d printer ; usb 3.0 cable ; usb 3.0 ; iphone 15 ; iphone 15 case ; a gift for a 12 year old ; 4k monitor ; wifi 6 router ; size 42 shoes ; 2 in 1 laptop ; 5 pack of socks ; playstation 5 ; bluetooth 5.0 headphones ; two headphones ; 1000 piece puzzle ; 24/7 ; office chair for 8 hours a day ; 30 hours battery ; 9 to 5",
    "books": "one hundred years of solitude ; 1984 ; catch 22 ; fahrenheit 451 ; slaughterhouse five ; 84 charing cross road ; a tale of two cities ; books like 1984 ; the 39 steps ; around the world in eighty days ; a book for a 12 year old ; 12 rules for life ; 11/22/63 ; 2001 a space odyssey ; three body problem",
    "movies_zh": "新世纪福音战士 ; 三生三世 ; 十面埋伏 ; 2046 ; 一九四二 ; 1942 ; 千与千寻 ; 七武士 ; 四大名著 ; 百变星君 ; 八百 ; 万万没想到 ; 唐人街探案2 ; 两个人看的电影 ; 一个人看 ; 十二生肖 ; 三十而立 ; 我十八岁 ; 九品芝麻官 ; 五星红旗 ; 适合十岁孩子 ; 一百年后 ; 三分钟热度 ; 六一儿童节 ; 二次元 ; 一千零一夜 ; 四个春天 ; 第一百次",
    "music_zh": "九月九的酒 ; 七里香 ; 一千年以后 ; 十年 ; 一生有你 ; 五月天 ; 三天三夜 ; 一万个理由 ; 十七岁 ; 两只老虎 ; 一人一首成名曲 ; 第一次 ; 99次我爱他",
}

FRAMES = ("{b} {p}", "{b}, {p}", "can you find me {b} {p} please")
FRAMES_ZH = ("{p}的{b}", "{b}，{p}", "推荐{p}的{b}")
Understood = Callable[[str, str], Query]


def _lines(block: str) -> Iterator[tuple[str, list[str]]]:
    for line in block.strip().splitlines():
        said, _, ways = line.partition(": ")
        yield said, ways.split(" ; ")


def _ends(said: str) -> tuple[float, float]:
    low, _, high = said.rpartition(" ")[2].partition("..")
    return float(low or -inf), float(high or inf)


def _beside(query: Query) -> tuple:
    """All that was understood but the numbers."""
    references = [(r.name, r.liked) for r in query.references]
    return [w.words for w in query.wishes], query.excluded, references, [(x.column, x.sign) for x in query.leanings], query.limit, sorted(query.words)


def _misread(understood: Understood, catalog: str, column: str, frame: str, wish: str, said: str, ends: tuple[float, float]) -> str:
    """What is wrong with how a request was understood; empty if nothing is."""
    text = frame.format(b=wish, p=said)
    query = understood(catalog, text)
    found = [(c.column, c.low, c.high, c.negated) for c in query.conditions]
    if len(found) != 1 or found[0][0] != column or found[0][3] or not all(a == b or isclose(a, b, rel_tol=1e-3) for a, b in zip(found[0][1:3], ends, strict=True)):
        return f"{text}: {found}, not {ends}"
    alone, beside = _beside(understood(catalog, frame.format(b=wish, p="").replace("  ", " "))), _beside(query)
    return "" if alone == beside else f"{text}: {beside}, not {alone}"


@pytest.fixture(scope="module")
def understood(own: dict[str, str]) -> Understood:
    @cache
    def recommender(catalog: str) -> Recommender:
        return session.recommender(session.load_catalog(own.get(catalog, catalog)), {"model": "none"}, memory=False)

    @cache
    def read(catalog: str, text: str) -> Query:
        return recommender(catalog).understand(text)

    return read


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("own")
    for name, (table, _) in OWN.items():
        (folder / f"{name}.csv").write_text(table, encoding="utf-8")
    return {name: str(folder / f"{name}.csv") for name in OWN}


@pytest.mark.parametrize(("catalog", "column", "wish", "block", "frames"), [
    ("music", "year", "jazz songs", YEARS, FRAMES), ("movies", "year", "comedies", YEARS, FRAMES),
    ("movies_zh", "年份", "喜剧电影", YEARS_ZH, FRAMES_ZH), ("music_zh", "年份", "流行歌", YEARS_ZH, FRAMES_ZH),
    ("products", "price", "headphones", MONEY_SPANS.rstrip() + MONEY_ALSO, FRAMES), ("products", "price", "耳机", ZH_MONEY_ALSO, FRAMES_ZH),
    ("movies", "minutes", "thrillers", TIME_ALSO, FRAMES), ("movies_zh", "片长", "喜剧电影", ZH_TIME_ALSO, FRAMES_ZH),
])  # fmt: skip
def test_a_way_to_say_a_range_means_it(understood: Understood, catalog: str, column: str, wish: str, block: str, frames: tuple[str, ...]) -> None:
    said = [(way, _ends(ends)) for ends, ways in _lines(block) for way in ways]
    wrong = [bad for n, (way, ends) in enumerate(said) if (bad := _misread(understood, catalog, column, frames[n % len(frames)], wish, way, ends))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("bound", ["below", "above", "about", "between"])
@pytest.mark.parametrize(("catalog", "column", "wish", "amounts", "ways", "frames"), [
    ("products", "price", "headphones", MONEY, (MOST, LEAST, ABOUT, SPAN), FRAMES), ("movies", "minutes", "thrillers", TIME, (MOST, LEAST, ABOUT, SPAN), FRAMES),
    ("products", "price", "耳机", ZH_MONEY, (MOST_ZH, LEAST_ZH, ABOUT_ZH, SPAN_ZH), FRAMES_ZH), ("movies_zh", "片长", "喜剧电影", ZH_TIME, (MOST_ZH, LEAST_ZH, ABOUT_ZH, SPAN_ZH), FRAMES_ZH),
])  # fmt: skip
def test_any_bound_holds_with_any_amount(understood: Understood, bound: str, catalog: str, column: str, wish: str, amounts: str, ways: tuple[str, ...], frames: tuple[str, ...]) -> None:
    """Each way to bound is tried with some amounts, and each amount with some ways."""
    place = ("below", "above", "about", "between").index(bound)
    bounds, values = ways[place].split(" ; "), [(float(value), said) for value, says in _lines(amounts) for said in says]
    wrong = []
    for n in range(2 * max(len(bounds), len(values))):
        way, (value, said), (other, also) = bounds[n % len(bounds)], values[n * 7 % len(values)], values[(n * 7 + n // 3 + 5) % len(values)]
        if bound == "between":
            if max(value, other) < 1.2 * min(value, other):
                continue
            (value, said), (other, also) = sorted([(value, said), (other, also)])
        ends = {"below": (-inf, value), "above": (value, inf), "about": (value * 0.75, value * 1.25), "between": (value, other)}[bound]
        if bad := _misread(understood, catalog, column, frames[n % len(frames)], wish, way.replace("{}", said, 1).replace("{}", also, 1), ends):
            wrong.append(bad)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("catalog", OWN)
def test_the_columns_of_a_table_of_ones_own_are_bounded_by_their_units_and_names(understood: Understood, catalog: str) -> None:
    frame, wish = ("{b}，{p}", "辣的") if catalog == "饭店" else ("{b} {p}", "something")
    said = [(column.rpartition(" ")[0], _ends(column), way) for column, ways in OWN[catalog][1].items() for way in ways.split(" ; ")]
    wrong = [bad for column, ends, way in said if (bad := _misread(understood, catalog, column, frame, wish, way, ends))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("catalog", NAMES)
def test_a_number_that_bounds_nothing_is_left_alone(understood: Understood, catalog: str) -> None:
    wrong = {said: found for said in NAMES[catalog].split(" ; ") if (found := understood(catalog, said).conditions)}
    assert not wrong
