"""The Tab key: what is offered, in real shells where they are installed, and where the scripts are put."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

from msgspec.structs import replace
import pytest

import recsh
from recsh import talks
from recsh.catalog import Catalog
from recsh.cli import tabkey
from recsh.cli.shells import FILES, SCRIPTS, VARIABLE
from recsh.feedback import Log
from recsh.types import Verdict

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.fixture(scope="module")
def env(home: Path, music: Catalog, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A home with the compiled music sample, and weights with colons in their names, as Ollama's have; `recsh` on the path is this recsh."""
    import hashlib
    import json

    folder = tmp_path_factory.mktemp("tab")
    script = folder / "bin" / "recsh"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m recsh "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    digest = hashlib.sha256(b"x").hexdigest()
    for tag in ("latest", "3b"):
        manifest = folder / "ollama" / "manifests" / "registry.ollama.ai" / "library" / "llama3.2" / tag
        manifest.parent.mkdir(parents=True, exist_ok=True)
        manifest.write_text(json.dumps({"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}]}), encoding="utf-8")
    (folder / "a file.csv").write_text("title\nx\n", encoding="utf-8")
    return os.environ | {
        "RECSH_HOME": str(home), "PYTHONPATH": str(Path(recsh.__file__).parents[1]), "PATH": f"{script.parent}:{os.environ['PATH']}", "HOME": str(folder),
        "OLLAMA_MODELS": str(folder / "ollama"), "XDG_DATA_HOME": str(folder / "data"), "XDG_CACHE_HOME": str(folder / "cache"), "HF_HUB_CACHE": str(folder / "hub"), "PWD": str(folder), "TERM": "xterm",
    }  # fmt: skip


def bash(line: str) -> list[str]:
    """What this process answers to bash."""
    return tabkey.answer([], {VARIABLE: "bash", "COMP_LINE": line, "COMP_WORDBREAKS": BREAKS}).splitlines()


def words(*typed: str) -> list[str]:
    """What it answers to the shells that pass words."""
    return [line.split("\t")[0] for line in tabkey.answer(typed, {VARIABLE: "zsh"}).splitlines()]


# --- what is offered ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "offered"), [
    (("mod",), ["models"]), (("history", "ex"), ["export"]), (("ask", "x", "--eng"), ["--engine"]), (("ask", "--engine", ""), ["none", "embedded"]),
    (("ask", "--mode=j"), ["--mode=judge"]), (("ask", "-c", "music"), ["music", "music_zh"]), (("config", "get", "lim"), ["limit"]), (("completion", "f"), ["fish"]),
    (("ask", "--", "--eng"), []), (("ask", "sad"), []), (("eval", "x"), [FILES]), (("ask", "-c", "./x"), [FILES]), (("ask", "--fields", "title,ye"), ["title,year"]),
    (("catalog", "use", "movies_"), ["movies_zh"]), (("nonsense", "x"), []), (("ask", "-q", "--quie"), []),
], ids=" ".join)  # fmt: skip
def test_what_stands_there_is_offered(typed: tuple[str, ...], offered: list[str], music: Catalog) -> None:
    assert words(*typed) == offered


def test_conditions_offer_columns_then_values_then_the_next_condition(music: Catalog) -> None:
    """Values are the catalog's own, the most frequent first; those of several words stand in quotation marks."""
    assert words("ask", "-w", "ge") == ["genre:"]
    frequent = [f.label for f in music.index.facet_values("genre", 3)]
    assert words("ask", "-w", "genre:")[:3] == [f"genre:{v}" for v in frequent]
    assert words("ask", "-w", "^genre:jazz-") == ["^genre:jazz-funk"] and words("ask", "-w", "genre:rock yea") == ["genre:rock year:"]
    assert 'artist:"The Beatles"' in words("ask", "-w", 'artist:"The B') and 'artist:the b"eatles"' not in words("ask", "-w", "artist:the b")
    assert 'artist:the" Beatles"' in words("ask", "-w", "artist:the"), "what was typed stays as it is, letter for letter"
    column = next(c for c in music.index.columns if c.name == "year")
    assert words("ask", "-w", "year:") == [f"year:{column.low:g}..{column.high:g}"]
    assert words("ask", "-c", "nothing.csv", "-w", "ge") == []


def test_verdicts_offer_ranks_of_the_last_answer_and_titles(music: Catalog) -> None:
    found = recsh.recommender(music, {"model": "none"}).ask("thrash metal", limit=2)
    assert tabkey.answer(["like", ""], {VARIABLE: "fish"}).splitlines() == [f"{r.rank}\t{r.item.title}" for r in found]
    title = found.results[0].item.title
    assert title in words("rate", title[:4]) and title[:4].lower() + title[4:] in words("like", title[:4].lower())
    recsh.recommender(music, {"model": "none"}).judge(found.results[0].item.id, Verdict.LIKE)
    assert [t for t in found.results[0].item.tags if t in words("taste", "forget", "")]


def test_what_is_remembered_is_offered_by_its_name(music: Catalog) -> None:
    """Verdicts by number, answers by id, conversations by what they began with, imports by name."""
    assert words("chat", "--session", "zzz") == [] and words("history", "rm", "--import", "") == []
    recommender = recsh.recommender(music, {"model": "none"})
    answer = recommender.ask("thrash metal", limit=2)
    event = recommender.judge(answer.results[0].item.id, Verdict.LIKE)
    begun = {"talk": {"parts": [{"said": "sad piano"}, {"said": "older"}]}}
    talks.save(answer.id, begun)
    shown = tabkey.answer(["history", "rm", ""], {VARIABLE: "fish"}).splitlines()
    assert f"{event.id}\tlike: {event.thing.title}" in shown and f"{answer.id}\tthrash metal" in shown
    assert words("history", "show", "la") == ["last"] and words("history", "show", answer.id[:-1]) == [answer.id]
    assert tabkey.answer(["chat", "--session", answer.id[:8].lower()], {VARIABLE: "fish"}) == f"{answer.id[:8].lower()}{answer.id[8:]}\tsad piano\n"
    (talks.folder() / f"{answer.id}.json").write_text("{", encoding="utf-8")
    assert words("chat", "--session", answer.id[:8]) == [answer.id], "one that is damaged is named, too"
    with Log() as log:
        log.add([replace(event, id=0, source="spotify-2026")])
    assert words("history", "rm", "--import", "spot") == ["spotify-2026"]


@pytest.mark.parametrize(("line", "words", "quote"), [
    ("recsh ask ", ["recsh", "ask", ""], ""), ("recsh ask sa", ["recsh", "ask", "sa"], ""), ("recsh -w 'a b:c", ["recsh", "-w", "a b:c"], "'"),
    ('recsh -w "a b', ["recsh", "-w", "a b"], '"'), ("recsh a\\ b", ["recsh", "a b"], ""), ("recsh 'a' ", ["recsh", "a", ""], ""), ("recsh # x", ["recsh", "#", "x"], ""),
    ("recsh like '", ["recsh", "like", ""], "'"),
])  # fmt: skip
def test_an_unfinished_line_is_split(line: str, words: list[str], quote: str) -> None:
    assert tabkey.split(line) == (words, quote)


@pytest.mark.parametrize("text", ["a b", "don't", '"x" $HOME `ls`', "\\", "文 字", "a;b|c&d(e)", "*?[x]", "x!y"])
def test_what_is_put_on_bashs_line_means_the_text(text: str) -> None:
    """Bash itself reads it back, in and out of quotation marks."""
    for quote in ("", "'", '"'):
        ran = subprocess.run(["bash", "-c", f"printf %s {quote}{tabkey.escaped(text, quote)}{quote}"], capture_output=True, text=True)
        assert ran.stdout == text, quote


def test_bash_gets_the_part_behind_the_colon(monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    for name in ("OLLAMA_MODELS", "HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, env[name])
    assert bash("recsh ask -m olla") == ["ollama:llama3.2:3b", "ollama:llama3.2:latest"]
    assert bash("recsh ask -m ollama:llama3.2:") == ["3b", "latest"] and bash("recsh ask --model=ollama:ll") == ["llama3.2:3b", "llama3.2:latest"]
    assert bash("recsh ask -m 'ollama:llama3.2:3") == ["ollama:llama3.2:3b"], "within quotation marks bash takes it as one word"


def test_a_hostile_catalog_puts_nothing_but_words_on_the_line(tmp_path: Path) -> None:
    """Tabs, line ends and escapes of a cell would be taken for the protocol's own; and no script evaluates what it gets."""
    (tmp_path / "x.csv").write_text('title,genre\nA,"$(touch owned)\x1b[31m"\nB,"$(touch owned)\x1b[31m"\nC,"`id`; rm -rf x"\nD,"`id`; rm -rf x"\n', encoding="utf-8")
    recsh.load_catalog(tmp_path / "x.csv", tags="genre").index.close()
    from recsh.catalog import Entry, Reading, save
    from recsh.types import Role

    save(Entry("hostile", tmp_path / "x.csv", Reading({"genre": Role.TAGS})))
    said = tabkey.answer(["ask", "-c", "hostile", "-w", "genre:"], {VARIABLE: "zsh"})
    assert "\x1b" not in said and 'genre:"$(touch owned)[31m"\t2' in said.splitlines()
    assert all("eval" not in script for script in SCRIPTS.values())


# --- in the shells themselves ------------------------------------------------------------------------------------------


def needs(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")


def typed(command: list[str], keys: list[str], env: dict[str, str], until: str) -> str:
    """A shell on a terminal of its own; each of `keys` is sent when it is quiet. What it showed, up to `until` or for 60 seconds."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(env["HOME"])
        os.execvpe(command[0], command, env)
    shown, left, end = "", [*keys], time.monotonic() + 60
    try:
        while time.monotonic() < end and (left or not re.search(until, shown)):
            ready, _, _ = select.select([fd], [], [], 0.7)
            if ready:
                try:
                    shown += os.read(fd, 65536).decode("utf-8", "replace")
                except OSError:
                    break
            elif left:
                os.write(fd, left.pop(0).encode())
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(fd)
    return shown


CASES = [("recsh mod", "recsh models"), ("recsh ask -m ollama:llama3.2:l", "recsh ask -m ollama:llama3.2:latest"), ("recsh ask -w ^genre:jazz-", "^genre:jazz-funk"), ("recsh ask x --expla", "--explain"), ("recsh ask -c a\\ f", "file.csv")]


@pytest.mark.parametrize(("line", "becomes"), CASES, ids=[c[0] for c in CASES])
def test_bash(line: str, becomes: str, env: dict[str, str], tmp_path: Path) -> None:
    """A Tab on a terminal completes the line."""
    needs("bash")
    (tmp_path / "recsh.bash").write_text(SCRIPTS["bash"], encoding="utf-8")
    shown = typed(["bash", "--norc", "--noprofile", "-i"], [f". {tmp_path}/recsh.bash; PS1='> '; clear\n", f"{line}\t"], env, re.escape(becomes))
    assert becomes in shown, shown


@pytest.mark.parametrize(("line", "becomes"), [c for c in CASES if "a\\ f" not in c[0]], ids=[c[0] for c in CASES[:-1]])
def test_zsh(line: str, becomes: str, env: dict[str, str], tmp_path: Path) -> None:
    needs("zsh")
    (tmp_path / "recsh.zsh").write_text(SCRIPTS["zsh"], encoding="utf-8")
    begin = f"autoload -Uz compinit && compinit -u -D; . {tmp_path}/recsh.zsh; PS1='> '\n"
    shown = typed(["zsh", "-f", "-i"], [begin, f"{line}\t"], env, re.escape(becomes))
    assert becomes in shown, shown


@pytest.mark.parametrize(("line", "offered"), [
    ("recsh mod", "models\tWeights"), ("recsh ask -m ollama:llama3.2:", "ollama:llama3.2:latest"), ("recsh ask -w genre:jaz", "genre:jazz\t"), ("recsh ask --explai", "--explain\t"),
    ("recsh ask -c ", "movies"), ("recsh ask -w 'genre:jaz", "genre:jazz\t"),
])  # fmt: skip
def test_fish(line: str, offered: str, env: dict[str, str], tmp_path: Path) -> None:
    """fish says itself what it would offer."""
    needs("fish")
    (tmp_path / "recsh.fish").write_text(SCRIPTS["fish"], encoding="utf-8")
    ran = subprocess.run(["fish", "--no-config", "-c", f"source {tmp_path}/recsh.fish; complete -C {quoted(line)}"], env=env, capture_output=True, text=True, timeout=120)
    assert any(found.startswith(offered) for found in ran.stdout.splitlines()), ran.stdout + ran.stderr


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_well_formed(shell: str, tmp_path: Path) -> None:
    needs(shell)
    script = tmp_path / "script"
    script.write_text(SCRIPTS[shell], encoding="utf-8")
    assert subprocess.run([shell, "-n", str(script)], capture_output=True, text=True).stderr == ""


def test_powershell(env: dict[str, str], tmp_path: Path) -> None:
    needs("pwsh")
    (tmp_path / "recsh.ps1").write_text(SCRIPTS["powershell"], encoding="utf-8")
    ask = f". {tmp_path}/recsh.ps1; (TabExpansion2 'recsh mod' 9).CompletionMatches.CompletionText"
    assert subprocess.run(["pwsh", "-NoProfile", "-c", ask], env=env, capture_output=True, text=True).stdout.strip() == "models"


# --- put in place --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SCRIPTS)
def test_install_twice_and_remove_leave_a_start_file_as_it_was(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    """One line, once; everything else in the file stays, and so does a link to it."""
    mine = env | {"HOME": str(tmp_path), "RECSH_HOME": str(tmp_path / "recsh"), "SHELL": f"/bin/{shell}", "XDG_CONFIG_HOME": str(tmp_path / "config")}
    mine.pop("ZDOTDIR", None)

    def said(*args: str) -> str:
        ran = subprocess.run(["recsh", "completion", *args], env=mine, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout or ran.stderr

    start = {"bash": ".bashrc", "zsh": ".zshrc", "powershell": "config/powershell/Microsoft.PowerShell_profile.ps1"}.get(shell)
    if start:
        (tmp_path / "dotfiles").write_bytes(b"# mine \xff\nexport A=1\n")
        (tmp_path / start).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / start).symlink_to(tmp_path / "dotfiles")
    said("install")
    said("install", shell)
    script = tmp_path / ("config/fish/completions/recsh.fish" if shell == "fish" else f"recsh/data/completion/recsh.{'ps1' if shell == 'powershell' else shell}")
    assert script.read_text(encoding="utf-8") == SCRIPTS[shell] == said(shell)
    if start:
        lines = (tmp_path / "dotfiles").read_bytes().split(b"\n")
        assert lines[:2] == [b"# mine \xff", b"export A=1"] and len([line for line in lines if b"# recsh completion" in line]) == 1
    if shell == "bash":
        ran = subprocess.run(["bash", "--norc", "-c", ". ~/.bashrc; complete -p recsh"], env=mine, capture_output=True, text=True)
        assert ran.stdout == "complete -F _recsh recsh\n"
    said("remove")
    assert not script.exists() and (not start or ((tmp_path / start).is_symlink() and (tmp_path / "dotfiles").read_bytes() == b"# mine \xff\nexport A=1\n"))
    assert "no completion to remove" in said("remove")
