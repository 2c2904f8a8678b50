#!/usr/bin/env python3
"""Many machines, as seen from a logon server.

machines.py ask BOX COUNT ROUND     a request of each machine, PC000 ..., under a
                                    name of this round
machines.py watch PCS OUT N         until its input ends: notes when somebody
                                    opens and closes STATE/LOCK of a machine,
                                    which whoever works on it does. Says how
                                    often, on how many, and those on which two
                                    were at a time. Makes OUT when it has begun.
                                    A program whose number stands in OUT.pid is
                                    stopped at the N-th opening.
"""
import ctypes
import os
import select
import signal
import struct
import sys

IN_CLOSE, IN_OPEN, IN_OVERFLOW, IN_REST = 0x18, 0x20, 0x4000, 0x3C6


def ask(box, count, round_):
    for i in range(int(count)):
        new = os.path.join(box, ".made")
        with open(new, "w", newline="") as file:
            file.write(
                "[NT Client Configuration Request]\r\nMachine Name=PC%03d\r\n" % i
            )
        os.rename(new, os.path.join(box, "PL2%03dR%s.CCR" % (i, round_)))


class Seen:
    def __init__(self, out, stop):
        self.out, self.stop, self.opened = out, int(stop), 0
        self.inside, self.served, self.overlaps = {}, {}, []

    def take(self, machine, mask):
        if mask & IN_OVERFLOW:
            sys.exit("events were lost")
        now = self.inside.get(machine, 0) + (1 if mask & IN_OPEN else -1)
        self.inside[machine] = now
        if mask & IN_OPEN:
            self.served[machine] = self.served.get(machine, 0) + 1
            self.opened += 1
            if self.opened == self.stop:
                with open(self.out + ".pid") as file:
                    os.kill(int(file.read()), signal.SIGSTOP)
            if now > 1:
                self.overlaps.append(machine)


def watch(top, out, stop):
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_CLOEXEC)
    machines = {}
    for name in os.listdir(top):
        # All else too: alike events in a row would become one.
        wd = libc.inotify_add_watch(
            fd, os.path.join(top, name, "STATE").encode(), IN_OPEN | IN_CLOSE | IN_REST
        )
        if wd < 0:
            sys.exit("cannot watch " + name)
        machines[wd] = name
    seen = Seen(out, stop)
    open(out, "w").close()
    over = False
    while True:
        ready = select.select([fd] if over else [fd, 0], [], [], 0 if over else None)[0]
        if over and not ready:
            break
        if fd in ready:
            read(os.read(fd, 1 << 20), machines, seen)
        over = over or 0 in ready
    with open(out, "w") as file:
        print(seen.opened, len(seen.served), file=file)
        print(" ".join(seen.overlaps[:5]), file=file)


def read(data, machines, seen):
    at = 0
    while at < len(data):
        wd, mask, _, size = struct.unpack_from("iIII", data, at)
        name = data[at + 16 : at + 16 + size].rstrip(b"\0")
        at += 16 + size
        if mask & IN_OVERFLOW or (name == b"LOCK" and mask & (IN_OPEN | IN_CLOSE)):
            seen.take(machines.get(wd), mask)


if __name__ == "__main__":
    {"ask": ask, "watch": watch}[sys.argv[1]](*sys.argv[2:])
