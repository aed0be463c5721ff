from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    """The stock admin, under our own site: `autolib.console.site`."""

    default_site = "autolib.console.site.Console"
