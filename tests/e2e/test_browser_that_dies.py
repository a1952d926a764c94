"""A browser that dies fails the test it was in, and none after it."""

import pytest
from playwright.sync_api import Error

from tests.e2e.conftest import Browser


def test_a_browser_that_died_is_followed_by_another(playwright):
    browser = Browser(playwright)
    first = browser.running

    with pytest.raises(Error):
        first.new_browser_cdp_session().send("Browser.crash")

    assert browser.running is not first
    assert browser.running.new_page().evaluate("1 + 1") == 2
    browser.close()
