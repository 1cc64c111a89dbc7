"""How an older database becomes today's, one file a revision, for Alembic.

To change a table: write the next `rNNNN_*.py`, name it in `bot.storage.upgrade.REVISIONS`, bring
`bot.storage.tables` to the same shape; a test compares the two. A revision that was released stays
as it is.
"""
