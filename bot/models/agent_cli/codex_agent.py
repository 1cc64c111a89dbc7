"""`codex exec` with its shell and its patches. Its own sandbox is off, for ours is around it."""

from bot.models.agent_cli.agent import PLACEHOLDER_KEY, AgentCall, AgentCli, AgentCommand
from bot.models.agent_cli.codex import CODEX, TOOL_FEATURES, format_setting

KEY_ENV = "MODEL_PROXY_KEY"
KEPT_FEATURES = frozenset({"shell_tool", "unified_exec"})
"""Of `TOOL_FEATURES`: how it runs commands."""
OTHER_FEATURES = (
    "apps",
    "browser_use",
    "computer_use",
    "enable_request_compression",  # the proxy reads each request
    "memories",
)
PROVIDER = "bricklayer"


def build_command(call: AgentCall) -> AgentCommand:
    # https://developers.openai.com/codex/config-reference
    prefix = f"model_providers.{PROVIDER}"
    settings: dict[str, object] = {
        "web_search": "disabled",
        "project_doc_max_bytes": 0,
        "history.persistence": "none",
        "analytics.enabled": False,
        "feedback.enabled": False,
        "check_for_update_on_startup": False,
        "tools.experimental_request_user_input.enabled": False,
        "skills.include_instructions": False,
        "skills.bundled.enabled": False,
        "include_apps_instructions": False,
        "include_collaboration_mode_instructions": False,
        "model_context_window": call.context,
        "model_provider": PROVIDER,
        f"{prefix}.name": PROVIDER,
        f"{prefix}.base_url": call.base_url,
        f"{prefix}.env_key": KEY_ENV,
        f"{prefix}.wire_api": "responses",
    }
    off = [name for name in TOOL_FEATURES if name not in KEPT_FEATURES]
    return AgentCommand(
        # https://developers.openai.com/codex/cli/reference#codex-exec
        arguments=(
            *("exec", "--json", "--ephemeral", "--skip-git-repo-check"),
            *("--ignore-user-config", "--ignore-rules"),
            "--dangerously-bypass-approvals-and-sandbox",
            *(word for name in (*off, *OTHER_FEATURES) for word in ("--disable", name)),
            *(word for pair in settings.items() for word in ("-c", format_setting(*pair))),
            *("--model", call.model),
            "-",
        ),
        env={"CODEX_HOME": f"{call.home}/.codex", KEY_ENV: PLACEHOLDER_KEY},
        files={".codex/.keep": ""},
    )


CODEX_AGENT = AgentCli(
    cli=CODEX,
    wire="responses",
    build_command=build_command,
    server="https://api.openai.com/v1",
    key_env="OPENAI_API_KEY",
    natives=tuple(
        f"{folder}codex-linux-*/vendor/*/{place}"
        for folder in ("../", "node_modules/@openai/")
        for place in ("bin/codex", "codex/codex")
    ),
)
