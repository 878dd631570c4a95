"""The form of a pool: every setting but the manual scale and the cordon, which are actions."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from apps.core.admin.forms import ProblemsForm
from apps.core.admin.rows import BoundRows, RowError
from apps.core.expressions.placeholders import pointer_keys
from apps.core.schema.json_schema import Problem
from apps.pods.admin.pool_rows import EnvironmentRows, MapRows, ResourceRows, TolerationRows
from apps.pods.models import PodPool
from apps.pods.spec import validation
from apps.pods.spec.pool_schema import FIELDS, KEYS

SECTIONS = {
    "Image and resources": ("name", "image", "slots", "resources"),
    "Environment": ("env",),
    "Placement": ("namespace", "service_account", "labels", "node_selector", "tolerations"),
    "Scaling": ("minimum", "maximum", "target_wait", "idle_seconds"),
    "Rollout": ("starts_at_once", "surge"),
}
IDLE = "Seconds that a pod may have no work before it goes."


def _text(label: str, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=required, widget=UnfoldAdminTextInputWidget)


def _count(label: str, help_text: str, *, least: int) -> forms.IntegerField:
    widget = UnfoldAdminIntegerFieldWidget({"min": least})
    return forms.IntegerField(label=label, help_text=help_text, widget=widget)


def _seconds(label: str, help_text: str, *, required: bool = True) -> forms.FloatField:
    widget = UnfoldAdminDecimalFieldWidget({"step": "any", "min": 0})
    return forms.FloatField(label=label, help_text=help_text, required=required, widget=widget)


class PoolForm(ProblemsForm):
    fields_of_keys = FIELDS

    name = _text("Name", "Lower-case letters, digits and inner hyphens. Steps name it as their pool; it never changes.")
    image = _text("Image", "Of the executor.")
    slots = _count("Slots", "How many jobs a pod runs at the same time.", least=1)
    resources = ResourceRows(label="Resources", help_text="A pod is scheduled by its requests and held to its limits.")
    env = EnvironmentRows(
        label="Variables",
        help_text="Use a Kubernetes Secret for anything secret: values are shown to everyone who sees the pool.",
    )
    labels = MapRows(label="Labels", help_text="Added to the labels that pods always have.")
    namespace = _text("Namespace", required=False)
    service_account = _text(
        "Service account", "If empty: the namespace's default. No token is mounted.", required=False
    )
    node_selector = MapRows(label="Node selector", help_text="Labels that a node must have.")
    tolerations = TolerationRows(label="Tolerations", help_text="Node taints that the pods tolerate.")
    minimum = _count("At least", "Pods that are kept without any work, too.", least=0)
    maximum = _count("At most", "Pods, those that are starting or leaving included.", least=0)
    target_wait = _seconds("Target wait", "Seconds that a job may queue before more pods come.")
    idle_seconds = _seconds("Idle time", IDLE, required=False)
    starts_at_once = _count("Starts at once", "Pods that may be starting at the same time.", least=1)
    surge = _count("Surge", "New pods that come before old ones go, once their settings have changed.", least=1)
    # The pool that was read when the page was opened.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, current: PodPool, *args: Any, **kwargs: Any) -> None:
        """Bind the form to a pool. ``current``: the pool as it is stored."""
        super().__init__(*args, **kwargs)
        self._current = current
        self.fields["namespace"].help_text = f"If empty: {settings.POD_NAMESPACE or 'that of the installation'}."
        self.fields["idle_seconds"].help_text = f"{IDLE} If empty: {settings.POD_IDLE_SECONDS:g}."

    def clean(self) -> dict[str, Any]:
        """Report what the service would refuse beside what could not be read: all at once."""
        self.add_problems(validation.problems(self.given(), self._current))
        return self.cleaned_data

    def given(self) -> dict[str, Any]:
        """Return the fields that could be read; of an existing pool, those that somebody has changed."""
        wanted = KEYS.keys() & (self.fields if self._current.pk is None else self.changed_data)
        return {name: value for name, value in self.cleaned_data.items() if name in wanted}

    def describe(self, field: str, inside: Problem) -> ValidationError:
        bound = self[field]
        if not isinstance(bound, BoundRows):
            return super().describe(field, inside)
        rows = bound.field.filled(bound.value())
        place = bound.field.place(pointer_keys(inside.pointer), rows)
        if place is None:
            return super().describe(field, inside)
        name = dict(rows)[place[0]].get("name")
        return RowError(f"{name}: {inside.message}" if name else inside.message, *place)

    def sections(self) -> dict[str, list[BoundField]]:
        """Return the fields grouped under titles."""
        return {title: [self[name] for name in names if name in self.fields] for title, names in SECTIONS.items()}
