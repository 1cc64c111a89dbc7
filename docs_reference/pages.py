"""Which pages are generated, and from what."""

import json

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from docs_reference.commands import render_commands
from docs_reference.container_profile import render_container_profile
from docs_reference.model_memory import render_model_memory
from docs_reference.plan import render_plan
from docs_reference.settings import render_settings

_MACHINE = """\
# Settings of the machine: `bricklayer.toml`

`~/.config/bricklayer/bricklayer.toml`, or the file that `$BRICKLAYER_CONFIG` names. A file that is not there means
that every setting has its default. `$BRICKLAYER_LOCAL`, `$BRICKLAYER_SENIOR` and `$BRICKLAYER_PLANNER` name the one model of a tier for one run.
An unknown key is refused with the nearest known one. `bricklayer schema machine` prints a JSON schema from which
editors complete the file ([how](editors.md)). Which models there are, and what each family is asked with: [Models](../models.md).
"""
_REPOSITORY = """\
# Settings of a repository: `.bricklayer.toml`

At the root of the repository, committed. `bricklayer run` reads it from the commit it builds on, `serve` and `action`
from the default branch only, so that no pull request changes its own checks. An unknown key is refused with the nearest known one.
`bricklayer schema repository` prints a JSON schema from which editors complete the file ([how](editors.md)).
"""


def render_pages() -> dict[str, str]:
    """Each page's path from the repository's root, and its whole text."""
    return {
        "deploy/seccomp.json": render_container_profile(),
        "docs/reference/machine-settings.md": render_settings(Settings, _MACHINE),
        "docs/reference/repository-settings.md": render_settings(RepoConfig, _REPOSITORY),
        "docs/reference/model-memory.md": render_model_memory(),
        "docs/reference/commands.md": render_commands(),
        "docs/reference/plan.md": render_plan(),
        "docs/reference/machine-settings.schema.json": _render_schema(Settings),
        "docs/reference/repository-settings.schema.json": _render_schema(RepoConfig),
    }


def _render_schema(kind: type[Settings | RepoConfig]) -> str:
    return json.dumps(kind.model_json_schema(), indent=2) + "\n"
