#!/bin/sh
# smsls.sh: brings the client that this machine is up to date at logon; the
# twin of SMSLS.BAT. The other .sh of this folder are other ways to start it.
#
#   smsls.sh [ROOT]			at logon: compares, works detached, and
#					is done within 2.5 s, silently
#   smsls.sh -wait [ROOT]		the same, but waits for the work
#   smsls.sh -by-hand ROOT [SWITCH...]	waits, and says what came of it; the
#					switches go to cli_nt
#   smsls.sh -start			start-up work: smswork, where installed
#
# ROOT is the logon root, a folder or \\server\share; without it that of
# /etc/sms/logon.conf counts, and without that the servers of SMS.INI. SMSLS=1
# in the environment makes it speak. Ends as the program does. What is written
# here is called, never sourced, so nothing of it stays in a user's shell.
set -u
unset CDPATH
sys=${SMS_SYSROOT:-}
limit=2.4	# seconds; the rest of 2.5 is for starting and ending
mode=logon
root=
program=
loud=${SMSLS:-}

say() {
	[ "$loud" != 1 ] || printf 'smsls: %s\n' "$*"
}

# told CODE: says what an exit code means, and returns it.
told() {
	case $1 in
	0) say 'all is well, or being worked on in the background' ;;
	1) say 'some components are not installed; they are tried again' ;;
	4) say 'requested; the client configuration manager installs it' ;;
	64) say 'wrong switches' ;;
	65) say 'bad input, nothing was changed' ;;
	69) say "no logon server can be reached${root:+: $root}" ;;
	75) say 'busy; next time' ;;
	194) say 'done; please restart this machine' ;;
	*) say "failed with $1; see CLI_NT.LOG" ;;
	esac
	return "$1"
}

# With root's rights only what nobody else can change is used: safe_way FILE,
# and every folder and link on the way to it. In a sticky folder nobody moves
# what is root's. A shell of its own, as it calls itself for what links name.
safe_way() (
	file=$1
	case $file in /*) ;; *) file=$(pwd)/$file ;; esac
	# This also ends links that go round.
	[ -e "$file" ] || exit 1
	set --
	while [ -n "$file" ]; do
		set -- "$@" "$file"
		file=${file%/*}
	done
	bad=$(find / "$@" -prune \( ! -user 0 -o ! -type l \
	    ! \( -type d -perm -1000 \) \
	    \( -perm -020 -o -perm -002 \) \) -print 2>&1)
	[ -z "$bad" ] || exit 1
	for file; do
		[ -h "$file" ] || continue
		link=$(readlink "$file")
		case $link in /*) ;; *) link=${file%/*}/$link ;; esac
		safe_way "$link" || exit 1
	done
)

# safe FILE...: all of them; a sticky folder is not good as the last of its way.
safe() {
	[ "$(id -u)" = 0 ] || return 0
	for safe_file; do
		safe_way "$safe_file" && [ -n "$(find -H "$safe_file" -prune \
		    ! -perm -020 ! -perm -002 2>/dev/null)" ] || return 1
	done
}

# value FILE SECTION KEY: of an INI; section '' is the top of the file. Key and
# section in small letters.
value() {
	LC_ALL=C awk -v section="$2" -v key="$3" '
		BEGIN { inside = section == "" }
		{
			sub(/\r$/, "")
			if (NR == 1)
				sub(/^\357\273\277/, "")
			gsub(/^[ \t]+|[ \t]+$/, "")
		}
		/^\[/ {
			sub(/\].*/, "")
			inside = tolower(substr($0, 2)) == section
			next
		}
		inside && (at = index($0, "=")) > 0 {
			name = tolower(substr($0, 1, at - 1))
			sub(/[ \t]+$/, "", name)
			if (name != key)
				next
			$0 = substr($0, at + 1)
			sub(/^[ \t]+/, "")
			print
			exit
		}' "$1"
}

is_program() {
	[ -f "$1" ] && [ -x "$1" ]
}

# installed NAME: sets program where the client has one of its own.
installed() {
	ini=${SMS_INI:-$sys/var/lib/sms/SMS.INI}
	bin=
	if [ -f "$ini" ] && [ -r "$ini" ] && safe "$ini"; then
		bin=$(value "$ini" sms smsbinpath | sed 's#\\#/#g')
	fi
	for bin in "$bin" "$sys/opt/sms/BIN"; do
		case $bin in /*) ;; *) continue ;; esac
		program=$bin/$1
		is_program "$program" || continue
		! safe "$bin" "$program" || return 0
		say "$program is not used: others than root can change it"
	done
	return 1
}

# The name of a root on this machine.
place_of() {
	case $1 in
	\\\\* | //*)
		printf '%s/%s' "${SMS_UNC:-/net}" \
		    "$(printf '%s' "$1" | sed 's#\\#/#g; s#^//*##')" ;;
	*) printf '%s' "$1" ;;
	esac
}

# Sets program to that of the share which bin/CURRENT.TXT names. 1: none is to
# be taken; 69: none can be.
shared() {
	if [ -z "$root" ]; then
		say 'no client here, and no logon root is named'
		return 1
	fi
	if [ "$mode" != by-hand ] && [ "$(id -u)" = 0 ]; then
		say 'no client here, and root starts nothing from a share but' \
		    'by hand, with runsms.sh'
		return 1
	fi
	place=$(place_of "$root")
	version=
	[ ! -r "$place/bin/CURRENT.TXT" ] ||
		IFS= read -r version <"$place/bin/CURRENT.TXT" || :
	version=${version%"$(printf '\r')"}
	case $version in '' | .* | */* | *\\*) version=/ ;; esac
	program=$place/bin/$version/cli_nt
	is_program "$program" || {
		say "no program in $place/bin: is the server away, or is" \
		    '"make site" to be run there?'
		return 69
	}
}

# run SWITCH...: cli_nt with the logon root.
run() {
	installed cli_nt || shared || {
		code=$?
		[ $code != 1 ] || code=0
		return $code
	}
	say "$program${root:+ for $root}"
	set -- ${root:+"-p:$root"} "$@"
	[ "${SMSLS:-}" != 1 ] || set -- "$@" -v
	if [ "$loud" = 1 ]; then
		"$program" "$@" </dev/null
	else
		"$program" "$@" </dev/null >/dev/null 2>&1
	fi
	told $?
}

# Our own lines in the pipe begin with this; what a program prints when it is
# asked to speak must not look like one.
tag() {
	printf @
	[ "$loud" != 1 ] || od -An -N8 -tx8 /dev/urandom | tr -d ' \n'
}

# Says after $limit seconds that it takes too long.
timer() {
	# shellcheck disable=SC2154
	trap 'kill $nap; exit' TERM
	sleep $limit 2>/dev/null &
	nap=$!
	wait $nap
	echo "${mark}late"
}

# Prints what comes until somebody says how it ended.
relay() {
	clock=
	while IFS= read -r line; do
		case $line in
		"${mark}timer "*) clock=${line#"$mark"timer } ;;
		"${mark}end "*)
			[ -z "$clock" ] || kill "$clock" 2>/dev/null
			return "${line#"$mark"end }" ;;
		"${mark}late")
			say "not waited for any longer${root:+: $root}"
			return 69 ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	return 69
}

# What hangs on a dead share cannot always be ended, so it is not waited for:
# the pipe alone is read.
limited() {
	mark=$(tag)
	{
		timer 2>/dev/null </dev/null &
		echo "${mark}timer $!"
		{
			run "$@" 2>&1
			echo "${mark}end $?"
		} </dev/null 2>/dev/null &
	} | relay
}

start_up() {
	installed smswork || {
		say 'no smswork is installed: nothing to do'
		return 0
	}
	"$program" </dev/null
}

main() {
	case ${1:-} in
	-wait | -by-hand | -start)
		mode=${1#-}
		shift ;;
	-*)
		echo "smsls: $1: see the top of $0" >&2
		return 64 ;;
	esac
	# PATH of a user may lack everything, or name strange folders first.
	PATH=/usr/bin:/bin:/usr/sbin:/sbin
	conf=$sys/etc/sms/logon.conf
	if [ $# -gt 0 ]; then
		root=$1
		shift
	elif [ -f "$conf" ] && [ -r "$conf" ] && safe "$conf"; then
		root=$(value "$conf" '' root)
	fi
	case $mode in
	logon) limited -bg ;;
	wait) run ;;
	by-hand)
		loud=1
		run "$@" ;;
	start) start_up ;;
	esac
}

# One line: a file that is replaced meanwhile is not read on.
main "$@"; exit
