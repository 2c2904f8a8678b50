#!/bin/sh
# The command lines of cli_nt: what is a switch, and what is refused.
. "$(dirname "$0")/lib.sh"

new_site
add BIN/a 'a'
release

# usage MESSAGE WORD...: refused with 64, one line, nothing touched
usage() {
	message=$1
	shift
	run "$BIN/cli_nt" "$@"
	want_code 64
	[ "$err" = "cli_nt: $message" ] || fail "it said: $err"
	[ -z "$out" ] || fail "it printed: $out"
	[ -z "$(find "$T/sys" "$T/pc" "$T/home" -mindepth 1)" ] || fail 'something was made'
}

begin '/? and --help print every switch and do nothing'
run "$BIN/cli_nt" '/?'
want_code 0
want_no_err
want_out 'usage: cli_nt [switches]'
for switch in p:ROOT f u r k d:DIR bg n why '?' version v i:FILE c:FILE; do
	want_out "  /$switch, --"
done
want_out '/u, --upgrade                   upgrade with components stopped (not in this version)'
help=$out
for word in -? --help; do
	run "$BIN/cli_nt" "$word"
	want_code 0
	[ "$out" = "$help" ] || fail "$word prints something else"
done
[ -z "$(find "$T/sys" "$T/pc" "$T/home" -mindepth 1)" ] || fail 'something was made'

begin '/version and its other spellings print one line'
for word in /version /VERSION -version --version; do
	run "$BIN/cli_nt" "$word"
	want_code 0
	[ "$out" = "cli_nt $(cat "$top/VERSION")" ] || fail "$word: $out"
done

begin 'an unknown switch is refused in each spelling'
usage '/zz: unknown switch or word; try /?' /zz
usage '-zz: unknown switch; try /?' -zz
usage '--zz: unknown switch; try /?' --zz
usage 'word: unknown switch or word; try /?' word
usage '/etc/passwd: unknown switch or word; try /?' /etc/passwd
usage '--FORCE: unknown switch; try /?' --FORCE

begin 'switches of later versions say that they are not in this one'
usage '/u: not in this version' /u
usage '/R: not in this version' /R
usage '--upgrade: not in this version' --upgrade

begin 'a quote in a path is refused and explained'
usage '/p: a quote stands in the path: a backslash before a closing quote swallows what follows; write /p:"%ROOT%\."; try /?' \
    '/p:\\SRV\share" /f'
usage '/d: a quote stands in the path: a backslash before a closing quote swallows what follows; write /p:"%ROOT%\."; try /?' \
    '/d:"x'

begin 'a word of the command line is shown without what a terminal acts on'
run cli_nt "$(printf 'a\033[2Jb')"
want_code 64
want_err 'cli_nt: a\x1B[2Jb: unknown switch or word'

begin '/d: with a relative folder is refused'
run cli_nt /d:own
want_code 64
want_err 'cli_nt: /d: not an absolute path'
want_no_file own

begin 'a path that no system takes is said, wherever it stands'
long=$(printf '%0300d' 0)
run "$BIN/cli_nt" /p:"$ROOT" /c:"$POLICY" /i:"$T/$long/SMS.INI"
want_code 2
want_err "$T/$long/SMS.INI: "
want_err 'name too long or not permitted'
run "$BIN/cli_nt" /p:"$ROOT" /c:"$POLICY" /d:"$T/$long"
want_code 2
want_err 'name too long or not permitted'

begin 'a quote in SMS_INI is refused too'
run env SMS_INI='x"' "$BIN/cli_nt" /p:"$ROOT"
want_code 64
want_err 'cli_nt: SMS_INI: a quote stands in the path'

begin 'a value that is missing, and one that is too many'
usage '/i: FILE is missing; try /?' /i:
usage '/i: FILE is missing; try /?' /i
usage '--ini: FILE is missing; try /?' --ini
usage '--root: ROOT is missing; try /?' --root=
usage '/f: takes no value; try /?' /f:yes
usage '--dry-run: takes no value; try /?' --dry-run=no

begin '-- ends the switches: what follows is a word, and cli_nt takes none'
usage '/f: unknown switch or word; try /?' -- /f
usage '-f: unknown switch or word; try /?' /n -- -f

begin 'each spelling of a switch does the same'
run "$BIN/cli_nt" -P:"$ROOT" -i:"$INI" /C:"$POLICY" -N
want_code 0
want_out '1 change, 1 file of 1 byte to fetch'
plan=$out
run "$BIN/cli_nt" --root "$ROOT" --ini="$INI" --policy "$POLICY" --dry-run
want_code 0
[ "$out" = "$plan" ] || fail "long options: $out"
run env SMS_INI="$INI" SMS_POLICY="$POLICY" "$BIN/cli_nt" "/p:$ROOT/." /n --
want_code 0
[ "$out" = "$plan" ] || fail "environment: $out"

begin 'of a switch that is given twice the first counts'
run "$BIN/cli_nt" /p:"$ROOT" /p:"$T/nowhere" /i:"$INI" /i:"$T/x" /c:"$POLICY" /n
want_code 0
[ "$out" = "$plan" ] || fail "it said: $out"

begin '/i: comes before SMS_INI'
run env SMS_INI="$T/other.ini" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
want_code 0
want_installed
want_no_file "$T/other.ini"

begin '/k is accepted'
run cli_nt /k
want_code 0

begin 'the table of switches in doc/switches.md names every switch of every program'
for program in cli_nt climonnt publish; do
	[ -x "$BIN/$program" ] || continue
	"$BIN/$program" '/?' | sed -n 's/^  \/\([^ ]*\), --\([^ ]*\) .*/\1 \2/p' >"$T/.rows"
	[ -s "$T/.rows" ] || fail "$program /? shows no switch"
	while read -r short long; do
		long=${long%%=*}
		grep -qF -- "| \`/$short\` | \`-$short\` | \`--$long" "$top/doc/switches.md" ||
			fail "$program: /$short, --$long is not in doc/switches.md"
	done <"$T/.rows"
done

begin 'every exit code of lib/options.h stands in doc/exit-codes.md'
sed -n 's/.*EXIT_[A-Z]* = \([0-9]*\),.*/\1/p' "$top/lib/options.h" >"$T/.codes"
[ "$(wc -l <"$T/.codes")" = 9 ] || fail "$(wc -l <"$T/.codes") codes in lib/options.h"
while read -r number; do
	grep -qF "| $number |" "$top/doc/exit-codes.md" || fail "$number is not in doc/exit-codes.md"
done <"$T/.codes"
