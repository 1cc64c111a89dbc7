"""How a Python project is installed and tested."""

import re
from collections.abc import Iterator

from runners.onboarding.ci_commands import list_ci_commands
from runners.onboarding.found import FoundCheck, Part
from runners.onboarding.source_tree import SourceTree, any_named, lists_of_texts, table, texts

MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "requirements.txt", "Pipfile")
TEST_GROUPS = ("test", "tests", "testing", "dev", "develop", "development")
"""Names of extras and of dependency groups that hold what tests need, the best first."""
_REQUIREMENTS = (
    "requirements.txt", "requirements-dev.txt", "dev-requirements.txt", "requirements_dev.txt",
    "requirements-test.txt", "test-requirements.txt", "requirements-tests.txt",
    "requirements_test.txt", "requirements/dev.txt", "requirements/test.txt",
    "requirements/tests.txt", "requirements/testing.txt",
)  # fmt: skip
# Tools that read a version from git's tags: without a repository they end the installation.
_VERSION_FROM_GIT = re.compile(
    r"setuptools[-_]scm|hatch-vcs|versioningit|setuptools-git-versioning|dunamai|uv-dynamic-versioning"
    r"|poetry-dynamic-versioning|\bpbr\b|vcs-versioning"
)
_PYTEST_PLUGIN = re.compile(r"^pytest\b|^pytest[-_]", re.IGNORECASE)
# A name with extras and versions, and nothing that a shell or pip would take for something else.
_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.\[\],-]{0,80}( ?[<>=!~]=? ?[\w.*,<>=!~ ]{1,60})?")
_PYTEST_LINE = re.compile(r"^pytest\b", re.MULTILINE)
# Only its own words, up to what a shell or a workflow's expression would make something else of:
# what stands before it (coverage, uv run) is installed by CI and not by [setup].
_WORD = r"(?:[\w./=*-]{1,100}|'[\w./*-]{1,100}'|\"[\w./*-]{1,100}\")"
_UNITTEST = re.compile(rf"(?<!\S)-m unittest(?P<words>(?: +{_WORD}){{0,20}})(?=\s*(?:$|[;&|]))")
_ASSIGNMENT = re.compile(r"PYTHON\w{1,40}=[\w./:-]{0,200} ")
_VENV = "python3 -m venv $BRICKLAYER_SETUP/venv"
_PIP = "$BRICKLAYER_SETUP/venv/bin/pip install -q"


def detect_python(tree: SourceTree) -> Part | None:
    if not tree.has(*MANIFESTS) and not _test_files(tree):
        return None
    check = _find_check(tree)
    if check is None and not tree.has("pyproject.toml", "setup.py"):
        return None
    manager, setup = _choose_setup(tree, with_pytest="pytest" in (check.run if check else ""))
    project = table(tree.read_toml("pyproject.toml"), "project")
    wanted = project.get("requires-python")
    asks = f"{tree.read('pyproject.toml')}\n{tree.read('setup.py')}\n{tree.read('setup.cfg')}"
    return Part(
        language="python",
        manager=manager,
        check=check,
        setup=setup,
        setup_git=bool(setup) and _VERSION_FROM_GIT.search(asks) is not None,
        # uv fetches the Python that is wanted.
        wants=wanted if isinstance(wanted, str) and manager != "uv" else "",
    )


def _test_files(tree: SourceTree) -> bool:
    return any_named(tree.paths, starts=("test_",), ends=(".py",)) or any_named(
        tree.paths, ends=("_test.py", "_tests.py")
    )


def _find_check(tree: SourceTree) -> FoundCheck | None:
    if tree.has("manage.py") and not _says_pytest(tree):
        return FoundCheck("python3 manage.py test", "manage.py", timeout=600)
    if why := _says_pytest(tree):
        return FoundCheck(f"python3 -m pytest -q{_leave_out_docs(tree)}", why, timeout=600)
    if not (_test_files(tree) or any(f.split("/")[-1] in {"test", "tests"} for f in tree.folders)):
        return None
    if words := next((f for c in list_ci_commands(tree) if (f := _UNITTEST.search(c))), None):
        return FoundCheck(_call_unittest(words), "a workflow", timeout=600)
    if _test_files(tree):
        # It runs tests of unittest, too: https://docs.pytest.org/en/stable/how-to/unittest.html
        return FoundCheck("python3 -m pytest -q", "files called test_*.py", timeout=600)
    return None


def _leave_out_docs(tree: SourceTree) -> str:
    """Where pytest is not told which folders hold tests, examples of the docs are not among them.

    They have a conftest.py, whose packages the tests do not need. Named folders in its place would
    stay beside the paths that plans name.
    """
    options = table(tree.read_toml("pyproject.toml"), "tool", "pytest")
    is_told = "testpaths" in options or "testpaths" in table(options, "ini_options")
    is_told = is_told or any("testpaths" in tree.read(p) for p in ("pytest.ini", "tox.ini"))
    named = [] if is_told else [f for f in ("docs", "doc") if tree.has(f"{f}/conftest.py")]
    return "".join(f" --ignore={folder}" for folder in named)


def _call_unittest(found: re.Match[str]) -> str:
    """What the workflow says of Python's environment is kept, PYTHONPATH=src say."""
    before = found.string[: found.start()]
    environment = "".join(each[0] for each in _ASSIGNMENT.finditer(before))
    return f"{environment}python3 -m unittest{found['words']}"


def _says_pytest(tree: SourceTree) -> str:
    """The file that speaks of pytest; empty where none does."""
    return next(filter(None, _pytest_signs(tree)), "")


def _pytest_signs(tree: SourceTree) -> Iterator[str]:
    """The surest first."""
    if "pytest" in table(tree.read_toml("pyproject.toml"), "tool"):
        yield "[tool.pytest] in pyproject.toml"
    yield tree.first("pytest.ini", ".pytest.ini", "pytest.toml", "conftest.py")
    for path, words in (("setup.cfg", "[tool:pytest]"), ("tox.ini", "[pytest]")):
        if words in tree.read(path):
            yield f"{words} in {path}"
    for path in ("pyproject.toml", "tox.ini", "noxfile.py", "Pipfile", "setup.cfg", "setup.py"):
        if re.search(r"\bpytest\b", tree.read(path)):
            yield path
    yield next((p for p in _REQUIREMENTS if _PYTEST_LINE.search(tree.read(p))), "")
    if any(re.search(r"(?:^|\s)pytest\b", command) for command in list_ci_commands(tree)):
        yield "a workflow"
    yield next((p for p in sorted(tree.paths) if p.endswith("/conftest.py")), "")


def _choose_setup(tree: SourceTree, *, with_pytest: bool) -> tuple[str, tuple[str, ...]]:
    tool = table(tree.read_toml("pyproject.toml"), "tool")
    if tree.has("uv.lock"):
        return "uv", _uv(tree)
    if tree.has("poetry.lock") or "poetry" in tool:
        verb = " ".join(("install", *(f"-E {name}" for name in _useful_extras(tree))))
        return "poetry", _in_project("poetry", "POETRY_VIRTUALENVS_IN_PROJECT=true", verb)
    if tree.has("pdm.lock") or table(tool, "pdm", "dev-dependencies"):
        return "pdm", _in_project("pdm", "", "install -G :all")
    if tree.has("Pipfile"):
        verb = "sync --dev" if tree.has("Pipfile.lock") else "install --dev"
        return "pipenv", _in_project("pipenv", "PIPENV_VENV_IN_PROJECT=1", verb)
    return "pip", _pip(tree, with_pytest=with_pytest)


def _in_project(tool: str, variable: str, verb: str) -> tuple[str, ...]:
    """The tool in an environment of its own; the project's is `.venv`, where checks find it."""
    own = f"$BRICKLAYER_SETUP/{tool}"
    call = f"{variable} {own}/bin/{tool} {verb or 'install'}".strip()
    return (f"python3 -m venv {own}", f"{own}/bin/pip install -q {tool}", call)


def _uv(tree: SourceTree) -> tuple[str, ...]:
    """`dev` is a group by default: https://docs.astral.sh/uv/concepts/projects/dependencies/#default-groups."""
    more = [f"--group {name}" for name in _useful_groups(tree) if name != "dev"]
    more += [f"--extra {name}" for name in _useful_extras(tree)]
    own = "$BRICKLAYER_SETUP/uv"
    sync = " ".join((f"{own}/bin/uv sync --frozen", *more))
    return (f"python3 -m venv {own}", f"{own}/bin/pip install -q uv", sync)


def _pip(tree: SourceTree, *, with_pytest: bool) -> tuple[str, ...]:
    """An editable installation: what a check imports is then its own checkout, not a copy."""
    words: list[str] = []
    for path in _REQUIREMENTS:
        if tree.has(path) and not any(path in word for word in words):
            words.append(f"-r {path}")
    groups = _useful_groups(tree)
    words += [f"--group {name}" for name in groups]
    if _is_package(tree):
        extras = _useful_extras(tree)
        words.append(f"-e '.[{','.join(extras)}]'" if extras else "-e .")
    named_elsewhere = groups or _useful_extras(tree)
    tox = [] if named_elsewhere else [*_tox_packages(tree), *_hatch_packages(tree)]
    words += [f"'{name}'" for name in tox]
    if with_pytest and not any(_PYTEST_PLUGIN.match(each) for each in _named_packages(tree, tox)):
        words.append("pytest")
    if not words:
        return ()
    # Groups need pip 25.1: https://pip.pypa.io/en/stable/news/#v25-1
    newer = (f"{_PIP} -U pip",) if groups else ()
    return (_VENV, *newer, f"{_PIP} {' '.join(words)}")


def _is_package(tree: SourceTree) -> bool:
    data = tree.read_toml("pyproject.toml")
    return tree.has("setup.py") or "build-system" in data or bool(table(data, "project"))


def _groups(tree: SourceTree) -> dict[str, list[str]]:
    return lists_of_texts(table(tree.read_toml("pyproject.toml"), "dependency-groups"))


def _extras(tree: SourceTree) -> dict[str, list[str]]:
    project = table(tree.read_toml("pyproject.toml"), "project", "optional-dependencies")
    return lists_of_texts(project) | _setup_cfg_extras(tree.read("setup.cfg"))


def _setup_cfg_extras(text: str) -> dict[str, list[str]]:
    """https://setuptools.pypa.io/en/latest/userguide/declarative_config.html."""
    found: dict[str, list[str]] = {}
    section, name = "", ""
    for line in text.splitlines():
        if line.startswith("["):
            section, name = line.strip(), ""
        elif section == "[options.extras_require]" and line.strip():
            if not line[0].isspace():
                name = line.partition("=")[0].strip()
                found[name] = []
            elif name:
                found[name].append(line.strip())
    return found


def _useful_groups(tree: SourceTree) -> list[str]:
    return _choose(_groups(tree))


def _useful_extras(tree: SourceTree) -> list[str]:
    return _choose(_extras(tree))


def _choose(named: dict[str, list[str]]) -> list[str]:
    """Those of the usual names that hold a runner of tests; else the first of them for tests."""
    usual = [name for name in TEST_GROUPS if name in named]
    with_runner = [n for n in usual if any(_PYTEST_PLUGIN.match(each) for each in named[n])]
    return with_runner[:1] or [name for name in usual if name.startswith(("test", "dev"))][:1]


def _named_packages(tree: SourceTree, tox: list[str]) -> Iterator[str]:
    """What the setup that is put together here installs by name."""
    for path in _REQUIREMENTS:
        yield from (line.strip() for line in tree.read(path).splitlines())
    yield from (each for name in _useful_groups(tree) for each in _groups(tree)[name])
    yield from (each for name in _useful_extras(tree) for each in _extras(tree)[name])
    yield from texts(table(tree.read_toml("pyproject.toml"), "project").get("dependencies"))
    yield from tox


def _tox_packages(tree: SourceTree) -> Iterator[str]:
    """What `[testenv]` installs in every environment: lines without a factor.

    https://tox.wiki/en/latest/config.html#conditional-settings
    """
    sections = _read_sections(tree.read("tox.ini"))
    to_read, seen = ["testenv"], set[str]()
    while to_read:
        name = to_read.pop()
        if name in seen:
            continue
        seen.add(name)
        for line in sections.get(name, {}).get("deps", []):
            if reference := re.fullmatch(r"\{\[([\w:.-]{1,80})\]deps\}", line):
                to_read.append(reference[1])
            elif _REQUIREMENT.fullmatch(line):
                yield line


def _hatch_packages(tree: SourceTree) -> Iterator[str]:
    """Of the environments in which hatch runs tests.

    https://hatch.pypa.io/latest/config/environment/overview/#dependencies
    """
    environments = table(tree.read_toml("pyproject.toml"), "tool", "hatch", "envs")
    for name in ("default", "test", "hatch-test"):
        for key in ("dependencies", "extra-dependencies"):
            named = texts(table(environments, name).get(key))
            yield from (each for each in named if _REQUIREMENT.fullmatch(each))


def _read_sections(text: str) -> dict[str, dict[str, list[str]]]:
    """An INI file: section, key, lines."""
    sections: dict[str, dict[str, list[str]]] = {}
    section, key = "", ""
    for line in text.splitlines():
        if line.startswith("[") and line.rstrip().endswith("]"):
            section, key = line.strip()[1:-1], ""
        elif line[:1].isspace() and key:
            sections[section][key] += [line.strip()] if line.strip() else []
        elif "=" in line and not line.startswith(("#", ";")):
            key, _, value = (part.strip() for part in line.partition("="))
            sections.setdefault(section, {})[key] = [value] if value else []
    return sections
