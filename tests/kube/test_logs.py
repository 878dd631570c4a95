"""What executors write, as people read it who operate their pool."""

from pathlib import Path
from typing import Any

from guardian.shortcuts import assign_perm

from apps.core.models import User
from tests.kube.conftest import Pool, Run
from tests.kube.waiting import wait_for_pods
from tests.support.cluster import PATIENCE
from tests.support.kube import KubernetesWorld, account_config
from tests.support.people import client_of
from tests.support.waiting import eventually


def test_the_log_of_a_pod_is_read_by_rest(
    run: Run, pool: Pool, world: KubernetesWorld, ann: User, settings: Any, tmp_path: Path
) -> None:
    made = pool(scale_to=1, env={"LOG_LEVEL": "INFO"})
    for action in ("view", "operate"):
        assign_perm(f"{action}_podpool", ann, made)
    with run():
        (name,) = wait_for_pods(1)
        settings.POD_BACKEND = "kubernetes"
        settings.KUBECONFIG = str(account_config(world, tmp_path, "web"))
        url = f"/api/v1/pods/{name}/logs"
        client = client_of(ann)

        def lines(query: str = "") -> list[str]:
            text: str = client.get(url + query).json().get("text", "")
            return text.splitlines()

        eventually(lambda: any(f"celery@{name} ready." in line for line in lines()), PATIENCE)
        # It goes on writing meanwhile.
        eventually(lambda: lines("?lines=2") == lines()[-2:], PATIENCE)
