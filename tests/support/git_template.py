"""One empty bare repository a test process, copied wherever a test needs one: git starts once."""

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def init_bare(folder: Path, branch: str = "main") -> None:
    """As `git init --bare` leaves it, without the samples of hooks. `branch` is what HEAD names."""
    shutil.copytree(_template().name, folder, dirs_exist_ok=True)
    (folder / "HEAD").write_text(f"ref: refs/heads/{branch}\n")


@functools.cache
def _template() -> tempfile.TemporaryDirectory[str]:
    made = tempfile.TemporaryDirectory(prefix="bricklayer-tests-git-")
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    argv = ["git", "init", "-q", "--bare", "--template=", made.name]
    subprocess.run(argv, env=env, timeout=60, check=True)
    return made
