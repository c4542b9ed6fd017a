"""The whole platform on one machine: ``python -m project.demo``."""
