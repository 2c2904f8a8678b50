#!/bin/sh
# SMS.INI and the profile functions of Windows, which other programs of a client
# use: what we write they read, and what they write we read, key by key. Where
# the two differ stands in tests/data/profile/differences.txt.
#
# inidump.exe and profile.exe are built here; profile-utf8.exe is the latter with
# the manifest of our programs. INI_TOOLS names their folder.
. "$(dirname "$0")/lib.sh"

tools=${INI_TOOLS:-$top/build/wine/ini}
differences=$top/tests/data/profile/differences.txt
gcc=x86_64-w64-mingw32-gcc
windres=x86_64-w64-mingw32-windres

of_make() {
	make -s --no-print-directory -C "$top" PLATFORM=win32 "print-$1"
}

build() {
	mkdir -p "$tools"
	# shellcheck disable=SC2046
	(
		cd "$top" || exit
		$gcc $(of_make ALL_CFLAGS | sed 's/ -MMD -MP//') \
		    $(of_make LDFLAGS) -o "$tools/inidump.exe" \
		    tests/wine/inidump.c "${WIN_BIN%/bin}/libsms.a" \
		    "${WIN_BIN%/bin}/libplatform.a" $(of_make LIBS) || exit
		cd tests/wine || exit
		$gcc $(of_make WARNINGS) -std=c11 -O2 -municode -s \
		    -o "$tools/profile.exe" profile.c || exit
		sed 's/@NAME@/profile/; s/@NUMBER@/1.0.0.0/; s/@TEXT@/test/' \
		    "$top/platform/win32/program.manifest" >"$T/manifest" &&
		echo '1 24 "manifest"' >"$T/manifest.rc" &&
		(cd "$T" && $windres manifest.rc manifest.o) &&
		$gcc -std=c11 -O2 -municode -s -o "$tools/profile-utf8.exe" \
		    profile.c "$T/manifest.o"
	) >"$T/build" 2>&1
}

# A case that needs the tools; the first one builds them and begins the session.
made=
tools_made() {
	needs_built && needs $gcc && needs $windres || return
	if [ -z "$made" ]; then
		made=no
		if build && session; then
			made=yes
			drive t "$T"
			export T WIN_BIN SYSTEM=windows
		fi
	fi
	[ $made = yes ] || { fail "not built: $(head -n 3 "$T/build")"; return 1; }
}

# tool NAME WORD...: one of the three, quietly, what it prints in $T/said.
tool() {
	tool_name=$1
	shift
	win "$tools/$tool_name.exe" "$@" >"$T/said" 2>"$T/.err" </dev/null ||
		fail "$tool_name: exit $?: $(head -c 300 "$T/.err")"
}

# dumped WAY NAME WORD: what a tool says of all files in $T/ini, as files of their
# names in $T/dump/WAY.
dumped() {
	rm -rf "$T/dump/$1"
	mkdir -p "$T/dump/$1"
	dumped_to=$T/dump/$1
	shift
	(cd "$T/ini" && printf 'T:/ini/%s\n' *) >"$T/names"
	# shellcheck disable=SC2046
	tool "$@" $(cat "$T/names")
	LC_ALL=C awk -v folder="$dumped_to" '
		/^== / { close(out); out = folder substr($0, 10); printf "" >out; next }
		{ print >out }' "$T/said"
	[ "$(find "$dumped_to" -type f | wc -l)" = "$(wc -l <"$T/names")" ] ||
		fail "$1 does not speak of all files"
}

# ours: what lib/inifile says; theirs: what the profile functions say, text: as
# letters.
dump() {
	dumped ours inidump show
	dumped theirs profile show
	dumped text profile text
}

fresh() {
	rm -rf "$T/ini"
	mkdir "$T/ini"
}

has() {
	LC_ALL=C grep -aqxF -- "$2" "$1"
}

# The one rule of Windows that every file may meet: quotes round a value go.
without_quotes() {
	LC_ALL=C sed "s/^\([^|]*|[^|]*|\)\([\"']\)\(.*\)\2|\$/\1\3|/" "$1"
}

# What Wine has instead of a header in the sample "noise": see "header without
# an end" and "header with more brackets" of the differences.
as_wine() {
	case $1 in
	noise) LC_ALL=C sed 's/^\[x\[y|\]$/[x[y]z|]/; s/^x\[y|/x[y]z|/
		/^\[SMS|\]$/a SMS|[Unclosed|1|' ;;
	*) cat ;;
	esac
}

# theirs_of SAMPLE: the dump to compare with. The letters of a file with a byte
# order mark are compared as letters.
theirs_of() {
	case $(head -c 3 "$T/ini/$1" | od -An -tx1 | tr -d ' ') in
	efbbbf) echo "$T/dump/text/$1" ;;
	*) echo "$T/dump/theirs/$1" ;;
	esac
}

# compare LEAST: both say the same of all files in $T/ini, which began as samples,
# and of LEAST keys in all.
compare() {
	compared=0
	for sample in $samples; do
		theirs=$(theirs_of "$sample")
		[ -e "$theirs" ] || { fail "$sample: nothing to compare"; continue; }
		without_quotes "$T/dump/ours/$sample" | as_wine "$sample" |
			LC_ALL=C diff -a - "$theirs" >"$T/diff" ||
			fail "$sample: $(grep -a '^[<>]' "$T/diff" | head -n 3 | tr '\n' ' ')"
		compared=$((compared + $(LC_ALL=C grep -avc '^\[' "$theirs")))
	done
	[ $compared -ge "$1" ] || fail "only $compared keys were compared"
}

# What stands in tests/data/ini, and what an administrator may have.
samples="$(sed '/^#/d; /^$/d' "$top/tests/data/ini/cases.txt" | tr '\n' ' ')site"

# sample_to SAMPLE FILE
sample_to() {
	case $1 in
	none) ;;
	site) cp "$top/samples/SMS.INI" "$2" ;;
	*) cp "$top/tests/data/ini/$1.ini" "$2" ;;
	esac
}

samples_as_they_are() {
	fresh
	for sample in $samples; do
		sample_to "$sample" "$T/ini/$sample"
	done
	dump
}

begin 'wine: the profile functions read every sample as we do'
if tools_made; then
	samples_as_they_are
	compare 80
	# The first and the last key of each, for those who change them. Names
	# that are no ASCII cannot be words, and of brackets in names Wine has
	# ideas of its own.
	mkdir "$T/first" "$T/last"
	for sample in $samples; do
		LC_ALL=C grep -a '^[] !-Z^-~]*$' "$T/dump/ours/$sample" |
			grep -v '^\[' >"$T/keys"
		head -n 1 "$T/keys" >"$T/first/$sample"
		tail -n 1 "$T/keys" >"$T/last/$sample"
	done
fi

# SAMPLE changed by a program: keys of every kind, a new section, another value
# for the first key, the last one out.
change_by() {
	first=$(cat "$T/first/$2")
	last=$(cat "$T/last/$2")
	set -- "$1" change "T:/ini/$2" \
	    SMS 'Client ID=PLN00001' SMS 'Blanks inside=a  b' \
	    'New Section' 'Marks=; a = b : c # d' 'New Section' 'Empty=' \
	    'New Section' 'Quote="C:\MS SMS\X.EXE" /a' SMS 'Quoted="a b"' \
	    'New Section' 'Semi=;' SMS 'Umlauts=Größe Übermaß' SMS "Single='"
	rest=${first#*|}
	[ -z "$first" ] || set -- "$@" "${first%%|*}" "${rest%%|*}=changed"
	rest=${last#*|}
	[ "$first" = "$last" ] || set -- "$@" "${last%%|*}" "${rest%%|*}"
	tool "$@"
}

# want_said SAMPLE LINE...: both say these lines of it.
want_said() {
	sample=$1
	shift
	theirs=$(theirs_of "$sample")
	for wanted; do
		has "$T/dump/ours/$sample" "$wanted" ||
			fail "$sample: we do not say $wanted"
		printf '%s\n' "$wanted" >"$T/line"
		has "$theirs" "$(without_quotes "$T/line")" ||
			fail "$sample: Windows does not say $wanted"
	done
}

# want_changes SAMPLE LETTERS: what change_by did is said, the umlauts as LETTERS.
want_changes() {
	first=$(cat "$T/first/$1")
	last=$(cat "$T/last/$1")
	want_said "$1" "[New Section|]" 'SMS|Client ID|PLN00001|' \
	    'SMS|Blanks inside|a  b|' 'New Section|Marks|; a = b : c # d|' \
	    'New Section|Empty||' 'New Section|Quote|"C:\MS SMS\X.EXE" /a|' \
	    'SMS|Quoted|"a b"|' 'New Section|Semi|;|' "SMS|Umlauts|$2|" \
	    "SMS|Single|'|"
	key=${first%|*|}
	[ -z "$first" ] || want_said "$1" "$key|changed|"
	[ "$first" = "$last" ] || ! has "$T/dump/ours/$1" "$last" ||
		fail "$1: $last is still there"
}

begin 'wine: what we change in a sample the profile functions read as we do'
if tools_made; then
	samples_as_they_are
	for sample in $samples; do
		change_by inidump "$sample"
	done
	rm -f "$T/ini/INIDUMP.LCK"
	dump
	compare 250
	for sample in $samples; do
		want_changes "$sample" 'Größe Übermaß'
	done
fi

begin 'wine: what WritePrivateProfileString changes in a sample we read as it does'
if tools_made; then
	samples_as_they_are
	for sample in $samples; do
		change_by profile "$sample"
	done
	dump
	compare 250
	for sample in $samples; do
		case $(theirs_of "$sample") in
		*/text/*) want_changes "$sample" 'Größe Übermaß' ;;
		*) want_changes "$sample" "$(printf 'Gr\366\337e \334berma\337')" ;;
		esac
	done
fi

# client_follows SAMPLE: cli_nt on its machine, and a copy of SMS.INI for dump.
client_follows() {
	run sh "$top/tests/wine/as_posix.sh" cli_nt \
	    /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	[ "$code" -eq 0 ] || fail "$1: exit $code: $(echo "$out $err" | head -c 300)"
	[ -z "$err" ] || fail "$1: $(echo "$err" | head -c 300)"
	cp "$INI" "$T/ini/$1" 2>/dev/null || : >"$T/ini/$1"
}

# What cli_nt has stored is said, and nothing that stood there is gone.
clients_agree() {
	dump
	samples="none $samples"
	compare 500
	samples=${samples#none }
	for sample in none $samples; do
		want_said "$sample" "SMS|CopyListVersion|$(version_of)|" \
		    'Local|SetupPhase|installed|' 'SMS|SiteCode|PL2|' \
		    'Servers|Domain|PLANT2|'
		case $sample in none | site) continue ;; esac
		LC_ALL=C grep -avxF -f "$T/dump/ours/$sample" \
		    "$T/before/$sample" >"$T/lost" &&
			fail "$sample: lost: $(head -n 1 "$T/lost")"
	done
}

begin 'wine: SMS.INI that cli_nt installs over a sample is read by both alike'
if tools_made; then
	samples_as_they_are
	mv "$T/dump/ours" "$T/before"
	new_site
	add BIN/tool.txt one
	release
	fresh
	for sample in none $samples; do
		new_client
		sample_to "$sample" "$INI"
		# Without [SMS] it would be damaged, and start anew.
		[ "$sample" = none ] ||
			LC_ALL=C grep -aq '^[^;]*\[SMS\]' "$INI" ||
			printf '\r\n[SMS]\r\n' >>"$INI"
		client_follows "$sample"
		mkdir "$T/machine.$sample"
		mv "$T/sys" "$T/pc" "$T/machine.$sample"
	done
	clients_agree
fi

begin 'wine: SMS.INI that cli_nt updates is read by both alike'
if tools_made; then
	add BIN/tool.txt two
	release
	fresh
	new_client
	for sample in none $samples; do
		rm -rf "$T/sys" "$T/pc"
		mv "$T/machine.$sample/"* "$T" || fail "$sample was not installed"
		client_follows "$sample"
		[ "$(cat "$CLIENT/BIN/tool.txt")" = two ] ||
			fail "$sample: tool.txt is not updated"
	done
	clients_agree
fi

begin 'wine: cli_nt goes on with an SMS.INI that WritePrivateProfileString changed'
if tools_made; then
	sample=site # the last one that was updated stands there
	tool profile change T:/pc/SMS.INI SMS CopyListVersion \
	    Local CheckInterval=60 'SMS Work' 'PendingWork="T:\X Y.EXE" /a;b' \
	    'Plant 2' 'Hall=Süd'
	fresh
	client_follows site
	dump
	want_said site "SMS|CopyListVersion|$(version_of)|" \
	    'Local|CheckInterval|60|' 'SMS Work|PendingWork|"T:\X Y.EXE" /a;b|' \
	    "$(printf 'Plant 2|Hall|S\374d|')"
	want_no_file "$T/pc/SMS.BAD"
fi

# The differences: of each case its file in $T/ini, and in $T/case.NUMBER what
# begins its lines: = both say it, < we, > they, ~ as letters, 8 in UTF-8.
take_case() {
	number=$1
	mkdir "$T/case.$number"
	while IFS= read -r line; do
		word=${line%% *}
		rest=$(printf '%b.' "${line#* }")
		rest=${rest%.}
		case $line in
		'text '*) printf '%b' "${line#text }" >"$T/ini/$number" ;;
		'change '*) case_change profile "$rest" ;;
		'edit '*) case_change inidump "$rest" ;;
		[=\<\>~8]' '*) printf '%s\n' "$rest" >>"$T/case.$number/$word" ;;
		*) echo "$line" >>"$T/case.$number/bad" ;;
		esac
	done
}

# case_change PROGRAM WORDS: these are separated by '|'.
case_change() {
	case_program=$1
	IFS='|'
	# shellcheck disable=SC2086
	set -- $2
	unset IFS
	tool "$case_program" change "T:/ini/$number" "$@"
}

begin 'wine: the differences are taken from their table'
grep -n '^== ' "$differences" | sed 's/:== / /' >"$T/cases"
if tools_made; then
	fresh
	while read -r number name; do
		tail -n "+$((number + 1))" "$differences" |
			sed '/^$/,$d' >"$T/lines"
		take_case "$number" <"$T/lines"
		[ ! -e "$T/case.$number/bad" ] ||
			fail "$name: $(cat "$T/case.$number/bad")"
	done <"$T/cases"
	rm -f "$T/ini/INIDUMP.LCK"
	dump
	dumped utf8 profile-utf8 text
	[ "$(wc -l <"$T/cases")" -ge 20 ] || fail 'these are not all'
fi

# said_in WAY KIND: lines of a kind stand in that dump of the case.
said_in() {
	[ -e "$T/case.$number/$2" ] || return 0
	while IFS= read -r wanted; do
		has "$T/dump/$1/$number" "$wanted" ||
			fail "$1: not $wanted, but: $(tr '\n' ' ' <"$T/dump/$1/$number")"
	done <"$T/case.$number/$2"
}

while read -r number name; do
	begin "wine: the profile functions and we: $name"
	grep -qF "| $name |" "$top/doc/smsini.md" ||
		fail 'no row in doc/smsini.md'
	tools_made || continue
	sed -i 's/^refused: file:[0-9]*: /refused: /' "$T/dump/ours/$number"
	touch "$T/case.$number/<" "$T/case.$number/>"
	LC_ALL=C diff -a "$T/dump/ours/$number" "$T/dump/theirs/$number" |
		LC_ALL=C grep -a '^[<>]' >"$T/apart"
	{
		sed 's/^/< /' "$T/case.$number/<"
		sed 's/^/> /' "$T/case.$number/>"
	} | cmp -s - "$T/apart" || fail "they differ in: $(cat "$T/apart")"
	said_in ours =
	said_in theirs =
	said_in text '~'
	said_in utf8 8
done <"$T/cases"
