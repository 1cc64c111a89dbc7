"""Words by which code may end, answer for or change the run of its own tests.

What runs in the tests' process can do all that they can, and no check can prove that it does not.
So code that has more of these words than before is looked at by a person. Words that are put
together at run time are not seen here.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable

from bot.approval.always_equal import count_always_equal
from bot.approval.bound_names import list_imports
from bot.approval.test_paths import is_test_path
from bot.code import language_of

_FORMS: dict[str, tuple[str, ...]] = {
    "python": (
        # The runners: https://docs.pytest.org/en/stable/reference/reference.html
        r"\b(?:_?pytest|unittest|doctest|pluggy|coverage|nose2?)\b",
        # The end of the process: https://docs.python.org/3.11/library/os.html#os._exit
        r"\batexit\b|\b_exit\b|\bSystemExit\b|\bKeyboardInterrupt\b",
        # Where a module is imported; of what only a started program does, nothing is said.
        (
            r"(?:^|;[ \t]{0,50}|^(?!if __name__|(?:async )?def )[a-z][^\n]{0,200}:[ \t]{0,50})"
            r"(?:sys\.)?(?:exit|quit)\b"
        ),
        r"\bos\.(?:abort|kill|killpg|exec\w+|fork\w*|dup2?|write|fdopen|openpty)\b",
        r"\bsignal\.(?:raise_signal|alarm|setitimer)\b|\bctypes\b|\bfaulthandler\b",
        # What all modules share: https://docs.python.org/3.11/library/sys.html
        r"\bsys\.(?:modules|settrace|setprofile|meta_path|path_hooks|excepthook|_getframe)\b",
        r"\bsys\.(?:unraisablehook|monitoring|__\w+__)|\bthreading\.settrace\b",
        r"\bbuiltins\b|\b__builtins__\b|\bgc\.\w+|\bf_(?:back|globals|locals|trace)\b",
        r"\binspect\.(?:stack|currentframe|trace|getouterframes)\b",
        r"\b__(?:eq|ne|class)__[ \t]*=",
        # Hooks of pytest, and the module of `python -m`, which is the runner's:
        # https://docs.pytest.org/en/stable/reference/reference.html#hooks
        r"\bdef[ \t]+pytest_\w+|\bpytest_plugins\b|\b__main__\b",
        r"\b(?:exec[lv]p?e?|posix_spawnp?)\b",
    ),
    "javascript": (
        # https://nodejs.org/api/process.html
        r"\bprocess[ \t]*\.[ \t]*(?:exit\w*|reallyExit|abort|kill|binding|_\w+|on(?:ce)?\b)",
        r"\b(?:jest|vi|vitest|mocha|chai|sinon)\b[ \t]*\.|\bexpect[ \t]*\.[ \t]*extend\b",
        r"\b(?:globalThis|global|window)[ \t]*(?:\[|\.[ \t]*(?:expect|test|it|describe|assert)\b)",
        # https://nodejs.org/api/modules.html#requirecache
        r"\brequire[ \t]*\.[ \t]*(?:cache|main)\b|\bModule[ \t]*\.[ \t]*_\w+",
        (
            r"\b(?:Object|Array|Function|String|Number|Error|Promise)[ \t]*\.[ \t]*prototype"
            r"[ \t]*\.[ \t]*\w+[ \t]*=(?!=)"
        ),
        r"\bObject[ \t]*\.[ \t]*(?:is|keys|entries)[ \t]*=(?!=)",
        # Another module's functions, and what is the same to all modules:
        r"\bassert[ \t]*(?:\.[ \t]*\w+[ \t]*){1,3}=(?![=>])",
        r"\brequire[ \t]*\([^()\n]{0,200}\)[ \t]*(?:\.[ \t]*\w+[ \t]*){1,4}=(?![=>])",
        (
            r"\b(?:definePropert(?:y|ies)|assign|setPrototypeOf|set)[ \t]*\("
            r"[ \t]*(?:globalThis|global|window|assert|expect|require)\b"
        ),
        r"\{[^{}\n]{0,200}\bexit\b[^{}\n]{0,200}\}[ \t]*(?:=[ \t]*process\b|from\b)",
        # Equal to anything: https://jestjs.io/docs/expect#asymmetric-matchers
        r"\basymmetricMatch\b",
    ),
    "go": (
        # https://pkg.go.dev/os#Exit and https://pkg.go.dev/testing#Testing
        r"\bos\.Exit\b|\bsyscall\.(?:Exit|Exec|Kill)\b|\bruntime\.Goexit\b",
        r"\btesting\.\w+|\bunsafe\.Pointer\b|\bflag\.(?:Lookup|Set|CommandLine)\b",
        # The options of the tests' own program: https://pkg.go.dev/cmd/go#hdr-Testing_flags
        r"\bos\.Args[ \t]*=(?!=)",
    ),
    "rust": (
        r"\bprocess\s*::\s*(?:exit|abort)\b|\blibc\s*::\s*_?exit\b|\bno_mangle\b|\bctor\b",
        r"\bpanic\s*::\s*(?:set_hook|catch_unwind)\b",
        # Run before main, C's own functions, and macros by the names of the standard library's.
        r"\blink_section\b|\bfn\s+(?:_?exit|_Exit|abort|quick_exit)\s*\(",
        r"\bmacro_rules!\s*(?:(?:debug_)?assert\w*|panic|matches)\b",
        # Code that is another while it is tested.
        r"\bcfg!\s*\(\s*(?:not\s*\(\s*)?test\b|#\[\s*cfg\s*\(\s*not\s*\(\s*test\b",
    ),
    "java": (
        r"\bSystem\s*\.\s*exit\b|\.halt\s*\(|\baddShutdownHook\b|\bexitProcess\b",
        r"\borg\.(?:junit|testng|mockito|assertj|hamcrest|spockframework)\b",
        r"\bsetDefaultUncaughtExceptionHandler\b",
    ),
    "ruby": (
        r"\bat_exit\b|\bexit!|\bKernel\s*\.\s*exit\b|\bProcess\s*\.\s*(?:exit\w*|kill)\b",
        r"^[ \t]*exit\b",
        r"\b(?:Minitest|RSpec|Test::Unit)\b|\bObjectSpace\b|\bTracePoint\b",
        r"\bmodule\s+Kernel\b|\bclass\s+(?:Basic)?Object\b",
        r"\bdef\s+(?:self\.)?(?:exit|should|expect|assert\w*)\b",
    ),
    "php": (
        r"\bPHPUnit\b|\bregister_shutdown_function\b|\b(?:exit|die)\s*[(;]|\bposix_kill\b",
        r"\bset_error_handler\b",
    ),
    "csharp": (
        r"\bEnvironment\s*\.\s*(?:Exit|FailFast)\b|\bProcessExit\b|\b(?:Xunit|NUnit|MSTest)\b",
    ),
    "c": (
        r"\b(?:_exit|_Exit|quick_exit|atexit|on_exit|ptrace)\s*\(",
        r"__attribute__\s*\(\(\s*(?:con|de)structor\b|^[ \t]*#[ \t]*define[ \t]+(?:assert|main)\b",
        # Without its assertions: https://en.cppreference.com/w/c/error/assert
        (
            r"^[ \t]*#[ \t]*(?:define|undef)[ \t]+(?:NDEBUG|assert\w*|if|while|return|exit"
            r"|strcmp|memcmp|(?:ASSERT|EXPECT|REQUIRE|CHECK|TEST|SECTION)(?:_\w+)?)\b"
        ),
        r"\b(?:gtest|catch2?|doctest|cmocka)\.h\w*\b|\bEXPECT_\w+|\bRUN_ALL_TESTS\b",
    ),
    "swift": (r"\bXCT\w+|\b_?exit\s*\(|\batexit\b",),
    "bash": (
        r"\btrap\b[^\n]{0,200}\b(?:EXIT|0[ \t]*$)|/proc/|\balias\b|\benable[ \t]+-n\b",
        # A function is found before a program:
        # https://www.gnu.org/software/bash/manual/html_node/Command-Search-and-Execution.html
        (
            r"^[ \t]*(?:function[ \t]+(?:test|\[|assert\w*|diff|cmp|exit|false)(?=[ \t({])"
            r"|(?:test|\[|assert\w*|diff|cmp|exit|false)[ \t]*\(\))"
        ),
    ),
}
_SAME = {"typescript": "javascript", "tsx": "javascript", "kotlin": "java", "scala": "java"}
_WORDS = {
    language: re.compile("|".join(_FORMS[like]), re.MULTILINE)
    for language, like in [*((name, name) for name in _FORMS), *_SAME.items(), ("cpp", "c")]
}
# In a file that others include: the process is theirs.
_ENDS = {
    **dict.fromkeys(("c", "cpp"), re.compile(r"\bexit\s*\(\s*(?:0|EXIT_SUCCESS|false)?\s*\)")),
    "bash": re.compile(r"(?:^|[;&|{(]|\bthen\b|\bdo\b|\belse\b)[ \t]*exit\b", re.MULTILINE),
}
_MAIN = re.compile(r"\bmain\s*\(")


def is_started(language: str, text: str) -> bool:
    """Whether a file is a program of its own: it has a `main`, or says what runs it."""
    return text.startswith("#!") if language == "bash" else bool(_MAIN.search(text))


_PATCHES = re.compile(
    r"^[ \t]*(\w+)(?:\.\w+){1,9}[ \t]*(?::[^=\n]{1,100})?=(?!=)"
    r"|\b(?:setattr|delattr)[ \t]*\([ \t]*(\w+)",
    re.MULTILINE,
)
"""Of a module's or a class's attribute, by the name that it has in the file."""
_RUNNERS = frozenset(
    (
        *("assertj", "chai", "coverage", "doctest", "hamcrest", "jest", "junit", "minitest"),
        *("mocha", "mockito", "mstest", "nose", "nose2", "nunit", "phpunit", "pluggy", "pytest"),
        *("rspec", "sinon", "spockframework", "testng", "unittest", "vi", "vitest", "xunit"),
    )
)
_NAME_PARTS = re.compile(r"[^\w]+")
# By these a process tells that it is tested, or finds the one that started it.
# https://docs.pytest.org/en/stable/example/simple.html#pytest-current-test-environment-variable
_QUOTED = re.compile(
    r"/proc/(?:self|\d+|\{)|\bPYTEST_\w+|\bJEST_WORKER_ID\b|\bVITEST\b|\bNEXTEST\b|\b_?pytest\b|\bunittest\b"
    r"|[\"'](?:os\.)?_exit[\"']|[\"']__(?:eq|ne)__[\"']|-test\.[a-z]+|[\"']unsafe[\"']"
    r"|NODE_ENV\W{1,6}={1,3}\W{1,3}test\b"
)
_IN_TESTS = re.compile(
    r"\b_?(?:pytest|unittest)(?:\.\w+)+[ \t]*=(?!=)|\b_pytest\b|\batexit\b"
    r"|\bbuiltins\b|\bsys\.modules[ \t]*\[[^\]\n]{0,100}\][ \t]*=(?!=)"
    r"|\b(?:globalThis|global)[ \t]*\.[ \t]*(?:expect|test|it|describe)[ \t]*=(?!=)"
    r"|\bexpect[ \t]*\.[ \t]*\w+[ \t]*=(?!=)|\bmacro_rules!\s*(?:(?:debug_)?assert\w*|panic)\b"
    # Methods by which unittest runs a test:
    # https://docs.python.org/3.11/library/unittest.html#unittest.TestCase.run
    r"|\bdef[ \t]+run[ \t]*\([ \t]*self[ \t]*,[ \t]*\w+[ \t]*(?:=[ \t]*None[ \t]*)?\)"
    r"|\bdef[ \t]+_callTestMethod\b|^[ \t]*\w+\.test\w*[ \t]*=(?!=)"
    r"|\bfailureException[ \t]*=(?!=)"
    # A method that is put into a class from outside of it, in Ruby.
    r"|^[ \t]*def[ \t]+[A-Z]\w*(?:::\w+){0,9}\.\w+|\{[ \t]*def[ \t]+[A-Z]\w*\.\w+",
    re.MULTILINE,
)
"""In a file of tests, too: what changes the runner itself."""


# Text that is another to the language than to a reader: characters of code may stand in a comment.
_RECODED = {
    # https://docs.python.org/3.11/reference/lexical_analysis.html#encoding-declarations
    "python": re.compile(
        r"\A(?:[^\n]*\n)?[ \t\f]*\#[^\n]{0,200}?coding[:=][ \t]*"
        r"(?!utf-?8|(?:us-)?ascii|latin-?1|iso-?8859|cp125\d)[\w.-]+",
        re.IGNORECASE,
    ),
    # https://docs.oracle.com/javase/specs/jls/se17/html/jls-3.html#jls-3.3
    "java": re.compile(r"\\u+00[0-7][0-9a-f]", re.IGNORECASE),
}


def count_recoded(language: str, text: str) -> Counter[str]:
    """What makes another text of this one before it is read as code."""
    return _count(_RECODED[language], text) if language in _RECODED else Counter()


def count_runner_words(
    language: str, code: str, bare: str, *, tested: bool, is_program: bool = False
) -> Counter[str]:
    """Such words, as written. `tested`: it is a file of tests, which may speak of their runner.

    `is_program`: it is started by itself, so that it may end its own process.
    """
    if tested:
        return _count(_IN_TESTS, bare)
    if language not in _WORDS:
        return Counter()
    found = _count(_WORDS[language], bare) + _count(_QUOTED, code) + count_always_equal(bare)
    if not is_program and language in _ENDS:
        found += _count(_ENDS[language], bare)
    return found + _count_patches(bare) if language == "python" else found


def _count_patches(bare: str) -> Counter[str]:
    """Changes to modules and classes of Python's own library, which the runner uses, too."""
    theirs = {name for name, module in list_imports(bare) if module in sys.stdlib_module_names}
    patches = (match for match in _PATCHES.finditer(bare) if (match[1] or match[2]) in theirs)
    return Counter(" ".join(match[0].split()) for match in patches)


def _count(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(" ".join(match[0].split()) for match in pattern.finditer(text))


def name_in(word: str) -> str:
    """The runner that a word speaks of: `mocha` in `mocha.run`, `mockito` in `org.mockito`."""
    return _NAME_PARTS.split(word.removeprefix("org."))[0].strip("_").lower()


def list_own_names(paths: Iterable[str]) -> frozenset[str]:
    """The names of folders and files of code that is no test: a test runner speaks of itself."""
    code = (path for path in paths if language_of(path) and not is_test_path(path))
    parts = (part for path in code for part in path.split("/"))
    return frozenset(part.partition(".")[0].strip("_").lower() for part in parts) & _RUNNERS
