#!/bin/sh
# setclcfg: component states shown and set, a request by hand.

. "$(dirname "$0")/lib.sh"

setclcfg() {
	"$BIN/setclcfg" "$@"
}

# A client whose list has a service, and what ccm left of it.
HEAD='; services.ini: components, what is asked for and what is there'
new_states() {
	new_client
	mkdir -p "$STATE"
	INI=$STATE_ROOT/SMS.INI
	printf '[SMS]\r\nSMS Unique ID=PL2ABC\r\nSiteCode=PL2\r\n' >"$INI"
	printf '[Servers]\r\nDomain=PLANT2\r\n' >>"$INI"
	cat >"$STATE/CL_NT.TXT" <<'END'
[SMS]
CopyListVersion=5
[Component STANDARD]
Type=files
[Component Help Desk]
Type=files
[Component Client Inventory]
Type=service
Service=SMS_CI
Binary=BIN\CI.EXE
[Files Client Inventory]
BIN\CI.EXE=1,9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08,-
END
	printf '%s\r\n' "$HEAD" '[Client Inventory]' 'Current Installation State=Started' \
	    'Installed Release=1795197600' 'Repair Pending=no answer' 'Failed Content=9f86' \
	    'Failures=3' '[Remote Control]' 'Requested Installation State=Disabled' \
	    'Restart Pending=BIN\RC.EXE is in use' '; end' >"$STATE/services.ini"
}
states=
keep_states() { states=$(look "$T/sys"); }

begin 'without a component all of them are shown, and nothing is written'
new_states
keep_states
run setclcfg '*'
want_code 0
want_no_err
cat >"$T/wanted" <<'END'
COMPONENT         REQUESTED      CURRENT        RELEASE     PENDING
Client Inventory  -              Started        1795197600  repair: no answer; failed 3 times
Help Desk         -              -              -           -
Remote Control    Disabled       -              -           restart: BIN\RC.EXE is in use
STANDARD          -              -              -           -
END
want_same "$T/wanted" "$T/.out"
run setclcfg pln-ws017 /r
want_same "$T/wanted" "$T/.out"
run setclcfg /c -- '*'
want_same "$T/wanted" "$T/.out"
want_untouched "$states" "$T/sys"

begin 'one component: its current or its requested state'
run setclcfg '*' /c 'client INVENTORY'
want_code 0
[ "$out" = 'PLN-WS017: Client Inventory: current Started' ] || fail "said: $out"
run setclcfg '*' 'Remote Control' -r
[ "$out" = 'PLN-WS017: Remote Control: requested Disabled' ] || fail "said: $out"
run setclcfg '*' --requested 'Client Inventory'
[ "$out" = 'PLN-WS017: Client Inventory: requested as the copy list says' ] || fail "said: $out"
run setclcfg '*' --current STANDARD
[ "$out" = 'PLN-WS017: STANDARD: current not known' ] || fail "said: $out"
want_untouched "$states" "$T/sys"

begin 'a requested state is set, and failures are forgiven'
new_states
run setclcfg '*' /r 'client inventory' 'not installed'
want_code 0
want_no_err
[ "$out" = 'PLN-WS017: Client Inventory: requested Not Installed' ] || fail "said: $out"
printf '%s\r\n' "$HEAD" '[Client Inventory]' 'Requested Installation State=Not Installed' \
    'Current Installation State=Started' 'Installed Release=1795197600' \
    'Repair Pending=no answer' '[Remote Control]' 'Requested Installation State=Disabled' \
    'Restart Pending=BIN\RC.EXE is in use' '; end' >"$T/wanted"
want_same "$T/wanted" "$STATE/services.ini"
[ "${SYSTEM:-}" = windows ] || [ "$(stat -c %a "$STATE/services.ini")" = 644 ] ||
	fail 'users cannot read it'

begin 'the current state alone is set with /c'
new_states
run setclcfg '*' /c 'Client Inventory' Installed
want_code 0
want_ini "$STATE/services.ini" 'Client Inventory' 'Current Installation State' Installed
want_ini "$STATE/services.ini" 'Client Inventory' Failures 3
run setclcfg '*' /r STANDARD Started
want_code 0
want_out 'PLN-WS017: STANDARD: requested Started (of Type=files: kept as the copy list says)'

begin 'what is no state, no component or no client is refused and changes nothing'
new_states
: >"$STATE/LOCK"
chmod 600 "$STATE/LOCK"
keep_states
for word in Running '' 'Started '; do
	run setclcfg '*' /r 'Client Inventory' "$word"
	want_code 64
	want_err "setclcfg: $word: no state; there are: Installed, Not Installed, Started, Disabled"
done
run setclcfg '*' /r Inventory Started
want_code 65
want_err 'setclcfg: Inventory: no such component; there are: Client Inventory, Help Desk, Remote Control, STANDARD'
run setclcfg '*' /c Inventory
want_code 65
run setclcfg PLN-WS018 /c
want_code 64
want_err 'setclcfg: PLN-WS018: not this machine; /t:TEMPLATE says where its client is'
run setclcfg 'PLN/../X' /c
want_code 64
run setclcfg
want_code 64
run setclcfg '*' STANDARD
want_code 64
run setclcfg '*' /c STANDARD Started more
want_code 64
want_untouched "$states" "$T/sys"
rm -r "$STATE"
run setclcfg '*'
want_code 2
rm "$INI"
run setclcfg '*'
want_code 2
want_err 'SMS.INI: no client is installed here'

begin 'a damaged services.ini is said, and begun anew by a change'
new_states
printf '[A]\r\nFailures=often\r\n' >"$STATE/services.ini"
run setclcfg '*'
want_code 65
want_err 'setclcfg: services.ini:2: Failures=often is malformed'
run setclcfg '*' /r 'Client Inventory' Started
want_code 0
want_err 'setclcfg: services.ini:2: Failures=often is malformed'
printf '%s\r\n' "$HEAD" '[Client Inventory]' 'Requested Installation State=Started' '; end' \
    >"$T/wanted"
want_same "$T/wanted" "$STATE/services.ini"
run setclcfg '*'
want_code 0

begin 'while a run works on the client nothing is set: 75'
new_states
keep_states
if needs flock; then
	: >"$STATE/LOCK"
	keep_states
	run flock "$STATE/LOCK" "$BIN/setclcfg" '*' /r 'Client Inventory' Disabled
	want_code 75
	want_err 'a run of ccm or client setup is at work; try later'
	run flock "$STATE/LOCK" "$BIN/setclcfg" '*' /r 'Client Inventory'
	want_code 0
	want_untouched "$states" "$T/sys"
	run setclcfg '*' /r 'Client Inventory' Disabled
	want_code 0
fi

begin 'users without rights see states and set none'
new_states
if needs_root; then
	keep_states
	run as_nobody "$BIN/setclcfg" '*' /r 'Remote Control'
	want_code 0
	want_out 'requested Disabled'
	run as_nobody "$BIN/setclcfg" '*' /r 'Remote Control' Started
	want_code 2
	want_err 'only an administrator may set states'
	want_untouched "$states" "$T/sys"
fi

begin 'nothing is set where others may change it'
new_states
if needs_root; then
	for path in "$STATE" "$INI"; do
		chmod o+w "$path"
		run setclcfg '*' /r 'Remote Control' Started
		want_code 65
		want_err "setclcfg: $path: not used, others than administrators may change it"
		chmod o-w "$path"
	done
	want_ini "$STATE/services.ini" 'Remote Control' 'Requested Installation State' Disabled
fi

begin 'another machine, by its template'
new_states
mkdir -p "$T/pc/PLN-WS018" "$T/pc/PLN-WS017"
cp -R "$STATE" "$T/pc/PLN-WS018/STATE"
keep_states
run setclcfg PLN-WS018 "/t:$T/pc/%m" /r 'Remote Control' Started
want_code 0
[ "$out" = 'PLN-WS018: Remote Control: requested Started' ] || fail "said: $out"
want_ini "$T/pc/PLN-WS018/STATE/services.ini" 'Remote Control' 'Requested Installation State' Started
run setclcfg PLN-WS018 "--template=$T/pc/%m" --current
want_out 'Remote Control    Started        -'
# The paths in its SMS.INI are its own.
printf '[SMS]\r\nSMSPath=%s\r\nSMSStatePath=%s\r\n' "$CLIENT" "$STATE_ROOT" \
    >"$T/pc/PLN-WS018/SMS.INI"
run setclcfg PLN-WS018 "/t:$T/pc/%m" /r 'Remote Control' Installed
want_ini "$T/pc/PLN-WS018/STATE/services.ini" 'Remote Control' 'Requested Installation State' Installed
run setclcfg PLN-WS019 "/t:$T/pc/%m" /c
want_code 2
run setclcfg PLN-WS018 "/t:$T/pc" /c
want_code 64
run setclcfg .. "/t:$T/pc/%m" /c
want_code 64
want_untouched "$states" "$T/sys"

begin 'a request for a client is dropped, and counted on'
new_states
mkdir -p "$T/root/ccr.box"
keep_states
run setclcfg PLN-WS018 /f "$T/root" PL2XYZ
want_code 0
[ "$out" = "PLN-WS018: requested, $T/root/ccr.box/PL2XYZ.CCR" ] || fail "said: $out"
R='NT Client Configuration Request'
want_ini "$T/root/ccr.box/PL2XYZ.CCR" "$R" 'Machine Name' PLN-WS018
want_ini "$T/root/ccr.box/PL2XYZ.CCR" "$R" Domain PLANT2
want_ini "$T/root/ccr.box/PL2XYZ.CCR" "$R" 'Client Request Count' 1
run setclcfg PLN-WS018 /f "$T/root/" PL2XYZ
want_code 0
want_ini "$T/root/ccr.box/PL2XYZ.CCR" "$R" 'Client Request Count' 2
want_untouched "$states" "$T/sys"

begin 'the default ID, and the share that a server means'
run setclcfg '*' /f "$T/root" '*'
want_code 0
want_ini "$T/root/ccr.box/PL200001.CCR" "$R" 'Machine Name' PLN-WS017
mkdir -p "$T/net/PLN-DC1/SMS_SHR/ccr.box"
for server in '\\PLN-DC1' //PLN-DC1 PLN-DC1 '\\PLN-DC1\SMS_SHR'; do
	run env SMS_UNC="$T/net" "$BIN/setclcfg" '*' /f "$server" PL2ABC
	want_code 0
	[ "$out" = 'PLN-WS017: requested, //PLN-DC1/SMS_SHR/ccr.box/PL2ABC.CCR' ] || fail "said: $out"
done
want_ini "$T/net/PLN-DC1/SMS_SHR/ccr.box/PL2ABC.CCR" "$R" 'Client Request Count' 4
rm "$INI"
run setclcfg '*' /f "$T/root" '*'
want_code 0
want_file "$T/root/ccr.box/XXX00001.CCR"

begin 'no logon server: 69; no server, no ID: 64'
run setclcfg '*' /f "$T/nowhere" PL2ABC
want_code 69
want_err "setclcfg: $T/nowhere/ccr.box/PL2ABC.CCR: cannot be made: "
for id in ../x 'a b' ''; do
	run setclcfg '*' /f "$T/root" "$id"
	want_code 64
done
for server in . some/where ''; do
	run setclcfg '*' /f "$server" PL2ABC
	want_code 64
done
run setclcfg '*' /f "$T/root"
want_code 64
