"""What a chat completion says: its text, its thoughts, what it cost, and the odds of yes in its first token. A server may send anything, so
every reply is looked at as what it may not be.

Leaves out: asking for it (see `remote`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from recsh.regex import regex
from recsh.types import Usage

REASON_LIMIT = 600  # characters
LEAST = -99.0  # log probability below which nothing is told apart; some servers send -9999 for "never"
_VERDICT = regex(r"\W*(yes|no)\b[\W_]*", re.IGNORECASE)
_THOUGHT = regex(r"\s*<\|?(?:think|channel|thought|reason)", re.IGNORECASE)

Body = Mapping[str, Any]


def odds(top: Sequence[Any], yes: set[str], no: set[str]) -> float | None:
    """Log-odds of yes from the likeliest first tokens: log of the sum of the probabilities of those that spell yes or its beginning, minus that
    of no. A side that is not among them is at most as likely as the least of them. None if neither is.

    >>> odds([{"token": "Yes", "logprob": -0.5}, {"token": " no", "logprob": -1.5}], {"yes"}, {"no"})
    1.0
    """
    listed = [(at(t, "token"), at(t, "logprob")) for t in top]
    known = [(token, max(LEAST, min(0.0, float(p)))) for token, p in listed if isinstance(token, str) and isinstance(p, (int, float)) and not math.isnan(p)]
    sides = [[p for token, p in known if _spells(token, words)] for words in (yes, no)]
    if not any(sides):
        return None
    floor = min(p for _, p in known)
    for_yes, for_no = (math.log(sum(map(math.exp, side))) if side else floor for side in sides)
    return for_yes - for_no


def _spells(token: str, words: set[str]) -> bool:
    """Whether a token is one of the words, or begins it and nothing else ("y" of "yes"); quotes, spaces and marks of a tokenizer do not count."""
    letters = re.match(r"[^\W\d_]*", token.strip(" \t\n\r\"'*▁Ġ").casefold())
    return bool(letters and letters[0]) and any(word == letters[0] or (word.startswith(letters[0]) and letters.end() == len(letters.string)) for word in words)


def text_of(event: Body) -> str:
    """What a reply says, or what an event of a streamed one adds."""
    said = at(event, "choices", 0, "delta", "content") or at(event, "choices", 0, "message", "content")
    return said if isinstance(said, str) else ""


def thinks(event: Body) -> bool:
    """Whether it holds a thought in place of text."""
    return any(at(event, "choices", 0, part, key) for part in ("delta", "message") for key in ("reasoning_content", "reasoning"))


def at(value: Any, *path: str | int) -> Any:
    """What stands at a path in JSON, None where there is no such thing: a server may send anything."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def first_tokens(reply: Body) -> list[Any] | None:
    """The likeliest first tokens; empty if there was no token, None if the server tells none. A thought is no token of an answer."""
    content = at(reply, "choices", 0, "logprobs", "content")
    top = at(content, 0, "top_logprobs")
    if thinks(reply):
        return []
    return top if isinstance(top, list) and top else [] if isinstance(content, list) else None


def begins_to_think(reply: Body) -> bool:
    """Whether its first token is a thought, or opens one."""
    return thinks(reply) or _THOUGHT.match(str(at(first_tokens(reply), 0, "token"))) is not None


def reason_in(reply: Body) -> str:
    """The reason behind a yes: the rest of its first line. Empty behind a no."""
    lines = text_of(reply).strip().splitlines()
    verdict = _VERDICT.match(lines[0]) if lines else None
    if not lines or (verdict and verdict[1].casefold() == "no"):
        return ""
    return lines[0][verdict.end() if verdict else 0 :][:REASON_LIMIT]


def usage_of(reply: Body, before: Usage) -> Usage:
    """What a reply cost, added to what others did, as the server counts it."""
    told = (at(reply, "usage", "prompt_tokens"), at(reply, "usage", "prompt_tokens_details", "cached_tokens"), at(reply, "usage", "completion_tokens"))
    read, kept, written = (n if isinstance(n, int) and 0 <= n < 1 << 40 else 0 for n in told)
    return Usage(before.prompt_tokens + read, before.cached_tokens + kept, before.completion_tokens + written)
