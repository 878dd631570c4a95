"""The admin's look and its navigation. Each entry is shown to users who may open its list."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _entry(title: str, icon: str, name: str, permission: str | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}")}
    return {**entry, "permission": _may(permission)} if permission else entry


UNFOLD = {
    "SITE_TITLE": "Base Shift",
    "SITE_HEADER": "Base Shift",
    "SITE_SYMBOL": "lan",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": False,
    "SHOW_BACK_BUTTON": False,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("baseshift/favicon.svg")},
    ],
    "STYLES": [lambda request: static("baseshift/admin.css"), lambda request: static("baseshift/authoring.css")],
    "DASHBOARD_CALLBACK": "apps.workflows.admin.dashboard.dashboard_context",
    "COLORS": {
        # White on 600 and 700 on 100 have a contrast of more than 4.5.
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {"items": [_entry("Overview", "dashboard", "index")]},
            {
                "title": "Work",
                "items": [
                    _entry("Workflows", "account_tree", "workflows_workflow_changelist"),
                    _entry("Jobs", "checklist", "workflows_job_changelist"),
                    _entry("Triggers", "bolt", "workflows_trigger_changelist"),
                    _entry("Templates", "draft", "templates_jobtemplate_changelist"),
                    _entry("Versions", "history", "templates_templateversion_changelist"),
                ],
            },
            {
                "title": "Engine",
                "items": [
                    _entry("Commands", "terminal", "workflows_command_changelist"),
                    _entry(
                        "Consumed topics", "stream", "workflows_triggertopic_changelist", "workflows.view_triggertopic"
                    ),
                    _entry(
                        "Quarantined entries",
                        "report",
                        "workflows_quarantinedentry_changelist",
                        "workflows.view_quarantinedentry",
                    ),
                ],
            },
            {
                "title": "Executors",
                "items": [
                    _entry("Pools", "group_work", "pods_podpool_changelist"),
                    _entry("Pods", "memory", "pods_pod_changelist"),
                ],
            },
            {
                "title": "Events",
                "items": [
                    _entry("Events", "podcasts", "events_event_changelist", "events.view_event"),
                    _entry("Dead letters", "mail", "events_deadletter_changelist", "events.view_deadletter"),
                ],
            },
            {
                "title": "Access",
                "items": [
                    _entry("API tokens", "key", "core_apitoken_changelist"),
                    _entry("Users", "person", "core_user_changelist", "core.view_user"),
                    _entry("Groups", "group", "auth_group_changelist", "auth.view_group"),
                ],
            },
        ],
    },
}
