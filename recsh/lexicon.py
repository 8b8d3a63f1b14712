"""Words that requests are made of: fillers that say nothing about the thing wanted, and ways to say the same, in two languages.

Data only. A group of `SAME` are wishes that any row tagged with any member answers; the first member is the plainest.
Leaves out: grammar (see `query`). Keys are compared in `index.facet_key` form.
"""

from __future__ import annotations

from functools import cache

STOP = frozenset(
    "a an the and or but of to in on at by for from with without as is are was were be been am i me my mine we us our you your he she it its they them"
    " this that these those there here what which who whom whose when where why how do does did done have has had can could would should will shall"
    " may might must not no nor so too very really just some any anything something everything someone one ones more most much many few lot bit kind sort"
    " please thank thanks hello hi hey ok okay yes yeah sure maybe also else other another than then if about into out up down over own same such only"
    " want need like looking look find give show tell recommend recommendation suggest suggestion prefer feel feeling mood get got let know think see seen watch"
    " watched watching read reading listen listening hear heard play buy buying go going visit try good great nice best cool awesome interesting love loved enjoy enjoyed"
    " favorite favourite song track music movie film book novel product item place thing stuff im ive id dont didnt cant wont thats whats theres lets"
    " him his her hers himself herself all both every each either wrote write written author authored director directed actor actress star starring genre work series"
    " name called released release published part available familiar information known seem sound pretty actually currently lately recently yet still already again ever never"
    " recommended similar style vibe set list playlist title year".split()
)
"""Tokens (already stemmed) that never search on their own."""

FILLERS_ZH = (
    "有没有什么 有没有 可以推荐 能不能推荐 能推荐 推荐一下 推荐几首 推荐几部 推荐几本 推荐一些 推荐一部 推荐一首 推荐一本 推荐一家 推荐一个 推荐个 推荐给我 推荐 我想要看 我想要听 我想看 我想听 我想找 我想要 我想去 我想读 我要看 我要听 我要找"
    " 想看 想听 想找 想要 想去 想读 想买 帮我找 帮我 给我来 给我找 给我 来几首 来一首 来点 来一部 找一部 找一首 找一家 找一个 找个 找家 几首 几部 几本 一首 一部 一本 一家 一个 一些 一下 一点 的那种 那种 这种 这样的 什么样的 什么 哪些 哪个 哪家 请问"
    " 请 你好 您好 谢谢 好的 吗 呢 吧 呀 啊 了 的 是 我 你 您 有 也 都 很 要 和 与 或者 或 还有 以及 最好 比较 左右 好听 好看 好玩 不错 喜欢 各种 最近 希望 用餐 吃饭 这道菜 这个菜 菜品 道菜 家人均 一个人 顺便 需要 可以 能够 提供 带有 帮忙 谢谢 麻烦 周边 附近 一下子 而且 关于 主题 有关 之类 类似 一样 那样 题材 主演 导演 出演 演唱 执导 演的 唱的 拍的 像 电影 影片 片子 歌曲 音乐 歌 书 地方"
).split()
"""Chinese fillers, removed longest first before bigrams are made."""

_SAME = """
science fiction, sci fi, scifi, sf, 科幻
hip hop, rap, hiphop, 嘻哈, 说唱
r&b, rnb, rhythm and blues, 节奏布鲁斯
rock, 摇滚
metal, heavy metal, 金属
punk, 朋克
folk, 民谣
pop, 流行
jazz, 爵士
blues, 布鲁斯, 蓝调
classical, classical music, 古典, 古典音乐
electronic, electronica, edm, electronic music, 电子, 电子音乐
country, 乡村
soul, 灵魂乐
funk, 放克
reggae, 雷鬼
latin, 拉丁
disco, 迪斯科
ambient, 氛围, 氛围音乐
soundtrack, film music, film score, 电影原声, 原声
instrumental, no vocals, 纯音乐
horror, scary, 恐怖, 吓人
thriller, suspenseful, suspense, 惊悚
mystery, whodunit, detective, 悬疑, 推理, 侦探
comedy, funny, hilarious, 喜剧, 搞笑
drama, 剧情
romance, romantic, love story, rom com, romantic comedy, 爱情, 浪漫
action, 动作
adventure, 冒险
animation, animated, cartoon, anime, 动画
documentary, 纪录片
fantasy, 奇幻, 魔幻
war, 战争
western, 西部
crime, gangster, 犯罪
family, family friendly, kid friendly, for kids, children, 家庭, 适合全家
musical, 音乐剧, 歌舞
historical, history, period drama, 历史
martial arts, kung fu, wuxia, 武侠, 功夫
biography, biopic, biographical, 传记
sports, sport, 体育, 运动
superhero, superheroes, comic book, 超级英雄
time travel, 时间旅行, 穿越
space, outer space, 太空
robots, robot, artificial intelligence, ai, android, 机器人, 人工智能
zombies, zombie, undead, 丧尸, 僵尸
vampires, vampire, 吸血鬼
coming of age, growing up, 成长, 青春
dystopia, dystopian, 反乌托邦
mind bending, mindfuck, brain burning, 烧脑
feel good, cheer me up, cheerful, uplifting, heartwarming, 治愈, 温馨
sad, melancholic, melancholy, heartbreaking, tear jerker, depressing, 伤感, 悲伤, 忧伤, 难过
happy, joyful, upbeat, 快乐, 欢快, 开心
moving, touching, emotional, 感人
inspiring, inspirational, motivational, 励志
dark, gloomy, bleak, 黑暗
calm, relaxing, chill, mellow, peaceful, soothing, 宁静, 放松, 安静
energetic, high energy, pumped, powerful, 激昂, 有活力
aggressive, angry, fierce, 愤怒
dreamy, ethereal, 梦幻
nostalgic, nostalgia, 怀旧
epic, 史诗
lonely, loneliness, lonesome, 孤独
warm, 温暖
sweet, 甜蜜
quirky, offbeat, weird, eccentric
tense, gripping, edge of your seat, 紧张
slow, slow burning, slow burn, slow paced
fast paced, page turner, fast
witty, clever
cozy, cosy
breakup, heartbreak, break up, broken heart, 失恋, 分手
road trip, driving, 开车, 自驾
workout, gym, running, exercise, 健身, 跑步
party, dance party, 派对
study, studying, focus, concentration, homework, 学习
sleep, sleeping, bedtime, lullaby, falling asleep, 睡前, 助眠
rainy day, rain, 雨天, 下雨
late night, midnight, night, 深夜
summer, summertime, 夏天, 夏季
winter, 冬天, 冬季
spring, springtime, 春天, 春季
autumn, fall, 秋天, 秋季
christmas, xmas, holiday, 圣诞
wedding, 婚礼
piano, 钢琴
guitar, 吉他
acoustic, unplugged, 不插电
female vocals, female singer, woman singer, female vocalist, 女声
ballad, ballads, 抒情
danceable, dance, dancing, 舞曲
live, live album, concert
date night, 约会
family night, movie night with kids
graduation, 毕业
homesick, homesickness, 乡愁, 思乡
school, campus, 校园
chinese style, ancient style, 中国风, 古风
hong kong, hk, 香港, 港片, 粤语片
taiwan, 台湾
mainland china, china, chinese, 中国大陆, 中国, 大陆, 内地, 国产
japan, japanese, 日本
south korea, korea, korean, 韩国
usa, united states, american, america, us, 美国
uk, united kingdom, british, england, english, britain, 英国
france, french, 法国
germany, german, 德国
italy, italian, 意大利
spain, spanish, 西班牙
india, indian, bollywood, 印度
russia, russian, soviet, 俄罗斯, 苏联
brazil, brazilian, 巴西
mexico, mexican, 墨西哥
iran, iranian, persian, 伊朗
thailand, thai, 泰国
sweden, swedish, 瑞典
mandarin, 国语, 普通话
cantonese, 粤语
hokkien, taiwanese, 闽南语
literary fiction, literary, 文学
young adult, ya, teen
children's, children, kids, picture book
non fiction, nonfiction
short stories, short story
poetry, poems, poem, 诗歌, 诗
philosophy, 哲学
psychology, 心理学
business, 商业
self help, personal growth
memoir, autobiography
wireless, bluetooth, cordless, 无线
waterproof, water resistant, rainproof, 防水
noise cancelling, noise canceling, noise cancellation, anc, 降噪
lightweight, light, ultralight, 轻便
headphones, headphone, headset, earphones, earbuds, 耳机
laptop, laptops, notebook computer, 笔记本, 笔记本电脑
phones, phone, smartphone, mobile phone, 手机
backpacks, backpack, rucksack, 背包
luggage, suitcase, carry on, 行李箱
jackets, jacket, coat, 外套
tents, tent, 帐篷
gift, present, gifts, 礼物
beach, beaches, seaside, 海滩
island, islands, 海岛
city, city break, urban, 城市
mountains, mountain, 山
national park, national parks, 国家公园
hiking, trekking, walking, trek, 徒步
food, foodie, cuisine, eating, food lovers, 美食
nightlife, clubs, partying, bars, 夜生活
museums, museum, art museums, 博物馆
wildlife, safari, animals, 野生动物
skiing, ski, snowboarding, ski resort, 滑雪
diving, scuba, snorkeling, 潜水
surfing, surf, 冲浪
hot springs, onsen, thermal baths, 温泉
quiet, tranquil, 清净
off the beaten path, off the beaten track, hidden gem, less touristy, 小众
couples, honeymoon, 情侣, 蜜月
solo travelers, solo, alone, 一个人
families, family, with kids, 亲子, 全家
backpackers, backpacking, budget travel, 穷游
luxury, luxurious, upscale, 奢华
hotel, 酒店, 宾馆
restaurant, 餐馆, 餐厅, 饭店
attraction, sight, 景点
january, jan, 一月, 1月
february, feb, 二月, 2月
march, mar, 三月, 3月
april, apr, 四月, 4月
may, 五月, 5月
june, jun, 六月, 6月
july, jul, 七月, 7月
august, aug, 八月, 8月
september, sep, sept, 九月, 9月
october, oct, 十月, 10月
november, nov, 十一月, 11月
december, dec, 十二月, 12月
warm, tropical, sunny, hot, 温暖, 热带
technology, tech, gadgets, 科技
health, medical, medicine, wellness, 健康
climate, climate change, environment, 气候
politics, political, election, 政治
science, scientific, 科学
"""


@cache
def same() -> dict[str, tuple[str, ...]]:
    """Facet key of any member of a group -> the keys of all its members."""
    from recsh.index import facet_key

    out: dict[str, tuple[str, ...]] = {}
    for line in _SAME.strip().splitlines():
        keys = tuple(dict.fromkeys(facet_key(w) for w in line.split(",")))
        for key in keys:
            out[key] = tuple(dict.fromkeys(out.get(key, ()) + keys))
    return out
