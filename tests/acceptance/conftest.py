"""What the browser tests share."""

from tests.acceptance.browser import browser, clinic_server, open_page
from tests.acceptance.edge_site import microphone, models_home, site

__all__ = ["browser", "clinic_server", "microphone", "models_home", "open_page", "site"]
