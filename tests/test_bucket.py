"""deploy/bucket.py: what a backup keeps of an object storage. `./dev drill backup` saves and restores with it."""

import os
import subprocess
import sys
from uuid import uuid4

import boto3
import pytest

from tests.cluster.processes import ROOT


@pytest.fixture
def bucket(objects, monkeypatch):
    """An empty one, where the environment of a node leads."""
    for name, value in {**objects.settings, "S3_BUCKET": f"certif-{uuid4()}"}.items():
        monkeypatch.setenv(name, value)
    storage = boto3.resource("s3", endpoint_url=objects.endpoint, region_name="us-east-1")
    return storage.create_bucket(Bucket=os.environ["S3_BUCKET"])


def run(word, folder):
    command = [sys.executable, "deploy/bucket.py", word, str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_what_was_saved_is_not_fetched_again(bucket, tmp_path):
    bucket.put_object(Key="documents/1.pdf", Body=b"first")
    run("save", tmp_path)
    bucket.put_object(Key="documents/2.pdf", Body=b"second")

    assert run("save", tmp_path).stdout == "1 files copied\n"
    assert (tmp_path / "documents/1.pdf").read_bytes() == b"first"
    assert (tmp_path / "documents/2.pdf").read_bytes() == b"second"


def test_what_a_kill_left_of_a_file_is_not_restored(bucket, tmp_path):
    (tmp_path / ".apart-x").mkdir()
    (tmp_path / ".apart-x/file").write_bytes(b"a part")

    assert run("restore", tmp_path).stdout == "0 files copied\n"


def test_printed_passwords_are_left_out(bucket, tmp_path):
    bucket.put_object(Key="print_runs/1.pdf", Body=b"passwords")

    assert run("save", tmp_path).stdout == "0 files copied\n"
    assert list(tmp_path.iterdir()) == []


def test_a_restore_that_was_cut_off_goes_on(bucket, tmp_path):
    for name in ("1.pdf", "2.pdf"):
        (tmp_path / name).write_bytes(name.encode())
    bucket.put_object(Key="1.pdf", Body=b"1.pdf")

    assert run("restore", tmp_path).stdout == "1 files copied\n"
    assert {held.key for held in bucket.objects.all()} == {"1.pdf", "2.pdf"}


@pytest.mark.parametrize("word", ["save", "restore"])
def test_nothing_is_copied_between_two_that_differ(bucket, tmp_path, word):
    bucket.put_object(Key="1.pdf", Body=b"theirs")
    bucket.put_object(Key="3.pdf", Body=b"theirs")
    for name in ("1.pdf", "2.pdf"):
        (tmp_path / name).write_bytes(b"ours, longer")

    refused = run(word, tmp_path)

    assert refused.returncode == 1
    assert "1.pdf" in refused.stderr
    assert {held.key for held in bucket.objects.all()} == {"1.pdf", "3.pdf"}
    assert {path.name for path in tmp_path.iterdir()} == {"1.pdf", "2.pdf"}


def test_a_folder_that_is_not_there_is_told(bucket, tmp_path):
    refused = run("save", tmp_path / "none")

    assert refused.returncode == 1
    assert "usage" in refused.stderr
