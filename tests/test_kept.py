"""What is kept in the cache folder so that it need not be made anew in every process: patterns that match as `re`'s, tables, and what becomes of damaged files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recsh import kept, lexicon, patterns
from tests.test_regex import lazy

TEXT = "Rock songs like Metallica, nothing live, under 100 minutes from 1984 or the 80s; not too slow, please. 想看八十年代的科幻片，不要恐怖的"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "patterns.bin"


def test_every_pattern_that_was_kept_matches_as_re_would(file: Path) -> None:
    sources = [p._given for p in lazy().values()]  # type: ignore[attr-defined]
    first = patterns.Kept(file)
    for source, flags in sources:
        first.compiled(source, flags)
    first.save()
    second = patterns.Kept(file)
    for source, flags in sources:
        ours, plain = second.compiled(source, flags), re.compile(source, flags)
        assert (ours.pattern, ours.flags, ours.groups, ours.groupindex) == (plain.pattern, plain.flags, plain.groups, plain.groupindex)
        assert [(m.span(), m.groupdict()) for m in ours.finditer(TEXT)] == [(m.span(), m.groupdict()) for m in plain.finditer(TEXT)], source
    assert not second._new and len(second._known or ()) == len({(s, int(f)) for s, f in sources})


def test_a_wrong_pattern_is_said_as_re_says_it(file: Path) -> None:
    store = patterns.Kept(file)
    with pytest.raises(re.error, match="unterminated subpattern"):
        store.compiled("(", 0)
    store.save()
    assert not file.exists()


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:40] + bytes([b[40] ^ 255]) + b[41:], lambda b: os.urandom(len(b)), lambda b: b[:4]])
def test_a_damaged_file_is_as_none(file: Path, damage) -> None:
    store = patterns.Kept(file)
    store.compiled(r"(\d+) minutes?", re.I)
    store.save()
    file.write_bytes(damage(file.read_bytes()))
    assert kept.load(file) is None
    again = patterns.Kept(file)
    assert again.compiled(r"(\d+) minutes?", re.I).search("100 MINUTES")
    again.save()
    assert kept.load(file)


def test_numbers_of_another_machine_are_not_run(file: Path) -> None:
    kept.save(file, {"0 a+": (32, b"\x01\x02\x03\x04" * 9, 0, {}, (None,)), "0 b": "nonsense"})
    store = patterns.Kept(file)
    assert store.compiled("a+", 0).search("caat")[0] == "aa" and store.compiled("b", 0).search("abc")  # type: ignore[index]


def test_two_processes_keep_what_both_compiled(file: Path) -> None:
    one, other = patterns.Kept(file), patterns.Kept(file)
    one.compiled("one", 0), other.compiled("other", 0)
    one.save(), other.save()
    assert set(kept.load(file)) == {"0 one", "0 other"}


def test_a_file_that_grew_too_long_begins_anew(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MOST", 2)
    for words in (("a", "b"), ("c",)):
        store = patterns.Kept(file)
        for word in words:
            store.compiled(word, 0)
        store.save()
    assert set(kept.load(file)) == {"0 c"}


def test_the_words_are_the_same_read_or_made() -> None:
    made = kept.table("words-for-a-test", lexicon._SOURCES, lexicon._same)
    assert made == lexicon._same() == lexicon.same() == kept.table("words-for-a-test", lexicon._SOURCES, lambda: {})
    assert lexicon.synonyms() == lexicon._synonyms()


def test_a_table_is_made_again_when_its_source_is_another(tmp_path: Path) -> None:
    source = tmp_path / "words.txt"
    tables = []
    for words in ("one", "one two", "three"):
        source.write_text(words, encoding="utf-8")
        tables.append(kept.table("counted", [source], lambda: source.read_text("utf-8").split()))
    assert tables == [["one"], ["one", "two"], ["three"]]


def test_a_command_compiles_nothing_twice(tmp_path: Path) -> None:
    """The second question is answered as the first, and compiles none of recsh's large patterns; where nothing can be written it works as well."""
    code = (
        "import sys, re\nfrom re import _compiler\nmade, compile = [], _compiler._code\n"
        "def counted(parsed, flags):\n    code = compile(parsed, flags)\n    made.append(len(code))\n    return code\n"
        "_compiler._code = counted\nimport os\nleave = os._exit\nos._exit = lambda code: (print(sum(n > 300 for n in made), file=sys.stderr), sys.stderr.flush(), leave(code))\n"
        "from recsh.cli import main\nsys.argv = ['recsh', 'ask', 'rock songs like Metallica', '-c', 'music', '--engine', 'none', '-q']\nmain()\n"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "RECSH_HOME": str(tmp_path / "home")}, check=True) for _ in range(2)]
    counts = [int(run.stderr.split()[-1]) for run in runs]
    assert runs[0].stdout == runs[1].stdout and "Megadeth" in runs[0].stdout
    assert counts[0] > 20 and counts[1] <= 2
