#!/bin/sh
# What publish refuses: exit code, message, and a tree that stays as it is.
. "$(dirname "$0")/lib.sh"

# A tree with one release, and a source with one change that waits.
start() {
	begin "$1"
	new_site
	add BIN/ONE.EXE 'one'
	publish >/dev/null || fail 'the first release failed'
	add BIN/ONE.EXE 'one, changed'
	snapshot >"$T/before"
}

snapshot() {
	tree "$ROOT"
	(cd "$ROOT" && find . -name LOCK -o -printf '%p %y %m\n' | sort)
}

# refused CODE MESSAGE
refused() {
	run publish
	want_code "$1"
	want_err "publish: $2"
	[ "$(echo "$err" | wc -l)" = 1 ] || fail "more than one line: $err"
	snapshot >"$T/after"
	want_same "$T/before" "$T/after"
}

begin 'without /s: or /p: it is a usage error'
new_site
add A.TXT 'a'
run "$BIN/publish" /p:"$ROOT"
want_code 64
want_err '/s:DIR, the source, is missing'
run "$BIN/publish" /s:"$SRC"
want_code 64
want_err '/p:ROOT, the folder to publish to, is missing'
run publish word
want_code 64
want_no_file "$ROOT"

begin 'switches of a later version say so'
run publish /k:key
want_code 64
want_err 'not in this version'
want_no_file "$ROOT"

start 'a link in the source'
ln -s ONE.EXE "$SRC/BIN/LINK.EXE"
refused 65 "$SRC/BIN/LINK.EXE: a link; links are not published"

start 'a link to a folder is not followed'
ln -s /etc "$SRC/DATA"
refused 65 "$SRC/DATA: a link; links are not published"

start 'a link that leads nowhere'
ln -s nowhere "$SRC/DATA"
refused 65 "$SRC/DATA: a link; links are not published"

start 'a pipe in the source does not make it hang'
mkfifo "$SRC/BIN/PIPE"
refused 65 "$SRC/BIN/PIPE: neither a file nor a folder"

start 'a link in place of components.ini'
ln -s /etc/hostname "$SRC/components.ini"
refused 65 "$SRC/components.ini: a link; links are not published"

start 'a folder in place of DOMAIN.INI'
rm "$SRC/DOMAIN.INI"
mkdir "$SRC/DOMAIN.INI"
add DOMAIN.INI/X.TXT 'x'
refused 65 "$SRC/DOMAIN.INI: a folder; it has to be a file"

start 'a folder in place of components.ini'
mkdir "$SRC/Components.ini"
refused 65 "$SRC/Components.ini: a folder; it has to be a file"

start 'a pipe in place of DOMAIN.INI'
rm "$SRC/DOMAIN.INI"
mkfifo "$SRC/DOMAIN.INI"
refused 65 "$SRC/DOMAIN.INI: neither a file nor a folder"

start 'further down these names are those of files like any other'
add DATA/DOMAIN.INI 'x'
add DATA/components.ini/X.TXT 'x'
run publish
want_code 0
want_text "$ROOT/cl_nt.txt" 'DATA\DOMAIN.INI='
want_text "$ROOT/cl_nt.txt" 'DATA\components.ini\X.TXT='

start 'two names that differ in letter case only'
add BIN/one.exe 'other'
refused 65 "$SRC/BIN/one.exe: the same name as BIN/ONE.EXE but for letter case"

start 'the same beyond ASCII'
add 'BIN/Übung.txt' 'a'
add 'BIN/übung.txt' 'b'
refused 65 "$SRC/BIN/"

start 'a file that is a folder too, but for letter case'
add bin/Two/X.TXT 'x'
add bin/two 'y'
refused 65 "$SRC/bin/two: a file, and a folder but for letter case"

start 'the same where other names come between'
add DATA 'x'
add 'DATA and more' 'x'
add 'DATA.TXT' 'x'
add 'data/X.TXT' 'x'
refused 65 "$SRC/DATA: a file, and a folder but for letter case"

start 'components.ini twice'
: >"$SRC/components.ini"
: >"$SRC/Components.INI"
run publish
want_code 65
want_err 'is there twice, in different letter case'

start 'a name that is no UTF-8'
add "BIN/$(printf 'B\374ro.txt')" 'x'
refused 65 "$SRC/BIN/B\\xfcro.txt: not UTF-8"

start 'a line end in a name'
add "BIN/$(printf 'A\nB.TXT')" 'x'
refused 65 "$SRC/BIN/A\\x0aB.TXT: a control byte"

start 'a backslash in a name, which a list would take for a folder'
add 'BIN/A\B.TXT' 'x'
refused 65 "$SRC/BIN/A\\B.TXT: a backslash in the name"

for name in 'aux.txt' 'BIN/CON' 'BIN/com1.log' 'BIN/A:B' 'BIN/A?' 'BIN/A=B' \
	'BIN/ends in a dot.' 'BIN/ends in a blank ' 'State/X' 'SMS.INI' \
	'.stage/X' 'LOGS/X' ';X' '[X]'; do
	start "the name '$name'"
	add "$name" 'x'
	refused 65 "$SRC/$name: "
done

start 'a name over 240 bytes'
long=$(printf '%0120d' 7)
add "$long/$long.TXT" 'x'
refused 65 "$SRC/$long/$long.TXT: longer than 240 bytes"

start 'the logon root in its own source'
mv "$ROOT" "$SRC/root"
ROOT=$SRC/root
snapshot >"$T/before"
refused 65 "$SRC/root: the logon root may not lie in the source"
ROOT=$T/root

start 'the logon root as its own source'
SRC=$ROOT
run publish
want_code 65
want_err 'the logon root may not lie in the source'
SRC=$T/src

begin 'a logon root that would be made in the source'
new_site
add BIN/ONE.EXE 'one'
ln -s src/BIN "$T/way"
for ROOT in "$SRC/root" "$SRC/BIN/root" "$T/way/root" "$SRC/BIN/../root"; do
	for dry in '' /n; do
		run publish $dry
		want_code 65
		want_err 'the logon root may not lie in the source'
		want_no_file "$ROOT"
	done
done
rm "$T/way"
ROOT=$T/root
run publish
want_code 0

start 'a bad DOMAIN.INI'
printf '[SMS]\nSiteCode=P\0L\n' >"$SRC/DOMAIN.INI"
refused 65 "$SRC/DOMAIN.INI:2: "

# domain LINE...: DOMAIN.INI has these lines.
domain() {
	printf '%s\n' "$@" >"$SRC/DOMAIN.INI"
}

for site in '' PL PLN2 'P 2' 'P-2' '"PL2"' 'Ä2'; do
	start "the site code '$site'"
	domain '[SMS]' "SiteCode=$site"
	refused 65 "$SRC/DOMAIN.INI:2: SiteCode=$site is not three letters or digits"
done
for box in /srv/box '\\PLN-DC9\REQ' 'C:\REQ' C:req .. 'a\..\..\REQ' ../ccr.box; do
	start "requests that are to go to $box"
	domain '[SMS]' 'SiteCode=PL2' "ConfigurationRequestPath=$box"
	refused 65 "$SRC/DOMAIN.INI:3: ConfigurationRequestPath=$box does not lie below the logon root"
done
start 'inventories that are to go elsewhere'
domain '[SMS]' 'InventoryCollectionPoint=/srv/x'
refused 65 "$SRC/DOMAIN.INI:2: InventoryCollectionPoint=/srv/x does not lie below the logon root"
start 'over a thousand servers in DOMAIN.INI'
domain '[Servers]' "$(seq -f 'Server%025.0f=PLN-DC1' 1001)"
refused 65 "$SRC/DOMAIN.INI:1002: more than 1000 keys in [Servers]"
start 'over two hundred options of remote control in DOMAIN.INI'
domain '[Sight]' "$(seq -f 'Key%.0f=1' 201)"
refused 65 "$SRC/DOMAIN.INI:202: more than 200 keys in [Sight]"

start 'a bad DOMAIN.INI in the logon root is named there'
rm "$SRC/DOMAIN.INI"
printf '[SMS]\nSiteCode=PLANT\n' >"$ROOT/DOMAIN.INI"
snapshot >"$T/before"
refused 65 "$ROOT/DOMAIN.INI:2: SiteCode=PLANT is not three letters or digits"

start 'what DOMAIN.INI may say at most'
{
	printf '[SMS]\nSiteCode=p2X\nConfigurationRequestPath=boxes\\..ccr\n'
	printf 'InventoryCollectionPoint=\n[Servers]\n'
	seq -f 'Server%.0f=PLN-DC1' 1000
	printf 'ServerX=1\n[Sight]\n'
	seq -f 'Key%.0f=1' 200
} >"$SRC/DOMAIN.INI"
run publish
want_code 0

begin 'Q168598: a source that is missing publishes nothing'
new_site
add A.TXT 'a'
publish >/dev/null
mv "$SRC" "$SRC.away"
snapshot >"$T/before"
refused 2 "$SRC: no such file or folder"
mv "$SRC.away" "$SRC"

start 'a damaged cl_nt.txt stops it, /force does not mind'
high=$(($(version_of) + 3000))
sed -i "s/^CopyListVersion=.*/CopyListVersion=$high\r/; s/^Sequence=.*/Sequence=50\r/; s/^Files=1/Files=9/" "$ROOT/cl_nt.txt"
snapshot >"$T/before"
refused 65 "$ROOT/cl_nt.txt:9: Files=9"
want_err '/force publishes over it'
run publish /force
want_code 0
want_err 'publishing over it'
[ "$(version_of)" -eq $((high + 1)) ] || fail "version $(version_of)"
want_ini "$ROOT/cl_nt.txt" SMS Sequence 51

start 'nonsense in cl_nt.txt'
echo 'nonsense' >"$ROOT/cl_nt.txt"
snapshot >"$T/before"
refused 65 "$ROOT/cl_nt.txt:"
run publish /force
want_code 0

start 'an empty cl_nt.txt'
: >"$ROOT/cl_nt.txt"
snapshot >"$T/before"
refused 65 "$ROOT/cl_nt.txt:"

start 'a link in place of cl_nt.txt is not followed'
mv "$ROOT/cl_nt.txt" "$T/elsewhere"
ln -s "$T/elsewhere" "$ROOT/cl_nt.txt"
run publish
want_code 2
want_err "publish: $ROOT/cl_nt.txt: a link stands in the path"

start 'a link in place of .publish is not followed'
mv "$ROOT/.publish" "$T/elsewhere.d"
ln -s "$T/elsewhere.d" "$ROOT/.publish"
run publish
want_code 2
want_err "$ROOT/.publish: a link stands in the path"
rm -rf "$T/elsewhere.d"

begin 'a dropped component needs /force'
new_site
add A.TXT 'a'
add B.TXT 'b'
printf '[Component Tools]\nFiles=B.TXT\n' >"$SRC/components.ini"
publish >/dev/null
rm "$SRC/components.ini"
snapshot >"$T/before"
refused 65 'this would drop 1 component: Tools; nothing was published'
run publish /n
want_code 65
want_out 'remove   Tools'
want_err 'this would drop 1 component: Tools'
run publish /force
want_code 0
want_out '2 files in 1 component'

begin 'a file in place of the store, and of a content in it, is named'
new_site
add A.TXT 'a'
publish >/dev/null
add B.TXT 'b'
content=$(printf b | sha256sum | cut -d ' ' -f 1)
at=$ROOT/store/$(echo "$content" | cut -c 1-2)
mkdir -p "$at/$content"
run publish
want_code 2
want_err "publish: $at/$content: "
rm -r "$at"
: >"$at"
run publish
want_code 2
want_err "publish: $at/$content: "
rm "$at"
mv "$ROOT/store" "$T/store"
: >"$ROOT/store"
run publish
want_code 2
want_err "publish: $ROOT/store: not a folder"
ln -sfn "$T/store" "$ROOT/store"
run publish
want_code 2
want_err "publish: $ROOT/store: a link stands in the path"
rm "$ROOT/store"
mv "$T/store" "$ROOT/store"
run publish
want_code 0

# vanish OF GONE: a release of OF files, of which GONE go.
vanish() {
	new_site
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		add "F$i.TXT" "$i"
	done
	publish >/dev/null
	i=0
	while [ $i -lt "$2" ]; do
		i=$((i + 1))
		rm "$SRC/F$i.TXT"
	done
	snapshot >"$T/before"
}

begin 'a fifth of the files may go'
vanish 15 3
run publish
want_code 0
want_out '12 files in 1 component, 0 new, 3 removed'

begin 'more than a fifth need /force, and are named'
vanish 15 4
refused 65 'this would remove 4 of 15 files: F1.TXT, F2.TXT, F3.TXT, F4.TXT; nothing was published'
run publish /force
want_code 0
want_out '4 removed'

begin 'of ten files all but one may go'
vanish 10 9
run publish
want_code 0

begin 'a release without any file needs /force, however few there were'
vanish 2 2
run publish
want_code 65
want_err 'this would remove 2 of 2 files: F1.TXT, F2.TXT; nothing was published'
run publish /force
want_code 0
want_out '0 files in 1 component, 0 new, 2 removed'
run publish /b
want_code 0

begin 'of eleven, three are too many'
vanish 11 3
run publish
want_code 65

begin 'a file that moves between components does not vanish'
vanish 11 0
printf '[Component All]\nFiles=**\n' >"$SRC/components.ini"
run publish
want_code 0
want_out '11 files in 2 components, 0 new, 11 changed'

begin 'a root whose parent is missing'
new_site
add A.TXT 'a'
ROOT=$T/no/root
run publish
want_code 2
want_err "publish: $ROOT: no such file or folder: the folder above is missing too"
want_no_file "$T/no"

begin 'a root that is a file'
ROOT=$T/file
: >"$ROOT"
run publish
want_code 2
want_err "publish: $ROOT: not a folder"
ROOT=$T/root

# A program that others reach wherever this tree stands.
mkdir "$T/bin"
cp "$BIN/publish" "$T/bin/"

start 'a root that this user may not write'
[ "$(id -u)" = 0 ] || skip 'needs root'
mkdir -p "$T/home"
chmod 755 "$T"
if [ -z "$case_skip" ] && as_nobody test -x "$T"; then
	run as_nobody "$T/bin/publish" /s:"$SRC" /p:"$ROOT"
	want_code 2
	want_err "publish: $ROOT: permission denied"
	[ "$(echo "$err" | wc -l)" = 1 ] || fail "more than one line: $err"
	snapshot >"$T/after"
	want_same "$T/before" "$T/after"
else
	skip 'others cannot reach the folder of the tests'
fi

begin 'a source file that this user may not read'
[ "$(id -u)" = 0 ] || skip 'needs root'
if [ -z "$case_skip" ] && as_nobody test -x "$T"; then
	new_site
	add BIN/ONE.EXE 'one'
	mkdir "$ROOT"
	chown 65534 "$ROOT"
	chmod 600 "$SRC/BIN/ONE.EXE"
	run as_nobody "$T/bin/publish" /s:"$SRC" /p:"$ROOT"
	want_code 2
	want_err "publish: $SRC/BIN/ONE.EXE: permission denied"
	[ -z "$(ls -A "$ROOT")" ] || fail 'something was made'
	chmod 644 "$SRC/BIN/ONE.EXE"
	chmod 700 "$SRC/BIN"
	run as_nobody "$T/bin/publish" /s:"$SRC" /p:"$ROOT"
	want_code 2
	want_err "publish: $SRC/BIN: permission denied"
	chmod 755 "$SRC/BIN"
	run as_nobody "$T/bin/publish" /s:"$SRC" /p:"$ROOT"
	want_code 0
	want_out 'published CopyListVersion'
else
	skip 'others cannot reach the folder of the tests'
fi
