"""Patterns that are compiled when they are used: each of recsh's can be, and then is what `re` makes of it."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis.strategies import from_regex

import recsh
from recsh import regex


def lazy() -> dict[str, object]:
    """'module.NAME' -> pattern, of all modules; also those in tuples of rules."""
    found: dict[str, object] = {}
    for module in pkgutil.walk_packages(recsh.__path__, "recsh."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            rules = [value] if not isinstance(value, (tuple, list)) else [v for rule in value for v in (rule if isinstance(rule, tuple) else [rule])]
            found |= {f"{module.name}.{name}.{n}": v for n, v in enumerate(rules) if isinstance(v, regex._Lazy)}
    return found


def test_every_pattern_compiles() -> None:
    found = lazy()
    assert len(found) > 150
    for name, pattern in found.items():
        assert re.compile(*pattern._given).pattern == pattern.pattern, name  # type: ignore[attr-defined]


def test_a_pattern_behaves_as_one_of_re() -> None:
    years, same = regex.regex(r"(?P<y>\d{4})s?", re.I), re.compile(r"(?P<y>\d{4})s?", re.I)
    assert "_compiled" not in vars(years)
    text = "from 1984 to the 1990S"
    assert years.findall(text) == same.findall(text) and years.sub("x", text) == same.sub("x", text) and years.split(text) == same.split(text)
    assert (years.flags, years.groupindex, years.pattern) == (same.flags, same.groupindex, same.pattern)
    with pytest.raises(AttributeError):
        years.nothing  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(re.error):
        regex.regex("(").search("x")


CUED = {name: p for name, p in lazy().items() if isinstance(p, regex._Cued)}


@pytest.mark.parametrize("name", CUED)
def test_what_a_pattern_matches_has_one_of_its_cues(name: str) -> None:
    """Texts made from the pattern itself; what `from_regex` cannot make, as words that must not follow, only makes a pattern match less."""
    pattern = CUED[name]

    @settings(max_examples=300, deadline=None)
    @given(from_regex(re.compile(re.sub(r"\(\?<?!(?:[^()]|\([^()]*\))*\)", "", pattern.pattern), pattern._given[1])))
    def check(text: str) -> None:
        found = pattern._compiled.search(text)
        assert not found or pattern._may(found[0]) and pattern._may(text), found

    check()
    assert len(pattern.cues) == len({*pattern.cues}) and all(cue == cue.casefold() for cue in pattern.cues)


def test_a_pattern_with_cues_behaves_as_one_without() -> None:
    cued, same = regex.regex(r"\bby (\w+)", re.I, cues=("by ",)), re.compile(r"\bby (\w+)", re.I)
    for text in ("nothing of it", "", "standby me"):
        assert cued.search(text) is None and [*cued.finditer(text)] == [] and cued.sub("x", text) == text
    assert "_compiled" not in vars(regex.regex("x(", cues=("x",))) and same.search("standby me") is None
    text = "by Bach, BY Brahms"
    assert cued.sub("x", text) == same.sub("x", text) and [m[1] for m in cued.finditer(text)] == same.findall(text) and cued.search(text)[1] == "Bach"  # type: ignore[index]


def test_importing_what_answers_compiles_few() -> None:
    """What is imported for an answer compiles some patterns of the standard library's, and none of recsh's own."""
    code = (
        "import re, sys\n"
        "made, compile = [], re.compile\n"
        "def counted(source, flags=0):\n"
        "    made.append(sys._getframe(1).f_globals['__name__'])\n"
        "    return compile(source, flags)\n"
        "re.compile = counted\n"
        "import recsh.session, recsh.render, recsh.query\n"
        "print([name for name in made if name.startswith('recsh')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
