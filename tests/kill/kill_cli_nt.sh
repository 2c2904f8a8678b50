#!/bin/sh
# kill_cli_nt.sh install|update: cli_nt killed at every state-changing call of
# an install or of an update: files, SMS.INI and the request are old or new, and
# the next run completes.
BIN=${BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd)
. "$(dirname "$0")/../scenario/lib.sh"
. "$(dirname "$0")/lib.sh"

# Two releases: every kind of change is between them.
release_one() {
	rm -rf "${SRC:?}/BIN" "${SRC:?}/DATA"
	add BIN/CLIMONNT.EXE 'monitor one'
	add BIN/SMSRUN32.EXE 'smsrun the same'
	add DATA/HELP.TXT 'help one'
	add DATA/OLD.TXT 'goes away'
	add DATA/thing 'a file that becomes a folder'
	add DATA/box/inner.txt 'a folder that becomes a file'
	add DATA/Readme.txt 'its name changes its letters'
	add "DATA/ümlaut and blank.txt" 'one'
	add BIN/INV32CLI.EXE 'service one'
}

release_two() {
	rm -rf "${SRC:?}/BIN" "${SRC:?}/DATA"
	add BIN/CLIMONNT.EXE 'monitor two'
	add BIN/SMSRUN32.EXE 'smsrun the same'
	add DATA/HELP.TXT 'help two'
	add DATA/NEW.TXT 'comes'
	add DATA/thing/inner.txt 'a folder that was a file'
	add DATA/box 'a file that was a folder'
	add DATA/README.TXT 'its name changes its letters'
	add "DATA/ümlaut and blank.txt" 'two'
	add BIN/INV32CLI.EXE 'service two'
}

victim() {
	"$@" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
}

# What the client has of the list's files; service files are ccm's.
client_tree() {
	(cd "$CLIENT" 2>/dev/null && find BIN DATA -type f -exec sha256sum {} + 2>/dev/null | sort -k 2)
}

# Every file of the client is, whole, one of either release.
after_kill() {
	client_tree | while read -r digest name; do
		grep -q "$digest  " "$T/digests" || echo "$name is neither old nor new"
	done >"$T/.bad"
	[ ! -s "$T/.bad" ] || fail "$(head -n 1 "$T/.bad")"
	if [ -e "$INI" ]; then
		version=$(ini "$INI" SMS CopyListVersion)
		case $version in
		"$old_version" | '') ;;
		"$new_version")
			[ "$(client_tree)" = "$(cat "$T/new.tree")" ] ||
				fail 'CopyListVersion is new, the files are not' ;;
		*) fail "CopyListVersion is '$version'" ;;
		esac
		[ -z "$had_id" ] || want_ini "$INI" SMS 'SMS Unique ID' "$had_id"
	fi
	find "$ROOT/ccr.box" -name '*.CCR' -exec grep -L 'Client Request Count' {} + >"$T/.bad"
	[ ! -s "$T/.bad" ] || fail "a request is not whole"
}

again() {
	run victim env SMS_CLOCK=+3600
	[ "$code" -eq 0 ] || fail "the run after it: exit $code: $err"
	[ "$(client_tree)" = "$(cat "$T/new.tree")" ] || fail 'the run after it did not complete'
	want_installed
	want_ini "$INI" SMS CopyListVersion "$new_version"
	[ "$(find "$ROOT/ccr.box" -maxdepth 1 -type f | wc -l)" = 1 ] || fail 'not one request'
	want_file "$ROOT/ccr.box/$(ini "$INI" SMS 'SMS Unique ID').CCR"
}

prepare() {
	chmod -R u+w "$T/sys" 2>/dev/null
	rm -rf "${T:?}/sys" "${T:?}/pc" "${ROOT:?}/ccr.box"
	cp -a "$T/start/sys" "$T/start/pc" "$T/"
	cp -a "$T/start/ccr.box" "$ROOT/"
}

keep_start() {
	rm -rf "${T:?}/start"
	mkdir "$T/start"
	cp -a "$T/sys" "$T/pc" "$ROOT/ccr.box" "$T/start/"
}

new_site
printf '[Component STANDARD]\r\nType=files\r\n[Component Client Inventory]\r\nType=service\r\nService=SMS_CLIENT_INVENTORY\r\nBinary=BIN\\INV32CLI.EXE\r\nFiles=BIN/INV32CLI.EXE\r\n' >"$SRC/components.ini"

# What a finished client of the present list looks like.
take_new_tree() {
	new_version=$(version_of)
	run victim env SMS_CLOCK=+3600
	[ "$code" -eq 0 ] || { echo "FAIL kill_cli_nt: cannot start: $err"; exit 1; }
	client_tree >"$T/new.tree"
}

release_one
publish >/dev/null || exit 1
keep_start
take_new_tree
cp "$T/new.tree" "$T/digests"
old_version=
had_id=
if [ "${1:-install}" = install ]; then
	sweep 'cli_nt killed at every call of a first install'
	exit
fi

prepare
run victim env SMS_CLOCK=+3600
keep_start
old_version=$new_version
had_id=$(ini "$INI" SMS 'SMS Unique ID')
release_two
publish /force >/dev/null || exit 1
rm -rf "$T/start/ccr.box"
cp -a "$ROOT/ccr.box" "$T/start/"
prepare
take_new_tree
cat "$T/new.tree" >>"$T/digests"
sweep 'cli_nt killed at every call of an update'
