"""Whether an agent's CLI can be started in its sandbox here, and which version that is."""

import tempfile
from pathlib import Path

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.errors import UserError
from bot.models.agent_cli.agent_model import AgentModel
from bot.text.invisible import make_printable
from runners.sandbox.agent_box import open_agent_box, show_program
from runners.sandbox.model import WorkRoom

TRY_SECONDS = 120.0
MAX_TOLD_CHARACTERS = 200


def ask_version(model: AgentModel, settings: Settings) -> str:
    """What it says of itself, started as for a task. Raises UserError where it does not start."""
    box = open_agent_box(settings, RepoConfig())
    with tempfile.TemporaryDirectory(prefix="bricklayer-agent-") as folder:
        root = Path(folder)
        for name in ("repo", "home", "empty"):
            (root / name).mkdir()
        program, shown = show_program(model.program)
        room = WorkRoom(root, box.limits.disk, shown=(shown,))
        ended = box.run([program, "--version"], checkout=room.empty, timeout=TRY_SECONDS, room=room)
    said = make_printable(" ".join(ended.output.split()), MAX_TOLD_CHARACTERS)
    if ended.ended == "exit" and not ended.exit_code and said:
        return said
    how = f"exit code {ended.exit_code}" if ended.ended == "exit" else ended.ended
    hint = f"Install it anew: npm install --global {model.agent.cli.package}"
    what = f"does not start in the sandbox ({how}): {said or 'it said nothing'}"
    raise UserError(what, where=str(model.program), hint=hint)
