"""What is found in small trees made for the purpose, one of each kind that people have."""

import json

import pytest
from support.source_trees import make_tree

from bot.config.repository import parse_repo_config
from runners.onboarding.detect import detect_parts
from runners.onboarding.write_config import write_config

CI = ".github/workflows/ci.yml"


def node(scripts: dict[str, str], **more: object) -> str:
    return json.dumps({"name": "a", "scripts": scripts, **more})


def workflow(*lines: str) -> str:
    return "jobs:\n  a:\n    steps:\n" + "".join(f"      - run: {line}\n" for line in lines)


PYTEST = "[project]\nname='a'\n[tool.pytest.ini_options]\ntestpaths=['tests']\n"
CMAKE = (
    "cmake -S . -B build && cmake --build build -j4 && ctest --test-dir build --output-on-failure"
)
# files -> language and manager, the check's command, words that setup must have
CASES: dict[str, tuple[dict[str, str], str, str, tuple[str, ...]]] = {
    "uv, its tests in a group": (
        {
            "pyproject.toml": PYTEST + "[dependency-groups]\ndev=['ruff']\ntests=['pytest']\n",
            "uv.lock": "",
        },
        "python uv",
        "python3 -m pytest -q",
        ("uv sync --frozen --group tests",),
    ),
    "pip, its tests in an extra": (
        {"pyproject.toml": "[project]\nname='a'\noptional-dependencies.dev=['pytest>=8','mock']\n"},
        "python pip",
        "python3 -m pytest -q",
        ("-e '.[dev]'",),
    ),
    "pip, requirements alone": (
        {"requirements.txt": "flask\n", "tests/test_app.py": "import app\n"},
        "python pip",
        "python3 -m pytest -q",
        ("-r requirements.txt", " pytest"),
    ),
    "setup.cfg with extras": (
        {
            "setup.py": "from setuptools import setup; setup()\n",
            "setup.cfg": "[options.extras_require]\ntest =\n    pytest\n    hypothesis\n",
            "test_a.py": "",
        },
        "python pip",
        "python3 -m pytest -q",
        ("-e '.[test]'",),
    ),
    "tox's packages, by reference": (
        {
            "pyproject.toml": "[build-system]\nrequires=['hatchling']\n[project]\nname='a'\n",
            "tox.ini": "[base]\ndeps =\n  pytest\n  attrs >= 20\n  py310: old\n[testenv]\n"
            "deps =\n  {[base]deps}\ncommands = pytest\n",
        },
        "python pip",
        "python3 -m pytest -q",
        ("'pytest'", "'attrs >= 20'", "-e ."),
    ),
    "docs with examples that are run, and no folder of tests named": (
        {"setup.py": "", "tests/test_a.py": "", "docs/conftest.py": "", "conftest.py": ""},
        "python pip",
        "python3 -m pytest -q --ignore=docs",
        (),
    ),
    "docs with examples, and the folder of tests named": (
        {"pyproject.toml": PYTEST, "docs/conftest.py": ""},
        "python pip",
        "python3 -m pytest -q",
        (),
    ),
    "poetry": (
        {
            "pyproject.toml": "[tool.poetry]\nname='a'\n[tool.poetry.group.dev.dependencies]\npytest='*'"
        },
        "python poetry",
        "python3 -m pytest -q",
        ("POETRY_VIRTUALENVS_IN_PROJECT=true", "poetry install"),
    ),
    "pipenv": (
        {"Pipfile": "[dev-packages]\npytest='*'\n", "Pipfile.lock": "{}", "tests/test_a.py": ""},
        "python pipenv",
        "python3 -m pytest -q",
        ("pipenv sync --dev",),
    ),
    "django": (
        {"manage.py": "", "requirements.txt": "django\n"},
        "python pip",
        "python3 manage.py test",
        ("-r requirements.txt",),
    ),
    "unittest in a workflow": (
        {"setup.py": "", "tests/a.py": "", CI: workflow("python -m unittest discover tests")},
        "python pip",
        "python3 -m unittest discover tests",
        ("-e .",),
    ),
    "unittest below a tool that only CI installs": (
        {
            "setup.py": "",
            "tests/a.py": "",
            CI: workflow(
                "uv run python -m unittest ${{ matrix.flags }}",
                "PYTHONPATH=src coverage run --include='a/*.py' -m unittest -v && coverage xml",
            ),
        },
        "python pip",
        "PYTHONPATH=src python3 -m unittest -v",
        ("-e .",),
    ),
    "npm with a lock file": (
        {"package.json": node({"test": "mocha"}), "package-lock.json": "{}"},
        "node npm",
        "npm test --",
        ("npm ci",),
    ),
    "npm without one": (
        {"package.json": node({"test": "tape test/*.js"})},
        "node npm",
        "npm test --",
        ("npm install",),
    ),
    "pnpm of a version": (
        {
            "package.json": node({"test": "vitest run"}, packageManager="pnpm@9.1.0+sha512.abc"),
            "pnpm-lock.yaml": "",
        },
        "node pnpm",
        "pnpm test",
        ("pnpm@9.1.0\n", "bin/pnpm install --frozen-lockfile"),
    ),
    "yarn of old": (
        {"package.json": node({"test": "jest"}), "yarn.lock": ""},
        "node yarn",
        "yarn test",
        ("bin/yarn install --frozen-lockfile",),
    ),
    "yarn of today": (
        {"package.json": node({"test": "jest"}), "yarn.lock": "", ".yarnrc.yml": ""},
        "node yarn",
        "yarn test",
        ("corepack enable", "yarn install --immutable"),
    ),
    "bun": (
        {"package.json": node({"test": "tsc && vitest --run"}), "bun.lock": ""},
        "node bun",
        "bun run test",
        ("bin/bun install --frozen-lockfile",),
    ),
    "a script that lints as well, and CI's narrower one": (
        {
            "package.json": node({"test": "npm run lint && npm run unit", "unit": "borp"}),
            CI: workflow("npm install", "npm run unit"),
        },
        "node npm",
        "npm run unit --",
        (),
    ),
    "a script that needs a browser, and one that does not": (
        {"package.json": node({"test": "run-s test-node test-browser", "test-node": "mocha"})},
        "node npm",
        "npm run test-node --",
        (),
    ),
    "a script with another before it that lints, and one of the tests alone": (
        {
            "package.json": node(
                {
                    "pretest": "npm run lint",
                    "test": "npm run tests-only",
                    "tests-only": "tape t/*.js",
                }
            )
        },
        "node npm",
        "npm run tests-only --",
        (),
    ),
    "a script that lints as well, and no other": (
        {"package.json": node({"test": "eslint . && node --test"})},
        "node npm",
        "npm test --",
        (),
    ),
    "npm init's script, and a runner": (
        {
            "package.json": node(
                {"test": 'echo "Error: no test specified" && exit 1'},
                devDependencies={"vitest": "1"},
            )
        },
        "node npm",
        "vitest run",
        (),
    ),
    "go": ({"go.mod": "module a\n", "a_test.go": ""}, "go go", "go test ./...", ("mod download",)),
    "cargo": (
        {"Cargo.toml": "[package]\nname='a'\n", "Cargo.lock": "", "src/lib.rs": ""},
        "rust cargo",
        "cargo test --offline --locked",
        ("cargo fetch --locked", "--no-run"),
    ),
    "cargo's workspace without a lock file": (
        {"Cargo.toml": "[workspace]\nmembers=['a']\n", "Makefile": "test-%:\n\ttrue\n"},
        "rust cargo",
        "cargo test --offline --workspace",
        (),
    ),
    "rspec": (
        {"Gemfile": "gem 'rspec'\n", "spec/a_spec.rb": ""},
        "ruby bundler",
        "bundle exec rspec",
        ("bundle install",),
    ),
    "rake": (
        {"Gemfile": "", "Rakefile": "Rake::TestTask.new(:test)\n", "test/test_a.rb": ""},
        "ruby bundler",
        "rake test",
        (),
    ),
    "rake of the bundle": (
        {
            "Gemfile": "gemspec\n",
            "a.gemspec": "s.add_development_dependency 'rake'\n",
            "Rakefile": "Rake::TestTask.new(:test)\n",
        },
        "ruby bundler",
        "bundle exec rake test",
        (),
    ),
    "phpunit": (
        {
            "composer.json": json.dumps({"require-dev": {"phpunit/phpunit": "^10"}}),
            "phpunit.xml.dist": "",
        },
        "php composer",
        "vendor/bin/phpunit",
        ("composer install",),
    ),
    "symfony's phpunit": (
        {"composer.json": json.dumps({"require-dev": {"symfony/phpunit-bridge": "^7"}})},
        "php composer",
        "vendor/bin/simple-phpunit",
        ("simple-phpunit install",),
    ),
    "maven": ({"pom.xml": "<project/>"}, "java maven", "mvn -B -q -o test", ("mvn -B",)),
    "gradle": (
        {"build.gradle.kts": "", "gradlew": ""},
        "java gradle",
        "sh gradlew --no-daemon --offline test",
        ("sh gradlew",),
    ),
    "cmake": (
        {"CMakeLists.txt": "project(a C)\nenable_testing()\n"},
        "c cmake",
        CMAKE,
        (),
    ),
    "meson": (
        {"meson.build": "project('a', 'c')\n"},
        "c meson",
        "meson setup _build && meson test -C _build --print-errorlogs",
        ("meson ninja",),
    ),
    "the GNU build system, with a submodule": (
        {"configure.ac": "", "Makefile.am": "TESTS = a\n", ".gitmodules": ""},
        "c autoreconf",
        "autoreconf -fi && ./configure && make -j4 && make check",
        ("true",),
    ),
    "the same with a folder of tests of its own": (
        {
            "configure.ac": "",
            "Makefile.am": "check_PROGRAMS = a\n",
            "autogen.sh": "",
            "regress/Makefile": "all:\n",
        },
        "c autoreconf",
        "NOCONFIGURE=1 sh autogen.sh && ./configure && make -j4 && make -C regress",
        (),
    ),
    "the workspaces of npm": (
        {
            "package.json": node({}, workspaces=["packages/*"]),
            "packages/a/package.json": node({"test": "mocha"}),
        },
        "node npm",
        "npm test --workspaces --if-present --",
        ("npm install",),
    ),
    "the workspaces of pnpm": (
        {
            "package.json": node({}),
            "pnpm-workspace.yaml": "",
            "pnpm-lock.yaml": "",
            "packages/a/package.json": node({"test": "vitest run"}),
        },
        "node pnpm",
        "pnpm -r test",
        (),
    ),
    "pdm": (
        {"pyproject.toml": PYTEST, "pdm.lock": ""},
        "python pdm",
        "python3 -m pytest -q",
        ("pdm install -G :all",),
    ),
    "hatch's environment": (
        {
            "pyproject.toml": "[build-system]\nrequires=['hatchling']\n[project]\nname='a'\n"
            "[tool.hatch.envs.default]\ndependencies=['pytest>=8', 'a @ git+https://x']\n"
        },
        "python pip",
        "python3 -m pytest -q",
        ("-e . 'pytest>=8'\n",),
    ),
    "mix": ({"mix.exs": ""}, "elixir mix", "mix test", ("mix deps.get",)),
    "dotnet": ({"App.sln": ""}, "dotnet dotnet", "dotnet test --no-restore", ("dotnet restore",)),
    "cabal": ({"a.cabal": ""}, "haskell cabal", "cabal test --offline", ("cabal build all",)),
    "prove": ({"cpanfile": "", "t/a.t": ""}, "perl prove", "prove -lr t", ()),
    "just": ({"justfile": "x := 'y'\ntest *args:\n  sh t.sh\n"}, "just just", "just test", ()),
    "Taskfile": ({"Taskfile.yml": "tasks:\n  test:\n    cmds: []\n"}, "task task", "task test", ()),
    "a project that a Makefile tests": (
        {"pyproject.toml": "[project]\nname='a'\n", "Makefile": "check:\n\tpython3 t.py\n"},
        "python pip",
        "make check",
        ("-e .",),
    ),
    "make": (
        {"Makefile": "CC := cc\nall: a\ncheck: all\n\t./a\n", "a.c": ""},
        "c make",
        "make check",
        (),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_project_has_its_command(name: str) -> None:
    """One part, its check as a person would type it, and a setup that brings what it needs."""
    files, whose, run, setup = CASES[name]
    [part] = detect_parts(make_tree(files))
    assert part.check is not None
    assert (f"{part.language} {part.manager}", part.check.run) == (whose, run)
    text, config = write_config([part])
    assert config.checks["test"].run == run
    assert parse_repo_config(text) == config
    lines = config.setup.command if config.setup else ""
    assert [word for word in setup if word not in lines] == []


def test_the_parts_of_a_monorepo_have_a_folder_each() -> None:
    """Each is named after its folder, and what is no part of the product is passed over."""
    files = {
        "api/pyproject.toml": PYTEST,
        "web app/package.json": node({"test": "vitest run"}),
        "docs/package.json": node({"test": "true it is"}),
        "api/vendor/x/package.json": node({"test": "mocha"}),
        "core/Makefile": "test:\n\ttrue\n",
        "pyproject.toml": "[tool.ruff]\n",
    }
    text, config = write_config(detect_parts(make_tree(files)))
    checks = {name: (each.dir, each.run) for name, each in config.checks.items()}
    assert checks == {
        "api": ("api", "python3 -m pytest -q"),
        "core": ("core", "make test"),
        "web-app": ("web app", "npm test --"),
    }
    assert "(cd 'web app' && npm install" in text


def test_two_languages_in_the_root_have_a_check_each() -> None:
    """The first is called test, the other after its language."""
    files = {"Cargo.toml": "[package]\n", "package.json": node({"test": "mocha"})}
    _, config = write_config(detect_parts(make_tree(files)))
    assert {name: each.run for name, each in config.checks.items()} == {
        "test": "cargo test --offline",
        "test-node": "npm test --",
    }


@pytest.mark.parametrize("tool", ["setuptools-scm", "setuptools_scm[toml]>=8", "hatch-vcs"])
def test_a_version_that_is_read_from_git_has_setup_see_git(tool: str) -> None:
    """Without a repository the installation itself would fail."""
    text = f"[build-system]\nrequires=['{tool}']\n[project]\nname='a'\n[tool.pytest]\n"
    _, config = write_config(detect_parts(make_tree({"pyproject.toml": text})))
    assert config.setup is not None
    assert config.setup.git


def test_services_of_ci_are_named_in_comments() -> None:
    """Whether they can be had here, the person who reads the file knows."""
    text, config = write_config((), ("postgres", "redis", "mongo"))
    assert text.endswith("# [services.postgres]\n# [services.redis]\n")
    assert not config.services


def test_nothing_that_is_known_gives_an_example_to_fill_in() -> None:
    """The file is valid all the same, and says what is missing."""
    text, config = write_config(detect_parts(make_tree({"README": "words\n"})))
    assert not config.checks
    assert "# [checks.test]" in text


HOSTILE = {
    "no JSON": {"package.json": "{" * 5000},
    "a list for an object": {"package.json": "[1]"},
    "numbers for scripts": {"package.json": '{"scripts": {"test": 1}, "engines": 3}'},
    "no TOML": {"pyproject.toml": "[" * 5000, "Cargo.toml": "\x00"},
    "tables for texts": {"pyproject.toml": "[dependency-groups]\ndev=3\n[tool]\npytest=1\n"},
    "no UTF-8 in a workflow": {CI: "\ufffd run: |\n x", "setup.py": "pytest"},
    "a script of blanks": {
        "package.json": node({"test": " " * 200_000 + "x", "unit": "lint " * 9})
    },
    "a Makefile of blanks": {"Makefile": (" " * 100_000 + "\n\t:") * 2},
    "a large file": {"package.json": node({"test": "x" * 400_000})},
    "a folder that ends a line": {"a\nb/go.mod": "", "a\nb/a_test.go": ""},
    "a folder of shell": {"$(touch x)/go.mod": "", "$(touch x)/a_test.go": ""},
    "a folder of quotes": {"a'''b\"/go.mod": "", "a'''b\"/a_test.go": ""},
    "sections that refer to each other": {
        "tox.ini": "[testenv]\ndeps={[a]deps}\n[a]\ndeps={[testenv]deps}\n"
    },
    "a version that is a command": {
        "package.json": node({"test": "ava"}, packageManager="pnpm@1;touch x")
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_broken_or_hostile_gives_a_file_that_can_be_read(name: str) -> None:
    """Nothing ends it, and no word of the repository becomes a line of the file or of a shell."""
    text, config = write_config(detect_parts(make_tree(HOSTILE[name])))
    assert parse_repo_config(text) == config
    setup = config.setup.command if config.setup else ""
    assert "touch x" not in setup.replace("'$(touch x)'", "")
