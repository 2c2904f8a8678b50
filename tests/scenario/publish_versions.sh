#!/bin/sh
# The versions of programs in a published list.
. "$(dirname "$0")/lib.sh"

pe() {
	mkdir -p "$(dirname "$1")"
	python3 "$top/tests/scenario/pe.py" "$@" || fail "cannot make $1"
}

# The version that the list has for a destination.
listed() {
	sed -n "s/\r\$//; s/^$1=[^,]*,[^,]*,\([^,]*\).*/\1/p" "$ROOT/cl_nt.txt"
}

want_listed() {
	[ "$(listed "$1")" = "$2" ] || fail "$1 has '$(listed "$1")', wanted '$2'"
}

rest() {
	find "$SRC" -type f -exec touch -d '2026-11-01 12:00' {} +
}

begin 'the list has the version of each program'
new_site
pe "$SRC/BIN/A.EXE" 2.0.1493.4006
pe "$SRC/BIN/B.DLL" 1.2.3.4 --plus
pe "$SRC/BIN/PLAIN.EXE" -
add DATA/HELP.TXT 'help'
rest
run publish
want_code 0
want_no_err
want_listed 'BIN\\A.EXE' 2.0.1493.4006
want_listed 'BIN\\B.DLL' 1.2.3.4
want_listed 'BIN\\PLAIN.EXE' -
want_listed 'DATA\\HELP.TXT' -

begin 'versions are kept with the digests: what is unchanged is not opened'
add DATA/HELP.TXT 'help, changed'
run env ASAN_OPTIONS=detect_leaks=0 strace -f -y -e trace=openat,openat2,open \
    -o "$T/trace" "$BIN/publish" /s:"$SRC" /p:"$ROOT"
want_out '1 changed'
want_text "$T/trace" 'HELP.TXT'
if grep -q 'A\.EXE' "$T/trace"; then fail 'A.EXE was opened'; fi
want_listed 'BIN\\A.EXE' 2.0.1493.4006

begin 'a program of another version is a change'
pe "$SRC/BIN/A.EXE" 2.0.1493.4007
run publish
want_out '1 changed'
want_listed 'BIN\\A.EXE' 2.0.1493.4007

begin 'a list of before, without versions, gets them in a new version'
rest
publish >/dev/null || fail 'the release failed'
before=$(version_of)
relist 's/2\.0\.1493\.4007/-/; s/1\.2\.3\.4/-/'
run publish /n
want_out 'replace  STANDARD   BIN/A.EXE'
want_out 'other version'
run publish
want_code 0
want_out '0 new, 2 changed'
[ "$(version_of)" -gt "$before" ] || fail 'no new version'
want_listed 'BIN\\A.EXE' 2.0.1493.4007
run publish
want_out 'nothing changed'

begin 'a cache of before, without versions, costs one reading'
printf 'publish cache 1 %s\n' "$SRC" >"$T/cache"
for file in BIN/A.EXE BIN/B.DLL BIN/PLAIN.EXE DATA/HELP.TXT; do
	printf '%s %s %s%09d %s %s\n' \
	    "$(sha256sum "$SRC/$file" | cut -d ' ' -f 1)" \
	    "$(stat -c '%s' "$SRC/$file")" "$(stat -c '%Y' "$SRC/$file")" 0 \
	    "$(stat -c '%i' "$SRC/$file")" "$file" >>"$T/cache"
done
printf 'END %s\n' "$(sha256sum "$T/cache" | cut -d ' ' -f 1)" >>"$T/cache"
cp "$T/cache" "$ROOT/.publish/CACHE"
rm "$ROOT/.publish/MARK"
run publish
want_code 0
want_no_err
want_out 'nothing changed'
want_text "$ROOT/.publish/CACHE" '2.0.1493.4007 BIN/A.EXE'

begin 'a damaged program is published without a version, with a warning'
pe "$SRC/BIN/BAD.EXE" 1.2.3.4 --damaged
run publish
want_code 0
want_err "$SRC/BIN/BAD.EXE: a damaged program, the file is cut off: no version"
want_listed 'BIN\\BAD.EXE' -

begin 'what a SYSTEM.MAP names has its versions too'
rm "$SRC/BIN/BAD.EXE"
echo 'DIRECTORY "BIN" PLATFORM "" LANGUAGE "" SOURCE "" FLAGS = 1 UNIT = "" BEGIN
"A", SIZE(1, 1, 1), "A.EXE", "", REMOTE=YES, COPYLISTS("WINNT:STANDARD" = "SMS"), COMPRESS=NO, FLAGS = 1
END' >"$SRC/SYSTEM.MAP"
SRC=$SRC/SYSTEM.MAP
run publish /force
want_code 0
want_listed 'BIN\\A.EXE' 2.0.1493.4007

begin 'a client that has the files takes the versions without copying'
new_site
pe "$SRC/BIN/A.EXE" 1.2.3.4
rest
release
relist 's/1\.2\.3\.4/-/'
new_client
run cli_nt
want_code 0
before=$(stat -c '%i %Y' "$CLIENT/BIN/A.EXE")
release
run cli_nt
want_code 0
want_installed
[ "$(stat -c '%i %Y' "$CLIENT/BIN/A.EXE")" = "$before" ] ||
	fail 'the file was placed again'
