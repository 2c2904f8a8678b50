#!/bin/sh
# cli_nt on a client that has an older list: every kind of change, components
# that come and go, and what stands in the way.
. "$(dirname "$0")/lib.sh"

STANDARD='[Component STANDARD]\r\nType=files\r\n'

# The client holds exactly these files: "NAME TEXT" lines.
want_files() {
	(cd "$CLIENT" && find . -type f | sort | while read -r name; do
		printf '%s %s\n' "${name#./}" "$(cat "$name")"
	done) >"$T/.have"
	printf '%s\n' "$@" | sort >"$T/.want"
	sort -o "$T/.have" "$T/.have"
	cmp -s "$T/.have" "$T/.want" ||
		fail "files: $(diff "$T/.want" "$T/.have" | grep '^[<>]' | tr '\n' ' ')"
}

update() {
	release "$@"
	run cli_nt
}

begin 'nothing to do: exit 0, silent, and the head of one file is all that is read'
new_site
add BIN/greet 'hello'
add DATA/HELP.TXT 'help'
ready
before=$(look "$T/sys" "$T/pc" "$ROOT")
run cli_nt
want_code 0
[ -z "$out$err" ] || fail "it said: $out$err"
want_untouched "$before" "$T/sys" "$T/pc" "$ROOT"
run cli_nt /v
want_out "CopyListVersion $(version_of) is installed; nothing to do"

begin 'nothing to do: one file is opened on the share, and nothing is written'
if needs strace; then
	traced openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,write,pwrite64,ftruncate,fchmod,fchmodat,fchown,utimensat
	want_code 0
	[ "$(opened_in "$ROOT")" = cl_nt.txt ] ||
		fail "opened on the share: $(opened_in "$ROOT" | tr '\n' ' ')"
	[ "$(grep -c "<$ROOT/" "$T/.trace")" = 1 ] || fail 'cl_nt.txt was opened more than once'
	grep -E 'O_WRONLY|O_RDWR|O_CREAT|^[0-9]+ +(creat|mkdir|rename|unlink|link|symlink|write|pwrite|ftruncate|fch|utimensat)' "$T/.trace" |
		grep -vE 'LOGS/CLI_NT.LOG|STATE/LOCK|/proc/self|ENOENT' >"$T/.writes"
	[ ! -s "$T/.writes" ] || fail "$(head -n 1 "$T/.writes")"
fi

begin 'files that changed, came and went: the client follows'
add BIN/greet 'hello again'
add DATA/NEW.TXT 'new'
add 'DATA/deep/er/x.txt' 'deep'
rm "$SRC/DATA/HELP.TXT"
update
want_code 0
want_no_err
want_installed
want_files 'BIN/greet hello again' 'DATA/NEW.TXT new' 'DATA/deep/er/x.txt deep'
want_same "$STATE/CL_NT.TXT" "$ROOT/cl_nt.txt"

begin 'a folder that has become empty goes, one with a foreign file stays'
add DATA/kept/ours.txt 'ours'
update
echo foreign >"$CLIENT/DATA/kept/foreign.txt"
rm -r "$SRC/DATA/kept" "$SRC/DATA/deep"
update /force
want_code 0
want_no_file "$CLIENT/DATA/deep"
want_no_file "$CLIENT/DATA/kept/ours.txt"
want_text "$CLIENT/DATA/kept/foreign.txt" foreign
rm -r "$CLIENT/DATA/kept"

begin 'a name that changes its letter case changes it on the client'
mv "$SRC/DATA/NEW.TXT" "$SRC/DATA/New.txt"
update /force
want_code 0
want_installed
want_files 'BIN/greet hello again' 'DATA/New.txt new'

begin 'a file becomes a folder, and a folder a file'
add DATA/thing 'a file'
add DATA/box/inner.txt 'inner'
update
rm -r "$SRC/DATA/thing" "$SRC/DATA/box"
add DATA/thing/inner.txt 'in the folder'
add DATA/box 'a file now'
update /force
want_code 0
want_installed
want_files 'BIN/greet hello again' 'DATA/New.txt new' \
    'DATA/thing/inner.txt in the folder' 'DATA/box a file now'

begin '... and back again'
rm -r "$SRC/DATA/thing" "$SRC/DATA/box"
add DATA/thing 'a file'
add DATA/box/inner.txt 'inner'
update /force
want_code 0
want_installed
want_files 'BIN/greet hello again' 'DATA/New.txt new' 'DATA/thing a file' \
    'DATA/box/inner.txt inner'

begin 'two files of one size and one date that change places'
new_site
add DATA/one.txt 'AAAA'
add DATA/two.txt 'BBBB'
touch -d '2024-01-01 UTC' "$SRC"/DATA/*
ready
mv "$SRC/DATA/one.txt" "$T/.x"
mv "$SRC/DATA/two.txt" "$SRC/DATA/one.txt"
mv "$T/.x" "$SRC/DATA/two.txt"
update
want_code 0
want_installed
want_files 'DATA/one.txt BBBB' 'DATA/two.txt AAAA'

begin 'a file that changes nothing but its attributes gets them'
chmod 755 "$SRC/DATA/one.txt"
update
want_code 0
[ "$(stat -c %a "$CLIENT/DATA/one.txt")" = 755 ] || fail "$(stat -c %a "$CLIENT/DATA/one.txt")"

begin 'a file changed by hand, same size and date, is put right by /f and only then'
printf 'XXXX' | dd of="$CLIENT/DATA/one.txt" conv=notrunc status=none
touch -d '2024-01-01 UTC' "$CLIENT/DATA/one.txt"
run cli_nt
want_code 0
want_text "$CLIENT/DATA/one.txt" XXXX
run cli_nt /f
want_code 0
want_files 'DATA/one.txt BBBB' 'DATA/two.txt AAAA'
want_installed

begin 'a file changed by hand in size or date is put right by the next update'
echo 'longer than before' >"$CLIENT/DATA/one.txt"
rm "$CLIENT/DATA/two.txt"
add DATA/three.txt 'CCCC'
update
want_code 0
want_files 'DATA/one.txt BBBB' 'DATA/two.txt AAAA' 'DATA/three.txt CCCC'

begin '/n prints the plan and touches nothing'
add DATA/one.txt 'DDDD'
add DATA/four.txt 'four'
rm "$SRC/DATA/two.txt"
release /force
everything() {
	look "$T/sys" "$T/pc" "$T/home" "$ROOT"
	find "$T/sys" "$T/pc" "$T/home" "$ROOT" -printf '%p %T@\n' | sort
	sha256sum "$STATE_ROOT/LOGS/CLI_NT.LOG"
}
before=$(everything)
run cli_nt /n
want_code 0
want_no_err
want_out "CopyListVersion $(version_of) on $ROOT"
want_out '[STANDARD]'
want_out 'replace  4                    4 '
want_out ' DATA/one.txt  (content differs)'
want_out 'add      -                    4 '
want_out ' DATA/four.txt  (new in the list)'
want_out ' DATA/two.txt  (not in the list any more)'
want_out '3 changes, 2 files of 8 bytes to fetch'
case $out in *three.txt*) fail 'a file that stays is shown without /v' ;; esac
[ "$before" = "$(everything)" ] || fail 'something was touched'
run cli_nt /n /v
want_out 'DATA/three.txt  (unchanged)'

begin '/n on a machine that has nothing makes nothing'
new_client
run cli_nt /n
want_code 0
want_out '3 changes, 3 files of 12 bytes to fetch'
[ -z "$(find "$T/sys" "$T/pc" "$T/home" -mindepth 1)" ] ||
	fail "made: $(find "$T/sys" "$T/pc" "$T/home" -mindepth 1 | head -n 1)"

begin 'a component that leaves the list leaves the client'
new_site
add BIN/a 'a'
add EXTRA/b 'b'
# shellcheck disable=SC2059
printf "$STANDARD"'[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\n' >"$SRC/components.ini"
ready
want_ini "$INI" WorkstationStatus InstalledComponents 'STANDARD, EXTRA'
rm -r "$SRC/EXTRA" "$SRC/components.ini"
update /force
want_code 0
want_installed
want_files 'BIN/a a'
want_no_file "$CLIENT/EXTRA"
want_ini "$INI" WorkstationStatus InstalledComponents STANDARD

begin 'a file that moves into another component stays where it is'
add EXTRA/b 'b'
update
inode=$(stat -c %i "$CLIENT/EXTRA/b")
# shellcheck disable=SC2059
printf "$STANDARD"'[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\n' >"$SRC/components.ini"
update
want_code 0
want_installed
[ "$(stat -c %i "$CLIENT/EXTRA/b")" = "$inode" ] || fail 'it was placed again'
want_ini "$INI" WorkstationStatus InstalledComponents 'STANDARD, EXTRA'

begin 'When= follows the machine: a component comes and goes with its name'
new_site
add BIN/a 'a'
add EXTRA/b 'b'
# shellcheck disable=SC2059
printf "$STANDARD"'[Component EXTRA]\r\nType=files\r\nWhen=host:^PLN-\r\nFiles=EXTRA/**\r\n' >"$SRC/components.ini"
ready
want_files 'BIN/a a' 'EXTRA/b b'
export SMS_HOST=ABC-1
run cli_nt
want_code 0
want_installed
want_files 'BIN/a a'
want_ini "$INI" WorkstationStatus InstalledComponents STANDARD
run cli_nt
[ -z "$out$err" ] || fail "the run after it said: $out$err"
SMS_HOST=PLN-WS017
run cli_nt
want_code 0
want_installed
want_files 'BIN/a a' 'EXTRA/b b'

begin '[SMS] Components= of DOMAIN.INI names what is wanted beside STANDARD'
new_site
add BIN/a 'a'
add ONE/b 'b'
add TWO/c 'c'
# shellcheck disable=SC2059
printf "$STANDARD"'[Component ONE]\r\nType=files\r\nFiles=ONE/**\r\n[Component TWO]\r\nType=files\r\nFiles=TWO/**\r\n' >"$SRC/components.ini"
printf '[SMS]\r\nSiteCode=PL2\r\nComponents=two\r\n' >"$SRC/DOMAIN.INI"
ready
want_files 'BIN/a a' 'TWO/c c'
printf '[SMS]\r\nSiteCode=PL2\r\nComponents=\r\n' >"$SRC/DOMAIN.INI"
update
want_code 0
want_installed
want_files 'BIN/a a' 'ONE/b b' 'TWO/c c'
printf '[SMS]\r\nSiteCode=PL2\r\nComponents=ONE\r\n' >"$SRC/DOMAIN.INI"
update
want_code 0
want_installed
want_files 'BIN/a a' 'ONE/b b'
want_no_file "$CLIENT/TWO"

begin 'a foreign file in a folder in the way holds that component and no other'
new_site
add BIN/a 'a'
add EXTRA/b 'b'
# shellcheck disable=SC2059
printf "$STANDARD"'[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**,DATA/thing\r\n' >"$SRC/components.ini"
ready
old=$(version_of)
mkdir -p "$CLIENT/DATA/thing/deep"
echo mine >"$CLIENT/DATA/thing/deep/foreign.txt"
add BIN/a 'a2'
add EXTRA/b 'b2'
add DATA/thing 'a file'
update
want_code 1
want_err 'cli_nt: component EXTRA: not installed: DATA/thing: a folder stands there, and DATA/thing/deep/foreign.txt in it is not ours'
want_err "CopyListVersion $(version_of): 1 of 2 components are not installed; the next try is after 2"
want_files 'BIN/a a2' 'EXTRA/b b' 'DATA/thing/deep/foreign.txt mine'
want_ini "$INI" SMS CopyListVersion "$old"
want_ini "$INI" Local SetupPhase verify_files
want_no_file "$CLIENT/.stage"
want_no_file "$STATE/JOURNAL"

begin '... and when it is out of the way, the component goes in'
rm -r "$CLIENT/DATA/thing"
run cli_nt /f
want_code 0
want_installed
want_files 'BIN/a a2' 'EXTRA/b b2' 'DATA/thing a file'
want_ini "$INI" 'Setup State' NextTry ''

begin 'names of foreign files are shown without what a terminal acts on'
add TERM/x 'one'
release
run cli_nt
rm -r "$SRC/TERM"
add TERM 'a file now'
release
: >"$CLIENT/TERM/$(printf 'a\033[2J')"
run cli_nt /n
want_out 'a\x1B[2J'
run cli_nt
want_code 1
want_err 'a\x1B[2J'
want_text "$STATE_ROOT/LOGS/CLI_NT.LOG" 'a\x1B[2J'
rm -r "$CLIENT/TERM"
run cli_nt /f
want_code 0

begin 'a file whose place is taken by a foreign file is installed over it'
add BIN/c 'c'
echo foreign >"$CLIENT/BIN/c"
update
want_code 0
want_text "$CLIENT/BIN/c" c

begin 'a BIN that is a link is never followed: the component is held'
old=$(version_of)
mv "$CLIENT/BIN" "$T/pc/elsewhere"
ln -s "$T/pc/elsewhere" "$CLIENT/BIN"
before=$(look "$T/pc/elsewhere")
add BIN/a 'a3'
add EXTRA/b 'b3'
update
want_code 1
want_err 'component STANDARD: not installed: BIN/a: a link stands in the path, which is never followed'
want_untouched "$before" "$T/pc/elsewhere"
want_text "$CLIENT/EXTRA/b" b3
want_ini "$INI" SMS CopyListVersion "$old"
rm "$CLIENT/BIN"
mv "$T/pc/elsewhere" "$CLIENT/BIN"
run cli_nt /f
want_code 0
want_installed

begin 'a file that somebody made a link is replaced, what it points at is not'
echo victim >"$T/pc/victim"
rm "$CLIENT/EXTRA/b"
ln -s "$T/pc/victim" "$CLIENT/EXTRA/b"
run cli_nt /f
want_code 0
want_text "$T/pc/victim" victim
[ ! -h "$CLIENT/EXTRA/b" ] || fail 'it is a link still'
want_text "$CLIENT/EXTRA/b" b3

begin 'a link planted in .stage under the name of a piece is not written through'
add EXTRA/b 'b4'
touch -d '2024-05-06 07:08:09 UTC' "$SRC/EXTRA/b"
release
piece=$(basename "$(stored 'EXTRA\\b')")
piece=$piece.$(printf 'EXTRA/b|%s000000000|0' "$(stat -c %Y "$SRC/EXTRA/b")" | sha256sum | cut -c 1-16)
mkdir -m 700 "$CLIENT/.stage"
ln -s "$T/pc/victim" "$CLIENT/.stage/$piece"
ln -s "$T/pc/victim" "$CLIENT/.stage/other"
traced unlinkat
want_code 0
want_text "$T/.trace" "/.stage>, \"$piece\""
want_text "$T/pc/victim" victim
want_text "$CLIENT/EXTRA/b" b4
want_installed

begin 'a .stage that is a link is not used'
mkdir "$T/pc/trap"
ln -s "$T/pc/trap" "$CLIENT/.stage"
before=$(look "$INI" "$CLIENT" "$T/pc/trap")
add EXTRA/b 'b5'
update
want_code 2
want_err ".stage: a link stands in the path"
want_untouched "$before" "$INI" "$CLIENT" "$T/pc/trap"
rm "$CLIENT/.stage"
run cli_nt
want_code 0
want_installed

begin 'a log that is a link is not written to, and the work is done'
log=$STATE_ROOT/LOGS/CLI_NT.LOG
mv "$log" "$log.x"
ln -s "$T/pc/victim" "$log"
add EXTRA/b 'b6'
update
want_code 0
want_installed
want_text "$T/pc/victim" victim
[ "$(wc -c <"$T/pc/victim")" = 7 ] || fail 'the log went into what the link names'

begin 'LOGS being a link of the administrator to another volume: the log is there'
mkdir "$T/pc/logs"
rm -r "$STATE_ROOT/LOGS"
ln -s "$T/pc/logs" "$STATE_ROOT/LOGS"
add EXTRA/b 'b7'
update
want_code 0
want_installed
want_text "$T/pc/logs/CLI_NT.LOG" "CopyListVersion $(version_of) is installed"
