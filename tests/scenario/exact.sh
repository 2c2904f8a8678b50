# Words of the exact_ scenarios, beside those of lib.sh: what a program asks of
# the system, counted. They use the optimised programs, as they are installed,
# and a folder of fixed depth: each folder above is looked at.
#
#   traced_all COMMAND...	runs it under strace; $T/.trace has all its calls
#   counted FILE [N]	the calls of $T/.trace by name, in FILE; behind line N
#   want_bound TABLE FILE START	no call in FILE more often than tests/data/exact/TABLE
#			says, beyond what a mere start makes (START), nor all
#			together than its line "all" says
#   reads FILE, opens FILE	how often the traced run did that; a pattern
#   files_opened FOLDER	what it opened below it, folders left out
#   many N		a source of N files
# shellcheck shell=sh disable=SC2034 # the scenarios use what is set here

rm -rf "${T:?}"
T=$(mktemp -d /tmp/exact.XXXXXX)
chmod 755 "$T"
SMS_SYSROOT=$T/sys
HOME=$T/home
new_client

traced_all() {
	run strace -f -y -s 64 -o "$T/.trace" "$@"
}

# An unfinished call and its resumption are one; so are a wait and what the kernel
# makes of it when the whole machine stood still meanwhile.
counted() {
	sed -n "${2:+1,$2d;}"'/restart_syscall(/d
		s/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' "$T/.trace" | sort | uniq -c |
		awk '{ print $2, $1 }' >"$1"
}

want_bound() {
	over=$(awk '
		FILENAME == ARGV[1] && !/^#/ && NF == 2 { most[$1] = $2 }
		FILENAME == ARGV[2] { start[$1] = $2 }
		FILENAME == ARGV[3] && $2 - start[$1] > most[$1] {
			printf "%s %d times, not %d; ", $1, $2 - start[$1], most[$1]
		}
		FILENAME == ARGV[3] && $2 > start[$1] { all += $2 - start[$1] }
		END { if (all > most["all"]) printf "%d calls, not %d", all, most["all"] }
		' "$top/tests/data/exact/$1" "$3" "$2")
	[ -z "$over" ] || fail "$over"
	[ -s "$2" ] || fail 'no call was seen'
}

many() {
	python3 "$top/tests/bench/files.py" "$SRC" "$1" 64
}

reads() {
	grep -c "^[0-9]* *p\{0,1\}read[v0-9]*([0-9]*<$1>" "$T/.trace" || :
}

# files_opened FOLDER: files, not folders, below it that the traced run opened,
# a line for each time.
files_opened() {
	sed -n "s#.*open.* = [0-9]*<\($1/[^>]*\)>.*#\1#p" "$T/.trace" |
	while read -r path; do
		[ -d "$path" ] || echo "${path#"$1/"}"
	done
}

opens() {
	grep -c "open.* = [0-9]*<$1>" "$T/.trace" || :
}
