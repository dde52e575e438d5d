"""Looks at a token as RDS does: exit code 0 lets the user in. PAM gives user and token in the environment.

The signature is that of AWS's version 4 for a presigned request, written here from its description, without the SDK:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import json
import os
import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote

with open(sys.argv[1], encoding="utf-8") as file:
    settings = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    endpoints = json.load(file)

host, _, query = os.environ["PAM_AUTHTOK"].partition("/?")
fields = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))
key_id, date, region, service, end = fields["X-Amz-Credential"].split("/")
key = settings["keys"].get(key_id)
signed_at = datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
age = datetime.now(timezone.utc) - signed_at


def refuse(why):
    print(why, file=sys.stderr)
    sys.exit(1)


def hmac_of(secret, text):
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()


if key is None:
    refuse("unknown key")
if host not in endpoints:
    refuse("another endpoint")
if (region, service, end) != (settings["region"], "rds-db", "aws4_request"):
    refuse("another region or service")
if fields["Action"] != "connect" or fields["DBUser"] != os.environ["PAM_USER"]:
    refuse("another user")
if fields.get("X-Amz-Security-Token") != key["sessionToken"]:
    refuse("another session token")
if not timedelta(minutes=-5) < age < timedelta(seconds=min(int(fields["X-Amz-Expires"]), 900)):
    refuse("expired, or a clock that is wrong")

canonical = "&".join(
    f"{quote(name, safe='~-_.')}={quote(value, safe='~-_.')}"
    for name, value in sorted(fields.items())
    if name != "X-Amz-Signature"
)
empty = hashlib.sha256(b"").hexdigest()
request = f"GET\n/\n{canonical}\nhost:{host}\n\nhost\n{empty}"
scope = f"{date}/{region}/{service}/{end}"
text = f"AWS4-HMAC-SHA256\n{fields['X-Amz-Date']}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
secret = f"AWS4{key['secretAccessKey']}".encode()
for part in (date, region, service, end):
    secret = hmac_of(secret, part)
if not hmac.compare_digest(hmac_of(secret, text).hex(), fields["X-Amz-Signature"]):
    refuse("another signature")
if key.get("isForbidden"):
    refuse("no rds-db:connect")
