"""The command line of a llama-server: what a tier's settings make of it, and what is refused."""

from pathlib import Path

import pytest
from support.llama_program import HELP, write_program

from bot.config.machine import parse_settings
from bot.config.tiers import Lane, TierSettings
from bot.errors import UserError
from bot.models.llama_server.command import ServerCommand, build_command

OLD_HELP = "-m, --model FNAME\n--host HOST  ip address to listen\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return write_program(tmp_path, HELP)


def command_of(program: Path, lane: Lane | None = None, **settings: object) -> ServerCommand:
    llama = {"server": str(program), **settings.pop("llama", {})}  # type: ignore[dict-item]
    tier = TierSettings.model_validate({"models": ("llama-server:x",), "llama": llama, **settings})
    model = program.with_name("coder.gguf")
    if not model.exists():
        model.touch()
    return build_command(model, tier, lane, {"PATH": "/usr/bin:/bin"})


def test_a_slot_has_the_window_of_the_tier(program: Path) -> None:
    """The server shares its context out among the slots, so it has as many windows."""
    argv = command_of(program, context=8192, slots=4, threads=3).argv
    assert argv == (
        *(str(program), "--model", str(program.with_name("coder.gguf")), "--host", "llama.sock"),
        *("--ctx-size", "32768", "--parallel", "4", "--n-gpu-layers", "999"),
        *("--jinja", "--threads", "3"),
    )


def test_what_the_settings_say_becomes_flags(program: Path) -> None:
    """Each setting by its own flag, and nothing that is as the server has it by itself."""
    llama = {
        "flash_attention": "on",
        "batch_size": 1024,
        "ubatch_size": 256,
        "cache_type_k": "q8_0",
        "cache_type_v": "q8_0",
        "split_mode": "row",
        "tensor_split": [3, 1.5],
        "cache_reuse": 256,
        "context_checkpoints": 8,
        "speculative": "ngram-simple",
        "server_args": ["--no-mmap"],
    }
    argv = command_of(program, llama=llama, gpu_layers=20).argv
    wanted = "--n-gpu-layers 20 --flash-attn on --batch-size 1024 --ubatch-size 256 --cache-type-k"
    wanted += " q8_0 --cache-type-v q8_0 --split-mode row --cache-reuse 256 --ctx-checkpoints 8"
    wanted += " --spec-type ngram-simple --tensor-split 3,1.5 --no-mmap"
    assert wanted in " ".join(argv)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--override-tensors", "x"], "knows no --override-tensors"),
        (["--ctx-chekpoints=3"], "knows no --ctx-chekpoints"),
        (["-zz"], "knows no -zz"),
    ],
)
def test_a_flag_that_this_build_lacks_is_named(program: Path, words: list[str], told: str) -> None:
    """Before anything is started, with the program and what to take out."""
    with pytest.raises(UserError, match=told) as fault:
        command_of(program, llama={"server_args": words})
    assert fault.value.where == str(program)
    assert "server_args" in str(fault.value.hint)


def test_a_setting_whose_flag_this_build_lacks_is_named(tmp_path: Path) -> None:
    """An old build knows fewer: the person is told which setting it is."""
    program = write_program(tmp_path, HELP.replace("--spec-type", "--other"))
    with pytest.raises(UserError, match="knows no --spec-type") as fault:
        command_of(program, llama={"speculative": "ngram-mod"})
    assert "`speculative`" in str(fault.value.hint)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ('["--ctx-size", "4"]', "--ctx-size has a setting of its own: `context` of the tier"),
        ('["--parallel=4"]', "--parallel has a setting of its own: `slots` of the tier"),
        ('["--host", "0.0.0.0"]', "--host is set by the program itself: take it out"),
        ('["--api-key", "x"]', "--api-key is set by the program itself"),
        ('["--tools", "all"]', "--tools is set by the program itself"),
    ],
)
def test_what_has_a_setting_is_no_argument(args: str, told: str) -> None:
    """Two places that say how long a window is would be one too many."""
    text = f'[tiers.local]\nmodels = ["llama-server:/x"]\nllama = {{server_args = {args}}}'
    with pytest.raises(UserError, match="server_args") as fault:
        parse_settings(text)
    assert told in str(fault.value)


@pytest.mark.parametrize(
    ("llama", "told"),
    [
        ('flash_attention = "yes"', "flash_attention"),
        ('cache_type_k = "q3"', "cache_type_k"),
        ('split_mode = "rows"', "split_mode"),
        ("tensor_split = [-1]", "tensor_split"),
        ("batch_size = 0", "batch_size"),
        ('speculative = "draft"', "speculative"),
        ('server = "bin/llama-server"', "absolute path"),
        ('cache_type_v = "q8_0", flash_attention = "off"', "needs flash attention"),
        ("ubatch_size = 20, batch_size = 10", "ubatch_size = 20 and batch_size = 10"),
    ],
)
def test_a_wrong_value_is_told_by_name(llama: str, told: str) -> None:
    """When the settings are read, for a server and for a model in this process."""
    text = f'[tiers.local]\nmodels = ["llama-cpp:/x"]\nllama = {{{llama}}}'
    with pytest.raises(UserError) as fault:
        parse_settings(text)
    assert told in str(fault.value)


def test_a_lane_has_a_server_of_its_own(program: Path) -> None:
    """With its GPU in the environment; another lane, window or file is another server."""
    lanes = [Lane(name=f"gpu-{n}", env={"CUDA_VISIBLE_DEVICES": str(n)}) for n in range(2)]
    first, second = (command_of(program, lane) for lane in lanes)
    assert [each.env["CUDA_VISIBLE_DEVICES"] for each in (first, second)] == ["0", "1"]
    assert command_of(program, lanes[0]).key == first.key
    keys = {first.key, second.key, command_of(program, lanes[0], context=2048).key}
    program.with_name("coder.gguf").write_bytes(b"another file")
    assert len(keys | {command_of(program, lanes[0]).key}) == 4


def test_threads_make_no_other_server(program: Path) -> None:
    """They may follow from the number of lanes, and the planner's call has none."""
    assert command_of(program, threads=1).key == command_of(program, threads=2).key


def test_variables_that_are_arguments_stay_outside(program: Path) -> None:
    """What a shell happens to have set for another server changes nothing of this one."""
    env = {"PATH": "/usr/bin:/bin", "LLAMA_ARG_CTX_SIZE": "9", "LLAMA_API_KEY": "x", "TOKEN": "x"}
    tier = TierSettings.model_validate({"models": ("x",), "llama": {"server": str(program)}})
    model = program.with_name("coder.gguf")
    model.touch()
    given = build_command(model, tier, None, {**env, "CUDA_VISIBLE_DEVICES": "3"})
    assert not {"LLAMA_ARG_CTX_SIZE", "LLAMA_API_KEY", "TOKEN"} & given.env.keys()
    assert given.env["CUDA_VISIBLE_DEVICES"] == "3"
    assert given.key != build_command(model, tier, None, env).key


def test_a_program_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """Not there, not running, too old: each with what to do."""
    with pytest.raises(UserError, match="No such file") as fault:
        command_of(tmp_path / "none")
    assert "github.com/ggml-org/llama.cpp" in str(fault.value.hint)
    with pytest.raises(UserError, match="too old: it listens on no Unix socket"):
        command_of(write_program(tmp_path, OLD_HELP))
    with pytest.raises(UserError, match=r"does not run \(exit code 1\)"):
        command_of(write_program(tmp_path, "cannot open libcuda.so.1\n", 1))
    tier = TierSettings(models=("x",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
        with pytest.raises(UserError, match="llama-server is not on PATH"):
            build_command(tmp_path, tier, None, {"PATH": str(tmp_path / "empty")})
