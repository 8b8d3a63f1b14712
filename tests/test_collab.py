"""Neighbours and EASE: the person folded in equals a rebuild with one more row, in float64 and written naively; files on disk; odd inputs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy
import pytest

from recsh import neighbours, paths, ratingmodel
from recsh import ratings as ratings_
from recsh.catalog import Catalog, Entry, open_catalog
from recsh.collab import Collab, load_collab, of_ratings, open_collab
from recsh.errors import CatalogError, RecshError, StoreError
from recsh.ratings import Kind, Ratings
from recsh.types import Column, Role

PEOPLE, ITEMS = 40, 30
COLUMNS = [Column("id", Role.ID), Column("title", Role.TITLE)]


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test."""
    monkeypatch.setenv("RECSH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def made_up(seed: int = 0, people: int = PEOPLE, items: int = ITEMS, share: float = 0.3) -> Ratings:
    """Random ratings; the last two items are rated by nobody."""
    rng = numpy.random.default_rng(seed)
    users, rated = numpy.nonzero(rng.random((people, items - 2)) < share)
    order = rng.permutation(len(users))
    worths = rng.uniform(-1, 1, len(users)).astype(numpy.float32)
    return Ratings(users[order].astype(numpy.int32), rated[order].astype(numpy.int32), worths, numpy.arange(len(users), dtype=float), people, Kind.RATINGS)


@pytest.fixture
def things(shelf: Callable[..., Catalog]) -> Callable[..., Catalog]:
    """(items, with vectors) -> a catalog of so many things."""

    def make(items: int = ITEMS, vectors: bool = False) -> Catalog:
        made = None
        if vectors:
            made = numpy.random.default_rng(1).normal(size=(items, 8))
            made /= numpy.linalg.norm(made, axis=1, keepdims=True)
        return shelf(["id", "title"], [(f"i{n}", f"Thing {n}") for n in range(items)], COLUMNS, made)

    return make


# --- independent and naive: dense, float64, the person as one more row -------------------------------------------------


def matrix(r: Ratings, rows: int, person: Mapping[int, float]) -> numpy.ndarray:
    """People x items, the person last."""
    out = numpy.zeros((r.people + 1, rows))
    out[r.users, r.items] = neighbours.weight(r.worths)
    for n, worth in person.items():
        out[-1, n] = 0.7 + 1.4 * worth
    return out


def faded(person: Mapping[int, float], rows: int) -> numpy.ndarray:
    out = numpy.zeros(rows)
    for age, (n, worth) in enumerate(reversed([*person.items()])):
        out[n] = (0.7 + 1.4 * worth) * (0.1 + 0.9 * 0.5 ** (age / 10))
    return out


def naive_ease(x: numpy.ndarray, w: numpy.ndarray, vectors: numpy.ndarray | None) -> numpy.ndarray:
    known = numpy.flatnonzero((x[:-1] != 0).any(axis=0))
    gram = x[:, known].T @ x[:, known] + ratingmodel.LAMBDA * numpy.eye(len(known))
    if vectors is not None:
        gram += ratingmodel.MEANING * vectors[known] @ vectors[known].T
    inverse = numpy.linalg.inv(gram)
    weights = -inverse / numpy.diag(inverse)[None, :]
    numpy.fill_diagonal(weights, 0.0)
    out = numpy.zeros(x.shape[1])
    out[known] = w[known] @ weights
    return out


def naive_items(x: numpy.ndarray, w: numpy.ndarray) -> numpy.ndarray:
    gram = x.T @ x
    size = numpy.sqrt(numpy.diag(gram) + neighbours.ITEM_SHRINK)
    alike = gram / numpy.outer(size, size)
    numpy.fill_diagonal(alike, 0.0)
    return w @ alike


def naive_users(x: numpy.ndarray, w: numpy.ndarray) -> numpy.ndarray:
    others = x[:-1]
    alike = [(float(o @ w) / (numpy.linalg.norm(o) * numpy.linalg.norm(w) + neighbours.USER_SHRINK), o) for o in others]
    return sum((s * o for s, o in sorted(alike, key=lambda pair: -pair[0])[: neighbours.USER_NEAREST] if s > 0), numpy.zeros(x.shape[1]))


PERSONS = [{3: 1.0}, {3: 1.0, 9: -1.0, 1: 0.0}, {n: 1.0 - (n % 5) / 2 for n in range(20, 2, -1)}, {29: 1.0, 2: 0.5}, {5: -1.0, 6: -1.0}]


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize("vectors", [False, True])
def test_folding_in_equals_a_rebuild(things: Callable[..., Catalog], person: dict[int, float], vectors: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """To 1e-6, for all three, with likes, dislikes, items nobody rated, and with vectors below the ratings; also in blocks."""
    index, r = things(vectors=vectors).index, made_up()
    monkeypatch.setattr(neighbours, "USER_NEAREST", 7)
    monkeypatch.setattr(neighbours, "_BLOCK", 3)
    monkeypatch.setattr(ratingmodel, "_BLOCK", 11)
    c = of_ratings(r, index)
    x, w = matrix(r, ITEMS, person), faded(person, ITEMS)
    space = None if index.vectors is None else index.vectors.astype(numpy.float64)
    for name, expected in (("ease", naive_ease(x, w, space)), ("item", naive_items(x, w)), ("user", naive_users(x, w))):
        assert numpy.abs(expected).max() > 1e-3 or name == "user"
        assert numpy.abs(c.method(name)(person) - expected).max() < 1e-6, name


def test_a_thousand_items_stay_as_exact(things: Callable[..., Catalog]) -> None:
    """The inverse is kept in single precision; a person with 150 ratings."""
    index, r = things(1000).index, made_up(2, 300, 1000, 0.1)
    person = {int(n): float(v) for n, v in zip(numpy.random.default_rng(3).permutation(998)[:150], numpy.random.default_rng(4).uniform(-1, 1, 150), strict=True)}
    expected = naive_ease(matrix(r, 1000, person), faded(person, 1000), None)
    assert numpy.abs(of_ratings(r, index).method("ease")(person) - expected).max() < 1e-6


def test_who_is_in_the_ratings_gets_what_folding_in_would_give(things: Callable[..., Catalog]) -> None:
    """The matrix with somebody in it, and without but folded in, say the same."""
    index, r = things().index, made_up()
    mine = r.users == 5
    person = dict(zip(r.items[mine].tolist(), r.worths[mine].tolist(), strict=True))
    others = Ratings(r.users[~mine], r.items[~mine], r.worths[~mine], r.times[~mine], r.people, r.kind)
    whole = of_ratings(r, index)._arrays["ease_inverse"].astype(float)
    weights = -whole / numpy.diag(whole)[None, :]
    numpy.fill_diagonal(weights, 0.0)
    items = of_ratings(others, index)._arrays["ease_items"]
    assert (items == of_ratings(r, index)._arrays["ease_items"]).all()
    assert numpy.abs(of_ratings(others, index).method("ease")(person)[items] - faded(person, ITEMS)[items] @ weights).max() < 1e-6


# --- what is asked of it ------------------------------------------------------------------------------------------------


@pytest.fixture
def camps(things: Callable[..., Catalog]) -> Collab:
    """Two camps: half of the people like items 0-4 and dislike 5-9, the other half the other way round; each leaves two of them out. 10 is everybody's."""
    rows = [
        (u, n, 1.0 if n == 10 or (n < 5) == (u % 2 == 0) else -1.0)
        for u in range(20)
        for n in range(11)
        if n == 10 or n not in ((u // 2) % 5, 5 + (u // 4) % 5)
    ]
    users, items, worths = (numpy.array(column) for column in zip(*rows, strict=True))
    return of_ratings(Ratings(users.astype(numpy.int32), items.astype(numpy.int32), worths.astype(numpy.float32), numpy.arange(len(rows), dtype=float), 20, Kind.RATINGS), things(12).index)


def test_likes_and_dislikes_say_which_camp_one_is_of(camps: Collab) -> None:
    """The camp's other items come first; disliking the other camp says the same; the scores are bounded, and 0 for what nobody rated."""
    for person in ({0: 1.0, 1: 1.0}, {0: 1.0, 5: -1.0, 6: -1.0}):
        scores = camps.scores(person)
        assert scores.dtype == numpy.float32 and scores.shape == (12,) and (numpy.abs(scores) <= 1).all() and scores[11] == 0
        assert min(scores[n] for n in range(5) if n not in person) > max(scores[n] for n in range(5, 10) if n not in person)
    assert not camps.scores({}).any() and not any(camps.method(m)({}).any() for m in ("ease", "item", "user"))
    assert (camps.method("blend")({0: 1.0}) == camps.scores({0: 1.0})).all()


def test_the_latest_likes_count_most(camps: Collab) -> None:
    """A person who turned round is of the camp that was liked last."""
    turned, back = {n: 1.0 for n in (0, 1, 2, 5, 6, 7)}, {n: 1.0 for n in (5, 6, 7, 0, 1, 2)}
    for method in ("ease", "item", "user", "blend"):
        late, early = camps.method(method)(turned), camps.method(method)(back)
        assert late[8] - late[3] > early[8] - early[3], method


def test_popularity(camps: Collab) -> None:
    """10 is rated by all twenty, 0 by sixteen; 11 has no raters."""
    popularity = camps.popularity()
    assert popularity[10] == popularity.max() == 1 and popularity[11] == 0 and popularity.dtype == numpy.float32
    assert popularity[0] == pytest.approx(numpy.log(17) / numpy.log(21))


def test_because_names_what_was_liked_and_counted_most(camps: Collab, things: Callable[..., Catalog]) -> None:
    """Checked against scores without each liked item; never what was disliked; None where nothing speaks for it."""
    person = {7: 1.0, 0: 1.0, 5: -1.0}
    assert camps.because(person, 3) == 0 and camps.because(person, 8) == 7
    assert camps.because({5: -1.0}, 3) is None and camps.because({}, 3) is None and camps.because({0: 1.0}, 11) is None
    c = of_ratings(made_up(), things().index)
    likes = {n: 1.0 for n in (4, 8, 15, 16, 23)}
    for n in (1, 2, 3):
        x, w = matrix(made_up(), ITEMS, likes), faded(likes, ITEMS)
        alone = {i: naive_ease(x, numpy.where(numpy.arange(ITEMS) == i, w, 0.0), None)[n] for i in likes}
        best = max(alone, key=alone.__getitem__)
        assert c.because(likes, n) == (best if alone[best] > 0 else None)


def test_items_beyond_ease_are_neighbours(things: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch) -> None:
    """EASE takes the most rated ones; the others have a score, and a because, all the same."""
    monkeypatch.setattr(ratingmodel, "EASE_ITEMS", 10)
    c = of_ratings(made_up(), things().index)
    known = c._arrays["ease_items"].tolist()
    rated = c.popularity()
    assert len(known) == 10 and min(rated[n] for n in known) >= max(rated[n] for n in range(ITEMS) if n not in known)
    other = next(n for n in range(ITEMS - 2) if n not in known)
    person = {n: 1.0 for n in range(ITEMS - 2) if n != other}
    assert c.method("ease")(person)[other] == 0 and c.scores(person)[other] > 0 and c.because(person, other) in person
    assert not c.method("ease")({other: 1.0}).any() and c.scores({other: 1.0})[known].max() > 0


@pytest.mark.parametrize(("people", "items"), [(1, 1), (1, 5), (5, 1)])
def test_a_handful_of_ratings_is_enough(things: Callable[..., Catalog], people: int, items: int) -> None:
    """One person, one item, all worths equal: numbers, whatever is asked."""
    users, rated = (a.ravel().astype(numpy.int32) for a in numpy.meshgrid(numpy.arange(people), numpy.arange(items)))
    c = of_ratings(Ratings(users, rated, numpy.full(len(users), 0.5, dtype=numpy.float32), numpy.zeros(len(users)), people, Kind.CHOICES), things(6).index)
    for person in ({0: 1.0}, {5: 1.0}, {0: -1.0, 5: 0.0}, {n: 1.0 for n in range(6)}, {}):
        assert numpy.isfinite(c.scores(person)).all() and numpy.isfinite(c.popularity()).all()
        c.because(person, 0)


# --- on disk -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def rated(tmp_path: Path) -> tuple[Catalog, Path]:
    """A catalog and a file of ratings of it."""
    (tmp_path / "c.csv").write_text("id,title\n" + "".join(f"i{n},Thing {n}\n" for n in range(8)))
    (tmp_path / "r.csv").write_text("user,item,rating\n" + "".join(f"u{u},i{(u + k) % 8},{1 + (u * k) % 5}\n" for u in range(9) for k in range(4)))
    return open_catalog(Entry("c", tmp_path / "c.csv", ratings=tmp_path / "r.csv"), lambda rows: None), tmp_path / "r.csv"


def folders(home: Path) -> list[Path]:
    return sorted(p.parent for p in home.glob("cache/ratings/*/meta.json"))


def test_it_is_built_once_and_mapped(rated: tuple[Catalog, Path], own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second opening reads what the first one wrote, and says the same; nothing else is left, and only the owner may look."""
    catalog, path = rated
    first = open_collab(path, catalog.index)
    monkeypatch.setattr(ratings_, "read_ratings", lambda *_: pytest.fail("read again"))
    again = load_collab(catalog)
    assert again is not None and (again.scores({1: 1.0}) == first.scores({1: 1.0})).all() and isinstance(again._arrays["ease_inverse"], numpy.memmap)
    assert again.meta["people"] == 9 and again.meta["ratings"] == 36 and again.meta["items"] == 8 and again.meta["columns"]["item"] == "item"
    assert len(folders(own)) == 1 and [*(own / "cache/ratings").iterdir()] == folders(own) and folders(own)[0].stat().st_mode & 0o077 == 0


def test_an_edit_of_either_file_is_noticed(rated: tuple[Catalog, Path], own: Path) -> None:
    """And what was built before goes."""
    catalog, path = rated
    open_collab(path, catalog.index)
    path.write_text(path.read_text() + "u99,i0,5\n")
    assert open_collab(path, catalog.index).meta["people"] == 10 and len(folders(own)) == 1
    catalog.path.write_text(catalog.path.read_text() + "i8,Thing 8\n")
    assert open_collab(path, open_catalog(catalog.entry, lambda rows: None).index).rows == 9 and len(folders(own)) == 1


@pytest.mark.parametrize("name", ["meta.json", "ease_inverse.npy", "user_start.npy"])
@pytest.mark.parametrize("how", ["cut", "gone", "empty"])
def test_what_is_damaged_is_built_again(rated: tuple[Catalog, Path], own: Path, name: str, how: str) -> None:
    """Everything in it is in the two files."""
    catalog, path = rated
    before = open_collab(path, catalog.index).scores({1: 1.0})
    file = folders(own)[0] / name
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-5] if how == "cut" else b"")
    assert (open_collab(path, catalog.index).scores({1: 1.0}) == before).all() and json.loads((folders(own)[0] / "meta.json").read_text())["people"] == 9


def test_several_processes_may_build_at_once(rated: tuple[Catalog, Path], own: Path) -> None:
    """All get the same, one folder is left."""
    catalog, path = rated
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]; from pathlib import Path; from recsh.catalog import *; from recsh.collab import *\n"
        "c = open_catalog(Entry('c', Path(sys.argv[2])), lambda n: None); print(open_collab(Path(sys.argv[3]), c.index).scores({1: 1.0}).tolist())"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(Path(paths.__file__).parent.parent), str(catalog.path), str(path)], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {p.communicate()[0] for p in running}
    assert len(said) == 1 and said.pop().startswith("[") and len(folders(own)) == 1 and not [*own.glob("cache/ratings/*.tmp")]


def test_what_cannot_be_written_is_one_clear_error(rated: tuple[Catalog, Path], own: Path) -> None:
    """With what to do about it."""
    catalog, path = rated
    (own / "cache" / "ratings").write_text("")
    with pytest.raises(StoreError) as caught:
        open_collab(path, catalog.index)
    assert "RECSH_HOME" in caught.value.hint


def test_a_file_that_never_stops_changing_is_an_error(rated: tuple[Catalog, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, path = rated
    real = ratings_.read_ratings

    def slow(*args: object) -> Ratings:
        out = real(*args)  # type: ignore[arg-type]
        path.write_text(path.read_text() + f"u{len(path.read_text())},i1,5\n")
        return out

    monkeypatch.setattr(ratings_, "read_ratings", slow)
    with pytest.raises(CatalogError, match="changes while it is read"):
        open_collab(path, catalog.index)


def test_ratings_that_are_gone_are_named(rated: tuple[Catalog, Path]) -> None:
    """And a catalog without ratings has no collab."""
    catalog, path = rated
    path.unlink()
    with pytest.raises(RecshError, match="r.csv"):
        load_collab(catalog)
    assert load_collab(Catalog(Entry("c", catalog.path), catalog.index)) is None


def test_scoring_needs_no_scipy(rated: tuple[Catalog, Path]) -> None:
    """Its import takes longer than an answer."""
    catalog, path = rated
    open_collab(path, catalog.index)
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]; from pathlib import Path; from recsh.catalog import *; from recsh.collab import *\n"
        "c = open_catalog(Entry('c', Path(sys.argv[2])), lambda n: None); k = open_collab(Path(sys.argv[3]), c.index); k.scores({1: 1.0}); k.because({1: 1.0}, 2); print('scipy' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code, str(Path(paths.__file__).parent.parent), str(catalog.path), str(path)], capture_output=True, text=True, check=True)
    assert out.stdout == "False\n"


@pytest.mark.parametrize("name", ["music", "movies"])
def test_the_samples_foretell_what_was_held_out(sample: Callable[[str], Catalog], name: str) -> None:
    """The last liked row of each simulated person is found more often than by popularity, which is found more often than by chance."""
    from msgspec.structs import replace

    from recsh.heldout import people, top
    from recsh.ratings import read_ratings
    from recsh.splits import last

    catalog = sample(name)
    r = read_ratings(paths.bundled("sample_data", f"{name}.ratings.csv"), catalog.index)
    split = last(r.users, r.items, r.times, r.worths > 0)
    t = split.train
    c = of_ratings(replace(r, users=r.users[t], items=r.items[t], worths=r.worths[t], times=r.times[t]), catalog.index)
    tested = people(r.users, r.items, r.worths, split)
    found = {m: sum(bool(wanted & {*top(c.method(m)(history), [*history], 20).tolist()}) for _, history, wanted in tested) for m in ("blend", "popularity")}
    assert found["blend"] > 1.2 * found["popularity"] and found["popularity"] > 2 * 20 / catalog.index.rows * len(tested)
