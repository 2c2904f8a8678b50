#!/bin/sh
# climonnt: asleep, and in a storm of inventories. The programs are those that
# are installed, because their memory counts.
#
#	climonnt_storm.sh [N]	so many inventories, 2000
# shellcheck disable=SC2034 # monitor.sh and lib.sh use what is set here
BIN=$(cd "$(dirname "$0")/../.." && pwd)/build/posix/bin
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/monitor.sh"

number=${1:-2000}
burst=100

# It sleeps in poll, without a limit: the third argument of the call.
sleeps() {
	read -r _ _ _ limit _ <"/proc/$monitor_pid/syscall" || return 1
	case $limit in 0xffffffff | 0xffffffffffffffff) ;; *) return 1 ;; esac
}

# Seconds until its timer ends; the clock must be the one that counts the time
# of suspension, 7.
timer_of() {
	cat "/proc/$monitor_pid/fdinfo/"* 2>/dev/null |
	awk '$1 == "clockid:" { clock = $2 }
		$1 == "it_value:" && clock == 7 { gsub(/[(,]/, "", $2); print $2 }'
}

memory() {
	awk -v key="$1:" '$1 == key { print $2 }' "/proc/$monitor_pid/status"
}

begin 'nothing wakes it while it is idle but the timer of the regular check'
new_monitor
start_monitor
wait_for sleeps || fail "it does not sleep: $(cat "/proc/$monitor_pid/syscall")"
put_raw a.raw
wait_for sent 1 || fail 'the .raw file was not moved'
wait_for taken_up || fail 'it is not done'
wait_for sleeps || fail "it does not sleep again: $(cat "/proc/$monitor_pid/syscall")"
# No call between now and the next event, whenever that comes: the one timer
# that it has is that of the regular check.
printf '[Local]\r\nSetupPhase=installed\r\nCheckInterval=44640\r\n' >"$T/local"
{ sed '/Local/,$d' "$INI"; cat "$T/local"; } >"$T/new" && mv "$T/new" "$INI"
stop_monitor
start_monitor
wait_for sleeps || fail 'it does not sleep'
left=$(timer_of)
[ "${left:-0}" -gt 60 ] || fail "its timer ends in ${left:-no} s"
[ "$(memory Threads)" = 1 ] || fail "$(memory Threads) threads"
stop_monitor

begin 'after every one of many inventories a check begins, overflow included'
new_monitor
start_monitor
rounds=$((number / burst))
round=0
size=
while [ $round -lt $rounds ] && [ -z "$case_bad" ]; do
	round=$((round + 1))
	i=1
	# Half way the monitor is stopped, until events are lost.
	if [ $round -eq $((rounds / 2)) ]; then
		kill -STOP "$monitor_pid"
		limit=$(cat /proc/sys/fs/inotify/max_queued_events)
		[ "$limit" -le 20000 ] && awk -v n="$limit" -v d="$INVDATA" 'BEGIN {
			for (i = 0; i < n; i++) {
				f = d "/e" i % 2; printf "" >f; close(f)
			}
		}'
	fi
	while [ $i -lt $burst ]; do
		put_raw $round-$i.raw $round-$i
		i=$((i + 1))
	done
	# Only a check that begins after the last one sees it.
	root_offers $((1000 + round))
	put_raw $round-last.raw $round-last
	kill -CONT "$monitor_pid"
	wait_for starts $round || wait_for starts $round ||
		fail "round $round: no check after the last one"
	[ $round -eq $((rounds / 4 + 1)) ] && size=$(memory RssAnon)
done
rm -f "$INVDATA/e0" "$INVDATA/e1"
waits=0
until [ "$(in_box)" -ge "$number" ] || [ $waits -ge $((number / 20)) ]; do
	waits=$((waits + 1))
	sleep 0.2
done
[ "$(in_box)" -eq "$number" ] || fail "$(in_box) of $number went up"
[ "$(count "$STARTS")" -eq "$rounds" ] || fail "$(count "$STARTS") starts in $rounds rounds"

begin 'memory stays as it is, whatever has come'
wait_for taken_up || fail "left: $(find "$INVDATA" -mindepth 1 | wc -l)"
now=$(memory RssAnon)
[ $((now - size)) -le 64 ] || fail "from $size to $now KiB of its own"
[ "$(memory VmRSS)" -le 1536 ] || fail "$(memory VmRSS) KiB are resident"
[ "$(memory Threads)" = 1 ] || fail "$(memory Threads) threads"
stop_monitor
want_code 0
want_clean
