"""Labelled requests: read from JSON Lines and tables, or refused with the line that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recsh.errors import UsageError
from recsh.labelled import Labelled, read_requests, sample, unknown


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines), encoding="utf-8")
    return path


def test_requests_are_read_without_the_licence_line(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", {"license": "CC0-1.0"}, "", {"query": "jazz", "relevant": ["a", 2], "best": ["a"], "seen": [7], "last": "jazz?", "qid": "x1"})
    assert read_requests(path) == [Labelled("jazz", frozenset({"a", "2"}), {"a": 2.0, "2": 1.0}, ("7",), "jazz?", "x1", lang="en")]


def test_grades_alone_say_what_is_relevant(tmp_path: Path) -> None:
    (request,) = read_requests(write(tmp_path / "q.jsonl", {"query": "jazz", "grades": {"a": 3, "b": 0}}))
    assert request.relevant == {"a"} and request.grades == {"a": 3.0} and request.last == "jazz" and request.name == "1"


def test_what_is_relevant_and_what_is_graded_may_differ(tmp_path: Path) -> None:
    """Shop search: four items are right, more are worth something."""
    (request,) = read_requests(write(tmp_path / "q.jsonl", {"query": "lamp", "relevant": ["a"], "grades": {"a": 3, "b": 1.5}}))
    assert request.relevant == {"a"} and request.grades == {"a": 3.0, "b": 1.5}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not valid JSON"), ("[" * 100_000, "not valid JSON"), ({"query": "x"}, "needs 'relevant'"), ({"query": "x", "relevant": "a"}, "'relevant' has to be a list"),
        ({"query": " ", "relevant": ["a"]}, "'query' has to be text"), ({"query": "x", "relevant": []}, "no item answers"), ({"query": "x", "grades": {"a": 0}}, "no item answers"),
        ({"query": "x", "grades": {"a": "good"}}, "grade of 'a'"), ({"query": "x", "grades": {"a": -1}}, "grade of 'a'"), ({"query": "x", "grades": ["a"]}, "'grades' has to be an object"),
        ('{"query": "x", "grades": {"a": NaN}}', "grade of 'a'"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(tmp_path: Path, line: object, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read_requests(write(tmp_path / "q.jsonl", {"license": "x"}, line))
    assert ":2:" in str(caught.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none.jsonl"):
        read_requests(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="no labelled requests"):
        read_requests(write(tmp_path / "q.jsonl", {"license": "x"}))
    (tmp_path / "latin.jsonl").write_bytes(b'{"query": "caf\xe9", "relevant": ["a"]}')
    with pytest.raises(UsageError, match="not UTF-8"):
        read_requests(tmp_path / "latin.jsonl")


def test_a_table_is_a_line_a_pair(tmp_path: Path) -> None:
    path = write(tmp_path / "q.csv", "query,item,grade", "sad piano,a,3", "jazz,b,1", "sad piano,c,0.5", "sad piano,d,0", "nothing,e,0")
    piano, jazz = read_requests(path)
    assert piano.grades == {"a": 3.0, "c": 0.5} and piano.relevant == {"a", "c"} and jazz.relevant == {"b"}
    assert [r.grades for r in read_requests(write(tmp_path / "q.tsv", "request\titem_id", "jazz\tb", "jazz\tc"))] == [{"b": 1.0, "c": 1.0}]


def test_a_wrong_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column 'item'"):
        read_requests(write(tmp_path / "q.csv", "query,thing", "jazz,b", "rock,c"))
    with pytest.raises(UsageError, match=":3: the grade of 'c'"):
        read_requests(write(tmp_path / "q.csv", "query,item,grade", "jazz,b,1", "rock,c,good"))


def test_a_sample_is_spread_over_the_whole() -> None:
    assert sample([*range(10)], 4) == [0, 2, 5, 7] and sample([1, 2], None) == sample([1, 2], 9) == [1, 2]
    assert len({*sample([*range(267)], 200)}) == 200


def test_what_the_catalog_does_not_have_is_counted() -> None:
    assert unknown([Labelled("x", frozenset("ab")), Labelled("y", frozenset("c"))], {"a", "c"}) == (1, 3)
