# P1: cli_nt on a client where nothing is to be done. The floor opens and reads
# the same two files. rsync compares all files, which is what it can do.
# shellcheck shell=sh

P1_SIZES='10 1000 10000'

p1_site() {
	site_of "$1" 64
	client_of "p1-$1"
	cli_nt >"$T/.out" 2>&1 || die "cli_nt: $(tail -n 3 "$T/.out")"
	! have minisign || (
		cd "$T/p1-$1" &&
		minisign -G -W -f -p key.pub -s key.sec &&
		minisign -S -s key.sec -m "$ROOT/cl_nt.txt" -x list.minisig
	) >"$T/.out" 2>&1 || die "minisign: $(tail -n 3 "$T/.out")"
}

# The subjects of one size are added to "$@" of the caller: printed, one word a
# line (no word of ours holds a line end).
p1_subjects() {
	site_of "$1" 64
	client_of "p1-$1"
	work="$1 entries"
	printf '%s\n' -- "P1|$work|ours|cli_nt" 0 + "SMS_SYSROOT=$SYS" \
	    "$BIN/cli_nt" "/p:$ROOT" "/i:$INI" "/c:$POLICY" \
	    -- "P1|$work|floor|open and read two files" 0 + \
	    "$BENCH/floor_read" "$INI" "$ROOT/cl_nt.txt" \
	    -- "P1|$work|floor|static floor" 0 + \
	    "$BENCH/floor_static" "$INI" "$ROOT/cl_nt.txt" \
	    -- "P1|$work|peer|cmp -s" 0 + \
	    cmp -s "$SYS/var/lib/sms/STATE/CL_NT.TXT" "$ROOT/cl_nt.txt"
	! have rsync || printf '%s\n' -- "P1|$work|peer|rsync -an" 0 + \
	    rsync -an "$SRC/DATA/" "$SYS/opt/sms/DATA/"
	! have minisign || printf '%s\n' -- "P1|$work|peer|minisign -V" 0 + \
	    minisign -V -q -p "$T/p1-$1/key.pub" -m "$ROOT/cl_nt.txt" \
	    -x "$T/p1-$1/list.minisig"
}

row_p1() {
	for size in $P1_SIZES; do
		p1_site "$size"
		goal P1 "$size entries" median 1.25 'open and read two files'
		goal P1 "$size entries" median 1.25 'static floor'
	done
	for size in $P1_SIZES; do
		p1_subjects "$size"
	done >"$T/.subjects"
	say "P1: nothing to do, $P1_SIZES entries"
	set --
	while IFS= read -r word; do
		set -- "$@" "$word"
	done <"$T/.subjects"
	timed -n 300 -s "$((60 / SHORT))" -w 3 "$@"
}
