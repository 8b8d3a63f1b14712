"""The shape of the program, read from its sources: imports look down, heavy libraries have one door each, and files stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import recsh
from recsh.cli.front import HOMES

PACKAGE = Path(recsh.__file__).parent

# One line a layer, the lowest first. A module may import from the lines above its own only, at any time, be it inside a function.
LAYERS = """
ahead cli.plot cli.prompter cli.shells curated deadline engine.cores errors folder footprint grams jobs logistic metrics migrations neighbours numerals occasion recsh regex runs significance smallfile splits trace trial turning vectors worths
beside cli.front cli.workers engine.address engine.llama fetch fulltext header lora paths planted refusals static text
account audience cli.boundary config engine.context engine.template kept mask notebook orders pleasantries refusals_zh semantic surfaces talks titles tuned typed
engine.embed engine.growth engine.room likeness patterns textfile types wordwork
blocks cells commands engine engine.completion engine.rerank entry feelings floods jsonrows knowledge logrows private rank replay rowpart stats weights
asking counted described engine.abilities engine.exchange engine.judge engine.write exposure hub layout leanings learn limits limits_zh newest parquetrows parse removal replies reread rows rowwork salvage schema shelf verdicts
adapter amounts asides dates delimited engine.probe engine.wire explore index logfile tagwork years
affinity conditions engine.local engine.remote feedback lexicon match pull table takeback where
claims compiler enrich labelled mentions request tone
catalog elsewhere exclusions fusion imports opposites prompt questions ratingcolumns relative reputed services suggestions topic wishes
bands check facts foreign forgetting ratings references reminders render signals situations smalltalk times work
backup cli.report cli.streams cli.timeline named personal ratingmodel retrieve sayings taste
cli.naming cli.picture cli.screen collab influence measures memory reason
akin cli.information cli.sharing cli.wares names_zh opinion
akin_zh
query
lessons recommend talk
acts evaluate examples session tune whynot
agent cards checkup clauses cli.common heldout intent
cli.ask cli.batch cli.completion cli.doctor cli.importing cli.mcp cli.pulling cli.root cli.settings cli.stats cli.taste cli.tune cli.verdicts conversation foretell slash turns
cli.catalogs cli.history cli.man cli.models cli.past cli.tabkey keys repl
cli cli.chat cli.eval
__main__
"""
LAYER = {name: n for n, line in enumerate(LAYERS.split("\n")) for name in line.split()}
EXCEPT = {
    ("engine", "engine.local"): "`open_engine` makes the engine that the package describes",
}
DOORS = {  # library: the modules (or packages) that may import it, ever
    "llama_cpp": ("engine",), "rapidfuzz": ("match", "likeness"), "rich": ("render", "cli"), "typer": ("cli",), "pyarrow": ("parquetrows",),
    "scipy": ("ratingmodel", "static"), "prompt_toolkit": ("cli.prompter",), "tomlkit": ("config",), "platformdirs": ("paths",), "tokenizers": ("static",), "opencc": ("text",), "huggingface_hub": ("hub",), "httpx2": ("engine.exchange",), "mcp": ("cli.mcp",), "matplotlib": ("cli.picture",),
}  # fmt: skip
HEAVY = ("numpy", "pandas", "pyarrow", "rich", "llama_cpp", "rapidfuzz", "tokenizers", "opencc", "sqlite3", "scipy", "prompt_toolkit", "httpx2", "huggingface_hub", "mcp", "matplotlib")
LONGEST = 350  # lines of a file; 300 is the aim


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(p for p in parts if p != "__init__") or "recsh"


SOURCES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if "bundle" not in path.parts}  # bundled data is no module


def imports(node: ast.AST, *, late: bool = False) -> Iterator[tuple[str, bool]]:
    """(what is imported, whether inside a function), what is for the type checker alone left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert not child.level, "imports name the whole module"
            yield from ((f"{child.module}.{alias.name}", late) for alias in child.names)
        else:
            yield from imports(child, late=late or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))


def imported(name: str) -> list[tuple[str, bool]]:
    return list(imports(ast.parse(SOURCES[name].read_text(encoding="utf-8"))))


def own(target: str) -> str | None:
    """The module of ours behind 'recsh.text.clean' or 'recsh.text'; None for others' modules."""
    parts = target.split(".")
    if parts[0] != "recsh":
        return None
    return next((".".join(parts[1:n]) for n in range(len(parts), 1, -1) if ".".join(parts[1:n]) in SOURCES), "recsh")


def test_every_module_has_a_layer() -> None:
    """Add a new file to LAYERS, below all that import it."""
    assert sorted(LAYER) == sorted(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_imports_look_down(name: str) -> None:
    up = {target for t, _ in imported(name) if (target := own(t)) is not None and target != name and LAYER[target] >= LAYER[name]}
    assert {target for target in up if (name, target) not in EXCEPT} == set()


@pytest.mark.parametrize("library", DOORS)
def test_libraries_have_one_door(library: str) -> None:
    users = {name for name in SOURCES for t, _ in imported(name) if t.split(".")[0] == library}
    assert {name for name in users if name not in DOORS[library] and name.split(".")[0] not in DOORS[library]} == set() and users


def test_the_command_line_imports_nothing_heavy_when_it_starts() -> None:
    """Not by itself, and not through what it imports."""
    seen: dict[str, str] = {}
    todo = ["cli", "cli.root", *(f"cli.{module}" for module in HOMES.values())]
    while todo:
        name = todo.pop()
        for target, late in imported(name):
            if late:
                continue
            if (module := own(target)) is None:
                seen.setdefault(target.split(".")[0], name)
            elif module not in seen:
                seen[module] = name
                todo.append(module)
    assert {library: seen[library] for library in HEAVY if library in seen} == {}
    assert "cli.common" in seen and "typer" in seen


@pytest.mark.parametrize("name", SOURCES)
def test_every_file_says_what_it_is_and_stays_small(name: str) -> None:
    source = SOURCES[name].read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)), "no docstring"
    assert source.count("\n") <= LONGEST
