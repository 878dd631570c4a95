"""The admin of API tokens: issue one, see when it was last used, revoke it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import display

from apps.core.access import tokens
from apps.core.admin.base import BoundedList, refusals_as_pages, staff_user
from apps.core.admin.columns import time_column
from apps.core.models import ApiToken

STATE_LABELS = {"valid": "success", "expired": "warning", "user inactive": "danger"}


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ApiToken
        fields = ("user", "name", "expires_at")

    def clean_expires_at(self) -> Any:
        moment = self.cleaned_data["expires_at"]
        if moment is not None and moment <= timezone.now():
            raise forms.ValidationError("This moment has passed: the token would not hold.")
        return moment


@admin.register(ApiToken)
class ApiTokenAdmin(BoundedList, ModelAdmin):
    """An admin without a change form: a token never changes, and deleting it revokes it."""

    form = TokenForm
    list_display = ("label", "owner", "state", *map(time_column, ("created_at", "expires_at", "last_used_at")))
    search_fields = ("name", "user__username")
    search_help_text = "Search by name or user"
    ordering = ("-created_at",)

    @display(description="token")
    def label(self, token: ApiToken) -> str:
        return str(token)

    @display(description="user", ordering="user__username")
    def owner(self, token: ApiToken) -> str:
        return token.user.get_username()

    @display(description="state", label=STATE_LABELS)
    def state(self, token: ApiToken) -> str:
        if token.expires_at is not None and token.expires_at <= timezone.now():
            return "expired"
        return "valid" if token.user.is_active else "user inactive"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ApiToken]":
        return tokens.visible_tokens(staff_user(request))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Return the user field only where there is a choice."""
        if obj is not None:
            return ("name", "user", "created_at", "expires_at", "last_used_at")
        return ("user", "name", "expires_at") if staff_user(request).is_superuser else ("name", "expires_at")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": staff_user(request).pk, **super().get_changeform_initial_data(request)}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        one_way_on = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**one_way_on, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        user = obj.user if obj.user_id else staff_user(request)
        with refusals_as_pages():
            issued, text = tokens.issue(staff_user(request), user=user, name=obj.name, expires_at=obj.expires_at)
        obj.pk, obj.user, obj.created_at = issued.pk, user, issued.created_at
        request.issued_token = text  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        """Show the token's text in this response alone: a redirect would have to keep it somewhere."""
        context = {
            **self.admin_site.each_context(request),
            **{"opts": self.opts, "title": "Token issued", "token": obj},
            "text": request.issued_token,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/core/apitoken/issued.html", context)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # get_queryset has chosen what there is to view.
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True
