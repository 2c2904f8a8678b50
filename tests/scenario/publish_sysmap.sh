#!/bin/sh
# publish with a SYSTEM.MAP as source: the sample, what counts as a change,
# merged lines, and what is refused (the cases of the text itself are in
# tests/data/sysmap).
. "$(dirname "$0")/lib.sh"

# A site whose source is the sample map, beside a DOMAIN.INI; $M is its folder.
sample_site() {
	rm -rf "${T:?}/map" "${T:?}/root"
	new_site
	M=$T/map
	mkdir "$M"
	cp -R "$top/samples/client.src" "$top/samples/SYSTEM.MAP" "$M/"
	cp "$SRC/DOMAIN.INI" "$M/"
	SRC=$M/SYSTEM.MAP
	find "$M" -type f -exec touch -d '2026-11-01 12:00' {} +
}

# write_map NAME...: a map with an entry for each, all in STANDARD.
write_map() {
	{
		echo 'DIRECTORY "SRC" PLATFORM "" LANGUAGE "" SOURCE "CD"'
		echo 'FLAGS = 10 UNIT = "CLIENT" BEGIN'
		for name in "$@"; do
			echo "\"$name\", SIZE(1, ${#name}, ${#name})," \
			    "\"$name\", \"$name\", REMOTE=YES," \
			    'COPYLISTS("WINNT:STANDARD" = "SMS"),' \
			    'COMPRESS=NO, FLAGS = 5'
		done
		echo 'END'
	} >"$M/SYSTEM.MAP"
	touch -d '2026-11-01 12:00' "$M/SYSTEM.MAP"
}

# small_site NAME...: a site with such a map; each file holds its own name.
small_site() {
	rm -rf "${T:?}/map" "${T:?}/root"
	new_site
	M=$T/map
	mkdir -p "$M/SRC"
	cp "$SRC/DOMAIN.INI" "$M/"
	SRC=$M/SYSTEM.MAP
	write_map "$@"
	for name in "$@"; do
		printf '%s' "$name" >"$M/SRC/$name"
	done
	find "$M" -type f -exec touch -d '2026-11-01 12:00' {} +
}

files_of() {
	awk -v section="[Files $1]" '
		{ sub(/\r$/, "") }
		/^\[/ { inside = $0 == section; next }
		inside { sub(/=.*/, ""); print }' "$ROOT/cl_nt.txt" | tr '\n' ' '
}

want_files() {
	[ "$(files_of "$1")" = "$2" ] || fail "$1 has '$(files_of "$1")', wanted '$2'"
}

# refused CODE MESSAGE: and the tree stays as it is.
refused() {
	tree "$ROOT" >"$T/before"
	run publish
	want_code "$1"
	want_err "publish: $2"
	tree "$ROOT" >"$T/after"
	want_same "$T/before" "$T/after"
}

begin 'samples/SYSTEM.MAP publishes the files of the sample site'
sample_site
run publish
want_code 0
want_no_err
want_out '6 files in 3 components, 6 new'
want_files STANDARD 'BIN\greet BIN\HELP.TXT BIN\netcheck '
want_files 'Client Inventory' 'BIN\collect BIN\inv32cli '
want_files PRINTERS 'BIN\labels.ini '
run cli_nt
want_code 0
want_installed
want_same "$CLIENT/BIN/labels.ini" "$top/samples/client.src/DATA/Drucker/labels.ini"
[ -x "$CLIENT/BIN/greet" ] || fail 'greet cannot be executed'

begin 'what was passed over is told under /v, and only there'
run publish /v
want_out 'SYSTEM.MAP:12:9: SERVICE "SMS_SITE_CONFIG_MANAGER": passed over; flags: install, start, set registry, primary site, secondary site, sender, optional, thread of the executive'
want_out 'SYSTEM.MAP: files in no list of WINNT, passed over: 1'
want_out 'SYSTEM.MAP: clauses for other systems, passed over: 1'
run publish
case $out in *'passed over'*) fail 'told without /v' ;; esac

begin 'Q166771: a map that was only touched makes no new version'
before=$(version_of)
touch "$SRC"
run publish
want_code 0
want_out "nothing changed, CopyListVersion $before stays"
printf '\r\n' >>"$SRC"
run publish
want_out "nothing changed, CopyListVersion $before stays"

begin 'Q166771: what the map says otherwise makes one'
sed -i '/"LABELS"/s/WINNT:PRINTERS/WINNT:STANDARD/' "$SRC"
run publish
want_code 65
want_err 'this would drop 1 component: PRINTERS'
run publish /force
want_code 0
[ "$(version_of)" -gt "$before" ] || fail 'no new version'
want_files STANDARD 'BIN\greet BIN\HELP.TXT BIN\labels.ini BIN\netcheck '

begin 'an unchanged run with a map opens no file that it names'
run publish
run strace -f -y -e trace=openat,openat2,open -o "$T/trace" env \
    ASAN_OPTIONS=detect_leaks=0 "$BIN/publish" /s:"$SRC" /p:"$ROOT"
want_out 'nothing changed'
want_text "$T/trace" 'SYSTEM.MAP'
if grep -q 'greet\|HELP.TXT\|CACHE' "$T/trace"; then
	fail "opened: $(grep 'greet\|HELP.TXT\|CACHE' "$T/trace" | head -n 1)"
fi

begin '/b bumps what a map names'
before=$(version_of)
run publish /b
want_code 0
[ "$(version_of)" -gt "$before" ] || fail 'no new version'

begin 'Q184512: of what a map names only the difference is copied'
small_site A.EXE B.EXE C.EXE
publish >/dev/null || fail 'the first release failed'
printf 'b, mended' >"$M/SRC/B.EXE"
run publish /v
want_code 0
want_out '1 contents were added to the store'
want_out '3 files in 1 component, 0 new, 1 changed'

begin 'a hotfix that left the map alone: a warning with both sizes'
want_err 'SYSTEM.MAP:4:1: B.EXE: SIZE says 5 bytes, it has 9'
run publish
want_code 0
want_err 'SYSTEM.MAP:4:1: B.EXE: SIZE says 5 bytes, it has 9'

begin 'Q193269: merged lines bring their files'
small_site A.EXE
publish >/dev/null || fail 'the first release failed'
printf 'new' >"$M/SRC/NEW.DLL"
sed -i '/^END/i "NEW.DLL", SIZE(1, 3, 3), "NEW.DLL", "NEW.DL_", REMOTE=YES, COPYLISTS("WINNT:STANDARD" = "SMS"), COMPRESS=NO, FLAGS = 5' "$SRC"
run publish
want_code 0
want_no_err
want_files STANDARD 'BIN\A.EXE BIN\NEW.DLL '

begin 'Q231821: a line merged wrongly is refused with its place'
sed -i '/^END/i "LAST.DLL", SIZE(1, 3, 3), "LAST.DLL", "LAST.DL_", REMOTE=YES, COPYLISTS("WINNT:STANDARD" = SMS), COMPRESS=NO, FLAGS = 5' "$SRC"
refused 65 "$SRC:5:93: a name in quotes expected, found SMS"

begin 'Q231821: a line merged twice is refused with both places'
small_site A.EXE A.EXE
refused 65 "$SRC:4:1: BIN/A.EXE: line 3 brings it already"

begin 'Q168598: a file of a map that is not there stops the release'
small_site A.EXE B.EXE
publish >/dev/null || fail 'the first release failed'
rm "$M/SRC/A.EXE"
refused 65 "$SRC:3:1: A.EXE: not in SRC, nor as A.EXE in CD"

begin 'components.ini beside a map says what the components are'
sample_site
cat >"$M/components.ini" <<'END'
[Component Client Inventory]
Type=service
Service=SMS_CLIENT_INVENTORY
Binary=BIN\INV32CLI
After=PRINTERS
[Component Help]
Files=BIN/*.TXT
[Flags]
BIN/labels.ini=r
END
run publish
want_code 0
want_no_err
want_out '6 files in 4 components'
want_ini "$ROOT/cl_nt.txt" 'Component Client Inventory' Type service
want_ini "$ROOT/cl_nt.txt" 'Component Client Inventory' After PRINTERS
want_files Help 'BIN\HELP.TXT '
want_files STANDARD 'BIN\greet BIN\netcheck '
want_text "$ROOT/cl_nt.txt" ',r'

begin 'a bad components.ini beside a map is refused'
printf '[Component X]\nAfter=NOWHERE\n' >>"$M/components.ini"
refused 65 "$M/components.ini:11: After=NOWHERE: there is no component NOWHERE"

begin '/n prints the plan of a map and touches nothing'
rm "$M/components.ini"
sed -i '/"NETCHECK"/,/FLAGS/d' "$SRC"
before=$(look "$ROOT" "$M")
run publish /n /force
want_code 0
want_out 'remove   STANDARD          BIN/netcheck'
want_untouched "$before" "$ROOT" "$M"

begin 'more than a fifth of what a map named needs /force'
small_site A B C D E F G H I J K
publish >/dev/null || fail 'the first release failed'
write_map A B C D E F G H
refused 65 'this would remove 3 of 11 files'

begin 'the logon root may lie in the folder of a map'
small_site A.EXE
ROOT=$M/LOGON.SRV
run publish
want_code 0
want_file "$ROOT/cl_nt.txt"
run publish
want_out 'nothing changed'

begin 'folder and map as sources of one root do not take each other for known'
small_site A.EXE
publish >/dev/null || fail 'the first release failed'
mkdir -p "$T/src/BIN"
printf 'xxxxx' >"$T/src/BIN/A.EXE"
touch -d '2026-11-01 12:00' "$T/src/BIN/A.EXE"
SRC=$T/src
run publish
want_code 0
want_out '1 changed'

begin 'a map over 16 MiB is refused'
small_site A.EXE
truncate -s 17000000 "$SRC"
refused 65 "$SRC: over 16777216 bytes long"

begin 'a map that is a link, a pipe, or not there'
small_site A.EXE
mv "$SRC" "$M/REAL.MAP"
refused 2 "$SRC: no such file"
ln -s REAL.MAP "$SRC"
refused 2 "$M/SYSTEM.MAP: a link"
rm "$SRC"
mkfifo "$SRC"
refused 2 "$M/SYSTEM.MAP: "

begin 'a link in place of a file of a map'
small_site A.EXE
mv "$M/SRC/A.EXE" "$M/SRC/B.EXE"
ln -s B.EXE "$M/SRC/A.EXE"
refused 65 "$SRC:3:1: A.EXE: a link; links are not published"

begin 'an empty map publishes an empty list, with a warning'
small_site
: >"$SRC"
run publish
want_code 0
want_err "$SRC: there is no file in it"
