#!/bin/sh
# ccm_two.sh [ROUNDS]: two services on one box, one of them stopped in its work,
# killed, and another begun, while each of 200 machines asks ROUNDS times (3; make
# torture: 5) and a release comes between. Whoever works on a machine holds its
# STATE/LOCK: machines.py sees that from outside.
. "$(dirname "$0")/lib.sh"

rounds=${1:-3}
machines=200
BOX=$T/box
PCS=$T/pcs
tools=$top/tests/scenario/machines.py
pids=

# The program itself, so that it is what is killed; each has a log of its own.
start() {
	SMS_SYSROOT=$T/site$1 "$BIN/ccm" /w:1 /p:"$ROOT" /q:"$BOX" /t:"$PCS/%m" \
	    /c:"$POLICY" >"$T/out$1" 2>&1 </dev/null &
	pids="$pids $!"
}

clean_hook() {
	for pid in $pids; do
		kill -9 "$pid" 2>/dev/null
	done
}

is_stopped() {
	grep -q '^State:	T' "/proc/$1/status"
}

# has_done NAME: it has been over the box.
has_done() {
	grep -q 'machines done' "$T/site$1/var/log/sms/CCM.LOG"
}

# Of all that waits or is in work nothing is left.
is_over() {
	[ -z "$(find "$BOX" -iname '*.ccr' -print -quit)" ]
}

until_over() {
	for try in 1 2 3 4 5 6; do
		wait_for is_over && return
	done
	fail "after $try waits there are left: $(find "$BOX" -iname '*.ccr' | head -n 3 | tr '\n' ' ')"
}

ask() {
	python3 "$tools" ask "$BOX" $machines "$1" || fail 'asking'
}

ended_well() {
	kill "$1"
	wait "$1" || fail "a service ended with $?: $(tail -n 2 "$T"/out*)"
}

begin 'two services on one box, one killed and one new: nothing is lost, no machine in two hands'
if needs_root; then
	new_site
	add BIN/ONE.EXE one
	add DATA/TWO.TXT two
	release
	mkdir "$BOX"
	n=0
	while [ $n -lt $machines ]; do
		mkdir -p "$PCS/$(printf 'PC%03d' $n)/STATE"
		n=$((n + 1))
	done
	mkfifo "$T/until"
	python3 "$tools" watch "$PCS" "$T/seen" 50 <"$T/until" 2>"$T/watch.err" &
	watcher=$!
	exec 3>"$T/until"
	wait_for test -e "$T/seen" || fail "the watcher: $(cat "$T/watch.err")"
	start A
	victim=$!
	echo $victim >"$T/seen.pid"
	ask 1
	wait_for is_stopped $victim || fail 'it was not stopped in its work'
	# Its machine is asked for again, and left alone by the others.
	start B
	second=$!
	ask 2
	wait_for has_done B || wait_for has_done B || fail 'B does nothing'
	[ -n "$(find "$BOX" -iname '*.ccr' -print -quit)" ] || fail 'all was done without A'
	start C
	third=$!
	kill -9 $victim
	wait $victim 2>/dev/null
	add BIN/ONE.EXE 'one anew'
	release
	round=3
	while [ $round -le "$rounds" ]; do
		ask $round
		round=$((round + 1))
	done
	until_over
	ended_well $second
	ended_well $third
	exec 3>&-
	wait $watcher || fail "the watcher: $(cat "$T/watch.err")"
	read -r served on <"$T/seen"
	[ "$on" = $machines ] || fail "$on machines were worked on"
	overlaps=$(sed -n 2p "$T/seen")
	[ -z "$overlaps" ] || fail "two at a time on $overlaps"
	[ -z "$(find "$BOX" -type f ! -path '*/machines/*' -print -quit)" ] ||
		fail "left: $(find "$BOX" -type f ! -path '*/machines/*' | head -n 3 | tr '\n' ' ')"
	for pc in "$PCS"/*; do
		want_ini "$pc/SMS.INI" SMS CopyListVersion "$(version_of)"
		want_text "$pc/BIN/ONE.EXE" 'one anew'
		want_no_file "$pc/STATE/JOURNAL"
	done
	echo "# $((rounds * machines)) requests, $served times at work; killed one did $(grep -c ': done' "$T/siteA/var/log/sms/CCM.LOG") of them, the others $(cat "$T"/site[BC]/var/log/sms/CCM.LOG | grep -c ': done')"
fi
