"""Paradigms typed by hand against the grammar's own, and whole sentences in nine languages."""

import pytest

from babelscope.treebanks.grammar import LANGUAGES, lexicon
from babelscope.treebanks.grammar.arabic_forms import accusative, before_suffix, dual, imperfect, noun_plural, perfect
from babelscope.treebanks.grammar.english import English, past, plural, with_s
from babelscope.treebanks.grammar.french import French, participle
from babelscope.treebanks.grammar.hindi_forms import adjective_form, future_form, noun_form, perfective_form
from babelscope.treebanks.grammar.lexicon import Entry
from babelscope.treebanks.grammar.meaning import Clause, Meaning, Name, NounPhrase, Pronoun
from babelscope.treebanks.grammar.portuguese import Portuguese
from babelscope.treebanks.grammar.spanish import Spanish
from babelscope.treebanks.grammar.tokens import surface
from babelscope.treebanks.grammar.writing import GRAMMARS

FIVE = ((1, "sg"), (2, "sg"), (3, "sg"), (1, "pl"), (3, "pl"))
FOUR = ((1, "sg"), (3, "sg"), (1, "pl"), (3, "pl"))
ARABIC = [(3, "sg", "m"), (3, "sg", "f"), (3, "pl", "m"), (3, "pl", "f")]
ARABIC += [(1, "sg", "m"), (2, "sg", "m"), (1, "pl", "m")]


@pytest.mark.parametrize(
    ("lemma", "tense", "forms"),
    [
        ("comer", "present", "como comes come comemos comen"),
        ("comer", "past", "comí comiste comió comimos comieron"),
        ("cerrar", "present", "cierro cierras cierra cerramos cierran"),
        ("despertar", "present", "despierto despiertas despierta despertamos despiertan"),
        ("volver", "present", "vuelvo vuelves vuelve volvemos vuelven"),
        ("tocar", "past", "toqué tocaste tocó tocamos tocaron"),
        ("regar", "past", "regué regaste regó regamos regaron"),
        ("lanzar", "past", "lancé lanzaste lanzó lanzamos lanzaron"),
        ("oír", "future", "oiré oirás oirá oiremos oirán"),
        ("abrir", "future", "abriré abrirás abrirá abriremos abrirán"),
        ("estar", "imperfect", "estaba estabas estaba estábamos estaban"),
    ],
)
def test_spanish_verbs(lemma, tense, forms):
    assert [Spanish().form(lemma, tense, who) for who in FIVE] == forms.split()


@pytest.mark.parametrize(
    ("lemma", "tense", "forms"),
    [
        ("manger", "present", "mange manges mange mangeons mangent"),
        ("lancer", "present", "lance lances lance lançons lancent"),
        ("acheter", "present", "achète achètes achète achetons achètent"),
        ("nettoyer", "future", "nettoierai nettoieras nettoiera nettoierons nettoieront"),
        ("choisir", "present", "choisis choisis choisit choisissons choisissent"),
        ("vendre", "present", "vends vends vend vendons vendent"),
        ("vendre", "future", "vendrai vendras vendra vendrons vendront"),
        ("envoyer", "future", "enverrai enverras enverra enverrons enverront"),
        ("être", "imperfect", "étais étais était étions étaient"),
    ],
)
def test_french_verbs(lemma, tense, forms):
    assert [French().form(lemma, tense, who) for who in FIVE] == forms.split()
    assert [participle(verb) for verb in ("manger", "choisir", "vendre")] == ["mangé", "choisi", "vendu"]


@pytest.mark.parametrize(
    ("lemma", "tense", "forms"),
    [
        ("comer", "past", "comi comeu comemos comeram"),
        ("chegar", "past", "cheguei chegou chegamos chegaram"),
        ("dançar", "past", "dancei dançou dançamos dançaram"),
        ("abrir", "present", "abro abre abrimos abrem"),
        ("trazer", "future", "trarei trará traremos trarão"),
        ("estar", "imperfect", "estava estava estávamos estavam"),
    ],
)
def test_portuguese_verbs(lemma, tense, forms):
    assert [Portuguese().form(lemma, tense, who) for who in FOUR] == forms.split()


def test_romance_plurals_and_feminines():
    spanish, french, portuguese = Spanish(), French(), Portuguese()
    several = {
        "jardín": "jardines",
        "pez": "peces",
        "león": "leones",
        "café": "cafés",
        "árbol": "árboles",
        "rey": "reyes",
    }
    assert {word: spanish.plural(word) for word in several} == several
    several = {"gâteau": "gâteaux", "jus": "jus", "clé": "clés"}
    assert {word: french.plural(word) for word in several} == several
    several = {"estação": "estações", "hospital": "hospitais", "anel": "anéis", "jardim": "jardins", "flor": "flores"}
    assert {word: portuguese.plural(word) for word in several} == several
    assert [spanish.feminine(word) for word in ("rojo", "azul")] == ["roja", "azul"]
    assert portuguese.adjective("blue", "f", "pl").form == "azuis"
    assert [french.adjective("new", "f", n).form for n in ("sg", "pl")] == ["nouvelle", "nouvelles"]
    assert [french.adjective("new", "m", n).form for n in ("sg", "pl")] == ["nouveau", "nouveaux"]


def test_english_forms():
    verbs = lexicon("en")["verbs"]
    assert [with_s(word) for word in ("wash", "cry", "play", "fix", "go")] == [
        "washes",
        "cries",
        "plays",
        "fixes",
        "goes",
    ]
    assert [
        past(verbs[name]) for name in ("cry", "play", "dance", "wash", "see")
    ] == "cried played danced washed saw".split()
    assert [plural(Entry("x", (word,))) for word in ("box", "city", "key")] == ["boxes", "cities", "keys"]
    assert plural(lexicon("en")["nouns"]["woman"]) == "women"


@pytest.mark.parametrize(
    ("verb", "perfects", "imperfects"),
    [
        ("write", "كتب كتبت كتبوا كتبن كتبت كتبت كتبنا", "يكتب تكتب يكتبون يكتبن أكتب تكتب نكتب"),
        ("eat", "أكل أكلت أكلوا أكلن أكلت أكلت أكلنا", "يأكل تأكل يأكلون يأكلن آكل تأكل نأكل"),
        ("read", "قرأ قرأت قرؤوا قرأن قرأت قرأت قرأنا", "يقرأ تقرأ يقرؤون يقرأن أقرأ تقرأ نقرأ"),
        ("sleep", "نام نامت ناموا نمن نمت نمت نمنا", "ينام تنام ينامون ينمن أنام تنام ننام"),
        ("choose", "اختار اختارت اختاروا اخترن اخترت اخترت اخترنا", "يختار تختار يختارون يخترن أختار تختار نختار"),
        ("cry", "بكى بكت بكوا بكين بكيت بكيت بكينا", "يبكي تبكي يبكون يبكين أبكي تبكي نبكي"),
        ("invite", "دعا دعت دعوا دعون دعوت دعوت دعونا", "يدعو تدعو يدعون يدعون أدعو تدعو ندعو"),
        ("live", "سكن سكنت سكنوا سكن سكنت سكنت سكنا", "يسكن تسكن يسكنون يسكن أسكن تسكن نسكن"),
        ("arrive", "وصل وصلت وصلوا وصلن وصلت وصلت وصلنا", "يصل تصل يصلون يصلن أصل تصل نصل"),
    ],
)
def test_arabic_verbs(verb, perfects, imperfects):
    entry = lexicon("ar")["verbs"][verb]
    assert [perfect(entry, who) for who in ARABIC] == perfects.split()
    assert [imperfect(entry, who) for who in ARABIC] == imperfects.split()


def test_arabic_nouns():
    nouns = lexicon("ar")["nouns"]
    assert noun_plural(nouns["teacher"]) == "معلمات" and noun_plural(nouns["baker"]) == "خبازون"
    assert [dual(word, "Nom") for word in ("كتاب", "سيارة", "مستشفى")] == ["كتابان", "سيارتان", "مستشفيان"]
    assert dual("كتاب", "Gen") == "كتابين"
    words = {"كتاب": "كتابا", "سيارة": "سيارة", "حساء": "حساء", "معلمات": "معلمات", "شاطئ": "شاطئا", "قرى": "قرى"}
    assert {word: accusative(word, False) for word in words} == words
    assert accusative("مدارس", True) == "مدارس"
    assert before_suffix("جدة", "Nom", "ي") == "جدت"
    seats = [before_suffix("أصدقاء", case, "ك") for case in ("Nom", "Acc", "Gen")]
    assert seats == ["أصدقاؤ", "أصدقاء", "أصدقائ"] and before_suffix("أصدقاء", "Nom", "ي") == "أصدقائ"


def test_hindi_nouns_and_adjectives():
    nouns = lexicon("hi")["nouns"]
    cells = [("sg", "direct"), ("sg", "oblique"), ("pl", "direct"), ("pl", "oblique")]
    paradigms = {
        "boy": "लड़का लड़के लड़के लड़कों",
        "girl": "लड़की लड़की लड़कियाँ लड़कियों",
        "book": "किताब किताब किताबें किताबों",
        "pupil": "छात्रा छात्रा छात्राएँ छात्राओं",
        "bird": "चिड़िया चिड़िया चिड़ियाँ चिड़ियों",
        "man": "आदमी आदमी आदमी आदमियों",
        "baker": "नानबाई नानबाई नानबाई नानबाइयों",
        "house": "घर घर घर घरों",
        "uncle": "चाचा चाचा चाचा चाचाओं",
        "cook": "रसोइया रसोइये रसोइये रसोइयों",
    }
    for concept, forms in paradigms.items():
        assert [noun_form(nouns[concept], *cell) for cell in cells] == forms.split()
    assert [
        adjective_form("बड़ा", *cell, "direct") for cell in (("m", "sg"), ("m", "pl"), ("f", "pl"))
    ] == "बड़ा बड़े बड़ी".split()
    assert [adjective_form("नया", *cell, "direct") for cell in (("m", "pl"), ("f", "sg"))] == ["नए", "नई"]
    assert adjective_form("बड़ा", "m", "sg", "oblique") == "बड़े" and adjective_form("लाल", "f", "pl", "direct") == "लाल"
    assert adjective_form("हुआ", "m", "pl", "direct") == "हुए" and adjective_form("हुआ", "f", "sg", "direct") == "हुई"


@pytest.mark.parametrize(
    ("stem", "perfective", "future"),
    [
        ("देख", "देखा देखे देखी देखीं", "देखूँगा देखोगे देखेगी देखेंगे"),
        ("खा", "खाया खाए खाई खाईं", "खाऊँगा खाओगे खाएगी खाएँगे"),
        ("पी", "पिया पिए पी पीं", "पिऊँगा पिओगे पिएगी पिएँगे"),
        ("छू", "छुआ छुए छुई छुईं", "छुऊँगा छुओगे छुएगी छुएँगे"),
        ("धो", "धोया धोए धोई धोईं", "धोऊँगा धोओगे धोएगी धोएँगे"),
        ("कर", "किया किए की कीं", "करूँगा करोगे करेगी करेंगे"),
        ("जा", "गया गए गई गईं", "जाऊँगा जाओगे जाएगी जाएँगे"),
    ],
)
def test_hindi_verbs(stem, perfective, future):
    cells = [("m", "sg"), ("m", "pl"), ("f", "sg"), ("f", "pl")]
    assert [perfective_form(stem, *cell) for cell in cells] == perfective.split()
    people = [(1, "sg", "m"), (2, "pl", "m"), (3, "sg", "f"), (3, "pl", "m")]
    assert [future_form(stem, *who) for who in people] == future.split()


THREE_BOOKS = Meaning(
    Clause(
        "act",
        NounPhrase("girl", "sg", "the"),
        "read",
        "past",
        object=NounPhrase("book", "pl", "count", 3, "new"),
        time="yesterday",
    )
)
MOTHER = Meaning(
    Clause(
        "go",
        NounPhrase("mother", "sg", "of", owner=Pronoun(1, "sg", "m")),
        "go",
        "future",
        object=NounPhrase("market", "sg", "the"),
        time="tomorrow",
    ),
    "because",
    Clause("be", Pronoun(3, "sg", "f"), "happy", "future", known=NounPhrase("mother", "sg", "of")),
)
SAYING = Meaning(
    Clause("say", NounPhrase("boy", "pl", "this"), "say", "present"),
    "that",
    Clause(
        "act",
        Pronoun(1, "sg", "m"),
        "drink",
        "present",
        object=NounPhrase("water", "sg", "mass"),
        preposition="in",
        place=NounPhrase("kitchen", "sg", "the"),
    ),
)
HAT = Meaning(
    Clause("be", NounPhrase("hat", "pl", "of", owner=Name("maria", "f")), "red", "present"),
    "and",
    Clause(
        "at",
        NounPhrase("dog", "pl", "the"),
        "",
        "present",
        preposition="near",
        place=NounPhrase("river", "sg", "the"),
    ),
)


@pytest.mark.parametrize(
    ("meaning", "said"),
    [
        (
            THREE_BOOKS,
            {
                "ar": "قرأت البنت ثلاثة كتب جديدة أمس.",
                "en": "The girl read three new books yesterday.",
                "es": "Ayer la niña leyó tres libros nuevos.",
                "fr": "Hier, la fille a lu trois nouveaux livres.",
                "hi": "कल लड़की ने तीन नई किताबें पढ़ीं।",
                "id": "Kemarin gadis itu membaca tiga buah buku baru.",
                "pt": "Ontem a menina leu três livros novos.",
                "vi": "Hôm qua cô bé đã đọc ba quyển sách mới.",
                "zh": "昨天女孩读了三本新书。",
            },
        ),
        (
            MOTHER,
            {
                "ar": "ستذهب أمي إلى السوق غدا لأنها ستكون سعيدة.",
                "en": "My mother will go to the market tomorrow because she will be happy.",
                "es": "Mañana mi madre irá al mercado porque estará contenta.",
                "fr": "Demain, ma mère ira au marché parce qu'elle sera heureuse.",
                "hi": "कल मेरी माँ बाज़ार जाएगी, क्योंकि वह ख़ुश होगी।",
                "id": "Besok ibu saya akan pergi ke pasar karena dia akan gembira.",
                "pt": "Amanhã minha mãe irá ao mercado porque estará feliz.",
                "vi": "Ngày mai mẹ tôi sẽ đi đến chợ vì bà ấy sẽ vui.",
                "zh": "明天我妈妈会去市场，因为她会很高兴。",
            },
        ),
        (
            SAYING,
            {
                "ar": "يقول هؤلاء الأولاد إني أشرب ماء في المطبخ.",
                "en": "These boys say that I drink water in the kitchen.",
                "es": "Estos niños dicen que bebo agua en la cocina.",
                "fr": "Ces garçons disent que je bois de l'eau dans la cuisine.",
                "hi": "ये लड़के कहते हैं कि मैं रसोई में पानी पीता हूँ।",
                "id": "Anak-anak laki-laki ini berkata bahwa saya minum air di dapur.",
                "pt": "Estes meninos dizem que eu bebo água na cozinha.",
                "vi": "Các cậu bé này nói rằng tôi uống nước trong bếp.",
                "zh": "这些男孩说我在厨房里喝水。",
            },
        ),
        (
            HAT,
            {
                "ar": "قبعات ماريا حمراء والكلاب قرب النهر.",
                "en": "Maria's hats are red, and the dogs are near the river.",
                "es": "Los sombreros de María son rojos y los perros están cerca del río.",
                "fr": "Les chapeaux de Maria sont rouges et les chiens sont près de la rivière.",
                "hi": "मारिया की टोपियाँ लाल हैं और कुत्ते नदी के पास हैं।",
                "id": "Topi-topi Maria merah, dan anjing-anjing itu berada di dekat sungai.",
                "pt": "Os chapéus de Maria são vermelhos e os cachorros estão perto do rio.",
                "vi": "Những chiếc mũ của Maria màu đỏ, và những con chó ở gần sông.",
                "zh": "玛丽亚的帽子是红色的，而那些狗在河附近。",
            },
        ),
    ],
)
def test_a_meaning_in_nine_languages(meaning, said):
    assert tuple(said) == LANGUAGES
    assert {language: surface(GRAMMARS[language]().sentence(meaning)) for language in LANGUAGES} == said


def test_the_analysis_of_a_sentence():
    rows = [(token.form, token.upos, token.relation) for token in English().sentence(THREE_BOOKS)]
    assert rows == [
        ("The", "DET", "det"),
        ("girl", "NOUN", "nsubj"),
        ("read", "VERB", "root"),
        ("three", "NUM", "nummod"),
        ("new", "ADJ", "amod"),
        ("books", "NOUN", "obj"),
        ("yesterday", "NOUN", "obl:tmod"),
        (".", "PUNCT", "punct"),
    ]
