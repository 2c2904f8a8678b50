#!/bin/sh
# A mixed site: the program for POSIX publishes, clients of Linux and of Windows
# run over the one folder, eight "PCs" with names and disks of their own at once,
# by the path of the share.
. "$(dirname "$0")/lib.sh"

PCS='PLN-WS001 PLN-WS002 PLN-WS003 PLN-WS004 PLN-WS005 PLN-WS006 PLN-WS007 PLN-WS008'

# Every PC is a session; its disk T: is a folder of its own.
make_pc() {
	host=$1
	WINEPREFIX=$T/wine.$host
	export WINEPREFIX
	cp -a "$template" "$WINEPREFIX"
	sessions="$sessions $WINEPREFIX"
	mkdir -p "$T/$host"
	cp "$POLICY" "$T/$host"
	drive t "$T/$host"
	share PLN-DC1 SMSLOGON "$ROOT"
	hosted wineserver -p
}

# on PC PROGRAM WORD...
on() {
	host=$1
	shift
	WINEPREFIX=$T/wine.$host SMS_SYSROOT='T:\sys' SMS_IDENTITY=board-of-$host \
	    launched "$WIN_BIN/$1.exe" '/p:\\PLN-DC1\SMSLOGON' \
	    '/i:T:\SMS.INI' '/c:T:\policy.ini'
}

linux_client() {
	mkdir -p "$T/linux"
	SMS_SYSROOT=$T/linux/sys SMS_HOST=pln-lx001 SMS_IDENTITY=board-of-lx \
	    "$BIN/cli_nt" /p:"$ROOT" /i:"$T/linux/SMS.INI" /c:"$POLICY"
}

# All clients at once; each code goes to $T/code.NAME.
everybody() {
	for pc in $PCS; do
		(unset SMS_HOST; on "$pc" cli_nt >"$T/said.$pc" 2>&1; echo $? >"$T/code.$pc") &
	done
	(linux_client >"$T/said.linux" 2>&1; echo $? >"$T/code.linux") &
	"$@"
	wait
}

want_codes() {
	for client in linux $PCS; do
		[ "$(cat "$T/code.$client")" = "$1" ] ||
			fail "$client ended with $(cat "$T/code.$client"): $(head -c 300 "$T/said.$client")"
	done
}

# want_client FOLDER SMS.INI FILE...: those files of the source and no others.
want_client() {
	client_folder=$1
	client_ini=$2
	shift 2
	client_wanted=$(cd "$SRC" && sha256sum "$@")
	client_has=$(cd "$client_folder" && find . -type f | sed 's|^\./||' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum)
	[ "$client_wanted" = "$client_has" ] ||
		fail "$client_folder holds $(echo "$client_has" | sed 's/^[^ ]* *//' | tr '\n' ' ')"
	want_ini "$client_ini" SMS CopyListVersion "$(version_of)"
}

want_clients() {
	want_client "$T/linux/sys/opt/sms" "$T/linux/SMS.INI" BIN/both 'DATA/Größe 1.txt'
	for pc in $PCS; do
		set -- BIN/both 'DATA/Größe 1.txt'
		[ "$pc" != PLN-WS003 ] || set -- "$@" ONE/w3
		set -- "$@" WIN/w
		want_client "$T/$pc/sys/Program Files/MS/SMS" "$T/$pc/SMS.INI" "$@"
		want_ini "$T/$pc/SMS.INI" Local MachineName "$pc"
	done
}

release_all() {
	add BIN/both "$1 for all"
	add 'DATA/Größe 1.txt' "$1 with an umlaut"
	add WIN/w "$1 for Windows"
	add ONE/w3 "$1 for one"
	add AGENT/agent "$1 agent"
	release
}

begin 'wine: eight PCs and a Linux client install from one share at once'
if needs_built && needs_root; then
	make_template
	new_site
	printf '[Component STANDARD]\r\nType=files\r\n[Component WIN]\r\nType=files\r\nFiles=WIN/**\r\nWhen=os:windows\r\n[Component ONE]\r\nType=files\r\nFiles=ONE/**\r\nWhen=host:^PLN-WS003$\r\n[Component Agent]\r\nType=service\r\nService=AGENT\r\nBinary=AGENT/agent\r\nFiles=AGENT/**\r\n' >"$SRC/components.ini"
	release_all one
	for pc in $PCS; do
		make_pc "$pc"
	done
	everybody true
	want_codes 0
	want_clients
fi

begin 'wine: ... each has an ID of its own, and asked for its service once'
if needs_built && needs_root; then
	ids=$(for client in linux $PCS; do
		ini "$T/$client/SMS.INI" SMS 'SMS Unique ID'
	done | sort -u)
	[ "$(echo "$ids" | grep -c '^PL2')" = 9 ] || fail "the IDs are $ids"
	for id in $ids; do
		want_file "$ROOT/ccr.box/$id.CCR"
	done
	[ "$(find "$ROOT/ccr.box" -type f | wc -l)" = 9 ] ||
		fail "the box holds $(ls "$ROOT/ccr.box")"
fi

begin 'wine: ... follow to the next release, and one that comes meanwhile'
if needs_built && needs_root; then
	release_all two
	everybody release_all three
	for client in linux $PCS; do
		case $(cat "$T/code.$client") in
		0 | 75) ;;
		*) fail "$client ended with $(cat "$T/code.$client"): $(head -c 300 "$T/said.$client")" ;;
		esac
	done
	everybody true
	want_codes 0
	want_clients
fi

begin 'wine: ... and leave nothing behind on the share or in their folders'
if needs_built && needs_root; then
	[ -z "$(find "$T" -path "$T/wine.*" -prune -o \( -name '*.tmp' -o -name .stage -o -name JOURNAL \) -print)" ] ||
		fail "left: $(find "$T" -path "$T/wine.*" -prune -o \( -name '*.tmp' -o -name .stage -o -name JOURNAL \) -print)"
fi
