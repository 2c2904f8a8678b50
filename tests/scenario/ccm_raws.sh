#!/bin/sh
# What ccm makes of inventories: ccm_raws.sh [COUNT]
. "$(dirname "$0")/lib.sh"

COUNT=${1:-500}

# How many files of a name there are in a folder of the box.
have() {
	find "$RAWS/$1" -type f -name "$2" | wc -l
}

begin 'ccm: of many inventories each good one is kept, each bad one put aside'
if needs_root; then
	new_site
	add BIN/ONE.EXE one
	new_client
	release
	RAWS=${ROOT:?}/inventry.box
	mkdir -p "$T/box" "$T/pcs"
	python3 tests/scenario/raws.py "$RAWS" "$COUNT"
	printf half >"$RAWS/PL2X-1-2.RAW.0123456789abcdef.tmp"
	started=$(date +%s)
	SMS_SYSROOT=$T/site
	export SMS_SYSROOT
	run "$BIN/ccm" /p:"$ROOT" /q:"$T/box" /t:"$T/pcs/%m" /c:"$POLICY" /once
	ended=$(date +%s)
	unset SMS_SYSROOT
	bad=$((COUNT / 10))
	[ $bad -le 1000 ] || bad=1000
	[ "$(have history '*.RAW')" -eq $((COUNT - COUNT / 10)) ] ||
		fail "$(have history '*.RAW') of $COUNT are kept"
	[ "$(have badraws '*.RAW')" -eq $bad ] ||
		fail "$(have badraws '*.RAW') are in badraws, wanted $bad"
	[ "$(have processing '*.RAW')" -eq 0 ] || fail 'some are left in work'
	[ "$(find "$RAWS" -maxdepth 1 -type f)" = \
		"$RAWS/PL2X-1-2.RAW.0123456789abcdef.tmp" ] ||
		fail 'something else is left in the box'
	[ "$COUNT" -lt 10000 ] ||
		echo "# raws: $COUNT in $((ended - started)) s"
fi
