"""The application with an overview that may show more trends than people are offered.

bench.painting asks how many a browser bears, not how many can be read at a glance.
"""

from importlib import import_module

from project.asgi import application

__all__ = ["application"]

import_module("project.overview").MOST_TRENDS = 30
