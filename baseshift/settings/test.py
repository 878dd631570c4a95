"""Tests: the real stores that the test session starts, time for them to answer, cheap password hashes, nothing else."""

from baseshift.settings.base import *  # noqa: F403
from baseshift.settings.base import DATABASES, VAR_DIR

SECRET_KEY = "only-for-tests"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in life: threads and processes meet at it, which a database in memory has other locks for.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
if "mongodb" in DATABASES:
    # One that is there and slow, on a busy machine, is not away. One that is away is known to be so at once.
    DATABASES["mongodb"]["OPTIONS"] |= {"connectTimeoutMS": 60_000, "socketTimeoutMS": 60_000}
