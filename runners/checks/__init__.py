"""Running a repository's checks, and reading what their output says."""
