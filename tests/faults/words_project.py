"""A repository and this machine's settings for the job of twelve words."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.project import Project
from support.template_client import AT_BOUNDARIES
from support.template_client import COMMAND as BRICKLAYER

from faults.twelve import FILES, write_plan
from faults.word_models import WordModels

LANES = 3
HANGS_SECONDS = 200.0
"""An undisturbed job takes ten."""


@dataclass(frozen=True)
class WordsProject(Project):
    """`bricklayer run` of the job, as a person starts it."""

    models_server: WordModels = field(kw_only=True)
    database_url: str = field(default="", kw_only=True)
    folder: str = field(default="state", kw_only=True)
    """The state folder's name in the room."""

    @property
    def state(self) -> Path:
        return self.room / self.folder

    @property
    def job(self) -> Path:
        return self.room / "job.md"

    def prepare(self) -> None:
        self.repo.mkdir()
        self.git("init", "-q", "-b", "main")
        for path, text in FILES.items():
            self.write(path, text)
        self.commit()
        self.job.write_text(write_plan())
        self.write_settings()

    def write_settings(self, *, url: str = "", more: str = "") -> None:
        database = f'database_url = "{self.database_url}"\n' if self.database_url else ""
        lanes = "".join(f'[[lanes]]\nname = "lane-{n}"\n' for n in range(LANES))
        tiers = self.models_server.settings(url, more=more)
        (self.room / "bricklayer.toml").write_text(f"{database}reflection = false\n{lanes}{tiers}")

    def environment(self) -> dict[str, str]:
        temporary = self.room / "tmp"
        temporary.mkdir(exist_ok=True)
        return {
            **os.environ,
            "OPENAI_API_KEY": "none",
            "BRICKLAYER_CONFIG": str(self.room / "bricklayer.toml"),
            "XDG_STATE_HOME": str(self.state),
            "TMPDIR": str(temporary),
        }

    def start(self, *args: str | Path, program: str = BRICKLAYER) -> subprocess.Popen[str]:
        return self.start_argv([program, *map(str, args)])

    def start_argv(self, argv: Sequence[str]) -> subprocess.Popen[str]:
        """In a group of its own, so that all of it can be killed at once."""
        return subprocess.Popen(
            argv,
            cwd=self.repo,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """With all that its group has, should it hang."""
        try:
            out, _ = process.communicate(timeout=HANGS_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, _ = process.communicate(timeout=30)
            raise AssertionError(f"it hangs: {out[-3000:]}") from None
        return process.returncode, out

    def start_job(self) -> subprocess.Popen[str]:
        return self.start("run", self.job)

    def start_at_boundaries(self, act: str, *acts: str) -> subprocess.Popen[str]:
        """The job, with an act at each boundary of a recorded step that no earlier start met."""
        acts_named = "+".join((act, *acts))
        argv = (AT_BOUNDARIES, str(self.room / "boundaries"), acts_named, "run", self.job)
        return self.start(*argv, program=sys.executable)

    def met_boundaries(self) -> Sequence[str]:
        return sorted(path.name for path in (self.room / "boundaries").iterdir())
