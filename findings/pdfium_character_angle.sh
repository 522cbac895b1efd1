#!/usr/bin/env bash
# pypdfium2 5.15.2: `FPDFText_GetCharAngle` reads the angle from the text matrix alone and leaves out the sign of the font
# size. Producers write upright text with a negative size and a text matrix that turns it back (ISO 32000-1, 9.4.4: the
# size scales the glyphs like the matrix does). Such text looks and measures like any other, its characters have the same
# boxes, and its angle is reported as 180 degrees. Whoever turns text by that angle before sorting it into lines reads
# such a page backwards.
#
# Fails if this changes. Needs Python 3.11 or newer and a package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pypdfium2==5.15.2
cd "$folder"
"$folder/venv/bin/python" - <<'PROGRAM'
import math
from importlib.metadata import version

import pypdfium2
import pypdfium2.raw as raw


def page_with(content: bytes) -> pypdfium2.PdfDocument:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = len(data)
    data += b"xref\n0 6\n0000000000 65535 f \n" + table
    data += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % end
    return pypdfium2.PdfDocument(data)


def seen(content: bytes) -> tuple[list[int], list[list[int]]]:
    text = page_with(content)[0].get_textpage()
    places = range(text.count_chars())
    angles = [round(math.degrees(raw.FPDFText_GetCharAngle(text.raw, place))) for place in places]
    return angles, [[round(edge) for edge in text.get_charbox(place)] for place in places]


plain = seen(b"BT /F1 12 Tf 1 0 0 1 72 692 Tm (Hello) Tj ET")
negative = seen(b"BT /F1 -12 Tf -1 0 0 -1 72 692 Tm (Hello) Tj ET")
print("pypdfium2", version("pypdfium2"))
print("positive size: angles", plain[0], "first box", plain[1][0])
print("negative size: angles", negative[0], "first box", negative[1][0])
assert plain[1] == negative[1], "the characters stand in the same places"
assert plain[0] == [0] * 5, plain[0]
assert negative[0] == [180] * 5, negative[0]
PROGRAM
