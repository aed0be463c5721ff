from importlib import import_module

from django.apps import AppConfig


class AutolibConfig(AppConfig):
    name = "autolib"

    def ready(self) -> None:
        """Whoever signs in is noticed, by whichever door."""
        import_module("autolib.website.sign_ins")
