"""A mood that is turned down as a wish for another, where a request says nothing else: "nothing sad" -> something happy, or funny.

    "something less gloomy"            ->  light-hearted, funny, hopeful, as far as the catalog has tags for these
    "less gloomy than Dostoevsky"      ->  the same, near Dostoevsky
    "a thriller, nothing too violent"  ->  nothing: a thriller is what is wanted

Which mood is whose opposite stands in `words/opposites.txt`. Leaves out: that what is refused is not shown (see `exclusions`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from recsh.index import Index, facet_key
from recsh.lexicon import same
from recsh.request import Reading, facets_saying, search_words


@cache
def opposites() -> dict[str, tuple[str, ...]]:
    """Facet key of a mood -> what is wished for by who does not want it."""
    out: dict[str, tuple[str, ...]] = {}
    for line in (Path(__file__).parent / "words" / "opposites.txt").read_text("utf-8").splitlines():
        if line and line[0] != "#":
            mood, _, others = line.partition(" ~> ")
            for key in (facet_key(mood), *same().get(facet_key(mood), ())):
                out.setdefault(key, tuple(others.split(", ")))
    return out


def wished_instead(r: Reading, wish: str) -> str:
    """What is wished for by who refuses these moods and says nothing else; "" if something else is said. Beside a name only what is wanted less
    ("less gloomy than Dostoevsky") says anything of its own."""
    if r.wishes or search_words(wish):
        return ""
    near = any(reference.liked for reference in r.references)
    moods = {facet_key(e.words): opposites().get(facet_key(e.words), ()) for e in r.excluded if e.mild or not near}
    refused = {facet_key(e.words) for e in r.excluded}
    wished = {facet_key(word) for mood in moods.values() for word in mood}
    # "not too slow, not too fast" asks for neither.
    one_sided = [mood for key, mood in moods.items() if key not in wished and not any(refused.intersection((word, *word.split())) for word in mood)]
    return " , ".join(said(r.index, tuple(dict.fromkeys(word for mood in one_sided for word in mood))))


def said(index: Index, words: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some words that the catalog has a tag for, or all of them if it has none for any: then their meaning must do."""
    return tuple(word for word in words if facets_saying(index, word)) or words
