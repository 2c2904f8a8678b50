#!/bin/sh
# ccm's queue with the real program: what it takes, what it does with it, and
# what is left when it is ended.
. "$(dirname "$0")/lib.sh"

BOX=$T/box
PCS=$T/pcs

new_box() {
	rm -rf "$BOX" "$PCS" "${T:?}/site"
	mkdir -p "$BOX" "$PCS"
}

# ask NAME MACHINE
ask() {
	printf '[NT Client Configuration Request]\r\nMachine Name=%s\r\n' "$2" \
	    >"$BOX/.made"
	mv "$BOX/.made" "$BOX/$1.CCR"
}

ccm() {
	SMS_SYSROOT=$T/site "$BIN/ccm" /p:"$ROOT" /q:"$BOX" /t:"$PCS/%m" \
	    /c:"$POLICY" "$@"
}

waiting() {
	find "$BOX" -name '*.[cC][cC][rR]' -type f | sed "s#^$BOX/##" | sort |
	    tr '\n' ' '
}

want_waiting() {
	[ "$(waiting)" = "$1" ] || fail "in the box: '$(waiting)', wanted '$1'"
}

# How often a machine was done, as the log says.
done_times() {
	grep -cF "[$1: done]" "$T/site/var/log/sms/CCM.LOG"
}

set_up() {
	new_site
	add BIN/ONE.EXE one
	add DATA/TWO.TXT two
	new_client
	release
}

begin 'ccm /once: a request brings a machine to the list and leaves'
if needs_root; then
	set_up
	new_box
	mkdir "$PCS/PC1"
	ask PL2A PC1
	run ccm /once /w:1
	want_code 0
	want_no_err
	want_waiting ''
	want_file "$PCS/PC1/BIN/ONE.EXE"
fi

begin 'ccm /once: an empty box is done'
if needs_root; then
	run ccm /once
	want_code 0
	want_no_err
fi

begin 'ccm /once: a machine that cannot be reached waits in retry, in one file: exit 1'
if needs_root; then
	new_box
	ask PL2A NOBODY
	ask PL2B NOBODY
	run ccm /once
	want_code 1
	want_err 'ccm: NOBODY: error '
	want_waiting 'retry/PL2A.CCR '
	want_text "$BOX/retry/PL2A.CCR" 'Client Request Count=2'
	want_text "$BOX/retry/PL2A.CCR" 'Number of Processing Attempts=1'
	run ccm /once
	want_code 1
	want_text "$BOX/retry/PL2A.CCR" 'Number of Processing Attempts=1'
	touch -d '2 minutes ago' "$BOX/retry/PL2A.CCR"
	run ccm /once
	want_text "$BOX/retry/PL2A.CCR" 'Number of Processing Attempts=2'
	mkdir "$PCS/NOBODY"
	mv "$BOX/retry/PL2A.CCR" "$BOX"
	run ccm /once
	want_code 0
	want_waiting ''
fi

begin 'ccm /once: the clock an hour back and on to 2099'
if needs_root; then
	new_box
	ask PL2A NOBODY
	run ccm /once
	run env SMS_CLOCK=-3600 "$BIN/ccm" /p:"$ROOT" /q:"$BOX" /t:"$PCS/%m" \
	    /c:"$POLICY" /once
	want_text "$BOX/retry/PL2A.CCR" 'Number of Processing Attempts=2'
	run env SMS_CLOCK=+299592000 "$BIN/ccm" /p:"$ROOT" /q:"$BOX" \
	    /t:"$PCS/%m" /c:"$POLICY" /once
	want_code 1
	want_waiting 'failed/PL2A.CCR '
fi

begin 'ccm /once: what is no request goes to failed, a link as itself; a pipe stays'
if needs_root; then
	new_box
	ask PL2A 'a=b'
	ask PL2B 'SIXTEEN-LETTERS-'
	: >"$BOX/EMPTY.CCR"
	ln -s /etc/passwd "$BOX/LINK.CCR"
	mkfifo "$BOX/PIPE.CCR"
	mkdir "$BOX/FOLDER.CCR"
	head -c 1048576 /dev/zero >"$BOX/BIG.CCR"
	run ccm /once
	want_code 1
	want_waiting 'failed/BIG.CCR failed/EMPTY.CCR failed/PL2A.CCR failed/PL2B.CCR '
	[ -h "$BOX/failed/LINK.CCR" ] || fail 'the link is not in failed'
	[ -p "$BOX/PIPE.CCR" ] || fail 'the pipe is gone'
	want_file "$BOX/FOLDER.CCR"
fi

begin 'ccm: policy says which machines; the others are refused unseen'
if needs_root; then
	new_box
	mkdir "$PCS/PC1" "$PCS/OTHER"
	printf '[Machines]\r\nAllow=PC[0-9]+\r\n' >>"$POLICY"
	ask PL2A PC1
	ask PL2B OTHER
	run ccm /once
	want_code 1
	want_waiting 'failed/PL2B.CCR '
	want_file "$PCS/PC1/BIN/ONE.EXE"
	want_no_file "$PCS/OTHER/BIN"
fi

begin 'ccm as a service: a request is seen, and a stop ends it'
if needs_root; then
	set_up
	new_box
	mkdir "$PCS/PC1"
	ccm >"$T/.service" 2>&1 </dev/null &
	service=$!
	wait_for test -d "$BOX/failed" || fail 'it does not begin'
	ask PL2A PC1
	wait_for test -f "$PCS/PC1/BIN/ONE.EXE" || fail 'the request is not seen'
	wait_for test ! -e "$BOX/PL2A.CCR"
	program=$(pgrep -P $service) || program=$service
	kill "$program"
	wait $service || fail "it ended otherwise: $(cat "$T/.service")"
	want_waiting ''
	left=$(find "$BOX/processing" -mindepth 1 -maxdepth 1 ! -name machines)
	[ -z "$left" ] || fail "left behind: $left"
fi

begin 'two ccm on one box: no request is lost and none done twice, though one is killed'
if needs_root; then
	set_up
	new_box
	for n in 1 2 3 4 5 6 7 8 9; do
		for m in 0 1 2 3 4; do
			mkdir "$PCS/PC$n$m"
			ask "PL2$n$m" "PC$n$m"
		done
	done
	ccm /once /w:1 >/dev/null 2>&1 </dev/null &
	one=$!
	ccm /once /w:1 >/dev/null 2>&1 </dev/null &
	two=$!
	wait_for test -f "$PCS/PC11/BIN/ONE.EXE"
	kill -9 "$(pgrep -P $one || echo $one)" 2>/dev/null
	wait $one
	wait $two
	run ccm /once
	want_code 0
	want_waiting ''
	for pc in "$PCS"/*; do
		want_file "$pc/BIN/ONE.EXE"
		[ "$(done_times "$(basename "$pc")")" -le 1 ] ||
			fail "$pc was done more than once"
	done
fi

# held COMMAND...: while the locks of all machines are somebody else's.
held() {
	python3 - "$BOX/processing/machines" "$@" <<-'END'
		import fcntl, os, subprocess, sys
		held = []
		for i in range(256):
		    held.append(open(os.path.join(sys.argv[1], "%02x" % i), "w"))
		    fcntl.flock(held[-1], fcntl.LOCK_EX)
		sys.exit(subprocess.call(sys.argv[2:]))
	END
}

begin 'ccm /once: what another instance has in work waits in the box: exit 75'
if needs_root; then
	set_up
	new_box
	mkdir "$PCS/PC1"
	run ccm /once
	want_code 0
	ask PL2A PC1
	run held env SMS_SYSROOT="$T/site" "$BIN/ccm" /p:"$ROOT" /q:"$BOX" \
	    /t:"$PCS/%m" /c:"$POLICY" /once
	want_code 75
	want_waiting 'PL2A.CCR '
	run ccm /once
	want_code 0
	want_waiting ''
fi

begin 'ccm /once: instances that meet at a lock are no failure'
if needs_root; then
	for n in 1 2 3 4 5 6 7 8 9; do
		for m in 1 2 3 4 5 6 7 8 9; do
			mkdir -p "$PCS/PC$n$m"
			ask "PL2$n$m" "PC$n$m"
		done
	done
	for try in 1 2 3; do
		run ccm /once /w:4
		[ "$code" -eq 0 ] || fail "try $try: exit $code: $err"
		for n in 1 2 3 4 5 6 7 8 9; do
			for m in 1 2 3 4 5 6 7 8 9; do
				ask "PL2$n$m" "PC$n$m"
			done
		done
	done
fi

begin 'ccm: a box that is not there, and no logon server'
if needs_root; then
	run env SMS_SYSROOT="$T/site" "$BIN/ccm" /q:"$T/nowhere" /t:"$PCS/%m" /once
	want_code 2
	want_err "$T/nowhere"
	run env SMS_SYSROOT="$T/site" "$BIN/ccm" /p:"$T/nowhere" /t:"$PCS/%m" /once
	want_code 69
	run ccm /w:65 /once
	want_code 64
fi

begin 'ccm: after each pass the inventories of the logon root are checked'
if needs_root; then
	set_up
	new_box
	printf 'no inventory\r\n' >"$ROOT/inventry.box/PL2A-1-14.RAW"
	run ccm /once
	want_no_file "$ROOT/inventry.box/PL2A-1-14.RAW"
	[ "$(find "$ROOT/inventry.box/badraws" -type f | wc -l)" -eq 1 ] ||
		fail 'it is not in badraws'
fi
