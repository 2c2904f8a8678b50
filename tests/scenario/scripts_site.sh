#!/bin/sh
# make site: programs and scripts in a logon root; and the batch files, as far
# as they can be judged without cmd.exe.
# shellcheck disable=SC2016 # the $ of sed
. "$(dirname "$0")/lib.sh"

VERSION=$(cat "$top/VERSION")
SITE="$T/ein Ordner/LOGON SRV ä"
PROGRAMS="$T/programs"

# site FOLDER...: with programs of the test's own.
site() {
	run sh "$SCRIPTS/site" "$SITE" "$@"
}

new_programs() {
	chmod -R u+w "$T/ein Ordner" 2>/dev/null
	rm -rf "$T/ein Ordner" "$PROGRAMS" "$T/win"
	mkdir -p "$T/ein Ordner" "$PROGRAMS" "$T/win"
	for name in cli_nt climonnt publish; do
		echo "program $name" >"$PROGRAMS/$name"
	done
	echo 'program of the other system' >"$T/win/cli_nt.exe"
}

want_whole() {
	for name in "$PROGRAMS"/*; do
		want_same "$name" "$SITE/bin/$VERSION/${name##*/}"
	done
	want_same "$SCRIPTS/SMSLS.BAT" "$SITE/SMSLS.BAT"
	want_same "$SCRIPTS/smsls.sh" "$SITE/smsls.sh"
	[ "$(cat "$SITE/bin/CURRENT.TXT")" = "$VERSION$(printf '\r')" ] ||
		fail 'CURRENT.TXT does not name the version'
	[ -z "$(find "$SITE" -name '.site*')" ] || fail 'a stage is left'
}

begin 'make site: programs under their version, scripts at the top, boxes with their rights'
new_programs
(umask 077; sh "$SCRIPTS/site" "$SITE" "$PROGRAMS" >/dev/null) ||
	fail 'site failed'
want_whole
(cd "$SITE" && find . -printf '%M %p\n' | sort -k 2) >"$T/have"
cat >"$T/wanted" <<END
drwxr-xr-x .
-rwxr-xr-x ./CLIENT.BAT
-rwxr-xr-x ./DEINSTAL.BAT
-rwxr-xr-x ./RUNSMS.BAT
-rwxr-xr-x ./SMSLS.BAT
-rwxr-xr-x ./UPGRADE.BAT
drwxr-xr-x ./bin
drwxr-xr-x ./bin/$VERSION
-rwxr-xr-x ./bin/$VERSION/cli_nt
-rwxr-xr-x ./bin/$VERSION/climonnt
-rwxr-xr-x ./bin/$VERSION/publish
-rw-r--r-- ./bin/CURRENT.TXT
drwx-wx-wt ./ccr.box
drwx------ ./ccr.box/failed
drwx------ ./ccr.box/processing
drwx------ ./ccr.box/retry
-rwxr-xr-x ./client.sh
-rwxr-xr-x ./deinstal.sh
drwx-wx-wt ./inventry.box
drwx------ ./inventry.box/badraws
drwx------ ./inventry.box/history
drwx------ ./inventry.box/processing
drwxr-xr-x ./profile.d
-rw-r--r-- ./profile.d/sms.sh
-rwxr-xr-x ./runsms.sh
-rwxr-xr-x ./smsls.sh
drwxr-xr-x ./systemd
drwxr-xr-x ./systemd/user
-rw-r--r-- ./systemd/user/climonnt.service
-rw-r--r-- ./systemd/user/sms-logon.service
-rwxr-xr-x ./upgrade.sh
END
cmp -s "$T/wanted" "$T/have" ||
	fail "$(diff "$T/wanted" "$T/have" | grep '^[<>]' | head -n 5 | tr '\n' ' ')"

begin 'make site: publish takes the boxes that it made, and the tree stays its'
new_site
add BIN/tool one
run "$BIN/publish" /s:"$SRC" /p:"$SITE"
want_code 0
want_no_err
site "$PROGRAMS"
want_out 'all is there'

begin 'make site twice changes nothing, also where nothing can be written'
before=$(look "$SITE")
site "$PROGRAMS"
want_code 0
want_out 'all is there'
want_untouched "$before" "$SITE"

begin 'make site: another program of the same version is refused, and nothing changes'
echo 'another build' >"$PROGRAMS/climonnt"
rm "$SITE/SMSLS.BAT"
before=$(look "$SITE")
site "$PROGRAMS"
want_code 65
want_err 'raise VERSION'
[ "$(echo "$err" | wc -l)" = 1 ] || fail "more than one line: $err"
want_untouched "$before" "$SITE"

begin 'make site: programs of the other system are added to a version that stands'
new_programs
site "$PROGRAMS"
old=$(look "$SITE/bin/$VERSION/cli_nt")
site "$PROGRAMS" "$T/win"
want_code 0
want_same "$T/win/cli_nt.exe" "$SITE/bin/$VERSION/cli_nt.exe"
[ "$old" = "$(look "$SITE/bin/$VERSION/cli_nt")" ] || fail 'cli_nt was touched'
site "$PROGRAMS"
want_out 'all is there'
want_file "$SITE/bin/$VERSION/cli_nt.exe"

begin 'make site: programs are stripped and run; without strip they are as they were built'
mkdir "$T/debug"
echo 'no program' >"$T/debug/text"
echo 'int main(void) { return 7; }' >"$T/seven.c"
gcc -g -o "$T/debug/seven" "$T/seven.c" || fail 'gcc'
run sh "$SCRIPTS/dev/stripped" "$T/debug" "$T/stripped"
want_code 0
[ -z "$out$err" ] || fail "it said: $out$err"
[ "$(find "$T/stripped/seven" -size "-$(wc -c <"$T/debug/seven")c")" ] ||
	fail 'not smaller'
run "$T/stripped/seven"
want_code 7
want_same "$T/debug/text" "$T/stripped/text"
mkdir -p "$T/tools"
for tool in sh rm mkdir cp; do
	ln -sf "$(command -v $tool)" "$T/tools/$tool"
done
run env PATH="$T/tools" sh "$SCRIPTS/dev/stripped" "$T/debug" "$T/stripped"
want_code 0
want_same "$T/debug/seven" "$T/stripped/seven"
want_same "$T/debug/text" "$T/stripped/text"
make -C "$top" -n site ROOT="$SITE" >"$T/.make" 2>&1 || fail 'make -n site'
grep -q 'scripts/site .* build/posix/stripped' "$T/.make" ||
	fail 'make site publishes what was not stripped'

begin 'make site: a script of an older version is replaced in one rename, what is there otherwise stays'
echo old >"$SITE/SMSLS.BAT"
old=$(stat -c %i "$SITE/SMSLS.BAT")
exec 8<"$SITE/SMSLS.BAT"
mkdir -p "$SITE/bin/0.0.1"
echo older >"$SITE/bin/0.0.1/cli_nt"
printf '0.0.1\r\n' >"$SITE/bin/CURRENT.TXT"
chmod 700 "$SITE/ccr.box"
site "$PROGRAMS" "$T/win"
want_code 0
want_whole
[ "$(cat <&8)" = old ] || fail 'who reads the old script sees it change'
exec 8<&-
want_text "$SITE/bin/0.0.1/cli_nt" older
[ "$(stat -c %a "$SITE/ccr.box")" = 700 ] || fail 'rights of the box were changed'

# Something else in the way: one line, exit code, nothing but that.
refuse() {
	site "$PROGRAMS"
	want_code "$1"
	want_err "$2"
	[ "$(echo "$err" | wc -l)" = 1 ] || fail "more than one line: $err"
}

begin 'make site: no ROOT, a missing parent, a file or a link in the way: one line'
new_programs
run sh "$SCRIPTS/site"
want_code 64
want_err 'ROOT=DIR'
run sh "$SCRIPTS/site" ''
want_code 64
rmdir "$T/ein Ordner"
refuse 2 'is to stand in is missing'
mkdir "$T/ein Ordner"
echo file >"$SITE"
refuse 2 'cannot be made'
rm "$SITE"
mkdir "$SITE" "$T/elsewhere"
ln -s "$T/elsewhere" "$SITE/ccr.box"
refuse 2 'a link is in the way'
rm "$SITE/ccr.box"
mkdir "$SITE/bin"
ln -s "$T/elsewhere" "$SITE/bin/$VERSION"
refuse 2 'a link is in the way'
[ -z "$(ls -A "$T/elsewhere")" ] || fail "it has written $(ls -A "$T/elsewhere")"
rm -r "$SITE"
mkdir -p "$SITE/SMSLS.BAT"
refuse 2 'a folder is in the way'
rm "$PROGRAMS"/*
refuse 2 'no programs'

begin 'make site: a root that cannot be written: one line'
new_programs
mkdir "$SITE"
if [ "$(id -u)" != 0 ]; then
	chmod 555 "$SITE"
	refuse 2 'cannot be written'
else
	# Without root's rights, which make site does not need.
	chmod -R a+rX "$T"
	run as_nobody sh "$SCRIPTS/site" "$SITE" "$PROGRAMS"
	want_code 2
	want_err "$SITE: cannot be written"
	[ "$(echo "$err" | wc -l)" = 1 ] || fail "more than one line: $err"
	chown 65534 "$SITE"
	run as_nobody sh "$SCRIPTS/site" "$SITE" "$PROGRAMS"
	want_code 0
	want_whole
fi

begin 'make site: a second run at the same time ends with 75'
new_programs
mkdir -p "$SITE/.site"
echo "$(uname -n) $$" >"$SITE/.site/owner"
site "$PROGRAMS"
want_code 75
want_no_file "$SITE/bin"
rm -r "$SITE/.site"

begin 'make site: another user works in it, or publish: 75'
new_programs
mkdir -p "$SITE/.site"
if needs_root; then
	echo "$(uname -n) $$" >"$SITE/.site/owner"
	chmod -R a+rX "$T"
	chown -R 65534 "$SITE"
	run as_nobody sh "$SCRIPTS/site" "$SITE" "$PROGRAMS"
	want_code 75
	want_no_file "$SITE/bin"
	chown -R 0 "$SITE"
fi
rm -r "$SITE/.site"
if needs flock; then
	mkdir "$SITE/.publish"
	run flock "$SITE/.publish/LOCK" sh "$SCRIPTS/site" "$SITE" "$PROGRAMS"
	want_code 75
	want_err 'publish is at work'
	want_no_file "$SITE/bin"
	site "$PROGRAMS"
	want_code 0
	want_whole
fi

begin 'make site: what a killed run has left is taken over'
for owner in "$(uname -n) 2147483646" ''; do
	new_programs
	mkdir -p "$SITE/.site/bin"
	[ -z "$owner" ] || echo "$owner" >"$SITE/.site/owner"
	echo half >"$SITE/.site/bin/cli_nt"
	site "$PROGRAMS"
	want_code 0
	want_whole
done
new_programs
mkdir -p "$SITE/.site"
echo 'another.host 7' >"$SITE/.site/owner"
site "$PROGRAMS"
want_code 75
touch -d '3 days ago' "$SITE/.site"
site "$PROGRAMS"
want_code 0
want_whole

# Killed as it begins each of its moves, in turn: no version is ever there in
# part, CURRENT.TXT names one that is whole, and the next run completes it.
begin 'make site killed at every rename leaves nothing half, and is completed'
mkdir -p "$T/killers"
cat >"$T/killers/mv" <<END
#!/bin/sh
left=\$(cat '$T/left')
echo \$((left - 1)) >'$T/left'
[ \$left -gt 0 ] || { kill -KILL \$PPID; exit 1; }
exec /bin/mv "\$@"
END
chmod 755 "$T/killers/mv"
count=0
while :; do
	new_programs
	echo $count >"$T/left"
	run env PATH="$T/killers:$PATH" sh "$SCRIPTS/site" "$SITE" "$PROGRAMS"
	[ "$code" -ne 0 ] || break
	count=$((count + 1))
	[ $count -lt 100 ] || { fail 'it never ends by itself'; break; }
	if [ -d "$SITE/bin/$VERSION" ]; then
		[ "$(cd "$SITE/bin/$VERSION" && echo *)" = 'cli_nt climonnt publish' ] ||
			fail "after $count: a version in part"
	fi
	if [ -e "$SITE/bin/CURRENT.TXT" ]; then
		want_file "$SITE/bin/$VERSION/cli_nt"
		want_file "$SITE/inventry.box/badraws"
	fi
	[ $((count % 4)) -eq 0 ] || continue
	site "$PROGRAMS"
	want_code 0
	want_whole
done
[ "$count" -ge 20 ] || fail "only $count renames were met"

begin 'batch files: the checker takes ours'
run sh "$top/scripts/dev/batch-lint"
want_code 0

# bad WHY SED: SMSLS.BAT changed so is refused, and says why.
bad() {
	sed "$2" "$SCRIPTS/SMSLS.BAT" >"$T/BAD.BAT"
	run sh "$top/scripts/dev/batch-lint" "$T/BAD.BAT"
	want_code 1
	want_out "$1"
}

begin 'batch files: the checker refuses what cmd.exe would stumble over'
bad 'CRLF' '5s/\r$//'
printf '@"%%~dp0.\\RUNSMS.BAT" /u %%*' >"$T/BAD.BAT"
run sh "$top/scripts/dev/batch-lint" "$T/BAD.BAT"
want_out 'the last line has no end'
printf '@("%%~dp0.\\RUNSMS.BAT" /u %%*)\r\n' >"$T/BAD.BAT"
run sh "$top/scripts/dev/batch-lint" "$T/BAD.BAT"
want_out 'a block of one line'
bad '%* in the block' 's/IF ERRORLEVEL 4 /"!SMS_EXE!" %* \& &/'
bad 'not ASCII' 's/Leaves/Läßt/'
bad 'does not begin with SETLOCAL' '/SETLOCAL ENABLEEXT/d'
bad 'a command that must not be here' 's/EXIT \/B %ERRORLEVEL%/GOTO end/'
bad 'a command that must not be here' 's/^\tSET "SMS_P="/\tPAUSE/'
bad 'a command that must not be here' 's/^\tSET "SMS_P="/\tCALL :sub/'
bad 'a command that must not be here' 's/^\tSET "SMS_P="/\t@ECHO OFF/'
bad 'ends in a backslash' 's/%~dp0\./%~dp0/'
bad 'neither @REM nor the one block' 's/^@(/@ECHO OFF/'
bad '% outside quotes' 's/SET "SMS_ROOT=%~1"/SET SMS_ROOT=%~1/'
bad 'an IF with a block' 's/^\tIF DEFINED SMS_ROOT SET.*/\tIF DEFINED SMS_ROOT (\r/'
bad 'IF ERRORLEVEL 66 after 5' 's/IF ERRORLEVEL 4 /IF ERRORLEVEL 66 /'
bad 'does not end in EXIT /B' '$!{/EXIT \/B/d}'
bad 'something after the block' '$s/$/\n@ECHO more\r/'
bad 'the block has no end' '$d'
