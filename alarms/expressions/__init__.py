"""The small language of cross-domain alarm rules: ``fire(cam-3) and rate(oven-1.temperature) > 2``.

    text --lexer, parser--> tree (syntax) --checking--> Compiled --evaluation--> Judgement

Everything is pure except `resolving`, which asks the registry what the names mean.
Booleans are three-valued (Kleene): what nobody can know is ``None``, not false.
"""

from alarms.expressions.checking import Compiled
from alarms.expressions.errors import ExpressionError, UnknownName

__all__ = ["Compiled", "ExpressionError", "UnknownName"]
