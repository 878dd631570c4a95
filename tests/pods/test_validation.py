"""What of a pool is refused before it is stored, and where the mistake is."""

from typing import Any

import pytest

from apps.pods.models import PodPool
from apps.pods.spec import validation

SECRET = {"secret": "queue", "key": "url"}


def places(stands: PodPool | None = None, **fields: Any) -> list[str]:
    return sorted(problem.pointer for problem in validation.problems(fields, stands or PodPool()))


GOOD: dict[str, list[Any]] = {
    "name": ["default", "a", "a-1", "x" * 42],
    "image": [
        "base-shift/job-executor:v1.0.0",
        "executor",
        "localhost:5000/a/b__c:1",
        "r.example/x@sha256:" + "0" * 64,
    ],
    "resources": [
        {},
        {"requests": {"cpu": "250m", "memory": "64Mi"}, "limits": {"cpu": "0.5", "memory": "128Mi"}},
        {"requests": {"cpu": "1"}},
        {"limits": {"ephemeral-storage": "1G", "example.com/gpu": "1"}},
        {"requests": {"example.com/gpu": "2"}, "limits": {"example.com/gpu": "2000m"}},
        {"requests": {"cpu": "0"}},
    ],
    "env": [
        {},
        {"APP_LEVEL": "DEBUG", "APP__x1": "", "APP_TOKEN_TYPE": "bearer"},
        {"APP_API_KEY": SECRET, "APP_API_TOKEN": {"secret": "a.b", "key": ".c_D..e"}},
        {"APP_API_TOKEN": "", "APP_PROXY": "http://proxy.example:3128"},
    ],
    "labels": [{}, {"team": "pay", "example.com/cost-centre": "", "A_b.c": "x" * 63}],
    "node_selector": [{}, {"kubernetes.io/arch": "amd64", "app": "x"}],
    "tolerations": [
        [],
        [{"operator": "Exists"}],
        [{"key": "a.example/b", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 0}],
        [{"key": "a", "value": "b", "effect": ""}, {"key": "a", "operator": "Equal", "value": ""}],
    ],
    "service_account": ["", "executor", "a.b"],
    "namespace": ["", "jobs"],
    "slots": [1, 8.0, 1000],
    "minimum": [0, 10],
    "maximum": [0, 10_000],
    "target_wait": [0.1, 10, 86_400],
    "idle_seconds": [None, 0, 1.5],
    "starts_at_once": [1],
    "surge": [1],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [pytest.param(field, value, id=f"{field}-{n}") for field in GOOD for n, value in enumerate(GOOD[field])],
)
def test_what_kubernetes_takes_is_taken(field: str, value: Any):
    assert places(**{field: value}) == []


# Of files that are read, of programs and libraries, and of the product.
NEVER_SET = [
    *("EGRESS_ALLOW_FILE", "LEASE_SECONDS_FILE", "REDIS_URL_FILE", "JOB_QUEUE_URL_FILE", "EXECUTOR_NAME_FILE"),
    *("OPENSSL_CONF", "OPENSSL_MODULES", "SSLKEYLOGFILE", "SSL_CERT_FILE", "LD_AUDIT", "GCONV_PATH", "MALLOC_TRACE"),
    *("LOG_LEVEL", "HOME", "TZ", "http_proxy", "app_mode", "XAPP_MODE", "BASESHIFT_SECRET_X"),
]
LONG = "x" * 5000
BAD: list[tuple[str, Any, list[str]]] = [
    *[("name", value, ["/name"]) for value in ("", "A", "-a", "a-", "a_b", "a/b", "x" * 43, "a\n", "ä", 5, None)],
    *[("image", value, ["/image"]) for value in ("", "A b", "a:", "a:b:c", "http://a/b", "a@sha256:1", LONG, [], None)],
    ("resources", [], ["/resources"]),
    ("resources", {"claims": []}, ["/resources/claims"]),
    ("resources", {"requests": "1"}, ["/resources/requests"]),
    ("resources", {"requests": {"cpu": 1}}, ["/resources/requests/cpu"]),
    (
        "resources",
        {"requests": {"cpu": "a lot", "memory": "1Zi"}},
        ["/resources/requests/cpu", "/resources/requests/memory"],
    ),
    ("resources", {"requests": {"cpu": "-1"}}, ["/resources/requests/cpu"]),
    ("resources", {"requests": {"cpu": "100u"}}, ["/resources/requests/cpu"]),
    ("resources", {"limits": {"cpu": "0", "memory": "400m"}}, ["/resources/limits/cpu", "/resources/limits/memory"]),
    ("resources", {"requests": {"cpu": "2"}, "limits": {"cpu": "1000m"}}, ["/resources/requests/cpu"]),
    ("resources", {"limits": {"gpu": "1"}}, ["/resources/limits/gpu"]),
    ("resources", {"limits": {"hugepages-2Mi": "2Mi"}}, ["/resources/limits/hugepages-2Mi"]),
    ("resources", {"limits": {"requests.kubernetes.io/x": "1"}}, ["/resources/limits/requests.kubernetes.io~1x"]),
    ("resources", {"requests": {"a.b/c": "1"}}, ["/resources/requests/a.b~1c"]),
    ("resources", {"requests": {"a.b/c": "1"}, "limits": {"a.b/c": "2"}}, ["/resources/requests/a.b~1c"]),
    ("env", [], ["/env"]),
    ("env", {"1A": "x", "a b": "x", "a/b": "x", "": "x"}, ["/env/", "/env/1A", "/env/a b", "/env/a~1b"]),
    ("env", {"APP_A": 1, "APP_B": None, "APP_C": [], "APP_D": True}, [f"/env/APP_{n}" for n in "ABCD"]),
    ("env", {"APP_A": {"secret": "x"}}, ["/env/APP_A"]),
    ("env", {"APP_A": {"secret": "X y", "key": "a/b"}}, ["/env/APP_A/key", "/env/APP_A/secret"]),
    (
        "env",
        {f"APP_{n}": {"secret": "s", "key": key} for n, key in zip("ABC", (".", "..", "..a"), strict=True)},
        ["/env/APP_A/key", "/env/APP_B/key", "/env/APP_C/key"],
    ),
    ("env", {"APP_A": {"secret": 1, "key": ""}}, ["/env/APP_A/key", "/env/APP_A/secret"]),
    ("env", {"APP_A": SECRET | {"name": "x"}}, ["/env/APP_A/name"]),
    ("env", {"APP_A": LONG}, ["/env/APP_A"]),
    ("env", {f"APP_{n}": "x" * 3900 for n in range(9)}, ["/env"]),
    ("env", {f"APP_{n}": "x" for n in range(101)}, ["/env"]),
    ("env", {"EXECUTOR_SLOTS": "99"}, ["/env/EXECUTOR_SLOTS"]),
    ("env", {"EXECUTOR_NAME": SECRET}, ["/env/EXECUTOR_NAME"]),
    ("env", {"LEASE_SECONDS": "60"}, ["/env/LEASE_SECONDS"]),
    ("env", {"JOB_QUEUE_URL": "redis://elsewhere:6379"}, ["/env/JOB_QUEUE_URL"]),
    ("env", {"EGRESS_ALLOW": "127.0.0.1"}, ["/env/EGRESS_ALLOW"]),
    (
        "env",
        {"LD_PRELOAD": "x.so", "PATH": ".", "PYTHONPATH": "."},
        ["/env/LD_PRELOAD", "/env/PATH", "/env/PYTHONPATH"],
    ),
    ("env", {"APP_API_TOKEN": "x1", "APP_DB": "postgres://u:p@h/d"}, ["/env/APP_API_TOKEN", "/env/APP_DB"]),
    ("env", {"BASESHIFT_SECRET_FOO": "bar", "APP_X": "AKIA" + "A" * 16}, ["/env/APP_X", "/env/BASESHIFT_SECRET_FOO"]),
    *(("env", {name: "x"}, [f"/env/{name}"]) for name in NEVER_SET),
    *(("env", {name: SECRET}, [f"/env/{name}"]) for name in NEVER_SET),
    (
        "labels",
        {"app": "x", "component": "x", "base-shift/pool": "x"},
        ["/labels/app", "/labels/base-shift~1pool", "/labels/component"],
    ),
    (
        "labels",
        {"a b": "x", "-a": "x", "A.B/c": "x", "a/b/c": "x", "/a": "x"},
        ["/labels/-a", "/labels/A.B~1c", "/labels/a b", "/labels/a~1b~1c", "/labels/~1a"],
    ),
    ("labels", {"a": "b c", "b": "-", "c": 1, "d": "x" * 64}, ["/labels/a", "/labels/b", "/labels/c", "/labels/d"]),
    ("labels", {f"a{n}": "" for n in range(101)}, ["/labels"]),
    ("node_selector", {"zone": "a b"}, ["/nodeSelector/zone"]),
    ("node_selector", None, ["/nodeSelector"]),
    ("tolerations", {}, ["/tolerations"]),
    ("tolerations", ["x"], ["/tolerations/0"]),
    ("tolerations", [{}], ["/tolerations/0/operator"]),
    ("tolerations", [{"key": "a", "operator": "exists"}], ["/tolerations/0/operator"]),
    ("tolerations", [{"key": "a"}, {"key": "b c", "value": "d e"}], ["/tolerations/1/key", "/tolerations/1/value"]),
    ("tolerations", [{"key": "a", "operator": "Exists", "value": "b"}], ["/tolerations/0/value"]),
    ("tolerations", [{"key": "a", "effect": "No"}], ["/tolerations/0/effect"]),
    ("tolerations", [{"key": "a", "tolerationSeconds": 5}], ["/tolerations/0/tolerationSeconds"]),
    (
        "tolerations",
        [{"key": "a", "effect": "NoExecute", "tolerationSeconds": -1}],
        ["/tolerations/0/tolerationSeconds"],
    ),
    (
        "tolerations",
        [{"key": 1, "operator": [], "value": {}, "more": 1}],
        [f"/tolerations/0/{key}" for key in ("key", "more", "operator", "value")],
    ),
    ("tolerations", [{"operator": "Exists"}] * 101, ["/tolerations"]),
    ("service_account", "A", ["/serviceAccount"]),
    ("service_account", None, ["/serviceAccount"]),
    ("namespace", "a.b", ["/namespace"]),
    *[("slots", value, ["/slots"]) for value in (0, 1001, 1.5, True, "8", None, 10**300)],
    *[("minimum", value, ["/minimum"]) for value in (-1, 11, 10_001, "1")],
    *[("maximum", value, ["/maximum"]) for value in (-1, 10_001, 0.5)],
    *[("target_wait", value, ["/targetWait"]) for value in (0, -1, 86_401, "10", None, float("nan"), float("inf"))],
    *[("idle_seconds", value, ["/idleSeconds"]) for value in (-0.1, 604_801, "60", float("nan"))],
    *[("starts_at_once", value, ["/startsAtOnce"]) for value in (0, 2**40)],
    *[("surge", value, ["/surge"]) for value in (0, -1)],
    ("image", "a\0", ["/image"]),
    ("labels", {"a": "\ud800"}, ["/labels/a"]),
    ("failures", 0, ["/failures"]),
    ("scale_to", 1, ["/scale_to"]),
]


@pytest.mark.parametrize(
    ("field", "value", "where"), [pytest.param(*case, id=f"{n}-{case[0]}") for n, case in enumerate(BAD)]
)
def test_each_mistake_is_pointed_at(field: str, value: Any, where: list[str]):
    assert places(**{field: value}) == where


def test_all_mistakes_are_told_at_once():
    wrong = {
        "image": "",
        "slots": 0,
        "labels": {"app": "x"},
        "minimum": 5,
        "maximum": 4,
        "env": {"APP_MODEL": "x", "1": "y"},
    }
    assert places(**wrong) == ["/env/1", "/image", "/labels/app", "/maximum", "/slots"]


def test_bounds_are_held_against_those_that_stand():
    stands = PodPool(minimum=3, maximum=5)
    assert places(stands, minimum=6) == ["/minimum"]
    assert places(stands, maximum=2) == ["/maximum"]
    assert places(stands, minimum=6, maximum=6) == []


@pytest.mark.parametrize(
    "env", [{"APP_API_TOKEN": "hunter2-x"}, {"APP_A": "redis://:hunter2-x@h"}, {"APP_SECRET": "hunter2-x"}]
)
def test_no_message_holds_what_should_be_secret(env: dict[str, str]):
    for problem in validation.problems({"env": env}, PodPool()):
        assert "hunter2" not in problem.message
        assert "Secret" in problem.message


class UnreadList(list[Any]):
    """Nobody looks at its entries."""

    def __iter__(self) -> Any:
        raise AssertionError("its entries were looked at")


class UnreadMap(dict[str, Any]):
    """As such a list."""

    def __iter__(self) -> Any:
        raise AssertionError("its keys were looked at")

    keys = values = items = __iter__


MANY = {str(number): "" for number in range(101)}
OVERSIZED: dict[str, tuple[str, Any]] = {
    "/tolerations": ("tolerations", UnreadList(101 * [{}])),
    "/env": ("env", UnreadMap(MANY)),
    "/labels": ("labels", UnreadMap(MANY)),
    "/nodeSelector": ("node_selector", UnreadMap(MANY)),
    "/resources/requests": ("resources", {"requests": UnreadMap(MANY)}),
    "/resources/limits": ("resources", {"requests": {"cpu": "x"}, "limits": UnreadMap(MANY)}),
}


@pytest.mark.parametrize("place", OVERSIZED)
def test_of_what_has_too_many_entries_none_is_looked_at(place: str):
    field, value = OVERSIZED[place]
    assert places(slots=0, **{field: value}) == [place]


@pytest.mark.parametrize("name", ["EGRESS_ALLOW_FILE", "OPENSSL_CONF", "LEASE_SECONDS", "EXECUTOR_NAME", "LD_PRELOAD"])
def test_an_operator_cannot_give_away_what_the_product_needs(settings: Any, name: str):
    settings.POD_ENV_ALLOW = ["*"]
    assert places(env={name: "x", "MODEL": "large"}) == [f"/env/{name}"]


def test_an_operator_says_which_names_a_pool_may_set(settings: Any):
    settings.POD_ENV_ALLOW = ["MODEL_*", "REGION"]
    assert places(env={"MODEL_SIZE": "x", "REGION": "x", "APP_X": "x"}) == ["/env/APP_X"]
