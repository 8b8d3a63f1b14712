"""The commands, run in this process: what they print, where, and the exit codes. Most without a model; it has tests of its own."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import typer.main

import recsh
from recsh import config
from recsh.catalog import SAMPLES
from recsh.cli import app
from recsh.cli.boundary import fail
from recsh.types import Cause
from tests.command import Ran, Run, invoke

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SHOP = 'sku,product,maker,price,category\ns1,Chef knife,Kanetsune,$38,kitchen\ns2,Pan,Lodge,$25,kitchen\ns3,Tent,Quechua,$60,camping\n'


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in an empty folder. Settings and names of catalogs are forgotten afterwards; compiled samples stay."""
    monkeypatch.chdir(tmp_path)
    from recsh import paths

    def command(*args: str, input: str | bytes | None = None) -> Ran:
        return invoke(app, *args, input=input)

    yield command
    for file in (paths.config_dir() / "config.toml", paths.data_dir() / "catalogs.json"):
        file.unlink(missing_ok=True)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.csv"
    path.write_text(SHOP, encoding="utf-8")
    return path


def rows(text: str) -> list[str]:
    return text.splitlines()


# --- help ----------------------------------------------------------------------------------------------------------------


def commands() -> dict[str, Any]:
    """'ask', 'catalog add', ... -> the command."""
    root = typer.main.get_command(app)
    out: dict[str, Any] = {}
    for name, command in root.commands.items():
        out[name] = command
        out |= {f"{name} {sub}": c for sub, c in getattr(command, "commands", {}).items()}
    return out


def test_recsh_alone_prints_its_help(run: Run) -> None:
    """`recsh` and a group alone print help on stdout, and that is no error."""
    for args in ((), ("catalog",), ("models",), ("config",)):
        code, out, err = run(*args)
        assert (code, err) == (0, "") and out.startswith("Usage: recsh"), args


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented(name: str, run: Run) -> None:
    """Help says what a command does in one whole line, shows examples that stand unwrapped, and explains every option."""
    command = commands()[name]
    code, out, _ = run(*name.split(), "--help")
    assert code == 0
    assert "..." not in command.get_short_help_str(70), "the first sentence is cut in the list of commands"
    assert [p.name for p in command.params if not p.help and p.name not in ("help", "install_completion")] == []
    if not getattr(command, "commands", None):
        assert any(line.startswith(f"    recsh {name}") or f"| recsh {name}" in line for line in rows(out)), "no example"
    assert all(len(line) <= 80 for line in rows(out))


def test_every_command_and_setting_stands_in_the_readme() -> None:
    groups = {name.split()[0] for name in commands() if " " in name}
    documented = [f"recsh {name}" in README for name in commands() if name not in groups and not name.endswith((" path", "models list"))]
    assert all(documented)
    assert [name for name in config.SETTINGS if f"`{name}`" not in README] == []


def test_version(run: Run) -> None:
    assert run("-V") == run("--version") == (0, f"recsh {recsh.__version__}\n", "")


# --- ask -----------------------------------------------------------------------------------------------------------------


def test_a_pipe_gets_tsv_with_the_id_first(run: Run) -> None:
    """No header, no quoting, as many fields in every line."""
    code, out, _ = run("ask", "sad", "piano", "--engine", "none", "-n", "3")
    cells = [line.split("\t") for line in rows(out)]
    assert code == 0 and len(cells) == 3 and {len(c) for c in cells} == {5}
    assert rows(run("ask", "sad piano", "--engine", "none", "-n", "3", "-f", "ids").out) == [c[0] for c in cells]
    assert rows(run("ask", "sad piano", "--engine", "none", "-n", "3", "--headers").out)[0].split("\t")[0] == "item_id"


SCHEMA: dict[str, Any] = {
    "schema_version": int, "id": str, "created_at": str, "query": str, "where": (str, None), "context": (str, None),
    "engine": ({"name": str, "path": str, "mode": str}, None),
    "catalog": {"name": str, "path": str, "items": int, "shortlist": int},
    "params": {"limit": int, "seed": int, "temperature": float},
    "results": [{"rank": int, "item_id": str, "title": str, "score": float, "reason": (str, None), "sources": dict, "because": (dict, None),
                 "match": ({"suggested": str, "score": float, "method": str}, None), "item": dict}],
    "unmatched": [{"suggested": str, "cause": str, "best": (str, None), "score": (float, None)}],
    "usage": {"prompt_tokens": int, "cached_tokens": int, "completion_tokens": int},
    "timing_ms": dict.fromkeys(("load", "retrieve", "reread", "prompt", "first", "generate", "total"), float),
    "warnings": [{"code": str, "message": str}],
    "known": [{"said": str, "name": str, "kind": str, "year": (int, None), "creator": (str, None), "tags": list, "near": list, "rows": int}], "reply": (str, None),
}  # fmt: skip


def conforms(value: Any, shape: Any, at: str = "$") -> None:
    """Every key there, none beside them, every value of its type; None stands in a tuple of alternatives."""
    if isinstance(shape, tuple):
        if value is not None:
            conforms(value, shape[0], at)
    elif isinstance(shape, dict):
        assert isinstance(value, dict) and list(value) == list(shape), at
        for key, inner in shape.items():
            conforms(value[key], inner, f"{at}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), at
        for i, item in enumerate(value):
            conforms(item, shape[0], f"{at}[{i}]")
    else:
        assert isinstance(value, (int, float) if shape is float else shape) and not isinstance(value, bool), at


@pytest.mark.parametrize("more", [("--engine", "none"), (), ("--mode", "write"), ("--free",), ("--engine", "none", "--no-reasons", "-w", "year:1990..", "--context", "at night")])
def test_json_is_schema_1(run: Run, more: tuple[str, ...]) -> None:
    """All keys of cli.md, in its order, whichever way the answer was made."""
    value = json.loads(run("ask", "rock songs like Metallica", "--json", *more).out)
    conforms(value, SCHEMA)
    assert value["schema_version"] == 1 and len(value["results"]) == value["params"]["limit"] == 5
    assert (value["engine"] is None) == ("none" in more)
    for n, result in enumerate(value["results"], 1):
        assert result["rank"] == n and result["title"] == result["item"]["title"]
        assert sum(result["sources"].values()) == pytest.approx(result["score"], abs=1e-3)
    assert {u["cause"] for u in value["unmatched"]} <= {c.value for c in Cause}


def test_nothing_found_is_an_answer(run: Run) -> None:
    code, out, err = run("ask", "x", "--engine", "none", "--where", "year:1600", "--json")
    value = json.loads(out)
    conforms(value, SCHEMA)
    assert (code, value["results"]) == (0, []) and err == "recsh: nothing found\n"
    assert run("ask", "x", "--engine", "none", "--where", "year:1600", "-q") == (0, "", "")


def test_fields_narrow_every_format(run: Run) -> None:
    """In the order they were asked for; an unknown one is a usage error that lists them, found before anything is asked."""
    asked = ("ask", "piano", "--engine", "none", "-n", "2", "--fields", "title,year", "-f")
    listed = list(csv.reader(io.StringIO(run(*asked, "csv").out)))
    assert listed[0] == ["title", "year"] and len(listed) == 3
    assert run(*asked, "tsv").out == "".join("\t".join(row) + "\n" for row in listed[1:])
    assert [json.loads(line) for line in rows(run(*asked, "jsonl").out)] == [dict(zip(listed[0], row, strict=True)) for row in listed[1:]]
    assert [list(r) for r in json.loads(run(*asked, "json").out)["results"]] == [["title", "year"]] * 2
    code, out, err = run("ask", "piano", "--fields", "titel", "--where", "year:1600")
    assert (code, out) == (2, "") and "'titel'" in err and "artist" in err


def test_the_embedded_model_answers(run: Run) -> None:
    """The weights that come with recsh say why, and -v says where the time went."""
    code, out, err = run("ask", "what neighbours complain about", "--engine", "embedded", "-n", "2", "-f", "jsonl", "-v")
    assert code == 0 and all(json.loads(line)["reason"] and "reranker" in json.loads(line)["sources"] for line in rows(out))
    assert "retrieve " in err and " ms" in err and "tokens: " in err
    assert run("ask", "thrash metal", "--engine", "embedded", "-v", "-q").err == ""


def test_dry_run_prints_the_prompt_and_counts_tokens(run: Run) -> None:
    code, out, err = run("ask", "thrash metal", "--dry-run")
    assert code == 0 and "thrash metal" in out and out.count("\n") > 10 and err.removeprefix("recsh: ").split()[0].isdigit()
    assert "thrash metal" in run("ask", "thrash metal", "--dry-run", "--engine", "none").out


def test_the_sample_is_announced_once(run: Run, home: Path) -> None:
    (home / "data" / "welcomed").unlink(missing_ok=True)
    run("config", "set", "model", "none")
    assert "sample catalog 'music'" in run("ask", "piano").err
    assert run("ask", "piano").err == ""


def test_a_question_from_standard_input(run: Run) -> None:
    """For '-', or when there is no question; never beside one."""
    said = run("ask", "sad piano", "--engine", "none", "-f", "ids").out
    assert run("ask", "-", "--engine", "none", "-f", "ids", input="sad piano\n").out == said
    assert run("ask", "--engine", "none", "-f", "ids", input="\ufeffsad piano\n").out == said
    assert run("ask", "sad piano", "--engine", "none", "-f", "ids", input="polka\n").out == said
    assert run("ask", input="").code == 2


def test_output_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    """Complete or absent; TSV unless another format is asked for; nothing on stdout, no leftovers."""
    assert run("ask", "piano", "--engine", "none", "-o", "out.tsv") == (0, "", "")
    assert (tmp_path / "out.tsv").read_text(encoding="utf-8") == run("ask", "piano", "--engine", "none").out
    assert run("ask", "piano", "--engine", "none", "-o", "out.tsv", "--where", "nope:1").code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["out.tsv"] and (tmp_path / "out.tsv").stat().st_size


# --- batch ---------------------------------------------------------------------------------------------------------------


def test_batch_answers_every_line_in_order(run: Run, tmp_path: Path) -> None:
    """200 mixed lines, 3 of them broken: 200 answers in order, three with an error, exit code 1."""
    full = {"query": "sad piano", "limit": 2, "where": "year:1990..", "context": "at night", "exclude": ["m0035"]}
    lines = ["rock songs" if i % 2 else json.dumps({"id": f"q{i}", **full}) for i in range(200)]
    lines[20], lines[100], lines[199] = '{"query": 5}', "{broken", json.dumps({"query": "x", "where": "nope:1"})
    (tmp_path / "q.jsonl").write_text("\n".join(["\ufeff" + lines[0], *lines[1:], "", ""]), encoding="utf-8")
    code, out, err = run("batch", "q.jsonl", "--engine", "none", "-n", "1")
    answers = [json.loads(line) for line in rows(out)]
    assert code == 1 and err == "recsh: 3 of 200 questions failed\n"
    assert [a["id"] for a in answers] == [f"q{i}" if not i % 2 and i not in (20, 100) else i + 1 for i in range(200)]
    assert [i for i, a in enumerate(answers) if "error" in a] == [20, 100, 199]
    assert answers[199]["error"] == {"code": "usage", "message": answers[199]["error"]["message"]} and answers[199]["query"] == "x"
    for answer in (a for a in answers if "error" not in a):
        identity, answer["id"] = answer["id"], answer.pop("answer_id")
        conforms(answer, {k: SCHEMA[k] for k in answer})
        assert answer.keys() == SCHEMA.keys() and identity
        assert len(answer["results"]) == (2 if answer["where"] else 1) and "m0035" not in [r["item_id"] for r in answer["results"]]


@pytest.mark.parametrize(("line", "said"), [
    ('{"id": 7}', "needs a 'query'"), ('{"query": "x", "limit": true}', "'limit' has to be a whole number"), ('{"query": "x", "limit": 0}', "'limit' has to be between"),
    ('{"query": "x", "exclude": "m1"}', "a list of ids"), ('{"query": "x", "wheer": "a"}', "unknown key 'wheer'"), ('{"query": " "}', "empty"), ("{" * 5000, "not valid JSON"),
    ('{"a":' * 100_000, "nested too deeply"),
])  # fmt: skip
def test_a_broken_line_says_why(run: Run, line: str, said: str) -> None:
    code, out, _ = run("batch", "--engine", "none", input=line + "\npiano\n")
    first, second = map(json.loads, rows(out))
    assert code == 1 and said in first["error"]["message"] and second["results"]


# --- catalogs, models, settings ------------------------------------------------------------------------------------------


def test_the_life_of_a_catalog(run: Run, shop: Path) -> None:
    """Add, ask, make it the default, look at it, remove it; the file itself stays, and the default goes back."""
    assert run("catalog", "add", "shop.csv", "--title", "product", "--id", "sku").out == "shop\n"
    assert run("ask", "something for the kitchen under $30", "-c", "shop", "--engine", "none", "-f", "ids").out == "s2\n"
    assert run("catalog", "use", "shop").code == 0
    assert [r for r in json.loads(run("catalog", "list", "--json").out) if r["default"]] == [{"name": "shop", "path": str(shop), "sample": False, "default": True, "found": True}]
    assert {"name": "shop", "items": 3}.items() <= json.loads(run("catalog", "info", "--json").out).items()
    assert "shop  3 items" in run("catalog", "info").out
    assert run("catalog", "search", "tent", "-f", "ids").out.startswith("s3\n")
    assert "it was the default" in run("catalog", "remove", "shop").err and shop.exists()
    assert [r["name"] for r in json.loads(run("catalog", "list", "--json").out)] == list(SAMPLES)
    assert run("config", "get", "catalog").out == "music\n"


def test_catalog_check_prints_every_defect_with_its_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("id,title,year\n1,A,1990\n1,B,x\n2,,1991\n3,C\n", encoding="utf-8")
    code, out, _ = run("catalog", "check", "bad.csv")
    assert code == 0 and [line.split(": ")[:2] for line in rows(out)[:-1]] == [
        ["bad.csv:3", "not a number"], ["bad.csv:3", "duplicate id"], ["bad.csv:4", "missing title"], ["bad.csv:5", "short row"]
    ]  # fmt: skip
    assert "4 defects, 1 row left out" in rows(out)[-1]
    assert run("catalog", "check", "bad.csv", "--strict").code == run("catalog", "add", "bad.csv", "--strict").code == 3
    report = json.loads(run("catalog", "check", "bad.csv", "--json", "--title", "year").out)
    assert report["columns"]["year"] == "title" and report["items"] == 3


def test_weights(run: Run) -> None:
    listed = json.loads(run("models", "list", "--json").out)
    assert [(r["name"], r["default"], r["mode"]) for r in listed] == [("embedded", True, "judge")]
    assert rows(run("models", "list").out)[1].startswith("*  embedded  llama 8.5 M")
    assert run("models", "path").out == f"{listed[0]['path']}\n"
    run("models", "use", "none")
    assert json.loads(run("ask", "piano", "--json").out)["engine"] is None
    run("models", "use", listed[0]["path"])
    assert run("config", "get", "model").out.strip() == listed[0]["path"]


def test_doctor(run: Run, home: Path) -> None:
    """All well exits 0; what is wrong is named with what to do, the rest looked at all the same, and the exit code is 1."""
    code, out, _ = run("doctor")
    assert code == 0 and all(line.startswith("ok ") for line in rows(out)) and len(rows(out)) == 9
    (home / "config" / "config.toml").write_text("limit = 'many'\n", encoding="utf-8")
    code, out, _ = run("doctor", "--json")
    assert code == 1 and {r["name"]: r["ok"] for r in json.loads(out)} == {"versions": True, "folders": True, "settings": False, "catalogs": True, "log": True, "feedback": True, "vectors": True, "model": False, "tuned": False}


@pytest.mark.parametrize("args", [("catalog", "add", "shop.csv"), ("catalog", "use", "movies"), ("models", "use", "none"), ("config", "set", "limit", "2")])
def test_quiet_silences_all_but_errors(run: Run, shop: Path, args: tuple[str, ...]) -> None:
    assert run(*args).err and run(*args, "-q").err == ""


# --- errors --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("args", "code", "said"), [
    (("ask", "x", "-c", "nope.csv"), 3, "nope.csv: no such file"), (("ask", "x", "-c", "musik"), 3, "no catalog is called 'musik'"),
    (("ask", "x", "-c", "empty.csv"), 3, "the file is empty"), (("ask", "x", "-c", "head.csv"), 3, "no rows below the header"),
    (("ask", "x", "-c", "notitle.csv"), 3, "no column can serve as the title"), (("catalog", "add", "image.csv"), 3, "a PNG image"),
    (("ask", "x", "-c", "."), 3, "a folder"), (("catalog", "remove", "nope"), 3, "'nope'"), (("catalog", "use", "gone.csv"), 3, "gone.csv"),
    (("models", "check", "cut.gguf"), 4, "damaged or truncated"), (("ask", "x", "-m", "nope.gguf"), 4, "no such file"), (("models", "use", "cut.gguf"), 4, "cut.gguf"),
    (("ask", "x", "--lora", "nope.gguf"), 4, "no such file"), (("models", "check", "shop"), 4, "no weights are called"),
    (("ask", "x", "--bogus"), 2, "no such option: --bogus"), (("frob",), 2, "no such command 'frob'"), (("catalog", "add"), 2, "missing argument"),
    (("ask",), 2, "the question is empty"), (("ask", "x", "-n", "0"), 2, "--limit has to be between 1 and 1,000"), (("ask", "x", "-n", "ten"), 2, "'ten' is not a whole number"),
    (("ask", "x", "--diversity", "2"), 2, "--diversity has to be between"), (("ask", "x", "--mode", "guess"), 2, "--mode has to be one of"), (("ask", "x", "-f", "xml"), 2, "--format has to be one of"),
    (("ask", "x", "--engine", "warp"), 2, "'warp' is not an engine"), (("ask", "x", "--max-tokens", "0"), 2, "at least 1"), (("ask", "x", "-w", "nope:1"), 2, "no column is called 'nope'"),
    (("batch", "nope.txt"), 2, "nope.txt"), (("config", "set", "colour", "red"), 2, "colour: there is no such setting"), (("config", "set", "limit", "x"), 2, "limit has to be a whole number"),
    (("config", "get", "colour"), 2, "colour"), (("completion", "tcsh"), 2, "'tcsh'"), (("ask", "x", "-o", "no/such/folder"), 1, "--output no/such/folder"), (("ask", "x", "-o", "."), 1, "Is a directory"),
], ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")  # fmt: skip
def test_an_error_is_one_line_and_what_to_try(run: Run, tmp_path: Path, args: tuple[str, ...], code: int, said: str) -> None:
    """`recsh: error: what, where`, then `  try: what next`; nothing on stdout, no traceback, the right exit code."""
    from recsh.weights import bundled

    files = {"empty.csv": b"", "head.csv": b"title\n", "notitle.csv": b"a,b\n1,2\n3,4\n", "image.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "cut.gguf": bundled("recsh-mini.gguf").read_bytes()[:5000]}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    ran = run(*args)
    assert (ran.code, ran.out) == (code, "")
    first, second = rows(ran.err)
    assert first.startswith("recsh: error: ") and said in first
    assert second.startswith("  try: ") and len(second) > 8


def test_debug_shows_the_traceback(run: Run) -> None:
    assert "Traceback" in run("ask", "x", "-n", "0", "--debug").err
    assert "Traceback" not in run("ask", "x", "-n", "0").err, "--debug of one run may not outlast it"


@pytest.mark.parametrize(("error", "code", "said"), [
    (ValueError("boo\x1b[31m"), 1, "recsh: error: unexpected: ValueError: boo[31m\n  try: the same with --debug"), (MemoryError(), 1, "recsh: error: not enough memory\n  try: "),
    (PermissionError(13, "Permission denied", "/x"), 1, "recsh: error: /x: Permission denied\n"), (recsh.StoreError("no room", "make some"), 5, "recsh: error: no room\n  try: make some\n"),
], ids=lambda v: type(v).__name__)  # fmt: skip
def test_whatever_goes_wrong_is_told_in_a_line(capsys: pytest.CaptureFixture[str], error: Exception, code: int, said: str) -> None:
    """A bug too; its traceback is for --debug."""
    assert fail(error) == code
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(said) and "Traceback" not in err
    fail(error, debug=True)
    assert type(error).__name__ in capsys.readouterr().err
