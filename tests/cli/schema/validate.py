"""validate.py SCHEMA FILE...: prints what is wrong in each YAML file by the JSON schema; exit status 1 when anything is."""
import json
import sys

import jsonschema
import yaml

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
status = 0
for path in sys.argv[2:]:
    for error in validator.iter_errors(yaml.safe_load(open(path))):
        print(f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message}"[:300])
        status = 1
sys.exit(status)
