"""Several makers at once: one is first, the others are told so."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.core.models import User
from apps.templates.errors import VersionExists
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services.create import create_version
from tests.templates.samples import noop_document

MAKERS = 8


@pytest.mark.django_db(transaction=True)
def test_of_many_that_make_the_same_version_at_once_one_does():
    author = User.objects.create_superuser("author")

    def make(_: int) -> bool:
        try:
            create_version(author, document=noop_document())
        except VersionExists:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(MAKERS) as pool:
        made = list(pool.map(make, range(MAKERS)))
    assert sorted(made) == [False] * (MAKERS - 1) + [True]
    assert (JobTemplate.objects.count(), TemplateVersion.objects.count()) == (1, 1)
