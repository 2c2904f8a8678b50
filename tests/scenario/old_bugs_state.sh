#!/bin/sh
# Files that a client keeps for itself, in the states that a power cut, a bad
# disk or a restored backup leaves them in: the next run heals them, knows who
# it is, says what it found, and the run after it has nothing to do. The
# original went round in circles over one of its own (Q185973).
if [ "$(id -u)" = 0 ] && [ -z "${OWN_MOUNTS:-}" ] && unshare -m true 2>/dev/null; then
	OWN_MOUNTS=yes exec unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
in_memory

clean_hook() {
	chattr -R -i "$T/sys" 2>/dev/null
}

# keep NAME: the client as it is now, for the cases of one file
keep() {
	kept=$T/$1
	mkdir "$kept"
	cp -a "$T/sys" "$T/pc" "$kept/"
}

client() {
	chmod -R u+w "$T/sys" "$T/pc"
	rm -rf "${T:?}/sys" "${T:?}/pc"
	cp -a "$kept/sys" "$kept/pc" "$T/"
}

# healed HOW [TEXT]: what has been done to a file does no harm, and TEXT is said
# (by default: anything or nothing)
healed() {
	how=$1
	run timeout 20 "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	[ "$code" = 0 ] || fail "$how: exit $code: $(echo "$err" | head -c 200)"
	case $err in
	*"${2:-}"*) ;;
	*) fail "$how: it said: $err" ;;
	esac
	id=$(ini "$INI" SMS 'SMS Unique ID')
	[ "$id" = PL20A01F ] || fail "$how: the ID is $id"
	for name in BIN/greet DATA/HELP.TXT DATA/MORE.TXT; do
		cmp -s "$SRC/$name" "$CLIENT/$name" || fail "$how: $name is not as listed"
	done
	[ ! -e "$CLIENT/DATA/OLD.TXT" ] || fail "$how: DATA/OLD.TXT is there"
	cmp -s "$T/theirs" "$CLIENT/DATA/THEIRS.TXT" || fail "$how: DATA/THEIRS.TXT is gone"
	[ "$(ini "$INI" Local SetupPhase)" = installed ] || fail "$how: not installed"
	[ ! -e "$STATE/JOURNAL" ] || fail "$how: a journal is left"
	[ "$(ls "$CLIENT")" = "$(printf 'BIN\nDATA')" ] || fail "$how: the client has $(ls "$CLIENT")"
	run timeout 20 "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	[ "$code$out$err" = 0 ] || fail "$how: the run after it: exit $code: $out$err"
}

# Some ten places of a file.
places() {
	size=$(stat -c %s "$1")
	seq 1 $(((size + 9) / 10)) $((size - 1))
}

# flip FILE AT: one bit of that byte
flip() {
	byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	# shellcheck disable=SC2059
	printf "\\$(printf '%03o' $((byte ^ 4)))" |
	    dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# sound AT: does another letter there make another value of SMS.INI that is as
# good as the one before? A path leads elsewhere then, an ID is somebody's; and
# blanks at the end of a line, which a tab for its CR is, do not count.
sound() {
	case $(sed -n "$(($(head -c "$1" "$INI" | wc -l) + 1))p" "$INI") in
	SMS*Path=* | LastLogonServerPath=* | 'SMS Unique ID='*) return 0 ;;
	esac
	[ "$(od -An -tu1 -j "$1" -N 1 "$INI" | tr -d ' ')" = 13 ]
}

# damages FILE TEXT: every kind of damage; where nothing of it can be used, TEXT
# is said
damages() {
	for at in $(places "$1"); do
		client
		truncate -s "$at" "$1"
		healed "cut at $at"
		client
		[ "$1" = "$INI" ] && sound "$at" && continue
		flip "$1" "$at"
		healed "a bit of byte $at"
	done
	client
	: >"$1"
	healed 'empty' "$2"
	client
	size=$(stat -c %s "$1")
	head -c "$size" /dev/zero >"$1"
	healed 'nothing but NUL' "$2"
	client
	rm "$1"
	healed 'gone'
}

# Another machine, with another release of the same site.
new_site
add BIN/greet 'hello from elsewhere'
add DATA/OLD.TXT 'old'
release
SMS_IDENTITY=another SMS_HOST=PLN-WS099 run cli_nt
mkdir "$T/another"
cp "$STATE"/* "$T/another/" 2>/dev/null

new_client
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\nServer1=PLN-DC1\r\n' >"$SRC/DOMAIN.INI"
add BIN/greet 'hello'
add DATA/HELP.TXT 'help'
add DATA/MORE.TXT 'more'
printf theirs >"$T/theirs"
release
cp "$top/samples/SMS.INI" "$INI"
run cli_nt
[ "$code" -eq 0 ] || { echo "FAIL old_bugs_state: cannot start: $err"; exit 1; }
cp "$T/theirs" "$CLIENT/DATA/THEIRS.TXT"
add BIN/greet 'hello again'
rm "$SRC/DATA/OLD.TXT"
release /force
keep start

begin 'Q185973: STATE/IDENTITY in any state: the next run heals it'
damages "$STATE/IDENTITY" "$STATE/IDENTITY could not be used; it is written anew"

begin 'Q185973: STATE/INSTALLED.TXT in any state: the next run heals it'
damages "$STATE/INSTALLED.TXT" "$STATE/INSTALLED.TXT could not be used; what is ours is taken from the list before"

begin 'Q185973: STATE/CL_NT.TXT in any state: the next run heals it'
damages "$STATE/CL_NT.TXT" "$STATE/CL_NT.TXT could not be used; it is written anew"

begin 'Q185973: STATE/SEQUENCE in any state: the next run heals it'
damages "$STATE/SEQUENCE" "$STATE: SEQUENCE could not be used"

begin 'a letter of Sequence in STATE/CL_NT.TXT: said, and the next list is taken'
client
sed -i 's/^Sequence=/Sequence=9/' "$STATE/CL_NT.TXT"
healed 'a Sequence from nowhere' "$STATE: CL_NT.TXT is damaged; its Sequence is that of SEQUENCE"

begin 'neither Sequence nor list can be used: said, and the next list is taken'
client
: >"$STATE/SEQUENCE"
: >"$STATE/CL_NT.TXT"
healed 'nothing is sound' 'the published list is taken whatever it has'

begin 'a list below the Sequence is refused, be CL_NT.TXT damaged or gone'
for how in 's/^Sequence=.*/Sequence=0/' d; do
	client
	sed -i "$how" "$STATE/CL_NT.TXT"
	cp "$ROOT/cl_nt.txt" "$T/newest"
	sed -i 's/^Sequence=.*/Sequence=1\r/' "$ROOT/cl_nt.txt"
	sequence=$(cut -d ' ' -f 1 "$STATE/SEQUENCE" | head -n 1)
	[ "$sequence" -gt 1 ] || fail "the Sequence is $sequence"
	run "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_code 65
	want_err "refused: Sequence 1 is below the installed list's $sequence"
	cp "$T/newest" "$ROOT/cl_nt.txt"
done

begin 'Q185973: STATE/DOMAIN.INI in any state: the next run heals it'
damages "$STATE/DOMAIN.INI" ''

begin 'Q185973: SMS.INI in any state: the next run heals it'
damages "$INI" 'its values are taken from SMS.BAK'
for value in 'SMS Unique ID' SMSPath SMSStatePath SMSInvDataPath LastLogonServerPath; do
	client
	for less in 1 3; do
		client
		line=$(grep -abo "^$value=[^ ]*" "$INI" | head -n 1 | tr -d '\r')
		text=${line#*:}
		truncate -s $((${line%%:*} + ${#text} - less)) "$INI"
		healed "cut in $value" 'cut off, it is the beginning of SMS.BAK'
	done
done

begin 'Q185973: what another machine wrote is put right'
for file in IDENTITY INSTALLED.TXT CL_NT.TXT SEQUENCE; do
	client
	cp "$T/another/$file" "$STATE/$file"
	healed "$file of another machine"
done

begin 'Q185973: STATE/JOURNAL in any state: the next run completes the update'
if needs strace; then
	client
	# Killed when the first file is about to be placed.
	run env ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e trace=renameat \
	    -e inject=renameat:signal=KILL:when=5 \
	    "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY"
	want_file "$STATE/JOURNAL"
	kept=$T/journal
	mkdir "$kept"
	cp -a "$T/sys" "$T/pc" "$kept/"
	damages "$STATE/JOURNAL" 'a journal was not whole; every file is checked'
fi

begin 'Q185973: the record of what waits in any state: the next run completes the update'
if needs_root && needs chattr; then
	kept=$T/start
	client
	if chattr +i "$CLIENT/BIN/greet" 2>/dev/null; then
		run cli_nt
		want_code 194
		chattr -i "$CLIENT/BIN/greet"
		keep pending
		damages "$(find "$STATE/pending" -type f)" 'a journal was not whole; every file is checked'
	else
		skip 'chattr +i is refused on this volume'
	fi
fi
