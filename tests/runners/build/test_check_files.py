"""The failing test reaches the prompt of every attempt, whatever its language and its runner."""

import subprocess
from pathlib import Path

import pytest

from bot.config.repository import CheckCommand, RepoConfig
from bot.config.tiers import TierSettings
from bot.failures import Failure, Place, read_failures
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.plan import Check, Job, Task
from runners.build.attempt_prompt import build_prompt
from runners.build.attempt_records import Attempt
from runners.build.check_files import HowItFails, PlaceFinder, find_test_files
from runners.build.load_plan import CheckedPlan
from runners.build.prompt_sources import PromptSources
from runners.build.task_run import TaskBase
from runners.checks.failure_digest import digest_failure

SAMPLES = Path(__file__).parents[2] / "data" / "failures"
JUNK = "".join(
    f"const row{n} = {{ then: function () {{ multiply({n}) }}, preHandler: () => quantity({n}) }};\n"
    for n in range(100)
)
TEXT = "multiply() must take the price times the quantity."


def commit(folder: Path, files: dict[str, str]) -> Repo:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    line = "git init -q -b main . && git add -A && git commit -qm first"
    subprocess.run(["sh", "-ec", line], cwd=folder, check=True, timeout=30)
    return open_repo(folder)


def sources(repo: Repo, check: Check, output: str, file: str) -> PromptSources:
    head, tree = repo.resolve_rev("main"), repo.resolve_rev("main", "tree")
    config = RepoConfig(checks={"test": CheckCommand(run="npm test")})
    return PromptSources(
        plan=CheckedPlan(repo, Job("Shop", (), checks=("test",)), head, config, head),
        job_id="job",
        task=Task("fix", file=file, checks=(check,), text=TEXT),
        base=TaskBase(head, digest=digest_failure(output), failures=read_failures(output)),
        tree=tree,
        tier=TierSettings(models=("script:x",), context=4096, answer=1024),
    )


ROWS = [
    ("node_tap", "test/cart.test.js", "multiplies the price by the quantity", "3 !== 12"),
    ("node_spec", "test/cart.test.js", "multiplies the price by the quantity", "3 !== 12"),
    ("mocha", "test/cart.test.js", "multiplies the price by the quantity", "3 !== 12"),
    ("rspec", "spec/cart_spec.rb", "multiplies the price by the quantity", "got: 3"),
    ("go", "cart/cart_test.go", "price by quantity", "Total() = 3, want 12"),
    ("cargo_all", "tests/cart.rs", "fn adds()", "assertion failed: shop::total(&[(1, 2)]) == 2"),
    ("phpunit", "tests/CartTest.php", "testTotal", "Failed asserting that 3 is identical to 12."),
    ("mvn", "src/test/java/com/example/CartTest.java", "void multiplies()", "expected: <12>"),
    ("unittest", "test_unit.py", "def test_sub", "AssertionError: '-1m 5s' != '1m'"),
    ("pytest_auto", "tests/test_cart.py", "def test_ship", "unexpected keyword argument 'ttl'"),
]


@pytest.fixture(scope="module")
def every_language(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Of each row the file of tests, the script's with hundreds of callbacks that are none."""
    files = {"src/shop.txt": "x\n"}
    for _, path, _, _ in ROWS:
        text = (SAMPLES / "sources" / f"{path.rpartition('/')[2]}.txt").read_text()
        files[path] = f"{text}{JUNK if path.endswith('.js') else ''}"
    return commit(tmp_path_factory.mktemp("languages"), files)


@pytest.mark.parametrize(("sample", "path", "shown", "said"), ROWS)
def test_every_attempt_sees_what_failed(
    every_language: Repo, sample: str, path: str, shown: str, said: str
) -> None:
    """By a check without any path, as `npm test`, and by one that names a part of the file."""
    output = (SAMPLES / f"{sample}.txt").read_text()
    for words, tier, number in [((), "local", 6), ((f"{path}::x",), "senior", 2)]:
        now = sources(every_language, Check("run", "test", words), output, "src/shop.txt")
        seen = 0
        for nth in range(number):
            prompt = build_prompt(now, Attempt(nth + 1, tier, nth)).prompt.user  # type: ignore[arg-type]
            seen += shown in prompt and said in prompt.partition("The check fails now:")[2]
            assert "preHandler" not in prompt
        # One failure at a time takes up another with each attempt.
        assert seen >= number - 3


def test_the_words_of_a_failure_find_its_file_where_no_path_is_named(tmp_path: Path) -> None:
    """cargo says no place of a test that returns an error; the title is looked for."""
    files = {"tests/a.rs": "#[test]\nfn opens() {}\n", "src/lib.rs": "fn opens() {}\n"}
    repo = commit(tmp_path, files)
    task = Task("fix", file="src/main.rs", checks=(Check("run", "test"),))
    tree = repo.resolve_rev("main", "tree")
    failed = HowItFails("x", (Failure(("tests", "opens"), ("Error: no",)),))
    assert [path for path, _ in find_test_files(repo, tree, task, (), failed)] == ["tests/a.rs"]


def test_fixtures_of_other_files_come_along(tmp_path: Path) -> None:
    """Those of the conftest.py above a failing test that it names, and no others."""
    conftest = (
        "import pytest\n\n\n@pytest.fixture\ndef items(price):\n    return [price]\n\n\n"
        "@pytest.fixture\ndef price():\n    return 3\n\n\n@pytest.fixture\ndef other():\n    return 1\n"
    )
    test = "def test_total(items):\n    assert sum(items) == 12\n"
    repo = commit(tmp_path, {"tests/conftest.py": conftest, "tests/shop/test_cart.py": test})
    output = "==== FAILURES ====\n____ test_total ____\nE   assert 3 == 12\n\ntests/shop/test_cart.py:2: AssertionError\n"
    now = sources(repo, Check("run", "test"), output, "cart.py")
    prompt = build_prompt(now, Attempt(1, "local", 0)).prompt.user
    assert "tests/conftest.py, what it uses" in prompt
    assert "def items(price)" in prompt
    assert "def price()" in prompt
    assert "def other()" not in prompt


FILES = {
    "src/main/java/com/a/Cart.java": "x",
    "src/test/java/com/a/CartTest.java": "x",
    "other/src/test/java/com/b/CartTest.java": "x",
    "cart/cart_test.go": "x",
    "order/cart_test.go": "x",
    "backend/deep/kart_test.go": "x",
    "tests/test_cart.py": "x",
    "cart_test.go": "x",
}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tests/test_cart.py", "tests/test_cart.py"),
        ("/home/me/shop/tests/test_cart.py", "tests/test_cart.py"),
        ("com/a/CartTest.java", "src/test/java/com/a/CartTest.java"),
        ("Cart.java", "src/main/java/com/a/Cart.java"),
        ("CartTest.java", ""),
        ("example.com/shop/cart/cart_test.go", "cart/cart_test.go"),
        ("example.com/shop/v2/order/cart_test.go", "order/cart_test.go"),
        ("example.com/other/kart_test.go", "backend/deep/kart_test.go"),
        ("tests/test_cart/TestTotal", "tests/test_cart.py"),
        ("../tests/test_cart.py", "tests/test_cart.py"),
        ("no/such.py", ""),
        ("", ""),
    ],
)
def test_a_place_means_the_one_file_that_ends_alike(shop: Repo, written: str, meant: str) -> None:
    """A tool writes a part of a path, or more than it; where two files fit alike, none is meant."""
    assert PlaceFinder(shop, shop.resolve_rev("main", "tree")).find(Place(written, 3)) == meant


def test_what_a_check_prints_is_written_from_its_folder(shop: Repo) -> None:
    """A file of the same name at the root is another one."""
    finder = PlaceFinder(shop, shop.resolve_rev("main", "tree"), ("cart",))
    assert finder.find(Place("cart_test.go", 3)) == "cart/cart_test.go"
    assert finder.find(Place("../order/cart_test.go", 3)) == "order/cart_test.go"
    assert finder.find(Place("tests/test_cart.py", 3)) == "tests/test_cart.py"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return commit(tmp_path_factory.mktemp("shop"), FILES)
