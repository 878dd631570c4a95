import pytest
from django.test import Client

from apps.core.models import User
from tests.support.admin_pages import browser, staff


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("admin")


@pytest.fixture
def admins(admin: User) -> Client:
    """The superuser's browser."""
    return browser(admin)


@pytest.fixture
def sam(db: None) -> User:
    """Staff without any permission."""
    return staff("sam")


@pytest.fixture
def sams(sam: User) -> Client:
    return browser(sam)
