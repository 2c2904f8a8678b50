#!/bin/sh
# climonnt: what starts the client setup, and what does not.
# shellcheck disable=SC2034 # monitor.sh and lib.sh use what is set here
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/monitor.sh"

begin 'raw that comes starts the setup with our switches'
new_monitor
root_offers 200
printf '' >"$T/policy.ini"
start_monitor /c:"$T/policy.ini"
put_raw a.raw
wait_for starts 1 || fail 'cli_nt was not started'
want_text "$STARTS" "/p:$T/root /i:$INI /c:$T/policy.ini"
wait_for sent 1 || fail 'the .raw file was not moved'
stop_monitor
want_code 0

begin 'raw under the same list goes up and starts nothing'
new_monitor
start_monitor
put_raw a.raw
wait_for sent 1 || fail 'the .raw file was not moved'
wait_for taken_up || fail "left in INVDATA: $(ls -A "$INVDATA")"
stop_monitor
want_code 0
want_no_file "$STARTS"
want_no_file "$INVDATA/a.raw"
want_clean

begin 'raw that lay there before we started counts'
new_monitor
root_offers 200
put_raw a.raw
start_monitor
wait_for starts 1 || fail 'cli_nt was not started'
stop_monitor

begin 'raw in capital letters counts'
new_monitor
root_offers 200
start_monitor
put_raw A.RAW
wait_for starts 1 || fail 'cli_nt was not started'
wait_for sent 1 || fail 'the .raw file was not moved'
stop_monitor

begin 'other files start nothing'
new_monitor
root_offers 200
start_monitor
: >"$INVDATA/a.tmp"
: >"$INVDATA/b.raw.txt"
put_raw c.raw
wait_for starts 1 || fail 'cli_nt was not started'
[ "$(checks)" -eq 1 ] || fail "$(checks) checks"
stop_monitor

begin 'raw written slowly in its place goes up whole'
new_monitor
start_monitor
(
	for part in one two three four; do
		printf '%s ' $part
		sleep 0.7
	done
) >"$INVDATA/slow.raw"
want_file "$INVDATA/slow.raw"
[ "$(in_box)" -eq 0 ] || fail 'it was moved before it was whole'
wait_for sent 1 || fail 'the .raw file was not moved'
stop_monitor
want_text "$(find "$BOX" -name '*.RAW')" 'one two three four'
want_no_file "$INVDATA/slow.raw"
want_clean

begin 'burst ends with a check after its last file, and with one start'
new_monitor
root_offers 200
stub 'sleep 0.2'
start_monitor
i=0
while [ $i -lt 199 ]; do
	i=$((i + 1))
	put_raw $i.raw $i
done
wait_for starts 1 || fail 'cli_nt was not started'
# Only a check that begins from now on can see it.
root_offers 300
put_raw last.raw last
wait_for starts 2 || fail 'no check after the last file'
wait_for sent 200 || fail "$(in_box) of 200 files went up"
stop_monitor
starts 3 && fail "$(count "$STARTS") starts"
[ "$(checks)" -le 201 ] || fail "$(checks) checks"
want_clean

begin 'raw that comes while the setup runs is checked after it'
new_monitor
root_offers 200
stub "until [ -e '$T/go' ]; do sleep 0.05; done"
rm -f "$T/go"
start_monitor
put_raw a.raw
wait_for starts 1 || fail 'cli_nt was not started'
root_offers 300
put_raw b.raw b
wait_for sent 2 || fail 'files wait for the setup'
starts 2 && fail 'a second setup beside the first'
: >"$T/go"
wait_for starts 2 || fail 'no check after it'
stop_monitor

begin 'lost events are made up for by looking'
new_monitor
root_offers 200
start_monitor
kill -STOP "$monitor_pid"
limit=$(cat /proc/sys/fs/inotify/max_queued_events)
if [ "$limit" -le 20000 ]; then
	# Two events a file.
	awk -v n="$limit" -v d="$INVDATA" 'BEGIN {
		for (i = 0; i < n; i++) { f = d "/" i; printf "" >f; close(f) }
	}'
	put_raw a.raw
	kill -CONT "$monitor_pid"
	wait_for starts 1 || fail 'cli_nt was not started'
	n=$(checks)
	put_raw b.raw b
	wait_for checked $((n + 1)) || fail 'deaf after the loss'
	stop_monitor
else
	kill -CONT "$monitor_pid"
	stop_monitor
	skip "the system queues $limit events"
fi

begin 'INVDATA that is replaced is watched anew'
new_monitor
root_offers 200
start_monitor
mv "$INVDATA" "$INVDATA.old"
mkdir "$INVDATA"
put_raw a.raw
wait_for starts 1 || fail 'cli_nt was not started'
wait_for sent 1 || fail 'the .raw file was not moved'
rm -rf "$INVDATA"
mkdir "$INVDATA"
put_raw b.raw b
wait_for checked 2 || fail 'not after it was removed and made again'
put_raw c.raw c
wait_for sent 3 || fail 'deaf after that'
stop_monitor

begin 'folders that are missing are waited for'
new_monitor
root_offers 200
rm -rf "$T/sys"
mkdir -p "$T/sys/var" "$T/home"
LOG=$T/sys$T/home/.local/state/sms/CLIMON.LOG
start_monitor
mkdir -p "$INVDATA"
put_raw a.raw
wait_for starts 1 || fail 'cli_nt was not started'
mkdir -p "$STATE"
put_raw b.raw b
wait_for sent 2 || fail 'deaf after STATE was made'
stop_monitor
want_code 0
LOG=$STATE_ROOT/LOGS/CLIMON.LOG

begin 'setup that failed is not started again for the same list'
new_monitor
root_offers 200
stub 'exit 2'
start_monitor
put_raw a.raw
wait_for starts 1 || fail 'cli_nt was not started'
put_raw b.raw b
wait_for sent 2 || fail 'files wait'
put_raw c.raw c
wait_for sent 3 || fail 'files wait'
starts 2 && fail 'it was started again'
root_offers 300
put_raw d.raw d
wait_for starts 2 || fail 'not started for a new list'
stop_monitor

begin 'setup that writes a raw each time does not start itself'
new_monitor
root_offers 200
stub "printf 'x%s' \"\$\$\" >'$INVDATA/.new'; mv '$INVDATA/.new' '$INVDATA/'\$\$.raw"
start_monitor
put_raw a.raw
wait_for sent 2 || fail 'its file did not go up'
put_raw b.raw b
wait_for sent 3 || fail 'files wait'
stop_monitor
starts 2 && fail "$(count "$STARTS") starts"
checked 3 || fail "$(checks) checks"

begin 'setup from SMSBinPath is taken where none is beside us'
new_monitor
root_offers 200
mkdir "$T/other"
mv "$T/bin/cli_nt" "$T/other"
chmod 755 "$T" "$T/other"
run climonnt /o
want_code 2
want_err 'no cli_nt in'
printf '[SMS]\r\nSMSBinPath=%s\r\n' "$T/other" >"$INI"
run climonnt /o
want_code 0
starts 1 || fail 'cli_nt was not started'
if [ "$(id -u)" = 0 ]; then
	chmod 777 "$T/other"
	run climonnt /o
	want_code 2
	want_err 'not started'
	starts 2 && fail 'anybody may make us run a program of his'
fi
rm -rf "$T/other"
