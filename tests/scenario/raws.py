"""raws.py BOX COUNT: inventories of COUNT machines as a mover names them, every
tenth with a wrong digest."""
import hashlib
import sys

box, count = sys.argv[1], int(sys.argv[2])
for i in range(count):
    smsid = 'PL2%06d' % i
    body = ('[Identity]\r\nSMS Unique ID=%s\r\nDate=2026-11-20T12:00:00Z\r\n'
            '[System]\r\nModel=M%d\r\n[Software]\r\na=1\r\n' % (smsid, i)).encode()
    said = body if i % 10 else body + b'x'
    text = b'SMSRAW 1 %s 0.1.0 %d\r\n%sEND %s\r\n' % (
        smsid.encode(), len(body), body,
        hashlib.sha256(said).hexdigest().encode())
    with open('%s/%s-1795176000000000000-%d.RAW' % (box, smsid, len(text)),
              'wb') as f:
        f.write(text)
