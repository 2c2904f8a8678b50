#!/bin/sh
# climonnt: one for each user, how it starts and ends, its exit codes.
# shellcheck disable=SC2034 # monitor.sh and lib.sh use what is set here
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/monitor.sh"

begin 'neither PCRE2 nor libgcrypt is in the program'
# shellcheck disable=SC2154 # lib.sh sets it
nm "$BIN/climonnt" >"$T/symbols" 2>&1 || fail 'nm failed'
grep -q ' T main$' "$T/symbols" || fail 'no symbols to look at'
if grep -Eq ' _?(gcry_|_gcry|pcre2_|gpg_err)' "$T/symbols"; then
	fail "$(grep -E ' _?(gcry_|_gcry|pcre2_|gpg_err)' "$T/symbols" | head -n 1)"
fi
if ldd "$BIN/climonnt" 2>/dev/null | grep -Eq 'gcrypt|pcre2'; then
	fail 'it needs their shared libraries'
fi

begin 'second one of a user says so and ends with 75'
new_monitor
start_monitor
run climonnt
want_code 75
want_err 'another climonnt of this user runs'
run climonnt /o
want_code 75
cp "$INI" "$T/pc/OTHER.INI"
run "$PROGRAM" /p:"$T/root" /i:"$T/pc/OTHER.INI" /o
want_code 0
HOME=$T/home2 run climonnt /o
want_code 0
stop_monitor
run climonnt /o
want_code 0

begin 'request to stop ends it with 0'
for signal in TERM INT HUP; do
	new_monitor
	# A shell lets its background programs ignore INT.
	[ $signal = INT ] && continue
	start_monitor
	stop_monitor $signal
	want_code 0
done

begin 'request to stop leaves the setup alone'
new_monitor
root_offers 200
stub "sleep 1; echo done >'$T/finished'"
start_monitor
put_raw a.raw
wait_for starts 1 || fail 'cli_nt was not started'
stop_monitor
want_code 0
want_no_file "$T/finished"
wait_for test -e "$T/finished" || fail 'the setup was ended too'

begin 'one pass ends as the setup does'
new_monitor
root_offers 200
for number in 0 1 2 4 65 69 75 194; do
	stub "exit $number"
	run climonnt /o
	want_code $number
done
[ "$(count "$STARTS")" -eq 8 ] || fail "$(count "$STARTS") starts"

begin 'one pass without a server ends with 69'
new_monitor
rm "$T/root/cl_nt.txt"
run climonnt /o
want_code 69
want_err 'no cl_nt.txt'
run "$PROGRAM" /i:"$INI" /o
want_code 69
want_err 'no logon server is known'

begin 'one pass with a damaged list ends with 65 and starts nothing'
new_monitor
printf '[SMS]\r\nCopyListVersion=2x\r\n' >"$T/root/cl_nt.txt"
run climonnt /o
want_code 65
want_err 'cl_nt.txt:2:'
want_no_file "$STARTS"

begin 'next try of the setup is waited for'
new_monitor
root_offers 200
printf '[Setup State]\r\nTriedVersion=200\r\nNextTry=%s\r\n' \
	"$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)" >>"$INI"
run climonnt /o
want_code 0
want_no_file "$STARTS"
SMS_CLOCK=+3700 run climonnt /o
want_code 0
starts 1 || fail 'cli_nt was not started when it was time'

begin 'damaged SMS.INI is a reason for the setup'
new_monitor
printf 'x\001\r\n' >"$INI"
run climonnt /o
want_code 0
starts 1 || fail 'cli_nt was not started'

begin 'roots of SMS.INI are tried in order'
new_monitor
root_offers 200
printf '[Servers]\r\nServer1=DOWN\r\nServer2=UP\r\n[Share]\r\nServer2=SMS\r\n' >>"$INI"
mkdir -p "$T/unc/UP"
ln -s "$T/root" "$T/unc/UP/SMS"
SMS_UNC=$T/unc run "$PROGRAM" /i:"$INI" /o /v
want_code 0
want_out 'UP/SMS: copy list 200'
want_text "$STARTS" "/i:$INI"
grep -q '/p:' "$STARTS" && fail 'a switch that we were not given'
rm -rf "$T/unc"

begin 'restart is asked for aloud, or quietly'
new_monitor
root_offers 200
printf '[Setup State]\r\nRestart=EXTRA\r\n' >>"$INI"
stub 'exit 194'
run climonnt /o
want_code 194
want_err 'restart this machine to complete the update of EXTRA to copy list 200'
run climonnt /o
want_code 194
want_no_err
rm "$T/sys$T/home/.local/state/sms/"*.told
run climonnt /o /quiet
want_code 194
want_no_err

begin 'log goes to the user where LOGS is not ours'
new_monitor
rmdir "${LOG%/*}"
put_raw a.raw
run climonnt /o
want_code 0
want_text "$T/sys$T/home/.local/state/sms/CLIMON.LOG" 'moved to'

# The monitors that run from here, a number a line. Their readers of the share
# have no output.
running() {
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe" 2>/dev/null) in
		"$PROGRAM" | "$PROGRAM.old" | "$PROGRAM.old (deleted)") ;;
		*) continue ;;
		esac
		exe=${exe#/proc/}
		[ -e "/proc/${exe%/exe}/fd/1" ] && echo "${exe%/exe}"
	done
}
gone() { [ -z "$(running)" ]; }
end_all() {
	for pid in $(running); do
		kill "$pid"
	done
	wait_for gone || fail 'it does not end'
	monitor_pid=
}
# replace FILE: it takes the place of the program, as a setup does it.
replace() {
	mv "$PROGRAM" "$PROGRAM.old"
	mv "$1" "$PROGRAM"
	: >"$STATE/INSTALLED.TXT"
}
# broken LINES: a new program that is a script.
broken() {
	printf '#!/bin/sh\n%s\n' "$1" >"$PROGRAM.new"
	chmod 755 "$PROGRAM.new"
	replace "$PROGRAM.new"
}

told() { [ "$(grep -c 'the old one goes on' "$LOG")" -ge "$1" ]; }
new() { [ "$(running | wc -l)" -eq 1 ] && [ "$(grep -c 'waiting for' "$LOG")" -eq 2 ]; }

begin 'program that was replaced hands over to the new one'
new_monitor
start_monitor /quiet
old=$monitor_pid
cp "$PROGRAM" "$PROGRAM.new"
replace "$PROGRAM.new"
wait "$old"
code=$?
monitor_pid=
want_code 0
wait_for new || fail "$(running | wc -l) monitors run"
put_raw a.raw
wait_for sent 1 || fail 'it does not work'
end_all

begin 'new program that ends at once, or is none, leaves the old one at work'
new_monitor
start_monitor
n=0
for text in 'exit 0' 'kill -SEGV $$' '' 'sh -c "exit 3"'; do
	n=$((n + 1))
	broken "$text"
	wait_for told $n || fail "$text: nothing was told"
	put_raw $n.raw $n
	wait_for sent $n || fail "$text: nobody is at work"
	[ "$(running)" = "$monitor_pid" ] || fail "$text: $(running) run"
done
# No program at all: its first bytes are those of none.
printf '\177ELF' >"$PROGRAM.new"
chmod 755 "$PROGRAM.new"
replace "$PROGRAM.new"
wait_for grep -q 'cannot be started' "$LOG" || fail 'nothing was told'
put_raw last.raw last
wait_for sent $((n + 1)) || fail 'nobody is at work'
# The locks are held again: no second one comes up.
cp "$BIN/climonnt" "$T/bin/second"
run "$T/bin/second" /p:"$T/root" /i:"$INI" /o
want_code 75
# And a good one takes over after all of them.
cp "$BIN/climonnt" "$PROGRAM.new"
replace "$PROGRAM.new"
wait_for new || wait_for new || fail 'the good one does not take over'
wait "$monitor_pid"
code=$?
want_code 0
end_all

begin 'new program that hangs is ended, and the old one goes on'
new_monitor
start_monitor
broken "echo \$\$ >'$T/hung'; exec sleep 1000"
wait_for test -s "$T/hung" || fail 'it was not started'
wait_for told 1 || wait_for told 1 || fail 'nothing was told'
kill -0 "$(cat "$T/hung")" 2>/dev/null && fail 'it still runs'
put_raw a.raw
wait_for sent 1 || fail 'nobody is at work'
# What was started once is not started again.
rm "$T/hung"
: >"$STATE/INSTALLED.TXT"
put_raw b.raw b
wait_for sent 2 || fail 'nobody is at work'
want_no_file "$T/hung"
stop_monitor
want_code 0

begin 'output whose reader went away does not end it'
new_monitor
mkfifo "$T/pipe"
exec 8<>"$T/pipe"
exec 9>"$T/pipe"
exec 8<&-
put_raw a.raw
"$PROGRAM" /p:"$T/root" /i:"$INI" /o /v >&9 2>&9 </dev/null
code=$?
exec 9>&-
want_code 0
[ "$(in_box)" -eq 1 ] || fail 'the file was not moved'
rm "$T/pipe"

begin 'monitor of another name starts the setup'
new_monitor
root_offers 200
for name in climonnt.new climonnt.old; do
	mv "$PROGRAM" "$T/bin/$name"
	PROGRAM=$T/bin/$name
	run climonnt /o
	want_code 0
done
[ "$(count "$STARTS")" -eq 2 ] || fail "$(count "$STARTS") of 2 starts"
PROGRAM=$T/bin/climonnt

begin 'wrong switches end with 64'
new_monitor
run climonnt /bogus
want_code 64
want_err unknown
run climonnt '/p:"x'
want_code 64
