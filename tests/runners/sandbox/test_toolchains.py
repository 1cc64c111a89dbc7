"""Each version manager's toolchains are found where it puts them, its default first."""

import json
from pathlib import Path

import pytest

from runners.sandbox.toolchains import choose_toolchain, find_command, find_toolchains


def lay_out(home: Path, commands: tuple[str, ...], notes: dict[str, str]) -> None:
    for name in commands:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("#!/bin/sh\n")
        (home / name).chmod(0o755)
    for name, text in notes.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            (home / name).symlink_to(text.removeprefix("-> "))
        else:
            (home / name).write_text(text)


NVM = tuple(f".nvm/versions/node/v{each}/bin/node" for each in ("18.20.1", "9.1.0", "20.11.0"))
PLATFORM = json.dumps({"node": {"runtime": "18.20.1", "npm": None}})
CASES = {
    "rustup": (
        (".cargo/bin/cargo", ".rustup/toolchains/stable-x/bin/rustc", ".rustup/toolchains/nightly-x/bin/rustc"),
        {".rustup/settings.toml": 'default_toolchain = "stable-x"\n'},
        ("rust", "stable-x", "~/.cargo/bin", {"RUSTUP_HOME": "~/.rustup"}),
    ),
    "nvm by a part of a version": (NVM, {".nvm/alias/default": "18\n"}, ("node", "18.20.1", "~/.nvm/versions/node/v18.20.1/bin", {})),
    "nvm by an alias of an alias": (
        NVM,
        {".nvm/alias/default": "lts/*", ".nvm/alias/lts/*": "lts/hydrogen", ".nvm/alias/lts/hydrogen": "v18.20.1"},
        ("node", "18.20.1", "~/.nvm/versions/node/v18.20.1/bin", {}),
    ),
    "nvm by nothing": (NVM, {}, ("node", "20.11.0", "~/.nvm/versions/node/v20.11.0/bin", {})),
    "nvm by a ring of aliases": (NVM, {".nvm/alias/default": "default"}, ("node", "20.11.0", "~/.nvm/versions/node/v20.11.0/bin", {})),
    "fnm": (
        (".local/share/fnm/node-versions/v20.1.0/installation/bin/node", ".local/share/fnm/node-versions/v18.1.0/installation/bin/node"),
        {".local/share/fnm/aliases/default": "-> ../node-versions/v18.1.0/installation"},
        ("node", "18.1.0", "~/.local/share/fnm/node-versions/v18.1.0/installation/bin", {}),
    ),
    "volta": (
        (".volta/tools/image/node/18.20.1/bin/node", ".volta/tools/image/node/20.1.0/bin/node"),
        {".volta/tools/user/platform.json": PLATFORM},
        ("node", "18.20.1", "~/.volta/tools/image/node/18.20.1/bin", {}),
    ),
    "pyenv": (
        (".pyenv/versions/3.9.1/bin/python3", ".pyenv/versions/3.12.1/bin/python3"),
        {".pyenv/version": "3.9.1\n"},
        ("python", "3.9.1", "~/.pyenv/versions/3.9.1/bin", {}),
    ),
    "uv's pythons": (
        (".local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu/bin/python3", ".local/share/uv/python/cpython-3.9.1-linux-x86_64-gnu/bin/python3"),
        {},
        ("python", "3.12.1", "~/.local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu/bin", {}),
    ),
    "conda": (("miniforge3/bin/python3",), {}, ("python", "", "~/miniforge3/bin", {})),
    "go's own downloads": (("sdk/go1.9/bin/go", "sdk/go1.22.1/bin/go"), {}, ("go", "1.22.1", "~/sdk/go1.22.1/bin", {})),
    "go in ~/.local": ((".local/go/bin/go",), {".local/go/VERSION": "go1.21.3\ntime 2024"}, ("go", "1.21.3", "~/.local/go/bin", {})),
    "rbenv": ((".rbenv/versions/3.2.0/bin/ruby",), {".rbenv/version": "3.2.0"}, ("ruby", "3.2.0", "~/.rbenv/versions/3.2.0/bin", {})),
    "sdkman": (
        (".sdkman/candidates/java/17.0.1-tem/bin/java", ".sdkman/candidates/java/21.0.1-tem/bin/java"),
        {".sdkman/candidates/java/current": "-> 17.0.1-tem"},
        ("java", "17.0.1-tem", "~/.sdkman/candidates/java/17.0.1-tem/bin", {"JAVA_HOME": "~/.sdkman/candidates/java/17.0.1-tem"}),
    ),
    "sdkman's maven": ((".sdkman/candidates/maven/3.9.1/bin/mvn",), {}, ("maven", "3.9.1", "~/.sdkman/candidates/maven/3.9.1/bin", {})),
    "asdf": (
        (".asdf/installs/nodejs/20.1.0/bin/node", ".asdf/installs/nodejs/18.1.0/bin/node"),
        {".tool-versions": "nodejs 18.1.0\n"},
        ("node", "18.1.0", "~/.asdf/installs/nodejs/18.1.0/bin", {}),
    ),
    "asdf's go": ((".asdf/installs/golang/1.22.1/go/bin/go",), {}, ("go", "1.22.1", "~/.asdf/installs/golang/1.22.1/go/bin", {})),
    "mise": (
        (".local/share/mise/installs/node/20.1.0/bin/node", ".local/share/mise/installs/node/18.1.0/bin/node"),
        {".config/mise/config.toml": '[tools]\nnode = "18"\n', ".local/share/mise/installs/node/20": "-> 20.1.0"},
        ("node", "18.1.0", "~/.local/share/mise/installs/node/18.1.0/bin", {}),
    ),
    "bun": ((".bun/bin/bun",), {}, ("bun", "", "~/.bun/bin", {})),
    "dotnet": ((".dotnet/dotnet",), {}, ("dotnet", "", "~/.dotnet", {"DOTNET_ROOT": "~/.dotnet"})),
    "uv as one file": ((".local/bin/uv", ".local/bin/uvx"), {}, ("uv", "", "~/.local/bin", {})),
    "a tool of pipx": (
        (".local/share/pipx/venvs/poetry/bin/poetry",),
        {".local/share/pipx/venvs/poetry/pyvenv.cfg": "home = /usr/bin\n", ".local/bin/poetry": "-> ../share/pipx/venvs/poetry/bin/poetry"},
        ("poetry", "", "~/.local/bin", {}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_default_is_first_with_its_folder_and_variables(case: str, home: Path) -> None:
    commands, notes, (name, version, folder, env) = CASES[case]
    lay_out(home, commands, notes)
    found = choose_toolchain(find_toolchains(home, {}), name)
    assert found is not None
    assert (found.name, found.version) == (name, version)
    assert [str(path).replace(str(home), "~") for path in found.bins] == [folder]
    assert {key: text.replace(str(home), "~") for key, text in found.env.items()} == env


def test_of_several_versions_one_is_chosen_by_its_number(home: Path) -> None:
    lay_out(home, (*NVM, ".nvm/versions/node/v18.3.0/bin/node"), {})
    found = find_toolchains(home, {})
    chosen = {each: choose_toolchain(found, f"node@{each}") for each in ("18", "18.3", "9", "1")}
    versions = {wanted: each.version if each else "" for wanted, each in chosen.items()}
    assert versions == {"18": "18.20.1", "18.3": "18.3.0", "9": "9.1.0", "1": ""}


def test_the_environment_may_say_where_a_manager_is(home: Path, tmp_path: Path) -> None:
    """As RUSTUP_HOME, NVM_DIR or PYENV_ROOT do; one that is not absolute says nothing."""
    lay_out(tmp_path, ("nvm/versions/node/v20.1.0/bin/node", "py/versions/3.12.1/bin/python"), {})
    env = {"NVM_DIR": f"{tmp_path}/nvm", "PYENV_ROOT": f"{tmp_path}/py", "SDKMAN_DIR": "x"}
    assert [each.name for each in find_toolchains(home, env)] == ["node", "python"]


def test_a_command_leads_to_its_toolchain(home: Path) -> None:
    """npm belongs to node, and what stands beside a tool in ~/.local/bin does not belong to it."""
    node = ".nvm/versions/node/v20.1.0/bin"
    lay_out(home, (f"{node}/node", f"{node}/npm", ".local/bin/uv", ".local/bin/other"), {})
    found = find_toolchains(home, {})
    named = {
        word: getattr(find_command(found, word), "name", "") for word in ("npm", "uv", "other")
    }
    assert named == {"npm": "node", "uv": "uv", "other": ""}


def test_folders_without_their_command_and_broken_notes_are_no_toolchain(home: Path) -> None:
    """An installation that was cut off, links that lead nowhere, and files of another form."""
    notes = {
        ".nvm/versions/node/v20.1.0/bin/node": "-> /nowhere",
        ".nvm/alias/default": "../../etc/passwd",
        ".rustup/settings.toml": "[[[",
        ".volta/tools/user/platform.json": "[1]",
        ".config/mise/config.toml": 'tools = "x"',
        ".pyenv/versions": "a file",
    }
    lay_out(home, (".rustup/toolchains/stable/bin/rustc",), notes)
    assert find_toolchains(home, {}) == ()
