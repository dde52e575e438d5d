"""Takes the rows of a COPY on its input and puts them into S3 under the names of aws_s3, in parts of so many bytes.

    aws-s3-upload.py SETTINGS ANSWER BUCKET PATH

The answer, files and bytes, goes into a file that the server reads.
"""

import json
import sys

import boto3

settings_file, answer_file, bucket, path = sys.argv[1:]
with open(settings_file, encoding="utf-8") as file:
    settings = json.load(file)
s3 = boto3.client(
    "s3",
    endpoint_url=settings["endpoint"],
    region_name=settings["region"],
    aws_access_key_id=settings["accessKeyId"],
    aws_secret_access_key=settings["secretAccessKey"],
)
files = 0
total = 0
part = b""


def put():
    global files, total, part
    files += 1
    key = path if files == 1 else f"{path}_part{files}"
    s3.put_object(Bucket=bucket, Key=key, Body=part)
    total += len(part)
    part = b""


for line in sys.stdin.buffer:
    part += line
    if len(part) >= settings["partBytes"]:
        put()
if part or files == 0:
    put()
with open(answer_file, "w", encoding="utf-8") as file:
    file.write(f"{files} {total}")
