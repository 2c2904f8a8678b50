#!/bin/sh
# The words of lib.sh: what the other tests stand on, shown with Wine's own cmd.
. "$(dirname "$0")/lib.sh"
unset SMS_HOST

# said TEXT WORD...: cmd prints TEXT.
said() {
	said_wanted=$1
	shift
	run win cmd /c "$@"
	out=$(printf '%s\n' "$out" | lines)
	[ "$out" = "$said_wanted" ] || fail "$*: '$out', wanted '$said_wanted'"
}

begin 'wine: every session is a machine with its own name and disk'
if needs_wine && needs_root; then
	session PLN-WS021
	said PLN-WS021 echo %COMPUTERNAME%
	echo one >"$C/one.txt"
	said one type 'C:\one.txt'
	session PLN-WS022
	said PLN-WS022 echo %COMPUTERNAME%
	want_no_file "$C/one.txt"
	run win cmd /c ver
	want_out 'Windows 10.'
fi

begin 'wine: a share is there until its server goes away'
if needs_wine; then
	session
	mkdir -p "$T/published"
	echo list >"$T/published/cl_nt.txt"
	share PLN-DC1 sms "$T/published"
	said list type '\\PLN-DC1\sms\cl_nt.txt'
	drive m "$T/published"
	said list type 'M:\cl_nt.txt'
	share PLN-DC1 sms
	run win cmd /c type '\\PLN-DC1\sms\cl_nt.txt'
	[ "$code" -ne 0 ] || fail 'a share without server is read'
	said list type "$(path_of "$T/published/cl_nt.txt")"
fi

# The processes of a session: its server, and what it has started.
of_session() {
	for environ in /proc/[0-9]*/environ; do
		{ tr '\0' '\n' <"$environ"; } 2>/dev/null |
			grep -qxF "WINEPREFIX=$1" &&
			tr '\0' ' ' <"${environ%environ}cmdline"
	done
}

begin 'wine: nothing of a session is left when it has ended'
if needs_wine; then
	session PLN-WS023
	ended=$WINEPREFIX
	[ -n "$(of_session "$ended")" ] || fail 'no process is seen to run in it'
	session_end
	[ -z "$(of_session "$ended")" ] || fail "runs: $(of_session "$ended")"
fi
