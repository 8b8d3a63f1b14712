"""`recsh eval`: how good are the answers, in numbers.

`--json` is one object, every key always there, null for what cannot be said:

    schema_version 1, kind "requests" | "ratings" | "replay", created_at, recsh (version), seed, cuts [5, 10], main "NDCG@10", warnings [text]
    catalog      name, path, items
    source, n, of, split       the file, how many of its requests (people, answers) were measured, "last" or "time" for ratings
    systems      one a column: name, weights {name, path, mode}, without_model (answers that the model had no part in),
                 measures {"NDCG@10": {mean, low, high, n}, ...}, latency_ms {p50, p95},
                 lists {k, coverage, diversity, novelty, novelty_by, popularity, gini, repeats, short, suggestions, off_catalog, duplicates}
                 where diversity, novelty and popularity are {mean, low, high, n}; what they mean stands in `recsh.exposure.describe`
    groups       every language and kind of request, where there are several: by ("language" or "kind"), name, n, measure, systems {name: {mean, low, high, n}}
    differences  every pair: system, against, measure, difference, low, high, p, p_holm, sign (1, -1, or 0 if not significant)
    ablation     signal, measure, difference (what would be lost without it), low, high, p, p_holm, sign, changed
    replay       answers, examples, effective, overlap, explored, warnings, logged, ips, snips, dr {value, low, high, gain, gain_low, gain_high}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from recsh.cli import common as c
from recsh.cli import past
from recsh.cli import streams as s
from recsh.errors import RecshError, UsageError

if TYPE_CHECKING:
    from recsh.catalog import Catalog
    from recsh.evaluate import Scores
    from recsh.labelled import Labelled
    from recsh.recommend import Options, Recommender

WORDS, LAST = "bm25", "bm25-last"
_EXAMPLE = "recsh eval QUERIES.jsonl -c FILE.csv"


def register(app: typer.Typer) -> None:
    app.command("eval")(evaluate)


def evaluate(
    queries: Annotated[Optional[Path], typer.Argument(metavar="QUERIES", help="Labelled requests: JSON Lines with query and relevant, or a table with query and item; '-' reads them from standard input. A sample catalog has its own.")] = None,
    catalog: c.CatalogOption = None, model: c.ModelOption = None, engine: c.EngineOption = None, server: c.ServerOption = None,
    compare: Annotated[Optional[str], typer.Option("--compare", metavar="A,B", help="Weights to measure side by side: none, embedded, names, GGUF files, and server or server:NAME with --server. Plain BM25 always stands first.")] = None,
    ablate: Annotated[bool, typer.Option("--ablate", help="What each signal is worth: switch them off in turn.")] = False,
    ratings: Annotated[Optional[Path], typer.Option("--ratings", metavar="FILE", help="Foretell held-out ratings instead: user, item, and maybe rating and time.")] = None,
    split: Annotated[str, typer.Option("--split", metavar="last|time", autocompletion=c.among("last", "time"), help="Which ratings are held out: each person's last, or the latest fifth of all.")] = "last",
    liked: Annotated[bool, typer.Option("--liked", help="Foretell only ratings that were good ones.")] = False,
    replay: Annotated[bool, typer.Option("--replay", help="What today's ranking would have been worth, from your own log.")] = False,
    cuts: Annotated[str, typer.Option("--cuts", "-k", metavar="K,K", help="Where lists are cut.")] = "5,10",
    most: Annotated[Optional[int], typer.Option("--most", metavar="N", parser=c.whole("--most"), help="Measure at most N, evenly spread over the file.")] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Charts: every measure with its interval, and kinds of requests.")] = False,
    plot_file: Annotated[Optional[Path], typer.Option("--plot-file", metavar="FILE", help="The same as a picture: FILE.png, .svg or .pdf; needs matplotlib.")] = None,
    per_query: Annotated[Optional[Path], typer.Option("--per-query", metavar="FILE", help="A line a request and way of asking, as JSON Lines.")] = None,
    limit: Annotated[Optional[int], typer.Option("--limit", "-n", metavar="N", parser=c.whole("--limit"), help="How many recommendations to ask for; by default 50, of a model that writes its list as many as the largest cut.")] = None,
    mode: c.ModeOption = None, free: c.FreeOption = False,
    diversity: Annotated[float, typer.Option("--diversity", metavar="0..1", parser=c.decimal("--diversity"), help="How much unlike each other the answers should be.", show_default=False)] = 0.0,  # type: ignore[assignment]
    form: Annotated[Optional[str], typer.Option("--format", "-f", metavar="FORMAT", autocompletion=c.among("table", "json", "jsonl", "csv", "tsv"), help="table, json, jsonl, csv or tsv; by default a table on a terminal, tsv in a pipe.")] = None,
    json: c.JsonOption = False, headers: c.HeadersOption = None, output: c.OutputOption = None,
    seed: Annotated[Optional[int], typer.Option("--seed", metavar="N", parser=c.whole("--seed"), help="Seed of intervals, tests and written lists.")] = None,
    ctx_size: c.CtxOption = None, threads: c.ThreadsOption = None, gpu_layers: c.GpuOption = None, lora: c.LoraOption = None,
    quiet: c.QuietOption = False, debug: c.DebugOption = False, color: c.ColorOption = None,
) -> None:  # fmt: skip
    """Measure how good the answers are, on labelled requests or ratings.

    Always beside plain BM25, and beside retrieval without the model.
    Precision, recall, F1, NDCG, MRR and hit rate with their intervals, which differences are more than chance, and what the lists are like:
    how much of the catalog is ever shown, how unlike each other, how well known, what the model named that is not there, how long it
    took. What you liked before has no part in it, but with --replay.

    \b
    Examples:
      recsh eval -c music
      recsh eval QUERIES.jsonl -c FILE.csv --compare none,embedded,FILE.gguf
      recsh eval -c movies --engine none --ablate
      recsh eval -c music --plot --plot-file music.png
      jq -c 'select(.kind == "mood")' QUERIES.jsonl | recsh eval - -c FILE.csv
      recsh eval -c movies --ratings RATINGS.csv --split last
      recsh eval -c music --replay
    """
    jobs = [name for name, on in (("QUERIES", queries is not None), ("--ratings", ratings is not None), ("--replay", replay)) if on]
    if len(jobs) > 1:
        raise UsageError(f"{jobs[0]} and {jobs[1]} are measured in different ways", f"recsh eval {jobs[0]}, then recsh eval {jobs[1]}")
    if (plot or plot_file) and replay:
        raise UsageError("--plot draws measures of requests or ratings; --replay has none", "recsh eval --replay")
    if jobs[:1] not in ([], ["QUERIES"]) and (asked := next((flag for flag, on in (("--compare", compare), ("--ablate", ablate), ("--per-query", per_query)) if on), None)):
        raise UsageError(f"{asked} needs labelled requests, not {jobs[0]}", _EXAMPLE)
    if liked and ratings is None:
        raise UsageError("--liked says which ratings are foretold, and there are none", "recsh eval --ratings FILE --liked")
    if compare and (model or engine):
        raise UsageError("--compare and --model both say which weights to measure", f"--compare {compare},{model or engine}")
    if split not in ("last", "time"):
        raise UsageError(f"--split has to be last or time, not {split!r}", "--split last")
    if most is not None and most < 1:
        raise UsageError(f"--most has to be at least 1, not {most}", "leave it out for all")
    if plot_file is not None:
        from recsh.cli import picture

        picture.check(plot_file)
    at = _cuts(cuts)
    flags = dict(server=server, mode=mode, diversity=diversity, seed=seed, limit=limit, ctx_size=ctx_size, threads=threads, gpu_layers=gpu_layers, lora=lora, format=form)
    with c.session(catalog, "none" if compare or ratings else model, None if compare or ratings else engine, flags, quiet=quiet) as (opened, recommender, settings), s.output(output) as out:
        form = _form(form, settings["format"], json, person=out.interactive or plot)
        options = c.recommend_options({**settings, "diversity": diversity, "limit": 5}, free=free)
        with s.compiling(quiet) as progress:
            if ratings is not None:
                report, scores, asked = past.ratings_report(opened, ratings, split, liked, at, most, settings["seed"], progress)
            elif replay:
                report, scores, asked = past.replay_report(opened, recommender, options, most, settings["seed"], progress)
            else:
                run, names = _Run(opened, recommender, settings, options, at, limit, progress), _names(compare, settings["model"])
                if compare and settings["server"] and any(name.startswith("server") for name in names):
                    c.told_of_server(settings, quiet)
                report, scores, asked = run.all(_requests(opened, queries), most, names, ablate, queries)
        for warning in report["warnings"]:
            s.note(f"warning: {warning}", quiet=quiet)
        if per_query is not None:
            _write_each(per_query, scores, asked, max(at))
        if plot_file is not None:
            picture.draw(report, plot_file)
        out.write(_shown(report, form, headers, out, color, plot))


def _cuts(text: str) -> list[int]:
    try:
        cuts = sorted({int(part) for part in text.split(",")})
    except ValueError:
        cuts = [0]
    if cuts[0] < 1 or cuts[-1] > 1000:
        raise UsageError(f"-k: {text!r} has to be numbers from 1 to 1000", "-k 5,10")
    return cuts


def _form(flag: str | None, setting: str, json: bool, *, person: bool) -> str:
    """The format in force; 'ids' is one of answers only."""
    if flag == "ids":
        raise UsageError("--format ids: a report has no ids", "--format table, json, jsonl, csv or tsv")
    if json or setting not in ("auto", "ids"):
        return "json" if json else setting
    return "table" if person else "tsv"


def _shown(report: dict[str, Any], form: str, headers: bool | None, out: s.Output, color: bool | None, plot: bool) -> str:
    from recsh import render
    from recsh.cli import report as reports

    if form == "json":
        return render.dump(report, indent=out.interactive) + "\n"
    return reports.table(report, render.console(out.stream, color=color), charts=plot) if form == "table" else reports.machine(report, form, headers)


def _write_each(path: Path, scores: "list[Scores]", requests: "list[Labelled]", k: int) -> None:
    """A line a request and way of asking: what was measured, and the ids shown first."""
    from recsh.render import dump

    with s.output(path) as out:
        for one in scores:
            for n, request in enumerate(requests):
                measured = {name: values[n] for name, values in one.values.items()}
                shown = [i.id for i in one.lists[n][:k]]
                out.write(dump({"system": one.name, "id": request.name, "query": request.query, **measured, "ms": round(one.ms[n], 1), "shown": shown}, indent=False) + "\n")


# --- labelled requests -----------------------------------------------------------------------------------------------


def _names(compare: str | None, model: str) -> list[str]:
    """The weights to measure, each once."""
    names = [name.strip() for name in compare.split(",")] if compare is not None else ["none", model]
    names = [name for name in dict.fromkeys(names) if name and name != WORDS]
    if compare is not None and not names:
        raise UsageError("--compare names no weights", "--compare none,embedded,FILE.gguf")
    return names


def _requests(opened: "Catalog", queries: Path | None) -> "list[Labelled]":
    """The requests of the file, or the sample catalog's own."""
    from recsh import paths
    from recsh.labelled import read_requests

    if queries is None:
        queries = paths.bundled("sample_data", f"{opened.name}.queries.jsonl")
        if not opened.entry.sample or not queries.exists():
            raise UsageError(f"catalog {opened.name!r} has no requests of its own", _EXAMPLE)
    return _of_stdin() if str(queries) == "-" else read_requests(queries)


def _of_stdin() -> "list[Labelled]":
    """The requests on standard input, by way of a file, as tables are read from files."""
    import sys
    from tempfile import TemporaryDirectory

    from recsh.labelled import read_requests

    with TemporaryDirectory() as folder:
        path = Path(folder, "standard input")
        path.write_bytes(sys.stdin.buffer.read() if sys.stdin is not None else b"")
        try:
            return read_requests(path)
        except RecshError as error:
            raise UsageError(error.message.replace(str(path), path.name), error.hint) from None


class _Run:
    """One run over labelled requests: `settings` and `options` as for a question, `limit` as typed."""

    def __init__(self, opened: "Catalog", recommender: "Recommender", settings: dict[str, Any], options: "Options", cuts: list[int], limit: int | None, progress: Callable[[str, int, int], None]) -> None:
        self.opened, self.recommender, self.settings = opened, recommender, settings
        self.options, self.cuts, self.limit, self.progress = options, cuts, limit, progress
        self.warnings: list[str] = []

    def all(self, requests: "list[Labelled]", most: int | None, names: list[str], ablate: bool, source: Path | None) -> past.Found:
        """The whole report."""
        from recsh import evaluate as ev
        from recsh.exposure import popularity_in
        from recsh.labelled import sample

        asked, seed = sample(requests, most), self.settings["seed"]
        self._check(asked)
        scores = [*self._words(asked), *(self._weights(name, asked) for name in names)]
        ablation = None
        if ablate:
            ablation = ev.ablate(self.recommender, asked, k=max(self.cuts), seed=seed, progress=self.progress)
            if (bare := next((x for x in scores if x.name == "none"), None)) is not None:
                ablation += [row for one in scores if one.engine for row in ev.model_worth(one, bare, max(self.cuts), seed)]
        report = ev.report(
            "requests", self.opened, scores, created_at=past.now(), n=len(asked), of=len(requests), source=str(source or f"{self.opened.name}.queries.jsonl"), cuts=self.cuts,
            seed=seed, popularity=popularity_in(self.opened.index), ablation=ablation, warnings=self.warnings, requests=asked,
        )  # fmt: skip
        return report, scores, asked

    def _check(self, requests: "list[Labelled]") -> None:
        """Warn of relevant ids that the catalog does not have; if it has none of them, it is the wrong one."""
        from recsh.labelled import unknown

        wanted = {i for r in requests for i in r.relevant}
        missing, every = unknown(requests, {i for i in wanted if self.opened.index.by_id(i) is not None})
        if missing == every:
            raise UsageError(f"catalog {self.opened.name!r} has none of the items that answer these requests", _EXAMPLE)
        if missing:
            self.warnings.append(f"{missing:,} of {every:,} relevant ids are not in the catalog, and count as not found")

    def _words(self, requests: "list[Labelled]") -> "Iterator[Scores]":
        """Plain BM25; for dialogues once with all that was said and once with the last of it."""
        from recsh import evaluate as ev

        index, deep = self.opened.index, max(self.limit or ev.DEEP, max(self.cuts))
        yield ev.measure(WORDS, ev.by_words(index, deep), requests, self._measures(deep), self.progress)
        if any(r.last != r.query for r in requests):
            yield ev.measure(LAST, ev.by_words(index, deep, last=True), requests, self._measures(deep), self.progress)

    def _weights(self, name: str, requests: "list[Labelled]") -> "Scores":
        """One column: retrieval alone, or with these weights, which are let go of afterwards."""
        from recsh import evaluate as ev
        from recsh import session

        here = {} if session.is_remote(name) else {"server": ""}
        recommender = session.recommender(self.opened, {**self.settings, "model": name, **here}, self.recommender.semantic, memory=False)
        deep = ev.depth(recommender, self.options, self.limit, self.cuts)
        try:
            scores = ev.measure(_short(name), ev.by_recommender(recommender, self.options, deep), requests, self._measures(deep), self.progress)
        finally:
            if recommender.engine is not None:
                recommender.engine.close()
        if name != session.NONE and scores.alone:
            self.warnings.append(f"{scores.name}: the model had no part in {scores.alone} of {len(requests)} answers")
        return scores

    def _measures(self, deep: int) -> Any:
        from recsh import metrics

        return metrics.measures(self.cuts, metrics.DEEP if deep >= metrics.DEEP else None)


def _short(name: str) -> str:
    """The name of a column: of a file, that without its folder."""
    return Path(name).stem if name.lower().endswith(".gguf") else name
