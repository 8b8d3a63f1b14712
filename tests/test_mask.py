"""What a person types of themself is masked, and titles, artists and years are not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsh import paths
from recsh.catalog import SAMPLES
from recsh.feedback import Log
from recsh.mask import identity, luhn, masked
from recsh.types import Event, Impression, Shown, Thing, Verdict

PERSONAL = [
    ("my name is John Smith, songs like James Taylor", "my name is [name], songs like James Taylor"),
    ("Hi, my name's ann and I like sad piano", "Hi, my name's [name] and I like sad piano"),
    ("My name is Mary Jane Watson. rock", "My name is [name]. rock"),
    ("I am called Peter, something slow", "I am called [name], something slow"),
    ("mail j.smith+x@mail.example.org the list", "mail [mail] the list"),
    ("john at example dot com", "[mail]"),
    ("john(at)example.com please", "[mail] please"),
    ("call me at 555 1234 567", "call me at [phone]"),
    ("my phone number is 020 7946 0958, jazz", "my phone number is [phone], jazz"),
    ("+49 170 1234567 jazz", "[phone] jazz"),
    ("(212) 555-0187 blues", "[phone] blues"),
    ("212.555.0187", "[phone]"),
    ("4111 1111 1111 1111 rock", "[card] rock"),
    ("5500-0000-0000-0004", "[card]"),
    ("378282246310005", "[card]"),
    ("我叫李雷，手机13800138000，想看科幻片", "我叫[name]，手机[phone]，想看科幻片"),
    ("你好，我叫韩梅梅 想听歌", "你好，我叫[name] 想听歌"),
    ("我的名字叫王小明，推荐几首歌", "我的名字叫[name]，推荐几首歌"),
    ("138-0013-8000 民谣", "[phone] 民谣"),
    ("+86 138 0013 8000 民谣", "[phone] 民谣"),
    ("电话是010-68416688", "电话是[phone]"),
    ("身份证11010519491231002X，想买书", "身份证[id]，想买书"),
    ("微信lilei2001", "微信[id]"),
    ("１３８００１３８０００", "[phone]"),
]
INNOCENT = [
    "songs like James Taylor", "My Name Is Khan", "my name is khan", "movies like My Name Is Khan", "My Name Is Khan, but funnier", "songs like What's My Name",
    "what's my name is a song by Rihanna", "MY NAME IS", "my name is not important", "call me maybe", "Call Me by Your Name", "867-5309/Jenny", "634-5789", "songs by 10cc and U2 from 1999 2000 2001",
    "ISBN 9780441172719", "9780441172719", "4111 1111 1111 1112", "411111111111111", "price 1000..2000", "1990-2000", "1,234,567,890,123", "meet me at the dot com",
    "buy it at amazon.com", "Blink-182 and 311 and 30 Seconds to Mars", "1989 (Taylor's Version) 2023", "deadmau5 @ Ultra 2014", "will.i.am", "2001: A Space Odyssey (1968)",
    "我叫刘跃进", "类似我叫刘跃进的电影", "我叫MT", "我喜欢周杰伦", "110105194912310021", "110105194913310021", "Symphony No. 5 in C minor, Op. 67", "12345 67890", "5G 4K 144Hz",
    "under $1,000,000", "99 Luftballons, 1979, 22, 7 rings",
]  # fmt: skip


@pytest.mark.parametrize(("said", "kept"), PERSONAL)
def test_what_is_said_of_oneself_is_masked(said: str, kept: str) -> None:
    assert masked(said) == kept and masked(kept) == kept, "and once is enough"


@pytest.mark.parametrize("said", INNOCENT)
def test_what_only_looks_like_it_stays(said: str) -> None:
    assert masked(said) == said


def test_a_title_that_is_known_stays() -> None:
    assert masked("my name is khan, but funnier", ["Three Idiots", "My Name Is Khan"]) == "my name is khan, but funnier"
    assert masked("my name is peter, but funnier", ["Three Idiots", "My Name Is Khan"]) == "my name is [name], but funnier"


def test_no_cell_of_the_sample_catalogs_is_masked() -> None:
    """Ten thousand titles, creators, tags and descriptions, in two languages."""
    for name in SAMPLES:
        with paths.bundled("sample_data", f"{name}.csv").open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert len(cells) > 500 and [cell for cell in cells if masked(cell) != cell] == []


def test_check_digits() -> None:
    """Each wrong digit is found: of a number from ISO/IEC 7812-1, and of the one GB 11643-1999 prints."""
    assert luhn("79927398713") and not any(luhn(f"7992739871{d}") for d in "012456789")
    number = "11010519491231002X"
    assert identity(number) and not any(identity(number[:17] + d) for d in "0123456789")
    assert not any(identity(number[:i] + str((int(number[i]) + 1) % 10) + number[i + 1 :]) for i in range(17))


@given(st.from_regex(r"[1-9][0-9]{14}", fullmatch=True))
def test_luhn_takes_one_digit_in_ten(body: str) -> None:
    assert sum(luhn(body + d) for d in "0123456789") == 1


@given(st.text(max_size=200))
def test_masking_never_fails_and_settles(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(st.integers(0, 3).flatmap(lambda k: st.sampled_from(["my name is ", "1 " * 2000, "a@" * 2000, "((at)" * 800, "0 " * 3000, "我叫" * 2000]).map(lambda s: s * k)))
def test_hostile_text_is_masked_all_the_same(text: str) -> None:
    assert len(masked(text)) <= 4 * len(text) + 10


@pytest.mark.parametrize("raw", [False, True])
def test_the_log_keeps_what_the_mask_leaves(tmp_path: Path, raw: bool) -> None:
    """And no vector of what was masked; what is copied from a catalog stays as it is."""
    said = "my name is Zebulon Quux: rock"
    thing = Thing("1", "my name is Zebulon Quux, rock", "13800138000")
    with Log(tmp_path / "log.sqlite", raw=raw) as log:
        log.add([Event("music", thing, Verdict.NOTE, 1.0, note="mine, 4111111111111111")])
        log.show(Impression("a", "music", 1.0, said, (Shown("1", "Title", 1, 0.5),), context="4111111111111111", vector="AAAA"))
        (event,), answer = log.events(), log.last()
    assert answer is not None and event.thing == thing
    assert (event.note, answer.query, answer.context, answer.vector) == (
        ("mine, 4111111111111111", said, "4111111111111111", "AAAA") if raw else ("mine, [card]", "my name is [name]: rock", "[card]", "")
    )
    assert (b"4111111111111111" in (tmp_path / "log.sqlite").read_bytes()) is raw


def test_a_number_at_the_edge_of_what_is_kept_is_no_half_number(tmp_path: Path) -> None:
    from recsh.logrows import NOTE_SIZE

    with Log(tmp_path / "log.sqlite") as log:
        log.add([Event("music", Thing("1", "T"), Verdict.NOTE, 1.0, note="x" * (NOTE_SIZE - k) + " 4111111111111111") for k in range(25)])
        assert not any("4111" in e.note for e in log.events())
