#!/bin/sh
# /bg: the numbers are compared at once, the work is done by a process of its
# own, and the logon script goes on.
. "$(dirname "$0")/lib.sh"

LOG=$STATE_ROOT/LOGS/CLI_NT.LOG

# Nobody holds the lock: whoever worked in the background has ended.
rested() {
	[ ! -e "$STATE/LOCK" ] || flock -n "$STATE/LOCK" true
}

is_installed() {
	[ "$(ini "$INI" SMS CopyListVersion)" = "$(version_of)" ] &&
		[ "$(ini "$INI" Local SetupPhase)" = installed ] && rested
}

clean_hook() {
	wait_for rested
}

# A release whose fetching takes a while.
slow_release() {
	head -c 150000 /dev/urandom >"$SRC/DATA/slow"
	add DATA/a "a of $1"
	release
	printf '[Security]\r\nAllowUnsigned=yes\r\n[Limits]\r\nBandwidth=50K\r\n' >"$POLICY"
}

new_site
add DATA/a 'a'
ready

begin 'nothing to do: exit 0, not a word, and no process is started'
if needs strace; then
	before=$(look "$T/sys" "$T/pc")
	traced execve /bg
	want_code 0
	want_no_err
	[ "$(grep -c 'execve(' "$T/.trace")" = 1 ] || fail "started: $(grep 'execve(' "$T/.trace" | tail -n 1)"
	want_untouched "$before" "$T/sys" "$T/pc"
fi

begin 'work goes on when the caller has its exit code 0, and its pipe is closed'
slow_release 2
said=$("$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" /bg 2>&1) || fail "exit $?"
[ -z "$said" ] || fail "it said: $said"
is_installed && fail 'it waited for the work'
wait_for is_installed || fail 'the work was not done'
want_installed
want_text "$CLIENT/DATA/a" 'a of 2'
want_text "$LOG" 'the work goes on in the background'

begin 'two logons at once: both go on with 0, one works, and only the log tells'
slow_release 3
cli_nt /bg >"$T/.one" 2>&1 </dev/null &
one=$!
cli_nt /bg >"$T/.two" 2>&1 </dev/null &
two=$!
run wait $one
want_code 0
run wait $two
want_code 0
[ -z "$(cat "$T/.one" "$T/.two")" ] || fail "said: $(cat "$T/.one" "$T/.two")"
wait_for is_installed || fail 'the work was not done'
want_text "$CLIENT/DATA/a" 'a of 3'
want_text "$LOG" 'another client setup is at work; try later'
[ "$(grep -c 'CopyListVersion [0-9]* is installed' "$LOG")" = 3 ] || fail 'it was installed twice'

begin 'another run at work is no matter of the caller: 0, and not a word'
slow_release 4
cli_nt >"$T/.one" 2>&1 </dev/null &
one=$!
wait_for test -d "$CLIENT/.stage" || fail 'the first one does not fetch'
run cli_nt /bg
want_code 0
want_no_err
wait $one || fail "the one at work ended with $?"
wait_for is_installed
want_text "$CLIENT/DATA/a" 'a of 4'

begin 'no server: 69 at once, and nothing is started'
if needs strace; then
	mv "$ROOT" "$ROOT.gone"
	traced execve /bg
	want_code 69
	[ "$(grep -c 'execve(' "$T/.trace")" = 1 ] || fail 'something was started'
	mv "$ROOT.gone" "$ROOT"
fi

begin 'a journal that stands is completed, though the numbers are the same'
printf 'nonsense\n' >"$STATE/JOURNAL"
run cli_nt /bg
want_code 0
gone() {
	[ ! -e "$STATE/JOURNAL" ] && is_installed
}
wait_for gone || fail 'nobody looked at the journal'
want_text "$LOG" 'a journal was not whole'

begin 'the switches go along: /f, /d: and /i:'
new_client
printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"
run "$BIN/cli_nt" /p:"$ROOT" /d:"$T/sys/own" /i:"$INI" /c:"$POLICY" /bg
want_code 0
STATE=$T/sys/own/STATE
wait_for is_installed || fail 'it was not installed'
want_text "$T/sys/own/DATA/a" 'a of 4'
before=$(ini "$T/sys/own/SMS.INI" SMS CopyListVersion)
printf 'A of 4' >"$T/sys/own/DATA/a"
touch -d 2020-01-01 "$T/sys/own/DATA/a"
run cli_nt /bg /f
want_code 0
mended() {
	grep -q 'a of 4' "$T/sys/own/DATA/a"
}
wait_for mended || fail '/f was lost'
wait_for is_installed

begin '/n and /why are done at once'
run cli_nt /bg /n /f
want_code 0
want_out '0 changes'
run cli_nt /why /bg
want_code 0
want_out 'nothing to do'

begin 'without rights the request is made in the background'
if needs_root; then
	add DATA/a 'a of 5'
	release
	chmod 777 "$ROOT/ccr.box" "$T/home"
	run as_nobody env HOME="$T/home" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /bg
	want_code 0
	want_no_err
	asked() {
		[ -n "$(find "$ROOT/ccr.box" -name '*.CCR')" ]
	}
	wait_for asked || fail 'no request was made'
fi

begin 'a list that has to wait for its next try starts nothing: 1'
if needs strace; then
	mkdir -p "$T/sys/own/DATA/b"
	echo foreign >"$T/sys/own/DATA/b/mine"
	add DATA/b 'b'
	release
	run cli_nt
	want_code 1
	traced execve /bg
	want_code 1
	[ "$(grep -c 'execve(' "$T/.trace")" = 1 ] || fail 'something was started'
fi
