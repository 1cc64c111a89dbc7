"""What the doctor says of llama-servers that Bricklayer starts by itself."""

import os
from pathlib import Path

import pytest
from support.llama_program import HELP, write_program

from bot.config.machine import Settings
from bot.models.llama_server.command import build_command
from bot.models.llama_server.keeper_link import lease_server
from bot.models.llama_server.place import find_server_place
from runners.doctor.finding import Finding
from runners.doctor.own_servers import examine_own_servers

TWO = [{"name": f"gpu-{n}", "env": {"CUDA_VISIBLE_DEVICES": str(n)}} for n in range(2)]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Asked for help it helps, else it stays."""
    path = write_program(tmp_path, HELP)
    text = path.read_text().replace("exit 0", '[ "$1" = --help ] || exec sleep 1000')
    path.write_text(text)
    return path


def settings_of(program: Path, file: str = "coder.gguf", **more: object) -> Settings:
    model = program.with_name(file)
    if not model.exists():
        model.write_bytes(b"GGUF")
    tier = {
        "models": [f"llama-server:{model}"],
        "llama": {"server": str(program), **more.pop("llama", {})},  # type: ignore[dict-item]
    }
    fields = {"state_dir": str(program.parent / "state"), **more}
    tiers = {"local": {**tier, **fields.pop("tier", {})}, **fields.pop("tiers", {})}  # type: ignore[dict-item]
    return Settings.model_validate({**fields, "tiers": tiers})


def examine(settings: Settings) -> list[Finding]:
    model = settings.tiers["local"].models[0]
    return list(examine_own_servers(settings, "local", model))


def test_what_is_started_for_it_is_told(program: Path) -> None:
    """How many servers, slots and tokens; nothing is started to say so."""
    (found,) = examine(settings_of(program, lanes=TWO, tier={"slots": 4, "context": 4096}))
    assert found.good
    assert "a server for each of its lanes of its own, with 4 slots of 4096 tokens" in found.what
    assert not (program.parent / "state").exists()


def test_one_that_runs_is_told_with_its_process(program: Path) -> None:
    """So that a person finds it in the system's list, and its log."""
    settings = settings_of(program)
    tier, place = settings.tiers["local"], find_server_place(settings)
    command = build_command(program.with_name("coder.gguf"), tier, place.lane)
    with lease_server(place.folder / command.key, command, os.getpid(), 0.01) as lease:
        (found,) = examine(settings)
    assert found.what.endswith(f"; runs as process {lease.start[1]}")


def test_lanes_on_the_same_gpus(program: Path) -> None:
    """Each would load the model there: it is said how to give each lane its own."""
    found = examine(settings_of(program, lanes=[{"name": "a"}, {"name": "b"}]))[-1]
    assert (found.good, "lanes a and b see the same GPUs" in found.what) == (None, True)
    assert "CUDA_VISIBLE_DEVICES" in found.hint


@pytest.mark.parametrize(
    ("file", "mend"), [("gemma-3-27b.gguf", "--swa-full"), ("qwen3.6-27b.gguf", "context_checkp")]
)
def test_a_model_whose_prompts_may_be_read_anew(program: Path, file: str, mend: str) -> None:
    """What helps is a setting here, and it is said no more once it is set."""
    found = examine(settings_of(program, file))[-1]
    assert (found.good, mend in found.hint) == (None, True)
    llama = {"server_args": ["--swa-full"], "context_checkpoints": 32}
    program.write_text(program.read_text().replace("--no-mmap ", "--swa-full"))
    assert len(examine(settings_of(program, file, llama=llama))) == 1


def test_two_tiers_with_one_file_and_other_settings(program: Path) -> None:
    """They would load it twice; with the same settings they share a server."""
    model = f"llama-server:{program.with_name('coder.gguf')}"
    other = {"models": [model], "llama": {"server": str(program)}, "context": 32_768}
    found = examine(settings_of(program, tiers={"planner": other}))[-1]
    assert (found.good, "tiers local and planner" in found.what) == (None, True)
    same = settings_of(program, tiers={"planner": other}, tier={"context": 32_768})
    assert len(examine(same)) == 1
