#!/bin/sh
# cli_nt and INVDATA, where everybody may put files.
. "$(dirname "$0")/lib.sh"

new_site
add BIN/a 'a'
ready

begin 'file of another name is not swept for one with a backslash'
digits=0123456789abcdef
mkdir "$INVDATA/f"
: >"$INVDATA/f/x.$digits.tmp"
: >"$INVDATA/f\\x.$digits.tmp"
: >"$INVDATA/x.$digits.tmp"
touch -d '2026-01-01' "$INVDATA"/*.tmp "$INVDATA"/f/*
add BIN/a 'second a'
release
run cli_nt
want_code 0
want_file "$INVDATA/f/x.$digits.tmp"
want_file "$INVDATA/f\\x.$digits.tmp"
want_no_file "$INVDATA/x.$digits.tmp"

begin 'new status takes the place of our own of the days before'
if needs_root; then
	id=$(ini "$INI" SMS 'SMS Unique ID')
	rm -f "$INVDATA"/*.raw
	for name in "$id-000000000000000a.raw" "$id-000000000000000b.raw" other.raw; do
		: >"$INVDATA/$name"
		touch -d '2026-01-01' "$INVDATA/$name"
	done
	: >"$INVDATA/$id-000000000000000c.raw"
	chown 65534 "$INVDATA/$id-000000000000000b.raw"
	add BIN/a 'third a'
	release
	run cli_nt
	want_code 0
	want_no_file "$INVDATA/$id-000000000000000a.raw"
	want_file "$INVDATA/$id-000000000000000b.raw"
	want_file "$INVDATA/$id-000000000000000c.raw"
	want_file "$INVDATA/other.raw"
	[ "$(find "$INVDATA" -name '*.raw' | wc -l)" -eq 4 ] || fail 'no new status'
fi
