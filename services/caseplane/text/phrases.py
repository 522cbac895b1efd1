"""Patterns of text that tries to command the assistant, each with a name and a weight.

A weight is the probability that the phrase alone is an attack, judged on attacks and similar harmless text;
`injection.py` combines them. Gaps between words are bounded, so every pattern is linear.
"""

import re
from dataclasses import dataclass

from caseplane.core.text import TextSource


@dataclass(frozen=True)
class Phrase:
    """One pattern, with weights by the author of the text."""

    name: str
    pattern: re.Pattern[str]
    in_message: float
    in_document: float
    questionable: bool = False
    """Weight halved if the sentence only asks or warns about it ("how do I ignore …", "never ignore …")."""

    def weight(self, source: TextSource) -> float:
        return self.in_message if source is TextSource.message else self.in_document


def _phrase(
    name: str, pattern: str, *, message: float, document: float, questionable: bool = False
) -> Phrase:
    flags = re.IGNORECASE | re.MULTILINE
    return Phrase(name, re.compile(pattern, flags), message, document, questionable)


_GAP = r"(?:[^\s.!?\n]{1,30}\s{1,3}){0,4}?"
_RULES = (
    r"(?:instructions?|rules?|prompts?|directions?|directives?|guidelines?|guardrails?|constraints?"
    r"|polic(?:y|ies)|programming|training|commands?|orders?|restrictions?|filters?|safety|limits?|guidance)"
)
_OWN = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|former|existing|your|yours|system|initial"
    r"|original|developer'?s?|given|hidden|built-in|every|all|any|these|those|content|safety)"
)
_MODEL = (
    r"(?:a\.?i\.?|ais|llms?|(?:large )?language models?|chat ?gpt|gpt(?:-?\d)?|claude|gemini|copilot"
    r"|chat ?bots?|bots?|(?:ai |virtual |digital )?assistants?|(?:ai )?models?|(?:ai )?agents?)"
)
_OUT = r"(?:answers?|responses?|repl(?:y|ies))"
_REPLY = r"(?:answers?|responses?|repl(?:y|ies)|outputs?|messages?|summar(?:y|ies)|completions?)"
# Anything but the end of a sentence; a dot inside a domain name does not end one.
_SAME = r"(?:[^.!?\n]|[.!?](?=[^\s.!?]))"
# Verbs of text addressed to the author of a reply.
_SHAPE = (
    r"(?:add|adjust|advertise|alter|anagram|append|apply|augment|avoid|base64|begin|change|combine"
    r"|compose|conceal|conclude|convert|craft|create|deliver|disguise|display|emphasi[sz]e|embed"
    r"|encode|encipher|encrypt|end|endorse|enhance|enrich|ensure|express|extend|feature|finish|format"
    r"|give|group|hide|highlight|hint|imply|include|incorporate|infuse|inject|insert|insinuate"
    r"|integrate|interject|introduce|invert|jumble|keep|link|make|mask|mention|misspell|mix|modify"
    r"|obfuscate|obscure|output|phrase|place|plant|populate|post|prefix|prepend|present|promote"
    r"|provide|publish|put|randomi[sz]e|rearrange|recommend|refer|reformat|remove|render|replace"
    r"|rephrase|respond|reverse|rewrite|salt|say|scramble|season|share|shift|shuffle|slip|spell"
    r"|spread|sprinkle|start|state|structure|substitute|suffix|suggest|supplement|swap|tailor|tease"
    r"|transcribe|transform|translate|transliterate|turn|use|utili[sz]e|weave|work|write)"
)
_SENTENCE = r"(?:^|[.!?:;|\"”>)\]*]\s{0,3}|\b(?:please|also|then|and|now|always|just|must|should|to)\s)"

PHRASES: tuple[Phrase, ...] = (
    _phrase(
        "override_instructions",
        rf"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|bypass(?:ing)?|neglect|discard"
        rf"|drop|skip|abandon|violate|(?:do not|don'?t|stop|no longer) (?:follow|obey|adher|respect)\w*)"
        rf"\s{_GAP}{_OWN}\s{_GAP}{_RULES}\b",
        message=0.9,
        document=0.9,
        questionable=True,
    ),
    _phrase(
        "override_instructions",
        r"\b(?:ignore|disregard|forget) (?:everything|all|anything|what(?:ever)?)"
        r"(?: (?:that|you|i|we|was|were|is|has been|have been|ha[sd]|else)){0,4}"
        r" (?:above|before|so far|previously|prior|told|said|written|learned|know)\b"
        r"|\b(?:ignore|disregard|forget) (?:all )?(?:of )?(?:the )?(?:above|previous|foregoing|preceding)"
        r"(?: text| content| context| messages?| conversation)?(?:\s?[,.;:]| and\b| but\b| instead\b)",
        message=0.85,
        document=0.85,
        questionable=True,
    ),
    _phrase(
        "override_instructions",
        r"\b(?:new|updated|real|actual|revised|secret) (?:instructions?|rules|prompt|directives?"
        r"|guidelines)\s{0,2}:"
        r"|\b(?:system|safety|admin|developer) override\b|\boverride (?:mode|code|protocol)\b",
        message=0.75,
        document=0.75,
    ),
    _phrase(
        "override_instructions_de",
        r"\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missachte\w*|umgeh\w*)\b.{0,50}"
        r"\b(?:anweisung\w*|regeln|vorgaben|richtlinien|instruktion\w*|prompt\w*|befehle?)",
        message=0.85,
        document=0.85,
    ),
    _phrase(
        "override_instructions_romance",
        r"\b(?:ignore[zr]?|ignora|ignorar|ignorad|ignori|oublie[zr]?|olvida|olvide|omite|dimentica"
        r"|esque[çc]a|desconsidere|haz caso omiso|ne (?:tiens|tenez) (?:pas|aucun) compte)\b.{0,50}"
        r"\b(?:instructions? (?:pr[ée]c[ée]d|ant[ée]r|ci-dessus|re[çc]ues)\w*|consignes|r[èe]gles"
        r"|directives|instrucciones|reglas|indicaciones|[óo]rdenes|istruzioni|regole|direttive"
        r"|instru[çc][õo]es|regras|diretrizes)",
        message=0.85,
        document=0.85,
    ),
    _phrase(
        "override_instructions_other",
        r"\b(?:negeer|vergeet)\b.{0,50}\b(?:instructies|regels|opdrachten)"
        r"|(?:игнорируй\w*|забудь\w*|не обращай\w*).{0,50}(?:инструкц|правил|указани)"
        r"|(?:zignoruj|ignoruj|zapomnij)\b.{0,50}(?:instrukcj|polece|zasad|regu[łl])"
        r"|(?:忽略|无视|無視|忘记|忘掉|忽視|不要遵守).{0,14}(?:指令|指示|规则|規則|提示|說明|说明|命令|要求)"
        r"|(?:指示|命令|ルール|プロンプト|規則).{0,12}(?:無視|忘れ)"
        r"|(?:지시|명령|규칙|프롬프트).{0,12}(?:무시|잊)",
        message=0.85,
        document=0.85,
    ),
    _phrase(
        "reveal_prompt",
        r"\b(?:reveal|show|print|repeat|output|display|tell|give|share|leak|expose|dump|write|recite"
        r"|disclose|quote|summari[sz]e|translate|copy|paste|send)\b[^.!?\n]{0,40}\b"
        r"(?:(?:system|initial|hidden|secret|original|internal|developer|pre-?)[ -]?"
        r"(?:prompts?|instructions?|messages?|directives?|guidelines)"
        r"|(?:your|the) (?:full |entire |exact |own )?(?:prompt|instructions verbatim)"
        r"|your (?:full |entire |exact |own )?(?:instructions|directives|rules))\b",
        message=0.8,
        document=0.6,
        questionable=True,
    ),
    _phrase(
        "reveal_prompt",
        r"\bwhat (?:is|are|was|were) (?:in )?your (?:(?:system|initial|hidden|secret|original|exact) )"
        r"(?:prompt|instructions?|rules|message|guidelines)\b"
        r"|\b(?:repeat|print|output|write|say)\b[^.!?\n]{0,30}\b(?:words?|text|everything|all|lines?)"
        r"\b[^.!?\n]{0,20}\babove\b",
        message=0.8,
        document=0.4,
    ),
    _phrase(
        "new_role",
        rf"\byou are (?:now|no longer|not|going to (?:be|act as)) (?:an? |the |my |just )?"
        rf"(?:\w+[ -]){{0,2}}(?:{_MODEL}|dan|jailbroken|unrestricted|unfiltered|uncensored|free|root)\b"
        r"|\b(?:act|behave|respond|answer|reply|pose) (?:as|like) (?:if you (?:were|are|had|have) )?"
        r"(?:an? |the )?(?:\w+ ){0,2}(?:dan|unrestricted|unfiltered|uncensored|jailbroken|evil|rogue"
        r"|root|developer mode|no (?:rules|restrictions|limits|filters))\b"
        r"|\bpretend (?:that )?(?:you(?:'re| are)?|to (?:be|have))[^.!?\n]{0,40}"
        r"\b(?:unrestricted|uncensored|unfiltered|no (?:rules|restrictions|limits|filters|guidelines)"
        r"|jailbroken|admin(?:istrator)?|system|developer|dan)\b",
        message=0.8,
        document=0.8,
    ),
    _phrase(
        "new_role",
        r"\bdo anything now\b|\bDAN mode\b|\bjailbreak (?:mode|prompt)\b|\bjailbroken\b"
        r"|\b(?:enter|enable|activate|switch (?:in)?to|you are in) (?:god|dan|sudo|unrestricted"
        r"|jailbreak|uncensored|unfiltered) mode\b"
        rf"|\bwithout (?:any )?(?:{_RULES}|moral|ethical|censorship)[^.!?\n]{{0,20}}\bfilter",
        message=0.8,
        document=0.7,
        questionable=True,
    ),
    _phrase(
        "new_role",
        r"\bfrom now on,? (?:you|your|every|all|only|always|respond|answer|reply|act|speak|write)\b"
        r"|\b(?:your|thy) new (?:role|task|job|goal|objective|purpose|persona|identity|mission)\b"
        r"|\byou (?:must|will|shall|should) (?:only |always |never )?(?:obey|comply)\b",
        message=0.55,
        document=0.6,
    ),
    _phrase(
        "fake_turn",
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|?>?"
        r"|\[/?INST\]|<<\s?/?SYS\s?>>|<(?:start|end)_of_turn>|\[/?SYSTEM(?: (?:message|prompt|note))?\]"
        r"|^\s{0,3}#{1,6} ?(?:system|instruction|assistant|response|human|input) ?:"
        r"|</?(?:system|system[_-]prompt|instructions?|evidence|untrusted)>",
        message=0.75,
        document=0.65,
    ),
    _phrase(
        "fake_turn",
        r"^\s{0,3}[\"']?\**(?:system|assistant|developer)\**\s{0,2}(?:message|prompt|note|notice)?"
        r"\s{0,2}:\s{0,3}(?:you|ignore|disregard|forget|from now|new|the user|always|never|override"
        r"|respond|reply|answer|do not|reveal|grant)\b"
        r"|\b(?:begin|end) (?:of )?(?:new |system |the |user |all )?"
        r"(?:instructions?|prompt|context|evidence|user (?:input|message|query))\b\s{0,3}[\]>:*#=-]"
        r"|(?<![=#*-])[=#*-]{3,80} ?(?:begin|end|new|system)\b[^\n]{0,30}(?:instructions?|prompt|message|override)",
        message=0.75,
        document=0.75,
    ),
    _phrase(
        "addresses_the_model",
        rf"\b(?:important |urgent |special |secret |hidden )?(?:message|note|notice|instructions?|memo"
        rf"|attention|warning|reminder|command)s? (?:to|for|from) (?:the |any |all |our |your )?"
        rf"(?:\w+ )?{_MODEL}\b(?! (?:team|role|pod|chart|config\w*|service|image))"
        rf"|\b(?:dear|hey|hello|hi|attention|ok|okay),? {_MODEL}\s?[,:!]"
        rf"|\b(?:if|when|since|as) you(?:'re| are) (?:an? )?{_MODEL}\b"
        rf"|\b(?:ai|llm|language model|chat ?bot|chatgpt|assistant)s? "
        rf"(?:reading|processing|parsing|summari[sz]ing|analy[sz]ing) this\b"
        rf"|\b(?:the )?(?:ai|llm|chat ?bot|chatgpt|ai assistant) (?:must|shall|needs to|has to)\b",
        message=0.45,
        document=0.7,
    ),
    _phrase(
        "steers_the_answer",
        rf"{_SENTENCE}{_SHAPE}\b{_SAME}{{1,160}}?"
        rf"\b(?:your (?:\w+ )?{_REPLY}|the (?:final |next |whole |entire )?{_OUT})(?:'s)?\b",
        message=0.1,
        document=0.65,
    ),
    _phrase(
        "steers_the_answer",
        rf"{_SENTENCE}{_SHAPE} (?:(?:all|half|parts?|some|most|bits) of )?"
        rf"(?:your (?:\w+ ){{0,2}}{_REPLY}|the (?:final |entire )?{_OUT})(?:'s)?\b",
        message=0.1,
        document=0.65,
    ),
    _phrase(
        "steers_the_answer",
        rf"\b(?:in|within|throughout|at the (?:end|start|beginning|bottom|top) of|before|after|with) "
        rf"your (?:\w+ )?{_REPLY},? (?:please |also |always |make sure |be sure )?(?:to )?{_SHAPE}\b"
        rf"|\byour (?:\w+ )?{_REPLY} (?:must|should|shall|has to|have to|needs? to|is to)"
        r" (?:only |always |never |not |also )?(?:be|contain|include|consist|start|end|begin|use|mention"
        r"|follow|have|say|read|rhyme|appear|come)\b"
        rf"|{_SENTENCE}(?:replace|substitute|swap|convert|change|shift|reverse|scramble|capitali[sz]e)"
        r" (?:\w+ ){0,3}?(?:letters?|vowels?|consonants?|alphabet|nouns?|verbs?|(?:third|second|fourth"
        r"|other) words?) (?:with|by|to|into|in|using|for|of|on)\b"
        r"|\b(?:using|use|in|into|with|through) (?:an? |the )?(?:\w+ )?(?:caesar|substitution|vigen[eè]re"
        r"|atbash|rot-?13|morse|pig latin|leet ?speak)\b|\b(?:replace|substitute)\b"
        r"[^.!?\n]{1,60}\bemojis?\b",
        message=0.1,
        document=0.65,
    ),
    _phrase(
        "steers_the_answer",
        r"(?:^|[.!?:;|\"”>)\]*]\s{0,3}|\b(?:please|also|then|now|always|must|should|only)\s)"
        r"(?:respond|reply|answer|speak|communicate|write(?: back)?|talk)"
        r" (?:only |exclusively |solely |strictly |entirely |just |back )?"
        r"(?:with|in|using|as|like|by|through|via|without) (?:only |an? |the |all |any )?"
        r"(?:\w+ ){0,3}(?:words?|emojis?|code|cipher|caesar|morse|binary|base ?64|hex\w*|rot-?13|ascii"
        r"|leet\w*|letters?|symbols?|numbers?|rhymes?|poems?|haikus?|riddles?|pirate|shakespear\w*"
        r"|french|spanish|german|italian|russian|chinese|japanese|klingon|pig latin|latin|language"
        r"|accent|punctuation|spaces|vowels|capitals|caps|uppercase|lowercase|reverse|backwards?"
        r"|sarcas\w*|tone|style|manner|voice|encod\w*|encrypt\w*|pattern|format|order)\b",
        message=0.25,
        document=0.65,
    ),
    _phrase(
        "hides_from_the_user",
        r"\b(?:do not|don'?t|never|must not|without) (?:ever )?(?:tell|telling|inform|informing|mention"
        r"|mentioning|alert|alerting|notify|notifying|reveal|revealing|let|letting|warn|warning)"
        r"\b[^.!?\n]{0,30}\b(?:the |this to the |any )?(?:user|customer|human|person|reader|anyone)\b",
        message=0.4,
        document=0.5,
    ),
    _phrase(
        "sends_data_out",
        r"\b(?:send|forward|post|upload|e-?mail|transmit|exfiltrate|leak|submit|append)\b[^.!?\n]{0,60}"
        r"\b(?:conversation|chat (?:history|log)|(?:user|customer)(?:'s)? (?:data|details|messages?|info"
        r"\w*)|credentials|api keys?|passwords?|secrets?|system prompt|personal data|history)\b"
        r"[^.!?\n]{0,60}(?:https?://|www\.|\S{1,40}@\S{1,40}\.\w)"
        r"|!\[[^\]\n]{0,80}\]\(https?://[^)\s]{1,200}[?&][^)\s]{1,80}=(?:\{|<|\[|%7B|\$)",
        message=0.75,
        document=0.75,
    ),
)
# A sentence that asks about the action, forbids it or warns of it does not command it.
MERELY_ABOUT = re.compile(
    r"\b(?:how (?:do|does|did|can|could|to|would|should|much)|why|what (?:happens|does|is|if)|when"
    r"|can (?:i|we|you explain)|could (?:i|we)|may i|should (?:i|we)|do (?:i|we)|does|is it|are there"
    r"|never|not to|do not|don'?t|must not|cannot|can't|important|prevent\w*|detect\w*|attacks?|attempts?|tries"
    r"|trying|such as|explain|e\.g\.|for example|without)\b[^.!?\n]{0,80}$",
    re.IGNORECASE,
)
