#!/bin/sh
# Files that are in use while cli_nt.exe places new ones: programs that run, its
# own among them, and files that somebody holds. A program of Windows is in use as
# long as it runs; the exit code is read by a batch file, for what a session hands
# on has eight bits.
. "$(dirname "$0")/lib.sh"

hold_id=

clean_hook() {
	touch "$T/end"
	[ -z "$hold_id" ] || wait "$hold_id"
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

# hold FILE SHARE|lock: somebody has the file open until `release_hold`.
hold() {
	rm -f "$T/ready" "$T/end"
	wine "$T/hold.exe" "$(of_drive "$1")" "$2" 'T:\ready' 'T:\end' &
	hold_id=$!
	wait_for test -e "$T/ready" || fail "$1 cannot be held"
}

release_hold() {
	touch "$T/end"
	wait "$hold_id"
	hold_id=
}

# of_drive FILE: its name in the session.
of_drive() {
	printf 'T:%s' "${1#"$T"}" | tr / "\\\\"
}

# client WORD...: the program of the release build, as a batch file runs it;
# $code is all of its code.
client() {
	printf '@"%s" /p:T:\\root /i:T:\\pc\\SMS.INI /c:T:\\policy.ini %s\r\n@echo code %%ERRORLEVEL%%\r\n' \
	    "$program" "$*" >"$T/client.bat"
	run win cmd /c 'T:\client.bat'
	# shellcheck disable=SC2034 # want_code reads it
	code=$(printf '%s\n' "$out" | lines | sed -n 's/^code //p')
	err=$(printf '%s\n' "$err" | lines)
}

start() {
	session
	drive t "$T"
	new_site
	new_client
	CLIENT="$T/sys/Program Files/MS/SMS"
	STATE=$T/sys/ProgramData/MS/SMS/STATE
	program=$(path_of "$WIN_BIN/cli_nt.exe")
	printf '[Component STANDARD]\r\nType=files\r\n[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\n' >"$SRC/components.ini"
}

# The sessions' system root is a drive's folder.
win() {
	SMS_SYSROOT='T:\sys' SMS_HOST=$host launched "$@"
}

want_nothing_left() {
	[ -z "$(find "$T/sys" -name '*.tmp' -o -name '.sms*')" ] ||
		fail "left over: $(find "$T/sys" -name '*.tmp')"
	want_no_file "$CLIENT/.stage"
}

begin 'wine: a file that is held without sharing: its component waits whole, 3010'
if needs_built; then
	compile hold
	start
	add BIN/a one
	add EXTRA/b one
	add EXTRA/c one
	release
	client
	want_code 0
	add BIN/a two
	add EXTRA/b two
	add EXTRA/c two
	release
	hold "$CLIENT/EXTRA/c" 0
	client
	want_code 3010
	case $err in *'component EXTRA: waits for the next start: EXTRA/c: in use'*) ;;
	*) fail "it said: $err" ;; esac
	want_text "$CLIENT/BIN/a" two
	want_text "$CLIENT/EXTRA/b" one
	want_ini "$INI" 'Setup State' Restart EXTRA
	client
	want_code 3010
fi

begin 'wine: ... and the next run places it when the holder has gone'
if needs_built; then
	release_hold
	client
	want_code 0
	want_text "$CLIENT/EXTRA/b" two
	want_text "$CLIENT/EXTRA/c" two
	want_ini "$INI" 'Setup State' Restart ''
	want_nothing_left
fi

# What others read with all sharing is no hindrance: it is set aside.
begin 'wine: a file that is read with all sharing is replaced while it is'
if needs_built; then
	add EXTRA/c three
	release
	hold "$CLIENT/EXTRA/c" 7
	client
	want_code 0
	want_text "$CLIENT/EXTRA/c" three
	release_hold
	client /f
	want_code 0
	want_nothing_left
fi

begin 'wine: a program that runs is replaced, and goes on'
if needs_built; then
	start
	add BIN/a one
	cp "$T/hold.exe" "$SRC/BIN/RUNS.EXE"
	release
	client
	want_code 0
	rm -f "$T/ready" "$T/end"
	wine "$(of_drive "$CLIENT/BIN/RUNS.EXE")" 'T:\root\cl_nt.txt' 7 'T:\ready' 'T:\end' &
	hold_id=$!
	wait_for test -e "$T/ready" || fail 'it does not run'
	printf 'two' >>"$SRC/BIN/RUNS.EXE"
	release
	client
	want_code 0
	want_same "$SRC/BIN/RUNS.EXE" "$CLIENT/BIN/RUNS.EXE"
	kill -0 "$hold_id" || fail 'it has ended'
	release_hold
	client /f
	want_code 0
	want_nothing_left
fi

begin 'wine: cli_nt.exe replaces itself'
if needs_built; then
	start
	mkdir -p "$SRC/BIN"
	cp "$WIN_BIN/cli_nt.exe" "$SRC/BIN/CLI_NT.EXE"
	release
	client
	want_code 0
	printf 'two' >>"$SRC/BIN/CLI_NT.EXE"
	release
	program=$(of_drive "$CLIENT/BIN/CLI_NT.EXE")
	client
	want_code 0
	[ -z "$err" ] || fail "it said: $err"
	want_same "$SRC/BIN/CLI_NT.EXE" "$CLIENT/BIN/CLI_NT.EXE"
	client
	want_code 0
	client /f
	want_code 0
	want_nothing_left
fi

begin 'wine: while another run has the client the second ends with 75'
if needs_built; then
	start
	add BIN/a one
	release
	client
	want_code 0
	add BIN/a two
	release
	before=$(look "$CLIENT")
	hold "$STATE/LOCK" lock
	client
	want_code 75
	case $err in *'another client setup is at work; try later'*) ;;
	*) fail "it said: $err" ;; esac
	want_untouched "$before" "$CLIENT"
	release_hold
	client
	want_code 0
	want_text "$CLIENT/BIN/a" two
fi
