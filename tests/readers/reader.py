"""Reads a published tree again and again as a client does: the list once, then
every file that it names out of the store. Counts passes that saw two releases
mixed, or missed a file. Ends when the stop file appears; 1 when one is wrong."""
import hashlib
import os
import sys

root, stop = sys.argv[1], sys.argv[2]
passes = mixed = missing = releases = 0
last = None

while True:
    ending = os.path.exists(stop)
    with open(os.path.join(root, "cl_nt.txt"), "rb") as f:
        text = f.read().decode()
    seen = set()
    files = 0
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line
        elif section.startswith("[Files") and "=" in line:
            size, digest = line.split("=", 1)[1].split(",")[:2]
            files += 1
            try:
                path = os.path.join(root, "store", digest[:2], digest)
                with open(path, "rb") as f:
                    data = f.read()
            except FileNotFoundError:
                missing += 1
                continue
            if hashlib.sha256(data).hexdigest() != digest or len(data) != int(size):
                mixed += 1
            seen.add(data.decode().rsplit(" ", 1)[1])
    if files != 5 or len(seen) != 1:
        mixed += 1
    if seen != last:
        releases += 1
        last = seen
    passes += 1
    if ending:
        break

print(f"{passes} passes over {releases} releases, {mixed} mixed, {missing} missing")
sys.exit(1 if mixed or missing or releases < 2 else 0)
