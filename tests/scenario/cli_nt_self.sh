#!/bin/sh
# The programs of this project in a list, replaced while they run: cli_nt by
# itself, and climonnt, whose successor takes over.
. "$(dirname "$0")/lib.sh"

# The programs that run from the client root: their process ids. The reader of
# a share is a child of its program, and no program of its own.
is_own() {
	case $(readlink "/proc/$1/exe" 2>/dev/null) in
	"$CLIENT/BIN/$2"*) ;;
	*) return 1 ;;
	esac
}

running() {
	for process in /proc/[0-9]*; do
		id=${process##*/}
		is_own "$id" "$1" || continue
		parent=$(awk '/^PPid:/ { print $2 }' "$process/status" 2>/dev/null)
		is_own "$parent" "$1" || echo "$id"
	done
}

end_monitors() {
	for id in $(running climonnt); do
		kill "$id" 2>/dev/null
	done
}

ended() {
	[ -z "$(running climonnt)" ]
}

clean_hook() {
	end_monitors
	wait_for ended
}

# program GENERATION NAME: a program with something behind its end is another
# one, and runs
program() {
	cp "$BIN/$2" "$SRC/BIN/$2"
	printf '%s' "$1" >>"$SRC/BIN/$2"
	chmod 755 "$SRC/BIN/$2"
}

own() {
	"$CLIENT/BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" "$@"
}

new_site
add BIN/other 'other'
program one cli_nt
program one climonnt
ready
mkdir -p "$ROOT/inventry.box"

begin 'cli_nt replaces itself: the run ends well, nothing is left over'
program two cli_nt
release
run own
want_code 0
want_no_err
want_installed
want_same "$SRC/BIN/cli_nt" "$CLIENT/BIN/cli_nt"
[ -z "$(find "$CLIENT" -name 'old.*')" ] || fail "left: $(find "$CLIENT" -name 'old.*')"

begin '... and the new one runs'
run own /version
want_code 0
run own
want_code 0
want_no_err

begin 'both while both run: climonnt goes on until its successor has taken over'
"$CLIENT/BIN/climonnt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" /quiet >"$T/.mon" 2>&1 </dev/null &
first=$!
LOG=$STATE_ROOT/LOGS/CLIMON.LOG
wait_for grep -q 'waiting for inventories' "$LOG" || fail 'climonnt does not run'
program three cli_nt
program three climonnt
release
run own
want_code 0
want_no_err
want_installed
want_same "$SRC/BIN/climonnt" "$CLIENT/BIN/climonnt"
want_same "$SRC/BIN/cli_nt" "$CLIENT/BIN/cli_nt"
taken_over() {
	now=$(running climonnt)
	[ -n "$now" ] && [ "$now" != "$first" ] && [ "$(echo "$now" | wc -l)" = 1 ]
}
wait_for taken_over || fail "climonnt: $(running climonnt), at first $first"
cmp -s "/proc/$(running climonnt)/exe" "$CLIENT/BIN/climonnt" ||
	fail 'it is the old program that runs'

begin '... started by climonnt itself, from the client root, too'
program four cli_nt
program four climonnt
release
first=$(running climonnt)
printf 'x' >"$INVDATA/news.raw"
is_four() {
	cmp -s "$SRC/BIN/climonnt" "$CLIENT/BIN/climonnt" &&
		[ "$(ini "$INI" SMS CopyListVersion)" = "$(version_of)" ] && taken_over
}
wait_for is_four || fail "version $(ini "$INI" SMS CopyListVersion), climonnt $(running climonnt)"
want_same "$SRC/BIN/cli_nt" "$CLIENT/BIN/cli_nt"
want_ini "$INI" Local SetupPhase installed
want_no_file "$CLIENT/.stage"
end_monitors
wait_for ended || fail 'climonnt does not end'
