"""The registry and everything that is measured."""
