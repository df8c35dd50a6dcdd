"""Inputs for attacks.py in Terraform, Packer and Terragrunt, in families of generators."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

# The texts of an input by their paths, and inputs by their names.
Files = dict[str, str]
Inputs = Iterator[tuple[str, Files]]


def each(form: str, count: int, start: int = 0, join: str = "") -> str:
    """A text with "@" for the number and "<" for the one before, for each number."""
    return join.join(form.replace("@", str(n)).replace("<", str(n - 1)) for n in range(start, start + count))


def block(head: str, *body: str) -> str:
    return head + " {\n" + "\n".join(body) + "\n}\n"


def launch(arguments: str, name: str = "i") -> str:
    return block(f'resource "aws_instance" "{name}"', arguments)


def decides(condition: str, name: str = "i") -> str:
    """A launch whose tokens a condition decides."""
    return launch(f'metadata_options {{\nhttp_tokens = {condition} ? "optional" : "required"\n}}', name)


def text_of(expression: str, name: str = "i") -> str:
    return launch(f"user_data = {expression}", name)


def chain(first: str, form: str, length: int) -> str:
    """Locals that are each made of the one before, which is X in the form."""
    rest = each(" a@ = " + form.replace("X", "local.a<") + "\n", length - 1, 1)
    return f"locals {{\n a0 = {first}\n{rest}}}\n"


def forms(text: str) -> list[str]:
    """The forms in a text: one a line, or several with ";;" between them."""
    return [form for line in text.strip("\n").split("\n") for form in line.split(" ;; ")]


# What uses X and Y: two equal values that share their parts, of which they have 3 ** 39 when written out.
USES = forms(r"""
X == Y ;; length(distinct([X, Y])) == 1 ;; length(flatten(X)) == 1 ;; contains([X], Y) ;; length(toset([X, Y])) == 1
index([X], Y) == 1 ;; jsonencode(X) == "x" ;; yamlencode(X) == "x" ;; jsondecode(jsonencode(X)) == X
try(X, 1) == Y ;; format("%v", X) == "" ;; length(setunion([X], [Y])) == 1
length(setproduct(X, Y, X, X, X, X, X)) == 1 ;; length(matchkeys([1], [X], [Y])) == 1
concat(X, X) == concat(Y, Y) ;; merge({a = X}) == merge({a = Y}) ;; length(sort(X)) == 1 ;; join(",", X) == ""
(length(X) > 1 ? X : []) == Y ;; X[*][*][*] == Y[*][*][*] ;; [for x in X : x] == [for x in Y : x]
lookup({a = X}, "a", []) == Y ;; alltrue(X) ;; length(compact(X)) == 1 ;; sensitive(X) == Y
length(transpose({a = X})) == 1
""")
# Places of a configuration that X is written into.
PLACES = forms(r"""
resource "aws_instance" "i" {\n tags = X\n iam_instance_profile = X\n vpc_security_group_ids = X\n}
resource "aws_instance" "i" {\n user_data = X\n}
resource "aws_instance" "i" {\n dynamic "metadata_options" {\n for_each = X\n content {\n http_tokens = 1\n}\n}\n}
resource "aws_instance" "i" {\n for_each = toset(X)\n user_data = each.value\n}
resource "aws_instance" "i" {\n count = X\n} ;; resource "aws_launch_template" "i" {\n metadata_options = X\n}
provider "aws" {\n access_key = X\n secret_key = jsonencode(X)\n}
resource "aws_ecs_task_definition" "i" {\n container_definitions = jsonencode(X)\n}
resource "aws_autoscaling_group" "i" {\n mixed_instances_policy = X\n tag = X\n launch_template = X\n}
resource "aws_emr_cluster" "e" {\n ec2_attributes = X\n configurations_json = jsonencode(X)\n}
resource "aws_instance" "i" {\n user_data = templatefile("${path.module}/t.tpl", {v = X})\n}
resource "aws_cloudformation_stack" "s" {\n template_body = jsonencode(X)\n parameters = X\n}
resource "aws_cloudcontrolapi_resource" "s" {\n type_name = "AWS::EC2::Instance"\n desired_state = jsonencode(X)\n}
""")
# Texts, lists and maps that are each several times the one before, X.
TEXTS = forms(r"""
"${X}${X}" ;; join(X, [X, X, X]) ;; format("%s%s%s", X, X, X) ;; replace(X, "a", X) ;; replace(X, "/a/", X)
join("", formatlist("%s%s", [X, X], X)) ;; jsonencode([X, X]) ;; jsonencode({a = X}) ;; base64encode("${X}${X}")
urlencode(X) ;; indent(10000, "${X}\n${X}") ;; upper("${X}${lower(X)}") ;; join("", [for x in [X, X, X] : x])
"%{ for x in [X, X, X] }${x}%{ endfor }" ;; "%{ if X == X }${X}${X}%{ endif }"
join(",", split("a", join("a", [X, X, X]))) ;; join("", flatten([regexall("a", X), X, X]))
join("", [for r in csvdecode("h\n${X}\n${X}") : r.h]) ;; "${sha512(X)}${X}${X}" ;; format("%q%9999s", X, X)
yamlencode([X, X]) ;; base64gzip("${X}${X}") ;; templatestring("$${v}$${v}", {v = X})
""")
LISTS = forms(r"""
concat(X, X) ;; flatten([X, X]) ;; setproduct(X, X) ;; [for x in X : X]
flatten([for x in X : [for y in X : [x, y]]]) ;; concat(values(zipmap(["a", "b"], [X, X])), [X]) ;; toset([X, [X]])
chunklist(concat(X, X), 1) ;; concat(X[*], X[*]) ;; concat(range(1000), X, X) ;; split(",", join(",", concat(X, X)))
sort(concat(X, X)) ;; formatlist("%s", concat(X, X)) ;; setunion(X, [for x in X : "${x}b"])
""")
MAPS = forms(r"""
merge(X, {for k, v in X : "${k}a" => X}) ;; {a = X, b = X} ;; transpose({for k, v in X : k => keys(X)})
zipmap(concat(keys(X), [for k in keys(X) : "${k}z"]), concat(values(X), values(X)))
""")
# A million of everything.
LOOPS = forms(r"""
length(flatten([for i in R : [for j in R : j]])) > 1
length(flatten([for i in R : [for j in R : [for k in R : k]]])) > 1
length(transpose({for i in R : "k${i}" => [for j in R : "v${j}"]})) > 1
contains([for i in R : [for j in R : i + j]], R) ;; length(distinct([for i in R : [for j in R : j]])) > 1
length(jsonencode([for i in R : [for j in R : j]])) > 1
[for i in R : [for j in R : j]] == [for i in R : [for j in R : j]]
join("", [for i in R : join("", [for j in R : "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"])]) == ""
length(merge([for i in R : {for j in R : "${i}-${j}" => j}]...)) > 1
length(setproduct([for i in R : setproduct(R, range(10))], range(9))) > 1
length([for i in R : i if contains([for j in R : j], 2000 + i)]) > 1
sum([for i in R : lookup({for j in R : "k${j}" => j}, "k${i}", 0)]) > 1
length(flatten([for i in R : formatlist("%s-%s", [for j in R : j], "x")])) > 1
length(flatten([for i in R : split(",", join(",", R))])) > 1
length(flatten([for i in R : regexall("[0-9]+", join(",", R))])) > 1
length(flatten([for i in R : [for j in R : cidrsubnet("10.0.0.0/8", 8, j % 256)]])) > 1
length(flatten([for i in R : [for j in R : sha512(join("", R))]])) > 1
sum([for i in R : length(zipmap([for j in R : tostring(j)], R))]) > 1
length(flatten([for i in R : matchkeys(R, R, [1])])) > 1
jsonencode({for i in R : "k" => [for j in R : j]...}) == ""
"%{ for i in R }%{ for j in R }xxxxxxxxxxxxxxxxxxxxxxxxx${j}%{ endfor }%{ endfor }" == ""
length(join("", [for i in R : replace(join("", [for j in R : "aaaaaaaaaa"]), "a", "bbbbbbbbbb")])) > 1
length(flatten([for i in R : csvdecode(join("\n", R))])) > 1
length(flatten([for i in R : yamldecode(join("\n", [for j in R : "- ${j}"]))])) > 1
length(flatten([for i in R : try([for j in R : tonumber("x${j}")], [for j in R : j])])) > 1
sum([for i in R : sum([for j in R : pow(j, 50)])]) > 1
length(flatten([for i in R : [for j in R : timeadd("2020-01-01T00:00:00Z", "${j}h")]])) > 1
length([for i in R : i if [for j in R : "${var.v}${j}"] == [for j in R : "${j}"]]) > 1
max([for i in R : max(R...)]...) > 1
""")
NUMBERS = forms(r"""
pow(10, 100000) > 1 ;; 1e999999999 > 1 ;; parseint("9", 10) > 1 ;; parseint("z", 36) > 1 ;; tonumber("9") > 1
format("%1000000000d", 1) == "" ;; format("%.1000000000f", 1) == "" ;; pow(pow(pow(10, 50), 50), 50) > 1
length(range(1e9)) > 1 ;; length(range(0, 1e300, 1e-300)) > 1 ;; 1e300 % 3 > 1
cidrsubnet("::/0", 128, pow(2, 127)) == ""
""")
PATTERNS = forms(r"""
(a+)+$ ;; (a|aa)+$ ;; (.*)*x ;; (a?){30}a{30} ;; a*a*a*a*a*a*b ;; ((a{0,9}){0,9}){0,9}b ;; a{1,1000}{1,1000}
[a-z]+[a-z]+[a-z]+y ;; (|a)+b ;; (a{1,100}){1,10}b
""")


def shared(first: str, form: str) -> str:
    """Forty locals that hold the one before three times, and a twin of the last."""
    return chain(first, form, 40) + block("locals", "twin = " + form.replace("X", "local.a38"))


def values() -> Inputs:
    """Values of a few lines that are huge when written out."""
    parts = {"known": '["x"]', "unknown": '["${var.u}"]', "resource": "[aws_instance.z]"}
    for kind, first in parts.items():
        head = 'variable "u" {}\nresource "aws_instance" "z" {}\n' + shared(first, "[X, X, X]")
        for use in USES:
            yield f"shared list, {kind}: {use}", root(head + decides(written(use)))
    head = shared('{k = "x"}', "{a = X, b = X, c = X}")
    for use in USES:
        yield f"shared map: {use}", root(head + decides(written(use)))
    for kind, first, form in (("list", '["x"]', "[X, X, X]"), ("map", '{k = "x"}', "{a = X, b = X, c = X}")):
        for place in PLACES:
            template = "%{ for x in v }${jsonencode(x)}%{ endfor }"
            yield (
                f"shared {kind} in a place: {place}",
                root(shared(first, form) + written(place.replace("\\n", "\n")), t=template),
            )
    for type in ("any", "list(any)", "set(any)", "list(list(set(list(set(any)))))", "list(" * 40 + "string" + ")" * 40):
        call = block('module "m"', 'source = "./m"', "v = local.a39", "w = local.twin")
        module = f'variable "v" {{\n type = {type}\n}}\nvariable "w" {{\n type = {type}\n}}\n' + decides(
            "var.v == var.w"
        )
        yield f"shared list for a variable: {type}", root(shared('["x"]', "[X, X, X]") + call, module)
    for kind, first, forms in (
        ("text", '"aws aws"', TEXTS),
        ("text, unknown", '"aws ${var.v} a"', TEXTS),
        ("list", '["a", "b"]', LISTS),
        ("list, unknown", '[var.v, "b", "${var.v}c"]', LISTS),
        ("map", '{a = ["x"], b = ["y"]}', MAPS),
    ):
        for form in forms:
            uses = decides("length(local.a59) == 1") + text_of("jsonencode(local.a59)", "k")
            yield f"doubled {kind}: {form}", root('variable "v" {}\n' + chain(first, form, 60) + uses)
    for kind, first, form, use in (
        ("text", '"aws"', '"${X}xxxxxxxxxx"', "X"),
        ("text, unknown", '"${var.v}"', '"${X}${var.v}x"', "X"),
        ("list", '["aws"]', 'concat(X, ["x"])', 'join("", X)'),
        ("map", "{}", "merge(X, {x@ = 1})", "jsonencode(X)"),
        ("nothing", '"aws"', "X", "X"),
    ):
        last = text_of(use.replace("X", "local.a14999"))
        yield f"each local lengthens {kind}", root('variable "v" {}\n' + chain(first, form, 15_000) + last)


def written(expression: str) -> str:
    return re.sub(r"\bX\b", "local.a39", re.sub(r"\bY\b", "local.twin", expression))


def root(text: str, module: str = "", t: str = "") -> Files:
    """A configuration, with a module and a template where they are given."""
    return {"main.tf": text} | ({"m/main.tf": module} if module else {}) | ({"t.tpl": t} if t else {})


def loops() -> Inputs:
    """Loops, numbers and patterns of one line that take very many steps."""
    for form in LOOPS:
        yield f"loop: {form}", root('variable "v" {}\n' + decides(re.sub(r"\bR\b", "range(1000)", form)))
    for depth, among in ((20, "range(2)"), (20, "range(10)")):
        nest = "".join(f"[for x{n} in {among} : " for n in range(depth)) + "1" + "]" * depth
        yield f"loops nested {depth} deep in {among}", root(text_of(f"jsonencode({nest})"))
    dynamic = 'http_tokens = "optional"'
    for n in range(20):
        dynamic = f'dynamic "b{n}" {{\nfor_each = [1, 2]\ncontent {{\n{dynamic}\n}}\n}}'
    yield "dynamic blocks nested 20 deep", root(launch(dynamic))
    of = ' user_data = join("", [for x in range(1000) : "aws ${x}"])\n'
    yield "a loop in each of many resources", root(each(f'resource "aws_instance" "i@" {{\n{of}}}\n', 3_000))
    for form in NUMBERS:
        expression = form.replace('"9"', '"' + "9" * 100_000 + '"').replace('"z"', '"' + "z" * 100_000 + '"')
        yield f"number: {form}", root(decides(expression) + text_of(f'"${{{expression}}}"', "k"))
    yield "number: count", root('resource "aws_instance" "a" {\n count = 1e300\n}\n')
    for form in PATTERNS:
        for call in (f'regex("{form}", "T")', f'regexall("{form}", "T")', f'replace("T", "/{form}/", "$0$0")'):
            used = call.replace("T", "a" * 3_000)
            yield f"pattern: {call}", root(text_of(f'can({used}) ? jsonencode({used}) : ""'))
        yield f"pattern, long: {form}", root(text_of(f'can(regex("{form}", "{"a" * 95_000}")) ? "a" : "b"'))
    yield (
        "template of itself",
        root(text_of('templatefile("t.tpl", {n = 1})'), t='${templatefile("t.tpl", {n = n})}' * 2),
    )
    yield "a file read 1,000 times", root(text_of('join("", [for i in range(1000) : file("t.tpl")])'), t="x" * 500_000)
    yield (
        "files hashed a million times",
        root(
            text_of('join("", flatten([for i in range(1000) : [for j in range(1000): filesha512("t.tpl")]]))'),
            t="x" * 500_000,
        ),
    )
    yield "fileset", root(text_of('join("", flatten([for i in range(1000) : tolist(fileset(".", "**/**/**/**/*"))]))'))


# Declarations, as many as make half a megabyte or more.
DECLARATIONS = {
    "launches": ('resource "aws_instance" "a@" {}\n', 20_000),
    "locals": ("locals {\n a@ = @\n}\n", 30_000),
    "variables": ('variable "a@" {}\n', 20_000),
    "outputs": ('output "a@" {\nvalue = 1\n}\n', 20_000),
    "moves": ("moved {\nfrom = a.a@\nto = a.b@\n}\n", 20_000),
    "providers": ('provider "aws" {\nalias = "a@"\n}\n', 20_000),
    "data": ('data "aws_ami" "a@" {}\n', 20_000),
    "unknown blocks": ('foo@ "a" {}\n', 20_000),
    "the same again": ('resource "aws_instance" "a" {}\n', 20_000),
    "roles": ('resource "aws_iam_role" "a@" {}\n', 20_000),
    "repeated roles": ('resource "aws_iam_role" "a@" {\n count = 1000\n}\n', 10_000),
    "repeated launches": ('resource "aws_instance" "a@" {\n count = 1000\n}\n', 100),
    "calls of a module": ('module "a@" {\n source = "./m"\n}\n', 20_000),
    "calls of absent modules": ('module "a@" {\n source = "./m@"\n}\n', 20_000),
    "ignore comments": ('# iplint: ignore imdsv1-allowed -- a@\nresource "aws_instance" "a@" {}\n', 8_000),
    "variables for a count": (
        'variable "v@" {\n default = true\n}\nresource "aws_instance" "a@" {\n count = var.v@ ? 1 : 0\n}\n',
        6_000,
    ),
    "unset variables for a count": (
        'variable "v@" {}\nresource "aws_instance" "a@" {\n count = var.v@ ? 1 : 0\n}\n',
        6_000,
    ),
}
# What is in one launch, many times.
PARTS = {
    "blocks": ("metadata_options {\n}\n", 40_000),
    "arguments": ("a@ = 1\n", 80_000),
    "closed blocks": ("a {\n}\n", 100_000),
    "no arguments": ("= = =\n", 100_000),
}
ROLE = """resource "aws_iam_role" "r" {}
resource "aws_iam_instance_profile" "p" {
  role = aws_iam_role.r.name
}
resource "aws_instance" "p" {
  iam_instance_profile = aws_iam_instance_profile.p.name
}
"""
ATTACHED = (
    'resource "aws_iam_role_policy_attachment" "a@" {\nCOUNT role = aws_iam_role.r.name\n'
    ' policy_arn = "arn:aws:iam::aws:policy/P@"\n}\n'
)


def declarations() -> Inputs:
    """Very many declarations, and very long or deep ones."""
    for what, (form, count) in DECLARATIONS.items():
        yield f"many {what}", root(each(form, count) + launch("", "other"), launch(""))
    for what, (form, count) in PARTS.items():
        yield f"many {what} of a launch", root(launch(each(form, count)))
    yield "many attachments", root(ROLE + each(ATTACHED.replace("COUNT", ""), 6_000))
    yield (
        "many attachments that inputs decide",
        root(
            each('variable "v@" {\n type = bool\n}\n', 1_000)
            + ROLE
            + each(ATTACHED.replace("COUNT", " count = var.v@ ? 1 : 0\n").replace("P@", "AdministratorAccess"), 1_000)
        ),
    )
    documents = 'data "aws_iam_policy_document" "d@" {\n source_policy_documents = [D, D]\n statement {\n A\n}\n}\n'
    documents = documents.replace("D", "data.aws_iam_policy_document.d<.json")
    for what, actions in (("", 'actions = ["s3:Get@"]'), (" of one name", 'sid = "A@"\n actions = ["s3:Get@"]')):
        doubled = each(documents.replace("A", actions, 1), 39, 1)
        first = block('data "aws_iam_policy_document" "d0"', 'statement {\n actions = ["s3:*"]\n}')
        policy = 'resource "aws_iam_role_policy" "q"'
        last = "policy = data.aws_iam_policy_document.d39.json"
        used = block(policy, "role = aws_iam_role.r.name", last)
        yield f"policy documents{what} doubled by each", root(ROLE + first + doubled + used)
    group = 'resource "aws_autoscaling_group" "a@" {\n launch_template {\n id = aws_launch_template.l.id\n}\n}\n'
    yield "many users of a template", root('resource "aws_launch_template" "l" {}\n' + each(group, 8_000))
    unknown = 'variable "v" {}\n'
    named = 'resource "aws_launch_template" "l@" {\n name = "${var.v}-@"\n}\nresource "aws_autoscaling_group" "g@" {\n'
    named += ' launch_template {\n name = "${var.v}-@"\n}\n}\n'
    yield "many templates with an unknown part in their names", root(unknown + each(named, 5_000))
    named = 'resource "aws_iam_role" "r@" {\n name = "${var.v}-@"\n}\nresource "aws_iam_instance_profile" "p@" {\n'
    named += ' name = "${var.v}-p@"\n role = "${var.v}-@"\n}\n' + launch('iam_instance_profile = "${var.v}-p@"', "i@")
    yield "many profiles with an unknown part in their names", root(unknown + each(named, 2_500))
    made = 'resource "aws_iam_access_key" "k@" {\n user = "u"\n}\n'
    made += text_of('"AWS_SECRET_ACCESS_KEY=${aws_iam_access_key.k@.secret}"', "i@")
    yield "many launches with a generated key each", root(each(made, 4_000))
    region = 'provider "aws" {\n alias = "a@"\n region = "${var.v}-@"\n}\n' + launch("provider = aws.a@", "i@")
    region += 'resource "aws_ec2_instance_metadata_defaults" "d@" {\n provider = aws.a@\n http_tokens = "required"\n}\n'
    yield "many regions with a default each", root(unknown + each(region, 3_000))
    assuming = '{Statement=[{Effect="Allow",Action="sts:AssumeRole",WHOM}]}'
    trusting = assuming.replace("WHOM", 'Principal={AWS="*"}')
    taking = assuming.replace("WHOM", 'Resource="*"')
    roles = block('resource "aws_iam_role" "q@"', f"assume_role_policy = jsonencode({trusting})")
    roles += block(
        'resource "aws_iam_role_policy" "q@"', "role = aws_iam_role.q@.name", f"policy = jsonencode({taking})"
    )
    first = block('resource "aws_iam_role_policy" "q"', "role = aws_iam_role.r.name", f"policy = jsonencode({taking})")
    yield "roles that can all assume each other", root(ROLE + first + each(roles, 2_500))
    every = '{Statement=[for i in range(1000) : {Effect="Allow",Action=[for j in range(1000) : "s3:Get${j}*"]}]}'
    policy = block('resource "aws_iam_role_policy" "q"', "role = aws_iam_role.r.name", f"policy = jsonencode({every})")
    yield "a policy of a million actions", root(ROLE + policy)
    repeated = "count = 1000\n"
    call = block('module "m"', 'source = "./m"', repeated)
    roles = ROLE + block('resource "aws_iam_role" "x"', repeated)
    for what, text in (("launches", launch(repeated)), ("roles", roles), ("modules", call)):
        nested = {"main.tf": call, "m/main.tf": text, "m/m/main.tf": launch(repeated)}
        yield f"1,000 modules of 1,000 {what}", nested
    twice = 'module "a" {\n source = "../m@"\n}\nmodule "b" {\n source = "../m@"\n}\n'
    yield "modules doubled 24 times", {f"m{n}/main.tf": each(twice, 1, n + 1) + launch("") for n in range(25)}
    deployed = 'terraform {\n backend "s3" {}\n}\n'
    roots = {f"m{n}/main.tf": deployed * (n < 20) + each(twice, 1, n + 1) + launch("") for n in range(40)}
    yield "roots: 20 of modules doubled by each", roots
    output = 'variable "v" {}\noutput "o" {\n value = "${var.v}${var.v}"\n}\n' + text_of("var.v")
    calls = each('module "a@" {\n source = "./m"\n v = module.a<.o\n}\n', 1_900)
    yield "outputs doubled by each module", root(calls.replace("module.a-1.o", '"aws"'), output)
    yield "overrides", {"main.tf": launch(""), **{f"x{n}_override.tf": launch("") for n in range(1_000)}}
    for what, value in {
        "interpolations": '"' + "${var.v}" * 100_000 + '"',
        "lines": "<<-E\n" + "  echo ${var.v}\n" * 50_000 + "  E",
        "attributes": "local.a" + ".b" * 300_000,
        "indexes": "local.a" + "[0]" * 200_000,
        "splats": "local.a" + "[*].b" * 100_000,
        "conditionals": "true ? 1 : " * 50_000 + "2",
        "additions": " + ".join(["1"] * 200_000),
        "conjunctions": " && ".join(["var.v"] * 100_000),
        "brackets": "[" * 100_000 + "]" * 100_000,
        "calls": "upper(" * 150 + '"a"' + ")" * 150,
        "unclosed interpolations": '"' + "${" * 200_000,
        "quotes": '"' * 900_000,
    }.items():
        yield f"long value of {what}", root('variable "v" {}\n' + text_of(value))
    for what, text in (("hashes", "#" * 900_000), ("comments", "/*" * 450_000), ("braces", "{" * 500_000)):
        yield f"long text of {what}", root(text)
    yield "heredocs without an end", root(each("a@ = <<E\n", 50_000))
    deep: object = {}
    for _ in range(90):
        deep = {"a": deep}
    for what, written in {
        "launches": {f"i{n}": {} for n in range(20_000)},
        "arguments": {"i": {f"a{n}": "${var.x}" for n in range(40_000)}},
        "blocks": {"i": {"metadata_options": [{"http_tokens": "required"}] * 20_000}},
        "interpolations": {"i": {"user_data": "${1}" * 150_000}},
        "objects": {"i": deep},
    }.items():
        yield f"JSON syntax: {what}", {"main.tf.json": json.dumps({"resource": {"aws_instance": written}})}


def deciding() -> Inputs:
    """Variables that decide: each combination of their values would be a scenario of its own."""
    variables = each('variable "v@" {\n default = true\n}\n', 6_000)
    joined = ",".join(f"var.v{n}" for n in range(6_000))
    yield "6,000 variables for one condition", root(variables + decides(f"alltrue([{joined}])"))
    interpolated = "${" + joined.replace(",", "}${") + "}"
    yield (
        "6,000 variables for one text",
        root(variables + decides(f'"{interpolated}" == ""') + text_of(f'"{interpolated}"', "k")),
    )
    counted = each(
        'variable "v@" {\n default = true\n}\n' + ATTACHED.replace("COUNT", " count = var.v@ ? 1 : 0\n"), 3_000
    )
    yield "3,000 variables for the policies of one role", root(ROLE + counted)
    for what, condition in {
        "contains": "contains([" + each('"x@"', 40_000, join=",") + "], var.v)",
        "comparisons": "anytrue([" + each('var.v == "x@"', 40_000, join=",") + "])",
        "lookup": "lookup({" + each("x@=true", 40_000, join=",") + "}, var.v, false)",
    }.items():
        yield f"40,000 values of a variable: {what}", root('variable "v" {\n default = "a"\n}\n' + decides(condition))
        check = block("validation", f"condition = {condition}")
        yield (
            f"40,000 values of a variable: validation by {what}",
            root(block('variable "v"', check) + text_of("var.v")),
        )
    for form in (
        "(X && X) || !X",
        "X ? !X : (data.aws_x.x.z@ == 1 && X)",
        "(X && data.aws_x.x.y@ == 1) || (X && data.aws_x.x.z@ == 1)",
    ):
        head = 'data "aws_x" "x" {}\n' + chain("data.aws_x.x.y == 1", form, 60)
        yield f"condition doubled: {form}", root(head + decides("local.a59") + launch("count = local.a59 ? 1 : 0", "k"))


def plans() -> Inputs:
    """Plans in JSON."""

    def of(resources: list[object], root: Mapping[str, object], configuration: Mapping[str, object]) -> Files:
        planned = {"root_module": {"resources": resources, **root}}
        plan = {"format_version": "1.2", "planned_values": planned, "configuration": {"root_module": configuration}}
        return {"plan.json": json.dumps({**plan, "resource_changes": []})}

    def one(number: int, at: str = "", **arguments: object) -> dict[str, object]:
        address = {"address": f"{at}aws_instance.a{number}", "type": "aws_instance", "name": f"a{number}"}
        return {**address, "mode": "managed", "provider_name": "hashicorp/aws", "values": arguments}

    def declared(number: int, references: list[str]) -> dict[str, object]:
        return {**one(number), "expressions": {"iam_instance_profile": {"references": references}}}

    deep: dict[str, object] = {}
    for _ in range(90):
        deep = {"a": [deep]}
    yield "plan: many launches", of([one(n) for n in range(4_500)], {}, {})
    yield "plan: deep value", of([one(0, tags=deep)], {}, {})
    yield "plan: long text", of([one(0, user_data="a" * 800_000)], {}, {})
    yield "plan: many tags", of([one(0, tags={f"k{n}": "v" for n in range(60_000)})], {}, {})
    next_ones = [declared(n, [f"aws_instance.a{n + 1}.id", f"aws_instance.a{n + 1}"]) for n in range(2_000)]
    yield "plan: chain of references", of([one(n) for n in range(2_000)], {}, {"resources": next_ones})
    many = {"resources": [declared(0, [f"var.x{n}" for n in range(30_000)])]}
    yield "plan: many references", of([one(0)], {}, many)
    both = {"references": ["var.v", "var.w"]}
    called: dict[str, object] = {"resources": [declared(0, ["var.v"])], "variables": {"v": {}, "w": {}}}
    modules: dict[str, object] = {"resources": [one(0, "module.m." * 60)]}
    for depth in range(60, 0, -1):
        calls = {"m": {"source": "./m", "expressions": {"v": both, "w": both}, "module": called}}
        called = {"module_calls": calls, "variables": {"v": {}, "w": {}}}
        modules = {"child_modules": [{"address": ".".join(["module.m"] * depth), **modules}]}
    yield "plan: variables doubled by each module", of([], modules, called)


def packer() -> Inputs:
    """Templates of Packer."""
    build = 'build {\n sources = ["source.amazon-ebs.x"]\n}\n'
    source = 'source "amazon-ebs" "x" {\n user_data = VALUE\n}\n' + build
    texts = chain('"aws"', '"${X}${X}"', 60) + source.replace("VALUE", "local.a59")
    head = shared('["x"]', "[X, X, X]")
    many = each('source "amazon-ebs" "x@" {\n}\n' + build.replace("x", "x@"), 7_000)
    listed = "build {\n sources = [" + each('"source.amazon-ebs.x@"', 1_000, join=",") + "]\n}\n"
    provisioners = 'provisioner "shell" {\n inline = ["aws"]\n}\n' * 3_000
    for what, text in {
        "shared list": head + source.replace("VALUE", "jsonencode(local.a39)"),
        "shared lists compared": head + source.replace("VALUE", 'local.a39 == local.twin ? "a" : "b"'),
        "doubled text": texts,
        "many sources": many,
        "many builds of many sources": each('source "amazon-ebs" "x@" {\n}\n', 1_000) + listed * 20,
        "many sources and provisioners": source.replace("VALUE", '""') + listed[:-2] + provisioners + "}\n",
    }.items():
        yield f"packer: {what}", {"x.pkr.hcl": text}


def terragrunt() -> Inputs:
    """Configurations of Terragrunt, and files of variables."""
    module = 'variable "v" {}\n' + text_of("jsonencode(var.v)")
    source = 'terraform {\n source = "./m"\n}\n'
    inputs = source + shared('["x"]', "[X, X, X]") + "inputs = {\n v = local.a39\n}\n"
    yield "terragrunt: shared list", {"terragrunt.hcl": inputs, "m/main.tf": module}
    for count, depth in ((5_000, 1), (30, 6)):
        files = {f"x{n}.hcl": each(f'include "a@" {{\n path = "x{n + 1}.hcl"\n}}\n', 30) for n in range(depth)}
        head = each('include "a@" {\n path = "x0.hcl"\n}\n', count)
        yield (
            f"terragrunt: {count:,} includes, {depth} deep",
            {"terragrunt.hcl": head + source, "m/main.tf": module} | files,
        )
    for what, text in {"values": "v = [" + "1," * 300_000 + "]\n", "variables": each("v@ = 1\n", 80_000)}.items():
        yield f"many {what} in a file of variables", {"main.tf": module, "terraform.tfvars": text}


FAMILIES = (values, loops, declarations, deciding, plans, packer, terragrunt)
