import pytest

from finalisation.templatetags.sizes import file_size


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 octet"),
        (1023, "1023 octets"),
        (43_213, "42,2 Ko"),
        (1024 * 1024, "1,0 Mo"),
        (10 * 1024 * 1024, "10,0 Mo"),
    ],
)
def test_a_size_is_told_as_file_managers_write_it(size, words):
    assert file_size(size) == words.replace(" ", "\u00a0")
