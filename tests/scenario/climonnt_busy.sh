#!/bin/sh
# climonnt and a client whose files are in use: the setup is not started for
# the same list again and again by the status files that it writes itself.
. "$(dirname "$0")/lib.sh"

monitor=
clean_hook() {
	chattr -R -i "$CLIENT" 2>/dev/null
	[ -z "$monitor" ] || kill "$monitor" 2>/dev/null
	[ -z "$monitor" ] || wait "$monitor" 2>/dev/null
	monitor=
}

log=$STATE_ROOT/LOGS/CLIMON.LOG
starts() { grep -c 'cli_nt started' "$log"; }
ended() { [ "$(grep -c 'cli_nt ended' "$log")" -ge "$1" ]; }
drop() {
	echo inventory >"$INVDATA/$1.tmp"
	mv "$INVDATA/$1.tmp" "$INVDATA/$1.raw"
}
quiet() { [ -z "$(find "$INVDATA" -name '*.raw')" ]; }

new_site
add BIN/ONE.EXE one
add DATA/TWO.TXT two

begin 'a file in use does not make monitor and setup start each other'
run publish
run cli_nt
want_code 0
touch "$T/probe"
if [ "$(id -u)" != 0 ] || ! chattr +i "$T/probe" 2>/dev/null; then
	skip 'needs root and a volume with immutable files'
	exit
fi
chattr -i "$T/probe"
"$BIN/climonnt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" >"$T/monitor.out" 2>&1 &
monitor=$!
wait_for grep -q 'waiting for inventories' "$log" || fail 'climonnt does not wait'
chattr +i "$CLIENT/BIN/ONE.EXE"
add BIN/ONE.EXE 'one, changed'
run publish
drop first
wait_for ended 1 || fail 'cli_nt was not started'
# The status file of that run, and the inventory itself, are news and go up.
wait_for quiet || fail "left in INVDATA: $(ls "$INVDATA")"
[ "$(starts)" = 1 ] || fail "$(starts) starts for one list"
want_ini "$INI" Local SetupPhase verify_files
want_ini "$INI" SMS CopyListVersion "$(version_of)"
[ "$(cat "$CLIENT/BIN/ONE.EXE")" = one ] || fail 'the busy file was changed'

begin 'another inventory starts no setup for the list that waits'
drop second
wait_for quiet || fail "left in INVDATA: $(ls "$INVDATA")"
[ "$(starts)" = 1 ] || fail "$(starts) starts for one list"

begin 'a new list is set up at once, whatever waits'
chattr -i "$CLIENT/BIN/ONE.EXE"
add DATA/TWO.TXT 'two, changed'
run publish
drop third
wait_for ended 2 || fail 'cli_nt was not started for the new list'
want_installed
[ "$(cat "$CLIENT/BIN/ONE.EXE")" = 'one, changed' ] || fail 'the file that waited is not in place'
