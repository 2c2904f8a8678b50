#!/bin/sh
# The scenario of large files with one of more than 2^32 bytes; it needs 15 GB
# of disk for a while. What takes a mount of its own is left to the scenario.
set -eu
cd "$(dirname "$0")/../.."
LARGE=4097M sh tests/scenario/cli_nt_large.sh
