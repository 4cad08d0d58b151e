"""A parallel corpus small enough to read: eight meanings in five languages and four scripts, for any test."""

from babelscope.corpus.parallel import CorpusSource, ParallelCorpus

TEXT: dict[str, tuple[str, ...]] = {
    "en": (
        "The children are playing in the garden.",
        "I do not drink coffee in the evening.",
        "Where did you leave the blue keys?",
        "Tomorrow we will travel to the sea by train.",
        "Her brother reads two books every week.",
        "The old bridge was closed after the storm.",
        "If it rains, the match will start later.",
        "Nobody has opened this door for years.",
    ),
    "fr": (
        "Les enfants jouent dans le jardin.",
        "Je ne bois pas de café le soir.",
        "Où as-tu laissé les clés bleues ?",
        "Demain, nous irons à la mer en train.",
        "Son frère lit deux livres par semaine.",
        "Le vieux pont a été fermé après la tempête.",
        "S'il pleut, le match commencera plus tard.",
        "Personne n'a ouvert cette porte depuis des années.",
    ),
    "zh": (
        "孩子们在花园里玩耍。",
        "我晚上不喝咖啡。",
        "你把蓝色的钥匙放在哪里了？",
        "明天我们要坐火车去海边。",
        "她的哥哥每周读两本书。",
        "暴风雨过后，那座旧桥被关闭了。",
        "如果下雨，比赛会晚些开始。",
        "这扇门已经很多年没有人打开过了。",
    ),
    "ar": (
        "يلعب الأطفال في الحديقة.",
        "لا أشرب القهوة في المساء.",
        "أين تركت المفاتيح الزرقاء؟",
        "سنسافر غدا إلى البحر بالقطار.",
        "يقرأ أخوها كتابين كل أسبوع.",
        "أُغلق الجسر القديم بعد العاصفة.",
        "إذا هطل المطر فستبدأ المباراة لاحقا.",
        "لم يفتح أحد هذا الباب منذ سنوات.",
    ),
    "hi": (
        "बच्चे बगीचे में खेल रहे हैं।",
        "मैं शाम को कॉफ़ी नहीं पीता।",
        "तुमने नीली चाबियाँ कहाँ छोड़ीं?",
        "कल हम ट्रेन से समुद्र के किनारे जाएँगे।",
        "उसका भाई हर हफ़्ते दो किताबें पढ़ता है।",
        "तूफ़ान के बाद पुराना पुल बंद कर दिया गया।",
        "अगर बारिश हुई तो मैच देर से शुरू होगा।",
        "यह दरवाज़ा बरसों से किसी ने नहीं खोला है।",
    ),
}


def tiny_corpus(languages: tuple[str, ...] = tuple(TEXT), n: int = 8) -> ParallelCorpus:
    """The first `n` sentences of some of the languages."""
    columns = {language: TEXT[language][:n] for language in languages}
    return ParallelCorpus.from_columns("tiny", columns, CorpusSource("tests", licence="CC0-1.0"))
