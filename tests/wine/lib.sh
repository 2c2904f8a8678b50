# Tests of the .exe files, under Wine. Sourced by each; gives the words of
# tests/scenario/lib.sh, where $BIN holds the programs for POSIX (they publish),
# and these:
#
#   needs_wine		false, and the case is skipped, where there is no Wine
#   needs_built		the same, where there are no .exe files either
#   session [NAME]	a Windows of its own, called NAME (PLN-WS017): its C: is
#			$C. What ran before in one of this test is ended
#   session_end
#   win PROGRAM WORD...	runs it there: one of ours by its name, or a path
#   share SERVER SHARE DIR	\\SERVER\SHARE is DIR now; without DIR it is
#			gone, as when the server is away
#   drive LETTER DIR	the same for a drive
#   path_of FILE	its name in the session: Z:\...
#   lines		standard input without its CRs
#
# WIN_BIN names the folder of the .exe files (default build/win32/bin). One
# template is made for all tests, in build/wine, and copied for each session.
#
# What differs from Windows, and matters here: share modes hold within one
# session only; a hidden file can be made anew and a read-only one replaced;
# ReportEvent stores nothing; symbolic links cannot be made from inside. The
# code does what Windows asks for all the same.
BIN=${BIN:-$(cd "$(dirname "$0")/../.." && pwd)/build/posix/bin}
. "$(dirname "$0")/../scenario/lib.sh"

WIN_BIN=$(cd "${WIN_BIN:-$top/build/win32/bin}" 2>/dev/null && pwd) || WIN_BIN=
template=$top/build/wine/template
launch=$top/build/wine/launch.exe
# Of a session's user Wine says that his rights are raised by user account control.
# It is turned off there, as for an administrator who has his rights from the
# beginning: SMS_* and files of his own count.
policies='HKLM\Software\Microsoft\Windows\CurrentVersion\Policies\System'
export launch
WINEDEBUG=${WINEDEBUG:--all}
# Neither .NET nor a browser is asked for, nor menus made.
WINEDLLOVERRIDES='mscoree=;mshtml=;winemenubuilder.exe='
# What Wine's server keeps while it runs.
TMPDIR=$top/build/wine/tmp
mkdir -p "$TMPDIR"
export WINEDEBUG WINEDLLOVERRIDES TMPDIR
unset DISPLAY WINEPREFIX
LC_ALL=C.UTF-8 # words of a command line are UTF-8
export LC_ALL
host=PLN-WS017
sessions=

needs_wine() {
	needs wine || return
	needs wineserver
}

needs_built() {
	needs_wine || return
	[ -n "$WIN_BIN" ] || {
		skip 'the .exe files are not built: make PLATFORM=win32'
		return 1
	}
}

# A prefix is 700 MB, most of it copies of Wine's own files: links do as well.
slim() {
	find "$1/drive_c/windows" -type f -size +1k | while read -r file; do
		for folder in /usr/lib/*/wine /usr/lib/wine /opt/wine-*/lib64/wine; do
			for own in "$folder"/*-windows/"${file##*/}"; do
				cmp -s "$own" "$file" || continue
				ln -sf "$own" "$file"
				break 2
			done
		done
	done
}

in_template() {
	WINEPREFIX=$template.new "$@"
}

# Made once, by whoever comes first, and complete or not there.
make_template() {
	[ ! -f "$template/ready" ] || [ ! -f "$launch" ] || return 0
	mkdir -p "$top/build/wine"
	(
		flock 9
		x86_64-w64-mingw32-gcc -municode -O1 -Wall -o "$launch.new" \
		    "$top/tests/wine/launch.c" && mv "$launch.new" "$launch" ||
			exit
		[ ! -f "$template/ready" ] || exit 0
		rm -rf "$template.new" "$template"
		in_template wine wineboot -i && in_template wine winecfg -v win10 &&
			in_template wine reg add "$policies" /v EnableLUA \
			    /t REG_DWORD /d 0 /f
		in_template wineserver -k
		in_template wineserver -w
		slim "$template.new" && touch "$template.new/ready" &&
			mv "$template.new" "$template"
	) 9>"$top/build/wine/lock" >"$top/build/wine/log" 2>&1 </dev/null
}

# hosted COMMAND...: on a machine called $host.
hosted() {
	if [ "$(id -u)" = 0 ]; then
		# shellcheck disable=SC2016
		unshare -u sh -c 'hostname "$0" && exec "$@"' "$host" "$@"
	else
		"$@"
	fi
}

session() {
	session_end
	host=${1:-PLN-WS017}
	make_template || {
		fail "no prefix: the end of $top/build/wine/log says why"
		return 1
	}
	export WINEPREFIX="$T/wine.$host"
	[ -d "$WINEPREFIX" ] || cp -a "$template" "$WINEPREFIX"
	C=$WINEPREFIX/drive_c
	: "$C"	# for the tests
	sessions="$sessions $WINEPREFIX"
	hosted wineserver -p
	hosted wine cmd /c exit >/dev/null 2>&1 </dev/null
}

session_end() {
	[ -n "${WINEPREFIX:-}" ] || return 0
	wineserver -k
	wineserver -w
	unset WINEPREFIX
}

# Every session of this test, and nobody else's, is ended with it.
clean_hook() {
	for prefix in $sessions; do
		WINEPREFIX=$prefix wineserver -k
		WINEPREFIX=$prefix wineserver -w
	done
}

path_of() {
	printf 'Z:%s' "$1" | tr / "\\\\"
}

# What the programs are told of places they are told by names that are good in
# the session.
win() {
	win_program=$1
	shift
	case $win_program in
	*/* | *\\*) ;;
	*) [ ! -f "$WIN_BIN/$win_program.exe" ] ||
		win_program=$WIN_BIN/$win_program.exe ;;
	esac
	SMS_SYSROOT=$(path_of "$SMS_SYSROOT") SMS_HOST=${SMS_HOST:-$host} \
	    launched "$win_program" "$@"
}

# Wine itself ends now and then, on a machine with much to do, with 1 and
# without a word, before it has begun anything; that is noted for scripts/dev/check.
not_begun() {
	echo "try $1, code $2: $3" >>"$top/build/wine/not-begun"
}

# launched PROGRAM WORD...: wine, and the last eight bits of the exit code as the
# program gave it: launch.c says why. What Wine has not even begun is begun once
# more.
launched() {
	launched_code=$(mktemp "$T/code.XXXXXX")
	case $1 in
	/*) launched_program=$(path_of "$1") ;;
	*) launched_program=$1 ;;
	esac
	shift
	for launched_try in 1 2; do
		hosted wine "$launch" "$(path_of "$launched_code")" \
		    "$launched_program" "$@"
		launched_status=$?
		[ ! -s "$launched_code" ] || break
		not_begun "$launched_try" "$launched_status" "$launched_program"
	done
	read -r launched_value <"$launched_code" || launched_value=begun
	case $launched_value in
	*[!0-9]*) launched_value=$launched_status ;;
	esac
	rm -f "$launched_code"
	return $((launched_value & 255))
}

share() {
	mkdir -p "$WINEPREFIX/dosdevices/unc/$1"
	rm -f "$WINEPREFIX/dosdevices/unc/$1/$2"
	[ -z "${3:-}" ] || ln -s "$3" "$WINEPREFIX/dosdevices/unc/$1/$2"
}

drive() {
	rm -f "$WINEPREFIX/dosdevices/$1:"
	[ -z "${2:-}" ] || ln -s "$2" "$WINEPREFIX/dosdevices/$1:"
}

lines() {
	tr -d '\r'
}
