"""What the attempt of the night that failed last but one was asked, said, changed and caused."""

from browser.night_jobs import DEMO

TASK = "Task: statement(account): the owner on the first line, then one line an entry."
THOUGHT = "The balance before the first entry follows from the last one."
REPLY = "To write the statement, go through the entries and keep a running balance."
ADDED = "    for kind, amount in account.entries:"
DIFF = f'''diff --git a/statement.py b/statement.py
--- a/statement.py
+++ b/statement.py
@@ -1,5 +1,8 @@
 """A statement as plain text."""
{" "}
{" "}
 def statement(account):
-    raise NotImplementedError
+    lines = [account.owner]
+{ADDED}
+        lines.append(f"{{kind:<10}}{{amount / 100:>9.2f}}{{account.balance / 100:>11.2f}}")
+    return "\\n".join(lines) + "\\n"
'''
FAILED = """F.
======================================================================
FAIL: test_lists_entries_with_a_running_balance (test_statement.Statement)
AssertionError: 'deposit        2.50       0.50' != 'deposit        2.50      12.50'
Ran 2 tests in 0.001s
FAILED (failures=1)
"""
EVIDENCE = {
    ("write-statement", 3): (
        ("system", "You change files of a repository so that a check passes."),
        ("prompt: task (what is to be done)", TASK),
        ("prompt: file (it is to be changed)", (DEMO / "bank/statement.py").read_text("utf-8")),
        ("thinking", THOUGHT),
        ("reply", f"{REPLY}\n\n```python file=statement.py\ndef statement(account):\n```"),
        ("diff", DIFF),
        ("check test: exit 1", FAILED),
        ("outcome", "check failed\n1 of 2 tests failed"),
    )
}
