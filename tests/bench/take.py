#!/usr/bin/env python3
"""take.py BOX DONE PCS: takes requests out of a box as an administrator would
write it: read, look whether the machine's services.ini is of this release,
rename. Nothing in it survives a kill or a second one beside it."""
import os
import re
import sys

box, done, machines = sys.argv[1:4]
for name in os.listdir(box):
    if not name.endswith(".CCR"):
        continue
    with open(os.path.join(box, name)) as file:
        machine = re.search(r"^Machine Name=(\S+)", file.read(), re.M).group(1)
    with open(os.path.join(machines, machine, "STATE", "services.ini")) as file:
        if "Current Installation State=" not in file.read():
            sys.exit(1)
    os.rename(os.path.join(box, name), os.path.join(done, name))
