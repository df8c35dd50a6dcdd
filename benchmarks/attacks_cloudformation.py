"""Inputs for attacks.py in CloudFormation, SAM and scripts, in families of generators."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Mapping

from attacks_terraform import Files, Inputs, each

Properties = dict[str, object]
LAUNCH = (
    "    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: ami-0abcdef1234567890\n"
    + "      # a line that is read\n" * 4
)


def template(resources: Mapping[str, object], **sections: object) -> Files:
    return {"template.json": json.dumps({**sections, "Resources": resources})}


def ec2(script: object = None, **properties: object) -> Properties:
    """A launch, with a text as its user data."""
    written = {} if script is None else {"UserData": {"Fn::Base64": script}}
    return {"Type": "AWS::EC2::Instance", "Properties": {**written, **properties}}


def role(statements: object = (), **properties: object) -> Properties:
    """A launch with a role, which has statements in one policy."""
    document = {"Statement": statements}
    policies = {"Policies": [{"PolicyName": "p", "PolicyDocument": document}], **properties}
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": policies},
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
        "Launch": ec2(IamInstanceProfile={"Ref": "Profile"}),
    }


def statement(effect: str = "Allow", **written: object) -> Properties:
    action = {} if "NotAction" in written else {"Action": "*"}
    return {"Effect": effect, **action, "Resource": "*", **written}


def policies() -> Inputs:
    """Policies of CloudFormation."""
    stars = "s3:" + "a*" * 100_000
    for what, statements in {
        "actions": [statement(Action=[f"s3:Get{n}" for n in range(50_000)])],
        "actions with wildcards": [statement(Action=[f"s3:*a*b*{n}*" for n in range(30_000)])],
        "letters of an action": [statement(Action=stars), statement("Deny", Action=stars + "b")],
        "letters of a resource": [statement(Resource="arn:aws:s3:::" + "*a" * 200_000)],
        "statements": [statement(Action=f"s3:Get{n}") for n in range(10_000)],
        "statements of all": [statement() for n in range(12_000)],
        "allowed and denied actions": [
            statement(x, Action=f"iam:*{n}") for n in range(5_000) for x in ("Allow", "Deny")
        ],
        "actions of two statements": [
            statement(x, Action=[f"iam:P*{n}" for n in range(20_000)]) for x in ("Allow", "Deny")
        ],
        "excepted actions": [statement(NotAction=[f"iam:*{n}" for n in range(40_000)])],
        "statements of excepted actions": [statement(NotAction=[f"iam:*{n}", "s3:*"]) for n in range(9_000)],
        "excepted resources": [statement(NotResource=[f"arn:aws:s3:::*{n}" for n in range(30_000)])],
        "resources": [statement(Action="iam:PassRole", Resource=[f"arn:aws:iam::*:role/*{n}" for n in range(25_000)])],
        "conditions": [statement(Condition={"StringLike": {f"aws:k{n}": ["*"] for n in range(30_000)}})],
    }.items():
        yield f"policy: many {what}", template(role(statements))
    trust = {"Statement": [statement(Action="sts:AssumeRole", Principal={"AWS": [f"{n:012}" for n in range(50_000)]})]}
    arns = [f"arn:aws:iam::aws:policy/P{n}" for n in range(20_000)]
    inline = [{"PolicyName": f"p{n}", "PolicyDocument": {"Statement": [statement()]}} for n in range(7_000)]
    yield "policy: many principals", template(role(AssumeRolePolicyDocument=trust))
    yield "policy: many attached", template(role(ManagedPolicyArns=arns))
    yield "policy: many inline", template(role(Policies=inline))
    for type, holder in (("Policy", "Roles"), ("ManagedPolicy", "Roles"), ("ManagedPolicy", "ManagedPolicyArns")):
        properties = {"PolicyDocument": {"Statement": [statement()]}, "PolicyName": "p"}
        apart = {"Roles": [{"Ref": "Role"}]} if holder == "Roles" else {}
        many = {f"P{n}": {"Type": f"AWS::IAM::{type}", "Properties": properties | apart} for n in range(4_000)}
        references: Properties = {} if holder == "Roles" else {"ManagedPolicyArns": [{"Ref": name} for name in many]}
        yield f"policy: many resources {type} by {holder}", template(role(**references) | many)
    users = {f"L{n}": ec2(IamInstanceProfile={"Ref": "Profile"}) for n in range(3_000)}
    yield "policy: many actions for many launches", template(role([statement(Action=arns)]) | users)
    roles: Properties = {f"R{n}": {"Type": "AWS::IAM::Role", "Properties": {}} for n in range(6_000)}
    every = {"Roles": [{"Ref": name} for name in roles], "PolicyDocument": {"Statement": [statement()] * 3_000}}
    yield (
        "policy: one for many roles",
        template(role() | roles | {"P": {"Type": "AWS::IAM::Policy", "Properties": every}}),
    )


CALL = "curl http://169.254.169.254/latest/meta-data/\n"
# Commands, repeated to half a megabyte.
COMMANDS = {
    "pipes": "curl a | ",
    "conditions": "aws s3 ls && ",
    "lines": "curl http://169.254.169.254/latest/meta-data/\n",
    "token requests": "T=$(curl -X PUT http://169.254.169.254/latest/api/token)\ncurl -H x:$T http://169.254.169.254/a\n",
    "variables": "a@=$a<$a<\n",
    "one variable": "a=$a$a\ncurl $a\n",
    "substitutions": "$(",
    "closed substitutions": "echo $(echo $(date))\n",
    "backquotes": "`a `",
    "parentheses": "(",
    "braces": "{ ",
    "brace expansion": "{a,b}",
    "ifs": "if a; then\n",
    "loops": "for i in 1 2 3; do\n",
    "cases": "case a in a) ",
    "functions": "f@() { f<; f<; }\n",
    "heredocs": "cat <<E@\n",
    "heredocs of one line": "cat <<A <<B ",
    "quotes": '"a\'b\\"',
    "open quotes": "'a\n",
    "backslashes": "\\",
    "continued lines": "a \\\n",
    "words": "a ",
    "letters": "a",
    "assignments": "A=b ",
    "redirections": "> a < b ",
    "evals": "eval ",
    "shells": "bash -c ",
    "quoted shells": "sh -c 'sh -c \"curl 169.254.169.254\"'\n",
    "sudo": "sudo -E env A=b ",
    "comments": "# curl 169.254.169.254\n",
    "secrets": "export AWS_SECRET_ACCESS_KEY=FAKEsecretFAKEsecretFAKEsecretFA@\n",
    "almost keys": "AKIA",
    "private keys": "-----BEGIN RSA PRIVATE KEY-----\n",
    "base64": "QUtJQUZBS0VGQUtFRkFLRUZBS0U",
    "URLs": "https://a:b@c/",
    "equals": "=",
    "expansions": "${a:-",
    "here strings": "<<<a ",
}


def scripts() -> Inputs:
    """User data."""
    for what, form in COMMANDS.items():
        # What does not speak of the metadata service is not read as a script.
        script = f"#!/bin/bash\n{CALL}" + each(form, 450_000 // len(each(form, 1, 10_000))) + CALL
        yield f"script: many {what}", template({"L": ec2(script)})
    layer = "curl http://169.254.169.254/latest/meta-data/\n" * 300
    for _ in range(14):
        layer = f"echo {base64.b64encode(layer.encode()).decode()} | base64 -d | sh\n"
    yield "user data: base64 in scripts", template({"L": ec2(layer)})
    data = "#!/bin/sh\n" + "curl 169.254.169.254\n" * 500
    for _ in range(12):
        data = base64.b64encode(data.encode()).decode()
    yield "user data: base64 in itself", template({"L": ec2(UserData=data)})
    bomb = base64.b64encode(gzip.compress(b"#!/bin/sh\n" + b"aws " * 100_000_000, 1)).decode()
    yield "user data: 400 MB, compressed", template({"L": ec2(UserData=bomb[:900_000])})
    yield "user data: many compressed", template({f"L{n}": ec2(UserData=packed(2_000_000)) for n in range(200)})
    part = "--B\nContent-Type: text/x-shellscript\n\n#!/bin/sh\ncurl 169.254.169.254\n"
    head = 'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n'
    yield "user data: many parts", template({"L": ec2(head + part * 8_000 + "--B--\n")})
    yield (
        "user data: many headers",
        template({"L": ec2(head + "--B\n" + each("X-@: y\n", 50_000) + f"\n#!/bin/sh\n{CALL}--B--\n")}),
    )
    nest = head.replace('"B"', '"B@"') + "--B@\n"
    yield "user data: parts in parts", template({"L": ec2(each(nest, 5_000) + f"#!/bin/sh\n{CALL}")})
    for what, form, count in (
        ("commands", " - curl http://169.254.169.254/@\n", 15_000),
        ("lists", " - [sh, -c, 'curl 169.254.169.254/@']\n", 15_000),
        ("brackets", " - " + "[" * 200 + "]" * 200 + "\n", 1_000),
        ("aliases", " - &a@ [*a<, *a<, *a<]\n", 10_000),
    ):
        commands = each(form, count).replace("*a-1", "aws")
        yield (
            f"user data: cloud-config of many {what}",
            template({"L": ec2(f"#cloud-config\nruncmd:\n - {CALL}{commands}")}),
        )
    files = "#cloud-config\nwrite_files:\n" + each(" - {path: /a@, content: 'curl 169.254.169.254'}\n", 10_000)
    yield "user data: cloud-config of many files", template({"L": ec2(files)})
    yield (
        "user data: many launches of secrets",
        template(
            {f"L{n}": ec2(f"export AWS_SECRET_ACCESS_KEY=FAKEsecretFAKEsecretFAKEsecretFA{n:08}") for n in range(5_000)}
        ),
    )
    yield (
        "user data: one for many launches",
        template(
            {
                "T": {
                    "Type": "AWS::EC2::LaunchTemplate",
                    "Properties": {"LaunchTemplateData": ec2("aws\n" * 90_000)["Properties"]},
                }
            }
            | {f"L{n}": ec2(LaunchTemplate={"LaunchTemplateId": {"Ref": "T"}}) for n in range(4_000)}
        ),
    )
    configs = {f"c{n}": {"commands": {"a": {"command": "curl 169.254.169.254"}}} for n in range(7_000)}
    sets = {f"s{n}": [{"ConfigSet": f"s{n + 1}"}] * 3 for n in range(60)} | {"s60": ["c0"]}
    for what, init in {"configs": configs, "sets": configs | {"configSets": sets}}.items():
        launched = {**ec2("cfn-init -c s0"), "Metadata": {"AWS::CloudFormation::Init": init}}
        yield f"user data: cfn-init of many {what}", template({"L": launched})


def packed(size: int) -> str:
    return base64.b64encode(gzip.compress(b"#!/bin/sh\n" + b"aws " * (size // 4))).decode()


def cloudformation() -> Inputs:
    """Templates of CloudFormation and of SAM, and what they are made of."""
    launches: Properties = {f"L{n}": ec2() for n in range(9_000)}
    yield "cloudformation: many launches", template(launches)
    large = "".join(f"  Launch{n}:\n{LAUNCH}" for n in range(24_000))
    yield "cloudformation: 5 MB of 24,000 launches", {"template.yaml": f"Resources:\n{large}"}
    for depth, names in ((4, [f"n{n}" for n in range(40)]), (90, ["a"])):
        looped: Properties = {"L${a}": ec2("echo ${a}")}
        for n in range(depth):
            looped = {f"Fn::ForEach::x{n}": [f"x{n}", names, looped]}
        looped = {"Fn::ForEach::a": ["a", ["one"], looped]}
        yield f"cloudformation: loops {depth} deep", template(looped, Transform="AWS::LanguageExtensions")
    long = {"Fn::ForEach::a": ["a", [f"n{n}" for n in range(10_000)], {"L${a}": ec2("${a}" * 10_000)}]}
    yield "cloudformation: long loop of long texts", template(long, Transform="AWS::LanguageExtensions")
    known = {"P": {"Type": "String", "Default": "aws"}, "U": {"Type": "String"}}
    for what, text in {
        "substitutions": {"Fn::Sub": "${P}" * 150_000},
        "unknown substitutions": {"Fn::Sub": "${U}" * 150_000},
        "own substitutions": {"Fn::Sub": ["${v}" * 100_000, {"v": {"Ref": "U"}}]},
        "variables": {"Fn::Sub": ["".join(f"${{v{n}}}" for n in range(15_000)), {f"v{n}": "x" for n in range(15_000)}]},
        "substitutions by long texts": {"Fn::Sub": ["${v}" * 60_000, {"v": {"Fn::Join": ["", ["x"] * 3_000]}}]},
        "joined long texts": {"Fn::Sub": ["${a}", {"a": {"Fn::Join": ["", [{"Ref": "L"}, {"Ref": "U"}] * 20_000]}}]},
        "joined texts": {"Fn::Join": ["", [{"Ref": "P"}] * 50_000]},
        "split texts": {"Fn::Join": ["b", {"Fn::Split": ["a", "a" * 600_000]}]},
        "selected texts": {"Fn::Join": ["", [{"Fn::Select": [9, {"Fn::Split": [",", "a," * 99]}]}] * 3_000]},
        "subnets": {"Fn::Join": ["", [{"Fn::Cidr": ["10.0.0.0/8", 256, 8]}] * 15_000]},
    }.items():
        yield f"cloudformation: many {what}", template({"L": ec2(text)}, Parameters=known)
    nested: object = "x,y"
    for _ in range(12):
        halves = [{"Fn::Select": [n, {"Fn::Split": [",", nested]}]} for n in (0, 1)]
        nested = {"Fn::Join": ["", halves]}
    yield "cloudformation: split texts of split texts", template({"L": ec2(nested)})
    for what, form in {
        "lists": "a@: &a@ [*a<, *a<, *a<]",
        "texts": "a@: &a@ {'Fn::Join': ['', [*a<, *a<, *a<]]}",
        "substituted texts": "a@: &a@ {'Fn::Sub': ['${x}${x}${y}', {x: *a<, y: *a<}]}",
        "maps": "a@: &a@ {<<: *a<, b@: *a<, c@: *a<}",
    }.items():
        written = "Metadata:\n  a0: &a0 aws\n" + each(f"  {form}\n", 60, 1)
        use = f"Resources:\n  L:\n{LAUNCH}      UserData: {{'Fn::Base64': *a60}}\n      Tags: *a60\n"
        yield f"cloudformation: doubled {what}", {"template.yaml": written + use}
    number = range(6_000)
    both = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "a"]} for n in number}
    parameters = {f"P{n}": {"Type": "String", "AllowedValues": ["a", "b"]} for n in number}
    each_own = {f"L{n}": {**ec2(), "Condition": f"C{n}"} for n in range(3_000)}
    yield "cloudformation: many conditions", template(each_own, Conditions=both, Parameters=parameters)
    chosen: object = "optional"
    for n in range(90):
        chosen = {"Fn::If": [f"C{n}", chosen, "required"]}
    decided = ec2("x", MetadataOptions={"HttpTokens": chosen})
    yield "cloudformation: conditions in conditions", template({"L": decided}, Conditions=both, Parameters=parameters)
    texts = {"Fn::Join": ["", [{"Fn::If": [f"C{n}", "a", "b"]} for n in number]]}
    yield "cloudformation: text of many conditions", template({"L": ec2(texts)}, Conditions=both, Parameters=parameters)
    for function in ("And", "Or"):
        before = [{"Condition": f"D{n - 1}"} for n in number]
        doubled = {f"D{n}": {f"Fn::{function}": [before[n], {"Fn::Not": [before[n]]}]} for n in number}
        conditions = {**doubled, "D0": both["C0"]}
        last = {"L": {**ec2(), "Condition": "D5999"}}
        name = f"cloudformation: conditions doubled by {function}"
        yield name, template(last, Conditions=conditions, Parameters=parameters)
    of_all = {"A": {"Fn::Or": [{"Fn::Equals": [{"Ref": f"P{n}"}, "a"]} for n in range(7_000)]}}
    under = {"L": {**ec2(), "Condition": "A"}}
    yield "cloudformation: a condition of many", template(under, Conditions=of_all, Parameters=parameters)
    values = {"P": {"Type": "String", "AllowedValues": [f"v{n}" for n in range(60_000)]}}
    used = ec2({"Ref": "P"}, MetadataOptions={"HttpTokens": {"Ref": "P"}})
    yield "cloudformation: many values of a parameter", template({"L": used}, Parameters=values)
    mapping = {f"k{n}": {"a": "required", "b": "optional"} for n in range(15_000)}
    found = {"Fn::FindInMap": ["M", {"Ref": "U"}, {"Ref": "U"}]}
    for what, count in (("one", 1), ("many", 2_000)):
        finding = {f"L{n}": ec2(MetadataOptions={"HttpTokens": found}) for n in range(count)}
        name = f"cloudformation: a long mapping, found by {what}"
        yield name, template(finding, Mappings={"M": mapping}, Parameters=known)
    maps = {f"M{n}": {"k": {"a": "required"}} for n in range(15_000)}
    tokens = [{"HttpTokens": {"Fn::FindInMap": [name, "k", "a"]}} for name in list(maps)[:3_000]]
    finding = {f"L{n}": ec2(MetadataOptions=options) for n, options in enumerate(tokens)}
    yield "cloudformation: many mappings", template(finding, Mappings=maps)
    rules = {f"R{n}": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "U"}, f"v{n}"]}}]} for n in range(9_000)}
    yield "cloudformation: many rules", template({"L": used}, Rules=rules, Parameters=values | known)


def doubled() -> Inputs:
    """Templates of one directory that each nest the next one twice, in other ways than by a literal path."""
    of_stack, asset = "AWS::CloudFormation::Stack", {"aws:asset:property": "TemplateURL"}

    def levels(count: int, stacks: Callable[[str], Properties], transform: str = "AWS::LanguageExtensions") -> Files:
        paths = [f"x{n}.json" for n in range(count + 1)]
        next_one = [{"Next": {"Type": "String", "Default": path}} for path in paths[1:]]
        found = Files()
        for path, following, parameters in zip(paths, [*paths[1:-1], ""], next_one, strict=False):
            resources = {"L": ec2(), **(stacks(following) if following else {})}
            written = {"Transform": transform, "Parameters": parameters, "Resources": resources}
            found[path] = json.dumps(written)
        return found

    def twice(declared: Properties, type: str = of_stack, **properties: object) -> Properties:
        return {name: {"Type": type, **declared, "Properties": properties} for name in "AB"}

    yield "nested: doubled by CDK", levels(60, lambda path: twice({"Metadata": {**asset, "aws:asset:path": path}}))
    yield "nested: doubled by stack sets", levels(60, lambda path: twice({}, f"{of_stack}Set", TemplateURL=path))
    of_sam, sam = "AWS::Serverless::Application", "AWS::Serverless-2016-10-31"
    yield "nested: doubled by applications", levels(60, lambda path: twice({}, of_sam, Location=path), sam)
    yield "nested: doubled by a parameter", levels(60, lambda path: twice({}, TemplateURL={"Ref": "Next"}))
    loop = "Fn::ForEach::S"
    yield (
        "nested: doubled by a loop",
        levels(60, lambda path: {loop: ["N", ["A", "B"], {"S${N}": twice({}, TemplateURL=path)["A"]}]}),
    )
    inner = [
        {f"S{n}": {"Type": of_stack, "Properties": {"TemplateURL": path}} for n in range(31)} for path in ("i", "j")
    ]
    roots = {f"r{n}.json": json.dumps({"Resources": inner[0]}) for n in range(20)}
    below = {"i": json.dumps({"Resources": inner[1]}), "j": json.dumps({"Resources": {"L": ec2()}})}
    yield "roots: 20 of 992 nested stacks", roots | below


def sam() -> Inputs:
    """Templates of SAM, and those that take in others."""
    serverless = "AWS::Serverless-2016-10-31"
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Policies": ["AdministratorAccess"]}}
    functions = {f"F{n}": function for n in range(6_000)}
    yield "sam: many functions", template(functions | {"L": ec2()}, Transform=serverless)
    many = {**function, "Properties": {"Policies": [{"S3ReadPolicy": {"BucketName": f"b{n}"}} for n in range(15_000)]}}
    yield "sam: many policies", template({"F": many, "L": ec2()}, Transform=serverless)
    globals = {"Function": {"Environment": {"Variables": {f"V{n}": "aws" for n in range(10_000)}}}}
    short = {f"F{n}": {"Type": "AWS::Serverless::Function", "Properties": {}} for n in range(5_000)}
    yield "sam: globals for many functions", template(short | {"L": ec2()}, Transform=serverless, Globals=globals)
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "x.json"}}}
    taken = json.dumps({f"T{n}": "aws" for n in range(20_000)})
    including = {f"L{n}": {**ec2(), "Metadata": include} for n in range(3_000)}
    yield "include: many of a long file", template(including) | {"x.json": taken}
    yield "include: of itself", template({"L": ec2(Tags=[include] * 3)}) | {"x.json": json.dumps({"a": [include] * 3})}
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "x0.json"}}
    long = json.dumps({"Resources": {f"L{n}": ec2() for n in range(1_000)}})
    yield "nested: many of a long template", template({f"S{n}": nested for n in range(5_000)}) | {"x0.json": long}
    chained = Files()
    for n in range(60):
        output = {"Value": {"Fn::Sub": "${V}${V}" if n == 59 else "${A.Outputs.O}${B.Outputs.O}"}}
        inner = {"TemplateURL": f"x{n + 1}.json", "Parameters": {"V": {"Fn::Sub": "${V}${V}"}}}
        stacks: Properties = {name: {"Type": nested["Type"], "Properties": inner} for name in ("A", "B") if n < 59}
        level = {"Parameters": {"V": {"Type": "String", "Default": "aws"}}, "Outputs": {"O": output}}
        chained[f"x{n}.json"] = json.dumps({**level, "Resources": stacks | {"L": ec2({"Ref": "V"})}})
    yield "nested: doubled by each", template({"S": nested}) | chained
    yield from doubled()
    names = [f"o{n}" for n in range(5_000)]
    outputs = {name: {"Value": "aws", "Export": {"Name": name}} for name in names}
    importing = {f"L{name}": ec2({"Fn::ImportValue": name}) for name in names}
    exporting = json.dumps({"Resources": {"L": ec2()}, "Outputs": outputs})
    yield "exports: many of one template", template(importing) | {"exports.json": exporting}
    files = Files()
    for n in range(1_000):
        one = {"O": {"Value": {"Fn::ImportValue": f"o{n + 1}"}, "Export": {"Name": f"o{n}"}}}
        files[f"t{n}.json"] = json.dumps({"Resources": {"L": ec2({"Fn::ImportValue": f"o{n + 1}"})}, "Outputs": one})
    yield "exports: a chain of many templates", files
    for n in range(1_000):
        files[f"t{n}.json"] = json.dumps({"Resources": {"L": ec2()}, "Outputs": {"O": outputs["o0"]}})
    yield "exports: one name of many templates", files | template(importing)


def syntax() -> Inputs:
    """YAML: each of these is in front of one launch."""
    for what, text in {
        "scalars": "Metadata:\n" + "- a\n" * 200_000,
        "mappings": "Metadata:\n" + each("  k@: v\n", 70_000),
        "brackets": "Metadata: " + "[" * 400_000,
        "closed brackets": "Metadata: " + "[" * 400 + "]" * 400 + "\n",
        "levels": "".join(" " * n + "a:\n" for n in range(1_300)),
        "anchors": "Metadata:\n" + each("  k@: &a@ v\n", 50_000),
        "aliases": "Metadata:\n  a: &a [" + "x, " * 1_000 + "]\n" + each("  k@: *a\n", 70_000),
        "merges": "Metadata:\n  a: &a {" + each("k@: v, ", 5_000) + "}\n" + each("  k@: {<<: *a}\n", 30_000),
        "documents": "---\n" * 200_000,
        "comments": "#\n" * 400_000,
        "tags": "Metadata:\n" + "  - !Sub '${AWS::Region}'\n" * 30_000,
        "unknown tags": "Metadata:\n" + "  - !a!b c\n" * 70_000,
        "the same key": "Metadata:\n" + "  a: b\n" * 120_000,
        "letters": "Metadata: " + "a" * 900_000 + "\n",
        "folded lines": "Metadata: >\n" + "  a\n" * 200_000,
        "escapes": 'Metadata: "' + "\\n" * 400_000 + '"\n',
        "question marks": "Metadata:\n" + "  ? a\n" * 120_000,
        "blank lines": "\n" * 900_000,
        "problems": "Metadata:\n" + "  - 'a' b\n" * 80_000,
    }.items():
        yield f"yaml: many {what}", {"template.yaml": f"{text}Resources:\n  L:\n{LAUNCH}"}
    yield "json: many brackets", {"template.json": '{"Resources": ' + "[" * 400_000}
    scalars = '{"Metadata": [' + "1," * 400_000 + '1], "Resources": {"L": ' + json.dumps(ec2()) + "}}"
    yield "json: many scalars", {"template.json": scalars}


FAMILIES = (policies, scripts, cloudformation, sam, syntax)
