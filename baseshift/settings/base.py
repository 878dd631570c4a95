"""Settings that all environments share. Every value that differs between them is read from the environment."""

from typing import Any
from urllib.parse import urlsplit

import environ

from apps.core import env
from baseshift.keys import private_file
from baseshift.settings.admin import UNFOLD  # noqa: F401
from baseshift.settings.bus import *  # noqa: F403
from baseshift.settings.history import *  # noqa: F403
from baseshift.settings.triggers import *  # noqa: F403

BASE_DIR = env.BASE_DIR
VAR_DIR = env.var_dir()

DEBUG = False
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
ROOT_URLCONF = "baseshift.urls"
WSGI_APPLICATION = "baseshift.wsgi.application"
ASGI_APPLICATION = "baseshift.asgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "baseshift.formats"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.guardian",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.core",
    "apps.stack",
    "apps.events",
    "apps.templates",
    "apps.pods",
    "apps.workflows",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.api.content_length.refuse_unknown_lengths",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
            ]
        },
    }
]

# -- stores ---------------------------------------------------------------------------------------
# A transaction of the leader and one of a web process may meet on SQLite: IMMEDIATE takes the write
# lock at BEGIN, where the busy timeout applies; a lock taken later fails at once ("database is locked").
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; "
        "PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456; "
        # A checkpoint waits for the disk, in the middle of somebody's commit: every 40 MB instead of every 4.
        "PRAGMA wal_autocheckpoint=10000;"
    ),
}

# A server that has stopped answering holds nobody forever: requests are answered with 503, the leader's lease ends. A
# connection is made within 3 s; one on which packets go unanswered, sent or kept alive, ends after about 10 s.
# Nothing here bounds a statement at whose work the server is: the leader's and a migration's may be long.
POSTGRES_OPTIONS = {
    "connect_timeout": 3,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def database() -> dict[str, Any]:
    """Return the database of ``DATABASE_URL``, whose own options win, else SQLite in WAL mode in ``var/``."""
    url = env.url("DATABASE_URL", ("postgres", "postgresql", "sqlite"))
    embedded = "" if url else f"sqlite:///{private_file(env.ensure_var_dir() / 'baseshift.sqlite3')}"
    config: dict[str, Any] = dict(environ.Env.db_url_config(url or embedded))
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = SQLITE_OPTIONS
        if config["NAME"] != ":memory:":
            # A relative path means the same file from whatever directory a command is started in.
            config["NAME"] = str(env.BASE_DIR / config["NAME"])
    else:
        config["OPTIONS"] = POSTGRES_OPTIONS | config.get("OPTIONS", {})
    config["CONN_MAX_AGE"] = 600
    config["CONN_HEALTH_CHECKS"] = True
    # Services commit before they wait for the leader's answer; see the docstring of services.commands.
    config["ATOMIC_REQUESTS"] = False
    return config


def mongodb(url: str) -> dict[str, Any]:
    """Return the database that ``MONGODB_URL`` names, ``baseshift`` if it names none."""
    return {
        "ENGINE": "django_mongodb_backend",
        "HOST": url,
        "NAME": urlsplit(url).path.strip("/") or "baseshift",
        # A request is answered with 503 while the server is away, instead of after the driver's half a minute; one that
        # has stopped answering holds nobody forever.
        "OPTIONS": {"serverSelectionTimeoutMS": 2000, "connectTimeoutMS": 2000, "socketTimeoutMS": 10_000},
    }


DATABASES = {"default": database()}
# Where the versions of templates are kept; unset, in the main database.
MONGODB_URL = env.url("MONGODB_URL", ("mongodb", "mongodb+srv"), one_host=False)
if MONGODB_URL:
    DATABASES["mongodb"] = mongodb(MONGODB_URL)
DATABASE_ROUTERS = ["apps.templates.storage.routers.VersionRouter"]
# What apps/core/checks.py refuses to start without; only production asks for it.
ENCRYPTED_LINKS = False
REDIS_URL = env.redis_url()
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {
            "CLIENT_CLASS": "django_redis.client.DefaultClient",
            # Not pickle: who can write to Redis must not be able to run code here.
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_CONNECT_TIMEOUT": 1,
            "SOCKET_TIMEOUT": 2,
            # The cache may be away: pages then read from the database.
            "IGNORE_EXCEPTIONS": True,
        },
    }
}

# -- who may do what ------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = False
LOGIN_URL = "admin:login"
CSRF_FAILURE_VIEW = "apps.core.api.error_views.csrf_failure"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# -- edges ----------------------------------------------------------------------------------------
MAX_BODY_BYTES = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
# Whether every caller may ask /graphql for its schema; staff always may.
GRAPHQL_INTROSPECTION = True
# Requests of ``GET /workflows/{id}?wait=`` that one process holds at once; a further one is answered as things stand.
MAX_WAITING_REQUESTS = 16
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.core.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.core.api.renderers.JSONOnlyNegotiation",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Base Shift",
    "DESCRIPTION": "Workflows from versioned job templates.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    # It would look at all addresses, of which workflows have two; the schema is made of baseshift.schema's.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "POSTPROCESSING_HOOKS": ["baseshift.schema.add_problems"],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

# -- templates ------------------------------------------------------------------------------------
# What becomes of a version that breaks more than its number admits: "warn" or "refuse" (409).
BREAKING_CHANGES = env.choice("BREAKING_CHANGES", "warn", ("warn", "refuse"))

# -- the engine -----------------------------------------------------------------------------------
LEASE_SECONDS = env.number("LEASE_SECONDS", 15, minimum=1)
STATE_TTL_SECONDS = env.whole_number("STATE_TTL_SECONDS", 3600, minimum=1)

# -- pods -----------------------------------------------------------------------------------------
POD_BACKEND = env.choice("POD_BACKEND", "process", ("process", "kubernetes"))
# How long less must be enough before pods go, for pools that do not say so themselves.
POD_IDLE_SECONDS = env.number("POD_IDLE_SECONDS", 60)
# Empty: that of the kubeconfig's context, else "default".
POD_NAMESPACE = env.text("POD_NAMESPACE")
# A Kubernetes Secret in the namespace of each pool, whose keys are variables of every pod's environment.
POD_SECRET = env.text("POD_SECRET")
# Patterns of the variables that a pool may set for its executors.
POD_ENV_ALLOW = env.items("POD_ENV_ALLOW", env.POD_ENV_ALLOW)
KUBECONFIG = env.text("KUBECONFIG")

LOG_LEVEL = env.log_level()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "baseshift.logs.EventFormatter", "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "filters": {
        "without_traceback": {"()": "apps.events.bus.log_filter.NoTracebackFilter"},
        "without_false_alarms": {"()": "baseshift.log_filters.FalseAlarmFilter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.db.backends": {"level": "INFO"},
        "django.request": {"filters": ["without_false_alarms"]},
        "httpx": {"level": "WARNING"},
        "kafka": {"level": "ERROR"},
        "kafka.net.transport": {"filters": ["without_traceback"]},
    },
}
