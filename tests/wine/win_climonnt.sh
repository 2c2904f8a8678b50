#!/bin/sh
# climonnt.exe, the monitor: it notices inventories that programs of Windows and
# of Linux make, loses none when more comes than it is told of, brings the client
# up to date, and is replaced while it runs. How long it takes is printed.
. "$(dirname "$0")/lib.sh"

monitor=
digits=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

clean_hook() {
	[ -z "$monitor" ] || kill -CONT "$monitor" 2>/dev/null
	for prefix in $sessions; do
		WINEPREFIX=$prefix wineserver -k
		WINEPREFIX=$prefix wineserver -w
	done
	[ -z "$monitor" ] || wait "$monitor" 2>/dev/null
}

on() {
	SMS_SYSROOT='T:\sys' SMS_HOST=$host "$@"
}

cli_nt_exe() {
	on launched "$WIN_BIN/cli_nt.exe" /p:T:/root /i:T:/pc/SMS.INI \
	    /c:T:/policy.ini "$@"
}

# The program is run as what it is, not by a shell: signals are for it.
start_monitor() {
	SMS_SYSROOT='T:\sys' SMS_HOST=$host wine "$1" /p:T:/root /i:T:/pc/SMS.INI /c:T:/policy.ini /v \
	    >"$T/mon.out" 2>&1 </dev/null &
	monitor=$!
	wait_for grep -q 'waiting for inventories' "$LOG" ||
		fail "it does not wait: $(head -c 300 "$T/mon.out")"
}

taken_up() {
	[ -z "$(find "$INVDATA" -mindepth 1)" ]
}

# Both have gone up: none waits, and the box has N more than before.
went_up() {
	taken_up && [ "$(find "$BOX" -name '*.RAW' | wc -l)" -ge $((before + $1)) ]
}

count_box() {
	wait_for taken_up || fail "INVDATA holds $(ls "$INVDATA")"
	before=$(find "$BOX" -name '*.RAW' | wc -l)
}

put_raw() {
	printf 'SMSRAW 1 PL2ABC %s\r\nEND %s\r\n' "$1" "$digits" >"$INVDATA/.$1.tmp"
	mv "$INVDATA/.$1.tmp" "$INVDATA/$1.raw"
}

follows() {
	[ "$(ini "$INI" SMS CopyListVersion)" = "$(version_of)" ]
}

# program GENERATION NAME: a program with something behind its end is another
# one, and runs.
program() {
	mkdir -p "$SRC/BIN"
	cp "$WIN_BIN/$2.exe" "$SRC/BIN/$2.exe"
	printf '%s' "$1" >>"$SRC/BIN/$2.exe"
}

now() {
	date +%s%N
}

begin 'wine: a .raw of a program of Linux goes up, and the client follows the list'
if needs_built; then
	session
	drive t "$T"
	new_site
	new_client
	CLIENT="$T/sys/Program Files/MS/SMS"
	INVDATA=$T/sys/ProgramData/MS/SMS/INVDATA
	LOG=$T/sys/ProgramData/MS/SMS/LOGS/CLIMON.LOG
	BOX=$T/root/inventry.box
	add DATA/a one
	program one cli_nt
	program one climonnt
	release
	run cli_nt_exe
	[ "$code" -eq 0 ] || fail "the first install: exit $code: $err"
	start_monitor "$(path_of "$WIN_BIN/climonnt.exe")"
	add DATA/a two
	release
	count_box
	put_raw linux
	wait_for went_up 1 || fail "INVDATA holds $(ls "$INVDATA")"
	wait_for follows || fail "version $(ini "$INI" SMS CopyListVersion)"
	want_text "$CLIENT/DATA/a" two
fi

begin 'wine: ... and one of a program of Windows'
if needs_built; then
	add DATA/a three
	release
	count_box
	printf 'SMSRAW 1 PL2ABC x\r\nEND %s\r\n' "$digits" >"$T/whole"
	win cmd /c 'copy T:\whole T:\sys\ProgramData\MS\SMS\INVDATA\x.tmp && ren T:\sys\ProgramData\MS\SMS\INVDATA\x.tmp windows.raw' >"$T/copied" 2>&1
	wait_for went_up 1 || fail "INVDATA holds $(ls "$INVDATA"); $(cat "$T/copied")"
	wait_for follows || fail "version $(ini "$INI" SMS CopyListVersion)"
	want_text "$CLIENT/DATA/a" three
fi

# 300 names of 20 characters are more than the 16 KiB that are kept for it.
begin 'wine: none is lost when more comes than it is told of'
if needs_built; then
	count_box
	kill -STOP "$monitor"
	n=0
	while [ $n -lt 300 ]; do
		n=$((n + 1))
		put_raw "inventory-number-$n"
	done
	kill -CONT "$monitor"
	wait_for went_up 300 || wait_for went_up 300 || wait_for went_up 300 ||
		fail "$(find "$INVDATA" -type f | wc -l) are left"
fi

begin 'wine: how long it takes from a .raw to the box'
if needs_built; then
	: >"$T/times"
	n=0
	while [ $n -lt 20 ]; do
		n=$((n + 1))
		count_box
		begun=$(now)
		put_raw "time-$n"
		wait_for went_up 1 || fail "the $n. stays"
		echo $((($(now) - begun) / 1000000)) >>"$T/times"
	done
	# It is looked at every 50 ms.
	echo "# wine: from a .raw to the box: median $(sort -n "$T/times" | sed -n 10p) ms, longest $(sort -n "$T/times" | tail -n 1) ms of 20"
fi

begin 'wine: a second one of the user says so and ends with 75'
if needs_built; then
	run on launched "$WIN_BIN/climonnt.exe" /p:T:/root /i:T:/pc/SMS.INI /c:T:/policy.ini
	want_code 75
fi

begin 'wine: replaced while it runs it starts the new one, and nothing is left over'
if needs_built; then
	# Asked to stop by a console is what the tests of the platform try; a
	# signal of Linux ends it as the task manager does.
	kill -TERM "$monitor"
	wait "$monitor" 2>/dev/null
	: >"$LOG"
	start_monitor 'T:\sys\Program Files\MS\SMS\BIN\climonnt.exe'
	program two climonnt
	program two cli_nt
	release
	: >"$LOG"
	put_raw news
	wait_for follows || fail "version $(ini "$INI" SMS CopyListVersion)"
	want_same "$SRC/BIN/climonnt.exe" "$CLIENT/BIN/climonnt.exe"
	want_same "$SRC/BIN/cli_nt.exe" "$CLIENT/BIN/cli_nt.exe"
	# The old one has ended, and the new one waits.
	gone() { ! kill -0 "$monitor" 2>/dev/null; }
	wait_for gone || fail 'the old one does not end'
	kill -TERM "$monitor" 2>/dev/null
	wait "$monitor"
	monitor=
	wait_for grep -q 'waiting for inventories' "$LOG" ||
		fail "the new one does not wait: $(tail -n 3 "$LOG")"
	count_box
	put_raw last
	wait_for went_up 1 || fail 'the new one takes nothing up'
	# The old program stands aside until a run has something to do.
	run cli_nt_exe /f
	want_code 0
	want_no_file "$CLIENT/.stage"
fi
