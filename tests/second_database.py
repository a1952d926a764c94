"""What the second database leaves to the first (`-p tests.second_database`): what no database can change."""

# pytest-django refuses the database to a test without one of these, or without its mark.
DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}
# They only look: at each page, at each screen of a room, at the ink of a paper. What is read from
# the database to draw them is tested on both, and so is each journey that writes.
LOOKS = (
    "tests/e2e/test_pages.py",
    "tests/e2e/test_room_screens.py",
    "tests/invigilation/test_documents_papers.py::test_the_session_is_whole_and_no_ink_leaves_the_page",
    "tests/invigilation/test_documents_papers.py::test_a_story_of_five_hundred_letters_is_whole",
    "tests/invigilation/test_documents_papers.py::test_its_styles_say_nothing",
    "tests/sessions/test_documents_papers.py::test_no_ink_leaves_the_page",
    "tests/sessions/test_documents_papers.py::test_a_text_of_five_hundred_letters_is_whole",
    "tests/sessions/test_documents_papers.py::test_its_styles_say_nothing",
)


def pytest_collection_modifyitems(config, items):
    left = [item for item in items if not depends_on_the_database(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if depends_on_the_database(item)]


def depends_on_the_database(item):
    if item.nodeid.startswith(LOOKS):
        return False
    return item.get_closest_marker("django_db") or DATABASE & set(item.fixturenames)
