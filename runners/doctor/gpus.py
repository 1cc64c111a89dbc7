"""Examines NVIDIA GPUs: driver, free memory, who uses them, and what the settings say of them."""

import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import Settings
from bot.models.spec import FILE_KINDS, parse_spec
from runners.doctor.finding import Finding

# https://docs.nvidia.com/deploy/nvidia-smi/index.html
_GPUS = "--query-gpu=index,uuid,name,driver_version,memory.total,memory.free"
_USERS = "--query-compute-apps=gpu_uuid,pid,process_name,used_memory"
_FORM = "--format=csv,noheader,nounits"
TIMEOUT_SECONDS = 10.0
MAX_LINES = 64
MIN_FREE_MIB = 1024
_SERVERS = re.compile(
    r"llama|ollama|vllm|lm.?studio|sglang|tabby|koboldcpp|text-generation", re.IGNORECASE
)
_MISMATCH = "Reboot: the driver was updated, and the old one runs still."
_NO_DRIVER = "Load it: sudo modprobe nvidia; or install the driver of this kernel."


@dataclass(frozen=True, slots=True)
class Gpu:
    """Memory in MiB."""

    index: str
    uuid: str
    name: str
    driver: str
    total: int
    free: int


@dataclass(frozen=True, slots=True)
class GpuUser:
    """A process that has memory of a GPU, in MiB; 0 where the driver does not tell it."""

    uuid: str
    pid: str
    name: str
    used: int


def examine_gpus(settings: Settings) -> Iterator[Finding]:
    """Nothing where this machine has no NVIDIA driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return
    code, text = _ask(program, _GPUS)
    if code:
        yield explain_failure(text)
        return
    _, users = _ask(program, _USERS)
    yield from judge_gpus(read_gpus(text), read_users(users), settings)


def _ask(program: str, query: str) -> tuple[int, str]:
    argv = (program, query, _FORM)
    try:
        run = subprocess.run(  # the driver's own program, with fixed words
            argv,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return 1, f"it did not answer within {TIMEOUT_SECONDS:g} s"
    except OSError as exc:
        return 1, str(exc)
    return run.returncode, (run.stdout or run.stderr).decode(errors="replace")


def explain_failure(text: str) -> Finding:
    said = " ".join(text.split())[:300]
    hint = _MISMATCH if "mismatch" in said.lower() else _NO_DRIVER
    return Finding(f"GPU: nvidia-smi: {said or 'it says nothing'}", good=False, hint=hint)


def read_gpus(text: str) -> list[Gpu]:
    rows = (_split(line, 6) for line in text.splitlines()[:MAX_LINES])
    return [
        Gpu(index, uuid, name, driver, _number(total), _number(free))
        for index, uuid, name, driver, total, free in filter(None, rows)
        if index.isdecimal()
    ]


def read_users(text: str) -> list[GpuUser]:
    rows = (_split(line, 4) for line in text.splitlines()[:MAX_LINES])
    return [
        GpuUser(uuid, pid, name, _number(used))
        for uuid, pid, name, used in filter(None, rows)
        if pid.isdecimal()
    ]


def _split(line: str, count: int) -> list[str]:
    words = [word.strip() for word in line.split(",")]
    return words if len(words) == count else []


def _number(word: str) -> int:
    return int(word) if word.isdecimal() and len(word) < 10 else 0  # noqa: PLR2004  # MiB


def judge_gpus(
    gpus: Sequence[Gpu], users: Sequence[GpuUser], settings: Settings
) -> Iterator[Finding]:
    if not gpus:
        hint = "See that the card is there: lspci | grep -i nvidia"
        yield Finding("GPU: the driver knows no card", good=None, hint=hint)
    for gpu in gpus:
        yield _judge(gpu, [user for user in users if user.uuid == gpu.uuid])
    yield from _judge_lanes(gpus, settings)
    # What is loaded already has its room.
    loaded = any(_SERVERS.search(user.name) for user in users)
    yield from _judge_models(gpus, settings, {"llama-cpp"} if loaded else FILE_KINDS)


def _judge(gpu: Gpu, users: Sequence[GpuUser]) -> Finding:
    named = ", ".join(f"{Path(one.name).name} (pid {one.pid}, {one.used} MiB)" for one in users)
    what = (
        f"GPU {gpu.index}: {gpu.name}, driver {gpu.driver}: {gpu.free} of {gpu.total} MiB free"
        f"{f'; used by {named}' if named else ''}"
    )
    others = [one for one in users if not _SERVERS.search(one.name)]
    if gpu.free >= MIN_FREE_MIB or (users and not others):
        return Finding(what, good=True)
    hint = "End what should not be there, or give models another card: env of [[lanes]]."
    return Finding(what, good=None, hint=hint)


def _judge_lanes(gpus: Sequence[Gpu], settings: Settings) -> Iterator[Finding]:
    known = {gpu.index for gpu in gpus}
    for lane in settings.lanes:
        named = lane.env.get("CUDA_VISIBLE_DEVICES", "")
        absent = [one for one in named.split(",") if one.strip().isdecimal()]
        absent = [one.strip() for one in absent if one.strip() not in known]
        if absent:
            what = f"lane {lane.name}: there is no GPU {', '.join(absent)}"
            hint = f"There are: {', '.join(sorted(known)) or 'none'}. Correct env of [[lanes]]."
            yield Finding(what, good=False, hint=hint)


def _judge_models(
    gpus: Sequence[Gpu], settings: Settings, kinds: Collection[str]
) -> Iterator[Finding]:
    """Files that the bot itself loads, held against the room that all cards have together."""
    free = sum(gpu.free for gpu in gpus)
    for name, tier in settings.tiers.items():
        for model in tier.models:
            kind, _, path = model.partition(":")
            if kind not in kinds or not tier.gpu_layers:
                continue
            try:
                size = Path(parse_spec(model).name).stat().st_size >> 20
            except (OSError, ValueError):
                continue
            if size > free:
                what = f"tier {name}: {Path(path).name} has {size} MiB, and GPUs have {free} free"
                hint = f"End what uses them, or set fewer gpu_layers in [tiers.{name}]."
                yield Finding(what, good=None, hint=hint)
