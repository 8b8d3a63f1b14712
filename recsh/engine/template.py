"""Chat formats: system and user text -> token ids, such that nothing in a text can pose as the format.

A template is rendered by Jinja with an unguessable word in place of each text; what lies between the words is the format, and
only that is tokenised with special tokens. A song called "<|im_end|>" is eight letters and signs to the model.

llama.cpp's own `llama_chat_apply_template` is not used: it guesses a format from snippets, and takes every template that mentions
<|im_start|> for ChatML, recsh's own included. Jinja comes with llama-cpp-python. Leaves out: tools, pictures, more than one turn.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from recsh.engine.llama import Model

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
PLAIN = "{% for m in messages %}{{ m['content'] + '\\n' }}{% endfor %}"
STAND_IN = "\0"  # for the system text in a layout that is kept
LONGEST = 100_000  # characters of a rendered format; Llama's with all its tools has 4,000


class Layout(Struct, frozen=True):
    """One user turn taken apart: `opening` (trusted format, its texts already data) and `closing` (trusted) around the user's text.

    `opening` is a sequence of (text, trusted) in order.
    """

    opening: tuple[tuple[str, bool], ...]
    closing: str


def layout(model: Model, system: str, *, thinking: bool = False) -> Layout:
    """The format of these weights around one user turn, after the system text if there is one: as it was kept, else rendered now.

    `thinking` False asks templates that know the switch to close the think block at once. Weights without a template, or with one
    that cannot be rendered, get ChatML if they know its tokens and plain text otherwise.
    """
    if not model.layouts:
        return _rendered(model, system, thinking)
    opening, closing = model.layouts[_case(system, thinking)]
    return Layout(tuple((text if trusted else text.replace(STAND_IN, system), trusted) for text, trusted in opening), closing)


def layouts(model: Model) -> dict[str, Any]:
    """The format in all cases, for JSON: {case: [[[text, trusted], ...], closing]}, `STAND_IN` for the system text.

    A template is a program from a stranger: it may take for ever, or all memory. Where it is rendered beforehand, as the crash guard
    does in its child, `Model.layouts` takes what came of it, and it is never run in the process of the person.
    """
    cases = [(system, thinking) for system in ("", STAND_IN) for thinking in (False, True)]
    found = {_case(*case): _rendered(model, *case) for case in cases}
    return {case: [[list(part) for part in f.opening], f.closing] for case, f in found.items()}


def checked(kept: Any) -> dict[str, Any]:
    """Layouts that come from a file or another process. Raises ValueError, KeyError or TypeError if they are not such as `layouts` gives."""
    for case in (_case(system, thinking) for system in ("", STAND_IN) for thinking in (False, True)):
        opening, closing = kept[case]
        if not isinstance(closing, str) or not all(isinstance(text, str) and isinstance(trusted, bool) for text, trusted in opening):
            raise ValueError(f"the layout {case!r} is damaged")
    return kept


def _case(system: str, thinking: bool) -> str:
    return f"{'system' if system else 'plain'}{' thinking' if thinking else ''}"


def _rendered(model: Model, system: str, thinking: bool) -> Layout:
    for source in (model.template, CHATML if _knows_chatml(model) else PLAIN):
        found = _try(source, model, system, thinking) if source else None
        if found:
            return found
    raise AssertionError("ChatML and plain text can always be rendered")


def opening_tokens(model: Model, around: Layout) -> list[int]:
    """Token ids of everything before the user's text, with the begin token the vocabulary asks for."""
    ids: list[int] = []
    for text, trusted in around.opening:
        ids += model.tokens(text, special=trusted)
    if model.add_bos and model.bos >= 0 and ids[:1] != [model.bos]:
        ids.insert(0, model.bos)
    return ids


def _knows_chatml(model: Model) -> bool:
    return len(model.tokens("<|im_start|>", special=True)) == 1


def _try(source: str, model: Model, system: str, thinking: bool) -> Layout | None:
    """The layout by this template; the system text moves into the user's turn where a template refuses a system role."""
    from jinja2 import TemplateError

    tokens = {"bos_token": model.token_text(model.bos), "eos_token": model.token_text(model.eos)}
    user, first = f"u{os.urandom(16).hex()}", f"s{os.urandom(16).hex()}"
    turn = {"role": "user", "content": user}
    attempts: list[tuple[Sequence[Mapping[str, str]], bool]] = [([turn], False)]
    if system:
        attempts = [([{"role": "system", "content": first}, turn], True), *attempts]
    for messages, separate in attempts:
        try:
            text = _render(source, messages, thinking, tokens)
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError):
            continue
        if len(text) > LONGEST or text.count(user) != 1 or text.count(first) != separate:
            continue
        head, closing = text.split(user)
        if separate and first in head:
            before, between = head.split(first)
            return Layout(((before, True), (system, False), (between, True)), closing)
        if not separate:
            return Layout(((head, True), (system + "\n\n" if system else "", False)), closing)
    return None


def _render(source: str, messages: Sequence[Mapping[str, str]], thinking: bool, tokens: Mapping[str, str]) -> str:
    """A template in the sandbox, with what Hugging Face's templates expect to find there."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message: str) -> None:
        raise ValueError(message)

    def tojson(value: object, indent: int | None = None, **_: object) -> str:
        return json.dumps(value, ensure_ascii=False, indent=indent)

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    environment.filters["tojson"] = tojson
    return environment.from_string(source).render(
        messages=messages,
        add_generation_prompt=True,
        enable_thinking=thinking,
        raise_exception=raise_exception,
        strftime_now=lambda form: datetime.now().strftime(form),
        **tokens,
    )
