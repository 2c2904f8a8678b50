#!/bin/sh
# Our own programs as services of Windows: registered, stopped, started and
# forgotten, with the service manager of a session. That starts them in places of
# the session alone: nothing that this test says reaches them.
. "$(dirname "$0")/lib.sh"

CCM=SMS_CLIENT_CONFIG_MANAGER

# state NAME: what the service manager says, in one word; nothing where there is
# no such service.
state() {
	hosted wine sc query "$1" 2>/dev/null </dev/null | lines |
		sed -n 's/.*STATE  *: *[0-9]* *//p'
}

# exit_code NAME: how it ended.
exit_code() {
	hosted wine sc query "$1" 2>/dev/null </dev/null | lines |
		sed -n 's/.*WIN32_EXIT_CODE  *: *\([0-9]*\).*/\1/p'
}

has_state() {
	[ "$(state "$1")" = "$2" ]
}

ccm() {
	run launched 'C:\sms\ccm.exe' "$@" '/i:C:\SMS.INI'
	want_code 0
}

begin 'wine: ccm is a service by its own switch, stops when asked, and goes again'
if needs_built; then
	unset SMS_SYSROOT SMS_INI SMS_POLICY
	session
	mkdir "$C/sms"
	cp "$WIN_BIN/ccm.exe" "$C/sms/"
	ccm /install
	ccm /install # as often as one likes
	has_state $CCM RUNNING || fail "it is '$(state $CCM)'"
	hosted wine sc stop $CCM >/dev/null 2>&1 </dev/null
	wait_for has_state $CCM STOPPED || fail "it is '$(state $CCM)'"
	[ "$(exit_code $CCM)" = 0 ] || fail "ended with $(exit_code $CCM)"
	hosted wine sc start $CCM >/dev/null 2>&1 </dev/null
	wait_for has_state $CCM RUNNING || fail "it is '$(state $CCM)'"
	ccm /uninstall
	[ -z "$(state $CCM)" ] || fail "it is there: '$(state $CCM)'"
fi
