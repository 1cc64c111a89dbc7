"""Where the managers of many languages put toolchains: one folder for each plugin."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from runners.sandbox.toolchain_versions import (
    Account,
    Candidate,
    default_first,
    list_folders,
    list_versions,
    order_version,
    read_text,
    read_toml,
)

# A tool of SDKMAN and the command that proves it: https://sdkman.io/sdks
SDKMAN_TOOLS = {
    "java": "java", "gradle": "gradle", "maven": "mvn", "kotlin": "kotlinc", "sbt": "sbt",
    "scala": "scala",
}  # fmt: skip


def find_sdkman(account: Account) -> Iterator[Candidate]:
    root = account.root("SDKMAN_DIR", ".sdkman") / "candidates"
    for name, command in SDKMAN_TOOLS.items():
        versions = [path for path in list_folders(root / name) if path.name != "current"]
        default = (root / name / "current").resolve().name
        for path in default_first(versions, default):
            env = {"JAVA_HOME": str(path)} if name == "java" else {}
            proof = frozenset({command})
            yield Candidate(name, path.name, "sdkman", (path / "bin",), (path,), proof, env)


# Plugins of asdf and tools of mise, with the folder of the installation that is its root.
ASDF_NAMES = {"nodejs": "node", "golang": "go", "python": "python", "ruby": "ruby", "java": "java"}
MISE_NAMES = {"node": "node", "go": "go", "python": "python", "ruby": "ruby", "java": "java"}


def find_asdf(account: Account) -> Iterator[Candidate]:
    """https://asdf-vm.com/manage/configuration.html: defaults are in ~/.tool-versions."""
    root = account.root("ASDF_DATA_DIR", ".asdf") / "installs"
    lines = (line.split() for line in read_text(account.home / ".tool-versions").splitlines())
    defaults = {words[0]: words[1] for words in lines if len(words) > 1}
    yield from _find_plugins(root, "asdf", ASDF_NAMES, defaults)


def find_mise(account: Account) -> Iterator[Candidate]:
    """https://mise.jdx.dev/directories.html. Links like `20` lead to a version and are no other."""
    root = account.root("MISE_DATA_DIR", ".local", "share", "mise") / "installs"
    config = account.root("XDG_CONFIG_HOME", ".config") / "mise" / "config.toml"
    tools = read_toml(config).get("tools")
    named = tools.items() if isinstance(tools, dict) else ()
    defaults = {str(tool): str(version) for tool, version in named if isinstance(version, str)}
    yield from _find_plugins(root, "mise", MISE_NAMES, defaults)


def _find_plugins(
    root: Path, manager: str, names: Mapping[str, str], defaults: Mapping[str, str]
) -> Iterator[Candidate]:
    for plugin, name in names.items():
        versions = [path for path in list_folders(root / plugin) if not path.is_symlink()]
        known = [path.name for path in versions]
        wanted = defaults.get(plugin, "")
        fitting = [each for each in known if each == wanted or each.startswith(f"{wanted}.")]
        default = max(fitting, key=order_version, default="") if wanted else ""
        # asdf's plugin for Go has the installation one folder further down.
        below = "go" if plugin == "golang" else ""
        yield from list_versions(name, manager, versions, default, below=below)
