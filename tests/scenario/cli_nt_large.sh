#!/bin/sh
# Large things and many of them: memory does not grow with a file, a fetch that
# was cut off goes on where it was, a disk that fills up changes nothing. The
# optimised programs, as they are installed.
BIN=${BIN:-$(cd "$(dirname "$0")/../../build/posix/bin" && pwd)}
. "$(dirname "$0")/lib.sh"

LARGE=${LARGE:-256M}
MEMORY=32768	# KiB of addresses, program and shared memory included

# within_memory COMMAND...: run, in no more than that.
within_memory() {
	# shellcheck disable=SC3045 # dash and bash both have it
	run sh -c 'ulimit -v "$0" || exit 99; exec "$@"' "$MEMORY" "$@"
}

# Content without end would be as good, if disks were: a few bytes at both ends.
large_file() {
	mkdir -p "$(dirname "$SRC/$1")"
	printf 'begins %s' "$2" >"$SRC/$1"
	truncate -s "$LARGE" "$SRC/$1"
	printf 'ends %s' "$2" >>"$SRC/$1"
}

# Store files that the traced run opened.
fetched() {
	opened_in "$ROOT" | grep -c '^store/../.' || :
}

killed_at() {
	run strace -f -qq -o /dev/null -e trace="$1" \
	    -e inject="$1:signal=SIGKILL:when=$2" \
	    "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 137
}

something_came() {
	find "$CLIENT/.stage" -type f -size +1M | grep -q .
}

# A large file.

begin 'a large file is published and installed in little memory'
new_site
add BIN/a 'a'
large_file DATA/large one
SMS_SYSROOT=$T/site within_memory "$BIN/publish" /s:"$SRC" /p:"$ROOT"
want_code 0
within_memory "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
want_code 0
want_installed
want_same "$SRC/DATA/large" "$CLIENT/DATA/large"

begin 'a large file that was cut off while it came is fetched anew, the rest is not'
large_file DATA/large two
add BIN/a 'a2'
release
killed_at write 100
[ "$(find "$CLIENT/.stage" -type f -size +1M | wc -l)" = 1 ] ||
	fail "in .stage: $(ls -l "$CLIENT/.stage")"
want_text "$CLIENT/BIN/a" a
traced openat
want_code 0
want_installed
want_same "$SRC/DATA/large" "$CLIENT/DATA/large"
[ "$(fetched)" = 1 ] || fail "fetched: $(opened_in "$ROOT")"

begin 'a disk that fills up while a large file comes: exit 2, nothing has changed'
clean_hook() {
	umount "$CLIENT" 2>/dev/null
}
mkdir -p "$T/keep/DATA"
cp -a "$CLIENT/BIN" "$T/keep"
large_file DATA/large three
rm -rf "$CLIENT/DATA/large"
release
printf '[Security]\r\nAllowUnsigned=yes\r\n[Limits]\r\nBandwidth=%s\r\n' 50000000 >"$POLICY"
if [ "$LARGE" != 256M ]; then
	skip 'only with the file of 256 MiB'
elif needs_root; then
	if mount -t tmpfs -o size=400m,mode=755 tmpfs "$CLIENT" 2>/dev/null; then
		cp -a "$T/keep/." "$CLIENT"
		before=$(look "$CLIENT" "$T/pc")
		cli_nt >"$T/.out" 2>"$T/.err" </dev/null &
		wait_for something_came || fail 'nothing came'
		fallocate -l 300m "$T/sys/opt/sms/filler" || fail 'no filler'
		wait $!
		# shellcheck disable=SC2034 # want_code and want_err look
		code=$?
		# shellcheck disable=SC2034
		err=$(cat "$T/.err")
		rm "$CLIENT/filler"
		want_code 2
		want_err 'no space left'
		want_untouched "$before" "$CLIENT" "$T/pc"
		umount "$CLIENT"
	else
		skip 'mounting is not permitted here'
	fi
fi

# Many files.

begin 'a fetch that was cut off goes on with what is missing'
new_client
new_site
for n in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
	add DATA/file$n "file $n"
	chmod 755 "$SRC/DATA/file$n"
done
release
# The twelfth is whole and has not got its date yet.
killed_at utimensat 12
[ "$(find "$CLIENT/.stage" -type f | wc -l)" = 12 ] ||
	fail "in .stage: $(ls "$CLIENT/.stage")"
traced openat
want_code 0
want_installed
[ "$(fetched)" = 10 ] || fail "$(fetched) fetched: $(opened_in "$ROOT" | tr '\n' ' ')"
for n in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
	[ "$(stat -c '%a %Y' "$CLIENT/DATA/file$n")" = \
	    "$(stat -c '%a %Y' "$SRC/DATA/file$n")" ] ||
		fail "file$n: $(stat -c '%a %y' "$CLIENT/DATA/file$n")"
done

begin '10,000 files are installed'
new_client
new_site
python3 "$top/tests/bench/files.py" "$SRC" 10000 64
release
run cli_nt
want_code 0
want_installed
find "$CLIENT" -type f -printf '%P %s\n' | sort >"$T/have"
(cd "$SRC" && find . -type f ! -name DOMAIN.INI -printf '%P %s\n' | sort) >"$T/wanted"
[ "$(wc -l <"$T/have")" -ge 10000 ] || fail "$(wc -l <"$T/have") files"
want_same "$T/have" "$T/wanted"

begin '10,000 files that did not change: one file of the share is opened'
traced openat
want_code 0
[ "$(opened_in "$ROOT" | grep -c .)" = 1 ] || fail "opened: $(opened_in "$ROOT" | head -n 5)"

begin 'one file of 10,000 has changed: it is fetched, and no other'
one=$(cd "$SRC" && find . -type f ! -name DOMAIN.INI -printf '%P\n' | sort | sed -n 5000p)
echo 'another content' >"$SRC/$one"
release
traced openat
want_code 0
want_installed
want_same "$SRC/$one" "$CLIENT/$one"
[ "$(fetched)" = 1 ] || fail "$(fetched) files were fetched"

begin 'thousands of files leave the list, and the client'
(cd "$SRC" && find . -type f ! -name DOMAIN.INI -printf '%P\n' | sort | sed -n '1,6000p' |
	tr '\n' '\0' | xargs -0 rm --)
echo 'not of the list' >"$CLIENT/$(dirname "$one")/own"
release /force
run cli_nt
want_code 0
want_installed
rm "$CLIENT/$(dirname "$one")/own" || fail 'what is not ours is gone'
find "$CLIENT" -type f -printf '%P\n' | sort >"$T/have"
(cd "$SRC" && find . -type f ! -name DOMAIN.INI -printf '%P\n' | sort) >"$T/wanted"
want_same "$T/have" "$T/wanted"
