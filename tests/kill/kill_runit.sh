#!/bin/sh
# ccm killed at ten moments, spread over the calls of an update of two services
# that runit runs: whatever it leaves, the next run has both in their new
# version. Each moment has a release of its own. (kill_ccm.sh has every call.)
BIN=${BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd)
. "$(dirname "$0")/../scenario/lib.sh"
. "$(dirname "$0")/../scenario/runit.sh"
. "$(dirname "$0")/lib.sh"

MOMENTS=10
# Those of the sweeps, but none of which there may be fewer in another run, and
# where ccm starts `sv` and waits for it.
# shellcheck disable=SC2086 # words
SEEN="$(printf '%s\n' $CALLS | grep -vx openat | tr '\n' ',')clone,vfork,wait4"

# update VERSION: both are published, and cli_nt has asked for them.
update() {
	service FIRST "$1"
	service SECOND "$1"
	release
	run cli_nt
	want_code 0
	[ -n "$(boxes)" ] || fail "$1: no request"
}

# victim TRACER...
victim() {
	"$@" "$BIN/ccm" /p:"$ROOT" /i:"$INI" /c:"$POLICY" /once \
	    >"$T/.kill.out" 2>&1 </dev/null
}

# moment N: a call, and how often it was called until then in a run that is not
# killed.
moment() {
	awk -v at="$1" -v of="$MOMENTS" '
		{ sub(/\(.*/, ""); line[++all] = $0 " " ++count[$0] }
		END { print line[int((all + 1) * at / (of + 1))] }' "$T/.calls"
}

in_version() {
	for name in FIRST SECOND; do
		[ "$(sed -n 's/^# version //p' "$CLIENT/BIN/$name")" = "$1" ] ||
			fail "$name is not $1"
		wait_for is_started "$name" "$1"
		runs "$name" "$1"
		want_ini "$STATE/services.ini" "$name" 'Current Installation State' Started
		[ -z "$(ini "$STATE/services.ini" "$name" Stopped)" ] || fail "$name: Stopped stays"
	done
	want_ini "$INI" SMS CopyListVersion "$(version_of)"
	want_no_file "$STATE/JOURNAL"
	[ -z "$(boxes)" ] || fail "left: $(boxes)"
}

kill_at() {
	update "v$1"
	# shellcheck disable=SC2046 # two words
	victim traced $(moment "$1") || [ $? -eq 137 ] || fail 'it ended by itself'
	[ -n "$(boxes)" ] || in_version "v$1"
	victim env || fail "the next run: exit $?: $(head -c 300 "$T/.kill.out")"
	in_version "v$1"
	[ -z "$case_bad" ] || case_bad="killed at $(moment "$1"): $case_bad"
}

begin 'ccm killed at ten moments of an update under runit'
if needs_root && needs_runit; then
	new_site
	add DATA/A.TXT one
	list FIRST SECOND
	# One is watched for a second, as it is in the field; the other is not.
	sed -i '/SECOND/,$ s/^Settle=.*/Settle=0/' "$SRC/components.ini"
	update v0
	victim env || fail "the first run: $(head -c 300 "$T/.kill.out")"
	in_version v0
	update counted
	victim strace -qq -o "$T/.calls" -e signal=none -e trace="$SEEN" || fail 'the counted run'
	in_version counted
	n=1
	while [ $n -le $MOMENTS ] && [ -z "$case_bad" ]; do
		kill_at $n
		n=$((n + 1))
	done
	echo "# killed at$(n=1; while [ $n -le $MOMENTS ]; do
		printf ' %s' "$(moment $n | tr ' ' '#')"; n=$((n + 1)); done)"
fi
