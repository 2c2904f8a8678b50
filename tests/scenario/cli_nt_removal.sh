#!/bin/sh
# Components that leave, by the list and by their condition, and come back.
. "$(dirname "$0")/lib.sh"

with_extra() {
	printf '[Component STANDARD]\r\nType=files\r\n[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\n%b[Component Agent]\r\nType=service\r\nService=AGENT\r\nBinary=AGENT/agent\r\nFiles=AGENT/**\r\n' "$1" >"$SRC/components.ini"
}

want_extra() {
	want_text "$CLIENT/EXTRA/DEEP/DOWN/b" b
	want_text "$CLIENT/EXTRA/c" c
	want_ini "$INI" WorkstationStatus InstalledComponents 'STANDARD, EXTRA'
}

# All that was ours has gone, folders too; what was not stands as it did.
want_no_extra() {
	want_no_file "$CLIENT/EXTRA/DEEP"
	want_no_file "$CLIENT/EXTRA/c"
	want_ini "$INI" WorkstationStatus InstalledComponents STANDARD
	want_text "$CLIENT/DATA/a" a
	grep -q '^EXTRA' "$STATE/INSTALLED.TXT" && fail 'it is still noted as ours'
	want_installed
}

requests() {
	find "$ROOT/ccr.box" -name '*.CCR' | wc -l
}

new_site
with_extra 'When=host:^PLN-\r\n'
add DATA/a 'a'
add EXTRA/DEEP/DOWN/b 'b'
add EXTRA/c 'c'
add AGENT/agent 'agent'
ready
want_extra

begin 'by its condition: files and folders that became empty go, nothing else'
export SMS_HOST=LAB-1
run cli_nt
want_code 0
want_no_extra
want_no_file "$CLIENT/EXTRA"

begin '... and all of it comes back when the condition holds again'
export SMS_HOST=PLN-WS017
run cli_nt
want_code 0
want_extra
want_installed

begin 'foreign files stay, and keep the folders that they are in'
mkdir "$CLIENT/EXTRA/MINE"
echo mine >"$CLIENT/EXTRA/MINE/x"
echo mine >"$CLIENT/EXTRA/y"
before=$(look "$CLIENT/EXTRA/MINE" "$CLIENT/EXTRA/y")
export SMS_HOST=LAB-1
run cli_nt
want_code 0
want_no_extra
want_untouched "$before" "$CLIENT/EXTRA/MINE" "$CLIENT/EXTRA/y"
export SMS_HOST=PLN-WS017
run cli_nt
want_code 0
want_extra
want_untouched "$before" "$CLIENT/EXTRA/MINE" "$CLIENT/EXTRA/y"

begin 'by the list: the same; the service that leaves with it is requested before the version'
rm -f "$ROOT"/ccr.box/*.CCR
old=$(ini "$INI" SMS CopyListVersion)
printf '[Component STANDARD]\r\nType=files\r\n' >"$SRC/components.ini"
rm -r "$SRC/EXTRA" "$SRC/AGENT"
release /force
mv "$ROOT/ccr.box" "$ROOT/closed"
: >"$ROOT/ccr.box"
run cli_nt
want_code 1
want_err 'the request for services could not be made'
want_ini "$INI" SMS CopyListVersion "$old"
rm "$ROOT/ccr.box"
mv "$ROOT/closed" "$ROOT/ccr.box"
run cli_nt /f
want_code 0
[ "$(requests)" = 1 ] || fail "$(requests) requests"
want_no_extra
want_untouched "$before" "$CLIENT/EXTRA/MINE" "$CLIENT/EXTRA/y"

begin '... and back by the list'
with_extra ''
add EXTRA/DEEP/DOWN/b 'b'
add EXTRA/c 'c'
add AGENT/agent 'agent'
release
run cli_nt
want_code 0
want_extra
want_installed

begin 'a file that was changed by hand goes with its component: it is ours'
echo changed >"$CLIENT/EXTRA/c"
with_extra "When=os:$OTHER_SYSTEM\r\n"
release /force
run cli_nt
want_code 0
want_no_extra

begin 'a file that somebody has put in place of a folder of ours stays'
with_extra ''
release
run cli_nt
want_code 0
want_extra
rm -r "$CLIENT/EXTRA/DEEP"
echo mine >"$CLIENT/EXTRA/DEEP"
with_extra "When=os:$OTHER_SYSTEM\r\n"
release /force
run cli_nt
want_code 0
want_text "$CLIENT/EXTRA/DEEP" mine
want_no_file "$CLIENT/EXTRA/c"
