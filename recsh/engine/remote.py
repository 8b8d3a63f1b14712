"""The engine that is a server elsewhere: any that speaks OpenAI's chat completions (llama.cpp, vLLM, Ollama, LM Studio, hosted ones).

    judge    a short completion a row, several in flight; log-odds of yes from the probabilities of its first token (`top_logprobs`)
    write    one streamed completion, its titles held by a JSON schema where the server takes one, plain lines where not

Which of it a server can do is tried out once and kept for a day; what it refuses by name is left out from then on. A server without log
probabilities writes lists. Models that think aloud first are asked not to; if they do all the same, they write, with room to think.
Leaves out: the way there (see `wire`), the words of a prompt (see `recsh.prompt`), what a completion says (see `completion`) and a list means (see `recsh.parse`).
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from recsh.engine import JudgePrompt, WritePrompt, completion, failure
from recsh.engine.abilities import Abilities, context_is_full
from recsh.engine.address import address, key_for
from recsh.engine.exchange import Body, Refused
from recsh.engine.wire import Wire
from recsh.errors import EngineError
from recsh.regex import regex
from recsh.text import clean
from recsh.types import Mode, Usage

THOUGHT = 2048  # tokens for thoughts of a model that cannot be kept from thinking
QUOTED = 24  # tokens that JSON adds to a line of a list
SAID = 12  # tokens for "Yes, because" before a reason
TEXT_LIMIT, NAME_LIMIT = 100_000, 200  # characters
PER_TOKEN = 4  # characters, about; a server's tokens cannot be counted from here
SHRINK = 0.75  # of a prompt that was too long, what is tried next
_NOT_A_CHAT = regex(r"embed|rerank|whisper|tts|dall-e|moderation", re.IGNORECASE)
_PROBE = JudgePrompt("Request: something to read\nItem: ", ("Moby-Dick | Herman Melville | novel",), "\nDoes the item fit the request? Answer yes or no.", "Answer yes or no.")


class RemoteEngine:
    """An `Engine` (see `recsh.engine`) on a server. Nothing is sent before it is asked something; `waits` as in `Exchange`. The key is found
    in the environment. Raises UsageError for an address that is none.

    Unlike others it may be asked by several threads, each of which has a `usage` and `notes` of its own.
    """

    def __init__(self, url: str, model: str = "", cache_dir: Path | None = None, **waits: float) -> None:
        there = address(url)
        self.path = there.base
        self.wire = Wire(there, key_for(there), **waits)
        self._model = model
        self._cache = cache_dir
        self._found: Abilities | None = None
        self._longest = math.inf  # characters of a prompt that is not too long, as far as is known
        self._local = threading.local()

    @property
    def name(self) -> str:
        """The model's name, as far as it is known."""
        return clean(self._found.model if self._found else self._model)[:NAME_LIMIT] or "server"

    @property
    def usage(self) -> Usage:
        """Tokens of this thread's last question, as the server counts them."""
        return getattr(self._local, "usage", Usage())

    @property
    def notes(self) -> list[str]:
        """What the user should know about this thread's last question."""
        return getattr(self._local, "notes", [])

    @property
    def mode(self) -> Mode:
        """Judge where the server gives log probabilities, else write. Asks it the first time; raises EngineError."""
        return Mode.JUDGE if self._ready().judge else Mode.WRITE

    # --- what it can do ----------------------------------------------------------------------------------------------

    def _ready(self) -> Abilities:
        """What the server can do: known, remembered, or tried out."""
        if trying := getattr(self._local, "trying", None):
            return trying
        if self._found is None:
            model = self._model or self._first()
            self._found = Abilities.load(self._cache, self.path, model) or self._try_out(Abilities(model))
        return self._found

    def _first(self) -> str:
        """The first model that the server lists, of those that may chat."""
        names = self._listed()
        return next((n for n in names if not _NOT_A_CHAT.search(n)), names[0] if names else "")

    def _listed(self) -> list[str]:
        models = completion.at(self.wire.get("models"), "data")
        names = [completion.at(m, "id") for m in models] if isinstance(models, list) else []
        return [n for n in names if isinstance(n, str) and n]

    def _try_out(self, can: Abilities) -> Abilities:
        """Judge one row. Without yes or no in front, a model may be thinking: it is asked not to, and judges another time."""
        self._local.trying = can  # for this thread alone: to others, what is half known would be wrong
        try:
            can.judge = self._judges()
            if not can.judge and can.thinks:
                can.hush = True
                can.judge = self._judges()
                can.hush, can.thinks = can.judge, not can.judge
        finally:
            self._local.trying = None
        can.save(self._cache, self.path)
        return can

    def _judges(self) -> bool:
        try:
            (odds,) = self._odds(_PROBE)
        except EngineError as error:
            if error.code != "no_logprobs":
                raise
            return False
        return odds is not None

    def _each(self, bodies: Callable[[Abilities], list[Body]]) -> Iterator[tuple[int, dict[str, Any]]]:
        """(number, reply) as replies come; those that are not there yet asked again without what is refused by name."""
        can = self._ready()
        answered: set[int] = set()
        while True:
            asked = bodies(can)
            left = [n for n in range(len(asked)) if n not in answered]
            try:
                for place, reply in self.wire.each([asked[n] for n in left]):
                    self._count(reply)
                    answered.add(left[place])
                    yield left[place], reply
                return
            except Refused as refused:
                self._settle(refused, asked[0])

    def _settle(self, refused: Refused, body: Body) -> None:
        """Leave out what the server refused, if that is clear; else raise what there is to say."""
        can = self._ready()
        if context_is_full(refused.words):
            self._longest = SHRINK * sum(len(m["content"]) for m in body["messages"])
            raise failure(refused.message, "context", "fewer rows: recsh config set shortlist 8") from None
        if can.give_up(refused.status, refused.words, body):
            can.save(self._cache, self.path)
            return
        if refused.status == 404 and self._model:
            try:
                has = [clean(n)[:NAME_LIMIT] for n in self._listed()]
            except EngineError:
                has = []
            if has and self._model not in has:
                more = f" and {len(has) - 5} more" if len(has) > 5 else ""
                raise EngineError(f"{self.path}: has no model {self._model!r}, but {', '.join(has[:5])}{more}", f"--model {has[0]}") from None
        raise refused

    # --- judging -----------------------------------------------------------------------------------------------------

    def judge(self, prompt: JudgePrompt) -> list[float]:
        """Log-odds of yes, one a row, in row order; of a row that was answered with neither, the middle of the others, and NaN of one that an
        `interrupt` left no time for. Raises EngineError."""
        self._ready()
        self._begin()
        found = self._odds(prompt)
        known = [odds for odds in found if odds is not None and not math.isnan(odds)]
        if len(known) * 2 < sum(odds is None or not math.isnan(odds) for odds in found):
            if not any(odds is not None and math.isnan(odds) for odds in found):  # else it is the few that there was time for
                can = self._ready()
                can.judge = False  # the next question is written
                can.save(self._cache, self.path)
            raise EngineError(f"{self.path}: {self.name} does not answer yes or no", "--mode write")
        return [odds if odds is not None else median(known) for odds in found]

    def _odds(self, prompt: JudgePrompt) -> list[float | None]:
        yes, no = ({word.strip().casefold() for word in words} for words in (prompt.yes, prompt.no))
        found: list[float | None] = [math.nan] * len(prompt.rows)

        def bodies(can: Abilities) -> list[Body]:
            if not can.top:
                raise failure(f"{self.path}: gives no log probabilities, which judging needs", "no_logprobs", "--mode write")
            return [can.body(prompt.system, _row(prompt, n), 1, logprobs=True, top_logprobs=can.top) for n in range(len(prompt.rows))]

        for n, reply in _until_stopped(self._each(bodies)):
            found[n] = None
            first = completion.first_tokens(reply)
            if completion.begins_to_think(reply):
                self._ready().thinks = True
            elif first:
                found[n] = completion.odds(first, yes, no)
            elif first is None:
                raise failure(f"{self.path}: gives no log probabilities, which judging needs", "no_logprobs", "--mode write")
        return found

    def reasons(self, prompt: JudgePrompt, rows: Sequence[int], max_tokens: int = 40) -> Iterator[tuple[int, str]]:
        """(row, its reason) as the server answers; of rows that it would rather refuse, none."""
        rows = list(dict.fromkeys(rows))
        try:
            for n, reply in self._each(lambda can: [can.body(prompt.system, _row(prompt, r), max_tokens + SAID) for r in rows] if rows else []):
                if said := completion.reason_in(reply):
                    yield rows[n], said
        except EngineError as error:
            if error.code != "interrupted":
                raise

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, prompt: WritePrompt, *, max_tokens: int, temperature: float = 0.0, seed: int = 42) -> Iterator[str]:
        """Whole lines of the list as they come, or a piece of JSON. What was cut off is noted, and ends before the cut. Raises EngineError."""
        can = self._ready()
        self._begin()
        while True:
            thought = can.thinks
            body = can.write_body(prompt, max_tokens + QUOTED * prompt.limit * bool(prompt.titles) + THOUGHT * thought, temperature, seed)
            try:
                yield from self._lines(body)
                return
            except Refused as refused:
                self._settle(refused, body)
            except EngineError:
                if thought or not can.thinks:  # else it was found to think only now, and gets room for that
                    raise

    def _lines(self, body: Body) -> Iterator[str]:
        rest, size, thoughts, ended = "", 0, False, False
        problem = f"{self.path}: broke off in the middle"
        try:
            for event in self.wire.stream(body):
                self._count(event)
                thoughts = thoughts or completion.thinks(event)
                ended = ended or bool(completion.at(event, "choices", 0, "finish_reason"))
                *lines, rest = (rest + completion.text_of(event)).split("\n")
                for line in lines:
                    size += len(line)
                    yield line + "\n"
                if size + len(rest) > TEXT_LIMIT:
                    self.notes.append(f"{self.name} wrote on and on, and was stopped")
                    return
        except EngineError as error:
            if error.code == "interrupted":
                if entries := rest[: rest.rfind("}") + 1]:
                    yield entries + "\n"
                return
            if error.code != "cut":
                raise
            problem, ended = error.message, False
        if not ended:
            rest = rest[: rest.rfind("}") + 1]  # whole entries of JSON; a title that was cut might be another's
            if not size and not rest:
                raise EngineError(problem)
            self.notes.append(f"the server broke off, and what it had written until then was used ({problem})")
        if rest:
            yield rest
        elif not size:
            can = self._ready()
            if thoughts and not can.thinks:
                can.thinks = True
                can.save(self._cache, self.path)
            raise EngineError(f"{self.path}: {self.name} wrote nothing" + (" but thoughts" if thoughts else ""), "--max-tokens 4000" if thoughts else "")

    def fits(self, prompt: WritePrompt) -> bool:
        """Whether the prompt is shorter than one that was too long; the server says so if it is."""
        return len(prompt.system) + len(prompt.user) <= self._longest

    def count(self, text: str) -> int:
        """Tokens in a text, about: four characters each."""
        return math.ceil(len(text) / PER_TOKEN)

    def shared(self, jobs: int) -> tuple[threading.Lock, Callable[[], None]]:
        """Let several threads ask, `jobs` of them: (a lock that each holds while it runs, and that is let go of while the server is waited for; what
        stops them all)."""
        try:
            self._ready()  # once, not by each of them
        except EngineError:  # every question will say so
            pass
        return self.wire.share(jobs), self.wire.interrupt

    @property
    def interrupt(self) -> Callable[[], None]:
        """Stop what is under way; where several threads ask, what the thread asks that looked this method up, so that the end of one question's
        time is not the end of the others'."""
        mine = threading.get_ident() if self.wire.turn else None
        return lambda: self.wire.interrupt(mine)

    def close(self) -> None:
        """Let go of the connections; safe to call twice."""
        self.wire.close()

    # --- counting ----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._local.usage, self._local.notes = Usage(), []

    def _count(self, reply: Body) -> None:
        self._local.usage = completion.usage_of(reply, self.usage)


def _until_stopped(replies: Iterator[tuple[int, dict[str, Any]]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Replies until an `interrupt`; one before the first of them is an error."""
    begun = False
    try:
        for reply in replies:
            begun = True
            yield reply
    except EngineError as error:
        if error.code != "interrupted" or not begun:
            raise


def _row(prompt: JudgePrompt, n: int) -> str:
    return prompt.prefix + prompt.rows[n] + prompt.suffix
