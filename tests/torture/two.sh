#!/bin/sh
# The scenario of two services on one box with 1,000 requests.
set -eu
cd "$(dirname "$0")/../.."
BIN=$PWD/build/posix/bin sh tests/scenario/ccm_two.sh 5
