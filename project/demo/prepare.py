"""Bring database and static files up to date, in one process: ``prepare STATE METERS CAMERA``."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    call_command("collectstatic", interactive=False, verbosity=0)
    state, meters, camera = sys.argv[1:]
    call_command("seed_demo", state=Path(state), meters=meters, camera=camera)
