#!/bin/sh
# cli_nt without the rights to change the client: it asks, and changes nothing.
# And what cli_nt with rights takes from nobody but administrators.
. "$(dirname "$0")/lib.sh"

SECTION='NT Client Configuration Request'

# The user's own place, and programs that he reaches wherever this tree stands.
user_ready() {
	mkdir -p "$T/sys/home/kim" "$T/bin"
	chown 65534:65534 "$T/sys/home/kim"
	cp "$BIN/cli_nt" "$T/bin/"
}

as_user() {
	run env HOME=/home/kim setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$T/bin/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" "$@"
}

new_site
add BIN/greet 'hello'
add DATA/HELP.TXT 'help'
ready
user_ready
id=$(ini "$INI" SMS 'SMS Unique ID')
request=$ROOT/ccr.box/$id.CCR

begin 'nothing to do without rights: exit 0 and no request'
if needs_root; then
	before=$(look "$T/sys/opt" "$T/sys/var" "$T/pc" "$ROOT")
	as_user
	want_code 0
	[ -z "$out$err" ] || fail "it said: $out$err"
	want_untouched "$before" "$T/sys/opt" "$T/sys/var" "$T/pc" "$ROOT"
fi

begin 'an update without rights is requested: exit 4, the client as it was'
if needs_root; then
	add BIN/greet 'hello again'
	release
	before=$(look "$T/sys/opt" "$T/sys/var" "$T/pc")
	earlier=$(date '+%-m/%-d/%Y %-H:%-M')
	as_user
	later=$(date '+%-m/%-d/%Y %-H:%-M')
	want_code 4
	[ -z "$out$err" ] || fail "it said: $out$err"
	want_untouched "$before" "$T/sys/opt" "$T/sys/var" "$T/pc"
	want_ini "$request" "$SECTION" 'Machine Name' PLN-WS017
	want_ini "$request" "$SECTION" Domain PLANT2
	want_ini "$request" "$SECTION" 'Client Request Count' 1
	said=$(ini "$request" "$SECTION" 'Latest Request Date')
	case $said in
	"$earlier" | "$later" | [0-9]*/[0-9]*/20[0-9][0-9]' '[0-9]*:[0-9][0-9]) ;;
	*) fail "Latest Request Date=$said" ;;
	esac
	want_ini "$request" "$SECTION" 'Initial Request Date' "$said"
	[ "$(stat -c %u "$request")" = 65534 ] || fail "it belongs to $(stat -c %u "$request")"
	[ -z "$(find "$ROOT/ccr.box" -name '*.tmp')" ] || fail 'a temporary file is left'
fi

begin 'the same request again counts up'
if needs_root; then
	first=$(ini "$request" "$SECTION" 'Initial Request Date')
	as_user /v
	want_code 4
	want_out "requested from the client configuration manager: $ROOT/ccr.box/$id.CCR"
	want_ini "$request" "$SECTION" 'Client Request Count' 2
	want_ini "$request" "$SECTION" 'Initial Request Date' "$first"
	[ "$(find "$ROOT/ccr.box" -type f | wc -l)" = 1 ] || fail 'there are more than one'
fi

begin 'a request of another user that cannot be changed is a request: exit 4'
if needs_root; then
	chown 0:0 "$request"
	chmod 644 "$request"
	before=$(look "$request")
	as_user
	want_code 4
	want_untouched "$before" "$request"
	[ "$(find "$ROOT/ccr.box" -type f | wc -l)" = 1 ] || fail 'there are more than one'
	rm "$request"
fi

begin '/n without rights prints the plan and asks nobody'
if needs_root; then
	before=$(look "$T/sys" "$T/pc" "$ROOT")
	as_user /n
	want_code 0
	want_out ' BIN/greet  (size differs)'
	want_out '; without rights here: this would be requested'
	want_untouched "$before" "$T/sys" "$T/pc" "$ROOT"
fi

begin 'without rights the log stands in the user'\''s own folder'
if needs_root; then
	want_text "$T/sys/home/kim/.local/state/sms/CLI_NT.LOG" 'requested from the client configuration manager'
fi

begin 'two runs of one user at the same time: the second ends with 75'
if needs_root; then
	exec 8>>"$T/sys/home/kim/.local/state/sms/LOCK"
	flock 8
	as_user
	exec 8>&-
	want_code 75
	want_err '/home/kim/.local/state/sms: another client setup is at work; try later'
fi

begin 'with rights the same list is installed afterwards'
run cli_nt
want_code 0
want_installed

begin 'a first install without rights leaves a request and nothing else'
if needs_root; then
	new_client
	user_ready
	rm -f "$ROOT"/ccr.box/*.CCR
	chmod 755 "$T/pc"
	as_user
	want_code 4
	want_no_err
	[ "$(ls "$T/sys")" = home ] || fail "made: $(find "$T/sys" -maxdepth 2)"
	[ -z "$(ls "$T/pc")" ] || fail "made: $(find "$T/pc")"
	want_ini "$request" "$SECTION" 'Machine Name' PLN-WS017
	[ "$(find "$ROOT/ccr.box" -type f | wc -l)" = 1 ] || fail "the box: $(ls "$ROOT/ccr.box")"
fi

begin 'a box that cannot be written: exit 2, says so'
if needs_root; then
	rm -f "$ROOT"/ccr.box/*.CCR
	chmod 755 "$ROOT/ccr.box"
	as_user
	want_code 2
	want_err "$ROOT/ccr.box"
	[ "$(printf '%s\n' "$err" | wc -l)" = 1 ] || fail "it said: $err"
	chmod 1733 "$ROOT/ccr.box"
fi

begin 'a request that names nobody is not made: the list is bad first'
if needs_root; then
	cp "$ROOT/cl_nt.txt" "$T/good"
	relist 's/^Files=.*/Files=17\r/'
	as_user
	want_code 65
	[ -z "$(find "$ROOT/ccr.box" -type f)" ] || fail 'a request was made'
	mv "$T/good" "$ROOT/cl_nt.txt"
fi

begin 'a request for a service that cannot be written: exit 1, and it is made later'
new_site
add BIN/greet 'hello'
add SERVICE/run 'service'
printf '[Component STANDARD]\r\nType=files\r\n[Component S]\r\nType=service\r\nService=S\r\nBinary=SERVICE\\run\r\nFiles=SERVICE/**\r\n' >"$SRC/components.ini"
ready
old=$(version_of)
rm -r "$ROOT/ccr.box"
add BIN/greet 'hello again'
add SERVICE/run 'service two'
release
rm -rf "$ROOT/ccr.box"
run cli_nt
want_code 1
want_err "$ROOT/ccr.box"
want_text "$CLIENT/BIN/greet" 'hello again'
want_ini "$INI" SMS CopyListVersion "$old"
mkdir -m 1733 "$ROOT/ccr.box"
run cli_nt /f
want_code 0
want_installed
want_file "$ROOT/ccr.box/$(ini "$INI" SMS 'SMS Unique ID').CCR"

# Whom cli_nt with rights believes.

begin 'an unsigned list is refused where the policy does not permit it'
new_client
printf '[Security]\r\n' >"$POLICY"
before=$(look "$T/sys" "$T/pc")
if needs_root; then
	run cli_nt
	want_code 65
	want_err "cli_nt: the list is not signed: pin a key in $STATE_ROOT/keys, or set [Security] AllowUnsigned=yes in $POLICY"
	want_untouched "$before" "$T/sys" "$T/pc"
	POLICY=
	run "$BIN/cli_nt" /p:"$ROOT" /i:"$INI"
	want_code 65
	want_err "or set [Security] AllowUnsigned=yes in $STATE_ROOT/policy.ini"
	POLICY=$T/policy.ini
fi

begin 'a policy that others may write is refused, with owner and mode'
printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"
if needs_root; then
	chmod 666 "$POLICY"
	run cli_nt
	want_code 65
	want_err "$POLICY: owner uid 0, mode 0666"
	chmod 644 "$POLICY"
	chown 65534 "$POLICY"
	run cli_nt
	want_code 65
	want_err "$POLICY: owner uid 65534, mode 0644"
	chown 0 "$POLICY"
	want_untouched "$before" "$T/sys" "$T/pc"
fi

begin 'a policy that was named and is not there is an error, not a default'
run "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$T/nowhere.ini"
want_code 65
want_err "$T/nowhere.ini: "
want_untouched "$before" "$T/sys" "$T/pc"

begin 'a damaged policy is refused with its line'
printf '[Security]\r\nAllowUnsigned=perhaps\r\n' >"$POLICY"
run cli_nt
want_code 65
want_err "$POLICY:2: AllowUnsigned is yes or no, not \"perhaps\""
printf '[Security]\r\nAllowUnsigned=yes\r\n[Limits]\r\nBandwidth=fast\r\n' >"$POLICY"
run cli_nt
want_code 65
want_err "$POLICY:4: Bandwidth is a number of bytes a second"
printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"
want_untouched "$before" "$T/sys" "$T/pc"

begin 'the policy is found in the state root, and after it in /etc/sms'
mkdir -p "$T/sys/etc/sms"
cp "$POLICY" "$T/sys/etc/sms/policy.ini"
run "$BIN/cli_nt" /p:"$ROOT" /i:"$INI"
want_code 0
printf '[Security]\r\nAllowUnsigned=no\r\n' >"$STATE_ROOT/policy.ini"
run "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /f
if needs_root; then
	want_code 65
	want_err "in $STATE_ROOT/policy.ini"
fi

begin 'a pinned key: this version cannot check it, so no list is used'
for place in var/lib/sms etc/sms; do
	new_client
	mkdir -p "$T/sys/$place/keys"
	printf 'untrusted comment: minisign public key\nRWQ\n' >"$T/sys/$place/keys/x.pub"
	before=$(look "$T/sys" "$T/pc")
	run cli_nt
	want_code 65
	want_err "cli_nt: $T/sys/$place/keys/x.pub: a key is pinned, and this version cannot check signatures: the list is not used"
	want_untouched "$before" "$T/sys" "$T/pc"
done

begin 'an SMS.INI that others may write is refused, and stays as it is'
if needs_root; then
	new_client
	cp "$top/samples/SMS.INI" "$INI"
	chmod 666 "$INI"
	before=$(look "$T/sys" "$T/pc")
	run cli_nt
	want_code 65
	want_err "$INI: not used, others than administrators may change it: $INI: owner uid 0, mode 0666"
	want_untouched "$before" "$T/sys" "$T/pc"
	chmod 644 "$INI"
	chown 65534 "$INI"
	before=$(look "$T/sys" "$T/pc")
	run cli_nt
	want_code 65
	want_untouched "$before" "$T/sys" "$T/pc"
fi

begin 'STATE, LOGS and TEMP that others may write are refused, with owner and mode'
if needs_root; then
	ready
	mkdir -p "$T/pc/open"
	for key in SMSLogPath SMSTempPath STATE; do
		cp -p "$INI" "$T/.ini"
		place=$T/pc/open
		if [ $key = STATE ]; then
			place=$STATE
		else
			sed -i "s|^$key=.*|$key=$place\r|" "$INI"
		fi
		chmod 777 "$place"
		run cli_nt /f
		want_code 65
		want_err "cli_nt: $place: not used, others than administrators may change it: $place: owner uid 0, mode 0777"
		chmod 755 "$place"
		cp -p "$T/.ini" "$INI"
	done
	rmdir "$T/pc/open"
fi

begin 'a client root in a folder of another user is refused, there or not yet'
if needs_root; then
	new_client
	mkdir "$T/pc/theirs"
	chown 65534 "$T/pc/theirs"
	printf '[SMS]\r\nSMSPath=%s\r\n' "$T/pc/theirs/sms" >"$INI"
	before=$(look "$T/sys" "$T/pc")
	run cli_nt
	want_code 65
	want_err "$T/pc/theirs: owner uid 65534"
	want_untouched "$before" "$T/sys" "$T/pc"
	mkdir "$T/pc/theirs/sms"
	before=$(look "$T/sys" "$T/pc")
	run cli_nt
	want_code 65
	want_err "$T/pc/theirs: owner uid 65534"
	want_untouched "$before" "$T/sys" "$T/pc"
fi
