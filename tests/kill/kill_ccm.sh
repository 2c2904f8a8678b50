#!/bin/sh
# ccm killed at every state-changing call while it updates two services, one of
# which needs the other: the files of a component are the old or the new ones,
# the request is somewhere, and the next run completes all of it, both services
# up. `sv` is a stub which notes what it was told; no service settles.
BIN=${BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd)
. "$(dirname "$0")/../scenario/lib.sh"
. "$(dirname "$0")/lib.sh"

SVDIR=$T/service
STUB=$T/stub
export SVDIR STUB
mkdir -p "$T/bin"
cat >"$T/bin/sv" <<'EOF'
#!/bin/sh
# sv [-w SECONDS] COMMAND FOLDER: as runit's says it.
[ "$1" != -w ] || shift 2
name=${2##*/}
[ -d "$2" ] || { echo "fail: $2: unable to change to service directory: file does not exist"; exit 1; }
case $1 in
status)
	if [ -f "$STUB/$name" ]; then
		echo "run: $2: (pid $(cat "$STUB/$name")) 9s"
	else
		echo "down: $2: 9s, normally up"
	fi ;;
start | up)
	[ -f "$STUB/$name" ] || {
		echo "$$" >"$STUB/$name"
		echo "start $name $(sed -n 's/^# version //p' "$STUB/../sys/opt/sms/BIN/$name")" >>"$STUB/log"
	} ;;
stop | down | kill | exit | force-stop)
	[ ! -f "$STUB/$name" ] || echo "stop $name" >>"$STUB/log"
	rm -f "$STUB/$name" ;;
esac
exit 0
EOF
chmod 755 "$T/bin/sv"
PATH=$T/bin:$PATH

ccm() {
	"$BIN/ccm" /p:"$ROOT" /i:"$INI" /c:"$POLICY" /once
}

service() {
	add "BIN/$1" "#!/bin/sh
# version $2
exec sleep 60
"
}

request() {
	printf '[NT Client Configuration Request]\r\nMachine Name=%s\r\n' \
	    "${SMS_HOST:-$(hostname | cut -d . -f 1)}" \
	    >"$ROOT/ccr.box/$(ini "$INI" SMS 'SMS Unique ID').CCR"
}

prepare() {
	rm -rf "$T/sys" "$T/pc" "$T/root" "$SVDIR" "$STUB"
	cp -a "$T/start/." "$T"
}

# What is run, by the sweep and by itself ("$@": strace).
victim() {
	"$@" "$BIN/ccm" /p:"$ROOT" /i:"$INI" /c:"$POLICY" /once
}

requests() {
	find "$ROOT/ccr.box" -iname '*.ccr' ! -path '*/done/*' | wc -l
}

version_in() {
	sed -n 's/^# version //p' "$CLIENT/BIN/$1"
}

is_done() {
	[ "$(version_in FIRST)" = two ] && [ "$(version_in SECOND)" = two ] &&
		[ -f "$STUB/FIRST" ] && [ -f "$STUB/SECOND" ]
}

after_kill() {
	case $(version_in FIRST),$(version_in SECOND) in
	one,one | two,one | one,two | two,two) ;;
	*) fail "a program is neither: $(version_in FIRST), $(version_in SECOND)" ;;
	esac
	[ "$(requests)" -le 1 ] || fail "$(requests) requests"
	[ "$(requests)" -eq 1 ] || is_done || fail 'the request is lost'
}

again() {
	run victim
	want_code 0
	is_done || fail "not done: $(version_in FIRST), $(version_in SECOND), $(ls "$STUB"), $(cat "$STUB/log")"
	[ "$(requests)" -eq 0 ] || fail 'the request stays'
	want_ini "$STATE/services.ini" FIRST 'Current Installation State' Started
	[ -z "$(ini "$STATE/services.ini" FIRST Stopped)" ] || fail 'Stopped stays'
	want_ini "$INI" Local SetupPhase installed
	want_no_file "$STATE/JOURNAL"
	[ -z "$(find "$ROOT/ccr.box/processing" -type f ! -path '*/machines/*' 2>/dev/null)" ] ||
		fail "left: $(find "$ROOT/ccr.box/processing" -type f | head -n 3 | tr '\n' ' ')"
}

in_memory
new_client
new_site
mkdir -p "$SVDIR" "$STUB"
add DATA/A.TXT one
cat >"$SRC/components.ini" <<'EOF'
[Component FIRST]
Type=service
Service=FIRST
Binary=BIN\FIRST
Settle=0
Files=BIN/FIRST
[Component SECOND]
Type=service
Service=SECOND
Binary=BIN\SECOND
Settle=0
After=FIRST
Files=BIN/SECOND
[Flags]
BIN/*=x
EOF
service FIRST one
service SECOND one
release
begin 'the stub of sv starts what ccm installs'
run cli_nt
run ccm
want_code 0
is_up() { [ -f "$STUB/FIRST" ] && [ -f "$STUB/SECOND" ]; }
is_up || fail "started: $(ls "$STUB")"
service FIRST two
service SECOND two
release
run cli_nt
want_code 0
[ "$(requests)" -eq 1 ] || fail 'no request'
mkdir "$T/start"
cp -a "$T/sys" "$T/pc" "$T/root" "$SVDIR" "$STUB" "$T/start"
sweep 'ccm killed at every call of an update of two services'
