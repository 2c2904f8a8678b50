#!/usr/bin/env python3
"""requests.py BOX COUNT [DONE...]: a box of COUNT requests, one a machine; what
was in it, and the folders DONE, is taken away before."""
import os
import shutil
import sys

box, count = sys.argv[1], int(sys.argv[2])
for folder in sys.argv[3:]:
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
shutil.rmtree(box, ignore_errors=True)
os.makedirs(box)
for i in range(count):
    with open(os.path.join(box, "PL2%05d.CCR" % i), "w", newline="") as file:
        file.write(
            "[NT Client Configuration Request]\r\nMachine Name=PC%05d\r\n"
            "Domain=PLANT2\r\nInitial Request Date=11/21/2026 7:58\r\n"
            "Latest Request Date=11/21/2026 7:58\r\nClient Request Count=1\r\n" % i
        )
