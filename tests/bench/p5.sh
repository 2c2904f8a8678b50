# P5: a first installation, every file verified, all or nothing, on the disk
# when it is done; beside copies that verify nothing. Each run has a folder of
# its own, and nothing is deleted before the end: inodes that were just freed
# make the file system slow at making new ones.
# shellcheck shell=sh

# p5_install WORK FILES BYTES ROUNDS
p5_install() {
	say "P5: install $1"
	site_of "$2" "$3"
	runs=$T/p5-$2-$3
	mkdir "$runs"
	goal P5 "$1" median 1.5 'cp -a; sync -f'
	set -- "$4" -- "P5|$1|ours|cli_nt" 0 : mkdir -p "$runs/{}/sys" : sync -f "$T" \
	    + "SMS_SYSROOT=$runs/{}/sys" "$BIN/cli_nt" "/p:$ROOT" \
	    "/i:$runs/{}/SMS.INI" "/c:$POLICY" \
	    -- "P5|$1|peer|cp -a; sync -f" 0 : mkdir -p "$runs/{}" : sync -f "$T" \
	    + cp -a "$SRC/DATA" "$runs/{}" + sync -f "$runs/{}"
	rounds=$1
	shift
	! have rsync || set -- "$@" -- "$(echo "$2" | sed 's/ours.*/peer|rsync --fsync/')" 0 \
	    : mkdir -p "$runs/{}" : sync -f "$T" \
	    + rsync -a --fsync "$SRC/DATA" "$runs/{}"
	timed -n "$rounds" -w 0 "$@"
}

row_p5() {
	p5_install '200 files, 51 MB' 200 255000 $((8 / SHORT + 1))
	p5_install '100 files of 13 KB' 100 13400 $((14 / SHORT + 1))
	p5_install '1000 files of 13 KB' 1000 13400 $((6 / SHORT + 1))
	p5_install '10000 files of 13 KB' 10000 13400 $((1 / SHORT + 1))
}
