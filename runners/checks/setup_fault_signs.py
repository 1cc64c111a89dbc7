"""Words by which runners say that a command is wrong or a package missing: a table, read in order.

Each is looked for in the output of a red check. `{name}` stands for what the words name, `{table}`
for the check's table in `.bricklayer.toml`.
"""

import re
from dataclasses import dataclass

_NAME = r"\W?(?P<name>[\w@.:/+-]{1,100})\W?"


@dataclass(frozen=True, slots=True)
class Sign:
    """A runner's words. `{name}` in `what` and `hint` is what the words name."""

    words: re.Pattern[str]
    what: str
    hint: str


def _sign(words: str, what: str, hint: str) -> Sign:
    return Sign(re.compile(words, re.MULTILINE), what, hint)


RUN = "correct `run` under {table}"
RUN_THERE = f"{RUN}, or name the folder that has one as `dir`"
_HAVE_TESTS = f"{RUN} so that it names the tests, or take this check out"
_INSTALL = "have [setup] install {name}"
_NO_TARGET = (
    _sign(r"Error: no test specified$", "package.json has no tests yet", _HAVE_TESTS),
    # https://yarnpkg.com/cli/run
    _sign(rf"Couldn't find a script named {_NAME}", "package.json has no script {name}", RUN),
    _sign(
        r"^npm (?:ERR!|error) (?:enoent )?Could not read package\.json",
        "npm finds no package.json",
        RUN_THERE,
    ),
    _sign(
        rf"^error: no (?:test|bin|example|bench) target named {_NAME}",
        "cargo knows no target {name}",
        RUN,
    ),
    # https://tox.wiki/en/latest/
    _sign(
        rf"provided environments not found in configuration file:\n?{_NAME}",
        "tox has no environment {name}",
        RUN,
    ),
    _sign(rf"^ninja: error: unknown target {_NAME}", "ninja knows no target {name}", RUN),
    _sign(
        rf"^\S{{0,60}}sh: (?:\d+: )?(?:cannot open|Can't open|can't open) {_NAME}",
        "the shell finds no file {name}",
        RUN,
    ),
)
_NO_TESTS = (
    # pytest, unittest, Jest, Vitest, Mocha, RSpec, PHPUnit, CTest, node:test
    _sign(r"^=* ?no tests ran in ", "pytest finds no tests", _HAVE_TESTS),
    _sign(r"^(?:NO TESTS RAN|Ran 0 tests in )", "unittest finds no tests", _HAVE_TESTS),
    _sign(r"^No tests found, exiting with code 1", "Jest finds no tests", _HAVE_TESTS),
    _sign(
        r"^\s*No test (?:files )?found, exiting with code 1", "Vitest finds no tests", _HAVE_TESTS
    ),
    _sign(r"^Error: No test files found", "Mocha finds no tests", _HAVE_TESTS),
    _sign(r"^No tests executed!", "PHPUnit finds no tests", _HAVE_TESTS),
    _sign(r"^No tests were found!!!", "CTest finds no tests", _HAVE_TESTS),
    _sign(r"^0 examples, 0 failures$", "RSpec finds no tests", _HAVE_TESTS),
    _sign(r"^✖ Couldn.t find any files to test", "AVA finds no tests", _HAVE_TESTS),
    _sign(r"^go: (?:warning: )?\S{1,200} matched no packages", "go finds no packages there", RUN),
)
_NO_PACKAGE = (
    _sign(
        r"error TS6053: File '(?P<name>@[\w@./-]{1,100})' not found",
        "a package is not installed: {name}",
        _INSTALL,
    ),
    _sign(
        r"error TS5083: Cannot read file '\S{0,200}/node_modules/(?P<name>[\w@./-]{1,100})'",
        "a package is not installed: {name}",
        _INSTALL,
    ),
    _sign(
        r"^sh: (?:\d+: )?(?P<name>[\w.-]{1,60}): Permission denied$",
        "{name} is not executable",
        "have it executable: git update-index --chmod=+x, and commit",
    ),
    # https://bundler.io
    _sign(
        rf"^bundler: command not found: {_NAME}",
        "Bundler finds no command {name}",
        "have [setup] run `bundle install`",
    ),
    _sign(
        r"Could not find gem |Run `bundle install` to install missing gems",
        "gems are not installed",
        "have [setup] run `bundle install`",
    ),
    _sign(
        r"Failed opening required '[^'\n]{0,200}vendor/autoload\.php'",
        "PHP packages are not installed",
        "have [setup] run `composer install`",
    ),
    # https://go.dev/ref/mod#go-sum-files
    _sign(
        r"no required module provides package (?P<name>[\w@./-]{1,200})",
        "no module provides package {name}",
        "have [setup] run `go mod download`, with go.mod complete",
    ),
    _sign(
        r"missing go\.sum entry for (?:module providing package )?(?P<name>[\w@./-]{1,200})",
        "go.sum has no entry for {name}",
        "run `go mod tidy`, and commit go.sum",
    ),
    # https://doc.rust-lang.org/cargo/faq.html#how-can-cargo-work-offline
    _sign(
        r"^error: (?:no matching package named|failed to (?:get|download|load source for"
        r" dependency)) `?(?P<name>[\w-]{1,60})",
        "cargo has not got the package {name}",
        "have [setup] run `cargo fetch`, and set CARGO_HOME where checks find it",
    ),
    _sign(
        r"the lock file \S{1,200} needs to be updated but --locked was passed",
        "Cargo.lock is not up to date",
        "run `cargo update -w`, and commit Cargo.lock",
    ),
    _sign(
        r"Executable doesn't exist at \S{1,200}(?:ms-playwright|chrom)",
        "no browser is installed",
        "have [setup] install it, as by `npx playwright install chromium`",
    ),
    _sign(
        r"fatal error: (?P<name>[\w./+-]{1,100}\.h(?:pp)?): No such file or directory",
        "the compiler finds no {name}",
        "install the package that has it on this machine, or have [setup] do it",
    ),
    _sign(
        r"Can't locate (?P<name>[\w/]{1,100})\.pm in @INC", "Perl has no module {name}", _INSTALL
    ),
)
_NO_SERVICE = (
    # https://www.postgresql.org/docs/current/app-psql.html
    _sign(
        r"\.s\.PGSQL\.\d{1,5}\b|port 5432 failed: Connection refused"
        r"|(?:127\.0\.0\.1|localhost|::1)[:)\]]{0,2}5432\b[^\n]{0,80}refused"
        r"|ECONNREFUSED (?:127\.0\.0\.1|::1):5432",
        "no PostgreSQL answers in the sandbox",
        "add [services.postgres], as docs/recipes/services.md shows",
    ),
    _sign(
        r"Could not connect to Redis|ECONNREFUSED (?:127\.0\.0\.1|::1):6379"
        r"|connecting to (?:localhost|127\.0\.0\.1):6379\. Connection refused",
        "no Redis answers in the sandbox",
        "add [services.redis], as docs/recipes/services.md shows",
    ),
    _sign(
        r"ECONNREFUSED (?:127\.0\.0\.1|::1):(?:3306|27017|9200|5672)"
        r"|Can't connect to (?:local )?MySQL server",
        "a server that the tests need does not answer",
        "start it by [services.NAME] with `run` and `ready`, or leave those tests to CI",
    ),
    _sign(
        r"cannot open display|Missing X server or \$DISPLAY|could not connect to display",
        "the tests need a display",
        "use `xvfb-run` in the command, or the runner's headless mode",
    ),
)
SIGNS = (*_NO_TARGET, *_NO_PACKAGE, *_NO_SERVICE, *_NO_TESTS)
"""In the order in which they are looked for: without a package no test is found, either."""
