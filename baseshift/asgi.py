"""The same site for ASGI servers."""

import os

from django.core.asgi import get_asgi_application

from apps.core.checks import require_valid_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baseshift.settings.dev")
application = get_asgi_application()
require_valid_settings()
