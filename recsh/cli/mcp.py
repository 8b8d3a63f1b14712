"""`recsh mcp`: recsh for agents, by the Model Context Protocol over standard input and output.

Nothing but the protocol goes to standard output: while it is served, what else is printed there goes to standard error.
Leaves out: what the tools do (see `agent`).
"""

# Annotations are values here, not text: the schemas of the tools are read from them, and their names are imported inside a function.

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from recsh.cli import common as c
from recsh.cli import streams as s
from recsh.errors import RecshError, UsageError

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from recsh.agent import Desk

_ABOUT = (
    "recsh recommends real items from catalogs on this machine. `recommend` answers a request in plain words; `search_catalog` only finds rows; `feedback` writes down what "
    "the user said of an item, so that later answers know it: use it only for what the user said. Item ids belong to one catalog. The resource recsh://catalogs lists catalogs."
)


def register(app: typer.Typer) -> None:
    app.command("mcp")(mcp)


def mcp(
    catalog: c.CatalogOption = None, model: c.ModelOption = None, engine: c.EngineOption = None, server: c.ServerOption = None,
    taste: c.TasteOption = True, log: c.LogOption = True, tone: c.ToneOption = None, lang: c.LangOption = None,
    ctx_size: c.CtxOption = None, threads: c.ThreadsOption = None, gpu_layers: c.GpuOption = None, lora: c.LoraOption = None,
    quiet: c.QuietOption = False, debug: c.DebugOption = False,
) -> None:  # fmt: skip
    """Serve agents: tools to recommend, search and give feedback.

    Speaks the Model Context Protocol over standard input and output; an agent's program starts it. Only catalogs known by name (and the one
    of --catalog) can be asked. What agents write down has a session of its own, which 'recsh history rm --session' removes.

    \b
    Examples:
      recsh mcp
      recsh mcp -c movies --no-log
      claude mcp add recsh -- recsh mcp
    """
    try:
        import anyio
        from mcp.server.mcpserver import MCPServer  # noqa: F401  the first of its parts, to know whether it is there
    except ImportError:
        raise UsageError("recsh mcp needs the package 'mcp', version 2 or newer", "pip install 'recsh[mcp]'") from None
    from recsh.agent import Desk

    flags = {"server": server, "tone": tone, "lang": lang, "ctx_size": ctx_size, "threads": threads, "gpu_layers": gpu_layers, "lora": lora}
    settings = c.settings_of(catalog, model, engine, flags, quiet=quiet)
    desk = Desk(settings, c.recommend_options(settings, taste=taste, log=log), catalog)
    s.note(f"serves agents on standard input and output, session {desk.session}", quiet=quiet)
    try:
        anyio.run(_served(desk).run_stdio_async)
    finally:
        desk.close()


def _served(desk: "Desk") -> "MCPServer":
    """The server with its tools and resources."""
    import json

    import anyio
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ResourceError, ToolError
    from mcp.types import ToolAnnotations
    from pydantic import Field

    from recsh import __version__, agent

    async def asked(work: Callable[[], Any], wrong: type[Exception]) -> Any:
        """Work in a thread of its own; a call that is given up is stopped."""
        try:
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        except RecshError as error:
            raise wrong(agent.told_of(error)) from None
        except Exception as error:
            raise wrong(f"unexpected: {type(error).__name__}: {error}") from error
        except anyio.get_cancelled_exc_class():
            desk.interrupt()
            raise

    Catalog = Annotated[str | None, Field(description="Name of the catalog; the default one if left out.", max_length=200)]
    Limit = Annotated[int, Field(description="How many.", ge=1, le=agent.MOST)]
    Where = Annotated[str | None, Field(description="What must hold, as in 'genre:rock year:1980..1989 ^mood:sad'.", max_length=1000)]
    server = MCPServer("recsh", instructions=_ABOUT, version=__version__, log_level="CRITICAL")
    reading = ToolAnnotations(title="Search a catalog", read_only_hint=True, open_world_hint=False)
    asking = ToolAnnotations(title="Recommend items", read_only_hint=not desk.writes, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
    writing = ToolAnnotations(title="Note what the user said of an item", read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)

    @server.tool(annotations=asking)
    async def recommend(
        query: Annotated[str, Field(description="What is wanted, in plain words, English or Chinese: 'rock songs like Metallica, but not live'.", min_length=1, max_length=4000)],
        catalog: Catalog = None, limit: Limit = 5, where: Where = None,
        context: Annotated[str | None, Field(description="Time, place, mood: 'late at night, alone'.", max_length=500)] = None,
        exclude: Annotated[list[str] | None, Field(description="Ids of items not to show.", max_length=agent.EXCLUDED)] = None,
        again: Annotated[bool, Field(description="Also what the user disliked, or has read, seen or bought.")] = False,
    ) -> agent.Answered:  # fmt: skip
        """Recommend real items of a catalog for a request in plain words, the best first, each with a reason. Knows what the user liked before."""
        return await asked(lambda: desk.recommend(query, catalog=catalog, limit=limit, where=where, context=context, exclude=exclude, again=again), ToolError)

    @server.tool(annotations=reading)
    async def search_catalog(
        words: Annotated[str, Field(description="Words to look for in titles, makers, tags and descriptions.", min_length=1, max_length=1000)],
        catalog: Catalog = None, limit: Limit = 10, where: Where = None,
    ) -> agent.Answered:  # fmt: skip
        """Find rows of a catalog by words and meaning, without a model and without the user's taste; also to find an item's id."""
        return await asked(lambda: desk.search(words, catalog=catalog, limit=limit, where=where), ToolError)

    @server.tool(annotations=writing)
    async def feedback(
        item: Annotated[str, Field(description="Id of the item, or its title where only one item can be meant.", min_length=1, max_length=500)],
        verdict: Annotated[Literal["like", "dislike", "skip", "rating", "consumed", "note"], Field(description="What the user said; 'consumed' is read, seen or bought.")],
        value: Annotated[float | None, Field(description="Of a rating: 1 to 5.", ge=1, le=5)] = None,
        note: Annotated[str | None, Field(description="Text of a note.", max_length=agent.NOTE)] = None,
        catalog: Catalog = None,
    ) -> agent.Noted:  # fmt: skip
        """Write down what the user said of an item; later recommendations know it. `recsh undo` takes it back."""
        return await asked(lambda: desk.feedback(item, verdict, value=value, note=note, catalog=catalog), ToolError)

    @server.resource("recsh://catalogs", name="catalogs", title="Catalogs", mime_type="application/json")
    async def catalogs() -> str:
        """The catalogs that can be asked."""
        return json.dumps(await asked(desk.catalogs, ResourceError), ensure_ascii=False)

    @server.resource("recsh://catalogs/{name}", name="catalog", title="One catalog", mime_type="application/json")
    async def one_catalog(name: str) -> str:
        """Size, columns and a few rows of a catalog."""
        return json.dumps(await asked(lambda: desk.describe(name), ResourceError), ensure_ascii=False)

    return server
