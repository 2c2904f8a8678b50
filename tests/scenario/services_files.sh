#!/bin/sh
# The files of scripts/services, as an administrator installs them by hand: units
# that systemd finds no fault in, and folders that runit runs.
. "$(dirname "$0")/lib.sh"

NAMES='SMS_CLIENT_CONFIG_MANAGER:ccm SMS_INVENTORY_AGENT_NT:invwin32'
watcher=
mkdir "$T/bin" "$T/etc"
SVDIR=$T/etc/service
export SVDIR

# Programs that stay, in a place of the test's own.
for pair in $NAMES; do
	# shellcheck disable=SC2016	# is for the program
	printf '#!/bin/sh\necho "$$" >"%s/%s.pid"\nexec sleep 1000\n' "$T" \
	    "${pair#*:}" >"$T/bin/${pair#*:}"
	chmod 755 "$T/bin/${pair#*:}"
done

# moved FILE: the file with the programs' place replaced by that of the test
moved() {
	sed "s|/opt/sms/BIN|$T/bin|g" "$1"
}

# The runsvdir of this test alone, by its id; its services end with it.
end_services() {
	[ -n "$watcher" ] || return 0
	kill -HUP "$watcher" && wait "$watcher"
	watcher=
	for pair in $NAMES; do
		i=0
		while [ "$i" -lt 100 ] && kill -0 "$(cat "$T/${pair#*:}.pid")" \
		    2>/dev/null; do
			i=$((i + 1))
			sleep 0.1
		done
	done
}

clean_hook() {
	end_services
}

begin 'services by hand: systemd finds no fault in the units'
if needs systemd-analyze; then
	for pair in $NAMES; do
		unit=${pair%:*}.service
		grep -q "^ExecStart=/opt/sms/BIN/${pair#*:}\$" \
		    "$SCRIPTS/services/systemd/$unit" ||
			fail "$unit starts something else"
		moved "$SCRIPTS/services/systemd/$unit" >"$T/$unit"
		run systemd-analyze verify "$T/$unit"
		want_code 0
		want_no_err
	done
fi

begin 'services by hand: runit runs them, again when they end, and stops them'
if needs runsvdir && needs sv; then
	mkdir "$SVDIR"
	for pair in $NAMES; do
		name=${pair%:*}
		mkdir "$T/etc/$name"
		moved "$SCRIPTS/services/runit/$name/run" >"$T/etc/$name/run"
		[ -x "$SCRIPTS/services/runit/$name/run" ] ||
			fail "$name/run cannot be executed"
		chmod 755 "$T/etc/$name/run"
		ln -s "$T/etc/$name" "$SVDIR/$name"
	done
	runsvdir "$SVDIR" 2>/dev/null &
	watcher=$!
	for pair in $NAMES; do
		name=${pair%:*}
		i=0
		while [ "$i" -lt 100 ] && ! [ -s "$T/${pair#*:}.pid" ]; do
			i=$((i + 1))
			sleep 0.1
		done
		first=$(cat "$T/${pair#*:}.pid")
		run sv status "$name"
		case $out in
		"run: $name: (pid $first)"*) ;;
		*) fail "$name: $out" ;;
		esac
		kill "$first"
		i=0
		while [ "$i" -lt 100 ] &&
		    [ "$(cat "$T/${pair#*:}.pid")" = "$first" ]; do
			i=$((i + 1))
			sleep 0.1
		done
		[ "$(cat "$T/${pair#*:}.pid")" != "$first" ] ||
			fail "$name was not started again"
		run sv -w 20 stop "$name"
		want_code 0
		kill -0 "$(cat "$T/${pair#*:}.pid")" 2>/dev/null &&
			fail "$name still runs"
	done
	end_services
fi
