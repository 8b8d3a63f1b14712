"""One normalisation for showing, one for comparing, one for searching; the same everywhere."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsh import text as text_module
from recsh.text import UNSAFE, clean, fold, stem, tokens

ANY = st.text(max_size=40) | st.text(st.sampled_from("aé ÉßİıŉΣσς'’&.-_!１ＡﬁﷺＤ゛がガ電电影한ก็ह\u093f\u0301\u0308\u200d\u200cà\ufe0f👩👧\ud800\x1b\u202e\n\r\t"), max_size=20)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (" a\t b\r\nc ", "a b c"), ("red\x1b[31m", "red[31m"), ("ab\u202ecd\u2066", "abcd"), ("zero\u200bwidth\ufeff", "zerowidth"), ("nul\0", "nul"), ("x\ud800y", "xy"),
        ("👨‍👩‍👧", "👨‍👩‍👧"), ("می‌خواهم", "می‌خواهم"), ("a\u200db", "ab"), ("bad\ufffdbyte", "bad\ufffdbyte"), ("soft\u00adhyphen", "softhyphen"), ("\x85next\u2028line", "nextline"),
    ],
)  # fmt: skip
def test_shown_text_is_safe_for_a_terminal(value: str, shown: str) -> None:
    """No control, bidi or zero-width characters, no half characters; joiners of other scripts and the mark for a bad byte stay."""
    assert clean(value) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "BEYONCE"), ("Motörhead", "motorhead"), ("ＡＢＢＡ", "abba"), ("電影", "电影"), ("Guns N' Roses", "guns n roses"), ("Don’t", "Dont"), ("AC/DC", "ac dc"), ("Wall·E", "wall e"),
        ("Sigur Rós", "sigur ros"), ("ﬁ", "fi"), ("Straße", "strasse"), ("İstanbul", "istanbul"), ("Σίσυφος", "σισυφοσ"), ("می‌خواهم", "میخواهم"), ("Ёлка", "елка"),
    ],
)  # fmt: skip
def test_two_spellings_of_a_name_fold_to_one(one: str, other: str) -> None:
    """Case, accents, width, traditional characters, punctuation."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("हिन्दी", "हन्दा"), ("ガンダム", "カンタム"), ("!!!", "???"), ("ก็", "ก"), ("7", "7 7"), ("Se7en", "Seven")])
def test_different_names_stay_different(one: str, other: str) -> None:
    """Vowel marks of Indic and Thai and voicing marks of kana are letters; a name of punctuation equals only itself."""
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("R&B and U.S.A.", ["rb", "and", "usa"]), ("1.5 kg", ["1", "5", "kg"]), ("Room's", ["room"]), ("Don't", ["dont"]), ("科", ["科"]), ("科幻film电影", ["科幻", "film", "电影"]),
        ("हिन्दी गाना", ["हिन्दी", "गाना"]), ("snake_case", ["snake", "case"]), ("…", []), ("90's hits", ["90", "hit"]),
    ],
)  # fmt: skip
def test_search_tokens(value: str, found: list[str]) -> None:
    """Words without plural, initials in one, Chinese in pairs, other scripts in whole words."""
    assert tokens(value) == found


@pytest.mark.parametrize(("word", "root"), [("movies", "movie"), ("stories", "story"), ("boxes", "box"), ("glass", "glass"), ("wolves", "wolf"), ("series", "series"), ("ties", "tie"), ("dies", "die"), ("jazz", "jazz"), ("bus", "bus")])
def test_plurals_only(word: str, root: str) -> None:
    """Names survive."""
    assert stem(word) == root


@settings(database=None, deadline=None, max_examples=300)
@given(ANY)
def test_laws_of_the_three_forms(value: str) -> None:
    """Cleaning and folding twice is doing it once; nothing unsafe is left; tokens are single non-empty words; folding loses no name."""
    shown, folded, words = clean(value), fold(value), tokens(value)
    assert clean(shown) == shown and not UNSAFE.search(shown)
    shown.encode()
    assert fold(folded) == folded and "  " not in folded
    assert bool(folded) == bool(value.strip())
    assert all(w and len(w.split()) == 1 for w in words)


def test_examples_in_the_docstring_are_true() -> None:
    """What the documentation shows is what happens."""
    assert doctest.testmod(text_module).failed == 0
