"""Scenes of models/scenes: read as they are written, told apart by whole scenes, and every file of them well formed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent / "models" / "scenes.py"
TEXT = """# Licence: CC0-1.0.

= two films, title | director | genres | year
A Alien | Ridley Scott | horror, space | 1979
B Paddington | Paul King | family, comedy | 2014
? my niece is four | B3
? aboard a ship, and nobody hears you | A3 B1
? a western |

= 两首歌，歌名
A 甲
B 乙
? 随便听听 | A2 B2
"""

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="only in the source tree")


def test_rows_are_said_as_a_catalog_says_them_and_what_is_not_graded_does_not_fit(scenes: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text(TEXT, encoding="utf-8")
    first, second = scenes.read(tmp_path)
    assert first.fields == ["title", "director", "genres", "year"] and first.rows[1] == "Paddington. by Paul King. family, comedy. 2014"
    assert first.requests == [("my niece is four", [0, 3]), ("aboard a ship, and nobody hears you", [3, 1]), ("a western", [0, 0])]
    assert (first.lang, second.lang) == ("en", "zh") and second.rows == ["甲", "乙"] and len(second.fields) == 1
    graded = scenes.graded(tmp_path)
    assert [v["query"] for v in graded] == ["my niece is four", "aboard a ship, and nobody hears you", "a western", "随便听听"]
    assert graded[1]["rows"] == [["Alien. by Ridley Scott. horror, space. 1979", 3], ["Paddington. by Paul King. family, comedy. 2014", 1]]
    assert {v["split"] for v in graded[:3]} == {first.split}, "a scene does not change sides"


@pytest.mark.parametrize(("line", "said"), [("? a film | C3", "not there"), ("? a film | A4", "neither"), ("? no bar", "neither"), ("Z too far", "neither")])
def test_what_is_wrong_is_named_with_its_line(scenes: ModuleType, tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "some.txt").write_text(f"= films, titles\nA Alien\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"some.txt:3: .*{said}"):
        list(scenes.read(tmp_path))


def test_every_file_is_well_formed_and_says_its_licence() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 500
    for path in (SCRIPT.parent / "scenes").glob("*.txt"):
        assert "CC0-1.0" in path.read_text(encoding="utf-8").partition("\n")[0], path


def test_no_scene_holds_a_labelled_request_of_the_samples(scenes: ModuleType) -> None:
    """What the program is measured with is not what its weights were taught."""
    asked = {text.casefold() for scene in scenes.read() for text, _ in scene.requests if len(text) > 15}
    for path in (SCRIPT.parent.parent / "sample_data").glob("*.queries.jsonl"):
        said = {json.loads(line)["query"].casefold() for line in path.read_text(encoding="utf-8").splitlines() if '"query"' in line}
        assert not asked & said, path.name
