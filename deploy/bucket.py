#!/usr/bin/env python3
"""The files of an object storage, into a folder and back: what a backup keeps of them.

    python deploy/bucket.py save FOLDER        python deploy/bucket.py restore FOLDER

In the environment of a node (S3_BUCKET, S3_ENDPOINT, S3_REGION, the two keys). Nothing is ever written over: cut
off, or run again, it takes what is still missing.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from botocore.config import Config

# Passwords and names, for 24 hours.
LEFT_OUT = "print_runs/"
# What is on its way into a folder.
APART = ".apart-"


class Bucket:
    def __init__(self, environment):
        self.name = environment["S3_BUCKET"]
        self.client = boto3.client(
            "s3",
            endpoint_url=environment.get("S3_ENDPOINT") or None,
            region_name=environment.get("S3_REGION", "us-east-1"),
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    def sizes(self):
        """Of each file that a backup keeps, by its name."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        found = (held for page in pages for held in page.get("Contents", []))
        return {held["Key"]: held["Size"] for held in found if not held["Key"].startswith(LEFT_OUT)}

    def save(self, folder):
        missing = lacking(self.sizes(), sizes_in(folder))
        # On the same disk, and no document: what a kill leaves there is a part of a file.
        with TemporaryDirectory(dir=folder, prefix=APART) as apart:
            for name in missing:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                self.client.download_file(self.name, name, f"{apart}/file")
                os.replace(f"{apart}/file", folder / name)
        return missing

    def restore(self, folder):
        missing = lacking(sizes_in(folder), self.sizes())
        for name in missing:
            self.client.upload_file(str(folder / name), self.name, name)
        return missing


def sizes_in(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    held = {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}
    return {name: size for name, size in held.items() if not name.startswith(APART)}


def lacking(these, those):
    """A name is given once, and what it holds never changes: another size is another bucket."""
    for name in sorted(these.keys() & those.keys()):
        if these[name] != those[name]:
            sys.exit(
                f"{name} holds {these[name]} bytes here and {those[name]} there: nothing was copied"
            )
    return sorted(these.keys() - those.keys())


def main(arguments):
    match arguments:
        case ["save" | "restore" as word, folder] if Path(folder).is_dir():
            copied = getattr(Bucket(os.environ), word)(Path(folder))
            print(f"{len(copied)} files copied")
        case _:
            sys.exit(f"usage: {sys.argv[0]} save|restore FOLDER (one that is there)")


if __name__ == "__main__":
    main(sys.argv[1:])
