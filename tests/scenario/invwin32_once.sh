#!/bin/sh
# invwin32 /E: inventories that are due, and the record of the last one.
. "$(dirname "$0")/lib.sh"

inv() {
	run timeout 60 "$BIN/invwin32" /i:"$INI" /E "$@"
}

raws() {
	find "$INVDATA" -name 'PL*-*-*.raw' | sort
}

count() {
	[ "$(raws | wc -l)" -eq "$1" ] || fail "$(raws | wc -l) inventories, wanted $1"
}

newest() {
	find "$INVDATA" -name 'PL*-*-*.raw' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-
}

# The length of the first line and the digest of the last one are right.
whole() {
	read -r _ form id _ length <"$1"
	length=$(printf %s "$length" | tr -d '\r')
	[ "$form" = 1 ] || fail "form $form"
	[ "$id" = "$(ini "$INI" SMS 'SMS Unique ID')" ] || fail "ID $id"
	sed '1d;$d' "$1" >"$T/body"
	[ "$(wc -c <"$T/body")" = "$length" ] || fail "length $length"
	[ "END $(sha256sum "$T/body" | cut -d ' ' -f 1)" = "$(tail -n 1 "$1" | tr -d '\r')" ] ||
		fail 'the digest differs'
}

# Another day, for the program and its files.
later() {
	SMS_CLOCK=+$(($1 * 86400))
	export SMS_CLOCK
}

begin 'no client: it says so, and nothing is made'
inv
want_code 2
want_err 'no client is installed here'
[ -z "$(ls "$T/sys")" ] || fail "made: $(ls "$T/sys")"

begin 'Q153244: an unknown switch of invwin32 is told'
for word in /I /Q:x --inventory -w; do
	run "$BIN/invwin32" "$word"
	want_code 64
	want_err 'invwin32: '
done
run "$BIN/invwin32" "/$(head -c 70000 /dev/zero | tr '\0' x)"
want_code 64
run "$BIN/invwin32" '/?'
want_code 0
want_out '/e'

new_site
add BIN/a 'a'
ready
rm -f "$INVDATA"/*.raw
mkdir -p "$T/sys/etc" "$T/sys/var/lib/dpkg"
printf 'PRETTY_NAME="Example Linux 12"\n' >"$T/sys/etc/os-release"
{
	i=0
	while [ $i -lt 3000 ]; do
		printf 'Package: package%d\nStatus: install ok installed\nVersion: 1.%d\n\n' $i $i
		i=$((i + 1))
	done
} >"$T/sys/var/lib/dpkg/status"

begin 'first inventory is a whole one, and is noted'
inv
want_code 0
want_no_err
count 1
raw=$(newest)
whole "$raw"
for text in '[Identity]' '[System]' 'Operating System=Example Linux 12' '[Memory]' \
    '[Component STANDARD]' '[Software]' 'package2999=1.2999' 'Machine Name=PLN-WS017'; do
	want_text "$raw" "$text"
done
[ "$(stat -c %a "$raw")" = 644 ] || fail 'others cannot read it'
case $(ini "$INI" SMS LastHardwareScan) in
[0-9]*.000000+000) ;;
*) fail "LastHardwareScan is '$(ini "$INI" SMS LastHardwareScan)'" ;;
esac
[ -n "$(ini "$INI" SMS LastSoftwareScan)" ] || fail 'no LastSoftwareScan'

begin 'Q186407: an inventory may be longer than 48 KiB'
[ "$(wc -c <"$raw")" -gt 49152 ] || fail "$(wc -c <"$raw") bytes"
sed '1d;$d' "$raw" | grep -c '^package' >"$T/n"
[ "$(cat "$T/n")" = 3000 ] || fail "$(cat "$T/n") packages"

begin 'what others may change is used by no invwin32 with rights'
needs_root && {
	refused() {
		rm -f "$STATE_ROOT/LOGS/INVAGENT.LOG" "$STATE/INVENTORY.LOCK"
		chmod "$1" "$2"
		shift 2
		run timeout 60 "$BIN/invwin32" /i:"$INI" "$@"
		want_code 2
		want_err 'not used, others than administrators may change it'
		want_no_file "$STATE_ROOT/LOGS/INVAGENT.LOG"
		want_no_file "$STATE/INVENTORY.LOCK"
	}
	rm -f "$STATE/INVENTORY.LOCK"
	sum=$(find "$INVDATA" "$STATE" "$INI" -type f -exec sha256sum {} +)
	for place in "$INI" "$STATE" "$STATE_ROOT/LOGS" "$CLIENT"; do
		mode=$(stat -c %a "$place")
		refused 777 "$place" /E /F
		want_err "mode 0777"
		refused 777 "$place" /install
		chmod "$mode" "$place"
	done
	[ "$sum" = "$(find "$INVDATA" "$STATE" "$INI" -type f -exec sha256sum {} +)" ] ||
		fail 'something was written'
}

begin 'none before the interval is over, and /F all the same'
inv /v
want_code 0
want_out 'no inventory is due'
count 1
inv /F
want_code 0
count 2
whole "$(newest)"

begin 'interval is that of SMS.INI, for hardware and software each'
for name in 'HardwareScanInterval=3' 'SoftwareScanInterval=5'; do
	sed -i "s/^\[SMS\].*/[SMS]\r\n$name\r/" "$INI"
done
later 2
inv
count 2
later 4
inv
want_code 0
count 3
raw=$(echo "$INVDATA"/*-hardware-*.raw)
want_text "$raw" '[System]'
! grep -q '^.Software.' "$raw" || fail 'software that was not due'
later 6
inv
want_code 0
count 4
raw=$(echo "$INVDATA"/*-software-*.raw)
want_text "$raw" '[Software]'
! grep -q '^.System.' "$raw" || fail 'hardware that was not due'
unset SMS_CLOCK
rm -f "$INVDATA"/*.raw "$STATE/INVENTORY"

begin 'interval of 0 days is always over, and what says the same is named'
sed -i 's/^\(....ware\)ScanInterval=.*/\1ScanInterval=0\r/' "$INI"
mkdir -p "$T/sys/proc"
for free in 100 200; do
	printf 'MemTotal: 500 kB\nMemAvailable: %s kB\n' $free >"$T/sys/proc/meminfo"
	inv
done
want_code 0
count 2
want_text "$(newest)" 'Unchanged=System,Processor,Memory,'

begin 'Q185973: a damaged record makes a whole inventory, once'
sed -i 's/^\(....ware\)ScanInterval=.*/\1ScanInterval=7\r/' "$INI"
cp "$STATE/INVENTORY" "$T/record"
want=2
for how in empty cut flip noise folder; do
	rm -rf "$STATE/INVENTORY"
	cp "$T/record" "$STATE/INVENTORY"
	case $how in
	empty) : >"$STATE/INVENTORY" ;;
	cut) head -c 60 "$T/record" >"$STATE/INVENTORY" ;;
	flip) sed 's/System/sYstem/' "$T/record" >"$STATE/INVENTORY" ;;
	noise) head -c 5000 /dev/urandom >"$STATE/INVENTORY" ;;
	folder) rm "$STATE/INVENTORY" && mkdir "$STATE/INVENTORY" ;;
	esac
	inv
	[ "$code" = 0 ] || fail "$how: exit $code"
	case $err in
	*'record of the last inventory is damaged'*) ;;
	*) fail "$how: it said: $err" ;;
	esac
	want=$((want + 1))
	count $want
	want_text "$(newest)" '[Software]'
	[ $how = folder ] || inv
	count $want
	[ $how = folder ] || want_no_err
done
rm -rf "$STATE/INVENTORY"

begin 'inventories and status files sweep only their own'
needs_root && {
	rm -f "$INVDATA"/*.raw
	id=$(ini "$INI" SMS 'SMS Unique ID')
	for name in full-000000000000000a 000000000000000b; do
		: >"$INVDATA/$id-$name.raw"
		touch -d '2026-01-01' "$INVDATA/$id-$name.raw"
	done
	inv /F
	want_no_file "$INVDATA/$id-full-000000000000000a.raw"
	want_file "$INVDATA/$id-000000000000000b.raw"
	touch -d '2026-01-01' "$(newest)"
	add BIN/a 'second a'
	release
	run cli_nt
	count 1
	want_no_file "$INVDATA/$id-000000000000000b.raw"
}

begin 'killed at every call: an inventory is neither lost nor sent twice'
needs strace && {
	for call in openat write fsync renameat2; do
		n=1
		while [ $n -le 200 ]; do
			rm -f "$INVDATA"/*.raw "$STATE/INVENTORY"
			sed -i '/^Last....wareScan=/d' "$INI"
			run env ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null \
			    -e inject=$call:signal=SIGKILL:when=$n \
			    "$BIN/invwin32" /i:"$INI" /E
			[ "$code" -ne 0 ] || break
			inv
			[ "$code" = 0 ] || fail "$call $n: the next run: exit $code: $err"
			[ "$(raws | wc -l)" = 1 ] || fail "$call $n: $(raws | wc -l) inventories"
			[ "$(raws | wc -l)" != 1 ] || whole "$(raws)"
			n=$((n + 1))
		done
		case $n in 1 | 200) fail "$call: $n points" ;; esac
	done
}

begin 'who may not write there has an inventory and a record of his own'
needs_root && needs setpriv && {
	rm -f "$INVDATA"/*.raw
	mkdir -p "$T/sys$T/home"
	chown 65534 "$T/sys$T/home"
	sed -i '/^Last....wareScan=/d' "$INI"
	sum=$(sha256sum <"$INI")
	run as_nobody "$BIN/invwin32" /i:"$INI" /E
	want_code 0
	count 1
	[ "$sum" = "$(sha256sum <"$INI")" ] || fail 'SMS.INI has changed'
	want_file "$T/sys$T/home/.local/state/sms/INVENTORY"
	run as_nobody "$BIN/invwin32" /i:"$INI" /E
	want_code 0
	count 1
}
