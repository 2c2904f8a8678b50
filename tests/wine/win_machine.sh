#!/bin/sh
# What a machine tells us that only its surroundings can be set for: its time
# zone. PLATFORM_TEST names the tests of the platform (default build/win32/unit/
# platform-win32.exe), which say what they are told.
. "$(dirname "$0")/lib.sh"

program=${PLATFORM_TEST:-$top/build/win32/unit/platform-win32.exe}

needs_tests() {
	needs_wine || return
	[ -s "$program" ] || {
		skip 'it is not built: make PLATFORM=win32 platform-test'
		return 1
	}
}

# said TEXT WORD...: what it answers, in one line.
said() {
	said_wanted=$1
	shift
	out=$(hosted timeout 60 wine "$program" /role:machine "$@" 2>&1 \
		</dev/null | lines | tr '\n' ' ')
	[ "$out" = "$said_wanted " ] || fail "$*: '$out', wanted '$said_wanted'"
}

# Moments: 1 January and 1 July of 2010, 2012 and 2020.
moments='1262304000 1277942400 1325376000 1341100800 1577836800 1593561600'

begin 'wine: local time is by the rules of its year, summer time too'
if needs_tests; then
	session
	export TZ
	# shellcheck disable=SC2086
	{
		TZ=Europe/Berlin
		said '60 120 60 120 60 120' zone $moments
		TZ=America/New_York
		said '-300 -240 -300 -240 -300 -240' zone $moments
		# 20 March, noon, of 2006 and 2010: summer time began later
		# in the year until 2006.
		said '-300 -240' zone 1142856000 1269086400
		TZ=Asia/Kolkata
		said '330 330 330 330 330 330' zone $moments
	}
	unset TZ
fi
