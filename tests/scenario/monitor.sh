# Words of the climonnt scenarios, beside those of lib.sh: a client with an
# older list, a logon root with a newer one, and a cli_nt that only notes how
# it was started.
# shellcheck shell=sh disable=SC2034 # the scenarios use what is set here

PROGRAM=$T/bin/climonnt
BOX=$T/root/inventry.box
LOG=$STATE_ROOT/LOGS/CLIMON.LOG
STARTS=$T/starts
monitor_pid=
digits=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

# The desktop of the user, which no test reaches: what it is shown is noted.
NOTICES=$T/notices
mkdir -p "$T/desktop"
for tool in notify-send wall; do
	cat >"$T/desktop/$tool" <<EOF
#!/bin/sh
{ echo "$tool \$*"; [ $tool != wall ] || cat; } >>'$NOTICES'
[ ! -e '$T/desktop/broken' ]
EOF
	chmod 755 "$T/desktop/$tool"
done
PATH=$T/desktop:$PATH
export DBUS_SESSION_BUS_ADDRESS=unix:path=/none

# What the client has: want_list 200 makes the root offer that.
client_has() {
	printf '[SMS]\r\nSMS Unique ID=PL2ABC\r\nCopyListVersion=%s\r\n' "$1" >"$INI"
	printf '[Local]\r\nSetupPhase=installed\r\n' >>"$INI"
}

root_offers() {
	printf '[SMS]\r\nCopyListVersion=%s\r\n' "$1" >"$T/root/cl_nt.new"
	mv "$T/root/cl_nt.new" "$T/root/cl_nt.txt"
}

# stub LINES: what cli_nt does after it has noted its start.
stub() {
	cat >"$T/bin/cli_nt.new" <<EOF
#!/bin/sh
echo "\$(date +%s%N) \$*" >>'$STARTS'
$1
EOF
	chmod 755 "$T/bin/cli_nt.new"
	mv "$T/bin/cli_nt.new" "$T/bin/cli_nt"
}

# An empty machine and a root, both with list 100.
new_monitor() {
	stop_monitor
	new_client
	rm -rf "${T:?}/root" "${T:?}/bin" "$STARTS" "$NOTICES"
	mkdir -p "$T/bin" "$BOX" "$INVDATA" "$STATE" "${LOG%/*}"
	cp "$BIN/climonnt" "$PROGRAM"
	client_has 100
	root_offers 100
	stub 'exit 0'
}

climonnt() {
	"$PROGRAM" /p:"$T/root" /i:"$INI" "$@"
}

start_monitor() {
	"$PROGRAM" /p:"$T/root" /i:"$INI" "$@" >"$T/mon.out" 2>"$T/mon.err" </dev/null &
	monitor_pid=$!
	wait_for grep -q 'waiting for inventories' "$LOG" ||
		fail "climonnt does not wait: $(cat "$T/mon.err")"
}

# Ends it with a signal; $code is its exit code.
stop_monitor() {
	[ -n "$monitor_pid" ] || return 0
	kill "-${1:-TERM}" "$monitor_pid" 2>/dev/null
	wait "$monitor_pid" 2>/dev/null
	code=$?
	monitor_pid=
}
clean_hook() { stop_monitor KILL; }

# Everything that lay in INVDATA has gone up, and the monitor is done with it.
taken_up() {
	[ -z "$(find "$INVDATA" -mindepth 1 -print)" ]
}

# put_raw NAME [TEXT]: as our own writers do it, whole and by a rename.
put_raw() {
	printf 'SMSRAW 1 PL2ABC %s\r\nEND %s\r\n' "${2:-x}" "$digits" >"$INVDATA/.$1.tmp"
	mv "$INVDATA/.$1.tmp" "$INVDATA/$1"
}

count() {
	grep -c . "$1" 2>/dev/null || :
}

starts() {
	[ "$(count "$STARTS")" -ge "$1" ]
}

checks() {
	grep -c 'LOG\[.*: copy list [0-9]*' "$LOG" 2>/dev/null || :
}

checked() {
	[ "$(checks)" -ge "$1" ]
}

# Returns when the monitor has done all that it does by itself for what lies in
# INVDATA: a folder there is told of and is no news, and when it is told of the
# second the pass that met the first is over.
all_looked_at() {
	for mark in one two; do
		mkdir "$INVDATA/mark-$mark.raw"
		wait_for grep -q "mark-$mark.raw: left alone" "$LOG" ||
			fail 'it does not look into INVDATA any more'
	done
	rmdir "$INVDATA"/mark-*.raw
}

# How many lines it has printed, but those of the folders of all_looked_at.
told() {
	grep -vc 'mark-.*: left alone' "$T/mon.err" || :
}

in_box() {
	find "$BOX" -name '*.RAW' | wc -l
}

sent() {
	[ "$(in_box)" -ge "$1" ]
}

# Nothing of the mover's own is left over.
want_clean() {
	left=$(find "$INVDATA" "$T/root" -name '*.clm' -o -name '*.tmp')
	[ -z "$left" ] || fail "left over: $left"
}
