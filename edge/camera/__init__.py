"""From camera to event: grab, look, judge, prove.

A gateway without cameras imports nothing of this: the packages are in ``requirements/vision.in``.
"""
