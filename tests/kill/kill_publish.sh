#!/bin/sh
# publish killed at every state-changing call: cl_nt.txt is the old or the new
# list, all that it names is in the store, and the next run completes.
BIN=${BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd)
. "$(dirname "$0")/../scenario/lib.sh"
. "$(dirname "$0")/lib.sh"

victim() {
	"$@" "$BIN/publish" /s:"$SRC" /p:"$ROOT"
}

prepare() {
	new_client
	rm -rf "${T:?}/root"
	[ ! -d "$T/start" ] || cp -a "$T/start" "$T/root"
}

# Every line "NAME=size,digest,..." of the list names a whole store file.
list_is_whole() {
	sed -n 's/\r$//; s/.*=\([0-9]*\),\([0-9a-f]\{64\}\).*/\1 \2/p' "$ROOT/cl_nt.txt" |
	while read -r size digest; do
		file=$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest
		found=$(sha256sum "$file" 2>/dev/null | cut -d ' ' -f 1)
		if [ "$found" != "$digest" ] ||
		    [ "$(stat -c %s "$file")" != "$size" ]; then
			echo "$digest"
		fi
	done >"$T/.bad"
	[ ! -s "$T/.bad" ] || fail "the list names $(head -n 1 "$T/.bad"), which is not whole in the store"
}

after_kill() {
	if [ ! -e "$ROOT/cl_nt.txt" ]; then
		[ -z "$old_version" ] || fail 'cl_nt.txt is gone'
		return
	fi
	if [ -n "$old_version" ] && [ "$(version_of)" = "$old_version" ]; then
		want_same "$T/start/cl_nt.txt" "$ROOT/cl_nt.txt"
	fi
	list_is_whole
}

again() {
	run victim
	want_code 0
	list_is_whole
	names=$(sed -n 's/\r$//; /^\[Files/,$ s/=.*//p' "$ROOT/cl_nt.txt" | grep -v '^\[' | sort)
	[ "$names" = "$wanted_names" ] || fail "the list names: $names"
	[ -z "$(find "$ROOT" -name '*.tmp')" ] || fail "left over: $(find "$ROOT" -name '*.tmp')"
	new_client
	run cli_nt
	want_code 0
}

new_site
add BIN/ONE.EXE 'one'
add DATA/TWO.TXT 'two'
add "DATA/ümlaut and blank.txt" 'three'
wanted_names=$(printf '%s\n' 'BIN\ONE.EXE' 'DATA\TWO.TXT' 'DATA\ümlaut and blank.txt' | sort)
old_version=
sweep 'publish killed at every call of the first release'

prepare
run victim
want_code 0
old_version=$(version_of)
cp -a "$ROOT" "$T/start"
add BIN/ONE.EXE 'one, changed'
add DATA/FOUR.TXT 'four'
wanted_names=$(printf '%s\n' 'BIN\ONE.EXE' 'DATA\TWO.TXT' 'DATA\FOUR.TXT' 'DATA\ümlaut and blank.txt' | sort)
sweep 'publish killed at every call of the next release'
