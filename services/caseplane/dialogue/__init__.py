"""What a customer's message does in a conversation: small talk, short answers, follow-ups, and what is left to search for.

Pure: no I/O and no model. `understand` reads one message after what was said before it. Doubtful messages are
questions: a missed greeting costs one search, a missed question costs a customer.
"""

from caseplane.dialogue.acts import Act, After, Said, Understanding
from caseplane.dialogue.asking import topic_words
from caseplane.dialogue.picking import Pick, PickKind, picked
from caseplane.dialogue.splitting import Part, split_questions
from caseplane.dialogue.understanding import understand

__all__ = [
    "Act",
    "After",
    "Part",
    "Pick",
    "PickKind",
    "Said",
    "Understanding",
    "picked",
    "split_questions",
    "topic_words",
    "understand",
]
