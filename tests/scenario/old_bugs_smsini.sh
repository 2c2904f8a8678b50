#!/bin/sh
# Faults of the original, told as administrators met them: SMS.INI, and who a
# machine is. Each case carries the number of the article; doc/rules.md says at
# which change of the code it was seen to fail.
if [ "$(id -u)" = 0 ] && [ -z "${OWN_MOUNTS:-}" ] && unshare -m true 2>/dev/null; then
	OWN_MOUNTS=yes exec unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
in_memory

clean_hook() {
	chattr -R -i "$T/pc" 2>/dev/null
}

# upkeep TEXT: the site has something new
upkeep() {
	add BIN/ONE.EXE "one, $1"
	release
}

# sections: the lines of SMS.INI, each behind its section
sections() {
	awk '{ sub(/\r$/, "") } /^ *\[/ { at = $0; next } { print at " " $0 }' "$1"
}

# keys FILE: its section and key pairs, "SECTION|KEY"
keys() {
	awk '{ sub(/\r$/, ""); sub(/^ */, "") }
		/^\[/ { at = substr($0, 2, length($0) - 2); next }
		/=/ { print at "|" substr($0, 1, index($0, "=") - 1) }' "$1"
}

new_site
printf '[Component STANDARD]\r\nType=files\r\n[Component Drawing Viewer]\r\nType=files\r\nFiles=VIEWER/**\r\n[Component Help]\r\nType=files\r\nFiles=HELP/**\r\n' >"$SRC/components.ini"
add VIEWER/V.EXE 'viewer'
add HELP/H.TXT 'help'
upkeep first

begin 'Q200085: keys and sections that the setup does not know outlive an update'
cp "$top/samples/SMS.INI" "$INI"
printf '[Robot Cell 4]\r\nAxis=6 ; of 7\r\n; kept by kim\r\nnoise\r\n' >>"$INI"
sections "$INI" | sort >"$T/before"
run cli_nt
want_code 0
want_installed
want_ini "$INI" Sight SyncSends 1
want_ini "$INI" LogonHistory Entry PL3:PLANT3
want_ini "$INI" LogonHistory Counter 1
sections "$INI" | sort >"$T/after"
comm -23 "$T/before" "$T/after" |
    grep -vE ' (CopyListVersion|SetupPhase|FilesNotDownloaded|InstalledComponents|CurrentLogonServer|NetCardID)=' >"$T/lost"
[ ! -s "$T/lost" ] || fail "lost: $(head -n 1 "$T/lost")"

begin 'Q137611: a new key goes into its section, not behind all else'
sections "$INI" | grep -F '[Robot Cell 4]' >"$T/cell"
printf '[Robot Cell 4] %s\n' 'Axis=6 ; of 7' '; kept by kim' noise >"$T/wanted"
want_same "$T/cell" "$T/wanted"
[ "$(grep -c '^\[SMS\]' "$INI")" = 1 ] || fail 'a second [SMS]'
# SMSPath was not there before.
sections "$INI" | grep -q '^\[SMS\] SMSPath=' || fail 'SMSPath is in another section'

begin 'Q150496: a component that leaves leaves no gap in the list of components'
want_ini "$INI" WorkstationStatus InstalledComponents 'STANDARD, Drawing Viewer, Help'
rm -r "$SRC/VIEWER"
printf '[Component STANDARD]\r\nType=files\r\n[Component Help]\r\nType=files\r\nFiles=HELP/**\r\n' >"$SRC/components.ini"
release /force
run cli_nt
want_code 0
want_ini "$INI" WorkstationStatus InstalledComponents 'STANDARD, Help'

begin 'Q140923: an SMS.INI that lacks any one of its keys, or its value, is no trouble'
cp "$INI" "$T/whole.ini"
upkeep second
release
keys "$T/whole.ini" | sort -u >"$T/keys"
[ "$(wc -l <"$T/keys")" -gt 50 ] || fail 'too few keys to try'
while IFS='|' read -r section key; do
	for value in gone empty; do
		awk -v section="[$section]" -v key="$key" -v value=$value '
			{ line = $0; sub(/\r$/, "", line); sub(/^ */, "", line) }
			line ~ /^\[/ { inside = line == section }
			inside && index(line, key "=") == 1 {
				if (value == "empty") printf "%s=\r\n", key
				next
			}
			{ print }' "$T/whole.ini" >"$INI"
		run cli_nt
		want_code 0
		want_ini "$INI" SMS CopyListVersion "$(version_of)"
		want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
	done
done <"$T/keys"

begin 'Q222988, Q158311, Q176969, Q195823: what is blank is filled in, all of it at once'
{
	printf '[SMS]\r\nSMS Unique ID=PL20A01F\r\nSiteCode=\r\n[Servers]\r\nDomain=\r\n'
	printf '[Local]\r\nMachineName=\r\nSystemRole=\r\nSystemType=\r\nLanguageCode=\r\n'
} >"$INI"
run cli_nt
want_code 0
want_ini "$INI" SMS SiteCode PL2
want_ini "$INI" Servers Domain PLANT2
want_ini "$INI" Local MachineName PLN-WS017
want_ini "$INI" Local SystemRole Workstation
for key in SystemType LanguageCode; do
	[ -n "$(ini "$INI" Local $key)" ] || fail "$key is blank"
done

begin 'Q171329: what is known of a machine is not replaced by nothing'
new_client
printf '[SMS]\r\nSMS Unique ID=PL20A01F\r\n[Local]\r\nNetCardID=00:A0:24:11:5E:07\r\nSystemRole=Server\r\n' >"$INI"
run cli_nt
want_code 0
want_ini "$INI" Local NetCardID 00:A0:24:11:5E:07
want_ini "$INI" Local SystemRole Server
want_ini "$INI" SMS 'SMS Unique ID' PL20A01F

begin 'Q171329: who says that he stops has stopped'
add BIN/ONE.EXE 'not for us'
release
before=$(look "$T/sys" "$T/pc")
for wrong in 's/^Sequence=.*/Sequence=1\r/' 's/^Files=.*/Files=1\r/' 's/^BIN.ONE.EXE=/BIN\\..\\ONE.EXE=/'; do
	cp "$ROOT/cl_nt.txt" "$T/list.txt"
	relist "$wrong"
	run cli_nt
	want_code 65
	want_err 'cl_nt.txt'
	want_untouched "$before" "$T/sys" "$T/pc"
	cp "$T/list.txt" "$ROOT/cl_nt.txt"
done

begin 'Q185914: the letter case of a machine is no other machine'
new_client
SMS_IDENTITY=4C4C4544-0042-AB run cli_nt
want_code 0
id=$(ini "$INI" SMS 'SMS Unique ID')
SMS_IDENTITY=4c4c4544-0042-ab run cli_nt /f
want_code 0
want_no_err
want_ini "$INI" SMS 'SMS Unique ID' "$id"
new_client
SMS_IDENTITY=4c4c4544-0042-AB run cli_nt
want_ini "$INI" SMS 'SMS Unique ID' "$id"

begin 'Q162165: the SMS ID is in SMS.INI before anything is sent under it'
new_client
printf '[Component STANDARD]\r\nType=files\r\n[Component INVENTORY]\r\nType=service\r\nService=SMS_INV\r\nBinary=INV\\inv\r\nFiles=INV/**\r\n' >"$SRC/components.ini"
add INV/inv 'service'
release /force
if needs strace; then
	traced rename,renameat,renameat2
	want_code 0
	id=$(ini "$INI" SMS 'SMS Unique ID')
	want_file "$ROOT/ccr.box/$id.CCR"
	grep -oE '"(SMS\.INI|[^"]*\.CCR|[^"]*\.raw)"' "$T/.trace" |
	    head -n 1 >"$T/.first"
	want_text "$T/.first" '"SMS.INI"'
fi

begin 'Q154936, Q181629, Q269774, Q168543, Q153635: IDs need nothing of the server'
if needs_root; then
	# Many new machines at once, where nobody may write to the share.
	chmod -R a-w "$ROOT"
	for pc in 1 2 3 4 5 6; do
		mkdir -p "$T/many/$pc"
		printf '[SMS]\r\nSMSPath=%s/sms\r\nSMSStatePath=%s/state\r\n' "$T/many/$pc" "$T/many/$pc" >"$T/many/$pc/SMS.INI"
	done
	chown -R 65534:65534 "$T/many"
	mkdir -p "$T/bin"
	cp "$BIN/cli_nt" "$T/bin/"
	before=$(look "$ROOT")
	numbers=
	for pc in 1 2 3 4 5 6; do
		SMS_IDENTITY=machine-$pc as_nobody "$T/bin/cli_nt" /p:"$ROOT" \
		    /i:"$T/many/$pc/SMS.INI" /c:"$POLICY" >"$T/many.$pc" 2>&1 &
		numbers="$numbers $!"
	done
	for number in $numbers; do
		wait "$number"
	done
	want_untouched "$before" "$ROOT"
	for pc in 1 2 3 4 5 6; do
		ini "$T/many/$pc/SMS.INI" SMS 'SMS Unique ID'
	done | sort -u >"$T/ids"
	[ "$(grep -cE '^PL2[A-Z2-7]{20}$' "$T/ids")" = 6 ] ||
		fail "IDs: $(tr '\n' ' ' <"$T/ids"): $(head -n 1 "$T/many.1")"
	chmod -R u+w "$ROOT"
fi

begin 'Q161216: SMS.INI in a folder that is closed is told before anything is done'
if needs_root; then
	new_client
	mkdir -p "$T/own"
	chown 65534:65534 "$T/own"
	printf '[SMS]\r\nSMSPath=%s/sms\r\nSMSStatePath=%s/state\r\n' "$T/own" "$T/own" >"$INI"
	chown 65534:65534 "$INI"
	run as_nobody "$T/bin/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 2
	want_err "$T/pc: SMS.INI cannot be written in this folder: "
	[ -z "$(find "$T/own" -type f)" ] || fail "made: $(find "$T/own" -type f | head -n 1)"
	[ "$(ls "$T/pc")" = SMS.INI ] || fail "in its folder: $(ls "$T/pc")"
fi

begin 'Q154752, Q263389, Q225192: nothing of an installation stands in folders of a user'
new_client
mkdir -p "$T/sys$HOME" "$T/sys/root"
before=$(look "$T/home" "$T/sys$HOME" "$T/sys/root")
run cli_nt
want_code 0
want_untouched "$before" "$T/home" "$T/sys$HOME" "$T/sys/root"
find "$T/sys" -type f | grep -vE "^$T/sys/(opt/sms|var/lib/sms)/" >"$T/others"
[ ! -s "$T/others" ] || fail "also made: $(head -n 1 "$T/others")"

begin 'Q125978: a phase is carried on from whichever folder the next run starts'
upkeep third
piece=$(stored 'BIN\\ONE.EXE')
mv "$piece" "$T/piece"
cd "$T" || exit 2
run "$BIN/cli_nt" /p:root /i:pc/SMS.INI /c:"$POLICY"
want_code 1
want_ini "$INI" Local SetupPhase verify_files
mv "$T/piece" "$piece"
cd / || exit 2
SMS_CLOCK=+7200 run "$BIN/cli_nt" /i:"$INI" /c:"$POLICY"
cd "$top" || exit 2
want_code 0
want_installed
want_text "$CLIENT/BIN/ONE.EXE" 'one, third'

begin 'Q140856, Q153303: an end that could not be written down is not announced'
if needs strace; then
	upkeep fourth
	traced renameat
	want_code 0
	# Which of its renames is the one that stores the end?
	number=$(awk '/renameat\(/ { n[$1]++; if (/"SMS.INI"/) last = n[$1] }
		END { print last }' "$T/.trace")
	upkeep fourth-again
	run env ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e trace=renameat \
	    -e inject=renameat:error=EROFS:when="$number" \
	    "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" /v
	[ "$code" != 0 ] || fail 'exit 0'
	want_err "$INI: cannot write: "
	case $out in *'is installed'*) fail "it said: $out" ;; esac
	want_ini "$INI" Local SetupPhase verify_files
	run cli_nt
	want_code 0
	want_installed
fi

begin 'Q228781: an SMS.INI that stands elsewhere is found by all, and what it says counts'
new_client
mkdir "$T/pc/windows"
INI=$T/pc/windows/SMS.INI
printf '[SMS]\r\nSMS Unique ID=PL20A01F\r\nSMSPath=%s\r\n[Setup State]\r\nNextTry=2099-01-01T00:00:00Z\r\n' "$T/sys/elsewhere" >"$INI"
run env SMS_INI="$INI" "$BIN/cli_nt" /p:"$ROOT" /c:"$POLICY"
want_code 0
want_file "$T/sys/elsewhere/BIN/ONE.EXE"
want_no_file "$CLIENT"
want_no_file "$STATE_ROOT/SMS.INI"
want_ini "$INI" SMS CopyListVersion "$(version_of)"
want_ini "$INI" SMS 'SMS Unique ID' PL20A01F

begin 'Q186406: where a client stands is decided once, whoever starts the setup'
new_client
run cli_nt /d:"$T/sys/first"
want_code 0
want_file "$T/sys/first/BIN/ONE.EXE"
upkeep fifth
for place in "/d:$T/sys/second" /f /k; do
	run cli_nt "$place"
	want_code 0
	want_text "$T/sys/first/BIN/ONE.EXE" 'one, fifth'
	want_no_file "$T/sys/second"
	want_no_file "$CLIENT"
done
if "$BIN/climonnt" '/?' >/dev/null 2>&1; then
	upkeep sixth
	touch "$T/sys/first/INVDATA/X.RAW"
	run "$BIN/climonnt" /o /quiet /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 0
	want_text "$T/sys/first/BIN/ONE.EXE" 'one, sixth'
	want_no_file "$T/sys/first/INVDATA/X.RAW"
fi
