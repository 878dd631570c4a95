"""Granting permissions on an object: guardian's pages, for users who hold every action on it themselves.

So nobody gives away, to themselves or to others, what they do not have.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from guardian.admin import GroupManage, GuardedModelAdminMixin, UserManage
from guardian.forms import GroupObjectPermissionsForm, UserObjectPermissionsForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.core.access import policy
from apps.core.admin.base import GuardedAdmin, staff_user


class _PermissionChoices:
    """A checkbox for each action that the policy knows of the object, and for no other permission."""

    actions: Sequence[str]
    obj: Model

    def get_obj_perms_field_widget(self) -> forms.Widget:
        return UnfoldAdminCheckboxSelectMultipleWidget()

    def get_obj_perms_field_choices(self) -> list[tuple[str, str]]:
        return [(f"{action}_{self.obj._meta.model_name}", action.capitalize()) for action in self.actions]

    def clean_permissions(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["permissions"]  # type: ignore[attr-defined]
        if chosen and f"view_{self.obj._meta.model_name}" not in chosen:
            raise forms.ValidationError(
                "Without “View” the rest has no effect: users cannot act on what they cannot view."
            )
        return chosen


class UserChoice(UserManage):
    user = forms.CharField(label="Username", max_length=200, error_messages={"does_not_exist": "No such user."})


class GroupChoice(GroupManage):
    group = forms.CharField(
        label="Name of the group", max_length=150, error_messages={"does_not_exist": "No such group."}
    )


class SharedAdmin(GuardedModelAdminMixin, GuardedAdmin):
    """The admin of objects with permissions of their own. ``actions_held`` are all the actions on one."""

    actions_held: Sequence[str]

    def may_share(self, request: HttpRequest, obj: Model) -> bool:
        held = policy.held_actions(staff_user(request), type(obj), [obj.pk], self.actions_held)
        return held.get(obj.pk, frozenset()) == frozenset(self.actions_held)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # guardian's pages ask without an object, and only after _require_sharing; with one the answer stays no.
        return obj is None

    def obj_perms_manage_view(self, request: HttpRequest, object_pk: str) -> HttpResponse:
        self._require_sharing(request, object_pk)
        return super().obj_perms_manage_view(request, object_pk)

    def obj_perms_manage_user_view(self, request: HttpRequest, object_pk: str, user_id: str) -> HttpResponse:
        self._require_sharing(request, object_pk, user_id)
        return super().obj_perms_manage_user_view(request, object_pk, user_id)

    def obj_perms_manage_group_view(self, request: HttpRequest, object_pk: str, group_id: str) -> HttpResponse:
        self._require_sharing(request, object_pk, group_id)
        return super().obj_perms_manage_group_view(request, object_pk, group_id)

    def get_obj_perms_user_select_form(self, request: HttpRequest) -> type[forms.Form]:
        return UserChoice

    def get_obj_perms_group_select_form(self, request: HttpRequest) -> type[forms.Form]:
        return GroupChoice

    def get_obj_perms_manage_user_form(self, request: HttpRequest) -> type[forms.Form]:
        return type("UserForm", (_PermissionChoices, UserObjectPermissionsForm), {"actions": self.actions_held})

    def get_obj_perms_manage_group_form(self, request: HttpRequest) -> type[forms.Form]:
        return type("GroupForm", (_PermissionChoices, GroupObjectPermissionsForm), {"actions": self.actions_held})

    def get_obj_perms_base_context(self, request: HttpRequest, obj: Model) -> dict[str, Any]:
        context: dict[str, Any] = super().get_obj_perms_base_context(request, obj)
        known = {f"{action}_{self.opts.model_name}" for action in self.actions_held}
        return {**context, "model_perms": [perm for perm in context["model_perms"] if perm.codename in known]}

    def _require_sharing(self, request: HttpRequest, object_pk: str, holder: str = "0") -> None:
        # guardian looks a holder up by whatever the address says.
        if not holder.isdecimal():
            raise Http404
        if not self.may_share(request, self.visible_object(request, object_pk)):
            raise PermissionDenied
