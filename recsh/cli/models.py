"""`recsh models`: which weights there are, what they are, whether they run here and are any good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from recsh.cli import common as c
from recsh.cli import pulling
from recsh.cli import streams as s
from recsh.errors import UsageError, WeightsError
from recsh.footprint import size

if TYPE_CHECKING:
    from recsh.described import Described
    from recsh.shelf import Found

group = typer.Typer(help="Weights (GGUF files): list, pull, use, check, info, rm, path.", rich_markup_mode=None)
NameArgument = Annotated[str, typer.Argument(metavar="NAME|FILE", autocompletion=c.weight_names, help="Weights: embedded, a name that models list shows, or the path of a GGUF file.")]
_KINDS = {"embedding": "makes sentence vectors", "adapter": "a LoRA adapter", "vocabulary": "a vocabulary without weights", "projector": "the picture part of others", "part": "a later part of others"}


def register(app: typer.Typer) -> None:
    group.callback(invoke_without_command=True)(c.help_if_alone)
    app.add_typer(group, name="models")


def _millions(count: int) -> str:
    """A count of parameters: 8.5 M, 1.5 B."""
    return f"{count / 1e9:,.1f} B" if count >= 1e9 else f"{count / 1e6:,.0f} M" if count >= 1e8 else f"{count / 1e6:,.1f} M"


def _facts(found: "Found", tokens: int, free: int | None, default: str, described: "Described") -> dict[str, Any]:
    """All that is known of weights without running them; with `error` instead where they are damaged."""
    from recsh import footprint, shelf

    facts: dict[str, Any] = {"name": found.name, "path": str(found.path), "place": found.place, "default": default in (found.name, str(found.path)), "error": None}
    try:
        w = shelf.describe(found, described)
    except WeightsError as error:
        blank = dict.fromkeys(("kind", "architecture", "parameters", "quantization", "context", "mode", "template", "size_bytes", "licence", "memory", "fits"))
        return facts | blank | {"error": error.message}
    needs = footprint.needs(w.size_bytes, w.shape, tokens)
    return facts | {
        "kind": w.kind, "architecture": w.architecture, "parameters": w.parameters, "quantization": w.quantization, "context": w.context, "mode": w.mode.value,
        "template": w.template, "size_bytes": w.size_bytes, "licence": w.licence,
        "memory": {"weights": needs.weights, "cache": needs.cache, "working": needs.working, "total": needs.total, "ctx_size": tokens},
        "fits": None if free is None else needs.total <= free,
    }  # fmt: skip


@group.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", "-a", help="Also files that do not chat: sentence vectors, adapters, pictures.")] = False,
    json: c.JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """List the weights that are on this machine; * marks the default.

    These are the embedded ones, those that were pulled, and what Ollama, LM Studio,
    llama.cpp, GPT4All, Jan and the hub's libraries keep, used where they are.
    MEMORY is what they take to run: the file, the cache of ctx_size tokens, and
    working space.

    \b
    Examples:
      recsh models list
      recsh models list --json
    """
    from pathlib import Path

    from recsh import config, footprint, pull, session, shelf
    from recsh.described import Described
    from recsh.text import clean

    settings, free = config.settings(), footprint.free_memory()
    unreadable: list[Path] = []
    found = shelf.here() + shelf.elsewhere(unreadable)
    default = settings["model"]
    if default != session.NONE and not any(default in (f.name, str(f.path)) for f in found) and Path(default).suffix == ".gguf":
        found.append(shelf.at(Path(default)))
    described = Described()
    rows = [_facts(f, settings["ctx_size"], free, default, described) for f in found]
    described.save()
    shown = [r for r in rows if everything or r["error"] or r["kind"] == "chat"]
    if json:
        s.emit_json(shown)
        return
    table = [("", "NAME", "MODEL", "SIZE", "QUANTIZED", "CONTEXT", "TEMPLATE", "MEMORY", "")]
    for r in shown:
        head = ("*" if r["default"] else " ", clean(r["name"]))
        if r["error"]:
            table.append((*head, "damaged", "", "", "", "", "", clean(r["error"].removeprefix(f"{r['path']} "))))
            continue
        remark = _KINDS.get(r["kind"]) or ("more than is free" if r["fits"] is False else "")
        model = f"{clean(r['architecture'])} {_millions(r['parameters'])}"
        table.append((*head, model, size(r["size_bytes"]), clean(r["quantization"]), f"{r['context']:,}", "yes" if r["template"] else "no", size(r["memory"]["total"]), remark))
    s.emit(s.columns(table))
    if free is not None:
        s.note(f"{size(free)} of memory are free; MEMORY is for {settings['ctx_size']:,} tokens (ctx_size)", quiet=quiet)
    if len(shown) < len(rows):
        s.note(f"{len(rows) - len(shown)} more do not chat; --all shows them", quiet=quiet)
    for folder in unreadable:
        s.note(f"{folder} may not be read by you", quiet=quiet)
    if left := pull.unfinished():
        s.note(f"{size(left)} of unfinished transfers: pull again goes on, recsh models rm --unfinished deletes them", quiet=quiet)


group.command("pull")(pulling.pull)


@group.command("use")
def use(name: NameArgument, quiet: c.QuietOption = False, debug: c.DebugOption = False) -> None:
    """Make weights the default ones; 'none' answers without a model.

    \b
    Examples:
      recsh models use qwen2.5-1.5b
      recsh models use ollama:llama3.2
      recsh models use embedded
      recsh models use none
    """
    from recsh import config, footprint, session, shelf

    if name != session.NONE:
        found = shelf.get(name)
        described = shelf.describe(found)
        if described.kind != "chat":
            raise WeightsError(f"{found.path} cannot answer: {_KINDS[described.kind]}", "recsh models list shows those that can")
        free, needs = footprint.free_memory(), footprint.needs(described.size_bytes, described.shape, config.settings()["ctx_size"])
        if free is not None and needs.total > free:
            s.note(f"warning: it takes {size(needs.total)} of memory, and {size(free)} are free", quiet=quiet)
        name = found.name
    s.note(f"the default weights are {config.save('model', name)} now", quiet=quiet)


@group.command("info")
def info(name: NameArgument = "embedded", json: c.JsonOption = False, debug: c.DebugOption = False) -> None:
    """Show what weights say of themselves, and where they are from.

    \b
    Examples:
      recsh models info
      recsh models info qwen2.5-1.5b --json
    """
    from recsh import config, footprint, pull, shelf, tuned
    from recsh.described import Described
    from recsh.text import clean

    settings, free = config.settings(), footprint.free_memory()
    found = shelf.get(name)
    described = Described()
    shelf.describe(found, described)  # damaged weights are an error here
    facts = _facts(found, settings["ctx_size"], free, settings["model"], described)
    record = pull.pulled(found.name) if found.place == shelf.OWN else None
    if json:
        s.emit_json(facts | {"files": [str(p) for p in found.files], "pulled": record})
        return
    memory = facts["memory"]
    rows = [
        ("name", facts["name"]), *(("file", str(p)) for p in found.files), ("kept by", facts["place"]), ("model", facts["architecture"]), ("kind", facts["kind"]),
        ("parameters", f"{facts['parameters']:,}"), ("quantized", facts["quantization"]), ("context", f"{facts['context']:,} tokens"), ("template", "yes" if facts["template"] else "no"),
        ("mode", facts["mode"]), ("size", size(facts["size_bytes"])), ("licence", facts["licence"] or (record or {}).get("licence") or "not said"),
        ("memory", f"{size(memory['total'])}: {size(memory['weights'])} weights, {size(memory['cache'])} cache of {memory['ctx_size']:,} tokens, about {size(memory['working'])} working space"),
        ("free", "unknown" if free is None else f"{size(free)}, {'enough' if facts['fits'] else 'not enough'}"),
    ]  # fmt: skip
    if card := tuned.card_of(found.path):
        rows.append(("tuned", f"on your verdicts, {card.made}, {'in use' if card.on else 'switched off'}; recsh tune --status"))
    if record:
        rows += [("from", record["source"]), ("revision", str(record.get("revision") or "")), ("fetched", str(record.get("pulled_at") or "")), *(("sha256", f["sha256"]) for f in record["files"])]
    s.emit(s.columns([(label, clean(str(value))) for label, value in rows if value]))


@group.command("path")
def path(name: NameArgument = "embedded", debug: c.DebugOption = False) -> None:
    """Print where weights are.

    \b
    Example:
      recsh models path embedded
    """
    from recsh import session

    s.emit(f"{session.find_weights(name)}\n")


@group.command("rm")
def rm(
    names: Annotated[Optional[list[str]], typer.Argument(metavar="NAME", autocompletion=c.weight_names, help="Weights that were pulled.")] = None,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="What was begun to be pulled and not ended.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Delete weights that recsh pulled; others are not touched.

    \b
    Examples:
      recsh models rm qwen2.5-1.5b
      recsh models rm --unfinished -y
    """
    from recsh import config, pull
    from recsh.cli.naming import confirmed

    if not names and not unfinished:
        raise UsageError("nothing says what to delete", "recsh models rm NAME, or --unfinished")
    for name in names or []:
        pull.check_pulled(name)
    what = [*(names or []), *(["what was not ended"] if unfinished else [])]
    if not confirmed(f"delete {', '.join(what)}?", yes, "recsh models rm"):
        s.note("nothing was deleted", quiet=quiet)
        return
    gained = sum(map(pull.remove, names or [])) + (pull.remove_unfinished() if unfinished else 0)
    s.note(f"{size(gained)} are free again", quiet=quiet)
    if config.saved().get("model") in (names or []):
        config.save("model", None)
        s.note("the default weights are the embedded ones again", quiet=quiet)


@group.command("check")
def check(
    name: Annotated[Optional[str], typer.Argument(metavar="NAME|FILE", show_default=False, autocompletion=c.weight_names, help="Weights; the default ones if none are named.")] = None,
    json: c.JsonOption = False, quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Try weights: do they run, how fast, and do they judge right.

    Ten requests on the sample catalogs have known answers that words alone do not
    find. The verdict says whether the weights are fast enough for a conversation,
    and how many requests they judge right where retrieval alone does not.

    \b
    Examples:
      recsh models check
      recsh models check qwen2.5-1.5b
      recsh models check weights.gguf --json
    """
    from recsh import checkup, config, session, shelf
    from recsh.described import Described
    from recsh.footprint import free_memory
    from recsh.text import clean

    settings = config.settings()
    if name is None:
        name = settings["model"] if settings["model"] != session.NONE else session.EMBEDDED
    found = shelf.get(name)
    described = Described()
    shelf.describe(found, described)  # damaged weights are an error here
    facts = _facts(found, settings["ctx_size"], free_memory(), settings["model"], described)
    with s.spinner(quiet) as stage:
        report = checkup.check(found.path, settings, stage)
    if json:
        cases = [{"request": j.request, "right": j.right, "retrieval": j.retrieval} for j in report.judged]
        s.emit_json({
            **{k: facts[k] for k in ("name", "path", "architecture", "parameters", "quantization", "memory", "fits")},
            "load_s": round(report.load_s, 3), "answer_s": round(report.answer_s, 3), "tokens_per_s": round(report.tokens_per_s, 1), "right": report.right, "of": len(report.judged),
            "retrieval_right": report.retrieval, "cases": cases, "recommended": report.recommended, "verdict": report.verdict,
        })  # fmt: skip
        return
    s.emit(clean(f"{facts['name']}: {facts['architecture']}, {_millions(facts['parameters'])} parameters, {facts['quantization']} ({facts['path']})") + "\n")
    s.emit(f"runs: loaded in {report.load_s:.1f} s, reads {report.tokens_per_s:,.0f} tokens a second, an answer takes {report.answer_s:.1f} s, {size(facts['memory']['total'])} of memory\n")
    for judged in report.judged:
        s.emit(f"  {'right' if judged.right else 'WRONG'}  {judged.request}{'' if judged.retrieval else '  (retrieval alone does not)' if judged.right else ''}\n")
    s.emit(f"{report.verdict}\n")
