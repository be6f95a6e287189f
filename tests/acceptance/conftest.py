"""What the browser tests share."""

from tests.acceptance.browser import browser, clinic_server, open_page

__all__ = ["browser", "clinic_server", "open_page"]
