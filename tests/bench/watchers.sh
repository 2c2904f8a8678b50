# Starts watchers, each over a folder of its own, to be stopped by stop_all:
# watch_climonnt NAME ENTRIES, watch_floor NAME, watch_inotifywait NAME,
# watch_incrond NAME, watch_watchman NAME. A file *.raw that comes into $BOX
# makes them start the stand-in (first.c), which answers through $ANSWER;
# $watcher is their process.
# shellcheck shell=sh disable=SC2034 # the rows use what is set here

# stand_in NAME: the folders of one.
stand_in() {
	BOX=$T/$1/box
	ANSWER=$T/$1/bin/answer
	mkdir -p "$T/$1/bin" "$BOX"
	cp "$BENCH/first" "$T/$1/bin/first"
	mkfifo "$ANSWER"
}

is_up() {
	wait_for watches "$watcher" || die "$1 does not watch: $(tail -n 2 "$T/.started")"
}

# Over a root of its own with a list of that many entries, which the client
# already has. (CopyListVersion of the root is in $LIST.)
watch_climonnt() {
	site_of "$2" 64
	client_of "$1"
	stand_in "$1"
	BOX=$SYS/var/lib/sms/INVDATA
	LIST=$T/$1/root/cl_nt.txt
	mkdir -p "$T/$1/root/inventry.box" "$BOX" "$SYS/var/lib/sms/STATE" \
	    "$SYS/var/lib/sms/LOGS"
	cp "$BIN/climonnt" "$T/$1/bin/climonnt"
	mv "$T/$1/bin/first" "$T/$1/bin/cli_nt"
	cp "$ROOT/cl_nt.txt" "$LIST"
	printf '[SMS]\r\nSMS Unique ID=PL2ABC\r\nCopyListVersion=%s\r\n' \
	    "$(version_of)" >"$INI"
	printf '[Local]\r\nSetupPhase=installed\r\n' >>"$INI"
	start "$T/$1/bin/climonnt" /quiet "/p:$T/$1/root" "/i:$INI"
	watcher=$!
	is_up climonnt
}

watch_floor() {
	stand_in "$1"
	start "$BENCH/floor_watch" "$BOX" "$T/$1/bin/first"
	watcher=$!
	is_up floor_watch
}

# Its lines go to a shell that starts the program.
watch_inotifywait() {
	stand_in "$1"
	mkfifo "$T/$1/lines"
	inotifywait -m -q -e moved_to --format %f "$BOX" \
	    >"$T/$1/lines" 2>/dev/null &
	watcher=$!
	# shellcheck disable=SC2016 # the other shell's own
	sh -c 'while read -r name; do
		case $name in *.raw) "$0" ;; esac
	done' "$T/$1/bin/first" <"$T/$1/lines" >/dev/null 2>&1 &
	pids="$pids $watcher $!"
	is_up inotifywait
}

# Its tables and its lock stand with us, not where the system has them.
watch_incrond() {
	stand_in "$1"
	(
		cd "$T/$1" && mkdir -p tables users lock
		printf '%s\n' "system_table_dir = $PWD/tables" \
		    "user_table_dir = $PWD/users" "lockfile_dir = $PWD/lock" \
		    'lockfile_name = incrond' >conf
		printf '%s IN_MOVED_TO %s\n' "$BOX" "$PWD/bin/first" >tables/bench
	)
	start incrond -n -f "$T/$1/conf"
	watcher=$!
	is_up incrond
}

watch_watchman() {
	stand_in "$1"
	start watchman --foreground --no-save-state --sockname="$T/$1/socket" \
	    --logfile="$T/$1/log" --statefile="$T/$1/state" \
	    --pidfile="$T/$1/pid"
	watcher=$!
	wait_for test -S "$T/$1/socket" || die 'watchman does not come up'
	printf '["%s", "%s", {"name": "first", "append_files": false,
		"expression": ["allof", ["match", "*.raw"], ["exists"]],
		"command": ["%s"]}]\n' trigger "$BOX" "$T/$1/bin/first" >"$T/$1/trigger"
	printf '["watch", "%s"]\n' "$BOX" | ask_watchman "$1"
	ask_watchman "$1" <"$T/$1/trigger"
	is_up watchman
}

ask_watchman() {
	watchman --sockname="$T/$1/socket" --no-spawn -j >"$T/.started" 2>&1 ||
		die "watchman: $(tail -n 3 "$T/.started")"
}
