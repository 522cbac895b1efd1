"""Words without meaning of their own. There are three lists, since three uses omit different words.

The index omits words that would match everywhere; its list decides which terms are stored, so a change requires a new
index. The answerer keeps negations and qualifiers, which change a statement's meaning. Tags name a case's subject, so
they also omit words of every question, in the languages of our notices.
"""

INDEX = frozenset(
    """
    a about above after again against all am an and any are aren as at be because been before being below
    between both but by can cannot could couldn d did didn do does doesn doing don down during each few for
    from further had hadn has hasn have haven having he her here hers him his how i id if im in into is isn
    it its ive just ll m me more most my no nor not now of off on once only or other our ours out over own
    re s same she should shouldn so some such t than that the their theirs them then there these they this
    those through to too under until up ve very was wasn we were weren what when where which while who whom
    why will with won would wouldn you your yours
    """.split()
)

ANSWER = frozenset(
    """
    a an the of in on at to for from by with and or but if as is are was were be been being am do does
    did doing has have had having will would can could should may might must shall that this these those
    it its he she they him his her their them we us our you your i me my who whom whose what which when
    where why how many much long often there here not no nor so than then into onto over under about
    between during after before up down out off also very just s t another other
    """.split()
)

TAGS = frozenset(
    """
    about after again also and any are because been but can cannot could did does doesn don for from get gets
    got had has have help hello how into its just like make may more need not now off once only our out over
    please problem question should since some still such tell than thank thanks that the their them then there
    these they this those through too trying tried try under use used user users using very want wants was way
    were what when where which while who why will with without work working works would you your
    aber auch auf aus bei bin bitte das dass dem den der des die doch ein eine einen einer für habe haben hat
    ich ihr ist kann können mein meine mich mir mit nach nicht noch nur oder sich sie sind und uns von war was
    welche wenn wer wie wird wir wo zum zur über
    avec ce cette comment dans des elle est et faire fait il je la le les leur mais mon nous ou par pas plus
    pour pourquoi que qui sans ses son sont sur une vous votre
    como con cual cuando del donde ella esta este ha hacer las los mas mi muy no para pero por porque puedo
    que quiero ser sin sobre son una uno usted
    """.split()
)
