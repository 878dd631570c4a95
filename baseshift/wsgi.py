"""The web process, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from apps.core.checks import require_valid_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baseshift.settings.dev")
application = get_wsgi_application()
require_valid_settings()
