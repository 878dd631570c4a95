"""System checks of pods."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register

from apps.pods.spec import plaintext_secrets
from apps.pods.spec.site_environment import site_environment

TAG = "pods"


@register(TAG)
def no_secret_stands_in_a_pod(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Return an error for each secret in the settings of pods: all who may look at pods can read them."""
    return [
        Error(
            f"{name} holds a secret, which would stand in every pod for all to read",
            hint="Keep it in a Kubernetes Secret, and name that in POD_SECRET",
            id="baseshift.E007",
        )
        for name in plaintext_secrets.find_secrets(site_environment().env)
    ]
