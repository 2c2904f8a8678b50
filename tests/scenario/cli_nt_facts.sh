#!/bin/sh
# The facts that the conditions of the installed list asked for: a change of one
# of them makes a run look at everything anew, and a change of nothing else does.
# A run that does so finds that a file is missing, and brings it back.
. "$(dirname "$0")/lib.sh"

# Facts that cannot be changed here are changed in what was noted of them.
noted() {
	sed "s/$1=[a-z0-9_]*/$1=other/" "$T/ini" >"$INI"
}

kept() {
	sed "s/^$1=.*/$1=$2\r/" "$T/ini" >"$INI"
}

# changed FACT: a run on a machine of which this fact is another one
changed() {
	case $1 in
	os | arch) noted "$1"; run cli_nt ;;
	host) SMS_HOST=LAB-1 run cli_nt ;;
	lang) LC_ALL=de_DE.UTF-8 run cli_nt ;;
	domain) kept Domain PLANT9; run cli_nt ;;
	site) kept SiteCode PL9; run cli_nt ;;
	esac
}

# asked FACT: a client with a list that asks for this fact alone
asked() {
	printf '[Component STANDARD]\r\nType=files\r\n[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\nWhen=%s:.\r\n' "$1" >"$SRC/components.ini"
	new_client
	release /force
	run cli_nt
	[ "$code" -eq 0 ] || fail "exit $code: $err"
	cp "$INI" "$T/ini"
	cp -a "$T/sys" "$T/keep"
}

again() {
	rm -rf "${T:?}/sys"
	cp -a "$T/keep" "$T/sys"
	cp "$T/ini" "$INI"
	rm "$CLIENT/DATA/a"
}

new_site
add DATA/a 'a'
add EXTRA/b 'b'

for asks in os arch host lang domain site; do
	begin "a list that asks for $asks: a change of $asks is looked at, no other"
	asked $asks
	[ "$(ini "$INI" 'Setup State' Facts | cut -d = -f 1)" = $asks ] ||
		fail "noted: $(ini "$INI" 'Setup State' Facts)"
	for other in os arch host lang domain site; do
		again
		changed $other
		[ "$code" -eq 0 ] || fail "$other: exit $code: $err"
		if [ $other = $asks ]; then
			[ -e "$CLIENT/DATA/a" ] || fail "a change of $asks is not seen"
		elif [ -e "$CLIENT/DATA/a" ]; then
			fail "a change of $other is looked at"
		fi
	done
	rm -rf "${T:?}/keep"
done

begin 'a list without conditions asks for no fact at all'
printf '[Component STANDARD]\r\nType=files\r\n' >"$SRC/components.ini"
new_client
release /force
run cli_nt
want_code 0
want_ini "$INI" 'Setup State' Facts ''
cp "$INI" "$T/ini"
rm "$CLIENT/DATA/a"
for other in os arch host lang domain site; do
	changed $other
	[ "$code" -eq 0 ] || fail "$other: exit $code: $err"
	want_no_file "$CLIENT/DATA/a"
done

begin 'what follows from a fact is done at once, and undone with it'
printf '[Component STANDARD]\r\nType=files\r\n[Component EXTRA]\r\nType=files\r\nFiles=EXTRA/**\r\nWhen=lang:0407$ host:ws017\r\n' >"$SRC/components.ini"
new_client
release /force
run cli_nt
want_code 0
want_no_file "$CLIENT/EXTRA"
LC_ALL=de_DE.UTF-8 run cli_nt
want_code 0
want_text "$CLIENT/EXTRA/b" b
want_ini "$INI" WorkstationStatus InstalledComponents 'STANDARD, EXTRA'
run cli_nt
want_code 0
want_no_file "$CLIENT/EXTRA"
want_ini "$INI" WorkstationStatus InstalledComponents STANDARD
