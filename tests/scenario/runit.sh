# Words for scenarios with the real runit, over a folder of services of their
# own. Sourced after lib.sh.
#
#   needs_runit	runsvdir watches $SVDIR; false, and the case is skipped, where
#		runit is not installed
#   runit_end	it and all its services are ended, by their ids; clean_hook
#		does this too
#   service NAME VERSION [BODY]	puts a service's program into the source, which
#		notes in $T/started that it was started
#   list NAME...	puts components into the source: services that need each
#		other in this order
#   runs NAME VERSION	fails unless that one was started last, and runs
#   is_started NAME VERSION	was it the one that was started last?
#   boxes	the requests in the box and below it, by name
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

service() {
	add "BIN/$1" "#!/bin/sh
# version $2
echo \"$1 $2 \$\$\" >>'$T/started'
${3:-while :; do sleep 60; done}
"
}

list() {
	listed_after=
	: >"$SRC/components.ini"
	for listed; do
		cat >>"$SRC/components.ini" <<-EOF
			[Component $listed]
			Type=service
			Service=$listed
			Binary=BIN\\$listed
			Settle=1
			${listed_after:+After=$listed_after}
			Files=BIN/$listed
		EOF
		listed_after=$listed
	done
	printf '[Flags]\nBIN/*=x\n' >>"$SRC/components.ini"
}

runs() {
	is_started "$1" "$2" || fail "$1 $2 was not started: $(cat "$T/started" 2>/dev/null)"
	kill -0 "$(awk -v n="$1" '$1 == n { p = $3 } END { print p }' "$T/started")" \
	    2>/dev/null || fail "$1 does not run"
}

is_started() {
	[ "$(awk -v n="$1" '$1 == n { v = $2 } END { print v }' "$T/started" 2>/dev/null)" = "$2" ]
}

boxes() {
	find "$ROOT/ccr.box" -iname '*.ccr' | sed "s#^$ROOT/ccr.box/##" | sort | tr '\n' ' '
}
