"""What an executor of the stack inherits: what it reads, and nothing of the site's."""

import pytest

from apps.stack.executor_environment import inherits


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "LC_ALL", "PYTHONPATH", "SSL_CERT_FILE", "REDIS_URL", "JOB_QUEUE_URL_FILE"),
        *(
            "LEASE_SECONDS",
            "EGRESS_ALLOW",
            "LOG_LEVEL",
            "VAR_DIR",
            "EXECUTOR_SLOTS",
            "BASESHIFT_SECRET_API_KEY",
            "APP_MODE",
        ),
    ],
)
def test_an_executor_has_what_it_reads(name: str):
    assert inherits(name)


@pytest.mark.parametrize(
    "name",
    [
        *("SECRET_KEY", "SECRET_KEY_FILE", "DATABASE_URL", "MONGODB_URL", "KAFKA_SASL_PASSWORD", "ENCRYPTION_KEYS"),
        *("DJANGO_SUPERUSER_PASSWORD", "DJANGO_SETTINGS_MODULE", "AWS_SECRET_ACCESS_KEY", "KUBECONFIG", "GITHUB_TOKEN"),
    ],
)
def test_an_executor_has_nothing_of_the_sites(name: str):
    assert not inherits(name)


def test_an_operator_says_what_plugins_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("POD_ENV_ALLOW", "MODEL_*,REGION")
    assert [name for name in ("MODEL_SIZE", "REGION", "APP_MODE") if inherits(name)] == ["MODEL_SIZE", "REGION"]
