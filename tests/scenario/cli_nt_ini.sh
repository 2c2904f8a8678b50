#!/bin/sh
# cli_nt and an SMS.INI that is missing, damaged, not to be read, or says
# something odd: identity stays, no command runs again, nothing is taken for
# granted.
. "$(dirname "$0")/lib.sh"

BAK=$T/pc/SMS.BAK
BAD=$T/pc/SMS.BAD
WORK='"cp" "/opt/sms/TEMP/new one.so" /opt/sms/BIN/,rm "/opt/sms/TEMP/new one.so"'

# A client with a history, one of whose files was changed by hand so that only
# its digest can tell.
old_client() {
	rm -f "$BAD" "$BAK"
	chmod -R u+w "$T/sys" "$T/pc"
	rm -rf "$T/sys" "$T/pc"
	cp -a "$T/start/sys" "$T/start/pc" "$T/"
	run cli_nt /f	# it knows the copies by their inodes now
	printf 'XXXX' | dd of="$CLIENT/DATA/HELP.TXT" conv=notrunc status=none
	touch -d '2024-01-01 UTC' "$CLIENT/DATA/HELP.TXT"
}

new_site
add BIN/greet 'hello'
add DATA/HELP.TXT 'help'
touch -d '2024-01-01 UTC' "$SRC/DATA/HELP.TXT"
release
cp "$top/samples/SMS.INI" "$INI"
run cli_nt
[ "$code" -eq 0 ] || { echo "FAIL cli_nt_ini: cannot start: $err"; exit 1; }
mkdir "$T/start"
cp -a "$T/sys" "$T/pc" "$T/start/"

# healed NAME MESSAGE: SMS.INI has been damaged
healed() {
	cp -p "$INI" "$T/damaged"
	run cli_nt
	want_code 0
	want_err "cli_nt: $1; its values are taken from SMS.BAK"
	[ "$(printf '%s\n' "$err" | grep -c 'taken from SMS.BAK')" = 1 ] || fail "it said: $err"
	want_err 'commands of PendingWork stood only in the backup; they are kept as ParkedWork and not run'
	want_same "$T/damaged" "$BAD"
	want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
	want_ini "$INI" 'SMS Work' PendingWork ''
	want_ini "$INI" 'SMS Work' ParkedWork "$WORK"
	want_ini "$INI" LogonHistory LastLoggedUser kim
	want_text "$CLIENT/DATA/HELP.TXT" help
	want_installed
	want_same "$INI" "$BAK"
	run cli_nt
	want_code 0
	[ -z "$out$err" ] || fail "the run after it said: $out$err"
}

begin 'an empty SMS.INI heals from SMS.BAK; every file is checked'
old_client
: >"$INI"
healed "$INI: the file is empty"

begin 'an SMS.INI without [SMS] heals from SMS.BAK'
old_client
printf '[Local]\r\nSetupPhase=installed\r\n' >"$INI"
healed "$INI: no section [SMS]"

begin 'an SMS.INI with NUL heals from SMS.BAK'
old_client
sed -i '3s/=/=\x00/' "$INI"
healed "$INI:3: NUL byte"

begin 'an SMS.INI that is nothing but NUL, as after a power cut, heals'
old_client
size=$(stat -c %s "$INI")
head -c "$size" /dev/zero >"$INI"
healed "$INI:1: NUL byte"

begin 'an SMS.INI with a control byte heals from SMS.BAK'
old_client
sed -i '5s/=/=\x07/' "$INI"
healed "$INI:5: control byte 0x07"

begin 'an SMS.INI with CR without LF heals from SMS.BAK'
old_client
sed -i '5s/=/=\r/' "$INI"
healed "$INI:5: CR without LF"

begin 'a damaged SMS.INI stays as it is while no server answers'
old_client
: >"$INI"
before=$(look "$T/sys" "$T/pc")
run "$BIN/cli_nt" /p:"$T/nowhere" /i:"$INI" /c:"$POLICY"
want_code 69
want_untouched "$before" "$T/sys" "$T/pc"

begin 'a damaged SMS.INI without SMS.BAK: the identity comes from STATE'
old_client
: >"$INI"
rm "$BAK"
run cli_nt
want_code 0
want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
want_text "$CLIENT/DATA/HELP.TXT" help
want_installed
[ ! -s "$BAD" ] || fail 'SMS.BAD is not the empty file'

begin 'a damaged SMS.INI with a damaged SMS.BAK is no worse'
old_client
printf 'x\0y' >"$INI"
printf 'x\0z' >"$BAK"
run cli_nt
want_code 0
want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
want_installed

begin 'an SMS.INI that is missing from an installed client: same identity, all checked'
old_client
rm "$INI" "$BAK"
run cli_nt
want_code 0
want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
want_text "$CLIENT/DATA/HELP.TXT" help
want_installed
want_ini "$INI" 'SMS Work' PendingWork ''

begin 'an SMS.INI that is missing beside a good SMS.BAK heals from it'
old_client
rm "$INI"
run cli_nt
want_code 0
want_err "cli_nt: $INI is missing; its values are taken from SMS.BAK"
want_err 'they are kept as ParkedWork and not run'
want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
want_ini "$INI" 'SMS Work' PendingWork ''
want_ini "$INI" 'SMS Work' ParkedWork "$WORK"
want_ini "$INI" LogonHistory LastLoggedUser kim
want_text "$CLIENT/DATA/HELP.TXT" help
want_installed
want_no_file "$BAD"

begin 'an SMS.BAK that others may write is not used'
if needs_root; then
	old_client
	: >"$INI"
	sed -i "s|^SMSPath=.*|SMSPath=$T/evil\\r|" "$BAK"
	chmod 666 "$BAK"
	run cli_nt
	want_code 0
	want_err "$BAK: not used, others than administrators may change it"
	want_no_file "$T/evil"
	want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
	want_installed
fi

begin 'a folder named SMS.BAD does not keep SMS.INI damaged: a warning'
old_client
: >"$INI"
mkdir "$BAD"
run cli_nt
want_code 0
want_err "$BAD: cannot write"
want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
want_installed
rmdir "$BAD"

begin 'an SMS.BAK that cannot be written is told once'
old_client
rm "$BAK"
mkdir "$BAK"
add DATA/TOLD.TXT 'told'
release
run cli_nt
want_code 0
want_installed
[ "$(echo "$err" | grep -c "$BAK: cannot write")" = 1 ] || fail "said: $err"
rmdir "$BAK"

begin 'an SMS.INI longer than 16 MiB: exit 2, nothing is touched'
old_client
truncate -s 16777217 "$INI"
before=$(look "$T/sys" "$T/pc")
run cli_nt
want_code 2
want_err "cli_nt: $INI: cannot read: larger than 16 MiB"
want_untouched "$before" "$T/sys" "$T/pc"

begin 'an SMS.INI that is a folder: exit 2, nothing is touched'
old_client
rm "$INI"
mkdir "$INI"
before=$(look "$T/sys" "$T/pc")
run cli_nt
want_code 2
want_err "cli_nt: $INI: cannot read: "
want_untouched "$before" "$T/sys" "$T/pc"
rmdir "$INI"

begin 'an SMS.INI that is a link is not followed: exit 2, nothing is touched'
old_client
mv "$INI" "$T/pc/REAL.INI"
ln -s REAL.INI "$INI"
before=$(look "$T/sys" "$T/pc")
run cli_nt
want_code 2
want_err "cli_nt: $INI: cannot read: "
want_untouched "$before" "$T/sys" "$T/pc"

begin 'Q149673: an SMS.INI that may not be opened is not taken for missing'
if needs_root; then
	old_client
	chmod 600 "$INI"
	mkdir -p "$T/bin"
	cp "$BIN/cli_nt" "$T/bin/"
	before=$(look "$T/sys" "$T/pc" "$ROOT")
	run as_nobody "$T/bin/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 2
	want_err "cli_nt: $INI: cannot read: "
	want_untouched "$before" "$T/sys" "$T/pc" "$ROOT"
fi

begin 'SetupPhase=verify_files with the list installed: checked, then installed'
old_client
sed -i 's/^SetupPhase=.*/SetupPhase=verify_files\r/' "$INI"
run cli_nt
want_code 0
want_text "$CLIENT/DATA/HELP.TXT" help
want_installed

begin 'a CopyListVersion that is no number counts as none'
old_client
sed -i 's/^CopyListVersion=.*/CopyListVersion=newest\r/' "$INI"
run cli_nt
want_code 0
want_installed

begin 'SetupPhase=upgrade and deinstal: exit 2 says so, and nothing is touched'
for phase in upgrade Deinstal component_deinstall; do
	old_client
	sed -i "s/^SetupPhase=.*/SetupPhase=$phase\\r/" "$INI"
	before=$(look "$T/sys" "$T/pc")
	run cli_nt
	want_code 2
	want_err "$INI: SetupPhase asks for an upgrade or a removal, which this version does not do"
	want_untouched "$before" "$T/sys" "$T/pc"
done

begin 'a relative path in SMS.INI: exit 65 names file and key'
for key in SMSPath SMSStatePath SMSInvDataPath SMSLogPath SMSTempPath; do
	old_client
	sed -i "/^$key=/d; s|^\[SMS\].*|[SMS]\r\n$key=own/sms\r|" "$INI"
	before=$(look "$T/sys" "$T/pc")
	run cli_nt
	want_code 65
	want_err "cli_nt: $INI: [SMS] $key: not an absolute path"
	want_untouched "$before" "$T/sys" "$T/pc"
done

begin 'a path of SMS.INI that holds a quote: exit 65 names the file'
old_client
sed -i "s|^SMSPath=.*|SMSPath=\"$CLIENT\"\\r|" "$INI"
before=$(look "$T/sys" "$T/pc")
run cli_nt
want_code 65
want_err "cli_nt: $INI: [SMS] SMSPath: not an absolute path, or a quote stands in it"
want_untouched "$before" "$T/sys" "$T/pc"

begin 'line ends, rights, comments and blanks of SMS.INI stay as they are'
old_client
tr -d '\r' <"$INI" | sed '1i ; kept by hand\n' >"$T/.lf"
cat "$T/.lf" >"$INI"
chmod 440 "$INI"
add DATA/NEW.TXT 'new'
release
run cli_nt
want_code 0
want_installed
[ "$(tr -dc '\r' <"$INI" | wc -c)" = 0 ] || fail 'a CR came in'
[ "$(stat -c %a "$INI")" = 440 ] || fail "its mode is $(stat -c %a "$INI")"
diff "$T/.lf" "$INI" | grep '^<' >"$T/.lost"
grep -v '^< CopyListVersion=' "$T/.lost" >"$T/.more"
[ ! -s "$T/.more" ] || fail "lost: $(head -n 1 "$T/.more")"

begin 'PendingWork of a sound SMS.INI is not touched by an update'
want_ini "$INI" 'SMS Work' PendingWork "$WORK"
want_ini "$INI" 'SMS Work' ParkedWork ''

begin 'a relative logon root is used, and not kept for runs from other folders'
old_client
cd "$T" || exit 2
run "$BIN/cli_nt" /p:root /i:"$INI" /c:"$POLICY" /f
cd "$top" || exit 2
want_code 0
want_ini "$INI" SMS LastLogonServerPath "$ROOT"

begin 'a relative LastLogonServerPath is not asked'
sed -i "s|^LastLogonServerPath=.*|LastLogonServerPath=root\r|" "$INI"
cd "$T" || exit 2
run "$BIN/cli_nt" /i:"$INI" /c:"$POLICY" /f
cd "$top" || exit 2
want_code 69

# domain_by_hand WORD: a DOMAIN.INI in the store that publish would refuse.
domain_by_hand() {
	printf '[SMS]\r\nSiteCode=PL2\r\nConfigurationRequestPath=%s\r\nInventoryCollectionPoint=%s\r\n' "$1" "$1" >"$T/domain"
	digest=$(sha256sum "$T/domain" | cut -d ' ' -f 1)
	mkdir -p "$ROOT/store/$(echo "$digest" | cut -c 1-2)"
	cp "$T/domain" "$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest"
	relist "s/^DomainIni=.*/DomainIni=$(wc -c <"$T/domain"),$digest\r/"
}

begin 'DOMAIN.INI may name folders of the logon root, and no others'
for word in /tmp/box '\\\\EVIL\\box' '../box' 'a\\..\\b' C:box; do
	printf '[SMS]\r\nSiteCode=PL2\r\n' >"$SRC/DOMAIN.INI"
	release
	domain_by_hand "$word"
	new_client
	run cli_nt
	want_code 0
	want_ini "$INI" SMS ConfigurationRequestPath ccr.box
	want_ini "$INI" SMS InventoryCollectionPoint inventry.box
	want_same "$STATE/DOMAIN.INI" "$T/domain"
done
printf '[SMS]\r\nSiteCode=PL2\r\nConfigurationRequestPath=boxes\\ccr\r\n' >"$SRC/DOMAIN.INI"
ready
want_ini "$INI" SMS ConfigurationRequestPath 'boxes\ccr'

begin 'a request path with .. in SMS.INI is refused: exit 65 names file and key'
if needs_root; then
	sed -i 's|^ConfigurationRequestPath=.*|ConfigurationRequestPath=../box\r|' "$INI"
	add DATA/more 'more'
	release
	run as_nobody "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 65
	want_err "cli_nt: $INI: [SMS] ConfigurationRequestPath: '..' in the path"
fi

begin 'a logon root that SMS.INI cannot say is used all the same'
old_client
was=$(ini "$INI" SMS LastLogonServerPath)
add DATA/MORE.TXT 'more'
release
mv "$ROOT" "$ROOT "
run "$BIN/cli_nt" /p:"$ROOT " /i:"$INI" /c:"$POLICY"
mv "$ROOT " "$ROOT"
want_code 0
want_installed
want_ini "$INI" SMS LastLogonServerPath "$was"

# domain_ini: what is read becomes the DOMAIN.INI of the published list
domain_ini() {
	cat >"$T/.domain"
	digest=$(sha256sum "$T/.domain" | cut -c 1-64)
	mkdir -p "$ROOT/store/$(echo "$digest" | cut -c 1-2)"
	cp "$T/.domain" "$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest"
	relist "s/^DomainIni=.*/DomainIni=$(stat -c %s "$T/.domain"),$digest\r/"
}

begin 'a DOMAIN.INI with more servers than clients take: exit 65'
old_client
add DATA/OTHER.TXT 'other'
release
{
	printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\n'
	seq -f 'Server%g=PLN-DC1' 1001
} | domain_ini
before=$(look "$T/sys" "$T/pc")
run cli_nt
want_code 65
want_err 'DOMAIN.INI: more than 1000 servers'
want_untouched "$before" "$T/sys" "$T/pc"
{
	printf '[SMS]\r\nSiteCode=PL2\r\n[Sight]\r\n'
	seq -f 'Key%g=1' 201
} | domain_ini
run cli_nt
want_code 65
want_err 'DOMAIN.INI: more than 200 keys in [Sight]'

begin 'a thousand servers of DOMAIN.INI are taken over'
{
	printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\n'
	seq -f 'Server%g=PLN-DC1' 1000
	printf '[Share]\r\n'
	seq -f 'Server%g=SMS_SHR' 1000
} | domain_ini
run cli_nt
want_code 0
want_installed
[ "$(grep -c '^Server.*=PLN-DC1' "$INI")" = 1000 ] || fail 'not all are there'

begin 'a SiteCode that is none is no part of a new SMS ID: XXX, with a warning'
new_client
printf '[SMS]\r\nSiteCode=../\r\n' | domain_ini
run cli_nt
want_code 0
want_err 'the site code "../" is not three letters or digits; the SMS ID of this machine is XXX'
case $(ini "$INI" SMS 'SMS Unique ID') in
XXX????????????????????) ;;
*) fail "the ID is $(ini "$INI" SMS 'SMS Unique ID')" ;;
esac
