"""The sentences of a conversation, in English and Chinese.

    >>> reply("cleared", True)
    '好，从头来。/undo 可以撤回。'

Leaves out: reasons of recommendations (see `tone`), and when what is said (see `repl`).
"""

from __future__ import annotations

from recsh.blocks import called
from recsh.types import Verdict

_REPLIES: dict[str, tuple[str, str]] = {
    "hello": ("Hello. Say what you are after, for example {example}; /help lists what else there is.", "你好。说说想要什么，比如{example}；/help 有更多。"),
    "help": (
        "Say what you want ({example}), then go on: \"older\", \"less of that\", \"more\", \"I hated 2\", \"why the first?\". /help lists the commands.",
        "说说想要什么（{example}），再接着说：“老一点的”“换一批”“第二个不好看”“为什么推荐第一个”。/help 列出命令。",
    ),
    "hello_once": ("Hello. Say what you would like, for example {examples}.", "你好。说说想要什么，比如{examples}。"),
    "help_once": (
        "I recommend from the {n} items of {catalog}, by words, \"like X\", years, prices, moods, and by what you liked: {examples}. recsh chat is a conversation, recsh --help has the rest.",
        "我从 {catalog} 的 {n} 项里推荐：可以说标签、“像某某那样的”、年代、价格、心情，也看你喜欢过什么，比如{examples}。recsh chat 可以接着聊，recsh --help 有更多。",
    ),
    "vague": ("{question}Or say more, for example {examples}.", "{question}也可以说得具体些，比如{examples}。"),
    "anything": ("a title or a word of it", "一个名字或词"),
    "thanks": ("You are welcome.", "不客气。"),
    "unclear": ("That says nothing I can look for. Say what should change (\"older\", \"no vocals\"), or \"more\"; /help lists the rest.", "没听懂要找什么。可以说要改什么（“老一点的”“不要恐怖的”），或者“换一批”；/help 有更多。"),
    "say": ("Say what you are after, for example {example}.", "说说想要什么，比如{example}。"),
    "nothing": ("Nothing in {catalog} fits. /state shows what was asked for, /drop takes a part of it out.", "{catalog} 里没有符合的。/state 看现在的条件，/drop 去掉一条。"),
    "all": ("That was all that fits. /drop takes a part of the request out, /clear starts over.", "符合的就这些了。/drop 去掉一个条件，/clear 从头来。"),
    "cleared": ("Starting over; /undo brings it back.", "好，从头来。/undo 可以撤回。"),
    "no_undo": ("There is nothing to take back.", "没有可以撤回的。"),
    "took_back": ("took back: {what}", "撤回了：{what}"),
    "back_to": ("back to: {what}", "回到：{what}"),
    "back_to_start": ("back to the beginning", "回到开头"),
    "noted": ("noted: {what}", "记下了：{what}"),
    "noted_undo": ("noted: {what} (/undo takes it back)", "记下了：{what}（/undo 可以撤回）"),
    "noted_here": ("noted, for this conversation only: {what}", "记下了，只在这次对话里：{what}"),
    "already": ("noted before: {what}", "已经记过了：{what}"),
    "is_it": ("Should I note this: {what}? yes or no", "要记下吗：{what}？是，还是不是"),
    "which": ("Which one? Its number or its title, please; anything else goes on.", "哪一个？请说序号或片名；说别的就接着聊。"),
    "not_noted": ("Nothing was noted.", "好，没有记。"),
    "none_such": ("There is no answer yet whose lines could be meant.", "还没有推荐过，不知道说的是哪个。"),
    "which_item": ("It is not clear which one is meant: a number (1 to {most}) or a title, please.", "不清楚是哪一个：请说序号（1 到 {most}）或名字。"),
    "recall_none": ("Nothing of that kind is noted for {catalog}.", "{catalog} 里还没有记过这样的。"),
    "recall": ("What is noted for {catalog}, newest first:", "{catalog} 里记下的，新的在前："),
    "recall_more": ("... and {n} more: recsh history list", "……还有 {n} 条：recsh history list"),
    "unknown_title": ("{words} is not in {catalog}.", "{catalog} 里没有 {words}。"),
    "cut": ("only the first {n} characters were read", "只读了前 {n} 个字"),
    "help_heading": ("Say what you want, then go on: older · less screaming · more like the second · I hated 2 · why the first?", "说说想要什么，再接着说：老一点的 · 别那么吵 · 再来点像第二个的 · 第二个不好看 · 为什么推荐第一个"),
    "welcome": ("{catalog}, {n} items, {engine}; say what you want, /help lists commands, Ctrl-D leaves", "{catalog}，{n} 项，{engine}；说说想要什么，/help 列出命令，Ctrl-D 退出"),
    "no_model": ("no model", "没有模型"),
    "with_model": ("model {name}", "模型 {name}"),
    "goes_on": ("goes on with: {what}", "接着：{what}"),
    "leaves": ("Ctrl-D or /quit leaves", "Ctrl-D 或 /quit 退出"),
    "continue": ("recsh chat --continue takes this up again", "recsh chat --continue 可以接着聊"),
    "stopped": ("stopped; what you said stands, /undo takes it back", "停下了；说过的还算数，/undo 可以撤回"),
    "not_kept": ("this conversation is not written down: {why}", "这次对话没有记下来：{why}"),
    "dropped": ("dropped: {what}", "去掉了：{what}"),
    "saved": ("saved: {path}", "存好了：{path}"),
    "where_is": ("where: {what}", "条件：{what}"),
    "where_fits": ("where: {what} ({n} of {of} rows)", "条件：{what}（{of} 行里有 {n} 行）"),
    "context_is": ("context: {what}", "情境：{what}"),
    "catalog_is": ("catalog: {name}, {n} items", "目录：{name}，{n} 项"),
    "model_is": ("model: {name}", "模型：{name}"),
    "settings": ("settings of this conversation", "这次对话的设置"),
    "none": ("none", "没有"),
    "nothing_yet": ("nothing was asked for yet", "还没有要过什么"),
    "nothing_said": ("nothing was said yet", "还没说过话"),
    "state_where": ("where", "条件"), "state_context": ("context", "情境"), "state_catalog": ("catalog", "目录"), "state_model": ("model", "模型"),
    # errors of commands: what, then what to type instead
    "no_command": ("/{name}: there is no such command", "/{name}：没有这个命令"),
    "no_command_try": ("{near}/help; a line that begins with // is text", "{near}/help；以 // 开头的是普通文字"),
    "or": ("{what}, or ", "{what}，或 "),
    "of_which": ("{usage}: of which?", "{usage}：哪一个？"),
    "no_address": ("the row of {title!r} has no http(s) address", "《{title}》这一行没有网址"),
    "no_address_try": ("/show shows what it has", "/show 看它有什么"),
    "ask_first": ("ask for something first", "先要点什么"),
    "no_form": ("/save {file}: in which form?", "/save {file}：存成什么格式？"),
    "no_form_try": ("a file that ends in {forms}", "文件名以 {forms} 结尾"),
    "file_there": ("/save {path}: there is a file of that name", "/save {path}：已经有这个文件"),
    "other_name": ("another name", "换个名字"),
    "rate_how": ("/rate N X: an item, and 1 to 5", "/rate N X：哪一个，和 1 到 5 分"),
    "where_none": ("/where {what}: no row of {catalog!r} is so", "/where {what}：{catalog} 里没有这样的"),
    "where_none_try": ("recsh catalog info shows columns and values", "recsh catalog info 看有哪些列和值"),
    "on_or_off": ("/set {name} is on or off, not {value!r}", "/set {name} 只能是 on 或 off，不能是 {value}"),
    "no_setting": ("/set {name}: there is no such setting here", "/set {name}：这里没有这个设置"),
    "sets_it": ("/{name} sets it", "用 /{name} 来设"),
    "one_of": ("one of {names}", "可用：{names}"),
    "no_part": ("/drop {what}: there is no such part", "/drop {what}：没有这一条"),
    "no_part_try": ("/state numbers them: 1 to {n}", "/state 有编号：1 到 {n}"),
    "no_line": ("{what}: the last answer has {n} lines", "{what}：上次只有 {n} 个"),
    "no_line_try": ("1 to {n}, or a title", "1 到 {n}，或者名字"),
    "several": ("{what!r} may be several", "“{what}”可能是好几个"),
    "not_called": ("nothing in {catalog!r} is called {what!r}", "{catalog} 里没有叫“{what}”的"),
    "not_called_try": ("the nearest: {what}", "最接近的：{what}"),
    "other_spelling": ("another spelling", "换个写法"),
    "shares": ("You liked {thing}, which has this too: {shared}.", "你喜欢 {thing}，它也有：{shared}。"),
    "avoids": ("It has none of what you did not like: {avoids}.", "没有你不喜欢的：{avoids}。"),
}
_DONE: dict[Verdict, tuple[str, str]] = {
    Verdict.LIKE: ("liked {thing}", "喜欢{thing}"), Verdict.DISLIKE: ("disliked {thing}", "不喜欢{thing}"), Verdict.SKIP: ("skipped {thing}", "先不要{thing}"),
    Verdict.CONSUMED: ("you know {thing} already", "知道{thing}了"), Verdict.RATING: ("rated {thing} {value:g} of 5", "给{thing}打 {value:g} 分（满分 5）"),
    Verdict.NOTE: ("a note on {thing}", "备注{thing}"),
}  # fmt: skip


def reply(key: str, chinese: bool = False, **slots: object) -> str:
    """The sentence, with what goes into it. Raises `KeyError` for one that there is not."""
    return _REPLIES[key][chinese].format(**slots)


def done(verdict: Verdict, title: str, creator: str = "", value: float | None = None, chinese: bool = False) -> str:
    """A verdict in words: liked "One" by Metallica."""
    thing = f"《{title}》" if chinese else called(title, creator)
    return _DONE[verdict][chinese].format(thing=thing, value=value or 0)


def listed(phrases: list[str], chinese: bool = False) -> str:
    """Several of them in one sentence."""
    return ("，" if chinese else ", ").join(phrases)
