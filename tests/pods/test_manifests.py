"""The manifests in k8s/: what holds without any cluster, and that a real API takes them as they are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from apps.pods.backends.kubernetes.api import KubernetesApi
from apps.pods.backends.kubernetes.backend import KubernetesBackend
from apps.pods.backends.port import PodRejected, PodSpec
from apps.pods.models import IMAGE, default_resources
from tests.pods.manifests import K8S, Cluster, manifests, of_kind, pod_of
from tests.support.dockerfile import stages
from tests.support.kube import kubeconfig, may, token_config
from tests.support.waiting import eventually

pytestmark = pytest.mark.kube

SITE, EXECUTORS = "base-shift", "base-shift-executors"
PATIENCE = 240.0
MAKERS = [body for body in manifests() if pod_of(body)]
NAMES = [body["metadata"].get("name", body["metadata"].get("generateName")) for body in MAKERS]
SPEC = PodSpec(pool="default", revision="r1", slots=8, image=IMAGE, resources=default_resources(), secret="executors-1")

every_maker = pytest.mark.parametrize("pod", [pod_of(body) for body in MAKERS], ids=NAMES)


def settings() -> dict[str, str]:
    (found,) = of_kind("ConfigMap")
    data: dict[str, str] = found["data"]
    return data


# -- without a cluster ------------------------------------------------------------------------------


def test_the_kustomization_names_every_file():
    base = K8S / "base"
    named = yaml.safe_load((base / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert sorted(named) == sorted(path.name for path in base.glob("*.yaml") if path.name != "kustomization.yaml")


@every_maker
def test_a_pod_of_the_site_may_write_nothing_but_its_temporary_files(pod: dict):
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert writable == ["tmp"]
    assert pod["securityContext"]["runAsUser"] == int(stages()["web"].all("USER")[0].split(":")[0])


@every_maker
def test_only_reconciler_and_web_may_call_kubernetes(pod: dict):
    asks = pod["serviceAccountName"] in ("base-shift-reconciler", "base-shift-web")
    assert pod["automountServiceAccountToken"] is asks


def test_every_account_that_is_named_is_made():
    made = {body["metadata"]["name"] for body in of_kind("ServiceAccount")}
    assert {(pod_of(body) or {})["serviceAccountName"] for body in MAKERS} == made


def test_no_secret_has_a_value():
    assert [value for body in of_kind("Secret") for value in body["stringData"].values() if value] == []


def test_settings_and_secrets_name_each_other():
    secrets = {(body["metadata"]["namespace"], body["metadata"]["name"]) for body in of_kind("Secret")}
    assert secrets == {(SITE, "base-shift"), (EXECUTORS, settings()["POD_SECRET"])}
    assert settings()["POD_NAMESPACE"] == EXECUTORS


def test_the_probes_send_a_host_that_the_site_answers_to():
    (web,) = (body for body in of_kind("Deployment") if body["metadata"]["name"] == "base-shift-web")
    (container,) = pod_of(web)["containers"]  # type: ignore[index]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        (header,) = container[probe]["httpGet"]["httpHeaders"]
        assert header["value"] in settings()["ALLOWED_HOSTS"].split(",")


# -- on a real API ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster(kubeconfig())
    yield made
    made.close()


@pytest.fixture(scope="module")
def warnings(cluster: Cluster) -> Iterator[list[str]]:
    """What the API warned of while all manifests were applied; they are gone at the end."""
    try:
        yield [warning for body in manifests() for warning in cluster.create(body)]
    finally:
        for namespace in (SITE, EXECUTORS):
            cluster.delete_namespace(namespace)
    eventually(lambda: not cluster.has_namespace(SITE) and not cluster.has_namespace(EXECUTORS), PATIENCE)


def test_a_real_api_takes_every_manifest_and_warns_of_nothing(warnings: list[str]):
    assert warnings == []


@pytest.mark.parametrize("name", [body["metadata"]["name"] for body in of_kind("Deployment")])
def test_all_pods_of_the_site_are_let_in(warnings: list[str], cluster: Cluster, name: str):
    def status() -> dict:
        return cluster.get("apps/v1", "Deployment", SITE, name)["status"]

    eventually(lambda: status().get("replicas") == 2, PATIENCE)


@pytest.fixture
def reconciler(warnings: list[str], tmp_path: Path) -> Iterator[KubernetesBackend]:
    """With the account of the manifests."""
    admin = KubernetesApi(kubeconfig())
    eventually(lambda: is_prepared(admin), PATIENCE)
    made = KubernetesBackend(KubernetesApi(str(token_config(admin, SITE, tmp_path, "reconciler"))), EXECUTORS)
    admin.close()
    yield made
    made.close()


def is_prepared(admin: KubernetesApi) -> bool:
    """What lets pods in, and who decides on accounts, hears of a new namespace a moment later."""
    accounts = admin.call("GET", f"/api/v1/namespaces/{EXECUTORS}/serviceaccounts")["items"]
    (role,) = (body for body in of_kind("Role") if body["metadata"]["name"] == "base-shift-reconciler")
    return bool(accounts) and may(admin, f"{SITE}:base-shift-reconciler", EXECUTORS, role["rules"][0])


def test_the_reconciler_has_its_pods_in_the_namespace_of_executors(reconciler: KubernetesBackend):
    reconciler.create("a", SPEC)
    assert [(pod.name, pod.namespace) for pod in reconciler.observe()] == [("a", EXECUTORS)]
    reconciler.delete("a", 0)


def test_no_pool_has_its_pods_beside_the_secrets_of_the_site(reconciler: KubernetesBackend):
    with pytest.raises(PodRejected, match="forbidden"):
        reconciler.create("a", replace(SPEC, namespace=SITE))
