"""`claude --print` with the tools that read, write and run, and no settings but ours."""

from bot.models.agent_cli.agent import PLACEHOLDER_KEY, AgentCall, AgentCli, AgentCommand
from bot.models.agent_cli.claude import CLAUDE

TOOLS = ("Bash", "Edit", "Glob", "Grep", "Read", "Write")


def build_command(call: AgentCall) -> AgentCommand:
    return AgentCommand(
        # https://code.claude.com/docs/en/cli-reference
        arguments=(
            *("--print", "--verbose", "--output-format", "stream-json"),
            *("--input-format", "text", "--bare", "--tools", ",".join(TOOLS)),
            *("--strict-mcp-config", "--setting-sources", ""),
            *("--dangerously-skip-permissions", "--disable-slash-commands"),
            *("--no-session-persistence", "--no-chrome", "--model", call.model),
        ),
        # https://code.claude.com/docs/en/env-vars
        env={
            "ANTHROPIC_API_KEY": PLACEHOLDER_KEY,
            "ANTHROPIC_BASE_URL": call.base_url.removesuffix("/v1"),
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": call.model,
            "ANTHROPIC_SMALL_FAST_MODEL": call.model,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(call.answer),
            "CLAUDE_CONFIG_DIR": f"{call.home}/.claude",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            # It asks what root wants with it, whatever a sandbox makes of root.
            "IS_SANDBOX": "1",
        },
    )


CLAUDE_AGENT = AgentCli(
    cli=CLAUDE,
    wire="messages",
    build_command=build_command,
    server="https://api.anthropic.com/v1",
    key_env="ANTHROPIC_API_KEY",
    natives=(
        "../claude-code-linux-*/claude",
        "node_modules/@anthropic-ai/claude-code-linux-*/claude",
    ),
)
