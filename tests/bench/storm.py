#!/usr/bin/env python3
"""storm.py FOLDER COUNT: COUNT events in a folder, of a file that is renamed to
and fro under names that concern nobody; in bursts that no queue is too small
for."""
import os
import sys
import time

folder, count = sys.argv[1], int(sys.argv[2])
names = [os.path.join(folder, name) for name in (".one.tmp", ".two.tmp")]
open(names[0], "wb").close()
# A rename is two events: from a name, to a name.
for i in range(count // 2):
    os.rename(names[i % 2], names[(i + 1) % 2])
    if i % 200 == 199:
        time.sleep(0.001)
for name in names:
    if os.path.exists(name):
        os.unlink(name)
