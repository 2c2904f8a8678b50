#!/bin/sh
# Faults of the original, told as administrators met them: which server a client
# asked, for how long, and what it believed of it. Each case carries the number
# of the article; doc/rules.md says at which change of the code it was seen to
# fail.
. "$(dirname "$0")/lib.sh"

# server NAME TEXT: a server of the site with a release of its own
server() {
	mkdir -p "$T/net/$1"
	add BIN/WHOSE.TXT "$2"
	ROOT=$T/net/$1/SMS_SHR
	release
}

# The client finds its server by SMS.INI alone.
alone() {
	"$BIN/cli_nt" /i:"$INI" /c:"$POLICY" "$@"
}

export SMS_UNC="$T/net"
new_site

begin 'Q166246: a session that begins with one server ends with it'
printf '[Component INVENTORY]\r\nType=service\r\nService=SMS_INV\r\nBinary=INV\\inv\r\nFiles=INV/**\r\n' >"$SRC/components.ini"
add INV/inv 'service'
server PLN-DC1 'the list of PLN-DC1'
server PLN-DC2 'the list of PLN-DC2'
printf '[SMS]\r\nSiteCode=PL2\r\nLastLogonServerPath=\\\\PLN-DC1\\SMS_SHR\r\n[Servers]\r\nServer1=PLN-DC1\r\nServer2=PLN-DC2\r\n' >"$INI"
if needs strace; then
	ROOT='\\PLN-DC2\SMS_SHR'
	traced openat,openat2,mkdirat,linkat,renameat,renameat2
	want_code 0
	want_text "$CLIENT/BIN/WHOSE.TXT" PLN-DC2
	grep -q "$T/net/PLN-DC1" "$T/.trace" &&
		fail "PLN-DC1: $(grep "$T/net/PLN-DC1" "$T/.trace" | head -n 1)"
	id=$(ini "$INI" SMS 'SMS Unique ID')
	want_file "$T/net/PLN-DC2/SMS_SHR/ccr.box/$id.CCR"
	want_no_file "$T/net/PLN-DC1/SMS_SHR/ccr.box/$id.CCR"
fi

begin 'Q162022: DOMAIN.INI is the one of the list, not one that lies about'
printf '[SMS]\r\nSiteCode=PL9\r\n[Servers]\r\nDomain=ELSEWHERE\r\n' >"$T/net/PLN-DC1/SMS_SHR/DOMAIN.INI"
cp "$T/net/PLN-DC1/SMS_SHR/DOMAIN.INI" "$T/net/PLN-DC2/SMS_SHR/DOMAIN.INI"
new_client
ROOT='\\PLN-DC2\SMS_SHR'
run cli_nt
want_code 0
want_ini "$INI" SMS SiteCode PL2
want_ini "$INI" Servers Domain PLANT2

begin 'Q155626: the server that was given is still known at the next start'
want_ini "$INI" SMS LastLogonServerPath //PLN-DC2/SMS_SHR
server PLN-DC2 'the second list of PLN-DC2'
run alone
want_code 0
want_text "$CLIENT/BIN/WHOSE.TXT" 'the second list of PLN-DC2'

begin 'Q155626: ... also when the first installation has to wait for a file'
new_client
piece=$(stored 'BIN\\WHOSE.TXT')
mv "$piece" "$T/piece"
ROOT='\\PLN-DC2\SMS_SHR'
run cli_nt
want_code 1
mv "$T/piece" "$piece"
run alone /f
want_code 0
want_text "$CLIENT/BIN/WHOSE.TXT" 'the second list of PLN-DC2'

begin 'Q153288: the server that was used is used again, while others answer too'
server PLN-DC1 'a list of PLN-DC1'
sed -i 's/^\[Servers\]/&\r\nServer1=PLN-DC1\r\nServer2=PLN-DC2/' "$INI"
for round in 1 2 3 4 5; do
	server PLN-DC2 "list $round of PLN-DC2"
	run alone
	want_code 0
	want_text "$CLIENT/BIN/WHOSE.TXT" "list $round of PLN-DC2"
done

begin 'Q140145: the twelfth server of a site is asked as well'
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\n' >"$SRC/DOMAIN.INI"
number=0
while [ $number -lt 12 ]; do
	number=$((number + 1))
	printf 'Server%s=PLN-DC%s\r\n' $number $number
done >>"$SRC/DOMAIN.INI"
server PLN-DC2 'twelve servers'
run alone
want_code 0
want_ini "$INI" Servers Server12 PLN-DC12
mv "$T/net/PLN-DC1" "$T/net/off1"
mv "$T/net/PLN-DC2" "$T/net/PLN-DC12"
server PLN-DC12 'the list of PLN-DC12'
run alone
want_code 0
want_text "$CLIENT/BIN/WHOSE.TXT" PLN-DC12
want_ini "$INI" SMS LastLogonServerPath //PLN-DC12/SMS_SHR

begin 'Q171589, Q185345, Q192462: eight servers that hang keep nobody from the ninth'
new_client
slow=
printf '[SMS]\r\n[Servers]\r\n' >"$INI"
for number in 1 2 3 4 5 6 7 8; do
	mkdir -p "$T/net/SLOW$number/SMS_SHR"
	printf 'Server%s=SLOW%s\r\n' $number $number >>"$INI"
	slow="$slow $T/net/SLOW$number/SMS_SHR"
done
printf 'Server9=PLN-DC12\r\n' >>"$INI"
if needs strace; then
	# shellcheck disable=SC2086
	hanging $slow --
	want_code 0
	want_no_err
	want_text "$CLIENT/BIN/WHOSE.TXT" PLN-DC12
fi

begin 'Q185344: no network at logon is told and changes nothing; with it, all is done'
new_client
ROOT='\\PLN-DC12\SMS_SHR'
run cli_nt
want_code 0
server PLN-DC12 'while they were away'
before=$(look "$T/sys" "$T/pc")
mv "$T/net" "$T/unplugged"
run alone
want_code 69
want_err '//PLN-DC12/SMS_SHR: '
want_untouched "$before" "$T/sys" "$T/pc"
mv "$T/unplugged" "$T/net"
run alone
want_code 0
want_text "$CLIENT/BIN/WHOSE.TXT" 'while they were away'
want_installed

begin 'Q187335: a change of the site alone is a change'
printf '[Component STANDARD]\r\nType=files\r\n[Component SITE3]\r\nType=files\r\nFiles=SITE3/**\r\nWhen=domain:^PLANT2$ site:^PL3$\r\n' >"$SRC/components.ini"
rm -r "$SRC/INV"
add SITE3/ONLY.TXT 'for PL3'
release /force
run alone
want_code 0
want_no_file "$CLIENT/SITE3/ONLY.TXT"
sed -i 's/^SiteCode=.*/SiteCode=PL3\r/' "$SRC/DOMAIN.INI"
release
sed -i 's/^SiteCode=.*/SiteCode=PL3\r/' "$INI"
sed -i "s/^CopyListVersion=.*/CopyListVersion=$(version_of)\\r/" "$INI"
run alone	# the number says that nothing is new
want_code 0
want_text "$CLIENT/SITE3/ONLY.TXT" 'for PL3'

begin 'Q188045, Q174793: domain, site and dates of files that are as they were cost one look'
touch -d '2030-01-01' "$INI" "$ROOT/cl_nt.txt" "$ROOT/DOMAIN.INI"
want_ini "$INI" 'Setup State' Facts 'domain=PLANT2;site=PL3'
if needs strace; then
	traced openat,openat2
	want_code 0
	[ "$(opened_in "$ROOT")" = cl_nt.txt ] || fail "opened: $(opened_in "$ROOT" | tr '\n' ' ')"
	[ "$(grep -c "<$ROOT/" "$T/.trace")" = 1 ] || fail 'the list was opened more than once'
fi

begin 'Q151309: looking whether there is anything new writes nothing to the server'
before=$(look "$T/net")
for logon in 1 2 3; do
	run alone
	want_code 0
	[ -z "$out$err" ] || fail "logon $logon said: $out$err"
done
want_untouched "$before" "$T/net"
if needs strace; then
	traced openat,openat2,mkdirat,linkat,renameat,renameat2,unlinkat
	want_code 0
	grep "$T/net" "$T/.trace" | grep -E 'O_(CREAT|WRONLY|RDWR)|(mkdir|link|rename|unlink)at' >"$T/.writes"
	[ ! -s "$T/.writes" ] || fail "wrote: $(head -n 1 "$T/.writes")"
fi

begin 'Q133387: names of machines, servers and keys in another letter case are the same'
printf '[Component STANDARD]\r\nType=files\r\n[Component MINE]\r\nType=files\r\nFiles=SITE3/**\r\nWhen=host:^pln-WS domain:^plant2$\r\n' >"$SRC/components.ini"
release /force
new_client
printf '[sms]\r\nsitecode=PL3\r\n[servers]\r\nDOMAIN=Plant2\r\nSERVER1=PLN-DC12\r\n[SHARE]\r\nserver1=SMS_SHR\r\n' >"$INI"
SMS_HOST=Pln-Ws017 run alone
want_code 0
want_file "$CLIENT/SITE3/ONLY.TXT"
want_ini "$INI" SMS CopyListVersion "$(version_of)"
[ "$(grep -ci '^\[servers\]' "$INI")" = 1 ] || fail 'a second [Servers]'

begin 'Q195702, Q200791: without PATH and folders of the system the outcome is the same'
before=$(look "$T/sys" "$T/pc")
run env -i SMS_SYSROOT="$SMS_SYSROOT" SMS_UNC="$SMS_UNC" SMS_HOST=Pln-Ws017 \
    SMS_IDENTITY=test-machine "$BIN/cli_nt" /i:"$INI" /c:"$POLICY"
want_code 0
want_untouched "$before" "$T/sys" "$T/pc"
server PLN-DC12 'without a PATH'
run env -i SMS_SYSROOT="$SMS_SYSROOT" SMS_UNC="$SMS_UNC" SMS_HOST=Pln-Ws017 \
    SMS_IDENTITY=test-machine "$BIN/cli_nt" /i:"$INI" /c:"$POLICY"
want_code 0
want_text "$CLIENT/BIN/WHOSE.TXT" 'without a PATH'

begin 'Q288218: who finds another at work on the client leaves it alone'
new_client
ROOT='\\PLN-DC12\SMS_SHR'
run cli_nt
want_code 0
server PLN-DC12 'the next list'
before=$(look "$T/sys" "$T/pc")
exec 8>>"$STATE/LOCK"
flock 8
run alone
want_code 75
want_err "$STATE: another client setup is at work; try later"
want_untouched "$before" "$T/sys" "$T/pc"
exec 8>&-
run alone
want_code 0
want_text "$CLIENT/BIN/WHOSE.TXT" 'the next list'

begin 'Q153408: servers that the site has no more leave SMS.INI'
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\nServer1=PLN-DC1\r\nServer2=PLN-DC2\r\nServer3=PLN-DC3\r\n[Share]\r\nServer1=SMS_SHR\r\nServer3=OLD_SHR\r\n' >"$SRC/DOMAIN.INI"
release
ready
want_ini "$INI" Servers Server3 PLN-DC3
want_ini "$INI" Share Server3 OLD_SHR
printf '[Servers]\r\nServerRoom=2.14\r\n' >>"$INI"
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\nServer1=PLN-DC9\r\n[Share]\r\nServer1=SMS_SHR\r\n' >"$SRC/DOMAIN.INI"
release
run cli_nt
want_code 0
want_ini "$INI" Servers Server1 PLN-DC9
for gone in PLN-DC1 PLN-DC2 PLN-DC3 OLD_SHR; do
	grep -q "=$gone.\$" "$INI" && fail "SMS.INI still names $gone"
done
want_text "$INI" 'ServerRoom=2.14'

begin 'Q279752: a DOMAIN.INI without servers takes none away'
printf '[SMS]\r\nSiteCode=PL2\r\n' >"$SRC/DOMAIN.INI"
release
run cli_nt
want_code 0
want_ini "$INI" Servers Server1 PLN-DC9
want_ini "$INI" Share Server1 SMS_SHR
want_ini "$INI" SMS LastLogonServerPath "$ROOT"
