"""Tickets of made-up outages, each told in its own words."""

import random

HEADS = {
    "checkout": (
        "The web shop is down", "Your online store does not load", "I cannot check out", "Checkout fails with error 503",
        "The checkout page never loads", "Nothing works in your shop today", "Your website gives a 503 error at checkout",
        "Cannot complete my purchase, the page hangs", "The shop's checkout is broken", "Website outage? The cart won't open",
        "I get 'service unavailable' when I want to pay for my cart", "Is the web shop offline?", "Your site is unreachable",
        "The payment page of the shop times out",
    ),
    "login": (
        "I can't log in to the dashboard", "Login is broken for our whole team", "The sign-in page returns 500",
        "Nobody in our company can sign in", "Single sign-on fails since this morning",
        "We all get logged out and cannot get back in", "The dashboard says internal server error when signing in",
        "Logging in gives an internal server error", "Cannot access the portal, sign in loops forever",
        "The admin console does not let anyone in", "Sign-in endless loop for all users", "Authentication service seems down",
    ),
    "internet": (
        "The internet connection is down", "No internet at my place", "My broadband stopped working",
        "The router shows a red light and there is no internet", "Internet outage in our street",
        "Our office has no connection at all", "The fibre line is dead", "Wifi is connected but there is no internet",
        "The connection dropped and does not come back", "No signal on the modem", "Our line is down", "Complete network failure here",
    ),
    "Kasse": (
        "Der Webshop ist nicht erreichbar", "Ich kann nicht zur Kasse gehen", "Die Bezahlseite lädt nicht",
        "Ihr Shop zeigt Fehler 503", "Keine Bestellung möglich, die Seite hängt", "Onlineshop offline? Kasse geht nicht",
    ),
}  # fmt: skip
TAILS = {
    "checkout": (
        "it has been like that for half an hour", "tried three browsers", "it says service unavailable",
        "my colleagues see the same", "the spinner never stops", "I tried on my phone as well", "error 503 every time",
        "nobody here can order anything", "the page stays white",
    ),
    "login": (
        "all fifty users are affected", "it started about ten minutes ago", "we see 'internal server error'",
        "incognito mode does not help", "our SSO provider is fine", "same on mobile", "it worked an hour ago",
        "resetting cookies does not help",
    ),
    "internet": (
        "since about 9 am", "restarting the router did not help", "the neighbours have no connection either",
        "the light blinks red", "we work from home and are stuck", "the hotline is busy", "phone and TV are out as well",
    ),
    "Kasse": ("seit einer halben Stunde", "in allen Browsern", "auch auf dem Handy", "Fehler 503", "meine Kollegen auch"),
}  # fmt: skip
PLEAS = (
    "Please fix it",
    "When will it work again?",
    "Is there an outage?",
    "Thanks",
    "This is urgent",
    "Any news?",
)


def told(outage: str, number: int, *, seed: int = 5) -> list[str]:
    """So many tickets about one outage; always the same for the same arguments."""
    chance = random.Random(seed)
    found = []
    for _ in range(number):
        said = chance.choice(HEADS[outage])
        if chance.random() < 0.75:
            said += chance.choice((". ", ", ", " - ", "! ")) + chance.choice(TAILS[outage])
        if chance.random() < 0.5:
            said += chance.choice((". ", "! ")) + chance.choice(PLEAS)
        if chance.random() < 0.2:
            said = said.lower()
        if chance.random() < 0.3:
            said += f" Order #{chance.randrange(10**5, 10**6)}."
        found.append(said)
    return found
