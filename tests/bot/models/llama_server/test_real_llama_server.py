"""`llama-server:` with a real llama-server and the small model."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from support.gguf import small_gguf, thinking_gguf
from support.llama_server import find_server
from support.processes import kill_processes_in

from bot.config.tiers import Lane, TierSettings
from bot.errors import UserError
from bot.models.llama_cpp import LlamaModel
from bot.models.llama_server.keeper_link import look_at_server
from bot.models.llama_server.model import LlamaServerModel
from bot.models.llama_server.place import ServerPlace
from bot.models.model import ModelError, Prompt
from bot.models.short_socket_path import short_path
from bot.models.spec import parse_spec
from bot.models.token_count import counter_for

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]
HEAD = "The rules: " + "be brief, be kind, say what is so. " * 30
HELLO = Prompt("You are brief.", f"{HEAD}Say hello.", temperature=0.0, seed=3, reply=12)
ENDLESS = Prompt("", "Speak.", grammar='root ::= "again " root', reply=1500)
THOUGHT = 'root ::= "Let me see." "</think>" "hello"'
TEXTS = ["def add(a, b):\n    return a + b\n", "<|im_end|>\n<|im_start|>user", "größer 🙂", ""]


def keep_going(*_: object) -> str:
    return ""


def open_model(folder: Path, lane: Lane | None = None, **settings: object) -> LlamaServerModel:
    kind = f"llama-server:{settings.pop('path', small_gguf())}"
    llama = {"server": find_server(), **settings.pop("llama", {})}  # type: ignore[dict-item]
    tier = {"models": (kind,), "context": 2048, "timeout": 90, "threads": 2, "llama": llama}
    place = ServerPlace(folder, lane or Lane(name="lane-0"))
    told = TierSettings.model_validate({**tier, **settings})
    return LlamaServerModel(parse_spec(kind), told, place)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("a-state-folder-with-a-long-name-" + "x" * 80)
    with ended(path):
        yield path


@contextmanager
def ended(folder: Path) -> Iterator[None]:
    """Whatever runs in a folder of it is ended."""
    try:
        yield
    finally:
        kill_processes_in(folder)


def find_pid(model: LlamaServerModel) -> int:
    pid = look_at_server(model.folder)["pid"]
    assert isinstance(pid, int)
    return pid


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_it_answers_and_keeps_the_head(folder: Path) -> None:
    """A second prompt that begins alike is read from its difference on, and the counts say so."""
    model = open_model(folder)
    first = model.ask(HELLO, keep_going)
    second = model.ask(Prompt("You are brief.", f"{HEAD}Say bye.", reply=4), keep_going)
    assert first.text
    assert first.model == "llama-server:" + small_gguf().name
    assert first.tokens_in > 200
    assert second.tokens_cached > 0.9 * first.tokens_in
    assert second.tokens_in - second.tokens_cached < 20


def test_it_counts_as_the_library_does(folder: Path) -> None:
    """Texts and the template are counted to the token; a special token's text is text."""
    model = open_model(folder)
    kind = f"llama-cpp:{small_gguf()}"
    tier = TierSettings(models=(kind,), context=2048, threads=2)
    library = LlamaModel(parse_spec(kind), tier, None)
    try:
        assert model.count_tokens_of(TEXTS) == library.count_tokens_of(TEXTS)
        assert model.turn_overhead() == library.turn_overhead()
    finally:
        library.close()


def test_a_count_holds_the_prompt(folder: Path) -> None:
    """What is counted before a call is what the server then says that it read, or a little more."""
    model = open_model(folder)
    counted = counter_for([model]).count_call([HELLO.system, HELLO.user])
    read = model.ask(HELLO, keep_going).tokens_in
    assert read <= counted <= read + 8


def test_slots_answer_at_the_same_time(folder: Path) -> None:
    """Four calls of one task are under way at once, each in a window of its own."""
    model = open_model(folder, slots=4)
    model.ask(HELLO, keep_going)
    most = 0

    def ask(number: int) -> int:
        def watch(*_: object) -> str:
            nonlocal most
            leases = look_at_server(model.folder)["leases"]
            most = max(most, leases if isinstance(leases, int) else 0)
            return ""

        prompt = Prompt("You are brief.", f"{HEAD}Count to {number}.", reply=24, seed=number)
        return model.ask(prompt, watch).tokens_out

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(10, 14)))
    assert most == 4
    argv = psutil.Process(find_pid(model)).cmdline()
    assert argv[argv.index("--ctx-size") + 1] == str(4 * 2048)


def test_a_lanes_gpu_is_the_servers(folder: Path) -> None:
    """Two lanes are two servers, each with the lane's own environment."""
    seen = {}
    for number in "01":
        lane = Lane(name=f"gpu-{number}", env={"CUDA_VISIBLE_DEVICES": number})
        model = open_model(folder, lane)
        model.count_tokens_of(["x"])
        seen[find_pid(model)] = psutil.Process(find_pid(model)).environ()["CUDA_VISIBLE_DEVICES"]
    assert sorted(seen.values()) == ["0", "1"]


def test_nothing_listens_on_the_network(folder: Path) -> None:
    """Only who may open its private folder reaches it."""
    model = open_model(folder)
    model.count_tokens_of(["x"])
    connections = psutil.Process(find_pid(model)).net_connections("inet")
    assert not connections
    assert model.folder.stat().st_mode & 0o077 == 0


def test_a_server_that_is_killed_in_an_answer(folder: Path) -> None:
    """That is an outage, with what was read and written so far; the next call is answered."""
    model = open_model(folder)
    model.count_tokens_of(["x"])
    before = find_pid(model)

    def kill(text: str, *_: object) -> str:
        if text.count("again") == 3:
            os.kill(before, signal.SIGKILL)
        return ""

    with pytest.raises(ModelError, match="llama-server ended by SIGKILL") as fault:
        model.ask(ENDLESS, kill)
    assert (fault.value.cause, fault.value.retryable) == ("outage", True)
    assert fault.value.tokens_out > 0
    assert model.ask(HELLO, keep_going).text
    assert find_pid(model) != before


def test_a_call_that_is_cut_frees_its_slot(folder: Path) -> None:
    """The watch ends the reply, and the one slot answers the next call."""
    model = open_model(folder)
    cut = model.ask(ENDLESS, lambda text, *_: "loop" if text.count("again") > 3 else "")
    assert (cut.stop, cut.cut_why) == ("cut", "loop")
    assert model.ask(HELLO, keep_going).text


def test_a_prompt_beyond_its_window_is_told(folder: Path) -> None:
    """With the window of one slot, so that the prompt can be shortened to it."""
    model = open_model(folder)
    with pytest.raises(ModelError) as fault:
        model.ask(Prompt("", "word " * 4000, reply=8), keep_going)
    assert (fault.value.cause, fault.value.window) == ("window", 2048)


def test_loading_is_told(tmp_path: Path) -> None:
    """Once for each start, from before it begins until it answers."""
    told = []

    @contextmanager
    def loading(name: str) -> Iterator[None]:
        told.append(f"loads {name}")
        yield
        told.append("has it")

    kind = f"llama-server:{small_gguf()}"
    llama = {"server": find_server()}
    tier = TierSettings.model_validate({"models": (kind,), "context": 1024, "llama": llama})
    with ended(tmp_path):
        model = LlamaServerModel(parse_spec(kind), tier, ServerPlace(tmp_path), loading)
        model.count_tokens_of(["x"])
        model.count_tokens_of(["y"])
    assert told == [f"loads llama-server:{small_gguf().name}", "has it"]


@pytest.mark.parametrize(
    ("llama", "told"),
    [
        ({"server_args": ["--chat-template-file", "/nowhere"]}, "server_args"),
        ({"server_args": ["--override-kv", "nonsense"]}, "."),
    ],
)
def test_a_value_that_the_server_refuses(tmp_path: Path, llama: object, told: str) -> None:
    """Its own words are told, at once and not after a wait."""
    model = open_model(tmp_path, llama=llama)
    with ended(tmp_path), pytest.raises(ModelError, match=told) as fault:
        model.ask(HELLO, keep_going)
    assert fault.value.cause in {"settings", "unreached"}
    assert "llama-server ended with exit code" in fault.value.why


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    """What is none is told when the settings are read, a damaged one when it is loaded."""
    file = tmp_path / "m.gguf"
    with pytest.raises(UserError, match="no model there"):
        open_model(tmp_path, path=file)
    file.write_text("text")
    with pytest.raises(UserError, match="not a GGUF file"):
        open_model(tmp_path, path=file)
    file.write_bytes(small_gguf().read_bytes()[:3_000_000])
    model = open_model(tmp_path, path=file)
    with ended(tmp_path), pytest.raises(ModelError, match="the file is damaged") as fault:
        model.ask(HELLO, keep_going)
    assert fault.value.cause == "settings"


def test_a_window_that_memory_has_no_room_for(tmp_path: Path) -> None:
    """It is told with the settings that need less."""
    program = tmp_path / "limited"
    program.write_text(f'#!/bin/sh\nulimit -v 2000000\nexec {find_server()} "$@"\n')
    program.chmod(0o755)
    model = open_model(tmp_path, context=1 << 20, llama={"server": str(program)})
    with ended(tmp_path), pytest.raises(ModelError, match="not enough memory") as fault:
        model.ask(HELLO, keep_going)
    assert fault.value.cause == "unreached"
    assert "`cache_type_k`" in fault.value.why


def test_a_socket_that_was_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """After a power cut the files of the last server lie there still."""
    model = open_model(tmp_path)
    model.folder.mkdir(parents=True)
    for name in ("llama.sock", "keeper.sock"):
        with socket.socket(socket.AF_UNIX) as old, short_path(model.folder, name) as path:
            old.bind(path)
    with ended(tmp_path):
        assert model.ask(HELLO, keep_going).text


def test_what_it_thinks_is_no_answer(tmp_path: Path) -> None:
    """The hosted client tells the two apart, and the ledger counts the thought."""
    path = thinking_gguf(tmp_path)
    model = open_model(tmp_path, path=path, thinking=64, extra={"grammar": THOUGHT})
    with ended(tmp_path):
        reply = model.ask(Prompt("", "Say hello.", reply=96, thinking=64), keep_going)
    assert (reply.text.strip(), reply.thought.strip()) == ("hello", "Let me see.")
    assert reply.tokens_thought > 0


def test_two_replies_are_the_same(folder: Path) -> None:
    """The seed and the prompt decide, as for every model."""
    replies: Sequence[str] = [open_model(folder).ask(HELLO, keep_going).text for _ in range(2)]
    assert replies[0] == replies[1]
