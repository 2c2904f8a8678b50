#!/bin/sh
# cli_nt and the list of the logon server: lists that are refused as a whole,
# lists that are not for this client yet, and servers that do not answer.
. "$(dirname "$0")/lib.sh"

new_site
add BIN/greet 'hello'
add DATA/HELP.TXT 'help'
printf '[Component STANDARD]\r\nType=files\r\n[Component EXTRA]\r\nType=files\r\nFiles=DATA/**\r\nWhen=host:.\r\n' >"$SRC/components.ini"
ready
add BIN/greet 'hello again'
release
cp "$ROOT/cl_nt.txt" "$T/good"
LIST=$ROOT/cl_nt.txt
before=$(look "$T/sys" "$T/pc")

# want_refused LINE MESSAGE
want_refused() {
	want_code 65
	[ "$err" = "cli_nt: $LIST:$1: $2" ] || fail "it said: $err"
	want_untouched "$before" "$T/sys" "$T/pc"
	cp "$T/good" "$LIST"
}

# refused NAME SED LINE MESSAGE
refused() {
	begin "a list is refused as a whole: $1"
	relist "$2"
	run cli_nt
	want_refused "$3" "$4"
}

refused 'When= with a key that is unknown' 's/^When=.*/When=hots:x\r/' 12 \
    'component EXTRA: When=: hots is none of os, arch, host, domain, site, lang'
refused 'When= with a pattern that cannot be compiled' 's/^When=.*/When=host:(\r/' 12 \
    'component EXTRA: When=: host:(: pattern "(": missing closing parenthesis at offset 1'
export SMS_HOST=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!
refused 'When= with a pattern that backtracks for ever' 's/^When=.*/When=host:(a+)+$\r/' 12 \
    'component EXTRA: When=: host:(a+)+$: the pattern takes too many steps'
export SMS_HOST=PLN-WS017
refused 'a destination with ..' 's/^BIN.greet=/BIN\\..\\..\\x=/' 16 \
    "BIN\\..\\..\\x: '..' as a part"
refused 'an absolute destination' 's/^BIN.greet=/\\etc\\passwd=/' 16 \
    '\etc\passwd: starts with a separator'
refused 'a destination in .stage' 's/^BIN.greet=/.stage\\x=/' 16 \
    ".stage\\x: kept for the client's own state"
refused 'a destination in STATE' 's/^BIN.greet=/state\\JOURNAL=/' 16 \
    "state\\JOURNAL: kept for the client's own state"
begin 'a list that would replace SMS.INI or what lies beside it is refused'
# The client root is the folder of SMS.INI, reached through a link.
mkdir "$T/own"
ln -s own "$T/way"
printf '[SMS]\r\nSMSPath=%s\r\nSMSStatePath=%s\r\n' "$T/way" "$T/own/st" >"$T/own/pc7.ini"
own=$(look "$T/own")
for name in 'PC7.INI' 'pc7.bak' 'st\\State\\x' 'st\\policy.ini' 'st\\KEYS\\a.pub'; do
	relist "s/^BIN.greet=/$name=/"
	run "$BIN/cli_nt" /p:"$ROOT" /i:"$T/own/pc7.ini" /c:"$POLICY"
	want_code 65
	want_err "cl_nt.txt:16: $(printf '%b' "$name" | tr "\134" /): the client keeps its own there: $T/own/"
	want_untouched "$own" "$T/own"
	cp "$T/good" "$LIST"
done
rm -r "$T/own" "$T/way"

refused 'two destinations that differ in letter case only' \
    's/^DATA.HELP.TXT=/bin\\GREET=/' 18 \
    'bin/GREET: the same name stands in line 16'
refused 'a digest that is too short' 's/^\(BIN.greet=[0-9]*,[0-9a-f]*\)[0-9a-f],/\1,/' 16 \
    'BIN\greet: the digest is not 64 digits of 0-9a-f'
refused 'a line without =' 's/^BIN.greet=.*/BIN greet\r/' 16 \
    'neither [section] nor key=value'
refused 'a blank beside =' 's/^Sequence=/Sequence =/' 4 "a blank beside '='"
refused 'a malformed date' 's/^Published=.*/Published=yesterday\r/' 5 \
    'Published=yesterday is no date like 2026-11-20T18:00:00Z'
refused 'a feature that this version does not know' \
    's/^Sequence=/Requires=delta\r\nSequence=/' 4 \
    'needs feature delta: update this program'
refused 'a circle of After=' 's/^When=.*/After=EXTRA\r/' 14 \
    'After= of EXTRA leads in a circle back to it'
refused 'Files= is not the number of files' 's/^Files=.*/Files=3\r/' 9 \
    'Files=3, but there are 2 lines of files'
refused 'no CopyListVersion' '/^CopyListVersion=/d' 2 \
    'no CopyListVersion= in [SMS]'
refused 'CopyListVersion is no number' \
    's/^CopyListVersion=.*/CopyListVersion=0x17\r/' 3 \
    'CopyListVersion=0x17 is no number from 1 to 9223372036854775807'
refused 'NUL in the head' 's/^Published=/Publ\x00ished=/' 5 'NUL byte'
refused 'NUL behind the head' 's/^BIN.greet=/BIN\\gr\x00eet=/' 16 'NUL byte'
refused 'an empty file' 'd' 1 'no [SMS] in the first 4096 bytes'

begin 'a list is refused as a whole: [SMS] does not end in the first 4096 bytes'
{
	echo '[SMS]'
	head -c 5000 /dev/zero | tr '\0' ';'
	echo
	cat "$T/good"
} >"$LIST"
run cli_nt
want_refused 1 '[SMS] does not end in the first 4096 bytes'

begin 'a list of 65 MiB is refused before it is read whole'
yes '; a line that says nothing at all' | head -c 68157440 >>"$LIST"
run cli_nt
want_code 65
want_err "cli_nt: $LIST: "
want_untouched "$before" "$T/sys" "$T/pc"
cp "$T/good" "$LIST"

begin 'a refused list: the next good one is taken'
run cli_nt
want_code 0
want_installed
want_text "$CLIENT/BIN/greet" 'hello again'

# Which list counts.

begin 'a Sequence lower than the installed one is refused'
before=$(look "$T/sys" "$T/pc")
version=$(version_of)
relist "s/^Sequence=.*/Sequence=1\r/; s/^CopyListVersion=.*/CopyListVersion=$((version + 10))\r/"
run cli_nt
want_code 65
want_err "cli_nt: $LIST: refused: Sequence 1 is below the installed list's 2"
want_untouched "$before" "$T/sys" "$T/pc"

begin 'the Sequence of the installed list under another version is refused'
cp "$ROOT/lists/cl_nt.$version.txt" "$LIST"
relist "s/^CopyListVersion=.*/CopyListVersion=$((version + 10))\r/"
run cli_nt
want_code 65
want_err "cli_nt: $LIST: refused: Sequence 2 is also the installed list's 2, under another CopyListVersion"
want_untouched "$before" "$T/sys" "$T/pc"

begin 'a list without Sequence counts when its version is another, lower or not'
relist "/^Sequence=/d; s/^CopyListVersion=.*/CopyListVersion=$((version - 5))\r/"
run cli_nt
want_code 0
want_installed
want_ini "$INI" SMS CopyListVersion $((version - 5))

begin 'a list bumped by hand is taken'
cp "$ROOT/lists/cl_nt.$version.txt" "$LIST"
relist "s/^CopyListVersion=.*/CopyListVersion=$((version + 20))\r/; s/^Sequence=.*/Sequence=7\r/"
run cli_nt
want_code 0
want_installed

begin 'Rollout=0 leaves a client with an older list alone: exit 0'
relist "s/^CopyListVersion=.*/CopyListVersion=$((version + 30))\r/; s/^Sequence=.*/Sequence=8\r/; s/^Rollout=.*/Rollout=0\r/"
before=$(look "$T/sys" "$T/pc")
run cli_nt /v
want_code 0
want_out "CopyListVersion $((version + 30)) is not for this machine yet: Rollout=0"
want_untouched "$before" "$T/sys" "$T/pc"

begin 'Rollout= counts by SMS ID and release as the manual page says'
id=$(ini "$INI" SMS 'SMS Unique ID')
hex=$(printf '%s\n%s' "$id" "$(ini "$LIST" SMS Release)" | sha256sum | cut -c 1-16)
turn=$(python3 -c "print(int('$hex', 16) % 100)")
relist "s/^Rollout=.*/Rollout=$turn\r/"
run cli_nt /v
want_code 0
want_out 'is not for this machine yet'
relist "s/^Rollout=.*/Rollout=$((turn + 1))\r/"
run cli_nt
want_code 0
want_installed

begin '/f takes a list whose turn has not come'
relist "s/^CopyListVersion=.*/CopyListVersion=$((version + 40))\r/; s/^Sequence=.*/Sequence=9\r/; s/^Rollout=.*/Rollout=0\r/"
run cli_nt /f
want_code 0
want_installed

begin 'a first install takes a list whose turn has not come'
new_client
run cli_nt
want_code 0
want_installed

begin 'an expired list is installed with a warning, and each later run warns'
relist "s/^CopyListVersion=.*/CopyListVersion=$((version + 50))\r/; s/^Sequence=.*/Sequence=10\r/; s/^Rollout=.*/Rollout=100\r\nExpires=2020-01-01T00:00:00Z\r/"
run cli_nt
want_code 0
want_err "cli_nt: $LIST has expired; publish again"
want_installed
want_ini "$INI" 'Setup State' Expires 2020-01-01T00:00:00Z
run cli_nt
want_code 0
want_err "cli_nt: $LIST has expired; publish again"

begin 'a list that expires while it is installed: warned of from that moment on'
relist "s/^CopyListVersion=.*/CopyListVersion=$((version + 60))\r/; s/^Sequence=.*/Sequence=11\r/; s/^Expires=.*/Expires=2030-01-01T00:00:00Z\r/"
run cli_nt
want_code 0
want_no_err
export SMS_CLOCK=+200000000
run cli_nt
unset SMS_CLOCK
want_code 0
want_err "cli_nt: $LIST has expired; publish again"

# Servers.

begin 'no server at all: exit 69, says of each what is wrong, changes nothing'
new_client
before=$(look "$T/sys" "$T/pc")
run "$BIN/cli_nt" /p:"$T/nowhere" /i:"$INI" /c:"$POLICY"
want_code 69
want_err "cli_nt: $T/nowhere: "
want_untouched "$before" "$T/sys" "$T/pc"

begin 'neither /p: nor a server in SMS.INI: exit 69, says what is missing'
run "$BIN/cli_nt" /i:"$INI" /c:"$POLICY"
want_code 69
want_err "cli_nt: $INI names no logon server, and no /p: was given"
want_untouched "$before" "$T/sys" "$T/pc"

begin 'a folder without cl_nt.txt is no logon server'
mkdir "$T/empty"
run "$BIN/cli_nt" /p:"$T/empty" /i:"$INI" /c:"$POLICY"
want_code 69
want_err "cli_nt: $T/empty: no cl_nt.txt"

begin 'of several servers in SMS.INI the dead one is passed over'
release /b
cp "$ROOT/lists/cl_nt.$(version_of).txt" "$LIST"
mkdir -p "$T/net/LIVE" "$T/net/DEAD/SMS_SHR"
ln -s "$ROOT" "$T/net/LIVE/SMS_SHR"
export SMS_UNC="$T/net"
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\nCurrentLogonServer=GONE\r\nServer1=DEAD\r\nServer2=LIVE\r\n[Share]\r\nServer1=SMS_SHR\r\nServer2=SMS_SHR\r\n' >"$INI"
run "$BIN/cli_nt" /i:"$INI" /c:"$POLICY"
want_code 0
want_no_err
want_installed
want_ini "$INI" SMS LastLogonServerPath //LIVE/SMS_SHR
want_ini "$INI" Servers CurrentLogonServer LIVE
want_ini "$INI" Share CurrentLogonServer SMS_SHR

begin 'all servers of SMS.INI dead: exit 69 names each of them'
before=$(look "$T/sys" "$T/pc")
mv "$T/net/LIVE" "$T/net/OFF"
printf '[Servers]\r\nServer1=DEAD\r\nServer2=GONE\r\n[SMS]\r\n' >"$T/pc/OTHER.INI"
run "$BIN/cli_nt" /i:"$T/pc/OTHER.INI" /c:"$POLICY"
rm "$T/pc/OTHER.INI"
want_code 69
want_err '//DEAD/SMS_SHR: no cl_nt.txt; //GONE/SMS_SHR: '
run "$BIN/cli_nt" /i:"$INI" /c:"$POLICY"
want_code 69
want_err '//LIVE/SMS_SHR: '
mv "$T/net/OFF" "$T/net/LIVE"
unset SMS_UNC

begin 'backslashes name a share as slashes do'
new_client
run env SMS_UNC="$T/net" "$BIN/cli_nt" '/p:\\LIVE\SMS_SHR\.' /i:"$INI" /c:"$POLICY"
want_code 0
want_ini "$INI" SMS LastLogonServerPath //LIVE/SMS_SHR

begin 'a server that hangs costs seconds, not the time that it hangs: exit 69'
if needs strace; then
	new_client
	hanging "$ROOT" -- /p:"$ROOT"
	want_code 69
	want_err "cli_nt: $ROOT: "
	[ -z "$(find "$T/sys" "$T/pc" -mindepth 1)" ] || fail 'something was made'
fi

begin 'a server that hangs beside one that answers: the one that answers is used'
if needs strace; then
	mkdir -p "$T/net/SLOW"
	cp -a "$ROOT" "$T/net/SLOW/SMS_SHR"
	printf '[SMS]\r\n[Servers]\r\nServer1=SLOW\r\nServer2=LIVE\r\n' >"$INI"
	export SMS_UNC="$T/net"
	hanging "$T/net/SLOW/SMS_SHR" --
	unset SMS_UNC
	want_code 0
	want_installed
	want_ini "$INI" SMS LastLogonServerPath //LIVE/SMS_SHR
fi

begin 'two runs at the same time: the second ends with 75 and changes nothing'
before=$(look "$T/sys" "$T/pc")
exec 8>>"$STATE/LOCK"
flock 8
run cli_nt /f
exec 8>&-
want_code 75
want_err "cli_nt: $STATE: another client setup is at work; try later"
want_untouched "$before" "$T/sys" "$T/pc"

# stalled NAME: a run waits 2 s before it takes the lock; meanwhile another one
# is done.
stalled() {
	env ASAN_OPTIONS=detect_leaks=0 strace -o "$T/.trace" -e trace=flock \
	    -e inject=flock:delay_enter=2000000:when=1 "$BIN/cli_nt" \
	    /p:"$ROOT" /i:"$INI" /c:"$POLICY" /v >"$T/.late" 2>&1 &
	late=$!
	sleep 1
	run cli_nt
	want_code 0
	wait $late
	late=$?
}

begin 'a run that another one overtook before it had the lock sees what that did'
if needs strace; then
	ready
	add BIN/greet 'overtaken'
	release
	stalled
	[ $late -eq 0 ] || fail "the late one: $late: $(cat "$T/.late")"
	want_text "$T/.late" 'is installed; nothing to do'
	want_installed
fi

begin 'a journal beside a client root that is gone is dealt with'
ready
rm -r "$CLIENT"
echo cut >"$STATE/JOURNAL"
run cli_nt /f
want_code 0
want_err "$STATE: a journal was not whole; every file is checked"
want_installed

begin 'an expired list that is installed costs no new run, and says so'
new_client
ready
run cli_nt
want_code 0
relist "s/^Files=/Expires=2026-01-01T00:00:00Z\r\nFiles=/"
run cli_nt /f
want_code 0
rm -f "$INVDATA"/*.raw
before=$(look "$T/sys" "$T/pc")
run cli_nt
want_code 0
want_err 'has expired'
want_untouched "$before" "$T/sys" "$T/pc"

begin 'a folder under the name of a file of STATE: exit 2 names it, nothing is touched'
ready
for name in JOURNAL INSTALLED.TXT CL_NT.TXT SEQUENCE DOMAIN.INI IDENTITY INI.LOCK; do
	rm -f "$STATE/$name"
	mkdir "$STATE/$name"
	before=$(look "$T/sys" "$T/pc")
	run cli_nt /f
	want_code 2
	[ "$err" = "cli_nt: $STATE/$name: is a folder" ] || fail "it said: $err"
	want_untouched "$before" "$T/sys" "$T/pc"
	rmdir "$STATE/$name"
done

begin 'a cl_nt.txt that is no file: exit 69 names it'
ready
mv "$ROOT/cl_nt.txt" "$T/good"
for kind in folder pipe link; do
	case $kind in
	folder) mkdir "$ROOT/cl_nt.txt" ;;
	pipe) mkfifo "$ROOT/cl_nt.txt" ;;
	link) ln -s "$T/good" "$ROOT/cl_nt.txt" ;;
	esac
	run cli_nt
	want_code 69
	want_err "cli_nt: $ROOT/cl_nt.txt: "
	rm -rf "$ROOT/cl_nt.txt"
done
mv "$T/good" "$ROOT/cl_nt.txt"

begin 'a first install whose folder for SMS.INI is missing: exit 2, nothing is made'
new_client
run "$BIN/cli_nt" /p:"$ROOT" /i:"$T/pc/no/SMS.INI" /c:"$POLICY"
want_code 2
want_err "cli_nt: $T/pc/no: SMS.INI cannot be written in this folder: "
[ -z "$(find "$T/sys" "$T/pc" -mindepth 1)" ] || fail "made: $(find "$T/sys" "$T/pc")"
