"""The sentences of a conversation, in English and Chinese.

    >>> reply("cleared", True)
    '好，从头来。/undo 可以撤回。'

Leaves out: reasons of recommendations (see `tone`), and when what is said (see `repl`).
"""

from __future__ import annotations

from recsh.blocks import called
from recsh.types import Verdict

EXAMPLES = ('"quiet piano"', "想看科幻电影")

_REPLIES: dict[str, tuple[str, str]] = {
    "hello": ("Hello. Say what you are after, for example {example}; /help lists what else there is.", "你好。说说想要什么，比如 {example}；/help 有更多。"),
    "help": (
        "Say what you want ({example}), then go on: \"older\", \"less of that\", \"more\", \"I hated 2\", \"why the first?\". /help lists the commands.",
        "说说想要什么（{example}），再接着说：“老一点的”“换一批”“第二个不好看”“为什么推荐第一个”。/help 列出命令。",
    ),
    "thanks": ("You are welcome.", "不客气。"),
    "unclear": ("That says nothing I can look for. Say what should change (\"older\", \"no vocals\"), or \"more\"; /help lists the rest.", "没听懂要找什么。可以说要改什么（“老一点的”“不要恐怖的”），或者“换一批”；/help 有更多。"),
    "say": ("Say what you are after, for example {example}.", "说说想要什么，比如 {example}。"),
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
