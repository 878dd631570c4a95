"""A container without a container: a program with its image's files, its packages and its environment, and no more."""

import signal
import subprocess
from pathlib import Path

from apps.core.env import BASE_DIR
from apps.pods.backends.kubernetes.manifest import ALIVE_FILE, IS_ALIVE
from tests.image import packages
from tests.support.dockerfile import lay_out, stages

EXECUTOR = "job-executor"
PATIENCE = 180.0


def files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}


class Container:
    """The executor's program as the image starts it: its files, its packages and a pod's environment alone."""

    def __init__(self, directory: Path, **settings: str) -> None:
        stage = stages()[EXECUTOR]
        self.tree = directory / "srv"
        self.tree.mkdir()
        lay_out(stage, self.tree)
        self.before = files(self.tree)
        self.alive = directory / "executor.alive"
        programs = packages.environment(BASE_DIR / "requirements" / "executor.txt", directory / "venv")
        own = {"EXECUTOR_ALIVE_FILE": str(self.alive)}
        self.log = directory / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [programs / stage.command[0], *stage.command[1:]],
                cwd=self.tree,
                env={**stage.environment, "PATH": f"{programs}:/usr/bin:/bin", **own, **settings},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def is_alive(self) -> bool:
        """As the pod's probe asks."""
        shell, option, text = IS_ALIVE
        command = [shell, option, text.replace(ALIVE_FILE, str(self.alive))]
        return subprocess.run(command, capture_output=True).returncode == 0

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    @property
    def high_water(self) -> int:
        """The most memory that the program ever had, in bytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
