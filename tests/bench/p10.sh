# P10: publish where nothing changed, and where one file did. The floor asks the
# size and the time of every file; rsync compares nothing else either.
# shellcheck shell=sh

p10_site() {
	site_of "$1" 64
	cp -a "$SRC" "$T/p10-$1"
	sleep 2.1 # what changed less than 2 s ago would be hashed again
	SMS_SYSROOT=$T/site publish >"$T/.out" 2>&1 ||
		die "publish: $(tail -n 3 "$T/.out")"
}

# p10_subjects CHANGE: publish, and rsync to a copy; printed, one word a line.
# CHANGE is a command that goes before each, or nothing.
p10_subjects() {
	printf '%s\n' -- "P10|$work|ours|publish" 0
	[ -z "$1" ] || printf '%s\n' : "$BENCH/change" "$SRC/DATA/D000/F00000.DAT" '{}'
	printf '%s\n' + "$BIN/publish" "/s:$SRC" "/p:$ROOT"
	have rsync || return 0
	printf '%s\n' -- "P10|$work|peer|rsync -a" 0
	[ -z "$1" ] || printf '%s\n' : "$BENCH/change" "$SRC/DATA/D000/F00000.DAT" '{}'
	printf '%s\n' + rsync -a "$SRC/" "$T/p10-$size/"
}

p10_run() {
	set --
	while IFS= read -r word; do
		set -- "$@" "$word"
	done <"$T/.subjects"
	timed -n $((50 / SHORT + 1)) -s $((20 / SHORT)) "$@"
}

row_p10() {
	say 'P10: publish, nothing changed and one file changed'
	export SMS_SYSROOT="$T/site"
	for size in 100 1000 10000; do
		p10_site $size
	done
	for size in 100 1000 10000; do
		site_of $size 64
		work="$size files, nothing changed"
		goal P10 "$work" median 2 'find -printf'
		p10_subjects ''
		printf '%s\n' -- "P10|$work|floor|find -printf" 0 \
		    + find "$SRC" -printf '%s %T@ %i %p\n'
	done >"$T/.subjects"
	p10_run
	for size in 100 1000 10000; do
		site_of $size 64
		work="$size files, one changed"
		p10_subjects change
	done >"$T/.subjects"
	p10_run
}
