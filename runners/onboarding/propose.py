"""What `bricklayer init` would write for one repository and machine; nothing is changed here."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.config.machine import Settings
from bot.config.paths import find_home
from bot.config.repository import RepoConfig
from bot.git.repo import Repo
from runners.onboarding.ci_commands import list_ci_services, list_workflows
from runners.onboarding.detect import detect_parts
from runners.onboarding.found import Part
from runners.onboarding.machine_facts import Gpu, Needed, find_gpus, find_needed, read_free_memory
from runners.onboarding.model_servers import PORTS, ModelServer, find_model_servers
from runners.onboarding.network_access import NetworkAccess, find_network_access
from runners.onboarding.source_tree import SourceTree, open_tree
from runners.onboarding.write_config import write_config

SERVICES = ("postgres", "postgis", "redis", "valkey", "mysql", "mariadb", "mongo", "rabbitmq")
"""Images of services that are worth a word."""
LOCKS = (
    "Cargo.lock", "Gemfile.lock", "Pipfile.lock", "bun.lock", "bun.lockb", "composer.lock",
    "go.sum", "npm-shrinkwrap.json", "package-lock.json", "pdm.lock", "pnpm-lock.yaml",
    "poetry.lock", "pylock.toml", "requirements.lock", "uv.lock", "yarn.lock",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """What was found on this machine. `memory`: MiB that programs could still have."""

    servers: tuple[ModelServer, ...]
    gpus: tuple[Gpu, ...]
    memory: int
    needed: Needed
    access: NetworkAccess


@dataclass(frozen=True, slots=True)
class Proposal:
    """`config` is what `text`, the new `.bricklayer.toml`, means."""

    tree: SourceTree
    parts: tuple[Part, ...]
    text: str
    config: RepoConfig
    workflows: int
    services: tuple[str, ...]
    lock_files: tuple[str, ...]


def propose_config(repo: Repo, commit: str) -> Proposal:
    tree = open_tree(repo, commit)
    parts = detect_parts(tree)
    images = [image for image in list_ci_services(tree) if image.startswith(SERVICES)]
    text, config = write_config(parts, images)
    return Proposal(
        tree=tree,
        parts=parts,
        text=text,
        config=config,
        workflows=len(list_workflows(tree)),
        services=tuple(images),
        lock_files=tuple(name for name in LOCKS if tree.has(name)),
    )


def look_at_machine(
    parts: Sequence[Part], settings: Settings, ports: Mapping[int, str] = PORTS
) -> Machine:
    return Machine(
        servers=find_model_servers(ports),
        gpus=find_gpus(),
        memory=read_free_memory(),
        needed=find_needed(parts, settings),
        access=find_network_access(find_home(), os.environ),
    )
