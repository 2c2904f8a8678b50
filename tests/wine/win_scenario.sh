#!/bin/sh
# win_scenario.sh NAME: the scenario tests/scenario/NAME.sh with the .exe files, in
# a session of Wine. What it publishes is published by the program for POSIX, as
# on a site of both.
#
# differs.txt names the cases that say nothing here, and why; they are run, for
# those after them stand on what they leave, and only not judged.
. "$(dirname "$0")/lib.sh"

begin "wine: $1"
needs_built || exit
session

mkdir -p "$T/bin"
ln -s "$BIN/publish" "$T/bin/publish"
for program in cli_nt climonnt cliver setclcfg; do
	printf '#!/bin/sh\nexec sh "%s/tests/wine/as_posix.sh" %s "$@"\n' \
	    "$top" "$program" >"$T/bin/$program"
	chmod 755 "$T/bin/$program"
done

export WIN_BIN
SYSTEM=windows BIN=$T/bin SCRIPTS=$top/scripts hosted \
    sh "$top/tests/scenario/$1.sh" >"$T/said" 2>&1
code=$?
awk -F '\t' -v scenario="$1" '
	function name_of(line) {
		sub(/^[a-zA-Z]+ /, "", line)
		return line
	}
	FILENAME == ARGV[1] {
		if ($1 == scenario) why[$2] = $3
		next
	}
	/^(ok|FAIL|skip) / {
		name = name_of($0)
		for (known in why)
			if (index(name, known) == 1) {
				print "# not judged: " known ": " why[known]
				met[known] = 1
				next
			}
		sub(/^[a-zA-Z]+ /, "&wine: ")
	}
	{ print }
	END {
		for (known in why)
			if (!(known in met))
				print "FAIL wine: differs.txt: " scenario \
				    " has no case " known
	}' "$top/tests/wine/differs.txt" "$T/said" >"$T/judged"
cat "$T/judged"
if grep -Eq '^(ok|FAIL) ' "$T/judged"; then
	# shellcheck disable=SC2034 # the cases have spoken for themselves
	case_name=
	! grep -q '^FAIL ' "$T/judged" || exit 1
else
	fail "no case was judged; it ended with $code: $(tail -n 1 "$T/said")"
fi
