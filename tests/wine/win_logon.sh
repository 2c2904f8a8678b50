#!/bin/sh
# The batch files with the real cli_nt.exe, from a share that the program for POSIX
# publishes: by hand and at logon, first install to update, and with the server
# away. The machine's system root is drive S:, and its Program Files and
# ProgramData are there. win_scripts.sh says where cmd.exe of Wine is another.
. "$(dirname "$0")/lib.sh"

hold_id=
under=

clean_hook() {
	touch "$T/end"
	[ -z "$hold_id" ] || wait "$hold_id"
	for prefix in $sessions; do
		WINEPREFIX=$prefix wineserver -k
		WINEPREFIX=$prefix wineserver -w
	done
}

start() {
	session
	drive t "$T"
	drive s "$T/sys"
	new_site
	new_client
	CLIENT="$T/sys/Program Files/MS/SMS"
	STATE_ROOT=$T/sys/ProgramData/MS/SMS
	STATE=$STATE_ROOT/STATE
	LOG=$STATE_ROOT/LOGS/CLI_NT.LOG
	INI=$STATE_ROOT/SMS.INI
	mkdir -p "$T/sys/Program Files" "$T/sys/ProgramData" "$SRC/BIN"
	cp "$WIN_BIN/cli_nt.exe" "$SRC/BIN"
	printf '[Component STANDARD]\r\nType=files\r\n[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\n[Component INVENTORY]\r\nType=service\r\nService=SMS_INV\r\nBinary=INV\\inv\r\nFiles=INV/**\r\n' >"$SRC/components.ini"
	add EXTRA/a one
	add EXTRA/b one
	add INV/inv one
	release
	sh "$SCRIPTS/site" "$ROOT" "$BIN" "$WIN_BIN" >"$T/site.out" 2>&1 ||
		fail "site: $(cat "$T/site.out")"
	drive m "$ROOT"
	share PLN-DC1 SMS_SHR "$ROOT"
}

# batch LINE...: a batch file with these lines, run by cmd.exe as a user's own
# logon script is.
batch() {
	printf '@ECHO OFF\r\nECHO 1 >C:\BEGUN\r\n' >"$C/T.BAT"
	printf '%s\r\n' "$@" >>"$C/T.BAT"
	rm -f "$C/BEGUN"
	for try in 1 2; do
		run in_session cmd /c 'C:\T.BAT'
		[ ! -f "$C/BEGUN" ] || break
		not_begun "$try" "$code" T.BAT
	done
	# Backslashes would be words to echo.
	out=$(printf '%s\n' "$out" | lines | tr "\\\\" / | sed 's,///*,/,g')
	err=$(printf '%s\n' "$err" | lines)
}

# What cmd.exe gets at its start stands over what a session is told of folders.
in_session() {
	(
		unset SMS_HOST
		cd "$C" && SMS_SYSROOT="S:\\" SMS_POLICY='T:\policy.ini' \
		    hosted ${under:+sh "$under"} wine "$@"
	)
}

machine='SET "ProgramFiles=S:\Program Files"
SET "ProgramW6432=S:\Program Files"
SET "ProgramData=S:\ProgramData"'

# on_machine LINE...: the same, where all that is installed is on S:.
on_machine() {
	batch "$(printf '%s\n' "$machine" | sed 's/$/\r/')" "$@"
}

hold() {
	rm -f "$T/ready" "$T/end"
	wine "$T/hold.exe" "$1" 0 'T:\ready' 'T:\end' &
	hold_id=$!
	wait_for test -e "$T/ready" || fail "$1 cannot be held"
}

release_hold() {
	touch "$T/end"
	wait "$hold_id"
	hold_id=
}

needs_it() {
	needs_built && needs x86_64-w64-mingw32-gcc
}

new_machine() {
	rm -rf "${T:?}/sys"
	mkdir -p "$T/sys/Program Files" "$T/sys/ProgramData"
}

want_silent() {
	[ -z "$out$err" ] || fail "it said: $out $err"
}

# want_current: the client has taken what is published, and nothing is left over.
want_current() {
	want_ini "$INI" SMS CopyListVersion "$(version_of)"
	want_ini "$INI" Local SetupPhase installed
	want_no_file "$CLIENT/.stage"
	want_no_file "$STATE/JOURNAL"
	[ -z "$(find "$T/sys" -name '*.tmp')" ] ||
		fail "left over: $(find "$T/sys" -name '*.tmp')"
}

requests() {
	find "$ROOT" "$STATE_ROOT" -iname '*.ccr' | wc -l
}

reports() {
	find "$STATE_ROOT/INVDATA" -name '*.raw' 2>/dev/null | wc -l
}

# followed REPORTS: the run in the background has taken what is published. The last
# thing that it does is a report more than those.
followed() {
	[ "$(ini "$INI" SMS CopyListVersion)" = "$(version_of)" ] &&
		[ ! -e "$STATE/JOURNAL" ] && [ "$(reports)" -gt "$1" ]
}

# want_follow REPORTS: it does, and has nothing to say to the user meanwhile.
want_follow() {
	wait_for followed "$1" || fail "the client does not follow: $(tail -n 3 "$LOG")"
	out=$(cat "$T/.out")
	err=$(cat "$T/.err")
	want_silent
	want_current
}

begin 'wine: RUNSMS.BAT installs a new machine from the share'
if needs_it; then
	x86_64-w64-mingw32-gcc -municode -O1 -o "$T/hold.exe" \
	    "$top/tests/wine/hold.c" || fail 'hold.c does not compile'
	start
	on_machine 'M:\RUNSMS.BAT'
	want_code 0
	want_out 'SMS: "M:/bin/'
	want_out 'SMS: all is well'
	want_no_err
	want_current
	want_ini "$INI" SMS SMSBinPath 'S:/Program Files/MS/SMS/BIN'
	want_ini "$INI" WorkstationStatus InstalledComponents 'STANDARD, EXTRA'
	want_same_tree "$SRC/EXTRA" "$CLIENT/EXTRA"
	want_same "$WIN_BIN/cli_nt.exe" "$CLIENT/BIN/cli_nt.exe"
	want_no_file "$CLIENT/INV"
	[ "$(requests)" = 1 ] || fail "$(requests) requests for the service component"
fi

begin 'wine: RUNSMS.BAT takes the installed program then, and has nothing to do'
if needs_it; then
	before=$(look "$CLIENT" "$STATE_ROOT" "$ROOT")
	on_machine 'M:\RUNSMS.BAT'
	want_code 0
	want_out 'SMS: "S:/Program Files/MS/SMS/BIN/cli_nt.exe" for "M:"'
	want_out 'SMS: all is well'
	want_untouched "$before" "$CLIENT" "$STATE_ROOT" "$ROOT"
fi

begin 'wine: RUNSMS.BAT updates, with the switches that it is given'
if needs_it; then
	add EXTRA/a two
	rm "$SRC/EXTRA/b"
	release
	before=$(look "$CLIENT" "$STATE_ROOT")
	on_machine 'M:\RUNSMS.BAT /n'
	want_code 0
	want_untouched "$before" "$CLIENT" "$STATE_ROOT"
	on_machine 'M:\RUNSMS.BAT'
	want_code 0
	want_current
	want_same_tree "$SRC/EXTRA" "$CLIENT/EXTRA"
	on_machine 'M:\RUNSMS.BAT /nonsense'
	want_code 64
	want_out 'SMS: wrong switches'
fi

# What a session hands on of 3010 has eight bits.
begin 'wine: RUNSMS.BAT asks for a restart while a file is held: 3010'
if needs_it; then
	add EXTRA/a three
	release
	hold 'S:\Program Files\MS\SMS\EXTRA\a'
	on_machine 'M:\RUNSMS.BAT'
	want_code $((3010 % 256))
	want_out 'SMS: done, please restart this computer'
	want_text "$CLIENT/EXTRA/a" two
	want_ini "$INI" 'Setup State' Restart EXTRA
	release_hold
	on_machine 'M:\RUNSMS.BAT'
	want_code 0
	want_out 'SMS: all is well'
	want_text "$CLIENT/EXTRA/a" three
	want_current
fi

# From here on as at logon. What it starts goes on when the script has ended.
begin 'wine: SMSLS.BAT says nothing, and the client follows'
if needs_it; then
	add EXTRA/a four
	release
	reports=$(reports)
	on_machine 'M:\SMSLS.BAT'
	want_code 0
	want_silent
	want_follow "$reports"
	want_text "$CLIENT/EXTRA/a" four
	before=$(look "$CLIENT" "$STATE_ROOT" "$ROOT")
	on_machine 'M:\SMSLS.BAT'
	want_code 0
	want_silent
	want_untouched "$before" "$CLIENT" "$STATE_ROOT" "$ROOT"
fi

begin 'wine: SMSLS.BAT on a new machine says nothing, and a client is installed'
if needs_it; then
	new_machine
	on_machine 'M:\SMSLS.BAT'
	want_code 0
	want_silent
	want_follow 0
	want_same_tree "$SRC/EXTRA" "$CLIENT/EXTRA"
fi

begin 'wine: SMSLS=1: SMSLS.BAT says which program runs, and what came of it'
if needs_it; then
	on_machine 'SET SMSLS=1' 'M:\SMSLS.BAT'
	want_code 0
	want_out 'SMSLS: "S:/Program Files/MS/SMS/BIN/cli_nt.exe" for "M:"'
	want_out 'SMSLS: all is well'
fi

# netlogon: SMSLS.BAT lies on another server, RUNSMS.BAT in a copy of the root's
# folder of scripts that has no list.
netlogon() {
	mkdir -p "$T/netlogon"
	cp "$SCRIPTS"/*.BAT "$T/netlogon"
	drive n "$T/netlogon"
}

# timed_batch WHAT LINE...: the script's bound is 2.5 s; what is added to that by
# a busy machine and by Wine is not looked at closely.
timed_batch() {
	timed_what=$1
	shift
	timed_from=$(date +%s%N)
	on_machine "$@"
	timed_ms=$((($(date +%s%N) - timed_from) / 1000000))
	echo "# $timed_what: $timed_ms ms"
	[ "$timed_ms" -lt 10000 ] || fail "it took $timed_ms ms"
}

# logon WHAT ROOT: SMSLS.BAT with that root says nothing, takes its bounded time,
# and leaves all as it was found.
logon() {
	timed_batch "$1" "N:\\SMSLS.BAT \"$2\""
	want_code 0
	want_silent
	on_machine 'SET >C:\before.txt' "CALL N:\\SMSLS.BAT \"$2\"" 'SET >C:\after.txt'
	want_same "$C/before.txt" "$C/after.txt"
	on_machine 'CMD /C EXIT 7' "N:\\SMSLS.BAT \"$2\""
	want_code 7
}

begin 'wine: SMSLS.BAT with its server away: silent, bounded, all as found'
if needs_it; then
	netlogon
	share PLN-DC1 SMS_SHR
	before=$(look "$CLIENT" "$STATE_ROOT")
	logon 'SMSLS.BAT, the share is gone' '\\PLN-DC1\SMS_SHR'
	want_untouched "$before" "$CLIENT" "$STATE_ROOT"
	on_machine 'SET SMSLS=1' 'N:\SMSLS.BAT "\\PLN-DC1\SMS_SHR"'
	want_out 'SMSLS: no logon server can be reached'
fi

# hanging_logon NAME LINE: SMSLS.BAT, while all that is asked of the root's folder
# takes a minute; of its name on the share cmd.exe of Wine asks too, for %~1. What it
# said is in C:\NAME.txt: nobody else's, as what is left behind may hold it. The
# tracer would wait for that: when the script has ended it is told to go.
hanging_logon() {
	cat >"$T/under" <<END
#!/bin/sh
echo \$\$ >'$T/tracer'
exec strace -f -qq --seccomp-bpf -o /dev/null -e trace=newfstatat -P '$ROOT' \\
    -e inject=newfstatat:delay_enter=60s "\$@"
END
	under=$T/under
	timed_from=$(date +%s%N)
	on_machine "$2" \
	    "CALL N:\\SMSLS.BAT \"\\\\PLN-DC1\\SMS_SHR\" >C:\\$1.txt 2>&1" \
	    "ECHO over >C:\\$1.end" &
	waiter=$!
	wait_for test -s "$C/$1.end" ||
		fail "it has not ended: $(cat "$C/$1.txt" "$T/.out" "$T/.err")"
	echo "# SMSLS.BAT, the share hangs: $((($(date +%s%N) - timed_from) / 1000000)) ms"
	kill -9 "$(cat "$T/tracer")"
	wait "$waiter"
	under=
}

begin 'wine: SMSLS.BAT with a server that hangs: silent, bounded'
if needs_it && needs strace; then
	share PLN-DC1 SMS_SHR "$ROOT"
	add EXTRA/a five
	release
	before=$(look "$CLIENT" "$STATE_ROOT")
	hanging_logon silent ''
	[ ! -s "$C/silent.txt" ] || fail "it said: $(cat "$C/silent.txt")"
	hanging_logon aloud 'SET SMSLS=1'
	want_text "$C/aloud.txt" 'SMSLS: no logon server can be reached'
	want_untouched "$before" "$CLIENT" "$STATE_ROOT"
	share PLN-DC1 SMS_SHR
fi

begin 'wine: ... and on a machine without client'
if needs_it; then
	new_machine
	logon 'SMSLS.BAT, the share is gone, no client' '\\PLN-DC1\SMS_SHR'
	want_no_file "$INI"
fi

# The server goes when RUNSMS.BAT has been read from it: its folder has no list.
begin 'wine: RUNSMS.BAT with its server away: 69, bounded'
if needs_it; then
	timed_batch 'RUNSMS.BAT, nothing there and no client' 'N:\RUNSMS.BAT'
	want_code 69
	want_out 'SMS: no program in'
	on_machine 'M:\RUNSMS.BAT'
	want_code 0
	before=$(look "$CLIENT" "$STATE_ROOT")
	timed_batch 'RUNSMS.BAT, nothing there' 'N:\RUNSMS.BAT'
	want_code 69
	want_out 'SMS: no logon server can be reached'
	want_untouched "$before" "$CLIENT" "$STATE_ROOT"
fi

begin 'wine: a client in a folder of its own is found by the SMS.INI that SMS_INI names'
if needs_it; then
	new_machine
	on_machine 'M:\RUNSMS.BAT "/d:S:\Program Files\My SMS"'
	want_code 0
	INI="$T/sys/Program Files/My SMS/SMS.INI"
	want_ini "$INI" SMS SMSBinPath 'S:/Program Files/My SMS/BIN'
	own='SET "SMS_INI=S:\Program Files\My SMS\SMS.INI"'
	on_machine "$own" 'M:\RUNSMS.BAT'
	want_code 0
	want_out 'SMS: "S:/Program Files/My SMS/BIN/cli_nt.exe" for "M:"'
	on_machine "$own" 'SET SMSLS=1' 'M:\SMSLS.BAT'
	want_out 'SMSLS: "S:/Program Files/My SMS/BIN/cli_nt.exe" for "M:"'
	want_no_file "$STATE_ROOT"
fi
