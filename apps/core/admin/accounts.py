"""The admin of users and groups.

Who sets a password can become that person, and a group hands its permissions to its members: so changing either is
for superusers. The model permissions of Django say who else may look.
"""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from apps.core.admin.base import BoundedList, staff_user
from apps.core.admin.columns import time_column
from apps.core.models import User

admin.site.unregister(Group)


class SuperusersChange(BoundedList):
    # Labels above their fields: the pairs of boxes for permissions need the whole width.
    compressed_fields = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_user(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return staff_user(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return staff_user(request).is_superuser


@admin.register(User)
class UserAdmin(SuperusersChange, DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "is_active", time_column("last_login"))
    list_filter = ("is_active", "is_staff", "is_superuser")


@admin.register(Group)
class GroupAdmin(SuperusersChange, DjangoGroupAdmin, ModelAdmin):
    pass
