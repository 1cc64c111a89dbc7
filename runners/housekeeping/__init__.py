"""Removes what no job needs any more: on the disk, in mirrors and in the database."""
