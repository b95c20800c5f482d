"""English is never lost, however short; other languages are named, and only where that is sure."""

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.languages import is_read, language_of
from tasks.lexicon.tables import rows

GOLD = sorted((Path(__file__).parent / "evaluation").glob("*.jsonl"))
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
FOREIGN = {
    "de": "Der Bundestag hat am Freitag beschlossen, dass die Bundeswehr im kommenden Jahr zwölf Milliarden Euro mehr "
    "bekommt. Der Minister nannte das einen guten Anfang.",
    "fr": "Le ministre a annoncé vendredi que l’armée recevrait cinq milliards d’euros de plus l’année prochaine, "
    "malgré les critiques de l’opposition.",
    "es": "El ministro anunció el viernes que el ejército recibirá cinco mil millones de euros más el próximo año, "
    "pese a las críticas de la oposición.",
    "pt": "O ministro anunciou na sexta-feira que o exército vai receber mais cinco mil milhões de euros no próximo "
    "ano, apesar das críticas da oposição.",
    "it": "Il ministro ha annunciato venerdì che l’esercito riceverà cinque miliardi di euro in più il prossimo anno, "
    "nonostante le critiche dell’opposizione.",
    "nl": "De minister zei vrijdag dat het leger volgend jaar vijf miljard euro meer krijgt, of zelfs zes. De "
    "oppositie vindt dat veel te veel geld.",
    "sv": "Försvarsministern sade på fredagen att armén får fem miljarder kronor mer nästa år, trots kritiken från "
    "oppositionen.",
    "pl": "Minister powiedział w piątek, że wojsko dostanie w przyszłym roku pięć miliardów złotych więcej. To "
    "początek, dodał.",
    "ru": "Министр сообщил в пятницу, что армия получит в следующем году на пять миллиардов рублей больше, чем в этом.",
    "uk": "Міністр повідомив у п’ятницю, що армія отримає наступного року на п’ять мільярдів гривень більше.",
    "tr": "Bakan cuma günü yaptığı açıklamada ordunun gelecek yıl beş milyar lira daha fazla alacağını söyledi.",
    "ar": "قال الوزير يوم الجمعة إن الجيش سيحصل على خمسة مليارات دولار إضافية في العام المقبل رغم انتقادات المعارضة.",
    "fa": "وزیر روز جمعه اعلام کرد که ارتش در سال آینده پنج میلیارد دلار بیشتر دریافت خواهد کرد.",
    "hi": "मंत्री ने शुक्रवार को कहा कि सेना को अगले साल पाँच अरब रुपये और मिलेंगे।",
    "zh": "部长星期五表示，军队明年将获得五十亿美元的额外拨款，尽管反对派提出了批评。国防预算将继续增加。",
    "ja": "大臣は金曜日、来年度の防衛費を五千億円増やすと発表した。野党はこれを批判している。",
    "ko": "장관은 금요일 내년 국방 예산을 오조 원 늘리겠다고 밝혔다. 야당은 이를 비판하고 있다.",
    "id": "Menteri mengatakan pada hari Jumat bahwa tentara akan menerima lima triliun rupiah lebih banyak.",
    "sw": "Waziri alisema siku ya Ijumaa kwamba jeshi litapata shilingi bilioni tano zaidi mwaka ujao.",
    "af": "Die minister het Vrydag gesê dat die weermag volgende jaar vyf miljard rand meer sal kry, of dalk ses.",
}


@pytest.mark.parametrize("path", GOLD, ids=lambda path: path.name)
def test_languages_every_annotated_article_is_english(path: Path) -> None:
    articles = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [one["id"] for one in articles if language_of(one["text"]) != "en"] == []


def test_languages_no_english_sentence_by_itself_is_lost() -> None:
    texts = [json.loads(line)["text"] for path in GOLD[::3] for line in path.read_text("utf-8").splitlines()]
    sentences = {sentence for text in texts for sentence in SENTENCE_END.split(text)}
    assert len(sentences) > 5000
    assert [sentence for sentence in sentences if not is_read(language_of(sentence))] == []


@pytest.mark.parametrize("language", FOREIGN)
def test_languages_other_languages_are_named(language: str) -> None:
    assert language_of(FOREIGN[language]) == language
    assert language_of(FOREIGN[language] * 30, declared="en") == language
    assert not is_read(language)


def test_languages_an_english_word_or_quotation_makes_no_english_text() -> None:
    quoting = f"{FOREIGN['de']} „The end of the world“, sagte er. {FOREIGN['de']}"
    assert language_of(quoting) == "de"


def test_languages_an_english_article_that_quotes_others_is_english() -> None:
    english = "The cabinet adopted the budget of the army on Friday, and the opposition was against it. " * 4
    assert language_of(f"{english}\n\n{FOREIGN['de']}\n\n{english}") == "en"


@pytest.mark.parametrize("text", ["", "$5bn", "Tokyo, Paris, Berlin, Madrid", "1 2 3", "Boris Pistorius, Berlin"])
def test_languages_what_nobody_can_tell_is_read(text: str) -> None:
    assert language_of(text) is None
    assert is_read(None)


def test_languages_what_is_declared_counts_where_the_text_does_not_tell() -> None:
    assert language_of("Boris Pistorius, Berlin", "de-DE") == "de"
    assert language_of("Boris Pistorius, Berlin", "EN_us") == "en"
    assert language_of("Boris Pistorius, Berlin", "?") is None
    assert language_of("The cabinet met on Friday and talked about the army.", "de") == "en"


@pytest.mark.parametrize("row", rows("function_words.csv"), ids=lambda row: row["words"])
def test_languages_row_proves_itself(row: dict[str, str]) -> None:
    assert f" {row['words']} " in f" {row['example'].lower()} "


@settings(deadline=None)
@given(st.text(), st.one_of(st.none(), st.text()))
def test_languages_take_any_text(text: str, declared: str | None) -> None:
    assert len(language_of(text, declared) or "en") == 2


def test_languages_english_is_cheap() -> None:
    text = "The cabinet of the country adopted the budget on Friday and went home. " * 100
    started = time.process_time()
    for _ in range(200):
        language_of(text)
    assert (time.process_time() - started) / 200 < 0.001
