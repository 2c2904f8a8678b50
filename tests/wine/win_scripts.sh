#!/bin/sh
# The batch files, under Wine's cmd.exe, with a program that writes down how it was
# started. Where cmd.exe of Wine 8 is not that of Windows:
# - it starts neither programs nor batch files by a UNC path: they are run from
#   M:, which is the share, and what they say of roots is said of UNC names
# - after CALL it does not hand ERRORLEVEL on: the file runs last, and its code is
#   that of cmd.exe
# - FOR /F over an empty line ends the block
# - it eats % and ! in words and roots
# - it knows neither !NAME:a=b! nor !NAME:~0,1!, and expands nothing in what a FOR
#   goes through but FOR /F in files: how a path is tidied is not seen here
. "$(dirname "$0")/lib.sh"

compiler=x86_64-w64-mingw32-gcc
ROOT='\\PLN-DC1\SMS SHR ä'
export ROOT

standin() {
	mkdir -p "$(dirname "$1")"
	cp "$T/standin.exe" "$1"
}

# A machine without client, and a logon root.
fresh() {
	rm -rf "$T/root" "$C/SMS.INI" "$C/ProgramData/MS" "$C/Program Files/MS" \
	    "$C/Program Files/My SMS" "$T/said"
	mkdir -p "$T/root"
	cp "$SCRIPTS"/*.BAT "$T/root"
	standin "$T/root/bin/0.2.0/cli_nt.exe"
	printf '0.2.0\r\n' >"$T/root/bin/CURRENT.TXT"
	echo list >"$T/root/cl_nt.txt"
	share PLN-DC1 'SMS SHR ä' "$T/root"
	drive m "$T/root"
	STANDIN_CODE=0
}

# batch LINE...: a batch file with these lines, run by cmd.exe.
batch() {
	printf '@ECHO OFF\r\nECHO 1 >C:\BEGUN\r\n' >"$C/T.BAT"
	for line; do
		printf '%s\r\n' "$line" >>"$C/T.BAT"
	done
	rm -f "$T/said"
	rm -f "$C/BEGUN"
	for try in 1 2; do
		# shellcheck disable=SC2016 # $0 is that shell's
		run env STANDIN_FILE="$(path_of "$T/said")" \
		    STANDIN_CODE="$STANDIN_CODE" sh -c 'cd "$0" && exec "$@"' \
		    "$C" wine cmd /c 'C:\T.BAT'
		[ ! -f "$C/BEGUN" ] || break
		not_begun "$try" "$code" T.BAT
	done
	# Backslashes would be words to echo.
	out=$(printf '%s\n' "$out" | lines | tr "\\\\" /)
}

# started PROGRAM WORD...: it was, so; within some seconds, as nobody may wait.
started() {
	for try in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -s "$T/said" ] || break
		sleep 0.5
	done
	: "$try"
	{
		printf 'program [%s]\n' "$1"
		shift
		[ $# -eq 0 ] || printf 'word [%s]\n' "$@"
	} | tr "\\\\" / >"$T/wanted"
	[ -s "$T/said" ] || {
		fail "nothing was started: $out $err"
		return
	}
	grep -v '^folder' "$T/said" | tr "\\\\" / | diff "$T/wanted" - >"$T/diff" ||
		fail "started otherwise: $(cat "$T/diff")"
}

needs_scripts() {
	needs_wine && needs "$compiler"
}

begin 'batch files: RUNSMS starts the program that CURRENT.TXT names, with all switches'
if needs_scripts; then
	$compiler -municode -O1 -s -o "$T/standin.exe" \
	    "$top/tests/wine/standin.c" || fail 'the stand-in is not built'
	session PLN-WS030
	fresh
	batch 'CALL M:\RUNSMS.BAT /n "/x:a)b" /y:c)d "/z:e&f^g"'
	want_code 0
	started 'M:\bin\0.2.0\cli_nt.exe' '/p:M:\.' /n '/x:a)b' '/y:c)d' '/z:e&f^g'
	want_out 'all is well'
fi

begin 'batch files: UPGRADE and DEINSTAL hand their switch and all others on'
if needs_scripts; then
	batch 'M:\UPGRADE.BAT /y:c)d'
	started 'M:\bin\0.2.0\cli_nt.exe' '/p:M:\.' /u '/y:c)d'
	batch 'M:\DEINSTAL.BAT'
	started 'M:\bin\0.2.0\cli_nt.exe' '/p:M:\.' /r
fi

begin 'batch files: RUNSMS ends with the exit code of the program'
if needs_scripts; then
	for STANDIN_CODE in 1 2 4 64 65 69 75 3010; do
		batch 'M:\RUNSMS.BAT'
		want_code "$((STANDIN_CODE % 256))"
	done
fi

begin 'batch files: no CURRENT.TXT, or a bad one, is 69'
if needs_scripts; then
	fresh
	for bad in '..\bin\0.2.0' '0.2.0/.' '..' '0.9.9'; do
		printf '%s\r\n' "$bad" >"$T/root/bin/CURRENT.TXT"
		batch 'M:\RUNSMS.BAT'
		want_code 69
		want_out 'no program in'
		want_no_file "$T/said"
	done
	rm "$T/root/bin/CURRENT.TXT"
	batch 'M:\RUNSMS.BAT'
	want_code 69
fi

begin 'batch files: SMSLS takes the installed program, silently, from a UNC root'
if needs_scripts; then
	fresh
	standin "$C/Program Files/MS/SMS/BIN/cli_nt.exe"
	STANDIN_CODE=4
	batch 'CALL M:\SMSLS.BAT "%ROOT%"'
	started 'C:\Program Files\MS\SMS\BIN\cli_nt.exe' /bg \
	    '/p:\\PLN-DC1\SMS SHR ä\.'
	[ -z "$out" ] || fail "it said $out"
	batch 'CALL M:\SMSLS.BAT "\\PLN-DC2\other & root"'
	started 'C:\Program Files\MS\SMS\BIN\cli_nt.exe' /bg \
	    '/p:\\PLN-DC2\other & root\.'
	batch 'SET SMSLS=1' 'CALL M:\SMSLS.BAT "%ROOT%"'
	started 'C:\Program Files\MS\SMS\BIN\cli_nt.exe' /bg /v \
	    '/p:\\PLN-DC1\SMS SHR ä\.'
	want_out 'the program speaks'
	want_out 'requested'
fi

begin 'batch files: SMSLS leaves ERRORLEVEL and all variables as they were'
if needs_scripts; then
	batch 'SET >C:\before.txt' 'CALL M:\SMSLS.BAT "%ROOT%"' \
	    'SET >C:\after.txt'
	want_same "$C/before.txt" "$C/after.txt"
	STANDIN_CODE=7
	batch "$(path_of "$T/standin.exe")" 'M:\SMSLS.BAT "%ROOT%"'
	want_code 7
	batch 'SET >C:\before.txt' 'CALL M:\RUNSMS.BAT /n >NUL' 'SET >C:\after.txt'
	want_same "$C/before.txt" "$C/after.txt"
fi

begin 'batch files: SMSBinPath with blanks around = and in it'
if needs_scripts; then
	fresh
	standin "$C/Program Files/My SMS/cli_nt.exe"
	for line in 'SMSBinPath=C:\Program Files\My SMS' \
	    'SMSBinPath = C:\Program Files\My SMS' \
	    'SMSBinPath=C:/Program Files/My SMS' \
	    ' smsbinpath	=	C:\Program Files\My SMS'; do
		printf '[SMS]\r\n%s\r\n' "$line" >"$C/SMS.INI"
		batch 'M:\RUNSMS.BAT'
		started 'C:\Program Files\My SMS\cli_nt.exe' '/p:M:\.'
	done
fi

# planted PATH: a new machine, where SMS.INI in ProgramData says so, and there is a
# program in each place that it can mean.
planted() {
	fresh
	mkdir -p "$C/ProgramData/MS/SMS"
	rm -rf "$C/evil" "$C/Program Files evil"
	for folder in "$C/Program Files/My SMS" "$C/Program Files evil/x" "$C/evil" \
	    "$C/Program Files/x" "$C/Program Files/a/x" "$C/Program Files/a/b/x" \
	    "$C/Program Files/a/b/c/x" "$C/Program Files/a/b/c/d/x" \
	    "$C/Program Files/a/b/c/d" "$C/Program Files/a/b/c/d/e/f" \
	    "$C/Program Files/a/b/c/d/e/f/g"; do
		standin "$folder/cli_nt.exe"
		standin "$folder/smswork.exe"
	done
	printf '[SMS]\r\nSMSBinPath=%s\r\n' "$1" >"$C/ProgramData/MS/SMS/SMS.INI"
}

# tidy: what Windows makes of a path with more than one \ in a row.
tidy() {
	sed -i 's,\\\\*,\\,g' "$T/said"
}

begin 'batch files: SMSBinPath of ProgramData counts below Program Files, however its slashes lean'
if needs_scripts; then
	for place in 'C:/Program Files/My SMS' 'C:\Program Files\My SMS' \
	    "c:\\program files\\My SMS\\"; do
		planted "$place"
		batch 'M:\RUNSMS.BAT'
		tidy
		started 'C:\Program Files\My SMS\cli_nt.exe' '/p:M:\.'
		batch 'M:\CLIENT.BAT'
		tidy
		started 'C:\Program Files\My SMS\smswork.exe'
		batch 'M:\SMSLS.BAT'
		tidy
		started 'C:\Program Files\My SMS\cli_nt.exe' /bg '/p:M:\.'
	done
fi

begin 'batch files: SMSBinPath of ProgramData elsewhere is refused'
if needs_scripts; then
	for place in 'C:\evil' 'C:/evil' 'C:\Program Files\..\evil' \
	    'C:/Program Files/../evil' 'C:\Program Files\My SMS\..\..\evil' \
	    'C:\Program Files evil\x' 'C:\Program Files\a\b\c\d\e\f\g' \
	    'C:\Program Files\a\..\x' 'C:\Program Files\a\b\..\x' \
	    'C:\Program Files\a\b\c\..\x' 'C:\Program Files\a\b\c\d\..\x' \
	    'C:\Program Files\a\b\c\d\e\..' 'evil' '\\PLN-EVIL\x'; do
		planted "$place"
		batch 'M:\RUNSMS.BAT'
		started 'M:\bin\0.2.0\cli_nt.exe' '/p:M:\.'
		rm -f "$T/said"
		batch 'M:\CLIENT.BAT'
		want_no_file "$T/said"
		standin "$C/Program Files/MS/SMS/BIN/cli_nt.exe"
		batch 'M:\SMSLS.BAT'
		started 'C:\Program Files\MS\SMS\BIN\cli_nt.exe' /bg '/p:M:\.'
	done
fi

begin 'batch files: a root with ) & and ^ in its name'
if needs_scripts; then
	fresh
	standin "$C/Program Files/MS/SMS/BIN/cli_nt.exe"
	for name in 'a)b' 'a&b' 'a^b' 'a (x86)'; do
		ROOT="\\\\PLN-DC1\\$name"
		batch 'M:\SMSLS.BAT "%ROOT%"'
		started 'C:\Program Files\MS\SMS\BIN\cli_nt.exe' /bg \
		    "/p:\\\\PLN-DC1\\$name\\."
	done
fi

begin 'batch files: SMSLS without client goes on to RUNSMS, and waits for nothing'
if needs_scripts; then
	fresh
	printf '@ECHO [%%~f0] %%* >C:\\went.txt\r\n' >"$T/root/RUNSMS.BAT"
	rm -f "$C/went.txt"
	batch 'CALL M:\SMSLS.BAT'
	[ -z "$out" ] || fail "it said $out"
	wait_for test -s "$C/went.txt" || fail 'RUNSMS.BAT was not started'
	grep -q '/bg' "$C/went.txt" || fail "not /bg: $(cat "$C/went.txt")"
fi

begin 'batch files: CLIENT starts smswork where it is installed, else nothing'
if needs_scripts; then
	fresh
	batch 'M:\CLIENT.BAT'
	want_code 0
	want_no_file "$T/said"
	standin "$C/Program Files/MS/SMS/BIN/smswork.exe"
	STANDIN_CODE=5
	batch 'M:\CLIENT.BAT'
	want_code 5
	started 'C:\Program Files\MS\SMS\BIN\smswork.exe'
fi
