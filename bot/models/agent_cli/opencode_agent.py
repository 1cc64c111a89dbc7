"""`opencode run` with its tools, none of which asks or leaves the sandbox."""

import json

from bot.models.agent_cli.agent import PLACEHOLDER_KEY, AgentCall, AgentCli, AgentCommand
from bot.models.agent_cli.opencode import OPENCODE

PROVIDER = "bricklayer"
# https://opencode.ai/docs/permissions/
TOOLS = ("bash", "edit", "glob", "grep", "list", "patch", "read", "todoread", "todowrite", "write")
_DENIED = ("codesearch", "doom_loop", "external_directory", "lsp", "question", "skill", "task")


def build_command(call: AgentCall) -> AgentCommand:
    return AgentCommand(
        # https://opencode.ai/docs/cli/
        arguments=(
            *("run", "--print-logs", "--log-level", "ERROR", "--format", "json", "--pure"),
            *("--title", "task", "--model", f"{PROVIDER}/{call.model}"),
        ),
        env={
            "OPENCODE_CONFIG_CONTENT": json.dumps(_build_config(call)),
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_CLAUDE_CODE": "1",
            "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
            "OPENCODE_DISABLE_EXTERNAL_SKILLS": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "OPENCODE_DISABLE_PROJECT_CONFIG": "1",
        },
    )


def _build_config(call: AgentCall) -> dict[str, object]:
    # https://opencode.ai/docs/config/
    model = {"limit": {"context": call.context, "output": call.answer}}
    name = f"{PROVIDER}/{call.model}"
    return {
        "share": "disabled",
        "autoupdate": False,
        "snapshot": False,
        "lsp": False,
        "formatter": False,
        "model": name,
        "small_model": name,
        "enabled_providers": [PROVIDER],
        "permission": {
            "*": "deny",
            **dict.fromkeys(_DENIED, "deny"),
            **dict.fromkeys(TOOLS, "allow"),
        },
        "provider": {
            PROVIDER: {
                "npm": "@ai-sdk/openai-compatible",
                "name": PROVIDER,
                "options": {"baseURL": call.base_url, "apiKey": PLACEHOLDER_KEY},
                "models": {call.model: model},
            }
        },
    }


OPENCODE_AGENT = AgentCli(
    cli=OPENCODE,
    wire="chat",
    build_command=build_command,
    natives=(
        "bin/opencode.exe",
        "../opencode-linux-*/bin/opencode",
        "node_modules/opencode-linux-*/bin/opencode",
    ),
)
