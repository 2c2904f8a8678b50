# P9: watchers that have nothing to do: memory, threads, and how often they are
# woken within 3 seconds; at the start, and after many events that do not
# concern them. What they start belongs to them.
# shellcheck shell=sh

# family PID: it and all processes below it.
family() {
	echo "$1"
	for child in $(ps -o pid= --ppid "$1"); do
		family "$child"
	done
}

# status FILE FIELD: the sum over all threads or processes that FILE matches.
# shellcheck disable=SC2086 # a pattern
sum_of() {
	for one in $(family "$watcher"); do
		cat /proc/$one/$1 2>/dev/null
	done | awk -v field="$2" '$1 ~ "^(" field "):" { sum += $2 } END { print sum + 0 }'
}

# idle EVENTS ROLE WHO
idle() {
	switches='(non)?voluntary_ctxt_switches'
	before=$(sum_of 'task/*/status' "$switches")
	sleep 3
	after=$(sum_of 'task/*/status' "$switches")
	kib=$(sum_of status VmRSS)
	noted P9 "$1 events, resident memory" "$2" "$3" MiB \
	    "$(echo "$kib" | awk '{ print $1 / 1024 }')"
	noted P9 "$1 events, threads" "$2" "$3" 1 "$(sum_of status Threads)"
	noted P9 "$1 events, wake-ups in 3 s" "$2" "$3" 1 $((after - before))
}

# p9_watcher ROLE WHO: through all events, then it is stopped.
p9_watcher() {
	say "P9: $2 idle"
	sleep 1
	idle 0 "$1" "$2"
	for count in 10000 100000; do
		[ "$SHORT" -lt 5 ] || continue
		python3 "$here/storm.py" "$BOX" $count || die 'storm.py'
		sleep 1
		idle $count "$1" "$2"
	done
	stop_all
}

row_p9() {
	for count in 0 10000 100000; do
		goal P9 "$count events, resident memory" median 1.5 MiB
		goal P9 "$count events, threads" median 1 1
		goal P9 "$count events, wake-ups in 3 s" median 0 1
	done
	watch_climonnt p9-climonnt 10
	p9_watcher ours climonnt
	watch_floor p9-floor
	p9_watcher floor 'inotify and posix_spawn'
	for peer in inotifywait incrond watchman; do
		have $peer || continue
		watch_$peer p9-$peer
		p9_watcher peer $peer
	done
}
