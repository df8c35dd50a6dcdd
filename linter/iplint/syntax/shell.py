"""Parse the commands of a script, without running it: words, places and variables.

A tolerant parser of shell and PowerShell; lines of cmd.exe are read as PowerShell's. Other formats that contain
commands, such as cloud-config, cfn-init, unit files and JSON lists of arguments, are read as shell too, which finds the
commands in them. Sources: "POSIX.1-2017, Shell Command Language"; "PowerShell documentation, about_Parsing,
about_Quoting_Rules".
"""

from __future__ import annotations

import re
from bisect import bisect_left

from iplint.budget import charge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# The placeholder in a word for the output of a substituted command.
OUTPUT = "\ufffb"
# Quoted scripts, here-documents and substitutions inside of each other: what lies deeper is not read.
MAX_NESTING = 8
_TOO_DEEP = f"nests scripts in each other more than {MAX_NESTING} deep"
# A word that grows by variables, which can double it again and again, is cut off here: no user data is that long.
MAX_WORD = 16_000
# What a character costs that is read, in steps of the budget.
_STEPS = 4
_STEPS_OF_COMMAND = 80
_COPIED_A_STEP = 2_000

_PLAIN = r"[^\s'\"\\$`;|&<>(){}\[\]#^@,=]+"
_HEREDOC = r"<<-?[ \t]*(?:'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"|\\?([\w.-]{1,80}))"
_VARIABLE = r"(?i)\$\{(?:env:)?(\w{1,64})[^{}\s]{0,80}\}|\$(?:env:)?(\w{1,64})|%(\w{1,64})%"
_ASSIGNMENT = r"(?i)\$?(?:env:)?(\w{1,64})\+?=(.*)"
_SET_BY_SIGN = r"(?i)\$(?:env:)?\w+"
_NAME = r"(?i)\$?(?:env:)?(\w{1,64})"
_COMMANDLET = r"[A-Za-z][\w.-]*"
# cmd.exe takes a backslash for what it is, as PowerShell does. EC2 User Guide, "Run commands when you launch an EC2
# instance with user data input".
_BATCH = (
    r"\A\s*(?:<persist>\s*\w+\s*</persist>\s*)?<script>|</powershell>\s*<script>|\A\s*@echo[ \t]+off\b"
    r"|\btype:[ \t]*batch\b"
)
_POWERSHELL = (
    rf"(?i)<powershell>|{_BATCH}"
    r"|\b(?:Invoke-(?:RestMethod|WebRequest|Expression)|Write-(?:Host|Output|EventLog)|New-Object"
    r"|Set-Content|Add-Content|Out-File|Start-Transcript|ConvertTo-Json|ConvertFrom-Json)\b"
)
# Words before a command on the same line: keywords, and commands that run the rest of the line.
_PREFIXES = frozenset(
    (
        "!",
        "-",
        "{",
        "(",
        "if",
        "then",
        "elif",
        "else",
        "do",
        "while",
        "until",
        "time",
        "sudo",
        "exec",
        "nohup",
        "env",
        "command",
        "builtin",
        "export",
        "local",
        "readonly",
        "declare",
        "typeset",
        "return",
        "try",
        "not",
    )
)
# What prints the words it is given.
PRINTERS = frozenset(
    ("echo", "printf", "print", "puts", "logger", "write-host", "write-output", "write-verbose", "write-eventlog")
)
# What takes its words, or what it reads, for a script.
RUNNERS = frozenset(
    (
        "eval",
        "bash",
        "sh",
        "dash",
        "zsh",
        "ksh",
        "su",
        "ssh",
        "runuser",
        "cmd",
        "cmd.exe",
        "powershell",
        "powershell.exe",
        "pwsh",
        "iex",
    )
)
_SCRIPT_OPTION = r"-[a-z]*c|/[cCkK]|-[Cc]ommand"


class Word:
    """One word of a command, `start` to `end` of the flat text.

    `text` is what the program gets, with quotes and escapes resolved and OUTPUT in place of the output of `inner`, the
    substituted commands. `quoted` are the places of its quoted parts; `value` is the text with variables resolved.
    """

    __slots__ = ("end", "inner", "quoted", "start", "text", "value")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.text = ""
        self.value = ""
        self.inner: list[ShellCommand] = []
        self.quoted: list[tuple[int, int]] = []


class ShellCommand:
    """One command: `words` in order, without redirections.

    `writes` are the words to which standard output is redirected, `document` is the body of its here-document. `next`
    is the command that reads its output in a pipeline; `before` the one that writes its input. `user` is the command in
    one of whose words its output is substituted. `otherwise` is the command that must have failed before it (`||`);
    `conditions` are the commands that the branches of `if` around it test. `powershell` is the dialect; `in_file` says
    that it belongs to a script that is written to a file.
    """

    __slots__ = (
        "before",
        "conditions",
        "document",
        "end",
        "in_file",
        "next",
        "otherwise",
        "powershell",
        "start",
        "user",
        "words",
        "writes",
    )

    def __init__(self, start: int, user: ShellCommand | None, powershell: bool) -> None:
        self.start = start
        self.end = start
        self.words: list[Word] = []
        self.writes: list[Word] = []
        self.document: Word | None = None
        self.next: ShellCommand | None = None
        self.before: ShellCommand | None = None
        self.user = user
        self.otherwise: ShellCommand | None = None
        self.conditions: tuple[ShellCommand, ...] = ()
        self.powershell = powershell
        self.in_file = False

    @property
    def name(self) -> str:
        """Return the program or built-in that it runs, in lower case and without its folder; empty if it runs none."""
        for word in self.words[2 if self.sets_by_word else 0 :]:
            text = program(word.value)
            if text and text not in _PREFIXES and not _is_key(word.text) and not re.match(_ASSIGNMENT, word.text):
                return text
        return ""

    @property
    def parts(self) -> Iterator[Word]:
        """Return its words, redirection targets, and here-document."""
        yield from self.words
        yield from self.writes
        if self.document is not None:
            yield self.document

    @property
    def sets_by_word(self) -> bool:
        """Return whether it is an assignment with spaces, as in PowerShell or Python."""
        words = self.words
        return len(words) > 2 and words[1].text == "=" and re.fullmatch(_NAME, words[0].text) is not None

    @property
    def tests(self) -> Iterator[ShellCommand]:
        """Yield the commands that the enclosing branches test, also those around its substitution."""
        command: ShellCommand | None = self
        while command is not None:
            yield from command.conditions
            command = command.user

    @property
    def assigned(self) -> tuple[tuple[str, Word], ...]:
        """Return the variables that it sets, each with the word, or the first of the words, of the value."""
        words = self.words
        if self.sets_by_word and (name := re.fullmatch(_NAME, words[0].text)):
            return ((self._variable(name[1]), words[2]),)
        found: list[tuple[str, Word]] = []
        for word in words:
            name = re.match(_ASSIGNMENT, word.text, re.DOTALL)
            if name is not None:
                found.append((self._variable(name[1]), word))
            elif word.text not in _PREFIXES and not word.text.startswith("-"):
                break
        return tuple(found)

    def _variable(self, name: str) -> str:
        return name.lower() if self.powershell else name


def program(word: str) -> str:
    """Return the program that a word names: without directory, brackets and extension, in lower case."""
    name = re.split(r"[/\\=]", word.strip("[](){},\"'&"))[-1].lower()
    return name.removesuffix(".exe")


def _is_key(text: str) -> bool:
    return text.endswith(":") and len(text) > 1


class Script:
    """The commands of a text, in the order of their places, including those of nested scripts.

    `unread` is a place where something was not read because of a limit, and why; None where there is none.
    """

    __slots__ = ("commands", "unread")

    def __init__(self, flat: str) -> None:
        powershell = re.search(_POWERSHELL, flat) is not None
        lines = _Lines(flat)
        found: dict[int, ShellCommand] = {}
        pending = [(0, len(flat), 0, False)]
        self.unread: tuple[int, str] | None = None
        while pending:
            start, end, depth, in_file = pending.pop()
            reader = _ScriptParser(flat, start, end, powershell, lines)
            for command in reader.read():
                command.in_file = in_file
                if found.setdefault(command.start, command) is not command:
                    continue
                for low, high, is_file in _scripts_in(command, flat):
                    if depth < MAX_NESTING:
                        pending.append((low, high, depth + 1, in_file or is_file))
                    else:
                        self.unread = low, _TOO_DEEP
            if reader.unread is not None:
                self.unread = reader.unread, _TOO_DEEP
        self.commands = [found[start] for start in sorted(found)]
        # Each is looked at for its program, for what it calls, and for what becomes of credentials.
        charge(_STEPS_OF_COMMAND * len(self.commands))
        self._resolve()

    def _resolve(self) -> None:
        """Replace variables in the words by their values: the last one set before, else the first one set after."""
        later: dict[str, str] = {}
        for command in self.commands:
            for name, word in command.assigned:
                later.setdefault(name, _assigned_text(command, word))
        values: dict[str, str] = {}
        for command in self.commands:
            named = command.words[:1] if command.sets_by_word else []
            for word in command.parts:
                if word in named:
                    word.value = word.text
                    continue
                word.value = _substituted(word.text, values, later, command.powershell)
                if len(word.value) == MAX_WORD and word.value != word.text:
                    self.unread = word.start, f"makes a word of more than {MAX_WORD:,} characters"
            for name, word in command.assigned:
                value = _assigned_text(command, word)
                values[name] = _substituted(value, values, later, command.powershell)


def _assigned_text(command: ShellCommand, word: Word) -> str:
    """Return the value that a command assigns by a word, or by the rest of the line where that is the value."""
    if command.sets_by_word:
        if command.powershell and not word.quoted and re.fullmatch(_COMMANDLET, word.text):
            return OUTPUT
        return " ".join(other.text for other in command.words[2:])
    return word.text.partition("=")[2]


def _substituted(text: str, values: dict[str, str], later: dict[str, str], powershell: bool) -> str:
    if "$" not in text and "%" not in text:
        return text

    def value(match: re.Match[str]) -> str:
        name: str = match[1] or match[2] or match[3]
        name = name.lower() if powershell else name
        known = values.get(name)
        return known if known is not None else later.get(name, match[0])

    parts: list[str] = []
    size = at = 0
    for match in re.finditer(_VARIABLE, text):
        given = value(match)
        parts += text[at : match.start()], given
        size += match.start() - at + len(given)
        at = match.end()
        if size > MAX_WORD:
            break
    made = "".join((*parts, text[at:]))[:MAX_WORD]
    charge(len(made) // _STEPS)
    return made


def _scripts_in(command: ShellCommand, flat: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the places inside a command that contain scripts, and whether each is written to a file and not run at
    once.

    Quoted words, and here-documents that become a file or are run.
    """
    words = [word.text for word in command.words]
    name = next((found for word in words if (found := program(word)) and found not in _PREFIXES), "")
    kept = bool(command.writes) or command.next is not None or name in RUNNERS or name not in PRINTERS | {"cat"}
    if command.document is not None and kept:
        yield command.document.start, command.document.end, name not in RUNNERS and not _feeds_runner(command)
    runs = name in RUNNERS or any(re.fullmatch(_SCRIPT_OPTION, word) for word in words)
    is_data = bool(words) and (_is_key(words[0]) or words[0] in ("-", "=") or name == "")
    for index, word in enumerate(command.words):
        for start, end in word.quoted:
            if "\n" in flat[start:end]:
                wanted = kept
            else:
                wanted = runs or is_data or (index == 0 and word.start == start - 1)
            if wanted and re.search(r"\s", flat[start:end]):
                yield start, end, bool(command.writes)


def _feeds_runner(command: ShellCommand) -> bool:
    return command.next is not None and command.next.name in RUNNERS


def _table(*signs: tuple[str, str]) -> str:
    """Return the pattern for the first of some signs; its group has the name of the sign."""
    return "|".join(f"(?P<{name}>{form})" for name, form in signs)


class _Lines:
    """Lines that may end a here-document, found once for all of them."""

    __slots__ = ("_flat", "_starts")

    def __init__(self, flat: str) -> None:
        self._flat = flat
        self._starts: dict[str, list[int]] | None = None

    def ending(self, delimiter: str, at: int) -> tuple[int, int] | None:
        """Return start and end of the first line from `at` on that holds only `delimiter`."""
        if self._starts is None:
            self._starts = {}
            begin = 0
            for line in self._flat.split("\n"):
                stripped = line.strip()
                if 0 < len(stripped) <= 80:
                    self._starts.setdefault(stripped, []).append(begin)
                begin += len(line) + 1
        starts = self._starts.get(delimiter, [])
        index = bisect_left(starts, at)
        if index == len(starts):
            return None
        end = self._flat.find("\n", starts[index])
        return starts[index], len(self._flat) if end < 0 else end


# The signs between the words of a list of commands, in the order in which shells try them: name and form.
_SIGNS = (
    ("line", r"\n"),
    ("blank", r"\s"),
    ("and_or", r"&&|\|\|"),
    ("pipe", r"\|&?"),
    ("to_both", r"&(?=>)"),
)
_SHELL_SIGNS = _table(
    *_SIGNS,
    ("end", r"[;&]"),
    ("open", r"\("),
    ("close", r"[)}]"),
    ("continued", r"[\\^](?:\n|\r[\s\S]?)"),
    ("comment", r"#"),
    ("redirection", r"[<>]"),
    ("listed", r"[,\]]|[\[{](?=['\"])"),
)
_POWERSHELL_SIGNS = _table(
    *_SIGNS,
    ("end", r"[;&{}]"),
    ("close", r"\)"),
    ("continued", r"[`^](?:\n|\r[\s\S]?)"),
    ("comment", r"#|<#"),
    ("redirection", r"[<>]"),
    ("listed", r"[,\]]|\[(?=['\"])"),
)
# The definition of a function, from its first bracket.
_DEFINITION = r"\(\s{0,9}\)\s{0,9}\{"


class _ScriptParser:
    """Parse the commands between two places of a text, each character once except in quoted scripts."""

    __slots__ = ("_documents", "_end", "_flat", "_lines", "_plain", "at", "found", "powershell", "unread")

    def __init__(self, flat: str, start: int, end: int, powershell: bool, lines: _Lines) -> None:
        self._flat = flat
        self.at = start
        self._end = end
        self.powershell = powershell
        self._lines = lines
        self._plain = re.compile(_PLAIN)
        self.found: list[ShellCommand] = []
        self._documents: list[tuple[ShellCommand, str, bool]] = []
        self.unread: int | None = None

    def read(self) -> list[ShellCommand]:
        """Return the commands."""
        charge(_STEPS * (self._end - self.at))
        while self.at < self._end:
            self._list("", None, 0)
            self.at += 1
        return [command for command in self.found if command.words]

    def _peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self._flat[at] if at < self._end else ""

    def _list(self, closer: str, user: ShellCommand | None, depth: int) -> None:
        """Parse commands up to the closer of a substitution, which is not consumed."""
        reading = _CommandList(self, user, depth)
        signs = re.compile(_POWERSHELL_SIGNS if self.powershell else _SHELL_SIGNS)
        while self.at < self._end:
            if self._flat[self.at] == closer and not reading.opened:
                break
            sign = signs.match(self._flat, self.at, self._end)
            if sign is None:
                self._add_word(reading.command, depth, closer)
            else:
                _ACTIONS[sign.lastgroup or ""](reading, sign[0])
        reading.finish()

    def _add_word(self, command: ShellCommand, depth: int, closer: str) -> None:
        if not command.words:
            command.start = self.at
        command.words.append(self._word(command, depth, closer))
        command.end = command.words[-1].end

    def skip(self, sign: str) -> None:
        """Pass over a sign."""
        self.at += len(sign)

    def is_definition(self) -> bool:
        """Return whether the brackets here are those of a function definition."""
        return re.compile(_DEFINITION).match(self._flat, self.at, self._end) is not None

    def skip_lines(self) -> None:
        """Continue a command after the line end that follows an operator."""
        while self.at < self._end and self._flat[self.at].isspace() and not self._documents:
            self.at += 1

    def skip_comment(self) -> None:
        if self._flat[self.at] == "<":
            end = self._flat.find("#>", self.at, self._end)
            self.at = end + 2 if end >= 0 else self._end
            return
        end = self._flat.find("\n", self.at, self._end)
        self.at = end if end >= 0 else self._end

    def redirection(self, command: ShellCommand, depth: int) -> None:
        flat = self._flat
        heredoc = None if self.powershell else re.compile(_HEREDOC).match(flat, self.at, self._end)
        if heredoc is not None and not flat.startswith("<<<", self.at):
            self.at = heredoc.end()
            bare: str | None = heredoc[3]
            self._documents.append((command, bare or heredoc[1] or heredoc[2], bare is not None))
            return
        output = flat[self.at] == ">"
        # Digits before it name what is redirected: 1 is standard output, 2 the errors.
        number = ""
        if command.words and command.words[-1].end == self.at and command.words[-1].text in ("1", "2", "3"):
            number = command.words.pop().text
        while self._peek() in ("<", ">", "|") and self._peek():
            self.at += 1
        if self._peek() == "&":
            self.at += 1
            while self._peek().isdigit() or self._peek() == "-":
                self.at += 1
            if self._flat[self.at - 1] != "&":
                return
        if self._peek() == "(":
            target = self._process(command, depth)
        else:
            while self._peek() in (" ", "\t"):
                self.at += 1
            if not self._peek() or self._peek() in "\n\r;|&<>)":
                return
            target = self._word(command, depth, "")
        if output and number in ("", "1"):
            command.writes.append(target)
        elif not output:
            command.words.append(target)
        command.end = target.end

    def _process(self, command: ShellCommand, depth: int) -> Word:
        """Parse a process substitution, after `>` or `<`."""
        word = Word(self.at)
        self._substitution(word, command, depth, 1, ")")
        word.end = self.at
        return word

    def read_documents(self, depth: int) -> None:
        """Read the bodies of the here-documents that the line before announced."""
        documents, self._documents = self._documents, []
        for command, delimiter, expands in documents:
            ending = self._lines.ending(delimiter, self.at)
            if ending is None or ending[1] > self._end:
                continue
            body = Word(self.at)
            body.end = ending[0]
            body.text = self._flat[self.at : ending[0]]
            if not expands:
                body.quoted.append((body.start, body.end))
            else:
                self._expand(body, command, depth)
            command.document = body
            self.at = ending[1]

    def _expand(self, body: Word, command: ShellCommand, depth: int) -> None:
        """Parse the commands that the shell substitutes in a here-document."""
        at, end = self.at, self._end
        self._end = body.end
        while self.at < self._end:
            mark = re.compile(r"\$\(|`").search(self._flat, self.at, self._end)
            if mark is None:
                break
            found = self.at = mark.start()
            if self._flat[found - 1] == "\\":
                self.at += 1
            elif self._flat[found] == "`":
                if self.powershell or self._flat.find("`", found + 1, self._end) < 0:
                    self.at += 1
                    continue
                self._substitution(body, command, depth, 1, "`")
            else:
                self._substitution(body, command, depth, 2, ")")
        self.at, self._end = at, end

    def _substitution(self, word: Word, user: ShellCommand, depth: int, opening: int, closer: str) -> None:
        """Parse commands in a word, whose opening has this many characters; beyond the depth limit, as plain text."""
        if depth >= MAX_NESTING:
            self.unread = self.at
            word.text += self._flat[self.at : self.at + opening]
            self.at += opening
            return
        self.at += opening
        before = len(self.found)
        documents, self._documents = self._documents, []
        self._list(closer, user, depth + 1)
        self._documents += documents
        word.inner += (command for command in self.found[before:] if command.user is user)
        word.text += OUTPUT
        self.at = min(self.at + 1, self._end)

    def _word(self, command: ShellCommand, depth: int, closer: str) -> Word:
        """Read one word; at least one character."""
        flat, word, begin = self._flat, Word(self.at), self.at
        plain = self._plain
        while self.at < self._end:
            run = plain.match(flat, self.at, self._end)
            if run is not None:
                word.text += run[0]
                self.at = run.end()
                continue
            char = flat[self.at]
            following = self._peek(1)
            if char.isspace() or char in ";|&<>)" or char == closer:
                break
            # Lists of arguments, as JSON and YAML write them.
            if char in ",]}" and self.at > begin and flat[self.at - 1] in "'\"":
                break
            if char == "'" and self._closes("'", self.at > begin):
                self._single(word)
            elif char == '"':
                self._double(word, command, depth)
            elif char == "$" and following == "(":
                self._substitution(word, command, depth, 2, ")")
            elif char == "$" and following == "{":
                end = flat.find("}", self.at, min(self._end, self.at + 200))
                end = end + 1 if end >= 0 else self.at + 2
                word.text += flat[self.at : end]
                self.at = end
            elif char == "@" and following == "{" and self.powershell:
                self._take(word, "}")
            elif char == "(" and word.text.endswith("=") and not self.powershell:
                self._take(word, ")")
            elif char == "(" and self.powershell:
                self._substitution(word, command, depth, 1, ")")
            elif char == "(" or (char in "{}" and self.powershell):
                break
            elif char == "`" and not self.powershell:
                self._substitution(word, command, depth, 1, "`")
            elif char in "\\`^" and following in ("\n", "\r") and following:
                self.at += 2 if following == "\n" else 3
                break
            elif char == "`" or (char == "\\" and not self.powershell and following):
                word.text += following
                self.at = min(self.at + 2, self._end)
            elif self.powershell and char == "=" and (self.at == begin or re.fullmatch(_SET_BY_SIGN, word.text)):
                break
            else:
                # A long word is copied whole for each of its signs.
                charge(len(word.text) // _COPIED_A_STEP)
                word.text += char
                self.at += 1
        if self.at == begin:
            word.text = flat[begin]
            self.at += 1
        word.end = self.at
        return word

    def _closes(self, quote: str, inside: bool) -> bool:
        """Return whether a quote is closed; one inside a word must be closed on the same line, as it may be an
        apostrophe.
        """
        end = self._flat.find("\n", self.at, self._end) if inside else self._end
        return self._flat.find(quote, self.at + 1, end if end >= 0 else self._end) >= 0

    def _single(self, word: Word) -> None:
        end = self._flat.find("'", self.at + 1, self._end)
        word.quoted.append((self.at + 1, end))
        word.text += self._flat[self.at + 1 : end]
        self.at = end + 1

    def _take(self, word: Word, closer: str) -> None:
        """Read a PowerShell hash or list literally, without its quotes."""
        end = self._flat.find(closer, self.at, min(self._end, self.at + 2000))
        end = end + 1 if end >= 0 else self.at + 1
        word.text += re.sub(r"['\"]", "", self._flat[self.at : end])
        self.at = end

    def _double(self, word: Word, command: ShellCommand, depth: int) -> None:
        """Parse a part in double quotes, with the commands substituted in it."""
        flat = self._flat
        self.at += 1
        begin = self.at
        escape = "`" if self.powershell else "\\"
        while self.at < self._end:
            char = flat[self.at]
            if char == '"':
                break
            if char == escape and self.at + 1 < self._end:
                word.text += flat[self.at + 1] if flat[self.at + 1] != "\n" else ""
                self.at += 2
            elif char == "$" and self._peek(1) == "(":
                self._substitution(word, command, depth, 2, ")")
            elif char == "`" and not self.powershell:
                self._substitution(word, command, depth, 1, "`")
            else:
                run = re.compile(r"[^\"\\`$]+").match(flat, self.at, self._end)
                word.text += run[0] if run is not None else char
                self.at = run.end() if run is not None else self.at + 1
        word.quoted.append((begin, min(self.at, self._end)))
        self.at = min(self.at + 1, self._end)


class _CommandList:
    """A list of commands while it is parsed: the current command, and what is open around it."""

    __slots__ = ("_branches", "_closed", "_depth", "_groups", "_parser", "_testing", "_user", "command", "opened")

    def __init__(self, parser: _ScriptParser, user: ShellCommand | None, depth: int) -> None:
        self._parser = parser
        self._user = user
        self._depth = depth
        self.command = ShellCommand(parser.at, user, parser.powershell)
        # How many brackets are open.
        self.opened = 0
        self._branches: list[list[ShellCommand]] = []
        self._testing = False
        # Where the commands of each open group start, and of the one that has just been closed.
        self._groups: list[int] = []
        self._closed: int | None = None

    def finish(self) -> ShellCommand:
        """End the command, and begin the next one."""
        parser, done = self._parser, self.command
        group, self._closed = self._closed, None
        done.conditions = tuple(test for tests in self._branches[-MAX_NESTING:] for test in tests[:MAX_NESTING])
        self.command = ShellCommand(parser.at, self._user, parser.powershell)
        if not done.words and not done.writes:
            return done
        if group is not None and not done.words:
            charge(len(parser.found) - group)
            for inner in parser.found[group:]:
                if not inner.writes and inner.next is None and inner.user is None:
                    inner.writes += done.writes
        if done.words and done.words[0].text == "{":
            self._groups.append(len(parser.found))
        parser.found.append(done)
        self._follow_branches(done)
        return done

    def _follow_branches(self, done: ShellCommand) -> None:
        """Record which commands the branches of `if` test."""
        match done.words[0].text if done.words else "":
            case "if":
                self._branches.append([done])
                self._testing = True
            case "elif" if self._branches:
                self._branches[-1].append(done)
                self._testing = True
            case "then" | "else":
                self._testing = False
            case "fi" if self._branches:
                self._branches.pop()
                self._testing = False
            case _ if self._testing and self._branches:
                self._branches[-1].append(done)
            case _:
                pass

    def line(self, sign: str) -> None:
        """End a line, after which its here-documents follow."""
        self.finish()
        self._parser.skip(sign)
        self._parser.read_documents(self._depth)

    def skip(self, sign: str) -> None:
        """Skip signs without meaning here."""
        self._parser.skip(sign)

    def and_or(self, sign: str) -> None:
        """Begin a command that runs if the one before it succeeds (`&&`) or fails (`||`)."""
        done = self.finish()
        self._parser.skip(sign)
        if sign == "||" and done.words:
            self.command.otherwise = done
        self._parser.skip_lines()

    def pipe(self, sign: str) -> None:
        """Begin the command that reads the output of the one before it."""
        done = self.finish()
        self._parser.skip(sign)
        if done.words:
            done.next, self.command.before = self.command, done
        self._parser.skip_lines()

    def end(self, sign: str) -> None:
        """End a command."""
        self.finish()
        self._parser.skip(sign)

    def open(self, sign: str) -> None:
        """Open a group."""
        self.opened += 1
        if len(self.command.words) == 1 and self._parser.is_definition():
            # The definition of a function is not a command.
            self.command.words.clear()
        self.finish()
        self._groups.append(len(self._parser.found))
        self._parser.skip(sign)

    def close(self, sign: str) -> None:
        """Close a group. A brace closes one only where a command may begin."""
        if sign == ")" or (self._groups and not self.command.words):
            self.opened = max(0, self.opened - (sign == ")"))
            self.finish()
            self._closed = self._groups.pop() if self._groups else None
        self._parser.skip(sign)

    def comment(self, sign: str) -> None:
        """Skip a comment."""
        del sign
        self._parser.skip_comment()

    def redirection(self, sign: str) -> None:
        """Parse a redirection."""
        del sign
        self._parser.redirection(self.command, self._depth)


_ACTIONS = {
    "line": _CommandList.line,
    "blank": _CommandList.skip,
    "and_or": _CommandList.and_or,
    "pipe": _CommandList.pipe,
    "to_both": _CommandList.skip,
    "end": _CommandList.end,
    "open": _CommandList.open,
    "close": _CommandList.close,
    "continued": _CommandList.skip,
    "comment": _CommandList.comment,
    "redirection": _CommandList.redirection,
    "listed": _CommandList.skip,
}
