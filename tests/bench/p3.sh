# P3: from the rename of a .raw file until the program that is to follow looks
# at the clock for the first time. climonnt has to find that the list is another
# one each time; the others start the program whatever happened.
# shellcheck shell=sh

row_p3() {
	watch_floor p3-floor
	set -- -- 'P3|*|floor|inotify and posix_spawn' "$BOX" "$ANSWER"
	for size in 10 1000 10000; do
		watch_climonnt p3-$size $size
		work="list of $size entries"
		set -- "$@" -- "P3|$work|ours|climonnt" "$BOX" "$ANSWER" "$LIST"
		goal P3 "$work" median 1.2 'inotify and posix_spawn'
		goal P3 "$work" p99 1.5 'inotify and posix_spawn'
	done
	for peer in inotifywait incrond watchman; do
		have $peer || continue
		watch_$peer p3-$peer
		set -- "$@" -- "P3|*|peer|$peer" "$BOX" "$ANSWER"
	done
	say 'P3: a .raw comes, cli_nt begins'
	"$BENCH/react" -n $((200 / SHORT)) "$@" >"$T/.measured" 2>"$T/.complaints" ||
		die "react: $(tail -n 3 "$T/.complaints")"
	took ms "$T/.measured"
	stop_all
}
