from importlib import import_module

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    """The stock admin, under our own site: `autolib.console.site`."""

    default_site = "autolib.console.site.Console"

    def ready(self) -> None:
        """After the apps' own admins come those that need more than one app; and whoever signs in is noticed."""
        super().ready()
        for name in ("admin", "operators", "people", "rules", "imports_admin", "sessions", "proof", "factor_mail"):
            import_module(f"autolib.console.{name}")
