"""How a JavaScript or TypeScript project is installed and tested."""

import re

from runners.onboarding.ci_commands import list_ci_commands
from runners.onboarding.found import FoundCheck, Part
from runners.onboarding.source_tree import SourceTree, any_named, table

# What `npm init` writes: https://docs.npmjs.com/cli/v10/commands/npm-init
_NO_TEST = re.compile(r"no test(?:s| specified)|\A(?:exit 1|true)?\Z", re.IGNORECASE)
# What a check has no browser, network or repository for, and what is no test.
_MORE_THAN_TESTS = re.compile(
    r"\b(?:lint|eslint|prettier|format|browser|e2e|playwright|cypress|karma|puppeteer|docs?"
    r"|audit|aud|publint)\b"
)
_NARROWER = (
    "test:unit", "unit", "test-unit", "unit-test", "unit:test", "test:node", "test-node",
    "tests-only", "test:js", "mocha", "jest", "vitest", "tap", "tape", "ava",
)  # fmt: skip
"""Scripts that are the tests alone where `test` is more."""
# Runners with the words by which they run once and end.
_RUNNERS = {"vitest": "vitest run", "jest": "jest", "mocha": "mocha", "ava": "ava", "tap": "tap"}
MAX_PACKAGES = 100
_WORKSPACE_RUNS = {
    "npm": "npm test --workspaces --if-present --",
    "pnpm": "pnpm -r test",
    "yarn": "yarn workspaces run test",
    "yarn of today": "yarn workspaces foreach -A run test",
    "bun": "bun run --filter '*' test",
}
_SCRIPT = re.compile(r"^(?:npm|pnpm|yarn|bun) (?:run )?([\w:.-]{1,80})(?: |$)")


def detect_node(tree: SourceTree) -> Part | None:
    if not tree.has("package.json"):
        return None
    package = tree.read_json("package.json")
    manager = _choose_manager(tree, package)
    engines = table(package, "engines").get("node")
    return Part(
        language="node",
        manager=manager,
        check=_find_check(tree, package, manager),
        setup=_install(tree, manager, str(package.get("packageManager", ""))),
        commands=("node", "npm"),
        wants=engines if isinstance(engines, str) else "",
    )


def _choose_manager(tree: SourceTree, package: dict[str, object]) -> str:
    named = str(package.get("packageManager", "")).partition("@")[0]
    if named in {"npm", "pnpm", "yarn", "bun"}:
        return named
    for manager, locks in (
        ("pnpm", ("pnpm-lock.yaml",)),
        ("bun", ("bun.lock", "bun.lockb")),
        ("yarn", ("yarn.lock",)),
    ):
        if tree.has(*locks):
            return manager
    return "npm"


def _install(tree: SourceTree, manager: str, pinned: str) -> tuple[str, ...]:
    """Npm comes with Node; the others are put where checks find commands."""
    if manager == "npm":
        locked = tree.has("package-lock.json", "npm-shrinkwrap.json")
        return ("npm ci --no-audit --no-fund" if locked else "npm install --no-audit --no-fund",)
    if manager == "yarn" and tree.has(".yarnrc.yml"):
        # Newer yarns are fetched by corepack in the version that the project names:
        # https://yarnpkg.com/getting-started/install
        own = "npm install -g --prefix $BRICKLAYER_SETUP corepack"
        enable = "$BRICKLAYER_SETUP/bin/corepack enable --install-directory $BRICKLAYER_SETUP/bin"
        return (own, enable, "$BRICKLAYER_SETUP/bin/yarn install --immutable")
    # A version may be followed by the hash of its file: https://nodejs.org/api/packages.html#packagemanager
    version = re.match(r"(?:pnpm|yarn|bun)@(\d[\w.-]{0,30})", pinned)
    wanted = f"{manager}@{version[1]}" if version else manager
    locks = ("pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb")
    frozen = " --frozen-lockfile" if tree.has(*locks) else ""
    return (
        f"npm install -g --prefix $BRICKLAYER_SETUP {wanted}",
        f"$BRICKLAYER_SETUP/bin/{manager} install{frozen}",
    )


def _find_check(tree: SourceTree, package: dict[str, object], manager: str) -> FoundCheck | None:
    named = table(package, "scripts")
    scripts = {key: text for key, text in named.items() if isinstance(text, str)}
    script = _choose_script(tree, scripts)
    if script:
        return FoundCheck(_call(manager, script), f'"{script}" in package.json', timeout=600)
    if run := _find_workspace_run(tree, package, manager):
        return FoundCheck(run, "the workspaces of package.json", timeout=900)
    used = {**table(package, "devDependencies"), **table(package, "dependencies")}
    if runner := next((r for r in _RUNNERS if r in used), ""):
        return FoundCheck(_RUNNERS[runner], f"{runner} in package.json", timeout=600)
    ends = (".test.js", ".test.mjs", ".test.cjs", "-test.js", "_test.js")
    if any_named(tree.paths, ends=ends):
        # https://nodejs.org/api/test.html#running-tests-from-the-command-line
        return FoundCheck("node --test", "files called *.test.js", timeout=600)
    return None


def _find_workspace_run(tree: SourceTree, package: dict[str, object], manager: str) -> str:
    """The tests of all packages, where the root has none and packages have; else empty.

    https://docs.npmjs.com/cli/v10/using-npm/workspaces, https://pnpm.io/cli/recursive,
    https://yarnpkg.com/cli/workspaces/foreach, https://bun.sh/docs/cli/filter
    """
    if "workspaces" not in package and not tree.has("pnpm-workspace.yaml"):
        return ""
    paths = sorted(p for p in tree.paths if p.endswith("/package.json"))[:MAX_PACKAGES]
    tests = (table(tree.read_json(path), "scripts").get("test") for path in paths)
    if not any(isinstance(text, str) and not _NO_TEST.search(text.strip()) for text in tests):
        return ""
    newer = manager == "yarn" and tree.has(".yarnrc.yml")
    return _WORKSPACE_RUNS["yarn of today" if newer else manager]


def _choose_script(tree: SourceTree, scripts: dict[str, str]) -> str:
    """`test`, unless it does more than test and a script of the tests alone is there."""
    test = scripts.get("test", "").strip()
    usable = bool(test) and not _NO_TEST.search(test)
    # npm runs these around it: https://docs.npmjs.com/cli/v10/using-npm/scripts#pre--post-scripts
    around = " ".join(scripts.get(name, "") for name in ("pretest", "posttest"))
    if usable and not _MORE_THAN_TESTS.search(f"{test} {around}"):
        return "test"
    in_ci = [f[1] for line in list_ci_commands(tree) if (f := _SCRIPT.match(line))]
    for name in (*_NARROWER, *(n for n in in_ci if re.search(r"(?:^|[:-])(?:unit|test)", n))):
        text = scripts.get(name, "")
        if name != "test" and text and not _MORE_THAN_TESTS.search(f"{name} {text}"):
            return name
    return "test" if usable else ""


def _call(manager: str, script: str) -> str:
    """Npm takes what comes behind `--` for the script's own, whatever it looks like."""
    call = f"{manager} test" if script == "test" and manager != "bun" else f"{manager} run {script}"
    return f"{call} --" if manager == "npm" else call
