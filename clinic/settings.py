"""Settings of the clinic. Every value that differs between machines comes from the environment.

DATABASE_URL, REDIS_URL      where the two services are; `bin/run` starts its own when they are unset
CLINIC_ADMIN_DATABASE_URL    the same database, as a role that may make roles: for `prepare`, `migrate` and
                             `set_up_roles` alone, which give the tables to an owner and DATABASE_URL's role its rights
CLINIC_DATABASE_OWNER        the name of the role that owns the tables (default baseline_owner)
CLINIC_AS_OWNER              1 for a command that is to work as the owner too: CLINIC_AS_OWNER=1 bin/manage shell
CLINIC_DATA                  the data folder (default `var/`): files, keys, the embedded database
CLINIC_SECRET_KEY            else read from `CLINIC_DATA/secret_key`, made at the first start
CLINIC_BASE_URL              the address people use, printed as QR code on documents
CLINIC_ALLOWED_HOSTS         comma separated host names
CLINIC_HTTPS                 1 behind TLS: secure cookies, HSTS, redirect
CLINIC_DEBUG                 1 for a developer's error pages
CLINIC_STARTS_AFTER          by `bin/run`: a file that is there once the database is prepared, see `clinic.starting`
CLINIC_CLOCK_FILE            tests only: a file that moves the clinic's clock, see `clinic.clock`
CLINIC_SMTP_HOST             the mail server (default localhost)
CLINIC_CHECKPOINT_FOLDERS    where checkpoints of the record trail are kept, comma separated (default: two folders, in
                             the data folder and beside it); one should lie on another disk or machine
CLINIC_CHECKPOINT_BUCKET     keep them in an S3 bucket too, at CLINIC_S3_ENDPOINT
CLINIC_CHECKPOINT_MAILBOX    send them to an e-mail address too, by CLINIC_SMTP_HOST
CLINIC_SEAL_PKCS12           a key of one's own for the seal on documents, see `clinic.documents.keys`
CLINIC_SEAL_PKCS12_PASSPHRASE_FILE   the file with its passphrase
CLINIC_SEAL_PKCS12_PASSPHRASE        or the passphrase itself
CLINIC_SIGNING_KEY, CLINIC_SIGNING_CERT   instead of it a key and its certificate as PEM files
CLINIC_TRAIL_KEY             a PEM file with the key of checkpoints, see `clinic.checkpoints.signing_key`
CLINIC_TIMESTAMP_URL         a time-stamp service for the seal, see `clinic.documents.timestamps`
CLINIC_S3_BUCKET             keep files in an S3 bucket instead of `CLINIC_DATA/files`
CLINIC_S3_ENDPOINT           the address of the S3 server of both buckets, when it isn't Amazon's
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION   the key that may use the buckets, and their region
CLINIC_WEB_PROCESSES, CLINIC_WEB_THREADS, CLINIC_WORKER_PROCESSES   how many (defaults by the machine's processors)
"""

import os
from pathlib import Path

import dj_database_url
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from clinic.secret_key import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("CLINIC_DATA") or BASE_DIR / "var").resolve()


def flag(name: str) -> bool:
    """Whether the environment variable `name` is switched on."""
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


DEBUG = flag("CLINIC_DEBUG")
HTTPS = flag("CLINIC_HTTPS")
SECRET_KEY = secret_key(DATA_DIR)
BASE_URL = os.environ.get("CLINIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = os.environ.get("CLINIC_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if HTTPS else []
CLOCK_FILE = os.environ.get("CLINIC_CLOCK_FILE", "")

INSTALLED_APPS = [
    "clinic",
    "protocols",
    "patients",
    "sessions",
    "audit",
    "demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "pgtrigger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "clinic.web.middleware.request_id",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.web.middleware.access",
    "clinic.web.middleware.named_errors",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
                "clinic.web.context.clinic",
            ],
            "builtins": ["django.templatetags.i18n", "clinic.templatetags.components"],
        },
    }
]
FORM_RENDERER = "clinic.web.bound.ClinicRenderer"
INSTALLED_APPS.append("django.forms")
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False


def _database(address: str, options: str) -> dj_database_url.DBConfig:
    found = dj_database_url.parse(
        address, engine="django.db.backends.postgresql", conn_max_age=600, conn_health_checks=True
    )
    # The record must survive a crash of the machine once the page has said "saved".
    found.setdefault("OPTIONS", {}).update(
        options=f"-c synchronous_commit=on -c timezone=UTC{options}",
        # Together they spare the planning of what is asked again and again: a quarter of a page's time.
        server_side_binding=True,
        prepare_threshold=5,
    )
    return found


# The application works as a role that can't alter the record; what changes the schema works as the tables' owner.
APPLICATION_DATABASE = _database(
    os.environ.get("DATABASE_URL") or "postgresql://postgres@127.0.0.1:5432/clinic", options=""
)
DATABASE_OWNER = os.environ.get("CLINIC_DATABASE_OWNER") or "baseline_owner"
ADMIN_DATABASE_URL = os.environ.get("CLINIC_ADMIN_DATABASE_URL", "")
AS_OWNER = bool(ADMIN_DATABASE_URL) and flag("CLINIC_AS_OWNER")
DATABASES = {
    "default": _database(ADMIN_DATABASE_URL, options=f" -c role={DATABASE_OWNER}") if AS_OWNER else APPLICATION_DATABASE
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The cache holds the sign-in throttle; in Postgres, so that a lost Redis never stops a sign-in.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "clinic_cache",
    }
}

AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["clinic.accounts.backend.ClinicBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("full_name", "email")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
ACCOUNT_ADAPTER = "clinic.accounts.adapter.ClinicAccountAdapter"
ACCOUNT_FORMS = {
    "login": "clinic.accounts.forms.SignInForm",
    "change_password": "clinic.accounts.forms.NewPasswordForm",
    "reauthenticate": "clinic.accounts.forms.ConfirmForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/key,60/5m/ip", "login": "120/m/ip"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
SESSION_ENGINE = "clinic.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "clinic.web.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "manifest-src": [CSP.SELF],
}
# Long checklists have many fields; photographs are the largest upload.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
PHOTO_MAX_BYTES = 40 * 1024 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["clinic.formats"]

NODE_MODULES = BASE_DIR / "node_modules"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static_build"
STATICFILES_DIRS = [
    BASE_DIR / "static",
]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "clinic.web.vendor.VendorFinder",
]
# What the browser gets of the front-end packages, and no more: address, folder of the package, file names.
VENDOR_FILES = (
    ("vendor/bootstrap", "bootstrap/dist/css", ("bootstrap.min.css", "bootstrap.min.css.map")),
    ("vendor/htmx", "htmx.org/dist", ("htmx.min.js",)),
    ("vendor/signature_pad", "signature_pad/dist", ("signature_pad.min.js", "signature_pad.min.js.map")),
    ("vendor/inter", "@fontsource-variable/inter", ("wght.css", "files/inter-*-wght-normal.woff2")),
)
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "clinic.web.static_storage.StaticStorage"},
}
if os.environ.get("CLINIC_S3_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "clinic.buckets.FileStorage",
        "OPTIONS": {
            "bucket_name": os.environ["CLINIC_S3_BUCKET"],
            "endpoint_url": os.environ.get("CLINIC_S3_ENDPOINT") or None,
            "file_overwrite": False,
            "default_acl": None,
        },
    }

CHECKPOINT_FOLDERS = [
    path.strip() for path in os.environ.get("CLINIC_CHECKPOINT_FOLDERS", "").split(",") if path.strip()
] or [str(DATA_DIR / "checkpoints"), str(DATA_DIR.with_name(f"{DATA_DIR.name}-checkpoints"))]
CHECKPOINT_BUCKET = os.environ.get("CLINIC_CHECKPOINT_BUCKET", "")
CHECKPOINT_MAILBOX = os.environ.get("CLINIC_CHECKPOINT_MAILBOX", "")
if CHECKPOINT_BUCKET:
    STORAGES["checkpoints"] = {
        "BACKEND": "clinic.buckets.CheckpointStorage",
        "OPTIONS": {
            "bucket_name": CHECKPOINT_BUCKET,
            "endpoint_url": os.environ.get("CLINIC_S3_ENDPOINT") or None,
            "file_overwrite": True,
            "default_acl": None,
        },
    }

REDIS_URL = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/0"
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A page never waits for Redis: one try, one second, and the row in Postgres does the rest.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3_600,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_TASK_PUBLISH_RETRY = False

# The clinic sends no e-mail but checkpoints of the record trail, where a mailbox for them is named.
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": os.environ.get("CLINIC_SMTP_HOST", "localhost"), "timeout": 10},
    }
}
DEFAULT_FROM_EMAIL = f"baseline@{BASE_URL.partition('://')[2].partition(':')[0]}"
SILENCED_SYSTEM_CHECKS = ["mail.E001"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "clinic.web.logs.EscapingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        }
    },
    "filters": {
        "request": {"()": "clinic.web.logs.RequestIdFilter"},
        "not_health": {"()": "clinic.web.logs.NotTheHealthCheck"},
        "short": {"()": "clinic.web.logs.ShortRefusals"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request", "not_health", "short"]}
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # They tell of every step, from their import on.
    "loggers": {"weasyprint.progress": {"level": "WARNING"}, "fontTools": {"level": "WARNING"}},
}
TEST_RUNNER = "django.test.runner.DiscoverRunner"
