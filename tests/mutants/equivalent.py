"""Mistakes that no test can find, because the code does the same with them: each with the reason.

A mistake is `path unit  kind: before -> after`, as `run.py` prints it. `run.py` does not try them, and
names those that are not possible any more. Simplify the code rather than add to this list, where that is possible.
"""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {
    "linter/iplint/aws/keys.py _may_mention_keys  constant: 9 -> 10": "the pattern ends there and is no longer than 9",
    "linter/iplint/aws/patterns.py _start_alike  return: return one.startswith(other) or other.startswith(one)"
    " -> return True": "a pattern that begins otherwise matches nothing of the target: it is only left out sooner",
    "linter/iplint/aws/identity_types.py POLICY_DOCUMENT  constant: 'document' -> 'document-mutant'": (
        "what is of no other kind is a document: nothing compares the word"
    ),
    "linter/iplint/aws/launch_calls.py _code  constant: 0 -> 1": (
        "one of the groups always matches; a line end at the beginning is skipped with the blanks of the line"
    ),
    "linter/iplint/aws/launch_calls.py service_calls  constant: 0 -> 1": "one of the groups always matches",
    "linter/iplint/model/grant.py _names_several  return: return any(('*' in pattern.partition(':')[0]"
    " for pattern in statement.action_patterns())) -> return True": "it only chooses which grants are looked at",
    "linter/iplint/model/grant.py Grant.near_administrator  return: return Known(False, self.at) -> return None": (
        "callers ask whether it is true or Unknown; type checkers find it"
    ),
    "linter/iplint/model/grant.py can_escalate  return: return any((grant.may_be_used(action) for action in ACTIONS))"
    " -> return True": "what the grants that it keeps may be used for is asked of each again",
    "linter/iplint/model/scanned_text.py MAX_SCRIPTS  limit: 64 -> 8": "what is not kept is read again",
    "linter/iplint/model/scanned_text.py is_silent  statement: _silent[entry] = (silent, cost) -> pass": (
        "what is not kept is searched again, for the same steps of the budget"
    ),
    "linter/iplint/model/scanned_text.py is_silent  return: return True -> return False": (
        "a text that is too short to hold anything is searched, and nothing is found"
    ),
    "linter/iplint/aws/keys.py named_key  constant: False -> True": "there is no kind to return then",
    "linter/iplint/aws/user_data.py _QUOTED_BYTES  constant: 400 -> 401": "a cost of the budget",
}
