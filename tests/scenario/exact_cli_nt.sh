#!/bin/sh
# cli_nt: what the run on which nothing changed, and a small update, ask of the
# system and of the share. Exact numbers, so that none creeps in unseen.
BIN=${EXACT_BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd) || exit 2
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/exact.sh"

# nothing N: a client with a list of N files, and the trace of a second run.
nothing() {
	new_site
	many "$1"
	ready
	traced_all "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 0
	[ -z "$out$err" ] || fail "it said: $out$err"
}

if needs strace && needs python3; then
	run strace -f -o "$T/.trace" "$BIN/cli_nt" /version
	counted "$T/start"
fi

within_bounds() {
	begin "nothing to do, $1: no system call more than the table has"
	if needs strace && needs python3; then
		nothing "${1% entries}"
		counted "$T/calls"
		want_bound cli_nt_nothing.txt "$T/calls" "$T/start"
	fi
}
within_bounds '10 entries'
within_bounds '1000 entries'
within_bounds '10000 entries'

begin 'nothing to do: one file of the share is opened, and read once'
if needs strace && needs python3; then
	[ "$(opens "$ROOT/.*")" = 1 ] || fail "$(opens "$ROOT/.*") files"
	[ "$(opens "$ROOT/cl_nt.txt")" = 1 ] || fail 'not the list'
	[ "$(reads "$ROOT/cl_nt.txt")" = 1 ] || fail "$(reads "$ROOT/cl_nt.txt") reads"
fi

begin 'nothing to do: no file is opened but those of the table'
if needs strace; then
	sed -n 's/^[0-9]* *open[a-z0-9]*(.* = [0-9]*<\(.*\)>$/\1/p' "$T/.trace" |
		sed "s#^$T/##" | grep -vE '^/(etc/ld\.so|(usr/)?lib).*' |
		sort -u >"$T/opened"
	grep -v '^#' "$top/tests/data/exact/cli_nt_files.txt" | sort >"$T/known"
	unknown=$(comm -23 "$T/opened" "$T/known" | tr '\n' ' ')
	[ -z "$unknown" ] || fail "$unknown"
	grep -qx root/cl_nt.txt "$T/opened" || fail 'the trace shows nothing'
fi

# The program linked anew, so that the first call into a library is told.
# shellcheck disable=SC2046 # words
probed() {
	posix=$top/build/posix
	cat >"$T/probe.c" <<'END'
#include <unistd.h>
static volatile ssize_t told; /* not in the reader of the share: no output */
void *__real_pcre2_compile_8(void *, size_t, unsigned, int *, size_t *, void *);
void *__wrap_pcre2_compile_8(void *, size_t, unsigned, int *, size_t *, void *);
void *__wrap_pcre2_compile_8(void *a, size_t b, unsigned c, int *d, size_t *e, void *f)
{
	told = write(2, "PCRE2 ", 6);
	return __real_pcre2_compile_8(a, b, c, d, e, f);
}
const char *__real_gcry_check_version(const char *);
const char *__wrap_gcry_check_version(const char *);
const char *__wrap_gcry_check_version(const char *wanted)
{
	told = write(2, "libgcrypt ", 10);
	return __real_gcry_check_version(wanted);
}
END
	run gcc -fPIE -Wl,--wrap=pcre2_compile_8,--wrap=gcry_check_version \
	    -o "$T/probed" "$T/probe.c" "$posix/cli_nt/main.o" \
	    "$posix/libcli_nt.a" "$posix/libsms.a" "$posix/libplatform.a" \
	    $(sh "$top/scripts/dev/libs" no gcc)
	want_code 0
	run "$T/probed" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
}

begin 'nothing to do: neither libgcrypt nor PCRE2 is initialised'
probed
want_code 0
[ -z "$err" ] || fail "initialised: $err"
run "$T/probed" /p:"$ROOT" /i:"$INI" /c:"$POLICY" /f
want_err libgcrypt
new_client
run "$T/probed" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
want_err PCRE2

begin 'update of one file among 1000 opens the list and that file on the share'
if needs strace && needs python3; then
	new_site
	many 1000
	ready
	add DATA/D000/F00000.DAT 'changed'
	release
	traced_all "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 0
	want_installed
	# (The list twice: its head, then all of it.)
	files_opened "$ROOT" | grep -vx cl_nt.txt | sort >"$T/opened"
	stored 'DATA\\D000\\F00000.DAT' | sed "s#^$ROOT/##" >"$T/known"
	want_same "$T/known" "$T/opened"
	[ "$(opens "$ROOT/cl_nt.txt")" -le 2 ] || fail "the list $(opens "$ROOT/cl_nt.txt") times"
	[ -s "$T/known" ] || fail 'the list does not name it'
fi
