# Kill sweeps: a program is killed at its Nth call of each state-changing
# system call, N = 1, 2 ... until it ends by itself; then it runs again.
# Sourced by the sweeps, after the words of the scenarios.
#
#   sweep NAME	uses four functions of the caller:
#     prepare	puts the starting state there
#     victim	runs the program ("$@" is put before it: strace)
#     after_kill	judges what the kill left (calls fail)
#     again	runs the program again and judges the end (calls fail)

# Calls that change state, or make a file that does.
CALLS='openat mkdirat renameat renameat2 linkat symlinkat unlinkat write
pwrite64 ftruncate fsync fdatasync syncfs fchmod fchmodat fchown utimensat
flock fsetxattr fremovexattr'

# traced CALL N COMMAND...: kills it at its Nth CALL; 137 when that happened.
traced() {
	call=$1
	nth=$2
	shift 2
	strace -qq -o /dev/null -e trace="$call" \
	    -e inject="$call:signal=SIGKILL:when=$nth" "$@"
}

# counted FILE COMMAND...: the calls of one run, as strace -c counts them.
counted() {
	file=$1
	shift
	strace -c -o "$file" \
	    -e trace="$(echo "$CALLS" | tr ' \n' ',,')" "$@"
}

one_point() {
	prepare
	victim traced "$call_name" "$n" >"$T/.kill.out" 2>&1 </dev/null
	[ $? -eq 137 ] || return 1
	after_kill
	again
	[ -z "$case_bad" ] || case_bad="killed at $call_name $n: $case_bad"
	return 0
}

sweep() {
	begin "$1"
	prepare
	victim counted "$T/.counts" >"$T/.kill.out" 2>&1 </dev/null
	total=0
	summary=
	for call_name in $CALLS; do
		n=1
		while [ $n -le 5000 ] && [ -z "$case_bad" ] && one_point; do
			n=$((n + 1))
		done
		points=$((n - 1))
		counted=$(awk -v c="$call_name" '$NF == c { print $4 }' "$T/.counts")
		[ -n "$case_bad" ] || [ "$points" -ge "${counted:-0}" ] ||
			fail "$points points for $call_name, one run has $counted"
		[ $points -eq 0 ] || summary="$summary $call_name=$points"
		total=$((total + points))
	done
	[ $total -ge 50 ] || fail "only $total points"
	echo "# $1: $total points:$summary"
	finish
}
