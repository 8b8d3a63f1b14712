"""How fast an answer comes, beside what somebody would write on llama-cpp-python in an hour, and beside llama.cpp alone; as a Markdown table.

    python tests/benchmarks/answer.py                 8 minutes on 2 cores; makes random weights of Qwen2.5-0.5B's shape first (see shapes.py)
    ... --weights FILE.gguf   others in their place      --only ask,chat   some parts      --runs 3
    ... --busy                processor time with one thread instead of the clock, for machines that do other things too: ratios only

The script (`SCRIPT`) is given recsh's shortlist of 24 rows for nothing, as the same texts; it asks for five titles with reasons in one chat completion held to a
JSON schema. Neither random weights nor the embedded ones would ever close its JSON, so it writes as many tokens as a real answer has:
the JSON of recsh's own five titles, with a reason of REASON tokens each. recsh writes REASON tokens a reason with random weights too. With the
embedded weights both get as long a reason as these weights write. Where this CPU's AMX crashes llama.cpp (see recsh/engine/probe.py), the script is spared it
as recsh is, by a line that its author would have had to find.

recsh stops reading at half of the shortlist once five rows of it fit. What random weights find fitting is chance, so both are measured: with all rows
read, and with half of them. "Start" is from the command to its end, "warm" with everything loaded. Each figure is the median of some runs, in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from recsh import paths, session
from recsh.reread import reread
from recsh.work import Options

sys.path.insert(0, str(Path(__file__).parent))

REQUEST = "rock songs like Metallica"
SENTENCE = "something to hum while walking home alone late"  # in words that no tag has: the reranker reads
REASON = 16  # tokens of a reason: "thrash metal with fast riffs, like Metallica"
SCRIPT = """
import json, os, sys, time
clock = time.process_time if os.environ.get("BUSY") else time.perf_counter
import llama_cpp
given = json.loads(sys.argv[1])
if given["safe"]:
    make = llama_cpp.llama_cpp.llama_model_default_params
    def safe():
        params = make()
        params.use_extra_bufts = False
        return params
    llama_cpp.llama_cpp.llama_model_default_params = llama_cpp.llama_model_default_params = safe
llm = llama_cpp.Llama(given["weights"], n_ctx=4096, n_threads=given["threads"], n_threads_batch=given["threads"], verbose=False)
title = {"type": "object", "properties": {"title": {"type": "string"}, "reason": {"type": "string"}}, "required": ["title", "reason"]}
schema = {"type": "array", "minItems": 5, "maxItems": 5, "items": title}
messages = [
    {"role": "system", "content": "You recommend items from a catalog. Use only titles that are listed. Answer in JSON."},
    {"role": "user", "content": f"Request: {given['request']}\\n\\nCatalog:\\n" + "\\n".join(given["rows"]) + "\\n\\nRecommend the five that fit best, with a short reason each."},
]
begun = clock()
out = llm.create_chat_completion(messages, response_format={"type": "json_object", "schema": schema}, max_tokens=given["tokens"], temperature=0.0, stream=given["stream"])
if given["stream"]:
    for n, event in enumerate(out):
        if n == given["tokens"] // 5:  # the first title, with its reason
            break
print(clock() - begun)
"""
RAW = """
import json, sys
from recsh.engine.context import Context, Span
from recsh.engine.llama import Model
given = json.loads(sys.argv[1])
encoder = dict(cells=512, threads=given["threads"], sequences=64, batch=512, microbatch=512, pooled=True)
model = Model(given["sentence"])
Context(model, **encoder).pooled([model.framed(given["request"])])
if given["pairs"]:
    context = Context(Model(given["reranker"]), **encoder, scores=True)
    for pack in given["pairs"]:
        context.pooled(pack)
model = Model(given["weights"])
context = Context(model, cells=given["cells"], threads=given["threads"], exact=True)
context.decode([Span(0, 0, given["head"])])
for n in range(1, len(given["rows"]) + 1):
    context.copy(0, n)
context.decode([Span(n, len(given["head"]), row, True) for n, row in enumerate(given["rows"], 1)], [1, 2])
at = {n: len(given["head"]) + len(given["rows"][n - 1]) for n in range(1, 6)}
for step in [given["lead"]] + [[9]] * given["steps"]:
    context.decode([Span(n, at[n], step, True) for n in at])
    at = {n: place + len(step) for n, place in at.items()}
"""


class Table:
    """Prints a line as soon as it is known; remembers what was missed."""

    def __init__(self) -> None:
        print("| what | beside | recsh | ratio | goal | met |\n|---|---|---|---|---|---|")

    def add(self, what: str, beside: str, ours: str, ratio: float, goal: str, met: bool | None) -> None:
        print(f"| {what} | {beside} | {ours} | {ratio:.2f} | {goal} | {'' if met is None else 'yes' if met else 'NO'} |", flush=True)

    def faster(self, what: str, theirs: float, ours: float, goal: float | None) -> None:
        """Times in seconds; the goal is how many times faster."""
        self.add(what, shown(theirs), shown(ours), theirs / ours, f"{goal:g}x" if goal else "", theirs / ours >= goal if goal else None)


def shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


class Bench:
    def __init__(self, busy: bool, runs: int, folder: Path) -> None:
        self.busy, self.runs, self.folder = busy, runs, folder
        self.table = Table()
        self.threads = 1 if busy else len(os.sched_getaffinity(0))
        self.clock = time.process_time if busy else time.perf_counter
        self.environment = {**os.environ, "PYTHONPATH": str(Path(session.__file__).resolve().parents[1])} | ({"BUSY": "1"} if busy else {})
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
        self.catalog = session.load_catalog("music")

    # --- processes ---------------------------------------------------------------------------------------------------

    def run(self, command: Sequence[str], given: str | None = None) -> tuple[float, int, str]:
        """(seconds, peak in MB, what it printed) of a process."""
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment, text=True)
        if given:
            child.stdin.write(given)
        child.stdin.close()
        text = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = 0
        assert status == 0, (command, status)
        wall = time.perf_counter() - begun
        return (used.ru_utime + used.ru_stime if self.busy else wall), used.ru_maxrss // 1024, text

    def medians(self, *measured: Callable[[], float]) -> list[float]:
        """The median of each, measured in turns; a first round warms up where there is more than one."""
        times: list[list[float]] = [[] for _ in measured]
        for n in range(self.runs + (self.runs > 1)):
            for one, found in zip(measured, times, strict=True):
                value = one()
                if n or self.runs == 1:
                    found.append(value)
        return [statistics.median(found) for found in times]

    def recsh(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "recsh", *args]

    def ask(self, *args: str, request: str = REQUEST) -> list[str]:
        return self.recsh("ask", request, "-c", "music", "--no-log", "--threads", str(self.threads), *args)

    # --- parts -------------------------------------------------------------------------------------------------------

    def recommender(self, weights: str):  # type: ignore[no-untyped-def]
        return session.recommender(self.catalog, {"model": weights, "threads": self.threads}, memory=False)

    def script(self, weights: str, name: str, goal: float, request: str = REQUEST) -> None:
        """Full answers and first suggestions, beside the script."""
        from recsh.engine.probe import probe

        recommender = self.recommender(weights)
        options = Options(log=False, max_tokens=None if weights == session.EMBEDDED else REASON)
        work = recommender.begun(request, options)
        items = [c.item for c in work.candidates[: options.shortlist]]
        rows = [row.removeprefix("Item: ") for row in recommender.adviser._judge_prompt(work, items).rows]
        titles = [c.item.title for c in work.candidates[:5]]
        engine = recommender.engine
        assert engine is not None
        answer = recommender.ask(request, options)
        length = REASON if options.max_tokens else max(1, answer.usage.completion_tokens // 5)
        tokens = sum(engine.count(f'{{"title": "{title}", "reason": ""}}, ') + length for title in titles) + 2
        path = engine.path
        given = {
            "weights": path, "request": request, "rows": rows, "tokens": tokens, "threads": self.threads, "stream": False,
            "safe": not probe(path, paths.cache_dir()).extra_bufts,
        }  # fmt: skip

        def theirs(**more: object) -> tuple[float, float]:
            spent, _, printed = self.run([sys.executable, "-c", SCRIPT, json.dumps(given | more)])
            return spent, float(printed)

        def ours(enough: int | None) -> Callable[[], float]:
            def measure() -> float:
                judge = engine.judge
                with set_to(engine, "judge", lambda prompt: judge(replace(prompt, enough=enough))):
                    begun = self.clock()
                    recommender.ask(request, options)
                    return self.clock() - begun

            return measure

        def first() -> float:
            times: list[float] = []
            begun = self.clock()
            recommender.ask(request, options, ordered=lambda items: times.append(self.clock() - begun))
            return times[0]

        model = () if weights == session.EMBEDDED else ("-m", weights, "--max-tokens", str(REASON))
        start_theirs, warm_theirs, stream_theirs, start_ours, warm_all, warm_half, first_ours = self.medians(
            lambda: theirs()[0], lambda: theirs()[1], lambda: theirs(stream=True)[1], lambda: self.run(self.ask(*model, request=request))[0], ours(None), ours(0), first,
        )  # fmt: skip
        engine.close()
        how = f"{name}, script {tokens} tokens, recsh {answer.usage.completion_tokens}"
        self.table.faster(f"full answer, warm, all rows read ({how})", warm_theirs, warm_all, goal)
        if weights != session.EMBEDDED:  # beside these the reranker reads as many as it has to
            self.table.faster(f"full answer, warm, half of the rows read ({name})", warm_theirs, warm_half, goal)
        self.table.faster(f"full answer, start to end ({name})", start_theirs, start_ours, None)
        self.table.faster(f"first suggestion, warm, beside the script as it is ({name})", warm_theirs, first_ours, 3)
        self.table.faster(f"first suggestion, warm, beside the script if it streamed and took JSON apart ({name})", stream_theirs, first_ours, None)

    def start(self) -> None:
        """What has to be instant, beside an empty program."""
        empty = [sys.executable, "-c", "pass"]
        completing = {"_RECSH_COMPLETE": "bash", "COMP_LINE": "recsh a"}

        def complete() -> float:
            before = self.environment
            self.environment = before | completing
            try:
                return self.run(self.recsh())[0]
            finally:
                self.environment = before

        base, help_, version, completion = self.medians(
            lambda: self.run(empty)[0], lambda: self.run(self.recsh("--help"))[0], lambda: self.run(self.recsh("--version"))[0], complete,
        )  # fmt: skip
        for name, found in (("--help", help_), ("--version", version), ("completion of a command", completion)):
            self.table.add(f"`recsh` {name}, beside `python -c pass`", shown(base), shown(found), found / base, "< 3", found / base < 3)

    def warm(self) -> None:
        """A warm `ask` to both requests, and what of it is recsh's own."""
        self.share(REQUEST, "")
        self.share(SENTENCE, ", in other words")
        self.table.add("the same without a model", "", shown(none := self.medians(lambda: self.run(self.ask("--engine", "none"))[0])[0]), none, "", None)

    def share(self, request: str, how: str) -> None:
        from recsh.engine.embed import packs
        from recsh.engine.rerank import PACK
        from recsh.paths import bundled
        from recsh.semantic import RERANKER_FILE, SENTENCE_FILE

        recommender = self.recommender(session.EMBEDDED)
        reranker, read = recommender.semantic.reranker, []
        score = reranker.score
        with set_to(reranker, "score", lambda request, rows: (read.extend(reranker.pairs(request, rows)), score(request, rows))[1]):
            answer = recommender.ask(request, Options(log=False))
        engine = recommender.engine
        asked = engine._judge._asked
        given = {
            "reranker": str(bundled("models", RERANKER_FILE)), "pairs": [[read[i] for i in pack] for pack in packs([len(ids) for ids in read], PACK)],
            "sentence": str(bundled("models", SENTENCE_FILE)), "weights": engine.path, "request": request, "threads": self.threads, "head": asked.head,
            "rows": asked.rows, "lead": asked.lead, "cells": 2048, "steps": max(1, answer.usage.completion_tokens // 5),
        }  # fmt: skip
        raw, ask = self.medians(lambda: self.run([sys.executable, "-c", RAW, json.dumps(given)])[0], lambda: self.run(self.ask(request=request))[0])
        engine.close()
        peak = self.run(self.ask(request=request))[1]
        self.table.add(f"warm `ask`{how}, embedded weights", "", shown(ask), ask, "< 1 s", None if self.busy else ask < 1)
        self.table.add("its peak", "", f"{peak} MB", peak, "< 300 MB", peak < 300)
        self.table.add("its own share, beside llama.cpp on the same tokens (start of Python in both)", shown(raw), shown(ask), (ask - raw) / ask, "< .10", (ask - raw) / ask < 0.1)

    def chat(self) -> None:
        """A follow-up in a conversation, beside its first turn."""
        from recsh.repl import Repl

        def turns() -> tuple[float, float]:
            recommender = self.recommender(session.EMBEDDED)
            repl = Repl(recommender, Options(log=False), open_=lambda *_: (recommender, "", ""), keep=False)
            times = []
            for text in ("thrash metal", "older", "but nothing live", "more like the first"):
                begun = self.clock()
                list(repl.turn(text))
                times.append(self.clock() - begun)
            recommender.engine.close()
            return times[0], statistics.median(times[1:])

        found = [turns() for _ in range(self.runs + 1)][1:]
        first, follow = (statistics.median(t[n] for t in found) for n in (0, 1))
        self.table.add("follow-up in `chat`, beside the first turn", shown(first), shown(follow), follow / first, "< .33", follow / first < 1 / 3)

    def batch(self, questions: int) -> None:
        """Questions a second in `batch`, beside one `ask` a question."""
        texts = [json.loads(line).get("query") for line in paths.bundled("sample_data", "music.queries.jsonl").read_text().splitlines()]
        texts = [t for t in texts if t]
        lines = "".join(f"{texts[n % len(texts)]}, number {n // len(texts)}\n" if n >= len(texts) else f"{texts[n]}\n" for n in range(questions))
        batch = min(self.run(self.recsh("batch", "-c", "music", "--threads", str(self.threads)), lines)[0] for _ in range(2)) / questions
        some = iter(texts * 9)
        (ask,) = self.medians(lambda: self.run(self.recsh("ask", next(some), "-c", "music", "--no-log", "--threads", str(self.threads)))[0])
        self.table.faster(f"a question of a `batch` of {questions}, beside an `ask`", ask, batch, 5)

    def growth(self) -> None:
        """The model's time as the catalog grows."""
        first = paths.bundled("sample_data", "music.csv").read_text(encoding="utf-8").splitlines()
        start = next(n for n, line in enumerate(first) if not line.startswith("#"))
        header, rows = first[start], first[start + 1 :]
        times = []
        for size in (1_000, 30_000):
            file = self.folder / f"songs{size}.csv"
            file.write_text("\n".join([header, *(f"{n}{rows[n % len(rows)]}" for n in range(size))]) + "\n", encoding="utf-8")
            catalog = session.load_catalog(file)
            recommender = session.recommender(catalog, {"model": session.EMBEDDED, "threads": self.threads}, memory=False)
            asked = ("thrash metal", "sad piano", "songs for a long drive", "jazz from the fifties")
            recommender.ask(asked[0], Options(log=False))

            def judged() -> float:
                spent = 0.0
                for text in asked:
                    work = recommender.begun(text, Options(log=False))
                    begun = self.clock()
                    reread(work, catalog.index, lambda: recommender.semantic.reranker)
                    recommender.adviser.advise(work, lambda name: None)
                    spent += self.clock() - begun
                return spent / len(asked)

            times.append(self.medians(judged)[0])
            recommender.engine.close()
            catalog.index.close()
        self.table.add("the model's part of an answer, 30,000 rows beside 1,000", shown(times[0]), shown(times[1]), times[1] / times[0], "< 1.3", times[1] / times[0] < 1.3)


@contextmanager
def set_to(owner: object, name: str, value: object):  # type: ignore[no-untyped-def]
    setattr(owner, name, value)
    try:
        yield
    finally:
        delattr(owner, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--only", default="start,warm,chat,batch,growth,embedded,random")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    parts = options.only.split(",")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.busy, options.runs, Path(folder))
        for part in ("start", "warm", "chat", "growth"):
            if part in parts:
                getattr(bench, part)()
        if "batch" in parts:
            bench.batch(options.questions)
        if "embedded" in parts:
            bench.script(session.EMBEDDED, "embedded weights", 3)
            bench.script(session.EMBEDDED, "embedded weights, rows read together with the request", 3, SENTENCE)
        if "random" in parts:
            weights = options.weights
            if weights is None:
                from shapes import make

                weights = Path(folder) / "random.gguf"
                make(weights, "0.5b", "q8_0")
            bench.runs = 1  # minutes each, and steady
            bench.script(str(weights), "0.5B, Q8_0", 4)


if __name__ == "__main__":
    main()
