"""One reading of a diff by the reviewer tier; tests that it brings are run in the sandbox."""
