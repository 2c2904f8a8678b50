#!/bin/sh
# When a list may be installed: NotBefore and Window of the list, Window of the
# policy, and what SMS.INI notes until then.
. "$(dirname "$0")/lib.sh"

export TZ=UTC
midnight=$(date -u -d 'tomorrow 00:00' +%s)

# at HH:MM [DAYS]: from now on it is half past that minute, tomorrow or later
at() {
	hour=${1%:*}
	minute=${1#*:}
	at_second=$((midnight + ${2:-0} * 86400 + ${hour#0} * 3600 + ${minute#0} * 60 + 30))
	export SMS_CLOCK="+$((at_second - $(date +%s)))"
}

# on SECOND: as a date of the list
on() {
	date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ
}

# later KEYS: the next list has these lines in [SMS]
later() {
	sequence=$((sequence + 1))
	version=$((version + 10))
	add DATA/a "a of $sequence"
	release
	relist "s/^CopyListVersion=.*/CopyListVersion=$version\r/; s/^Sequence=.*/Sequence=$sequence\r/; s/^Files=/$1\r\nFiles=/"
}

want_waiting() {
	want_code 0
	want_no_err
	want_text "$CLIENT/DATA/a" "$old"
	want_ini "$INI" Local SetupPhase installed
	want_ini "$INI" 'Setup State' TriedVersion "$version"
	want_ini "$INI" 'Setup State' Tries ''
	[ -z "$(find "$ROOT/ccr.box" -type f)" ] || fail 'a request was made'
}

# The note is not before the opening, and at most five minutes behind it.
want_next() {
	next=$(date -u -d "$(ini "$INI" 'Setup State' NextTry)" +%s)
	if [ "$next" -lt "$1" ] || [ "$next" -ge $(($1 + 300)) ]; then
		fail "NextTry is $(on "$next"), wanted $(on "$1")"
	fi
}

new_site
add DATA/a 'a'
release
version=$(version_of)
sequence=$(ini "$ROOT/cl_nt.txt" SMS Sequence)

begin 'a first install does not ask for the window, nor for NotBefore'
at 12:00
later "NotBefore=$(on $((midnight + 20 * 86400)))\r\nWindow=22:00-06:00"
new_client
run cli_nt
want_code 0
want_installed
old="a of $sequence"

begin 'outside of the window of the list nothing is done: exit 0, and /v says when'
later 'Window=22:00-06:00'
at 17:00
run cli_nt /v
want_waiting
want_out "CopyListVersion $version is not for now: Window=22:00-06:00; its time begins at $(on $((midnight + 22 * 3600)))"
want_next $((midnight + 22 * 3600))

begin 'until then no more than the head of the list is read'
at 21:59
before=$(look "$T/sys" "$T/pc")
run cli_nt /v
want_waiting
want_out "CopyListVersion $version waits for its time; the next look is after $(ini "$INI" 'Setup State' NextTry)"
want_untouched "$before" "$T/sys" "$T/pc"

begin 'the window that opens lets it in, and the note goes'
at 22:06
run cli_nt
want_code 0
want_installed
want_ini "$INI" 'Setup State' NextTry ''
want_ini "$INI" 'Setup State' TriedVersion ''
want_text "$CLIENT/DATA/a" "a of $sequence"
old="a of $sequence"

begin 'a wait of more than eight hours is looked at again after eight'
later 'Window=22:00-06:00'
at 08:00
run cli_nt
want_waiting
want_next $((midnight + 16 * 3600))
at 16:06
run cli_nt /v
want_waiting
want_out 'is not for now'
want_next $((midnight + 22 * 3600))

begin 'another list does not wait for the time of the one before'
later 'Rollout=100'
run cli_nt
want_code 0
want_installed
old="a of $sequence"

begin 'the window of the policy must permit it too'
printf '[Security]\r\nAllowUnsigned=yes\r\n[Limits]\r\nWindow=12:00-13:00\r\n' >"$POLICY"
later 'Window=12:30-18:00'
at 12:10
run cli_nt /v
want_waiting
want_out "Window=12:30-18:00 Window=12:00-13:00 of $POLICY; its time begins at $(on $((midnight + 12 * 3600 + 1800)))"
want_next $((midnight + 12 * 3600 + 1800))
at 12:36
run cli_nt
want_code 0
want_installed
old="a of $sequence"
later 'Rollout=100'
at 13:00
run cli_nt
want_waiting

begin 'windows that are never open at the same time: a warning'
later 'Window=14:00-18:00'
at 15:00
run cli_nt
want_code 0
want_err "Window=14:00-18:00 Window=12:00-13:00 of $POLICY; the windows are never open at the same time"
want_text "$CLIENT/DATA/a" "$old"

begin '/f does not ask for windows, nor for NotBefore'
later "NotBefore=$(on $((midnight + 20 * 86400)))\r\nWindow=14:00-18:00"
at 20:00
run cli_nt /f
want_code 0
want_installed
old="a of $sequence"
printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"

begin 'NotBefore= holds a list back up to that second'
later "NotBefore=$(on $((midnight + 2 * 86400 + 3600)))"
at 00:59 2
run cli_nt /v
want_waiting
want_out "is not for now: NotBefore=$(on $((midnight + 2 * 86400 + 3600))); its time begins at $(on $((midnight + 2 * 86400 + 3600)))"
at 01:06 2
run cli_nt
want_code 0
want_installed
old="a of $sequence"

begin 'a clock that is behind does not put NotBefore off: what was published is past'
later "NotBefore=$(on $((midnight - 86400)))"
relist "s/^Published=.*/Published=$(on $((midnight - 86400)))\r/"
export SMS_CLOCK=-100000000
run cli_nt
want_code 0
want_installed
unset SMS_CLOCK

begin 'NotBefore= with a window: the first opening after it'
later "NotBefore=$(on $((midnight + 13 * 3600)))\r\nWindow=22:00-06:00"
old="a of $((sequence - 1))"
at 18:00 -1
run cli_nt /v
want_waiting
want_out "its time begins at $(on $((midnight + 22 * 3600)))"

begin 'the installed list is repaired at any time'
at 12:00
later 'Window=12:00-13:00'
run cli_nt
want_code 0
want_installed
at 15:00
printf 'spoilt' >"$CLIENT/DATA/a"
relist 's/^Expires=.*//'
sed 's/^SetupPhase=.*/SetupPhase=verify_files\r/' "$INI" >"$T/x"
cat "$T/x" >"$INI"
run cli_nt
want_code 0
want_installed
want_text "$CLIENT/DATA/a" "a of $sequence"
old="a of $sequence"

begin 'without rights the window holds the request back, and nothing is noted'
if needs_root; then
	later 'Window=22:00-06:00'
	chmod 777 "$ROOT/ccr.box" "$T/home"
	at 12:00
	before=$(look "$T/sys" "$T/pc")
	run as_nobody env HOME="$T/home" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /v
	want_code 0
	want_out 'is not for now: Window=22:00-06:00'
	want_untouched "$before" "$T/sys" "$T/pc"
	at 22:00
	run as_nobody env HOME="$T/home" "$BIN/cli_nt" /p:"$ROOT" /i:"$INI"
	want_code 4
	rm -f "$ROOT"/ccr.box/*.CCR
fi

begin '/n shows nothing outside of the window and notes nothing'
at 12:00
before=$(look "$T/sys" "$T/pc")
run cli_nt /n /v
want_code 0
want_out 'is not for now'
want_untouched "$before" "$T/sys" "$T/pc"

# refused KEYS MESSAGE: the list with these lines is refused whole
refused() {
	begin "a list is refused: $1"
	cp "$T/sound" "$ROOT/cl_nt.txt"
	later "$1"
	before=$(look "$T/sys" "$T/pc")
	run cli_nt
	want_code 65
	want_err "$2"
	want_untouched "$before" "$T/sys" "$T/pc"
}

cp "$ROOT/cl_nt.txt" "$T/sound"
line=$(grep -n '^Files=' "$ROOT/cl_nt.txt" | head -n 1 | cut -d : -f 1)
line=$((line - 1))
refused 'Window=night' "cli_nt: $ROOT/cl_nt.txt:$line: Window=night is no time of day like 22:00-06:00"
refused 'NotBefore=soon' "cli_nt: $ROOT/cl_nt.txt:$line: NotBefore=soon is no date like 2026-11-20T18:00:00Z"
refused 'Requires=window,delta' "cli_nt: $ROOT/cl_nt.txt:$line: needs feature delta: update this program"

begin 'features that this version knows may be required'
cp "$T/sound" "$ROOT/cl_nt.txt"
later 'Requires=window, NotBefore, rollout'
run cli_nt
want_code 0
want_installed

begin 'a policy with a bad window is refused with its line'
later 'Rollout=100'
printf '[Security]\r\nAllowUnsigned=yes\r\n[Limits]\r\nWindow=24:00-06:00\r\n' >"$POLICY"
run cli_nt
want_code 65
want_err "cli_nt: $POLICY:4: Window is a time of day like 22:00-06:00, not \"24:00-06:00\""
