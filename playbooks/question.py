"""Whether a text asks something, by its form alone: in Finnish, Swedish and English. Pure.

A sentence asks when it ends in a question mark or begins as questions do. Finnish asks with an ending on the
verb (`onko`, `saisinko`), which nouns have too (`aurinko`, `Marko`): so the verbs are listed, not the ending.
"""

from itertools import islice
from typing import Final

import regex

_LINK: Final = regex.compile(r"https?://\S+|www\.\S+")  # a link may hold a question mark of its own
_MARK: Final = regex.compile(r"[?\uFF1F](?![\p{L}\p{N}=&])")
_SENTENCE: Final = regex.compile(r"[^.!:;\n\u2026]++")
_WORD: Final = regex.compile(r"[\p{L}'’]++")
_GREETINGS: Final = frozenset(["hei", "moi", "moikka", "terve", "hi", "hello", "hey", "hej", "hejsan"])

_FIRST_WORDS: Final = """
onko onks onkohan oliko ovatko olisiko oletteko oletko olenko eikö eiks etkö ettekö enkö eivätkö
saako saiskö saisiko saanko saisinko saatteko saisitteko saatko voiko voisiko voinko voisinko voitteko
voisitteko voitko voivatko tuleeko tuletteko tulisiko tulevatko löytyykö löytyisikö pitääkö pitäisikö
täytyykö toimiiko kuuluuko maksaako kestääkö kannattaako sopiiko pystyykö pystyttekö ehtiikö ehdittekö
tiedättekö tietääkö tiedätkö myyttekö myykö toimitatteko korvaatteko palautatteko aiotteko meneekö
käykö riittääkö sisältääkö
mitä miksi milloin millon missä mistä mihin minne miten kuka ketkä ketä kenen kenelle kenet keneltä
montako paljonko kumpi kumpaa varför vart varifrån why
"""
# what begins exclamations and subordinate clauses too is told by its second word
_FIRST_TWO: Final = """
mikä+on mitkä+ovat kuinka+paljon kuinka+kauan kuinka+monta kuinka+usein kuinka+moni minkä+takia minkä+vuoksi
minkä+verran
finns+det kan+man kan+jag kan+ni får+man får+jag har+ni är+det ska+ni ska+jag går+det vet+ni var+är var+kan
vad+är vad+kostar vad+gör vad+ska vad+händer vem+är vem+kan när+kommer när+är när+öppnar när+får när+kan
hur+kan hur+gör hur+lång hur+länge hur+mycket hur+många hur+får
is+it is+there is+this are+there are+you can+i can+you can+we could+you could+i will+you will+it will+there
would+you do+you do+i have+you has+anyone may+i should+i does+it does+the does+this does+anyone did+you
did+anyone what+is what+are what+time what+do what+does what's+the when+will when+do when+is when+are when+can
how+do how+can how+long how+much how+many how+often where+is where+are where+can where+do who+is who+can which+one
"""
_FIRST: Final = frozenset(_FIRST_WORDS.split())
_TWO: Final = frozenset(tuple(pair.split("+")) for pair in _FIRST_TWO.split())


def asks(text: str) -> bool:
    """Say whether a text has a question mark at a word's end, or a sentence that begins as questions do."""
    shown = _LINK.sub(" ", text)
    return _MARK.search(shown) is not None or any(
        _is_asking(sentence[0]) for sentence in _SENTENCE.finditer(shown)
    )


def _is_asking(sentence: str) -> bool:
    # the beginning is enough: a greeting, and two words
    found = [word[0].casefold().replace("’", "'") for word in islice(_WORD.finditer(sentence), 3)]
    words = found[1:] if found[:1] and found[0] in _GREETINGS else found[:2]
    return bool(words) and (words[0] in _FIRST or tuple(words[:2]) in _TWO)
