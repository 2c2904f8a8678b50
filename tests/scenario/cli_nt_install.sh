#!/bin/sh
# cli_nt on a machine that has nothing yet, and on one that comes with an
# SMS.INI of many years: what is made, with which rights, dates and names.
. "$(dirname "$0")/lib.sh"

rights() {
	stat -c '%a' "$1"
}

# Windows has ACLs; of these rights it shows whether a file is read-only.
want_rights() {
	if [ "${SYSTEM:-}" = windows ]; then
		case $1 in
		[45]*) [ ! -f "$2" ] || [ "$(stat -c %A "$2" | cut -c 3)" = - ] ||
			fail "$2 is not read-only" ;;
		*) [ ! -f "$2" ] || [ "$(stat -c %A "$2" | cut -c 3)" = w ] ||
			fail "$2 is read-only" ;;
		esac
		return
	fi
	[ "$(rights "$2")" = "$1" ] || fail "$2 has mode $(rights "$2"), wanted $1"
}

# The files that came from the list; nothing but them belongs in the client.
want_client_is_source() {
	rm -rf "${T:?}/wanted"
	mkdir "$T/wanted"
	cp -a "$SRC/." "$T/wanted"
	rm -f "$T/wanted/DOMAIN.INI" "$T/wanted/components.ini"
	want_same_tree "$T/wanted" "$CLIENT"
}

new_site
add BIN/greet '#!/bin/sh
echo hello'
add BIN/tool '#!/bin/sh'
add DATA/HELP.TXT 'help'
add DATA/locked.ini 'not to be changed'
add DATA/empty ''
add 'DATA/Größe A4/Prüfliste für Schicht 1.txt' 'blanks and umlauts'
add 'DATA/many;of #these.txt' 'x'
chmod 755 "$SRC/BIN/greet" "$SRC/BIN/tool"
printf '[Flags]\r\nDATA/locked.ini=r\r\nBIN/tool=xr\r\n' >"$SRC/components.ini"
find "$SRC" -type f -exec touch -d '2024-05-06 07:08:09 UTC' {} +
touch -d '2019-01-02 03:04:05 UTC' "$SRC/DATA/HELP.TXT"

begin 'a first install brings every file of the list, with dates and rights'
ready
want_no_err
[ -z "$out" ] || fail "it said: $out"
want_client_is_source
want_installed
for name in BIN/greet DATA/HELP.TXT DATA/empty 'DATA/Größe A4/Prüfliste für Schicht 1.txt'; do
	[ "$(stat -c %Y "$CLIENT/$name")" = "$(stat -c %Y "$SRC/$name")" ] ||
		fail "$name has the date $(stat -c %y "$CLIENT/$name")"
done
want_rights 755 "$CLIENT/BIN/greet"
want_rights 644 "$CLIENT/DATA/HELP.TXT"
want_rights 444 "$CLIENT/DATA/locked.ini"
want_rights 555 "$CLIENT/BIN/tool"

begin 'the folders of a first install have the rights of the design'
want_rights 755 "$CLIENT"
want_rights 755 "$CLIENT/DATA/Größe A4"
want_rights 755 "$STATE"
want_rights 755 "$STATE_ROOT/LOGS"
want_rights 700 "$STATE_ROOT/TEMP"
want_rights 1777 "$INVDATA"
want_rights 1733 "$STATE_ROOT/ccr.box"

begin 'a first install fills SMS.INI from the list, DOMAIN.INI and this machine'
id=$(ini "$INI" SMS 'SMS Unique ID')
echo "$id" | grep -Eqx 'PL2[A-Z2-7]{20}' || fail "SMS Unique ID is '$id'"
want_ini "$INI" SMS SMSPath "$CLIENT"
want_ini "$INI" SMS SMSBinPath "$CLIENT/BIN"
want_ini "$INI" SMS SMSDataPath "$CLIENT/DATA"
want_ini "$INI" SMS SMSStatePath "$STATE_ROOT"
want_ini "$INI" SMS SMSInvDataPath "$INVDATA"
want_ini "$INI" SMS SiteCode PL2
want_ini "$INI" SMS LastLogonServerPath "$ROOT"
want_ini "$INI" SMS ConfigurationRequestPath ccr.box
want_ini "$INI" SMS InventoryCollectionPoint inventry.box
want_ini "$INI" Servers Domain PLANT2
want_ini "$INI" Local MachineName PLN-WS017
want_ini "$INI" Local SetupPhase installed
want_ini "$INI" WorkstationStatus InstalledComponents STANDARD
want_ini "$INI" WorkstationStatus FilesNotDownloaded ''
want_ini "$INI" 'Setup State' Machine 'test-machine;'
want_same "$INI" "$T/pc/SMS.BAK"
[ "$(tr -dc '\r' <"$INI" | wc -c)" = "$(wc -l <"$INI")" ] || fail 'not every line ends in CR LF'

begin 'a first install keeps identity, exact list and DOMAIN.INI in STATE'
want_ini "$STATE/IDENTITY" Identity 'SMS Unique ID' "$id"
want_same "$STATE/CL_NT.TXT" "$ROOT/cl_nt.txt"
want_same "$STATE/DOMAIN.INI" "$SRC/DOMAIN.INI"
want_file "$STATE/INSTALLED.TXT"

begin 'a first install leaves a status .raw that reads whole'
raw=$(find "$INVDATA" -type f)
[ "$(echo "$raw" | wc -l)" = 1 ] || fail "in INVDATA: $raw"
case ${raw##*/} in "$id"-*.raw) ;; *) fail "its name is ${raw##*/}" ;; esac
read -r word version raw_id agent length <"$raw"
length=${length%?}
[ "$word $version $raw_id" = "SMSRAW 1 $id" ] || fail "line 1: $word $version $raw_id $agent"
head -n 1 "$raw" | wc -c >"$T/.head"
tail -c +$(($(cat "$T/.head") + 1)) "$raw" | head -c "$length" >"$T/.body"
want_text "$raw" "END $(sha256sum <"$T/.body" | cut -d ' ' -f 1)"
want_ini "$T/.body" Identity 'Exit Code' 0
want_ini "$T/.body" Identity CopyListVersion "$(version_of)"
want_ini "$T/.body" 'Component STANDARD' State Installed

begin 'a first install without service components asks nobody'
[ -z "$(find "$ROOT/ccr.box" -type f)" ] || fail "$(find "$ROOT/ccr.box" -type f)"

begin 'the log is written in the form of CMTrace, one record a line'
log=$STATE_ROOT/LOGS/CLI_NT.LOG
want_text "$log" "<![LOG[CopyListVersion $(version_of) is installed]LOG]!><time=\""
grep -vqE '^<!\[LOG\[.*\]LOG\]!><time="[0-9:.+-]+" date="[0-9-]+" component="cli_nt" context="" type="[123]" thread="1" file="[a-z_]+\.c:[0-9]+">.$' "$log" &&
	fail "a record is $(grep -vE '^<!\[LOG\[.*type=' "$log" | head -n 1)"

begin 'a service component is asked for and its files are left to ccm'
new_client
rm -f "$ROOT"/ccr.box/*.CCR
add INVENTORY/inv32cli 'service'
printf '[Component Client Inventory]\r\nType=service\r\nService=SMS_CLIENT_INVENTORY\r\nBinary=INVENTORY\\inv32cli\r\nAfter=STANDARD\r\nFiles=INVENTORY/**\r\n' >"$SRC/components.ini"
release
run cli_nt
want_code 0
want_no_err
want_installed
want_no_file "$CLIENT/INVENTORY"
id=$(ini "$INI" SMS 'SMS Unique ID')
request=$ROOT/ccr.box/$id.CCR
section='NT Client Configuration Request'
want_ini "$request" "$section" 'Machine Name' PLN-WS017
want_ini "$request" "$section" Domain PLANT2
want_ini "$request" "$section" 'Client Request Count' 1
want_ini "$INI" WorkstationStatus InstalledComponents STANDARD
[ "$(find "$ROOT/ccr.box" -type f | wc -l)" = 1 ] || fail "the box holds $(ls "$ROOT/ccr.box")"

begin 'the same machine gets the same SMS ID again after everything is gone'
new_client
run cli_nt
want_code 0
want_ini "$INI" SMS 'SMS Unique ID' "$id"

begin 'another machine with a copied SMS.INI gets an ID of its own'
run env SMS_IDENTITY=another-machine "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
want_code 0
want_err 'was made on other hardware'
other=$(ini "$INI" SMS 'SMS Unique ID')
echo "$other" | grep -Eqx 'PL2[A-Z2-7]{20}' || fail "SMS Unique ID is '$other'"
[ "$other" != "$id" ] || fail 'it kept the ID of the machine it was copied from'
want_ini "$STATE/IDENTITY" Identity 'SMS Unique ID' "$other"

begin 'an SMS.INI of many years is filled in and otherwise kept byte for byte'
new_site
cp -a "$top/samples/client.src/." "$SRC"
chmod -R u+w "$SRC"
rm -rf "${ROOT:?}"
new_client
cp "$top/samples/SMS.INI" "$INI"
chmod 640 "$INI"
release
run cli_nt
want_code 0
want_installed
want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
want_ini "$STATE/IDENTITY" Identity 'SMS Unique ID' PL20A01F
diff "$top/samples/SMS.INI" "$INI" | sed -n 's/^< //p' | tr -d '\r' >"$T/.lost"
cat >"$T/.wanted" <<'END'
FilesNotDownloaded=UINFO.XNF
InstalledComponents=PCM, APPCONTROL
CopyListVersion=899164800
SetupPhase=verify_files
END
want_same "$T/.wanted" "$T/.lost"
want_ini "$INI" WorkstationStatus InstalledComponents 'STANDARD, PRINTERS'
want_ini "$INI" 'SMS Work' PendingWork '"cp" "/opt/sms/TEMP/new one.so" /opt/sms/BIN/,rm "/opt/sms/TEMP/new one.so"'
want_ini "$INI" LogonHistory Entry PL3:PLANT3
want_ini "$INI" Sight SyncSends 1
want_ini "$INI" Local CheckInterval 240
want_ini "$INI" 'Package Command Manager' ResultSharePoint despoolr.box
want_rights 640 "$INI"

begin '/d: puts everything of the client below one folder, and SMS.INI remembers'
new_client
run cli_nt /d:"$T/pc/all of it"
want_code 0
place="$T/pc/all of it"
want_file "$place/BIN/greet"
want_file "$place/STATE/INSTALLED.TXT"
want_file "$place/INVDATA"
want_file "$place/LOGS/CLI_NT.LOG"
[ -z "$(find "$T/sys" -mindepth 1)" ] || fail "outside of it: $(find "$T/sys" -mindepth 1 | head -n 1)"
want_ini "$INI" SMS SMSPath "$place"
want_ini "$INI" SMS SMSStatePath "$place"
add DATA/news.txt 'the second release'
release
run cli_nt
want_code 0
want_text "$place/DATA/news.txt" 'the second release'
[ -z "$(find "$T/sys" -mindepth 1)" ] || fail "outside of it: $(find "$T/sys" -mindepth 1 | head -n 1)"

begin '/d: without /i: keeps SMS.INI in that folder too'
new_client
run "$BIN/cli_nt" /p:"$ROOT" /c:"$POLICY" /d:"$T/pc/own"
want_code 0
want_ini "$T/pc/own/SMS.INI" SMS SMSPath "$T/pc/own"
want_ini "$T/pc/own/SMS.INI" Local SetupPhase installed

begin '/d: is ignored where SMSPath is there already, with a note under /v'
new_client
run cli_nt
want_code 0
run cli_nt /d:"$T/pc/other" /f /v
want_code 0
want_out "/d: is ignored, SMS.INI says SMSPath=$CLIENT"
want_no_file "$T/pc/other"
run cli_nt /d:"$T/pc/other" /f
[ -z "$out$err" ] || fail "without /v it said: $out$err"

begin 'blanks and umlauts stand in every path'
new_client
mkdir -p "$T/pc/Büro Süd" "$T/lög on"
mv "$ROOT" "$T/lög on/srv 1"
ROOT="$T/lög on/srv 1"
INI="$T/pc/Büro Süd/SMS.INI"
run cli_nt /d:"$T/pc/Büro Süd/sms client"
want_code 0
want_no_err
CLIENT="$T/pc/Büro Süd/sms client"
STATE=$CLIENT/STATE
want_installed
want_file "$CLIENT/DATA/Drucker/Größe A4.ini"
want_ini "$INI" SMS LastLogonServerPath "$ROOT"
run "$BIN/cli_nt" /i:"$INI" /c:"$POLICY"
want_code 0
