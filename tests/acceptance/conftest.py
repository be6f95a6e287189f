"""What the browser tests share."""

from playwright.sync_api import expect

from tests.acceptance.browser import PATIENCE, browser, clinic_server, open_page
from tests.acceptance.edge_site import microphone, models_home, site

__all__ = ["browser", "clinic_server", "microphone", "models_home", "open_page", "site"]

expect.set_options(timeout=PATIENCE)
