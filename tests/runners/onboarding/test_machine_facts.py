"""What the machine has of what a repository needs."""

from pathlib import Path

import pytest

from bot.config.machine import Settings
from runners.onboarding.found import Part
from runners.onboarding.machine_facts import find_needed, read_free_memory
from runners.onboarding.network_access import find_network_access
from runners.onboarding.versions import read_least


@pytest.mark.parametrize(
    ("wanted", "least"),
    [
        (">=3.9", (3, 9)),
        (">=3.9,<4", (3, 9)),
        ("<4,>=3.10", (3, 10)),
        ("~=3.11", (3, 11)),
        ("^20.19.0 || >=22.12.0", (20, 19)),
        ("18 || 20", (18, 0)),
        (">=16.9.0", (16, 9)),
        ("20.x", (20, 0)),
        ("!=3.0.*,>=2.7", (2, 7)),
        ("*", None),
        ("", None),
        ("<3", None),
        ("lts/*", None),
        (">" * 100_000, None),
    ],
)
def test_the_lowest_version_of_a_range(wanted: str, least: tuple[int, int] | None) -> None:
    """As Python's and npm's manifests write ranges; what is not understood takes any."""
    assert read_least(wanted) == least


@pytest.fixture(autouse=True)
def no_toolchains_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables say where this machine's own managers keep their things."""
    for name in ("PYENV_ROOT", "CARGO_HOME", "NVM_DIR", "GOROOT"):
        monkeypatch.delenv(name, raising=False)


def put(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_a_toolchain_at_home_is_named_where_the_system_has_none(home: Path) -> None:
    """By the name that the setting takes; what is nowhere is said to be."""
    put(home / ".cargo/bin/cargo-of-mine")
    put(home / ".local/bin/uv")
    part = Part("python", "pip", None, commands=("uv", "no-such-tool", "sh"))
    needed = find_needed([part], Settings())
    assert (needed.toolchains, needed.absent) == (("uv",), ("no-such-tool",))
    assert not find_needed([part], Settings(toolchains=("uv",))).toolchains


def test_a_newer_version_at_home_is_named_where_the_usual_one_is_too_old(home: Path) -> None:
    """Else it is said which one is there, and which one is wanted."""
    part = Part("python", "pip", None, wants=">=3.97")
    [sentence] = find_needed([part], Settings()).old
    assert ">=3.97 is wanted" in sentence
    put(home / ".pyenv/versions/3.98.1/bin/python3")
    put(home / ".pyenv/versions/3.96.0/bin/python3")
    needed = find_needed([part], Settings())
    assert (needed.toolchains, needed.old) == (("python@3.98",), ())
    assert find_needed([Part("python", "pip", None, wants=">=3.2")], Settings()).old == ()


def test_certificates_and_indexes_are_found_by_name(home: Path, tmp_path: Path) -> None:
    """Of variables, of pip and of npm; a file that is not there is none."""
    (tmp_path / "ca.pem").touch()
    gone, there = str(tmp_path / "gone.pem"), str(tmp_path / "ca.pem")
    assert find_network_access(home, {"PIP_CERT": gone, "SSL_CERT_FILE": there}).ca_file == there
    assert find_network_access(home, {"HTTPS_PROXY": "http://a", "NO_PROXY": " "}).variables == (
        "HTTPS_PROXY",
    )
    put(home / ".npmrc", f"cafile = {there}\n")
    assert find_network_access(home, {}).ca_file == there
    put(home / ".config/pip/pip.conf", f"[global]\ncert = {there}\n")
    put(home / ".npmrc", "cafile = /nowhere\n")
    assert find_network_access(home, {}).ca_file == there


def test_memory_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    """On this system it is read, and elsewhere not told."""
    assert read_free_memory() > 0
    assert read_free_memory(tmp_path / "gone") == 0
