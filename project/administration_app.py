"""Has Django register every admin page with the administration of Sentinel."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class AdministrationApp(AdminConfig):
    """In the place of ``django.contrib.admin`` among the installed apps."""

    default_site = "project.administration.Administration"
