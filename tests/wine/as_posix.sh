#!/bin/sh
# as_posix.sh PROGRAM WORD...: runs PROGRAM.exe as the scenarios run programs of
# POSIX. The test's folder $T is the drive T: of the session, all else stands in
# Z:, and what the program says of both is said as POSIX has it. $WIN_BIN holds
# the .exe files, $WINEPREFIX the session, $launch is launch.c.

# path_of PATH
path_of() {
	case $1 in
	"$T"*) printf 'T:/%s' "${1#"$T"}" ;;
	*) printf 'Z:%s' "$1" ;;
	esac
}

# of_session WORD: the word as the .exe takes it.
of_session() {
	case $1 in
	//* | [-/]?://*) printf '%s' "$1" ;;
	[-/]?:/*) printf '%.3s' "$1" && path_of "${1#??:}" ;;
	--*=/*) printf '%s=' "${1%%=*}" && path_of "${1#*=}" ;;
	[-/]?:*) printf '%s' "$1" ;;
	/*/*) path_of "$1" ;;
	*) printf '%s' "$1" ;;
	esac
}

as_posix() {
	sed "s#T:/#$T/#g; s#Z:/#/#g" "$1"
}

program=Z:$WIN_BIN/$1.exe
shift
count=$#
while [ "$count" -gt 0 ]; do
	word=$(of_session "$1" && echo .)
	shift
	set -- "$@" "${word%.}"
	count=$((count - 1))
done
for name in SMS_SYSROOT SMS_INI SMS_POLICY SMS_UNC; do
	eval "value=\${$name:-}"
	[ -z "$value" ] || export "$name=$(path_of "$value")"
done
[ -z "${HOME:-}" ] || export "LOCALAPPDATA=$(path_of "$HOME/AppData/Local")"
export LC_ALL=C.UTF-8 # words of a command line are UTF-8
said=$(mktemp -d "${TMPDIR:-/tmp}/as_posix.XXXXXX") || exit 2
for try in 1 2; do # what Wine has not even begun is begun once more
	wine "$launch" "Z:$said/code" "$program" "$@" >"$said/out" \
	    2>"$said/err"
	code=$?
	[ ! -s "$said/code" ] || break
	echo "try $try, code $code: $program" >>"${launch%/*}/not-begun"
done
read -r value <"$said/code"
case $value in
*[!0-9]* | '') ;;
*) code=$((value & 255)) ;;
esac 2>/dev/null
as_posix "$said/out"
as_posix "$said/err" >&2
rm -rf "$said"
exit "$code"
