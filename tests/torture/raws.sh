#!/bin/sh
# The scenario of many inventories with 100,000 of them.
set -eu
cd "$(dirname "$0")/../.."
sh tests/scenario/ccm_raws.sh 100000
