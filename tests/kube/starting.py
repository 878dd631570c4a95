"""How a pod's container comes to run, or why it does not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.pods.backends.kubernetes.api import KubernetesApi
from apps.pods.backends.kubernetes.manifest import ALIVE_FILE
from tests.kube.container import Container, Image
from tests.kube.environment import Unresolved, resolve
from tests.kube.probes import Probes

Body = Mapping[str, Any]


class CannotStart(Exception):
    """It is tried again. The message is the kubelet's."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Start:
    """``images`` are those that can be pulled. ``directory`` takes the container's log, and its ``/tmp``."""

    def __init__(self, api: KubernetesApi, images: Mapping[str, Image], directory: Path) -> None:
        self._api = api
        self._images = images
        self._directory = directory
        self._tmp = directory / "tmp"
        self._tmp.mkdir(parents=True)
        self._pulls = 0

    def __call__(self, body: Body) -> tuple[Container, Probes]:
        """Raises :class:`CannotStart`."""
        (container,) = body["spec"]["containers"]
        image = self._pulled(container["image"])
        own = self._environment(body["metadata"]["namespace"], container)
        environment = {**image.environment, "TMPDIR": str(self._tmp), **own}
        started = Container(body["metadata"]["name"], image.command, environment, self._directory)
        return started, Probes(container, self._mapped, environment)

    def _pulled(self, name: str) -> Image:
        """The first failure says what is wrong, the later ones that it is not tried too often."""
        image = self._images.get(name)
        if image is not None:
            return image
        self._pulls += 1
        if self._pulls == 1:
            raise CannotStart("ErrImagePull", f'failed to pull and unpack image "{name}": not found')
        raise CannotStart("ImagePullBackOff", f'Back-off pulling image "{name}"')

    def _environment(self, namespace: str, container: Body) -> dict[str, str]:
        try:
            resolved = resolve(self._api, namespace, container)
        except Unresolved as error:
            raise CannotStart("CreateContainerConfigError", str(error)) from None
        return {name: self._mapped(value) for name, value in resolved.items()}

    def _mapped(self, text: str) -> str:
        """The pod's volume at ``/tmp`` is a directory of its own; elsewhere it would be every pod's."""
        return text.replace(ALIVE_FILE, str(self._tmp / Path(ALIVE_FILE).name))
