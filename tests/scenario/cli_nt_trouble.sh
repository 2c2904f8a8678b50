#!/bin/sh
# cli_nt when something fails in the middle: the store of the logon root, the
# disks of the client, the server that goes away, and a run that is killed.
# Volumes of limited size are mounted in a mount namespace of the test's own.
if [ "$(id -u)" = 0 ] && [ -z "${OWN_MOUNTS:-}" ] && unshare -m true 2>/dev/null; then
	OWN_MOUNTS=yes exec unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

two_components() {
	printf '[Component STANDARD]\r\nType=files\r\n[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\n' >"$SRC/components.ini"
}

# damaged NAME MESSAGE: the store file of EXTRA\b has been damaged
damaged() {
	begin "a store file $1: its component waits, the others are in"
	before=$(look "$CLIENT/EXTRA")
	run cli_nt
	want_code 1
	want_err "cli_nt: component EXTRA: not installed: EXTRA/b: $2"
	want_err "CopyListVersion $(version_of): 1 of 2 components are not installed; the next try is after 2"
	[ "$(printf '%s\n' "$err" | wc -l)" = 2 ] || fail "it said: $err"
	want_text "$CLIENT/BIN/a" "$generation"
	want_untouched "$before" "$CLIENT/EXTRA"
	want_ini "$INI" SMS CopyListVersion "$old"
	want_ini "$INI" Local SetupPhase verify_files
	want_ini "$INI" WorkstationStatus FilesNotDownloaded EXTRA/b
	want_ini "$INI" 'Setup State' Tries 1
	want_ini "$INI" 'Setup State' TriedVersion "$(version_of)"
	[ -n "$(ini "$INI" 'Setup State' NextTry)" ] || fail 'there is no NextTry'
	want_file "$ROOT/ccr.box/$(ini "$INI" SMS 'SMS Unique ID').CCR"
	want_no_file "$CLIENT/.stage"
	want_no_file "$STATE/JOURNAL"
}

# The next release: both components change.
next_release() {
	old=$(ini "$INI" SMS CopyListVersion)
	generation="generation $1"
	add BIN/a "$generation"
	add EXTRA/b "b of $generation"
	release
	b=$(stored 'EXTRA\\b')
}

new_site
two_components
add BIN/a 'a'
add EXTRA/b 'b'
add EXTRA/c 'c'
ready

next_release 2
mv "$b" "$T/b"
damaged 'that is missing' 'missing on the logon server'

begin 'before NextTry: exit 1 again, and the head is all that is read'
if needs strace; then
	before=$(look "$T/sys" "$T/pc" "$ROOT")
	traced openat
	want_code 1
	[ -z "$out$err" ] || fail "it said: $out$err"
	[ "$(opened_in "$ROOT")" = cl_nt.txt ] || fail "opened: $(opened_in "$ROOT" | tr '\n' ' ')"
	[ "$(grep -c "<$ROOT/" "$T/.trace")" = 1 ] || fail 'the list was opened more than once'
	want_untouched "$before" "$T/sys" "$T/pc" "$ROOT"
fi

begin 'after NextTry it is tried again, and the wait grows'
export SMS_CLOCK=+3600
run cli_nt
unset SMS_CLOCK
want_code 1
want_ini "$INI" 'Setup State' Tries 2

begin '/f does not wait for NextTry'
run cli_nt /f
want_code 1
want_ini "$INI" 'Setup State' Tries 3
mv "$T/b" "$b"
run cli_nt /f
want_code 0
want_installed
want_text "$CLIENT/EXTRA/b" 'b of generation 2'
want_ini "$INI" WorkstationStatus FilesNotDownloaded ''
for key in NextTry Tries TriedVersion; do
	want_ini "$INI" 'Setup State' $key ''
done

next_release 3
head -c 5 "$b" >"$T/b"
chmod u+w "$b"
cat "$T/b" >"$b"
damaged 'that is shorter' 'the logon server has other content than the list says'

begin 'publishing the repair: the next run is whole, without waiting'
touch "$SRC/EXTRA/b"
release /f /b
run cli_nt
want_code 0
want_installed
want_text "$CLIENT/EXTRA/b" 'b of generation 3'

next_release 4
chmod u+w "$b"
echo more >>"$b"
damaged 'that is longer' 'the logon server has other content than the list says'

next_release 5
chmod u+w "$b"
truncate -s 1T "$b"
damaged 'without end' 'the logon server has other content than the list says'

next_release 6
chmod u+w "$b"
printf 'B of generation 6' >"$b"
damaged 'with other content' 'the logon server has other content than the list says'

next_release 7
mv "$b" "$T/b"
ln -s "$T/b" "$b"
damaged 'that is a link' 'cannot be read on the logon server: a link stands in the path'

next_release 8
rm "$b"
mkdir "$b"
damaged 'that is a folder' 'cannot be read on the logon server: '
rmdir "$b"

next_release 9
rm "$b"
mkfifo "$b"
damaged 'that is a pipe' 'cannot be read on the logon server: '
rm "$b"

begin 'a status .raw tells the site of the component that is not in'
raw=$(grep -l "Offered CopyListVersion=$(version_of)" "$INVDATA"/*.raw)
want_ini "$raw" Identity 'Exit Code' 1
want_ini "$raw" Identity CopyListVersion "$old"
want_ini "$raw" 'Component EXTRA' State 'Failed: EXTRA/b: cannot be read on the logon server: not a regular file'
want_ini "$raw" 'Component STANDARD' State Installed

begin 'a DOMAIN.INI that is missing from the store: exit 69, nothing is touched'
release /f /b
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT3\r\n' >"$SRC/DOMAIN.INI"
release
digest=$(ini "$ROOT/cl_nt.txt" SMS DomainIni | cut -d , -f 2)
mv "$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest" "$T/domain"
before=$(look "$T/sys" "$T/pc")
run cli_nt
want_code 69
want_err "cli_nt: $ROOT/store/"
want_untouched "$before" "$T/sys" "$T/pc"
mv "$T/domain" "$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest"
run cli_nt
want_code 0
want_ini "$INI" Servers Domain PLANT3

# Disks.

clean_hook() {
	umount "$T/sys/opt/sms" 2>/dev/null
	umount "$STATE_ROOT/STATE" 2>/dev/null
	chattr -R -i "$T/sys" 2>/dev/null
}

# mounted FOLDER OPTIONS: a volume of its own there, with what stood there
mounted() {
	cp -a "$1" "$T/.keep"
	if ! mount -t tmpfs -o "$2,mode=755" tmpfs "$1" 2>/dev/null; then
		rm -rf "$T/.keep"
		skip 'mounting is not permitted here'
		return 1
	fi
	cp -a "$T/.keep/." "$1"
	rm -rf "$T/.keep"
}

big_site() {
	new_site
	two_components
	add BIN/a 'a'
	add EXTRA/b 'b'
	ready
	head -c 3000000 /dev/urandom >"$SRC/BIN/big"
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		add EXTRA/file$n "file $n"
	done
	release
}

begin 'too little space to stage the update: exit 2 before a byte is fetched'
big_site
if needs_root && mounted "$CLIENT" size=2m; then
	before=$(look "$CLIENT" "$STATE" "$T/pc")
	run cli_nt
	want_code 2
	want_err "cli_nt: $CLIENT: "
	want_err ' KiB are needed to stage the update, '
	want_untouched "$before" "$CLIENT" "$STATE" "$T/pc"
	umount "$CLIENT"
fi

begin 'the disk is full while fetching (no inode left): exit 2, nothing is left'
if needs_root && mounted "$CLIENT" size=64m,nr_inodes=16; then
	before=$(look "$CLIENT" "$STATE" "$T/pc")
	run cli_nt
	want_code 2
	want_err 'cli_nt: '
	want_err 'no space left'
	[ "$(printf '%s\n' "$err" | wc -l)" = 1 ] || fail "it said: $err"
	want_untouched "$before" "$CLIENT" "$STATE" "$T/pc"
	mount -o remount,nr_inodes=1000 "$CLIENT"
	run cli_nt
	want_code 0
	want_installed
	umount "$CLIENT"
fi

begin 'the disk is full in the middle of a file: exit 2, nothing is left'
big_site
if needs strace; then
	before=$(look "$CLIENT" "$STATE" "$T/pc")
	run env ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -P "$CLIENT/.stage/$(basename "$(stored 'BIN\\big')").$(printf 'BIN/big|%s000000000|0' "$(stat -c %Y "$SRC/BIN/big")" | sha256sum | cut -c 1-16)" \
	    -e inject=write:error=ENOSPC:when=3+ \
	    "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 2
	want_err 'no space left'
	want_untouched "$before" "$CLIENT" "$STATE" "$T/pc"
fi

begin 'the disk of STATE is full when the journal is written: exit 2, as before'
if needs_root && mounted "$STATE" size=64k; then
	ini_before=$(look "$T/pc")
	head -c 100000 /dev/zero >"$STATE/filler" 2>/dev/null
	before=$(look "$CLIENT/BIN" "$CLIENT/EXTRA" "$STATE" "$T/pc")
	run cli_nt
	want_code 2
	want_err "cli_nt: $STATE"
	want_err 'no space left'
	want_untouched "$before" "$CLIENT/BIN" "$CLIENT/EXTRA" "$STATE" "$T/pc"
	want_untouched "$ini_before" "$T/pc"
	rm "$STATE/filler"
	run cli_nt
	want_code 0
	want_installed
	cp -a "$STATE" "$T/.state"
	umount "$STATE"
	rm -rf "$STATE"
	mv "$T/.state" "$STATE"
fi

begin 'a client root that is mounted read-only: exit 2, one line, not a request'
big_site
rm -f "$ROOT"/ccr.box/*.CCR
if needs_root && mounted "$CLIENT" size=64m; then
	mount -o remount,ro "$CLIENT"
	before=$(look "$CLIENT" "$STATE" "$T/pc")
	run cli_nt
	want_code 2
	[ "$err" = "cli_nt: $CLIENT: the file system is read-only" ] || fail "it said: $err"
	want_untouched "$before" "$CLIENT" "$STATE" "$T/pc"
	[ -z "$(find "$ROOT/ccr.box" -type f)" ] || fail 'a request was made'
	run cli_nt /n
	want_code 0
	want_out ' BIN/big  (new in the list)'
	mount -o remount,rw "$CLIENT"
	run cli_nt
	want_code 0
	umount "$CLIENT"
fi

# Servers that go away, and runs that are killed. The policy slows the fetching.

slow_site() {
	new_site
	add BIN/1first 'first'
	ready
	head -c 300000 /dev/urandom >"$SRC/BIN/2second"
	head -c 300000 /dev/urandom >"$SRC/BIN/3third"
	add BIN/1first 'first, changed'
	add BIN/4fourth 'fourth'
	release
	printf '[Security]\r\nAllowUnsigned=yes\r\n[Limits]\r\nBandwidth=250K\r\n' >"$POLICY"
}

piece_there() {
	[ -n "$(find "$CLIENT/.stage" -name "$(basename "$(stored "$1")").*" 2>/dev/null)" ]
}

# start SLOW cli_nt in the background: $pid
start_slow() {
	"$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" >"$T/.slow" 2>&1 </dev/null &
	pid=$!
	wait_for piece_there 'BIN\\2second' || fail 'it did not begin to fetch'
}

ended() {
	wait $pid
	ended_code=$?
	cat "$T/.slow" >&2
	return $ended_code
}

begin 'a logon root that vanishes while files are fetched: 69, nothing is changed'
slow_site
before=$(look "$CLIENT/BIN" "$STATE" "$T/pc")
start_slow
mv "$ROOT" "$ROOT.gone"
run ended
want_code 69
want_err "cli_nt: $ROOT/store/"
mv "$ROOT.gone" "$ROOT"
want_untouched "$before" "$CLIENT/BIN" "$STATE" "$T/pc"

begin '... the next run completes and fetches no piece again that is whole'
piece_there 'BIN\\1first' || fail 'the first piece is not kept'
printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"
if needs strace; then
	traced openat
	want_code 0
	want_installed
	for name in 1first 2second; do
		grep -q "<$(stored "BIN\\\\$name")>" "$T/.trace" && fail "$name was fetched again"
	done
	grep -q "<$(stored 'BIN\\4fourth')>" "$T/.trace" || fail 'the fourth was not fetched'
	want_same "$SRC/BIN/2second" "$CLIENT/BIN/2second"
	want_text "$CLIENT/BIN/1first" 'first, changed'
fi

begin 'a run that is killed while it fetches: nothing is changed, the next completes'
slow_site
before=$(look "$CLIENT/BIN" "$T/pc")
start_slow
kill -9 $pid
run ended
want_code 137
want_untouched "$before" "$CLIENT/BIN" "$T/pc"
printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"
run cli_nt
want_code 0
want_installed
want_same "$SRC/BIN/3third" "$CLIENT/BIN/3third"

begin 'a run that is asked to stop ends with 75, and the next completes'
slow_site
before=$(look "$CLIENT/BIN" "$STATE" "$T/pc")
start_slow
kill -TERM $pid
run ended
want_code 75
want_untouched "$before" "$CLIENT/BIN" "$STATE" "$T/pc"
printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"
run cli_nt
want_code 0
want_installed

begin 'a second run while the first one fetches: 75; the first one completes'
slow_site
printf '[Security]\r\nAllowUnsigned=yes\r\n[Limits]\r\nBandwidth=1M\r\n' >"$POLICY"
start_slow
run cli_nt
want_code 75
want_err "cli_nt: $STATE: another client setup is at work; try later"
run ended
want_code 0
want_installed
