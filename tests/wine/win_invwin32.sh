#!/bin/sh
# invwin32.exe: a whole inventory of a session's Windows, and the service that it
# registers itself as. Services are begun in places of the session alone, so
# everything stands on its C: and T:.
. "$(dirname "$0")/lib.sh"

AGENT=SMS_INVENTORY_AGENT_NT

agent() {
	run launched 'C:\sms\invwin32.exe' /i:T:/pc/SMS.INI "$@"
}

state() {
	hosted wine sc query "$1" 2>/dev/null </dev/null | lines |
		sed -n 's/.*STATE  *: *[0-9]* *//p'
}

has_state() {
	[ "$(state "$1")" = "$2" ]
}

# inventories DIR: those of hardware or software there.
inventories() {
	grep -lE '^\[(Processor|Software)\]' "$1"/*.[rR][aA][wW] 2>/dev/null
}

is_empty() {
	[ -z "$(find "$INVDATA" -name '*.raw')" ]
}

start() {
	unset SMS_SYSROOT SMS_INI SMS_POLICY SMS_IDENTITY SMS_HOST
	session
	drive t "$T"
	new_site
	new_client
	INVDATA=$C/ProgramData/MS/SMS/INVDATA
	mkdir "$C/sms"
	for program in invwin32 cli_nt climonnt; do
		cp "$WIN_BIN/$program.exe" "$C/sms/"
	done
	mkdir "$SRC/BIN"
	cp "$WIN_BIN/cliver.exe" "$SRC/BIN/"
	release
	# In Wine nothing is installed: one program is.
	for value in DisplayName='Plant Viewer' DisplayVersion=4.2; do
		hosted wine reg add 'HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Plant' \
		    /v "${value%%=*}" /d "${value#*=}" /f >/dev/null 2>&1 </dev/null
	done
	run launched 'C:\sms\cli_nt.exe' /p:T:/root /i:T:/pc/SMS.INI \
	    /c:T:/policy.ini
	want_code 0
	rm -f "$INVDATA"/*.raw
}

begin 'wine: invwin32 writes a whole inventory, once until it is due or forced'
if needs_built; then
	start
	agent /E
	want_code 0
	raw=$(inventories "$INVDATA" | head -n 1)
	for section in Identity System Processor Memory Disks Network \
	    'Component STANDARD' Software; do
		want_text "$raw" "[$section]"
	done
	want_text "$raw" 'Operating System=Microsoft Windows 10'
	want_text "$raw" 'Plant Viewer=4.2'
	grep -q "cliver.exe=.*$(cat "$top/VERSION").0" "$raw" ||
		fail "no version: $(tail -n 5 "$raw")"
	rm -f "$INVDATA"/*.raw
	agent /E
	want_code 0
	is_empty || fail "not due, and made: $(ls "$INVDATA")"
	agent /E /F
	want_code 0
	[ -n "$(inventories "$INVDATA")" ] || fail '/F makes none'
fi

begin 'wine: invwin32 is a service, takes up what lies in INVDATA, and is none again'
if needs_built; then
	for time in 1 2; do
		agent /install /p:T:/root /c:T:/policy.ini
		want_code 0
		has_state $AGENT RUNNING || fail "$time: it is '$(state $AGENT)'"
	done
	want_ini "$INI" 'Setup State' Mover service
	wait_for is_empty || wait_for is_empty || fail "left: $(ls "$INVDATA")"
	[ -n "$(inventories "$ROOT/inventry.box")" ] ||
		fail "in the box: $(ls "$ROOT/inventry.box")"
	for time in 1 2; do
		agent /uninstall
		want_code 0
	done
	has_state $AGENT '' || fail "it is '$(state $AGENT)'"
	want_ini "$INI" 'Setup State' Mover ''
fi
