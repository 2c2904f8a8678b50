"""Makes a small PE file with a version resource.

    pe.py FILE VERSION [--plus] [--text TEXT] [--damaged]

VERSION is a.b.c.d, or - for a program without one. --plus makes a PE32+ file,
--text appends bytes that differ from file to file, --damaged cuts the resource.
"""
import argparse
import struct


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def node(key, value=b"", children=b"", value_len=None, kind=1):
    head = pad(b"\0" * 6 + (key + "\0").encode("utf-16-le"))[6:]
    body = head + value
    if children:
        body = pad(b"\0\0" + body)[2:] + children
    length = len(value) if value_len is None else value_len
    return struct.pack("<HHH", 6 + len(body), length, kind) + body


def string(key, value):
    units = (value + "\0").encode("utf-16-le")
    return pad(node(key, units, value_len=len(value) + 1))


def version_info(version):
    a, b, c, d = (int(n) for n in version.split("."))
    high, low = a << 16 | b, c << 16 | d
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, high, low, high, low,
                        0x3F, 0, 4, 1, 0, 0, 0)
    strings = string("CompanyName", "Plant 2") + string(
        "FileVersion", version + " (kim)") + string("ProductVersion", version)
    info = node("StringFileInfo", children=node("040904b0", children=strings))
    return node("VS_VERSION_INFO", fixed, info, kind=0)


def folder(number, offset):
    return struct.pack("<IIIHHII", 0, 0, 0, 0, 1, number, offset)


def resources(version, address):
    block = version_info(version)
    sub = 0x80000000
    return (folder(16, sub | 24) + folder(1, sub | 48) + folder(0x409, 72) +
            struct.pack("<IIII", address + 88, len(block), 0, 0) + block)


def program(version, plus):
    address, start = 0x2000, 512
    data = b"" if version == "-" else resources(version, address)
    optional = struct.pack("<H", 0x20B if plus else 0x10B)
    optional = optional.ljust(108 if plus else 92, b"\0")
    optional += struct.pack("<I", 16) + b"\0" * 16
    optional += struct.pack("<II", address if data else 0, len(data))
    optional = optional.ljust(240 if plus else 224, b"\0")
    section = struct.pack("<8sIIII", b".rsrc", len(data), address, len(data),
                          start).ljust(40, b"\0")
    header = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    header += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664 if plus else 0x14C, 1,
                                      0, 0, 0, len(optional), 0x102)
    return (header + optional + section).ljust(start, b"\0") + data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("version")
    parser.add_argument("--plus", action="store_true")
    parser.add_argument("--text", default="")
    parser.add_argument("--damaged", action="store_true")
    args = parser.parse_args()
    data = program(args.version, args.plus)
    if args.damaged:
        data = data[:600]
    with open(args.file, "wb") as out:
        out.write(data + args.text.encode())


main()
