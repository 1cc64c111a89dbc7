"""Languages whose one tool installs and tests, each as its manual says."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from runners.onboarding.found import FoundCheck, Part
from runners.onboarding.source_tree import SourceTree


@dataclass(frozen=True, slots=True)
class _Tool:
    """`manifest` is the name of a file in the folder, or with a `*` before it the end of one."""

    language: str
    command: str
    manifest: tuple[str, ...]
    run: str
    setup: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


_TOOLS = (
    # https://hexdocs.pm/mix/Mix.Tasks.Test.html
    _Tool(
        "elixir",
        "mix",
        ("mix.exs",),
        "mix test",
        ("mix local.hex --force", "mix local.rebar --force", "mix deps.get"),
    ),
    # https://learn.microsoft.com/en-us/dotnet/core/tools/dotnet-test
    _Tool(
        "dotnet",
        "dotnet",
        ("*.sln", "*.slnx", "*.csproj", "*.fsproj"),
        "dotnet test --no-restore",
        ("dotnet restore",),
    ),
    # https://docs.deno.com/runtime/reference/cli/test/
    _Tool("deno", "deno", ("deno.json", "deno.jsonc"), "deno test -A", ("deno install",)),
    # https://dart.dev/tools/dart-test
    _Tool("dart", "dart", ("pubspec.yaml",), "dart test", ("dart pub get",)),
    # https://docs.swift.org/package-manager/
    _Tool("swift", "swift", ("Package.swift",), "swift test", ("swift package resolve",)),
    # https://ziglang.org/learn/build-system/
    _Tool("zig", "zig", ("build.zig",), "zig build test", ("zig build --fetch",)),
    # https://docs.haskellstack.org/en/stable/commands/test_command/
    _Tool(
        "haskell", "stack", ("stack.yaml",), "stack test", ("stack build --test --no-run-tests",)
    ),
    # https://cabal.readthedocs.io/en/stable/cabal-commands.html#cabal-test
    _Tool(
        "haskell",
        "cabal",
        ("cabal.project", "*.cabal"),
        "cabal test --offline",
        ("cabal update", "cabal build all --enable-tests"),
        ("cabal", "ghc"),
    ),
    # https://perldoc.perl.org/prove
    _Tool("perl", "prove", ("cpanfile", "Makefile.PL", "dist.ini"), "prove -lr t"),
)
# Runners of named commands, for a repository of no known language: the recipe is the project's own.
# https://just.systems/man/en/ and https://taskfile.dev/docs/guide
_RECIPES = (
    (
        "just",
        ("justfile", "Justfile", ".justfile"),
        re.compile(r"^@?test\b[^\n:=]{0,200}:(?!=)", re.MULTILINE),
    ),
    ("task", ("Taskfile.yml", "Taskfile.yaml"), re.compile(r"^  ['\"]?test['\"]?:", re.MULTILINE)),
)


def detect_other(tree: SourceTree) -> Part | None:
    top = sorted(path for path in tree.paths if "/" not in path)
    for tool in _TOOLS:
        manifest = next((name for name in top if any(map(_matches(name), tool.manifest))), "")
        if manifest and (tool.language != "perl" or "t" in tree.folders):
            return Part(
                language=tool.language,
                manager=tool.command,
                check=FoundCheck(tool.run, manifest, 900),
                setup=tool.setup,
                commands=tool.commands or (tool.command,),
            )
    return None


def _matches(name: str) -> Callable[[str], bool]:
    return lambda form: name.endswith(form[1:]) if form.startswith("*") else name == form


def detect_recipe(tree: SourceTree) -> Part | None:
    for command, names, pattern in _RECIPES:
        path = tree.first(*names)
        if path and pattern.search(tree.read(path)):
            check = FoundCheck(f"{command} test", f"`test` in {path}", 600)
            return Part(language=command, manager=command, check=check, commands=(command,))
    return None
