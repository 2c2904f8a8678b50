#!/bin/sh
# bench.sh [ROW...]: measures the rows (P1 ... P10; all of them), and prints one
# table: ours, other programs doing the like, and the least that is possible, in
# one run and by turns. It fails when something does not work, never by time.
#
#   SHORT=N	a part of the rounds, for trying; RECORD=1 puts the table into
#		doc/bench.md, between its two marks
began=$(date +%s)
BIN=${BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd) || exit 2
here=$(cd "$(dirname "$0")" && pwd)
SHORT=${SHORT:-1}
. "$here/../scenario/lib.sh"
. "$here/lib.sh"
. "$here/watchers.sh"

rows=
for file in "$here"/p[0-9]*.sh; do
	# shellcheck source=/dev/null
	. "$file"
	row=${file##*/}
	rows="$rows ${row%.sh}"
done
# shellcheck disable=SC2086
rows=$(printf '%s\n' $rows | sort -n -k 1.2)
[ $# -eq 0 ] || rows=$(echo "$@" | tr 'P,' 'p ')

machine() {
	flags=$(grep -m 1 '^flags' /proc/cpuinfo | tr ' ' '\n' |
		grep -x -e sha_ni -e avx2 | tr '\n' ' ')
	echo "$(date -u +%Y-%m-%dT%H:%MZ), clisetup $(cat "$top/VERSION") $(
		git -C "$top" rev-parse --short HEAD 2>/dev/null); $(nproc) cores, $(
		sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), ${flags:-no sha_ni }on Linux $(
		uname -r), $(df --output=fstype "$T" | tail -n 1), $(gcc --version | head -n 1)"
	echo
	lacking=$(tr '\n' ' ' <"$MISSING")
	echo "Load when it began $load, when it ended $(cut -d ' ' -f 1 /proc/loadavg);" \
	    "it took $(($(date +%s) - began)) s. Not installed: ${lacking:-nothing}"
	# Load of before: ours is in what it is at the end.
	echo "$load $(nproc)" | awk '$1 > $2 / 2 {
		print "\n**Others used the machine: what is met or not is to be taken again.**" }'
	echo
}

load=$(cut -d ' ' -f 1 /proc/loadavg)
for row in $rows; do
	command -v "row_$row" >/dev/null || die "no row $row"
	"row_$row"
	client_of none
done

{
	machine
	awk -f "$here/table.awk" "$DATA"
} >"$T/table.md"
[ -z "${KEEP_DATA:-}" ] || cp "$DATA" "$KEEP_DATA"
cat "$T/table.md"
if [ -n "${RECORD:-}" ]; then
	awk -v table="$T/table.md" '
		/^<!-- table/ { print; while ((getline line <table) > 0) print line
			skip = 1 }
		/^<!-- end/ { skip = 0 }
		!skip || /^<!-- end/' "$top/doc/bench.md" >"$T/bench.md" &&
		cp "$T/bench.md" "$top/doc/bench.md"
	say 'the table stands in doc/bench.md'
fi
