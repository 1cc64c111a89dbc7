"""The life of one issue on its way to a merged pull request: pure data, decisions and texts."""
