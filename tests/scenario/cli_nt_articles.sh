#!/bin/sh
# Faults of the original that must not come back, each under the number of the
# article that told of it; those that other scenarios do not show.
. "$(dirname "$0")/lib.sh"

new_site
add BIN/ONE.EXE 'one'

begin 'Q153408: servers that the site has no more leave SMS.INI'
printf '[SMS]\r\nSiteCode=PL2\r\n[Servers]\r\nDomain=PLANT2\r\nServer1=PLN-DC1\r\nServer2=PLN-DC2\r\nServer3=PLN-DC3\r\n[Share]\r\nServer1=SMS_SHR\r\nServer3=OLD_SHR\r\n' >"$SRC/DOMAIN.INI"
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
	grep -q "$gone" "$INI" && fail "SMS.INI still names $gone"
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

begin 'Q185914: the letter case of a machine is no other machine'
new_client
SMS_IDENTITY=4C4C4544-0042-AB run cli_nt
want_code 0
id=$(ini "$INI" SMS 'SMS Unique ID')
SMS_IDENTITY=4c4c4544-0042-ab run cli_nt /f
want_code 0
want_no_err
want_ini "$INI" SMS 'SMS Unique ID' "$id"
new_client
SMS_IDENTITY=4c4c4544-0042-AB run cli_nt
want_ini "$INI" SMS 'SMS Unique ID' "$id"

begin 'Q162165: the SMS ID is in SMS.INI before anything is sent under it'
new_client
printf '[Component INVENTORY]\r\nType=service\r\nService=SMS_INV\r\nBinary=INV\\inv\r\nFiles=INV/**\r\n' >"$SRC/components.ini"
add INV/inv 'service'
release
if needs strace; then
	traced rename,renameat,renameat2
	want_code 0
	id=$(ini "$INI" SMS 'SMS Unique ID')
	want_file "$ROOT/ccr.box/$id.CCR"
	grep -oE '"(SMS\.INI|[^"]*\.CCR|[^"]*\.raw)"' "$T/.trace" |
	    head -n 1 >"$T/.first"
	want_text "$T/.first" '"SMS.INI"'
fi

begin 'Q171329: what is known of a machine is not replaced by nothing'
new_client
printf '[SMS]\r\nSMS Unique ID=PL20A01F\r\n[Local]\r\nNetCardID=00:A0:24:11:5E:07\r\nSystemRole=Server\r\n' >"$INI"
run cli_nt
want_code 0
want_ini "$INI" Local NetCardID 00:A0:24:11:5E:07
want_ini "$INI" Local SystemRole Server
want_ini "$INI" SMS 'SMS Unique ID' PL20A01F
