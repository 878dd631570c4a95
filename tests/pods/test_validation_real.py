"""Whatever a pool may be set to, a real API server takes its pods (``make test-kube``)."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from apps.pods.backends.kubernetes.manifest import pod_manifest
from apps.pods.models import PodPool
from apps.pods.spec import pod_spec, validation
from apps.pods.spec.site_environment import SiteEnvironment
from tests.pods.test_validation import GOOD
from tests.support.kube import KubernetesWorld, kubeconfig

pytestmark = pytest.mark.kube
# These name what must be there first: an account, a namespace.
ELSEWHERE = {"service_account", "namespace"}
PLAIN = [
    pytest.param(field, value, id=f"{field}-{number}")
    for field in GOOD
    if field not in ELSEWHERE
    for number, value in enumerate(GOOD[field])
]

# Few characters, so that many of the texts are nearly right.
NAMES = st.text("aA1-_./", max_size=6)
QUANTITIES = st.from_regex(r"[+-]?[0-9.]{1,4}(|[eE][+-]?[0-9]|[numkKMGTPE]i?)", fullmatch=True)
KINDS = st.sampled_from(["cpu", "memory", "ephemeral-storage", "a.b/gpu"])
AMOUNTS = st.dictionaries(KINDS, QUANTITIES, max_size=3)
MAPS = st.dictionaries(NAMES, NAMES, max_size=3)
TOLERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "key": NAMES,
        "operator": st.sampled_from(["Exists", "Equal"]),
        "value": NAMES,
        "effect": st.sampled_from(["", "NoSchedule", "NoExecute"]),
        "tolerationSeconds": st.integers(0, 2**31 - 1),
    },
)
VARIABLES = NAMES | st.fixed_dictionaries({"secret": NAMES, "key": NAMES})
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "resources": st.fixed_dictionaries({}, optional={"requests": AMOUNTS, "limits": AMOUNTS}),
    # Other names are refused here, whatever Kubernetes takes.
    "env": st.dictionaries(NAMES.map("APP_".__add__), VARIABLES, max_size=3),
    "labels": MAPS,
    "node_selector": MAPS,
    "tolerations": st.lists(TOLERATIONS, max_size=2),
}


@pytest.fixture(scope="module")
def world() -> Iterator[KubernetesWorld]:
    made = KubernetesWorld(kubeconfig())
    yield made
    made.close()


def make(world: KubernetesWorld, **fields: Any) -> None:
    """Raises ApiError if the API server would not take a pod of such a pool. It stores nothing."""
    spec = pod_spec.spec(PodPool(**{"name": "default", **fields}), SiteEnvironment({}))
    world.api.call("POST", f"{world.path()}?dryRun=All", body=pod_manifest("job-executor-a", spec))


@pytest.mark.parametrize(("field", "value"), PLAIN)
def test_what_is_taken_here_is_taken_there(world: KubernetesWorld, field: str, value: Any):
    make(world, **{field: value})


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_passes_is_taken_there(world: KubernetesWorld, field: str):
    @settings(derandomize=True, max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(value=FIELDS[field])
    def one(value: Any) -> None:
        passing = what_passes(field, value)
        assume(passing)
        make(world, **{field: passing})

    one()


def what_passes(field: str, value: Any) -> Any:
    """The value without those of its parts that have a mistake; None if it has one as a whole."""
    if isinstance(value, list):
        value = [part for part in value if not validation.problems({field: [part]}, PodPool())]
    elif isinstance(value, dict):
        value = {key: part for key, part in value.items() if not validation.problems({field: {key: part}}, PodPool())}
    return None if validation.problems({field: value}, PodPool()) else value
