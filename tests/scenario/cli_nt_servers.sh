#!/bin/sh
# Several logon servers: dead ones, refusing ones, ones that hang, and ones that
# hang so that nobody can end who asks them. Those are file systems of our own,
# mounted in a mount namespace of the test's own.
if [ "$(id -u)" = 0 ] && [ -z "${OWN_MOUNTS:-}" ] && unshare -m true 2>/dev/null; then
	OWN_MOUNTS=yes exec unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

hanging_pid=
answer_again() {
	[ -z "$hanging_pid" ] || kill "$hanging_pid" 2>/dev/null
	[ -z "$hanging_pid" ] || wait "$hanging_pid" 2>/dev/null
	hanging_pid=
	# (What is mounted there does not show in a pattern.)
	for folder in "$T"/net/HANG*; do
		umount -l "$folder/SMS_SHR" 2>/dev/null
	done
}

clean_hook() {
	answer_again
}

# hang SERVER...: from now on these hang, in the kernel
hang() {
	folders=
	for server in "$@"; do
		mkdir -p "$T/net/$server/SMS_SHR"
		folders="$folders $T/net/$server/SMS_SHR"
	done
	# shellcheck disable=SC2086
	python3 "$top/tests/scenario/hang.py" $folders >"$T/.hang" 2>&1 </dev/null &
	hanging_pid=$!
	wait_for grep -q ready "$T/.hang" && return 0
	answer_again
	skip 'file systems of our own cannot be mounted here'
	return 1
}

# Those that ask a server which hangs, and cannot be ended.
left_behind() {
	for status in /proc/[0-9]*/status; do
		[ "$(awk '/^Name:/ { name = $2 } /^State:/ { state = $2 }
			END { print name, state }' "$status" 2>/dev/null)" = 'cli_nt D' ] &&
			echo "$status"
	done
}

# servers NAME...: the client knows these, in this order
servers() {
	number=0
	printf '[SMS]\r\n[Servers]\r\n' >"$INI"
	for server in "$@"; do
		number=$((number + 1))
		printf 'Server%s=%s\r\n' $number "$server" >>"$INI"
	done
}

# It has to end, and not because it was ended.
alone() {
	run timeout -k 5 60 "$BIN/cli_nt" /i:"$INI" /c:"$POLICY"
}

export SMS_UNC="$T/net"
new_site
add DATA/a 'a'
release
mkdir -p "$T/net/LIVE"
cp -a "$ROOT" "$T/net/LIVE/SMS_SHR"

begin 'a dozen servers of every kind: 69, and one line has the reason of each'
mkdir -p "$T/net/EMPTY/SMS_SHR" "$T/net/FOLDER/SMS_SHR/cl_nt.txt" "$T/net/PIPE/SMS_SHR" "$T/net/FILE"
mkfifo "$T/net/PIPE/SMS_SHR/cl_nt.txt"
: >"$T/net/FILE/SMS_SHR"
new_client
servers DEAD1 DEAD2 DEAD3 DEAD4 DEAD5 DEAD6 DEAD7 DEAD8 EMPTY FOLDER PIPE FILE
alone
want_code 69
[ "$(printf '%s\n' "$err" | wc -l)" = 1 ] || fail "it said: $err"
for server in DEAD1 DEAD2 DEAD3 DEAD4 DEAD5 DEAD6 DEAD7 DEAD8; do
	want_err "//$server/SMS_SHR: "
done
want_err '//EMPTY/SMS_SHR: no cl_nt.txt; //FOLDER/SMS_SHR/cl_nt.txt: '
want_err '; //PIPE/SMS_SHR/cl_nt.txt: not a regular file; //FILE/SMS_SHR: '

begin '... the last of thirteen answers: it is taken'
servers DEAD1 DEAD2 DEAD3 DEAD4 DEAD5 DEAD6 DEAD7 DEAD8 EMPTY FOLDER PIPE FILE LIVE
alone
want_code 0
want_installed
want_ini "$INI" SMS LastLogonServerPath //LIVE/SMS_SHR

begin 'a server that refuses who we are is named as such'
if needs_root; then
	new_client
	cp -a "$ROOT" "$T/net/CLOSED"
	mkdir "$T/net/CLOSED/SMS_SHR"
	cp "$ROOT/cl_nt.txt" "$T/net/CLOSED/SMS_SHR"
	chmod 700 "$T/net/CLOSED/SMS_SHR"
	servers DEAD1 CLOSED
	chmod 777 "$T/home"
	run as_nobody env HOME="$T/home" "$BIN/cli_nt" /i:"$INI"
	want_code 69
	want_err '; //CLOSED/SMS_SHR: permission denied'
fi

begin 'a server that hangs so that nobody can be ended who asks it: 69 all the same'
new_client
if needs_root && needs python3 && hang HANG1 HANG2; then
	servers HANG1 DEAD1 HANG2
	alone
	want_code 69
	[ -n "$(left_behind)" ] || fail 'nobody hangs: the test shows nothing'
	want_err '//HANG1/SMS_SHR: timed out; //DEAD1/SMS_SHR: '
	want_err '//HANG2/SMS_SHR: timed out'
	[ -z "$(find "$T/sys" -type f)" ] || fail 'something was made'
fi

begin '... and beside one that answers all is done'
if [ -n "$hanging_pid" ]; then
	servers HANG1 LIVE HANG2
	alone
	want_code 0
	want_installed
	want_ini "$INI" SMS LastLogonServerPath //LIVE/SMS_SHR
else
	skip 'file systems of our own cannot be mounted here'
fi

begin '... who reads the output of such a run sees its end'
if [ -n "$hanging_pid" ]; then
	servers HANG1
	said=$(timeout -k 5 60 "$BIN/cli_nt" /i:"$INI" /c:"$POLICY" 2>&1) && fail 'exit 0'
	case $said in *'timed out'*) ;; *) fail "it said: $said" ;; esac
else
	skip 'file systems of our own cannot be mounted here'
fi

begin '... nobody is left when the server answers again'
if [ -n "$hanging_pid" ]; then
	answer_again
	nobody() {
		[ -z "$(left_behind)" ]
	}
	wait_for nobody || fail "left: $(left_behind)"
else
	skip 'file systems of our own cannot be mounted here'
fi
