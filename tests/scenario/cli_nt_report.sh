#!/bin/sh
# The status .raw of cli_nt: one after every commit and every failure, and not
# one a logon for the same.
. "$(dirname "$0")/lib.sh"

clean_hook() {
	chattr -R -i "$T/sys" 2>/dev/null
}

# Takes the .raw files of before away; the monitor does so.
taken_up() {
	rm -f "$INVDATA"/*.raw
}

want_raws() {
	raw_count=$(find "$INVDATA" -name '*.raw' 2>/dev/null | wc -l)
	[ "$raw_count" = "$1" ] || fail "$raw_count status .raw, wanted $1"
	raw=$(find "$INVDATA" -name '*.raw' 2>/dev/null)
}

bad_list() {
	release /force
	relist "s/^CopyListVersion=.*/CopyListVersion=$1\r/; s/^Type=files/Type=$1/"
}

new_site
add DATA/a 'a'

begin 'a first install that is refused makes nothing, and no report'
bad_list 5
new_client
run cli_nt
want_code 65
[ -z "$(find "$T/sys" "$T/pc" -type f)" ] || fail "made: $(find "$T/sys" "$T/pc" -type f)"

begin 'a first install is reported'
rm -r "$ROOT"
release
run cli_nt
want_code 0
want_raws 1
want_ini "$raw" Identity 'Exit Code' 0
want_ini "$raw" Identity Failure ''
want_ini "$raw" 'Component STANDARD' State Installed
taken_up

begin 'nothing to do is no news'
run cli_nt
run cli_nt /f
want_code 0
want_raws 0

begin 'a list that is refused is reported with the reason'
good=$(version_of)
version=$((good + 100))
bad_list $version
run cli_nt
want_code 65
want_raws 1
want_ini "$raw" Identity 'Exit Code' 65
want_ini "$raw" Identity CopyListVersion "$good"
want_ini "$raw" Identity 'Offered CopyListVersion' $version
want_ini "$raw" Identity 'SMS Unique ID' "$(ini "$INI" SMS 'SMS Unique ID')"
want_ini "$raw" Identity 'Machine Name' PLN-WS017
want_ini "$raw" Identity SiteCode PL2
want_ini "$raw" Identity Failure "$(sed -n 's/^cli_nt: //p' "$T/.err")"
tail -n 1 "$raw" | grep -q '^END [0-9a-f]*' || fail 'the .raw is not whole'
taken_up

begin '... and not again at every logon, but a day later, or for another list'
for logon in 1 2 3; do
	run cli_nt
	[ "$code" = 65 ] || fail "logon $logon: exit $code"
done
want_raws 0
SMS_CLOCK=+86390 run cli_nt
want_raws 0
SMS_CLOCK=+86410 run cli_nt
want_code 65
want_raws 1
taken_up
# The clock was set back: what was told "tomorrow" holds nothing up.
run cli_nt
want_raws 1
taken_up
bad_list $((version + 1))
run cli_nt
want_code 65
want_raws 1
taken_up

begin 'a head that cannot be read is a failure too'
relist 's/^CopyListVersion=.*/CopyListVersion=x\r/'
run cli_nt
want_code 65
want_raws 1
want_ini "$raw" Identity 'Exit Code' 65
taken_up
run cli_nt
want_raws 0

begin '/n and /why report nothing, whatever they find'
bad_list $((version + 2))
run cli_nt /n
want_code 65
run cli_nt /why
want_code 65
want_raws 0

begin 'the commit after a failure is reported, and ends it'
add DATA/a 'a, changed'
release /force
run cli_nt
want_code 0
want_raws 1
want_ini "$raw" Identity 'Exit Code' 0
want_ini "$raw" Identity CopyListVersion "$(version_of)"
want_no_file "$STATE/REPORTED"
taken_up

begin 'no server and a busy client are no news of this kind'
mv "$ROOT" "$ROOT.gone"
run cli_nt
want_code 69
mv "$ROOT.gone" "$ROOT"
if needs flock; then
	run flock "$STATE/LOCK" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 75
fi
want_raws 0

begin 'a failure of this machine is reported once: 2'
cp "$INI" "$T/ini"
sed 's/^SetupPhase=.*/SetupPhase=upgrade\r/' "$T/ini" >"$INI"
run cli_nt
run cli_nt
want_code 2
want_raws 1
want_ini "$raw" Identity 'Exit Code' 2
cat "$T/ini" >"$INI"
taken_up

begin 'a component that is not in is reported with its reason'
add DATA/b 'b'
release
piece=$(stored 'DATA\\b')
mv "$piece" "$T/piece"
run cli_nt
want_code 1
want_raws 1
want_ini "$raw" Identity 'Exit Code' 1
want_ini "$raw" 'Component STANDARD' State 'Failed: DATA/b: missing on the logon server'
mv "$T/piece" "$piece"
run cli_nt /f
want_code 0
taken_up

begin 'without rights the request tells: there is no report'
if needs_root; then
	add DATA/c 'c'
	release
	chmod 777 "$ROOT/ccr.box" "$T/home"
	run as_nobody env HOME="$T/home" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI"
	want_code 4
	want_raws 0
	run cli_nt
	taken_up
fi

begin 'a file in use is reported once, not at every logon until the restart'
if needs_root && needs chattr; then
	if chattr +i "$CLIENT/DATA/a" 2>/dev/null; then
		add DATA/a 'a, the third'
		release
		run cli_nt
		want_code 194
		run cli_nt
		want_code 194
		want_raws 1
		want_ini "$raw" 'Component STANDARD' State 'Restart Pending'
		chattr -i "$CLIENT/DATA/a"
		run cli_nt
		want_code 0
	else
		skip 'chattr +i is refused on this volume'
	fi
fi

begin 'the status of a run with rights goes up by climonnt /o with the same rights'
ready
taken_up
add BIN/greet 'hello to the site'
release
run cli_nt
want_code 0
want_raws 1
run "$BIN/climonnt" /o /p:"$ROOT" /i:"$INI" /c:"$POLICY"
want_code 0
want_raws 0
[ "$(find "$ROOT/inventry.box" -name '*.RAW' | wc -l)" = 1 ] || fail 'it did not come up'
