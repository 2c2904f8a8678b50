#!/bin/sh
# climonnt: nothing is asked of the system while nothing happens.
# shellcheck disable=SC2034 # monitor.sh and lib.sh use what is set here
BIN=${EXACT_BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd) || exit 2
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/exact.sh"
. "$(dirname "$0")/monitor.sh"

# Lines of the trace; a wait that the kernel takes up again, when the whole machine
# stood still meanwhile, is no call of ours.
calls() {
	grep -vc 'ERESTART_RESTARTBLOCK\|restart_syscall(' "$T/.trace"
}

# quiet: the trace has not grown for a second.
quiet() {
	seen=$(calls)
	sleep 1
	[ "$(calls)" = "$seen" ]
}

grown() {
	[ "$(calls)" -gt "$before" ]
}

begin 'climonnt asks nothing of the system between two events'
if needs strace; then
	new_monitor
	strace -D -f -y -o "$T/.trace" "$PROGRAM" /quiet /p:"$T/root" /i:"$INI" \
	    >"$T/mon.out" 2>&1 </dev/null &
	monitor_pid=$!
	wait_for grep -q 'waiting for inventories' "$LOG" || fail 'it does not wait'
	wait_for quiet || fail 'it does not come to rest'
	before=$(calls)
	sleep 3
	[ "$(calls)" = "$before" ] || fail "idle: $(($(calls) - before)) calls: $(tail -n 1 "$T/.trace")"
	put_raw a.raw
	wait_for sent 1 || fail 'deaf'
	grown || fail 'the trace shows nothing'
	wait_for taken_up || fail 'not taken up'
	wait_for quiet || fail 'it does not come to rest again'
	before=$(calls)
	sleep 3
	[ "$(calls)" = "$before" ] || fail "after an event: $(($(calls) - before)) calls: $(tail -n 1 "$T/.trace")"
fi

begin 'climonnt: an event that concerns nobody costs no more calls than the table has'
if needs strace; then
	: >"$T/start"
	before=$(calls)
	lines=$(wc -l <"$T/.trace")
	# One event: made and closed it would be two, on a busy machine with a
	# wake-up each.
	: >"$T/nobody"
	mv "$T/nobody" "$INVDATA/.nobody.tmp"
	wait_for grown || fail 'deaf'
	wait_for quiet || fail 'it does not come to rest'
	counted "$T/calls" "$lines"
	want_bound climonnt_event.txt "$T/calls" "$T/start"
	rm -f "$INVDATA/.nobody.tmp"
fi
stop_monitor
