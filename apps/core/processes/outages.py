"""Is an error that of a database that is away? Then the caller may come again; else the fault is ours."""

import sys

from django.db import InterfaceError, InternalError, OperationalError

# What a database that is away, or has ended our connection, raises: nothing is wrong with the data then.
# InternalError is how PostgreSQL's end of a transaction that stood still arrives.
DATABASE_UNAVAILABLE = (OperationalError, InterfaceError, InternalError)


def is_outage(error: BaseException | None) -> bool:
    """Whether ``error`` says that a database, SQL or MongoDB, could not be reached."""
    return isinstance(error, OperationalError | InterfaceError) or _is_of_mongodb(error)


def _is_of_mongodb(error: BaseException | None) -> bool:
    """Its backend has one class for whatever goes wrong; the driver's own error, which caused it, says more."""
    driver = sys.modules.get("pymongo.errors")
    if driver is None or error is None:
        return False
    return any(isinstance(one, driver.ConnectionFailure) for one in (error, error.__cause__))
