# P2: cli_nt while no logon server can be reached: servers that do not exist,
# and servers that take a request and never answer (hang.c).
# shellcheck shell=sh

# p2_client KIND N: an SMS.INI that names N servers.
p2_client() {
	client_of "p2-$1$2"
	{
		printf '[SMS]\r\n[Servers]\r\n'
		seq 1 "$2" | awk '{ printf "Server%d=%d\r\n", $1, $1 }'
	} >"$INI"
}

row_p2() {
	say 'P2: no server can be reached'
	site_of 10 64
	set --
	for count in 1 10 100; do
		p2_client dead $count
		set -- "$@" -- "P2|$count dead servers|ours|cli_nt" 69 + \
		    "SMS_SYSROOT=$SYS" "SMS_UNC=$T/net-dead" \
		    "$BIN/cli_nt" "/i:$INI" "/c:$POLICY"
		goal P2 "$count dead servers" p99 2500 ms
	done
	timed -n $((20 / SHORT + 1)) "$@"
	for count in 1 10 100; do
		p2_client hang $count
		"$BENCH/hang" $count "$T/net-$count" "$BENCH/measure" -n 3 -w 0 \
		    -- "P2|$count hanging servers|ours|cli_nt" 69 + \
		    "SMS_SYSROOT=$SYS" "SMS_UNC=$T/net-$count" \
		    "$BIN/cli_nt" "/i:$INI" "/c:$POLICY" \
		    >"$T/.measured" 2>"$T/.complaints"
		case $? in
		0) took ms "$T/.measured"
			goal P2 "$count hanging servers" p99 2500 ms ;;
		77) echo 'servers that hang (mount)' >>"$MISSING" ;;
		*) die "measure: $(tail -n 3 "$T/.complaints")" ;;
		esac
	done
}
