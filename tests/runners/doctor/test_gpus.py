"""What the doctor makes of what nvidia-smi prints."""

from pathlib import Path

import pytest

from bot.config.machine import Settings
from runners.doctor.finding import Finding
from runners.doctor.gpus import examine_gpus, explain_failure, judge_gpus, read_gpus, read_users

TWO = """\
0, GPU-aa, NVIDIA GeForce RTX 3090, 570.133.07, 24576, 24100
1, GPU-bb, NVIDIA GeForce RTX 3090, 570.133.07, 24576, 300
"""
USERS = "GPU-bb, 4711, /usr/bin/python3, 23900\n"


def judge(users: str = "", **settings: object) -> list[Finding]:
    return list(judge_gpus(read_gpus(TWO), read_users(users), Settings.model_validate(settings)))


def test_each_card_with_its_driver_its_memory_and_who_uses_it() -> None:
    free, full = judge(USERS)
    assert free.sign == "ok"
    assert "driver 570.133.07: 24100 of 24576 MiB free" in free.what
    assert full.sign == "warning"
    assert "used by python3 (pid 4711, 23900 MiB)" in full.what
    assert "[[lanes]]" in full.hint


def test_a_card_that_a_server_of_models_fills_is_as_it_should_be() -> None:
    assert judge("GPU-bb, 9, /opt/llama.cpp/llama-server, 23900\n")[1].sign == "ok"


def test_a_lane_on_a_card_that_is_not_there() -> None:
    lanes = [{"name": "a", "env": {"CUDA_VISIBLE_DEVICES": "1"}}]
    assert all(one.sign != "error" for one in judge(lanes=lanes))
    lanes.append({"name": "b", "env": {"CUDA_VISIBLE_DEVICES": "0,2"}})
    wrong = judge(lanes=lanes)[-1]
    assert (wrong.sign, "lane b: there is no GPU 2" in wrong.what) == ("error", True)
    assert "There are: 0, 1." in wrong.hint


def test_a_file_larger_than_the_room_that_is_left(tmp_path: Path) -> None:
    model = tmp_path / "large.gguf"
    with model.open("wb") as file:
        file.truncate(30_000 << 20)  # a hole: nothing is written
    tier = {"models": [f"llama-cpp:{model}"]}
    found = judge(tiers={"local": tier})[-1]
    assert (found.sign, "large.gguf has 30000 MiB" in found.what) == ("warning", True)
    assert judge(tiers={"local": tier | {"gpu_layers": 0}})[-1].what.startswith("GPU 1")


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("Failed to initialize NVML: Driver/library version mismatch", "Reboot"),
        ("NVIDIA-SMI has failed because it couldn't communicate with the driver.", "modprobe"),
        ("", "modprobe"),
    ],
)
def test_a_driver_that_does_not_answer(said: str, fix: str) -> None:
    found = explain_failure(said)
    assert (found.sign, fix in found.hint) == ("error", True)


@pytest.mark.parametrize("text", ["", "No devices were found", "a,b,c", "0," * 100_000, "é, " * 5])
def test_odd_output_is_no_card(text: str) -> None:
    assert read_gpus(text) == []
    assert read_users(text) == []


def test_the_program_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of PATH; nothing is said where there is none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(examine_gpus(Settings())) == []
    program = tmp_path / "nvidia-smi"
    program.write_text(
        "#!/bin/sh\ncase $1 in *compute*) ;; *) echo '0, G, X, 1, 9000, 8000';; esac\n"
    )
    program.chmod(0o755)
    (found,) = examine_gpus(Settings())
    assert found.what == "GPU 0: X, driver 1: 8000 of 9000 MiB free"
