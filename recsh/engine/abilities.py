"""What a server can do, as far as it was tried, and requests that ask no more of it. Kept for a day, a file a server and model.

Leaves out: trying it out (see `remote`).
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict

from recsh import paths
from recsh.engine import WritePrompt
from recsh.errors import StoreError
from recsh.regex import regex

TOPS = (20, 5)  # first tokens whose probabilities are asked for: as many as OpenAI gives, and what others take
KEPT = 86_400.0  # seconds; a server may be another one tomorrow
_PARTS = ("chat_template_kwargs", "response_format", "stream_options", "seed", "logprobs", "temperature", "max_tokens", "system")
"""What a server may refuse. Where it does not say which, they are left out in this order, the rarest first."""
_ALIASES = {"json_schema": "response_format", "json schema": "response_format", "enable_thinking": "chat_template_kwargs", "include_usage": "stream_options", "system role": "system"}
_UNCLEAR = (400, 422, 501)  # refusals of the request as it is
_FULL = regex(r"context[ _-]?(?:length|window|size)|exceed\w*[ _]context|maximum context|prompt is too long|too many tokens|n_ctx", re.IGNORECASE)


def context_is_full(words: str) -> bool:
    """Whether a refusal says that the prompt is too long."""
    return _FULL.search(words) is not None


class Abilities(Struct):
    """What `model` can do where it runs. `judge`: it answers with yes or no and their probabilities; `top`: of how many tokens (0: none);
    `hush`: it is to be told not to think; `thinks`: it thinks before it answers; `refuses`: parts of a request to leave out."""

    model: str
    judge: bool = False
    hush: bool = False
    thinks: bool = False
    top: int = TOPS[0]
    refuses: list[str] = field(default_factory=list)

    @staticmethod
    def load(folder: Path | None, base: str, model: str) -> Abilities | None:
        """What is remembered of this model there; None for nothing, or nothing that can be read."""
        try:
            path = _file(folder, base, model)
            if path is None or not 0 <= time.time() - path.stat().st_mtime < KEPT:
                return None
            found = Abilities(**json.loads(path.read_text(encoding="utf-8")))
            return found if found.model == model and isinstance(found.top, int) and all(isinstance(r, str) for r in found.refuses) else None
        except (OSError, ValueError, TypeError):
            return None

    def save(self, folder: Path | None, base: str) -> None:
        """Remember it; where that cannot be, it is tried out again."""
        path = _file(folder, base, self.model)
        if path is not None:
            try:
                paths.write_private(path, json.dumps(asdict(self)))
            except StoreError:
                pass

    def give_up(self, status: int, words: str, body: Mapping[str, Any]) -> bool:
        """Leave out what a refusal names, or, where it is about the request and names nothing, what is most likely meant. False if there is
        nothing to leave out."""
        words = words.casefold()
        sent = [p for p in _PARTS if p in body or (p == "system" and body["messages"][0]["role"] == "system")]
        named = [p for p in sent if p != "system" and p in words] + [p for alias, p in _ALIASES.items() if alias in words and p in sent]
        guessed = [p for p in sent if p not in ("temperature", "max_tokens", "system")] if status in _UNCLEAR else []
        for part in (named or guessed)[:1]:
            if part == "logprobs":
                sent_top = body.get("top_logprobs")  # that of another thread's request may have been taken back already
                self.top = self.top if sent_top != self.top else TOPS[TOPS.index(self.top) + 1] if self.top in TOPS[:-1] else 0
            elif part not in self.refuses:
                self.refuses.append(part)
            return True
        return False

    def body(self, system: str, user: str, tokens: int, **more: Any) -> dict[str, Any]:
        """A request without what is refused."""
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}] if system else [{"role": "user", "content": user}]
        if system and "system" in self.refuses:
            messages = [{"role": "user", "content": f"{system}\n\n{user}"}]
        body: dict[str, Any] = {"messages": messages, "max_tokens": tokens, "temperature": 0.0, **more}
        if self.model:
            body["model"] = self.model
        if self.hush:
            body["chat_template_kwargs"] = {"enable_thinking": False}
        if "max_tokens" in self.refuses:
            body["max_completion_tokens"] = body["max_tokens"]
        return {part: value for part, value in body.items() if part not in self.refuses}

    def write_body(self, prompt: WritePrompt, tokens: int, temperature: float, seed: int) -> dict[str, Any]:
        """A list to write: with titles as JSON that a schema holds to them, as long as that is not refused."""
        more: dict[str, Any] = {"temperature": temperature, "seed": seed, "stream_options": {"include_usage": True}}
        if prompt.titles is None or "response_format" in self.refuses:
            return self.body(prompt.system, prompt.user, tokens, **more)
        asked = f'{prompt.user}\nAs JSON: {{"picks": [{{"title": "...", "reason": "..."}}]}}'
        return self.body(prompt.system, asked, tokens, **more, response_format=_format(prompt))


def _format(prompt: WritePrompt) -> dict[str, Any]:
    """A schema that only lists of these titles meet, in the subset that OpenAI takes as strict."""
    entry = {
        "type": "object", "properties": {"title": {"type": "string", "enum": list(prompt.titles or ())}, "reason": {"type": "string"}},
        "required": ["title", "reason"], "additionalProperties": False,
    }  # fmt: skip
    picks = {"type": "array", "items": entry, "maxItems": prompt.limit}
    schema = {"type": "object", "properties": {"picks": picks}, "required": ["picks"], "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": "picks", "strict": True, "schema": schema}}


def _file(folder: Path | None, base: str, model: str) -> Path | None:
    name = hashlib.sha256(json.dumps([base, model]).encode()).hexdigest()[:24]
    return folder and folder / "servers" / f"{name}.json"
