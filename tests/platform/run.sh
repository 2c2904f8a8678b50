#!/bin/sh
# The tests of platform/posix, on the real file system in a folder of their own.
set -u
cd "$(dirname "$0")/../.." || exit 2
test=${PLATFORM_TEST:-$PWD/build/posix-asan/unit/platform-posix}
mkdir -p build/tmp
TEST_DIR=$(mktemp -d "${TMPDIR:-/tmp}/clisetup-platform.XXXXXX")
export TEST_DIR CMOCKA_MESSAGE_OUTPUT=TAP
chmod 755 "$TEST_DIR"
"$test"
code=$?
# Services of a test that was ended, by the folder that they stand in.
for process in /proc/[0-9]*; do
	case $(readlink "$process/cwd") in
	"$TEST_DIR"/*) kill -9 "${process#/proc/}" 2>/dev/null ;;
	esac
done
chattr -R -i "$TEST_DIR" 2>/dev/null
rm -rf "$TEST_DIR"
exit $code
