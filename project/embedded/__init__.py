"""A real PostgreSQL and a real Valkey from wheels, started and watched by us."""

from project.embedded.postgres import EmbeddedPostgres
from project.embedded.process import NotStarted
from project.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "NotStarted"]
