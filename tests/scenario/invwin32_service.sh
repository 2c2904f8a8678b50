#!/bin/sh
# invwin32 as a service: inventories, the list, and .raw files taken up.
. "$(dirname "$0")/lib.sh"

SVDIR=$T/service
export SVDIR
runsvdir=
service=
clean_hook() {
	[ -z "$service" ] || kill "$service" 2>/dev/null
	[ -z "$runsvdir" ] || {
		kill -HUP "$runsvdir"
		wait "$runsvdir"
	} 2>/dev/null
	for supervise in "$SVDIR"/*/supervise/pid "$SVDIR"/.*/supervise/pid; do
		[ ! -s "$supervise" ] || kill "$(cat "$supervise")" 2>/dev/null
	done
}

start() {
	"$BIN/invwin32" /i:"$INI" /c:"$POLICY" /p:"$ROOT" >"$T/said" 2>&1 &
	service=$!
}

# Ended as service managers do it.
stop() {
	kill "$service"
	wait "$service"
	code=$?
	service=
	want_code 0
}

boxed() {
	[ "$(find "$ROOT/inventry.box" -name '*.RAW' | wc -l)" -ge "$1" ]
}

passes() {
	grep -c 'climonnt ended' "$STATE_ROOT/LOGS/INVAGENT.LOG"
}

new_site
add BIN/a 'a'
ready
rm -f "$INVDATA"/*.raw
sed -i 's/^\[Setup State\].*/&\nMover=service\r/' "$INI"
want_ini "$INI" 'Setup State' Mover service

begin 'service makes an inventory and takes it up, where climonnt does not'
: >"$INVDATA/other.raw"
touch -d '2026-01-01' "$INVDATA/other.raw"
run "$BIN/climonnt" /o /i:"$INI" /c:"$POLICY" /p:"$ROOT"
want_code 0
want_file "$INVDATA/other.raw"
start
wait_for boxed 2 || fail "not in the box: $(ls "$INVDATA" "$ROOT/inventry.box"; cat "$T/said")"
grep -ql '^.Memory.' "$ROOT/inventry.box"/*.RAW || fail 'no inventory in the box'
want_no_file "$INVDATA/other.raw"

begin 'service brings a new list where nobody is logged on'
add BIN/a 'second a'
release
: >"$INVDATA/hint.raw"
same() { cmp -s "$SRC/BIN/a" "$CLIENT/BIN/a"; }
wait_for same || fail "the client has not followed: $(cat "$T/said")"
wait_for boxed 4 || fail "$(ls "$ROOT/inventry.box")"

begin 'files that cannot go up do not keep the service busy'
sleep 2
mv "$ROOT/inventry.box" "$ROOT/box.away"
before=$(passes)
: >"$INVDATA/stuck.raw"
sleep 9
[ "$(passes)" -gt "$before" ] || fail 'no pass at all'
[ "$(passes)" -le $((before + 2)) ] || fail "$(($(passes) - before)) passes"
mv "$ROOT/box.away" "$ROOT/inventry.box"

begin 'service ends when it is asked to'
stop
want_file "$INVDATA/stuck.raw"

begin 'SMS.INI that others may write is not used by a service with rights'
needs_root && {
	chmod 666 "$INI"
	run timeout 20 "$BIN/invwin32" /i:"$INI" /c:"$POLICY" /p:"$ROOT"
	want_code 2
	want_err 'mode 0666'
	chmod 644 "$INI"
}

begin 'service is registered, marked in SMS.INI, and forgotten again'
needs runsvdir && needs sv && {
	mkdir -p "$SVDIR"
	runsvdir "$SVDIR" >"$T/runsvdir.log" 2>&1 &
	runsvdir=$!
	sed -i '/^Mover=/d' "$INI"
	rm -f "$INVDATA"/*.raw "$ROOT/inventry.box"/*.RAW
	agent() { run timeout 90 "$BIN/invwin32" /i:"$INI" /c:"$POLICY" /p:"$ROOT" "$@"; }
	for time in 1 2; do
		agent /install
		[ "$code" = 0 ] || fail "/install, $time: exit $code: $err"
		want_out 'SMS_INVENTORY_AGENT_NT: registered and started'
	done
	want_ini "$INI" 'Setup State' Mover service
	run sv status "$SVDIR/SMS_INVENTORY_AGENT_NT"
	want_out 'run: '
	: >"$INVDATA/hint.raw"
	wait_for boxed 1 || fail "nothing goes up: $(ls "$INVDATA")"
	for time in 1 2; do
		agent /uninstall
		[ "$code" = 0 ] || fail "/uninstall, $time: exit $code: $err"
	done
	want_ini "$INI" 'Setup State' Mover ''
	[ -z "$(ls "$SVDIR")" ] || fail "left: $(ls "$SVDIR")"
}
