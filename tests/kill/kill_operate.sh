#!/bin/sh
# publish killed at every state-changing call of /rollback and of /gc: every list
# that stands in the tree has all of its contents in the store, and the next
# run completes.
BIN=${BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd)
. "$(dirname "$0")/../scenario/lib.sh"
. "$(dirname "$0")/lib.sh"

prepare() {
	new_client
	rm -rf "${T:?}/root"
	cp -a "$T/start" "$T/root"
}

# Of every list that stands in the tree, all is in the store.
history_is_whole() {
	[ -e "$ROOT/cl_nt.txt" ] || fail 'cl_nt.txt is gone'
	cat "$ROOT/cl_nt.txt" "$ROOT"/lists/cl_nt.*.txt |
	sed -n 's/\r$//; s/.*=\([0-9]*\),\([0-9a-f]\{64\}\).*/\2/p' | sort -u |
	while read -r digest; do
		file=$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest
		[ "$(sha256sum "$file" 2>/dev/null | cut -d ' ' -f 1)" = "$digest" ] ||
			echo "$digest"
	done >"$T/.bad"
	[ ! -s "$T/.bad" ] ||
		fail "a list names $(head -n 1 "$T/.bad"), which is not whole in the store"
}

# Eight releases, ten days between them; the last one is old_version.
new_site
add DATA/TWO.TXT 'two'
n=0
while [ $n -lt 8 ]; do
	n=$((n + 1))
	add BIN/ONE.EXE "one, $n"
	SMS_CLOCK=-$(((90 - 10 * n) * 86400)) "$BIN/publish" /s:"$SRC" \
	    /p:"$ROOT" >/dev/null || exit 2
	touch -d "$((90 - 10 * n)) days ago" "$ROOT/lists/cl_nt.$(version_of).txt"
	[ $n -ne 2 ] || second=$(version_of)
done
find "$ROOT/store" -type f -exec touch -d '80 days ago' {} +
mkdir -p "$ROOT/bin/0.0.1/lib" "$ROOT/bin/9.9"
echo 1 >"$ROOT/bin/0.0.1/cli_nt"
echo 1 >"$ROOT/bin/0.0.1/lib/x"
touch -d '30 days ago' "$ROOT/bin/0.0.1" "$ROOT/bin/9.9"
old_version=$(version_of)
cp -a "$ROOT" "$T/start"

# What is run, by the sweep that is under way.
victim() {
	"$@" "$BIN/publish" /p:"$ROOT" "$what"
}

# A program folder is there whole, or not there.
programs_are_whole() {
	[ ! -e "$ROOT/bin/0.0.1" ] || [ -e "$ROOT/bin/0.0.1/lib/x" ] ||
		fail 'half a program folder'
	[ -e "$ROOT/bin/9.9" ] || fail 'the newest programs are gone'
}

lists_left() {
	find "$ROOT/lists" -name 'cl_nt.*.txt' | wc -l
}

after_kill() {
	history_is_whole
	programs_are_whole
	[ "$(version_of)" -ge "$old_version" ] || fail 'the version went back'
	[ "$(lists_left)" -ge 5 ] || fail "$(lists_left) lists are left"
}

rolled_back() {
	[ "$(ini "$ROOT/cl_nt.txt" SMS Release)" = "$second" ] ||
		fail "Release is $(ini "$ROOT/cl_nt.txt" SMS Release)"
}

collected() {
	want_same "$T/start/cl_nt.txt" "$ROOT/cl_nt.txt"
	[ "$(lists_left)" -eq 5 ] || fail "$(lists_left) lists are left"
	want_no_file "$ROOT/bin/0.0.1"
	[ "$(find "$ROOT/store" -type f | wc -l)" -eq "$kept" ] ||
		fail "$(find "$ROOT/store" -type f | wc -l) contents, wanted $kept"
}

again() {
	run victim
	want_code 0
	after_kill
	case $what in
	/gc) collected ;;
	*) rolled_back ;;
	esac
	[ -z "$(find "$ROOT" -name '*.tmp')" ] ||
		fail "left over: $(find "$ROOT" -name '*.tmp')"
}

# Five releases of ONE.EXE, TWO.TXT and DOMAIN.INI.
kept=7
what=/rollback:$second
sweep 'publish killed at every call of a /rollback'
what=/gc
sweep 'publish killed at every call of a /gc'
