# Words of the rows of the bench, beside those of tests/scenario/lib.sh.
# Sourced by bench.sh.
#
#   say TEXT		what is going on, for whoever waits
#   timed ARGUMENTS	measure, its lines kept; NAME of a subject is
#			ROW|WORK|ROLE|WHO, with ours, peer or floor as the role
#   noted ROW WORK ROLE WHO UNIT VALUE...	figures that measure did not take
#   goal ROW WORK STAT FACTOR WHO	ours is at most FACTOR times what WHO
#			took; WHO may be ms, KiB or 1, then FACTOR is the limit.
#			STAT: median or p99
#   have PROGRAM	false where it is missing, which the table then says
#   site_of N BYTES	a published site with N files, in $T/siteN-BYTES;
#			sets SRC, ROOT, POLICY
#   client_of NAME	the places of a client of its own in $T/NAME;
#			sets INI, SYS, and SMS_SYSROOT
# shellcheck shell=sh disable=SC2034 # the rows use what is set here

BENCH=$top/build/posix/bench
DATA=$T/data.tsv
MISSING=$T/missing
pids=
: >"$DATA"
: >"$MISSING"

say() {
	echo "# $(($(date +%s) - began)) s: $*" >&2
}

timed() {
	"$BENCH/measure" "$@" >"$T/.measured" 2>"$T/.complaints" ||
		die "measure: $(tail -n 3 "$T/.complaints")"
	took ms "$T/.measured"
}

# took UNIT FILE: its lines join the others; measure says microseconds.
took() {
	awk -F '\t' -v OFS='\t' -v unit="$1" '{
		n = split($1, part, "|")
		if (n != 4) exit 1
		for (i = 3; i <= NF; i++) $i /= 1000
		$1 = part[1] OFS part[2] OFS part[3] OFS part[4] OFS unit
		print
	}' "$2" >>"$DATA" || die 'a name with other than four parts'
}

noted() {
	noted_as="$1	$2	$3	$4	$5"
	shift 5
	printf '%s\n' "$@" | sort -n | awk -v OFS='\t' -v as="$noted_as" '
		{ v[NR] = $1 }
		function at(part) { i = int(1 + part * (NR - 1) + 0.5); return v[i] }
		END { print as, NR, v[1], at(0.25), at(0.5), at(0.75), at(0.99) }
	' >>"$DATA"
}

goal() {
	printf '%s\t%s\tgoal\t%s\t%s\t%s\n' "$@" >>"$DATA"
}

have() {
	command -v "$1" >/dev/null 2>&1 && return 0
	grep -qx "$1" "$MISSING" || echo "$1" >>"$MISSING"
	return 1
}

die() {
	echo "bench: $*" >&2
	exit 1
}

site_of() {
	SRC=$T/site$1-$2/src
	ROOT=$T/site$1-$2/root
	POLICY=$T/policy.ini
	[ ! -d "$ROOT" ] || return 0
	mkdir -p "$SRC"
	printf '[Security]\r\nAllowUnsigned=yes\r\n' >"$POLICY"
	printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\n' >"$SRC/DOMAIN.INI"
	python3 "$top/tests/bench/files.py" "$SRC" "$1" "$2"
	SMS_SYSROOT=$T/site publish >"$T/.out" 2>&1 ||
		die "publish: $(tail -n 3 "$T/.out")"
}

client_of() {
	SYS=$T/$1/sys
	INI=$T/$1/pc/SMS.INI
	SMS_SYSROOT=$SYS
	mkdir -p "$SYS" "$T/$1/pc"
}

# start PROGRAM...: in the background, ended with the bench; $! is its number.
start() {
	"$@" >"$T/.started" 2>&1 </dev/null &
	pids="$pids $!"
}

stop_all() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
	for pid in $pids; do
		wait "$pid" 2>/dev/null
	done
	pids=
}

# watches PID: it holds an inotify watch.
watches() {
	cat "/proc/$1/fdinfo/"* 2>/dev/null | grep -q '^inotify'
}

clean_hook() { stop_all; }
