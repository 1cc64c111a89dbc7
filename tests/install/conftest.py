"""The wheel made of the sdist, and an installation of it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.installed import ROOT, Installed

UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, which is built from the files that a clone has."""
    source, dist = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(argv, cwd=ROOT, capture_output=True, timeout=60, check=True).stdout
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    subprocess.run([UV, "build", "-q", "--out-dir", dist, source], timeout=300, check=True)
    return next(dist.glob("*.whl"))


@pytest.fixture(scope="session")
def image_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of the files that deploy/Containerfile copies before it installs them."""
    source, dist = tmp_path_factory.mktemp("image"), tmp_path_factory.mktemp("image-dist")
    text = (ROOT / "deploy/Containerfile").read_text()
    for words in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE):
        *names, target = words.split()
        for name in names:
            place = source / (name if target == "./" else target)
            place.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, place)
    argv = [UV, "build", "-q", "--wheel", "--out-dir", dist, source]
    subprocess.run(argv, timeout=300, check=True)
    return next(dist.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(
        wheel, Installed(tmp_path_factory.mktemp("room"), tmp_path_factory.mktemp("home"))
    )


@pytest.fixture(scope="session")
def public(wheel: Path) -> Iterator[Installed]:
    """One that every user of this machine may run, by the system's own Python."""
    python = Path("/usr/bin/python3")
    new = "import sys; sys.exit(sys.version_info < (3, 11))"
    if (
        not python.is_file()
        or subprocess.run([python, "-c", new], timeout=60, check=False).returncode
    ):
        pytest.skip("the system has no Python 3.11 for other users")
    with tempfile.TemporaryDirectory(prefix="bricklayer-public-") as folder:
        Path(folder).chmod(0o755)
        found = Installed(Path(folder), Path(folder, "home"))
        found.home.mkdir()
        yield install(wheel, found, str(python))


def install(wheel: Path, found: Installed, python: str = sys.executable) -> Installed:
    """By `uv tool install`, as docs/install.md says."""
    names = ("UV_TOOL_DIR", "UV_TOOL_BIN_DIR", "XDG_DATA_HOME", "XDG_BIN_HOME")
    env = {name: value for name, value in os.environ.items() if name not in names}
    argv = [UV, "tool", "install", "-q", "--python", python, wheel]
    subprocess.run(argv, env={**env, "HOME": str(found.home)}, timeout=600, check=True)
    return found
