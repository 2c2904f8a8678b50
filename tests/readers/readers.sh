#!/bin/sh
# readers.sh N: N releases are published while readers walk the tree; no pass
# of a reader may see two releases mixed, or miss a file (I4).
BIN=${BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$(dirname "$0")/../scenario/lib.sh"
count=${1:-200}

release() {
	i=1
	while [ $i -le 5 ]; do
		add "DATA/FILE$i.TXT" "file $i of release $1"
		i=$((i + 1))
	done
}

begin "readers of a tree that is published $count times see no release mixed"
new_site
release 0
publish >/dev/null || fail 'cannot publish'
python3 "$here/reader.py" "$ROOT" "$T/stop" >"$T/reader1" 2>&1 &
first=$!
python3 "$here/reader.py" "$ROOT" "$T/stop" >"$T/reader2" 2>&1 &
second=$!
clean_hook() {
	touch "$T/stop"
	wait
}
n=1
while [ "$n" -le "$count" ]; do
	release "$n"
	publish >"$T/publish.out" 2>&1 ||
		fail "publish $n: $(tail -n 1 "$T/publish.out")"
	n=$((n + 1))
done
touch "$T/stop"
wait "$first" || fail "reader: $(tail -n 1 "$T/reader1")"
wait "$second" || fail "reader: $(tail -n 1 "$T/reader2")"
echo "# $(tail -n 1 "$T/reader1"); $(tail -n 1 "$T/reader2")"
finish
