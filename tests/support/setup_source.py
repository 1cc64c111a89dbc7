"""A repository whose `[setup]` is run and whose checks see what it left."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, Setup
from bot.git.checkout import checkout_tree
from bot.git.commits import commit_tree
from bot.git.repo import Repo, make_bare
from bot.git.write_tree import write_tree
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.sandbox import Prepared, Sandbox, open_sandbox


@dataclass
class Source:
    """A bare repository, its newest commit, and a checkout of that one."""

    repo: Repo
    room: Path
    head: str = ""

    @property
    def checkout(self) -> Path:
        return self.room / "tree"

    @property
    def settings(self) -> Settings:
        return Settings(state_dir=str(self.room / "state"))

    @property
    def caches(self) -> list[Path]:
        return sorted(self.room.glob("state/repos/*/setup/*-*"))

    def commit(self, files: Mapping[str, str | None], onto: str | None = None) -> str:
        """Onto the newest commit, or onto another, as a branch would."""
        parent = onto or self.head
        raw = {path: None if text is None else text.encode() for path, text in files.items()}
        made = commit_tree(self.repo, write_tree(self.repo, parent, raw), parent, "Change\n")
        if onto is None:
            self.head = made
            checkout_tree(self.repo, made, self.checkout, self.room / "index")
        return made

    def prepare(
        self, config: RepoConfig, commit: str = "", sandbox: Sandbox | None = None
    ) -> Prepared:
        trusted = TrustedTree(self.repo, commit or self.head, config)
        found = prepare_setup(trusted, sandbox or sandbox_of(config), self.settings)
        assert found is not None
        return found


def make_source(room: Path, files: Mapping[str, str | None]) -> Source:
    repo = make_bare(room / "bare.git")
    empty = repo.read_output("hash-object", "-w", "-t", "tree", "--stdin")
    made = Source(repo, room, repo.read_output("commit-tree", empty, stdin=b"Begin\n"))
    made.commit(files)
    return made


def sandbox_of(config: RepoConfig, kind: Literal["bwrap", "none"] = "bwrap") -> Sandbox:
    return open_sandbox(Settings(sandbox=kind), config)


def installed(command: str, **more: object) -> RepoConfig:
    return RepoConfig(setup=Setup.model_validate({"command": command, **more}))
