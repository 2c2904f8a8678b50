#!/bin/sh
# The tests of platform/win32, on the disk of a session; what they print is
# handed on. PLATFORM_TEST names the program (default build/win32/unit/
# platform-win32.exe).
. "$(dirname "$0")/lib.sh"

program=${PLATFORM_TEST:-$top/build/win32/unit/platform-win32.exe}

begin 'wine: the tests of the platform are built, and run'
if needs_wine && [ ! -s "$program" ]; then
	skip 'it is not built: make PLATFORM=win32 platform-test'
elif needs_wine; then
	session
	mkdir "$C/test"
	x86_64-w64-mingw32-gcc -municode -O1 -Wall -o "$C/service.exe" \
	    "$top/tests/wine/service.c" || fail 'service.c does not compile'
	TEST_DIR='C:\test' TEST_SERVICE='C:\service.exe' CMOCKA_MESSAGE_OUTPUT=TAP \
	    hosted timeout 500 wine "$program" >"$T/out" 2>"$T/err" </dev/null
	code=$?
	lines <"$T/out" | sed -E 's/^(ok|not ok) ([0-9]+) - /\1 \2 - wine: /' |
		tee "$T/said"
	grep -q '^ok ' "$T/said" || fail 'no test was run'
	[ $code -eq 0 ] ||
		fail "ended with $code behind '$(grep ok "$T/said" | tail -n 1)': $(head -c 300 "$T/err")"
	[ -z "$(ls "$C/test")" ] || fail "left behind: $(ls "$C/test")"
fi
