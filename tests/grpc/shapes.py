"""Random .proto files, and random messages of them: as text for protoc, as JSON as ours writes it, and as JSON as
somebody may have written it."""

import base64
import json
import math
import struct

RANGES = {"int32": (-2**31, 2**31 - 1), "sint32": (-2**31, 2**31 - 1), "sfixed32": (-2**31, 2**31 - 1),
          "int64": (-2**63, 2**63 - 1), "sint64": (-2**63, 2**63 - 1), "sfixed64": (-2**63, 2**63 - 1),
          "uint32": (0, 2**32 - 1), "fixed32": (0, 2**32 - 1), "uint64": (0, 2**64 - 1), "fixed64": (0, 2**64 - 1)}
SCALARS = [*RANGES, "double", "float", "bool", "string", "bytes"]
KEYS = [*RANGES, "bool", "string"]
ENUM = {"COLOUR_NONE": 0, "COLOUR_RED": 1, "COLOUR_BACK": -3, "COLOUR_FAR": 2**31 - 1}
LETTERS = "abc \"'\\\n\t{}/é€😀\u0001\x7f:0"


def camel(name):
    first, *others = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


class Field:
    def __init__(self, draw, number, name, messages, syntax):
        self.number, self.name, self.json = number, name, camel(name)
        kinds = [*SCALARS, "Colour", *messages]
        self.kind = draw.choice(kinds)
        self.label = draw.choice(["", "repeated", "repeated", "map", "oneof"])
        if self.label == "":
            self.label = draw.choice(["", "optional"]) if syntax == "proto3" else "optional"
        self.present = self.label in ("optional", "oneof") or (self.label == "" and self.kind in messages)
        self.key = draw.choice(KEYS) if self.label == "map" else None
        self.packed = ""
        if self.label == "repeated" and self.kind not in (*messages, "string", "bytes"):
            self.packed = draw.choice(["", " [packed=true]", " [packed=false]"])

    def declare(self):
        if self.label == "map":
            return f"  map<{self.key}, {self.kind}> {self.name} = {self.number};"
        label = "" if self.label == "oneof" else self.label
        return f"  {label} {self.kind} {self.name} = {self.number}{self.packed};"


def number_in(draw, low, high):
    return draw.choice([low, high, 0, 1, 127, 128, draw.randint(low, high), draw.randint(max(low, -200), 300)])


def single(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


class Shapes:
    def __init__(self, draw):
        self.draw, self.syntax = draw, draw.choice(["proto3", "proto3", "proto2"])
        self.messages = {}
        for name in ("Leaf", "Branch", "Tree"):
            known = [*self.messages, name] if name != "Leaf" else []
            numbers = draw.sample([1, 2, 3, 15, 16, 17, 200, 2047, 2048, 18999, 536870911], draw.randint(3, 9))
            self.messages[name] = [Field(draw, number, f"{draw.choice(['a', 'my_field', 'x_9', 'aB_c'])}_{at}", known,
                                         self.syntax) for at, number in enumerate(numbers)]

    def proto(self):
        lines = [f'syntax = "{self.syntax}";', "package test;", "enum Colour {"]
        lines += [f"  {name} = {number};" for name, number in ENUM.items()] + ["}"]
        for name, fields in [*self.messages.items(), ("All", None)]:
            lines.append(f"message {name} {{")
            if fields is None:
                lines += ["  repeated Tree v = 1;", "}"]
                continue
            chosen = [field for field in fields if field.label == "oneof"]
            lines += [field.declare() for field in fields if field not in chosen]
            lines += ["  oneof either {", *(field.declare() for field in chosen), "  }"] if chosen else []
            lines.append("}")
        return "\n".join(lines) + "\n"

    # A value: (as text, as ours writes it, as somebody writes it).

    def value(self, kind, depth):
        draw = self.draw
        if kind in self.messages:
            return self.message(kind, depth + 1)
        if kind in RANGES:
            number = number_in(draw, *RANGES[kind])
            return str(number), number, draw.choice([number, str(number)])
        if kind in ("double", "float"):
            return self.real(kind)
        if kind == "bool":
            truth = draw.random() < 0.5
            return str(truth).lower(), truth, draw.choice([truth, str(truth).lower()])
        if kind == "Colour":
            name = draw.choice(list(ENUM))
            return name, name, draw.choice([name, ENUM[name], str(ENUM[name])])
        if kind == "string":
            text = "".join(draw.choice(LETTERS) for _ in range(draw.choice([0, 1, 5, 40])))
            return quoted(text.encode()), text, text
        data = bytes(draw.randrange(256) for _ in range(draw.choice([0, 1, 2, 3, 50])))
        plain = base64.b64encode(data).decode()
        other = base64.urlsafe_b64encode(data).decode().rstrip("=")
        return quoted(data), plain, draw.choice([plain, other])

    def real(self, kind):
        draw = self.draw
        number = draw.choice([0.0, -0.0, 1.5, -3.0, 1e10, 0.1, draw.uniform(-1e6, 1e6), draw.gauss(0, 1e-20), math.inf,
                              -math.inf, math.nan])
        number = single(number) if kind == "float" else number
        if math.isnan(number) or math.isinf(number):
            name = "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
            return name.replace("Infinity", "inf").replace("NaN", "nan"), name, name
        return repr(number), number, draw.choice([number, repr(number)])

    def field(self, field, depth):
        """Text lines, ours, somebody's."""
        many = self.draw.choice([0, 1, 2, 5] if depth < 3 else [0, 1])
        if field.label == "repeated":
            values = [self.value(field.kind, depth) for _ in range(many)]
            return [f"{field.name}: {text}" for text, _, _ in values], [o for _, o, _ in values], [w for _, _, w in values]
        if field.label == "map":
            lines, ours, written = [], {}, {}
            for _ in range(many):
                text, key, _ = self.value(field.key, depth)
                key = json.dumps(key) if field.key != "string" else key
                if key in ours:
                    continue
                inner, ours[key], written[key] = self.value(field.kind, depth)
                lines.append(f"{field.name}: {{ key: {text} value: {inner} }}")
            return lines, ours, written
        text, ours, written = self.value(field.kind, depth)
        return [f"{field.name}: {text}"], ours, written

    def message(self, name, depth=0):
        draw, lines, ours, written = self.draw, [], {}, {}
        oneofs = [field for field in self.messages[name] if field.label == "oneof"]
        chosen = draw.choice([None, *oneofs])
        for field in self.messages[name]:
            there = draw.random() < (0.7 if depth < 3 else 0.2) and (field not in oneofs or field is chosen)
            if there and not (field.kind in self.messages and depth > 5):
                text, ours[field.json], value = self.field(field, depth)
                lines += text
                written[draw.choice([field.name, field.json])] = value
            elif not field.present:
                ours[field.json] = {"repeated": [], "map": {}}.get(field.label, self.default(field.kind))
        return "{ " + " ".join(lines) + " }", ours, written

    def default(self, kind):
        return {"bool": False, "string": "", "bytes": "", "Colour": "COLOUR_NONE"}.get(kind, 0)


def quoted(data):
    return '"' + "".join(f"\\{byte:03o}" for byte in data) + '"'
