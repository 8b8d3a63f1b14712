"""`recsh mcp` as an agent sees it: the official client over standard input and output, and what it leaves in the log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import recsh
from recsh.agent import Desk, told_of
from recsh.catalog import Catalog
from recsh.config import settings
from recsh.errors import UsageError
from recsh.feedback import Log
from recsh.types import Origin
from recsh.work import Options
from tests.loopback import Asked, Loopback, Said, good

anyio = pytest.importorskip("anyio", reason="needs recsh[mcp]")
pytest.importorskip("mcp.server.mcpserver", reason="needs recsh[mcp]")

Talk = Callable[[Any], Awaitable[Any]]


@pytest.fixture
def own(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose log is empty; compiled samples are the same for all tests."""
    folder = tmp_path / "own"
    folder.mkdir()
    (home / "cache").mkdir(exist_ok=True)
    (folder / "cache").symlink_to(home / "cache")
    monkeypatch.setenv("RECSH_HOME", str(folder))
    return folder


def command(*arguments: str) -> list[str]:
    return ["-m", "recsh", "mcp", *arguments]


def variables() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(recsh.__file__).parents[1])}


def agent(talk: Talk, *arguments: str) -> Any:
    """What `talk(client)` gives, with a client of a `recsh mcp` of its own."""
    from mcp import StdioServerParameters
    from mcp.client.client import Client

    async def run() -> Any:
        async with Client(StdioServerParameters(command=sys.executable, args=command("-q", *arguments), env=variables())) as client:
            return await talk(client)

    return anyio.run(run)


async def call(client: Any, tool: str, **arguments: Any) -> Any:
    """The structured result of a tool; an error's text."""
    result = await client.call_tool(tool, arguments)
    return result.content[0].text if result.is_error else result.structured_content


def test_tools_say_what_they_take_give_and_change(own: Path) -> None:
    async def talk(client: Any) -> Any:
        return (await client.list_tools()).tools, client.instructions

    tools, about = agent(talk, "--engine", "none")
    by_name = {tool.name: tool for tool in tools}
    assert list(by_name) == ["recommend", "search_catalog", "feedback"] and "feedback" in about
    for tool in tools:
        assert tool.description and tool.output_schema["properties"] and tool.annotations.title and not tool.annotations.destructive_hint and tool.annotations.open_world_hint is False
        assert all("description" in p for p in tool.input_schema["properties"].values())
    hints = {name: tool.annotations.read_only_hint for name, tool in by_name.items()}
    assert hints == {"recommend": False, "search_catalog": True, "feedback": False}, "an answer that is written down changes something"
    assert by_name["feedback"].input_schema["properties"]["verdict"]["enum"] == ["like", "dislike", "skip", "rating", "consumed", "note"]
    assert by_name["recommend"].input_schema["properties"]["limit"] == {"default": 5, "description": "How many.", "maximum": 50, "minimum": 1, "title": "Limit", "type": "integer"}
    unlogged, _ = agent(talk, "--engine", "none", "--no-log")
    assert unlogged[0].annotations.read_only_hint is True


def test_what_an_agent_does_counts_and_can_be_removed(own: Path, music: Catalog) -> None:
    """A dislike keeps an item away; all of a session goes with `history rm --session`, and nothing else does."""

    async def talk(client: Any) -> Any:
        before = await call(client, "recommend", query="thrash metal", limit=3)
        noted = await call(client, "feedback", item=before["results"][0]["item_id"], verdict="dislike")
        rated = await call(client, "feedback", item="enter sandmann", verdict="rating", value=4.5)
        note = await call(client, "feedback", item="m0700", verdict="note", note="for the party")
        found = await call(client, "search_catalog", words="sad piano", limit=2)
        after = await call(client, "recommend", query="thrash metal", limit=3)
        return before, noted, rated, note, found, after

    with Log() as log:
        mine = recsh.recommender(music, {"model": "none"})
        mine.like(mine.index.items([0])[0].id)
        before, noted, rated, note, found, after = agent(talk)
        assert before["model"] == "recsh-mini-v0" and all(r["reason"] for r in before["results"]) and len(before["results"]) == 3
        assert noted["said"].startswith("disliked") and rated["title"] == "Enter Sandman" and note["verdict"] == "note"
        assert before["results"][0]["item_id"] not in [r["item_id"] for r in after["results"]]
        assert found["model"] is None and found["session"] is None and len(found["results"]) == 2
        session = before["session"]
        assert {noted["session"], rated["session"], after["session"]} == {session} and session.startswith("mcp-")
        events = log.events()
        assert [(e.origin, e.session == session) for e in events] == [(Origin.API, False)] + [(Origin.AGENT, True)] * 3
        assert events[1].impression == before["answer_id"] and events[1].rank == 1 and events[2].value == 4.5
        assert [i.id for i in log.impressions()] == [before["answer_id"], after["answer_id"]]
        mine.memory.log.close()
    ran = subprocess.run([sys.executable, "-m", "recsh", "history", "rm", "--session", session, "-y"], env=variables(), capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    with Log() as log:
        assert [e.origin for e in log.events()] == [Origin.API] and log.impressions() == []


def test_mistakes_are_errors_that_say_what_to_do_and_change_nothing(own: Path) -> None:
    shop = own / "secret.csv"
    shop.write_text("id,title\n1,Password\n", encoding="utf-8")

    async def talk(client: Any) -> Any:
        return [
            await call(client, "recommend", query="x", catalog=str(shop)), await call(client, "recommend", query="x", catalog="/etc/passwd"), await call(client, "recommend", query="x", limit=51),
            await call(client, "recommend", query=" "), await call(client, "recommend", query="x", where="nonsense:["), await call(client, "feedback", item="m0773", verdict="adore"),
            await call(client, "feedback", item="m0773", verdict="rating"), await call(client, "feedback", item="m0773", verdict="like", value=3), await call(client, "feedback", item="m0773", verdict="note"),
            await call(client, "feedback", item="Metallica", verdict="like"), await call(client, "feedback", item="zzzz qqqq", verdict="like"), await call(client, "feedback", item="3", verdict="like"),
        ]  # fmt: skip

    said = agent(talk, "--engine", "none")
    assert all(isinstance(text, str) for text in said), "none of them was done"
    assert "there is no catalog" in said[0] and "music" in said[0] and "there is no catalog '/etc/passwd'" in said[1]
    assert "50" in said[2] and "empty" in said[3] and "needs a value" in said[6] and "has no value" in said[7] and "needs text" in said[8]
    assert "may be" in said[9] and "id m" in said[9] and "search_catalog" in said[10]
    with Log() as log:
        assert log.events() == [] and log.impressions() == []


def test_a_file_is_served_where_the_person_named_it(own: Path) -> None:
    (own / "shop.csv").write_text("id,title,tags,description\n1,Red Lamp,light|home,Warm light\n2,Steel Kettle,kitchen|tea," + "Boils. " * 20_000 + "\n", encoding="utf-8")

    async def talk(client: Any) -> Any:
        listed = json.loads((await client.read_resource("recsh://catalogs")).contents[0].text)
        described = json.loads((await client.read_resource("recsh://catalogs/shop")).contents[0].text)
        return listed, described, await call(client, "search_catalog", words="kettle"), await call(client, "recommend", query="kettle", catalog="movies", limit=1)

    listed, described, found, elsewhere = agent(talk, "-c", str(own / "shop.csv"), "--engine", "none", "--no-log")
    assert listed[0] == {"name": "shop", "sample": False, "default": True} and {"name": "music", "sample": True, "default": False} in listed
    assert described["items"] == 2 and {"name": "tags", "role": "tags", "unit": None, "low": None, "high": None} in described["columns"]
    assert found["results"][0]["item_id"] == "2" and len(json.dumps(found)) < 2000, "what an agent reads is bounded, whatever a row holds"
    assert elsewhere["catalog"] == "movies" and elsewhere["session"] is None
    with Log() as log:
        assert log.impressions() == []


def test_a_resource_that_is_not_there(own: Path) -> None:
    from mcp import MCPError

    async def talk(client: Any) -> Any:
        with pytest.raises(MCPError, match="there is no catalog"):
            await client.read_resource("recsh://catalogs/nope")

    agent(talk, "--engine", "none")


def test_nothing_but_the_protocol_on_standard_output(own: Path) -> None:
    """Whatever comes in, and whatever is printed meanwhile; and the end of the input is the end."""
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"}, {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "recommend", "arguments": {"query": "jazz", "limit": 1}}},
        {"jsonrpc": "2.0", "id": 3, "method": "no/such"},
    ]  # fmt: skip
    process = subprocess.Popen([sys.executable, *command()], env=variables(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write("this is no JSON\n" + "".join(json.dumps(line) + "\n" for line in lines))
        process.stdin.flush()
        said = {}
        while {1, 2, 3} - said.keys():
            value = json.loads(process.stdout.readline())
            assert value["jsonrpc"] == "2.0"
            said[value.get("id")] = value
        process.stdin.close()
        rest = process.stdout.read()
        assert process.wait(30) == 0 and all(json.loads(line)["jsonrpc"] == "2.0" for line in rest.splitlines())
        assert said[1]["result"]["serverInfo"]["name"] == "recsh" and said[2]["result"]["structuredContent"]["results"][0]["title"] and "error" in said[3]
        assert "session mcp-" in process.stderr.read()


def test_without_the_package_it_says_what_to_install(own: Path) -> None:
    code = "import sys; sys.modules['mcp'] = None; sys.argv = ['recsh', 'mcp']; from recsh.cli import main; main()"
    ran = subprocess.run([sys.executable, "-c", code], env=variables(), capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert ran.returncode == 2 and ran.stdout == "" and "pip install 'recsh[mcp]'" in ran.stderr


# --- without the protocol --------------------------------------------------------------------------------------------


def test_a_question_that_is_given_up_ends(own: Path, music: Catalog) -> None:
    """The model's part stops, and what retrieval found is the answer of a call that nobody waits for any more."""
    reached, leave = threading.Event(), threading.Event()

    def slow(asked: Asked) -> Said:
        if asked.body.get("logprobs") and asked.number > 1:  # behind the list of models and the row that is tried out
            reached.set()
            leave.wait(20)
        return good(asked)

    with Loopback(slow) as server:
        desk = Desk({**settings(), "server": server.url}, Options(log=False))
        threading.Thread(target=lambda: (reached.wait(20), desk.interrupt()), daemon=True).start()
        answer = desk.recommend("thrash metal", limit=2)
        leave.set()
        assert answer.model is None and len(answer.results) == 2 and "interrupted" in answer.warnings[0]
        desk.close()


def test_several_agents_calls_at_a_time_are_answered_one_by_one(own: Path) -> None:
    """From threads of their own, over two catalogs, as the protocol's server calls it."""
    desk = Desk({**settings(), "model": "none"}, Options(log=False))
    answers: dict[int, Any] = {}

    def ask(n: int) -> None:
        answers[n] = desk.recommend("love", catalog=("music", "movies")[n % 2], limit=3) if n % 3 else desk.search("love", catalog=("music", "movies")[n % 2], limit=3)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {(n % 2, n % 3 == 0): asdict(a)["results"] for n, a in answers.items()} and [answers[n].catalog for n in range(12)] == ["music", "movies"] * 6
    assert all(asdict(answers[n])["results"] == asdict(answers[n + 6])["results"] for n in range(6))
    desk.close()


def test_errors_are_one_line_for_an_agent() -> None:
    assert told_of(UsageError("no\n\x1b[2Jsuch", "ask\nagain")) == "no [2Jsuch; try: ask again"
    assert told_of(UsageError("no")) == "no"
