#!/bin/sh
# The commands that README.md shows are run as they stand there, but for the
# places, which are moved below the test's own folder.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/runit.sh"

# block N: the Nth block of shell commands. The monitor makes one pass: one that
# stays would have to be waited for.
# shellcheck disable=SC2016
block() {
	awk -v n="$1" '/^```/ { on = /^```sh/ && ++seen == n; next } on' \
	    "$top/README.md" |
	sed -e 's#build/posix/bin#"$BIN"#g' -e 's#/srv/sms#"$T"/srv/sms#g' \
	    -e 's#/etc/sms#"$T"/sys/etc/sms#g' \
	    -e 's#/opt/sms#"$T"/sys/opt/sms#g' \
	    -e 's#/net/PLN#"$T"/net/PLN#g' -e 's#climonnt *&#climonnt /o#'
}

run_block() {
	block "$1" >"$T/block.sh"
	[ -s "$T/block.sh" ] || fail "README.md has no block $1"
	# shellcheck disable=SC2016
	run env SMS_SYSROOT="$T/sys" SMS_UNC="$T/net" SMS_INI="$INI" \
	    T="$T" BIN="$BIN" sh -ec 'cd "$1" && . "$T/block.sh"' sh "$top"
}

begin 'README.md: the commands on the file server publish the first release'
mkdir -p "$T/srv" "$T/net/PLN-DC1"
ROOT=$T/srv/sms/logon.srv
run_block 1
want_code 0
want_out 'published CopyListVersion'
want_file "$ROOT/bin/$(cat "$top/VERSION")/cli_nt"

begin 'README.md: the commands on the first client install everything'
ln -s "$ROOT" "$T/net/PLN-DC1/SMS_SHR"
run_block 2
want_code 0
want_no_err
want_installed
want_file "$CLIENT/BIN/climonnt"

begin 'README.md: monitor and logon script follow the next release'
echo 'the second release' >"$T/srv/sms/client.src/DATA/news.txt"
run "$BIN/publish" /s:"$T/srv/sms/client.src" /p:"$ROOT"
want_code 0
run_block 3
want_code 0
want_text "$CLIENT/DATA/news.txt" 'the second release'
want_installed

begin 'README.md: ccm and invwin32 install themselves as services, and run'
if needs_root && needs_runit; then
	run_block 4
	want_code 0
	want_no_err
	want_file "$SVDIR/SMS_CLIENT_CONFIG_MANAGER/run"
	want_file "$SVDIR/SMS_INVENTORY_AGENT_NT/run"
	for service in "$SVDIR"/SMS_*; do
		kill -0 "$(cat "$service/supervise/pid")" 2>/dev/null ||
			fail "${service##*/} does not run"
	done
	run "$BIN/setclcfg" '*' /i:"$INI"
	want_code 0
	want_out STANDARD
	runit_end
fi
