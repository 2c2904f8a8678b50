#!/bin/sh
# win_kill.sh [POINTS]: cli_nt.exe is killed in the middle of an update, POINTS
# times (54), each time somewhere else: files and SMS.INI are old or new, and the
# next run completes. What a program of Windows does with files and names, Wine
# does by asking its server: so the calls that are counted are its messages
# (write, writev), from the last third of the loading on, and its flushes.
. "$(dirname "$0")/lib.sh"

points=${1:-54}

release_one() {
	rm -rf "${SRC:?}/BIN" "${SRC:?}/DATA"
	add BIN/CLIMONNT.EXE 'monitor one'
	add BIN/SAME.EXE 'the same'
	add DATA/OLD.TXT 'goes away'
	add DATA/locked.ini 'read-only one'
	add DATA/hidden.ini 'hidden one'
	add DATA/thing 'a file that becomes a folder'
	add "DATA/ümlaut and blank.txt" 'one'
}

release_two() {
	rm -rf "${SRC:?}/BIN" "${SRC:?}/DATA"
	add BIN/CLIMONNT.EXE 'monitor two'
	add BIN/SAME.EXE 'the same'
	add DATA/NEW.TXT 'comes'
	add DATA/locked.ini 'read-only two'
	add DATA/hidden.ini 'hidden two'
	add DATA/thing/inner.txt 'a folder that was a file'
	add "DATA/ümlaut and blank.txt" 'two'
}

victim() {
	SMS_SYSROOT='T:\sys' SMS_HOST=$host "$@" wine "$WIN_BIN/cli_nt.exe" \
	    /p:T:/root /i:T:/pc/SMS.INI /c:T:/policy.ini
}

plainly() {
	SMS_SYSROOT='T:\sys' SMS_HOST=$host launched "$WIN_BIN/cli_nt.exe" \
	    /p:T:/root /i:T:/pc/SMS.INI /c:T:/policy.ini
}

client_tree() {
	(cd "$CLIENT" 2>/dev/null && find BIN DATA -type f -exec sha256sum {} + 2>/dev/null | LC_ALL=C sort -k 2)
}

prepare() {
	chmod -R u+w "$T/sys" 2>/dev/null
	rm -rf "${T:?}/sys" "${T:?}/pc"
	cp -a "$T/start/sys" "$T/start/pc" "$T/"
}

after_kill() {
	client_tree | while read -r digest name; do
		grep -q "$digest  " "$T/digests" || echo "$name is neither old nor new"
	done >"$T/.bad"
	[ ! -s "$T/.bad" ] || fail "$(head -n 1 "$T/.bad")"
	version=$(ini "$INI" SMS CopyListVersion)
	case $version in
	"$old_version") ;;
	"$new_version")
		[ "$(client_tree)" = "$(cat "$T/new.tree")" ] ||
			fail 'CopyListVersion is new, the files are not' ;;
	*) fail "CopyListVersion is '$version'" ;;
	esac
	want_ini "$INI" SMS 'SMS Unique ID' "$had_id"
}

again() {
	run plainly
	[ "$code" -eq 0 ] || fail "the run after it: exit $code: $err"
	[ "$(client_tree)" = "$(cat "$T/new.tree")" ] ||
		fail 'the run after it did not complete'
	want_ini "$INI" SMS CopyListVersion "$new_version"
	want_ini "$INI" Local SetupPhase installed
	left=$(find "$T/sys" "$T/pc" ! -path '*/INVDATA/*' \( -name '*.tmp' -o -name .stage -o -name JOURNAL \))
	[ -z "$left" ] || fail "left: $left"
}

# How often the update makes the call.
calls_of() {
	prepare
	victim strace -qq -c -o "$T/counts" >/dev/null 2>&1 </dev/null
	awk -v call="$1" '$NF == call { print $4 }' "$T/counts"
}

# kill_at CALL N: false when the program ended by itself.
kill_at() {
	prepare
	victim strace -qq -o /dev/null -e trace="$1" \
	    -e inject="$1:signal=SIGKILL:when=$2" >"$T/.kill.out" 2>&1 </dev/null
	[ $? -eq 137 ] || return 1
	killed=$((killed + 1))
	after_kill
	again
	[ -z "$case_bad" ] || case_bad="killed at $1 $2: $case_bad"
}

# sweep CALL FROM TO COUNT: at COUNT calls between the two, TO included.
sweep() {
	n=1
	while [ "$n" -le "$4" ] && [ -z "$case_bad" ]; do
		kill_at "$1" $(($2 + ($3 - $2) * n / $4))
		n=$((n + 1))
	done
}

begin 'wine: cli_nt.exe killed anywhere in an update: old or new, and completed'
if needs_built && needs strace; then
	session
	drive t "$T"
	new_site
	new_client
	CLIENT="$T/sys/Program Files/MS/SMS"
	printf '[Flags]\r\nDATA/locked.ini=r\r\nDATA/hidden.ini=h\r\n' >"$SRC/components.ini"
	release_one
	release
	run plainly
	[ "$code" -eq 0 ] || fail "the first install: exit $code: $err"
	old_version=$(version_of)
	had_id=$(ini "$INI" SMS 'SMS Unique ID')
	client_tree >"$T/digests"
	mkdir "$T/start"
	cp -a "$T/sys" "$T/pc" "$T/start/"
	release_two
	release /force
	new_version=$(version_of)
	run plainly
	[ "$code" -eq 0 ] || fail "the update: exit $code: $err"
	client_tree >"$T/new.tree"
	cat "$T/new.tree" >>"$T/digests"

	killed=0
	writes=$(calls_of write)
	messages=$(awk '$NF == "writev" { print $4 }' "$T/counts")
	flushes=$(awk '$NF == "fsync" { print $4 }' "$T/counts")
	# Loading a program takes the first half of the messages.
	sweep fsync 0 "$flushes" "$flushes"
	rest=$((points - killed + 3))
	sweep write $((writes * 2 / 5)) $((writes - 5)) $((rest / 2))
	sweep writev $((messages * 2 / 5)) $((messages - 5)) $((rest - rest / 2))
	[ $killed -ge 50 ] || fail "only $killed points"
	echo "# wine: $killed points: $flushes of fsync, of write and writev each $(((writes * 3 / 5) / (rest / 2)))th"
fi
