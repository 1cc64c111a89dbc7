"""What a runner prints of one failing test among many, written without the runner."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailingTest:
    """`title` as the runner names it; it fails in `line` of `path` and `said` why.

    `source` are the lines of the file.
    """

    title: str
    path: str
    line: int
    said: str
    source: Sequence[str]


def print_failure(runner: str, test: FailingTest) -> str:
    name = test.path.rpartition("/")[2]
    owner, _, method = test.title.rpartition(".")
    outer, slash, _ = test.title.partition("/")
    first = max(0, test.line - 12)
    return TEMPLATES[runner].format(
        title=test.title,
        path=test.path,
        line=test.line,
        above=test.line - 5,
        name=name,
        owner=owner,
        method=method,
        said=test.said,
        said_indented=test.said.replace("\n", "\n    "),
        subtest=f"--- FAIL: {outer} (0.00s)\n    " if slash else "",
        kind=test.said.partition(":")[0],
        ids=test.title.replace(".", "::"),
        rule=f" {test.title} ".center(80, "_"),
        code="\n".join(f"    {each}".rstrip() for each in test.source[first : test.line - 1]),
        failing=test.source[test.line - 1],
        ok="\n".join(f"ok {n} - case {n}\n  ---\n  duration_ms: 1.2\n  ..." for n in range(1, 40)),
        ticks="\n".join(f"    \u2714 case {n}" for n in range(30)),
        lines="\n".join(f"Test #{n}: '.' at line number {4 * n}" for n in range(1, 200)),
        cases="\n".join(f"test {test.title}_{n} ... ok" for n in range(40)),
    )


TEMPLATES = {
    # https://docs.pytest.org/en/stable/how-to/output.html
    "pytest": """============================= test session starts ==============================
collected 412 items

{path} .....F....

=================================== FAILURES ===================================
{rule}

{code}
>   {failing}
E   {said}

{path}:{line}: {kind}
=========================== short test summary info ============================
FAILED {path}::{ids} - {said}
======================== 1 failed, 411 passed in 9.41s =========================
""",
    # https://pkg.go.dev/cmd/go/internal/test
    "go": """{subtest}--- FAIL: {title} (0.00s)
        {name}:{line}: {said_indented}
FAIL
FAIL\texample.org/module\t0.412s
FAIL
""",
    # https://doc.rust-lang.org/book/ch11-01-writing-tests.html
    "cargo": """running 41 tests
{cases}
test {title} ... FAILED

failures:

---- {title} stdout ----
thread '{title}' panicked at {path}:{line}:5:
{said}
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    {title}

test result: FAILED. 40 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s
""",
    # https://docs.phpunit.de/en/11.4/textui.html
    "phpunit": """PHPUnit 9.6.21 by Sebastian Bergmann and contributors.

...F......                                            10 / 10 (100%)

There was 1 failure:

1) {title}
{said}

/box/repo/{path}:{line}

FAILURES!
Tests: 10, Assertions: 31, Failures: 1.
""",
    # https://rspec.info/features/3-13/rspec-core/formatters/
    "rspec": """.....F....

Failures:

  1) {title}
     Failure/Error: {failing}

       {said}
     # ./{path}:{line}:in `block (4 levels) in <top (required)>'

Finished in 0.31 seconds
10 examples, 1 failure

Failed examples:

rspec ./{path}:{line} # {title}
""",
    # https://docs.gradle.org/current/userguide/java_testing.html
    "gradle": """> Task :test FAILED

{title} FAILED
    {said}
        at {name}:{line}

10 tests completed, 1 failed

FAILURE: Build failed with an exception.

* What went wrong:
Execution failed for task ':test'.
> There were failing tests. See the report at: file:///box/repo/build/reports/index.html
""",
    # https://maven.apache.org/surefire/maven-surefire-plugin/
    "maven": """[INFO] Running {owner}
[ERROR] Tests run: 90, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.2 s <<< FAILURE!
[ERROR] {title} -- Time elapsed: 0.01 s <<< FAILURE!
{said}
\tat {owner}.{method}({name}:{line})

[ERROR] Failures:
[ERROR]   {method}:{line} {said}
[ERROR] Tests run: 90, Failures: 1, Errors: 0, Skipped: 0
""",
    # https://vitest.dev/guide/reporters
    "vitest": """ FAIL  {path} > {title}
{said}
 \u276f {path}:{line}:45
    {line}| {failing}

 Test Files  1 failed (1)
      Tests  1 failed | 60 passed (61)
""",
    # https://nodejs.org/api/test.html#test-reporters
    "node": """TAP version 13
{ok}
# Subtest: {title}
not ok 40 - {title}
  ---
  duration_ms: 7.1
  location: '/box/repo/{path}:{above}:1'
  failureType: 'testCodeFailure'
  error: |-
    {said_indented}
  code: 'ERR_ASSERTION'
  stack: |-
    /box/repo/{path}:{line}:14
  ...
1..40
# tests 40
# pass 39
# fail 1
""",
    # https://mochajs.org/#spec
    "mocha": """  suite
{ticks}

  30 passing (51ms)
  1 failing

  1) {title}:
     {said}
      at Context.<anonymous> (/box/repo/{path}:{line}:9)
      at process.processImmediate (node:internal/timers:476:21)
""",
    # https://github.com/jqlang/jq/blob/master/src/jq_test.c
    "jq": """{lines}
Test #200: '{title}' at line number {line}
{said}
199 of 200 tests passed (0 malformed, 0 skipped)
""",
}
