"""Which files are tests, or lie among them, by their names alone."""

import re

# Names by which the runners find tests: pytest, go, Jest and Surefire.
# https://docs.pytest.org/en/stable/explanation/goodpractices.html
# https://pkg.go.dev/cmd/go#hdr-Test_packages
# https://jestjs.io/docs/configuration#testmatch-arraystring
# https://maven.apache.org/surefire/maven-surefire-plugin/examples/inclusion-exclusion.html
_TEST_PATH = re.compile(
    r"(?:^|/)(?:tests?|testing|specs?|__tests__|e2e|testthat|test-?suites?|regress(?:ion)?s?"
    r"|unit-?tests?)/|[_.-](?:test|tests|spec)\.\w+$"
    r"|(?:^|/)(?:test[_-][^/]*|tests?\.\w+|run[_-]?tests?[^/]*|conftest\.py)$"
    r"|(?:Test|Tests|TestCase|Spec|IT)\.\w+$|\.(?:t|bats|robot|feature|snap)$"
)

# What tests compare with: golden files of Go, of Jest and of others.
_EXPECTED = re.compile(
    r"(?:^|/)(?:testdata|__snapshots__|snapshots?|goldens?|__fixtures__|fixtures?|cassettes)/"
)


def holds_expectations(path: str) -> bool:
    """Whether a file that is no code may be what tests compare with."""
    return is_test_path(path) or _EXPECTED.search(path) is not None


def is_test_path(path: str) -> bool:
    """Whether a file of this name is one of tests, or lies among them."""
    return _TEST_PATH.search(path) is not None
