#!/bin/sh
# Faults of the original, told as administrators met them: how an update of
# clients began, what held it up, and how it ended. Each case carries the number
# of the article; doc/rules.md says at which change of the code it was seen to
# fail.
. "$(dirname "$0")/lib.sh"

clean_hook() {
	chattr -R -i "$T/sys" 2>/dev/null
}

# On Linux a file that cannot be replaced stands for the busy file of others.
in_use() {
	needs_root && needs chattr || return 1
	chattr +i "$@" 2>/dev/null || { skip 'chattr +i is refused on this volume'; return 1; }
}

# edition WORD: every file of the site is new
edition() {
	add BIN/CLIMONNT.EXE "monitor, $1"
	add BIN/PCMSVC32.EXE "package service, $1"
	add VIEWER/VIEWER.EXE "viewer, $1"
	add VIEWER/FONTS.DAT "fonts, $1"
	release
}

# What the client has now: the word of its edition, by file.
want_edition() {
	case $2 in
	VIEWER) files='VIEWER/VIEWER.EXE VIEWER/FONTS.DAT' ;;
	*) files='BIN/CLIMONNT.EXE BIN/PCMSVC32.EXE' ;;
	esac
	for name in $files; do
		want_text "$CLIENT/$name" ", $1"
	done
}

newest_raw() {
	grep -l "Offered CopyListVersion=$(version_of)" "$INVDATA"/*.raw | tail -n 1
}

new_site
printf '[Component STANDARD]\r\nType=files\r\n[Component Viewer]\r\nType=files\r\nFiles=VIEWER/**\r\n' >"$SRC/components.ini"
edition one
ready

begin 'Q166771: the version is not stored before the files are in place'
old=$(version_of)
edition two
piece=$(stored 'VIEWER\\FONTS.DAT')
mv "$piece" "$T/piece"
run cli_nt
want_code 1
want_ini "$INI" SMS CopyListVersion "$old"
mv "$T/piece" "$piece"
run cli_nt /f
want_code 0
want_installed
want_edition two VIEWER

begin 'Q168598: one file that the server lacks keeps no other component waiting'
edition three
piece=$(stored 'BIN\\PCMSVC32.EXE')
mv "$piece" "$T/piece"
run cli_nt
want_code 1
want_err 'component STANDARD: not installed: BIN/PCMSVC32.EXE: missing on the logon server'
want_edition three VIEWER
want_edition two STANDARD
want_ini "$INI" WorkstationStatus FilesNotDownloaded BIN/PCMSVC32.EXE

begin 'Q171038: the site is told the version that is installed, not the one on offer'
raw=$(newest_raw)
want_ini "$raw" Identity CopyListVersion "$(ini "$INI" SMS CopyListVersion)"
want_ini "$raw" Identity 'Offered CopyListVersion' "$(version_of)"
[ "$(ini "$INI" SMS CopyListVersion)" != "$(version_of)" ] || fail 'both are the same'
want_text "$raw" 'State=Failed: BIN/PCMSVC32.EXE: '

begin 'Q270697: ten logons while an update cannot end make one try of it'
for logon in 1 2 3 4 5 6 7 8 9 10; do
	run cli_nt
	want_code 1
	[ -z "$out$err" ] || fail "logon $logon said: $out$err"
done
want_ini "$INI" 'Setup State' Tries 1
[ "$(find "$ROOT/ccr.box" -name '*.CCR' | wc -l)" = 1 ] || fail 'not one request'
want_text "$(echo "$ROOT"/ccr.box/*.CCR)" 'Client Request Count=2'

begin 'Q140374, Q191360: tries are counted once each, over starts, and anew for a new list'
for count in 2 3; do
	SMS_CLOCK=+$((count * 100000)) run cli_nt
	want_code 1
	want_ini "$INI" 'Setup State' Tries $count
done
mv "$T/piece" "$piece"
edition four
piece=$(stored 'BIN\\PCMSVC32.EXE')
mv "$piece" "$T/piece"
run cli_nt
want_code 1
want_ini "$INI" 'Setup State' Tries 1
mv "$T/piece" "$piece"
run cli_nt /f
want_code 0
want_installed
want_ini "$INI" 'Setup State' Tries ''

begin 'Q168463: one program in use holds up its own component and no other'
edition five
if in_use "$CLIENT/BIN/PCMSVC32.EXE"; then
	run cli_nt
	want_code 194
	want_err 'component STANDARD: waits for the next start: BIN/PCMSVC32.EXE'
	want_edition five VIEWER
	want_edition four STANDARD
fi

begin 'Q139086: what was in use comes in by itself, nobody writes PendingWork'
if in_use "$CLIENT/BIN/PCMSVC32.EXE"; then
	want_ini "$INI" 'SMS Work' PendingWork ''
	chattr -i "$CLIENT/BIN/PCMSVC32.EXE"
	rm -rf "$T/away"
	mv "$ROOT" "$T/away"
	run cli_nt	# and no server is needed for it
	want_edition five STANDARD
	mv "$T/away" "$ROOT"
	run cli_nt
	want_code 0
	want_installed
fi

begin 'Q129602: commands in PendingWork are neither run, cut nor lost by an update'
work='"cp" "/opt/sms/TEMP/new one.so" /opt/sms/BIN/ ; x=1'
number=0
while [ $number -lt 150 ]; do
	number=$((number + 1))
	work="$work,touch $T/ran.$number"
done
printf '[SMS Work]\r\nPendingWork=%s\r\n' "$work" >>"$INI"
edition six
run cli_nt
want_code 0
want_installed
want_ini "$INI" 'SMS Work' PendingWork "$work"
want_no_file "$T/ran.1"

begin 'Q169619: a restart is asked for, be the file in use replaced or taken away'
edition seven
for change in replaced removed; do
	if in_use "$CLIENT/VIEWER/FONTS.DAT"; then
		if [ $change = removed ]; then
			rm "$SRC/VIEWER/FONTS.DAT"
			release /force
		fi
		run cli_nt
		want_code 194
		want_ini "$(newest_raw)" 'Component Viewer' State 'Restart Pending'
		chattr -i "$CLIENT/VIEWER/FONTS.DAT"
		run cli_nt
		want_code 0
		want_installed
	fi
done
want_no_file "$CLIENT/VIEWER/FONTS.DAT"

begin 'Q156541: what flashed by on the screen stands in the log'
edition eight
if in_use "$CLIENT/BIN/CLIMONNT.EXE"; then
	run cli_nt
	chattr -i "$CLIENT/BIN/CLIMONNT.EXE"
	want_code 194
	want_err 'component STANDARD: waits for the next start'
	tail -n 5 "$STATE_ROOT/LOGS/CLI_NT.LOG" >"$T/.log"
	want_text "$T/.log" 'component STANDARD: waits for the next start'
	want_text "$T/.log" 'a restart is required'
	run cli_nt
	want_code 0
fi

begin 'Q186412: a changed service is asked for, and no restart'
printf '[Component INVENTORY]\r\nType=service\r\nService=SMS_INV\r\nBinary=INV\\inv\r\nFiles=INV/**\r\n' >>"$SRC/components.ini"
add INV/inv 'service'
release
rm -f "$ROOT"/ccr.box/*.CCR
run cli_nt
want_code 0
want_file "$ROOT/ccr.box/$(ini "$INI" SMS 'SMS Unique ID').CCR"
want_installed

begin 'Q155680: a setting of the site reaches clients that are installed long since'
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\n[Sight]\r\nAllow Takeover=No\r\n' >"$SRC/DOMAIN.INI"
release
run cli_nt
want_code 0
want_ini "$INI" Sight 'Allow Takeover' No
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\n[Sight]\r\nAllow Takeover=Yes\r\nPermission Required=Yes\r\n' >"$SRC/DOMAIN.INI"
release
run cli_nt
want_code 0
want_ini "$INI" Sight 'Allow Takeover' Yes
want_ini "$INI" Sight 'Permission Required' Yes

begin 'Q174952: what is noted as installed and is not there comes back'
rm "$CLIENT/BIN/CLIMONNT.EXE"
printf '[Component STANDARD]\r\nType=files\r\n' >>"$STATE/INSTALLED.TXT"
run cli_nt /f
want_code 0
want_edition eight STANDARD
rm "$CLIENT/BIN/CLIMONNT.EXE"
add BIN/OTHER.EXE 'other'
release
run cli_nt
want_code 0
want_edition eight STANDARD

begin 'Q230660: an installation that is repeated changes SMS.INI once'
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\nServer1=PLN-DC1\r\nServer2=PLN-DC2\r\n[Sight]\r\nAllow Takeover=Yes\r\n' >"$SRC/DOMAIN.INI"
release
run cli_nt
want_code 0
cp "$INI" "$T/once.ini"
for again in 1 2 3; do
	run cli_nt /f
	want_code 0
	want_same "$INI" "$T/once.ini"
	release /b
	run cli_nt
	want_code 0
	sed "s/^CopyListVersion=.*/CopyListVersion=$(version_of)\\r/" "$T/once.ini" >"$T/again.ini"
	want_same "$INI" "$T/again.ini"
	[ $again = 3 ] || cp "$INI" "$T/once.ini"
done
[ "$(grep -ci '^Server1=' "$INI")" = 1 ] || fail 'Server1 stands there twice'

begin 'Q137358: what follows from a new DOMAIN.INI is there after one run'
printf '[Component STANDARD]\r\nType=files\r\n[Component Viewer]\r\nType=files\r\nFiles=VIEWER/**\r\nWhen=domain:^PLANT3$ site:^PL3$\r\n' >"$SRC/components.ini"
release /force
run cli_nt
want_code 0
want_no_file "$CLIENT/VIEWER/VIEWER.EXE"
printf '[SMS]\r\nSiteCode=PL3\r\n[Servers]\r\nDomain=PLANT3\r\n' >"$SRC/DOMAIN.INI"
release
run cli_nt
want_code 0
want_installed
want_file "$CLIENT/VIEWER/VIEWER.EXE"
before=$(look "$T/sys" "$T/pc")
run cli_nt
want_code 0
want_untouched "$before" "$T/sys" "$T/pc"

begin 'Q153287: the lists of another system that lie about remove nothing'
printf 'hand-made' >"$CLIENT/BIN/OWN.EXE"
size=$(stat -c %s "$CLIENT/BIN/OWN.EXE")
digest=$(sha256sum "$CLIENT/BIN/OWN.EXE" | cut -c 1-64)
sed "s/^BIN.CLIMONNT.EXE=.*/BIN\\\\OWN.EXE=$size,$digest,-\\r/" "$STATE/CL_NT.TXT" >"$STATE/CL_W95.TXT"
mkdir -p "$CLIENT/DATA"
cp "$STATE/CL_W95.TXT" "$CLIENT/DATA/CL_W95.TXT"
rm "$STATE/INSTALLED.TXT"	# so that a list has to say what is ours
edition nine
run cli_nt
want_code 0
want_installed
want_text "$CLIENT/BIN/OWN.EXE" hand-made
want_edition nine STANDARD

begin 'Q193280: what others put beside our files stays when ours go'
printf 'theirs' >"$CLIENT/VIEWER/THEIRS.DLL"
mkdir "$CLIENT/VIEWER/theirs"
printf 'theirs' >"$CLIENT/VIEWER/theirs/DATA"
rm "$SRC/VIEWER/VIEWER.EXE" "$SRC/VIEWER/FONTS.DAT"
release /force
run cli_nt
want_code 0
want_installed
want_no_file "$CLIENT/VIEWER/VIEWER.EXE"
want_text "$CLIENT/VIEWER/THEIRS.DLL" theirs
want_text "$CLIENT/VIEWER/theirs/DATA" theirs
want_text "$CLIENT/BIN/OWN.EXE" hand-made

begin 'Q184196: a file that arrives empty is not installed'
edition ten
want_size=$(stat -c %s "$SRC/BIN/CLIMONNT.EXE")
piece=$(stored 'BIN\\CLIMONNT.EXE')
chmod u+w "$piece"
: >"$piece"
run cli_nt
want_code 1
want_err 'BIN/CLIMONNT.EXE: the logon server has other content than the list says'
want_edition nine STANDARD
[ "$(stat -c %s "$CLIENT/BIN/CLIMONNT.EXE")" -gt 0 ] || fail 'it is empty'
release /f /b
run cli_nt
want_code 0
want_edition ten STANDARD
[ "$(stat -c %s "$CLIENT/BIN/CLIMONNT.EXE")" = "$want_size" ] || fail 'another size'

begin 'Q193269, Q231821: a hotfix is files that are put into the source, and one publish'
add BIN/HOTFIX.DLL 'fixed'
add BIN/CLIMONNT.EXE 'monitor, hotfix'
release
run cli_nt
want_code 0
want_installed
want_text "$CLIENT/BIN/HOTFIX.DLL" fixed
want_text "$CLIENT/BIN/CLIMONNT.EXE" 'monitor, hotfix'
