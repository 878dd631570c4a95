"""The form of a pool in the admin, and who may write it."""

from typing import Any

import pytest
from django.test import Client
from guardian.shortcuts import assign_perm

from apps.core.access.policy import SYSTEM
from apps.core.models import User
from apps.pods.models import PodPool
from apps.pods.services import pools
from tests.admin.pools import LIST, page_of, pod
from tests.support.admin_pages import browser, staff

pytestmark = pytest.mark.django_db

ADD = f"{LIST}add/"
# What the form is sent with.
FORM: dict[str, Any] = {
    "name": "video",
    "image": "registry.example/video:v1",
    "slots": "2",
    "minimum": "0",
    "maximum": "6",
    "target_wait": "2.5",
    "idle_seconds": "",
    "starts_at_once": "3",
    "surge": "1",
    "namespace": "",
    "service_account": "",
}
ROWS: dict[str, Any] = {
    "resources-name": ["cpu", "memory", ""],
    "resources-request": ["250m", "", ""],
    "resources-limit": ["1", "64Mi", ""],
    "env-name": ["APP_MODE", "APP_TOKEN", ""],
    "env-kind": ["value", "secret", "value"],
    "env-value": [" a\r\nb ", "", ""],
    "env-secret": ["", "keys", ""],
    "env-key": ["", "token", ""],
    "labels-name": ["team", ""],
    "labels-value": ["media", ""],
    "node_selector-name": ["example.org/disk", ""],
    "node_selector-value": ["ssd", ""],
    "tolerations-key": ["gpu", "", ""],
    "tolerations-operator": ["Exists", "Exists", ""],
    "tolerations-value": ["", "", ""],
    "tolerations-effect": ["NoExecute", "", ""],
    "tolerations-tolerationSeconds": ["60", "", ""],
}


@pytest.fixture
def video() -> PodPool:
    fields = {"name": "video", "env": {"APP_A": "1", "APP_B": {"secret": "s", "key": "k"}}, "idle_seconds": 5}
    return pools.create(SYSTEM, fields=fields)


def problems(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return dict(answer.context["form"].errors)


def sent_by(client: Client, path: str) -> dict[str, Any]:
    """What a browser would send if nobody touched the form."""
    form = client.get(path).context["form"]
    plain = {bound.html_name: bound.value() for bound in form if not hasattr(bound, "rows")}
    cells = {
        f"{bound.html_name}-{column.name}": [row[column.name] for row in bound.value()]
        for bound in form
        if hasattr(bound, "rows")
        for column in bound.field.columns
    }
    return {**{name: "" if value is None else value for name, value in plain.items()}, **cells}


# -- writing ----------------------------------------------------------------------------------------


def test_a_pool_is_made_of_everything_that_the_form_asks(admins: Client):
    answer = admins.post(ADD, {**FORM, **ROWS})
    made = PodPool.objects.get()
    assert answer["Location"] == page_of(made)
    assert (made.name, made.slots, made.target_wait, made.idle_seconds) == ("video", 2, 2.5, None)
    assert made.resources == {"requests": {"cpu": "250m"}, "limits": {"cpu": "1", "memory": "64Mi"}}
    assert made.env == {"APP_MODE": " a\nb ", "APP_TOKEN": {"secret": "keys", "key": "token"}}
    assert (made.labels, made.node_selector) == ({"team": "media"}, {"example.org/disk": "ssd"})
    assert made.tolerations == [
        {"key": "gpu", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
        {"operator": "Exists"},
    ]


def test_the_form_of_a_new_pool_offers_what_the_model_takes_for_granted(admins: Client):
    sent = sent_by(admins, ADD)
    admins.post(ADD, {**sent, "name": "plain"})
    made, offered = PodPool.objects.get(), PodPool()
    for name in ("image", "resources", "env", "slots", "maximum", "target_wait", "idle_seconds", "tolerations"):
        assert getattr(made, name) == getattr(offered, name)


def test_a_pool_that_is_saved_untouched_stays_as_it_is(admins: Client):
    admins.post(ADD, {**FORM, **ROWS})
    before = PodPool.objects.values().get()
    admins.post(page_of(PodPool.objects.get(), "edit"), sent_by(admins, page_of(PodPool.objects.get(), "edit")))
    assert PodPool.objects.values().get() == before


def test_a_setting_that_would_be_refused_today_does_not_keep_others_from_being_changed(admins: Client, video: PodPool):
    PodPool.objects.update(labels={"app": "of old"})
    path = page_of(video, "edit")
    assert admins.post(path, {**sent_by(admins, path), "slots": "4"}).status_code == 302
    video.refresh_from_db()
    assert (video.slots, video.labels) == (4, {"app": "of old"})


def test_a_change_keeps_the_name_the_scale_and_the_hold(admins: Client, video: PodPool):
    PodPool.objects.update(scale_to=3, cordoned=True)
    sent = sent_by(admins, page_of(video, "edit"))
    admins.post(page_of(video, "edit"), {**sent, "name": "other", "slots": "4"})
    video.refresh_from_db()
    assert (video.name, video.slots, video.scale_to, video.cordoned) == ("video", 4, 3, True)


def test_rows_that_are_left_empty_are_left_out(admins: Client, video: PodPool):
    sent = sent_by(admins, page_of(video, "edit"))
    admins.post(page_of(video, "edit"), {**sent, "env-name": ["", "APP_B"], "env-value": ["", ""]})
    video.refresh_from_db()
    assert video.env == {"APP_B": {"secret": "s", "key": "k"}}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", {"name": "No Name"}),
        ("name", {"name": ""}),
        ("image", {"image": ""}),
        ("image", {"image": "a\0b"}),
        ("slots", {"slots": "0"}),
        ("slots", {"slots": "many"}),
        ("slots", {"slots": "9" * 5000}),
        ("maximum", {"minimum": "7"}),
        ("target_wait", {"target_wait": "nan"}),
        ("target_wait", {"target_wait": "1e999"}),
        ("idle_seconds", {"idle_seconds": "-1"}),
        ("starts_at_once", {"starts_at_once": ""}),
        ("surge", {"surge": "1.5"}),
        ("namespace", {"namespace": "Upper"}),
        ("service_account", {"service_account": "a b"}),
        ("resources", {"resources-name": ["cpu"], "resources-request": ["lots"]}),
        ("resources", {"resources-name": ["cpu"]}),
        ("resources", {"resources-request": ["1"]}),
        ("env", {"env-name": ["1A"], "env-value": ["x"]}),
        ("env", {"env-name": ["APP_A", "APP_A"], "env-value": ["x", "y"]}),
        ("env", {"env-value": ["x"]}),
        ("env", {"env-name": ["APP_A"], "env-value": ["\0"]}),
        ("env", {"env-name": ["A\0"], "env-value": ["x"]}),
        ("env", {"env-name": ["APP_A"], "env-kind": ["secret"], "env-secret": ["s"], "env-key": [""]}),
        ("labels", {"labels-name": ["app"], "labels-value": ["x"]}),
        ("labels", {"labels-value": ["x"]}),
        ("node_selector", {"node_selector-name": ["a b"], "node_selector-value": ["x"]}),
        ("tolerations", {"tolerations-key": ["gpu"], "tolerations-tolerationSeconds": ["soon"]}),
        ("tolerations", {"tolerations-key": ["gpu"], "tolerations-effect": ["Nonsense"]}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_stored(
    admins: Client, field: str, wrong: dict[str, Any]
):
    assert list(problems(admins.post(ADD, {**FORM, **wrong}))) == [field]
    assert not PodPool.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(admins: Client):
    wrong = {"image": "", "slots": "0", "env-name": ["1A"], "env-value": ["x"], "labels-name": ["app"]}
    assert sorted(problems(admins.post(ADD, {**FORM, **wrong}))) == ["env", "image", "labels", "slots"]


def test_what_is_wrong_is_said_in_its_row_and_at_its_cell(admins: Client):
    wrong = {
        "env-name": ["APP_A", "", "APP_B"],
        "env-kind": ["value", "value", "secret"],
        "env-secret": ["", "", "No Name"],
    }
    field = admins.post(ADD, {**FORM, **wrong, "env-key": ["", "", "k"]}).context["form"]["env"]
    assert [bool(row["errors"]) for row in field.rows] == [False, True]
    assert [cell["column"].name for cell in field.rows[1]["cells"] if cell["is_wrong"]] == ["secret"]
    assert field.own_errors == []


def test_a_name_that_is_taken_is_told(admins: Client, video: PodPool):
    assert "There is a pool video already." in str(problems(admins.post(ADD, FORM)))


def test_a_change_of_a_pool_that_is_being_deleted_is_refused(admins: Client, video: PodPool):
    path = page_of(video, "edit")
    sent = sent_by(admins, path)
    pod(video)
    pools.delete(SYSTEM, name="video")
    assert "is being deleted" in str(problems(admins.post(path, {**sent, "slots": "4"})))
    video.refresh_from_db()
    assert video.slots == 8


def test_an_empty_request_is_answered_with_what_is_missing(admins: Client, video: PodPool):
    assert "name" in problems(admins.post(ADD, {}))
    assert "image" in problems(admins.post(page_of(video, "edit"), {}))


def test_who_was_not_told_of_anothers_change_does_not_undo_it(admins: Client, video: PodPool):
    path = page_of(video, "edit")
    sent = {**sent_by(admins, path), "slots": "4"}
    pools.update(SYSTEM, name="video", changes={"maximum": 7})
    answer = admins.post(path, sent)
    assert "Somebody else has changed this pool" in str(problems(answer))
    video.refresh_from_db()
    assert (video.slots, video.maximum) == (8, 7)
    admins.post(path, {**sent, "seen": answer.context["form"]["seen"].value()})
    video.refresh_from_db()
    assert (video.slots, video.maximum) == (4, 10)


# -- who may do what --------------------------------------------------------------------------------


def test_who_may_add_pools_does_and_may_then_do_everything_with_theirs():
    ann = staff("ann", "add_podpool")
    client = browser(ann)
    assert client.post(ADD, FORM).status_code == 302
    page = client.get(page_of(PodPool.objects.get()))
    assert all(page.context[power] for power in ("may_change", "may_operate", "may_delete", "may_share"))


def test_without_the_model_permission_no_pool_is_added(sams: Client):
    assert sams.get(ADD).status_code == 403
    assert sams.post(ADD, FORM).status_code == 403
    assert not PodPool.objects.exists()


PATHS = {"change": ("edit", FORM), "delete": ("delete", {}), "operate": ("scale", {"count": "1"})}


@pytest.mark.parametrize("action", PATHS)
def test_an_act_is_a_404_without_view_a_403_without_its_permission_and_then_done(
    sam: User, sams: Client, video: PodPool, action: str
):
    place, sent = PATHS[action]
    path = page_of(video, place)
    assert sams.post(path, sent).status_code == 404
    assign_perm("view_podpool", sam, video)
    assert sams.post(path, sent).status_code == 403
    assign_perm(f"{action}_podpool", sam, video)
    assert sams.post(path, {**sent, "seen": seen(sams, video) if action == "change" else ""}).status_code == 302


def seen(client: Client, pool: PodPool) -> str:
    return client.get(page_of(pool, "edit")).context["form"]["seen"].value()


def test_the_pages_of_acts_are_hidden_as_the_acts_are(sam: User, sams: Client, video: PodPool):
    for place in ("edit", "delete"):
        assert sams.get(page_of(video, place)).status_code == 404
    assign_perm("view_podpool", sam, video)
    for place in ("edit", "delete"):
        assert sams.get(page_of(video, place)).status_code == 403
