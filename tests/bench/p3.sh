# P3: from the rename of a .raw file until the program that is to follow looks
# at the clock for the first time. climonnt has to find that the list is another
# one each time; the others start the program whatever happened.
# shellcheck shell=sh

# pipe_of NAME: a folder for what is started, with the stand-in in it.
pipe_of() {
	mkdir -p "$T/$1/bin" "$T/$1/box"
	cp "$BENCH/first" "$T/$1/bin/first"
	mkfifo "$T/$1/bin/answer"
}

# p3_monitor N: climonnt over a root with a list of N entries.
p3_monitor() {
	site_of "$1" 64
	client_of "p3-$1"
	pipe_of "p3-$1"
	cp "$BIN/climonnt" "$T/p3-$1/bin/climonnt"
	mv "$T/p3-$1/bin/first" "$T/p3-$1/bin/cli_nt"
	mkdir -p "$T/p3-$1/root/inventry.box" "$SYS/var/lib/sms/INVDATA" \
	    "$SYS/var/lib/sms/STATE" "$SYS/var/lib/sms/LOGS"
	cp "$ROOT/cl_nt.txt" "$T/p3-$1/root/cl_nt.txt"
	printf '[SMS]\r\nSMS Unique ID=PL2ABC\r\nCopyListVersion=1\r\n[Local]\r\nSetupPhase=installed\r\n' >"$INI"
	SMS_HOST=PLN-$1 start "$T/p3-$1/bin/climonnt" /quiet "/p:$T/p3-$1/root" "/i:$INI"
	wait_for watches $! || die 'climonnt does not watch'
}

p3_floor() {
	pipe_of p3-floor
	start "$BENCH/floor_watch" "$T/p3-floor/box" "$T/p3-floor/bin/first"
	wait_for watches $! || die 'floor_watch does not watch'
}

p3_inotifywait() {
	pipe_of p3-wait
	mkfifo "$T/p3-wait/lines"
	inotifywait -m -q -e moved_to --format %f "$T/p3-wait/box" \
	    >"$T/p3-wait/lines" 2>/dev/null &
	pids="$pids $!"
	watcher=$!
	# shellcheck disable=SC2016 # the other shell's own
	sh -c 'while read -r name; do
		case $name in *.raw) "$0" ;; esac
	done' "$T/p3-wait/bin/first" <"$T/p3-wait/lines" >/dev/null 2>&1 &
	pids="$pids $!"
	wait_for watches $watcher || die 'inotifywait does not watch'
}

# Its tables and its lock stand with us, not where the system has them.
p3_incron() {
	pipe_of p3-incron
	(
		cd "$T/p3-incron" && mkdir -p tables users lock
		printf '%s\n' "system_table_dir = $PWD/tables" \
		    "user_table_dir = $PWD/users" "lockfile_dir = $PWD/lock" \
		    'lockfile_name = incrond' >conf
		printf '%s IN_MOVED_TO %s\n' "$PWD/box" "$PWD/bin/first" >tables/bench
	)
	start incrond -n -f "$T/p3-incron/conf"
	wait_for watches $! || die 'incrond does not watch'
}

p3_watchman() {
	pipe_of p3-man
	socket=$T/p3-man/socket
	start watchman --foreground --no-save-state --sockname="$socket" \
	    --logfile="$T/p3-man/log" --statefile="$T/p3-man/state" \
	    --pidfile="$T/p3-man/pid"
	watcher=$!
	wait_for test -S "$socket" || die 'watchman does not come up'
	watchman --sockname="$socket" --no-spawn watch "$T/p3-man/box" >/dev/null ||
		die 'watchman does not watch'
	printf '["trigger", "%s", {"name": "first", "append_files": false,
		"expression": ["allof", ["match", "*.raw"], ["exists"]],
		"command": ["%s"]}]\n' "$T/p3-man/box" "$T/p3-man/bin/first" |
		watchman --sockname="$socket" --no-spawn -j >/dev/null ||
		die 'watchman takes no trigger'
	wait_for watches $watcher || die 'watchman does not watch'
}

row_p3() {
	set --
	p3_floor
	for size in 10 1000 10000; do
		p3_monitor $size
		work="list of $size entries"
		set -- "$@" -- "P3|$work|ours|climonnt" "$SYS/var/lib/sms/INVDATA" \
		    "$T/p3-$size/bin/answer" "$T/p3-$size/root/cl_nt.txt"
		goal P3 "$work" median 1.2 'inotify and posix_spawn'
		goal P3 "$work" p99 1.5 'inotify and posix_spawn'
	done
	set -- "$@" -- 'P3|*|floor|inotify and posix_spawn' "$T/p3-floor/box" \
	    "$T/p3-floor/bin/answer"
	for peer in inotifywait:wait incrond:incron watchman:man; do
		have ${peer%:*} || continue
		p3_"$(echo ${peer%:*} | sed 's/incrond/incron/')"
		set -- "$@" -- "P3|*|peer|${peer%:*}" "$T/p3-${peer#*:}/box" \
		    "$T/p3-${peer#*:}/bin/answer"
	done
	say 'P3: a .raw comes, cli_nt begins'
	"$BENCH/react" -n $((200 / SHORT)) "$@" >"$T/.measured" 2>"$T/.complaints" ||
		die "react: $(tail -n 3 "$T/.complaints")"
	took ms "$T/.measured"
	stop_all
}
