#!/bin/sh
# What the original's publishing did wrong in its years, told by article: each
# case plays that story. doc/rules.md says which change makes it fail.
BIN=${BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd)
. "$(dirname "$0")/lib.sh"

store_of() {
	digest=$(sha256sum "$1" | cut -d ' ' -f 1)
	echo "$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest"
}

# A site of two files, published, and a client that has them.
start() {
	begin "$1"
	new_site
	add BIN/ONE.EXE 'one'
	add DATA/TWO.TXT 'two'
	find "$SRC" -type f -exec touch -d '2026-11-19T08:30:00Z' {} +
	ready
	before=$(version_of)
}

want_newer() {
	[ "$(version_of)" -gt "$before" ] || fail 'CopyListVersion did not change'
}

# Makes files that nothing can write, rename or remove, as a reader on a
# Windows server does.
hold() {
	find "$@" -type f >"$T/held"
	xargs -r chattr +i <"$T/held" 2>/dev/null ||
		skip 'chattr +i does not work here'
}

release_held() {
	[ ! -e "$T/held" ] || xargs -r chattr -i <"$T/held" 2>/dev/null
	rm -f "$T/held"
}

clean_hook() {
	release_held
	umount "$T/small" 2>/dev/null
	[ -z "${holder:-}" ] || kill "$holder" 2>/dev/null
}

start 'Q150584: a service pack of the same sizes and older dates is a new version'
printf 'ONE' >"$SRC/BIN/ONE.EXE"
touch -d '2020-01-01T00:00:00Z' "$SRC/BIN/ONE.EXE"
run publish
want_code 0
want_newer
run cli_nt
want_code 0
want_same "$SRC/BIN/ONE.EXE" "$CLIENT/BIN/ONE.EXE"

start 'Q166771: files that were touched alone send no client to work'
find "$SRC" -type f -exec touch {} +
run publish
want_code 0
want_out "nothing changed, CopyListVersion $before stays"
add DATA/TWO.TXT 'two, changed'
run publish
want_code 0
want_newer

start 'Q168598: a listed file that the server has lost is back before clients look'
add DATA/THREE.TXT 'three'
rm "$(store_of "$SRC/BIN/ONE.EXE")"
run publish
want_code 0
want_same "$SRC/BIN/ONE.EXE" "$(store_of "$SRC/BIN/ONE.EXE")"
new_client
run cli_nt
want_code 0
rm "$(store_of "$SRC/BIN/ONE.EXE")"
cp "$ROOT/cl_nt.txt" "$T/list"
run publish /rollback:"$before"
want_code 2
want_err '(BIN/ONE.EXE)'
want_same "$T/list" "$ROOT/cl_nt.txt"
run publish /f
want_code 0
want_same "$SRC/BIN/ONE.EXE" "$(store_of "$SRC/BIN/ONE.EXE")"

start 'Q164901: a program that runs from the server all the time is replaced'
cp "$(command -v sleep)" "$SRC/BIN/ONE.EXE"
publish >/dev/null
program=$(store_of "$SRC/BIN/ONE.EXE")
echo >>"$program"
chmod +x "$program"
"$program" 60 &
holder=$!
wait_for sh -c "readlink /proc/$holder/exe | grep -q store"
run publish /f
want_code 0
want_same "$SRC/BIN/ONE.EXE" "$program"
kill "$holder"
wait "$holder" 2>/dev/null
holder=

start 'Q147819: readers that hold every file of the server hold up no release'
if needs_root; then
	hold "$ROOT/store" "$ROOT/lists"
	add BIN/ONE.EXE 'one, changed'
	run publish
	want_code 0
	want_newer
	release_held
	run cli_nt
	want_code 0
	want_same "$SRC/BIN/ONE.EXE" "$CLIENT/BIN/ONE.EXE"
fi

start 'Q322967: what a client has open and locked keeps nobody from publishing'
add BIN/ONE.EXE 'one, changed'
sh -c 'exec flock -s "$0" flock -s "$1" sleep 60' "$ROOT/cl_nt.txt" \
    "$(store_of "$SRC/DATA/TWO.TXT")" &
holder=$!
wait_for sh -c "! flock -n -x '$ROOT/cl_nt.txt' true"
run publish
want_code 0
want_newer
new_client
run cli_nt
want_code 0
kill "$holder"
wait "$holder" 2>/dev/null
holder=

start 'Q184489: a release that cannot be copied leaves the one before whole'
add BIN/ONE.EXE 'one, changed'
add DATA/TWO.TXT 'two, changed'
nth=1
while [ $nth -le 200 ]; do
	run strace -qq -o "$T/.trace" -e trace=write \
	    -e inject=write:error=ENOSPC:when="$nth+" "$BIN/publish" \
	    /s:"$SRC" /p:"$ROOT"
	grep -q INJECTED "$T/.trace" || break
	[ "$(version_of)" = "$before" ] || break
	new_client
	run cli_nt
	want_code 0
	[ "$(cat "$CLIENT/BIN/ONE.EXE" "$CLIENT/DATA/TWO.TXT")" = onetwo ] ||
		fail 'the release of before is not whole'
	nth=$((nth + 1))
done
[ $nth -ge 4 ] || fail "only $nth writes failed"

start 'Q184512: what did not change is neither read nor copied again'
run publish
add DATA/THREE.TXT 'three'
run strace -qq -y -o "$T/.trace" -e trace=openat "$BIN/publish" /v \
    /s:"$SRC" /p:"$ROOT"
want_code 0
want_out '1 contents were added to the store'
if grep -q 'ONE.EXE\|TWO.TXT' "$T/.trace"; then fail 'an unchanged file was read'; fi
traced openat,open
want_code 0
fetched=$(opened_in "$ROOT" | grep -c '^store/../[0-9a-f]\{64\}$')
[ "$fetched" -eq 1 ] || fail "the client fetched $fetched files"

begin 'Q168460: without space DOMAIN.INI and the release stay as they are'
if needs_root; then
	mkdir "$T/small"
	mount -t tmpfs -o size=512k tmpfs "$T/small" ||
		skip 'no tmpfs can be mounted'
fi
if [ -z "$case_skip" ]; then
	new_site
	ROOT=$T/small/root
	add A.TXT 'a'
	publish >/dev/null || fail 'the first release failed'
	cp "$ROOT/DOMAIN.INI" "$T/domain"
	cp "$ROOT/cl_nt.txt" "$T/list"
	printf '[SMS]\r\nSiteCode=PL9\r\n' >"$SRC/DOMAIN.INI"
	dd if=/dev/urandom of="$SRC/BIG.BIN" bs=1024 count=600 2>/dev/null
	run timeout 60 "$BIN/publish" /s:"$SRC" /p:"$ROOT"
	want_code 2
	want_err 'no space left: '
	want_same "$T/domain" "$ROOT/DOMAIN.INI"
	want_same "$T/list" "$ROOT/cl_nt.txt"
fi
ROOT=$T/root

start 'Q161043: nobody can read a file of the tree before it is complete'
add BIN/ONE.EXE 'one, changed'
printf '[SMS]\r\nSiteCode=PL9\r\n' >"$SRC/DOMAIN.INI"
run strace -qq -o "$T/.trace" -e trace=openat,creat "$BIN/publish" \
    /s:"$SRC" /p:"$ROOT"
want_code 0
want_newer
written=$(sed -n '/O_WRONLY\|O_RDWR/s/^[a-z]*([^"]*"\([^"]*\)".*/\1/p' "$T/.trace" |
	grep -v '\.[0-9a-f]\{16\}\.tmp$' | grep -v '^LOCK$\|PUBLISH.L')
[ -z "$written" ] || fail "written under its own name: $written"

start 'Q153260: what an attempt before has left open spoils no further one'
for attempt in 1 2; do
	add BIN/ONE.EXE "one, $attempt"
	run strace -qq -o "$T/.trace.$attempt" -e trace=openat "$BIN/publish" \
	    /s:"$SRC" /p:"$ROOT"
	want_code 0
	sed -n 's/.*"\([^"]*\.tmp\)".*O_CREAT.*/\1/p' "$T/.trace.$attempt" |
		sort -u >"$T/names.$attempt"
	[ -s "$T/names.$attempt" ] || fail 'no temporary files'
done
[ -z "$(comm -12 "$T/names.1" "$T/names.2")" ] ||
	fail "used twice: $(comm -12 "$T/names.1" "$T/names.2" | head -n 1)"
if needs_root; then
	name=$(grep '^cl_nt' "$T/names.2" | head -n 1)
	echo 'of an attempt before' >"$ROOT/$name"
	hold "$ROOT/$name"
	add BIN/ONE.EXE 'one, 3'
	run publish
	want_code 0
	release_held
	rm -f "$ROOT/$name"
fi

start 'Q237611: the history has a bound'
for n in 1 2 3 4 5 6 7 8 9; do
	add BIN/ONE.EXE "one, $n"
	publish >/dev/null
done
find "$ROOT/lists" "$ROOT/store" -type f -exec touch -d '30 days ago' {} +
sed -i 's/^Published=.*/Published=2026-01-01T00:00:00Z\r/' "$ROOT"/lists/*
find "$ROOT/lists" -type f -exec touch -d '30 days ago' {} +
run publish /gc
want_code 0
[ "$(find "$ROOT/lists" -type f | wc -l)" -eq 5 ] ||
	fail "$(find "$ROOT/lists" -type f | wc -l) lists are left"
[ "$(find "$ROOT/store" -type f | wc -l)" -eq 7 ] ||
	fail "$(find "$ROOT/store" -type f | wc -l) contents are left"

start 'Q252856: rights are those of the page with each file; what somebody set stays'
chmod 1770 "$ROOT/ccr.box"
chmod 600 "$ROOT/cl_nt.txt" "$ROOT/DOMAIN.INI"
rm -r "$ROOT/inventry.box"
printf '[SMS]\r\nSiteCode=PL9\r\n' >"$SRC/DOMAIN.INI"
(umask 077 && publish >/dev/null) || fail 'not published'
[ "$(stat -c %a "$ROOT/ccr.box")" = 1770 ] || fail 'the rights of ccr.box were changed'
[ "$(stat -c %a "$ROOT/inventry.box")" = 1733 ] ||
	fail "inventry.box has rights $(stat -c %a "$ROOT/inventry.box")"
for name in cl_nt.txt DOMAIN.INI "lists/cl_nt.$(version_of).txt"; do
	[ "$(stat -c %a "$ROOT/$name")" = 644 ] ||
		fail "$name has rights $(stat -c %a "$ROOT/$name")"
done
