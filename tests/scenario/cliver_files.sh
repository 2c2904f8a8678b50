#!/bin/sh
# cliver: the versions inside files, and of the installed client.
. "$(dirname "$0")/lib.sh"

# pe FILE VERSION...: a program with that version.
pe() {
	mkdir -p "$(dirname "$1")"
	python3 "$top/tests/scenario/pe.py" "$@" || fail "cannot make $1"
}

cliver() {
	"$BIN/cliver" "$@"
}

begin 'a line for each file, in the order they are named'
pe "$T/a.exe" 2.0.1493.4006
pe "$T/b 64.dll" 65535.0.1.2 --plus
pe "$T/none.exe" -
printf 'text' >"$T/text"
: >"$T/empty"
run cliver "$T/b 64.dll" "$T/a.exe" "$T/none.exe" "$T/text" "$T/empty"
want_code 0
want_no_err
printf '%s\n' "$T/b 64.dll: 65535.0.1.2" "$T/a.exe: 2.0.1493.4006" \
    "$T/none.exe: no version" "$T/text: no version" \
    "$T/empty: no version" >"$T/wanted"
want_same "$T/.out" "$T/wanted"

begin '/v tells what the strings say'
run cliver /v "$T/a.exe"
want_code 0
want_out '    product: 2.0.1493.4006'
want_out '    FileVersion: 2.0.1493.4006 (kim)'
want_out '    ProductVersion: 2.0.1493.4006'

begin 'a path with / is a file, what the table knows is a switch'
cd "$T" || exit 2
run cliver /v:x a.exe
want_code 64
run cliver a.exe
want_out 'a.exe: 2.0.1493.4006'
run cliver -- -v
want_code 2
want_err 'cliver: -v: no such file'
run cliver /nosuch.exe
want_code 2
want_err 'cliver: /nosuch.exe: no such file'
run cliver '.\a.exe'
want_out 'a.exe: 2.0.1493.4006'
cd "$top" || exit 2

begin 'what cannot be read or is damaged is told, the others are shown'
pe "$T/bad.exe" 1.2.3.4 --damaged
ln -s a.exe "$T/link.exe"
mkfifo "$T/pipe"
run cliver "$T/bad.exe" "$T/a.exe"
want_code 65
want_err "cliver: $T/bad.exe: the file is cut off"
want_out "$T/a.exe: 2.0.1493.4006"
run cliver "$T/bad.exe" "$T/missing.exe" "$T/a.exe" "$T" "$T/link.exe" "$T/pipe"
want_code 2
want_err "cliver: $T/missing.exe: no such file"
want_err "cliver: $T/link.exe: a link"
want_err "cliver: $T/pipe: "
want_err "cliver: $T: "
want_out "$T/a.exe: 2.0.1493.4006"

begin 'what a file says cannot act on a terminal'
name=$(printf 'e\033[31m.exe')
pe "$T/$name" 1.2.3.4
run cliver "$T/$name"
want_out "$T/e\\x1B[31m.exe: 1.2.3.4"

begin 'the installed client: what is there, and what the list has'
new_site
pe "$SRC/BIN/CLI.EXE" 2.0.1493.4006
pe "$SRC/BIN/MON.EXE" 1.0.0.1 --plus
add DATA/HELP.TXT 'help'
ready
run cliver /i:"$INI"
want_code 0
want_no_err
{
	echo "$INI: CopyListVersion $(version_of), installed"
	echo 'COMPONENT  FILE         VERSION                  LISTED'
	echo 'STANDARD   BIN/CLI.EXE  2.0.1493.4006            2.0.1493.4006'
	echo 'STANDARD   BIN/MON.EXE  1.0.0.1                  1.0.0.1'
} >"$T/wanted"
want_same "$T/.out" "$T/wanted"
run cliver /i:"$INI" /v
want_out 'STANDARD   DATA/HELP.TXT  -                        -'

begin 'without /i: it is found as all programs find it'
run env SMS_INI="$INI" "$BIN/cliver"
want_code 0
want_out 'BIN/CLI.EXE  2.0.1493.4006'

begin 'a program of another version, a missing and a damaged one: exit 1'
pe "$CLIENT/BIN/CLI.EXE" 2.0.1380.0
run cliver /i:"$INI"
want_code 1
want_out 'BIN/CLI.EXE  2.0.1380.0               2.0.1493.4006'
rm "$CLIENT/BIN/CLI.EXE"
run cliver /i:"$INI"
want_code 1
want_out 'BIN/CLI.EXE  missing                  2.0.1493.4006'
pe "$CLIENT/BIN/CLI.EXE" 2.0.1493.4006 --damaged
run cliver /i:"$INI"
want_code 1
want_out 'BIN/CLI.EXE  damaged                  2.0.1493.4006'

begin 'a user without rights may ask, and nothing is written'
if needs_root; then
	before=$(look "$T/sys" "$T/pc")
	run as_nobody "$BIN/cliver" /i:"$INI"
	want_code 1
	want_out 'BIN/MON.EXE  1.0.0.1'
	want_untouched "$before" "$T/sys" "$T/pc"
fi

begin 'a damaged SMS.INI is told, and what can be seen is shown'
cp "$INI" "$T/good.ini"
printf '[SMS]\r\n\000\r\n' >"$INI"
run cliver /i:"$INI"
want_code 1
want_err "cliver: $INI"
want_out "$INI: CopyListVersion -, "
want_out 'BIN/MON.EXE  1.0.0.1'
cp "$T/good.ini" "$INI"

begin 'a client that is not installed, or whose state is damaged'
run cliver /i:"$T/nowhere/SMS.INI"
want_code 2
want_err "$T/nowhere/SMS.INI: no client is installed here"
printf 'x' >>"$STATE/CL_NT.TXT"
run cliver /i:"$INI"
want_code 65
want_err "$STATE/CL_NT.TXT:"
printf 'x' >"$STATE/INSTALLED.TXT"
run cliver /i:"$INI"
want_code 65
want_err "$STATE/INSTALLED.TXT: damaged; the next cli_nt mends it"
printf '[SMS]\r\nSMSPath=x"y\r\n' >"$T/bad.ini"
run cliver /i:"$T/bad.ini"
want_code 65
want_err "$T/bad.ini: [SMS] SMSPath: not an absolute path"

begin 'output that cannot be written is a failure'
run sh -c '"$1" "$2" >/dev/full' sh "$BIN/cliver" "$T/a.exe"
want_code 2
