"""A model whose llama-server does not come up, with a program in the server's place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.llama_program import HELP, write_program
from support.processes import kill_processes_in

from bot.config.tiers import Lane, TierSettings
from bot.models.chain import open_tier
from bot.models.llama_server.model import LlamaServerModel
from bot.models.llama_server.place import ServerPlace
from bot.models.model import ModelError, Prompt
from bot.models.spec import parse_spec
from bot.models.token_count import counter_for
from bot.models.token_estimate import estimate_tokens


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "coder.gguf").write_bytes(b"GGUF")
    yield tmp_path
    kill_processes_in(tmp_path)


def write_server(room: Path, text: str) -> TierSettings:
    """One that prints the help that it is asked for, and else does as `text` says."""
    program = write_program(room, HELP)
    program.write_text(program.read_text().replace("exit 0", f'[ "$1" = --help ] || {{ {text}; }}'))
    kind = f"llama-server:{room / 'coder.gguf'}"
    fields = {"models": (kind,), "timeout": 0.3, "llama": {"server": str(program)}, "retries": 1}
    return TierSettings.model_validate(fields)


def open_model(room: Path, tier: TierSettings) -> LlamaServerModel:
    return LlamaServerModel(parse_spec(tier.models[0]), tier, place_of(room))


def place_of(room: Path) -> ServerPlace:
    return ServerPlace(room / "servers", Lane(name="lane-0"))


def test_one_that_does_not_answer_is_waited_for(room: Path) -> None:
    """Longer than a call may take is an outage, and what has begun to load goes on."""
    model = open_model(room, write_server(room, "exec sleep 1000"))
    with pytest.raises(ModelError, match=r"not loaded within 0\.3 s") as fault:
        model.ask(Prompt("", "x"), lambda *_: "")
    assert (fault.value.cause, fault.value.retryable) == ("outage", True)


def test_one_without_memory_is_asked_again_and_told(room: Path) -> None:
    """The chain tries again at once; then it is told with what to change, as an outage."""
    tier = write_server(room, "echo cudaMalloc failed: out of memory; exit 1")
    waits: list[float] = []
    with (
        open_tier(tier, servers=place_of(room), sleep=waits.append) as chain,
        pytest.raises(ModelError, match="not enough memory") as fault,
    ):
        chain.ask(Prompt("", "x"), lambda *_: "")
    assert (fault.value.cause, len(waits)) == ("unreached", 1)
    (log,) = room.glob("servers/*/server.log")
    assert log.read_text().count("----- start") == 2


def test_what_it_refuses_is_asked_once(room: Path) -> None:
    """No second start would end otherwise."""
    tier = write_server(room, "echo error: invalid argument: --nope; exit 1")
    with (
        open_tier(tier, servers=place_of(room)) as chain,
        pytest.raises(ModelError, match="invalid argument: --nope") as fault,
    ):
        chain.ask(Prompt("", "x"), lambda *_: "")
    assert fault.value.cause == "settings"
    (log,) = room.glob("servers/*/server.log")
    assert log.read_text().count("----- start") == 1


def test_counts_are_estimates_while_it_is_down(room: Path) -> None:
    """A prompt is made all the same; whoever asks then hears what is wrong."""
    model = open_model(room, write_server(room, "exit 1"))
    assert counter_for([model])("some words") >= estimate_tokens("some words")
