"""What the second database leaves to the first (`-p tests.second_database`): what no database can change.

What axe says of a page is left to it too (tests/e2e/conftest.py).
"""

# pytest-django refuses the database to a test without one of these, or without its mark.
DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}
# They only look: at each page, at each screen of a room, at a list that is filtered, at the ink of a
# paper. What is read from the database to draw them is tested on both, and so is each journey that writes.
LOOKS = (
    "tests/e2e/test_pages.py",
    "tests/e2e/test_notices.py",
    "tests/e2e/test_room_screens.py",
    "tests/e2e/test_room_from_afar.py",
    "tests/e2e/test_room_list.py::test_a_name_is_found_by_any_part_of_it_folded",
    "tests/e2e/test_room_list.py::test_the_field_keeps_its_width_when_nobody_is_found",
    "tests/e2e/test_room_list.py::test_a_chip_shows_its_situation_alone",
    "tests/e2e/test_room_list.py::test_every_running_row_tells_its_question_its_hours_and_its_time",
    "tests/e2e/test_room_list.py::test_whatever_its_state_a_row_of_two_columns_takes_two_lines",
    "tests/e2e/test_room_list.py::test_the_frame_of_a_silent_row_is_dashed_without_colours_too",
    "tests/e2e/test_room_list.py::test_a_long_double_name_is_read_whole_beside_its_birth_date",
    "tests/e2e/test_room_list.py::test_a_silent_row_takes_three_lines_of_a_phone",
    "tests/e2e/test_room_list.py::test_a_birth_date_at_the_end_of_the_second_line_lies_on_nothing",
    "tests/e2e/test_room_list.py::test_the_sound_turned_off_stays_off_after_a_reload",
    "tests/e2e/test_desk.py::test_typing_filters_the_list_and_its_address",
    "tests/e2e/test_desk.py::test_going_back_gives_back_the_list_and_what_was_typed",
    "tests/e2e/test_desk.py::test_sorting_by_the_keyboard_keeps_the_focus_on_the_column",
    "tests/e2e/test_desk.py::test_next_week_keeps_what_was_typed_and_the_focus",
    "tests/e2e/test_desk.py::test_no_word_of_the_list_is_cut",
    "tests/e2e/test_bank.py::test_a_question_is_seen_as_the_candidate_sees_it",
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
