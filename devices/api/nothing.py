"""The answer where the API has nothing: a page for people would be none to a program."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView


class Nothing(APIView):
    """Every address below /api/v1/ that is none."""

    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Say so, whatever the method.

        Raises:
            NotFound: always.
        """
        raise NotFound("There is nothing here. Addresses of the API end with a slash.")
