#!/bin/sh
# samples/ is a small site that works as it stands.
. "$(dirname "$0")/lib.sh"

new_site
cp -a "$top/samples/client.src/." "$SRC"
chmod -R u+w "$SRC"
find "$SRC" -type f -exec touch -d '2026-11-19T08:30:00Z' {} +
cp "$top/samples/policy.ini" "$POLICY"
chmod 644 "$POLICY"

# The list without what differs from one publishing to the next.
timeless() {
	sed 's/^\(; cl_nt.txt, published \).*/\1\r/
		s/^\(CopyListVersion\|Published\|Release\|Expires\)=.*/\1=\r/' "$1"
}

begin 'samples/client.src publishes as samples/cl_nt.txt'
release
timeless "$top/samples/cl_nt.txt" >"$T/wanted"
timeless "$ROOT/cl_nt.txt" >"$T/have"
cmp -s "$T/wanted" "$T/have" || fail "$(diff "$T/wanted" "$T/have" | head -n 4 | tr -d '\r' | tr '\n' ' ')"

begin 'samples/policy.ini and samples/SMS.INI are taken, and the client follows'
cp "$top/samples/SMS.INI" "$INI"
chmod 644 "$INI"
run cli_nt
want_code 0
want_no_err
want_installed
want_ini "$INI" Servers Server2 PLN-DC2
want_ini "$INI" Local CheckInterval 240
want_ini "$INI" WorkstationStatus InstalledComponents 'STANDARD, PRINTERS'
[ "$(stat -c %A "$CLIENT/DATA/HELP.TXT" | cut -c 3)" = - ] || fail 'HELP.TXT is not read-only'
[ "$(cd "$CLIENT" && "$CLIENT/BIN/greet")" = "$(cat "$SRC/DATA/news.txt")" ] || fail 'BIN/greet does not run'

begin 'samples/PL20A01F.CCR is a request that cli_nt goes on with'
section='NT Client Configuration Request'
request=$ROOT/ccr.box/PL20A01F.CCR
cp "$top/samples/PL20A01F.CCR" "$request"
echo '# changed' >>"$SRC/INVENTORY/inv32cli"
release
run cli_nt
want_code 0
want_ini "$request" "$section" 'Client Request Count' 3
want_ini "$request" "$section" 'Machine Name' PLN-WS017
want_ini "$request" "$section" 'Initial Request Date' '11/20/2026 7:58'
[ "$(ini "$request" "$section" 'Latest Request Date')" != '11/21/2026 8:03' ] ||
	fail 'the latest date is still the old one'

begin 'the list of samples can be taken from samples/cl_nt.txt itself'
new_client
cp "$top/samples/cl_nt.txt" "$ROOT/cl_nt.txt"
run cli_nt
want_code 0
want_installed

begin 'samples/smb.conf passes testparm'
if needs testparm; then
	run testparm -s "$top/samples/smb.conf"
	want_code 0
	want_out '[SMS_SHR]'
fi
