"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = get_wsgi_application()

from clinic.checkpoints.noticing import look_at_start  # noqa: E402  the settings have to be there first
from clinic.starting import wait_until_prepared  # noqa: E402

wait_until_prepared()
look_at_start()
