"""The image of executors, as the Dockerfile says; its programs are those of this virtual environment."""

import os
import sys
from pathlib import Path

from tests.kube.container import Image
from tests.support.dockerfile import stages


def executor() -> Image:
    stage = stages()["job-executor"]
    return Image(stage.command, {**stage.environment, "PATH": f"{Path(sys.executable).parent}:{os.defpath}"})
