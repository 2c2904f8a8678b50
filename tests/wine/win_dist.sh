#!/bin/sh
# The zip for administrators: what is in it, and that its programs can be linked
# anew from what it holds. DIST_BIN as in scripts/dev/dist-win.
. "$(dirname "$0")/lib.sh"

version=$(cat "$top/VERSION")
name=clisetup-$version-win64
programs='ccm cli_nt climonnt cliver invwin32 publish setclcfg'
made=
if [ -n "$WIN_BIN" ]; then
	export DIST_BIN="${WIN_BIN%/bin}"
	run sh "$top/scripts/dev/dist-win"
	made=$code
	mkdir "$T/zip"
	python3 -m zipfile -e "$top/build/$name.zip" "$T/zip" 2>/dev/null ||
		made="$made, and no zip"
fi
zip=$T/zip/$name

# A case that needs the zip.
zipped() {
	needs_built || return
	[ "$made" = 0 ] || { fail "dist-win: exit $made: $out $err"; return 1; }
}

begin 'wine: the zip holds programs, scripts, pages and five steps'
if zipped; then
	for program in $programs; do
		want_same "$zip/$program.exe" "$WIN_BIN/$program.exe"
		want_same "$zip/SMS_SHR/bin/$version/$program.exe" \
		    "$WIN_BIN/$program.exe"
	done
	for script in SMSLS RUNSMS UPGRADE DEINSTAL CLIENT; do
		want_same "$zip/SMS_SHR/$script.BAT" "$top/scripts/$script.BAT"
	done
	want_same "$zip/client.src/BIN/cli_nt.exe" "$WIN_BIN/cli_nt.exe"
	want_file "$zip/client.src/DOMAIN.INI"
	want_file "$zip/doc/windows.md"
	[ "$(lines <"$zip/SMS_SHR/bin/CURRENT.TXT")" = "$version" ] ||
		fail 'CURRENT.TXT names another version'
	[ "$(grep -c '^[0-9]\. ' "$zip/README.txt")" -eq 5 ] ||
		fail 'README.txt has no five steps'
	[ -z "$(find "$zip" -name '*.sh')" ] || fail 'it holds what is for Linux'
	grep -L "$(printf '\r')" "$zip/README.txt" "$zip"/doc/*.md \
	    "$zip"/licences/*.txt >"$T/unix"
	[ ! -s "$T/unix" ] || fail "no text for Windows: $(head -n 1 "$T/unix")"
	grep -rlF "$top" "$zip" >"$T/paths"
	[ ! -s "$T/paths" ] || fail "tells where it was built: $(head -n 1 "$T/paths")"
fi

begin 'wine: the zip holds the licence of everything that is linked in'
if zipped; then
	for part in clisetup:Copyright pcre2:Cambridge inih:Hoyt \
	    libgcrypt:'Lesser General Public' libgpg-error:'Lesser General Public' \
	    LGPL-2.1:'Version 2.1, February 1999' mingw-w64:mingw \
	    gcc:'RUNTIME LIBRARY EXCEPTION'; do
		tr -d '\r' <"$zip/licences/${part%%:*}.txt" | tr '\n' ' ' |
			grep -qi "${part#*:}" ||
			fail "licences/${part%%:*}.txt lacks '${part#*:}'"
	done
fi

begin 'wine: the programs of the zip can be linked anew from what it holds'
if zipped; then
	lines <"$zip/relink/RELINK.txt" | grep 'gcc ' >"$T/commands"
	[ "$(wc -l <"$T/commands")" -eq "$(echo "$programs" | wc -w)" ] || fail 'it does not say how'
	(cd "$zip/relink" && mkdir LIB && sh -e "$T/commands") >"$T/.err" 2>&1 ||
		fail "$(head -n 3 "$T/.err")"
	for program in $programs; do
		want_same "$zip/relink/$program.exe" "$zip/$program.exe"
	done
fi

begin 'wine: the zip is the same one when it is made again'
if zipped; then
	sum=$(sha256sum <"$top/build/$name.zip")
	run sh "$top/scripts/dev/dist-win"
	want_code 0
	[ "$(sha256sum <"$top/build/$name.zip")" = "$sum" ] || fail 'it is another one'
fi
