"""What makes a function or a call a test, language by language."""

import re
from types import MappingProxyType
from typing import NamedTuple

from bot.code.suite_spans import BlockKind as Kind

# Mocha, Jest, Vitest, node:test, Jasmine, QUnit, AVA, Playwright, Deno:
# https://mochajs.org/#interfaces https://jestjs.io/docs/api https://nodejs.org/api/test.html
# https://vitest.dev/api/ https://api.qunitjs.com/QUnit/
JS_TESTS = frozenset({"it", "test", "specify", "fit", "xit", "xtest", "ftest"})
JS_GROUPS = frozenset({"describe", "context", "suite", "fdescribe", "xdescribe", "module"})
# RSpec, Minitest::Spec, ActiveSupport, Capybara, shoulda:
# https://rspec.info/features/3-13/rspec-core/ https://docs.seattlerb.org/minitest/
RUBY_TESTS = frozenset(
    {"it", "specify", "example", "scenario", "test", "should", "its", "fit", "xit", "fspecify"}
)
RUBY_GROUPS = frozenset(
    {"describe", "context", "feature", "fdescribe", "fcontext", "xdescribe", "xcontext"}
    | {"shared_examples", "shared_examples_for", "shared_context"}
)
RUBY_FIXTURES = frozenset({"let", "let!", "subject", "subject!", "given", "background"})
SETUPS = frozenset(
    {"before", "after", "around", "beforeEach", "afterEach", "beforeAll", "afterAll", "setup"}
    | {"teardown", "suiteSetup", "suiteTeardown", "prepend_before", "append_after", "before_all"}
)
# Pest: https://pestphp.com/docs/writing-tests. MUnit and FunSuite: https://www.scalatest.org/
PHP_TESTS, SCALA_TESTS = frozenset({"it", "test"}), frozenset({"test", "it", "describe"})
# Kotest: https://kotest.io/docs/framework/testing-styles.html
KOTLIN_TESTS, KOTLIN_GROUPS = (
    frozenset({"test", "it", "should"}),
    frozenset({"context", "describe"}),
)
NAME = re.compile(r"[\w$!]+")

# https://docs.rs/tokio/latest/tokio/attr.test.html https://docs.rs/rstest and the like
RUST_MARK = re.compile(
    r"#\[\s*(?:\w+\s*::\s*){0,5}(?:test|rstest|test_case|quickcheck|proptest|wasm_bindgen_test"
    r"|apply)\b"
)
# https://docs.junit.org/current/user-guide/#writing-tests-annotations, TestNG, swift-testing
AT_MARK = re.compile(
    r"@(?:\w+\.){0,5}(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property)\b"
)
AT_SETUP = re.compile(r"@(?:\w+\.){0,5}(?:Before|After)(?:Each|All|Class|Method|Test|Suite)?\b")
# https://xunit.net/docs/getting-started/v3/getting-started https://docs.nunit.org/
CSHARP_MARK = re.compile(
    r"[\[,]\s*(?:Fact|Theory|Test|TestCase|TestCaseSource|TestMethod|DataTestMethod)\b"
)
CSHARP_SETUP = re.compile(
    r"[\[,]\s*(?:SetUp|TearDown|OneTimeSetUp|OneTimeTearDown|TestInitialize|TestCleanup)\b"
)
# https://docs.phpunit.de/en/11.5/writing-tests-for-phpunit.html
PHP_MARK = re.compile(r"#\[\s*(?:[\w\\]*\\)?Test\b|@test\b")
PHP_SETUP = re.compile(r"#\[\s*(?:[\w\\]*\\)?(?:Before|After)(?:Class)?\b|@(?:before|after)\b")
# https://docs.pytest.org/en/stable/reference/reference.html#pytest-fixture
FIXTURE_MARK = re.compile(r"@(?:\w+\.){0,3}fixture\b")
# https://pkg.go.dev/testing: what follows the prefix does not begin with a small letter
GO_NAME = re.compile(r"(?:Test|Benchmark|Fuzz|Example)(?![a-z])\w*")
SETUP_NAMES = frozenset(
    {"setUp", "tearDown", "setup", "teardown", "setUpClass", "tearDownClass", "asyncSetUp"}
    | {"asyncTearDown", "setup_method", "teardown_method", "setup_class", "setup_module"}
    | {"setUpWithError", "tearDownWithError", "setUpTestData", "before_setup", "setUpBeforeClass"}
    | {"TestMain", "SetupTest", "SetupSuite", "TearDownTest", "TearDownSuite", "SetupSubTest"}
)
TEST_NAME = re.compile(r"test(?:[A-Z_\d]\w*)?|\w+_test")
ANY_TEST_NAME = re.compile(r"test\w*")


class FunctionRule(NamedTuple):
    """`test` and `setup` are looked for above the name, `name` must be all of it."""

    test: re.Pattern[str] | None = None
    setup: re.Pattern[str] | None = None
    name: re.Pattern[str] | None = None


FUNCTION_RULES = MappingProxyType(
    {
        "python": FunctionRule(name=ANY_TEST_NAME),
        "go": FunctionRule(name=GO_NAME),
        "rust": FunctionRule(RUST_MARK),
        "ruby": FunctionRule(name=re.compile(r"test_\w+[?!]?")),
        "php": FunctionRule(PHP_MARK, PHP_SETUP, ANY_TEST_NAME),
        "csharp": FunctionRule(CSHARP_MARK, CSHARP_SETUP),
        "kotlin": FunctionRule(AT_MARK, AT_SETUP),
        **dict.fromkeys(("java", "swift", "scala"), FunctionRule(AT_MARK, AT_SETUP, TEST_NAME)),
        **dict.fromkeys(("c", "cpp"), FunctionRule(name=TEST_NAME)),
    }
)


def classify_function(language: str, name: str, head: str) -> Kind | None:
    """`head` is what stands above and before the name: attributes, decorators, comments."""
    rule, name = FUNCTION_RULES.get(language, FunctionRule()), name.strip("`")
    if language == "python" and FIXTURE_MARK.search(head):
        return "fixture"
    if name in SETUP_NAMES or (rule.setup and rule.setup.search(head)):
        return "setup"
    is_test = (rule.test and rule.test.search(head)) or (rule.name and rule.name.fullmatch(name))
    return "test" if is_test else None


class CallWords(NamedTuple):
    tests: frozenset[str]
    groups: frozenset[str] = frozenset()
    fixtures: frozenset[str] = frozenset()


CALL_WORDS = MappingProxyType(
    {
        "ruby": CallWords(RUBY_TESTS, RUBY_GROUPS, RUBY_FIXTURES),
        "php": CallWords(PHP_TESTS, JS_GROUPS),
        "scala": CallWords(SCALA_TESTS),
        "kotlin": CallWords(KOTLIN_TESTS, KOTLIN_GROUPS),
        "go": CallWords(frozenset({"Run"})),
        **dict.fromkeys(("javascript", "typescript", "tsx"), CallWords(JS_TESTS, JS_GROUPS)),
    }
)


def classify_call(language: str, callee: str) -> Kind | None:
    """`callee` is what is called, or its beginning: `it`, `describe.each([`, `t.test`."""
    known = CALL_WORDS.get(language)
    names = NAME.findall(callee.partition("(")[0].partition("`")[0].partition("[")[0])
    if not known or not names:
        return None
    # The word stands first, or behind an object: `t.test`, `QUnit.test`, `test.describe.only`.
    words = set(names[:2]) if names[0] not in known.tests | known.groups else set(names)
    if words & SETUPS:
        return "setup"
    if words & known.fixtures:
        return "fixture"
    if words & known.groups:
        return "group"
    return "test" if words & known.tests else None


TITLE_TYPES = re.compile(
    r"string|symbol|identifier|constant|argument|scope_resolution|binary|member|selector|value_arguments"
)
PLACEHOLDER = re.compile(
    r"%[sdifjoOpc#$%]|\$\{[^{}\n]{0,200}\}|#\{[^{}\n]{0,200}\}|\$\w+(?:\.\w+){0,10}"
)
"""What a title of a table of tests, or a template, leaves open."""


def is_title(node_type: str) -> bool:
    return TITLE_TYPES.search(node_type) is not None


def clean_title(text: str) -> str:
    """Without quotes, of a symbol without its colon."""
    text = text.strip()
    if text[:1] in {'"', "'", "`"} and text[-1:] == text[:1] and len(text) > 1:
        return text[1:-1].replace(f"\\{text[0]}", text[0])
    return text.removeprefix(":")
