"""Trains, exports and judges the models that ship; never imported by a gateway.

Needs the packages of ``requirements-train.txt`` (torch and ultralytics, AGPL-3.0) in an environment
of their own. ``python -m edge.training --help`` lists the commands; ``docs/models.md`` tells more.
"""
