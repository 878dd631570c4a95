"""What pods take from the installation's settings, and what of it must not stand in them as plain text."""

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django.fixtures import Settings

from apps.pods import checks
from apps.pods.models import PodPool
from apps.pods.spec import plaintext_secrets, pod_spec
from apps.pods.spec.site_environment import SiteEnvironment, site_environment

PLAIN, SECRET = "redis://job-queue:6379", "rediss://:hunter2@job-queue:6380/0"


@pytest.fixture
def kubernetes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    settings.POD_BACKEND = "kubernetes"
    monkeypatch.setenv("JOB_QUEUE_URL", PLAIN)
    return monkeypatch


def said() -> list[str]:
    return [str(message) for message in run_checks(tags=[checks.TAG])]


def test_processes_take_nothing(settings: Settings):
    settings.POD_SECRET = "shift"
    assert site_environment() == SiteEnvironment({})


def test_pods_take_the_queue_and_the_level_of_the_log(kubernetes: pytest.MonkeyPatch):
    assert site_environment() == SiteEnvironment({"JOB_QUEUE_URL": PLAIN, "LOG_LEVEL": "INFO"})


def test_pods_take_what_scheduler_and_executors_must_agree_on_where_it_is_set(kubernetes: pytest.MonkeyPatch):
    kubernetes.setenv("LEASE_SECONDS", "30")
    kubernetes.setenv("EGRESS_ALLOW", "10.1.0.0/16")
    assert site_environment().env.items() >= {"LEASE_SECONDS": "30", "EGRESS_ALLOW": "10.1.0.0/16"}.items()


def test_with_a_secret_the_queue_is_named_not_copied(kubernetes: pytest.MonkeyPatch, settings: Settings):
    kubernetes.setenv("JOB_QUEUE_URL", SECRET)
    settings.POD_SECRET = "shift-1"
    assert site_environment().env["JOB_QUEUE_URL"] == {"secret": "shift-1", "key": "JOB_QUEUE_URL"}
    assert "hunter2" not in repr(pod_spec.spec(PodPool(name="default"), site_environment()))


@pytest.mark.parametrize(
    "other", [SiteEnvironment({"LOG_LEVEL": "INFO"}, "shift-2"), SiteEnvironment({"LOG_LEVEL": "DEBUG"}, "shift-1")]
)
def test_pods_are_of_another_revision_when_they_take_something_else(other: SiteEnvironment):
    pool = PodPool(name="default")
    assert (
        pod_spec.spec(pool, SiteEnvironment({"LOG_LEVEL": "INFO"}, "shift-1")).revision
        != pod_spec.spec(pool, other).revision
    )


def test_a_pool_has_the_last_word_on_its_environment():
    pool = PodPool(name="default", env={"LOG_LEVEL": "DEBUG"})
    assert pod_spec.spec(pool, SiteEnvironment({"LOG_LEVEL": "INFO"})).env == {"LOG_LEVEL": "DEBUG"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("JOB_QUEUE_URL", SECRET),
        ("JOB_QUEUE_URL", "redis://user:hunter2@job-queue"),
        ("JOB_QUEUE_URL", "redis://job-queue:6379/0?db=1&password=hunter2"),
        ("BASESHIFT_SECRET_API_KEY", "hunter2"),
        ("ANYTHING", "AKIAIOSFODNN7EXAMPLE"),
    ],
)
def test_a_secret_is_known_as_such(name: str, text: str):
    assert plaintext_secrets.find_secrets({name: text}) == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JOB_QUEUE_URL", PLAIN),
        ("JOB_QUEUE_URL", "redis://user@job-queue:6379"),
        ("JOB_QUEUE_URL", {"secret": "shift", "key": "JOB_QUEUE_URL"}),
        ("EGRESS_ALLOW", "10.1.0.0/16,gateway.example:443"),
        ("LOG_LEVEL", "INFO"),
        ("API_KEY", ""),
    ],
)
def test_what_is_none_may_stand_there(name: str, value: object):
    assert plaintext_secrets.find_secrets({name: value}) == []


def test_nothing_starts_with_a_password_that_pods_would_show(kubernetes: pytest.MonkeyPatch, settings: Settings):
    kubernetes.setenv("JOB_QUEUE_URL", SECRET)
    (message,) = said()
    assert "baseshift.E007" in message
    assert "hunter2" not in message
    settings.POD_SECRET = "shift-1"
    assert said() == []


def test_the_reconciler_does_not_start_then_either(kubernetes: pytest.MonkeyPatch):
    kubernetes.setenv("JOB_QUEUE_URL", SECRET)
    with pytest.raises(SystemCheckError, match=r"baseshift\.E007"):
        call_command("reconcile_pods", skip_checks=False)
