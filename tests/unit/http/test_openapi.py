#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rest/openapi.yaml says what the door does: the same routes, and every real answer fits its schema.

usage: test_openapi.py OPENAPI.yaml SAMPLES-PROGRAM
"""
import json
import subprocess
import sys
import unittest

import jsonschema
import yaml

METHODS = {"get", "post", "put", "patch", "delete"}


def plain(schema):
    """OpenAPI 3.0's schema as JSON Schema: `nullable` is a type there."""
    if isinstance(schema, list):
        return [plain(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {k: plain(v) for k, v in schema.items()}
    if schema.pop("nullable", False):
        schema["type"] = [schema["type"], "null"]
    return schema


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(document_file, encoding="utf-8") as file:
            cls.document = yaml.safe_load(file)
        known = json.loads(subprocess.run([samples_program], check=True, capture_output=True).stdout)
        cls.routes, cls.samples = known["routes"], known["samples"]
        cls.schemas = plain(cls.document["components"])

    def operation(self, sample):
        return self.document["paths"][sample["path"]][sample["method"].lower()]

    def response(self, sample):
        responses = self.operation(sample)["responses"]
        response = responses[str(sample["status"])]
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].split("/")[-1]]
        return response

    def validate(self, value, schema):
        jsonschema.Draft7Validator({**plain(schema), "components": self.schemas}).validate(value)

    def test_the_same_routes(self):
        documented = {(m.upper(), path) for path, item in self.document["paths"].items() for m in item if m in METHODS}
        self.assertEqual(documented, {(r["method"], r["path"]) for r in self.routes})

    def test_the_same_access(self):
        for route in self.routes:
            operation = self.operation(route)
            security = operation.get("security", self.document["security"])
            expected = [] if route["open"] else [{"certificate": []}] if route["host"] else [{"token": []}]
            self.assertEqual(security, expected, route)

    def test_every_route_has_a_sample(self):
        self.assertEqual({(r["method"], r["path"]) for r in self.routes},
                         {(s["method"], s["path"]) for s in self.samples if s["status"] != 405})

    def test_samples_of_every_kind_of_answer(self):
        self.assertEqual(set(), {200, 202, 204, 303, 304, 400, 401, 403, 404, 405, 409, 413, 415, 503}
                         - {s["status"] for s in self.samples})
        self.assertTrue(all(s["location"].startswith("/services/") for s in self.samples if s["status"] == 303))

    def test_a_method_that_is_not_known_names_those_that_are(self):
        for sample in self.samples:
            if sample["status"] != 405:
                continue
            with self.subTest(f"{sample['method']} {sample['path']}"):
                methods = [m.upper() for m in self.document["paths"][sample["path"]] if m in METHODS]
                known = set(methods) | ({"HEAD"} if "GET" in methods else set())
                self.assertEqual(set(sample["allow"].split(", ")), known)
                self.validate(sample["body"], {"$ref": "#/components/schemas/Fault"})

    def test_every_answer_is_documented_and_fits(self):
        for sample in self.samples:
            if sample["status"] == 405:  # of a method that is not there to be described
                continue
            with self.subTest(f"{sample['method']} {sample['path']} {sample['status']}"):
                content = self.response(sample).get("content", {})
                if sample["body"] is not None:
                    self.validate(sample["body"], content["application/json"]["schema"])

    def test_every_path_parameter_is_described(self):
        for path, item in self.document["paths"].items():
            named = {part[1:-1] for part in path.split("/") if part.startswith("{")}
            described = set()
            for parameter in item.get("parameters", []):
                if "$ref" in parameter:
                    parameter = self.document["components"]["parameters"][parameter["$ref"].split("/")[-1]]
                described.add(parameter["name"])
            self.assertEqual(named, described, path)

    def test_what_is_taken_and_refused_as_an_action_is_what_the_schema_says(self):
        for sample in self.samples:
            if not sample["path"].endswith(("/action", "/actions")) or sample["method"] != "POST":
                continue
            if sample["status"] in (413, 415, 503):  # whatever the body says
                continue
            with self.subTest(sample["request"]):
                validator = jsonschema.Draft7Validator(
                    {"$ref": "#/components/schemas/ActionRequest", "components": self.schemas})
                self.assertEqual(validator.is_valid(json.loads(sample["request"])), sample["status"] != 400)


if __name__ == "__main__":
    document_file, samples_program = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
