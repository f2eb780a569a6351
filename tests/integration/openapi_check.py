"""openapi_check.py URL TOKEN APP: asks for everything that the daemon's own OpenAPI description promises, and validates
every reply against it. Prints what is wrong; exit status 1 when anything is."""
import hmac
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

import jsonschema

base, token, app = sys.argv[1:4]
problems = []


def call(method, path, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + "/api/v1" + path, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            if reply.headers.get_content_type() == "text/event-stream":
                return reply.status, reply.headers.get_content_type(), reply.readline().decode()
            return reply.status, reply.headers.get_content_type(), reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read().decode()


_, _, text = call("GET", "/openapi.json")
description = json.loads(text)


def inline(schema):
    """The schema with the components where its references find them."""
    return {**schema, "components": description["components"]}


def check(where, operation, status, content_type, text):
    response = operation["responses"].get(str(status))
    if response is None:
        problems.append(f"{where}: status {status} is not described: {text[:200]}")
        return
    content = response.get("content", {}).get(content_type)
    if content is None:
        problems.append(f"{where}: {status} with {content_type} is not described")
        return
    if content_type != "application/json":
        return
    for error in jsonschema.Draft202012Validator(inline(content["schema"])).iter_errors(json.loads(text)):
        problems.append(f"{where}: {status}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")


count = 0
for path, methods in description["paths"].items():
    for method, operation in methods.items():
        count += 1
        method = method.upper()
        schemes = [name for each in operation.get("security", []) for name in each]
        headers = {"Authorization": "Bearer " + token} if schemes else {}
        example = None
        if "requestBody" in operation:
            example = dict(operation["requestBody"]["content"]["application/json"]["example"])
            if "app" in example:
                example["app"] = app
        if "github" in schemes:  # the webhook's secret is the same as the token
            signature = hmac.new(token.encode(), json.dumps(example).encode(), "sha256").hexdigest()
            headers = {"X-Hub-Signature-256": "sha256=" + signature, "X-GitHub-Event": "workflow_job"}
        name = f"{method} {path}"
        status, kind, text = call(method, path.replace("{app}", app), example, headers)
        if status >= 300:
            problems.append(f"{name}: the example is answered with {status}: {text[:200]}")
        check(name, operation, status, kind, text)
        if "{app}" in path:
            check(name + " of nobody", operation, *call(method, path.replace("{app}", "nobody"), example, headers))
        if headers:
            status, kind, text = call(method, path.replace("{app}", app), example)
            if status != 401:
                problems.append(f"{name}: without the token it is answered with {status}")
            check(name + " without the token", operation, status, kind, text)
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query" and parameter["schema"].get("type") == "integer":
                wrong = path.replace("{app}", app) + f"?{parameter['name']}=x"
                status, kind, text = call(method, wrong, example, headers)
                if status != 400:
                    problems.append(f"{name}: {parameter['name']}=x is answered with {status}")
                check(name + " with a wrong parameter", operation, status, kind, text)
call("DELETE", f"/apps/{app}/override", None, {"Authorization": "Bearer " + token})
for full in ("/decisions?full=1&limit=5", "/apps?limit=1&sort=metric&order=desc", f"/apps/{app}/samples?since=1h&points=10"):
    operation = description["paths"]["/apps/{app}/samples" if "samples" in full else full.split("?")[0]]["get"]
    check("GET " + full, operation, *call("GET", full))

print("\n".join(problems) if problems else f"{count} operations are as described")
sys.exit(1 if problems else 0)
