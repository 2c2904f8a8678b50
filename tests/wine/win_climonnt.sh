#!/bin/sh
# climonnt.exe: it takes up what programs of Windows and of Linux lay into INVDATA,
# starts cli_nt.exe, ends when it is asked to, and is replaced while it runs.
#
# Two figures are printed and not judged: how long a .raw takes to the box, and
# what the program asks of the system while it sleeps.
. "$(dirname "$0")/lib.sh"

digits=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
monitor=
hold_id=

clean_hook() {
	touch "$T/end"
	[ -z "$monitor" ] || kill -CONT "$monitor" 2>/dev/null
	for prefix in $sessions; do
		WINEPREFIX=$prefix wineserver -k
		WINEPREFIX=$prefix wineserver -w
	done
}

# compile NAME: tests/wine/NAME.c
compile() {
	x86_64-w64-mingw32-gcc -municode -O1 -Wall -o "$T/$1.exe" \
	    "$top/tests/wine/$1.c" || fail "$1.c does not compile"
}

# exe NAME: one of ours where nobody else may write, with a drive's name.
exe() {
	printf 'T:\\bin\\%s.exe' "$1"
}

# A site, and a client that has followed it.
start() {
	session
	drive t "$T"
	new_site
	new_client
	CLIENT="$T/sys/Program Files/MS/SMS"
	STATE_ROOT=$T/sys/ProgramData/MS/SMS
	INVDATA=$STATE_ROOT/INVDATA
	LOG=$STATE_ROOT/LOGS/CLIMON.LOG
	BOX=$ROOT/inventry.box
	mkdir -p "$T/bin"
	cp "$WIN_BIN/cli_nt.exe" "$WIN_BIN/climonnt.exe" "$T/bin"
	printf '[Component STANDARD]\r\nType=files\r\n[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\n' >"$SRC/components.ini"
	add DATA/a one
	add EXTRA/b one
	program one cli_nt
	program one climonnt
	release
	run win "$(exe cli_nt)" /p:T:/root /i:T:/pc/SMS.INI /c:T:/policy.ini
	want_code 0
}

# program GENERATION NAME: the site's; with something behind its end it is
# another one, and runs.
program() {
	mkdir -p "$SRC/BIN"
	cp "$WIN_BIN/$2.exe" "$SRC/BIN/$2.exe"
	printf '%s' "$1" >>"$SRC/BIN/$2.exe"
}

# The session's system root is a folder of a drive.
win() {
	SMS_SYSROOT='T:\sys' SMS_HOST=$host launched "$@"
}

# in_background COMMAND...: $monitor is the process of Linux that runs it, which
# becomes that of a program of Windows: a shell between would get the signals.
in_background() {
	(
		export SMS_SYSROOT='T:\sys' SMS_HOST="$host"
		exec "$@" >"$T/mon.out" 2>"$T/mon.err" </dev/null
	) &
	monitor=$!
}

# monitor_of WORD...: the end of its command line.
monitor_of() {
	: >"$LOG"
	in_background wine "$@" /p:T:/root /i:T:/pc/SMS.INI /c:T:/policy.ini /v
	wait_for waits 1 ||
		fail "it does not wait: $(head -c 300 "$T/mon.err" "$LOG")"
}

waits() {
	[ "$(grep -c 'waiting for inventories' "$LOG")" -ge "$1" ]
}

gone() {
	! kill -0 "$monitor" 2>/dev/null
}

# monitor_ends: by itself; $code is its exit code.
monitor_ends() {
	wait_for gone || {
		fail 'it does not end'
		kill -KILL "$monitor"
	}
	wait "$monitor"
	# shellcheck disable=SC2034 # want_code reads it
	code=$?
	monitor=
}

# put_raw NAME: by a process of Linux, as our own writers do it.
put_raw() {
	raw_text "$1" >"$INVDATA/.$1.tmp"
	mv "$INVDATA/.$1.tmp" "$INVDATA/$1.raw"
}

raw_text() {
	printf 'SMSRAW 1 PL2ABC %s\r\nEND %s\r\n' "$1" "$digits"
}

empty_box() {
	wait_for taken_up || fail "in INVDATA: $(ls -A "$INVDATA")"
	rm -f "$BOX"/*.RAW
}

taken_up() {
	[ -z "$(find "$INVDATA" -mindepth 1)" ]
}

# In the box there is one file that says NAME.
sent() {
	[ "$(grep -l "PL2ABC $1"'.$' "$BOX"/*.RAW 2>/dev/null | wc -l)" -eq 1 ]
}

follows() {
	[ "$(ini "$INI" SMS CopyListVersion)" = "$(version_of)" ] &&
		[ "$(ini "$INI" Local SetupPhase)" = installed ]
}

# A new list is there; what came up brought the client to it.
want_follow() {
	wait_for follows || wait_for follows ||
		fail "list $(ini "$INI" SMS CopyListVersion): $(tail -n 3 "$LOG")"
}

want_sent() {
	wait_for sent "$1" || fail "$1.raw did not go up: $(ls -A "$INVDATA")"
}

begin 'wine: climonnt takes up what a program of Linux lays there, and starts cli_nt'
if needs_built; then
	compile hold
	start
	monitor_of "$(exe climonnt)"
	add DATA/a two
	release
	put_raw linux
	want_sent linux
	want_follow
	want_text "$CLIENT/DATA/a" two
	wait_for taken_up || fail "in INVDATA: $(ls -A "$INVDATA")"
	[ -z "$(find "$BOX" "$INVDATA" -name '*.clm' -o -name '*.tmp')" ] ||
		fail "left over: $(ls -A "$BOX" "$INVDATA")"
fi

# Those that are made in their place are not whole at first, and in use.
begin 'wine: ... and what cmd.exe writes, copies and renames there'
if needs_built; then
	raw_text copied >"$T/whole"
	raw_text renamed >"$T/sys/renamed"
	printf '@cd /d T:\\sys\\ProgramData\\MS\\SMS\\INVDATA\r\n@echo SMSRAW 1 PL2ABC echoed>echoed.raw\r\n@echo END %s>>echoed.raw\r\n@copy T:\\whole copied.raw >nul\r\n@copy T:\\sys\\renamed new.tmp >nul\r\n@ren new.tmp renamed.raw\r\n' \
	    "$digits" >"$T/lay.bat"
	add DATA/a three
	release
	run win cmd /c 'T:\lay.bat'
	want_code 0
	for name in echoed copied renamed; do
		want_sent $name
	done
	want_follow
	want_text "$CLIENT/DATA/a" three
fi

begin 'wine: a second climonnt says so and ends with 75'
if needs_built; then
	run win "$(exe climonnt)" /p:T:/root /i:T:/pc/SMS.INI
	want_code 75
	want_err 'another climonnt of this user runs'
	run win "$(exe climonnt)" /p:T:/root /i:T:/pc/SMS.INI /o
	want_code 75
	cp "$INI" "$T/pc/OTHER.INI"
	run win "$(exe climonnt)" /p:T:/root /i:T:/pc/OTHER.INI /o
	want_code 0
fi

# Hints of 2200 names are many times what is kept for a folder. (Wine keeps them
# all; test_watch has a folder with no room for one.)
begin 'wine: none is lost when there is more than climonnt can be told of'
if needs_built; then
	empty_box
	kill -STOP "$monitor"
	awk -v d="$INVDATA" -v end="$digits" 'BEGIN {
		for (i = 0; i < 2000; i++) {
			f = d "/passes-by-" i ".tmp"
			printf "" >f
			close(f)
		}
		for (i = 0; i < 200; i++) {
			f = d "/inventory-of-plant-" i ".raw"
			printf "SMSRAW 1 PL2ABC %d\r\nEND %s\r\n", i, end >f
			close(f)
		}
	}'
	find "$INVDATA" -name 'passes-by-*' -delete
	kill -CONT "$monitor"
	wait_for taken_up || wait_for taken_up || wait_for taken_up ||
		fail "$(find "$INVDATA" -type f | wc -l) are left"
	cat "$BOX"/*.RAW | sed -n 's/^SMSRAW 1 PL2ABC \([0-9]*\).$/\1/p' |
		sort -n >"$T/came"
	seq 0 199 >"$T/all"
	want_same "$T/all" "$T/came"
	put_raw after
	want_sent after
fi

# Looked at without a pause: a look every 50 ms would be the figure itself.
begin 'wine: what a .raw takes to the box'
if needs_built; then
	: >"$T/times"
	n=0
	while [ $n -lt 20 ]; do
		n=$((n + 1))
		empty_box
		raw_text "time-$n" >"$T/next.raw"
		begun=$(date +%s%N)
		mv "$T/next.raw" "$INVDATA/$n.raw"
		looks=0
		while [ $looks -lt 1000000 ]; do
			set -- "$BOX"/*.RAW
			[ ! -e "$1" ] || break
			looks=$((looks + 1))
		done
		echo $((($(date +%s%N) - begun) / 10000)) >>"$T/times"
		want_sent "time-$n"
	done
	sort -n "$T/times" | awk '{ t[NR] = $1 / 100 } END {
		print "# wine: a .raw is in the box after " t[10] " ms (median of " \
		    NR ", longest " t[NR] " ms)" }'
fi

# calls SECONDS: what its threads ask of Linux in that time.
calls() {
	timeout -s INT "$1" strace -f -qq -o "$T/calls" -p "$monitor" \
	    >/dev/null 2>&1
	# What a thread was in when we came, and is still.
	grep -vcE ' (resumed|<unfinished)|<detached|restart_syscall|SIGSTOP' "$T/calls" || :
}

sleeps() {
	[ "$(calls 0.3)" -eq 0 ]
}

begin 'wine: while climonnt sleeps it asks nothing, whatever comes elsewhere'
if needs_built && needs strace; then
	empty_box
	# What it still does for the last one is none of sleep.
	wait_for sleeps || fail 'it does not come to rest'
	idle=$(calls 5)
	calls 2 >"$T/elsewhere" &
	tracer=$!
	sleep 0.5
	n=0
	while [ $n -lt 500 ]; do
		n=$((n + 1))
		: >"$STATE_ROOT/LOGS/other-$n"
		: >"$STATE_ROOT/other-$n"
		: >"$ROOT/other-$n"
		: >"$T/pc/other-$n"
	done
	wait "$tracer"
	busy=$(cat "$T/elsewhere")
	rm -f "$STATE_ROOT"/LOGS/other-* "$STATE_ROOT"/other-* "$ROOT"/other-* \
	    "$T"/pc/other-*
	echo "# wine: climonnt asks $idle times of the system in 5 s of sleep, $busy times while 2000 files come elsewhere"
	[ "$busy" -le "$idle" ] || fail "$busy calls, $idle without: $(head -n 3 "$T/calls")"
	# What comes to INVDATA is seen so.
	calls 1 >"$T/awake" &
	tracer=$!
	sleep 0.5
	put_raw awake
	want_sent awake
	wait "$tracer"
	[ "$(cat "$T/awake")" -gt 20 ] || fail 'its calls are not seen'
fi

begin 'wine: what waits for a restart is said once'
if needs_built; then
	rm -f "$T/ready" "$T/end"
	wine "$T/hold.exe" 'T:\sys\Program Files\MS\SMS\EXTRA\b' 0 'T:\ready' 'T:\end' &
	hold_id=$!
	wait_for test -e "$T/ready" || fail 'the file cannot be held'
	add EXTRA/b two
	release
	put_raw one
	wait_for grep -q 'ended with exit code 3010' "$LOG" ||
		fail "$(tail -n 3 "$LOG")"
	told='restart this machine to complete the update of EXTRA to copy list'
	wait_for grep -q "$told $(version_of)" "$T/mon.err" ||
		fail "it said: $(cat "$T/mon.err")"
	touch "$T/end"
	wait "$hold_id"
	hold_id=
	[ "$(grep -c "$told" "$T/mon.err")" -eq 1 ] || fail 'it is said twice'
	want_text "$LOG" "$told"
fi

# Wine makes Ctrl+C of SIGINT. It has no way to press Ctrl+Break, which the same
# handler hears.
begin 'wine: Ctrl+C ends climonnt with 0'
if needs_built; then
	kill -INT "$monitor"
	monitor_ends
	want_code 0
	run win "$(exe climonnt)" /p:T:/root /i:T:/pc/SMS.INI /c:T:/policy.ini /o
	want_code 0
fi

begin 'wine: a new climonnt.exe that is none, or ends at once, leaves the old one at work'
if needs_built; then
	monitor_of 'T:\sys\Program Files\MS\SMS\BIN\climonnt.exe'
	add BIN/climonnt.exe 'MZ and nothing else'
	release
	put_raw broken
	wait_for grep -q 'climonnt.exe: cannot be started' "$LOG" ||
		fail "no word of what is no program: $(tail -n 3 "$LOG")"
	cp "$WIN_BIN/cliver.exe" "$SRC/BIN/climonnt.exe"
	release
	put_raw other
	wait_for grep -q 'ends at once, with exit code [0-9]*; the old one goes on' "$LOG" ||
		fail "no word of another program: $(tail -n 3 "$LOG")"
	want_same "$WIN_BIN/cliver.exe" "$CLIENT/BIN/climonnt.exe"
	put_raw still
	want_sent still
	# Its lock is its own again.
	run win "$(exe climonnt)" /p:T:/root /i:T:/pc/SMS.INI /o
	want_code 75
fi

begin 'wine: climonnt.exe and cli_nt.exe replace themselves while both run'
if needs_built; then
	: >"$LOG"
	program two climonnt
	program two cli_nt
	release
	put_raw news
	want_follow
	want_same "$SRC/BIN/climonnt.exe" "$CLIENT/BIN/climonnt.exe"
	want_same "$SRC/BIN/cli_nt.exe" "$CLIENT/BIN/cli_nt.exe"
	wait_for grep -q 'climonnt.exe: replaced; the new one takes over' "$LOG" ||
		fail "it does not see the new one: $(tail -n 3 "$LOG")"
	wait_for waits 1 || fail "the new one does not wait: $(tail -n 3 "$LOG")"
	# The old one ends when the new one has proved good.
	monitor_ends
	want_code 0
	empty_box
	add DATA/a four
	release
	put_raw last
	want_sent last
	want_follow
	run win "$(exe climonnt)" /p:T:/root /i:T:/pc/SMS.INI /o
	want_code 75
	# The names that the old programs had to give up.
	run win "$(exe cli_nt)" /p:T:/root /i:T:/pc/SMS.INI /c:T:/policy.ini /f
	want_code 0
	left=$(find "$CLIENT" -name '*.tmp' -o -name '.stage')
	[ -z "$left" ] || fail "left over: $left"
fi
