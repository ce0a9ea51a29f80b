"""Which field a column of a table is, by the names that shops give their columns. Pure.

English, Dutch, German and French; without regard to case, spaces and signs.
"""

from __future__ import annotations

from notifier.contacts.registered import CONTACT_FIELDS

IGNORED = "-"
"""The field of a column that is left out."""

REASON = "refused"
"""The column in which refused rows carry the reason; left out when they are imported again."""

FIELDS = ("ref", "orderID", *(f"contact.{n}" for n in ("first_name", "last_name", *CONTACT_FIELDS)))
"""What a column may be, besides `attributes.NAME`, `attributes.NAME:number` and IGNORED."""

_NAMES = {
    "ref": """
        ref, order, order id, order ref, order reference, order number, order no, reference, number
        bestelling, bestelnummer, bestel nr, ordernummer, order nr, referentie, nummer
        bestellung, bestellnummer, bestell nr, auftrag, auftragsnummer, auftrags nr, referenz
        commande, numéro de commande, numero de commande, n° de commande, n° commande, référence
    """,
    "orderID": "cottoncast id, cottoncast order id",
    "contact.name": """
        name, full name, customer, customer name, billing name
        naam, volledige naam, klant, klantnaam
        vollständiger name, kunde, kundenname
        nom complet, client, nom du client
    """,
    "contact.first_name": "first name, given name, billing first name, voornaam, vorname, prénom, prenom",
    "contact.last_name": """
        last name, surname, family name, billing last name
        achternaam, familienaam, nachname, familienname, nom, nom de famille
    """,
    "contact.email": """
        email, mail, email address, customer email, billing email, billing email address
        emailadres, mailadres
        email adresse, mail adresse
        adresse email, adresse mail, adresse électronique, courriel
    """,
    "contact.phone": """
        phone, phone number, telephone, telephone number, tel, mobile, mobile phone, mobile number
        billing phone, billing phone number
        telefoon, telefoonnummer, telefoon nr, mobiel, mobiel nummer, gsm
        telefon, telefonnummer, telefon nr, rufnummer, handy, handynummer, mobil, mobilnummer, mobiltelefon
        téléphone, tél, numéro de téléphone, numero de telephone, téléphone portable, portable
    """,
    "contact.locale": "locale, language, lang, language code, taal, taalcode, sprache, sprachcode, langue",
    "contact.country": """
        country, country code, billing country, billing country code
        land, landcode, ländercode, laendercode, länderkürzel, pays, code pays
    """,
    "contact.timezone": "timezone, tijdzone, zeitzone, fuseau horaire",
    "contact.channels": "channels, channel, kanalen, kanäle, canaux",
    "contact.marketing": """
        marketing, accepts marketing, marketing toestemming, marketing einwilligung, consentement marketing
    """,
    "contact.do_not_contact": """
        do not contact, niet contacteren, niet benaderen, nicht kontaktieren, ne pas contacter
    """,
    IGNORED: REASON,
}
"""Field: its names, divided by commas or lines."""

_SHORTEST = 5
"""Letters from which on a name can be misspelt: `Rand` is no slip of `Land`."""


def plain(name: str) -> str:
    """Return a name without case, spaces and signs: two names that are then the same mean the same."""
    return "".join(c for c in name.casefold() if c.isalnum())


_KNOWN = {
    plain(name): field for field, names in _NAMES.items() for name in names.replace("\n", ",").split(",")
}
del _KNOWN[""]


def known(name: str) -> str | None:
    """Return the field that a column of this name is, None if the name does not tell."""
    return _KNOWN.get(plain(name))


def near(text: str) -> str | None:
    """Return the field that a column of this name is, or would be but for one slip of the hand; else None."""
    letters = plain(text)
    if letters in _KNOWN or len(letters) < _SHORTEST:
        return _KNOWN.get(letters)
    return next((field for name, field in _KNOWN.items() if _one_slip(letters, name)), None)


def _one_slip(a: str, b: str) -> bool:
    """Tell whether one letter is wrong, missing or too many, or two neighbours have changed places."""
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return max(len(a), len(b)) <= 1 or (len(a) == 2 and a == b[::-1])
