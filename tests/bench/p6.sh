# P6: requests of machines whose services.ini says that they are current. The
# floor reads and renames every request; the peers look at services.ini too, and
# nothing of what they do survives a kill.
# shellcheck shell=sh

# p6_machines N: as ccm has left them, by copying the first.
p6_machines() {
	[ ! -d "$T/p6/PC00000" ] || return 0
	mkdir -p "$T/p6/PC00000" "$T/box"
	printf '[NT Client Configuration Request]\r\nMachine Name=PC00000\r\n' \
	    >"$T/box/PL200000.CCR"
	p6_ccm "$T/box" >"$T/.out" 2>&1 || die "ccm: $(tail -n 3 "$T/.out")"
	python3 - "$T/p6" "$1" <<-EOF
		import os, shutil, sys
		top, count = sys.argv[1], int(sys.argv[2])
		first = os.path.join(top, "PC00000")
		ini = open(os.path.join(first, "SMS.INI"), "rb").read()
		states = open(os.path.join(first, "STATE/services.ini"), "rb").read()
		for i in range(1, count):
		    state = os.path.join(top, "PC%05d" % i, "STATE")
		    os.makedirs(state)
		    with open(os.path.join(state, "../SMS.INI"), "wb") as file:
		        file.write(ini)
		    with open(os.path.join(state, "services.ini"), "wb") as file:
		        file.write(states)
	EOF
}

p6_ccm() {
	SMS_SYSROOT=$T/p6-site "$BIN/ccm" /once "/q:$1" "/t:$T/p6/%m" \
	    "/p:$ROOT" "/c:$T/p6.ini"
}

row_p6() {
	say 'P6: requests that wait'
	site_of 10 64
	printf '[Security]\r\nAllowUnsigned=yes\r\n[Machines]\r\nAllow=PC\\d+\r\n' \
	    >"$T/p6.ini"
	p6_machines 100000
	for count in 1000 10000 100000; do
		work="$count requests"
		goal P6 "$work" median 2.2 'read and rename'
		timed -n 5 -s $((120 / SHORT)) \
		    -- "P6|$work|ours|ccm /once" 0 \
		    : python3 "$top/tests/bench/requests.py" "$T/box" $count \
		    + "SMS_SYSROOT=$T/p6-site" "$BIN/ccm" /once "/q:$T/box" \
		    "/t:$T/p6/%m" "/p:$ROOT" "/c:$T/p6.ini" \
		    -- "P6|$work|peer|python" 0 \
		    : python3 "$top/tests/bench/requests.py" "$T/pybox" $count "$T/pydone" \
		    + python3 "$top/tests/bench/take.py" "$T/pybox" "$T/pydone" "$T/p6" \
		    -- "P6|$work|floor|read and rename" 0 \
		    : python3 "$top/tests/bench/requests.py" "$T/flbox" $count "$T/fldone" \
		    + "$BENCH/floor_queue" "$T/flbox" "$T/fldone"
	done
}
