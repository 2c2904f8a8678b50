#!/bin/sh
# cli_nt and files that are in use. On Linux only an immutable file cannot be
# replaced: it stands for the busy file of other systems.
. "$(dirname "$0")/lib.sh"

clean_hook() {
	chattr -R -i "$T/sys" 2>/dev/null
}

locked() {
	needs_root && needs chattr || return 1
	chattr +i "$@" 2>/dev/null || { skip 'chattr +i is refused on this volume'; return 1; }
}

# What is not as it was before the update but waits
want_waiting() {
	want_ini "$INI" SMS CopyListVersion "$(version_of)"
	want_ini "$INI" Local SetupPhase verify_files
	want_ini "$INI" 'Setup State' Restart EXTRA
	[ "$(find "$STATE/pending" -type f | wc -l)" = 1 ] || fail "pending holds $(ls "$STATE/pending")"
	want_no_file "$STATE/JOURNAL"
	[ -z "$(find "$CLIENT/.stage" -name 'old.*')" ] || fail 'an old file stands aside'
}

release_two() {
	for name in BIN/a EXTRA/b EXTRA/c EXTRA/new; do
		add $name "$name of release two"
	done
	rm "$SRC/EXTRA/gone"
	release /force
}

new_site
printf '[Component STANDARD]\r\nType=files\r\n[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\n' >"$SRC/components.ini"
add BIN/a 'a'
add EXTRA/b 'b'
add EXTRA/c 'c'
add EXTRA/gone 'gone'
ready

begin 'a busy file: its component stays whole and old, the others are in: exit 194'
if locked "$CLIENT/EXTRA/c"; then
	before=$(look "$CLIENT/EXTRA")
	release_two
	run cli_nt
	want_code 194
	want_err 'cli_nt: component EXTRA: waits for the next start: EXTRA/c: '
	want_untouched "$before" "$CLIENT/EXTRA"
	want_text "$CLIENT/BIN/a" 'BIN/a of release two'
	want_waiting
	raw=$(grep -l "Offered CopyListVersion=$(version_of)" "$INVDATA"/*.raw)
	want_ini "$raw" 'Component EXTRA' State 'Restart Pending'
	want_ini "$raw" 'Component STANDARD' State Installed
fi

begin 'while the file is busy, each later run ends with 194 too'
if locked "$CLIENT/EXTRA/c"; then
	run cli_nt
	want_code 194
	want_untouched "$before" "$CLIENT/EXTRA"
	want_waiting
fi

begin 'the run that finds the file free places the component: exit 0, nothing left'
if locked "$CLIENT/EXTRA/c"; then
	chattr -i "$CLIENT/EXTRA/c"
	rm -f "$(stored 'EXTRA\\b')" "$(stored 'EXTRA\\c')"	# not needed again
	run cli_nt
	want_code 0
	want_installed
	for name in b c new; do
		want_text "$CLIENT/EXTRA/$name" "EXTRA/$name of release two"
	done
	want_no_file "$CLIENT/EXTRA/gone"
	[ -z "$(find "$STATE/pending" -type f 2>/dev/null)" ] || fail 'a record is left'
	grep -q Restart= "$INI" && fail 'SMS.INI still asks for a restart'
	run cli_nt
	want_code 0
	[ -z "$out$err" ] || fail "the run after it said: $out$err"
fi

begin 'a newer list replaces what waits'
if locked "$CLIENT/EXTRA/c"; then
	add EXTRA/b 'b three'
	add EXTRA/c 'c three'
	release
	run cli_nt
	want_code 194
	add EXTRA/b 'b four'
	add EXTRA/c 'EXTRA/c of release two'
	release
	run cli_nt
	want_code 0
	want_installed
	want_text "$CLIENT/EXTRA/b" 'b four'
	want_text "$CLIENT/EXTRA/c" 'EXTRA/c of release two'
	[ -z "$(find "$STATE/pending" -type f 2>/dev/null)" ] || fail 'a record is left'
	chattr -i "$CLIENT/EXTRA/c"
fi

begin 'a staged file that is damaged while it waits is not placed, but fetched anew'
add EXTRA/b 'b five'
add EXTRA/c 'c five'
release
if locked "$CLIENT/EXTRA/c"; then
	run cli_nt
	want_code 194
	piece=$(find "$CLIENT/.stage" -name "$(basename "$(stored 'EXTRA\\b')").*")
	chmod u+w "$piece"
	printf 'B five' >"$piece"
	chattr -i "$CLIENT/EXTRA/c"
	run cli_nt
	want_code 0
	want_err 'component EXTRA: EXTRA/b: '
	want_err 'it is compared anew'
	want_installed
	want_text "$CLIENT/EXTRA/b" 'b five'
	want_text "$CLIENT/EXTRA/c" 'c five'
fi

begin 'a damaged record is dropped and everything is checked'
add EXTRA/b 'b six'
add EXTRA/c 'c six'
release
if locked "$CLIENT/EXTRA/c"; then
	run cli_nt
	want_code 194
	record=$(find "$STATE/pending" -type f)
	sed -i 's/^Step=/Step=x/' "$record"
	chattr -i "$CLIENT/EXTRA/c"
	run cli_nt
	want_code 0
	want_err "$STATE: a journal was not whole; every file is checked"
	want_installed
	want_text "$CLIENT/EXTRA/c" 'c six'
fi

begin 'a busy file that is to be removed makes its component wait'
rm "$SRC/EXTRA/b"
add EXTRA/c 'c seven'
release /force
if locked "$CLIENT/EXTRA/b"; then
	run cli_nt
	want_code 194
	want_text "$CLIENT/EXTRA/c" 'c six'
	want_waiting
	chattr -i "$CLIENT/EXTRA/b"
	run cli_nt
	want_code 0
	want_installed
	want_no_file "$CLIENT/EXTRA/b"
	want_text "$CLIENT/EXTRA/c" 'c seven'
fi

begin 'a component that waits and leaves the list: what it would bring goes too'
add EXTRA/new2 'new2'
add EXTRA/c 'c eight'
release
if locked "$CLIENT/EXTRA/c"; then
	run cli_nt
	want_code 194
	chattr -i "$CLIENT/EXTRA/c"
	rm -r "$SRC/EXTRA" "$SRC/components.ini"
	release /force
	run cli_nt
	want_code 0
	want_installed
	want_no_file "$CLIENT/EXTRA"
	[ -z "$(find "$STATE/pending" -type f 2>/dev/null)" ] || fail 'a record is left'
fi

begin 'a program that runs is replaced: the running one goes on with the old file'
add BIN/sleeper 'x'
cp "$(command -v sleep)" "$SRC/BIN/sleeper"
chmod 755 "$SRC/BIN/sleeper"
release
run cli_nt
want_code 0
"$CLIENT/BIN/sleeper" 30 &
sleeper=$!
echo '#!/bin/sh' >"$SRC/BIN/sleeper"
release
run cli_nt
want_code 0
want_installed
kill -0 $sleeper || fail 'the running program has ended'
kill $sleeper
wait $sleeper 2>/dev/null
want_same "$SRC/BIN/sleeper" "$CLIENT/BIN/sleeper"
