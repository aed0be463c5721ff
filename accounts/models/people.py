"""People: who signs in, who may reserve, and the answers already given to their commands."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from stations.models import Network, Station
from stations.rights import Role


class UserAccounts(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """Whoever signs in: a subscriber, an operator, or both. The e-mail address is the name."""

    email = models.EmailField(_("e-mail"), unique=True)
    full_name = models.CharField(_("name"), max_length=150, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=8, default="fr")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("operator"), default=False)
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)
    networks = models.ManyToManyField(
        Network, through="Appointment", verbose_name=_("operates"), related_name="+", blank=True
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []  # type: ignore[misc]

    objects = UserAccounts()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="an_email_is_used_once")]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.email


class Appointment(models.Model):
    """A role that somebody has in a network: what it may do there is said in `stations.rights`."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("user"), related_name="appointments")
    network = models.ForeignKey(Network, models.CASCADE, verbose_name=_("network"), related_name="+")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MANAGER, db_default=Role.MANAGER.value)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        db_table = "accounts_user_networks"
        constraints = [models.UniqueConstraint(fields=["user", "network", "role"], name="a_role_is_given_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.network} · {self.get_role_display()}"


class Subscriber(models.Model):
    """A person as one network knows them. `reference` is the only name by which outsiders see them."""

    class Ground(models.TextChoices):
        UNPAID = "unpaid", _("unpaid invoices")
        DAMAGE = "damage", _("damage to a car")
        MISUSE = "misuse", _("misuse of the service")
        IDENTITY = "identity", _("doubt about the identity")
        LOST_BADGE = "lost_badge", _("badge lost or stolen")
        OTHER = "other", _("another ground")

    user = models.OneToOneField(User, models.PROTECT, verbose_name=_("user"), related_name="subscriber")
    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    wanted_plan = models.ForeignKey(
        "Plan",
        models.SET_NULL,
        verbose_name=_("wanted plan"),
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Chosen at sign-up; the contract starts once the e-mail address is confirmed."),
    )
    is_blocked = models.BooleanField(_("blocked"), default=False)
    blocked_reason = models.CharField(_("blocked because"), max_length=300, blank=True)
    blocked_ground = models.CharField(
        _("ground of the block"), max_length=10, choices=Ground, blank=True, default="", db_default=""
    )
    blocked_until = models.DateTimeField(_("blocked until"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        indexes = [
            models.Index(
                fields=["blocked_until"], name="subscriber_to_unblock", condition=Q(blocked_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class Badge(models.Model):
    """A card that a post reads. Only a keyed digest of its number is kept, and its last four characters to name it."""

    subscriber = models.ForeignKey(Subscriber, models.PROTECT, verbose_name=_("subscriber"), related_name="badges")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(_("last four"), max_length=4)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("badge")
        verbose_name_plural = _("badges")

    def __str__(self) -> str:
        return f"…{self.last_four}"


class Favourite(models.Model):
    """A place that a person wants at hand. It was found by its name, which finds it again; no position is stored."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("user"), related_name="favourites")
    name = models.CharField(_("name"), max_length=200)
    station = models.ForeignKey(
        Station, models.CASCADE, verbose_name=_("station"), related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="a_favourite_is_kept_once")]

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A bearer token; only its SHA-256 is kept. Scopes: `booking` (one's own), `audit` (the event log)."""

    class Scope(models.TextChoices):
        BOOKING = "booking", _("own bookings")
        AUDIT = "audit", _("event log")

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("user"), related_name="tokens")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    label = models.CharField(_("label"), max_length=60, blank=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.label or f"{self.user} {self.created_at:%Y-%m-%d}"


class PushSubscription(models.Model):
    """A device that is told: its address at its browser's push service, and the keys that only it can read with.

    The address is a secret that whoever knows it could write to; it belongs to whoever registered it last.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="push_subscriptions")
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    # Where it was asked for: whoever signs that device out from afar ends its notices too.
    session_key = models.CharField(max_length=40, blank=True, default="", db_default="")
    created_at = models.DateTimeField()


class SignIn(models.Model):
    """A browser in which somebody is signed in: enough to know it again, no address. It ends with its session."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("user"), related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    browser = models.CharField(_("browser"), max_length=20, blank=True)
    system = models.CharField(_("system"), max_length=20, blank=True)
    signed_in_at = models.DateTimeField(_("signed in"))
    last_used_at = models.DateTimeField(_("last used"))

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")

    def __str__(self) -> str:
        return f"{self.browser} {self.system}".strip()


class IdempotencyRecord(models.Model):
    """The one answer to a command: written in the transaction of its effect (`accounts.idempotency`)."""

    principal = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "key"], name="a_key_is_answered_once"),
            models.CheckConstraint(
                name="an_answer_has_status_and_body",
                condition=Q(status__isnull=True, body__isnull=True) | Q(status__isnull=False, body__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]


class RequestCount(models.Model):
    """How often somebody asked in a window of time: the counter of the throttles."""

    OF_A_DAY = "day:"  # how the key of a window of a day begins; the others are shorter, and gone after an hour

    key = models.CharField(max_length=120, primary_key=True)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["window_start"], name="request_count_age")]
