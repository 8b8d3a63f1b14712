"""What suits somebody who tells of himself in words that nobody foresaw: what suits those who say nearly the same.

    "my fiance called the whole thing off"  is near "my girlfriend called it off" and "called off our wedding"  ->  breakup, heartbreak, sad

Only where a request says nothing that is understood otherwise. The sayings' vectors and what suits them stand in the folder models/sayings, which is read when first needed.
Leaves out: what was foreseen (see `situations`), the vector of the request (see `semantic`).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from recsh import paths
from recsh.errors import WeightsError
from recsh.index import Index
from recsh.regex import regex
from recsh.request import Query, Wish
from recsh.situations import suits
from recsh.text import has_cjk

if TYPE_CHECKING:
    import numpy

NEAR = 0.45  # cosine from which on two say nearly the same
NEAREST = 5  # sayings that are listened to
LEAST = 0.1  # share of the whole from which on a saying counts at all: where a catalog has nothing of the first, the last is no answer
SHARP = 0.05  # cosine by which one must be nearer than another to count e times as much
WORDS, CHARACTERS = 3, 5  # the shortest telling, English and Chinese: what is shorter is a name or a keyword

_OF_OTHERS = regex(
    r"\b(?:about|where|whose|starring|featuring|follows|(?:story|tale)s?\s+of|(?:one|songs?|films?|movies?|books?|novels?)\s+called|named|titled|similar\s+to|reminds?\s+me\s+of"
    r"|(?:man|woman|men|women|girls?|boys?|couple|hero|heroine|detective|family|teenagers?|characters?|people|guys?|someone|somebody)\s+(?:who|that))\b"
    r"|关于|讲述|讲的|描写|主角|男主|女主|同款|类似|名叫", re.I)  # fmt: skip
_OF_ONESELF = regex(r"\b(?:i|my|me|we|our|us|he|she|his|him|her|they|is|was|were|am|are|has|have|had|been)\b|['’](?:m|re|s|ve|d|t)\b|我|[了啊呢]$", re.I)
_A_THING = regex(
    r"\b(?:songs?|music|tracks?|tunes?|playlists?|albums?|artists?|bands?|singers?|films?|movies?|pictures?|series|shows?|books?|novels?|reads?|games?|gifts?|presents?|podcasts?|news)\b"
    r"|[歌曲片剧]|书(?!馆|桌|房)|音乐|电影|小说|好物", re.I)  # fmt: skip


def heeded(query: Query, index: Index, vector: numpy.ndarray) -> Query:
    """The query with wishes for what suits whoever says something like it; the query itself where it asks for something else, or nobody says anything like it.
    `vector` is the request's by the sentence model. Raises `WeightsError` if the sayings are damaged or missing."""
    if not _only_tells(query):
        return query
    wishes: dict[str, Wish] = {}
    for moods, share in nearest(vector):
        if (found := suits(index, moods)) and found[0].words not in wishes:
            wishes[found[0].words] = replace(found[0], weight=found[0].weight * share)
    return replace(query, wishes=tuple(wishes.values())) if wishes else query


def _only_tells(query: Query) -> bool:
    """Whether the words of a request may be a telling: nothing of them is a wish, a name or a limit, and they describe no film or book."""
    if query.wishes or query.references or query.conditions or query.leanings or query.excluded or query.dialogue:
        return False
    said = query.text
    if len(said) < CHARACTERS if has_cjk(said) else len(said.split()) < WORDS:
        return False
    return not _OF_OTHERS.search(said) and (bool(_OF_ONESELF.search(said)) or not _A_THING.search(said))


def nearest(vector: numpy.ndarray) -> list[tuple[tuple[str, ...], float]]:
    """(what suits, how much it counts) of the sayings nearest to this vector, the most first; all of them together count 1. Empty where none is near."""
    import numpy

    vectors, moods = _sayings(paths.bundled("models", "sayings"))
    cosines = vectors @ (vector / (numpy.linalg.norm(vector) or 1))
    first = numpy.argsort(-cosines, kind="stable")[:NEAREST]
    first = first[cosines[first] >= NEAR]
    counts = numpy.exp((cosines[first] - cosines[first].max(initial=0)) / SHARP)
    out: dict[tuple[str, ...], float] = {}
    for i, count in zip(first, counts / (counts.sum() or 1), strict=True):
        out[moods[i]] = out.get(moods[i], 0.0) + float(count)
    return sorted(((m, share) for m, share in out.items() if share >= LEAST), key=lambda pair: -pair[1])


@cache
def _sayings(folder: Path) -> tuple[numpy.ndarray, list[tuple[str, ...]]]:
    """(vectors of unit length, what suits each). A line of moods.txt says of how many vectors, one behind the other, its moods are: "12 = sad, comfort"."""
    import numpy

    try:
        vectors = numpy.load(folder / "vectors.npy", mmap_mode="r").astype(numpy.float32)
        lines = [line.split(" = ") for line in (folder / "moods.txt").read_text("utf-8").splitlines() if line[:1] != "#"]
        moods = [tuple(words.split(", ")) for count, words in lines for _ in range(int(count))]
    except (OSError, ValueError, EOFError) as error:
        raise WeightsError(f"{folder}: damaged sayings: {error}", "reinstall recsh") from error
    if vectors.ndim != 2 or len(vectors) != len(moods):
        raise WeightsError(f"{folder}: damaged sayings: vectors and moods do not belong together", "reinstall recsh")
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True), moods
