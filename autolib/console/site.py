from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class Console(AdminSite):
    site_title = "Autolib’"
    site_header = _("Autolib’ console")
    index_title = _("The network")
