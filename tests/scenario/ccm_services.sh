#!/bin/sh
# From a request to a running service: cli_nt asks, ccm brings the client to the
# list, runit runs it. The folder of services is the test's own.
. "$(dirname "$0")/lib.sh"

. "$(dirname "$0")/runit.sh"

ccm() {
	"$BIN/ccm" /p:"$ROOT" /i:"$INI" /c:"$POLICY" "$@"
}

state() {
	ini "$STATE/services.ini" "$1" "$2"
}

site() {
	new_client
	new_site
	rm -f "$T/started"
	add DATA/A.TXT one
	list FIRST SECOND
	service FIRST one
	service SECOND one
	release
	run cli_nt
	want_code 0
}

begin 'ccm: a service that cli_nt has asked for is installed, registered and started'
if needs_root && needs_runit; then
	site
	want_no_file "$CLIENT/BIN/FIRST"
	[ -n "$(boxes)" ] || fail 'no request'
	run ccm /once
	want_code 0
	runs FIRST one
	runs SECOND one
	[ -z "$(boxes)" ] || fail "left: $(boxes)"
	[ "$(state FIRST 'Current Installation State')" = Started ] || fail 'not Started'
	want_text "$STATE_ROOT/LOGS/CCM.LOG" 'service FIRST runs'
fi

begin 'ccm: a second request for what is so stops nothing'
if needs_root && needs_runit; then
	cp "$T/started" "$T/before"
	run cli_nt /f
	printf '[NT Client Configuration Request]\r\nMachine Name=%s\r\n' \
	    "$(ini "$INI" Local MachineName)" >"$ROOT/ccr.box/$(ini "$INI" SMS 'SMS Unique ID').CCR"
	run ccm /once
	want_code 0
	want_same "$T/started" "$T/before"
	[ -z "$(boxes)" ] || fail "left: $(boxes)"
fi

begin 'ccm: a new version runs after a release, what needs it was stopped before'
if needs_root && needs_runit; then
	service FIRST two
	release
	run cli_nt
	want_code 0
	run ccm /once
	want_code 0
	runs FIRST two
	runs SECOND one
	[ "$(wc -l <"$T/started")" -eq 4 ] || fail "starts: $(cat "$T/started")"
fi

begin 'ccm: what was stopped by hand stays stopped, in its new version'
if needs_root && needs_runit; then
	sv -w 5 stop "$SVDIR/FIRST" >/dev/null
	service FIRST three
	release
	run cli_nt
	run ccm /once
	want_code 0
	want_text "$CLIENT/BIN/FIRST" 'version three'
	is_started FIRST two || fail 'it was started'
	runs SECOND one
	sv -w 5 start "$SVDIR/FIRST" >/dev/null
	wait_for is_started FIRST three || fail 'it does not start by hand'
fi

begin 'ccm: a version that does not run is put back, and retried'
if needs_root && needs_runit; then
	service SECOND bad 'exit 1'
	release
	run cli_nt
	want_code 0
	run ccm /once
	want_code 1
	want_err SECOND
	want_text "$CLIENT/BIN/SECOND" 'version one'
	runs SECOND one
	case $(boxes) in retry/*) ;; *) fail "boxes: $(boxes)" ;; esac
	retry=$(find "$ROOT/ccr.box/retry" -iname '*.ccr')
	[ "$(ini "$retry" 'Request Processing' 'Last Error Code')" = 1053 ] ||
		fail "error $(ini "$retry" 'Request Processing' 'Last Error Code')"
	[ "$(ini "$retry" 'Request Processing' 'Number of Processing Attempts')" = 1 ] ||
		fail 'attempts'
	case $(state SECOND 'Repair Pending') in *SECOND*) ;; *) fail 'no reason' ;; esac
	# The version of the files is not held back.
	want_ini "$INI" SMS CopyListVersion "$(ini "$ROOT/cl_nt.txt" SMS CopyListVersion)"
fi

begin 'ccm: a mended version makes it whole again'
if needs_root && needs_runit; then
	service SECOND four
	release
	run cli_nt
	# At once, and not after a minute.
	mv "$ROOT/ccr.box/retry/"*.CCR "$ROOT/ccr.box"
	run ccm /once
	want_code 0
	runs SECOND four
	[ -z "$(boxes)" ] || fail "left: $(boxes)"
	[ -z "$(state SECOND 'Repair Pending')" ] || fail 'still Repair Pending'
fi

begin 'ccm: a component that leaves is stopped, unregistered and removed'
if needs_root && needs_runit; then
	list FIRST
	rm "$SRC/BIN/SECOND"
	release /force
	run cli_nt
	run ccm /once
	want_code 0
	want_no_file "$SVDIR/SECOND"
	want_no_file "$CLIENT/BIN/SECOND"
	runs FIRST three
fi

begin 'ccm: cli_nt of a user without rights asks, ccm does all of it'
if needs_root && needs_runit; then
	new_client
	new_site
	rm -f "$T/started"
	add DATA/A.TXT one
	list THIRD
	service THIRD one
	release
	chmod 777 "$T/home"
	run as_nobody env HOME="$T/home" SMS_IDENTITY="${SMS_IDENTITY:-}" \
	    "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 4
	want_no_file "$INI"
	run ccm /once
	want_code 0
	want_ini "$INI" Local SetupPhase installed
	want_text "$CLIENT/DATA/A.TXT" one
	runs THIRD one
	[ -z "$(boxes)" ] || fail "left: $(boxes)"
	run as_nobody env HOME="$T/home" \
	    "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 0
fi
