"""Tools for those who test policy changes."""
