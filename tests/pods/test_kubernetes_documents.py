"""Pods as Kubernetes is asked for them, and what their status means: without any API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.times import rfc3339
from apps.pods.backends.kubernetes.manifest import pod_manifest
from apps.pods.backends.kubernetes.status import observed
from apps.pods.backends.port import ObservedPod, Phase, PodSpec
from apps.pods.models import IMAGE, default_resources
from apps.pods.planning.health import NEVER_STARTED, NEVER_STOPPED, Liveness, RecordedPod, pod_view
from apps.pods.planning.values import PodState

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
ENV = {"JOB_QUEUE_URL": "redis://job-queue:6379", "LOG_LEVEL": "INFO"}
SPEC = PodSpec(pool="default", revision="r1", slots=8, image=IMAGE, resources=default_resources(), env=ENV)


def container(spec: PodSpec = SPEC) -> dict[str, Any]:
    (only,) = pod_manifest("job-executor-x", spec)["spec"]["containers"]
    return only


def env(spec: PodSpec) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container(spec)["env"]}


def test_the_default_pod_is_that_of_the_contract():
    pod = pod_manifest("job-executor-x", SPEC)
    assert pod["metadata"]["labels"].items() >= {"app": "base-shift", "component": "job-executor"}.items()
    assert (container()["name"], container()["image"]) == ("job-executor", "base-shift/job-executor:v1.0.0")
    assert container()["resources"] == {
        "requests": {"memory": "64Mi", "cpu": "250m"},
        "limits": {"memory": "128Mi", "cpu": "500m"},
    }
    assert env(SPEC).items() >= ENV.items()
    assert pod["spec"]["restartPolicy"] == "Never"
    assert pod["spec"]["automountServiceAccountToken"] is False


def test_a_secret_is_named_not_copied():
    spec = PodSpec(pool="default", revision="r", slots=8, env={"JOB_QUEUE_URL": {"secret": "queue", "key": "url"}})
    assert env(spec)["JOB_QUEUE_URL"] == {"secretKeyRef": {"name": "queue", "key": "url"}}


def test_without_a_shared_secret_nothing_is_taken_from_one():
    assert "envFrom" not in container()
    assert [volume["name"] for volume in pod_manifest("x", SPEC)["spec"]["volumes"]] == ["tmp"]


def test_all_keys_of_the_shared_secret_are_variables():
    spec = PodSpec(pool="default", revision="r", slots=8, secret="shift-1")
    assert container(spec)["envFrom"] == [{"secretRef": {"name": "shift-1"}}]


def test_authorities_of_the_shared_secret_are_a_file_if_it_has_any():
    pod = pod_manifest("x", PodSpec(pool="default", revision="r", slots=8, secret="shift-1"))["spec"]
    volume = {volume["name"]: volume for volume in pod["volumes"]}["authorities"]["secret"]
    assert (volume["secretName"], volume["optional"]) == ("shift-1", True)
    assert volume["items"] == [{"key": "ca.crt", "path": "ca.crt"}]
    mounts = {mount["name"]: mount for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts["authorities"]["mountPath"] == "/etc/base-shift"


def test_a_pool_says_where_its_pods_run():
    taint = {"key": "gpu", "operator": "Exists"}
    spec = PodSpec(
        pool="gpu", revision="r", slots=2, node_selector={"gpu": "yes"}, tolerations=[taint], service_account="cuda"
    )
    pod = pod_manifest("x", spec)["spec"]
    assert (pod["nodeSelector"], pod["tolerations"], pod["serviceAccountName"]) == ({"gpu": "yes"}, [taint], "cuda")
    assert env(spec).items() >= {"EXECUTOR_POOL": "gpu", "EXECUTOR_SLOTS": "2"}.items()


def test_labels_of_a_pool_do_not_replace_ours():
    spec = PodSpec(pool="default", revision="r", slots=8, labels={"app": "other", "team": "a"})
    assert pod_manifest("x", spec)["metadata"]["labels"].items() >= {"app": "base-shift", "team": "a"}.items()


# -- status -----------------------------------------------------------------------------------------


def body(phase: str = "Pending", *, state: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    containers = [{"name": "job-executor", "restartCount": 0, "state": state}] if state else []
    return {
        "metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {"base-shift/pool": "p"}},
        "status": {"phase": phase, "containerStatuses": containers, **status},
    }


def placed(after: timedelta, **status: Any) -> dict[str, Any]:
    """A pod that got its node so long after its creation."""
    at = rfc3339(CREATED + after)
    told = body(conditions=[{"type": "PodScheduled", "status": "True", "lastTransitionTime": at}], **status)
    return {**told, "spec": {"nodeName": "n"}}


def state_of(pod: ObservedPod, after: timedelta, *, was_ready: bool = False) -> tuple[PodState, str]:
    pulse = Liveness(None, 0, is_known=True)
    seen = pod_view(pod, RecordedPod(was_ready=was_ready), pulse, CREATED + after)
    return seen.state, seen.reason


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "ErrImagePull", "CrashLoopBackOff", "InvalidImageName"])
def test_what_cannot_start_shows_its_reason_and_is_replaced_after_a_while(reason: str):
    pod = observed(body(state={"waiting": {"reason": reason, "message": "no such thing"}}))
    assert pod.broken
    assert state_of(pod, timedelta(seconds=10)) == (PodState.STARTING, f"{reason}: no such thing")
    assert state_of(pod, timedelta(minutes=4)) == (PodState.UNHEALTHY, f"{reason}: no such thing")


def test_what_fits_on_no_node_waits_as_long_as_it_takes():
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}
    pod = observed(body(conditions=[condition]))
    assert state_of(pod, timedelta(hours=1)) == (PodState.STARTING, "Unschedulable: 0/3 nodes")


def test_a_pod_that_waited_long_for_its_node_is_given_time_to_start_there():
    pod = observed(placed(timedelta(hours=1), startTime=rfc3339(CREATED + timedelta(hours=1))))
    assert state_of(pod, timedelta(hours=1, minutes=2)) == (PodState.STARTING, "")
    assert state_of(pod, timedelta(hours=1, minutes=4)) == (PodState.UNHEALTHY, NEVER_STARTED)


def test_a_pod_whose_node_takes_no_notice_of_it_is_replaced_sooner():
    pod = observed(placed(timedelta(hours=1)))
    assert state_of(pod, timedelta(hours=1, seconds=50)) == (PodState.STARTING, "")
    assert state_of(pod, timedelta(hours=1, seconds=70)) == (PodState.UNHEALTHY, "its node does not answer")


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        ({"reason": "OOMKilled", "exitCode": 137}, "OOMKilled (exit code 137)"),
        ({"reason": "Error", "exitCode": 70}, "Error (exit code 70)"),
        ({"reason": "Completed", "exitCode": 0}, "Completed"),
    ],
)
def test_why_a_pod_ended_is_told(ended: dict[str, Any], reason: str):
    pod = observed(body("Failed", state={"terminated": ended}))
    assert (pod.phase, pod.reason) == (Phase.ENDED, reason)


def test_the_last_line_of_a_pod_that_never_worked_is_told_and_of_others_not():
    ended = {"reason": "Error", "exitCode": 1, "message": "Traceback\nBadSetting: LEASE_SECONDS must be a number\n\n"}
    pod = observed(body("Failed", state={"terminated": ended}))
    why = "Error (exit code 1): BadSetting: LEASE_SECONDS must be a number"
    assert state_of(pod, timedelta(0)) == (PodState.ENDED, why)
    assert state_of(pod, timedelta(0), was_ready=True) == (PodState.ENDED, "Error (exit code 1)")


def test_what_a_pod_wrote_before_its_memory_ran_out_has_nothing_to_do_with_it():
    pod = observed(body("Failed", state={"terminated": {"reason": "OOMKilled", "exitCode": 137, "message": "ready."}}))
    assert state_of(pod, timedelta(0)) == (PodState.ENDED, "OOMKilled (exit code 137)")


def test_what_a_failing_pod_writes_last_is_kept():
    assert container()["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_an_evicted_pod_has_ended():
    pod = observed(body("Failed", reason="Evicted", message="The node was low on memory"))
    assert (pod.phase, pod.reason) == (Phase.ENDED, "Evicted: The node was low on memory")


def test_a_pod_on_a_node_that_is_gone_is_ended_by_force():
    told = body("Running")
    told["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z"
    assert state_of(observed(told), timedelta(seconds=40)) == (PodState.STOPPING, "")
    assert state_of(observed(told), timedelta(seconds=90)) == (PodState.UNHEALTHY, NEVER_STOPPED)


def test_why_kubernetes_itself_ends_a_pod_is_told():
    disruption = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "EvictionByEvictionAPI",
        "message": "evicting",
    }
    told = body("Running", conditions=[disruption])
    told["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z"
    assert state_of(observed(told), timedelta(0)) == (PodState.STOPPING, "EvictionByEvictionAPI: evicting")


def test_that_a_pod_ended_is_no_reason_of_its_own_if_it_was_told_to():
    told = body("Succeeded", state={"terminated": {"reason": "Completed", "exitCode": 0}})
    told["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z"
    assert state_of(observed(told), timedelta(0)) == (PodState.ENDED, "")


def test_what_a_pod_is_and_where_is_read_from_it():
    told = body("Running", state={"running": {}}, startTime="2026-01-01T00:00:05Z")
    told["metadata"] |= {"namespace": "batch", "labels": {"base-shift/pool": "p", "base-shift/revision": "r1"}}
    told["status"]["containerStatuses"] += [{"name": "sidecar", "restartCount": 2}]
    pod = observed({**told, "spec": {"nodeName": "n"}})
    assert (pod.name, pod.pool, pod.revision, pod.phase) == ("a", "p", "r1", Phase.RUNNING)
    assert (pod.namespace, pod.node, pod.restarts, pod.created_at) == ("batch", "n", 2, CREATED)
    assert (pod.stop_by, pod.waits, pod.broken, pod.unanswered, pod.reason) == (None, False, False, False, "")


def test_a_revision_that_is_none_of_ours_is_cut_to_what_is_kept():
    told = body()
    told["metadata"]["labels"]["base-shift/revision"] = "r" * 63
    assert observed(told).revision == "r" * 16


def test_a_pod_without_any_status_is_pending():
    bare = {"metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}}
    assert observed(bare).phase is Phase.PENDING


def test_signs_that_kubernetes_reads_are_values_like_any_other():
    spec = PodSpec(pool="default", revision="r", slots=8, env={"APP_A": "$(HOME) $$(HOME) $HOME $"})
    assert env(spec)["APP_A"] == "$$(HOME) $$$$(HOME) $$HOME $$"
