"""English becomes ASL glosses by rule; what cannot be signed is spelled, captioned and said."""

from __future__ import annotations

import pytest

from signllm.errors import InputError, UnknownLanguageError
from signllm.language import LANGUAGES, explain, translate

SENTENCES = {
    # names and pronouns
    "My name is Ana.": "MY NAME fs:ANA",
    "My friend's name is Li.": "MY FRIEND NAME fs:LI",
    "José and Zoë love Weiß.": "fs:JOSE fs:ZOE LOVE fs:WEISS",
    "Charles knows her.": "fs:CHARLES KNOW IX-3",
    "You and I know him.": "IX-2 IX-1 KNOW IX-3",
    "Mum is at work.": "MOTHER WORK",
    "fs:ANA is my friend.": "fs:ANA MY FRIEND",
    # articles, copula and prepositions are silent
    "The doctor is in the car.": "DOCTOR IN CAR",
    "It is a good book.": "IX-3 GOOD BOOK",
    "There is no water.": "NOT HAVE WATER",
    # question words go last
    "What is your name?": "YOUR NAME WHAT",
    "Where did they go yesterday?": "YESTERDAY IX-3 GO WHERE",
    "Who wants water?": "WANT WATER WHO",
    "Who is your friend?": "YOUR FRIEND WHO",
    "Why don't you understand me?": "IX-2 NOT UNDERSTAND IX-1 WHY",
    "How old are you?": "IX-2 HOW fs:OLD",
    "What time is it?": "TIME WHAT",
    "Which car do you want?": "CAR IX-2 WANT WHICH",
    "I don't know where he is.": "IX-1 NOT KNOW IX-3 WHERE",
    "When I eat, I am happy.": "fs:WHEN IX-1 EAT | IX-1 HAPPY",
    # yes/no questions keep the order of a statement
    "Are you deaf?": "IX-2 DEAF",
    "Can your mother come tomorrow?": "TOMORROW YOUR MOTHER CAN COME",
    "Can Ana help us?": "fs:ANA CAN HELP WE",
    "Do you like my new car?": "IX-2 LIKE MY NEW CAR",
    "Don't you like water?": "IX-2 NOT LIKE WATER",
    "You are deaf, aren't you?": "IX-2 DEAF",
    # negation stays before what it negates
    "I do not understand.": "IX-1 NOT UNDERSTAND",
    "I can't come.": "IX-1 CANNOT COME",
    "You must not drink the water.": "IX-2 CANNOT DRINK WATER",
    "You don't have to drink the water.": "IX-2 NOT NEED DRINK WATER",
    "No, I have no money.": "NO | IX-1 NOT HAVE MONEY",
    "Please don't go.": "PLEASE NOT GO",
    # time first, clause by clause
    "I have to go now.": "NOW IX-1 NEED GO",
    "I'll see you next Friday.": "fs:NEXT FRIDAY IX-1 SEE IX-2",
    "Two weeks ago I met her.": "num:2 WEEK fs:AGO IX-1 MEET IX-3",
    "I worked yesterday and today I sleep.": "YESTERDAY IX-1 WORK | TODAY IX-1 SLEEP",
    "Hello, my name is Ana and I am happy today.": "HELLO | MY NAME fs:ANA | TODAY IX-1 HAPPY",
    "Good night, Ana.": "GOOD NIGHT fs:ANA",
    # contractions of contractions
    "I'd've come.": "IX-1 fs:WOULD FINISH COME",
    "You couldn't've known me.": "IX-2 CANNOT FINISH KNOW IX-1",
    "Y'all're deaf.": "IX-2 ALL DEAF",
    "O'Neil's car is new.": "fs:O fs:NEIL CAR NEW",
    # tense
    "He went home.": "IX-3 FINISH GO HOME",
    "He went home last night.": "YESTERDAY NIGHT IX-3 GO HOME",
    "Have you eaten?": "IX-2 FINISH EAT",
    "Has your mother written a book?": "YOUR MOTHER FINISH WRITE BOOK",
    "Who has a new book?": "HAVE NEW BOOK WHO",
    "Did you eat?": "IX-2 FINISH EAT",
    "I did not eat.": "IX-1 NOT EAT",
    "I already ate.": "IX-1 FINISH EAT",
    "I will help you.": "IX-1 FUTURE HELP IX-2",
    "I will help you tomorrow.": "TOMORROW IX-1 HELP IX-2",
    "We are going to school.": "WE GO SCHOOL",
    "I knew that man.": "IX-1 KNOW IX-3 MAN",
    # weather and the clock
    "It is raining today.": "TODAY RAIN",
    "If it rains, we stay home.": "fs:IF RAIN | WE fs:STAY HOME",
    "The train comes at five o'clock.": "TRAIN COME TIME num:5",
    # numbers
    "I want twenty-five books.": "IX-1 WANT num:25 BOOK",
    "It costs $3.50.": "IX-3 COST usd:3 num:50",
    "I have 1,000 friends.": "IX-1 HAVE num:1000 FRIEND",
    # phrases and words without a sign
    "Thank you very much for your help.": "THANK-YOU YOUR HELP",
    "I'd like more water, please.": "IX-1 WANT MORE WATER PLEASE",
    "I'm happy because you know me.": "IX-1 HAPPY WHY IX-2 KNOW IX-1",
    "My parents bought bananas yesterday.": "YESTERDAY MY MOTHER FATHER BUY fs:BANANA",
    "My car is better.": "MY CAR fs:BETTER",
    "I AM NOT HAPPY": "IX-1 NOT HAPPY",
}

OTHER_SENSES = {
    "She looks like my mother.": "fs:LIKE",
    "What is it like?": "fs:LIKE",
    "Open a can of beans.": "fs:CAN",
    "He paid a fine.": "fs:FINE",
    "I want to book a hotel.": "fs:BOOK",
    "He read the will.": "fs:WILL",
    "It was the last time.": "fs:TIME",
    "I have a cold.": "fs:COLD",
    "We saw a road sign.": "fs:SIGN",
    "Sign here, please.": "fs:SIGN",
    "I love New York.": "fs:NEW",
    "I saw her in May.": "fs:MAY",
    "She may meet Will.": "fs:WILL",
}

SAME_SENSE = {
    "I like the doctor.": "LIKE",
    "I do not like the doctor.": "LIKE",
    "You can see.": "CAN",
    "I am fine.": "FINE",
    "I want the book.": "BOOK",
    "The water is cold.": "COLD",
    "I have time.": "TIME",
    "I sign with you.": "SIGN",
    "I meet you.": "MEET",
    "The meeting is today.": "MEETING",
    "May I come?": "CAN",
}


@pytest.mark.parametrize(("english", "glosses"), SENTENCES.items())
def test_a_sentence_becomes_glosses_in_asl_order(english: str, glosses: str) -> None:
    assert translate(english).gloss_text == glosses


@pytest.mark.parametrize(("english", "spelled"), OTHER_SENSES.items())
def test_a_word_in_a_sense_that_its_sign_does_not_have_is_spelled(english: str, spelled: str) -> None:
    assert spelled in translate(english).gloss_text.split()


@pytest.mark.parametrize(("english", "sign"), SAME_SENSE.items())
def test_the_same_word_in_the_sense_of_its_sign_is_signed(english: str, sign: str) -> None:
    assert sign in translate(english).gloss_text.split()


def test_letters_of_one_spelled_word_share_a_number_and_the_word_they_stand_for() -> None:
    name, number = translate("Ana, 25").glosses[:3], translate("Ana, 25").glosses[3:]
    assert [gloss.name for gloss in name] == ["fs:A", "fs:N", "fs:A"]
    assert {(gloss.word, gloss.text) for gloss in name} == {(0, "Ana")}
    assert [(gloss.name, gloss.word) for gloss in number] == [("num:25", 1)]


def test_every_sign_carries_the_english_it_stands_for() -> None:
    texts = {gloss.name: gloss.text for gloss in translate("Thank you, I bought books tonight.").glosses}
    assert texts["THANK-YOU"] == "Thank you"
    assert texts["BUY"] == "bought"
    assert texts["BOOK"] == "books"
    assert texts["NOW"] == "tonight"


def test_spelling_on_request_spells_every_word_without_grammar() -> None:
    utterance = translate("What is your name?", spell=True)
    assert utterance.gloss_text == "fs:WHAT fs:IS fs:YOUR fs:NAME"
    assert utterance.label == "Spelled only"


def test_given_glosses_are_used_as_they_are() -> None:
    utterance = translate("My name is Ana, 25", gloss="NAME my fs:ana num:25")
    assert utterance.gloss_text == "NAME MY fs:ANA num:25"
    assert utterance.text == "My name is Ana, 25"
    assert translate("", gloss="HELLO").text == "HELLO"


@pytest.mark.parametrize(
    ("gloss", "message"),
    [
        ("NAMES", "there is no sign 'NAMES' among the [0-9]+ there are; did you mean NAME"),
        ("xx:1", "spell letters as fs:ANA"),
        ("num:ANA", "'num:ANA' is no number: num: takes the digits 0 to 9, as in num:25; spell letters as fs:ANA"),
        ("num:2A", "is no number"),
        ("fs:O'NEIL", "is no gloss"),
        (" ", "empty"),
    ],
)
def test_an_unknown_gloss_is_named_with_the_closest_ones(gloss: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        translate("text", gloss=gloss)


def test_a_pause_can_be_written_in_a_line_of_glosses() -> None:
    utterance = translate("", gloss="hello | my name")
    assert [gloss.name for gloss in utterance.glosses] == ["HELLO", "|", "MY", "NAME"]
    assert utterance.label == "Experimental"


def test_a_source_with_fewer_signs_gets_what_can_stand_in_for_them_and_no_pause_that_it_does_not_know() -> None:
    few = frozenset("IX-1 IX-2 CAN NOT COME HELP HELLO CAR DOCTOR".split())
    assert translate("Hello, I can't come.", known=few).gloss_text == "HELLO IX-1 CAN NOT COME"
    assert translate("I will help you.", known=few).gloss_text == "IX-1 fs:WILL HELP IX-2"
    assert translate("The doctor is in the car.", known=few).gloss_text == "DOCTOR CAR"


def test_a_sign_that_the_source_cannot_make_is_spelled() -> None:
    utterance = translate("Thank you, mother.", known=frozenset({"IX-1"}))
    assert utterance.gloss_text == "fs:THANKYOU fs:MOTHER"


@pytest.mark.parametrize(
    ("english", "coverage", "label"),
    [
        ("I want more water.", 1.0, "Experimental"),
        ("My name is Ana.", 0.5, "Experimental"),
        ("Bananas eat sugar.", 1 / 3, "Spelled only"),
        ("You and I.", 1.0, "Experimental"),
    ],
)
def test_coverage_is_the_share_of_content_words_with_a_sign(english: str, coverage: float, label: str) -> None:
    utterance = translate(english)
    assert utterance.coverage == pytest.approx(coverage)
    assert utterance.label == label


def test_the_trace_names_each_rule_that_changed_the_words() -> None:
    assert [line.split(":")[0] for line in explain("What do you want now?")] == [
        "find_times",
        "tag_words",
        "find_question_word",
        "undo_inversion",
        "sign_auxiliaries",
        "look_up",
        "time_first_question_last",
        "mark_question",
    ]
    assert translate("What do you want now?").trace == explain("What do you want now?")


# Languages


@pytest.mark.parametrize("language", [name for name, found in LANGUAGES.items() if not found.has_signs])
def test_a_language_without_signs_gives_captions_and_never_asl(language: str) -> None:
    utterance = translate("hello", language)
    assert (utterance.glosses, utterance.label, utterance.language) == ((), "Captions only", language)
    assert LANGUAGES[language].name in utterance.notices[0]


def test_the_eight_languages_of_prompt2sign_are_known_and_only_asl_has_signs() -> None:
    assert len(LANGUAGES) == 8
    assert [name for name, language in LANGUAGES.items() if language.has_signs] == ["asl"]
    assert translate("hello", "GSL").language == "dgs"


def test_an_unknown_language_is_an_error_that_lists_the_signed_ones() -> None:
    with pytest.raises(UnknownLanguageError, match=r"'klingon' .* signed languages are: asl"):
        translate("hello", "klingon")


@pytest.mark.parametrize(
    ("english", "glosses"),
    [
        ("The U.S. President is here.", "AMERICA PRESIDENT HERE"),
        ("We eat at 5 p.m. on Friday.", "FRIDAY WE EAT TIME num:5 fs:PM"),
        ("The meeting is at 5 p.m. She is late.", "MEETING TIME num:5 fs:PM | IX-3 LATE"),
        ("I live in the U.S.A.", "IX-1 LIVE AMERICA"),
        ("Mr. Smith, Ph.D.", "fs:MR fs:SMITH fs:PHD"),
    ],
)
def test_the_points_of_abbreviations_end_no_sentence(english: str, glosses: str) -> None:
    assert translate(english).gloss_text == glosses


@pytest.mark.parametrize(
    ("english", "glosses"),
    [
        ("Storm Hits City In The North", "NORTH STORM fs:HIT CITY"),
        ("Will is here.", "fs:WILL HERE"),
        ("Rose loves May.", "fs:ROSE LOVE fs:MAY"),
        ("My friend Storm is deaf.", "MY FRIEND fs:STORM DEAF"),
        ("I see the President and my Mom.", "IX-1 SEE PRESIDENT MY MOTHER"),
        ("Emma and Tom live in New York.", "fs:EMMA fs:TOM LIVE fs:NEW fs:YORK"),
    ],
)
def test_a_capital_makes_a_name_but_not_in_a_headline_or_a_title(english: str, glosses: str) -> None:
    assert translate(english).gloss_text == glosses
