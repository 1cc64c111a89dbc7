"""Models behind the command lines of agents: codex, claude and opencode, with every tool off."""
