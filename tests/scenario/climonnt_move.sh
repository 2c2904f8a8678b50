#!/bin/sh
# climonnt: .raw files go up to the site, whole and once, or stay.
# shellcheck disable=SC2034 # monitor.sh and lib.sh use what is set here
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/monitor.sh"

begin 'file arrives as it was, named after its client'
new_monitor
put_raw a.raw 'some inventory'
cp "$INVDATA/a.raw" "$T/copy"
name=PL2ABC-$(stat -c '%.9Y' "$INVDATA/a.raw" | tr -d .)-$(stat -c %s "$INVDATA/a.raw").RAW
run climonnt /o
want_code 0
want_no_err
want_same "$BOX/$name" "$T/copy"
want_no_file "$INVDATA/a.raw"
want_clean

begin 'file that was sent before is not sent twice'
new_monitor
put_raw a.raw
name=PL2ABC-$(stat -c '%.9Y' "$INVDATA/a.raw" | tr -d .)-$(stat -c %s "$INVDATA/a.raw").RAW
cp "$INVDATA/a.raw" "$BOX/$name"
run climonnt /o
want_code 0
[ "$(in_box)" -eq 1 ] || fail 'sent twice'
want_no_file "$INVDATA/a.raw"
want_clean

begin 'files of one size and one time all go up'
new_monitor
for i in 1 2 3; do
	put_raw $i.raw $i
	touch -d '2026-11-20 12:00' "$INVDATA/$i.raw"
done
run climonnt /o
want_code 0
[ "$(in_box)" -eq 3 ] || fail "$(in_box) of 3 went up"
want_clean

begin 'what is no file is left alone and told once'
new_monitor
root_offers 200
mkdir "$INVDATA/folder.raw"
mkfifo "$INVDATA/fifo.raw"
echo secret >"$T/secret"
ln -s "$T/secret" "$INVDATA/link.raw"
ln "$T/secret" "$INVDATA/hard.raw"
start_monitor
twice() { grep -q 'hard.raw: left alone: it has a second name' "$LOG"; }
wait_for twice || fail 'the hard link was not told'
put_raw a.raw
wait_for starts 1 || fail 'cli_nt was not started'
put_raw b.raw b
wait_for sent 2 || fail 'good files wait for bad ones'
stop_monitor
want_code 0
[ "$(in_box)" -eq 2 ] || fail 'something else went up'
[ "$(count "$T/mon.err")" -eq 4 ] || fail "told: $(cat "$T/mon.err")"
want_file "$INVDATA/folder.raw"
want_file "$INVDATA/hard.raw"
want_text "$INVDATA/link.raw" secret
grep -q 'copy list 200, another.*' "$LOG" || fail 'no check'
checked 3 && fail 'they were news'
want_clean

begin 'link in place of inventry.box is not followed'
new_monitor
put_raw a.raw
mkdir "$T/elsewhere"
rmdir "$BOX"
ln -s "$T/elsewhere" "$BOX"
run climonnt /o
want_code 0
want_err 'inventories stay here for now: a link stands in the path'
want_file "$INVDATA/a.raw"
[ -z "$(ls "$T/elsewhere")" ] || fail 'it was followed'
rm -rf "$T/elsewhere"

begin 'files stay while the server is away'
new_monitor
put_raw a.raw
mv "$T/root" "$T/away"
run climonnt /o
want_code 69
want_err 'server not reachable'
want_file "$INVDATA/a.raw"
mv "$T/away" "$T/root"
run climonnt /o
want_code 0
[ "$(in_box)" -eq 1 ] || fail 'not moved when it came back'
want_clean

begin 'server that goes away is told of once'
new_monitor
start_monitor
mv "$T/root" "$T/away"
put_raw a.raw
wait_for grep -q 'server not reachable' "$T/mon.err" || fail 'nothing was told'
put_raw b.raw b
put_raw c.raw c
all_looked_at
[ "$(told)" -eq 1 ] || fail "told: $(cat "$T/mon.err")"
[ "$(grep -c 'not reachable' "$LOG")" -eq 1 ] || fail 'it was asked at each file'
stop_monitor
want_code 0
mv "$T/away" "$T/root"
run climonnt /o
want_code 0
[ "$(in_box)" -eq 3 ] || fail "$(in_box) of 3 files went up"

begin 'share without inventry.box keeps nothing from the setup'
new_monitor
root_offers 200
rmdir "$BOX"
start_monitor
put_raw a.raw
wait_for starts 1 || fail 'cli_nt was not started'
wait_for grep -q 'no inventry.box' "$T/mon.err" || fail 'nothing was told'
put_raw b.raw b
wait_for checked 2 || fail 'no check for the next file'
all_looked_at
checked 3 && fail 'a file that stays is news again and again'
stop_monitor
[ "$(told)" -eq 1 ] || fail "told: $(cat "$T/mon.err")"
want_file "$INVDATA/a.raw"
want_clean

begin 'claim of a mover that died goes up in the end'
new_monitor
put_raw a.raw
mv "$INVDATA/a.raw" "$INVDATA/a.raw.0000000000000001.clm"
run climonnt /o
want_code 0
[ "$(in_box)" -eq 1 ] || fail 'it stays claimed'
want_clean

begin 'mover that is killed anywhere loses nothing and sends nothing twice'
if command -v strace >/dev/null 2>&1; then
	new_monitor
	n=0
	for call in renameat2 openat write fsync unlinkat clone poll; do
		k=0
		while [ $k -lt 30 ]; do
			k=$((k + 1))
			find "$INVDATA" "$BOX" -type f -exec rm -f {} +
			put_raw a.raw $k
			cp -p "$INVDATA/a.raw" "$T/copy"
			ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e trace=$call \
				-e inject=$call:signal=SIGKILL:when=$k \
				"$PROGRAM" /p:"$T/root" /i:"$INI" /o >"$T/.out" 2>&1
			killed=$?
			# The next one has the lock and finds the claim.
			ASAN_OPTIONS=detect_leaks=0 run climonnt /o
			[ "$code" -eq 0 ] || fail "$call $k: exit $code after the kill: $err"
			[ "$(in_box)" -eq 1 ] || fail "$call $k: $(in_box) files at the site"
			cmp -s "$T/copy" "$(find "$BOX" -name '*.RAW')" || fail "$call $k: content"
			[ -z "$(ls "$INVDATA")" ] || fail "$call $k: left $(ls "$INVDATA")"
			[ $killed -ge 128 ] || break
			n=$((n + 1))
		done
	done
	[ $n -ge 20 ] || fail "only $n kills"
else
	skip 'no strace'
fi

begin 'file that may not be renamed is told of once'
if [ "$(id -u)" = 0 ] && as_nobody test -x "$T"; then
	new_monitor
	root_offers 200
	chmod 1777 "$INVDATA"
	chmod 777 "$T/sys" "${LOG%/*}" "$BOX" "$T"
	put_raw a.raw
	# $T/starts and the log belong to him, too.
	: >"$STARTS"
	chmod 666 "$STARTS"
	# No word of lib.sh: its number would be that of a shell.
	setpriv --reuid=65534 --regid=65534 --clear-groups "$PROGRAM" /p:"$T/root" /i:"$INI" >"$T/mon.out" 2>"$T/mon.err" </dev/null &
	monitor_pid=$!
	wait_for starts 1 || fail 'cli_nt was not started'
	wait_for grep -q 'a.raw: cannot be moved: permission denied' "$T/mon.err" ||
		fail 'nothing was told'
	as_nobody sh -c "echo x >'$INVDATA/own.raw'"
	wait_for sent 1 || fail 'his own file was not moved'
	stop_monitor
	want_code 0
	[ "$(count "$T/mon.err")" -eq 1 ] || fail "told: $(cat "$T/mon.err")"
	want_file "$INVDATA/a.raw"
	chmod 755 "$T"
else
	skip 'needs root, and a folder that others may enter'
fi

begin 'name with a backslash keeps nothing from the others'
new_monitor
mkdir "$INVDATA/f"
echo secret >"$INVDATA/f/x.raw"
: >"$INVDATA/..\x.raw"
: >"$INVDATA/f\x.raw"
: >"$INVDATA/f\x.raw.0000000000000001.clm"
put_raw a.raw
run climonnt /o
want_code 0
want_err "files with a '/' or '\' in their names are left alone"
[ "$(printf '%s\n' "$err" | wc -l)" -eq 1 ] || fail "it said: $err"
[ "$(in_box)" -eq 1 ] || fail "$(in_box) files went up, not one"
want_no_file "$INVDATA/a.raw"
want_text "$INVDATA/f/x.raw" secret
want_file "$INVDATA/f\x.raw"
want_file "$INVDATA/f\x.raw.0000000000000001.clm"

begin 'file that may not be read keeps nothing from the others'
if [ "$(id -u)" = 0 ] && as_nobody test -x "$T"; then
	new_monitor
	chmod 1777 "$INVDATA"
	chmod 777 "$T/sys" "${LOG%/*}" "$BOX" "$T"
	as_nobody sh -c "cd '$INVDATA' && echo a >a.raw && echo b >b.raw && chmod 0 a.raw"
	run as_nobody "$PROGRAM" /p:"$T/root" /i:"$INI" /o
	want_code 0
	want_err 'a.raw: cannot be moved for now: permission denied'
	[ "$(printf '%s\n' "$err" | wc -l)" -eq 1 ] || fail "it said: $err"
	want_file "$INVDATA/a.raw"
	want_no_file "$INVDATA/b.raw"
	[ "$(in_box)" -eq 1 ] || fail "$(in_box) files went up, not one"
	chmod 755 "$T"
else
	skip 'needs root, and a folder that others may enter'
fi

begin 'inventory service has the files for itself'
new_monitor
root_offers 200
printf '[Setup State]\r\nMover=service\r\n' >>"$INI"
start_monitor
put_raw a.raw
wait_for starts 1 || fail 'cli_nt was not started'
all_looked_at
want_file "$INVDATA/a.raw"
stop_monitor

begin 'client without an SMS ID keeps its files'
new_monitor
printf '[SMS]\r\nCopyListVersion=100\r\n[Local]\r\nSetupPhase=installed\r\n' >"$INI"
put_raw a.raw
run climonnt /o
want_code 0
want_file "$INVDATA/a.raw"
client_has 100
run climonnt /o
want_code 0
want_no_file "$INVDATA/a.raw"
