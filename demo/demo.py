"""Build a small repository with a failing test suite, run a job in it and show what came of it."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BRICKLAYER = Path(sys.executable).with_name("bricklayer")
CONFIG = """\
[tiers.local]
models = ["script:{here}/local.md"]

[tiers.senior]
models = ["script:{here}/senior.md"]

[[lanes]]
name = "gpu-0"

[[lanes]]
name = "gpu-1"
"""


def main() -> int:
    room = Path(tempfile.mkdtemp(prefix="bricklayer-demo-"))
    repo = room / "bank"
    shutil.copytree(HERE / "bank", repo)
    env = _environment(room)
    _git(repo, "init", "-q", "-b", "main", env=env)
    _git(repo, "add", "-A", env=env)
    _git(repo, "commit", "-q", "-m", "A bank whose withdrawals add money", env=env)
    print(f"The demo's repository is {repo}")
    model = os.environ.get("BRICKLAYER_LOCAL")
    print(f"Local model: {model or 'none named (BRICKLAYER_LOCAL): replies come from a script'}\n")
    sys.stdout.flush()
    argv = [BRICKLAYER, "run", HERE / "job.md", "--repo", repo]
    done = subprocess.run(argv, env=env, timeout=3600, check=False)
    branch = "bricklayer/withdraw-must-subtract"
    print("\nThe branch:")
    _git(repo, "log", "--format=%h %<(60,trunc)%s %(trailers:key=Bricklayer-Tier)", branch, env=env)
    print("\nThe diff:")
    _git(repo, "diff", f"main...{branch}", env=env)
    print(f"\nLook around: cd {repo}")
    return done.returncode


def _environment(room: Path) -> dict[str, str]:
    """Everything the demo keeps stays in its own folder; nothing of the person's is read."""
    config = room / "bricklayer.toml"
    config.write_text(CONFIG.format(here=HERE))
    who = {"NAME": "Demo", "EMAIL": "demo@example.com"}
    person = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()}
    own = {
        "BRICKLAYER_CONFIG": str(config),
        "XDG_STATE_HOME": str(room / "state"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PAGER": "cat",
    }
    return {**os.environ, **person, **own}


def _git(repo: Path, *args: str, env: dict[str, str]) -> None:
    subprocess.run(["git", *args], cwd=repo, env=env, timeout=60, check=True)


if __name__ == "__main__":
    sys.exit(main())
