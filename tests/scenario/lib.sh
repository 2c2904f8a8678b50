# Scenario tests: the real programs in an empty folder. Sourced by each
# scenario; gives it a folder $T of its own, a system root, and these words:
#
#   begin NAME		starts a case; its result is printed by the next begin
#   run COMMAND...	runs it; $code, $out, $err hold what came of it
#   fail REASON		the case has failed
#   want_code N, want_out TEXT, want_err TEXT, want_no_err, want_same A B,
#   want_file F, want_no_file F, want_text FILE TEXT, want_ini KEY VALUE ...
#   skip REASON		the case cannot be run here; said aloud and counted
#   needs_root, needs COMMAND	false, and the case is skipped, where missing
#   look DIR...		all that can be seen of trees, as text; kept before a
#			run, want_untouched TEXT DIR... compares after it
#   release		publishes quietly; ready: and a new client is installed
#   relist SED		changes the published list by hand
#   traced CALLS SWITCH...	cli_nt under strace; the calls are in $T/.trace
#   hanging DIR... -- SWITCH...	cli_nt, while those folders hang
#
# BIN names the folder of the programs (default build/posix-asan/bin), SCRIPTS
# that of the scripts.

# A test's files are those of an ordinary administrator.
umask 022
top=$(cd "$(dirname "$0")/../.." && pwd)
BIN=${BIN:-$top/build/posix-asan/bin}
SCRIPTS=$top/scripts

# Programs with administrators' rights use only folders that nobody else can
# write, all the way up, and the tests' users without rights have to reach it.
# A checkout in somebody's home, root's too, is no such place: then the tests
# use a folder in the system's own temporary folder, and copies of the programs
# and scripts beside it.
copies=
fit_for_root() {
	where=$1
	while :; do
		case $(stat -c '%u %A' "$where") in
		'0 d'????w????* | '0 d'???????w?*)
			case $(stat -c '%A' "$where") in *t) ;; *) return 1 ;; esac ;;
		'0 d'????????[xt]) ;;
		*) return 1 ;;
		esac
		[ "$where" = / ] && return 0
		where=$(dirname "$where")
	done
}

mkdir -p "$top/build/tmp"
if [ "$(id -u)" != 0 ] || fit_for_root "$top/build/tmp"; then
	T=$top/build/tmp/$(basename "$0" .sh).$$
	mkdir "$T"
else
	T=$(mktemp -d /tmp/clisetup-test.XXXXXX)
	chmod 755 "$T"
	copies=$T.copies
	mkdir -m 755 "$copies" || exit 2
	cp -R "$BIN" "$copies/bin"
	cp -R "$SCRIPTS" "$top/VERSION" "$copies"
	chmod -R a+rX "$copies"
	BIN=$copies/bin
	SCRIPTS=$copies/scripts
fi

# The .exe files in a session of Wine: tests/wine/win_scenarios.sh. What stands in
# this folder is drive T: there.
THIS_SYSTEM=linux OTHER_SYSTEM=windows
: "$THIS_SYSTEM $OTHER_SYSTEM"	# for the scenarios
if [ "${SYSTEM:-}" = windows ]; then
	THIS_SYSTEM=windows OTHER_SYSTEM=linux
	export T
	ln -sfn "$T" "$WINEPREFIX/dosdevices/t:"
fi

case_name=
case_bad=
case_skip=
bad_cases=0

finish() {
	if [ -n "$case_name" ]; then
		if [ -n "$case_bad" ]; then
			echo "FAIL $case_name: $case_bad"
			bad_cases=1
		elif [ -n "$case_skip" ]; then
			echo "skip $case_name: $case_skip"
		else
			echo "ok $case_name"
		fi
	fi
	case_name=
}

# What a scenario made that a plain rm cannot take away.
clean_hook() { :; }

leave() {
	status=$?
	finish
	clean_hook
	cd "$top" || exit 2
	[ -z "${OWN_MOUNTS:-}" ] || umount "$T" 2>/dev/null
	if [ -z "${KEEP:-}" ]; then
		chmod -R u+w "$T" 2>/dev/null
		rm -rf "$T" ${copies:+"$copies"}
	fi
	[ "$status" -ne 0 ] || status=$bad_cases
	trap - EXIT
	exit "$status"
}
trap leave EXIT
trap 'exit 130' INT TERM HUP

begin() {
	finish
	case_name=$1
	case_bad=
	case_skip=
}

fail() {
	[ -n "$case_bad" ] || case_bad=$1
}

skip() {
	[ -n "$case_skip" ] || case_skip=$1
}

needs_root() {
	[ "$(id -u)" = 0 ] || { skip 'only root can do this'; return 1; }
}

needs() {
	command -v "$1" >/dev/null 2>&1 || { skip "$1 is not installed"; return 1; }
}

run() {
	"$@" >"$T/.out" 2>"$T/.err" </dev/null
	code=$?
	out=$(cat "$T/.out")
	err=$(cat "$T/.err")
}

want_code() {
	[ "$code" -eq "$1" ] ||
		fail "exit $code, wanted $1; said: $(echo "$out $err" | head -c 400 | tr '\n' ' ')"
}

want_out() {
	case $out in *"$1"*) ;; *) fail "output lacks '$1': $(echo "$out" | head -c 300)" ;; esac
}

want_err() {
	case $err in *"$1"*) ;; *) fail "errors lack '$1': $(echo "$err" | head -c 300)" ;; esac
}

want_no_err() {
	[ -z "$err" ] || fail "unexpected: $(echo "$err" | head -c 300)"
}

want_same() {
	cmp -s "$1" "$2" || fail "$1 and $2 differ"
}

want_file() {
	[ -e "$1" ] || fail "$1 is missing"
}

want_no_file() {
	if [ -e "$1" ] || [ -h "$1" ]; then
		fail "$1 is there"
	fi
}

want_text() {
	grep -qF -- "$2" "$1" 2>/dev/null || fail "$1 lacks '$2'"
}

# ini FILE SECTION KEY: the raw value, without the CR.
ini() {
	awk -v section="[$2]" -v key="$3" -v windows="${SYSTEM:+1}" -v folder="$T" '
		{ sub(/\r$/, ""); sub(/^[ \t]+/, "") }
		/^\[/ { inside = tolower($0) == tolower(section) }
		inside && index(tolower($0), tolower(key) "=") == 1 {
			if (windows) sub(/=T:\//, "=" folder "/")
			print substr($0, length(key) + 2); exit
		}' "$1" 2>/dev/null
}

# want_ini FILE SECTION KEY VALUE
want_ini() {
	[ "$(ini "$1" "$2" "$3")" = "$4" ] ||
		fail "$1 [$2] $3 is '$(ini "$1" "$2" "$3")', wanted '$4'"
}

# The list of a tree: every file with its digest, for comparing.
tree() {
	(cd "$1" 2>/dev/null && find . -type f -exec sha256sum {} + | sort -k 2)
}

want_same_tree() {
	[ "$(tree "$1")" = "$(tree "$2")" ] ||
		fail "$1 and $2 differ: $( (tree "$1"; tree "$2") | sort | uniq -u | head -n 3 | tr '\n' ' ')"
}

# Names, kinds, rights, owners, sizes, links, contents, and dates of files. What
# a run says is left out: logs, status .raw, and the note of the last one.
look() {
	for tree in "$@"; do
		find "$tree" ! -name '*.LOG' ! -name REPORTED ! -path '*/INVDATA/PL2*-*.raw' -printf '%p %y %m %U %i %l' \
		    \( -type d -printf '\n' -o -printf ' %T@ %s\n' \) | sort
		find "$tree" -type f ! -name '*.LOG' ! -name REPORTED \
		    ! -path '*/INVDATA/PL2*-*.raw' -exec sha256sum {} + | sort -k 2
	done
}

want_untouched() {
	look_before=$1
	shift
	look_after=$(look "$@")
	[ "$look_before" = "$look_after" ] || {
		printf '%s\n' "$look_before" >"$T/.before"
		printf '%s\n' "$look_after" >"$T/.after"
		fail "changed: $(diff "$T/.before" "$T/.after" | grep '^[<>]' | head -n 3 | tr '\n' ' ')"
	}
}

# Waits until a command is true, 10 s at most.
wait_for() {
	waited=0
	until "$@" >/dev/null 2>&1; do
		waited=$((waited + 1))
		[ $waited -lt 200 ] || return 1
		sleep 0.05
	done
}

# A user without rights, where the test runs as root.
as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# in_memory: what the scenario makes stands in memory from here on, where it has
# a mount namespace of its own: hundreds of runs would wait for the disk.
in_memory() {
	[ -n "${OWN_MOUNTS:-}" ] &&
	    mount -t tmpfs -o size=256m,mode=755 tmpfs "$T" 2>/dev/null || return 0
	new_client
}

# new_client: an empty machine; its files stand in $T/sys, its SMS.INI is $INI.
new_client() {
	chmod -R u+w "$T/sys" 2>/dev/null
	rm -rf "${T:?}/sys" "${T:?}/home" "${T:?}/pc"
	mkdir -p "$T/sys" "$T/home" "$T/pc"
	INI=$T/pc/SMS.INI
	CLIENT=$T/sys/opt/sms
	STATE_ROOT=$T/sys/var/lib/sms
	if [ "${SYSTEM:-}" = windows ]; then
		CLIENT="$T/sys/Program Files/MS/SMS"
		STATE_ROOT=$T/sys/ProgramData/MS/SMS
	fi
	STATE=$STATE_ROOT/STATE
	INVDATA=$STATE_ROOT/INVDATA
	: "$INVDATA"	# for the scenarios of the monitor
}

# new_site: an empty source and logon root, and a policy that takes unsigned
# lists. add FILE TEXT puts a source file there.
new_site() {
	rm -rf "${T:?}/src" "${T:?}/root"
	mkdir -p "$T/src"
	SRC=$T/src
	ROOT=$T/root
	POLICY=$T/policy.ini
	printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"
	printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\n' >"$SRC/DOMAIN.INI"
}

add() {
	mkdir -p "$(dirname "$SRC/$1")"
	printf '%s' "$2" >"$SRC/$1"
}

publish() {
	"$BIN/publish" /s:"$SRC" /p:"$ROOT" "$@"
}

cli_nt() {
	"$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" "$@"
}

# The site's own log stands beside the client's tree, not in it.
release() {
	(SMS_SYSROOT=$T/site publish "$@") >"$T/.published" 2>&1 ||
		fail "publish: $(head -c 300 "$T/.published")"
}

# A client that has taken what the source holds now.
ready() {
	new_client
	release "$@"
	run cli_nt
	[ "$code" -eq 0 ] || fail "the first install: exit $code: $err"
}

relist() {
	sed "$1" "$ROOT/cl_nt.txt" >"$ROOT/cl_nt.new"
	mv "$ROOT/cl_nt.new" "$ROOT/cl_nt.txt"
}

# The store's file of a destination, written as in the list: BIN\\X.
stored() {
	stored_digest=$(awk -v name="$1" 'index($0, name "=") == 1 {
		split(substr($0, length(name) + 2), part, ","); print part[2] }' \
	    "$ROOT/cl_nt.txt")
	echo "$ROOT/store/$(echo "$stored_digest" | cut -c 1-2)/$stored_digest"
}

# Leaks are not looked for: that cannot be done under a tracer.
traced() {
	traced_calls=$1
	shift
	run env ASAN_OPTIONS=detect_leaks=0 strace -f -y -s 300 \
	    -e trace="$traced_calls" -o "$T/.trace" \
	    "$BIN/cli_nt" /p:"$ROOT" /i:"$INI" /c:"$POLICY" "$@"
}

# What the traced run opened below a folder: names relative to it.
opened_in() {
	sed -n "s#.*open.* = [0-9]*<$1/\([^>]*\)>.*#\1#p" "$T/.trace" | sort -u
}

# hanging FOLDER... -- SWITCH...: cli_nt, while every open in those folders takes
# a minute. The tracer itself would wait for the reader that is left behind: when
# cli_nt has ended it is told to go.
hanging() {
	cat >"$T/record" <<'END'
#!/bin/sh
"$@" >"$0.out" 2>"$0.err" </dev/null
echo $? >"$0.new"
mv "$0.new" "$0.code"
END
	rm -f "$T/record.code"
	slow=
	while [ "$1" != -- ]; do
		slow="$slow -P $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null $slow \
	    -e inject=openat:delay_enter=60s sh "$T/record" \
	    "$BIN/cli_nt" /i:"$INI" /c:"$POLICY" "$@" 2>/dev/null &
	tracer=$!
	wait_for test -e "$T/record.code" || wait_for test -e "$T/record.code" ||
		wait_for test -e "$T/record.code"
	kill -9 $tracer
	wait $tracer 2>/dev/null
	run recorded
}

recorded() {
	cat "$T/record.out"
	cat "$T/record.err" >&2
	[ -e "$T/record.code" ] || { echo 'has not ended after 30 s' >&2; return 99; }
	return "$(cat "$T/record.code")"
}

version_of() {
	ini "$ROOT/cl_nt.txt" SMS CopyListVersion
}

# The client is as the list says, and nothing is left over.
want_installed() {
	want_ini "$INI" SMS CopyListVersion "$(version_of)"
	want_ini "$INI" Local SetupPhase installed
	want_no_file "$CLIENT/.stage"
	want_no_file "$STATE/JOURNAL"
	# (INVDATA is others' too: there only what is old is swept.)
	[ -z "$(find "$T/sys" "$T/pc" -name INVDATA -prune -o -name '*.tmp' -print 2>/dev/null)" ] ||
		fail "left over: $(find "$T/sys" "$T/pc" -name '*.tmp')"
}

export SMS_SYSROOT="$T/sys" SMS_IDENTITY=test-machine SMS_HOST=PLN-WS017
export HOME="$T/home" LC_ALL=C
unset XDG_STATE_HOME SMS_INI SMS_POLICY SMS_CLOCK SMS_UNC 2>/dev/null
new_client
