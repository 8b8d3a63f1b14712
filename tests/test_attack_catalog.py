"""Files that mean harm: no traceback, no hang, bounded memory, the right exit code, every defect with its line, and the good rows are served.

The files and what is run on them stand in `hostile`. The long run (`pytest -m soak`) takes all of them through every command, and thousands
of files that chance writes.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import select
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh import render
from recsh.catalog import Entry, Reading, open_catalog
from recsh.check import examine
from recsh.cli.shells import VARIABLE
from recsh.errors import CatalogError, RecshError
from recsh.text import UNSAFE, clean
from tests import hostile
from tests.hostile import Case

if os.name == "nt":
    pytest.skip("pipes, devices, pseudo-terminals", allow_module_level=True)

HERE = Path(__file__).parent
LARGE = 1_600  # MB resident that no file may cost; 3 GB of address space is all there is
CASES = {case.name: case for case in hostile.cases()}
QUICK = [name for name, case in CASES.items() if not case.slow]
FORMULA = re.compile(r"""["'\s]*[=+\-@＝＋－＠\t\r]""")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e-?\d+)?")


def child(*args: object, home: Path, stdin: str = "") -> str:
    """What a driver of `hostile` prints, in a process of its own."""
    env = {**os.environ, "RECSH_HOME": str(home), "RECSH_THREADS": "1"}
    done = subprocess.run([sys.executable, str(HERE / "hostile.py"), *map(str, args)], input=stdin, capture_output=True, text=True, env=env, timeout=3_600, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr[-2_000:]
    return done.stdout


def obeyed(folder: Path, *lines: Sequence[object]) -> list[hostile.Ran]:
    """Command lines, one after the other, in one process with bounded memory."""
    out = child("obey", folder, home=folder / "home", stdin="\n".join(json.dumps([*map(str, line)]) for line in lines))
    return [hostile.Ran(**json.loads(line)) for line in out.splitlines()]


def unsafe(text: str, allowed: str = "\n\t") -> list[str]:
    """What would act on a terminal that this is written to."""
    return [c for c in UNSAFE.findall(text) if c not in allowed] + [c for c in text if c not in allowed and unicodedata.category(c) == "Cc"]


def as_it_should(told: hostile.Ran, codes: Sequence[int]) -> None:
    """An answer, or an error that says what and what next, in text that a terminal may be given."""
    assert told.code in codes, told
    assert not unsafe(told.out) and not unsafe(told.err, "\n"), told
    assert "unexpected" not in told.err and "Traceback" not in told.err and "not enough memory" not in told.err, told.err
    if told.code:
        assert told.err.startswith("recsh: error: ") and told.err.count("\n") <= 2 and len(told.err) < 3_000, told.err


# --- the corpus ------------------------------------------------------------------------------------------------------


def driven(folder: Path, *names: str) -> dict[str, dict[str, Any]]:
    """What became of each file: 'status', 'MB', 'told' (command -> `Ran`)."""
    found = [json.loads(line) for line in child(folder, *names, home=folder / "home").splitlines()]
    return {one["name"]: one | {"told": {k: hostile.Ran(**v) for k, v in one["told"].items()}} for one in found}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return driven(tmp_path_factory.mktemp("quick"))


def judge(case: Case, one: dict[str, Any]) -> None:
    """One file: it was survived, and did to the catalog what it may and no more."""
    assert one["status"] == 0, f"{case.name}: {one['status']} {one['trace'][-1_000:]}"
    assert one["MB"] < LARGE
    told: dict[str, hostile.Ran] = one["told"]
    codes = (0, 2, 3) if case.code < 0 else (case.code,)
    for name, ran in told.items():
        as_it_should(ran, codes if name in ("check", "plain", "add") else (0,))
    if case.says:
        assert case.says in told["check"].err
    if told["check"].code:
        return
    report = json.loads(told["check"].out)
    assert case.items in (None, report["items"]), report["counts"]
    assert report["lost"] <= sum(report["counts"].values())
    for kind, lines in case.lines.items():
        assert sorted({d["line"] for d in report["defects"] if d["kind"] == kind}) == lines, report["counts"]
    if case.good and "jsonl" in told:
        assert "Good Row" in [json.loads(line)["title"] for line in told["jsonl"].out.splitlines()]
    if "csv" in told:
        formats(told)


def formats(told: dict[str, hostile.Ran]) -> None:
    """Every format says the same rows; JSON means exactly what the catalog holds; a spreadsheet has nothing to run."""
    rows = json.loads(told["json"].out)["results"]
    assert rows == [json.loads(line) for line in told["jsonl"].out.splitlines()]
    assert [clean(r["item_id"]) for r in rows] == told["ids"].out.splitlines()
    written = list(csv.reader(io.StringIO(told["csv"].out)))[1:]
    tabbed = [line.split("\t") for line in told["tsv"].out.splitlines()]
    assert len(written) == len(tabbed) == len(rows)
    for row, cells, cut in zip(rows, written, tabbed, strict=True):
        assert cells == [str(row["rank"]), render.harmless(row["item_id"]), render.harmless(row["title"]), cells[3], cells[4], cells[5]]
        assert cut == [cells[1], cells[2], *cells[3:]]
        for cell in (*cells, *cut):
            assert NUMBER.fullmatch(cell) or cell in ("-", "+") or not FORMULA.match(cell.removeprefix("'")) or cell.startswith("'"), cell


@pytest.mark.parametrize("name", QUICK)
def test_a_hostile_file_costs_one_clear_error_or_its_own_rows(name: str, quick: dict[str, dict[str, Any]]) -> None:
    """Encodings, quotes, bombs, lies, devices: an exit code, the defects' lines, and the good rows beside them."""
    judge(CASES[name], quick[name])


@pytest.mark.soak
def test_every_hostile_file_through_every_command(tmp_path: Path) -> None:
    """All of the corpus, the large and the many as well, and every format of each."""
    every = driven(tmp_path, "all")
    assert every.keys() == CASES.keys()
    for name, case in CASES.items():
        judge(case, every[name])


# --- terminals -------------------------------------------------------------------------------------------------------

OURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[hl]|\x1b\[\d*[AK]|\r(?=\n|\x1b)")  # colours, and what draws a spinner


def on_a_terminal(folder: Path, lines: Sequence[Sequence[object]]) -> str:
    """What command lines write to a terminal of theirs, in colour."""
    import pty

    (folder / "lines").write_text("\n".join(json.dumps([*map(str, line)]) for line in lines))
    end, inner = pty.openpty()
    env = {**os.environ, "RECSH_HOME": str(folder / "home"), "RECSH_THREADS": "1", "TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen([sys.executable, str(HERE / "hostile.py"), "show", str(folder / "lines")], stdin=subprocess.DEVNULL, stdout=inner, stderr=inner, env=env) as running:
        os.close(inner)
        shown = b""
        while select.select([end], [], [], 120)[0]:
            try:
                piece = os.read(end, 1 << 16)
            except OSError:  # Linux says EIO where others say end of file
                break
            if not piece:
                break
            shown += piece
    os.close(end)
    assert running.returncode == 0, shown[-1_000:]
    return shown.decode("utf-8")


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A catalog whose every name and cell is full of escapes, and whose file is called so, too."""
    harm = "".join(h[:60] for h in hostile.ESCAPES.values())
    path = tmp_path / f"a{hostile.OSC}{hostile.BIDI}{hostile.CSI}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "title", "artist", "year", f"tags{hostile.CSI}", f"{hostile.LINK}price"])
        out.writerows([f"i{n}{harm}", f"Song {n} {harm}", f"Maker {harm}", 1990 + n, f"rock{harm}|tag{n}{hostile.CLIP}", n * 3] for n in range(8))
        out.writerows([f"p{n}", f"Plain song {n}", "Somebody", 1980 + n, "rock", n] for n in range(30))
    return path


def test_nothing_of_a_catalog_or_an_argument_acts_on_a_terminal(evil: Path, tmp_path: Path) -> None:
    """In no command: titles, tags, names of columns, catalogs and files, requests, notes, errors that quote what was typed."""
    harm = f"rock {hostile.CSI}{hostile.CLIP}{hostile.BIDI}{hostile.C1}"
    lines = [
        ["catalog", "check", evil], ["catalog", "add", evil, "--name", f"x{hostile.OSC}y"], ["catalog", "list"], ["catalog", "info", evil], ["catalog", "use", evil], ["catalog", "search", "song", "maker"],
        ["ask", harm, "--engine", "none", "--explain"], ["ask", "rock", "--engine", "none", "--dry-run"], ["ask", "song", "--engine", "none", "--fields", "title,artist,year"], ["like", "1", "2"], ["note", "1", harm],
        ["history", "list"], ["history", "show", "1"], ["history", "search", "song"], ["history", "list", "-f", "tsv"], ["history", "list", "--json"], ["taste", "show"], ["undo"], ["config", "show"],
        ["ask", "song", "--fields", harm], ["ask", "song", "-c", harm], ["ask", "song", "-c", harm, "--debug"], ["ask", "song", "--model", harm], ["ask", "song", "--engine", harm], ["like", harm], ["catalog", "remove", harm], ["config", "set", "limit", harm],
        ["config", "set", harm, "1"], ["history", "show", harm], [harm], ["ask", f"--{harm}"], ["taste", "forget", harm], ["history", "import", evil], ["eval", evil], ["catalog", "check", harm, "--title", harm], ["completion", harm],
    ]  # fmt: skip
    shown = on_a_terminal(tmp_path, lines)
    assert shown.count("[exit ") == len(lines) and shown.count("Traceback") == 1 and "unexpected" not in shown, shown[-3_000:]  # that of --debug
    assert "Plain song" in shown and "Song 1" in shown
    assert hostile.CSI not in shown
    left = unsafe(OURS.sub("", shown), "\n\t")
    assert not left, (left[:10], [line for line in OURS.sub("", shown).split("\n") if unsafe(line, "\t")][:5])


def test_the_tab_key_offers_nothing_that_acts(evil: Path, tmp_path: Path) -> None:
    """Names of catalogs, also from a list that another program wrote, columns, tags."""
    assert [one.code for one in obeyed(tmp_path, ["catalog", "add", evil, "--name", "evil"], ["catalog", "use", "evil"], ["ask", "song", "--engine", "none"])] == [0, 0, 0]
    registry = tmp_path / "home" / "data" / "catalogs.json"
    registry.write_text(json.dumps({f"mus{hostile.OSC}{hostile.C1}\nx": {"path": str(evil)}, "evil": {"path": str(evil)}}))
    for line in ("recsh ask -c mus", "recsh catalog info ", "recsh ask -w ", "recsh ask -w artist:", "recsh ask --fields "):
        done = subprocess.run([sys.executable, "-m", "recsh"], capture_output=True, text=True, check=False, cwd=HERE.parent, env={**os.environ, "RECSH_HOME": str(tmp_path / "home"), VARIABLE: "bash", "COMP_LINE": line, "COMP_WORDBREAKS": " \t\n:="})
        assert done.returncode == 0 and not unsafe(done.stdout) and not done.stderr
        assert done.stdout.count("\n") >= 2, line


def test_a_conversation_about_such_rows_acts_on_nothing(evil: Path, tmp_path: Path) -> None:
    """Answers, reasons, facts, why, tags, what is written down; as plain lines and as JSON."""
    turns = f"rock songs\nwhy the first\ntell me about 2\nI liked 1\nwhy not Song 3?\n/state\n/tags\n/help\n/taste\n{hostile.CLIP}{hostile.BIDI} jazz\n/nonsense{hostile.OSC}\n/save {hostile.CSI}.csv\n"
    env = {**os.environ, "RECSH_HOME": str(tmp_path / "home"), "RECSH_THREADS": "1", "PYTHONPATH": str(HERE.parent)}
    for flag in ((), ("--json",)):  # what it saves, it saves where it runs
        done = subprocess.run([sys.executable, "-m", "recsh", "chat", "-c", str(evil), "--engine", "none", *flag], input=turns, capture_output=True, text=True, check=False, env=env, cwd=tmp_path)
        assert done.returncode in (0, 1, 2) and "unexpected" not in done.stderr and "Traceback" not in done.stderr
        assert "Song" in done.stdout and not unsafe(done.stdout) and not unsafe(done.stderr, "\n")


def test_all_that_unicode_calls_invisible_is_unsafe() -> None:
    """Controls, formats, private and half characters, separators, blank letters: between any two letters but where a script is spelt with them."""
    kept = {*"\t\n\u200c\u200d", *map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))}  # marks of numbers and verses: they show
    spaces = {"\u2028", "\u2029"}
    for c in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and c not in kept:
            assert clean(f"a{c}b") in (("ab", "a b") if c in spaces or c == "\r" else ("ab",)), hex(ord(c))


@pytest.mark.parametrize(("value", "shown"), [
    ("Z" + "\u0301" * 500, "Z" + "\u0301" * 8), ("ส" + "็" * 100, "ส" + "็" * 8), ("a" + "\ufe0f" * 9, "a"), ("❤" + "\ufe0f" * 9, "❤\ufe0f"), ("1\ufe0f\u20e3", "1\ufe0f\u20e3"), ("\u3164", ""), ("a\u2800\u2800b", "a b"),
    ("🏴\U000e0067\U000e007f", "🏴"), ("e\u0301" * 40, "e\u0301" * 40), ("שָׁלוֹם", "שָׁלוֹם"), ("Z" + "\u0301\u200b" * 50, "Z" + "\u0301" * 8), ("葛\U000e0100城", "葛城"), ("བསྒྲུབས", "བསྒྲུབས"),
])  # fmt: skip
def test_towers_of_marks_and_floods_of_selectors_are_cut(value: str, shown: str) -> None:
    """As many marks as a script needs on a letter, one variation selector; Hebrew, Tibetan, accents and emoji stay as they are."""
    assert clean(value) == shown and clean(shown) == shown


# --- what a spreadsheet would run ------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", hostile.FORMULAS)
def test_formulas_are_text_in_csv_and_tsv_and_pandas_reads_them_back(formula: str) -> None:
    """One apostrophe and nothing else is added; names of columns count as cells."""
    pandas = pytest.importorskip("pandas")
    rows = [{"a": formula, formula: -5, "n": -1.5}]
    for text, how in ((render.csv_text(rows, ["a", formula, "n"], True), {}), (render.tsv(rows, ["a", formula, "n"], True), {"sep": "\t", "quoting": csv.QUOTE_NONE})):
        frame = pandas.read_csv(io.StringIO(text), **how)
        cell, name = frame.iloc[0, 0], frame.columns[1]
        assert cell == name == render.harmless(formula) and cell.replace("'", "", 1) in (clean(formula), clean(formula).replace("'", "", 1))
        assert frame.iloc[0, 1] == -5 and frame.iloc[0, 2] == -1.5
        for part in re.split(";", cell):
            assert not re.match(r"""[\s"]*[=@＝＠]""", part)


@pytest.mark.parametrize("plain", ["-5", "+5", "-1.5", "1e-07", "-1e-07", "-12%", "-1,234.50", "a-b", "AC/DC", "wink ;-)", "x = y", "me@here", "-", "Song (1)", "5;6", "a;b", "'quoted'"])
def test_what_is_no_formula_stays(plain: str) -> None:
    """Numbers, smileys, addresses."""
    assert render.harmless(plain) == plain


@settings(database=None, deadline=None, max_examples=300)
@given(st.text(st.sampled_from("=+-@＝＋－＠\"' \t\r\n;,a1(\u200b\ufeff"), max_size=12))
def test_whatever_stands_in_a_cell_a_spreadsheet_has_nothing_to_run(cell: str) -> None:
    """Read as CSV, or cut at every semicolon and tab whatever the quotes say: no piece begins to calculate, and harmless twice is harmless once."""
    written = render.csv_text([{"a": cell}], ["a"], False)
    read = next(csv.reader(io.StringIO(written)), [""])[0]
    assert read == render.harmless(cell) == render.harmless(read)
    if NUMBER.fullmatch(read):
        return
    for piece in re.split("[;\t]", read):
        assert not re.match(r"""[\s"]*[=@＝＠]""", piece), (cell, read)
    assert not re.match(r"""[\s"]*[+－＋-].""", read), (cell, read)


# --- what recsh itself keeps, and files that others label ------------------------------------------------------------

CONFIGS = {
    "deep": "catalog = " + "[" * 100_000, "closed": "x = " + "[" * 5_000 + "]" * 5_000, "digits": "limit = " + "9" * 10_000, "hex": "limit = 0x" + "f" * 100_000, "bytes": b"\xff\xfe\0", "twice": "limit=1\nlimit=2",
    "unknown": '"\\u001b]0;x\\u0007" = 1', "long": "a" * 1_000_000 + " = 1", "mode": 'mode = "\\u001b[2J"', "date": "limit = 2020-01-01", "infinite": "limit = inf", "list": "limit = [1]", "bool": "limit = true",
}  # fmt: skip
NAMES = {
    "deep": "[" * 100_000, "list": "[]", "nul": b"\0", "path": '{"a": {"path": 17}}', "role": '{"a": {"path": "/x", "roles": {"t": "nonsense"}}}', "types": '{"a": {"path": "/x", "encoding": 17, "header": "x"}}', "digits": '{"a": {"path": ' + "9" * 100_000 + "}}",
}  # fmt: skip
SPECIAL: dict[str, Callable[[Path], object]] = {"pipe": os.mkfifo, "device": lambda p: p.symlink_to("/dev/zero"), "folder": Path.mkdir, "circle": lambda p: p.symlink_to(p), "large": lambda p: p.write_bytes(b"#" * 20_000_000)}


@pytest.mark.parametrize("name", [*(f"config {n}" for n in (*CONFIGS, *SPECIAL)), *(f"names {n}" for n in (*NAMES, *SPECIAL))])
def test_a_hostile_file_of_recshs_own_is_named_and_not_written_over(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and the list of catalogs: one error, its code 2, 3 or 5; nothing waits for a pipe, reads a device to its end, or mends by deleting."""
    kind, _, which = name.partition(" ")
    file = tmp_path / "home" / ("config/config.toml" if kind == "config" else "data/catalogs.json")
    file.parent.mkdir(parents=True)
    content = {**(CONFIGS if kind == "config" else NAMES), **SPECIAL}[which]
    content(file) if callable(content) else file.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = file.lstat().st_size, file.lstat().st_mode
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "home"))
    from recsh.cli import app

    for line in (["config", "show"], ["config", "set", "limit", "4"]) if kind == "config" else (["catalog", "list"], ["catalog", "remove", "a"]):
        with pytest.raises(SystemExit) as left:
            app(line, prog_name="recsh")
        told = hostile.Ran(int(left.value.code or 0), *capfd.readouterr())
        as_it_should(told, (2, 5) if kind == "config" else (3,))
    assert (file.lstat().st_size, file.lstat().st_mode) == before


def test_a_config_with_a_mark_or_windows_line_ends_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows' editors save it; a value that would act on a terminal is printed without."""
    from recsh import config

    monkeypatch.setenv("RECSH_HOME", str(tmp_path))
    config.config_file().parent.mkdir(parents=True)
    config.config_file().write_bytes(b'\xef\xbb\xbflimit = 3\r\ncatalog = "\\u001b]52;c;aGk=\\u0007"\r\n')
    assert config.settings()["limit"] == 3 and config.save("limit", "4") == 4 and config.settings()["limit"] == 4
    out = child("obey", tmp_path, home=tmp_path, stdin="\n".join(map(json.dumps, (["config", "get", "catalog"], ["config", "show"], ["config", "show", "--json"]))))
    shown = [hostile.Ran(**json.loads(line)) for line in out.splitlines()]
    assert len(shown) == 3 and all(one.code == 0 and not unsafe(one.out) for one in shown)


FILMS = "id,title,year\n" + "".join(f"m{i},Film {i},{1950 + i}\n" for i in range(60))
RATED = "".join(f"u{u},m{i},{(u * 7 + i) % 5 + 1},{1_500_000_000 + u * 100 + i}\n" for u in range(20) for i in range(0, 60, 3))
HEAD = "user,item,rating,timestamp\n"
RATINGS: dict[str, tuple[int, bytes | str]] = {
    "escapes": (0, HEAD + RATED + f'"{hostile.CSI}{hostile.OSC}",m1,5,1\nu1,"{hostile.LINK}",5,1\nu1,m1,"{hostile.CLIP}",1\nu1,m1,5,"{hostile.BIDI}"\n'),
    "numbers": (0, HEAD + RATED + "u1,m1,1e999999,1\nu1,m2,nan,nan\nu1,m3,-inf,inf\nu1,m4," + "9" * 100_000 + "," + "9" * 100_000 + "\n"), "no number": (3, HEAD + "u1,m1,nan,nan\nu2,m2,inf,inf\n"), "too large": (3, HEAD + "u1,m1,1e308,1\nu1,m2,-1e308,1\n"),
    "one line 5,000 times": (0, HEAD + "u1,m1,3,1\n" * 5_000), "unclosed": (0, HEAD + RATED + '"u1,m1,5,1\n' + RATED), "ragged": (0, HEAD + RATED + "u1\n,,,\nu1,m1,5,1,9,9,9\n"), "empty": (3, ""), "header only": (3, HEAD), "binary": (3, bytes(range(256)) * 40),
    "UTF-16": (0, (HEAD + RATED).encode("utf-16")), "CR": (0, (HEAD + RATED).replace("\n", "\r")), "times": (0, HEAD + "u1,m1,5,-99999999999999999999\nu2,m2,4,9999-99-99\nu1,m3,1,1e400\n"), "another catalog's": (3, "user,item,rating\nu1,zzz,5\n"),
    "JSON": (0, "\n".join(json.dumps({"user": f"u{i % 9}", "item": f"m{i % 60}", "rating": i % 5}) for i in range(300)) + '\n{"user": ["\\ud800"], "item": {"a": 1}, "rating": ' + "[" * 100_000 + '\n{"user": "x", "item": "m1", "rating": ' + "9" * 50_000 + "}\n"),
    "a user of 5 MB": (0, HEAD + RATED + "u" * 5_000_000 + ",m1,5,1\n"), "headers twice": (0, "user,user,item,item,rating,rating\n" + "u1,u2,m1,m2,4,5\n" * 50),
}  # fmt: skip


def test_hostile_ratings_cost_their_own_lines(tmp_path: Path) -> None:
    """A line a rating, a defect a line; no value from them is anything but a number, and the catalog is asked as before."""
    (tmp_path / "films.csv").write_text(FILMS)
    lines = []
    for n, (_, content) in enumerate(RATINGS.values()):
        (tmp_path / f"{n}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        lines += [["catalog", "add", tmp_path / "films.csv", "--ratings", tmp_path / f"{n}.csv", "--name", "films"], ["ask", "--for-me", "-c", "films", "--engine", "none", "--json"]]
    os.mkfifo(tmp_path / "pipe")
    lines += [["catalog", "add", tmp_path / "films.csv", "--ratings", special] for special in (tmp_path / "pipe", "/dev/zero", tmp_path, tmp_path / "none")]
    told = obeyed(tmp_path, *lines)
    assert len(told) == len(lines)
    for n, (name, (code, _)) in enumerate(RATINGS.items()):
        add, asked = told[2 * n : 2 * n + 2]
        assert add.code == code, (name, add)
        as_it_should(add, (code,))
        as_it_should(asked, (0,))
        json.loads(asked.out, parse_constant=lambda constant: pytest.fail(constant))
    for one in told[2 * len(RATINGS) :]:
        as_it_should(one, (3,))


GOOD = '{"query": "film 3", "relevant": ["m3"]}\n'
LABELLED: dict[str, tuple[int, bytes | str]] = {
    "escapes": (0, GOOD + json.dumps({"query": hostile.CSI + hostile.CLIP + hostile.BIDI, "relevant": [hostile.OSC, "m1"], "qid": hostile.LINK}) + "\n"), "raw escapes": (2, GOOD + '{"query": "\x1b[2J", "relevant": ["m1"]}\n'),
    "deep": (2, GOOD + '{"query": ' + "[" * 100_000 + "]" * 100_000 + "}"), "digits": (2, GOOD + '{"query": "x", "grades": {"m1": ' + "9" * 100_000 + "}}"), "infinite": (2, GOOD + '{"query": "x", "grades": {"m1": 1e999}}'), "huge": (0, GOOD + '{"query": "x", "grades": {"m1": 1e300}}'),
    "types": (2, GOOD + '{"query": 5, "relevant": 7}'), "nested": (0, GOOD + '{"query": "x", "relevant": [["m1"], {"a": 1}, null], "last": [1], "qid": {"a": 1}, "seen": [[1]]}'), "surrogates": (0, GOOD + '{"query": "x\\ud800", "relevant": ["\\udfff", "m1"]}'),
    "100,000 ids": (0, GOOD + json.dumps({"query": "film", "relevant": [f"m{i}" for i in range(100_000)]})), "a request of 1 MB": (0, GOOD + json.dumps({"query": "film " * 200_000, "relevant": ["m1"]})), "Latin-1": (2, GOOD.encode() + b'{"query": "\xe9", "relevant": ["m1"]}'),
    "mark": (0, b"\xef\xbb\xbf" + GOOD.encode()), "empty": (3, ""), "binary": (3, bytes(range(256)) * 40), "table": (0, f"query,item\n{hostile.CSI}film 3,m3\n\"{hostile.LINK}\",m4\n"), "grade": (2, "query,item,grade\nfilm 3,m3,1\nfilm 4,m4,nan\n"), "columns": (2, "a,b\n1,2\n"),
}  # fmt: skip


def test_hostile_labelled_requests_are_named_with_their_line(tmp_path: Path) -> None:
    """`recsh eval`: exit code 2 or 3 and where it is wrong, or figures."""
    (tmp_path / "films.csv").write_text(FILMS)
    for n, (_, content) in enumerate(LABELLED.values()):
        (tmp_path / f"q{n}").write_bytes(content.encode() if isinstance(content, str) else content)
    os.mkfifo(tmp_path / "pipe")
    ask = ["-c", tmp_path / "films.csv", "--engine", "none", "-f"]
    told = obeyed(tmp_path, *(["eval", tmp_path / f"q{n}", *ask, "table" if n % 2 else "json"] for n in range(len(LABELLED))), *(["eval", special, *ask, "json"] for special in (tmp_path / "pipe", "/dev/zero", tmp_path, tmp_path / "none")))
    for (name, (code, _)), one in zip(LABELLED.items(), told, strict=False):
        assert one.code == code, (name, one)
        as_it_should(one, (code,))
        assert code != 2 or name in ("columns", "Latin-1") or ":2:" in one.err or ":3:" in one.err, (name, one)
    for one in told[len(LABELLED) :]:
        as_it_should(one, (2, 3))


# --- files that change under the reader ------------------------------------------------------------------------------


def others() -> list[bytes]:
    """What the file may be at any moment."""
    rows = "id,title,artist\n" + "".join(f"{i},Title {i},Maker\n" for i in range(400))
    parquet = [hostile._parquet(title=[f"T{i}" for i in range(50)]), hostile._parquet(title=["a"] * 50, b=["x"] * 50, c=[1] * 50)]
    return [rows.encode(), rows[: len(rows) // 3].encode(), b"", rows.replace(",", ";").encode("utf-16"), ('{"title": "x"}\n' * 300).encode(), b'[{"title": "a"}, {"title": "b"}]', *parquet, parquet[1][:-30], b"title\n" + b'"' * 2_000]


@pytest.mark.parametrize("in_place", [True, False], ids=["written over", "replaced"])
def test_a_file_that_changes_while_it_is_read_is_an_error_or_a_whole_catalog(in_place: bool, tmp_path: Path) -> None:
    """Another format, shorter, empty, another encoding, at any moment: a `CatalogError`, or rows; and an index is only ever of one content."""
    path, contents = tmp_path / "a.csv", others()
    path.write_bytes(contents[0])
    over = threading.Event()

    def writer() -> None:
        n = 0
        while not over.is_set():
            n += 1
            there = path if in_place else tmp_path / "next"
            there.write_bytes(contents[n % len(contents)])
            if not in_place:
                there.replace(path)

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        for _ in range(40):
            try:
                examine(Entry("a", path), Reading())
            except CatalogError as error:
                assert error.message and error.hint is not None
        for _ in range(4):
            try:
                open_catalog(Entry("a", path), lambda rows: None).index.close()
            except RecshError as error:
                assert error.exit_code == 3, error
    finally:
        over.set()
        thread.join()


# --- chance ----------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from([
    b"id,title\n", b"1,Up\n", b'"', b'""', b",", b";", b"\t", b"|", b"\r\n", b"\r", b"\n", b"\0", b"\xff", b"\xef\xbb\xbf", "夜曲".encode(), "夜曲".encode("gb18030"), "夜曲".encode("utf-16-le"), b"{", b"}", b"[", b"]", b'{"title":"a"}\n', b'{"title":', b"[" * 2000,
    b"# x\n", b"sep=;\n", b"PAR1", b"\x1b]0;x\x07", b"\x9b31m", "\u202e".encode(), b"1e999", b"9" * 5000, b"x" * 11_000, b",\n" * 300, b'"\n' * 300, b"\xed\xa0\x80", b"title", b"\\", b"'", b"=1+1", b"\x1a", b"\xff\xfe", b"\xff\xfe\0\0",
])  # fmt: skip


def survives(path: Path, content: bytes) -> None:
    """Any bytes are examined, or refused with a `CatalogError`; what is kept is clean."""
    path.write_bytes(content)
    try:
        report = examine(Entry("a", path), Reading())
    except CatalogError as error:
        assert error.message and error.exit_code == 3
        return
    assert report.account.lost <= report.account.counts.total()
    assert not unsafe(report.summary()) and all(not unsafe(c.name) for c in report.columns)


@settings(database=None, deadline=None, max_examples=150)
@given(content=st.lists(PIECES, max_size=40).map(b"".join))
def test_pieces_of_every_kind_of_file_are_survived(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    survives(tmp_path_factory.getbasetemp() / "pieces.csv", content)


@pytest.mark.soak
@settings(database=None, deadline=None, max_examples=8_000)
@given(content=st.lists(PIECES, max_size=60).map(b"".join) | st.binary(max_size=3_000))
def test_thousands_of_such_files_are_survived(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    survives(tmp_path_factory.getbasetemp() / "many.csv", content)


def mutated(folder: Path, count: int, seed: int) -> str:
    """Parquet files with a few bytes changed, examined in a process of their own: native code reads them. What is wrong, empty if nothing is."""
    return child("parquet", folder, count, seed, home=folder / "home")


def test_damaged_parquet_does_not_take_the_process_down(tmp_path: Path) -> None:
    """Bytes changed, doubled or missing anywhere: rows or a `CatalogError`, never a fault of the native reader."""
    assert mutated(tmp_path, 120, 1) == ""


@pytest.mark.soak
def test_much_damaged_parquet_does_not_either(tmp_path: Path) -> None:
    assert mutated(tmp_path, 20_000, 2) == ""
