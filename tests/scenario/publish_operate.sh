#!/bin/sh
# publish in operation: earlier releases again, old ones collected, what is said
# of a list, and switches that a reader refuses.
. "$(dirname "$0")/lib.sh"

sequence_of() {
	ini "$ROOT/cl_nt.txt" SMS Sequence
}

# released DAYS TEXT: a release that was made so many days ago.
released() {
	add BIN/ONE.EXE "$2"
	SMS_CLOCK=-$(($1 * 86400)) publish >/dev/null || fail "release '$2' failed"
	find "$ROOT/lists" "$ROOT/store" -type f -newer "$T/mark" -exec \
	    touch -d "$1 days ago" {} +
}

# Eight releases in the last eighty days.
history() {
	new_site
	add DATA/TWO.TXT 'two'
	touch -d '1 day ago' "$T/mark"
	for n in 1 2 3 4 5 6 7 8; do
		released $((90 - 10 * n)) "one, $n"
		eval "v$n=$(version_of)"
	done
}

# Every list of the history names whole files of the store alone.
want_whole() {
	for list in "$ROOT/cl_nt.txt" "$ROOT"/lists/cl_nt.*.txt; do
		sed -n 's/\r$//; s/.*=\([0-9]*\),\([0-9a-f]\{64\}\).*/\2/p' "$list"
	done | sort -u | while read -r digest; do
		file=$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest
		[ "$(sha256sum "$file" 2>/dev/null | cut -d ' ' -f 1)" = "$digest" ] ||
			echo "$digest"
	done >"$T/.bad"
	[ ! -s "$T/.bad" ] || fail "not whole in the store: $(head -n 1 "$T/.bad")"
}

# ended PID: how it ended, and what it said.
ended() {
	wait "$1"
	ended_with=$?
	cat "$T/.waiter" >&2
	return $ended_with
}

clean_hook() {
	chattr -i "$T/root/cl_nt.txt" 2>/dev/null
	[ -z "${holder:-}" ] || kill "$holder" 2>/dev/null
}

begin '/rollback: the clients go back, and forward with the next release'
history
new_client
run cli_nt
want_code 0
run "$BIN/publish" /p:"$ROOT" /rollback:"$v3"
want_code 0
want_no_err
want_out "Sequence 9: 2 files in 1 component, 0 new, 1 changed"
want_ini "$ROOT/cl_nt.txt" SMS Release "$v3"
[ "$(version_of)" -gt "$v8" ] || fail 'the version did not grow'
run cli_nt
want_code 0
[ "$(cat "$CLIENT/BIN/ONE.EXE")" = 'one, 3' ] || fail 'the client did not go back'
run publish
want_code 0
want_out '1 changed'
run cli_nt
want_code 0
[ "$(cat "$CLIENT/BIN/ONE.EXE")" = 'one, 8' ] || fail 'the client did not go forward'

begin '/rollback brings back components and DOMAIN.INI, without /force'
printf '[SMS]\r\nSiteCode=PL7\r\n' >"$SRC/DOMAIN.INI"
printf '[Component Tools]\nFiles=TOOLS/*\n' >"$SRC/components.ini"
i=0
while [ $i -lt 30 ]; do
	i=$((i + 1))
	add "TOOLS/T$i.EXE" "tool $i"
done
publish >/dev/null || fail 'not published'
with_tools=$(version_of)
run publish /n /rollback:"$v8"
want_code 0
want_out 'remove   Tools'
want_out 'would publish: 2 files in 1 component'
[ "$(version_of)" = "$with_tools" ] || fail '/n has published'
run publish /rollback:"$v8"
want_code 0
want_out '30 removed'
want_text "$ROOT/DOMAIN.INI" 'SiteCode=PL2'
run publish
want_code 0
want_text "$ROOT/DOMAIN.INI" 'SiteCode=PL7'

begin '/rollback to what is not there: exit 65 names what is'
before=$(look "$ROOT/cl_nt.txt" "$ROOT/lists" "$ROOT/store")
run publish /rollback:4711
want_code 65
want_err "there is no CopyListVersion 4711; there are $(version_of), "
run publish /rollback:last
want_code 64
run "$BIN/publish" /p:"$T/nowhere" /rollback:1
want_code 65
want_err 'there are none'
want_no_file "$T/nowhere"

begin '/rollback to a release that the store has not whole any more: exit 2 names it'
damaged=$ROOT/store/$(printf 'one, 2' | sha256sum | sed 's/^\(..\)\([0-9a-f]*\).*/\1\/\1\2/')
cp -p "$damaged" "$T/saved"
printf 'one, X' >"$damaged"
run publish /rollback:"$v2"
want_code 2
want_err "$damaged (BIN/ONE.EXE): "
cp -p "$T/saved" "$damaged"
want_untouched "$before" "$ROOT/cl_nt.txt" "$ROOT/lists" "$ROOT/store"
run publish /rollback:"$v2"
want_code 0

begin '/gc removes what no list needs that is younger than a week or among five'
history
run publish /n /gc
want_code 0
want_out 'would remove 3 contents of 18 bytes, 3 lists'
want_file "$ROOT/lists/cl_nt.$v1.txt"
run "$BIN/publish" /p:"$ROOT" /gc
want_code 0
want_no_err
want_out 'removed 3 contents of 18 bytes, 3 lists, 0 signatures, 0 program versions'
want_no_file "$ROOT/lists/cl_nt.$v3.txt"
want_file "$ROOT/lists/cl_nt.$v4.txt"
want_whole
[ "$(find "$ROOT/store" -type f | wc -l)" = 7 ] || fail 'not seven contents'
run publish /rollback:"$v4"
want_code 0
run publish /rollback:"$v3"
want_code 65
new_client
run cli_nt
want_code 0
[ "$(cat "$CLIENT/BIN/ONE.EXE")" = 'one, 4' ] || fail 'the client has another file'

begin '/gc with a clock that is ahead removes nothing more'
history
run "$BIN/publish" /p:"$ROOT" /gc
for n in 1 2 3 4 5 6 7 8; do
	add BIN/ONE.EXE "young, $n"
	publish >/dev/null
done
publish /gc >/dev/null
before=$(look "$ROOT/lists" "$ROOT/store")
SMS_CLOCK=+31536000 run publish /gc
want_code 0
want_untouched "$before" "$ROOT/lists" "$ROOT/store"

begin '/gc follows no link and touches nothing that is foreign'
history
mkdir -p "$T/elsewhere/0.0.1" "$ROOT/bin/tools" "$ROOT/bin/99"
echo x >"$T/elsewhere/0.0.1/x"
cp "$ROOT/lists/cl_nt.$v1.txt" "$T/elsewhere/"
ln -s "$T/elsewhere" "$ROOT/store/zz"
ln -s "$T/elsewhere" "$ROOT/bin/0.0.1"
ln -s "$T/elsewhere/0.0.1/x" "$ROOT/store/$(printf a | sha256sum | cut -c 1-64)"
echo y >"$ROOT/store/notes.txt"
find "$T/elsewhere" "$ROOT/store" "$ROOT/bin" -exec touch -h -d '100 days ago' {} +
before=$(look "$T/elsewhere")
run publish /gc
want_code 0
want_untouched "$before" "$T/elsewhere"
want_file "$ROOT/store/notes.txt"
want_file "$ROOT/bin/tools"
[ -h "$ROOT/bin/0.0.1" ] || fail 'a link in bin is gone'

begin '/gc with a damaged list in the history: 65, and nothing is removed'
history
echo 'no list' >"$ROOT/lists/cl_nt.$v2.txt"
before=$(look "$ROOT/lists" "$ROOT/store")
run publish /gc
want_code 65
want_err "$ROOT/lists/cl_nt.$v2.txt:1: "
want_err 'nothing was removed'
want_untouched "$before" "$ROOT/lists" "$ROOT/store"

begin '/gc with something else under the name of a list: 65, and nothing is removed'
for kind in folder link pipe; do
	history
	odd=$ROOT/lists/cl_nt.$v2.txt
	mv "$odd" "$T/aside"
	case $kind in
	folder) mkdir "$odd" ;;
	link) ln -s "$T/aside" "$odd" ;;
	pipe) mkfifo "$odd" ;;
	esac
	before=$(look "$ROOT/lists" "$ROOT/store")
	run publish /gc
	want_code 65
	want_err "$odd: "
	want_err 'nothing was removed'
	want_untouched "$before" "$ROOT/lists" "$ROOT/store"
done

begin '/gc where nothing is published: exit 65'
mkdir "$T/empty"
run "$BIN/publish" /p:"$T/empty" /gc
want_code 65
want_err 'nothing is published here'
[ -z "$(ls -A "$T/empty")" ] || fail "it has made $(ls -A "$T/empty")"

begin 'publish and /gc at the same time: the second ends with 75'
history
flock "$ROOT/.publish/LOCK" sleep 20 &
holder=$!
wait_for sh -c "! flock -n '$ROOT/.publish/LOCK' true"
before=$(look "$ROOT/lists" "$ROOT/store")
for words in /gc "/rollback:$v2" /b; do
	run publish "$words"
	want_code 75
	want_err 'another program is at work on this tree'
done
want_untouched "$before" "$ROOT/lists" "$ROOT/store"
kill "$holder" 2>/dev/null
wait "$holder" 2>/dev/null
holder=

begin '/rollout: the same machines come first, more of them with each step'
new_site
add A.TXT 'a'
publish >/dev/null
first=$(version_of)
new_client
run cli_nt
want_code 0
add A.TXT 'a, changed'
run publish /rollout:0
want_code 0
want_ini "$ROOT/cl_nt.txt" SMS Rollout 0
release=$(version_of)
run cli_nt
want_code 0
want_ini "$INI" SMS CopyListVersion "$first"
run publish
want_out 'nothing changed'
run publish /rollout:100
want_code 0
want_ini "$ROOT/cl_nt.txt" SMS Release "$release"
[ "$(version_of)" -gt "$release" ] || fail 'no new version'
run cli_nt
want_code 0
want_installed
run publish /rollout:100
want_out 'nothing changed'

begin 'a client that has the content already is not hurt by a smaller rollout'
run publish /rollout:0
want_code 0
run cli_nt
want_code 0
[ "$(cat "$CLIENT/A.TXT")" = 'a, changed' ] || fail 'the file is another one'
run cli_nt
want_code 0

begin '/expires says how long, and the same content keeps it'
run publish /expires:30
want_code 0
[ "$(ini "$ROOT/cl_nt.txt" SMS Expires | cut -c 1-10)" = "$(date -u -d '30 days' +%F)" ] ||
	fail "Expires is $(ini "$ROOT/cl_nt.txt" SMS Expires)"
run publish /expires:30
want_out 'nothing changed'
SMS_CLOCK=+1728000 run publish /expires:30
want_out 'published'
[ "$(ini "$ROOT/cl_nt.txt" SMS Expires | cut -c 1-10)" = "$(date -u -d '50 days' +%F)" ] ||
	fail "Expires is $(ini "$ROOT/cl_nt.txt" SMS Expires)"
for bad in /expires:0 /expires:3651 /rollout:101 /rollout:x /sequence:0; do
	run publish "$bad"
	want_code 64
	want_err 'no number from'
done

begin '/sequence goes on from a greater number alone'
run publish /sequence:"$(sequence_of)"
want_code 65
want_err 'has to be greater than'
run publish /sequence:1000
want_code 0
want_ini "$ROOT/cl_nt.txt" SMS Sequence 1000
add A.TXT 'a, again'
publish >/dev/null
want_ini "$ROOT/cl_nt.txt" SMS Sequence 1001

begin 'a number at the end of the range is refused; one that was planted is named'
run publish /sequence:4611686018427387904
want_code 64
want_err 'no number from 1 to 4611686018427387903'
echo 'planted' >"$ROOT/lists/cl_nt.9223372036854775807.txt"
run publish /b
want_code 65
want_err "$ROOT/lists/cl_nt.9223372036854775807.txt: its CopyListVersion or Sequence is none of ours"
rm "$ROOT/lists/cl_nt.9223372036854775807.txt"
older=$(find "$ROOT/lists" -name 'cl_nt.*.txt' | sort | head -n 1)
cp -p "$older" "$T/older"
sed -i 's/^Sequence=.*/Sequence=9223372036854775806\r/' "$older"
before=$(look "$ROOT/cl_nt.txt" "$ROOT/lists")
run publish /b
want_code 65
want_err "$older: its CopyListVersion or Sequence is none of ours"
want_untouched "$before" "$ROOT/cl_nt.txt" "$ROOT/lists"
cp -p "$T/older" "$older"
run publish /b
want_code 0

begin '/gc and /rollback say that a source given with them is not used'
run publish /gc
want_code 0
want_err "/s:$SRC is not used, and nothing of it published: this run does /gc alone"

begin 'a switch that is refused for a minute waits; the next run completes it'
new_site
add A.TXT 'a'
publish >/dev/null
before=$(version_of)
add A.TXT 'a, changed'
cp -p "$ROOT/cl_nt.txt" "$T/list"
if chattr +i "$ROOT/cl_nt.txt" 2>/dev/null; then
	"$BIN/publish" /s:"$SRC" /p:"$ROOT" >/dev/null 2>"$T/.waiter" &
	waiter=$!
	wait_for sh -c "ls '$ROOT' | grep -q 'cl_nt.txt.*tmp'" ||
		fail 'it does not wait'
	run publish
	want_code 75
	kill -TERM "$waiter"
	run ended "$waiter"
	want_code 75
	want_err 'is ready and waits: the next run switches to it'
	want_same "$T/list" "$ROOT/cl_nt.txt"
	want_file "$ROOT/.publish/PENDING"
	[ -z "$(find "$ROOT" -name '*.tmp')" ] || fail 'something is left over'
	chattr -i "$ROOT/cl_nt.txt"
	run publish
	want_code 0
	want_out 'which waited'
	want_out 'nothing changed'
	[ "$(version_of)" -gt "$before" ] || fail 'the version did not grow'
	want_no_file "$ROOT/.publish/PENDING"
else
	skip 'chattr +i does not work here'
fi

begin 'a reader that goes away within the minute: published all the same'
export ASAN_OPTIONS=detect_leaks=0
add A.TXT 'a, once more'
run strace -qq -o "$T/.trace" -e trace=renameat "$BIN/publish" \
    /s:"$SRC" /p:"$ROOT"
want_code 0
nth=$(grep -n ', "cl_nt.txt") = 0' "$T/.trace" | cut -d : -f 1)
add A.TXT 'a, and once more'
before=$(version_of)
run strace -qq -o "$T/.trace" -e trace=renameat \
    -e inject=renameat:error=EBUSY:when="$nth..$((nth + 2))" \
    "$BIN/publish" /s:"$SRC" /p:"$ROOT"
want_code 0
want_out 'published CopyListVersion'
[ "$(grep -c ', "cl_nt.txt") .*INJECTED' "$T/.trace")" = 3 ] ||
	fail 'not refused three times'
[ "$(version_of)" -gt "$before" ] || fail 'no new version'

begin 'asked to stop while it hashes: 75, nothing changed, and again'
dd if=/dev/zero of="$SRC/BIG.BIN" bs=1M count=64 2>/dev/null
before=$(look "$ROOT/cl_nt.txt" "$ROOT/lists" "$ROOT/store")
for signal in TERM INT; do
	run strace -qq -o /dev/null -P "$SRC/BIG.BIN" -e trace=read \
	    -e inject=read:signal="$signal":when=3 \
	    "$BIN/publish" /s:"$SRC" /p:"$ROOT"
	want_code 75
	want_err 'asked to stop before it was done'
	want_untouched "$before" "$ROOT/cl_nt.txt" "$ROOT/lists" "$ROOT/store"
done
unset ASAN_OPTIONS
rm "$SRC/BIG.BIN"
run publish
want_code 0

begin 'output whose reader went away ends nothing half done'
add A.TXT 'a, unread'
("$BIN/publish" /v /s:"$SRC" /p:"$ROOT"; echo $? >"$T/code") 2>/dev/null | :
[ "$(cat "$T/code")" = 0 ] || fail "exit $(cat "$T/code")"
run publish
want_out 'nothing changed'
