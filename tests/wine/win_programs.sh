#!/bin/sh
# How the .exe files are built: what they load, how they may be loaded, what
# stands in them beside code, and that each of them starts.
. "$(dirname "$0")/lib.sh"

objdump=x86_64-w64-mingw32-objdump
windres=x86_64-w64-mingw32-windres
version=$(cat "$top/VERSION")
programs=$(make -s --no-print-directory -C "$top" PLATFORM=win32 print-PROGRAMS)
# What every Windows of ours has in System32. The first line is loaded from there
# whatever lies beside the program (KnownDLLs).
system='advapi32 kernel32 msvcrt ole32 shell32 user32 ws2_32
ntdll iphlpapi userenv wtsapi32'

# each WORD...: runs them for every program, its name behind them; the case has
# failed where there is none, or a file is missing.
each() {
	[ -n "$programs" ] || fail 'make names no program'
	for name in $programs; do
		[ -s "$WIN_BIN/$name.exe" ] || fail "$name.exe is not built"
		"$@" "$name"
	done
}

own_dlls_only() {
	$objdump -p "$WIN_BIN/$1.exe" | sed -n 's/.*DLL Name: //p' |
		tr '[:upper:]' '[:lower:]' >"$T/dlls"
	grep -qx 'kernel32.dll' "$T/dlls" || fail "$1: its imports are not found"
	while read -r dll; do
		case " $(echo "$system" | tr '\n' ' ') " in
		*" ${dll%.dll} "*) ;;
		*) fail "$1 loads $dll" ;;
		esac
	done <"$T/dlls"
}

begin 'wine: a program loads nothing but what comes with Windows'
if needs_built && needs $objdump; then
	each own_dlls_only
fi

protected() {
	$objdump -p "$WIN_BIN/$1.exe" >"$T/headers"
	for flag in HIGH_ENTROPY_VA DYNAMIC_BASE NX_COMPAT; do
		grep -qw $flag "$T/headers" || fail "$1: not $flag"
	done
	grep -qi 'relocations stripped' "$T/headers" &&
		fail "$1 cannot be moved: no relocations"
	grep -q '^The Data Directory' "$T/headers" || fail "$1 is no program"
	$objdump -h "$WIN_BIN/$1.exe" | grep -q '\.reloc' ||
		fail "$1 cannot be moved: no .reloc"
}

begin 'wine: a program stands at another address each time, its data is no code'
if needs_built && needs $objdump; then
	each protected
fi

slender() {
	$objdump -h "$WIN_BIN/$1.exe" | grep -q '\.debug' &&
		fail "$1 holds what only a debugger needs"
	[ "$($objdump -t "$WIN_BIN/$1.exe" | grep -c '^\[')" -eq 0 ] ||
		fail "$1 holds a table of symbols"
	$objdump -p "$WIN_BIN/$1.exe" |
		grep -q 'Time/Date.*Jan  1 00:00:00 1970' ||
		fail "$1 differs each time that it is built: it holds the time"
}

begin 'wine: a program holds nothing for debuggers, and no time of its making'
if needs_built && needs $objdump; then
	each slender
fi

# The manifest stands in the file as text, strings in UTF-16.
told() {
	for word in 'level="asInvoker"' 'longPathAware' '>UTF-8</activeCodePage>' \
	    '8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a'; do
		grep -qaF "$word" "$WIN_BIN/$1.exe" || fail "$1: manifest lacks $word"
	done
	$windres -O rc "$WIN_BIN/$1.exe" "$T/$1.rc" 2>"$T/.err" || {
		fail "$1: no resources: $(cat "$T/.err")"
		return
	}
	grep -q '^1 11 ' "$T/$1.rc" || grep -qi MESSAGETABLE "$T/$1.rc" ||
		fail "$1: no text of events"
	for value in "\"FileVersion\", \"$version" "\"InternalName\", \"$1" \
	    '"ProductName", "clisetup'; do
		grep -qF "VALUE $value" "$T/$1.rc" || fail "$1: lacks $value"
	done
	[ "$("$BIN/cliver" "$WIN_BIN/$1.exe")" = "$WIN_BIN/$1.exe: $version.0" ] ||
		fail "$1: cliver reads $("$BIN/cliver" "$WIN_BIN/$1.exe")"
}

begin 'wine: manifest, version and text of events stand in a program'
if needs_built && needs $windres; then
	each told
fi

starts() {
	run win "$1" /version
	[ "$(printf '%s\n' "$out" | lines)" = "$1 $version" ] ||
		fail "$1 /version: exit $code: $out $err"
	want_code 0
	run win "$1" '/?'
	want_code 0
	want_out "usage: $1 "
	# cliver takes it for a file, as /bin/ls is one.
	[ "$1" != cliver ] || return 0
	run win "$1" /nonsense
	want_code 64
	want_err '/nonsense'
}

begin 'wine: each program starts, and knows what it is asked for'
if needs_built; then
	session
	each starts
fi
