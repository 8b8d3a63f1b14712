"""Chinese in the sentence model: a text is where its English is, through the real engine; and the lines that it learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsh.semantic import Semantic
from recsh.text import has_cjk

LINES = Path(__file__).parent.parent / "models" / "parallel"

pytestmark = pytest.mark.skipif(not LINES.exists(), reason="only in the source tree")


def read(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_line_is_chinese_and_english_once() -> None:
    seen: set[str] = set()
    for path in sorted(LINES.glob("*.tsv")):
        (licence,), *lines = read(path)
        assert licence.startswith("# SPDX-License-Identifier: CC0-1.0"), path.name
        for line in lines:
            assert len(line) == 2 and has_cjk(line[0]) and not has_cjk(line[1]) and line[1].strip() == line[1] != "", f"{path.name}: {line}"
            assert line[0] not in seen, f"{path.name}: {line[0]} twice"
            seen.add(line[0])
    assert len(seen) > 14_000


def test_a_text_is_nearest_to_its_own_english(semantic: Semantic) -> None:
    """Among all the English of the sentences kept out of training, one in thirty (see models/chinese.py)."""
    kept = [line for path in sorted(LINES.glob("*.tsv")) if not path.stem.startswith("words") for n, line in enumerate(read(path)) if n % 30 == 7]
    chinese, english = (semantic.sentence.encode([line[side] for line in kept]) for side in (0, 1))
    found = (chinese @ english.T).argmax(axis=1)
    assert len(kept) > 200 and (found == range(len(kept))).mean() > 0.9


@pytest.mark.parametrize(("one", "same", "other"), [
    ("下雨天一个人听的歌", "songs for a rainy day alone", "party songs for dancing with friends"),
    ("整个人丧丧的，提不起劲", "feeling down, no energy for anything", "so happy, ready to celebrate"),
    ("给爸爸的生日礼物", "birthday present for my dad", "toys for a toddler"),
    ("愛情電影", "romance film", "war documentary"),
    ("适合带老人去的安静海边", "a quiet seaside to take elderly parents to", "nightlife and clubs in a big city"),
])  # fmt: skip
def test_meaning_counts_not_words(semantic: Semantic, one: str, same: str, other: str) -> None:
    asked, near, far = semantic.sentence.encode([one, same, other])
    assert asked @ near > asked @ far + 0.2
