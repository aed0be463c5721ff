"""Settings, all from the environment. Production is the default and refuses to start without its secrets."""

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import leaflet
import structlog
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def required(name: str) -> str:
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. Set it in the environment; see README, “Run on real servers”.")
    return value


def seconds(name: str, default: float) -> float:
    try:
        value = env.float(name, default=default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a number of seconds.") from error
    if value <= 0:
        raise ImproperlyConfigured(f"{name} must be more than 0 seconds.")
    return float(value)


def days(name: str, default: int) -> int:
    try:
        value = env.int(name, default=default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number of days.") from error
    if not 0 < value <= 36_500:
        raise ImproperlyConfigured(f"{name} must be between 1 day and 36500 days.")
    return int(value)


MODE = env.str("AUTOLIB_MODE", default="production")
if MODE not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"AUTOLIB_MODE is “{MODE}”; it must be production, demo or test.")
DEMO = MODE == "demo"
PRODUCTION = MODE == "production"
DEBUG = False

SECRET_KEY = required("SECRET_KEY")
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short: use 50 random characters or more.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEVICE_MASTER_KEY = required("DEVICE_MASTER_KEY")
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set: name the hosts of this site, separated by commas.")
NETWORK = env.str("AUTOLIB_NETWORK", default="paris")

INSTALLED_APPS = [
    "autolib.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "stations.apps.StationsConfig",
    "vehicles.apps.VehiclesConfig",
    "accounts.apps.AccountsConfig",
    "bookings.apps.BookingsConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "autolib.apps.AutolibConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "autolib.health.Probes",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages and JSON shrink to a quarter. BREACH learns nothing: CSRF tokens are masked anew in each answer, which also
    # gets a random length. Static files come packed from above; live.json is packed once for all who ask.
    "django.middleware.gzip.GZipMiddleware",
    "autolib.website.middleware.AvailabilityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "autolib.console.sessions.OperatorSessions",
    "autolib.website.sign_ins.SignIns",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "autolib.urls"
WSGI_APPLICATION = "autolib.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / f"autolib/{interface}/templates" for interface in ("website", "console", "api")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "autolib.website.context.site",
            ],
            "builtins": ["autolib.website.formats"],
            "libraries": {"console": "autolib.console.words"},
        },
    },
]

# -- PostgreSQL: the application's address, and the owner's for migrations and roles ----------------------------------
# A statement or a lock never waits longer than a person would. Tests share a machine with whatever else runs on it.
PATIENCE = 6 if MODE == "test" else 1
DATABASE_OPTIONS = " ".join(
    f"-c {name}={int(value * 1000)}"
    for name, value in {
        "lock_timeout": seconds("DATABASE_LOCK_TIMEOUT_SECONDS", 2 * PATIENCE),
        "statement_timeout": seconds("DATABASE_STATEMENT_TIMEOUT_SECONDS", 5 * PATIENCE),
        "idle_in_transaction_session_timeout": seconds("DATABASE_IDLE_TIMEOUT_SECONDS", 10 * PATIENCE),
    }.items()
)


def database(name: str) -> dict[str, object]:
    try:
        config = env.db_url_config(required(name))
    except Exception as error:
        raise ImproperlyConfigured(
            f"{name} is not a database address (postgres://user:password@host:port/name)."
        ) from error
    if "postgresql" not in config["ENGINE"]:
        raise ImproperlyConfigured(f"{name} must be a PostgreSQL address: postgres://user:password@host:port/name.")
    return {
        **config,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": DATABASE_OPTIONS, "connect_timeout": 3, "application_name": "autolib"},
    }


DATABASES = {"default": database("DATABASE_URL")}
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Redis: broker only. Nothing that must not be lost lives there ----------------------------------------------------
REDIS_URL = required("REDIS_URL")
SWEEP_SECONDS = seconds("SWEEP_SECONDS", 1)
DELIVERY_SECONDS = seconds("DELIVERY_SECONDS", 1)
DEVICE_APPLY_SECONDS = seconds("DEVICE_APPLY_SECONDS", 1)
NOTIFICATION_RETRY_SECONDS = seconds("NOTIFICATION_RETRY_SECONDS", 60)
IDEMPOTENCY_HOURS = seconds("IDEMPOTENCY_HOURS", 48)
# How long what crews photographed is kept after the end of the task, and what an import needs to be undone.
FIELD_PHOTO_DAYS = days("FIELD_PHOTO_DAYS", 365)
IMPORT_UNDO_DAYS = days("IMPORT_UNDO_DAYS", 90)
READY_SWEEP_AGE_SECONDS = seconds("READY_SWEEP_AGE_SECONDS", 15)
DEVICE_SIGNATURE_TOLERANCE_SECONDS = seconds("DEVICE_SIGNATURE_TOLERANCE_SECONDS", 300)
# Sessions, throttles and locks of sign-in live in PostgreSQL: a lost Redis signs nobody out and opens no door.
# Beyond so many entries Django throws a third of them away, whichever: of pages sent, of sign-ins that failed.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "autolib_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# -- people -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "autolib.website.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "autolib.website.forms.SignupForm",
    "login": "autolib.website.forms.LoginForm",
    "add_email": "autolib.website.forms.AddEmailForm",
    "reset_password": "autolib.website.forms.ResetPasswordForm",
    "reset_password_from_key": "autolib.website.forms.ResetPasswordKeyForm",
    "set_password": "autolib.website.forms.SetPasswordForm",
    "change_password": "autolib.website.forms.ChangePasswordForm",
    "reauthenticate": "autolib.website.forms.ReauthenticateForm",
}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(PUBLIC_URL).scheme
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(seconds("REAUTHENTICATION_SECONDS", 5 * 60))
# Passkeys: another way in. Browsers and the server take plain http for localhost alone, so no setting opens it further.
MFA_ADAPTER = "autolib.website.passkeys.PasskeyAdapter"
MFA_SUPPORTED_TYPES = ["webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Authenticator apps and recovery codes are operators' alone, on the console's own pages: allauth's know neither.
MFA_TOTP_ISSUER = "Autolib"
MFA_RECOVERY_CODE_DIGITS = 10
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # the finger, the face or the code, also to confirm who one is
MFA_FORMS = {
    "add_webauthn": "autolib.website.passkeys.AddPasskeyForm",
    "edit_webauthn": "autolib.website.passkeys.RenamePasskeyForm",
    "login_webauthn": "autolib.website.passkeys.LoginPasskeyForm",
    "reauthenticate_webauthn": "autolib.website.passkeys.ReauthenticatePasskeyForm",
}
# Nobody is signed in with an unconfirmed address; with this unset, whoever has a passkey could not change the address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
RATE_LIMITS = env.bool("AUTOLIB_RATE_LIMITS", default=True)
if not RATE_LIMITS:
    ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # type: ignore[assignment]
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# What one file may take out of the console, and how many files a person may take in a day (UTC).
EXPORT_MOST_ROWS = env.int("EXPORT_MOST_ROWS", default=10_000)
EXPORT_MOST_PEOPLE = env.int("EXPORT_MOST_PEOPLE", default=100)
EXPORTS_A_DAY = env.int("EXPORTS_A_DAY", default=20)

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = int(seconds("SESSION_SECONDS", 14 * 24 * 3600))
SIGN_IN_NOTED_SECONDS = seconds("SIGN_IN_NOTED_SECONDS", 3600)
OPERATOR_IDLE_SECONDS = seconds("OPERATOR_IDLE_SECONDS", 30 * 60)
OPERATOR_SESSION_SECONDS = seconds("OPERATOR_SESSION_SECONDS", 12 * 3600)
# Whether the console asks for a code or a passkey beside the password, and how long an answer is good for grave acts.
OPERATOR_SECOND_FACTOR = env.bool("OPERATOR_SECOND_FACTOR", default=PRODUCTION)
OPERATOR_PROOF_SECONDS = seconds("OPERATOR_PROOF_SECONDS", 15 * 60)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "autolib.website.errors.csrf_failure"

# -- transport --------------------------------------------------------------------------------------------------------
HTTPS = PRODUCTION
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

MAP_TILE_URL = env.str("MAP_TILE_URL", default="")
MAP_ATTRIBUTION = env.str("MAP_ATTRIBUTION", default="")
_tiles = urlsplit(MAP_TILE_URL.replace("{s}", "a"))
if MAP_TILE_URL and (_tiles.scheme not in {"http", "https"} or not _tiles.netloc):
    raise ImproperlyConfigured("MAP_TILE_URL must be an http(s) address such as https://tiles.example/{z}/{x}/{y}.png.")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *([f"{_tiles.scheme}://{_tiles.netloc}"] if MAP_TILE_URL else [])],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# -- language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "autolib/locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

# -- static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.str("AUTOLIB_STATIC_ROOT", default=str(BASE_DIR / ".autolib/static"))
# Leaflet's files come from the wheel of django-leaflet, which is never an installed app: that would need GDAL.
STATICFILES_DIRS: list[Any] = [
    BASE_DIR / "autolib/static",  # what several interfaces show
    *(BASE_DIR / f"autolib/{interface}/static" for interface in ("website", "console", "api")),
    ("leaflet", str(Path(leaflet.__path__[0]) / "static/leaflet")),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if MODE == "test"
        else "autolib.static_files.Storage"
    },
}
# Each client of a test starts the whole product: looking for a file when it is asked for spares it a search for all.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = MODE == "test"

# -- mail -------------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Autolib’ <bonjour@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Simulated riders read no mail; what they are owed is kept, but written to nobody.
MAIL_NEVER_SENT_TO = env.list("MAIL_NEVER_SENT_TO", default=["sim.example"])
MAIL_DIR = env.str("AUTOLIB_MAIL_DIR", default=str(BASE_DIR / ".autolib/mail"))
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
    EMAIL_TIMEOUT = 10
elif PRODUCTION:
    raise ImproperlyConfigured("EMAIL_URL is not set (smtp+tls://user:password@host:587): sign-up needs e-mail.")
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR

# -- notices to the browser (web push); without the key there are none, and no page offers them -----------------------
PUSH_PRIVATE_KEY = env.str("PUSH_PRIVATE_KEY", default="")
if PUSH_PRIVATE_KEY and not re.fullmatch(r"[A-Za-z0-9_-]{43}=?", PUSH_PRIVATE_KEY):
    raise ImproperlyConfigured("PUSH_PRIVATE_KEY must be a VAPID private key: 32 bytes in base64url, 43 characters.")
PUSH_CONTACT = env.str("PUSH_CONTACT", default=parseaddr(DEFAULT_FROM_EMAIL)[1]).removeprefix("mailto:")
# A browser names the address that we shall call. Only these hosts, over https; an entry may carry a port.
PUSH_HOSTS = env.list(
    "PUSH_HOSTS",
    default=[
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "*.notify.windows.com",
        "web.push.apple.com",
    ],
)
PUSH_GATEWAY = "accounts.push_gateway.Recorder" if MODE == "test" else "accounts.web_push.PushServices"
PUSH_DEVICES_A_PERSON = 10
PUSH_TIMEOUT_SECONDS = seconds("PUSH_TIMEOUT_SECONDS", 5)
# What has no deadline of its own (a car withdrawn, a dock taken) is news for this long.
PUSH_NEWS_SECONDS = seconds("PUSH_NEWS_SECONDS", 300)

# -- the JSON interface -----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["autolib.api.parsing.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "autolib.api.parsing.AlwaysJSON",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "autolib.api.authentication.TokenAuthentication",
        "autolib.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["autolib.api.permissions.Scoped"],
    "DEFAULT_THROTTLE_CLASSES": ["autolib.api.throttling.Throttle"],
    "DEFAULT_SCHEMA_CLASS": "autolib.api.schema.Schema",
    "EXCEPTION_HANDLER": "autolib.api.errors.problem",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Autolib’ API",
    "DESCRIPTION": (
        "Find a Bluecar, reserve it with a dock where you are going, drive, return.\n\n"
        "Sign in with a token (`Authorization: Bearer …`) or with the session of the website; sessions also need the "
        "CSRF token for commands. Every command needs an `Idempotency-Key`: sent again with the same key and body, it "
        "is done once and answered alike. Times are UTC with microseconds, by the database's clock. Errors are "
        "`application/problem+json` with a stable `code`; sentences follow `Accept-Language`. An unknown field or "
        "parameter is refused. A method that an address does not know is answered 405, with `Allow`."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": "/"}],
    "TAGS": [
        {"name": "stations", "description": "Where there is a car, and where there is a dock. Open to everybody."},
        {"name": "vehicles", "description": "The cars of your network."},
        {"name": "bookings", "description": "Your reservations and trips, and what may be done to them."},
        {"name": "me", "description": "Who you are to us."},
        {"name": "tokens", "description": "Signing in for programs."},
        {"name": "events", "description": "The log of everything that changed."},
        {"name": "networks", "description": "The cities and their rules."},
        {"name": "devices", "description": "For charging posts and cars: signed messages."},
        {"name": "clock", "description": "The time by which everything is judged."},
        {"name": "description", "description": "This interface, described for programs."},
        {"name": "watching", "description": "Is the service well? For who runs it."},
    ],
    "POSTPROCESSING_HOOKS": ["autolib.api.openapi.finish", "autolib.devices.description.add_device_interface"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# -- logs: one JSON line an entry, on standard output -----------------------------------------------------------------
_processors: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[*_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(ensure_ascii=False),
            "foreign_pre_chain": _processors,
        }
    },
    "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
    "root": {"handlers": ["stdout"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"handlers": ["stdout"], "propagate": False}},
}
