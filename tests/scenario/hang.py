"""hang.py FOLDER...: mounts a file system on each folder whose server takes
every question and answers none. Who asks is in the kernel and cannot be ended,
by no signal, until this program ends. Prints "ready" when all are mounted;
ends with 77 where this machine does not let us mount them."""
import ctypes
import os
import select
import struct
import sys

INIT = 26
HEADER = struct.Struct("<IIQQIIIHH")

libc = ctypes.CDLL(None, use_errno=True)


def mount(folder):
    try:
        fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        sys.exit(77)
    options = "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % fd
    if libc.mount(b"hang", folder.encode(), b"fuse", 6, options.encode()) != 0:
        sys.exit(77)
    return fd


def serve(fd):
    """Only the first question, what version we speak, is answered."""
    request = os.read(fd, 1 << 17)
    _, opcode, unique = HEADER.unpack_from(request)[:3]
    if opcode == INIT:
        body = struct.pack("<IIIIHHIIHH32s", 7, 31, 65536, 0, 8, 6, 65536, 1,
                           16, 0, bytes(32))
        os.write(fd, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)


def main():
    fds = [mount(folder) for folder in sys.argv[1:]]
    print("ready", flush=True)
    while True:
        for fd in select.select(fds, [], [])[0]:
            serve(fd)


main()
