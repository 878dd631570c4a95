"""The files that keep what a process wrote last."""

from pathlib import Path

import pytest

from apps.stack.log_file import LogFile, last_lines, rotated


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.log"


def test_what_was_never_written_is_empty(path: Path):
    assert last_lines(path, 10) == ""


def test_the_last_lines_reach_back_into_the_older_file(path: Path):
    log = LogFile(path, limit=4)
    for line in ("1", "2", "3"):
        log.write([line])
    assert rotated(path).exists()
    assert last_lines(path, 10) == "1\n2\n3\n"
    assert last_lines(path, 2) == "2\n3\n"
    log.close()


def test_what_is_older_than_two_files_is_dropped(path: Path):
    log = LogFile(path, limit=4)
    for number in range(9):
        log.write([str(number)])
    assert last_lines(path, 10) == "6\n7\n8\n"
    log.close()


def test_a_log_that_became_the_older_one_while_it_was_read_is_told_once(path: Path):
    path.write_bytes(b"1\n")
    rotated(path).hardlink_to(path)
    assert last_lines(path, 10) == "1\n"


def test_text_that_is_no_utf8_is_told_all_the_same(path: Path):
    path.write_bytes(b"caf\xe9\n")
    assert last_lines(path, 1) == "caf\ufffd\n"


def test_a_log_goes_on_after_its_writer_came_again(path: Path):
    for line in ("1", "2"):
        log = LogFile(path)
        log.write([line])
        log.close()
    assert last_lines(path, 10) == "1\n2\n"
