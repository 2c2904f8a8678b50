#!/bin/sh
# climonnt: the restart notice on the desktop of the user, which is a stub here.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/monitor.sh"

# new_waiting: the setup says that EXTRA waits.
new_waiting() {
	new_monitor
	rm -f "$T/desktop/broken"
	root_offers 200
	printf '[Setup State]\r\nRestart=EXTRA\r\n' >>"$INI"
	stub 'exit 194'
}

# A client that is current; ccm has left this in services.ini.
new_services() {
	new_monitor
	rm -f "$T/desktop/broken"
	services_say "$1"
}

services_say() {
	printf '[Client Inventory]\r\nInstalled Release=100\r\n%s\r\n' "$1" \
	    >"$STATE/services.new"
	mv "$STATE/services.new" "$STATE/services.ini"
}
PENDING='Restart Pending=BIN/CI.EXE is in use'
SHOWN='notify-send -- Restart needed Restart this machine to complete the update of'

begin 'the notice comes to the desktop, once'
new_waiting
run climonnt /o
want_code 194
want_err 'restart this machine to complete the update of EXTRA to copy list 200'
run climonnt /o
[ "$(cat "$NOTICES")" = "$SHOWN EXTRA to copy list 200." ] ||
	fail "shown: $(cat "$NOTICES")"

begin 'without a desktop it comes to the terminals'
new_waiting
DBUS_SESSION_BUS_ADDRESS='' XDG_RUNTIME_DIR='' run climonnt /o
want_code 194
want_text "$NOTICES" 'Restart this machine to complete the update of EXTRA'
grep -q '^wall ' "$NOTICES" || fail 'wall was not asked'
grep -q '^notify-send' "$NOTICES" && fail 'a desktop that is not there was asked'

begin 'never with /quiet'
new_waiting
services_say "$PENDING"
run climonnt /o /quiet
want_code 194
want_no_err
want_no_file "$NOTICES"

begin 'a notice that cannot be shown does no harm'
new_waiting
: >"$T/desktop/broken"
run climonnt /o
want_code 194
want_err 'restart this machine'
want_text "$LOG" 'the notice could not be shown'
rm "$T/desktop/broken"

begin 'a service that waits is told while the monitor sleeps, and once'
new_services ''
start_monitor
services_say "$PENDING"
wait_for grep -q 'update of Client Inventory' "$NOTICES" || fail 'no notice'
services_say ''
services_say "$PENDING"
put_raw a.raw
wait_for taken_up || fail 'it does not go on'
stop_monitor
run climonnt /o
want_code 0
[ "$(cat "$NOTICES")" = "$SHOWN Client Inventory." ] || fail "shown: $(cat "$NOTICES")"

begin 'Q186412: a ccm that had nothing to do, or no ccm, asks for nothing'
new_services 'Repair Pending=no answer'
run climonnt /o
want_code 0
want_no_err
want_no_file "$NOTICES"
printf '[A]\r\nRestart Pending\000=x' >"$STATE/services.ini"
run climonnt /o
want_code 0
want_no_err
want_no_file "$NOTICES"
