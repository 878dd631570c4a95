"""People with and without permissions, and a client for each."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.core.models import ApiToken, User


def person(name: str, *permissions: str) -> User:
    user = User.objects.create_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return User.objects.get(pk=user.pk)


def client_of(user: User) -> Client:
    _, token = ApiToken.issue(user)
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def author(db: None) -> User:
    """May make templates."""
    return person("author", "add_jobtemplate")


@pytest.fixture
def stranger(db: None) -> User:
    """May make templates, too, but has nothing to do with the author's."""
    return person("stranger", "add_jobtemplate")


@pytest.fixture
def author_client(author: User) -> Client:
    return client_of(author)


@pytest.fixture
def stranger_client(stranger: User) -> Client:
    return client_of(stranger)
