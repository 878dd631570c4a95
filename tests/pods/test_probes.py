"""What the doctor says of pods."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import timezone

from apps.core.doctor import Finding
from apps.pods.backends.kubernetes.access import VERBS
from apps.pods.models import PodPool, ReconcilerLease
from apps.pods.probes import kubernetes, pools, reconciler
from tests.pods.test_kubernetes_logs import CONFIG
from tests.support.doc_pages import ROOT
from tests.support.gateway import Gateway, Reply, gateway

pytestmark = pytest.mark.django_db


def only(findings: Iterator[Finding]) -> Finding:
    (found,) = findings
    return found


# -- the reconciler and its pools -------------------------------------------------------------------


@pytest.mark.parametrize("left", [None, timedelta(seconds=-5)])
def test_without_a_reconciler_it_says_how_to_start_one(left: timedelta | None):
    ReconcilerLease.objects.create(pk=1, holder="gone", expires_at=timezone.now() + left if left else None)
    found = only(reconciler())
    assert found.seen == "nobody reconciles pods"
    assert "manage.py reconcile_pods" in found.remedy


def test_who_reconciles_is_told():
    ReconcilerLease.objects.create(pk=1, holder="here:1", expires_at=timezone.now() + timedelta(minutes=1))
    assert only(reconciler()) == Finding("reconciler", "here:1 reconciles pods")


def test_pools_in_trouble_are_told_each_with_its_words():
    PodPool.objects.create(name="default")
    PodPool.objects.create(name="gpu", problem="exceeded quota: pods=3")
    found = only(pools())
    assert found.seen == "gpu: exceeded quota: pods=3"
    assert found.remedy


def test_pools_without_trouble_are_well():
    PodPool.objects.create(name="default")
    assert only(pools()).remedy == ""


def test_before_there_is_any_pool_there_is_nothing_to_say():
    assert list(pools()) == []


# -- Kubernetes -------------------------------------------------------------------------------------


def test_processes_need_no_kubernetes():
    assert list(kubernetes()) == []


@pytest.fixture
def api(settings: Any, tmp_path: Path) -> Iterator[Gateway]:
    """The API server that the settings lead to."""
    file = tmp_path / "config"
    settings.POD_BACKEND, settings.KUBECONFIG, settings.POD_NAMESPACE = "kubernetes", str(file), ""
    with gateway() as made:
        file.write_text(CONFIG.format(url=made.url))
        yield made


def allow(api: Gateway, *answers: bool) -> None:
    """Answer the reviews in turn."""
    api.replies = [
        Reply(201, json.dumps({"status": {"allowed": allowed}}).encode(), {"Connection": "close"})
        for allowed in answers
    ]


def asked(api: Gateway) -> list[dict[str, str]]:
    return [json.loads(one.body)["spec"]["resourceAttributes"] for one in api.received]


def test_an_account_that_may_do_all_is_well(api: Gateway):
    allow(api, True)
    found = only(kubernetes())
    assert (found.seen, found.remedy) == ("answers, and lets this account manage pods in work", "")
    assert [one["verb"] for one in asked(api)] == list(VERBS)
    assert {(one["namespace"], one["resource"]) for one in asked(api)} == {("work", "pods")}


def test_what_an_account_may_not_do_is_named(api: Gateway):
    allow(api, True, True, False, False)
    found = only(kubernetes())
    assert found.seen == "this account may not create, delete pods in work"
    assert "reconciler-rbac.yaml" in found.remedy


def test_the_account_of_the_web_is_not_taken_for_a_broken_one(api: Gateway):
    allow(api, False, False, False, False, True)
    assert only(kubernetes()).remedy == ""
    assert asked(api)[-1]["subresource"] == "log"


def test_every_namespace_of_a_pool_is_asked_about(api: Gateway):
    PodPool.objects.create(name="batch", namespace="batch")
    allow(api, True)
    assert {finding.seen.rsplit(" ", 1)[1] for finding in kubernetes()} == {"batch", "work"}


def test_an_unknown_caller_is_told_so(api: Gateway):
    api.replies = [Reply(401, b'{"reason": "Unauthorized"}', {"Connection": "close"})]
    found = only(kubernetes())
    assert "401" in found.seen
    assert "KUBECONFIG" in found.remedy


@pytest.mark.parametrize("content", ["", "a: [", "- a", "users: [{name: u, user: {token: hunter2}}]", "\0"])
def test_a_broken_configuration_is_told_without_what_stands_in_it(settings: Any, tmp_path: Path, content: str):
    file = tmp_path / "config"
    file.write_text(content)
    settings.POD_BACKEND, settings.KUBECONFIG = "kubernetes", str(file)
    found = only(kubernetes())
    assert "KUBECONFIG" in found.remedy
    assert "hunter2" not in found.seen


def test_an_api_that_does_not_answer_is_told(settings: Any, tmp_path: Path):
    file = tmp_path / "config"
    file.write_text(CONFIG.format(url="http://127.0.0.1:1"))
    settings.POD_BACKEND, settings.KUBECONFIG = "kubernetes", str(file)
    assert "cannot be used" in only(kubernetes()).seen


def test_what_is_asked_about_is_what_the_manifest_grants():
    manifest = yaml.safe_load_all((ROOT / "k8s" / "base" / "reconciler-rbac.yaml").read_text(encoding="utf-8"))
    (role,) = (body for body in manifest if body["kind"] == "Role")
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": list(VERBS)}]
