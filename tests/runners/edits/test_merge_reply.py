import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.edits.merge_definitions import merge_definitions
from runners.edits.merge_reply import read_definitions
from runners.edits.target_file import FileNames

FILE = textwrap.dedent(
    '''\
    """Sums."""

    import math

    LIMIT = 10


    def add(a, b):
        return a - b  # wrong


    # keeps its comment
    def root(x):
        return math.sqrt(x)


    class Box:
        """Holds things."""

        size = 3

        def __init__(self):
            self.things = []

        def put(self, thing):
            self.things = [thing]

        def count(self):
            return len(self.things)


    if __name__ == "__main__":
        print(add(1, 2))
    '''
)
ADD = "def add(a, b):\n    return a + b\n"


def merge_reply(original: str, reply: str, path: str) -> str | None:
    found = read_definitions(reply.split("\n"), FileNames({path: original.encode()}.get, path))
    return None if found is None else found.text


def merged(code: str) -> str:
    result = merge_definitions(FILE, code, module="sums")
    assert result is not None
    ast.parse(result)
    return result


def test_only_the_named_function_changes() -> None:
    """Every byte outside the replaced function stays as it was."""
    assert merged(ADD) == FILE.replace("a - b  # wrong", "a + b")


def test_an_indented_reply_is_moved_to_its_place() -> None:
    """A model may quote a function with the indentation of its chat."""
    assert merged(textwrap.indent(ADD, "    ")) == FILE.replace("a - b  # wrong", "a + b")


def test_a_class_takes_over_the_methods_it_brings() -> None:
    """A class with one method of three replaces that one and keeps the others."""
    code = "class Box:\n    def put(self, thing):\n        self.things.append(thing)\n"
    assert merged(code) == FILE.replace("self.things = [thing]", "self.things.append(thing)")


def test_a_bare_method_goes_to_the_class_that_has_it() -> None:
    """A method quoted without its class is no function of the module."""
    code = "def put(self, thing):\n    self.things.append(thing)\n"
    assert merged(code) == FILE.replace("self.things = [thing]", "self.things.append(thing)")


def test_a_new_bare_method_joins_its_siblings() -> None:
    """A new method beside a known one of the same class is added to that class."""
    code = "def put(self, x):\n    self.check(x)\n\ndef check(self, x):\n    assert x\n"
    tree = ast.parse(merged(code))
    box = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    names = [node.name for node in box.body if isinstance(node, ast.FunctionDef)]
    assert names == ["__init__", "put", "count", "check"]


def test_a_complete_class_is_replaced_whole() -> None:
    """A class that brings every method it had may drop its fields."""
    code = (
        "class Box:\n    def __init__(self):\n        self.things = []\n\n"
        "    def put(self, thing):\n        self.things += [thing]\n\n"
        "    def count(self):\n        return 0\n"
    )
    assert "size = 3" not in merged(code)


def test_new_functions_stand_where_the_reply_has_them() -> None:
    """A function new above a known one is defined before it, one below it after."""
    code = f"def first():\n    return 1\n\n\n{ADD}\n\ndef second():\n    return 2\n"
    text = merged(code)
    places = [text.index(f"def {name}(") for name in ("first", "add", "second", "root")]
    assert places == sorted(places)


def test_only_new_functions_go_above_the_main_block() -> None:
    """Where nothing is replaced, what is new goes to the end of the definitions."""
    text = merged("def third():\n    return 3\n")
    assert text.index("class Box") < text.index("def third") < text.index("if __name__")


def test_new_imports_come_along_and_known_ones_do_not() -> None:
    """An import the file has is not repeated; one of the file itself is left out."""
    text = merged(f"import math\nimport re\nfrom sums import root\n\n{ADD}")
    assert text.count("import math") == 1
    assert "import math\nimport re\n" in text
    assert "from sums" not in text


def test_imports_of_a_file_without_any_go_below_its_docstring() -> None:
    """The docstring stays the first statement."""
    text = merge_definitions(
        '"""Doc."""\n\n\ndef f():\n    pass\n', "import re\n\ndef f():\n    re\n"
    )
    assert text is not None
    assert ast.get_docstring(ast.parse(text)) == "Doc."
    assert text.startswith('"""Doc."""\n\nimport re\n')


def test_constants_follow_their_name() -> None:
    """A known constant gets its new value in place, a new one stands above the definitions."""
    text = merged(f"LIMIT = 20\nSTEP = 2\n\n{ADD}")
    assert "LIMIT = 20" in text
    assert "LIMIT = 10" not in text
    assert text.index("STEP = 2") < text.index("def add")


def test_examples_and_tests_of_the_reply_are_left_out() -> None:
    """Prints, asserts, example values below the code and test classes are not taken over."""
    code = (
        f"{ADD}\nresult = add(1, 2)\nprint(result)\nassert result == 3\n"
        "class AddTest(unittest.TestCase):\n    def test_it(self):\n        pass\n"
        "def test_add():\n    assert add(1, 1) == 2\n"
    )
    assert merged(code) == FILE.replace("a - b  # wrong", "a + b")


def test_elisions_between_whole_definitions_are_no_loss() -> None:
    """What stands between the definitions may be elided: it stays as it was."""
    code = f"# ... existing code ...\n\n{ADD}\n# rest of the file unchanged\n"
    assert merged(code) == FILE.replace("a - b  # wrong", "a + b")


@pytest.mark.parametrize(
    "code",
    [
        "def add(a, b):\n    # ... existing code ...\n    return a + b\n",
        ADD + ADD.replace("+", "*"),
        "def add(a, b):\n    return a +\n",
        "def add(a, b):\n    return a - b  # wrong\n",
        "print('no definition')\n",
        "",
        "class add:\n    pass\n",
        "def lost(self):\n    return self\n",
        "if True:\n    def add(a, b):\n        return 1\n",
        "\0def add(a, b): pass",
    ],
)
def test_what_is_unclear_is_refused(code: str) -> None:
    """Elided bodies, names defined twice, broken or empty code, and no change at all: None."""
    assert merge_definitions(FILE, code) is None


def test_a_name_the_file_defines_twice_is_refused() -> None:
    """Which of two definitions is meant cannot be told."""
    assert merge_definitions(FILE + "\n" + ADD, ADD) is None


def test_a_method_two_classes_have_is_refused() -> None:
    """A bare method must have one home."""
    twins = "\n\n".join(
        f"class {name}:\n    def go(self):\n        return {name!r}\n" for name in ("A", "B")
    )
    assert merge_definitions(twins, "def go(self):\n    return 3\n") is None


def test_a_file_that_is_no_python_is_refused() -> None:
    """Nothing is merged into what cannot be read."""
    assert merge_definitions("def f(:\n", "def f():\n    pass\n") is None


def test_a_missing_final_newline_stays_missing() -> None:
    """The file's end is no part of any definition."""
    assert merge_definitions("def f():\n    return 1", "def f():\n    return 2\n") == (
        "def f():\n    return 2"
    )


def test_decorators_stay_unless_the_reply_has_its_own() -> None:
    """A model that repeats the function alone has not said that they go."""
    old = "@cache\ndef f():\n    return 1\n\n\nclass A:\n    @property\n    def g(self):\n        return 1\n"
    code = "def f():\n    return 2\n\n\ndef g(self):\n    return 2\n"
    assert merge_definitions(old, code) == old.replace("return 1", "return 2")
    assert merge_definitions("@a\ndef f(): 1\n", "@b\ndef f(): 2\n") == "@b\ndef f(): 2\n"


def test_a_comment_above_is_replaced_by_the_reply_s_own() -> None:
    """What said something of the old code does not stay beside what says it of the new."""
    old = "x = 1\n# adds one\ndef f(a):\n    return a + 1\n"
    new = "# adds two\n# at once\ndef f(a):\n    return a + 2\n"
    assert merge_definitions(old, new) == f"x = 1\n{new}"
    assert merge_definitions(old, new.split("\n", 2)[2]) == old.replace("+ 1", "+ 2")


MAIN = "def main():\n    args = read()\n    run(args)\n\n\n"


@pytest.mark.parametrize("name", ["main", "demo", "example_usage"])
def test_an_example_of_the_use_is_not_taken_for_the_file_s_own(name: str) -> None:
    """Beside what was asked for, and unlike what the file has of that name."""
    old = f"{MAIN}{ADD.replace('+', '-')}"
    example = f"\n\ndef {name}():\n    print(add(1, 2))\n"
    assert merge_definitions(old, f"{ADD}{example}") == f"{MAIN}{ADD}"
    spoken = merge_definitions(old, f"{ADD}{example}", task_text=f"Write {name} and mend add")
    assert spoken is not None
    assert "print(add(1, 2))" in spoken


def test_the_file_s_own_main_may_change() -> None:
    """Most of it is there."""
    new = MAIN.replace("run(args)", "run(args)\n    stop()")
    assert merge_definitions(f"{MAIN}{ADD}", new) == f"{new}{ADD}"


def test_a_reply_with_two_fences_is_taken_together() -> None:
    """Chatter around the fences, shell fences and other files' languages are left aside."""
    reply = (
        f"Here:\n```python\n{ADD}```\nand\n```python\ndef root(x):\n    return x ** 0.5\n```\n"
        "```bash\npython sums.py\n```\n"
    )
    text = merge_reply(FILE, reply, "src/sums.py")
    assert text is not None
    assert "a + b" in text
    assert "x ** 0.5" in text


def test_a_fence_with_the_old_code_is_left_aside() -> None:
    """What stands in the file as it is was quoted to be replaced."""
    old = "def add(a, b):\n    return a - b  # wrong\n"
    text = merge_reply(FILE, f"```python\n{old}```\nbecomes\n```python\n{ADD}```\n", "sums.py")
    assert text == FILE.replace("a - b  # wrong", "a + b")


@pytest.mark.parametrize(
    ("original", "reply", "path"),
    [
        (FILE, f"```python\n{ADD}", "sums.py"),
        (FILE, "I would add the numbers.", "sums.py"),
        (FILE, f"```python\n{ADD}```", "sums.js"),
    ],
)
def test_other_replies_are_left_to_the_edits(original: str, reply: str, path: str) -> None:
    """An open fence, no fence, another language: None."""
    assert merge_reply(original, reply, path) is None


@pytest.mark.parametrize(
    "reply",
    [
        f"src/util.py\n```python\ndef check():\n    pass\n```\nsums.py\n```python\n{ADD}```\n",
        f"```python\n# tests/conftest.py\n{ADD}```\n",
        f"In `util.py`:\n```python\n{ADD}```\n",
        f"<<<<<<< SEARCH\nno\n=======\nyes\n>>>>>>> REPLACE\n```python\n{ADD}```\n",
        f"```diff\n@@ -1 +1 @@\n-no\n+yes\n```\n```python\n{ADD}```\n",
    ],
)
def test_a_reply_for_another_file_is_not_merged(reply: str) -> None:
    """Code under another path, and examples beside an edit, belong elsewhere."""
    assert merge_reply(FILE, reply, "sums.py") is None


TESTS = "import bank\n\n\ndef make():\n    return bank\n\n\ndef test_a():\n    assert make()\n"


def test_tests_are_merged_into_test_files() -> None:
    """A test is an example of its use anywhere but in a file of tests."""
    code = "def test_b():\n    assert make() == 2\n"
    merged = merge_definitions(TESTS, code, module="bank_tests")
    assert merged is not None
    assert code in merged


@pytest.mark.parametrize("quote", ["", "    ", "        "])
def test_what_a_string_holds_is_never_moved(quote: str) -> None:
    """A method moves to its class, its multi-line strings keep their columns; docstrings go along."""
    code = (
        f'def put(self, thing):\n    """Put.\n\n    It.\n    """\n    return """\n{quote}a\n"""\n'
    )
    text = merged(code)
    assert f'        return """\n{quote}a\n"""\n' in text
    assert '        """Put.\n\n        It.\n        """\n' in text


@pytest.mark.parametrize(
    "code",
    [
        "class Box(list):\n    def put(self, thing):\n        return 1\n",
        "@final\nclass Box:\n    def put(self, thing):\n        return 1\n",
        'class Box:\n    """New."""\n\n    def put(self, thing):\n        return 1\n',
        "class Box:\n    for i in x:\n        pass\n\n    def put(self, thing):\n        return 1\n",
        f"LIMIT = 5; STEP = 3\n\n\n{ADD}",
    ],
)
def test_a_change_the_merge_would_lose_is_refused(code: str) -> None:
    """Another base, decorator or docstring on part of a class, and lines with two statements."""
    assert merge_definitions(FILE, code) is None


def test_a_constant_that_shares_its_line_is_not_replaced() -> None:
    """The other statement of the line would go with it."""
    code = "x = 5\n\n\ndef f():\n    return x + 1\n"
    assert merge_definitions("x = 1; y = 2\n\n\ndef f():\n    return x\n", code) is None


def test_an_example_below_the_code_is_no_new_value() -> None:
    """What is assigned below the reply's first definition shows its use."""
    text = merged(f"{ADD}\nLIMIT = add(1, 2)\n")
    assert "LIMIT = 10" in text


NAMES = st.sampled_from(["a", "b", "c", "d"])
BODY = st.integers(0, 99).map(lambda n: f"    x = {n}\n    return x\n")
FUNCTIONS = st.dictionaries(NAMES, BODY, min_size=1)


def rendered(functions: dict[str, str]) -> str:
    return "\n\n".join(f"def {name}():\n{body}" for name, body in functions.items())


@given(FUNCTIONS, FUNCTIONS)
def test_merging_is_updating(before: dict[str, str], reply: dict[str, str]) -> None:
    """Whatever the functions, the result defines each once: the reply's where it has one."""
    result = merge_definitions(rendered(before), rendered(reply))
    wanted = {**before, **reply}
    if result is None:
        assert wanted == before
    else:
        tree = ast.parse(result)
        assert sorted(node.name for node in tree.body) == sorted(wanted)  # type: ignore[attr-defined]
        assert all(f"def {name}():\n{body.rstrip()}" in result for name, body in wanted.items())
