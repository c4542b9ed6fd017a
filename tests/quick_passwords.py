"""Passwords of test users: the same algorithm and format as in production, without its patience."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """A server that a test starts verifies these passwords as it does any other."""

    iterations = 1
