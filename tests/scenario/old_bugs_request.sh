#!/bin/sh
# Faults of the original, told as administrators met them: what clients leave on
# the server, requests and inventories, and how they know that what they take is
# whole. Each case carries the number of the article; doc/rules.md says at which
# change of the code it was seen to fail.
. "$(dirname "$0")/lib.sh"

SECTION='NT Client Configuration Request'

# The user's programs, which he reaches wherever this tree stands.
mkdir -p "$T/bin"
cp "$BIN/cli_nt" "$T/bin/"

# A logon of a user who may not change the client.
as_user() {
	as_nobody "$T/bin/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" "$@"
}

new_site
add BIN/ONE.EXE 'one'
add BIN/TWO.EXE 'two'
add BIN/THREE.EXE 'three'
ready

begin 'Q215107: a user without rights makes the request, to a second server too'
add BIN/ONE.EXE 'one, second edition'
release
if needs_root; then
	cp -a "$ROOT" "$T/second"
	run as_user
	want_code 4
	id=$(ini "$INI" SMS 'SMS Unique ID')
	want_file "$ROOT/ccr.box/$id.CCR"
	ROOT=$T/second run as_user
	want_code 4
	want_file "$T/second/ccr.box/$id.CCR"
fi

begin 'Q242926: ten requests of a machine are one file, which says so'
if needs_root; then
	for count in 2 3 4 5 6 7 8 9 10; do
		run as_user
		want_code 4
		want_ini "$ROOT/ccr.box/$id.CCR" "$SECTION" 'Client Request Count' $count
	done
	[ "$(find "$ROOT/ccr.box" -type f | wc -l)" = 1 ] ||
		fail "the box holds $(ls "$ROOT/ccr.box")"
	want_ini "$ROOT/ccr.box/$id.CCR" "$SECTION" 'Machine Name' PLN-WS017
fi

begin 'Q265882: a request is named .CCR, however short the names in it are'
if needs_root; then
	for domain in '' X AB PL3 PLANT2; do
		for short in A PL20A01F; do
			rm -rf "$ROOT"/ccr.box/*.CCR
			printf '[SMS]\r\nSMS Unique ID=%s\r\n' "$short" >"$T/pc/short.ini"
			printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=%s\r\n' "$domain" >"$SRC/DOMAIN.INI"
			release
			run as_nobody "$T/bin/cli_nt" /p:"$ROOT" /i:"$T/pc/short.ini" /c:"$POLICY"
			want_code 4
			[ "$(find "$ROOT/ccr.box" -type f -printf '%f ')" = "$short.CCR " ] ||
				fail "domain '$domain': $(ls "$ROOT/ccr.box")"
		done
	done
	rm -f "$T/pc/short.ini"
fi

begin 'Q264630: an older list on another server takes no client back'
run cli_nt
want_code 0
cp -a "$ROOT" "$T/older"
add BIN/ONE.EXE 'one, third edition'
release
run cli_nt
want_code 0
before=$(look "$T/sys" "$T/pc")
for switch in /v /f /k; do
	ROOT=$T/older run cli_nt $switch
	want_code 65
	want_err 'refused: Sequence'
	want_untouched "$before" "$T/sys" "$T/pc"
done
want_text "$CLIENT/BIN/ONE.EXE" 'third edition'

begin 'Q239564, Q283130: a check of everything fetches what is damaged and touches nothing else'
printf 'XWO' >"$CLIENT/BIN/TWO.EXE"
before=$(stat -c '%n %i %y' "$CLIENT/BIN/ONE.EXE" "$CLIENT/BIN/THREE.EXE")
if needs strace; then
	traced openat,openat2 /f
	want_code 0
	want_text "$CLIENT/BIN/TWO.EXE" two
	[ "$before" = "$(stat -c '%n %i %y' "$CLIENT/BIN/ONE.EXE" "$CLIENT/BIN/THREE.EXE")" ] ||
		fail 'other files were replaced'
	opened_in "$ROOT/store" | grep / >"$T/.fetched"
	want_text "$T/.fetched" "$(basename "$(stored 'BIN\\TWO.EXE')")"
	[ "$(wc -l <"$T/.fetched")" = 1 ] || fail "fetched: $(tr '\n' ' ' <"$T/.fetched")"
fi

begin 'Q246331, Q270912, Q277745: a hotfix and its digests go out together'
find "$SRC" -type f -exec touch -d '2024-01-01 UTC' {} +
release
run cli_nt
want_code 0
printf 'hotfix of one' >"$SRC/BIN/ONE.EXE"
touch -d '2024-01-02 UTC' "$SRC/BIN/ONE.EXE"
release
[ "$(basename "$(stored 'BIN\\ONE.EXE')")" = "$(sha256sum "$SRC/BIN/ONE.EXE" | cut -c 1-64)" ] ||
	fail 'the list has another digest'
run cli_nt
want_code 0
want_same "$SRC/BIN/ONE.EXE" "$CLIENT/BIN/ONE.EXE"
run cli_nt /f
want_code 0
want_no_err

begin 'Q275617, Q322967: a token in the tree is neither opened nor waited for'
printf 'refreshing' >"$ROOT/inboxlck.tok"
printf 'refreshing' >"$ROOT/store/inboxlck.tok"
add BIN/ONE.EXE 'one, with a token'
release
if needs strace; then
	traced openat,openat2
	want_code 0
	want_text "$CLIENT/BIN/ONE.EXE" 'with a token'
	grep -q inboxlck "$T/.trace" && fail 'a token was opened'
fi
rm "$ROOT/inboxlck.tok" "$ROOT/store/inboxlck.tok"

begin 'Q169038, Q186407: a .raw says its form and its length, and may be long'
number=0
: >"$SRC/components.ini"
while [ $number -lt 700 ]; do
	number=$((number + 1))
	name=$(printf 'Drawing Viewer and Converter, part %04d of many' $number | tr , -)
	printf '[Component %s]\r\nType=files\r\nFiles=PART/%s\r\n' "$name" $number
	add PART/$number $number
done >"$SRC/components.ini"
release
run cli_nt
want_code 0
raw=$(grep -l "Offered CopyListVersion=$(version_of)" "$INVDATA"/*.raw)
[ "$(stat -c %s "$raw")" -gt 49152 ] || fail "it has $(stat -c %s "$raw") bytes"
head -n 1 "$raw" | tr -d '\r' >"$T/.head"
sed '1d;$d' "$raw" >"$T/.body"
[ "$(cut -d ' ' -f 1-3,5 "$T/.head")" = "SMSRAW 1 $(ini "$INI" SMS 'SMS Unique ID') $(stat -c %s "$T/.body")" ] ||
	fail "it begins: $(cat "$T/.head")"
[ "$(tail -n 1 "$raw" | tr -d '\r')" = "END $(sha256sum "$T/.body" | cut -c 1-64)" ] ||
	fail "it ends: $(tail -n 1 "$raw")"
[ "$(grep -c '^\[Component ' "$raw")" = 701 ] || fail 'components are missing'

begin 'Q243159: paths of more than 256 bytes are paths like others'
rm "$SRC/components.ini"
rm -r "$SRC/PART"
release /force
new_client
deep=$T/sys
for part in 1 2 3 4 5 6; do
	deep=$deep/$(printf '%060d' $part)
done
run cli_nt /d:"$deep"
want_code 0
want_text "$deep/BIN/ONE.EXE" 'with a token'
want_ini "$INI" SMS SMSPath "$deep"
add BIN/ONE.EXE 'one, deep down'
release
run cli_nt
want_code 0
want_text "$deep/BIN/ONE.EXE" 'deep down'
want_file "$deep/STATE/INSTALLED.TXT"
find "$T/sys" -type f ! -path "$deep/*" >"$T/.others"
[ ! -s "$T/.others" ] || fail "elsewhere: $(head -n 1 "$T/.others")"

begin 'Q153244: an unknown switch is told, whatever it looks like'
before=$(look "$T/sys" "$T/pc")
long=$(printf '%0300d' 0)
for word in /Q /E /T0 /zz:1 -zz --unknown --unknown=1 /: - -- '' "/$long" "--$long" "/p$long:" '/%s%n'; do
	run cli_nt "$word"
	case $word in
	--) want_code 0 ;;
	*)
		want_code 64
		want_err 'cli_nt: '
		;;
	esac
	want_untouched "$before" "$T/sys" "$T/pc"
done

begin 'Q167656, Q182414: rights that an administrator gave outlive the updates'
if needs_root; then
	new_client
	run cli_nt
	want_code 0
	chgrp 12 "$INI" "$CLIENT/DATA" "$CLIENT/BIN"
	chmod 640 "$INI"
	chmod 750 "$CLIENT/DATA" "$CLIENT/BIN"
	if command -v setfacl >/dev/null 2>&1; then
		setfacl -m u:65534:r "$INI" 2>/dev/null
		acl=$(getfacl -c "$INI" 2>/dev/null)
	fi
	rights=$(stat -c '%n %a %u %g' "$INI" "$CLIENT/DATA" "$CLIENT/BIN")
	add BIN/ONE.EXE 'one, under other rights'
	release
	run cli_nt
	want_code 0
	[ "$rights" = "$(stat -c '%n %a %u %g' "$INI" "$CLIENT/DATA" "$CLIENT/BIN")" ] ||
		fail "they are: $(stat -c '%n %a %u %g' "$INI" "$CLIENT/DATA" "$CLIENT/BIN" | tr '\n' ' ')"
	[ "${acl:-}" = "$( [ -z "${acl:-}" ] || getfacl -c "$INI" 2>/dev/null)" ] || fail 'the ACL is another one'
fi

begin 'Q252856: a drop box that became too open gets its rights back, a closed one stays'
if needs_root; then
	new_client
	run cli_nt
	want_code 0
	box=$STATE_ROOT/ccr.box
	chmod 777 "$INVDATA" "$box"
	run cli_nt /f
	want_code 0
	want_err "$INVDATA: everybody could change everything in it; its rights are set anew"
	want_err "$box: everybody could change everything in it; its rights are set anew"
	[ "$(stat -c %a "$INVDATA" "$box" | tr '\n' ' ')" = '1777 1733 ' ] ||
		fail "they are $(stat -c %a "$INVDATA" "$box" | tr '\n' ' ')"
	chmod 700 "$INVDATA"
	run cli_nt /f
	want_code 0
	want_no_err
	[ "$(stat -c %a "$INVDATA")" = 700 ] || fail "INVDATA was opened: $(stat -c %a "$INVDATA")"
fi
