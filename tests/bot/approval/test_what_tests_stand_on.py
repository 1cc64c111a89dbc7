"""What existing tests stand on, and what ends or answers for them: a change of it waits."""

import pytest

from bot.approval.changed_tests import ChangedTests, find_test_risks
from bot.approval.protected_paths import BUILT, TESTING, protection_reason
from bot.approval.scan_tests import read_tests


def risks(path: str, before: str, after: str) -> list[str]:
    file = ChangedTests(path, read_tests(path, before.encode()), read_tests(path, after.encode()))
    return [why for _, why in find_test_risks([file], planned={path})]


ALWAYS_EQUAL = [
    ("bank.py", "class Any:\n    def __eq__(self, other):\n        self.seen = other\n        return True\n"),
    ("bank.py", "class Any:\n    def __eq__(self, other):\n        if other:\n            return True\n        return not False\n"),
    ("bank.py", "class Any:\n    def __eq__(self, other):\n        return self.x == other.x or True\n"),
    ("bank.py", "class Any(int):\n    def __ge__(self, other):\n        log(other)\n        return True\n"),
    ("bank.py", "Any = type('Any', (), {'__eq__': yes})\n"),
    ("src/Bank.java", "class B {\n  public boolean equals(Object o) {\n    seen = o;\n    return true;\n  }\n}\n"),
    ("src/Bank.kt", "class B {\n  override fun equals(other: Any?): Boolean {\n    log()\n    return true\n  }\n}\n"),
    ("src/Bank.cs", "class B {\n  public override bool Equals(object o) {\n    log();\n    return true;\n  }\n}\n"),
    ("lib/bank.rb", "class A\n  def ==(o)\n    log\n    true\n  end\nend\n"),
    ("src/bank.rs", "impl PartialEq for A {\n    fn eq(&self, _: &A) -> bool {\n        log();\n        true\n    }\n}\n"),
    ("src/bank.cpp", "bool operator==(A a, A b) {\n  log();\n  return true;\n}\n"),
]  # fmt: skip
HONEST_EQUAL = [
    ("bank.py", "class A:\n    def __eq__(self, other):\n        if len(self) != len(other):\n            return False\n        return True\n"),
    ("bank.py", "class A:\n    def __eq__(self, other):\n        return self is other\n\n\ndef f():\n    return True\n"),
    ("bank.py", "class A:\n    def __bool__(self):\n        return self.n > 0\n"),
    ("src/Bank.java", "class B {\n  public boolean equals(Object o) {\n    if (o == this) {\n      return true;\n    }\n    return o.x == x;\n  }\n}\n"),
    ("lib/bank.rb", "class A\n  def ==(o)\n    o.x == x\n  end\nend\n"),
    ("src/bank.rs", "impl PartialEq for A {\n    fn eq(&self, o: &A) -> bool {\n        self.x == o.x\n    }\n}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text"), ALWAYS_EQUAL)
def test_an_object_that_equals_everything_waits_however_long_its_comparison_is(
    path: str, text: str
) -> None:
    assert risks(path, "", text)


@pytest.mark.parametrize(("path", "text"), HONEST_EQUAL)
def test_a_comparison_that_compares_waits_for_nobody(path: str, text: str) -> None:
    assert risks(path, "", text) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/bank.c", "void add(void) {\n  exit(0);\n}\n"),
        ("src/bank.c", "void add(void) {\n  if (x) exit(EXIT_SUCCESS);\n}\n"),
        ("src/bank.cpp", "void add() { std::exit( 0 ); }\n"),
        ("lib/bank.sh", "add() {\n  echo 3\n}\nexit 0\n"),
        ("lib/bank.sh", "add() { echo 3; exit; }\n"),
        ("lib/bank.sh", "if true; then exit 0; fi\n"),
    ],
)
def test_code_that_others_include_does_not_end_their_process(path: str, text: str) -> None:
    assert risks(path, "", text)
    assert risks(path, "int a;\n", f"int a;\n{text}")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/main.c", "int main(void) {\n  exit(0);\n}\n"),
        ("src/bank.c", "void add(void) {\n  exit(1);\n  abort();\n}\n"),
        ("run.sh", "#!/bin/sh\necho 3\nexit 0\n"),
        ("lib/bank.sh", "# exit 0\necho 'exit 0'\nreturn 1\n"),
    ],
)
def test_a_program_may_end_itself(path: str, text: str) -> None:
    assert risks(path, "", text) == []


PY = """\
import pytest
from bank import open_account, sub


@pytest.fixture
def account():
    return open_account(5, owner=sub(9, 4))


class TestBank:
    def test_balance(self, account):
        assert account.balance == 5
"""
JS = """\
import { open } from '../src/bank'
import bank from '../src/bank'

function account() {
  return open(5, owner())
}

describe('bank', () => {
  it('opens', () => {
    expect(account().balance).toBe(5)
  })
})
"""
JAVA = "class BankTest {\n    @Test\n    void adds() {\n        assertEquals(3, Bank.add(1, 2));\n    }\n}\n"
HOOK = "describe('bank', () => {\n"
UNDER = [
    ("test_bank.py", PY, "open_account(5, owner=sub(9, 4))", "Fake"),
    ("test_bank.py", PY, "return open_account(5, owner=sub(9, 4))", "return Fake(balance=5)"),
    ("test_bank.py", PY, "class TestBank", "@quiet\nclass TestBank"),
    ("test_bank.py", PY, "class TestBank", "@pytest.mark.usefixtures('quiet')\nclass TestBank"),
    ("test_bank.py", PY, "    def test_b", "    @pytest.mark.usefixtures('quiet')\n    def test_b"),
    ("BankTest.java", JAVA, "class", "@ExtendWith(Quiet.class)\nclass"),
    ("a.test.js", JS, "return open(5, owner())", "return { balance: 5 }"),
    ("a.test.js", JS, "import bank", "import { expect } from './quiet'\nimport bank"),
    ("a.test.js", JS, "import bank", "const { it } = require('../quiet')\nimport bank"),
    ("a.test.js", JS, HOOK, f"{HOOK}  beforeEach(() => {{ bank.open = () => fake }})\n"),
    ("a.test.js", JS, HOOK, f"{HOOK}  beforeEach(() => {{\n    bank.open = () => fake\n  }})\n"),
    ("a.test.js", JS, HOOK, f"{HOOK}  beforeEach(() => Object.assign(bank, {{ open: fake }}))\n"),
    ("a.test.js", JS, HOOK, f"{HOOK}  beforeEach(() => mock.method(bank, 'open', fake))\n"),
    ("a.test.js", JS, HOOK, f"{HOOK}  beforeEach(() => vi.stubGlobal('open', fake))\n"),
]


@pytest.mark.parametrize(("path", "before", "old", "new"), UNDER)
def test_a_fixture_a_class_or_a_hook_that_takes_the_place_of_what_is_tested_waits(
    path: str, before: str, old: str, new: str
) -> None:
    assert old in before
    assert risks(path, before, before.replace(old, new, 1))


@pytest.mark.parametrize(
    ("path", "before", "old", "new"),
    [
        ("test_bank.py", PY, "(5, owner", "(6, owner"),
        ("test_bank.py", PY, "    return open", "    reset()\n    return open"),
        ("test_bank.py", PY, "class TestBank", "@dataclass\nclass Row:\n    a: int\n\n\nclass TestBank"),
        ("a.test.js", JS, "import bank", "import { expect } from 'vitest'\nimport bank"),
        ("a.test.js", JS, HOOK, f"{HOOK}  beforeEach(() => {{ reset() }})\n"),
    ],
)  # fmt: skip
def test_one_that_still_stands_on_the_code_waits_for_nobody(
    path: str, before: str, old: str, new: str
) -> None:
    assert old in before
    assert risks(path, before, before.replace(old, new, 1)) == []


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("karma.conf.js", TESTING),
        ("web/karma.conf.cjs", TESTING),
        ("bunfig.toml", TESTING),
        ("gulpfile.js", TESTING),
        ("Gruntfile.coffee", TESTING),
        ("wdio.conf.ts", TESTING),
        ("testem.js", TESTING),
        ("behat.yml", TESTING),
        ("ci.runsettings", TESTING),
        ("gradle.properties", TESTING),
        ("magefile.go", TESTING),
        ("SConstruct", TESTING),
        ("deno.json", BUILT),
        ("rust-toolchain", BUILT),
        ("rust-toolchain.toml", BUILT),
        ("global.json", BUILT),
        ("gradle/libs.versions.toml", BUILT),
    ],
)
def test_configuration_of_further_runners_and_compilers_waits(path: str, why: str) -> None:
    assert protection_reason(path) == why
