#!/bin/sh
# From a release to a running service, all of it by the .exe files and the service
# manager of a session: publish for Linux makes the site, climonnt.exe and
# cli_nt.exe ask, ccm.exe registers, stops, replaces and starts. Services are begun
# in places of the session alone, so everything stands on its C: and T:.
#
# One figure is printed and not judged: the time from a .raw to the new version of
# a service that runs.
. "$(dirname "$0")/lib.sh"

CCM=SMS_CLIENT_CONFIG_MANAGER
digits=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

# The words of all our programs.
our() {
	our_program=$1
	shift
	launched "C:\\sms\\$our_program.exe" /p:T:/root /i:T:/pc/SMS.INI \
	    /c:T:/policy.ini "$@"
}

# compile VERSION [MODE]: a version of a service, see service.c.
compile() {
	x86_64-w64-mingw32-gcc -municode -O1 -Wall "-DVERSION=L\" $1\"" \
	    "-DMODE=L\"${2:-good}\"" -o "$T/$1.exe" "$top/tests/wine/service.c" ||
		fail 'service.c does not compile'
}

# service NAME VERSION: what the site has of it.
service() {
	mkdir -p "$SRC/BIN"
	cp "$T/$2.exe" "$SRC/BIN/$1.EXE"
}

# list NAME...: services that need each other in this order.
list() {
	listed_after=
	: >"$SRC/components.ini"
	for listed; do
		cat >>"$SRC/components.ini" <<-EOF
			[Component $listed]
			Type=service
			Service=$listed
			Binary=BIN\\$listed.EXE
			Arguments=$listed T:\\started
			Settle=1
			${listed_after:+After=$listed_after}
			Files=BIN/$listed.EXE
		EOF
		listed_after=$listed
	done
}

# A machine with much to do has a while more.
within() {
	wait_for "$@" || wait_for "$@"
}

sc() {
	hosted wine sc "$@" 2>/dev/null </dev/null | lines
}

# state NAME: what the service manager says, in one word; nothing where there is
# no such service.
state() {
	sc query "$1" | sed -n 's/.*STATE  *: *[0-9]* *//p'
}

has_state() {
	[ "$(state "$1")" = "$2" ]
}

# said [NAME]: what the services have said, or one of them, in one line.
said() {
	grep "^${1:-}" "$T/started" 2>/dev/null | lines | tr '\n' ' '
}

last_said() {
	case $(said "$1") in *"$1 $2 ") ;; *) return 1 ;; esac
}

# want_runs NAME VERSION: it does, and is the one that was started last.
want_runs() {
	within last_said "$1" "start $2" || fail "$1 $2 was not started: $(said)"
	within has_state "$1" RUNNING || fail "$1 is '$(state "$1")'"
	want_same "$T/$2.exe" "$CLIENT/BIN/$1.EXE"
}

# put_raw: as a program of the client lays it there; $put is when.
put_raw() {
	printf 'SMSRAW 1 PL2ABC %s\r\nEND %s\r\n' "$1" "$digits" >"$T/next.raw"
	put=$(date +%s%N)
	mv "$T/next.raw" "$STATE_ROOT/INVDATA/$1.raw"
}

boxes() {
	find "$ROOT/ccr.box" "$OWN_BOX" -iname '*.ccr' 2>/dev/null |
		sed "s#^$T/##; s#^$C/##" | sort | tr '\n' ' '
}

no_request() {
	[ -z "$(boxes)" ]
}

# The resident ccm says what it does in its log.
ccm_said() {
	grep -qF -- "$1" "$STATE_ROOT/LOGS/CCM.LOG"
}

follows() {
	[ "$(ini "$INI" SMS CopyListVersion)" = "$(version_of)" ] && no_request
}

# The name of the file in retry/.
retried() {
	(cd "$OWN_BOX/retry" && ls)
}

# one_waits N: it stands for N requests.
one_waits() {
	[ "$(ini "$OWN_BOX/retry/$(retried)" 'NT Client Configuration Request' \
	    'Client Request Count')" = "$1" ]
}

start() {
	unset SMS_SYSROOT SMS_INI SMS_POLICY SMS_IDENTITY SMS_HOST
	session
	drive t "$T"
	new_site
	new_client
	CLIENT="$C/Program Files/MS/SMS"
	STATE_ROOT=$C/ProgramData/MS/SMS
	OWN_BOX=$STATE_ROOT/ccr.box
	mkdir "$C/sms"
	for program in ccm cli_nt climonnt; do
		cp "$WIN_BIN/$program.exe" "$C/sms/"
	done
}

begin 'wine: ccm registers and starts a service that cli_nt has asked for'
if needs_built; then
	for version in one two three; do
		compile $version
	done
	compile bad die
	start
	add DATA/A.TXT one
	list FIRST SECOND
	service FIRST one
	service SECOND one
	release
	run our cli_nt
	want_code 0
	want_no_file "$CLIENT/BIN/FIRST.EXE"
	[ -n "$(boxes)" ] || fail 'no request'
	run our ccm /once
	want_code 0
	want_runs FIRST one
	want_runs SECOND one
	no_request || fail "left: $(boxes)"
	want_ini "$STATE_ROOT/STATE/services.ini" FIRST \
	    'Current Installation State' Started
fi

begin 'wine: a second request for what is so stops nothing'
if needs_built; then
	before=$(said)
	run our cli_nt /f
	want_code 0
	run our ccm /once
	want_code 0
	[ "$(said)" = "$before" ] || fail "services: $(said)"
fi

begin 'wine: a release and a .raw: climonnt, cli_nt and ccm.exe as a service bring the new version'
if needs_built; then
	run our ccm /install
	want_code 0
	has_state $CCM RUNNING || fail "ccm is '$(state $CCM)'"
	# (Not by `launched`: that begins anew what has ended without a word.)
	hosted wine 'C:\sms\climonnt.exe' /p:T:/root /i:T:/pc/SMS.INI \
	    /c:T:/policy.ini /v >"$T/climonnt.out" 2>&1 </dev/null &
	within grep -q 'waiting for inventories' "$STATE_ROOT/LOGS/CLIMON.LOG" ||
		fail "climonnt does not wait: $(cat "$T/climonnt.out")"
	service FIRST two
	release
	: >"$T/started"
	put_raw one
	if within last_said FIRST 'start two'; then
		echo "# wine: a new version of a service runs $((($(date +%s%N) - put) / 1000000)) ms after the .raw"
	else
		fail "$(said) $(tail -n 3 "$STATE_ROOT/LOGS/CCM.LOG")"
	fi
	within follows || fail "left: $(boxes)"
	want_runs FIRST two
	want_runs SECOND one
	# What needs it was stopped before, and is started after it.
	[ "$(said)" = 'SECOND stop FIRST stop FIRST start two SECOND start one ' ] ||
		fail "services: $(said)"
fi

# Its file is in retry/; the next request is put to it, and waits with it.
begin 'wine: a version that ends at once is put back, and the old one runs'
if needs_built; then
	service SECOND bad
	release
	: >"$T/started"
	put_raw two
	within one_waits 1 || fail "waits: $(boxes)"
	want_runs SECOND one
	[ "$(said)" = 'SECOND stop SECOND start bad SECOND start one ' ] ||
		fail "services: $(said)"
	want_ini "$OWN_BOX/retry/$(retried)" 'Request Processing' \
	    'Last Error Code' 1053
	want_ini "$INI" SMS CopyListVersion "$(version_of)"
fi

begin 'wine: ... a mended one makes it whole again'
if needs_built; then
	service SECOND two
	release
	put_raw three
	# At once, and not after a minute.
	if within one_waits 2; then
		name=$(retried)
		mv "$OWN_BOX/retry/$name" "$OWN_BOX/$name"
	else
		fail "waits: $(boxes)"
	fi
	within follows || fail "left: $(boxes)"
	want_runs SECOND two
	want_ini "$STATE_ROOT/STATE/services.ini" SECOND 'Repair Pending' ''
fi

begin 'wine: a component that leaves is stopped, unregistered and removed'
if needs_built; then
	list FIRST
	rm "$SRC/BIN/SECOND.EXE"
	release /force
	: >"$T/started"
	put_raw four
	within has_state SECOND '' || fail "it is '$(state SECOND)'"
	within follows || fail "left: $(boxes)"
	want_no_file "$CLIENT/BIN/SECOND.EXE"
	[ "$(said)" = 'SECOND stop ' ] || fail "services: $(said)"
	has_state FIRST RUNNING || fail "FIRST is '$(state FIRST)'"
fi

# ccm as a component: Windows starts what ends with 3010 again after 5 s. Wine's
# service manager has no recovery actions: `sc start` stands for them.
ccm_component() {
	list FIRST
	cat >>"$SRC/components.ini" <<-EOF
		[Component CCM]
		Type=service
		Service=$CCM
		Binary=BIN\\ccm.exe
		Arguments=/p:T:/root /i:T:/pc/SMS.INI /c:T:/policy.ini
		Files=BIN/ccm.exe
	EOF
	cp "$WIN_BIN/ccm.exe" "$SRC/BIN/ccm.exe"
	printf '%s' "$1" >>"$SRC/BIN/ccm.exe"
}

# ended_for_restart: with 3010, as a code of its own.
ended_for_restart() {
	sc query $CCM | grep -q 'WIN32_EXIT_CODE *: 1066 ' &&
		sc query $CCM | grep -q 'SERVICE_EXIT_CODE *: 3010 '
}

start_again() {
	within ended_for_restart || fail "$1: $(sc query $CCM)"
	no_request || fail "$1: left: $(boxes)"
	want_same "$SRC/BIN/ccm.exe" "$CLIENT/BIN/ccm.exe"
	sc start $CCM >/dev/null
	within has_state $CCM RUNNING || fail "$1: ccm is '$(state $CCM)'"
}

begin 'wine: ccm.exe replaces the program of its service while it runs, and ends'
if needs_built; then
	ccm_component ''
	release
	put_raw five
	start_again 'it moves to BIN'
	ccm_component two
	release
	put_raw six
	start_again 'its own file'
fi

begin 'wine: ... and the new one updates the next service'
if needs_built; then
	service FIRST three
	release
	put_raw seven
	within follows || fail "left: $(boxes)"
	want_runs FIRST three
	hosted wine reg query "HKLM\\SYSTEM\\CurrentControlSet\\Services\\$CCM" \
	    /v ImagePath 2>/dev/null </dev/null >"$T/image"
	want_text "$T/image" '"C:\Program Files\MS\SMS\BIN\ccm.exe"'
	# The names that replaced programs had to give up.
	run our cli_nt /f
	want_code 0
	left=$(find "$CLIENT" -name '*.tmp' -o -name '.sms*' -o -name '.stage')
	[ -z "$left" ] || fail "left over: $left"
fi
