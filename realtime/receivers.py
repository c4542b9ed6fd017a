"""Listens to the signals of the apps; the only file that does."""
