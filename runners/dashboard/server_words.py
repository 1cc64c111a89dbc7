"""What a model server does now, in one line."""

from collections.abc import Iterator

from runners.dashboard.plain_words import show_line
from runners.queues.server_watch import ServerState


def name_server(state: ServerState) -> str:
    """For which lanes and tier it works, and its model: names that people and servers chose.

    Of what kind one is that has not answered yet, nobody knows: it is named by its address.
    """
    lanes = ", ".join(state.lanes)
    kind = f"server at {state.address}" if state.address else "llama-server"
    return show_line(f"{lanes}: {kind} of {state.tier}, {state.model}")


def describe_load(state: ServerState) -> str:
    """Empty where it does not answer: of that the page says since when."""
    if state.silent:
        return ""
    return show_line(", ".join(_list_parts(state))) or "answers"


def _list_parts(state: ServerState) -> Iterator[str]:
    if state.note:
        yield state.note
    if state.slots:
        yield f"{state.busy:,.0f} of {state.slots:,.0f} slots busy"
    if state.prompt:
        share = min(1.0, state.cached / state.prompt)
        had = f"{state.cached:,.0f} of {state.prompt:,.0f} prompt tokens"
        yield f"had {had} already ({share:.0%})"
    if state.read:
        yield f"reads {state.read:,.1f} tokens/s"
    if state.written:
        yield f"writes {state.written:,.1f} tokens/s"
