#!/bin/sh
# publish and components.ini: which file goes where, with which flags, and
# what is refused (tests/data/components: a case a file).
. "$(dirname "$0")/lib.sh"

# The lines of a component's files, names only.
files_of() {
	awk -v section="[Files $1]" '
		{ sub(/\r$/, "") }
		/^\[/ { inside = $0 == section; next }
		inside { sub(/=.*/, ""); print }' "$ROOT/cl_nt.txt" | tr '\n' ' '
}

want_files() {
	[ "$(files_of "$1")" = "$2" ] || fail "$1 has '$(files_of "$1")', wanted '$2'"
}

want_flags() {
	found=$(sed -n "s/\r\$//; s/^$1=[^,]*,[^,]*,[^,]*,[^,]*//p" "$ROOT/cl_nt.txt")
	[ "$found" = "$2" ] || fail "$1 has flags '$found', wanted '$2'"
}

begin 'components take files in order, the rest is STANDARD'
new_site
add BIN/INV.EXE 'i'
add BIN/INVLIB.DLL 'l'
add BIN/CORE.EXE 'c'
add BIN/Deep/er/X.DLL 'x'
add README.TXT 'r'
cat >"$SRC/components.ini" <<'END'
; a comment
[Component Client Inventory]
Type=service
Service=SMS_CLIENT_INVENTORY
Binary=bin\inv.exe
Start=Auto
Settle=7
After=STANDARD
When=os:linux host:^PLN-.*
Files = BIN/INV*, **/x.dll

[component Tools]
Type=files
Files=BIN/*.EXE, BIN/INVLIB.DLL
END
run publish
want_code 0
want_err ':14: BIN/INVLIB.DLL: no file goes by this'
want_out '5 files in 3 components'
want_files 'Client Inventory' 'BIN\Deep\er\X.DLL BIN\INV.EXE BIN\INVLIB.DLL '
want_files 'Tools' 'BIN\CORE.EXE '
want_files 'STANDARD' 'README.TXT '
want_ini "$ROOT/cl_nt.txt" 'Component STANDARD' Type files
want_ini "$ROOT/cl_nt.txt" 'Component Client Inventory' Type service
want_ini "$ROOT/cl_nt.txt" 'Component Client Inventory' Service SMS_CLIENT_INVENTORY
want_ini "$ROOT/cl_nt.txt" 'Component Client Inventory' Binary 'bin\inv.exe'
want_ini "$ROOT/cl_nt.txt" 'Component Client Inventory' Start auto
want_ini "$ROOT/cl_nt.txt" 'Component Client Inventory' Settle 7
want_ini "$ROOT/cl_nt.txt" 'Component Client Inventory' After STANDARD
want_ini "$ROOT/cl_nt.txt" 'Component Client Inventory' When 'os:linux host:^PLN-.*'
if grep -qi 'components.ini' "$ROOT/cl_nt.txt"; then fail 'components.ini is published'; fi

begin 'a change of keys alone is a new version'
before=$(version_of)
sed -i 's/^Settle=7/Settle=8/' "$SRC/components.ini"
run publish /n
want_out 'change   Client Inventory  -'
want_out 'other keys'
run publish
want_code 0
[ "$(version_of)" -gt "$before" ] || fail 'no new version'

begin 'flags: x from the owner, or what [Flags] says'
new_site
add RUN.SH 's'
add PLAIN.TXT 'p'
add HIDE.TXT 'h'
add BOTH.BIN 'b'
add BARE.SH 'n'
chmod 700 "$SRC/RUN.SH" "$SRC/BARE.SH"
chmod 655 "$SRC/PLAIN.TXT"
printf '[Flags]\nhide.*=h\n*.bin=xr\nBARE.SH=\n' >"$SRC/components.ini"
run publish
want_code 0
want_no_err
want_flags 'RUN.SH' ',x'
want_flags 'PLAIN.TXT' ''
want_flags 'HIDE.TXT' ',h'
want_flags 'BOTH.BIN' ',xr'
want_flags 'BARE.SH' ''

begin 'a flag that changes is a new version'
chmod -x "$SRC/RUN.SH"
run publish
want_code 0
want_out '0 new, 1 changed'
want_flags 'RUN.SH' ''

begin '[Release] says when a list may be installed; no change of content'
new_site
add A.TXT 'a'
publish >/dev/null
release=$(version_of)
printf '[Release]\nNotBefore=2026-11-20T18:00:00Z\nwindow=22:00-06:00\nRequires=notbefore,window\nWindow=x\n' \
	>"$SRC/components.ini"
run publish
want_code 0
want_no_err
[ "$(version_of)" -gt "$release" ] || fail 'no new version'
want_ini "$ROOT/cl_nt.txt" SMS Release "$release"
want_ini "$ROOT/cl_nt.txt" SMS NotBefore 2026-11-20T18:00:00Z
want_ini "$ROOT/cl_nt.txt" SMS Window 22:00-06:00
want_ini "$ROOT/cl_nt.txt" SMS Requires notbefore,window
run publish
want_out 'nothing changed'
run publish /b
want_ini "$ROOT/cl_nt.txt" SMS Window 22:00-06:00

begin 'without [Release] the list keeps it as long as its content stays'
before=$(version_of)
rm "$SRC/components.ini"
run publish
want_out "nothing changed, CopyListVersion $before stays"
run publish /b
want_ini "$ROOT/cl_nt.txt" SMS Window 22:00-06:00
want_ini "$ROOT/cl_nt.txt" SMS Requires notbefore,window
add A.TXT 'a, changed'
run publish
want_ini "$ROOT/cl_nt.txt" SMS Window ''
want_ini "$ROOT/cl_nt.txt" SMS NotBefore ''

begin 'an end or a beginning of Window alone is a change; an empty [Release] takes it away'
printf '[Release]\nWindow=01:00-02:00\n' >"$SRC/components.ini"
run publish
want_ini "$ROOT/cl_nt.txt" SMS Window 01:00-02:00
for window in 01:00-03:00 00:30-03:00; do
	printf '[Release]\nWindow=%s\n' $window >"$SRC/components.ini"
	run publish
	want_out 'published'
	want_ini "$ROOT/cl_nt.txt" SMS Window $window
done
printf '[Release]\nWindow=\n' >"$SRC/components.ini"
run publish
want_out 'published'
want_ini "$ROOT/cl_nt.txt" SMS Window ''

# Each file of tests/data/components: its first line is "; wants LINE: text",
# LINE being that of the file as it stands.
for file in "$top"/tests/data/components/*.ini; do
	begin "components.ini refused: $(basename "$file" .ini)"
	new_site
	add BIN/ONE.EXE 'one'
	publish >/dev/null || fail 'the first release failed'
	tree "$ROOT" >"$T/before"
	add BIN/ONE.EXE 'one, changed'
	cp "$file" "$SRC/components.ini"
	run publish
	want_code 65
	want_err "publish: $SRC/components.ini:$(sed -n '1s/^; wants //p' "$file")"
	tree "$ROOT" >"$T/after"
	want_same "$T/before" "$T/after"
done

begin 'a bad components.ini makes no root'
rm -rf "$ROOT"
run publish
want_code 65
want_no_file "$ROOT"
