"""What an image or a file of the bank may be, told by its bytes."""

from io import BytesIO

import pytest
from PIL import Image

from exam import bank_files
from exam.bank_files import FILE_TYPES, IMAGE_TYPES, fault_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


def svg(inside=""):
    return SVG.format(inside).encode()


def picture(kind, size=(3, 3)):
    buffer = BytesIO()
    Image.new("RGB", size).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.svg", svg('<rect fill="url(#a)"/><use xlink:href="#a"/>')),
        ("plan.SVG", svg("<style>rect { fill: red }</style>")),
        ("photo.svg", svg('<image href="data:image/png;base64,AAAA"/>')),
        ("plan.png", picture("PNG")),
        ("plan.jpg", picture("JPEG")),
    ],
)
def test_an_image_that_is_what_its_name_says_is_taken(name, content):
    assert fault_of(name, content, IMAGE_TYPES) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.csv", "﻿Prénom;Note\nZoé;12\n".encode()),
        ("carte.json", b'{"a": 1}'),
        ("sujet.pdf", b"%PDF-1.7 ..."),
        ("journal.log", b"10:02\tOK\r\n"),
    ],
)
def test_a_file_that_is_what_its_name_says_is_taken(name, content):
    assert fault_of(name, content, FILE_TYPES) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.png", picture("JPEG")),
        ("plan.jpg", b"\xff\xd8\xff but no more"),
        ("plan.png", b"<script>alert(1)</script>"),
        ("sujet.pdf", b"MZ\x90\x00"),
        ("carte.json", b"{"),
        ("notes.csv", "Prénom".encode("cp1252")),
        ("notes.txt", b"MZ\x90\x00\x03"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name, content):
    assert "n’est pas celui qu’annonce son nom" in fault_of(name, content, FILE_TYPES)


@pytest.mark.parametrize("name", ["page.html", "plan.exe", "plan", "plan.svg.exe"])
def test_another_type_is_refused(name):
    assert "Types acceptés" in fault_of(name, svg(), FILE_TYPES)


def test_a_file_is_no_image():
    assert "Types acceptés" in fault_of("notes.csv", b"a;b", IMAGE_TYPES)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onclick="alert(1)"/>',
        "<foreignObject/>",
        '<a href="javascript:alert(1)"/>',
        '<image href="https://exemple.test/a.png"/>',
        '<use xlink:href="//exemple.test/a.svg#b"/>',
        '<image href="data:image/svg+xml;base64,AAAA"/>',
        '<rect style="fill: url(https://exemple.test/a)"/>',
        "<style>@import 'https://exemple.test/a.css';</style>",
        '<set attributeName="href" to="javascript:alert(1)"/>',
    ],
)
def test_an_svg_that_acts_or_looks_elsewhere_is_refused(inside):
    assert "contient du code" in fault_of("plan.svg", svg(inside), IMAGE_TYPES)


def test_an_svg_that_asks_for_a_style_elsewhere_is_refused():
    content = b'<?xml-stylesheet href="https://exemple.test/a.css"?>' + svg()

    assert "contient du code" in fault_of("plan.svg", content, IMAGE_TYPES)


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + svg("&a;"),
        b"<html><body/></html>",
        b"<svg/>",
        svg("<rect>"),
        svg().decode().encode("utf-16"),
    ],
)
def test_what_is_no_plain_svg_is_refused(content):
    assert "n’est pas une image SVG lisible" in fault_of("plan.svg", content, IMAGE_TYPES)


def test_an_empty_file_is_refused():
    assert fault_of("notes.txt", b"", FILE_TYPES) == "Ce fichier est vide."


def test_a_file_too_heavy_for_a_room_is_refused():
    content = b"a" * (bank_files.HEAVIEST + 1)

    assert fault_of("notes.txt", content, FILE_TYPES) == "Ce fichier dépasse 2 Mo."


def test_a_picture_of_too_many_points_is_refused(monkeypatch):
    monkeypatch.setattr(bank_files, "MOST_PIXELS", 8)

    assert fault_of("plan.png", picture("PNG"), IMAGE_TYPES)


def test_a_name_that_is_too_long_is_refused():
    assert "70 caractères" in fault_of("a" * 67 + ".svg", svg(), IMAGE_TYPES)
