"""Who tells of himself in words that nobody foresaw gets what suits those who say nearly the same, and nobody else does."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import numpy
import pytest

from recsh import Recommender, facts, paths, sayings
from recsh.errors import WeightsError
from recsh.index import facet_key
from recsh.lexicon import same
from recsh.work import Options

FOLDER = paths.bundled("models", "sayings")
REPO = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def heard(sample, semantic):
    """(catalog's name, request) -> the work that retrieval does for it."""
    return lambda name, text: Recommender(sample(name), semantic=semantic).begun(text, Options(limit=5))


TOLD = {  # catalog, what suits: tellings of which no phrase of words/situations.txt is a part
    ("music", "breakup"): "my fiance called the whole thing off|他已经一个月没回我消息了",
    ("music", "angry"): "好想大吼一声",
    ("music", "study"): "three exams on thursday, send help",
    ("movies", "uplifting"): "创业失败从零开始",
    ("movies", "summer"): "I want sand between my toes by friday",
    ("movies", "epic"): "make the hairs on my neck stand up",
    ("travel", "quiet"): "想去一个手机没信号的地方",
}


@pytest.mark.parametrize(("catalog", "mood"), TOLD)
def test_what_is_near_a_known_saying_is_a_wish_for_what_suits_that(heard, read, catalog: str, mood: str) -> None:
    for text in TOLD[catalog, mood].split("|"):
        assert not read(catalog, text).wishes, "foreseen: this says nothing of sayings"
        work = heard(catalog, text)
        suited = {key for w in work.query.wishes for word in w.moods for key in (facet_key(word), *same().get(facet_key(word), ()))}
        assert facet_key(mood) in suited and all(w.moods and w.weight > 0 for w in work.query.wishes), text


@pytest.mark.parametrize(("catalog", "mood"), TOLD)
def test_what_is_shown_has_what_suits_and_the_reason_says_so_truly(heard, sample, semantic, catalog: str, mood: str) -> None:
    text = TOLD[catalog, mood].split("|")[0]
    query = heard(catalog, text).query
    answer = Recommender(sample(catalog), semantic=semantic).ask(text, limit=5)
    assert sum(bool(facts.wished(r.item, query)) for r in answer) >= 4
    assert all(any(facet_key(tag) in facet_key(r.reason) for tag in r.item.tags) for r in answer if facts.wished(r.item, query) and not query.chinese)
    assert not [r.reason for r in answer if text in r.reason]


@pytest.mark.parametrize(
    ("catalog", "text"),
    [
        ("movies", "old pictures with nobody speaking"), ("movies", "hitchcok"), ("movies", "a tarantino movie"), ("movies", "a heist that goes wrong"), ("movies_zh", "主角一遍遍重复过同一天的那种"), ("books", "a story about losing my mother"),
        ("books", "a woman who leaves him at the altar"), ("music", "tony leung"), ("products", "noise cancelling headphones"), ("movies_zh", "那些年我们一起追的女孩 同款青春片"), ("books", "quantum mechanics for physicists"),
    ],
)  # fmt: skip
def test_what_describes_a_thing_or_names_one_is_no_telling(heard, read, catalog: str, text: str) -> None:
    assert heard(catalog, text).query == read(catalog, text)


@pytest.mark.parametrize("text", ["rock songs, my fiance called the whole thing off", "my fiance called the whole thing off, nothing by Adele", "my fiance called the whole thing off, from 1985", "happy jazz"])
def test_what_is_understood_is_never_added_to(heard, read, monkeypatch, text: str) -> None:
    monkeypatch.setattr(sayings, "_sayings", None)  # calling it fails: a plain request does not even read them
    assert heard("music", text).query == read("music", text)


def test_nearest_are_those_of_the_greatest_cosine(semantic) -> None:
    """Against the plain definition, in double precision."""
    vector = semantic.sentence.encode(["my fiance called the whole thing off"])[0]
    vectors, moods = numpy.load(FOLDER / "vectors.npy").astype(float), sayings._sayings(FOLDER)[1]
    cosines = vectors @ vector / numpy.linalg.norm(vectors, axis=1) / numpy.linalg.norm(vector)
    first = [i for i in sorted(range(len(cosines)), key=lambda i: -cosines[i])[: sayings.NEAREST] if cosines[i] >= sayings.NEAR]
    counts = {i: numpy.exp(cosines[i] / sayings.SHARP) for i in first}
    naive = {m: sum(counts[i] for i in first if moods[i] == m) / sum(counts.values()) for m in {moods[i] for i in first}}
    assert sum(naive.values()) == pytest.approx(1)
    naive = {m: share for m, share in naive.items() if share >= sayings.LEAST}
    assert dict(sayings.nearest(vector)) == pytest.approx(naive, rel=1e-3)
    shares = [share for _, share in sayings.nearest(vector)]
    assert shares == sorted(shares, reverse=True)


def test_far_from_every_saying_nothing_suits() -> None:
    away = -sayings._sayings(FOLDER)[0].mean(axis=0)
    assert sayings.nearest(away) == [] and sayings.nearest(numpy.zeros_like(away)) == []


def test_where_nothing_suits_best_nothing_is_made_up(heard) -> None:
    """No place is for heartbreak, and what hardly any neighbour says is no answer."""
    assert not heard("travel", "my fiance called the whole thing off").query.wishes


def test_the_vectors_are_those_of_the_sayings(monkeypatch, semantic) -> None:
    """The phrases, the frames or the model have changed if this fails: run  python models/sayings.py"""
    monkeypatch.syspath_prepend(str(REPO / "models"))
    monkeypatch.delitem(sys.modules, "sayings", raising=False)
    import sayings as made

    groups: dict[tuple[str, ...], list[str]] = {}
    for said, moods in made.sayings().items():
        groups.setdefault(moods, []).append(said)
    texts, suited = [said for some in groups.values() for said in some], [moods for moods, some in groups.items() for _ in some]
    vectors, moods = sayings._sayings(FOLDER)
    assert suited == moods
    some = random.Random(7).sample(range(len(texts)), 60)
    assert (numpy.einsum("ij,ij->i", semantic.sentence.encode([texts[i] for i in some]), vectors[some]) > 0.995).all()
    assert not [t for t in texts if set("{}|()*~") & set(t)], "half a phrase"
    assert (FOLDER / "vectors.npy").stat().st_size < 1_500_000


@pytest.mark.parametrize("damage", ["missing", "cut", "mixed", "words"])
def test_a_damaged_folder_says_so(tmp_path: Path, damage: str) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    file = tmp_path / ("moods.txt" if damage in ("mixed", "words") else "vectors.npy")
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:500] if damage == "cut" else file.read_bytes() + (b"3 = sad\n" if damage == "mixed" else b"sad\n"))
    with pytest.raises(WeightsError, match="damaged sayings") as caught:
        sayings._sayings(tmp_path)
    assert "reinstall" in caught.value.hint
