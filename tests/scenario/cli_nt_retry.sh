#!/bin/sh
# Trying again what could not be installed: NextTry, Tries, TriedVersion.
. "$(dirname "$0")/lib.sh"

seconds_of() {
	date -u -d "$(ini "$INI" 'Setup State' NextTry)" +%s
}

# after SECONDS: from now on it is so much later than the last NextTry
after() {
	clock=$(($(seconds_of) + $1))
	export SMS_CLOCK="+$((clock - $(date +%s)))"
}

lacking() {
	add DATA/b "b of $1"
	release
	rm "$(stored 'DATA\\b')"
}

new_site
add DATA/a 'a'
ready

begin 'twelve tries: the waits double from a minute to eight hours, a fifth more or less'
lacking 1
clock=$(date +%s)
wait=60
for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
	run cli_nt
	[ "$code" = 1 ] || fail "try $try: exit $code"
	want_ini "$INI" 'Setup State' Tries $try
	want_ini "$INI" 'Setup State' TriedVersion "$(version_of)"
	waited=$(($(seconds_of) - clock))
	# (Some seconds go by between the two clocks.)
	if [ $waited -lt $((wait * 4 / 5 - 2)) ] || [ $waited -gt $((wait * 6 / 5 + 5)) ]; then
		fail "try $try: the next one is $waited s away, wanted about $wait"
	fi
	after 2
	wait=$((wait * 2))
	[ $wait -le 28800 ] || wait=28800
done

begin '... before NextTry no more than the head is read, whoever logs on'
after -30
for logon in 1 2 3; do
	run cli_nt
	[ "$code" = 1 ] || fail "logon $logon: exit $code"
done
want_ini "$INI" 'Setup State' Tries 12

begin '/f overrides the wait, and counts as a try'
run cli_nt /f
want_code 1
want_ini "$INI" 'Setup State' Tries 13

begin 'a new list begins anew, at once'
lacking 2
run cli_nt
want_code 1
want_ini "$INI" 'Setup State' Tries 1
want_ini "$INI" 'Setup State' TriedVersion "$(version_of)"

begin 'a clock that was in the future and is set back does not make it wait for years'
export SMS_CLOCK=+100000000
run cli_nt /f
want_code 1
want_ini "$INI" 'Setup State' Tries 2
unset SMS_CLOCK
run cli_nt
want_code 1
want_ini "$INI" 'Setup State' Tries 3
waited=$(($(seconds_of) - $(date +%s)))
[ $waited -lt 400 ] || fail "the next try is $waited s away"

begin 'a clock set back by some hours makes it wait for no more than these'
export SMS_CLOCK=-20000
run cli_nt
want_code 1
want_ini "$INI" 'Setup State' Tries 3
after 1
run cli_nt
want_code 1
want_ini "$INI" 'Setup State' Tries 4

begin 'what comes in ends it: no try is noted any more'
after 1
# The store has it again.
add DATA/b 'b of 2'
(SMS_SYSROOT=$T/site publish /f) >/dev/null 2>&1
run cli_nt
want_code 0
want_installed
for key in Tries NextTry TriedVersion; do
	want_ini "$INI" 'Setup State' $key ''
done
want_ini "$INI" WorkstationStatus FilesNotDownloaded ''
