"""The words of messages that belong to no case: Finnish, Swedish and English."""

WORDS: dict[str, dict[str, str]] = {
    "fi": {
        "time": "klo {time}",
        "date": "{date} klo {time}",
        "burst": "📈 Kielteisiä julkaisuja on tavallista enemmän",
        "burst.count.one": "{n} kielteinen julkaisu ({since} alkaen).",
        "burst.count.other": "{n} kielteistä julkaisua ({since} alkaen).",
        "burst.usual": "Tähän aikaan viikosta niitä on tavallisesti noin {usual}.",
        "burst.only": "Tämä on vain tieto: mitään ei ole yhdistetty, ja tapaukset hoidetaan kuten muulloinkin.",
        "told": "👀 Tiedoksi: {playbook}",
        "told.only": "Tiedoksi vain: ketään ei hälytetä, eikä tästä tarvitse tehdä mitään.",
    },
    "sv": {
        "time": "kl. {time}",
        "date": "{date} kl. {time}",
        "burst": "📈 Fler negativa inlägg än vanligt",
        "burst.count.one": "{n} negativt inlägg (sedan {since}).",
        "burst.count.other": "{n} negativa inlägg (sedan {since}).",
        "burst.usual": "Vid den här tiden i veckan brukar de vara ungefär {usual}.",
        "burst.only": "Det här är bara information: inget har slagits ihop, och ärendena sköts som vanligt.",
        "told": "👀 För kännedom: {playbook}",
        "told.only": "Bara för kännedom: ingen larmas och inget behöver göras.",
    },
    "en": {
        "time": "{time}",
        "date": "{date}, {time}",
        "burst": "📈 More negative posts than usual",
        "burst.count.one": "{n} negative post (since {since}).",
        "burst.count.other": "{n} negative posts (since {since}).",
        "burst.usual": "About {usual} are usual at this time of the week.",
        "burst.only": "This is for information: nothing was put together, and cases go on as ever.",
        "told": "👀 For your information: {playbook}",
        "told.only": "For information only: nobody is called, and nothing needs to be done.",
    },
}
