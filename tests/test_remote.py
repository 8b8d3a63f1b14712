"""A server elsewhere as the engine: judged by probabilities, written by a schema or without, and whatever a bad or hostile server does."""

from __future__ import annotations

import json
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import recsh
from recsh import paths
from recsh.catalog import Catalog
from recsh.engine import JudgePrompt, Options, WritePrompt, exchange, open_engine
from recsh.engine.address import address, key_for, remarks, same_place
from recsh.engine.completion import odds
from recsh.engine.remote import RemoteEngine
from recsh.errors import EngineError, UsageError
from recsh.types import Mode, Usage
from recsh.weights import bundled
from tests.loopback import (
    Asked,
    Loopback,
    Said,
    good,
    hanging,
    message,
    refused,
    streamed,
    told,
    verdict,
)

ROWS = ("Angel of Death | Slayer | thrash", "Waterloo | ABBA | pop", "Peace Sells | Megadeth | thrash")
JUDGE = JudgePrompt("Request: loud\nItem: ", ROWS, "\nDoes the item fit the request?", "Answer yes or no.")
WRITE = WritePrompt("You recommend.", "A. Alive | x\nB. Kicking | y\nC. Angel | z\nPick 3.", ("Alive", "Kicking", "Angel"), 3)
KEY = "sk-test-0123456789"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys and proxies of the machine's, and no long waits between tries."""
    for name in ("RECSH_API_KEY", "OPENAI_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "RECSH_SERVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(exchange, "FIRST_WAIT", 0.01)


@pytest.fixture
def served() -> Iterator[Callable[..., tuple[Loopback, RemoteEngine]]]:
    """behaviour -> the server and an engine that asks it."""
    open_: list[Loopback | RemoteEngine] = []

    def start(behaviour: Callable[[Asked], Said], model: str = "", cache: Path | None = None, **waits: float) -> tuple[Loopback, RemoteEngine]:
        server = Loopback(behaviour).__enter__()
        engine = RemoteEngine(server.url, model, cache, **waits)
        open_.extend((server, engine))
        return server, engine

    yield start
    for thing in reversed(open_):
        thing.close() if isinstance(thing, RemoteEngine) else thing.__exit__()


def after(*first: Said | Callable[[Asked], Said], then: Callable[[Asked], Said] = good) -> Callable[[Asked], Said]:
    """Some responses to the first completions, and then another behaviour; models are always listed."""
    left, lock = [*first], threading.Lock()

    def behave(asked: Asked) -> Said:
        with lock:
            said = left.pop(0) if left and asked.body else then
        return said(asked) if callable(said) else said

    return behave


# --- where, and what may go there ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "base", "here"), [
    ("http://localhost:8080", "http://localhost:8080/v1", True), ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1", True), ("http://[::1]:8080/v1", "http://[::1]:8080/v1", True),
    ("https://api.openai.com/v1/", "https://api.openai.com/v1", False), ("https://x.org/api/v1/chat/completions", "https://x.org/api/v1", False),
    ("http://192.168.1.5:8000", "http://192.168.1.5:8000/v1", False), ("https://localhost.evil.org", "https://localhost.evil.org/v1", False),
])  # fmt: skip
def test_addresses(url: str, base: str, here: bool) -> None:
    found = address(url)
    assert (found.base, found.loopback, found.secure) == (base, here, url.startswith("https"))


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x.org", "http://", "", "http://x.org:port", "http://me:secret@x.org/v1", "http://x.org/v1?key=secret", "http://x .org", "http://x.org/\x1b[2J", "//x.org"])
def test_what_is_no_address_is_a_usage_error(url: str) -> None:
    """It says what would be one, and repeats no password."""
    with pytest.raises(UsageError) as caught:
        address(url, "RECSH_SERVER")
    assert caught.value.message.startswith("RECSH_SERVER") and caught.value.hint and "me:secret" not in caught.value.message


def test_keys_go_where_they_belong() -> None:
    """RECSH_API_KEY anywhere; OpenAI's to OpenAI and to this machine, and not to a name that only looks like it."""
    both, theirs = {"RECSH_API_KEY": "a", "OPENAI_API_KEY": "b"}, {"OPENAI_API_KEY": "b", "RECSH_API_KEY": " "}
    assert [key_for(address(u), both) for u in ("https://x.org", "https://api.openai.com")] == ["a", "a"]
    assert [key_for(address(u), theirs) for u in ("https://api.openai.com", "http://localhost:1", "https://x.org", "https://notopenai.com", "https://openai.com.x.org")] == ["b", "b", None, None, None]
    assert key_for(address("http://localhost:1"), {}) is None
    for wrong in ("a b", "a\nX-Evil: 1", "ключ"):
        with pytest.raises(UsageError) as caught:
            key_for(address("https://x.org"), {"RECSH_API_KEY": wrong})
        assert wrong not in caught.value.message


def test_remarks_are_made_before_anything_leaves_this_machine() -> None:
    assert remarks(address("http://localhost:8080"), {"RECSH_API_KEY": "a"}) == []
    (said,) = remarks(address("https://x.org/v1"), {"RECSH_API_KEY": "a"})
    assert "https://x.org/v1" in said
    assert len(remarks(address("http://x.org/v1"), {})) == 1
    assert "unencrypted" in remarks(address("http://x.org/v1"), {"RECSH_API_KEY": "a"})[1]


def test_redirects_stay_with_a_server() -> None:
    a = "http://x.org/v1/models"
    assert [same_place(a, b) for b in ("http://x.org/other", "http://x.org:80/v1", "https://x.org/v1")] == [True] * 3
    assert not any(same_place(a, b) for b in ("http://y.org/v1", "http://x.org:81/v1", "https://x.org:8443/v1", "http://x.org@y.org/", "file:///etc/passwd", "http://u@x.org/", "http://x.org:bad/"))
    assert not same_place("https://x.org/v1", "http://x.org/v1"), "not back to where everybody can read it"


# --- judging ---------------------------------------------------------------------------------------------------------


def test_log_odds_by_hand() -> None:
    yes, no = {"yes"}, {"no"}
    tops = [{"token": t, "logprob": math.log(p)} for t, p in (("Yes", 0.5), (" yes", 0.1), ("y", 0.05), ("NO", 0.2), ("n", 0.05), ("Not", 0.05), ("yesterday", 0.04))]
    assert odds(tops, yes, no) == pytest.approx(math.log(0.65 / 0.25))
    assert odds(tops[:3], yes, no) == pytest.approx(math.log(0.65 / 0.05)), "no is at most as likely as the least of those listed"
    assert odds([{"token": "<think>", "logprob": 0.0}, {"token": "not", "logprob": -3}], yes, no) is None
    assert odds(["x", None, {"token": 3, "logprob": -1}, {"token": "yes", "logprob": float("nan")}, {"token": "yes", "logprob": "high"}, {"logprob": -1}], yes, no) is None
    assert odds([{"token": "yes", "logprob": -1e308}, {"token": "no", "logprob": 5}], yes, no) == -99.0


def test_a_row_is_judged_by_the_probabilities_of_its_first_token(served: Callable) -> None:
    server, engine = served(good)
    assert engine.mode is Mode.JUDGE and engine.name == "tiny-chat", "the first model that can chat"
    probed = len(server.posts)
    assert engine.judge(JUDGE) == pytest.approx([math.log(9), -math.log(9), math.log(9)])
    assert engine.usage == Usage(30, 0, 6) and engine.notes == []
    asked = server.posts[probed:]
    assert sorted(a.text for a in asked) == sorted(f"Answer yes or no.\nRequest: loud\nItem: {row}\nDoes the item fit the request?" for row in ROWS)
    assert {a.path for a in asked} == {"/v1/chat/completions"} and all(a.body["max_tokens"] == 1 and a.body["model"] == "tiny-chat" for a in asked)


def test_rows_are_asked_side_by_side(served: Callable) -> None:
    gate = threading.Barrier(6, timeout=20)

    def together(asked: Asked) -> Said:
        if "Row" in asked.text:
            gate.wait()  # passes only when six of them are here
        return good(asked)

    server, engine = served(together)
    found = engine.judge(JudgePrompt("Request\nItem: ", tuple(f"Row {i} {'thrash' * (i % 2)}" for i in range(12))))
    assert found == pytest.approx([math.log(9) * (1 if i % 2 else -1) for i in range(12)]) and 6 <= server.most <= 8


def test_reasons_are_one_line_without_the_verdict(served: Callable) -> None:
    """A row that the model would rather refuse has none."""

    def says(asked: Asked) -> Said:
        return message("No, it is pop.") if "ABBA" in asked.text and not asked.body.get("logprobs") else good(asked)

    _, engine = served(says)
    engine.judge(JUDGE)
    assert sorted(engine.reasons(JUDGE, [2, 1, 0, 2])) == [(0, "because it is thrash metal."), (2, "because it is thrash metal.")]
    assert list(engine.reasons(JUDGE, [])) == []


def test_a_refusal_among_others_repeats_no_reason(served: Callable) -> None:
    """What was answered before the refusal is neither asked nor told again."""
    answered = threading.Event()

    def says(asked: Asked) -> Said:
        if not asked.body or asked.body.get("logprobs"):
            return good(asked)
        if "ABBA" in asked.text and "max_tokens" in asked.body:
            answered.wait(5)
            return refused(400, "max_tokens is not supported")
        return good(asked)

    server, engine = served(says)
    engine.judge(JUDGE)
    server.asked.clear()
    told = []
    for row, _ in engine.reasons(JUDGE, [0, 1]):
        told.append(row)
        answered.set()
    assert told == [0, 1] and sum("Slayer" in a.text for a in server.posts) == 1


def test_a_row_without_a_verdict_gets_the_middle_of_the_others(served: Callable) -> None:
    _, engine = served(lambda a: verdict(0, 0, {"Maybe": 0.9}) if "ABBA" in a.text else good(a))
    found = engine.judge(JUDGE)
    assert found == pytest.approx([math.log(9)] * 3)


def test_a_server_without_probabilities_writes(served: Callable) -> None:
    _, engine = served(lambda a: message("yes") if a.body.get("logprobs") else good(a))
    assert engine.mode is Mode.WRITE
    with pytest.raises(EngineError, match="log probabilities"):
        engine.judge(JUDGE)
    assert "".join(engine.write(WRITE, max_tokens=90)).startswith('{"picks": [{"title": "Angel"')


@pytest.mark.parametrize("refusal", [refused(400, "logprobs is not supported"), refused(500, "logprobs is not supported for models created with logits_all=False"), refused(422, "bad request")])
def test_a_server_that_refuses_probabilities_writes(served: Callable, refusal: Said) -> None:
    """Whether it says so or only refuses; it is not asked for them again and again."""
    server, engine = served(lambda a: refusal if "logprobs" in a.body else good(a))
    assert engine.mode is Mode.WRITE and len(server.posts) <= 3


def test_fewer_probabilities_where_twenty_are_too_many(served: Callable) -> None:
    server, engine = served(lambda a: refused(400, "top_logprobs must be at most 5") if a.body.get("top_logprobs", 0) > 5 else good(a))
    assert engine.mode is Mode.JUDGE and engine.judge(JUDGE)[1] < 0
    assert [a.body["top_logprobs"] for a in server.posts] == [20, 5, 5, 5, 5]


def test_a_model_that_thinks_is_asked_not_to(served: Callable) -> None:
    def thinks(asked: Asked) -> Said:
        if asked.body.get("chat_template_kwargs") == {"enable_thinking": False} or not asked.body.get("logprobs"):
            return good(asked)
        return verdict(0, 0, {"<think>": 0.99, "Okay": 0.01})

    _, engine = served(thinks)
    assert engine.mode is Mode.JUDGE and engine.judge(JUDGE)[0] > 0


def test_a_model_that_thinks_all_the_same_writes_with_room_for_it(served: Callable) -> None:
    """One that is found to think only when it writes gets room at once."""

    def thinks(asked: Asked) -> Said:
        if asked.path.endswith("models"):
            return good(asked)
        if asked.body.get("logprobs"):
            return message("hm")
        return streamed("let me see", finish="length", key="reasoning_content") if asked.body["max_tokens"] < 2000 else streamed("Alive\n", "Angel\n")

    server, engine = served(thinks)
    assert engine.mode is Mode.WRITE and list(engine.write(WRITE, max_tokens=90)) == ["Alive\n", "Angel\n"]
    assert [a.body["max_tokens"] for a in server.posts if a.body.get("stream")] == [162, 2210]
    _, hopeless = served(lambda a: streamed("hm", finish="length", key="reasoning_content") if a.body.get("stream") else thinks(a))
    with pytest.raises(EngineError, match="nothing but thoughts"):
        list(hopeless.write(WRITE, max_tokens=90))


# --- writing ---------------------------------------------------------------------------------------------------------


def test_a_list_is_held_by_a_schema(served: Callable) -> None:
    server, engine = served(good)
    text = "".join(engine.write(WRITE, max_tokens=90, temperature=0.5, seed=7))
    assert [p["title"] for p in json.loads(text)["picks"]] == ["Angel", "Kicking", "Alive"]
    body = server.posts[-1].body
    entry = body["response_format"]["json_schema"]["schema"]["properties"]["picks"]["items"]
    assert entry["properties"]["title"]["enum"] == ["Alive", "Kicking", "Angel"] and (body["temperature"], body["seed"], body["stream"]) == (0.5, 7, True)
    assert engine.usage.prompt_tokens == 50


def test_without_a_schema_where_it_is_refused_and_that_is_remembered(served: Callable, tmp_path: Path) -> None:
    behave = lambda a: refused(400, "response_format: json_schema is not supported") if "response_format" in a.body else good(a)
    server, engine = served(behave, cache=tmp_path)
    assert list(engine.write(WRITE, max_tokens=90)) == ["1. Angel\n", "2. Kicking\n", "3. Alive\n"]
    assert list(engine.write(WRITE, max_tokens=90)) == ["1. Angel\n", "2. Kicking\n", "3. Alive\n"]
    assert sum("response_format" in a.body for a in server.posts) == 1
    again = RemoteEngine(server.url, "", tmp_path)
    before = len(server.posts)
    assert again.mode is Mode.JUDGE and again.name == "tiny-chat" and len(server.posts) == before, "what it can do is known"
    assert "".join(again.write(WRITE, max_tokens=90)).startswith("1. Angel") and sum("response_format" in a.body for a in server.posts) == 1
    again.close()
    (kept,) = (tmp_path / "servers").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    for damaged in ("{", "[]", '{"model": 3}', '{"unknown": 1}'):
        kept.write_text(damaged, encoding="utf-8")
        third = RemoteEngine(server.url, "", tmp_path)
        assert third.mode is Mode.JUDGE
        third.close()


@pytest.mark.parametrize(("part", "words"), [
    ("max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."), ("temperature", "Unsupported value: 'temperature' does not support 0"),
    ("seed", "unknown field seed"), ("stream_options", "Unrecognized request argument supplied: stream_options"),
])  # fmt: skip
def test_parts_of_a_request_that_a_server_does_not_know_are_left_out(served: Callable, part: str, words: str) -> None:
    server, engine = served(lambda a: refused(400, words) if part in a.body else good(a))
    assert "Angel" in "".join(engine.write(WRITE, max_tokens=90)) and engine.judge(JUDGE)[0] > 0
    assert part not in server.posts[-1].body
    assert part != "max_tokens" or server.posts[-1].body["max_completion_tokens"] == 1


def test_a_template_without_a_system_turn(served: Callable) -> None:
    server, engine = served(lambda a: refused(500, "System role not supported") if a.body and a.body["messages"][0]["role"] == "system" else good(a))
    assert engine.judge(JUDGE)[0] > 0 and server.posts[-1].text.startswith("Answer yes or no.\n\nRequest")


def test_a_reply_in_one_piece_from_a_server_that_does_not_stream(served: Callable) -> None:
    _, engine = served(lambda a: message("1. Angel\n2. Alive") if a.body.get("stream") else good(a))
    assert "".join(engine.write(WRITE, max_tokens=90)) == "1. Angel\n2. Alive"


def test_a_list_that_is_cut_ends_before_the_cut(served: Callable) -> None:
    """A title of which half came might be another's. The user is told."""
    for said in (streamed("1. Angel\n2. Ali", finish=None, done=False, cut=True), streamed("1. Angel\n2. Ali", finish=None, done=False), Said([*streamed("1. Angel\n2. Ali", finish=None, done=False).chunks, b'data: {"error": {"message": "out of memory"}}\n\n'], headers={"Content-Type": "text/event-stream"})):  # fmt: skip
        _, engine = served(lambda a, said=said: said if a.body.get("stream") else good(a))
        assert list(engine.write(WRITE, max_tokens=90)) == ["1. Angel\n"]
        assert "broke off" in engine.notes[0]
    _, engine = served(lambda a: streamed('{"picks": [{"title": "Angel", "reason": "r"}, {"title": "Ali', finish=None, done=False, cut=True) if a.body.get("stream") else good(a))
    assert "".join(engine.write(WRITE, max_tokens=90)).endswith('"reason": "r"}')
    _, engine = served(lambda a: streamed("1. Ang", finish=None, done=False, cut=True) if a.body.get("stream") else good(a))
    with pytest.raises(EngineError, match="broke off"):
        list(engine.write(WRITE, max_tokens=90))


def test_a_prompt_that_is_too_long_is_said_to_be(served: Callable) -> None:
    """With code "context", so that fewer rows are tried; a prompt as long is not sent again."""
    _, engine = served(lambda a: refused(400, "This model's maximum context length is 512 tokens. However, you requested 900 tokens") if len(a.text) > 200 else good(a))
    long = WritePrompt("s", "x" * 300, None, 3)
    assert engine.fits(long)
    with pytest.raises(EngineError) as caught:
        list(engine.write(long, max_tokens=9))
    assert caught.value.code == "context" and not engine.fits(long) and engine.fits(WRITE)


# --- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 408])
def test_what_may_pass_is_tried_again(served: Callable, status: int) -> None:
    server, engine = served(after(refused(status, "busy"), refused(status, "busy")))
    assert engine.judge(JUDGE)[0] > 0 and len(server.posts) == 6  # two refusals, the row tried out, three rows


def test_retry_after_is_honoured_and_bounded(served: Callable) -> None:
    _, engine = served(after(refused(429, "slow down", Retry_After="0.3")))
    begun = time.monotonic()
    assert engine.mode is Mode.JUDGE and time.monotonic() - begun >= 0.3
    _, engine = served(lambda a: refused(429, "come back tomorrow", Retry_After="86400"))
    with pytest.raises(EngineError, match="429"):  # at once: a test that waited would not end
        engine.mode  # noqa: B018
    assert exchange._retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0 and exchange._retry_after("soon") == 0.0
    assert exchange._retry_after("Fri, 01 Jan 2100 00:00:00 GMT") > 1e8


def test_a_connection_that_is_lost_is_made_again(served: Callable) -> None:
    server, engine = served(after(Said([b'{"choices"'], cut=True), Said([], cut=True)))
    assert engine.judge(JUDGE)[0] > 0 and len(server.posts) == 6


def test_nobody_listens() -> None:
    """The error says so in the system's words; for a while nobody knocks again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    engine = RemoteEngine(f"http://127.0.0.1:{port}")
    with pytest.raises(EngineError, match="connection refused"):
        engine.judge(JUDGE)
    with Loopback(good) as server:  # elsewhere; only to know that nothing is sent
        with pytest.raises(EngineError, match="connection refused"):
            engine.judge(JUDGE)
        assert not server.asked
    engine.close()
    engine.close()


def test_a_server_that_hangs_is_given_up(served: Callable) -> None:
    _, engine = served(lambda a: hanging(a) if a.body else good(a), read=0.2)
    with pytest.raises(EngineError, match="said nothing"):
        engine.judge(JUDGE)


@pytest.mark.parametrize("said", [
    Said([b"<html><body>Welcome</body></html>"], headers={"Content-Type": "text/html"}), Said([b"[" * 200_000]), Said([b"\xff\xfe\x00"]), Said([b""]), told([1, 2]),
    Said([b"\x1f\x8b" + b"\0" * 64], headers={"Content-Encoding": "gzip"}), Said(iter([b"x" * (1 << 20)] * 100)), told(None),
])  # fmt: skip
def test_what_is_no_answer(served: Callable, said: Said) -> None:
    """Web pages, deep JSON, bytes, a hundred megabytes, compressed bombs: an error in one line, and no more is read than an answer can be."""
    _, engine = served(lambda a: Said([*said.chunks], said.status, said.headers) if not isinstance(said.chunks, Iterator) else Said((b"x" * (1 << 20) for _ in range(100)), 200))
    with pytest.raises(EngineError) as caught:
        engine.judge(JUDGE)
    assert caught.value.message.startswith(engine.path) and "\n" not in caught.value.message and len(caught.value.message) < 400


def test_a_line_of_a_hundred_megabytes(served: Callable) -> None:
    flood = lambda a: Said((b"data: " if i == 0 else b"x" * (1 << 20) for i in range(100)), headers={"Content-Type": "text/event-stream"})
    _, engine = served(lambda a: flood(a) if a.body.get("stream") else good(a))
    with pytest.raises(EngineError, match="more than an answer can be"):
        list(engine.write(WRITE, max_tokens=90))


def test_a_model_that_never_ends_is_stopped(served: Callable) -> None:
    _, engine = served(lambda a: streamed(*["on and on\n" * 1000] * 40) if a.body.get("stream") else good(a))
    assert 100_000 <= len("".join(engine.write(WRITE, max_tokens=90))) <= 120_000 and "stopped" in engine.notes[0]


@pytest.mark.parametrize("reply", [{}, {"choices": []}, {"choices": [None]}, {"choices": {"0": 1}}, {"choices": [{"logprobs": {"content": [{"top_logprobs": "x"}]}}], "usage": {"prompt_tokens": "many", "completion_tokens": -3}}, {"error": "no"}])
def test_json_of_another_shape(served: Callable, reply: object) -> None:
    """A server may send anything: no shape of it is more than an error, or a list that says nothing."""
    _, engine = served(lambda a: told(reply) if a.body else told({"data": [{"id": 3}, "x", {"id": "m"}]}))
    assert engine.mode is Mode.WRITE and engine.name == "m"
    with pytest.raises(EngineError):
        list(engine.write(WRITE, max_tokens=90))
    assert engine.usage == Usage()


def test_nothing_goes_where_a_redirect_to_elsewhere_leads(served: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSH_API_KEY", KEY)
    with Loopback(good) as other:
        server, engine = served(lambda a: told({}, 307, Location=other.url + "/v1/chat/completions"))
        with pytest.raises(EngineError, match="redirects to"):
            engine.judge(JUDGE)
        assert other.asked == [] and server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    _, circle = served(lambda a: told({}, 308, Location=a.path))
    with pytest.raises(EngineError, match="circle"):
        circle.judge(JUDGE)
    _, losing = served(lambda a: told({}, 302, Location="/elsewhere") if a.body else good(a))
    with pytest.raises(EngineError, match="loses the request"):
        losing.judge(JUDGE)
    server, moved = served(lambda a: told({}, 308, Location="/new" + a.path) if not a.path.startswith("/new") else good(a))
    assert moved.judge(JUDGE)[0] > 0 and server.asked[-1].headers["authorization"] == f"Bearer {KEY}", "within the same server it is followed"


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_accepted_is_said_and_not_shown(served: Callable, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """Not even where the server repeats it, with escapes for the terminal; and it is not tried again."""
    monkeypatch.setenv("RECSH_API_KEY", KEY)
    server, engine = served(lambda a: refused(status, f"Incorrect API key provided: {a.headers['authorization']}\x1b[2J\n" + "x" * 5000))
    with pytest.raises(EngineError) as caught:
        engine.judge(JUDGE)
    shown = f"{caught.value.message} {caught.value.hint} {caught.value!r}"
    assert "does not accept the key" in shown and KEY not in shown and "\x1b" not in shown and len(server.asked) == 1
    monkeypatch.delenv("RECSH_API_KEY")
    _, without = served(lambda a: refused(status, "no key"))
    with pytest.raises(EngineError, match="wants a key"):
        without.judge(JUDGE)


def test_a_model_that_is_not_there(served: Callable) -> None:
    """The error names those that are."""
    _, engine = served(lambda a: refused(404, "model 'nope' not found") if a.body else good(a), model="nope")
    with pytest.raises(EngineError, match="has no model 'nope', but text-embedding-1, tiny-chat"):
        engine.judge(JUDGE)


def test_an_interrupted_question_ends_at_once(served: Callable) -> None:
    asked_for, reached, stopped = threading.Event(), threading.Event(), threading.Event()

    def slow(asked: Asked) -> Said:
        if asked_for.is_set() and not stopped.is_set():
            reached.set()
            stopped.wait(60)
        return good(asked)

    _, engine = served(slow)
    assert engine.mode is Mode.JUDGE
    asked_for.set()
    threading.Thread(target=lambda: (reached.wait(), engine.interrupt()), daemon=True).start()
    with pytest.raises(EngineError) as caught:
        engine.judge(JUDGE)
    assert caught.value.code == "interrupted" and not stopped.is_set(), "without waiting for the server"
    stopped.set()
    assert engine.judge(JudgePrompt("Item: ", ("thrash",)))[0] > 0, "and the next one is answered"


def test_one_row_without_a_verdict_before_an_interrupt_says_nothing_of_the_server(served: Callable) -> None:
    """It judges the next question all the same."""
    stuck, leave = threading.Semaphore(0), threading.Event()

    def slow(asked: Asked) -> Said:
        if "ABBA" in asked.text and not leave.is_set():
            return verdict(0, 0, {"Maybe": 0.9})
        if any(name in asked.text for name in ("Slayer", "Megadeth")) and not leave.is_set():
            stuck.release()
            leave.wait(60)
        return good(asked)

    _, engine = served(slow)
    assert engine.mode is Mode.JUDGE
    threading.Thread(target=lambda: (stuck.acquire(), time.sleep(0.5), engine.interrupt()), daemon=True).start()
    with pytest.raises(EngineError):
        engine.judge(JUDGE)
    leave.set()
    assert engine.mode is Mode.JUDGE and engine.judge(JUDGE)[0] > 0


def test_what_was_judged_before_an_interrupt_counts(served: Callable) -> None:
    """The other rows are NaN; of a list, the entries that were whole are kept."""
    stuck, leave = threading.Semaphore(0), threading.Event()

    def slow(asked: Asked) -> Said:
        if "Angel" in asked.text and asked.body.get("logprobs"):
            stuck.release()
            leave.wait(20)
        if asked.body.get("stream"):

            def pieces() -> Iterator[bytes]:
                yield from [*good(asked).chunks][:8]  # in the middle of the second entry
                stuck.release()
                leave.wait(20)

            return Said(pieces(), headers={"Content-Type": "text/event-stream"})
        return good(asked)

    _, engine = served(slow)
    assert engine.mode is Mode.JUDGE
    threading.Thread(target=lambda: (stuck.acquire(), time.sleep(0.5), engine.interrupt()), daemon=True).start()
    first, *others = engine.judge(JUDGE)
    assert math.isnan(first) and others == pytest.approx([-math.log(9), math.log(9)])
    threading.Thread(target=lambda: (stuck.acquire(), time.sleep(0.5), engine.interrupt()), daemon=True).start()
    assert "".join(engine.write(WRITE, max_tokens=90)) == '{"picks": [{"title": "Angel", "reason": ""}\n'
    leave.set()


def test_one_threads_question_can_be_stopped_without_the_others(served: Callable) -> None:
    here, leave = threading.Barrier(3, timeout=20), threading.Event()

    def slow(asked: Asked) -> Said:
        if asked.text.startswith("Wait"):
            here.wait()
            leave.wait(20)
        return good(asked)

    _, engine = served(slow)
    assert engine.mode is Mode.JUDGE
    turn, _ = engine.shared(2)
    found: dict[int, object] = {}
    stops: dict[int, Callable[[], None]] = {}

    def ask(n: int) -> None:
        with turn:
            stops[n] = engine.interrupt
            try:
                found[n] = engine.judge(JudgePrompt("Wait Item: ", ("thrash",)))
            except EngineError as error:
                found[n] = error.code

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    here.wait()  # both requests are at the server
    stops[0]()
    threads[0].join(20)
    leave.set()
    threads[1].join(20)
    assert found[0] == "interrupted" and found[1] == pytest.approx([math.log(9)])


# --- the whole road --------------------------------------------------------------------------------------------------


def test_an_answer_by_a_server(music: Catalog) -> None:
    with Loopback(good) as server:
        recommender = recsh.recommender(music, {"server": server.url}, memory=False)
        answer = recommender.ask("loud songs", limit=3)
        assert answer.engine == {"name": "tiny-chat", "path": server.url + "/v1", "mode": "judge"} and not answer.warnings
        assert all("thrash metal" in r.item.tags for r in answer) or any(r.sources.get("model") for r in answer)
        assert answer.usage.prompt_tokens >= 10 * answer.catalog["shortlist"]
        written = recommender.ask("loud songs", limit=3, mode=Mode.WRITE)
        assert written.engine["mode"] == "write" and [r.match.method for r in written if r.match] and not written.unmatched
        recommender.engine.close()


def test_fewer_rows_where_the_context_is_small(music: Catalog) -> None:
    with Loopback(lambda a: refused(400, "exceed_context_size_error: the request exceeds the available context size") if a.body.get("stream") and len(a.text) > 2500 else good(a)) as server:
        recommender = recsh.recommender(music, {"server": server.url}, memory=False)
        answer = recommender.ask("loud songs", limit=3, mode=Mode.WRITE)
        assert answer.engine and [w.code for w in answer.warnings] == ["context"]
        recommender.engine.close()


def test_a_server_that_goes_down_leaves_the_answer_of_retrieval(music: Catalog) -> None:
    """In the middle of judging, of writing, or from the start: a warning, and the rows that retrieval found."""
    alone = recsh.recommender(music, {"model": "none"}, memory=False).ask("thrash metal", limit=3)
    for behave in (lambda a: good(a) if a.number < 9 else refused(503, "gone"), lambda a: refused(401, "no")):
        with Loopback(behave) as server:
            recommender = recsh.recommender(music, {"server": server.url}, memory=False)
            answer = recommender.ask("thrash metal", limit=3)
            assert answer.engine is None and [r.item.id for r in answer] == [r.item.id for r in alone] and answer.warnings[0].code == "engine"
            recommender.engine.close()


def test_python_callers_open_a_server_by_its_address() -> None:
    with Loopback(good) as server:
        engine = recsh.load_engine("mine", server=server.url)
        assert engine.judge(JUDGE)[0] > 0 and engine.name == "mine" and server.posts[-1].body["model"] == "mine"
        engine.close()
    with pytest.raises(UsageError, match="none is named"):
        recsh.load_engine("server:x")
    with pytest.raises(UsageError, match="not the address"):
        recsh.recommender(None, {"server": "nowhere"}, memory=False)  # type: ignore[arg-type]


# --- the command line ------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `recsh` with these arguments in a process of its own."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(Path(recsh.__file__).parents[1]), **variables}
        return subprocess.run([sys.executable, "-m", "recsh", *arguments], input=stdin, capture_output=True, text=True, env=env, timeout=120, check=False)

    return run


def test_ask_a_server(shell: Callable, music: Catalog) -> None:
    with Loopback(good) as server:
        ran = shell("ask", "loud songs", "-n", "3", "--json", "--server", server.url, "-m", "big", "--no-log", RECSH_API_KEY=KEY, stdin="")
        value = json.loads(ran.stdout)
        assert ran.returncode == 0 and ran.stderr == "" and value["engine"] == {"name": "big", "path": server.url + "/v1", "mode": "judge"}
        assert server.posts[-1].headers["authorization"] == f"Bearer {KEY}"
        before = len(server.asked)
        for arguments in (("--engine", "none"), ("--server", "none")):
            assert shell("ask", "loud songs", "-f", "ids", "--no-log", *arguments, RECSH_SERVER=server.url).returncode == 0
        assert len(server.asked) == before, "a flag goes before the variable"
    down = shell("ask", "loud songs", "-f", "ids", "--no-log", RECSH_SERVER=server.url, RECSH_API_KEY=KEY)
    assert down.returncode == 0 and len(down.stdout.splitlines()) == 5 and "connection refused" in down.stderr and KEY not in down.stderr


@pytest.mark.parametrize(("arguments", "message"), [
    (("ask", "x", "--server", "nowhere"), "not the address"), (("ask", "x", "--server", "http://localhost:1", "--engine", "embedded"), "--engine is about weights on this machine"),
    (("ask", "x", "--server", "http://localhost:1", "--lora", "x.gguf"), "--lora is about weights on this machine"),
    (("batch", "--jobs", "0"), "between 1 and"), (("config", "set", "server", "http://u:p@x.org"), "a name or a password"), (("ask", "x", "-m", "server:y"), "none is named"),
])  # fmt: skip
def test_what_cannot_be_meant(shell: Callable, arguments: tuple[str, ...], message: str) -> None:
    ran = shell(*arguments, stdin="jazz\n")
    assert ran.returncode == 2 and message in ran.stderr and ran.stdout == ""


def test_what_leaves_the_machine_is_said_first(shell: Callable) -> None:
    """A name that no machine has, so that nothing does leave; -q silences it."""
    ran = shell("ask", "loud songs", "--server", "http://models.invalid/v1", "--no-log", RECSH_API_KEY=KEY)
    first, second, *_ = ran.stderr.splitlines()
    assert "go to http://models.invalid/v1" in first and "unencrypted" in second and ran.returncode == 0 and KEY not in ran.stderr
    assert shell("ask", "loud songs", "--server", "http://models.invalid/v1", "--no-log", "-q").stderr == ""


def test_batch_keeps_several_questions_under_way_and_the_order(shell: Callable, music: Catalog) -> None:
    """Many at a time give what one at a time gives, and a line that fails only fails itself."""
    lines = "".join(f"{q}\n" for q in ("thrash metal", "sad piano", "{broken", "rock from 1985", "jazz", "love songs", "金属", "disco")) + '{"query": "opera", "id": "o", "limit": 2}\n'
    reached = threading.Event()

    def crowded(asked: Asked) -> Said:
        """Nothing is answered before more requests are here than one question makes."""
        if server.most > 8:
            reached.set()
        if asked.body and asked.number > first + 1:  # behind what finds out what the server can do
            reached.wait(20)
        return good(asked)

    with Loopback(good) as server:
        one = shell("batch", "--server", server.url, "-n", "3", stdin=lines)
        alone, first, server.most, server.behaviour = server.most, len(server.asked), 0, crowded
        many = shell("batch", "--server", server.url, "-n", "3", "--jobs", "12", stdin=lines)
        assert alone <= 8 and reached.is_set() and server.most <= 12

    def told_by(ran: subprocess.CompletedProcess[str]) -> list[object]:
        return [{k: v for k, v in json.loads(line).items() if k not in ("answer_id", "created_at", "timing_ms")} for line in ran.stdout.splitlines()]

    assert told_by(many) == told_by(one) and len(told_by(one)) == 9 and (one.returncode, many.returncode) == (1, 1)
    assert [v["id"] for v in told_by(many)] == [1, 2, 3, 4, 5, 6, 7, 8, "o"]


def test_eval_puts_a_server_beside_the_weights_here(shell: Callable, music: Catalog) -> None:
    with Loopback(good) as server:
        ran = shell("eval", "-c", "music", "--most", "3", "--compare", "none,server,server:other", "--json", "--server", server.url)
        systems = {one["name"]: one for one in json.loads(ran.stdout)["systems"]}
    assert ran.returncode == 0 and list(systems) == ["bm25", "none", "server", "server:other"], ran.stderr
    assert systems["server"]["weights"]["name"] == "tiny-chat" and systems["server:other"]["weights"]["name"] == "other" and systems["server"]["without_model"] == 0


def test_chat_with_a_server(shell: Callable, music: Catalog) -> None:
    with Loopback(good) as server:
        ran = shell("chat", "--server", server.url, "--no-log", stdin="thrash metal\nolder\n")
    assert ran.returncode == 0 and len(ran.stdout.splitlines()) == 10 and "model server" in ran.stderr


def test_doctor_asks_the_server(shell: Callable) -> None:
    with Loopback(good) as server:
        ran = shell("doctor", "--json", RECSH_SERVER=server.url)
        (row,) = [r for r in json.loads(ran.stdout) if r["name"] == "model"]
        assert row["ok"] and server.url in row["detail"] and "tiny-chat" in row["detail"]
    (row,) = [r for r in json.loads(shell("doctor", "--json", RECSH_SERVER=server.url).stdout) if r["name"] == "model"]
    assert not row["ok"] and "connection refused" in row["detail"]


# --- a real server ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(home: Path) -> Iterator[str]:
    """llama-cpp-python's server with the embedded weights."""
    pytest.importorskip("fastapi", reason="needs llama-cpp-python[server]")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(Path(__file__).with_name("model_server.py")), "--model", str(bundled("recsh-mini.gguf")), "--port", str(port), "--logits_all", "true", "--n_ctx", "4096"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, "the server did not start"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


PLAIN = JudgePrompt("Request: thrash metal\n", tuple(f"Item: {row}" for row in ROWS), "\nFits:")


def test_a_real_server_judges_as_the_same_weights_do_here(real: str) -> None:
    """The log-odds that come by HTTP from the first tokens' probabilities are those that llama.cpp's logits give, rounding apart."""
    here, there = open_engine(bundled("recsh-mini.gguf"), Options(), paths.cache_dir()), RemoteEngine(real)
    assert there.judge(PLAIN) == pytest.approx(here.judge(PLAIN), abs=0.15)
    assert there.usage.completion_tokens == 3 and there.usage.prompt_tokens >= 40
    assert [row for row, _ in there.reasons(PLAIN, [0, 2])]
    here.close()
    there.close()


def test_a_real_server_writes(real: str) -> None:
    """It streams; it refuses a JSON schema, and is asked without."""
    engine = RemoteEngine(real)
    text = "".join(engine.write(WritePrompt("", "Request: thrash metal\nItem: One | Metallica | thrash metal\nFits:", ("One",), 1), max_tokens=30))
    assert text and engine.mode in (Mode.JUDGE, Mode.WRITE) and engine.name.endswith("recsh-mini.gguf")
    assert "response_format" in engine._ready().refuses
    engine.close()


def test_a_real_server_takes_a_question(real: str, shell: Callable, music: Catalog) -> None:
    ran = shell("ask", "thrash metal", "--server", real, "--json", "--no-log", "-n", "3", "-q", RECSH_SHORTLIST="6")
    value = json.loads(ran.stdout)
    assert ran.returncode == 0 and ran.stderr == "" and len(value["results"]) == 3 and value["engine"]["path"] == f"{real}/v1"
