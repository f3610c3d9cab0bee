"""All settings, read from the environment (or `.env`). A bad or missing value stops the start with a sentence.

`.env.example` lists every variable with its default.
"""

import re
import ssl
import sys
import zoneinfo
from typing import Any
from urllib.parse import unquote

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.environment import (
    BASE_DIR,
    ehlo_name,
    env,
    is_loopback,
    key_list,
    link_keys,
    mail_provider,
    redis_tls,
    refuse,
    secret,
    split_url,
    test_port,
    web_server,
    whole_number,
    yes_or_no,
)
from config.headers import add_static_headers

# The pinned tzdata wins over the machine's own zone files, which may be years old (R26).
zoneinfo.reset_tzpath(())

# The two sizes -------------------------------------------------------------------------------------------------------

VAR_DIR = (BASE_DIR / (env.str("VAR_DIR", default="") or "var")).resolve()
DEBUG = yes_or_no("DEBUG", False)
BIND = env.str("BIND", default="") or "127.0.0.1"
PORT = whole_number("PORT", 8000, 1, 65535)
WEB_WORKERS = whole_number("WEB_WORKERS", 2, 1, 64)
WEB_THREADS = whole_number("WEB_THREADS", 4, 1, 64)
DEMO = yes_or_no("DEMO", True)
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
EMAIL_URL = env.str("EMAIL_URL", default="")
# Without Redis the broker is in the memory of the worker, and web processes cannot send it tasks.
BROKER_IS_EMBEDDED = not REDIS_URL

SITE_NAME = env.str("SITE_NAME", default="") or "Longtable"
if len(SITE_NAME) > 60 or not SITE_NAME.isprintable() or any(char in '<>"@,' for char in SITE_NAME):
    refuse('SITE_NAME stands in the From line of letters: at most 60 letters, and none of < > " @ or a comma.')
PUBLIC_URL = (env.str("PUBLIC_URL", default="") or f"http://localhost:{PORT}").rstrip("/")
_public = split_url("PUBLIC_URL", PUBLIC_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname or _public.path or _public.query:
    refuse(f"PUBLIC_URL must look like https://example.org, without a path, not {PUBLIC_URL!r}.")
PUBLIC_HOST = _public.hostname or ""
IS_HTTPS = _public.scheme == "https"
IS_LOCAL = is_loopback(PUBLIC_HOST) and is_loopback(BIND)
if not IS_LOCAL and not EMAIL_URL and "test" not in sys.argv[1:2]:
    refuse(
        "BIND or PUBLIC_URL can be reached from other machines, but EMAIL_URL is not set. Mail in files is for one machine only, "
        "because whoever reads it can sign in as anybody. Set EMAIL_URL (smtp://user:password@relay.example.org:587), or leave "
        "BIND and PUBLIC_URL at localhost."
    )

SECRET_KEY = secret("SECRET_KEY", VAR_DIR)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Keys of emailed links; the first one signs, the others still open old links. Separate from SECRET_KEY (R98).
# `key@2027-01-31` opens links until the end of that day (UTC); it stays in the list, because the last key of all also keys the
# hashes of addresses (R74).
LINK_KEYS, LINK_KEYS_UNTIL = link_keys(secret("LINK_KEYS", VAR_DIR))
# Keys that encrypt the secrets of second factors at rest; the first one encrypts, all of them decrypt (R133).
FACTOR_KEYS = key_list("FACTOR_KEYS", secret("FACTOR_KEYS", VAR_DIR))

TRUSTED_PROXIES = whole_number("TRUSTED_PROXIES", 0, 0, 10)
POSTAL_ADDRESS = env.str("POSTAL_ADDRESS", default="")
MAIL_FROM = env.str("MAIL_FROM", default="") or f"meetups@{PUBLIC_HOST}"
if MAIL_FROM.count("@") != 1 or any(char.isspace() or char in "<>," for char in MAIL_FROM):
    refuse(f"MAIL_FROM must be one plain address of your own domain, like meetups@example.org, not {MAIL_FROM!r}.")
MAIL_DOMAIN = MAIL_FROM.partition("@")[2]
REPORT_TO = env.str("REPORT_TO", default="") or MAIL_FROM

# Web -----------------------------------------------------------------------------------------------------------------

ALLOWED_HOSTS = [PUBLIC_HOST] + (["localhost", "127.0.0.1", "[::1]"] if IS_LOCAL or is_loopback(BIND) else [])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "hosts",
    "meetups",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "hosts.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.RequestLogMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.typed_input.TypedInputMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Data ----------------------------------------------------------------------------------------------------------------

# Nothing waits longer than five seconds for the one writer (R127); on PostgreSQL hosts/database/waits.py sets the limits.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 5,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000;",
}
if DATABASE_URL:
    if split_url("DATABASE_URL", DATABASE_URL).scheme not in {"postgres", "postgresql"}:
        refuse("DATABASE_URL must begin with postgres:// ; without it the site keeps its data in SQLite in VAR_DIR.")
    try:
        DATABASES = {"default": env.db_url("DATABASE_URL")}
    except (ValueError, environ.ImproperlyConfigured):
        refuse("DATABASE_URL must look like postgres://user:password@host:5432/name.")
    DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    # Seconds and milliseconds after which a database that does not answer counts as away, if DATABASE_URL does not say so.
    DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5, "tcp_user_timeout": 8000} | DATABASES["default"].get("OPTIONS", {})
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "db.sqlite3",
            "OPTIONS": SQLITE_OPTIONS,
            "CONN_MAX_AGE": 600,
        }
    }
if REDIS_URL and split_url("REDIS_URL", REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    refuse("REDIS_URL must look like redis://host:6379/0.")
REDIS_URL, REDIS_TLS = redis_tls("REDIS_URL", REDIS_URL) if REDIS_URL else ("", {})
CACHES: dict[str, dict[str, Any]]
# Seconds that a page waits for Redis, as cache and as broker: it must answer within two although Redis says nothing (R127).
REDIS_WAITS = {"socket_connect_timeout": 0.3, "socket_timeout": 0.4}
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "hosts.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": REDIS_WAITS | REDIS_TLS,
        }
    }
else:
    # Files, not a table, so that the cache costs no queries.
    CACHES = {
        "default": {
            "BACKEND": "hosts.cache.ForgivingFileCache",
            "LOCATION": VAR_DIR / "cache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
STORAGES: dict[str, dict[str, Any]] = {
    # Photos are for the site's own user: it answers with them itself, after asking who looks.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ADD_HEADERS_FUNCTION = add_static_headers
FILE_UPLOAD_HANDLERS = ["meetups.pictures.upload_handler.LimitedUploadHandler"]
FILE_UPLOAD_HANDLERS += [f"django.core.files.uploadhandler.{kind}FileUploadHandler" for kind in ("Memory", "Temporary")]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000

# People --------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "hosts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/host/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "hosts.signin.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
# The limits of sign-in by code are those of a sender, so that nobody locks another one out; only many senders who guess at one
# account together are limited together, and guess one code in five thousand in an hour.
ACCOUNT_RATE_LIMITS = {
    # For each sender, and for each sender and address.
    "request_login_code": "20/m/ip,100/h/ip,3/m/key,10/h/key",
    # Letters with the same code.
    "mail_login_code": "3/15m/key",
    # For each sign-in (ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS, counted atomically), each sender and account, each account.
    "type_code": "60/m/ip,5/15m/key",
    "type_code_from": "15/h/key",
    "type_code_of": "200/h/key",
}
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PREVENT_ENUMERATION = True
MFA_ADAPTER = "hosts.signin.mfa_adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
MFA_TOTP_ISSUER = SITE_NAME
MFA_FORMS = {
    "authenticate": "hosts.forms.SecondFactorForm",
    "reauthenticate": "hosts.forms.SecondFactorAgainForm",
    "activate_totp": "hosts.forms.NewAuthenticatorForm",
    "add_webauthn": "hosts.forms.NewPasskeyForm",
    "edit_webauthn": "hosts.forms.PasskeyNameForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "meetups.operations.views.refused_form.csrf_failure"

# Mail ----------------------------------------------------------------------------------------------------------------

EMAIL_TIMEOUT = whole_number("EMAIL_TIMEOUT", 30, 1, 60)
DEFAULT_FROM_EMAIL = f"{SITE_NAME} <{MAIL_FROM}>"
SERVER_EMAIL = MAIL_FROM
MAIL_DIR = VAR_DIR / "mail"
MAIL_IS_FILES = not EMAIL_URL
EMAIL_USE_TLS = EMAIL_USE_SSL = False
if MAIL_IS_FILES:
    EMAIL_BACKEND = "hosts.mail.files.EmailBackend"
else:
    _relay = split_url("EMAIL_URL", EMAIL_URL)
    if _relay.scheme not in {"smtp", "smtps", "smtp+tls"} or not _relay.hostname:
        refuse("EMAIL_URL must look like smtp+tls://user:password@relay.example.org:587 (or smtp:// or smtps://).")
    EMAIL_BACKEND = "hosts.mail.immediate.EmailBackend"
    EMAIL_HOST = _relay.hostname
    EMAIL_USE_SSL = _relay.scheme == "smtps"
    # A plain smtp:// to another machine with a password would send the password in the clear.
    EMAIL_USE_TLS = _relay.scheme == "smtp+tls" or (
        _relay.scheme == "smtp" and bool(_relay.password) and not is_loopback(EMAIL_HOST)
    )
    EMAIL_PORT = _relay.port or (465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25)
    EMAIL_HOST_USER = unquote(_relay.username or "")
    EMAIL_HOST_PASSWORD = unquote(_relay.password or "")

# How we call ourselves to the relay, which may refuse a name that does not exist.
EHLO_NAME = ehlo_name("EHLO_NAME", env.str("EHLO_NAME", default="") or PUBLIC_HOST)
# How fast the relay wants its letters; 0: as fast as they come (R23).
RELAY_CONNECTIONS = whole_number("RELAY_CONNECTIONS", 0, 0, 100)
RELAY_PER_MINUTE = whole_number("RELAY_PER_MINUTE", 0, 0, 100_000)
# Letters to addresses that never agreed, over the whole site: beyond this, invitations wait for staff (R88). 0: never.
INVITATIONS_PER_HOUR = whole_number("INVITATIONS_PER_HOUR", 10_000, 0, 10_000_000)
# Connections of one process when more than a batch of letters is due.
SENDING_THREADS = whole_number("SENDING_THREADS", 1, 1, 50)
DKIM_SELECTOR = env.str("DKIM_SELECTOR", default="")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    refuse("METRICS_TOKEN is too short: it needs at least 20 random characters.")

# Incoming mail: bounces, complaints, calendar answers, replies; by webhook, by IMAP, or both.
INBOUND_SECRET = env.str("INBOUND_SECRET", default="")
if INBOUND_SECRET and (len(INBOUND_SECRET) < 32 or not re.fullmatch(r"[A-Za-z0-9_-]+", INBOUND_SECRET)):
    refuse("INBOUND_SECRET stands in the address /inbound/<secret>/: at least 32 random letters, digits, - or _.")
INBOUND_IMAP_URL = env.str("INBOUND_IMAP_URL", default="")
if INBOUND_IMAP_URL:
    _box = split_url("INBOUND_IMAP_URL", INBOUND_IMAP_URL)
    # Without TLS the password would travel in the clear.
    if not _box.hostname or not (_box.scheme == "imaps" or (_box.scheme == "imap" and is_loopback(_box.hostname))):
        refuse("INBOUND_IMAP_URL must look like imaps://user:password@mail.example.org/INBOX.")
# A sending service that reports deliveries by webhook.
MAIL_PROVIDER, MAIL_EVENTS_SECRET, MAIL_EVENTS_KEY = mail_provider()
INBOUND_IS_SET_UP = bool(INBOUND_SECRET or INBOUND_IMAP_URL)
INBOUND_DOMAIN = (env.str("INBOUND_DOMAIN", default="") or MAIL_DOMAIN).lower()
if "@" in INBOUND_DOMAIN or any(char.isspace() or char in "<>," for char in INBOUND_DOMAIN):
    refuse(f"INBOUND_DOMAIN must be the part after the @ alone, like tables.example.org, not {INBOUND_DOMAIN!r}.")

# Books ---------------------------------------------------------------------------------------------------------------

# Where a host may have a book looked up, like https://openlibrary.org; empty, as it is, means nowhere.
BOOK_LOOKUP_URL, BOOK_LOOKUP_IS_LOCAL = web_server("BOOK_LOOKUP_URL")
WEBHOOK_TEST_PORT = test_port("WEBHOOK_TEST_PORT", is_local=IS_LOCAL)

# Celery --------------------------------------------------------------------------------------------------------------

SWEEP_SECONDS = whole_number("SWEEP_SECONDS", 2 if BROKER_IS_EMBEDDED else 30, 1, 60)
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
if REDIS_TLS:
    CELERY_BROKER_USE_SSL = REDIS_TLS | {"ssl_cert_reqs": ssl.CERT_REQUIRED}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 330
CELERY_WORKER_CONCURRENCY = 2
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A Redis that is full refuses writes: the worker waits for room instead of ending.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_WORKER_CONSUMER = "config.consumer:PatientConsumer"
# Tasks are sent with one try: kombu's own retries would block a page for six seconds while Redis refuses (R2).
TRY_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_WAITS | TRY_ONCE if REDIS_URL else {"polling_interval": 0.2}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "meetups.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "retire": {"task": "meetups.tasks.retire", "schedule": 3600, "options": {"expires": 3000}},
    "count_descents": {"task": "meetups.tasks.count_descents", "schedule": 3600, "options": {"expires": 3000}},
    "recount_boards": {"task": "meetups.tasks.recount_boards", "schedule": 30, "options": {"expires": 25}},
    "write_news": {"task": "meetups.tasks.write_news", "schedule": 3600, "options": {"expires": 3000}},
    "send_webhooks": {"task": "meetups.tasks.send_webhooks", "schedule": 5, "options": {"expires": 5}},
    "learn": {"task": "meetups.tasks.learn", "schedule": 3600, "options": {"expires": 3000}},
}
if INBOUND_IMAP_URL:
    CELERY_BEAT_SCHEDULE["fetch_mail"] = {"task": "meetups.tasks.fetch_mail", "schedule": 60, "options": {"expires": 50}}

# Security ------------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if IS_HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = whole_number("HSTS_SECONDS", 31_536_000, 0, 63_072_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = yes_or_no("HSTS_INCLUDE_SUBDOMAINS", True)
    SECURE_HSTS_PRELOAD = yes_or_no("HSTS_PRELOAD", True)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Language and time ---------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Logs: one line each, tokens cut, no addresses -----------------------------------------------------------------------

LOG_LEVEL = (env.str("LOG_LEVEL", default="") or "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    refuse(f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {LOG_LEVEL!r}.")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.OneLineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # Every 404 is in the access log already.
        "django.request": {"level": "ERROR"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}

# Retention, in days (R102, R103) -------------------------------------------------------------------------------------

RETAIN_ADDRESS_DAYS = 30
RETAIN_CONTACT_OF_COMERS_DAYS = 45
RETAIN_OUTBOX_DAYS = 30
# Longer than backups are kept, so that none can bring back what was erased.
RETAIN_ERASURES_DAYS = 40
PURGE_UNPROVEN_HOURS = 24

# Seconds that the tests have moved the clock by, in a file that all processes read; never on a site others can reach.
TEST_CLOCK_FILE = env.str("TEST_CLOCK_FILE", default="")
if TEST_CLOCK_FILE and not IS_LOCAL:
    refuse("TEST_CLOCK_FILE moves the clock for tests and is refused on a site that other machines can reach.")
if IS_HTTPS and not TRUSTED_PROXIES:
    refuse(
        "PUBLIC_URL begins with https, but TRUSTED_PROXIES is 0. This server speaks plain HTTP: a proxy in front of it ends the "
        "encryption and says so in X-Forwarded-Proto. Set TRUSTED_PROXIES to the number of proxies (1 for most), or every page "
        "would redirect to itself."
    )

# Whether /mailbox/ shows the mail of this machine; never with EMAIL_URL.
MAILBOX_IS_OPEN = MAIL_IS_FILES and IS_LOCAL
