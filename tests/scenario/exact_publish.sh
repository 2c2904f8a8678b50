#!/bin/sh
# publish: what a run asks of the source when nothing, and when one file changed.
BIN=${EXACT_BIN:-$(dirname "$0")/../../build/posix/bin}
BIN=$(cd "$BIN" && pwd) || exit 2
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/exact.sh"

# What says which file is where is read each time; it is no file of a component.
sources() {
	files_opened "$SRC" | grep -vx -e DOMAIN.INI -e components.ini
}

published() {
	release
	# What was changed less than two seconds ago would be read again.
	find "$SRC" -exec touch -d '1 hour ago' {} +
	release
	traced_all "$BIN/publish" /s:"$SRC" /p:"$ROOT"
	want_code 0
}

begin 'publish, nothing changed: no file of the source is opened'
if needs strace && needs python3; then
	new_site
	many 1000
	published
	want_out 'nothing changed'
	[ -z "$(sources)" ] ||
		fail "opened: $(sources | head -n 3 | tr '\n' ' ')"
	grep -q "$SRC/DATA" "$T/.trace" || fail 'the trace shows nothing'
fi

begin 'publish, nothing changed: no file of the store is opened'
if needs strace && needs python3; then
	[ "$(opens "$ROOT/store/.*")" = 0 ] || fail "$(opens "$ROOT/store/.*") files"
fi

begin 'publish, one file changed: it alone is opened, once, and read once'
if needs strace && needs python3; then
	head -c 300000 /dev/zero >"$SRC/DATA/D000/F00007.DAT"
	touch -d '30 minutes ago' "$SRC/DATA/D000/F00007.DAT"
	traced_all "$BIN/publish" /s:"$SRC" /p:"$ROOT"
	want_code 0
	want_out 'published'
	[ "$(sources)" = DATA/D000/F00007.DAT ] ||
		fail "opened: $(sources | head -n 3 | tr '\n' ' ')"
	bytes=$(sed -n "s#^[0-9]* *read([0-9]*<$SRC/DATA/D000/F00007.DAT>.* = ##p" "$T/.trace" |
		awk '{ sum += $1 } END { print sum + 0 }')
	[ "$bytes" = 300000 ] || fail "$bytes bytes of 300000 were read"
fi

begin 'publish, one file touched: it is read once, and nothing is copied'
if needs strace && needs python3; then
	touch -d '25 minutes ago' "$SRC/DATA/D000/F00007.DAT"
	traced_all "$BIN/publish" /s:"$SRC" /p:"$ROOT"
	want_code 0
	want_out 'nothing changed'
	[ "$(sources)" = DATA/D000/F00007.DAT ] || fail "opened: $(sources)"
	[ -z "$(files_opened "$ROOT/store")" ] ||
		fail "in the store: $(files_opened "$ROOT/store")"
fi

begin 'publish, one file changed: each content is looked for once in the store'
if needs strace && needs python3; then
	[ "$(opens "$ROOT/store/../[0-9a-f]*")" = 0 ] ||
		fail "$(opens "$ROOT/store/../[0-9a-f]*") contents were read"
	traced_all "$BIN/publish" /version
	counted "$T/start"
	head -c 200000 /dev/zero >"$SRC/DATA/D000/F00007.DAT"
	touch -d '20 minutes ago' "$SRC/DATA/D000/F00007.DAT"
	traced_all "$BIN/publish" /s:"$SRC" /p:"$ROOT"
	want_code 0
	want_out 'published'
	counted "$T/calls"
	want_bound publish_changed.txt "$T/calls" "$T/start"
fi
