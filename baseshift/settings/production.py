"""Production: nothing has a convenient default, and nothing travels in plain text."""

from apps.core import env
from baseshift.settings.base import *  # noqa: F403

SECRET_KEY = env.text("SECRET_KEY")
for _name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"):
    if not env.text(_name):
        raise env.BadSetting(f"{_name} must be set in production")

ENCRYPTED_LINKS = True
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# For this host alone. What other hosts of its domain serve is not ours to say, and browsers remember it for a year.
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_HSTS_PRELOAD = False
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
GRAPHQL_INTROSPECTION = False
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STATIC_ROOT = env.BASE_DIR / "static-root"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "baseshift.static.HashedModules"},
}
WHITENOISE_USE_FINDERS = False
