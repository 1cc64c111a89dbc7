"""The only caller of GitHub."""
