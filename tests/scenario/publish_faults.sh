#!/bin/sh
# publish when the disk, the source or another program spoils it: the tree
# stays whole, and no temporary file is left.
BIN=${BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd)
. "$(dirname "$0")/lib.sh"

# Every line "NAME=size,digest,..." of the list names a whole store file.
want_whole() {
	sed -n 's/\r$//; s/.*=\([0-9]*\),\([0-9a-f]\{64\}\).*/\1 \2/p' "$ROOT/cl_nt.txt" |
	while read -r size digest; do
		file=$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest
		[ "$(sha256sum "$file" 2>/dev/null | cut -d ' ' -f 1)" = "$digest" ] &&
			[ "$(stat -c %s "$file")" = "$size" ] || echo "$digest"
	done >"$T/.bad"
	[ ! -s "$T/.bad" ] || fail "not whole in the store: $(head -n 1 "$T/.bad")"
}

want_no_temporary() {
	[ -z "$(find "$ROOT" -name '*.tmp')" ] ||
		fail "left over: $(find "$ROOT" -name '*.tmp')"
}

clean_hook() {
	umount "$T/small" 2>/dev/null
	[ -z "${writer:-}" ] || kill "$writer" 2>/dev/null
}

# each_call CALL ERROR: the Nth CALL fails, N = 1, 2 ... until none does.
each_call() {
	n=1
	while [ $n -le 400 ]; do
		rm -rf "$ROOT"
		cp -a "$T/start" "$ROOT"
		strace -qq -o "$T/.trace" -e trace="$1" \
		    -e inject="$1:error=$2:when=$n" "$BIN/publish" \
		    /s:"$SRC" /p:"$ROOT" >"$T/.out" 2>"$T/.err"
		code=$?
		grep -q INJECTED "$T/.trace" || return
		[ $code -eq 0 ] || [ $code -eq 2 ] || fail "$1 $n: exit $code"
		[ $code -eq 0 ] || [ -s "$T/.err" ] || fail "$1 $n: no message"
		want_whole
		want_no_temporary
		if [ $code -eq 2 ]; then
			cmp -s "$ROOT/cl_nt.txt" "$T/start/cl_nt.txt" ||
				fail "$1 $n: exit 2, but it was published"
			[ "$(ls "$ROOT/lists")" = "$(ls "$T/start/lists")" ] ||
				fail "$1 $n: the history has a list that was not published"
		fi
		[ -z "$case_bad" ] || return
		n=$((n + 1))
	done
	fail "more than 400 calls of $1"
}

new_site
add BIN/ONE.EXE 'one'
add DATA/TWO.TXT 'two'
publish >/dev/null
cp -a "$ROOT" "$T/start"
add BIN/ONE.EXE 'one, changed'
add DATA/THREE.TXT 'three'
printf '[SMS]\r\nSiteCode=PL6\r\n' >"$SRC/DOMAIN.INI"

begin 'Q168460: the disk is full at any write'
each_call write ENOSPC
[ "${n:-0}" -ge 8 ] || fail "only $n writes"

begin 'any flush of the volume fails'
each_call syncfs EIO
begin 'any flush of a file or folder fails'
each_call fsync EIO
begin 'any rename is refused'
each_call renameat EACCES
begin 'any folder cannot be made'
each_call mkdirat ENOSPC

begin 'after all that the next run publishes'
run publish
want_code 0
want_whole
want_no_temporary

begin 'a full disk: exit 2, the list before stays, nothing is left'
if [ "$(id -u)" = 0 ]; then
	mkdir "$T/small"
	mount -t tmpfs -o size=512k tmpfs "$T/small" || skip 'no tmpfs can be mounted'
else
	skip 'needs root'
fi
if [ -z "$case_skip" ]; then
	new_site
	ROOT=$T/small/root
	add A.TXT 'a'
	publish >/dev/null || fail 'the first release failed'
	cp "$ROOT/cl_nt.txt" "$T/list"
	dd if=/dev/urandom of="$SRC/BIG.BIN" bs=1024 count=600 2>/dev/null
	run publish
	want_code 2
	want_err 'no space left: 614400 bytes are needed'
	want_same "$T/list" "$ROOT/cl_nt.txt"
	want_whole
	want_no_temporary
	rm "$SRC/BIG.BIN"
	add B.TXT 'b'
	run publish
	want_code 0
	want_whole
fi
ROOT=$T/root

begin 'a file that is always being written to: exit 2, and its name'
new_site
add BIN/ONE.EXE 'one'
publish >/dev/null
cp "$ROOT/cl_nt.txt" "$T/list"
add LOG.TXT 'x'
(
	i=0
	while [ $i -lt 3000 ] && [ ! -e "$T/stop" ]; do
		echo "line $i" >>"$SRC/LOG.TXT"
		i=$((i + 1))
		sleep 0.01
	done
) &
writer=$!
run strace -qq -o /dev/null -P "$SRC/LOG.TXT" -e trace=read \
    -e inject=read:delay_enter=200000 "$BIN/publish" /s:"$SRC" /p:"$ROOT"
: >"$T/stop"
wait "$writer"
writer=
want_code 2
want_err "publish: $SRC/LOG.TXT: changed while it was read"
want_same "$T/list" "$ROOT/cl_nt.txt"
want_no_temporary

begin 'a file that comes to rest is published'
rm "$T/stop"
run publish
want_code 0

begin 'a file that vanishes while the source is read: exit 2, and its name'
new_site
add A.BIN 'a'
add B.BIN 'b'
(
	i=0
	until [ -n "$(find /proc/[0-9]*/fd -lname "$SRC/A.BIN" 2>/dev/null)" ] ||
		[ $i -ge 500 ]; do
		i=$((i + 1))
		sleep 0.01
	done
	rm "$SRC/B.BIN"
) &
writer=$!
run strace -qq -o /dev/null -P "$SRC/A.BIN" -e trace=read \
    -e inject=read:delay_enter=1500000:when=1 \
    "$BIN/publish" /s:"$SRC" /p:"$ROOT"
wait "$writer"
writer=
want_code 2
want_err "publish: $SRC/B.BIN: vanished while it was read"
want_no_file "$ROOT"

begin 'whatever stands in place of CACHE, STORED and MARK costs time only'
new_site
add A.TXT 'a'
publish >/dev/null
work=$ROOT/.publish
for name in CACHE STORED MARK; do
	for thing in folder link nowhere pipe garbage empty; do
		rm -rf "${work:?}/$name"
		case $thing in
		folder) mkdir "$work/$name" && : >"$work/$name/x" ;;
		link) ln -s "$SRC/A.TXT" "$work/$name" ;;
		nowhere) ln -s nowhere "$work/$name" ;;
		pipe) mkfifo "$work/$name" ;;
		garbage) head -c 5000 /dev/urandom >"$work/$name" ;;
		empty) : >"$work/$name" ;;
		esac
		add A.TXT "a, $name, $thing"
		run timeout 60 "$BIN/publish" /s:"$SRC" /p:"$ROOT"
		want_code 0
		want_out 'published CopyListVersion'
		want_whole
		run timeout 60 "$BIN/publish" /s:"$SRC" /p:"$ROOT" /f
		want_code 0
		want_out 'nothing changed'
	done
	rm -rf "${work:?}/$name"
done
want_text "$SRC/A.TXT" 'a, MARK, empty'

begin 'what clients left half done in the boxes is swept after a day'
for box in ccr.box inventry.box; do
	for age in old new; do
		: >"$ROOT/$box/$age.0123456789abcdef.tmp"
		: >"$ROOT/$box/$age.RAW"
		: >"$ROOT/$box/$age.tmp"
	done
	touch -d '25 hours ago' "$ROOT/$box"/old*
	touch -d '23 hours ago' "$ROOT/$box"/new*
done
run publish
want_code 0
for box in ccr.box inventry.box; do
	want_no_file "$ROOT/$box/old.0123456789abcdef.tmp"
	for name in new.0123456789abcdef.tmp old.RAW old.tmp new.RAW new.tmp; do
		want_file "$ROOT/$box/$name"
	done
	rm -r "${ROOT:?}/$box"/*.tmp "${ROOT:?}/$box"/*.RAW
done

begin 'a release that could not be flushed at last is published, with a warning'
add A.TXT 'a, flushed late'
before=$(version_of)
strace -qq -o "$T/.trace" -e trace=fsync "$BIN/publish" /s:"$SRC" /p:"$ROOT" >/dev/null
flushes=$(grep -c '^fsync' "$T/.trace")
warned=0
while [ "$flushes" -gt 0 ]; do
	add A.TXT "a, flush $flushes fails"
	before=$(version_of)
	run strace -qq -o "$T/.trace" -e trace=fsync \
	    -e inject=fsync:error=EIO:when="$flushes" "$BIN/publish" \
	    /s:"$SRC" /p:"$ROOT"
	if [ "$code" -eq 0 ]; then
		[ "$(version_of)" -gt "$before" ] || fail 'not published'
	else
		want_code 2
		[ "$(version_of)" = "$before" ] || fail 'exit 2, but published'
	fi
	case $err in *'published, but a power cut may take it back'*)
		warned=$((warned + 1)) ;;
	esac
	flushes=$((flushes - 1))
done
[ "$warned" -eq 1 ] || fail "$warned warnings"

begin 'what is asked for and cannot be printed is a failure'
add A.TXT 'a, again'
for words in /n '/?' /version '--help'; do
	"$BIN/publish" /s:"$SRC" /p:"$ROOT" "$words" >/dev/full 2>"$T/.err"
	code=$?
	err=$(cat "$T/.err")
	want_code 2
	want_err 'publish: what was to be printed could not be written'
done
publish >/dev/null
publish /n >/dev/full 2>"$T/.err"
code=$?
want_code 2
new_client
for words in /n '/?'; do
	cli_nt "$words" >/dev/full 2>"$T/.err"
	code=$?
	err=$(cat "$T/.err")
	want_code 2
	want_err 'cli_nt: what was to be printed could not be written'
done
"$BIN/climonnt" '/?' >/dev/full 2>"$T/.err"
code=$?
want_code 2
