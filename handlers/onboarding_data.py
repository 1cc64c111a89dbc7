"""What `bricklayer init --json` prints."""

import os
from typing import TYPE_CHECKING

from pydantic import JsonValue

from handlers.show_trials import trial_data
from runners.onboarding.found import Part
from runners.onboarding.propose import Machine

if TYPE_CHECKING:
    from handlers.onboarding import Look, Outcome

INIT_VERSION = 1


def onboarding_data(look: "Look", outcome: "Outcome") -> dict[str, JsonValue]:
    files: list[JsonValue] = [
        {"path": str(path), "text": text, "written": os.path.lexists(path)}
        for path, text in look.files.items()
    ]
    return {
        "v": INIT_VERSION,
        "repository": str(look.place.root),
        "commit": look.place.commit,
        "parts": [_part_data(part) for part in look.proposal.parts],
        "lock_files": list(look.proposal.lock_files),
        "workflows": look.proposal.workflows,
        "services": list(look.proposal.services),
        "machine": _machine_data(look.machine),
        "config": look.file.text,
        "is_config_new": look.existing is None,
        "files": files,
        "checks": [trial_data(trial) for trial in outcome.trials],
        "ready": outcome.is_ready,
    }


def _part_data(part: Part) -> dict[str, JsonValue]:
    check: JsonValue = {"run": part.check.run, "why": part.check.why} if part.check else None
    return {
        "language": part.language,
        "manager": part.manager,
        "folder": part.folder,
        "setup": list(part.setup),
        "check": check,
    }


def _machine_data(machine: Machine) -> dict[str, JsonValue]:
    return {
        "servers": [
            {
                "kind": server.kind,
                "base_url": server.base_url,
                "models": list(server.models),
                "window": server.window,
            }
            for server in machine.servers
        ],
        "gpus": [{"name": gpu.name, "total": gpu.total, "free": gpu.free} for gpu in machine.gpus],
        "memory": machine.memory,
        "toolchains": list(machine.needed.toolchains),
        "absent": list(machine.needed.absent),
        "old": list(machine.needed.old),
    }
