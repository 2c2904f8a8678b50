#!/bin/sh
# The unit tests as .exe files, on the fake platform, in one session; what they
# print is handed on. UNITS names the folder (default build/win32/unit).
. "$(dirname "$0")/lib.sh"

units=${UNITS:-$top/build/win32/unit}

# What a test prints, and a line for one that says nothing of how it ended. A
# program that Wine could not begin is begun once more: a test's first line is
# its plan, whatever it does then.
# shellcheck disable=SC2016
one='name=${1##*/} out=$2/${1##*/}
	for try in 1 2; do
		timeout 300 wine "$1" >"$out" 2>"$out.err" </dev/null
		code=$?
		[ ! -s "$out" ] || break
		echo "# wine: $name: try $try said nothing, code $code"
	done
	tr -d "\r" <"$out"
	[ $code -eq 0 ] || grep -q "^not ok" "$out" ||
		echo "FAIL wine: $name: ended with $code: $(head -c 300 "$out.err")"
	grep -q "^ok " "$out" || echo "FAIL wine: $name: no test was run"
	exit 0'

begin 'wine: the unit tests are built, and run'
if needs_wine; then
	# The longest ones first: the others run beside them.
	(
		cd "$units" 2>/dev/null || exit
		find . -name '*_faults.exe'
		find . -name '*.exe' ! -name '*_faults.exe' ! -name 'platform-*'
	) | sed "s|^\.|$units|" >"$T/list"
	[ -s "$T/list" ] || skip 'none is built: make PLATFORM=win32 unit'
fi
if [ -s "$T/list" ]; then
	session
	mkdir "$T/out"
	export CMOCKA_MESSAGE_OUTPUT=TAP
	xargs -P 2 -I '{}' sh -c "$one" sh '{}' "$T/out" <"$T/list" |
		sed -E 's/^(ok|not ok) ([0-9]+) - /\1 \2 - wine: /' | tee "$T/said"
	grep -Eq '^(not ok|FAIL) ' "$T/said" && fail 'one of them failed'
	[ "$(find "$T/out" -name '*.exe' | wc -l)" -eq "$(wc -l <"$T/list")" ] ||
		fail 'not all of them were run'
fi
