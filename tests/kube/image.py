"""The image of executors: its command, with the programs of this virtual environment."""

import os
import sys
from pathlib import Path

from tests.kube.container import Image

COMMAND = ["celery", "-A", "baseshift", "worker", "--without-gossip", "--without-mingle", "--without-heartbeat"]


def executor() -> Image:
    return Image(COMMAND, {"PATH": f"{Path(sys.executable).parent}:{os.defpath}"})
