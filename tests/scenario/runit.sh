# Words for scenarios with the real runit, over a folder of services of their
# own. Sourced after lib.sh.
#
#   needs_runit	runsvdir watches $SVDIR; false, and the case is skipped, where
#		runit is not installed
#   runit_end	it and all its services are ended, by their ids; clean_hook
#		does this too
# shellcheck shell=sh

SVDIR=$T/service
export SVDIR
runsvdir=

needs_runit() {
	needs runsvdir && needs sv || return
	[ -n "$runsvdir" ] || {
		mkdir -p "$SVDIR"
		runsvdir "$SVDIR" >"$T/runsvdir.log" 2>&1 &
		runsvdir=$!
	}
}

runit_end() {
	[ -z "$runsvdir" ] || {
		kill -HUP "$runsvdir"
		wait "$runsvdir"
	} 2>/dev/null
	runsvdir=
	# What runsv has left behind when it was told to end.
	for supervise in "$SVDIR"/*/supervise/pid "$SVDIR"/.*/supervise/pid; do
		[ ! -s "$supervise" ] || kill "$(cat "$supervise")" 2>/dev/null
	done
}

clean_hook() {
	runit_end
}
