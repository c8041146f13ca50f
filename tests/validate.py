#!/usr/bin/env python3
"""validate.py SCHEMA FILE...: each line of the files is a JSON document; says where one does not fit the schema (1).
77: python3-jsonschema is not here."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
failed = False
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            for error in validator.iter_errors(json.loads(line)):
                where = "/".join(str(part) for part in error.absolute_path)
                print(f"{path}:{number}: /{where}: {error.message[:300]}")
                failed = True
sys.exit(1 if failed else 0)
