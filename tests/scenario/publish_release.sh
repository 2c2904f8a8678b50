#!/bin/sh
# publish makes releases: what stands in the tree, when there is a new version
# and when there is none, and which numbers it has.
. "$(dirname "$0")/lib.sh"

store_of() {
	digest=$(sha256sum "$1" | cut -d ' ' -f 1)
	echo "$ROOT/store/$(echo "$digest" | cut -c 1-2)/$digest"
}

sequence_of() {
	ini "$ROOT/cl_nt.txt" SMS Sequence
}

want_rights() {
	[ "$(stat -c %a "$ROOT/$1")" = "$2" ] ||
		fail "$1 has rights $(stat -c %a "$ROOT/$1"), wanted $2"
}

want_no_temporary() {
	[ -z "$(find "$ROOT" -name '*.tmp')" ] ||
		fail "left over: $(find "$ROOT" -name '*.tmp')"
}

# Puts the times of the source so far back that they count.
settle() {
	find "$SRC" -type f -exec touch -d '2026-11-19T08:30:00Z' {} +
}

begin 'the first release has its files in the store, its list in the history'
new_site
add BIN/ONE.EXE 'one'
add DATA/TWO.TXT 'two'
run publish
want_code 0
want_no_err
want_out "published CopyListVersion $(version_of), Sequence 1: 2 files in 1 component, 2 new"
want_same "$SRC/BIN/ONE.EXE" "$(store_of "$SRC/BIN/ONE.EXE")"
want_same "$SRC/DATA/TWO.TXT" "$(store_of "$SRC/DATA/TWO.TXT")"
want_same "$ROOT/cl_nt.txt" "$ROOT/lists/cl_nt.$(version_of).txt"
want_ini "$ROOT/cl_nt.txt" SMS Files 2
want_ini "$ROOT/cl_nt.txt" SMS Release "$(version_of)"
want_ini "$ROOT/cl_nt.txt" SMS Rollout 100
want_text "$ROOT/cl_nt.txt" 'BIN\ONE.EXE=3,'
want_no_temporary

begin 'DOMAIN.INI goes into the store, and a copy into the root for people'
want_same "$SRC/DOMAIN.INI" "$(store_of "$SRC/DOMAIN.INI")"
want_same "$SRC/DOMAIN.INI" "$ROOT/DOMAIN.INI"
want_ini "$ROOT/cl_nt.txt" SMS DomainIni \
	"$(stat -c %s "$SRC/DOMAIN.INI"),$(sha256sum "$SRC/DOMAIN.INI" | cut -d ' ' -f 1)"
if grep -q '^DOMAIN' "$ROOT/cl_nt.txt"; then fail 'DOMAIN.INI is a file of a component'; fi

begin 'boxes and folders are made with their rights, whatever the umask'
rm -rf "$ROOT"
umask 077
run publish
umask 022
want_code 0
for folder in store lists signatures bin; do want_rights $folder 755; done
for box in ccr.box inventry.box; do want_rights $box 1733; done
for folder in ccr.box/processing ccr.box/retry ccr.box/failed \
	inventry.box/processing inventry.box/history inventry.box/badraws \
	.publish; do want_rights $folder 700; done
want_rights . 755
want_rights cl_nt.txt 644
want_rights DOMAIN.INI 644
[ -z "$(find "$ROOT/store" -type f ! -perm 644)" ] || fail 'a store file is not 0644'
rm -rf "$ROOT"
umask 000
run publish
umask 022
want_rights store 755
want_rights cl_nt.txt 644

begin 'a box that is missing is made again, though nothing changed'
rmdir "$ROOT/ccr.box/retry" "$ROOT/signatures"
run publish
want_code 0
want_out 'nothing changed'
want_rights ccr.box/retry 700
want_rights signatures 755

begin 'without a change there is no new version, and nothing is written'
settle
run publish
before=$(find "$ROOT" -printf '%p %i %T@\n' | sort; tree "$ROOT")
run publish
want_code 0
want_no_err
want_out "nothing changed, CopyListVersion $(version_of) stays"
[ "$before" = "$(find "$ROOT" -printf '%p %i %T@\n' | sort; tree "$ROOT")" ] ||
	fail 'something was touched'

begin 'dates alone make no new version'
before=$(version_of)
find "$SRC" -type f -exec touch -d '2026-11-18T01:02:03Z' {} +
run publish
want_code 0
want_out "nothing changed, CopyListVersion $before stays"
[ "$(version_of)" = "$before" ] || fail 'a new version'

begin 'Q150584: changed content makes a new version, whatever its date and size'
printf 'enO' >"$SRC/BIN/ONE.EXE"
touch -d '2026-11-18T01:02:04Z' "$SRC/BIN/ONE.EXE"
run publish
want_code 0
want_out 'Sequence 2: 2 files in 1 component, 0 new, 1 changed'
[ "$(version_of)" -gt "$before" ] || fail 'the version did not grow'
want_same "$SRC/BIN/ONE.EXE" "$(store_of "$SRC/BIN/ONE.EXE")"
want_ini "$ROOT/cl_nt.txt" SMS Release "$(version_of)"

begin 'Q184512: what did not change is not copied again'
inode=$(stat -c %i "$(store_of "$SRC/DATA/TWO.TXT")")
add DATA/THREE.TXT 'three'
run publish
want_code 0
want_out '3 files in 1 component, 1 new'
[ "$(stat -c %i "$(store_of "$SRC/DATA/TWO.TXT")")" = "$inode" ] ||
	fail 'the file in the store is another one'

begin 'Q184489: content of the list before stays in the store'
old=$(store_of "$SRC/DATA/THREE.TXT")
add DATA/THREE.TXT 'three, changed'
run publish
want_code 0
want_file "$old"
want_file "$(store_of "$SRC/DATA/THREE.TXT")"

begin 'a file that was changed a moment ago is read again, be its time the same'
settle
publish >/dev/null
printf 'aaa' >"$SRC/DATA/TWO.TXT"
publish >/dev/null
stamp=$(stat -c %y "$SRC/DATA/TWO.TXT")
printf 'bbb' >"$SRC/DATA/TWO.TXT"
touch -d "$stamp" "$SRC/DATA/TWO.TXT"
run publish
want_code 0
want_out '1 changed'

begin '/f reads every file, and sees a change that kept time and size'
settle
publish >/dev/null
run publish
want_out 'nothing changed'
printf 'ccc' >"$SRC/DATA/TWO.TXT"
touch -d '2026-11-19T08:30:00Z' "$SRC/DATA/TWO.TXT"
run publish
want_out 'nothing changed'
run publish /f
want_code 0
want_out '1 changed'

begin '/f heals a store that somebody damaged, without a new version'
before=$(version_of)
victim=$(store_of "$SRC/DATA/TWO.TXT")
printf 'ccx' >"$victim"
rm "$(store_of "$SRC/BIN/ONE.EXE")"
run publish /f
want_code 0
want_out "nothing changed, CopyListVersion $before stays"
want_same "$SRC/DATA/TWO.TXT" "$victim"
want_same "$SRC/BIN/ONE.EXE" "$(store_of "$SRC/BIN/ONE.EXE")"

begin 'a damaged file of the store is healed when its content is published anew'
printf 'xxx' >"$(store_of "$SRC/DATA/TWO.TXT")"
run publish /b
want_code 0
want_same "$SRC/DATA/TWO.TXT" "$(store_of "$SRC/DATA/TWO.TXT")"

begin '/b gives unchanged content a new version and the old release'
release=$(ini "$ROOT/cl_nt.txt" SMS Release)
before=$(version_of)
sequence=$(sequence_of)
run publish /b
want_code 0
[ "$(version_of)" -gt "$before" ] || fail 'the version did not grow'
[ "$(sequence_of)" -eq $((sequence + 1)) ] || fail "Sequence $(sequence_of)"
want_ini "$ROOT/cl_nt.txt" SMS Release "$release"

begin 'a list bumped by hand is left alone, and the next one is greater'
bumped=$((before + 100000))
sed -i "s/^CopyListVersion=.*/CopyListVersion=$bumped\r/; s/^Sequence=.*/Sequence=77\r/" "$ROOT/cl_nt.txt"
run publish
want_code 0
want_out "nothing changed, CopyListVersion $bumped stays"
[ "$(version_of)" = "$bumped" ] || fail 'the bump is gone'
add DATA/TWO.TXT 'two again'
run publish
want_code 0
[ "$(version_of)" -eq $((bumped + 1)) ] || fail "version $(version_of)"
[ "$(sequence_of)" = 78 ] || fail "Sequence $(sequence_of)"

begin 'numbers of the history count, those of its damaged lists by their names'
new_site
add A.TXT 'a'
publish >/dev/null
high=$(($(version_of) + 5000))
sed "s/^Sequence=.*/Sequence=900\r/" "$ROOT/cl_nt.txt" >"$ROOT/lists/cl_nt.1000.txt"
echo 'no list' >"$ROOT/lists/cl_nt.$high.txt"
echo 'no list' >"$ROOT/lists/cl_nt.x9.txt"
run publish /b
want_code 0
want_err "cl_nt.$high.txt: bad format; passed over"
[ "$(version_of)" -eq $((high + 1)) ] || fail "version $(version_of)"
[ "$(sequence_of)" = 901 ] || fail "Sequence $(sequence_of)"

begin 'a clock that is behind makes no smaller version'
before=$(version_of)
SMS_CLOCK=-864000 run publish /b
want_code 0
[ "$(version_of)" -eq $((before + 1)) ] || fail "version $(version_of)"

begin 'two releases in one second have two versions'
before=$(version_of)
publish /b >/dev/null 2>&1
publish /b >/dev/null 2>&1
[ "$(version_of)" -ge $((before + 2)) ] || fail "version $(version_of)"

begin 'DOMAIN.INI of the root counts when the source has none'
new_site
rm "$SRC/DOMAIN.INI"
add A.TXT 'a'
mkdir "$ROOT"
printf '[SMS]\r\nSiteCode=PL3\r\n' >"$ROOT/DOMAIN.INI"
run publish
want_code 0
want_no_err
want_file "$(store_of "$ROOT/DOMAIN.INI")"
printf '[SMS]\r\nSiteCode=PL4\r\n' >"$ROOT/DOMAIN.INI"
run publish
want_code 0
want_out 'published CopyListVersion'
want_file "$(store_of "$ROOT/DOMAIN.INI")"

begin 'without any DOMAIN.INI the site is XXX, with a warning each time'
new_site
rm "$SRC/DOMAIN.INI"
add A.TXT 'a'
settle
run publish
want_code 0
want_err 'the site is called XXX'
want_ini "$ROOT/DOMAIN.INI" SMS SiteCode XXX
want_file "$(store_of "$ROOT/DOMAIN.INI")"
run publish
want_out 'nothing changed'
want_err 'the site is called XXX'
run publish
want_err 'the site is called XXX'

begin 'a change of DOMAIN.INI alone is a new version'
printf '[SMS]\r\nSiteCode=PL5\r\n' >"$SRC/DOMAIN.INI"
run publish
want_code 0
want_no_err
want_out '1 file in 1 component, 0 new'
want_same "$SRC/DOMAIN.INI" "$ROOT/DOMAIN.INI"

begin 'source and root with blanks and umlauts'
new_site
mv "$SRC" "$T/Quelle für alle"
SRC="$T/Quelle für alle"
ROOT="$T/Wurzel mit Käse"
add 'Büro Daten/Größe ä.txt' 'groß'
run publish
want_code 0
want_text "$ROOT/cl_nt.txt" 'Büro Daten\Größe ä.txt=5,'
want_file "$(store_of "$SRC/Büro Daten/Größe ä.txt")"
new_client
run cli_nt
want_code 0
want_same "$SRC/Büro Daten/Größe ä.txt" "$CLIENT/Büro Daten/Größe ä.txt"

begin 'the first of equal contents is stored, all names are listed'
new_site
add A/ONE.TXT 'same'
add B/TWO.TXT 'same'
run publish
want_code 0
want_out '2 files in 1 component'
[ "$(find "$ROOT/store" -type f | wc -l)" = 2 ] || fail 'not two contents'

begin 'an empty file and an empty folder: one is carried, one is not'
new_site
add EMPTY.TXT ''
mkdir "$SRC/FOLDER"
run publish
want_code 0
want_text "$ROOT/cl_nt.txt" 'EMPTY.TXT=0,e3b0c442'
if grep -q FOLDER "$ROOT/cl_nt.txt"; then fail 'an empty folder is in the list'; fi

begin 'the date of a file is that of the source, in whole seconds UTC'
add DATED.TXT 'd'
TZ=Asia/Tokyo touch -d '2026-11-19T17:30:00.7' "$SRC/DATED.TXT"
TZ=Asia/Tokyo run publish
want_text "$ROOT/cl_nt.txt" ',-,2026-11-19T08:30:00Z'

begin '/n prints the plan as a table and touches nothing'
new_site
add BIN/ONE.EXE 'one'
run publish /n
want_code 0
want_out 'ACTION   COMPONENT  FILE                 SIZE  WHY'
want_out 'add      STANDARD   BIN/ONE.EXE             3  new'
want_out 'would publish: 1 file in 1 component, 1 new'
want_no_file "$ROOT"
settle
publish >/dev/null
add BIN/ONE.EXE 'one!'
add BIN/TWO.EXE 'two'
chmod +x "$SRC/BIN/TWO.EXE"
rm -rf "$T/sys/var"
tree "$ROOT" >"$T/before"
find "$ROOT" -printf '%p %T@\n' | sort >>"$T/before"
run publish /n
want_code 0
want_out 'replace  STANDARD   BIN/ONE.EXE             4  other content'
want_out 'add      STANDARD   BIN/TWO.EXE             3  new'
(tree "$ROOT"; find "$ROOT" -printf '%p %T@\n' | sort) >"$T/after"
want_same "$T/before" "$T/after"
want_no_file "$T/sys/var/log"

begin '/n tells that nothing changed'
publish >/dev/null
run publish /n
want_code 0
want_out "nothing changed, CopyListVersion $(version_of) stays"

begin '/n goes on while another publish works'
flock "$ROOT/.publish/LOCK" sleep 5 &
holder=$!
wait_for sh -c "! flock -n '$ROOT/.publish/LOCK' true"
run publish /n
want_code 0
begin 'a second publish ends with 75 at once'
add BIN/NEW.EXE 'new'
tree "$ROOT" >"$T/before"
run publish
want_code 75
want_err 'another program is at work on this tree'
tree "$ROOT" >"$T/after"
want_same "$T/before" "$T/after"
kill "$holder" 2>/dev/null
wait "$holder" 2>/dev/null

begin 'what killed runs left is swept away'
touch "$ROOT/cl_nt.txt.0123456789abcdef.tmp" "$ROOT/store/new.0123456789abcdef.tmp" \
	"$ROOT/lists/cl_nt.5.txt.0123456789abcdef.tmp" "$ROOT/.publish/CACHE.0123456789abcdef.tmp"
echo 'an own file' >"$ROOT/README.tmp"
wait_for publish
run publish
want_code 0
want_file "$ROOT/README.tmp"
rm "$ROOT/README.tmp"
want_no_temporary

begin 'a damaged cache costs time only'
settle
publish >/dev/null
before=$(version_of)
for text in '' 'nonsense' "$(head -c 100 "$ROOT/.publish/CACHE")"; do
	printf '%s' "$text" >"$ROOT/.publish/CACHE"
	printf '%s' "$text" >"$ROOT/.publish/STORED"
	rm -f "$ROOT/.publish/MARK"
	run publish
	want_code 0
	want_no_err
	want_out "nothing changed, CopyListVersion $before stays"
done

begin 'the log stands in the folder of site logs'
want_text "$T/sys/var/log/sms/PUBLISH.LOG" "nothing changed, CopyListVersion $before stays"
want_text "$T/sys/var/log/sms/PUBLISH.LOG" 'component="publish"'

begin '/v says what is done'
run publish /b /v
want_code 0
want_out '0 contents were added to the store'
want_out 'published CopyListVersion'
