"""What a person installs: the command in an environment of its own, and a folder to work in."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Installed:
    """An installation, and a folder that holds nothing of the checkout but the demo's files."""

    room: Path
    home: Path

    @property
    def command(self) -> Path:
        return self.home / ".local" / "bin" / "bricklayer"

    @property
    def python(self) -> Path:
        return self.command.resolve().with_name("python")

    def run(self, *args: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
        told = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.home), **env}
        argv = [self.command, *args]
        return subprocess.run(
            argv, cwd=self.room, env=told, capture_output=True, text=True, timeout=300, check=False
        )
