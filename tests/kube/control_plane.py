"""The processes of ``tools/kube_up.sh``, to be killed and started again."""

import os
import subprocess
from pathlib import Path

from apps.core.env import BASE_DIR
from tests.support.kube import kubeconfig

API_SERVER = "kube-apiserver"


def kill(part: str) -> None:
    """kill -9."""
    _call("kill-part", part)


def start(part: str) -> None:
    _call("start-part", part)


def _call(command: str, part: str) -> None:
    environment = {**os.environ, "KUBE_RUN": str(Path(kubeconfig()).parent)}
    subprocess.run([BASE_DIR / "tools" / "kube_up.sh", command, part], env=environment, check=True)
