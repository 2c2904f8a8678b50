#!/usr/bin/env python3
"""files.py FOLDER COUNT BYTES: COUNT files of BYTES each, fifty to a folder,
with content that differs from file to file and is the same in every run."""
import os
import random
import sys

folder, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
block = random.Random(1).randbytes(size)
for i in range(count):
    below = os.path.join(folder, "DATA", "D%03d" % (i // 50))
    os.makedirs(below, exist_ok=True)
    with open(os.path.join(below, "F%05d.DAT" % i), "wb") as file:
        head = b"%08d" % i
        file.write((head + block)[:size])
